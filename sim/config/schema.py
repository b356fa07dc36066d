"""JSON schemas (draft 2020-12) of configuration files, made from their declarations, so that editors complete and check keys."""

from __future__ import annotations

import math
from typing import Any, Final

from sim.config.forms import Form, form_of
from sim.config.validation import BARE_KEY
from sim.config.words import description
from sim.declare import (
    ABSENT,
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
    Table,
    Tagged,
    Text,
    Type,
    Whole,
)
from sim.dilemma.keys import SCENARIO
from sim.models import canon

DRAFT: Final = "https://json-schema.org/draft/2020-12/schema"

NAMES: Final = "urn:strategic-stability-simulator:schema"
"""What the names of the schemas begin with; the title and the version of the format follow."""

Schema = dict[str, Any]


def scenario_schema() -> Schema:
    """The schema of a scenario file; a variant may have any part of the file, and `false` in place of a table."""
    makers = _Maker(), _Maker(patch=True)
    schema, variant = (maker.object(SCENARIO) for maker in makers)
    schema["properties"]["variants"] = {"type": "object", "additionalProperties": variant}
    # What is required may stand in the variants only, so a file with variants need not have it itself.
    alone = {"required": schema.pop("required"), "properties": {"actors": {"minProperties": 2}}}
    schema["if"], schema["then"] = {"not": {"required": ["variants"]}}, alone
    for properties in (schema["properties"], variant["properties"]):
        properties["events"]["items"]["oneOf"] = [{"required": ["date"]}, {"required": ["year"]}]
    return _document("Scenario", schema, makers[0].definitions | makers[1].definitions)


def model_schema() -> Schema:
    """The schema of scenario files of canonical models: for each model the keys of its [parameters]."""
    forms = [form for form in map(form_of, canon()) if isinstance(form, Form)]
    each = [(_Maker().object(form.declaration), _Maker(patch=True).object(form.declaration)) for form in forms]
    for schema, variant in each:
        schema["properties"]["variants"] = {"type": "object", "additionalProperties": variant}
    return _document("Model", {"type": "object", "required": ["model"], "oneOf": [schema for schema, _ in each]}, {})


def file_schema(title: str, table: Table) -> Schema:
    """The schema of a file with the declared keys."""
    maker = _Maker()
    return _document(title, maker.object(table), maker.definitions)


def _document(title: str, schema: Schema, definitions: dict[str, Schema]) -> Schema:
    return {
        "$schema": DRAFT,
        "$id": f"{NAMES}:{title.lower()}:1",
        "title": title,
        **schema,
        "$defs": dict(sorted(definitions.items())),
    }


class _Maker:
    """Makes schemas; those of tables with a kind, which come back in several places, are kept once as definitions."""

    def __init__(self, *, patch: bool = False) -> None:
        self.patch = patch
        self.definitions: dict[str, Schema] = {}
        self.names: dict[int, str] = {}

    def object(self, table: Table, tag: Schema | None = None) -> Schema:
        """The schema of a table with fixed keys; `tag` is that of the key that says which kind of table it is."""
        schema: Schema = {"type": "object", "properties": {**(tag or {}), **{key.name: self.key(key) for key in table.keys}}}
        required = [key.name for key in table.keys if key.default is REQUIRED]
        if required and not self.patch:
            schema["required"] = required
        return {**schema, "additionalProperties": False}

    def key(self, key: Key) -> Schema:
        """The schema of a key: its type, its sentence, its default."""
        schema = self.type(key.type, key.name)
        if self.patch and isinstance(key.type, Table | Tagged | MapOf):
            schema = {"anyOf": [schema, {"const": False}]}
        told = {"description": description(key)}
        return {**schema, **told} if key.default in (ABSENT, REQUIRED) else {**schema, **told, "default": key.default}

    def type(self, kind: Type, name: str) -> Schema:
        """The schema of a type; `name` is the key under which it is met, which names its definition."""
        match kind:
            case Number(low, high, above):
                limits = {"minimum": low, "maximum": high, "exclusiveMinimum": -math.inf if above is None else above}
                word = "integer" if kind.whole else "number"
                return {"type": word, **{limit: x for limit, x in limits.items() if math.isfinite(x)}}
            case Whole(low, high):
                limits = {"minimum": low, "maximum": high}
                return {"type": "integer", **{word: x for word, x in limits.items() if x is not None}}
            case Text() | Name():
                return {"type": "string"}
            case Flag():
                return {"type": "boolean"}
            case Date():
                return {"type": "string", "format": "date"}
            case Choice(options):
                return {"enum": list(options)}
            case ListOf(item, least, most):
                limits = {"minItems": least or None, "maxItems": most}
                each = _Maker().type(item, name) if self.patch and isinstance(item, Table) else self.type(item, name)
                return {"type": "array", "items": each, **{word: x for word, x in limits.items() if x is not None}}
            case MapOf(item, _, bare):
                names = {"propertyNames": {"pattern": BARE_KEY}} if bare else {}
                each = self.type(item, name)
                if self.patch and isinstance(item, Table | Tagged | MapOf):
                    each = {"anyOf": [each, {"const": False}]}
                return {"type": "object", **names, "additionalProperties": each}
            case Table():
                return self.object(kind)
            case Tagged():
                return self.tagged(kind, name)
            case Either(options):
                return {"anyOf": [self.type(option, name) for option in options]} if options else {}
        raise TypeError(f"no such type: {kind}")

    def tagged(self, kind: Tagged, name: str) -> Schema:
        """A reference to the definition of a table with a kind."""
        if id(kind) not in self.names:
            self.names[id(kind)] = f"{name}{'_in_variant' if self.patch else ''}"
            self.definitions[self.names[id(kind)]] = self._cases(kind)
        return {"$ref": f"#/$defs/{self.names[id(kind)]}"}

    def _cases(self, kind: Tagged) -> Schema:
        each = []
        for case, table in kind.cases.items():
            schema = self.object(table, {kind.tag: {"const": case}})
            if case != kind.default and not self.patch:
                schema["required"] = [kind.tag, *schema.get("required", [])]
            each.append(schema)
        return {"anyOf": each}
