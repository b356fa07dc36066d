"""Spending before 1914 as a race: the fit that the file says it has, what a ceiling does to it, and what evasion undoes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.linalg import expm
from scipy.optimize import least_squares

from sim.config import read_scenario
from sim.models import find
from sim.models.model import evaluate

FILE = Path(__file__).parents[1] / "scenarios" / "supplement" / "race_before_1914_spending.toml"
FRANCE_AND_RUSSIA = np.array([103.941, 107.441, 111.638, 119.732, 134.879, 152.097])
GERMANY_AND_AUSTRIA = np.array([80.161, 84.784, 83.624, 83.879, 91.302, 125.931])
"""Military expenditure 1908-13, million pounds (Correlates of War, National Material Capabilities 7.0), sums."""


def outcomes(variant: str, **changed: Any) -> dict[str, Any]:
    model = find("arms_race")
    assert model is not None
    return dict(evaluate(model, read_scenario(str(FILE)).tables(variant)["parameters"] | changed).outcomes)


def spending(found: dict[str, Any], side: str, category: str = "declared") -> np.ndarray:
    """At the turn of each year 1908 to 1914, shape (7,)."""
    return np.array([float(np.squeeze(found["path"][f"{side}, {category}:{year:g}"])) for year in range(7)])


def race(reaction: float, fatigue: float, grievances: tuple[float, float], years: int) -> np.ndarray:
    """Richardson's race from the spending of 1908 by the matrix exponential, shape (years + 1, 2)."""
    motion = np.array([[-fatigue, reaction, grievances[0]], [reaction, -fatigue, grievances[1]], [0.0, 0.0, 0.0]])
    start = np.array([FRANCE_AND_RUSSIA[0], GERMANY_AND_AUSTRIA[0], 1.0])
    return np.array([(expm(motion * year) @ start)[:2] for year in range(years + 1)])


def test_without_a_ceiling_it_is_the_race_in_closed_form() -> None:
    found = outcomes("no_treaty")
    expected = race(0.9097, 0.2, (-46.25, -82.44), 6)

    assert spending(found, "entente") == pytest.approx(expected[:, 0], rel=1e-4)
    assert spending(found, "alliance") == pytest.approx(expected[:, 1], rel=1e-4)
    # the prediction that the caption names: 377 million for both sides in 1914
    assert expected[6].sum() == pytest.approx(377, abs=0.5)


def test_reaction_and_grievances_are_the_fit_to_1908_1913() -> None:
    def missed(p: np.ndarray, fatigue: float = 0.2) -> np.ndarray:
        path = race(p[0], fatigue, (p[1], p[2]), 5)
        return np.concatenate([path[:, 0] - FRANCE_AND_RUSSIA, path[:, 1] - GERMANY_AND_AUSTRIA])

    fit = least_squares(missed, [0.9, -50.0, -70.0])
    assert fit.x == pytest.approx([0.9097, -46.25, -82.44], rel=1e-3)
    assert np.sqrt((fit.fun**2).sum() / 10) == pytest.approx(3.7, abs=0.05)
    # years 1908-13 do not tell reaction from fatigue: the fit is as good, within 5 %, from 0 to 0.4
    for fatigue in (0.0, 0.4):
        other = least_squares(missed, [0.7 + fatigue, -50.0, -70.0], kwargs={"fatigue": fatigue})
        assert other.cost == pytest.approx(fit.cost, rel=0.1)


def test_declared_spending_stays_at_the_level_of_1910() -> None:
    for variant in ("treaty", "verification"):
        found = outcomes(variant)
        assert spending(found, "entente")[3:].max() <= 111.638 + 1e-9
        assert spending(found, "alliance")[3:].max() <= 83.624 + 1e-9


def test_audits_leave_less_around_the_ceiling_and_full_evasion_undoes_it() -> None:
    free, evaded = outcomes("no_treaty"), outcomes("treaty", substitution=[[0.0, 1.0], [0.0, 0.0]])
    # every pound that is blocked is spent under another head, at the same fatigue: nothing has changed but its name
    for side in ("entente", "alliance"):
        assert float(np.squeeze(evaded["threat"][side])) == pytest.approx(float(np.squeeze(free["threat"][side])), rel=1e-3)

    treaty, audited = outcomes("treaty"), outcomes("verification")
    assert spending(audited, "entente", "other heads")[6] < 0.1 * spending(treaty, "entente", "other heads")[6]
