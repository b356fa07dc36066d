"""The principal branch of the logit equilibrium against published values and slow other ways (docs/model.md, section 4)."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from scipy.integrate import solve_ivp
from scipy.optimize import brentq
from scipy.special import expit

from quantal_cases import drawn_games, residual
from sim.games import logit_2x2, logit_bimatrix, logit_equilibrium

OCHS_ROW = np.array([[1.1141, 0.0], [0.0, 0.2785]])  # [row][column]
OCHS_COLUMN = np.array([[0.0, 1.1141], [1.1141, 0.0]])


def tangent(_: float, y: np.ndarray, constant: np.ndarray, slope: np.ndarray, precision: np.ndarray) -> np.ndarray:
    """The unit tangent of the path of fixed points in (log-odds, tau), by cofactors."""
    players = len(constant)
    p, tau = expit(y[:-1]), y[-1]
    by_z = np.eye(players) - tau * precision[:, None] * slope * (p * (1 - p))
    matrix = np.column_stack([by_z, -precision * (constant + slope @ p)])
    minors = [(-1) ** (k + players) * np.linalg.det(np.delete(matrix, k, axis=1)) for k in range(players + 1)]
    return np.array(minors) / np.linalg.norm(minors)


def slow_path(event: Callable[..., float], direction: int, *game: np.ndarray) -> Any:
    """Runge-Kutta steps on Davidenko's equation in arc length, from tau = 0 until the event."""
    event.terminal, event.direction = True, direction  # pyright: ignore[reportFunctionMemberAccess]
    start = np.zeros(len(game[0]) + 1)
    path = solve_ivp(tangent, (0, 1e5), start, "DOP853", rtol=1e-9, atol=1e-11, max_step=2.0, events=event, args=game)
    assert path.status == 1
    return path


def slow_homotopy(*game: np.ndarray) -> tuple[np.ndarray, bool]:
    """The first p with tau = 1, and has tau fallen on the way?"""
    path = slow_path(lambda s, y, *game: y[-1] - 1, 1, *game)
    return expit(path.y[:-1, -1]), bool((np.diff(path.y[-1]) < 0).any())


def first_fold(*game: np.ndarray) -> tuple[np.ndarray, float]:
    """The p and tau at which tau first stops rising."""
    path = slow_path(lambda s, y, *game: tangent(s, y, *game)[-1], -1, *game)
    return expit(path.y[:-1, -1]), float(path.y[-1, -1])


def symmetric_branch(constant: float, slope: float, precision: float) -> float:
    """All players alike, `slope` summed over the others: on the branch, tau = z / (precision (constant + slope p)), z = logit p.

    So z is its own measure of length: the answer is the first z on the way from 0, upwards if the advantage there is positive.
    """
    way = 1.0 if constant + slope / 2 > 0 else -1.0

    def short(length: float) -> float:
        return length - way * precision * (constant + slope * expit(way * length))

    grid = np.concatenate([np.linspace(1e-9, 20, 20_000), np.geomspace(20.1, 1e4, 1000)])
    first = int(np.argmax(grid - way * precision * (constant + slope * expit(way * grid)) > 0))
    length: Any = brentq(short, grid[first - 1], grid[first], xtol=1e-14)
    return float(expit(way * length))


@pytest.mark.parametrize(
    ("precision", "expected"),
    [
        (1.0, (0.586784, 0.451807)),
        (2.0, (0.617522, 0.371982)),
        (1.8456097536855864, (0.615651314427859, 0.3832909400456291)),  # printed by pygambit 16.7.0
    ],
)
def test_ochs_game(precision: float, expected: tuple[float, float]):
    """McKelvey and Palfrey (1995), Ochs's game: probabilities of the first row and the first column."""
    p, q = logit_2x2(OCHS_ROW, OCHS_COLUMN.T, precision, precision)
    tolerance = 5e-7 if len(str(expected[0])) < 10 else 1e-6
    assert (1 - p, 1 - q) == pytest.approx(expected, abs=tolerance)
    x, y = logit_bimatrix(OCHS_ROW, OCHS_COLUMN, precision, precision)
    np.testing.assert_allclose((x[1], y[1]), (p, q), rtol=0, atol=1e-13)


def test_ochs_game_at_large_precision_tends_to_its_only_equilibrium():
    # 1.1141 y = 0.2785 (1 - y): y = 0.199986; the column player's payoffs are symmetric: x = 1/2
    p, q = logit_2x2(OCHS_ROW, OCHS_COLUMN.T, 1e4, 1e4)
    np.testing.assert_allclose((1 - p, 1 - q), (0.5, 0.2785 / 1.3926), atol=2e-4)


@pytest.mark.parametrize("players", [2, 3])
@pytest.mark.parametrize("kind", ["any", "coordination", "anti-coordination", "alike"])
def test_agrees_with_a_slow_homotopy(kind: str, players: int):
    games = drawn_games(kind, players, 60, seed=1)
    found = logit_equilibrium(*(np.stack(values) for values in zip(*games, strict=True)))

    folds = 0
    for game, p in zip(games, found, strict=True):
        expected, fell = slow_homotopy(*game)
        np.testing.assert_allclose(p, expected, rtol=0, atol=2e-7)
        folds += fell
    if (kind, players) == ("alike", 3):
        assert folds >= 3  # so folds are tested here, too


@pytest.mark.parametrize(
    ("k", "m"), [((-25.0, -4.2), (-34.0, -1.27)), ((5.4, 0.36), (-68.0, -0.326)), ((22.0, -1.54), (97.0, 0.79))]
)
def test_follows_two_players_around_a_fold(k: tuple[float, float], m: tuple[float, float]):
    """z_1 = tau (k_1 + m_1 x_2), z_2 = tau (k_2 + m_2 x_1), found by search: tau rises, falls and rises again."""
    slope = np.array([[0.0, 2 * m[0]], [2 * m[1], 0.0]])
    constant = np.array(k) - np.array(m)
    for precision in np.linspace(0.05, 1.0, 39):  # before, between and after the folds
        game = constant, slope, np.full(2, precision)
        expected, fell = slow_homotopy(*game)
        np.testing.assert_allclose(logit_equilibrium(*game), expected, rtol=0, atol=2e-7)
    assert fell


@pytest.mark.parametrize(("k", "m"), [((-25.0, -4.2), (-34.0, -1.27)), ((22.0, -1.54), (97.0, 0.79))])
def test_stops_just_before_a_fold_and_goes_on_just_behind_it(k: tuple[float, float], m: tuple[float, float]):
    """Just below the highest tau of the first rise, by a share d, p is within some sqrt(d) of that place; just above, far off."""
    slope = np.array([[0.0, 2 * m[0]], [2 * m[1], 0.0]])
    constant, precision = np.array(k) - np.array(m), np.ones(2)
    top, tau = first_fold(constant, slope, precision)
    assert tau < 1
    for share in (1e-3, 1e-5, 1e-7):
        below = logit_equilibrium(constant, slope, tau * (1 - share) * precision)
        assert np.abs(below - top).max() < 3 * share**0.5
        assert np.abs(logit_equilibrium(constant, slope, tau * (1 + share) * precision) - top).max() > 0.2


@pytest.mark.parametrize("players", [2, 3, 5])
def test_symmetric_games_follow_the_symmetric_branch(players: int):
    """Also through pitchforks, where asymmetric equilibria leave it (anti-coordination), and around folds (coordination)."""
    rng = np.random.default_rng(players)
    for _ in range(150):
        constant, total, precision = 2 * rng.normal(), 8 * rng.normal(), 10 ** rng.uniform(-1, 1.5)
        slope = np.full((players, players), total / (players - 1))
        np.fill_diagonal(slope, 0)
        p = logit_equilibrium(np.full(players, constant), slope, np.full(players, precision))

        assert (p == p[0]).all()
        assert p[0] == pytest.approx(symmetric_branch(constant, total, precision), abs=1e-11)


def test_the_branch_leads_to_one_of_two_equilibria():
    """Two players, advantage 2.2 p - 1 or 1.8 p - 1: positive and negative against 1/2, with fixed points at both ends."""
    rising, falling = (np.array([[0.0, slope], [slope, 0.0]]) for slope in (2.2, 1.8))
    constant, precision = np.array([-1.0, -1.0]), np.array([20.0, 20.0])
    assert logit_equilibrium(constant, rising, precision)[0] == pytest.approx(1, abs=1e-9)
    assert logit_equilibrium(constant, falling, precision)[0] == pytest.approx(0, abs=1e-8)
    assert residual(constant, falling, precision, expit(np.full(2, 16.0))) < 1e-6


@pytest.mark.parametrize("edge", [1e-2, 1e-4, 1e-6])
def test_the_slightest_edge_decides_chicken(edge: float):
    """A pitchfork unfolded by a small advantage of player 1: the branch leads to where it alone plays 1."""
    constant, slope = np.array([1.0 + edge, 1.0]), np.array([[0.0, -2.0], [-2.0, 0.0]])
    p = logit_equilibrium(constant, slope, [30.0, 30.0])
    assert p[0] > 1 - 1e-9
    assert p[1] < 1e-9
    np.testing.assert_allclose(logit_equilibrium(constant[::-1], slope, [30.0, 30.0]), p[::-1], rtol=0, atol=1e-12)
    np.testing.assert_array_equal(logit_equilibrium([1.0, 1.0], slope, [30.0, 30.0]), [0.5, 0.5])


@pytest.mark.parametrize("edge", [1e-2, 1e-3, 1e-4])
def test_the_slightest_edge_decides_among_three(edge: float):
    """Two eigenvalues vanish almost together where three players that are almost alike part ways."""
    slope = np.full((3, 3), -4.5)
    np.fill_diagonal(slope, 0)
    game = np.array([1.0 + edge, 1.0 - edge, 1.0]), slope, np.full(3, 5.8)
    np.testing.assert_allclose(logit_equilibrium(*game), slow_homotopy(*game)[0], rtol=0, atol=1e-6)


def almost_a_pitchfork(first: float, precision: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Player 1 all but surely takes 0 if `first` is low; then 2 and 3 play chicken, symmetric once 3's actions are renamed."""
    slope = np.array([[0.0, 0.25, 0.0], [0.25, 0.0, 0.25], [0.0, 0.25, 0.0]])
    return np.array([first, 0.0, -0.25]), slope, np.full(3, precision)


def chicken_branches(precision: float) -> tuple[list[float], list[float]]:
    """(p_2, p_3) where 2 is ahead and where both are alike, if p_1 = 0.

    z_2 = lambda p_3 / 4 and z_3 = lambda (p_2 - 1) / 4; so z_2 is a root of z = lambda / 4 expit(-lambda / 4 expit(-z)), the
    largest one where 2 is ahead, the one with z = lambda / 4 expit(-z) where both are alike.  What is left of p_1 favours 2.
    """
    rate = precision / 4
    grid = np.linspace(0, rate, 4001)[::-1]
    last = int(np.argmax(grid - rate * expit(-rate * expit(-grid)) < 0))
    ahead: Any = brentq(lambda z: z - rate * expit(-rate * expit(-z)), grid[last], grid[last - 1], xtol=1e-15)
    alike: Any = brentq(lambda z: z - rate * expit(-z), 0, rate, xtol=1e-15)
    return [expit(ahead), expit(-rate * expit(-ahead))], [expit(alike), expit(-alike)]


@pytest.mark.parametrize("precision", [24.0, 25.0, 27.0, 30.0, 50.0, 100.0, 300.0])
@pytest.mark.parametrize("first", [-1.35, -1.4, -1.44, -1.5, -1.53])
def test_follows_a_path_around_the_sharpest_turns(first: float, precision: float):
    """At lambda = 23.4, a p_1 of some 1e-12 to 1e-15 decides where the path goes; it was lost there, or went straight on.

    At -1.5 and precision 30 a path followed with 50 digits (mpmath) ends at (3.9e-17, 0.961079341, 0.427537569).
    """
    ahead, alike = chicken_branches(precision)
    assert abs(ahead[0] - alike[0]) > 0.04
    p = logit_equilibrium(*almost_a_pitchfork(first, precision))
    np.testing.assert_allclose(p[1:], ahead, rtol=0, atol=1e-10)
    if (first, precision) == (-1.5, 30.0):
        np.testing.assert_allclose(p[1:], [0.961079341, 0.427537569], rtol=0, atol=1e-9)


def test_goes_straight_on_where_a_turn_is_too_sharp_for_double_precision():
    """Never nan, and on the one or the other branch: a turn is followed where p_1 matters, ignored where it vanishes."""
    first = np.linspace(-3, -1.2, 601)
    constant, slope, precision = almost_a_pitchfork(0.0, 30.0)
    constant = np.column_stack([first, np.broadcast_to(constant[1:], (601, 2))])
    p = logit_equilibrium(constant, slope, precision)
    far = np.abs(p[:, None, 1:] - np.array(chicken_branches(30.0))).max(axis=-1)  # from 2 ahead, from both alike
    assert (far.min(axis=1) < 1e-10).all()
    assert (far[first > -1.54, 0] < 1e-10).all()
    assert (far[first < -1.7, 1] < 1e-10).all()
    for k in range(0, 601, 60):
        np.testing.assert_array_equal(logit_equilibrium(constant[k], slope, precision), p[k])


NEARLY_ALIKE: list[tuple[list[float], list[list[float]], float]] = [
    (
        [2.452580373, 2.452579834, 2.452581614],
        [[0.0, -2.45258278, -2.452579099], [-2.452580181, 0.0, -2.452583199], [-2.452583119, -2.452583648, 0.0]],
        2.439426,
    ),
    (
        [0.407750747, 0.407747268, 0.407752974],
        [[0.0, -0.407751378, -0.407748434], [-0.407743275, 0.0, -0.407748869], [-0.407750991, -0.407750778, 0.0]],
        14.266328,
    ),
]


@pytest.mark.parametrize(("constant", "slope", "precision"), NEARLY_ALIKE)
def test_follows_three_players_that_differ_by_a_millionth(constant: list[float], slope: list[list[float]], precision: float):
    """Two turns, the second while two eigenvalues are small: a step that ends beside the path must not be taken."""
    game = np.array(constant), np.array(slope), np.full(3, precision)
    np.testing.assert_allclose(logit_equilibrium(*game), slow_homotopy(*game)[0], rtol=0, atol=1e-5)


@pytest.mark.parametrize("share", [0.994, 0.9955, 0.9957, 0.996, 0.997])
def test_stops_before_a_fold_that_follows_at_once(share: float):
    """tau reaches 1, soon falls back through 1, and rises again: the first of the three is the answer, not the second."""
    constant, precision = np.array([0.051, 2.103, -2.094]), share * np.array([2.514, 30.586, 0.103])
    slope = np.array([[0.0, 3.793, 1.27], [-0.293, 0.0, -5.662], [-4.61, -6.245, 0.0]])
    expected, _ = slow_homotopy(constant, slope, precision)
    np.testing.assert_allclose(logit_equilibrium(constant, slope, precision), expected, rtol=0, atol=2e-7)
