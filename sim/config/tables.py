"""Raw tables on their way to a model: containers of the wrong kind taken out, what is wrong taken out, single values put in."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from sim.config.words import unfit
from sim.declare import Either, Key, ListOf, MapOf, Name, Number, Problem, Table, Tagged, Type
from sim.dilemma.lookup import Place, did_you_mean, find, outside

Path = tuple[str | int, ...]


def shaped(kind: Type, value: Any, path: Path = (), *, patch: bool = False) -> tuple[Any, list[Problem]]:
    """The value without containers of the wrong kind (a number where a table belongs) and names that are no text; and problems.

    What is left can be merged safely: {} for a table, nothing for a list.  In a variant (`patch`), `false` may stand for a table.
    """
    if isinstance(kind, Table | Tagged | MapOf):
        if not isinstance(value, Mapping):
            return {}, [unfit(kind, value, path)]
        types = _types(kind, value)
        out, found = {}, []
        for name, inner in value.items():
            if patch and inner is False:
                out[name] = inner
                continue
            kept, more = shaped(types.get(name, Either(())), inner, (*path, name), patch=patch)
            found += more
            if kept is not None:
                out[name] = kept
        return out, found
    if isinstance(kind, ListOf):
        if not isinstance(value, list):
            return None, [unfit(kind, value, path)]
        items = [shaped(kind.item, item, (*path, n)) for n, item in enumerate(value)]
        found = [problem for _, more in items for problem in more]
        kept = [item for item, _ in items]
        return (None if any(item is None for item in kept) else kept), found
    if isinstance(kind, Name) and not isinstance(value, str):
        return None, [unfit(kind, value, path)]
    return value, []


def removed(kind: Type, base: Any, patch: Any, path: Path = ()) -> tuple[Any, list[Problem]]:
    """A variant's tables without the `false` that removes what the file has not; a problem where it is a misspelt name."""
    if not isinstance(kind, Table | Tagged | MapOf) or not isinstance(base, Mapping) or not isinstance(patch, Mapping):
        return patch, []
    out, found = {}, []
    for name, inner in patch.items():
        type_ = _types(kind, patch).get(name, Either(()))
        if inner is False and name not in base and isinstance(type_, Table | Tagged | MapOf | ListOf):
            if isinstance(kind, MapOf):
                hint = did_you_mean(name, base, kind.keys)
                found.append(Problem((*path, name), "is not there, so false cannot remove it", hint=hint))
        else:
            out[name], more = removed(type_, base.get(name), inner, (*path, name))
            found += more
    return out, found


def _types(kind: Table | Tagged | MapOf, value: Mapping[str, Any]) -> dict[str, Type]:
    """The types of what stands in a table, by name."""
    return dict.fromkeys(value, kind.item) if isinstance(kind, MapOf) else {key.name: key.type for key in _keys(kind)}


def _keys(kind: Table | Tagged) -> tuple[Key, ...]:
    """All keys that a table may have, whatever its tag."""
    return kind.keys if isinstance(kind, Table) else tuple(key for case in kind.cases.values() for key in case.keys)


def pruned(declaration: Table, tables: Mapping[str, Any], problems: Sequence[Problem]) -> dict[str, Any]:
    """The tables without the values that some problems are about, so that further checks meet only sound ones."""
    out = dict(tables)
    for problem in problems:
        place = find(declaration, tables, problem.path)
        table = isinstance(place, Place) and isinstance(place.type, Table | Tagged | MapOf)
        out = _without(out, problem.path, {} if table else None)
    return out


def _without(node: Any, path: Path, instead: dict[str, Any] | None) -> Any:
    if isinstance(node, list) and path and isinstance(path[0], int) and path[0] < len(node):
        inner = _without(node[path[0]], path[1:], instead) if isinstance(node[path[0]], Mapping | list) and path[1:] else None
        return None if inner is None else [*node[: path[0]], inner, *node[path[0] + 1 :]]
    if not isinstance(node, Mapping) or not path or path[0] not in node:
        return node
    key, *rest = path
    inner = _without(node[key], tuple(rest), instead) if rest else instead
    return {k: inner if k == key else v for k, v in node.items() if k != key or inner is not None}


def akin(one: Path, other: Path) -> bool:
    """Whether one path leads through the other."""
    shorter = min(len(one), len(other))
    return tuple(map(str, one[:shorter])) == tuple(map(str, other[:shorter]))


def present(tables: Any, path: Path) -> int:
    """How many keys of the path the tables have."""
    for depth, key in enumerate(path):
        if isinstance(tables, Mapping) and key in tables:
            tables = tables[key]
        elif isinstance(tables, list) and str(key).isdecimal() and int(key) < len(tables):
            tables = tables[int(key)]
        else:
            return depth
    return len(path)


def value_at(tables: Any, path: Path) -> Any:
    """The value at a path that is present."""
    for key in path:
        tables = tables[int(key)] if isinstance(tables, list) else tables[key]
    return tables


def put(tables: Any, path: Path, value: Any) -> Any:
    """A copy of the tables with a value at a path; a number for the path of a list that is not empty replaces all its entries."""
    if not path:
        whole = isinstance(value, list | dict) or not isinstance(tables, list) or not tables
        return value if whole else [put(entry, (), value) for entry in tables]
    key, *rest = path
    if isinstance(tables, list):
        n = int(key)
        return [*tables[:n], put(tables[n], tuple(rest), value), *tables[n + 1 :]]
    out = dict(tables)
    out[str(key)] = put(out.get(str(key), {} if rest else None), tuple(rest), value)
    return out


def arrays(tables: Any, path: Path = ()) -> Iterator[tuple[Path, np.ndarray]]:
    """The numbers that are arrays over the points of a sweep, with their paths."""
    if isinstance(tables, np.ndarray):
        yield path, tables
    elif isinstance(tables, Mapping | list):
        for key, inner in tables.items() if isinstance(tables, Mapping) else enumerate(tables):
            yield from arrays(inner, (*path, key))


def representative(declaration: Table, tables: dict[str, Any]) -> dict[str, Any]:
    """The tables with one sound number (if there is one) in place of every array."""
    out = tables
    for path, values in arrays(tables):
        place = find(declaration, tables, path)
        number = place.type if isinstance(place, Place) and isinstance(place.type, Number) else Number()
        sound = values[~outside(number, values)] if values.size else values
        one = sound.flat[0] if sound.size else values.flat[0] if values.size else math.nan
        out = put(out, path, float(one))
    return out
