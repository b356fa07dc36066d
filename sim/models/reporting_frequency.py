"""How often to report on a treaty: the period of a repeated prisoner's dilemma with imperfect public monitoring.

Signals arrive as a Poisson process and are made public at the end of every period of length D.  R and P are flow payoffs under
the treaty and after its breakdown, g is the flow gain of cheating, r the interest rate, so that delta = exp(-r D).

(1) bad news: alarms come at rate lc when both comply, ld > lc when one cheats; the treaty is punished after any alarm:
        alpha = 1 - exp(-lc D),   beta = 1 - exp(-ld D)
(2) good news: confirmations come at rate mc when both comply, md < mc when one cheats; it is punished after silence:
        alpha = exp(-mc D),       beta = exp(-md D)
(3) best symmetric payoff     v* = R - g alpha / (beta - alpha), if the states are patient enough
(4) patient enough            delta ((beta - alpha)(R - P) - alpha g) >= (1 - delta) g        (see treaty_monitoring, (5))
(5) D -> 0                    bad news: v* -> R - g lc / (ld - lc), patient enough iff (ld - lc)(R - P) - lc g > r g;
                              good news: v* -> minus infinity

With bad news v* falls in D.  With good news v* rises in D until (4) fails: the best period is the longest that satisfies (4), and
(4) holds on an interval of D, because its slack is a sum of four exponentials of D with two changes of sign.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

import numpy as np

from sim.declare import Key, Number, nonnegative, positive
from sim.models.model import Answer, Model, Outcome, Premise, Values, Way
from sim.models.payoffs import TIE

News = tuple[np.ndarray, np.ndarray, np.ndarray]
"""Of one kind of news: alpha, beta - alpha, alpha / (beta - alpha)."""

OF_ALARMS: Final = frozenset(
    {"best_payoff_bad_news", "limit_bad_news", "sustainable_bad_news", "payoff_bad_news", "sustainable_at_short_periods"}
)
"""Outcomes that suppose ld > lc; all others suppose mc > md."""


def bad_news(v: Values, period: np.ndarray) -> News:
    """Equation (1), without cancellation for short periods."""
    low, high = v["alarm_rate_complying"], v["alarm_rate_cheating"]
    alpha = -np.expm1(-low * period)
    gap = -np.exp(-low * period) * np.expm1(-(high - low) * period)
    return alpha, gap, np.where(low > 0, np.expm1(low * period) / -np.expm1(-(high - low) * period), 0.0)


def good_news(v: Values, period: np.ndarray) -> News:
    """Equation (2), without cancellation for short periods."""
    high, low = v["confirmation_rate_complying"], v["confirmation_rate_cheating"]
    gap = np.exp(-low * period) * -np.expm1(-(high - low) * period)
    return np.exp(-high * period), gap, 1 / np.expm1((high - low) * period)


def slack(v: Values, period: np.ndarray, news: Callable[[Values, np.ndarray], News]) -> np.ndarray:
    """Left minus right side of (4), times exp(r D): the states are patient enough where it is >= 0."""
    alpha, gap, _ = news(v, period)
    return gap * (v["reward"] - v["punishment"]) - (alpha + np.expm1(v["interest_rate"] * period)) * v["gain"]


def solve(v: Values) -> dict[str, Any]:
    """Equations (1) to (5)."""
    period, gain, stake = v["period"], v["gain"], v["reward"] - v["punishment"]
    low, high = v["alarm_rate_complying"], v["alarm_rate_cheating"]
    bad, good = bad_news(v, period), good_news(v, period)
    bad_best, good_best = v["reward"] - gain * bad[2], v["reward"] - gain * good[2]
    bad_holds = slack(v, period, bad_news) >= -TIE * gain
    good_holds = slack(v, period, good_news) >= -TIE * gain
    longest = longest_good_news(v)
    found = {
        "best_payoff_bad_news": bad_best,
        "best_payoff_good_news": good_best,
        "limit_bad_news": v["reward"] - gain * low / (high - low),
        "sustainable_bad_news": bad_holds.astype(float),
        "sustainable_good_news": good_holds.astype(float),
        "payoff_bad_news": np.where(bad_holds, bad_best, v["punishment"]),
        "payoff_good_news": np.where(good_holds, good_best, v["punishment"]),
        "sustainable_at_short_periods": ((high - low) * stake - low * gain > v["interest_rate"] * gain).astype(float),
        "best_period_good_news": longest,
        "best_payoff_at_best_period": v["reward"] - gain * good_news(v, longest)[2],
    }
    return told(v, found)


def told(v: Values, found: Mapping[str, np.ndarray]) -> dict[str, Any]:
    """Outcomes, undefined where the news that they are about does not tell cheating from complying."""
    bad = v["alarm_rate_cheating"] > v["alarm_rate_complying"]
    good = v["confirmation_rate_complying"] > v["confirmation_rate_cheating"]
    return {name: np.where(bad if name in OF_ALARMS else good, x, np.nan) for name, x in found.items()}


def longest_good_news(v: Values) -> np.ndarray:
    """The longest period that satisfies (4) under good news, (P,); nan where there is none or no longest.

    With h = R - P, exp(-r D) times the slack is f(D) = h exp(-(r + md) D) - (h + g) exp(-(r + mc) D) + g exp(-r D) - g.  f' has
    one root, where f is largest, and f falls after it.  The sign of f' is that of `slope`.
    """
    mc, md, r, g = v["confirmation_rate_complying"], v["confirmation_rate_cheating"], v["interest_rate"], v["gain"]
    h = v["reward"] - v["punishment"]

    def slope(period: np.ndarray) -> np.ndarray:
        return (h + g) * (r + mc) * np.exp(-mc * period) - h * (r + md) * np.exp(-md * period) - g * r

    def value(period: np.ndarray) -> np.ndarray:
        return slack(v, period, good_news)

    top = _last(slope, np.zeros_like(mc), 1 / mc)
    return np.where(value(top) >= 0, _last(value, top, 2 * top), np.nan)


def _last(rule: Callable[[np.ndarray], np.ndarray], low: np.ndarray, high: np.ndarray) -> np.ndarray:
    """The last place, after `low`, where a rule that changes its sign once is >= 0; nan where it never becomes negative."""
    for _ in range(60):
        high = np.where(rule(high) >= 0, 2 * high, high)
    ends = rule(high) < 0
    for _ in range(80):
        middle = (low + high) / 2
        good = rule(middle) >= 0
        low, high = np.where(good, middle, low), np.where(good, high, middle)
    return np.where(ends, low, np.nan)


def by_breakdown(v: Values) -> dict[str, Any]:
    """The best payoff from the smallest probability of breakdown after an alarm that deters, found by bisection."""
    out: dict[str, Any] = {}
    for name, news in (("bad_news", bad_news), ("good_news", good_news)):
        alpha, gap, _ = news(v, v["period"])
        delta, beta = np.exp(-v["interest_rate"] * v["period"]), alpha + gap

        def loss(
            x: np.ndarray, delta: np.ndarray = delta, alpha: np.ndarray = alpha, beta: np.ndarray = beta
        ) -> tuple[np.ndarray, np.ndarray]:
            lost = delta * alpha * x
            value = ((1 - delta) * v["reward"] + lost * v["punishment"]) / (1 - delta + lost)
            cheat = (1 - delta) * (v["reward"] + v["gain"]) + delta * ((1 - beta * x) * value + beta * x * v["punishment"])
            return cheat - value, value

        low, high = np.zeros_like(delta), np.ones_like(delta)
        holds = loss(high)[0] <= TIE * v["gain"]
        for _ in range(60):
            middle = (low + high) / 2
            bad = loss(middle)[0] > 0
            low, high = np.where(bad, middle, low), np.where(bad, high, middle)
        out[f"sustainable_{name}"] = holds.astype(float)
        out[f"payoff_{name}"] = np.where(holds, loss(high)[1], v["punishment"])
    return told(v, out)


def by_likelihood_ratio(v: Values) -> dict[str, Any]:
    """v* = R - g / (l - 1) with the likelihood ratio l = beta / alpha of an alarm."""
    with np.errstate(all="ignore"):
        period = v["period"]
        bad = (1 - np.exp(-v["alarm_rate_cheating"] * period)) / (1 - np.exp(-v["alarm_rate_complying"] * period))
        good = np.exp((v["confirmation_rate_complying"] - v["confirmation_rate_cheating"]) * period)
    found = {
        "best_payoff_bad_news": v["reward"] - v["gain"] / (bad - 1),
        "best_payoff_good_news": v["reward"] - v["gain"] / (good - 1),
        "limit_bad_news": v["reward"] - v["gain"] / (v["alarm_rate_cheating"] / v["alarm_rate_complying"] - 1),
    }
    return told(v, found)


def _answers() -> tuple[Answer, ...]:
    by_hand = "equation (3), by hand"
    out = [
        Answer({"period": 1.0}, "best_payoff_bad_news", 0.866354, 5e-7, "derived", by_hand),
        Answer({"period": 0.1}, "best_payoff_bad_news", 0.896965, 5e-7, "derived", by_hand),
        Answer({}, "limit_bad_news", 0.9, 1e-12, "derived", "equation (5), by hand"),
    ]
    for period, target in ((5.0, 0.9553), (2.0, 0.7090), (1.0, 0.2293), (0.5, -0.7604)):
        out.append(Answer({"period": period}, "best_payoff_good_news", target, 5e-5, "derived", by_hand))
    words = "Abreu, Milgrom and Pearce (1991), abstract: shortening the period can destroy all incentives for cooperation"
    rarer = "Abreu, Milgrom and Pearce (1991), abstract: reporting less often can enhance efficiency at low interest rates"
    for period, holds in ((0.1, 0.0), (5.0, 1.0)):
        source = words if holds == 0.0 else rarer
        out.append(Answer({"period": period}, "sustainable_good_news", holds, 0.0, "confirmed abstract", source))
    return tuple(out)


PATIENT: Final = "Its test of patience is the outcome sustainable; a value below P means that no treaty is worth having."

ALARMS: Final = "Alarms do not point to cheating: it must raise their rate, ld > lc."
CONFIRMATIONS: Final = "Silence does not point to cheating: it must lower the confirmation rate, mc > md."
LONG: Final = f"{ALARMS} Or the period is so long that an alarm tells nothing: v* is minus infinity."
SHORT: Final = f"{CONFIRMATIONS} Or the period is so short that silence tells nothing: v* is minus infinity."
NO_PERIOD: Final = f"{CONFIRMATIONS} Or no period sustains the treaty, or every long one does (interest rate 0)."

FREQUENCY: Final = Model(
    name="reporting_frequency",
    label="A2b",
    title="How often to report on a treaty",
    question="Is it good for a treaty to report on compliance more often?",
    citation=("Abreu, Milgrom and Pearce, Information and timing in repeated partnerships, Econometrica 59 (1991) 1713-1733.",),
    parameters=(
        Key("reward", Number(unit="payoff per time"), "R: both comply.", 1.0),
        Key("punishment", Number(unit="payoff per time"), "P: the treaty has broken down.", 0.0),
        Key("gain", positive("payoff per time"), "g: gain of cheating on a state that complies.", 0.5),
        Key("period", positive("time"), "D: time between two reports.", 1.0),
        Key("interest_rate", nonnegative("1/time"), "r: discount rate; the discount factor of a period is exp(-r D).", 0.01),
        Key("alarm_rate_complying", nonnegative("1/time"), "lc: bad news while both comply.", 0.1),
        Key("alarm_rate_cheating", nonnegative("1/time"), "ld: bad news while one cheats.", 0.6),
        Key("confirmation_rate_complying", positive("1/time"), "mc: good news while both comply.", 0.6),
        Key("confirmation_rate_cheating", nonnegative("1/time"), "md: good news while one cheats.", 0.1),
    ),
    symbols={
        "R": "reward",
        "P": "punishment",
        "g": "gain",
        "D": "period",
        "r": "interest_rate",
        "lc": "alarm_rate_complying",
        "ld": "alarm_rate_cheating",
        "mc": "confirmation_rate_complying",
        "md": "confirmation_rate_cheating",
    },
    outcomes=(
        Outcome("best_payoff_bad_news", "payoff per time", f"v* with alarms, for patient states (3). {PATIENT}", undefined=LONG),
        Outcome(
            "best_payoff_good_news",
            "payoff per time",
            f"v* with confirmations, for patient states (3). {PATIENT}",
            undefined=SHORT,
        ),
        *(
            Outcome(name, unit, text, undefined=ALARMS if name in OF_ALARMS else CONFIRMATIONS)
            for name, unit, text in (
                ("limit_bad_news", "payoff per time", "v* with alarms as the period goes to 0 (5)."),
                ("sustainable_bad_news", "", "1 if alarms sustain the treaty at this period and interest rate (4), else 0."),
                ("sustainable_good_news", "", "1 if confirmations sustain the treaty at this period and interest rate, else 0."),
                ("payoff_bad_news", "payoff per time", "v* with alarms where they sustain the treaty, else P."),
                ("payoff_good_news", "payoff per time", "v* with confirmations where they sustain the treaty, else P."),
                ("sustainable_at_short_periods", "", "1 if alarms sustain the treaty at all short periods (5), else 0."),
            )
        ),
        Outcome(
            "best_period_good_news",
            "time",
            "The period with the highest payoff under good news: the longest that sustains the treaty (4).",
            undefined=NO_PERIOD,
        ),
        Outcome(
            "best_payoff_at_best_period",
            "payoff per time",
            "v* with confirmations at the best period.",
            undefined=NO_PERIOD,
        ),
    ),
    premises=(Premise("breakdown is worse than the treaty: reward > punishment", lambda v: v["reward"] > v["punishment"]),),
    solve=solve,
    ways=(
        Way("smallest deterring probability of breakdown, by bisection", by_breakdown),
        Way("likelihood ratio of an alarm", by_likelihood_ratio),
    ),
    caveats=(
        "The paper's abstract makes the claims in words; the numbers and the best period are derived here.",
        "With good news the payoff v* can lie below P: then no treaty is sustainable at any interest rate.",
    ),
    answers=_answers(),
)

MODELS: Final = (FREQUENCY,)
