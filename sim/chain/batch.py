"""First passage at many points of a sweep at once (docs/engine.md).

The structure (states, layers, which entries multiply and which products add) is worked out once; numbers are arrays over points.
A round becomes one list of rows, each a sum of entry times value, evaluated from top to bottom: first the rows of the inner
partial states, then those of the next states.  Points go through in groups of a fixed width, so that no number of a point depends
on which other points share its batch.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import sparse

from sim.chain.compile import Chain, Lifted, heights
from sim.chain.factors import merge_order
from sim.chain.kernels import Kernel

WIDTH = 16
"""Points that go through together."""


@dataclass(frozen=True)
class _Pattern:
    """A sparse matrix without numbers, rows after by rows before: entries in order of (row, column)."""

    shape: tuple[int, int]
    start: np.ndarray
    column: np.ndarray

    @property
    def row(self) -> np.ndarray:
        return np.repeat(np.arange(self.shape[0]), np.diff(self.start))


@dataclass(frozen=True)
class Leaf:
    """A layer's numbers: out[k] = sum over j in start[k]..start[k + 1] of table[entry[j]]."""

    kernel: Kernel
    entry: np.ndarray
    start: np.ndarray


@dataclass(frozen=True)
class Product:
    """The numbers of a product: out[k] = sum over j in start[k]..start[k + 1] of later[b[j]] * earlier[a[j]]."""

    earlier: Any
    later: Any
    a: np.ndarray
    b: np.ndarray
    start: np.ndarray


@dataclass(frozen=True)
class Program:
    """One round on all states, as rows to evaluate.

    Values are numbered: the S states first, then the inner partial states.  Inner row r sets value S + r; the rows after these
    add to the state `out` after the round.  `level` (rows,) is the lowest level whose column can be other than zero there.
    """

    nodes: tuple[Any, ...]
    start: np.ndarray
    column: np.ndarray
    inner: int
    out: np.ndarray
    level: np.ndarray


def program(chain: Chain, levels: int) -> Program:
    """The program of a chain that was compiled without a mark."""
    n, nodes, starts, columns, outs, inner_levels, outer_levels = len(chain), [], [], [], [], [], []
    height = heights(chain, levels)
    blocks: list[tuple[_Pattern, Any, np.ndarray, int | np.ndarray]] = []
    used = n
    for lifted in chain.rounds:
        at, level = lifted.rows, np.minimum(height[lifted.rows], levels - 1)
        factors = _factors(lifted)
        for j, (pattern, node) in enumerate(factors):
            after = np.full(pattern.shape[0], levels)
            np.minimum.at(after, pattern.row, level[pattern.column])
            last = j == len(factors) - 1
            blocks.append((pattern, node, at[pattern.column], lifted.target if last else -1))
            (outer_levels if last else inner_levels).append(after)
            if not last:
                at = used + np.arange(pattern.shape[0])
                used += pattern.shape[0]
            level = after
        if not factors:
            identity = _Pattern((len(at), len(at)), np.arange(len(at) + 1), np.arange(len(at)))
            blocks.append((identity, None, at, lifted.target))
            outer_levels.append(level)
    for last in (False, True):
        for pattern, node, column, target in blocks:
            if isinstance(target, np.ndarray) is last:
                nodes.append((node, len(pattern.column)))
                starts.append(np.diff(pattern.start))
                columns.append(column)
                if last:
                    outs.append(target)
    return Program(
        tuple(nodes),
        np.concatenate([[0], np.cumsum(np.concatenate(starts))]).astype(np.int64),
        np.concatenate(columns).astype(np.int64),
        used - n,
        np.concatenate(outs).astype(np.int64),
        np.concatenate([*inner_levels, *outer_levels]).astype(np.int64),
    )


def _factors(lifted: Lifted) -> list[tuple[_Pattern, Any]]:
    """The factors of a round and how their numbers are worked out, from the states to the last partial states."""
    factors: list[tuple[_Pattern, Any]] = [_leaf(layer) for layer in lifted.layers]
    for j in merge_order([_ones(pattern) for pattern, _ in factors]):
        factors[j : j + 2] = [_product(factors[j], factors[j + 1])]
    return factors


def _ones(pattern: _Pattern) -> Any:
    return sparse.csr_array((np.ones(len(pattern.column)), pattern.column, pattern.start), pattern.shape)


def _leaf(layer: Any) -> tuple[_Pattern, Leaf]:
    shape = (layer.shape[1], layer.shape[0])
    pattern, order, start = _ordered(shape, layer.target, layer.source)
    return pattern, Leaf(layer.kernel, layer.entry[order], start)


def _product(first: tuple[_Pattern, Any], second: tuple[_Pattern, Any]) -> tuple[_Pattern, Product]:
    (a, earlier), (b, later) = first, second
    count = np.diff(a.start)[b.column]
    at = np.repeat(np.arange(len(b.column)), count)
    ahead = np.arange(len(at)) - np.repeat(np.cumsum(count) - count - a.start[b.column], count)
    pattern, order, start = _ordered((b.shape[0], a.shape[1]), b.row[at], a.column[ahead])
    return pattern, Product(earlier, later, ahead[order], at[order], start)


def _ordered(shape: tuple[int, int], row: np.ndarray, column: np.ndarray) -> tuple[_Pattern, np.ndarray, np.ndarray]:
    """The pattern of some entries, their order in it, and where each entry of the pattern starts in that order."""
    key = row.astype(np.int64) * shape[1] + column
    order = np.argsort(key, kind="stable")
    key = key[order]
    new = np.flatnonzero(np.r_[True, key[1:] != key[:-1]]) if len(key) else np.zeros(0, np.int64)
    rows, columns = np.divmod(key[new], shape[1])
    start = np.searchsorted(rows, np.arange(shape[0] + 1))
    return _Pattern(shape, start.astype(np.int64), columns), order, np.r_[new, len(key)].astype(np.int64)


# ---- numbers


class Assembly:
    """The numbers of a program: entries of all rows, for one epoch and one group of points, shape (entries, WIDTH).

    `table(kernel)` gives an array (entries, epochs or 1, points or 1); what depends on no point is worked out once per epoch.
    """

    def __init__(self, rows: Program, table: Callable[[Kernel], np.ndarray]) -> None:
        self._program, self._table = rows, table
        self._fixed: dict[tuple[int, int], np.ndarray] = {}

    def entries(self, epoch: int, begin: int) -> np.ndarray:
        """Numbers for the points begin..begin + WIDTH; the last point stands in for those that are missing."""
        parts = []
        for node, size in self._program.nodes:
            data = np.ones((size, 1)) if node is None else self._numbers(node, epoch, begin)
            parts.append(np.broadcast_to(data, (size, WIDTH)))
        return np.concatenate(parts)

    def _varies(self, node: Any) -> bool:
        if isinstance(node, Leaf):
            return self._table(node.kernel).shape[2] > 1
        return self._varies(node.earlier) or self._varies(node.later)

    def _numbers(self, node: Any, epoch: int, begin: int) -> np.ndarray:
        from sim.chain.jit import gather_add, multiply_add

        fixed = self._fixed.get((id(node), epoch))
        if fixed is not None:
            return fixed
        if isinstance(node, Leaf):
            table = self._table(node.kernel)
            table = _points(table[:, min(epoch, table.shape[1] - 1)], begin)
            out = gather_add(np.ascontiguousarray(table), node.entry, node.start)
        else:
            out = multiply_add(
                self._numbers(node.earlier, epoch, begin), self._numbers(node.later, epoch, begin), node.a, node.b, node.start
            )
        if not self._varies(node):
            self._fixed[id(node), epoch] = out
        return out


@dataclass(frozen=True)
class Passage:
    """What a batch finds at P points: `reached` (P, T + 1, L), P(level k or higher was reached within t rounds), and the expected
    value of every tally in every round, {name: (P, T)}."""

    reached: np.ndarray
    tallies: dict[str, np.ndarray]


def passage(
    chain: Chain,
    rows: Program,
    levels: int,
    table: Callable[[Any], np.ndarray],
    points: int,
    threads: int = 1,
    look: Callable[[int, int, np.ndarray], None] | None = None,
) -> Passage:
    """First passage at every point, and the tallies if the chain was compiled with them.

    `table(kernel)` gives the numbers of a kernel or of a tally's kernel, (entries, epochs or 1, points or 1).  `look(t, begin,
    law)` is shown the law (S, WIDTH) of the points from `begin` on at the start of every round, and at the end.
    """
    from sim.chain.jit import first_passage

    process, padded = chain.process, -(-points // WIDTH) * WIDTH
    height = heights(chain, levels)
    names = sorted({kernel.tally.name for lifted in chain.rounds for _, kernel, _ in lifted.tallies})
    out = np.zeros((process.horizon + 1, levels, padded))
    counts = np.zeros((process.horizon, len(names), padded))
    start = _start(chain, table)
    assembly = Assembly(rows, table)
    ends = [*process.first[1:], process.horizon]

    def group(begin: int) -> None:
        here = slice(begin, begin + WIDTH)
        values = np.zeros((len(chain) + rows.inner, levels, WIDTH))
        values[: len(chain)] = _points(start, begin)[:, None]
        hits = np.zeros((levels, WIDTH))
        for e, (first, end) in enumerate(zip(process.first, ends, strict=True)):
            forced = np.zeros((len(chain), levels, WIDTH))
            np.add.at(forced, chain.forced[e], values[: len(chain)])
            values[: len(chain)] = forced
            entries, worth = assembly.entries(e, begin), _worth(chain, table, names, e, begin)
            found, counted = np.empty((end - first, levels, WIDTH)), np.empty((end - first, len(names), WIDTH))
            for a, b in [(0, end - first)] if look is None else [(t, t + 1) for t in range(end - first)]:
                if look is not None:
                    look(first + a, begin, values[: len(chain), -1])
                go_on = (values, hits, found[a:b], counted[a:b])
                first_passage(rows.start, rows.column, entries, rows.inner, rows.out, rows.level, height, worth, *go_on)
            out[first + 1 : end + 1, :, here], counts[first:end, :, here] = found, counted
        if look is not None:
            look(process.horizon, begin, values[: len(chain), -1])

    begins = range(0, points, WIDTH)
    if threads == 1:
        for begin in begins:
            group(begin)
    else:
        with ThreadPoolExecutor(threads) as pool:
            list(pool.map(group, begins))
    tallies = {name: np.ascontiguousarray(counts[:, n, :points].T) for n, name in enumerate(names)}
    return Passage(np.ascontiguousarray(out[:, :, :points].transpose(2, 0, 1)), tallies)


def _points(numbers: np.ndarray, begin: int) -> np.ndarray:
    """The columns of one group of points; the last point stands in for those that are missing, and one column for all."""
    if numbers.shape[-1] == 1:
        return numbers
    return np.ascontiguousarray(numbers[..., np.minimum(np.arange(begin, begin + WIDTH), numbers.shape[-1] - 1)])


def _worth(chain: Chain, table: Callable[[Any], np.ndarray], names: list[str], epoch: int, begin: int) -> np.ndarray:
    """Expected value of every tally in a round from each state, shape (S, tallies, WIDTH): pulled back through the layers."""
    from sim.chain.jit import pull_back

    def numbers(kernel: Any) -> np.ndarray:
        found = table(kernel)
        return _points(found[:, min(epoch, found.shape[1] - 1)], begin)

    out = np.zeros((len(chain), len(names), WIDTH))
    if not names:
        return out
    for lifted in chain.rounds:
        size = lifted.layers[-1].shape[1] if lifted.layers else len(lifted.rows)
        ahead = np.zeros((size, len(names), WIDTH))
        for depth in range(len(lifted.layers), -1, -1):
            for at, kernel, rows in lifted.tallies:
                if at == depth:
                    ahead[:, names.index(kernel.tally.name)] += numbers(kernel)[rows]
            if depth:
                layer = lifted.layers[depth - 1]
                ahead = pull_back(ahead, numbers(layer.kernel), layer.entry, layer.source, layer.target, layer.shape[0])
        out[lifted.rows] = ahead
    return out


def _start(chain: Chain, table: Callable[[Kernel], np.ndarray]) -> np.ndarray:
    """The law at the start, shape (S, points or 1)."""
    x = np.ones((1, 1))
    for layer in chain.start.layers:
        numbers = table(layer.kernel)[layer.entry, 0] * x[layer.source]
        x = np.zeros((layer.shape[1], numbers.shape[1]))
        np.add.at(x, layer.target, numbers)
    out = np.zeros((len(chain), x.shape[1]))
    np.add.at(out, chain.start.target, x)
    return out
