"""Following a path of fixed points by arc length, for many problems at once (docs/model.md, section 4).

A problem asks for z = mu g(z) with z in R^d, along the path that starts at mu = 0, z = 0, and for the first point of this path
with mu = limit.  What happens on a path does so on a scale that grows with z and mu, so it is followed in
y = (asinh z, asinh mu), where it solves F(y) = z - mu g(z) = 0.  A predictor goes h along the unit tangent t, Newton's method
brings it back to the path in the hyperplane across t; mu may rise and fall on the way (folds).

- Steps are judged by the angle they turn, by how well Newton's method converges, and by the index: F' bordered by the tangent is
  never singular along a path, so its determinant keeps its sign, and between the two ends of a step no two of its eigenvalues may
  pass through zero together.  A step that fails has jumped to another path and is taken back.
- Where steps shrink to nothing, a path that was followed swiftly is given up, to be followed with care.  Where careful steps
  shrink to nothing, too, paths cross (a pitchfork that no symmetry explains), or part so closely that double precision cannot
  tell (at a pitchfork, a perturbation below some 1e-15 of the largest |z|).  Then the rule is to go straight on.
- A step that may hide a fold beyond the limit is refined, so that the first point at the limit is not missed.

Everything is elementwise over the problems, which stand on the last axis: nothing depends on which others share the batch.

Source: Allgower, Georg (1990), Numerical Continuation Methods; Turocy (2005), Games and Economic Behavior 51, 243-263.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Rows = NDArray[np.int64]
Field = Callable[[Rows, Floats], tuple[Floats, Floats]]
"""(problems (n,), z (d, n)) -> g (d, n) and its derivatives (d, d, n), row by row of g; g bounded by about 1."""


@dataclass(frozen=True)
class Manner:
    """How steps are made and judged."""

    longest_step: float
    turn: float
    """Least cosine of the angle between the tangents at the two ends of a step."""
    corrections: int
    """Newton corrections of a step; the tangent is taken where the last begins."""
    newton: float
    """Longest last correction, as a share of the step; the next would be about the square, or as long where rounding decides."""
    crosses: bool
    """Where steps shrink to nothing, go straight on from the end of the last ordinary step, before any turn; or else give up."""


SWIFT: Final = Manner(longest_step=0.5, turn=0.95, corrections=3, newton=1e-3, crosses=False)
CAREFUL: Final = Manner(longest_step=0.1, turn=0.98, corrections=6, newton=0.1, crosses=True)
FIRST_STEP: Final = 0.1
ORDINARY_STEP: Final = 1e-3
SHORTEST_STEP: Final = 1e-11
LEAST_EIGENVALUE: Final = 0.05
ROUNDS: Final = 20_000


@np.errstate(all="ignore")  # a step too far may overflow; it is then taken back
def first_points(field: Field, limit: Floats, dimension: int, manner: Manner = SWIFT) -> Floats:
    """The first point z at mu = limit of every problem, shape (dimension, n); nan where the path could not be followed.

    field: g and its derivatives.  limit: (n,), at least 0.  manner: how steps are made.
    """
    size = limit.size
    found = np.full((dimension, size), np.nan)
    rows = np.arange(size)
    y = np.zeros((dimension + 1, size))
    g, _ = field(rows, y[:-1])  # at y = 0, asinh has slope 1
    tangent = np.concatenate([g, np.ones((1, size))])
    tangent /= _norm(tangent)
    step = np.full(size, FIRST_STEP)
    orientation = np.ones(size)  # 0: any, for a step across a crossing of paths
    level = _asinh(limit)
    kept, kept_tangent = y, tangent  # the end of the last ordinary step

    for _ in range(ROUNDS):
        if rows.size == 0:
            break
        new, new_tangent, accepted, regular, sign = _advance(field, rows, y, tangent, step, manner)
        cosine = _dot(tangent, new_tangent)
        accepted &= (cosine >= manner.turn) & ((orientation == 0) | (regular & (sign == orientation)))
        accepted &= ~_hides_fold(y, new, tangent, new_tangent, step, level)
        orientation = np.where(accepted, sign, orientation)

        done = np.zeros(rows.size, dtype=bool)
        crossing = np.flatnonzero(accepted & (new[-1] >= level))
        if crossing.size:
            there = rows[crossing]
            ends = y[:, crossing], new[:, crossing], tangent[:, crossing]
            point, good = _at_level(field, there, *ends, level[crossing], limit[there])
            done[crossing[good]] = True
            accepted[crossing[~good]] = False
            found[:, there[good]] = point[:, good]

        y = np.where(accepted, new, y)
        tangent = np.where(accepted, new_tangent, tangent)
        if manner.crosses:
            ordinary = accepted & (step >= ORDINARY_STEP)
            kept, kept_tangent = np.where(ordinary, y, kept), np.where(ordinary, tangent, kept_tangent)
        step = np.where(accepted, np.where(cosine > 0.99, 2 * step, step), 0.4 * step)
        step = np.minimum(step, manner.longest_step)
        stuck = step < SHORTEST_STEP
        lost = stuck & (orientation == 0) if manner.crosses else stuck
        if manner.crosses:
            y, tangent = np.where(stuck, kept, y), np.where(stuck, kept_tangent, tangent)
        step = np.where(stuck, FIRST_STEP, step)
        orientation = np.where(stuck, 0.0, orientation)

        going = ~(done | lost)
        if not going.all():
            rows, level, step, orientation = rows[going], level[going], step[going], orientation[going]
            y, tangent = np.ascontiguousarray(y[:, going]), np.ascontiguousarray(tangent[:, going])
            kept, kept_tangent = kept[:, going], kept_tangent[:, going]
    return found


@np.errstate(all="ignore")
def polished(field: Field, z: Floats, limit: Floats) -> Floats:
    """z (d, n), brought from close by to fixed points at mu = limit; left alone where that would take it far."""
    better, correction = _newton(field, np.arange(limit.size), z, limit)
    good = (_norm(correction) <= 1e-10 * (1 + _norm(z))) & (_norm(better - z) <= 1e-3 * (1 + _norm(z)))
    return np.where(good, better, z)


def _advance(
    field: Field, rows: Rows, y: Floats, tangent: Floats, step: Floats, manner: Manner
) -> tuple[Floats, Floats, Flags, Flags, Floats]:
    """One step from y: the new point, its unit tangent; has it converged; is the index kept; the sign of the determinant."""
    dimension = y.shape[0] - 1
    start = y + step * tangent
    new = start
    for _ in range(manner.corrections - 1):
        correction, _ = _solve(*_bordered(field, rows, new, tangent))
        new = new + correction[:, 0]
    matrix, right = _bordered(field, rows, new, tangent)
    along = np.zeros_like(right)
    along[dimension] = 1.0
    columns = [right, along]
    if dimension > 2:  # with two unknowns, the eigenvalues of F' by z add up to 2 and cannot both be negative
        columns.append(_bordered(field, rows, y, tangent)[0])
    solution, sign = _solve(matrix, np.concatenate(columns, axis=1))
    correction, direction = solution[:, 0], solution[:, 1]
    new = new + correction
    direction = direction / _norm(direction)
    converged = _norm(correction) <= manner.newton * step
    converged &= _norm(new - start) <= 0.3 * step
    converged &= np.isfinite(direction).all(axis=0)
    regular = _stays_regular(solution[:, 2:], converged) if dimension > 2 else np.ones_like(converged)
    return new, direction, converged, regular, sign


def _stays_regular(ratio: Floats, candidates: Flags) -> Flags:
    """Is no matrix singular on the way from one end of a step to the other; ratio: inverse of the one times the other, (d, d, n).

    None is if the ratio has no eigenvalue of negative real part, which is so when it is within 1 of the unit matrix.
    """
    size = ratio.shape[0]
    square = np.zeros(ratio.shape[-1])
    for i in range(size):
        for j in range(size):
            square = square + (ratio[i, j] - (i == j)) ** 2
    regular = square < 0.9
    doubtful = np.flatnonzero(candidates & ~regular & np.isfinite(square))
    if doubtful.size:
        values = np.linalg.eigvals(np.ascontiguousarray(ratio[..., doubtful].transpose(2, 0, 1)))
        regular[doubtful] = (values.real > LEAST_EIGENVALUE).all(axis=-1)
    return regular


def _bordered(field: Field, rows: Rows, y: Floats, tangent: Floats) -> tuple[Floats, Floats]:
    """The matrix [F'; t] of shape (d + 1, d + 1, n) and the right side (-F, 0) of shape (d + 1, 1, n)."""
    dimension = y.shape[0] - 1
    values, rates = _sinh(y)
    g, slopes = field(rows, values[:-1])
    matrix = np.empty((dimension + 1, dimension + 1, y.shape[1]))
    matrix[:-1, :-1] = -values[-1] * slopes * rates[:-1]
    for i in range(dimension):
        matrix[i, i] += rates[i]
    matrix[:-1, -1] = -g * rates[-1]
    matrix[-1] = tangent
    right = np.zeros((dimension + 1, 1, y.shape[1]))
    right[:-1, 0] = values[-1] * g - values[:-1]
    return matrix, right


def _hides_fold(y: Floats, new: Floats, tangent: Floats, new_tangent: Floats, step: Floats, level: Floats) -> Flags:
    """Might mu have passed the level inside the step and come back?  The two tangents meet above a concave arc."""
    rise, fall = tangent[-1], -new_tangent[-1]
    turning = (rise > 0) & (fall > 0) & (new[-1] < level) & (step > 1e-6)
    summit = (fall * y[-1] + rise * new[-1] + rise * fall * step) / (rise + fall)
    return turning & (summit + 0.05 * step >= level)


def _at_level(
    field: Field, rows: Rows, before: Floats, after: Floats, tangent: Floats, level: Floats, limit: Floats
) -> tuple[Floats, Flags]:
    """The point z of the path at mu = limit between two points of the path, and whether it is found.

    The path goes forward along the tangent all the way, which tells its point from another behind a fold.
    """
    length = _norm(after - before)
    start = before[:-1] + (level - before[-1]) / (after[-1] - before[-1]) * (after[:-1] - before[:-1])
    z, correction = _newton(field, rows, _sinh(start)[0], limit)
    good = (_norm(correction) <= 1e-10 * (1 + _norm(z))) & (_norm(_asinh(z) - start) <= length)
    forward = _dot(np.concatenate([_asinh(z), level[None]]) - before, tangent)
    good &= np.abs(forward / _dot(after - before, tangent) - 0.5) <= 0.5 + 1e-6
    return z, good | (length <= 1e-7)


def _newton(field: Field, rows: Rows, z: Floats, limit: Floats) -> tuple[Floats, Floats]:
    """Newton's method at mu = limit from z, and its last correction."""
    correction = z
    for _ in range(7):
        g, slopes = field(rows, z)
        matrix = -limit * slopes
        for i in range(z.shape[0]):
            matrix[i, i] += 1.0
        correction = _solve(matrix, (limit * g - z)[:, None])[0][:, 0]
        z = z + correction
    return z, correction


def _solve(matrix: Floats, right: Floats) -> tuple[Floats, Floats]:
    """Solutions (d, k, n) of n systems and the signs (n,) of their determinants, by Gaussian elimination with row pivots.

    matrix: (d, d, n).  right: (d, k, n).  Where a matrix is singular the solution is not finite.  Not numpy.linalg: there, the
    last bits may depend on the machine's library.
    """
    size = matrix.shape[0]
    work = np.concatenate([matrix, right], axis=1)
    sign = np.ones(matrix.shape[-1])
    every = np.arange(matrix.shape[-1])
    for k in range(size):
        if k + 1 < size:
            pivot = k + np.abs(work[k:, k]).argmax(axis=0)
            moved = np.flatnonzero(pivot != k)
            if moved.size:
                lines, at = pivot[moved], every[moved]
                held = work[k][:, at]
                work[k][:, at] = work[lines, :, at].T
                work[lines, :, at] = held.T
                sign[moved] = -sign[moved]
        sign *= np.sign(work[k, k])
        for i in range(k + 1, size):
            factor = work[i, k] / work[k, k]
            work[i, k + 1 :] -= factor * work[k, k + 1 :]
    solution = np.empty(right.shape)
    for k in range(size - 1, -1, -1):
        value = work[k, size:]
        for j in range(k + 1, size):
            value = value - work[k, j] * solution[j]
        solution[k] = value / work[k, k]
    return solution, sign


def _dot(one: Floats, two: Floats) -> Floats:
    """Inner products (n,) of vectors (d, n), summed in the order of their entries whatever n is."""
    total = one[0] * two[0]
    for i in range(1, one.shape[0]):
        total = total + one[i] * two[i]
    return total


def _norm(vectors: Floats) -> Floats:
    """Euclidean lengths (n,) of vectors (d, n)."""
    return np.sqrt(_dot(vectors, vectors))


def _sinh(values: Floats) -> tuple[Floats, Floats]:
    """Hyperbolic sine and cosine, number by number: numpy's own may round differently in another place of an array."""
    from scipy.special import expm1

    up, down = expm1(values), expm1(-values)
    return (up - down) / 2, 1 + (up + down) / 2


def _asinh(values: Floats) -> Floats:
    """The inverse of the hyperbolic sine, number by number."""
    from scipy.special import log1p

    size = np.abs(values)
    return np.copysign(log1p(size + size * size / (1 + np.sqrt(1 + size * size))), values)
