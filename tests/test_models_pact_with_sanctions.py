"""The pact with sanctions: against the matrix exponential and drawn histories, by hand, and what must hold at any numbers."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from model_draws import drawn
from model_ways import agree, one, simulated
from sim.models.model import evaluate
from sim.models.pact_with_sanctions import PACT

SMALL = {"players": 5, "years": 4, "core_size": 2, "join_threshold": 3, "possessors": 2}


def series(name: str, who: str = "", **given: Any) -> np.ndarray:
    """One outcome over its years, or one series of it."""
    return np.array([x[0] for entry, x in evaluate(PACT, given).entries(name).items() if entry.startswith(who)])


def test_uniformisation_against_the_matrix_exponential() -> None:
    # 20 points drawn over all ranges but the sizes: five outcomes in five years each
    assert agree(PACT, "exponential", drawn(PACT, np.random.default_rng(5), 20) | SMALL, 1e-8) == 20 * 25


@pytest.mark.parametrize(
    ("seed", "given"),
    [
        (1, {}),
        (2, {"false_evidence": 0.3, "veto_probability": 0.0, "exit_probability": 0.9, "years": 8}),
        (3, {"sanctions": False, "hide_probability": 0.8, "core_rate": 1.0, "years": 8}),
        (
            4,
            {
                "players": 7,
                "join_threshold": 7,
                "club_benefit": 5.0,
                "develop_outside": 0.3,
                "works_probability": 0.9,
                "years": 5,
            },
        ),
    ],
)
def test_drawn_histories(seed: int, given: dict[str, object]) -> None:
    # of some 50 correlated values one lies beyond 4.5 standard errors in 3,000 runs
    assert simulated(PACT, "histories", given, seed) > 20


def test_player_years_against_finer_years() -> None:
    # the integrals of equation (8): two years, and the same thirty times as slowly in sixty
    rates = ("core_rate", "join_rate", "develop_outside", "develop_inside")
    seen = ("own_detection", "challenge_detection", "outside_detection", "false_evidence")
    same: dict[str, Any] = {"deterrence": 0.0, "monitoring_cost": 0.0}
    slow: dict[str, Any] = {name: PACT.table.key(name).default / 30 for name in rates}
    slow |= {name: 1 - (1 - PACT.table.key(name).default) ** (1 / 30) for name in seen}
    fine = series("missed_violations", **same, **slow, years=60) * np.exp(sanction_rate(slow))
    coarse = series("missed_violations", **same, years=2) * np.exp(sanction_rate({}))
    assert coarse == pytest.approx([fine[:30].sum() / 30, fine[30:].sum() / 30], rel=1e-9)


def sanction_rate(given: dict[str, float]) -> float:
    """Yearly rate of sanctions on a hiding signatory, equation (5)."""
    at = {key.name: key.default for key in PACT.parameters} | given
    return -(1 - at["veto_probability"]) * (np.log1p(-at["own_detection"]) + np.log1p(-at["challenge_detection"]))


def test_vetoes_make_a_pact_without_sanctions() -> None:
    vetoed, none = evaluate(PACT, {"veto_probability": 1.0}), evaluate(PACT, {"sanctions": False})
    for name in ("count", "in_force", "missed_violations"):
        assert vetoed.entries(name) == none.entries(name)
    assert one(PACT, "wrong_share", sanctions=False) is None


def test_counts_stay_among_the_players_and_entry_into_force_never_falls() -> None:
    found = evaluate(PACT, drawn(PACT, np.random.default_rng(8), 30) | {"players": 9})
    sound = ~np.isnan(found.entries("in_force")["1"])
    assert sound.sum() > 3
    count = np.array(list(found.entries("count").values())).reshape(4, -1, 30)[:, :, sound]
    signatories, inside, outside, possessors = count
    assert (inside <= signatories + 1e-9).all()
    assert (outside + signatories <= 9 + 1e-9).all()
    assert possessors == pytest.approx(inside + outside)
    assert (np.diff(np.array(list(found.entries("in_force").values()))[:, sound], axis=0) >= -1e-12).all()


def test_both_errors_side_by_side() -> None:
    assert (series("errors", "wrong") == series("wrong_sanctions")).all()
    assert (series("errors", "missed") == series("missed_violations")).all()


def test_no_pact_leaves_the_outsiders_to_themselves() -> None:
    assert series("count", "signatories", core_rate=0.0).max() == 0
    assert one(PACT, "right_sanctions_total", core_rate=0.0) == 0


def test_wrong_evidence_can_undo_what_sanctions_do() -> None:
    # with certain exit after a wrong sanction and evidence that is mostly false, fewer have signed than without any sanctions
    wild = {"false_evidence": 0.5, "exit_probability": 1.0, "veto_probability": 0.0}
    assert series("count", "signatories", **wild)[-1] < series("count", "signatories", sanctions=False)[-1]
    sure = {"false_evidence": 0.0, "veto_probability": 0.0}
    assert series("count", "possessors:", **sure)[-1] < series("count", "possessors:", sanctions=False)[-1]


def test_a_core_beyond_the_threshold_brings_the_pact_into_force_at_once_and_a_threshold_beyond_all_never() -> None:
    # P(the core has signed by t) = 1 - e^(-c t)
    early = series("in_force", core_size=6, join_threshold=5, core_rate=0.3)
    assert early == pytest.approx(1 - np.exp(-0.3 * np.arange(16)))
    assert series("in_force", join_threshold=17).max() == 0
    for sizes in ({"core_size": 4, "join_threshold": 3}, {"join_threshold": 6}):
        assert agree(PACT, "exponential", SMALL | sizes, 1e-9) == 25


def test_a_pact_that_is_sure_to_be_in_force_is_so_with_probability_one_and_no_more() -> None:
    sure: dict[str, Any] = {"years": 60, "core_size": 5, "core_rate": 2.0, "join_rate": 2.0, "choice_precision": 20.0}
    sure |= {"own_detection": 0.999, "challenge_detection": 0.999, "outside_detection": 0.999}
    sure |= {"exit_probability": 0.0, "veto_probability": 0.0}
    assert 1 - 1e-12 < series("in_force", **sure).max() <= 1


def test_a_share_of_what_is_rare_is_told_all_the_same() -> None:
    # joining at 0.5 / (1 + e^180) brings into force a pact in which there is nobody to sanction but the innocent
    rare = {"players": 2, "core_size": 1, "join_threshold": 2, "possessors": 0, "develop_outside": 0.0, "develop_inside": 0.0}
    rare |= {"monitoring_cost": 10.0, "challenge_detection": 0.9, "choice_precision": 20.0}
    assert one(PACT, "wrong_share", **rare) == pytest.approx(1.0)


def test_premises() -> None:
    for wrong in ({"core_size": 17}, {"possessors": 17}, {"players": 3, "core_size": 4}, {"players": 2, "possessors": 3}):
        assert evaluate(PACT, wrong).broken
