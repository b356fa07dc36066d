"""Canonical models that must agree with each other, because one is a special case, a limit or a part of the other.

Every test states why the two numbers are the same; parameters are drawn from a fixed seed, away from the models' own examples.
"""

from __future__ import annotations


import numpy as np
import pytest

from canon_case import closed, column

N = 60


def draws(seed: int) -> np.random.Generator:
    return np.random.default_rng(seed)


def dilemmas(seed: int) -> dict[str, np.ndarray]:
    """T > R > P > S, N of each."""
    s, p, r, t = np.cumsum(draws(seed).uniform(0.2, 3, (4, N)), axis=0) - 2
    return {"temptation": t, "reward": r, "punishment": p, "sucker": s}


# ---- repeated games


def test_perfect_monitoring_is_the_classical_threshold() -> None:
    # A2 with alpha = 0, beta = 1 is A4's delta_SPE = (T - R) / (T - P): grim punishment, every cheat seen
    games = dilemmas(1)
    seen = column("treaty_monitoring", "critical_discount_factor", **games, false_alarm_probability=0.0, detection_probability=1.0)
    assert seen == pytest.approx(column("strategic_risk", "critical_discount_factor", **games), rel=1e-13)
    by_hand = (games["temptation"] - games["reward"]) / (games["temptation"] - games["punishment"])
    assert seen == pytest.approx(by_hand, rel=1e-13)


def test_without_a_future_strategic_risk_is_risk_dominance() -> None:
    # A4's delta_RD is 0 exactly where restraint risk-dominates the one-shot game (A3): R + S >= T + P; elsewhere
    # delta_RD (T - S) is what is missing, T + P - R - S
    rng = draws(2)
    s, p, r = np.cumsum(rng.uniform(0.2, 3, (3, N)), axis=0)
    games = {"temptation": r + rng.uniform(-3, 2, N), "reward": r, "punishment": p, "sucker": s}
    games["temptation"] = np.maximum(games["temptation"], s + 0.1)
    margin = column("security_dilemma", "risk_dominance_margin", **games)
    delta = column("strategic_risk", "risk_dominance_discount_factor", **games)
    assert (margin > 0).sum() > 5 and (margin < 0).sum() > 5
    missing = np.maximum(-margin, 0) / (games["temptation"] - games["sucker"])
    assert delta == pytest.approx(missing, abs=1e-12)


def test_strategic_risk_is_trust_in_the_game_of_two_plans() -> None:
    # A4: the choice between grim and always arming is a one-shot game of discounted payoffs; A3's least trust in it is the basin
    games, delta = dilemmas(3), draws(4).uniform(0.05, 0.98, N)
    t, r, p, s = games.values()
    plans = {
        "reward": r / (1 - delta),
        "sucker": s + delta * p / (1 - delta),
        "temptation": t + delta * p / (1 - delta),
        "punishment": p / (1 - delta),
    }
    stable = column("strategic_risk", "equilibrium", **games, discount_factor=delta) == 1
    basin = column("strategic_risk", "basin_of_arming", **games, discount_factor=delta)
    trust = column("security_dilemma", "trust_threshold", **plans)
    assert stable.sum() > 10
    assert basin[stable] == pytest.approx(trust[stable], rel=1e-9)
    assert np.all(basin[~stable] == 1)
    margin = column("security_dilemma", "risk_dominance_margin", **plans)
    dominant = column("strategic_risk", "risk_dominant", **games, discount_factor=delta)
    assert np.array_equal(dominant == 1, stable & (margin >= 0))


def test_reporting_at_a_period_is_a_treaty_with_its_probabilities() -> None:
    # A2b with period D is A2 with alpha = 1 - exp(-lc D), beta = 1 - exp(-ld D), delta = exp(-r D)
    rng = draws(5)
    d, lc = rng.uniform(0.05, 6, N), rng.uniform(0.01, 0.3, N)
    ld, r, gain = lc * rng.uniform(2, 9, N), rng.uniform(0.001, 0.3, N), rng.uniform(0.1, 0.9, N)
    rates = {"alarm_rate_complying": lc, "alarm_rate_cheating": ld, "interest_rate": r, "period": d}
    news = {"reward": 1.0, "punishment": 0.0, "gain": gain, **rates}
    treaty = {
        **{"temptation": 1 + gain, "reward": 1.0, "punishment": 0.0, "sucker": -1.0},
        **{"false_alarm_probability": -np.expm1(-lc * d), "detection_probability": -np.expm1(-ld * d)},
        "discount_factor": np.exp(-r * d),
    }
    holds = column("reporting_frequency", "sustainable_bad_news", **news) == 1
    best = column("treaty_monitoring", "best_payoff", **treaty)
    assert np.array_equal(holds, np.isfinite(best))
    assert 10 < holds.sum() < N
    assert column("reporting_frequency", "best_payoff_bad_news", **news)[holds] == pytest.approx(best[holds], rel=1e-11)


@pytest.mark.parametrize(("a", "delta", "periods"), [(0.1, 0.7, 3), (0.2, 0.9, 4), (0.35, 0.95, 12), (0.0, 0.6, 2), (0.3, 0.7, 5)])
def test_a_price_war_is_a_treaty_whose_alarm_is_low_demand(a: float, delta: float, periods: int) -> None:
    # A2c with two firms is A2 with alpha = a, beta = 1, R = (1 - a)/2, P = 0, T = 1 - a: a cheater is always found out
    told = {"discount_factor": delta, "punishment_periods": periods}
    war = closed("price_war", low_demand_probability=a, firms=2, **told)
    payoffs = {"temptation": 1 - a, "reward": (1 - a) / 2, "punishment": 0.0, "sucker": -1.0}
    treaty = closed("treaty_monitoring", **payoffs, false_alarm_probability=a, detection_probability=1.0, **told)
    assert war["value"] == pytest.approx(treaty["value"] / (1 - delta), rel=1e-12)
    assert war["self_enforcing"] == treaty["periods_self_enforcing"]
    assert war["cooperation_share"] == pytest.approx(treaty["compliance_share"], rel=1e-12)
    for name in ("shortest_punishment",):
        assert war[name] == pytest.approx(treaty[name], nan_ok=True)


def test_deterrence_in_an_exit_game_is_the_repeated_dilemma_with_nothing_after_it() -> None:
    # B3 with W = 0: peace iff pi/(1 - d) >= F is A4's delta_SPE, and with vanishing noise iff pi/(1 - d) + S >= F is A4's
    # delta_RD, for T = F, R = pi, P = 0, S: the game ends with an attack, as it does when P is 0 for ever
    rng = draws(6)
    peace, strike, attacked = rng.uniform(0.2, 2, N), rng.uniform(2.5, 9, N), -rng.uniform(0.1, 5, N)
    exits = {
        "peace_payoff": peace,
        "first_strike_payoff": strike,
        "attacked_payoff": attacked,
        "both_attack_payoff": 0.0,
    }
    repeated = {"temptation": strike, "reward": peace, "punishment": 0.0, "sucker": attacked}
    for one, other in (
        ("critical_discount_factor", "critical_discount_factor"),
        ("critical_discount_factor_strategic_risk", "risk_dominance_discount_factor"),
    ):
        assert column("strategic_risk_deterrence", one, **exits) == pytest.approx(
            column("strategic_risk", other, **repeated), rel=1e-12
        )


def test_the_cutoff_of_an_arms_race_is_a_threshold_of_trust() -> None:
    # B4: at the cutoff cost c a state is indifferent when the other arms with F(c) = c / cbar, so A3's least trust in the game with
    # R = 0, T = mu - c, P = -c, S = -d is 1 - F(c)
    rng = draws(7)
    top = rng.uniform(1, 3, N)
    loss, gain = top * rng.uniform(0.2, 0.9, N), top * rng.uniform(0.01, 0.15, N)
    cutoff = column("arms_race_contagion", "cutoff", loss_if_unarmed=loss, gain_from_arming_alone=gain, largest_cost=top)
    game = {"reward": 0.0, "temptation": gain - cutoff, "punishment": -cutoff, "sucker": -loss}
    assert column("security_dilemma", "trust_threshold", **game) == pytest.approx(1 - cutoff / top, abs=1e-9)


# ---- risk


def test_a_constant_risk_is_geometric() -> None:
    # A12 with r = 1 is 1 - (1 - p)^t, A12b's with the same yearly probability, and A12c's way there and back
    rng = draws(8)
    p, years = rng.uniform(0.001, 0.2, N), rng.integers(1, 200, N).astype(float)
    within = column("cumulative_risk", "within", annual_probability=p, annual_ratio=1.0, years=years)
    assert within == pytest.approx(1 - (1 - p) ** years, rel=1e-11)
    chain = {"initiating_events": -np.log1p(-p), "observed_years": 1.0, "crisis_probability": 1.0, "use_probability": 1.0}
    assert column("accident_chain", "within", **chain, escalation_probability=1.0, years=years) == pytest.approx(within, rel=1e-11)
    sure = within < 0.999999
    told = {"cumulative_probability": within[sure], "observed_years": years[sure]}
    assert column("risk_conversion", "annual_probability", **told) == pytest.approx(p[sure], rel=1e-8)


def test_mistrust_is_a_ladder_without_a_top() -> None:
    # B10: a walk up with q and down with 1 - q from k above the bottom is A13 with u = q and a top too far to be reached first
    for q, k in ((0.6, 2), (0.7, 3), (0.9, 1)):
        ruin = closed("mistrust_ruin", accuracy=q, steps=k)["ruin_probability"]
        ladder = closed("escalation_ladder", rungs=2000, start=k, up_probability=q)
        assert ladder["settled_probability"] == pytest.approx(ruin, rel=1e-12)
        assert ruin == pytest.approx(((1 - q) / q) ** k, rel=1e-13)


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
