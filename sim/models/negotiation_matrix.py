"""The second way of `arms_race_negotiation`: one matrix over all profiles of all states.

A row is a profile of a state, with its payoffs written out and its successors in one matrix; the SPE is found by value iteration
from the largest set of values.  Slower, and nothing but the equations is shared with `negotiation_steps`.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from sim.models.negotiation_steps import INCENTIVE, TIE, Table, Value, available


def one_matrix(p: dict[str, float], n: int) -> tuple[Value, Table, Value, np.ndarray]:
    """One game with n arsenals: the value before the last step, its table, the value after it, the ties; no axis of points."""
    allowed = available(n)
    rows = [
        (i, j, a, b) for i in range(n) for j in range(n) for a in range(6) if allowed[i, a] for b in range(6) if allowed[j, b]
    ]
    payoff, move = np.zeros((len(rows), 2)), np.zeros((len(rows), n * n))
    for row, (i, j, a, b) in enumerate(rows):
        for side, (own, other, act, faced) in enumerate(((i, j, a, b), (j, i, b, a))):
            payoff[row, side] = -p["upkeep"] * own - (faced >= 3) * other - (act >= 3) * p["attack_cost"] * own
            payoff[row, side] -= (act % 3 == 1) * p["investment_cost"]
        for up, chance in _steps(a, p["success_probability"]):
            for right, other_chance in _steps(b, p["success_probability"]):
                if chance * other_chance > 0:
                    move[row, (i + up) * n + j + right] += chance * other_chance
    key = np.array([i * n + j for i, j, _, _ in rows])
    of_state = _groups(key)
    facing_1, facing_2 = (_groups(key * 6 + np.array([row[side] for row in rows])) for side in (2, 3))
    delta, share = p["discount_factor"], p["bargaining_share"]
    scale = np.abs(payoff).max()

    def step(value: list[np.ndarray], rho: float) -> tuple[list[np.ndarray], list[np.ndarray]]:
        U, v1, v2, r1, r2 = value
        joint = (1 - delta) * payoff.sum(axis=1) + delta * (move @ U)
        first = (1 - delta) * payoff[:, 0] + delta * (move @ (rho * r1 + (1 - rho) * v1))
        second = (1 - delta) * payoff[:, 1] + delta * (move @ (rho * r2 + (1 - rho) * v2))
        floor_1 = _largest(first, facing_2)[facing_2.member]
        floor_2 = _largest(second, facing_1)[facing_1.member]
        good = joint - floor_1 - floor_2 >= -INCENTIVE * scale
        U = _largest(np.where(good, joint, -np.inf), of_state)
        v1 = -_largest(np.where(good, -floor_1, -np.inf), of_state)
        v2 = -_largest(np.where(good, -floor_2, -np.inf), of_state)
        return [U, v1, v2, v1 + share * (U - v1 - v2), v2 + (1 - share) * (U - v1 - v2)], [joint, floor_1, floor_2, good]

    least = np.full(n * n, payoff.min())
    value, change = [np.zeros(n * n), least, least, least, least], np.inf
    while change > 1e-15 * scale:
        new, found = step(value, 0.0)
        change, value = max(np.abs(x - y).max() for x, y in zip(new[:3], value[:3], strict=True)), new
    before = value
    for _ in range(int(p["periods"]) - 1):
        before, (value, found) = value, step(value, p["renegotiation_probability"])
    wide = [np.full((n, n, 6, 6), fill) for fill in (np.nan, np.nan, np.nan, 0.0)]
    for part, values in zip(wide, found, strict=True):
        part[tuple(np.array(rows).T)] = values
    shape = [[x.reshape(n, n) for x in part] for part in (before, value)]
    best = np.where(wide[3] > 0, wide[0], -np.inf)
    tied = (wide[3] > 0) & (best >= best.max(axis=(2, 3), keepdims=True) - TIE * scale)
    return Value(*shape[0]), Table(wide[0], wide[1], wide[2], wide[3] > 0), Value(*shape[1]), tied


def _steps(action: int, success: float) -> tuple[tuple[int, float], ...]:
    """The changes of an arsenal by an action, with their probabilities."""
    return (((0, 1.0),), ((1, success), (0, 1 - success)), ((-1, 1.0),))[action % 3]


class _Groups(NamedTuple):
    """Rows put into groups: the rows in the order of their groups, where each group starts, and the group of each row."""

    order: np.ndarray
    start: np.ndarray
    member: np.ndarray


def _groups(key: np.ndarray) -> _Groups:
    order = np.argsort(key, kind="stable")
    return _Groups(order, np.flatnonzero(np.r_[True, np.diff(key[order]) > 0]), np.unique(key, return_inverse=True)[1])


def _largest(values: np.ndarray, groups: _Groups) -> np.ndarray:
    """The largest value in every group."""
    return np.maximum.reduceat(values[groups.order], groups.start)
