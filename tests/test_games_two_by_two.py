"""Closed forms of 2x2 games against guarded nashpy, and the selection of an equilibrium (docs/model.md, section 4)."""

from itertools import product

import numpy as np
import pytest

from sim.games import CLASSES, SELECTIONS, Solution, classify, equilibria, select, solve

# [own action][other's action]
DILEMMA = np.array([[3.0, 0.0], [5.0, 1.0]])
STAG_HUNT = np.array([[4.0, 0.0], [3.0, 2.0]])
CHICKEN = np.array([[3.0, 1.0], [4.0, 0.0]])
HARMONY = np.array([[4.0, 2.0], [3.0, 1.0]])
DEADLOCK = np.array([[1.0, 0.0], [3.0, 2.0]])


def with_signs(a0: int, a1: int, size: tuple[float, float], base: tuple[float, float]) -> np.ndarray:
    """Payoffs with the given signs and sizes of the advantage of action 1."""
    return np.array([base, [base[0] + a0 * size[0], base[1] + a1 * size[1]]])


def all_sign_patterns() -> list[tuple[np.ndarray, np.ndarray]]:
    """For each of the 81 patterns of signs, games of unequal and of equal sizes."""
    sizes = [((1.0, 2.0), (3.0, 0.5)), ((1.0, 1.0), (1.0, 1.0))]
    bases = [((0.0, 0.0), (0.0, 0.0)), ((2.0, -1.0), (0.5, 4.0)), ((-1.0, 3.0), (2.0, 2.0))]
    return [
        (with_signs(s[0], s[1], one, low), with_signs(s[2], s[3], two, high))
        for s in product((-1, 0, 1), repeat=4)
        for (one, two), (low, high) in product(sizes, bases)
    ]


def integer_games(number: int, seed: int, bound: int = 3) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    payoffs = rng.integers(-bound, bound + 1, size=(2, number, 2, 2)).astype(float)
    return payoffs[0], payoffs[1]


def extreme(A: np.ndarray, B: np.ndarray) -> list[tuple[float, float]]:
    """(P(action 1) of player 1, of player 2) of the extreme equilibria, by guarded nashpy."""
    return [(float(x[1]), float(y[1])) for x, y in equilibria(A, B.T)]


def from_solution(solution: Solution) -> list[tuple[float, float]]:
    """The pure and the isolated completely mixed equilibria of one game."""
    found = [(float(i), float(j)) for i, j in product((0, 1), repeat=2) if solution.pure[i, j]]
    p, q = solution.mixed
    return [*found, (float(p), float(q))] if np.isfinite(p) else found


def payoff(own: np.ndarray, p: float, q: float) -> float:
    return float(np.array([1 - p, p]) @ own @ np.array([1 - q, q]))


def worst_regret(A: np.ndarray, B: np.ndarray, p: float, q: float) -> float:
    gains = [payoff(A, k, q) - payoff(A, p, q) for k in (0, 1)] + [payoff(B, k, p) - payoff(B, q, p) for k in (0, 1)]
    return max(gains)


def expected_selection(A: np.ndarray, B: np.ndarray, selection: str) -> tuple[float, float] | None:
    """Section 4's paragraph on selection, over the list of equilibria; None where it names none (degenerate games only)."""
    found = extreme(A, B)
    if len(found) == 1:
        return found[0]
    inner = [point for point in found if 0 < point[0] < 1 and 0 < point[1] < 1]
    centre = inner[0] if len(inner) == 1 else None
    values = [(payoff(A, p, q), payoff(B, q, p)) for p, q in found]
    if selection == "payoff_dominant":
        best = [all(u >= v[0] - 1e-12 and w >= v[1] - 1e-12 for v in values) for u, w in values]
        return found[best.index(True)] if sum(best) == 1 else centre
    if selection == "risk_dominant":
        losses = {}
        for p, q in found:
            if p in (0, 1) and q in (0, 1):
                one = payoff(A, p, q) - payoff(A, 1 - p, q)
                two = payoff(B, q, p) - payoff(B, 1 - q, p)
                if one > 1e-12 and two > 1e-12:
                    losses[p, q] = one * two
        top = max(losses.values(), default=0.0)
        winners = [point for point, loss in losses.items() if loss >= top * (1 - 1e-12)]
        return winners[0] if len(winners) == 1 else centre
    return centre


def assert_same_points(found: list[tuple[float, float]], expected: list[tuple[float, float]]) -> None:
    assert len(found) == len(expected)
    np.testing.assert_allclose(sorted(found), sorted(expected), rtol=0, atol=1e-9)


def test_equilibria_agree_with_nashpy_for_every_pattern_of_signs():
    for A, B in all_sign_patterns():
        solution, found = solve(A, B), equilibria(A, B.T)

        assert bool(solution.degenerate) == found.degenerate
        assert int(solution.number) == len(found)
        if not found.degenerate:
            assert_same_points(from_solution(solution), extreme(A, B))
        pure = [point for point in extreme(A, B) if set(point) <= {0.0, 1.0}]
        assert_same_points([point for point in from_solution(solution) if set(point) <= {0.0, 1.0}], pure)


@pytest.mark.parametrize("seed", range(4))
def test_equilibria_agree_with_nashpy_on_random_games(seed: int):
    A, B = np.random.default_rng(seed).normal(size=(2, 250, 2, 2))
    solution = solve(A, B)
    for k in range(len(A)):
        one = Solution(*(getattr(solution, name)[k] for name in Solution.__dataclass_fields__))

        assert not one.degenerate
        assert_same_points(from_solution(one), extreme(A[k], B[k]))


@pytest.mark.parametrize("selection", SELECTIONS)
def test_selection_follows_the_paragraph_wherever_it_names_an_equilibrium(selection: str):
    games = all_sign_patterns() + list(zip(*integer_games(600, seed=1), strict=True))
    games += [(A, A) for A in integer_games(300, seed=2)[0]]  # same preferences: many ties
    named = 0
    for A, B in games:
        p, q = select(A, B, selection)

        assert worst_regret(A, B, float(p), float(q)) < 1e-12  # always an equilibrium, degenerate or not
        expected = expected_selection(A, B, selection)
        if expected is not None:
            named += 1
            np.testing.assert_allclose((p, q), expected, rtol=0, atol=1e-9)
    assert named > 700


def test_selection_in_the_classic_games():
    # Stag Hunt: losses are 1 at (0, 0) and 2 at (1, 1), so (1, 1) is risk dominant; (0, 0) pays 4 > 2; a = (-1, 2): q* = 1/3
    assert [tuple(map(float, select(STAG_HUNT, STAG_HUNT, s))) for s in SELECTIONS] == [(0, 0), (1, 1), (1 / 3, 1 / 3)]
    # Chicken: a = (1, -1), and no equilibrium dominates, so q* = 1/2 always
    assert [tuple(map(float, select(CHICKEN, CHICKEN, s))) for s in SELECTIONS] == [(0.5, 0.5)] * 3
    # a single equilibrium wins, whatever is asked for
    assert [tuple(map(float, select(DILEMMA, DILEMMA, s))) for s in SELECTIONS] == [(1, 1)] * 3
    assert [tuple(map(float, select(HARMONY, HARMONY, s))) for s in SELECTIONS] == [(0, 0)] * 3
    # Matching Pennies: a = (-2, 2), b = (2, -2)
    pennies = np.array([[1.0, -1.0], [-1.0, 1.0]])
    assert [tuple(map(float, select(pennies, -pennies, s))) for s in SELECTIONS] == [(0.5, 0.5)] * 3
    # Chicken with an asymmetric prize: losses are a1 b0 = 1 * 1 at (0, 1) and a0 b1 = 3 * 1 at (1, 0)
    bold = np.array([[3.0, 1.0], [6.0, 0.0]])
    assert tuple(map(float, select(bold, CHICKEN, "risk_dominant"))) == (1, 0)
    assert tuple(map(float, select(CHICKEN, bold, "risk_dominant"))) == (0, 1)


@pytest.mark.parametrize("off", [0.0, 1e-13, -1e-13])
def test_ties_up_to_rounding_fall_back_to_the_completely_mixed_equilibrium(off: float):
    coordination = np.array([[2.0, 0.0], [0.0, 2.0 * (1 + off)]])  # a = (-2, 2), equal payoffs and losses
    for selection in SELECTIONS:
        np.testing.assert_allclose(select(coordination, coordination, selection), (0.5, 0.5), rtol=1e-12)
    chicken = CHICKEN * (1 + off)
    np.testing.assert_allclose(select(chicken, CHICKEN, "risk_dominant"), (0.5, 0.5), rtol=1e-12)


def test_differences_above_rounding_are_not_ties():
    coordination = np.array([[2.0, 0.0], [0.0, 2.0 * (1 + 1e-11)]])
    for selection in ("payoff_dominant", "risk_dominant"):
        assert tuple(map(float, select(coordination, coordination, selection))) == (1, 1)


def test_one_players_tie_leaves_the_choice_to_the_other():
    # (0, 0) and (1, 1) are strict for both; player 1 likes them equally, player 2 prefers (1, 1)
    equal, keen = np.array([[2.0, 0.0], [0.0, 2.0]]), np.array([[2.0, 0.0], [0.0, 3.0]])
    assert tuple(map(float, select(equal, keen, "payoff_dominant"))) == (1, 1)


def test_degenerate_games_without_a_completely_mixed_equilibrium():
    # weak dilemma: a = (1, 0). (0, 1), (1, 0), (1, 1) and what lies between are equilibria; both are indifferent at (1, 1)
    weak = np.array([[1.0, 0.0], [2.0, 0.0]])
    assert [tuple(map(float, select(weak, weak, s))) for s in SELECTIONS] == [(1, 1)] * 3
    # a = (-1, 0): (0, 0) is strict, (1, 1) is not; both are indifferent at (1, 1)
    edge = np.array([[1.0, 0.0], [0.0, 0.0]])
    assert [tuple(map(float, select(edge, edge, s))) for s in SELECTIONS] == [(0, 0), (0, 0), (1, 1)]
    # player 1 always plays 1, against which player 2 is indifferent: it plays both evenly, unless one of them suits player 1
    sure, idle = np.array([[0.0, 0.0], [1.0, 1.0]]), np.array([[0.0, 2.0], [0.0, 2.0]])
    assert [tuple(map(float, select(sure, idle, s))) for s in SELECTIONS] == [(1, 0.5)] * 3
    liked = np.array([[0.0, 0.0], [1.0, 3.0]])
    assert [tuple(map(float, select(liked, idle, s))) for s in SELECTIONS] == [(1, 1), (1, 0.5), (1, 0.5)]
    # nobody cares
    assert [tuple(map(float, select(np.ones((2, 2)), np.ones((2, 2)), s))) for s in SELECTIONS] == [(0.5, 0.5)] * 3
    # the best of a continuum may mix: a = (0, -1), so q = 0 with p in [0, 1/2]; player 2 gets 4 p
    half, thankful = np.array([[1.0, 1.0], [1.0, 0.0]]), np.array([[0.0, 4.0], [-1.0, 5.0]])
    assert tuple(map(float, select(half, thankful, "payoff_dominant"))) == (0.5, 0)


def test_mixed_is_the_limit_of_the_completely_mixed_equilibria_nearby():
    """Where both players may be indifferent, games nearby with a completely mixed equilibrium have it nearby."""
    nearby = 0
    for A, B in all_sign_patterns():
        solution = solve(A, B)
        a, b = A[1] - A[0], B[1] - B[0]
        if not solution.degenerate or (a == 0).all() or (b == 0).all() or a[0] * a[1] > 0 or b[0] * b[1] > 0:
            continue
        nearby += 1
        close_a, close_b = (np.where(d == 0, -1e-7 * d[::-1], d) for d in (a, b))
        perturbed = solve(np.array([A[0], A[0] + close_a]), np.array([B[0], B[0] + close_b]))
        np.testing.assert_allclose(select(A, B, "mixed"), perturbed.mixed, rtol=0, atol=1e-6)
    assert nearby > 50


@pytest.mark.parametrize("selection", SELECTIONS)
def test_positive_affine_changes_change_nothing(selection: str):
    A, B = (np.concatenate(pair) for pair in zip(integer_games(400, seed=3), integer_games(400, seed=4, bound=9), strict=True))
    expected = select(A, B, selection)

    exact = select(A * 4 + 17, B * 0.25 - 3, selection)  # without rounding
    np.testing.assert_array_equal(exact, expected)
    rounded = select(A * 0.3 + 1.1, B * 1e5 / 7 - 0.1, selection)
    np.testing.assert_allclose(rounded, expected, rtol=0, atol=1e-9)


@pytest.mark.parametrize("selection", SELECTIONS)
def test_relabelling_players_and_actions_relabels_the_answer(selection: str):
    A, B = integer_games(2000, seed=5)
    p, q = select(A, B, selection)

    np.testing.assert_array_equal(select(B, A, selection), (q, p))
    renamed = select(A[:, ::-1, ::-1], B[:, ::-1, ::-1], selection)
    np.testing.assert_allclose(renamed, (1 - p, 1 - q), rtol=0, atol=1e-15)


def test_a_game_does_not_depend_on_its_batch():
    A, B = np.random.default_rng(6).normal(size=(2, 40_000, 2, 2))  # more than one block
    A[:300], B[:300] = integer_games(300, seed=7)
    together = solve(A, B)
    for k in [*range(300), 32_767, 32_768, 39_999]:
        alone = solve(A[k], B[k])
        for name in Solution.__dataclass_fields__:
            np.testing.assert_array_equal(getattr(alone, name), getattr(together, name)[k])
    for selection in SELECTIONS:
        p, q = select(A, B, selection)
        for k in [*range(300), 32_767, 32_768, 39_999]:
            assert select(A[k], B[k], selection) == (p[k], q[k])


def test_leading_axes_broadcast():
    A, B = np.random.default_rng(8).normal(size=(5, 1, 2, 2)), np.random.default_rng(9).normal(size=(3, 2, 2))
    p, q = select(A, B, "risk_dominant")

    assert p.shape == q.shape == (5, 3)
    assert solve(A, B).pure.shape == (5, 3, 2, 2)
    assert select(A[4, 0], B[2], "risk_dominant") == (p[4, 2], q[4, 2])
    assert select(np.zeros((0, 2, 2)), np.zeros((0, 2, 2)), "mixed")[0].shape == (0,)


def test_payoffs_that_are_not_finite_spoil_no_other_game():
    A, B = np.stack([CHICKEN, CHICKEN, CHICKEN]), np.stack([CHICKEN] * 3)
    A[0, 0, 0], B[1, 1, 0] = np.nan, np.inf
    for selection in SELECTIONS:
        np.testing.assert_array_equal(select(A, B, selection)[0], [np.nan, np.nan, 0.5])
    solution = solve(A, B)
    assert solution.number.tolist() == [0, 0, 3]
    assert not solution.pure[:2].any()


def test_bad_input_is_refused():
    with pytest.raises(ValueError, match=r"selection must be one of payoff_dominant.*got 'best'"):
        select(CHICKEN, CHICKEN, "best")
    with pytest.raises(ValueError, match="shape"):
        select(np.ones((2, 3)), np.ones((2, 3)), "mixed")


def test_dominance_is_reported():
    solution = solve(STAG_HUNT, STAG_HUNT)
    assert solution.payoff_dominant.tolist() == [[True, False], [False, False]]
    assert solution.risk_dominant.tolist() == [[False, False], [False, True]]
    chicken = solve(CHICKEN, CHICKEN)
    assert not (chicken.payoff_dominant | chicken.risk_dominant).any()
    assert chicken.strict.tolist() == chicken.pure.tolist() == [[False, True], [True, False]]


def test_a_continuum_is_told_from_several_equilibria():
    weak, edge = np.array([[1.0, 0.0], [2.0, 0.0]]), np.array([[1.0, 0.0], [0.0, 0.0]])
    cases = [(CHICKEN, 3, False), (DILEMMA, 1, False), (weak, 3, True), (edge, 2, False), (np.ones((2, 2)), 4, True)]
    for game, number, continuum in cases:
        solution = solve(game, game)
        assert (int(solution.number), bool(solution.continuum)) == (number, continuum)


def test_classes():
    games = {
        "Prisoner's Dilemma": DILEMMA,
        "Stag Hunt": STAG_HUNT,
        "Chicken": CHICKEN,
        "Harmony": HARMONY,
        "Deadlock": DEADLOCK,
        "degenerate": np.array([[1.0, 0.0], [1.0, 2.0]]),
        "other": np.array([[1.0, 0.0], [0.0, 2.0]]),  # a Stag Hunt whose actions have changed roles
    }
    for name, game in games.items():
        assert CLASSES[classify(game, 2 * game - 7)] == name
    leader = np.array([[2.0, 3.0], [4.0, 1.0]])  # best responses as in Chicken, but S > R
    assert CLASSES[classify(leader, leader)] == "other"
    assert CLASSES[classify(DILEMMA, CHICKEN)] == "asymmetric"
    assert CLASSES[classify(DILEMMA, games["degenerate"])] == "degenerate"
    batch = np.stack(list(games.values()))
    assert [CLASSES[k] for k in classify(batch, batch)] == list(games)


def test_classes_of_the_security_dilemma():
    """Gain g, exposure l, cost c: Prisoner's Dilemma if c < g, l; Stag Hunt if g < c < l; Chicken if l < c < g; else Harmony."""
    rng = np.random.default_rng(10)
    for g, l, c in rng.uniform(0, 5, size=(200, 3)):  # noqa: E741
        game = np.array([[0.0, -l], [g - c, -c]])
        expected = {(True, True): "Prisoner's Dilemma", (False, True): "Stag Hunt", (True, False): "Chicken"}
        assert CLASSES[classify(game, game)] == expected.get((c < g, c < l), "Harmony")
