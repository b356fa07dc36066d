"""Mistrust by bad luck: the ruin formula, finite horizons by recursion, the bound for unequal signals."""

from __future__ import annotations

import numpy as np
import pytest

from repeated_case import agree, draws, found, holds_at_four_errors, one
from sim.models.mistrust_ruin import EQUAL, UNEQUAL
from sim.models.model import evaluate

RECURSION, SIMULATION = EQUAL.ways


def test_equations_and_recursion_agree() -> None:
    rng = draws(1)
    given = {"accuracy": rng.uniform(0.52, 1, 60), "steps": rng.integers(1, 9, 60), "periods": rng.integers(0, 60, 60)}

    agree(EQUAL, RECURSION, given, ("given_up_ever", "given_up_within"), 1e-9, 60)


def test_within_n_rises_to_ever() -> None:
    within = found(EQUAL, {"periods": np.arange(400)})["given_up_within"]

    assert (np.diff(within) >= -1e-15).all()
    assert (within[:3] == 0).all()
    assert within[3] == pytest.approx(0.3**3)
    assert within[-1] == pytest.approx((3 / 7) ** 3, rel=1e-9)


def test_edges_of_accuracy() -> None:
    assert one(EQUAL, "given_up_ever", accuracy=1.0) == 0
    assert one(EQUAL, "given_up_within", accuracy=1.0) == 0
    assert one(EQUAL, "trusted_for_ever", accuracy=1.0) == 1
    assert one(EQUAL, "given_up_ever", accuracy=0.5) == 1
    useless = evaluate(EQUAL, {"accuracy": 0.5})
    assert "infinite" in useless.reason("signals_to_expose")
    # 1 - ((1 - q)/q)^k = 4 k d for q = 1/2 + d: no cancellation
    assert one(EQUAL, "trusted_for_ever", accuracy=0.5 + 1e-12) == pytest.approx(12e-12, rel=1e-3)


def test_simulated_partners_agree() -> None:
    given = {"accuracy": np.array([0.56, 0.75, 1.0]), "steps": np.array([4.0, 1.0, 2.0])}
    holds_at_four_errors(EQUAL, SIMULATION, given, ("given_up_ever",), seed=2)
    (unequal,) = UNEQUAL.ways
    told = {"good_if_untrustworthy": np.array([0.2, 0.5, 0.85]), "periods": np.array([5.0, 40.0, 80.0])}
    holds_at_four_errors(UNEQUAL, unequal, told, ("given_up_within",), seed=3)


def test_equal_signals_are_a_case_of_unequal_ones() -> None:
    # 3 steps from the start to the threshold: odds (7/3)^2 : 1 to 3/7
    odds = np.array([(7 / 3) ** 2, 3 / 7])
    given = {"prior": odds[0] / (1 + odds[0]), "threshold": odds[1] / (1 + odds[1])}
    signals = {"good_if_trustworthy": 0.7, "good_if_untrustworthy": 0.3}
    for periods in (0, 3, 10, 60):
        within = one(UNEQUAL, "given_up_within", **given, **signals, periods=periods)
        assert within == pytest.approx(one(EQUAL, "given_up_within", periods=periods), abs=1e-12)
    assert one(UNEQUAL, "bound", **given, **signals) == pytest.approx(one(EQUAL, "given_up_ever"))
    assert one(UNEQUAL, "least_bad_signals", **given, **signals) == 3


def test_long_horizons_lie_between_the_bounds() -> None:
    rng = draws(4)
    b = rng.uniform(0.1, 0.6, 40)
    given = {
        "good_if_untrustworthy": b,
        "good_if_trustworthy": b + rng.uniform(0.25, 0.35, 40),
        "threshold": rng.uniform(0.1, 0.4, 40),
        "prior": rng.uniform(0.5, 0.9, 40),
        "periods": 400.0,
    }
    out = found(UNEQUAL, given)

    assert (out["given_up_within"] <= out["bound"] + 1e-12).all()
    assert (out["given_up_within"] >= out["lower_bound"] - 1e-6).all()
    assert (out["given_up_within"] > 0).all()


def test_premises() -> None:
    assert "threshold < prior" in evaluate(UNEQUAL, {"threshold": 0.8}).reason("bound")
    assert "0 < b < a < 1" in evaluate(UNEQUAL, {"good_if_trustworthy": 1.0}).reason("bound")
