"""The outcomes of one variant at many points of a sweep (docs/model.md, section 9).

Where a table has an array (points,) in place of a number, every point has its own.  The structure is worked out once and does not
depend on the numbers, so a point alone gives the same bits as the same point among others.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from sim.chain import batch
from sim.chain.compile import Chain, compile_chain
from sim.chain.kernels import Kernel
from sim.chain.moves import Move, Process
from sim.dilemma.parameters import Tables
from sim.dilemma.rounds import process

SLICE = 256
"""Points whose lotteries are worked out together."""


@dataclass(frozen=True)
class Points:
    """Outcomes at P points: escalation_probability (P, T + 1, L); `states` of the chain they share."""

    states: int
    escalation_probability: np.ndarray


def number_of_points(tables: Any) -> int | None:
    """How many points the arrays of some tables have; None where there are only numbers."""
    if isinstance(tables, np.ndarray):
        return len(tables) if tables.ndim == 1 else None
    items = tables.values() if isinstance(tables, dict) else tables if isinstance(tables, list) else ()
    sizes = {n for n in map(number_of_points, items) if n is not None}
    if len(sizes) > 1:
        raise ValueError(f"arrays over points must have one length, found {sorted(sizes)}")
    return next(iter(sizes), None)


def solve_points(tables: Tables, threads: int = 1) -> Points:
    """First passage at every point, by the exact engine.  Raises chain.kernels.TooLarge."""
    points = number_of_points(tables) or 1
    first = process(_points(tables, 0, points))[1]
    chain = compile_chain(first, counted=False)
    levels = max(label for label in first.rounds if isinstance(label, int))
    rows = batch.program(chain, levels)
    found = []
    for begin in range(0, points, SLICE):
        end = min(begin + SLICE, points)
        numbers = _Numbers(chain, first if begin == 0 else process(_points(tables, begin, points))[1])
        found.append(batch.passage(chain, rows, levels, numbers.table, end - begin, threads))
    return Points(len(chain), np.minimum(np.concatenate(found), 1.0))


class _Numbers:
    """The tables of a chain's kernels for a process of the same structure with other numbers."""

    def __init__(self, chain: Chain, now: Process) -> None:
        self._same = now is chain.process
        self._moves = {id(a): b for a, b in zip(_moves(chain.process), _moves(now), strict=True)}
        self._tables: dict[int, np.ndarray] = {}

    def table(self, kernel: Kernel) -> np.ndarray:
        """The kernel's table, shape (entries, epochs or 1, points or 1)."""
        found = self._tables.get(id(kernel))
        if found is None:
            found = kernel.table(None if self._same else self._moves[id(kernel.move)])
            self._tables[id(kernel)] = found
        return found


def _moves(p: Process) -> list[Move]:
    rounds = [p.start, *{id(r): r for r in p.rounds.values()}.values(), *[r for group in p.forced for r in group]]
    return [move for r in rounds for move in r.moves]


def _points(tables: Any, begin: int, points: int) -> Any:
    """The tables at a slice of the points; a lone point counts twice, so that what varies can be told from what does not."""
    if isinstance(tables, np.ndarray) and tables.ndim == 1:
        part = tables[begin : min(begin + SLICE, points)]
        return np.repeat(part, 2) if len(part) == 1 else part
    if isinstance(tables, dict):
        return {k: _points(v, begin, points) for k, v in tables.items()}
    if isinstance(tables, list):
        return [_points(v, begin, points) for v in tables]
    return tables
