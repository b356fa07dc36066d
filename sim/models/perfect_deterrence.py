"""When a threat deters: the credibility that a challenger must expect, and the risk that a state will run.

A challenger keeps the status quo (payoff SQ) or challenges.  If the defender concedes the challenger gets DC; if it resists
there is conflict, DD.  The defender resists with probability r.

(1) a challenge is worth     (1 - r) DC + r DD
(2) deterred                 SQ >= (1 - r) DC + r DD, that is r >= r* = (DC - SQ) / (DC - DD)
(3) critical risk            r* is also the largest risk of conflict that the challenger runs for DC rather than stay with SQ
(4) both sides               two challengers, each deterred by the other's resistance, keep the status quo where r_1 >= r*_2 and
                             r_2 >= r*_1; the one with the higher critical risk runs more
"""

from __future__ import annotations

from typing import Any, Final

from sim.declare import Key, Number, probability
from sim.models.model import Answer, Model, Outcome, Premise, Values, Way, each_point

CITATION: Final = (
    "Zagare and Kilgour, Perfect Deterrence (2000).",
    "Ellsberg, The theory and practice of blackmail (1959), for the critical risk.",
)


def solve(v: Values) -> dict[str, Any]:
    """Equations (1) to (4)."""
    win, keep, fight, resist = v["win"], v["status_quo"], v["conflict"], v["resistance_probability"]
    critical = (win - keep) / (win - fight)
    other = (v["other_win"] - v["other_status_quo"]) / (v["other_win"] - v["other_conflict"])
    deterred, other_deterred = resist >= critical - TIE, v["other_resistance_probability"] >= other - TIE
    return {
        "critical_resistance": critical,
        "challenge_value": (1 - resist) * win + resist * fight,
        "deterred": deterred.astype(float),
        "other_critical_resistance": other,
        "other_deterred": other_deterred.astype(float),
        "status_quo_holds": (deterred & other_deterred).astype(float),
        "risk_advantage": critical - other,
    }


TIE: Final = 1e-12
"""Indifferent challengers are deterred."""


@each_point
def by_comparison(at: dict[str, Any]) -> dict[str, float]:
    """The best action in the tree, and the critical probabilities by bisection on it."""

    def deterred(prefix: str, resist: float) -> bool:
        challenge = (1 - resist) * at[f"{prefix}win"] + resist * at[f"{prefix}conflict"]
        spread = abs(at[f"{prefix}win"]) + abs(at[f"{prefix}conflict"]) + abs(at[f"{prefix}status_quo"])
        return at[f"{prefix}status_quo"] >= challenge - 1e-12 * spread

    def critical(prefix: str) -> float:
        low, high = -1.0, 1.0  # doubled until the answer lies between; beyond [0, 1] it is no probability
        while deterred(prefix, low) or not deterred(prefix, high):
            low, high = 2 * low, 2 * high
        for _ in range(100):
            middle = (low + high) / 2
            low, high = (low, middle) if deterred(prefix, middle) else (middle, high)
        return high

    first, second = critical(""), critical("other_")
    held = deterred("", at["resistance_probability"]), deterred("other_", at["other_resistance_probability"])
    return {
        "critical_resistance": first,
        "other_critical_resistance": second,
        "deterred": float(held[0]),
        "other_deterred": float(held[1]),
        "status_quo_holds": float(all(held)),
        "risk_advantage": first - second,
    }


def _answers() -> tuple[Answer, ...]:
    given = {"win": 4.0, "status_quo": 3.0, "conflict": 1.0}
    source = "equation (2), by hand"
    return (
        Answer(given, "critical_resistance", 1 / 3, 1e-9, "derived", source),
        Answer({**given, "resistance_probability": 0.34}, "deterred", 1.0, 0.0, "derived", source),
        Answer({**given, "resistance_probability": 0.33}, "deterred", 0.0, 0.0, "derived", source),
        Answer(
            {"win": 10.0, "status_quo": 0.0, "conflict": -90.0},
            "critical_resistance",
            0.1,
            1e-9,
            "derived",
            "equation (3), by hand: a prize of 10 against a disaster of -90",
        ),
    )


def _side(prefix: str, who: str, defender: str) -> tuple[Key, ...]:
    return (
        Key(f"{prefix}win", Number(unit="payoff"), f"DC: {who} challenges and {defender} concedes.", 4.0),
        Key(f"{prefix}status_quo", Number(unit="payoff"), f"SQ: {who} keeps the status quo.", 3.0),
        Key(f"{prefix}conflict", Number(unit="payoff"), f"DD: {who} challenges and {defender} resists.", 1.0),
        Key(f"{prefix}resistance_probability", probability(), f"r: {defender} resists a challenge by {who}.", 0.5),
    )


DETERRENCE: Final = Model(
    name="perfect_deterrence",
    label="C2",
    title="Credible threats and critical risk",
    question="How likely must resistance be to deter a challenge, and how much risk will a challenger run?",
    citation=CITATION,
    parameters=(*_side("", "the challenger", "the defender"), *_side("other_", "the other state", "the challenger")),
    symbols={"DC": "win", "SQ": "status_quo", "DD": "conflict", "r": "resistance_probability"},
    outcomes=(
        Outcome(
            "critical_resistance", "probability", "r*: the least probability of resistance that deters (2); above 1 nothing does."
        ),
        Outcome("challenge_value", "payoff", "What a challenge is worth (1)."),
        Outcome("deterred", "", "1 if the challenger is deterred (2), else 0; an indifferent one is."),
        Outcome("other_critical_resistance", "probability", "r* of the other state as a challenger."),
        Outcome("other_deterred", "", "1 if the other state is deterred, else 0."),
        Outcome("status_quo_holds", "", "1 if both are deterred (4), else 0."),
        Outcome("risk_advantage", "probability", "Critical risk of the challenger minus that of the other state (3), (4)."),
    ),
    premises=(
        Premise("win > conflict", lambda v: v["win"] > v["conflict"]),
        Premise("other_win > other_conflict", lambda v: v["other_win"] > v["other_conflict"]),
    ),
    solve=solve,
    ways=(Way("comparing the branches, bisection", by_comparison),),
    caveats=(
        "The threshold is derived; the equilibria of the book's games of incomplete information are not reproduced.",
        "Where the status quo is the best outcome the threshold is 0 or less: no threat is needed.",
        "Where the status quo is worse than conflict the threshold is above 1: no threat deters.",
    ),
    answers=_answers(),
)

MODELS: Final = (DETERRENCE,)
