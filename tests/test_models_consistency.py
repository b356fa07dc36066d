"""Canonical models of games that must agree with each other, because one is a special case, a limit or a part of the other.

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
    seen = column(
        "treaty_monitoring", "critical_discount_factor", **games, false_alarm_probability=0.0, detection_probability=1.0
    )
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
    margin = column("stag_hunt", "risk_dominance_margin", **games)
    delta = column("strategic_risk", "risk_dominance_discount_factor", **games)
    assert 5 < (margin > 0).sum() < N - 5
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
    trust = column("stag_hunt", "trust_threshold", **plans)
    assert stable.sum() > 10
    assert basin[stable] == pytest.approx(trust[stable], rel=1e-9)
    assert np.all(basin[~stable] == 1)
    margin = column("stag_hunt", "risk_dominance_margin", **plans)
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
        "temptation": 1 + gain,
        "reward": 1.0,
        "punishment": 0.0,
        "sucker": -1.0,
        "false_alarm_probability": -np.expm1(-lc * d),
        "detection_probability": -np.expm1(-ld * d),
        "discount_factor": np.exp(-r * d),
    }
    holds = column("reporting_frequency", "sustainable_bad_news", **news) == 1
    best = column("treaty_monitoring", "best_payoff", **treaty)
    assert np.array_equal(holds, np.isfinite(column("treaty_monitoring", "breakdown_probability", **treaty)))
    assert 10 < holds.sum() < N
    assert column("reporting_frequency", "best_payoff_bad_news", **news)[holds] == pytest.approx(best[holds], rel=1e-11)


@pytest.mark.parametrize(
    ("a", "delta", "periods"), [(0.1, 0.7, 3), (0.2, 0.9, 4), (0.35, 0.95, 12), (0.0, 0.6, 2), (0.3, 0.7, 5)]
)
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
        ("critical_discount_strategic_risk", "risk_dominance_discount_factor"),
    ):
        assert column("strategic_risk_deterrence", one, **exits) == pytest.approx(
            column("strategic_risk", other, **repeated), rel=1e-12
        )


def test_the_cutoff_of_an_arms_race_is_a_threshold_of_trust() -> None:
    # B4: at the cutoff cost c a state is indifferent when the other arms with F(c) = c / cbar, so A3's least trust in the game
    # with R = 0, T = mu - c, P = -c, S = -d is 1 - F(c)
    rng = draws(7)
    top = rng.uniform(1, 3, N)
    loss, gain = top * rng.uniform(0.2, 0.9, N), top * rng.uniform(0.01, 0.15, N)
    cutoff = column("arms_race_contagion", "cutoff", loss_if_unarmed=loss, gain_from_arming_alone=gain, largest_cost=top)
    game = {"reward": 0.0, "temptation": gain - cutoff, "punishment": -cutoff, "sucker": -loss}
    assert column("stag_hunt", "trust_threshold", **game) == pytest.approx(1 - cutoff / top, abs=1e-9)


def test_a_cap_on_a_contest_is_a_treaty() -> None:
    # B8 with payoffs T, R, P, S of break-out, cap, race and victim: its delta* is A4's and A2's at these payoffs, and for two
    # states with m = 1 it is 2 (1 - 2 s) / (3 - 2 s), s = sqrt(c / V)
    rng = draws(9)
    prize = rng.uniform(0.5, 20, N)
    cap = prize * rng.uniform(0.01, 0.24, N)
    alpha = rng.uniform(0, 0.4, N)
    beta = alpha + rng.uniform(0.01, 0.6, N)
    told = {"prize": prize, "cap": cap, "false_alarm_probability": alpha, "detection_probability": beta}
    names = ("temptation", "reward", "punishment", "sucker")
    payoffs = {name: column("contest", name, **told) for name in names}
    perfect = column("contest", "critical_discount_factor", **told)
    s = np.sqrt(cap / prize)
    assert perfect == pytest.approx(2 * (1 - 2 * s) / (3 - 2 * s), rel=1e-9)
    assert perfect == pytest.approx(column("strategic_risk", "critical_discount_factor", **payoffs), rel=1e-9)
    seen = {"false_alarm_probability": alpha, "detection_probability": beta}
    treaty = column("treaty_monitoring", "critical_discount_factor", **payoffs, **seen)
    assert column("contest", "critical_discount_factor_alarms", **told) == pytest.approx(treaty, rel=1e-9, nan_ok=True)
    least = column("treaty_monitoring", "least_likelihood_ratio", **payoffs, **seen)
    assert column("contest", "least_likelihood_ratio", **told) == pytest.approx(least, rel=1e-9)
    assert 0 < np.isnan(treaty).sum() < N


@pytest.mark.parametrize("game", [(9.0, 1.0, 10.0, 3.0), (5.0, 0.0, 6.0, 1.0), (4.0, -1.0, 7.0, 2.5)])
def test_the_threshold_of_the_payoff_sets_is_that_of_grim(game: tuple[float, float, float, float]) -> None:
    # B2: mutual restraint can be played for ever from A4's delta_SPE = (T - R) / (T - P) on; 1/7 for (9, 1, 10, 3)
    r, s, t, p = game
    critical = closed("strategic_risk", temptation=t, reward=r, punishment=p, sucker=s)["critical_discount_factor"]
    told = {"row_payoffs": [[r, s], [t, p]], "column_payoffs": [[r, t], [s, p]]}
    found = closed("payoff_sets", **told, discount_factor=critical + 0.01)
    assert found["critical_discount_factor"] == pytest.approx(critical, abs=1e-6)
    assert (found["profile_sustained"], found["best_sum"]) == (1, pytest.approx(2 * r))
    below = closed("payoff_sets", **told, discount_factor=critical - 0.01)
    assert below["profile_sustained"] == 0
    assert below["best_sum"] < 2 * r
    if r == 9.0:
        assert critical == pytest.approx(1 / 7, rel=1e-14)


def test_reactive_and_extorting_strategies_are_memory_one() -> None:
    # A5b: p after restraint, q after arming, whatever the own action; A5c: the vector that it prints, against any other
    rng = draws(10)
    for _ in range(8):
        (p1, q1, p2, q2), e = map(float, rng.uniform(0, 1, 4)), float(rng.uniform(0.01, 0.3))
        reactive = closed("reactive_strategies", p_1=p1, q_1=q1, p_2=p2, q_2=q2, error_probability=e)
        vectors = {"own_1": [p1, q1, p1, q1], "own_2": [p2, q2, p2, q2], "strategy_1": "own", "strategy_2": "own"}
        general = closed("memory_one", **vectors, error_probability=e)
        for name in ("payoff_1", "payoff_2", "compliance_1", "compliance_2"):
            assert reactive[name] == pytest.approx(general[name], abs=1e-12)
        slope, other = float(rng.uniform(1.5, 6)), [float(x) for x in rng.uniform(0.05, 0.95, 4)]
        phi = 0.7 * closed("zero_determinant", slope=slope)["greatest_phi"]
        extorts = closed("zero_determinant", slope=slope, phi=phi, other=other)
        vector = [extorts["strategy"][entry] for entry in ("CC", "CD", "DC", "DD")]
        told = {"strategy_1": "own", "strategy_2": "own", "own_1": vector, "own_2": other, "error_probability": 0.0}
        general = closed("memory_one", **told)
        assert [extorts["payoff"], extorts["other_payoff"]] == pytest.approx(
            [general["payoff_1"], general["payoff_2"]], abs=1e-11
        )
        assert general["payoff_1"] - 1 == pytest.approx(slope * (general["payoff_2"] - 1), abs=1e-11)
