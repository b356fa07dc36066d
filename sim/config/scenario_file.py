"""Scenario files: read, every variant merged and checked, single values put in as docs/model.md, section 3, says."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from sim.config import ranges
from sim.config.errors import InputError, Located
from sim.config.forms import CORE, PARAMETERS, Form, form_of
from sim.config.source import Source, locate, read
from sim.config.tables import akin, arrays, present, pruned, put, removed, representative, shaped, value_at
from sim.config.validation import wrong
from sim.declare import ListOf, MapOf, Problem, Table, Tagged, Type
from sim.dilemma.lookup import Place, did_you_mean, find, numbers
from sim.dilemma.parameters import EITHER_OR, merge
from sim.dilemma.paths import dotted, split

Tables = dict[str, Any]
BASE = "base"
"""The name of the one variant of a file without variants."""


def read_scenario(name_or_path: str | Path) -> ScenarioFile:
    """A scenario by path, or by its bare name in ./scenarios or in the library.  Raises InputError with all that is wrong."""
    return scenario_of(read(locate(name_or_path, "scenarios")))


def scenario_of(source: Source) -> ScenarioFile:
    """The scenario in a file that has been read.  Raises InputError with all that is wrong with it."""
    form = form_of(source.tables.get("model", CORE))
    if isinstance(form, Problem):
        raise InputError([source.located(form)])
    raw, found = shaped(form.declaration, source.tables)
    patches = {}
    for name, patch in raw.pop("variants", {}).items():
        own, misshapen = shaped(form.declaration, patch, patch=True)
        patches[name], idle = removed(form.declaration, raw, own)
        found += [Problem(("variants", name, *p.path), p.message, p.found, p.hint) for p in [*misshapen, *idle]]
    file = ScenarioFile(source, form, raw, patches or {BASE: {}})
    if wrong := file._everything(found):
        raise InputError(wrong)
    return file


@dataclass(frozen=True)
class ScenarioFile:
    """A scenario file in which nothing is wrong, and its variants."""

    source: Source
    form: Form = field(repr=False)
    raw: Tables = field(repr=False)
    patches: Mapping[str, Tables] = field(repr=False)
    _known: dict[str, Tables] = field(default_factory=dict, repr=False, compare=False)
    """The completed tables of variants as they stand, worked out when first asked for; nobody changes them."""

    @property
    def name(self) -> str:
        """The bare name of the file."""
        return self.source.name

    @property
    def title(self) -> str:
        """The title that the file gives."""
        return self.raw["title"]

    @property
    def model(self) -> str:
        """The name of the model."""
        return CORE if self.form.model is None else self.form.model.name

    @property
    def variants(self) -> tuple[str, ...]:
        """The names of the variants, in file order."""
        return tuple(self.patches)

    def tables(self, variant: str, values: Mapping[str, Any] | None = None, *, strict: bool = False) -> Tables:
        """A variant's tables, with values (path: value) put in before it is merged; merged, completed and checked.

        A value is a number, an array (P,) over the points of a sweep, or anything that TOML can say.  A value that does not reach
        the variant leaves it as it is; with `strict` it is refused with the reason, as `--set` wants.  Raises InputError.
        """
        merged = self._merged(variant, values or {}, strict)
        if found := self._wrong(merged):
            raise InputError(self._located(problem, merged, variant, values or {}) for problem in found)
        return copy.deepcopy(self.form.completed(merged))

    def failures(self, variant: str, values: Mapping[str, Any]) -> dict[int, str]:
        """The points of a sweep at which the arrays among the values are wrong, and why; tables() takes the other points."""
        merged = self._merged(variant, values, False)
        single = representative(self.form.declaration, merged)
        found = wrong(self.form.declaration, single) or self.form.of_words(single)
        size = max((array.size for _, array in arrays(merged)), default=1)
        failed = {n: str(self._located(p, merged, variant, values)) for p in found for n in range(size)}
        if not failed:
            for problem, mask in self.form.in_effect(merged):
                message = str(self._located(problem, merged, variant, values))
                for n in np.flatnonzero(np.broadcast_to(mask, (size,))):
                    failed.setdefault(int(n), message)
        return failed

    def keeps_own(self, variant: str, path: str) -> str:
        """Why a value for a path does not reach a variant; empty if it does.  Raises InputError if no variant has the path."""
        return self._reach(variant, path)[1]

    def place(self, path: str) -> Place:
        """What a path leads to, in the first variant that has it: declared type, unit and value.  Raises InputError."""
        found = self._find(path, self.variants)
        if isinstance(found, Problem):
            raise InputError([Located(str(self.source.path), found)])
        return found

    # ---- what reaches a variant

    def _find(self, path: str, variants: Iterable[str]) -> Place | Problem:
        """The place in the first of the variants that has it, or the problem of the one that comes nearest."""
        keys, nearest = tuple(split(path)), (-1, -1)
        best = Problem(keys or (path,), "no such path")
        if self.form.model is not None and keys[:1] in [(key.name,) for key in self.form.model.parameters]:
            return Problem(keys, "no such path", hint=f"Write {PARAMETERS}.{path}.")
        if letter := self._letter(keys):
            return Problem(keys, "no such path", hint=letter)
        for variant in variants if keys and keys[0] != "variants" else ():
            tables = self._completed(variant)
            found = find(self.form.declaration, tables, keys)
            if isinstance(found, Place):
                return found
            how_near = (present(tables, keys), len(found.hint))
            if how_near > nearest:
                nearest, best = how_near, found
        return best

    def _plain(self, variant: str) -> Tables:
        """The file merged with a variant."""
        if variant not in self.patches:
            hint = did_you_mean(variant, self.variants)
            raise InputError([Located(str(self.source.path), Problem((), f"has no variant {variant!r}", hint=hint))])
        return merge(self.raw, self.patches[variant])

    def _completed(self, variant: str) -> Tables:
        """The file merged with a variant, with its defaults."""
        if variant not in self._known:
            self._known[variant] = self.form.completed(self._plain(variant))
        return self._known[variant]

    def _merged(self, variant: str, values: Mapping[str, Any], strict: bool) -> Tables:
        base, after, refused = self.raw, {}, []
        self._plain(variant)
        for path, value in values.items():
            base_too, why = self._reach(variant, path)
            keys = tuple(split(path))
            if why and strict:
                refused.append(Located(str(self.source.path), Problem(keys, f"cannot be set in variant {variant}: {why}")))
            elif not why and base_too:
                base = self._put(base, variant, keys, value)
            elif not why:
                after[keys] = value
        if refused:
            raise InputError(refused)
        merged = merge(base, self.patches[variant])
        for keys, value in after.items():
            merged = self._put(merged, variant, keys, value)
        return merged

    def _reach(self, variant: str, path: str) -> tuple[bool, str]:
        """Whether a value goes into the file before merging (else into the merged tables), and why it has no effect."""
        self.place(path)
        keys, merged = tuple(split(path)), self._plain(variant)
        if isinstance(find(self.form.declaration, self._completed(variant), keys), Problem):
            return False, f"it has no {dotted(keys[: present(merged, keys) + 1])}"
        if isinstance(find(self.form.declaration, self._with_lists(self.raw, variant, keys), keys), Problem):
            return False, "it sets this path itself" if present(self.patches[variant], keys) == len(keys) else ""
        marked = merge(self._put(self.raw, variant, keys, _mark(self.place(path).type)), self.patches[variant])
        if present(marked, keys) == len(keys) and _marked(value_at(marked, keys)):
            return True, ""
        own = present(self.patches[variant], keys)
        return True, "it sets this path itself" if own == len(keys) else f"its own {dotted(keys[:own])} replaces it"

    def _letter(self, keys: Sequence[str | int]) -> str:
        """What to write for a parameter of a canonical model that is called by its letter in the equations; "" if it is not."""
        symbols = {} if self.form.model is None else self.form.model.symbols
        if len(keys) < 2 or keys[0] != PARAMETERS or keys[1] not in symbols:
            return ""
        name = symbols[str(keys[1])]
        return "" if name == keys[1] else f"{keys[1]} is the letter of {name}, and files have names: write {PARAMETERS}.{name}."

    def _put(self, tables: Tables, variant: str, keys: tuple[str, ...], value: Any) -> Tables:
        """The tables with one value in."""
        if isinstance(value, np.generic):
            value = value.item()
        place = self.place(dotted(keys))
        if value is False and not isinstance(place.value, bool):
            nested: Any = False
            for key in reversed(keys):
                nested = {key: nested}
            return merge(tables, nested)
        tables = self._with_lists(tables, variant, keys)
        for one, other in EITHER_OR:
            if keys[-1] == one and present(tables, (*keys[:-1], other)) == len(keys):
                tables = pruned(self.form.declaration, tables, [Problem((*keys[:-1], other), "")])
        return put(tables, keys, value)

    def _with_lists(self, tables: Tables, variant: str, keys: tuple[str, ...]) -> Tables:
        """The tables with the default of a list on the path, where they are silent about it but have the table it belongs to."""
        full = self._completed(variant)
        for depth in range(1, len(keys) + 1):
            path = keys[:depth]
            default = value_at(full, path) if present(full, path) == depth else None
            if isinstance(default, list) and present(tables, path) == depth - 1:
                tables = put(tables, path, copy.deepcopy(default))
        return tables

    # ---- what is wrong

    def _wrong(self, merged: Tables) -> list[Problem]:
        """What is wrong with merged tables."""
        declaration = self.form.declaration
        single = representative(declaration, merged)
        found = [self._structural(path) for path, _ in arrays(merged) if not self._number(merged, path)]
        found += [Problem(p.path, p.message, p.found, self._letter(p.path) or p.hint) for p in wrong(declaration, single)]
        if found:
            more = self.form.of_words(pruned(declaration, single, found))
            return found + [p for p in more if not any(akin(p.path, other.path) for other in found)]
        return self.form.problems(merged)

    def _number(self, merged: Tables, path: tuple[str | int, ...]) -> bool:
        place = find(self.form.declaration, merged, path)
        return isinstance(place, Place) and not place.structure and bool(numbers(place))

    @staticmethod
    def _structural(path: tuple[str | int, ...]) -> Problem:
        return Problem(path, "is structure: a batch of points can vary numbers only")

    def _everything(self, found: list[Problem]) -> list[Located]:
        """All that is wrong with the file, each problem once, in the order of its lines."""
        shown: dict[str, tuple[Located, list[str]]] = {}
        for problem in found:
            located = self.source.located(problem)
            shown[str(located)] = (located, list(self.variants))
        in_file = [p.path for p in found if p.path[:1] != ("variants",)]
        taken = in_file + [p.path[2:] for p in found if p.path[:1] == ("variants",) and len(p.path) > 2]
        plain = {variant: self._plain(variant) for variant in self.variants}
        sound = [variant for variant, merged in plain.items() if not wrong(self.form.declaration, merged)]
        for variant, merged in plain.items():
            for problem in [*self._wrong(merged), *(self._of_ranges(merged, sound) if variant in sound else ())]:
                if not any(akin(problem.path, path) for path in taken):
                    located = self._located(problem, merged, variant, {})
                    shown.setdefault(str(located), (located, []))[1].append(variant)
        out = []
        for located, variants in shown.values():
            own = located.problem.path[:1] == ("variants",) or len(variants) == len(self.variants)
            out.append(Located(located.file, located.problem, located.line, () if own else tuple(variants)))
        return sorted(out, key=lambda located: located.line or 0)

    def _of_ranges(self, merged: Tables, sound: list[str]) -> Iterator[Problem]:
        """What is wrong with [uncertain] and [mechanisms]; their paths lead to what some sound variant has.

        Of paths that lead further in a variant that is not sound nothing is said until it is.
        """

        def place_of(path: str) -> Place | Problem:
            return self._find(path, sound)

        def open_yet(path: str) -> bool:
            if len(sound) == len(self.variants) or not isinstance(place_of(path), Problem):
                return False
            far = {variant: present(self._plain(variant), tuple(split(path))) for variant in self.variants}
            return max(far.values()) > max(far[variant] for variant in sound)

        uncertain = {path: prior for path, prior in merged.get("uncertain", {}).items() if not open_yet(path)}
        yield from ranges.problems(uncertain, place_of, lists=self.form.model is None)
        for problem in ranges.of_mechanisms(merged.get("mechanisms", {}), place_of):
            if not open_yet(str(problem.found)):
                yield problem

    def _located(self, problem: Problem, merged: Tables, variant: str, values: Mapping[str, Any]) -> Located:
        if any(akin(problem.path, tuple(split(path))) for path in values):
            return Located(str(self.source.path), problem)
        return self.source.located(problem, variant, present(merged, problem.path))


_MARK = "a value that is recognised wherever it comes out"


def _mark(kind: Type) -> Any:
    """A marked value of the shape of a type."""
    if isinstance(kind, Table | Tagged | MapOf):
        return {_MARK: {}}
    return [{_MARK: {}}] if isinstance(kind, ListOf) and isinstance(kind.item, Table | Tagged) else _MARK


def _marked(value: Any) -> bool:
    if isinstance(value, list):
        return any(_marked(entry) for entry in value)
    return _MARK in value if isinstance(value, dict) else value is _MARK
