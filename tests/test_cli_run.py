"""`sim run` as it is typed: what it prints, exit codes, interruptions, a full disk."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from sim.cli import main
from study_case import EXPERIMENT, changed, experiment, tables_of

LONG = changed(EXPERIMENT, ("[0.2, 0.5]", "{ from = 0.0, to = 0.9, points = 20 }"), ('panel = "monitoring.detection"\n', ""))
LONG = changed(LONG, ("[[figures]]", ""), ('name = "by_inspections"', "")).split('kind = "lines"')[0]
SIM = [sys.executable, "-m", "sim"]


def sim(*words: str) -> Result:
    return CliRunner().invoke(main, list(words))


def test_a_run_says_what_it_did_and_the_next_one_that_nothing_is_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    experiment(tmp_path)
    monkeypatch.chdir(tmp_path)
    first, second = sim("run", "how_much.toml"), sim("run", "how_much.toml")

    assert (first.exit_code, second.exit_code) == (0, 0)
    assert "results/how_much: 10 of 18 runs computed" in first.stdout
    assert "(states: no_treaty 12, treaty 32, verification 32)" in first.stdout
    assert "by_inspections drawn: it is new" in first.stdout
    assert "how_much: 10 of 10 runs" in first.stderr
    assert "results/how_much: 18 runs, all there already" in second.stdout
    assert "the figures are as they should be" in second.stdout


def test_the_commands_that_are_named_work_as_they_stand(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    more = """[[analyses]]
name = "regrets"
kind = "regret"
over = "points"
[threshold]
parameter = "monitoring.detection"
variant = "treaty"
beats = "no_treaty"
points = 3
"""
    experiment(tmp_path, EXPERIMENT + more)
    monkeypatch.chdir(tmp_path)
    told = sim("run", "how_much.toml", "--results", "out").stdout
    named = [line.split("`")[1] for line in told.splitlines() if "`sim " in line]

    assert [command.split()[1] for command in named] == ["analyse", "threshold"]
    for command in named:
        assert sim(*command.split()[1:]).exit_code == 0
    assert "`sim threshold" not in sim("run", "how_much.toml", "--results", "out").stdout


def test_events_are_one_json_object_a_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    experiment(tmp_path)
    monkeypatch.chdir(tmp_path)
    told = [json.loads(line) for line in sim("run", "how_much.toml", "--json", "--chunk-size", "5").stdout.splitlines()]
    progress = [event for event in told if event["event"] == "progress" and event["phase"] == "computing"]
    (done,) = (event for event in told if event["event"] == "done")

    assert [(event["done"], event["total"]) for event in progress] == [(2, 10), (4, 10), (9, 10), (10, 10)]
    assert (done["runs"], done["computed"], done["failures"], done["finished"]) == (18, 10, [], True)
    assert [event["name"] for event in told if event["event"] == "figure"] == ["by_inspections"]


def test_a_failed_point_is_told_and_the_exit_code_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    experiment(tmp_path, changed(EXPERIMENT, ("[0.2, 0.5]", "[0.2, 1.5]")))
    monkeypatch.chdir(tmp_path)
    run = sim("run", "how_much.toml")

    assert run.exit_code == 1
    assert "point 1, variant no_treaty, failed: quarrel.toml: monitoring.detection: must be in [0, 1], found 1.5" in run.stderr
    assert "and 4 more failures: see failures.json" in run.stderr
    assert "by_inspections drawn" in run.stdout


def test_a_folder_of_another_experiment_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    experiment(tmp_path)
    monkeypatch.chdir(tmp_path)
    sim("run", "how_much.toml")
    Path("results/how_much").rename("results/other")
    experiment(tmp_path, name="other")
    before = tables_of(tmp_path / "results" / "other")
    refused = sim("run", "other.toml")

    assert refused.exit_code == 2
    assert (
        "results/other: holds results of another experiment: its experiment is how_much, not other. Nothing was" in refused.stderr
    )
    assert tables_of(tmp_path / "results" / "other") == before


@pytest.mark.skipif(os.name == "nt", reason="no such signals")
def test_an_interruption_leaves_a_folder_that_the_same_command_finishes(tmp_path: Path) -> None:
    experiment(tmp_path, LONG, "long")
    command = [*SIM, "run", "long.toml", "--chunk-size", "1", "--workers", "1", "--json"]
    process = subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdout is not None
    for _ in range(5):
        process.stdout.readline()
    process.send_signal(signal.SIGINT)
    _, told = process.communicate(timeout=60)

    assert process.returncode == 130
    assert "Interrupted: finishing the chunks at work" in told
    assert "Traceback" not in told
    kept = len(list((tmp_path / "results" / "long" / "parts").glob("*.parquet")))
    assert 5 <= kept < 100
    done = subprocess.run(command[:-1], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert f"results/long: {100 - kept} of 180 runs computed" in done.stdout


@pytest.mark.skipif(os.name == "nt", reason="no such limits")
@pytest.mark.parametrize("kilobytes", [1, 200])
def test_a_full_disk_is_told_and_what_was_computed_is_kept(tmp_path: Path, kilobytes: int) -> None:
    """A limit on the size of a file: at 1 kB no part can be written, at 200 kB every part, but not the table."""
    import resource

    def limited() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (kilobytes * 1024, resource.RLIM_INFINITY))

    wide = changed(LONG, ("points = 20", "points = 800"), ("times = [1]", "times = [0.5, 1, 1.5, 2, 2.5]"))
    experiment(tmp_path, wide, "long")
    command = [*SIM, "run", "long.toml", "--workers", "1", "--chunk-size", "400"]
    full = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False, preexec_fn=limited)
    kept = len(list((tmp_path / "results" / "long" / "parts").glob("*.parquet")))

    assert full.returncode == 1
    assert "File too large. What was computed is kept: make room, and the same command goes on." in full.stderr
    assert "Traceback" not in full.stderr
    assert not (tmp_path / "results" / "long" / "manifest.json").exists()
    assert kept == {1: 0, 200: 10}[kilobytes]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)
    assert ("4,000 of 7,200 runs computed" if kilobytes == 1 else "7,200 runs, all there already") in done.stdout
