"""Escalation probability over calendar time, as curves (docs/model.md, section 1.3)."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from sim.declare import ABSENT, Key, Problem, Text
from sim.dilemma.parameters import time_of, year_of
from sim.dilemma.paths import dotted, split
from sim.figures import style
from sim.figures.cases import RUNG, Case, words
from sim.figures.drawing import Drawing
from sim.figures.panels import Line, Panels, data, gather, of_axes, of_engine, of_fixed, of_missing, paint, panel_name
from sim.study.experiment import ExperimentFile
from sim.study.figure_kind import VARIANT, FigureKind, Spec, of_number, of_roles, of_rung, shown
from sim.study.results import Results

MOST_MARKS = 8
"""Events that are marked; with more, the figure would be a fence."""
CLOSE = 0.025
"""Marks nearer to each other than this share of the horizon have one label."""

_SPLIT = "variant, rung or a swept parameter"
KEYS = (
    Key("rung", Text(), "The one rung shown; all of them where left out.", ABSENT),
    Key("group", Text(), f"One line for each: {_SPLIT}.", VARIANT),
    Key("panel", Text(), f"One panel for each: {_SPLIT}.", RUNG),
)


def problems(spec: Spec, experiment: ExperimentFile) -> Iterator[Problem]:
    """What is wrong with the entry."""
    yield from of_roles(KIND, spec, experiment, others=(RUNG,))
    yield from of_number(spec, experiment)
    yield from of_rung(spec, experiment)
    if spec["group"] == spec["panel"]:
        yield Problem(("panel",), "is what the lines are for already", spec["panel"])
    elif RUNG not in (spec["group"], spec["panel"]) and spec.get("rung") is None and len(experiment.rungs) > 1:
        hint = f'Write rung = "{experiment.rungs[-1]}", or panel = "rung".'
        yield Problem(("rung",), "missing: neither lines nor panels are for the rungs", hint=hint)


def draw(spec: Spec, results: Results) -> Drawing:
    """The figure from stored results."""
    experiment = results.experiment
    start = experiment.scenario.raw["horizon"].get("start")
    origin = year_of(start) if start is not None else 0.0

    def line(case: Case) -> Line:
        points = case.points(experiment)
        variant, rung = case.variant or experiment.variants[0], case.rung or experiment.rungs[-1]
        point = int(points[0]) if len(points) else -1
        years, y = results.path(variant, rung, point)
        if experiment.engine == "exact":
            return Line(origin + years, y)
        low, high = (results.path(variant, rung, point, s)[1] for s in ("interval_low", "interval_high"))
        return Line(origin + years, y, low, high)

    panels = gather(spec, experiment, line, probability=True)
    marks, unmarked = _marks(spec, experiment)
    notes = [f"{mark.letter}  {mark.when}: {mark.what}" for mark in marks]
    title = spec.get("title") or experiment.title
    x_label = "Year" if start is not None else "Years from the start"
    rung = spec.get("rung")
    y_label = f"Probability of {words(rung)}" if rung and spec["panel"] != RUNG else "Probability of reaching the rung"
    sheet = paint(spec, experiment, panels, title=title, x=x_label, y=y_label, probability=True, notes=notes)
    for ax in sheet.panels:
        ax.set_xlim(origin, origin + experiment.years)
        _mark(ax, marks, experiment.years)
        if start is not None:
            _whole_years(ax)
    extra = {} if start is None else {"date": lambda x: _date(x).isoformat()}
    columns, rows = data(panels, experiment, "calendar_year" if start is not None else "years", extra)
    span = f"{experiment.years:g} years from {f'{start.day} {start:%B %Y}' if start is not None else 'the start'}"
    sentences = (
        f"First passage: the probability that the rung, or a higher one, has been reached by then; {span}.",
        *([f"Vertical lines: {'; '.join(notes)}."] if notes else []),
        *([f"Events at {unmarked} times are not marked."] if unmarked else []),
        *of_axes(panels, experiment, True),
        *of_fixed(spec, experiment),
        *of_missing(panels),
        of_engine(experiment, panels.banded),
    )
    return Drawing(sheet.figure, title, columns, rows, sentences, _alt(title, panels, experiment))


def _date(year: float) -> datetime.date:
    """The day of a time in years (docs/model.md, section 3, the other way round)."""
    whole = int(np.floor(year + 1e-9))
    length = (datetime.date(whole + 1, 1, 1) - datetime.date(whole, 1, 1)).days
    return datetime.date(whole, 1, 1) + datetime.timedelta(days=min(round((year - whole) * length), length - 1))


def _whole_years(ax: Any) -> None:
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    ax.xaxis.set_major_locator(MaxNLocator(6, integer=True, steps=[1, 2, 5, 10]))
    ax.xaxis.set_major_formatter(FuncFormatter(lambda v, _: f"{v:.0f}"))


# ---- events


@dataclass(frozen=True)
class Mark:
    """An event of the scenario: where it stands on the horizontal axis, its letter, its date, and what happens."""

    x: float
    letter: str
    when: str
    what: str


def _marks(spec: Spec, experiment: ExperimentFile) -> tuple[list[Mark], int]:
    """The events of the variants shown, each time once, in order of time; none if there are too many, but then how many."""
    found: dict[float, dict[str, None]] = {}
    start = None
    for variant in shown(spec, experiment):
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
        day = _date(origin + time) if start is not None else None
        when = f"{day.day} {day:%b %Y}" if day is not None else f"year {time:g}"
        out.append(Mark(origin + time, chr(ord("a") + n), when, ", ".join(found[time])))
    return out, 0


def _said(event: Mapping[str, Any]) -> list[str]:
    """What an event does, in a few words each."""
    out = [f"{words(name)} expires" for name in event.get("expire", [])]
    out += [f"{words(name)} {words(status)}" for name, status in event.get("status", {}).items()]
    out += [f"{_short(path)} = {value:g}" for path, value in event.get("set", {}).items()]
    out += [f"{_short(path)} × {value:g}" for path, value in event.get("scale", {}).items()]
    return out


def _short(path: str) -> str:
    keys = split(path)
    return words(" ".join(keys[-2:] if keys[-1].isdecimal() else keys[-1:])) if "->" not in keys[-1] else dotted(keys[1:])


def _mark(ax: Any, marks: list[Mark], years: float) -> None:
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


def _alt(title: str, panels: Panels, experiment: ExperimentFile) -> str:
    said = []
    for n, lines in enumerate(panels.lines):
        ends = [
            f"{words(group.name) or 'the line'} {style.percent(float(f'{line.y[-1]:.3g}'))}"
            for group, line in zip(panels.groups, lines, strict=True)
            if len(line.y)
        ]
        name = panel_name(panels, n, experiment)
        said.append(f"{name + ': ' if name else ''}{', '.join(ends)}")
    return f"Rising curves: {title}. At the end of the horizon: {'; '.join(said)}."


KIND = FigureKind("curves", KEYS, ("group", "panel"), problems, draw, over_time=True)
