"""The time of one hidden inspection: expected times, the value 1/e, and a game on a grid."""

from __future__ import annotations

import math

import numpy as np
import pytest

from model_ways import agree, one, simulated
from sim.models.inspection_timing import LAST, TIMING
from sim.models.model import evaluate


def test_equations_against_integration() -> None:
    rng = np.random.default_rng(1)
    size = 40
    given = {
        "period": rng.uniform(0.1, 20, size),
        "start": np.concatenate([[0, 1, LAST], rng.random(size - 3)]),
        "inspection": np.concatenate([[1, 0, LAST], rng.random(size - 3)]),
    }
    assert agree(TIMING, "integration", given, 1e-9) == 6 * size


def test_drawn_inspections() -> None:
    for n, start in enumerate((0.0, 0.25, 0.6, 0.9)):
        assert simulated(TIMING, "drawn", {"start": start, "period": 3.0}, seed=n) == 2


def test_the_value_by_linear_programming_on_a_grid() -> None:
    from scipy.optimize import linprog

    number = 100
    times = np.arange(number + 1) / number
    begun, moment = times[:, None], times[None, :]
    values = []
    for found in (moment >= begun, moment > begun):  # a tie finds the violation at once, or only at the end
        payoff = np.where(found, moment - begun, 1 - begun)
        aim = np.append(np.zeros(number + 1), 1.0)
        upper, total = np.column_stack([payoff, -np.ones(number + 1)]), np.append(np.ones(number + 1), 0.0)[None, :]
        bounds = [(0, None)] * (number + 1) + [(None, None)]
        values.append(linprog(aim, upper, np.zeros(number + 1), total, [1.0], bounds, method="highs").fun)
    assert values[0] < 1 / math.e < values[1]
    assert np.mean(values) == pytest.approx(one(TIMING, "value"), abs=5e-5)


def test_no_beginning_and_no_inspection_does_better_than_the_value() -> None:
    shares = np.linspace(0, 1, 501)
    found = evaluate(TIMING, {"start": shares, "inspection": shares}).outcomes
    assert found["expected_time"].max() == pytest.approx(1 / math.e)
    assert found["expected_time_by_inspection"].min() == pytest.approx(1 / math.e)
    assert found["expected_time"][-1] == 0
    assert found["expected_time_by_inspection"][-1] == pytest.approx(2 / math.e)
    # a uniform and an announced inspection hold only 1/2
    assert found["expected_time_if_uniform"].max() == 0.5
    assert found["expected_time_if_announced"].min() == 0.5


def test_distribution_functions_begin_and_end() -> None:
    assert one(TIMING, "inspected_before_start", start=0.0) == 0
    assert one(TIMING, "inspected_before_start", start=LAST) == pytest.approx(1)
    assert one(TIMING, "started_by_inspection", inspection=0.0) == pytest.approx(1 / math.e)
    assert one(TIMING, "started_by_inspection", inspection=LAST) == pytest.approx(1)


def test_times_scale_with_the_period() -> None:
    for name in ("value", "expected_time", "latest_inspection", "expected_time_if_uniform", "expected_time_by_inspection"):
        assert one(TIMING, name, period=7.0, start=0.8, inspection=0.7) == pytest.approx(
            7 * one(TIMING, name, start=0.8, inspection=0.7)
        )
