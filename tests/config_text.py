"""A scenario file with a little of everything, and what the reader says of it when some of its text is replaced."""

from __future__ import annotations

from pathlib import Path

from sim.config import InputError, ScenarioFile, read_scenario

TEXT = """\
title = "a quarrel"

[horizon]
start = 2000-01-01
years = 10
rounds_per_year = 4

[actors.east]
strategy = { kind = "tit_for_tat", forgiveness = 0.2 }
[actors.west]
turnover_years = 5
leaders = [ { name = "hawk", strategy = { kind = "grim" } }, { name = "dove", strategy = { kind = "always_restrain" } } ]
[actors.west.while.hawk]
scale = { "treaties.pact.withdrawal_rate" = 2.0 }

[game]
gain = 3.0
exposure = 4.0
cost = 2.0

[monitoring]
detection = 0.5
false_alarm = 0.05

[treaties.pact]
inspections_per_year = 12
withdrawal_rate = 0.1
cascade = { accord = 0.5 }
[treaties.accord]
parties = ["east", "west"]

[channels.hotline]
accident_reduction = 0.4

[conditions.talks]
states = ["on", "off"]
initial = "on"
rates = { "on->off" = 0.3, "off->on" = 0.2 }
on.crisis = { "on->off" = 0.5 }
on."withdrawal.pact" = { "on->off" = 0.4 }
[conditions.talks.while.off]
scale = { "onset.background_rate" = 2.0 }

[onset]
background_rate = 0.1
alarm_probability = 0.02
rungs = [0.75, 0.25]

[crisis]
kind = "brinkmanship"
rungs = ["threat", "use of force", "war"]
prize = 1.0
disaster = 10.0
slip = [0.02, 0.05]
shock_rung = 2

[[events]]
date = 2003-07-02
set = { "monitoring.detection" = 0.6 }
[[events]]
year = 5
expire = ["accord"]
status = { talks = "off" }

[uncertain]
"monitoring.detection" = { distribution = "triangular", low = 0.2, mode = 0.5, high = 0.8, basis = "judgement" }

[variants.no_treaty]
treaties = false
[variants.treaty]
treaties.pact.inspections_per_year = 0
[variants.verification]
"""


def changed(*replacements: tuple[str, str]) -> str:
    """The text with every old text, which must stand in it once, replaced by the new one."""
    text = TEXT
    for old, new in replacements:
        assert text.count(old) == 1, (old, text.count(old))
        text = text.replace(old, new)
    return text


def line_of(text: str, part: str) -> int:
    """The line, from 1, on which a part of the text stands."""
    return text[: text.index(part)].count("\n") + 1


def read_text(folder: Path, text: str) -> ScenarioFile:
    """The scenario that a text says."""
    path = folder / "quarrel.toml"
    path.write_text(text, encoding="utf-8")
    return read_scenario(path)


def refused(folder: Path, text: str) -> list[str]:
    """The lines of the message with which a text is refused, without the folder; none if it is not refused."""
    try:
        read_text(folder, text)
    except InputError as error:
        return str(error).replace(f"{folder}/", "").splitlines()
    return []
