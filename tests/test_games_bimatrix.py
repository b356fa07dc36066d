"""Guarded nashpy against quantecon's vertex enumeration and known equilibria (docs/model.md, section 4)."""

import subprocess
import sys
from typing import Any

import nashpy
import numpy as np
import pytest

from sim.games import bimatrix, equilibria
from sim.games.bimatrix import regret

CHUNKS = 10


def quantecon_profiles(A: np.ndarray, B: np.ndarray) -> list[tuple[np.ndarray, np.ndarray]]:
    """quantecon's vertex enumeration: all equilibria of a nondegenerate game, some of a degenerate one."""
    from quantecon.game_theory import NormalFormGame, Player, vertex_enumeration

    return vertex_enumeration(NormalFormGame((Player(A), Player(np.ascontiguousarray(B.T)))))


def degenerate_2x2(A: np.ndarray, B: np.ndarray) -> bool:
    """Is some pure strategy met by two best responses?  (A mixed one has two by right.)"""
    return bool((A[0] == A[1]).any() or (B[:, 0] == B[:, 1]).any())


def distance(one: tuple[np.ndarray, np.ndarray], two: tuple[np.ndarray, np.ndarray]) -> float:
    return max(np.abs(one[0] - two[0]).max(), np.abs(one[1] - two[1]).max())


def assert_agrees_with_quantecon(A: np.ndarray, B: np.ndarray) -> bool:
    """Compares one game; says whether it is degenerate."""
    found, oracle = equilibria(A, B), quantecon_profiles(A, B)
    for profile in found:
        assert regret(A, B, *profile) < 1e-9
    for profile in oracle:
        assert min(distance(profile, ours) for ours in found) < 1e-9, (A, B)
    if not found.degenerate:
        assert len(found) == len(oracle), (A, B)
        assert len(found) % 2 == 1  # Wilson (1971): the number is odd
    return found.degenerate


@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_10_000_random_2x2_games_agree_with_quantecon(chunk: int):
    rng = np.random.default_rng([2, chunk])
    degenerate = 0
    for _ in range(10_000 // CHUNKS):
        A, B = rng.integers(-10, 11, size=(2, 2, 2)).astype(float)
        flagged = assert_agrees_with_quantecon(A, B)
        assert flagged == degenerate_2x2(A, B)
        degenerate += flagged
    # four ties of chance 1/21 each: 1 - (20/21)^4 = 0.177 of 1,000 games, give or take 12
    assert 130 < degenerate < 225


@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_1_000_random_3x3_games_agree_with_quantecon(chunk: int):
    rng = np.random.default_rng([3, chunk])
    for _ in range(1000 // CHUNKS):
        A, B = rng.integers(-10, 11, size=(2, 3, 3)).astype(float)
        assert_agrees_with_quantecon(A, B)


def test_other_sizes_agree_with_quantecon():
    rng = np.random.default_rng(4)
    for shape in ((2, 3), (4, 2), (3, 5), (4, 4), (5, 5), (2, 7)):
        for _ in range(10):
            A, B = rng.normal(size=(2, *shape))
            assert not assert_agrees_with_quantecon(A, B)


def test_von_stengels_example():
    """The worked example of von Stengel, in Nisan et al. (2007), ch. 3: three equilibria, two of them mixed."""
    A, B = np.array([[3.0, 3], [2, 5], [0, 6]]), np.array([[3.0, 2], [2, 6], [3, 1]])
    found = equilibria(A, B)

    # rows 1 and 2: 3 = 2 + 3 y_2, 3 x_1 + 2 x_2 = 2 x_1 + 6 x_2; rows 2 and 3: 2 + 3 y_2 = 6 y_2, 2 x_2 + 3 x_3 = 6 x_2 + x_3
    expected = [([1, 0, 0], [1, 0]), ([4 / 5, 1 / 5, 0], [2 / 3, 1 / 3]), ([0, 1 / 3, 2 / 3], [1 / 3, 2 / 3])]
    assert not found.degenerate
    assert len(found) == 3
    for profile, (x, y) in zip(found, expected, strict=True):
        assert distance(profile, (np.array(x), np.array(y))) < 1e-12
    # 2 * 4/5 + 6 * 1/5 = 14/5 and 2 * 1/3 + 3 * 2/3 = 8/3
    np.testing.assert_allclose(found.payoffs, [(3, 3), (3, 14 / 5), (4, 8 / 3)], atol=1e-12)


def test_von_stengels_degenerate_example():
    """The same with B[0][1] = 3: now the first row has two best responses, and is best against every y with y_2 <= 1/3."""
    A, B = np.array([[3.0, 3], [2, 5], [0, 6]]), np.array([[3.0, 3], [2, 6], [3, 1]])
    found = equilibria(A, B)

    expected = [([1, 0, 0], [1, 0]), ([1, 0, 0], [2 / 3, 1 / 3]), ([0, 1 / 3, 2 / 3], [1 / 3, 2 / 3])]
    assert found.degenerate
    assert len(found) == 3
    for profile, (x, y) in zip(found, expected, strict=True):
        assert distance(profile, (np.array(x), np.array(y))) < 1e-12


def test_rock_paper_scissors():
    A = np.array([[0.0, -1, 1], [1, 0, -1], [-1, 1, 0]])
    found = equilibria(A, -A)

    assert not found.degenerate
    assert len(found) == 1
    assert distance(found.profiles[0], (np.full(3, 1 / 3), np.full(3, 1 / 3))) < 1e-12
    np.testing.assert_allclose(found.payoffs, [(0, 0)], atol=1e-12)


def test_a_game_nobody_cares_about_has_all_pure_profiles_as_extreme_equilibria():
    found = equilibria(np.zeros((2, 3)), np.full((2, 3), 1e6))

    assert found.degenerate
    assert len(found) == 6
    for x, y in found:
        assert sorted(x) == [0, 1]
        assert sorted(y) == [0, 0, 1]


def test_one_action_only():
    found = equilibria([[1.0, 3.0, 3.0]], [[0.0, 2.0, 2.0]])
    assert [y.tolist() for _, y in found] == [[0, 1, 0], [0, 0, 1]]
    assert found.degenerate
    single = equilibria([[1.0], [2.0]], [[5.0], [7.0]])
    assert [(x.tolist(), y.tolist()) for x, y in single] == [([0, 1], [1])]
    assert not single.degenerate
    assert single.payoffs == ((2.0, 7.0),)


@pytest.mark.parametrize(("scale", "shift"), [(1.0, 1e6), (1e-9, 0.0), (1e9, -1e12), (3.0, -1000.0)])
def test_scale_and_level_of_payoffs_do_not_matter(scale: float, shift: float):
    rng = np.random.default_rng(5)
    for _ in range(20):
        A, B = rng.integers(-9, 10, size=(2, 3, 3)).astype(float)
        before, after = equilibria(A, B), equilibria(scale * A + shift, B)
        assert before.degenerate == after.degenerate
        assert len(before) == len(after)
        for one, two in zip(before, after, strict=True):
            assert distance(one, two) < 1e-8


def test_finds_what_nashpy_alone_misses():
    """The row player is indifferent against the second column, which is best for the other if the second row has at most 1/2."""
    A, B = np.array([[1.0, 0], [0, 0]]), np.array([[0.0, 1], [1, 0]])
    alone: Any = list(nashpy.Game(A, B).support_enumeration())  # an odd number, so without a warning
    found = equilibria(A, B)

    assert [(x.tolist(), y.tolist()) for x, y in alone] == [([1, 0], [0, 1])]
    assert found.degenerate
    assert len(found) == 2
    assert distance(found.profiles[0], (np.array([1, 0]), np.array([0, 1]))) < 1e-12
    assert distance(found.profiles[1], (np.array([0.5, 0.5]), np.array([0, 1]))) < 1e-12


def test_the_fallback_gives_the_same_equilibria(monkeypatch: pytest.MonkeyPatch):
    """Where no vertices can be had, support enumeration steps in."""
    games = [np.random.default_rng(6).normal(size=(2, 3, 3)) for _ in range(5)]
    before = [equilibria(*game) for game in games]
    monkeypatch.setattr(bimatrix, "_labelled", lambda *_: iter(()))
    for game, expected in zip(games, before, strict=True):
        for one, two in zip(equilibria(*game), expected, strict=True):
            assert distance(one, two) < 1e-9


def test_a_profile_found_twice_or_by_mistake_does_not_count(monkeypatch: pytest.MonkeyPatch):
    A = np.array([[2.0, 0], [0, 1]])
    first, second, wrong = np.array([1.0, 1e-15]), np.array([0.0, 1.0]), np.array([0.5, 0.5])
    found = [(first, first), (first, first), (second, second), (wrong, wrong), (second, second)]
    monkeypatch.setattr(bimatrix, "_labelled", lambda *_: iter(found))
    assert [(x.tolist(), y.tolist()) for x, y in equilibria(A, A)] == [([1, 0], [1, 0]), ([0, 1], [0, 1])]


def test_profiles_come_in_a_fixed_order():
    A = np.array([[2.0, 0], [0, 1]])
    assert [x[0] for x, _ in equilibria(A, A)] == pytest.approx([1, 1 / 3, 0])


def test_bad_input_is_refused():
    with pytest.raises(ValueError, match="same shape"):
        equilibria(np.ones((2, 3)), np.ones((3, 2)))
    with pytest.raises(ValueError, match="finite"):
        equilibria([[1.0, np.nan]], [[1.0, 0.0]])


def test_importing_the_games_imports_nothing_heavy():
    code = "import sys, sim.games; print([m for m in ('nashpy', 'scipy', 'numba', 'matplotlib', 'pandas') if m in sys.modules])"
    printed = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert printed.strip() == "[]"
