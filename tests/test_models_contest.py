"""Contests: the race and the break-out as best answers, closed forms, and the way into the treaty under imperfect monitoring."""

from __future__ import annotations

import numpy as np
import pytest

from repeated_case import N, agree, draws, found, one
from sim.models.contest import CONTEST
from sim.models.model import evaluate
from sim.models.treaty_monitoring import TREATY

MAXIMISING, FORMULA = CONTEST.ways


def drawn(seed: int, size: int = N) -> dict[str, np.ndarray]:
    rng = draws(seed)
    states = rng.integers(2, 6, size).astype(float)
    m = rng.uniform(0.2, 1, size) * states / (states - 1)
    prize = np.exp(rng.uniform(-2, 4, size))
    race = m * (states - 1) * prize / states**2
    return {"states": states, "decisiveness": m, "prize": prize, "cap": race * rng.uniform(0.01, 0.99, size)}


def test_equations_and_best_answers_agree() -> None:
    agree(CONTEST, MAXIMISING, drawn(1, 60), ("arms", "waste", "temptation", "critical_discount_factor"), 1e-5, 60)


def test_closed_forms_for_a_decisiveness_of_1() -> None:
    given = {**drawn(2), "decisiveness": 1.0}
    out = found(CONTEST, {**given, "states": 2.0})
    s = np.sqrt(given["cap"] / given["prize"])
    there = s < 0.5
    np.testing.assert_allclose(out["critical_discount_factor"][there], (2 * (1 - 2 * s) / (3 - 2 * s))[there], rtol=1e-9)
    assert np.isnan(out["critical_discount_factor"][~there]).all()
    # the root of the first-order condition, just beside m = 1, against the closed form at m = 1
    exact, near = found(CONTEST, given), found(CONTEST, {**given, "decisiveness": 1.0 + 1e-9})
    both = ~np.isnan(exact["temptation"]) & ~np.isnan(near["temptation"])
    assert both.sum() > 100
    np.testing.assert_allclose(near["breakout_arms"][both], exact["breakout_arms"][both], rtol=1e-6)
    np.testing.assert_allclose(near["temptation"][both], exact["temptation"][both], rtol=1e-6)


def test_payoffs_are_ordered_and_the_prize_is_a_unit() -> None:
    given = drawn(3)
    out = found(CONTEST, given)
    assert (out["temptation"] > out["reward"]).all()
    assert (out["reward"] > out["punishment"]).all()
    simple = found(CONTEST, {"cap": np.linspace(0, 0.249, 50)})  # N = 2, m = 1: S = V s (1 - s) < V / 4 = P
    assert (simple["punishment"] > simple["sucker"]).all()
    assert (out["punishment"] < out["sucker"]).any()  # not so in general
    scaled = found(CONTEST, {**given, "prize": 7 * given["prize"], "cap": 7 * given["cap"]})
    np.testing.assert_allclose(scaled["critical_discount_factor"], out["critical_discount_factor"], rtol=1e-9)
    np.testing.assert_allclose(scaled["arms"], 7 * out["arms"], rtol=1e-12)


def test_its_payoffs_feed_the_treaty() -> None:
    given = {**drawn(4), "false_alarm_probability": 0.03, "detection_probability": 0.6}
    out = found(CONTEST, given)
    told = {name: out[name] for name in ("temptation", "reward", "punishment")}
    told["sucker"] = out["punishment"] - 1  # the treaty's threshold does not depend on it
    treaty = found(TREATY, {**told, "false_alarm_probability": 0.03, "detection_probability": 0.6})

    np.testing.assert_allclose(out["critical_discount_factor_alarms"], treaty["critical_discount_factor"], rtol=1e-9)
    np.testing.assert_allclose(out["least_likelihood_ratio"], treaty["least_likelihood_ratio"], rtol=1e-9)


def test_deeper_caps_need_more_patience() -> None:
    caps = np.linspace(0, 0.249, 200)
    critical = found(CONTEST, {"cap": caps})["critical_discount_factor"]

    assert (np.diff(critical) < 0).all()
    assert critical[0] == pytest.approx(2 / 3)
    assert critical[-1] < 0.01


def test_corners_are_said() -> None:
    assert one(CONTEST, "arms", decisiveness=2.0) == pytest.approx(0.5)  # m = N / (N - 1): all of the prize is wasted
    assert one(CONTEST, "punishment", decisiveness=2.0) == pytest.approx(0.0)
    decisive = evaluate(CONTEST, {"decisiveness": 2.01})
    assert decisive.outcomes["pure_equilibrium"][0] == 0
    assert "no pure equilibrium" in decisive.reason("arms")
    loose = evaluate(CONTEST, {"cap": 0.25})
    assert "binds nobody" in loose.reason("temptation")
    assert loose.outcomes["arms"][0] == 0.25
    zero = evaluate(CONTEST, {"cap": 0.0, "decisiveness": 0.5})
    assert zero.outcomes["temptation"][0] == 1.0
    assert zero.outcomes["sucker"][0] == 0.0
    blind = evaluate(CONTEST, {"detection_probability": 0.1})
    assert "these alarms" in blind.reason("critical_discount_factor_alarms")
