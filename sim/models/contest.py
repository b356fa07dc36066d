"""An arms race as a contest for a prize, and a treaty that caps it.

Each of N states buys arms x_i at unit cost and wins the prize V with probability x_i^m / (sum of x_j^m); m is the decisiveness.

(1) arms race          x* = m (N - 1) V / N^2 each, which wastes the share m (N - 1) / N of the prize; payoff V/N - x*.
                       A pure equilibrium exists iff m <= N / (N - 1); with N = 2 that is m <= 2.
(2) treaty             a cap of c < x* each; payoffs  R = V/N - c  both comply,  P = V/N - x*  the race,
                       T = max over x of V x^m / (x^m + (N - 1) c^m) - x,  S what one who complies has left
(3) one break-out      with m = 1: T = V (1 - s)^2 with s = sqrt((N - 1) c / V), by arms V s (1 - s) on top of nothing else
(4) critical delta     (T - R) / (T - P) if break-out is answered by the race for ever; m = 1, N = 2: 2 (1 - 2 s) / (3 - 2 s)
(5) imperfect sight    with alarms alpha, beta of treaty_monitoring: (T - R) / ((T - R)(1 - alpha) + (beta - alpha)(R - P))

At a cap of 0 the least arms win everything: T = V is a limit that no state quite reaches.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from sim.declare import Key, count, nonnegative, positive, probability
from sim.models.model import Answer, Model, Outcome, Values, Way
from sim.models.payoffs import TIE


def race(v: Values) -> np.ndarray:
    """x* of (1)."""
    return v["decisiveness"] * (v["states"] - 1) * v["prize"] / v["states"] ** 2


def breakout(v: Values) -> np.ndarray:
    """The best arms against N - 1 states at the cap, (P,): closed form (3) for m = 1, else the root of the first-order condition.

    With k = (N - 1) c^m the marginal prize V m k x^(m-1) / (x^m + k)^2 rises up to x^m = k (m - 1)/(m + 1), if m > 1, and falls
    after it; the best arms are the root on the falling part, which ends below V.
    """
    m, prize, cap = v["decisiveness"], v["prize"], v["cap"]
    k = (v["states"] - 1) * cap**m
    low, high = (k * np.maximum(m - 1, 0) / (m + 1)) ** (1 / m), prize.copy()
    for _ in range(100):
        middle = (low + high) / 2
        rises = prize * m * k * middle ** (m - 1) / (middle**m + k) ** 2 > 1
        low, high = np.where(rises, middle, low), np.where(rises, high, middle)
    s = np.sqrt((v["states"] - 1) * cap / prize)
    return np.where(cap == 0, 0.0, np.where(m == 1, prize * s * (1 - s), high))


def earned(v: Values, arms: Any) -> np.ndarray:
    """What arms earn against N - 1 states at the cap; with a cap of 0 the whole prize."""
    m, cap = v["decisiveness"], v["cap"]
    won = 1 / (1 + (v["states"] - 1) * np.where(cap > 0, cap / np.where(arms > 0, arms, 1.0), 0.0) ** m)
    return np.where((arms > 0) | (cap == 0), v["prize"] * won - arms, 0.0)


def solve(v: Values) -> dict[str, Any]:
    """Equations (1) to (5)."""
    n, m, prize, cap = v["states"], v["decisiveness"], v["prize"], v["cap"]
    alpha, beta = v["false_alarm_probability"], v["detection_probability"]
    pure = m <= n / (n - 1) + TIE
    x = np.where(pure, race(v), np.nan)
    reward, punishment = prize / n - cap, prize / n - x
    useful = cap < x
    arms = np.where(useful, breakout(v), np.nan)
    temptation = earned(v, arms)
    left = np.where(cap > 0, prize * cap**m / (arms**m + (n - 1) * cap**m) - cap, 0.0)
    gain, stake = temptation - reward, reward - punishment
    below = gain * (1 - alpha) + (beta - alpha) * stake
    holds = (beta - alpha) * stake > alpha * gain
    treaty = {
        "temptation": temptation,
        "reward": reward,
        "sucker": left,
        "breakout_arms": arms,
        "critical_discount_factor": gain / (gain + stake),
        "critical_discount_factor_alarms": np.where(holds, gain / below, np.nan),
        "least_likelihood_ratio": (gain + stake) / stake,
    }
    return {
        "pure_equilibrium": pure.astype(float),
        "arms": x,
        "waste": x * n / prize,
        "punishment": punishment,
        **{name: np.where(useful, value, np.nan) for name, value in treaty.items()},
    }


def by_maximising(v: Values) -> dict[str, Any]:
    """Best answers by golden sections over a grid: the race as the arms that answer themselves, break-out against the cap."""
    n, m, prize, cap = v["states"], v["decisiveness"], v["prize"], v["cap"]

    def best(others: np.ndarray) -> np.ndarray:
        def payoff(x: np.ndarray) -> np.ndarray:
            return prize / (1 + (n - 1) * (others / x) ** m) - x

        grid = np.geomspace(1e-9, 1.0, 2001)
        values = np.stack([payoff(prize * g) for g in grid])
        at = values.argmax(axis=0)
        low, high = prize * grid[np.maximum(at - 1, 0)], prize * grid[np.minimum(at + 1, len(grid) - 1)]
        ratio = (np.sqrt(5) - 1) / 2
        for _ in range(80):
            left, right = high - ratio * (high - low), low + ratio * (high - low)
            up = payoff(left) < payoff(right)
            low, high = np.where(up, left, low), np.where(up, high, right)
        return payoff((low + high) / 2)

    low, high = prize * 1e-9, prize.copy()
    for _ in range(60):
        middle = (low + high) / 2
        step = 1e-6 * middle
        rises = (
            1 / (1 + (n - 1) * (middle / (middle + step)) ** m) - 1 / (1 + (n - 1) * (middle / (middle - step)) ** m)
            > 2 * step / prize
        )
        low, high = np.where(rises, middle, low), np.where(rises, high, middle)
    exists = best(high) <= prize / n - high + 1e-9 * prize
    x = np.where(exists, high, np.nan)
    useful = (cap < x) & (cap > 0)
    temptation = best(np.where(useful, cap, prize))
    critical = (temptation - prize / n + cap) / (temptation - prize / n + x)
    return {
        "arms": x,
        "waste": x * n / prize,
        "temptation": np.where(useful, temptation, np.nan),
        "critical_discount_factor": np.where(useful, critical, np.nan),
    }


def by_formula(v: Values) -> dict[str, Any]:
    """Equation (4) in closed form: one opponent, m = 1."""
    s = np.sqrt(v["cap"] / v["prize"])
    simple = (v["states"] == 2) & (v["decisiveness"] == 1) & (s < 0.5)
    return {"critical_discount_factor": np.where(simple, 2 * (1 - 2 * s) / (3 - 2 * s), np.nan)}


def _answers() -> tuple[Answer, ...]:
    out = []
    for m, n, target in ((1.0, 2, 0.25), (0.5, 2, 0.125), (1.0, 3, 2 / 9), (1.0, 5, 0.16)):
        given = {"decisiveness": m, "states": n}
        out.append(Answer(given, "arms", target, 1e-9, "derived", "equation (1): m (N - 1) V / N^2, by hand"))
        out.append(Answer(given, "waste", m * (n - 1) / n, 1e-9, "derived", "equation (1): m (N - 1) / N, by hand"))
    for cap, target in ((0.0, 2 / 3), (1 / 64, 6 / 11), (1 / 16, 0.4), (1 / 9, 2 / 7)):
        out.append(Answer({"cap": cap}, "critical_discount_factor", target, 1e-9, "derived", "equation (4), by hand"))
    return tuple(out)


NO_RACE: Final = "There is no pure equilibrium: the decisiveness exceeds N / (N - 1)."
NO_CAP: Final = f"The cap is no lower than the arms of the race, so that it binds nobody. Or: {NO_RACE}"

CONTEST: Final = Model(
    name="contest",
    label="B8",
    title="An arms race as a contest, and a treaty that caps it",
    question="How deep can an arms limit be and still enforce itself?",
    citation=(
        "Tullock, Efficient rent seeking (1980), in Buchanan, Tollison and Tullock, Toward a Theory of the Rent-Seeking Society.",
        "Hirshleifer, Conflict and rent-seeking success functions, Public Choice 63 (1989) 101-112.",
    ),
    parameters=(
        Key("prize", positive("payoff"), "V: what is contested.", 1.0),
        Key("states", count(2, unit="states"), "N: states in the contest.", 2),
        Key("decisiveness", positive(), "m: how strongly arms decide the contest.", 1.0),
        Key("cap", nonnegative("payoff"), "c: arms that the treaty leaves each state.", 1 / 16),
        Key("false_alarm_probability", probability(), "alpha: an alarm in a period in which all comply.", 0.05),
        Key("detection_probability", probability(), "beta: an alarm in a period in which exactly one breaks out.", 0.5),
    ),
    symbols={"V": "prize", "N": "states", "m": "decisiveness", "c": "cap", "xh": "cap"}
    | {"alpha": "false_alarm_probability", "beta": "detection_probability"},
    outcomes=(
        Outcome("pure_equilibrium", "", "1 if the race has a pure equilibrium, else 0."),
        Outcome("arms", "payoff", "x*: what each spends in the race (1).", undefined=NO_RACE),
        Outcome("waste", "share", "Share of the prize that the race costs all together (1).", undefined=NO_RACE),
        Outcome("punishment", "payoff", "P: payoff of the race.", undefined=NO_RACE),
        Outcome("reward", "payoff", "R: payoff under the treaty (2).", undefined=NO_CAP),
        Outcome("temptation", "payoff", "T: payoff of the best break-out (2).", undefined=NO_CAP),
        Outcome("sucker", "payoff", "S: payoff of complying while one breaks out (2).", undefined=NO_CAP),
        Outcome("breakout_arms", "payoff", "Arms of the best break-out; 0 stands for the least possible.", undefined=NO_CAP),
        Outcome("critical_discount_factor", "", "delta* if break-out is always seen (4).", undefined=NO_CAP),
        Outcome(
            "critical_discount_factor_alarms",
            "",
            "delta* with alarms alpha and beta (5).",
            undefined=f"No discount factor below 1 sustains the treaty with these alarms. Or: {NO_CAP}",
        ),
        Outcome(
            "least_likelihood_ratio",
            "",
            "(T - P) / (R - P): what detection / false alarm must exceed for some discount factor to do.",
            undefined=NO_CAP,
        ),
    ),
    solve=solve,
    ways=(Way("best answers by golden sections", by_maximising), Way("closed form for two states, m = 1", by_formula)),
    caveats=(
        "The contest is the literature's; the cap and its critical discount factor are derived here.",
        "Arms are bought anew every period and destroy nothing.",
        "With three states or m other than 1 a state that complies alone can be better off than in the race (S > P).",
    ),
    answers=_answers(),
)

MODELS: Final = (CONTEST,)
