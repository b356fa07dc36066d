"""In what circumstances which numbers hold: dates, statuses, states and leaders, and how to say so briefly (docs/model.md, section 3)."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from sim.dilemma.keys import STATUSES
from sim.dilemma.outcomes import Outcomes
from sim.dilemma.parameters import InEffect
from sim.dilemma.structure import Structure
from sim.dilemma.treaties import ACTIVE
from sim.report.words import date_of, labels, series

MOST: Final = 4_096
"""Combinations that are looked at; beyond, conditions keep their first state and actors their first leader."""

Box = tuple[frozenset[Any], ...]


@dataclass(frozen=True)
class Circumstance:
    """One combination: the numbers in effect, whether each treaty is active, the epoch."""

    p: InEffect
    active: tuple[bool, ...]
    epoch: int

    def now(self, x: Any) -> Any:
        """The numbers in this epoch: x of shape (epochs or 1, points or 1, ...), first point."""
        column = np.asarray(x, dtype=float)
        column = column.reshape(1, 1) if column.ndim < 2 else column
        return column[self.epoch if len(column) > 1 else 0, 0]


@dataclass(frozen=True)
class _Side:
    """One thing that may differ: how it is called, its values, and the `while` table of each value."""

    name: str
    values: tuple[Any, ...]
    owner: tuple[str, str] | None = None

    def table(self, s: Structure, value: Any) -> tuple[str, str, str] | None:
        if self.owner is None or value not in s.tables[self.owner[0]][self.owner[1]]["while"]:
            return None
        return (*self.owner, value)


def grouped(
    s: Structure, parts: Sequence[str], treaties: bool, record: Callable[[Circumstance], dict[str, Any]], found: Outcomes | None
) -> list[dict[str, Any]]:
    """What `record` says in each circumstance that can occur, equal ones together under `when`; those of the start come first.

    parts: of the file, that the record depends on; treaties: whether it depends on which treaties are active; found: the outcomes,
    by which what never occurs is left out.
    """
    sides = _sides(s, parts, treaties)
    if math.prod(len(side.values) for side in sides) > MOST:
        sides = [_Side(side.name, side.values if side.owner is None else side.values[:1], side.owner) for side in sides]
    known: dict[str, tuple[dict[str, Any], list[tuple[Any, ...]]]] = {}
    for values in _possible(s, sides, found):
        one = record(_circumstance(s, parts, sides, values))
        known.setdefault(_key(one), (one, []))[1].append(values)
    every = [values for _, group in known.values() for values in group]
    return [{"when": _when(s, sides, group, every), **one} for one, group in known.values()]


def _sides(s: Structure, parts: Sequence[str], treaties: bool) -> list[_Side]:
    touching = s.parameters.touching(parts)
    sides = [_Side("", tuple(range(len(s.first))))]
    for t in s.treaties:
        if treaties or ("treaties", t) in touching:
            first = s.tables["treaties"][t]["status"]
            sides.append(_Side(t, (first, *[x for x in STATUSES if x != first]), ("treaties", t)))
    for c in s.conditions:
        if ("conditions", c) in touching:
            first, states = s.tables["conditions"][c]["initial"], s.tables["conditions"][c]["states"]
            sides.append(_Side(c, (first, *[x for x in states if x != first]), ("conditions", c)))
    for a in s.actors:
        if ("actors", a) in touching:
            names = tuple(dict.fromkeys(leader["name"] for leader in s.tables["actors"][a]["leaders"]))
            sides.append(_Side(f"{labels(s.tables)[a]}'s leader", names, ("actors", a)))
    return sides


def _possible(s: Structure, sides: Sequence[_Side], found: Outcomes | None) -> Iterator[tuple[Any, ...]]:
    """The combinations that can occur: of each epoch the statuses and states that do."""
    epochs = list(itertools.pairwise([*s.first, s.rounds]))
    for values in itertools.product(*[side.values for side in sides]):
        begin, end = epochs[values[0]]
        if all(_occurs(side, value, begin, end, found) for side, value in zip(sides, values, strict=True)):
            yield values


def _occurs(side: _Side, value: Any, begin: int, end: int, found: Outcomes | None) -> bool:
    if side.owner is None or found is None or side.owner[0] == "actors":
        return True
    group, name = side.owner
    if group == "treaties":
        table, names = found.treaty_occupancy[name], found.statuses
    else:
        table, names = found.condition_occupancy[name], found.condition_states[name]
    return bool(table[begin:end, names.index(value)].any())


def _circumstance(s: Structure, parts: Sequence[str], sides: Sequence[_Side], values: Sequence[Any]) -> Circumstance:
    by_owner = {side.owner: (side, value) for side, value in zip(sides, values, strict=True)}
    chosen = [by_owner[owner][0].table(s, by_owner[owner][1]) for owner in s.parameters.owners if owner in by_owner]
    p = s.parameters.in_effect(tuple(x for x in chosen if x is not None), tuple(parts))
    status = {side.owner[1]: value for side, value in zip(sides, values, strict=True) if side.owner and side.owner[0] == "treaties"}
    return Circumstance(p, tuple(status.get(t) in ACTIVE for t in s.treaties), values[0])


def _key(record: Mapping[str, Any]) -> str:
    def rounded(x: Any) -> Any:
        if isinstance(x, Mapping):
            return {k: rounded(v) for k, v in x.items()}
        if isinstance(x, list | tuple):
            return [rounded(v) for v in x]
        return f"{x:.10g}" if isinstance(x, float) else x

    return repr(rounded(record))


# ---- saying when


def _when(s: Structure, sides: Sequence[_Side], group: list[tuple[Any, ...]], every: list[tuple[Any, ...]]) -> str:
    """Some of the combinations that occur in a few words; "always" if they are all."""
    if len(group) == len(every):
        return "always"
    return "; or ".join(_box(s, sides, box, every) for box in boxes(group, every))


def boxes(group: Sequence[tuple[Any, ...]], every: Sequence[tuple[Any, ...]]) -> list[Box]:
    """A few boxes (a set of values for each side) that hold these combinations, and of the others that occur none."""
    found: list[Box] = [tuple(frozenset([value]) for value in values) for values in group]
    others = [values for values in every if values not in set(group)]
    merged = True
    while merged:
        merged = False
        for one, two in itertools.combinations(found, 2):
            both = tuple(a | b for a, b in zip(one, two, strict=True))
            if not any(_in(values, both) for values in others):
                found = [box for box in found if not _inside(box, both)] + [both]
                merged = True
                break
    return found


def _in(values: tuple[Any, ...], box: Box) -> bool:
    return all(value in allowed for value, allowed in zip(values, box, strict=True))


def _inside(box: Box, other: Box) -> bool:
    return all(a <= b for a, b in zip(box, other, strict=True))


def _box(s: Structure, sides: Sequence[_Side], box: Box, every: list[tuple[Any, ...]]) -> str:
    """A box in words; a side of which it holds all that goes with the rest is not named."""
    out = []
    for n, (side, allowed) in enumerate(zip(sides, box, strict=True)):
        wider = {values[n] for values in every if all(v in box[m] for m, v in enumerate(values) if m != n)}
        if wider <= allowed:
            continue
        if side.owner is None:
            out.append(_dates(s, sorted(allowed)))
        else:
            words = series([str(v).replace("_", " ") for v in side.values if v in allowed], "or")
            out.append(f"{side.name} {words}")
    return ", ".join(out)


def _dates(s: Structure, epochs: list[int]) -> str:
    """Some epochs in words: from 2011-02-05 to 2020-05-05."""
    start, out = s.tables["horizon"].get("start"), []
    for _, run in itertools.groupby(epochs, lambda e: e - epochs.index(e)):
        members = list(run)
        begin = "" if members[0] == 0 else f"from {date_of(start, s.first[members[0]] * s.dt)}"
        last = members[-1] + 1
        end = "" if last == len(s.first) else f"{'to' if begin else 'until'} {date_of(start, s.first[last] * s.dt)}"
        out.append(f"{begin} {end}".strip())
    return series(out)
