"""Two talks that are linked: a peace process and arms control, each of which can speed or stall the other.

The war is n steps from peace.  A step is made at the rate p a month.  Arms-control talks open at the rate o; while they are held
a treaty is agreed at the rate r, and in war less readily, at r (1 - b); in war talks break off at the rate c.  Peace and treaty
last.  lambda in [-1, 1] is the link: 1, no such talks before peace; 0, none; -1, they are sought because there is war.

(1) opening in war       o (1 - lambda); in peace o
(2) a step to peace      p_off = p (1 + s lambda) while there are no talks: s is how far the wish for a treaty that is held back
                         moves the parties (lambda > 0), or one that comes anyway lets them wait (lambda < 0)
                         p_on = p (1 + s lambda)(1 + m) while they talk: m is what talks on one thing do for the other
                         p_agreed = p (1 + m) once there is a treaty: there is nothing left to hold back
(3) months to peace      X_agreed(j) = j / p_agreed, and with j steps to go, X(0) = 0,
                         (o(1 - lambda) + p_off) X_off(j) = 1 + o(1 - lambda) X_on(j) + p_off X_off(j-1)
                         (c + r(1 - b) + p_on) X_on(j) = 1 + c X_off(j) + r(1 - b) X_agreed(j) + p_on X_on(j-1)
(4) months to a treaty   Y_off(0) = 1/o + 1/r and Y_on(0) = 1/r in peace; in war as (3), with Y in place of X and Y_agreed = 0
(5) treaty first         as (4) with 0 in place of the months, and 1 where agreed in war
(6) within H months      the law exp(Q H) of the 3 n + 3 states: steps to go by off, on, agreed
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from sim.declare import Key, Number, Whole, positive, probability
from sim.models.model import Answer, Estimate, Model, Outcome, Values, Way, each_point, points

REPLICATES: Final = 20_000
VERDICTS: Final = (
    "helps both",
    "helps peace, delays the treaty",
    "delays peace, helps the treaty",
    "stalls both",
    "changes nothing",
)


def speeds(v: Values, link: np.ndarray) -> dict[str, np.ndarray]:
    """The rates of (1) and (2) a month, at some link."""
    push = np.maximum(1 + v["surplus"] * link, 0.0)
    return {
        "open": v["opening"] * (1 - link),
        "agree": v["agreement"] * (1 - v["war_block"]),
        "off": v["step"] * push,
        "on": v["step"] * push * (1 + v["momentum"]),
        "agreed": v["step"] * (1 + v["momentum"]),
    }


def solve_pair(at: dict[str, np.ndarray], close: np.ndarray, off: np.ndarray, on: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """X_off and X_on of one step of (3) to (5), given what flows in: off = rest of the first line, on = rest of the second."""
    first, second = at["open"] + at["off"], close + at["agree"] + at["on"]
    # first x - open y = off, -close x + second y = on; the determinant without its cancelling term open x close
    det = at["open"] * (at["agree"] + at["on"]) + at["off"] * second
    return (second * off + at["open"] * on) / det, (close * off + first * on) / det


def passages(v: Values, link: np.ndarray) -> dict[str, np.ndarray]:
    """(3) to (5): months to peace and to a treaty, and P(treaty first), from n steps and no talks."""
    at, close = speeds(v, link), v["closing"]
    zero = np.zeros_like(link)
    peace, treaty, first = (zero, zero), (1 / v["opening"] + 1 / v["agreement"], 1 / v["agreement"]), (zero, zero)
    for j in range(1, v["steps"] + 1):
        settled = j / at["agreed"]
        peace = solve_pair(at, close, 1 + at["off"] * peace[0], 1 + at["agree"] * settled + at["on"] * peace[1])
        treaty = solve_pair(at, close, 1 + at["off"] * treaty[0], 1 + at["on"] * treaty[1])
        first = solve_pair(at, close, at["off"] * first[0], at["agree"] + at["on"] * first[1])
    return {"peace": peace[0], "treaty": treaty[0], "first": first[0]}


def generator(v: Values, n: int, link: float) -> np.ndarray:
    """Q of (6) at one point; state 3 j + (0 off, 1 on, 2 agreed) with j steps to go."""
    at = {name: float(x[n]) for name, x in speeds(v, np.full(points(v), link)).items()}
    opening, agreement, closing = (float(v[name][n]) for name in ("opening", "agreement", "closing"))
    q = np.zeros((3 * v["steps"] + 3,) * 2)
    q[0, 1], q[1, 2] = opening, agreement
    for j in range(1, v["steps"] + 1):
        q[3 * j, 3 * j + 1], q[3 * j + 1, 3 * j], q[3 * j + 1, 3 * j + 2] = at["open"], closing, at["agree"]
        for k, rate in enumerate((at["off"], at["on"], at["agreed"])):
            q[3 * j + k, 3 * j + k - 3] = rate
    return q - np.diag(q.sum(axis=1))


def solve(v: Values) -> dict[str, Any]:
    """Equations (1) to (6)."""
    from scipy.linalg import expm

    link, free = passages(v, v["link"]), passages(v, np.zeros_like(v["link"]))
    laws = np.array([expm(generator(v, n, float(v["link"][n])) * v["horizon"][n])[-3] for n in range(points(v))])
    return {
        "months_to_peace": link["peace"],
        "months_to_treaty": link["treaty"],
        "treaty_first": link["first"],
        "peace_within": np.clip(laws[:, :3].sum(axis=1), 0.0, 1.0),
        "treaty_within": np.clip(laws[:, 2::3].sum(axis=1), 0.0, 1.0),
        "both_within": np.clip(laws[:, 2], 0.0, 1.0),
        "peace_gain": free["peace"] - link["peace"],
        "treaty_gain": free["treaty"] - link["treaty"],
        "verdict": verdict(free["peace"] - link["peace"], free["treaty"] - link["treaty"], free["peace"] + free["treaty"]),
    }


def verdict(peace: np.ndarray, treaty: np.ndarray, scale: np.ndarray) -> np.ndarray:
    """Which of VERDICTS the gains of a link are, in months; nan where one is undefined."""
    still = 1e-9 * scale
    found = np.where(peace >= -still, np.where(treaty >= -still, 0.0, 1.0), np.where(treaty >= -still, 2.0, 3.0))
    found = np.where((np.abs(peace) <= still) & (np.abs(treaty) <= still), 4.0, found)
    return np.where(np.isfinite(peace) & np.isfinite(treaty), found, np.nan)


@each_point
def by_linear_equations(at: dict[str, Any]) -> dict[str, float]:
    """Months and P(treaty first) from the generator of (6) as one linear system; the laws step by step (uniformised)."""
    v = {name: np.array([x]) if np.ndim(x) == 0 and name != "steps" else x for name, x in at.items()}
    q = generator(v, 0, float(at["link"]))
    size, agreed = len(q), np.arange(2, len(q), 3)
    start = size - 3

    def hit(target: np.ndarray, cost: np.ndarray, worth: np.ndarray) -> float:
        rest = np.setdiff1d(np.arange(size), target)
        try:
            found = np.linalg.solve(q[np.ix_(rest, rest)], -cost[rest] - q[np.ix_(rest, target)] @ worth[target])
        except np.linalg.LinAlgError:
            return np.nan
        return float(found[np.searchsorted(rest, start)]) if start in rest else float(worth[start])

    one, none = np.ones(size), np.zeros(size)
    early = none.copy()
    early[agreed[1:]] = 1.0
    both = np.union1d(agreed, [0, 1])
    top = max(float(-np.diag(q).min()), 1e-12)
    mean = top * float(at["horizon"])
    out = {
        "months_to_peace": hit(np.arange(3), one, none),
        "months_to_treaty": hit(agreed, one, none),
        "treaty_first": hit(both, none, early),
    }
    if mean > 2000:
        return {**out, "peace_within": np.nan, "treaty_within": np.nan, "both_within": np.nan}
    jump, law, total = np.eye(size) + q / top, np.eye(size)[start], np.zeros(size)
    weight = np.exp(-mean)
    if weight == 0.0:
        return {**out, "peace_within": np.nan, "treaty_within": np.nan, "both_within": np.nan}
    for k in range(int(mean + 40 * np.sqrt(mean + 1) + 40)):
        total = total + weight * law
        law, weight = law @ jump, weight * mean / (k + 1)
    return {**out, "peace_within": total[:3].sum(), "treaty_within": total[agreed].sum(), "both_within": total[2]}


def by_histories(v: Values, *, rng: np.random.Generator) -> dict[str, Any]:
    """Histories played out, move by move: clocks of opening, closing, agreement and steps; nan where one lasts too long."""
    size = points(v)
    cells = {name: np.full((2, size), np.nan) for name in ("months_to_peace", "months_to_treaty", "treaty_first", "both_within")}
    for n in range(size):
        q = generator(v, n, float(v["link"][n]))
        leaving = -np.diag(q)
        if (leaving[np.r_[0:2, 3 : len(q)]] <= 0).any():
            continue
        chance = np.where(
            leaving[:, None] > 0, (q + np.diag(leaving)) / np.where(leaving > 0, leaving, 1.0)[:, None], 0.0
        ).cumsum(axis=1)
        state, clock = np.full(REPLICATES, len(q) - 3), np.zeros(REPLICATES)
        peace, treaty = np.full(REPLICATES, np.inf), np.full(REPLICATES, np.inf)
        for _ in range(2000):
            live = state != 2
            if not live.any():
                break
            here = state[live]
            clock[live] += rng.exponential(1.0, len(here)) / leaving[here]
            draw = rng.random(len(here)) * chance[here, -1]
            state[live] = (chance[here] <= draw[:, None]).sum(axis=1)
            peace = np.where((state < 3) & np.isinf(peace), clock, peace)
            treaty = np.where((state % 3 == 2) & np.isinf(treaty), clock, treaty)
        else:
            continue
        for name, drawn in (
            ("months_to_peace", peace),
            ("months_to_treaty", treaty),
            ("treaty_first", (treaty < peace).astype(float)),
            ("both_within", (np.maximum(peace, treaty) <= v["horizon"][n]).astype(float)),
        ):
            cells[name][:, n] = drawn.mean(), max(drawn.std(ddof=1), REPLICATES**-0.5) / REPLICATES**0.5
    return {name: Estimate(value, error) for name, (value, error) in cells.items()}


def _answers() -> tuple[Answer, ...]:
    # one step to peace, no momentum, no block: months by hand
    plain = {"steps": 1, "step": 0.02, "opening": 0.05, "closing": 0.0, "agreement": 0.03, "war_block": 0.0, "momentum": 0.0}
    tied = {**plain, "link": 1.0, "surplus": 0.5}
    loose = {**plain, "link": 0.0}
    # momentum 1: X_off = (1 + 0.05 X_on) / 0.07, X_on = 1/0.04 = 25
    lively = {**plain, "link": 0.0, "momentum": 1.0}
    # talks sought because of the war, all at work: o(1 - l) = 0.1, p_off = 0.01, p_on = 0.02, p_agreed = 0.04, r(1 - b) = 0.015
    sought = {**plain, "link": -1.0, "surplus": 0.5, "momentum": 1.0, "war_block": 0.5}
    on = (1 + 0.015 / 0.04) / 0.035
    signed = (1 + 0.02 / 0.03) / 0.035
    hand = "equations (3) and (4), by hand"
    return (
        Answer(tied, "months_to_peace", 1 / 0.03, 1e-9, "derived", f"{hand}: 1 / (0.02 x 1.5)"),
        Answer(tied, "months_to_treaty", 1 / 0.03 + 20 + 1 / 0.03, 1e-9, "derived", f"{hand}: peace, then talks, then a treaty"),
        Answer(tied, "treaty_first", 0.0, 1e-12, "derived", "equation (5): there are no talks before peace"),
        Answer(loose, "months_to_peace", 50.0, 1e-9, "derived", f"{hand}: 1 / 0.02"),
        Answer(loose, "months_to_treaty", 20 + 1 / 0.03, 1e-9, "derived", f"{hand}: 1 / 0.05 + 1 / 0.03, peace or war"),
        Answer(loose, "treaty_first", 0.05 / 0.07 * 0.03 / 0.05, 1e-9, "derived", "equation (5), by hand: (5/7)(3/5)"),
        Answer(lively, "months_to_peace", (1 + 0.05 * 25) / 0.07, 1e-9, "derived", f"{hand}: (1 + 0.05 x 25) / 0.07"),
        Answer(sought, "months_to_peace", (1 + 0.1 * on) / 0.11, 1e-9, "derived", f"{hand}: X_on = (1 + 0.015 / 0.04) / 0.035"),
        Answer(
            sought,
            "months_to_treaty",
            (1 + 0.1 * signed + 0.01 * (20 + 1 / 0.03)) / 0.11,
            1e-9,
            "derived",
            f"{hand}: Y_on = (1 + 0.02 / 0.03) / 0.035",
        ),
        Answer({"link": 0.0}, "verdict", 4.0, 1e-12, "derived", "no link is compared with itself"),
    )


NEVER: Final = "One of the two is never reached: nothing opens the talks, or no step to peace is made."

LINKAGE: Final = Model(
    name="issue_linkage",
    label="D13",
    title="Issue linkage: peace talks and arms control, tied or kept apart",
    question="Does tying arms control to peace talks bring peace sooner, a treaty sooner, both or neither?",
    citation=(
        "Tollison and Willett, An economic theory of mutually advantageous issue linkages in international negotiations,"
        " International Organization 33 (1979) 425-449, for linkage as a mechanism (remembered).",
        "The two coupled processes and all formulas are ours.",
    ),
    parameters=(
        Key("link", Number(-1.0, 1.0), "lambda: 1 no talks before peace, 0 no link, -1 talks sought because of the war.", 0.5),
        Key("steps", Whole(1, 12), "n: steps from war to peace.", 2, structure=True),
        Key("step", positive("per month"), "p: rate of a step to peace.", 0.0139),
        Key("opening", positive("per month"), "o: rate at which arms-control talks open.", 0.033),
        Key("closing", Number(0.0, unit="per month"), "c: rate at which they break off in war.", 0.02),
        Key("agreement", positive("per month"), "r: rate of a treaty while talks are held in peace.", 0.033),
        Key("war_block", probability(), "b: share of that rate which war takes away.", 0.5),
        Key("surplus", Number(0.0, 1.0), "s: how far a treaty that is held back moves the parties to peace.", 0.5),
        Key("momentum", Number(0.0), "m: how far talks on arms control speed the steps to peace.", 0.25),
        Key("horizon", positive("months"), "H: months within which peace and treaty are looked for.", 96.0),
    ),
    symbols={
        "lambda": "link",
        "n": "steps",
        "p": "step",
        "o": "opening",
        "c": "closing",
        "r": "agreement",
        "b": "war_block",
        "s": "surplus",
        "m": "momentum",
        "H": "horizon",
    },
    outcomes=(
        Outcome("months_to_peace", "months", "Expected months to peace (3).", undefined=NEVER),
        Outcome("months_to_treaty", "months", "Expected months to a treaty (4).", undefined=NEVER),
        Outcome("treaty_first", "probability", "The treaty comes before peace (5).", undefined=NEVER),
        Outcome("peace_within", "probability", "Peace within H months (6)."),
        Outcome("treaty_within", "probability", "A treaty within H months (6)."),
        Outcome("both_within", "probability", "Both within H months (6)."),
        Outcome("peace_gain", "months", "Months by which the link brings peace nearer than no link does.", undefined=NEVER),
        Outcome("treaty_gain", "months", "Months by which the link brings the treaty nearer than no link does.", undefined=NEVER),
        Outcome("verdict", "", "What the link does to the two expected times.", words=VERDICTS, undefined=NEVER),
    ),
    solve=solve,
    ways=(
        Way("linear equations of all states, uniformised law", by_linear_equations),
        Way("histories played out", by_histories, random=True),
    ),
    caveats=(
        "A link is a fixed policy of the parties; nobody chooses it for advantage, and nobody bargains over it.",
        "Peace and treaty last, and a war that is nearer to peace does not slip back.",
        "Surplus and momentum are judged; which of them is larger decides what a link does.",
    ),
    answers=_answers(),
)

MODELS: Final = (LINKAGE,)
