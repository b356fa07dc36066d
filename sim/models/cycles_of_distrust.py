"""Cycles of distrust: a misread act starts a spiral, and trust returns because after a while the first step says little.

Two sides act in turn; each sees the last act of the other, and reads a good act as bad with probability pi.  With prior
probability mu0 the other side is bad and always acts badly; a good side acts well iff it believes that with probability at most
mu*.  Everybody knows the date.  After a fresh start at period 0 one misreading turns both sides to bad acts until the next fresh
start, so that a bad signal t periods later says little about who the other is:

(1) belief                    mu(t) = mu0 / (mu0 + (1 - mu0)(1 - (1 - pi)^t))
(2) length of the cycle       T = smallest t >= 1 with mu(t) <= mu* = ceil(ln(1 - rho) / ln(1 - pi)),
                              rho = mu0 (1 - mu*) / ((1 - mu0) mu*)
(3) share of conflict         1 - (1 - (1 - pi)^T) / (T pi), for two good sides
(4) rare misreading           T grows, and the share tends to 1 + rho / ln(1 - rho) as pi -> 0

So better perception does not end conflict: cycles become longer, not fewer periods bad.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import numpy as np

from sim.declare import Key, Number, count, probability
from sim.models.model import Answer, Estimate, Model, Outcome, Premise, Values, Way, each_point, points

CITATION: Final = (
    "Acemoglu and Wolitzky, Cycles of conflict: an economic model, American Economic Review 104 (2014) 1350-1367.",
)

LONGEST: Final = 100_000
"""The second way walks through cycles of at most so many periods."""
REPLICATES: Final = 200_000


def distrust(v: Values) -> np.ndarray:
    """rho of (2): how much of the way from certainty back to the critical belief must be walked, in [0, 1)."""
    prior, least = v["prior_bad"], v["critical_belief"]
    return prior * (1 - least) / ((1 - prior) * least)


def solve(v: Values) -> dict[str, Any]:
    """Equations (1) to (4)."""
    pi, prior, since = v["misperception_probability"], v["prior_bad"], v["periods_since_start"]
    rho = distrust(v)
    near = np.log((v["critical_belief"] - prior) / ((1 - prior) * v["critical_belief"]))  # ln(1 - rho) where rho is near 1
    ratio = np.where(rho > 0.5, near, np.log1p(-rho)) / np.log1p(-pi)
    length = np.maximum(np.ceil(ratio - 1e-12 * (1 + ratio)), 1)
    share = conflict_share(pi, length)
    certain = np.where(since > 0, -np.expm1(np.where(since > 0, since, 1) * np.log1p(-pi)), 0)
    belief = np.where(prior > 0, prior / (prior + (1 - prior) * certain), np.where(certain > 0, 0, np.nan))
    return {
        "cycle_length": length,
        "conflict_share": share,
        "conflict_share_limit": limit(rho),
        "belief": belief,
        "trust_periods": length * (1 - share),
        "distrust_ratio": rho,
    }


def conflict_share(pi: np.ndarray, length: np.ndarray) -> np.ndarray:
    """(3), by its binomial series where T pi is small and the difference would lose digits."""
    direct = 1 + np.expm1(length * np.log1p(-pi)) / (length * pi)
    series, term = np.zeros_like(pi), np.ones_like(pi)
    for k in range(1, 10):  # sum over k of (-1)^(k+1) C(T - 1, k) pi^k / (k + 1)
        term = -term * (length - k) * pi / k
        series = series - term / (k + 1)
    return np.where(length * pi < 0.05, series, direct)


def limit(rho: np.ndarray) -> np.ndarray:
    """(4), by its series where rho is small."""
    series = rho * (1 / 2 + rho * (1 / 12 + rho * (1 / 24 + rho * (19 / 720 + rho * 3 / 160))))
    return np.where(rho < 1e-3, series, 1 + rho / np.log1p(-rho))


def by_chain(at: Mapping[str, Any]) -> dict[str, float]:
    """Bayes' rule period by period for T, the share of conflict from a chain, and its limit from an integral over the cycle.

    The chain is solved for its stationary law up to 60 periods; beyond, the chance of peace is carried through one cycle.
    """
    from scipy.integrate import quad

    pi, prior, least = (float(at[name]) for name in ("misperception_probability", "prior_bad", "critical_belief"))
    quiet, peace = 1.0, np.zeros(1)
    for t in range(1, LONGEST + 1):
        quiet *= 1 - pi
        bad = prior + (1 - prior) * (1 - quiet)
        if prior <= least * bad * (1 + 1e-12):
            peace = (1 - pi) ** np.arange(t)
            break
    else:
        return dict.fromkeys(("cycle_length", "conflict_share", "conflict_share_limit"), np.nan)
    size = len(peace)
    found = {"cycle_length": float(size), "conflict_share": float(1 - peace.mean())}
    long = -np.log1p(-prior * (1 - least) / ((1 - prior) * least))  # the cycle, in mean times to a misreading
    found["conflict_share_limit"] = quad(lambda x: -np.expm1(-x), 0, long)[0] / long if long > 0 else 0.0
    if size <= 60:
        found["conflict_share"] = _stationary(pi, size)
    return found


def _stationary(pi: float, size: int) -> float:
    """Share of conflict in the stationary law of the chain over (period of the cycle, peace or conflict)."""
    move = np.zeros((2 * size, 2 * size))
    for t in range(size):
        after = (t + 1) % size
        if after == 0:
            move[[2 * t, 2 * t + 1], 0] = 1
        else:
            move[2 * t, [2 * after, 2 * after + 1]] = 1 - pi, pi
            move[2 * t + 1, 2 * after + 1] = 1
    left = np.vstack([move.T - np.eye(2 * size), np.ones(2 * size)])
    law = np.linalg.lstsq(left, np.append(np.zeros(2 * size), 1.0), rcond=None)[0]
    return float(law[1::2].sum())


def played(v: Values, replicates: int, rng: np.random.Generator) -> dict[str, Any]:
    """Cycles played out by two good sides: the first misreading, at a geometric time, turns the rest of the cycle to conflict."""
    length = np.asarray(solve(v)["cycle_length"])
    share, error = np.empty(points(v)), np.empty(points(v))
    for n, pi in enumerate(v["misperception_probability"]):
        peace = np.minimum(rng.geometric(pi, size=replicates), length[n])  # the misread act itself was still good
        share[n], error[n] = 1 - peace.mean() / length[n], peace.std() / length[n] / np.sqrt(replicates)
    return {"conflict_share": Estimate(share, np.maximum(error, 1e-12))}


def simulate(v: Values, replicates: int, seed: int) -> dict[str, Any]:
    """The estimates of `played` from a seed."""
    return played(v, replicates, np.random.default_rng(seed))


def _answers() -> tuple[Answer, ...]:
    out: list[Answer] = []
    for pi, length, share in ((0.05, 6, 0.11697), (0.01, 30, 0.13233)):
        given = {"prior_bad": 0.1, "critical_belief": 0.3, "misperception_probability": pi}
        out.append(Answer(given, "cycle_length", length, 0.0, "derived", "equation (2); Bayes' rule period by period agrees"))
        out.append(Answer(given, "conflict_share", share, 5e-6, "derived", "equation (3); a chain and a simulation agree"))
    given = {"prior_bad": 0.1, "critical_belief": 0.3}
    out.append(Answer(given, "conflict_share_limit", 0.13610, 5e-6, "derived", "equation (4), by hand: rho = 7/27"))
    return tuple(out)


CYCLES: Final = Model(
    name="cycles_of_distrust",
    label="B5",
    title="Cycles of distrust",
    question="How long does a spiral last that one misread act began, and does better perception end it?",
    citation=CITATION,
    parameters=(
        Key("misperception_probability", Number(0.0, 1.0, above=0.0, unit="probability"), "pi: a good act is read as bad.", 0.05),
        Key("prior_bad", probability(), "mu0: prior probability that the other side is bad.", 0.1),
        Key("critical_belief", probability(), "mu*: a good side acts well up to this belief that the other is bad.", 0.3),
        Key("periods_since_start", count(0, unit="periods"), "t: age of the cycle at which the belief is asked for.", 1),
    ),
    symbols={
        "pi": "misperception_probability",
        "mu0": "prior_bad",
        "mu_star": "critical_belief",
        "mu*": "critical_belief",
        "mustar": "critical_belief",
        "t": "periods_since_start",
    },
    outcomes=(
        Outcome("cycle_length", "periods", "T: periods from one fresh start to the next (2)."),
        Outcome("conflict_share", "share", "Long-run share of periods in conflict between two good sides (3)."),
        Outcome("conflict_share_limit", "share", "The same as misreading becomes rare, pi -> 0 (4)."),
        Outcome(
            "belief",
            "probability",
            "mu(t): the belief that the other is bad after a bad signal t periods after a fresh start (1).",
            undefined="Nobody is bad and nothing was misread yet, so that a bad signal cannot occur.",
        ),
        Outcome("trust_periods", "periods", "Periods of good acts in a cycle, expected."),
        Outcome("distrust_ratio", "", "rho of (2)."),
    ),
    premises=(
        Premise(
            "trust is possible at first: prior_bad < critical_belief",
            lambda v: v["prior_bad"] < v["critical_belief"],
        ),
    ),
    solve=solve,
    ways=(
        Way("Bayes' rule and a chain, period by period", each_point(by_chain)),
        Way("cycles played out", lambda v, rng: played(v, REPLICATES, rng), random=True),
    ),
    caveats=(
        "The structure is remembered from the paper, whose abstract states the mechanism; the formulas were derived here.",
        "The date must be common knowledge: both sides count the periods since the same fresh start.",
        "T is a whole number, so that the share of conflict is not monotone in pi.",
        "At pi = 0 exactly there is no conflict; the limit (4) is not that value.",
        "Where the other side is bad for certain, conflict is permanent but for the fresh starts; (3) is for two good sides.",
    ),
    simulate=simulate,
    answers=_answers(),
)

MODELS: Final = (CYCLES,)
