"""The prose of a simulated history says what its slots say."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cli_text import write
from sim.config import read_scenario
from sim.dilemma.scenario import Scenario
from sim.dilemma.traces import RoundRecord, trace
from sim.report.trace import Story, prose, records, tell

CALM = [("background_rate = 0.1", "background_rate = 0.0"), ("arming_rate = 0.3", "arming_rate = 0.0")]


def history(folder: Path, replicate: int, *changes: tuple[str, str], variant: str = "verification", more: str = ""):
    model = Scenario(read_scenario(write(folder, *changes, more=more)).tables(variant))
    rounds = trace(model, 0, replicate)
    return model.structure, rounds, tell(model.structure, rounds)


def said(story: Story) -> str:
    return " ".join(story.sentences)


@pytest.mark.parametrize("variant", ["no_treaty", "verification"])
def test_every_round_says_what_happened_and_nothing_else(variant: str, tmp_path: Path) -> None:
    seen = set()
    for replicate in range(30):
        s, rounds, stories = history(tmp_path, replicate, variant=variant)
        for record, story in zip(rounds, stories, strict=True):
            slots, text = record.slots, said(story)
            for actor, label in (("north", "north"), ("south", "The South")):
                assert (f"{label} arms" in text) == bool(slots.get(f"act.{actor}"))
                assert (f"{label} draws an alarm" in text) == bool(slots.get(f"alarm.{actor}"))
            assert ("A crisis between north and The South begins" in text) == (slots["rung"] == 0 < slots["rung'"])
            after = slots["rung'"]
            climbs = after > slots["rung"] > 0
            assert (f"The crisis reaches {s.rungs[after - 1]}" in text) == climbs
            assert ("The crisis ends" in text) == (slots["rung"] > 0 == slots["rung'"])
            for treaty in s.treaties:
                assert (f"The treaty {treaty}" in text) == (slots[f"treaty.{treaty}"] != slots[f"treaty.{treaty}'"])
            seen |= {word for word in ("arms", "alarm", "begins", "reaches", "ends", "concedes", "suspended") if word in text}
    assert seen >= {"arms", "alarm", "begins", "reaches", "ends", "concedes"}


def test_reasons_are_the_chances_of_strategy_temptation_and_tremble(tmp_path: Path) -> None:
    """Grim after its first alarm arms with 1; tit for tat that forgives 0.2 after an alarm with 0.8."""
    texts = [said(story) for replicate in range(40) for story in history(tmp_path, replicate)[2]]

    assert any("The South arms by its strategy (grim, 1)." in text for text in texts)
    assert any("north arms by its strategy (tit for tat, 0.8), by temptation (" in text for text in texts)
    assert any("by temptation (" in text and "or by a tremble (0.01)." in text for text in texts)
    assert not any("The South arms by temptation" in text for text in texts)


TREMBLING = [
    (
        'strategy = { kind = "tit_for_tat", forgiveness = 0.2 }\ntremble = 0.01',
        'strategy = { kind = "always_arm" }\ntremble = 0.3',
    ),
    ('strategy = { kind = "grim" }', 'strategy = { kind = "always_restrain" }\ntremble = 0.3'),
    ("temptation_precision = 2.0\n", ""),
]


def test_a_tremble_is_named_where_the_action_is_not_the_one_that_was_meant(tmp_path: Path) -> None:
    # north always means to arm, The South never: what they do else is a tremble, and nothing else is
    meant = {
        "north arms by its strategy (always arm, 1).": ("act.north", 1),
        "north restrains by a tremble (0.3); it meant to arm by its strategy (always arm, 1).": ("act.north", 0),
        "The South arms by a tremble (0.3).": ("act.south", 1),
    }
    _, rounds, stories = history(tmp_path, 0, *CALM, *TREMBLING, variant="no_treaty")

    for record, story in zip(rounds, stories, strict=True):
        assert set(story.sentences) & set(meant) == {text for text, (slot, act) in meant.items() if record.slots[slot] == act}
        assert said(story).count("tremble") == (record.slots["act.north"] == 0) + (record.slots["act.south"] == 1)
    assert {record.slots["act.north"] for record in rounds} == {0, 1}


def test_restraint_against_the_odds_is_told_with_what_may_have_stopped_it(tmp_path: Path) -> None:
    # after an alarm tit for tat arms with 0.8: if it restrains, forgiveness or a tremble did it, nobody can tell which
    texts = [said(story) for n in range(40) for story in history(tmp_path, n, ("temptation_precision = 2.0\n", ""))[2]]

    though = "north restrains, perhaps by a tremble (0.01), though it would arm by its strategy (tit for tat, 0.8)."
    assert any(though in text for text in texts)
    certain = [text for text in texts if "grim, 1" in text]
    assert certain
    assert not any("The South" in text and "tremble" in text.partition("The South")[2] for text in texts)


@pytest.mark.parametrize(
    ("slip", "concession", "how"),
    [
        ("[0.0, 0.0]", "0.2", {"because both stood"}),
        ("[1.0, 1.0]", "0.2", {"by a slip (1)"}),
        ("[0.02, 0.05]", "0.2", {"by a slip (0.02) or because both stood", "by a slip (0.05) or because both stood"}),
    ],
)
def test_a_climb_is_told_with_all_that_can_have_caused_it(slip: str, concession: str, how: set[str], tmp_path: Path) -> None:
    sure = [("background_rate = 0.1", "background_rate = 1e6"), ("slip = [0.02, 0.05]", f"slip = {slip}")]
    texts = [said(story) for n in range(30) for story in history(tmp_path, n, *sure)[2]]
    climbs = [text for text in texts if "The crisis reaches" in text]

    assert climbs
    assert all(any(way in text for way in how) for text in climbs)
    assert all(any(way in text for text in climbs) for way in how)
    assert all(("slip" in text) == (slip != "[0.0, 0.0]") and ("both stood" in text) == (slip[1] != "1") for text in climbs)


def test_where_one_side_concedes_for_certain_a_climb_is_a_slip(tmp_path: Path) -> None:
    # risk dominance with unequal stakes: one side stands and the other concedes (docs/model.md, section 2), so both never stand
    sure = [
        ("background_rate = 0.1", "background_rate = 1e6"),
        ("slip = [0.02, 0.05]", 'slip = [0.4, 0.4]\nselection = "risk_dominant"'),
        ('strategy = { kind = "grim" }', 'strategy = { kind = "grim" }\ncrisis = { disaster = 50.0 }'),
    ]
    climbs = [text for n in range(20) for story in history(tmp_path, n, *sure)[2] if "reaches" in (text := said(story))]

    assert climbs
    assert all("by a slip (0.4)." in text for text in climbs)


def test_alarms_are_told_from_false_alarms(tmp_path: Path) -> None:
    for replicate in range(10):
        _, rounds, stories = history(tmp_path, replicate)
        for record, story in zip(rounds, stories, strict=True):
            if record.slots.get("alarm.north"):
                assert ("north draws an alarm (it armed)" in said(story)) == bool(record.slots["act.north"])


def test_the_calendar_is_told(tmp_path: Path) -> None:
    more = '[[events]]\nyear = 3\nstatus = { talks = "off" }\nexpire = ["limits"]\n'
    _, _, stories = history(tmp_path, 0, *CALM, ("[uncertain]", more + "[uncertain]"))

    assert said(stories[12]).startswith("By the calendar the condition talks is off. By the calendar the treaty limits expires.")


def test_what_the_calendar_sets_and_scales_is_told(tmp_path: Path) -> None:
    more = '[[events]]\nyear = 3.1\nscale = { "onset.background_rate" = 2.0 }\n'
    _, rounds, stories = history(tmp_path, 0, *CALM, ("[uncertain]", more + "[uncertain]"))

    # four rounds a year: year 2 is round 8, and 3.1 comes after round 12 began, so it holds from round 13 on
    told = {story.round: [text for text in story.sentences if "calendar" in text] for story in stories}
    assert {n: texts for n, texts in told.items() if texts} == {
        8: ["By the calendar treaties.limits.inspections_per_year = 0."],
        13: ["By the calendar onset.background_rate times 2."],
    }
    assert len(rounds) == 20


def test_the_first_leaders_are_told(tmp_path: Path) -> None:
    hawk, dove = '{ name = "hawk", strategy = { kind = "grim" } }', '{ name = "dove", strategy = { kind = "always_restrain" } }'
    change = ('strategy = { kind = "grim" }', f"leaders = [{hawk}, {dove}]")
    seen = set()
    for replicate in range(10):
        _, rounds, stories = history(tmp_path, replicate, change)
        leader = ("hawk", "dove")[rounds[0].slots["memory.south"].leader]
        assert stories[0].sentences[0] == f"The first leader of The South is {leader}."
        assert not any("first leader" in said(story) for story in stories[1:])
        assert "first leader of north" not in said(stories[0])
        seen.add(leader)
    assert seen == {"hawk", "dove"}


@pytest.mark.parametrize(
    ("rates", "on", "why"),
    [
        ('"on->off" = 5.0', "", "by its clock."),
        ("", 'alarm = { "on->off" = 1.0 }', "because of an alarm."),
        ("", '"alarm.south" = { "on->off" = 1.0 }', "because of the alarm on The South."),
        ("", '"arming.north" = { "on->off" = 0.9 }', "because north armed."),
        ("", 'onset = { "on->off" = 1.0 }', "because a crisis began."),
        ("", '"withdrawal.limits" = { "on->off" = 1.0 }', "because of the withdrawal from limits."),
        ("", 'treaty_ended = { "on->off" = 1.0 }', "because a treaty ended."),
        ("", 'crisis = { "on->off" = 1.0 }', "because of the shock."),
        ('"on->off" = 5.0', 'onset = { "on->off" = 0.5 }', "because a crisis began or by its clock."),
        ('"on->off" = 5.0', 'onset = { "on->off" = 1.0 }', "because a crisis began."),
    ],
)
def test_what_moved_a_condition_is_told(rates: str, on: str, why: str, tmp_path: Path) -> None:
    changes = [
        ('rates = { "on->off" = 0.2 }', f"rates = {{ {rates} }}\non = {{ {on} }}"),
        ("background_rate = 0.1", "background_rate = 1.0"),
        ("withdrawal_rate = 0.02", "withdrawal_rate = 0.5"),
        ("slip = [0.02, 0.05]", "slip = [0.5, 0.05]\nshock_rung = 2"),
    ]
    told = [text for n in range(15) for story in history(tmp_path, n, *changes)[2] for text in story.sentences if "talks" in text]

    assert told
    assert all(text.startswith("The condition talks moves from on to off, ") for text in told)
    if rates and on:
        assert {text.partition("off, ")[2] for text in told} == {why, "by its clock."}
    else:
        assert {text.partition("off, ")[2] for text in told} == {why}


def test_changes_of_strategy_and_leader_are_told(tmp_path: Path) -> None:
    hawk, dove = '{ name = "hawk", strategy = { kind = "grim" } }', '{ name = "dove", strategy = { kind = "always_restrain" } }'
    leaders = f"leaders = [{hawk}, {dove}]"
    changes = [
        ('strategy = { kind = "grim" }', f'{leaders}\nturnover_years = 1\nstrategy_without_treaty = {{ kind = "always_arm" }}'),
        ("withdrawal_rate = 0.02", "withdrawal_rate = 0.5"),
    ]
    texts = [said(story) for replicate in range(5) for story in history(tmp_path, replicate, *changes)[2]]

    assert any("The South changes its leader: hawk to dove." in text for text in texts)
    assert any("The South: no limits hold, it changes strategy." in text for text in texts)


def test_quiet_rounds_are_told_together_and_the_end_is_told(tmp_path: Path) -> None:
    quiet = [
        ('strategy = { kind = "tit_for_tat", forgiveness = 0.2 }', 'strategy = { kind = "always_restrain" }'),
        ("tremble = 0.01\n", ""),
        ("temptation_precision = 2.0\n", ""),
        ("false_alarm = 0.1", "false_alarm = 0.0"),
        ('"on->off" = 0.2', '"on->off" = 0.0'),
    ]
    s, _, stories = history(tmp_path, 0, *CALM, *quiet, variant="no_treaty")

    assert prose(s, stories).splitlines() == [
        "year 0, round 0 to 19:  20 quiet rounds: nobody arms, no alarm, nothing changes.",
        "",
        "The history ends with the horizon, after 20 rounds; there was no crisis.",
    ]


def test_a_history_that_reaches_the_last_rung_ends_there(tmp_path: Path) -> None:
    sure = [("background_rate = 0.1", "background_rate = 1e6"), ("slip = [0.02, 0.05]", "slip = [1.0, 1.0]")]
    s, rounds, stories = history(tmp_path, 0, *sure)

    # onset in round 0, then two slips: the last rung after three rounds
    assert [story.after for story in stories] == ["threat", "use of force", "war"]
    assert prose(s, stories).splitlines()[-1] == "The history ends after 3 rounds with war; nothing moves any more."
    assert len(rounds) == 3


def test_the_json_of_a_history_is_plain_data(tmp_path: Path) -> None:
    s, rounds, stories = history(tmp_path, 4, ("[horizon]\n", "[horizon]\nstart = 2020-01-01\n"))
    data = json.loads(json.dumps(records(s, stories, rounds), allow_nan=False))

    assert [entry["round"] for entry in data] == list(range(len(rounds)))
    assert data[4]["date"] == "2021-01-01"
    assert set(data[0]["slots"]["memory.north"]) == {"leader", "covered", "state"}
    assert isinstance(rounds[0], RoundRecord)
