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
    assert any("or by a tremble (0.01)." in text for text in texts)
    assert not any("The South arms by temptation" in text for text in texts)


def test_alarms_are_told_from_false_alarms(tmp_path: Path) -> None:
    for replicate in range(10):
        _, rounds, stories = history(tmp_path, replicate)
        for record, story in zip(rounds, stories, strict=True):
            if record.slots.get("alarm.north"):
                assert ("north draws an alarm (it armed)" in said(story)) == bool(record.slots["act.north"])


def test_the_calendar_is_told(tmp_path: Path) -> None:
    more = '[[events]]\nyear = 3\nstatus = { talks = "off" }\nexpire = ["limits"]\n'
    _, _, stories = history(tmp_path, 0, *CALM, ("[uncertain]", more + "[uncertain]"))

    assert said(stories[12]).startswith("By the calendar talks is off. By the calendar limits expires.")


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
