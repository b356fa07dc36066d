"""The outcomes of a scenario's variants side by side, as text (docs/model.md, section 1.3)."""

from __future__ import annotations

import math
from collections.abc import Mapping

from sim.dilemma.outcomes import Outcomes
from sim.report.words import number, percent, table, years


def text(title: str, found: Mapping[str, Outcomes], labels: Mapping[str, str]) -> str:
    """Tables: rungs by variants, what else is reported, causes of the crisis that first reaches the last rung."""
    first = next(iter(found.values()))
    lines = [title, _how(first), "", *_rungs(found), "", *_rest(found, labels), "", *_causes(found)]
    return "\n".join(lines)


def _how(first: Outcomes) -> str:
    span = f"{years(first.rounds / first.rounds_per_year)} in {first.rounds:,} rounds"
    if first.engine == "exact":
        return f"{span}; exact"
    return f"{span}; {first.replicates:,} simulated histories, seed {first.seed}; 95 % intervals (Wilson) in brackets"


def _rungs(found: Mapping[str, Outcomes]) -> list[str]:
    """Probability that each rung is reached; a variant may have rungs of its own."""
    rungs = dict.fromkeys(rung for outcomes in found.values() for rung in outcomes.rungs)
    return table(["reached", *found], [[rung, *[_probability(o, rung) for o in found.values()]] for rung in rungs])


def _probability(outcomes: Outcomes, rung: str) -> str:
    if rung not in outcomes.rungs:
        return "-"
    k = outcomes.rungs.index(rung)
    return estimate(
        float(outcomes.escalation_probability[-1, k]), [float(x) for x in outcomes.interval[-1, k]], outcomes.replicates
    )


def estimate(p: float, interval: list[float], replicates: int | None) -> str:
    """A probability in words: "1.48 %"; simulated "1.5 % [1.3, 1.8]", and with no event "0 of 2,000: below 0.19 %"."""
    if replicates is None:
        return percent(p)
    if p in (0.0, 1.0):
        edge = f"below {percent(interval[1], 2)}" if p == 0 else f"above {percent(interval[0], 4)}"
        return f"{round(p * replicates):,} of {replicates:,}: {edge}"
    low, high = (number(100 * x) for x in interval)
    return f"{percent(p)} [{low}, {high}]"


def _rest(found: Mapping[str, Outcomes], labels: Mapping[str, str]) -> list[str]:
    rows = [["expected crises", *[_with_error(o.expected_onsets, o.onsets_error) for o in found.values()]]]
    rungs = dict.fromkeys(rung for o in found.values() for rung in o.rungs[1:-1])
    rows += [[f"expected crises that reach {rung}", *[_crises(o, rung) for o in found.values()]] for rung in rungs]
    for actor in dict.fromkeys(a for o in found.values() for a in o.expected_accusations):
        rows.append([f"false accusations by {labels[actor]}", *[_accusations(o, actor) for o in found.values()]])
    last = next(iter(found.values())).rungs[-1]
    times = [float(o.expected_time_to[-1]) for o in found.values()]
    rows.append([f"years to {last}, if reached", *["-" if math.isnan(t) else number(t) for t in times]])
    for actor, label in labels.items():
        rows.append([f"discounted payoff of {label}", *[_payoff(o, actor) for o in found.values()]])
    if any(o.states is not None for o in found.values()):
        rows.append(["states", *["-" if o.states is None else f"{o.states:,}" for o in found.values()]])
    return table(["", *found], rows)


def _crises(outcomes: Outcomes, rung: str) -> str:
    if rung not in outcomes.rungs:
        return "-"
    k = outcomes.rungs.index(rung)
    return _with_error(float(outcomes.expected_crises[k]), float(outcomes.crises_error[k]))


def _accusations(outcomes: Outcomes, actor: str) -> str:
    return _with_error(*outcomes.expected_accusations[actor]) if actor in outcomes.expected_accusations else "-"


def _payoff(outcomes: Outcomes, actor: str) -> str:
    if actor not in outcomes.actors:
        return "-"
    i = outcomes.actors.index(actor)
    return _with_error(float(outcomes.discounted_payoff[i]), float(outcomes.payoff_error[i]))


def _with_error(value: float, error: float) -> str:
    """A number with its standard error, if it has one."""
    return f"{number(value)} ± {number(error, 2)}" if error > 0 else number(value)


def _causes(found: Mapping[str, Outcomes]) -> list[str]:
    """Shares of the causes in the crisis that first reaches the last rung."""
    names = next(iter(found.values())).causes_named
    rows = [[v, *["-" if math.isnan(x) else percent(x) for x in map(float, o.causes[-1])]] for v, o in found.items()]
    last = next(iter(found.values())).rungs[-1]
    return table([f"cause of {last}", *[name.replace("_", " ") for name in names]], rows)
