"""Canonical models of arms races, risk and inspections that must agree with each other, as special cases, limits or parts.

Every test states why the two numbers are the same; parameters are drawn from a fixed seed, away from the models' own examples.
"""

from __future__ import annotations

import numpy as np
import pytest

from canon_case import closed, column
from sim.games.bimatrix import equilibria

N = 60


def draws(seed: int) -> np.random.Generator:
    return np.random.default_rng(seed)


# ---- arms races and bargaining


def test_a_continuous_arms_race_of_two_is_richardsons() -> None:
    # A9b with two actors, one category, linear reactions, no caps, noise or crises: A9's equilibrium, growth rate and path
    rng = draws(11)
    for _ in range(4):
        a, b, k, ell, g, h, x, y = map(float, rng.uniform(0.3, 2, 8))
        quiet = {
            "caps": [],
            "phase_in": 0.0,
            "substitution": [],
            "prudence": [0.0],
            "estimate_sd": [0.0],
            "estimate_drift": [0.0],
        }
        race = closed(
            "arms_race",
            actors=["x", "y"],
            categories=["arms"],
            levels=[[x], [y]],
            weights=[1.0],
            fatigue=[[a], [b]],
            reaction=[[0.0, k], [ell, 0.0]],
            allocation=[[1.0]],
            grievance=[[g], [h]],
            saturation=[],
            volatility=[[0.0]],
            shock_rate=0.0,
            shock_size=[[0.0]],
            horizon=3,
            steps=3,
            cap_end=[],
            **quiet,
        )
        told = {"fatigue_x": a, "fatigue_y": b, "reaction_x": k, "reaction_y": ell, "grievance_x": g, "grievance_y": h}
        pair = closed("richardson", **told, start_x=x, start_y=y, time=3.0)
        assert race["growth_rate"] == pytest.approx(pair["growth_rate"], rel=1e-10)
        assert list(race["equilibrium"].values()) == pytest.approx([pair["equilibrium_x"], pair["equilibrium_y"]], rel=1e-9)
        if min(pair["final_x"], pair["final_y"]) > 0:
            assert list(race["level"].values()) == pytest.approx([pair["final_x"], pair["final_y"]], rel=1e-7)


def test_power_that_shifts_in_steps_is_a_shift_to_the_first_step() -> None:
    # A10: with n steps war is decided at the first: p2 is p1 + (p2 - p1)/n there; one step is the shift itself
    rng = draws(12)
    now, rise = rng.uniform(0.05, 0.5, N), rng.uniform(0.05, 0.5, N)
    cost, d, n = rng.uniform(0, 0.5, N), rng.uniform(0.8, 0.99, N), rng.integers(2, 40, N).astype(float)
    base = {"win_probability_now": now, "decliner_war_cost": cost, "discount_factor": d}
    steps = column("preventive_war", "preventive_war", **base, win_probability_later=now + rise, steps=n)
    first = column("preventive_war", "preventive_war", **base, win_probability_later=now + rise / n, steps=1)
    assert np.array_equal(steps, first)
    assert 0 < steps.sum() < N
    by_hand = d * (now + rise / n) - now > cost * (1 - d) ** 2
    assert np.array_equal(steps == 1, by_hand)


def test_perfect_deterrence_is_a_critical_risk() -> None:
    # C2: a challenger runs a risk of resistance for DC rather than stay with SQ up to (DC - SQ)/(DC - DD): A11b, win DC, quit SQ
    rng = draws(13)
    conflict, keep, win = np.cumsum(rng.uniform(0.2, 5, (3, N)), axis=0) - 4
    deterrence = column("perfect_deterrence", "critical_resistance", win=win, status_quo=keep, conflict=conflict)
    risk = column("critical_risk", "critical_risk", win_payoff=win, quit_payoff=keep, disaster_payoff=conflict)
    assert deterrence == pytest.approx(risk, rel=1e-13)


# ---- risk


def test_a_constant_risk_is_geometric() -> None:
    # A12 with r = 1 is 1 - (1 - p)^t, A12b's with the same yearly probability, and A12c's way there and back
    rng = draws(8)
    p, years = rng.uniform(0.001, 0.2, N), rng.integers(1, 200, N).astype(float)
    within = column("cumulative_risk", "within", annual_probability=p, annual_ratio=1.0, years=years)
    assert within == pytest.approx(1 - (1 - p) ** years, rel=1e-11)
    chain = {"initiating_events": -np.log1p(-p), "observed_years": 1.0, "crisis_probability": 1.0, "use_probability": 1.0}
    assert column("accident_chain", "within", **chain, escalation_probability=1.0, years=years) == pytest.approx(
        within, rel=1e-11
    )
    sure = within < 0.999999
    told = {"cumulative_probability": within[sure], "observed_years": years[sure]}
    assert column("risk_conversion", "annual_probability", **told) == pytest.approx(p[sure], rel=1e-8)


def test_mistrust_is_a_ladder_without_a_top() -> None:
    # B10: a walk up with q and down with 1 - q from k above the bottom is A13 with u = q and a top too far to be reached first
    for q, k in ((0.6, 2), (0.7, 3), (0.9, 1)):
        ruin = closed("mistrust_ruin", accuracy=q, steps=k)["given_up_ever"]
        ladder = closed("escalation_ladder", rungs=2000, start=k, up_probability=q)
        assert ladder["settled_probability"] == pytest.approx(ruin, rel=1e-12)
        assert ruin == pytest.approx(((1 - q) / q) ** k, rel=1e-13)


@pytest.mark.parametrize(("q", "k", "n"), [(0.7, 3, 50), (0.6, 2, 31), (0.8, 4, 12)])
def test_unequal_signals_contain_equal_ones(q: float, k: int, n: int) -> None:
    # B10b with a = q, b = 1 - q, and k steps of log(q / (1 - q)) between prior and threshold, is B10
    odds = 3.0
    lower = odds * ((1 - q) / q) ** k
    told = {"prior": odds / (1 + odds), "threshold": lower / (1 + lower) * (1 + 1e-9), "periods": n}
    unequal = closed("mistrust_bound", good_if_trustworthy=q, good_if_untrustworthy=1 - q, **told)
    equal = closed("mistrust_ruin", accuracy=q, steps=k, periods=n)
    assert unequal["given_up_within"] == pytest.approx(equal["given_up_within"], rel=1e-11)
    assert unequal["bound"] == pytest.approx(equal["given_up_ever"], rel=1e-8)


def test_the_last_challenger_is_a_critical_risk() -> None:
    # B6 with one probe left: b if the defender gives way, b - 1 if it resists, 0 out; A11b's greatest tolerable risk of
    # resistance is (b - 0) / (b - (b - 1)) = b
    for b in (0.2, 0.5, 0.85):
        risk = closed("critical_risk", win_payoff=b, quit_payoff=0.0, disaster_payoff=b - 1)["critical_risk"]
        assert risk == pytest.approx(b, rel=1e-13)
        for prior in (0.9 * b, 1.1 * b):
            probe = closed("reputation_for_resolve", probes=1, prior_tough=prior, challenger_gain=b)["probe_probability"]
            assert probe == (prior < risk)


# ---- inspections


@pytest.mark.parametrize(("n", "m"), [(2, 1), (4, 1), (6, 3), (9, 4)])
def test_the_nonzero_sum_inspection_game_contains_dreshers(n: int, m: int) -> None:
    # A6 with a = -1 (a detected violation is worth 1 to the inspector) and b = 1 is zero-sum: I = v and V = -v, exactly
    told = {"inspectee_cost_of_detection": 1.0, "inspector_cost_of_detection": -1.0}
    found = closed("sequential_inspections", periods=n, inspections=m, **told)
    assert found["inspector_payoff"] == found["value"] == -found["inspectee_payoff"]
    near = closed("sequential_inspections", periods=n, inspections=m, **{**told, "inspector_cost_of_detection": -0.999999})
    assert float(near["inspector_payoff"]) == pytest.approx(float(found["value"]), abs=1e-5)


def test_the_transparency_that_deters_is_what_inspectors_see() -> None:
    # B9 with no cost of cheating: q* = g/(g + L); A7b's inspectee is indifferent where P(inspect) x detection is just that
    rng = draws(14)
    gain, penalty, seen = rng.uniform(0.2, 3, N), rng.uniform(0.5, 9, N), rng.uniform(0.7, 1, N)
    least = column("transparency_window", "least_transparency", gain=gain, loss=penalty, cheating_cost=0.0)
    told = {"gain": gain, "penalty": penalty, "detection_probability": seen, "inspection_cost": 0.01}
    mixed = seen * (gain + penalty) >= gain
    inspected = column("verification_paradox", "inspection_probability", **told)
    assert (inspected * seen)[mixed] == pytest.approx(least[mixed], rel=1e-12)


def test_one_inspection_of_two_periods_is_a_game_of_two_by_two() -> None:
    # A6 (2, 1) to the inspector: inspect: legal -1 (nothing is left for the last period), violate 1; not: legal 0 (the last is
    # inspected), violate -1.  Inspect with x: -x = x - (1 - x), so x = 1/3, and the value is -1/3
    zero_sum = {"inspectee_cost_of_detection": 1.0, "inspector_cost_of_detection": -1.0}
    found = closed("sequential_inspections", periods=2, inspections=1, **zero_sum)
    ((inspect, legal),) = equilibria([[-1.0, 1.0], [0.0, -1.0]], [[1.0, -1.0], [0.0, 1.0]])
    assert float(found["first_inspection_probability"]) == pytest.approx(inspect[0], abs=1e-12)
    assert float(found["first_violation_probability"]) == pytest.approx(legal[1], abs=1e-12)
    assert float(found["value"]) == pytest.approx(-1 / 3)


def test_a_sample_of_one_item_is_a_share() -> None:
    # A8: one item finds with D/N; all but D - 1 items find for certain; one falsified item is found with n/N
    rng = draws(15)
    items = rng.integers(10, 400, N).astype(float)
    falsified = np.floor(items * rng.uniform(0.05, 0.9, N)) + 1
    told = {"items": items, "falsified": falsified}
    one = column("inspection_sampling", "detection_probability", **told, sample=1.0)
    assert one == pytest.approx(falsified / items, rel=1e-12)
    assert np.all(column("inspection_sampling", "detection_probability", **told, sample=items - falsified + 1) == 1)
    lone = column("inspection_sampling", "detection_probability", items=items, falsified=1.0, sample=falsified)
    assert lone == pytest.approx(falsified / items, rel=1e-12)
