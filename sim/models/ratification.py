"""Ratification and linkage: a signed treaty that legislatures ratify at once, or only when the other side has withdrawn troops.

A treaty is signed at time 0.  Until it is ratified the other side may lose patience and suspend what is in force (both absorb).
It withdraws its troops, at rate w, if it is willing; whether it is, is drawn once.

(1) rates           ratification r = -ln(1 - p), p its probability in a year, once the troops are gone; a = (1 - l) r before,
                    l the linkage; suspension s before and s' = z s after withdrawal
(2) states          0 signed, 1 troops gone, R ratified, S suspended;  k = a + s + w,  k' = r + s'
                    P_0(t) = exp(-k t),  P_1(t) = w (exp(-k' t) - exp(-k t)) / (k - k')
(3) ratified by t   a I_0 + r I_1, suspended s I_0 + s' I_1, with I_0 = (1 - exp(-k t)) / k and I_1 = (w I_0 - P_1(t)) / k'
(4) in the end      R_w = (a + w r / k') / k if it is willing, R_u = a / (a + s) if not (w = 0)
(5) willing         its cost of withdrawal is exponential with mean c, a ratified treaty is worth v to it: it is willing if
                    v (R_w - R_u) exceeds the cost, with probability q = 1 - exp(-v max(R_w - R_u, 0) / c)
(6) outcomes        q times those of the willing plus 1 - q times those of the unwilling
(7) times           until the end 1/k + (w / k) / k' (willing), 1 / (a + s) (unwilling);
                    of ratification, E[T; R] = a / k^2 + (w r / (k k'))(1/k + 1/k') and a / (a + s)^2

A linkage makes withdrawal pay, (5), and blocks ratification until it happens, (1): which is stronger depends on c and s.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import numpy as np

from sim.declare import Key, Number, nonnegative, positive, probability
from sim.models.model import Answer, Estimate, Model, Outcome, Values, Way, each_point, points

CITATION: Final = (
    "Putnam, Diplomacy and domestic politics: the logic of two-level games, International Organization 42 (1988) 427-460.",
    "Norris, Markov Chains, Cambridge University Press 1997, chapter 3 (hitting probabilities and times in continuous time).",
)

PLAYS: Final = 40_000


def _over(x: Any, y: Any) -> Any:
    """x / y, 0 where y is 0."""
    return np.where(y > 0, x / np.where(y > 0, y, 1.0), 0.0)


def rates(v: Values) -> tuple[Any, Any, Any, Any]:
    """a, r, s and s' of (1)."""
    full = -np.log1p(-v["ratification_probability"])
    return (1 - v["linkage"]) * full, full, v["suspension_rate"], v["suspension_factor"] * v["suspension_rate"]


def path(v: Values, w: Any) -> dict[str, Any]:
    """Of a side that withdraws at rate w: (3), (4) and (7); times are infinite where nothing ends."""
    a, r, s, after = rates(v)
    k, k1, t = a + s + w, r + after, v["years"]
    apart = np.abs(k - k1) * t
    spread = np.where(apart > 0, -np.expm1(-apart) / np.where(apart > 0, apart, 1.0), 1.0)
    gone = w * t * np.exp(-np.minimum(k, k1) * t) * spread
    first = np.where(k > 0, -np.expm1(-k * t) / np.where(k > 0, k, 1.0), t)
    second = np.maximum(_over(w * first - gone, k1), 0.0)
    moved = _over(w, k)
    ends = (k > 0) & ((k1 > 0) | (moved <= 0))
    return {
        "ratified_by": a * first + r * second,
        "suspended_by": s * first + after * second,
        "withdrawn_by": w * first,
        "ratified": _over(a, k) + moved * _over(r, k1),
        "suspended": _over(s, k) + moved * _over(after, k1),
        "time": np.where(ends, _over(1.0, k) + moved * _over(1.0, k1), np.inf),
        "time_ratified": _over(a, k * k) + moved * _over(r, k1) * (_over(1.0, k) + _over(1.0, k1)),
    }


def mixed(v: Values) -> dict[str, Any]:
    """q of (5) and the outcomes of (6)."""
    willing, unwilling = path(v, v["withdrawal_rate"]), path(v, np.zeros_like(v["withdrawal_rate"]))
    gain = np.maximum(willing["ratified"] - unwilling["ratified"], 0.0)
    q = -np.expm1(-v["value_of_treaty"] * gain / v["mean_withdrawal_cost"])
    each = {
        name: np.where(q > 0, q * np.where(q > 0, x, 0.0), 0.0)
        + np.where(q < 1, (1 - q) * np.where(q < 1, unwilling[name], 0.0), 0.0)
        for name, x in willing.items()
    }
    return {"willing": q, **each}


def solve(v: Values) -> dict[str, Any]:
    """Equations (1) to (7), and the same without a linkage."""
    found = mixed(v)
    free = mixed({**v, "linkage": np.zeros_like(v["linkage"])})
    return {
        "willing": found["willing"],
        "ratified": found["ratified"],
        "suspended_first": found["suspended"],
        "ratified_by": found["ratified_by"],
        "suspended_by": found["suspended_by"],
        "waiting_at": np.maximum(1 - found["ratified_by"] - found["suspended_by"], 0.0),
        "withdrawn_by": found["withdrawn_by"],
        "expected_time": np.where(np.isfinite(found["time"]), found["time"], np.nan),
        "time_to_ratification": np.where(found["ratified"] > 0, _over(found["time_ratified"], found["ratified"]), np.nan),
        "linkage_effect": found["ratified_by"] - free["ratified_by"],
        "linkage_on_withdrawal": found["withdrawn_by"] - free["withdrawn_by"],
    }


@each_point
def by_generator(at: Mapping[str, Any]) -> dict[str, Any]:
    """The chain's generator: its exponential, and linear systems for what happens in the end."""
    from scipy.linalg import expm

    a, r, s, after = (float(x) for x in rates(at))
    out: dict[str, list[float]] = {}
    for w in (float(at["withdrawal_rate"]), 0.0):
        generator = np.array([[-(a + s + w), w, a, s], [0, -(r + after), r, after], [0, 0, 0, 0], [0, 0, 0, 0]])
        law = expm(generator * float(at["years"]))[0]
        inner = generator[:2, :2]
        if abs(np.linalg.det(inner)) < 1e-12:
            return dict.fromkeys(
                ("willing", "ratified", "suspended_first", "ratified_by", "suspended_by", "expected_time"), np.nan
            )
        stay = -np.linalg.inv(inner)[0]
        hit = stay @ generator[:2, 2:]
        for name, value in zip(("by", "sus", "R", "S", "T"), (law[2], law[3], hit[0], hit[1], stay.sum()), strict=True):
            out.setdefault(name, []).append(float(value))
    cost = float(at["mean_withdrawal_cost"])
    q = 1 - np.exp(-float(at["value_of_treaty"]) * max(out["R"][0] - out["R"][1], 0) / cost)
    names = {"ratified": "R", "suspended_first": "S", "ratified_by": "by", "suspended_by": "sus", "expected_time": "T"}
    return {"willing": q, **{name: q * out[key][0] + (1 - q) * out[key][1] for name, key in names.items()}}


def by_playing(v: Values, *, rng: np.random.Generator) -> dict[str, Any]:
    """Histories: a cost of withdrawal, then the first of the exponential times in each state."""
    size = points(v)
    a, r, s, after = rates(v)
    gain = path(v, v["withdrawal_rate"])["ratified"] - path(v, np.zeros(size))["ratified"]
    names = ("ratified_by", "suspended_by", "withdrawn_by")
    hits = {name: (np.empty(size), np.empty(size)) for name in names}

    def clock(rate: Any) -> np.ndarray:
        drawn = rng.exponential(1.0, PLAYS)
        return np.where(rate > 0, drawn / np.where(rate > 0, rate, 1.0), np.inf)

    for n in range(size):
        willing = rng.exponential(v["mean_withdrawal_cost"][n], PLAYS) < v["value_of_treaty"][n] * gain[n]
        leave = clock(np.where(willing, v["withdrawal_rate"][n], 0.0))
        early, patience = clock(np.full(PLAYS, a[n])), clock(np.full(PLAYS, s[n]))
        moved = (leave < early) & (leave < patience)
        late, lost = leave + clock(np.full(PLAYS, r[n])), leave + clock(np.full(PLAYS, after[n]))
        ratified, suspended = np.where(moved, late, early), np.where(moved, lost, patience)
        horizon = v["years"][n]
        cases = (
            (ratified < suspended) & (ratified <= horizon),
            (suspended <= ratified) & (suspended <= horizon),
            moved & (leave <= horizon),
        )
        for name, case in zip(names, cases, strict=True):
            share = case.mean()
            hits[name][0][n], hits[name][1][n] = share, np.sqrt(max(share * (1 - share), 1 / PLAYS) / PLAYS)
    return {name: Estimate(*x) for name, x in hits.items()}


def _answers() -> tuple[Answer, ...]:
    even = {
        "ratification_probability": 0.6321205588285577,
        "withdrawal_rate": 1.0,
        "suspension_rate": 1.0,
        "suspension_factor": 1.0,
    }
    hard = {
        **even,
        "linkage": 1.0,
        "value_of_treaty": 1.0,
        "mean_withdrawal_cost": 1.0,
    }  # r = w = s = 1, a = 0: R_w = 1/4, R_u = 0
    free = {**hard, "linkage": 0.0}  # a = 1: R_w = (1 + 1/2) / 3 = 1/2 = R_u: withdrawal brings nothing
    hand = "equations (4) to (7), by hand; the chain's generator agrees"
    return (
        Answer(hard, "willing", 0.2211992169, 1e-9, "derived", f"1 - exp(-1/4); {hand}"),
        Answer(hard, "ratified", 0.0552998042, 1e-9, "derived", f"a quarter of it; {hand}"),
        Answer(hard, "suspended_first", 0.9447001958, 1e-9, "derived", hand),
        Answer(free, "willing", 0.0, 1e-12, "derived", hand),
        Answer(free, "ratified", 0.5, 1e-12, "derived", hand),
        # unwilling with a = 0: 1 - exp(-1) by a year; willing: 1/2 in state 0, then in state 1
        Answer({**free, "years": 1.0}, "ratified_by", 0.4323323584, 1e-9, "derived", "(1 - exp(-2)) / 2; histories agree"),
        Answer(
            {**hard, "years": 1.0},
            "linkage_effect",
            -0.3994845982,
            1e-9,
            "derived",
            "(3): q (I_0 - exp(-2)) / 2 - 0.4323, I_0 = 0.4323",
        ),
        Answer(hard, "expected_time", 0.9447001958, 1e-9, "derived", f"q (1/2 + 1/4) + (1 - q); {hand}"),
    )


RATIFICATION: Final = Model(
    name="ratification",
    label="D2",
    title="Ratification and linkage",
    question="Does making ratification wait for the withdrawal of troops bring the withdrawal, or lose the treaty?",
    citation=CITATION,
    parameters=(
        Key(
            "ratification_probability",
            Number(0.0, 0.999, unit="per year"),
            "p: ratified within a year, if nothing stands in the way.",
            0.2,
        ),
        Key("linkage", probability(), "l: share of the ratification rate that waits for withdrawal.", 1.0),
        Key("withdrawal_rate", nonnegative("per year"), "w: a willing side withdraws its troops.", 0.3),
        Key("suspension_rate", nonnegative("per year"), "s: the waiting side suspends, before withdrawal.", 0.1),
        Key("suspension_factor", nonnegative(), "z: the same after withdrawal, as a multiple.", 1.0),
        Key("value_of_treaty", nonnegative("payoff"), "v: worth of a ratified treaty to the side that withdraws.", 1.0),
        Key("mean_withdrawal_cost", positive("payoff"), "c: its mean cost of withdrawal.", 1.0),
        Key("years", nonnegative("years"), "t: years since the signing.", 8.0),
    ),
    symbols={
        "p": "ratification_probability",
        "l": "linkage",
        "w": "withdrawal_rate",
        "s": "suspension_rate",
        "z": "suspension_factor",
        "v": "value_of_treaty",
        "c": "mean_withdrawal_cost",
        "t": "years",
    },
    outcomes=(
        Outcome("willing", "probability", "q: the other side is willing to withdraw (5)."),
        Outcome("ratified", "probability", "The treaty is ratified in the end."),
        Outcome("suspended_first", "probability", "It is suspended before."),
        Outcome("ratified_by", "probability", "Ratified within t years (3)."),
        Outcome("suspended_by", "probability", "Suspended within t years (3)."),
        Outcome("waiting_at", "probability", "Neither after t years."),
        Outcome("withdrawn_by", "probability", "Troops withdrawn within t years, before ratification or suspension."),
        Outcome("expected_time", "years", "Expected time until either (7).", undefined="Nothing may ever happen."),
        Outcome(
            "time_to_ratification", "years", "Expected time until ratification, if it comes (7).", undefined="It never comes."
        ),
        Outcome("linkage_effect", "probability", "What the linkage changes in the probability of ratification within t years."),
        Outcome("linkage_on_withdrawal", "probability", "What it changes in the probability of withdrawal within t years."),
    ),
    solve=solve,
    ways=(
        Way("the chain's generator", by_generator),
        Way("histories", by_playing, random=True),
    ),
    caveats=(
        "All legislatures are one: the rate is that of the last of them.",
        "Whether the other side is willing is settled at the signing; it looks ahead to what withdrawal would bring.",
        "The cost is that of making ready to withdraw, borne at the signing, also where patience ends before the troops go.",
        "Suspension and ratification are for good, and rates are constant.",
        "All formulas are derived here; the papers give the ideas.",
    ),
    answers=_answers(),
)

MODELS: Final = (RATIFICATION,)
