"""`sim describe` and `sim trace` of scenarios of canonical models."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from sim.cli import main

SCENARIO = """\
title = "a treaty"
model = "treaty_monitoring"
sources = ["judgement"]
[parameters]
false_alarm_probability = 0.05
[uncertain]
"parameters.detection_probability" = { distribution = "uniform", low = 0.1, high = 0.9 }
[variants.weak]
parameters.detection_probability = 0.1
[variants.strong]
"""


@pytest.fixture
def path(tmp_path: Path) -> str:
    file = tmp_path / "treaty.toml"
    file.write_text(SCENARIO)
    return str(file)


def test_describe_tells_parameters_ranges_outcomes_and_why_there_is_none(path: str) -> None:
    result = CliRunner().invoke(main, ["describe", path])

    assert result.exit_code == 0
    lines = [" ".join(line.split()) for line in result.output.splitlines()]
    assert (
        "A2 treaty_monitoring: How good must verification be, and how long the punishment, for a treaty to enforce itself?"
        in lines
    )
    row = next(line for line in lines if line.startswith("detection_probability"))
    assert row.startswith("detection_probability 0.1 0.5 uniform 0.1, 0.9 ")
    # 0.1 / 0.05 = 2 = (5 - 1) / (3 - 1): the likelihood ratio must exceed it; at 0.5 delta* = 5 / 7
    assert next(line for line in lines if line.startswith("critical_discount_factor ")).split()[1:3] == ["undefined", "0.7142857"]
    assert any("No discount factor below 1 sustains the treaty" in line for line in lines)
    assert lines[-2] == "Conditional on the assumptions, not a forecast."


def test_describe_as_json_has_the_reason(path: str) -> None:
    result = CliRunner().invoke(main, ["describe", path, "--json", "--variant", "weak"])

    found = json.loads(result.output)["outcomes"]["weak"]["critical_discount_factor"]
    assert found["value"] is None
    assert found["undefined"].startswith("No discount factor below 1")


def test_trace_is_refused(path: str) -> None:
    result = CliRunner().invoke(main, ["trace", path, "--replicate", "0"])

    assert result.exit_code == 2
    assert "asks about the model treaty_monitoring, which has no histories to trace" in result.stderr
