"""Price wars under hidden demand: against iteration, the formula for two firms, and the treaty's equations."""

from __future__ import annotations

import numpy as np
import pytest

from repeated_case import N, agree, draws, found, one
from sim.models.model import evaluate
from sim.models.price_war import PRICE_WAR

(ITERATION,) = PRICE_WAR.ways


def drawn(seed: int) -> dict[str, np.ndarray]:
    rng = draws(seed)
    return {
        "low_demand_probability": rng.uniform(0, 0.6, N),
        "discount_factor": rng.uniform(0.3, 0.99, N),
        "punishment_periods": rng.integers(1, 30, N).astype(float),
        "firms": rng.integers(2, 5, N).astype(float),
    }


def test_equations_and_iteration_agree() -> None:
    agree(PRICE_WAR, ITERATION, drawn(1), ("value", "self_enforcing"), 1e-9, N)
    agree(PRICE_WAR, ITERATION, drawn(1), ("shortest_punishment",), 0, 40)


def test_two_firms() -> None:
    given = {**drawn(2), "firms": 2.0}
    a, d, t = given["low_demand_probability"], given["discount_factor"], given["punishment_periods"]
    out = found(PRICE_WAR, given)

    np.testing.assert_allclose(out["value"], 0.5 * (1 - a) / (1 - (1 - a) * d - a * d ** (t + 1)), rtol=1e-13)
    assert (out["self_enforcing"] == (2 * (1 - a) * d + (2 * a - 1) * d ** (t + 1) >= 1)).all()


def test_a_long_punishment_does_where_any_does() -> None:
    given = drawn(3)
    out = found(PRICE_WAR, given)
    long = found(PRICE_WAR, {**given, "punishment_periods": 10_000.0})["self_enforcing"]

    assert (long == ~np.isnan(out["shortest_punishment"])).all()
    assert (long == (given["discount_factor"] > np.nan_to_num(out["critical_discount_factor"], nan=2.0))).all()


def test_without_bad_luck_it_is_the_classic_threshold() -> None:
    # nobody ever earns less by bad luck: delta >= 1 - 1/N for ever, and the value is that of endless cooperation
    assert one(PRICE_WAR, "critical_discount_factor", low_demand_probability=0.0, firms=4) == pytest.approx(0.75)
    value = one(PRICE_WAR, "value", low_demand_probability=0.0, discount_factor=0.9)
    assert value == pytest.approx(5.0)  # 0.5 / (1 - 0.9)


def test_what_is_undefined_is_said() -> None:
    often = evaluate(PRICE_WAR, {"low_demand_probability": 0.5})
    always = evaluate(PRICE_WAR, {"low_demand_probability": 1.0})

    assert "rarer than 1/N" in often.reason("critical_discount_factor")
    assert "No punishment" in often.reason("shortest_punishment")
    assert "not always low" in always.reason("value")


def test_the_share_kept_is_the_value_at_the_shortest_punishment() -> None:
    given = drawn(4)
    out = found(PRICE_WAR, given)
    again = found(PRICE_WAR, {**given, "punishment_periods": np.nan_to_num(out["shortest_punishment"], nan=1.0)})
    there = ~np.isnan(out["share_kept"])

    assert there.sum() > 40
    share = (given["firms"] * (1 - given["discount_factor"]) * again["value"])[there]
    np.testing.assert_allclose(out["share_kept"][there], share, rtol=1e-12)
    assert (share <= 1 - given["low_demand_probability"][there] + 1e-12).all()
    assert one(PRICE_WAR, "share_kept", low_demand_probability=0.0) == pytest.approx(1)
