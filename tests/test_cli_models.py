"""`sim models`, `sim reproduce`: what they print, their JSON, their exit codes."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from cli_text import done, found, refused, sim
from sim.models.model import Answer, Estimate, Way
from sim.report.models import lettered
from toy_model import TOY, install


@pytest.fixture(autouse=True)
def _with_a_toy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    install(monkeypatch)


# ---- sim models


def test_models_are_listed_with_their_questions() -> None:
    lines = done("models").splitlines()

    assert lines[0].split() == ["label", "name", "question"]
    assert lines[2].split(maxsplit=2) == ["Z1", "toy_model", "What is printed?"]
    assert found("models")[1] == {"label": "Z1", "name": "toy_model", "title": "A toy", "question": "What is printed?"}


@pytest.mark.parametrize("name", ["toy_model", "Z1", "z1"])
def test_one_model_is_told_in_full(name: str) -> None:
    text = done("models", name)

    for part in [
        "Nobody, Nowhere (1900).",
        "fewer than 50 inspections",
        "delta: weight of the next period.",
        "a number in (0, 1]",
        "by state",
        "There are no alarms.",
        "drawing alarms (simulated)",
        "confirmed (1): the number was read in the named public source",
        "3/5 = 0.6",
        "It is a toy.",
    ]:
        assert part in text
    told = found("models", name)
    assert told["parameters"][1]["symbols"] == ["c.a"]
    assert told["parameters"][3]["default"] == [[1, 0], [0, 1]]
    assert told["outcomes"][3]["words"] == ["dilemma", "harmony"]
    assert told["answers"]["confirmed"][0]["target_exact"] == "3/5"
    assert told["answers"]["remembered"][0]["entry"] == "war"


def test_numbers_in_brackets_are_equations_and_letters_are_footnotes() -> None:
    text = done("models", "A2")
    equations, rest = text[text.index("\nEquations\n") :].split("\nSources\n", 1)
    outcomes = rest[rest.index("\nOutcomes\n") : rest.index("\nSecond ways\n")]

    numbered = set(re.findall(r"^  \((\d+)\) ", equations, re.MULTILINE))
    assert set() < set(re.findall(r"\((\d+)\)", outcomes)) <= numbered
    assert not re.search(r"^  \(\d+\) ", rest, re.MULTILINE)
    assert found("models", "A2")["equations"].splitlines()[2:4] == [line.strip() for line in equations.splitlines()[4:6]]
    toy = done("models", "toy_model")
    assert "Equations" not in toy  # it stands in no module of the canon
    assert re.search(r"share +3/5 = 0.6 +\[a\] +at the defaults", toy)
    for told in (toy, done("reproduce", "toy_model")):
        assert {"  [a] the book, page 1", "  [b] by hand", "  [c] a talk"} <= set(told.splitlines())
    assert list(lettered("abcdefghijklmnopqrstuvwxyzäö").values())[-3:] == ["[z]", "[aa]", "[ab]"]


def test_a_card_says_where_letters_are_understood_and_every_reason_once(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = done("models", "A2").splitlines()

    assert "  Symbols are for --set; files use the names." in lines
    (first,) = [n for n, line in enumerate(lines) if line.startswith("  No discount factor below 1 sustains the treaty: ")][:1]
    assert lines[first + 1].startswith("    critical_discount_factor")
    common = "It cannot be."
    toy = replace(TOY, outcomes=tuple(replace(o, undefined=f"{o.name} fails. Or: {common}") for o in TOY.outcomes), symbols={})
    install(monkeypatch, toy)
    text = done("models", "toy_model")
    assert text.count(common) == 1
    assert f"  {common}\n    share, ratio, occupancy, class, said\n" in text
    assert "Symbols" not in text


@pytest.mark.parametrize("command", [["models"], ["reproduce"], ["solve", "--model"]])
def test_unknown_models_are_refused_with_the_nearest(command: list[str]) -> None:
    assert "Did you mean toy_model?" in refused(*command, "toy_modle")
    assert "Did you mean treaty_monitoring?" in refused(*command, "treaty")
    assert "`sim models` lists them" in refused(*command, "xyzzy")


# ---- sim reproduce


def test_known_answers_are_recomputed_by_every_way() -> None:
    told = found("reproduce", "toy_model")

    assert told["met"]
    assert told["by_status"] == {"confirmed": 1, "derived": 5, "remembered": 1}
    assert told["summary"] == "confirmed 1, derived 5, remembered 1; all within tolerance"
    share, third, ratio, undefined, war, word, code = told["answers"]
    assert (share["target"], share["found"], share["found_exact"], share["difference"]) == (0.6, 0.6, "3/5", 0)
    assert third["given"] == {"inspections": 1}
    assert third["found_exact"] == "1/3"
    assert share["status_means"] == "the number was read in the named public source"
    assert [way["way"] for way in ratio["ways"]] == ["the other way"]
    assert ratio["ways"][0]["found"] == 2
    assert undefined["found"] is None
    assert undefined["undefined"] == "There are no alarms."
    assert (war["entry"], war["source"]) == ("war", "a talk")
    (way,) = war["ways"]
    assert 0 < abs(way["found"] - 0.25) < 4 * way["standard_error"]
    assert word["found"] == "dilemma"
    assert (code["target"], code["found"]) == ("harmony", "harmony")
    assert told["seeds"].keys() == {"toy_model"}


def test_an_undefined_target_disagrees_with_a_way_that_finds_a_number(monkeypatch: pytest.MonkeyPatch) -> None:
    install(monkeypatch, replace(TOY, ways=(Way("never undefined", lambda v: {"ratio": v["discount_factor"] * 4}),)))

    result = sim("reproduce", "toy_model")

    assert result.exit_code == 1
    assert "1 where a second way disagrees" in result.stdout


def test_random_ways_draw_the_same_every_time() -> None:
    assert done("reproduce", "toy_model", "--json") == done("reproduce", "toy_model", "--json")


def test_the_table_says_status_source_and_what_statuses_mean() -> None:
    text = sim("reproduce", "Z1").stdout

    assert "drawing alarms, simulated, seed " in text
    assert "n=1" in text
    assert "remembered: from memory" in text
    row = next(line for line in text.splitlines() if "occupancy[war]" in line)
    assert row.split()[:6] == ["ok", "occupancy[war]", "0.25", "0.25", "0", "1e-09"]
    assert "\x1b" not in text
    assert max(map(len, text.splitlines())) < 200


def test_answers_without_a_second_way_say_so(monkeypatch: pytest.MonkeyPatch) -> None:
    text = done("reproduce", "toy_model")
    rows = {line.split()[1]: line for line in text.splitlines() if line.startswith("  ok")}

    assert " none " in rows["class"]
    assert "[2] 2 " in rows["ratio"] or "[2] undefined" in rows["ratio"]
    assert "by the equations alone, no second method" in text
    assert "checked by a second method where one is named" in text
    install(monkeypatch, replace(TOY, answers=TOY.answers[2:3]))
    assert "no second method" not in done("reproduce", "toy_model")


@pytest.mark.parametrize(
    "off",
    [
        Answer({}, "share", Fraction(3, 5) + Fraction(1, 10**12), 0.0, "derived", "wrong by 1e-12"),
        Answer({}, "ratio", 2.1, 0.05, "derived", "wrong by 0.1"),
        Answer({}, "ratio", None, 0.0, "derived", "it is defined"),
        Answer({"alarm": 0.0}, "ratio", 3.0, 1.0, "derived", "it is undefined"),
        Answer({}, "class", "harmony", 0.0, "derived", "another word"),
        Answer({}, "occupancy", 0.25, 1.0, "derived", "no such entry", entry="mars"),
    ],
    ids=lambda answer: answer.source,
)
def test_an_answer_out_of_tolerance_gives_exit_code_1(off: Answer, monkeypatch: pytest.MonkeyPatch) -> None:
    install(monkeypatch, replace(TOY, answers=(off,), ways=()))

    result = sim("reproduce", "toy_model")

    assert result.exit_code == 1
    assert result.stdout.splitlines()[-1] == "derived 1; 1 out of tolerance"
    assert "  OUT  " in result.stdout
    assert "out of tolerance: " in result.stdout
    assert json.loads(sim("reproduce", "toy_model", "--json").stdout)["met"] is False


@pytest.mark.parametrize(
    "way",
    [
        Way("wrong", lambda v: {"ratio": v["discount_factor"] * 4 + 1e-6}),
        Way("five errors off", lambda v, rng: {"ratio": Estimate(np.array([2.05]), np.array([0.01]))}, random=True),
    ],
    ids=lambda way: way.name,
)
def test_a_second_way_that_disagrees_gives_exit_code_1(way: Way, monkeypatch: pytest.MonkeyPatch) -> None:
    install(monkeypatch, replace(TOY, answers=TOY.answers[2:3], ways=(way,)))

    result = sim("reproduce", "toy_model")

    assert result.exit_code == 1
    assert result.stdout.splitlines()[-1] == "derived 1; 1 where a second way disagrees"
    assert "DISAGREES" in result.stdout


def test_only_what_was_confirmed_is_called_published() -> None:
    lines = [line for line in sim("reproduce").stdout.splitlines() if "published" in line]

    assert lines == ["remembered: from memory; not to be called published until somebody reads the source"]
