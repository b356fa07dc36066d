"""Sweeps: a point is what it is alone, to 1e-12 against `solve` and to the bit against any other batch (docs/engine.md)."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any

import numpy as np
import pytest

import drawn
from sim.dilemma.parameters import merge
from sim.dilemma.paths import changed
from sim.dilemma.scenario import Scenario
from sim.dilemma.structure import completed
from sim.dilemma.sweeps import Points, number_of_points, solve_points

Tables = dict[str, Any]
BRINK = {"crisis": "brinkmanship", "treaties": 2, "rungs": 3, "variants": False}
LADDER = {"crisis": "empirical", "treaties": 1, "conditions": 1, "rungs": 4, "variants": False}


@cache
def scenario(seed: int, brink: bool) -> Tables:
    """A drawn scenario's completed tables."""
    raw = drawn.draw(np.random.default_rng(seed), limit=100_000, force=BRINK if brink else LADDER)
    return completed(merge({key: value for key, value in raw.items() if key != "variants"}, {}))


PROBABILITY, RATE, NUMBER = ([0.0, 1.0], 0.0, 1.0), ([0.0, 3.0], 0.0, 2.0), ([0.0, 5.0], 0.0, 8.0)
"""Values that must be among the points, and the range of the others."""
SWEPT = [
    ("monitoring.detection", PROBABILITY),
    ("monitoring.false_alarm", PROBABILITY),
    ("onset.background_rate", RATE),
    ("onset.alarm_probability", PROBABILITY),
    ("onset.treaty_end_probability", PROBABILITY),
    ("crisis.slip.0", PROBABILITY),
    ("crisis.slip.1", PROBABILITY),
    ("crisis.prize", ([0.5], 0.1, 3.0)),
    ("crisis.disaster", NUMBER),
    ("crisis.advance.0", ([0.0], 0.0, 0.3)),
    ("crisis.resolve.1", ([0.0], 0.0, 0.3)),
    ("treaties.new_start.withdrawal_rate", RATE),
    ("treaties.new_start.notice_years", RATE),
    ("treaties.new_start.suspension_probability", PROBABILITY),
    ("treaties.new_start.inspections_per_year", NUMBER),
    ("treaties.new_start.clarification", PROBABILITY),
    ("treaties.new_start.sanction", NUMBER),
    ("actors.usa.tremble", PROBABILITY),
    ("actors.russia.monitoring.detection", PROBABILITY),
    ("game.gain", NUMBER),
    ("game.discount", ([1.0], 0.6, 1.0)),
]
CASES = [(path, values, seed, path.split(".")[1] not in ("advance", "resolve")) for seed, (path, values) in enumerate(SWEPT)]


def points_of(values: tuple[list[float], float, float], number: int) -> np.ndarray:
    """That many values, the special ones first; equal numbers begin alike."""
    special, low, high = values
    rest = np.random.default_rng(1).uniform(low, high, 300 - len(special))
    return np.concatenate([special, rest])[:number]


def at(tables: Tables, path: str, value: Any) -> Tables:
    """The tables with a number, or an array over points, at a path that the file may be silent on."""
    head = path.split(".")
    if head[0] == "actors" and len(head) == 4:
        own = tables["actors"][head[1]]
        return {**tables, "actors": {**tables["actors"], head[1]: {**own, head[2]: {**own.get(head[2], {}), head[3]: value}}}}
    return changed(tables, path, lambda _: value)


def same_bits(a: Points, b: Points, rows: slice | int) -> None:
    for name in ("escalation_probability", "expected_onsets", "discounted_payoff"):
        assert np.array_equal(getattr(a, name), np.atleast_1d(getattr(b, name)[rows]).reshape(getattr(a, name).shape)), name


@pytest.mark.parametrize(("path", "values", "seed", "brink"), CASES, ids=[case[0] for case in CASES])
def test_points_are_what_they_are_alone(path: str, values: Any, seed: int, brink: bool) -> None:
    tables = scenario(seed, brink)
    some = points_of(values, 17)
    found = solve_points(at(tables, path, some))

    assert len(found.expected_onsets) == 17
    for n in (0, 1, 2, 16):  # the special values first: 0 and 1, where zeros must not be lost or made
        alone = Scenario(at(tables, path, float(some[n]))).solve()
        assert found.escalation_probability[n] == pytest.approx(alone.escalation_probability, abs=1e-12)
        assert found.expected_onsets[n] == pytest.approx(alone.expected_onsets, rel=1e-12, abs=1e-12)
        assert found.discounted_payoff[n] == pytest.approx(alone.discounted_payoff, rel=1e-12, abs=1e-12)
    for n in (0, 2, 16):
        same_bits(solve_points(at(tables, path, some[n : n + 1])), found, slice(n, n + 1))
    same_bits(solve_points(at(tables, path, some[5:7])), found, slice(5, 7))
    same_bits(solve_points(at(tables, path, some), threads=2), found, slice(0, 17))


@pytest.mark.parametrize(
    ("path", "seed"), [("monitoring.detection", 0), ("crisis.slip.0", 5), ("treaties.new_start.withdrawal_rate", 11)]
)
@pytest.mark.parametrize("threads", [1, 2])
def test_no_bit_depends_on_the_batch(path: str, seed: int, threads: int) -> None:
    # 300 points are more than go through lotteries together, so the second slice works with the structure of the first
    tables, some = scenario(seed, True), points_of(dict(SWEPT)[path], 300)
    whole = solve_points(at(tables, path, some), threads=threads)
    for number in (1, 2, 17, 256, 257):
        same_bits(solve_points(at(tables, path, some[:number])), whole, slice(0, number))
    for n in (255, 256, 299):
        same_bits(solve_points(at(tables, path, some[n : n + 1])), whole, slice(n, n + 1))
    backwards = solve_points(at(tables, path, some[::-1].copy()), threads=threads)
    same_bits(backwards, whole, slice(None, None, -1))


def leaves(node: Any, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], float]]:
    """The numbers of some tables and their paths."""
    items = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, value in items:
        yield from leaves(value, (*path, str(key)))
    if isinstance(node, (int, float)) and not isinstance(node, bool):
        yield path, node


STRUCTURE = {"shock_rung", "rounds", "while"}
POSITIVE = {"prize", "turnover_years", "discount", "weight"}


@pytest.mark.parametrize("seed", [*range(20), *[pytest.param(seed, marks=pytest.mark.exhaustive) for seed in range(20, 200)]])
def test_any_number_of_any_drawn_scenario_may_be_swept(seed: int) -> None:
    rng = np.random.default_rng(50_000 + seed)
    raw = drawn.draw(rng, limit=100_000)
    patches = raw.pop("variants", None) or {"base": {}}
    tables = completed(merge(raw, list(patches.values())[-1]))
    groups = ("monitoring", "onset", "game", "crisis", "treaties", "channels", "conditions", "actors")
    found = [item for group in groups for item in leaves(tables.get(group, {}), (group,))]
    found = [(path, x) for path, x in found if len(STRUCTURE & set(path)) == 0 and path[:2] != ("onset", "rungs")]
    path, x = found[rng.integers(len(found))]
    some = np.array([x, x / 2, x / 4 if len(POSITIVE & set(path)) > 0 else 0.0, x])

    def with_value(value: Any) -> Tables:
        return changed(tables, path, lambda _: value)

    solved = solve_points(with_value(some))
    for n in range(4):
        alone = Scenario(with_value(float(some[n]))).solve()
        assert solved.escalation_probability[n] == pytest.approx(alone.escalation_probability, abs=1e-12), path
        assert solved.expected_onsets[n] == pytest.approx(alone.expected_onsets, rel=1e-12, abs=1e-12), path
        assert solved.discounted_payoff[n] == pytest.approx(alone.discounted_payoff, rel=1e-12, abs=1e-12), path
        same_bits(solve_points(with_value(some[n : n + 1])), solved, slice(n, n + 1))


def test_several_paths_vary_together() -> None:
    tables, n = scenario(3, True), 20
    rng = np.random.default_rng(0)
    ways = {
        "monitoring.detection": rng.random(n),
        "onset.arming_rate": rng.random(n),
        "crisis.slip.1": rng.random(n),
        "treaties.inf-2.collapse_rate": rng.random(n),
    }
    swept = tables
    for path, values in ways.items():
        swept = at(swept, path, values)
    found = solve_points(swept)
    for k in (0, 7, 19):
        alone = tables
        for path, values in ways.items():
            alone = at(alone, path, float(values[k]))
        solved = Scenario(alone).solve()
        assert found.escalation_probability[k] == pytest.approx(solved.escalation_probability, abs=1e-12)
        assert found.discounted_payoff[k] == pytest.approx(solved.discounted_payoff, rel=1e-12, abs=1e-12)


def test_a_sweep_without_arrays_is_one_point() -> None:
    tables = scenario(2, False)
    found, alone = solve_points(tables), Scenario(tables).solve()

    assert number_of_points(tables) is None
    assert found.escalation_probability[0] == pytest.approx(alone.escalation_probability, abs=1e-12)
    assert found.discounted_payoff[0] == pytest.approx(alone.discounted_payoff, rel=1e-12)


def test_without_payoffs_the_probabilities_are_the_same() -> None:
    tables = at(scenario(4, True), "monitoring.detection", np.linspace(0, 1, 5))
    full, bare = solve_points(tables), solve_points(tables, payoffs=False)

    assert bare.escalation_probability == pytest.approx(full.escalation_probability, abs=1e-13)
    assert bare.expected_onsets.shape == bare.discounted_payoff.shape == (5, 0)


def test_arrays_of_two_lengths_are_refused() -> None:
    tables = at(scenario(3, True), "monitoring.detection", np.zeros(3))

    with pytest.raises(ValueError, match=r"one length, found \[2, 3\]"):
        solve_points(at(tables, "onset.arming_rate", np.zeros(2)))
