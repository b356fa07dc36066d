"""Quantal response of games of two actions: the branch, the estimate, second ways, and invariants."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy.optimize import brentq
from scipy.special import expit

from cli_text import found
from sim.models.model import evaluate
from sim.models.quantal_response import QUANTAL
from sim.models.reproduce import checks

BY_DAVIDENKO, BY_SUPPORT = (way.solve for way in QUANTAL.ways)
ESTIMATES = ("precision_estimate", "estimated_1", "estimated_2", "log_likelihood")


def test_every_known_answer_is_met_by_both_ways() -> None:
    assert [c.answer for c in checks(QUANTAL) if not c.sound or not c.ways] == []


def drawn(seed: int, pennies: bool) -> dict[str, Any]:
    """Games like matching pennies, which have one equilibrium at any precision, or any."""
    rng = np.random.default_rng(seed)
    rows, columns = rng.normal(size=(2, 2, 2))
    if pennies:
        rows, columns = np.array([[1.0, 0.0], [0.0, 1.0]]), np.array([[0.0, 1.0], [1.0, 0.0]])
        rows, columns = (rng.uniform(0.2, 2, size=(2, 2)) * x + rng.normal() for x in (rows, columns))
    return {
        "row_payoffs": rows.tolist(),
        "column_payoffs": columns.tolist(),
        "precision": rng.uniform(0, 8),
        "row_frequency": rng.uniform(0.1, 0.9),
        "column_frequency": rng.uniform(0.1, 0.9),
        "plays": float(rng.integers(1, 300)),
    }


@pytest.mark.parametrize("seed", range(15))
def test_one_equilibrium_by_one_equation(seed: int) -> None:
    # matching pennies: p falls in q and q rises in p (or the other way), so that p = P(Q(p)) has one root, which brentq finds
    given = drawn(seed, pennies=True)
    A, B, precision = np.array(given["row_payoffs"]), np.array(given["column_payoffs"]), given["precision"]

    def answer_2(p: float) -> float:
        return expit(precision * (p * (B[0, 0] - B[0, 1]) + (1 - p) * (B[1, 0] - B[1, 1])))

    def answer_1(q: float) -> float:
        return expit(precision * (q * (A[0, 0] - A[1, 0]) + (1 - q) * (A[0, 1] - A[1, 1])))

    root = brentq(lambda p: answer_1(answer_2(p)) - p, 0, 1, xtol=1e-14)
    found = evaluate(QUANTAL, given).outcomes
    assert found["probability_1"][0] == pytest.approx(root, abs=1e-10)
    assert found["probability_2"][0] == pytest.approx(answer_2(root), abs=1e-10)  # pyright: ignore[reportArgumentType]


@pytest.mark.parametrize("seed", range(24))
def test_drawn_games_by_the_differential_equation(seed: int) -> None:
    given = drawn(seed, pennies=seed % 2 == 0)
    one, other = evaluate(QUANTAL, given).outcomes, evaluate(QUANTAL, given, BY_DAVIDENKO).outcomes
    for name in ("probability_1", "probability_2", "log_likelihood_at_precision"):
        assert one[name][0] == pytest.approx(other[name][0], abs=1e-8) or np.isnan(other[name][0]), name
    # the second way looks at precisions up to 30 / spread only, and up to the first fold
    if np.isfinite(other["precision_estimate"][0]) and one["precision_estimate"][0] <= other["precision_estimate"][0] * 1.5 + 1:
        for name in ESTIMATES:
            assert one[name][0] == pytest.approx(other[name][0], abs=1e-6), name


@pytest.mark.parametrize("seed", range(12))
def test_the_estimate_is_a_maximum(seed: int) -> None:
    given = drawn(seed + 100, pennies=seed % 2 == 0)
    found = evaluate(QUANTAL, given).outcomes
    best = found["precision_estimate"][0]
    if np.isnan(best):
        best, top = 50.0, -np.inf
    else:
        top = found["log_likelihood"][0]
        at = evaluate(QUANTAL, {**given, "precision": best}).outcomes
        assert at["log_likelihood_at_precision"][0] == pytest.approx(top, abs=1e-9)
    others = {**given, "precision": np.concatenate([np.linspace(0, 3 * best + 1, 60), best * np.linspace(0.99, 1.01, 20)])}
    values = evaluate(QUANTAL, others).outcomes["log_likelihood_at_precision"]
    if np.isfinite(top):
        assert values.max() <= top + 1e-9 * abs(top)


def test_data_made_at_a_precision_give_it_back() -> None:
    # with the frequencies of lambda = 3, the likelihood is largest at lambda = 3
    at = evaluate(QUANTAL, {"precision": 3.0}).outcomes
    data = {"row_frequency": at["probability_1"][0], "column_frequency": at["probability_2"][0]}
    assert evaluate(QUANTAL, data).outcomes["precision_estimate"][0] == pytest.approx(3.0, abs=1e-9)


def test_limits() -> None:
    found = evaluate(QUANTAL, {"precision": np.array([0.0, 1e5])}).outcomes
    assert found["probability_1"][0] == found["probability_2"][0] == 0.5
    assert found["probability_1"][1] == pytest.approx(0.5, abs=1e-3)  # Nash is the limit in matching pennies
    assert found["probability_2"][1] == pytest.approx(0.2785 / 1.3926, abs=1e-3)


def test_precisions_without_end_are_told_apart() -> None:
    solution = evaluate(QUANTAL, {"precision": 1e300})
    assert np.isnan(solution.outcomes["probability_1"][0])
    assert "1e+12" in solution.reason("probability_1")


def test_a_dilemma_has_no_mixed_equilibrium_and_no_finite_estimate_of_perfect_play() -> None:
    # always the dominant action: the likelihood only grows with lambda
    dilemma = {"row_payoffs": [[3.0, 0.0], [5.0, 1.0]], "column_payoffs": [[3.0, 5.0], [0.0, 1.0]]}
    solution = evaluate(QUANTAL, {**dilemma, "row_frequency": 0.0, "column_frequency": 0.0})
    assert np.isnan([solution.outcomes[name][0] for name in ("nash_1", "nash_2", *ESTIMATES)]).all()
    assert "both mix" in solution.reason("nash_1")
    assert "grows" in solution.reason("precision_estimate")


def test_play_against_the_incentives_is_best_read_as_noise() -> None:
    # always the dominated action: no precision above 0 helps, and at 0 every play has probability 1/2
    dilemma = {"row_payoffs": [[3.0, 0.0], [5.0, 1.0]], "column_payoffs": [[3.0, 5.0], [0.0, 1.0]]}
    found = evaluate(QUANTAL, {**dilemma, "row_frequency": 1.0, "column_frequency": 1.0, "plays": 10.0}).outcomes
    assert found["precision_estimate"][0] == 0
    assert found["log_likelihood"][0] == pytest.approx(-20 * np.log(2))


@pytest.mark.parametrize("seed", range(6))
def test_units_and_zero_of_payoffs(seed: int) -> None:
    # payoffs times k and plus a constant: lambda / k gives the same play, and so does the estimate
    given = drawn(seed, pennies=True)
    moved = {
        **given,
        "row_payoffs": (100 * np.array(given["row_payoffs"]) - 7).tolist(),
        "column_payoffs": (100 * np.array(given["column_payoffs"]) + 900).tolist(),
        "precision": given["precision"] / 100,
    }
    one, other = evaluate(QUANTAL, given).outcomes, evaluate(QUANTAL, moved).outcomes
    assert one["probability_1"][0] == pytest.approx(other["probability_1"][0], abs=1e-9)
    assert one["log_likelihood"][0] == pytest.approx(other["log_likelihood"][0], rel=1e-9, nan_ok=True)
    assert one["precision_estimate"][0] == pytest.approx(100 * other["precision_estimate"][0], rel=1e-6, abs=1e-9, nan_ok=True)


@pytest.mark.parametrize("seed", range(6))
def test_swapping_the_players(seed: int) -> None:
    given = drawn(seed, pennies=False)
    swapped = {
        **given,
        "row_payoffs": np.transpose(given["column_payoffs"]).tolist(),
        "column_payoffs": np.transpose(given["row_payoffs"]).tolist(),
        "row_frequency": given["column_frequency"],
        "column_frequency": given["row_frequency"],
    }
    one, other = evaluate(QUANTAL, given).outcomes, evaluate(QUANTAL, swapped).outcomes
    assert one["probability_1"][0] == pytest.approx(other["probability_2"][0], abs=1e-9)
    assert one["log_likelihood"][0] == pytest.approx(other["log_likelihood"][0], abs=1e-9, nan_ok=True)


def test_points_do_not_depend_on_their_batch() -> None:
    precision, frequency = np.array([0.0, 0.7, 1.8, 40.0]), np.array([0.5, 0.527, 0.4, 0.7])
    together = evaluate(QUANTAL, {"precision": precision, "row_frequency": frequency}).outcomes
    for k in range(4):
        alone = evaluate(QUANTAL, {"precision": precision[k], "row_frequency": frequency[k]}).outcomes
        for name, values in alone.items():
            np.testing.assert_array_equal(together[name][k], values[0], name)


def test_a_long_sweep_is_estimated_once() -> None:
    solution = evaluate(QUANTAL, {"precision": np.linspace(0, 10, 2000)})
    assert len(set(solution.outcomes["precision_estimate"])) == 1


def test_the_payoffs_have_letters_and_their_entries_too() -> None:
    told = found("solve", "--model", "B1", "--set", "A=[[1, .5], [0, 2]]", "--set", "B.0.1=3")["parameters"]
    assert told["row_payoffs"] == [[1, 0.5], [0, 2]]
    assert told["column_payoffs"] == [[0.0, 3], [1.1141, 0.0]]
