"""Progress: a bar on a terminal, plain lines or nothing elsewhere, JSON events where they are asked for."""

from __future__ import annotations

import math
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sim.study import Progress

Step = Callable[[int, int], None]
"""Called with what is done and all there is to do."""

EVERY = 30.0
"""Seconds between lines of a log, where less than a quarter is done in them."""


@contextmanager
def bar(name: str) -> Iterator[Step]:
    """A progress bar with this name; nothing where there is no terminal."""
    if sys.stderr.isatty():
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

        columns = [TextColumn("{task.description}", markup=False), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()]
        with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
            task = progress.add_task(name, total=None)
            yield lambda done, total: progress.update(task, completed=done, total=total)
    else:
        yield lambda done, total: None


@contextmanager
def of_run(name: str, as_json: bool) -> Iterator[Callable[[Progress], None]]:
    """How a run is told: events, a bar with rate and time left, or lines."""
    if as_json:
        yield lambda p: event("progress", experiment=name, **_numbers(p))
    elif sys.stderr.isatty():
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, TextColumn
        from rich.progress import Progress as Bars

        columns = [
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[said]}"),
        ]
        with Bars(*columns, console=Console(stderr=True), transient=True) as bars:
            task = bars.add_task(name, total=None, said="")
            yield lambda p: bars.update(task, completed=p.done, total=p.total, said=said(p), description=f"{name} {p.phase}")
    else:
        yield Lines(name)


class Lines:
    """Says at every quarter, and every half minute, how much is done."""

    def __init__(self, name: str) -> None:
        self.name, self.quarter, self.phase, self.last = name, 0, "", time.perf_counter()

    def __call__(self, p: Progress) -> None:
        if p.phase != self.phase:
            self.phase, self.quarter = p.phase, 0
        quarter, now = 4 * p.done // p.total if p.total else 4, time.perf_counter()
        if p.phase == "computing" and (quarter > self.quarter or now - self.last > EVERY):
            self.quarter, self.last = quarter, now
            told = said(p)
            print(f"{self.name}: {p.done:,} of {p.total:,} runs{', ' + told if told else ''}", file=sys.stderr, flush=True)


def said(p: Progress) -> str:
    """Rate, time left and failures in words."""
    rate = f"{p.rate:,.0f} runs/s" if p.rate >= 10 else f"{p.rate:.2g} runs/s"
    out = [rate] if math.isfinite(p.rate) else []
    out += [f"{duration(p.left)} left"] if math.isfinite(p.left) and p.done < p.total else []
    return ", ".join([*out, *([f"{p.failed:,} failed"] if p.failed else [])])


def duration(seconds: float) -> str:
    """A time in words: 40 s, 3 min 20 s, 2 h 5 min."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    return f"{whole // 60} min {whole % 60} s" if whole < 3600 else f"{whole // 3600} h {whole % 3600 // 60} min"


def event(kind: str, **facts: object) -> None:
    """One JSON object on a line of its own on stdout."""
    import json

    import click

    click.echo(json.dumps({"event": kind, **facts}, ensure_ascii=False, allow_nan=False, default=str))


def _numbers(p: Progress) -> dict[str, object]:
    whole: dict[str, object] = {
        "phase": p.phase,
        "done": p.done,
        "total": p.total,
        "failed": p.failed,
        "seconds": round(p.seconds, 3),
    }
    rates = {"runs_per_second": p.rate, "seconds_left": p.left}
    return whole | {name: round(x, 3) if math.isfinite(x) else None for name, x in rates.items()}
