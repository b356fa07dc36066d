"""Sequential inspections: exact fractions, three binomial closed forms, and the recursion that they solve."""

from __future__ import annotations

import time
from fractions import Fraction
from math import comb

import numpy as np
import pytest

from sim.models.model import evaluate
from sim.models.sequential_inspections import EXACT, EXACT_POINTS, SEQUENTIAL, by_recursion, rational, rationals, sums


def given(n: int, m: int, b: float = 1.0, a: float = 0.5) -> dict[str, float]:
    return {"periods": n, "inspections": m, "inspectee_cost_of_detection": b, "inspector_cost_of_detection": a}


def outcome(name: str, *point: float) -> Fraction:
    return evaluate(SEQUENTIAL, given(*point)).outcomes[name][0]  # type: ignore[arg-type]


@pytest.mark.parametrize(("b", "a"), [(1, 0.5), (1, -1), (0.37, 0.99), (2.5, 0), (3, -3), (0.3, -0.3), (1e-7, 0.123), (50, 0.9)])
def test_closed_forms_are_the_recursion_exactly(b: float, a: float) -> None:
    for n in range(1, 13):
        for m in range(n + 2):
            closed, recursive = evaluate(SEQUENTIAL, given(n, m, b, a)), evaluate(SEQUENTIAL, given(n, m, b, a), by_recursion)
            for name in EXACT:
                assert isinstance(closed.outcomes[name][0], Fraction)
                assert closed.outcomes[name][0] == recursive.outcomes[name][0], (name, n, m)


def test_two_periods_and_one_inspection_by_hand() -> None:
    # inspect: legal leaves (1, 0), where the violation is free: 1; violating -b.  not: legal leaves (1, 1): 0; violating 1.
    # q + 0 = -q b + 1 - q gives q = 1 / (2 + b) = V.  Inspector: -(1 - p) - a p = -p gives p = 1 / (2 - a), I = -p.
    b, a = Fraction(7, 2), Fraction(1, 4)
    assert outcome("inspectee_payoff", 2, 1, 3.5, 0.25) == 1 / (2 + b)
    assert outcome("first_inspection_probability", 2, 1, 3.5, 0.25) == 1 / (2 + b)
    assert outcome("inspector_payoff", 2, 1, 3.5, 0.25) == -1 / (2 - a)
    assert outcome("first_violation_probability", 2, 1, 3.5, 0.25) == 1 / (2 - a)


def test_the_zero_sum_value_by_linear_programming() -> None:
    from scipy.optimize import linprog

    value = {(n, m): -1.0 if m == 0 else 0.0 for n in range(13) for m in range(13) if m == 0 or m >= n}
    for n in range(2, 13):
        for m in range(1, n):
            game = np.array([[value[n - 1, m - 1], 1.0], [value[n - 1, m], -1.0]])
            # the most w with mixture @ game >= w in each column
            found = linprog(
                [0, 0, -1], np.column_stack([-game.T, [1, 1]]), [0, 0], [[1, 1, 0]], [1], [(0, 1), (0, 1), (None, None)]
            )
            value[n, m] = found.x[2]
            assert float(outcome("value", n, m)) == pytest.approx(found.x[2], abs=1e-9)


def test_each_stage_is_in_equilibrium_by_vertex_enumeration() -> None:
    from sim.games import equilibria

    rng = np.random.default_rng(6)
    for _ in range(25):
        n, b, a = int(rng.integers(2, 9)), float(rng.uniform(0.05, 4)), float(rng.uniform(-2, 0.95))
        m = int(rng.integers(1, n))
        before = [[float(outcome(name, n - 1, k, b, a)) for k in (m - 1, m)] for name in ("inspector_payoff", "inspectee_payoff")]
        found = equilibria([[before[0][0], -a], [before[0][1], -1]], [[before[1][0], -b], [before[1][1], 1]])
        x, y = found.profiles[0]
        assert len(found) == 1
        assert x[0] == pytest.approx(float(outcome("first_inspection_probability", n, m, b, a)), abs=1e-9)
        assert y[1] == pytest.approx(float(outcome("first_violation_probability", n, m, b, a)), abs=1e-9)
        assert found.payoffs[0] == pytest.approx(
            (float(outcome("inspector_payoff", n, m, b, a)), float(outcome("inspectee_payoff", n, m, b, a))), abs=1e-9
        )


def test_payoffs_are_the_ends_of_the_game_and_announcing_never_hurts() -> None:
    rng = np.random.default_rng(7)
    for _ in range(60):
        n, m = int(rng.integers(1, 12)), int(rng.integers(0, 13))
        b, a = float(rng.uniform(0.01, 5)), float(rng.uniform(-1, 0.99))
        found = {name: x[0] for name, x in evaluate(SEQUENTIAL, given(n, m, b, a)).outcomes.items()}
        free, caught = found["undetected_probability"], found["caught_probability"]
        assert found["inspectee_payoff"] == free - rational(b) * caught
        assert found["inspector_payoff"] == -free - rational(a) * caught
        assert found["legal_probability"] >= 0
        assert min(free, caught) >= 0
        assert found["leadership_gain"] >= 0 or a < 0
        if m >= n:
            assert found["value"] == found["inspector_payoff"] == 0
            assert found["legal_probability"] == 1
        if m == 0:
            assert (found["value"], found["inspector_payoff"], free) == (-1, -1, 1)


def test_more_inspections_help_and_more_periods_hurt() -> None:
    for n in range(2, 10):
        values = [outcome("value", n, m) for m in range(n + 1)]
        assert values == sorted(values)
        assert outcome("value", n + 1, 1) < outcome("value", n, 1)


def test_one_inspection_in_closed_form() -> None:
    # C(n-1, 1) / (b + n) to the inspectee
    for n in (2, 5, 100, 1000):
        assert outcome("inspectee_payoff", n, 1, 0.1) == Fraction(n - 1) / (Fraction(1, 10) + n)


def test_parameters_are_read_as_the_fractions_that_they_stand_for() -> None:
    numbers = {
        0.1: (1, 10),
        1 / 3: (1, 3),
        0.1 + 0.2: (3, 10),
        2.5: (5, 2),
        -0.75: (-3, 4),
        1e-7: (1, 10**7),
        0.0: (0, 1),
        7.0: (7, 1),
    }
    for x, (top, bottom) in numbers.items():
        assert rational(x) == Fraction(top, bottom)
    assert rational(0.123456789012345) == Fraction("0.123456789012345")
    rng = np.random.default_rng(8)
    for x in [*rng.random(50), *rng.random(50) * 1e-9, *rng.random(50) * 1e12]:
        assert float(rational(x)) == pytest.approx(x, rel=4e-16)


def test_fractions_are_read_alike_one_by_one_and_together() -> None:
    rng = np.random.default_rng(9)
    simple = rng.integers(-4000, 4000, 300) / rng.integers(1, 601, 300)
    numbers = np.unique([*simple, *rng.uniform(-3, 3, 300), *10.0 ** rng.uniform(-300, 300, 100), 0.0, 5e-324, 2.0**53, 1e300])

    told = rationals(numbers)

    assert [rational(float(x)) for x in numbers] == [Fraction(*pair) for pair in told]
    assert [Fraction(*pair).as_integer_ratio() for pair in told] == told  # no common factors
    for x in simple:
        assert rational(x) == Fraction(x).limit_denominator(1000) == -rational(-x)


def test_the_sums_are_what_their_definitions_say() -> None:
    points = [(n, m, x) for n in range(1, 10) for m in range(n) for x in (0.3, -0.4, 4.0, 0.0)]
    found = dict(sums(*(np.array(column, float) for column in zip(*points, strict=True))))

    for k, (n, m, number) in enumerate(points):
        x = rational(number)
        p, q, power, total, slope, before = found[k]
        assert (Fraction(p, q), power) == (x, q**m)
        assert Fraction(total, power) == sum(comb(n, i) * x ** (m - i) for i in range(m + 1))
        assert Fraction(slope * q, power) == sum((comb(n, i) * (m - i) * x ** (m - i - 1) for i in range(m)), start=Fraction(0))
        assert Fraction(before, power) == sum(comb(n - 1, i) * x ** (m - i) for i in range(m + 1))


def test_a_large_batch_gives_the_floats_of_the_exact_fractions_to_the_bit() -> None:
    rng = np.random.default_rng(10)
    size = EXACT_POINTS + 1
    n = rng.integers(1, 40, size).astype(float)
    b, a = (
        rng.choice([1.0, 0.3, 1 / 3, *rng.uniform(0.01, 5, 9)], size),
        rng.choice([0.5, -1.0, -0.3, *rng.uniform(-3, 0.99, 9)], size),
    )
    batch = {
        "periods": n,
        "inspections": np.floor(rng.uniform(0, 1.1, size) * n),
        "inspectee_cost_of_detection": b,
        "inspector_cost_of_detection": a,
    }

    together = evaluate(SEQUENTIAL, batch).outcomes
    alone = evaluate(SEQUENTIAL, {name: x[1:] for name, x in batch.items()}).outcomes

    for name in EXACT:
        assert together[name].dtype == float
        assert all(isinstance(x, Fraction) for x in alone[name])
        assert together[name][1:].tobytes() == alone[name].astype(float).tobytes(), name


def test_a_detection_that_costs_as_much_as_none_is_outside_the_model() -> None:
    found = evaluate(SEQUENTIAL, given(4, 1, 1.0, 1.0))

    assert "inspector_cost_of_detection < 1" in found.reason("inspector_payoff")
    assert np.isnan(found.outcomes["inspector_payoff"][0])


def test_grids_and_long_games_are_quick() -> None:
    # 40,000 points each; time of the process, which other work on the machine does not lengthen
    axis = np.arange(1.0, 201)
    n, m = np.repeat(axis, 200), np.tile(axis, 200)
    costs = np.random.default_rng(11).uniform(0.01, 0.99, (2, 40_000))
    zero_sum = {"inspectee_cost_of_detection": 1.0, "inspector_cost_of_detection": -1.0}
    for batch in (
        {"periods": n, "inspections": m},
        {"periods": n, "inspections": m, **zero_sum},
        {"inspectee_cost_of_detection": costs[0], "inspector_cost_of_detection": costs[1]},
        given(1000, 500, 0.3, 0.7),
    ):
        start = time.process_time()
        evaluate(SEQUENTIAL, batch)
        assert time.process_time() - start < 1
