"""Kernels: numbering of values and combinations, lotteries as flat tables, moves lifted to partial states (docs/engine.md)."""

from __future__ import annotations

import itertools
import tracemalloc
from typing import Literal

import numpy as np
import pytest

from sim.chain import Tally, chance, kernels, sure
from sim.chain.kernels import Domains, Kernel, Space, TallyKernel, TooLarge, distinct, entries, lift, pack, stack


def domains(**values: list) -> Domains:
    """Domains in which slots have taken these values, in this order."""
    out = Domains()
    for slot, labels in values.items():
        for label in labels:
            out.code(slot, label)
    return out


def test_values_are_numbered_as_they_turn_up_and_after_shares_the_numbers() -> None:
    d = Domains()

    assert [d.code("x", v) for v in ("b", "a", None, "b")] == [0, 1, 2, 0]
    assert d.code("x'", "a") == 1
    assert d.code("x'", "c") == 3
    assert d.labels("x") == d.labels("x'") == ["b", "a", None, "c"]
    assert d.labels("y") == []


# ---- rows of numbers


@pytest.mark.parametrize("width", [3, 2**20, 2**30], ids=["by counting", "by sorting", "beyond 62 bits"])
def test_distinct_finds_every_row_once(width: int) -> None:
    # three columns; width^3 keys: 27 are counted, 2^60 are sorted, 2^90 do not fit into 62 bits and are renumbered on the way
    rng = np.random.default_rng(width)
    pool = rng.integers(0, width, (40, 3))
    codes = pool[rng.integers(0, 40, 500)]

    rows, number = distinct(codes)

    assert np.array_equal(rows[number], codes)
    assert len(rows) == len(np.unique(codes, axis=0))
    key, bound = pack(codes)
    assert len(np.unique(key)) == len(rows)
    assert 0 <= key.min() <= key.max() < bound <= 2**62


def test_rows_without_slots_are_one_row() -> None:
    rows, number = distinct(np.zeros((5, 0), np.int32))

    assert (rows.shape, number.tolist()) == ((1, 0), [0, 0, 0, 0, 0])


# ---- numbers of combinations


def pairs(d: Domains) -> Kernel:
    """The kernel of a sure move that writes its two reads as a pair."""
    return Kernel(sure("pair", ["x", "y"], ["pair"], lambda x, y: (x, y)), d)


@pytest.mark.parametrize("dense", [1 << 22, 5], ids=["looked up", "sorted"])
def test_combinations_keep_their_numbers_when_domains_grow(dense: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kernels, "_DENSE", dense)
    d = domains(x=["a", "b"], y=[10, 20])
    kernel = pairs(d)
    codes = np.array(list(itertools.product(range(2), range(2))))
    before = kernel(codes[::-1])
    for label in range(30):  # room for 2 + 30 values is made on the way
        d.code("x", f"new {label}")
    late = np.array([[31, 0], [0, 1], [31, 0], [17, 1]])

    again, later = kernel(codes), kernel(late)

    assert again[::-1].tolist() == before.tolist()
    assert later[0] == later[2]
    assert later[1] == again[1]
    labels = [kernel.combinations[r] for r in later]
    assert labels == [("new 29", 10), ("a", 20), ("new 29", 10), ("new 15", 20)]
    assert [kernel.labels[kernel.start[r]] for r in later] == labels  # the lottery was asked for the very combination
    assert len(kernel.combinations) == len(set(kernel.combinations)) == 6


def test_a_domain_that_outgrows_the_table_goes_over_to_sorting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kernels, "_DENSE", 64)
    d = domains(x=["a", "b"], y=[10, 20])
    kernel = pairs(d)
    codes = np.array([[1, 0], [0, 1]])
    before = kernel(codes).tolist()
    for n in range(100):
        d.code("y", f"new {n}")

    assert kernel(np.vstack([codes, [[1, 101]], codes])).tolist() == [*before, 2, *before]


def test_a_lottery_is_asked_once_for_each_combination() -> None:
    asked = []

    def lottery(x: str) -> dict[str, float]:
        asked.append(x)
        return {x: 1.0}

    kernel = Kernel(chance("m", ["x"], ["y"], lottery), domains(x=["a", "b", "c"]))
    for _ in range(3):
        kernel(np.array([[0], [2], [0]]))

    assert asked == ["a", "c"]


# ---- lotteries


def test_lotteries_are_flattened_row_by_row() -> None:
    coin = chance("m", ["x"], ["y", "x'"], lambda x: {("heads", x): 0.25, ("tails", 1 - x): 0.75})
    kernel = Kernel(coin, domains(x=[0, 1]))
    rows = kernel(np.array([[1], [0]]))

    assert rows.tolist() == [1, 0]  # numbers go by value, not by place
    assert kernel.start == [0, 2, 4]
    assert kernel.labels == [("heads", 0), ("tails", 1), ("heads", 1), ("tails", 0)]
    assert kernel.written().tolist() == [[0, 0], [1, 1], [0, 1], [1, 0]]  # y: heads, tails; x': numbered as x
    assert kernel.table()[:, 0, 0].tolist() == [0.25, 0.75, 0.25, 0.75]


@pytest.mark.parametrize(
    ("probability", "kept"),
    [
        (0.0, False),
        (np.zeros((1, 1)), False),
        (np.zeros((3, 1)), False),  # zero in every epoch, whatever the point
        (np.array([[0.0], [0.5], [0.0]]), True),
        (np.zeros(2), True),  # zero at these points; others may share the structure
        (np.zeros((3, 2)), True),
        (np.array([[0.0, 0.1]]), True),
        (1e-300, True),
    ],
)
def test_zeros_are_left_out_only_where_they_depend_on_no_point(probability: object, kept: bool) -> None:
    kernel = Kernel(chance("m", [], ["y"], lambda: {"a": probability, "b": 1.0}), Domains())
    kernel(np.zeros((1, 0), np.int64))

    assert kernel.labels == (["a", "b"] if kept else ["b"])


def test_the_numbers_of_another_process_come_in_the_same_places() -> None:
    kernel = Kernel(chance("m", ["x"], ["y"], lambda x: {"a": 0.3, "b": 0.7} if x else {"b": 1.0}), domains(x=[0, 1]))
    kernel(np.array([[0], [1]]))
    a, b = np.array([0.4, 0.9]), np.array([0.6, 0.1])
    other = chance("m", ["x"], ["y"], lambda x: {"b": b, "a": a} if x else {"a": 0.0, "b": 1.0})

    assert kernel.table()[:, 0, 0].tolist() == [1.0, 0.3, 0.7]
    assert kernel.table(other)[:, 0].tolist() == [[1.0, 1.0], [0.4, 0.9], [0.6, 0.1]]
    absent = chance("m", ["x"], ["y"], lambda x: {"b": 1.0})
    assert kernel.table(absent)[:, 0, 0].tolist() == [1.0, 0.0, 1.0]


def test_numbers_of_all_shapes_stack() -> None:
    by_epoch, by_point, both = np.array([[1.0], [2.0]]), np.array([3.0, 4.0, 5.0]), np.arange(6.0).reshape(2, 3)

    assert stack([7, 8.0]).tolist() == [[[7.0]], [[8.0]]]
    assert stack([7, by_epoch]).tolist() == [[[7.0], [7.0]], [[1.0], [2.0]]]
    assert stack([by_epoch, by_point, both]).tolist() == [
        [[1, 1, 1], [2, 2, 2]],
        [[3, 4, 5], [3, 4, 5]],
        [[0, 1, 2], [3, 4, 5]],
    ]


def test_tallies_have_one_value_per_combination() -> None:
    kernel = TallyKernel(Tally("n", ("x",), lambda x: x * np.array([1.0, 10.0])), domains(x=[2, 3]))
    rows = kernel(np.array([[1], [0], [1]]))

    assert kernel.table()[rows, 0].tolist() == [[3, 30], [2, 20], [3, 30]]
    assert kernel.table(Tally("n", ("x",), lambda x: -x))[rows, 0, 0].tolist() == [-3, -2, -3]


# ---- lifting


def test_lifting_forgets_what_nobody_reads_and_merges_equal_rows() -> None:
    # four partial states (x, z); y is heads with x / 4; then x is no longer wanted: two z times two y are left
    d = domains(x=[1, 3], z=["p", "q"])
    space = Space(("x", "z"), np.array(list(itertools.product(range(2), range(2))), np.int32))
    kernel = Kernel(chance("toss", ["x"], ["y"], lambda x: {"heads": x / 4, "tails": 1 - x / 4}), d)

    layer, after = lift(kernel, space, {"z", "y"}, 100)

    assert after.slots == ("z", "y")
    assert layer.shape == (4, 4)
    matrix = np.zeros(layer.shape)
    np.add.at(matrix, (layer.source, layer.target), kernel.table()[layer.entry, 0, 0])
    labels = [(d.labels("z")[z], d.labels("y")[y]) for z, y in after.codes]
    expected = {"p": {"heads": (1, 3), "tails": (3, 1)}, "q": {"heads": (1, 3), "tails": (3, 1)}}
    for r, (x, z) in enumerate(itertools.product((0, 1), "pq")):
        for c, (z_after, y) in enumerate(labels):
            assert matrix[r, c] == (expected[z][y][x] / 4 if z == z_after else 0)

    _, nothing = lift(kernel, space, set(), 100)
    assert nothing.codes.shape == (1, 0)


def test_lifting_nothing_gives_nothing() -> None:
    kernel = Kernel(chance("m", ["x"], ["y"], lambda x: {0: 1.0}), domains(x=[1]))
    layer, after = lift(kernel, Space(("x",), np.zeros((0, 1), np.int32)), {"y"}, 100)

    assert (len(layer.source), layer.shape, len(after)) == (0, (0, 0), 0)


def test_too_large_names_the_slots_that_have_most_values() -> None:
    d = domains(x=[0, 1], z=list(range(50)))
    space = Space(("x", "z"), np.array(list(itertools.product(range(2), range(50))), np.int32))
    kernel = Kernel(chance("m", [], ["y"], lambda: {0: 0.5, 1: 0.5}), d)

    assert len(lift(kernel, space, {"x", "y", "z"}, 200)[1]) == 200  # exactly the limit is allowed
    with pytest.raises(TooLarge, match="more than 199 partial states") as caught:
        lift(kernel, space, {"x", "y", "z"}, 199)
    assert (caught.value.rows, caught.value.limit, caught.value.slots) == (200, 199, [("z", 50), ("x", 2)])


def test_a_layer_that_is_too_large_is_counted_exactly_before_it_is_made() -> None:
    # half of 2,000 partial states have 3 outcomes, half 1,001: 1,000 x 3 + 1,000 x 1,001 = 1,004,000 entries of 8 bytes and more
    space = Space(("x",), np.array([[n % 2] for n in range(2000)], np.int32))
    kernel = Kernel(chance("m", ["x"], ["y"], lambda x: dict.fromkeys(range(1001 if x else 3), 1.0)), domains(x=[0, 1]))

    assert entries(kernel, space) == 1_004_000
    tracemalloc.start()
    with pytest.raises(TooLarge) as caught:
        lift(kernel, space, {"y"}, 1_003_999)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert caught.value.rows == 1_004_000
    assert peak < 1_000_000
    assert len(lift(kernel, space, {"y"}, 1_004_000)[0].entry) == 1_004_000


@pytest.mark.parametrize("order", ["C", "F"])
def test_sure_moves_and_rows_that_are_in_order_are_lifted_alike(order: Literal["C", "F"]) -> None:
    # y = 2 - x, whatever the order in which the rows stand in memory and in the list
    d = domains(x=[0, 1, 2], z=[0, 1])
    kernel = Kernel(sure("m", ["x"], ["y"], lambda x: 2 - x), d)
    rows = np.array(list(itertools.product(range(3), range(2))), np.int32)
    for codes in (rows, rows[::-1], np.array([[2, 0], [0, 1], [0, 0]], np.int32)):
        layer, after = lift(kernel, Space(("x", "z"), np.asarray(codes, order=order)), {"y", "z"}, 100)
        z, y = after.codes[layer.target].T

        assert z.tolist() == codes[:, 1].tolist()
        assert [d.labels("y")[v] for v in y] == [2 - x for x in codes[:, 0].tolist()]
        assert layer.source.tolist() == list(range(len(codes)))
        assert after.codes.tolist() == sorted(after.codes.tolist())
