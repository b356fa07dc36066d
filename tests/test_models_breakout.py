"""Breakout: chains with laws by hand, forward equations, histories, the zone, the sunset, and what access does."""

from __future__ import annotations

from math import exp, factorial, log

import numpy as np
import pytest

from repeated_case import by, draws, found, one
from sim.models.breakout import BREAKOUT
from sim.models.model import evaluate

FORWARD, _, HISTORIES = BREAKOUT.ways
QUIET = {"strike_rate": 0.0, "contested": 0.0, "renewal": 0.0, "sunset": 1000.0}


def drawn(size: int) -> dict[str, np.ndarray]:
    rng = draws(1)
    return {
        "deal_end": rng.uniform(0, 1, size),
        "sunset": rng.uniform(0, 12, size),
        "lapse": rng.uniform(0, 3, size),
        "renewal": rng.uniform(0, 1, size),
        "delay": rng.uniform(0.1, 6, size),
        "delay_without": rng.uniform(0.1, 6, size),
        "response": rng.uniform(0, 4, size),
        "confidence": rng.uniform(0, 0.99, size),
        "strike_rate": rng.uniform(0, 0.5, size),
        "contested": rng.uniform(0, 1, size),
        "escalation": rng.uniform(0, 0.2, size),
        "at": rng.uniform(0, 12, size),
    }


def test_the_law_and_the_forward_equations_agree() -> None:
    given = drawn(15)
    first, second = found(BREAKOUT, given), by(FORWARD, BREAKOUT, given)

    for name in ("strike_within", "deal_holds", "breakout_at_most"):
        for entry, values in second[name].items():
            np.testing.assert_allclose(first[name][entry], values, atol=1e-7, err_msg=f"{name} {entry}")
    np.testing.assert_allclose(first["expected_breakout"], second["expected_breakout"], rtol=1e-7)


def test_histories_agree() -> None:
    given = {name: x[:4] for name, x in drawn(15).items()}
    exact = found(BREAKOUT, given)["strike_within"]
    estimates = evaluate(BREAKOUT, given, lambda v: HISTORIES.solve(v, rng=draws(2))).outcomes["strike_within"]

    for year, estimate in estimates.items():
        assert np.all(np.abs(estimate.value - exact[year]) <= 4 * estimate.standard_error + 1e-9), year


def test_limits_that_lapse_are_counted_by_poisson() -> None:
    # no deal: the number of lapses by t is Poisson(g t), all beyond the last counted with it
    told = QUIET | {"start": "no_deal", "lapse": 0.7, "at": 3.0}
    out = found(BREAKOUT, told)["breakout_at_most"]
    mass = [exp(-2.1) * 2.1**k / factorial(k) for k in range(5)]

    assert out["1"][0] == pytest.approx(1 - sum(mass[:4]))
    assert out["3"][0] == pytest.approx(1 - sum(mass[:3]))
    assert out["11"][0] == pytest.approx(1 - mass[0])


def test_with_a_deal_first_two_clocks_run_in_a_row() -> None:
    # (5) for j = 1 by integration: h e^(-h u) x e^(-x), x = g (t - u)
    h, g, t = 0.3, 1.2, 4.0
    u = np.linspace(0, t, 200_001)
    density = h * np.exp(-h * u) * np.exp(-g * (t - u)) * g * (t - u)
    by_integration = float(((density[1:] + density[:-1]) / 2).sum() * t / 200_000)
    out = found(BREAKOUT, QUIET | {"deal_end": h, "lapse": g, "at": t})["breakout_at_most"]

    assert out["8"][0] - out["5"][0] == pytest.approx(by_integration, abs=1e-8)


def test_the_zone_and_the_chance_of_stopping_a_dash_meet_at_its_edge() -> None:
    # c(b*) = q
    edge = 1.0 - 1.5 * log(0.2)
    below = found(BREAKOUT, {"delay": 1.5, "response": 1.0, "confidence": 0.8})["zone_below"]["deal"][0]
    assert below == pytest.approx(edge)
    at_edge = {"months": [edge], "delay": 1.5, "response": 1.0}
    assert one(BREAKOUT, "caught_under_the_deal", **at_edge) == pytest.approx(0.8)
    # a breakout time at the edge is not in the zone, a little less is
    just = {**QUIET, "strike_rate": 1.0, "delay": 1.5, "response": 1.0, "confidence": 0.8, "deal_end": 0.0}
    assert found(BREAKOUT, just | {"months": [edge * 1.001]})["strike_within"]["9"][0] == 0
    assert found(BREAKOUT, just | {"months": [edge * 0.999]})["strike_within"]["9"][0] == pytest.approx(1 - exp(-9))


def test_a_sunset_ends_the_deal_for_certain() -> None:
    out = found(BREAKOUT, QUIET | {"deal_end": 0.0, "sunset": 4.0})

    assert [out["deal_holds"][str(year)][0] for year in (0, 3, 4, 9)] == [1, 1, 0, 0]


def test_certainty_that_is_wanted_puts_every_breakout_time_into_the_zone() -> None:
    solution = evaluate(BREAKOUT, {"confidence": 1.0})
    assert "certainty" in solution.reason("zone_below")
    # strikes at rate s from the start
    struck = found(BREAKOUT, {"confidence": 1.0, "contested": 0.0, "strike_rate": 0.1})["strike_within"]["9"][0]
    assert struck == pytest.approx(1 - exp(-0.9))


def test_who_wants_no_chance_of_stopping_a_dash_never_strikes() -> None:
    # c(b) < 0 holds for no b, not for one that is shorter than the response either
    careless = {"confidence": 0.0, "contested": 0.0, "strike_rate": 1.0, "response": 20.0}
    found_ = found(BREAKOUT, careless)
    assert found_["strike_within"]["9"][0] == 0
    assert found_["in_strike_zone"][0] == 0
    assert found_["zone_below"]["deal"][0] == 0


def test_quicker_detection_lowers_the_risk_and_contested_findings_raise_it() -> None:
    given = drawn(60)
    plain = found(BREAKOUT, given)["strike_within"]["9"]
    quicker = found(BREAKOUT, given | {"delay": given["delay"] / 2, "delay_without": given["delay_without"] / 2})[
        "strike_within"
    ]["9"]
    contested = found(BREAKOUT, given | {"contested": given["contested"] + 1})["strike_within"]["9"]

    assert (quicker <= plain + 1e-12).all()
    assert (quicker < plain - 1e-6).any()
    assert (contested >= plain - 1e-12).all()
