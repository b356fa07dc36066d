"""Canonical models that the core model can express: the exact engine meets their closed forms (docs/bridges.md).

Each expected number is the canonical model's own closed form, at the file's numbers and away from them.
"""

from __future__ import annotations

from math import exp, expm1, log, sqrt
from typing import Any

import numpy as np
import pytest

from canon_case import CANON, closed, file, simulated, solved, tables
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
        ("periods_cheat", "periods", found["critical_discount_factor_for_periods"]),
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


# ---- A3: the stage game of one period


@pytest.mark.parametrize("advantage", [0.1, 0.2, 0.26, 0.3, 0.36, 0.39, 0.45, 0.49, 0.6])
def test_offence_defence(advantage: float) -> None:
    found = closed("offence_defence", offence_advantage=advantage)
    values = {"game.gain": found["temptation"] - 1, "game.exposure": 3 - found["sucker"]}  # T - P and R - S, with R = 3, P = 1
    arms = {v: solved("offence_defence", v, values).arming[0, 0] for v in ("risk_dominant", "payoff_dominant", "mixed")}
    stag_hunt = found["harmony_until"] < advantage < found["dilemma_from"]
    assert arms["risk_dominant"] == (advantage > found["risk_dominance_boundary"])
    assert arms["payoff_dominant"] == (advantage > found["dilemma_from"])
    # the mixed equilibrium of the Stag Hunt restrains with the trust that is needed
    expected = 1 - found["trust_threshold"] if stag_hunt else float(advantage > found["dilemma_from"])
    assert arms["mixed"] == pytest.approx(expected, abs=1e-13)


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


# ---- A13: the ladder as gambler's ruin


def ladder(rungs: int, start: int, up: float, pause: float, years: int) -> Scenario:
    t = tables("escalation_ladder")
    condition = t["conditions"]["ladder"]
    condition["states"] = [f"r{k}" for k in range(rungs + 1)]
    condition["initial"] = f"r{start}"
    moves = {f"r{k}->r{k + 1}": (1 - pause) * up for k in range(1, rungs)}
    moves |= {f"r{k}->r{k - 1}": (1 - pause) * (1 - up) for k in range(1, rungs)}
    condition["on"] = {"arming.mover": moves}
    condition["while"] = {f"r{rungs}": {"set": {"onset.background_rate": 1000.0}}}
    t["horizon"]["years"] = years
    return Scenario(t)


@pytest.mark.parametrize(
    ("rungs", "start", "up", "pause", "years"),
    [(10, 5, 0.4, 0.0, 1500), (10, 3, 0.5, 0.25, 1500), (6, 5, 0.7, 0.0, 400), (44, 20, 0.45, 0.0, 6000)],
)
def test_the_ladder(rungs: int, start: int, up: float, pause: float, years: int) -> None:
    found = ladder(rungs, start, up, pause, years).solve()
    expected = closed("escalation_ladder", rungs=rungs, start=start, up_probability=up, pause_probability=pause)
    on_it = found.condition_occupancy["ladder"][:, 1:rungs].sum(axis=1)
    assert on_it[-1] < 1e-13
    assert found.escalation_probability[-1, 0] == pytest.approx(expected["top_probability"], abs=1e-12)
    assert on_it.sum() == pytest.approx(expected["expected_periods"], rel=1e-11)
    # first passage to war is one round behind the top
    assert found.escalation_probability[1:, 0] == pytest.approx(found.condition_occupancy["ladder"][:-1, -1], abs=1e-14)


# ---- A12: cumulative risk


@pytest.mark.parametrize(("p", "r", "years"), [(0.01, 0.9, 40), (0.02, 0.9, 280), (0.3, 0.5, 60)])
def test_a_yearly_probability_that_falls(p: float, r: float, years: int) -> None:
    t = tables("cumulative_risk", "falling")
    t["onset"]["alarm_probability"] = p
    t["horizon"]["years"] = years
    t["events"] = [{"year": n, "scale": {"onset.alarm_probability": r}} for n in range(1, years)]
    found = Scenario(t).solve().escalation_probability[:, 0]
    for n in (1, 2, 7, 40, years):
        expected = closed("cumulative_risk", annual_probability=p, annual_ratio=r, years=n)
        assert found[n] == pytest.approx(expected["within"], abs=1e-13)
    if years > 40:
        assert found[-1] == pytest.approx(closed("cumulative_risk", annual_probability=p, annual_ratio=r)["ever"], abs=1e-12)
    else:
        assert t["events"] == file("cumulative_risk").patches["falling"]["events"]


def test_steady_risks_are_geometric() -> None:
    found = solved("cumulative_risk", "steady").escalation_probability[:, 0]
    for n in (1, 10, 40):
        expected = closed("cumulative_risk", annual_probability=0.01, annual_ratio=1.0, years=n)["within"]
        assert found[n] == pytest.approx(expected, abs=1e-14)


@pytest.mark.parametrize(("variant", "step"), [("hellman_low", 0.1), ("hellman_high", 0.5)])
def test_a_chain_of_accidents(variant: str, step: float) -> None:
    found = solved("cumulative_risk", variant, {"horizon.years": 50}).escalation_probability[:, 0]
    for n in (1, 10, 50):
        expected = closed("accident_chain", use_probability=step, escalation_probability=step, years=float(n))["within"]
        assert found[n] == pytest.approx(expected, abs=1e-14)


# ---- B10: mistrust


@pytest.mark.parametrize(("q", "k"), [(0.7, 3), (0.8, 2), (0.9, 1), (0.75, 6)])
def test_a_trustworthy_partner_is_ruined_by_false_alarms(q: float, k: int) -> None:
    values = {"actors.partner.monitoring.false_alarm": 1 - q, "conditions.trust.initial": f"t{k}"}
    found = solved("mistrust_ruin", values=values)
    broken = found.condition_occupancy["trust"][-1, 0]
    assert broken == pytest.approx(closed("mistrust_ruin", accuracy=q, steps=k)["ruin_probability"], abs=1e-12)
    assert found.arming[-1, 0] == pytest.approx(found.condition_occupancy["trust"][-2, 0], abs=1e-15)  # and then it arms


# ---- B5: cycles of distrust


@pytest.mark.parametrize(("misread", "length"), [(0.05, 6), (0.2, 2), (0.01, 30)])
def test_cycles_of_distrust(misread: float, length: int) -> None:
    t = tables("cycles_of_distrust", values={"monitoring.false_alarm": misread})
    names = [f"c{k}" for k in range(length)]
    calendar = t["conditions"]["calendar"]
    calendar["states"] = names
    calendar["rates"] = {f"{s}->{u}": 1000.0 for s, u in zip(names, [*names[1:], names[0]], strict=True)}
    if length == 6:
        assert t["conditions"] == tables("cycles_of_distrust")["conditions"]
    arming = Scenario(t).solve().arming[:, 0]
    found = closed("cycles_of_distrust", prior_bad=0.1, critical_belief=0.3, misperception_probability=misread)
    assert found["cycle_length"] == length
    whole = len(arming) // length * length
    assert arming[:whole].mean() == pytest.approx(found["conflict_share"], abs=1e-12)
    assert arming == pytest.approx([1 - (1 - misread) ** (n % length) for n in range(len(arming))], abs=1e-13)


# ---- B6: reputation for resolve


def test_reputation_for_resolve() -> None:
    found = solved("reputation_for_resolve")
    expected = closed("reputation_for_resolve", probes=10, prior_tough=0.05, challenger_gain=0.6, peace_gain=2.0)
    kept = found.condition_occupancy["reputation"]
    assert (found.arming[:, 0] == 0).sum() == expected["deterred_probes"]
    # with k probes left in year 10 - k: the challenger arms, and is resisted where the belief is then b^(k-1) (even, odd)
    assert found.arming[::-1, 0] == pytest.approx([expected["probed"][str(k)] for k in range(1, 11)], abs=1e-14)
    resisted = kept[:0:-1, 1:3].sum(axis=1)
    assert resisted == pytest.approx([expected["resisted"][str(k)] for k in range(1, 11)], abs=1e-14)
    assert found.arming[:, 0].sum() == pytest.approx(expected["expected_probes"], abs=1e-13)
    # the belief is a martingale: 1 after a last year of resistance, b after one without a probe, 0 when lost
    assert kept[-1] @ [0.05, 1, 1, 0.6, 0] == pytest.approx(0.05, abs=1e-15)


# ---- all of them


def test_every_scenario_says_which_model_it_is_and_what_must_come_out() -> None:
    for path in CANON.glob("*.toml"):
        raw = file(path.stem).raw
        assert raw["sources"], path.stem
        assert len(raw["description"]) > 200, path.stem


@pytest.mark.parametrize(
    ("name", "variant", "values"),
    [
        ("escalation_ladder", "base", {"horizon.years": 300}),
        ("cumulative_risk", "falling", {}),
        ("cumulative_risk", "hellman_high", {}),
        ("reputation_for_resolve", "base", {}),
        ("cycles_of_distrust", "base", {}),
        ("mistrust_ruin", "base", {"horizon.years": 60}),
        ("treaty_monitoring", "periods", {"horizon.years": 60}),
    ],
)
def test_simulated_histories_agree(name: str, variant: str, values: dict[str, Any]) -> None:
    # occupancies and first passages at the end: 4.5 exact standard errors, some 60 comparisons, a false alarm in 2,500 runs
    n, exact, found = 20_000, solved(name, variant, values), simulated(name, variant, values)
    pairs = [(exact.escalation_probability[-1], found.escalation_probability[-1])]
    pairs += [(exact.condition_occupancy[c][-1], found.condition_occupancy[c][-1]) for c in exact.condition_occupancy]
    for p, estimate in pairs:
        likely = p * n >= 10
        error = np.sqrt(p * (1 - p) / n)[likely]
        assert np.all(np.abs(estimate[likely] - p[likely]) <= 4.5 * error + 1e-12)
