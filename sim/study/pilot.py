"""A pilot of an experiment: its runs counted without computing them, and some of each kind computed to see how long they take."""

from __future__ import annotations

import math
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

import numpy as np

from sim.chain.monte_carlo import BLOCK
from sim.study.dispatch import FIRST
from sim.study.parts import KEY, Stock
from sim.study.runs import OWN, Group, Runs
from sim.study.tidy import Label
from sim.study.work import Work, compute

BUDGET: Final = 1.0
"""Seconds that a pilot takes, but for the first runs of each variant, which are computed whatever they take."""
SHORTEST: Final = 0.05
"""Seconds in which runs of a lot are computed at least."""
LARGEST: Final = 4096
"""Runs of a chunk at most."""
TOGETHER: Final = 1_000_000
"""Runs that are looked up in the stock at a time."""


@dataclass(frozen=True)
class Lot:
    """Runs of one variant that share their structure: every computation is one of the points with one of the draws."""

    variant: str
    structural: Mapping[str, Any]
    points: np.ndarray
    draws: np.ndarray
    left: int
    """Computations that are not in stock."""

    def __len__(self) -> int:
        return len(self.points) * len(self.draws)

    def some(self, runs: Runs, n: int) -> Group:
        """About n of the runs, evenly spread."""
        which = np.unique(np.linspace(0, len(self) - 1, min(n, len(self))).astype(np.int64))
        points, draws = self.points[which // len(self.draws)], self.draws[which % len(self.draws)]
        return Group(runs, self.variant, self.structural, points, draws, np.zeros(len(which), KEY))


@dataclass
class Pilot:
    """What is found of a lot: runs tried and failed, seconds before the first run, runs a second, states, the labels stored."""

    tried: int = 0
    failed: int = 0
    reasons: dict[str, None] = field(default_factory=dict)
    start: float = 0.0
    rate: float = math.nan
    states: int = 0
    labels: tuple[Label, ...] = ()


def lots(runs: Runs, variant: str, stock: Stock) -> list[Lot]:
    """All runs of a variant by what can be computed together; the file's own values apart from the draws."""
    lanes, of_draws = runs.digests(variant)
    draws = np.array([OWN, *range(runs.draws)])
    drawn = runs.draws > 0 and (runs.experiment.engine != "exact" or bool(runs.drawn(variant)))
    out = []
    for structural, members in runs.structures(variant):
        points = members[_first(lanes[members])]
        for part in (slice(0, 1), slice(1, None)) if drawn else (slice(0, 1),):
            chosen = _first(of_draws[part])
            left = len(points) * len(chosen) - _there(lanes[points], of_draws[part][chosen], stock)
            out.append(Lot(variant, structural, points, draws[part][chosen], left))
    return out


def _first(lanes: np.ndarray) -> np.ndarray:
    """Where each different digest stands first, ascending; lanes (n, 2)."""
    order = np.lexsort((lanes[:, 1], lanes[:, 0]))
    new = np.ones(len(order), bool)
    new[1:] = (np.diff(lanes[order], axis=0) != 0).any(axis=1)
    return np.sort(order[new])


def _there(points: np.ndarray, draws: np.ndarray, stock: Stock) -> int:
    """How many runs of some points and draws are in stock."""
    step, found = max(1, TOGETHER // len(draws)), 0
    for begin in range(0, len(points) if len(stock) else 0, step):
        both = np.ascontiguousarray(points[begin : begin + step, None, :] + draws[None])
        found += int((stock.where(both.view(KEY)[..., 0]) >= 0).sum())
    return found


def pilots(runs: Runs, all_lots: Sequence[Lot]) -> list[Pilot]:
    """Some runs of every lot, in turns over the variants; those that the time does not suffice for are left empty."""
    out = [Pilot() for _ in all_lots]
    before: Counter[str] = Counter()
    turns = []
    for n, lot in enumerate(all_lots):
        turns.append((before[lot.variant], n))
        before[lot.variant] += 1
    began = time.perf_counter()
    for k, (turn, n) in enumerate(sorted(turns)):
        left = BUDGET - (time.perf_counter() - began)
        if turn == 0 or left > 0:
            _try(runs, all_lots[n], out[n], max(0.0, left) / (len(turns) - k))
    return out


def _try(runs: Runs, lot: Lot, pilot: Pilot, seconds: float) -> None:
    """Computes some runs of a lot: one by which all is loaded and compiled, a few more, then as many as there is time for."""
    work, share = runs.work, 1.0
    if work.replicates is not None:  # two blocks of replicates stand for all of them
        share = max(1.0, math.ceil(work.replicates / BLOCK) / 2)
        work = replace(work, replicates=min(work.replicates, 2 * BLOCK))
    n, loading = _timed(runs, work, lot, 1, pilot)
    few = FIRST if work.replicates is None and loading < BUDGET else 1
    n, took = _timed(runs, work, lot, few, pilot)
    more = min(int(n / took * min(max(seconds - took, SHORTEST), BUDGET)), LARGEST)
    if more > n and pilot.failed < pilot.tried:
        n, took = _timed(runs, work, lot, more, pilot)
    pilot.start = max(0.0, loading - took / n)
    pilot.rate = n / took / share


def _timed(runs: Runs, work: Work, lot: Lot, n: int, pilot: Pilot) -> tuple[int, float]:
    """How many runs were computed, and the seconds it took."""
    group = lot.some(runs, n)
    chunk = group.chunk(0, len(group))
    began = time.perf_counter()
    done = compute(work, chunk)
    spent = max(time.perf_counter() - began, 1e-6)
    pilot.tried += len(chunk)
    pilot.failed += len(done.failures)
    pilot.reasons |= dict.fromkeys(failure.reason for failure in done.failures)
    pilot.states, pilot.labels = max(pilot.states, done.states), done.labels or pilot.labels
    return len(chunk), spent


def like(others: Sequence[Pilot]) -> Pilot:
    """What is to be expected of a lot that was not tried, from those that were: the middle of the times."""
    seconds = float(np.median([1 / pilot.rate for pilot in others]))
    return Pilot(start=float(np.median([pilot.start for pilot in others])), rate=1 / seconds)
