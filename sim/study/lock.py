"""One run at a time in a results folder: a lock that the system takes back when its holder dies."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Final

from sim.config.errors import refuse

NAME: Final = ".lock"


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Holds the lock of a folder.  Raises InputError if another process holds it; OSError where no file can be written."""
    with (folder / NAME).open("a+", encoding="utf-8") as file:
        if not _taken(file):
            file.seek(0)
            holder = file.read().strip() or "unknown"
            hint = "Wait until it has finished, or stop it; nothing is lost. To share the work use --workers or --shard."
            raise refuse(folder, f"another run is at work here (process {holder})", hint=hint)
        file.seek(0)
        file.truncate()
        file.write(f"{os.getpid()}\n")
        file.flush()
        yield


def _taken(file: IO[str]) -> bool:
    """Whether the lock could be taken; closing the file gives it back."""
    try:
        if os.name == "nt":
            import msvcrt

            file.seek(2**20)  # a byte beyond what is written, so that others can read who holds it
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined]
        else:
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (BlockingIOError, PermissionError):
        return False
    return True
