"""A portfolio of treaties: how many are still in force, when each exit makes the next likelier.

n treaties are alike.  With k of them gone, each that is left ends at the rate h (1 + s k) a year: h is the hazard without
spill-over, s the spill-over of one exit, which lasts.  They may all be ended at once, by decision, after `all_end` years.

(1) pure death           q_k = (n - k) h (1 + s k) is the rate from k gone to k + 1 gone
(2) law of the number    P(k gone at t) = [exp(Q t)]_(0,k), Q with -q_k on the diagonal and q_k beside it
(3) expected number      E N(t) = sum_k (n - k) P(k gone at t); without spill-over n exp(-h t)
(4) a record             exits at t_1 <= ... <= t_m, watched until T: with E and K the integrals of N(t) and N(t) k(t),
                         log L = sum_j log((n - j + 1) h (1 + s (j - 1))) - h (E + s K)
(5) best hazard          h*(s) = m / (E + s K), by setting the derivative of (4) to zero
(6) support for s        exp(log L(h*(s), s) - log L(h*(0), 0)); 1 says that the record cannot tell s from no spill-over
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from sim.declare import Key, ListOf, Number, Whole, nonnegative
from sim.models.model import Answer, Estimate, Model, Outcome, Premise, Values, Way, each_point, points

REPLICATES: Final = 40_000
RECORD: Final = (0.45, 17.58, 18.89, 21.85, 24.1)
"""Years from January 2002: ABM 6/2002, INF 8/2019, Open Skies 11/2020, CFE 11/2023, New START 2/2026."""


def rates(n: int, hazard: np.ndarray, spill: np.ndarray) -> np.ndarray:
    """q_k of (1), shape (P, n + 1); the last is 0."""
    gone = np.arange(n + 1)
    return (n - gone) * hazard[:, None] * (1 + spill[:, None] * gone)


def laws(v: Values, years: np.ndarray) -> np.ndarray:
    """P(k gone) after years (P, M): shape (P, M, n + 1), by (2)."""
    from scipy.linalg import expm

    q = rates(v["treaties"], v["hazard"], v["spill"])
    flow = np.zeros((*q.shape, q.shape[1]))
    places = np.arange(q.shape[1])
    flow[:, places, places] = -q
    flow[:, places[:-1], places[1:]] = q[:, :-1]
    law = np.array([[expm(one * t)[0] for t in row] for one, row in zip(flow, years, strict=True)])
    decided = years >= v["all_end"][:, None]
    law[decided] = np.eye(q.shape[1])[-1]
    return np.clip(law, 0.0, 1.0)


def quantile(law: np.ndarray, level: float) -> np.ndarray:
    """The smallest number in force that has at least `level` below or at it; law is that of the number gone, (..., n + 1)."""
    number = law[..., ::-1].cumsum(axis=-1)
    return (number < level - 1e-12).sum(axis=-1).astype(float)


def solve(v: Values) -> dict[str, Any]:
    """Equations (1) to (6)."""
    n, names = v["treaties"], [str(year) for year in range(v["horizon"] + 1)]
    size = points(v)
    law = laws(v, np.tile(np.arange(v["horizon"] + 1.0), (size, 1)))
    watched = laws(v, v["watched"][:, None])[:, 0]
    left = n - np.arange(n + 1)
    exits = exited(v)
    few = np.where(left[None, :] <= (n - exits)[:, None], watched, 0.0).sum(axis=1)
    best, support = supported(v)
    spread = {"low (5 %)": quantile(law, 0.05), "expected": law @ left, "high (95 %)": quantile(law, 0.95)}
    return {
        "number": _by_year(names, law @ left),
        "spread": {f"{word}:{year}": x for word, values in spread.items() for year, x in _by_year(names, values).items()},
        "all_gone": _by_year(names, law[..., -1]),
        "distribution": {str(k): watched[:, n - k] for k in range(n + 1)},
        "as_few_as_the_record": few,
        "best_hazard": best,
        "support": support,
    }


def _by_year(names: list[str], values: np.ndarray) -> dict[str, np.ndarray]:
    return {name: values[:, m] for m, name in enumerate(names)}


def exited(v: Values) -> np.ndarray:
    """How many exits the record has by `watched`, (P,)."""
    return (v["record"] <= v["watched"][:, None]).sum(axis=1)


def supported(v: Values) -> tuple[np.ndarray, np.ndarray]:
    """(5) and (6) from the record: m exits, exposures E and K."""
    n, until, spill = v["treaties"], v["watched"], v["spill"]
    times = np.minimum(np.sort(v["record"], axis=1), until[:, None])
    m = exited(v)
    edges = np.concatenate([np.zeros((len(until), 1)), times, until[:, None]], axis=1)
    spans, gone = np.diff(edges, axis=1), np.arange(times.shape[1] + 1)
    number = np.maximum(n - gone, 0)
    exposure, weighted = (spans * number).sum(axis=1), (spans * number * gone).sum(axis=1)
    total = exposure + spill * weighted
    happened = np.arange(times.shape[1]) < m[:, None]
    gains = np.where(happened, np.log1p(spill[:, None] * np.arange(times.shape[1])), 0.0).sum(axis=1)
    support = np.exp(gains - m * np.log1p(spill * weighted / exposure))  # h*(s) total = m both times
    return np.where(m > 0, m / total, np.nan), np.where(m > 0, support, np.nan)


@each_point
def by_master_equation(at: dict[str, Any]) -> dict[str, Any]:
    """The forward equations of (1) integrated step by step, and (4) maximised on a grid of hazards."""
    from scipy.integrate import solve_ivp
    from scipy.optimize import minimize_scalar

    n, hazard, spill, last = at["treaties"], float(at["hazard"]), float(at["spill"]), float(at["all_end"])
    until = float(at["watched"])
    q = np.array([(n - k) * hazard * (1 + spill * k) for k in range(n + 1)])

    def flow(_: float, p: np.ndarray) -> np.ndarray:
        return np.append(0.0, (q * p)[:-1]) - q * p

    def law(t: float) -> np.ndarray:
        if t >= last:
            return np.eye(n + 1)[-1]
        if t <= 0:
            return np.eye(n + 1)[0]
        return solve_ivp(flow, (0, t), np.eye(n + 1)[0], method="LSODA", rtol=1e-10, atol=1e-12).y[:, -1]

    times = sorted(float(x) for x in at["record"] if x <= until)

    def log_likelihood(h: float, s: float) -> float:
        found, before = 0.0, 0.0
        for j, t in enumerate([*times, until]):
            found -= (n - j) * h * (1 + s * j) * (t - before)
            before = t
            if j < len(times):
                found += float(np.log((n - j) * h * (1 + s * j)))
        return found

    def best(s: float) -> tuple[float, float]:
        found: Any = minimize_scalar(
            lambda x: -log_likelihood(np.exp(x), s), bounds=(-25, 5), method="bounded", options={"xatol": 1e-10}
        )
        return float(np.exp(found.x)), -float(found.fun)

    left = n - np.arange(n + 1)
    at_end = law(until)
    out: dict[str, Any] = {
        "number": {str(year): float(left @ law(year)) for year in range(at["horizon"] + 1)},
        "distribution": {str(k): at_end[n - k] for k in range(n + 1)},
    }
    if times:
        out["best_hazard"] = best(spill)[0]
        out["support"] = float(np.exp(best(spill)[1] - best(0.0)[1]))
    else:
        out["best_hazard"] = out["support"] = np.nan
    return out


def by_clocks(v: Values, *, rng: np.random.Generator) -> dict[str, Any]:
    """Treaties that end one by one: the first of the clocks of those left, each exponential with the rate of its time."""
    n, size = v["treaties"], points(v)
    names = [str(year) for year in range(v["horizon"] + 1)]
    numbers = np.empty((size, len(names), 2))
    for point in range(size):
        hazard, spill = v["hazard"][point], v["spill"][point]
        ended = np.zeros((REPLICATES, n))
        clock = np.zeros(REPLICATES)
        for gone in range(n):
            draws = rng.exponential(1.0, (REPLICATES, n - gone)).min(axis=1)
            with np.errstate(divide="ignore"):
                clock = clock + draws / (hazard * (1 + spill * gone))
            ended[:, gone] = clock
        ended = np.minimum(ended, v["all_end"][point])
        for year in range(len(names)):
            left = (ended > year).sum(axis=1)
            numbers[point, year] = left.mean(), max(left.std(ddof=1), REPLICATES**-0.5) / REPLICATES**0.5
    return {"number": {name: Estimate(numbers[:, m, 0], numbers[:, m, 1]) for m, name in enumerate(names)}}


def _answers() -> tuple[Answer, ...]:
    alone = {"hazard": 0.05, "spill": 0.0}
    # two treaties, h = 0.1, s = 0.5: q_0 = 0.2, q_1 = 0.15; after 5 years P(0 gone) = e^-1,
    # P(1 gone) = 0.2 (e^-0.75 - e^-1) / 0.05
    pair = {"treaties": 2, "hazard": 0.1, "spill": 0.5, "horizon": 5, "watched": 5.0, "record": [9.0]}
    none, one = np.exp(-1.0), 4 * (np.exp(-0.75) - np.exp(-1.0))
    exposure, weighted = 155.17, 216.03  # 8 x 0.45 + 7 x 17.13 + 6 x 1.31 + 5 x 2.96 + 4 x 2.25, and so with 0, 1, 2, 3, 4
    return (
        Answer(alone, "number", 8 * float(np.exp(-1.0)), 1e-9, "derived", "equation (3), by hand: 8 exp(-0.05 x 20)", entry="20"),
        Answer(
            alone, "all_gone", (1 - float(np.exp(-1.0))) ** 8, 1e-9, "derived", "eight independent ends by 20 years", entry="20"
        ),
        Answer(pair, "number", float(2 * none + one), 1e-9, "derived", "equation (2), by hand for two treaties", entry="5"),
        Answer(pair, "distribution", float(1 - none - one), 1e-9, "derived", "equation (2), by hand for two treaties", entry="0"),
        Answer(
            {"spill": 0.0}, "best_hazard", 5 / exposure, 1e-9, "derived", "equation (5), by hand: 5 exits in 155.17 treaty-years"
        ),
        Answer(
            {"spill": 0.15}, "best_hazard", 5 / (exposure + 0.15 * weighted), 1e-9, "derived", "equation (5), by hand: K = 216.03"
        ),
        Answer({"spill": 0.0}, "support", 1.0, 1e-12, "derived", "equation (6) at s = 0"),
    )


EARLY: Final = "There is no exit in the record by then, or all treaties had ended at its very start."

PORTFOLIO: Final = Model(
    name="portfolio",
    label="D14",
    title="A portfolio of treaties under a cascade of exits",
    question="How many of a set of treaties are still in force, and what does a record of exits say of spill-over?",
    citation=(
        "Feller, An Introduction to Probability Theory and Its Applications I (1968), chapter XVII, for the"
        " method of birth and death processes.",
        "Dates of entry into force and exit from public records (docs/scenarios.md), for the record that is the default.",
    ),
    parameters=(
        Key("treaties", Whole(1, 20), "n: treaties in force at the start.", 8, structure=True),
        Key("hazard", nonnegative("per year"), "h: rate at which each ends while all stand.", 0.0267),
        Key("spill", nonnegative(), "s: each treaty that has ended adds this share of h to the rate of the others.", 0.15),
        Key("all_end", nonnegative("years"), "All that are left end at this time, by decision; 1000 stands for never.", 1000.0),
        Key("horizon", Whole(1, 60), "Last year for which the number is told.", 25, structure=True),
        Key("watched", Number(0.0, 200.0, above=0.0, unit="years"), "T: how long the record was watched.", 24.1),
        Key("record", ListOf(nonnegative("years"), 1, 20), "t_j: times of exits; later than T is not yet.", list(RECORD)),
    ),
    symbols={"n": "treaties", "h": "hazard", "s": "spill", "T": "watched"},
    outcomes=(
        Outcome("number", "treaties", "Expected number in force after so many years (3).", index="year"),
        Outcome("spread", "treaties", "The number in force: 5th percentile, expected, 95th percentile.", index="series:year"),
        Outcome("all_gone", "probability", "None is left.", index="year"),
        Outcome("distribution", "probability", "So many are in force when the record ends (2).", index="number"),
        Outcome("as_few_as_the_record", "probability", "No more are in force at the end of the record than the record has."),
        Outcome("best_hazard", "per year", "h*: the hazard that fits the record best at this spill-over (5).", undefined=EARLY),
        Outcome("support", "", "How much better this spill-over fits the record than none (6); 1 is no better.", undefined=EARLY),
    ),
    premises=(
        Premise(
            "there are no more exits in the record than treaties",
            lambda v: (v["record"] <= v["watched"][:, None]).sum(axis=1) <= v["treaties"],
        ),
        Premise(
            "rates are such that numbers can hold them: h (1 + n s) times the years is below 1e4",
            lambda v: v["hazard"] * (1 + v["treaties"] * v["spill"]) * np.maximum(v["watched"], v["horizon"]) < 1e4,
        ),
    ),
    solve=solve,
    ways=(
        Way("forward equations, and the likelihood maximised", by_master_equation),
        Way("treaties ended one by one", by_clocks, random=True),
    ),
    caveats=(
        "The treaties are alike, an exit is final, and what one exit does to the others does not fade.",
        "A record of five exits from a portfolio that was chosen after the fact says little: see support.",
    ),
    answers=_answers(),
)

MODELS: Final = (PORTFOLIO,)
