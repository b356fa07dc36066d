"""All equilibria of a game of two players, by nashpy behind a guard (docs/model.md, section 4).

nashpy alone misses equilibria of degenerate games and sometimes fails.  Here each player's payoffs are first moved to [1, 2],
which changes no equilibrium and keeps the best-response polytopes bounded and of moderate size; nashpy builds them and labels
their vertices; every pair of vertices with all labels is an equilibrium.  What is found must pass a test of best responses.

The equilibria found are the **extreme** ones.  In a game that is not degenerate these are all; in a degenerate one there may be
more: the mixtures of extreme equilibria any two of which may exchange strategies and still be equilibria.

Source: von Stengel (2007), in Nisan et al., Algorithmic Game Theory, ch. 3: algorithms 3.4 and 3.5, definition 3.2.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
Profile = tuple[Floats, Floats]
Vertices = list[tuple[Floats, frozenset[int]]]

REGRET: Final = 1e-9
"""What a player may gain by deviating from an equilibrium, as a share of the spread of its payoffs."""
SAME: Final = 1e-7
"""Profiles that differ by less, in every probability, are one."""


@dataclass(frozen=True, eq=False)
class Equilibria:
    """The extreme equilibria of a game.

    profiles: pairs (x, y) of mixed strategies, those with more weight on the first actions first.
    payoffs: the expected payoffs (of the row player, of the column player) at each.
    degenerate: some mixed strategy has more pure best responses than it has actions in its support; there may then be a continuum
    of equilibria, of which these are the extreme points.
    """

    profiles: tuple[Profile, ...]
    payoffs: tuple[tuple[float, float], ...]
    degenerate: bool

    def __len__(self) -> int:
        return len(self.profiles)

    def __iter__(self) -> Iterator[Profile]:
        return iter(self.profiles)


def equilibria(A: ArrayLike, B: ArrayLike) -> Equilibria:
    """The extreme equilibria of the game in which the row player gets A[row][column] and the column player B[row][column].

    A, B: (n, m), finite.  ValueError if they are not; ArithmeticError if no equilibrium is found, which no game should do.
    """
    rows, columns = np.asarray(A, dtype=float), np.asarray(B, dtype=float)
    if rows.ndim != 2 or rows.shape != columns.shape or rows.size == 0:
        raise ValueError(f"A and B must be matrices of the same shape; got {rows.shape} and {columns.shape}")
    if not (np.isfinite(rows).all() and np.isfinite(columns).all()):
        raise ValueError("A and B must be finite")
    game = _scaled(rows), _scaled(columns)
    first, second = _vertices(game[1].T), _vertices(game[0])
    found = _distinct(_labelled(first, second, rows.shape), game)
    if not found:
        found = _distinct(_by_supports(game), game)
    if not found:
        raise ArithmeticError(f"no equilibrium found of the game with payoffs {rows.tolist()} and {columns.tolist()}")
    degenerate = _degenerate(first, game[1].T) or _degenerate(second, game[0])
    return Equilibria(
        profiles=tuple(found),
        payoffs=tuple((float(x @ rows @ y), float(x @ columns @ y)) for x, y in found),
        degenerate=degenerate,
    )


def regret(A: Floats, B: Floats, x: Floats, y: Floats) -> float:
    """The most that either player can gain by deviating from (x, y), in units of payoff."""
    own, other = A @ y, B.T @ x
    return float(max(own.max() - x @ own, other.max() - other @ y))


def _scaled(payoffs: Floats) -> Floats:
    """The payoffs moved to [1, 2]; all 1 if they are all equal, up to rounding."""
    low, spread = payoffs.min(), payoffs.max() - payoffs.min()
    if spread <= 1e-14 * np.abs(payoffs).max():
        return np.ones_like(payoffs)
    return 1 + (payoffs - low) / spread


def _vertices(payoffs: Floats) -> Vertices:
    """The vertices (not the origin) of {v >= 0, payoffs v <= 1}, as mixed strategies, each with the inequalities that bind.

    payoffs: (actions of one player, actions of the other, who plays v).  nashpy numbers the inequalities, payoffs first.
    """
    from nashpy.polytope.polytope import build_halfspaces, labels
    from scipy.spatial import HalfspaceIntersection, QhullError

    actions = payoffs.shape[1]
    if actions == 1:  # a segment, which Qhull does not take
        return [(np.ones(1), frozenset(np.flatnonzero(payoffs[:, 0] >= payoffs.max() - REGRET).tolist()))]
    halfspaces = build_halfspaces(payoffs)
    inside = np.full(actions, 1 / (3 * actions))  # payoffs are at most 2; nashpy would ask a linear programme, which may fail
    try:
        found = HalfspaceIntersection(halfspaces, inside).intersections
    except QhullError:
        return []
    found = [vertex for vertex in found if np.isfinite(vertex).all() and vertex.max() > 0.1 / actions]
    return [(vertex / vertex.sum(), frozenset(int(label) for label in labels(vertex, halfspaces))) for vertex in found]


def _labelled(first: Vertices, second: Vertices, shape: tuple[int, ...]) -> Iterator[Profile]:
    """The pairs of vertices that have all labels between them: algorithm 3.5, with both lists made once."""
    n, m = shape
    every = frozenset(range(n + m))
    for x, labels in first:  # of {v >= 0, B' v <= 1}: m payoffs, then n signs
        missing = every - {(label + n) % (n + m) for label in labels}
        for y, others in second:  # of {v >= 0, A v <= 1}: n payoffs, then m signs
            if missing <= others:
                yield x, y


def _by_supports(game: Profile) -> Iterator[Profile]:
    """Algorithm 3.4, for the rare game whose polytopes nashpy cannot list."""
    import nashpy

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found: Any = nashpy.Game(*game).support_enumeration(tol=1e-12)
        yield from found


def _distinct(profiles: Iterator[Profile], game: Profile) -> list[Profile]:
    """The profiles that are equilibria, each once, in order."""
    kept: list[Profile] = []
    for x, y in profiles:
        x, y = _cleaned(x), _cleaned(y)
        if not (np.isfinite(x).all() and np.isfinite(y).all() and regret(*game, x, y) < REGRET):
            continue
        if all(max(np.abs(x - p).max(), np.abs(y - q).max()) > SAME for p, q in kept):
            kept.append((x, y))
    return sorted(kept, key=lambda profile: tuple(-np.round(np.concatenate(profile), 9)))


def _cleaned(strategy: Floats) -> Floats:
    """The mixed strategy without what rounding left on actions that are not played."""
    kept = np.where(strategy < 1e-12, 0.0, strategy)
    return kept / kept.sum()


def _degenerate(vertices: Vertices, payoffs: Floats) -> bool:
    """Has some vertex more best responses than actions in its support?  If any mixed strategy has, a vertex has."""
    for strategy, _ in vertices:
        values = payoffs @ strategy
        if (values >= values.max() - REGRET).sum() > (strategy > REGRET).sum():
            return True
    return False
