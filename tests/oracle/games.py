"""Equilibria by brute force: 2x2 games by their supports, logit equilibria by following the branch (docs/model.md, section 4)."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Sequence

import numpy as np

Profile = tuple[int, ...]
Payoffs = Callable[[int, Profile], float]
TIE = 1e-12


def equal(x: float, y: float) -> bool:
    """Equality up to the relative tolerance of ties."""
    return abs(x - y) <= TIE * max(abs(x), abs(y))


def expected(payoff: Payoffs, i: int, mix: Sequence[float] | np.ndarray) -> float:
    """Expected payoff of i when each actor takes action 1 with its probability in `mix`."""
    total = 0.0
    for profile in itertools.product((0, 1), repeat=len(mix)):
        weight = math.prod(m if a == 1 else 1 - m for a, m in zip(profile, mix, strict=True))
        total += weight * payoff(i, profile)
    return total


def advantage(payoff: Payoffs, i: int, mix: Sequence[float] | np.ndarray) -> float:
    """What i gains by action 1 over action 0 against the others' mixture."""
    one, zero = list(mix), list(mix)
    one[i], zero[i] = 1.0, 0.0
    return expected(payoff, i, one) - expected(payoff, i, zero)


def equilibria(payoff: Payoffs) -> list[tuple[float, float]]:
    """All equilibria (P(action 1) of both) of a nondegenerate 2x2 game: pure supports, then the full ones."""
    found: list[tuple[float, float]] = []
    for a, b in itertools.product((0, 1), repeat=2):
        if payoff(0, (a, b)) >= payoff(0, (1 - a, b)) and payoff(1, (a, b)) >= payoff(1, (a, 1 - b)):
            found.append((float(a), float(b)))
    against = [[advantage(payoff, 0, (0, b)) for b in (0, 1)], [advantage(payoff, 1, (a, 0)) for a in (0, 1)]]
    if all(low * high < 0 for low, high in against):
        # i's advantage is low + (high - low) m at the other's mixture m, zero at m = low / (low - high)
        of_other = [low / (low - high) for low, high in against]
        found.append((of_other[1], of_other[0]))
    return found


def nash(payoff: Payoffs, selection: str) -> tuple[float, float]:
    """The selected equilibrium of a 2x2 game."""
    found = equilibria(payoff)
    if len(found) == 1:
        return found[0]
    completely_mixed = [e for e in found if 0 < e[0] < 1 and 0 < e[1] < 1]
    chosen: list[tuple[float, float]] = []
    if selection == "payoff_dominant":
        values = {e: [expected(payoff, i, e) for i in (0, 1)] for e in found}
        for e in found:
            if all(values[e][i] >= values[f][i] or equal(values[e][i], values[f][i]) for f in found for i in (0, 1)):
                chosen.append(e)
    if selection == "risk_dominant":
        losses = {}
        for e in found:
            if e not in completely_mixed:
                a, b = int(e[0]), int(e[1])
                own = [payoff(0, (a, b)) - payoff(0, (1 - a, b)), payoff(1, (a, b)) - payoff(1, (a, 1 - b))]
                if min(own) > 0:
                    losses[e] = own[0] * own[1]
        best = max(losses.values(), default=0.0)
        chosen = [e for e, loss in losses.items() if equal(loss, best)]
    if len(chosen) != 1:
        chosen = completely_mixed
    if len(chosen) != 1:
        raise ValueError("degenerate game: the selection is not defined")
    return chosen[0]


def logit(payoff: Payoffs, precisions: Sequence[float]) -> tuple[float, ...]:
    """The logit equilibrium at tau = 1 on the principal branch: P(action 1) of each actor.

    With x_i the log odds, the branch is H_i(x, tau) = x_i - tau lambda_i advantage_i(p(x)) = 0, from x = 0, tau = 0.
    """
    n = len(precisions)
    rate = np.asarray(precisions, dtype=float)

    def chance(x: np.ndarray) -> np.ndarray:
        return 0.5 * (1 + np.tanh(x / 2))

    def residual(y: np.ndarray) -> np.ndarray:
        p = chance(y[:n])
        return y[:n] - y[n] * rate * np.array([advantage(payoff, i, p) for i in range(n)])

    def jacobian(y: np.ndarray) -> np.ndarray:
        p = chance(y[:n])
        matrix = np.zeros((n, n + 1))
        for i in range(n):
            matrix[i, i] = 1.0
            matrix[i, n] = -rate[i] * advantage(payoff, i, p)
            for j in range(n):
                if j != i:
                    one, zero = p.copy(), p.copy()
                    one[j], zero[j] = 1.0, 0.0
                    slope = advantage(payoff, i, one) - advantage(payoff, i, zero)
                    matrix[i, j] = -y[n] * rate[i] * slope * p[j] * (1 - p[j])
        return matrix

    def newton(y: np.ndarray, row: np.ndarray, steps: int) -> np.ndarray | None:
        """The point of the branch on the hyperplane through y with normal `row`, or None."""
        for _ in range(steps):
            change = np.linalg.solve(np.vstack([jacobian(y), row]), np.append(residual(y), 0.0))
            y = y - change
            if np.max(np.abs(change)) < 1e-13 * (1 + np.max(np.abs(y))):
                return y
        return None

    last = np.zeros(n + 1)
    last[n] = 1.0
    y, tangent, step = np.zeros(n + 1), last, 0.02
    for _ in range(200_000):
        bordered = np.vstack([jacobian(y), tangent])
        direction = np.linalg.solve(bordered, last)
        direction /= np.linalg.norm(direction)
        while True:
            there = newton(y + step * direction, direction, 5)
            close = there is not None and np.linalg.norm(there - y - step * direction) < 0.05 * step
            if there is not None and close:
                break
            step /= 2
            if step < 1e-9:
                raise ArithmeticError("the principal branch was lost")
        if there[n] >= 1.0:
            if step < 1e-3 or there[n] == 1.0:
                share = (1.0 - y[n]) / (there[n] - y[n])
                polished = newton(np.append((y + share * (there - y))[:n], 1.0), last, 50)
                if polished is None:
                    raise ArithmeticError("no convergence at tau = 1")
                return tuple(float(p) for p in chance(polished[:n]))
            step /= 2
            continue
        y, tangent, step = there, direction, min(1.5 * step, 0.05)
    raise ArithmeticError("the principal branch is too long")
