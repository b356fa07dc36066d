"""What went wrong, as a message for the user and an exit code."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sim.chain.kernels import TooLarge
from sim.config import InputError

FAILED: Final = 1
WRONG_INPUT: Final = 2
MOST_SLOTS: Final = 3
"""Parts of the state that a message names."""


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
    if isinstance(error, MemoryError):
        return Explained("Out of memory. --engine monte_carlo needs less; so do a shorter horizon and fewer states.", FAILED)
    if isinstance(error, OSError) and error.filename is not None:
        return Explained(f"{error.filename}: {error.strerror or error}", FAILED)
    return None


def too_large(error: TooLarge, what: str = "") -> str:
    """What grew too large for the exact engine, and what to do: "its state space is too large ..."."""
    largest = max((values for _, values in error.slots), default=0)
    grown = [(slot, values) for slot, values in error.slots if values > max(1, largest / 10)][:MOST_SLOTS]
    parts = ", ".join(f"{_part(slot)} ({values:,} values)" for slot, values in grown)
    named = f" Most of it: {parts}." if parts else ""
    return (
        f"{what}the state space is too large for the exact engine: {error}.{named} "
        f'Use --engine monte_carlo (in an experiment: engine = "monte_carlo"), which lists no states, or {_remedy(grown)}.'
    )


def _part(slot: str) -> str:
    group, _, name = slot.partition(".")
    return {
        "memory": f"the memory of {name}",
        "treaty": f"the status of {name}",
        "condition": f"the state of {name}",
        "expired": f"whether {name} has expired",
    }.get(group, f"the {slot}")


def _remedy(grown: Sequence[tuple[str, int]]) -> str:
    group = grown[0][0].partition(".")[0] if grown else ""
    return {
        "memory": "give that actor a strategy that remembers less or fewer leaders",
        "condition": "give that condition fewer states",
    }.get(group, "leave out actors, treaties or conditions")
