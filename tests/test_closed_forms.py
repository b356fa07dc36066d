"""Closed forms of the core model, each with its derivation, held against the exact engine (docs/model.md, sections 1 to 4)."""

from __future__ import annotations

from itertools import pairwise
from math import exp, log, prod, sqrt
from typing import Any

import numpy as np
import pytest
from scipy.linalg import expm

from laws import Raw, solved
from small_scenarios import both, scenario

# ---- onset


@pytest.mark.parametrize("per_year", [0.5, 1, 2, 12])
def test_a_constant_rate(per_year: float) -> None:
    # a round passes without onset with exp(-r dt), t years with exp(-r t), whatever the length of a round
    found = solved(scenario(horizon={"years": 10, "rounds_per_year": per_year}, onset={"background_rate": 0.07}))
    years = np.arange(len(found.escalation_probability)) / per_year
    assert found.escalation_probability[:, 0] == pytest.approx(1 - np.exp(-0.07 * years), abs=1e-13)
    assert found.expected_onsets == pytest.approx(1 - exp(-0.7))  # one rung: at most one crisis


def test_rates_add_over_pairs_and_causes() -> None:
    # of three actors a alone arms: pairs ab, ac, bc have 0.02 + (0.06 / 2, 0.06 / 2, 0): 0.06 + 0.06 a year
    raw = scenario(onset={"background_rate": 0.02, "arming_rate": 0.06})
    raw["actors"] |= {"a": {"strategy": {"kind": "always_arm"}}, "c": {"strategy": {"kind": "always_restrain"}}}
    found = solved(raw)
    assert found.escalation_probability[:, 0] == pytest.approx(1 - np.exp(-0.12 * np.arange(11)), abs=1e-13)
    assert found.causes[0] == pytest.approx([0.5, 0.5, 0, 0])


def test_channels_thin_the_background_alone() -> None:
    # background 0.3 x 0.5 x 0.8 = 0.12, arming 0.08 as it is
    raw = scenario(actors=both(strategy={"kind": "always_arm"}), onset={"background_rate": 0.3, "arming_rate": 0.08})
    raw["channels"] = {"x": {"accident_reduction": 0.5}, "y": {"accident_reduction": 0.2}}
    found = solved(raw)
    assert found.escalation_probability[-1, 0] == pytest.approx(1 - exp(-2.0))
    assert found.causes[0] == pytest.approx([0.6, 0.4, 0, 0])


@pytest.mark.parametrize(("per_year", "twice"), [(1, 2), (3, 6), (0.5, 1)])
def test_doubling_the_rounds_changes_nothing_where_there_are_rates_only(per_year: float, twice: float) -> None:
    # arming is fixed, so hazards are constant between events, and within a treaty's status or a condition's state; the one treaty
    # and the one condition, each with a single clock that strikes once, change no hazard, nor do national means
    def found(rounds: float) -> tuple[np.ndarray, ...]:
        raw = scenario(horizon={"years": 8, "rounds_per_year": rounds}, onset={"background_rate": 0.05, "arming_rate": 0.2})
        raw["actors"]["a"] = {"strategy": {"kind": "always_arm"}}
        raw["monitoring"] = {"detection": 0.5, "false_alarm": 0.1}
        raw["treaties"] = {"t": {"withdrawal_rate": 0.1}}
        raw["conditions"] = {"c": {"states": ["x", "y"], "initial": "x", "rates": {"x->y": 0.4}}}
        raw["events"] = [{"year": 2, "scale": {"onset.background_rate": 3.0}}, {"year": 4, "set": {"onset.arming_rate": 0.0}}]
        o = solved(raw)
        return o.escalation_probability[:, 0], o.causes[0]

    (coarse, shares), (fine, finer) = found(per_year), found(twice)
    assert coarse == pytest.approx(fine[::2], abs=1e-13)
    # hazards a year 0.05 + 0.1, then 0.15 + 0.1, then 0.15; shares by the integral of each over what is left
    left = np.exp(-np.array([0, 0.3, 0.8, 1.4]))
    risk = -np.diff(left)
    assert fine[-1] == pytest.approx(1 - left[-1])
    background = risk @ [1 / 3, 0.6, 1.0] / risk.sum()
    assert shares == pytest.approx([background, 1 - background, 0, 0])
    assert finer == pytest.approx(shares)


def test_causes_of_constant_hazards_are_in_the_ratio_of_the_hazards() -> None:
    # per half-year: background 0.1 x 0.5, arming 0.3 x (1 + 0) / 2 x 0.5, alarms -log(1 - 0.2) for a's certain alarm,
    # whatever the horizon and, with a rung to climb with the same probability each time, whatever the rung
    raw = scenario(
        horizon={"years": 5, "rounds_per_year": 2}, onset={"background_rate": 0.1, "arming_rate": 0.3, "alarm_probability": 0.2}
    )
    raw["actors"]["a"] = {"strategy": {"kind": "always_arm"}, "monitoring": {"detection": 1.0}}
    raw["crisis"] = {"kind": "empirical", "rungs": ["x", "war"], "advance": [0.3], "resolve": [0.7]}
    hazards = np.array([0.05, 0.075, -log(0.8), 0])
    assert solved(raw).causes == pytest.approx(np.stack([hazards / hazards.sum()] * 2))


def test_expected_time_of_a_constant_hazard() -> None:
    # rounds T with P(T = n) = q^(n-1) (1 - q), given T <= N: 1/(1 - q) - N q^N / (1 - q^N); q = exp(-0.05), N = 40 quarters
    found = solved(scenario(horizon={"years": 10, "rounds_per_year": 4}, onset={"background_rate": 0.2}))
    q, n = exp(-0.05), 40
    assert found.expected_time_to[0] == pytest.approx((1 / (1 - q) - n * q**n / (1 - q**n)) / 4)


def test_expected_onsets_of_crises_that_last_a_round() -> None:
    # peace with u, u' = (1 - h) u + (1 - u), so u_t = (1 + h (-h)^t) / (1 + h) from u_0 = 1, and onsets h u_t
    raw = scenario(onset={"background_rate": 0.3})
    raw["crisis"] = {"kind": "empirical", "rungs": ["x", "war"], "advance": [0.0], "resolve": [1.0]}
    found, h = solved(raw), 1 - exp(-0.3)
    u = (1 + h * (-h) ** np.arange(11)) / (1 + h)
    assert found.rung_occupancy[:, 0] == pytest.approx(u)
    assert found.expected_onsets == pytest.approx(h * u[:-1].sum())
    assert found.escalation_probability[:, 0] == pytest.approx(1 - np.exp(-0.3 * np.arange(11)))  # first passage, not occupancy
    assert np.isnan(found.expected_time_to[1])


# ---- strategies


@pytest.mark.parametrize(("detection", "false_alarm"), [(0.8, 0.1), (0.3, 0.3), (0.95, 0.01), (1.0, 0.0)])
def test_tit_for_tat_against_itself(detection: float, false_alarm: float) -> None:
    # by round D = 1 - sqrt(1 - d), F likewise; a arms if b drew an alarm: x' = D x + F (1 - x), so x_t = x (1 - (D - F)^t)
    # with x = F / (1 - D + F) in the long run
    raw = scenario(actors=both(strategy={"kind": "tit_for_tat"}), horizon={"years": 200, "rounds_per_year": 2})
    raw["monitoring"] = {"detection": detection, "false_alarm": false_alarm}
    d, f = 1 - sqrt(1 - detection), 1 - sqrt(1 - false_alarm)
    long_run = f / (1 - d + f) if f > 0 else 0.0
    found = solved(raw).arming
    assert found[-1] == pytest.approx([long_run, long_run], abs=1e-9)
    assert found[:, 0] == pytest.approx(long_run * (1 - (d - f) ** np.arange(400)), abs=1e-12)


def test_forgiveness_and_tremble() -> None:
    # x' = (1 - e) q (1 - phi) + e (1 - q (1 - phi)) with q = F + (D - F) x: linear, with the fixed point solved for x
    raw = scenario(
        actors=both(strategy={"kind": "tit_for_tat", "forgiveness": 0.25}, tremble=0.1),
        horizon={"years": 99, "rounds_per_year": 1},
    )
    raw["monitoring"] = {"detection": 0.7, "false_alarm": 0.2}
    slope = 0.8 * 0.75  # (1 - 2 e)(1 - phi)
    assert solved(raw).arming[-1, 1] == pytest.approx((0.1 + slope * 0.2) / (1 - slope * 0.5), abs=1e-12)


def test_grim_survives_by_luck() -> None:
    # nobody has armed before round t if neither drew one of 2 t false alarms: (1 - a)^(2 t) in compliance, a per round;
    # a condition keeps the memory of the first arming
    raw = scenario(actors=both(strategy={"kind": "grim"}), monitoring={"detection": 0.9, "false_alarm": 0.15})
    heard = {"x->y": 1.0}
    raw["conditions"] = {"c": {"states": ["x", "y"], "initial": "x", "on": {"arming.a": heard, "arming.b": heard}}}
    kept = solved(raw).condition_occupancy["c"][1:, 0]
    assert kept == pytest.approx(0.85 ** (2 * np.arange(10)), abs=1e-14)


def test_turnover_forgets_a_grudge() -> None:
    # against certain alarms of b, a's grim leader arms from the second round of its term on: not in the first,
    # and a term begins with q = 1 - exp(-1 / 4) each round
    raw = scenario()
    raw["actors"] = {"a": {"strategy": {"kind": "grim"}, "turnover_years": 4.0}, "b": {"strategy": {"kind": "always_arm"}}}
    raw["actors"]["b"]["monitoring"] = {"detection": 1.0}
    assert solved(raw).arming[:, 0] == pytest.approx([0] + [exp(-1 / 4)] * 9)


def test_leaders_come_by_their_weights() -> None:
    # a hawk of weight 1 in 4 always is there with 1/4; an event in year 3 makes it 3 in 6, which turnover of 5 years brings
    # about: 1/2 - 1/4 exp(-(t - 3) / 5) at round t; the first leader is drawn with the file's weights, whatever happens at 0
    leaders = [{"weight": 3.0, "strategy": {"kind": "always_restrain"}}, {"strategy": {"kind": "always_arm"}}]
    raw = scenario(events=[{"year": 3, "set": {"actors.a.leaders.1.weight": 3.0}}])
    raw["actors"]["a"] = {"leaders": leaders, "turnover_years": 5.0}
    expected = [0.25 if t <= 3 else 0.5 - 0.25 * exp(-(t - 3) / 5) for t in range(10)]
    assert solved(raw).arming[:, 0] == pytest.approx(expected, abs=1e-13)
    raw["events"][0]["year"] = 0
    assert solved(raw).arming[:, 0] == pytest.approx([0.5 - 0.25 * exp(-t / 5) for t in range(10)], abs=1e-13)


# ---- crises


@pytest.mark.parametrize(("prize", "disaster", "concession"), [(1.0, 4.0, 0.0), (2.0, 3.0, 0.5), (0.5, 9.0, 2.0)])
def test_the_mixed_equilibrium_of_chicken(prize: float, disaster: float, concession: float) -> None:
    # indifferent: sigma X + (1 - sigma) v = -sigma kappa, so sigma = v / (v - X - kappa), X = -disaster;
    # a crisis that begins in round 0 for certain reaches war in round 1 with sigma^2
    raw = scenario(monitoring={"false_alarm": 1.0}, onset={"alarm_probability": 1.0}, horizon={"years": 2, "rounds_per_year": 1})
    raw["crisis"] = {"kind": "brinkmanship", "rungs": ["x", "war"], "slip": [0.0], "prize": prize, "disaster": disaster}
    raw["crisis"]["concession_cost"] = concession
    sigma = prize / (prize + disaster - concession)
    assert solved(raw).escalation_probability[2, 1] == pytest.approx(sigma**2, abs=1e-14)


ADVANCE, RESOLVE = [0.5, 0.3, 0.2], [0.3, 0.2, 0.6]


def ladder_matrix(hazard: float) -> np.ndarray:
    """Transitions by round of peace, rungs 1 to 3 and war."""
    p = np.zeros((5, 5))
    p[0, 0], p[0, 1], p[4, 4] = exp(-hazard), 1 - exp(-hazard), 1
    for k, (up, out) in enumerate(zip(ADVANCE, RESOLVE, strict=True), 1):
        p[k, k + 1], p[k, 0], p[k, k] = up, out, 1 - up - out
    return p


def climbing(years: int, **more: Any) -> Raw:
    raw = scenario(horizon={"years": years, "rounds_per_year": 1}, onset={"background_rate": 0.4}, **more)
    raw["crisis"] = {"kind": "empirical", "rungs": ["r1", "r2", "r3", "war"], "advance": ADVANCE, "resolve": RESOLVE}
    return raw


def test_an_empirical_ladder_against_its_fundamental_matrix() -> None:
    # each crisis climbs from rung to rung with advance / (advance + resolve), so wars are a geometric number of crises away
    found, p = solved(climbing(2000)), ladder_matrix(0.4)
    fundamental = np.linalg.inv(np.eye(4) - p[:4, :4])  # expected rounds in each transient state before war
    reach = prod(up / (up + out) for up, out in zip(ADVANCE, RESOLVE, strict=True))
    assert found.expected_onsets == pytest.approx(1 / reach, rel=1e-9)
    assert found.expected_onsets == pytest.approx(fundamental[0, 0] * p[0, 1], rel=1e-9)
    assert found.expected_time_to[3] == pytest.approx(fundamental[0].sum(), rel=1e-9)
    assert found.rung_occupancy[:, 1:4].sum(axis=0) == pytest.approx(fundamental[0, 1:], rel=1e-9)
    # the rungs on the way: make rung k absorbing
    for k in (1, 2, 3):
        assert found.expected_time_to[k - 1] == pytest.approx(np.linalg.inv(np.eye(k) - p[:k, :k])[0].sum(), rel=1e-9)


def test_an_empirical_ladder_round_by_round() -> None:
    # occupancy by powers of the matrix; first passage by powers of the matrix with the rung made absorbing
    found, p = solved(climbing(30)), ladder_matrix(0.4)
    powers = [np.linalg.matrix_power(p, t)[0] for t in range(31)]
    assert found.rung_occupancy == pytest.approx(np.array(powers), abs=1e-14)
    for k in range(1, 5):
        stopped = p.copy()
        stopped[k:] = np.eye(5)[k:]
        passage = [np.linalg.matrix_power(stopped, t)[0, k] for t in range(31)]
        assert found.escalation_probability[:, k - 1] == pytest.approx(passage, abs=1e-13)


# ---- treaties


def occupancy(table: Raw, years: float, per_year: float) -> np.ndarray:
    raw = scenario(horizon={"years": years, "rounds_per_year": per_year}, treaties={"t": table})
    return solved(raw).treaty_occupancy["t"]


# pending, in_force, withdrawing, suspended, ended, and the rates among them by the clock
ROUND_TRIP = {
    "withdrawal_rate": 0.15,
    "notice_years": 0.8,
    "renegotiation_rate": 0.4,
    "entry_rate": 0.5,
    "status": "pending",
}
RATES = np.zeros((5, 5))
for _from, _to, _rate in ((0, 1, 0.5), (1, 2, 0.3), (2, 4, 1.25), (4, 1, 0.4)):
    RATES[_from, _to], RATES[_from, _from] = _rate, -_rate


@pytest.mark.parametrize("per_year", [1, 4])
def test_a_treaty_of_clocks_by_the_matrix_exponential_of_each_exit(per_year: float) -> None:
    # one exit from each status: in a round it is taken with 1 - exp(-rate dt), the entry of the exponential of that exit alone
    by_round = np.zeros((5, 5))
    for k in range(5):
        alone = np.zeros((5, 5))
        alone[k] = RATES[k]
        by_round[k] = expm(alone / per_year)[k]
    expected = [np.linalg.matrix_power(by_round, t)[0] for t in range(int(10 * per_year) + 1)]
    assert occupancy(ROUND_TRIP, 10, per_year) == pytest.approx(np.array(expected), abs=1e-13)


def test_a_treaty_of_clocks_in_the_limit_of_short_rounds() -> None:
    # in continuous time the occupancy is expm(RATES t); a round allows one move, which errs by an amount in proportion to dt
    exact = np.array([expm(RATES * t)[0] for t in range(7)])
    errors = [np.abs(occupancy(ROUND_TRIP, 6, n)[::n] - exact).max() for n in (8, 16, 32, 64)]
    assert errors[-1] < 0.005
    for coarse, fine in pairwise(errors):
        assert coarse / fine == pytest.approx(2, abs=0.1)


@pytest.mark.parametrize("per_year", [0.5, 1, 12])
def test_single_moves_of_a_treaty_are_exact_whatever_the_round(per_year: float) -> None:
    # two competing exits into statuses that are never left: expm of the rates at any time, however long a round is
    rates = np.zeros((5, 5))
    rates[3, [1, 4, 3]] = 0.3, 0.2, -0.5
    found = occupancy({"status": "suspended", "resumption_rate": 0.3, "collapse_rate": 0.2}, 8, per_year)
    expected = [np.linalg.matrix_power(expm(rates / per_year), t)[3] for t in range(len(found))]
    assert found == pytest.approx(np.array(expected), abs=1e-13)


def test_the_end_of_a_treaty_as_a_cause() -> None:
    # it ends in round n with exp(-0.2 n) - exp(-0.2 (n + 1)), and a war comes of that with 0.5: 0.5 (1 - exp(-0.2 t)) in all
    raw = scenario(treaties={"t": {"withdrawal_rate": 0.1}}, onset={"treaty_end_probability": 0.5})
    found = solved(raw)
    assert found.escalation_probability[:, 0] == pytest.approx(0.5 * (1 - np.exp(-0.2 * np.arange(11))), abs=1e-14)
    assert found.causes[0].tolist() == pytest.approx([0, 0, 0, 1])


def test_alarms_as_a_cause() -> None:
    # a draws an alarm with 0.3 a round, b with 0.2; each alarm passes without onset with 0.9: (1 - 0.03)(1 - 0.02) a round
    raw = scenario(onset={"alarm_probability": 0.1})
    for name, false_alarm in (("a", 0.3), ("b", 0.2)):
        raw["actors"][name]["monitoring"] = {"false_alarm": false_alarm}
    assert solved(raw).escalation_probability[:, 0] == pytest.approx(1 - (0.97 * 0.98) ** np.arange(11), abs=1e-14)
