"""Bridges from canonical models to keys of the core model: units, limits, and examples that cannot drift (docs/bridges.md)."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from canon_case import ROOT, closed, file, solved, tables
from sim.config import read_scenario
from sim.dilemma.scenario import Scenario
from sim.figures.kinds import read_experiment
from sim.models import bridges

SCENARIOS = ("bridge_stage_game", "bridge_crisis", "bridge_inspection_game", "bridge_long_horizon")

# ---- the examples have the numbers that the functions give


def value_at(t: Any, path: str) -> Any:
    for part in path.split("."):
        t = t[int(part)] if isinstance(t, list) else t[part]
    return t


@pytest.mark.parametrize(
    ("name", "keys"),
    [
        ("bridge_stage_game", lambda: bridges.offence_defence(offence_advantage=0.3)),
        ("bridge_crisis", lambda: bridges.brinkmanship(3, rounds=2, cost_of_disaster=1.0)),
        ("bridge_inspection_game", lambda: bridges.inspection_by_test("limits", inspectees=("a", "b"), separation=1.0)),
    ],
)
def test_scenarios_have_the_numbers_of_their_models(name: str, keys: Callable[[], bridges.Keys]) -> None:
    raw = file(name).raw
    for path, value in keys().items():
        assert value_at(raw, path) == pytest.approx(value, rel=1e-12), path


def test_the_long_horizon_starts_from_its_first_ten_years() -> None:
    risk = solved("bridge_long_horizon", "mechanism", {"horizon.years": 10}).escalation_probability[-1, 0]
    ((path, rate),) = bridges.hazard(float(risk), 10.0).items()
    constant = tables("bridge_long_horizon", "constant")
    assert value_at(constant, path) == pytest.approx(rate, rel=1e-12)
    found = Scenario(constant).solve().escalation_probability[:, 0]
    assert found[20] == pytest.approx(risk, rel=1e-12)
    later = closed("risk_conversion", cumulative_probability=float(risk), observed_years=10.0, years=60.0)["within"]
    assert found[-1] == pytest.approx(later, rel=1e-12)


AXES: dict[str, tuple[str, Callable[[float], bridges.Keys]]] = {
    "bridge_inspection_sampling": (
        "items examined per inspection",
        lambda n: bridges.sampled_inspection("new_start", items=100, falsified=5, sample=n, item_false_alarm=0.0005),
    ),
    "bridge_inspection_game": (
        "separation of the test",
        lambda d: bridges.inspection_by_test("limits", inspectees=("a", "b"), separation=d),
    ),
    "bridge_offence_defence": ("advantage of the offence", lambda a: bridges.offence_defence(offence_advantage=a)),
    "bridge_contest": ("cap, as a share of the prize", lambda share: bridges.contest(prize=8.0, cap=8 * share)),
    "bridge_brinkmanship": ("cost of disaster", lambda d: bridges.brinkmanship(3, rounds=2, cost_of_disaster=d)),
    "bridge_audience_costs": (
        "audience costs of one side, times the other's",
        lambda a: bridges.audience_costs(3, rounds=2, audience_cost_1=a, audience_cost_2=1.0),
    ),
}


@pytest.mark.parametrize("name", AXES)
def test_experiments_sweep_the_numbers_of_their_models(name: str) -> None:
    # a label is the model's parameter, a row what the function makes of it; 12 digits are written
    axis, function = AXES[name]
    experiment = read_experiment(ROOT / "experiments" / "canon" / f"{name}.toml")
    told = experiment.source.tables["sweep"]["parameters"][axis]
    for label, row in zip(told["labels"], told["values"], strict=True):
        keys = function(float(label))
        assert row == pytest.approx([keys[path] for path in told["paths"]], rel=1e-11, abs=1e-15), label
        others = {path: value for path, value in keys.items() if path not in told["paths"]}
        for path, value in others.items():  # what does not vary stands in the scenario
            assert value_at(experiment.scenario.raw, path) == pytest.approx(value, rel=1e-12), path


def test_every_bridge_is_tested() -> None:
    found = {path.stem for path in (ROOT / "experiments" / "canon").glob("bridge_*.toml")}
    assert found == {*AXES, "bridge_long_horizon"}
    assert {path.stem for path in (ROOT / "scenarios" / "canon").glob("bridge_*.toml")} == set(SCENARIOS)


# ---- what arrives in the core is what the model says


def test_an_inspection_detects_in_the_core_as_in_the_sample() -> None:
    # n inspections a year find an armed party with 1 - (1 - P)^n, a compliant one is accused with 1 - (1 - f)^(items x n)
    keys = bridges.sampled_inspection("limits", items=100, falsified=5, sample=13, item_false_alarm=0.001)
    per_year = 3
    condition = {"states": ["quiet", "alarm"], "initial": "quiet", "on": {"alarm.a": {"quiet->alarm": 1.0}}}
    for arms, expected in (
        ("always_arm", 1 - (math.comb(95, 13) / math.comb(100, 13)) ** per_year),
        ("always_restrain", 1 - 0.999 ** (13 * per_year)),
    ):
        t = tables("bridge_stage_game", "verification", {**keys, "treaties.limits.inspections_per_year": per_year})
        t["actors"]["a"]["strategy"], t["actors"]["b"]["strategy"] = {"kind": arms}, {"kind": "always_restrain"}
        t["monitoring"] = {"detection": 0.0, "false_alarm": 0.0}
        t["onset"] = {"background_rate": 0.0}
        t["horizon"] = {"years": 1, "rounds_per_year": 2}
        t["conditions"] = {"seen": condition}
        seen = Scenario(t).solve().condition_occupancy["seen"][-1, 1]
        assert seen == pytest.approx(expected, abs=1e-12)


def test_an_inspection_game_is_played_once_a_round() -> None:
    # an alarm about either party in the first year: violation and detected, or legal and accused
    found = closed("inspection_with_false_alarms", separation=1.0)
    p, alpha, detection = (found[k] for k in ("violation_probability", "false_alarm_probability", "detection_probability"))
    t = tables("bridge_inspection_game", "simultaneous", {"horizon.years": 1, "onset.alarm_probability": 1.0})
    t["onset"] |= {"background_rate": 0.0, "arming_rate": 0.0}
    crisis = Scenario(t).solve().escalation_probability[-1, 0]
    assert crisis == pytest.approx(1 - (1 - p * detection - (1 - p) * alpha) ** 2, abs=1e-14)


@pytest.mark.parametrize("rounds", [1.0, 2.0, 7.5])
def test_the_last_step_has_the_models_probability_however_long_it_takes(rounds: float) -> None:
    # a crisis that has reached the rung before the last ends in war with the model's probability
    for keys, model, outcome in (
        (bridges.brinkmanship(3, rounds=rounds, cost_of_disaster=0.5), "brinkmanship", "disaster_probability"),
        (bridges.audience_costs(3, rounds=rounds, audience_cost_1=2.0), "audience_costs", "war_probability"),
    ):
        given = {"cost_of_disaster": 0.5} if model == "brinkmanship" else {"audience_cost_1": 2.0}
        t = tables("bridge_crisis", "no_treaty")
        t["crisis"]["advance"][1], t["crisis"]["resolve"][1] = keys["crisis.advance.1"], keys["crisis.resolve.1"]
        t["crisis"]["advance"][0], t["crisis"]["resolve"][0] = 1.0, 0.0
        t["onset"] |= {"background_rate": 1000.0, "arming_rate": 0.0}
        t["events"] = [{"year": 0.25, "set": {"onset.background_rate": 0.0}}]  # one crisis, at once
        t["horizon"]["years"] = 200
        assert Scenario(t).solve().escalation_probability[-1, 2] == pytest.approx(closed(model, **given)[outcome], abs=1e-12)


def test_the_stage_game_is_the_same_up_to_mutual_restraint() -> None:
    # one year of the four profiles pays R, S, T, P less R, whatever the payoffs
    t, r, p, s = 7.0, 2.5, 1.0, -3.0
    keys = bridges.stage_game(t, r, p, s)
    plays = {"always_restrain": 0, "always_arm": 1}
    payoffs = [[r, s], [t, p]]
    for mine, i in plays.items():
        for yours, j in plays.items():
            raw = tables("bridge_stage_game", "no_treaty", keys)
            raw["actors"] = {"a": {"strategy": {"kind": mine}}, "b": {"strategy": {"kind": yours}}}
            raw["onset"] = {"background_rate": 0.0}
            raw["horizon"] = {"years": 1, "rounds_per_year": 2}
            assert Scenario(raw).solve().discounted_payoff[0] == pytest.approx(payoffs[i][j] - r)
    assert bridges.stage_game(t, r, p, s, years=4)["game.gain"] == keys["game.gain"] / 4


def test_the_contest_is_a_dilemma_of_its_own_payoffs() -> None:
    # V = 8, c = 1/2: s = 1/4, R = 3.5, T = 8 (9/16) = 4.5, P = 2, S = 8 x 1/4 x 3/4 = 1.5 - the cap is paid: V s - c = 1.5
    keys = bridges.contest(prize=8.0, cap=0.5)
    assert list(keys.values()) == pytest.approx([2.5, 2.0, 1.5])  # T - P, R - S, R - P


def test_declining_risk_in_the_core() -> None:
    first, events = bridges.declining_risk(0.02, 0.9, 30)
    t = tables("cumulative_risk", "steady", first)
    t["onset"] = {"background_rate": first["onset.background_rate"]}
    t["events"], t["horizon"]["years"] = events, 30
    found = Scenario(t).solve().escalation_probability[:, 0]
    for n in (1, 10, 30):
        expected = closed("cumulative_risk", annual_probability=0.02, annual_ratio=0.9, years=n)["within"]
        assert found[n] == pytest.approx(expected, abs=1e-14)


# ---- arrays, and what cannot be had


def test_arrays_give_arrays_point_by_point() -> None:
    d = np.array([0.2, 1.0, 3.0])
    many = bridges.brinkmanship(4, rounds=3.0, cost_of_disaster=d)
    for k, x in enumerate(d):
        one = bridges.brinkmanship(4, rounds=3.0, cost_of_disaster=float(x))
        assert {path: value[k] for path, value in many.items()} == one
    assert set(many) == {"crisis.advance.2", "crisis.resolve.2"}


def test_lists_and_tuples_are_arrays() -> None:
    told = bridges.sampled_inspection("t", items=100, falsified=[5, 10], sample=(13, 13), item_false_alarm=[0.0, 0.001])
    one = bridges.sampled_inspection("t", items=100, falsified=10, sample=13, item_false_alarm=0.001)
    assert {path: value[1] for path, value in told.items()} == one
    assert list(bridges.last_rung([0.2, 0.4], 3, rounds=2)["crisis.advance.1"]) == [0.1, 0.2]
    assert list(bridges.stage_game([5, 7], 3, 1, [0, -1], years=2)["game.gain"]) == [2.0, 3.0]  # (T - P) / 2
    assert (
        list(bridges.offence_defence(offence_advantage=[0.3, 0.3])["game.gain"])
        == [bridges.offence_defence(offence_advantage=0.3)["game.gain"]] * 2
    )
    assert bridges.hazard([0.1], 10)["onset.background_rate"].shape == (1,)


@pytest.mark.parametrize(("sample", "error", "expected"), [(3, 1.0, 1.0), (0, 1.0, 0.0), (3, 0.0, 0.0), (2, 0.5, 0.75)])
@pytest.mark.filterwarnings("error")
def test_false_alarms_of_a_sample_at_the_ends(sample: int, error: float, expected: float) -> None:
    # 1 - (1 - f)^n; nothing is misread where nothing is examined
    keys = bridges.sampled_inspection("t", items=10, falsified=1, sample=sample, item_false_alarm=error)
    assert keys["treaties.t.inspection_false_alarm"] == expected


def test_a_declining_risk_is_a_pair_and_may_be_none() -> None:
    first, events = bridges.declining_risk(0.0, 0.9, 3)
    assert first == {"onset.background_rate": 0.0}
    assert [event["year"] for event in events] == [1, 2]
    assert bridges.declining_risk(0.5, 0.0, 1) == ({"onset.background_rate": pytest.approx(math.log(2))}, [])


def test_paths_lead_somewhere() -> None:
    raw = read_scenario(str(ROOT / "scenarios" / "new_start.toml"))
    keys = bridges.sampled_inspection("new_start", items=100, falsified=5, sample=13.0)
    assert all(raw.place(path) for path in [*keys, *bridges.stage_game(5.0, 3.0, 1.0, 0.0), *bridges.hazard(0.1, 10.0)])


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: bridges.sampled_inspection("t", items=10, falsified=20, sample=3), "inspection_sampling gives no"),
        (lambda: bridges.hazard(1.0, 10.0), "below 1"),
        (lambda: bridges.brinkmanship(3, cost=1.0), "brinkmanship has no parameter cost"),
        (lambda: bridges.brinkmanship(1), "two rungs"),
        (lambda: bridges.outcomes("nothing", "x"), "there is no canonical model nothing"),
        (
            lambda: bridges.sampled_inspection("t", items=10, falsified=1, sample=3, item_false_alarm=2),
            r"item_false_alarm must be in \[0, 1\], found 2",
        ),
        (lambda: bridges.sampled_inspection("t", items="ten", falsified=1, sample=3), "items must be .* found 'ten'"),
        (lambda: bridges.sampled_inspection("t", items=10, falsified=1, sample=2.5), "sample must be a whole number"),
        (lambda: bridges.sampled_inspection("t", items=[10, 20], falsified=1, sample=[1, 2, 3]), "items has 2, sample has 3"),
        (lambda: bridges.sampled_inspection("t", items=[[10]], falsified=1, sample=1), r"found an array of shape \(1, 1\)"),
        (lambda: bridges.last_rung(1.2, 3), r"war_probability must be in \[0, 1\], found 1.2"),
        (lambda: bridges.last_rung([0.2, math.nan], 3), "war_probability must be .* found nan"),
        (lambda: bridges.last_rung(0.2, ["a", "b"]), r"rungs must be a whole number >= 2: .* found \['a', 'b'\]"),  # type: ignore[arg-type]
        (lambda: bridges.last_rung(0.2, 3, rounds=0.5), "rounds must be >= 1, found 0.5"),
        (lambda: bridges.stage_game(5, 3, 1, 0, years=0), "years must be > 0, found 0"),
        (lambda: bridges.inspection_by_test("t", inspectees="usa"), "inspectees must be a sequence of names"),
        (lambda: bridges.declining_risk([0.1, 0.2], 0.9, 3), "annual_probability must be a single number"),  # type: ignore[arg-type]
        (lambda: bridges.declining_risk(0.5, 2.0, 3), "must stay below 1; in year 1 it does not"),
        (lambda: bridges.declining_risk(0.5, 0.9, 0), "years must be a whole number >= 1, found 0"),
    ],
)
def test_what_cannot_be_had_is_said(call: Callable[[], Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        call()


# ---- the guide


def test_the_guide_names_what_there_is() -> None:
    text = (ROOT / "docs" / "bridges.md").read_text("utf-8")
    stems = {kind: {path.stem for path in (ROOT / kind / "canon").glob("*.toml")} for kind in ("scenarios", "experiments")}
    named = set(re.findall(r"`canon/(\w+)`", text))
    assert named - {"NAME"} <= stems["scenarios"] | stems["experiments"]
    table = set(re.findall(r"^\| [ABC]\d+\w? \| `(\w+)`", text, re.MULTILINE))
    assert table == {stem for stem in stems["scenarios"] if not stem.startswith("bridge_")}
    assert {stem for stem in stems["experiments"] if stem.startswith("bridge_")} <= named
    for function in re.findall(r"^\| `(\w+)\(", text, re.MULTILINE):
        assert callable(getattr(bridges, function))
    (call, printed) = re.findall(r"^(bridges\..*)\n# (\{.*\})$", text, re.MULTILINE)[0]
    assert eval(call, {"bridges": bridges}) == pytest.approx(eval(printed), rel=1e-14)
    by_hand = dict(re.findall(r"--set (treaties\.new_start\.\w+)=([\d.]+)", text))
    assert {path: float(value) for path, value in by_hand.items()} == pytest.approx(eval(printed), abs=5e-8)
