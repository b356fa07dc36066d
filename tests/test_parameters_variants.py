"""Variants: what is merged, replaced and removed, and what is forgotten with it (docs/model.md, section 3)."""

from __future__ import annotations

from copy import deepcopy

from laws import Raw, solved
from sim.dilemma.parameters import merge
from small_scenarios import both, scenario

BASE: Raw = {
    "game": {"gain": 3.0, "exposure": 4.0, "cost": 2.0},
    "actors": {
        "a": {"strategy": {"kind": "tit_for_tat", "forgiveness": 0.2}, "turnover_years": 5.0},
        "b": {"leaders": [{"name": "x", "strategy": {"kind": "grim"}}], "while": {"x": {"set": {"treaties.u.sanction": 3.0}}}},
    },
    "treaties": {
        "t": {"cascade": {"u": 1.0}, "while": {"ended": {"scale": {"channels.h.accident_reduction": 0.5, "game.gain": 2.0}}}},
        "u": {"sanction": 1.0, "cascade": 0.5},
    },
    "channels": {"h": {"accident_reduction": 0.4}},
    "conditions": {
        "c": {
            "states": ["x", "y"],
            "initial": "x",
            "on": {
                "withdrawal.u": {"x->y": 0.5},
                "treaty_ended.t": {"x->y": 0.2},
                "alarm": {"x->y": 0.1},
                "alarm.a": {"x->y": 0.3},
            },
            "while": {"y": {"set": {"treaties.u.sanction": 2.0, "treaties.t.cascade.u": 4.0}, "scale": {"game.cost": 0.5}}},
        }
    },
    "crisis": {"kind": "brinkmanship", "rungs": ["x", "war"], "prize": 1.0, "slip": [0.1]},
    "onset": {"dyads": [{"actors": ["a", "b"], "weight": 2.0}]},
    "events": [
        {
            "year": 1,
            "set": {'conditions.c.on.alarm."x->y"': 0.05},
            "scale": {
                'conditions.c.on."withdrawal.u"."x->y"': 0.5,
                "treaties.u.sanction": 2.0,
                'conditions.c.on.alarm."x->y"': 0.5,
            },
            "status": {"u": "ended", "c": "y", "t": "suspended"},
            "expire": ["u", "t"],
        }
    ],
}


def test_variants_merge_deeply_and_replace_the_rest() -> None:
    patch = {"game": {"gain": 7.0}, "crisis": {"slip": [0.3]}, "actors": {"a": {"strategy": {"forgiveness": 0.5}}}}
    after = merge(BASE, patch)
    assert after["game"] == {"gain": 7.0, "exposure": 4.0, "cost": 2.0}
    assert after["crisis"] == {"kind": "brinkmanship", "rungs": ["x", "war"], "prize": 1.0, "slip": [0.3]}
    assert after["actors"]["a"]["strategy"] == {"kind": "tit_for_tat", "forgiveness": 0.5}
    assert {k: v for k, v in after.items() if k not in patch} == {k: v for k, v in BASE.items() if k not in patch}


def test_a_table_with_kind_or_distribution_replaces_the_whole() -> None:
    patch = {
        "crisis": {"kind": "empirical", "rungs": ["war"], "advance": [], "resolve": []},
        "actors": {"a": {"strategy": {"kind": "tit_for_tat"}}},
        "uncertain": {"game.gain": {"distribution": "uniform", "low": 1.0, "high": 2.0}},
    }
    base = BASE | {
        "uncertain": {"game.gain": {"distribution": "triangular", "low": 0.0, "mode": 1.0, "high": 2.0}, "game.cost": {}}
    }
    after = merge(base, patch)
    assert after["crisis"] == patch["crisis"]
    assert after["actors"]["a"] == {"strategy": {"kind": "tit_for_tat"}, "turnover_years": 5.0}
    assert after["uncertain"] == patch["uncertain"] | {"game.cost": {}}


def test_leaders_and_strategy_replace_each_other() -> None:
    leaders = [{"strategy": {"kind": "grim"}}]
    after = merge(BASE, {"actors": {"a": {"leaders": leaders}, "b": {"strategy": {"kind": "always_arm"}}}})["actors"]
    assert after["a"] == {"leaders": leaders, "turnover_years": 5.0}
    assert {k: v for k, v in after["b"].items() if k != "while"} == {"strategy": {"kind": "always_arm"}}


def test_false_removes_tables_and_what_is_said_of_them() -> None:
    before = deepcopy(BASE)
    after = merge(BASE, {"treaties": {"u": False}, "channels": {"h": False}})
    assert list(after["treaties"]) == ["t"]
    assert after["channels"] == {}
    assert after["treaties"]["t"] == {"cascade": {}, "while": {"ended": {"scale": {"game.gain": 2.0}}}}
    assert after["actors"]["b"]["while"] == {"x": {"set": {}}}
    condition = after["conditions"]["c"]
    assert condition["on"] == {k: v for k, v in BASE["conditions"]["c"]["on"].items() if k != "withdrawal.u"}
    assert condition["while"] == {"y": {"set": {}, "scale": {"game.cost": 0.5}}}
    (event,) = after["events"]
    assert event["scale"] == {'conditions.c.on.alarm."x->y"': 0.5}
    assert (event["status"], event["expire"]) == ({"c": "y", "t": "suspended"}, ["t"])
    assert before == BASE


def test_false_removes_whole_groups_conditions_and_lists_of_tables() -> None:
    after = merge(BASE, {"treaties": False, "conditions": False, "onset": {"dyads": False}, "events": False})
    assert not {"treaties", "conditions", "events"} & set(after)
    assert after["onset"] == {}
    after = merge(BASE, {"conditions": {"c": False}})
    assert after["events"][0]["status"] == {"u": "ended", "t": "suspended"}
    assert (after["events"][0]["set"], after["events"][0]["scale"]) == ({}, {"treaties.u.sanction": 2.0})


def test_what_is_removed_is_as_if_it_had_never_been() -> None:
    bare = scenario(actors=both(strategy={"kind": "tit_for_tat"}), onset={"arming_rate": 0.2}, monitoring={"false_alarm": 0.1})
    full = deepcopy(bare) | {k: deepcopy(BASE[k]) for k in ("treaties", "channels", "conditions")}
    full["treaties"]["t"]["while"]["ended"]["scale"]["onset.arming_rate"] = 2.0
    full["conditions"]["c"]["while"]["y"]["scale"]["onset.arming_rate"] = 3.0
    full["events"] = [{"year": 1, "status": {"c": "y", "u": "ended"}, "expire": ["t"], "scale": {"treaties.u.sanction": 2.0}}]
    full["variants"] = {"bare": {"treaties": False, "conditions": {"c": False}, "channels": {"h": False}}, "full": {}}
    alone, removed, kept = solved(bare).record(), solved(full, "bare").record(), solved(full, "full").record()
    assert removed == alone
    assert kept["escalation_probability"] != alone["escalation_probability"]


def test_an_accusation_that_a_variant_removes_takes_what_is_said_of_its_numbers_with_it() -> None:
    path = "actors.a.accusation.credibility"
    lie = {"target": "b", "opportunity_rate": 1.0, "credibility": 0.5}
    treaties = {"t": {"inspections_per_year": 1.0}}
    bare = scenario(actors=both(strategy={"kind": "tit_for_tat"}), treaties=treaties, onset={"alarm_probability": 0.2})
    full = deepcopy(bare)
    full["actors"]["a"]["accusation"] = lie
    full["events"] = [{"year": 1, "set": {path: 0.9, "actors.a.tremble": 0.1}}]
    full["treaties"]["t"]["while"] = {"in_force": {"scale": {path: 0.5}}}
    after = merge(full, {"actors": {"a": {"accusation": False}}})
    assert after["events"] == [{"year": 1, "set": {"actors.a.tremble": 0.1}}]
    assert after["treaties"]["t"]["while"] == {"in_force": {"scale": {}}}
    assert merge(full, {"actors": {"a": {"tremble": 0.2}}})["events"] == full["events"]
    bare["events"] = [{"year": 1, "set": {"actors.a.tremble": 0.1}}]
    full["variants"] = {"true": {"actors": {"a": {"accusation": False}}}, "full": {}}
    alone, removed, kept = solved(bare).record(), solved(full, "true").record(), solved(full, "full").record()
    assert removed == alone
    assert kept["escalation_probability"] != alone["escalation_probability"]
