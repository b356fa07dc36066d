"""The payoff sets of repeated games against two operators, another library, and closed forms."""

from __future__ import annotations

import time
from typing import Any

import numpy as np
import pytest

from sim.models.model import Solution, evaluate
from sim.models.payoff_sets import PAYOFF_SETS, SANNIKOV, hull, profiles, threshold
from sim.models.reproduce import checks

BY_APS, BY_GRIM = (way.solve for way in PAYOFF_SETS.ways)


def vertices(solution: Solution, point: int = 0) -> np.ndarray:
    """The vertices (n, 2) of one point."""
    first, second = solution.entries("payoff_1"), solution.entries("payoff_2")
    found = np.array([[first[k][point], second[k][point]] for k in first]).reshape(-1, 2)
    return found[~np.isnan(found[:, 0])]


def distance(one: np.ndarray, other: np.ndarray) -> float:
    """The largest distance from a vertex of one set to the nearest of the other, both ways."""
    gaps = np.abs(one[:, None] - other[None]).max(axis=2)
    return float(max(gaps.min(axis=0).max(), gaps.min(axis=1).max()))


def test_every_known_answer_is_met_by_both_ways() -> None:
    assert [c.answer for c in checks(PAYOFF_SETS) if not c.sound or not c.ways] == []


def drawn(seed: int, whole: bool = False) -> dict[str, Any]:
    rng = np.random.default_rng(seed)
    shape = tuple(rng.integers(2, 4, size=2))
    game = [rng.integers(-3, 6, size=shape).astype(float) if whole else rng.normal(size=shape) for _ in range(2)]
    return {"row_payoffs": game[0].tolist(), "column_payoffs": game[1].tolist(), "discount_factor": rng.uniform(0.2, 0.95)}


@pytest.mark.parametrize("seed", range(30))
def test_drawn_games_by_both_operators(seed: int) -> None:
    given = drawn(seed, whole=seed % 2 == 0)
    one, other = vertices(evaluate(PAYOFF_SETS, given)), vertices(evaluate(PAYOFF_SETS, given, BY_APS))
    assert len(one) == len(other)
    if len(one):
        assert distance(one, other) < 1e-7


@pytest.mark.parametrize("seed", range(20))
def test_drawn_games_against_another_library(seed: int) -> None:
    from quantecon.game_theory import NormalFormGame, RepeatedGame
    from scipy.spatial import QhullError

    given = drawn(seed)
    both = np.stack([given["row_payoffs"], given["column_payoffs"]], axis=2)
    found = vertices(evaluate(PAYOFF_SETS, given))
    try:
        known = RepeatedGame(NormalFormGame(both), given["discount_factor"]).equilibrium_payoffs()
    except QhullError:  # a point or a segment, which it cannot represent
        assert len(found) < 3
        return
    except ValueError:
        assert len(found) == 0
        return
    corners = np.array(hull([(float(x), float(y)) for x, y in known.points[known.vertices]], 1e-8))
    assert distance(found, corners) < 1e-6


@pytest.mark.parametrize("seed", range(10))
def test_grim_thresholds_of_drawn_dilemmas(seed: int) -> None:
    # delta* = max_i (T_i - R_i) / (T_i - P_i): (6) with the gain T - R and the minmax P
    rng = np.random.default_rng(seed)
    (s1, p1, r1, t1), (s2, p2, r2, t2) = np.sort(rng.normal(size=(2, 4)))
    given = {"row_payoffs": [[r1, s1], [t1, p1]], "column_payoffs": [[r2, t2], [s2, p2]]}
    known = max((t1 - r1) / (t1 - p1), (t2 - r2) / (t2 - p2))
    for way in (None, BY_GRIM):
        assert evaluate(PAYOFF_SETS, given, way).outcomes["critical_discount_factor"][0] == pytest.approx(known, abs=1e-8)
    below, above = (evaluate(PAYOFF_SETS, {**given, "discount_factor": known + step}) for step in (-1e-6, 1e-6))
    assert (below.outcomes["profile_sustained"][0], above.outcomes["profile_sustained"][0]) == (0, 1)


def test_degenerate_sets_of_the_dilemma() -> None:
    # below 1/7 nothing but mutual arming; from there the segment to (9, 9), which public randomisation fills; polygons later
    solution = evaluate(PAYOFF_SETS, {"discount_factor": np.array([0.0, 0.1, 0.15, 0.2, 0.75])})
    np.testing.assert_array_equal(solution.outcomes["shape"], [1, 1, 2, 2, 3])
    np.testing.assert_allclose(vertices(solution, 1), [[3, 3]], atol=1e-9)
    np.testing.assert_allclose(vertices(solution, 2), [[3, 3], [9, 9]], atol=1e-9)
    np.testing.assert_array_equal(solution.outcomes["area"][:4], 0)
    # the kite (3, 3), (9.75, 3), (9, 9), (3, 9.75): half its diagonals' product, |(6, 6)| |(6.75, -6.75)| / 2
    assert solution.outcomes["area"][4] == pytest.approx(6 * np.sqrt(2) * 6.75 * np.sqrt(2) / 2)


def test_a_game_without_pure_equilibrium() -> None:
    # matching pennies with an outside loss, at an impatient discount factor (an example of another library's tests)
    given = {"row_payoffs": [[1.0, -1.0], [-2.0, 1.0]], "column_payoffs": [[-1.0, 2.0], [2.0, 0.0]], "discount_factor": 0.05}
    for way in (None, BY_APS):
        solution = evaluate(PAYOFF_SETS, given, way)
        assert solution.outcomes["shape"][0] == 0
        assert np.isnan(solution.outcomes["worst_1"][0])
    assert "pure strategies" in solution.reason("worst_1")


def test_sets_grow_with_the_discount_factor() -> None:
    solution = evaluate(PAYOFF_SETS, {**SANNIKOV, "discount_factor": np.linspace(0.1, 0.95, 18)})
    assert (np.diff(solution.outcomes["area"]) >= -1e-6).all()
    assert (np.diff(solution.outcomes["worst_1"]) <= 1e-9).all()


def test_swapping_the_players_mirrors_the_set() -> None:
    swapped = {
        "row_payoffs": np.transpose(SANNIKOV["column_payoffs"]).tolist(),
        "column_payoffs": np.transpose(SANNIKOV["row_payoffs"]).tolist(),
        "discount_factor": 0.3,
    }
    one, other = vertices(evaluate(PAYOFF_SETS, SANNIKOV)), vertices(evaluate(PAYOFF_SETS, swapped))
    assert distance(one, other[:, ::-1]) < 1e-9


def test_units_of_payoff_do_not_matter() -> None:
    scaled = {k: (1e6 * np.array(x) - 7e6).tolist() if "payoffs" in k else x for k, x in SANNIKOV.items()}
    one, other = vertices(evaluate(PAYOFF_SETS, SANNIKOV)), vertices(evaluate(PAYOFF_SETS, scaled))
    assert distance(one, (other + 7e6) / 1e6) < 1e-8


def test_a_set_takes_less_than_a_second() -> None:
    threshold.cache_clear()
    for delta in (0.1, 0.3, 0.99, 0.999999):
        started = time.perf_counter()
        evaluate(PAYOFF_SETS, {**SANNIKOV, "discount_factor": delta})
        assert time.perf_counter() - started < 1


def test_bad_parameters_are_told() -> None:
    patient = evaluate(PAYOFF_SETS, {"discount_factor": 1.0})
    assert "below 1" in patient.reason("shape")
    uneven = evaluate(PAYOFF_SETS, {"column_payoffs": [[1.0, 2.0]]})
    assert "same rows and columns" in uneven.reason("shape")
    assert np.isnan(evaluate(PAYOFF_SETS, {"row": 3}).outcomes["critical_discount_factor"][0])


def test_an_unsustainable_profile_has_no_threshold() -> None:
    # (1, 10): the row player gets less than its minmax 3, at any discount factor
    for way in (None, BY_GRIM):
        assert np.isnan(evaluate(PAYOFF_SETS, {"row": 1, "column": 2}, way).outcomes["critical_discount_factor"][0])


def test_hulls_drop_what_is_not_a_corner() -> None:
    square = [(0.0, 0.0), (2.0, 0.0), (2.0, 2.0), (0.0, 2.0)]
    np.testing.assert_allclose(hull([*square, (1.0, 0.0), (1.0, 1.0), (2.0, 2.0 - 1e-12)], 1e-9), square, atol=1e-9)
    assert hull([(0.0, 0.0), (1.0, 1.0), (3.0, 3.0), (2.0, 2.0 + 1e-12)], 1e-9) == [(0.0, 0.0), (3.0, 3.0)]
    assert hull([(1.0, 1.0), (1.0, 1.0 + 1e-12)], 1e-9) == [(1.0, 1.0)]
    assert hull([], 1e-9) == []


def test_gains_of_the_dilemma_by_hand() -> None:
    game = profiles(np.array([[9.0, 1.0], [10.0, 3.0]]), np.array([[9.0, 10.0], [1.0, 3.0]]))
    assert game == ((9, 9, 1, 1), (1, 10, 2, 0), (10, 1, 0, 2), (3, 3, 0, 0))


def test_letters_of_the_discount_factor() -> None:
    assert PAYOFF_SETS.symbols["d"] == PAYOFF_SETS.symbols["delta"] == "discount_factor"
