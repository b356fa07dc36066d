"""Running an experiment: what is not computed yet is computed, by one process or many; then the tables are put together.

A run that was stopped at any instant goes on with the same command and ends with the same bytes (docs/engine.md).
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from sim.config.errors import refuse
from sim.study import parts, store
from sim.study.crew import Crew, Inline, Pool, Summary
from sim.study.dispatch import Cutter, carry_out, interruptible
from sim.study.experiment import ExperimentFile
from sim.study.finish import FAILURES, Progress, changed_since, finish, read_failures, up_to_date, write_failures
from sim.study.lock import locked
from sim.study.parts import Stock
from sim.study.runs import Runs
from sim.study.work import Chunk, Failure

PATIENCE: Final = 2.0
"""Seconds of work in this process before others are started: that alone takes them a second or two."""


@dataclass(frozen=True)
class RunReport:
    """What a run did."""

    folder: Path
    points: int
    variants: tuple[str, ...]
    draws: int
    seconds: float
    states: Mapping[str, int]
    """The most states that a variant's chain had; empty for Monte Carlo and where nothing was computed."""
    failures: tuple[Failure, ...]
    computed: int = 0
    """Runs that this call computed, the failed ones included."""
    finished: bool = True
    """Whether the tables were written; not for a shard."""

    @property
    def runs(self) -> int:
        """Points and draws of variants, the failed ones included."""
        return self.points * (self.draws + 1) * len(self.variants)


@dataclass
class Watch:
    """What is known while chunks come in."""

    total: int
    progress: Callable[[Progress], None]
    done: int = 0
    states: dict[str, int] = field(default_factory=dict)
    failures: dict[str, Failure] = field(default_factory=dict)
    began: float = field(default_factory=time.perf_counter)

    @property
    def seconds(self) -> float:
        return time.perf_counter() - self.began

    def told(self, chunk: Chunk, summary: Summary) -> None:
        """Takes in a chunk that is done."""
        self.done += len(chunk)
        if summary.states:
            self.states[chunk.variant] = max(self.states.get(chunk.variant, 0), summary.states)
        self.failures |= {failure.key: failure for failure in summary.failures}
        rate = self.done / max(self.seconds, 1e-9)
        left = (self.total - self.done) / rate
        self.progress(Progress("computing", self.done, self.total, len(self.failures), self.seconds, rate, left))


def run(
    experiment: ExperimentFile,
    out: Path,
    progress: Callable[[Progress], None] | None = None,
    *,
    workers: int | None = None,
    chunk: int | None = None,
    patience: float = PATIENCE,
    shard: tuple[int, int] | None = None,
    crew: Callable[[Runs, Path], Crew] | None = None,
    say: Callable[[str], None] | None = None,
) -> RunReport:
    """Computes what is not there yet of an experiment, and writes `out`/NAME/.

    `workers` (one for each processor), `chunk` (runs in a chunk), `patience` (seconds of work before other processes are
    started) and `crew` (who computes instead) change no byte of the tables.  With `shard` (i, n) only the i-th of n shares is
    computed, into `out`/NAME/shards/, and nothing is put together.  A run that fails is recorded and the rest goes on.  Raises
    InputError where the folder is not this experiment's, another run is at work in it, or no point at all can be computed;
    KeyboardInterrupt; OSError.  What was computed until then is kept.
    """
    progress, say = progress or (lambda _: None), say or (lambda _: None)
    started, began = store.now(), time.perf_counter()
    home = out / experiment.name
    store.claim(home, experiment)
    folder = home if shard is None else home / store.SHARDS / f"{shard[0]}-of-{shard[1]}"
    folder.mkdir(parents=True, exist_ok=True)
    with locked(folder):
        if shard is None and up_to_date(home, experiment):
            return _report(experiment, home, Watch(0, progress), [], began)
        stock = Stock(store.part_folders(home))
        for damaged in stock.damaged:
            say(f"damaged part set aside, its runs are computed again: {damaged}")
        runs = Runs(experiment)
        groups = runs.missing(stock, shard)
        watch = Watch(sum(map(len, groups)), progress)
        if groups:
            if len(stock) and (changed := changed_since(home, experiment)):
                say(f"{watch.total:,} runs are not there yet; changed since the last time: {', '.join(changed)}")
            _compute(runs, Cutter(groups, chunk), folder / parts.FOLDER, watch, workers, patience, crew, say)
        failures = list(watch.failures.values())
        if shard is not None:
            order = {variant: n for n, variant in enumerate(experiment.variants)}
            write_failures(folder / FAILURES, sorted(failures, key=lambda f: (f.point, order[f.variant], f.draw)))
            return _report(experiment, home, watch, failures, began, finished=False)
        facts = {"started": started, "seconds": round(time.perf_counter() - began, 3), "states": watch.states}
        failures = finish(runs, Stock(store.part_folders(home)), home, failures, facts, progress)
        return _report(experiment, home, watch, failures, began)


def _compute(
    runs: Runs,
    cutter: Cutter,
    folder: Path,
    watch: Watch,
    workers: int | None,
    patience: float,
    crew: Callable[[Runs, Path], Crew] | None,
    say: Callable[[str], None],
) -> None:
    """All that is left to do: first in this process, then, if it takes longer, by others."""
    workers = workers or os.cpu_count() or 1
    with interruptible(say) as flag:
        if crew is None:
            inline = Inline(runs.work, folder, threads=min(4, workers))
            enough = (lambda: watch.seconds > patience) if workers > 1 else (lambda: False)
            carry_out(cutter, inline, watch.told, flag, enough)
        if cutter.left:
            others = crew(runs, folder) if crew is not None else Pool(runs.work, folder, workers)
            try:
                carry_out(cutter, others, watch.told, flag)
            finally:
                others.close()


def merge(
    experiment: ExperimentFile,
    out: Path,
    progress: Callable[[Progress], None] | None = None,
    *,
    say: Callable[[str], None] | None = None,
) -> RunReport:
    """Puts the shards of an experiment together, without computing anything.  Raises InputError where runs are missing."""
    progress, say = progress or (lambda _: None), say or (lambda _: None)
    started, began = store.now(), time.perf_counter()
    home = out / experiment.name
    if store.owner(home) is None and not any(home.glob(f"{store.SHARDS}/*/{parts.FOLDER}")):
        raise refuse(home, "no such results", hint=f"`sim run {experiment.name} --shard 1/2` computes the first of two shards.")
    store.claim(home, experiment)
    with locked(home):
        stock = Stock(store.part_folders(home))
        for damaged in stock.damaged:
            say(f"damaged part set aside, its runs are missing: {damaged}")
        told = [home / FAILURES, *sorted(home.glob(f"{store.SHARDS}/*/{FAILURES}"))]
        failures = [failure for path in told for failure in read_failures(path)]
        facts = {"started": started, "seconds": round(time.perf_counter() - began, 3), "states": {}}
        failures = finish(Runs(experiment), stock, home, failures, facts, progress)
        return _report(experiment, home, Watch(0, progress), failures, began)


def _report(
    experiment: ExperimentFile,
    home: Path,
    watch: Watch,
    failures: list[Failure],
    began: float,
    *,
    finished: bool = True,
) -> RunReport:
    draws = 0 if experiment.uncertainty is None else experiment.uncertainty.draws
    return RunReport(
        folder=home,
        points=len(experiment.index),
        variants=experiment.variants,
        draws=draws,
        seconds=time.perf_counter() - began,
        states=watch.states,
        failures=tuple(failures),
        computed=watch.done,
        finished=finished,
    )
