"""Proliferation over rivalries: against the whole generator, the chain of counts and drawn histories, and by hand."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest

from model_draws import drawn
from model_ways import agree, one, simulated
from sim.models.model import evaluate
from sim.models.proliferation import EDGES, LARGEST, PROLIFERATION, START, STATES
from sim.models.records import cells

PATH = {
    "states": ["a", "b", "c", "d", "e"],
    "edges": [["a", "b"], ["b", "c"], ["a", "d"]],
    "start": [2.0, 0.0, 1.0, 0.0, 0.0],
    "years": 3,
}


def complete(n: int, start: list[float]) -> dict[str, Any]:
    """A graph of n states, all of them rivals."""
    names = [f"x{k}" for k in range(n)]
    return {"states": names, "edges": [list(pair) for pair in itertools.combinations(names, 2)], "start": start, "years": 3}


def numbers(size: int, seed: int) -> dict[str, np.ndarray]:
    """Drawn rates, some with possessors that give up and some without."""
    found = drawn(PROLIFERATION, np.random.default_rng(seed), size)
    kept = {name: np.minimum(x, 2.0) for name, x in found.items() if isinstance(x, np.ndarray)}
    kept["give_up"][::2] = 0.0
    return kept


def test_components_against_the_whole_generator() -> None:
    # ten points, 4 years: 2 + 2 + 1 + 1 series of 4 years, a law of 6 numbers, 2 single ones
    assert agree(PROLIFERATION, "exponential", numbers(10, 3) | PATH, 1e-8) == 10 * (6 * 4 + 6 + 2)


@pytest.mark.parametrize("start", [[0.0] * 6, [2.0, 2.0, 1.0, 0.0, 0.0, 0.0], [2.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0]])
def test_a_complete_graph_against_the_chain_of_counts(start: list[float]) -> None:
    n = len(start)
    assert agree(PROLIFERATION, "counts", numbers(6, n) | complete(n, start), 1e-8) == 6 * (6 * 4 + n + 1 + 1)


@pytest.mark.parametrize(
    ("seed", "given"),
    [
        (1, {}),
        (2, {"race_intensity": 4.0, "detection": 0.3, "norm": 0.5}),
        (3, PATH | {"give_up": 0.2, "contagion": 0.5, "success": 0.5, "years": 6}),
    ],
)
def test_drawn_histories(seed: int, given: dict[str, Any]) -> None:
    # of some 130 correlated values one lies beyond 4.5 standard errors in 1,000 runs
    assert simulated(PROLIFERATION, "drawn", given, seed) > 30


def test_large_components_are_only_simulated() -> None:
    n = LARGEST + 1
    large = complete(n, [1.0] * n) | {"years": 2}
    assert one(PROLIFERATION, "more_possessors", **large) is None
    # nine pursuers, and none begins: each possesses after two years with half of 1 - e^(-2 x 0.08)
    alone = large | {"contagion": 0.0, "world_rate": 0.0}
    assert run(alone, "possessors:2") == pytest.approx(9 * 0.5 * (1 - np.exp(-0.16)), abs=0.06)
    assert run(large, "possessors:2") >= run(alone, "possessors:2")


def run(given: dict[str, Any], entry: str) -> float:
    """A count by simulation, 4,000 histories."""
    assert PROLIFERATION.simulate is not None
    simulate = PROLIFERATION.simulate
    found = evaluate(PROLIFERATION, given, lambda v: simulate(v, 4000, 1))
    return cells(found, "count")[entry]


def test_fixed_possessors_part_the_default_graph() -> None:
    # with possessors that may give up, the whole graph hangs together and is too large to be exact
    assert one(PROLIFERATION, "more_possessors") is not None
    assert one(PROLIFERATION, "more_possessors", give_up=0.001) is None


def test_the_law_adds_up_and_has_the_mean() -> None:
    found = evaluate(PROLIFERATION)
    law = np.array([x[0] for x in found.entries("possessors_law").values()])
    assert law.sum() == pytest.approx(1)
    assert law @ np.arange(len(law)) == pytest.approx(found.entries("count")["possessors:24"][0])
    assert law[10:].sum() == pytest.approx(found.entries("more_possessors")[""][0])


def test_a_norm_that_holds_back_everything_leaves_the_pursuits_there_are() -> None:
    last = one(PROLIFERATION, "count", "possessors:24", norm=1.0)
    assert last == pytest.approx(9 + 0.5 * (1 - np.exp(-24 * 0.08)))
    assert one(PROLIFERATION, "onsets", "24", norm=1.0) == 0


def test_the_default_graph() -> None:
    assert len(STATES) == len(START) == 20
    assert len(EDGES) == 22
    assert START.count(2) == 9


@pytest.mark.parametrize(
    "wrong", [{"start": [0.0]}, {"edges": [["p1", "p1"]]}, {"edges": [["p1", "x"]]}, {"edges": [["p1", "p2"], ["p2", "p1"]]}]
)
def test_premises(wrong: dict[str, Any]) -> None:
    assert evaluate(PROLIFERATION, wrong).broken


def test_the_rate_of_the_world_is_shared_by_all_that_do_not_possess() -> None:
    # two of three do not possess, one of them pursues already: the other begins at half of 0.1 a year
    alone = {"states": ["a", "b", "c"], "edges": [], "start": [0.0, 1.0, 2.0], "years": 10, "world_rate": 0.1, "norm": 0.2}
    found = one(PROLIFERATION, "onsets", "10", **alone, success=0.0, abandonment=0.0)
    assert found == pytest.approx(1 - np.exp(-10 * 0.8 * 0.05))
