"""The exact engine: carries the law of the state forward (docs/engine.md).

First passage to level k of the phase removes what reaches k; there is one column of mass per level, and the mass that arrives is
added up, because one minus what is left would lose rare events.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import sparse

from sim.chain.compile import Chain, Lifted, heights
from sim.chain.factors import factorised

Matrix = Any


@dataclass(frozen=True)
class Solution:
    """What the exact engine finds.

    `passage` (T + 1, L): probability that level k or higher was reached within t rounds; `marked` (L, marks): of what reaches
    level k within the horizon, how much carries each mark; `occupancy` {slot: (T + 1, values)} and `values` {slot: labels}: the
    law of a slot at the start of each round, after the forced moves; `tallies` {name: (T,)}: expected value in each round.
    """

    passage: np.ndarray
    marked: np.ndarray
    occupancy: Mapping[str, np.ndarray]
    values: Mapping[str, list]
    tallies: Mapping[str, np.ndarray]


@dataclass(frozen=True)
class _Step:
    """A round's matrices in one epoch, transposed: from states to the last partial states, and from these to states; and how a
    mark splits the last partial states."""

    rows: np.ndarray
    factors: list[Matrix]
    target: Matrix
    by_mark: list[Matrix] | None


def solve(chain: Chain, levels: int, *, marks: Sequence[object] = (), watch: Sequence[str] = ()) -> Solution:
    """First passage to the levels 1..L of the phase, by mark, with the occupancy of the slots in `watch`, and tallies."""
    process, n = chain.process, len(chain)
    tables = Numbers(chain)
    height = heights(chain, levels)
    reached = height[:, None] >= np.arange(1, levels + 1)
    stays = np.where(reached, 0.0, 1.0)
    stays[:, -1] = 1.0  # the last level is absorbing: its column keeps the whole law
    plans = [factorised([layer_matrix(x, tables.pattern(x)) for x in lifted.layers]) for lifted in chain.rounds]

    law = np.repeat(start_law(chain)[:, None], levels, axis=1)
    carried = np.zeros((len(marks), n, levels)) if marks else None
    hits, marked = np.zeros(levels), np.zeros((levels, len(marks)))
    passage = np.zeros((process.horizon + 1, levels))
    columns = {slot: _indicator(chain, slot) for slot in watch}
    occupancy = {slot: np.zeros((process.horizon + 1, len(c[1]))) for slot, c in columns.items()}
    names = sorted({kernel.tally.name for lifted in chain.rounds for _, kernel, _ in lifted.tallies})
    tallies = {name: np.zeros(process.horizon) for name in names}

    ends = [*process.first[1:], process.horizon]
    for e, (begin, end) in enumerate(zip(process.first, ends, strict=True)):
        force = sparse.csr_array((np.ones(n), (chain.forced[e], np.arange(n))), (n, n))
        law = force @ law
        if carried is not None:
            carried = np.stack([force @ x for x in carried])
        steps = [_step(chain, lifted, plan, tables, e, marks) for lifted, plan in zip(chain.rounds, plans, strict=True)]
        worth = _tallied(chain, tables, e, names)
        for t in range(begin, end):
            _record(occupancy, columns, law, t)
            for j, name in enumerate(names):
                tallies[name][t] = worth[:, j] @ law[:, -1]
            after, injected = np.zeros_like(law), np.zeros_like(carried) if carried is not None else None
            for step in steps:
                last = _forward(step.factors, law[step.rows])
                after += step.target @ last
                if carried is not None and injected is not None:
                    if step.by_mark is None:
                        for c in range(len(marks)):
                            injected[c] += step.target @ _forward(step.factors, carried[c][step.rows])
                    else:
                        for c, matrix in enumerate(step.by_mark):
                            injected[c] += matrix @ last
            arrived = np.where(reached, after, 0.0).sum(axis=0)
            hits[:-1] += arrived[:-1]
            hits[-1] = max(hits[-1], arrived[-1])  # rounding must not let it fall
            passage[t + 1] = hits
            law = after * stays
            if injected is not None:
                marked += np.where(reached, injected, 0.0).sum(axis=1).T
                carried = np.where(reached, 0.0, injected)
    _record(occupancy, columns, law, process.horizon)
    return Solution(passage, marked, occupancy, {slot: c[1] for slot, c in columns.items()}, tallies)


class Numbers:
    """The tables of all kernels of a chain, for its own process: one array (entries, epochs or 1, points or 1) per kernel."""

    def __init__(self, chain: Chain) -> None:
        self._chain, self._tables = chain, {}

    def table(self, kernel: Any) -> np.ndarray:
        """The table of a kernel."""
        if id(kernel) not in self._tables:
            self._tables[id(kernel)] = kernel.table()
        return self._tables[id(kernel)]

    def of(self, layer: Any, epoch: int) -> np.ndarray:
        """The probabilities of a layer's entries in one epoch (of the first point)."""
        table = self.table(layer.kernel)
        return table[layer.entry, min(epoch, table.shape[1] - 1), 0]

    def pattern(self, layer: Any) -> np.ndarray:
        """Ones: the pattern of a layer."""
        return np.ones(len(layer.entry))


def layer_matrix(layer: Any, data: np.ndarray) -> Matrix:
    """The transpose of a layer, (partial states after, partial states before)."""
    return sparse.csr_array((data, (layer.target, layer.source)), (layer.shape[1], layer.shape[0]))


def _step(chain: Chain, lifted: Lifted, plan: Any, tables: Numbers, epoch: int, marks: Sequence[object]) -> _Step:
    n, m = len(chain), len(lifted.target)
    factors = plan([layer_matrix(layer, tables.of(layer, epoch)) for layer in lifted.layers])
    target = sparse.csr_array((np.ones(m), (lifted.target, np.arange(m))), (n, m))
    by_mark = None
    if chain.mark is not None and len(marks) and (lifted.mark >= 0).any():
        codes = [chain.domains.code(chain.mark, mark) for mark in marks]
        by_mark = []
        for code in codes:
            which = np.flatnonzero(lifted.mark == code)
            by_mark.append(sparse.csr_array((np.ones(len(which)), (lifted.target[which], which)), (n, m)))
    return _Step(lifted.rows, factors, target, by_mark)


def _forward(factors: list[Matrix], x: np.ndarray) -> np.ndarray:
    for factor in factors:
        x = factor @ x
    return x


def start_law(chain: Chain) -> np.ndarray:
    """The law at the start, before the forced moves of the first epoch, shape (S,)."""
    tables, x = Numbers(chain), np.ones(1)
    for layer in chain.start.layers:
        x = layer_matrix(layer, tables.of(layer, 0)) @ x
    out = np.zeros(len(chain))
    np.add.at(out, chain.start.target, x)
    return out


def _tallied(chain: Chain, tables: Numbers, epoch: int, names: list[str]) -> np.ndarray:
    """Expected value of every tally in a round from each state, shape (S, names): pulled back through the layers."""
    out = np.zeros((len(chain), len(names)))
    for lifted in chain.rounds:
        position = {}
        for depth, kernel, rows in lifted.tallies:
            table = tables.table(kernel)
            value = table[rows, min(epoch, table.shape[1] - 1), 0]
            column = names.index(kernel.tally.name)
            position.setdefault(depth, []).append((column, value))
        size = lifted.layers[-1].shape[1] if lifted.layers else len(lifted.rows)
        acc = np.zeros((size, len(names)))
        for depth in range(len(lifted.layers), -1, -1):
            for column, value in position.get(depth, []):
                acc[:, column] += value
            if depth:
                layer = lifted.layers[depth - 1]
                acc = layer_matrix(layer, tables.of(layer, epoch)).T @ acc
        out[lifted.rows] = acc
    return out


def _indicator(chain: Chain, slot: str) -> tuple[Matrix, list]:
    codes = chain.states[:, chain.process.slots.index(slot)]
    labels = chain.domains.labels(slot)
    n = len(chain)
    return sparse.csr_array((np.ones(n), (codes, np.arange(n))), (len(labels), n)), list(labels)


def _record(occupancy: Mapping[str, np.ndarray], columns: Mapping[str, tuple[Matrix, list]], law: np.ndarray, t: int) -> None:
    for slot, (matrix, _) in columns.items():
        occupancy[slot][t] = matrix @ law[:, -1]
