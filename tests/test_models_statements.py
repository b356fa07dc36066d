"""Statements: pooling, semi-separating, separating, silent; exaggeration and what is learned."""

from __future__ import annotations

import numpy as np
import pytest

from model_ways import simulated
from sim.models.model import evaluate
from sim.models.statements import KINDS, STATEMENTS, TYPES, by_best_replies


def drawn(size: int, seed: int) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(seed)
    given = {
        "prior_serious": rng.uniform(0.05, 0.95, size),
        "value_of_belief": rng.exponential(1, size) + 0.2,
        "cost_serious": rng.exponential(0.3, size),
        "naive": rng.uniform(0, 0.8, size),
    }
    given["cost_empty"] = given["cost_serious"] + rng.exponential(0.5, size)
    return given


def test_best_replies_agree_at_drawn_parameters_in_all_four_kinds() -> None:
    given = drawn(300, 1)
    solved, second = evaluate(STATEMENTS, given), evaluate(STATEMENTS, given, by_best_replies)

    assert set(solved.outcomes["kind"]) == set(range(len(KINDS)))
    for name in second.outcomes:
        for entry, values in second.entries(name).items():
            np.testing.assert_allclose(solved.entries(name)[entry], values, atol=1e-8, err_msg=f"{name} {entry}")


@pytest.mark.parametrize("seed", range(3))
def test_drawn_speakers_agree(seed: int) -> None:
    assert simulated(STATEMENTS, "drawn", {name: float(x[0]) for name, x in drawn(1, 40 + seed).items()}, seed) == 2


def test_the_dearer_an_empty_statement_the_more_statements_tell() -> None:
    found = evaluate(STATEMENTS, {"cost_empty": np.linspace(0, 1.2, 61)}).outcomes
    assert (np.diff(found["posterior_serious"]) >= -1e-12).all()
    assert (np.diff(found["speaks"][TYPES[1]]) <= 1e-12).all()
    assert found["kind"][0] == 0
    assert found["kind"][-1] == 2
    assert (np.diff(found["error_of_bayesian"]) <= 1e-12).all()


def test_naive_listeners_are_misled_and_bayesians_are_right_on_average() -> None:
    given = drawn(500, 2)
    found = evaluate(STATEMENTS, given).outcomes
    p, made = given["prior_serious"], found["statement_made"]
    seen = made > 0
    # Bayes: beliefs average to the prior
    quiet = np.where(found["kind"] == 3, p, 0.0)
    np.testing.assert_allclose((np.nan_to_num(found["posterior_serious"]) * made + quiet * (1 - made)), p, atol=1e-9)
    np.testing.assert_allclose(found["exaggeration"][seen], (given["naive"] * found["empty_statements"])[seen])
    assert (found["error_of_bayesian"] <= found["error_without_statements"] + 1e-12).all()
    worse = found["error_of_belief"] > found["error_without_statements"] + 1e-9
    assert worse.any()  # with naive listeners, cheap statements leave them worse informed than silence
    assert (found["kind"][worse] < 2).all()


def test_a_cost_that_all_bear_silences_and_the_reason_is_told() -> None:
    solution = evaluate(STATEMENTS, {"cost_serious": 2.0, "cost_empty": 2.0})
    assert np.isnan(solution.outcomes["posterior_serious"][0])
    assert "Nobody" in solution.reason("posterior_serious")
