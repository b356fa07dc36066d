"""Reputation for resolve: thresholds b^k, the strategies as an equilibrium, and the play that follows."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import numpy as np
import pytest

from model_ways import agree, one, simulated
from sim.models.model import evaluate
from sim.models.records import cells
from sim.models.reputation_for_resolve import RESOLVE, probes, resists


def at(function: Callable[..., np.ndarray], *given: float) -> float:
    return function(*(np.array([x]) for x in given)).item()


def after(p: float, rate: float) -> float:
    """Bayes' rule after resistance."""
    return p / (p + (1 - p) * rate)


@pytest.mark.parametrize(("b", "a"), [(0.6, 2.0), (0.3, 1.5), (0.9, 1.0)])
def test_nobody_gains_by_deviating(b: float, a: float) -> None:
    @cache
    def weak(k: int, p: float) -> float:
        """What a weak defender expects with k left at belief p; it must not gain by the other answer to a probe."""
        if k == 0:
            return 0.0
        probed, rate = at(probes, p, b, a, k), at(resists, p, b, k)
        fight, yield_ = -1 + weak(k - 1, after(p, rate)) if p > 0 else -1.0, weak(k - 1, 0.0)
        best = max(fight, yield_)
        if probed > 0:
            assert rate * fight + (1 - rate) * yield_ == pytest.approx(best, abs=1e-9), (k, p)
            gain = b - (p + (1 - p) * rate)  # of the challenger that probes
            assert gain >= -1e-12
            assert probed == 1 or gain == pytest.approx(0, abs=1e-12)
        else:
            assert b - (p + (1 - p) * rate) <= 1e-12
        return (1 - probed) * (a + weak(k - 1, p)) + probed * best

    for n in range(1, 8):
        for prior in (0.0, 0.01, 0.05, b**3, b**2 * 1.01, b, 0.97):
            value = one(RESOLVE, "weak_defender_payoff", probes=n, prior_tough=prior, challenger_gain=b, peace_gain=a)
            assert weak(n, prior) == pytest.approx(value, abs=1e-9), (n, prior)


@pytest.mark.parametrize("prior", [0.003, 0.05, 0.216, 0.5])
def test_the_play_is_the_sum_over_all_histories(prior: float) -> None:
    n, b, a = 7, 0.6, 2.0
    probed, resisted = np.zeros(n + 1), np.zeros(n + 1)

    def walk(k: int, p: float, tough: float, weak: float) -> None:
        if k == 0 or tough + weak == 0:
            return
        hit, rate = at(probes, p, b, a, k), at(resists, p, b, k)
        probed[k] += hit * (tough + weak)
        resisted[k] += hit * (tough + weak * rate)
        walk(k - 1, p, (1 - hit) * tough, (1 - hit) * weak)
        walk(k - 1, after(p, rate) if p > 0 else 0.0, hit * tough, hit * weak * rate)
        walk(k - 1, 0.0, 0.0, hit * weak * (1 - rate))

    walk(n, prior, prior, 1 - prior)
    found = evaluate(RESOLVE, {"probes": n, "prior_tough": prior})

    assert list(cells(found, "probed").values()) == pytest.approx(probed[1:], abs=1e-12)
    assert list(cells(found, "resisted").values()) == pytest.approx(resisted[1:], abs=1e-12)
    assert one(RESOLVE, "expected_probes", probes=n, prior_tough=prior) == pytest.approx(probed.sum())


def test_exact_powers_are_not_deterred_for_certain() -> None:
    k = np.arange(1, 40)
    for b in (0.6, 0.3, 0.75, 0.9):
        given = {"prior_tough": b**k, "challenger_gain": b, "probes": 50}
        found = evaluate(RESOLVE, given).outcomes
        above, below = (evaluate(RESOLVE, {**given, "prior_tough": b**k * (1 + e)}).outcomes for e in (1e-9, -1e-9))

        np.testing.assert_array_equal(found["open_probes"], k)
        np.testing.assert_array_equal(found["weak_defender_payoff"], 2 * (50 - k) + 1)
        np.testing.assert_array_equal(above["open_probes"], k - 1)
        np.testing.assert_array_equal(below["open_probes"], k)
        assert (evaluate(RESOLVE, {**given, "probes": k}).outcomes["probe_probability"] == 0.5).all()  # 1 - 1/a


def test_exact_powers_written_as_decimals() -> None:
    # 0.6^5 = 0.07776, 0.7^3 = 0.343, 0.1^4 = 0.0001
    for b, p, k in ((0.6, 0.07776, 5), (0.7, 0.343, 3), (0.1, 0.0001, 4)):
        assert one(RESOLVE, "open_probes", prior_tough=p, challenger_gain=b, probes=10) == k
        assert one(RESOLVE, "probe_probability", prior_tough=p, challenger_gain=b, probes=k) == 0.5


def test_fractions_and_bayes_agree_at_drawn_parameters() -> None:
    rng = np.random.default_rng(31)
    given = {
        "probes": rng.integers(1, 30, 60).astype(float),
        "prior_tough": rng.uniform(0, 1, 60) ** 3,
        "challenger_gain": rng.uniform(0.05, 0.95, 60),
        "peace_gain": rng.uniform(1, 4, 60),
    }
    assert agree(RESOLVE, "fractions", given, 1e-9) == 300


def test_simulated_defenders_agree() -> None:
    for seed, (n, p, b) in enumerate([(8, 0.05, 0.6), (5, 0.0, 0.4), (6, 0.3**2, 0.3), (3, 0.9, 0.8)]):
        assert simulated(RESOLVE, "played", {"probes": n, "prior_tough": p, "challenger_gain": b, "peace_gain": 3}, seed) == n + 2


def test_a_longer_future_deters_and_a_known_weak_defender_does_not() -> None:
    n = np.arange(1, 60)
    found = evaluate(RESOLVE, {"probes": n}).outcomes
    np.testing.assert_array_equal(found["open_probes"], np.minimum(n, 5))
    np.testing.assert_array_equal(found["deterred_probes"], np.maximum(n - 5, 0))
    assert (np.diff(found["expected_probes"][5:]) == 0).all()  # further probes are all deterred

    weak = evaluate(RESOLVE, {"prior_tough": 0.0, "probes": 400, "challenger_gain": 0.1})  # 0.1^400 is 0 in floats
    assert weak.outcomes["expected_probes"][0] == 400
    assert np.isnan(weak.outcomes["belief_after_resistance"]).all()
    assert "known to be weak" in weak.reason("belief_after_resistance")
    assert one(RESOLVE, "deterred_probes", prior_tough=1.0) == 10


def test_entries_beyond_the_number_of_probes_have_no_value() -> None:
    found = evaluate(RESOLVE, {"probes": np.array([2.0, 4.0])})

    assert list(found.outcomes["probed"]) == ["1", "2", "3", "4"]
    assert np.isnan(found.outcomes["probed"]["3"]).tolist() == [True, False]
    assert found.outcomes["expected_probes"][0] == pytest.approx(47 / 24)


def test_premise() -> None:
    found = evaluate(RESOLVE, {"challenger_gain": 1.0})

    assert "challenger_gain < 1" in found.reason("open_probes")


def test_only_what_was_read_as_a_number_is_called_confirmed() -> None:
    assert [answer for answer in RESOLVE.answers if answer.status == "confirmed"] == []
    (probe,) = [answer for answer in RESOLVE.answers if answer.outcome == "probe_probability"]
    assert "Kreps and Wilson (1982)" in probe.source
