"""How a part declares its parameters as data: the vocabulary of keys, types, units and ranges, and of what can be wrong.

A part of a model lists its `Key`s; the configuration reader builds its validation, its JSON schema, its error messages and the
table of keys from these lists, and knows no key itself.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final


class _Required:
    def __repr__(self) -> str:
        return "required"


REQUIRED: Final = _Required()
ABSENT: Final = None
"""The default of a key that may be left out and then has no value."""


@dataclass(frozen=True)
class Number:
    """A real number in [low, high]; `above` is a limit that the number must exceed; nan and infinity are never allowed.

    `whole`: only whole numbers are allowed, and they can still vary over the points of a batch.
    """

    low: float = -math.inf
    high: float = math.inf
    above: float | None = None
    unit: str = ""
    whole: bool = False


@dataclass(frozen=True)
class Whole:
    """A whole number in [low, high]; always structure."""

    low: int | None = None
    high: int | None = None


@dataclass(frozen=True)
class Text:
    """Any text."""


@dataclass(frozen=True)
class Flag:
    """true or false."""


@dataclass(frozen=True)
class Date:
    """A local date, 2011-02-05."""


@dataclass(frozen=True)
class Choice:
    """One of a few words."""

    options: tuple[str, ...]


@dataclass(frozen=True)
class Name:
    """The name of something declared elsewhere in the same file: `of` is the table whose keys are the allowed names."""

    of: str


@dataclass(frozen=True)
class ListOf:
    """A list of `least` to `most` items of one type."""

    item: Type
    least: int = 0
    most: int | None = None


@dataclass(frozen=True)
class MapOf:
    """A table with free keys and one type of value; `keys` says what the keys are, `bare` whether they are bare keys."""

    item: Type
    keys: str = "names"
    bare: bool = True


@dataclass(frozen=True)
class Table:
    """A table with fixed keys."""

    keys: tuple[Key, ...]

    def key(self, name: str) -> Key:
        """The declaration of one key; KeyError if there is none."""
        for key in self.keys:
            if key.name == name:
                return key
        raise KeyError(name)


@dataclass(frozen=True)
class Tagged:
    """A table whose `tag` key (usually `kind`) says which other keys it has; `default` is the tag where the file has none."""

    cases: Mapping[str, Table]
    tag: str = "kind"
    default: str | None = None


@dataclass(frozen=True)
class Either:
    """One of several types."""

    options: tuple[Type, ...]


Type = Number | Whole | Text | Flag | Date | Choice | Name | ListOf | MapOf | Table | Tagged | Either


@dataclass(frozen=True)
class Key:
    """One key of a table: name, type, one sentence, default; `structure` is closed to events, `while` tables and draws.

    Only numbers (and numbers inside lists and maps) can be set, scaled, swept or uncertain, and only where `structure` is false.
    """

    name: str
    type: Type
    text: str
    default: Any = REQUIRED
    structure: bool = False


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong with an input: where (keys from the top of the file), what is wrong, what was found, what to do."""

    path: tuple[str | int, ...]
    message: str
    """For instance "must be in [0, 1]" or "names no actor"."""
    found: Any = REQUIRED
    """The offending value; left out where a key is missing."""
    hint: str = ""
    """What is allowed or what to do: "Write 0.8 for 80 %."; "Did you mean 'tit_for_tat'?"."""


def probability(unit: str = "probability") -> Number:
    """A number in [0, 1]."""
    return Number(0.0, 1.0, unit=unit)


def nonnegative(unit: str = "") -> Number:
    """A number >= 0."""
    return Number(0.0, unit=unit)


def positive(unit: str = "") -> Number:
    """A number > 0."""
    return Number(above=0.0, unit=unit)


def count(low: float = 0.0, high: float = math.inf, unit: str = "") -> Number:
    """A whole number in [low, high] that may vary over the points of a batch."""
    return Number(low, high, unit=unit, whole=True)


def filled(kind: Any, value: Any) -> Any:
    """A value with the defaults of its declaration filled in; keys without a value stay away."""
    if isinstance(kind, Tagged) and isinstance(value, Mapping):
        tag = value.get(kind.tag, kind.default)
        return {**filled(kind.cases[tag], value), kind.tag: tag} if tag in kind.cases else value
    if isinstance(kind, Table) and isinstance(value, Mapping):
        out = dict(value)
        for key in kind.keys:
            if key.name in out:
                out[key.name] = filled(key.type, out[key.name])
            elif key.default is not REQUIRED and key.default is not ABSENT:
                out[key.name] = filled(key.type, key.default)
        return out
    if isinstance(kind, MapOf) and isinstance(value, Mapping):
        return {k: filled(kind.item, v) for k, v in value.items()}
    if isinstance(kind, ListOf) and isinstance(value, list):
        return [filled(kind.item, v) for v in value]
    if isinstance(kind, Either):
        return dict(value) if isinstance(value, Mapping) else value
    return value
