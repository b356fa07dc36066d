"""Dotted paths: reading them, replacing and scaling what stands there (docs/model.md, section 3)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Any

OWN_NUMBERS = {
    "game": {"gain", "exposure", "cost", "discount"},
    "monitoring": {"detection", "false_alarm"},
    "crisis": {"prize", "disaster", "concession_cost", "bystander", "aftermath"},
}
PART = re.compile(r"""\s*(?:"([^"]*)"|'([^']*)'|([A-Za-z0-9_-]+))\s*(?:\.|$)""")


def split(path: str) -> list[str]:
    """The parts of a dotted path; parts that are not bare keys stand in quotes."""
    keys, at = [], 0
    while at < len(path):
        match = PART.match(path, at)
        if match is None:
            raise ValueError(f"not a path: {path}")
        keys.append(next(group for group in match.groups() if group is not None))
        at = match.end()
    return keys


def is_own_number(keys: list[str]) -> bool:
    """Whether the path is an actor's own number, as in actors.A.game.gain."""
    return len(keys) == 4 and keys[0] == "actors" and keys[3] in OWN_NUMBERS.get(keys[2], set())


def descend(tables: Any, keys: list[str], create: bool) -> Any:
    """The table or list at the path, made where missing if asked for."""
    node = tables
    for key in keys:
        if isinstance(node, list):
            node = node[int(key)]
        elif create:
            node = node.setdefault(key, {})
        else:
            node = node[key]
    return node


def put(tables: Any, keys: list[str], value: Any) -> None:
    """Replace the value at the path, in place; a number put on a list goes to all its entries."""
    node = descend(tables, keys[:-1], create=True)
    last: Any = int(keys[-1]) if isinstance(node, list) else keys[-1]
    old = node[last] if isinstance(node, list) else node.get(last)
    if value is False and isinstance(old, (dict, list)):
        del node[last]
    elif isinstance(old, list) and not isinstance(value, list):
        node[last] = everywhere(old, lambda _: value)
    else:
        node[last] = value


def everywhere(entry: Any, function: Callable[[float], Any]) -> Any:
    """A number, or all numbers of a list of lists, changed."""
    return [everywhere(e, function) for e in entry] if isinstance(entry, list) else function(entry)


def scale(tables: Any, keys: list[str], factor: float) -> None:
    """Multiply the value at the path, in place; an actor's own silent number becomes the scaled general value."""
    if is_own_number(keys):
        own = tables["actors"][keys[1]].setdefault(keys[2], {})
        own[keys[3]] = own.get(keys[3], tables[keys[2]].get(keys[3])) * factor
        return
    node = descend(tables, keys[:-1], create=False)
    last: Any = int(keys[-1]) if isinstance(node, list) else keys[-1]
    node[last] = everywhere(node[last], lambda number: number * factor)


def set_step(tables: Any, changes: Iterable[tuple[str, float]]) -> None:
    """All replacements of one step, in order, in place."""
    for path, value in changes:
        put(tables, split(path), value)


def scale_step(tables: Any, changes: Iterable[tuple[str, float]]) -> None:
    """All scalings of one step, general paths first, then actors' own numbers, in place."""
    listed = [(split(path), factor) for path, factor in changes]
    for wanted in (False, True):
        for keys, factor in listed:
            if is_own_number(keys) == wanted:
                scale(tables, keys, factor)
