"""Paths of numbers, and tables with some of their numbers changed (docs/model.md, section 3)."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

Tables = dict[str, Any]
OWN: Final = ("game", "monitoring", "crisis")
"""The tables of which an actor may have its own numbers."""
FOLLOWS: Final = ["crisis", "aftermath"]
"""The number, general or an actor's own, whose default follows other numbers."""


@dataclass(frozen=True)
class OfDefault:
    """A number on which the file is silent and whose default follows others: that default times a factor."""

    factor: float = 1.0

    def __mul__(self, factor: float) -> OfDefault:
        return OfDefault(self.factor * factor)

    def __float__(self) -> float:
        return self.factor


class NoNumber(LookupError):
    """A path that leads to no number that could be changed."""


@cache
def _keys(path: str) -> tuple[str, ...]:
    try:
        node = tomllib.loads(f"{path} = 0")
    except tomllib.TOMLDecodeError:
        return (path,)
    out: list[str] = []
    while isinstance(node, dict) and len(node) == 1:
        (key, node), *_ = node.items()
        out.append(key)
    return tuple(out)


def split(path: str) -> list[str]:
    """The keys of a dotted path, quoted as in TOML: `conditions.talks.rates."off->on"`; what is no such path is one key."""
    return list(_keys(path))


def dotted(keys: Iterable[str | int]) -> str:
    """The path of some keys as it is written in TOML: parts that are not bare keys are quoted."""
    return ".".join(_quoted(str(key)) for key in keys)


def _quoted(key: str) -> str:
    escaped = key.replace("\\", "\\\\").replace('"', '\\"')
    return key if re.fullmatch(r"[A-Za-z0-9_-]+", key) else f'"{escaped}"'


def changed(tables: Any, path: str | Sequence[str], function: Callable[[Any], Any]) -> Any:
    """The tables with function(x) for the number x at a path, or for every number of the list there.

    An actor's own number on which the file is silent stands for the general one.  Raises NoNumber where there is nothing.
    """
    keys = split(path) if isinstance(path, str) else list(path)
    silent = None
    if len(keys) == 4 and keys[0] == "actors" and keys[2] in OWN:
        silent = tables.get(keys[2], {}).get(keys[3])
    if silent is None and keys[-2:] == FOLLOWS:
        silent = OfDefault()
    return _changed(tables, keys, function, silent, keys)


def _changed(node: Any, keys: Sequence[str], function: Callable[[Any], Any], silent: Any, path: Sequence[str]) -> Any:
    if not keys:
        return _each(node, function, path)
    head, *rest = keys
    if isinstance(node, list):
        n = int(head) if head.isdecimal() else len(node)
        if n >= len(node):
            raise NoNumber(dotted(path))
        return [*node[:n], _changed(node[n], rest, function, silent, path), *node[n + 1 :]]
    if not isinstance(node, dict) or (head not in node and (rest or silent is None)):
        raise NoNumber(dotted(path))
    return {**node, head: _changed(node.get(head, silent), rest, function, silent, path)}


def _each(value: Any, function: Callable[[Any], Any], path: Sequence[str]) -> Any:
    if isinstance(value, list):
        return [_each(x, function, path) for x in value]
    if isinstance(value, (bool, str, dict)) or value is None:
        raise NoNumber(dotted(path))
    return function(value)


def adjusted(tables: Tables, changes: Sequence[Mapping[str, Any]]) -> Tables:
    """The tables after some changes: all `set` first, then all `scale`, of these the general paths first."""
    for change in changes:
        for path, value in change.get("set", {}).items():
            tables = changed(tables, path, lambda _, value=value: value)
    factors = [item for change in changes for item in change.get("scale", {}).items()]
    for path, factor in sorted(factors, key=lambda item: split(item[0])[0] == "actors"):
        tables = changed(tables, path, lambda x, factor=factor: x * factor)
    return tables
