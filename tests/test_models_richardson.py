"""Richardson's race: closed forms against numpy and scipy, what an unstable equilibrium is, and the fit to 1909-13."""

from __future__ import annotations

import numpy as np
import pytest

from sim.models.model import evaluate
from sim.models.reproduce import checks
from sim.models.richardson import FATES, KINDS_OF_RACE, RICHARDSON, by_numbers, exponential
from sim.models.richardson_fit import CORRELATES_OF_WAR, KINDS, REMEMBERED, SUBSTITUTE, regression

RATES = ("fatigue_x", "fatigue_y", "reaction_x", "reaction_y")
OTHERS = ("grievance_x", "grievance_y", "start_x", "start_y")


def drawn(size: int, seed: int, low: float = 0.0) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(seed)
    out = {name: rng.uniform(low, 2, size) for name in RATES}
    return out | {name: rng.uniform(-3, 3, size) for name in OTHERS} | {"time": rng.uniform(0, 6, size)}


def test_every_answer_is_met_by_every_way() -> None:
    for check in checks(RICHARDSON):
        assert check.sound, check
        assert check.ways, check.answer


@pytest.mark.parametrize("low", [0.0, -2.0])
def test_drawn_races_agree_with_numpy_and_scipy(low: float) -> None:
    given = drawn(200, 5, low)
    one, other = evaluate(RICHARDSON, given), evaluate(RICHARDSON, given, by_numbers)
    for name in ("growth_rate", "second_rate", "final_x", "final_y"):
        np.testing.assert_allclose(one.outcomes[name], other.outcomes[name], rtol=1e-8, atol=1e-8)
    for name in ("equilibrium_x", "equilibrium_y"):
        np.testing.assert_allclose(one.outcomes[name], other.outcomes[name], rtol=1e-7)


def test_nothing_moves_at_the_equilibrium() -> None:
    given = drawn(100, 6)
    at = evaluate(RICHARDSON, given).outcomes
    still = evaluate(RICHARDSON, given | {"start_x": at["equilibrium_x"], "start_y": at["equilibrium_y"], "time": 1.0}).outcomes
    np.testing.assert_allclose(still["final_x"], at["equilibrium_x"], rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(still["excess"], 0, atol=1e-12)


def test_stability_is_richardson_s_condition() -> None:
    given = drawn(400, 7)
    found = evaluate(RICHARDSON, given).outcomes
    rule = given["fatigue_x"] * given["fatigue_y"] > given["reaction_x"] * given["reaction_y"]
    assert (found["stable"].astype(bool) == rule).all()
    assert ((found["kind"] == KINDS.index("threshold")) == ~rule).all()


def test_the_excess_over_the_threshold_says_where_the_race_goes() -> None:
    given = drawn(400, 8)
    found = evaluate(RICHARDSON, given).outcomes
    late = evaluate(RICHARDSON, given | {"time": 60 / np.maximum(np.abs(found["growth_rate"]), 0.2)}).outcomes
    for fate, sign in (("runaway arming", 1), ("disarmament below zero", -1)):
        rows = found["fate"] == FATES.index(fate)
        assert rows.sum() > 20
        assert (np.sign(late["final_x"][rows]) == sign).all()
        assert (np.sign(found["excess"][rows]) == sign).all()
    rows = found["fate"] == FATES.index("to the equilibrium")
    near = rows & (found["growth_rate"] < -0.2)
    np.testing.assert_allclose(late["final_x"][near], found["equilibrium_x"][near], rtol=1e-6, atol=1e-6)


def test_the_excess_grows_at_the_growth_rate() -> None:
    given = drawn(400, 10, -1.0) | {"time": 1.0}
    now = evaluate(RICHARDSON, given).outcomes
    later = evaluate(RICHARDSON, given | {"start_x": now["final_x"], "start_y": now["final_y"]}).outcomes
    rows = (now["rotation"] == 0) & (np.abs(now["equilibrium_x"]) + np.abs(now["equilibrium_y"]) < 100)
    assert rows.sum() > 200  # w is a left eigenvector: w . (z(t) - z*) = e^(rate t) w . (z(0) - z*)
    np.testing.assert_allclose(later["excess"][rows], (now["excess"] * np.exp(now["growth_rate"]))[rows], rtol=1e-6, atol=1e-6)


def test_a_race_without_a_single_equilibrium_says_so_and_still_moves() -> None:
    found = evaluate(RICHARDSON, {"fatigue_x": 0.5, "fatigue_y": 0.5, "reaction_x": 0.5, "reaction_y": 0.5})
    assert np.isnan(found.outcomes["equilibrium_x"][0])
    assert "a b = k l" in found.reason("equilibrium_x")
    assert KINDS[int(found.outcomes["kind"][0])] == "no single equilibrium"
    assert found.outcomes["growth_rate"][0] == 0
    # x + y grows by g + h = 3 a year, and x - y relaxes at rate 1 to (g - h) / 1 = 1
    total = found.outcomes["final_x"][0] + found.outcomes["final_y"][0]
    assert np.isclose(total, 2 + 3 * 5, rtol=1e-12)
    assert np.isclose(found.outcomes["final_x"][0] - found.outcomes["final_y"][0], 1 - np.exp(-5), rtol=1e-12)


def test_a_turning_race() -> None:
    given = {"fatigue_x": 0.0, "fatigue_y": 0.0, "reaction_x": 2.0, "reaction_y": -2.0, "grievance_x": 0.0, "grievance_y": 0.0}
    found = evaluate(RICHARDSON, given | {"time": np.pi}).outcomes
    assert found["rotation"][0] == 2
    assert found["growth_rate"][0] == 0
    assert FATES[int(found["fate"][0])] == "round the equilibrium"
    assert KINDS_OF_RACE[int(found["kind"][0])] == "centre: neither attracts nor repels"
    assert np.isclose(found["final_x"][0], 1)
    assert np.isclose(found["final_y"][0], 1)


def test_the_matrix_exponential_against_scipy() -> None:
    from scipy.linalg import expm

    rng = np.random.default_rng(9)
    for scale in (0.01, 1, 30):
        matrices = rng.normal(size=(20, 3, 3)) * scale
        one, other = exponential(matrices), np.array([expm(m) for m in matrices])
        size = np.abs(other).max(axis=(1, 2), keepdims=True)
        np.testing.assert_allclose(one / size, other / size, atol=1e-11)


def test_the_remembered_columns_add_up() -> None:
    totals = np.sum([REMEMBERED[name] for name in REMEMBERED], axis=0)
    np.testing.assert_allclose(totals, [199.2, 204.8, 214.9, 238.7, 289.0], atol=1e-9)
    totals = np.sum([CORRELATES_OF_WAR[name] for name in CORRELATES_OF_WAR], axis=0)
    np.testing.assert_allclose(totals, [192.225, 195.262, 203.611, 226.181, 278.028], atol=1e-9)


def test_the_fit_is_a_threshold_and_self_stimulation_explains_more() -> None:
    for given in ({}, SUBSTITUTE):
        found = evaluate(RICHARDSON, given).outcomes
        assert KINDS[int(found["standstill_kind"][0])] == "threshold"
        total = sum(evaluate(RICHARDSON, given).entries("mid_total").values())
        assert (total / 4 > found["standstill"]).all()  # spending was above it, and rose
        for side in "xy":
            assert found["self_r_squared"][side][0] > found["rival_r_squared"][side][0]


def test_regression_of_an_exact_line_and_of_level_spending() -> None:
    x = np.array([[1.0, 2.0, 4.0, 7.0]])
    fit = regression(x, 3 * x - 5)
    assert np.isclose(fit["slope"][0], 3)
    assert np.isclose(fit["intercept"][0], -5)
    assert np.isclose(fit["r_squared"][0], 1)
    level = evaluate(RICHARDSON, {"spending_x": [5.0, 5.0, 5.0], "spending_y": [5.0, 5.0, 5.0]})
    assert np.isnan(level.outcomes["slope"][0])
    assert "same" in level.reason("slope")
    unequal = evaluate(RICHARDSON, {"spending_x": [5.0, 5.0, 6.0, 7.0]})
    assert "one length" in unequal.reason("slope")


def test_falling_spending_has_an_attractor() -> None:
    # s' = 10 - s / 2: increments on mid-year totals lie on a line through 20
    total = 20 - 16 * np.exp(-np.arange(6) / 2)
    found = evaluate(RICHARDSON, {"spending_x": (total / 2).tolist(), "spending_y": (total / 2).tolist()}).outcomes
    assert KINDS[int(found["standstill_kind"][0])] == "attractor"
    assert np.isclose(found["standstill"][0], 20)


def test_a_point_alone_is_the_point_in_a_batch_to_the_bit() -> None:
    given = drawn(30, 11)
    batch = evaluate(RICHARDSON, given)
    for n in range(30):
        alone = evaluate(RICHARDSON, {name: x[n] for name, x in given.items()})
        for outcome in RICHARDSON.outcomes:
            for entry, x in batch.entries(outcome.name).items():
                assert np.array_equal(alone.entries(outcome.name)[entry][0], x[n], equal_nan=True), (outcome.name, entry, n)


def test_equalities_hold_within_rounding() -> None:
    # 0.3 * 0.3 and 0.1 * 0.9 differ as floats
    level = evaluate(RICHARDSON, {"fatigue_x": 0.3, "fatigue_y": 0.3, "reaction_x": 0.1, "reaction_y": 0.9})
    assert KINDS_OF_RACE[int(level.outcomes["kind"][0])] == "no single equilibrium"
    assert np.isnan(level.outcomes["equilibrium_x"][0])
    assert level.outcomes["growth_rate"][0] == 0
    # 0.1 + 0.2 - 0.3 is no zero as floats
    centre = evaluate(RICHARDSON, {"fatigue_x": 0.1 + 0.2, "fatigue_y": -0.3, "reaction_x": 1.0, "reaction_y": -1.0}).outcomes
    assert KINDS_OF_RACE[int(centre["kind"][0])] == "centre: neither attracts nor repels"
    assert FATES[int(centre["fate"][0])] == "round the equilibrium"
    # and a difference that is more than rounding counts
    near = evaluate(RICHARDSON, {"fatigue_x": 0.3, "fatigue_y": 0.3 + 1e-14, "reaction_x": 0.1, "reaction_y": 0.9}).outcomes
    assert KINDS_OF_RACE[int(near["kind"][0])] == "attractor"


def test_the_fitted_line_crosses_both_axes() -> None:
    found = evaluate(RICHARDSON).outcomes
    assert found["x_intercept"][0] == found["standstill"][0]
    assert np.isclose(found["intercept"][0] + found["slope"][0] * found["x_intercept"][0], 0)
