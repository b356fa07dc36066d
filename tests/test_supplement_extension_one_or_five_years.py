"""What captions and docs of the bargaining over the extension of New START say, solved again."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from sim.config import read_scenario
from sim.models import canon
from sim.models.model import evaluate

FILE = Path(__file__).parents[1] / "scenarios" / "supplement" / "extension_one_or_five_years_bargaining.toml"
DEADLINE = canon()["deadline_bargaining"]


def solved(variant: str, outcome: str, entry: str = "", **given: object) -> np.ndarray:
    parameters = read_scenario(str(FILE)).tables(variant)["parameters"]
    return evaluate(DEADLINE, {**parameters, **given}).entries(outcome)[entry]


def test_the_prospect_of_a_better_offer_delays_and_a_dear_offer_lapses() -> None:
    price = np.array([0.0, 1.0, 2.0])

    before = solved("treaty", "agreed_by", "9", precondition=price, change_probability=0.5)
    assert before == pytest.approx([0.29, 0.05, 0.00], abs=0.006)
    assert solved("treaty", "agreement", precondition=2.0, change_probability=0.05)[0] == pytest.approx(0.47, abs=0.005)
    assert solved("treaty", "agreement", precondition=2.0, change_probability=0.5)[0] == pytest.approx(0.57, abs=0.006)
    assert solved("no_treaty", "agreement")[0] == 0.0


def test_a_small_chance_of_a_softer_successor_takes_the_price_away() -> None:
    chance = np.array([0.05, 0.25])

    assert (solved("treaty", "highest_precondition", change_probability=chance) < 0).all()
    one_year = solved("treaty", "highest_precondition", change_probability=chance, successor_length=1.0)
    assert one_year == pytest.approx([0.72, 0.14], abs=0.01)
    assert solved("treaty", "highest_precondition", change_probability=0.0)[0] > 1.0


def test_inspections_restrain_more_than_length() -> None:
    length = np.array([1.0, 5.0, 10.0])
    bare = {rho: solved("treaty", "restrained_gain", offer_length=length, renewal=rho) for rho in (0.25, 0.75)}
    seen = {rho: solved("verification", "restrained_gain", offer_length=length, renewal=rho) for rho in (0.25, 0.75)}

    assert seen[0.25][0] == pytest.approx(bare[0.25][1], rel=0.1)
    assert seen[0.75][0] > bare[0.75][2]
    assert (bare[0.25][1] - bare[0.25][0]) > 2 * (bare[0.25][2] - bare[0.25][1])  # most is gained by five years
