"""A small scenario file for the tests of the command line, and how they call it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from click.testing import CliRunner, Result

from sim.cli import main

TEXT = """\
title = "two rivals"

[horizon]
years = 5
rounds_per_year = 4

[actors.north]
strategy = { kind = "tit_for_tat", forgiveness = 0.2 }
tremble = 0.01
temptation_precision = 2.0
[actors.south]
label = "The South"
strategy = { kind = "grim" }

[game]
gain = 1.5
cost = 2.0
exposure = 4.0

[monitoring]
detection = 0.5
false_alarm = 0.1

[treaties.limits]
parties = ["north", "south"]
inspections_per_year = 12
inspection_detection = 0.05
clarification = 0.8
sanction = 1.0
withdrawal_rate = 0.02
suspension_probability = 0.1
resumption_rate = 0.5

[conditions.talks]
states = ["on", "off"]
initial = "on"
rates = { "on->off" = 0.2 }

[onset]
background_rate = 0.1
arming_rate = 0.3
alarm_probability = 0.02
treaty_end_probability = 0.05

[crisis]
kind = "brinkmanship"
rungs = ["threat", "use of force", "war"]
prize = 1.0
disaster = 5.0
concession_cost = 0.2
slip = [0.02, 0.05]

[[events]]
year = 2
set = { "treaties.limits.inspections_per_year" = 0.0 }

[uncertain]
"monitoring.detection" = { distribution = "uniform", low = 0.2, high = 0.8, basis = "judgement", source = "a guess" }
"treaties.limits.sanction" = { distribution = "uniform", low = 0.0, high = 2.0, basis = "judgement" }

[variants.no_treaty]
treaties = false
[variants.treaty]
treaties.limits.inspections_per_year = 0
[variants.verification]
"""


def write(folder: Path, *changes: tuple[str, str], name: str = "rivals.toml", more: str = "") -> Path:
    """The scenario with some of its text replaced, as a file."""
    text = TEXT
    for old, new in changes:
        assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in the text"
        text = text.replace(old, new)
    path = folder / name
    path.write_text(text + more, encoding="utf-8")
    return path


def sim(*arguments: object) -> Result:
    """What `sim ARGUMENTS` does in the working folder."""
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


def done(*arguments: object) -> str:
    """What a command that must succeed prints."""
    result = sim(*arguments)

    assert result.exit_code == 0, result.stderr or repr(result.exception)
    return result.stdout


def found(*arguments: object) -> Any:
    """The JSON that a command that must succeed prints."""
    return json.loads(done(*arguments, "--json"))


def refused(*arguments: object) -> str:
    """The message of a command that must refuse its input: exit code 2, no traceback, nothing on standard output."""
    result = sim(*arguments)

    assert result.exit_code == 2, (result.exit_code, result.stdout, repr(result.exception))
    assert isinstance(result.exception, SystemExit)  # and no other, which would be a traceback
    assert result.stdout == ""
    assert result.stderr.strip() != ""
    assert "Traceback" not in result.stderr
    return result.stderr
