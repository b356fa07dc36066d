"""Deterrence under strategic risk: critical discount factors and the threshold of a global game."""

from __future__ import annotations

import numpy as np
import pytest

from model_ways import agree, one
from sim.models.model import evaluate
from sim.models.strategic_risk_deterrence import DETERRENCE, gain


def test_fear_makes_peace_harder_and_reassurance_closes_the_gap() -> None:
    # 1 - pi / (F + W - S): S -> W from below takes it to 1 - pi / F = 5/6
    struck = np.array([-8.0, -2.0, -1.0, -1e-9])
    found = evaluate(DETERRENCE, {"attacked_payoff": struck}).outcomes

    np.testing.assert_allclose(found["critical_discount_strategic_risk"], [1 - 1 / 14, 1 - 1 / 8, 1 - 1 / 7, 5 / 6], rtol=1e-9)
    np.testing.assert_allclose(found["critical_discount_factor"], 5 / 6)


def test_peace_begins_exactly_at_the_critical_discount_factors() -> None:
    rng = np.random.default_rng(7)
    for pi, first, fear in zip(rng.uniform(0.2, 2, 30), rng.uniform(0.5, 9, 30), rng.uniform(0.1, 5, 30), strict=True):
        given = {"peace_payoff": pi, "first_strike_payoff": first, "both_attack_payoff": 1.0, "attacked_payoff": 1.0 - fear}
        for test, name in (
            ("peace_complete_information", "critical_discount_factor"),
            ("peace_strategic_risk", "critical_discount_strategic_risk"),
        ):
            critical = one(DETERRENCE, name, **given)
            assert one(DETERRENCE, test, **given, discount_factor=critical + 1e-6) == 1
            assert critical == 0 or one(DETERRENCE, test, **given, discount_factor=critical - 1e-6) == 0
            assert critical > 0 or one(DETERRENCE, test, **given, discount_factor=0.0) == 1


def test_peace_survives_noise_iff_half_the_fear_is_tolerated_and_the_threshold_is_not_above_zero() -> None:
    rng = np.random.default_rng(8)
    given = {
        "peace_payoff": rng.uniform(0, 2, 400),
        "first_strike_payoff": rng.uniform(-1, 8, 400),
        "attacked_payoff": rng.uniform(-4, 0, 400),
        "both_attack_payoff": rng.uniform(0.01, 3, 400),
        "discount_factor": rng.uniform(0, 0.99, 400),
    }
    found = evaluate(DETERRENCE, given).outcomes
    peace = found["peace_strategic_risk"] == 1

    assert 20 < peace.sum() < 380
    assert (peace == (np.nan_to_num(found["tolerated_attack_probability"], nan=-1) >= 0.5)).all()
    assert (peace == (found["threshold"] <= 0)).all()
    assert (found["peace_complete_information"] >= found["peace_strategic_risk"]).all()


@pytest.mark.parametrize("sigma", [0.1, 0.5, 2.0])
def test_the_threshold_is_indifferent_in_a_simulated_game(sigma: float) -> None:
    given = {"noise": sigma, "discount_factor": 0.8, "attacked_payoff": -1.0, "both_attack_payoff": 0.5}
    cutoff = one(DETERRENCE, "threshold_with_noise", **given)
    rng = np.random.default_rng(4)
    theta = cutoff - sigma * rng.uniform(-1, 1, 400_000)
    trusted = theta + sigma * rng.uniform(-1, 1, 400_000) >= cutoff
    hold, attack = np.where(trusted, 5.0 + theta, -1.0), np.where(trusted, 6.0, 0.5)  # A = 1 / 0.2

    assert abs((hold - attack).mean()) < 4.5 * (hold - attack).std() / np.sqrt(400_000)


def test_iterated_dominance_from_both_sides_meets_the_formula() -> None:
    rng = np.random.default_rng(9)
    given = {
        "peace_payoff": rng.uniform(0.5, 2, 5),
        "attacked_payoff": rng.uniform(-2, -0.5, 5),
        "both_attack_payoff": rng.uniform(0, 0.5, 5),
        "noise": rng.uniform(0.2, 1.5, 5),
        "discount_factor": rng.uniform(0, 0.9, 5),
    }
    assert agree(DETERRENCE, "dominance", given, 1e-9) == 5
    assert agree(DETERRENCE, "bisection", given, 1e-9) == 20
    assert agree(DETERRENCE, "bisection", {"first_strike_payoff": np.array([-1.0, 0.0, 0.5, 1.0, 30.0])}, 1e-9) == 20


def test_the_gain_from_holding_back_rises_with_the_signal_and_falls_with_the_others_cutoff() -> None:
    signals = [gain(0.5, 2.0, 0.4, x, 1.0) for x in np.linspace(-1, 3, 40)]
    cutoffs = [gain(0.5, 2.0, 0.4, 1.0, k) for k in np.linspace(-1, 3, 40)]

    assert (np.diff(signals) >= 0).all()
    assert (np.diff(cutoffs) <= 0).all()
    assert gain(0.5, 2.0, 0.4, 5.0, 1.0) == pytest.approx(5.5)  # the other surely holds back: A - F + x
    assert gain(0.5, 2.0, 0.4, -3.0, 1.0) == pytest.approx(-2.0)  # the other surely attacks: S - W


def test_without_noise_the_threshold_is_the_limit() -> None:
    assert one(DETERRENCE, "threshold_with_noise", noise=0.0) == one(DETERRENCE, "threshold", noise=0.0) == pytest.approx(4 / 3)


def test_worthless_peace_is_never_safe() -> None:
    found = evaluate(DETERRENCE, {"peace_payoff": 0.0})

    assert np.isnan(found.outcomes["critical_discount_factor"]).all()
    assert "worth nothing" in found.reason("critical_discount_factor")
    assert one(DETERRENCE, "critical_discount_factor", peace_payoff=0.0, first_strike_payoff=0.0) == 0.0


@pytest.mark.parametrize(
    ("given", "why"),
    [({"attacked_payoff": 0.0}, "best reply to attack"), ({"discount_factor": 1.0}, "discount factor below 1")],
)
def test_premises(given: dict[str, float], why: str) -> None:
    found = evaluate(DETERRENCE, given)

    assert all(np.isnan(x).all() for x in found.outcomes.values())
    assert why in found.reason("threshold")


@pytest.mark.parametrize(("sigma", "target"), [(0.5, 1.16583), (0.1, 1.29983)])
def test_dominance_on_a_coarse_grid_is_an_answer_with_the_tolerance_of_the_grid(sigma: float, target: float) -> None:
    (answer,) = [a for a in DETERRENCE.answers if a.target == target]
    assert (answer.outcome, answer.given["noise"], answer.tolerance, answer.status) == (
        "threshold_with_noise",
        sigma,
        1e-3,
        "derived",
    )
    assert "coarse grid" in answer.source
    assert one(DETERRENCE, "threshold_with_noise", **answer.given) == pytest.approx(target, abs=1e-3)


def test_letters_of_the_discount_factor() -> None:
    assert DETERRENCE.symbols["d"] == DETERRENCE.symbols["delta"] == "discount_factor"
