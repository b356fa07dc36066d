"""Brinkmanship: disaster in a war of attrition in risk, and the critical risk."""

from __future__ import annotations

import math

import numpy as np
import pytest

from model_ways import agree, one, simulated
from sim.models.brinkmanship import BRINKMANSHIP, CLOSE, CRITICAL, FAR
from sim.models.model import evaluate


def disaster(**given) -> float:
    return one(BRINKMANSHIP, "disaster_probability", **given)


def peace(**given) -> float:
    return one(BRINKMANSHIP, "peaceful_end_probability", **given)


@pytest.mark.parametrize("d", [0.01, 0.25, 1.0, 7.5])
def test_exponential_values_give_the_normal_distribution_function(d: float) -> None:
    # min of two Exp(1) is Exp(2): 1 - P = integral of 2 exp(-2 v - v^2 / (2 d)) = 2 sqrt(2 pi d) e^(2 d) Phi(-2 sqrt d)
    tail = math.erfc(2 * math.sqrt(d) / math.sqrt(2)) / 2

    assert disaster(cost_of_disaster=d) == pytest.approx(1 - 2 * math.sqrt(2 * math.pi * d) * math.exp(2 * d) * tail, abs=1e-12)


def test_uniform_values_give_incomplete_gamma_functions() -> None:
    # q = m / d = 2: 1 - P = 2 e^2 2^-4 gamma(4, 2), gamma(4, 2) = 6 - e^-2 (8 + 12 + 12 + 6) = 6 - 38 e^-2
    two = 1 - 2 * math.exp(2) / 16 * (6 - 38 * math.exp(-2))

    assert disaster(distribution="uniform", cost_of_disaster=0.5) == pytest.approx(two, abs=1e-14)
    assert disaster(distribution="uniform", cost_of_disaster=1, value_scale=2) == pytest.approx(two, abs=1e-14)


@pytest.mark.parametrize("kind", ["exponential", "uniform"])
def test_both_ends_of_the_cost_of_disaster(kind: str) -> None:
    # dear: P ~ E[L] = 1/(4 d) (E w^2/2 of Exp(2)) and 1/(6 d); cheap: 1 - P ~ 2 f(0) integral of exp(-v^2/(2 d)) = sqrt(2 pi d)
    first = {"exponential": 1 / 4, "uniform": 1 / 6}[kind]
    for d in (1e8, 1e100, 1e300):
        assert disaster(distribution=kind, cost_of_disaster=d) * d == pytest.approx(first, rel=1e-7)
        assert peace(distribution=kind, cost_of_disaster=d) == pytest.approx(1, abs=1e-8)
    for d in (1e-10, 1e-100, 1e-300):
        assert peace(distribution=kind, cost_of_disaster=d) / math.sqrt(2 * math.pi * d) == pytest.approx(1, rel=1e-4)
        assert disaster(distribution=kind, cost_of_disaster=d) == pytest.approx(1, abs=1e-4)


def test_nothing_jumps_where_the_formula_changes() -> None:
    for kind, change in (("exponential", FAR), ("uniform", 1 / CLOSE)):
        d = change * (1 + np.arange(-4, 5) * 1e-9)
        found = evaluate(BRINKMANSHIP, {"distribution": kind, "cost_of_disaster": d})
        for name in ("disaster_probability", "peaceful_end_probability"):
            steps = np.diff(found.outcomes[name])
            assert np.ptp(steps) < 1e-3 * abs(steps.mean()), (kind, name, steps)


def test_only_ratios_matter() -> None:
    rng = np.random.default_rng(3)
    for kind in ("exponential", "uniform"):
        for d, m, u, scale in rng.uniform(0.1, 0.9, (20, 4)):
            given = {"distribution": kind, "cost_of_disaster": d, "value_scale": m, "value_of_winning": u * m}
            wide = {**given, "cost_of_disaster": d * scale, "value_scale": m * scale, "value_of_winning": u * m * scale}
            for name in ("disaster_probability", "stopping_hazard", "accepted_risk"):
                assert one(BRINKMANSHIP, name, **wide) == pytest.approx(one(BRINKMANSHIP, name, **given), rel=1e-12)


def test_dearer_disasters_are_rarer_and_probabilities_sum_to_one() -> None:
    d = np.geomspace(1e-6, 1e6, 400)
    for kind in ("exponential", "uniform"):
        found = evaluate(BRINKMANSHIP, {"distribution": kind, "cost_of_disaster": d}).outcomes
        assert (np.diff(found["disaster_probability"]) < 0).all()
        np.testing.assert_allclose(found["disaster_probability"] + found["peaceful_end_probability"], 1, atol=1e-12)


def test_integrals_and_the_best_stop_agree() -> None:
    rng = np.random.default_rng(5)
    for kind, most in (("exponential", 1.2), ("uniform", 0.8)):
        scale = rng.uniform(0.5, 3, 6)
        given = {
            "cost_of_disaster": rng.uniform(0.5, 20, 6),
            "value_scale": scale,
            "value_of_winning": scale * rng.uniform(0.05, most, 6),
        }
        assert agree(BRINKMANSHIP, "integrals", {**given, "distribution": kind}, 1e-5) == 18


def test_simulated_crises_agree() -> None:
    for seed, (kind, d, m) in enumerate(
        [("exponential", 0.1, 1.0), ("exponential", 30.0, 4.0), ("uniform", 0.05, 1.0), ("uniform", 5.0, 3.0)]
    ):
        given = {"distribution": kind, "cost_of_disaster": d, "value_scale": m}
        assert simulated(BRINKMANSHIP, "played", given, seed) == 2


def test_the_stopping_hazard_solves_its_differential_equation() -> None:
    # L' = v f / (d (1 - F)): v / d for exponential values of mean 1, v / (d (1 - v)) for uniform ones
    v, step = np.array([1e-4, 0.02, 0.0299, 0.0301, 0.3, 0.9]), 1e-6
    for kind, slope in (("exponential", v / 2), ("uniform", v / (2 * (1 - v)))):
        given = {"distribution": kind, "cost_of_disaster": 2.0}
        high, low = (
            evaluate(BRINKMANSHIP, {**given, "value_of_winning": v + s}).outcomes["stopping_hazard"] for s in (step, -step)
        )
        np.testing.assert_allclose((high - low) / (2 * step), slope, rtol=1e-6)


def test_the_stopping_hazard_of_uniform_values_keeps_its_digits() -> None:
    # -u - ln(1 - u) = u^2/2 + u^3/3 + ...
    u = np.array([1e-12, 1e-3, 0.03 * (1 - 1e-12), 0.03 * (1 + 1e-12)])
    found = evaluate(BRINKMANSHIP, {"distribution": "uniform", "value_of_winning": u}).outcomes["stopping_hazard"]
    np.testing.assert_allclose(found, sum(u**k / k for k in range(2, 14)), rtol=1e-12)


def test_a_state_with_the_largest_value_never_gives_way() -> None:
    for value in (1.0, 1.5):
        found = evaluate(BRINKMANSHIP, {"distribution": "uniform", "value_of_winning": value})
        assert np.isnan(found.outcomes["stopping_hazard"]).all()
        assert "never gives way" in found.reason("stopping_hazard")
        assert found.outcomes["disaster_probability"][0] == pytest.approx(11 - 4 * math.e)


def test_critical_risk() -> None:
    # (win - quit) / (win - disaster)
    assert one(CRITICAL, "critical_risk", win_payoff=3, quit_payoff=1, disaster_payoff=-1) == 0.5
    assert one(CRITICAL, "critical_risk", win_payoff=3, quit_payoff=3, disaster_payoff=-1) == 0.0
    assert one(CRITICAL, "critical_risk", win_payoff=3, quit_payoff=-1, disaster_payoff=-1) == 1.0
    assert one(CRITICAL, "stands_firm", risk=0.1) == 1.0
    assert one(CRITICAL, "stands_firm", risk=0.1001) == 0.0
    assert one(CRITICAL, "standing_payoff", risk=0.1) == pytest.approx(0.0, abs=1e-12)  # 0.9 x 10 - 0.1 x 90, as for quitting
    assert agree(CRITICAL, "bisection", {"quit_payoff": np.linspace(-90, 10, 11)}, 1e-12) == 11


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ({"quit_payoff": 11.0}, "quitting is no better"),
        ({"quit_payoff": -91.0}, "disaster is no better"),
        ({"win_payoff": 1.0, "quit_payoff": 1.0, "disaster_payoff": 1.0}, "disaster is worse"),
    ],
)
def test_critical_risk_supposes_an_order_of_payoffs(given: dict[str, float], why: str) -> None:
    found = evaluate(CRITICAL, given)

    assert np.isnan(found.outcomes["critical_risk"]).all()
    assert why in found.reason("critical_risk")


def test_critical_risk_has_the_letters_of_its_equation() -> None:
    assert CRITICAL.symbols == {"win": "win_payoff", "quit": "quit_payoff", "disaster": "disaster_payoff", "r": "risk"}
