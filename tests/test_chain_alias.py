"""Alias sampling of a compiled chain: its tables, its matrix, and its counts against exact numbers (docs/engine.md)."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy import sparse

from sim.chain import Process, Round, alias, alias_jit, batch, chance, exact, monte_carlo, sure
from sim.chain.compile import Chain, compile_chain
from small_processes import drawn_process, random_walk
from standard_errors import wrong_counts


def table_as_matrix(table: np.ndarray) -> np.ndarray:
    """The matrix that packed alias tables stand for: 2^bits equal cells a row, threshold, target and alternative each."""
    n, width = table.shape
    out = np.zeros((n, n))
    for row in range(n):
        for cell in table[row].tolist():
            cut, target, other = cell >> 32, (cell >> 16) & 0xFFFF, cell & 0xFFFF
            out[row, target] += cut / 2**32 / width
            out[row, other] += (1 - cut / 2**32) / width
    return out


@pytest.mark.parametrize("seed", range(5))
def test_tables_stand_for_their_matrix(seed: int) -> None:
    rng = np.random.default_rng(seed)
    n = 40
    dense = rng.random((n, n)) ** 8 * (rng.random((n, n)) < 0.3)
    dense[np.arange(n), rng.integers(0, n, n)] += 0.01
    dense[0], dense[1] = 0, 0
    dense[0, 7] = 1.0  # one target
    dense[1, 3], dense[1, 4] = 1e-15, 1.0
    dense /= dense.sum(axis=1, keepdims=True)
    matrix = sparse.csr_array(dense)
    bits = int(np.ceil(np.log2(np.diff(matrix.indptr).max())))
    table = alias_jit.build(matrix.indptr.astype(np.int64), matrix.indices.astype(np.int64), matrix.data, bits)
    found = table_as_matrix(table)

    assert found == pytest.approx(dense, abs=2**-31)  # a few cells of 2^-32 / width each
    assert (found[dense == 0] < 2**-31).all()
    assert found.sum(axis=1) == pytest.approx(np.ones(n), abs=1e-12)


def impossible(table: np.ndarray, dense: np.ndarray) -> bool:
    """Whether any word whatever could lead where the matrix has a zero."""
    for row in range(len(table)):
        for cell in table[row].tolist():
            cut, target, other = cell >> 32, (cell >> 16) & 0xFFFF, cell & 0xFFFF
            if (cut > 0 and dense[row, target] == 0) or dense[row, other] == 0:
                return True
    return False


@pytest.mark.parametrize("seed", range(5))
def test_no_word_leads_where_the_matrix_has_a_zero(seed: int) -> None:
    rng = np.random.default_rng(seed)
    dense = rng.random((30, 30)) * (rng.random((30, 30)) < 0.4) + np.eye(30)
    dense /= dense.sum(axis=1, keepdims=True)
    matrix = sparse.csr_array(dense)
    bits = int(np.ceil(np.log2(np.diff(matrix.indptr).max())))
    for more in (0, 1, 3):  # also with cells to spare
        table = alias_jit.build(matrix.indptr.astype(np.int64), matrix.indices.astype(np.int64), matrix.data, bits + more)

        assert table.shape == (30, 1 << (bits + more))
        assert not impossible(table, dense)


@pytest.mark.parametrize("seed", range(4))
def test_the_transition_matrix_carries_the_law_as_the_exact_engine_does(seed: int) -> None:
    process = drawn_process(np.random.default_rng(seed))
    chain = compile_chain(process)
    matrices = [alias.transition_matrix(chain, e).toarray() for e in (0, 1)]
    found = exact.solve(chain, 2, watch=["a", "level"])
    law = exact.start_law(chain)
    for t in range(process.horizon + 1):
        for e, first in enumerate(process.first):
            if first == t:
                law = np.bincount(chain.forced[e], law, minlength=len(chain))
        for slot in ("a", "level"):
            labels = np.array(chain.labels(slot))
            expected = [law[labels == v].sum() for v in found.values[slot]]
            assert found.occupancy[slot][t] == pytest.approx(expected, abs=1e-13)
        law = law @ matrices[int(t >= process.first[1])]

    assert all(m.sum(axis=1) == pytest.approx(np.ones(len(chain)), abs=1e-13) for m in matrices)


def test_states_where_nothing_moves_stay() -> None:
    process = random_walk(0.5, milestones=(2,), floor=-2)
    chain = compile_chain(replace(process, rounds={0: process.rounds[0]}))
    matrix, at = alias.transition_matrix(chain, 0).toarray(), chain.labels("place").index(2)

    assert matrix[at].tolist() == [float(s == at) for s in range(len(chain))]


# ---- sampling


def counted(chain: Chain, levels: int, n: int, seed: int = 1, threads: int = 2) -> np.ndarray:
    """How many replicates had reached each level by each round."""
    return np.cumsum(alias.sample(chain, levels, replicates=n, seed=seed, threads=threads), axis=0)


@pytest.mark.parametrize("seed", range(4))
def test_counts_of_drawn_processes_against_the_exact_engine(seed: int) -> None:
    # two epochs, a forced change, a drawn start, jumps over level 1; every count is called wrong with 1e-6 though it is right
    n = 2 * alias.BLOCK + 1000
    chain = compile_chain(drawn_process(np.random.default_rng(seed)))
    expected = exact.solve(chain, 2).passage

    assert wrong_counts(counted(chain, 2, n), n, expected) == []


def test_a_walk_that_comes_and_goes() -> None:
    # level 1 is left and reached again many times, but counted once; level 2 needs two steps more
    n, up = 100_000, np.array([[0.48], [0.3]])
    chain = compile_chain(random_walk(up, milestones=(1, 3), floor=-9, horizon=40, first=(0, 25), forced=((), ())))
    expected = exact.solve(chain, 2).passage

    found = counted(chain, 2, n)
    assert wrong_counts(found, n, expected) == []
    assert (np.diff(found, axis=0) >= 0).all()


def test_alias_and_walking_engines_count_the_same_thing() -> None:
    n, process = 60_000, random_walk(0.4, milestones=(1, 2, 4), floor=-5, horizon=15)
    expected = exact.solve(compile_chain(process), 3).passage
    walked = np.cumsum(monte_carlo.simulate(process, 3, replicates=n, seed=2).arrivals, axis=0)

    assert wrong_counts(walked, n, expected) == []
    assert wrong_counts(counted(compile_chain(process), 3, n, seed=2), n, expected) == []


def test_same_seed_same_numbers_whatever_the_threads() -> None:
    chain = compile_chain(drawn_process(np.random.default_rng(0)))
    n = 3 * alias.BLOCK + 5
    one = alias.sample(chain, 2, replicates=n, seed=9, threads=1)

    assert np.array_equal(alias.sample(chain, 2, replicates=n, seed=9, threads=2), one)
    assert not np.array_equal(alias.sample(chain, 2, replicates=n, seed=10, threads=2), one)
    fewer = alias.sample(chain, 2, replicates=alias.BLOCK + 5, seed=9)
    assert (fewer <= one).all()  # more replicates begin with the fewer
    assert one.sum(axis=0).max() <= n


def test_lanes_have_streams_of_their_own() -> None:
    # a coin per round and replicate: among 16 neighbours the number that arrive is binomial, not all or none
    process = random_walk(0.5, milestones=(1,), floor=-1, horizon=1)
    chain = compile_chain(process)
    heads = [alias.sample(chain, 1, replicates=k, seed=4, threads=1)[1, 0] for k in range(0, 16 * 40 + 1, 16)]
    per_group = np.diff(heads)

    assert heads[0] == 0
    assert 4 / 3 < per_group.var() < 4 * 2  # variance 4 of 16 coins; 40 groups: chi-square 39 outside [13, 78] with 4e-4


def test_levels_below_the_highest_are_refused() -> None:
    # the compiled loop would write beyond its counts; the exact engine takes the last level for absorbing
    chain = compile_chain(random_walk(0.5, milestones=(1, 3), floor=-3))
    with pytest.raises(ValueError, match="levels must be 2"):
        alias.sample(chain, 1, replicates=10, seed=0)
    with pytest.raises(ValueError, match="levels must be 2"):
        exact.solve(chain, 1)
    with pytest.raises(ValueError, match="levels must be 2"):
        batch.program(compile_chain(random_walk(0.5, milestones=(1, 3), floor=-3), counted=False), 1)


def test_too_many_states_for_a_cell() -> None:
    # 257 x 257 states reached at once from the start
    start = Round((sure("start", [], ["level'", "x'", "y'"], lambda: (0, 0, 0)),))
    throw = Round(
        (
            *[chance(s, [], [f"{s}'"], lambda: dict.fromkeys(range(257), 1 / 257)) for s in "xy"],
            sure("level", [], ["level'"], lambda: 0),
        )
    )
    chain = compile_chain(Process(("level", "x", "y"), "level", start, {0: throw}, (0,), ((),), 1, (1, 1)))

    with pytest.raises(ValueError, match="at most 65,536 states, found 66,049"):
        alias.sample(chain, 1, replicates=10, seed=0)
