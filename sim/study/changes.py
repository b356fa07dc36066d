"""What two results folders say differently: keys of their files, and the versions that made them."""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sim.config.errors import refuse, shown
from sim.dilemma.paths import dotted
from sim.study import store


@dataclass(frozen=True)
class Change:
    """A key that two files say differently: the file, the dotted path, and what A and B say (None: not there)."""

    file: str
    path: str
    a: str | None
    b: str | None


def changes(a: Path, b: Path, versions: tuple[Mapping[str, Any], Mapping[str, Any]]) -> Iterator[Change]:
    """All that differs, file by file.  Raises InputError where a file cannot be read."""
    for name in ("scenario.toml", "experiment.toml"):
        yield from _differing(name, dict(leaves(_toml(a / name))), dict(leaves(_toml(b / name))))
    given = [_digest(folder / store.POINTS_FILE) for folder in (a, b)]
    if given[0] != given[1]:
        yield Change(store.POINTS_FILE, "", *given)
    yield from _differing("versions", *versions)


def _differing(file: str, a: Mapping[str, Any], b: Mapping[str, Any]) -> Iterator[Change]:
    for path in dict.fromkeys([*a, *b]):
        if path not in a or path not in b or _plain(a[path]) != _plain(b[path]):
            yield Change(file, path, *(shown(side[path]) if path in side else None for side in (a, b)))


def _plain(value: Any) -> Any:
    """True is not 1."""
    return (type(value) is bool, value)


def leaves(tree: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str, Any]]:
    """Dotted path and value of everything in a TOML tree; tables in a list go by their names, or by numbers."""
    if isinstance(tree, Mapping) and tree:
        for key, value in tree.items():
            yield from leaves(value, (*path, key))
    elif isinstance(tree, list) and tree and all(isinstance(one, Mapping) for one in tree):
        names = [one.get("name") for one in tree]
        named = len(set(names)) == len(names) and all(isinstance(name, str) for name in names)
        for n, value in enumerate(tree):
            yield from leaves(value, (*path, str(names[n]) if named else n))
    else:
        yield dotted(path), tree


def _toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise refuse(path, f"cannot be read: {error}") from None


def _digest(path: Path) -> str | None:
    return hashlib.sha256(path.read_bytes()).hexdigest()[:12] if path.is_file() else None
