"""Two equal actors in numbers: where they rest, what runs away, and what caps hold."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sim.config import read_scenario
from sim.models import find
from sim.models.model import evaluate

FILE = read_scenario(str(Path(__file__).parents[1] / "scenarios" / "supplement" / "baseline_force_levels.toml"))


def solved(variant: str, reaction: float) -> dict[str, Any]:
    model = find("arms_race")
    assert model is not None
    given = FILE.tables(variant)["parameters"] | {"reaction": [[0.0, reaction], [reaction, 0.0]]}
    return dict(evaluate(model, given).outcomes)


def test_a_weak_reaction_settles_and_stronger_ones_run_away() -> None:
    # the symmetric motion x' = (k - a) x + g: rest g / (a - k), growth k - a
    for reaction in (0.6, 1.2, 1.8):
        assert float(solved("no_treaty", reaction)["growth_rate"][0]) == pytest.approx(reaction - 0.8)
    assert float(solved("no_treaty", 0.6)["equilibrium"]["a, arms"][0]) == pytest.approx(0.2 / 0.2)
    assert float(solved("verification", 0.6)["resting_level"]["b, arms"][0]) == pytest.approx(0.08 / 0.2)
    # from the diagonal start 0.2 after six years: rest + (start - rest) e^((k - a) t)
    for reaction, rest in ((0.6, 1.0), (1.2, -0.5)):
        last = float(solved("no_treaty", reaction)["portrait_first"]["1:60"][0])
        assert last == pytest.approx(rest + (0.2 - rest) * np.exp((reaction - 0.8) * 6), rel=1e-5)


def test_caps_hold_what_would_run_away() -> None:
    for variant in ("treaty", "verification"):
        for reaction in (1.2, 1.8):
            found = solved(variant, reaction)
            assert [float(found["resting_level"][f"{a}, arms"][0]) for a in "ab"] == pytest.approx([1.0, 1.0])
            assert all(float(found["blocked"][f"{a}, arms"][0]) > 0 for a in "ab")
            assert all(
                float(found[name][f"{n}:60"][0]) <= 1 + 1e-9
                for n in range(1, 7)
                for name in ("portrait_first", "portrait_second")
            )
