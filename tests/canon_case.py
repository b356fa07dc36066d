"""Scenarios of scenarios/canon and the canonical models whose closed forms they must meet."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from sim.config import ScenarioFile, read_scenario
from sim.dilemma.outcomes import Outcomes
from sim.dilemma.scenario import Scenario
from sim.models import find
from sim.models.model import evaluate

ROOT = Path(__file__).parents[1]
CANON = ROOT / "scenarios" / "canon"


def closed(model: str, **given: Any) -> dict[str, Any]:
    """The outcomes of a canonical model at one point: {outcome: float}, or {outcome: {entry: float}} where it has an index."""
    found = find(model)
    assert found is not None, f"there is no model {model}"
    unknown = set(given) - {key.name for key in found.parameters}
    assert not unknown, f"{model} has no {unknown}"
    solution = evaluate(found, given)
    assert not solution.broken, solution.broken
    values = {outcome.name: solution.entries(outcome.name) for outcome in found.outcomes}
    return {name: x[""][0] if list(x) == [""] else {entry: y[0] for entry, y in x.items()} for name, x in values.items()}


@cache
def file(name: str) -> ScenarioFile:
    """A scenario of scenarios/canon."""
    return read_scenario(str(CANON / f"{name}.toml"))


def tables(name: str, variant: str = "base", values: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """The merged tables of one variant, some paths set to other values."""
    return file(name).tables(variant, dict(values or {}))


def solved(name: str, variant: str = "base", values: Mapping[str, Any] | None = None) -> Outcomes:
    """One variant by the exact engine."""
    return Scenario(tables(name, variant, values)).solve()


def simulated(name: str, variant: str = "base", values: Mapping[str, Any] | None = None, n: int = 20_000) -> Outcomes:
    """One variant by the Monte Carlo engine."""
    return Scenario(tables(name, variant, values)).simulate(n, seed=5)


def column(model: str, outcome: str, **given: Any) -> Any:
    """One outcome of a canonical model at many points, (P,); nan where it is undefined."""
    found = find(model)
    assert found is not None, f"there is no model {model}"
    unknown = set(given) - {key.name for key in found.parameters}
    assert not unknown, f"{model} has no {unknown}"
    return evaluate(found, given).outcomes[outcome]
