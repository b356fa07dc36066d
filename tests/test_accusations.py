"""Deliberate false accusations: when they are made, what believed ones do, what others cost (docs/model.md, section 1.1)."""

from __future__ import annotations

import copy
import math
from typing import Any

import numpy as np
import pytest

import drawn_alarms
from laws import Raw, law, parts, solved
from sim.dilemma import accusations
from sim.dilemma.checks import problems
from sim.dilemma.scenario import Scenario
from sim.dilemma.structure import structure
from sim.dilemma.sweeps import solve_points
from sim.dilemma.traces import trace
from sim.report.trace import tell
from small_scenarios import scenario
from test_private_alarms import HEARD, agrees, busy, compared

PUNISHES = {"strategy": {"kind": "tit_for_tat"}}
MADE = 1 - math.exp(-0.5)
"""An opportunity in a round of a year at 0.5 a year."""
CREDIBLE = 0.4


def accusing(kind: str = "public", names: str = "ab", table: Raw | None = None, **changes: Any) -> Raw:
    """Actors that restrain, no alarms, a treaty that nothing moves; a accuses b at 0.5 a year, believed with 0.4."""
    raw = scenario(monitoring={"kind": kind}, treaties={"t": {}}, **changes)
    raw["actors"] = {name: {"strategy": {"kind": "always_restrain"}} for name in names}
    raw["game"] = {"gain": 0.0, "exposure": 0.0, "cost": 0.0}
    raw["actors"]["a"]["accusation"] = {"target": "b", "opportunity_rate": 0.5, "credibility": CREDIBLE} | (table or {})
    return raw


def number_of(raw: Raw) -> float:
    """The expected number of a's accusations."""
    return solved(raw).expected_accusations["a"][0]


@pytest.mark.parametrize("kind", ["public", "private"])
def test_what_it_pays(kind: str) -> None:
    # ten rounds, nothing else happens: 10 m accusations; each gains 3 with 0.4 and costs 2 with 0.6; a believed one costs b its
    # sanction, 0.7
    raw = accusing(kind, table={"gain": 3.0, "cost": 2.0})
    raw["treaties"]["t"]["sanction"] = 0.7
    found = solved(raw)
    assert found.expected_accusations == {"a": (pytest.approx(10 * MADE, abs=1e-12), 0.0)}
    assert found.discounted_payoff == pytest.approx([10 * MADE * (0.4 * 3 - 0.6 * 2), -10 * MADE * 0.4 * 0.7], abs=1e-12)


@pytest.mark.parametrize(
    ("gain", "cost", "share"),
    [(3.0, 2.0, 0.5), (4.0, 2.0, 1 / (1 + math.exp(-1.5 * 0.4))), (0.0, 2.0, 1 / (1 + math.exp(1.5 * 1.2)))],
)
def test_how_sharply_it_follows_what_it_is_worth(gain: float, cost: float, share: float) -> None:
    # (1.8) with precision 1.5 and worth 0.4 gain - 0.6 cost: 0, 0.4 and -1.2
    raw = accusing(table={"gain": gain, "cost": cost, "precision": 1.5})
    assert number_of(raw) == pytest.approx(10 * MADE * share, abs=1e-12)


@pytest.mark.parametrize("status", ["pending", "suspended", "ended", "withdrawing"])
def test_only_while_both_are_party_to_an_active_treaty(status: str) -> None:
    raw = accusing()
    raw["treaties"]["t"] |= {"status": status, "notice_years": 1e9}
    assert number_of(raw) == pytest.approx(10 * MADE if status == "withdrawing" else 0.0, rel=1e-6)
    raw = accusing(names="abc")
    raw["treaties"]["t"] |= {"parties": ["a", "c"]}
    raw["treaties"]["u"] = {"parties": ["c", "b"]}
    assert number_of(raw) == 0
    del raw["treaties"]
    assert number_of(raw) == 0


def test_a_party_that_has_left_neither_accuses_nor_is_accused() -> None:
    # after three rounds a party leaves a treaty of three, which goes on
    for leaver in "ab":
        raw = accusing(names="abc", events=[{"year": 3.0, "leave": {"t": [leaver]}}])
        raw["treaties"]["t"]["exit"] = "one_by_one"
        assert number_of(raw) == pytest.approx(3 * MADE, abs=1e-12)


@pytest.mark.parametrize(("kind", "names", "quiet"), [("public", "ab", 0.3), ("private", "ab", 0.3), ("private", "abc", 0.3)])
def test_not_where_an_alarm_says_it_anyway(kind: str, names: str, quiet: float) -> None:
    # b arms and is seen with 0.7; privately only what a itself saw stops a
    raw = accusing(kind, names)
    raw["actors"]["b"]["strategy"]["kind"] = "always_arm"
    raw["monitoring"]["detection"] = 0.7
    assert number_of(raw) == pytest.approx(10 * MADE * quiet, abs=1e-12)


@pytest.mark.parametrize("kind", ["public", "private"])
def test_a_believed_one_suspends_the_treaty(kind: str) -> None:
    # each round a suspended treaty follows with m c, and then there are no more accusations: sum of (1 - m c)^t m
    raw = accusing(kind)
    raw["treaties"]["t"]["suspension_probability"] = 1.0
    found, h = solved(raw), MADE * CREDIBLE
    assert found.treaty_occupancy["t"][:, 3] == pytest.approx([1 - (1 - h) ** t for t in range(11)], abs=1e-12)
    assert found.expected_accusations["a"][0] == pytest.approx((1 - (1 - h) ** 10) / CREDIBLE, abs=1e-12)


@pytest.mark.parametrize(
    ("kind", "names", "arm"),
    [("public", "ab", "a"), ("private", "ab", ""), ("public", "abc", "ac"), ("private", "abc", "c")],
)
def test_whom_a_believed_one_provokes(kind: str, names: str, arm: str) -> None:
    # a public alarm provokes all rivals of b; a private one those that hold it, but not a, which knows that it is false
    raw = accusing(kind, names)
    for actor in raw["actors"].values():
        actor |= copy.deepcopy(PUNISHES)
    expected = [MADE * CREDIBLE if name in arm else 0.0 for name in names]
    assert solved(raw).arming[1] == pytest.approx(expected, abs=1e-12)


def test_another_accuser_is_believed_even_by_an_accuser() -> None:
    # a and c both accuse b, and do not know of each other: each takes the other's for true, and b, tit for tat, sees nothing
    raw = accusing("private", "abc")
    raw["actors"]["c"]["accusation"] = copy.deepcopy(raw["actors"]["a"]["accusation"]) | {"credibility": 1.0}
    for actor in raw["actors"].values():
        actor |= copy.deepcopy(PUNISHES)
    assert solved(raw).arming[1] == pytest.approx([MADE, 0.0, MADE * CREDIBLE], abs=1e-12)


@pytest.mark.parametrize(("kind", "names", "alarms"), [("public", "abc", 1), ("private", "ab", 1), ("private", "abc", 2)])
def test_a_believed_one_is_a_danger_like_any_alarm(kind: str, names: str, alarms: int) -> None:
    # publicly one alarm; privately one for each actor that holds it, the accuser included; between b and another actor
    raw = accusing(kind, names, onset={"alarm_probability": 0.1})
    raw["crisis"] |= {"disaster": 1.0, "aftermath": 0.0}
    raw["horizon"]["years"] = 1
    found, p = solved(raw), MADE * CREDIBLE * (1 - 0.9**alarms)
    assert found.escalation_probability[1, 0] == pytest.approx(p, abs=1e-12)
    shares = [1.0, 1.0] if names == "ab" else [0.5, 1.0, 0.5]
    assert found.discounted_payoff == pytest.approx([-p * x for x in shares], abs=1e-12)
    assert found.causes[0] == pytest.approx([0, 0, 1, 0])


def test_events_and_a_record_that_ends_credibility() -> None:
    # heard: made with m, disbelieved with m (1 - c), an alarm with m c.  After the first disbelieved one nobody believes a: the
    # expected gain is that of rounds whose record is clean
    raw = accusing(table={"gain": 1.0})
    raw["conditions"] = {
        name: HEARD | {"on": {event: {"x->y": 1.0}}}
        for name, event in (("made", "accusation.a"), ("record", "disbelieved.a"), ("alarm", "alarm.b"), ("none", "alarm.a"))
    }
    raw["conditions"]["record"]["while"] = {"y": {"set": {"actors.a.accusation.credibility": 0.0}}}
    found, d = solved(raw), MADE * (1 - CREDIBLE)
    shares = [found.condition_occupancy[name][1, 1] for name in ("made", "record", "alarm", "none")]
    assert shares == pytest.approx([MADE, d, MADE * CREDIBLE, 0.0], abs=1e-12)
    assert found.condition_occupancy["record"][:, 0] == pytest.approx([(1 - d) ** t for t in range(11)], abs=1e-12)
    assert found.discounted_payoff[0] == pytest.approx(MADE * CREDIBLE * (1 - (1 - d) ** 10) / d, abs=1e-12)


def test_events_count_in_the_order_of_the_page() -> None:
    # one condition, three states: an alarm on b is heard before the accusation that brought it, and that before its failure
    raw = accusing()
    on = {"disbelieved.a": {"x->z": 1.0}, "accusation.a": {"x->y": 0.5}, "alarm.b": {"x->w": 1.0}}
    raw["conditions"] = {"c": {"states": ["x", "y", "z", "w"], "initial": "x", "on": on}}
    d = MADE * (1 - CREDIBLE)
    assert solved(raw).condition_occupancy["c"][1] == pytest.approx([1 - MADE, d / 2, d / 2, MADE * CREDIBLE], abs=1e-12)


def test_accusers_do_not_wait_for_each_other() -> None:
    # a accuses b and b accuses a: alarms of both with (m c)^2
    raw = accusing(onset={"alarm_probability": 0.5})
    raw["actors"]["b"]["accusation"] = raw["actors"]["a"]["accusation"] | {"target": "a"}
    h = MADE * CREDIBLE
    assert solved(raw).escalation_probability[1, 0] == pytest.approx(1 - (1 - h / 2) ** 2, abs=1e-12)


def test_nothing_is_added_where_nobody_accuses() -> None:
    raw = accusing()
    none = copy.deepcopy(raw)
    del none["actors"]["a"]["accusation"]
    slots = {slot for move in parts(none).peace().moves for slot in (*move.reads, *move.writes)}
    assert not [
        slot for slot in slots if slot.split(".")[0] in ("drawn", "accusation", "accuses", "disbelieved", "holds", "sees")
    ]
    assert solved(none).record()["expected_accusations"] is None
    assert solved(raw).record()["expected_accusations"] == {"a": pytest.approx(10 * MADE)}
    assert [move.name for move in parts(none).peace().moves if not move.sure] == [
        move.name for move in parts(raw).peace().moves if not move.sure and move.name != "accusation.a"
    ]


def test_the_move() -> None:
    s = structure(accusing())
    move = accusations.moves(s)[0]
    made = {None: 1 - MADE, "believed": MADE * CREDIBLE, "disbelieved": MADE * (1 - CREDIBLE)}
    assert law([move], {"drawn.b": 0, "active.t": True}, "accusation.a") == pytest.approx(made)
    assert law([move], {"drawn.b": 1, "active.t": True}, "accusation.a") == {None: 1.0}
    assert law([move], {"drawn.b": 0, "active.t": False}, "accusation.a") == {None: 1.0}


@pytest.mark.parametrize("target", ["a", "d"])
def test_a_target_is_another_actor(target: str) -> None:
    (problem,) = problems(accusing(table={"target": target}))
    assert problem.path == ("actors", "a", "accusation", "target")


def test_conditions_may_hear_of_accusations() -> None:
    raw = accusing()
    raw["conditions"] = {"c": HEARD | {"on": {"accusation.b": {"x->y": 1.0}, "disbelieved.c": {"x->y": 1.0}}}}
    (problem,) = problems(raw)  # b is an actor, though it accuses nobody; there is no c
    assert problem.path[-1] == "disbelieved.c"


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize(("actors", "private"), [(2, False), (2, True), (3, False), (3, True)])
def test_exact_engine_finds_what_the_model_says(seed: int, actors: int, private: bool) -> None:
    raw = drawn_alarms.draw(np.random.default_rng([seed, actors, 7]), private=private, accusing=True, actors=actors)
    compared(raw)


@pytest.mark.parametrize("kind", ["public", "private"])
def test_the_engines_agree(kind: str) -> None:
    raw = busy(kind)
    raw["actors"]["a"]["accusation"] = {"target": "b", "opportunity_rate": 1.0, "credibility": 0.5, "gain": 1.0, "cost": 1.0}
    raw["actors"]["b"]["accusation"] = {"target": "a", "opportunity_rate": 0.5, "credibility": 0.3, "precision": 1.0}
    agrees(raw)


@pytest.mark.parametrize("kind", ["public", "private"])
def test_many_points_at_once(kind: str) -> None:
    raw = busy(kind)
    raw["actors"]["a"]["accusation"] = {"target": "b", "opportunity_rate": 1.0, "credibility": 0.5, "precision": 1.0, "cost": 1.0}
    values = np.array([0.0, 0.3, 1.0])
    swept = copy.deepcopy(raw)
    swept["actors"]["a"]["accusation"]["credibility"] = values
    found = solve_points(swept)
    for n, value in enumerate(values):
        raw["actors"]["a"]["accusation"]["credibility"] = float(value)
        alone = solved(raw)
        assert found.escalation_probability[n] == pytest.approx(alone.escalation_probability, abs=1e-12)
        assert found.discounted_payoff[n] == pytest.approx(alone.discounted_payoff, abs=1e-12)
        assert found.expected_crises[n] == pytest.approx(alone.expected_crises, abs=1e-12)


@pytest.mark.parametrize("kind", ["public", "private"])
def test_a_history_tells_of_it(kind: str) -> None:
    raw = accusing(kind, "abc")
    scenario = Scenario(raw)
    said = " ".join(
        text for n in range(3) for story in tell(scenario.structure, trace(scenario, 1, n)) for text in story.sentences
    )
    assert "a accuses b of what it did not see (it restrained); it is believed" in said
    assert "a accuses b of what it did not see (it restrained); it is not believed" in said
    assert "alarm" not in said
