"""A state space that is too large for the exact engine, in the words of the file: which parts of it grew (docs/engine.md)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from sim.chain.kernels import TooLarge

MOST_PARTS: Final = 3
"""Parts of the scenario that a message names."""

_OWNERS: Final[Mapping[str, str]] = {
    **dict.fromkeys(("memory", "learned", "turned", "aligned"), "the memory of"),
    **dict.fromkeys(("treaty", "expired"), "the status of"),
    "condition": "the state of",
}


def what_grew(error: TooLarge) -> str:
    """What grew: "the state space is too large for the exact engine: ... Most of it: the memory of usa (12 values)."."""
    parts = _parts(error)
    grown = ", ".join(f"{part} ({values:,} values)" for part, values in parts.items())
    return f"the state space is too large for the exact engine: {error}.{f' Most of it: {grown}.' if grown else ''}"


def with_remedy(error: TooLarge) -> str:
    """The same, and what to do."""
    grown = next(iter(_parts(error)), "")
    less = "leave out actors, treaties or conditions"
    if grown.startswith("the memory of"):
        less = "give actors strategies that remember less, or fewer leaders"
    other = 'Use --engine monte_carlo (in an experiment: engine = "monte_carlo"), which lists no states'
    return f"{what_grew(error)} {other}, or {less}."


def _parts(error: TooLarge) -> dict[str, int]:
    """The parts of the scenario that grew most, with the most values that one of their slots took."""
    parts: dict[str, int] = {}
    for slot, values in error.slots:
        part = _part(slot)
        parts[part] = max(values, parts.get(part, 0))
    largest = max(parts.values(), default=0)
    grown = [part for part, values in parts.items() if values > max(1, largest / 10)]
    return {part: parts[part] for part in grown[:MOST_PARTS]}


def _part(slot: str) -> str:
    """The part of the scenario that a slot belongs to."""
    group, _, name = slot.rstrip("'").partition(".")
    if group in ("arming", "alarming"):
        return f"which actors {'armed' if group == 'arming' else 'drew an alarm'}"
    return f"{_OWNERS[group]} {name}" if group in _OWNERS else f"the {slot}"
