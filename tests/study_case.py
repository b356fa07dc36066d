"""A small scenario and experiments on it, for the tests of the runner and of the figures."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

from sim import figures, study
from sim.config import InputError

SCENARIO = """\
title = "a quarrel"
[horizon]
start = 2000-01-01
years = 3
rounds_per_year = 2
[actors.east]
label = "East"
strategy = { kind = "tit_for_tat", forgiveness = 0.2 }
tremble = 0.05
[actors.west]
strategy = { kind = "grim" }
tremble = 0.05
temptation_precision = 2.0
[game]
gain = 3.0
exposure = 4.0
cost = 2.0
[monitoring]
detection = 0.5
false_alarm = 0.05
[treaties.pact]
inspections_per_year = 4
inspection_detection = 0.1
withdrawal_rate = 0.1
sanction = 1.0
[onset]
background_rate = 0.1
arming_rate = 0.3
[crisis]
kind = "empirical"
rungs = ["crisis", "war"]
advance = [0.2]
resolve = [0.5]
[[events]]
date = 2001-07-02
set = { "onset.background_rate" = 0.2 }
[[events]]
year = 2
expire = ["pact"]
[variants.no_treaty]
treaties = false
[variants.treaty]
treaties.pact.inspections_per_year = 0
[variants.verification]
"""

EXPERIMENT = """\
title = "How much?"
scenario = "quarrel.toml"
times = [1]
[sweep]
design = "grid"
[sweep.parameters]
"treaties.pact.inspections_per_year" = [0, 4, 8]
"monitoring.detection" = [0.2, 0.5]
[[figures]]
name = "by_inspections"
kind = "lines"
x = "treaties.pact.inspections_per_year"
panel = "monitoring.detection"
rung = "war"
at_years = 2
"""

OVER_TIME = """\
title = "How long?"
scenario = "quarrel.toml"
[[figures]]
name = "over_time"
kind = "curves"
title = "Reaching the rungs"
caption = "What the quarrel assumes."
"""


def raw() -> dict[str, Any]:
    """The scenario as the standard library reads it."""
    return tomllib.loads(SCENARIO)


def changed(text: str, *replacements: tuple[str, str]) -> str:
    """The text with every old text, which must stand in it, replaced once by the new one."""
    for old, new in replacements:
        assert old in text, old
        text = text.replace(old, new, 1)
    return text


def experiment(folder: Path, text: str = EXPERIMENT, name: str = "how_much", scenario: str = SCENARIO) -> study.ExperimentFile:
    """The experiment that a text says, on the scenario, both written into a folder."""
    (folder / "quarrel.toml").write_text(scenario, encoding="utf-8")
    (folder / f"{name}.toml").write_text(text, encoding="utf-8")
    return figures.read_experiment(folder / f"{name}.toml")


def refused(folder: Path, text: str) -> list[str]:
    """The lines of the message with which an experiment is refused, without the folder; none if it is not refused."""
    try:
        experiment(folder, text)
    except InputError as error:
        return str(error).replace(f"{folder}/", "").splitlines()
    return []


def contents(folder: Path) -> dict[str, bytes]:
    """The bytes of all files beneath a folder."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def tables_of(folder: Path) -> dict[str, bytes]:
    """The bytes of the files of results: all but the manifest, which says when it was written, and what is hidden."""
    files = (path for path in sorted(folder.iterdir()) if path.is_file() and not path.name.startswith("."))
    return {path.name: path.read_bytes() for path in files if path.name != "manifest.json"}
