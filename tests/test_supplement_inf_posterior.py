"""Belief in a breach of the INF Treaty: what the captions and docs/scenarios.md say, by Bayes' rule a year at a time."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from sim.config import read_scenario
from sim.models import find
from sim.models.model import evaluate

ROOT = Path(__file__).parents[1] / "scenarios"
FILE = read_scenario(str(ROOT / "supplement" / "inf_posterior.toml"))


def solved(variant: str, gain: float) -> dict[str, Any]:
    model = find("accusation")
    assert model is not None
    return dict(evaluate(model, {**FILE.tables(variant)["parameters"], "gain": gain}).outcomes)


def told(d: float, f: float, gain: float) -> float:
    """Belief after six silent years and five with an accusation; s by iterating best replies, damped."""
    s = 0.0
    for _ in range(2000):
        odds = 0.25 * (d + (1 - d) * s) / (f + (1 - f) * s)
        s += 0.1 * (0.1 * min(1.0, gain * odds / 2.0) - s)
    odds = 0.25 * ((1 - d) / (1 - f)) ** 6 * ((d + (1 - d) * s) / (f + (1 - f) * s)) ** 5
    return odds / (1 + odds)


@pytest.mark.parametrize(
    ("variant", "d", "f", "printed"),
    [("treaty", 0.25, 0.05, ("0.995", "0.952", "0.774")), ("verification", 0.55, 0.03, ("1.000", "0.943", "0.849"))],
)
def test_belief_after_the_accusations_of_2014_to_2018(variant: str, d: float, f: float, printed: tuple[str, ...]) -> None:
    for gain, text in zip((0.0, 1.0, 4.0), printed, strict=True):
        belief = float(solved(variant, gain)["belief_told"]["11"][0])
        assert f"{belief:.3f}" == text
        assert belief == pytest.approx(told(d, f, gain), rel=1e-9)


def test_alarms_of_a_year_are_those_of_the_scenario() -> None:
    scenario = read_scenario(str(ROOT / "inf_accuse_withdraw_test.toml")).raw
    watched, inf = scenario["monitoring"], scenario["treaties"]["inf"]
    assert FILE.tables("treaty")["parameters"]["detection"] == watched["detection"]
    assert FILE.tables("treaty")["parameters"]["false_alarm"] == watched["false_alarm"]
    seen = 1 - (1 - watched["detection"]) * (1 - inf["inspection_detection"]) ** 10
    wrong = 1 - ((1 - watched["false_alarm"]) * (1 - inf["inspection_false_alarm"]) ** 10) ** (1 - inf["clarification"])
    assert FILE.tables("verification")["parameters"]["detection"] == pytest.approx(seen, abs=0.005)
    assert FILE.tables("verification")["parameters"]["false_alarm"] == pytest.approx(wrong, abs=0.001)


def test_more_credible_accusations_tempt_more() -> None:
    rates = [float(solved(variant, 1.0)["false_accusation"][0]) for variant in ("treaty", "verification")]
    assert [f"{rate:.3f}" for rate in rates] == ["0.040", "0.073"]
    beliefs = [solved(variant, 1.0)["belief"] for variant in ("treaty", "verification")]
    assert [f"{100 * float(b[f'it {does}:11'][0]):.0f}" for b in beliefs for does in ("cheats", "complies")] == [
        "54",
        "12",
        "92",
        "2",
    ]
