"""Who computes the chunks of a run: this process, or a pool of new processes; each part is written where it is computed.

A crew has a `width` (chunks at work at a time), `submit(chunk)` that gives a Future of a `Summary`, `restart()` for when a
worker died, and `close()`.
"""

from __future__ import annotations

import os
import time
from concurrent.futures import BrokenExecutor, Future, ProcessPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from sim.study import parts
from sim.study.work import Chunk, Failure, Work, compute


@dataclass(frozen=True)
class Summary:
    """What came of a chunk: how many runs are in its part, the numbers stored of each, what failed, and the time it took."""

    runs: int
    labels: int
    states: int
    seconds: float
    failures: tuple[Failure, ...]


class NoWorkers(RuntimeError):
    """No worker has ever finished a chunk: they die as soon as they start, or at their first chunk."""

    def __init__(self) -> None:
        super().__init__(
            "the worker processes die before any has finished a chunk. A script that runs studies needs "
            "`if __name__ == '__main__':` around its calls; else there may be too little memory: try one worker"
        )


class Crew(Protocol):
    """Whoever computes chunks."""

    width: int

    def submit(self, chunk: Chunk) -> Future[Summary]: ...
    def restart(self) -> None: ...
    def close(self) -> None: ...


def carried_out(work: Work, chunk: Chunk, folder: Path, threads: int = 1) -> Summary:
    """Computes a chunk and writes its part.  Raises OSError."""
    begin = time.perf_counter()
    done = compute(work, chunk, threads)
    if len(done.keys):
        parts.save(folder, *parts.encoded(done))
    spent = time.perf_counter() - begin
    return Summary(len(done.keys), done.values.shape[1], done.states, spent, done.failures)


@dataclass
class Inline:
    """This process."""

    work: Work
    folder: Path
    threads: int = 1
    width: int = 1

    def submit(self, chunk: Chunk) -> Future[Summary]:
        """Computes the chunk at once."""
        future: Future[Summary] = Future()
        try:
            future.set_result(carried_out(self.work, chunk, self.folder, self.threads))
        except Exception as error:
            future.set_exception(error)
        return future

    def restart(self) -> None:
        """Nothing can have died."""

    def close(self) -> None:
        """Nothing to close."""


@dataclass
class Pool:
    """New processes, as many as `width`; they start afresh, so that it is the same on every system."""

    work: Work
    folder: Path
    width: int
    _pool: ProcessPoolExecutor | None = field(default=None, repr=False)

    def submit(self, chunk: Chunk) -> Future[Summary]:
        """Hands the chunk to the next free process."""
        try:
            return self._ready().submit(_carry_out, chunk)
        except BrokenExecutor:  # a worker has died since
            self.restart()
            return self._ready().submit(_carry_out, chunk)

    def _ready(self) -> ProcessPoolExecutor:
        import multiprocessing

        if self._pool is None:
            spawn = multiprocessing.get_context("spawn")
            self._pool = ProcessPoolExecutor(self.width, spawn, _start, (self.work, self.folder))
        return self._pool

    def restart(self) -> None:
        """Leaves the processes that are left, for new ones."""
        self.close()

    def close(self) -> None:
        """Ends the processes; what they still compute is waited for."""
        if self._pool is not None:
            self._pool.shutdown(wait=True, cancel_futures=True)
            self._pool = None


_mine: list[tuple[Work, Path]] = []
"""What this process works on, in a process of a pool."""


def _start(work: Work, folder: Path) -> None:
    """A new process: it leaves interruptions to its parent, and ends when the parent does."""
    import multiprocessing
    import signal
    import threading
    from multiprocessing.connection import wait

    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _mine.append((work, folder))
    parent = multiprocessing.parent_process()
    assert parent is not None

    def watch() -> None:
        wait([parent.sentinel])
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def _carry_out(chunk: Chunk) -> Summary:
    work, folder = _mine[-1]
    return carried_out(work, chunk, folder)
