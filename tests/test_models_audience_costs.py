"""Audience costs: horizon, war, and who backs down."""

from __future__ import annotations

import numpy as np
import pytest

from cli_text import found, refused
from model_ways import agree, one, simulated
from sim.models.audience_costs import AUDIENCE, first, root
from sim.models.model import evaluate

NAMES = [key.name for key in AUDIENCE.parameters]


def drawn(size: int, seed: int) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(seed)
    return {name: np.exp(rng.uniform(-2, 2, size)) for name in NAMES}


def swapped(given: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    return {name[:-1] + ("2" if name[-1] == "1" else "1"): x for name, x in given.items()}


def test_roots_and_quadrature_agree_at_drawn_parameters() -> None:
    assert agree(AUDIENCE, "quadrature", drawn(60, 41), 1e-9) == 60 * 6


def test_simulated_crises_agree() -> None:
    for seed in range(4):
        given = {name: float(x[0]) for name, x in drawn(1, 50 + seed).items()}
        assert simulated(AUDIENCE, "played", given, seed) == 3


def test_no_state_gains_by_another_time_of_backing_down() -> None:
    # whenever a state backs down before t*, it expects the same: what its opponent's backing down at once is worth to it
    for seed in range(3):
        v = {name: float(x[0]) for name, x in drawn(1, 70 + seed).items()}
        found = evaluate(AUDIENCE, v).outcomes
        horizon = found["horizon"][0]
        t = np.linspace(0, horizon, 20_001)
        for own, other in (("1", "2"), ("2", "1")):
            rate = v[f"audience_cost_{own}"] / v[f"prize_{own}"]
            atom = found["immediate_concession"][other][0]
            stays = (1 - atom) / (1 + rate * t)
            won = v[f"prize_{own}"] * (1 - stays)  # the opponent backed down before
            value = won - v[f"audience_cost_{own}"] * t * stays
            direct = atom * v[f"prize_{own}"]
            np.testing.assert_allclose(value, direct, atol=1e-12 + 1e-9 * abs(value).max())
            assert stays[-1] == pytest.approx(found["locked_in"][other][0])  # all that are left at t* fight


def test_everything_that_can_happen_sums_to_one_and_one_state_at_most_backs_down_at_once() -> None:
    found = evaluate(AUDIENCE, drawn(500, 42)).outcomes
    back, atoms = found["backs_down"], found["immediate_concession"]

    np.testing.assert_allclose(found["war_probability"] + back["1"] + back["2"], 1, atol=1e-12)
    assert (np.minimum(atoms["1"], atoms["2"]) == 0).all()
    assert ((atoms["1"] > 0) | (atoms["2"] > 0)).all()
    np.testing.assert_allclose(sum(found["backs_down_given_peace"].values()), 1)


def test_names_of_the_states_do_not_matter() -> None:
    given = drawn(50, 43)
    ours, theirs = evaluate(AUDIENCE, given).outcomes, evaluate(AUDIENCE, swapped(given)).outcomes

    np.testing.assert_array_equal(ours["horizon"], theirs["horizon"])
    np.testing.assert_array_equal(ours["backs_down"]["1"], theirs["backs_down"]["2"])
    np.testing.assert_array_equal(ours["immediate_concession"]["2"], theirs["immediate_concession"]["1"])


def test_units_do_not_matter() -> None:
    given = drawn(50, 44)
    slower = {name: x / 7 if name.startswith("audience") else x for name, x in given.items()}
    dearer = {name: x * 3 for name, x in given.items()}
    found, slow, dear = (evaluate(AUDIENCE, x).outcomes for x in (given, slower, dearer))

    np.testing.assert_allclose(slow["horizon"], 7 * found["horizon"], rtol=1e-12)
    np.testing.assert_allclose(dear["horizon"], found["horizon"], rtol=1e-12)
    for other in (slow, dear):
        np.testing.assert_allclose(other["war_probability"], found["war_probability"], rtol=1e-11)
        np.testing.assert_allclose(other["backs_down"]["1"], found["backs_down"]["1"], rtol=1e-10)


def test_larger_audience_costs_make_a_state_back_down_less() -> None:
    # the paper's claim, here with equal prizes and costs of war
    found = evaluate(AUDIENCE, {"audience_cost_1": np.linspace(0.2, 8, 100)}).outcomes

    assert (np.diff(found["backs_down"]["1"]) < 0).all()
    assert (np.diff(found["backs_down_given_peace"]["1"]) < 0).all()
    assert (np.diff(found["horizon"]) < 0).all()


def test_the_root_solves_its_equation_from_tiny_to_huge() -> None:
    r = np.geomspace(1e-300, 1e300, 601)
    s = root(r)

    np.testing.assert_allclose(s, np.log1p(r / s), rtol=1e-12)
    np.testing.assert_allclose(s[:100], np.sqrt(r[:100]), rtol=1e-10)  # s^2 = r where s is small


def test_the_integral_keeps_its_digits_where_the_rates_are_close_or_far() -> None:
    # integral of B / ((1 + A t) (1 + B t)^2) over [0, 1]; at A = B: (1 - (1 + B)^-2) / 2
    b = np.array([1e-9, 0.3, 1.0, 50.0])
    np.testing.assert_allclose(first(b, b), -np.expm1(-2 * np.log1p(b)) / 2, rtol=1e-13)
    np.testing.assert_allclose(first(b * (1 + 1e-9), b), first(b, b), rtol=2e-9)
    nodes, weights = np.polynomial.legendre.leggauss(200)
    t, w = (nodes + 1) / 2, weights / 2
    for own in (1e-12, 1e-3, 0.1, 0.75, 0.85, 3.0, 40.0):
        for other in (1e-12, 1e-3, 0.1, 0.3, 2.0, 30.0):
            direct = (w * other / ((1 + own * t) * (1 + other * t) ** 2)).sum()
            assert float(first(np.array([own]), np.array([other]))[0]) == pytest.approx(direct, rel=1e-10), (own, other)


def test_extremes_stay_finite() -> None:
    for name in NAMES:
        for value in (1e-200, 1e-30, 1e30, 1e200):
            found = evaluate(AUDIENCE, {name: value}).outcomes
            total = found["war_probability"] + found["backs_down"]["1"] + found["backs_down"]["2"]
            assert total[0] == pytest.approx(1, abs=1e-9), (name, value)
            assert 0 <= one(AUDIENCE, "backs_down", "1", **{name: value}) <= 1


@pytest.mark.parametrize("letter", ["a1", "a_1", "v2", "v_2", "mu1", "mu_1", "c1", "c_1", "c2"])
def test_letters_with_and_without_an_underscore(letter: str) -> None:
    name = {"a": "audience_cost", "v": "prize", "m": "mean_war_cost", "c": "mean_war_cost"}[letter[0]] + f"_{letter[-1]}"
    assert found("solve", "--model", "B7", "--set", f"{letter}=3")["parameters"][name] == 3


@pytest.mark.parametrize("letter", ["v", "mu"])
def test_a_letter_without_its_state_is_refused_and_both_are_named(letter: str) -> None:
    message = refused("solve", "--model", "B7", "--set", f"{letter}=2")
    assert f"{letter}: no such parameter" in message
    assert f"({letter}1, " in message
    assert f"({letter}2, " in message


@pytest.mark.parametrize("given", [{"prize_1": 1e300, "prize_2": 1e-12}, {"audience_cost_1": 1e160, "mean_war_cost_2": 1e-300}])
def test_numbers_too_far_apart_are_solved_or_say_so(given: dict[str, float]) -> None:
    solution = evaluate(AUDIENCE, given)
    for outcome in AUDIENCE.outcomes:
        for values in solution.entries(outcome.name).values():
            assert np.isfinite(values).all() or "more than numbers can hold" in solution.reason(outcome.name)
