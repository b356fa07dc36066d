"""A portfolio of treaties: independent ends, a closed form with spill-over, drawn exits, the likelihood of a record."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from repeated_case import by, draws, found, one
from sim.config import read_scenario
from sim.dilemma.scenario import Scenario
from sim.models.model import evaluate
from sim.models.portfolio import PORTFOLIO

EQUATIONS, CLOCKS = PORTFOLIO.ways


def test_the_law_and_the_forward_equations_agree() -> None:
    rng = draws(1)
    given = {"hazard": rng.uniform(0, 0.3, 12), "spill": rng.uniform(0, 3, 12), "watched": rng.uniform(1, 40, 12)}

    first, second = found(PORTFOLIO, given), by(EQUATIONS, PORTFOLIO, given)

    for name in ("number", "distribution"):
        for entry, values in second[name].items():
            np.testing.assert_allclose(first[name][entry], values, atol=1e-8)
    for name in ("best_hazard", "support"):
        np.testing.assert_allclose(first[name], second[name], rtol=1e-6)


def test_without_spill_over_the_ends_are_independent() -> None:
    out = found(PORTFOLIO, {"spill": 0.0, "hazard": 0.08, "watched": 10.0})
    stays = np.exp(-0.8)

    for year in (0, 1, 7, 25):
        assert out["number"][str(year)][0] == pytest.approx(8 * np.exp(-0.08 * year))
    for left in range(9):
        binomial = [1, 8, 28, 56, 70, 56, 28, 8, 1][left] * stays**left * (1 - stays) ** (8 - left)
        assert out["distribution"][str(left)][0] == pytest.approx(binomial)
    # P(at most 5) = 1 - P(6) - P(7) - P(8); the record has two exits by ten years
    few = found(PORTFOLIO, {"spill": 0.0, "hazard": 0.08, "watched": 10.0, "record": [1.0, 2.0, 3.0]})["as_few_as_the_record"][0]
    assert few == pytest.approx(1 - sum(out["distribution"][str(k)][0] for k in (6, 7, 8)))


def test_drawn_exits_agree() -> None:
    given = {
        "hazard": np.array([0.03, 0.1, 0.2]),
        "spill": np.array([0.3, 0.0, 2.0]),
        "all_end": np.array([1000.0, 12.5, 1000.0]),
    }

    exact = found(PORTFOLIO, given)["number"]
    estimates = evaluate(PORTFOLIO, given, lambda v: CLOCKS.solve(v, rng=draws(2))).outcomes["number"]
    for year, estimate in estimates.items():
        assert np.all(np.abs(estimate.value - exact[year]) <= 4 * estimate.standard_error + 1e-9), year


def test_a_decision_ends_all_at_once() -> None:
    out = found(PORTFOLIO, {"all_end": 3.0, "hazard": 0.0})

    assert [out["number"][str(year)][0] for year in (0, 2, 3, 25)] == [8, 8, 0, 0]
    assert out["spread"]["low (5 %):2"][0] == out["spread"]["high (95 %):2"][0] == 8
    assert out["all_gone"]["3"][0] == 1


def test_percentiles_of_the_number() -> None:
    # two treaties, each in force with 1/2: P(0) = 1/4, P(1) = 1/2, P(2) = 1/4
    half = {"treaties": 2, "spill": 0.0, "hazard": np.log(2), "record": [0.5]}
    out = found(PORTFOLIO, half)
    assert out["spread"]["low (5 %):1"][0] == 0
    assert out["spread"]["high (95 %):1"][0] == 2
    # P(0) after 0.1 years is 0.0045, P(0 or 1) = 0.13: at least 0.05 lies at or below 1
    late = found(PORTFOLIO, half | {"hazard": np.log(2) / 10})
    assert late["spread"]["low (5 %):1"][0] == 1


def test_the_record_says_little_of_spill_over() -> None:
    # log L*(s) - log L*(0) = sum ln(1 + s k) - 5 ln(1 + s K / E), k = 0..4, E = 155.17, K = 216.03
    for spill in (0.15, 0.6, 2.0):
        by_hand = np.prod([1 + spill * k for k in range(5)]) / (1 + spill * 216.03 / 155.17) ** 5
        assert one(PORTFOLIO, "support", spill=spill) == pytest.approx(by_hand, rel=1e-9)
    assert max(found(PORTFOLIO, {"spill": np.linspace(0, 5, 200)})["support"]) < 1.65
    assert "no exit" in evaluate(PORTFOLIO, {"watched": 0.1}).reason("support")


def test_the_core_model_has_the_same_law_where_nothing_else_is_at_work() -> None:
    # no crises, no passing damage to trust: six treaties that end in steps by (1.5) of docs/model.md; finer steps come closer
    file = read_scenario(str(Path(__file__).parents[1] / "scenarios" / "treaty_portfolio.toml"))
    still = {
        "onset.background_rate": 0.0,
        "onset.arming_rate": 0.0,
        "onset.alarm_probability": 0.0,
        "onset.treaty_end_probability": 0.0,
    }
    still |= {f'conditions.trust.{path}."intact->damaged"': 0.0 for path in ("rates", "on.treaty_ended", "on.alarm")}
    gaps = []
    for rounds in (1, 2):
        values = still | {"horizon.rounds_per_year": rounds, "horizon.years": 20}
        o = Scenario(file.tables("treaty", values)).solve()
        place = o.statuses.index("in_force")
        number = sum(float(x[-1, place]) for x in o.treaty_occupancy.values())
        exact = found(PORTFOLIO, {"treaties": 6, "hazard": 0.0096, "spill": 0.15, "record": [1.0]})["number"]["20"][0]
        gaps.append(number - exact)
    assert 0 < gaps[1] < 0.6 * gaps[0]
    assert gaps[1] < 0.02
