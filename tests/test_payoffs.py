"""Discounted payoffs of scenarios small enough to be added up by hand (docs/model.md, section 5)."""

from __future__ import annotations

from math import exp
from typing import Any

import numpy as np
import pytest

from laws import Raw, solved
from small_scenarios import both, scenario

ARM, RESTRAIN = {"strategy": {"kind": "always_arm"}}, {"strategy": {"kind": "always_restrain"}}


def payoffs(raw: Raw) -> list[float]:
    return solved(raw).discounted_payoff.tolist()


def discounted(flow: float, factor: float, first: int, last: int, dt: float = 1.0) -> float:
    """A flow per round in rounds first .. last - 1, each discounted from its start."""
    return sum(flow * factor ** (t * dt) for t in range(first, last))


# ---- peace


@pytest.mark.parametrize(
    ("actors", "yearly"),
    [((ARM, RESTRAIN), (1, -4)), ((RESTRAIN, ARM), (-4, 1)), ((ARM, ARM), (-2, -2)), ((RESTRAIN, RESTRAIN), (0, 0))],
)
def test_stage_payoffs(actors: tuple[Raw, Raw], yearly: tuple[float, float]) -> None:
    # arm alone g - c = 1, be armed against -l = -4, both -c = -2; half-years: sum of 0.9^(t/2) / 2 over t = 0..5
    raw = scenario(actors=dict(zip("ab", actors, strict=True)), horizon={"years": 3, "rounds_per_year": 2})
    raw["game"]["discount"] = 0.9
    assert payoffs(raw) == pytest.approx([discounted(u / 2, 0.9, 0, 6, 0.5) for u in yearly])
    raw["actors"]["b"] = raw["actors"]["b"] | {"game": {"discount": 0.5, "cost": 3.0, "exposure": 5.0}}
    own = {1: 0, -2: -3, -4: -5, 0: 0}[int(yearly[1])]
    assert payoffs(raw) == pytest.approx([discounted(yearly[0] / 2, 0.9, 0, 6, 0.5), discounted(own / 2, 0.5, 0, 6, 0.5)])


def test_three_actors_and_dyads() -> None:
    # a and c arm, weights 1/2: a gains from b alone: 3/2 - 2 = -0.5; b is exposed to both: -4; for ten years
    raw = scenario(actors={"a": ARM, "b": RESTRAIN, "c": ARM})
    assert payoffs(raw) == pytest.approx([-5, -40, -5])
    # weights ab 2, bc 1, ac 0: a: 2 x 3 - 2 = 4; b: -(2 + 1) 4 = -12; c: 3 - 2 = 1
    raw["game"]["dyads"] = [{"actors": ["b", "a"], "weight": 2.0}, {"actors": ["b", "c"], "weight": 1.0}]
    assert payoffs(raw) == pytest.approx([40, -120, 10])


def test_a_matrix() -> None:
    # [own][other's], restrain first: a arms alone -> row 1, column 0; b is armed against -> row 0, column 1
    table = {"a": [[1.0, 2.0], [3.0, 4.0]], "b": [[5.0, 6.0], [7.0, 8.0]]}
    raw = scenario(actors={"a": ARM, "b": RESTRAIN}, game={"kind": "matrix", "payoffs": table})
    raw["treaties"] = {"t": {"transparency": 1.0, "inspections_per_year": 5}}  # a matrix is not multiplied
    assert payoffs(raw) == pytest.approx([30, 60])


def test_transparency_multiplies_gain_and_exposure_of_parties() -> None:
    # 1 + 0.1 x 5 = 1.5 and 1 + 0.2 x 5 = 2: a: 3 x 3 - 2 = 7, b: 3 x -4; the second treaty suspended: 3 x 1.5 - 2, -6
    raw = scenario(actors={"a": ARM, "b": RESTRAIN})
    raw["treaties"] = {
        "t": {"transparency": 0.1, "inspections_per_year": 5},
        "u": {"transparency": 0.2, "inspections_per_year": 5},
    }
    assert payoffs(raw) == pytest.approx([70, -120])
    raw["treaties"]["u"]["status"] = "suspended"
    assert payoffs(raw) == pytest.approx([25, -60])


def test_sanctions_and_inspections() -> None:
    # half a year: a alarmed with 1 - sqrt(0.36) = 0.4; each alarm costs 0.3 + 0.2 under two treaties, a round, not a year;
    # inspections 0.01 x 6 and 0.02 x 5 a year; b is not watched, and pays for inspections alone; c is party to nothing
    raw = scenario(actors={"a": ARM, "b": ARM, "c": ARM}, game={"gain": 0.0, "exposure": 0.0, "cost": 0.0})
    raw["horizon"] = {"years": 2, "rounds_per_year": 2}
    raw["actors"]["a"] = ARM | {"monitoring": {"detection": 0.64}}
    parties = {"parties": ["a", "b"]}
    raw["treaties"] = {"t": {"sanction": 0.3, "inspection_cost": 0.01, "inspections_per_year": 6} | parties}
    raw["treaties"]["u"] = {"sanction": 0.2, "inspection_cost": 0.02, "inspections_per_year": 5} | parties
    assert payoffs(raw) == pytest.approx([-4 * (0.4 * 0.5 + 0.08), -4 * 0.08, 0])
    raw["treaties"]["u"] |= {"status": "suspended", "limits_when_suspended": True}
    assert payoffs(raw) == pytest.approx([-4 * (0.4 * 0.3 + 0.03), -4 * 0.03, 0])
    raw["treaties"]["t"] |= {"status": "withdrawing", "notice_years": 1e12}  # active under notice
    assert payoffs(raw) == pytest.approx([-4 * (0.4 * 0.3 + 0.03), -4 * 0.03, 0])


# ---- crises


def crisis(at: float, until: float, **table: Any) -> Raw:
    """All restrain; a certain onset in the round that starts at `at`, none after `until`; every year by 0.9."""
    raw = scenario(crisis={"rungs": ["x", "y", "war"]} | table, onset={"alarm_probability": 1.0})
    raw["events"] = [
        {"year": at, "set": {"monitoring.false_alarm": 1.0}},
        {"year": until, "set": {"monitoring.false_alarm": 0.0}},
    ]
    raw["game"]["discount"] = 0.9
    return raw


COSTS = {"rung_costs": [0.5, 0.25], "disaster": 10.0}


def test_the_way_to_the_last_rung() -> None:
    # rung 1 in round 2, rung 2 in round 3, war in round 4; crisis rounds cost -c = -2; after war -4 a year, the lowest payoff
    raw = crisis(2, 3, kind="empirical", advance=[1.0, 1.0], resolve=[0.0, 0.0], **COSTS)
    raw["actors"]["b"]["crisis"] = {"disaster": 20.0, "aftermath": -1.0}
    raw["actors"]["c"] = RESTRAIN | {"crisis": {"bystander": 3.0}}
    raw["onset"]["dyads"] = [{"actors": ["a", "b"], "weight": 0.5}]
    on_the_way = -0.5 * 0.9**2 - 2.25 * 0.9**3
    a = on_the_way + -12 * 0.9**4 + discounted(-4, 0.9, 5, 10)
    b = on_the_way + -22 * 0.9**4 + discounted(-1, 0.9, 5, 10)
    c = -2 * (0.9**3 + 0.9**4) - 3 * 0.9**4 + discounted(-4, 0.9, 5, 10)
    assert payoffs(raw) == pytest.approx([a, b, c])


def test_a_rung_is_paid_for_when_it_is_entered() -> None:
    # rung 1 in round 2 and no way on or out: 0.5 once, and -2 in each crisis round
    raw = crisis(2, 3, kind="empirical", advance=[0.0, 0.0], resolve=[0.0, 0.0], **COSTS)
    assert payoffs(raw) == pytest.approx([-0.5 * 0.9**2 + discounted(-2, 0.9, 3, 10)] * 2)


def test_onset_at_a_higher_rung() -> None:
    # straight to war with 0.3 (aftermath from round 3 on), else to rung 2 at 0.25, from where the crisis ends in round 3
    raw = crisis(2, 3, kind="empirical", advance=[0.0, 0.0], resolve=[1.0, 1.0], **COSTS)
    raw["onset"]["rungs"] = [0.0, 0.7, 0.3]
    war, other = -10 * 0.9**2 + discounted(-4, 0.9, 3, 10), -0.25 * 0.9**2 - 2 * 0.9**3
    assert payoffs(raw) == pytest.approx([0.3 * war + 0.7 * other] * 2)


def test_the_payoff_of_the_round_of_onset_is_that_of_peace() -> None:
    # a arms alone throughout: 1 in round 2, the round of onset, too; in the crisis round 3 everybody arms: -2
    raw = crisis(2, 3, kind="empirical", advance=[0.0, 0.0], resolve=[1.0, 1.0])
    raw["actors"]["a"] = ARM | {"monitoring": {"detection": 0.0}}
    raw["game"]["discount"] = 1.0
    assert payoffs(raw) == pytest.approx([9 - 2, -4 * 9 - 2])


def test_a_matrix_in_crisis_and_aftermath() -> None:
    # peace [0][0] in rounds 0..2, crisis [1][1] in 3, war in round 3, then the lowest entry
    raw = crisis(2, 3, kind="empirical", rungs=["x", "war"], advance=[1.0], resolve=[0.0])
    table = {"a": [[1.0, -2.0], [3.0, 4.0]], "b": [[5.0, 6.0], [7.0, -8.0]]}
    raw["game"] = {"kind": "matrix", "payoffs": table}
    assert payoffs(raw) == pytest.approx([3 + 4 - 2 * 6, 15 - 8 - 8 * 6])


def test_prize_and_concession() -> None:
    # a has the larger prize and stands alone; events slip with 0.2: war in round 3, else a takes 2, b loses 0.5
    table = {"kind": "brinkmanship", "rungs": ["x", "war"], "prize": 1.0, "concession_cost": 0.5, "slip": [0.2], "disaster": 10.0}
    raw = crisis(2, 3, selection="risk_dominant", **table)
    raw["actors"]["a"]["crisis"] = {"prize": 2.0, "aftermath": -1.0}
    war = [discounted(u, 0.9, 4, 10) for u in (-1, -4)]
    a = 0.9**3 * (-2 + 0.8 * 2 - 0.2 * 10) + 0.2 * war[0]
    b = 0.9**3 * (-2 - 0.8 * 0.5 - 0.2 * 10) + 0.2 * war[1]
    assert payoffs(raw) == pytest.approx([a, b])


def test_mixed_standing() -> None:
    # each stands with s = 1 / (1 + 10 - 0.5); a alone: prize 1; b alone: a loses 0.5; both: war; neither: nothing
    table = {"kind": "brinkmanship", "rungs": ["x", "war"], "prize": 1.0, "concession_cost": 0.5, "slip": [0.0], "disaster": 10.0}
    raw = crisis(2, 3, aftermath=-3.0, **table)
    s = 1 / 10.5
    expected = 0.9**3 * (-2 + s * (1 - s) * (1 - 0.5) - 10 * s * s) + s * s * discounted(-3, 0.9, 4, 10)
    assert payoffs(raw) == pytest.approx([expected, expected])


def test_no_sanctions_or_inspections_outside_peace() -> None:
    # alarms in round 0, the round of onset, cost 0.3 each, and inspections 0.06; nothing in the endless crisis from round 1 on
    raw = crisis(0, 9, kind="empirical", advance=[0.0, 0.0], resolve=[0.0, 0.0])
    raw["game"] = {"gain": 0.0, "exposure": 0.0, "cost": 0.0}
    raw["treaties"] = {"t": {"sanction": 0.3, "inspection_cost": 0.01, "inspections_per_year": 6}}
    assert payoffs(raw) == pytest.approx([-0.36, -0.36])


# ---- discounting that changes


def test_an_event_on_the_discount_factor() -> None:
    # round t by the factor in effect in it, to the power t: 0.9^t before round 4, 0.5^t from there on
    raw = scenario(actors={"a": ARM, "b": RESTRAIN}, events=[{"year": 4, "set": {"game.discount": 0.5}}])
    raw["game"]["discount"] = 0.9
    total = discounted(1, 0.9, 0, 4) + discounted(1, 0.5, 4, 10)
    assert payoffs(raw) == pytest.approx([total, -4 * total])


def test_a_discount_factor_while_a_treaty_is_over() -> None:
    # in force at the start of round t with exp(-0.2 t): factor 0.9, else 0.9 x 0.5; b's own 0.8 is not the general one
    raw = scenario(actors={"a": ARM, "b": RESTRAIN | {"game": {"discount": 0.8}}})
    raw["treaties"] = {"t": {"withdrawal_rate": 0.1, "while": {"ended": {"scale": {"game.discount": 0.5}}}}}
    raw["game"]["discount"] = 0.9
    a = sum(exp(-0.2 * t) * 0.9**t + (1 - exp(-0.2 * t)) * 0.45**t for t in range(10))
    assert payoffs(raw) == pytest.approx([a, discounted(-4, 0.8, 0, 10)])


def test_a_discount_factor_of_a_leader_in_war_and_peace() -> None:
    # the hawk, there with 1/4 throughout, discounts by 0.5; war in round 2, then -1 a year
    raw = crisis(2, 3, kind="empirical", rungs=["war"], advance=[], resolve=[], disaster=10.0, aftermath=-1.0)
    raw["actors"] = both(**ARM)
    raw["monitoring"] = {"detection": 0.0}
    raw["events"][0]["set"] = {"onset.background_rate": 1e9}
    leaders = [{"name": n, "weight": w, "strategy": ARM["strategy"]} for n, w in (("dove", 3.0), ("hawk", 1.0))]
    raw["actors"]["a"] = {"leaders": leaders, "while": {"hawk": {"set": {"actors.a.game.discount": 0.5}}}}

    def total(factor: float) -> float:
        return discounted(-2, factor, 0, 3) - 10 * factor**2 + discounted(-1, factor, 3, 10)

    assert payoffs(raw) == pytest.approx([0.75 * total(0.9) + 0.25 * total(0.5), total(0.9)])


def test_an_event_sets_or_scales_the_aftermath_where_the_file_is_silent() -> None:
    # payoffs are linear in the yearly aftermath, and the default, -4, is the lowest of 0, 1.5 - 2, -4 and -2 a year
    def payoffs(*events: Raw) -> np.ndarray:
        raw = scenario(game={"gain": 1.5, "cost": 2.0, "exposure": 4.0}, horizon={"years": 6, "rounds_per_year": 2})
        raw |= {"onset": {"background_rate": 1.0}, "events": list(events)}
        return solved(raw).discounted_payoff

    plain = payoffs()
    without = payoffs({"year": 0, "set": {"crisis.aftermath": 0.0}})
    assert (plain < without).all()
    assert payoffs({"year": 0, "set": {"crisis.aftermath": -4.0}}) == pytest.approx(plain)
    assert payoffs({"year": 0, "set": {"crisis.aftermath": -1.0}}) == pytest.approx(without + (plain - without) / 4)
    assert payoffs({"year": 0, "scale": {"crisis.aftermath": 2.0}}) == pytest.approx(without + (plain - without) * 2)
    own = payoffs({"year": 0, "scale": {"actors.a.crisis.aftermath": 2.0}})
    assert own == pytest.approx([without[0] + (plain[0] - without[0]) * 2, plain[1]])
