"""The classic classes of games of two players with two actions (docs/model.md, section 4).

With action 0 to cooperate and action 1 to defect, a player's payoffs are R (reward, both cooperate), T (temptation, it alone
defects), S (sucker, it alone cooperates) and P (punishment, both defect), and its class follows from their order:

    Prisoner's Dilemma    T > R, P > S    R > P
    Deadlock              T > R, P > S    P >= R
    Stag Hunt             R > T, P > S    R > P
    Chicken               T > R, S > P    R > S
    Harmony               R > T, S > P    R > P
    degenerate            T = R or P = S
    other                 anything else: the actions have changed roles, or S >= R > P in what would be Chicken

A game has the class that both players have; it is degenerate if it is so for either, and asymmetric if their classes differ.

Source: Rapoport, Guyer (1966), General Systems 11, 203-214.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .two_by_two import TIE, _sign

CLASSES: Final = (
    "Prisoner's Dilemma",
    "Stag Hunt",
    "Chicken",
    "Harmony",
    "Deadlock",
    "degenerate",
    "other",
    "asymmetric",
)
DILEMMA, STAG_HUNT, CHICKEN, HARMONY, DEADLOCK, DEGENERATE, OTHER, ASYMMETRIC = range(len(CLASSES))


def player_class(payoffs: ArrayLike) -> NDArray[np.int64]:
    """The class of a player's preferences, as a place in CLASSES; payoffs: (..., 2, 2), indexed [own action][other's action]."""
    values = np.asarray(payoffs, dtype=float)
    (R, S), (T, P) = ((values[..., i, 0], values[..., i, 1]) for i in (0, 1))
    tie = TIE * np.abs(values).max(axis=(-2, -1))
    against_0, against_1 = _sign(T - R, tie), _sign(P - S, tie)
    peace, bold = _sign(R - P, tie) > 0, _sign(R - S, tie) > 0
    return np.select(
        [
            (against_0 == 0) | (against_1 == 0),
            (against_0 > 0) & (against_1 > 0) & peace,
            (against_0 > 0) & (against_1 > 0),
            (against_0 < 0) & (against_1 > 0) & peace,
            (against_0 > 0) & (against_1 < 0) & bold,
            (against_0 < 0) & (against_1 < 0) & peace,
        ],
        [DEGENERATE, DILEMMA, DEADLOCK, STAG_HUNT, CHICKEN, HARMONY],
        default=OTHER,
    )


def classify(A: ArrayLike, B: ArrayLike) -> NDArray[np.int64]:
    """The class of every game, as a place in CLASSES; A, B: (..., 2, 2), indexed [own action][other's action]."""
    first, second = player_class(A), player_class(B)
    degenerate = (first == DEGENERATE) | (second == DEGENERATE)
    return np.where(degenerate, DEGENERATE, np.where(first == second, first, ASYMMETRIC))
