"""The security dilemma: which game two states play, how much trust cooperation needs, and what the offence-defence balance does.

Each of two states complies or arms, with payoffs T (arms alone), R (both comply), P (both arm), S (complies alone).

(1) the game                prisoner's dilemma T > R > P > S;  stag hunt R >= T, R > P > S;  chicken T > R > S > P;
                            harmony R > T, S >= P, R > P
(2) risk dominance          in a stag hunt complying risk-dominates iff R + S > T + P (symmetric games of two actions only)
(3) trust                   with a probability t that the other complies, complying is a best answer in a stag hunt
                            iff t >= m = (P - S) / ((R - T) + (P - S));  m = 1/2 where R + S = T + P
(4) the balance             T = T0 + T1 a,  S = S0 - S1 a  with the advantage a of offence; R and P are fixed
(5) boundaries in a         a_h = (S0 - P) / S1              up to here complying is dominant (harmony)
                            a_r = (R + S0 - T0 - P) / (T1 + S1)  here risk dominance changes sides
                            a_d = (R - T0) / T1              beyond here arming is dominant (prisoner's dilemma)
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from sim.declare import Key, Number, positive, probability
from sim.models.model import Answer, Model, Outcome, Values, Way
from sim.models.payoffs import PAYOFFS, SYMBOLS, TIE, payoff_size

CITATION: Final = (
    "Jervis, Cooperation under the security dilemma, World Politics 30(2) (1978) 167-214.",
    "Harsanyi and Selten, A General Theory of Equilibrium Selection in Games (1988).",
    "Kydd, Trust, reassurance, and cooperation, International Organization 54(2) (2000) 325-357.",
)

REGIMES: Final = (
    "harmony",
    "stag hunt, complying risk-dominant",
    "stag hunt, neither risk-dominant",
    "stag hunt, arming risk-dominant",
    "prisoner's dilemma",
    "chicken",
    "deadlock",
    "other",
    "on a boundary",
)
HARMONY, STAG_COMPLY, STAG_TIE, STAG_ARM, DILEMMA_GAME, CHICKEN, DEADLOCK, OTHER, BOUNDARY = range(len(REGIMES))


def signs(v: Values) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Of R - T, P - S, R - P and R + S - T - P, with differences that are rounding taken as 0."""
    tie = TIE * payoff_size(v)
    differences = (
        v["reward"] - v["temptation"],
        v["punishment"] - v["sucker"],
        v["reward"] - v["punishment"],
        v["reward"] + v["sucker"] - v["temptation"] - v["punishment"],
    )
    comply, arm, peace, risk = (np.where(np.abs(x) <= tie, 0.0, np.sign(x)) for x in differences)
    return comply, arm, peace, risk


def regime(v: Values) -> np.ndarray:
    """Equation (1), as codes into REGIMES.  R = T with P > S counts as a stag hunt, P = S with R > T as harmony."""
    comply, arm, peace, risk = signs(v)
    chicken = v["reward"] - v["sucker"] > TIE * payoff_size(v)
    return np.select(
        [
            (peace == 0) | ((arm == 0) & (comply <= 0)) | ((comply == 0) & (arm < 0)),
            (comply > 0) & (arm <= 0) & (peace > 0),
            (comply >= 0) & (arm > 0) & (peace > 0) & (risk > 0),
            (comply >= 0) & (arm > 0) & (peace > 0) & (risk == 0),
            (comply >= 0) & (arm > 0) & (peace > 0),
            (comply < 0) & (arm > 0) & (peace > 0),
            (comply < 0) & (arm < 0) & chicken,
            (comply < 0) & (arm > 0),
        ],
        [BOUNDARY, HARMONY, STAG_COMPLY, STAG_TIE, STAG_ARM, DILEMMA_GAME, CHICKEN, DEADLOCK],
        default=OTHER,
    ).astype(float)


def trust_threshold(v: Values) -> np.ndarray:
    """Equation (3), where more trust makes complying better: 0 where it is dominant, nan where it never is best."""
    comply, arm, _, _ = signs(v)
    gain, loss = v["reward"] - v["temptation"], v["punishment"] - v["sucker"]
    inner = loss / (gain + loss)
    return np.select([(comply >= 0) & (arm <= 0), (comply >= 0) & (arm > 0)], [0.0, inner], default=np.nan)


def solve_dilemma(v: Values) -> dict[str, Any]:
    """Equations (1) to (3)."""
    gain, loss = v["reward"] - v["temptation"], v["punishment"] - v["sucker"]
    margin = v["trust"] * gain - (1 - v["trust"]) * loss
    return {
        "regime": regime(v),
        "risk_dominance_margin": gain - loss,
        "trust_threshold": trust_threshold(v),
        "complies": (margin >= -TIE * payoff_size(v)).astype(float),
        "value_of_complying": v["trust"] * v["reward"] + (1 - v["trust"]) * v["sucker"],
        "value_of_arming": v["trust"] * v["temptation"] + (1 - v["trust"]) * v["punishment"],
    }


def with_balance(v: Values) -> dict[str, np.ndarray]:
    """The four payoffs of equation (4)."""
    a = v["offence_advantage"]
    temptation = v["temptation_base"] + v["temptation_slope"] * a
    sucker = v["sucker_base"] - v["sucker_slope"] * a
    return {"temptation": temptation, "reward": v["reward"], "punishment": v["punishment"], "sucker": sucker}


def solve_balance(v: Values) -> dict[str, Any]:
    """Equations (1) to (5)."""
    payoffs = with_balance(v)
    up, down = v["temptation_slope"], v["sucker_slope"]
    rest = v["reward"] + v["sucker_base"] - v["temptation_base"] - v["punishment"]
    return {
        "temptation": payoffs["temptation"],
        "sucker": payoffs["sucker"],
        "regime": regime(payoffs),
        "trust_threshold": trust_threshold(payoffs),
        "harmony_until": (v["sucker_base"] - v["punishment"]) / down,
        "risk_dominance_boundary": rest / (up + down),
        "dilemma_from": (v["reward"] - v["temptation_base"]) / up,
    }


def by_equilibria(v: Values) -> dict[str, Any]:
    """The game from the pure equilibria and the product of deviation losses, the threshold by bisection on trust."""
    from sim.games import solve

    payoffs = np.stack([np.stack([v["reward"], v["sucker"]], -1), np.stack([v["temptation"], v["punishment"]], -1)], -2)
    found = solve(payoffs, payoffs)
    both, neither, one = found.strict[:, 0, 0], found.strict[:, 1, 1], found.strict[:, 0, 1]
    better, bold = v["reward"] > v["punishment"], v["reward"] > v["sucker"]
    risk = [found.risk_dominant[:, 0, 0], found.risk_dominant[:, 1, 1]]
    stag = both & neither & better
    named = np.select(
        [stag & risk[0], stag & risk[1], stag, both & ~one & better, neither & better, neither, one & bold],
        [STAG_COMPLY, STAG_ARM, STAG_TIE, HARMONY, DILEMMA_GAME, DEADLOCK, CHICKEN],
        default=OTHER,
    )
    low, high = np.zeros_like(v["reward"]), np.ones_like(v["reward"])

    def better_to_comply(t: np.ndarray) -> np.ndarray:
        return t * v["reward"] + (1 - t) * v["sucker"] >= t * v["temptation"] + (1 - t) * v["punishment"]

    at_0, at_1 = better_to_comply(low), better_to_comply(high)
    for _ in range(60):
        middle = (low + high) / 2
        good = better_to_comply(middle)
        low, high = np.where(good, low, middle), np.where(good, middle, high)
    strict = found.strict.any(axis=(1, 2)) & ~found.degenerate
    return {
        "regime": np.where(strict, named, np.nan),
        "trust_threshold": np.where(at_1, np.where(at_0, 0.0, high), np.nan),
    }


def balance_by_search(v: Values) -> dict[str, Any]:
    """The boundaries by bisection of what complying loses against each action, over the advantage of offence."""
    wide = 1e6 * np.ones_like(v["reward"])

    def boundary(loss: Any) -> np.ndarray:
        low, high = -wide, wide
        for _ in range(100):
            middle = (low + high) / 2
            bad = loss(with_balance({**v, "offence_advantage": middle})) > 0
            low, high = np.where(bad, low, middle), np.where(bad, middle, high)
        return (low + high) / 2

    found = by_equilibria(with_balance(v))
    return {
        **found,
        "harmony_until": boundary(lambda p: p["punishment"] - p["sucker"]),
        "risk_dominance_boundary": boundary(lambda p: p["temptation"] + p["punishment"] - p["reward"] - p["sucker"]),
        "dilemma_from": boundary(lambda p: p["temptation"] - p["reward"]),
    }


def _balance_answers() -> tuple[Answer, ...]:
    hand = "equation (5), by hand, at T = 2 + 2a, R = 3, P = 1, S = 1.5 - 2a"
    out = [
        Answer({}, "harmony_until", 0.25, 1e-12, "derived", hand),
        Answer({}, "risk_dominance_boundary", 0.375, 1e-12, "derived", hand),
        Answer({}, "dilemma_from", 0.5, 1e-12, "derived", hand),
        Answer({"offence_advantage": 0.375}, "trust_threshold", 0.5, 1e-12, "derived", "equation (3): 1/2 at risk dominance"),
    ]
    for a, code in ((0.2, HARMONY), (0.3, STAG_COMPLY), (0.375, STAG_TIE), (0.45, STAG_ARM), (0.6, DILEMMA_GAME)):
        out.append(Answer({"offence_advantage": a}, "regime", REGIMES[code], 0.0, "derived", hand))
    return tuple(out)


def _dilemma_answers() -> tuple[Answer, ...]:
    hunt = {"temptation": 3.0, "reward": 4.0, "punishment": 2.0, "sucker": 0.0}
    even = {"temptation": 3.0, "reward": 4.0, "punishment": 2.0, "sucker": 1.0}
    return (
        Answer(hunt, "trust_threshold", 2 / 3, 1e-12, "derived", "equation (3), by hand: 2 / (1 + 2)"),
        Answer(even, "trust_threshold", 0.5, 1e-12, "derived", "equation (3): 1/2 where R + S = T + P"),
        Answer(even, "regime", REGIMES[STAG_TIE], 0.0, "derived", "equation (2)"),
    )


REGIME: Final = Outcome(
    "regime", "", "The game that the two states play (1), and which side is risk-dominant (2).", words=REGIMES
)
THRESHOLD: Final = Outcome(
    "trust_threshold",
    "probability",
    "m: the least probability that the other complies at which complying is a best answer (3); 0 in harmony.",
    undefined="No trust makes complying a best answer, or it is one only while the other is likely to arm (chicken).",
)
CARDINAL: Final = "Jervis's argument is about the order of payoffs; the numbers, and how they move with the balance, are ours."

BALANCE: Final = Model(
    name="offence_defence",
    label="A3",
    title="The security dilemma and the offence-defence balance",
    question="When does an advantage of offence turn an assurance problem into a dilemma?",
    citation=CITATION,
    parameters=(
        Key("offence_advantage", Number(), "a: advantage of the side that arms against the other.", 0.3),
        Key("temptation_base", Number(unit="payoff"), "T0: temptation at no advantage of offence.", 2.0),
        Key("temptation_slope", positive("payoff"), "T1: what the advantage adds to the temptation.", 2.0),
        Key("reward", Number(unit="payoff"), "R: both comply.", 3.0),
        Key("punishment", Number(unit="payoff"), "P: both arm.", 1.0),
        Key("sucker_base", Number(unit="payoff"), "S0: payoff of complying alone at no advantage of offence.", 1.5),
        Key("sucker_slope", positive("payoff"), "S1: what the advantage takes from it.", 2.0),
    ),
    symbols={"a": "offence_advantage", "T0": "temptation_base", "T1": "temptation_slope", "R": "reward"}
    | {"P": "punishment", "S0": "sucker_base", "S1": "sucker_slope"},
    outcomes=(
        Outcome("temptation", "payoff", "T (4)."),
        Outcome("sucker", "payoff", "S (4)."),
        REGIME,
        THRESHOLD,
        Outcome("harmony_until", "", "a_h: up to this advantage complying is dominant, if R > T there (5)."),
        Outcome("risk_dominance_boundary", "", "a_r: beyond this advantage arming is risk-dominant (5)."),
        Outcome("dilemma_from", "", "a_d: beyond this advantage arming is dominant, if P > S there (5)."),
    ),
    solve=solve_balance,
    ways=(Way("equilibria of the 2x2 game, boundaries by bisection", balance_by_search),),
    caveats=(CARDINAL, "Not every security dilemma is a prisoner's dilemma: near the balance it is a stag hunt."),
    answers=_balance_answers(),
)

STAG_HUNT: Final = Model(
    name="stag_hunt",
    label="A3b",
    title="Stag hunt, dilemma, and the trust that cooperation needs",
    question="Which game is it, and how sure of the other must a state be to comply?",
    citation=CITATION,
    parameters=(
        *(Key(key.name, key.type, key.text, default) for key, default in zip(PAYOFFS, (3.0, 4.0, 2.0, 0.0), strict=True)),
        Key("trust", probability(), "t: probability that the other complies.", 0.5),
    ),
    symbols=SYMBOLS | {"t": "trust"},
    outcomes=(
        REGIME,
        Outcome(
            "risk_dominance_margin", "payoff", "R + S - T - P: in a stag hunt complying is risk-dominant where it is positive."
        ),
        THRESHOLD,
        Outcome("complies", "", "1 if complying is a best answer at this trust, else 0."),
        Outcome("value_of_complying", "payoff", "t R + (1 - t) S."),
        Outcome("value_of_arming", "payoff", "t T + (1 - t) P."),
    ),
    solve=solve_dilemma,
    ways=(Way("equilibria of the 2x2 game, threshold by bisection", by_equilibria),),
    caveats=(
        "R + S > T + P is risk dominance in symmetric games only; in others compare the products of deviation losses.",
        "Kydd's abstract: reassurance is possible iff trustworthy states are more willing to risk for cooperation than "
        "untrustworthy ones. Signals are not in this model.",
    ),
    answers=_dilemma_answers(),
)

MODELS: Final = (BALANCE, STAG_HUNT)
