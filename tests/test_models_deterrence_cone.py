"""The cone of mutual deterrence."""

from __future__ import annotations

import numpy as np
import pytest

from model_ways import agree, one
from sim.models.deterrence_cone import CONE, REGIONS, SIDES
from sim.models.model import evaluate


def drawn(size: int, seed: int, *, damage: bool, ratio: bool = False) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(seed)
    out = {}
    for side in SIDES:
        out[f"weapons_{side}"] = rng.uniform(0, 2000, size)
        out[f"counterforce_{side}"] = rng.uniform(0, 2, size)
        out[f"weapons_to_deter_{side}"] = rng.uniform(1, 500, size)
        for name in ("strike_rate", "strike_time", "damage_per_weapon", "retaliation_rate", "retaliation_time"):
            out[f"{name}_{side}"] = rng.uniform(0.05, 3, size)
        if damage:
            out[f"unacceptable_damage_{side}"] = rng.uniform(1, 300, size)
        if ratio:
            out[f"exchange_ratio_{side}"] = rng.uniform(0, 1.5, size)
    return out


@pytest.mark.parametrize("damage", [False, True])
def test_equations_against_integrated_strikes_and_linear_programming(damage: bool) -> None:
    assert agree(CONE, "integrated", drawn(60, 1, damage=damage), 1e-7) > 300


def test_the_vertex_is_the_least_of_the_cone() -> None:
    given = drawn(300, 2, damage=False)
    found = evaluate(CONE, given).outcomes
    exists = found["cone_exists"] == 1
    assert 0.3 < exists.mean() < 1
    assert np.isnan(found["vertex_a"][~exists]).all()
    at = given | {f"weapons_{side}": np.where(exists, found[f"vertex_{side}"], 0) for side in SIDES}
    here = evaluate(CONE, at).outcomes
    assert here["margin_a"][exists] == pytest.approx(0, abs=1e-6)
    assert here["margin_b"][exists] == pytest.approx(0, abs=1e-6)
    # arsenals that deter both hold the vertex in each coordinate; without a cone there are none
    mutual = found["mutual_deterrence"] == 1
    assert mutual.any()
    assert exists[mutual].all()
    for side in SIDES:
        assert (given[f"weapons_{side}"][mutual] >= found[f"vertex_{side}"][mutual] - 1e-9).all()


def test_regions_are_who_deters_whom() -> None:
    for first, second, word in (
        (0, 0, "neither deters"),
        (2000, 0, "one deters"),
        (0, 2000, "one deters"),
        (400, 400, "both deter"),
    ):
        assert one(CONE, "region", weapons_a=first, weapons_b=second) == word
    assert set(REGIONS) == {"neither deters", "one deters", "both deter"}


def test_least_parity() -> None:
    least = one(CONE, "least_parity")
    assert one(CONE, "mutual_deterrence", weapons_a=least + 1e-6, weapons_b=least + 1e-6) == 1
    assert one(CONE, "mutual_deterrence", weapons_a=least - 1e-6, weapons_b=least - 1e-6) == 0
    found = evaluate(CONE, {"counterforce_a": 3.0, "strike_time_a": 50.0})
    assert "Equal arsenals never deter both" in found.reason("least_parity")


def test_without_counterforce_each_needs_only_enough() -> None:
    told = {"counterforce_a": 0.0, "counterforce_b": 0.0}
    assert one(CONE, "vertex_a", **told) == 250
    assert one(CONE, "vertex_b", **told) == 200


def test_counterforce_that_is_too_good_leaves_no_cone() -> None:
    found = evaluate(CONE, {"counterforce_a": 2.0, "counterforce_b": 2.0})  # 2 * 0.632 * 2 * 0.699 > 1
    assert found.outcomes["cone_exists"][0] == 0
    assert "There is no cone" in found.reason("vertex_a")


def test_unacceptable_damage_takes_the_place_of_given_numbers() -> None:
    # K_A = C_A / (v_B (1 - exp(-beta_B psi_B))) = 90 / (0.5 * (1 - exp(-2 * 3)))
    told = {"unacceptable_damage_a": 90.0, "damage_per_weapon_b": 0.5, "retaliation_rate_b": 2.0, "retaliation_time_b": 3.0}
    assert one(CONE, "needed_to_deter_a", **told) == pytest.approx(180 / (1 - np.exp(-6)))
    assert one(CONE, "needed_to_deter_b", **told) == 250
    found = evaluate(CONE, told | {"retaliation_time_b": 0.0})
    assert "retaliation has no rate or no time" in found.reason("needed_to_deter_a")
    assert found.outcomes["b_deters_a"][0] == 0


def test_an_exchange_ratio_that_is_given_takes_the_place_of_the_strike() -> None:
    # (250 + 0.2 * 200) / (1 - 0.5 * 0.2)
    told = {"exchange_ratio_a": 0.5, "exchange_ratio_b": 0.2, "counterforce_a": 9.0, "strike_time_b": 0.0}
    assert one(CONE, "vertex_a", **told) == pytest.approx(290 / 0.9)
    assert one(CONE, "destroyed_per_weapon_a", **told) == 0.5
    # one side alone: the other's comes from (1)
    assert one(CONE, "destroyed_per_weapon_a", exchange_ratio_b=0.2) == one(CONE, "destroyed_per_weapon_a")
    assert one(CONE, "cone_exists", exchange_ratio_a=2.0, exchange_ratio_b=0.5) == 0
    assert (CONE.symbols["s_A"], CONE.symbols["s_B"]) == ("exchange_ratio_a", "exchange_ratio_b")
    assert agree(CONE, "integrated", drawn(40, 5, damage=False, ratio=True), 1e-7) > 150
