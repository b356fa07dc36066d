"""The oracle's parts held to hand computations: merging, paths, automata, equilibria (docs/model.md, sections 3 and 4)."""

from __future__ import annotations

import math
from typing import Any

import pytest

from oracle import games, variant_tables
from oracle.paths import split
from oracle.strategies import arming_probability, move, start
from oracle.timeline import calendar, with_while_tables


def base() -> dict[str, Any]:
    """A raw file with two treaties that everything mentions."""
    return {
        "horizon": {"years": 4, "rounds_per_year": 1},
        "actors": {"a": {"strategy": {"kind": "grim"}}, "b": {"leaders": [{"name": "x", "strategy": {"kind": "grim"}}]}},
        "game": {"gain": 3.0, "exposure": 4.0, "cost": 2.0},
        "treaties": {"t": {"cascade": {"u": 1.0}, "while": {"ended": {"scale": {"game.gain": 2.0}}}}, "u": {"sanction": 1.0}},
        "conditions": {
            "c": {
                "states": ["x", "y"],
                "initial": "x",
                "on": {"withdrawal.u": {"x->y": 0.5}, "alarm": {"x->y": 0.1}},
                "while": {"y": {"set": {"treaties.u.sanction": 2.0}, "scale": {"game.cost": 0.5}}},
            }
        },
        "crisis": {"kind": "brinkmanship", "rungs": ["x", "war"], "prize": 1.0, "slip": [0.1]},
        "events": [
            {"year": 1, "scale": {'conditions.c.on."withdrawal.u"."x->y"': 0.5}, "status": {"u": "ended"}, "expire": ["u", "t"]}
        ],
        "variants": {
            "as_it_stands": {},
            "without_u": {"treaties": {"u": False}},
            "other": {
                "crisis": {"kind": "empirical", "rungs": ["war"], "advance": [], "resolve": []},
                "actors": {"a": {"leaders": [{"strategy": {"kind": "tit_for_tat"}}]}, "b": {"strategy": {"kind": "random"}}},
                "game": {"gain": 7.0},
            },
        },
    }


def test_removal_is_complete() -> None:
    tables = variant_tables(base(), "without_u")
    assert list(tables["treaties"]) == ["t"]
    assert tables["treaties"]["t"]["cascade"] == {}
    assert tables["conditions"]["c"]["on"] == {"alarm": {"x->y": 0.1}}
    assert tables["conditions"]["c"]["while"] == {"y": {"set": {}, "scale": {"game.cost": 0.5}}}
    assert tables["events"] == [{"year": 1, "scale": {}, "status": {}, "expire": ["t"]}]


def test_kinds_and_leaders_replace() -> None:
    tables = variant_tables(base(), "other", {"game.gain": 5.0, "game.cost": 1.0})
    assert "prize" not in tables["crisis"]
    assert "strategy" not in tables["actors"]["a"]
    assert "leaders" not in tables["actors"]["b"]
    # a value from outside enters before the variant: the variant keeps its gain, the cost is changed
    assert (tables["game"]["gain"], tables["game"]["cost"], tables["game"]["exposure"]) == (7.0, 1.0, 4.0)


def test_values_from_outside_reach_lists() -> None:
    values = {"crisis.slip": 0.4, "crisis.rung_costs.0": 0.3, "actors.a.game.gain": 1.5}
    tables = variant_tables(base(), "as_it_stands", values)
    assert tables["crisis"]["slip"] == [0.4]
    assert tables["crisis"]["rung_costs"] == [0.3]
    assert tables["actors"]["a"]["game"] == {"gain": 1.5}
    assert variant_tables(base(), "as_it_stands", {"treaties.t": False})["events"][0]["expire"] == ["u"]


def test_own_silent_numbers() -> None:
    raw = base() | {
        "events": [
            {"year": 1, "scale": {"actors.a.game.gain": 2.0, "game.gain": 10.0}},
            {"year": 2, "set": {"game.gain": 1.0}},
        ]
    }
    numbers = calendar(variant_tables(raw, "as_it_stands"), 4, 1.0)
    gains = [(numbers.tables[e]["game"]["gain"], numbers.tables[e]["actors"]["a"].get("game")) for e in numbers.epoch]
    # general first: 3 x 10 = 30, own = 2 x 30; the later general value leaves the own number alone
    assert gains == [(3.0, None), (30.0, {"gain": 60.0}), (1.0, {"gain": 60.0}), (1.0, {"gain": 60.0}), (1.0, {"gain": 60.0})]


def test_while_tables_set_before_scaling() -> None:
    raw = base()
    raw["treaties"]["t"]["while"]["in_force"] = {"scale": {"game.gain": 3.0}}
    raw["conditions"]["c"]["while"]["x"] = {"set": {"game.gain": 1.0}}
    tables = with_while_tables(variant_tables(raw, "as_it_stands"), ("in_force", "ended"), ("x",), ("0", "x"))
    assert tables["game"]["gain"] == 3.0


def test_paths() -> None:
    assert split('conditions.talks.rates."off->on"') == ["conditions", "talks", "rates", "off->on"]
    assert split("""conditions.c.on.'alarm.usa'."a->b\"""") == ["conditions", "c", "on", "alarm.usa", "a->b"]


PLAY = [
    # (strategy, (own alarm, rival's alarm) in rounds 0, 1, ..., actions in rounds 0, 1, ...)
    ({"kind": "tit_for_tat", "forgiveness": 0}, [(0, 1), (0, 0), (0, 1), (0, 1)], [0, 1, 0, 1, 1]),
    ({"kind": "tit_for_two_tats"}, [(0, 1), (0, 0), (0, 1), (0, 1), (0, 1), (0, 0)], [0, 0, 0, 0, 1, 1, 0]),
    ({"kind": "grim"}, [(0, 0), (0, 1), (0, 0), (0, 0)], [0, 0, 1, 1, 1]),
    # two rounds of punishment, the alarms of rounds 1 and 2 ignored
    ({"kind": "limited_punishment", "rounds": 2}, [(0, 1), (0, 1), (0, 1), (0, 0), (0, 1)], [0, 1, 1, 0, 0, 1]),
    ({"kind": "win_stay_lose_shift"}, [(0, 1), (0, 0), (0, 1), (0, 1)], [0, 1, 1, 0, 1]),
    # its own alarm in round 0 excuses the rival's alarm in round 1, not that in round 2
    ({"kind": "contrite_tit_for_tat"}, [(1, 0), (0, 1), (0, 1), (0, 0)], [0, 0, 0, 1, 0]),
    # its own alarm of the same round is no excuse
    ({"kind": "contrite_tit_for_tat"}, [(1, 1), (0, 0)], [0, 1, 0]),
]


@pytest.mark.parametrize(("strategy", "alarms", "actions"), PLAY)
def test_strategies_as_play(strategy: dict[str, Any], alarms: list[tuple[int, int]], actions: list[int]) -> None:
    memory, played = start(strategy), []
    for own, rival in alarms:
        played.append(int(arming_probability(strategy, memory, 0.0)))
        memory = move(strategy, memory, played[-1], bool(own), bool(rival))
    assert [*played, arming_probability(strategy, memory, 0.0)] == actions


def dilemma(gain: float, exposure: float, cost: float) -> games.Payoffs:
    """The symmetric security dilemma of two actors."""

    def payoff(i: int, actions: tuple[int, ...]) -> float:
        own, other = actions[i], actions[1 - i]
        return -cost * own + gain * own * (1 - other) - exposure * (1 - own) * other

    return payoff


def test_nash_of_the_four_classes() -> None:
    # Prisoner's Dilemma: both arm; Harmony: both restrain
    assert games.nash(dilemma(3, 4, 2), "mixed") == (1, 1)
    assert games.nash(dilemma(1, 1, 2), "payoff_dominant") == (0, 0)
    # Stag Hunt, g < c < l: restraint pays more; deviation losses are c - g = 1 at restraint, l - c = 2 at arming
    assert games.nash(dilemma(1, 4, 2), "payoff_dominant") == (0, 0)
    assert games.nash(dilemma(1, 4, 2), "risk_dominant") == (1, 1)
    # mixed: arming gains (g - c) (1 - p) + (l - c) p = -1 + 3 p: p = 1/3
    assert games.nash(dilemma(1, 4, 2), "mixed") == pytest.approx((1 / 3, 1 / 3))
    # Chicken, l < c < g: no pure one is liked by both and the losses tie: mixed, 2 - 3 p = 0
    assert games.nash(dilemma(4, 1, 2), "payoff_dominant") == pytest.approx((2 / 3, 2 / 3))
    assert games.nash(dilemma(4, 1, 2), "risk_dominant") == pytest.approx((2 / 3, 2 / 3))


def test_logit() -> None:
    # precision 0: one half; symmetric: p = 1 / (1 + exp(-lambda ((g - c) (1 - p) + (l - c) p))), found here by bisection
    assert games.logit(dilemma(3, 4, 2), [0, 0]) == pytest.approx((0.5, 0.5))
    low, high = 0.0, 1.0
    while high - low > 1e-15:
        p = (low + high) / 2
        low, high = (p, high) if p < 1 / (1 + math.exp(-1.5 * (2 - 3 * p))) else (low, p)
    assert games.logit(dilemma(4, 1, 2), [1.5, 1.5]) == pytest.approx((low, low), abs=1e-13)
    # Chicken beyond its pitchfork (slope of the response -lambda 3 p (1 - p) < -1): still the symmetric branch
    assert games.logit(dilemma(4, 1, 2), [9.0, 9.0])[0] == pytest.approx(games.logit(dilemma(4, 1, 2), [9.0, 9.0])[1])
    # Stag Hunt with a large precision: the principal branch ends at the risk-dominant equilibrium
    assert games.logit(dilemma(1, 4, 2), [8.0, 8.0])[0] > 0.99
    assert games.logit(dilemma(1, 2.5, 2), [8.0, 8.0])[0] < 0.01


def test_logit_of_asymmetric_chicken() -> None:
    # asymmetric Chicken at precision 6: from 1/2 the branch leads to the fixed point where the one with the lower cost arms
    def payoff(i: int, actions: tuple[int, ...]) -> float:
        return dilemma(4, 1, 1.8 if i == 0 else 2.2)(i, actions)

    first, second = games.logit(payoff, [6.0, 6.0])
    assert first > 0.95 > 0.05 > second
    for p, q, cost in ((first, second, 1.8), (second, first, 2.2)):
        assert p == pytest.approx(1 / (1 + math.exp(-6 * (4 - cost - 3 * q))), abs=1e-12)
