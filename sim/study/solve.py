"""From an experiment to the outcomes of its points: which of them are computed together, by which engine, and which fail.

Points of one variant that differ in numbers alone are one batch; points that the variant cannot tell apart are computed once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from sim.chain.kernels import TooLarge
from sim.config import InputError, ScenarioFile
from sim.dilemma.outcomes import Outcomes
from sim.dilemma.scenario import Scenario
from sim.dilemma.structure import Structure, structure
from sim.dilemma.sweeps import solve_points
from sim.dilemma.too_large import with_remedy
from sim.study.design import Axis
from sim.study.experiment import ExperimentFile

MOST_NUMBERS: Final = 4_000_000
MOST_POINTS: Final = 4096
"""Numbers of escalation probabilities, and points, that are worked out together; what a point gives does not depend on it."""

Statistics = Mapping[str, np.ndarray]
"""{statistic: array over points first}; the exact engine has `value` alone."""


@dataclass(frozen=True)
class Task:
    """Points of one variant that share their structure: one row for each that is computed, and the points that it stands for."""

    variant: str
    rows: tuple[int, ...]
    """One point for each row, shape (rows,)."""
    members: tuple[np.ndarray, ...]
    """The points that each row stands for."""

    @property
    def points(self) -> int:
        """How many points of the experiment the task covers."""
        return sum(map(len, self.members))


@dataclass(frozen=True)
class Found:
    """The outcomes of n rows of a task: escalation_probability (n, T + 1, L), expected_onsets (n,), discounted_payoff (n, N)."""

    rows: tuple[int, ...]
    """Which rows of the task."""
    years: float
    rounds_per_year: float
    rungs: tuple[str, ...]
    actors: tuple[str, ...]
    states: int | None
    escalation_probability: Statistics
    expected_onsets: Statistics
    discounted_payoff: Statistics

    def round_at(self, time: float) -> int:
        """The number of whole rounds played by a time in years; all of them at the end of the horizon."""
        last = self.escalation_probability["value"].shape[1] - 1
        return last if time >= self.years - 1e-9 else min(last, int(np.floor(time * self.rounds_per_year + 1e-9)))


@dataclass(frozen=True)
class Solved:
    """What came of a task: outcomes, and why rows failed."""

    task: Task
    found: tuple[Found, ...]
    failures: Mapping[int, str]
    """Row of the task = reason."""
    errors: tuple[Exception, ...] = ()
    """Errors that are no fault of the input, for a run of which nothing is left."""


def tasks(experiment: ExperimentFile) -> Iterator[Task]:
    """The tasks of an experiment, variant by variant, in an order that depends on the experiment alone."""
    each = max((setting.rounds * len(setting.rungs) for setting in experiment.settings), default=1)
    together = max(16, min(MOST_POINTS, MOST_NUMBERS // each))
    for variant in experiment.variants:
        reached = [n for n, axis in enumerate(experiment.axes) if _reaches(axis, experiment.scenario, variant)]
        told = experiment.index[:, reached]
        _, one, which = np.unique(told, axis=0, return_index=True, return_inverse=True)
        members = np.split(np.argsort(which.ravel(), kind="stable"), np.cumsum(np.bincount(which.ravel()))[:-1])
        structural = [n for n in reached if not experiment.axes[n].numeric]
        _, group = np.unique(experiment.index[one][:, structural], axis=0, return_inverse=True)
        for g in range(int(group.max()) + 1):
            rows = np.flatnonzero(group.ravel() == g)
            for start in range(0, len(rows), together):
                part = rows[start : start + together]
                yield Task(variant, tuple(int(one[r]) for r in part), tuple(members[r] for r in part))


def _reaches(axis: Axis, scenario: ScenarioFile, variant: str) -> bool:
    return any(not scenario.keeps_own(variant, path) for path in axis.paths)


def solve(task: Task, experiment: ExperimentFile, threads: int = 1) -> Solved:
    """The outcomes of a task.  A row that fails is left out, with its reason; the others go on."""
    values = _values(task, experiment)
    try:
        failures: dict[int, str] = dict(experiment.scenario.failures(task.variant, values))
        sound = tuple(n for n in range(len(task.rows)) if n not in failures)
        if not sound:
            return Solved(task, (), failures)
        return Solved(task, tuple(_ENGINES[experiment.engine](task, experiment, sound, values, threads)), failures)
    except InputError as error:
        return _lost(task, "; ".join(str(error).splitlines()))
    except TooLarge as error:
        return _lost(task, with_remedy(error))
    except Exception as error:  # whatever goes wrong in a point costs that point only
        if len(task.rows) == 1:
            return _lost(task, f"{type(error).__name__}: {error}", error)
    return _one_by_one(task, experiment, threads)


def _one_by_one(task: Task, experiment: ExperimentFile, threads: int) -> Solved:
    alone = [solve(Task(task.variant, (row,), (m,)), experiment, threads) for row, m in zip(task.rows, task.members, strict=True)]
    found = [Found(**{**vars(f), "rows": (n,)}) for n, part in enumerate(alone) for f in part.found]
    failures = {n: part.failures[0] for n, part in enumerate(alone) if part.failures}
    return Solved(task, tuple(found), failures, tuple(error for part in alone for error in part.errors))


def _lost(task: Task, reason: str, *errors: Exception) -> Solved:
    return Solved(task, (), dict.fromkeys(range(len(task.rows)), reason), errors)


def _values(task: Task, experiment: ExperimentFile) -> dict[str, Any]:
    """What the task's rows put in: arrays (rows,) for what varies in number, single values for structure."""
    out: dict[str, Any] = {}
    for n, axis in enumerate(experiment.axes):
        which = experiment.index[list(task.rows), n]
        for k, path in enumerate(axis.paths):
            values = [axis.values[i][k] for i in which]
            out[path] = np.array(values, dtype=float) if axis.numeric else values[0]
    return out


def _chosen(values: Mapping[str, Any], rows: Any) -> dict[str, Any]:
    return {path: x[rows] if isinstance(x, np.ndarray) else x for path, x in values.items()}


# ---- engines


def _exact(
    task: Task, experiment: ExperimentFile, sound: tuple[int, ...], values: Mapping[str, Any], threads: int
) -> Iterator[Found]:
    tables = experiment.scenario.tables(task.variant, _chosen(values, list(sound)))
    s, points = structure(tables), solve_points(tables, threads=threads)
    shape = (len(sound),)

    def spread(x: np.ndarray) -> Statistics:
        """A batch in which nothing varies has one point."""
        return {"value": np.broadcast_to(x, shape + x.shape[1:])}

    yield Found(
        rows=sound,
        **_setting(s),
        states=points.states,
        escalation_probability=spread(points.escalation_probability),
        expected_onsets=spread(points.expected_onsets),
        discounted_payoff=spread(points.discounted_payoff),
    )


def _monte_carlo(
    task: Task, experiment: ExperimentFile, sound: tuple[int, ...], values: Mapping[str, Any], threads: int
) -> Iterator[Found]:
    assert experiment.replicates is not None
    for row in sound:
        scenario = Scenario(experiment.scenario.tables(task.variant, _chosen(values, row)))
        yield _simulated(row, scenario, scenario.simulate(experiment.replicates, experiment.seed))


def _simulated(row: int, scenario: Scenario, o: Outcomes) -> Found:
    interval = {"interval_low": o.interval[None, ..., 0], "interval_high": o.interval[None, ..., 1]}
    return Found(
        rows=(row,),
        **_setting(scenario.structure),
        states=None,
        escalation_probability=_with_error(o.escalation_probability, o.standard_error) | interval,
        expected_onsets=_with_error(o.expected_onsets, o.onsets_error),
        discounted_payoff=_with_error(o.discounted_payoff, o.payoff_error),
    )


def _with_error(value: Any, error: Any) -> dict[str, np.ndarray]:
    return {"value": np.asarray(value)[None], "standard_error": np.asarray(error)[None]}


def _setting(s: Structure) -> dict[str, Any]:
    horizon = s.tables["horizon"]
    years, per_year = float(horizon["years"]), float(horizon["rounds_per_year"])
    return {"years": years, "rounds_per_year": per_year, "rungs": s.rungs, "actors": s.actors}


_ENGINES: Final[Mapping[str, Callable[..., Iterator[Found]]]] = {"exact": _exact, "monte_carlo": _monte_carlo}
