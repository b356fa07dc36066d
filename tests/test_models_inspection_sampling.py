"""Detection by random sampling: the hypergeometric distribution, exact sample sizes and their approximations."""

from __future__ import annotations

from math import comb

import numpy as np
import pytest

from model_ways import agree, one, simulated
from sim.models.inspection_sampling import SAMPLING, SHORT, by_counting, by_scipy, log_miss
from sim.models.model import evaluate


def drawn(size: int, most: int, seed: int) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(seed)
    items = rng.integers(1, most, size).astype(float)
    return {
        "items": items,
        "falsified": np.maximum(np.ceil(rng.random(size) * items), 1),
        "sample": np.floor(rng.random(size) * (items + 1)),
        "target": rng.choice([0, 0.1, 0.2, 0.5, 0.75, 0.9, 0.95, 0.999, 1], size),
    }


def test_equations_against_exact_fractions_and_scipy() -> None:
    given = drawn(400, 300, 1)
    solved, counted = evaluate(SAMPLING, given).outcomes, evaluate(SAMPLING, given, by_counting).outcomes
    assert solved["detection_probability"] == pytest.approx(counted["detection_probability"], abs=1e-13)
    assert solved["sample_size"].tolist() == counted["sample_size"].tolist()
    assert solved["detection_level"].tolist() == counted["detection_level"].tolist()
    assert agree(SAMPLING, "scipy", given, 1e-9) == 1200


def test_drawn_samples() -> None:
    for n, (sample, falsified) in enumerate(((37, 5), (3, 20), (60, 1))):
        assert simulated(SAMPLING, "drawn", {"sample": sample, "falsified": falsified}, seed=n) == 1


def test_targets_that_are_met_exactly_count_as_met() -> None:
    # one falsified item: P(n) = n / N
    shares = np.linspace(0, 1, 101)
    found = evaluate(SAMPLING, {"items": 100, "falsified": 1, "target": shares}).outcomes["sample_size"]
    assert found.tolist() == list(range(101))
    # two: P(n) = 1 - (N - n)(N - n - 1) / (N (N - 1)); with N = 10, n = 3: 1 - 42 / 90
    assert one(SAMPLING, "sample_size", items=10, falsified=2, sample=0, target=1 - 42 / 90) == 3
    assert one(SAMPLING, "sample_size", items=10, falsified=2, sample=0, target=1 - 42 / 90 + 1e-9) == 4


def test_the_found_size_is_the_least() -> None:
    given = drawn(200, 5000, 2)
    size = evaluate(SAMPLING, given).outcomes["sample_size"]
    with np.errstate(all="ignore"):
        wanted = np.log1p(-given["target"])
        assert (log_miss(given["items"], given["falsified"], size) <= wanted + 1e-9).all()
        fewer = log_miss(given["items"], given["falsified"], np.maximum(size - 1, 0))
    assert ((fewer > wanted - 1e-9) | (size == 0)).all()


def test_certainty_and_nothing() -> None:
    # all but D - 1 items: the sample must hit
    assert one(SAMPLING, "sample_size", target=1.0) == 96
    assert one(SAMPLING, "sample_size", target=0.0) == 0
    assert one(SAMPLING, "detection_probability", sample=96) == 1
    assert one(SAMPLING, "detection_probability", sample=95) == pytest.approx(1 - 1 / comb(100, 5), abs=1e-15)
    assert one(SAMPLING, "non_detection_probability", sample=95) == pytest.approx(1 / comb(100, 5), rel=1e-10)
    assert one(SAMPLING, "detection_probability", sample=0) == 0


def test_both_branches_of_the_logarithm_agree() -> None:
    for falsified in (SHORT - 1, SHORT, SHORT + 1, SHORT + 2):
        exact = comb(1000 - falsified, 200) / comb(1000, 200)
        found = np.exp(log_miss(np.array([1000.0]), np.array([float(falsified)]), np.array([200.0])))
        assert found[0] == pytest.approx(exact, rel=1e-10)


def test_large_strata() -> None:
    # with replacement in the limit: 1 - (1 - 0.01)^n
    assert one(SAMPLING, "detection_probability", items=10_000_000, falsified=100_000, sample=50) == pytest.approx(
        1 - 0.99**50, abs=1e-5
    )
    assert (
        one(SAMPLING, "sample_size", items=10_000_000, falsified=100_000, sample=0, target=0.9) == 230
    )  # ln 0.1 / ln 0.99 = 229.1


def test_rounding_down_misses_the_target_and_rounding_up_the_plain_formula_does_not() -> None:
    given = drawn(300, 400, 3)
    found = evaluate(SAMPLING, given).outcomes
    assert (found["detection_at_approximation"] >= given["target"] - 1e-9).all()
    assert (found["sample_size"] <= np.ceil(found["sample_size_approximation"] - 1e-9)).all()
    assert one(SAMPLING, "detection_probability", sample=36) < 0.9 <= one(SAMPLING, "detection_probability", sample=37)


def test_more_falsified_items_than_items_are_outside_the_model() -> None:
    found = evaluate(SAMPLING, {"items": 4, "falsified": 5, "sample": 1})
    assert "no more falsified items than items" in found.reason("sample_size")
    found = evaluate(SAMPLING, {"items": 4, "falsified": 2, "sample": 5})
    assert "no more items examined" in found.reason("sample_size")


def test_nothing_falsified_is_never_found() -> None:
    told = {"items": 20.0, "falsified": 0.0, "sample": np.array([0.0, 5.0, 20.0]), "target": np.array([0.9, 0.0, 1e-9])}
    found = evaluate(SAMPLING, told)
    counted, scipys = evaluate(SAMPLING, told, by_counting).outcomes, evaluate(SAMPLING, told, by_scipy).outcomes
    for way in (found.outcomes, counted, scipys):
        assert way["detection_probability"].tolist() == [0, 0, 0]
    for way in (found.outcomes, counted):
        assert np.array_equal(way["sample_size"], [np.nan, 0, np.nan], equal_nan=True)  # P(0) = 0 meets a target of 0
    for name in ("sample_size_approximation", "sample_size_jaech", "detection_at_approximation", "detection_at_jaech"):
        assert np.isnan(found.outcomes[name]).all()
        assert "Nothing is falsified" in found.reason(name)
    assert found.outcomes["non_detection_probability"].tolist() == [1, 1, 1]


def test_no_probability_is_minus_zero() -> None:
    found = evaluate(SAMPLING, {"sample": np.array([0.0, 0.0]), "falsified": np.array([0.0, 5.0]), "target": 0.0}).outcomes
    for name, x in found.items():
        assert not np.signbit(x[np.isfinite(x)]).any(), name


def test_levels_that_depend_on_equation_1_are_not_called_confirmed() -> None:
    told = [answer for answer in SAMPLING.answers if answer.outcome == "detection_level"]
    assert told
    assert {answer.status for answer in told} == {"derived"}
