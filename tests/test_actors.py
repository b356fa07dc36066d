"""Leaders, tremble, and the change-over to the strategy without treaty and back (docs/model.md, sections 1.1 and 4)."""

from __future__ import annotations

from math import exp
from typing import Any

import pytest

from laws import Raw, law, parts, solved
from sim.dilemma.actors import Memory
from sim.dilemma.rounds import unless_over
from small_scenarios import scenario

RESTRAIN, ARM, GRIM = {"kind": "always_restrain"}, {"kind": "always_arm"}, {"kind": "grim"}
FADING = {"kind": "memory_one", "first": 1.0, "restrain_quiet": 0.0, "restrain_alarm": 0.0, "arm_quiet": 0.5, "arm_alarm": 0.5}
"""Arms when it starts, then ever less: P(arm) 1, 1/2, 1/4, ... says how many rounds ago it started."""


def arming(raw: Raw, rounds: int = 6) -> list[float]:
    return solved(raw).arming[:rounds, 0].tolist()


def game(**more: Any) -> Raw:
    return scenario(horizon={"years": 6, "rounds_per_year": 1}, **more)


@pytest.mark.parametrize(
    ("strategy", "tremble", "expected"), [(RESTRAIN, 0.1, 0.1), (ARM, 0.1, 0.9), (ARM, 1.0, 0.0), (RESTRAIN, 0.5, 0.5)]
)
def test_tremble(strategy: Raw, tremble: float, expected: float) -> None:
    raw = game()
    raw["actors"]["a"] = {"strategy": strategy, "tremble": tremble}
    assert arming(raw) == pytest.approx([expected] * 6)


def test_leaders_are_drawn_by_weight_and_start_afresh() -> None:
    leaders = [
        {"name": "x", "weight": 3.0, "strategy": GRIM},
        {"name": "x", "strategy": GRIM},
        {"weight": 4.0, "strategy": RESTRAIN},
    ]
    raw = game()
    raw["actors"]["a"] = {"leaders": leaders, "turnover_years": 2.0}
    actor = parts(raw).actors[0]
    fresh = {Memory(0, True, 0): 0.375, Memory(1, True, 0): 0.125, Memory(2, True, 0): 0.5}
    assert law(actor.first(), {}, "memory.a'") == pytest.approx(fresh)
    # after an alarm grim arms, unless a new leader comes, perhaps of the same name and strategy
    goes = 1 - exp(-0.5)
    after = {m: goes * p for m, p in fresh.items()} | {Memory(0, True, 1): 1 - goes}
    given = {"memory.a": Memory(0, True, 0), "act.a": 0, "alarm.a": 0, "alarms": 1}
    assert law(actor.learns(), given, "memory.a'") == pytest.approx(after)
    # in a crisis round memories stand still but for turnover, and altogether once the last rung is reached
    given = {"memory.a": Memory(0, True, 1), "over": False}
    moves = [unless_over(move) for move in actor.crisis()]
    assert law(moves, given, "memory.a'") == pytest.approx(after)
    assert law(moves, given | {"over": True}, "memory.a'") == {Memory(0, True, 1): 1}


def test_no_turnover_unless_given() -> None:
    # the first leader stays: grim (1/4) arms for ever after the certain alarm of round 0
    raw = game(monitoring={"false_alarm": 1.0, "detection": 1.0})
    raw["actors"]["a"] = {"leaders": [{"strategy": GRIM}, {"weight": 3.0, "strategy": RESTRAIN}]}
    assert arming(raw) == pytest.approx([0, *[0.25] * 5])


# ---- strategy without treaty


STATUSES = [("pending", False), ("in_force", True), ("withdrawing", True), ("suspended", False), ("ended", False)]


@pytest.mark.parametrize(("status", "holds"), STATUSES)
@pytest.mark.parametrize("when_suspended", [False, True])
def test_it_plays_while_no_limits_hold(status: str, holds: bool, when_suspended: bool) -> None:
    raw = game(treaties={"t": {"status": status, "notice_years": 1e12, "limits_when_suspended": when_suspended}})
    raw["actors"]["a"]["strategy_without_treaty"] = ARM
    holds = holds or (when_suspended and status == "suspended")
    assert arming(raw) == pytest.approx([float(not holds)] * 6, abs=1e-9)


def test_any_treaty_to_which_it_is_party_will_do() -> None:
    raw = game(treaties={"t": {"status": "ended"}, "u": {"parties": ["b", "c"]}, "v": {"parties": ["c", "a"], "status": "ended"}})
    raw["actors"] |= {"a": {"strategy": RESTRAIN, "strategy_without_treaty": ARM}, "c": {"strategy": RESTRAIN}}
    raw["events"] = [{"year": 2, "status": {"v": "in_force"}}, {"year": 4, "status": {"v": "ended", "t": "in_force"}}]
    assert arming(raw) == [1, 1, 0, 0, 0, 0]
    del raw["treaties"], raw["events"]
    assert arming(raw) == [1] * 6  # party to nothing, never covered


def test_each_change_over_starts_the_new_automaton() -> None:
    # fading starts with the expiry in year 1 and with that in year 4; grim, provoked in round 0, starts again in year 3
    raw = game(monitoring={"false_alarm": 1.0, "detection": 1.0}, treaties={"t": {}})
    raw["actors"]["a"] |= {"strategy": GRIM, "strategy_without_treaty": FADING}
    raw["events"] = [{"year": 1, "expire": ["t"]}, {"year": 3, "status": {"t": "in_force"}}, {"year": 4, "expire": ["t"]}]
    assert arming(raw) == pytest.approx([0, 1, 0.5, 0, 1, 0.5])


def test_it_is_judged_after_the_moves_of_the_round() -> None:
    # left for certain in round 0: the change-over is made by round 1; back for certain in round 1: by round 2
    raw = game(treaties={"t": {"withdrawal_rate": 1e6, "renegotiation_rate": 1e6}})
    raw["actors"]["a"] |= {"strategy": RESTRAIN, "strategy_without_treaty": FADING}
    assert arming(raw) == pytest.approx([0, 1, 0, 1, 0, 1])


def test_events_of_one_date_are_judged_together() -> None:
    # ended and back in one round: limits never lapsed between rounds, and grim keeps its grudge
    raw = game(monitoring={"false_alarm": 1.0, "detection": 1.0}, treaties={"t": {}})
    raw["actors"]["a"] |= {"strategy": GRIM, "strategy_without_treaty": RESTRAIN}
    raw["events"] = [{"year": 2, "status": {"t": "ended"}}, {"year": 2, "status": {"t": "in_force"}}]
    assert arming(raw) == [0, 1, 1, 1, 1, 1]


def test_a_shock_and_the_clocks_of_a_crisis_switch_too() -> None:
    # crisis in round 0, shock in round 1, over in round 2; suspended by round 2: without treaty from there on; first played in
    # round 3, when fading has not yet begun to fade: crisis rounds move no automaton
    raw = game(monitoring={"false_alarm": 1.0, "detection": 1.0}, treaties={"t": {}}, onset={"alarm_probability": 1.0})
    raw["crisis"] = {
        "kind": "empirical",
        "rungs": ["x", "y", "war"],
        "advance": [1.0, 0.0],
        "resolve": [0.0, 1.0],
        "shock_rung": 2,
    }
    raw["events"] = [{"year": 2, "set": {"onset.alarm_probability": 0.0}}]
    raw["actors"]["a"] |= {"strategy": RESTRAIN, "strategy_without_treaty": FADING}
    assert arming(raw)[3:] == pytest.approx([1, 0.5, 0.25])
    # resumed for certain in round 2, the second crisis round: back to restraint
    raw["treaties"]["t"]["resumption_rate"] = 1e6
    assert arming(raw)[3:] == pytest.approx([0, 0, 0])


def test_a_new_leader_starts_in_the_strategy_that_applies() -> None:
    # a leader a round, and no limits: fading starts again each time, whoever leads; with limits each leader's own
    raw = game(treaties={"t": {"status": "ended"}})
    raw["actors"]["a"] = {
        "leaders": [{"strategy": RESTRAIN}, {"strategy": ARM}],
        "turnover_years": 1e-6,
        "strategy_without_treaty": FADING,
    }
    assert arming(raw) == pytest.approx([1] * 6)
    raw["treaties"]["t"]["status"] = "in_force"
    assert arming(raw) == pytest.approx([0.5] * 6)


def test_the_leader_outlasts_a_change_over() -> None:
    # the arming leader (1/4) comes back with the limits: it was the same one all along
    raw = game(treaties={"t": {}}, events=[{"year": 1, "status": {"t": "ended"}}, {"year": 3, "status": {"t": "in_force"}}])
    raw["actors"]["a"] = {
        "leaders": [{"weight": 3.0, "strategy": RESTRAIN}, {"strategy": ARM}],
        "strategy_without_treaty": RESTRAIN,
    }
    raw["conditions"] = {"c": {"states": ["never", "has"], "initial": "never", "on": {"arming.a": {"never->has": 1.0}}}}
    found = solved(raw)
    assert found.arming[:, 0].tolist() == pytest.approx([0.25, 0, 0, 0.25, 0.25, 0.25])
    assert found.condition_occupancy["c"][-1, 1] == pytest.approx(0.25)
