"""Declarations and refusals in plain words: what a type allows, why a value does not fit, what to write instead."""

from __future__ import annotations

import datetime
import math
from collections.abc import Mapping
from typing import Any

from sim.config.errors import shown
from sim.declare import (
    REQUIRED,
    Choice,
    Date,
    Either,
    Flag,
    Key,
    ListOf,
    MapOf,
    Name,
    Number,
    Problem,
    Table,
    Tagged,
    Text,
    Type,
    Whole,
)
from sim.dilemma.lookup import chosen, did_you_mean, span
from sim.dilemma.paths import dotted


def unfit(kind: Type, value: Any, path: tuple[Any, ...]) -> Problem:
    """The problem of a value that does not fit its declared type."""
    if isinstance(kind, Either):
        kind = chosen(kind, value) if isinstance(value, Mapping | list | int | float) else kind
    match kind, value:
        case ((Number() | Whole()), bool()):
            return Problem(path, f"must be {article(kind)}", value)
        case Number(), (int() | float()) if not _finite(value):
            return Problem(path, "must be a finite number", value)
        case Number(), (int() | float()):
            return Problem(path, f"must be {span(kind)}", value, percent(kind, value))
        case Whole(low, high), int():
            return Problem(path, f"must be {span(_limits(low, high))}", value)
        case ListOf(), list():
            return Problem(path, f"must be {article(kind)}", value)
        case Tagged(cases, tag), Mapping():
            found = value.get(tag, REQUIRED)
            if found is REQUIRED:
                return Problem((*path, tag), "missing: says what kind of table this is", hint=f"Allowed: {', '.join(cases)}.")
            return Problem((*path, tag), f"unknown {tag}", found, did_you_mean(str(found), cases))
        case Choice(options), str() if len(options) > 1:
            return Problem(path, "must be one of the words for it", value, did_you_mean(value, options))
    return Problem(path, f"must be {article(kind)}", value, _remedy(kind, value, path))


def percent(kind: Number, value: float) -> str:
    """The hint for a probability that was written in per cent."""
    return f"Write {value / 100:g} for {value:g} %." if (kind.low, kind.high) == (0, 1) and 1 < value <= 100 else ""


def _remedy(kind: Type, value: Any, path: tuple[str | int, ...]) -> str:
    name = dotted(path[-1:])
    match kind, value:
        case Number() | Whole() | Flag() | Date(), str():
            return f"Write {value} without quotes." if _plain(kind, value) else ""
        case Tagged(cases, tag), str() if value in cases:
            return f'Write {{ {tag} = "{value}" }}.'
        case Tagged(_, tag), _:
            return f"A table has its keys in braces or under a header: {{ {tag} = ... }}."
        case Table(keys), _:
            return f"Its keys: {', '.join(key.name for key in keys)}."
        case ListOf(Table() | Tagged()), Mapping():
            return f"Write [[{dotted(path)}]] for an entry."
        case ListOf(), _ if not isinstance(value, Mapping):
            return f"Write [{shown(value)}] for a list of one." if plain(kind) else f"Write [[{dotted(path)}]] for an entry."
        case Number(), Mapping():
            return f'A key with dots in it is quoted, as in "{name}.{next(iter(value), "...")}" = ...'
        case MapOf(Number()), _:
            return "Write { key = number }."
    return ""


def _finite(value: float) -> bool:
    try:
        return math.isfinite(value)
    except OverflowError:  # a whole number beyond the largest float
        return False


def _plain(kind: Type, value: str) -> bool:
    try:
        {Number: float, Whole: int, Date: datetime.date.fromisoformat, Flag: ("true", "false").index}[type(kind)](value)
    except ValueError:
        return False
    return True


def article(kind: Type) -> str:
    """A type in words, as it follows "must be": "a number in [0, 1]"."""
    match kind:
        case Number():
            return span(kind) if kind.whole else f"a number {span(kind)}".strip()
        case Whole(low, high):
            return f"a whole number {span(_limits(low, high))}".strip()
        case Text():
            return "text in quotes"
        case Flag():
            return "true or false"
        case Date():
            return "a date such as 2011-02-05 (no quotes)"
        case Choice(options):
            return f'"{options[0]}"' if len(options) == 1 else f"one of {', '.join(options)}"
        case Name(of):
            return f"one of the {of}, in quotes"
        case ListOf(item, least, most):
            size = _size(least, most)
            return f"a list{' of ' + size if size else ''}, each {article(item)}"
        case Either(options):
            return " or ".join(article(option) for option in options)
        case MapOf(item, keys):
            return f"a table of {keys}" + (f", each {article(item)}" if plain(item) else "")
    return "a table"


def _size(least: int, most: int | None) -> str:
    if most is None:
        return f"{least} or more" if least else ""
    return f"{least}" if least == most else f"{least} to {most}"


def plain(kind: Type) -> bool:
    """Whether a type is a single value or a list of such."""
    return plain(kind.item) if isinstance(kind, ListOf) else not isinstance(kind, Table | Tagged | MapOf | Either)


def _limits(low: int | None, high: int | None) -> Number:
    return Number(-math.inf if low is None else low, math.inf if high is None else high)


def lower(text: str) -> str:
    """A sentence as it stands inside another one."""
    text = text.rstrip(".")
    return text[0].lower() + text[1:] if text[1:2].islower() else text


def description(key: Key) -> str:
    """The sentence of a key, with the unit of its numbers."""
    unit = unit_of(key.type)
    return f"{key.text} Unit: {unit}." if unit else key.text


def unit_of(kind: Type) -> str:
    """The unit of a number, or of the numbers of a list or table; empty if it has none."""
    match kind:
        case Number(unit=unit):
            return unit
        case ListOf(item) | MapOf(item):
            return unit_of(item)
        case Either(options):
            return next(filter(None, map(unit_of, options)), "")
    return ""


def allowed(kind: Type) -> str:
    """What a type allows and in which unit, for a table of keys."""
    if isinstance(kind, Tagged):
        return f"a table whose {kind.tag} is one of {', '.join(kind.cases)}"
    unit = unit_of(kind)
    return article(kind) + (f" ({unit})" if unit else "")
