"""Bridges: what canonical models say, as keys of the core model (docs/bridges.md).

Each function takes the parameters of a canonical model, numbers or sequences of numbers (P,), and gives {path: value} of a
scenario, values floats or arrays (P,), to be written into a file, swept, or set with `--set`; `declining_risk` takes single
numbers and gives a pair, that and a list of events.  A canonical model has periods, inspections, crises; the core has years and
rounds.  So each function says what its numbers are per, and asks for what is needed to get there.  What is out of range raises
ValueError with what is allowed.

| function | from | to | per |
|---|---|---|---|
| `sampled_inspection` | A8 | inspection_detection, inspection_false_alarm | inspection |
| `inspection_by_test` | A7 | inspection_detection, inspection_false_alarm, arm_probability | inspection; round |
| `stage_game` | payoffs T, R, P, S | game.gain, game.exposure, game.cost | year |
| `offence_defence` | A3 | the same | year |
| `contest` | B8 | the same | year |
| `last_rung` | a probability of war | the last crisis.advance and crisis.resolve | round on that rung |
| `brinkmanship`, `audience_costs` | A11, B7 | the same | round on that rung |
| `hazard` | A12c | onset.background_rate | year |
| `declining_risk` | A12 | onset.background_rate and events | year |
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from sim.declare import Number, count, positive, probability
from sim.dilemma.lookup import outside, span
from sim.models import find
from sim.models.model import evaluate

Keys = dict[str, Any]


def outcomes(model: str, *names: str, **given: Any) -> tuple[Any, ...]:
    """Outcomes of a canonical model: floats, or arrays (P,) where a parameter is an array.

    Raises ValueError where one is undefined, with the model's reason, or where a parameter is unknown or out of its range.
    """
    found = find(model)
    if found is None:
        raise ValueError(f"there is no canonical model {model}. `sim models` lists them.")
    known = [key.name for key in found.parameters]
    if unknown := sorted(set(given) - set(known)):
        raise ValueError(f"{model} has no parameter {unknown[0]}. It has {', '.join(known)}.")
    kinds = {key.name: key.type for key in found.parameters}
    given = {name: within(kinds[name], name, x) if isinstance(kinds[name], Number) else x for name, x in given.items()}  # type: ignore[arg-type]
    _of_one_length(given)
    solution = evaluate(found, given)
    values = []
    for name in names:
        column = np.asarray(solution.outcomes[name], float) + 0.0  # no -0
        if (undefined := np.flatnonzero(np.isnan(column))).size:
            raise ValueError(f"{model} gives no {name} at these parameters. {solution.reason(name, int(undefined[0]))}")
        values.append(column if any(isinstance(x, np.ndarray) for x in given.values()) else float(column[0]))
    return tuple(values)


def within(kind: Number, name: str, value: Any) -> Any:
    """The value as a float, or an array (P,) where it is a sequence.  Raises ValueError with what is allowed."""
    wanted = f"{name} must be {'a number' if not span(kind) else span(kind)}"
    try:
        x = np.asarray(value, float)
    except (TypeError, ValueError):
        raise ValueError(f"{wanted}, one or a sequence of them; found {value!r}") from None
    if x.ndim > 1 or x.size == 0:
        raise ValueError(f"{wanted}, one or a sequence of them; found an array of shape {x.shape}")
    wrong = outside(kind, x)
    if wrong.any():
        raise ValueError(f"{wanted}, found {x[wrong].flat[0]:.12g}")
    return x if x.ndim else float(x)


def _of_one_length(given: Mapping[str, Any]) -> None:
    sizes = {name: len(x) for name, x in given.items() if isinstance(x, np.ndarray)}
    if len(set(sizes.values()) - {1}) > 1:
        told = ", ".join(f"{name} has {size}" for name, size in sizes.items())
        raise ValueError(f"sequences must be of one length: {told}")


# ---- inspections


def sampled_inspection(treaty: str, *, items: Any, falsified: Any, sample: Any, item_false_alarm: Any = 0.0) -> Keys:
    """One inspection that examines a random sample of a party's items (A8), `falsified` of which it falsifies while it arms.

    Both probabilities are per inspection; the core's inspections are independent: each draws its sample anew.  A falsified item
    that is drawn is always found (A8).  A sound item raises an alarm with `item_false_alarm`, so that a compliant party passes
    with (1 - item_false_alarm)^sample; false alarms about the sound items of an armed party are left out.
    """
    given = {"items": items, "falsified": falsified, "sample": sample}
    (detection,) = outcomes("inspection_sampling", "detection_probability", **given)
    drawn, error = np.asarray(sample, float), np.asarray(within(probability(), "item_false_alarm", item_false_alarm))
    _of_one_length({"sample": np.atleast_1d(drawn), "item_false_alarm": np.atleast_1d(error)})
    with np.errstate(divide="ignore", invalid="ignore"):  # an error of 1, which is certain unless nothing is drawn
        false_alarm = np.where(drawn == 0, 0.0, 0.0 - np.expm1(drawn * np.log1p(-error)))
    return {
        f"treaties.{treaty}.inspection_detection": detection,
        f"treaties.{treaty}.inspection_false_alarm": false_alarm if np.ndim(false_alarm) else float(false_alarm),
    }


def inspection_by_test(treaty: str, *, inspectees: Sequence[str] = (), **given: Any) -> Keys:
    """One inspection by a statistical test that can err, at the equilibrium of A7.

    Detection and false alarm are per inspection of a party; the core inspects all parties alike.  With `inspectees`, these
    actors' equilibrium probability of violating is given too, as the `arm_probability` of the strategy `random`: it is per round,
    and fits A7 with one inspection a round (inspections_per_year = rounds_per_year).  Under the inspector's leadership leave it
    out and let them restrain.
    """
    if isinstance(inspectees, str):
        raise ValueError(f'inspectees must be a sequence of names, such as ("{inspectees}",); found {inspectees!r}')
    names = ("detection_probability", "false_alarm_probability", "violation_probability")
    detection, false_alarm, violation = outcomes("inspection_with_false_alarms", *names, **given)
    keys = {f"treaties.{treaty}.inspection_detection": detection, f"treaties.{treaty}.inspection_false_alarm": false_alarm}
    return keys | {f"actors.{actor}.strategy.arm_probability": violation for actor in inspectees}


# ---- the stage game


def stage_game(temptation: Any, reward: Any, punishment: Any, sucker: Any, *, years: Any = 1.0) -> Keys:
    """The symmetric game with these payoffs, earned once in `years` years, in yearly keys of the core.

    The core measures payoffs from mutual restraint: cost = R - P, gain = T - P, exposure = R - S, each divided by `years`.  The
    game is the same up to the constant R, and payoffs that the core prints are without it.
    """
    payoffs = {"temptation": temptation, "reward": reward, "punishment": punishment, "sucker": sucker}
    told = {name: within(Number(), name, x) for name, x in payoffs.items()} | {"years": within(positive(), "years", years)}
    _of_one_length(told)
    t, r, p, s, per = told.values()
    return {"game.gain": (t - p) / per, "game.exposure": (r - s) / per, "game.cost": (r - p) / per}


def offence_defence(*, years: Any = 1.0, reward: Any = 3.0, punishment: Any = 1.0, **given: Any) -> Keys:
    """The stage game of the offence-defence balance (A3), played once in `years` years."""
    told = {"reward": reward, "punishment": punishment, **given}
    temptation, sucker = outcomes("offence_defence", "temptation", "sucker", **told)
    return stage_game(temptation, reward, punishment, sucker, years=years)


def contest(*, years: Any = 1.0, **given: Any) -> Keys:
    """The stage game of an arms contest with a treaty cap (B8), fought once in `years` years: keep the cap or break out.

    Payoffs are in the unit of the prize.  Arming by both is the race without a treaty, arming alone is the best break-out.
    """
    payoffs = outcomes("contest", "temptation", "reward", "punishment", "sucker", **given)
    return stage_game(*payoffs, years=years)


# ---- crises


def last_rung(war_probability: Any, rungs: int, *, rounds: Any = 1.0) -> Keys:
    """The last step of an empirical ladder: war with `war_probability`, else the crisis ends; `rungs` is how many rungs it has.

    `rounds` is how many rounds a crisis stays on the rung before the last, on average (>= 1): each round it is decided with
    probability 1 / rounds.  War is as likely whatever it is.
    """
    if isinstance(rungs, bool) or not isinstance(rungs, int | np.integer) or rungs < 2:
        raise ValueError(f"rungs must be a whole number >= 2: a ladder with a last step has two rungs or more; found {rungs!r}")
    war, stay = within(probability(), "war_probability", war_probability), within(Number(1.0), "rounds", rounds)
    _of_one_length({"war_probability": war, "rounds": stay})
    share, at = 1.0 / stay, int(rungs) - 2
    return {f"crisis.advance.{at}": share * war, f"crisis.resolve.{at}": share * (1.0 - war)}


def brinkmanship(rungs: int, *, rounds: Any = 1.0, **given: Any) -> Keys:
    """The last step of a ladder as a contest in risk-taking (A11): who bears more risk prevails, if no disaster comes first."""
    (war,) = outcomes("brinkmanship", "disaster_probability", **given)
    return last_rung(war, rungs, rounds=rounds)


def audience_costs(rungs: int, *, rounds: Any = 1.0, **given: Any) -> Keys:
    """The last step of a ladder as a public crisis in which backing down becomes ever dearer (B7)."""
    (war,) = outcomes("audience_costs", "war_probability", **given)
    return last_rung(war, rungs, rounds=rounds)


# ---- long horizons


def hazard(cumulative_probability: Any, years: Any) -> Keys:
    """The constant hazard, per year, that gives this probability within `years` years (A12c).

    It is the whole hazard of onset: one pair of weight 1, no channels, no arming, no alarms, and a ladder of one rung.
    """
    given = {"cumulative_probability": cumulative_probability, "observed_years": years}
    return {"onset.background_rate": outcomes("risk_conversion", "hazard", **given)[0]}


def declining_risk(annual_probability: float, annual_ratio: float, years: int) -> tuple[Keys, list[dict[str, Any]]]:
    """A yearly probability p r^i in year i (A12): a pair, {path: value} of the first year and the events that set the later ones.

    Single numbers only.
    """
    p, r = within(probability(), "annual_probability", annual_probability), within(Number(0.0), "annual_ratio", annual_ratio)
    n = within(count(1), "years", years)
    for name, x in {"annual_probability": p, "annual_ratio": r, "years": n}.items():
        if isinstance(x, np.ndarray):
            raise ValueError(f"{name} must be a single number: the events are those of one course of the risk")
    with np.errstate(over="ignore"):
        yearly = p * r ** np.arange(n)
    if not (yearly < 1).all():
        raise ValueError(
            f"annual_probability x annual_ratio^year must stay below 1; in year {int(np.argmin(yearly < 1))} it does not"
        )
    rates = 0.0 - np.log1p(-yearly)
    events = [{"year": n, "set": {"onset.background_rate": float(rate)}} for n, rate in enumerate(rates) if n > 0]
    return {"onset.background_rate": float(rates[0])}, events
