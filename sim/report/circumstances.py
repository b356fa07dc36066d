"""In what circumstances which numbers hold: dates, statuses, states, leaders; and how to say so (docs/model.md, section 3)."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Mapping, Sequence
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

Box = tuple[frozenset[int], ...]


@dataclass(frozen=True)
class Circumstance:
    """One combination: the numbers in effect, what goes with `s.activities()`, the epoch."""

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
    """One thing that may differ: how it is called, and its values in classes that make no difference among themselves."""

    name: str
    classes: tuple[tuple[Any, ...], ...]
    owner: tuple[str, str] | None = None


def grouped(
    s: Structure, parts: Sequence[str], treaties: bool, record: Callable[[Circumstance], dict[str, Any]], found: Outcomes | None
) -> list[dict[str, Any]]:
    """What `record` says in each circumstance that can occur, equal ones together under `when`; those of the start come first.

    parts: those of the file that the record depends on; treaties: whether it depends on which treaties are active; found: the
    outcomes, by which what never occurs is left out.
    """
    sides = _sides(s, parts, treaties, found)
    if math.prod(len(side.classes) for side in sides) > MOST:
        sides = [side if _stays(side, treaties) else _Side(side.name, side.classes[:1], side.owner) for side in sides]
    known: dict[str, tuple[dict[str, Any], list[tuple[int, ...]]]] = {}
    for choice in itertools.product(*[range(len(side.classes)) for side in sides]):
        occur = all(_occurs(s, side, side.classes[n], choice[0], found) for side, n in zip(sides, choice, strict=True))
        if occur and _enough(s, sides, choice):
            one = record(_circumstance(s, parts, sides, choice))
            known.setdefault(_key(one), (one, []))[1].append(choice)
    every = [choice for _, group in known.values() for choice in group]
    return [{"when": _when(s, sides, group, every), **one} for one, group in known.values()]


def _stays(side: _Side, treaties: bool) -> bool:
    """Whether a side is looked at even where there are too many combinations: epochs, and treaties where they matter."""
    return side.owner is None or (treaties and side.owner[0] == "treaties")


def _sides(s: Structure, parts: Sequence[str], treaties: bool, found: Outcomes | None) -> list[_Side]:
    touching = s.parameters.touching(parts)
    sides = [_Side("", tuple((epoch,) for epoch in range(len(s.first))))]
    for t in s.treaties:
        if treaties or ("treaties", t) in touching:
            values = _first_first(STATUSES, s.tables["treaties"][t]["status"])
            sides.append(_side(s, f"treaty {t}", ("treaties", t), values, found, lambda status: status in ACTIVE))
        if treaties and s.one_by_one(t):
            sides += [_party(s, t, a, found) for a in s.tables["treaties"][t]["parties"]]
    for c in s.conditions:
        if ("conditions", c) in touching:
            table = s.tables["conditions"][c]
            sides.append(_side(s, f"condition {c}", ("conditions", c), _first_first(table["states"], table["initial"]), found))
    for a in s.actors:
        if ("actors", a) in touching:
            names = [leader["name"] for leader in s.tables["actors"][a].get("leaders", [])]
            sides.append(_side(s, f"{labels(s.tables)[a]}'s leader", ("actors", a), list(dict.fromkeys(names)), found))
    return [side for side in sides if side.classes]


def _party(s: Structure, treaty: str, actor: str, found: Outcomes | None) -> _Side:
    """Whether a party is bound, as far as either ever occurs."""
    joined = actor not in s.tables["treaties"][treaty]["outside"]
    values = _first_first([f"bound by {treaty}", f"out of {treaty}"], f"{'bound by' if joined else 'out of'} {treaty}")
    owner = (f"members.{treaty}", actor)
    classes = tuple((value,) for value in values if _ever(owner, value, 0, None, found))
    return _Side(labels(s.tables)[actor], classes, owner)


def _first_first(values: Sequence[Any], first: Any) -> list[Any]:
    return [first, *[x for x in values if x != first]]


def _side(
    s: Structure,
    name: str,
    owner: tuple[str, str],
    values: Sequence[Any],
    found: Outcomes | None,
    kind: Callable[[Any], Any] = lambda value: None,
) -> _Side:
    """The values that ever occur, in classes of the same kind and the same `while` table."""
    tables = s.tables[owner[0]][owner[1]]["while"]
    classes: dict[Any, list[Any]] = {}
    for value in values:
        if _ever(owner, value, 0, None, found):
            classes.setdefault((kind(value), value if value in tables else None), []).append(value)
    return _Side(name, tuple(map(tuple, classes.values())), owner)


def _occurs(s: Structure, side: _Side, values: tuple[Any, ...], epoch: int, found: Outcomes | None) -> bool:
    """Whether one of the values occurs in an epoch."""
    begin, end = [*s.first, s.rounds][epoch : epoch + 2]
    return side.owner is None or any(_ever(side.owner, value, begin, end, found) for value in values)


def _ever(owner: tuple[str, str], value: Any, begin: int, end: int | None, found: Outcomes | None) -> bool:
    if found is None or owner[0] == "actors":
        return True
    if owner[0].startswith("members."):
        treaty = owner[0].removeprefix("members.")
        bound = found.membership[treaty][begin:end, found.members[treaty].index(owner[1])]
        return bool((bound > 0 if value.startswith("bound") else bound < 1 - 1e-12).any())
    if owner[0] == "treaties":
        table, names = found.treaty_occupancy[owner[1]], found.statuses
    else:
        table, names = found.condition_occupancy[owner[1]], found.condition_states[owner[1]]
    return bool(table[begin:end, names.index(value)].any())


def _enough(s: Structure, sides: Sequence[_Side], choice: Sequence[int]) -> bool:
    """Whether every active treaty binds as many parties as it needs."""
    now = {side.owner: side.classes[n][0] for side, n in zip(sides, choice, strict=True)}
    for t in s.treaties:
        parties = [value for owner, value in now.items() if owner is not None and owner[0] == f"members.{t}"]
        bound = sum(value.startswith("bound") for value in parties)
        if parties and now.get(("treaties", t)) in ACTIVE and bound < s.tables["treaties"][t]["minimum_parties"]:
            return False
    return True


def _circumstance(s: Structure, parts: Sequence[str], sides: Sequence[_Side], choice: Sequence[int]) -> Circumstance:
    """The numbers under the first value of each class."""
    now = {side.owner: side.classes[n][0] for side, n in zip(sides, choice, strict=True) if side.owner is not None}
    active = tuple((*owner, now[owner]) for owner in s.parameters.owners if _changes(s, owner, now.get(owner)))
    p = s.parameters.in_effect(active, tuple(parts))
    on: dict[str, bool] = {}
    for t in s.treaties:
        for a in s.tables["treaties"][t]["parties"]:
            bound = now.get((f"members.{t}", a), "bound").startswith("bound")
            on[s.active(t, a)] = now.get(("treaties", t)) in ACTIVE and bound
    return Circumstance(p, tuple(on.values()), sides[0].classes[choice[0]][0])


def _changes(s: Structure, owner: tuple[str, str], value: Any) -> bool:
    return value is not None and value in s.tables[owner[0]][owner[1]]["while"]


def _key(record: Mapping[str, Any]) -> str:
    def rounded(x: Any) -> Any:
        if isinstance(x, Mapping):
            return {k: rounded(v) for k, v in x.items()}
        if isinstance(x, list | tuple):
            return [rounded(v) for v in x]
        return f"{x:.10g}" if isinstance(x, float) else x

    return repr(rounded(record))


# ---- saying when


def _when(s: Structure, sides: Sequence[_Side], group: list[tuple[int, ...]], every: list[tuple[int, ...]]) -> str:
    """Some of the combinations that occur in a few words; "always" if they are all."""
    if len(group) == len(every):
        return "always"
    return "; or ".join(_box(s, sides, box, every) for box in boxes(group, every))


def boxes(group: Sequence[tuple[int, ...]], every: Sequence[tuple[int, ...]]) -> list[Box]:
    """A few boxes (a set of values for each side) that hold these combinations, and of the others that occur none."""
    found: list[Box] = [tuple(frozenset([value]) for value in values) for values in group]
    mine = set(group)
    others = [values for values in every if values not in mine]
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


def _in(values: tuple[int, ...], box: Box) -> bool:
    return all(value in allowed for value, allowed in zip(values, box, strict=True))


def _inside(box: Box, other: Box) -> bool:
    return all(a <= b for a, b in zip(box, other, strict=True))


def _box(s: Structure, sides: Sequence[_Side], box: Box, every: list[tuple[int, ...]]) -> str:
    """A box in words; a side of which it holds all that goes with the rest is not named."""
    out = []
    for n, (side, allowed) in enumerate(zip(sides, box, strict=True)):
        wider = {values[n] for values in every if all(v in box[m] for m, v in enumerate(values) if m != n)}
        if wider <= allowed:
            continue
        if side.owner is None:
            out.append(_dates(s, sorted(allowed)))
        else:
            words = [str(v).replace("_", " ") for k, values in enumerate(side.classes) if k in allowed for v in values]
            out.append(f"{side.name} {series(words, 'or')}")
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
