"""A run on a Dask cluster: a real scheduler and worker processes on this machine; the bytes of a run in this process."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import BrokenExecutor, Future
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import distributed
import numpy as np
import pytest

from cli_text import done
from cli_text import refused as refused_by
from sim import study
from sim.config import InputError
from sim.study import cluster, parts, provenance
from sim.study.crew import Summary
from sim.study.runs import Runs
from study_case import EXPERIMENT, changed, experiment, tables_of

ROOT = Path(__file__).resolve().parent.parent
MANY = changed(EXPERIMENT, ("[0.2, 0.5]", "{ from = 0.05, to = 0.95, points = 5 }"))
"""15 points in 3 variants: 25 runs, as inspections reach neither `no_treaty` nor `treaty`, which has its own: 5 + 5 + 15."""


@dataclass
class Machines:
    """A scheduler and workers, processes of this machine."""

    folder: Path
    address: str = ""
    scheduler: subprocess.Popen[bytes] | None = None
    workers: list[subprocess.Popen[bytes]] = field(default_factory=list)

    @property
    def file(self) -> Path:
        return self.folder / "scheduler.json"

    def start(self, workers: int) -> Machines:
        """Starts a scheduler and workers, and waits for them."""
        arguments = (
            "--host",
            "127.0.0.1",
            "--port",
            "0",
            "--no-dashboard",
            "--no-show",
            "--idle-timeout",
            "300",
            "--scheduler-file",
            self.file,
        )
        self.scheduler = self._process("dask_scheduler", *arguments)
        wait(lambda: self.file.exists() and self.file.stat().st_size > 0)
        wait(lambda: _address(self.file) is not None)
        self.address = str(_address(self.file))
        self.have(workers)
        return self

    def have(self, workers: int, path: Path = ROOT) -> None:
        """Starts as many workers as are missing, and waits until the scheduler knows of all and of no other.

        `path` is where they find the program.
        """
        self.workers = [worker for worker in self.workers if worker.poll() is None]
        arguments = (
            "--no-nanny",
            "--death-timeout",
            "60",
            "--nthreads",
            "1",
            "--no-dashboard",
            "--local-directory",
            self.folder,
            "--host",
            "127.0.0.1",
        )
        for _ in range(workers - len(self.workers)):
            self.workers.append(self._process("dask_worker", self.address, *arguments, path=path))
        with distributed.Client(self.address, set_as_default=False) as client:
            wait(lambda: len(cluster._workers(client)) == workers)

    def _process(self, module: str, *arguments: object, path: Path = ROOT) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", f"distributed.cli.{module}", *map(str, arguments)]
        environment = {**os.environ, "PYTHONPATH": str(path), "OPENBLAS_NUM_THREADS": "1"}
        with (self.folder / "log").open("ab") as log:
            return subprocess.Popen(command, cwd=self.folder, env=environment, stdout=log, stderr=log)

    def stop(self) -> None:
        """Ends all processes."""
        for process in [*self.workers, self.scheduler]:
            if process is not None:
                process.kill()
                process.wait()


def _address(file: Path) -> str | None:
    try:
        return json.loads(file.read_text(encoding="utf-8"))["address"]
    except ValueError:
        return None


def wait(so: Any, seconds: float = 60.0) -> None:
    """Waits until something is so."""
    end = time.monotonic() + seconds
    while not so():
        assert time.monotonic() < end, "took too long"
        time.sleep(0.05)


@pytest.fixture(scope="module")
def _machines(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machines]:
    found = Machines(tmp_path_factory.mktemp("machines"))
    try:
        yield found.start(2)
    finally:
        found.stop()


@pytest.fixture
def machines(_machines: Machines) -> Machines:
    """A scheduler with two workers."""
    _machines.have(2)
    return _machines


@pytest.fixture
def many(tmp_path: Path) -> study.ExperimentFile:
    return experiment(tmp_path, MANY)


def reference(found: study.ExperimentFile, folder: Path) -> dict[str, bytes]:
    """The tables of a run in this process."""
    return tables_of(study.run(found, folder / "reference", workers=1).folder)


def refused(address: str) -> str:
    """The message with which a cluster is refused."""
    with pytest.raises(InputError) as error, cluster.cluster(address):
        pass
    return str(error.value)


# ---- with a cluster


def test_a_cluster_changes_no_byte(machines: Machines, many: study.ExperimentFile, tmp_path: Path) -> None:
    alone = study.run(many, tmp_path / "alone", workers=1)
    for n, (address, chunk) in enumerate([(machines.address, None), (str(machines.file), 1)]):
        with cluster.cluster(address) as crew:
            report = study.run(many, tmp_path / str(n), chunk=chunk, crew=crew)

        assert report.computed == 25
        assert report.states == alone.states
        assert tables_of(report.folder) == tables_of(alone.folder)


def test_the_command_gives_the_same_results_and_figures(
    machines: Machines, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    experiment(tmp_path)
    done("run", "how_much.toml", "--results", "alone")
    done("run", "how_much.toml", "--results", "together", "--scheduler", machines.address)

    for folder in ("", "figures"):
        own, other = (tables_of(Path(name) / "how_much" / folder) for name in ("alone", "together"))
        assert own.keys() == other.keys()
        assert [name for name in own if own[name] != other[name]] == []
    assert "tcp://" in refused_by("run", "how_much.toml", "--scheduler", "http://host:1")
    assert "give one of them" in refused_by("run", "how_much.toml", "--scheduler", machines.address, "--workers", 2)


def test_a_worker_lost_with_chunks_in_hand_changes_no_byte(
    machines: Machines, many: study.ExperimentFile, tmp_path: Path
) -> None:
    lost = machines.workers[0]
    told: list[int] = []
    dead: list[int] = []

    def kill() -> None:
        lost.kill()
        assert lost.wait() == -signal.SIGKILL
        dead.extend(told[-1:])

    def progress(p: study.Progress) -> None:
        if p.phase == "computing":
            told.append(p.done)
            if p.done == 3:
                lost.send_signal(signal.SIGSTOP)  # it gets chunks from now on, and computes none of them until it is killed
                threading.Timer(0.5, kill).start()

    with cluster.cluster(machines.address) as crew:
        report = study.run(many, tmp_path, progress, chunk=1, crew=crew)

    assert 3 <= dead[0] < 25
    assert told == list(range(1, 26))
    assert report.failures == ()
    assert tables_of(report.folder) == reference(many, tmp_path)


def test_a_chunk_that_takes_its_worker_with_it_counts_as_one_on_which_a_worker_died(
    machines: Machines, many: study.ExperimentFile, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    chunk = next(iter(Runs(many).missing(parts.Stock([])))).chunk(0, 1)
    monkeypatch.setattr(cluster, "carried_out", lambda *_: os._exit(1))

    with cluster.cluster(machines.address) as crew, distributed.Client(machines.address, set_as_default=False) as client:
        _allow(client, 0)  # or Dask tries it on four workers
        try:
            ours = crew(Runs(many), tmp_path)
            assert isinstance(ours.submit(chunk).exception(60), BrokenExecutor)
            ours.close()
        finally:
            _allow(client, 3)


def _allow(client: distributed.Client, failures: int) -> None:
    client.run_on_scheduler(lambda dask_scheduler: setattr(dask_scheduler, "allowed_failures", failures))


def test_an_interruption_finishes_what_is_at_work_and_the_same_command_goes_on(
    machines: Machines, many: study.ExperimentFile, tmp_path: Path
) -> None:
    told: list[int] = []

    def interrupt(p: study.Progress) -> None:
        told.append(p.done)
        if p.done == 5:
            os.kill(os.getpid(), signal.SIGINT)

    with cluster.cluster(machines.address) as crew:
        with pytest.raises(KeyboardInterrupt):
            study.run(many, tmp_path, interrupt, chunk=1, crew=crew)
        assert told[-1] < 25
        assert study.run(many, tmp_path, chunk=1, crew=crew).computed == 25 - told[-1]

    assert tables_of(tmp_path / "how_much") == reference(many, tmp_path)


def test_a_full_disk_stops_the_run_and_loses_nothing(
    machines: Machines, many: study.ExperimentFile, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    save, saved = parts.save, []

    def full(folder: Path, name: str, data: bytes) -> None:
        if len(saved) == 4:
            raise OSError(28, "No space left on device", str(folder / name))
        saved.append(name)
        save(folder, name, data)

    with cluster.cluster(machines.address) as crew:
        with monkeypatch.context() as patch:
            patch.setattr(parts, "save", full)
            with pytest.raises(OSError, match="No space left"):
                study.run(many, tmp_path, chunk=1, crew=crew)
        assert study.run(many, tmp_path, crew=crew).computed == 21

    assert tables_of(tmp_path / "how_much") == reference(many, tmp_path)


def test_other_versions_are_refused_and_named(machines: Machines, monkeypatch: pytest.MonkeyPatch) -> None:
    versions = provenance.engine()
    monkeypatch.setattr(provenance, "engine", lambda: {**versions, "numpy": "1.0"})

    said = refused(machines.address).splitlines()

    assert len(said) == 2
    for line in said:
        assert f"would give other numbers: it has numpy {np.__version__} (here 1.0). Give every machine" in line
        assert line.startswith(f"--scheduler {machines.address}: worker tcp://127.0.0.1:")


def test_a_worker_of_other_versions_that_joins_later_is_refused(
    machines: Machines, many: study.ExperimentFile, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with cluster.cluster(machines.address) as crew:
        monkeypatch.setattr(provenance, "engine", lambda: {"numpy": "1.0"})
        with pytest.raises(InputError, match=f"a worker would give other numbers: it has numpy {np.__version__}"):
            study.run(many, tmp_path, crew=crew)

    assert not list(tmp_path.rglob("*.parquet"))


def test_no_workers_workers_without_the_program_and_a_scheduler_that_dies(
    many: study.ExperimentFile, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cluster, "CONNECT", 3.0)
    monkeypatch.setattr(cluster, "FIRST", 0.2)
    (tmp_path / "m").mkdir()
    machines = Machines(tmp_path / "m")
    try:
        machines.start(0)
        assert f"the scheduler has no workers. Start some and try again: dask worker {machines.address}" in refused(
            machines.address
        )

        (tmp_path / "old" / "sim").mkdir(parents=True)
        (tmp_path / "old" / "sim" / "__init__.py").write_text("", encoding="utf-8")
        machines.have(1, tmp_path / "old")
        assert "does not have this version of the program (No module named 'sim.study')" in refused(machines.address)

        machines.workers[0].kill()
        machines.workers[0].wait()
        machines.have(1)

        def progress(p: study.Progress) -> None:
            if p.done == 5 and machines.scheduler is not None:
                machines.scheduler.kill()

        with cluster.cluster(machines.address) as crew, pytest.raises(ConnectionResetError) as error:
            study.run(many, tmp_path, progress, chunk=1, crew=crew)
    finally:
        machines.stop()

    assert error.value.filename == machines.address
    assert "does not answer any more. What was computed until then is kept" in str(error.value.strerror)
    left = study.run(many, tmp_path, workers=1)
    assert 0 < left.computed <= 20
    assert tables_of(left.folder) == reference(many, tmp_path)


# ---- without


@pytest.mark.parametrize(
    "address",
    [
        "",
        "nowhere",
        "tcp://",
        "tcp://host",
        "tcp://host:port",
        "tcp://host:0",
        "tcp://host:99999",
        "http://host:8786",
        "a b:8786",
    ],
)
def test_what_is_no_address_is_refused(address: str) -> None:
    assert refused(address).startswith(f"--scheduler {address}: is no address of a Dask scheduler. Write tcp://host:8786")


def test_addresses_that_leave_out_what_goes_without_saying(tmp_path: Path) -> None:
    file = tmp_path / "scheduler.json"
    file.write_text('{"address": "tcp://[::1]:8786"}', encoding="utf-8")

    assert cluster.located("head:8786") == cluster.located("tcp://head:8786") == "tcp://head:8786"
    assert cluster.located("tls://10.0.0.1:8786") == "tls://10.0.0.1:8786"
    assert cluster.located(str(file)) == "tcp://[::1]:8786"


def test_a_file_of_no_scheduler_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "s.json"

    assert "the scheduler's file cannot be read (No such file or directory)" in refused(str(file))
    file.write_text("[]", encoding="utf-8")
    assert "is no file of a Dask scheduler" in refused(str(file))


def test_where_no_scheduler_answers_the_address_is_named(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture) -> None:
    monkeypatch.setattr(cluster, "CONNECT", 0.5)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        for found in ("nothing is heard from there", "[Errno 111] Connection refused"):
            said = refused(f"127.0.0.1:{port}")
            assert said.endswith(f"Found: {found}")
            assert f"no Dask scheduler answers at tcp://127.0.0.1:{port} within 0.5 s. Check that it runs" in said
            assert "\n" not in said
            silent.close()
    assert capfd.readouterr().err == ""


def test_without_dask_the_message_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)

    assert 'pip install "strategic-stability-simulator[cluster]"' in refused("tcp://host:8786")


def test_without_workers_for_long_a_run_gives_up(
    many: study.ExperimentFile, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cluster, "LOOK", 0.02)
    monkeypatch.setattr(cluster, "ALONE", 1.0)
    monkeypatch.setattr(cluster, "_workers", lambda client: {})
    crew: Any = cluster.Cluster(Runs(many).work, tmp_path, 2, SimpleNamespace(status="running"), "tcp://h:1")  # type: ignore[arg-type]
    future: Future[Summary] = Future()
    crew._open["chunk"] = None, future

    assert "no Dask worker has been there" in str(future.exception(10))
    assert crew.width == 1
    crew.client.status = "connecting"
    crew._open["chunk"] = None, (future := Future())
    assert "does not answer any more" in str(future.exception(10))
    assert "does not answer any more" in str(
        crew.submit(next(iter(Runs(many).missing(parts.Stock([])))).chunk(0, 1)).exception(0)
    )
    crew._over.set()
