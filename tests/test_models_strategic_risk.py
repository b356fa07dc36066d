"""Strategic risk: thresholds against values of play, their order, and the one-shot game at no patience."""

from __future__ import annotations

import numpy as np
import pytest

from repeated_case import N, agree, dilemmas, draws, found, one
from sim.models.model import evaluate
from sim.models.offence_defence import STAG_HUNT
from sim.models.strategic_risk import STRATEGIC_RISK

(PLAY,) = STRATEGIC_RISK.ways


def test_equations_and_values_of_play_agree() -> None:
    given = {**dilemmas(draws(1)), "discount_factor": draws(2).uniform(0, 0.999, N)}
    names = ("critical_discount_factor", "risk_dominance_discount_factor", "basin_of_arming")

    agree(STRATEGIC_RISK, PLAY, given, names, 1e-9, N)
    hunts = {**given, "temptation": given["reward"] - 0.3}
    agree(STRATEGIC_RISK, PLAY, hunts, names, 1e-9, N)


def test_the_basin_is_half_at_risk_dominance_and_whole_at_the_equilibrium_threshold() -> None:
    games = dilemmas(draws(3))
    out = found(STRATEGIC_RISK, games)
    spe, dominant = out["critical_discount_factor"], out["risk_dominance_discount_factor"]

    assert (spe < dominant).all()
    np.testing.assert_allclose(found(STRATEGIC_RISK, {**games, "discount_factor": dominant})["basin_of_arming"], 0.5, atol=1e-9)
    at = found(STRATEGIC_RISK, {**games, "discount_factor": spe})
    np.testing.assert_allclose(at["basin_of_arming"], 1.0, atol=1e-9)
    assert (at["equilibrium"] == 1).all()
    assert (at["risk_dominant"] == 0).all()
    assert (found(STRATEGIC_RISK, {**games, "discount_factor": dominant})["risk_dominant"] == 1).all()


def test_without_patience_it_is_the_trust_of_a_stag_hunt() -> None:
    games = dilemmas(draws(4))
    games["temptation"] = games["reward"] - draws(5).uniform(0.1, 1, N)
    trust = found(STAG_HUNT, games)["trust_threshold"]

    np.testing.assert_allclose(found(STRATEGIC_RISK, {**games, "discount_factor": 0.0})["basin_of_arming"], trust, atol=1e-12)


def test_patience_near_1_and_broken_premises() -> None:
    # keeps = delta 15 - (1 - delta) 10, risks = (1 - delta) 13: nearly 13 (1 - delta) / 15
    assert one(STRATEGIC_RISK, "basin_of_arming", discount_factor=1 - 1e-12) == pytest.approx(13e-12 / 15, rel=1e-3)
    whole = evaluate(STRATEGIC_RISK, {"discount_factor": 1.0})
    chicken = evaluate(STRATEGIC_RISK, {"sucker": 30.0})
    assert "below 1" in whole.reason("basin_of_arming")
    assert "punishment >= sucker" in chicken.reason("basin_of_arming")


def test_a_sucker_who_loses_nothing_more_runs_no_risk() -> None:
    # P = S: both thresholds are (T - R)/(T - P) = 10/25, and any belief in grim will do from there on
    games = {**dilemmas(draws(6)), "discount_factor": draws(7).uniform(0, 0.999, N)}
    games["sucker"] = games["punishment"]
    names = ("critical_discount_factor", "risk_dominance_discount_factor", "basin_of_arming")
    agree(STRATEGIC_RISK, PLAY, games, names, 1e-9, N)
    told = {"sucker": 25.0, "temptation": 50.0, "reward": 40.0, "punishment": 25.0}

    assert one(STRATEGIC_RISK, "risk_dominance_discount_factor", **told) == pytest.approx(0.4, abs=1e-12)
    assert one(STRATEGIC_RISK, "premium", **told) == pytest.approx(0, abs=1e-12)
    for delta, basin in ((0.3, 1.0), (0.4, 0.0), (0.5, 0.0)):
        assert one(STRATEGIC_RISK, "basin_of_arming", **told, discount_factor=delta) == basin
        assert one(STRATEGIC_RISK, "risk_dominant", **told, discount_factor=delta) == 1 - basin
