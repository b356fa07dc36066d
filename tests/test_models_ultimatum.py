"""Ultimatum: who demands, what the demand tells, how it ends."""

from __future__ import annotations

import numpy as np
import pytest

from model_ways import simulated
from sim.models.model import evaluate
from sim.models.ultimatum import ULTIMATUM
from sim.models.ultimatum_play import ENDS, KINDS, TYPES, by_search

NAMES = [key.name for key in ULTIMATUM.parameters]


def drawn(size: int, seed: int) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(seed)
    share = ("demand", "prior_revisionist")
    given = {name: rng.uniform(0.02, 0.98, size) if name in share else rng.exponential(0.6, size) + 0.02 for name in NAMES}
    given["members"] = rng.integers(1, 5, size).astype(float)
    given["gain_by_force_status_quo"][::2] *= 0.1  # without this a status quo type that demands at times is rare
    given["win_set"] = np.where(rng.random(size) < 0.8, 1.0, 0.4)
    return given


def test_integration_and_bracketing_agree_at_drawn_parameters_in_all_six_kinds() -> None:
    given = drawn(240, 5)
    kinds = evaluate(ULTIMATUM, given).outcomes["kind"]

    assert set(kinds) == set(range(len(KINDS)))
    solved, second = evaluate(ULTIMATUM, given), evaluate(ULTIMATUM, given, by_search)
    for name in second.outcomes:
        for entry, values in second.entries(name).items():
            np.testing.assert_allclose(solved.entries(name)[entry], values, atol=1e-7, err_msg=f"{name} {entry}")


@pytest.mark.parametrize("seed", range(4))
def test_games_played_out_agree(seed: int) -> None:
    given = {name: float(x[0]) for name, x in drawn(1, 90 + seed).items()}
    assert simulated(ULTIMATUM, "played", given, seed) == 5


def test_no_type_gains_by_the_other_choice_and_beliefs_follow_bayes() -> None:
    given = drawn(2000, 6)
    found = evaluate(ULTIMATUM, given).outcomes
    p, made = given["prior_revisionist"], found["demand_made"]
    d = [found["demands"][name] for name in TYPES]
    seen = made > 0
    np.testing.assert_allclose(found["posterior_revisionist"][seen], p[seen] * d[0][seen] / made[seen], rtol=1e-9)
    accepted, dropped, force = (found["given_demand"][end] for end in ENDS)
    for t, name in enumerate(TYPES):
        short = name.replace(" ", "_")
        y, mean = given[f"gain_by_force_{short}"], given[f"mean_force_cost_{short}"]
        cost = mean[:, None] * -np.log1p(-(np.arange(4000) + 0.5) / 4000)  # quantiles of the cost of force
        best = np.maximum((y + given["pretext_gain"])[:, None] - cost, -given["audience_cost"][:, None]).mean(axis=1)
        refused = best - given["face_cost"]
        quiet = np.maximum(y[:, None] - cost, 0).mean(axis=1)
        gain = accepted * given["value_of_prize"] * given["demand"] + (1 - accepted) * refused - quiet
        slack = 2e-3 * (1 + mean + y)
        assert (gain[seen & (d[t] == 1)] >= -slack[seen & (d[t] == 1)]).all()
        assert (gain[seen & (d[t] == 0)] <= slack[seen & (d[t] == 0)]).all()
        mixed = seen & (d[t] > 0) & (d[t] < 1)
        assert (abs(gain[mixed]) <= slack[mixed]).all()
        assert t == 0 or mixed.any()
    np.testing.assert_allclose((accepted + dropped + force)[seen], 1)
    np.testing.assert_allclose(sum(found["ends"].values()), 1)


def test_the_commitment_trap_the_veto_players_and_the_win_set() -> None:
    # a larger audience cost makes both types act more often after a refusal: 1 - exp(-(y + g + a) / m)
    cost = np.linspace(0, 2, 21)
    acts = evaluate(ULTIMATUM, {"audience_cost": cost}).outcomes["acts_after_refusal"]
    np.testing.assert_allclose(acts["status quo"], 1 - np.exp(-(0.1 + cost)))
    assert (np.diff(acts["revisionist"]) > 0).all()
    # with the revisionist alone (a = 1) acceptance by n members is that by one to the power n: 0.542397^2
    two = evaluate(ULTIMATUM, {"audience_cost": 1.0, "members": 2.0, "value_of_prize": 3.0, "prior_revisionist": 1 - 1e-12})
    assert two.outcomes["given_demand"]["accepted"][0] == pytest.approx(0.542397**2, abs=1e-6)
    # beyond the win-set nothing is accepted, whatever is believed
    beyond = evaluate(ULTIMATUM, {"win_set": 0.4, "pretext_gain": 1.0}).outcomes["given_demand"]
    assert beyond["accepted"][0] == 0.0
    assert beyond["refused, force"][0] > 0


def test_a_demand_made_to_be_refused() -> None:
    # F_R = h(2.1) - 0.1 - 0.1 with h(2.1) = 2.1 - 1 + exp(-2.1) = 1.222456: 1.022 > v x = 0.5, so a refusal is liked better
    found = evaluate(ULTIMATUM, {"gain_by_force_revisionist": 1.0, "pretext_gain": 1.0, "audience_cost": 0.1}).outcomes
    assert found["prefers_refusal"]["revisionist"][0] == 1.0
    assert found["payoff"]["revisionist"][0] < 1.222456 - 0.2


def test_a_proposer_whose_type_is_known_has_an_equilibrium() -> None:
    # p = 0: a demand by the other type, which does not occur, may be met with the belief that keeps the status quo type from it
    given = drawn(3000, 8)
    given["win_set"] = np.ones(3000)
    for known in (0.0, 1.0):
        found = evaluate(ULTIMATUM, given | {"prior_revisionist": np.full(3000, known)}).outcomes
        assert np.isfinite(found["kind"]).all()
        assert (found["equilibria"] >= 1).all()
        some = {name: x[:60] for name, x in given.items()} | {"prior_revisionist": np.full(60, known)}
        second = evaluate(ULTIMATUM, some, by_search)
        np.testing.assert_array_equal(second.outcomes["kind"], evaluate(ULTIMATUM, some).outcomes["kind"])


def test_a_status_quo_type_that_is_known_and_keeps_silent() -> None:
    # v = 0: acceptance brings nothing, so the status quo type would rather use force unasked,
    # and the revisionist (y_R = 0) would demand for the pretext alone; acceptance at q* keeps the first from it
    given = {
        "demand": 0.7,
        "prior_revisionist": 0.0,
        "value_of_prize": 0.0,
        "audience_cost": 0.0,
        "pretext_gain": 0.5,
        "face_cost": 0.0,
        "gain_by_force_revisionist": 0.0,
        "gain_by_force_status_quo": 0.4,
        "mean_force_cost_revisionist": 2.5,
        "mean_member_cost": 10.0,
    }
    found = evaluate(ULTIMATUM, given)
    assert KINDS[int(found.outcomes["kind"][0])] == "the status quo type at times"
    assert found.outcomes["demands"]["status quo"][0] == 0
    assert found.outcomes["demand_made"][0] == 0
    assert np.isnan(found.outcomes["posterior_revisionist"][0])
