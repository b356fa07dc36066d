"""What is said of twenty states on a graph of rivalries: the claims of the captions and of docs/scenarios.md."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from model_ways import one
from sim.config import read_scenario
from sim.models.proliferation import PROLIFERATION

FILE = read_scenario(str(Path(__file__).parents[1] / "scenarios" / "supplement" / "proliferation_by_rivalry_states.toml"))
VARIANTS = ("no_treaty", "treaty", "verification")


def last(variant: str, outcome: str, entry: str, **values: Any) -> float:
    """An outcome in 2050, some parameters replaced."""
    return one(PROLIFERATION, outcome, entry, **(FILE.tables(variant)["parameters"] | values))


def test_norm_and_safeguards_hold_back_possession() -> None:
    none, treaty, verification = (last(v, "count", "possessors:24") for v in VARIANTS)
    assert 9 < verification < treaty < none < 11


def test_the_pull_of_the_race_is_as_large_as_the_norm() -> None:
    race = last("no_treaty", "count", "possessors:24") - last("no_treaty", "count", "possessors:24", race_intensity=0.0)
    norm = last("no_treaty", "count", "possessors:24") - last("treaty", "count", "possessors:24")
    assert race == pytest.approx(norm, rel=0.35)


@pytest.mark.parametrize(("rate", "sign"), [(0.02, -1), (0.05, 0), (0.1, 1), (0.23, 1)])
def test_more_nuclear_dyads_bring_more_crises_only_if_they_are_worse(rate: float, sign: int) -> None:
    low, high = (last("no_treaty", "crisis_rate", "24", nuclear_crises=rate, race_intensity=z) for z in (0.0, 3.0))
    assert (high - low) * sign > 0 if sign else high == pytest.approx(low)


def test_what_a_second_weapon_does_counts_for_more_than_the_regime() -> None:
    by_weapon = last("treaty", "crisis_rate", "24", nuclear_crises=0.23) - last(
        "treaty", "crisis_rate", "24", nuclear_crises=0.02
    )
    by_regime = last("no_treaty", "crisis_rate", "24") - last("verification", "crisis_rate", "24")
    assert by_weapon > 5 * by_regime > 0


def test_the_record_of_pursuits_lies_within_what_a_world_without_norm_gives() -> None:
    # 17 in 77 years, 90 % interval 0.15 to 0.32 a year; the file gives half to rivals
    assert 0.15 < last("no_treaty", "onsets", "24") / 24 < 0.32
