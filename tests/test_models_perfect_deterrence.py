"""Credible threats and critical risk."""

from __future__ import annotations

import numpy as np
import pytest

from model_ways import agree, one
from sim.models.model import evaluate
from sim.models.perfect_deterrence import DETERRENCE


def test_equations_against_comparing_branches() -> None:
    rng = np.random.default_rng(1)
    size = 200
    given = {}
    for prefix in ("", "other_"):
        fight = rng.uniform(-10, 5, size)
        given |= {
            f"{prefix}conflict": fight,
            f"{prefix}win": fight + rng.uniform(0.1, 10, size),
            f"{prefix}status_quo": fight + rng.uniform(-2, 12, size),
            f"{prefix}resistance_probability": rng.random(size),
        }
    assert agree(DETERRENCE, "branches", given, 1e-9) == 6 * size
    assert 0.1 < evaluate(DETERRENCE, given).outcomes["status_quo_holds"].mean() < 0.9


def test_who_is_indifferent_is_deterred() -> None:
    assert one(DETERRENCE, "deterred", resistance_probability=1 / 3) == 1
    assert one(DETERRENCE, "deterred", resistance_probability=1 / 3 - 1e-9) == 0
    assert one(DETERRENCE, "challenge_value", resistance_probability=1 / 3) == pytest.approx(3)


def test_only_ratios_of_differences_matter() -> None:
    base = one(DETERRENCE, "critical_resistance")
    assert one(DETERRENCE, "critical_resistance", win=4 * 7 - 2, status_quo=3 * 7 - 2, conflict=7 - 2) == pytest.approx(base)


def test_thresholds_beyond_probabilities() -> None:
    # the status quo is best: nothing tempts; worst: nothing deters
    assert one(DETERRENCE, "critical_resistance", status_quo=5.0) < 0
    assert one(DETERRENCE, "deterred", status_quo=5.0, resistance_probability=0.0) == 1
    assert one(DETERRENCE, "critical_resistance", status_quo=0.0) > 1
    assert one(DETERRENCE, "deterred", status_quo=0.0, resistance_probability=1.0) == 0


def test_winning_must_be_better_than_conflict() -> None:
    found = evaluate(DETERRENCE, {"conflict": 4.0})
    assert "win > conflict" in found.reason("critical_resistance")
