"""The library: every scenario and experiment loads, solves, agrees between the engines, and keeps its headline numbers.

`golden/headlines.json` holds what the exact engine printed when a file last changed on purpose: P(rung reached within the
horizon) by scenario, variant and rung.  A change of these numbers is explained in the commit that changes the file:
`python tests/test_library.py` writes it anew.
"""

from __future__ import annotations

import copy
import json
import re
import tomllib
from functools import lru_cache
from pathlib import Path

import numpy as np
import pytest

import oracle
from sim import figures, study
from sim.config import Source, read, read_scenario
from sim.dilemma.outcomes import Outcomes
from sim.dilemma.scenario import Scenario
from sim.figures import read_experiment
from sim.study.gathering import gathering_of, gathers
from sim.study.reader import experiment_of

ROOT = Path(__file__).parents[1]
GOLDEN = Path(__file__).parent / "golden" / "headlines.json"
SCENARIOS = sorted(path.stem for path in (ROOT / "scenarios").glob("*.toml"))
SOURCES = [read(path) for path in sorted((ROOT / "experiments").glob("*.toml"))]
EXPERIMENTS = {source.name: source for source in SOURCES if not gathers(source)}
GATHERINGS = {source.name: source for source in SOURCES if gathers(source)}
SCENARIO_TABLES = {name: read(ROOT / "scenarios" / f"{name}.toml").tables for name in SCENARIOS}
PATIENCE = 60_000
"""States times rounds that the independent evaluation is asked for."""
FEW = 8
"""Draws of an experiment here: as many as show that all of it works."""
CASES = [(name, v) for name in SCENARIOS for v in read_scenario(str(ROOT / "scenarios" / f"{name}.toml")).variants]


@lru_cache(maxsize=8)
def scenario(name: str, variant: str) -> Scenario:
    return Scenario(read_scenario(str(ROOT / "scenarios" / f"{name}.toml")).tables(variant))


@lru_cache(maxsize=8)
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
    exact = solved(name, variant)
    n = min(20_000, 8_000_000 // exact.rounds)  # fewer histories where they are long
    found = scenario(name, variant).simulate(n, seed=11)
    p = exact.escalation_probability[:: int(exact.rounds_per_year)]
    error = np.sqrt(p * (1 - p) / n)
    likely = p * n >= 10
    z = (found.escalation_probability[:: int(exact.rounds_per_year)] - p)[likely] / error[likely]
    assert np.abs(z).max() < 4.5


@pytest.mark.exhaustive
@pytest.mark.parametrize(("name", "variant"), CASES)
def test_the_independent_evaluation_agrees(name: str, variant: str) -> None:
    raw = copy.deepcopy(SCENARIO_TABLES[name])
    own = solved(name, variant)
    if (own.states or 0) * own.rounds > PATIENCE:  # the plain evaluation would take hours: the first year, without events
        raw |= {"horizon": raw["horizon"] | {"years": 1.0}, "events": []}
        raw["variants"][variant].pop("events", None)
        tables = read_scenario(str(ROOT / "scenarios" / f"{name}.toml")).tables(variant)
        own = Scenario({**tables, "horizon": {**tables["horizon"], "years": 1.0}, "events": []}).solve()
    assert oracle.differences(oracle.evaluate(oracle.variant_tables(raw, variant)), own.record()) == []


@pytest.mark.parametrize("name", SCENARIOS)
def test_every_scenario_has_the_three_regimes_and_its_sources(name: str) -> None:
    file = read_scenario(str(ROOT / "scenarios" / f"{name}.toml"))
    assert set(file.variants) == {"no_treaty", "treaty", "verification"}
    assert file.raw["sources"]
    assert len(file.raw["description"]) > 200
    assert all({"basis", "source"} <= set(prior) for prior in file.raw["uncertain"].values())


@pytest.mark.parametrize("name", EXPERIMENTS)
def test_every_experiment_runs_and_draws_its_figures(name: str, tmp_path: Path) -> None:
    text = re.sub(r"(?m)^draws = \d+", f"draws = {FEW}", EXPERIMENTS[name].text)
    experiment = experiment_of(Source(EXPERIMENTS[name].path, text, tomllib.loads(text)), figures.KINDS)
    done = study.run(experiment, tmp_path)
    files = {path.name for path in figures.draw(done.folder)}

    assert done.failures == ()
    assert {f"{figure['name']}.{end}" for figure in experiment.figures for end in ("png", "svg", "pdf", "csv", "txt")} <= files
    assert experiment.figures


@pytest.mark.parametrize("name", sorted(GATHERINGS))
def test_every_gathering_compares_all_scenarios(name: str) -> None:
    gathering = gathering_of(GATHERINGS[name], figures.KINDS)
    assert sorted(member.scenario.name for member in gathering.members) == SCENARIOS
    assert gathering.figures


def test_the_experiment_of_the_readme_ends_at_the_golden_numbers(tmp_path: Path) -> None:
    experiment = read_experiment(str(ROOT / "experiments" / "escalation_by_regime.toml"))
    folder = study.run(experiment, tmp_path).folder
    found = study.Results.load(folder, experiment.kinds)

    for variant, golden in json.loads(GOLDEN.read_text(encoding="utf-8"))["new_start"].items():
        assert {rung: found.path(variant, rung, 0)[1][-1] for rung in golden} == pytest.approx(golden, rel=1e-10)


SETTING = re.compile(r"`([a-z_]+)` = ([0-9.]+)")


def failing_settings() -> list[tuple[str, str, list[str]]]:
    """The table of docs/scenarios.md that says where the ordering fails: scenario, setting, what is printed."""
    text = (ROOT / "docs" / "scenarios.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (baseline|new_start), (`.*?) \| ([\d.* |]+) \| [a-z]", text, re.MULTILINE)
    return [(name, setting, numbers.replace("*", "").split(" | ")) for name, setting, numbers in rows]


def test_where_the_ordering_fails_is_as_the_documentation_says() -> None:
    told = failing_settings()
    assert len(told) >= 9
    for name, setting, printed in told:
        file = read_scenario(str(ROOT / "scenarios" / f"{name}.toml"))
        (treaty,) = file.raw["treaties"]
        places = {
            "arm_quiet": [f"actors.{actor}.strategy_without_treaty.arm_quiet" for actor in file.raw["actors"]],
            "false_alarm": ["monitoring.false_alarm"],
            **{key: [f"onset.{key}"] for key in file.raw["onset"]},
            **{key: [f"treaties.{treaty}.{key}"] for key in file.raw["treaties"][treaty]},
        }
        pairs = SETTING.findall(setting.replace("monitoring.", ""))
        values = {path: float(value) for key, value in pairs for path in places[key]}
        war = [100 * Scenario(file.tables(v, values)).solve().escalation_probability[-1, -1] for v in file.variants]
        digits = [len(number.partition(".")[2]) for number in printed]
        assert [f"{p:.{n}f}" for p, n in zip(war, digits, strict=True)] == printed, setting
        assert not war[0] > war[1] > war[2], setting


if __name__ == "__main__":
    numbers: dict[str, dict[str, dict[str, float]]] = {}
    for case, variant in CASES:
        numbers.setdefault(case, {})[variant] = headline(solved(case, variant))
    GOLDEN.write_text(json.dumps(numbers, indent=1) + "\n", encoding="utf-8")
