"""The flank zone: what stands there when newcomers count and when they do not, by hand where the ceilings bind."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sim.config import read_scenario
from sim.models import find
from sim.models.model import evaluate

FILE = Path(__file__).parents[1] / "scenarios" / "supplement" / "cfe_bloc_limits_flank.toml"


def levels(variant: str, **changed: Any) -> dict[str, float]:
    model = find("arms_race")
    assert model is not None
    parameters = read_scenario(str(FILE)).tables(variant)["parameters"] | changed
    return {entry: float(np.squeeze(x)) for entry, x in evaluate(model, parameters).outcomes["level"].items()}


def ratio(found: dict[str, float]) -> float:
    """Forces of the group that grows in the zone to one of the other side."""
    zone = found["group that grows, counted"] + found["group that grows, newcomers"]
    return zone / found["other side, counted"]


def test_newcomers_come_to_what_they_bring_whatever_is_capped_beside_them() -> None:
    # x' = 3.5 - 0.1 x from 0: 35 (1 - exp(-0.1 x 24)) = 31.825
    for variant in ("no_treaty", "treaty"):
        assert levels(variant)["group that grows, newcomers"] == pytest.approx(35 * (1 - np.exp(-2.4)), rel=1e-6)
    assert levels("verification")["group that grows, newcomers"] == 0


def test_ceilings_that_newcomers_bypass_hold_an_imbalance_fast() -> None:
    # both sides at their ceilings: (100 + 31.825) / 100
    assert ratio(levels("treaty")) == pytest.approx(1.31825, rel=1e-4)
    assert ratio(levels("no_treaty")) == pytest.approx(1.19, abs=0.005)
    # newcomers count: both sides are the same in every number
    assert ratio(levels("verification")) == pytest.approx(1.0, abs=1e-9)


def test_with_little_reaction_the_bloc_ceilings_hold_nothing_back() -> None:
    weak = [[0.0, 0.02], [0.02, 0.0]]
    assert levels("treaty", reaction=weak) == pytest.approx(levels("no_treaty", reaction=weak), rel=1e-9)
