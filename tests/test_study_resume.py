"""A sweep ends with the same bytes however it was cut, spread, stopped and taken up again."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import BrokenExecutor, Future
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sim import figures, study
from sim.config import InputError
from sim.study import parts
from sim.study.crew import Inline, NoWorkers, Summary
from sim.study.runs import Runs
from sim.study.work import Chunk
from study_case import EXPERIMENT, SCENARIO, changed, contents, experiment, tables_of

UNCERTAIN = """
[uncertain]
"monitoring.false_alarm" = { distribution = "uniform", low = 0.0, high = 0.2, basis = "judgement", source = "for tests" }
"onset.arming_rate" = { distribution = "triangular", low = 0.1, mode = 0.3, high = 0.6, source = "for tests" }
"""
DRAWN = EXPERIMENT + "[uncertainty]\ndraws = 8\n"


def drawn(folder: Path, text: str = DRAWN, name: str = "how_much") -> study.ExperimentFile:
    return experiment(folder, text, name, SCENARIO + UNCERTAIN)


def figure_bytes(folder: Path) -> dict[str, bytes]:
    """The figures but for their index."""
    return {name: data for name, data in contents(folder / "figures").items() if name != "figures.json"}


def test_chunks_and_workers_change_no_byte_of_tables_and_figures(tmp_path: Path) -> None:
    found = drawn(tmp_path)
    made = []
    ways: list[dict[str, Any]] = [
        {"workers": 1},
        {"workers": 1, "chunk": 1},
        {"workers": 2, "chunk": 7, "patience": 0.0},
        {"chunk": 1000},
    ]
    for n, how in enumerate(ways):
        folder = study.run(found, tmp_path / str(n), **how).folder
        figures.draw(folder, experiment=found)
        made.append((tables_of(folder), figure_bytes(folder)))
    written = [len(list((tmp_path / str(n) / "how_much" / "parts").glob("*.parquet"))) for n in range(4)]

    assert written[1] == sum(map(len, Runs(found).missing(parts.Stock([]))))  # one run in each part
    assert written[3] == 6  # own values and draws of three variants
    assert {"by_draw.parquet", "drawn.parquet", "orderings.parquet", "orderings.csv"} < set(made[0][0])
    assert len(made[0][1]) == 6
    assert made[0] == made[1] == made[2] == made[3]


def test_chunks_change_no_byte_where_horizons_differ(tmp_path: Path) -> None:
    axis = '"horizon.years" = [2.5, 3, 4]'
    text = 'title = "q"\nscenario = "quarrel.toml"\n[uncertainty]\ndraws = 4\n[sweep.parameters]\n' + axis
    found = drawn(tmp_path, text)
    made = [tables_of(study.run(found, tmp_path / str(n), workers=1, chunk=n).folder) for n in (1, 2, 5, 1000)]

    assert made[0] == made[1] == made[2] == made[3]


def test_further_values_and_draws_compute_only_what_is_new(tmp_path: Path) -> None:
    first = study.run(drawn(tmp_path), tmp_path)
    old = study.Results.load(first.folder, figures.KINDS)
    stored = {v: old.by_draw(v, "escalation_probability", "war", 1.0) for v in first.variants}
    wider = drawn(tmp_path, changed(DRAWN, ("[0, 4, 8]", "[0, 2, 4, 8]"), ("draws = 8", "draws = 16")))
    second = study.run(wider, tmp_path)
    new = study.Results.load(second.folder, figures.KINDS)

    # points that differ: 2 without inspections (no treaty, treaty), then 6, later 8 with them; each with its own values and draws
    assert first.computed == (2 + 2 + 6) * (1 + 8)
    assert second.computed == (2 + 2) * 8 + 2 * (1 + 16) + 6 * 8
    for variant, values in stored.items():
        now = new.by_draw(variant, "escalation_probability", "war", 1.0)
        assert np.array_equal(now[[0, 1, 4, 5, 6, 7], :8], values)
    assert tables_of(second.folder) == tables_of(study.run(wider, tmp_path / "afresh").folder)


def test_the_same_command_again_computes_and_writes_nothing(tmp_path: Path) -> None:
    folder = study.run(drawn(tmp_path), tmp_path).folder
    before = {path: path.stat().st_mtime_ns for path in folder.rglob("*") if path.is_file()}

    assert study.run(drawn(tmp_path), tmp_path).computed == 0
    assert {path: path.stat().st_mtime_ns for path in folder.rglob("*") if path.name != ".lock" and path.is_file()} == {
        path: stamp for path, stamp in before.items() if path.name != ".lock"
    }


def test_what_numbers_do_not_depend_on_is_not_computed_again(tmp_path: Path) -> None:
    study.run(drawn(tmp_path), tmp_path)
    retitled = SCENARIO.replace("a quarrel", "another title") + UNCERTAIN.replace('"for tests"', '"a source"')
    again = study.run(experiment(tmp_path, DRAWN, scenario=retitled), tmp_path)

    assert again.computed == 0
    assert 'title = "another title"' in (again.folder / "scenario.toml").read_text()

    dearer = (SCENARIO + UNCERTAIN).replace("cost = 2.0", "cost = 2.1")
    assert study.run(experiment(tmp_path, DRAWN, scenario=dearer), tmp_path).computed == 90


@pytest.mark.parametrize("damage", ["truncated", "a byte", "empty", "another file"])
def test_a_damaged_part_is_set_aside_and_computed_again(tmp_path: Path, damage: str) -> None:
    found = drawn(tmp_path)
    folder = study.run(found, tmp_path, chunk=4).folder
    before = tables_of(folder)
    part = sorted((folder / "parts").glob("*.parquet"))[3]
    data = part.read_bytes()
    middle = len(data) // 3
    part.write_bytes(
        {
            "truncated": data[:middle],
            "a byte": data[:middle] + bytes([data[middle] ^ 1]) + data[middle + 1 :],
            "empty": b"",
            "another file": (folder / "points.parquet").read_bytes(),
        }[damage]
    )
    (folder / "manifest.json").unlink()  # else nothing is to be done, and nothing is read
    told: list[str] = []
    report = study.run(found, tmp_path, say=told.append)

    assert len(told) == 1
    assert "damaged part set aside, its runs are computed again" in told[0]
    assert part.name in told[0]
    assert (report.computed, tables_of(folder)) == (4, before)
    assert (folder / "parts" / f"{part.name}.damaged").exists()


@pytest.mark.parametrize("damage", ["gone", "truncated"])
def test_a_finished_folder_whose_parts_are_damaged_is_mended(tmp_path: Path, damage: str) -> None:
    found = drawn(tmp_path)
    folder = study.run(found, tmp_path, chunk=4).folder
    before = tables_of(folder)
    part = sorted((folder / "parts").glob("*.parquet"))[3]
    data = part.read_bytes()
    part.unlink() if damage == "gone" else part.write_bytes(data[:100])

    assert study.run(found, tmp_path, chunk=4).computed == 4
    assert (part.read_bytes(), tables_of(folder)) == (data, before)


def test_two_runs_in_one_folder_at_once_are_refused(tmp_path: Path) -> None:
    found = drawn(tmp_path)
    seen: list[str] = []

    def meanwhile(_: study.Progress) -> None:
        if not seen:
            with pytest.raises(InputError) as refused:
                study.run(found, tmp_path)
            seen.append(str(refused.value))

    folder = study.run(found, tmp_path, meanwhile).folder

    assert f"another run is at work here (process {os.getpid()}). Wait until it has finished" in seen[0]
    assert tables_of(folder) == tables_of(study.run(found, tmp_path / "alone").folder)


def test_results_of_another_experiment_are_left_alone(tmp_path: Path) -> None:
    folder = study.run(experiment(tmp_path), tmp_path).folder
    folder.rename(tmp_path / "other")
    before = contents(tmp_path / "other")
    with pytest.raises(InputError, match="holds results of another experiment: its experiment is how_much, not other"):
        study.run(experiment(tmp_path, name="other"), tmp_path)

    assert contents(tmp_path / "other") == before


def test_a_worker_that_dies_is_replaced(tmp_path: Path) -> None:
    found = drawn(tmp_path)
    killed: list[int] = []

    def kill_one(_: study.Progress) -> None:
        if not killed:
            children = subprocess.run(
                ["pgrep", "-P", str(os.getpid())], capture_output=True, text=True, check=False
            ).stdout.split()
            for child in children:
                command = Path(f"/proc/{child}/cmdline").read_bytes()
                if b"spawn_main" in command:
                    killed.append(int(child))
                    os.kill(int(child), signal.SIGKILL)
                    return

    folder = study.run(found, tmp_path, kill_one, workers=2, chunk=1, patience=0.0).folder

    assert killed
    assert tables_of(folder) == tables_of(study.run(found, tmp_path / "alone").folder)


class Dying:
    """A crew whose workers die at chunks that hold one run, or at all."""

    width = 2

    def __init__(self, runs: Runs, folder: Path, key: bytes | None) -> None:
        self.inline, self.key, self.restarts = Inline(runs.work, folder), key, 0

    def submit(self, chunk: Chunk) -> Future[Summary]:
        if self.key is None or self.key in [key.tobytes() for key in chunk.keys]:
            future: Future[Summary] = Future()
            future.set_exception(BrokenExecutor("a worker died"))
            return future
        return self.inline.submit(chunk)

    def restart(self) -> None:
        self.restarts += 1

    def close(self) -> None:
        pass


def test_a_run_on_which_workers_die_is_given_up_and_the_others_go_on(tmp_path: Path) -> None:
    found = drawn(tmp_path)
    deadly = Runs(found).keys("verification", 5, 6)[0, 3]
    report = study.run(found, tmp_path, chunk=1, crew=lambda runs, folder: Dying(runs, folder, deadly.tobytes()))
    mended = study.run(found, tmp_path)

    (failure,) = report.failures
    assert (failure.point, failure.variant, failure.draw) == (5, "verification", 2)
    assert "the worker died 3 times on the chunk of this run" in failure.reason
    assert failure.configuration == found.values(5, 2)
    assert (report.computed, mended.computed, mended.failures) == (90, 1, ())


class Together(Dying):
    """A crew as a pool of processes is: when a worker dies, all chunks at work are lost, not only the one that killed it."""

    def __init__(self, runs: Runs, folder: Path, key: bytes) -> None:
        super().__init__(runs, folder, None)
        self.deadly = key
        self.waiting: list[Future[Summary]] = []

    def submit(self, chunk: Chunk) -> Future[Summary]:
        future: Future[Summary] = Future()
        self.waiting.append(future)
        if self.deadly in [key.tobytes() for key in chunk.keys]:
            threading.Timer(0.1, self.break_all).start()
            return future
        near = chunk.variant == "verification" and chunk.points[0] == 5  # at work for long enough to be there when it dies

        def finish() -> None:
            if not future.done():
                future.set_result(self.inline.submit(chunk).result())

        if near:
            threading.Timer(0.5, finish).start()
        else:
            finish()
        return future

    def break_all(self) -> None:
        for one in self.waiting:
            if not one.done():
                one.set_exception(BrokenExecutor("a worker died"))


def test_a_run_that_kills_its_worker_does_not_take_its_neighbours_with_it(tmp_path: Path) -> None:
    found = drawn(tmp_path)
    deadly = Runs(found).keys("verification", 5, 6)[0, 3]
    report = study.run(found, tmp_path, chunk=1, crew=lambda runs, folder: Together(runs, folder, deadly.tobytes()))

    assert [(f.point, f.variant, f.draw) for f in report.failures] == [(5, "verification", 2)]


def test_workers_that_all_die_at_once_stop_the_run(tmp_path: Path) -> None:
    crews: list[Dying] = []

    def crew(runs: Runs, folder: Path) -> Dying:
        crews.append(Dying(runs, folder, None))
        return crews[0]

    with pytest.raises(NoWorkers, match="__main__"):
        study.run(drawn(tmp_path), tmp_path, crew=crew)
    assert crews[0].restarts >= 3
    assert not (tmp_path / "how_much" / "manifest.json").exists()


@pytest.mark.skipif(os.name == "nt", reason="no such signals")
def test_an_interruption_finishes_the_chunk_at_work_and_the_next_run_goes_on(tmp_path: Path) -> None:
    found = drawn(tmp_path)
    told: list[str] = []

    def interrupt(p: study.Progress) -> None:
        if p.done == 5:
            os.kill(os.getpid(), signal.SIGINT)

    with pytest.raises(KeyboardInterrupt):
        study.run(found, tmp_path, interrupt, workers=1, chunk=1, say=told.append)
    kept = len(list((tmp_path / "how_much" / "parts").glob("*.parquet")))
    report = study.run(found, tmp_path)

    assert told == ["Interrupted: finishing the chunks at work (Ctrl-C again stops at once)."]
    assert (kept, report.computed) == (5, 90 - 5)
    assert tables_of(report.folder) == tables_of(study.run(found, tmp_path / "alone").folder)


@pytest.mark.skipif(os.name == "nt", reason="no such signals")
def test_twenty_kills_at_random_moments_change_no_byte(tmp_path: Path) -> None:
    text = changed(DRAWN, ("[0.2, 0.5]", "{ from = 0.1, to = 0.9, points = 9 }"))
    drawn(tmp_path, text)
    command = [sys.executable, "-m", "sim", "run", "how_much.toml", "--chunk-size", "4", "--results"]
    rng = np.random.default_rng(7)
    began = time.perf_counter()
    subprocess.run([*command, "whole", "--workers", "1"], cwd=tmp_path, check=True, capture_output=True)
    lasts = time.perf_counter() - began
    whole, cut, kills, ends = tmp_path / "whole" / "how_much", tmp_path / "cut" / "how_much", 0, 0
    command += ["cut", "--workers", "2"]
    while kills < 20:
        process = subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            process.wait(rng.uniform(0.3, 1.0) * lasts)
            ends += 1
            subprocess.run(["rm", "-r", str(cut)], check=True)  # it came to its end: from the beginning again
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            kills += 1
        assert ends < 60, "it always comes to its end"
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)

    assert (done.returncode, done.stderr.count("Traceback")) == (0, 0)
    assert tables_of(cut) == tables_of(whole)
    assert contents(cut / "figures") == contents(whole / "figures")
