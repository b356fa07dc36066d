"""Which parameters are in effect in a round: events by time, then while tables (docs/model.md, section 3)."""

from __future__ import annotations

import copy
from dataclasses import dataclass
from datetime import date
from typing import Any

from .paths import scale_step, set_step

Tables = dict[str, Any]


def decimal_year(day: date) -> float:
    """The date as year + (day of year - 1) / days in that year."""
    first, following = date(day.year, 1, 1), date(day.year + 1, 1, 1)
    return day.year + (date(day.year, day.month, day.day) - first).days / (following - first).days


def event_time(event: Tables, tables: Tables) -> float:
    """Years from the start to the event."""
    if "date" in event:
        return decimal_year(event["date"]) - decimal_year(tables["horizon"]["start"])
    return float(event["year"])


@dataclass(frozen=True)
class Calendar:
    """For each round t = 0..T: the tables in effect before while tables, their number, and the events of that date."""

    tables: list[Tables]
    epoch: list[int]
    events: list[list[Tables]]


def calendar(tables: Tables, rounds: int, dt: float) -> Calendar:
    """Apply the events in order of time; an event applies from the first round that starts at or after it."""
    queue = sorted(tables["events"], key=lambda event: event_time(event, tables))
    epochs, epoch, events = [tables], [], []
    for t in range(rounds + 1):
        due = []
        while len(queue) > 0 and event_time(queue[0], tables) <= t * dt + 1e-9:
            due.append(queue.pop(0))
        for event in due:
            if "set" in event or "scale" in event:
                changed = copy.deepcopy(epochs[-1])
                set_step(changed, event.get("set", {}).items())
                scale_step(changed, event.get("scale", {}).items())
                epochs.append(changed)
        epoch.append(len(epochs) - 1)
        events.append(due)
    return Calendar(epochs, epoch, events)


def with_while_tables(tables: Tables, statuses: tuple[str, ...], conditions: tuple[str, ...], leaders: tuple[str, ...]) -> Tables:
    """The tables with the while tables of this state applied: all `set` first, then all `scale`."""
    active = []
    for group, states in (("treaties", statuses), ("conditions", conditions), ("actors", leaders)):
        for part, state in zip(tables[group].values(), states, strict=True):
            if state in part.get("while", {}):
                active.append(part["while"][state])
    if len(active) == 0:
        return tables
    changed = copy.deepcopy(tables)
    set_step(changed, [item for changes in active for item in changes.get("set", {}).items()])
    scale_step(changed, [item for changes in active for item in changes.get("scale", {}).items()])
    return changed
