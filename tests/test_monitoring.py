"""Alarms: national technical means, inspections and the consultative body (docs/model.md, section 1.1, step 2)."""

from __future__ import annotations

import math

import pytest

from laws import Raw, law, number, numbers, solved
from sim.dilemma import monitoring
from sim.dilemma.structure import structure
from small_scenarios import scenario

MEANS = {"detection": 0.64, "false_alarm": 0.19}
INSPECTED = {"inspections_per_year": 6, "inspection_detection": 0.1, "inspection_false_alarm": 0.05, "clarification": 0.4}


def half_years(**parts: object) -> Raw:
    """Rounds of half a year: sqrt(1 - 0.64) = 0.6, sqrt(1 - 0.19) = 0.9."""
    return scenario(horizon={"years": 10, "rounds_per_year": 2}, monitoring=MEANS, **parts)


def quiet(raw: Raw, actor: str, action: int, *active: bool) -> float:
    """P(no alarm of an actor | action)."""
    s = structure(raw)
    return number(monitoring.quiet(s, numbers(s), actor, action, active))


def test_national_technical_means() -> None:
    assert quiet(half_years(), "a", 1) == pytest.approx(0.6)
    assert quiet(half_years(), "a", 0) == pytest.approx(0.9)


@pytest.mark.parametrize("per_year", [0.5, 1, 3, 12])
def test_yearly_probabilities_compound_to_a_year(per_year: float) -> None:
    # per_year quiet rounds running: the yearly probability of quiet; and a rate r entered as 1 - exp(-r) is quiet with exp(-r dt)
    raw = scenario(
        horizon={"years": 4, "rounds_per_year": per_year}, monitoring={"detection": 0.64, "false_alarm": 1 - math.exp(-0.3)}
    )
    assert quiet(raw, "a", 1) ** per_year == pytest.approx(0.36)
    assert quiet(raw, "a", 0) == pytest.approx(math.exp(-0.3 / per_year))


def test_an_actors_own_numbers() -> None:
    raw = half_years()
    raw["actors"]["a"]["monitoring"] = {"detection": 0.75}
    assert quiet(raw, "a", 1) == pytest.approx(0.5)
    assert quiet(raw, "a", 0) == pytest.approx(0.9)
    assert quiet(raw, "b", 1) == pytest.approx(0.6)


def test_inspections_of_an_active_treaty() -> None:
    # three inspections a round: 0.6 x 0.9^3 if it arms; (0.9 x 0.95^3)^0.6 if not, three in five false alarms being left
    raw = half_years(treaties={"t": INSPECTED})
    assert quiet(raw, "a", 1, True) == pytest.approx(0.6 * 0.729)
    assert quiet(raw, "a", 0, True) == pytest.approx((0.9 * 0.857375) ** 0.6)
    assert quiet(raw, "a", 1, False) == pytest.approx(0.6)
    assert quiet(raw, "a", 0, False) == pytest.approx(0.9)


def test_two_treaties_multiply() -> None:
    # the second: one inspection a round, half of the false alarms cleared; of all, 0.6 x 0.5 are left
    raw = half_years(treaties={"t": INSPECTED, "u": INSPECTED | {"inspections_per_year": 2, "clarification": 0.5}})
    assert quiet(raw, "a", 1, True, True) == pytest.approx(0.6 * 0.9**4)
    assert quiet(raw, "a", 0, True, True) == pytest.approx((0.9 * 0.95**4) ** 0.3)
    assert quiet(raw, "a", 0, False, True) == pytest.approx((0.9 * 0.95) ** 0.5)


def test_only_parties_are_inspected() -> None:
    raw = half_years(treaties={"t": INSPECTED | {"parties": ["c", "a"]}})
    raw["actors"]["c"] = {"strategy": {"kind": "always_restrain"}}
    assert structure(raw).treaties_of("b") == []
    assert quiet(raw, "b", 0) == pytest.approx(0.9)
    assert quiet(raw, "c", 1, True) == pytest.approx(0.6 * 0.729)


@pytest.mark.parametrize(
    ("means", "treaty", "action", "expected"),
    [
        ({"detection": 1.0}, {}, 1, 0.0),  # certain detection is certain in any round
        ({"detection": 1.0}, {}, 0, 1.0),
        ({}, {"inspections_per_year": 4, "inspection_detection": 1.0}, 1, 0.0),
        ({}, {"inspections_per_year": 0, "inspection_detection": 1.0}, 1, 1.0),  # no inspection finds nothing
        ({"false_alarm": 1.0}, {"clarification": 0.9}, 0, 0.0),  # 0^0.1
        ({"false_alarm": 0.5}, {"clarification": 1.0}, 0, 1.0),  # all cleared
        ({"detection": 0.5}, {"clarification": 1.0}, 1, math.sqrt(0.5)),  # true alarms are not cleared
    ],
)
def test_limits(means: Raw, treaty: Raw, action: int, expected: float) -> None:
    raw = scenario(horizon={"years": 1, "rounds_per_year": 2}, monitoring=means, treaties={"t": treaty})
    assert quiet(raw, "a", action, True) == pytest.approx(expected, abs=1e-15)


@pytest.mark.parametrize("action", [0, 1])
def test_the_move_reads_the_action_and_the_activity_of_its_own_treaties(action: int) -> None:
    s = structure(half_years(treaties={"t": INSPECTED}))
    move = monitoring.move(s, "a")
    assert set(move.reads) == {"act.a", "active.t"}
    silent = [0.9, 0.6][action]
    assert law([move], {"act.a": action, "active.t": False}, "alarm.a") == pytest.approx({0: silent, 1: 1 - silent})


@pytest.mark.parametrize(
    ("status", "inspected"), [("in_force", 1), ("withdrawing", 1), ("pending", 0), ("suspended", 0), ("ended", 0)]
)
def test_inspections_by_status(status: str, inspected: int) -> None:
    # one round; the condition hears whether a, which restrains, drew an alarm; limits that hold while suspended inspect nothing
    raw = half_years(treaties={"t": INSPECTED | {"status": status, "limits_when_suspended": True}})
    raw["conditions"] = {"c": {"states": ["x", "y"], "initial": "x", "on": {"alarm.a": {"x->y": 1.0}}}}
    expected = (0.9 * 0.857375) ** 0.6 if inspected else 0.9
    assert solved(raw).condition_occupancy["c"][1, 0] == pytest.approx(expected)


def test_alarms_of_two_actors_are_independent() -> None:
    # a arms, b restrains: neither alarmed 0.6 x 0.9, so P(some alarm) = 0.46; onset with 0.5 per alarm:
    # 1 - (0.6 + 0.4 x 0.5)(0.9 + 0.1 x 0.5) = 1 - 0.8 x 0.95
    raw = half_years(onset={"alarm_probability": 0.5})
    raw["actors"]["a"] = {"strategy": {"kind": "always_arm"}}
    raw["conditions"] = {"c": {"states": ["x", "y"], "initial": "x", "on": {"alarm": {"x->y": 1.0}}}}
    found = solved(raw)
    assert found.condition_occupancy["c"][1, 1] == pytest.approx(0.46)
    assert found.escalation_probability[1, 0] == pytest.approx(0.24)
