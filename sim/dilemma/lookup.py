"""Following a dotted path through declarations and tables: what stands there, whether it may change (docs/model.md, section 3).

A path is a sequence of keys.  Declarations say which keys there are; the tables say which names (treaties, moves, entries) there
are.  What a path does not lead to comes back as a `Problem` with what is allowed.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np

from sim.declare import ABSENT, REQUIRED, Choice, Either, Key, ListOf, MapOf, Number, Problem, Table, Tagged, Type
from sim.dilemma.paths import dotted


class _Missing:
    def __repr__(self) -> str:
        return "missing"


MISSING: Final = _Missing()
"""The value of a place on which the tables are silent."""


@dataclass(frozen=True)
class Place:
    """What a path leads to: the declared type, the value (`MISSING` if the tables are silent), the key that declares it."""

    type: Type
    value: Any
    key: Key | None
    structure: bool
    """Whether events and `while` tables must leave it alone."""


def find(declaration: Type, tables: Any, path: Sequence[str | int]) -> Place | Problem:
    """The place that a path leads to in the tables, or why there is none."""
    place = Place(declaration, tables, None, False)
    for depth, step in enumerate(path):
        found = _step(place, str(step))
        if isinstance(found, str):
            where = "no such path" if depth + 1 == len(path) else f"no such path: it stops at {dotted(path[: depth + 1])}"
            return Problem(tuple(path), where, hint=found)
        place = found
    return place


def _step(place: Place, step: str) -> Place | str:
    kind, value, structure = place.type, place.value, place.structure
    if isinstance(kind, Either):
        kind = chosen(kind, value)
    if isinstance(kind, Tagged):
        tag = value.get(kind.tag, kind.default) if isinstance(value, Mapping) else kind.default
        if step == kind.tag:
            return Place(Choice(tuple(kind.cases)), tag, None, True)
        if not isinstance(tag, str) or tag not in kind.cases:
            return f"It has no {kind.tag}."
        kind = kind.cases[tag]
    if isinstance(kind, Table):
        names = [key.name for key in kind.keys]
        if step not in names:
            return did_you_mean(step, names)
        key = kind.key(step)
        inner = value.get(step, MISSING) if isinstance(value, Mapping) else MISSING
        return Place(key.type, MISSING if inner is ABSENT else inner, key, structure or key.structure)
    if isinstance(kind, MapOf):
        names = list(value) if isinstance(value, Mapping) else []
        if step not in names:
            return did_you_mean(step, names, f"{kind.keys} here")
        return Place(kind.item, value[step], place.key, structure)
    if isinstance(kind, ListOf):
        size = len(value) if isinstance(value, Sequence) and not isinstance(value, str) else 0
        if not step.isdecimal() or int(step) >= size:
            return f"Entries are counted from 0, and there are {size}." if size else "The list is empty."
        return Place(kind.item, value[int(step)], place.key, structure)
    return "Nothing stands beneath a value."


def chosen(kind: Either, value: Any) -> Type:
    """The option that a value is meant to be: a table, a list, or else the first plain one."""
    wanted = (MapOf, Table, Tagged) if isinstance(value, Mapping) else (ListOf,) if isinstance(value, list) else ()
    plain = [option for option in kind.options if not isinstance(option, MapOf | Table | Tagged | ListOf)]
    fitting = [option for option in kind.options if isinstance(option, wanted)] if wanted else plain
    return next(iter(fitting or kind.options), kind)


def numbers(place: Place) -> list[tuple[tuple[str | int, ...], Number, Any]]:
    """The numbers at and beneath a place, each with its path from there, its declaration and its value."""
    kind = chosen(place.type, place.value) if isinstance(place.type, Either) else place.type
    if isinstance(kind, Number):
        return [((), kind, place.value)]
    if isinstance(kind, ListOf) and isinstance(place.value, Sequence):
        inner = [((n,), Place(kind.item, item, place.key, place.structure)) for n, item in enumerate(place.value)]
        return [((*head, *rest), number, value) for head, item in inner for rest, number, value in numbers(item)]
    return []


def outside(number: Number, value: Any) -> np.ndarray:
    """Whether a value (a number or an array) is outside the declared range or not finite; shape of the value."""
    x = np.asarray(value, dtype=float)
    wrong = ~np.isfinite(x) | (x < number.low) | (x > number.high)
    if number.whole:
        wrong = wrong | (x != np.floor(x))
    return wrong if number.above is None else wrong | (x <= number.above)


def span(number: Number) -> str:
    """A range in words: "in [0, 1]", ">= 0", "> 0", "a whole number >= 1"; empty where there is no limit."""
    if number.whole:
        return f"a whole number {span(replace(number, whole=False))}".rstrip()
    lower = number.above if number.above is not None else number.low
    if lower == -np.inf:
        return "" if number.high == np.inf else f"<= {number.high:.12g}"
    if number.high == np.inf:
        return f"{'>' if number.above is not None else '>='} {lower:.12g}"
    return f"in {'(' if number.above is not None else '['}{lower:.12g}, {number.high:.12g}]"


def did_you_mean(word: str, known: Iterable[str], what: str = "") -> str:
    """A hint with the nearest of the known words and all of them: "Did you mean usa? Allowed: usa, russia."."""
    names = [str(name) for name in known]
    if not names:
        return f"There are no {what}." if what else ""
    near = difflib.get_close_matches(word, names, n=1, cutoff=0.6)
    near = near or [name for name in names if name.lower() == word.lower()][:1]
    return (f"Did you mean {near[0]}? " if near else "") + f"Allowed: {', '.join(names)}."


__all__ = ["MISSING", "REQUIRED", "Place", "chosen", "did_you_mean", "find", "numbers", "outside", "span"]
