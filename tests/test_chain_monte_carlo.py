"""The Monte Carlo engine: walks, and what it counts against exact numbers (docs/engine.md)."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from sim.chain import Process, Round, Tally, chance, exact, sure
from sim.chain.compile import compile_chain
from sim.chain.monte_carlo import BLOCK, Walk, simulate
from small_processes import NOTHING, drawn_process, flip_lamp, random_walk, two_state
from standard_errors import wrong_counts

# ---- walks


def histories(process: Process, slot: str, seed: int, block: int, who: list[int]) -> np.ndarray:
    """The values of a slot of the state over time, shape (T + 1, replicates)."""
    engine, out = Walk(process), []

    def watch(t: int, state: dict[str, np.ndarray]) -> None:
        labels = engine.domains.labels(slot)
        out.append([labels[c] for c in state[slot]])

    engine.walk(seed, block, np.array(who), watch, lambda *_: None, lambda *_: None)
    return np.array(out)


@pytest.mark.parametrize("seed", range(4))
def test_a_replicate_alone_is_the_replicate_in_its_block(seed: int) -> None:
    process = drawn_process(np.random.default_rng(seed), horizon=10)
    for slot in ("a", "level"):
        whole = histories(process, slot, seed, 2, list(range(BLOCK)))
        for who in ([0], [BLOCK - 1], [17, 4, 17], list(range(0, BLOCK, 100))):
            assert np.array_equal(histories(process, slot, seed, 2, who), whole[:, who])


def test_variants_share_their_random_numbers() -> None:
    # the step up is the first outcome: where 0.5 goes up, 0.6 does too, so a replicate is never lower at any time
    who = list(range(2000))
    low, high = (histories(random_walk(up, milestones=(50,), horizon=30), "place", 5, 0, who) for up in (0.5, 0.6))

    assert (high >= low).all()
    assert (high > low).any()


def test_another_move_changes_no_other_draw() -> None:
    plain = random_walk(0.5, milestones=(3, 50), horizon=20)
    noisy = Round((chance("noise", ["place"], ["noise"], lambda _: {0: 0.5, 1: 0.5}), *plain.rounds[0].moves))
    more = Process(plain.slots, plain.phase, plain.start, {**plain.rounds, 1: noisy}, (0,), ((),), 20, (1, 1))
    who = list(range(500))

    assert np.array_equal(histories(more, "place", 1, 0, who), histories(plain, "place", 1, 0, who))


def test_domains_may_grow_during_a_walk() -> None:
    # floor and ceiling are out of reach: new places turn up in every round; a second slot is read together with them
    walk = random_walk(0.5, milestones=(41,), floor=-41, horizon=40)
    memory = sure("most", ["place'", "most"], ["most'"], max)
    moves = Round((*walk.rounds[0].moves, memory))
    start = Round((*walk.start.moves, sure("first", [], ["most'"], lambda: 0)))
    process = Process(("level", "place", "most"), "level", start, {0: moves, 1: NOTHING}, (0,), ((),), 40, (1, 1))
    n = 20_000
    found = simulate(process, 1, replicates=n, seed=2, watch=["most", "place"])
    expected = exact.solve(compile_chain(process), 1, watch=["most", "place"])

    for slot in ("most", "place"):
        for j, value in enumerate(expected.values[slot]):
            counts = found.occupancy[slot].get(value, np.zeros(41))
            assert wrong_counts(counts, n, expected.occupancy[slot][:, j]) == []


def test_wide_lotteries_are_drawn_rightly() -> None:
    # a die of 40 sides, side k with probability proportional to k, every tenth of probability 0 in the first epoch
    weights = np.arange(1.0, 41)
    first = np.where(np.arange(40) % 10 == 9, 0.0, weights)
    sides = {k: np.array([[first[k] / first.sum()], [weights[k] / weights.sum()]]) for k in range(40)}
    throw = Round((chance("die", [], ["side'"], lambda: sides), sure("level", [], ["level'"], lambda: 0)))
    start = Round((sure("start", [], ["level'", "side'"], lambda: (0, 0)),))
    process = Process(("level", "side"), "level", start, {0: throw}, (0, 1), ((), ()), 2, (2, 1))
    n = 100_000
    sides_up = simulate(process, 1, replicates=n, seed=3, watch=["side"]).occupancy["side"]

    for t, law in ((1, first / first.sum()), (2, weights / weights.sum())):
        assert wrong_counts(np.array([sides_up[k][t] for k in range(40)]), n, law) == []
    assert [sides_up[k][1] for k in (9, 19, 29, 39)] == [0, 0, 0, 0]


# ---- what is counted


@pytest.mark.parametrize("seed", range(8))
def test_counts_of_drawn_processes_against_the_exact_engine(seed: int) -> None:
    # about 60 counts each; every one is called wrong with 1e-6 at most though it is right
    n, marks = 3 * BLOCK + 100, ("rain", "wind")
    process = drawn_process(np.random.default_rng(seed))
    found = simulate(process, 2, replicates=n, seed=seed, mark="why", marks=marks, watch=["a", "b"], per_round=["gain"])
    chain = compile_chain(process, mark="why")
    expected = exact.solve(chain, 2, marks=marks, watch=["a", "b"])

    assert wrong_counts(np.cumsum(found.arrivals, axis=0), n, expected.passage) == []
    assert wrong_counts(found.marked, n, expected.marked) == []
    for slot in ("a", "b"):
        for j, value in enumerate(expected.values[slot]):
            counts = found.occupancy[slot].get(value, np.zeros(process.horizon + 1))
            assert wrong_counts(counts, n, expected.occupancy[slot][:, j]) == []
    # a tally per round is a mean of bounded values (about +-5): 0.12 is about five standard errors of 1/sqrt(n) x 2.5
    assert found.per_round["gain"] / n == pytest.approx(expected.tallies["gain"], abs=0.12)


def test_forced_changes_and_epochs_against_the_exact_engine() -> None:
    on = np.array([[0.3], [0.05], [0.0]])
    process = two_state(on, 0.2, horizon=9, first=(0, 4, 9), forced=((flip_lamp(),), (flip_lamp(),), (flip_lamp(),)))
    n = 30_000
    found = simulate(process, 1, replicates=n, seed=0, watch=["lamp"]).occupancy["lamp"]
    expected = exact.solve(compile_chain(process), 1, watch=["lamp"])

    assert found["on"][0] == n
    assert wrong_counts(found["on"], n, expected.occupancy["lamp"][:, expected.values["lamp"].index("on")]) == []
    assert (found["on"] + found["off"]).tolist() == [n] * 10


def test_sums_over_a_replicate_with_their_standard_errors() -> None:
    # `ups` of 16 fair steps, weighted 1: binomial, mean 8, variance 4; weighted 2^-t: variance 1/4 of the sum of 4^-t
    process, n = random_walk(0.5, milestones=(99,), horizon=16), 40_000
    half = 0.5 ** np.arange(16)
    groups = {"all": {"ups": np.ones(16)}, "early": {"ups": half}}
    alone = {name: simulate(process, 1, replicates=n, seed=1, sums={name: group}).sums[name] for name, group in groups.items()}

    for name, mean, variance in (("all", 8.0, 4.0), ("early", half.sum() / 2, (half**2).sum() / 4)):
        estimate, error = alone[name]
        assert error == pytest.approx(np.sqrt(variance / n), rel=0.03)  # relative error of a variance of 40,000: 0.5 to 0.7 %
        assert abs(estimate - mean) < 4.9 * np.sqrt(variance / n)  # false alarm 1e-6
    assert simulate(process, 1, replicates=n, seed=1, sums=groups).sums == alone  # one tally may be in several groups


def test_the_error_of_large_sums_keeps_its_digits() -> None:
    # 16 times 10^9 plus a fair coin: mean 16e9 + 8, variance 4, which raw sums of squares (2.6e20) would lose
    walk, n = random_walk(0.5, milestones=(99,), horizon=16), 20_000
    big = Tally("big", ("place", "place'"), lambda before, after: 1e9 + (after > before))
    played = Round(walk.rounds[0].moves, (big,))
    process = Process(walk.slots, walk.phase, walk.start, {0: played}, (0,), ((),), 16, (1, 1))
    mean, error = simulate(process, 1, replicates=n, seed=1, sums={"all": {"big": np.ones(16)}}).sums["all"]

    assert error == pytest.approx(np.sqrt(4 / n), rel=0.04)
    assert abs(mean - 16e9 - 8) < 4.9 * np.sqrt(4 / n)
    assert simulate(process, 1, replicates=1, seed=1, sums={"all": {"big": np.ones(16)}}).sums["all"][1] == 0.0


def test_the_start_and_the_first_round_draw_different_numbers() -> None:
    # a move of the start and one of the round of the same name: all four combinations of two fair coins
    coin = chance("coin", [], ["coin'"], lambda: {0: 0.5, 1: 0.5})
    level = sure("level", [], ["level'"], lambda: 0)
    pair = Tally("both", ("coin", "coin'"), lambda before, after: before * after)
    process = Process(
        ("level", "coin"), "level", Round((coin, level)), {0: Round((coin, level), (pair,))}, (0,), ((),), 3, (1, 1)
    )
    both = simulate(process, 1, replicates=20_000, seed=0, per_round=["both"]).per_round["both"]

    assert wrong_counts(both, 20_000, np.full(3, 0.25)) == []


def test_more_replicates_begin_with_the_fewer() -> None:
    process, told = drawn_process(np.random.default_rng(3)), []
    few = simulate(process, 2, replicates=BLOCK + 904, seed=4)
    more = simulate(process, 2, replicates=3 * BLOCK, seed=4, progress=told.append)

    assert (few.arrivals <= more.arrivals).all()
    assert told == [BLOCK] * 3
    again = simulate(process, 2, replicates=BLOCK + 904, seed=4, progress=told.append)
    assert np.array_equal(again.arrivals, few.arrivals)
    assert told[3:] == [BLOCK, 904]
    assert not np.array_equal(simulate(process, 2, replicates=BLOCK + 904, seed=5).arrivals, few.arrivals)


def test_levels_jumped_over_are_reached_in_the_same_round() -> None:
    jump = Round((chance("jump", [], ["level'"], lambda: {3: 0.25, 1: 0.25, 0: 0.5}),))
    start = Round((sure("start", [], ["level'"], lambda: 0),))
    process = Process(("level",), "level", start, {0: jump, 1: NOTHING, 3: NOTHING}, (0,), ((),), 6, (1, 1))
    arrivals = simulate(process, 3, replicates=1000, seed=0).arrivals

    assert np.array_equal(arrivals[:, 1], arrivals[:, 2])  # 2 is never stood at, only jumped over
    assert (arrivals[:, 0] >= arrivals[:, 2]).all()
    assert arrivals[0].tolist() == [0, 0, 0]


def test_a_phase_without_a_round_stays() -> None:
    process = random_walk(0.5, horizon=8)
    without = Process(process.slots, process.phase, process.start, {0: process.rounds[0]}, (0,), ((),), 8, (1, 1))
    both = [simulate(p, 1, replicates=500, seed=1, watch=["place"]) for p in (process, without)]

    assert np.array_equal(both[0].arrivals, both[1].arrivals)
    assert {k: v.tolist() for k, v in both[0].occupancy["place"].items()} == {
        k: v.tolist() for k, v in both[1].occupancy["place"].items()
    }


def test_only_the_combinations_that_are_met_are_worked_out() -> None:
    # ten counters of a million values each: 10^60 states, of which a walk of 5 rounds meets a few
    asked: list[Any] = []

    def grow(n: int) -> dict[int, float]:
        asked.append(n)
        return {n: 0.5, (n + 1) % 10**6: 0.5}

    moves = [chance(f"n{k}", [f"n{k}"], [f"n{k}'"], grow) for k in range(10)]
    slots = ("level", *[f"n{k}" for k in range(10)])
    start = Round((sure("start", [], [s + "'" for s in slots], lambda: (0,) * 11),))
    played = Round((*moves, sure("level", [], ["level'"], lambda: 0)), (Tally("n", ("n3'",), float),))
    process = Process(slots, "level", start, {0: played}, (0,), ((),), 5, (1, 1))
    found = simulate(process, 1, replicates=2000, seed=0, per_round=["n"])

    assert sorted(asked) == sorted([*range(5)] * 10)
    assert found.per_round["n"] / 2000 == pytest.approx([0.5, 1, 1.5, 2, 2.5], abs=0.15)  # 4.9 x sqrt(5/4/2000) = 0.12
