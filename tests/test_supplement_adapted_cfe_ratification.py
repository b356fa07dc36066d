"""What captions and docs of the linkage of the adapted CFE treaty say, solved again."""

from __future__ import annotations

from pathlib import Path

import pytest

from sim.config import read_scenario
from sim.models import canon
from sim.models.model import evaluate

FILE = Path(__file__).parents[1] / "scenarios" / "supplement" / "adapted_cfe_ratification_linkage.toml"
RATIFICATION = canon()["ratification"]


def solved(variant: str, **given: float) -> dict[str, float]:
    parameters = read_scenario(str(FILE)).tables(variant)["parameters"]
    found = evaluate(RATIFICATION, {**parameters, **given}).outcomes
    return {name: float(x[0]) for name, x in found.items()}


def test_the_linkage_brings_withdrawal_and_loses_ratification() -> None:
    linked, unlinked = solved("linked"), solved("unlinked")

    assert unlinked["ratified_by"] == pytest.approx(0.61, abs=0.005)
    assert linked["ratified_by"] == pytest.approx(0.23, abs=0.005)
    assert linked["withdrawn_by"] == pytest.approx(0.42, abs=0.005)
    assert unlinked["withdrawn_by"] == 0.0
    assert unlinked["suspended_by"] == pytest.approx(0.33, abs=0.005)
    assert linked["suspended_by"] == pytest.approx(0.53, abs=0.005)


def test_even_a_withdrawal_that_costs_nothing_does_not_make_up_for_the_time() -> None:
    assert solved("linked", mean_withdrawal_cost=0.02)["ratified_by"] == pytest.approx(0.37, abs=0.005)


def test_the_half_linkage_lies_between() -> None:
    for name in ("ratified_by", "suspended_by", "withdrawn_by"):
        ends = sorted((solved("linked")[name], solved("unlinked")[name]))
        assert ends[0] < solved("half_linked")[name] < ends[1]
