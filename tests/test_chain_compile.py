"""The compiler: reachable states, forced states, layers, and the order of moves (docs/engine.md)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from sim.chain import Process, Round, Tally, chance, exact, sure
from sim.chain import compile as compiler
from sim.chain.compile import Chain, Ordered, compile_chain, distinct_rounds, played
from sim.chain.kernels import Kernel, TooLarge, kernels_of
from small_processes import drawn_process, flip_lamp, random_walk, shuffled, two_state


def places(chain: Chain, slot: str) -> set:
    return set(chain.labels(slot))


def test_reachable_states_and_no_others() -> None:
    # from 0 up to the last milestone 3 and down to the floor -2: places -2..3; level 1 from place 1 on, level 2 at 3 only
    chain = compile_chain(random_walk(0.4, milestones=(1, 3), floor=-2))

    assert sorted(zip(chain.labels("place"), chain.labels("level"), strict=True)) == [
        *[(-2, 0), (-1, 0), (0, 0)],
        *[(1, 1), (2, 1), (3, 2)],
    ]
    assert len(chain) == 6


def test_what_is_impossible_at_every_point_is_not_reached_and_what_a_point_may_allow_is() -> None:
    never = compile_chain(random_walk(0.0, floor=-3))
    at_some_points = compile_chain(random_walk(np.array([0.0, 0.3]), floor=-3, points=2))
    at_no_point = compile_chain(random_walk(np.array([0.0, 0.0]), floor=-3, points=2))

    assert places(never, "place") == {0, -1, -2, -3}
    assert places(at_some_points, "place") == places(at_no_point, "place") == {1, 0, -1, -2, -3}


def test_what_any_epoch_allows_is_reached() -> None:
    up = np.array([[0.0], [0.5], [0.0]])
    chain = compile_chain(random_walk(up, floor=-2, first=(0, 3, 6), forced=((), (), ())))

    assert places(chain, "place") == {1, 0, -1, -2}


def test_forced_changes_reach_states_and_lead_between_them() -> None:
    # the lamp never goes on by itself; it is flipped at round 4, twice at round 6, and once more at round 7
    flip = flip_lamp()
    process = two_state(0.0, 0.5, first=(0, 4, 6, 7), forced=((), (flip,), (flip, flip), (flip,)))
    chain = compile_chain(process)

    lit = chain.labels("lamp")
    assert sorted(lit) == ["off", "on"]
    assert [lit[s] for s in chain.forced[0]] == lit
    assert lit[chain.forced[1][lit.index("off")]] == "on"  # nothing can be on at round 4
    assert [lit[s] for s in chain.forced[2]] == lit
    assert [lit[s] for s in chain.forced[3]] == lit[::-1]


def test_forced_changes_meet_only_states_that_exist_when_the_epoch_begins() -> None:
    # the walk stands on its floor and stays; round 1 forces it down to -5, a place that must not be forced once more
    met: list[int] = []

    def look(place: int) -> int:
        met.append(place)
        return place - 5

    fall = Round((sure("fall", ["place"], ["place'"], look),))
    compile_chain(random_walk(0.0, floor=0, first=(0, 1), forced=((), (fall,)), horizon=4))

    assert met == [0]


def test_forced_changes_of_one_epoch_are_made_in_order() -> None:
    # +1 then doubled: 0 -> 1 -> 2; the other way round it would be 1.  Steps of 0, so nothing else is reached but 0, 1, 2, ...
    add = Round((sure("add", ["x"], ["x'"], lambda x: min(x + 1, 8)),))
    double = Round((sure("double", ["x"], ["x'"], lambda x: min(2 * x, 8)),))
    stay = Round((sure("stay", ["x"], ["x'"], lambda x: x), sure("level", [], ["level'"], lambda: 0)))
    start = Round((sure("start", [], ["level'", "x'"], lambda: (0, 0)),))
    process = Process(("level", "x"), "level", start, {0: stay}, (0, 1), ((), (add, double)), 2, (2, 1))
    chain = compile_chain(process)

    x = chain.labels("x")
    assert {x[s]: x[after] for s, after in enumerate(chain.forced[1])}[0] == 2
    assert exact.solve(chain, 1, watch=["x"]).occupancy["x"][1].tolist() == [float(v == 2) for v in chain.domains.labels("x")]


@pytest.mark.parametrize("seed", range(6))
def test_rows_of_every_layer_sum_to_one(seed: int) -> None:
    points = 3
    chain = compile_chain(drawn_process(np.random.default_rng(seed), points=points), mark="why")
    for lifted in (chain.start, *chain.rounds):
        for layer in lifted.layers:
            table = layer.kernel.table()[layer.entry]
            total = np.zeros((layer.shape[0], *table.shape[1:]))
            np.add.at(total, layer.source, table)

            assert total == pytest.approx(np.ones_like(total), abs=1e-14)
            assert (np.diff(layer.source) >= 0).all()


@pytest.mark.parametrize("seed", range(12))
def test_the_order_of_moves_never_changes_the_law(seed: int) -> None:
    rng = np.random.default_rng(seed)
    process = drawn_process(rng)
    reference = exact.solve(compile_chain(process, mark="why"), 2, marks=("rain", "wind"), watch=["a", "b"])
    for _ in range(3):
        found = exact.solve(compile_chain(shuffled(process, rng), mark="why"), 2, marks=("rain", "wind"), watch=["a", "b"])

        assert found.passage == pytest.approx(reference.passage, abs=1e-14)
        assert found.marked == pytest.approx(reference.marked, abs=1e-14)
        assert {n: x.tolist() for n, x in found.tallies.items()} == {
            n: pytest.approx(x, abs=1e-12) for n, x in reference.tallies.items()
        }


def test_an_order_is_behind_what_it_reads() -> None:
    process = drawn_process(np.random.default_rng(5))
    domains, kernels = kernels_of(process)
    start = compile_chain(process).states
    for played_round in distinct_rounds(process):
        ordered = Ordered(played_round, process, kernels, domains, None, True)
        for label in (0, 1, 2):
            domains.code("level", label)
        for slot, values in (("a", (0, 1, 2)), ("b", ("x", "y"))):
            for value in values:
                domains.code(slot, value)
        ordered.schedule(start)
        known = set(process.slots)
        for move in ordered.moves:
            assert set(move.reads) <= known
            known |= set(move.writes)

        assert {m.name for m in ordered.moves} == {m.name for m in played_round.moves}


def coins(n: int) -> Process:
    """n coins, tossed first and added up one by one after; level 1 if all show heads."""

    def add(total: int, coin: int) -> int:
        return total + coin

    tosses = [chance(f"coin {k}", [], [f"coin {k}"], lambda: {0: 0.5, 1: 0.5}) for k in range(n)]
    sums = [sure("total 0", ["coin 0"], ["total 0"], lambda c: c)]
    sums += [sure(f"total {k}", [f"total {k - 1}", f"coin {k}"], [f"total {k}"], add) for k in range(1, n)]
    end = sure("level", [f"total {n - 1}"], ["level'"], lambda total: int(total == n))
    start = Round((sure("start", [], ["level'"], lambda: 0),))
    played = Round((*tosses, *sums, end), (Tally("heads", (f"total {n - 1}",), float),))
    return Process(("level",), "level", start, {0: played}, (0,), ((),), 1, (1, 1))


def test_moves_are_ordered_so_that_few_partial_states_are_alive() -> None:
    # tossing 40 coins before adding any would take 2^40 partial states; added one by one, a total and a coin: at most 2 x 40
    chain = compile_chain(coins(40))
    widest = max(layer.shape[1] for lifted in chain.rounds for layer in lifted.layers)

    assert widest <= 80
    found = exact.solve(chain, 1)
    assert found.passage[1, 0] == pytest.approx(0.5**40, rel=1e-12)
    assert found.tallies["heads"][0] == pytest.approx(20, abs=1e-12)


def test_too_many_states_name_the_slot_that_grew() -> None:
    count = Round(
        (
            chance("count", ["counter"], ["counter'"], lambda n: {n: 0.5, n + 1: 0.5}),
            chance("lamp", [], ["lamp'"], lambda: {"on": 0.5, "off": 0.5}),
            sure("level", [], ["level'"], lambda: 0),
        )
    )
    start = Round((sure("start", [], ["level'", "lamp'", "counter'"], lambda: (0, "off", 0)),))
    process = Process(("level", "lamp", "counter"), "level", start, {0: count}, (0,), ((),), 5, (1, 1))

    with pytest.raises(TooLarge) as caught:
        compile_chain(process, most=100)

    assert caught.value.limit == 100
    assert 100 < caught.value.rows < 110  # it gives up as soon as the limit is passed
    assert caught.value.slots[0] == ("counter", (caught.value.rows + 1) // 2)
    assert dict(caught.value.slots) | {"lamp": 2, "level": 1} == dict(caught.value.slots)


def wide(values: int) -> Process:
    """One move after another draws a number, three times over, and somebody reads all three: values^3 partial states."""
    draws = [chance(f"draw {k}", [], [f"draw {k}"], lambda: dict.fromkeys(range(values), 1 / values)) for k in range(3)]
    end = sure("level", [f"draw {k}" for k in range(3)], ["level'"], lambda *x: int(sum(x) == 0))
    start = Round((sure("start", [], ["level'"], lambda: 0),))
    return Process(("level",), "level", start, {0: Round((*draws, end))}, (0,), ((),), 1, (1, 1))


def test_too_many_partial_states_name_a_slot_of_the_round() -> None:
    with pytest.raises(TooLarge) as caught:
        compile_chain(wide(700))

    assert caught.value.slots[0] == ("draw 0", 700)


def test_what_fits_is_not_refused_when_orders_are_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    # 6^3 = 216 partial states in whatever order, more than orders are tried with, but not more than a round may have
    monkeypatch.setattr(compiler, "_MOST_IN_SAMPLE", 100)
    monkeypatch.setattr(compiler, "_MOST_ENTRIES", 216)
    assert exact.solve(compile_chain(wide(6)), 1).passage[1, 0] == pytest.approx(6**-3, rel=1e-12)

    monkeypatch.setattr(compiler, "_MOST_ENTRIES", 215)
    with pytest.raises(TooLarge, match=r"more than 215 partial states \(at least 216\)"):
        compile_chain(wide(6))


@pytest.mark.parametrize("seed", range(6))
def test_what_follows_is_the_same_with_and_without_layers(seed: int) -> None:
    chain = compile_chain(drawn_process(np.random.default_rng(seed)))
    for n, moves in enumerate(distinct_rounds(chain.process)):
        rows = chain.states[[played(chain.process, label) == n for label in chain.labels(chain.process.phase)]]
        kernels = {id(move): Kernel(move, chain.domains) for move in moves.moves}
        ordered = Ordered(moves, chain.process, kernels, chain.domains, "why", True)

        assert len(rows)
        assert np.array_equal(ordered.after(rows), ordered.lift(rows)[2].columns(ordered.final))


def test_tallies_and_the_mark_are_kept_only_when_asked_for() -> None:
    process = drawn_process(np.random.default_rng(1))
    full, bare = compile_chain(process, mark="why"), compile_chain(process, counted=False)

    assert [len(lifted.tallies) for lifted in full.rounds] == [3, 3, 0]
    assert [len(lifted.tallies) for lifted in bare.rounds] == [0, 0, 0]
    assert (full.rounds[0].mark >= 0).all()  # rounds of level 0 write the mark, the others do not
    assert all((lifted.mark == -1).all() for lifted in full.rounds[1:])
    assert all((lifted.mark == -1).all() for lifted in bare.rounds)
    both = exact.solve(full, 2), exact.solve(bare, 2)
    assert both[0].passage == pytest.approx(both[1].passage, abs=1e-14)


def arrays(chain: Chain) -> Sequence[np.ndarray]:
    layers = [layer for lifted in (chain.start, *chain.rounds) for layer in lifted.layers]
    return [chain.states, chain.forced, *[x for layer in layers for x in (layer.source, layer.target, layer.entry)]]


def test_the_structure_depends_on_no_number() -> None:
    def walk(up: list[float]) -> Chain:
        numbers = np.array(up)
        return compile_chain(random_walk(numbers, milestones=(1, 3), floor=-2, points=len(up)))

    for other in ([0.9, 0.0], [1.0, 1.0], [0.0, 0.0, 0.5, 0.5, 0.2]):
        for x, y in zip(arrays(walk([0.3, 0.4])), arrays(walk(other)), strict=True):
            assert np.array_equal(x, y)


def test_rounds_are_found_by_phase() -> None:
    process = random_walk(0.5, milestones=(1, 2))
    other = replace(process, rounds={**process.rounds, 1: Round(process.rounds[1].moves)})

    assert len(distinct_rounds(process)) == 2  # the walk, and nothing
    assert [played(other, level) for level in (0, 1, 2, 3)] == [0, 1, 2, -1]


def test_where_no_round_is_played_nothing_moves() -> None:
    # half are at the milestone after one round and stay; of the others a quarter (down-up-up) joins them in the third
    process = random_walk(0.5, horizon=3)
    without = replace(process, rounds={0: process.rounds[0]})
    chain = compile_chain(without)
    found = exact.solve(chain, 1, watch=["place"])

    at = found.occupancy["place"][:, found.values["place"].index(1)]
    assert at.tolist() == [0.0, 0.5, 0.5, 0.625]
    assert found.passage[:, 0].tolist() == at.tolist()
    assert found.occupancy["place"].sum(axis=1).tolist() == [1.0] * 4
