"""Cycles of distrust: their length, the share of conflict, and rare misreading."""

from __future__ import annotations

import numpy as np
import pytest

from cli_text import found
from model_ways import agree, one, simulated
from sim.models.cycles_of_distrust import CYCLES, conflict_share, limit
from sim.models.model import evaluate


def test_a_chain_agrees_at_drawn_parameters() -> None:
    rng = np.random.default_rng(21)
    prior = rng.uniform(0.01, 0.6, 60)
    given = {
        "prior_bad": prior,
        "critical_belief": prior + (1 - prior) * rng.uniform(0.01, 0.9, 60),
        "misperception_probability": rng.uniform(0.002, 0.9, 60),
    }
    assert agree(CYCLES, "chain", given, 1e-9) == 180


def test_simulated_cycles_agree() -> None:
    for seed, pi in enumerate((0.3, 0.02)):
        assert simulated(CYCLES, "played", {"misperception_probability": pi, "prior_bad": 0.2}, seed) == 1


def test_the_cycle_ends_with_the_first_belief_that_is_low_enough() -> None:
    for pi in (0.4, 0.07, 0.003):
        length = one(CYCLES, "cycle_length", misperception_probability=pi)
        beliefs = evaluate(CYCLES, {"misperception_probability": pi, "periods_since_start": np.arange(length + 1)}).outcomes[
            "belief"
        ]

        assert beliefs[0] == 1.0  # nothing can have been misread yet: only a bad side sends a bad signal
        assert (np.diff(beliefs) < 0).all()
        assert beliefs[-1] <= 0.3 < beliefs[-2]


@pytest.mark.parametrize("length", [1, 2, 5])
def test_a_belief_exactly_at_the_critical_one_restores_trust(length: int) -> None:
    # pi = 1/2, mu0 = 1/5: the belief after T periods is 1 / (1 + 4 (1 - 2^-T)); that as the critical belief gives T back
    belief = 1 / (1 + 4 * (1 - 2.0**-length))
    given = {"prior_bad": 0.2, "critical_belief": belief, "misperception_probability": 0.5}

    assert one(CYCLES, "cycle_length", **given) == length
    assert one(CYCLES, "belief", **given, periods_since_start=length) == pytest.approx(belief, rel=1e-14)
    assert one(CYCLES, "cycle_length", **{**given, "critical_belief": belief - 1e-9}) == length + 1


def test_better_perception_does_not_end_conflict() -> None:
    pi = np.array([1e-2, 1e-4, 1e-6, 1e-9, 1e-12])
    found = evaluate(CYCLES, {"misperception_probability": pi}).outcomes

    # the rounding up of T moves the share by about pi at most
    assert (np.abs(found["conflict_share"] - found["conflict_share_limit"]) < pi).all()
    assert found["conflict_share_limit"][0] == pytest.approx(0.13610, abs=5e-6)
    np.testing.assert_allclose(found["cycle_length"] * pi, -np.log1p(-7 / 27), atol=1.1e-2)


def test_small_shares_keep_their_digits() -> None:
    # (T - 1) pi / 2 - (T - 1)(T - 2) pi^2 / 6 + ...
    pi, length = np.array([1e-12, 1e-9, 1e-3]), np.array([5.0, 3.0, 1.0])
    np.testing.assert_allclose(conflict_share(pi, length), [2e-12, 1e-9, 0.0], rtol=1e-8)
    t = np.array([10.0, 500.0])
    near = np.array([0.05 * (1 - 1e-9), 0.05 * (1 + 1e-9)])
    for n in t:  # the series meets the formula where it hands over
        low, high = conflict_share(near / n, np.full(2, n))
        assert high - low == pytest.approx(low * 2e-9, rel=0.1)
    rho = np.array([1e-6, 9.9e-4, 1.01e-3])
    x = -np.log1p(-rho)  # 1 - (1 - e^-x) / x, by its series
    np.testing.assert_allclose(limit(rho), x / 2 - x**2 / 6 + x**3 / 24 - x**4 / 120 + x**5 / 720, rtol=1e-12)
    np.testing.assert_allclose(limit(np.array([1e-200, 0.5])), [5e-201, 1 + 0.5 / np.log(0.5)], rtol=1e-12)


def test_a_cycle_of_one_period_has_no_conflict() -> None:
    for given in ({"misperception_probability": 1.0}, {"prior_bad": 0.0}, {"critical_belief": 1.0}):
        assert one(CYCLES, "cycle_length", **given) == 1
        assert one(CYCLES, "conflict_share", **given) == 0
        assert one(CYCLES, "trust_periods", **given) == 1


def test_where_distrust_comes_first_trust_never_starts() -> None:
    for prior in (0.3, 0.5, 1.0):
        found = evaluate(CYCLES, {"prior_bad": prior})
        assert np.isnan(found.outcomes["cycle_length"]).all()
        assert "prior_bad < critical_belief" in found.reason("cycle_length")


def test_a_belief_needs_a_signal_that_can_occur() -> None:
    found = evaluate(CYCLES, {"prior_bad": 0.0, "periods_since_start": 0})

    assert np.isnan(found.outcomes["belief"]).all()
    assert "cannot occur" in found.reason("belief")


@pytest.mark.parametrize("letter", ["mu*", "mustar", "mu_star"])
def test_the_critical_belief_has_letters(letter: str) -> None:
    assert found("solve", "--model", "B5", "--set", f"{letter}=0.4")["parameters"]["critical_belief"] == 0.4
