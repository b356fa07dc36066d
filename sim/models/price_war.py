"""Cooperation with hidden demand: how long the punishment must be when bad luck looks like cheating.

N firms (states) share a prize of 1 a period.  With probability a demand is low and nobody earns anything; otherwise each earns
1/N, or a cheater everything and the others nothing.  A firm without profit cannot tell low demand from cheating, so that all
punish for T periods without profit.  delta is the discount factor; values are in prizes, not normalised.

(1) value of cooperating      V = (1 - a)/N / (1 - (1 - a) delta - a delta^(T+1))
(2) incentive                 N (1 - a) delta + (N a - 1) delta^(T+1) >= N - 1
                              with N = 2: 2 (1 - a) delta + (2a - 1) delta^(T+1) >= 1
(3) shortest punishment       the least T with delta^(T+1) <= (N (1 - a) delta - (N - 1)) / (1 - N a); none unless a < 1/N
(4) critical delta            some T sustains cooperation iff N (1 - a) delta > N - 1
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from sim.declare import Key, Number, count, probability
from sim.models.model import Answer, Model, Outcome, Premise, Values, Way
from sim.models.payoffs import TIE

LONGEST: Final = 10_000
"""Punishments are looked at up to this length."""


def slack(v: Values, periods: np.ndarray) -> np.ndarray:
    """Left minus right side of (2); cooperation is self-enforcing where it is >= 0."""
    a, delta, n = v["low_demand_probability"], v["discount_factor"], v["firms"]
    return n * (1 - a) * delta + (n * a - 1) * delta ** (periods + 1) - (n - 1)


def solve(v: Values) -> dict[str, Any]:
    """Equations (1) to (4)."""
    a, delta, n = v["low_demand_probability"], v["discount_factor"], v["firms"]
    level, weight = n * (1 - a) * delta - (n - 1), 1 - n * a
    guess = np.maximum(np.ceil(np.log(level / weight) / np.log(delta) - 1 - 1e-9), 1)
    shortest = np.where((level > 0) & (weight > 0) & (guess <= LONGEST), guess, np.nan)
    critical = (n - 1) / (n * (1 - a))
    war = v["punishment_periods"]
    return {
        "value": _value(v, war),
        "self_enforcing": (slack(v, war) >= -TIE).astype(float),
        "shortest_punishment": shortest,
        "value_at_shortest": _value(v, shortest),
        "share_kept": n * (1 - delta) * _value(v, shortest),
        "critical_discount_factor": np.where(critical < 1, critical, np.nan),
        "cooperation_share": 1 / (1 + a * war),
    }


def _value(v: Values, periods: np.ndarray) -> np.ndarray:
    a, delta = v["low_demand_probability"], v["discount_factor"]
    return (1 - a) / v["firms"] / (1 - (1 - a) * delta - a * delta ** (periods + 1))


def by_iteration(v: Values) -> dict[str, Any]:
    """Values by repeating V+ = (1 - a)(1/N + delta V+) + a delta V- with V- = delta^T V+, lengths by trying them in turn."""
    a, delta, n = v["low_demand_probability"], v["discount_factor"], v["firms"]

    def values(periods: Any) -> tuple[np.ndarray, np.ndarray]:
        later = delta**periods
        cooperate = (1 - a) / n / (1 - (1 - a) * delta - a * delta * later)
        return cooperate, (1 - a) + delta * later * cooperate

    shortest = np.full_like(a, np.nan)
    for length in range(1, LONGEST + 1):
        cooperate, cheat = values(length)
        shortest = np.where(np.isnan(shortest) & (cooperate >= cheat - TIE * cheat), float(length), shortest)
        if not np.isnan(shortest).any() or np.all(delta**length < TIE * (1 - delta)):
            break
    value = np.zeros_like(a)
    later = delta ** v["punishment_periods"]
    for _ in range(100_000):
        before, value = value, (1 - a) * (1 / n + delta * value) + a * delta * later * value
        if np.max(value - before) <= 1e-16 * np.max(value):
            break
    cooperate, cheat = values(v["punishment_periods"])
    return {
        "shortest_punishment": shortest,
        "value": value,
        "self_enforcing": (cooperate >= cheat - TIE * cheat).astype(float),
    }


def _answers() -> tuple[Answer, ...]:
    source = "equation (2), T = 1, 2, 3, ... tried; the equation is remembered as Tirole's and was derived independently"
    out = []
    for a, delta, target in (
        (0.0, 0.6, 3.0),
        (0.0, 0.7, 2.0),
        (0.1, 0.6, 4.0),
        (0.1, 0.7, 3.0),
        (0.2, 0.7, 4.0),
        (0.3, 0.8, 5.0),
        (0.3, 0.9, 4.0),
        (0.2, 0.6, None),
        (0.3, 0.7, None),
    ):
        given = {"low_demand_probability": a, "discount_factor": delta}
        out.append(Answer(given, "shortest_punishment", target, 0.0, "derived", source))
    return tuple(out)


PRICE_WAR: Final = Model(
    name="price_war",
    label="A2c",
    title="Punishing bad luck: price wars under hidden demand",
    question="How long must punishment be when cheating is always seen, but bad luck looks the same?",
    citation=(
        "Tirole, The Theory of Industrial Organization (1988), section 6.7.1.",
        "Green and Porter, Noncooperative collusion under imperfect price information, Econometrica 52 (1984) 87-100.",
    ),
    parameters=(
        Key("low_demand_probability", probability(), "a: nobody earns anything, as if somebody had cheated.", 0.1),
        Key("discount_factor", Number(0.0, 1.0, above=0.0), "delta: weight of the next period; below 1.", 0.7),
        Key("punishment_periods", count(1, LONGEST, "periods"), "T: periods without profit after a bad one.", 3),
        Key("firms", count(2, unit="firms"), "N: firms, or states, that share the prize.", 2),
    ),
    symbols={"a": "low_demand_probability", "d": "discount_factor", "delta": "discount_factor"}
    | {"T": "punishment_periods", "N": "firms"},
    outcomes=(
        Outcome("value", "prizes", "V: value of cooperating with punishments of T periods (1); no test of incentives."),
        Outcome("self_enforcing", "", "1 if punishments of T periods sustain cooperation (2), else 0."),
        Outcome(
            "shortest_punishment",
            "periods",
            "The smallest T that sustains cooperation (3).",
            undefined=f"No punishment of at most {LONGEST:,} periods sustains cooperation at this discount factor.",
        ),
        Outcome(
            "value_at_shortest",
            "prizes",
            "V at the shortest punishment that sustains cooperation.",
            undefined=f"No punishment of at most {LONGEST:,} periods sustains cooperation at this discount factor.",
        ),
        Outcome(
            "share_kept",
            "share",
            "Normalised value of all together at the shortest punishment, N (1 - delta) V, as a share of the prize.",
            undefined=f"No punishment of at most {LONGEST:,} periods sustains cooperation at this discount factor.",
        ),
        Outcome(
            "critical_discount_factor",
            "",
            "Above this discount factor a long enough punishment sustains cooperation (4).",
            undefined="No discount factor below 1 sustains cooperation: low demand must be rarer than 1/N.",
        ),
        Outcome("cooperation_share", "share", "Long-run share of periods outside of punishment with T periods: 1 / (1 + a T)."),
    ),
    premises=(
        Premise("a discount factor below 1", lambda v: v["discount_factor"] < 1),
        Premise("demand is not always low", lambda v: v["low_demand_probability"] < 1),
    ),
    solve=solve,
    ways=(Way("values by iteration, lengths by trying", by_iteration),),
    caveats=(
        "Cheating is always followed by punishment; how well it is seen is not a parameter, unlike in treaty_monitoring.",
        "Two firms in the source as remembered; N firms are a generalisation made here.",
    ),
    answers=_answers(),
)

MODELS: Final = (PRICE_WAR,)
