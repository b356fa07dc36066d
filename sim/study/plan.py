"""What running an experiment would take: runs, time, memory and disk; nothing is written.

The runs are counted exactly.  Time, memory and disk are estimates from a short pilot in this process.
"""

from __future__ import annotations

import math
import os
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sim.study import store, tidy
from sim.study.assemble import BLOCK_BYTES
from sim.study.dispatch import MOST_BYTES
from sim.study.experiment import ExperimentFile
from sim.study.parts import Stock
from sim.study.pilot import Lot, Pilot, like, lots, pilots
from sim.study.runner import PATIENCE
from sim.study.runs import Runs

START: Final = 2.0
"""Seconds until other processes are at work."""
ROWS: Final = 600_000
"""Rows of tables that are written in a second."""
RUN_BYTES: Final = 24
"""Of a run that is to be computed: its key, point and draw."""
COPIES: Final = 5
"""How many times the numbers of a chunk, or of a block of points, are in memory while they are worked on."""
PART_BYTES: Final = 3000
"""Of a part, besides its numbers."""
ROW_BYTES: Final = {"results": 11.0, "paths": 11.0, "by_draw": 12.0, "orderings": 30.0}
CSV_BYTES: Final = 75.0
"""Bytes of a row of a table."""
PROCESS_BYTES: Final = 250 * 2**20
"""Of a process, where the system does not say."""
ORDERINGS: Final = 6
"""Orderings of the variants that occur at a point, at most."""


@dataclass(frozen=True)
class OfVariant:
    """What a variant takes: runs, those that are different computations, and those of them that are not computed yet.

    `states` of its chain (None: not known, or simulated), `rate`: runs a second in one process; `tried` and `failed` runs of the
    pilot, and the reasons.
    """

    variant: str
    runs: int
    different: int
    left: int
    states: int | None
    rate: float
    tried: int
    failed: int
    reasons: tuple[str, ...]


@dataclass(frozen=True)
class Plan:
    """What running an experiment would take; seconds and bytes are estimates, nan where the pilot says nothing."""

    experiment: str
    folder: Path
    design: str
    engine: str
    replicates: int | None
    points: int
    draws: int
    variants: tuple[OfVariant, ...]
    workers: int
    seconds: float
    """Without drawing the figures."""
    pilot: float
    """Seconds that the pilot took."""
    memory: Mapping[str, float]
    """Bytes: `worker`, of each process that computes; `main`, of the one that puts the tables together."""
    disk: Mapping[str, float]
    """Bytes of the `parts` and the `tables` of the finished results."""
    rows: Mapping[str, int]
    """Rows of each table, if no run fails."""
    notes: tuple[str, ...] = ()

    @property
    def runs(self) -> int:
        """All runs, also those that are one computation."""
        return sum(variant.runs for variant in self.variants)

    @property
    def different(self) -> int:
        """Runs that are different computations."""
        return sum(variant.different for variant in self.variants)

    @property
    def left(self) -> int:
        """Of these, the ones that are not computed yet."""
        return sum(variant.left for variant in self.variants)

    @property
    def hopeless(self) -> bool:
        """Whether all that the pilot tried failed."""
        return all(variant.failed == variant.tried for variant in self.variants)


def plan(experiment: ExperimentFile, out: Path, workers: int | None = None) -> Plan:
    """What `run(experiment, out, workers=workers)` would take.  Raises OSError where parts that are there cannot be read."""
    began, home, workers = time.perf_counter(), out / experiment.name, workers or os.cpu_count() or 1
    runs, stock = Runs(experiment), Stock(store.part_folders(home), aside=False)
    found = {variant: lots(runs, variant, stock) for variant in experiment.variants}
    counted, began = time.perf_counter() - began, time.perf_counter()
    flat = [lot for of_variant in found.values() for lot in of_variant]
    tried = pilots(runs, flat)
    spent = time.perf_counter() - began
    each = tuple(_variant(runs, variant, flat, tried) for variant in experiment.variants)
    labels = {lot.variant: pilot.labels for lot, pilot in zip(flat, tried, strict=True) if pilot.labels}
    rows, left = _rows(runs, labels), sum(one.left for one in each)
    seconds = _seconds(flat, tried, workers) + counted + sum(rows.values()) / ROWS if left else counted
    return Plan(
        experiment=experiment.name,
        folder=home,
        design=experiment.design,
        engine=experiment.engine,
        replicates=experiment.replicates,
        points=runs.points,
        draws=runs.draws,
        variants=each,
        workers=workers,
        seconds=seconds if labels else math.nan,
        pilot=spent,
        memory=_memory(runs, flat, labels, left),
        disk=_disk(flat, labels, rows),
        rows=rows,
        notes=_notes(experiment, home, stock),
    )


def _variant(runs: Runs, variant: str, flat: Sequence[Lot], tried: Sequence[Pilot]) -> OfVariant:
    mine = [(lot, pilot) for lot, pilot in zip(flat, tried, strict=True) if lot.variant == variant]
    some = [pilot for _, pilot in mine if pilot.tried]
    return OfVariant(
        variant=variant,
        runs=runs.points * (runs.draws + 1),
        different=sum(len(lot) for lot, _ in mine),
        left=sum(lot.left for lot, _ in mine),
        states=max(pilot.states for pilot in some) or None,
        rate=like(some).rate,
        tried=sum(pilot.tried for pilot in some),
        failed=sum(pilot.failed for pilot in some),
        reasons=tuple({reason: None for pilot in some for reason in pilot.reasons}),
    )


def _seconds(flat: Sequence[Lot], tried: Sequence[Pilot], workers: int) -> float:
    """Seconds of computing; lots that were not tried are taken to be like the others of their variant."""
    some: dict[str, list[Pilot]] = {}
    for lot, pilot in zip(flat, tried, strict=True):
        some.setdefault(lot.variant, []).extend([pilot] if pilot.tried else [])
    usual = {variant: like(others) for variant, others in some.items()}
    start, work = 0.0, 0.0
    for lot, pilot in zip(flat, tried, strict=True):
        if lot.left:
            found = pilot if pilot.tried else usual[lot.variant]
            start, work = start + found.start, work + lot.left / found.rate
    at_once = min(workers, os.cpu_count() or workers)
    if start + work <= PATIENCE:
        return start + work
    return min(start + work, START + start + work / at_once)


def _rows(runs: Runs, labels: Mapping[str, Sequence[tidy.Label]]) -> dict[str, int]:
    """Rows of the tables, if no run fails."""
    e = runs.experiment
    over = len(tidy.statistics(e.engine != "exact", e.draws > 0, e.quantiles)) - len(
        tidy.statistics(e.engine != "exact", False, ())
    )
    out = dict.fromkeys(ROW_BYTES, 0)
    known = next(iter(labels.values()), ())
    for variant in e.variants:
        told = [label for label in labels.get(variant, known) if not label[4].startswith(tidy.BATCH)]
        baselines = len([baseline for baseline in e.baselines if baseline != variant])
        for name in (tidy.RESULTS, tidy.PATHS):
            mine = [label[4] for label in told if label[0] == name]
            values, errors = mine.count("value"), mine.count("standard_error")
            out[name] += runs.points * (len(mine) + values * over + baselines * (values * (1 + over) + errors))
            out["by_draw"] += runs.points * runs.draws * values * (1 + baselines) if name == tidy.RESULTS else 0
    if runs.draws and len(e.variants) > 1:
        places = [label for label in known if label[:2] == (tidy.RESULTS, "escalation_probability") and label[4] == "value"]
        out["orderings"] = runs.points * len(places) * min(runs.draws, ORDERINGS)
    return {name: n for name, n in out.items() if n}


def _memory(runs: Runs, flat: Sequence[Lot], labels: Mapping[str, Sequence[tidy.Label]], left: int) -> dict[str, float]:
    run = 8.0 * max(map(len, labels.values()), default=0)
    point = run * (runs.draws + 1) * len(runs.experiment.variants)
    chunk = min(MOST_BYTES, run * max(map(len, flat)))
    block = max(point, min(BLOCK_BYTES, point * runs.points))
    own = _process_bytes()
    return {"worker": own + COPIES * chunk, "main": own + RUN_BYTES * left + COPIES * block}


def _disk(flat: Sequence[Lot], labels: Mapping[str, Sequence[tidy.Label]], rows: Mapping[str, int]) -> dict[str, float]:
    if not labels:
        return {"parts": math.nan, "tables": math.nan}
    usual = max(map(len, labels.values()))
    parts = sum(len(lot) * (16 + 8 * (len(labels.get(lot.variant, ())) or usual)) + PART_BYTES for lot in flat)
    as_text = [n for name, n in rows.items() if name in ("results", "orderings") and n <= store.MOST_CSV_ROWS]
    return {"parts": float(parts), "tables": sum(ROW_BYTES[name] * n for name, n in rows.items()) + CSV_BYTES * sum(as_text)}


def _notes(experiment: ExperimentFile, home: Path, stock: Stock) -> tuple[str, ...]:
    owner, told = store.owner(home), list(experiment.notes)
    for what, name in (("experiment", experiment.name), ("scenario", experiment.scenario.name)):
        if owner is not None and owner.get(what) != name:
            told.append(f"{home} holds results of another experiment: its {what} is {owner.get(what)}; `sim run` will refuse it")
    return (*told, *(f"{path} is damaged: its runs will be computed again" for path in stock.damaged))


def _process_bytes() -> float:
    """The most memory that this process has had."""
    try:
        import resource
    except ImportError:  # not on this system
        return float(PROCESS_BYTES)
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return float(most if sys.platform == "darwin" else most * 1024)
