"""A Dask cluster as the crew of a run: its workers compute the same chunks, and this process writes their parts (docs/cluster.md).

Nothing but the network is shared: a chunk goes out as bytes and its part comes back as bytes.  When a worker is lost the
scheduler gives its chunks to others; a chunk that takes workers with it counts as one on which a worker died.
"""

from __future__ import annotations

import errno
import hashlib
import json
import logging
import pickle
import re
import threading
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import BrokenExecutor, Future
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from sim.config import InputError, Located
from sim.config.errors import refuse
from sim.config.source import PACKAGE
from sim.declare import Problem
from sim.study import parts, provenance
from sim.study.crew import Crew, Summary
from sim.study.runs import Runs
from sim.study.work import Chunk, Work, compute

if TYPE_CHECKING:
    from distributed import Client

CONNECT: Final = 10.0
"""Seconds in which a scheduler must answer."""
LOOK: Final = 2.0
"""Seconds between looks at how many workers there are."""
ALONE: Final = 300.0
"""Seconds without any worker after which a run gives up."""
ADDRESS: Final = re.compile(r"(?:(?P<kind>[a-z]+)://)?(?P<host>\[[0-9a-fA-F:.]+\]|[^\s/:\[\]]+):(?P<port>\d{1,5})")
KINDS: Final = ("tcp", "tls")
NUMBERS: Final = ("chain", "config", "dilemma", "games")
"""Parts of the program that numbers depend on."""
SAME: Final = "Give every machine the same versions: requirements.lock names those that are tested."


@contextmanager
def cluster(address: str) -> Iterator[Callable[[Runs, Path], Crew]]:
    """Who computes on the Dask cluster of a scheduler, for `study.run(..., crew=...)`.

    `address` is tcp://host:port, host:port or the scheduler's file (NAME.json).  Raises InputError where there is no such
    scheduler, it has no workers, or they have other versions than this process: their numbers would have other bytes.
    """
    where = located(address)
    try:
        import dask
        import distributed
    except ImportError:
        hint = 'pip install "strategic-stability-simulator[cluster]"'
        raise _refuse(address, "Dask is not installed here, and a cluster needs it", hint) from None
    with _quiet(), dask.config.set({"distributed.admin.large-graph-warning-threshold": "1 GiB"}):
        try:
            client = distributed.Client(where, timeout=CONNECT, set_as_default=False)
        except Exception as error:  # whatever answers there, or does not
            raise _unreachable(address, where, error) from None
        try:
            _check(client, address)
            yield lambda runs, folder: Cluster(runs.work, folder, len(_workers(client)), client, address)
        finally:
            with suppress(Exception):
                client.close(timeout=LOOK)


# ---- what workers do


def here() -> dict[str, str]:
    """What the numbers of this process depend on: versions, and a digest of the code."""
    return {**provenance.engine(), "code": _code()}


@cache
def _code() -> str:
    digest = hashlib.sha256()
    for path in sorted(path for folder in NUMBERS for path in (PACKAGE / folder).glob("*.py")):
        digest.update(path.name.encode() + path.read_bytes().replace(b"\r\n", b"\n"))
    return digest.hexdigest()[:12]


_turn = threading.Lock()
"""A process computes one chunk at a time, with all its threads."""


@dataclass(frozen=True)
class Returned:
    """What a worker sends back: what came of the chunk and its part (name and bytes, empty if all runs failed); or, from a
    worker of other versions, these and nothing else."""

    versions: Mapping[str, str]
    summary: Summary | None = None
    name: str = ""
    part: bytes = b""


def carried_out(job: bytes, versions: Mapping[str, str]) -> Returned:
    """Computes a chunk, on a worker.  Raises OSError."""
    from distributed import get_worker

    own = here()
    if own != versions:
        return Returned(own)
    work, chunk = pickle.loads(job)
    with _turn:
        begin = time.perf_counter()
        done = compute(work, chunk, get_worker().state.nthreads)
        name, part = parts.encoded(done) if len(done.keys) else ("", b"")
        spent = time.perf_counter() - begin
    return Returned(own, Summary(len(done.keys), done.values.shape[1], done.states, spent, done.failures), name, part)


# ---- what this process does


@dataclass
class Cluster:
    """The workers of a scheduler; `width` is how many there are, looked up again as they come and go."""

    work: Work
    folder: Path
    width: int
    client: Client
    address: str
    _open: dict[str, tuple[Any, Future[Summary]]] = field(default_factory=dict)
    _lock: Any = field(default_factory=threading.Lock)
    _over: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        threading.Thread(target=self._watch, daemon=True).start()

    def submit(self, chunk: Chunk) -> Future[Summary]:
        """Hands the chunk to the scheduler."""
        future: Future[Summary] = Future()
        job, key = pickle.dumps((self.work, chunk)), f"sim-chunk-{uuid.uuid4()}"
        try:
            task = self.client.submit(carried_out, job, here(), key=key, pure=False)
            with self._lock:
                self._open[key] = task, future
            task.add_done_callback(lambda task: self._finish(key, task, future))
        except Exception as error:
            self._end(future, error=self._meant(error))
        return future

    def restart(self) -> None:
        """Nothing to do: the scheduler goes on with the workers that are left or that come."""

    def close(self) -> None:
        """Gives up what is still at work."""
        self._over.set()
        with self._lock:
            left = [task for task, _ in self._open.values()]
        if left and self.client.status == "running":
            with suppress(Exception):
                self.client.cancel(left, force=True)

    def _finish(self, key: str, task: Any, future: Future[Summary]) -> None:
        """Takes in what came of a task, and writes its part."""
        try:
            try:
                back: Returned = task.result(timeout=ALONE)
            except BaseException as error:  # also that it was cancelled
                self._end(future, error=self._meant(error))
                return
            if back.summary is None:
                self._end(future, error=InputError(_different(self.address, {"a worker": back.versions})))
                return
            if back.name and not self._over.is_set():
                parts.save(self.folder, back.name, back.part)
            self._end(future, back.summary)
        except BaseException as error:
            self._end(future, error=error)
        finally:
            with self._lock:
                self._open.pop(key, None)
            with suppress(Exception):
                task.release()

    def _end(self, future: Future[Summary], summary: Summary | None = None, error: BaseException | None = None) -> None:
        with self._lock:
            if future.done():
                return
            if error is not None:
                future.set_exception(error)
            elif summary is not None:
                future.set_result(summary)

    def _meant(self, error: BaseException) -> BaseException:
        """What an error of Dask's means for the run."""
        import asyncio
        import concurrent.futures as futures

        from distributed import KilledWorker

        if isinstance(error, KilledWorker):
            return BrokenExecutor(str(error))
        if isinstance(error, ModuleNotFoundError | AttributeError) and "sim" in str(error):
            return InputError([_lacking(self.address, "a worker", error)])
        lost = isinstance(error, asyncio.CancelledError | futures.CancelledError | asyncio.TimeoutError)
        if lost or self.client.status != "running" or (isinstance(error, OSError) and error.filename is None):
            return self._lost("the Dask scheduler does not answer any more")
        return error

    def _lost(self, what: str) -> OSError:
        said = f"{what}. What was computed until then is kept; the same command goes on with it"
        return ConnectionResetError(errno.ECONNRESET, said, self.address)

    def _watch(self) -> None:
        """Looks how many workers there are; without any for long, what is at work is given up."""
        seen = time.monotonic()
        while not self._over.wait(LOOK):
            with suppress(Exception):  # if the scheduler is gone, what is at work is told so
                now = len(_workers(self.client))
                self.width = max(1, now)
                seen = time.monotonic() if now else seen
            if time.monotonic() - seen > ALONE:
                with self._lock:
                    left = [future for _, future in self._open.values()]
                for future in left:
                    self._end(future, error=self._lost(f"no Dask worker has been there for {ALONE / 60:.0f} minutes"))


def _workers(client: Client) -> Mapping[str, int]:
    """The threads of every worker, {address: threads}."""
    return client.sync(client.scheduler.ncores, callback_timeout=CONNECT)  # type: ignore[union-attr]


# ---- who may take part


def located(address: str) -> str:
    """The address with what it leaves out; that of a scheduler's file is in it.  Raises InputError."""
    told = address
    if address.endswith(".json"):
        try:
            told = str(json.loads(Path(address).read_text(encoding="utf-8"))["address"])
        except OSError as error:
            hint = "`dask scheduler --scheduler-file FILE` writes it when the scheduler starts."
            raise _refuse(address, f"the scheduler's file cannot be read ({error.strerror})", hint) from None
        except (ValueError, KeyError, TypeError):
            hint = "It is what `dask scheduler --scheduler-file FILE` writes."
            raise _refuse(address, "is no file of a Dask scheduler", hint) from None
    found = ADDRESS.fullmatch(told)
    if found is None or (found["kind"] or "tcp") not in KINDS or not 0 < int(found["port"]) < 2**16:
        hint = "Write tcp://host:8786, as the scheduler says when it starts, or name the scheduler's file (NAME.json)."
        raise _refuse(address, "is no address of a Dask scheduler", hint)
    return f"{found['kind'] or 'tcp'}://{found['host']}:{found['port']}"


def _check(client: Client, address: str) -> None:
    """Raises InputError unless there are workers, and all are of this version of the program and of what it computes with."""
    try:
        client.run_on_scheduler(here)
    except Exception as error:
        raise InputError([_lacking(address, "the scheduler", error)]) from None
    found = client.run(here, on_error="return")
    if not found:
        raise _refuse(address, "the scheduler has no workers", f"Start some and try again: dask worker {located(address)}")
    lacking = [_lacking(address, f"worker {name}", e) for name, e in sorted(found.items()) if isinstance(e, Exception)]
    wrong = lacking + _different(address, {f"worker {k}": v for k, v in sorted(found.items()) if isinstance(v, dict)})
    if wrong:
        raise InputError(wrong)


def _lacking(address: str, who: str, error: BaseException) -> Located:
    if isinstance(error, ModuleNotFoundError):
        message = f"{who} does not have this version of the program ({error})"
    else:
        message = f"{who} does not say which versions it has ({type(error).__name__}: {error})"
    return _located(address, message, SAME)


def _different(address: str, found: Mapping[str, Mapping[str, str]]) -> list[Located]:
    """A problem for each of those whose versions are not those of this process."""
    own, out = here(), []
    for who, versions in found.items():
        names = [name for name in own if versions.get(name) != own[name]]
        said = ", ".join(f"{n} {versions.get(n, 'none')} (here {own[n]})" for n in names)
        if names:
            out.append(_located(address, f"{who} would give other numbers: it has {said}", SAME))
    return out


def _located(address: str, message: str, hint: str) -> Located:
    return Located(f"--scheduler {address}", Problem((), message, hint=hint))


def _refuse(address: str, message: str, hint: str) -> InputError:
    return refuse(f"--scheduler {address}", message, hint=hint)


def _unreachable(address: str, where: str, error: Exception) -> InputError:
    hint = (
        "Check that it runs, that this is the address it said when it started (its port is 8786 unless told otherwise; 8787 is "
        f"its web page), and that no firewall is between. Dask says: {str(error).splitlines()[0] if str(error) else error!r}"
    )
    return _refuse(address, f"no Dask scheduler answers at {where} within {CONNECT:g} s", hint)


@contextmanager
def _quiet() -> Iterator[None]:
    """Keeps Dask's own log off the terminal: what a user must know is said by this program."""
    names = ["distributed", *(name for name in logging.root.manager.loggerDict if name.startswith("distributed."))]
    before = {name: logging.getLogger(name).level for name in names}
    for name in before:
        logging.getLogger(name).setLevel(logging.CRITICAL + 1)
    try:
        yield
    finally:
        for name, level in before.items():
            logging.getLogger(name).setLevel(level)
