"""Treaties whose parties leave one by one, against numbers worked out by hand (docs/model.md, sections 1.1, 3 and 9)."""

from __future__ import annotations

from math import exp
from typing import Any

import numpy as np
import pytest

import drawn
import oracle
from laws import Raw, law, parts, solved
from sim.dilemma.checks import problems
from sim.dilemma.membership import OneByOne
from sim.dilemma.parameters import merge
from sim.dilemma.rounds import unless_over
from sim.dilemma.scenario import Scenario
from sim.dilemma.structure import structure
from sim.dilemma.traces import trace
from sim.report.channels import beside
from sim.report.parts import calendar, crises
from sim.report.parts import treaties as told
from sim.report.stage import stage_games
from sim.report.trace import records, tell
from small_scenarios import scenario
from standard_errors import wrong_counts

IN_FORCE, SUSPENDED, ENDED = 1, 3, 4
"""Columns of an occupancy of statuses."""


def pact(actors: str = "abc", **table: Any) -> Raw:
    """Treaty t of actors that restrain, left one by one, in rounds of half a year."""
    raw = scenario(horizon={"years": 6, "rounds_per_year": 2}, treaties={"t": {"exit": "one_by_one", **table}})
    raw["actors"] = {name: {"strategy": {"kind": "always_restrain"}} for name in actors}
    return raw


def treaty(actors: str = "abc", **table: Any) -> OneByOne:
    found = parts(pact(actors, **table)).treaties[0]
    assert isinstance(found, OneByOne)
    return found


def given(status: str, standings: str, alarms: str = "") -> dict[str, Any]:
    """Values at the start of a round: the standings by their first letters (s: outside), the actors that draw an alarm."""
    words = {"m": "member", "l": "leaving", "o": "out", "s": "outside"}
    out: dict[str, Any] = {"treaty.t": status} | {f"member.t.{a}": words[x] for a, x in zip("abcd", standings, strict=False)}
    return out | {f"alarm.{a}": int(a in alarms) for a in "abcd"[: len(standings)]}


def after(t: OneByOne, start: dict[str, Any], *wanted: str, crisis: bool = False) -> dict[Any, float]:
    moves = [unless_over(m) for m in t.crisis()] if crisis else t.peace()
    return law(moves, start, *wanted)


# ---- one round


def test_each_party_leaves_by_its_own_rate_and_follows_those_that_left() -> None:
    # half a year; a leaves at 0.4, b at 0.1, c, which is not in the table, at 0: with nobody gone, and with c gone,
    # where each that is left follows at 0.2 + 0.5 * 0.6 = 0.5
    t = treaty(withdrawal_rate={"a": 0.4, "b": 0.1}, follow_rate=0.2, leak=0.5, leak_follow_rate=0.6)
    found = after(t, given("in_force", "mmm"), "member.t.a'", "member.t.b'", "member.t.c'")
    stay = {"a": exp(-0.2), "b": exp(-0.05)}
    assert found["out", "member", "member"] == pytest.approx((1 - stay["a"]) * stay["b"])
    assert found["out", "out", "member"] == pytest.approx((1 - stay["a"]) * (1 - stay["b"]))
    assert sum(found.values()) == pytest.approx(1)
    for gone in ("o", "l"):
        followed = after(t, given("in_force", "mm" + gone), "member.t.a'")
        assert followed["member"] == pytest.approx(exp(-0.5 * (0.4 + 0.5)))
    assert after(t, given("in_force", "mms"), "member.t.a'")["member"] == pytest.approx(exp(-0.2))  # it never joined


def test_notice_and_its_reversal() -> None:
    # notice of a quarter of a year is a rate of 4 against a reversal of 1: in half a year exp(-2.5) is left
    t = treaty(notice_years=0.25, reversal_rate=1.0, withdrawal_rate=0.1)
    found = after(t, given("in_force", "lmm"), "member.t.a'")
    assert found == pytest.approx({"out": 0.8 * (1 - exp(-2.5)), "member": 0.2 * (1 - exp(-2.5)), "leaving": exp(-2.5)})
    assert after(t, given("in_force", "mmm"), "member.t.a'")["leaving"] == pytest.approx(1 - exp(-0.05))
    assert after(t, given("in_force", "lmm"), "member.t.a'", crisis=False) == found
    in_crisis = given("in_force", "lmm") | {"shock": False, "pair": ("a", "b"), "over": False}
    assert after(t, in_crisis, "member.t.a'", crisis=True) == pytest.approx(found)  # the clock of notice runs in a crisis
    assert after(t, in_crisis, "member.t.b'", crisis=True) == {"member": 1}  # and nobody withdraws
    assert after(t, in_crisis | {"over": True}, "member.t.a'", crisis=True) == {"leaving": 1}  # the last rung: nothing moves


@pytest.mark.parametrize(
    ("status", "standings", "expected"),
    [
        ("in_force", "oms", (0.5, 1.0, 0.5)),  # who is out or has never joined may join
        ("pending", "sso", (0.5, 0.5, 0.5)),
        ("ended", "omo", (0.5, 1.0, 0.5)),
        ("suspended", "oms", (0.0, 1.0, 0.0)),  # nothing moves while it is suspended
    ],
)
def test_joining(status: str, standings: str, expected: tuple[float, ...]) -> None:
    # the rate 2 log 2 a year joins with one half in half a year
    t = treaty(join_rate=2 * np.log(2), withdrawal_rate=0.0)
    found = [after(t, given(status, standings), f"member.t.{a}'").get("member", 0.0) for a in "abc"]
    assert found == pytest.approx(list(expected))


def test_too_few_parties_end_a_treaty_and_keep_it_from_beginning() -> None:
    t = treaty(minimum_parties=2, entry_rate=0.6, renegotiation_rate=0.2, withdrawal_rate={"a": 1e9})
    assert after(t, given("in_force", "mmm"), "treaty.t'") == {"in_force": 1}
    assert after(t, given("in_force", "mmo"), "treaty.t'", "treaty_ended.t", "exits.t") == {("ended", True, 0): 1}
    assert after(t, given("in_force", "mmm"), "withdrawal.t", "left.t", "left.t.a", "left.t.b", "exits.t") == {
        (True, True, True, False, 1): 1
    }
    assert after(t, given("pending", "mms"), "treaty.t'")["in_force"] == pytest.approx(1 - exp(-0.3))
    assert after(t, given("ended", "mmo"), "treaty.t'")["in_force"] == pytest.approx(1 - exp(-0.1))
    for status in ("pending", "ended"):
        assert after(t, given(status, "mss"), "treaty.t'") == {status: 1}


@pytest.mark.parametrize(
    ("standings", "alarms", "suspended"),
    [("mmm", "", 0.0), ("mmm", "c", 0.3), ("mmm", "ac", 0.3), ("mml", "c", 0.3), ("mmo", "c", 0.0), ("mmo", "b", 0.3)],
)
def test_alarms_of_bound_parties_suspend(standings: str, alarms: str, suspended: float) -> None:
    t = treaty(suspension_probability=0.3, notice_years=1e9)
    assert after(t, given("in_force", standings, alarms), "treaty.t'").get("suspended", 0.0) == pytest.approx(suspended)


def test_no_suspension_in_a_round_in_which_a_member_withdraws() -> None:
    # a gives notice with 1 - exp(-0.5); only else does the alarm of b suspend, for certain
    t = treaty(suspension_probability=1.0, withdrawal_rate={"a": 1.0}, notice_years=1.0)
    found = after(t, given("in_force", "mmm", "b"), "member.t.a'", "treaty.t'")
    assert found == pytest.approx({("leaving", "in_force"): 1 - exp(-0.5), ("member", "suspended"): exp(-0.5)})


def test_a_shock_suspends_only_between_bound_sides() -> None:
    t = treaty(suspension_probability=1.0)
    start = given("in_force", "mmo") | {"shock": True, "over": False}
    assert after(t, start | {"pair": ("a", "b")}, "treaty.t'", crisis=True) == {"suspended": 1}
    assert after(t, start | {"pair": ("a", "c")}, "treaty.t'", crisis=True) == {"in_force": 1}


@pytest.mark.parametrize(
    ("status", "standing", "active", "limits"),
    [
        ("in_force", "m", True, True),
        ("in_force", "l", True, True),  # under notice a party is still bound
        ("in_force", "o", False, False),
        ("in_force", "s", False, False),
        ("suspended", "m", False, True),
        ("suspended", "o", False, False),
        ("ended", "m", False, False),
    ],
)
def test_for_whom_a_treaty_is_active(status: str, standing: str, active: bool, limits: bool) -> None:
    t = treaty(limits_when_suspended=True)
    start = given(status, standing + "mm")
    assert law(t.circumstances(), start, "active.t.a") == {active: 1}
    assert t.limits(status, start["member.t.a"]) is limits


# ---- histories


def test_first_exit_and_follow() -> None:
    # (9.3a): three parties, each leaving at r = 0.1, the two that are left each at r + f = 0.5, in half years
    o = solved(pact(withdrawal_rate=0.1, follow_rate=0.4))
    s3, u2, t = exp(-0.05 * 3), exp(-0.25 * 2), np.arange(13)
    one_gone = 3 * (1 - exp(-0.05)) * exp(-0.1) * (u2**t - s3**t) / (u2 - s3)
    assert o.treaty_occupancy["t"][:, IN_FORCE] == pytest.approx(s3**t + one_gone, abs=1e-12)
    # all three are bound with s3^t, and while one has gone two of three are: who went is any of the three
    in_treaty = s3**t + one_gone * 2 / 3
    ended = 1 - s3**t - one_gone
    assert (o.membership["t"] >= in_treaty[:, None] - 1e-12).all()
    assert (o.membership["t"] <= (in_treaty + ended / 3)[:, None] + 1e-12).all()  # at most one of three is left at the end
    assert o.members["t"] == ("a", "b", "c")
    assert o.record()["membership"]["t"]["b"] == pytest.approx(o.membership["t"][:, 1])


@pytest.mark.parametrize("engine", ["exact", "oracle"])
def test_two_parties_without_notice_are_as_one_treaty_left_together(engine: str) -> None:
    table = {"withdrawal_rate": {"a": 0.3, "b": 0.1}, "suspension_probability": 0.4, "resumption_rate": 0.5, "collapse_rate": 0.2}
    records = []
    for way in ("together", "one_by_one"):
        raw = pact("ab", **table | {"exit": way, "sanction": 0.2, "inspections_per_year": 3.0, "inspection_detection": 0.2})
        raw["treaties"]["u"] = {"withdrawal_rate": 0.2, "cascade": 1.5}
        raw["treaties"]["t"]["cascade"] = 2.0
        raw["monitoring"] = {"detection": 0.3, "false_alarm": 0.2}
        raw["onset"] = {"treaty_end_probability": 0.3, "arming_rate": 0.2}
        raw["actors"]["a"] = {"strategy": {"kind": "tit_for_tat"}, "strategy_without_treaty": {"kind": "always_arm"}}
        record = solved(raw).record() if engine == "exact" else oracle.evaluate(oracle.variant_tables(raw, "base"))
        records.append({key: record[key] for key in record if key not in ("states", "membership")})
    assert oracle.differences(records[0], records[1], 1e-12, 1e-12) == []


def test_an_exit_is_a_moment_of_danger_and_the_end_of_the_treaty_is_one() -> None:
    # a leaves in round 0 for certain, the treaty goes on: onset with 0.25; b in round 1: it ends, one moment, again 0.25
    raw = pact(withdrawal_rate={"a": 1e9, "b": 0.0})
    raw["onset"] = {"treaty_end_probability": 0.25}
    raw["events"] = [{"year": 0.5, "set": {"treaties.t.withdrawal_rate.b": 1e9}}]
    o = solved(raw)
    assert o.escalation_probability[:4, 0].tolist() == pytest.approx([0, 0.25, 1 - 0.75**2, 1 - 0.75**2])
    assert o.causes[0].tolist() == pytest.approx([0, 0, 0, 1])
    assert o.treaty_occupancy["t"][:3, IN_FORCE] == pytest.approx([1, 1, 0.25])  # the crisis of round 0 is the last rung


def test_who_is_out_is_not_inspected_does_not_pay_and_plays_its_other_strategy() -> None:
    # a leaves in round 0: from round 1 on it arms, draws no alarm (national means see nothing) and pays for no inspection
    raw = pact(withdrawal_rate={"a": 1e9}, inspections_per_year=4.0, inspection_detection=0.5, inspection_cost=0.1, sanction=1.0)
    raw["actors"]["a"]["strategy_without_treaty"] = {"kind": "always_arm"}
    raw["conditions"] = {"c": {"states": ["x", "y"], "initial": "x", "on": {"alarm": {"x->y": 1.0}}}}
    raw["game"] = {"gain": 0.0, "exposure": 0.0, "cost": 0.0}
    o = solved(raw)
    assert o.arming[:3].tolist() == [[0, 0, 0], [1, 0, 0], [1, 0, 0]]
    assert o.condition_occupancy["c"][-1, 0] == 1
    # 0.1 * 4 inspections a year: a pays half a year, the others six years
    assert o.discounted_payoff == pytest.approx([-0.2, -2.4, -2.4])


def test_events_of_exits_move_conditions() -> None:
    # a's notice takes effect with 1 - exp(-2) a round from round 1 on; each event has a condition of its own
    raw = pact(withdrawal_rate={"a": 1e9}, notice_years=0.25)
    events = ["withdrawal.t", "left.t", "left.t.a", "left.t.b", "treaty_ended.t"]
    raw["conditions"] = {
        f"c{n}": {"states": ["x", "y"], "initial": "x", "on": {event: {"x->y": 1.0}}} for n, event in enumerate(events)
    }
    o = solved(raw)
    heard = [o.condition_occupancy[f"c{n}"][2, 1] for n in range(5)]
    assert heard == pytest.approx([1, 1 - exp(-2), 1 - exp(-2), 0, 0])


def test_an_event_forces_a_party_out() -> None:
    # a out in year 1 without any event of the round; c in year 2: too few are left, so the treaty is ended by force
    raw = pact()
    raw["onset"] = {"treaty_end_probability": 1.0}
    raw["events"] = [{"year": 1, "leave": {"t": ["a"]}}, {"year": 2, "leave": {"t": ["c", "a"]}}]
    o = solved(raw)
    assert o.membership["t"][[1, 2, 3, 4]].tolist() == [[1, 1, 1], [0, 1, 1], [0, 1, 1], [0, 1, 0]]
    assert o.treaty_occupancy["t"][[3, 4], IN_FORCE].tolist() == [1, 0]
    assert o.treaty_occupancy["t"][4, ENDED] == 1
    assert o.escalation_probability.max() == 0
    # expiry in the same event counts if the treaty has not ended before it by too few parties
    raw["events"] = [{"year": 1, "leave": {"t": ["a"]}, "expire": ["t"]}]
    assert solved(raw).escalation_probability[3, 0] == 1
    raw["events"] = [{"year": 1, "leave": {"t": ["a", "b"]}, "expire": ["t"]}]
    assert solved(raw).escalation_probability.max() == 0


def test_a_pact_enters_into_force_when_enough_have_joined() -> None:
    # four parties join with one half a round; the pact enters at once when three have: P(3 or 4 of 4 have) after t rounds
    raw = pact("abcd", status="pending", outside=list("abcd"), minimum_parties=3, join_rate=2 * np.log(2), entry_rate=1e9)
    o = solved(raw)
    p = 1 - 0.5 ** np.arange(13)
    assert o.membership["t"][:, 0] == pytest.approx(p)
    assert o.treaty_occupancy["t"][:, IN_FORCE] == pytest.approx(p**4 + 4 * p**3 * (1 - p))


def test_following_may_unravel_a_treaty_that_would_last() -> None:
    # the more follow, the sooner it ends; with no rate of their own nobody leaves, however sharply all would follow
    lasts = [solved(pact("abcd", withdrawal_rate=0.05, follow_rate=f)).treaty_occupancy["t"][-1, IN_FORCE] for f in (0, 0.5, 2)]
    assert lasts[0] > lasts[1] > lasts[2]
    assert solved(pact("abcd", follow_rate=9.0)).treaty_occupancy["t"][-1, IN_FORCE] == 1


# ---- the engines, over drawn scenarios


@pytest.mark.parametrize("seed", range(20))
def test_engines_agree_on_drawn_treaties(seed: int) -> None:
    force = {"one_by_one": True, "treaties": 1 + (seed % 4 == 1), "actors": 3 if seed % 4 == 2 else 2, "rounds": 8}
    raw = drawn.draw(np.random.default_rng(seed), force=force, no_equilibria=True, limit=5_000_000)
    tables = {key: value for key, value in raw.items() if key != "variants"}
    scenario_ = Scenario(merge(tables, {}))
    exact, n = scenario_.solve(), 3000
    expected = oracle.evaluate(oracle.variant_tables(tables, "base"))
    assert oracle.differences(expected, exact.record()) == []
    simulated = scenario_.simulate(n, seed=seed)
    for name, table in exact.membership.items():
        assert simulated.members[name] == exact.members[name]
        # about 4,000 counts in all: one that is right is called wrong with 1e-8
        assert wrong_counts(simulated.membership[name] * n, n, table, 1e-8) == []


# ---- what is refused, and what is said


@pytest.mark.parametrize(
    ("table", "path", "words"),
    [
        ({"exit": "together", "follow_rate": 0.1}, "follow_rate", "means nothing"),
        ({"exit": "together", "outside": ["a"]}, "outside", "means nothing"),
        ({"exit": "together", "minimum_parties": 3}, "minimum_parties", "means nothing"),
        ({"withdrawal_rate": {"z": 0.1}}, "withdrawal_rate", "names no party"),
        ({"parties": ["a", "b"], "withdrawal_rate": {"c": 0.1}}, "withdrawal_rate", "names no party"),
        ({"outside": ["z"]}, "outside", "names no party"),
        ({"outside": ["a", "a"], "status": "pending"}, "outside", "stands twice"),
        ({"outside": ["a", "b"]}, "outside", "must leave at least 2 of 3"),
        ({"minimum_parties": 4}, "minimum_parties", "at most 3"),
        ({"status": "withdrawing"}, "status", "is no status"),
        ({"while": {"withdrawing": {"set": {"onset.arming_rate": 1.0}}}}, "while", "names no status"),
    ],
)
def test_what_makes_no_sense_is_refused(table: Raw, path: str, words: str) -> None:
    found = problems(pact(**table))
    assert [p for p in found if p.path[:3] == ("treaties", "t", path) and words in p.message], found


def test_events_that_make_no_sense_are_refused() -> None:
    raw = pact()
    raw["treaties"]["u"] = {}
    cases: list[tuple[Raw, str]] = [
        ({"leave": {"z": ["a"]}}, "names no treaty"),
        ({"leave": {"u": ["a"]}}, "left by all at once"),
        ({"leave": {"t": ["z"]}}, "names no party"),
        ({"status": {"t": "withdrawing"}}, "must be a status"),
    ]
    for event, words in cases:
        assert [p for p in problems({**raw, "events": [{"year": 1, **event}]}) if words in p.message], event
    for event in ("left.u", "left.t.z", "left"):
        on = {"states": ["x", "y"], "initial": "x", "on": {event: {"x->y": 1.0}}}
        assert [p for p in problems({**raw, "conditions": {"k": on}}) if "no event" in p.message], event
    assert problems(pact(status="pending", outside=["a", "b", "c"])) == []


def test_a_treaty_that_a_variant_removes_takes_its_exits_with_it() -> None:
    raw = pact(withdrawal_rate=0.1)
    raw["events"] = [{"year": 1, "leave": {"t": ["a"]}, "set": {"onset.background_rate": 0.1}}]
    on = {"left.t": {"x->y": 1.0}, "left.t.a": {"x->y": 1.0}, "onset": {"x->y": 1.0}}
    raw["conditions"] = {"k": {"states": ["x", "y"], "initial": "x", "on": on}}
    merged = merge(raw, {"treaties": False})
    assert merged["events"][0]["leave"] == {}
    assert list(merged["conditions"]["k"]["on"]) == ["onset"]
    assert problems(merged) == []


def test_what_is_said_of_a_treaty_left_one_by_one() -> None:
    raw = pact(withdrawal_rate={"a": 0.2}, follow_rate=0.3, leak=0.5, leak_follow_rate=0.1, join_rate=0.4, notice_years=0.5)
    raw["treaties"]["t"] |= {"outside": ["c"], "minimum_parties": 2}
    raw["events"] = [{"year": 1, "leave": {"t": ["a", "b"]}}]
    (text,) = told(structure(raw))
    assert "parties withdraw at 0.2 (a) a year, with notice of 0.5 years on average" in text
    assert "parties leave one by one, and it ends when fewer than 2 are left; not joined at the start: c" in text
    assert "adds 0.3 a year and 0.1 a year for the 50 % of what inspections show that leak to the rate of each other" in text
    assert "a party that is not in it joins at 0.4 a year" in text
    assert calendar(structure(raw).tables) == ["year 1: a and b left the treaty t."]


def test_a_history_says_who_leaves_and_joins() -> None:
    raw = pact(withdrawal_rate={"a": 1e9}, notice_years=0.25, join_rate=0.5, outside=["c"], minimum_parties=2)
    raw["events"] = [{"year": 4, "leave": {"t": ["b"]}}]
    words = set()
    for replicate in range(20):
        s = Scenario(raw)
        rounds = trace(s, 0, replicate)
        stories = tell(s.structure, rounds)
        for record, story in zip(rounds, stories, strict=True):
            text, slots = " ".join(story.sentences), record.slots
            for a in "abc":
                before, now = slots[f"member.t.{a}"], slots[f"member.t.{a}'"]
                assert (f"{a} gives notice of leaving the treaty t" in text) == (before == "member" and now == "leaving")
                assert (f"{a} is out of the treaty t: the notice has run out" in text) == (before == "leaving" and now == "out")
                assert (f"{a} joins the treaty t" in text) == (before in ("out", "outside") and now == "member")
            few = slots["treaty.t"] == "in_force" and slots["treaty.t'"] == "ended"
            assert ("The treaty t ends: too few parties are left" in text) == few
            words |= {w for w in ("gives notice", "run out", "joins", "too few", "By the calendar b left") if w in text}
        assert records(s.structure, stories, rounds)[0]["slots"]["member.t.c"] == "outside"
    assert len(words) == 5, words


def test_a_crisis_that_an_exit_opens_is_not_laid_to_the_end_of_a_treaty() -> None:
    raw = pact(withdrawal_rate={"a": 1.0, "b": 1.0}, minimum_parties=2)
    raw["onset"] = {"treaty_end_probability": 1.0}
    found = set()
    for replicate in range(20):
        s = Scenario(raw)
        rounds = trace(s, 0, replicate)
        for record, story in zip(rounds, tell(s.structure, rounds), strict=True):
            if record.slots.get("cause") == "treaty_end":
                ended = record.slots["treaty.t"] != "ended" and record.slots["treaty.t'"] == "ended"
                why = "because a treaty ended;" if ended else "because a party left a treaty;"
                assert why in " ".join(story.sentences)
                found.add(ended)
    assert found == {True, False}
    assert beside(structure(raw)) == ["The end of a treaty or an exit from one opens a crisis with probability 1."]
    assert "the end of a treaty or an exit from one with 1." in crises(structure(raw))[0]
    together = raw | {"treaties": {"t": {"withdrawal_rate": 1.0}}}
    assert beside(structure(together)) == ["The end of a treaty opens a crisis with probability 1."]


def test_the_stage_game_is_that_of_whoever_is_bound() -> None:
    # a sanction of 1 on a certain alarm, 2 a year in half years, is taken from arming while bound: 3 - 2 against 3 - 2 - 2
    raw = pact("ab", withdrawal_rate={"a": 0.5}, sanction=1.0)
    raw["monitoring"] = {"detection": 1.0}
    found = stage_games(structure(raw), Scenario(raw).solve())
    assert {entry["when"]: entry["payoffs"]["a"][1][0] for entry in found} == pytest.approx(
        {"treaty t in force": -1, "treaty t ended": 1}
    )
    raw = pact("abc", withdrawal_rate={"a": 0.5}, sanction=1.0)
    raw["monitoring"] = {"detection": 1.0}
    entries = stage_games(structure(raw), Scenario(raw).solve())
    arming = {entry["when"]: (entry["arming_alone"]["a"], entry["arming_alone"]["b"]) for entry in entries}
    assert arming == {"a bound by t": pytest.approx((-1, -1)), "a out of t": pytest.approx((1, -1))}
