"""What is in effect: variants, events and `while` tables (docs/model.md, section 3).

Tables are plain nested dicts with the keys of the file.  They are never changed in place: every function gives a new one.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

import numpy as np

from sim.dilemma.paths import Tables, adjusted, dotted, split

Active = tuple[tuple[str, str, str], ...]
"""The `while` tables in effect: (group, name, status, state or leader) each."""

_NAMED = ("treaties", "conditions", "channels")


# ---- variants


def merge(base: Tables, patch: Mapping[str, Any]) -> Tables:
    """A file's tables with a variant's merged in, and without what they say of treaties, conditions, channels and accusations
    that it removes."""
    out = _merge(base, patch)
    gone = {g: set(base.get(g, {})) - set(out.get(g, {})) for g in _NAMED}
    gone["actors"] = _accusers(base) - _accusers(out)  # of these actors, their accusations
    return _forget(out, gone) if any(gone.values()) else out


def _accusers(tables: Tables) -> set[str]:
    return {name for name, actor in tables.get("actors", {}).items() if "accusation" in actor}


EITHER_OR: Final = (("leaders", "strategy"), ("strategy", "leaders"))
"""Keys of which an actor has one: giving the first removes the second."""


def _merge(base: Mapping[str, Any], patch: Mapping[str, Any]) -> Tables:
    out = dict(base)
    for key, value in patch.items():
        old = out.get(key)
        if value is False and (isinstance(old, dict) or (isinstance(old, list) and all(isinstance(x, dict) for x in old))):
            del out[key]
            continue
        replaced = key != "monitoring" and isinstance(value, Mapping) and bool({"kind", "distribution"} & set(value))
        if isinstance(value, Mapping) and isinstance(old, dict) and not replaced:
            out[key] = _merge(old, value)
        else:
            out[key] = value
        for one, other in EITHER_OR:
            if key == one and other not in patch:
                out.pop(other, None)
    return out


def _forget(tables: Tables, gone: Mapping[str, set[str]]) -> Tables:
    """The tables without what events, `while`, `on` and `cascade` say of the parts that are gone."""

    def heard(event: str) -> bool:
        return event.startswith(("arming.", "alarm.")) or event.split(".")[1:2] not in [[t] for t in gone["treaties"]]

    def stays(path: str) -> bool:
        head, *rest = split(path)
        if rest and rest[0] in gone.get(head, ()):
            return head == "actors" and rest[1:2] != ["accusation"]
        if head == "conditions" and rest[1:2] == ["on"] and len(rest) > 2:
            return heard(rest[2])
        return not (head == "treaties" and rest[1:2] == ["cascade"] and rest[2:3] and rest[2] in gone["treaties"])

    def change(table: Mapping[str, Any]) -> Tables:
        return {k: {p: x for p, x in v.items() if stays(p)} if k in ("set", "scale") else v for k, v in table.items()}

    def part(table: Mapping[str, Any]) -> Tables:
        out = dict(table)
        if "while" in out:
            out["while"] = {k: change(v) for k, v in out["while"].items()}
        if isinstance(out.get("cascade"), dict):
            out["cascade"] = {k: v for k, v in out["cascade"].items() if k not in gone["treaties"]}
        if "on" in out:
            out["on"] = {e: v for e, v in out["on"].items() if heard(e)}
        return out

    def event(table: Mapping[str, Any]) -> Tables:
        out = change(table)
        if "status" in out:
            out["status"] = {k: v for k, v in out["status"].items() if k not in gone["treaties"] | gone["conditions"]}
        if "leave" in out:
            out["leave"] = {t: parties for t, parties in out["leave"].items() if t not in gone["treaties"]}
        if "expire" in out:
            out["expire"] = [t for t in out["expire"] if t not in gone["treaties"]]
        return out

    out = dict(tables)
    for group in ("actors", "treaties", "conditions"):
        if group in out:
            out[group] = {name: part(table) for name, table in out[group].items()}
    if "events" in out:
        out["events"] = [event(e) for e in out["events"]]
    return out


# ---- time


@dataclass(frozen=True)
class Epoch:
    """What is in effect from round `first` on, and the events that force or expire when it begins, in order."""

    first: int
    tables: Tables
    forced: tuple[Mapping[str, Any], ...] = ()


def rounds_of(tables: Tables) -> int:
    """T, the number of rounds (halves to the even number)."""
    return round(tables["horizon"]["years"] * tables["horizon"]["rounds_per_year"])


def year_of(day: date) -> float:
    """A date as a year with its fraction."""
    length = 366 if day.year % 4 == 0 and (day.year % 100 != 0 or day.year % 400 == 0) else 365
    return day.year + (day.timetuple().tm_yday - 1) / length


def time_of(event: Mapping[str, Any], tables: Tables) -> float:
    """The time of an event in years from the start."""
    if event.get("year") is not None:
        return float(event["year"])
    return year_of(event["date"]) - year_of(tables["horizon"]["start"])


def epochs(tables: Tables) -> list[Epoch]:
    """The epochs of a scenario: one at round 0, and one at every later round at whose start an event takes effect."""
    per_year, out = tables["horizon"]["rounds_per_year"], [Epoch(0, tables)]
    for event in sorted(tables.get("events", []), key=lambda e: time_of(e, tables)):
        first = max(0, math.ceil((time_of(event, tables) - 1e-9) * per_year))
        if first > rounds_of(tables):  # one at T itself still shows in the occupancies at T
            continue
        now = adjusted(out[-1].tables, [event])
        forced = (event,) if event.get("status") or event.get("leave") or event.get("expire") else ()
        if first == out[-1].first:
            out[-1] = Epoch(first, now, out[-1].forced + forced)
        else:
            out.append(Epoch(first, now, forced))
    return out


# ---- what lotteries see


@dataclass
class InEffect:
    """The numbers in effect under some `while` tables, as arrays (epochs or 1, points or 1), and what was worked out from them.

    `tables` has the parts that a move declared and no others; `derived` is shared by all views of the same numbers.
    """

    tables: Tables
    derived: dict[Any, Any] = field(default_factory=dict)

    def __getitem__(self, part: str) -> Any:
        return self.tables[part]

    def derive(self, key: Any, function: Callable[[InEffect], Any]) -> Any:
        """function(self), worked out once."""
        if key not in self.derived:
            self.derived[key] = function(self)
        return self.derived[key]


class Parameters:
    """The numbers in effect in every epoch, for every combination of `while` tables; each is worked out when first asked for."""

    def __init__(self, plan: Sequence[Epoch], finish: Callable[[Tables], Tables]) -> None:
        """`finish` fills in an actor's own numbers and defaults that follow others, after all changes."""
        self._plan, self._finish = plan, finish
        self._tables = plan[0].tables
        self._known: dict[Active, InEffect] = {}
        self._views: dict[tuple[Active, tuple[str, ...]], InEffect] = {}
        self.owners = [
            (group, name)
            for group in ("treaties", "conditions", "actors")
            for name, part in self._tables.get(group, {}).items()
            if part.get("while")
        ]

    def touching(self, parts: Sequence[str]) -> list[tuple[str, str]]:
        """The owners of `while` tables that say something of these parts, in the order in which they count."""
        return [owner for owner in self.owners if any(self._of(path) in parts for path in self._paths(*owner))]

    def _paths(self, group: str, name: str) -> Iterable[str]:
        for table in self._tables[group][name]["while"].values():
            yield from table.get("set", {})
            yield from table.get("scale", {})

    @staticmethod
    def _of(path: str) -> str:
        keys = split(path)
        return dotted(keys[:2]) if keys[0] in ("actors", "treaties", "conditions") else keys[0]

    def states(self, owner: tuple[str, str]) -> Mapping[str, Any]:
        """The `while` tables of an owner by the status, state or leader in which they are in effect."""
        return self._tables[owner[0]][owner[1]]["while"]

    def in_effect(self, active: Active, parts: tuple[str, ...]) -> InEffect:
        """The numbers of some parts while some tables are in effect."""
        view = self._views.get((active, parts))
        if view is None:
            whole = self._known.get(active)
            if whole is None:
                whole = self._known[active] = InEffect(self._resolve(active))
            view = self._views[active, parts] = InEffect(_only(whole.tables, parts), whole.derived)
        return view

    def _resolve(self, active: Active) -> Tables:
        changes = [self._tables[g][n]["while"][s] for g, n, s in active]
        return _stacked([self._finish(adjusted(epoch.tables, changes)) for epoch in self._plan])


def _only(tables: Tables, parts: tuple[str, ...]) -> Tables:
    out: Tables = {}
    for part in parts:
        head, *rest = split(part)
        if rest:
            out.setdefault(head, {})[rest[0]] = tables[head][rest[0]]
        else:
            out[head] = tables.get(head, {})
    return out


def _stacked(versions: Sequence[Any]) -> Any:
    """One table of several epochs' tables: every number as an array (epochs or 1, points or 1)."""
    first = versions[0]
    if isinstance(first, dict):
        return {k: _stacked([v[k] for v in versions]) for k in first}
    if isinstance(first, list):
        return [_stacked(list(items)) for items in zip(*versions, strict=True)]
    if isinstance(first, (bool, str, date)) or first is None:
        return first
    if all(v is first or (np.ndim(v) == 0 and np.ndim(first) == 0 and v == first) for v in versions):
        return np.asarray(first, float).reshape(1, -1)
    width = max(np.size(v) for v in versions)
    return np.stack([np.broadcast_to(np.asarray(v, float).reshape(-1), (width,)) for v in versions])
