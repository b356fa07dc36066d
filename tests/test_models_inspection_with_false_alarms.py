"""The inspection game with false alarms, and the verification paradox."""

from __future__ import annotations

import numpy as np
import pytest

from model_ways import agree, one
from sim.models.inspection_with_false_alarms import FALSE_ALARMS, PARADOX, slack
from sim.models.model import arrayed, evaluate


def drawn(rng: np.random.Generator, size: int) -> dict[str, np.ndarray]:
    cost = rng.uniform(0.1, 3, size)
    return {
        "separation": rng.uniform(0.2, 4, size),
        "inspectee_cost_of_detection": rng.uniform(0.2, 3, size),
        "inspectee_gain": rng.uniform(0.1, 2, size),
        "inspectee_cost_of_false_alarm": rng.uniform(0, 2.5, size),
        "inspector_cost_of_false_alarm": rng.uniform(0.01, 1, size),
        "inspector_cost_of_detection": cost,
        "inspector_cost_of_violation": cost + rng.uniform(0.1, 3, size),
    }


def test_equations_against_scan_and_numerical_slope() -> None:
    assert agree(FALSE_ALARMS, "scan", drawn(np.random.default_rng(1), 120), 2e-6) > 300


def test_neither_player_gains_by_deviating() -> None:
    from scipy.stats import norm

    given = drawn(np.random.default_rng(2), 60)
    found = evaluate(FALSE_ALARMS, given).outcomes
    alphas = np.concatenate([np.geomspace(1e-9, 1e-2, 200), np.linspace(0.01, 0.9999, 2000)])
    for n in np.flatnonzero(found["deterrence_possible"] == 1):
        at = {name: x[n] for name, x in given.items()}
        p, alpha = found["violation_probability"][n], found["false_alarm_probability"][n]
        loss, spread = at["inspector_cost_of_detection"], at["inspector_cost_of_violation"] - at["inspector_cost_of_detection"]
        missed = norm.cdf(norm.isf(alphas) - at["separation"])
        others = -(1 - p) * at["inspector_cost_of_false_alarm"] * alphas - p * (loss + spread * missed)
        assert others.max() <= found["inspector_payoff"][n] + 1e-9
        b, d, f = at["inspectee_cost_of_detection"], at["inspectee_gain"], at["inspectee_cost_of_false_alarm"]
        hit = found["detection_probability"][n]
        assert -f * alpha == pytest.approx(d * (1 - hit) - b * hit, abs=1e-9)  # indifferent
        assert found["inspector_leader_payoff"][n] >= found["inspector_payoff"][n] - 1e-12
        # no smaller false-alarm probability deters
        smaller = alphas[alphas < alpha * (1 - 1e-9)]
        gain = d - (b + d) * norm.sf(norm.isf(smaller) - at["separation"]) + f * smaller
        assert (gain > -1e-12).all()


def test_detection_and_non_detection_are_not_confused() -> None:
    found = evaluate(FALSE_ALARMS, drawn(np.random.default_rng(3), 40)).outcomes
    deters = found["deterrence_possible"] == 1
    assert found["detection_probability"][deters] + found["non_detection_probability"][deters] == pytest.approx(1)
    assert (found["detection_probability"][deters] >= found["false_alarm_probability"][deters] - 1e-12).all()


def test_false_alarms_that_cost_more_than_detection() -> None:
    # f > b: alarms everywhere do not deter; a good test still does, a bad one does not
    told = {"inspectee_cost_of_false_alarm": 4.0, "inspectee_cost_of_detection": 2.0}
    assert one(FALSE_ALARMS, "deterrence_possible", separation=3.0, **told) == 1
    poor = evaluate(FALSE_ALARMS, {"separation": 0.3, **told})
    assert poor.outcomes["deterrence_possible"][0] == 0
    assert poor.outcomes["violation_probability"][0] == 1
    assert poor.outcomes["leader_violation_probability"][0] == 1
    assert "No test deters" in poor.reason("false_alarm_probability")


def test_alarms_dearer_than_violations_are_not_announced() -> None:
    # e alpha* = 20 * 0.078 > a + (c - a) * 0.66 = 0.76
    assert one(FALSE_ALARMS, "leader_violation_probability", inspector_cost_of_false_alarm=20.0) == 1
    assert one(FALSE_ALARMS, "inspector_leader_payoff", inspector_cost_of_false_alarm=20.0) == pytest.approx(
        -(0.3 + 0.7 * 0.661445), abs=1e-6
    )


@pytest.mark.parametrize("separation", [8.0, 20.0, 35.0, 60.0])
def test_a_very_good_test_loses_no_digits(separation: float) -> None:
    from scipy.special import log_ndtr, ndtri

    found = evaluate(FALSE_ALARMS, {"separation": separation}).outcomes
    # alpha is nearly 0, so that Phi(D - z) = d / (b + d) = 1/3 and alpha = Phi(-z)
    z = separation - ndtri(1 / 3)
    assert found["alarm_threshold"][0] == pytest.approx(z, rel=1e-12)
    assert found["false_alarm_probability"][0] == pytest.approx(np.exp(log_ndtr(-z)), rel=1e-9)
    # p* = 1 / (1 + 7 r), r = exp(z D - D^2 / 2)
    assert found["violation_probability"][0] == pytest.approx(np.exp(-np.log(7) - z * separation + separation**2 / 2), rel=1e-6)


def test_a_useless_test_is_a_coin() -> None:
    # D -> 0: non-detection 1 - alpha = (b - f alpha) / (b + d) gives alpha = d / (b + d - f) = 1 / 2.8; r = 1, p = 1 / (1 + 7)
    assert one(FALSE_ALARMS, "false_alarm_probability", separation=1e-9) == pytest.approx(1 / 2.8, abs=1e-8)
    assert one(FALSE_ALARMS, "violation_probability", separation=1e-9) == pytest.approx(1 / 8, abs=1e-8)


def test_the_slack_is_written_alike_on_both_sides() -> None:
    v = arrayed(FALSE_ALARMS, {"separation": np.full(3, 2.0)})
    below, at, above = slack(v, np.array([2 - 1e-9, 2.0, 2 + 1e-9]))
    assert below == pytest.approx(at, abs=1e-8)
    assert above == pytest.approx(at, abs=1e-8)


def test_costs_of_the_inspector_must_be_in_order() -> None:
    found = evaluate(FALSE_ALARMS, {"inspector_cost_of_detection": 1.0, "inspector_cost_of_violation": 1.0})
    assert "inspector_cost_of_violation" in found.reason("violation_probability")


# ---- the paradox


def test_paradox_against_vertex_enumeration() -> None:
    rng = np.random.default_rng(4)
    size = 150
    given = {
        "detection_probability": rng.uniform(0.02, 1, size),
        "inspection_cost": rng.uniform(0.05, 3, size),
        "gain": rng.uniform(0.1, 2, size),
        "penalty": rng.uniform(0, 4, size),
        "detection_benefit": rng.uniform(0.2, 5, size),
    }
    assert set(evaluate(PARADOX, given).outcomes["kind"]) == {0.0, 1.0, 2.0}
    assert agree(PARADOX, "vertex", given, 1e-9) == 3 * size


def test_better_technology_is_used_less_and_there_is_less_cheating() -> None:
    quality = np.linspace(0.26, 1, 50)  # 1 / 4 is the least that deters: g / (g + L)
    found = evaluate(PARADOX, {"detection_probability": quality}).outcomes
    assert (np.diff(found["inspection_probability"]) < 0).all()
    assert (np.diff(found["violation_probability"]) < 0).all()
    assert quality * found["inspection_probability"] == pytest.approx(0.25)  # detection by the regime stays g / (g + L)
    # (7): k L / (q B (g + L)) = 0.5 * 3 / (q 4 * 4)
    assert found["undetected_violation_probability"] == pytest.approx(1.5 / (16 * quality))
    assert one(PARADOX, "better_test_used_less", detection_probability=0.2) == 0


def test_corners_of_the_paradox() -> None:
    # too weak to deter but worth it: always inspected (0.2 * 4 > 0.5); too dear: never
    assert one(PARADOX, "inspection_probability", detection_probability=0.2) == 1
    assert one(PARADOX, "violation_probability", detection_probability=0.2) == 1
    assert one(PARADOX, "inspection_probability", detection_probability=0.1) == 0
    assert one(PARADOX, "inspection_probability", detection_probability=0.0) == 0
    assert one(PARADOX, "undetected_violation_probability", detection_probability=0.0) == 1
    # at g = q (g + L) inspecting always just deters
    assert one(PARADOX, "inspection_probability", detection_probability=0.25) == 1
    assert one(PARADOX, "violation_probability", detection_probability=0.25) == 0.5


@pytest.mark.parametrize(
    ("quality", "cost", "gain", "loss", "inspect", "violate", "kind"),
    [
        (0.125, 0.5, 1.0, 3.0, 0.0, 1.0, "not inspected, violated"),  # q B = k, q (g + L) < g
        (0.25, 0.5, 1.0, 3.0, 1.0, 0.5, "always inspected, sometimes violated"),  # q B > k, q (g + L) = g
        (0.1, 0.2, 0.3, 2.7, 1.0, 0.5, "always inspected, sometimes violated"),  # the same within rounding
        (0.25, 1.0, 1.0, 4.0, 0.8, 1.0, "sometimes inspected, violated"),  # q B = k, q (g + L) > g
        (0.15, 0.6, 1.0, 9.0, 1 / 1.5, 1.0, "sometimes inspected, violated"),
        (0.25, 1.0, 1.0, 3.0, 1.0, 1.0, "always inspected, still violated"),  # both equal
        (0.2, 0.5, 1.0, 3.0, 1.0, 1.0, "always inspected, still violated"),
        (0.6, 0.5, 1.0, 3.0, 1 / 2.4, 0.5 / 2.4, "both mix"),
    ],
)
def test_what_the_two_do_at_equalities(
    quality: float, cost: float, gain: float, loss: float, inspect: float, violate: float, kind: str
) -> None:
    told = {"detection_probability": quality, "inspection_cost": cost, "gain": gain, "penalty": loss, "detection_benefit": 4.0}

    assert one(PARADOX, "inspection_probability", **told) == pytest.approx(inspect, abs=1e-15)
    assert one(PARADOX, "violation_probability", **told) == pytest.approx(violate, abs=1e-15)
    assert one(PARADOX, "kind", **told) == kind
