"""A first nuclear test and those that answer it: births by hand, closed forms, drawn histories, what detection does."""

from __future__ import annotations

import numpy as np
import pytest

from repeated_case import by, draws, found, holds_at_four_errors, one
from sim.models.model import evaluate
from sim.models.testing_cascade import CASCADE

FORMS, EVENTS, HISTORIES = CASCADE.ways


def test_two_states_by_hand() -> None:
    # all tests are open: the one that is left tests at rate q + m, so P(both within H) = 1 - exp(-(q + m) H)
    out = found(CASCADE, {"states": 2, "evasive": 0.0, "initiative": 0.02, "mirror": 0.08, "horizon": 5})
    assert out["all_test"][0] == pytest.approx(1 - np.exp(-0.5))
    assert out["size_by_year"]["3"][0] == pytest.approx(2 - np.exp(-0.3))
    assert out["years_to_all"][0] == pytest.approx(10.0)
    assert out["size"]["1"][0] + out["size"]["2"][0] == pytest.approx(1)


def test_a_hidden_test_is_not_answered_until_it_is_found() -> None:
    # nobody tests openly, nothing is seen (apparent yield 1e-5 kt), none deterred: after a first seen test the other state
    # tests unseen at rate 0.5, is found at rate 0.2, and would answer at rate 0.1: P(not seen in t)
    #   = exp(-0.6 t) + 0.5 (exp(-0.2 t) - exp(-0.6 t)) / 0.4
    dark = {"yield_kt": 0.001, "decoupling": 100.0, "spread": 0.05, "deterrence": 0.0, "evasive": 1.0}
    out = found(CASCADE, dark | {"states": 2, "initiative": 0.5, "mirror": 0.1, "found": 0.2, "horizon": 4})
    waits = np.exp(-2.4) + 0.5 * (np.exp(-0.8) - np.exp(-2.4)) / 0.4
    assert out["detection"][0] == pytest.approx(0, abs=1e-12)
    assert out["all_test"][0] == pytest.approx(1 - waits)
    # 1 / 0.6 until it tests, and with 5/6 another 1 / 0.2
    assert out["years_to_all"][0] == pytest.approx(1 / 0.6 + 5 / 6 / 0.2)


def test_detection() -> None:
    # a factor of ten in apparent yield is 1 / w standard deviations of the normal curve: 0.9 at y0, 0.5 at y0 / 10^(1.28155 w)
    assert one(CASCADE, "detection", yield_kt=2.0, decoupling=10.0) == pytest.approx(0.9)
    assert one(CASCADE, "detection", yield_kt=0.2 / 10 ** (1.2815515655446 * 0.45), decoupling=1.0) == pytest.approx(0.5)
    assert one(CASCADE, "detection", yield_kt=0.2, decoupling=1.0, inspection=0.3) == pytest.approx(0.93)
    falls = found(CASCADE, {"decoupling": np.array([1.0, 5.0, 10.0, 30.0, 70.0])})["detection"]
    assert np.all(np.diff(falls) < 0)


def test_the_ways_agree_at_drawn_parameters() -> None:
    rng, size = draws(3), 40
    given = {
        "states": 4,
        "horizon": 8,
        "initiative": rng.uniform(0, 0.1, size),
        "mirror": rng.uniform(0, 2, size),
        "evasive": np.where(rng.random(size) < 0.4, 0.0, rng.random(size)),
        "decoupling": rng.uniform(1, 70, size),
        "inspection": rng.random(size),
        "deterrence": rng.random(size),
        "found": rng.uniform(0, 1, size),
    }
    first, closed, events = found(CASCADE, given), by(FORMS, CASCADE, given), by(EVENTS, CASCADE, given)
    told = ~np.isnan(closed["all_test"])
    assert 8 <= told.sum() < size
    for name in ("all_test", "expected_size", "any_seen_test", "years_to_all"):
        here = ~np.isnan(closed[name])
        np.testing.assert_allclose(first[name][here], closed[name][here], rtol=1e-7, atol=1e-9, err_msg=name)
    for k in "1234":
        np.testing.assert_allclose(first["size"][k][told], closed["size"][k][told], rtol=1e-6, atol=1e-8)
    for name in ("all_test", "expected_size", "any_seen_test", "testers", "hidden_testers"):
        np.testing.assert_allclose(first[name], events[name], rtol=1e-8, atol=1e-10, err_msg=name)
    few = {name: x[:4] if isinstance(x, np.ndarray) else x for name, x in given.items()}
    holds_at_four_errors(CASCADE, HISTORIES, few, ("expected_size", "any_seen_test", "hidden_testers"), 4)


def test_better_detection_deters_and_shows_more() -> None:
    # without deterrence detection only turns hidden tests into seen ones, which are answered; with it, fewer are made at all
    sees = {"inspection": np.array([0.0, 0.5, 1.0]), "evasive": 1.0, "decoupling": 70.0, "found": 0.0, "horizon": 30}
    none, full = found(CASCADE, sees | {"deterrence": 0.0}), found(CASCADE, sees | {"deterrence": 1.0})
    assert np.all(np.diff(none["testers"]) > 0)
    assert full["testers"][2] == 0
    assert none["hidden_testers"][2] == 0


def test_who_never_tests() -> None:
    quiet = {"initiative": 0.0, "mirror": 0.0}
    assert np.isnan(found(CASCADE, quiet)["years_to_all"][0])
    assert "never" in evaluate(CASCADE, quiet).reason("years_to_all")
    assert found(CASCADE, quiet)["expected_size"][0] == 1
