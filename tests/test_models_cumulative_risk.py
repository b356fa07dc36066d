"""Cumulative risk: the infinite product against plain multiplication and exact fractions, chains of accidents, conversions."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from sim.models.cumulative_risk import CHAIN, CONVERSION, DECLINE, MODELS, by_product, chain_by_events, conversion_by_powers
from sim.models.model import evaluate
from sim.models.reproduce import checks


@pytest.mark.parametrize("model", MODELS, ids=lambda m: m.name)
def test_every_answer_is_met_by_every_way(model) -> None:
    for check in checks(model):
        assert check.sound, check
        assert check.ways or check.answer.outcome == "rate", check.answer


def test_a_short_product_in_exact_fractions() -> None:
    # 1 - (1 - 1/5)(1 - 1/10)(1 - 1/20), p = 1/5 halved every year
    exact = 1 - (1 - Fraction(1, 5)) * (1 - Fraction(1, 10)) * (1 - Fraction(1, 20))
    found = evaluate(DECLINE, {"annual_probability": 0.2, "annual_ratio": 0.5, "years": 3})
    assert abs(found.outcomes["within"][0] - float(exact)) < 1e-15
    # tiring reductions: 1/5, then halved to 1/10, then reduced by a quarter to 3/40
    exact = 1 - (1 - Fraction(1, 5)) * (1 - Fraction(1, 10)) * (1 - Fraction(3, 40))
    found = evaluate(DECLINE, {"annual_probability": 0.2, "annual_ratio": 0.5, "reduction_persistence": 0.5, "years": 3})
    assert abs(found.outcomes["within"][0] - float(exact)) < 1e-15


def test_drawn_declines_agree_with_multiplication() -> None:
    rng = np.random.default_rng(2)
    given = {
        "annual_probability": rng.uniform(0, 1, 200) ** 3,
        "annual_ratio": 1 - rng.uniform(0.004, 1, 200) ** 2,
        "reduction_persistence": np.where(rng.random(200) < 0.5, 1.0, rng.random(200)),
        "years": np.floor(rng.uniform(0, 900, 200)),
    }
    one, other = evaluate(DECLINE, given), evaluate(DECLINE, given, by_product)
    np.testing.assert_allclose(one.outcomes["within"], other.outcomes["within"], rtol=1e-10, atol=1e-14)
    settled = ~np.isnan(other.outcomes["ever"])
    assert settled.sum() > 100
    np.testing.assert_allclose(one.outcomes["ever"][settled], other.outcomes["ever"][settled], rtol=1e-9, atol=1e-14)


def test_the_risk_lies_between_its_bounds_and_rises_with_the_years() -> None:
    p, r = (x.ravel() for x in np.meshgrid(np.linspace(0.001, 0.999, 30), np.linspace(0, 0.9999, 30)))
    found = evaluate(DECLINE, {"annual_probability": p, "annual_ratio": r}).outcomes
    assert (found["lower_bound"] <= found["ever"] + 1e-12).all()
    assert (found["ever"] <= found["upper_bound"] + 1e-12).all()
    assert (found["within"] <= found["ever"] + 1e-12).all()
    assert (found["within"] <= found["added"] + 1e-12).all()
    last = np.zeros(len(p))
    for years in (1, 2, 10, 127, 128, 129, 1000, 10_000):
        now = evaluate(DECLINE, {"annual_probability": p, "annual_ratio": r, "years": years}).outcomes["within"]
        assert (now >= last - 1e-13).all()
        last = now


def test_the_ends_of_every_range() -> None:
    def ever(p: float, r: float, s: float = 1.0) -> float:
        given = {"annual_probability": p, "annual_ratio": r, "reduction_persistence": s}
        return float(evaluate(DECLINE, given).outcomes["ever"][0])

    assert ever(0, 1) == 0
    assert ever(0, 0.5) == 0
    assert ever(0, 0.5, 0.5) == 0
    assert ever(1, 0.5) == 1
    assert ever(1, 0) == 1
    assert np.isclose(ever(0.3, 0), 0.3, rtol=1e-15)
    assert np.isclose(ever(0.3, 0, 0.5), 0.3, rtol=1e-15)
    assert ever(1e-9, 1) == 1
    assert ever(0.3, 0.9, 0.0) == 1
    assert ever(0.3, 0.9, 0.999) == 1
    assert np.isclose(ever(1e-12, 0.5), 2e-12, rtol=1e-9)  # the sum, no digits lost
    none = evaluate(DECLINE, {"years": 0})
    assert none.outcomes["within"][0] == 0
    assert none.outcomes["added"][0] == 0
    constant = evaluate(DECLINE, {"annual_ratio": 1.0})
    assert np.isnan(constant.outcomes["lower_bound"][0])
    assert "r < 1" in constant.reason("lower_bound")


def test_a_steady_risk_is_geometric() -> None:
    years = np.array([1.0, 7.0, 200.0, 9999.0])
    found = evaluate(DECLINE, {"annual_probability": 0.003, "annual_ratio": 1.0, "years": years}).outcomes["within"]
    np.testing.assert_allclose(found, 1 - 0.997**years, rtol=1e-12)


def test_drawn_chains_agree_with_the_sum_over_events() -> None:
    rng = np.random.default_rng(3)
    given = {name: rng.random(100) for name in ("crisis_probability", "use_probability", "escalation_probability")}
    given |= {"initiating_events": rng.uniform(0, 50, 100), "years": rng.uniform(0, 100, 100)}
    one, other = evaluate(CHAIN, given), evaluate(CHAIN, given, chain_by_events)
    np.testing.assert_allclose(one.outcomes["within"], other.outcomes["within"], rtol=1e-9, atol=1e-12)
    never = evaluate(CHAIN, {"use_probability": 0.0})
    assert never.outcomes["within"][0] == 0
    assert np.isnan(never.outcomes["expected_wait"][0])
    assert "no disaster" in never.reason("expected_wait")


def test_conversion_there_and_back() -> None:
    rng = np.random.default_rng(4)
    share, years = rng.uniform(0, 0.999, 50), rng.uniform(0.5, 200, 50)
    given = {"cumulative_probability": share, "observed_years": years, "years": years}
    one, other = evaluate(CONVERSION, given), evaluate(CONVERSION, given, conversion_by_powers)
    np.testing.assert_allclose(one.outcomes["within"], share, rtol=1e-12)
    np.testing.assert_allclose(one.outcomes["annual_probability"], other.outcomes["annual_probability"], rtol=1e-9)
    assert "below 1" in evaluate(CONVERSION, {"cumulative_probability": 1.0}).reason("hazard")


def test_a_point_alone_is_the_point_in_a_batch_to_the_bit() -> None:
    r, years = np.array([0.0, 0.3, 0.99, 0.9999, 1.0]), np.array([0.0, 1.0, 50.0, 500.0, 10_000.0])
    batch = evaluate(DECLINE, {"annual_ratio": r, "years": years}).outcomes
    for n in range(len(r)):
        alone = evaluate(DECLINE, {"annual_ratio": r[n], "years": years[n]}).outcomes
        for name, x in batch.items():
            assert np.array_equal(alone[name][0], x[n], equal_nan=True), (name, n)
