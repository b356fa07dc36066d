"""What the texts of false alarms, technology shock and trust say of their canonical models, computed again."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from sim.config import read_scenario
from sim.models import find
from sim.models.model import Solution, evaluate

ROOT = Path(__file__).parents[1] / "scenarios" / "supplement"


def solved(name: str, variant: str, **given: object) -> Solution:
    file = read_scenario(str(ROOT / f"{name}.toml"))
    model = find(file.raw["model"])
    assert model is not None
    return evaluate(model, {**file.tables(variant)["parameters"], **given})


def test_false_alarms_by_rates() -> None:
    # the mean rate and ratio are those of 0.52 a year in calm, 2.7 in a crisis, a fifteenth of the time in crisis
    found = solved("false_alarms_rates", "no_treaty").outcomes
    assert found["calm_alarm_rate"][0] == pytest.approx(0.52, abs=2e-4)
    assert found["crisis_alarm_rate"][0] == pytest.approx(2.7, abs=2e-3)
    assert found["launches_in_crisis"][0] == pytest.approx(0.77, abs=5e-3)
    # clustering from 1 to 30 raises the risk by nearly nine times if calm is harmless; it hardly matters where alarms are as
    # dangerous in calm (a start in calm then has fewer)
    ratios = np.array([1.0, 30.0])
    harmless = solved("false_alarms_rates", "no_treaty", crisis_ratio=ratios, launch_in_calm=1e-6).outcomes["annual_probability"]
    alike = solved(
        "false_alarms_rates", "no_treaty", crisis_ratio=ratios, launch_in_calm=1e-4, launch_in_crisis=1e-4, alarm_to_crisis=0.0
    ).outcomes["annual_probability"]
    assert 8 < harmless[1] / harmless[0] < 10
    assert alike[1] / alike[0] == pytest.approx(1, rel=0.05)


def test_pre_emption_at_eight_minutes_by_regime_and_year() -> None:
    printed = {0.0: (0.0038, 0.0007, 0.0005), 12.0: (0.0024, 0.0012, 0.0008)}
    for years, wanted in printed.items():
        found = [
            solved("technology_shock_preemption", variant, years=years).outcomes["preemption_probability"][0]
            for variant in ("no_treaty", "treaty", "verification")
        ]
        assert [round(float(p), 4) for p in found] == list(wanted)


def test_notices_reach_errors_and_not_fear() -> None:
    for years, wanted in ((0.0, 2e-5), (12.0, 1.4e-4)):
        found = solved("technology_shock_preemption", "no_treaty", years=years, notice=1.0).outcomes
        assert found["error_probability"][0] == 0
        assert found["fear_probability"][0] == pytest.approx(wanted, rel=0.05)


def test_the_loop_and_the_path_of_trust() -> None:
    found = solved("trust_and_repair_loop", "middle").outcomes
    assert found["shocks_off"][0] == pytest.approx(0.375)
    assert found["shocks_on"][0] == pytest.approx(1 / 24)
    assert found["loop_area"][0] == pytest.approx(0.10, abs=0.005)
    path = [round(float(found["trust_path"][str(n)][0]), 2) for n in (18, 26, 45)]
    assert path == [0.9, 0.19, 0.5]
    # 0.2 shocks a year: 0.1/(0.1 + 0.08) with cooperation, 0.025/(0.025 + 0.08) without
    assert (round(0.1 / 0.18, 2), round(0.025 / 0.105, 2)) == (0.56, 0.24)


def test_where_small_steps_first_are_quicker() -> None:
    breakdown = np.array([0.13, 0.15])
    found = solved("trust_and_repair_loop", "middle", treaty_breakdown=breakdown).outcomes
    slower = found["steps_first_years"] > found["treaty_first_years"]
    assert slower.tolist() == [True, False]
    for steps, at, wanted in ((3.0, 0.02, False), (0.5, 0.52, True), (0.5, 0.55, False)):
        found = solved("trust_and_repair_loop", "middle", treaty_breakdown=at, step_promises=steps).outcomes
        assert bool(found["steps_first_years"][0] > found["treaty_first_years"][0]) is wanted, (steps, at)
