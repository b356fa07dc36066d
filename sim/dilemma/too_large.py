"""A state space that is too large for the exact engine, in the words of the file: what grew, and its keys (docs/engine.md)."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from sim.chain.kernels import TooLarge

MOST_NAMED: Final = 3
"""Owners of one kind that a message names one by one."""


@dataclass(frozen=True)
class Kind:
    """A kind of part: its slots, how one and how many are called, and which keys make it smaller ({} is an owner)."""

    slots: tuple[str, ...]
    one: str
    many: str
    less: str


KINDS: Final = (
    Kind(
        ("memory", "learned", "turned", "aligned"),
        "the memory of {}",
        "the memories of {} actors",
        "shorten memories (actors.{}.strategy: fewer rounds of limited_punishment, simpler strategies; fewer leaders)",
    ),
    Kind(
        (
            "arming",
            "alarming",
            "arming side",
            "alarming side",
            "armed",
            "alarms",
            "act",
            "alarm",
            "holds",
            "drawn",
            "sees",
            "accused",
        ),
        "which actors armed or drew an alarm",
        "which actors armed or drew an alarm",
        "leave out actors",
    ),
    Kind(("pair", "between"), "the two sides of a crisis", "the two sides of a crisis", "leave out actors or onset.dyads"),
    Kind(("treaty", "expired"), "the status of {}", "the statuses of {} treaties", "leave out treaties"),
    Kind(
        ("member", "gone", "moved", "seen", "parted", "exits", "left"),
        "who is in {}",
        "who is in {} treaties",
        'leave out parties, or write treaties.{}.exit = "together"',
    ),
    Kind(("condition",), "the state of {}", "the states of {} conditions", "leave out conditions or their states"),
)
_REST: Final = Kind((), "the {}", "", "leave out actors, treaties or conditions")


def what_grew(error: TooLarge) -> str:
    """What grew: "the state space is too large for the exact engine: ... Most of it: the memory of usa (12 values)."."""
    grown = ", ".join(_said(kind, owners) for kind, owners in _grown(error))
    return f"the state space is too large for the exact engine: {error}.{f' Most of it: {grown}.' if grown else ''}"


def with_remedy(error: TooLarge) -> str:
    """The same, and what to do: the keys that make it smaller."""
    less = [kind.less.format(next(iter(owners)) if len(owners) == 1 else "*") for kind, owners in _grown(error)]
    other = 'Use --engine monte_carlo (in an experiment: engine = "monte_carlo"), which lists no states'
    return f"{what_grew(error)} {other}, or {', or '.join(dict.fromkeys(less or [_REST.less]))}."


def _said(kind: Kind, owners: Mapping[str, int]) -> str:
    """A kind of part with how many values it took: owner by owner, or together where there are many."""
    together = "{" not in kind.one
    if len(owners) > MOST_NAMED and not together:
        return f"{kind.many.format(len(owners))} (up to {max(owners.values()):,} values each)"
    named = {"": max(owners.values())} if together else owners
    return ", ".join(f"{kind.one.format(name)} ({values:,} values)" for name, values in named.items())


def _grown(error: TooLarge) -> list[tuple[Kind, dict[str, int]]]:
    """The kinds of parts that grew most: {owner: the most values that one of its slots took}, largest together first."""
    found: dict[Kind, dict[str, int]] = {}
    for slot, values in error.slots:
        group, _, name = slot.rstrip("'").partition(".")
        kind = next((kind for kind in KINDS if group in kind.slots), _REST)
        owners = found.setdefault(kind, {})
        name = name if kind is not _REST else slot
        owners[name] = max(values, owners.get(name, 1))
    sizes: list[tuple[float, Kind]] = []
    for kind, owners in found.items():
        most = max(owners.values())
        found[kind] = {name: values for name, values in owners.items() if values > max(1, most / 10)}
        sizes.append((sum(map(math.log, found[kind].values())) if "{" in kind.one else math.log(most), kind))
    largest = max((size for size, _ in sizes), default=0.0)
    sizes.sort(key=lambda item: -item[0])
    return [(kind, found[kind]) for size, kind in sizes if size > largest / 2 and found[kind]]
