"""Progress: a bar on a terminal, nothing or plain lines elsewhere; always on stderr."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

Step = Callable[[int, int], None]
"""Called with what is done and all there is to do."""


@contextmanager
def bar(name: str, *, plain: bool = False) -> Iterator[Step]:
    """A progress bar with this name; with `plain`, lines at every quarter where there is no terminal."""
    if sys.stderr.isatty():
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

        columns = [TextColumn("{task.description}", markup=False), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()]
        with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
            task = progress.add_task(name, total=None)
            yield lambda done, total: progress.update(task, completed=done, total=total)
    elif plain:
        yield _Lines(name)
    else:
        yield lambda done, total: None


class _Lines:
    """Says at every quarter how much is done."""

    def __init__(self, name: str) -> None:
        self.name, self.said = name, 0

    def __call__(self, done: int, total: int) -> None:
        quarter = 4 * done // total if total else 4
        if quarter > self.said:
            self.said = quarter
            print(f"{self.name}: {done:,} of {total:,}", file=sys.stderr, flush=True)
