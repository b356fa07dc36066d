"""A treaty under imperfect monitoring: equations against values of play, thresholds at their edges, limits."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from repeated_case import N, agree, dilemmas, draws, found, holds_at_four_errors, one
from sim.models.model import evaluate
from sim.models.treaty_monitoring import LONGEST, TREATY

RECURSION, SIMULATION = TREATY.ways


def drawn(seed: int) -> dict[str, np.ndarray]:
    rng = draws(seed)
    alpha = rng.uniform(0, 0.4, N) * (rng.random(N) < 0.9)
    return {
        **dilemmas(rng),
        "false_alarm_probability": alpha,
        "detection_probability": alpha + rng.uniform(-0.1, 1, N) * (1 - alpha),
        "discount_factor": rng.uniform(0.3, 0.995, N),
        "punishment_periods": rng.integers(1, 40, N).astype(float),
    }


def test_equations_and_values_of_play_agree() -> None:
    given = {name: np.clip(x, 0, 1) if "probability" in name else x for name, x in drawn(1).items()}

    agree(TREATY, RECURSION, given, ("value", "grim_value", "periods_self_enforcing"), 1e-9, N)
    agree(TREATY, RECURSION, given, ("breakdown_probability", "best_payoff", "shortest_punishment"), 1e-6, 40)
    agree(TREATY, RECURSION, given, ("critical_discount_factor",), 1e-6, 100)


def test_critical_discount_factor_for_a_length_is_where_incentives_turn() -> None:
    given = {name: np.clip(x, 0, 1) if "probability" in name else x for name, x in drawn(2).items()}
    critical = found(TREATY, given)["critical_discount_factor_periods"]
    there = ~np.isnan(critical) & (critical < 0.999)
    at = {name: x[there] for name, x in given.items()}

    assert there.sum() > 50
    for shift, holds in ((1e-6, 1.0), (-1e-6, 0.0)):
        moved = found(TREATY, {**at, "discount_factor": critical[there] + shift})
        assert (moved["periods_self_enforcing"] == holds).all()
    second = evaluate(TREATY, at, RECURSION.solve).outcomes["critical_discount_factor_periods"]
    np.testing.assert_allclose(second, critical[there], atol=1e-9)
    # where there is none, no delta on a fine grid does
    none = {name: x[np.isnan(critical)][:, None] for name, x in given.items()}
    grid = np.linspace(0.001, 0.999, 999)
    for n in range(len(none["reward"])):
        point = {name: np.full(999, x[n, 0]) for name, x in none.items()}
        assert not found(TREATY, {**point, "discount_factor": grid})["periods_self_enforcing"].any()


def test_shortest_punishment_is_the_first_that_deters() -> None:
    given = {name: np.clip(x, 0, 1) if "probability" in name else x for name, x in drawn(3).items()}
    shortest = found(TREATY, given)["shortest_punishment"]
    there = ~np.isnan(shortest)
    at = {name: x[there] for name, x in given.items()}

    assert there.sum() > 40
    assert (found(TREATY, {**at, "punishment_periods": shortest[there]})["periods_self_enforcing"] == 1).all()
    longer = shortest[there] > 1
    less = {**{name: x[longer] for name, x in at.items()}, "punishment_periods": shortest[there][longer] - 1}
    assert longer.sum() > 10
    assert (found(TREATY, less)["periods_self_enforcing"] == 0).all()


def test_perfect_monitoring_and_long_punishment_are_limits() -> None:
    given = {**dilemmas(draws(4)), "false_alarm_probability": 0.0, "detection_probability": 1.0}
    classic = (given["temptation"] - given["reward"]) / (given["temptation"] - given["punishment"])

    np.testing.assert_allclose(found(TREATY, given)["critical_discount_factor"], classic, rtol=1e-12)
    told = {"false_alarm_probability": 0.05, "detection_probability": 0.5, "punishment_periods": 5000}
    assert one(TREATY, "critical_discount_factor_periods", **told) == pytest.approx(5 / 7, abs=1e-12)
    assert one(TREATY, "value", **told) == pytest.approx(one(TREATY, "grim_value", **told), abs=1e-12)


def test_best_payoff_is_not_beaten_by_any_length() -> None:
    given = {name: np.clip(x, 0, 1) if "probability" in name else x for name, x in drawn(5).items()}
    out = found(TREATY, given)
    kept = (out["periods_self_enforcing"] == 1) & (out["sustainable"] == 1)

    assert kept.sum() > 30
    assert (out["value"][kept] <= out["best_payoff"][kept] + 1e-9).all()


def test_a_threshold_that_is_met_exactly_is_met() -> None:
    given = {"false_alarm_probability": 0.05, "detection_probability": 0.5, "discount_factor": 5 / 7}

    assert one(TREATY, "grim_self_enforcing", **given) == 1
    assert one(TREATY, "breakdown_probability", **given) == pytest.approx(1)
    assert one(TREATY, "best_payoff", **given) == pytest.approx(one(TREATY, "grim_value", **given))


def test_useless_monitoring_and_broken_premises_are_said() -> None:
    useless = evaluate(TREATY, {"false_alarm_probability": 0.3, "detection_probability": 0.3})
    tie = evaluate(
        TREATY, {"false_alarm_probability": 0.25, "detection_probability": 0.5}
    )  # (4) with equality: 2 = (5 - 1)/(3 - 1)
    hunt = evaluate(TREATY, {"temptation": 2.0})

    for solution in (useless, tie):
        assert solution.outcomes["sustainable"][0] == 0
        assert np.isnan(solution.outcomes["critical_discount_factor"][0])
    assert "must exceed" in useless.reason("critical_discount_factor")
    assert "prisoner's dilemma" in hunt.reason("best_payoff")
    assert np.isnan(hunt.outcomes["best_payoff"][0])


def test_edges_of_the_probabilities() -> None:
    assert one(TREATY, "dead_by", false_alarm_probability=1.0, detection_probability=1.0, periods=0) == 0
    assert one(TREATY, "dead_by", false_alarm_probability=1.0, detection_probability=1.0, periods=1) == 1
    assert one(TREATY, "dead_by", false_alarm_probability=1e-18, periods=1000) == pytest.approx(1e-15, rel=1e-9)
    assert one(TREATY, "compliance_share", false_alarm_probability=0.0) == 1
    assert np.isnan(one(TREATY, "likelihood_ratio", false_alarm_probability=0.0))
    assert one(TREATY, "shortest_punishment", discount_factor=0.7143, detection_probability=0.5) <= LONGEST


def test_simulated_treaties_agree() -> None:
    given = {
        "false_alarm_probability": np.array([0.0, 0.02, 0.2, 0.9]),
        "detection_probability": 0.95,
        "punishment_periods": np.array([3.0, 7.0, 1.0, 20.0]),
        "discount_factor": np.array([0.5, 0.9, 0.97, 0.8]),
        "periods": np.array([10.0, 30.0, 4.0, 1.0]),
    }

    holds_at_four_errors(TREATY, SIMULATION, given, ("value", "compliance_share", "dead_by"), seed=6)


def test_the_best_payoff_is_that_of_patient_states() -> None:
    # delta* = 2 / (2 * 0.8 + 0.25 * 2) = 0.952 exceeds the default 0.95; v* = 3 - 2 * 0.2 / 0.25
    weak = {"false_alarm_probability": 0.2, "detection_probability": 0.45}
    solution = evaluate(TREATY, weak)

    assert solution.outcomes["best_payoff"][0] == pytest.approx(1.4, abs=1e-12)
    assert np.isnan(solution.outcomes["breakdown_probability"][0])
    assert "too small" in solution.reason("breakdown_probability")
    assert solution.reason("best_payoff") != solution.reason("breakdown_probability")
    least = one(TREATY, "critical_discount_factor", **weak)
    assert one(TREATY, "breakdown_probability", **weak, discount_factor=least) == pytest.approx(1)
    assert one(TREATY, "best_payoff", **weak, discount_factor=least) == pytest.approx(1.4, abs=1e-12)
    given = {name: np.clip(x, 0, 1) if "probability" in name else x for name, x in drawn(7).items()}
    out = found(TREATY, given)
    assert (np.isnan(out["best_payoff"]) == (out["sustainable"] == 0)).all()
    assert (np.isnan(out["breakdown_probability"]) == (out["grim_self_enforcing"] == 0)).all()


def test_a_sucker_may_lose_nothing_more_than_punishment() -> None:
    told = {"temptation": 1.5, "reward": 1.0, "punishment": 0.0, "false_alarm_probability": 0.05, "detection_probability": 0.5}
    expected = 0.5 / (0.5 * 0.95 + 0.45 * 1)
    assert one(TREATY, "critical_discount_factor", **told, sucker=0.0) == pytest.approx(expected, abs=1e-12)

    for sucker in (-1.0, -1e15):  # S is in no equation
        for name, value in found(TREATY, {**told, "sucker": sucker}).items():
            assert value.tobytes() == found(TREATY, {**told, "sucker": 0.0})[name].tobytes(), name


@pytest.mark.parametrize(
    ("payoffs", "alpha", "beta"),
    [
        ((4.0, 3.0, 1.0), 0.3, 0.45),
        ((4.0, 3.0, 1.0), 0.6, 0.9),
        ((3.3, 3.0, 2.1), 0.3, 0.4),
        ((5.0, 3.0, 1.0), 0.1, 0.2),
        ((4.0, 3.0, 1.0), 0.3e-9, 0.45e-9),
    ],
)
@pytest.mark.parametrize("delta", [0.5, 0.95, 1 - 1e-12])
def test_a_likelihood_ratio_on_the_edge_sustains_nothing(
    payoffs: tuple[float, float, float], alpha: float, beta: float, delta: float
) -> None:
    # beta / alpha = (T - P) / (R - P) but for the rounding of the decimals
    given = {**dict(zip(("temptation", "reward", "punishment"), payoffs, strict=True)), "punishment_periods": float(LONGEST)}
    given |= {"false_alarm_probability": alpha, "detection_probability": beta, "discount_factor": delta}
    solution = evaluate(TREATY, given)

    for name in ("sustainable", "grim_self_enforcing", "periods_self_enforcing"):
        assert solution.outcomes[name][0] == 0, name
    for name in ("critical_discount_factor", "critical_discount_factor_periods", "best_payoff", "shortest_punishment"):
        assert np.isnan(solution.outcomes[name][0]), name
    assert "by more than rounding" in solution.reason("critical_discount_factor")
    above = evaluate(TREATY, {**given, "detection_probability": beta * (1 + 1e-6)}).outcomes
    assert above["sustainable"][0] == 1
    assert above["critical_discount_factor"][0] < 1


def exact(at: dict[str, float]) -> dict[str, Fraction]:
    """Equations (1) and (2) in fractions of the floats: V with N periods and with grim punishment, and the slack of (2)."""
    alpha, beta, d = (Fraction(at[k]) for k in ("false_alarm_probability", "detection_probability", "discount_factor"))
    n, r, p, t = int(at["punishment_periods"]), Fraction(3), Fraction(1), Fraction(5)
    below = 1 - d * (1 - alpha) - alpha * d ** (n + 1)
    return {
        "value": p + (1 - d) * (r - p) / below,
        "grim_value": p + (1 - d) * (r - p) / (1 - d * (1 - alpha)),
        "slack": d * (beta - alpha) * (1 - d**n) * (r - p) - (t - r) * below,
    }


@pytest.mark.parametrize("away", [1e-3, 1e-6, 1e-9, 1e-12, 1e-15])
@pytest.mark.parametrize("alpha", [0.0, 1e-15, 1e-12, 1e-6, 0.05])
def test_values_of_very_patient_states_are_exact_to_rounding(alpha: float, away: float) -> None:
    for n in (1, 5, 50):
        at = {"false_alarm_probability": alpha, "detection_probability": 0.47, "discount_factor": 1 - away}
        at["punishment_periods"] = float(n)
        out, told = found(TREATY, at), exact(at)

        for name in ("value", "grim_value"):
            assert out[name][0] == pytest.approx(float(told[name]), rel=4e-15), (name, n)
        assert (out["periods_self_enforcing"][0] == 1) == (told["slack"] >= 0)
        shortest = out["shortest_punishment"][0]
        assert exact({**at, "punishment_periods": shortest})["slack"] >= 0
        assert shortest == 1 or exact({**at, "punishment_periods": shortest - 1})["slack"] < 0


def test_one_alarm_in_a_trillion_periods() -> None:
    told = {"false_alarm_probability": 1e-12, "discount_factor": 1 - 1e-12, "punishment_periods": 5.0}
    assert one(TREATY, "value", **told) == pytest.approx(3 - 1e-11, abs=2e-15)
    assert one(TREATY, "grim_value", **told) == pytest.approx(1.999989, abs=5e-7)
