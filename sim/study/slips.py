"""Slips in [sweep.parameters] that a declaration would only call unknown keys: paths without quotes, ranges without a name."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from typing import Any, Final

from sim.config.errors import shown
from sim.declare import Problem
from sim.priors import KEYS
from sim.study.design import is_number
from sim.study.keys import AXIS, UNCERTAIN

KNOWN: Final = frozenset({AXIS.tag, *(key.name for table in AXIS.cases.values() for key in table.keys)})
"""All keys that an axis can have."""

RANGES: Final[Mapping[str, frozenset[str]]] = {
    name: frozenset(key.name for key in keys) for name, keys in KEYS.items() if name != "discrete"
}
"""The keys of each distribution that says where it lies by more than a list."""


def slips(tables: dict[str, Any]) -> Iterator[Problem]:
    """Swept parameters whose path lacks its quotes, or whose distribution lacks its name; they are taken out of the tables."""
    sweep = tables.get("sweep")
    axes = sweep.get("parameters") if isinstance(sweep, Mapping) else None
    if not isinstance(sweep, Mapping) or not isinstance(axes, Mapping):
        return
    bad = set()
    for name, told in axes.items():
        found = [*_unquoted(name, told), *_nameless(name, told)]
        yield from found
        bad |= {name} if found else set()
    tables["sweep"] = {**sweep, "parameters": {name: told for name, told in axes.items() if name not in bad}}


def unquoted(name: str, told: Any) -> list[tuple[tuple[str, ...], Any]]:
    """What is meant where TOML reads a path without quotes as tables within tables: keys and values; empty if it is none."""
    if not isinstance(told, Mapping) or not told or any(_of_an_axis(key, value) for key, value in told.items()):
        return []
    out: list[tuple[tuple[str, ...], Any]] = []
    for key, value in told.items():
        inner = unquoted(key, value)
        if not inner and not isinstance(value, list | Mapping) and value != UNCERTAIN:
            return []
        out += [((name, *keys), x) for keys, x in inner] or [((name, key), value)]
    return out


def _of_an_axis(key: str, value: Any) -> bool:
    """Whether a key is one of an axis, or nearly so; no key of an axis has a table for its value."""
    return not isinstance(value, Mapping) and bool(difflib.get_close_matches(key, KNOWN, n=1, cutoff=0.75))


def _unquoted(name: str, told: Any) -> Iterator[Problem]:
    for keys, value in unquoted(name, told):
        hint = f'Put the path in quotes: "{".".join(keys)}" = {"{ ... }" if isinstance(value, Mapping) else shown(value)}.'
        yield Problem(
            ("sweep", "parameters", *keys), "is a path without quotes, which TOML reads as tables within tables", hint=hint
        )


def _nameless(name: str, told: Any) -> Iterator[Problem]:
    if not isinstance(told, Mapping) or AXIS.tag in told:
        return
    told_keys = {key for key, value in told.items() if is_number(value) and any(key in keys for keys in RANGES.values())}
    fitting = [kind for kind, keys in RANGES.items() if told_keys <= keys]
    if not told_keys or not fitting:
        return
    here = ", ".join(f"{key} = {shown(value)}" for key, value in told.items() if key in told_keys)
    hint = f'Write {{ {AXIS.tag} = "{fitting[0]}", {here} }} in a sampled design, such as design = "latin_hypercube"'
    if {"low", "high"} <= told_keys:
        low, high = shown(told["low"]), shown(told["high"])
        hint += f"; or in a grid {{ from = {low}, to = {high}, points = 11 }}"
    yield Problem(("sweep", "parameters", name), f"has {' and '.join(sorted(told_keys))}, but no {AXIS.tag}", hint=f"{hint}.")
