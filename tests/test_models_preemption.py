"""Pre-emption after a technology shock: the threshold against the global game and against a game with noise, limits, orders."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from model_ways import agree, one, simulated
from sim.models.model import evaluate
from sim.models.preemption import PREEMPTION, threshold

QUIET = {"ambiguous_warning": 0.0, "blur": 0.0}


def drawn(size: int) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(9)
    return {
        "normal_warning": rng.uniform(15, 40, size),
        "short_warning": rng.uniform(0, 15, size),
        "half_life": rng.uniform(1, 9, size),
        "imitation": rng.uniform(0, 1, size),
        "cap": rng.uniform(0, 1, size),
        "years": rng.uniform(0, 12, size),
        "strike_gain": np.exp(rng.uniform(-2, 2, size)),
        "warning_scale": rng.uniform(3, 30, size),
        "war_cost": np.exp(rng.uniform(-2, 1, size)),
        "cost_spread": rng.uniform(0.3, 2, size),
        "ambiguous_warning": rng.uniform(0, 0.6, size),
        "conventional_launch": rng.uniform(0, 1, size),
        "blur": rng.uniform(0, 1, size),
        "notice": rng.uniform(0, 1, size),
        "resolve_minutes": rng.uniform(1, 15, size),
        "crisis_rate": rng.uniform(0, 1, size),
    }


def test_equations_against_the_beliefs_of_the_global_game() -> None:
    assert agree(PREEMPTION, "beliefs", drawn(30), 2e-8) == 3 * 30


def test_drawn_crises() -> None:
    for n, given in enumerate(({"war_cost": 0.3}, {"war_cost": 0.3, "years": 8.0, "ambiguous_warning": 0.3}, {"war_cost": 0.05})):
        assert simulated(PREEMPTION, "drawn", given, seed=n) == 1


def test_a_game_with_a_little_noise_plays_the_threshold() -> None:
    # Each side sees c + e, e uniform on [-1/2, 1/2] times a small number, and strikes below a cutoff.  At its cutoff k a side is
    # indifferent: with x the chance that the other strikes, x (k + f/2) = k.  x falls for one side as it rises for the other with
    # the distance of the cutoffs, so there is one pair of them.
    from scipy.optimize import brentq

    f1, f2, m1, m2 = 0.5, 0.3, 0.05, 0.1
    wanted = float(threshold(*(np.array([x]) for x in (f1, f2, m1, m2)))[0])

    def cutoffs(u: float) -> tuple[float, float]:
        """Both cutoffs if the second lies higher by the share u of the noise."""
        below = (1 + u) ** 2 / 2 if u < 0 else 1 - (1 - u) ** 2 / 2  # P(difference of the two errors < u)
        one_, two = below + (1 - below) * m2, 1 - below + below * m1
        return f1 / 2 * one_ / (1 - one_), f2 / 2 * two / (1 - two)

    for noise in (0.02, 0.002, 0.0002):
        apart: Any = brentq(lambda u, noise=noise: cutoffs(u)[1] - cutoffs(u)[0] - noise * u, -0.999, 0.999)
        assert cutoffs(apart) == pytest.approx((wanted, wanted), abs=noise)


def test_advantage_halves_in_a_half_life_whatever_the_way_of_catching_up() -> None:
    years = np.array([0.0, 3.0, 6.0, 9.0])
    for share in (0.0, 0.4, 1.0):
        found = evaluate(PREEMPTION, {"years": years, "half_life": 3.0, "imitation": share}).outcomes
        assert found["advantage"] == pytest.approx([1, 1 / 2, 1 / 4, 1 / 8])
    # by countermeasures alone warning comes back: 30 - 22 / 8; by copying alone the side ahead loses as much
    back = evaluate(PREEMPTION, {"years": 9.0, "half_life": 3.0, "imitation": 0.0}).outcomes
    assert back["warning_behind"][0] == pytest.approx(30 - 22 / 8)
    copied = evaluate(PREEMPTION, {"years": 9.0, "half_life": 3.0, "imitation": 1.0}).outcomes
    assert copied["warning_ahead"][0] == pytest.approx(30 - 22 * 7 / 8)


def test_parity_at_short_warning_is_worse_than_advantage() -> None:
    # fear goes by the product of the gains, errors add up: copying makes both worse than they were under the lead
    found = evaluate(PREEMPTION, {"years": np.array([0.0, 2.0, 6.0, 30.0]), "imitation": 1.0}).outcomes
    assert (np.diff(found["fear_probability"]) > 0).all()
    assert (np.diff(found["error_probability"]) > 0).all()
    # countermeasures alone bring both down
    found = evaluate(PREEMPTION, {"years": np.array([0.0, 2.0, 6.0, 30.0]), "imitation": 0.0}).outcomes
    assert (np.diff(found["preemption_probability"]) < 0).all()


def test_errors_of_one_side_raise_the_fear_of_both() -> None:
    at = {"normal_warning": 8.0, "war_cost": 0.4}
    levels = [one(PREEMPTION, "fear_probability", **at, ambiguous_warning=u, blur=0.0) for u in (0.0, 0.1, 0.3)]
    assert levels == sorted(levels)
    assert levels[0] < levels[1] < levels[2]
    # a notice that explains all takes the errors away, and leaves the fear
    given = at | {"ambiguous_warning": 0.3, "notice": 1.0}
    assert one(PREEMPTION, "error_probability", **given) == 0
    assert one(PREEMPTION, "fear_probability", **given) == levels[0]


def test_critical_warning_is_where_the_probability_is_the_accepted_one() -> None:
    for accepted in (0.003, 0.01, 0.05):
        warning = one(PREEMPTION, "critical_warning", accepted=accepted, war_cost=1.0)
        at = {"normal_warning": warning, "short_warning": warning, "war_cost": 1.0}
        assert one(PREEMPTION, "preemption_probability", **at) == pytest.approx(accepted, rel=1e-9)


def test_without_errors_and_gains_nobody_strikes() -> None:
    assert one(PREEMPTION, "preemption_probability", **QUIET, strike_gain=1e-12) == pytest.approx(0, abs=1e-12)


def test_the_horizon_is_cut_where_warning_passes_the_minutes_of_the_decision() -> None:
    # a warning that is resolved within seconds makes (4) bend sharply there; (10) on a fine and uneven grid of times
    given = {
        "normal_warning": 120.0,
        "short_warning": 0.0,
        "imitation": 0.0,
        "ambiguous_warning": 0.0,
        "conventional_launch": 1.0,
    }
    given |= {
        "blur": 0.05,
        "notice": 0.25,
        "resolve_minutes": 0.11,
        "warning_scale": 0.11,
        "cost_spread": 5.0,
        "crisis_rate": 50.0,
    }
    times = np.concatenate([np.linspace(0, 0.1, 20_001), np.linspace(0.1, 10, 20_001)[1:]])
    each = evaluate(PREEMPTION, {name: np.full(len(times), x) for name, x in given.items()} | {"years": times, "horizon": 10.0})
    total = np.trapezoid(each.outcomes["preemption_probability"], times)
    assert one(PREEMPTION, "within", **given) == pytest.approx(-np.expm1(-50 * total), abs=1e-5)
