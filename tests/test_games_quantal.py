"""The principal branch of the logit equilibrium against published values and slow other ways (docs/model.md, section 4)."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from scipy.integrate import solve_ivp
from scipy.optimize import brentq
from scipy.special import expit

from sim.games import logit_2x2, logit_bimatrix, logit_equilibrium, select

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


def residual(constant: np.ndarray, slope: np.ndarray, precision: np.ndarray, p: np.ndarray) -> np.ndarray:
    return np.abs(p - expit(precision * (constant + np.einsum("...ij,...j->...i", slope, p)))).max(axis=-1)


def drawn_games(kind: str, players: int, number: int, seed: int) -> list[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """Games of four kinds: those of coordination and anti-coordination are close to a pitchfork, alike ones nearly symmetric."""
    rng = np.random.default_rng([seed, players])
    games = []
    for _ in range(number):
        constant, slope = 2 * rng.normal(size=players), 6 * rng.normal(size=(players, players))
        precision = 10 ** rng.uniform(-1, 1, size=players)
        if kind in ("coordination", "anti-coordination"):
            slope = np.abs(slope) if kind == "coordination" else -np.abs(slope)
        if kind == "alike":
            slope = 5 * rng.normal() + 10 ** rng.uniform(-4, -1) * rng.normal(size=slope.shape)
            constant, precision = np.full(players, rng.normal()), np.full(players, precision[0])
        np.fill_diagonal(slope, 0)
        if kind in ("coordination", "anti-coordination"):
            constant = -slope.sum(axis=1) / 2 + 10 ** rng.uniform(-3, 0) * rng.normal(size=players)
        games.append((constant, slope, precision))
    return games


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


def test_players_alike_up_to_rounding_are_alike():
    slope = np.array([[0.0, -2.0], [-2.0 * (1 + 1e-15), 0.0]])
    np.testing.assert_allclose(logit_equilibrium([1.0, 1.0 - 1e-15], slope, [30.0, 30.0]), [0.5, 0.5], rtol=0, atol=1e-12)
    # Battle of the Sexes is symmetric once one player's actions are renamed: P(1) of the one is P(0) of the other
    A, B = np.array([[2.0, 0.0], [0.0, 1.0]]), np.array([[1.0, 0.0], [0.0, 2.0]])
    p, q = logit_2x2(A, B, 40.0, 40.0)
    assert p + q == pytest.approx(1, abs=1e-14)
    assert p == pytest.approx(1 / 3, abs=0.02)  # b = (-1, 2): p* = 1/3


def test_large_precision_leads_to_the_risk_dominant_equilibrium_of_symmetric_games():
    """On the symmetric branch, p moves from 1/2 towards the action that is better against 1/2."""
    rng = np.random.default_rng(11)
    for _ in range(100):
        game = np.zeros((2, 2))
        game[1] = [-rng.uniform(0.1, 5), rng.uniform(0.1, 5)]  # strict equilibria (0, 0) and (1, 1)
        np.testing.assert_allclose(logit_2x2(game, game, 1e3, 1e3), select(game, game, "risk_dominant"), atol=1e-9)


@pytest.mark.parametrize("players", [2, 3, 4, 8])
def test_fixed_points_at_all_precisions(players: int):
    """Precisions from 0 to 1e3 with differences of payoff of order 10: log-odds of up to some 1e4."""
    rng = np.random.default_rng(players)
    number = 400
    constant, slope = 5 * rng.normal(size=(number, players)), 10 * rng.normal(size=(number, players, players))
    slope[:, np.arange(players), np.arange(players)] = 0
    precision = 10 ** rng.uniform(-2, 3, size=(number, players)) * (rng.random((number, players)) > 0.1)
    p = logit_equilibrium(constant, slope, precision)

    assert residual(constant, slope, precision, p).max() < 1e-11
    assert residual(constant, slope, precision, p)[precision.max(axis=1) < 10].max() < 2e-14
    assert (p[precision == 0] == 0.5).all()


@pytest.mark.parametrize("players", [2, 3, 4])
def test_fixed_points_of_degenerate_games(players: int):
    """Small integers: dominance that is weak only, players alike, idle or indifferent, and every mixture of these."""
    rng = np.random.default_rng(100 + players)
    number = 2000
    constant, slope = (rng.integers(-2, 3, size=(number, players, *tail)).astype(float) for tail in ((), (players,)))
    slope[:, np.arange(players), np.arange(players)] = 0
    precision = 10.0 ** rng.integers(-1, 4, size=(number, 1))
    p = logit_equilibrium(constant, slope, precision)
    assert residual(constant, slope, np.broadcast_to(precision, p.shape), p).max() < 1e-12


def test_relabelling_players_and_actions_relabels_the_answer():
    for constant, slope, precision in drawn_games("any", 3, 50, seed=2) + drawn_games("alike", 3, 50, seed=3):
        p = logit_equilibrium(constant, slope, precision)
        order = [2, 0, 1]
        turned = logit_equilibrium(constant[order], slope[np.ix_(order, order)], precision[order])
        np.testing.assert_allclose(turned, p[order], rtol=0, atol=1e-11)
        renamed = logit_equilibrium(-constant - slope.sum(axis=1), slope, precision)
        np.testing.assert_allclose(renamed, 1 - p, rtol=0, atol=1e-11)


def test_precision_and_payoffs_trade_off():
    """Only precision times payoff matters, and not the level of payoffs."""
    constant, slope, precision = drawn_games("any", 3, 1, seed=4)[0]
    p = logit_equilibrium(constant, slope, precision)
    np.testing.assert_allclose(logit_equilibrium(8 * constant, 8 * slope, precision / 8), p, rtol=0, atol=1e-14)
    A, B = np.random.default_rng(5).normal(size=(2, 2, 2))
    np.testing.assert_allclose(logit_2x2(A + 3, B - [7, 2], 2, 3), logit_2x2(A, B, 2, 3), rtol=0, atol=1e-13)


@pytest.mark.parametrize("players", [2, 3, 4])
def test_a_game_does_not_depend_on_its_batch(players: int):
    games = [game for k, kind in enumerate(("any", "coordination", "alike")) for game in drawn_games(kind, players, 30, seed=k)]
    constant, slope, precision = (np.stack(values) for values in zip(*games, strict=True))
    constant[5], constant[7] = 0, constant[7, 0]
    together = logit_equilibrium(constant, slope, precision)
    for k in range(len(games)):
        np.testing.assert_array_equal(logit_equilibrium(constant[k], slope[k], precision[k]), together[k])
    odd = logit_equilibrium(constant[1::2], slope[1::2], precision[1::2])
    np.testing.assert_array_equal(odd, together[1::2])


def test_leading_axes_broadcast():
    constant, slope, _ = drawn_games("any", 2, 1, seed=6)[0]
    precision = np.geomspace(0.1, 10, 12).reshape(3, 4, 1)
    p = logit_equilibrium(constant, slope, precision)
    assert p.shape == (3, 4, 2)
    np.testing.assert_array_equal(p[2, 1], logit_equilibrium(constant, slope, np.full(2, precision[2, 1, 0])))
    assert logit_2x2(np.ones((5, 1, 2, 2)), np.ones((2, 2)), np.ones(4), 1.0)[0].shape == (5, 4)
    assert logit_equilibrium(np.zeros((0, 2)), np.zeros((0, 2, 2)), np.zeros((0, 2))).shape == (0, 2)


def test_bad_input():
    with pytest.raises(ValueError, match="diagonal"):
        logit_equilibrium([0.0, 0.0], np.ones((2, 2)), [1.0, 1.0])
    with pytest.raises(ValueError, match="at least 0"):
        logit_equilibrium([0.0, 0.0], np.zeros((2, 2)), [1.0, -1.0])
    p = logit_equilibrium([[np.nan, 0.0], [1.0, 0.0]], np.zeros((2, 2)), [1.0, 1.0])
    assert np.isnan(p[0]).all()
    np.testing.assert_allclose(p[1], [expit(1.0), 0.5], rtol=1e-15)


def test_bimatrix_logit_agrees_with_the_case_of_two_actions():
    rng = np.random.default_rng(7)
    for _ in range(60):
        A, B = rng.normal(size=(2, 2, 2))
        one, two = 10 ** rng.uniform(-1, 1.5, size=2)
        x, y = logit_bimatrix(A, B, one, two)
        np.testing.assert_allclose((x[1], y[1]), logit_2x2(A, B.T, one, two), rtol=0, atol=1e-10)


@pytest.mark.parametrize("shape", [(2, 3), (3, 3), (4, 2), (1, 3), (5, 5)])
def test_bimatrix_logit_gives_fixed_points(shape: tuple[int, int]):
    rng = np.random.default_rng(8)
    for _ in range(10):
        A, B = rng.normal(size=(2, *shape))
        x, y = logit_bimatrix(A, B, 9.0, 6.0)
        for strategy, utility in ((x, 9.0 * A @ y), (y, 6.0 * x @ B)):
            weight = np.exp(utility - utility.max())
            np.testing.assert_allclose(strategy, weight / weight.sum(), rtol=0, atol=1e-13)


def test_bimatrix_logit_goes_straight_through_a_crossing_of_paths():
    """In pure coordination the evenly mixed profile is on the principal branch at every precision."""
    for actions in (2, 3, 4):
        for strategy in logit_bimatrix(np.eye(actions), np.eye(actions), 30.0, 30.0):
            np.testing.assert_allclose(strategy, 1 / actions, rtol=0, atol=1e-12)
    assert [s.tolist() for s in logit_bimatrix(np.ones((2, 4)), np.ones((2, 4)), 1.0, 1.0)] == [[0.5] * 2, [0.25] * 4]
