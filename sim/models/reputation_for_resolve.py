"""Reputation for resolve: resisting early probes, so that later ones do not come.

A defender faces N challengers, one after another.  Each probes or stays out; if probed, the defender resists or accommodates.
A tough defender always resists; a weak one gets, from each, a if it does not probe, 0 if accommodated, -1 if resisted.  A
challenger gets 0 if it stays out, b if accommodated, b - 1 if resisted (0 < b < 1 <= a).  With k probes left and belief p that
the defender is tough, the sequential equilibrium is:

(1) challenger          probes if p < b^k, stays out if p > b^k; at p = b^k it probes with probability 1 - 1/a
(2) weak defender       resists for certain if p >= b^(k-1) and k > 1, else with probability (1 - b^(k-1)) p / ((1 - p) b^(k-1));
                        accommodates if k = 1
(3) belief              after resistance max(b^(k-1), p); 0 after accommodation; p if nobody probed
(4) deterrence          with k probes left everybody is deterred for certain iff p > b^k: the first N - k* of N probes, where
                        k* = floor(ln p / ln b), at most N
(5) weak defender's     a (N - k*), plus 1 if p = b^k* and k* > 0
    equilibrium payoff

The play goes through few beliefs: the prior p until the first probe, which comes with k* left; after each resistance exactly
b^(k-1).  The probabilities of probes and of resistance are carried along these beliefs.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any, Final

import numpy as np

from sim.declare import Key, Number, count, probability
from sim.models.model import Answer, Estimate, Model, Outcome, Premise, Values, Way, each_point, points

CITATION: Final = ("Kreps and Wilson, Reputation and imperfect information, Journal of Economic Theory 27 (1982) 253-279.",)

MOST: Final = 1_000
TIE: Final = 1e-12
"""Beliefs this close to b^k, relative, are taken to be equal to it."""
REPLICATES: Final = 50_000


def side(p: np.ndarray, b: np.ndarray, k: np.ndarray | float) -> np.ndarray:
    """-1, 0, 1 where p is below, at, above b^k."""
    level = b**k
    return np.where(p <= 0, -1, np.where(np.abs(p - level) <= TIE * level, 0, np.sign(p - level)))


def probes(p: np.ndarray, b: np.ndarray, a: np.ndarray, k: np.ndarray | float) -> np.ndarray:
    """Equation (1): the probability of a probe at belief p with k left."""
    where = side(p, b, k)
    return np.where(where < 0, 1.0, np.where(where > 0, 0.0, 1 - 1 / a))


def resists(p: np.ndarray, b: np.ndarray, k: np.ndarray | float) -> np.ndarray:
    """Equation (2): the probability that a weak defender resists a probe at belief p with k left."""
    level = b ** (k - 1)
    mixed = np.where(p > 0, -np.expm1((k - 1) * np.log(b)) * p / ((1 - p) * level), 0.0)
    certain = (side(p, b, k - 1) >= 0) & (np.asarray(k) > 1)
    return np.where(np.asarray(k) <= 1, 0.0, np.where(certain, 1.0, np.minimum(mixed, 1.0)))


def last_probes(p: np.ndarray, b: np.ndarray, most: np.ndarray) -> np.ndarray:
    """k* of (4): with more probes left than this everybody is deterred for certain."""
    ratio = np.where(p > 0, np.log(p) / np.log(b), np.inf)
    guess = np.minimum(np.floor(ratio), most)
    up = np.minimum(guess + 1, most)
    guess = np.where(side(p, b, up) <= 0, up, guess)  # floor at exact powers
    return np.where((guess > 0) & (side(p, b, guess) > 0), guess - 1, guess)


def solve(v: Values) -> dict[str, Any]:
    """Equations (1) to (5)."""
    p, b, a, n = v["prior_tough"], v["challenger_gain"], v["peace_gain"], v["probes"]
    last = last_probes(p, b, n)
    resist = resists(p, b, n)
    tie = (side(p, b, last) == 0) & (last > 0)
    probed, resisted = path(v)
    return {
        "deterred_probes": n - last,
        "open_probes": last,
        "probe_probability": probes(p, b, a, n),
        "weak_resist_probability": resist,
        "belief_after_resistance": np.where(p > 0, np.maximum(b ** (n - 1), p), np.nan),
        "weak_defender_payoff": a * (n - last) + tie,
        "probed": probed,
        "resisted": resisted,
        "expected_probes": sum((np.nan_to_num(x) for x in probed.values()), np.zeros(points(v))),
    }


def path(v: Values) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
    """{probes left: probability that it is probed}, and that it is probed and resisted; nan where k > N.

    The defender's past is one of four: the prior still stands; the belief is b^k ("at") or b^(k+1) ("below") with k left, after
    resistance; or it was seen to be weak.  `mass` holds the probabilities of the first three for tough and for weak defenders.
    """
    p, b, a, n = v["prior_tough"], v["challenger_gain"], v["peace_gain"], v["probes"]
    mass = {True: [p, 0 * p, 0 * p], False: [1 - p, 0 * p, 0 * p]}
    weak_seen = 0 * p
    probed: dict[str, np.ndarray] = {}
    resisted: dict[str, np.ndarray] = {}
    for k in range(int(n.max()), 0, -1):
        live = k <= n
        beliefs = [p, b**k, b ** (k + 1)]
        rates = [probes(p, b, a, k), 1 - 1 / a, np.ones_like(p)]
        stays = [resists(x, b, k) for x in beliefs]
        hit = {kind: [m * r for m, r in zip(mass[kind], rates, strict=True)] for kind in mass}
        held = {True: hit[True], False: [m * s for m, s in zip(hit[False], stays, strict=True)]}
        total = sum(hit[True]) + sum(hit[False]) + weak_seen
        kept = sum(held[True]) + sum(held[False])
        probed[str(k)], resisted[str(k)] = np.where(live, total, np.nan), np.where(live, kept, np.nan)
        weak_seen = np.where(live, weak_seen + sum(hit[False]) - sum(held[False]), weak_seen)
        for kind, old in mass.items():
            # resisted: the belief is b^(k-1); not probed: it stays, and b^k with k - 1 left is "below"
            quiet = [m - h for m, h in zip(old, hit[kind], strict=True)]
            new = (quiet[0], sum(held[kind]), quiet[1] + quiet[2])
            mass[kind] = [np.where(live, x, y) for x, y in zip(new, old, strict=True)]
    order = [str(k) for k in range(1, int(n.max()) + 1)]
    return {k: probed[k] for k in order}, {k: resisted[k] for k in order}


def by_powers(at: Mapping[str, Any]) -> dict[str, float]:
    """Powers of b compared one after another in exact fractions of the decimals given, and Bayes' rule for the belief."""
    p, b = (Fraction(repr(float(at[name]))) for name in ("prior_tough", "challenger_gain"))
    n, a = int(at["probes"]), Fraction(repr(float(at["peace_gain"])))
    deterred = sum(p > b**k for k in range(1, n + 1))
    found = {"deterred_probes": float(deterred), "open_probes": float(n - deterred)}
    level, before = b**n, b ** (n - 1)
    rate = Fraction(0) if n == 1 else Fraction(1) if p >= before else (1 - before) * p / ((1 - p) * before)
    found["probe_probability"] = float(1 if p < level else 0 if p > level else 1 - 1 / a)
    found["weak_resist_probability"] = float(rate)
    found["belief_after_resistance"] = float(p / (p + (1 - p) * rate)) if p > 0 else np.nan
    return found


def played(v: Values, replicates: int, rng: np.random.Generator) -> dict[str, Any]:
    """Many defenders played through all probes; the belief of each run follows Bayes' rule from the strategies (1) and (2)."""
    size = points(v)
    most = int(v["probes"].max())
    blank = {str(k): (np.full(size, np.nan), np.full(size, np.nan)) for k in range(1, most + 1)}
    total, pay = (np.empty(size), np.empty(size)), (np.empty(size), np.empty(size))
    for n in range(size):
        p, b, a = (np.full(replicates, v[name][n]) for name in ("prior_tough", "challenger_gain", "peace_gain"))
        tough = rng.random(replicates) < p
        number, payoff = np.zeros(replicates), np.zeros(replicates)
        for k in range(int(v["probes"][n]), 0, -1):
            hit = rng.random(replicates) < probes(p, b, a, k)
            rate = resists(p, b, k)
            held = hit & (tough | (rng.random(replicates) < rate))
            number += hit
            payoff += np.where(hit, -1.0 * held, a)
            blank[str(k)][0][n], blank[str(k)][1][n] = _mean(hit)
            p = np.where(held, p / (p + (1 - p) * rate), np.where(hit, 0.0, p))
        total[0][n], total[1][n] = _mean(number)
        pay[0][n], pay[1][n] = _mean(payoff[~tough]) if (~tough).any() else (np.nan, np.nan)
    return {
        "probed": {k: Estimate(*x) for k, x in blank.items()},
        "expected_probes": Estimate(*total),
        "weak_defender_payoff": Estimate(*pay),
    }


def _mean(x: np.ndarray) -> tuple[float, float]:
    return float(np.mean(x)), max(float(np.std(x)), 1e-9) / np.sqrt(len(x))


def simulate(v: Values, replicates: int, seed: int) -> dict[str, Any]:
    """The estimates of `played` from a seed."""
    return played(v, replicates, np.random.default_rng(seed))


def _answers() -> tuple[Answer, ...]:
    out: list[Answer] = []
    for number, prior, deterred, left in ((10, 0.05, 5, 5), (10, 0.1, 6, 4), (20, 0.01, 11, 9)):
        given = {"challenger_gain": 0.6, "probes": number, "prior_tough": prior}
        source = "equation (4) with the paper's thresholds b^k: powers of 0.6 compared with the prior, by hand"
        out.append(Answer(given, "deterred_probes", deterred, 0.0, "derived", source))
        out.append(Answer(given, "open_probes", left, 0.0, "derived", source))
    given = {"challenger_gain": 0.6, "probes": 4, "prior_tough": 0.1}
    rule = "strategies (1) to (3) as read in Kreps and Wilson (1982); the value by hand"
    out += [
        Answer(given, "probe_probability", 1.0, 0.0, "derived", f"{rule}: 0.1 < 0.6^4"),
        Answer(given, "weak_resist_probability", 98 / 243, 1e-9, "derived", f"{rule}: 0.784 x 0.1 / (0.9 x 0.216)"),
        Answer(given, "belief_after_resistance", 0.216, 1e-9, "derived", f"{rule}: 0.6^3"),
    ]
    given = {"challenger_gain": 0.6, "probes": 2, "prior_tough": 0.05, "peace_gain": 2.0}
    hand = (
        "by hand: the first probe comes and is resisted with 0.05 / 0.6 = 1/12; then the second comes with 1/2, else for certain"
    )
    out += [
        Answer(given, "probed", 23 / 24, 1e-9, "derived", hand, entry="1"),
        Answer(given, "resisted", 1 / 12, 1e-9, "derived", hand, entry="2"),
        Answer(given, "expected_probes", 47 / 24, 1e-9, "derived", hand),
        Answer({**given, "probes": 10}, "weak_defender_payoff", 10.0, 1e-9, "derived", "equation (5), by hand: 5 x 2"),
    ]
    return tuple(out)


RESOLVE: Final = Model(
    name="reputation_for_resolve",
    label="B6",
    title="Reputation for resolve",
    question="How long does a small chance of being tough deter probes, and when do they begin?",
    citation=CITATION,
    parameters=(
        Key("probes", count(1, MOST, "probes"), "N: probes left, the present one included.", 10),
        Key("prior_tough", probability(), "p: the belief that the defender is tough.", 0.05),
        Key(
            "challenger_gain",
            Number(0.0, 1.0, above=0.0, unit="payoff"),
            "b: of a probe that is accommodated; one that is resisted gives b - 1; below 1.",
            0.6,
        ),
        Key("peace_gain", Number(1.0, unit="payoff"), "a: of a weak defender that nobody probes; resisting costs it 1.", 2.0),
    ),
    symbols={"N": "probes", "k": "probes", "p": "prior_tough", "p0": "prior_tough", "b": "challenger_gain", "a": "peace_gain"},
    outcomes=(
        Outcome("deterred_probes", "probes", "How many of the N, the first ones, are deterred for certain (4)."),
        Outcome("open_probes", "probes", "k*: probes left when probing may begin (4)."),
        Outcome("probe_probability", "probability", "The next challenger probes (1)."),
        Outcome("weak_resist_probability", "probability", "A weak defender resists if it is probed next (2)."),
        Outcome(
            "belief_after_resistance",
            "probability",
            "The belief that the defender is tough after it resists the next probe (3).",
            undefined="The defender is known to be weak, and a weak one does not resist.",
        ),
        Outcome("weak_defender_payoff", "payoff", "What a weak defender expects over all N probes (5)."),
        Outcome(
            "probed",
            "probability",
            "Probability that the probe with so many left takes place, seen before the first.",
            index="probes left",
            undefined="There are fewer probes.",
        ),
        Outcome(
            "resisted",
            "probability",
            "Probability that the probe with so many left takes place and is resisted.",
            index="probes left",
            undefined="There are fewer probes.",
        ),
        Outcome("expected_probes", "probes", "How many of the N probes take place, expected."),
    ),
    premises=(Premise("a challenger loses if resisted: challenger_gain < 1", lambda v: v["challenger_gain"] < 1),),
    solve=solve,
    ways=(
        Way("powers in exact fractions, and Bayes' rule", each_point(by_powers)),
        Way("defenders played through all probes", lambda v, rng: played(v, REPLICATES, rng), random=True),
    ),
    caveats=(
        "Each challenger moves once; one challenger who probes again and again would think ahead.",
        "With the last probe a weak defender always accommodates.",
        "A belief within 1e-12 (relative) of b^k is taken as equal to it: there a challenger may do either.",
    ),
    simulate=simulate,
    answers=_answers(),
)

MODELS: Final = (RESOLVE,)
