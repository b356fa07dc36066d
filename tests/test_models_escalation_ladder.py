"""The escalation ladder: closed form against the chain's linear equations, limits, and simulated crises."""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from sim.models.escalation_ladder import LADDER, by_linear_equations, log_growth, simulate
from sim.models.model import evaluate
from sim.models.reproduce import checks


def test_every_answer_is_met_by_the_closed_form_the_chain_and_simulation() -> None:
    found = list(checks(LADDER))
    assert len(found) == 10
    for check in found:
        assert check.sound, check
        assert len(check.ways) == 2, check.answer


def test_drawn_ladders_agree_with_the_fundamental_matrix() -> None:
    rng = np.random.default_rng(1)
    rungs = rng.integers(1, 60, 300)
    given = {
        "rungs": rungs.astype(float),
        "start": np.floor(rng.random(300) * (rungs + 1)),
        "up_probability": rng.uniform(0.02, 0.98, 300),
        "pause_probability": rng.uniform(0, 0.9, 300),
    }
    one, other = evaluate(LADDER, given), evaluate(LADDER, given, by_linear_equations)
    for name in ("top_probability", "expected_moves", "expected_periods"):
        np.testing.assert_allclose(one.outcomes[name], other.outcomes[name], rtol=1e-9, atol=1e-14)
    np.testing.assert_allclose(one.outcomes["settled_probability"] + one.outcomes["top_probability"], 1, rtol=1e-12)


def test_small_probabilities_are_right_to_the_last_digits() -> None:
    rng = np.random.default_rng(2)
    for _ in range(100):
        n, u = int(rng.integers(2, 60)), float(rng.uniform(0.02, 0.98))
        i = int(rng.integers(1, n))
        rho = (1 - Fraction(u)) / Fraction(u)
        exact = float((1 - rho**i) / (1 - rho**n))  # equation (1) in exact fractions
        found = evaluate(LADDER, {"rungs": n, "start": i, "up_probability": u}).outcomes["top_probability"][0]
        assert abs(found / exact - 1) < 1e-12, (n, i, u)


def test_near_a_fair_ladder_no_digits_are_lost() -> None:
    # by symmetry the duration is even in u - 1/2 at the middle rung, and P_i there is 1 / (1 + rho^(N/2)) exactly
    step = np.array([0.0, 1e-15, 1e-12, 1e-9, 1e-6, 1e-4, 1e-3])
    found = evaluate(LADDER, {"rungs": 100.0, "start": 50.0, "up_probability": 0.5 + step}).outcomes
    rho = (0.5 - step) / (0.5 + step)
    np.testing.assert_allclose(found["top_probability"], 1 / (1 + rho**50), rtol=1e-13)
    mirrored = evaluate(LADDER, {"rungs": 100.0, "start": 50.0, "up_probability": 0.5 - step}).outcomes
    np.testing.assert_allclose(found["expected_moves"], mirrored["expected_moves"], rtol=1e-12)
    assert found["expected_moves"][0] == 2500.0  # i (N - i)
    assert (np.diff(found["expected_moves"]) <= 1e-8).all()


def test_steep_and_tall_ladders_neither_overflow_nor_vanish() -> None:
    found = evaluate(LADDER, {"rungs": 100_000.0, "start": 99_990.0, "up_probability": np.array([0.1, 0.4, 0.6, 0.9])}).outcomes
    np.testing.assert_allclose(found["top_probability"], [(1 / 9) ** 10, (2 / 3) ** 10, 1, 1], rtol=1e-9)  # rho^(i - N)
    np.testing.assert_allclose(found["expected_moves"][2:], [10 / 0.2, 10 / 0.8], rtol=1e-9)  # (N - i) / (2u - 1)


def test_the_ends_of_every_range() -> None:
    for start, u, top, moves in ((0, 0.3, 0, 0), (9, 0.3, 1, 0), (4, 0.0, 0, 4), (4, 1.0, 1, 5), (0, 1.0, 0, 0), (9, 0.0, 1, 0)):
        found = evaluate(LADDER, {"rungs": 9, "start": start, "up_probability": u}).outcomes
        assert found["top_probability"][0] == top, (start, u)
        assert found["expected_moves"][0] == moves, (start, u)
    assert evaluate(LADDER, {"rungs": 1, "start": 1}).outcomes["top_probability"][0] == 1


def test_the_series_meets_the_logarithm() -> None:
    a = np.array([0.4999999, 0.5000001, -0.4999999, -0.5000001])
    np.testing.assert_allclose(log_growth(a), np.log(np.expm1(a) / a), rtol=1e-14)


def test_what_cannot_be_is_undefined_with_a_reason() -> None:
    above = evaluate(LADDER, {"rungs": 5, "start": 6})
    assert np.isnan(above.outcomes["top_probability"][0])
    assert "start <= rungs" in above.reason("top_probability")
    stuck = evaluate(LADDER, {"pause_probability": 1.0})
    assert np.isnan(stuck.outcomes["expected_periods"][0])


def test_pauses_change_the_time_and_nothing_else() -> None:
    plain, paused = evaluate(LADDER), evaluate(LADDER, {"pause_probability": 0.75})
    assert plain.outcomes["top_probability"] == paused.outcomes["top_probability"]
    assert np.isclose(paused.outcomes["expected_periods"][0], 4 * plain.outcomes["expected_periods"][0])


def test_simulated_pauses_agree_within_four_standard_errors() -> None:
    given = {"rungs": 8, "start": 3, "up_probability": 0.45, "pause_probability": 0.6}
    exact, found = evaluate(LADDER, given), evaluate(LADDER, given, lambda v: simulate(v, 20_000, 3))
    for name, estimate in found.outcomes.items():
        assert abs(estimate.value[0] - exact.outcomes[name][0]) < 4 * estimate.standard_error[0], name
    endless = evaluate(LADDER, {"rungs": 100_000, "start": 50_000}, lambda v: simulate(v, 10, 3))
    assert np.isnan(endless.outcomes["expected_moves"].value[0]) or endless.outcomes["expected_moves"].value[0] > 0


def test_a_point_alone_is_the_point_in_a_batch_to_the_bit() -> None:
    u = np.linspace(0, 1, 41)
    batch = evaluate(LADDER, {"up_probability": u}).outcomes
    for n, value in enumerate(u):
        alone = evaluate(LADDER, {"up_probability": value}).outcomes
        for name, x in batch.items():
            assert alone[name][0] == x[n], (name, value)


def test_a_ladder_upside_down_is_settled_where_it_reached_the_top() -> None:
    rng = np.random.default_rng(4)
    for _ in range(100):
        n, u = int(rng.integers(2, 60)), float(rng.uniform(0.02, 0.98))
        i = int(rng.integers(1, n))
        rho = (1 - Fraction(u)) / Fraction(u)
        exact = float((rho**i - rho**n) / (1 - rho**n))  # 1 - P of equation (1) in exact fractions
        found = evaluate(LADDER, {"rungs": n, "start": i, "up_probability": u}).outcomes["settled_probability"][0]
        assert abs(found / exact - 1) < 1e-12, (n, i, u)
    steep = evaluate(LADDER, {"rungs": np.array([44.0, 1e5]), "start": np.array([21.0, 5e4]), "up_probability": 0.9}).outcomes
    np.testing.assert_allclose(steep["settled_probability"], [9.0**-21, 0.0], rtol=1e-12)
    ends = {"rungs": 9, "start": np.array([0.0, 9.0, 4.0, 4.0]), "up_probability": np.array([0.3, 0.3, 0.0, 1.0])}
    assert evaluate(LADDER, ends).outcomes["settled_probability"].tolist() == [1, 0, 1, 0]
