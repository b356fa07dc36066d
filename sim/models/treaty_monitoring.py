"""A treaty as a repeated prisoner's dilemma with imperfect public monitoring, and how often to report.

Every period both comply or cheat; one public alarm may follow, with probability alpha when both comply and beta when exactly one
cheats.  After an alarm both play the mutual-arming payoff P for N periods (for ever: grim), then return to the treaty; alarms
during the punishment change nothing.  T > R > P > S are the payoffs of a prisoner's dilemma, delta is the discount factor, and
payoffs are normalised by 1 - delta.

(1) value of the treaty       V - P = (1 - delta)(R - P) / (1 - delta (1 - alpha) - alpha delta^(N+1))
(2) incentive, N periods      (T - R)(1 - delta (1 - alpha) - alpha delta^(N+1)) <= delta (beta - alpha)(1 - delta^N)(R - P)
(3) critical delta, grim      delta* = (T - R) / ((T - R)(1 - alpha) + (beta - alpha)(R - P))
(4) existence for a delta < 1 beta / alpha > (T - P) / (R - P)
(5) best symmetric payoff     v* = R - (T - R) alpha / (beta - alpha), reached by permanent breakdown after an alarm with
                              probability x* = (1 - delta)(T - R) / (delta ((beta - alpha)(R - P) - alpha (T - R)))
(6) long run                  share of periods under the treaty 1 / (1 + alpha N); grim treaty dead by t with 1 - (1 - alpha)^t

In equilibrium everybody complies: every breakdown is a false alarm.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from sim.declare import Key, Number, count, probability
from sim.models.model import Answer, Model, Outcome, Premise, Values, Way

CITATION: Final = (
    "Green and Porter, Noncooperative collusion under imperfect price information, Econometrica 52 (1984) 87-100.",
    "Abreu, Milgrom and Pearce, Information and timing in repeated partnerships, Econometrica 59 (1991) 1713-1733.",
    "Downs and Rocke, Tacit Bargaining, Arms Races, and Arms Control (1990), for the reading as arms control.",
)

LONGEST: Final = 10_000
"""Punishments are looked at up to this length."""

PAYOFFS: Final = (
    Key("temptation", Number(unit="payoff"), "T: cheating on a state that complies.", 5.0),
    Key("reward", Number(unit="payoff"), "R: both comply.", 3.0),
    Key("punishment", Number(unit="payoff"), "P: both arm.", 1.0),
    Key("sucker", Number(unit="payoff"), "S: complying while the other cheats.", 0.0),
)
DILEMMA: Final = Premise(
    "a prisoner's dilemma: temptation > reward > punishment > sucker",
    lambda v: (v["temptation"] > v["reward"]) & (v["reward"] > v["punishment"]) & (v["punishment"] > v["sucker"]),
)


def slack(v: Values, delta: np.ndarray, periods: np.ndarray) -> np.ndarray:
    """Right minus left side of (2), for any shapes that broadcast; the treaty is self-enforcing where it is >= 0."""
    alpha, beta = v["false_alarm_probability"], v["detection_probability"]
    gain, stake = v["temptation"] - v["reward"], v["reward"] - v["punishment"]
    left = gain * (1 - delta * (1 - alpha) - alpha * delta ** (periods + 1))
    return delta * (beta - alpha) * (1 - delta**periods) * stake - left


def solve(v: Values) -> dict[str, Any]:
    """Equations (1) to (6)."""
    alpha, beta, delta = v["false_alarm_probability"], v["detection_probability"], v["discount_factor"]
    n, years = v["punishment_periods"], v["periods"]
    gain, stake = v["temptation"] - v["reward"], v["reward"] - v["punishment"]
    net = (beta - alpha) * stake - alpha * gain
    possible = net > 0  # (4), without dividing by an alpha of 0
    critical = np.where(possible, gain / (gain * (1 - alpha) + (beta - alpha) * stake), np.nan)
    breakdown = (1 - delta) * gain / (delta * net)
    best = np.where(possible & (breakdown <= 1), v["reward"] - gain * alpha / (beta - alpha), np.nan)
    grim = v["punishment"] + (1 - delta) * stake / (1 - delta * (1 - alpha))
    shortest = _shortest(v)
    value = v["punishment"] + (1 - delta) * stake / (1 - delta * (1 - alpha) - alpha * delta ** (n + 1))
    return {
        "sustainable": possible.astype(float),
        "critical_discount_factor": critical,
        "critical_discount_factor_for_periods": _critical(v),
        "likelihood_ratio": beta / alpha,
        "least_likelihood_ratio": (v["temptation"] - v["punishment"]) / stake,
        "best_payoff": best,
        "breakdown_probability": np.where(np.isnan(best), np.nan, breakdown),
        "grim_self_enforcing": (possible & (delta >= critical)).astype(float),
        "grim_value": grim,
        "periods_self_enforcing": (slack(v, delta, n) >= -1e-12).astype(float),
        "value": value,
        "shortest_punishment": shortest,
        "compliance_share": 1 / (1 + alpha * n),
        "dead_by": -np.expm1(years * np.log1p(-alpha)),
    }


def _critical(v: Values) -> np.ndarray:
    """The least delta in (0, 1) from which (2) holds with the given N.

    The slack of (2) is -g + a delta - b delta^(N+1) with g = T - R, b = (beta - alpha)(R - P) - alpha g and a = b + g; it is 0 at
    delta = 1.  With b > 0 it is concave, so that it has a root below 1 where it falls at 1; the root lies below the maximum.
    """
    alpha, beta, n = v["false_alarm_probability"], v["detection_probability"], v["punishment_periods"]
    gain = v["temptation"] - v["reward"]
    b = (beta - alpha) * (v["reward"] - v["punishment"]) - alpha * gain
    a = b + gain
    found = (b > 0) & (b * (n + 1) > a)
    low, high = np.zeros_like(a), np.where(found, (a / (b * (n + 1))) ** (1 / n), 1.0)
    for _ in range(60):
        middle = (low + high) / 2
        good = slack(v, middle, n) >= 0
        low, high = np.where(good, low, middle), np.where(good, middle, high)
    return np.where(found, high, np.nan)


def _shortest(v: Values) -> np.ndarray:
    """The smallest N that satisfies (2): its slack is a + b delta^N, monotone in N, so that logarithms give it."""
    alpha, beta, delta = v["false_alarm_probability"], v["detection_probability"], v["discount_factor"]
    gain, stake = v["temptation"] - v["reward"], v["reward"] - v["punishment"]
    level = delta * (beta - alpha) * stake - gain * (1 - delta * (1 - alpha))
    weight = delta * (beta - alpha) * stake - gain * alpha * delta
    guess = np.ceil(np.log(level / weight) / np.log(delta) - 1e-9)  # level - weight delta^N >= 0
    guess = np.where((level > 0) & (weight > 0), np.maximum(guess, 1), np.nan)
    return np.where(guess <= LONGEST, guess, np.nan)


def by_recursion(v: Values) -> dict[str, Any]:
    """The values of (1) by linear equations over the phases of the treaty, and the incentive by comparing the two sides.

    The phases are treaty, and N periods of punishment; value = (1 - delta) payoff + delta expected value of the next phase.
    """
    out: dict[str, list[float]] = {"value": [], "periods_self_enforcing": []}
    for n in range(len(v["reward"])):
        at = {name: float(x[n]) for name, x in v.items()}
        length, delta = int(at["punishment_periods"]), at["discount_factor"]
        size = length + 1
        move = np.zeros((size, size))
        alarm = 1 % size
        move[0, 0] += 1 - at["false_alarm_probability"]
        move[0, alarm] += at["false_alarm_probability"]
        for k in range(1, size):
            move[k, (k + 1) % size] = 1.0
        payoff = np.array([at["reward"]] + [at["punishment"]] * length)
        value = np.linalg.solve(np.eye(size) - delta * move, (1 - delta) * payoff)
        beta = at["detection_probability"]
        cheat = (1 - delta) * at["temptation"] + delta * ((1 - beta) * value[0] + beta * value[alarm])
        out["value"].append(value[0])
        out["periods_self_enforcing"].append(float(cheat <= value[0] + 1e-12))
    return {name: np.array(x) for name, x in out.items()}


def _answers() -> tuple[Answer, ...]:
    source = "equations (2), (3) and (5), solved by hand and on a grid; standard payoffs (5, 3, 1, 0)"
    out: list[Answer] = []
    for alpha, beta, grim, five, ten, twenty, best in (
        (0.0, 1.0, 0.5, 0.5087, 0.5003, 0.5000, 3.0),
        (0.01, 0.50, 25 / 37, 0.7214, 0.6804, 0.6758, 2.959184),
        (0.05, 0.50, 5 / 7, 0.7773, 0.7223, 0.7146, 2.777778),
        (0.10, 0.30, 10 / 11, None, None, 0.9280, 2.0),
    ):
        given = {"false_alarm_probability": alpha, "detection_probability": beta, "discount_factor": 0.95}
        out.append(Answer(given, "critical_discount_factor", grim, 1e-9, "derived", source))
        out.append(Answer(given, "best_payoff", best, 5e-7, "derived", source))
        for periods, target in ((5, five), (10, ten), (20, twenty)):
            told = {**given, "punishment_periods": periods}
            out.append(Answer(told, "critical_discount_factor_for_periods", target, 1e-4, "derived", source))
    told = {"false_alarm_probability": 0.05, "detection_probability": 0.5, "discount_factor": 0.95}
    out += [
        Answer(told, "grim_value", 2.025641, 5e-7, "derived", "equation (1) with N without end"),
        Answer(told, "shortest_punishment", 3, 0.0, "derived", "equation (2), N = 1, 2, 3 tried"),
        Answer({**told, "punishment_periods": 3}, "value", 2.7613, 5e-5, "derived", "equation (1)"),
        Answer(told, "breakdown_probability", 5 / 38, 1e-9, "derived", "equation (5)"),
        Answer({**told, "punishment_periods": 5}, "compliance_share", 0.8, 1e-12, "derived", "equation (6)"),
    ]
    return tuple(out)


NO_TREATY: Final = "No discount factor below 1 sustains the treaty: detection / false alarm must exceed (T - P) / (R - P)."

TREATY: Final = Model(
    name="treaty_monitoring",
    label="A2",
    title="A treaty under imperfect public monitoring",
    question="How good must verification be, and how long the punishment, for a treaty to enforce itself?",
    citation=CITATION,
    parameters=(
        *PAYOFFS,
        Key("false_alarm_probability", probability(), "alpha: an alarm in a period in which both comply.", 0.05),
        Key("detection_probability", probability(), "beta: an alarm in a period in which exactly one cheats.", 0.5),
        Key("discount_factor", Number(0.0, 1.0, above=0.0), "delta: weight of the next period; below 1.", 0.95),
        Key("punishment_periods", count(1, LONGEST, "periods"), "N: periods of mutual arming after an alarm.", 5),
        Key("periods", count(0, unit="periods"), "t: periods after which it is asked whether a grim treaty is dead.", 20),
    ),
    symbols={
        "T": "temptation",
        "R": "reward",
        "P": "punishment",
        "S": "sucker",
        "alpha": "false_alarm_probability",
        "beta": "detection_probability",
        "delta": "discount_factor",
        "N": "punishment_periods",
        "t": "periods",
    },
    outcomes=(
        Outcome("sustainable", "", "1 if some discount factor below 1 sustains the treaty (4), else 0."),
        Outcome("critical_discount_factor", "", "delta* of the grim treaty (3).", undefined=NO_TREATY),
        Outcome(
            "critical_discount_factor_for_periods",
            "",
            "The least discount factor from which punishments of N periods sustain the treaty (2).",
            undefined="No discount factor below 1 sustains the treaty with punishments of this length.",
        ),
        Outcome("likelihood_ratio", "", "beta / alpha.", undefined="There are no false alarms, so the ratio has no limit."),
        Outcome("least_likelihood_ratio", "", "(T - P) / (R - P), which the likelihood ratio must exceed (4)."),
        Outcome("best_payoff", "payoff", "v*, the best symmetric payoff (5).", undefined=f"{NO_TREATY} Or delta is too small."),
        Outcome(
            "breakdown_probability",
            "probability",
            "x*: breakdown for ever after an alarm, which reaches v* (5).",
            undefined=f"{NO_TREATY} Or delta is too small.",
        ),
        Outcome("grim_self_enforcing", "", "1 if grim punishment sustains the treaty at this discount factor, else 0."),
        Outcome("grim_value", "payoff", "Normalised value of complying under grim punishment (1); no test of incentives."),
        Outcome("periods_self_enforcing", "", "1 if punishments of N periods sustain the treaty at this discount factor (2)."),
        Outcome("value", "payoff", "Normalised value of complying with punishments of N periods (1); no test of incentives."),
        Outcome(
            "shortest_punishment",
            "periods",
            "The smallest N that sustains the treaty at this discount factor (2).",
            undefined=f"No punishment of at most {LONGEST:,} periods sustains the treaty at this discount factor.",
        ),
        Outcome("compliance_share", "share", "Long-run share of periods under the treaty with punishments of N periods (6)."),
        Outcome("dead_by", "probability", "Probability that a grim treaty has broken down within t periods, by false alarm (6)."),
    ),
    premises=(
        DILEMMA,
        Premise("a discount factor below 1", lambda v: v["discount_factor"] < 1),
    ),
    solve=solve,
    ways=(Way("linear equations over the phases of the treaty", by_recursion),),
    caveats=("Alarms are public; private signals are not covered.", "Both states comply in equilibrium: every alarm is false."),
    answers=_answers(),
)

MODELS: Final = (TREATY,)
