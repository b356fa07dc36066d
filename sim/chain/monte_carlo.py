"""The Monte Carlo engine: walks replicates through the moves of a process, all replicates of a block at once (docs/engine.md).

Lotteries are worked out only for the combinations that are met, so no state space is enumerated.  Every number is drawn from a
stream keyed by (seed, block, name of the move): a whole block of fixed size per round, whatever branch is taken.  So variants
share random numbers, adding a point to a sweep changes no other, and a replicate can be replayed alone.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from sim.chain.kernels import Domains, Kernel, TallyKernel
from sim.chain.moves import Move, Process, Round

BLOCK = 4096
"""Replicates per block; part of what a seed means."""
_NARROW = 8
Columns = dict[str, np.ndarray]


@dataclass(frozen=True)
class Sample:
    """What the Monte Carlo engine counts over n replicates.

    `arrivals` (T + 1, L): replicates that first reached level k by the t-th round, in that round; `marked` (L, marks): of these,
    by mark; `occupancy` {slot: {value: (T + 1,)}}: counts; `per_round` {tally: (T,)}: sums; `sums` {group: (mean, its error)}.
    """

    replicates: int
    arrivals: np.ndarray
    marked: np.ndarray
    occupancy: Mapping[str, Mapping[Any, np.ndarray]]
    per_round: Mapping[str, np.ndarray]
    sums: Mapping[str, tuple[float, float]]
    batches: np.ndarray
    """Shares of the replicates of each batch that reached a level by a round, shape (batches, T + 1, L); the batches are equal
    parts of the replicates in their order, the same whatever is simulated."""


def keyed(seed: int, block: int, name: str) -> np.random.Philox:
    """The counter generator of a name in one block of replicates; the only place where a seed becomes random numbers."""
    digest = hashlib.blake2b(f"{seed}\0{block}\0{name}".encode(), digest_size=16).digest()
    return np.random.Philox(key=np.frombuffer(digest, np.uint64))


def derived(seed: int, name: str) -> int:
    """Another seed, for a part of a study that must not share random numbers with the others; in [0, 2^63)."""
    return int.from_bytes(hashlib.blake2b(f"{seed}\0{name}".encode(), digest_size=8).digest()) >> 1


class Stream:
    """The uniform numbers of one move in one block: `at(t)` gives those of round t, one per replicate of the block."""

    def __init__(self, seed: int, block: int, name: str) -> None:
        self._bits = keyed(seed, block, name)
        self._rng = np.random.Generator(self._bits)
        self._next, self._held = 0, np.empty(BLOCK)

    def at(self, t: int) -> np.ndarray:
        """Shape (BLOCK,); rounds must be asked for in ascending order, and may be skipped or asked for again."""
        if t >= self._next:
            if t > self._next:  # Philox counts in fours
                self._bits.advance((t - self._next) * (BLOCK // 4))
            self._rng.random(out=self._held)
            self._next = t + 1
        return self._held


class Lotteries:
    """A kernel ready for drawing: for every row met so far its outcomes and the thresholds between them, per epoch."""

    def __init__(self, kernel: Kernel, epochs: int) -> None:
        self.kernel, self.epochs = kernel, epochs
        self._rows = 0
        self._written = [np.zeros(0, np.int64) for _ in kernel.move.writes]
        self._start = np.zeros(0, np.int64)
        self._count = np.zeros(0, np.int64)
        self._entry = np.zeros((epochs, 0))
        self._narrow: list[np.ndarray] = []

    def _refresh(self) -> None:
        """Take in the rows that were met since."""
        kernel, known = self.kernel, self._rows
        start = np.array(kernel.start[known:], np.int64)
        count = np.diff(start)
        written = kernel.written(self._entry.shape[1]).astype(np.int64)
        self._written = [np.concatenate([old, new]) for old, new in zip(self._written, written.T, strict=True)]
        self._start = np.concatenate([self._start, start[:-1]])
        self._count = np.concatenate([self._count, count])
        fresh = np.empty((self.epochs, start[-1] - start[0]))
        for j, p in enumerate(kernel.probability[start[0] : start[-1]]):
            fresh[:, j] = np.reshape(p, -1)
        for begin, n in zip((start[:-1] - start[0]).tolist(), count.tolist(), strict=True):
            fresh[:, begin : begin + n] = thresholds(fresh[:, begin : begin + n])
        self._entry = np.concatenate([self._entry, fresh], axis=1)
        self._rows = len(self._start)
        width = int(self._count.max(initial=1)) - 1
        self._narrow = []
        if width < _NARROW:
            last = len(self._entry[0]) - 1
            for k in range(width):
                entry = self._entry[:, np.minimum(self._start + k, last)]
                self._narrow.append(np.where(k < self._count - 1, entry, 2.0))

    def draw(self, columns: list[np.ndarray], n: int, uniform: Callable[[], np.ndarray], epoch: int) -> list[np.ndarray]:
        """The numbers written, one array per slot, for n replicates whose reads are in `columns`."""
        rows = self.kernel.at(columns, n)
        if len(self.kernel.combinations) > self._rows:
            self._refresh()
        entry = self._start[rows]
        if not self.kernel.move.sure and int(self._count.max()) > 1:
            among = self._among_few if self._narrow else self._among_many
            entry = entry + among(rows, uniform(), epoch)
        return [column[entry] for column in self._written]

    def _among_few(self, rows: np.ndarray, u: np.ndarray, epoch: int) -> np.ndarray:
        out = (u >= self._narrow[0][epoch][rows]).astype(np.int64)
        for threshold in self._narrow[1:]:
            out += u >= threshold[epoch][rows]
        return out

    def _among_many(self, rows: np.ndarray, u: np.ndarray, epoch: int) -> np.ndarray:
        """Binary search for the first threshold above u."""
        start, entry = self._start[rows], self._entry[epoch]
        low, high = np.zeros(len(rows), np.int64), self._count[rows] - 1
        while (low < high).any():
            middle = (low + high) >> 1
            above = u >= entry[start + middle]
            low, high = np.where(above & (low < high), middle + 1, low), np.where(above, high, np.minimum(middle, high))
        return low


def thresholds(probability: np.ndarray) -> np.ndarray:
    """Cumulative probabilities along the last axis, 2 from the last possible outcome on, so that no impossible one is drawn."""
    total = np.cumsum(probability, axis=-1)
    n = probability.shape[-1]
    last = n - 1 - np.argmax((probability > 0)[..., ::-1], axis=-1)
    return np.where(np.arange(n) >= last[..., None], 2.0, total)


class Walk:
    """A process ready to be walked; what it learns of lotteries it keeps from block to block."""

    def __init__(self, process: Process, mark: str | None = None) -> None:
        self.process, self.mark, self.domains = process, mark, Domains()
        self._lotteries: dict[int, Lotteries] = {}
        self._tallies: dict[int, TallyKernel] = {}
        self._values: dict[int, np.ndarray] = {}

    # ---- one round

    def round(self, moves: Round, columns: Columns, n: int, epoch: int, uniform: Callable[[str], np.ndarray]) -> Columns:
        """The columns of the round in progress, the state's own included."""
        for move in moves.moves:
            lotteries = self._of(move)
            drawn = lotteries.draw([columns[s] for s in move.reads], n, lambda name=move.name: uniform(name), epoch)
            columns.update(zip(move.writes, drawn, strict=True))
        return columns

    def _of(self, move: Move) -> Lotteries:
        found = self._lotteries.get(id(move))
        if found is None:
            found = self._lotteries[id(move)] = Lotteries(Kernel(move, self.domains), self.process.shape[0])
        return found

    def tally(self, tally: Any, columns: Columns, n: int, epoch: int) -> np.ndarray:
        """The values of a tally, shape (n,)."""
        kernel = self._tallies.get(id(tally))
        if kernel is None:
            kernel = self._tallies[id(tally)] = TallyKernel(tally, self.domains)
        rows = kernel.at([columns[s] for s in tally.reads], n)
        values = self._values.get(id(tally))
        if values is None or len(values) < len(kernel.values):
            values = self._values[id(tally)] = kernel.table()[:, :, 0]
        return values[rows, min(epoch, values.shape[1] - 1)]

    # ---- a block

    def walk(
        self,
        seed: int,
        block: int,
        who: np.ndarray,
        watch: Callable[[int, Columns], None],
        each: Callable[[int, int, Round, np.ndarray, Columns], None],
        arrive: Callable[[int, Columns], None],
    ) -> None:
        """Walk the replicates `who` of a block through all rounds.

        Calls watch(t, state) at the start of round t (and at T), each(t, epoch, round, indices, columns) for every kind of round
        played in it, and arrive(t + 1, state) when round t is over.
        """
        process, n, streams = self.process, len(who), {}

        def uniform(t: int) -> Callable[[str], np.ndarray]:
            def drawn(name: str) -> np.ndarray:
                if name not in streams:
                    streams[name] = Stream(seed, block, name)
                return streams[name].at(t)[who]

            return drawn

        state = self._next(self.round(process.start, {}, n, 0, uniform(0)), process.start)
        if self.mark is not None:
            state[self.mark] = np.full(n, self.domains.code(self.mark, None))
        ends = [*process.first[1:], process.horizon]
        for epoch, (begin, end) in enumerate(zip(process.first, ends, strict=True)):
            for forced in process.forced[epoch]:
                state |= self._next(self.round(forced, dict(state), n, epoch, uniform(begin + 1)), forced)
            for t in range(begin, end):
                watch(t, state)
                draw = uniform(t + 1)
                for moves, index in self._split(state[process.phase]):
                    whole = len(index) == n
                    columns = dict(state) if whole else {s: x[index] for s, x in state.items()}
                    part = draw if whole else lambda name, draw=draw, index=index: draw(name)[index]
                    columns = self.round(moves, columns, len(index), epoch, part)
                    each(t, epoch, moves, index, columns)
                    after = self._next(columns, moves)
                    if whole:
                        state = state | after
                    else:
                        for slot, column in after.items():
                            state[slot][index] = column
                arrive(t + 1, state)
        watch(process.horizon, state)

    def _next(self, columns: Columns, moves: Round) -> Columns:
        """The slots of the state (and the mark) that a round wrote."""
        written = {s for move in moves.moves for s in move.writes}
        out = {s: columns[s + "'"] for s in self.process.slots if s + "'" in written}
        return out | ({self.mark: columns[self.mark]} if self.mark in written else {})

    def _split(self, phase: np.ndarray) -> list[tuple[Round, np.ndarray]]:
        """The rounds that are played, and by which replicates."""
        labels, by_round = self.domains.labels(self.process.phase), {}
        for code in np.flatnonzero(np.bincount(phase)).tolist():
            moves = self.process.rounds.get(labels[code])
            if moves is not None:
                by_round.setdefault(id(moves), (moves, []))[1].append(code)
        if len(by_round) == 1 and np.isin(phase, next(iter(by_round.values()))[1]).all():
            return [(next(iter(by_round.values()))[0], np.arange(len(phase)))]
        return [(moves, np.flatnonzero(np.isin(phase, codes))) for moves, codes in by_round.values()]


def simulate(
    process: Process,
    levels: int,
    *,
    replicates: int,
    seed: int,
    mark: str | None = None,
    marks: Sequence[object] = (),
    watch: Sequence[str] = (),
    per_round: Sequence[str] = (),
    sums: Mapping[str, Mapping[str, np.ndarray]] | None = None,
    batches: int = 0,
    progress: Callable[[int], None] | None = None,
) -> Sample:
    """Simulate `replicates` runs; `sums` are groups of tallies, each with its weight per round, summed over a run's rounds."""
    engine, horizon, groups = Walk(process, mark), process.horizon, sums or {}
    batches = min(batches, replicates)
    by_batch = np.zeros((batches, horizon + 1, levels), np.int64)
    arrivals, marked = np.zeros((horizon + 1, levels), np.int64), np.zeros((levels, len(marks)), np.int64)
    seen: dict[str, np.ndarray] = {slot: np.zeros((horizon + 1, 0), np.int64) for slot in watch}
    rounds = {name: np.zeros(horizon) for name in per_round}
    weights: dict[str, list[tuple[str, np.ndarray]]] = {}
    for group, members in groups.items():
        for tally, weight in members.items():
            weights.setdefault(tally, []).append((group, weight))
    moments = {group: np.zeros(2) for group in groups}
    shift: dict[str, float] = {}

    for block in range(-(-replicates // BLOCK)):
        n = min(BLOCK, replicates - block * BLOCK)
        peak, total = np.zeros(n, np.int64), {group: np.zeros(n) for group in groups}
        batch = (np.arange(n) + block * BLOCK) * batches // replicates

        def look(t: int, state: Columns) -> None:
            for slot in watch:
                counts = np.bincount(state[slot])
                if len(counts) > seen[slot].shape[1]:
                    seen[slot] = np.pad(seen[slot], ((0, 0), (0, len(counts) - seen[slot].shape[1])))
                seen[slot][t, : len(counts)] += counts

        def count(t: int, epoch: int, moves: Round, index: np.ndarray, columns: Columns, total: dict = total) -> None:
            for tally in moves.tallies:
                if tally.name in weights or tally.name in rounds:
                    values = engine.tally(tally, columns, len(index), epoch)
                    for group, weight in weights.get(tally.name, ()):
                        total[group][index] += weight[t] * values
                    if tally.name in rounds:
                        rounds[tally.name][t] += values.sum()

        def arrive(t: int, state: Columns, peak: np.ndarray = peak, batch: np.ndarray = batch) -> None:
            height = np.array(engine.domains.labels(process.phase), np.int64)[state[process.phase]]
            new = np.flatnonzero(height > peak)
            if len(new):
                codes = [] if mark is None else [(state[mark], engine.domains.code(mark, m)) for m in marks]
                for k in range(levels):
                    first = new[(peak[new] <= k) & (height[new] > k)]
                    arrivals[t, k] += len(first)
                    if batches:
                        by_batch[:, t, k] += np.bincount(batch[first], minlength=batches)
                    for c, (carried, code) in enumerate(codes):
                        marked[k, c] += int((carried[first] == code).sum())
                peak[new] = height[new]

        engine.walk(seed, block, np.arange(n), look, count, arrive)
        for group, x in total.items():
            x = x - shift.setdefault(group, float(x.mean()))
            moments[group] += x.sum(), (x * x).sum()
        if progress is not None:
            progress(n)
    occupancy = {slot: dict(zip(engine.domains.labels(slot), table.T, strict=False)) for slot, table in seen.items()}
    means = {g: _mean(m, shift[g], replicates) for g, m in moments.items()}
    sizes = np.bincount(np.arange(replicates) * batches // replicates, minlength=batches)[:batches]
    shares = np.cumsum(by_batch, axis=1) / sizes[:, None, None]
    return Sample(replicates, arrivals, marked, occupancy, rounds, means, shares)


def _mean(moments: np.ndarray, shift: float, n: int) -> tuple[float, float]:
    """Mean and its standard error from shifted sums."""
    mean = moments[0] / n
    variance = max(moments[1] / n - mean * mean, 0.0) * n / max(n - 1, 1)
    return shift + mean, float(np.sqrt(variance / n))
