"""Canonical models that the core model can express: the exact engine meets their closed forms (docs/bridges.md).

Each expected number is the canonical model's own closed form, at the file's numbers and away from them.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from canon_case import CANON, closed, file, simulated, solved, tables
from sim.dilemma.scenario import Scenario

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
    broken = found.condition_occupancy["trust"][:, 0]
    assert broken[-1] == pytest.approx(closed("mistrust_ruin", accuracy=q, steps=k)["given_up_ever"], abs=1e-12)
    for n in (1, 5, 20, 50):
        assert broken[n] == pytest.approx(closed("mistrust_ruin", accuracy=q, steps=k, periods=n)["given_up_within"], abs=1e-12)
    assert found.arming[1:, 0] == pytest.approx(broken[1:-1], abs=1e-15)  # and then the observer arms


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


# ---- B12: conventions in the long run


@pytest.mark.parametrize(("revision", "error"), [("one", 0.1), ("all", 0.1), ("one", 0.2), ("all", 0.3)])
def test_conventions(revision: str, error: float) -> None:
    t = tables("stochastic_stability")
    if (revision, error) != ("one", 0.1):
        t["conditions"]["population"]["on"] = {"arming.clock": population(revision, error)}
    else:
        told = file("stochastic_stability").raw["conditions"]["population"]["on"]["arming.clock"]
        assert told == pytest.approx(population(revision, error), abs=1e-15)
    law = Scenario(t).solve().condition_occupancy["population"][-1]
    found = closed("stochastic_stability", revision=revision, error_probability=error)
    assert law == pytest.approx([found["distribution"][str(k)] for k in range(11)], abs=1e-12)
    assert law[:5].sum() == pytest.approx(found["mass_arming"], abs=1e-12)


def population(revision: str, error: float) -> dict[str, float]:
    """The moves of a population of ten: T = 3, R = 4, P = 2, S = 0, so restraint is better if 7 of the 9 others restrain."""
    from scipy.stats import binom

    moves = {}
    for k in range(11):
        stay, join = (1 - error if better else error for better in (k - 1 >= 7, k >= 7))
        if revision == "one":
            law = {k + 1: (10 - k) / 10 * join, k - 1: k / 10 * (1 - stay)}
        else:
            both = np.convolve(binom.pmf(range(k + 1), k, stay), binom.pmf(range(11 - k), 10 - k, join))
            law = dict(enumerate(map(float, both)))
        moves |= {f"k{k}->k{j}": p for j, p in law.items() if 0 <= j <= 10 and j != k}
    return moves


# ---- B1: choice with errors


@pytest.mark.parametrize(("precision", "first", "second"), [(1.0, 0.586784, 0.451807), (2.0, 0.617522, 0.371982)])
def test_a_logit_equilibrium(precision: float, first: float, second: float) -> None:
    values = {f"actors.{actor}.strategy.precision": precision for actor in ("row", "column")}
    restrain = 1 - solved("quantal_response", values=values).arming[0]
    found = closed("quantal_response", precision=precision)
    assert restrain == pytest.approx([found["probability_1"], found["probability_2"]], abs=1e-12)
    assert restrain == pytest.approx([first, second], abs=5e-7)


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
