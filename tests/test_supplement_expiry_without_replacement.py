"""After New START in numbers: the paths by matrix exponentials, and the index of first strikes that docs/library prints."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from scipy.linalg import expm

from sim.config import read_scenario
from sim.models import find
from sim.models.model import evaluate

FILE = read_scenario(str(Path(__file__).parents[1] / "scenarios" / "supplement" / "expiry_without_replacement_warheads.toml"))
STATES = ("usa", "russia", "china")


def warheads(variant: str, year: str) -> list[float]:
    model = find("arms_race")
    assert model is not None
    path = evaluate(model, FILE.tables(variant)["parameters"]).outcomes["path"]
    return [float(path[f"{state}, warheads:{year}"][0]) for state in STATES]


def motion(held: tuple[int, ...] = ()) -> np.ndarray:
    """Of the three levels and 1; those that a cap holds do not move."""
    out = np.zeros((4, 4))
    out[:3, :3] = 0.03 - np.diag([0.53, 0.53, 0.28])
    out[:3, 3] = 822.4, 907.6, 161.0
    out[list(held)] = 0.0
    return out


def test_no_caps_by_matrix_exponential() -> None:
    for year in (2, 10):
        by_hand = (expm(motion() * year) @ [1419.0, 1549.0, 600.0, 1.0])[:3]
        assert warheads("no_treaty", str(year)) == pytest.approx(by_hand, rel=1e-6)


def test_under_a_new_treaty_the_two_are_held_and_the_third_goes_on() -> None:
    at_three, at_ten = warheads("verification", "3"), warheads("verification", "10")
    by_hand = (expm(motion(held=(0, 1)) * 7) @ [1550.0, 1550.0, at_three[2], 1.0])[:3]
    assert at_ten == pytest.approx(by_hand, rel=1e-6)
    assert at_three[:2] == pytest.approx([1550.0, 1550.0])


def test_programmes_lead_to_today_and_a_quarter_more_beside_todays_rivals() -> None:
    today = np.array([1419.0, 1549.0, 600.0])
    pushed = np.array([822.4, 907.6, 161.0]) + 0.03 * (today.sum() - today)
    assert pushed / [0.5, 0.5, 0.25] == pytest.approx([1.25 * 1419, 1.25 * 1549, 1000], rel=1e-3)
    assert (pushed - [0.5, 0.5, 0.25] * today)[2] == pytest.approx(100, abs=0.5)


@pytest.mark.parametrize(
    ("variant", "index"), [("no_treaty", (2.18, 1.84)), ("treaty", (2.18, 1.84)), ("verification", (2.00, 2.00))]
)
def test_rivals_warheads_over_own_survivable_ones(variant: str, index: tuple[float, float]) -> None:
    usa, russia, _ = warheads(variant, "10")
    assert (russia / (0.5 * usa), usa / (0.5 * russia)) == pytest.approx(index, abs=0.006)
