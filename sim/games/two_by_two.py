"""Batches of games of two players with two actions each, in closed form (docs/model.md, section 4).

A game is two matrices, both indexed [own action][other's action]: `A` holds the payoffs of player 1, `B` those of player 2.
What matters of a player is its **advantage** of action 1 over action 0 against each action of the other,

    a_k = A[1][k] - A[0][k],    b_k = B[1][k] - B[0][k],

and of these mostly the signs.  There are 81 patterns of four signs, and a table of 81 rows says for each which profiles are
equilibria.  A profile (p, q) gives the probabilities of action 1; where the signs of b differ, player 2 is indifferent at

    p* = b_0 / (b_0 - b_1),    and likewise    q* = a_0 / (a_0 - a_1),

and the **extreme equilibria** (all of them, in a game that is not degenerate) lie on the grid {0, 1, p*} x {0, 1, q*}.
A difference of payoffs counts as zero when it is at most 1e-12 times the player's largest payoff in absolute value.

Everything is elementwise over the leading axes: no number of a game depends on the rest of its batch.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

TIE: Final = 1e-12
"""Relative difference up to which two payoffs, or two products of deviation losses, are equal."""

SELECTIONS: Final = ("payoff_dominant", "risk_dominant", "mixed")

_BLOCK: Final = 32_768
_NONE: Final = -1
_PURE: Final = [0, 1, 3, 4]
"""The pure profiles (0,0), (0,1), (1,0), (1,1) among the grid points 3 p + q, with 2 for the probability of indifference."""


@dataclass(frozen=True)
class Solution:
    """The equilibria of a batch of games; every array has the leading axes of the batch.

    pure, strict: (..., 2, 2), is the profile [action of 1][action of 2] an equilibrium, a strict one.
    mixed: (..., 2), the probabilities of action 1 in the completely mixed equilibrium, nan where there is none; where there is
    a continuum of them, a player that nothing pins down plays both actions evenly.
    number: how many extreme equilibria; these are all, unless `continuum`.
    degenerate: some pure strategy has two best responses.  continuum: there are infinitely many equilibria.
    payoff_dominant, risk_dominant: (..., 2, 2), the pure equilibrium that dominates in this sense, if there is one.
    """

    pure: Flags
    strict: Flags
    mixed: Floats
    number: NDArray[np.int64]
    degenerate: Flags
    continuum: Flags
    payoff_dominant: Flags
    risk_dominant: Flags


def solve(A: ArrayLike, B: ArrayLike) -> Solution:
    """All equilibria of every game of a batch; A and B of shape (..., 2, 2), indexed [own action][other's action].

    Where a payoff is not finite there is no equilibrium, and `mixed` is nan.
    """
    shape, batches = _batches(A, B)
    parts = [_solved(batch) for batch in batches]
    tails = ((2, 2), (2, 2), (2,), (), (), (), (2, 2), (2, 2))
    columns = zip(*parts, strict=True)
    return Solution(*(np.concatenate(values).reshape(shape + tail) for values, tail in zip(columns, tails, strict=True)))


def select(A: ArrayLike, B: ArrayLike, selection: str) -> tuple[Floats, Floats]:
    """The probabilities of action 1 of both players in the selected equilibrium of every game; docs/model.md, section 4.

    A, B: (..., 2, 2), indexed [own action][other's action]; the answers have the leading axes, nan where a payoff is not finite.

    - `payoff_dominant`: the equilibrium that neither player likes less than any other equilibrium;
    - `risk_dominant`: the strict pure equilibrium with the larger product of deviation losses;
    - `mixed`, and the others where they leave no single equilibrium: the completely mixed one.

    A single equilibrium is always the answer.  In a degenerate game, ties may leave several equilibria but no completely mixed
    one.  Then the answer is the equilibrium at which both players are indifferent (the limit of the completely mixed equilibria
    of games nearby); and if a strictly dominant action of one player rules that out, the other, indifferent against it, plays
    both actions evenly.
    """
    if selection not in SELECTIONS:
        raise ValueError(f"selection must be one of {', '.join(SELECTIONS)}; got {selection!r}")
    shape, batches = _batches(A, B)
    parts = [_selected(batch, selection) for batch in batches]
    p, q = (np.concatenate(values).reshape(shape) for values in zip(*parts, strict=True))
    return p, q


def _solved(batch: _Batch) -> tuple[NDArray, ...]:
    """The fields of a Solution, in order, flat."""
    table, code = _table(), batch.code
    mixed = np.stack(batch.centre(), axis=-1)
    mixed[~table.interior[code]] = np.nan
    return (
        table.equilibrium[code][:, _PURE],
        table.strict[code][:, _PURE],
        mixed,
        table.number[code],
        table.degenerate[code],
        table.continuum[code],
        batch.payoff_dominant()[:, None] == _PURE,
        batch.risk_dominant()[:, None] == _PURE,
    )


def _selected(batch: _Batch, selection: str) -> tuple[Floats, Floats]:
    p, q = batch.centre()
    if selection != "mixed":
        choice = batch.payoff_dominant() if selection == "payoff_dominant" else batch.risk_dominant()
        chosen = np.flatnonzero(choice != _NONE)
        choice = choice[chosen]
        p[chosen] = _at(choice // 3, p[chosen])
        q[chosen] = _at(choice % 3, q[chosen])
    return p, q


def _batches(A: ArrayLike, B: ArrayLike) -> tuple[tuple[int, ...], Iterator[_Batch]]:
    """The leading axes of the games, and the games in blocks that stay in the processor's cache."""
    first, second = np.asarray(A, dtype=float), np.asarray(B, dtype=float)
    if first.shape[-2:] != (2, 2) or second.shape[-2:] != (2, 2):
        raise ValueError(f"payoffs must have shape (..., 2, 2); got {first.shape} and {second.shape}")
    shape = np.broadcast_shapes(first.shape, second.shape)
    first, second = (np.broadcast_to(values, shape).reshape(-1, 2, 2) for values in (first, second))
    starts = range(0, max(1, len(first)), _BLOCK)
    return shape[:-2], (_Batch(first[k : k + _BLOCK], second[k : k + _BLOCK]) for k in starts)


class _Batch:
    """A batch of n games, flat: the advantages, their signs as one code from 0 to 80 (81 if a payoff is not finite)."""

    def __init__(self, A: Floats, B: Floats) -> None:
        self.A, self.B = A, B
        self.a0, self.a1, self.tie_1 = _advantages(self.A)
        self.b0, self.b1, self.tie_2 = _advantages(self.B)
        code = _sign(self.a0, self.tie_1)
        for values, tie in ((self.a1, self.tie_1), (self.b0, self.tie_2), (self.b1, self.tie_2)):
            code *= 3
            code += _sign(values, tie)
        code += 40  # 27 + 9 + 3 + 1: signs from 0
        code[~np.isfinite(self.tie_1 + self.tie_2)] = 81
        self.code = code

    def centre(self) -> tuple[Floats, Floats]:
        """The answer of `mixed`: where both are indifferent, or what the table says."""
        table = _table()
        p, q = table.centre_1[self.code], table.centre_2[self.code]
        for probability, low, high in ((p, self.b0, self.b1), (q, self.a0, self.a1)):
            inner = np.flatnonzero(probability == 2.0)
            probability[inner] = _indifference(low[inner], high[inner])
        return p, q

    def risk_dominant(self) -> NDArray[np.int64]:
        """The grid point of the strict pure equilibrium with the largest product of deviation losses, or _NONE."""
        table = _table()
        first, second = table.first_strict[self.code], table.second_strict[self.code]
        rows = np.flatnonzero(second != _NONE)
        a0, a1, b0, b1 = self.a0[rows], self.a1[rows], self.b0[rows], self.b1[rows]
        coordination = first[rows] == 0  # (0,0) against (1,1); otherwise (0,1) against (1,0)
        one = np.where(coordination, a0 * b0, -a1 * b0)
        two = np.where(coordination, a1 * b1, -a0 * b1)
        better = np.where(one > two, first[rows], second[rows])
        better[np.abs(one - two) <= TIE * np.maximum(one, two)] = _NONE
        first[rows] = better
        return first

    def payoff_dominant(self) -> NDArray[np.int64]:
        """The grid point of the equilibrium that neither player likes less than any other equilibrium, or _NONE."""
        table = _table()
        choice = table.only[self.code]
        rows = np.flatnonzero(table.number[self.code] > 1)
        valid = table.equilibrium[self.code[rows]]
        A, B = self.A[rows], self.B[rows]
        inner_p = _indifference(self.b0[rows], self.b1[rows])
        inner_q = _indifference(self.a0[rows], self.a1[rows])
        first, second = np.empty((9, rows.size)), np.empty((9, rows.size))
        for point in range(9):
            p, q = _at(np.int64(point // 3), inner_p), _at(np.int64(point % 3), inner_q)
            first[point] = np.where(valid[:, point], _expected(A, p, q), -np.inf)
            second[point] = np.where(valid[:, point], _expected(B, q, p), -np.inf)
        best = first >= first.max(axis=0, initial=-np.inf) - self.tie_1[rows]
        best &= second >= second.max(axis=0, initial=-np.inf) - self.tie_2[rows]
        choice[rows] = np.where(best.sum(axis=0) == 1, best.argmax(axis=0), _NONE)
        return choice


def _advantages(payoffs: Floats) -> tuple[Floats, Floats, Floats]:
    """Advantage of action 1 against action 0 and against action 1 of the other, and the difference that counts as none."""
    own = [payoffs[:, i, j] for i in (0, 1) for j in (0, 1)]
    largest = np.abs(own[0])
    for entry in own[1:]:
        np.maximum(largest, np.abs(entry), out=largest)
    with np.errstate(invalid="ignore", over="ignore"):
        return own[2] - own[0], own[3] - own[1], TIE * largest


def _sign(values: Floats, tie: Floats) -> NDArray[np.int64]:
    """-1, 0 or 1."""
    return (values > tie).astype(np.int64) - (values < -tie)


def _indifference(low: Floats, high: Floats) -> Floats:
    """Where an advantage that is linear from `low` at 0 to `high` at 1 vanishes; any number if it does not."""
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        return np.clip(np.nan_to_num(low / (low - high)), 0.0, 1.0)


def _at(point: NDArray[np.int64] | np.int64, inner: Floats) -> Floats:
    """The probability of action 1 at a place on the grid: 0, 1 or that of indifference."""
    return np.where(point == 2, inner, np.asarray(point, dtype=float))


def _expected(payoffs: Floats, own: Floats, other: Floats) -> Floats:
    """Expected payoff; own, other: probabilities of action 1."""
    zero = (1 - other) * payoffs[:, 0, 0] + other * payoffs[:, 0, 1]
    return (1 - own) * zero + own * ((1 - other) * payoffs[:, 1, 0] + other * payoffs[:, 1, 1])


@dataclass(frozen=True)
class _Table:
    """What the signs of (a0, a1, b0, b1) say, a row per code; the last row, of games that are not finite, says nothing.

    equilibrium, strict: (82, 9) over the grid points.  interior: is there a completely mixed equilibrium.
    only: the single equilibrium, first_strict, second_strict: the strict pure ones, as grid points, or _NONE.
    centre_1, centre_2: the answer of `mixed` as a probability; 2 stands for that of indifference.
    """

    equilibrium: Flags
    strict: Flags
    number: NDArray[np.int64]
    interior: Flags
    degenerate: Flags
    continuum: Flags
    only: NDArray[np.int64]
    first_strict: NDArray[np.int64]
    second_strict: NDArray[np.int64]
    centre_1: Floats
    centre_2: Floats


@cache
def _table() -> _Table:
    """The table, from best responses alone: at a quarter, a half and three quarters stand points between those of the grid."""
    codes = np.arange(82)
    a0, a1, b0, b1 = (codes // 3**power % 3 - 1 for power in (3, 2, 1, 0))
    finite = codes < 81
    probabilities = np.array([0.0, 0.25, 0.5, 0.75, 1.0])  # with advantages of -1, 0 and 1, indifference is at 1/2
    against = 1 - probabilities
    advantage_1 = a0[:, None] * against + a1[:, None] * probabilities  # (82, 5) over q
    advantage_2 = b0[:, None] * against + b1[:, None] * probabilities  # (82, 5) over p

    def best(own: NDArray, advantage: NDArray) -> NDArray:
        return (advantage == 0) | (own == (advantage > 0))

    everywhere = best(probabilities[:, None], advantage_1[:, None, :]) & best(probabilities[None, :], advantage_2[:, :, None])
    everywhere &= finite[:, None, None]
    on_grid_1 = np.stack([finite, finite, b0 * b1 < 0], axis=1)  # 0, 1, p*
    on_grid_2 = np.stack([finite, finite, a0 * a1 < 0], axis=1)  # 0, 1, q*
    grid = on_grid_1[:, :, None] & on_grid_2[:, None, :]
    equilibrium = everywhere[:, [0, 4, 2], :][:, :, [0, 4, 2]] & grid
    strict = equilibrium & (advantage_1[:, None, [0, 4, 2]] != 0) & (advantage_2[:, [0, 4, 2], None] != 0)
    extreme, strict = equilibrium.reshape(82, 9), strict.reshape(82, 9)
    number = extreme.sum(axis=1)
    points = np.where(strict, np.arange(9), 9)
    ordered = np.sort(points, axis=1)
    first, second = (np.where(ordered[:, k] < 9, ordered[:, k], _NONE) for k in (0, 1))

    def centre(own: tuple[NDArray, NDArray], other: tuple[NDArray, NDArray]) -> Floats:
        """Probability of action 1: own dominant action; else the best response to the other's; else the other's indifference."""
        dominant = own[0] * own[1] > 0
        against_dominant = np.where(other[0] > 0, own[1], own[0])
        indifferent = np.where((other[0] == 0) & (other[1] == 0), 0.5, np.where(other[0] == 0, 0.0, 1.0))
        indifferent = np.where(other[0] * other[1] < 0, 2.0, indifferent)
        free = np.where(other[0] * other[1] > 0, (1 + against_dominant) / 2, indifferent)
        return np.where(finite, np.where(dominant, own[0] > 0, free), np.nan)

    return _Table(
        equilibrium=extreme,
        strict=strict,
        number=number,
        interior=np.asarray(everywhere[:, 1:4, 1:4].any(axis=(1, 2))),
        degenerate=(a0 * a1 * b0 * b1 == 0) & finite,
        continuum=everywhere.sum(axis=(1, 2)) > number,
        only=np.where(number == 1, extreme.argmax(axis=1), _NONE),
        first_strict=first,
        second_strict=second,
        centre_1=centre((a0, a1), (b0, b1)),
        centre_2=centre((b0, b1), (a0, a1)),
    )
