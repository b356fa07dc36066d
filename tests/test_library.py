"""The library: every scenario and experiment loads, solves, agrees between the engines, and keeps its headline numbers.

`golden/headlines.json` holds what the exact engine printed when a file last changed on purpose: P(rung reached within the
horizon) by scenario, variant and rung.  A change of these numbers is explained in the commit that changes the file:
`python tests/test_library.py` writes it anew.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

import numpy as np
import pytest

import oracle
from sim.config import read_scenario
from sim.dilemma.outcomes import Outcomes
from sim.dilemma.scenario import Scenario
from sim.figures import read_experiment

ROOT = Path(__file__).parents[1]
GOLDEN = Path(__file__).parent / "golden" / "headlines.json"
SCENARIOS = sorted(path.stem for path in (ROOT / "scenarios").glob("*.toml"))
EXPERIMENTS = sorted(path.stem for path in (ROOT / "experiments").glob("*.toml"))
CASES = [(name, v) for name in SCENARIOS for v in read_scenario(str(ROOT / "scenarios" / f"{name}.toml")).variants]


@cache
def scenario(name: str, variant: str) -> Scenario:
    return Scenario(read_scenario(str(ROOT / "scenarios" / f"{name}.toml")).tables(variant))


@cache
def solved(name: str, variant: str) -> Outcomes:
    return scenario(name, variant).solve()


def headline(o: Outcomes) -> dict[str, float]:
    return dict(zip(o.rungs, map(float, o.escalation_probability[-1]), strict=True))


def test_no_scenario_is_missing_from_the_golden_numbers() -> None:
    golden = json.loads(GOLDEN.read_text(encoding="utf-8"))
    assert {(name, v) for name, variants in golden.items() for v in variants} == set(CASES)


@pytest.mark.parametrize(("name", "variant"), CASES)
def test_golden_headlines(name: str, variant: str) -> None:
    golden = json.loads(GOLDEN.read_text(encoding="utf-8"))[name][variant]
    assert headline(solved(name, variant)) == pytest.approx(golden, rel=1e-10)


@pytest.mark.parametrize(("name", "variant"), CASES)
def test_the_engines_agree(name: str, variant: str) -> None:
    # all rungs at all years: 4.5 exact standard errors; of some 100 correlated comparisons a false alarm comes once in 1,500 runs
    exact, n = solved(name, variant), 20_000
    found = scenario(name, variant).simulate(n, seed=11)
    p = exact.escalation_probability[:: int(exact.rounds_per_year)]
    error = np.sqrt(p * (1 - p) / n)
    likely = p * n >= 10
    z = (found.escalation_probability[:: int(exact.rounds_per_year)] - p)[likely] / error[likely]
    assert np.abs(z).max() < 4.5


@pytest.mark.exhaustive
@pytest.mark.parametrize(("name", "variant"), CASES)
def test_the_independent_evaluation_agrees(name: str, variant: str) -> None:
    expected = oracle.evaluate(oracle.load(ROOT / "scenarios" / f"{name}.toml", variant))
    assert oracle.differences(expected, solved(name, variant).record()) == []


@pytest.mark.parametrize("name", SCENARIOS)
def test_every_scenario_has_the_three_regimes_and_its_sources(name: str) -> None:
    file = read_scenario(str(ROOT / "scenarios" / f"{name}.toml"))
    assert set(file.variants) == {"no_treaty", "treaty", "verification"}
    assert file.raw["sources"]
    assert len(file.raw["description"]) > 200
    assert all({"basis", "source"} <= set(prior) for prior in file.raw["uncertain"].values())


@pytest.mark.parametrize("name", EXPERIMENTS)
def test_every_experiment_loads_and_draws_something(name: str) -> None:
    experiment = read_experiment(str(ROOT / "experiments" / f"{name}.toml"))
    assert experiment.figures


if __name__ == "__main__":
    numbers: dict[str, dict[str, dict[str, float]]] = {}
    for case, variant in CASES:
        numbers.setdefault(case, {})[variant] = headline(solved(case, variant))
    GOLDEN.write_text(json.dumps(numbers, indent=1) + "\n", encoding="utf-8")
