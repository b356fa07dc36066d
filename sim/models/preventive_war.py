"""The bargaining range, and war before power shifts.

Two states divide a good of size 1 in every period; d is the discount factor.  A war gives its winner the whole good for ever
and costs A c_A and B c_B once, as lump sums.  A rises: it would win now with p1, later with p2.  A makes the offers; shares
are in [0, 1].

(1) bargaining range      one decision, a good worth 1: both prefer to war every division [p1 - c_A, p1 + c_B] of A's share
(2) B's value of war      W(p) = (1 - p) / (1 - d) - c_B
(3) preventive war        the best A can offer is all of today's good, and later what B's war would be worth: B fights now where
                          W(p1) > 1 + d W(p2), that is d p2 - p1 > c_B (1 - d)^2
(4) critical p2           (p1 + c_B (1 - d)^2) / d
(5) a rise in n steps     p1, p1 + s, ..., p2 with s = (p2 - p1) / n: d p - p' in (3) is greatest at the first step, so that B
                          fights somewhere exactly where it fights there: d (p1 + s) - p1 > c_B (1 - d)^2
(6) safe step             the largest s without war, (c_B (1 - d)^2 + (1 - d) p1) / d; peace needs ceil((p2 - p1) / s) steps
(7) with an exit          B cannot be pushed below nothing: it would rather accept a share of 0 than fight with W < 0.  Then
                          W(p2) in (3) is max(0, W(p2)), and p2 is replaced by min(p2, 1 - c_B (1 - d))

(3) and (7) differ only where the later war would be worth less than nothing to B.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from sim.declare import Key, Number, count, nonnegative, probability
from sim.models.model import Answer, Model, Outcome, Premise, Values, Way

CITATION: Final = (
    "Fearon, Rationalist explanations for war, International Organization 49(3) (1995) 379-414.",
    "Powell, War as a commitment problem, International Organization 60 (2006) 169-203.",
    "Powell, In the Shadow of Power (1999).",
)

MOST_STEPS: Final = 10_000
TIE: Final = 1e-12
"""War needs an advantage above this: at equality B accepts."""


def solve(v: Values) -> dict[str, Any]:
    """Equations (1) to (7)."""
    now, later, d = v["win_probability_now"], v["win_probability_later"], v["discount_factor"]
    cost, n = v["decliner_war_cost"], v["steps"]
    rise = later - now
    following = now + rise / n
    lost = cost * (1 - d) ** 2
    safe = (lost + (1 - d) * now) / d
    exit_ = np.minimum(following, 1 - cost * (1 - d))
    advantage = d * following - now - lost
    # (3) as a quadratic in d: c d^2 - (2 c + p) d + (c + p1) = 0; the smaller root, without cancellation.
    linear = 2 * cost + following
    root = 2 * (cost + now) / (linear + np.sqrt(np.maximum(linear**2 - 4 * cost * (cost + now), 0)))
    return {
        "range_low": now - v["riser_war_cost"],
        "range_high": now + cost,
        "range_width": v["riser_war_cost"] + cost,
        "war_value": (1 - now) / (1 - d) - cost,
        "best_offer_value": 1 + d * ((1 - following) / (1 - d) - cost),
        "war_advantage": advantage / (1 - d),
        "preventive_war": (advantage > TIE).astype(float),
        "preventive_war_with_exit": (d * exit_ - now - lost > TIE).astype(float),
        "critical_win_probability_later": (now + lost) / d,
        "critical_discount_factor": np.where(following > now, root, np.nan),
        "safe_step": safe,
        "steps_for_peace": np.where(rise > 0, np.maximum(np.ceil(rise / safe - 1e-9), 1), 1),
    }


def by_backward_induction(v: Values) -> dict[str, Any]:
    """War or peace at every step from the last to the first, with A's cheapest acceptable offers."""
    size = len(v["steps"])
    found = {name: np.zeros(size) for name in ("war_advantage", "preventive_war", "preventive_war_with_exit")}
    for row in range(size):
        at = {name: float(x[row]) for name, x in v.items()}
        d, n, cost = at["discount_factor"], int(at["steps"]), at["decliner_war_cost"]
        power = [
            at["win_probability_now"] + (at["win_probability_later"] - at["win_probability_now"]) * k / n for k in range(n + 1)
        ]
        war = [(1 - p) / (1 - d) - cost for p in power]
        # Without an exit B's value of going on is that of war in the next period; with one it is at least 0.
        found["war_advantage"][row] = war[0] - (1 + d * war[1])
        found["preventive_war"][row] = any(war[k] > 1 + d * war[k + 1] + TIE for k in range(n))
        value, fought = max(war[n], 0.0), False
        for k in reversed(range(n)):
            fought = fought or war[k] > 1 + d * value + TIE
            share = min(max(war[k] - d * value, 0.0), 1.0)
            value = max(war[k], share + d * value)
        found["preventive_war_with_exit"][row] = fought
    return found


def by_search(v: Values) -> dict[str, Any]:
    """The range from the lottery of a war; critical values by bisection on W(p1) > 1 + d W(p2); steps by trying 1, 2, 3, ..."""
    now, later, d, cost = v["win_probability_now"], v["win_probability_later"], v["discount_factor"], v["decliner_war_cost"]

    def fights(p2: np.ndarray, at: np.ndarray) -> np.ndarray:
        return (1 - now) / (1 - at) - cost > 1 + at * ((1 - p2) / (1 - at) - cost)

    low, high = np.zeros_like(now), 2 / d * (1 + cost)
    first, last = np.zeros_like(now), np.ones_like(now)
    following = now + (later - now) / v["steps"]
    for _ in range(80):
        middle, between = (low + high) / 2, (first + last) / 2
        war, shift = fights(middle, d), fights(following, between)
        low, high = np.where(war, low, middle), np.where(war, middle, high)
        first, last = np.where(shift, first, between), np.where(shift, between, last)
    steps = np.full_like(now, np.nan)
    for n in range(1, 2001):
        peace = np.isnan(steps) & ~fights(now + (later - now) / n, d)
        steps[peace] = n
        if not np.isnan(steps).any():
            break
    lottery = np.stack([now, 1 - now], axis=1)
    return {
        "range_low": lottery @ np.array([1.0, 0.0]) - v["riser_war_cost"],
        "range_high": 1 - (lottery @ np.array([0.0, 1.0]) - cost),
        "critical_win_probability_later": high,
        "critical_discount_factor": np.where(following > now, last, np.nan),
        "steps_for_peace": steps,
    }


def _answers() -> tuple[Answer, ...]:
    given = {"win_probability_now": 0.3, "decliner_war_cost": 0.2}
    notes = "equation (1), by hand; the interval [p - c_A, p + c_B] is in public notes on Fearon (1995) at edegan.com"
    out = [
        Answer({**given, "riser_war_cost": 0.2}, "range_low", 0.1, 1e-12, "derived", notes),
        Answer({**given, "riser_war_cost": 0.2}, "range_high", 0.5, 1e-12, "derived", notes),
    ]
    for d, critical in ((0.9, 0.335556), (0.95, 0.316316)):
        told = {**given, "discount_factor": d}
        out.append(Answer(told, "critical_win_probability_later", critical, 5e-7, "derived", "equation (4), by hand"))
    told = {**given, "win_probability_later": 0.7, "discount_factor": 0.95}
    for n, war in ((1, 1), (5, 1), (10, 1), (20, 1), (30, 0), (40, 0)):
        source = "equation (5), and backward induction over the steps"
        out.append(Answer({**told, "steps": n}, "preventive_war", war, 0.0, "derived", source))
    return tuple(out)


PREVENTIVE: Final = Model(
    name="preventive_war",
    label="A10",
    title="Bargaining and preventive war",
    question="When does a shift of power lead to war although both would gain from a settlement?",
    citation=CITATION,
    parameters=(
        Key("win_probability_now", probability(), "p1: the rising state would win a war now.", 0.3),
        Key("win_probability_later", probability(), "p2: it would win one later, after the shift.", 0.7),
        Key("riser_war_cost", nonnegative("goods of one period"), "c_A: lump-sum cost of war to the rising state.", 0.2),
        Key("decliner_war_cost", nonnegative("goods of one period"), "c_B: lump-sum cost of war to the declining state.", 0.2),
        Key("discount_factor", Number(0.0, 1.0, above=0.0), "d: weight of the next period; below 1.", 0.95),
        Key("steps", count(1, MOST_STEPS, "periods"), "n: equal steps in which power shifts, one a period.", 1),
    ),
    symbols={
        "p1": "win_probability_now",
        "p2": "win_probability_later",
        "c_A": "riser_war_cost",
        "c_B": "decliner_war_cost",
        "d": "discount_factor",
        "delta": "discount_factor",
        "n": "steps",
    },
    outcomes=(
        Outcome("range_low", "share", "Lower end of the bargaining range (1): A accepts no less. Divisions also lie in [0, 1]."),
        Outcome(
            "range_high", "share", "Upper end of the bargaining range (1): B concedes no more. Divisions also lie in [0, 1]."
        ),
        Outcome("range_width", "share", "c_A + c_B, what war wastes."),
        Outcome("war_value", "goods of one period", "W(p1), what B gets from war now (2)."),
        Outcome("best_offer_value", "goods of one period", "1 + d W(p1 + s), the most that A can offer (3)."),
        Outcome("war_advantage", "goods of one period", "What B gains from war now over the best offer; war where positive."),
        Outcome("preventive_war", "", "1 if B fights before power shifts (3), (5), else 0."),
        Outcome("preventive_war_with_exit", "", "1 if B fights although it can later give up (7), else 0."),
        Outcome("critical_win_probability_later", "probability", "War in one step where p2 is above this (4); above 1: never."),
        Outcome(
            "critical_discount_factor",
            "",
            "War where the discount factor is above this, with the first step as given.",
            undefined="Power does not rise, so that no discount factor leads to preventive war.",
        ),
        Outcome("safe_step", "probability", "The largest rise in one period without war (6)."),
        Outcome(
            "steps_for_peace",
            "periods",
            "The smallest number of equal steps from p1 to p2 without war (6).",
            undefined="No number of steps is enough: p1 = 0, and war costs the declining state nothing.",
        ),
    ),
    premises=(Premise("a discount factor below 1", lambda v: v["discount_factor"] < 1),),
    solve=solve,
    ways=(
        Way("backward induction over the steps", by_backward_induction),
        Way("lottery of a war, bisection, and trying 1, 2, 3 steps", by_search),
    ),
    caveats=(
        "Costs of war are lump sums here; with costs per period multiply them by 1 / (1 - d).",
        "The rising state makes the offers; the range of (1) is that of a single decision.",
        "What counts is d p' - p from one period to the next, not p' - p: a slow rise is peaceful because today's "
        "good is worth more than tomorrow's.",
        "The range and the best offer were read in public notes; inequality (3) is derived, and remembered as Fearon's.",
        "That large and rapid shifts lead to war is stated in the abstract of the working paper of Powell (2006).",
    ),
    answers=_answers(),
)

MODELS: Final = (PREVENTIVE,)
