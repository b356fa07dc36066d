"""Escalation probability over calendar time, or its difference from a variant, as curves (docs/model.md, section 1.3)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sim.declare import ABSENT, Choice, Key, Problem, Text
from sim.dilemma.parameters import year_of
from sim.figures import said
from sim.figures.cases import RUNG, Case, words
from sim.figures.drawing import Drawing
from sim.figures.events import date_of, marks_of, put
from sim.figures.panels import Panels, data, gather, paint
from sim.figures.quantity import BAND, BASELINE, DIFFERENCE, PROBABILITY, Quantity, quantity, read
from sim.figures.quantity import problems as of_quantity
from sim.figures.ranges import Line
from sim.study.experiment import ExperimentFile
from sim.study.figure_kind import VARIANT, FigureKind, Spec, of_number, of_roles
from sim.study.results import Results

_SPLIT = "variant, rung or a swept parameter"
KEYS = (
    Key(
        "y", Choice((PROBABILITY, DIFFERENCE)), f"The probability; with {DIFFERENCE} how far it is from a baseline.", PROBABILITY
    ),
    BASELINE,
    Key("rung", Text(), "The one rung shown; all of them where left out.", ABSENT),
    Key("group", Text(), f"One line for each: {_SPLIT}.", VARIANT),
    Key("panel", Text(), f"One panel for each: {_SPLIT}.", RUNG),
    *BAND,
)


def problems(spec: Spec, experiment: ExperimentFile) -> Iterator[Problem]:
    """What is wrong with the entry."""
    if experiment.model is not None:
        message = f"is for the core model: outcomes of {experiment.model.name} have no time"
        yield Problem(("kind",), message, "curves", 'Draw kind = "lines", "map", "plane" or "states".')
        return
    yield from of_roles(KIND, spec, experiment, others=(RUNG,))
    yield from of_number(spec, experiment)
    yield from of_quantity(spec, experiment)
    if spec["group"] == spec["panel"]:
        yield Problem(("panel",), "is what the lines are for already", spec["panel"])
    elif RUNG not in (spec["group"], spec["panel"]) and spec.get("rung") is None and len(experiment.rungs) > 1:
        hint = f'Write rung = "{experiment.rungs[-1]}", or panel = "rung".'
        yield Problem(("rung",), "missing: neither lines nor panels are for the rungs", hint=hint)


def draw(spec: Spec, results: Results) -> Drawing:
    """The figure from stored results."""
    experiment = results.experiment
    shown = quantity(spec, experiment)
    start = experiment.scenario.raw["horizon"].get("start")
    origin = year_of(start) if start is not None else 0.0

    def line(case: Case) -> Line:
        points = case.points(experiment)
        variant, rung = case.variant or experiment.variants[0], case.rung or experiment.rungs[-1]
        point = int(points[0]) if len(points) else -1

        def path(statistic: str) -> Any:
            return results.path(variant, rung, point, statistic, shown.stored)

        at = origin + path(shown.statistic)[0]
        extra = {} if start is None else {"date": [date_of(float(x)).isoformat() for x in at]}
        return Line(at, read(shown, lambda statistic: path(statistic)[1]), extra)

    panels = gather(spec, experiment, line, shown)
    marks, unmarked = marks_of(spec, experiment)
    notes = [f"{one.letter}  {one.when}: {one.what}" for one in marks]
    x_label = "Year" if start is not None else "Years from the start"
    page = paint(spec, experiment, panels, shown, x=x_label, y=_y_label(spec, shown), notes=notes)
    for ax in page.panels:
        ax.set_xlim(origin, origin + experiment.years)
        put(ax, marks, experiment.years)
        if start is not None:
            _whole_years(ax)
    columns, rows = data(panels, shown, "calendar_year" if start is not None else "years")
    span = f"{experiment.years:g} years from {f'{start.day} {start:%B %Y}' if start is not None else 'the start'}"
    sentences = (
        f"First passage: the probability that the rung, or a higher one, has been reached by then; {span}.",
        *said.of_difference(shown),
        *([f"Vertical lines: {'; '.join(notes)}."] if notes else []),
        *([f"Events at {unmarked} times are not marked."] if unmarked else []),
        *said.of_axes(panels, experiment, shown),
        *said.of_fixed(spec, experiment),
        *said.of_missing(panels, spec, results, shown),
        *_of_orderings(spec, results),
        *said.of_engine(experiment, shown, panels.banded, panels.sampled),
    )
    title = spec.get("title") or experiment.title
    return Drawing(page.figure, title, columns, rows, sentences, _alt(title, panels, experiment, shown))


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
            f"{words(group.name) or 'the line'} {said.number(float(line.y[-1]), shown)}"
            for group, line in zip(panels.groups, lines, strict=True)
            if len(line.y)
        ]
        name = panels.name(n, experiment)
        parts.append(f"{name + ': ' if name else ''}{', '.join(ends)}")
    kind = "Rising curves" if shown.baseline is None else "Curves about zero"
    return f"{kind}: {said.closed(title)} At the end of the horizon: {'; '.join(parts)}."


KIND = FigureKind("curves", KEYS, ("group", "panel"), problems, draw, over_time=True)
