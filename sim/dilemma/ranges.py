"""Whether numbers stay in their ranges over time: events, `while` tables, sums of probabilities (docs/model.md, section 3).

A number is looked at in every epoch and in every combination of the statuses, states and leaders whose `while` tables touch it.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from sim.declare import Number, Problem
from sim.dilemma.keys import SCENARIO, STATUSES
from sim.dilemma.lookup import find, numbers, outside, span
from sim.dilemma.parameters import Epoch, epochs, time_of
from sim.dilemma.paths import NoNumber, adjusted, changed, dotted, split
from sim.dilemma.structure import completed

Tables = Mapping[str, Any]
Path = tuple[str, ...]

TOLERANCE: Final = 1e-9
MOST_COMBINATIONS: Final = 100_000
OWNERS: Final = ("treaties", "conditions", "actors")


@dataclass(frozen=True)
class _Change:
    """The `set` and `scale` of an event or of a `while` table: where it stands, and which numbers each of its paths touches."""

    path: tuple[str | int, ...]
    table: Mapping[str, Any]
    touches: Mapping[str, frozenset[Path]]

    def on(self, leaves: frozenset[Path]) -> Mapping[str, Any]:
        """The part of the change that touches some numbers."""
        return {
            verb: {path: x for path, x in (self.table.get(verb) or {}).items() if self.touches[path] & leaves}
            for verb in ("set", "scale")
        }

    def touching(self, leaves: frozenset[Path]) -> bool:
        return any(found & leaves for found in self.touches.values())

    def entry(self, leaves: frozenset[Path]) -> tuple[str | int, ...]:
        """The path of the last of its lines that touches some numbers."""
        lines = [(*self.path, verb, path) for verb, entries in self.on(leaves).items() for path in entries]
        return lines[-1] if lines else self.path


@dataclass(frozen=True)
class _Rule:
    """Some numbers, and what must hold of them at all times: `broken(values)` is true at the points where it does not."""

    leaves: tuple[Path, ...]
    broken: Callable[[list[Any]], np.ndarray]
    name: str
    message: str

    def value(self, values: list[Any]) -> Any:
        """What a message shows: the number, or the sum of the numbers."""
        return values[0] if len(values) == 1 else sum(np.asarray(x, float) for x in values)


# ---- what may be changed at all


def of_changes(tables: Tables) -> Iterator[Problem]:
    """Paths of `set` and `scale` that lead to no number that may change, and values of `set` outside their range."""
    if "actors" not in tables:
        return
    full = completed(dict(tables))
    for path, table in _tables_of_changes(tables):
        for verb in ("set", "scale"):
            for target, value in (table.get(verb) or {}).items():
                yield from _of_change((*path, verb, target), full, target, value if verb == "set" else None)


def _of_change(path: tuple[str | int, ...], full: Tables, target: str, value: Any) -> Iterator[Problem]:
    place = find(SCENARIO, full, split(target))
    if isinstance(place, Problem):
        yield Problem(path, place.message, hint=place.hint)
        return
    if place.structure or not (found := numbers(place)):
        hint = "Events and while tables change numbers; variants, sweeps and --set also change structure."
        yield Problem(path, "is no number that may change with time", hint=hint)
        return
    try:
        changed(full, target, lambda x: x)
    except NoNumber:
        yield Problem(path, "has no default, so it may be changed only where it is given")
        return
    for inner, number, _ in found:
        if value is not None and outside(number, value).any():
            yield Problem(path, f"{dotted((*split(target), *inner))} must be {span(number)}".strip(), value)
            return


def _tables_of_changes(tables: Tables) -> Iterator[tuple[tuple[str | int, ...], Mapping[str, Any]]]:
    for n, event in enumerate(tables.get("events") or []):
        yield ("events", n), event
    for group in OWNERS:
        for name, part in (tables.get(group) or {}).items():
            for state, table in (part.get("while") or {}).items():
                yield (group, name, "while", state), table


# ---- what numbers become


def in_effect(tables: Tables) -> Iterator[tuple[Problem, np.ndarray]]:
    """What is wrong with the numbers in effect, once for each number or sum, with the points of a sweep at which it is wrong.

    Points have shape (P,), or () where nothing is swept.  The tables must be free of other problems.
    """
    full = completed(dict(tables))
    plan = epochs(full)
    changes = [_Change(path, table, _touches(full, table)) for path, table in _tables_of_changes(full)]
    events = sorted((c for c in changes if c.path[0] == "events"), key=lambda c: time_of(c.table, dict(full)))
    owners = _owners(full, [c for c in changes if c.path[0] != "events"])
    for rule in (*_sums(full), *_ranges(full, changes)):
        yield from _judged(rule, full, plan, events, owners)


def _touches(full: Tables, table: Mapping[str, Any]) -> dict[str, frozenset[Path]]:
    return {path: frozenset(_leaves(full, split(path))) for verb in ("set", "scale") for path in table.get(verb) or {}}


def _leaves(full: Tables, path: Sequence[str]) -> dict[Path, Number]:
    place = find(SCENARIO, full, path)
    if isinstance(place, Problem):
        return {}
    return {(*path, *map(str, inner)): number for inner, number, _ in numbers(place)}


def _owners(full: Tables, changes: list[_Change]) -> list[tuple[int, list[_Change]]]:
    """For everything that has `while` tables: how many statuses, states or leaders it has, and the tables."""
    out = []
    for (group, name), tables in itertools.groupby(changes, lambda c: c.path[:2]):
        part = full[str(group)][name]
        if group == "actors":
            size = len({leader["name"] for leader in part.get("leaders") or []})
        else:
            size = len(STATUSES) if group == "treaties" else len(part["states"])
        if size:
            out.append((size, list(tables)))
    return out


def _judged(
    rule: _Rule, full: Tables, plan: list[Epoch], events: list[_Change], owners: list[tuple[int, list[_Change]]]
) -> Iterator[tuple[Problem, np.ndarray]]:
    """The first combination of epoch and `while` tables in which a rule is broken at a point, for every point."""
    leaves = frozenset(rule.leaves) | frozenset(filter(None, (_general(full, leaf) for leaf in rule.leaves)))
    touched = any(event.touching(leaves) for event in events)
    options = []
    for size, tables in owners:
        touching = [c for c in tables if c.touching(leaves)]
        if touching:
            options.append([*touching] if len(touching) == size else [None, *touching])
    if math.prod(len(option) for option in options) > MOST_COMBINATIONS:
        options = [option[:1] + option[-1:] for option in options]
    seen = np.zeros((), bool)
    for epoch in plan if touched else plan[:1]:
        for active in itertools.product(*options):
            now = [change for change in active if change is not None]
            try:
                values = _values(adjusted(epoch.tables, [c.on(leaves) for c in now]), rule.leaves)
            except NoNumber:
                continue
            mask = np.asarray(rule.broken(values))
            if (mask & ~seen).any():
                happened = [e for e in events if e.touching(leaves) and _first(e, full) <= epoch.first]
                yield _reported(rule, values, mask & ~seen, now, happened, leaves), mask & ~seen
                seen = seen | mask
                if seen.all():
                    return


def _first(event: _Change, full: Tables) -> int:
    """The first round in which an event is in effect."""
    return max(0, math.ceil((time_of(event.table, dict(full)) - 1e-9) * full["horizon"]["rounds_per_year"]))


def _general(full: Tables, leaf: Path) -> Path | None:
    """The general number that an actor's own one follows where it is silent."""
    if len(leaf) == 4 and leaf[0] == "actors" and leaf[2] in ("game", "monitoring", "crisis"):
        return None if leaf[3] in full["actors"][leaf[1]].get(leaf[2], {}) else leaf[2:]
    return None


def _values(tables: Tables, leaves: Sequence[Path]) -> list[Any]:
    out: list[Any] = []
    for leaf in leaves:
        changed(tables, leaf, lambda x: out.append(x) or x)
    return out


def _reported(
    rule: _Rule, values: list[Any], mask: np.ndarray, now: list[_Change], happened: list[_Change], leaves: frozenset[Path]
) -> Problem:
    """The problem at the line that brings it about: a `while` table, else an event, else the number itself."""
    value = rule.value(values)
    if np.ndim(value):
        value = np.broadcast_to(value, mask.shape)[mask]
    elif isinstance(value, np.generic | np.ndarray):
        value = value.item()
    if isinstance(value, float):
        value = float(f"{value:.12g}")
    causes = [*happened[-1:], *now]
    if not causes:
        path = rule.leaves[0] if len(rule.leaves) == 1 else _common(rule.leaves)
        if len(path) > 1:
            return Problem(path, rule.message, value)
        return Problem(rule.leaves[-1], f"{' + '.join(map(dotted, rule.leaves))} {rule.message}", value)
    others = ", ".join(dotted(c.path) for c in causes[:-1])
    hint = f"Together with {others}." if others else ""
    return Problem(causes[-1].entry(leaves), f"{rule.name} {rule.message} at all times", value, hint)


def _common(paths: Sequence[Path]) -> Path:
    same = itertools.takewhile(lambda steps: len(set(steps)) == 1, zip(*paths, strict=False))
    return tuple(steps[0] for steps in same)


# ---- what must hold


def _ranges(full: Tables, changes: list[_Change]) -> Iterator[_Rule]:
    """One rule for every number that changes or is swept; the others are checked by their declarations."""
    leaves = {leaf: number for c in changes for path in c.touches for leaf, number in _leaves(full, split(path)).items()}
    for path in _swept(full, ()):
        leaves |= _leaves(full, path)
    for leaf, number in leaves.items():
        message = f"must be {span(number) or 'a finite number'}"
        yield _Rule((leaf,), lambda values, number=number: outside(number, values[0]), dotted(leaf), message)


def _swept(node: Any, path: Path) -> Iterator[Path]:
    if isinstance(node, np.ndarray):
        yield path
    elif isinstance(node, Mapping | list):
        items = node.items() if isinstance(node, Mapping) else enumerate(node)
        for key, value in items:
            yield from _swept(value, (*path, str(key)))


def _sums(full: Tables) -> Iterator[_Rule]:
    """Alternatives: first rungs sum to 1, advance and resolve of a rung and moves out of a state under one event to at most 1."""
    first = full["onset"]["rungs"]
    leaves = tuple(("onset", "rungs", str(n)) for n in range(len(first)))
    yield _Rule(leaves, lambda values: np.abs(_total(values) - 1) > TOLERANCE, "the sum of onset.rungs", "must sum to 1")
    crisis = full["crisis"]
    if crisis["kind"] == "empirical":
        for n, rung in enumerate(crisis["rungs"][:-1]):
            pair = (("crisis", "advance", str(n)), ("crisis", "resolve", str(n)))
            name = f"advance + resolve of rung {rung}"
            yield _at_most_one(pair, name)
    for name, condition in full["conditions"].items():
        for event, moves in condition["on"].items():
            for state in condition["states"]:
                out = tuple(("conditions", name, "on", event, m) for m in moves if m.split("->")[0] == state)
                if len(out) > 1:
                    yield _at_most_one(out, f"the sum of the moves out of {state}")


def _at_most_one(leaves: tuple[Path, ...], name: str) -> _Rule:
    return _Rule(leaves, lambda values: _total(values) > 1 + TOLERANCE, name, "must be at most 1")


def _total(values: list[Any]) -> np.ndarray:
    return np.asarray(sum(np.asarray(x, float) for x in values))
