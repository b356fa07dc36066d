"""Bad input: a message that says where and what, exit code 2, no traceback, nothing written."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import click
import pytest

from cli_text import TEXT, done, refused, sim, write
from sim.cli.common import parsed

GRIM = 'strategy = { kind = "grim" }'
FOREVER = '{ kind = "limited_punishment", rounds = 3000 }'

BAD: dict[str, tuple[list[tuple[str, str]], list[str]]] = {
    "unknown key": ([("false_alarm = 0.1\n", "fals_alarm = 0.1\n")], ["rivals.toml:22", "monitoring.fals_alarm", "false_alarm"]),
    "misspelt strategy": ([('"grim"', '"grimm"')], ["actors.south.strategy.kind", '"grimm"', "Did you mean grim?"]),
    "probability of 1.4": ([("detection = 0.5", "detection = 1.4")], ["monitoring.detection", "[0, 1]", "1.4"]),
    "negative rate": ([("background_rate = 0.1", "background_rate = -0.1")], ["onset.background_rate", ">= 0", "-0.1"]),
    "rates of a state that is none": ([('"on->off" = 0.2', '"on->of" = 0.2')], ['names no state "of"', "Did you mean off?"]),
    "party that is no actor": ([('["north", "south"]', '["north", "sauth"]')], ['"sauth"', "Did you mean south?"]),
    "rung lists of wrong lengths": (
        [("slip = [0.02, 0.05]", "slip = [0.02]")],
        ["crisis.slip", "2 entries for 3 rungs", "[0.02]"],
    ),
    "event outside the horizon": ([("year = 2\n", "year = 5\n")], ["events.0.year", "0 <= year < 5"]),
    "not TOML": ([("[horizon]", "[horizon")], ["rivals.toml:3", "is not TOML"]),
    "number in place of a table": ([("[monitoring]", "monitoring2 = 3\n[monitoring]")], ["monitoring2", "unknown key"]),
    "table in place of a number": ([("tremble = 0.01", "tremble = { a = 1 }")], ["actors.north.tremble", "must be a number"]),
    "NaN": ([("detection = 0.5", "detection = nan")], ["monitoring.detection", "finite number", "nan"]),
    "horizon of zero": ([("years = 5", "years = 0")], ["horizon.years", "> 0"]),
    "10^9 rounds": ([("rounds_per_year = 4", "rounds_per_year = 200000000")], ["100,000 rounds", "1000000000"]),
    "text in place of a number": ([("years = 5", 'years = "5"')], ["horizon.years", "Write 5 without quotes."]),
    "no crisis": ([("[crisis]", "[other]")], ["crisis: missing"]),
}


@pytest.fixture(autouse=True)
def _in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize("command", ["solve", "describe", "check"])
@pytest.mark.parametrize("case", BAD)
def test_bad_scenarios_are_refused_with_file_key_and_what_is_allowed(case: str, command: str, tmp_path: Path) -> None:
    changes, said = BAD[case]
    write(tmp_path, *changes)

    message = refused(command, "rivals.toml")

    for part in ["rivals.toml", *said]:
        assert part in message
    assert [path.name for path in tmp_path.iterdir()] == ["rivals.toml"]


def test_all_problems_of_a_file_come_at_once() -> None:
    write(Path(), ('"grim"', '"grimm"'), ("detection = 0.5", "detection = 1.4"), ("years = 5", "years = -5"))

    lines = refused("solve", "rivals.toml").splitlines()

    assert [line.split(": ")[0] for line in lines] == ["rivals.toml:4", "rivals.toml:13", "rivals.toml:21"]


def test_a_number_where_a_table_belongs() -> None:
    text = TEXT.replace("[monitoring]\ndetection = 0.5\nfalse_alarm = 0.1\n", "")
    Path("rivals.toml").write_text("monitoring = 3\n" + text, encoding="utf-8")

    assert "rivals.toml:1: monitoring: must be a table, found 3" in refused("solve", "rivals.toml")


FILES: dict[str, tuple[Callable[[Path], object], str]] = {
    "empty": (lambda path: path.write_text(""), "the file is empty"),
    "only a comment": (lambda path: path.write_text("# nothing\n"), "the file is empty"),
    "not UTF-8": (lambda path: path.write_bytes(TEXT.replace("two", "tw\xf6").encode("latin-1")), "is not UTF-8"),
    "a directory": (lambda path: path.mkdir(), "is a directory"),
    "absent": (lambda path: None, "no such file"),
}


@pytest.mark.parametrize(
    "command", [("solve",), ("describe",), ("check",), ("trace", "--replicate", "0"), ("run",), ("figures",)]
)
@pytest.mark.parametrize("case", FILES)
def test_files_that_cannot_be_read(case: str, command: tuple[str, ...]) -> None:
    make, said = FILES[case]
    make(Path("rivals.toml"))

    message = refused(command[0], "rivals.toml", *command[1:])

    assert "rivals.toml" in message
    assert said in message
    assert {path.name for path in Path().iterdir()} <= {"rivals.toml"}


def test_a_state_space_that_is_too_large_names_what_grew() -> None:
    write(
        Path(),
        (GRIM, f"strategy = {FOREVER}"),
        ('strategy = { kind = "tit_for_tat", forgiveness = 0.2 }', f"strategy = {FOREVER}"),
    )

    message = refused("solve", "rivals.toml")

    assert "variant no_treaty" in message
    assert "too large for the exact engine" in message
    assert "the memory of north" in message
    assert "--engine monte_carlo" in message
    assert "shorten memories (actors.*.strategy: fewer rounds of limited_punishment" in message


def test_the_same_scenario_can_be_simulated() -> None:
    write(
        Path(),
        (GRIM, f"strategy = {FOREVER}"),
        ('strategy = { kind = "tit_for_tat", forgiveness = 0.2 }', f"strategy = {FOREVER}"),
    )

    assert sim("solve", "rivals.toml", "--engine", "monte_carlo", "--replicates", "20").exit_code == 0


SETS: dict[str, tuple[list[str], list[str]]] = {
    "no such path": (["--set", "monitoring.detecton=0.3"], ["monitoring.detecton", "Did you mean detection?"]),
    "out of range": (["--set", "monitoring.detection=2"], ["monitoring.detection", "[0, 1]", "found 2"]),
    "not a number": (["--set", "monitoring.detection=high"], ["must be a number", '"high"']),
    "no value": (["--set", "monitoring.detection"], ["write PATH=VALUE"]),
    "empty value": (["--set", "monitoring.detection="], ["write PATH=VALUE"]),
    "no TOML": (["--set", "actors.north.strategy={kind=grim}"], ["is no TOML value", '{kind="grim"}']),
    "two values": (["--set", "title=1\nactors=2"], ["one value at a time"]),
    "twice": (["--set", "horizon.years=1", "--set", "horizon.years=2"], ["horizon.years is set twice"]),
    "nan": (["--set", "monitoring.detection=nan"], ["finite number"]),
    "a variant's own": (
        ["-V", "treaty", "--set", "treaties.limits.inspections_per_year=3"],
        ["refused for variant treaty", "it sets this path itself"],
    ),
    "no such variant": (["--variant", "tready"], ["has no variant 'tready'", "Did you mean treaty?"]),
    "replicates of the exact engine": (["--replicates", "5"], ["--replicates goes with --engine monte_carlo"]),
    "no replicates": (["--engine", "monte_carlo", "--replicates", "0"], ["--replicates", "x>=1"]),
    "no such engine": (["--engine", "magic"], ["'magic' is not one of 'exact', 'monte_carlo'"]),
    "a power of ten": (
        ["--engine", "monte_carlo", "--replicates", "1e3"],
        ["--replicates", "must be a whole number such as 1000, found '1e3'"],
    ),
    "a seed that is no number": (["--seed", "x"], ["--seed", "must be a whole number such as 1000, found 'x'"]),
    "a move that is not there": (
        ["--set", "conditions.talks.rates.off->on=2"],
        ['conditions.talks.rates."off->on": no such path', "Allowed: on->off"],
    ),
    "negative seed": (["--seed", "-1"], ["--seed", "x>=0"]),
}


def test_a_move_may_be_set_without_quotes() -> None:
    # a shell takes quotes away; what the condition changes here is whether the JSON is another one
    write(Path(), ('"on->off" = 0.2 }', '"on->off" = 0.2 }\nwhile.off.scale = { "onset.background_rate" = 3.0 }'))
    plain, quoted = (done("solve", "rivals.toml", "--json", "--set", f"conditions.talks.rates.{key}=3") for key in MOVES)

    assert plain == quoted
    assert plain != done("solve", "rivals.toml", "--json")


MOVES = ("on->off", '"on->off"')


@pytest.mark.parametrize("case", SETS)
def test_bad_options_are_refused_with_the_reason(case: str, tmp_path: Path) -> None:
    write(tmp_path)
    options, said = SETS[case]

    message = refused("solve", "rivals.toml", *options)

    for part in said:
        assert part in message


def test_names_that_are_nearly_right() -> None:
    assert "Did you mean baseline?" in refused("solve", "baselin")
    assert "Did you mean solve?" in refused("solv", "baseline")
    assert "Did you mean escalation_by_regime?" in refused("run", "escalation_by_regim")


def test_scenarios_are_not_experiments_and_the_other_way_round() -> None:
    write(Path())
    Path("question.toml").write_text('title = "q"\nscenario = "rivals.toml"\n', encoding="utf-8")

    assert "`sim solve rivals.toml` is the command for it" in refused("run", "rivals.toml")
    assert "`sim run question.toml` is the command for it" in refused("solve", "question.toml")


def test_the_shell_sees_the_same(tmp_path: Path) -> None:
    write(tmp_path, ("detection = 0.5", "detection = 1.4"))

    made = subprocess.run([sys.executable, "-m", "sim", "solve", "rivals.toml"], capture_output=True, text=True, timeout=60)

    assert made.returncode == 2
    assert made.stdout == ""
    assert made.stderr == "rivals.toml:21: monitoring.detection: must be in [0, 1], found 1.4. Write 0.014 for 1.4 %.\n"


@pytest.mark.parametrize(("text", "number"), [(".9", 0.9), ("5.", 5.0), ("-.5e1", -5.0)])
def test_numbers_as_people_write_them(text: str, number: float) -> None:
    assert parsed([f"a.b={text}"]) == {"a.b": number}  # TOML itself wants digits on both sides of the point


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("[[0,.05],[.06,0]]", [[0, 0.05], [0.06, 0]]),
        ("[5., -.5e1, +.25, 1.e3, 2 ]", [5.0, -5.0, 0.25, 1000.0, 2]),
        ("{ a = .5, b = 3. }", {"a": 0.5, "b": 3.0}),
        ("[1., 2.5]", [1.0, 2.5]),
        ('{ a = .5, b = "up .5 to 3. " }', {"a": 0.5, "b": "up .5 to 3. "}),
        ("{ a = .5, b = 'x .5' }", {"a": 0.5, "b": "x .5"}),
        (r'{ a = .5, b = "\" .5" }', {"a": 0.5, "b": '" .5'}),
        ("v.5", "v.5"),
        ("in year 5.", "in year 5."),
        ("a/b", "a/b"),
    ],
)
def test_numbers_as_people_write_them_in_lists_and_tables_and_texts_as_they_are(text: str, value: object) -> None:
    assert parsed([f"a={text}"]) == {"a": value}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("1/3", "write the fraction 1/3 as 0.3333333333333333: a model that computes in fractions"),
        ("-2 / 3", "write the fraction -2 / 3 as -0.6666666666666666"),
        ("[1/3, .5]", "write the fraction 1/3 as 0.3333333333333333"),
    ],
)
def test_fractions_are_refused_with_the_number_to_write(text: str, said: str) -> None:
    with pytest.raises(click.UsageError) as refusal:
        parsed([f"a.b={text}"])
    assert "--set a.b: " in refusal.value.message
    assert said in refusal.value.message


def test_fractions_in_quotes_are_text() -> None:
    assert parsed(['title="1/3"']) == {"title": "1/3"}
