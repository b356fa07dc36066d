"""Conditions: events first, in their order, then the clock (docs/model.md, section 1.1, step 5, and section 1.2)."""

from __future__ import annotations

from math import exp
from typing import Any

import pytest

from laws import Raw, law, parts, solved
from small_scenarios import both, scenario

ORDER = (
    *("arming.a", "arming.b", "alarm", "alarm.a", "alarm.b", "withdrawal", "withdrawal.t", "withdrawal.u"),
    *("treaty_ended", "treaty_ended.t", "treaty_ended.u", "onset"),
)
SLOTS = {"arming.a": "act.a", "arming.b": "act.b", "alarm": "alarms", "onset": "rung'"}
"""Events whose slot has another name."""


def whole(condition: Raw) -> Raw:
    """A scenario with this condition, two treaties, rounds of half a year."""
    raw = scenario(horizon={"years": 10, "rounds_per_year": 2}, treaties={"t": {}, "u": {}}, conditions={"c": condition})
    raw["crisis"] = {"kind": "empirical", "rungs": ["x", "war"], "advance": [0.0], "resolve": [0.0]}
    return raw


def moved(condition: Raw, state: str, *events: str, crisis: bool = False) -> dict[str, float]:
    """The law of the state after a round in which these events occurred."""
    round_ = parts(whole(condition)).crisis() if crisis else parts(whole(condition)).peace()
    (move,) = (m for m in round_.moves if m.writes == ("condition.c'",))
    given: dict[str, Any] = {SLOTS.get(event, event): 0 for event in ORDER} | {
        "condition.c": state,
        "shock": False,
        "over": False,
    }
    given |= {SLOTS.get(event, event): 1 for event in events if event != "crisis"}
    return law([move], given | ({"shock": True} if "crisis" in events else {}), "condition.c'")


def test_the_clock() -> None:
    # rates 0.3 and 0.1 out of x: it leaves with 1 - exp(-0.2) in half a year, three in four times to y; z has no way out
    rates = {"x->y": 0.3, "x->z": 0.1, "y->x": 1.0}
    condition = {"states": ["x", "y", "z"], "initial": "x", "rates": rates}
    out = 1 - exp(-0.2)
    for crisis in (False, True):
        assert moved(condition, "x", crisis=crisis) == pytest.approx({"x": 1 - out, "y": 0.75 * out, "z": 0.25 * out})
        assert moved(condition, "y", crisis=crisis) == pytest.approx({"y": exp(-0.5), "x": 1 - exp(-0.5)})
        assert moved(condition, "z", crisis=crisis) == {"z": 1}
    assert moved({"states": ["x", "y"], "initial": "x", "rates": {"x->y": 0.0}}, "x") == {"x": 1}


def test_events_before_the_clock() -> None:
    # the alarm moves it with 0.4; of the rest 1 - exp(-0.5) by the clock
    condition = {"states": ["x", "y", "z"], "initial": "x", "rates": {"x->z": 1.0}, "on": {"alarm": {"x->y": 0.4}}}
    assert moved(condition, "x") == pytest.approx({"x": exp(-0.5), "z": 1 - exp(-0.5)})
    assert moved(condition, "x", "alarm") == pytest.approx({"y": 0.4, "x": 0.6 * exp(-0.5), "z": 0.6 * (1 - exp(-0.5))})
    assert moved(condition, "y", "alarm") == {"y": 1}


def test_alternatives_of_one_event() -> None:
    on = {"alarm.b": {"x->y": 0.5, "x->z": 0.2, "y->z": 1.0}}
    condition = {"states": ["x", "y", "z"], "initial": "x", "on": on}
    assert moved(condition, "x", "alarm.b") == pytest.approx({"x": 0.3, "y": 0.5, "z": 0.2})
    # what has moved moves no more this round: from x to y, not on to z
    assert moved(condition | {"rates": {"y->z": 1e9}}, "x", "alarm.b") == pytest.approx({"x": 0.3, "y": 0.5, "z": 0.2})
    assert moved(condition, "y", "alarm.b") == {"z": 1}


def test_the_order_of_events() -> None:
    # each event, when its turn comes, moves to a state of its own with 1/2: the n-th of those that occur with 2^-n
    on = {event: {f"x->{event}": 0.5} for event in reversed(ORDER)}
    condition = {"states": ["x", *ORDER], "initial": "x", "on": on}
    everything = {event: 0.5**n for n, event in enumerate(ORDER, 1)} | {"x": 0.5 ** len(ORDER)}
    assert moved(condition, "x", *ORDER) == pytest.approx(everything)
    some = ["arming.b", "alarm.b", "withdrawal.u", "treaty_ended", "onset"]
    assert moved(condition, "x", *some) == pytest.approx({e: 0.5**n for n, e in enumerate(some, 1)} | {"x": 0.5**5})
    assert moved(condition, "x") == {"x": 1}


def test_a_crisis_round_hears_endings_and_shocks_alone() -> None:
    # in the order treaty_ended, treaty_ended.T, crisis
    heard = ["treaty_ended", "treaty_ended.t", "treaty_ended.u", "crisis"]
    condition = {"states": ["x", *ORDER, "crisis"], "initial": "x", "on": {e: {f"x->{e}": 0.5} for e in ("crisis", *ORDER)}}
    assert moved(condition, "x", *ORDER, "crisis", crisis=True) == pytest.approx(
        {e: 0.5**n for n, e in enumerate(heard, 1)} | {"x": 0.5**4}
    )
    assert moved(condition, "x", "crisis", crisis=True) == {"crisis": 0.5, "x": 0.5}
    assert "crisis" not in moved(condition, "x", *ORDER, "crisis")  # nor does a peace round hear shocks


def test_nothing_moves_once_the_last_rung_is_reached() -> None:
    # war in round 1, a crisis round: the condition keeps the law of the end of round 0; war in round 0, a peace round: it moves
    clock = {"c": {"states": ["x", "y"], "initial": "x", "rates": {"x->y": 0.3}}}
    raw = scenario(monitoring={"false_alarm": 1.0}, onset={"alarm_probability": 1.0}, conditions=clock)
    expected = [0, *[1 - exp(-0.3)] * 10]
    assert solved(raw).condition_occupancy["c"][:, 1].tolist() == pytest.approx(expected)
    raw["crisis"] = {"kind": "empirical", "rungs": ["x", "war"], "advance": [1.0], "resolve": [0.0]}
    found = solved(raw)
    assert found.escalation_probability[:3, 1].tolist() == [0, 0, 1]
    assert found.condition_occupancy["c"][:, 1].tolist() == pytest.approx(expected)


EVENTS = {
    # event -> (what makes it occur in round 0 for certain, what keeps it from occurring)
    "arming.a": ({"actors": {"a": {"strategy": {"kind": "always_arm"}}, "b": {"strategy": {"kind": "nash"}}}}, {}),
    "alarm": ({"monitoring": {"false_alarm": 1.0}}, {"monitoring": {"detection": 1.0}}),
    "alarm.b": (
        {"actors": {**both(strategy={"kind": "nash"})}, "monitoring": {"detection": 1.0}},
        {"monitoring": {"detection": 1.0}},
    ),
    "withdrawal": (
        {"treaties": {"t": {"withdrawal_rate": 1e6, "notice_years": 9.0}}},
        {"treaties": {"t": {"collapse_rate": 9.0}}},
    ),
    "withdrawal.t": ({"treaties": {"t": {"withdrawal_rate": 1e6}}}, {"treaties": {"t": {}, "u": {"withdrawal_rate": 1e6}}}),
    "treaty_ended": (
        {"treaties": {"t": {"status": "suspended", "collapse_rate": 1e6}}},
        {"treaties": {"t": {"withdrawal_rate": 1e6, "notice_years": 1e9}}},
    ),
    "treaty_ended.t": ({"treaties": {"t": {"withdrawal_rate": 1e6}}}, {"treaties": {"t": {}, "u": {"withdrawal_rate": 1e6}}}),
    "onset": ({"onset": {"background_rate": 1e6}}, {"onset": {"arming_rate": 1e6}}),
    "crisis": (
        {"onset": {"background_rate": 1e6}, "crisis": {"shock_rung": 2}},
        {"onset": {"background_rate": 1e6}, "crisis": {"shock_rung": 1, "advance": [0.0, 0.0]}},  # onset itself is no shock
    ),
}


@pytest.mark.parametrize("event", EVENTS)
def test_every_event_where_it_arises(event: str) -> None:
    # the stage game is a Prisoner's Dilemma, so that `nash` arms; y from round 0 on (from round 1 on for a shock), or never
    ladder = {"kind": "empirical", "rungs": ["x", "y", "war"], "advance": [1.0, 0.0], "resolve": [0.0, 0.0]}
    first = 2 if event == "crisis" else 1
    for parts_, probability in zip(EVENTS[event], (1, 0), strict=True):
        raw = scenario(**{**parts_, "crisis": ladder | parts_.get("crisis", {})})
        raw["conditions"] = {"c": {"states": ["x", "y"], "initial": "x", "on": {event: {"x->y": 1.0}}}}
        found = solved(raw).condition_occupancy["c"][:, 1]
        assert found[first] == pytest.approx(probability, abs=1e-8), parts_
        assert found[first - 1] == 0
