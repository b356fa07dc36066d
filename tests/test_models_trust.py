"""Trust that falls faster than it rises: paths against small steps, the loop, programmes against drawn ones and by quadrature."""

from __future__ import annotations

import numpy as np
import pytest

from model_ways import agree, one, simulated
from sim.models.model import evaluate
from sim.models.trust import TRUST, YEARS


def test_paths_and_loops_against_small_steps() -> None:
    rng = np.random.default_rng(3)
    size = 6
    low = rng.uniform(0.1, 0.5, size)
    given = {
        "up_rate": rng.uniform(0.02, 0.1, size),
        "down_rate": rng.uniform(0.2, 0.6, size),
        "promises": rng.uniform(1, 6, size),
        "promises_apart": rng.uniform(0.1, 1, size),
        "threshold_down": low,
        "threshold_up": low + rng.uniform(0.05, 0.4, size),
        "trust": rng.uniform(0.1, 0.95, size),
        "shocks": [1.45, 18.59, 19.89, 22.15, 25.10],
    }
    assert agree(TRUST, "small steps", given, 2e-4) == (YEARS + 2) * size


def test_drawn_programmes() -> None:
    for n, given in enumerate(({}, {"step_breakdown": 0.2, "step_promises": 1.0}, {"low_trust": 0.05, "pause": 0.5})):
        assert simulated(TRUST, "drawn", given, seed=n) == 4


def test_expected_years_of_a_treaty_by_integration_over_time() -> None:
    from scipy.integrate import quad

    # from 0.2 to 0.7 at a k = 0.1, breakdown 0.2 (1 - u): the goal comes after 10 ln(8/3) years
    end = 10 * np.log(8 / 3)

    def left(t: float) -> float:
        return float(np.exp(-0.2 * quad(lambda x: 0.8 * np.exp(-0.1 * x), 0, t)[0]))

    through = left(end)
    wanted = (quad(left, 0, end)[0] + (1 - through) * 3) / through
    assert one(TRUST, "treaty_first_success") == pytest.approx(through, rel=1e-9)
    assert one(TRUST, "treaty_first_years") == pytest.approx(wanted, rel=1e-9)


def test_cooperation_waits_for_the_upper_threshold() -> None:
    # one shock at the start, 0.8 x 0.6 = 0.48 < 0.5; apart at 0.025 a year 0.6 is reached after 40 ln(0.52/0.4) = 10.49 years,
    # not before; from then on at 0.1 a year: after 20 years 1 - 0.4 exp(-0.1 x 9.506)
    given = {"shocks": [0.0], "threshold_down": 0.5, "threshold_up": 0.6}
    together = [one(TRUST, "cooperation_path", str(n), **given) for n in range(20)]
    assert together == [0.0] * 11 + [1.0] * 9
    back = 40 * np.log(0.52 / 0.4)
    assert one(TRUST, "trust_path", "20", **given) == pytest.approx(1 - 0.4 * np.exp(-0.1 * (20 - back)), rel=1e-12)


def test_the_loop_comes_back_lower_than_it_went() -> None:
    found = evaluate(TRUST).outcomes
    up = {float(x[0]): float(found["loop_trust"][k][0]) for k, x in found["loop_shocks"].items() if k.startswith("rising:")}
    down = {float(x[0]): float(found["loop_trust"][k][0]) for k, x in found["loop_shocks"].items() if k.startswith("falling:")}
    inside = [x for x in up if float(found["shocks_on"][0]) < x <= float(found["shocks_off"][0])]
    assert len(inside) > 20
    assert all(up[x] > min(down.items(), key=lambda item: abs(item[0] - x))[1] for x in inside)
    assert up[0.0] == down[0.0] == 1.0


def test_the_ends_of_the_loop_are_where_trust_at_rest_meets_the_thresholds() -> None:
    given = {
        "up_rate": 0.03,
        "promises": 4.0,
        "promises_apart": 0.7,
        "down_rate": 0.5,
        "threshold_down": 0.3,
        "threshold_up": 0.65,
    }
    off, back = one(TRUST, "shocks_off", **given), one(TRUST, "shocks_on", **given)
    assert 0.12 / (0.12 + 0.5 * off) == pytest.approx(0.3)  # a k1 = 0.12
    assert 0.021 / (0.021 + 0.5 * back) == pytest.approx(0.65)  # a k0 = 0.021


def test_without_a_difference_of_promises_and_thresholds_there_is_no_loop() -> None:
    # k0 = k1 and thresholds that nearly meet: a k (1 - d)/(b d) and a k (1 - e)/(b e) nearly meet
    given = {"promises": 1.0, "promises_apart": 1.0, "threshold_down": 0.5, "threshold_up": 0.5 + 1e-9}
    assert one(TRUST, "loop_area", **given) == pytest.approx(0, abs=1e-9)


def test_the_order_of_steps_matters_only_as_far_as_they_differ() -> None:
    same = {"step_promises": 2.0, "step_breakdown": 0.2}
    assert one(TRUST, "steps_first_success", **same) == pytest.approx(one(TRUST, "treaty_first_success", **same), rel=1e-12)
    assert one(TRUST, "steps_first_years", **same) == pytest.approx(one(TRUST, "treaty_first_years", **same), rel=1e-9)
    # steps as fragile as a treaty, and slower, are worse; much slower ones are worse in years though they go through more often
    assert one(TRUST, "steps_first_years", step_breakdown=0.2) > one(TRUST, "treaty_first_years")
    slow = {"step_promises": 0.4}
    assert one(TRUST, "steps_first_years", **slow) > one(TRUST, "treaty_first_years", **slow)


def test_repair_takes_longer_than_the_fall_by_the_ratio_of_rates() -> None:
    # a shock of b is undone by about b u / ((1 - u) a) promises for small b
    for b in (0.01, 0.02):
        years = one(TRUST, "repair_years", down_rate=b, trust=0.5)
        assert years * 2 * 0.05 == pytest.approx(np.log1p(b), rel=1e-9)
