"""Cutting what there is to do into chunks and handing them out, until all is done, something stops it, or it is interrupted.

Chunks are cut to take some seconds each, by the rate of those before them.  How they are cut changes no number.
"""

from __future__ import annotations

import math
import signal
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, Future, wait
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final

from sim.study.crew import Crew, NoWorkers, Summary
from sim.study.runs import Group
from sim.study.work import Chunk, Failure

FIRST: Final = 16
"""Runs of the first chunk of a group; with Monte Carlo one."""
SHORTEST, LONGEST = 2.0, 30.0
"""Seconds that a chunk should take; the longer the whole takes, the longer, so that there are hundreds of parts and not more."""
MOST_BYTES: Final = 64 * 2**20
MOST_DEATHS: Final = 3
"""How often a worker may die on a chunk before its runs are given up."""


@dataclass
class Cutter:
    """What is left to do, cut into chunks; `size` fixes how many runs a chunk has."""

    groups: Sequence[Group]
    size: int | None = None
    _group: int = 0
    _run: int = 0
    _rates: dict[int, tuple[float, int]] = field(default_factory=dict)
    """{group: (runs a second, the largest chunk so far)}."""
    _labels: int = 1
    _started: float = field(default_factory=time.perf_counter)

    @property
    def left(self) -> int:
        """Runs that are not handed out."""
        return sum(len(group) for group in self.groups[self._group :]) - self._run

    def next(self, width: int) -> tuple[Chunk, int] | None:
        """The next chunk and the number of its group; None when nothing is left."""
        while self._group < len(self.groups) and self._run >= len(self.groups[self._group]):
            self._group, self._run = self._group + 1, 0
        if self._group == len(self.groups):
            return None
        group = self.groups[self._group]
        size = self.size or self._cut(group, width)
        chunk = group.chunk(self._run, size)
        self._run += len(chunk)
        return chunk, self._group

    def _cut(self, group: Group, width: int) -> int:
        if self._group not in self._rates:
            size = FIRST if group.runs.experiment.engine == "exact" else 1
        else:
            rate, largest = self._rates[self._group]
            seconds = min(max((time.perf_counter() - self._started) / 50, SHORTEST), LONGEST)
            size = min(int(rate * seconds), 8 * largest, MOST_BYTES // (8 * self._labels))
        share = math.ceil((len(group) - self._run) / (2 * width)) if width > 1 else size
        return max(1, min(size, max(share, FIRST if group.runs.experiment.engine == "exact" else 1)))

    def learn(self, group: int, chunk: int, summary: Summary) -> None:
        """Takes in how long a chunk took."""
        largest = max(chunk, self._rates.get(group, (0.0, 1))[1])
        self._rates[group] = chunk / max(summary.seconds, 1e-6), largest
        self._labels = max(self._labels, summary.labels)


@dataclass
class Interruption:
    """Ctrl-C: once, and what is at work is finished; twice, and it stops at once."""

    asked: bool = False


@contextmanager
def interruptible(say: Callable[[str], None]) -> Iterator[Interruption]:
    """Takes Ctrl-C as a wish to stop after the chunks at work."""
    flag = Interruption()
    if threading.current_thread() is not threading.main_thread():
        yield flag
        return

    def handler(*_: Any) -> None:
        if flag.asked:
            raise KeyboardInterrupt
        flag.asked = True
        say("Interrupted: finishing the chunks at work (Ctrl-C again stops at once).")

    before = signal.signal(signal.SIGINT, handler)
    try:
        yield flag
    finally:
        signal.signal(signal.SIGINT, before)


def carry_out(
    cutter: Cutter,
    crew: Crew,
    told: Callable[[Chunk, Summary], None],
    flag: Interruption,
    enough: Callable[[], bool] = lambda: False,
) -> None:
    """Hands out chunks until nothing is left or `enough` says so; `told` hears of each that is done.

    Whatever stops a worker (a full disk) is raised when the other chunks at work are finished; a worker that dies is replaced,
    and the chunks that were at work are tried again, each alone.  Raises NoWorkers where none ever finishes a chunk,
    KeyboardInterrupt after an interruption.
    """
    at_work: dict[Future[Summary], tuple[Chunk, int, int]] = {}
    again: deque[tuple[Chunk, int, int]] = deque()
    stop: BaseException | None = None
    proved = False
    while True:
        while stop is None and not flag.asked and not enough() and len(at_work) < crew.width + (crew.width > 1):
            if at_work and (again or any(deaths for _, _, deaths in at_work.values())):
                break  # a chunk on which a worker died is tried alone: the others that were at work with it are not to blame
            job = again.popleft() if again else _fresh(cutter, crew.width)
            if job is None:
                break
            at_work[crew.submit(job[0])] = job
        if not at_work:
            break
        done, _ = wait(at_work, timeout=0.5, return_when=FIRST_COMPLETED)
        died = False
        for future in done:
            chunk, group, deaths = at_work.pop(future)
            error = future.exception()
            if isinstance(error, BrokenExecutor):
                died = True
                if not proved and deaths + 1 == MOST_DEATHS:
                    stop = stop or NoWorkers()
                elif deaths + 1 < MOST_DEATHS:
                    again.append((chunk, group, deaths + 1))
                else:
                    told(chunk, _given_up(chunk))
            elif error is not None:
                stop = stop or error
            else:
                proved = True
                cutter.learn(group, len(chunk), future.result())
                told(chunk, future.result())
        if died:
            crew.restart()
    if stop is not None:
        raise stop
    if flag.asked:
        raise KeyboardInterrupt


def _fresh(cutter: Cutter, width: int) -> tuple[Chunk, int, int] | None:
    cut = cutter.next(width)
    return None if cut is None else (*cut, 0)


def _given_up(chunk: Chunk) -> Summary:
    reason = f"the worker died {MOST_DEATHS} times on the chunk of this run; was there too little memory?"
    failures = [
        Failure(int(p), chunk.variant, int(d), reason, chunk.configuration(n), "", chunk.keys[n].tobytes().hex())
        for n, (p, d) in enumerate(zip(chunk.points, chunk.draws, strict=True))
    ]
    return Summary(0, 0, 0, 0.0, tuple(failures))
