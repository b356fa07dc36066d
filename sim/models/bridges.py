"""Bridges: what canonical models say, as keys of the core model (docs/bridges.md).

Each function takes the parameters of a canonical model, numbers or arrays (P,), and gives {path: value} of a scenario, values
floats or arrays (P,), to be written into a file, swept, or set with `--set`.  A canonical model has periods, inspections, crises;
the core has years and rounds.  So each function says what its numbers are per, and asks for what is needed to get there.

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

from collections.abc import Sequence
from typing import Any

import numpy as np

from sim.models import find
from sim.models.model import evaluate

Keys = dict[str, Any]


def outcomes(model: str, *names: str, **given: Any) -> tuple[Any, ...]:
    """Outcomes of a canonical model: floats, or arrays (P,) where a parameter is an array.

    Raises ValueError where one is undefined, with the model's reason, or where a parameter is unknown.
    """
    found = find(model)
    if found is None:
        raise ValueError(f"there is no canonical model {model}. `sim models` lists them.")
    known = [key.name for key in found.parameters]
    if unknown := sorted(set(given) - set(known)):
        raise ValueError(f"{model} has no parameter {unknown[0]}. It has {', '.join(known)}.")
    solution = evaluate(found, given)
    values = []
    for name in names:
        column = np.asarray(solution.outcomes[name], float) + 0.0  # no -0
        if (undefined := np.flatnonzero(np.isnan(column))).size:
            raise ValueError(f"{model} gives no {name} at these parameters. {solution.reason(name, int(undefined[0]))}")
        values.append(column if any(np.ndim(x) for x in given.values()) else float(column[0]))
    return tuple(values)


# ---- inspections


def sampled_inspection(treaty: str, *, items: Any, falsified: Any, sample: Any, item_false_alarm: Any = 0.0) -> Keys:
    """One inspection that examines a random sample of a party's items (A8), `falsified` of which it falsifies while it arms.

    Both probabilities are per inspection; the core's inspections are independent: each draws its sample anew.  A falsified item
    that is drawn is always found (A8).  A sound item raises an alarm with `item_false_alarm`, so that a compliant party passes
    with (1 - item_false_alarm)^sample; false alarms about the sound items of an armed party are left out.
    """
    given = {"items": items, "falsified": falsified, "sample": sample}
    (detection,) = outcomes("inspection_sampling", "detection_probability", **given)
    false_alarm = 0.0 - np.expm1(np.asarray(sample, float) * np.log1p(-np.asarray(item_false_alarm, float)))
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
    return {
        "game.gain": (temptation - punishment) / years,
        "game.exposure": (reward - sucker) / years,
        "game.cost": (reward - punishment) / years,
    }


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
    """The last step of an empirical ladder of `rungs` rungs: war with `war_probability`, else the crisis ends.

    `rounds` is how many rounds a crisis stays on the rung before the last, on average (>= 1): each round it is decided with
    probability 1 / rounds.  War is as likely whatever it is.
    """
    if rungs < 2:
        raise ValueError("a ladder with a last step has two rungs or more")
    share, at = 1.0 / np.asarray(rounds, float), rungs - 2
    up, out = share * war_probability, share * (1.0 - war_probability)
    return {f"crisis.advance.{at}": up if np.ndim(up) else float(up), f"crisis.resolve.{at}": out if np.ndim(out) else float(out)}


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
    """A yearly probability p r^i in year i (A12), as the hazard of the first year and the events that set the later ones."""
    rates = -np.log1p(-annual_probability * annual_ratio ** np.arange(years, dtype=float))
    events = [{"year": n, "set": {"onset.background_rate": float(rate)}} for n, rate in enumerate(rates) if n > 0]
    return {"onset.background_rate": float(rates[0])}, events
