"""Where the order of the regimes fails: the settings that the scenarios name in their descriptions, solved again.

`library/NAME.toml` has the settings of the scenario NAME: the values put in, the rung, and the percentages without a treaty, with
one and with verification, as the description prints them.  They must stand there, and the engine must give them.
"""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest

from sim.config import read_scenario
from sim.dilemma.scenario import Scenario

ROOT = Path(__file__).parents[1] / "scenarios"
FILES = {path.stem: tomllib.loads(path.read_text(encoding="utf-8")) for path in Path(__file__).parent.glob("library/*.toml")}
SETTINGS = [(name, setting) for name in sorted(FILES) for setting in FILES[name]["settings"]]


def numbers(printed: str) -> list[str]:
    return printed.replace(" and", ",").split(", ")


def turned(printed: str) -> bool:
    """Whether verification is not below the treaty, or the treaty not below none."""
    none, treaty, verification = map(float, numbers(printed))
    return not none > treaty > verification


@pytest.mark.parametrize(("name", "setting"), SETTINGS, ids=[f"{name}-{s['printed']}" for name, s in SETTINGS])
def test_the_numbers_of_the_descriptions(name: str, setting: dict[str, Any]) -> None:
    file = read_scenario(str(ROOT / f"{name}.toml"))
    printed = setting["printed"]
    assert printed in " ".join(file.raw["description"].split())

    found = []
    for variant in ("no_treaty", "treaty", "verification"):
        outcomes = Scenario(file.tables(variant, setting.get("values", {}))).solve()
        found.append(100 * outcomes.escalation_probability[-1, outcomes.rungs.index(setting["rung"])])
    wanted = numbers(printed)
    digits = len(wanted[0].partition(".")[2])
    assert [f"{p:.{digits}f}" for p in found] == wanted


@pytest.mark.parametrize("name", sorted(FILES))
def test_some_setting_inside_the_ranges_turns_the_order_round(name: str) -> None:
    failing = [s["values"] for s in FILES[name]["settings"] if "values" in s and turned(s["printed"])]
    if not failing:
        assert FILES[name]["why_none"].strip(), "the file of settings says why no setting inside the ranges turns the order"
        return
    priors = read_scenario(str(ROOT / f"{name}.toml")).raw["uncertain"]
    for path, value in failing[0].items():
        assert path in priors, f"{path} has no range"
        assert priors[path]["low"] <= value <= priors[path]["high"], path
