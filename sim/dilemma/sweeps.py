"""The outcomes of one variant at many points of a sweep (docs/engine.md).

Where a table has an array (points,) in place of a number, every point has its own.  The structure is worked out once and does not
depend on the numbers, so a point alone gives the same bits as the same point among others.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from sim.chain import batch
from sim.chain.compile import Chain, compile_chain, distinct_rounds
from sim.chain.kernels import Undefined
from sim.chain.moves import Move, Process, Tally
from sim.dilemma.parameters import Tables
from sim.dilemma.payoffs import crises_named, discount_factors
from sim.dilemma.rounds import process
from sim.dilemma.structure import Structure

SLICE = 256
"""Points whose lotteries are worked out together."""


@dataclass(frozen=True)
class Points:
    """Outcomes at P points: escalation_probability (P, T + 1, L), expected_onsets (P,), discounted_payoff (P, N), expected_crises
    (P, L), and the number of states of the chain that they share; without payoffs the last three are empty, shapes (P, 0)."""

    states: int
    escalation_probability: np.ndarray
    expected_onsets: np.ndarray
    discounted_payoff: np.ndarray
    expected_crises: np.ndarray


def number_of_points(tables: Any) -> int | None:
    """How many points the arrays of some tables have; None where there are only numbers."""
    if isinstance(tables, np.ndarray):
        return len(tables) if tables.ndim == 1 else None
    items = tables.values() if isinstance(tables, dict) else tables if isinstance(tables, list) else ()
    sizes = {n for n in map(number_of_points, items) if n is not None}
    if len(sizes) > 1:
        raise ValueError(f"arrays over points must have one length, found {sorted(sizes)}")
    return next(iter(sizes), None)


@dataclass(frozen=True)
class Prepared:
    """What points of one structure share: the compiled chain and its program; `payoffs` says whether payoffs are counted."""

    chain: Chain
    rows: Any
    payoffs: bool


def prepare(tables: Tables, *, payoffs: bool = True) -> Prepared:
    """The structure of some tables, for solving points of the same structure again and again.  Raises chain.kernels.TooLarge."""
    s, first = process(_points(tables, 0, number_of_points(tables) or 1))
    chain = compile_chain(first, counted=payoffs)
    return Prepared(chain, batch.program(chain, len(s.rungs)), payoffs)


def solve_points(tables: Tables, *, payoffs: bool = True, threads: int = 1, prepared: Prepared | None = None) -> Points:
    """The outcomes at every point, by the exact engine; faster without `payoffs`.  Raises chain.kernels.TooLarge, Undefined.

    `prepared` comes from tables with arrays at the same places and the same structure elsewhere: then only numbers are worked
    out.
    """
    points = number_of_points(tables)
    if points == 0:
        raise ValueError("arrays over points must have at least one point")
    points = 1 if points is None else points
    shared = prepared or prepare(tables, payoffs=payoffs)
    if shared.payoffs != payoffs:
        raise ValueError("prepared for another choice of payoffs")
    parts = []
    for begin in range(0, points, SLICE):
        n = min(SLICE, points - begin)
        s, now = process(_points(tables, begin, points))
        numbers = _Numbers(shared.chain, now)
        found = batch.passage(shared.chain, shared.rows, len(s.rungs), numbers.table, n, threads)
        if not np.isfinite(found.reached).all():
            raise Undefined("the probabilities of some point could not be worked out")
        parts.append((np.minimum(found.reached, 1.0), *_counted(s, found, n, payoffs)))
    return Points(len(shared.chain), *[np.concatenate(x) for x in zip(*parts, strict=True)])


def _counted(s: Structure, found: batch.Passage, n: int, payoffs: bool) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Expected onsets (n,), discounted payoffs (n, N) and expected crises (n, L)."""
    if not payoffs:
        return np.zeros((n, 0)), np.zeros((n, 0)), np.zeros((n, 0))
    total = {actor: np.zeros(n) for actor in s.actors}
    for tally, (actor, weight) in discount_factors(s).items():
        weight = np.broadcast_to(weight, (s.rounds, weight.shape[1]))[:, :n]
        total[actor] += (found.tallies[tally] * weight.T).cumsum(axis=1)[:, -1]
    crises = np.stack([found.tallies[name].cumsum(axis=1)[:, -1] for name in crises_named(s)], axis=1)
    return crises[:, 0], np.stack(list(total.values()), axis=1), crises


class _Numbers:
    """The tables of a chain's kernels for a process of the same structure with other numbers."""

    def __init__(self, chain: Chain, now: Process) -> None:
        self._same = now is chain.process
        self._moves = {id(a): b for a, b in zip(_moves(chain.process), _moves(now), strict=True)}
        self._tables: dict[int, np.ndarray] = {}

    def table(self, kernel: Any) -> np.ndarray:
        """The table of a move's or a tally's kernel, shape (entries, epochs or 1, points or 1)."""
        found = self._tables.get(id(kernel))
        if found is None:
            found = kernel.table(None if self._same else self._moves[id(kernel.source)])
            self._tables[id(kernel)] = found
        return found


def _moves(p: Process) -> list[Move | Tally]:
    rounds = [p.start, *distinct_rounds(p), *[r for group in p.forced for r in group]]
    return [item for r in rounds for item in (*r.moves, *r.tallies)]


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
