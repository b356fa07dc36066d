"""The events of a scenario, marked in figures over calendar time (docs/model.md, section 3)."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from sim.dilemma.parameters import time_of, year_of
from sim.dilemma.paths import dotted, split
from sim.figures.cases import words
from sim.study.experiment import ExperimentFile
from sim.study.figure_kind import Spec, shown

MOST_MARKS = 8
"""Events that are marked; with more, the figure would be a fence."""
CLOSE = 0.025
"""Marks nearer to each other than this share of the horizon have one label."""


@dataclass(frozen=True)
class Mark:
    """An event of the scenario: where it stands on the horizontal axis, its letter, its date, and what happens."""

    x: float
    letter: str
    when: str
    what: str


def date_of(year: float) -> datetime.date:
    """The day of a time in years (docs/model.md, section 3, the other way round)."""
    whole = int(np.floor(year + 1e-9))
    length = (datetime.date(whole + 1, 1, 1) - datetime.date(whole, 1, 1)).days
    return datetime.date(whole, 1, 1) + datetime.timedelta(days=min(round((year - whole) * length), length - 1))


def marks_of(spec: Spec, experiment: ExperimentFile) -> tuple[list[Mark], int]:
    """The events of the variants shown, and of the one they are compared with, in order of time; each time once.

    None if there are too many, but then how many.
    """
    found: dict[float, dict[str, None]] = {}
    start = None
    compared = [str(spec["baseline"])] if spec.get("baseline") else []
    for variant in dict.fromkeys([*shown(spec, experiment), *compared]):
        tables = experiment.scenario.tables(variant)
        start = tables["horizon"].get("start")
        for event in tables["events"]:
            said = _said(event)
            if said:
                found.setdefault(time_of(event, tables), {}).update(dict.fromkeys(said))
    if len(found) > MOST_MARKS:
        return [], len(found)
    origin = year_of(start) if start is not None else 0.0
    out = []
    for n, time in enumerate(sorted(found)):
        day = date_of(origin + time) if start is not None else None
        when = f"{day.day} {day:%b %Y}" if day is not None else f"year {time:g}"
        out.append(Mark(origin + time, chr(ord("a") + n), when, ", ".join(found[time])))
    return out, 0


def _said(event: Mapping[str, Any]) -> list[str]:
    """What an event does, in a few words each."""
    out = [f"{words(name)} expires" for name in event.get("expire", [])]
    out += [f"{words(name)} {words(status)}" for name, status in event.get("status", {}).items()]
    out += [f"{words(party)} out of {words(name)}" for name, parties in event.get("leave", {}).items() for party in parties]
    out += [f"{_short(path)} = {value:g}" for path, value in event.get("set", {}).items()]
    out += [f"{_short(path)} × {value:g}" for path, value in event.get("scale", {}).items()]
    return out


def _short(path: str) -> str:
    keys = split(path)
    return words(" ".join(keys[-2:] if keys[-1].isdecimal() else keys[-1:])) if "->" not in keys[-1] else dotted(keys[1:])


def put(ax: Any, marks: list[Mark], years: float) -> None:
    """Thin vertical lines with letters above the panel; letters of neighbours share a place."""
    placed: list[tuple[list[float], list[str]]] = []
    for mark in marks:
        ax.axvline(mark.x, color="0.55", linewidth=0.7, linestyle=(0, (2, 2)), zorder=1, gid=f"event {mark.letter}")
        if placed and mark.x - placed[-1][0][-1] < CLOSE * years:
            placed[-1][0].append(mark.x)
            placed[-1][1].append(mark.letter)
        else:
            placed.append(([mark.x], [mark.letter]))
    for at, letters in placed:
        ax.annotate(
            " ".join(letters),
            (sum(at) / len(at), 1.0),
            xycoords=("data", "axes fraction"),
            xytext=(0, 1.5),
            textcoords="offset points",
            ha="center",
            va="bottom",
            fontsize=7.5,
            color="0.3",
            annotation_clip=False,
        )
