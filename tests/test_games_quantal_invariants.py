"""What holds of the logit equilibrium in any game: fixed points, relabelling, batches, input (docs/model.md, section 4)."""

import numpy as np
import pytest
from scipy.special import expit

from quantal_cases import drawn_games, residual
from sim.games import logit_2x2, logit_bimatrix, logit_equilibrium, select


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
