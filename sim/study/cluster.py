"""A Dask cluster as the crew of a run: workers compute the same chunks, this process writes their parts (docs/cluster.md).

Nothing but the network is shared: a chunk goes out as bytes and its part comes back as bytes.  When a worker is lost the
scheduler gives its chunks to others; a chunk that takes workers with it counts as one on which a worker died.
"""

from __future__ import annotations

import errno
import logging
import pickle
import threading
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import BrokenExecutor, Future
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from sim.config import InputError
from sim.study import parts
from sim.study.cluster_checks import check, different, here, knock, located, refused, unreachable
from sim.study.crew import Crew, Summary
from sim.study.runs import Runs
from sim.study.work import Chunk, Work, compute

if TYPE_CHECKING:
    from distributed import Client

CONNECT: Final = 10.0
"""Seconds in which a scheduler must answer."""
FIRST: Final = 60.0
"""Seconds in which it must have a first worker."""
LOOK: Final = 2.0
"""Seconds between looks at how many workers there are."""
ALONE: Final = 300.0
"""Seconds without any worker after which a run gives up."""
GONE: Final = "the Dask scheduler does not answer any more"


@contextmanager
def cluster(address: str) -> Iterator[Callable[[Runs, Path], Crew]]:
    """Who computes on the Dask cluster of a scheduler, for `study.run(..., crew=...)`.

    `address` is tcp://host:port, host:port or the scheduler's file (NAME.json).  Raises InputError where there is no such
    scheduler, it has no workers, or they have other versions than this process: their numbers would have other bytes.
    """
    where = located(address)
    try:
        import distributed
        from dask.config import set as configured
    except ImportError:
        hint = 'pip install "strategic-stability-simulator[cluster]"'
        raise refused(address, "Dask is not installed here, and a cluster needs it", hint) from None
    with _quiet(), configured({"distributed.admin.large-graph-warning-threshold": "1 GiB"}):
        try:
            knock(where, CONNECT)
            client = distributed.Client(where, timeout=CONNECT, set_as_default=False)
        except Exception as error:  # whatever answers there, or does not
            raise unreachable(address, where, CONNECT, error) from None
        try:
            with suppress(TimeoutError):
                client.wait_for_workers(1, timeout=FIRST)
            check(client, address)
            yield lambda runs, folder: Cluster(runs.work, folder, len(_workers(client)), client, address)
        finally:
            with suppress(Exception):
                client.close(timeout=LOOK)


# ---- what workers do


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
            if self.client.status != "running":  # Dask would keep the task until the scheduler is back
                raise ConnectionError
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
                self._end(future, error=InputError(different(self.address, {"a worker": back.versions})))
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
        lost = isinstance(error, asyncio.CancelledError | futures.CancelledError | asyncio.TimeoutError)
        if lost or self.client.status != "running" or (isinstance(error, OSError) and error.filename is None):
            return self._lost(GONE)
        return error

    def _lost(self, what: str) -> OSError:
        said = f"{what}. What was computed until then is kept; the same command goes on with it"
        return ConnectionResetError(errno.ECONNRESET, said, self.address)

    def _watch(self) -> None:
        """Looks how many workers there are; without any for long, or without a scheduler, what is at work is given up."""
        seen = time.monotonic()
        while not self._over.wait(LOOK):
            with suppress(Exception):
                now = len(_workers(self.client))
                self.width = max(1, now)
                seen = time.monotonic() if now else seen
            if self.client.status != "running":
                self._give_up(self._lost(GONE))
            if time.monotonic() - seen > ALONE:
                self._give_up(self._lost(f"no Dask worker has been there for {ALONE / 60:.0f} minutes"))

    def _give_up(self, error: OSError) -> None:
        with self._lock:
            left = [future for _, future in self._open.values()]
        for future in left:
            self._end(future, error=error)


def _workers(client: Client) -> Mapping[str, int]:
    """The threads of every worker, {address: threads}."""
    return client.sync(client.scheduler.ncores, callback_timeout=CONNECT)  # type: ignore[union-attr]


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
