"""The arms race multiplier: cutoffs, and rounds of contagion counted to their end."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from model_ways import agree, one
from sim.models.arms_race_contagion import CONTAGION
from sim.models.model import evaluate


def counted(d: Fraction, mu: Fraction, top: Fraction, tolerance: Fraction) -> int:
    """Rounds of best replies in exact fractions, to the round that moves the cutoff by less than the tolerance."""
    cutoff, n = Fraction(0), 0
    while True:
        n += 1
        reply = min(d * cutoff / top + mu * (1 - cutoff / top), top)
        moved, cutoff = reply - cutoff, reply
        if moved == 0 or (moved < tolerance and d <= top):
            return n


def test_rounds_are_those_of_exact_arithmetic() -> None:
    rng = np.random.default_rng(11)
    seen = set()
    for _ in range(60):
        top = Fraction(int(rng.integers(1, 9)), 8)
        mu = Fraction(int(rng.integers(0, 20)), 64)
        d = max(Fraction(int(rng.integers(0, 24)), 16), mu)
        tolerance = Fraction(1, int(2 ** rng.integers(2, 12)))
        given = {
            "loss_if_unarmed": float(d),
            "gain_from_arming_alone": float(mu),
            "largest_cost": float(top),
            "tolerance": float(tolerance),
        }
        expected = counted(d, mu, top, tolerance)
        seen.add(expected)

        assert one(CONTAGION, "contagion_rounds", **given) == expected, given
    assert len(seen) > 8


def test_slow_contagion_is_not_cut_by_the_tolerance() -> None:
    # d just above C: the steps shrink to far below any tolerance in between, and everybody is reached all the same
    given = {"loss_if_unarmed": 1.0 + 2.0**-40, "gain_from_arming_alone": 0.015625, "tolerance": 0.01}
    rounds = one(CONTAGION, "contagion_rounds", **given)
    # gap to the fixed point C + g, g = C (d - C) / (C - d + mu), shrinks by s a round from C + g to g
    mu, excess = 0.015625, 2.0**-40
    gap = excess / (mu - excess)
    expected = np.ceil(np.log(gap / (1 + gap)) / np.log(1 + excess - mu))

    assert rounds == expected + 1 > 1400
    assert one(CONTAGION, "race_probability", **given) == 1.0
    assert agree(CONTAGION, "round by round", given, 1e-9) == 4


def test_a_handful_of_dominant_types_arms_everybody() -> None:
    found = evaluate(
        CONTAGION, {"loss_if_unarmed": 1.0, "gain_from_arming_alone": np.array([1e-3, 1e-9, 1e-15, 1e-300, 0.0])}
    ).outcomes

    np.testing.assert_array_equal(found["race_probability"], [1, 1, 1, 1, 0])
    np.testing.assert_array_equal(found["dominant_share"], [1e-3, 1e-9, 1e-15, 1e-300, 0])
    # mu s^(n-1) < 1e-13, s = 1 - 1e-9: n - 1 > ln(1e-4) / ln(1 - 1e-9) = 9.2e9
    assert found["contagion_rounds"][1] == pytest.approx(4 * np.log(10) * 1e9, rel=1e-6)


def test_iteration_and_root_finding_agree_at_drawn_parameters() -> None:
    rng = np.random.default_rng(12)
    mu = rng.uniform(0.001, 0.3, 40)
    given = {"gain_from_arming_alone": mu, "loss_if_unarmed": mu + rng.uniform(0, 2, 40), "largest_cost": rng.uniform(0.2, 2, 40)}

    assert agree(CONTAGION, "round by round", given, 1e-8) == 160
    assert agree(CONTAGION, "bracketing", given, 1e-9) == 120


def test_the_cutoff_is_its_own_best_reply_and_grows_with_fear() -> None:
    d = np.linspace(0.01, 1.5, 150)
    found = evaluate(CONTAGION, {"loss_if_unarmed": d}).outcomes
    share = found["arming_probability"]

    np.testing.assert_allclose(found["cutoff"], np.minimum(d * share + 0.01 * (1 - share), 1.0), atol=1e-12)
    assert (np.diff(found["cutoff"]) >= 0).all()
    np.testing.assert_array_equal(found["multiplier_condition"], d >= 1)
    np.testing.assert_allclose(found["race_probability"], share**2)


def test_greed_beyond_fear_has_a_symmetric_cutoff_and_no_contagion() -> None:
    found = evaluate(CONTAGION, {"loss_if_unarmed": 0.2, "gain_from_arming_alone": 0.5})

    assert found.broken == {}
    assert found.outcomes["cutoff"][0] == pytest.approx(5 / 13)  # c = 0.2 c + 0.5 (1 - c)
    assert found.outcomes["race_probability"][0] == pytest.approx((5 / 13) ** 2)
    assert found.outcomes["dominant_share"][0] == 0.2  # they lose more than their costs if the other builds, and if it does not
    for name in ("contagion_rounds", "multiplier_condition"):
        assert np.isnan(found.outcomes[name]).all()
        assert "Greed exceeds fear" in found.reason(name)
    assert one(CONTAGION, "cutoff", loss_if_unarmed=0.2, gain_from_arming_alone=0.2) == pytest.approx(0.2)


def test_the_cutoff_under_greed_is_where_the_best_reply_crosses_itself() -> None:
    rng = np.random.default_rng(13)
    mu, top = rng.uniform(0.01, 3, 60), rng.uniform(0.2, 2, 60)
    given = {"gain_from_arming_alone": mu, "loss_if_unarmed": mu * rng.uniform(0, 1, 60), "largest_cost": top}
    found = evaluate(CONTAGION, given).outcomes

    assert agree(CONTAGION, "bracketing", given, 1e-9) == 180
    assert agree(CONTAGION, "round by round", given, 1e-9) == 0
    # dominant: building is the best reply to every share of builders, from none to all
    replies = np.array([given["loss_if_unarmed"] * share + mu * (1 - share) for share in np.linspace(0, 1, 11)])
    np.testing.assert_allclose(found["dominant_share"], np.minimum(replies.min(axis=0) / top, 1))
    assert (found["dominant_share"] <= found["arming_probability"] + 1e-12).all()


def test_numbers_near_the_largest_do_not_run_over() -> None:
    given = {"loss_if_unarmed": 0.0, "gain_from_arming_alone": 1e308, "largest_cost": 1.5e308}
    assert one(CONTAGION, "cutoff", **given) == pytest.approx(0.6e308)  # mu C / (C + mu)
    assert one(CONTAGION, "arming_probability", **given) == pytest.approx(0.4)
