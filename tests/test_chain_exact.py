"""The exact engine on tiny processes with known answers and, on drawn ones, against plain enumeration (docs/engine.md)."""

from __future__ import annotations

import itertools
import math
from typing import Any

import numpy as np
import pytest
from scipy import sparse

from sim.chain import Process, Round, Tally, chance, exact, sure
from sim.chain.compile import compile_chain
from sim.chain.factors import factorised, merge_order
from small_processes import NOTHING, as_table, drawn_process, enumerated, flip_lamp, random_walk, two_state


def test_first_passage_of_a_walk_is_the_ballot_theorem() -> None:
    # P(a walk with P(up) = p is at a for the first time after n steps) = a/n C(n, (n + a)/2) p^((n + a)/2) q^((n - a)/2)
    p, milestones, horizon = 0.45, (2, 3), 24
    found = exact.solve(compile_chain(random_walk(p, milestones=milestones, horizon=horizon)), 2).passage
    for k, a in enumerate(milestones):
        first = np.zeros(horizon + 1)
        for n in range(a, horizon + 1, 2):
            up, down = (n + a) // 2, (n - a) // 2
            first[n] = a / n * math.comb(n, up) * p**up * (1 - p) ** down
        assert found[:, k] == pytest.approx(np.cumsum(first), abs=1e-15)


def test_gamblers_ruin() -> None:
    # from 3 units, up with p: 10 before 0 with (1 - r^3) / (1 - r^10), r = q/p; in 4,000 steps all is decided
    for p in (0.45, 0.6):
        r = (1 - p) / p
        chain = compile_chain(random_walk(p, milestones=(7,), floor=-3, horizon=4000))
        found = exact.solve(chain, 1, watch=["place"])

        assert len(chain) == 11
        assert found.passage[-1, 0] == pytest.approx((1 - r**3) / (1 - r**10), abs=1e-12)
        law = dict(zip(found.values["place"], found.occupancy["place"][-1], strict=True))
        assert law[-3] == pytest.approx(1 - (1 - r**3) / (1 - r**10), abs=1e-12)


def test_rare_events_keep_their_digits() -> None:
    # five steps up with probability 1e-4 each: 1e-20, of which one minus what is left would keep nothing
    found = exact.solve(compile_chain(random_walk(1e-4, milestones=(1, 5), horizon=5)), 2).passage

    assert found[-1, 1] == pytest.approx(1e-20, rel=1e-12)
    assert found[1, 0] == pytest.approx(1e-4, rel=1e-12)


def test_passage_is_not_occupancy() -> None:
    # level 1 is reached in the first step with 1/2, and half of that has left it again after the second
    found = exact.solve(compile_chain(random_walk(0.5, milestones=(1, 9), horizon=2)), 2, watch=["level"])

    assert found.passage[:, 0].tolist() == [0.0, 0.5, 0.5]
    assert found.occupancy["level"][:, found.values["level"].index(1)].tolist() == [0.0, 0.5, 0.25]


def test_two_states() -> None:
    # P(on) after t rounds = p/(p + q) (1 - (1 - p - q)^t); the tally counts the lamp after the round
    p, q, horizon = 0.2, 0.05, 30
    found = exact.solve(compile_chain(two_state(p, q, horizon=horizon)), 1, watch=["lamp"])
    expected = p / (p + q) * (1 - (1 - p - q) ** np.arange(horizon + 1))

    assert found.occupancy["lamp"][:, found.values["lamp"].index("on")] == pytest.approx(expected, abs=1e-14)
    assert found.tallies["lit"] == pytest.approx(expected[1:], abs=1e-14)
    assert found.passage.tolist() == [[0.0]] * (horizon + 1)


def test_epochs_and_forced_changes() -> None:
    # round 0 begins with a flip: on; rounds 0-1 keep the lamp with 0.9; a flip before round 2, then 0.6 for on to off, 0 back;
    # the flip of date 4 = T comes after the last round and shows in the last occupancy only
    on, off = np.array([[0.1], [0.0], [0.0]]), np.array([[0.1], [0.6], [0.0]])
    process = two_state(on, off, horizon=4, first=(0, 2, 4), forced=((flip_lamp(),), (flip_lamp(),), (flip_lamp(),)))
    found = exact.solve(compile_chain(process), 1, watch=["lamp"])

    one = 0.9  # after round 0; after round 1: 0.9^2 + 0.1^2 = 0.82, flipped 0.18
    lit = [1.0, one, 0.18, 0.18 * 0.4, 1 - 0.18 * 0.4**2]
    assert found.occupancy["lamp"][:, found.values["lamp"].index("on")] == pytest.approx(lit, abs=1e-15)
    assert found.tallies["lit"] == pytest.approx([0.9, 0.82, 0.18 * 0.4, 0.18 * 0.4**2], abs=1e-15)


def storms(horizon: int) -> Process:
    """Level 1 by rain (0.3) or wind (0.1), by wind alone (0.1) from round 2 on; from level 1 up with 1/2, else back to peace."""
    rain, wind = np.array([[0.3], [0.0]]), 0.1
    begin = (
        chance("why", [], ["why"], lambda: {"rain": rain, "wind": wind, None: 1 - rain - wind}),
        sure("level", ["why"], ["level'"], lambda why: int(why is not None)),
    )
    climb = (chance("climb", [], ["level'"], lambda: {2: 0.5, 0: 0.5}),)
    start = Round((sure("start", [], ["level'"], lambda: 0),))
    rounds: dict[Any, Round] = {0: Round(begin, (Tally("storms", ("level'",), float),)), 1: Round(climb), 2: NOTHING}
    return Process(("level",), "level", start, rounds, (0, 2), ((), ()), horizon, (2, 1))


def test_marks_are_those_of_the_crisis_that_first_reaches_a_level() -> None:
    found = exact.solve(compile_chain(storms(4), mark="why"), 2, marks=("rain", "wind"))

    # level 1: round 0 rain 0.3, wind 0.1; round 1 (0.6 left) rain 0.18, wind 0.06; rounds 2, 3 wind 0.036, 0.0324
    first = np.array([[0.3, 0.1], [0.18, 0.06], [0, 0.036], [0, 0.0324]])
    assert found.marked[0] == pytest.approx(first.sum(axis=0), abs=1e-15)
    assert found.passage[1:, 0] == pytest.approx(first.sum(axis=1).cumsum(), abs=1e-15)
    # level 2: half of a storm of round t in round t + 1, the other half is back in peace; storms in peace: round 0 0.4,
    # round 1 0.6 x 0.4, round 2 (0.36 + 0.4/2) x 0.1: only storms of rounds 0 to 2 can climb by round 3
    climbed = np.array([[0.15, 0.05], [0.6 * 0.15, 0.6 * 0.05], [0, 0.56 * 0.05]])
    assert found.marked[1] == pytest.approx(climbed.sum(axis=0), abs=1e-15)
    assert found.passage[1:, 1] == pytest.approx([0, *climbed.sum(axis=1).cumsum()], abs=1e-15)
    # storms of round 3: peace is 0.56 x 0.9 + the half of round 1's storms, 0.24 / 2
    assert found.tallies["storms"] == pytest.approx([0.4, 0.24, 0.056, (0.56 * 0.9 + 0.12) * 0.1], abs=1e-15)


def test_a_jump_over_a_level_reaches_it() -> None:
    jump = Round((chance("jump", [], ["level'"], lambda: {3: 0.25, 1: 0.25, 0: 0.5}),))
    start = Round((sure("start", [], ["level'"], lambda: 0),))
    process = Process(("level",), "level", start, {0: jump, 1: jump, 3: NOTHING}, (0,), ((),), 1, (1, 1))

    assert exact.solve(compile_chain(process), 3).passage[1].tolist() == [0.5, 0.25, 0.25]


def test_a_drawn_start() -> None:
    start = Round((chance("start", [], ["level'", "place'"], lambda: {(0, 0): 0.75, (0, -1): 0.25}),))
    walk = random_walk(1.0, horizon=3)
    process = Process(walk.slots, walk.phase, start, walk.rounds, walk.first, walk.forced, walk.horizon, walk.shape)
    found = exact.solve(compile_chain(process), 1, watch=["place"])

    assert found.passage[:, 0].tolist() == [0.0, 0.75, 1.0, 1.0]
    assert dict(zip(found.values["place"], found.occupancy["place"][0], strict=True)) == {0: 0.75, -1: 0.25, 1: 0.0}


@pytest.mark.parametrize("seed", range(40))
def test_drawn_processes_agree_with_enumeration(seed: int) -> None:
    process = drawn_process(np.random.default_rng(seed))
    found = exact.solve(compile_chain(process, mark="why"), 2, marks=("rain", "wind"), watch=["a", "b", "level"])
    expected = enumerated(process, 2, "why")

    assert found.passage == pytest.approx(expected.passage, abs=1e-13)
    for column, mark in enumerate(("rain", "wind")):
        assert found.marked[:, column] == pytest.approx(expected.marked.get(mark, np.zeros(2)), abs=1e-13)
    for slot, table in found.occupancy.items():
        assert table == pytest.approx(as_table(expected.occupancy[slot], found.values[slot]), abs=1e-13)
    for name in ("gain", "loss"):
        assert found.tallies[name] == pytest.approx(expected.tallies[name], abs=1e-12)


# ---- the factors of a round


def layers(rng: np.random.Generator, n: int) -> list[Any]:
    """Transposed stochastic layers that fit behind one another."""
    sizes = rng.integers(3, 30, n + 1)
    out = []
    for before, after in itertools.pairwise(sizes):
        dense = rng.random((after, before)) * (rng.random((after, before)) < 0.25)
        dense[rng.integers(0, after, before), np.arange(before)] += 0.1
        out.append(sparse.csr_array(dense / dense.sum(axis=0)))
    return out


def ones(matrices: list[Any]) -> list[Any]:
    return [sparse.csr_array((np.ones(m.nnz), m.indices.copy(), m.indptr.copy()), m.shape) for m in matrices]


@pytest.mark.parametrize("n", [1, 2, 3, 8, 15])
def test_factors_multiply_to_the_product_of_the_layers(n: int) -> None:
    for seed in range(5):
        matrices = layers(np.random.default_rng(seed), n)
        whole = np.linalg.multi_dot([m.toarray() for m in matrices[::-1]]) if n > 1 else matrices[0].toarray()
        factors = factorised(ones(matrices))(matrices)
        product = np.eye(matrices[0].shape[1])
        for factor in factors:
            product = factor @ product

        assert len(factors) <= n
        assert product == pytest.approx(whole, abs=1e-14)
        cost = sum(f.nnz + f.shape[0] for f in factors)
        assert cost <= sum(m.nnz + m.shape[0] for m in matrices)  # never dearer than stepping through every layer
        alone = matrices[0]
        for m in matrices[1:]:
            alone = m @ alone
        assert cost <= alone.nnz + alone.shape[0]  # nor than multiplying all of them out


def test_where_to_cut_depends_on_patterns_alone() -> None:
    matrices = layers(np.random.default_rng(0), 9)
    other = [sparse.csr_array((np.full(m.nnz, 1e-9), m.indices, m.indptr), m.shape) for m in matrices]

    assert merge_order(ones(matrices)) == merge_order(ones(other))
    assert factorised([])([]) == []
