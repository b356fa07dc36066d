"""Plans: the counts are those of the run, the estimates are of the right size, and nothing is written."""

from __future__ import annotations

import json
import math
import time
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner

from sim import study
from sim.chain.kernels import TooLarge
from sim.cli.plan import plan_command
from sim.study import pilot
from sim.study.plan import Plan, plan
from stored_cases import CASES, DRAWN, UNCERTAIN
from study_case import EXPERIMENT, SCENARIO, changed, contents, experiment


def read(folder: Path, text: str = EXPERIMENT, name: str = "how_much") -> study.ExperimentFile:
    return experiment(folder, text, name, SCENARIO + UNCERTAIN)


def command(*arguments: object):
    return CliRunner().invoke(plan_command, [str(argument) for argument in arguments])


@pytest.mark.parametrize("case", list(CASES))
def test_counts_are_those_of_the_run(tmp_path: Path, case: str) -> None:
    found = read(tmp_path, CASES[case])
    told = plan(found, tmp_path / "results")
    report = study.run(found, tmp_path / "results", workers=1)
    again = plan(found, tmp_path / "results")

    assert (told.runs, told.left, told.different) == (report.runs, report.computed, report.computed)
    assert (again.left, again.different) == (0, report.computed)
    assert {v.variant: v.states for v in told.variants if v.states} == report.states
    written = {n: pq.read_metadata(report.folder / f"{n}.parquet").num_rows for n in told.rows if n != "orderings"}
    assert written == {name: n for name, n in told.rows.items() if name != "orderings"}


def test_points_that_a_variant_cannot_tell_apart_are_one_computation(tmp_path: Path) -> None:
    told = plan(read(tmp_path, DRAWN), tmp_path)

    # three inspection rates by two detections; no treaty, and the treaty that sets its own rate, see the detections alone
    assert told.runs == 6 * 5 * 3
    assert {v.variant: v.different for v in told.variants} == {"no_treaty": 2 * 5, "treaty": 2 * 5, "verification": 6 * 5}


def test_draws_that_reach_no_number_are_the_files_own_values(tmp_path: Path) -> None:
    text = changed(DRAWN, ("draws = 4", 'draws = 4\nparameters = ["treaties.pact.sanction"]'))
    prior = '"treaties.pact.sanction" = { distribution = "uniform", low = 0.5, high = 2.0, basis = "judgement" }\n'
    told = plan(experiment(tmp_path, text, scenario=SCENARIO + UNCERTAIN + prior), tmp_path)

    assert {v.variant: v.different for v in told.variants} == {"no_treaty": 2, "treaty": 2 * 5, "verification": 6 * 5}


def test_what_is_there_already_is_found(tmp_path: Path) -> None:
    study.run(read(tmp_path, DRAWN), tmp_path, workers=1)
    wider = read(tmp_path, changed(DRAWN, ("[0, 4, 8]", "[0, 4, 8, 12]"), ("draws = 4", "draws = 8")))
    told = plan(wider, tmp_path)

    # new: the file's own values and eight draws of two points that only verification sees, and four draws of the ten older ones
    assert told.left == 2 * 9 + 10 * 4
    assert told.left == study.run(wider, tmp_path, workers=1).computed


def test_every_structure_is_tried(tmp_path: Path) -> None:
    axis = '"actors.west.strategy" = { values = [{ kind = "grim" }, { kind = "always_arm" }], labels = ["grim", "armed"] }'
    text = changed(
        EXPERIMENT,
        ('"monitoring.detection" = [0.2, 0.5]', axis),
        ('panel = "monitoring.detection"', f"panel = {axis.split()[0]}"),
    )
    told = plan(read(tmp_path, text), tmp_path)

    assert {v.variant: v.different for v in told.variants} == {"no_treaty": 2, "treaty": 2, "verification": 6}
    assert all(v.tried >= 2 for v in told.variants)
    assert told.left == study.run(read(tmp_path, text), tmp_path, workers=1).computed


def test_nothing_is_written_and_damage_is_told(tmp_path: Path) -> None:
    found = read(tmp_path)
    folder = study.run(found, tmp_path / "results", workers=1).folder
    part = sorted((folder / "parts").glob("*.parquet"))[0]
    part.write_bytes(part.read_bytes()[:-1])
    before = contents(tmp_path)
    told = plan(found, tmp_path / "results")

    assert contents(tmp_path) == before
    assert told.notes == (f"{part} is damaged: its runs will be computed again",)
    assert 0 < told.left < told.different


def test_results_of_another_experiment_are_told(tmp_path: Path) -> None:
    study.run(read(tmp_path), tmp_path / "results", workers=1)
    (tmp_path / "results" / "how_much").rename(tmp_path / "results" / "other")

    assert "`sim run` will refuse it" in plan(read(tmp_path, name="other"), tmp_path / "results").notes[0]


def test_the_time_follows_from_the_rates_of_the_pilot(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pilot, "_timed", lambda runs, work, lot, n, found: (found.__dict__.update(tried=n) or n, n * 0.5))
    found = read(tmp_path, DRAWN)
    alone, several = plan(found, tmp_path, workers=1), plan(found, tmp_path, workers=2)

    assert all(v.rate == pytest.approx(2.0) for v in alone.variants)
    # no labels, so that the whole says nothing
    assert math.isnan(alone.seconds)
    assert several.workers == 2


def test_the_estimate_is_of_the_right_size(tmp_path: Path) -> None:
    axis = "{ from = 0, to = 20, points = 60 }"
    found = read(tmp_path, changed(DRAWN, ("[0, 4, 8]", axis), ("draws = 4", "draws = 32")))
    plan(found, tmp_path)  # so that everything is loaded in both
    told = plan(found, tmp_path, workers=1)
    began = time.perf_counter()
    report = study.run(found, tmp_path, workers=1)
    spent = time.perf_counter() - began

    assert spent / 6 < told.seconds < spent * 6  # others may be at work on this machine
    parts = sum(path.stat().st_size for path in (report.folder / "parts").iterdir())
    tables = sum(path.stat().st_size for path in report.folder.iterdir() if path.is_file())
    assert parts / 1.5 < told.disk["parts"] < parts * 1.5
    assert tables / 2 < told.disk["tables"] < tables * 2.5
    assert 50e6 < told.memory["worker"] < 4e9


def test_simulated_runs_are_tried_with_fewer_replicates(tmp_path: Path) -> None:
    few = changed(CASES["simulated"], ("replicates = 400", "replicates = 8192"))
    many = changed(CASES["simulated"], ("replicates = 400", "replicates = 819200"))
    one, hundred = plan(read(tmp_path, few), tmp_path), plan(read(tmp_path, many), tmp_path)

    assert hundred.pilot < 10
    assert 100 / 5 < one.variants[0].rate / hundred.variants[0].rate < 100 * 5


def test_a_million_points_are_planned_in_seconds(tmp_path: Path) -> None:
    axis = "{ from = 0, to = 20, points = 1000 }"
    text = changed(EXPERIMENT, ("[0, 4, 8]", axis), ("[0.2, 0.5]", axis.replace("20", "1")))
    began = time.perf_counter()
    told = plan(read(tmp_path, text[: text.index("[[figures]]")]), tmp_path)

    assert time.perf_counter() - began < 30
    assert (told.points, told.different) == (1_000_000, 1_000_000 + 2 * 1000)
    assert told.memory["main"] > 24 * told.left


# ---- what fails


def test_runs_of_the_pilot_that_fail_are_told(tmp_path: Path) -> None:
    told = plan(read(tmp_path, changed(EXPERIMENT, ("[0.2, 0.5]", "[0.2, 1.5]"))), tmp_path)
    all_of_them = plan(read(tmp_path, changed(EXPERIMENT, ("[0.2, 0.5]", "[1.2, 1.5]"))), tmp_path)

    assert not told.hopeless
    assert all(0 < v.failed < v.tried for v in told.variants)
    assert "monitoring.detection: must be in [0, 1], found 1.5" in told.variants[0].reasons[0]
    assert all_of_them.hopeless
    assert math.isnan(all_of_them.seconds)


def test_a_chain_that_is_too_large_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from sim.study import work

    def large(*_: object, **__: object) -> None:
        raise TooLarge(12, 10, [("rung", 3)])

    monkeypatch.setattr(work, "prepare", large)
    monkeypatch.setattr(work, "_prepared", type(work._prepared)())
    told = plan(read(tmp_path), tmp_path)

    assert told.hopeless
    assert "more than 10 partial states" in told.variants[0].reasons[0]


# ---- the command


def test_the_command_says_all_of_it(tmp_path: Path) -> None:
    read(tmp_path, DRAWN)
    done = command(tmp_path / "how_much.toml", "--results", tmp_path / "results", "--workers", 1)
    lines = done.stdout.splitlines()

    assert done.exit_code == 0
    assert lines[:3] == [
        "how_much",
        "  6 points (design grid), 4 draws and the file's own values, 3 variants",
        f"  90 runs, 50 different computations: 0 in {tmp_path / 'results' / 'how_much'} already, 50 left",
    ]
    assert lines[3].startswith("    no_treaty: 10 of 10 computations left, 12 states, ")
    assert "with 1 worker, without the figures" in done.stdout
    assert "estimates from a pilot of" in lines[-1]
    assert not (tmp_path / "results").exists()


def test_the_command_prints_json(tmp_path: Path) -> None:
    read(tmp_path, DRAWN)
    told = json.loads(command(tmp_path / "how_much.toml", "--json").stdout)[0]

    assert {"points": 6, "draws": 4, "runs": 90, "different": 50, "left": 50, "hopeless": False}.items() <= told.items()
    assert {"variant", "states", "rate", "left", "reasons"} <= set(told["variants"][0])
    assert set(told["disk"]) == {"parts", "tables"}
    assert set(told) >= {field for field in Plan.__dataclass_fields__ if field != "folder"}


def test_the_command_fails_where_all_of_the_pilot_fails(tmp_path: Path) -> None:
    read(tmp_path, changed(EXPERIMENT, ("[0.2, 0.5]", "[1.2, 1.5]")))
    done = command(tmp_path / "how_much.toml", "--results", tmp_path)
    told = command(tmp_path / "how_much.toml", "--json")

    assert done.exit_code == told.exit_code == 1
    assert "Nothing can be said of time, memory and disk: all runs of the pilot fail." in done.stdout
    assert "must be in [0, 1], found 1.2" in done.stdout
    assert json.loads(told.stdout)[0]["seconds"] is None
