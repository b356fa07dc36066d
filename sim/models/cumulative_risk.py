"""Cumulative risk: what a yearly probability adds up to, with a decline, as a chain of accidents, and backwards.

A12, yearly probabilities that decline.  The disaster happens in year i = 0, 1, 2, ..., if not before, with probability p_i.
With p_i = p r^i (each year's probability is the fraction r of the last):

(1) ever                      P = 1 - prod over i >= 0 of (1 - p r^i) = 1 - (p; r)_inf, a q-Pochhammer symbol
(2) bounds                    1 - exp(-p / (1 - r)) <= P <= 1 - (1 - p)^(1 / (1 - r)); P = 1 if r = 1 and p > 0
(3) within t years            1 - prod over i < t of (1 - p r^i)
(4) tiring reductions         p_(i+1) = p_i (1 - (1 - r) s^i): each reduction is s times the last; with s < 1, P = 1 if r, p > 0

(1) and (3) are computed from -log prod = sum over m >= 1 of p^m (1 - r^(mt)) / (m (1 - r^m)) after some factors taken directly.

A12b, a chain of accidents.  Initiating events come at rate n / T, and each becomes a disaster with probability p1 p2 p3:

(5) rate lambda = (n / T) p1 p2 p3,  within t years 1 - exp(-lambda t),  expected wait 1 / lambda

A12c, backwards.  A probability P within T years, at a constant hazard h:

(6) h = -log(1 - P) / T,  a year 1 - exp(-h),  within t years 1 - exp(-h t)

Survival probabilities are multiplied; adding yearly probabilities is wrong, and the sum can exceed 1.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from sim.declare import Key, Number, count, positive, probability
from sim.models.model import Answer, Estimate, Model, Outcome, Premise, Values, Way

DIRECT: Final = 128
"""Factors taken directly before the series; where the series would then be slow, survival is below 1e-128."""
TERMS: Final = 400
LONGEST: Final = 10_000
"""Most years asked for."""


def hazard(p: np.ndarray, r: np.ndarray, years: np.ndarray) -> np.ndarray:
    """-log prod over i < years of (1 - p r^i), shape (P,); `years` may be infinite."""
    log_r = np.log(r)
    total = np.zeros_like(p)
    for i in range(int(min(DIRECT, np.max(years, initial=0)))):
        total += np.where(i < years, -np.log1p(-p * r**i), 0.0)
    left = np.maximum(years - DIRECT, 0.0)
    first = p * r**DIRECT
    power = np.ones_like(p)
    rows = np.flatnonzero((left > 0) & (first > 0))  # the rest have nothing left
    left, first, power, log_r = left[rows], first[rows], power[rows], log_r[rows]
    more = np.zeros_like(first)
    for m in range(1, TERMS + 1):
        power = power * first
        flat = log_r == 0
        factors = np.where(flat, left, np.expm1(m * left * log_r) / np.expm1(m * np.where(flat, -1.0, log_r)))
        more += power / m * factors
    total[rows] += more
    return total


def solve(v: Values) -> dict[str, Any]:
    """Equations (1) to (4)."""
    from scipy.special import xlogy

    p, r, s, years = v["annual_probability"], v["annual_ratio"], v["reduction_persistence"], v["years"]
    constant = (s == 1) | (r == 1)
    lasting = (p > 0) & (r > 0) & ((s < 1) | (r == 1))  # the yearly probability does not fall to 0
    within = hazard(p, r, years)
    rows = np.flatnonzero(~constant)
    within[rows] = _tiring(p[rows], r[rows], s[rows], years[rows])
    ever = np.where(lasting, 1.0, -np.expm1(-hazard(p, r, np.full_like(p, np.inf))))
    bounded = constant & (r < 1)
    return {
        "ever": ever,
        "lower_bound": np.where(bounded, -np.expm1(-p / (1 - r)), np.nan),
        "upper_bound": np.where(bounded, -np.expm1(np.log1p(-p) / (1 - r)), np.nan),
        "within": -np.expm1(-within),
        "added": np.where(constant, p * np.where(r == 1, years, np.expm1(xlogy(years, r)) / (r - 1)), np.nan),
    }


def _tiring(p: np.ndarray, r: np.ndarray, s: np.ndarray, years: np.ndarray) -> np.ndarray:
    """-log of survival within `years` with (4), factor by factor."""
    total, now, reduction = np.zeros_like(p), p.copy(), 1 - r
    for i in range(int(np.max(years, initial=0))):
        total += np.where(i < years, -np.log1p(-now), 0.0)
        now, reduction = now * (1 - reduction), reduction * s
    return total


def by_product(v: Values) -> dict[str, Any]:
    """Survivals multiplied year by year, for at most 20,000 years; no answer where that is not enough."""
    p, r, s, years = v["annual_probability"], v["annual_ratio"], v["reduction_persistence"], v["years"]
    alive, now, reduction, within = np.ones_like(p), p.copy(), 1 - r, np.zeros_like(p)
    for i in range(20_000):
        alive = alive * (1 - now)
        now, reduction = now * (1 - reduction), reduction * s
        within = np.where(i < years, 1 - alive, within)
        if i >= np.max(years) and np.max(now) < 1e-18:
            break
    settled = ((now < 1e-18) & ((s == 1) | (now == 0))) | (alive < 1e-16)
    return {"ever": np.where(settled, 1 - alive, np.nan), "within": within}


def _answers() -> tuple[Answer, ...]:
    out = []
    for p, r, target in ((0.01, 0.9, 0.095402), (0.02, 0.95, 0.331066), (0.02, 0.9, 0.182139)):
        given = {"annual_probability": p, "annual_ratio": r}
        out.append(Answer(given, "ever", target, 5e-7, "derived", "equation (1), multiplied out"))
    steady = {"annual_probability": 0.01, "annual_ratio": 1.0}
    claim = (
        "abstract of Avenhaus, Brams, Fichtner and Kilgour (1989): a constant risk, or reductions that shrink, end in disaster"
    )
    out.append(Answer({**steady, "years": 10}, "within", 0.0956, 5e-5, "derived", "1 - 0.99^10"))
    out.append(Answer({**steady, "years": 100}, "within", 0.6340, 5e-5, "derived", "1 - 0.99^100"))
    out.append(Answer(steady, "ever", 1.0, 0.0, "confirmed abstract", claim))
    tiring = {"annual_probability": 0.01, "annual_ratio": 0.9, "reduction_persistence": 0.9}
    out.append(Answer(tiring, "ever", 1.0, 0.0, "confirmed abstract", claim))
    return tuple(out)


DECLINE: Final = Model(
    name="cumulative_risk",
    label="A12",
    title="A yearly risk that declines",
    question="Does a yearly risk of disaster that falls by a fixed share every year still end in disaster?",
    citation=(
        "Avenhaus, Brams, Fichtner and Kilgour, The probability of nuclear war, Journal of Peace Research 26 (1989) 91-99.",
    ),
    parameters=(
        Key("annual_probability", probability(), "p: of disaster in the first year.", 0.01),
        Key("annual_ratio", probability("ratio"), "r: a year's probability over that of the year before.", 0.9),
        Key("reduction_persistence", probability("ratio"), "s: a year's relative reduction over that of the year before.", 1.0),
        Key("years", count(0, LONGEST, "years"), "t: years within which it is asked for disaster.", 50),
    ),
    symbols={"p": "annual_probability", "r": "annual_ratio", "s": "reduction_persistence", "t": "years"},
    outcomes=(
        Outcome("ever", "probability", "P: disaster sooner or later (1), (4)."),
        Outcome("lower_bound", "probability", "Lower bound of P (2).", undefined="The bounds need r < 1 and s = 1."),
        Outcome("upper_bound", "probability", "Upper bound of P (2).", undefined="The bounds need r < 1 and s = 1."),
        Outcome("within", "probability", "Disaster within t years (3), (4)."),
        Outcome(
            "added",
            "",
            "The sum of the yearly probabilities over t years: what wrong addition gives, above `within`; can exceed 1.",
            undefined="Given for s = 1 only.",
        ),
    ),
    solve=solve,
    ways=(Way("survivals multiplied year by year", by_product),),
    caveats=(
        "The abstract states in words that a constant reduction keeps the risk below 1 and a shrinking one does not; the reading "
        "p r^i and all numbers are ours.",
        "Inputs are illustrations, not estimates of the risk of nuclear war.",
        "A probability per year is not a hazard: 0.01 a year is a hazard of 0.01005.",
    ),
    answers=_answers(),
)


def solve_chain(v: Values) -> dict[str, Any]:
    """Equation (5)."""
    passed = v["crisis_probability"] * v["use_probability"] * v["escalation_probability"]
    rate = v["initiating_events"] / v["observed_years"] * passed
    return {
        "rate": rate,
        "annual_probability": -np.expm1(-rate),
        "within": -np.expm1(-rate * v["years"]),
        "expected_wait": 1 / rate,
        "added": rate * v["years"],
    }


def chain_by_events(v: Values) -> dict[str, Any]:
    """Sum over the Poisson number of initiating events of the probability that none of them passes all steps, term by term."""
    passed = v["crisis_probability"] * v["use_probability"] * v["escalation_probability"]
    mean = v["initiating_events"] / v["observed_years"] * v["years"]
    weight, safe = np.exp(-mean), np.zeros_like(mean)
    for k in range(int(np.max(mean + 40 * np.sqrt(mean) + 40))):
        safe += weight * (1 - passed) ** k
        weight = weight * mean / (k + 1)
    return {"within": np.where(mean < 700, 1 - safe, np.nan)}


def chain_by_simulation(v: Values, rng: np.random.Generator) -> dict[str, Estimate]:
    """200,000 histories: a Poisson number of initiating events, each thinned in three steps."""
    n = 200_000
    share = []
    for k in range(len(v["years"])):
        events = rng.poisson(v["initiating_events"][k] / v["observed_years"][k] * v["years"][k], n)
        for step in ("crisis_probability", "use_probability", "escalation_probability"):
            events = rng.binomial(events, v[step][k])
        share.append(np.mean(events > 0))
    found = np.array(share)
    return {"within": Estimate(found, np.sqrt(np.maximum(found * (1 - found), 1 / n) / n))}


def _chain_answers() -> tuple[Answer, ...]:
    out = []
    for step, rate, fifty, digits in ((0.1, 2.0e-4, 0.00995, 5e-6), (0.5, 5.0e-3, 0.2212, 5e-5)):
        given = {"use_probability": step, "escalation_probability": step, "years": 50}
        source = "Hellman (2008); the arithmetic (3 / 50)(1 / 3) p2 p3 gives it"
        out.append(Answer(given, "rate", rate, 1e-12, "remembered", source))
        out.append(Answer(given, "within", fifty, digits, "derived", "equation (5)"))
    return tuple(out)


CHAIN: Final = Model(
    name="accident_chain",
    label="A12b",
    title="A chain of accidents that ends in disaster",
    question="What yearly risk follows from the rate of initiating events and the steps that lead from one to disaster?",
    citation=(
        "Hellman, Risk analysis of nuclear deterrence, The Bent of Tau Beta Pi (spring 2008) 14-22.",
        "Lundgren, What are the odds? Assessing the probability of a nuclear war, Nonproliferation Review 20 (2013) 361-374.",
    ),
    parameters=(
        Key("initiating_events", Number(0.0, unit="events"), "n: initiating events that were observed.", 3.0),
        Key("observed_years", positive("years"), "T: years in which they were observed.", 50.0),
        Key("crisis_probability", probability(), "p1: an initiating event becomes a major crisis.", 1 / 3),
        Key("use_probability", probability(), "p2: a major crisis leads to the use of a nuclear weapon.", 0.1),
        Key("escalation_probability", probability(), "p3: the use of a nuclear weapon leads to general nuclear war.", 0.1),
        Key("years", Number(0.0, unit="years"), "t: years within which it is asked for disaster.", 50.0),
    ),
    symbols={
        "n": "initiating_events",
        "T": "observed_years",
        "p1": "crisis_probability",
        "p2": "use_probability",
        "p3": "escalation_probability",
        "t": "years",
    },
    outcomes=(
        Outcome("rate", "per year", "lambda: rate of disasters (5)."),
        Outcome("annual_probability", "probability", "Disaster within one year."),
        Outcome("within", "probability", "Disaster within t years (5)."),
        Outcome("expected_wait", "years", "Expected years until disaster.", undefined="The rate is 0: no disaster ever."),
        Outcome("added", "", "Rate times years: what wrong addition gives; can exceed 1."),
    ),
    solve=solve_chain,
    ways=(
        Way("sum over the number of initiating events", chain_by_events),
        Way("simulated histories", chain_by_simulation, random=True),
    ),
    caveats=(
        "Three events in 50 years and one in three: IEEE Spectrum, on Hellman; p2 and p3 from 0.1 to 0.5 are remembered.",
        "A rate from three events is known within a factor of about three, before any doubt about the other steps.",
        "Inputs are illustrations, not estimates of the risk of nuclear war.",
    ),
    answers=_chain_answers(),
)


def solve_conversion(v: Values) -> dict[str, Any]:
    """Equation (6)."""
    rate = -np.log1p(-v["cumulative_probability"]) / v["observed_years"]
    return {"hazard": rate, "annual_probability": -np.expm1(-rate), "within": -np.expm1(-rate * v["years"])}


def conversion_by_powers(v: Values) -> dict[str, Any]:
    """The yearly survival as a root of the whole one, and its powers."""
    yearly = (1 - v["cumulative_probability"]) ** (1 / v["observed_years"])
    return {"hazard": -np.log(yearly), "annual_probability": 1 - yearly, "within": 1 - yearly ** v["years"]}


YEARLY: Final = {"cumulative_probability": 0.01, "observed_years": 1}
CONVERSION: Final = Model(
    name="risk_conversion",
    label="A12c",
    title="From a risk over many years to a risk per year, and back",
    question="What hazard per year is the same as a probability over a longer time?",
    citation=(
        "Lundgren, What are the odds? Assessing the probability of a nuclear war, Nonproliferation Review 20 (2013) 361-374.",
    ),
    parameters=(
        Key("cumulative_probability", probability(), "P: disaster within T years; below 1.", 0.61),
        Key("observed_years", positive("years"), "T: the years of this probability.", 66.0),
        Key("years", Number(0.0, unit="years"), "t: years within which it is asked for disaster.", 10.0),
    ),
    symbols={"P": "cumulative_probability", "T": "observed_years", "t": "years"},
    outcomes=(
        Outcome("hazard", "per year", "h: the constant hazard (6)."),
        Outcome("annual_probability", "probability", "Disaster within one year (6)."),
        Outcome("within", "probability", "Disaster within t years (6)."),
    ),
    premises=(Premise("a probability below 1: cumulative_probability < 1", lambda v: v["cumulative_probability"] < 1),),
    solve=solve_conversion,
    ways=(Way("roots and powers of the survival", conversion_by_powers),),
    caveats=(
        "61 % over 66 years is remembered from Lundgren, not read; it was his reading of the past, not a forecast.",
        "A constant hazard is an assumption; the same probability can come from a few dangerous years.",
    ),
    answers=(
        Answer({}, "hazard", 0.01427, 5e-6, "remembered", "Lundgren (2013): 61 % over 66 years; the hazard by equation (6)"),
        Answer({**YEARLY, "years": 10}, "within", 0.0956, 5e-5, "derived", "equation (6)"),
        Answer({**YEARLY, "years": 100}, "within", 0.6340, 5e-5, "derived", "equation (6)"),
    ),
)

MODELS: Final = (DECLINE, CHAIN, CONVERSION)
