"""On which line of a TOML file a key stands; needed only once something is wrong.

The standard library's reader gives no positions, so the text is read a second time, by tree-sitter's TOML grammar.  Without it
(or on a text that it does not understand) messages lack their line numbers, and nothing else.
"""

from __future__ import annotations

import tomllib
from typing import Any

Path = tuple[str | int, ...]


def lines(text: str) -> dict[Path, int]:
    """{path: line counted from 1} of every table, key and entry of a list of tables; empty if no parser is installed."""
    try:
        import tree_sitter
        import tree_sitter_toml
    except ImportError:
        return {}
    try:
        parser = tree_sitter.Parser(tree_sitter.Language(tree_sitter_toml.language()))
        root = parser.parse(text.encode()).root_node
    except (ValueError, TypeError):  # a grammar of another version than the parser
        return {}
    found = _Lines()
    for node in root.children:
        if node.type == "pair":
            found.pair(node, ())
        elif node.type in ("table", "table_array_element"):
            found.table(node)
    return found.lines


def nearest(found: dict[Path, int], path: Path) -> tuple[int, int | None]:
    """How many keys of the path stand in the file, and the line of the last of them (None for none)."""
    for depth in range(len(path), 0, -1):
        if path[:depth] in found:
            return depth, found[path[:depth]]
    return 0, None


class _Lines:
    """Walks the tree of a document and notes the first line of every path."""

    def __init__(self) -> None:
        self.lines: dict[Path, int] = {}
        self.entries: dict[Path, int] = {}
        """Lists written as [[path]]: their number of entries so far."""

    def note(self, path: Path, node: Any) -> None:
        for depth in range(1, len(path) + 1):
            self.lines.setdefault(path[:depth], node.start_point[0] + 1)

    def table(self, node: Any) -> None:
        header, *pairs = node.named_children
        path = self.inside(_keys(header)) if node.type == "table" else self.entry(_keys(header))
        self.note(path, node)
        for pair in pairs:
            if pair.type == "pair":
                self.pair(pair, path)

    def entry(self, keys: Path) -> Path:
        """The path of a new entry of the list [[keys]]."""
        path = (*self.inside(keys[:-1]), keys[-1])
        self.entries[path] = self.entries.get(path, 0) + 1
        return (*path, self.entries[path] - 1)

    def inside(self, keys: Path) -> Path:
        """The path of [keys], which goes through the last entry of every list of tables."""
        path: Path = ()
        for key in keys:
            path = (*path, key)
            if path in self.entries:
                path = (*path, self.entries[path] - 1)
        return path

    def pair(self, node: Any, above: Path) -> None:
        key, *values = [child for child in node.named_children if child.type != "comment"]
        path = (*above, *_keys(key))
        self.note(path, node)
        for value in values:
            self.value(value, path)

    def value(self, node: Any, path: Path) -> None:
        inner = [child for child in node.named_children if child.type != "comment"]
        if node.type == "inline_table":
            for pair in inner:
                self.pair(pair, path)
        elif node.type == "array":
            for n, item in enumerate(inner):
                self.note((*path, n), item)
                self.value(item, (*path, n))


def _keys(node: Any) -> Path:
    """The keys of a bare, quoted or dotted key, unquoted as TOML says."""
    if node.type == "bare_key":
        return (node.text.decode(),)
    keys: list[str] = []
    table: Any = tomllib.loads(f"{node.text.decode()} = 0")
    while isinstance(table, dict):
        ((key, table),) = table.items()
        keys.append(key)
    return tuple(keys)
