"""What descriptions and captions say of limits in SALT I and CFE beyond the settings in `library/`, solved again."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sim.config import ScenarioFile, read_scenario
from sim.dilemma.outcomes import Outcomes
from sim.dilemma.scenario import Scenario

ROOT = Path(__file__).parents[1] / "scenarios"
SALT, CFE = (read_scenario(str(ROOT / f"{name}.toml")) for name in ("salt_launchers_and_warheads", "cfe_bloc_limits"))


def solved(file: ScenarioFile, variant: str, values: dict[str, Any] | None = None) -> Outcomes:
    return Scenario(file.tables(variant, values or {})).solve()


def war(file: ScenarioFile, variant: str, values: dict[str, Any] | None = None) -> float:
    return float(solved(file, variant, values).escalation_probability[-1, -1])


# ---- SALT I: how much of the race moves to warheads


def substituted(share: float, gain: float) -> dict[str, Any]:
    """The numbers that substitution moves, and the factor on the gain of arming, as in the experiment of substitution."""
    quiet = 0.6 * share
    values: dict[str, Any] = {"treaties.launchers.sanction": 1 - share}
    for actor in ("usa", "ussr"):
        values[f"actors.{actor}.strategy.arm_quiet"] = quiet
        values[f"actors.{actor}.strategy.arm_alarm"] = 1 - 0.4 * (1 - quiet)
    for status in ("in_force", "withdrawing"):
        factors = f"treaties.launchers.while.{status}.scale"
        values[f'{factors}."game.gain"'] = gain
        values[f'{factors}."monitoring.detection"'] = ((1 - share) * 0.9 + share * 0.2) / 0.55
    return values


@pytest.mark.parametrize(("gain", "below", "above"), [(1.15, 0.83, 0.85), (1.5, 0.33, 0.36)])
def test_a_cap_on_launchers_is_worse_than_none_from_some_share_on(gain: float, below: float, above: float) -> None:
    none = war(SALT, "no_treaty")
    assert war(SALT, "treaty", substituted(below, gain)) < none < war(SALT, "treaty", substituted(above, gain))


def test_without_an_added_gain_the_cap_is_never_worse_than_none() -> None:
    # a race in warheads is seen less: were it seen as launchers are, full substitution would be worse than no cap here too
    hidden = substituted(1.0, 1.0)
    assert war(SALT, "treaty", hidden) < war(SALT, "no_treaty")
    seen = hidden | {path: 0.9 / 0.55 for path in hidden if path.endswith('detection"')}
    assert war(SALT, "treaty", seen) > war(SALT, "treaty", hidden)


def test_without_substitution_the_cap_on_launchers_does_nearly_what_both_do() -> None:
    none, both = war(SALT, "no_treaty"), war(SALT, "verification", substituted(0.0, 1.15))
    assert (none - war(SALT, "treaty", substituted(0.0, 1.15))) / (none - both) > 0.8


# ---- CFE: exits, and whether newcomers count


@pytest.mark.parametrize(
    ("variant", "years", "printed"),
    [
        ("treaty", 17, (51, 10, 37)),
        ("treaty", 33, (14, 9, 76)),
        ("verification", 17, (60, 7, 32)),
        ("verification", 33, (27, 6, 66)),
    ],
)
def test_where_the_treaty_stands(variant: str, years: int, printed: tuple[int, int, int]) -> None:
    # statuses: pending, in force, withdrawing, suspended, ended
    law = solved(CFE, variant).treaty_occupancy["cfe"][2 * years]
    assert [f"{100 * x:.0f}" for x in law[[1, 3, 4]]] == [str(x) for x in printed]


DRIFT, ADAPTATION = 'conditions.fit.rates."two_blocs->overtaken"', 'conditions.fit.rates."overtaken->two_blocs"'


@pytest.mark.parametrize(("drift", "printed"), [(0.0, ("1.58", "1.58")), (0.02, ("1.70", "1.63")), (0.08, ("1.84", "1.72"))])
def test_what_adaptation_is_worth(drift: float, printed: tuple[str, str]) -> None:
    found = [war(CFE, "verification", {DRIFT: drift, ADAPTATION: rate}) for rate in (0.0, 0.5)]
    assert [f"{100 * p:.2f}" for p in found] == list(printed)


def test_enlargement_is_the_same_in_every_regime() -> None:
    alarms = []
    for variant in CFE.variants:
        events = CFE.tables(variant)["events"]
        alarms.append(
            [
                e["scale"]["actors.nato.monitoring.false_alarm"]
                for e in events
                if "actors.nato.monitoring.false_alarm" in e["scale"]
            ]
        )
    assert alarms[0] == alarms[1] == alarms[2] == [1.15, 1.35, 1.1, 1.05, 1.05, 1.05]
    # one twentieth for each of the fifteen states that join by 2023
    assert sum(round((factor - 1) / 0.05) for factor in alarms[0]) == 15
    assert float(np.prod(alarms[0])) == pytest.approx(1.977, abs=1e-3)
