"""Logit quantal response equilibria, on the principal branch (docs/model.md, section 4).

N players choose between action 0 and action 1.  The advantage of action 1 is affine in the probabilities p_j with which the
others take action 1, and player i, of precision lambda_i, takes it with probability

    p_i = 1 / (1 + exp(-lambda_i (constant_i + sum_j slope_ij p_j))).

There may be several such fixed points.  The principal branch scales all precisions by tau, starts at tau = 0, where p = 1/2, and
follows the fixed points by arc length; the answer is its first point with tau = 1.  It is followed in log-odds z, which do not
saturate.  With x_j = tanh(z_j / 2) = 2 p_j - 1,

    z_i = tau (K_i + sum_j M_ij x_j),    K_i = lambda_i (constant_i + sum_j slope_ij / 2),    M_ij = lambda_i slope_ij / 2.

Where players stand alike (up to swapping their two actions), the branch keeps them alike, though it runs through pitchforks where
others leave it.  So players that are alike are made one before the path is followed (`_merge`).

Source: McKelvey, Palfrey (1995), Games and Economic Behavior 10, 6-38; Turocy (2005), Games and Economic Behavior 51, 243-263.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .paths import CAREFUL, SWIFT, Field, Floats, Manner, Rows, first_points, polished

ALIKE: Final = (1e-12, 1e-10, 1e-8)
"""Numbers are alike that differ by at most this share of the game's largest log-odds; the later ones where a path was lost."""
ATTEMPTS: Final = ((ALIKE[0], SWIFT), *((alike, CAREFUL) for alike in ALIKE))
"""Each for the games of which the one before has lost the path."""


def logit_equilibrium(constant: ArrayLike, slope: ArrayLike, precision: ArrayLike) -> Floats:
    """The logit equilibrium on the principal branch: the probability of action 1 of every player, shape (..., N).

    constant: (..., N) and slope: (..., N, N), in units of payoff; slope's diagonal is zero.  precision: (..., N), at least 0, per
    unit of payoff.  The leading axes broadcast; a game's answer does not depend on its batch.  nan where an input is not finite.
    """
    c, s, precise = (np.asarray(values, dtype=float) for values in (constant, slope, precision))
    players = s.shape[-1]
    shape = np.broadcast_shapes(c.shape, precise.shape, s.shape[:-1])
    c, precise = (np.broadcast_to(values, shape).reshape(-1, players).T for values in (c, precise))
    s = np.broadcast_to(s, (*shape, players)).reshape(-1, players, players).transpose(1, 2, 0)
    if s[np.arange(players), np.arange(players)].any():
        raise ValueError("slope must be zero on its diagonal: a player's advantage does not depend on its own probability")
    if (precise < 0).any():
        raise ValueError(f"precision must be at least 0; got {precise.min()}")
    with np.errstate(invalid="ignore", over="ignore"):
        intercept = c.copy()
        for j in range(players):
            intercept += s[:, j] / 2
        z = principal_branch(precise * intercept, precise[:, None] * s / 2)
    return _expit(z).T.reshape(shape)


def logit_2x2(A: ArrayLike, B: ArrayLike, precision_1: ArrayLike, precision_2: ArrayLike) -> tuple[Floats, Floats]:
    """Probabilities of action 1 of both players in the logit equilibrium of games of two actions.

    A, B: (..., 2, 2), both indexed [own action][other's action].  The precisions have or broadcast to the leading axes.
    """
    first, second = np.asarray(A, dtype=float), np.asarray(B, dtype=float)
    shape = np.broadcast_shapes(first.shape[:-2], second.shape[:-2], np.shape(precision_1), np.shape(precision_2))
    constant, slope, precision = np.empty((*shape, 2)), np.zeros((*shape, 2, 2)), np.empty((*shape, 2))
    for i, (payoffs, precise) in enumerate(((first, precision_1), (second, precision_2))):
        constant[..., i] = payoffs[..., 1, 0] - payoffs[..., 0, 0]
        slope[..., i, 1 - i] = payoffs[..., 1, 1] - payoffs[..., 0, 1] - constant[..., i]
        precision[..., i] = precise
    p = logit_equilibrium(constant, slope, precision)
    return p[..., 0], p[..., 1]


def logit_bimatrix(A: ArrayLike, B: ArrayLike, precision_1: float, precision_2: float) -> tuple[Floats, Floats]:
    """The mixed strategies (n,), (m,) in the logit equilibrium, on the principal branch, of one game of any size.

    A, B: (n, m); the row player gets A[row][column], the column player B[row][column].  Not for games in which actions or players
    stand alike to the last digit: there, the path is carried straight over the crossings of paths, with no symmetry to guide it.
    """
    rows, columns = np.asarray(A, dtype=float), np.asarray(B, dtype=float).T
    n, m = rows.shape
    rows, columns = precision_1 * (rows - rows[0])[1:], precision_2 * (columns - columns[0])[1:]  # (n - 1, m) and (m - 1, n)
    limit = max(np.abs(rows).max(initial=0.0), np.abs(columns).max(initial=0.0))
    if limit == 0:
        return np.full(n, 1 / n), np.full(m, 1 / m)

    def field(_: Rows, z: Floats) -> tuple[Floats, Floats]:
        x, y = _softmax(z[: n - 1, 0]), _softmax(z[n - 1 :, 0])
        slopes = np.zeros((n + m - 2, n + m - 2, 1))
        slopes[: n - 1, n - 1 :, 0] = rows @ (np.diag(y) - np.outer(y, y))[:, 1:] / limit
        slopes[n - 1 :, : n - 1, 0] = columns @ (np.diag(x) - np.outer(x, x))[:, 1:] / limit
        return np.concatenate([rows @ y, columns @ x])[:, None] / limit, slopes

    z = first_points(field, np.array([limit]), n + m - 2)[:, 0]
    if np.isnan(z).any():
        z = first_points(field, np.array([limit]), n + m - 2, CAREFUL)[:, 0]
    return _softmax(z[: n - 1]), _softmax(z[n - 1 :])


def _softmax(z: Floats) -> Floats:
    """Probabilities from log-odds against the first action, which are not given for itself."""
    odds = np.exp(np.concatenate([[0.0], z]) - max(0.0, z.max(initial=0.0)))
    return odds / odds.sum()


def principal_branch(K: Floats, M: Floats) -> Floats:
    """Log-odds z (N, n) at tau = 1 of n games; K: (N, n), M: (N, N, n) as in the head of this file."""
    with np.errstate(invalid="ignore", over="ignore"):
        largest = _row_sums(np.abs(K), np.abs(M)).max(axis=0)
    z = np.full(K.shape, np.nan)
    z[:, largest == 0] = 0.0
    live = np.flatnonzero(np.isfinite(largest) & (largest > 0))
    if live.size == 0:
        return z
    for alike, manner in ATTEMPTS:
        z[:, live] = _followed(K[:, live] / largest[live], M[:, :, live] / largest[live], largest[live], alike, manner)
        live = live[np.isnan(z[0, live])]
        if live.size == 0:
            break
    return z


def _followed(k: Floats, m: Floats, limit: Floats, alike: float, manner: Manner) -> Floats:
    """Log-odds of games with K = limit k and M = limit m, players alike up to `alike` merged; nan where the path was lost."""
    merged_k, merged_m, owner, sign = _merge(k, m, alike)
    z = sign * np.take_along_axis(first_points(_field(merged_k, merged_m), limit, k.shape[0], manner), owner, axis=0)
    if alike > ALIKE[0]:
        z = polished(_field(k, m), z, limit)
    return z


def _field(k: Floats, m: Floats) -> Field:
    """k + m x and its derivatives by z, x = tanh(z / 2)."""

    def field(rows: Rows, z: Floats) -> tuple[Floats, Floats]:
        up, down = _expit(z), _expit(-z)
        x, rate = up - down, 2 * up * down
        slopes = m[:, :, rows]
        value = k[:, rows]
        for j in range(k.shape[0]):
            value = value + slopes[:, j] * x[j]
        return value, slopes * rate

    return field


def _row_sums(first: Floats, rest: Floats) -> Floats:
    """first_i + sum_j rest_ij, added in the order of j whatever the batch."""
    total = first
    for j in range(rest.shape[1]):
        total = total + rest[:, j]
    return total


def _expit(z: Floats) -> Floats:
    """1 / (1 + exp(-z)), number by number: numpy's own exp may round differently in another place of an array."""
    from scipy.special import expit

    return expit(z)


def _merge(k: Floats, m: Floats, alike: float) -> tuple[Floats, Floats, NDArray[np.int64], Floats]:
    """Players that stand alike made one: the reduced k and m, and owner, sign (N, n) with z_i = sign_i z'_owner(i).

    Players i and j are alike if sign_i k_i = sign_j k_j and, for each group of players l, sign_i sum m_il sign_l is the same too:
    the coarsest such groups, found by splitting.  A player with k_i = 0 that feels nobody but players of its kind stays at
    z_i = 0 and has sign 0.  The players that are merged into others, or idle, keep empty rows, so shapes stay.
    """
    players, games = k.shape
    owner = np.repeat(np.arange(players)[:, None], games, axis=1)
    sign = np.ones((players, games))
    suspects = np.zeros(games, dtype=bool)
    for i in range(players):
        for j in range(i):
            suspects |= np.abs(np.abs(k[i]) - np.abs(k[j])) <= alike
    rows = np.flatnonzero(suspects)
    if rows.size == 0:
        return k, m, owner, sign
    k, m = k.copy(), m.copy()
    small_k, small_m = k[:, rows], m[:, :, rows]
    group, signs = _groups(small_k, small_m, alike)
    owner[:, rows], sign[:, rows] = group, signs
    felt = _felt(small_m, group, signs)
    for i in range(players):
        leads = (group[i] == i) & (signs[i] != 0)
        k[i, rows] = np.where(leads, signs[i] * small_k[i], 0.0)
        m[i][:, rows] = np.where(leads, signs[i] * felt[i], 0.0)
    return k, m, owner, sign


def _groups(k: Floats, m: Floats, tolerance: float) -> tuple[NDArray[np.int64], Floats]:
    """The group of every player (its first member) and its sign within, both (N, n)."""
    players, games = k.shape
    sign = np.where(np.abs(k) <= tolerance, 0.0, np.sign(k))
    group = np.zeros((players, games), dtype=np.int64)
    for _ in range(2 * players + 1):
        felt = _felt(m, group, sign)
        woken = sign.copy()
        for c in range(players):
            moved = (woken == 0) & (np.abs(felt[:, c]) > tolerance)
            woken = np.where(moved, np.sign(felt[:, c]), woken)
        split = np.empty_like(group)
        for i in range(players):
            split[i] = i
            for j in range(i - 1, -1, -1):
                alike = (split[j] == j) & (group[i] == group[j]) & (np.abs(sign[i]) == np.abs(sign[j]))
                alike &= np.abs(woken[i]) == np.abs(woken[j])
                alike &= np.abs(woken[i] * k[i] - woken[j] * k[j]) <= tolerance
                alike &= (np.abs(woken[i] * felt[i] - woken[j] * felt[j]) <= tolerance).all(axis=0)
                split[i] = np.where(alike, j, split[i])
        if (split == group).all() and (woken == sign).all():
            break
        group, sign = split, woken
    return group, sign


def _felt(m: Floats, group: NDArray[np.int64], sign: Floats) -> Floats:
    """What a player feels of each group, (N, N, n): the sum of m_il sign_l over its players l, listed at its first member."""
    players = m.shape[0]
    felt = np.zeros_like(m)
    for c in range(players):
        for j in range(players):
            felt[:, c] += m[:, j] * np.where(group[j] == c, sign[j], 0.0)
    return felt
