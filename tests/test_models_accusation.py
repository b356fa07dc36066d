"""Accusations: the equilibrium by bisection, beliefs and convictions by enumeration and by drawing, and what a claim is worth."""

from __future__ import annotations

import numpy as np
import pytest

from model_ways import agree, one, simulated
from sim.models.accusation import ACCUSATION
from sim.models.model import evaluate


def drawn(size: int) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(5)
    detection = rng.uniform(0.05, 0.95, size)
    return {
        "prior": rng.uniform(0.02, 0.9, size),
        "detection": detection,
        "false_alarm": detection * rng.uniform(0, 0.9, size),
        "opportunity": rng.random(size),
        "gain": rng.uniform(0, 5, size),
        "largest_cost": rng.uniform(0.2, 5, size),
        "conviction": rng.uniform(0.3, 0.97, size),
    }


def test_equilibrium_beliefs_and_convictions_against_every_history() -> None:
    size, years = 12, 7
    assert agree(ACCUSATION, "enumeration", {**drawn(size), "horizon": years}, 1e-9) == size * (1 + 4 * (years + 1))


def test_drawn_alarms_claims_and_costs() -> None:
    compared = 0
    for n in range(3):
        given = {name: float(x[n]) for name, x in drawn(3).items()}
        compared += simulated(ACCUSATION, "drawn", {**given, "horizon": 10}, seed=n)
    assert compared >= 3 * 40


def test_the_rate_of_false_claims_is_the_best_reply_to_itself() -> None:
    v = drawn(200)
    s = evaluate(ACCUSATION, v).outcomes["false_accusation"]
    believed = evaluate(ACCUSATION, v).outcomes["credibility"]
    # a claim pays up to the cost G q / (1 - q); that is the share of costs below it
    cutoff = v["gain"] * believed / (1 - believed)
    assert s == pytest.approx(v["opportunity"] * np.minimum(1, cutoff / v["largest_cost"]), rel=1e-9)
    assert (s < v["opportunity"]).any()
    assert (s == v["opportunity"]).any()


def test_belief_is_right_on_average() -> None:
    # the mean of belief over both truths, weighted by the prior, is the prior in every year
    for prior in (0.05, 0.3, 0.8):
        found = evaluate(ACCUSATION, {"prior": prior, "horizon": 15}).outcomes["belief"]
        for t in range(16):
            mean = prior * found[f"it cheats:{t}"][0] + (1 - prior) * found[f"it complies:{t}"][0]
            assert mean == pytest.approx(prior, rel=1e-12)


def test_the_wrong_are_convicted_no_more_often_than_belief_allows() -> None:
    # at conviction belief is at least r, so that at most 1 - r of the convicted comply
    for limit in (0.5, 0.8, 0.95):
        assert one(ACCUSATION, "wrong_convictions", conviction=limit, horizon=30) <= 1 - limit + 1e-12


def test_readiness_to_claim_falsely_takes_the_worth_from_true_accusations() -> None:
    gains = np.array([0.0, 0.5, 1.0, 4.0])
    found = evaluate(ACCUSATION, {"gain": gains}).outcomes
    assert (np.diff(found["false_accusation"]) > 0).all()
    assert (np.diff(found["credibility"]) < 0).all()
    assert (np.diff(found["evidence"]["it cheats"]) < 0).all()
    # ln(D / F) and ln((1 - D) / (1 - F)) at the default, by hand: w = 0.2 x 0.25 x 1 / 4 = 0.0125,
    # 0.95 s^2 + (0.05 - 0.009375) s - 0.003125 = 0, s = 0.03986
    s = (-0.040625 + np.sqrt(0.040625**2 + 4 * 0.95 * 0.003125)) / 1.9
    assert one(ACCUSATION, "false_accusation") == pytest.approx(s, rel=1e-12)
    seen, wrong = 0.25 + 0.75 * s, 0.05 + 0.95 * s
    assert one(ACCUSATION, "evidence", "it cheats") == pytest.approx(
        seen * np.log(seen / wrong) + (1 - seen) * np.log((1 - seen) / (1 - wrong)), rel=1e-12
    )


def test_a_told_history_by_bayes_rule_and_an_impossible_one() -> None:
    # prior 1/5, no claims: an accusation multiplies the odds by 5, a quiet year by 0.75 / 0.95
    for t, odds in ((0, 0.25), (1, 0.25 * 0.75 / 0.95), (2, 0.25 * 0.75 / 0.95 * 5), (3, 0.25 * (0.75 / 0.95) ** 2 * 5)):
        assert one(ACCUSATION, "belief_told", str(t), gain=0.0, accused_in=[2.0]) == pytest.approx(odds / (1 + odds))
    never = {"detection": 1.0, "false_alarm": 0.0, "gain": 0.0, "accused_in": [1.0], "horizon": 2}
    assert one(ACCUSATION, "belief_told", "1", **never) == 1.0
    assert one(ACCUSATION, "belief_told", "2", **never) is None
    # a reporter that claims in every year that it can, and can in every year: D = F = 1, and a quiet year cannot be
    always = {"opportunity": 1.0, "gain": 1e3, "accused_in": [1.0], "horizon": 2}
    assert one(ACCUSATION, "belief_told", "1", **always) == pytest.approx(0.2)
    assert one(ACCUSATION, "belief_told", "2", **always) is None
    assert one(ACCUSATION, "belief", "it complies:2", **always) == pytest.approx(0.2)


def test_premises() -> None:
    assert one(ACCUSATION, "false_accusation", detection=0.1, false_alarm=0.1) is None
    assert one(ACCUSATION, "false_accusation", prior=0.0) is None
