"""The table of keys for the documentation, made from the declarations."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from sim.config.errors import shown
from sim.config.words import allowed
from sim.declare import ABSENT, REQUIRED, Key, ListOf, MapOf, Table, Tagged, Type
from sim.dilemma.keys import SCENARIO


def keys_table(table: Table = SCENARIO) -> str:
    """A Markdown table of all keys of a file: path, default, what is allowed with its unit, one sentence."""
    lines = ["| key | default | allowed | meaning |", "| --- | --- | --- | --- |"]
    for path, note, key in _rows(table, "", set()):
        where = f"`{path}`{f' ({note})' if note else ''}"
        lines.append(f"| {where} | {_default(key)} | {_cell(allowed(key.type))} | {_cell(key.text)} |")
    return "\n".join(lines) + "\n"


def _rows(kind: Type, path: str, seen: set[int]) -> Iterator[tuple[str, str, Key]]:
    """Path, kind of table that has the key (empty: every kind), key; what comes back in several places is told at the first."""
    match kind:
        case Table(keys):
            yield from _keys(keys, path, "", seen)
        case MapOf(item) if not _plain(item):
            yield from _rows(item, f"{path}*.", seen)
        case ListOf(item) if not _plain(item):
            yield from _rows(item, f"{path[:-1]}[].", seen)
        case Tagged(cases, tag) if id(kind) not in seen:
            seen.add(id(kind))
            first, *others = cases.values()
            common = [key for key in first.keys if all(key in table.keys for table in others)]
            for name, table in cases.items():
                yield from _keys([key for key in table.keys if key not in common], path, f"{tag} {name}", seen)
            yield from _keys(common, path, "", seen)


def _keys(keys: Iterable[Key], path: str, note: str, seen: set[int]) -> Iterator[tuple[str, str, Key]]:
    for key in keys:
        yield f"{path}{key.name}", note, key
        yield from _rows(key.type, f"{path}{key.name}.", seen)


def _plain(kind: Type) -> bool:
    if isinstance(kind, ListOf | MapOf):
        return _plain(kind.item)
    return not isinstance(kind, Table | Tagged)


def _default(key: Key) -> str:
    if key.default is REQUIRED:
        return "required"
    return "none" if key.default is ABSENT else "empty" if key.default in ({}, []) else f"`{shown(key.default)}`"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
