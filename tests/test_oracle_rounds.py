"""The steps of the oracle's rounds held to hand computations (docs/model.md, sections 1, 4 and 5)."""

from __future__ import annotations

import math

import pytest

from oracle import games
from small_scenarios import Raw, both, scenario, solve

ARM = {"strategy": {"kind": "always_arm"}}
RESTRAIN = {"strategy": {"kind": "always_restrain"}}


def three(**parts: object) -> Raw:
    """Three actors that restrain, one round of a year."""
    raw = scenario(horizon={"years": 1, "rounds_per_year": 1}, **parts)
    raw["actors"]["c"] = dict(RESTRAIN)
    return raw


def crisis_at_once(**parts: object) -> Raw:
    """Two actors whose first round ends in a crisis for certain."""
    raw = scenario(horizon={"years": 2, "rounds_per_year": 1}, monitoring={"false_alarm": 1.0})
    return raw | {"onset": {"alarm_probability": 1.0}} | parts


def test_payoffs_of_a_peace_round() -> None:
    # a arms and is seen: dt (g (1 + theta n) - c) - sanction - dt k n; b restrains: -dt l (1 + theta n) - dt k n;
    # two rounds of half a year, the second weighed with 0.81^(1/2) = 0.9
    raw = scenario(horizon={"years": 1, "rounds_per_year": 2}, monitoring={"detection": 1.0})
    raw["actors"]["a"] = dict(ARM)
    raw["game"]["discount"] = 0.81
    raw["treaties"] = {"t": {"inspections_per_year": 5, "transparency": 0.1, "sanction": 0.7, "inspection_cost": 0.02}}
    found = solve(raw)["discounted_payoff"]
    assert found["a"] == pytest.approx(1.9 * (0.5 * (3 * 1.5 - 2) - 0.7 - 0.05))
    assert found["b"] == pytest.approx(1.9 * (-0.5 * 4 * 1.5 - 0.05))


def test_aftermath() -> None:
    # war in round 0 costs 6; a year later dt times the lowest stage payoff, -4, which transparency does not touch
    raw = crisis_at_once(horizon={"years": 2, "rounds_per_year": 1})
    raw["treaties"] = {"t": {"inspections_per_year": 5, "transparency": 0.1}}
    raw["crisis"]["disaster"] = 6.0
    assert solve(raw)["discounted_payoff"]["a"] == pytest.approx(-6 - 4)
    raw["horizon"] = {"years": 1, "rounds_per_year": 2}
    assert solve(raw)["discounted_payoff"]["a"] == pytest.approx(-6 - 2)


def test_racing_brings_crises() -> None:
    # C(war) = -5, C(threat) = 0.2 / 0.5 (-5) - 0.4 = -2.4, first rung by 1/4 and 3/4: -4.35;
    # the offer is g - c + w arming_rate (1/2) (-4.35) = 3 - 2 - 2 x 0.3 x 4.35 / 2
    raw = scenario(horizon={"years": 1, "rounds_per_year": 1})
    raw["actors"]["a"] = RESTRAIN | {"temptation_precision": 2.0}
    raw["onset"] = {"arming_rate": 0.3, "rungs": [0.25, 0.75], "dyads": [{"actors": ["a", "b"], "weight": 2.0}]}
    raw["crisis"] = {"kind": "empirical", "rungs": ["threat", "war"], "advance": [0.2], "resolve": [0.3], "rung_costs": [0.4]}
    raw["crisis"]["disaster"] = 5.0
    assert solve(raw)["arming"]["a"][0] == pytest.approx(1 / (1 + math.exp(-2 * (1 - 0.3 * 4.35))))


def test_logit_strategy() -> None:
    # with g = l the gain by arming is g - c whatever the other does: p = 1 / (1 + exp(-precision (g - c)))
    raw = scenario(actors=both(strategy={"kind": "logit", "precision": 0.7}), game={"gain": 3.0, "exposure": 3.0, "cost": 2.0})
    assert solve(raw)["arming"]["b"][0] == pytest.approx(1 / (1 + math.exp(-0.7)), abs=1e-12)


def test_risk_dominance_is_by_products() -> None:
    # Stag Hunt, deviation losses c - g = (1, 4) at restraint, l - c = (2.1, 2.1) at arming: 4 < 4.41, though 5 > 4.2
    def payoff(i: int, actions: tuple[int, ...]) -> float:
        cost, exposure = ((2.0, 4.1), (5.0, 7.1))[i]
        own, other = actions[i], actions[1 - i]
        return -cost * own + own * (1 - other) - exposure * (1 - own) * other

    assert games.nash(payoff, "risk_dominant") == (1, 1)


@pytest.mark.parametrize(
    ("treaty", "after"),
    [
        # three parties withdraw at rate 3 x 0.1; without notice the treaty ends at once
        ({"withdrawal_rate": 0.1}, {"ended": 1 - math.exp(-0.3)}),
        # the other treaty is withdrawing: (1 + 2) times the rate
        ({"withdrawal_rate": 0.1, "cascade": 2.0, "notice_years": 1}, {"withdrawing": 1 - math.exp(-0.9)}),
        # c alone draws alarms: suspension after no withdrawal, if c is a party
        ({"suspension_probability": 0.4, "withdrawal_rate": 0.1}, {"suspended": 0.4 * math.exp(-0.3)}),
        ({"suspension_probability": 0.4, "parties": ["a", "b"]}, {"in_force": 1.0}),
        # two rates 0.2, 0.5 of a suspended treaty
        (
            {"status": "suspended", "resumption_rate": 0.2, "collapse_rate": 0.5},
            {"in_force": (1 - math.exp(-0.7)) * 2 / 7, "ended": (1 - math.exp(-0.7)) * 5 / 7},
        ),
        ({"status": "withdrawing", "reversal_rate": 3.0}, {"ended": 1.0}),
        ({"status": "pending", "entry_rate": 0.6, "renegotiation_rate": 5.0}, {"in_force": 1 - math.exp(-0.6)}),
        ({"status": "ended", "renegotiation_rate": 0.6, "entry_rate": 5.0}, {"in_force": 1 - math.exp(-0.6)}),
    ],
)
def test_treaty_moves(treaty: Raw, after: dict[str, float]) -> None:
    raw = three(monitoring={"detection": 1.0})
    raw["actors"]["c"] = dict(ARM)
    raw["treaties"] = {"t": treaty, "u": {"status": "withdrawing", "notice_years": 1e9}}
    found = solve(raw)["treaty_occupancy"]["t"]
    for status, probability in after.items():
        assert found[status][1] == pytest.approx(probability)


@pytest.mark.parametrize("onset", [{"arming_rate": 0.4}, {"alarm_probability": 0.3}])
def test_pair_of_a_crisis(onset: Raw) -> None:
    # c alone arms and draws an alarm: the crisis is between c and a or c and b, half each
    raw = three(monitoring={"detection": 1.0}, onset=onset)
    raw["actors"]["c"] = ARM | {"crisis": {"bystander": 100.0}}
    raw["game"] = {"gain": 0.0, "exposure": 0.0, "cost": 0.0}
    raw["crisis"]["disaster"] = 8.0
    found = solve(raw)
    p = found["escalation_probability"]["war"]
    assert p > 0.1
    assert [found["discounted_payoff"][name] for name in "abc"] == pytest.approx([-4 * p, -4 * p, -8 * p])


def test_payoff_of_a_crisis_round() -> None:
    # round 0 in peace without payoff, round 1 in crisis at dt u(everybody arms) = -2, its rung having cost 0.25
    raw = crisis_at_once()
    raw["crisis"] = {"kind": "empirical", "rungs": ["x", "war"], "advance": [0.0], "resolve": [0.0], "rung_costs": [0.25]}
    assert solve(raw)["discounted_payoff"]["a"] == pytest.approx(-0.25 - 2)


def test_treaty_ends_in_a_crisis() -> None:
    # in crisis, round 1: the treaty collapses with 1 - exp(-0.5) and moves the condition; an expiry would too;
    # a's leaderless change-over shows when peace returns in round 2
    raw = crisis_at_once(horizon={"years": 3, "rounds_per_year": 1})
    raw["crisis"] = {"kind": "empirical", "rungs": ["x", "war"], "advance": [0.0], "resolve": [1.0]}
    raw["treaties"] = {"t": {"status": "suspended", "limits_when_suspended": True, "collapse_rate": 0.5}}
    raw["events"] = [{"year": 1, "set": {"onset.alarm_probability": 0.0}}]
    raw["conditions"] = {"c": {"states": ["u", "v"], "initial": "u", "on": {"treaty_ended.t": {"u->v": 1.0}}}}
    raw["actors"]["a"]["strategy_without_treaty"] = {"kind": "always_arm"}
    found = solve(raw)
    assert found["arming"]["a"][0] == 0
    assert found["condition_occupancy"]["c"]["v"][2] == pytest.approx(1 - math.exp(-1.0))
    assert found["arming"]["a"][2] == pytest.approx(1 - math.exp(-1.0))
    raw["events"][0]["expire"] = ["t"]
    assert solve(raw)["condition_occupancy"]["c"]["v"][2] == pytest.approx(1.0)


def test_change_over_by_a_shock() -> None:
    # rung y is a shock in round 1 (peace in round 2, limits lost): in round 3 memory_one plays `first`, then its law
    raw = crisis_at_once(horizon={"years": 5, "rounds_per_year": 1}, treaties={"t": {}})
    raw["events"] = [{"year": 1, "set": {"onset.alarm_probability": 0.0}}]
    raw["crisis"] = {"kind": "empirical", "rungs": ["x", "y", "war"], "advance": [1.0, 0.0], "resolve": [0.0, 1.0]}
    raw["crisis"]["shock_rung"] = 2
    law = dict.fromkeys(("restrain_quiet", "restrain_alarm", "arm_quiet", "arm_alarm"), 0.3)
    raw["actors"]["a"]["strategy_without_treaty"] = {"kind": "memory_one", "first": 0.9} | law
    assert solve(raw)["arming"]["a"] == [0, None, None, pytest.approx(0.9), pytest.approx(0.3)]


def test_shock_spares_treaties_of_one_side() -> None:
    # crisis of a and b; the treaty of a and c stays, that of all three is suspended
    raw = crisis_at_once(horizon={"years": 3, "rounds_per_year": 1}, treaties={"t": {"parties": ["a", "c"]}, "u": {}})
    raw["actors"]["c"] = dict(RESTRAIN)
    raw["onset"]["dyads"] = [{"actors": ["a", "b"], "weight": 1.0}]
    raw["crisis"] = {"kind": "empirical", "rungs": ["x", "y", "war"], "advance": [1.0, 0.0], "resolve": [0.0, 0.0]}
    raw["crisis"]["shock_rung"] = 2
    found = solve(raw)["treaty_occupancy"]
    assert (found["t"]["in_force"][2], found["u"]["suspended"][2]) == (1.0, 1.0)


def test_top_rung_leaves_the_rest() -> None:
    # war in round 1 for certain: the condition's clock ran in round 0 only
    raw = crisis_at_once(horizon={"years": 4, "rounds_per_year": 1})
    raw["crisis"] = {"kind": "empirical", "rungs": ["x", "war"], "advance": [1.0], "resolve": [0.0], "shock_rung": 2}
    raw["conditions"] = {"c": {"states": ["u", "v"], "initial": "u", "rates": {"u->v": 0.3}, "on": {"crisis": {"u->v": 1.0}}}}
    raw["treaties"] = {"t": {}}
    found = solve(raw)
    assert found["condition_occupancy"]["c"]["u"][1:] == pytest.approx([math.exp(-0.3)] * 4)
    assert found["treaty_occupancy"]["t"]["in_force"] == [1.0] * 5


def test_withdrawal_is_leaving_force() -> None:
    # a treaty that ends after its notice is no withdrawal; one move per round: the second event finds the condition moved
    raw = scenario(treaties={"t": {"status": "withdrawing", "notice_years": 0.5}}, horizon={"years": 1, "rounds_per_year": 1})
    on = {"withdrawal": {"u->v": 1.0}, "treaty_ended": {"u->w": 0.6}, "treaty_ended.t": {"u->v": 1.0, "w->v": 1.0}}
    raw["conditions"] = {"c": {"states": ["u", "v", "w"], "initial": "u", "on": on}}
    found, p = solve(raw)["condition_occupancy"]["c"], 1 - math.exp(-2)
    assert (found["w"][1], found["v"][1]) == (pytest.approx(0.6 * p), pytest.approx(0.4 * p))
