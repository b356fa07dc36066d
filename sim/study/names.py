"""Names of columns that Stata and R accept: letters, digits and _, a letter first, at most 32 characters."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from typing import Final

from sim.dilemma.paths import split

LONGEST: Final = 32
DIGEST: Final = 6

_TABLES: Final = ("point", "variant", "outcome", "key", "time", "statistic", "value")
_STATA: Final = ("_all", "byte", "double", "float", "if", "in", "int", "long", "str", "strl", "using", "with")
_R: Final = ("break", "else", "false", "for", "function", "inf", "na", "nan", "next", "null", "repeat", "true", "while")
RESERVED: Final = frozenset((*_TABLES, *_STATA, *_R))
"""Columns of the tables themselves, and reserved words in lower case."""


def column(path: str, taken: Iterable[str] = ()) -> str:
    """The column of a parameter path: its keys, from the last one forwards as many as fit; unlike all names in `taken`.

    It depends on the path alone, unless another one has taken the name: then a digest of the path tells them apart.
    """
    keys = [re.sub(r"[^A-Za-z0-9]+", "_", key).strip("_") or "x" for key in split(path)] or ["x"]
    name = keys[-1]
    for key in reversed(keys[:-1] if keys[0] != "parameters" else keys[1:-1]):
        if len(key) + 1 + len(name) > LONGEST:
            break
        name = f"{key}_{name}"
    if not name[0].isalpha():
        name = f"x_{name}"
    used = {other.lower() for other in taken} | RESERVED
    if len(name) > LONGEST or name.lower() in used or not name.isascii():
        code = hashlib.sha256(path.encode()).hexdigest()[:DIGEST]
        name = f"{name[: LONGEST - DIGEST - 1].rstrip('_')}_{code}"
    return name


def columns(paths: Iterable[str]) -> dict[str, str]:
    """{path: column} of several paths, all different."""
    out: dict[str, str] = {}
    for path in paths:
        out[path] = column(path, out.values())
    return out
