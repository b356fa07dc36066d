"""Some runs of a stored experiment computed again, outside its folder: which, by what they are known, and what comes of them."""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from sim.chain.monte_carlo import keyed
from sim.study.crew import Inline, Pool
from sim.study.dispatch import Cutter, carry_out, interruptible
from sim.study.finish import Progress
from sim.study.parts import Stock
from sim.study.runner import PATIENCE, Watch
from sim.study.runs import OWN, Group, Runs
from sim.study.tidy import Label

FEWEST: Final = 10
"""Runs that are chosen at least, if there are as many."""


@dataclass(frozen=True)
class Chosen:
    """Runs of one variant: points, draws (-1: nothing drawn), keys; each shape (runs,)."""

    variant: str
    points: np.ndarray
    draws: np.ndarray
    keys: np.ndarray


def choose(runs: Runs, share: float, seed: int) -> list[Chosen]:
    """A random share of all runs, at least FEWEST, variant by variant in ascending order."""
    n = min(runs.total, max(FEWEST, math.ceil(share * runs.total)))
    rng = np.random.Generator(keyed(seed, 0, "verify"))
    numbers = np.sort(rng.choice(runs.total, n, replace=False, shuffle=False))
    draws, out = runs.draws + 1, []
    for v, variant in enumerate(runs.experiment.variants):
        mine = numbers[numbers // (runs.points * draws) == v] % (runs.points * draws)
        points, at = mine // draws, mine % draws
        keys = [runs.keys(variant, int(p), int(p) + 1)[0, d] for p, d in zip(points, at, strict=True)]
        out.append(Chosen(variant, points, at + OWN, np.array(keys, "V16")))
    return out


def _groups(runs: Runs, chosen: Chosen) -> Iterator[Group]:
    """The chosen runs by what can be computed together; what is one computation stands there once."""
    variant, experiment = chosen.variant, runs.experiment
    structural = runs.swept(variant, structural=True)
    same = experiment.engine == "exact" and not runs.drawn(variant)  # every draw is the file's own values
    draws = np.full_like(chosen.draws, OWN) if same else chosen.draws
    kinds = np.column_stack([experiment.index[chosen.points][:, sorted({n for n, _, _ in structural})], draws != OWN])
    _, first = np.unique([key.tobytes().hex() for key in chosen.keys], return_index=True)
    for kind in np.unique(kinds, axis=0):
        rows = np.sort(first[(kinds[first] == kind).all(axis=1)])
        told = experiment.values(int(chosen.points[rows[0]]))
        yield Group(
            runs, variant, {path: told[path] for _, _, path in structural}, chosen.points[rows], draws[rows], chosen.keys[rows]
        )


def recompute(
    runs: Runs,
    chosen: list[Chosen],
    folder: Path,
    workers: int | None,
    progress: Callable[[Progress], None],
    say: Callable[[str], None],
) -> tuple[Stock, set[str]]:
    """Computes the chosen runs into parts in a folder; gives them, and the keys of the runs that fail.

    Raises KeyboardInterrupt, OSError.
    """
    groups = [group for one in chosen if len(one.keys) for group in _groups(runs, one)]
    watch = Watch(sum(map(len, groups)), progress)
    cutter, workers = Cutter(groups), workers or os.cpu_count() or 1
    with interruptible(say) as flag:
        enough = (lambda: watch.seconds > PATIENCE) if workers > 1 else (lambda: False)
        carry_out(cutter, Inline(runs.work, folder), watch.told, flag, enough)
        if cutter.left:
            pool = Pool(runs.work, folder, workers)
            try:
                carry_out(cutter, pool, watch.told, flag)
            finally:
                pool.close()
    return Stock([folder]), set(watch.failures)


def read(stock: Stock, keys: np.ndarray) -> list[dict[Label, float] | None]:
    """The numbers of each run; None where there are none."""
    out: list[dict[Label, float] | None] = [None] * len(keys)
    where = stock.where(keys)
    for n in np.argsort(where, kind="stable"):  # part by part
        for _, values, labels in stock.numbers(where[n : n + 1]):
            out[n] = dict(zip(labels, values[0].tolist(), strict=True))
    return out
