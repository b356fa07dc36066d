"""Repeated games of the canon that the core model can express: the exact engine meets their closed forms (docs/bridges.md).

Each expected number is the canonical model's own closed form, at the file's numbers and away from them.
"""

from __future__ import annotations

from math import exp, expm1, log, sqrt
from typing import Any

import numpy as np
import pytest

from canon_case import closed, file, solved, tables
from sim.dilemma.scenario import Scenario

TIGHT = 1e-11
PAYOFFS = {"temptation": 5.0, "reward": 3.0, "punishment": 1.0, "sucker": 0.0}

# ---- A2: a treaty under imperfect public monitoring


def own_probabilities(alpha: float, beta: float) -> tuple[float, float]:
    """Detection and false alarm of each of two parties that make beta (one cheats) and alpha (none does) of any alarm."""
    return 1 - (1 - beta) / sqrt(1 - alpha), 1 - sqrt(1 - alpha)


def treaty(variant: str, alpha: float, beta: float, delta: float, periods: int = 5, x: float | None = None) -> float:
    """The second party's normalised value."""
    detection, false_alarm = own_probabilities(alpha, beta)
    values = {"treaties.limits.inspection_detection": detection, "treaties.limits.inspection_false_alarm": false_alarm}
    t = tables("treaty_monitoring", variant, {**values, "game.discount": delta})
    t["horizon"]["years"] = int(np.ceil(40 / -log(delta)))
    if x is not None:
        t["treaties"]["limits"]["suspension_probability"] = x
    if "conditions" in t and "phase" in t["conditions"]:
        t["conditions"]["phase"] = phases(periods)
    return (1 - delta) * Scenario(t).solve().discounted_payoff[1]


def phases(n: int) -> dict[str, Any]:
    """The condition of the file, with n years of punishment."""
    names = ["treaty", *(f"p{k}" for k in range(1, n + 1))]
    arms = {f"actors.{actor}.strategy.arm_probability": 1.0 for actor in ("a", "b")}
    return {
        "states": names,
        "initial": "treaty",
        "on": {"alarm": {"treaty->p1": 1.0}},
        "rates": {f"{s}->{t}": 1000.0 for s, t in zip(names[1:], [*names[2:], "treaty"], strict=True)},
        "while": {name: {"set": arms} for name in names[1:]},
    }


def monitored(alpha: float, beta: float, delta: float, **more: Any) -> dict[str, Any]:
    probabilities = {"false_alarm_probability": alpha, "detection_probability": beta, "discount_factor": delta}
    return closed("treaty_monitoring", **PAYOFFS, **probabilities, **more)


def test_the_file_has_the_numbers_of_the_example() -> None:
    limits = tables("treaty_monitoring", "best")["treaties"]["limits"]
    assert (limits["inspection_detection"], limits["inspection_false_alarm"]) == pytest.approx(
        own_probabilities(0.05, 0.5), rel=1e-15
    )
    assert limits["suspension_probability"] == pytest.approx(monitored(0.05, 0.5, 0.95)["breakdown_probability"], rel=1e-14)
    assert file("treaty_monitoring").patches["periods"]["conditions"]["phase"] == phases(5)


MONITORING = [(0.05, 0.5, 0.95), (0.01, 0.5, 0.8), (0.1, 0.3, 0.95), (0.0, 1.0, 0.6), (0.2, 0.9, 0.9)]


@pytest.mark.parametrize(("alpha", "beta", "delta"), MONITORING)
def test_values_of_the_treaty(alpha: float, beta: float, delta: float) -> None:
    assert treaty("grim", alpha, beta, delta) == pytest.approx(monitored(alpha, beta, delta)["grim_value"], abs=TIGHT)
    for n in (1, 3, 5, 12):
        found = monitored(alpha, beta, delta, punishment_periods=n)
        assert treaty("periods", alpha, beta, delta, n) == pytest.approx(found["value"], abs=TIGHT)
        # a deviation of one period, and never again: it pays exactly where the closed form says that the treaty fails
        pays = treaty("periods_cheat", alpha, beta, delta, n) > treaty("periods", alpha, beta, delta, n)
        assert pays == (found["periods_self_enforcing"] == 0)


@pytest.mark.parametrize(("alpha", "beta", "delta"), MONITORING)
def test_where_the_treaty_enforces_itself_exactly(alpha: float, beta: float, delta: float) -> None:
    # at the critical discount factor cheating once is worth the same as complying
    found = monitored(alpha, beta, delta, punishment_periods=20)
    for cheat, comply, at in (
        ("grim_cheat", "grim", found["critical_discount_factor"]),
        ("periods_cheat", "periods", found["critical_discount_factor_periods"]),
    ):
        assert treaty(cheat, alpha, beta, at, 20) == pytest.approx(treaty(comply, alpha, beta, at, 20), abs=1e-10)


def test_the_best_payoff_is_reached_by_rare_breakdown() -> None:
    for alpha, beta, delta in ((0.05, 0.5, 0.95), (0.01, 0.5, 0.8), (0.2, 0.9, 0.9)):
        found = monitored(alpha, beta, delta)
        x = found["breakdown_probability"]
        assert treaty("best", alpha, beta, delta, x=x) == pytest.approx(found["best_payoff"], abs=TIGHT)
        assert treaty("best_cheat", alpha, beta, delta, x=x) == pytest.approx(found["best_payoff"], abs=TIGHT)
        assert treaty("best_cheat", alpha, beta, delta, x=0.9 * x) > treaty("best", alpha, beta, delta, x=0.9 * x)


def test_a_grim_treaty_dies_and_punishment_takes_its_share() -> None:
    dead = solved("treaty_monitoring", "grim", {"horizon.years": 60}).treaty_occupancy["limits"][:, 3]
    for t in (0, 1, 7, 20, 60):
        assert dead[t] == pytest.approx(monitored(0.05, 0.5, 0.95, periods=t)["dead_by"], abs=1e-14)
    share = solved("treaty_monitoring", "periods").condition_occupancy["phase"][-1, 0]
    assert share == pytest.approx(monitored(0.05, 0.5, 0.95, punishment_periods=5)["compliance_share"], abs=1e-13)


# ---- A2b: how often to report


@pytest.mark.parametrize("per_year", [1, 4, 10])
def test_bad_news_at_any_reporting_frequency(per_year: int) -> None:
    # v* by breakdown with x*; the core's yearly monitoring is the rate whatever the period
    rates = {"alarm_rate_complying": 0.1, "alarm_rate_cheating": 0.6, "interest_rate": 0.05}
    found = closed("reporting_frequency", period=1 / per_year, reward=1.0, punishment=0.0, gain=0.5, **rates)
    alpha, beta, d = -expm1(-0.1 / per_year), -expm1(-0.6 / per_year), exp(-0.05 / per_year)
    x = (1 - d) * 0.5 / (d * (beta - alpha - 0.5 * alpha))
    values = {"horizon.rounds_per_year": per_year, "treaties.limits.suspension_probability": x}
    for variant in ("best", "best_cheat"):
        t = tables("treaty_reporting", variant, values)
        if variant == "best_cheat":
            t["events"][1]["year"] = 1 / per_year
        value = (1 - d) * per_year * Scenario(t).solve().discounted_payoff[1]
        assert value == pytest.approx(found["best_payoff_bad_news"], abs=1e-11)
    if per_year == 4:
        assert tables("treaty_reporting", "best")["treaties"]["limits"]["suspension_probability"] == pytest.approx(x, rel=1e-14)


# ---- A4: strategic risk


@pytest.mark.parametrize("reward", [32.0, 40.0, 48.0])
@pytest.mark.parametrize("delta", [0.5, 0.75, 0.9])
def test_strategic_risk(reward: float, delta: float) -> None:
    values = {f"game.payoffs.{actor}": [[reward, 12.0], [50.0, 25.0]] for actor in ("a", "b")} | {"game.discount": delta}
    variants = ("both_grim", "grim_against_arm", "both_arm")
    (a, _), (b, c), (d, _) = (solved("strategic_risk", v, values).discounted_payoff for v in variants)
    found = closed("strategic_risk", temptation=50.0, reward=reward, punishment=25.0, sucker=12.0, discount_factor=delta)
    equilibrium = delta >= found["critical_discount_factor"]
    assert (a >= c - 1e-9) == equilibrium
    if equilibrium:
        assert (d - b) / ((a - c) + (d - b)) == pytest.approx(found["basin_of_arming"], abs=TIGHT)
    assert (a + b >= c + d - 1e-9) == (delta >= found["risk_dominance_discount_factor"] - 1e-12)


def test_discounting_is_the_same_as_an_end_that_may_come() -> None:
    # a game that goes on with probability delta pays what a discounted one does: R / (1 - delta)
    for variant in ("both_grim", "continuation"):
        assert solved("strategic_risk", variant).discounted_payoff == pytest.approx([160.0, 160.0], abs=1e-10)


# ---- A5: memory-one strategies under noise


def yearly(t: dict[str, Any], years: int) -> np.ndarray:
    """Both payoffs of one late year: the difference of the undiscounted payoffs with one year more and without."""
    long, short = ({**t, "horizon": {"years": n, "rounds_per_year": 1}} for n in (years + 1, years))
    return Scenario(long).solve().discounted_payoff - Scenario(short).solve().discounted_payoff


NAMED = {
    "tit_for_tat": ("tit_for_tat", "tit_for_tat"),
    "win_stay_lose_shift": ("win_stay_lose_shift", "win_stay_lose_shift"),
    "generous": ("generous_tit_for_tat", "generous_tit_for_tat"),
    "against_always_arm": ("win_stay_lose_shift", "always_arm"),
}


@pytest.mark.parametrize("variant", NAMED)
@pytest.mark.parametrize("error", [0.01, 0.05, 0.3])
def test_named_strategies_under_noise(variant: str, error: float) -> None:
    first, second = NAMED[variant]
    expected = closed("memory_one", strategy_1=first, strategy_2=second, error_probability=error)
    t = tables("memory_one", variant, {f"actors.{actor}.tremble": error for actor in ("a", "b")})
    assert yearly(t, 2000) == pytest.approx([expected["payoff_1"], expected["payoff_2"]], abs=1e-10)
    arming = Scenario(t).solve().arming[-1]
    assert arming == pytest.approx([1 - expected["compliance_1"], 1 - expected["compliance_2"]], abs=1e-12)


def comply_by(p: tuple[float, ...], first: float = 1.0) -> dict[str, Any]:
    """A strategy of the core that complies with p after CC, CD, DC, DD, own action first."""
    keys = ("restrain_quiet", "restrain_alarm", "arm_quiet", "arm_alarm")
    return {"kind": "memory_one", "first": 1 - first} | {key: 1 - x for key, x in zip(keys, p, strict=True)}


def test_any_memory_one_strategies_with_and_without_an_end() -> None:
    rng = np.random.default_rng(3)
    for _ in range(6):
        p, q = (tuple(map(float, x)) for x in rng.uniform(0.05, 0.95, (2, 4)))
        first, error, w = rng.uniform(0, 1, 2), float(rng.uniform(0, 0.3)), float(rng.uniform(0.5, 0.95))
        t = tables("memory_one", "tit_for_tat")
        for actor, own, start in (("a", p, first[0]), ("b", q, first[1])):
            t["actors"][actor] |= {"strategy": comply_by(own, float(start)), "tremble": error}
        given = {"strategy_1": "own", "strategy_2": "own", "own_1": list(p), "own_2": list(q), "error_probability": error}
        for_ever = closed("memory_one", **given)
        assert yearly(t, 600) == pytest.approx([for_ever["payoff_1"], for_ever["payoff_2"]], abs=1e-10)
        moves = {"first_move_1": float(first[0]), "first_move_2": float(first[1])}
        expected = closed("memory_one", **given, continuation_probability=w, **moves)
        t["game"]["discount"] = w
        found = (1 - w) * Scenario({**t, "horizon": {"years": 1000, "rounds_per_year": 1}}).solve().discounted_payoff
        assert found == pytest.approx([expected["payoff_1"], expected["payoff_2"]], abs=1e-12)


def test_extortion() -> None:
    # sX = (2 + 13 chi) / (2 + 3 chi) and sY = (12 + 3 chi) / (2 + 3 chi) with chi = 3: 41/11 and 21/11, by hand
    assert yearly(tables("memory_one", "extortion"), 400) == pytest.approx([41 / 11, 21 / 11], abs=1e-11)
    told = file("memory_one").patches["extortion"]["actors"]["a"]["strategy"]
    expected = comply_by((11 / 13, 1 / 2, 7 / 26, 0.0))
    assert {key: told[key] for key in told if key != "kind"} == pytest.approx(
        {key: expected[key] for key in expected if key in told and key != "kind"}, abs=1e-15
    )


@pytest.mark.parametrize(("detection", "false_alarm"), [(0.8, 0.1), (0.5, 0.3), (0.95, 0.01)])
def test_noise_of_perception_is_a_reactive_strategy(detection: float, false_alarm: float) -> None:
    # tit for tat that sees arming with D, and restraint as arming with F, complies with 1 - F after restraint, 1 - D after arming
    t = tables("memory_one", "tit_for_tat", {"monitoring.detection": detection, "monitoring.false_alarm": false_alarm})
    for actor in ("a", "b"):
        t["actors"][actor]["tremble"] = 0.0
    told = {"p_1": 1 - false_alarm, "q_1": 1 - detection, "p_2": 1 - false_alarm, "q_2": 1 - detection}
    expected = closed("reactive_strategies", **told, error_probability=0.0)
    assert yearly(t, 800) == pytest.approx([expected["payoff_1"], expected["payoff_2"]], abs=1e-10)
    # docs/model.md (9.2): F / (1 - D + F)
    assert 1 - expected["compliance_1"] == pytest.approx(false_alarm / (1 - detection + false_alarm), rel=1e-12)
