"""The bargaining range and preventive war: the inequality, steps, and backward induction."""

from __future__ import annotations

import numpy as np
import pytest

from model_ways import agree, one
from sim.models.model import evaluate
from sim.models.preventive_war import PREVENTIVE


def drawn(size: int, seed: int) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(seed)
    return {
        "win_probability_now": rng.random(size),
        "win_probability_later": rng.random(size),
        "riser_war_cost": rng.random(size),
        "decliner_war_cost": rng.exponential(0.4, size),
        "discount_factor": rng.uniform(0.05, 0.995, size),
        "steps": rng.integers(1, 30, size).astype(float),
    }


def test_equations_against_backward_induction_and_search() -> None:
    given = drawn(300, 1)
    assert agree(PREVENTIVE, "backward", given, 1e-9) == 900
    assert agree(PREVENTIVE, "bisection", given, 1e-9) > 1200
    war = evaluate(PREVENTIVE, given).outcomes["preventive_war"]
    assert 0.05 < war.mean() < 0.95


def test_the_exit_matters_only_where_the_later_war_is_worse_than_nothing() -> None:
    given = drawn(4000, 2) | {"steps": np.ones(4000)}
    found = evaluate(PREVENTIVE, given).outcomes
    later = (1 - given["win_probability_later"]) / (1 - given["discount_factor"]) - given["decliner_war_cost"]
    differ = found["preventive_war"] != found["preventive_war_with_exit"]
    assert differ.any()
    assert (later[differ] < 0).all()
    assert (found["preventive_war"][differ] == 1).all()
    # p1 = 0.05, p2 = 0.7, c = 1, d = 0.5: 0.35 - 0.05 > 0.25, but the later war is worth 0.6 - 1 < 0: 1.9 - 1 = 0.9 < 1 now
    told = {"win_probability_now": 0.05, "win_probability_later": 0.7, "decliner_war_cost": 1.0, "discount_factor": 0.5}
    assert one(PREVENTIVE, "preventive_war", **told) == 1
    assert one(PREVENTIVE, "preventive_war_with_exit", **told) == 0


def test_war_begins_where_the_critical_values_say() -> None:
    told = {"win_probability_now": 0.3, "decliner_war_cost": 0.2, "discount_factor": 0.9}
    critical = (0.3 + 0.2 * 0.01) / 0.9
    assert one(PREVENTIVE, "critical_win_probability_later", **told) == pytest.approx(critical, abs=1e-15)
    assert one(PREVENTIVE, "preventive_war", win_probability_later=critical + 1e-6, **told) == 1
    assert one(PREVENTIVE, "preventive_war", win_probability_later=critical - 1e-6, **told) == 0
    del told["discount_factor"]
    # d p2 - p1 = c (1 - d)^2 with p1 = 0.3, p2 = 0.7, c = 0.2: d = 0.5 gives 0.05 on both sides
    assert one(PREVENTIVE, "critical_discount_factor", **told) == pytest.approx(0.5, abs=1e-14)
    assert one(PREVENTIVE, "preventive_war", discount_factor=0.501, **told) == 1
    assert one(PREVENTIVE, "preventive_war", discount_factor=0.5, **told) == 0  # indifferent: peace
    assert one(PREVENTIVE, "critical_discount_factor", **told | {"win_probability_later": 0.3}) is None


def test_steps_for_peace_are_the_fewest() -> None:
    # s* = (0.2 * 0.0025 + 0.05 * 0.3) / 0.95 = 0.016316, 0.4 / s* = 24.5
    assert one(PREVENTIVE, "steps_for_peace") == 25
    steps = np.arange(1.0, 41)
    war = evaluate(PREVENTIVE, {"steps": steps}).outcomes["preventive_war"]
    assert war.tolist() == [1.0] * 24 + [0.0] * 16
    assert one(PREVENTIVE, "steps_for_peace", win_probability_now=0.0, decliner_war_cost=0.0) is None
    assert one(PREVENTIVE, "steps_for_peace", win_probability_later=0.1) == 1


def test_range_and_values_by_hand() -> None:
    told = {"win_probability_now": 0.4, "riser_war_cost": 0.1, "decliner_war_cost": 0.3, "discount_factor": 0.8}
    found = evaluate(PREVENTIVE, {**told, "win_probability_later": 0.6}).outcomes
    assert found["range_low"][0] == pytest.approx(0.3)
    assert found["range_high"][0] == pytest.approx(0.7)
    assert found["range_width"][0] == pytest.approx(0.4)
    assert found["war_value"][0] == pytest.approx(0.6 / 0.2 - 0.3)
    assert found["best_offer_value"][0] == pytest.approx(1 + 0.8 * (0.4 / 0.2 - 0.3))
    assert found["war_advantage"][0] == pytest.approx(2.7 - 2.36)


def test_no_discounting_is_outside_the_model() -> None:
    found = evaluate(PREVENTIVE, {"discount_factor": 1.0})
    assert "a discount factor below 1" in found.reason("preventive_war")


def test_only_what_was_read_is_called_confirmed() -> None:
    # the notes give a formula; its numbers are ours
    told = [answer for answer in PREVENTIVE.answers if answer.outcome in ("range_low", "range_high")]
    assert len(told) == 2
    assert all(answer.status == "derived" and "[p - c_A, p + c_B]" in answer.source for answer in told)
