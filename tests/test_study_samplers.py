"""Points in the unit cube: strata, balance, the same bytes for the same seed, and agreement with SALib."""

from __future__ import annotations

import numpy as np
import pytest

from sim.study import samplers
from sim.study.samplers import latin_hypercube, morris, random, saltelli, sobol

SEEDED = {
    "sobol": lambda n, seed: sobol(n, 3, seed),
    "latin_hypercube": lambda n, seed: latin_hypercube(n, 3, seed),
    "random": lambda n, seed: random(n, 3, seed),
    "morris": lambda n, seed: morris(n, 3, 4, seed),
    "saltelli": lambda n, seed: saltelli(n, 3, False, seed),
    "saltelli, second order": lambda n, seed: saltelli(n, 3, True, seed),
}


@pytest.mark.parametrize("points", SEEDED.values(), ids=SEEDED)
def test_a_seed_gives_the_same_bytes_and_touches_no_global_state(points) -> None:
    before = repr(np.random.get_state())  # noqa: NPY002
    one, again, other, zero = (points(8, seed) for seed in (7, 7, 8, 0))

    assert one.tobytes() == again.tobytes()
    assert not np.array_equal(one, other)
    assert not np.array_equal(one, zero)
    assert repr(np.random.get_state()) == before  # noqa: NPY002


@pytest.mark.parametrize("name", ["sobol", "random", "morris", "saltelli", "saltelli, second order"])
def test_further_samples_leave_the_earlier_ones_as_they_are(name: str) -> None:
    points = SEEDED[name]
    for n in (1, 3, 8, 11):
        few, many = points(n, 5), points(2 * n, 5)
        assert many[: len(few)].tobytes() == few.tobytes()


@pytest.mark.parametrize("name", ["sobol", "latin_hypercube", "random", "saltelli"])
def test_no_point_lies_at_an_end(name: str) -> None:
    u = SEEDED[name](512, 3)

    assert (u > 0).all()
    assert (u < 1).all()


def test_a_sobol_point_of_zero_is_moved_into_its_cell(monkeypatch: pytest.MonkeyPatch) -> None:
    from scipy.stats import qmc

    monkeypatch.setattr(qmc.Sobol, "random_base2", lambda self, m: np.zeros((2**m, self.d)))

    assert (sobol(4, 2, 0) == 2.0**-31).all()


def test_the_ends_of_the_plain_generator_are_moved_inside(monkeypatch: pytest.MonkeyPatch) -> None:
    from scipy.stats import qmc

    monkeypatch.setattr(qmc.LatinHypercube, "random", lambda self, n: np.array([[0.0], [1.0]]))
    u = latin_hypercube(2, 1, 0)

    assert (u > 0).all()
    assert (u < 1).all()


def test_sobol_points_are_balanced_at_powers_of_two() -> None:
    # A (0, m, 1)-net in every coordinate: one of 64 points in each of 64 equal cells (Owen 2020).
    u = sobol(64, 5, 11)

    assert (np.sort(np.floor(u * 64), axis=0) == np.arange(64)[:, None]).all()


def test_a_latin_hypercube_has_one_point_in_every_stratum() -> None:
    u = latin_hypercube(50, 4, 2)

    assert (np.sort(np.floor(u * 50), axis=0) == np.arange(50)[:, None]).all()


def test_draws_and_points_of_one_seed_have_nothing_in_common() -> None:
    for sampler in samplers.SPACE_FILLING.values():
        points, draws = sampler(16, 2, 1, samplers.POINTS), sampler(16, 2, 1, samplers.DRAWS)
        assert not np.isin(points, draws).any()


def test_morris_moves_every_axis_once_by_the_same_step() -> None:
    # SALib's grid of p levels and step p / (2 (p - 1)), Morris (1991)
    for levels, step in ((4, 2 / 3), (8, 4 / 7)):
        u = morris(20, 5, levels, 3).reshape(20, 6, 5)
        moves = np.diff(u, axis=1)

        assert (np.count_nonzero(moves, axis=2) == 1).all()
        assert (np.count_nonzero(moves, axis=1) == 1).all()
        np.testing.assert_allclose(np.abs(moves[moves != 0]), step, rtol=1e-12)
        assert set(np.unique(u)) <= set(np.arange(levels) / (levels - 1))
        assert {0.0, 1.0} <= set(np.unique(u))


def test_morris_takes_its_trajectories_from_salib() -> None:
    from SALib.sample.morris import sample

    problem = {"num_vars": 3, "names": ["a", "b", "c"], "bounds": [[0, 1]] * 3}
    expected = sample(problem, 6, num_levels=4, seed=samplers.generator(9))

    np.testing.assert_allclose(morris(6, 3, 4, 9), expected, atol=1e-12)


@pytest.mark.parametrize("second_order", [False, True])
def test_saltelli_is_that_of_salib(second_order: bool) -> None:
    from SALib.sample.sobol import sample

    problem = {"num_vars": 4, "names": list("abcd"), "bounds": [[0, 1]] * 4}
    expected = sample(problem, 16, calc_second_order=second_order, seed=samplers.generator(9))
    found = saltelli(16, 4, second_order, 9)

    assert found.shape == (16 * (10 if second_order else 6), 4)
    assert np.array_equal(found, expected)


def test_saltelli_blocks_are_a_its_swaps_and_b() -> None:
    blocks = saltelli(4, 2, False, 1).reshape(4, 4, 2)  # A, A with column 0 of B, A with column 1 of B, B
    a, first, second, b = (blocks[:, n] for n in range(4))

    assert np.array_equal(first, np.stack([b[:, 0], a[:, 1]], axis=1))
    assert np.array_equal(second, np.stack([a[:, 0], b[:, 1]], axis=1))
