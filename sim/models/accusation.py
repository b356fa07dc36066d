"""Accusations, true and false: what an audience comes to believe of a party that is accused, year by year.

A party cheats in every year or in none; an audience gives cheating the prior p.  In a year a reporter gets an alarm with
probability d if the party cheats and f < d if it complies, and reports it.  Without an alarm it has with probability m an
opportunity to claim one.  A claim brings G if it is believed; if not, it costs the reporter c of reputation, c known to it alone
and uniform on [0, K].  The audience cannot tell an alarm from a claim.  O = p / (1 - p) are the prior odds.

(1) accusation a year        D = d + (1 - d) s if the party cheats, F = f + (1 - f) s if it complies
(2) credibility              q = O D / (O D + F): belief after an accusation at the prior
(3) reporter                 claims falsely iff q G > (1 - q) c, that is up to the cutoff c* = G O D / F; c* < K is interior
(4) equilibrium              s = m min(1, c* / K): with w = m O G / K the positive root of
                             (1 - f) s^2 + (f - w (1 - d)) s - w d = 0, or m if that is less; there is one, as -w d < 0
(5) belief                   odds O (D / F)^n ((1 - D) / (1 - F))^(t - n) after n accusations in t years
(6) mean belief              the mean of (5) over n binomial (t, D) if the party cheats, (t, F) if it complies
(7) conviction               the first year in which belief is r or more, that is n >= b(t); its law by recursion over (t, n)
(8) evidence a year          D ln(D/F) + (1 - D) ln((1 - D)/(1 - F)) if it cheats; F ln(F/D) + (1 - F) ln((1 - F)/(1 - D)) if it
                             complies: how fast the logarithm of the odds rises, or falls, on average
(9) deliberate share         (1 - f) s / F of the accusations of a party that complies are known to be false by the reporter

The reporter weighs a claim at the prior in every year, so s is one number: a reporter of fixed reputation, and not one that
spends it.  The more readily it claims falsely, the nearer are D and F, and the less its true accusations say.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from typing import Any, Final

import numpy as np

from sim.declare import Key, ListOf, Number, Whole, positive, probability
from sim.models.accusation_answers import ANSWERS
from sim.models.model import Estimate, Model, Outcome, Premise, Values, Way, each_point

CITATION: Final = (
    "Wald, Sequential tests of statistical hypotheses, Annals of Mathematical Statistics 16 (1945) 117-186, for (5) to (8).",
    "Crawford and Sobel, Strategic information transmission, Econometrica 50 (1982) 1431-1451, for messages that cost nothing.",
    "Sobel, A theory of credibility, Review of Economic Studies 52 (1985) 557-573, for a sender whose reputation is at stake.",
)

TRUTHS: Final = ("it cheats", "it complies")
REPLICATES: Final = 20_000
LONGEST: Final = 12
"""Histories of so many years at most are enumerated."""


def false_rate(v: Values) -> np.ndarray:
    """s of (4), (P,)."""
    d, f, m = v["detection"], v["false_alarm"], v["opportunity"]
    w = m * v["prior"] / (1 - v["prior"]) * v["gain"] / v["largest_cost"]
    b, root = f - w * (1 - d), np.sqrt((f - w * (1 - d)) ** 2 + 4 * (1 - f) * w * d)
    above = np.where(b > 0, 2 * w * d / (b + root), (root - b) / (2 * (1 - f)))
    return np.where(w > 0, np.minimum(above, m), 0.0)


def odds(v: Values, s: np.ndarray, accused: np.ndarray | int, years: int) -> np.ndarray:
    """ln of (5); nan after what could not have happened."""
    seen, missed = _log_ratios(v, s)
    quiet = years - accused
    start = np.log(v["prior"]) - np.log1p(-v["prior"])
    start = np.where((s == 1) & np.greater(quiet, 0), np.nan, start)  # with an accusation in every year no year is quiet
    return start + np.where(np.greater(accused, 0), accused * seen, 0.0) + np.where(np.greater(quiet, 0), quiet * missed, 0.0)


def _yearly(v: Values, s: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """D and F of (1)."""
    return v["detection"] + (1 - v["detection"]) * s, v["false_alarm"] + (1 - v["false_alarm"]) * s


def _log_ratios(v: Values, s: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """ln(D / F) and ln((1 - D) / (1 - F)); s falls out of the second."""
    seen, wrong = _yearly(v, s)
    return np.log(seen) - np.log(wrong), np.log1p(-v["detection"]) - np.log1p(-v["false_alarm"])


def _belief(log_odds: np.ndarray) -> np.ndarray:
    return np.where(log_odds > 0, 1 / (1 + np.exp(-np.abs(log_odds))), 1 - 1 / (1 + np.exp(-np.abs(log_odds))))


def _convicts(v: Values, log_odds: np.ndarray) -> np.ndarray:
    """Whether belief is r or more, but for rounding."""
    limit = np.log(v["conviction"]) - np.log1p(-v["conviction"])
    return log_odds >= np.where(np.isfinite(limit), limit - 1e-12 * (1 + np.abs(limit)), limit)


def solve(v: Values) -> dict[str, Any]:
    """Equations (1) to (9)."""
    s, years, prior = false_rate(v), int(v["horizon"]), v["prior"]
    yearly = _yearly(v, s)
    seen, wrong = yearly
    hit, miss = _log_ratios(v, s)
    believed = _belief(odds(v, s, 1, 1))
    belief: dict[str, np.ndarray] = {}
    convicted: dict[str, np.ndarray] = {}
    for truth, rate in zip(TRUTHS, yearly, strict=True):
        all_of, waiting = np.ones((1, len(s))), np.ones((1, len(s)))
        for t in range(years + 1):
            if t:
                all_of, waiting = _year(all_of, rate), _year(waiting, rate)
            each = np.stack([odds(v, s, n, t) for n in range(t + 1)])
            belief[f"{truth}:{t}"] = _total(np.where(all_of > 0, all_of * _belief(each), 0.0))
            waiting = np.where(_convicts(v, each), 0.0, waiting)
            convicted[f"{truth}:{t}"] = np.clip(1 - _total(waiting), 0.0, 1.0)
    guilty, innocent = (share * convicted[f"{truth}:{years}"] for truth, share in zip(TRUTHS, (prior, 1 - prior), strict=True))
    return {
        "false_accusation": s,
        "cutoff_cost": np.where(v["gain"] > 0, v["gain"] * np.exp(odds(v, s, 1, 1)), 0.0),
        "credibility": believed,
        "accusation": dict(zip(TRUTHS, yearly, strict=True)),
        "deliberate_share": (1 - v["false_alarm"]) * s / wrong,
        "evidence": {
            TRUTHS[0]: seen * hit + np.where(seen < 1, (1 - seen) * miss, 0.0),
            TRUTHS[1]: -np.where(wrong > 0, wrong * hit, 0.0) - np.where(wrong < 1, (1 - wrong) * miss, 0.0),
        },
        "belief": belief,
        "belief_told": {str(t): _belief(odds(v, s, _told(v, t), t)) for t in range(years + 1)},
        "convicted": convicted,
        "wrong_convictions": innocent / (guilty + innocent),
    }


def _year(law: np.ndarray, rate: np.ndarray) -> np.ndarray:
    """The law of the number of accusations (n, P) a year later."""
    none = np.zeros((1, law.shape[1]))
    return np.concatenate([law * (1 - rate), none]) + np.concatenate([none, law * rate])


def _total(x: np.ndarray) -> np.ndarray:
    """Sums over the first axis, one after the other, so that a point has the same sum in any company."""
    return np.add.accumulate(x, axis=0)[-1]


def _told(v: Values, years: int) -> np.ndarray:
    """In how many of the first years there is an accusation that is given, (P,)."""
    year = np.ceil(v["accused_in"])
    return sum(((year == t).any(axis=1) for t in range(1, years + 1)), np.zeros(len(year)))


@each_point
def by_enumeration(at: dict[str, Any]) -> dict[str, Any]:
    """s by bisection on (3), beliefs and convictions from every history of up to 12 years by itself."""
    d, f, m, p, years = at["detection"], at["false_alarm"], at["opportunity"], at["prior"], int(at["horizon"])

    def claimed(s: float) -> float:
        seen, wrong = d + (1 - d) * s, f + (1 - f) * s
        return m * (1.0 if at["gain"] * p * seen >= at["largest_cost"] * (1 - p) * wrong else at["gain"] * p * seen
                    / (at["largest_cost"] * (1 - p) * wrong))  # fmt: skip

    low, high = 0.0, m
    for _ in range(100):
        middle = (low + high) / 2
        low, high = (middle, high) if claimed(middle) > middle else (low, middle)
    s = high if at["gain"] > 0 else 0.0
    out: dict[str, Any] = {"false_accusation": s}
    if years > LONGEST:
        return out
    belief = {f"{truth}:{t}": 0.0 for truth in TRUTHS for t in range(years + 1)}
    convicted = dict(belief)
    for history in product((False, True), repeat=years):
        chance, path = _lived((d, f), s, p, history)
        for truth, weight in zip(TRUTHS, chance, strict=True):
            reached = False
            for t, believed in enumerate(path):
                reached |= believed >= at["conviction"] - 1e-12
                belief[f"{truth}:{t}"] += weight * believed if weight > 0 else 0.0
                convicted[f"{truth}:{t}"] += weight * reached
    return {**out, "belief": belief, "convicted": convicted}


def _lived(alarms: tuple[float, float], s: float, prior: float, history: tuple[bool, ...]) -> tuple[list[float], list[float]]:
    """The probabilities of a history under either truth, and the beliefs in it, by Bayes' rule a year at a time."""
    chance, path = [1.0, 1.0], [prior]
    for accused in history:
        likely = [alarm + (1 - alarm) * s if accused else (1 - alarm) * (1 - s) for alarm in alarms]
        chance = [c * x for c, x in zip(chance, likely, strict=True)]
        joint = prior * chance[0], (1 - prior) * chance[1]
        path.append(joint[0] / sum(joint) if sum(joint) > 0 else 0.0)
    return chance, path


def by_drawing(v: Values, *, rng: np.random.Generator) -> dict[str, Any]:
    """Drawn alarms, opportunities and costs; the reporter compares (3) each time, the audience counts."""
    s, years = false_rate(v), int(v["horizon"])
    cutoff = v["gain"] * np.exp(odds(v, s, 1, 1))
    belief: dict[str, Estimate] = {}
    convicted: dict[str, Estimate] = {}
    size = (REPLICATES, len(s))
    for truth, alarm in zip(TRUTHS, (v["detection"], v["false_alarm"]), strict=True):
        count, reached = np.zeros(size), np.zeros(size, bool)
        for t, drawn in enumerate(_drawn_years(v, alarm, cutoff, size, years, rng)):
            count = count + drawn
            now = odds(v, s, count, t)
            reached |= _convicts(v, now)
            belief[f"{truth}:{t}"], convicted[f"{truth}:{t}"] = _estimate(_belief(now)), _estimate(reached.astype(float))
    return {"belief": belief, "convicted": convicted}


def _drawn_years(
    v: Values, alarm: np.ndarray, cutoff: np.ndarray, size: tuple[int, int], years: int, rng: np.random.Generator
) -> Iterator[np.ndarray]:
    """Whether an accusation is made: not before the first year, then year by year."""
    yield np.zeros(size)
    for _ in range(years):
        found = rng.random(size) < alarm
        claims = (rng.random(size) < v["opportunity"]) & (rng.random(size) * v["largest_cost"] < cutoff)
        yield (found | claims).astype(float)


def _estimate(x: np.ndarray) -> Estimate:
    return Estimate(x.mean(axis=0), x.std(axis=0, ddof=1) / np.sqrt(REPLICATES))


ACCUSATION: Final = Model(
    name="accusation",
    label="D5",
    title="Accusations, true and false",
    question="What does an audience come to believe of a party that is accused, if the accuser may know that its claim is false?",
    citation=CITATION,
    parameters=(
        Key("prior", probability(), "p: the audience's belief that the party cheats, at the start.", 0.2),
        Key("detection", probability("probability a year"), "d: an alarm in a year if the party cheats.", 0.25),
        Key("false_alarm", probability("probability a year"), "f: an alarm in a year if the party complies.", 0.05),
        Key("opportunity", probability("probability a year"), "m: an opportunity to accuse without an alarm.", 0.2),
        Key("gain", Number(0.0, 1e6, unit="payoff"), "G: what a believed accusation brings the reporter.", 1.0),
        Key("largest_cost", Number(above=0.0, high=1e6, unit="payoff"), "K: the most that a disbelieved one may cost it.", 4.0),
        Key("conviction", probability(), "r: the belief that convicts.", 0.8),
        Key(
            "accused_in", ListOf(positive("years")), "Years (1 is the first) with an accusation, for the belief that is told.", []
        ),
        Key("horizon", Whole(1, 40), "Years that are looked at.", 12, structure=True),
    ),
    symbols={
        "p": "prior",
        "d": "detection",
        "f": "false_alarm",
        "m": "opportunity",
        "G": "gain",
        "K": "largest_cost",
        "r": "conviction",
    },
    outcomes=(
        Outcome("false_accusation", "probability a year", "s: a false accusation in a year without an alarm (4)."),
        Outcome(
            "cutoff_cost",
            "payoff",
            "c*: the reporter claims falsely where being disbelieved would cost it less (3).",
            undefined="A claim is sure to be believed, whatever it would cost.",
        ),
        Outcome("credibility", "probability", "q: belief after an accusation in the first year (2)."),
        Outcome("accusation", "probability a year", "D and F: an accusation in a year, true or false (1).", "truth"),
        Outcome(
            "deliberate_share",
            "share",
            "Share of the accusations of a party that complies which the reporter knows to be false (9).",
            undefined="A party that complies is never accused.",
        ),
        Outcome(
            "evidence",
            "nats a year",
            "How fast the logarithm of the odds moves towards the truth on average (8).",
            "truth",
            undefined="A single year can settle the matter.",
        ),
        Outcome(
            "belief", "probability", "Mean belief that the party cheats, after so many years, by what is true (6).", "truth:years"
        ),
        Outcome(
            "belief_told",
            "probability",
            "Belief after so many years with the accusations that are given (5).",
            "years",
            undefined="These accusations and silences cannot have been.",
        ),
        Outcome("convicted", "probability", "Belief has reached r within so many years, by what is true (7).", "truth:years"),
        Outcome(
            "wrong_convictions",
            "share",
            "Share of those convicted within the horizon who comply, the prior being right.",
            undefined="Nobody is convicted.",
        ),
    ),
    premises=(
        Premise("an alarm speaks for cheating: detection > false_alarm", lambda v: v["detection"] > v["false_alarm"]),
        Premise("the audience is not certain: 0 < prior < 1", lambda v: (v["prior"] > 0) & (v["prior"] < 1)),
    ),
    solve=solve,
    ways=(
        Way("enumeration of histories", by_enumeration),
        Way("drawn histories", by_drawing, random=True),
    ),
    caveats=(
        "Cheating lasts for the whole time or never begins; a party that begins later is believed innocent for longer.",
        "The reporter weighs its claim at the prior in every year; one that is caught out would be believed less afterwards.",
        "A denial tells nothing, as a cheater and an honest party both deny; what inspectors could show is part of d and f.",
        "Alarms of different years are independent given the truth; an error that repeats itself convicts faster.",
        "The model is ours; the papers cited are remembered and gave the ideas.",
    ),
    answers=ANSWERS,
)

MODELS: Final = (ACCUSATION,)
