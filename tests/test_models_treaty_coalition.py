"""A self-enforcing treaty among many states: how many sign, and what a penalty on outsiders would have to be."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from model_ways import agree, one
from sim.models.model import evaluate
from sim.models.treaty_coalition import COALITION


def test_trying_every_number_of_signatories_agrees() -> None:
    rng = np.random.default_rng(61)
    given = {
        "states": rng.integers(2, 40, 80).astype(float),
        "signatories": rng.integers(0, 45, 80).astype(float),
        "benefit": rng.uniform(0.1, 4, 80),
        "cost": rng.uniform(0.1, 4, 80),
        "outsider_penalty": np.where(rng.random(80) < 0.3, 0, rng.uniform(0, 300, 80)),
    }
    assert agree(COALITION, "tried", given, 1e-9) > 500


def test_ties_under_a_penalty_are_exact() -> None:
    # k stays iff (k - 1)(k - 3) <= 2 e / x; x = b^2 / c = 4 and e = 4 (k - 1)(k - 3) / 2 is the tie
    for k in range(3, 30):
        given = {"states": 50, "benefit": 2.0, "cost": 1.0, "outsider_penalty": 2.0 * (k - 1) * (k - 3)}
        assert one(COALITION, "largest_stable", **given) == k
        assert one(COALITION, "smallest_stable", **given) == k - 1
        assert agree(COALITION, "tried", {**given, "signatories": k}, 1e-12) == 10


def test_the_penalty_for_full_participation_is_the_least_that_works() -> None:
    for n in (2, 3, 4, 10, 100):
        penalty = one(COALITION, "penalty_for_full_participation", states=n, benefit=3.0, cost=2.0)
        assert penalty == pytest.approx(4.5 * max((n - 1) * (n - 3), 0) / 2)
        assert one(COALITION, "largest_stable", states=n, benefit=3.0, cost=2.0, outsider_penalty=penalty) == n
        if penalty > 0:
            assert one(COALITION, "largest_stable", states=n, benefit=3.0, cost=2.0, outsider_penalty=penalty * 0.999) == n - 1


def test_without_a_penalty_three_states_sign_however_many_there_are() -> None:
    n = np.array([2, 3, 4, 7, 50, 1_000, 1_000_000])
    for benefit, cost in ((1.0, 1.0), (0.01, 5.0), (30.0, 0.2)):
        found = evaluate(COALITION, {"states": n, "benefit": benefit, "cost": cost}).outcomes
        np.testing.assert_array_equal(found["largest_stable"], np.minimum(n, 3))
        np.testing.assert_array_equal(found["smallest_stable"], 2)
    # k^2 - k of N^2 - N: the larger the common problem, the smaller the part that the treaty solves
    np.testing.assert_allclose(found["gain_share"][2:], 6 / (n[2:] * (n[2:] - 1)))
    assert found["gain_share"][0] == found["gain_share"][1] == 1


def test_abatement_is_each_sides_best_reply() -> None:
    n, k, b, c = 12, 5, 1.5, 0.7
    given = {"states": n, "signatories": k, "benefit": b, "cost": c}
    q = np.linspace(0, 20, 200_001)
    alone, joint = q[np.argmax(b * q - c * q**2 / 2)], q[np.argmax(k * b * q - c * q**2 / 2)]
    total = (n - k) * alone + k * joint

    assert one(COALITION, "abatement", **given) == pytest.approx(total, rel=1e-4)
    assert one(COALITION, "signatory_payoff", **given) == pytest.approx(b * total - c * joint**2 / 2, rel=1e-4)
    assert one(COALITION, "outsider_payoff", **given) == pytest.approx(b * total - c * alone**2 / 2, rel=1e-4)
    assert one(COALITION, "outsider_payoff", **given, outsider_penalty=2.0) == pytest.approx(
        b * total - c * alone**2 / 2 - 2, rel=1e-4
    )


@pytest.mark.parametrize(
    ("signatories", "outcome", "why"),
    [
        (0, "signatory_payoff", "no signatories"),
        (10, "outsider_payoff", "no outsiders"),
        (11, "abatement", "more signatories than states"),
    ],
)
def test_what_is_undefined_says_why(signatories: int, outcome: str, why: str) -> None:
    found = evaluate(COALITION, {"signatories": signatories})

    assert np.isnan(found.outcomes[outcome]).all()
    assert why in found.reason(outcome)
    assert found.outcomes["largest_stable"][0] == 3


EDGES = [1e-300, 1e-160, 1e-100, 1.0, 1e100, 1e160, 1e300]


def test_extreme_benefits_costs_and_penalties_give_stable_sizes_by_exact_trial() -> None:
    for b in EDGES:
        for c in EDGES:
            for penalty in [0.0, *EDGES]:
                given = {"benefit": b, "cost": c, "outsider_penalty": penalty, "states": 9}
                ratio = 2 * Fraction(penalty) * Fraction(c) / Fraction(b) ** 2
                ratio = ratio if ratio > 1e-9 else 0  # so little is taken for indifference
                stable = [
                    k
                    for k in range(2, 10)
                    if k * k - 4 * k + 3 <= ratio and (k == 9 or (k + 1) ** 2 - 4 * (k + 1) + 3 >= ratio)  # (3), (4)
                ]
                assert one(COALITION, "largest_stable", **given) == max(stable), given
                assert one(COALITION, "smallest_stable", **given) == min(stable), given


def test_numbers_beyond_all_floats_say_so_and_none_are_lost_on_the_way() -> None:
    found = evaluate(COALITION, {"benefit": 1e300, "cost": 1e-300})
    for name in ("abatement", "abatement_without_treaty", "abatement_stable", "abatement_full", "penalty_for_full_participation"):
        assert np.isnan(found.outcomes[name]).all()
        assert "beyond 1e308" in found.reason(name)
    assert one(COALITION, "penalty_for_full_participation", benefit=1e300, cost=1e-300, states=3) == 0  # (N - 1)(N - 3) = 0
    assert one(COALITION, "signatory_payoff", benefit=1e200, cost=1e200) == pytest.approx(11.5e200)  # 10 - 3 + 9/2, x = 1e200


def test_ties_of_a_million_states() -> None:
    for k in (10**5, 10**6 - 3):
        given = {"states": 10**6, "benefit": 0.3, "cost": 0.7, "outsider_penalty": 0.3**2 / 0.7 * (k - 1) * (k - 3) / 2}
        assert (one(COALITION, "smallest_stable", **given), one(COALITION, "largest_stable", **given)) == (k - 1, k)
