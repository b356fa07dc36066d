"""Checking tables against their declarations: pydantic models made from `declare.Table`, and what they refuse in plain words.

The models are strict (no text for numbers, no numbers for flags, whole numbers accepted as numbers), frozen, and forbid unknown
keys.  All that is wrong is reported at once, in the order of the file.
"""

from __future__ import annotations

import datetime
import functools
import math
import operator
from collections.abc import Mapping
from typing import Annotated, Any, Literal

import pydantic
from pydantic import Field

from sim.config.words import article, lower, unfit
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
from sim.dilemma.lookup import chosen, did_you_mean

BARE_KEY = r"^[A-Za-z0-9_-]+$"


def wrong(table: Table, tables: Mapping[str, Any]) -> list[Problem]:
    """What is wrong with the tables by their declaration alone: unknown and missing keys, types, ranges, lengths."""
    try:
        model(table).model_validate(dict(tables))
    except pydantic.ValidationError as error:
        return [_problem(table, tables, found) for found in error.errors(include_url=False, include_context=False)]
    return []


# ---- models from declarations


_MODELS: dict[int, tuple[Table, type[pydantic.BaseModel]]] = {}


def model(table: Table) -> type[pydantic.BaseModel]:
    """The pydantic model of a table; made once."""
    if id(table) not in _MODELS:
        _MODELS[id(table)] = (table, _model(table.keys))
    return _MODELS[id(table)][1]


def _model(keys: tuple[Key, ...], tag: str | None = None) -> type[pydantic.BaseModel]:
    # Fields are numbered and known by their alias, so that no key collides with a word of Python or of pydantic.
    fields: dict[str, Any] = {f"key_{n}": _field(key) for n, key in enumerate(keys)}
    if tag is not None:
        fields["tag"] = (str, Field("", alias=tag))
    config = pydantic.ConfigDict(extra="forbid", frozen=True, strict=True)
    return pydantic.create_model("Table", __config__=config, **fields)


def _field(key: Key) -> tuple[Any, Any]:
    return _annotation(key.type), Field(... if key.default is REQUIRED else None, alias=key.name)


def _annotation(kind: Type) -> Any:
    match kind:
        case Number(low, high, above):
            within = Field(allow_inf_nan=False, ge=_finite_or_none(low), le=_finite_or_none(high), gt=above)
            return Annotated[float, within, Field(multiple_of=1)] if kind.whole else Annotated[float, within]
        case Whole(low, high):
            return Annotated[int, Field(ge=low, le=high)]
        case Text() | Name():
            return str
        case Flag():
            return bool
        case Date():
            return datetime.date
        case Choice(options):
            return Literal[options]
        case ListOf(item, least, most):
            return Annotated[list[_annotation(item)], Field(min_length=least, max_length=most)]
        case MapOf(item, _, bare):
            key = Annotated[str, Field(pattern=BARE_KEY)] if bare else str
            return dict[key, _annotation(item)]
        case Table():
            return model(kind)
        case Tagged(cases, tag):
            each = [Annotated[_model(table.keys, tag), pydantic.Tag(name)] for name, table in cases.items()]
            return Annotated[_union(each), pydantic.Discriminator(lambda value, kind=kind: _tag(kind, value))]
        case Either(()):
            return Any
        case Either(options):
            each = [Annotated[_annotation(option), pydantic.Tag(str(n))] for n, option in enumerate(options)]
            return Annotated[_union(each), pydantic.Discriminator(lambda value, kind=kind: _option(kind, value))]
    raise TypeError(f"no such type: {kind}")


def _finite_or_none(limit: float) -> float | None:
    return limit if math.isfinite(limit) else None


def _union(options: list[Any]) -> Any:
    return functools.reduce(operator.or_, options)


def _tag(kind: Tagged, value: Any) -> str | None:
    tag = value.get(kind.tag, kind.default) if isinstance(value, Mapping) else None
    return tag if isinstance(tag, str) else None


def _option(kind: Either, value: Any) -> str:
    return str(kind.options.index(chosen(kind, value)))


# ---- refusals in plain words


def _problem(table: Table, tables: Any, error: Any) -> Problem:
    """One refusal of pydantic's as a problem: where, what the declaration asks for, what was found."""
    kind, value, path, at_key = _follow(table, tables, error["loc"])
    if error["type"] == "missing":
        key = _table_at(kind, value).key(str(error["loc"][-1]))
        return Problem((*path, key.name), f"missing: {lower(key.text)}", hint=f"It must be {article(key.type)}.")
    if error["type"] == "extra_forbidden":
        tag = [kind.tag] if isinstance(kind, Tagged) else []
        known = tag + [key.name for key in _table_at(kind, value).keys]
        unknown = str(error["loc"][-1])
        return Problem((*path, unknown), "unknown key", hint=did_you_mean(unknown, known) if known else "None is allowed here.")
    if at_key:
        what = kind.keys if isinstance(kind, MapOf) else "keys"
        return Problem(path, f"names of {what} must be bare keys: letters, digits, - and _", path[-1])
    return unfit(kind, value, path)


def _table_at(kind: Type, value: Any) -> Table:
    if isinstance(kind, Tagged):
        return kind.cases[str(_tag(kind, value))]
    assert isinstance(kind, Table)
    return kind


def _follow(kind: Type, value: Any, location: tuple[Any, ...]) -> tuple[Type, Any, tuple[Any, ...], bool]:
    """Where pydantic's location leads: declaration, value, path, and whether the key itself is meant.

    pydantic puts the case of a `Tagged` and the option of an `Either` among the keys; they are no part of the path.
    """
    path: list[Any] = []
    steps = list(location)
    while steps:
        if isinstance(kind, Either):
            option = kind.options[int(steps.pop(0))]
            if not steps and isinstance(value, str):
                break  # it fits no option at all
            kind = option
            continue
        if isinstance(kind, Tagged) and steps[0] in kind.cases and steps[0] == _tag(kind, value):
            steps.pop(0)
            if not steps:
                break
            case = kind.cases[str(_tag(kind, value))]
        else:
            case = kind
        step = steps[0]
        if isinstance(case, Table):
            if step not in [key.name for key in case.keys] or not isinstance(value, Mapping) or step not in value:
                break
            kind, value = case.key(step).type, value[step]
        elif isinstance(case, MapOf):
            if steps[1:] == ["[key]"]:
                return kind, value, (*path, step), True
            kind, value = case.item, value[step]
        elif isinstance(case, ListOf):
            kind, value = case.item, value[step]
        else:
            break
        path.append(steps.pop(0))
    return kind, value, tuple(path), False
