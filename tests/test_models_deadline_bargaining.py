"""Deadline bargaining: when an extension is signed, what can be asked for it, and what its length restrains."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from model_ways import agree, simulated
from sim.models.deadline_bargaining import DEADLINE
from sim.models.deadline_bargaining_play import signing
from sim.models.model import arrayed, evaluate


def drawn(size: int, seed: int) -> dict[str, Any]:
    rng = np.random.default_rng(seed)
    return {
        "periods": 7,
        "offer_length": rng.integers(0, 6, size).astype(float),
        "precondition": rng.uniform(-0.5, 2, size),
        "change_probability": rng.uniform(0, 1, size),
        "change_before": rng.integers(0, 9, size).astype(float),
        "successor_length": rng.integers(0, 6, size).astype(float),
        "successor_precondition": rng.uniform(-0.5, 1, size),
        "yearly_value": rng.uniform(0, 1, size),
        "discount_factor": rng.uniform(0.5, 0.95, size),
        "lapse_cost": rng.uniform(0, 2, size),
        "delay_cost": rng.uniform(0, 0.3, size),
        "delay_rise": rng.uniform(0, 2, size),
        "precision": rng.uniform(0.5, 12, size),
        "renewal": rng.uniform(0, 0.9, size),
        "detection": rng.uniform(0, 1, size),
        "false_alarm": rng.uniform(0, 0.2, size),
    }


def test_the_tree_walked_from_its_root_agrees_at_drawn_parameters() -> None:
    assert agree(DEADLINE, "tree", drawn(60, 3), 1e-8) > 60 * 4


@pytest.mark.parametrize("seed", range(4))
def test_negotiations_played_out_agree(seed: int) -> None:
    given = {name: x if name == "periods" else float(x[0]) for name, x in drawn(1, 30 + seed).items()}
    assert simulated(DEADLINE, "played", given, seed) == 3


def test_who_signs_sums_to_one_and_agreement_only_grows() -> None:
    found = evaluate(DEADLINE, drawn(400, 4)).outcomes
    np.testing.assert_allclose(sum(found["signed_with"].values()), 1)
    by = np.array([found["agreed_by"][str(left)] for left in range(7, 0, -1)])
    assert (np.diff(by, axis=0) >= -1e-12).all()
    np.testing.assert_allclose(by[-1], found["agreement"])


def test_sharp_choices_sign_exactly_what_the_closed_form_lets_be_asked() -> None:
    # (7) is about the first period without private costs: just below x* the responder signs at once, just above it waits
    given = drawn(300, 5) | {"precision": np.full(300, 3e4), "offer_length": np.full(300, 3.0)}
    highest = evaluate(DEADLINE, given).outcomes["highest_precondition"]
    worth_waiting = given["delay_cost"] > 0.02
    for shift, signs in ((-2e-3, True), (2e-3, False)):
        first, _ = signing(arrayed(DEADLINE, given | {"precondition": highest + shift}))
        now = first[0] > 0.5
        change_first = given["change_before"] == 7
        assert (now == signs)[worth_waiting & ~change_first].all()


def test_a_softer_successor_takes_the_price_from_the_first_proposer() -> None:
    chance = np.linspace(0, 1, 21)
    found = evaluate(DEADLINE, {"change_probability": chance, "precondition": 1.0}).outcomes
    assert (np.diff(found["highest_precondition"]) < 0).all()
    assert (np.diff(found["signed_with"]["first proposer"]) < 0).all()


def test_a_longer_term_restrains_more_and_false_alarms_and_missing_renewal_less() -> None:
    length = np.arange(0.0, 11.0)
    limit = evaluate(DEADLINE, {"offer_length": length}).outcomes["restrained_gain"]
    assert limit[0] == 0.0
    assert (np.diff(limit) > 0).all()
    assert evaluate(DEADLINE, {"renewal": 0.0}).outcomes["restrained_gain"][0] == 0.0  # the last year is always the last
    assert evaluate(DEADLINE, {"false_alarm": 0.2}).outcomes["restrained_gain"][0] < limit[1]


def test_no_offer_is_never_signed() -> None:
    found = evaluate(DEADLINE, {"offer_length": 0.0, "successor_length": 0.0}).outcomes
    assert found["agreement"][0] == 0.0
    assert np.isnan(found["highest_precondition"][0])


def test_the_last_year_is_the_most_tempting_of_a_term() -> None:
    # (8) against a linear system: worth of the treaty with r years of the term left, A(0) = rho A(L), A(r) = p + q A(r - 1);
    # a year of cheating in any year of the term must not pay, so g* is the least of (d - f) delta A(r) over r = 0 .. L - 1
    rng = np.random.default_rng(12)
    for length in (1, 2, 5):
        d, f, delta, rho, p = *np.sort(rng.uniform(0, 1, 2))[::-1], *rng.uniform(0.1, 1, 3)
        system, right = np.eye(length + 1), np.zeros(length + 1)
        for left in range(1, length + 1):
            system[left, left - 1], right[left] = -delta * (1 - f), p
        system[0, length] -= rho
        worth = np.linalg.solve(system, right)
        given = {"offer_length": float(length), "detection": d, "false_alarm": f, "discount_factor": delta, "renewal": rho}
        found = evaluate(DEADLINE, given | {"loss_without_treaty": p}).outcomes["restrained_gain"][0]
        assert found == pytest.approx(min((d - f) * delta * worth[left] for left in range(length)), abs=1e-12)


def test_alarms_that_are_likelier_after_compliance_restrain_nothing() -> None:
    # not even a gain of nothing: a year of cheating makes the end of the treaty less likely, except where no term is renewed
    # and it is the last
    given = {"detection": 0.1, "false_alarm": 0.4, "offer_length": 5.0, "gain_by_cheating": 0.0}
    for renewal in (0.0, 0.5):
        solved = evaluate(DEADLINE, given | {"renewal": renewal})
        assert np.isnan(solved.outcomes["restrained_gain"][0])
        assert "likelier after compliance" in solved.reason("restrained_gain")
        assert solved.outcomes["cooperation_holds"][0] == 0


def test_a_future_that_counts_for_nothing_is_no_exception() -> None:
    # delta = 0: any length is worth its first year, y - x, as in the second way; nothing to come restrains cheating, g* = 0
    given = drawn(20, 6) | {"discount_factor": np.zeros(20)}
    assert agree(DEADLINE, "tree", given, 1e-8) > 20 * 4
    found = evaluate(DEADLINE, {"discount_factor": 0.0, "offer_length": 5.0}).outcomes
    assert found["restrained_gain"][0] == 0
    assert found["agreement"] == pytest.approx(
        evaluate(DEADLINE, {"discount_factor": 0.0, "offer_length": 1.0}).outcomes["agreement"]
    )
