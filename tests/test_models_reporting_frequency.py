"""How often to report: limits of short periods, the best period, and its agreement with the treaty in discrete time."""

from __future__ import annotations

import numpy as np
import pytest

from repeated_case import N, agree, draws, found, one
from sim.models.model import evaluate
from sim.models.reporting_frequency import FREQUENCY, good_news, slack
from sim.models.treaty_monitoring import TREATY

BREAKDOWN, RATIO = FREQUENCY.ways


def drawn(seed: int) -> dict[str, np.ndarray]:
    rng = draws(seed)
    low, slow = rng.uniform(0, 1, (2, N))
    punishment = rng.uniform(-2, 2, N)
    return {
        "punishment": punishment,
        "reward": punishment + rng.uniform(0.1, 3, N),
        "gain": rng.uniform(0.1, 2, N),
        "period": np.exp(rng.uniform(-4, 2, N)),
        "interest_rate": np.exp(rng.uniform(-6, 0, N)),
        "alarm_rate_complying": low,
        "alarm_rate_cheating": low + rng.uniform(0.05, 2, N),
        "confirmation_rate_complying": slow + rng.uniform(0.05, 2, N),
        "confirmation_rate_cheating": slow,
    }


def test_equations_and_second_ways_agree() -> None:
    names = ("sustainable_bad_news", "sustainable_good_news", "payoff_bad_news", "payoff_good_news")
    agree(FREQUENCY, BREAKDOWN, drawn(1), names, 1e-7, N)
    agree(FREQUENCY, RATIO, drawn(1), ("best_payoff_bad_news", "best_payoff_good_news", "limit_bad_news"), 1e-9, N)


def test_a_period_is_a_treaty_in_discrete_time() -> None:
    v = drawn(2)
    told = {
        "temptation": v["reward"] + v["gain"],
        "reward": v["reward"],
        "punishment": v["punishment"],
        "sucker": v["punishment"] - 1,
        "discount_factor": np.exp(-v["interest_rate"] * v["period"]),
        "false_alarm_probability": np.exp(-v["confirmation_rate_complying"] * v["period"]),
        "detection_probability": np.exp(-v["confirmation_rate_cheating"] * v["period"]),
    }
    treaty, mine = found(TREATY, told), found(FREQUENCY, v)
    there = mine["sustainable_good_news"] == 1

    assert there.sum() > 20
    assert (there == ~np.isnan(treaty["breakdown_probability"])).all()
    possible = ~np.isnan(treaty["best_payoff"])
    assert possible[there].all()
    np.testing.assert_allclose(mine["best_payoff_good_news"][possible], treaty["best_payoff"][possible], rtol=1e-9)


def test_best_period_is_the_longest_that_sustains_the_treaty() -> None:
    v = drawn(3)
    best = found(FREQUENCY, v)["best_period_good_news"]
    grid = np.geomspace(1e-3, 1e4, 2000)
    for n in range(0, N, 4):
        point = {name: np.full(2000, x[n]) for name, x in v.items()}
        with np.errstate(over="ignore"):
            holds = grid[slack(point, grid, good_news) >= 0]
        if np.isnan(best[n]):
            assert len(holds) == 0
        else:
            assert holds.max(initial=0) <= best[n] * (1 + 1e-9)
            assert len(holds) == 0 or best[n] <= holds.max() * 1.01
    assert (~np.isnan(best)).sum() > 50


def test_short_periods() -> None:
    # bad news: v* rises to its limit; good news: v* falls without end
    periods = np.array([1e-12, 1e-6, 1e-3, 0.1, 1.0])
    bad = found(FREQUENCY, {"period": periods})
    assert (np.diff(bad["best_payoff_bad_news"]) < 0).all()
    assert bad["best_payoff_bad_news"][0] == pytest.approx(0.9, abs=1e-11)
    # R - g exp(-mc D) / (exp(-md D) - exp(-mc D)) = R - g / (exp(0.5 D) - 1) -> 1 - 1/D
    assert bad["best_payoff_good_news"][0] == pytest.approx(1 - 1e12, rel=1e-9)


def test_short_periods_sustain_the_treaty_iff_the_limit_says_so() -> None:
    v = {**drawn(4), "period": 1e-7}
    out = found(FREQUENCY, v)

    assert (out["sustainable_bad_news"] == out["sustainable_at_short_periods"]).all()
    assert 20 < out["sustainable_bad_news"].sum() < N - 20
    assert out["sustainable_good_news"].sum() == 0


def test_what_is_undefined_is_said() -> None:
    patient = evaluate(FREQUENCY, {"interest_rate": 0.0})
    long = evaluate(FREQUENCY, {"period": 1e6})
    backwards = evaluate(FREQUENCY, {"reward": 0.0})

    assert np.isnan(patient.outcomes["best_period_good_news"][0])
    assert "interest rate 0" in patient.reason("best_period_good_news")
    assert "minus infinity" in long.reason("best_payoff_bad_news")
    assert long.outcomes["payoff_bad_news"][0] == 0
    assert "reward > punishment" in backwards.reason("best_payoff_bad_news")
    assert one(FREQUENCY, "limit_bad_news", alarm_rate_complying=0.0) == 1  # no false alarms cost nothing
    assert one(FREQUENCY, "best_payoff_bad_news", alarm_rate_complying=0.0) == 1


@pytest.mark.parametrize("rate", [0.1, 0.05])
def test_bad_rates_of_one_kind_of_news_leave_the_other_alone(rate: float) -> None:
    # lc >= ld says nothing about confirmations, and mc <= md nothing about alarms
    whole = found(FREQUENCY, {})
    alarms = {
        "best_payoff_bad_news",
        "limit_bad_news",
        "sustainable_bad_news",
        "payoff_bad_news",
        "sustainable_at_short_periods",
    }
    for key, broken, why in (
        ("alarm_rate_cheating", alarms, "ld > lc"),
        ("confirmation_rate_complying", set(whole) - alarms, "mc > md"),
    ):
        solution = evaluate(FREQUENCY, {key: rate})
        assert solution.broken == {}
        for name, value in solution.outcomes.items():
            if name in broken:
                assert np.isnan(value[0]), name
                assert why in solution.reason(name)
            else:
                assert value[0] == whole[name][0], name
        for way in FREQUENCY.ways:
            for name, value in evaluate(FREQUENCY, {key: rate}, way.solve).outcomes.items():
                assert np.isnan(value[0]) == (name in broken), (way.name, name)


def test_the_payoff_at_one_report_per_time_is_pinned_to_its_digits() -> None:
    # alpha = 1 - exp(-0.1), beta = 1 - exp(-0.6): 1 - 0.5 * 0.0951625820 / 0.3560257819 = 0.8663544
    assert one(FREQUENCY, "best_payoff_bad_news") == pytest.approx(0.8663544, abs=5e-8)
    told = [a for a in FREQUENCY.answers if a.outcome == "best_payoff_bad_news"]
    assert max(answer.tolerance for answer in told) <= 5e-7
