"""A treaty as a repeated prisoner's dilemma with imperfect public monitoring.

Every period both comply or cheat; one public alarm may follow, with probability alpha when both comply and beta when exactly one
cheats.  After an alarm both play the mutual-arming payoff P for N periods (for ever: grim), then return to the treaty; alarms
during the punishment change nothing.  T > R > P > S are the payoffs of a prisoner's dilemma, delta is the discount factor, and
payoffs are normalised by 1 - delta.

(1) value of the treaty       V - P = (1 - delta)(R - P) / (1 - delta (1 - alpha) - alpha delta^(N+1))
(2) incentive, N periods      (T - R)(1 - delta (1 - alpha) - alpha delta^(N+1)) <= delta (beta - alpha)(1 - delta^N)(R - P)
                              or  (T - R)(1 - delta) <= delta (1 - delta^N) b,  b = (beta - alpha)(R - P) - alpha (T - R)
(3) critical delta, grim      delta* = (T - R) / ((T - R)(1 - alpha) + (beta - alpha)(R - P))
(4) existence for a delta < 1 beta / alpha > (T - P) / (R - P), that is b > 0
(5) best symmetric payoff     v* = R - (T - R) alpha / (beta - alpha) for every delta >= delta*, reached by permanent breakdown
                              after an alarm with probability x* = (1 - delta)(T - R) / (delta b), at most 1 from delta* on
(6) long run                  share of periods under the treaty 1 / (1 + alpha N); grim treaty dead by t with 1 - (1 - alpha)^t

In equilibrium everybody complies: every breakdown is a false alarm.  S counts nowhere; P = S is allowed.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from sim.declare import Key, Number, count, probability
from sim.models.model import Answer, Estimate, Model, Outcome, Premise, Values, Way
from sim.models.payoffs import DILEMMA, PAYOFFS, SYMBOLS, TIE, payoff_size

CITATION: Final = (
    "Green and Porter, Noncooperative collusion under imperfect price information, Econometrica 52 (1984) 87-100.",
    "Abreu, Milgrom and Pearce, Information and timing in repeated partnerships, Econometrica 59 (1991) 1713-1733.",
    "Downs and Rocke, Tacit Bargaining, Arms Races, and Arms Control (1990), for the reading as arms control.",
)

ROUNDING: Final = 8 * float(np.finfo(float).eps)
"""Two sides of (4) that differ by this share of their size are equal: their numbers are rounded decimals."""

LONGEST: Final = 10_000
"""Punishments are looked at up to this length."""

DRAWS: Final = 20_000
"""Simulated treaties per point."""


def terms(v: Values) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """T - R, b of (2), how far rounding can move b, and whether (4) holds, which no rounding decides; all (P,)."""
    alpha, beta = v["false_alarm_probability"], v["detection_probability"]
    gain = v["temptation"] - v["reward"]
    b = (beta - alpha) * (v["reward"] - v["punishment"]) - alpha * gain
    edge = ROUNDING * np.max(np.abs([v["temptation"], v["reward"], v["punishment"]]), axis=0) * (alpha + beta)
    return gain, b, edge, (b > edge) & (gain / (gain + b) < 1)


def punished(delta: np.ndarray, periods: Any) -> np.ndarray:
    """1 - delta^N, without cancellation."""
    return -np.expm1(periods * np.log(delta))


def self_enforcing(v: Values, lost: Any) -> np.ndarray:
    """Whether (2) holds with 1 - delta^N = `lost`, which is 1 under grim punishment; a bound met exactly is met."""
    gain, b, edge, possible = terms(v)
    return possible & (v["discount_factor"] * lost * (b * (1 + TIE) + edge) >= gain * (1 - v["discount_factor"]))


def solve(v: Values) -> dict[str, Any]:
    """Equations (1) to (6)."""
    alpha, beta, delta = v["false_alarm_probability"], v["detection_probability"], v["discount_factor"]
    n, years = v["punishment_periods"], v["periods"]
    stake, lost = v["reward"] - v["punishment"], punished(delta, n)
    gain, b, _, possible = terms(v)
    patient = self_enforcing(v, 1.0)
    return {
        "sustainable": possible.astype(float),
        "critical_discount_factor": np.where(possible, gain / (gain + b), np.nan),
        "critical_discount_factor_periods": _critical(v),
        "likelihood_ratio": beta / alpha,
        "least_likelihood_ratio": (v["temptation"] - v["punishment"]) / stake,
        "best_payoff": np.where(possible, v["reward"] - gain * alpha / (beta - alpha), np.nan),
        "breakdown_probability": np.where(patient, np.minimum((1 - delta) * gain / (delta * b), 1), np.nan),
        "grim_self_enforcing": patient.astype(float),
        "grim_value": v["punishment"] + (1 - delta) * stake / ((1 - delta) + alpha * delta),
        "periods_self_enforcing": self_enforcing(v, lost).astype(float),
        "value": v["punishment"] + (1 - delta) * stake / ((1 - delta) + alpha * delta * lost),
        "shortest_punishment": _shortest(v),
        "compliance_share": 1 / (1 + alpha * n),
        "dead_by": np.where(years > 0, -np.expm1(years * np.log1p(-alpha)), 0.0),
    }


def _critical(v: Values) -> np.ndarray:
    """The least delta in (0, 1) from which (2) holds with the given N.

    The slack of (2) is -g + a delta - b delta^(N+1) with g = T - R and a = b + g; it is 0 at delta = 1.  With b > 0 it is
    concave, so that it has a root below 1 where it falls at 1; the root lies below the maximum.
    """
    n = v["punishment_periods"]
    gain, b, edge, possible = terms(v)
    a = b + gain
    found = possible & ((b - edge) * (n + 1) > a * (1 + TIE))
    low, high = np.zeros_like(a), np.where(found, (a / (b * (n + 1))) ** (1 / n), 1.0)
    for _ in range(60):
        middle = (low + high) / 2
        good = middle * punished(middle, n) * b >= gain * (1 - middle)
        low, high = np.where(good, low, middle), np.where(good, middle, high)
    return np.where(found, high, np.nan)


def _shortest(v: Values) -> np.ndarray:
    """The smallest N that satisfies (2): 1 - delta^N >= x*, so that logarithms give it up to rounding."""
    delta = v["discount_factor"]
    gain, b, _, _ = terms(v)
    breakdown = gain * (1 - delta) / (delta * b)
    guess = np.where(breakdown < 1 - TIE, np.ceil(np.log1p(-breakdown) / np.log(delta)), np.nan)
    found = np.full_like(delta, np.nan)
    for n in (guess + 1, guess, guess - 1):
        n = np.clip(n, 1, LONGEST)
        found = np.where(self_enforcing(v, punished(delta, n)), n, found)
    return found


def phase_value(v: Values, periods: Any) -> tuple[np.ndarray, np.ndarray]:
    """Normalised values of complying and of cheating once, (P,), by going back through the phases of the treaty.

    The value at the first period of the punishment is c + m V with V the value of the treaty: N times (c, m) -> ((1 - delta) P +
    delta c, delta m) from (0, 1).
    """
    c, m = np.zeros_like(v["reward"]), np.ones_like(v["reward"])
    for k in range(int(np.max(periods))):
        earlier_c, earlier_m = _earlier(v, c, m)
        c, m = np.where(k < periods, earlier_c, c), np.where(k < periods, earlier_m, m)
    return _treaty(v, c, m)


def _earlier(v: Values, c: np.ndarray, m: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    delta = v["discount_factor"]
    return (1 - delta) * v["punishment"] + delta * c, delta * m


def _treaty(v: Values, c: np.ndarray, m: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """V = (1 - delta) R + delta ((1 - alpha) V + alpha (c + m V)), and the value of cheating once."""
    alpha, beta, delta = v["false_alarm_probability"], v["detection_probability"], v["discount_factor"]
    value = ((1 - delta) * v["reward"] + delta * alpha * c) / (1 - delta + delta * alpha * (1 - m))
    return value, (1 - delta) * v["temptation"] + delta * ((1 - beta) * value + beta * (c + m * value))


def by_recursion(v: Values) -> dict[str, Any]:
    """Values from the phases of the treaty; incentives by comparing complying with cheating once; thresholds by trying."""
    value, cheat = phase_value(v, v["punishment_periods"])
    scale = TIE * payoff_size(v)
    shortest, c, m = np.full_like(value, np.nan), np.zeros_like(value), np.ones_like(value)
    for n in range(1, LONGEST + 1):
        c, m = _earlier(v, c, m)
        comply, deviate = _treaty(v, c, m)
        shortest = np.where(np.isnan(shortest) & (comply >= deviate - scale), float(n), shortest)
        if not np.isnan(shortest).any():
            break
    low, high = np.zeros_like(value), np.full_like(value, 1 - 1e-9)
    never = _grim_loss(v, high) > 0
    for _ in range(60):
        middle = (low + high) / 2
        bad = _grim_loss(v, middle) > 0
        low, high = np.where(bad, middle, low), np.where(bad, high, middle)
    patient = (1 + high) / 2
    return {
        "value": value,
        "periods_self_enforcing": (cheat <= value + scale).astype(float),
        "critical_discount_factor": np.where(never, np.nan, high),
        "critical_discount_factor_periods": _rising(v),
        "shortest_punishment": shortest,
        "breakdown_probability": _rarest(v, v["discount_factor"]),
        "best_payoff": np.where(never, np.nan, _with_breakdown(v, patient, _rarest(v, patient))),
        "grim_value": _with_breakdown(v, v["discount_factor"], np.ones_like(value)),
    }


def _rarest(v: Values, delta: np.ndarray) -> np.ndarray:
    """The smallest probability of breakdown after an alarm that deters, by bisection; nan where even 1 does not."""
    low, high = np.zeros_like(delta), np.ones_like(delta)
    enough = _loss(v, delta, high) <= TIE * payoff_size(v)
    for _ in range(60):
        middle = (low + high) / 2
        bad = _loss(v, delta, middle) > 0
        low, high = np.where(bad, middle, low), np.where(bad, high, middle)
    return np.where(enough, high, np.nan)


def _rising(v: Values) -> np.ndarray:
    """The least delta that satisfies (2), as the limit of delta -> (g + b delta^(N+1)) / a from 0 (see `_critical`)."""
    alpha, gain = v["false_alarm_probability"], v["temptation"] - v["reward"]
    b = (v["detection_probability"] - alpha) * (v["reward"] - v["punishment"]) - alpha * gain
    delta = np.zeros_like(b)
    for _ in range(100_000):
        before, delta = delta, np.minimum((gain + b * delta ** (v["punishment_periods"] + 1)) / (b + gain), 1.0)
        if np.max(delta - before) < 1e-15:
            break
    return np.where((b > 0) & (delta < 1 - 1e-5), delta, np.nan)


def _with_breakdown(v: Values, delta: Any, breakdown: Any) -> np.ndarray:
    """V = (1 - delta) R + delta ((1 - alpha x) V + alpha x P): after an alarm breakdown for ever, with probability x."""
    lost = delta * v["false_alarm_probability"] * breakdown
    return ((1 - delta) * v["reward"] + lost * v["punishment"]) / (1 - delta + lost)


def _loss(v: Values, delta: Any, breakdown: Any) -> np.ndarray:
    """What cheating once gains, net, under breakdown with probability x after an alarm."""
    value, seen = _with_breakdown(v, delta, breakdown), v["detection_probability"] * breakdown
    return (1 - delta) * v["temptation"] + delta * ((1 - seen) * value + seen * v["punishment"]) - value


def _grim_loss(v: Values, delta: Any) -> np.ndarray:
    return _loss(v, delta, 1.0)


def by_simulation(v: Values, rng: np.random.Generator) -> dict[str, Estimate]:
    """Draws of how long the treaty lasts until an alarm; ratios of means over cycles of treaty and punishment."""
    out: dict[str, list[tuple[float, float]]] = {"value": [], "compliance_share": [], "dead_by": []}
    for at in ({name: float(x[n]) for name, x in v.items()} for n in range(len(v["reward"]))):
        alpha, delta, periods = at["false_alarm_probability"], at["discount_factor"], at["punishment_periods"]
        lasts = rng.geometric(alpha, DRAWS).astype(float) if alpha > 0 else np.full(DRAWS, np.inf)
        kept = delta**lasts
        earned = (1 - kept) * at["reward"] + kept * (1 - delta**periods) * at["punishment"]
        out["value"].append(_ratio(earned, 1 - kept * delta**periods))
        out["compliance_share"].append(_ratio(lasts, lasts + periods) if alpha > 0 else (1.0, 0.0))
        out["dead_by"].append(_ratio((lasts <= at["periods"]).astype(float), np.ones(DRAWS)))
    return {name: Estimate(*np.array(pairs).T) for name, pairs in out.items()}


def _ratio(above: np.ndarray, below: np.ndarray) -> tuple[float, float]:
    """The ratio of two means and its standard error."""
    ratio = above.mean() / below.mean()
    return float(ratio), float((above - ratio * below).std() / below.mean() / np.sqrt(len(above)))


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
            out.append(Answer(told, "critical_discount_factor_periods", target, 1e-4, "derived", source))
    weak = {"false_alarm_probability": 0.2, "detection_probability": 0.45}
    out.append(Answer(weak, "best_payoff", 1.4, 1e-12, "derived", "equation (5), by hand: 3 - 2 * 0.2 / 0.25"))
    told = {"false_alarm_probability": 0.05, "detection_probability": 0.5, "discount_factor": 0.95}
    out += [
        Answer(told, "grim_value", 2.025641, 5e-7, "derived", "equation (1) with N without end"),
        Answer(told, "shortest_punishment", 3, 0.0, "derived", "equation (2), N = 1, 2, 3 tried"),
        Answer({**told, "punishment_periods": 3}, "value", 2.7613, 5e-5, "derived", "equation (1)"),
        Answer(told, "breakdown_probability", 5 / 38, 1e-9, "derived", "equation (5)"),
        Answer({**told, "punishment_periods": 5}, "compliance_share", 0.8, 1e-12, "derived", "equation (6)"),
    ]
    return tuple(out)


NO_TREATY: Final = (
    "No discount factor below 1 sustains the treaty: detection / false alarm must exceed (T - P) / (R - P) by more than rounding."
)
IMPATIENT: Final = "The discount factor is too small: it is below critical_discount_factor, or none below 1 would do."

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
        **SYMBOLS,
        "alpha": "false_alarm_probability",
        "beta": "detection_probability",
        "delta": "discount_factor",
        "N": "punishment_periods",
        "t": "periods",
    },
    outcomes=(
        Outcome("sustainable", "", "1 if some discount factor below 1 sustains the treaty (4), else 0."),
        Outcome(
            "critical_discount_factor", "", "delta* of the grim treaty (3); from here on v* is reached.", undefined=NO_TREATY
        ),
        Outcome(
            "critical_discount_factor_periods",
            "",
            "The least discount factor from which punishments of N periods sustain the treaty (2).",
            undefined="No discount factor below 1 sustains the treaty with punishments of this length.",
        ),
        Outcome("likelihood_ratio", "", "beta / alpha.", undefined="There are no false alarms, so the ratio has no limit."),
        Outcome("least_likelihood_ratio", "", "(T - P) / (R - P), which the likelihood ratio must exceed (4)."),
        Outcome(
            "best_payoff",
            "payoff",
            "v*, the best symmetric payoff of patient states: the same at every delta from critical_discount_factor on (5).",
            undefined=NO_TREATY,
        ),
        Outcome(
            "breakdown_probability",
            "probability",
            "x*: breakdown for ever after an alarm, which reaches v* at this discount factor (5).",
            undefined=IMPATIENT,
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
    ways=(
        Way("values of the phases of the treaty, thresholds by bisection", by_recursion),
        Way("simulated treaties", by_simulation, random=True),
    ),
    caveats=("Alarms are public; private signals are not covered.", "Both states comply in equilibrium: every alarm is false."),
    answers=_answers(),
)

MODELS: Final = (TREATY,)
