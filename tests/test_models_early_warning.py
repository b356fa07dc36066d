"""False alarms under changing tension: closed form against steps, jumps and histories, limits, and the scenario by the day."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from model_ways import agree, one, simulated
from sim.config import read_scenario
from sim.dilemma.scenario import Scenario
from sim.models.early_warning import EARLY_WARNING, stepped
from sim.models.model import arrayed, evaluate

SCENARIO = Path(__file__).parents[1] / "scenarios" / "false_alarms.toml"


def drawn(size: int) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(20)
    return {
        "alarm_rate": rng.uniform(0, 3, size),
        "sides": rng.integers(1, 4, size).astype(float),
        "crisis_ratio": np.exp(rng.uniform(-1, 3, size)),
        "crisis_rate": rng.uniform(0.05, 2, size),
        "crisis_days": rng.uniform(20, 400, size),
        "launch_in_calm": rng.uniform(0, 0.3, size),
        "launch_in_crisis": rng.uniform(0, 1, size),
        "alarm_to_crisis": rng.uniform(0, 1, size),
        "cleared": rng.uniform(0, 1, size),
        "years": rng.integers(1, 12, size).astype(float),
    }


def test_closed_form_against_uniformization() -> None:
    assert agree(EARLY_WARNING, "uniformization", drawn(40), 1e-10) == 2 * 40


def test_histories_by_thinning() -> None:
    for n, given in enumerate(({}, {"crisis_ratio": 10.0, "alarm_to_crisis": 0.5, "cleared": 0.3}, {"launch_in_crisis": 0.5})):
        assert simulated(EARLY_WARNING, "thinning", given, seed=n) == 1


def test_a_chain_in_steps_is_off_by_the_step_and_extrapolated_by_its_square() -> None:
    given = {"launch_in_crisis": 0.3, "launch_in_calm": 0.02, "crisis_rate": 1.0, "years": 5.0}
    exact = one(EARLY_WARNING, "within", **given)
    day, half = (float(stepped(arrayed(EARLY_WARNING, given), n)[0]) for n in (365, 730))

    assert (day - exact) / (half - exact) == pytest.approx(2, abs=0.05)
    assert abs(2 * half - day - exact) < abs(half - exact) / 100


def test_the_scenario_by_the_day_has_the_closed_form_as_its_limit() -> None:
    # With neither notices nor centre: an alarm is believed with b and answered with 1 - (1 - s)^(1 - r) in calm, s in a crisis; q
    # of the alarms turn calm into crisis while they stand.  The scenario acts on no more than one alarm a side and day, and on
    # the next day, so it is off by a share of the order of a day times its rates, (2 x 2.7 + 1.96 + 0.14) / 365 = 2 %, and half
    # of that by half-days.
    file = read_scenario(str(SCENARIO))
    b, s, r, q = (file.raw["onset"]["alarm_probability"], file.raw["crisis"]["slip"][0], 0.9, 0.02)
    calm, tense = -np.log1p(-0.405), -np.log1p(-0.9328)
    rates = file.raw["conditions"]["tension"]["rates"]
    begin, end = rates["calm->crisis"], rates["crisis->calm"]
    share = begin / (begin + end)
    limit = one(
        EARLY_WARNING,
        "within",
        alarm_rate=calm * (1 - share) + tense * share,
        crisis_ratio=tense / calm,
        crisis_rate=begin,
        crisis_days=365.25 / end,
        launch_in_calm=b * ((1 - q) * (1 - (1 - s) ** (1 - r)) + q * s),
        launch_in_crisis=b * s,
        alarm_to_crisis=q,
        years=10.0,
    )

    def launch(rounds_per_year: int) -> float:
        given = {"horizon.rounds_per_year": rounds_per_year}
        return float(Scenario(file.tables("no_treaty", given)).solve().escalation_probability[-1, -1])

    day, half = launch(365), launch(730)
    assert abs(day / limit - 1) < 0.02
    assert (day - limit) / (half - limit) == pytest.approx(2, abs=0.1)
    assert 2 * half - day == pytest.approx(limit, rel=3e-4)


def test_one_state_in_all_but_name_is_a_constant_hazard() -> None:
    # k = 1 and equal chances: hazard n l (1 - c) p whatever tension does
    same = {
        "crisis_ratio": 1.0,
        "launch_in_calm": 0.01,
        "launch_in_crisis": 0.01,
        "alarm_rate": 2.0,
        "cleared": 0.25,
        "sides": 3.0,
    }
    for more in ({}, {"crisis_rate": 5.0}, {"crisis_days": 20.0}, {"alarm_to_crisis": 1.0}):
        found = evaluate(EARLY_WARNING, same | more).outcomes
        assert found["annual_probability"][0] == pytest.approx(-np.expm1(-3 * 2 * 0.75 * 0.01), rel=1e-12)
        assert found["expected_years"][0] == pytest.approx(1 / 0.045, rel=1e-12)


def test_the_yearly_probability_where_a_launch_is_all_but_certain() -> None:
    # a constant hazard of 2 x 0.5 x 0.1 = 0.1 a year: S(1000) = e^-100, and 1 - S rounds to 1
    same = {"crisis_ratio": 1.0, "launch_in_calm": 0.1, "launch_in_crisis": 0.1, "alarm_rate": 0.5, "years": 1000.0}
    assert one(EARLY_WARNING, "annual_probability", **same) == pytest.approx(-np.expm1(-0.1), rel=1e-12)
    # no launch in a crisis: over a long time calm lasts, or the long-run rate holds
    long = {"alarm_rate": 3.0, "crisis_rate": 0.2, "launch_in_calm": 0.5, "launch_in_crisis": 0.0, "years": 1000.0}
    found = evaluate(EARLY_WARNING, long).outcomes
    assert found["annual_probability"][0] == pytest.approx(found["long_run_annual_probability"][0], rel=0.01)
    # v + d + h1 = h0: the closed form has no hole there
    even = {"crisis_rate": 1.0, "crisis_days": 365.25, "crisis_ratio": 1.0, "alarm_rate": 1.0, "launch_in_crisis": 0.0}
    even |= {"sides": 2.0, "launch_in_calm": 1.0, "years": 3.0}
    assert agree(EARLY_WARNING, "uniformization", even, 1e-12) == 2


def test_the_share_of_launches_in_crisis_by_integration() -> None:
    from scipy.integrate import quad
    from scipy.linalg import expm

    # h0 = 2 x l0 x p0 and h1 = 2 x 4 l0 x p1, l0 = 1 / (1 + 3 pi); the density of a launch in a crisis is h1 (exp(Qt))_01
    given = {"alarm_rate": 1.0, "crisis_ratio": 4.0, "crisis_rate": 0.5, "crisis_days": 365.25 / 2, "years": 7.0}
    chances = {"launch_in_calm": 0.05, "launch_in_crisis": 0.2}
    calm = 1 / (1 + 3 * 0.2)
    h0, h1 = 2 * calm * 0.05, 8 * calm * 0.2
    generator = np.array([[-0.5 - h0, 0.5], [2.0, -2.0 - h1]])
    in_crisis = quad(lambda t: h1 * expm(generator * t)[0, 1], 0, 7)[0]
    in_calm = quad(lambda t: h0 * expm(generator * t)[0, 0], 0, 7)[0]

    total = in_crisis + in_calm
    assert one(EARLY_WARNING, "within", **given, **chances) == pytest.approx(total, rel=1e-9)
    assert one(EARLY_WARNING, "launches_in_crisis", **given, **chances) == pytest.approx(
        in_crisis / (in_crisis + in_calm), rel=1e-9
    )


def test_averaging_is_a_bound_and_nearly_right_for_small_risks() -> None:
    given = drawn(200) | {"cleared": np.zeros(200)}
    calmer = given["launch_in_calm"] <= given["launch_in_crisis"] * given["crisis_ratio"]
    found = evaluate(EARLY_WARNING, given).outcomes
    assert (found["annual_probability"] <= found["averaged_annual_probability"] + 1e-12)[calmer].all()
    # the share lost, by (5) to second order, is of the size of the variance of the hazard over d + v
    small = evaluate(EARLY_WARNING, {"launch_in_crisis": 1e-4, "launch_in_calm": 1e-6}).outcomes
    assert small["long_run_annual_probability"][0] == pytest.approx(small["averaged_annual_probability"][0], rel=1e-3)


def test_clustering_in_crises_raises_the_risk_at_the_same_mean_rate() -> None:
    ratios = np.array([1.0, 2.0, 5.0, 10.0, 30.0])
    found = evaluate(EARLY_WARNING, {"crisis_ratio": ratios}).outcomes
    assert (np.diff(found["annual_probability"]) > 0).all()
    # the mean rate stays: l0 (1 - pi) + l1 pi = l
    share = 0.14 / (0.14 + 365.25 / 186)
    assert found["calm_alarm_rate"] * (1 - share) + found["crisis_alarm_rate"] * share == pytest.approx(np.full(5, 0.5))
