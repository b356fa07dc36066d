"""The spread of an arms race: exact moments against closed forms and simulation, and what simulation promises."""

from __future__ import annotations

from typing import Any

import numpy as np

from sim.models.arms_race import RACE
from sim.models.arms_race_answers import BLIND, CRISES, LAPSE, NOISY, ONE, THREE
from sim.models.arms_race_dynamics import race
from sim.models.arms_race_noise import exact_moments, simulate
from sim.models.model import Estimate, arrayed, evaluate


def simulated(given: dict[str, Any], replicates: int = 2000, seed: int = 1) -> dict[str, dict[str, Estimate]]:
    found = evaluate(RACE, given, lambda v: simulate(v, replicates, seed)).outcomes
    return {name: dict(x) for name, x in found.items()}


def assert_agree(given: dict[str, Any], **options: int) -> None:
    """Exact moments lie within four standard errors of simulated ones."""
    exact, found = evaluate(RACE, given), simulated(given, **options)
    for name, entries in found.items():
        for entry, estimate in entries.items():
            z = (estimate.value[0] - exact.entries(name)[entry][0]) / estimate.standard_error[0]
            assert abs(z) < 4, (name, entry, z)


def test_noise_alone() -> None:
    assert_agree(NOISY, replicates=8000)


def test_crises_alone() -> None:
    assert_agree(CRISES | {"levels": [[50.0]]}, replicates=4000)


def test_everything_at_once_for_three_actors() -> None:
    given = THREE | {
        "levels": [[20.0], [25.0], [30.0]],
        "volatility": [[0.5], [0.0], [1.0]],
        "prudence": [0.5, 1.0, 0.0],
        "estimate_sd": [1.0],
        "estimate_drift": [2.0, 1.0, 3.0],
        "exchange_until": 4.0,
        "lone_correction": 0.05,
        "shock_rate": 0.3,
        "shock_decay": 0.4,
        "shock_size": [[0.5], [0.0], [1.0]],
        "horizon": 8,
    }
    assert_agree(given, replicates=3000)


def test_errors_of_estimate_pass_into_the_levels() -> None:
    # one reaction only: x' = k (y + e), no fatigue, e a Brownian motion, so that Var x = k^2 y^2 t^3 / 3
    given = BLIND | {"fatigue": [[0.0]], "reaction": [[0.0, 0.1], [0.0, 0.0]], "estimate_sd": []}
    found = evaluate(RACE, given).entries("standard_deviation")
    np.testing.assert_allclose(found["x, arms"], 0.1 * 4 * np.sqrt(9**3 / 3), rtol=1e-9)
    assert found["y, arms"][0] == 0
    assert_agree(given | {"levels": [[1000.0], [1000.0]], "volatility": [[0.0], [0.1]]})


def test_the_spread_of_crises_in_closed_form() -> None:
    # x' = h, h Poisson shots without decay: Var x = r t^3 / 3
    given = ONE | {
        "fatigue": [[0.0]],
        "levels": [[5.0]],
        "shock_rate": 2.0,
        "shock_decay": 0.0,
        "shock_size": [[1.0]],
        "horizon": 6,
    }
    found = evaluate(RACE, given)
    np.testing.assert_allclose(found.entries("standard_deviation")["a, arms"], np.sqrt(2 * 6**3 / 3), rtol=1e-9)
    np.testing.assert_allclose(found.entries("mean_level")["a, arms"], 5 + 2 * 6**2 / 2, rtol=1e-9)


def test_a_fast_race_keeps_its_digits() -> None:
    # stationary Ornstein-Uhlenbeck: v^2 / (2 a), however fast
    for fatigue in (5.0, 60.0, 400.0):
        _, found = exact_moments(race(arrayed(RACE, NOISY | {"fatigue": [[fatigue]]})))
        np.testing.assert_allclose(found[0, 0], np.sqrt(4 / (2 * fatigue)), rtol=1e-9)
    too_fast = evaluate(RACE, NOISY | {"fatigue": [[1e6]]})
    assert "too fast" in too_fast.reason("level")
    assert np.isnan(too_fast.entries("standard_deviation")["a, arms"][0])


def test_the_mean_is_the_path_of_the_means_with_worst_cases_and_dates() -> None:
    given = {"caps": [], "exchange_until": 7.3, "prudence": [1.5, 0.2]}
    found = evaluate(RACE, given)
    for entry, x in found.entries("mean_level").items():
        np.testing.assert_allclose(x, found.entries("level")[entry], rtol=1e-8)


def test_simulated_caps_hold_in_every_run_and_lower_the_mean() -> None:
    noisy = LAPSE | {"volatility": [[6.0, 0.0]], "cap_end": [], "grievance": [[5.0, 4.0]], "horizon": 10}
    found = simulated(noisy, 1500)
    mean = found["mean_level"]["a, deployed"].value[0]
    assert mean < 50 - 1  # the path of the means rests at the cap; noise below it cannot be made up above it
    assert evaluate(RACE, noisy).entries("level")["a, deployed"][0] == 50.0
    assert np.isnan(evaluate(RACE, noisy).entries("mean_level")["a, deployed"][0])


def test_the_same_seed_gives_the_same_runs_and_points_do_not_touch_each_other() -> None:
    given = NOISY | {"volatility": [[np.array([1.0, 2.0])]]}
    both = simulated(given, 300)
    for n, size in enumerate((1.0, 2.0)):
        alone = simulated(NOISY | {"volatility": [[size]]}, 300)
        for name in both:
            assert both[name]["a, arms"].value[n] == alone[name]["a, arms"].value[0]
    again, other = simulated(NOISY, 300), simulated(NOISY, 300, seed=2)
    assert again["mean_level"]["a, arms"].value == simulated(NOISY, 300)["mean_level"]["a, arms"].value
    assert again["mean_level"]["a, arms"].value != other["mean_level"]["a, arms"].value


def test_common_random_numbers_scale_with_the_noise() -> None:
    small, large = simulated(NOISY | {"levels": [[500.0]], "volatility": [[1.0]]}), simulated(NOISY | {"levels": [[500.0]]})
    ratio = large["standard_deviation"]["a, arms"].value / small["standard_deviation"]["a, arms"].value
    np.testing.assert_allclose(ratio, 2.0, rtol=1e-9)
