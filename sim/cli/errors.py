"""What went wrong, as a message for the user and an exit code."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sim.chain.kernels import TooLarge, Undefined
from sim.config import InputError

FAILED: Final = 1
WRONG_INPUT: Final = 2
MOST_PARTS: Final = 3
"""Parts of the scenario that a message names."""


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
        return Explained(too_large(error), WRONG_INPUT)
    if isinstance(error, Undefined):
        return Explained(f"The run failed: {error}. Please report it with the file.", FAILED)
    if isinstance(error, MemoryError):
        return Explained("Out of memory. --engine monte_carlo needs less; so do a shorter horizon and fewer states.", FAILED)
    if isinstance(error, OSError) and error.filename is not None:
        return Explained(f"{error.filename}: {error.strerror or error}", FAILED)
    return None


def too_large(error: TooLarge, what: str = "") -> str:
    """What grew too large for the exact engine, and what to do: "its state space is too large ..."."""
    parts: dict[str, int] = {}
    for slot, values in error.slots:
        part = _part(slot)
        parts[part] = max(values, parts.get(part, 0))
    largest = max(parts.values(), default=0)
    grown = [part for part, values in parts.items() if values > max(1, largest / 10)][:MOST_PARTS]
    named = f" Most of it: {', '.join(f'{part} ({parts[part]:,} values)' for part in grown)}." if grown else ""
    return (
        f"{what}the state space is too large for the exact engine: {error}.{named} "
        f'Use --engine monte_carlo (in an experiment: engine = "monte_carlo"), which lists no states, or {_remedy(grown)}.'
    )


def _part(slot: str) -> str:
    """The part of the scenario that a slot belongs to."""
    group, _, name = slot.rstrip("'").partition(".")
    if group in ("arming", "alarming"):
        return f"which actors {'armed' if group == 'arming' else 'drew an alarm'}"
    return f"{_OWNERS[group]} {name}" if group in _OWNERS else f"the {slot}"


_OWNERS: Final = {
    **dict.fromkeys(("memory", "learned", "turned", "aligned"), "the memory of"),
    **dict.fromkeys(("treaty", "expired"), "the status of"),
    "condition": "the state of",
}


def _remedy(grown: Sequence[str]) -> str:
    if grown and grown[0].startswith("the memory of"):
        return "give actors strategies that remember less, or fewer leaders"
    return "leave out actors, treaties or conditions"
