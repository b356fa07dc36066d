"""Deterrence under strategic risk: peace must be safe against the fear of the other's attack, not only against temptation.

Each period two states hold back or attack; any attack ends the game.  Holding back on both sides gives pi a period, for ever if
peace lasts: A = pi / (1 - delta).  A lone attack gives F, being attacked S, an attack by both W.  The dynamic game is reduced to
the game of one period in which peace is worth A plus a common shock theta, which each state sees as x = theta + sigma e, with e
uniform on [-1, 1] and the prior on theta flat.

(1) complete information      peace is an equilibrium iff A >= F, that is delta >= 1 - pi / F
(2) fear                      hold back iff the other attacks with probability at most (A - F) / (A - F + W - S)
(3) vanishing noise           peace is chosen iff A + S >= F + W, that is delta >= 1 - pi / (F + W - S): (2) is at least 1/2
(4) threshold of theta        theta* = F + W - S - A: without noise in the limit, hold back iff theta >= theta*
(5) with noise sigma          hold back iff x >= theta* - sigma / 3

(5) follows from the indifference of a state that sees x equal to the threshold: the other holds back with probability (1 - e)/2
given its own error e, theta = x - sigma e is earned only then, and E[e^2] = 1/3 gives (A + S + x)/2 + sigma/6 = (F + W)/2.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import Any, Final

import numpy as np

from sim.declare import Key, Number, nonnegative
from sim.models.model import Answer, Model, Outcome, Premise, Values, Way, each_point

CITATION: Final = (
    "Chassang and Padro i Miquel, Conflict and deterrence under strategic risk, Quarterly Journal of Economics 125 (2010)"
    " 1821-1858.",
    "Carlsson and van Damme, Global games and equilibrium selection, Econometrica 61 (1993) 989-1018.",
)

ROUNDS: Final = 5_000
"""The second way gives up after this many rounds of dominance; small noise makes them many."""


def critical(peace: np.ndarray, prize: np.ndarray) -> np.ndarray:
    """The least delta in [0, 1) at which peace / (1 - delta) >= prize; nan if there is none.  Peace is not negative."""
    return np.where(prize <= 0, 0.0, np.where(peace > 0, np.maximum(1 - peace / prize, 0), np.nan))


def solve(v: Values) -> dict[str, Any]:
    """Equations (1) to (5)."""
    peace, first, struck, both = v["peace_payoff"], v["first_strike_payoff"], v["attacked_payoff"], v["both_attack_payoff"]
    lasting = peace / (1 - v["discount_factor"])
    surplus, fear = lasting - first, both - struck
    threshold = fear - surplus
    return {
        "peace_value": lasting,
        "critical_discount_factor": critical(peace, first),
        "critical_discount_strategic_risk": critical(peace, first + fear),
        "peace_complete_information": _at_least(lasting, first),
        "peace_strategic_risk": _at_least(lasting, first + fear),
        "tolerated_attack_probability": np.where(surplus >= 0, surplus / (surplus + fear), np.nan),
        "threshold": threshold,
        "threshold_with_noise": threshold - v["noise"] / 3,
    }


def _at_least(left: np.ndarray, right: np.ndarray) -> np.ndarray:
    return (left >= right - 1e-12 * np.maximum(np.abs(left), np.abs(right))).astype(float)


def gain(surplus: float, fear: float, sigma: float, x: float, cutoff: float) -> float:
    """Expected gain from holding back at signal x if the other holds back from `cutoff`, with A - F and W - S.

    Simpson's rule over the pieces of the state's own error e between which the other's trust turns; it is exact for quadratics.
    """

    def at(e: float) -> float:
        theta = x - sigma * e
        trust = min(max((theta - cutoff + sigma) / (2 * sigma), 0.0), 1.0)
        return trust * (surplus + theta) - (1 - trust) * fear

    turns = (min(max((x - cutoff + side) / sigma, -1.0), 1.0) for side in (-sigma, sigma))
    edges = (-1.0, *turns, 1.0)
    pieces = pairwise(edges)
    return sum((b - a) / 6 * (at(a) + 4 * at((a + b) / 2) + at(b)) for a, b in pieces if b > a) / 2


def by_dominance(at: Mapping[str, Any]) -> dict[str, float]:
    """(5) by iterated dominance, from below and, supposing that a high enough signal makes holding back safe, from above.

    Each round is the best reply to the last cutoff.  Where the two ends have not met, there is no value.
    """
    from scipy.optimize import root_scalar

    surplus = float(at["peace_payoff"] / (1 - at["discount_factor"]) - at["first_strike_payoff"])
    fear, sigma = float(at["both_attack_payoff"] - at["attacked_payoff"]), float(at["noise"])
    ends = {"below": -surplus, "above": -surplus + 3 * fear + 3 * sigma + 1}
    if sigma <= 0:
        return {"threshold_with_noise": np.nan}
    reach = 3 * fear + 4 * sigma + 2
    for name, cutoff in ends.items():
        for _ in range(ROUNDS):
            bracket = (-surplus - reach, cutoff + reach)
            reply = float(root_scalar(lambda x, k=cutoff: gain(surplus, fear, sigma, x, k), bracket=bracket, xtol=1e-13).root)
            moved, cutoff = abs(reply - cutoff), reply
            if moved < 1e-12:
                break
        ends[name] = cutoff
    met = abs(ends["above"] - ends["below"]) < 1e-9
    return {"threshold_with_noise": (ends["above"] + ends["below"]) / 2 if met else np.nan}


def by_play(at: Mapping[str, Any]) -> dict[str, float]:
    """The least discount factors by bisection on the payoffs of the game itself, and the two equilibrium tests."""
    peace, first, struck, both = (
        float(at[name]) for name in ("peace_payoff", "first_strike_payoff", "attacked_payoff", "both_attack_payoff")
    )

    def least(prize: float) -> float:
        low, high = 0.0, 1 - 1e-15
        if peace / (1 - high) < prize:
            return np.nan
        if peace >= prize:
            return 0.0
        for _ in range(80):
            middle = (low + high) / 2
            low, high = (low, middle) if peace / (1 - middle) >= prize else (middle, high)
        return high

    lasting = peace / (1 - float(at["discount_factor"]))
    return {
        "critical_discount_factor": least(first),
        "critical_discount_strategic_risk": least(first + both - struck),
        "peace_complete_information": float(lasting >= first),
        "peace_strategic_risk": float((lasting + struck) / 2 >= (first + both) / 2),
    }


def _answers() -> tuple[Answer, ...]:
    payoffs = {"peace_payoff": 1, "first_strike_payoff": 6, "both_attack_payoff": 0, "attacked_payoff": -2}
    given = {**payoffs, "discount_factor": 0.85}
    dominance = "equation (5), by hand; iterated dominance from both sides agrees"
    coarse = "iterated dominance on a coarse grid, from both sides"
    return (
        Answer(payoffs, "critical_discount_factor", 5 / 6, 1e-12, "derived", "equation (1), by hand"),
        Answer(payoffs, "critical_discount_strategic_risk", 7 / 8, 1e-12, "derived", "equation (3), by hand"),
        Answer(given, "peace_complete_information", 1, 0.0, "derived", "equation (1): 0.85 exceeds 5/6"),
        Answer(given, "peace_strategic_risk", 0, 0.0, "derived", "equation (3): 0.85 is below 7/8"),
        Answer(given, "threshold", 4 / 3, 1e-9, "derived", "equation (4), by hand"),
        Answer({**given, "noise": 0.5}, "threshold_with_noise", 7 / 6, 1e-9, "derived", dominance),
        Answer({**given, "noise": 0.1}, "threshold_with_noise", 1.3, 1e-9, "derived", dominance),
        Answer({**given, "noise": 0.5}, "threshold_with_noise", 1.16583, 1e-3, "derived", coarse),
        Answer({**given, "noise": 0.1}, "threshold_with_noise", 1.29983, 1e-3, "derived", coarse),
    )


DETERRENCE: Final = Model(
    name="strategic_risk_deterrence",
    label="B3",
    title="Deterrence under strategic risk",
    question="How patient must states be for peace if each fears that the other attacks out of fear?",
    citation=CITATION,
    parameters=(
        Key("peace_payoff", nonnegative("payoff"), "pi: a period in which both hold back.", 1.0),
        Key("first_strike_payoff", Number(unit="payoff"), "F: attacking alone; the game ends.", 6.0),
        Key("attacked_payoff", Number(unit="payoff"), "S: being attacked while holding back; the game ends.", -2.0),
        Key("both_attack_payoff", Number(unit="payoff"), "W: both attack; the game ends.", 0.0),
        Key("discount_factor", Number(0.0, 1.0), "delta: weight of the next period; below 1.", 0.85),
        Key("noise", nonnegative("payoff"), "sigma: half-width of the uniform error with which the shock to peace is seen.", 0.5),
    ),
    symbols={
        "pi": "peace_payoff",
        "F": "first_strike_payoff",
        "S": "attacked_payoff",
        "W": "both_attack_payoff",
        "delta": "discount_factor",
        "d": "discount_factor",
        "sigma": "noise",
    },
    outcomes=(
        Outcome("peace_value", "payoff", "A = pi / (1 - delta): peace for ever."),
        Outcome(
            "critical_discount_factor",
            "",
            "The least delta at which peace is an equilibrium under complete information (1).",
            undefined="A period of peace is worth nothing, so that it is never worth more than a first strike.",
        ),
        Outcome(
            "critical_discount_strategic_risk",
            "",
            "The least delta at which peace survives vanishing noise (3).",
            undefined="A period of peace is worth nothing, so that it is never safe.",
        ),
        Outcome("peace_complete_information", "", "1 if peace is an equilibrium under complete information (1), else 0."),
        Outcome("peace_strategic_risk", "", "1 if peace survives vanishing noise (3), else 0."),
        Outcome(
            "tolerated_attack_probability",
            "probability",
            "The largest probability of the other's attack at which a state still holds back (2).",
            undefined="A first strike is better even against a state that certainly holds back.",
        ),
        Outcome("threshold", "payoff", "theta*: the shock to peace from which states hold back, in the limit without noise (4)."),
        Outcome("threshold_with_noise", "payoff", "The signal from which states hold back with noise sigma (5)."),
    ),
    premises=(
        Premise(
            "attack is the best reply to attack: both_attack_payoff > attacked_payoff",
            lambda v: v["both_attack_payoff"] > v["attacked_payoff"],
        ),
        Premise("a discount factor below 1", lambda v: v["discount_factor"] < 1),
    ),
    solve=solve,
    ways=(
        Way("iterated dominance from both sides", each_point(by_dominance)),
        Way("bisection on the payoffs of the game", each_point(by_play)),
    ),
    caveats=(
        "The paper's game is dynamic; this is a static reduction of ours, and the paper's formulas were not read.",
        "The shock is earned only in peace, which moves the threshold by -sigma/3; giving each action of the other"
        " probability 1/2 is exact only as the noise vanishes.",
        "Dominance from above supposes signals, however high, at which holding back is safe whatever the other does.",
        "The abstract's claim that weapons can help or harm peace under strategic risk is about payoffs that depend on weapons:"
        " here F, S and W are given.",
    ),
    answers=_answers(),
)


MODELS: Final = (DETERRENCE,)
