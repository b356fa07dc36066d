"""Sequential inspections: exact fractions, three binomial closed forms, and the recursion that they solve."""

from __future__ import annotations

import time
from fractions import Fraction
from math import comb

import numpy as np
import pytest

from sim.models.model import evaluate
from sim.models.sequential_inspections import EXACT, SEQUENTIAL, by_recursion, rational, share, slope


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


def test_the_polynomials_are_what_their_definitions_say() -> None:
    for x, y in ((Fraction(1, 3), Fraction(-2, 5)), (Fraction(4), Fraction(1, 7))):
        for n, m in ((5, 2), (9, 8), (6, 0)):
            total = {t: sum(comb(n, i) * t ** (m - i) for i in range(m + 1)) for t in (x, y)}
            assert share(n, m, x) == comb(n - 1, m) / Fraction(total[x])
            assert slope(n, m, x, y) == (total[x] - total[y]) / (x - y)


def test_a_detection_that_costs_as_much_as_none_is_outside_the_model() -> None:
    found = evaluate(SEQUENTIAL, given(4, 1, 1.0, 1.0))

    assert "inspector_cost_of_detection < 1" in found.reason("inspector_payoff")
    assert np.isnan(found.outcomes["inspector_payoff"][0])


def test_grids_and_long_games_are_quick() -> None:
    costs = np.linspace(0.1, 5, 100)
    start = time.process_time()
    evaluate(SEQUENTIAL, {"inspectee_cost_of_detection": np.tile(costs, 40), "periods": np.repeat(np.arange(2.0, 42), 100)})
    evaluate(SEQUENTIAL, given(1000, 500, 0.3, 0.7))

    assert time.process_time() - start < 2
