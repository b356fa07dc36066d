"""A first nuclear test and those that answer it: a norm against testing as a pure birth chain on the number that have tested.

n states keep a norm.  Of their own accord each tests at rate q a year; a share e of these tests is meant to stay hidden, in a
cavity that makes a yield y look like y / F (F: decoupling).  Each state that has tested openly, or was found out, is answered by
every other at rate m: the mirror.  Who answers does so openly.  A state counts once, at its first test.

(1) detection        d0 = Phi(z + log10(y / (F y0)) / w), z = Phi^-1(0.9): a test that looks like y0 is seen with 0.9; inspection
                     on site finds a share o of what is not seen: d = 1 - (1 - d0)(1 - o)
(2) own tests        a share t d of the hidden ones is deterred; of the rest d is seen.  Seen at rate
                     a = q (1 - e + e (1 - t d) d), hidden at rate b = q e (1 - t d)(1 - d)
(3) the chain        with k seen, h hidden and r = n - k - h left:  (k, h) -> (k + 1, h) at rate r (a + m k),
                     (k, h) -> (k, h + 1) at rate r b,  (k, h) -> (k + 1, h - 1) at rate f h: a hidden tester is found out later
(4) after a first    law of k after t years from (1, 0); without hidden tests (b = 0) a pure birth chain, l_k = (n - k)(a + m k):
    seen test        P(k at t) = prod_(1<=i<k) l_i  sum_(1<=j<=k) exp(-l_j t) / prod_(i!=j) (l_i - l_j), where the l are distinct
(5) years until all  X(k, h) = (1 + sum of rates x X(where they lead)) / (sum of rates), X(n, 0) = 0
(6) any seen test    states do not touch each other before it: 1 - S^n within H years, with c = a + b and, where f != c,
                     S = exp(-c H) + b (exp(-f H) - exp(-c H)) / (c - f)
(7) from nobody      expected states that have tested, and that have tested unseen, after H years from (0, 0)
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from sim.declare import Key, Number, Whole, probability
from sim.models.model import Answer, Estimate, Model, Outcome, Values, Way, each_point, points

REPLICATES: Final = 20_000
LEVEL: Final = 0.9
"""Probability with which a test at the threshold is seen."""


def detection(v: Any) -> Any:
    """d of (1)."""
    from scipy.special import ndtr, ndtri

    alone = ndtr(ndtri(LEVEL) + np.log10(v["yield_kt"] / (v["decoupling"] * v["threshold"])) / v["spread"])
    return 1 - (1 - alone) * (1 - v["inspection"])


def own_rates(v: Any) -> tuple[Any, Any]:
    """a and b of (2), a year and state."""
    d = detection(v)
    made = v["evasive"] * (1 - v["deterrence"] * d)
    return v["initiative"] * (1 - v["evasive"] + made * d), v["initiative"] * made * (1 - d)


def places(n: int) -> list[tuple[int, int]]:
    """The states (k, h) of the chain, in an order in which every move leads forward."""
    return [(k, done - k) for done in range(n + 1) for k in range(done + 1)]


def generator(at: dict[str, Any]) -> np.ndarray:
    """The chain (3) at one point, over `places`."""
    n, (a, b) = int(at["states"]), own_rates(at)
    order = places(n)
    number = {place: x for x, place in enumerate(order)}
    q = np.zeros((len(order),) * 2)
    for (k, h), here in number.items():
        left = n - k - h
        if left:
            q[here, number[k + 1, h]] = left * (a + at["mirror"] * k)
            q[here, number[k, h + 1]] = left * b
        if h:
            q[here, number[k + 1, h - 1]] = at["found"] * h
    return q - np.diag(q.sum(axis=1))


@each_point
def solve(at: dict[str, Any]) -> dict[str, Any]:
    """Equations (1) to (7) at one point."""
    from scipy.linalg import expm

    n, years, order = int(at["states"]), int(at["horizon"]), places(int(at["states"]))
    q, seen = generator(at), np.array([k for k, _ in order], float)
    step = np.clip(expm(q), 0.0, 1.0)
    first, nobody = _at(order, (1, 0)), _at(order, (0, 0))
    size = {"0": 1.0}
    for year in range(1, years + 1):
        first, nobody = first @ step, nobody @ step
        size[str(year)] = float(first @ seen)
    hidden = np.array([h for _, h in order], float)
    law = {str(k): min(1.0, float(first[seen == k].sum())) for k in range(1, n + 1)}
    a, b = own_rates(at)
    return {
        "detection": detection(at),
        "seen_rate": a,
        "hidden_rate": b,
        "size_by_year": size,
        "size": law,
        "expected_size": float(first @ seen),
        "all_test": law[str(n)],
        "years_to_all": _years_to_all(q, order, n),
        "any_seen_test": min(1.0, float(nobody[seen > 0].sum())),
        "testers": float(nobody @ (seen + hidden)),
        "hidden_testers": float(nobody @ hidden),
    }


def _at(order: list[tuple[int, int]], place: tuple[int, int]) -> np.ndarray:
    return np.array([float(x == place) for x in order])


def _years_to_all(q: np.ndarray, order: list[tuple[int, int]], n: int) -> float:
    """X(1, 0) of (5), from the end backwards; infinite if some state may never test."""
    years = np.zeros(len(order))
    for here in range(len(order) - 1, -1, -1):
        if order[here] == (n, 0):
            continue
        row = q[here].copy()
        leaving, row[here] = -row[here], 0.0
        on = row > 0
        years[here] = (1 + row[on] @ years[on]) / leaving if leaving > 0 else np.inf
    return float(years[order.index((1, 0))])


@each_point
def by_closed_forms(at: dict[str, Any]) -> dict[str, Any]:
    """(4) where nothing is hidden and the rates are distinct, and (6); nan elsewhere."""
    n, h, (a, b) = int(at["states"]), float(at["horizon"]), own_rates(at)
    c, f = a + b, float(at["found"])
    alone = np.exp(-c * h) + b * (np.exp(-f * h) - np.exp(-c * h)) / (c - f) if abs(c - f) > 1e-6 * (c + f) else np.nan
    rates = np.array([(n - k) * (a + at["mirror"] * k) for k in range(1, n + 1)])
    apart = np.abs(rates[:, None] - rates[None, :])[~np.eye(n, dtype=bool)]
    told = b == 0 and (n == 1 or apart.min() > 1e-3 * max(rates.max(), 1e-12))
    law = np.full(n, np.nan)
    if told:
        for k in range(n):
            others = [[rates[i] - rates[j] for i in range(k + 1) if i != j] for j in range(k + 1)]
            law[k] = np.prod(rates[:k]) * sum(np.exp(-rates[j] * h) / np.prod(others[j]) for j in range(k + 1))
    return {
        "any_seen_test": 1 - alone**n,
        "size": {str(k + 1): float(x) for k, x in enumerate(law)},
        "expected_size": float(law @ np.arange(1, n + 1)),
        "all_test": float(law[-1]),
        "years_to_all": float((1 / rates[:-1]).sum()) if told and (rates[:-1] > 0).all() else np.nan,
    }


@each_point
def by_events(at: dict[str, Any]) -> dict[str, Any]:
    """The laws event by event of one Poisson process (uniformised), and (5) as one linear system."""
    n, h, order = int(at["states"]), float(at["horizon"]), places(int(at["states"]))
    q, seen = generator(at), np.array([k for k, _ in order], float)
    hidden = np.array([x for _, x in order], float)
    top = max(float(-np.diag(q).min()), 1e-12)
    mean, size = top * h, len(order)
    names = ("expected_size", "all_test", "any_seen_test", "testers", "hidden_testers")
    out: dict[str, float] = dict.fromkeys(names, np.nan)
    if mean < 500:
        jump, laws, weight = np.eye(size) + q / top, np.stack([_at(order, (1, 0)), _at(order, (0, 0))]), np.exp(-mean)
        total = np.zeros_like(laws)
        for k in range(int(mean + 12 * np.sqrt(mean + 1) + 30)):
            total += weight * laws
            laws, weight = laws @ jump, weight * mean / (k + 1)
        first, nobody = total
        found = (first @ seen, first[seen == n].sum(), nobody[seen > 0].sum(), nobody @ (seen + hidden), nobody @ hidden)
        out = {name: float(x) for name, x in zip(names, found, strict=True)}
    start, end = order.index((1, 0)), order.index((n, 0))
    reached = np.arange(size) == start
    for here in range(size):
        reached |= reached[here] & (q[here] > 0)
    reached[end] = False
    rest = np.flatnonzero(reached)
    if (np.diag(q)[rest] == 0).any():
        return {**out, "years_to_all": np.nan}
    years = np.linalg.solve(q[np.ix_(rest, rest)], -np.ones(len(rest)))
    return {**out, "years_to_all": float(years[np.searchsorted(rest, start)])}


def by_histories(v: Values, *, rng: np.random.Generator) -> dict[str, Any]:
    """Histories of single states, each with clocks of its own: own seen test, hidden test, answers, being found out."""
    size, n = points(v), v["states"]
    names = ("expected_size", "any_seen_test", "hidden_testers")
    cells = {name: np.full((2, size), np.nan) for name in names}
    for point in range(size):
        at = {name: x[point] if isinstance(x, np.ndarray) else x for name, x in v.items()}
        a, b = own_rates(at)
        for seeds, told in ((1, names[:1]), (0, names[1:])):
            state = np.zeros((REPLICATES, n), int)  # 0 keeps the norm, 1 has tested unseen, 2 was seen
            state[:, :seeds] = 2
            clock = np.zeros(REPLICATES)
            for _ in range(2 * n + 1):
                live = (state == 2).sum(axis=1, keepdims=True)
                keeps, unseen = state == 0, state == 1
                seen, hide = keeps * (a + at["mirror"] * live) + unseen * at["found"], keeps * b
                with np.errstate(divide="ignore", invalid="ignore"):
                    one = rng.exponential(1.0, state.shape) / seen
                    two = rng.exponential(1.0, state.shape) / hide
                both = np.minimum(one, two)
                who, rows = both.argmin(axis=1), np.arange(REPLICATES)
                clock = clock + both[rows, who]
                on = clock <= at["horizon"]
                if not on.any():
                    break
                what = np.where(one[rows, who] <= two[rows, who], 2, 1)
                state[rows[on], who[on]] = what[on]
            numbers = {
                "expected_size": (state == 2).sum(axis=1).astype(float),
                "any_seen_test": (state == 2).any(axis=1).astype(float),
                "hidden_testers": (state == 1).sum(axis=1).astype(float),
            }
            for name in told:
                drawn = numbers[name]
                cells[name][:, point] = drawn.mean(), max(drawn.std(ddof=1), REPLICATES**-0.5) / REPLICATES**0.5
    return {name: Estimate(*x) for name, x in cells.items()}


def _answers() -> tuple[Answer, ...]:
    plain = {"evasive": 0.0, "initiative": 0.0, "states": 3, "mirror": 0.1, "horizon": 10}
    two = float(np.exp(-2.0))
    mixed = {"yield_kt": 0.2, "decoupling": 1.0, "initiative": 0.1, "evasive": 0.5, "deterrence": 0.5, "inspection": 0.0}
    return (
        Answer({**plain, "states": 2}, "all_test", 1 - float(np.exp(-1.0)), 1e-9, "derived", "equation (4), by hand: l_1 = m"),
        Answer(plain, "all_test", 1 - 3 * two, 1e-9, "derived", "by hand: l_1 = l_2 = 2 m, a sum of two equal waits"),
        Answer(plain, "expected_size", 3 - 4 * two, 1e-9, "derived", "by hand: 1 + P(one wait is over) + P(both are)"),
        Answer(plain, "years_to_all", 10.0, 1e-9, "derived", "equation (5), by hand: 1 / (2 m) + 1 / (2 m)"),
        Answer(
            {"evasive": 0.0, "initiative": 0.05, "mirror": 0.0, "states": 5, "horizon": 20},
            "expected_size",
            1 + 4 * (1 - float(np.exp(-1.0))),
            1e-9,
            "derived",
            "without a mirror the other four test by themselves",
        ),
        Answer(
            {"evasive": 0.0, "initiative": 0.01, "states": 3, "horizon": 10},
            "any_seen_test",
            1 - float(np.exp(-0.3)),
            1e-9,
            "derived",
            "equation (6), by hand: 1 - exp(-n q H)",
        ),
        Answer(
            {"evasive": 1.0, "inspection": 1.0, "deterrence": 1.0}, "testers", 0.0, 1e-12, "derived", "equation (2): all deterred"
        ),
        # d = 0.9, t d = 0.45: of hidden tests 0.275 a test of one's own are made, nine in ten of them seen
        Answer(mixed, "seen_rate", 0.1 * (0.5 + 0.275 * 0.9), 1e-12, "derived", "equation (2), by hand"),
        Answer(mixed, "hidden_rate", 0.1 * 0.275 * 0.1, 1e-12, "derived", "equation (2), by hand"),
        Answer({"yield_kt": 0.2, "decoupling": 1.0, "inspection": 0.0}, "detection", 0.9, 1e-12, "derived", "equation (1) at y0"),
    )


NEVER: Final = "Some state may never test, or never be found out."

CASCADE: Final = Model(
    name="testing_cascade",
    label="D12",
    title="A first nuclear test and those that answer it",
    question="How many states test after a first test, by the strength of the mirror and by what can be hidden?",
    citation=(
        "Feller, An Introduction to Probability Theory and Its Applications I (1968), chapter XVII, for pure birth chains.",
        "National Academies, The Comprehensive Nuclear Test Ban Treaty: Technical Issues (2012), appendix D: detection from about"
        " 0.2 kt over the whole globe, 0.02 kt in regions; the curve around it and the cascade are ours.",
    ),
    parameters=(
        Key("states", Whole(2, 12), "n: states that keep the norm.", 3, structure=True),
        Key("initiative", Number(0.0, 1.0, unit="per year"), "q: rate of a test of one's own accord.", 0.0057),
        Key("mirror", Number(0.0, 20.0, unit="per year"), "m: rate at which each answers each that was seen to test.", 0.3),
        Key("evasive", probability("share"), "e: share of a state's own tests that are meant to stay hidden.", 0.5),
        Key("yield_kt", Number(0.001, 1000.0, unit="kt"), "y: yield of such a test.", 1.0),
        Key("decoupling", Number(1.0, 100.0), "F: how many times smaller a test looks in a cavity; 1 is not hidden.", 10.0),
        Key("threshold", Number(0.001, 10.0, unit="kt"), "y0: apparent yield that is seen with 0.9.", 0.2),
        Key("spread", Number(0.05, 3.0), "w: spread of the detection curve, in powers of ten of yield.", 0.45),
        Key("inspection", probability(), "o: share of unseen tests that inspection on site finds.", 0.0),
        Key("deterrence", probability(), "t: share of hidden tests that sure detection would deter.", 0.5),
        Key("found", Number(0.0, 20.0, unit="per year"), "f: rate at which a hidden tester is found out later.", 0.05),
        Key("horizon", Whole(1, 60), "H: years.", 10, structure=True),
    ),
    symbols={
        "n": "states",
        "q": "initiative",
        "m": "mirror",
        "e": "evasive",
        "y": "yield_kt",
        "F": "decoupling",
        "y0": "threshold",
        "w": "spread",
        "o": "inspection",
        "t": "deterrence",
        "f": "found",
        "H": "horizon",
    },
    outcomes=(
        Outcome("detection", "probability", "d: a test that is meant to stay hidden is seen (1)."),
        Outcome("seen_rate", "per year", "a: rate at which a state tests of its own accord and is seen (2)."),
        Outcome("hidden_rate", "per year", "b: rate at which it does so unseen (2)."),
        Outcome("size_by_year", "states", "Expected states seen to test, by years after the first seen test (4).", index="year"),
        Outcome("size", "probability", "So many are seen to test within H years of the first seen test (4).", index="states"),
        Outcome("expected_size", "states", "Expected states seen to test within H years of the first seen test, with the first."),
        Outcome("all_test", "probability", "All have been seen to test within H years of the first seen test."),
        Outcome("years_to_all", "years", "Expected years from the first seen test until all were seen to (5).", undefined=NEVER),
        Outcome("any_seen_test", "probability", "Some state is seen to test within H years, from nobody (6)."),
        Outcome("testers", "states", "Expected states that test within H years, from nobody, seen or not (7)."),
        Outcome("hidden_testers", "states", "Expected states that have tested unseen after H years, from nobody (7)."),
    ),
    solve=solve,
    ways=(
        Way("closed forms", by_closed_forms),
        Way("events of a Poisson process", by_events),
        Way("histories of single states", by_histories, random=True),
    ),
    caveats=(
        "States are alike, and a state that has tested once does not return to the norm.",
        "Who tests weighs nothing: rates do not answer to what others would do, but for the mirror and deterrence.",
        "The curve of detection runs through one point that was read; how steep it is, is judged.",
    ),
    answers=_answers(),
)

MODELS: Final = (CASCADE,)
