"""What a worker computes: a chunk of runs of one variant that share their structure (docs/engine.md).

A run is one point of a sweep with one draw of the uncertain parameters, in one variant.  What a run gives depends on its own
values alone, not on the runs beside it, so chunks may be cut anywhere and computed anywhere.
"""

from __future__ import annotations

import json
import tomllib
import traceback
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

import numpy as np

from sim.chain.kernels import TooLarge
from sim.config import InputError, ScenarioFile, Source
from sim.config.forms import PARAMETERS
from sim.config.scenario_file import scenario_of
from sim.dilemma.outcomes import Outcomes
from sim.dilemma.scenario import Scenario
from sim.dilemma.structure import Structure, structure
from sim.dilemma.sweeps import Prepared, prepare, solve_points
from sim.dilemma.too_large import with_remedy
from sim.study import canonical, more
from sim.study.tidy import BATCH, Label, labels_of

KEPT: Final = 4
"""Scenarios and compiled chains that a process keeps."""

BATCHES: Final = 20
"""Equal parts of the replicates from which the error of a difference between variants is estimated."""

Statistics = Mapping[str, np.ndarray]
"""{statistic: array over runs first}; the exact engine has `value` alone."""


@dataclass(frozen=True)
class Work:
    """All that runs of an experiment depend on, apart from their own values; small, and the same for all workers."""

    scenario: str
    """The scenario's text."""
    path: str
    """The scenario's file, for messages."""
    engine: str
    replicates: int | None
    times: tuple[float, ...]
    over_time: bool
    paired: bool
    """Whether differences between variants are asked for; simulated ones need estimates from batches for their error."""
    more: tuple[str, ...] = ()
    """Outcomes of study.more that are asked for."""


@dataclass(frozen=True)
class Chunk:
    """Runs of one variant that share their structure: what they put in, and by what they are known."""

    variant: str
    structural: Mapping[str, Any]
    numeric: Mapping[str, np.ndarray]
    """{path: the number of every run, shape (runs,)}."""
    keys: np.ndarray
    """What each run is addressed by, shape (runs,), 16 bytes."""
    points: np.ndarray
    draws: np.ndarray
    seeds: np.ndarray
    """The seed of every run, for Monte Carlo."""

    def __len__(self) -> int:
        return len(self.keys)

    def at(self, rows: Any) -> Chunk:
        """Some of the runs."""
        numeric = {path: x[rows] for path, x in self.numeric.items()}
        each = {name: getattr(self, name)[rows] for name in ("keys", "points", "draws", "seeds")}
        return replace(self, numeric=numeric, **each)

    def configuration(self, row: int) -> dict[str, Any]:
        """What one run puts in: path = value."""
        return {**self.structural, **{path: float(x[row]) for path, x in self.numeric.items()}}


@dataclass(frozen=True)
class Failure:
    """A run that could not be computed: the point, the variant, the draw (-1: nothing drawn), why, and what it put in."""

    point: int
    variant: str
    draw: int
    reason: str
    configuration: Mapping[str, Any] = field(default_factory=dict)
    traceback: str = ""
    key: str = ""


@dataclass(frozen=True)
class Found:
    """The outcomes of n runs: escalation_probability (n, T + 1, L), expected_onsets (n,), discounted_payoff (n, N)."""

    years: float
    rounds_per_year: float
    rungs: tuple[str, ...]
    actors: tuple[str, ...]
    states: int | None
    escalation_probability: Statistics
    expected_onsets: Statistics
    discounted_payoff: Statistics
    courses: more.Courses = field(default_factory=dict)
    """Entries over time of the outcomes that were asked for."""
    expected_crises: Statistics | None = None
    """By rung (n, L), where they were asked for."""

    def round_at(self, time: float) -> int:
        """The number of whole rounds played by a time in years; all of them at the end of the horizon."""
        last = self.escalation_probability["value"].shape[1] - 1
        return last if time >= self.years - 1e-9 else min(last, int(np.floor(time * self.rounds_per_year + 1e-9)))


@dataclass(frozen=True)
class Done:
    """What came of a chunk: the keys of the runs that are computed, their numbers (runs, labels), and what failed."""

    keys: np.ndarray
    values: np.ndarray
    labels: tuple[Label, ...]
    states: int
    failures: tuple[Failure, ...]


def compute(work: Work, chunk: Chunk, threads: int = 1) -> Done:
    """The outcomes of a chunk.  A run that fails is left out, with its reason; the others go on."""
    scenario = _scenario(work)
    try:
        wrong = dict(scenario.failures(chunk.variant, {**chunk.structural, **chunk.numeric}))
        failures = [_failure(chunk, n, _own_reason(scenario, chunk, n, reason)) for n, reason in sorted(wrong.items())]
        sound = np.array([n for n in range(len(chunk)) if n not in wrong], dtype=int)
        if not len(sound):
            return _nothing(failures)
        now = chunk.at(sound)
        engines = _ENGINES if scenario.form.model is None else _CANONICAL
        labels, values, states = engines[work.engine](work, scenario, now, threads)
        return Done(now.keys, values, labels, states, tuple(failures))
    except InputError as error:
        return _nothing([_failure(chunk, n, "; ".join(str(error).splitlines())) for n in range(len(chunk))])
    except TooLarge as error:
        return _nothing([_failure(chunk, n, with_remedy(error)) for n in range(len(chunk))])
    except OSError:
        raise  # no fault of a run
    except Exception as error:  # whatever goes wrong in a run costs that run only
        if len(chunk) == 1:
            return _nothing([_failure(chunk, 0, f"{type(error).__name__}: {error}", traceback.format_exc())])
    return _one_by_one(work, chunk, threads)


def _one_by_one(work: Work, chunk: Chunk, threads: int) -> Done:
    parts = [compute(work, chunk.at([n]), threads) for n in range(len(chunk))]
    failures = tuple(failure for part in parts for failure in part.failures)
    sound = [part for part in parts if len(part.keys)]
    if not sound:
        return _nothing(list(failures))
    keys, values = (np.concatenate([getattr(part, name) for part in sound]) for name in ("keys", "values"))
    return Done(keys, values, sound[0].labels, max(part.states for part in sound), failures)


def _own_reason(scenario: ScenarioFile, chunk: Chunk, n: int, reason: str) -> str:
    """Why a run fails, said of its own values, so that it is the same whatever other runs are in the chunk."""
    one = chunk.at([n])
    return scenario.failures(chunk.variant, {**one.structural, **one.numeric}).get(0, reason)


def _failure(chunk: Chunk, n: int, reason: str, trace: str = "") -> Failure:
    configuration = chunk.configuration(n)
    return Failure(
        int(chunk.points[n]), chunk.variant, int(chunk.draws[n]), reason, configuration, trace, chunk.keys[n].tobytes().hex()
    )


def _nothing(failures: list[Failure]) -> Done:
    return Done(np.zeros(0, "V16"), np.zeros((0, 0)), (), 0, tuple(failures))


# ---- what a process keeps

_scenarios: OrderedDict[tuple[str, str], ScenarioFile] = OrderedDict()
_prepared: OrderedDict[tuple[str, ...], Prepared] = OrderedDict()


def _kept(known: OrderedDict, key: Any, make: Callable[[], Any]) -> Any:
    """What is known under a key, made if it is not; the oldest goes when there are too many."""
    if key not in known:
        known[key] = make()
        if len(known) > KEPT:
            known.popitem(last=False)
    known.move_to_end(key)
    return known[key]


def _scenario(work: Work) -> ScenarioFile:
    source = Source(Path(work.path), work.scenario, {})
    return _kept(
        _scenarios, (work.path, work.scenario), lambda: scenario_of(replace(source, tables=tomllib.loads(work.scenario)))
    )


# ---- engines: labels, values (runs, labels), states


def _exact(work: Work, scenario: ScenarioFile, chunk: Chunk, threads: int) -> tuple[tuple[Label, ...], np.ndarray, int]:
    tables = scenario.tables(chunk.variant, {**chunk.structural, **chunk.numeric})
    shape = json.dumps([chunk.variant, chunk.structural, sorted(chunk.numeric)], sort_keys=True, default=str)
    shared = _kept(_prepared, (work.scenario, shape), lambda: prepare(tables))
    watched = bool({*work.more} - {*more.BY_RUNG})
    points = solve_points(tables, threads=threads, prepared=shared, watched=watched)

    def spread(x: np.ndarray) -> Statistics:
        """A batch in which nothing varies has one point."""
        return {"value": np.broadcast_to(x, (len(chunk), *x.shape[1:]))}

    setting = _setting(structure(tables))
    passage = points.escalation_probability
    courses = more.exact_courses(points.seen, passage, setting["rungs"], setting["rounds_per_year"], work.more)
    crises = getattr(points, more.CRISES, None) if more.CRISES in work.more else None
    found = Found(
        **setting,
        states=points.states,
        escalation_probability=spread(passage),
        expected_onsets=spread(points.expected_onsets),
        discounted_payoff=spread(points.discounted_payoff),
        courses={at: replace(course, found=spread(course.found["value"])) for at, course in courses.items()},
        expected_crises=None if crises is None else spread(crises),
    )
    return *_labelled(found, work), points.states


def _monte_carlo(work: Work, scenario: ScenarioFile, chunk: Chunk, threads: int) -> tuple[tuple[Label, ...], np.ndarray, int]:
    assert work.replicates is not None
    labels: tuple[Label, ...] = ()
    rows = []
    for n in range(len(chunk)):
        numeric = {path: x[n] for path, x in chunk.numeric.items()}
        one = Scenario(scenario.tables(chunk.variant, {**chunk.structural, **numeric}))
        found = one.simulate(work.replicates, int(chunk.seeds[n]), batches=BATCHES if work.paired else 0)
        labels, values = _labelled(_simulated(one, found, work.more), work)
        rows.append(values)
    return labels, np.concatenate(rows), 0


def _simulated(scenario: Scenario, o: Outcomes, wanted: tuple[str, ...]) -> Found:
    interval = {"interval_low": o.interval[None, ..., 0], "interval_high": o.interval[None, ..., 1]}
    batches = {} if o.batches is None else {f"{BATCH}{n}": x[None] for n, x in enumerate(o.batches)}
    crises = [getattr(o, name, None) for name in (more.CRISES, "crises_error")] if more.CRISES in wanted else [None, None]
    return Found(
        **_setting(scenario.structure),
        states=None,
        escalation_probability=_with_error(o.escalation_probability, o.standard_error) | interval | batches,
        expected_onsets=_with_error(o.expected_onsets, o.onsets_error),
        discounted_payoff=_with_error(o.discounted_payoff, o.payoff_error),
        courses=more.simulated_courses(o, wanted),
        expected_crises=None if crises[0] is None else _with_error(*crises),
    )


def _labelled(found: Found, work: Work) -> tuple[tuple[Label, ...], np.ndarray]:
    """What is stored of some runs: labels, and numbers (runs, labels)."""
    labels, values = labels_of(found, work.times, work.over_time)
    parts = [*more.labels_of_courses(found.courses, work.times, found.years, found.rounds_per_year, work.over_time)]
    if found.expected_crises is not None:
        parts += more.labels_of_crises(found.expected_crises, found.rungs, found.years)
    if not parts:
        return labels, values
    return (*labels, *(x for some, _ in parts for x in some)), np.concatenate([values, *(x for _, x in parts)], axis=1)


def _with_error(value: Any, error: Any) -> dict[str, np.ndarray]:
    return {"value": np.asarray(value)[None], "standard_error": np.asarray(error)[None]}


def _setting(s: Structure) -> dict[str, Any]:
    horizon = s.tables["horizon"]
    years, per_year = float(horizon["years"]), float(horizon["rounds_per_year"])
    return {"years": years, "rounds_per_year": per_year, "rungs": s.rungs, "actors": s.actors}


def _solved(work: Work, scenario: ScenarioFile, chunk: Chunk, threads: int) -> tuple[tuple[Label, ...], np.ndarray, int]:
    assert scenario.form.model is not None
    tables = scenario.tables(chunk.variant, {**chunk.structural, **chunk.numeric})
    return *canonical.solved(scenario.form.model, tables[PARAMETERS], len(chunk)), 0


def _simulated_canonical(
    work: Work, scenario: ScenarioFile, chunk: Chunk, threads: int
) -> tuple[tuple[Label, ...], np.ndarray, int]:
    assert scenario.form.model is not None
    assert work.replicates is not None
    tables = scenario.tables(chunk.variant, {**chunk.structural, **chunk.numeric})
    return *canonical.simulated(scenario.form.model, tables[PARAMETERS], work.replicates, chunk.seeds), 0


_Engine = Callable[..., tuple[tuple[Label, ...], np.ndarray, int]]
_ENGINES: Final[Mapping[str, _Engine]] = {"exact": _exact, "monte_carlo": _monte_carlo}
_CANONICAL: Final[Mapping[str, _Engine]] = {"exact": _solved, "monte_carlo": _simulated_canonical}
