"""Mistrust by bad luck: a Bayesian who watches a trustworthy partner through noisy signals may one day give it up.

Equal signals: each is right with probability q.  A good one adds log(q / (1 - q)) to the log-odds of trustworthiness, a bad one
takes it away, and trust ends k steps below the start.

(1) ever        P(a trustworthy partner is ever given up) = ((1 - q)/q)^k
(2) within n    P(S_n <= -k) + ((1 - q)/q)^k P(S_n > k) with S_n = good minus bad signals among n
(3) exposure    an untrustworthy partner is given up for certain, after k / (2q - 1) signals on average

Unequal signals: good with probability a from a trustworthy partner, b < a from another; prior t0, and trust ends when the
posterior falls to t1 or below.

(4) Ville       P(ever given up) <= c = (odds of t1) / (odds of t0), and >= c (1 - a)/(1 - b): the last, bad signal overshoots by
                one step at most.  Equal signals that reach t1 exactly meet c.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from sim.declare import Key, Number, count, probability
from sim.models.model import Answer, Estimate, Model, Outcome, Premise, Values, Way

BLOCK: Final = 256
"""Points that are worked on together."""

DRAWS: Final = 20_000
"""Simulated partners per point."""


def solve_equal(v: Values) -> dict[str, Any]:
    """Equations (1) to (3)."""
    from scipy.special import bdtr, bdtrc

    q, k, n = v["accuracy"], v["steps"], v["periods"]
    ever = ((1 - q) / q) ** k
    lucky = bdtr(np.floor((n - k) / 2), n.astype(int), q)  # good signals at most (n - k)/2
    mirrored = bdtrc(np.floor((n + k) / 2), n.astype(int), q)
    within = np.where(n >= k, lucky, 0.0) + np.where(n > k, ever * mirrored, 0.0)
    return {
        "given_up_ever": ever,
        "given_up_within": np.minimum(within, ever),
        "trusted_for_ever": -np.expm1(k * (np.log1p(-q) - np.log(q))),
        "signals_to_expose": k / (2 * q - 1),
    }


def by_recursion(v: Values) -> dict[str, Any]:
    """P(ever) by linear equations on a long corridor of trust, P(within n) signal by signal."""
    ever, within = [], []
    for n in range(len(v["accuracy"])):
        q, k, periods = float(v["accuracy"][n]), int(v["steps"][n]), int(v["periods"][n])
        ever.append(_corridor(q, k))
        if periods > 3000:
            within.append(np.nan)
            continue
        trust = np.zeros(k + periods + 2)
        trust[k] = 1.0  # place 0 is given up, and k is the start
        for _ in range(periods):
            after = np.zeros_like(trust)
            after[2:] += q * trust[1:-1]
            after[:-1] += (1 - q) * trust[1:]
            after[0] += trust[0]
            trust = after
        within.append(trust[0])
    return {"given_up_ever": np.array(ever), "given_up_within": np.array(within)}


def _corridor(q: float, k: int) -> float:
    """P(ever given up) where trust is never lost from a far upper end: nan where that end would have to be too far."""
    if q <= 0.5:
        return np.nan
    length = k + int(np.ceil(40 / max(np.log(q / (1 - q)) if q < 1 else 40.0, 1e-3)))
    if length > 50_000:
        return np.nan
    from scipy.linalg import solve_banded

    bands = np.zeros((3, length))
    bands[0, 1:], bands[1], bands[2, :-1] = -q, 1.0, -(1 - q)  # u_i = (1 - q) u_(i-1) + q u_(i+1), u_0 = 1, far u = 0
    right = np.zeros(length)
    right[0] = 1 - q
    return float(solve_banded((1, 1), bands, right)[k - 1])


def by_simulation(v: Values, rng: np.random.Generator) -> dict[str, Any]:
    """Trustworthy partners, watched until they are given up or fall with probability 1e-7 only; nan where that is slow."""
    value, error = np.full((2, len(v["accuracy"])), np.nan)
    for n, (q, k) in enumerate(zip(v["accuracy"], v["steps"], strict=True)):
        if q < 0.55 or k > 200:
            continue
        safe = k + np.ceil(np.log(1e7) / (np.log(q / (1 - q)) if q < 1 else np.inf))
        trust, fallen = np.full(DRAWS, k), 0
        while len(trust):
            trust = trust + np.where(rng.random(len(trust)) < q, 1.0, -1.0)
            fallen += int((trust <= 0).sum())
            trust = trust[(trust > 0) & (trust < safe)]
        value[n] = fallen / DRAWS
        error[n] = np.sqrt(max(value[n] * (1 - value[n]), 1 / DRAWS) / DRAWS)
    return {"given_up_ever": Estimate(value, error)}


def solve_unequal(v: Values) -> dict[str, Any]:
    """Equation (4), and the probability within n signals."""
    a, b = v["good_if_trustworthy"], v["good_if_untrustworthy"]
    distance = _logit(v["prior"]) - _logit(v["threshold"])
    up, down = np.log(a) - np.log(b), np.log1p(-b) - np.log1p(-a)
    bound = np.exp(-distance)
    parts = [slice(start, start + BLOCK) for start in range(0, len(a), BLOCK)]
    within = [_within(a[part], distance[part], up[part], down[part], v["periods"][part]) for part in parts]
    return {
        "bound": np.minimum(bound, 1.0),
        "lower_bound": bound * (1 - a) / (1 - b),
        "given_up_within": np.concatenate(within),
        "least_bad_signals": np.maximum(np.ceil(distance / down - 1e-9), 1),
    }


def _within(a: np.ndarray, distance: np.ndarray, up: np.ndarray, down: np.ndarray, n: np.ndarray) -> np.ndarray:
    """P(given up within n signals), (P,), exactly: signal by signal, by the number of good ones among them."""
    good = np.arange(int(n.max()) + 1)
    needed = (distance[:, None] + good * up[:, None] - 1e-9) / down[:, None]  # bad signals that end trust
    alive, lost = np.zeros(needed.shape), np.zeros(needed.shape)
    alive[:, 0] = 1.0
    for step in range(1, len(good)):
        after = alive * (1 - a)[:, None]
        after[:, 1:] += alive[:, :-1] * a[:, None]
        ends = step - good >= needed
        lost += np.where(ends & (step <= n)[:, None], after, 0.0)
        alive = np.where(ends, 0.0, after)
    return lost.cumsum(axis=1)[:, -1]


def by_simulation_unequal(v: Values, rng: np.random.Generator) -> dict[str, Any]:
    """Trustworthy partners, watched for n signals."""
    value, error = np.full((2, len(v["prior"])), np.nan)
    distance = _logit(v["prior"]) - _logit(v["threshold"])
    for n, (a, b) in enumerate(zip(v["good_if_trustworthy"], v["good_if_untrustworthy"], strict=True)):
        trust = np.full(DRAWS, distance[n])
        for _ in range(int(v["periods"][n])):
            good = rng.random(DRAWS) < a
            trust = np.where(trust <= 1e-9, trust, trust + np.where(good, np.log(a / b), np.log((1 - a) / (1 - b))))
        value[n] = (trust <= 1e-9).mean()
        error[n] = np.sqrt(max(value[n] * (1 - value[n]), 1 / DRAWS) / DRAWS)
    return {"given_up_within": Estimate(value, error)}


def _logit(p: np.ndarray) -> np.ndarray:
    return np.log(p) - np.log1p(-p)


def _answers() -> tuple[Answer, ...]:
    out = []
    for q, k, target, tolerance in (
        (0.7, 3, 0.07872, 5e-6),
        (0.6, 5, 0.13169, 5e-6),
        (0.8, 2, 0.0625, 1e-12),
        (0.9, 1, 1 / 9, 1e-12),
    ):
        out.append(Answer({"accuracy": q, "steps": k}, "given_up_ever", target, tolerance, "derived", "equation (1), by hand"))
    return tuple(out)


EQUAL: Final = Model(
    name="mistrust_ruin",
    label="B10",
    title="Mistrust by bad luck: signals of equal weight",
    question="How likely is a trustworthy partner to be given up because of noisy signals?",
    citation=(
        "Kydd, Trust and Mistrust in International Relations (2005), for learning about trust; the ruin problem is a classic.",
    ),
    parameters=(
        Key("accuracy", Number(0.5, 1.0, unit="probability"), "q: a signal is right.", 0.7),
        Key("steps", count(1, 1e6, "signals"), "k: bad signals in a row that end trust at the start.", 3),
        Key("periods", count(0, 1e6, "signals"), "n: signals within which trust may end.", 50),
    ),
    symbols={"q": "accuracy", "k": "steps", "n": "periods"},
    outcomes=(
        Outcome("given_up_ever", "probability", "A trustworthy partner is ever given up (1)."),
        Outcome("given_up_within", "probability", "A trustworthy partner is given up within n signals (2)."),
        Outcome("trusted_for_ever", "probability", "A trustworthy partner is never given up."),
        Outcome(
            "signals_to_expose",
            "signals",
            "Mean number of signals until an untrustworthy partner is given up (3).",
            undefined="The signals say nothing: the mean is infinite.",
        ),
    ),
    solve=solve_equal,
    ways=(
        Way("linear equations on a corridor, recursion over signals", by_recursion),
        Way("simulated partners", by_simulation, random=True),
    ),
    caveats=(
        "The equations are those of the gambler's ruin, derived here; Kydd's book has its own game.",
        "Good and bad signals weigh the same; see mistrust_bound where they do not.",
    ),
    answers=_answers(),
)

UNEQUAL: Final = Model(
    name="mistrust_bound",
    label="B10b",
    title="Mistrust by bad luck: signals of unequal weight",
    question="How high can the risk of giving up a trustworthy partner be, whatever the signals?",
    citation=(
        "Ville, Étude critique de la notion de collectif (1939), for the bound.",
        "Kydd, Trust and Mistrust in International Relations (2005), for learning about trust.",
    ),
    parameters=(
        Key("prior", probability(), "t0: probability of trustworthiness at the start.", 0.8),
        Key("threshold", probability(), "t1: trust ends at this probability.", 0.3),
        Key("good_if_trustworthy", probability(), "a: a trustworthy partner gives a good signal.", 0.9),
        Key("good_if_untrustworthy", probability(), "b: an untrustworthy partner gives a good signal.", 0.5),
        Key("periods", count(0, 2000, "signals"), "n: signals within which trust may end.", 50),
    ),
    symbols={"t0": "prior", "t1": "threshold", "a": "good_if_trustworthy", "b": "good_if_untrustworthy", "n": "periods"},
    outcomes=(
        Outcome("bound", "probability", "c: what P(ever given up) cannot exceed, for a trustworthy partner (4)."),
        Outcome("lower_bound", "probability", "What it cannot fall below (4)."),
        Outcome("given_up_within", "probability", "A trustworthy partner is given up within n signals."),
        Outcome("least_bad_signals", "signals", "Bad signals in a row that end trust at the start."),
    ),
    premises=(
        Premise(
            "trust at the start: 0 < threshold < prior < 1",
            lambda v: (v["threshold"] > 0) & (v["threshold"] < v["prior"]) & (v["prior"] < 1),
        ),
        Premise(
            "good signals speak for trustworthiness, and no signal proves it: 0 < b < a < 1",
            lambda v: (
                (v["good_if_untrustworthy"] > 0)
                & (v["good_if_untrustworthy"] < v["good_if_trustworthy"])
                & (v["good_if_trustworthy"] < 1)
            ),
        ),
    ),
    solve=solve_unequal,
    ways=(Way("simulated partners", by_simulation_unequal, random=True),),
    caveats=("With unequal signals the exact probability has no closed form; the bounds hold for every number of signals.",),
    answers=(
        Answer({}, "bound", 3 / 28, 1e-12, "derived", "equation (4), by hand: (3/7) / 4"),
        Answer({}, "lower_bound", 3 / 140, 1e-12, "derived", "equation (4), by hand: (3/28)(0.1/0.5)"),
        Answer(
            {"prior": 0.7, "threshold": 0.3, "good_if_trustworthy": 0.7, "good_if_untrustworthy": 0.3, "periods": 1},
            "given_up_within",
            0.0,
            1e-12,
            "derived",
            "one bad signal leads from 0.7 to 0.5, above 0.3",
        ),
        Answer(
            {"prior": 0.7, "threshold": 0.3, "good_if_trustworthy": 0.7, "good_if_untrustworthy": 0.3, "periods": 2},
            "given_up_within",
            0.09,
            1e-12,
            "derived",
            "two bad signals, 0.3 x 0.3, lead from 0.7 to 0.3",
        ),
    ),
)

MODELS: Final = (EQUAL, UNEQUAL)
