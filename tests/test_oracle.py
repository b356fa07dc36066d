"""The oracle held to hand computations and closed forms of docs/model.md; every value carries its derivation."""

from __future__ import annotations

import math
import tomllib
from datetime import date
from typing import Any

import numpy as np
import pytest

from drawn import draw, draw_values, to_toml
from oracle import variant_tables
from small_scenarios import Raw, both, scenario, solve


@pytest.mark.parametrize("per_year", [1, 2, 12])
def test_background_rate(per_year: int) -> None:
    # one rung, constant rate r: P(no onset in t years) = exp(-r t), whatever the round
    raw = scenario(horizon={"years": 10, "rounds_per_year": per_year}, onset={"background_rate": 0.07})
    raw["conditions"] = {"c": {"states": ["x", "y"], "initial": "x", "rates": {"x->y": 0.3}}}
    found = solve(raw)
    assert found["escalation_probability"]["war"] == pytest.approx(1 - math.exp(-0.7), abs=1e-13)
    assert found["causes"]["war"] == {"background": pytest.approx(1), "arming": 0, "alarm": 0, "treaty_end": 0}
    # the first of ten rounds ends with the condition moved with probability 1 - exp(-0.3 dt), war or not
    assert found["condition_occupancy"]["c"]["y"][1] == pytest.approx(1 - math.exp(-0.3 / per_year), abs=1e-13)
    assert found["expected_onsets"] == pytest.approx(1 - math.exp(-0.7))


def test_dyads_add_up() -> None:
    # three actors, weights 1, 2 and none: rate 3 r; the pair without weight never has a crisis
    raw = scenario(onset={"background_rate": 0.05, "dyads": [{"actors": ["b", "a"], "weight": 1.0}]})
    raw["actors"]["c"] = {"strategy": {"kind": "always_restrain"}, "crisis": {"bystander": 5.0}}
    raw["onset"]["dyads"].append({"actors": ["c", "a"], "weight": 2.0})
    raw["crisis"].update(disaster=9.0, aftermath=0.0)
    found = solve(raw)
    p = 1 - math.exp(-0.05 * 3 * 10)
    assert found["escalation_probability"]["war"] == pytest.approx(p)
    # a is in both pairs; b is a side in one crisis of three and bystander at no cost in the others; c the other way round
    assert found["discounted_payoff"]["a"] == pytest.approx(-9 * p)
    assert found["discounted_payoff"]["b"] == pytest.approx(-9 * p / 3)
    assert found["discounted_payoff"]["c"] == pytest.approx(-9 * p * 2 / 3 - 5 * p / 3)


def test_alarms_count_only_actors_in_a_pair() -> None:
    # certain false alarms of all three; only a and b are in a pair: P(no onset) = (1 - 0.1)^2 per round
    raw = scenario(monitoring={"false_alarm": 1.0}, onset={"alarm_probability": 0.1})
    raw["actors"]["c"] = {"strategy": {"kind": "always_restrain"}}
    raw["onset"]["dyads"] = [{"actors": ["a", "b"], "weight": 0.3}]
    assert solve(raw)["escalation_probability_by_round"]["war"][3] == pytest.approx(1 - 0.9**6)
    raw["onset"]["dyads"][0]["weight"] = 0.0
    assert solve(raw)["escalation_probability"]["war"] == 0


def test_infinite_terms_share_equally() -> None:
    # alarm and treaty end are both certain onsets in round 0: half each, and the background has none
    raw = scenario(monitoring={"false_alarm": 1.0}, treaties={"t": {}}, events=[{"year": 0, "expire": ["t"]}])
    raw["onset"] = {"alarm_probability": 1.0, "treaty_end_probability": 1.0, "background_rate": 5.0}
    found = solve(raw)
    assert found["causes"]["war"] == {"background": 0, "arming": 0, "alarm": 0.5, "treaty_end": 0.5}
    assert found["expected_time_to"]["war"] == 1.0
    assert found["treaty_occupancy"]["t"]["ended"][0] == 1.0
    assert found["arming"]["a"] == [0.0] + [None] * 9


def test_causes_in_proportion() -> None:
    # one round, certain arming and alarms: terms dt r, dt q (1 + 1) / 2, -2 log(1 - p), dt = 1/2
    raw = scenario(actors=both(strategy={"kind": "always_arm"}), monitoring={"detection": 1.0})
    raw["horizon"] = {"years": 0.5, "rounds_per_year": 2}
    raw["onset"] = {"background_rate": 0.2, "arming_rate": 0.3, "alarm_probability": 0.1}
    terms = [0.1, 0.15, -2 * math.log(0.9)]
    found = solve(raw)
    assert found["escalation_probability"]["war"] == pytest.approx(1 - math.exp(-sum(terms)))
    expected = [*(term / sum(terms) for term in terms), 0]
    assert list(found["causes"]["war"].values()) == pytest.approx(expected)


def test_tit_for_tat() -> None:
    # b_{t+1} = F + (D - F) b_t from b_0 = 0: b_t = F / (1 - D + F) (1 - (D - F)^t)
    yearly_d, yearly_f = 0.8, 0.1
    raw = scenario(actors=both(strategy={"kind": "tit_for_tat"}), horizon={"years": 10, "rounds_per_year": 2})
    raw["monitoring"] = {"detection": yearly_d, "false_alarm": yearly_f}
    d, f = 1 - math.sqrt(1 - yearly_d), 1 - math.sqrt(1 - yearly_f)
    expected = [f / (1 - d + f) * (1 - (d - f) ** t) for t in range(20)]
    assert solve(raw)["arming"]["a"] == pytest.approx(expected, abs=1e-14)


def test_grim() -> None:
    # nobody arms in rounds 0..t if neither drew a false alarm in rounds 0..t-1: (1 - a)^(2 t)
    raw = scenario(actors=both(strategy={"kind": "grim"}), monitoring={"detection": 0.9, "false_alarm": 0.15})
    broken = {"kept->broken": 1.0}
    raw["conditions"] = {"c": {"states": ["kept", "broken"], "initial": "kept", "on": {"arming.a": broken, "arming.b": broken}}}
    kept = solve(raw)["condition_occupancy"]["c"]["kept"]
    assert kept[1:] == pytest.approx([0.85 ** (2 * t) for t in range(10)], abs=1e-14)


def test_inspections_and_clarification() -> None:
    # P(alarm | restrain) = 1 - [(1 - F)^dt (1 - f)^(n dt)]^(1 - clarification) when the treaty is active, else 1 - (1 - F)^dt
    raw = scenario(monitoring={"false_alarm": 0.1}, horizon={"years": 0.5, "rounds_per_year": 2})
    raw["treaties"] = {"t": {"inspections_per_year": 6, "inspection_false_alarm": 0.05, "clarification": 0.4}}
    raw["conditions"] = {"c": {"states": ["x", "y"], "initial": "x", "on": {"alarm.a": {"x->y": 1.0}}}}
    quiet = (0.9**0.5 * 0.95**3) ** 0.6
    assert solve(raw)["condition_occupancy"]["c"]["x"][1] == pytest.approx(quiet)
    raw["treaties"]["t"]["status"] = "suspended"
    assert solve(raw)["condition_occupancy"]["c"]["x"][1] == pytest.approx(0.9**0.5)


def chicken(**crisis: Any) -> Raw:
    """A crisis begins in round 0 for certain, at rung 1 of two; payoffs come from the crisis alone."""
    raw = scenario(horizon={"years": 2, "rounds_per_year": 1}, onset={"alarm_probability": 1.0})
    raw["monitoring"] = {"false_alarm": 1.0}
    raw["game"] = {"gain": 0.0, "exposure": 0.0, "cost": 0.0}
    raw["crisis"] = {"kind": "brinkmanship", "rungs": ["threat", "war"], "prize": 1.5, "slip": [0.0], **crisis}
    return raw


def test_mixed_chicken() -> None:
    # each stands with s = v / (v - C - kappa), C = -disaster: s = 1.5 / (1.5 + 6 - 0.5) = 3/14; war with s^2;
    # a side alone standing gets v, a side alone conceding loses kappa
    s = 1.5 / 7
    found = solve(chicken(disaster=6.0, concession_cost=0.5))
    assert found["escalation_probability"]["war"] == pytest.approx(s * s)
    value = -6 * s * s + 1.5 * s * (1 - s) - 0.5 * s * (1 - s)
    assert found["discounted_payoff"]["a"] == pytest.approx(value)


def test_slip_and_channels() -> None:
    # risk dominant with the larger prize for a: b concedes, so only a slip of 1 - 0.7^0.5 leads to war
    raw = chicken(disaster=6.0, selection="risk_dominant", slip=[0.3], rung_costs=[0.2])
    raw["actors"]["a"]["crisis"] = {"prize": 2.0}
    raw["channels"] = {"hotline": {"accident_reduction": 0.5}}
    slip = 1 - math.sqrt(0.7)
    found = solve(raw)
    assert found["escalation_probability"]["war"] == pytest.approx(slip)
    assert found["discounted_payoff"]["a"] == pytest.approx(-0.2 - 6 * slip + 2 * (1 - slip))
    assert found["discounted_payoff"]["b"] == pytest.approx(-0.2 - 6 * slip)
    # with the larger prize for b, a concedes
    raw["actors"]["b"]["crisis"] = {"prize": 2.5}
    assert solve(raw)["discounted_payoff"]["b"] == pytest.approx(-0.2 - 6 * slip + 2.5 * (1 - slip))
    # with disaster_b = 0 standing is dominant for b, and a concedes
    raw["actors"]["b"]["crisis"] = {"disaster": 0.0}
    assert solve(raw)["discounted_payoff"]["b"] == pytest.approx(-0.2 + 1.5 * (1 - slip))


def test_empirical_ladder() -> None:
    # from rung 1 in round 0, war within n further rounds: p / (p + q) (1 - (1 - p - q)^n)
    raw = scenario(monitoring={"false_alarm": 1.0}, onset={"alarm_probability": 1.0})
    raw["events"] = [{"year": 0.5, "scale": {"onset.alarm_probability": 0.0}}]
    raw["crisis"] = {"kind": "empirical", "rungs": ["threat", "war"], "advance": [0.2], "resolve": [0.3]}
    expected = [0, 0, *(0.4 * (1 - 0.5**n) for n in range(1, 10))]
    found = solve(raw)
    assert found["escalation_probability_by_round"]["war"] == pytest.approx(expected)
    assert found["expected_onsets"] == pytest.approx(1)
    assert found["rung_occupancy"]["threat"][3] == pytest.approx(0.25)


def test_treaty_clocks() -> None:
    # withdrawal 1 - exp(-r m (1 + g) dt) with g from the other, ended treaty; then notice against reversal
    raw = scenario(horizon={"years": 1, "rounds_per_year": 2})
    raw["treaties"] = {"t": {"withdrawal_rate": 0.1, "notice_years": 0.5, "reversal_rate": 1.0, "cascade": {"u": 2.0}}}
    raw["treaties"]["u"] = {"status": "ended"}
    away = 1 - math.exp(-0.1 * 2 * 3 * 0.5)
    leave = 1 - math.exp(-(2 + 1) * 0.5)
    found = solve(raw)["treaty_occupancy"]["t"]
    assert found["withdrawing"][1] == pytest.approx(away)
    assert found["ended"][2] == pytest.approx(away * leave * 2 / 3)
    assert found["in_force"][2] == pytest.approx((1 - away) ** 2 + away * leave / 3)


def test_shock_suspends() -> None:
    # rung 1 in round 0, rung 2 = shock rung in round 1 for certain: suspended at t = 2, condition moved by `crisis`
    raw = scenario(monitoring={"false_alarm": 1.0}, onset={"alarm_probability": 1.0}, treaties={"t": {}})
    raw["crisis"] = {"kind": "empirical", "rungs": ["x", "y", "war"], "advance": [1.0, 0.0], "resolve": [0.0, 0.0]}
    raw["crisis"]["shock_rung"] = 2
    raw["conditions"] = {"c": {"states": ["u", "v"], "initial": "u", "on": {"crisis": {"u->v": 0.25}}}}
    found = solve(raw)
    assert found["treaty_occupancy"]["t"]["suspended"][:4] == [0, 0, 1, 1]
    assert found["condition_occupancy"]["c"]["v"][:4] == [0, 0, 0.25, 0.25]


def test_strategy_without_treaty() -> None:
    # the treaty expires at the start of year 3: limits hold no more, and both arm at once
    raw = scenario(treaties={"t": {}}, events=[{"year": 2.5, "expire": ["t"]}])
    raw["actors"]["a"]["strategy_without_treaty"] = {"kind": "memory_one", "first": 1.0} | dict.fromkeys(
        ("restrain_quiet", "restrain_alarm", "arm_quiet", "arm_alarm"), 0.25
    )
    assert solve(raw)["arming"]["a"] == pytest.approx([0, 0, 0, 1, *[0.25] * 6])


def test_turnover() -> None:
    # leaders of weight 3 and 1: the hawk is there with 1/4 throughout, a new drawing changes nothing
    leaders = [{"weight": 3.0, "strategy": {"kind": "always_restrain"}}, {"strategy": {"kind": "always_arm"}}]
    raw = scenario()
    raw["actors"]["a"] = {"leaders": leaders, "turnover_years": 2.0}
    assert solve(raw)["arming"]["a"] == pytest.approx([0.25] * 10)
    # a lone leader with memory_one starts afresh with 1 - exp(-dt / 2) each round
    strategy = {"kind": "memory_one", "first": 1.0} | dict.fromkeys(("restrain_quiet", "arm_quiet"), 0.0)
    raw["actors"]["a"] = {"strategy": strategy | {"restrain_alarm": 0, "arm_alarm": 0}, "turnover_years": 2.0}
    assert solve(raw)["arming"]["a"] == pytest.approx([1.0] + [1 - math.exp(-0.5)] * 9)


def test_temptation_and_tremble() -> None:
    # U(arm, restrain) - U(restrain, restrain) = g - c - sanction (P(alarm|arm) - P(alarm|restrain)) / dt
    raw = scenario(horizon={"years": 1, "rounds_per_year": 2}, monitoring={"detection": 0.75})
    raw["treaties"] = {"t": {"sanction": 0.6}}
    raw["actors"]["a"] |= {"temptation_precision": 1.5, "tremble": 0.1}
    p = 1 / (1 + math.exp(-1.5 * (3 - 2 - 0.6 * (1 - math.sqrt(0.25)) / 0.5)))
    assert solve(raw)["arming"]["a"] == pytest.approx([p * 0.9 + (1 - p) * 0.1] * 2)


def test_payoffs_are_discounted() -> None:
    # a arms, b does not: a gets g - c = 1, b -l = -4 a year, discounted by 0.9^t at the start of rounds
    raw = scenario(horizon={"years": 3, "rounds_per_year": 1})
    raw["actors"]["a"] = {"strategy": {"kind": "always_arm"}}
    raw["game"]["discount"] = 0.9
    found = solve(raw)["discounted_payoff"]
    assert found["a"] == pytest.approx(1 + 0.9 + 0.81)
    assert found["b"] == pytest.approx(-4 * 2.71)


def test_event_dates() -> None:
    # 2012-07-01 is day 183 of 366: 2012.5 exactly, half a year after 2012-01-01
    raw = scenario(horizon={"start": date(2012, 1, 1), "years": 2, "rounds_per_year": 4}, treaties={"t": {}})
    raw["events"] = [{"date": date(2012, 7, 1), "status": {"t": "pending"}}]
    assert solve(raw)["treaty_occupancy"]["t"]["pending"] == [0, 0, 1, 1, 1, 1, 1, 1, 1]


@pytest.mark.parametrize("actors", [2, 3])
def test_drawn_scenarios(actors: int) -> None:
    """Drawn scenarios survive being written, and their laws are laws."""
    rng = np.random.default_rng(7 + actors)
    for _ in range(15):
        raw = draw(rng, actors=actors, limit=100_000 * actors**3 / 8)
        assert tomllib.loads(to_toml(raw)) == raw
        for variant in raw.get("variants", {"base": {}}):
            found = solve(raw, variant)
            occupancies = [found["rung_occupancy"], *found["treaty_occupancy"].values()]
            for occupancy in [*occupancies, *found["condition_occupancy"].values()]:
                assert np.allclose(np.sum(list(occupancy.values()), axis=0), 1, rtol=0, atol=1e-12)
            for rung, p in found["escalation_probability"].items():
                shares = list(found["causes"][rung].values())
                assert shares == [None] * 4 if p == 0 else sum(shares) == pytest.approx(1, abs=1e-12)


def test_draws_cover_the_page() -> None:
    """Over 200 draws every strategy, status, ladder, selection and kind of change occurs; outside values find their place."""
    rng, text = np.random.default_rng(3), ""
    for _ in range(200):
        raw = draw(rng)
        text += to_toml(raw)
        values = draw_values(rng, raw)
        for variant in raw.get("variants", {"base": {}}):
            variant_tables(raw, variant, values)
    kinds = ["always_restrain", "always_arm", "random", "tit_for_tat", "tit_for_two_tats", "grim", "limited_punishment"]
    kinds += ["win_stay_lose_shift", "memory_one", "contrite_tit_for_tat", "nash", "logit", "empirical", "brinkmanship"]
    words = [f'kind = "{kind}"' for kind in [*kinds, "matrix"]]
    words += [f'status = "{status}"' for status in ("pending", "withdrawing", "suspended", "ended")]
    words += [f'selection = "{how}"' for how in ("payoff_dominant", "risk_dominant", "mixed", "logit")]
    words += [
        "[actors.prc]",
        "inf-2",
        "leaders",
        "expire",
        "date = ",
        "year = 0\n",
        "while",
        "set = ",
        "scale = ",
        "dyads",
        "= false",
    ]
    words += [
        "parties",
        "cascade = {",
        "withdrawal.inf-2",
        "arming.usa",
        "crisis = {",
        "onset = {",
        "shock_rung",
        "aftermath",
        "bystander",
    ]
    assert [word for word in words if word not in text] == []
