"""The runs of an experiment: each point with each draw in each variant, addressed by the digest of what it computes.

Two runs with one digest are one computation.  So what is stored stays valid when a sweep gets more values or more draws, and a
variant that a parameter does not reach is computed once.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

import numpy as np

from sim.chain.monte_carlo import derived
from sim.config import InputError
from sim.study import provenance
from sim.study.experiment import ExperimentFile
from sim.study.parts import KEY, Stock
from sim.study.work import Chunk, Work

OWN: Final = -1
"""The draw in which nothing is drawn: the file's own values."""
TOGETHER: Final = 1_000_000
"""Runs whose digests are worked out together."""
SAID_ONLY: Final = ("title", "description", "sources", "mechanisms", "uncertain", "variants", "schema_version")
"""Keys of a scenario that no number depends on."""


def seed_of(seed: int, draw: int) -> int:
    """The seed of a draw's histories: the experiment's own where nothing is drawn; the same in all variants and points."""
    return seed if draw == OWN else derived(seed, f"draw {draw}")


@dataclass(frozen=True)
class Group:
    """Runs of one variant that share their structure, each once, in the order of points and draws."""

    runs: Runs
    variant: str
    structural: Mapping[str, Any]
    points: np.ndarray
    draws: np.ndarray
    keys: np.ndarray

    def __len__(self) -> int:
        return len(self.keys)

    def chunk(self, begin: int, size: int) -> Chunk:
        """Some of the runs, with all that they put in."""
        part = slice(begin, begin + size)
        points, draws = self.points[part], self.draws[part]
        runs, uncertainty = self.runs, self.runs.experiment.uncertainty
        numeric = {path: runs.column(n, k)[points] for n, k, path in runs.swept(self.variant)}
        if len(draws) and draws[0] != OWN and uncertainty is not None:
            numeric |= {path: uncertainty.values[draws, j] + 0.0 for j, path in runs.drawn(self.variant)}
        seed = runs.experiment.seed
        seeds = np.array([seed_of(seed, int(d)) for d in draws] if runs.experiment.engine != "exact" else [0] * len(draws))
        return Chunk(self.variant, self.structural, numeric, self.keys[part], points, draws, seeds)


class Runs:
    """The runs of an experiment and their digests; `engine` gives the versions of the program that addresses them (this one)."""

    def __init__(self, experiment: ExperimentFile, engine: Mapping[str, str] | None = None) -> None:
        self.experiment, self._engine = experiment, provenance.engine() if engine is None else dict(engine)
        self._reached: dict[str, list[tuple[int, int, str]]] = {}
        self._lanes: dict[str, tuple[np.ndarray, np.ndarray]] = {}
        self._columns: dict[tuple[int, int], np.ndarray] = {}

    @cached_property
    def work(self) -> Work:
        """What workers must know."""
        e = self.experiment
        text, path = e.scenario.source.text, str(e.scenario.source.path)
        return Work(text, path, e.engine, e.replicates, e.times, e.over_time, self._paired, e.more)

    @property
    def _paired(self) -> bool:
        return self.experiment.engine != "exact" and len(self.experiment.baselines) > 0

    @property
    def points(self) -> int:
        return len(self.experiment.index)

    @property
    def draws(self) -> int:
        """How many draws of the uncertain parameters there are, besides the file's own values."""
        return 0 if self.experiment.uncertainty is None else self.experiment.uncertainty.draws

    @property
    def total(self) -> int:
        """All runs, also those that are one computation."""
        return self.points * (self.draws + 1) * len(self.experiment.variants)

    # ---- what a variant is reached by

    def swept(self, variant: str, structural: bool = False) -> list[tuple[int, int, str]]:
        """The swept paths that reach a variant: number of the axis, position in it, path; numbers, or structure."""
        if variant not in self._reached:
            scenario = self.experiment.scenario
            self._reached[variant] = [
                (n, k, path)
                for n, axis in enumerate(self.experiment.axes)
                for k, path in enumerate(axis.paths)
                if not scenario.keeps_own(variant, path)
            ]
        return [x for x in self._reached[variant] if self.experiment.axes[x[0]].numeric != structural]

    def drawn(self, variant: str) -> list[tuple[int, str]]:
        """The drawn paths that reach a variant: position, path."""
        uncertainty = self.experiment.uncertainty
        paths = () if uncertainty is None else uncertainty.paths
        return [(j, path) for j, path in enumerate(paths) if not self.experiment.scenario.keeps_own(variant, path)]

    def column(self, n: int, k: int) -> np.ndarray:
        """What the k-th path of the n-th axis gets at every point, shape (points,); numbers."""
        if (n, k) not in self._columns:
            values = self.experiment.axes[n].values
            own = values[:, k] if isinstance(values, np.ndarray) else np.array([value[k] for value in values], dtype=float)
            self._columns[n, k] = np.asarray(own, dtype=float)[self.experiment.index[:, n]] + 0.0  # -0 is 0
        return self._columns[n, k]

    def structures(self, variant: str) -> Iterator[tuple[dict[str, Any], np.ndarray]]:
        """Every combination of structural values that reach a variant, and its points."""
        told = self.swept(variant, structural=True)
        axes = sorted({n for n, _, _ in told})
        if not axes:
            yield {}, np.arange(self.points)
            return
        combinations, which = np.unique(self.experiment.index[:, axes], axis=0, return_inverse=True)
        members = np.split(np.argsort(which.ravel(), kind="stable"), np.cumsum(np.bincount(which.ravel()))[:-1])
        for row, points in zip(combinations, members, strict=True):
            chosen = dict(zip(axes, row, strict=True))
            yield {path: self.experiment.axes[n].values[chosen[n]][k] for n, k, path in told}, points

    # ---- digests

    def keys(self, variant: str, begin: int, end: int) -> np.ndarray:
        """The digests of the runs of some points, shape (points, draws + 1); the first is of the file's own values."""
        points, draws = self.digests(variant)
        both = points[begin:end, None, :] + draws[None, :, :]
        return np.ascontiguousarray(both).view(KEY)[..., 0]

    def digests(self, variant: str) -> tuple[np.ndarray, np.ndarray]:
        """Digests of a variant's points (points, 2) and of the draws (draws + 1, 2); their sum is a run's."""
        if variant not in self._lanes:
            points = np.empty((self.points, 2), np.uint64)
            told = self.swept(variant)
            names = json.dumps([path for _, _, path in told]).encode()
            for structural, members in self.structures(variant):
                start = hashlib.blake2b(self._base(variant, structural) + names, digest_size=16)
                numbers = [self.column(n, k)[members] for n, k, _ in told]
                rows = np.ascontiguousarray(np.stack(numbers, axis=1)) if numbers else np.zeros((len(members), 0))
                points[members] = _digests(start, rows)
            self._lanes[variant] = points, self._draws(variant)
        return self._lanes[variant]

    def _draws(self, variant: str) -> np.ndarray:
        experiment, told = self.experiment, self.drawn(variant)
        own = np.zeros((1, 2), np.uint64)
        uncertainty = experiment.uncertainty
        if uncertainty is None:
            return own
        exact = experiment.engine == "exact"
        if exact and not told:
            return np.repeat(own, uncertainty.draws + 1, axis=0)
        start = hashlib.blake2b(json.dumps([path for _, path in told]).encode(), digest_size=16)
        rows = uncertainty.values[:, [j for j, _ in told]] + 0.0
        if not exact:
            seeds = [seed_of(experiment.seed, d) for d in range(uncertainty.draws)]
            rows = np.concatenate([rows, np.array(seeds, np.int64).view(float)[:, None]], axis=1)
        return np.concatenate([own, _digests(start, np.ascontiguousarray(rows))])

    def _base(self, variant: str, structural: Mapping[str, Any]) -> bytes:
        """The digest of all that the runs of a variant have in common."""
        e = self.experiment
        try:
            tables: Any = {k: v for k, v in e.scenario.tables(variant, structural).items() if k not in SAID_ONLY}
        except InputError:
            tables = [e.scenario.source.text, variant]  # such runs fail, and say why
        seed = None if e.engine == "exact" else e.seed
        said = [tables, dict(structural), e.engine, e.replicates, seed, e.times, e.over_time, self._paired, self._engine]
        said += [e.more] if e.more else []  # what asks for none keeps its digests
        return hashlib.blake2b(json.dumps(said, default=str).encode(), digest_size=16).digest()

    # ---- what there is to do

    def missing(self, stock: Stock, shard: tuple[int, int] | None = None) -> list[Group]:
        """The runs that are not in stock, grouped by what can be computed together; of a shard (i, n) its share of them."""
        out = []
        for variant in self.experiment.variants:
            for structural, members in self.structures(variant):
                for own in (True, False):
                    if not own and self.experiment.engine == "exact" and not self.drawn(variant):
                        continue  # nothing that is drawn reaches it: every draw is the file's own values
                    out += self._group(variant, structural, members, stock, shard, own)
        return out

    def _group(
        self,
        variant: str,
        structural: Mapping[str, Any],
        members: np.ndarray,
        stock: Stock,
        shard: tuple[int, int] | None,
        own: bool,
    ) -> list[Group]:
        first, last = (0, 1) if own else (1, self.draws + 1)
        found: list[tuple[np.ndarray, np.ndarray, np.ndarray]] = []
        points, draws = self.digests(variant)
        step = max(1, TOGETHER // max(1, last - first))
        for begin in range(0, len(members) if last > first else 0, step):
            chosen = members[begin : begin + step]
            both = np.ascontiguousarray(points[chosen][:, None, :] + draws[None, first:last, :]).reshape(-1, 2)
            wanted = np.ones(len(both), bool) if shard is None else both[:, 0] % np.uint64(shard[1]) == shard[0] - 1
            keys = both.view(KEY)[:, 0]
            rows = np.flatnonzero(wanted & (stock.where(keys) < 0))
            n = last - first
            found.append((chosen[rows // n].astype(np.int32), (rows % n + first - 1).astype(np.int32), keys[rows]))
        if not sum(len(keys) for _, _, keys in found):
            return []
        point, draw, key = (np.concatenate(x) for x in zip(*found, strict=True))
        one = _first(key)
        return [Group(self, variant, structural, point[one], draw[one], key[one])]


def _digests(start: Any, rows: np.ndarray) -> np.ndarray:
    """The digests of rows of numbers that begin as `start` does, shape (rows, 2)."""
    if not rows.shape[1]:
        one = np.frombuffer(start.digest(), np.uint64)
        return np.repeat(one[None], len(rows), axis=0)
    view, width = memoryview(rows.tobytes()), rows.shape[1] * 8
    out = bytearray()
    for n in range(len(rows)):
        digest = start.copy()
        digest.update(view[n * width : (n + 1) * width])
        out += digest.digest()
    return np.frombuffer(bytes(out), np.uint64).reshape(-1, 2)


def _first(keys: np.ndarray) -> np.ndarray:
    """Where each different key stands first, in order."""
    lanes = np.ascontiguousarray(keys).view(np.uint64).reshape(-1, 2)
    order = np.lexsort((lanes[:, 1], lanes[:, 0]))
    new = np.ones(len(order), bool)
    new[1:] = (np.diff(lanes[order], axis=0) != 0).any(axis=1)
    return np.sort(order[new])
