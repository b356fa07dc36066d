"""What went wrong, as a message for the user and an exit code."""

from __future__ import annotations

import errno
import os
from dataclasses import dataclass
from typing import Final

from sim.chain.kernels import TooLarge, Undefined
from sim.config import InputError
from sim.dilemma.too_large import with_remedy

FULL: Final = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
FAILED: Final = 1
WRONG_INPUT: Final = 2


@dataclass(frozen=True)
class Explained:
    """A message and the exit code that goes with it."""

    message: str
    code: int


def explained(error: Exception) -> Explained | None:
    """The message of an error that a user can mend; None for a fault of the program."""
    if isinstance(error, InputError):
        return Explained(f"{error}", WRONG_INPUT)
    if isinstance(error, TooLarge):
        return Explained(with_remedy(error), WRONG_INPUT)
    if isinstance(error, Undefined):
        return Explained(f"The run failed: {error}. Please report it with the file.", FAILED)
    if isinstance(error, MemoryError):
        return Explained("Out of memory. --engine monte_carlo needs less; so do a shorter horizon and fewer states.", FAILED)
    from sim.study.crew import NoWorkers

    if isinstance(error, NoWorkers):
        return Explained(f"The run failed: {error} (--workers 1).", FAILED)
    if isinstance(error, OSError) and error.errno in FULL:
        what = "What was computed is kept: make room, and the same command goes on."
        return Explained(f"{error.filename or 'The disk'}: {os.strerror(error.errno or 0)}. {what}", FAILED)
    if isinstance(error, OSError) and error.filename is not None:
        return Explained(f"{error.filename}: {error.strerror or error}", FAILED)
    return None
