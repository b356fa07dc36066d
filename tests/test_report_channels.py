"""Which channels carry a treaty's effect, held against what the exact engine says when a channel is taken away."""

from __future__ import annotations

from pathlib import Path

import pytest

from cli_text import write
from sim.config import read_scenario
from sim.dilemma.structure import structure
from sim.report.channels import beside, caption, channels, channels_on

RESTRAIN = 'strategy = { kind = "always_restrain" }'
NORTH, SOUTH = 'strategy = { kind = "tit_for_tat", forgiveness = 0.2 }', 'strategy = { kind = "grim" }'
TEMPTED = "temptation_precision = 2.0\n"


def on(folder: Path, variant: str, *changes: tuple[str, str]) -> list[str]:
    file = read_scenario(write(folder, *changes))
    return [channel.name for channel in channels(structure(file.tables(variant))) if channel.on]


def test_the_file_as_it_stands_has_sanctions_and_alarms(tmp_path: Path) -> None:
    assert on(tmp_path, "verification") == ["sanctions", "alarms"]
    assert on(tmp_path, "no_treaty") == []


CASES = {
    "nobody weighs sanctions": ([(TEMPTED, "")], ["alarms"]),
    "temptation that is not followed": ([(TEMPTED, "temptation_precision = 0\n")], ["alarms"]),
    "sanction 0": ([("sanction = 1.0", "sanction = 0.0")], ["alarms"]),
    "a strategy for the time without limits": (
        [(SOUTH, f'{SOUTH}\nstrategy_without_treaty = {{ kind = "always_arm" }}')],
        ["switch of strategy", "sanctions", "alarms"],
    ),
    "the same strategy without limits": (
        [(SOUTH, f'{SOUTH}\nstrategy_without_treaty = {{ kind = "grim" }}')],
        ["sanctions", "alarms"],
    ),
    "alarms that do nothing": (
        [
            (NORTH, RESTRAIN),
            (SOUTH, RESTRAIN),
            ("alarm_probability = 0.02", "alarm_probability = 0.0"),
            ("suspension_probability = 0.1", "suspension_probability = 0.0"),
        ],
        ["sanctions"],
    ),
    "a treaty that changes nothing that is seen": (
        [
            ("inspection_detection = 0.05", "inspection_detection = 0.0"),
            ("clarification = 0.8", "clarification = 0.0"),
            ("suspension_probability = 0.1", "suspension_probability = 0.0"),
        ],
        ["sanctions"],
    ),
    "sanctions that come later": (
        [("sanction = 1.0", "sanction = 0.0"), ('set = { "treaties', 'set = { "treaties.limits.sanction" = 1.0, "treaties')],
        ["sanctions", "alarms"],
    ),
    "equilibrium play": (
        [(TEMPTED, ""), (NORTH, 'strategy = { kind = "nash" }'), (SOUTH, 'strategy = { kind = "logit", precision = 1.0 }')],
        ["sanctions", "alarms"],
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_what_turns_channels_on_and_off(case: str, tmp_path: Path) -> None:
    changes, expected = CASES[case]

    assert on(tmp_path, "verification", *changes) == expected


def test_sentences_name_actors_and_numbers(tmp_path: Path) -> None:
    file = read_scenario(write(tmp_path))
    said = " ".join(channels_on(structure(file.tables("verification"))))

    assert "north from" in said
    assert "temptation, precision 2" in said
    # 1 - (1 - 0.5) (1 - 0.05)^12 = 0.73 for an arming actor; 1 - (1 - 0.1)^(1 - 0.8) = 0.0209 for a restrained one
    assert "arming draws an alarm in a year with probability 0.73 in place of 0.5" in said
    assert "restrained draws an alarm in a year with probability 0.0209 in place of 0.1" in said
    assert "provoke arming (north and The South)" in said
    assert "suspend the treaty limits" in said


def test_what_treaties_do_beside_the_channels(tmp_path: Path) -> None:
    file = read_scenario(write(tmp_path))

    assert beside(structure(file.tables("treaty"))) == ["The end of a treaty opens a crisis with probability 0.05."]
    assert beside(structure(file.tables("no_treaty"))) == []


def test_captions_put_variants_together(tmp_path: Path) -> None:
    file = read_scenario(write(tmp_path))

    assert caption(file, file.variants) == "no_treaty: none; treaty and verification: sanctions and alarms."
