"""Ratification with a linkage: how long it takes, whether it comes, and what the linkage does."""

from __future__ import annotations

import numpy as np
import pytest

from model_ways import agree, simulated
from sim.models.model import evaluate
from sim.models.ratification import RATIFICATION


def drawn(size: int, seed: int) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(seed)
    return {
        "ratification_probability": rng.uniform(0.02, 0.9, size),
        "linkage": np.where(rng.random(size) < 0.3, 1.0, rng.random(size)),
        "withdrawal_rate": rng.exponential(0.4, size),
        "suspension_rate": rng.exponential(0.2, size) + 0.01,
        "suspension_factor": rng.uniform(0, 2, size),
        "value_of_treaty": rng.exponential(1, size),
        "mean_withdrawal_cost": rng.exponential(1, size) + 0.05,
        "years": rng.uniform(0, 20, size),
    }


def test_the_generator_agrees_at_drawn_parameters() -> None:
    assert agree(RATIFICATION, "generator", drawn(300, 1), 1e-8) == 300 * 6


@pytest.mark.parametrize("seed", range(4))
def test_histories_agree(seed: int) -> None:
    assert simulated(RATIFICATION, "histories", {name: float(x[0]) for name, x in drawn(1, 20 + seed).items()}, seed) == 3


def test_ends_sum_to_one_and_what_happens_by_t_grows_into_what_happens_in_the_end() -> None:
    given = drawn(200, 2)
    soon, late = evaluate(RATIFICATION, given).outcomes, evaluate(RATIFICATION, given | {"years": np.full(200, 1e5)}).outcomes
    np.testing.assert_allclose(soon["ratified"] + soon["suspended_first"], 1)
    assert (soon["ratified_by"] <= soon["ratified"] + 1e-12).all()
    np.testing.assert_allclose(late["ratified_by"], soon["ratified"], atol=1e-9)
    np.testing.assert_allclose(soon["ratified_by"] + soon["suspended_by"] + soon["waiting_at"], 1, atol=1e-12)


def test_the_expected_time_is_the_area_under_the_law_of_waiting() -> None:
    at = {name: float(x[0]) for name, x in drawn(1, 3).items()}
    years = np.linspace(0, 400, 400_001)
    found = evaluate(RATIFICATION, at | {"years": years}).outcomes
    area = np.sum((found["waiting_at"][1:] + found["waiting_at"][:-1]) / 2) * (years[1] - years[0])
    assert found["expected_time"][0] == pytest.approx(area, rel=1e-4)


def test_a_linkage_can_bring_the_withdrawal_and_lose_the_treaty_or_bring_both() -> None:
    # dear withdrawal (mean cost 1): the treaty is lost; with a cheap one (0.01) nearly everybody is willing
    lost = evaluate(RATIFICATION, {"mean_withdrawal_cost": 1.0}).outcomes
    assert lost["linkage_effect"][0] < -0.2
    assert lost["linkage_on_withdrawal"][0] > 0
    cheap = {"mean_withdrawal_cost": 0.01, "withdrawal_rate": 5.0, "ratification_probability": 0.05, "suspension_factor": 0.0}
    both = evaluate(RATIFICATION, cheap | {"linkage": np.array([0.0, 1.0])}).outcomes
    assert both["linkage_effect"][1] == pytest.approx(0.0, abs=0.01)  # with z = 0 withdrawal pays for itself
    slow = evaluate(RATIFICATION, cheap | {"suspension_factor": 1.0, "linkage": 1.0}).outcomes
    assert slow["willing"][0] > 0.99
    assert slow["linkage_on_withdrawal"][0] > 0.9


def test_without_rates_nothing_ever_happens_and_it_says_so() -> None:
    still = {"ratification_probability": 0.0, "suspension_rate": 0.0, "withdrawal_rate": 0.0}
    found = evaluate(RATIFICATION, still)
    assert np.isnan(found.outcomes["expected_time"][0])
    assert found.outcomes["waiting_at"][0] == 1.0
    assert "ever" in found.reason("expected_time")
