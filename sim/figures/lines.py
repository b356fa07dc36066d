"""An outcome, or its difference from a variant, against a swept parameter or across the variants."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final

import numpy as np

from sim.declare import ABSENT, Choice, Key, Problem, Text
from sim.dilemma.lookup import did_you_mean
from sim.figures import said
from sim.figures.cases import RUNG, Case, axis_label, cases, fixed, words
from sim.figures.drawing import Drawing
from sim.figures.panels import APART, CLOUD, JOINED, MOST_DOTS, Line, Panels, data, gather, paint, thinned
from sim.figures.quantity import (
    BAND,
    BASELINE,
    DIFFERENCE,
    PROBABILITY,
    SHOWN,
    WHICH,
    Quantity,
    Reading,
    joined,
    label,
    quantity,
    read,
)
from sim.figures.quantity import problems as of_quantity
from sim.study.design import Axis
from sim.study.experiment import ExperimentFile
from sim.study.figure_kind import ORDERED, VARIANT, FigureKind, Spec, compared, of_number, of_roles
from sim.study.names import column, columns
from sim.study.results import Results

MOST_ROWS: Final = 100_000
"""Rows of the CSV behind a cloud of dots."""
MOST_TOLD: Final = 6
"""Panels of which the alternative text tells."""
_SPLIT = "variant, rung or a swept parameter"

KEYS = (
    Key("x", Text(), 'What is along the horizontal axis: a swept parameter, or "variant".'),
    Key("y", Choice(SHOWN), f"The outcome shown; {DIFFERENCE} is that of {PROBABILITY} from a baseline.", PROBABILITY),
    BASELINE,
    *WHICH,
    Key("group", Text(), f"One line for each: {_SPLIT}.", VARIANT),
    Key("panel", Text(), f"One panel for each: {_SPLIT}; one panel where left out.", ABSENT),
    *BAND,
)


def problems(spec: Spec, experiment: ExperimentFile) -> Iterator[Problem]:
    """What is wrong with the entry."""
    spec = _sorted_out(spec)
    if spec["x"] != VARIANT and experiment.axis(spec["x"]) is None:
        known = [*(axis.name for axis in experiment.axes), VARIANT]
        swept = did_you_mean(spec["x"], known, "swept parameters")
        hint = swept if experiment.axes else f'Nothing is swept: write [sweep.parameters], or x = "{VARIANT}".'
        yield Problem(("x",), 'must be a swept parameter or "variant"', spec["x"], hint)
        return
    yield from of_roles(KIND, spec, experiment, others=(RUNG,) if spec["y"] in (PROBABILITY, DIFFERENCE) else ())
    yield from of_number(spec, experiment)
    yield from of_quantity(spec, experiment)
    if spec.get("band") is not None and _manner(spec, experiment) == CLOUD:
        hint = 'Write line = "mean" without band, or sweep a grid.'
        yield Problem(("band",), f"is not drawn for the dots of the design {experiment.design}", spec["band"], hint)


def _sorted_out(spec: Spec) -> Spec:
    """The entry with nothing for the lines where its variants are along the horizontal axis."""
    return {**spec, "group": None} if spec["x"] == VARIANT and spec["group"] == VARIANT else spec


def _manner(spec: Spec, experiment: ExperimentFile) -> str:
    axis = experiment.axis(spec["x"])
    if axis is None or axis.numbers is None:
        return APART
    return JOINED if experiment.design in ORDERED else CLOUD


def draw(spec: Spec, results: Results) -> Drawing:
    """The figure from stored results."""
    experiment = results.experiment
    shown, spec = quantity(spec, experiment), _sorted_out(spec)
    axis, manner = experiment.axis(spec["x"]), _manner(spec, experiment)
    regimes = axis is None and spec["group"] is None  # every variant is a line of one point, in its own look
    entry = {**spec, "group": VARIANT} if regimes else spec
    line = _across(spec, results, shown) if axis is None else _along(axis, spec, results, shown, manner)
    panels = gather(entry, experiment, line, shown)
    variants = compared(spec, experiment)
    categories = [words(v) for v in variants] if axis is None else _categories(axis)
    x_label = "" if axis is None else axis_label(axis, experiment)
    y_label = label(spec, shown, experiment)
    markers = axis is not None and len(axis) <= 25
    page = paint(
        entry,
        experiment,
        panels,
        shown,
        x=x_label,
        y=y_label,
        manner=manner,
        ticks=categories,
        markers=markers,
        named=not regimes,
    )
    for ax in page.panels:
        if page.ticks is not None:
            page.ticks.put(ax, np.arange(len(categories)))
            ax.set_xlim(-0.5, len(categories) - 0.5)
        else:
            ax.margins(x=0.02)
    names, rows = data(panels, shown, "position" if axis is None else column(axis.name))
    title = spec.get("title") or experiment.title
    one = len(experiment.index) == 1
    sentences = (
        f"{y_label}, {'by regime' if axis is None else f'against {x_label}'}.",
        *said.of_difference(shown),
        *said.of_axes(panels, experiment, shown),
        *said.of_fixed(spec, experiment),
        *([] if axis is None else [*_told(axis, spec, experiment, manner), *_thinned(panels, spec, experiment, manner)]),
        *said.of_missing(panels, experiment),
        *([] if axis is None else said.of_level(axis.paths, spec, experiment)),
        *(said.of_orderings(spec, results, _rungs(spec, experiment), 0) if one and shown.outcome == PROBABILITY else []),
        *said.of_engine(experiment, shown, panels.banded, panels.sampled and manner != CLOUD, joined=manner == JOINED),
    )
    return Drawing(page.figure, title, names, rows, sentences, _alt(title, y_label, x_label, panels, experiment, shown, manner))


def _rungs(spec: Spec, experiment: ExperimentFile) -> list[str]:
    """The rungs that the figure shows."""
    if spec.get("rung"):
        return [spec["rung"]]
    return list(experiment.rungs) if RUNG in (spec.get("panel"), spec["group"]) else list(experiment.rungs[-1:])


def _reading(case: Case, variant: str, points: np.ndarray, spec: Spec, results: Results, shown: Quantity) -> Reading:
    """What is shown of a variant at some points."""
    experiment = results.experiment
    last = experiment.rungs[-1] if experiment.rungs else ""
    key = (case.rung or last) if shown.outcome == PROBABILITY else (spec.get("actor") or "")
    return read(shown, lambda statistic: results.values(variant, shown.stored, key, spec.get("at_years"), statistic)[points])


def _across(spec: Spec, results: Results, shown: Quantity) -> Callable[[Case], Line]:
    """Lines over the variants, which stand side by side; a case that names a variant has it alone."""
    variants = compared(spec, results.experiment)

    def line(case: Case) -> Line:
        own = [case.variant] if case.variant is not None else list(variants)
        points = case.points(results.experiment)[:1]
        parts = [_reading(case, variant, points, spec, results, shown) for variant in own]
        at = np.array([variants.index(variant) for variant in own], dtype=float)
        return Line(at, joined(parts), {VARIANT: own})

    return line


def _along(axis: Axis, spec: Spec, results: Results, shown: Quantity, manner: str) -> Callable[[Case], Line]:
    """Lines along a swept parameter, with what else varies along them as further columns."""
    experiment = results.experiment
    n = experiment.axes.index(axis)
    at = axis.numbers if axis.numbers is not None else np.arange(len(axis), dtype=float)
    lines = len(cases(spec.get("panel"), spec, experiment)) * len(cases(spec["group"], spec, experiment))
    others = _others(axis, spec, experiment)
    names = columns((axis.name, *(path for _, path in others)))

    def line(case: Case) -> Line:
        points = case.points(experiment)
        if manner == CLOUD:
            points = points[thinned(len(points), MOST_ROWS // lines, experiment.seed)]
        which = experiment.index[points, n]
        order = np.argsort(at[which], kind="stable")
        points, which = points[order], which[order]
        extra: dict[str, Sequence[Any]] = {} if axis.numbers is not None else {"label": [axis.label(int(k)) for k in which]}
        for other, path in others:
            extra[names[path]] = [_value(other, path, int(k)) for k in experiment.index[points, experiment.axes.index(other)]]
        reading = _reading(case, case.variant or experiment.variants[0], points, spec, results, shown)
        return Line(at[which], reading, extra)

    return line


def _value(axis: Axis, path: str, k: int) -> Any:
    return axis.label(k) if axis.numbers is None else float(axis.values[k][axis.paths.index(path)])


def _others(axis: Axis, spec: Spec, experiment: ExperimentFile) -> list[tuple[Axis, str]]:
    """The parameters that vary along the lines together with their axis, with the axis of each."""
    named = [experiment.axis(spec[role]) for role in ("panel", "group") if spec.get(role)]
    out = [(axis, path) for path in axis.paths[1:]]
    if experiment.design == "grid":
        return out
    free = [a for a in experiment.axes if a is not axis and len(a) > 1 and all(a is not b for b in named)]
    chosen = [experiment.axis(name) for name in spec["where"]] if experiment.design != "zip" else []
    return [*out, *((a, path) for a in free if all(a is not b for b in chosen) for path in a.paths)]


def _categories(axis: Axis) -> list[str]:
    return [] if axis.numbers is not None else [axis.label(k) for k in range(len(axis))]


def _told(axis: Axis, spec: Spec, experiment: ExperimentFile, manner: str) -> list[str]:
    """What else varies along the lines."""
    others = _others(axis, spec, experiment)
    if not others:
        return []
    if manner == CLOUD:
        number = len({a.name for a, _ in others})
        return [f"Each dot is a point of the design {words(experiment.design)}; {number} other parameters vary from dot to dot."]
    order = np.argsort(axis.numbers, kind="stable") if axis.numbers is not None else np.arange(len(axis))
    ends = []
    for other, path in others:  # the n-th values of all axes go together
        first, last = (_value(other, path, int(k)) for k in order[[0, -1]])
        ends.append(f"{path} from {first:g} to {last:g}" if other.numbers is not None else f"{path} from {first} to {last}")
    return [f"Varied together with it: {'; '.join(ends)}."]


def _thinned(panels: Panels, spec: Spec, experiment: ExperimentFile, manner: str) -> list[str]:
    """What is not drawn of very many dots."""
    if manner != CLOUD:
        return []
    out = ["Every dot has a sampling error; its 95 % interval is in the data beside the figure."] if panels.sampled else []
    most = max(sum(len(line.x) for line in lines) for lines in panels.lines)
    if most > MOST_DOTS:
        out.append(f"Drawn are {MOST_DOTS:,} dots a panel, chosen at random.")
    whole = fixed(spec, experiment)
    every = sum(len(g.within(p).within(whole).points(experiment)) for p in panels.panels for g in panels.groups)
    if sum(len(line.x) for lines in panels.lines for line in lines) < every:
        out.append(f"The data beside the figure hold about {MOST_ROWS:,} of the dots, chosen at random.")
    return out


def _alt(title: str, y: str, x: str, panels: Panels, experiment: ExperimentFile, shown: Quantity, manner: str) -> str:
    parts = []
    for n, lines in enumerate(panels.lines):
        ends = []
        for group, line in zip(panels.groups, lines, strict=True):
            sound = line.y[np.isfinite(line.y)]
            if len(sound):
                first, last = (
                    said.number(float(v), shown)
                    for v in ((sound.min(), sound.max()) if not x or manner == CLOUD else (sound[0], sound[-1]))
                )
                ends.append(f"{words(group.name) or 'the line'} {first if first == last else f'from {first} to {last}'}")
        name = panels.name(n, experiment)
        parts.append(f"{name + ': ' if name else ''}{', '.join(ends)}")
    what = {
        JOINED: "Line chart",
        APART: "Dots with bars" if panels.banded or panels.sampled else "Dots",
        CLOUD: "Scatter of dots",
    }
    if len(parts) > MOST_TOLD:
        parts = [*parts[:MOST_TOLD], f"and {len(parts) - MOST_TOLD} more panels"]
    return f"{what[manner]}: {said.closed(title)} {y}{f' against {x}' if x else ', by regime'}. {'; '.join(parts)}."


KIND = FigureKind("lines", KEYS, ("x", "group", "panel"), problems, draw)
