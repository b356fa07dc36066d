"""`sim solve --model`, and `sim solve` of a scenario of a canonical model: what they print, their JSON, what they refuse."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cli_text import done, found, refused
from toy_model import TOY, install


@pytest.fixture(autouse=True)
def _with_a_toy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    install(monkeypatch)


def base(*arguments: str) -> dict[str, Any]:
    return found("solve", "--model", "toy_model", *arguments)["variants"]["base"]


# ---- sim solve --model


def test_the_json_has_the_promised_keys() -> None:
    told = found("solve", "--model", "z1")

    parameters = {"discount_factor": 0.5, "alarm": 0.25, "inspections": 3, "payoffs": [[1, 0], [0, 1]], "rule": "mild"}
    assert {k: v for k, v in told.items() if k != "variants"} == {
        "model": "toy_model",
        "label": "Z1",
        "engine": "exact",
        "seed": 0,
        "replicates": None,
        "parameters": parameters,
        "premises_broken": [],
    }
    assert told["variants"]["base"]["outcomes"] == {
        "share": {"value": 0.6, "unit": "share", "index": None, "exact": "3/5"},
        "ratio": {"value": 2.0, "unit": "", "index": None},
        "occupancy": {"value": [0.75, 0.25], "unit": "probability", "index": ["peace", "war"]},
        "class": {"value": "dilemma", "unit": "", "index": None},
        "said": {"value": "a word", "unit": "text", "index": None},
    }


@pytest.mark.parametrize(
    "pair", ["discount_factor=0.75", "parameters.discount_factor=0.75", "delta=0.75", "parameters.delta=0.75", " delta = 0.75 "]
)
def test_values_are_put_in_by_name_or_letter(pair: str) -> None:
    assert base("--set", pair)["outcomes"]["ratio"]["value"] == 3.0


def test_letters_may_have_dots_and_lists_have_entries() -> None:
    assert base("--set", "c.a=0.5")["outcomes"]["ratio"]["value"] == 1.0
    one = base("--set", "payoffs.0.1=3")
    assert one["parameters"]["payoffs"] == [[1, 3], [0, 1]]
    assert one["outcomes"]["class"]["value"] == "harmony"
    assert base("--set", "payoffs=[[1, 1], [0, 0]]")["parameters"]["payoffs"] == [[1, 1], [0, 0]]
    assert base("--set", "rule=harsh")["parameters"]["rule"] == "harsh"


def test_what_is_undefined_is_null_with_the_reason() -> None:
    outcomes = base("--set", "alarm=0")["outcomes"]

    assert outcomes["ratio"] == {"value": None, "unit": "", "index": None, "undefined": "There are no alarms."}
    assert outcomes["occupancy"]["value"] == [1.0, None]
    assert outcomes["occupancy"]["undefined"] == "Without alarms there is no war."
    assert "undefined" not in outcomes["share"]
    text = done("solve", "--model", "toy_model", "--set", "alarm=0")
    assert "ratio: There are no alarms." in text


def test_a_broken_premise_leaves_all_undefined_and_is_no_error() -> None:
    told = found("solve", "--model", "toy_model", "--set", "n=50")

    assert told["premises_broken"] == ["fewer than 50 inspections"]
    for one in told["variants"]["base"]["outcomes"].values():
        assert one["value"] is None
        assert one["undefined"] == "The model supposes: fewer than 50 inspections."
    assert "All outcomes are undefined. The model supposes: fewer than 50 inspections." in done(
        "solve", "--model", "toy_model", "--set", "n=50"
    )


def test_numbers_are_printed_with_full_precision_and_never_as_nan() -> None:
    text = done("solve", "--model", "toy_model", "--set", "alarm=0.3", "--set", "delta=0.1", "--json")

    assert json.loads(text)["variants"]["base"]["outcomes"]["ratio"]["value"] == 0.1 / 0.3
    assert "NaN" not in done("solve", "--model", "toy_model", "--set", "alarm=0", "--json")


def test_the_table_has_names_values_units_and_sentences() -> None:
    lines = done("solve", "--model", "toy_model").splitlines()

    assert lines[0] == "Z1 toy_model: A toy"
    assert lines[1] == 'at delta=0.5, c.a=0.25, n=3, payoffs=[[1.0, 0.0], [0.0, 1.0]], rule="mild"'
    rows = {line.split()[0]: " ".join(line.split()[1:]) for line in lines[3:] if line}
    assert rows["outcome"] == "value unit meaning"
    assert rows["share"] == "3/5 = 0.6 share n / (n + 2)."
    assert rows["occupancy[peace]"] == "0.75 probability Where it is."
    assert rows["occupancy[war]"] == "0.25 probability"
    assert rows["class"] == "dilemma - The class."


@pytest.mark.parametrize(
    ("pairs", "said"),
    [
        (["detla=0.5"], ["--model toy_model: detla: no such parameter", "Did you mean delta?", "discount_factor (delta)"]),
        (["alarm=80"], ["alarm: must be in [0, 1], found 80", "Write 0.8 for 80 %."]),
        (["delta=0"], ["discount_factor: must be in (0, 1], found 0"]),
        (["delta=nan"], ["discount_factor: must be a finite number, found nan"]),
        (["delta=1e999"], ["discount_factor: must be a finite number, found inf"]),
        (["delta=high"], ["discount_factor: must be a number in (0, 1]", '"high"']),
        (["delta=true"], ["discount_factor: must be a number in (0, 1], found true"]),
        (["n=2.5"], ["inspections: must be a whole number in [0, 100], found 2.5"]),
        (["rule=hash"], ["rule: must be one of the words for it", "Did you mean harsh?"]),
        (["payoffs.2.0=1"], ["payoffs.2.0", "Entries are counted from 0, and there are 2."]),
        (["payoffs=[[1, 2], [3]]"], ["payoffs: must have rows of one length, found [2, 1]"]),
        (["payoffs=[[1, 2]]"], ["payoffs: must be a list of 2"]),
        (["delta=0.5", "discount_factor=0.6"], ["discount_factor: is set twice, as delta and as discount_factor"]),
        (["payoffs=3"], ["payoffs: must be a list of 2", "found 3"]),
        (["payoffs.0=3"], ["payoffs.0: must be a list", "found 3"]),
        (["delta"], ["write PATH=VALUE, such as --set discount_factor=0.5"]),
        (["alarm="], ["'alarm=': write PATH=VALUE, such as --set alarm=0.25"]),
        (["payoffs"], ["write PATH=VALUE, such as --set discount_factor=0.5"]),
        (["delta=0.5", "delta=0.6"], ["delta is set twice"]),
        (["alarm=-1", "detla=3"], ["detla: no such parameter", "alarm: must be in [0, 1], found -1"]),
    ],
    ids=lambda x: " ".join(x) if isinstance(x, list) else "",
)
def test_bad_values_are_refused_with_key_found_allowed_and_hint(pairs: list[str], said: list[str]) -> None:
    message = refused("solve", "--model", "toy_model", *[word for pair in pairs for word in ("--set", pair)])

    for part in said:
        assert part in message


def test_a_model_is_simulated_where_it_can_be() -> None:
    arguments = ["--engine", "monte_carlo", "--replicates", "4000", "--seed", "3"]
    told = found("solve", "--model", "toy_model", *arguments)

    assert (told["engine"], told["seed"], told["replicates"]) == ("monte_carlo", 3, 4000)
    (name,) = told["variants"]["base"]["outcomes"]
    ratio = told["variants"]["base"]["outcomes"][name]
    assert name == "ratio"
    assert ratio["value"] == pytest.approx(2.0, rel=0.15)
    assert ratio["standard_error"] > 0
    assert found("solve", "--model", "toy_model", *arguments) == told
    assert "4,000 simulated histories, seed 3" in done("solve", "--model", "toy_model", *arguments)
    assert "solved by its equations only" in refused("solve", "--model", "A2", "--engine", "monte_carlo")


def test_a_scenario_and_a_model_exclude_each_other() -> None:
    assert "without a SCENARIO" in refused("solve", "new_start", "--model", "toy_model")
    assert "--variant" in refused("solve", "--model", "toy_model", "--variant", "base")
    assert "give a SCENARIO" in refused("solve")
    assert "--replicates goes with" in refused("solve", "--model", "toy_model", "--replicates", "5")


@pytest.mark.parametrize("name", ["treaty_monitoring", "A2", "a2"])
def test_a_model_that_is_asked_for_as_a_scenario_is_told_how(name: str) -> None:
    assert "`sim solve --model treaty_monitoring` solves the canonical model of this name." in refused("solve", name)
    assert "--model" not in refused("solve", "nonsense")


def test_a_file_with_the_name_of_a_model_is_read() -> None:
    Path("A2").write_text(FILE, encoding="utf-8")

    assert found("solve", "A2")["model"] == "treaty_monitoring"


def test_long_fractions_are_exact_in_the_json_and_numbers_in_the_table(monkeypatch: pytest.MonkeyPatch) -> None:
    long, huge = Fraction(10**30, 3**60), Fraction(10**400)
    toy = replace(TOY, solve=lambda v: {**TOY.solve(v), "share": np.array([huge if v["alarm"][0] == 1 else long], dtype=object)})
    install(monkeypatch, toy)

    assert base()["outcomes"]["share"]["exact"] == str(long)
    assert base()["outcomes"]["share"]["value"] == float(long)
    assert re.search(rf"^share +{float(long):.7g} +share ", done("solve", "--model", "toy_model"), re.MULTILINE)
    beyond = base("--set", "alarm=1")["outcomes"]["share"]
    assert (beyond["value"], beyond["exact"]) == (None, str(huge))
    assert "exact value is given" in beyond["undefined"]


def test_minus_zero_is_zero(monkeypatch: pytest.MonkeyPatch) -> None:
    install(monkeypatch, replace(TOY, solve=lambda v: {**TOY.solve(v), "ratio": -0.0 * v["alarm"]}))

    assert '"value": 0.0' in done("solve", "--model", "toy_model", "--json")
    assert "-0" not in done("solve", "--model", "toy_model", "--json")


def test_many_entries_are_cut_in_the_table_and_all_there_in_the_json(monkeypatch: pytest.MonkeyPatch) -> None:
    toy = replace(TOY, solve=lambda v: {**TOY.solve(v), "occupancy": {f"{n}": v["alarm"] * n for n in range(30)}})
    install(monkeypatch, toy)

    lines = done("solve", "--model", "toy_model").splitlines()

    assert sum(line.startswith("occupancy[") for line in lines) == 13
    assert "occupancy[11]" in "".join(lines)
    assert any(re.fullmatch(r"occupancy\[\.\.\.\] +\.\.\. +probability +18 more, printed with --json", line) for line in lines)
    assert len(base()["outcomes"]["occupancy"]["value"]) == 30


# ---- scenario files of a model

FILE = """\
title = "Three treaties"
model = "treaty_monitoring"
[parameters]
discount_factor = 0.9
[variants.watched]
[variants.blind]
parameters.detection_probability = 0.1
[variants.broken]
parameters.sucker = 2
"""


def test_a_scenario_of_a_model_is_solved_for_every_variant() -> None:
    Path("treaties.toml").write_text(FILE, encoding="utf-8")

    told = found("solve", "treaties.toml")

    assert (told["scenario"], told["model"], told["label"]) == ("treaties", "treaty_monitoring", "A2")
    assert list(told["variants"]) == ["watched", "blind", "broken"]
    watched = found("solve", "--model", "A2", "--set", "delta=0.9")["variants"]["base"]
    assert told["variants"]["watched"] == watched
    assert told["variants"]["blind"]["outcomes"]["critical_discount_factor"]["value"] is None
    assert told["variants"]["broken"]["premises_broken"] == ["a prisoner's dilemma: temptation > reward > punishment >= sucker"]


def test_values_are_put_into_such_a_scenario_by_name_or_letter() -> None:
    Path("treaties.toml").write_text(FILE, encoding="utf-8")

    for pair in ("delta=0.7", "discount_factor=0.7", "parameters.discount_factor=0.7"):
        told = found("solve", "treaties.toml", "--set", pair)["variants"]
        assert [one["parameters"]["discount_factor"] for one in told.values()] == [0.7] * 3
    assert "must be in [0, 1], found 7" in refused("solve", "treaties.toml", "--set", "beta=7")
    assert "Did you mean detection_probability?" in refused("solve", "treaties.toml", "--set", "detection_probabilty=0.7")


def test_a_list_of_such_a_scenario_is_not_set_to_a_number(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()  # the whole canon
    race = tmp_path / "race.toml"
    race.write_text('title = "A race"\nmodel = "richardson"\n[parameters]\n', encoding="utf-8")

    assert "parameters.spending_x: must be a list of 3 or more" in refused("solve", race, "--set", "spending_x=3")
    assert "must be a list of 3 or more" in refused("solve", "--model", "richardson", "--set", "spending_x=3")
    assert "such as --set fatigue_y=1.1" in refused("solve", race, "--set", "fatigue_y")
    one = found("solve", race, "--set", "spending_x.0=3")["variants"]["base"]["parameters"]["spending_x"]
    assert one[0] == 3
    assert len(set(one)) > 1


def test_the_table_of_such_a_scenario_has_its_variants_side_by_side() -> None:
    Path("treaties.toml").write_text(FILE, encoding="utf-8")

    lines = done("solve", "treaties.toml").splitlines()

    assert lines[:2] == ["Three treaties", "A2 treaty_monitoring: A treaty under imperfect public monitoring"]
    assert lines[3].split() == ["outcome", "watched", "blind", "broken", "unit", "meaning"]
    assert any(line.startswith("All outcomes are undefined (broken). The model supposes: ") for line in lines)
    assert any(line.startswith("critical_discount_factor, best_payoff (blind): No discount factor below 1") for line in lines)


def test_a_letter_that_two_parameters_share_names_both(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()  # the whole canon
    assert "v: no such parameter. Did you mean v1 or v2?" in refused("solve", "--model", "audience_costs", "--set", "v=2")
