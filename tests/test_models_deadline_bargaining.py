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
