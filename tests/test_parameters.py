"""Paths, changes, defaults and `while` tables: what is in effect (docs/model.md, sections 3 and 7)."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import numpy as np
import pytest

from laws import Raw, number, numbers, solved
from sim.dilemma.paths import NoNumber, adjusted, changed, dotted, split
from sim.dilemma.structure import completed, structure
from small_scenarios import scenario

# ---- paths

PATHS = [
    ("game.gain", ["game", "gain"]),
    ("treaties.new_start.inspections_per_year", ["treaties", "new_start", "inspections_per_year"]),
    ("treaties.inf-2.sanction", ["treaties", "inf-2", "sanction"]),
    ("crisis.slip.1", ["crisis", "slip", "1"]),
    ('conditions.talks.rates."off->on"', ["conditions", "talks", "rates", "off->on"]),
    ('conditions.c.on."withdrawal.t"."a b->c"', ["conditions", "c", "on", "withdrawal.t", "a b->c"]),
]


@pytest.mark.parametrize(("path", "keys"), PATHS)
def test_paths(path: str, keys: list[str]) -> None:
    assert split(path) == keys
    assert dotted(keys) == path


def test_numbers_in_keys_are_joined() -> None:
    assert dotted(["crisis", "slip", 1]) == "crisis.slip.1"


# ---- changing a number


TABLES: Raw = {
    "game": {"gain": 3.0, "discount": 1.0, "dyads": [{"actors": ["a", "b"], "weight": 1.0}]},
    "crisis": {"kind": "brinkmanship", "rungs": ["x", "y", "war"], "slip": [0.1, 0.2], "prize": 1.0, "disaster": 0.0},
    "monitoring": {"detection": 0.5},
    "actors": {
        "a": {"tremble": 0.1, "game": {}, "crisis": {"prize": 2.0}, "strategy": {"kind": "grim"}},
        "b": {"game": {"gain": 5.0}},
    },
    "conditions": {"c": {"rates": {"x->y": 0.3}, "on": {"alarm.a": {"x->y": 0.5}}}},
    "treaties": {"t": {"limits_when_suspended": True, "cascade": {"u": 2.0}}},
}


def at(tables: Any, *keys: Any) -> Any:
    """What stands at a path."""
    for key in keys:
        tables = tables[key]
    return tables


@pytest.mark.parametrize(
    ("path", "keys", "expected"),
    [
        ("game.gain", ("game", "gain"), 30.0),
        ("crisis.slip.1", ("crisis", "slip"), [0.1, 2.0]),
        ("crisis.slip", ("crisis", "slip"), [1.0, 2.0]),  # a list's own path means all its entries
        ("game.dyads.0.weight", ("game", "dyads", 0, "weight"), 10.0),
        ('conditions.c.rates."x->y"', ("conditions", "c", "rates", "x->y"), 3.0),
        ('conditions.c.on."alarm.a"."x->y"', ("conditions", "c", "on", "alarm.a", "x->y"), 5.0),
        ("treaties.t.cascade.u", ("treaties", "t", "cascade", "u"), 20.0),
        ("actors.b.game.gain", ("actors", "b", "game", "gain"), 50.0),
        ("actors.a.crisis.prize", ("actors", "a", "crisis", "prize"), 20.0),
        # where the actor is silent, ten times the general value, which is the actor's own from there
        ("actors.a.game.gain", ("actors", "a", "game", "gain"), 30.0),
    ],
)
def test_changed(path: str, keys: tuple[Any, ...], expected: Any) -> None:
    before = deepcopy(TABLES)
    after = changed(TABLES, path, lambda x: 10 * x)
    assert at(after, *keys) == expected
    assert before == TABLES
    # and nothing else: put it back and the tables are the same, but for an own number that was not there
    back = changed(after, path, lambda x: x / 10)
    if path == "actors.a.game.gain":
        assert back["actors"]["a"]["game"].pop("gain") == before["game"]["gain"]
    assert back == before


@pytest.mark.parametrize(
    "path",
    [
        "game.loss",  # no such key
        "crisis.slip.2",  # beyond the list
        "crisis.slip.first",
        "crisis.kind",  # text, flags, names and whole strategies are no numbers
        "crisis.rungs",
        "treaties.t.limits_when_suspended",
        "actors.a.strategy",
        "treaties.t.cascade",  # a table is not its entries
        "treaties.t.sanction",
        "actors.a.turnover_years",  # what has no default only where it is given
        'conditions.c.rates."y->x"',
        "game.gain.deeper",
        "nobody.there",
    ],
)
def test_where_there_is_no_number(path: str) -> None:
    with pytest.raises(NoNumber):
        changed(TABLES, path, lambda x: x)


def test_all_set_before_all_scale() -> None:
    # ((3 -> 7) x 2 x 5): the first change's factor counts although a later change sets
    changes = [{"scale": {"game.gain": 2.0}}, {"set": {"game.gain": 7.0}, "scale": {"game.gain": 5.0}}]
    assert adjusted(TABLES, changes)["game"]["gain"] == 70.0


@pytest.mark.parametrize("order", [["game.gain", "actors.a.game.gain"], ["actors.a.game.gain", "game.gain"]])
def test_general_numbers_are_scaled_before_own_ones(order: list[str]) -> None:
    # general 3 x 2 = 6; then a's own, silent: 6 x 10 = 60; b's own 5 is not the general one
    factors = {"game.gain": 2.0, "actors.a.game.gain": 10.0}
    after = adjusted(TABLES, [{"scale": {path: factors[path] for path in order}}])
    assert (after["game"]["gain"], after["actors"]["a"]["game"]["gain"], after["actors"]["b"]["game"]["gain"]) == (6.0, 60.0, 5.0)


def test_set_of_a_list_and_of_an_own_number() -> None:
    assert adjusted(TABLES, [{"set": {"crisis.slip": 0.4}}])["crisis"]["slip"] == [0.4, 0.4]
    tables = {**TABLES, "actors": {"a": {"monitoring": {}}}}
    assert adjusted(tables, [{"set": {"actors.a.monitoring.detection": 0.9}}])["actors"]["a"]["monitoring"] == {"detection": 0.9}


def test_an_array_over_points_is_changed_point_by_point() -> None:
    tables = {"game": {"gain": np.array([1.0, 2.0])}}
    assert adjusted(tables, [{"scale": {"game.gain": 3.0}}])["game"]["gain"].tolist() == [3.0, 6.0]
    assert tables["game"]["gain"].tolist() == [1.0, 2.0]


# ---- defaults


def test_defaults() -> None:
    # docs/model.md, section 7
    raw = scenario(
        treaties={"t": {}}, channels={"h": {"accident_reduction": 0.5}}, conditions={"c": {"states": ["x", "y"], "initial": "x"}}
    )
    raw["crisis"] = {"kind": "brinkmanship", "rungs": ["x", "y", "war"], "prize": 1.0, "slip": [0.1, 0.2]}
    raw["actors"]["b"] = {"leaders": [{"strategy": {"kind": "tit_for_tat"}}, {"name": "dove", "strategy": {"kind": "nash"}}]}
    full = completed(raw)
    numbers_of = (
        "inspections_per_year",
        "inspection_detection",
        "inspection_false_alarm",
        "clarification",
        "sanction",
        "cascade",
    )
    zero = dict.fromkeys((*numbers_of, "inspection_cost", "transparency", "notice_years", "suspension_probability"), 0.0)
    zero |= {f"{of}_rate": 0.0 for of in ("withdrawal", "reversal", "resumption", "collapse", "renegotiation", "entry")}
    zero |= dict.fromkeys(("follow_rate", "leak", "leak_follow_rate", "join_rate"), 0.0)
    other = {"parties": ["a", "b"], "status": "in_force", "limits_when_suspended": False, "while": {}}
    other |= {"exit": "together", "outside": [], "minimum_parties": 2}
    assert full["treaties"]["t"] == zero | other
    assert full["game"] == {"kind": "security_dilemma", "gain": 3.0, "exposure": 4.0, "cost": 2.0, "discount": 1.0}
    assert full["monitoring"] == {"kind": "public", "detection": 0.0, "false_alarm": 0.0}
    onset = {"background_rate": 0.0, "arming_rate": 0.0, "alarm_probability": 0.0, "treaty_end_probability": 0.0, "rungs": [1.0]}
    assert full["onset"] == onset
    given = {"kind": "brinkmanship", "rungs": ["x", "y", "war"], "prize": 1.0, "slip": [0.1, 0.2]}
    assert full["crisis"] == given | {"rung_costs": [0.0, 0.0], "disaster": 0.0, "concession_cost": 0.0, "selection": "mixed"}
    assert full["actors"]["a"]["tremble"] == 0.0
    assert full["actors"]["a"]["label"] == "a"
    assert [(x["name"], x["weight"]) for x in full["actors"]["b"]["leaders"]] == [("0", 1.0), ("dove", 1.0)]
    assert full["actors"]["b"]["leaders"][0]["strategy"]["forgiveness"] == 0.0
    assert full["actors"]["b"]["leaders"][1]["strategy"]["selection"] == "risk_dominant"
    assert (full["conditions"]["c"]["rates"], full["conditions"]["c"]["on"]) == ({}, {})
    assert not {"strategy", "turnover_years", "temptation_precision", "strategy_without_treaty"} & set(full["actors"]["b"])


def test_own_numbers_stand_before_general_ones() -> None:
    raw = scenario(monitoring={"detection": 0.5, "false_alarm": 0.1})
    raw["actors"]["a"] |= {
        "game": {"gain": 7.0},
        "monitoring": {"detection": 0.25},
        "crisis": {"disaster": 9.0, "bystander": 2.0},
    }
    raw["game"]["discount"] = 0.9
    p = numbers(structure(raw))
    found = {
        name: {k: number(x) for k, x in (p["actors"][name]["game"] | p["actors"][name]["monitoring"]).items()}
        for name in ("a", "b")
    }
    general = {"gain": 3.0, "exposure": 4.0, "cost": 2.0, "discount": 0.9, "detection": 0.5, "false_alarm": 0.1}
    assert found == {"a": general | {"gain": 7.0, "detection": 0.25}, "b": general}
    crises = [p["actors"][name]["crisis"] for name in ("a", "b")]
    assert [(number(c["disaster"]), number(c["bystander"])) for c in crises] == [(9.0, 2.0), (0.0, 0.0)]


@pytest.mark.parametrize(
    ("game", "expected"),
    [
        ({}, -4.0),  # the lowest of 0, be armed against -4, arm alone 3 - 2 = 1, both arm -2
        ({"cost": 6.0}, -6.0),  # both arm
        ({"gain": -5.0}, -7.0),  # arm alone
        ({"exposure": -1.0, "gain": 9.0, "cost": -3.0}, 0.0),  # both restrain
    ],
)
def test_aftermath_is_the_lowest_stage_payoff_unless_given(game: Raw, expected: float) -> None:
    raw = scenario()
    raw["actors"]["a"]["game"] = game
    raw["actors"]["b"]["crisis"] = {"aftermath": 0.5}
    p = numbers(structure(raw))
    assert [number(p["actors"][name]["crisis"]["aftermath"]) for name in ("a", "b")] == [expected, 0.5]
    raw["crisis"]["aftermath"] = -1.5
    p = numbers(structure(raw))
    assert [number(p["actors"][name]["crisis"]["aftermath"]) for name in ("a", "b")] == [-1.5, 0.5]


# ---- while


def test_while_tables_of_treaties_conditions_and_leaders() -> None:
    raw = scenario(treaties={"t": {"while": {"ended": {"scale": {"game.gain": 2.0}}}}})
    raw["conditions"] = {"c": {"states": ["x", "y"], "initial": "x", "while": {"y": {"set": {"game.gain": 10.0}}}}}
    raw["actors"]["a"] = {
        "leaders": [{"name": "hawk", "strategy": {"kind": "grim"}}],
        "while": {"hawk": {"set": {"game.gain": 7.0}, "scale": {"actors.b.game.gain": 3.0}}},
    }
    s = structure(raw)
    ended, war, hawk = ("treaties", "t", "ended"), ("conditions", "c", "y"), ("actors", "a", "hawk")

    def gains(*active: tuple[str, str, str]) -> tuple[float, float]:
        p = numbers(s, active)
        return number(p["game"]["gain"]), number(p["actors"]["b"]["game"]["gain"])

    assert s.parameters.owners == [("treaties", "t"), ("conditions", "c"), ("actors", "a")]
    assert gains() == (3.0, 3.0)
    assert gains(ended) == (6.0, 6.0)
    assert gains(ended, war) == (20.0, 20.0)  # set before scale, whosever they are
    assert gains(war, hawk) == (7.0, 21.0)  # of two `set` the later owner's: treaties, conditions, actors
    assert gains(ended, war, hawk) == (14.0, 42.0)  # general first: 7 x 2, then b's own: x 3


def test_while_tables_follow_the_events() -> None:
    # the scale of a `while` table applies to what events have made of the number
    raw = scenario(events=[{"year": 2, "set": {"onset.background_rate": 0.5}}], onset={"background_rate": 0.2})
    raw["treaties"] = {"t": {"status": "ended", "while": {"ended": {"scale": {"onset.background_rate": 0.1}}}}}
    # hazards 0.02 in two rounds, then 0.05
    expected = 1 - np.exp(-np.cumsum([0, 0.02, 0.02, *[0.05] * 8]))
    assert solved(raw).escalation_probability[:, 0] == pytest.approx(expected, abs=1e-14)
