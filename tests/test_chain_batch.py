"""Many points of a sweep at once: the same numbers as one by one, to the bit whatever the batch (docs/engine.md)."""

from __future__ import annotations

import itertools
from collections.abc import Callable

import numpy as np
import pytest

from sim.chain import Process, Round, batch, chance, exact, jit, sure
from sim.chain.compile import compile_chain
from sim.chain.exact import Numbers
from small_processes import drawn_process, enumerated, random_walk


def solved(process: Process, levels: int, points: int, threads: int = 1) -> batch.Passage:
    """First passage and tallies at every point of a process."""
    chain = compile_chain(process)
    return batch.passage(chain, batch.program(chain, levels), levels, Numbers(chain).table, points, threads)


def walk(up: np.ndarray) -> Process:
    """A walk between a floor and two milestones, one `up` per point; from round 6 on it goes up half as often."""
    numbers = np.stack([up, up / 2])
    return random_walk(numbers, milestones=(1, 3), floor=-4, horizon=20, first=(0, 6), forced=((), ()), points=len(up))


UPS = np.concatenate([[0.0, 1.0, 0.5], np.random.default_rng(0).random(40)])


def test_every_point_is_what_it_is_alone_in_the_exact_engine() -> None:
    found = solved(walk(UPS), 2, len(UPS))
    for n, up in enumerate(UPS):
        numbers = np.array([[up], [up / 2]])
        process = random_walk(numbers, milestones=(1, 3), floor=-4, horizon=20, first=(0, 6), forced=((), ()))
        alone = exact.solve(compile_chain(process), 2)

        assert found.reached[n] == pytest.approx(alone.passage, abs=1e-14)
        for name, values in alone.tallies.items():
            assert found.tallies[name][n] == pytest.approx(values, abs=1e-13)
    # up with 0 never arrives; up with 1 is at 1 after one round and at 3 after three
    assert found.reached[0].max() == 0
    assert found.reached[1, :4].tolist() == [[0, 0], [1, 0], [1, 0], [1, 1]]


@pytest.mark.parametrize("points", [1, 2, 15, 16, 17, 33, 43])
@pytest.mark.parametrize("threads", [1, 2])
def test_a_point_has_the_same_bits_in_any_batch(points: int, threads: int) -> None:
    whole = solved(walk(UPS), 2, len(UPS))
    for begin in {0, len(UPS) - points}:
        some = UPS[begin : begin + points]
        process = walk(np.repeat(some, 2) if points == 1 else some)  # a point alone is given twice: that it varies must show
        found = solved(process, 2, points, threads)

        assert np.array_equal(found.reached, whole.reached[begin : begin + points])
        for name, values in whole.tallies.items():
            assert np.array_equal(found.tallies[name], values[begin : begin + points])


@pytest.mark.parametrize("seed", range(25))
def test_drawn_processes_agree_with_enumeration(seed: int) -> None:
    points = 3
    process = drawn_process(np.random.default_rng(seed), points=points)
    found = solved(process, 2, points)
    for point in range(points):
        expected = enumerated(process, 2, point=point)

        assert found.reached[point] == pytest.approx(expected.passage, abs=1e-13)
        for name in ("gain", "loss"):
            assert found.tallies[name][point] == pytest.approx(expected.tallies[name], abs=1e-12)


@pytest.mark.parametrize("seed", range(10))
def test_drawn_processes_of_more_points_than_go_through_together(seed: int) -> None:
    # what varies over points stands at random places of the round, so that every kind of product is worked out anew per group
    process = drawn_process(np.random.default_rng(seed), points=35, horizon=4)
    found = solved(process, 2, 35)
    for point in (0, 16, 34):
        expected = enumerated(process, 2, point=point)

        assert found.reached[point] == pytest.approx(expected.passage, abs=1e-13)
        assert found.tallies["gain"][point] == pytest.approx(expected.tallies["gain"], abs=1e-12)


def test_without_tallies_there_are_none() -> None:
    process = drawn_process(np.random.default_rng(2), points=2)
    chain = compile_chain(process, counted=False)
    found = batch.passage(chain, batch.program(chain, 2), 2, Numbers(chain).table, 2)

    assert found.tallies == {}
    assert found.reached == pytest.approx(solved(process, 2, 2).reached, abs=1e-14)


def test_a_start_that_varies_over_points() -> None:
    # the floor at once, or one step below the milestone and then up for certain
    p = np.array([0.2, 0.7])
    at = random_walk(1.0, floor=-1, horizon=2, points=2)
    start = Round((chance("place", [], ["place'"], lambda: {0: p, -1: 1 - p}), sure("level", [], ["level'"], lambda: 0)))
    process = Process(at.slots, at.phase, start, at.rounds, at.first, at.forced, at.horizon, at.shape)

    assert solved(process, 1, 2).reached[:, :, 0].tolist() == [[0, 0.2, 0.2], [0, 0.7, 0.7]]


# ---- the compiled loops, written out in numpy


def sums(start: np.ndarray, value: Callable[[int], np.ndarray]) -> np.ndarray:
    return np.array([np.sum([value(j) for j in range(a, b)], axis=0) for a, b in itertools.pairwise(start)])


@pytest.mark.parametrize("widths", [(1, 1), (1, 5), (5, 1), (5, 5)])
def test_inner_loops(widths: tuple[int, int]) -> None:
    rng = np.random.default_rng(widths)
    x, y = rng.random((7, widths[0])), rng.random((6, widths[1]))
    start = np.array([0, 2, 3, 9, 12])
    a, b = rng.integers(0, 7, 12), rng.integers(0, 6, 12)

    assert jit.gather_add(x, a, start) == pytest.approx(sums(start, lambda j: x[a[j]]), abs=1e-15)
    assert jit.multiply_add(x, y, a, b, start) == pytest.approx(sums(start, lambda j: x[a[j]] * y[b[j]]), abs=1e-15)


@pytest.mark.parametrize("width", [1, 4])
def test_pulling_back(width: int) -> None:
    rng = np.random.default_rng(width)
    ahead, table = rng.random((5, 2, 4)), rng.random((6, width))
    entry, source, target = rng.integers(0, 6, 9), np.sort(rng.integers(0, 3, 9)), rng.integers(0, 5, 9)
    expected = np.zeros((3, 2, 4))
    for e, r, c in zip(entry, source, target, strict=True):
        expected[r] += table[e] * ahead[c]

    assert jit.pull_back(ahead, table, entry, source, target, 3) == pytest.approx(expected, abs=1e-15)
