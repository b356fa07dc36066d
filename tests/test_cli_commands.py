"""The other commands as a user types them: check, list, new, schema, run, figures, trace; the README's own lines; start-up."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
import time
import tomllib
from pathlib import Path

import jsonschema
import pytest

from cli_text import done, found, refused, sim, write
from sim.cli import COMMANDS

ROOT = Path(__file__).resolve().parent.parent
QUESTION = """\
title = "how much"
scenario = "rivals.toml"
variants = ["treaty", "verification"]
[sweep.parameters]
"monitoring.detection" = [0.2, 0.6]
[[figures]]
name = "war"
kind = "lines"
x = "monitoring.detection"
y = "escalation_probability"
rung = "war"
at_years = 5
group = "variant"
"""


@pytest.fixture(autouse=True)
def _in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def written() -> set[str]:
    return {str(path) for path in Path().rglob("*") if path.is_file()}


# ---- check


def test_check_says_what_is_fine() -> None:
    write(Path())
    Path("question.toml").write_text(QUESTION, encoding="utf-8")

    assert done("check", "rivals.toml", "question.toml").splitlines() == [
        "rivals.toml: fine: a scenario with 3 variants",
        "question.toml: fine: an experiment with 2 points, 2 variants, 1 figure",
    ]


def test_check_goes_on_after_a_bad_file_and_counts_all_problems() -> None:
    write(Path(), ("detection = 0.5", "detection = 1.4"), ('"grim"', '"grimm"'), name="bad.toml")
    write(Path())

    result = sim("check", "bad.toml", "rivals.toml", "absent.toml")

    assert result.exit_code == 2
    assert result.stdout == "rivals.toml: fine: a scenario with 3 variants\n"
    assert "absent.toml: no such file" in result.stderr
    assert result.stderr.endswith("3 problems.\n")


def test_check_gives_all_problems_as_json() -> None:
    write(Path(), ("detection = 0.5", "detection = 1.4"), ('"grim"', '"grimm"'), name="bad.toml")
    write(Path())

    result = sim("check", "bad.toml", "rivals.toml", "absent.toml", "--json")
    bad, good, absent = json.loads(result.stdout)["files"]

    assert result.exit_code == 2
    assert result.stderr == ""
    assert good == {"file": "rivals.toml", "problems": []}
    assert (absent["file"], absent["problems"][0]["message"]) == ("absent.toml", "no such file")
    assert bad["file"] == "bad.toml"
    assert {problem["path"] for problem in bad["problems"]} == {"monitoring.detection", "actors.south.strategy.kind"}
    assert next(problem for problem in bad["problems"] if problem["path"] == "monitoring.detection") == {
        "line": 21,
        "path": "monitoring.detection",
        "message": "must be in [0, 1]",
        "found": "1.4",
        "hint": "Write 0.014 for 1.4 %.",
        "variants": [],
    }


def test_check_of_good_files_as_json() -> None:
    write(Path())

    assert found("check", "rivals.toml") == {"files": [{"file": "rivals.toml", "problems": []}]}


def test_check_shows_the_notes_of_an_experiment() -> None:
    write(Path())
    Path("question.toml").write_text(QUESTION.replace("[0.2, 0.6]", "[0.5, 1.5]"), encoding="utf-8")
    note = "1 of 2 values of monitoring.detection is outside [0, 1]: such points fail"
    result = sim("check", "question.toml")

    assert result.exit_code == 0
    assert result.stdout.startswith("question.toml: fine: an experiment")
    assert result.stderr == f"question: note: {note}\n"
    assert found("check", "question.toml")["files"] == [{"file": "question.toml", "problems": [], "notes": [note]}]


def test_check_finds_what_is_wrong_with_an_experiment() -> None:
    write(Path())
    Path("question.toml").write_text(QUESTION.replace('rung = "war"', 'rung = "warr"'), encoding="utf-8")

    assert "question.toml:11: figures.0.rung" in refused("check", "question.toml")


def test_check_knows_the_library_by_name() -> None:
    assert "fine: a scenario with 3 variants" in done("check", "new_start")
    assert "fine: an experiment" in done("check", "escalation_by_regime")


# ---- list, new, schema


def test_list_names_the_library() -> None:
    record = found("list")

    assert {"baseline", "new_start"} <= {entry["name"] for entry in record["scenarios"]}
    assert {"escalation_by_regime"} <= {entry["name"] for entry in record["experiments"]}
    printed = done("list")
    for entry in [*record["scenarios"], *record["experiments"]]:
        assert entry["title"] in printed


def test_list_shows_files_of_the_working_folder_even_broken_ones() -> None:
    Path("scenarios").mkdir()
    Path("scenarios/mine.toml").write_text("title = ", encoding="utf-8")

    assert "is not TOML" in done("list")
    assert [entry["title"] for entry in found("list")["scenarios"] if entry["name"] == "mine"] == [None]


def test_new_writes_a_scenario_and_an_experiment_that_run() -> None:
    done("new", "demo")
    assert written() == {"scenarios/demo.toml", "experiments/demo.toml"}

    assert "fine: a scenario" in done("check", "demo")
    record = found("solve", "demo")
    assert record["scenario"] == "demo"
    assert "results/demo" in done("run", "demo").replace("\\", "/")
    assert {"results/demo/manifest.json", "results/demo/results.csv", "results/demo/results.parquet"} <= written()
    figures = tomllib.loads(Path("experiments/demo.toml").read_text(encoding="utf-8"))["figures"]
    for figure in figures:
        for ending in ("png", "svg", "pdf", "csv", "txt"):
            assert f"results/demo/figures/{figure['name']}.{ending}" in written()


def test_new_overwrites_nothing() -> None:
    Path("experiments").mkdir()
    Path("experiments/demo.toml").write_text("mine", encoding="utf-8")

    assert "nothing is overwritten" in refused("new", "demo")
    assert "at most 100 characters, this one has 300" in refused("new", "a" * 300)
    assert written() == {"experiments/demo.toml"}
    assert Path("experiments/demo.toml").read_text(encoding="utf-8") == "mine"


@pytest.mark.parametrize("name", ["../demo", "a b", "", ".", "demo.toml", "1demo"])
def test_new_wants_a_bare_name(name: str) -> None:
    assert "is none" in refused("new", name)
    assert written() == set()


def test_schemas_fit_the_library() -> None:
    done("schema", "--out", "schemas")

    for kind in ("scenario", "experiment", "gathering"):
        schema = json.loads(Path(f"schemas/{kind}.schema.json").read_text(encoding="utf-8"))
        assert schema == json.loads(done("schema", kind))
        for path in (ROOT / f"{kind.replace('gathering', 'experiment')}s").glob("*.toml"):
            tables = json.loads(json.dumps(tomllib.loads(path.read_text(encoding="utf-8")), default=str))
            if ("gathers" in tables) == (kind == "gathering"):
                jsonschema.validate(tables, schema)


# ---- run, figures


def test_figures_are_drawn_again_only_where_they_are_stale() -> None:
    write(Path())
    Path("question.toml").write_text(QUESTION, encoding="utf-8")
    done("run", "question.toml", "--results", "out")
    assert "out/question/figures/war.png" in written()

    assert "as they should be" in done("figures", "question.toml", "--results", "out")
    Path("out/question/figures/war.png").unlink()
    assert "war drawn" in done("figures", "question.toml", "--results", "out")
    assert "out/question/figures/war.png" in written()


def test_captions_say_which_channels_carry_the_effect() -> None:
    write(Path())
    Path("question.toml").write_text(QUESTION, encoding="utf-8")
    done("run", "question.toml")

    caption = " ".join(Path("results/question/figures/war.txt").read_text(encoding="utf-8").split())
    assert "treaty and verification: sanctions and alarms." in caption


def test_a_point_that_fails_costs_itself_and_the_exit_code() -> None:
    write(Path())
    Path("question.toml").write_text(QUESTION.replace("[0.2, 0.6]", "[0.2, 1.6]"), encoding="utf-8")

    result = sim("run", "question.toml")

    assert result.exit_code == 1
    assert "1.6" in result.stderr
    assert "results/question/results.csv" in written()


def test_run_reads_every_experiment_before_it_computes_one() -> None:
    write(Path())
    Path("question.toml").write_text(QUESTION, encoding="utf-8")

    assert "absent.toml: no such file" in refused("run", "question.toml", "absent.toml")
    assert written() == {"question.toml", "rivals.toml"}


def test_run_wants_names_or_all_and_distinct_folders() -> None:
    Path("other").mkdir()
    for folder in (Path(), Path("other")):
        write(folder)
        (folder / "question.toml").write_text(QUESTION, encoding="utf-8")

    assert "or give --all" in refused("run")
    assert "not both" in refused("run", "--all", "question.toml")
    assert "same name" in refused("run", "question.toml", "other/question.toml")


# ---- trace


def test_trace_tells_the_history_that_a_simulation_counts() -> None:
    write(Path())
    reached = []
    for replicate in range(40):
        record = found("trace", "rivals.toml", "-V", "no_treaty", "--seed", 5, "--replicate", replicate)
        reached.append(any(entry["rung_after"] == "war" for entry in record["rounds"]))
    simulated = found("solve", "rivals.toml", "-V", "no_treaty", "--engine", "monte_carlo", "--seed", 5, "--replicates", 40)

    assert 0 < sum(reached) < 40
    assert simulated["variants"]["no_treaty"]["escalation_probability"]["war"] == sum(reached) / 40


def test_trace_takes_the_file_as_it_stands_unless_told() -> None:
    write(Path())

    assert "variant verification, seed 0, replicate 3" in done("trace", "rivals.toml", "--replicate", 3)
    assert "Missing option '--replicate'" in refused("trace", "rivals.toml")
    assert "has no variant" in refused("trace", "rivals.toml", "-V", "none", "--replicate", 0)


# ---- the command line itself


def test_every_command_has_help() -> None:
    overview = done("--help")

    for command in COMMANDS:
        assert re.search(rf"^  {command} +\S", overview, re.MULTILINE), command
        assert "Usage" in done(command, "--help")


def test_help_imports_no_numpy_either() -> None:
    held = "print('numpy' in sys.modules, 'rich' in sys.modules)"
    code = f"import sys, sim.cli\ntry: sim.cli.main(['--help'])\nexcept SystemExit: {held}"
    printed = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60).stdout

    assert printed.endswith("False False\n")


def test_help_starts_within_a_quarter_of_a_second_of_bare_python() -> None:
    def fastest(*arguments: str) -> float:
        times = []
        for _ in range(5):
            start = time.perf_counter()
            subprocess.run([sys.executable, *arguments], check=True, capture_output=True, timeout=60)
            times.append(time.perf_counter() - start)
        return min(times)

    assert fastest("-m", "sim", "--help") - fastest("-c", "pass") < 0.25


@pytest.mark.skipif(sys.platform == "win32", reason="interrupts are sent differently")
def test_an_interrupt_is_exit_code_130_without_a_traceback() -> None:
    write(Path())
    command = [sys.executable, "-m", "sim", "solve", "rivals.toml", "--engine", "monte_carlo", "--replicates", "1000000000"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        time.sleep(4)
        process.send_signal(signal.SIGINT)
        _, message = process.communicate(timeout=60)

    assert process.returncode == 130
    assert message.strip() == "Interrupted."


def test_the_lines_of_the_readme_run() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    Path("rivals.toml").write_text(re.search(r"```toml\n(.*?)```", readme, re.DOTALL)[1], encoding="utf-8")  # type: ignore[index]
    lines = dict.fromkeys(re.findall(r"(?:^|[`/])sim ([a-z]+ ?[^`#\n]*)", readme, re.MULTILINE))

    assert len(lines) >= 6
    for line in lines:
        if "where_the_ordering_fails" in line:  # minutes; its experiments are run by the tests of the library
            assert "a gathering of 24 experiments" in done("check", line.split()[1])
            continue
        assert done(*line.split()) != ""


def test_the_numbers_of_the_readme_are_those_of_its_scenario() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    Path("rivals.toml").write_text(re.search(r"```toml\n(.*?)```", readme, re.DOTALL)[1], encoding="utf-8")  # type: ignore[index]
    war = [v["escalation_probability"]["war"] for v in found("solve", "rivals.toml")["variants"].values()]

    said = re.search(r"war within ten years is ([\d.]+) % without a treaty, ([\d.]+) % with one and ([\d.]+) %", readme)
    assert said is not None
    assert [f"{100 * p:.1f}" for p in war] == list(said.groups())
