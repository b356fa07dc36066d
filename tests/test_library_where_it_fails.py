"""Where the order of the regimes fails: the settings that the scenarios name in their descriptions, solved again.

Each entry has the values put in, the rung, and the percentages without a treaty, with one and with verification, as the
description prints them: they must stand there, and the engine must give them.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from sim.config import read_scenario
from sim.dilemma.scenario import Scenario

ROOT = Path(__file__).parents[1] / "scenarios"

PROTOCOL = {"channels.protocol.accident_reduction": 0.0}
SILENT = {**PROTOCOL, "treaties.exchange.sanction": 0.0}
DISPUTED = {**SILENT, "treaties.exchange.inspection_false_alarm": 0.08, "treaties.exchange.clarification": 0.0}
NOTICES = {"treaties.notices.clarification": 0.0, "treaties.notices.sanction": 0.0}
CLAUSE = {"treaties.limits.suspension_probability": 0.5}
LOOSE = {f"actors.{a}.strategy.{key}": x for a in "ab" for key, x in (("arm_quiet", 0.7746), ("arm_alarm", 0.9098))}
SANCTION = {"treaties.limits.sanction": 0.0}
ALIKE = {f"actors.{a}.strategy_without_treaty.arm_quiet": 0.0 for a in "ab"}
ENDS = {"onset.arming_rate": 0.0, "onset.treaty_end_probability": 0.3}
WEAK = {"channels.line.accident_reduction": 0.05}
CUT = {'conditions.uptime.on.onset."up->down"': 0.5, "channels.own_caution.accident_reduction": 0.3}
DOWN = {**CUT, 'conditions.uptime.rates."down->up"': 0.12, "channels.conduct.accident_reduction": 0.0}

TOLD: list[tuple[str, dict[str, float], str, str]] = [
    ("india_pakistan", {}, "war", "12.17, 12.01 and 9.55"),
    ("india_pakistan", PROTOCOL, "war", "12.17, 12.01, 11.40"),
    ("india_pakistan", SILENT, "war", "12.17, 12.01, 12.05"),
    ("india_pakistan", DISPUTED, "war", "12.17, 12.01, 12.19"),
    ("india_pakistan", NOTICES, "war", "12.17, 12.18, 9.85"),
    ("suspend_or_withdraw", {}, "war", "1.58, 1.02 and 0.94"),
    ("suspend_or_withdraw", CLAUSE, "war", "1.58, 1.02, 1.02"),
    ("suspend_or_withdraw", {**CLAUSE, **LOOSE}, "war", "1.58, 1.02, 1.11"),
    ("suspend_or_withdraw", SANCTION, "war", "1.58, 1.14, 1.20"),
    ("suspend_or_withdraw", {**SANCTION, **ALIKE}, "war", "1.03, 1.04, 1.06"),
    ("suspend_or_withdraw", ENDS, "war", "0.68, 0.74, 0.74"),
    ("deconfliction_line", {}, "war", "0.85, 0.47, 0.39"),
    ("deconfliction_line", {}, "use of force", "50.5, 35.0 and 30.8"),
    ("deconfliction_line", WEAK, "use of force", "50.5, 35.0, 34.3"),
    ("deconfliction_line", CUT, "use of force", "42.7, 29.7, 32.3"),
    ("deconfliction_line", CUT, "war", "0.63, 0.37, 0.43"),
    ("deconfliction_line", DOWN, "use of force", "42.7, 41.6, 49.4"),
    ("deconfliction_line", DOWN, "war", "0.63, 0.61, 0.85"),
]


def ordered(numbers: list[Any]) -> bool:
    """Whether verification is below the treaty, and the treaty below none."""
    return numbers[0] > numbers[1] > numbers[2]


@pytest.mark.parametrize(("name", "values", "rung", "printed"), TOLD, ids=lambda x: x if isinstance(x, str) else "")
def test_the_numbers_of_the_descriptions(name: str, values: dict[str, float], rung: str, printed: str) -> None:
    file = read_scenario(str(ROOT / f"{name}.toml"))
    assert printed in " ".join(file.raw["description"].split())

    wanted = printed.replace(" and", ",").split(", ")
    found = []
    for variant in ("no_treaty", "treaty", "verification"):
        outcomes = Scenario(file.tables(variant, values)).solve()
        found.append(100 * outcomes.escalation_probability[-1, outcomes.rungs.index(rung)])
    digits = len(wanted[0].partition(".")[2])
    assert [f"{p:.{digits}f}" for p in found] == wanted


@pytest.mark.parametrize("name", sorted({name for name, *_ in TOLD}))
def test_some_setting_inside_the_ranges_turns_the_order_round(name: str) -> None:
    file = read_scenario(str(ROOT / f"{name}.toml"))
    failing = [(values, printed) for scenario, values, _, printed in TOLD if scenario == name and values]
    turned = [values for values, printed in failing if not ordered([float(x) for x in printed.split(", ")])]
    assert turned
    priors = file.raw["uncertain"]
    for path, value in turned[0].items():
        assert path in priors, f"{path} has no range"
        assert priors[path]["low"] <= value <= priors[path]["high"], path
