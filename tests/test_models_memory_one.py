"""Memory-one strategies: the chain against closed forms, doubling and simulation; reactive and zero-determinant strategies."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from repeated_case import N, agree, by, dilemmas, draws, found, holds_at_four_errors, one
from sim.models.memory_one import MEMORY_ONE, SHORT, STRATEGIES, TREES, stationary
from sim.models.model import evaluate
from sim.models.reactive import REACTIVE
from sim.models.zero_determinant import ZERO_DETERMINANT

DOUBLING, CLOSED, SIMULATION = MEMORY_ONE.ways
PAYOFFS = ("payoff_1", "payoff_2", "compliance_1", "compliance_2")


def own(seed: int, size: int = N) -> dict[str, Any]:
    rng = draws(seed)
    return {
        **dilemmas(rng, size),
        "strategy_1": "own",
        "strategy_2": "own",
        "own_1": list(rng.random((4, size))),
        "own_2": list(rng.random((4, size))),
        "error_probability": rng.uniform(0, 0.5, size),
        "first_move_1": rng.random(size),
        "first_move_2": rng.random(size),
    }


def test_the_tree_formula_solves_for_the_stationary_shares() -> None:
    move = draws(1).dirichlet(np.full(4, 0.3), (N, 4))
    shares = stationary(move)

    assert len(TREES) == 4 * 16
    np.testing.assert_allclose(shares.sum(axis=1), 1, atol=1e-12)
    np.testing.assert_allclose(np.einsum("pi,pij->pj", shares, move), shares, atol=1e-12)
    split = np.eye(4)[[0, 1, 0, 1]]  # two absorbing outcomes
    assert np.isnan(stationary(split[None])).all()
    round_about = np.eye(4)[[1, 2, 3, 0]]  # a cycle has one stationary distribution
    np.testing.assert_allclose(stationary(round_about[None]), 0.25)


def test_drawn_strategies_by_doubling() -> None:
    agree(MEMORY_ONE, DOUBLING, own(2), PAYOFFS, 1e-9, N)
    agree(MEMORY_ONE, DOUBLING, {**own(3), "continuation_probability": draws(4).uniform(0, 0.999, N)}, PAYOFFS, 1e-8, N)


@pytest.mark.parametrize("first", list(STRATEGIES))
@pytest.mark.parametrize("second", list(STRATEGIES))
def test_named_pairs_under_error(first: str, second: str) -> None:
    given = {**dilemmas(draws(5), 20), "strategy_1": first, "strategy_2": second, "generosity": draws(6).random(20)}
    given["error_probability"] = np.concatenate([np.geomspace(1e-12, 0.4, 19), [0.5]])
    mine, doubled, closed = found(MEMORY_ONE, given), by(DOUBLING, MEMORY_ONE, given), by(CLOSED, MEMORY_ONE, given)
    mirrored = found(MEMORY_ONE, {**given, "strategy_1": second, "strategy_2": first})

    for name in PAYOFFS:
        np.testing.assert_allclose(doubled[name], mine[name], rtol=1e-6, atol=1e-6)
        known = ~np.isnan(closed[name])
        np.testing.assert_allclose(closed[name][known], mine[name][known], rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(mirrored["payoff_1"], mine["payoff_2"], rtol=1e-12)


def test_tit_for_tat_is_the_mean_of_the_four_payoffs_at_any_error() -> None:
    for error in (1e-12, 1e-6, 0.2, 0.49):
        assert one(MEMORY_ONE, "payoff_1", error_probability=error) == pytest.approx(2.25, abs=1e-12)


def test_without_error_the_first_round_decides() -> None:
    solution = evaluate(MEMORY_ONE, {"error_probability": 0.0})
    assert np.isnan(solution.outcomes["payoff_1"][0])
    assert "depends on the first round" in solution.reason("payoff_1")
    # with an end: always complying from the first round, or (1 - w) S + w (1 - w) T + ... by turns: (S + w T) / (1 + w)
    told = {"error_probability": 0.0, "continuation_probability": 0.9}
    assert one(MEMORY_ONE, "payoff_1", **told) == pytest.approx(3.0, abs=1e-12)
    assert one(MEMORY_ONE, "payoff_1", **told, first_move_2=0.0) == pytest.approx(4.5 / 1.9, abs=1e-12)
    # grim against always arming: S once, then P
    grim = {"strategy_1": "grim", "strategy_2": "always_arm"}
    assert one(MEMORY_ONE, "payoff_1", **told, **grim, first_move_2=0.0) == pytest.approx(0.9, abs=1e-12)


def test_simulated_pairs_agree() -> None:
    given = own(7, 3) | {"error_probability": np.array([0.01, 0.1, 0.3])}
    holds_at_four_errors(MEMORY_ONE, SIMULATION, given, ("payoff_1", "payoff_2"), seed=8)


def test_short_names_of_the_literature_are_the_same_strategies() -> None:
    told = {"AllC": "always_comply", "AllD": "always_arm", "TFT": "tit_for_tat", "GTFT": "generous_tit_for_tat"}
    assert {**told, "WSLS": "win_stay_lose_shift"} == SHORT
    for short, long in SHORT.items():
        for player in ("strategy_1", "strategy_2"):
            for mine, named in (
                (found(MEMORY_ONE, {player: short}), found(MEMORY_ONE, {player: long})),
                (by(CLOSED, MEMORY_ONE, {player: short}), by(CLOSED, MEMORY_ONE, {player: long})),
            ):
                for name in PAYOFFS:
                    assert mine[name].tobytes() == named[name].tobytes(), (short, name)


def test_certain_errors_are_not_called_no_errors() -> None:
    # always flipped, tit for tat does the opposite of the other: nothing is ever forgotten
    solution = evaluate(MEMORY_ONE, {"error_probability": 1.0})
    assert np.isnan(solution.outcomes["payoff_1"][0])
    assert "always do" in solution.reason("payoff_1")
    assert "Without errors" not in solution.reason("payoff_1")
    assert one(MEMORY_ONE, "payoff_1", error_probability=1 - 1e-9) == pytest.approx(2.25, abs=1e-9)


# ---- reactive strategies


def test_reactive_strategies_are_memory_one() -> None:
    rng = draws(9)
    given = {**dilemmas(rng), **dict(zip(("p_1", "q_1", "p_2", "q_2"), rng.random((4, N)), strict=True))}
    given["error_probability"] = rng.uniform(0, 0.5, N)
    (chain,) = REACTIVE.ways

    agree(REACTIVE, chain, given, PAYOFFS, 1e-9, N)
    agree(REACTIVE, chain, given, ("generosity", "tit_for_tat_threshold"), 1e-7, 100)


def test_small_errors_and_exact_copies() -> None:
    copies = {"q_1": 0.0, "q_2": 0.0}
    assert one(REACTIVE, "compliance_1", **copies, error_probability=1e-14) == pytest.approx(0.5, abs=1e-12)
    solution = evaluate(REACTIVE, {**copies, "error_probability": 0.0})
    assert "copy exactly" in solution.reason("payoff_1")
    turns = evaluate(REACTIVE, {"temptation": 7.0})  # T + S > 2 R
    assert turns.outcomes["generosity"][0] == 0
    assert "taking turns" in turns.reason("tit_for_tat_threshold")


# ---- zero-determinant strategies


def test_the_relation_holds_against_everybody() -> None:
    rng = draws(10)
    given: dict[str, Any] = {**dilemmas(rng), "slope": 1 + rng.exponential(3, N), "baseline_share": rng.random(N)}
    given["phi"] = rng.uniform(0.05, 1, N) * found(ZERO_DETERMINANT, given)["greatest_phi"]
    given["other"] = list(rng.uniform(0.05, 0.95, (4, N)))
    out = found(ZERO_DETERMINANT, given)

    assert (out["is_strategy"] == 1).all()
    k = given["punishment"] + given["baseline_share"] * (given["reward"] - given["punishment"])
    np.testing.assert_allclose(out["payoff"] - k, given["slope"] * (out["other_payoff"] - k), atol=1e-9)
    (way,) = ZERO_DETERMINANT.ways
    agree(ZERO_DETERMINANT, way, given, ("payoff", "other_payoff"), 1e-7, N)
    complying = {**given, "other": [1.0, 1.0, 1.0, 1.0]}
    full = found(ZERO_DETERMINANT, complying)
    np.testing.assert_allclose(full["payoff"], full["payoff_against_compliance"], rtol=1e-9)
    np.testing.assert_allclose(full["other_payoff"], full["other_payoff_complying"], rtol=1e-9, atol=1e-9)


def test_the_greatest_phi_is_the_last_that_is_a_strategy() -> None:
    greatest = one(ZERO_DETERMINANT, "greatest_phi")

    assert greatest == pytest.approx(1 / 13)  # p_CD = 1 - phi (1 + 3 * 4) >= 0
    assert one(ZERO_DETERMINANT, "is_strategy", phi=greatest) == 1
    beyond = evaluate(ZERO_DETERMINANT, {"phi": greatest * 1.001})
    assert beyond.outcomes["is_strategy"][0] == 0
    assert "phi exceeds" in beyond.reason("payoff")


def test_slope_1_is_tit_for_tat() -> None:
    entries = evaluate(ZERO_DETERMINANT, {"slope": 1.0, "phi": 0.2}).entries("strategy")  # phi_max = (P - S)/(T - S) = 1/5
    assert [entries[name][0] for name in ("CC", "CD", "DC", "DD")] == pytest.approx([1, 0, 1, 0])


def test_payoffs_against_compliance_need_no_phi() -> None:
    # 132/32 and 42/32 by hand; phi = 1/26 is no strategy beyond a slope of 6.25: 26 = 1 + 4 chi
    slopes = np.array([1.0, 3.0, 6.25, 6.26, 10.0, 1e6, 1e300])
    for phi in (0.0, 1 / 26, 5.0):
        out = found(ZERO_DETERMINANT, {"slope": slopes, "phi": phi})
        np.testing.assert_allclose(out["payoff_against_compliance"], (2 / slopes + 13) / (2 / slopes + 3), rtol=1e-12)
        np.testing.assert_allclose(out["other_payoff_complying"], (12 / slopes + 3) / (2 / slopes + 3), rtol=1e-12)
        fits = {0.0: slopes > 0, 1 / 26: slopes <= 6.25, 5.0: slopes < 0}[phi]
        assert (out["is_strategy"] == fits).all()
        assert (np.isnan(out["strategy"]["CD"]) == ~fits).all()
    ten = {"slope": 10.0}
    assert one(ZERO_DETERMINANT, "payoff_against_compliance", **ten) == pytest.approx(4.125, abs=1e-12)
    assert one(ZERO_DETERMINANT, "other_payoff_complying", **ten) == pytest.approx(1.3125, abs=1e-12)
    assert one(ZERO_DETERMINANT, "payoff", **ten) == pytest.approx(4.125, abs=1e-12)


def test_the_default_phi_fits_every_game_also_where_the_sucker_loses_nothing_more() -> None:
    rng = draws(11)
    given: dict[str, Any] = {**dilemmas(rng), "slope": 1 + rng.exponential(30, N), "baseline_share": rng.random(N)}
    given["sucker"] = np.where(np.arange(N) % 2 == 0, given["punishment"], given["sucker"])
    given["other"] = list(rng.uniform(0.05, 0.95, (4, N)))
    out = found(ZERO_DETERMINANT, given)

    assert (out["is_strategy"] == 1).all()
    np.testing.assert_allclose(out["phi_used"], out["greatest_phi"] / 2, rtol=1e-12)
    np.testing.assert_allclose(out["enforced_slope_error"], 0, atol=1e-8)
    (way,) = ZERO_DETERMINANT.ways
    agree(
        ZERO_DETERMINANT, way, given, ("payoff", "other_payoff", "payoff_against_compliance", "other_payoff_complying"), 1e-7, N
    )
    half = one(ZERO_DETERMINANT, "greatest_phi") / 2
    assert one(ZERO_DETERMINANT, "phi_used") == half == pytest.approx(1 / 26)
