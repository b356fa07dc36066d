"""Transparency of an arms agreement: enough to catch cheating, not so much that it endangers who is watched.

A transparency q in [0, 1] is the probability that hidden militarisation is found.  It is an own stylisation of two arguments.

(1) compliance    cheating earns (1 - q) g - q L - k with gain g, loss L if found, and cost k; it does not pay iff
                  q >= q* = (g - k) / (g + L)
(2) security      what the other learns lets it gain kappa q from a war that costs it c_w; it stays quiet iff kappa q <= c_w
(3) window        an agreement is feasible iff q* <= c_w / kappa (and q* <= 1): the transparencies from q* to min(1, c_w / kappa)
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from sim.declare import Key, nonnegative, positive, probability
from sim.models.model import Answer, Model, Outcome, Values, Way
from sim.models.payoffs import TIE

REGIMES: Final = ("cheating pays", "agreement holds", "war pays", "both pay")
CHEATING, HOLDS, WAR, BOTH = range(len(REGIMES))


def solve(v: Values) -> dict[str, Any]:
    """Equations (1) to (3)."""
    gain, loss, cost, q = v["gain"], v["loss"], v["cheating_cost"], v["transparency"]
    least = np.maximum((gain - cost) / (gain + loss), 0.0)
    greatest = np.where(v["exposure"] <= v["war_cost"], 1.0, v["war_cost"] / np.where(v["exposure"] > 0, v["exposure"], 1.0))
    window = least <= greatest + TIE
    temptation = gain - cost - q * (gain + loss)
    threat = v["exposure"] * q - v["war_cost"]
    cheats, attacks = temptation > TIE * (gain + loss), threat > TIE * v["exposure"]
    return {
        "least_transparency": least,
        "greatest_transparency": greatest,
        "window": window.astype(float),
        "window_width": np.where(window, np.maximum(greatest - least, 0.0), 0.0),
        "gain_of_cheating": temptation,
        "gain_of_war": threat,
        "regime": np.select([cheats & attacks, cheats, attacks], [BOTH, CHEATING, WAR], default=HOLDS).astype(float),
    }


def by_search(v: Values) -> dict[str, Any]:
    """The ends of the window by bisection on what cheating and war earn in expectation."""
    zero, one = np.zeros_like(v["gain"]), np.ones_like(v["gain"])

    def cheating(q: np.ndarray) -> np.ndarray:
        return (1 - q) * v["gain"] + q * -v["loss"] - v["cheating_cost"]

    def war(q: np.ndarray) -> np.ndarray:
        return v["exposure"] * q - v["war_cost"]

    def last(rule: Any) -> np.ndarray:
        """The last q in [0, 1] up to which a rule holds."""
        low, high = zero, one
        for _ in range(60):
            middle = (low + high) / 2
            good = rule(middle)
            low, high = np.where(good, middle, low), np.where(good, high, middle)
        return np.where(rule(one), one, high)

    least, greatest = last(lambda q: cheating(q) > 0), last(lambda q: war(q) <= 0)
    least = np.where(cheating(zero) <= 0, zero, least)
    return {
        "least_transparency": least,
        "greatest_transparency": greatest,
        "window": (least <= greatest + TIE).astype(float),
        "window_width": np.maximum(greatest - least, 0.0),
    }


def _answers() -> tuple[Answer, ...]:
    cheat = {"gain": 2.0, "cheating_cost": 0.5, "loss": 1.0}
    return (
        Answer(cheat, "least_transparency", 0.5, 1e-12, "derived", "equation (1), by hand: 1.5 / 3"),
        Answer({}, "least_transparency", 1 / 3, 1e-12, "derived", "equation (1), by hand: 1 / 3"),
        Answer({}, "greatest_transparency", 0.35 / 0.9, 1e-12, "derived", "equation (2), by hand: 0.35 / 0.9"),
        Answer({}, "window", 1.0, 0.0, "derived", "equation (3): [0.3333, 0.3889]"),
        Answer({}, "window_width", 0.35 / 0.9 - 1 / 3, 1e-12, "derived", "equation (3): 0.3889 - 0.3333"),
        Answer(
            {"transparency": 1.0, "exposure": 0.0},
            "regime",
            REGIMES[HOLDS],
            0.0,
            "confirmed abstract",
            "Debs and Monteiro (2014), abstract: if the decision to militarise is perfectly transparent, peace always prevails",
        ),
        Answer(
            {"transparency": 0.0},
            "regime",
            REGIMES[CHEATING],
            0.0,
            "confirmed abstract",
            "Debs and Monteiro (2014), abstract: if it is not detected, states are tempted",
        ),
        Answer(
            {"transparency": 1.0},
            "regime",
            REGIMES[WAR],
            0.0,
            "confirmed abstract",
            "Coe and Vaynman (2020), abstract: monitoring must not be so transparent as to threaten security",
        ),
    )


TRANSPARENCY: Final = Model(
    name="transparency_window",
    label="B9",
    title="The transparency window of an arms agreement",
    question="Is there a transparency that assures compliance without threatening the security of who is watched?",
    citation=(
        "Debs and Monteiro, Known unknowns: power shifts, uncertainty, and war, International Organization 68 (2014) 1-31.",
        "Coe and Vaynman, Why arms control is so rare, American Political Science Review 114 (2020) 342-355.",
    ),
    parameters=(
        Key("gain", positive("payoff"), "g: gain of cheating that is not found.", 1.0),
        Key("cheating_cost", nonnegative("payoff"), "k: cost of cheating, found or not.", 0.0),
        Key("loss", nonnegative("payoff"), "L: loss if cheating is found.", 2.0),
        Key("exposure", nonnegative("payoff"), "kappa: what full transparency would let the other gain from a war.", 0.9),
        Key("war_cost", nonnegative("payoff"), "c_w: cost of that war to the other.", 0.35),
        Key("transparency", probability(), "q: probability that cheating is found.", 0.36),
    ),
    symbols={"g": "gain", "k": "cheating_cost", "L": "loss", "kappa": "exposure", "c_w": "war_cost", "q": "transparency"}
    | {"tau": "transparency", "cw": "war_cost"},
    outcomes=(
        Outcome("least_transparency", "probability", "q*: from here on cheating does not pay (1)."),
        Outcome("greatest_transparency", "probability", "min(1, c_w / kappa): up to here war does not pay (2)."),
        Outcome("window", "", "1 if some transparency assures compliance and security (3), else 0."),
        Outcome("window_width", "probability", "Length of the window; 0 if there is none."),
        Outcome("gain_of_cheating", "payoff", "(1 - q) g - q L - k at this transparency."),
        Outcome("gain_of_war", "payoff", "kappa q - c_w at this transparency."),
        Outcome("regime", "", "What happens at this transparency.", words=REGIMES),
    ),
    solve=solve,
    ways=(Way("ends of the window by bisection", by_search),),
    caveats=(
        "A stylisation made here, which reproduces claims of the abstracts; neither paper's own condition was read.",
        "Transparency serves both ends at once: detection and exposure are the same number.",
    ),
    answers=_answers(),
)

MODELS: Final = (TRANSPARENCY,)
