"""Known answers recomputed: what a model says is asked of its equations and of every second way, and held to the target.

An answer is met if what `solve` finds differs from the target by no more than the answer's tolerance, fractions and words not at
all.  A second way must meet the same target: one that computes to the same tolerance, but for rounding; one that simulates within
four standard errors.  A way that gives nothing, or nan, for an answer says nothing about it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Final

import numpy as np

from sim.chain.monte_carlo import derived, keyed
from sim.models.model import STATUSES, Answer, Model, Solution, Way, evaluate
from sim.models.records import cells, errors, exact, plain, word

STANDARD_ERRORS: Final = 4.0
ROUNDING: Final = 1e-9
"""A second way that computes in floats is never held closer than this, relative to targets beyond 1."""


@dataclass(frozen=True)
class ByWay:
    """What a second way found; `standard_error` is None where it computes."""

    way: str
    found: Any
    standard_error: float | None
    difference: float | None
    met: bool


@dataclass(frozen=True)
class Check:
    """A known answer with what was found: float, Fraction or text, None where undefined (then `reason` says why)."""

    model: Model
    answer: Answer
    found: Any
    difference: float | None
    met: bool
    reason: str
    ways: tuple[ByWay, ...]

    @property
    def sound(self) -> bool:
        """Whether the equations and all second ways meet the target."""
        return self.met and all(way.met for way in self.ways)


def seed_of(model: Model) -> int:
    """The seed of a model's simulating ways: fixed, from its name."""
    return derived(0, model.name) % 2**32


def checks(model: Model) -> Iterator[Check]:
    """Every known answer of a model, recomputed; each set of parameters is solved once."""
    solved: dict[str, tuple[Solution, dict[str, Solution]]] = {}
    for answer in model.answers:
        key = told(answer.given)
        if key not in solved:
            by_ways = {way.name: by_way(model, way, answer.given) for way in model.ways}
            solved[key] = evaluate(model, answer.given), by_ways
        yield _check(model, answer, *solved[key])


def by_way(model: Model, way: Way, given: Mapping[str, Any]) -> Solution:
    """What a second way finds; one that simulates draws from a stream of its own for the model, the way and the parameters."""
    if not way.random:
        return evaluate(model, given, way.solve)
    rng = np.random.Generator(keyed(seed_of(model), 0, f"{way.name}\0{told(given)}"))
    return evaluate(model, given, lambda values: way.solve(values, rng=rng))


def told(given: Mapping[str, Any]) -> str:
    """Parameters as text: delta = 0.95, payoffs = [1, 2]."""
    return ", ".join(f"{name} = {json.dumps(value, ensure_ascii=False, default=_number)}" for name, value in given.items())


def _number(value: Any) -> Any:
    return value.tolist() if isinstance(value, np.ndarray | np.generic) else float(value)


def _check(model: Model, answer: Answer, solution: Solution, by_ways: Mapping[str, Solution]) -> Check:
    found = cells(solution, answer.outcome).get(answer.entry)
    difference, met = compared(target_of(model, answer), found, answer.tolerance)
    reason = solution.reason(answer.outcome) if found is None else ""
    second = [_by_way(model, answer, name, solved) for name, solved in by_ways.items()]
    return Check(model, answer, found, difference, met, reason, tuple(way for way in second if way is not None))


def _by_way(model: Model, answer: Answer, name: str, solved: Solution) -> ByWay | None:
    if answer.outcome not in solved.outcomes:
        return None
    found, target = cells(solved, answer.outcome).get(answer.entry), target_of(model, answer)
    if found is None and target is not None:
        return None
    error = errors(solved, answer.outcome).get(answer.entry)
    limit = answer.tolerance
    if target is not None and not isinstance(target, str):
        limit = max(limit, ROUNDING * max(1.0, abs(float(target))))
    if error is not None:
        limit += STANDARD_ERRORS * error
    difference, met = compared(target, found, limit)
    return ByWay(name, found, error, difference, met)


def target_of(model: Model, answer: Answer) -> Any:
    """The target; the word for it where the outcome has words and the target is a code."""
    outcome = model.outcome(answer.outcome)
    coded = outcome.words and isinstance(answer.target, int | float)
    return word(float(answer.target), outcome) if coded else answer.target  # type: ignore[arg-type]


def compared(target: Any, found: Any, tolerance: float) -> tuple[float | None, bool]:
    """Found minus target, and whether that is within the tolerance; None where one of them is no number.

    Two fractions must be equal, two texts too; a target of None is met where nothing is found.
    """
    if target is None or found is None:
        return None, target is None and found is None
    if isinstance(target, str) or isinstance(found, str):
        return None, target == found
    if isinstance(target, Fraction) and isinstance(found, Fraction):
        return float(found - target), found == target
    difference = float(found) - float(target)
    return difference, bool(abs(difference) <= tolerance)


# ---- as plain data


def record(check: Check) -> dict[str, Any]:
    """A check as plain data; other programs read it."""
    answer, model = check.answer, check.model
    return {
        "label": model.label,
        "model": model.name,
        "outcome": answer.outcome,
        "entry": answer.entry or None,
        "given": json.loads(json.dumps(dict(answer.given), default=_number)),
        "target": plain(target_of(model, answer)),
        "target_exact": exact(answer.target),
        "found": plain(check.found),
        "found_exact": exact(check.found),
        "undefined": check.reason or None,
        "difference": check.difference,
        "tolerance": answer.tolerance,
        "met": check.met,
        "status": answer.status,
        "status_means": STATUSES[answer.status],
        "source": answer.source,
        "ways": [_way_record(way) for way in check.ways],
    }


def _way_record(way: ByWay) -> dict[str, Any]:
    return {
        "way": way.way,
        "found": plain(way.found),
        "found_exact": exact(way.found),
        "standard_error": way.standard_error,
        "difference": way.difference,
        "met": way.met,
    }


def by_status(found: Sequence[Check]) -> dict[str, int]:
    """{status: number of answers}, in the order of STATUSES, of those that occur."""
    count = {status: sum(check.answer.status == status for check in found) for status in STATUSES}
    return {status: n for status, n in count.items() if n}


def summary(found: Sequence[Check]) -> str:
    """One line: "confirmed 14, derived 180, remembered 12; all within tolerance"."""
    counted = ", ".join(f"{status} {n}" for status, n in by_status(found).items()) or "no known answers"
    missed = sum(not check.met for check in found)
    apart = sum(check.met and not check.sound for check in found)
    if not missed and not apart:
        return f"{counted}; all within tolerance"
    told = [f"{missed} out of tolerance"] if missed else []
    told += [f"{apart} where a second way disagrees"] if apart else []
    return f"{counted}; {', '.join(told)}"
