"""The moves of a treaty, status by status, against numbers worked out by hand (docs/model.md, sections 1.1, step 3, and 1.2)."""

from __future__ import annotations

from math import exp
from typing import Any

import pytest

from laws import Raw, law, parts, solved
from sim.dilemma.rounds import unless_over
from sim.dilemma.treaties import Treaty
from small_scenarios import scenario

PAIR = ("a", "b")


def treaty(table: Raw, others: dict[str, Raw] | None = None, third: bool = False, **more: Any) -> Treaty:
    """Treaty t in rounds of half a year, beside other treaties."""
    raw = scenario(horizon={"years": 10, "rounds_per_year": 2}, treaties={"t": table, **(others or {})}, **more)
    if third:
        raw["actors"]["c"] = {"strategy": {"kind": "always_restrain"}}
    found = parts(raw).treaties[0]
    assert isinstance(found, Treaty)
    return found


def peace(t: Treaty, status: str, alarms: int = 0, **others: str) -> dict[str, float]:
    """The law of the status after a peace round; `others` are the statuses of the other treaties at its start."""
    given = {"treaty.t": status, "alarms": alarms} | {f"treaty.{k}": v for k, v in others.items()}
    return law([m for m in t.peace() if m.writes[0] in ("seen.t", "treaty.t'")], given, "treaty.t'")


def crisis(t: Treaty, status: str, shock: bool = False, pair: tuple[str, str] = PAIR, over: bool = False) -> dict[str, float]:
    """The law of the status after a crisis round; `over`: it reached the last rung."""
    return law([unless_over(t.crisis()[0])], {"treaty.t": status, "shock": shock, "over": over, "pair": pair}, "treaty.t'")


# ---- clocks, in peace and in crisis alike


CLOCKS = [
    ("pending", {"entry_rate": 0.6}, {"in_force": 1 - exp(-0.3), "pending": exp(-0.3)}),
    ("pending", {}, {"pending": 1}),
    ("ended", {"renegotiation_rate": 0.2}, {"in_force": 1 - exp(-0.1), "ended": exp(-0.1)}),
    ("ended", {"entry_rate": 5.0, "collapse_rate": 5.0}, {"ended": 1}),
    # two rates 0.3 and 0.1 a year: one strikes with 1 - exp(-0.2), three in four times the first
    (
        "suspended",
        {"resumption_rate": 0.3, "collapse_rate": 0.1},
        {"in_force": 0.75 * (1 - exp(-0.2)), "ended": 0.25 * (1 - exp(-0.2)), "suspended": exp(-0.2)},
    ),
    ("suspended", {"collapse_rate": 0.4}, {"ended": 1 - exp(-0.2), "suspended": exp(-0.2)}),
    ("suspended", {}, {"suspended": 1}),
    # notice of a quarter of a year is a rate of 4, against a reversal of 1: 5 a year
    (
        "withdrawing",
        {"notice_years": 0.25, "reversal_rate": 1.0},
        {"ended": 0.8 * (1 - exp(-2.5)), "in_force": 0.2 * (1 - exp(-2.5)), "withdrawing": exp(-2.5)},
    ),
    ("withdrawing", {"notice_years": 2.0}, {"ended": 1 - exp(-0.25), "withdrawing": exp(-0.25)}),
    ("withdrawing", {"notice_years": 0.0, "reversal_rate": 9.0}, {"ended": 1}),
]


@pytest.mark.parametrize(("status", "table", "expected"), CLOCKS)
def test_clocks(status: str, table: Raw, expected: dict[str, float]) -> None:
    t = treaty(table)
    assert peace(t, status) == pytest.approx(expected)
    assert peace(t, status, alarms=2) == pytest.approx(expected)  # alarms move a treaty in force only
    assert crisis(t, status) == pytest.approx(expected)
    assert crisis(t, status, shock=True) == pytest.approx(expected)  # a shock too
    assert crisis(t, status, shock=True, over=True) == {status: 1}  # the last rung was reached: nothing moves


# ---- in force


def test_withdrawal_by_the_number_of_parties() -> None:
    # 0.1 per party and year: two parties exp(-0.1) in half a year, three exp(-0.15)
    assert peace(treaty({"withdrawal_rate": 0.1}), "in_force") == pytest.approx({"ended": 1 - exp(-0.1), "in_force": exp(-0.1)})
    three = treaty({"withdrawal_rate": 0.1, "notice_years": 0.5}, third=True)
    assert peace(three, "in_force") == pytest.approx({"withdrawing": 1 - exp(-0.15), "in_force": exp(-0.15)})
    two_of_three = treaty({"withdrawal_rate": 0.1, "parties": ["c", "a"]}, third=True)
    given = {"treaty.t": "in_force", "alarm.a": 0, "alarm.c": 0}
    moves = [m for m in two_of_three.peace() if m.writes[0] in ("seen.t", "treaty.t'")]
    assert law(moves, given, "treaty.t'")["ended"] == pytest.approx(1 - exp(-0.1))


@pytest.mark.parametrize(
    ("cascade", "statuses", "factor"),
    [
        (2.0, ("in_force", "in_force"), 1),
        (2.0, ("withdrawing", "in_force"), 3),
        (2.0, ("ended", "withdrawing"), 5),
        (2.0, ("suspended", "pending"), 1),  # only withdrawing and ended count
        ({"u": 0.5, "v": 3.0}, ("ended", "ended"), 4.5),
        ({"v": 3.0}, ("ended", "withdrawing"), 4),
        ({"v": 3.0}, ("ended", "in_force"), 1),
        ({}, ("ended", "ended"), 1),
    ],
)
def test_cascade(cascade: Any, statuses: tuple[str, str], factor: float) -> None:
    # rate 0.1, two parties, half a year: 0.1 (1 + g)
    t = treaty({"withdrawal_rate": 0.1, "cascade": cascade}, {"u": {}, "v": {}})
    found = peace(t, "in_force", u=statuses[0], v=statuses[1])
    assert found == pytest.approx({"ended": 1 - exp(-0.1 * factor), "in_force": exp(-0.1 * factor)})


def test_cascade_looks_at_the_start_of_the_round() -> None:
    # u is left at once and for certain in round 0; t, which would follow, is untouched by it before round 1
    raw = scenario(treaties={"u": {"withdrawal_rate": 1e6}, "t": {"withdrawal_rate": 0.01, "cascade": 9.0}})
    kept = solved(raw).treaty_occupancy["t"][:3, 1]
    assert kept.tolist() == pytest.approx([1, exp(-0.02), exp(-0.02 - 0.2)])


def test_suspension_after_an_alarm_unless_withdrawn() -> None:
    t = treaty({"withdrawal_rate": 0.1, "suspension_probability": 0.3})
    stays, goes = exp(-0.1), 1 - exp(-0.1)
    assert peace(t, "in_force", alarms=0) == pytest.approx({"ended": goes, "in_force": stays})
    for alarms in (1, 2):  # one alarm or two make no difference
        expected = {"ended": goes, "suspended": 0.3 * stays, "in_force": 0.7 * stays}
        assert peace(t, "in_force", alarms) == pytest.approx(expected)
    certain = treaty({"suspension_probability": 1.0})
    assert peace(certain, "in_force", 1) == {"suspended": 1}


@pytest.mark.parametrize(("alarms", "suspended"), [((0, 0, 0), 0), ((0, 1, 0), 0), ((1, 0, 0), 0.3), ((1, 1, 1), 0.3)])
def test_only_alarms_of_parties_suspend(alarms: tuple[int, int, int], suspended: float) -> None:
    t = treaty({"parties": ["a", "c"], "suspension_probability": 0.3}, third=True)
    given: dict[str, Any] = {"treaty.t": "in_force", "alarms": sum(alarms)}
    given |= {f"alarm.{name}": y for name, y in zip("abc", alarms, strict=True)}
    moves = [m for m in t.peace() if m.writes[0] in ("seen.t", "treaty.t'")]
    assert law(moves, given, "treaty.t'").get("suspended", 0) == pytest.approx(suspended)


# ---- crises


def test_a_shock_suspends_a_treaty_of_both_sides() -> None:
    t = treaty({"parties": ["a", "b"], "withdrawal_rate": 5.0, "suspension_probability": 1.0}, third=True)
    assert crisis(t, "in_force", shock=True, pair=("a", "b")) == {"suspended": 1}
    assert crisis(t, "in_force", shock=True, pair=("a", "c")) == {"in_force": 1}
    assert crisis(t, "in_force", shock=False, pair=("a", "b")) == {"in_force": 1}  # and nobody withdraws in a crisis
    assert crisis(t, "in_force", shock=True, pair=("a", "b"), over=True) == {"in_force": 1}


# ---- what others see


@pytest.mark.parametrize(
    ("status", "active", "limits", "when_suspended"),
    [
        ("pending", False, False, False),
        ("in_force", True, True, True),
        ("withdrawing", True, True, True),
        ("suspended", False, False, True),
        ("ended", False, False, False),
    ],
)
def test_active_and_limits(status: str, active: bool, limits: bool, when_suspended: bool) -> None:
    assert law(treaty({}).circumstances(), {"treaty.t": status}, "active.t") == {active: 1}
    assert treaty({}).limits(status) is limits
    assert treaty({"limits_when_suspended": True}).limits(status) is when_suspended


@pytest.mark.parametrize(
    ("before", "after", "withdrawal", "ended"),
    [
        ("in_force", "withdrawing", True, False),
        ("in_force", "ended", True, True),  # without notice both at once
        ("in_force", "suspended", False, False),
        ("in_force", "in_force", False, False),
        ("withdrawing", "ended", False, True),
        ("withdrawing", "in_force", False, False),
        ("suspended", "ended", False, True),  # collapse is no withdrawal
        ("pending", "in_force", False, False),
        ("ended", "ended", False, False),
        ("ended", "in_force", False, False),
    ],
)
def test_events_of_a_round(before: str, after: str, withdrawal: bool, ended: bool) -> None:
    given = {"treaty.t": before, "treaty.t'": after}
    assert law(treaty({}).changes(), given, "withdrawal.t", "treaty_ended.t") == {(withdrawal, ended): 1}


# ---- forced by events


def test_a_forced_status_is_no_event_of_the_round() -> None:
    # ended by force in round 2: no onset from its end, no withdrawal heard, no treaty_ended heard
    raw = scenario(treaties={"t": {}}, events=[{"year": 2, "status": {"t": "ended"}}], onset={"treaty_end_probability": 1.0})
    heard = {"withdrawal": {"x->y": 1.0}, "treaty_ended": {"x->y": 1.0}, "treaty_ended.t": {"x->y": 1.0}}
    raw["conditions"] = {"c": {"states": ["x", "y"], "initial": "x", "on": heard}}
    found = solved(raw)
    assert found.treaty_occupancy["t"][:, 4].tolist() == [0, 0, *[1] * 9]
    assert found.escalation_probability[-1, 0] == 0
    assert found.condition_occupancy["c"][-1, 0] == 1


@pytest.mark.parametrize("status", ["pending", "in_force", "withdrawing", "suspended", "ended"])
def test_expiry_ends_whatever_has_not_ended(status: str) -> None:
    # counted once as treaty_ended of the round that begins, with its onset; nothing for a treaty that had ended; twice is once
    raw = scenario(treaties={"t": {"status": status, "notice_years": 1e9}}, onset={"treaty_end_probability": 0.25})
    raw["events"] = [{"year": 1.5, "expire": ["t"]}, {"year": 2, "expire": ["t"]}]
    raw["conditions"] = {"c": {"states": ["x", "y"], "initial": "x", "on": {"treaty_ended.t": {"x->y": 0.5}}}}
    found, counts = solved(raw), status != "ended"
    assert found.treaty_occupancy["t"][2, 4] == pytest.approx(1)
    assert found.escalation_probability[[2, 3, 10], 0].tolist() == pytest.approx([0, 0.25 * counts, 0.25 * counts], abs=1e-8)
    assert found.condition_occupancy["c"][[2, 3, 10], 1].tolist() == pytest.approx([0, 0.5 * counts, 0.5 * counts], abs=1e-8)


def test_a_treaty_that_expired_may_be_negotiated_again_in_the_same_round() -> None:
    # expired at the start of round 1, back with 1 - exp(-0.7) in its step 3: the end counts, the treaty is in force at its close
    raw = scenario(treaties={"t": {"renegotiation_rate": 0.7}}, events=[{"year": 1, "expire": ["t"]}])
    raw["onset"] = {"treaty_end_probability": 0.5}
    found = solved(raw)
    assert found.treaty_occupancy["t"][1:3, 1].tolist() == pytest.approx([0, 1 - exp(-0.7)])
    assert found.escalation_probability[2, 0] == pytest.approx(0.5)


def test_expiry_in_a_crisis_round_moves_conditions_only() -> None:
    # a crisis from round 0 on, which never ends: no onset can follow, but the condition hears the end
    raw = scenario(monitoring={"false_alarm": 1.0}, onset={"alarm_probability": 1.0, "treaty_end_probability": 1.0})
    raw |= {"treaties": {"t": {}}, "events": [{"year": 3, "expire": ["t"]}]}
    raw["crisis"] = {"kind": "empirical", "rungs": ["x", "war"], "advance": [0.0], "resolve": [0.0]}
    raw["conditions"] = {"c": {"states": ["x", "y"], "initial": "x", "on": {"treaty_ended": {"x->y": 0.5}}}}
    found = solved(raw)
    assert found.condition_occupancy["c"][:5, 1].tolist() == [0, 0, 0, 0, 0.5]
    assert found.expected_onsets == 1
    assert found.causes[0].tolist() == [0, 0, 1, 0]
