"""Running an experiment: every point of every variant, its failures, and the results folder (docs/model.md, section 1.3)."""

from __future__ import annotations

import os
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sim.config import InputError, Located
from sim.declare import Problem
from sim.study import store
from sim.study.experiment import ExperimentFile
from sim.study.solve import Solved, solve, tasks
from sim.study.tidy import Tidy, at_times, over_time

Progress = Callable[[int, int], None]
"""Called with the runs that are done and all runs; a run is one point of one variant."""

MOST_REASONS = 5


@dataclass(frozen=True)
class Failure:
    """A point that could not be computed for a variant, and why; it has no row in the results."""

    point: int
    variant: str
    reason: str


@dataclass(frozen=True)
class Plan:
    """How much there is to do: `runs` points of variants, of which `computed` differ from each other."""

    points: int
    variants: int
    runs: int
    computed: int


@dataclass(frozen=True)
class RunReport:
    """What a run did."""

    folder: Path
    points: int
    variants: tuple[str, ...]
    seconds: float
    states: Mapping[str, int]
    """The most states that a variant's chain had; empty for Monte Carlo."""
    failures: tuple[Failure, ...]

    @property
    def runs(self) -> int:
        """Points of variants, the failed ones included."""
        return self.points * len(self.variants)


def plan(experiment: ExperimentFile) -> Plan:
    """How much a run of the experiment will do."""
    points, variants = len(experiment.index), len(experiment.variants)
    return Plan(points, variants, points * variants, sum(len(task.rows) for task in tasks(experiment)))


def run(experiment: ExperimentFile, out: Path, progress: Progress | None = None, *, threads: int | None = None) -> RunReport:
    """Computes every point of an experiment and writes `out`/NAME/; older results stay until the new ones are complete.

    A point that fails is recorded and the rest goes on.  Raises InputError if no point at all can be computed, and whatever
    stops it; then nothing is written.  `threads` (one for each processor, at most four) changes no byte of the results.
    """
    threads = threads or min(4, os.cpu_count() or 1)
    started, clock = store.now(), time.perf_counter()
    folder = out / experiment.name
    with store.replacing(folder) as new:
        total = len(experiment.index) * len(experiment.variants)
        results, paths = Tidy(experiment.variants), Tidy(experiment.variants)
        states: Counter[str] = Counter()
        failures: list[Failure] = []
        errors: list[Exception] = []
        done = 0
        for task in tasks(experiment):
            solved = solve(task, experiment, threads)
            _keep(solved, experiment, results, paths)
            failures += _failed(solved)
            errors += solved.errors
            for found in solved.found:
                states[task.variant] = max(states[task.variant], found.states or 0)
            done += task.points
            if progress is not None:
                progress(done, total)
        if not results.blocks:
            raise errors[0] if errors else _nothing(experiment, failures)
        order = {variant: n for n, variant in enumerate(experiment.variants)}
        failures.sort(key=lambda f: (f.point, order[f.variant]))
        known = {variant: n for variant, n in states.items() if n}
        facts: dict[str, Any] = {
            "points": len(experiment.index),
            "runs": total,
            "states": known,
            "failures": [vars(failure) for failure in failures],
            "started": started,
            "finished": store.now(),
            "seconds": round(time.perf_counter() - clock, 3),
        }
        store.write(new, experiment, results.table(), paths.table() if experiment.over_time else None, facts)
    seconds = time.perf_counter() - clock
    return RunReport(folder, len(experiment.index), experiment.variants, seconds, known, tuple(failures))


def _keep(solved: Solved, experiment: ExperimentFile, results: Tidy, paths: Tidy) -> None:
    for found in solved.found:
        results.add(solved, found, *at_times(found, experiment.times))
        if experiment.over_time:
            paths.add(solved, found, *over_time(found))


def _failed(solved: Solved) -> list[Failure]:
    return [
        Failure(int(point), solved.task.variant, reason)
        for row, reason in solved.failures.items()
        for point in solved.task.members[row]
    ]


def _nothing(experiment: ExperimentFile, failures: list[Failure]) -> InputError:
    """The error of an experiment of which no point can be computed: every reason once."""
    reasons = list(dict.fromkeys(failure.reason for failure in failures))[:MOST_REASONS]
    file = str(experiment.source.path)
    return InputError(Located(file, Problem((), f"no point can be computed: {reason}")) for reason in reasons)
