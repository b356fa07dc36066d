"""The arms race multiplier: fear of a few who arm in any case spreads until everybody arms.

Two states build new weapons or not.  Building costs c, private and uniform on [0, C].  Payoffs: both build -c, build alone
mu - c, stay unarmed while the other builds -d, neither builds 0.  If the opponent builds up to cost k, it is best to build iff

(1) best reply                c <= phi(k) = d F(k) + mu (1 - F(k)),  F(k) = min(k / C, 1)
(2) contagion                 k_0 = 0, k_n = min(phi(k_{n-1}), C); k_1 = mu: those who build in any case
(3) cutoff                    lim k_n = mu C / (C - d + mu) if d < C, else C (for mu > 0)
(4) arms race                 probability that both build: F(cutoff)^2; 1 iff F(k) d >= k for all k, that is d >= C
(5) rounds                    k_n - k_{n-1} = mu s^(n-1) with s = (d - mu)/C until C is reached
(6) greed beyond fear         if d < mu, (1) falls in k: the cutoff of (3) is its one fixed point, the symmetric equilibrium
(7) dominant types            build whatever the other does: c < min(d, mu), the least of phi

A round counts until one moves the cutoff by less than the tolerance, that round included.  Where d > C everybody is reached after
finitely many rounds, and they are counted to that end whatever the tolerance: slow contagion is never cut short.  Where d < mu
best replies overshoot from one round to the next, and nothing spreads: (2), (4)'s condition and (5) say nothing there.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal, localcontext
from typing import Any, Final

import numpy as np

from sim.declare import Key, nonnegative, positive
from sim.models.model import Answer, Model, Outcome, Values, Way, each_point

CITATION: Final = ("Baliga and Sjostrom, Arms races and negotiations, Review of Economic Studies 71 (2004) 351-369.",)

DIGITS: Final = 50
LONGEST: Final = 200_000
"""The second way iterates with so many digits for so many rounds at most."""


def solve(v: Values) -> dict[str, Any]:
    """Equations (3) to (7)."""
    mu, d, top = v["gain_from_arming_alone"], v["loss_if_unarmed"], v["largest_cost"]
    everybody = (d >= top) & (mu > 0)
    size = np.maximum(mu, top)
    weight = (top - d) / size + mu / size  # the denominator of (3), which may be beyond the largest number
    cutoff = np.where(everybody, top, np.where(mu > 0, mu * (top / size) / weight, 0.0))
    share = np.where(everybody, 1.0, np.where(mu > 0, mu / size / weight, 0.0))
    return {
        "cutoff": cutoff,
        "arming_probability": share,
        "race_probability": share**2,
        "contagion_rounds": np.where(d < mu, np.nan, _rounds(v)),
        "multiplier_condition": np.where(d < mu, np.nan, d >= top),
        "dominant_share": np.minimum(np.minimum(d, mu) / top, 1.0),
    }


def _rounds(v: Values) -> np.ndarray:
    """The number of rounds of (5), from logarithms."""
    mu, d, top, tolerance = v["gain_from_arming_alone"], v["loss_if_unarmed"], v["largest_cost"], v["tolerance"]
    rate = np.log1p((d - top - mu) / top)  # ln s, -inf where s = 0
    fading = np.where(mu < tolerance, 1.0, np.where(rate < 0, np.floor(np.log(tolerance / mu) / rate * (1 + 1e-14)) + 2, np.nan))
    fading = np.where((mu >= tolerance) & (d == mu), 2.0, fading)
    growing = np.log1p((d - top - mu) / mu) / rate  # mu (s^n - 1)/(s - 1) >= C
    reached = np.where(rate == 0, top / mu, growing)
    reached = np.where(mu >= top, 1.0, np.ceil(reached * (1 - 1e-14)))
    return np.where((d > top) & (mu > 0), reached + 1, fading)


def by_contagion(at: Mapping[str, Any]) -> dict[str, float]:
    """(2) iterated round by round in decimals of 50 digits; nothing where d < mu."""
    none: dict[str, float] = dict.fromkeys(("cutoff", "arming_probability", "race_probability", "contagion_rounds"), np.nan)
    if at["loss_if_unarmed"] < at["gain_from_arming_alone"]:
        return none
    with localcontext() as context:
        context.prec = DIGITS
        mu, d, top, tolerance = (
            Decimal(repr(float(at[name]))) for name in ("gain_from_arming_alone", "loss_if_unarmed", "largest_cost", "tolerance")
        )
        cutoff, finite = Decimal(0), d > top and mu > 0
        for n in range(1, LONGEST + 1):
            share = cutoff / top
            reply = min(d * share + mu * (1 - share), top)
            moved, cutoff = reply - cutoff, reply
            if moved == 0 if finite else moved < tolerance:
                share = min(cutoff / top, Decimal(1))
                return {
                    "cutoff": float(cutoff),
                    "arming_probability": float(share),
                    "race_probability": float(share**2),
                    "contagion_rounds": float(n),
                }
    return none


def by_root(at: Mapping[str, Any]) -> dict[str, float]:
    """The least fixed point of (1) by bracketing: from 0, where only mu = 0 rests, to C."""
    from scipy.optimize import root_scalar

    mu, d, top = (float(at[name]) for name in ("gain_from_arming_alone", "loss_if_unarmed", "largest_cost"))

    def excess(k: float) -> float:
        return d * k / top + mu * (1 - k / top) - k

    cutoff = 0.0 if mu <= 0 else top if excess(top) >= 0 else float(root_scalar(excess, bracket=(0, top), xtol=1e-15).root)
    share = cutoff / top
    return {"cutoff": cutoff, "arming_probability": share, "race_probability": share**2}


def _answers() -> tuple[Answer, ...]:
    out: list[Answer] = []
    hand, counted = "equation (3), by hand", "equation (2), iterated round by round until a round moves less than 1e-13"
    for d, mu, cutoff in ((0.8, 0.01, 0.047619), (0.5, 0.05, 0.090909), (0.95, 0.01, 0.166667)):
        given = {"loss_if_unarmed": d, "gain_from_arming_alone": mu}
        out.append(Answer(given, "cutoff", cutoff, 5e-7, "derived", hand))
    given = {"loss_if_unarmed": 0.8, "gain_from_arming_alone": 0.01}
    out.append(Answer(given, "race_probability", 0.002268, 5e-7, "derived", "equation (4), by hand: 1 / 21^2"))
    greedy = {"loss_if_unarmed": 0.2, "gain_from_arming_alone": 0.5}
    out.append(Answer(greedy, "cutoff", 5 / 13, 1e-12, "derived", "equations (3) and (6), by hand: c = 0.2 c + 0.5 (1 - c)"))
    claim = "abstract: a unique equilibrium, an arms race with probability 1, for arbitrarily few dominant types; d >= C by (4)"
    for d, mu, rounds in ((1.0, 0.01, 2522), (1.0, 0.001, 23016), (1.2, 0.01, 19)):
        given = {"loss_if_unarmed": d, "gain_from_arming_alone": mu}
        out.append(Answer(given, "race_probability", 1.0, 1e-9, "confirmed abstract", claim))
        out.append(Answer(given, "cutoff", 1.0, 1e-9, "derived", hand))
        out.append(Answer(given, "contagion_rounds", rounds, 0.0, "derived", counted))
    return tuple(out)


OVERSHOOT: Final = "Greed exceeds fear (loss_if_unarmed < gain_from_arming_alone): who expects the other to build builds less."

CONTAGION: Final = Model(
    name="arms_race_contagion",
    label="B4",
    title="The arms race multiplier",
    question="How can an arms race be certain although almost nobody wants one?",
    citation=CITATION,
    parameters=(
        Key("loss_if_unarmed", nonnegative("payoff"), "d: staying unarmed while the other builds.", 0.8),
        Key("gain_from_arming_alone", nonnegative("payoff"), "mu: building alone, before the cost.", 0.01),
        Key("largest_cost", positive("payoff"), "C: costs of building are uniform on [0, C].", 1.0),
        Key("tolerance", positive("payoff"), "A round that moves the cutoff by less ends the count of rounds.", 1e-13),
    ),
    symbols={"d": "loss_if_unarmed", "mu": "gain_from_arming_alone", "C": "largest_cost", "cbar": "largest_cost"},
    outcomes=(
        Outcome("cutoff", "payoff", "States with costs up to this build: where contagion ends, or best replies meet (3, 6)."),
        Outcome("arming_probability", "probability", "F(cutoff): a state builds."),
        Outcome("race_probability", "probability", "Both build (4)."),
        Outcome(
            "contagion_rounds",
            "rounds",
            "Rounds of best replies from nobody until one moves the cutoff by less than the tolerance (5).",
            undefined=f"{OVERSHOOT} Or: the rounds are too many to count.",
        ),
        Outcome(
            "multiplier_condition",
            "",
            "1 if F(k) d >= k for all k, so that contagion reaches everybody (4), else 0.",
            undefined=OVERSHOOT,
        ),
        Outcome("dominant_share", "probability", "Share of states that build whatever the other does (7)."),
    ),
    solve=solve,
    ways=(
        Way("contagion round by round, 50 digits", each_point(by_contagion)),
        Way("bracketing the fixed point", each_point(by_root)),
    ),
    caveats=(
        "The payoffs are remembered from the paper; costs uniform from 0 are ours.",
        "With mu = 0 nobody builds in any case and contagion does not start; where d >= C all building is an equilibrium too.",
        "Where d < mu only the symmetric equilibrium is told; others, in which one side arms more, may exist beside it.",
        "Near d = C contagion is slow; the cutoff comes from (3), never from stopping early.",
        "The paper's second result, that cheap talk brings the probability near 0, is not in this model.",
    ),
    answers=_answers(),
)

MODELS: Final = (CONTAGION,)
