"""Kernels: the lotteries of a move as one flat table, and the lifting of a move to partial states (docs/engine.md).

A **partial state** gives values to the slots that are still wanted at some place in a round.  A move, lifted to a set of partial
states, is a **layer**: a sparse stochastic matrix from the partial states before it to those after it, where slots that nobody
reads any more are forgotten and equal rows merge.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from sim.chain.moves import Label, Move, Process, Round, Tally

_DENSE = 1 << 22
"""Largest number of combinations that is looked up in a plain array (4 bytes each)."""
_NONE = np.zeros(0, np.int64)


class TooLarge(Exception):
    """The partial states outgrew the limit; `slots` says how many values each slot took, largest first."""

    def __init__(self, rows: int, limit: int, slots: list[tuple[str, int]]):
        super().__init__(f"more than {limit:,} partial states (at least {rows:,})")
        self.rows, self.limit, self.slots = rows, limit, slots


class Undefined(ArithmeticError):
    """A lottery without probabilities: its numbers could not be worked out."""


class Domains:
    """The values that each slot has been seen to take, numbered as they turn up; x and x' share their numbers."""

    def __init__(self) -> None:
        self._labels: dict[str, list[Label]] = {}
        self._codes: dict[str, dict[Label, int]] = {}

    def labels(self, slot: str) -> list[Label]:
        """The values of a slot, by number."""
        return self._labels.setdefault(slot.rstrip("'"), [])

    def code(self, slot: str, label: Label) -> int:
        """The number of a value."""
        codes = self._codes.setdefault(slot.rstrip("'"), {})
        if label not in codes:
            codes[label] = len(codes)
            self.labels(slot).append(label)
        return codes[label]


@dataclass(frozen=True)
class Space:
    """A set of partial states: `codes` (rows, slots), one column of numbers per slot; fast where columns lie together."""

    slots: tuple[str, ...]
    codes: np.ndarray

    def columns(self, slots: Iterable[str]) -> np.ndarray:
        """The columns of some slots, shape (rows, number of slots)."""
        return self.codes[:, [self.slots.index(s) for s in slots]]

    def __len__(self) -> int:
        return len(self.codes)


def pack(codes: np.ndarray) -> tuple[np.ndarray, int]:
    """One integer per row, equal for equal rows, and a bound on it."""
    key, size = np.zeros(len(codes), np.int64), 1
    for column in codes.T:
        width = int(column.max(initial=0)) + 1
        if width == 1:
            continue
        if size * width >= 2**62:
            values, key = np.unique(key, return_inverse=True)
            size = len(values)
        key *= width
        key += column
        size *= width
    return key, size


def picked(*parts: tuple[np.ndarray, Sequence[int], np.ndarray | None]) -> np.ndarray:
    """Some columns of some rows (None: all) of each part, side by side, shape (rows, columns); columns lie together."""
    codes, _, rows = parts[0]
    out = np.empty((len(codes if rows is None else rows), sum(len(columns) for _, columns, _ in parts)), np.int32, order="F")
    n = 0
    for codes, columns, rows in parts:
        for j in columns:
            if rows is None:
                out[:, n] = codes[:, j]
            else:
                np.take(codes[:, j], rows, out=out[:, n], mode="clip")  # with "raise" numpy would work on a copy
            n += 1
    return out


def distinct(codes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The distinct rows, and for each row the number of its representative."""
    key, size = pack(codes)
    if (key[1:] > key[:-1]).all():
        return codes, np.arange(len(codes))
    every = range(codes.shape[1])
    if size <= max(8 * len(codes), 1 << 16):  # counting beats sorting
        first = np.full(size, len(codes), np.int64)
        np.minimum.at(first, key, np.arange(len(codes)))
        present = np.flatnonzero(first < len(codes))
        number = np.empty(size, np.int64)
        number[present] = np.arange(len(present))
        return picked((codes, every, first[present])), number[key]
    _, first, inverse = np.unique(key, return_index=True, return_inverse=True)
    return picked((codes, every, first)), inverse


class _Rows:
    """Numbers for the combinations that a move or a tally reads, given out as they are met."""

    def __init__(self, reads: tuple[str, ...], domains: Domains) -> None:
        self.reads, self.domains = reads, domains
        self.combinations: list[tuple[Label, ...]] = []
        self._number: dict[tuple[int, ...], int] = {}
        self._radices = np.ones(len(reads), np.int64)
        self._strides = np.ones(len(reads), np.int64)
        self._dense = np.full(1, -1, np.int32)

    def __call__(self, codes: np.ndarray) -> np.ndarray:
        """Row numbers of `codes` (rows, reads)."""
        if not len(codes):
            return np.zeros(0, np.int64)
        return self.at([codes[:, j] for j in range(codes.shape[1])], len(codes))

    def at(self, columns: list[np.ndarray], rows: int) -> np.ndarray:
        """Row numbers of combinations given as columns of numbers, `rows` of them."""
        if not columns:
            return np.full(rows, self._row(()), np.int64)
        if any(len(self.domains.labels(s)) > r for s, r in zip(self.reads, self._radices, strict=True)):
            self._widen()
        if not len(self._dense):
            return self._sorted(np.stack(columns, axis=1))
        key = columns[0] * self._strides[0]
        for column, stride in zip(columns[1:], self._strides[1:], strict=True):
            key += column * stride
        out = self._dense[key]
        if out.min(initial=0) < 0:
            for k in np.unique(key[out < 0]).tolist():
                combination = tuple(int(k // s % r) for s, r in zip(self._strides, self._radices, strict=True))
                self._dense[k] = self._row(combination)
            out = self._dense[key]
        return out

    def _widen(self) -> None:
        """Make room for values that turned up since; an empty table when there would be too many combinations."""
        sizes = np.array([len(self.domains.labels(s)) for s in self.reads], np.int64)
        self._radices = np.maximum(self._radices, np.where(sizes > self._radices, sizes + sizes // 2 + 1, self._radices))
        if float(np.prod(self._radices.astype(float))) > _DENSE:
            self._radices = np.maximum(sizes, 1)
        total = float(np.prod(self._radices.astype(float)))
        self._strides = np.concatenate(([1], np.cumprod(self._radices[:-1]))) if total <= _DENSE else self._strides
        self._dense = np.full(int(total) if total <= _DENSE else 0, -1, np.int32)
        if len(self._dense):
            for combination, row in self._number.items():
                self._dense[int(np.dot(combination, self._strides))] = row

    def _sorted(self, codes: np.ndarray) -> np.ndarray:
        combinations, inverse = distinct(codes)
        return np.array([self._row(tuple(c)) for c in combinations.tolist()], np.int64)[inverse]

    def _row(self, combination: tuple[int, ...]) -> int:
        row = self._number.get(combination)
        if row is None:
            row = self._number[combination] = len(self.combinations)
            self.combinations.append(tuple(self.domains.labels(s)[c] for s, c in zip(self.reads, combination, strict=True)))
            self.met(self.combinations[-1])
        return row

    def met(self, labels: tuple[Label, ...]) -> None:
        """Called once for every new combination, with its values."""


class Kernel(_Rows):
    """A move's lotteries, flattened: entries start[r] to start[r + 1] are the outcomes of row r.

    An outcome of probability 0 is left out only where that 0 does not depend on the point of a sweep, so that the structure is
    the same whatever points share a batch.
    """

    def __init__(self, move: Move, domains: Domains) -> None:
        super().__init__(move.reads, domains)
        self.move = self.source = move
        self.start: list[int] = [0]
        self.labels: list[Any] = []
        self.outcomes: list[list[int]] = []
        self.probability: list[Any] = []

    def met(self, labels: tuple[Label, ...]) -> None:
        for outcome, p in self.move.lottery(*labels).items():
            if np.isnan(np.atleast_1d(p)).all(axis=-1).any():
                raise Undefined(f"the move {self.move.name} has no probabilities at {labels}")
            shape = np.shape(p)
            if (shape and shape[-1] > 1) or np.any(p):
                values = outcome if len(self.move.writes) > 1 else (outcome,)
                self.labels.append(outcome)
                self.outcomes.append([self.domains.code(s, v) for s, v in zip(self.move.writes, values, strict=True)])
                self.probability.append(p)
        self.start.append(len(self.outcomes))

    def written(self, first: int = 0) -> np.ndarray:
        """The numbers written by the entries from `first` on, shape (entries, writes)."""
        return np.array(self.outcomes[first:], np.int32).reshape(-1, len(self.move.writes))

    def table(self, move: Move | None = None) -> np.ndarray:
        """Probabilities of the entries, (entries, epochs or 1, points or 1); of the same move of another process if given."""
        if move is None:
            return stack(self.probability)
        numbers: list[Any] = []
        for row, combination in enumerate(self.combinations):
            lottery = move.lottery(*combination)
            numbers += [lottery.get(x, 0.0) for x in self.labels[self.start[row] : self.start[row + 1]]]
        return stack(numbers)


class TallyKernel(_Rows):
    """The values of a tally, one per combination of what it reads."""

    def __init__(self, tally: Tally, domains: Domains) -> None:
        super().__init__(tally.reads, domains)
        self.tally = self.source = tally
        self.values: list[Any] = []

    def met(self, labels: tuple[Label, ...]) -> None:
        self.values.append(self.tally.value(*labels))

    def table(self, tally: Tally | None = None) -> np.ndarray:
        """Values of the rows, shape (rows, epochs or 1, points or 1); of the same tally of another process if given."""
        if tally is None:
            return stack(self.values)
        return stack([tally.value(*c) for c in self.combinations])


def stack(numbers: list[Any]) -> np.ndarray:
    """Numbers and arrays (epochs or 1, points or 1) as one array with a leading axis."""
    arrays = [np.asarray(x, float) for x in numbers]
    epochs = max((a.shape[-2] for a in arrays if a.ndim > 1), default=1)
    points = max((a.shape[-1] for a in arrays if a.ndim > 0), default=1)
    out = np.empty((len(arrays), epochs, points))
    for j, a in enumerate(arrays):
        out[j] = a
    return out


@dataclass(frozen=True)
class Layer:
    """A move lifted to a set of partial states: entry j leads from row source[j] (ascending) to row target[j] with probability
    kernel.table()[entry[j]]."""

    kernel: Kernel
    source: np.ndarray
    target: np.ndarray
    entry: np.ndarray
    shape: tuple[int, int]


def _lotteries(kernel: Kernel, space: Space) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The lottery of each partial state, where each lottery's entries start, and how many entries each partial state has."""
    rows = kernel.at([space.codes[:, space.slots.index(s)] for s in kernel.reads], len(space)) if len(space) else _NONE
    start = np.array(kernel.start)
    return rows, start, start[rows + 1] - start[rows]


def entries(kernel: Kernel, space: Space) -> int:
    """How many entries the layer of a move on a set of partial states has, exactly, without making it."""
    return int(_lotteries(kernel, space)[2].sum())


def lift(kernel: Kernel, space: Space, keep: set[str], limit: int) -> tuple[Layer, Space]:
    """The layer of a move on a set of partial states, and the partial states after it; `keep` are the slots still wanted.

    Raises TooLarge, before any memory is taken, when the layer would have more than `limit` entries.
    """
    rows, start, count = _lotteries(kernel, space)
    total = int(count.sum())
    if total > limit:
        raise TooLarge(total, limit, sizes(space))
    if total == len(space) and count.min(initial=1) == 1:  # every lottery is sure
        source, entry, chosen = np.arange(total), start[rows], None
    else:
        source = chosen = np.repeat(np.arange(len(space)), count)
        entry = np.arange(total) + np.repeat(start[rows] - (np.cumsum(count) - count), count)
    old = [j for j, s in enumerate(space.slots) if s in keep]
    new = [j for j, s in enumerate(kernel.move.writes) if s in keep]
    codes, target = distinct(picked((space.codes, old, chosen), (kernel.written(), new, entry)))
    after = Space(tuple(space.slots[j] for j in old) + tuple(kernel.move.writes[j] for j in new), codes)
    return Layer(kernel, source, target, entry, (len(space), len(after))), after


def sizes(space: Space) -> list[tuple[str, int]]:
    """How many values each slot takes in a set of partial states, most first."""
    counts = [(slot, int(np.count_nonzero(np.bincount(column)))) for slot, column in zip(space.slots, space.codes.T, strict=True)]
    return sorted(counts, key=lambda item: -item[1])


def kernels_of(process: Process) -> tuple[Domains, dict[int, Kernel]]:
    """Fresh domains, and a kernel for every move of the process (by the move's id)."""
    domains = Domains()
    rounds: list[Round] = [process.start, *process.rounds.values(), *[r for forced in process.forced for r in forced]]
    return domains, {id(move): Kernel(move, domains) for r in rounds for move in r.moves}
