"""An outcome over calendar time, or the difference of a probability from a variant, as curves (docs/model.md, section 1.3)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import numpy as np

from sim.declare import ABSENT, Choice, Key, Problem, Text
from sim.dilemma.parameters import year_of
from sim.figures import outcomes, overlays, said, style
from sim.figures.asked import arranged, is_more, of_lacking
from sim.figures.cases import RUNG, Case, words
from sim.figures.drawing import Drawing
from sim.figures.events import date_of, marks_of, put
from sim.figures.outcomes import ENTRY
from sim.figures.panels import Panels, data, gather, paint
from sim.figures.quantity import BAND, BASELINE, DIFFERENCE, PROBABILITY, Quantity, label, quantity, read
from sim.figures.quantity import problems as of_quantity
from sim.figures.ranges import LOG_Y, Line, is_log, logged, make_log, of_log
from sim.study.experiment import ExperimentFile
from sim.study.figure_kind import VARIANT, FigureKind, Spec, compared, of_number, of_roles
from sim.study.more import MORE, TIMELESS
from sim.study.results import Results

OVER_TIME: Final = (PROBABILITY, DIFFERENCE, *(name for name in MORE if name not in TIMELESS))
_SPLIT = "variant, rung or a swept parameter; entry of an outcome with entries"
KEYS = (
    Key("y", Choice(OVER_TIME), f"The outcome; {DIFFERENCE} is how far {PROBABILITY} is from a baseline.", PROBABILITY),
    BASELINE,
    Key("rung", Text(), "The one rung shown; all of them where left out.", ABSENT),
    Key("actor", Text(), "The one actor shown of arming; all of them where left out.", ABSENT),
    *outcomes.KEYS,
    Key("group", Text(), f"One line for each: {_SPLIT}.", VARIANT),
    Key("panel", Text(), f"One panel for each: {_SPLIT}. Of an outcome with entries what group leaves.", RUNG),
    *BAND,
    LOG_Y,
    *overlays.KEYS,
)


def problems(spec: Spec, experiment: ExperimentFile) -> Iterator[Problem]:
    """What is wrong with the entry."""
    if found := list(_of_curves(spec, experiment)):
        yield from found
        return
    now, shown = arranged(spec, experiment), quantity(spec, experiment)
    at = _position(experiment)
    yield from overlays.problems(now, experiment, at, outcome=shown.outcome, probability=shown.probability)


def _position(experiment: ExperimentFile) -> overlays.Position:
    return overlays.over_time(experiment.scenario.raw["horizon"].get("start"), experiment.years)


def _of_curves(spec: Spec, experiment: ExperimentFile) -> Iterator[Problem]:
    if experiment.model is not None:
        message = f"is for the core model: outcomes of {experiment.model.name} have no time"
        yield Problem(("kind",), message, "curves", 'Draw kind = "lines", "map", "plane" or "states".')
        return
    if is_more(spec, experiment):
        yield from _of_more(spec, experiment)
        return
    yield from of_roles(KIND, spec, experiment, others=(RUNG,))
    yield from of_number(spec, experiment)
    yield from of_quantity(spec, experiment)
    yield from of_log(spec, experiment, {})
    if spec["group"] == spec["panel"]:
        yield Problem(("panel",), "is what the lines are for already", spec["panel"])
    elif RUNG not in (spec["group"], spec["panel"]) and spec.get("rung") is None and len(experiment.rungs) > 1:
        hint = f'Write rung = "{experiment.rungs[-1]}", or panel = "rung".'
        yield Problem(("rung",), "missing: neither lines nor panels are for the rungs", hint=hint)


def _of_more(spec: Spec, experiment: ExperimentFile) -> Iterator[Problem]:
    """What is wrong with curves of an outcome with entries."""
    yield from of_quantity(spec, experiment)
    yield from of_log(spec, experiment, {})
    if not experiment.entries(spec["y"]):
        return
    now = arranged(spec, experiment)
    yield from of_roles(KIND, now, experiment, others=(ENTRY,))
    yield from of_number(now, experiment)
    if now["group"] == now["panel"] == ENTRY:
        yield Problem(("panel",), "is what the lines are for already", ENTRY)


def draw(spec: Spec, results: Results) -> Drawing:
    """The figure from stored results."""
    experiment = results.experiment
    shown, lacking, more = quantity(spec, experiment), of_lacking(spec, experiment), is_more(spec, experiment)
    spec = arranged(spec, experiment)
    start = experiment.scenario.raw["horizon"].get("start")
    origin = year_of(start) if start is not None else 0.0

    def line(case: Case) -> Line:
        points = case.points(experiment)
        variant = case.variant or compared(spec, experiment)[0]
        key = case.entries(spec)[0] if more else case.rung or experiment.rungs[-1]
        point = int(points[0]) if len(points) else -1

        def path(statistic: str) -> Any:
            return results.path(variant, key, point, statistic, shown.stored)

        years = path(shown.statistic)[0]
        at = origin + years
        extra = {} if start is None else {"date": [date_of(float(x)).isoformat() for x in at]}
        return Line(at, read(shown, lambda statistic: _at(years, *path(statistic))), extra)

    panels = gather(spec, experiment, line, shown, _position(experiment))
    marks, unmarked = marks_of(spec, experiment)
    notes = [f"{one.letter}  {one.when}: {one.what}" for one in marks]
    x_label = "Year" if start is not None else "Years from the start"
    y_label = label(spec, shown, experiment, when=False) if more else _y_label(spec, shown)
    page = paint(spec, experiment, panels, shown, x=x_label, y=y_label, notes=notes)
    for ax, ends in zip(page.panels, panels.ranges, strict=True):
        if is_log(spec, "y"):
            make_log(ax, "y", ends, style.percent if shown.probability else None)
        ax.set_xlim(origin, origin + experiment.years)
        put(ax, marks, experiment.years)
        if start is not None:
            _whole_years(ax)
    columns, rows = data(panels, shown, "calendar_year" if start is not None else "years")
    span = f"{experiment.years:g} years from {f'{start.day} {start:%B %Y}' if start is not None else 'the start'}"
    first = "First passage: the probability that the rung, or a higher one, has been reached by then"
    sentences = (
        f"{outcomes.meaning(shown.outcome, experiment).removesuffix('.') if more else first}; {span}.",
        *lacking,
        *said.of_difference(shown),
        *([f"Vertical lines: {'; '.join(notes)}."] if notes else []),
        *([f"Events at {unmarked} times are not marked."] if unmarked else []),
        *said.of_overlays(panels, shown),
        *said.of_axes(panels, experiment, shown),
        *logged(spec, np.concatenate([line.y for lines in panels.lines for line in lines])),
        *(said.of_beyond(panels) if spec.get("axis") else []),
        *said.of_fixed(spec, experiment),
        *said.of_missing(panels, spec, results, shown),
        *(_of_orderings(spec, results) if not more else []),
        *said.of_engine(experiment, shown, panels.banded, panels.sampled),
    )
    title = spec.get("title") or experiment.title
    return Drawing(page.figure, title, columns, rows, sentences, _alt(title, panels, experiment, shown))


def _at(years: np.ndarray, known: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Values at some years; nan where nothing is known, as a statistic may be undefined where another is not."""
    if len(years) == len(known):
        return values
    return np.array([dict(zip(known.tolist(), values.tolist(), strict=True)).get(t, np.nan) for t in years.tolist()])


def _of_orderings(spec: Spec, results: Results) -> list[str]:
    """Which variant comes before which in the draws, if the figure shows one point of the sweep."""
    experiment = results.experiment
    if len(experiment.index) > 1:
        return []
    rungs = [spec["rung"]] if spec.get("rung") else list(experiment.rungs)
    return said.of_orderings(spec, results, rungs, 0)


def _y_label(spec: Spec, shown: Quantity) -> str:
    rung = spec.get("rung")
    what = f"Probability of {words(rung)}" if rung and spec["panel"] != RUNG else "Probability of reaching the rung"
    return what if shown.baseline is None else f"{what}, minus that under {words(shown.baseline)} (percentage points)"


def _whole_years(ax: Any) -> None:
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    ax.xaxis.set_major_locator(MaxNLocator(6, integer=True, steps=[1, 2, 5, 10]))
    ax.xaxis.set_major_formatter(FuncFormatter(lambda v, _: f"{v:.0f}"))


def _alt(title: str, panels: Panels, experiment: ExperimentFile, shown: Quantity) -> str:
    parts = []
    for n, lines in enumerate(panels.lines):
        ends = [
            f"{group.label or words(group.name) or 'the line'} {said.number(float(line.y[-1]), shown)}"
            for group, line in zip(panels.groups, lines, strict=True)
            if len(line.y)
        ]
        name = panels.name(n, experiment)
        parts.append(f"{name + ': ' if name else ''}{', '.join(ends)}")
    kind = "Curves about zero" if shown.baseline is not None else "Rising curves" if shown.outcome == PROBABILITY else "Curves"
    beside = f" Drawn over them: {', '.join(panels.overlays.labels)}." if panels.overlays else ""
    return f"{kind}: {said.closed(title)} At the end of the horizon: {'; '.join(parts)}.{beside}"


KIND = FigureKind("curves", KEYS, ("group", "panel"), problems, draw, over_time=True)
