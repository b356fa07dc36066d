"""The classic classes of games of two players with two actions (docs/model.md, section 4).

With action 0 as restraint and action 1 as arming, a player's payoffs are R (both restrain), T (alone arms), S (alone restrains) and
P (both arm), and its class follows from their order:

    Prisoner's Dilemma    T > R, P > S    R > P
    Deadlock              T > R, P > S    P >= R
    Stag Hunt             R > T, P > S    R > P
    Chicken               T > R, S > P    R > S
    Harmony               R > T, S > P    R > P
    degenerate            T = R or P = S
    other                 anything else: the actions have changed roles, or each prefers that the other restrains alone

A game has the class that both players have; it is degenerate if it is so for either, and asymmetric if their classes differ.

Source: Rapoport, Guyer (1966), General Systems 11, 203-214.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .two_by_two import TIE

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
    tempted, pressed = _sign(T - R, tie), _sign(P - S, tie)
    peace, bold = _sign(R - P, tie) > 0, _sign(R - S, tie) > 0
    return np.select(
        [
            (tempted == 0) | (pressed == 0),
            (tempted > 0) & (pressed > 0) & peace,
            (tempted > 0) & (pressed > 0),
            (tempted < 0) & (pressed > 0) & peace,
            (tempted > 0) & (pressed < 0) & bold,
            (tempted < 0) & (pressed < 0) & peace,
        ],
        [DEGENERATE, DILEMMA, DEADLOCK, STAG_HUNT, CHICKEN, HARMONY],
        default=OTHER,
    )


def classify(A: ArrayLike, B: ArrayLike) -> NDArray[np.int64]:
    """The class of every game, as a place in CLASSES; A, B: (..., 2, 2), indexed [own action][other's action]."""
    first, second = player_class(A), player_class(B)
    degenerate = (first == DEGENERATE) | (second == DEGENERATE)
    return np.where(degenerate, DEGENERATE, np.where(first == second, first, ASYMMETRIC))


def _sign(values: NDArray, tie: NDArray) -> NDArray[np.int64]:
    return (values > tie).astype(np.int64) - (values < -tie)
