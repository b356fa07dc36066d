"""What captions and docs of the ultimatum of December 2021 say, solved again."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from sim.config import read_scenario
from sim.models import canon
from sim.models.model import evaluate

FILE = Path(__file__).parents[1] / "scenarios" / "supplement" / "december_2021_demands_ultimatum.toml"
ULTIMATUM = canon()["ultimatum"]


def solved(variant: str, **given: object) -> dict[str, np.ndarray]:
    parameters = read_scenario(str(FILE)).tables(variant)["parameters"]
    found = evaluate(ULTIMATUM, {**parameters, **given})
    return {f"{name}:{entry}": x for name in found.outcomes for entry, x in found.entries(name).items()}


def test_a_dearer_retreat_makes_acceptance_and_force_likelier_and_backing_down_rare() -> None:
    found = solved("united_states", audience_cost=np.array([0.0, 1.0]))

    assert found["given_demand:accepted"] == pytest.approx([0.19, 0.54], abs=0.005)
    assert found["given_demand:refused, backs down"] == pytest.approx([0.57, 0.08], abs=0.005)
    assert found["given_demand:refused, force"] == pytest.approx([0.24, 0.37], abs=0.005)


def test_thirty_vetoes_and_an_offer_made_to_be_refused() -> None:
    demand, cost = (grid.ravel() for grid in np.meshgrid(np.linspace(0.02, 1, 50), np.linspace(0, 1, 41)))
    small = solved("nato", demand=demand, audience_cost=cost, pretext_gain=0.1)
    large = solved("nato", demand=demand, audience_cost=cost, pretext_gain=0.5)

    assert (small["demand_made:"] == 0).all()
    beyond = (demand > 0.24) & (large["demand_made:"] > 0)
    assert beyond.sum() > 1000
    assert (large["given_demand:accepted"][beyond] < large["given_demand:refused, force"][beyond]).all()
    alone = beyond & (large["demands:status quo"] == 0)
    assert alone.sum() > 0.85 * beyond.sum()
    assert (large["payoff:revisionist"][alone] > 0.148812).all()  # more than without a demand: 0.6 - 1 + exp(-0.6)


def test_what_a_demand_tells_depends_on_the_pretext() -> None:
    told = {gain: solved("united_states", demand=0.8, pretext_gain=gain)["posterior_revisionist:"][0] for gain in (0.1, 0.5)}

    assert told[0.1] == 1.0  # the status quo type does not demand
    assert told[0.5] == pytest.approx(0.5)  # both do
