"""Drawing: streams of random numbers keyed by (seed, block, name), and drawing from lotteries (docs/engine.md, section 5)."""

from __future__ import annotations

import numpy as np
import pytest

from sim.chain import chance, monte_carlo, sure
from sim.chain.kernels import Domains, Kernel
from sim.chain.monte_carlo import BLOCK, Lotteries, Stream, thresholds
from standard_errors import wrong_counts

# ---- streams


def test_skipping_rounds_is_drawing_them() -> None:
    every, some = Stream(7, 3, "rung"), Stream(7, 3, "rung")
    drawn = [every.at(t).copy() for t in range(12)]

    for t in (0, 1, 5, 5, 6, 11):  # asked for again: the same
        assert np.array_equal(some.at(t), drawn[t])
    assert len({x.tobytes() for x in drawn}) == 12


def test_streams_differ_by_seed_block_and_name_only() -> None:
    keys = [(s, b, name) for s in (0, 1, -1, 2**80) for b in (0, 1) for name in ("act.usa", "act.russia")]
    keys += [(0, 1, "0"), (0, 10, ""), (1, 0, "0")]
    first = {key: Stream(*key).at(0).tobytes() for key in keys}

    assert len(set(first.values())) == len(keys)
    assert all(Stream(*key).at(0).tobytes() == x for key, x in first.items())


def test_what_a_seed_means_is_kept() -> None:
    # a changed number here means that every seed gives another history
    assert Stream(0, 0, "rung").at(0)[:2].tolist() == PINNED[0]
    assert Stream(20260205, 3, "act.usa").at(9)[-2:].tolist() == PINNED[1]
    assert BLOCK == 4096


PINNED = [[0.1111833541738737, 0.7461117996383543], [0.1058557234382611, 0.9371335180913335]]


def test_uniform_numbers_are_uniform() -> None:
    u = np.concatenate([Stream(1, block, "x").at(t).copy() for block in range(5) for t in range(5)])
    counts = np.bincount((u * 20).astype(int), minlength=20)

    assert 0 <= u.min() <= u.max() < 1
    assert wrong_counts(counts, len(u), np.full(20, 0.05)) == []


# ---- lotteries


ALMOST_ONE = np.nextafter(1.0, 0.0)


@pytest.mark.parametrize(
    "probability",
    [
        [0.3, 0.7],
        [0.0, 1.0],
        [1.0, 0.0],
        [0.5, 0.5, 0.0],
        [0.0, 0.0, 0.4, 0.0, 0.6, 0.0, 0.0],
        [1 / 3, 1 / 3, 1 / 3 - 1e-16, 0.0],
        [0.1] * 10,
        [0.0, *[1 / 12] * 6, 0.0, *[1 / 12] * 6, 0.0, 0.0],
        [1e-300, 1.0],
    ],
    ids=str,
)
@pytest.mark.parametrize("narrow", [8, 0], ids=["as it comes", "by binary search"])
def test_shares_are_met_and_nothing_impossible_drawn(probability: list, narrow: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(monte_carlo, "_NARROW", narrow)
    # probabilities vary over epochs, so that zeros are kept; the other epoch has them the other way round
    lottery = {k: np.array([[p], [q]]) for k, (p, q) in enumerate(zip(probability, probability[::-1], strict=True))}
    lotteries = Lotteries(Kernel(chance("m", [], ["x"], lambda: lottery), Domains()), 2)
    grid = (np.arange(9999) + 0.5) / 9999
    for epoch, shares in enumerate((probability, probability[::-1])):
        u = np.concatenate([grid, [0.0, ALMOST_ONE]])
        (codes,) = lotteries.draw([], len(u), lambda u=u: u, epoch)
        labels = lotteries.kernel.domains.labels("x")
        counts = np.bincount(codes, minlength=len(labels))

        for k, share in enumerate(shares):
            count = counts[labels.index(k)] if k in labels else 0  # impossible in both epochs: left out
            assert abs(count - 9999 * share) <= 3.01  # the grid to within one, and the two ends
            assert count == 0 or share > 0


def test_thresholds() -> None:
    found = thresholds(np.array([[0.2, 0.3, 0.5], [0.2, 0.8, 0.0], [1.0, 0.0, 0.0], [0.0, 0.0, 1.0]]))

    assert found.tolist() == [[0.2, 0.5, 2.0], [0.2, 2.0, 2.0], [2.0, 2.0, 2.0], [0.0, 0.0, 2.0]]


def test_rows_of_different_widths_and_rows_met_later() -> None:
    # x has x outcomes of equal probability: 1, 2, 5 are drawn by comparison, with 30 among them by binary search
    domains = Domains()
    for x in (1, 2, 5, 30):
        domains.code("x", x)
    move = chance("m", ["x"], ["y"], lambda x: {f"{x}/{k}": 1 / x for k in range(x)})
    lotteries, u = Lotteries(Kernel(move, domains), 1), (np.arange(3000) + 0.5) / 3000
    for codes in ([0, 1], [2, 1], [3, 0], [1, 2, 3, 0]):
        rows = np.repeat(codes, len(u))
        (drawn,) = lotteries.draw([rows], len(rows), lambda codes=codes: np.tile(u, len(codes)), 0)
        labels = [domains.labels("y")[c] for c in drawn]
        for part, code in enumerate(codes):
            x = (1, 2, 5, 30)[code]
            assert labels[part * 3000 : (part + 1) * 3000] == [f"{x}/{k}" for k in range(x) for _ in range(3000 // x)]


def test_a_sure_move_takes_no_numbers() -> None:
    def none() -> np.ndarray:
        raise AssertionError("a sure move must not draw")

    for move in (sure("m", [], ["x", "y"], lambda: (1, 2)), chance("m", [], ["x", "y"], lambda: {(1, 2): 1.0})):
        drawn = Lotteries(Kernel(move, Domains()), 1).draw([], 3, none, 0)

        assert [column.tolist() for column in drawn] == [[0, 0, 0], [0, 0, 0]]
