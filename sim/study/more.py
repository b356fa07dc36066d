"""Outcomes of the core model that are stored where a figure asks for them: where treaties stand, who arms, yearly risks.

Their entries are "treaty:status", "condition:state", "treaty:party", an actor or a rung (docs/results.md, section 3).
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, Final

import numpy as np

from sim.dilemma.keys import STATUSES
from sim.dilemma.outcomes import Outcomes, wilson
from sim.study.tidy import PATHS, RESULTS, Label, Outcome

BETWEEN: Final = ":"
"""What stands between the two parts of an entry."""
STATUS: Final = "treaty_occupancy"
STATE: Final = "condition_occupancy"
ARMING: Final = "arming"
CRISES: Final = "expected_crises"
MEMBERSHIP: Final = "membership"
ANNUAL: Final = "annual_probability"

MORE: Final[Mapping[str, Outcome]] = {
    STATUS: Outcome("probability", "treaty:status", "Probability that the treaty has the status at the time."),
    STATE: Outcome("probability", "condition:state", "Probability that the condition is in the state at the time."),
    MEMBERSHIP: Outcome(
        "probability",
        "treaty:party",
        "Probability that the party is a member, perhaps under notice, at the time, whether or not the treaty is then in force.",
    ),
    ARMING: Outcome("probability", "actor", "Probability that the actor arms in the round that begins at the time, given peace."),
    CRISES: Outcome("crises", "rung", "Expected number of crises that reach the rung, or a higher one, within the horizon."),
    ANNUAL: Outcome(
        "probability",
        "rung",
        "The constant yearly probability that makes it as probable that the rung, or a higher one, is reached by the time.",
    ),
}
"""What may be stored on top of tidy.OUTCOMES; the key says what the entries are."""

TIMELESS: Final = (CRISES,)
"""Of these, those that are of the whole horizon."""
BY_RUNG: Final = (CRISES, ANNUAL)
"""Of these, those with a number for each rung."""

Statistics = Mapping[str, np.ndarray]


def asked(specs: Iterable[Mapping[str, Any]]) -> tuple[str, ...]:
    """The outcomes that some figures or analyses ask for, in the order of `MORE`."""
    named = {spec.get(key) for spec in specs for key in ("y", "z") if isinstance(spec.get(key), str)}
    return tuple(name for name in MORE if name in named)


def entries_of(tables: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    """The entries of each of these outcomes in a variant, from its tables."""
    actors, rungs, treaties = tuple(tables["actors"]), tuple(tables["crisis"]["rungs"]), tables.get("treaties") or {}
    conditions = tables.get("conditions") or {}
    known = {field.name for field in fields(Outcomes)}
    return {
        STATUS: tuple(f"{t}{BETWEEN}{status}" for t in treaties for status in STATUSES),
        STATE: tuple(f"{c}{BETWEEN}{x}" for c, table in conditions.items() for x in table["states"]),
        MEMBERSHIP: tuple(
            f"{t}{BETWEEN}{party}"
            for t, table in treaties.items()
            if MEMBERSHIP in known and table.get("exit") == "one_by_one"
            for party in table.get("parties") or actors
        ),
        ARMING: actors,
        CRISES: rungs if CRISES in known else (),
        ANNUAL: rungs,
    }


# ---- the numbers of runs


@dataclass(frozen=True)
class Course:
    """An entry over time: statistics (runs, times), where `first` is the round at which the times begin."""

    first: int
    found: Statistics

    @property
    def last(self) -> int:
        """The round at which the times end."""
        return self.first + self.found["value"].shape[1] - 1


def exact_courses(
    seen: Sequence[Mapping[str, Any]], passage: np.ndarray, rungs: Sequence[str], per_year: float, wanted: Sequence[str]
) -> Courses:
    """The entries over time of n points as the exact engine finds them.

    `seen` is what was seen at each point (empty where nothing of that is wanted), `passage` (n, T + 1, L) the escalation
    probabilities.
    """
    out: Courses = {}
    for name in wanted:
        for entry, at in _columns(name, seen[0]).items() if seen else ():
            out[name, entry] = Course(0, {"value": np.stack([_column(one, at) for one in seen])})
    return out | _annual({"value": passage}, rungs, per_year, wanted)


def simulated_courses(o: Outcomes, wanted: Sequence[str]) -> Courses:
    """The entries over time as one simulation finds them, with standard errors and Wilson intervals."""
    assert o.replicates is not None
    seen = vars(o)
    out: Courses = {}
    in_peace = np.rint(o.rung_occupancy[:-1, 0] * o.replicates)
    for name in wanted:
        for entry, at in _columns(name, seen).items():
            p = _column(seen, at)
            out[name, entry] = Course(0, _shares(p, in_peace if name == ARMING else np.full(len(p), float(o.replicates))))
    interval = {"interval_low": o.interval[None, ..., 0], "interval_high": o.interval[None, ..., 1]}
    passage = {"value": o.escalation_probability[None], "standard_error": o.standard_error[None]} | interval
    return out | _annual(passage, o.rungs, o.rounds_per_year, wanted)


Courses = dict[tuple[str, str], Course]
"""{(outcome, entry): course}."""


Place = tuple[str, str, int]
"""Where an entry stands in `Outcomes`: attribute, key of it or "", column."""


def _columns(name: str, seen: Mapping[str, Any]) -> dict[str, Place]:
    """Where the entries of an outcome stand; none of what is not watched."""
    if name == ARMING:
        return {actor: (name, "", n) for n, actor in enumerate(seen["actors"])}
    if name not in (STATUS, STATE, MEMBERSHIP) or name not in seen:
        return {}
    known = {STATE: "condition_states", MEMBERSHIP: "members"}
    words: Mapping[str, Sequence[str]] = {x: seen["statuses"] if name == STATUS else seen[known[name]][x] for x in seen[name]}
    return {f"{x}{BETWEEN}{word}": (name, x, n) for x in seen[name] for n, word in enumerate(words[x])}


def _column(seen: Mapping[str, Any], at: Place) -> np.ndarray:
    """An entry over time, shape (times,)."""
    group, key, column = at
    return (seen[group][key] if key else seen[group])[:, column]


def _shares(p: np.ndarray, n: np.ndarray) -> Statistics:
    """Shares p of n histories, each (times,), as statistics (1, times); nan where there is none."""
    with np.errstate(invalid="ignore", divide="ignore"):
        error, interval = np.sqrt(p * (1 - p) / n), wilson(np.rint(p * n), n)  # type: ignore[arg-type]
    found = {"value": p, "standard_error": error, "interval_low": interval[:, 0], "interval_high": interval[:, 1]}
    return {name: np.where(n > 0, x, math.nan)[None] for name, x in found.items()}


def _annual(passage: Statistics, rungs: Sequence[str], per_year: float, wanted: Sequence[str]) -> Courses:
    """1 - (1 - P)^(1/t) of escalation probabilities (n, T + 1, L) from the first round on; that of their intervals too.

    The standard error is that of P times the slope of the transformation (the delta method).
    """
    if ANNUAL not in wanted:
        return {}
    years = (np.arange(1, passage["value"].shape[1]) / per_year)[None, :, None]

    def yearly(p: np.ndarray) -> np.ndarray:
        with np.errstate(divide="ignore"):
            return -np.expm1(np.log1p(-np.minimum(p[:, 1:], 1.0)) / years)

    found = {name: yearly(x) for name, x in passage.items() if name != "standard_error"}
    if "standard_error" in passage:
        p, error = passage["value"][:, 1:], passage["standard_error"][:, 1:]
        with np.errstate(divide="ignore", invalid="ignore"):
            found["standard_error"] = np.where(error > 0, (1 - p) ** (1 / years - 1) / years * error, 0.0)
    return {(ANNUAL, rung): Course(1, {name: x[..., k] for name, x in found.items()}) for k, rung in enumerate(rungs)}


# ---- labels


def labels_of_courses(
    courses: Courses, times: Sequence[float], years: float, per_year: float, over_time: bool
) -> Iterator[tuple[list[Label], np.ndarray]]:
    """What is stored of courses: labels, and numbers (runs, labels); at times before a course begins there is nothing."""
    asked_for = [*(t for t in times if t < years - 1e-9), years]
    for (name, entry), course in courses.items():
        for time in asked_for:
            at = course.last if time >= years - 1e-9 else min(course.last, int(np.floor(time * per_year + 1e-9)))
            for statistic, x in course.found.items() if at >= course.first else ():
                yield [(RESULTS, name, entry, time, statistic)], x[:, at - course.first, None]
        for statistic, x in course.found.items() if over_time else ():
            rounds = range(course.first, course.last + 1)
            yield [(PATHS, name, entry, t / per_year, statistic) for t in rounds], x


def labels_of_crises(found: Statistics, rungs: Sequence[str], years: float) -> Iterator[tuple[list[Label], np.ndarray]]:
    """What is stored of the expected numbers of crises (runs, L) of the whole horizon."""
    for k, rung in enumerate(rungs):
        for statistic, x in found.items():
            yield [(RESULTS, CRISES, rung, years, statistic)], x[:, k, None]
