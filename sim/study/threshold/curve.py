"""The curve on which a function of two numbers changes its sign, by adaptive refinement.

The sign is looked at on a coarse grid; only cells whose corners differ in sign, and the cells around them, are halved, level by
level; where the curve leaves the halved cells they are followed.  On the finest level the crossings of the cells' edges are
refined, and joined cell by cell (marching squares; a saddle is told by the sign in its centre).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np

from sim.study.threshold.crossings import Step, refined
from sim.study.threshold.polylines import Edges, joined

COARSE: Final = 8
"""Cells of the coarse grid along each axis: an island smaller than one of them can be missed."""

Plane = Callable[[np.ndarray, np.ndarray], np.ndarray]
"""f(x (n,), y (n,)) gives (n,): below 0 where the condition holds, nan where undefined."""


@dataclass(frozen=True)
class Curve:
    """Points of the curve in order: x (m,), y (m,), segment (m,) counted from 0; a closed segment ends where it begins.

    `samples` are all points of the grid that were looked at: x, y and f, shape (k, 3), in order of y and x.
    """

    x: np.ndarray
    y: np.ndarray
    segment: np.ndarray
    samples: np.ndarray
    cells: int
    """Finest cells along each axis."""
    evaluations: int
    """Values of f that were computed."""

    @property
    def segments(self) -> int:
        """How many pieces the curve has."""
        return int(self.segment[-1]) + 1 if len(self.segment) else 0

    @property
    def full(self) -> int:
        """Values of f on the full grid of the finest cells."""
        return (self.cells + 1) ** 2


def curve(
    f: Plane,
    x_range: tuple[float, float],
    y_range: tuple[float, float],
    resolution: float,
    tolerance: float,
    coarse: int = COARSE,
    step: Step | None = None,
) -> Curve:
    """Where f changes its sign; finest cells of a width of `resolution`, points to `tolerance`, both shares of the ranges.

    `step` is called with about the share that is done.
    """
    levels = max(0, math.ceil(math.log2(1 / (resolution * coarse)) - 1e-9))
    grid = _Grid(f, x_range, y_range, coarse * 2**levels)
    cells = np.ones((coarse, coarse), dtype=bool)
    for level in range(levels + 1):
        width = 2 ** (levels - level)
        crossed = grid.followed(cells, width)
        if step is not None:
            step(2.0 ** (level - levels - 1))  # a level takes about as much as all coarser ones, the edges as much as all levels
        if level < levels:
            cells = np.kron(_around(crossed), np.ones((2, 2), dtype=bool))
    points, edges = grid.edges(crossed, tolerance)
    if step is not None:
        step(1.0)
    segments = joined(edges)
    order = np.array([k for segment in segments for k in segment], dtype=int)
    number = np.repeat(np.arange(len(segments)), [len(segment) for segment in segments])
    x, y = points[order].T if len(order) else (np.zeros(0), np.zeros(0))
    return Curve(x, y, number, grid.samples(), grid.n, grid.evaluations)


def _around(cells: np.ndarray) -> np.ndarray:
    """The cells and their eight neighbours."""
    from scipy.ndimage import binary_dilation

    return np.asarray(binary_dilation(cells, np.ones((3, 3), dtype=bool)))


class _Grid:
    """The function on the corners of n x n cells, computed when first asked for; arrays are indexed [row of y, column of x]."""

    def __init__(self, f: Plane, x_range: tuple[float, float], y_range: tuple[float, float], n: int) -> None:
        self.n, self.evaluations = n, 0
        self._f = f
        self._x, self._y = np.linspace(*x_range, n + 1), np.linspace(*y_range, n + 1)
        self._value = np.full((n + 1, n + 1), np.nan)
        self._known = np.zeros((n + 1, n + 1), dtype=bool)

    def samples(self) -> np.ndarray:
        """The corners looked at and the function there: x, y, f, shape (k, 3)."""
        row, column = np.nonzero(self._known)
        return np.stack([self._x[column], self._y[row], self._value[row, column]], axis=1)

    def followed(self, cells: np.ndarray, step: int) -> np.ndarray:
        """Which cells of this step have corners of both signs: those among `cells`, and those into which the curve goes on."""
        cells = cells.copy()
        while True:
            self._compute(cells, step)
            holds = self._signs(step)
            crossed = cells & _mixed(holds)
            more = _next(crossed, holds) & ~cells
            if not more.any():
                return crossed
            cells |= more

    def _compute(self, cells: np.ndarray, step: int) -> None:
        """The function at all corners of these cells."""
        corners = np.zeros((len(cells) + 1, len(cells) + 1), dtype=bool)
        for down, right in ((0, 0), (0, 1), (1, 0), (1, 1)):
            corners[down : down + len(cells), right : right + len(cells)] |= cells
        row, column = step * np.array(np.nonzero(corners))
        new = ~self._known[row, column]
        self._known[row, column] = True
        self._value[row[new], column[new]] = self._at(self._x[column[new]], self._y[row[new]])

    def _at(self, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        self.evaluations += len(x)
        return np.asarray(self._f(x, y), dtype=float) if len(x) else np.zeros(0)

    def _signs(self, step: int) -> np.ndarray:
        """1 where the condition holds, 0 where not, -1 where that is undefined or not known, at the corners of this step."""
        value = self._value[::step, ::step]
        return np.where(np.isfinite(value), (value < 0).astype(int), -1)

    def edges(self, crossed: np.ndarray, tolerance: float) -> tuple[np.ndarray, Edges]:
        """The points (m, 2) at which the curve crosses the edges of these finest cells, and the pairs of them in each cell."""
        holds = self._signs(1)
        flat = _on_edges(crossed, holds[:, :-1] != holds[:, 1:], axis=0)
        upright = _on_edges(crossed, holds[:-1, :] != holds[1:, :], axis=1)
        (row, column), (low, at) = np.nonzero(flat), np.nonzero(upright)
        along = refined(self._along(row, column, 0, 1), *_unit(row), tolerance * self.n)
        upwards = refined(self._along(low, at, 1, 0), *_unit(low), tolerance * self.n)
        points = np.concatenate(
            [
                np.stack([self._between(self._x, column, along.x), self._y[row]], axis=1),
                np.stack([self._x[at], self._between(self._y, low, upwards.x)], axis=1),
            ]
        )
        across = np.full(flat.shape, -1)
        across[row, column] = np.arange(len(row))
        up = np.full(upright.shape, -1)
        up[low, at] = len(row) + np.arange(len(low))
        cells = np.argwhere(crossed)
        four = np.stack([across[:-1][crossed], up[:, 1:][crossed], across[1:][crossed], up[:, :-1][crossed]], axis=1)
        saddle = (four >= 0).all(axis=1)
        centre = np.zeros(len(cells), dtype=bool)
        middle = cells[saddle]
        centre[saddle] = self._at(self._between(self._x, middle[:, 1], 0.5), self._between(self._y, middle[:, 0], 0.5)) < 0
        return points, Edges(four, centre == (holds[:-1, :-1][crossed] == 1), np.asarray(np.isfinite(points.sum(axis=1))))

    def _along(self, row: np.ndarray, column: np.ndarray, down: int, right: int) -> Plane:
        """The function at the shares t of the way along edges k, which begin at these corners; their ends are known."""

        def f(t: np.ndarray, k: np.ndarray) -> np.ndarray:
            i, j = row[k], column[k]
            out = np.where(t < 0.5, self._value[i, j], self._value[i + down, j + right])
            new = (t > 0) & (t < 1)
            i, j, t = i[new], j[new], t[new]
            x = self._between(self._x, j, t) if right else self._x[j]
            y = self._between(self._y, i, t) if down else self._y[i]
            out[new] = self._at(x, y)
            return out

        return f

    @staticmethod
    def _between(ticks: np.ndarray, n: np.ndarray, t: np.ndarray | float) -> np.ndarray:
        """Positions at the share t of the way from tick n to the next."""
        return (1 - t) * ticks[n] + t * ticks[n + 1]


def _unit(like: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Brackets from 0 to 1, as many as there are entries, and their numbers."""
    return np.zeros(len(like)), np.ones(len(like)), np.arange(len(like))


def _mixed(holds: np.ndarray) -> np.ndarray:
    """Cells whose four corners are defined and differ."""
    corners = np.stack([holds[:-1, :-1], holds[:-1, 1:], holds[1:, :-1], holds[1:, 1:]])
    return (corners.min(axis=0) == 0) & (corners.max(axis=0) == 1)


def _next(crossed: np.ndarray, holds: np.ndarray) -> np.ndarray:
    """The cells on the other side of the crossed edges of these cells."""
    out = np.zeros_like(crossed)
    flat, upright = holds[:, :-1] != holds[:, 1:], holds[:-1, :] != holds[1:, :]
    out[1:] |= crossed[:-1] & flat[1:-1]
    out[:-1] |= crossed[1:] & flat[1:-1]
    out[:, 1:] |= crossed[:, :-1] & upright[:, 1:-1]
    out[:, :-1] |= crossed[:, 1:] & upright[:, 1:-1]
    return out


def _on_edges(cells: np.ndarray, differ: np.ndarray, axis: int) -> np.ndarray:
    """Which edges, on both sides of the cells along an axis, have ends that differ."""
    out = np.zeros_like(differ)
    if axis == 0:
        out[:-1] |= cells
        out[1:] |= cells
    else:
        out[:, :-1] |= cells
        out[:, 1:] |= cells
    return out & differ
