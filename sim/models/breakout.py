"""Breakout: how long a state would need for one weapon's worth of fuel, when that is too short to be stopped, and strikes.

While a deal holds, breakout time is b_0 months.  It ends at the rate h a year, or by its own terms after S years.  Without it
limits lapse one by one, at the rate g a year from b_j to b_(j+1), down to the last; a new deal comes at the rate n a year and
brings b_0 back.

(1) caught in time       a dash is seen after a delay with mean m months, exponential (m' without the deal), and can be stopped
                         r months later, if that is before its end: c(b) = 1 - exp(-(b - r) / m) for b > r, else 0
(2) strike zone          c(b) < q, so b < b* = r - m ln(1 - q), 0 if q = 0: who fears a dash cannot count on stopping it
(3) hazard of a strike   at step j a year: s where b_j is in the zone, and everywhere f e: f contested findings, each of which
                         brings a strike with probability e
(4) law of the step      P(t) = P(0) exp(Q t), Q of the deal and the steps without it, with a strike absorbing; at S the share
                         of the deal moves to the first step without it
(5) without new deals, strikes or an end by its own terms
                         P(j steps at t) = integral over (0, t) of h exp(-h u) e^(-x) x^j / j! du, x = g (t - u), j below the last
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from sim.declare import Choice, Key, ListOf, Number, Whole, nonnegative, positive, probability
from sim.models.model import Answer, Estimate, Model, Outcome, Premise, Values, Way, each_point, points

REPLICATES: Final = 20_000
MONTHS: Final = 12
"""Months of breakout time for which the law is told."""


def breakouts(v: Values) -> np.ndarray:
    """Breakout time in months by state: the deal, then the steps without it; (P, states)."""
    return np.column_stack([v["months"][:, :1], v["months"]])


def delays(v: Values) -> np.ndarray:
    """Mean delay in months by state, (P, states)."""
    return np.column_stack([v["delay"][:, None], np.repeat(v["delay_without"][:, None], v["months"].shape[1], axis=1)])


def zone(v: Values) -> np.ndarray:
    """b* of (2) by state, (P, states) in months; infinite where nothing short of certainty will do."""
    wanted = v["confidence"][:, None]
    with np.errstate(divide="ignore"):
        return np.where(wanted > 0, v["response"][:, None] - delays(v) * np.log1p(-wanted), 0.0)


def caught(v: Values) -> np.ndarray:
    """c of (1) by state, (P, states)."""
    spare = breakouts(v) - v["response"][:, None]
    return np.where(spare > 0, -np.expm1(-np.maximum(spare, 0.0) / delays(v)), 0.0)


def hazards(v: Values) -> np.ndarray:
    """(3) by state, (P, states), a year."""
    in_zone = breakouts(v) < zone(v)
    return np.where(in_zone, v["strike_rate"][:, None], 0.0) + (v["contested"] * v["escalation"])[:, None]


def generator(v: Values, point: int) -> np.ndarray:
    """Q of (4) at one point: the deal, the steps without it, a strike."""
    strikes = hazards(v)[point]
    steps = len(strikes) - 1
    end, lapse, renew = float(v["deal_end"][point]), float(v["lapse"][point]), float(v["renewal"][point])
    q = np.zeros((steps + 2, steps + 2))
    q[0, 1], q[0, -1] = end, strikes[0]
    for j in range(steps):
        q[j + 1, 0], q[j + 1, -1] = renew, strikes[j + 1]
        if j + 1 < steps:
            q[j + 1, j + 2] = lapse
    return q - np.diag(q.sum(axis=1))


def beginning(v: Values) -> np.ndarray:
    """The law at the start: the deal, or `start_step` without it."""
    law = np.zeros(v["months"].shape[1] + 2)
    law[0 if v["start"] == "deal" else 1 + min(v["start_step"], v["months"].shape[1] - 1)] = 1.0
    return law


def expired(law: np.ndarray) -> np.ndarray:
    """The law after the deal has ended by its own terms; there is no new deal of its kind at that moment."""
    after = law.copy()
    after[1], after[0] = law[0] + law[1], 0.0
    return after


def laws(v: Values, point: int, years: list[float]) -> list[np.ndarray]:
    """The law of (4) at each time, in years and in any order."""
    from scipy.linalg import expm

    q, sunset, start = generator(v, point), float(v["sunset"][point]), beginning(v)
    out = []
    for t in years:
        if t < sunset:
            out.append(start @ expm(q * t))
        else:
            out.append(expired(start @ expm(q * sunset)) @ expm(q * (t - sunset)))
    return [np.clip(law, 0.0, 1.0) for law in out]


def told(v: Values, found: list[list[np.ndarray]]) -> dict[str, Any]:
    """The outcomes that hang on the laws: found[point] has those of the years 0 to the horizon, then that of `at`."""
    years = range(v["horizon"] + 1)
    breakout, chance, below, now = breakouts(v), caught(v), zone(v), np.array([row[-1] for row in found])
    alive = now[:, :-1].sum(axis=1)
    alive = np.where(alive > 0, alive, np.nan)
    law = np.array([row[:-1] for row in found])
    return {
        "strike_within": {str(year): law[:, year, -1] for year in years},
        "deal_holds": {str(year): law[:, year, 0] for year in years},
        "breakout_at_most": {str(m): (now[:, :-1] * (breakout <= m + 1e-9)).sum(axis=1) / alive for m in range(1, MONTHS + 1)},
        "expected_breakout": (now[:, :-1] * breakout).sum(axis=1) / alive,
        "caught_in_time": (now[:, :-1] * chance).sum(axis=1) / alive,
        "in_strike_zone": (now[:, :-1] * (breakout < below)).sum(axis=1) / alive,
        "zone_below": {"deal": below[:, 0], "no deal": below[:, 1]},
        "caught_under_the_deal": chance[:, 0],
    }


def solve(v: Values) -> dict[str, Any]:
    """Equations (1) to (4)."""
    years = [float(year) for year in range(v["horizon"] + 1)]
    return told(v, [laws(v, n, [*years, float(v["at"][n])]) for n in range(points(v))])


def by_forward_equations(v: Values) -> dict[str, Any]:
    """The forward equations of (4) integrated step by step, in place of the exponential."""
    from scipy.integrate import solve_ivp

    found = []
    for n in range(points(v)):
        q, sunset, start = generator(v, n), float(v["sunset"][n]), beginning(v)

        def run(law: np.ndarray, t: float, q: np.ndarray = q) -> np.ndarray:
            return law if t <= 0 else solve_ivp(lambda _, p: p @ q, (0, t), law, method="LSODA", rtol=1e-10, atol=1e-12).y[:, -1]

        times = [*map(float, range(v["horizon"] + 1)), float(v["at"][n])]
        found.append([run(start, t) if t < sunset else run(expired(run(start, sunset)), t - sunset) for t in times])
    out = told(v, found)
    return {name: out[name] for name in ("strike_within", "deal_holds", "breakout_at_most", "expected_breakout")}


@each_point
def by_hand(at: dict[str, Any]) -> dict[str, Any]:
    """(1) with 20,000 delays at the midpoints of their quantiles."""
    drawn = -float(at["delay"]) * np.log1p(-(np.arange(20_000) + 0.5) / 20_000)
    first = float(np.asarray(at["months"])[0])
    return {"caught_under_the_deal": float((drawn + float(at["response"]) < first).mean())}


def by_histories(v: Values, *, rng: np.random.Generator) -> dict[str, Any]:
    """Histories played out clock by clock, until a strike or the end."""
    steps, last = v["months"].shape[1], v["horizon"]
    size = points(v)
    share = np.full((size, last + 1, 2), np.nan)
    for n in range(size):
        q, sunset = generator(v, n), float(v["sunset"][n])
        leaving = -np.diag(q)
        chance = np.divide(q + np.diag(leaving), leaving[:, None], out=np.zeros_like(q), where=leaving[:, None] > 0).cumsum(
            axis=1
        )
        state = np.full(REPLICATES, int(beginning(v).argmax()))
        clock, hit, over = np.zeros(REPLICATES), np.full(REPLICATES, np.inf), np.zeros(REPLICATES, bool)
        for _ in range(5000):
            live = (clock < last) & (state < steps + 1)
            if not live.any():
                break
            here = state[live]
            with np.errstate(divide="ignore"):
                then = clock[live] + rng.exponential(1.0, len(here)) / leaving[here]
            ends = ~over[live] & (clock[live] <= sunset) & (then > sunset)  # the sunset comes first, and the clock starts anew
            after = (chance[here] <= (rng.random(len(here)) * chance[here, -1])[:, None]).sum(axis=1)
            after = np.where(leaving[here] > 0, np.minimum(after, steps + 1), here)
            state[live] = np.where(ends, np.where(here == 0, 1, here), after)
            clock[live] = np.where(ends, sunset, then)
            over[live] |= ends
            hit = np.where((state == steps + 1) & np.isinf(hit), clock, hit)
        else:
            continue
        for year in range(last + 1):
            struck = hit <= year
            share[n, year] = struck.mean(), max(struck.std(ddof=1), REPLICATES**-0.5) / REPLICATES**0.5
    return {"strike_within": {str(year): Estimate(share[:, year, 0], share[:, year, 1]) for year in range(last + 1)}}


def _answers() -> tuple[Answer, ...]:
    # no new deal, no strikes: breakout at most 8 months at 5 years = the deal has ended and a limit has lapsed
    bare = {"renewal": 0.0, "strike_rate": 0.0, "contested": 0.0, "deal_end": 0.2, "lapse": 1.0, "at": 5.0, "sunset": 1000.0}
    h, g, t = 0.2, 1.0, 5.0
    lapsed = 1 - (g * np.exp(-h * t) - h * np.exp(-g * t)) / (g - h)
    open_ = {"start": "no_deal", "start_step": 4, "renewal": 0.0, "strike_rate": 0.1, "contested": 0.0, "sunset": 1000.0}
    # one limit and no strikes: a deal comes at 0.3 and goes at 0.2
    back = {"months": [12.0], "start": "no_deal", "renewal": 0.3, "deal_end": 0.2, "strike_rate": 0.0, "contested": 0.0}
    disputed = {"strike_rate": 0.0, "contested": 0.5, "escalation": 0.2, "sunset": 1000.0}
    return (
        Answer(
            {"delay": 2.0, "response": 2.0},
            "caught_under_the_deal",
            1 - float(np.exp(-5.0)),
            1e-4,
            "derived",
            "equation (1), by hand",
        ),
        Answer(
            {"confidence": 0.9}, "zone_below", 2 + float(np.log(10.0)), 1e-12, "derived", "equation (2), by hand", entry="deal"
        ),
        Answer(bare, "breakout_at_most", float(lapsed), 1e-9, "derived", "equation (5), by hand: two clocks in a row", entry="8"),
        Answer(bare, "deal_holds", float(np.exp(-1.0)), 1e-9, "derived", "exp(-0.2 x 5)", entry="5"),
        Answer(
            open_,
            "strike_within",
            1 - float(np.exp(-0.9)),
            1e-9,
            "derived",
            "equation (3): in the zone from the start",
            entry="9",
        ),
        Answer(
            {**back, "sunset": 1000.0},
            "deal_holds",
            0.6 * (1 - float(np.exp(-2.5))),
            1e-9,
            "derived",
            "equation (4) with two states, by hand: n / (n + h) (1 - e^(-(n + h) t))",
            entry="5",
        ),
        Answer(
            disputed, "strike_within", 1 - float(np.exp(-0.9)), 1e-9, "derived", "equation (3): f e = 0.1 everywhere", entry="9"
        ),
    )


GONE: Final = "A strike has come for certain."

BREAKOUT: Final = Model(
    name="breakout",
    label="D11",
    title="Breakout time, detection in time and preventive strikes",
    question="How short does breakout time become as limits lapse, and how likely is a strike by who could not stop a dash?",
    citation=(
        "Dates and terms of the deal of 2015 with Iran, for the defaults (docs/scenarios.md); equations are ours.",
        "Fearon, Rationalist explanations for war, International Organization 49 (1995) 379-414, for preventive motives.",
    ),
    parameters=(
        Key(
            "months",
            ListOf(positive("months"), 1, 12),
            "b_j: breakout time, under the deal and after each limit that lapses.",
            [12.0, 8.0, 5.0, 3.0, 1.0],
        ),
        Key("start", Choice(("deal", "no_deal")), "Whether the deal holds at the start.", "deal", structure=True),
        Key(
            "start_step",
            Whole(0, 11),
            "Limits that have lapsed at the start without a deal; at most all.",
            0,
            structure=True,
        ),
        Key("deal_end", nonnegative("per year"), "h: rate at which the deal ends.", 0.18),
        Key("sunset", nonnegative("years"), "S: the deal ends by its own terms; 1000 stands for never.", 8.74),
        Key("lapse", nonnegative("per year"), "g: rate at which limits lapse without the deal.", 1.1),
        Key("renewal", nonnegative("per year"), "n: rate of a new deal.", 0.05),
        Key("delay", positive("months"), "m: mean delay until a dash is seen, under the deal.", 1.0),
        Key("delay_without", positive("months"), "m': the same without the deal.", 2.0),
        Key("response", nonnegative("months"), "r: months from then until it could be stopped.", 2.0),
        Key("confidence", probability(), "q: chance of stopping a dash that those who fear it want.", 0.9),
        Key("strike_rate", nonnegative("per year"), "s: rate of strikes while breakout time is in the zone.", 0.1),
        Key("contested", nonnegative("per year"), "f: rate of contested findings.", 0.1),
        Key("escalation", probability(), "e: a contested finding brings a strike.", 0.01),
        Key("at", Number(0.0, 100.0, unit="years"), "t: when breakout time is told.", 8.0),
        Key("horizon", Whole(1, 40), "Last year for which strikes are told.", 9, structure=True),
    ),
    symbols={
        "h": "deal_end",
        "S": "sunset",
        "g": "lapse",
        "n": "renewal",
        "m": "delay",
        "m'": "delay_without",
        "r": "response",
        "q": "confidence",
        "s": "strike_rate",
        "f": "contested",
        "e": "escalation",
        "t": "at",
    },
    outcomes=(
        Outcome("strike_within", "probability", "A strike within so many years.", index="year"),
        Outcome("deal_holds", "probability", "The deal holds, and there has been no strike, after so many years.", index="year"),
        Outcome(
            "breakout_at_most",
            "probability",
            "At t breakout time is so many months or less; without a strike.",
            "months",
            undefined=GONE,
        ),
        Outcome("expected_breakout", "months", "Expected breakout time at t, without a strike before.", undefined=GONE),
        Outcome("caught_in_time", "probability", "A dash at t would be stopped, without a strike before (1).", undefined=GONE),
        Outcome(
            "in_strike_zone", "probability", "Breakout time at t is in the zone, without a strike before (2).", undefined=GONE
        ),
        Outcome(
            "zone_below",
            "months",
            "b*: breakout times below it are in the zone (2).",
            "state",
            undefined="Nothing short of certainty will do.",
        ),
        Outcome("caught_under_the_deal", "probability", "c(b_0): a dash under the deal would be stopped (1)."),
    ),
    premises=(
        Premise("breakout times fall from limit to limit", lambda v: (np.diff(v["months"], axis=1) < 0).all(axis=1)),
        Premise(
            "rates are such that numbers can hold them: their sum is below 1000 a year",
            lambda v: v["deal_end"] + v["lapse"] + v["renewal"] + v["strike_rate"] + v["contested"] * v["escalation"] < 1e3,
        ),
    ),
    solve=solve,
    ways=(
        Way("forward equations", by_forward_equations),
        Way("delays at their quantiles", by_hand),
        Way("histories played out", by_histories, random=True),
    ),
    caveats=(
        "Nobody chooses to dash here, and whether a state means to is not asked: the chance of stopping a dash supposes one.",
        "S ends a new deal that came before it as well; a new deal that comes after S has no end of its own terms.",
        "Who fears a dash strikes at a rate, not as a best reply; a strike ends the history, whatever it does to breakout time.",
        "Breakout time counts enriched fuel for one weapon; making the weapon takes longer.",
    ),
    answers=_answers(),
)

MODELS: Final = (BREAKOUT,)
