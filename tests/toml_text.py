"""Writing a raw scenario as TOML text, so that drawn scenarios can go through the command line."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import date
from typing import Any

NAMED_TABLES = ("actors", "treaties", "channels", "conditions", "variants")
BARE = re.compile(r"[A-Za-z0-9_-]+\Z")


def key_text(key: str) -> str:
    """A key, quoted unless it is bare."""
    return key if BARE.match(key) else json.dumps(key, ensure_ascii=False)


def value_text(value: Any) -> str:
    """A value on one line; tables become inline tables."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{key_text(k)} = {value_text(v)}" for k, v in value.items()) + " }"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(value_text(v) for v in value) + "]"
    return repr(value)


def table_text(header: str, table: Mapping[str, Any]) -> list[str]:
    """The lines of one table under its header."""
    return ["", header, *(f"{key_text(key)} = {value_text(value)}" for key, value in table.items())]


def to_toml(raw: Mapping[str, Any]) -> str:
    """The raw scenario as TOML text that tomllib reads back as the same tables in the same order."""
    lines = [f"{key_text(k)} = {value_text(v)}" for k, v in raw.items() if k != "events" and not isinstance(v, Mapping)]
    for key, value in raw.items():
        if key == "events":
            for event in value:
                lines += table_text("[[events]]", event)
        elif isinstance(value, Mapping) and key in NAMED_TABLES and len(value) > 0:
            for name, table in value.items():
                lines += table_text(f"[{key}.{key_text(name)}]", table)
        elif isinstance(value, Mapping):
            lines += table_text(f"[{key_text(key)}]", value)
    return "\n".join(lines) + "\n"
