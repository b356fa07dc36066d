"""Conventions with errors: the stationary law and its limit against second ways, birth-death chains, and invariants."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from sim.models.model import Solution, evaluate
from sim.models.reproduce import checks
from sim.models.stochastic_stability import CONVENTIONS, potentials, stationary

BY_EQUATIONS, BY_SLOPES = (way.solve for way in CONVENTIONS.ways)
HUNT = {"temptation": 3.0, "reward": 4.0, "punishment": 2.0, "sucker": 0.0}


def column(solution: Solution, outcome: str) -> np.ndarray:
    """An outcome by k at the first point, (N + 1,)."""
    return np.array([x[0] for x in solution.entries(outcome).values()])


def drawn(seed: int) -> dict[str, Any]:
    rng = np.random.default_rng(seed)
    payoffs = rng.integers(0, 6, size=4) if seed % 2 else rng.normal(size=4)  # whole ones make ties
    return {
        **dict(zip(("temptation", "reward", "punishment", "sucker"), map(float, payoffs), strict=True)),
        "error_probability": rng.uniform(0.02, 0.4),
        "population": int(rng.integers(2, 14)),
        "revision": ("all", "one")[seed % 3 == 0],
        "opponents": ("others", "all")[seed % 5 == 0],
        "tie": ("arm", "restrain", "stay", "either")[seed % 4],
    }


def test_every_known_answer_is_met_by_both_ways() -> None:
    assert [c.answer for c in checks(CONVENTIONS) if not c.sound or not c.ways] == []


@pytest.mark.parametrize("seed", range(40))
def test_drawn_populations_by_linear_equations(seed: int) -> None:
    given = drawn(seed)
    one, other = evaluate(CONVENTIONS, given), evaluate(CONVENTIONS, given, BY_EQUATIONS)
    np.testing.assert_allclose(column(one, "distribution"), column(other, "distribution"), atol=1e-10)
    for name in ("mass_restraint", "mass_arming", "mass_even", "restraining_share", "risk_threshold"):
        assert one.outcomes[name][0] == pytest.approx(other.outcomes[name][0], abs=1e-10, nan_ok=True), name


@pytest.mark.parametrize("seed", range(40))
def test_drawn_potentials_by_slopes(seed: int) -> None:
    given = drawn(seed)
    one, other = evaluate(CONVENTIONS, given), evaluate(CONVENTIONS, given, BY_SLOPES)
    np.testing.assert_array_equal(column(one, "potential"), column(other, "potential"))
    assert one.outcomes["stochastically_stable"][0] == other.outcomes["stochastically_stable"][0]


@pytest.mark.parametrize("error", [1e-4, 0.05, 0.3])
def test_one_at_a_time_is_a_birth_death_chain(error: float) -> None:
    # detailed balance: pi(k + 1) / pi(k) = (N - k) b_k / ((k + 1)(1 - a_k+1)); restrain if over 2/3 of the others do
    solution = evaluate(CONVENTIONS, {**HUNT, "error_probability": error, "revision": "one"})
    better = [1.0 if 3 * k > 2 * 9 else 0.0 for k in range(10)]  # to k of the 9 others; ties go to arming
    chance = [b * (1 - error) + (1 - b) * error for b in better]
    law = [1.0]
    for k in range(10):
        law.append(law[-1] * (10 - k) * chance[k] / ((k + 1) * (1 - chance[k])))
    np.testing.assert_allclose(column(solution, "distribution"), np.array(law) / sum(law), rtol=1e-12)


def test_errors_by_hand() -> None:
    # one revises, N = 10, p* = 2/3, ties to arming: a restraining state arms as soon as at most 6 of the 9 others restrain.
    # From all restraining: 3 errors leave k = 7, where one that restrains sees 6 others: 3 errors down.  From all arming: an
    # armed state joins when 7 others restrain: 7 errors up.  So all-arming has potential 0 and all-restraining 7 - 3 = 4.
    found = column(evaluate(CONVENTIONS, {**HUNT, "revision": "one"}), "potential")
    np.testing.assert_array_equal(found, [0, 1, 2, 3, 4, 5, 6, 7, 6, 5, 4])


def test_two_states_by_hand() -> None:
    # N = 2, all revise: each copies the other's last action (stag hunt) with probability 1 - e.  The pair of actions is two
    # independent chains, each flipping with probability e: uniform on four pairs, so k = 0, 1, 2 with 1/4, 1/2, 1/4
    found = column(evaluate(CONVENTIONS, {**HUNT, "population": 2, "error_probability": 0.2}), "distribution")
    np.testing.assert_allclose(found, [0.25, 0.5, 0.25], atol=1e-12)


def test_errors_half_the_time_are_coin_flips() -> None:
    from scipy.stats import binom

    found = column(evaluate(CONVENTIONS, {"error_probability": 0.5, "population": 9}), "distribution")
    np.testing.assert_allclose(found, binom.pmf(np.arange(10), 9, 0.5), atol=1e-12)


def test_a_dilemma_ends_in_arming() -> None:
    dilemma = {"temptation": 5.0, "reward": 3.0, "punishment": 1.0, "sucker": 0.0}
    solution = evaluate(CONVENTIONS, {**dilemma, "error_probability": 0.01})
    assert solution.outcomes["stochastically_stable"][0] == 1
    assert solution.outcomes["restraining_share"][0] == pytest.approx(0.01)  # arming is better always: only errors restrain
    assert np.isnan(solution.outcomes["risk_threshold"][0])
    assert "stag hunt" in solution.reason("risk_threshold")


@pytest.mark.parametrize("seed", range(8))
def test_naming_the_actions_otherwise_mirrors_the_law(seed: int) -> None:
    given = drawn(2 * seed) | {"tie": "either"}
    mirrored = {
        **given,
        "temptation": given["sucker"],
        "reward": given["punishment"],
        "punishment": given["reward"],
        "sucker": given["temptation"],
    }
    one, other = evaluate(CONVENTIONS, given), evaluate(CONVENTIONS, mirrored)
    np.testing.assert_allclose(column(one, "distribution"), column(other, "distribution")[::-1], atol=1e-12)
    np.testing.assert_array_equal(column(one, "potential"), column(other, "potential")[::-1])


def test_the_law_is_exact_at_errors_that_a_linear_solver_loses() -> None:
    # pi_k ~ constant epsilon^potential: at 1e-12 and 1e-13 all ten powers differ by the potential, down to 1e-91
    small, smaller = (evaluate(CONVENTIONS, {"error_probability": error}) for error in (1e-12, 1e-13))
    slopes = np.log10(column(small, "distribution") / column(smaller, "distribution"))
    np.testing.assert_allclose(slopes, column(small, "potential"), atol=1e-6)


@pytest.mark.parametrize("seed", range(5))
def test_state_reduction_of_drawn_kernels(seed: int) -> None:
    K = np.random.default_rng(seed).dirichlet(np.ones(6), size=(3, 6))
    law = np.exp(stationary(np.log(K)))
    np.testing.assert_allclose(np.einsum("pk,pkj->pj", law, K), law, atol=1e-14)
    np.testing.assert_allclose(law.sum(axis=1), 1)


def birth_death(n: int, error: float) -> np.ndarray:
    """The law of one reviser at a time, from detailed balance in logarithms; restrain if over 2/3 of the others do."""
    log = [0.0]
    for k in range(n):
        sign = 1 if 3 * k > 2 * (n - 1) else -1  # of the log odds of restraint, to k of the others, in k and in k + 1
        log.append(log[-1] + np.log((n - k) / (k + 1)) + sign * (np.log1p(-error) - np.log(error)))
    law = np.exp(np.array(log) - max(log))
    return law / law.sum()


@pytest.mark.parametrize(("n", "error"), [(60, 1e-10), (200, 1e-6), (200, 0.1), (200, 1e-300)])
def test_large_populations_with_small_errors_one_at_a_time(n: int, error: float) -> None:
    found = evaluate(CONVENTIONS, {**HUNT, "population": n, "error_probability": error, "revision": "one"})
    np.testing.assert_allclose(column(found, "distribution"), birth_death(n, error), rtol=1e-9, atol=1e-290)
    assert found.outcomes["mass_arming"][0] == pytest.approx(1, abs=1e-12)


@pytest.mark.parametrize(("n", "error"), [(150, 1e-3), (100, 1e-5), (200, 1e-6)])
def test_large_populations_with_small_errors_all_at_once(n: int, error: float) -> None:
    # all-arming needs over 2/3 N errors to leave, all-restraining fewer than N / 3: arming holds for ever.  Around it each errs
    # alone: the share of restraint is epsilon
    found = evaluate(CONVENTIONS, {**HUNT, "population": n, "error_probability": error})
    assert found.outcomes["mass_arming"][0] == pytest.approx(1, abs=1e-12)
    assert found.outcomes["mass_restraint"][0] == pytest.approx(0, abs=1e-12)
    assert found.outcomes["restraining_share"][0] == pytest.approx(error, rel=1e-9)
    assert column(found, "distribution").sum() == pytest.approx(1, abs=1e-12)


def test_potentials_of_three_states_by_hand() -> None:
    # costs 0 -> 1: 1, 1 -> 0: 2, 1 -> 2: 1, 2 -> 1: 5, others 9.  Trees into 0: 1->0, 2->1: 7; into 1: 0->1, 2->1: 6;
    # into 2: 0->1, 1->2: 2.  So potentials 5, 4, 0
    costs = np.array([[[0.0, 1, 9], [2, 0, 1], [9, 5, 0]]])
    np.testing.assert_array_equal(potentials(costs), [[5, 4, 0]])


def test_points_do_not_depend_on_their_batch() -> None:
    error, reward = np.array([0.01, 0.1, 0.3]), np.array([4.0, 3.0, 5.0])
    together = evaluate(CONVENTIONS, {"error_probability": error, "reward": reward})
    for k in range(3):
        alone = evaluate(CONVENTIONS, {"error_probability": error[k], "reward": reward[k]})
        for name in alone.outcomes:
            for entry, values in alone.entries(name).items():
                np.testing.assert_array_equal(together.entries(name)[entry][k], values[0], name)


def test_letters_of_the_error_probability() -> None:
    assert CONVENTIONS.symbols["eps"] == CONVENTIONS.symbols["epsilon"] == "error_probability"
