"""How far a few inspections reach over many periods: Dresher's game, its nonzero-sum form, and inspections that are announced.

In each of n periods the inspector may spend one of m inspections, and the inspectee may violate once.  A violation in a period
with an inspection is caught and ends the game; one in another period succeeds and ends it.  The inspectee sees each
inspection, so that both know (n, m).  Payoffs (inspector, inspectee): legal to the end (0, 0), caught (-a, -b), undetected
(-1, 1), with a < 1 and b > 0; zero-sum is a = -1, b = 1.  C(n, i) are binomial coefficients and S(x) is the sum
over i = 0..m of C(n, i) x^(m-i).

(1) boundary        undetected for sure with m = 0 (value -1 to the inspector), legal for sure with m >= n (value 0)
(2) stage           inspect: legal leads to (n-1, m-1), violating is caught; not: legal leads to (n-1, m), violating succeeds
(3) zero-sum        v(n, m) = -C(n-1, m) / S(1), to the inspector
(4) inspectee       V(n, m) = C(n-1, m) / S(b)
(5) inspector       I(n, m) = -C(n-1, m) / S(-a), both choosing at once
(6) leadership      L(n, m) = -V(n, m): the inspector announces and keeps its inspection probabilities; the inspectee,
                    indifferent, acts legally while inspections remain
(7) first period    inspect with (1 - V(n-1, m)) / (1 - V(n-1, m) + b + V(n-1, m-1));
                    violate with d / (1 - a + d), d = I(n-1, m) - I(n-1, m-1)
(8) how it ends     from V = P(undetected) - b P(caught) and I = -P(undetected) - a P(caught):
                    P(caught) = C(n-1, m) S[b, -a] / (S(b) S(-a)), where S[x, y] = (S(x) - S(y)) / (x - y), a polynomial

Values are computed in whole numbers: exact fractions up to `EXACT_POINTS` points, beyond them the doubles nearest to these same
fractions.  A parameter a or b is read as the fraction that it stands for: 0.1 is 1/10 and 0.3333333333333333 is 1/3, whatever
their binary values (`rational`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from math import comb
from operator import truediv
from typing import Any, Final

import numpy as np

from sim.declare import Key, Number, count, positive
from sim.models.model import Answer, Model, Outcome, Premise, Values, Way, each_point

CITATION: Final = (
    "Dresher, A Sampling Inspector Problem in Arms Control Agreements, RAND RM-2972 (1962).",
    "Maschler, A price leadership method for solving the inspector's non-constant-sum game, Naval Research Logistics "
    "Quarterly 13 (1966).",
    "Avenhaus, von Stengel and Zamir, Inspection games, Handbook of Game Theory III (2002), chapter 51.",
    "Avenhaus, Canty, Kilgour, von Stengel and Zamir, Inspection games in arms control, European Journal of Operational Research "
    "90 (1996).",
    "von Stengel, Recursive inspection games, Mathematics of Operations Research 41 (2016) 935-952, arXiv 1412.0129.",
)

MOST_PERIODS: Final = 1000
"""Beyond it the fractions have more digits than anybody reads."""
EXACT_POINTS: Final = 1000
"""Batches of more points give floats, each the double nearest to the exact fraction: what the point gives alone, as a float."""
SIMPLE: Final = 1_000_000
"""Denominators up to this are looked for in parameters."""


@lru_cache(maxsize=100_000)
def rational(x: float) -> Fraction:
    """The fraction that a number stands for, as `rationals` reads it."""
    return Fraction(*rationals(np.array([x], float))[0])


def rationals(numbers: np.ndarray) -> list[tuple[int, int]]:
    """The fractions that distinct numbers (P,) stand for: numerators and denominators without common factors.

    The first convergent of the continued fraction that rounds to the double, give or take two units in its last place, if its
    denominator d is at most a million and 1000 d^2 times these two units is below 1, so that it is no coincidence; otherwise the
    shortest decimal that reads back as the same double.
    """
    size = np.abs(numbers)
    near = 2 * np.spacing(size)
    before, above, below = np.array([np.ones_like(size), np.zeros_like(size)]), np.floor(size), np.ones_like(size)
    rest = size - above
    top, bottom, missing = above.copy(), below.copy(), np.abs(above - size) > near
    with np.errstate(all="ignore"):
        while missing.any():
            rest = 1 / rest
            digit = np.floor(rest)
            rest = rest - digit
            before, (above, below) = np.array([above, below]), digit * [above, below] + before
            missing &= (below <= SIMPLE) & (1000 * near * below**2 < 1)
            hit = missing & (np.abs(above / below - size) <= near)
            top[hit], bottom[hit] = above[hit], below[hit]
            missing &= ~hit
    found = np.abs(top / bottom - size) <= near
    told = zip(numbers.tolist(), np.copysign(top, numbers).tolist(), bottom.tolist(), found.tolist(), strict=True)
    return [(int(n), int(d)) if simple else Decimal(repr(x)).as_integer_ratio() for x, n, d, simple in told]


def sums(periods: np.ndarray, inspections: np.ndarray, x: np.ndarray) -> Iterator[tuple[int, tuple[int, ...]]]:
    """In some order, each point (P,) with the whole numbers p, q, q^m, q^m S(x), q^(m-1) S'(x), and q^m S(x) for n - 1 periods.

    x = p/q > -1.  By Horner's scheme for n - 1 periods, and C(n, i) = C(n-1, i) + C(n-1, i-1).  With m >= n, where nothing
    depends on them, all but p and q are 1.
    """
    values, which = np.unique(x, return_inverse=True)
    pairs = rationals(values)
    order = np.lexsort((inspections, periods, which)).tolist()
    n_of, m_of, x_of = periods.astype(int).tolist(), inspections.astype(int).tolist(), which.tolist()
    game: tuple[int, int] | None = None
    p = q = power = total = last = slope = last_slope = step = 0
    for point in order:
        n, m = n_of[point], m_of[point]
        if game != (x_of[point], n):
            game, (p, q) = (x_of[point], n), pairs[x_of[point]]
            step, power, total, last, slope, last_slope = 0, 1, 1, 0, 0, 0
        if m >= n:
            yield point, (p, q, 1, 1, 1, 1)
            continue
        while step < m:
            step, power = step + 1, power * q
            slope, last_slope = p * slope + total, slope
            total, last = p * total + comb(n - 1, step) * power, total
        yield point, (p, q, power, total + q * last, slope + q * last_slope, total)


def solve(v: Values) -> dict[str, Any]:
    """Equations (3) to (8): exact fractions, or above `EXACT_POINTS` points the nearest floats."""
    n, m = v["periods"], v["inspections"]
    size = len(n)
    columns = (np.ones(size), v["inspectee_cost_of_detection"], -v["inspector_cost_of_detection"])
    plain, inspectee, inspector = (dict(sums(n, m, x)) for x in columns)
    ratio: Callable[[int, int], Any] = Fraction if size <= EXACT_POINTS else truediv
    out = np.empty((len(EXACT), size), dtype=object if size <= EXACT_POINTS else float)
    for k, (periods, inspections) in enumerate(zip(n.astype(int).tolist(), m.astype(int).tolist(), strict=True)):
        out[:, k] = [ratio(*pair) for pair in _row(periods, inspections, plain[k], inspectee[k], inspector[k])]
    return dict(zip(EXACT, out, strict=True))


EXACT: Final = (
    "value",
    "inspectee_payoff",
    "inspector_payoff",
    "inspector_leader_payoff",
    "leadership_gain",
    "first_inspection_probability",
    "first_violation_probability",
    "undetected_probability",
    "caught_probability",
    "legal_probability",
)


def _row(
    n: int, m: int, plain: tuple[int, ...], inspectee: tuple[int, ...], inspector: tuple[int, ...]
) -> tuple[tuple[int, int], ...]:
    """The outcomes in the order of `EXACT` as numerators and denominators; the sums are those of x = 1, b and -a.

    (7) comes from the payoffs: V = 1 - (1 + b) inspect, and I(n, m) = (1 - violate) I(n-1, m) - violate.
    """
    ways = comb(n - 1, m)
    t, q, power, total, slope, _ = inspectee
    s, r, other, against, _, kept = inspector
    free = ways * power  # V = free / total, I = -held / against, and I(n-1, m) = -later / kept
    held = ways * other
    later = held * (n - 1 - m) // (n - 1) if n > 1 else 0
    violate = (1, 1) if m == 0 else (held * kept - later * against, against * (kept - later))
    both, gap = total * against, t * r - s * q  # gap = (a + b) q r
    gain = held * total - free * against
    if gap == 0:  # the linear equations of (8) are one and the same: its polynomial form
        whole = total * total
        caught = free * slope * q
        undetected = free * (total + slope * t)
    else:
        sign = 1 if gap > 0 else -1
        whole = both * gap * sign
        caught = gain * q * r * sign
        undetected = (t * r * held * total - s * q * free * against) * sign
    return (
        (-ways, plain[3]),
        (free, total),
        (-held, against),
        (-free, total),
        (gain, both),
        ((total - free) * q, total * (q + t)),
        violate,
        (undetected, whole),
        (caught, whole),
        (whole - undetected - caught, whole),
    )


@each_point
def by_recursion(at: dict[str, Any]) -> dict[str, Fraction]:
    """Backward induction over (1) and (2): a 2x2 game solved exactly in each state, and the chances of each end."""
    b, a = rational(at["inspectee_cost_of_detection"]), rational(at["inspector_cost_of_detection"])
    zero, one = Fraction(0), Fraction(1)
    periods, most = int(at["periods"]), int(at["inspections"])
    # Per m, for n = 0: zero-sum value, inspectee, inspector, leader, undetected, caught, inspect, violate.
    row = [(zero,) * 8 for _ in range(most + 1)]
    for _ in range(periods):
        new = [(-one, one, -one, -one, one, zero, zero, one)]
        for m in range(1, most + 1):
            spent, kept = row[m - 1], row[m]
            value = _zero_sum(spent[0], one, kept[0], -one)
            # The inspection probability that leaves the inspectee indifferent, and the violation probability for the inspector.
            inspect = _indifferent(spent[1], -b, kept[1], one)
            violate = _indifferent(-a, -one, spent[2], kept[2])
            mixed = [
                (1 - violate) * (inspect * spent[k] + (1 - inspect) * kept[k])
                + violate * (inspect * caught + (1 - inspect) * free)
                for k, caught, free in ((1, -b, one), (2, -a, -one), (4, zero, one), (5, one, zero))
            ]
            leader = inspect * spent[3] + (1 - inspect) * kept[3]
            new.append((value, mixed[0], mixed[1], leader, mixed[2], mixed[3], inspect, violate))
        row = new
    value, inspectee, inspector, leader, undetected, caught, inspect, violate = row[most]
    found = (value, inspectee, inspector, leader, leader - inspector, inspect, violate)
    return dict(zip(EXACT, (*found, undetected, caught, 1 - undetected - caught), strict=True))


def _zero_sum(top_left: Fraction, top_right: Fraction, low_left: Fraction, low_right: Fraction) -> Fraction:
    """The value of a 2x2 zero-sum game to the row player."""
    best = max(min(top_left, top_right), min(low_left, low_right))
    if best == min(max(top_left, low_left), max(top_right, low_right)):
        return best
    return (top_left * low_right - top_right * low_left) / (top_left + low_right - top_right - low_left)


def _indifferent(yes_one: Fraction, yes_two: Fraction, no_one: Fraction, no_two: Fraction) -> Fraction:
    """The p that leaves a player indifferent between its actions one and two: p yes_one + (1 - p) no_one = the same with two."""
    return (no_two - no_one) / (yes_one - yes_two + no_two - no_one)


NEGATIVE_VALUES: Final = {
    2: ("1/3",),
    3: ("1/2", "1/7"),
    4: ("3/5", "3/11", "1/15"),
    5: ("2/3", "3/8", "2/13", "1/31"),
    6: ("5/7", "5/11", "5/21", "5/57", "1/63"),
}
"""-v(n, m) for m = 1, 2, ..."""


def _answers() -> tuple[Answer, ...]:
    source = "equation (3); the recursion (1), (2) in exact fractions to n = 15, and linear programming"
    zero_sum = {"inspectee_cost_of_detection": 1.0, "inspector_cost_of_detection": -1.0}
    out: list[Answer] = []
    for periods, row in NEGATIVE_VALUES.items():
        for m, told in enumerate(row, 1):
            given = {"periods": periods, "inspections": m}
            out.append(Answer(given, "value", -Fraction(told), 0.0, "derived", source))
            same = "equation (5) with a = -1 and b = 1, which is the zero-sum game (3)"
            out.append(Answer({**given, **zero_sum}, "inspector_payoff", -Fraction(told), 0.0, "derived", same))
    given = {"periods": 4, "inspections": 1, "inspectee_cost_of_detection": 1.0, "inspector_cost_of_detection": 0.5}
    for name, told, equation in (
        ("inspectee_payoff", Fraction(3, 5), 4),
        ("inspector_payoff", Fraction(-6, 7), 5),
        ("inspector_leader_payoff", Fraction(-3, 5), 6),
    ):
        out.append(Answer(given, name, told, 0.0, "derived", f"equation ({equation}), and the recursion in exact fractions"))
    return tuple(out)


SEQUENTIAL: Final = Model(
    name="sequential_inspections",
    label="A6",
    title="Sequential inspections",
    question="With m inspections over n periods, what violation gets through, and what does announcing random inspections gain?",
    citation=CITATION,
    parameters=(
        Key("periods", count(1, MOST_PERIODS, "periods"), "n: periods in each of which one inspection may be spent.", 4),
        Key("inspections", count(0, MOST_PERIODS, "inspections"), "m: inspections; more than n of them are no use.", 1),
        Key(
            "inspectee_cost_of_detection",
            positive("gains of an undetected violation"),
            "b: what the inspectee loses when caught; read as the fraction that it stands for.",
            1.0,
        ),
        Key(
            "inspector_cost_of_detection",
            Number(high=1.0, unit="losses by an undetected violation"),
            "a: what a detected violation costs the inspector, below 1; read as the fraction that it stands for.",
            0.5,
        ),
    ),
    symbols={
        "n": "periods",
        "m": "inspections",
        "b": "inspectee_cost_of_detection",
        "a": "inspector_cost_of_detection",
    },
    outcomes=(
        Outcome("value", "payoff", "v(n, m), the value of the zero-sum game to the inspector (3); a and b have no part in it."),
        Outcome("inspectee_payoff", "payoff", "V(n, m), the inspectee's equilibrium payoff (4), with and without leadership."),
        Outcome("inspector_payoff", "payoff", "I(n, m), the inspector's equilibrium payoff when both choose at once (5)."),
        Outcome("inspector_leader_payoff", "payoff", "L(n, m), the inspector's payoff when it announces its policy (6)."),
        Outcome("leadership_gain", "payoff", "L - I, what announcing the policy gains the inspector."),
        Outcome(
            "first_inspection_probability",
            "probability",
            "Probability of an inspection in the first period (7); with m >= n the least that deters.",
        ),
        Outcome(
            "first_violation_probability",
            "probability",
            "Probability of a violation in the first period when both choose at once (7); with m = 0 at once, though any period "
            "would do.",
        ),
        Outcome("undetected_probability", "probability", "A violation that is not caught, when both choose at once (8)."),
        Outcome("caught_probability", "probability", "A violation that is caught, when both choose at once (8)."),
        Outcome("legal_probability", "probability", "No violation to the end, when both choose at once (8)."),
    ),
    premises=(
        Premise("inspector_cost_of_detection < 1: detecting is better than not", lambda v: v["inspector_cost_of_detection"] < 1),
    ),
    solve=solve,
    ways=(Way("recursion by 2x2 games in exact fractions", by_recursion),),
    caveats=(
        "The inspectee counts the inspections it has seen; with unseen inspections the recursion does not hold.",
        "The game ends with the first violation, caught or not; an inspection never errs.",
        "Payoffs are signed for the inspector: an undetected violation is -1.",
        "Leadership needs the indifferent inspectee to act legally. That it does while inspections remain is stated in the "
        "abstract of von Stengel (2016). Under leadership the undetected violation has probability V and none is ever caught.",
        "The printed tables of the papers were not read; the numbers are derived.",
        "Of the inspector's cost the literature supposes 0 < a < 1; any a below 1 is taken, and a = -1 with b = 1 is zero-sum.",
    ),
    answers=_answers(),
)

MODELS: Final = (SEQUENTIAL,)
