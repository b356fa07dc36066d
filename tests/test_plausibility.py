"""Whether the scenarios imply yearly rates of war that are in the plausible range, or say why they are not."""

from __future__ import annotations

from pathlib import Path

import pytest

from sim.config import read_scenario
from sim.dilemma.scenario import Scenario

ROOT = Path(__file__).parents[1] / "scenarios"
LOW, HIGH = 0.00005, 0.02
"""A year, judged from published estimates of nuclear war (one in a million to 7 in 100)."""


def yearly(name: str, variant: str) -> float:
    """The constant yearly probability that gives the probability of the last rung over the horizon."""
    outcomes = Scenario(read_scenario(str(ROOT / f"{name}.toml")).tables(variant)).solve()
    years = outcomes.rounds / outcomes.rounds_per_year
    return 1 - (1 - outcomes.escalation_probability[-1, -1]) ** (1 / years)


@pytest.mark.parametrize("name", sorted(path.stem for path in ROOT.glob("*.toml")))
def test_war_is_as_likely_as_is_plausible_or_the_file_says_why_not(name: str) -> None:
    file = read_scenario(str(ROOT / f"{name}.toml"))
    rates = {variant: yearly(name, variant) for variant in file.variants}
    description = " ".join(file.raw["description"].split())

    if all(LOW <= rate <= HIGH for rate in rates.values()):
        return
    assert "0.00005 to 0.02" in description, f"the description says nothing of the plausible range, and war is {rates} a year"
    assert "outside" in description, f"war is {rates} a year, outside the plausible range: the description must say why"
