"""The mechanisms that scenarios say they model: known ones, through parameters that are there and make a difference."""

from __future__ import annotations

import copy
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sim.config import InputError, ScenarioFile, read_scenario
from sim.declare import Choice, Flag
from sim.dilemma.lookup import numbers
from sim.dilemma.outcomes import Outcomes
from sim.dilemma.scenario import Scenario

ROOT = Path(__file__).parents[1]
KNOWN = tomllib.loads((ROOT / "docs" / "mechanisms.toml").read_text(encoding="utf-8"))["mechanisms"]
FILES = {path.stem: read_scenario(str(path)) for path in sorted((ROOT / "scenarios").glob("*.toml"))}
NAMED = [
    (name, path)
    for name, file in FILES.items()
    for path in dict.fromkeys(p for ps in file.raw["mechanisms"].values() for p in ps)
]


def test_scenarios_name_known_mechanisms() -> None:
    named = {(name, row) for name, file in FILES.items() for row in file.raw["mechanisms"]}
    assert not sorted((name, row) for name, row in named if row not in KNOWN)


def test_every_mechanism_is_at_work_in_some_scenario() -> None:
    assert len(KNOWN) == 79
    assert sorted(set(KNOWN) - {row for file in FILES.values() for row in file.raw["mechanisms"]}) == []


@pytest.mark.parametrize(("script", "page"), [("mechanisms.py", "mechanisms.md"), ("library.py", "library/README.md")])
def test_the_pages_made_from_the_library_are_fresh(script: str, page: str) -> None:
    # `make docs` writes them
    command = [sys.executable, str(ROOT / "docs" / script)]
    printed = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=True).stdout
    assert (ROOT / "docs" / page).read_text(encoding="utf-8") == printed


@pytest.mark.parametrize(("name", "path"), NAMED)
def test_what_a_mechanism_works_through_makes_a_difference(name: str, path: str) -> None:
    file = FILES[name]
    for variant in reversed(file.variants):
        own = solved(file.tables(variant))
        if any(differ(own, solved(tables)) for tables in changed(file, variant, path)):
            return
    pytest.fail(f"{path} changes no result of {name}")


def solved(tables: dict[str, Any]) -> Outcomes:
    return Scenario(tables).solve()


def differ(one: Outcomes, other: Outcomes) -> bool:
    """Whether any reported number differs by more than rounding."""
    return not all(np.allclose(a, b, rtol=1e-9, atol=1e-13, equal_nan=True) for a, b in zip(told(one), told(other), strict=True))


def told(o: Outcomes) -> list[np.ndarray]:
    occupancies = [*o.treaty_occupancy.values(), *o.condition_occupancy.values()]
    return [o.escalation_probability, o.discounted_payoff, o.rung_occupancy, *occupancies]


def changed(file: ScenarioFile, variant: str, path: str) -> Iterator[dict[str, Any]]:
    """The variant with other values at the path, as far as they are allowed; without an event or a table that it names."""
    if path.startswith("events."):
        tables = file.tables(variant)
        yield {**tables, "events": [e for n, e in enumerate(tables["events"]) if n != int(path.partition(".")[2])]}
        return
    for value in others(file, path):
        try:
            yield file.tables(variant, {path: value}, strict=True)
        except InputError:
            continue


def others(file: ScenarioFile, path: str) -> list[Any]:
    place = file.place(path)
    if isinstance(place.type, Choice):
        return [choice for choice in place.type.options if choice != place.value]
    if isinstance(place.type, Flag):
        return [not place.value]
    if not numbers(place):
        return [False]
    prior = file.raw["uncertain"].get(path, {})
    return [prior[end] for end in ("low", "high") if end in prior] + [scaled(place.value, by) for by in (0.5, 2.0, 0.0)] + [0.37]


def scaled(value: Any, by: float) -> Any:
    if isinstance(value, list):
        return [scaled(x, by) for x in value]
    if isinstance(value, dict):
        return {key: scaled(x, by) for key, x in value.items()}
    return value * by if isinstance(value, int | float) else copy.copy(value)


def test_a_mechanism_that_works_through_nothing_is_refused(tmp_path: Path) -> None:
    text = (ROOT / "scenarios" / "baseline.toml").read_text(encoding="utf-8")
    path = tmp_path / "mine.toml"
    path.write_text(text.replace('R09 = ["game.cost"]', 'R09 = ["game.cost", "game.costs"]'), encoding="utf-8")
    with pytest.raises(InputError, match=r"mechanisms\.R09\.1: no such path.*Did you mean cost"):
        read_scenario(str(path))
