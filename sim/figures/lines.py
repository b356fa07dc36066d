"""An outcome, or its difference from a variant, against a swept parameter, across the variants or over its own entries."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Final

import numpy as np

from sim.declare import ABSENT, Choice, Either, Key, Problem, Text
from sim.dilemma.lookup import did_you_mean
from sim.figures import outcomes, overlays, said, style
from sim.figures.asked import arranged, is_more, of_lacking
from sim.figures.cases import RUNG, axis_label, numbers_along, words
from sim.figures.coinciding import of_lines
from sim.figures.drawing import Drawing
from sim.figures.outcomes import ENTRY, SERIES, with_entries
from sim.figures.panels import APART, CLOUD, JOINED, Panels, data, gather, paint
from sim.figures.quantity import BAND, BASELINE, DIFFERENCE, PROBABILITY, SHOWN, WHICH, Quantity, label, quantity
from sim.figures.quantity import problems as of_quantity
from sim.figures.ranges import LOG, count_along, decades, is_log, jumps, logged, make_log, of_log, whole
from sim.figures.tracks import across, along, left_out, manner_of, over_entries, steps_of, told
from sim.study.design import Axis
from sim.study.experiment import ExperimentFile
from sim.study.figure_kind import VARIANT, FigureKind, Spec, compared, of_number, of_roles
from sim.study.more import MORE
from sim.study.names import column
from sim.study.results import Results

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MOST_MARKED: Final = 25
"""Points of a line that are marked one by one."""
MOST_TOLD: Final = 6
"""Panels of which the alternative text tells."""
_SPLIT = "variant, rung or a swept parameter; entry or series of an outcome with entries"

KEYS = (
    Key("x", Text(), 'What is along the horizontal axis: a swept parameter, "variant", or "entry" (outcomes with entries).'),
    Key(
        "y",
        Either((Text(), Choice(SHOWN))),
        f"The outcome shown; {DIFFERENCE} is that of {PROBABILITY} from a baseline. Any outcome of a canonical model.",
        PROBABILITY,
    ),
    BASELINE,
    *WHICH,
    *outcomes.KEYS,
    Key("group", Text(), f"One line for each: {_SPLIT}.", VARIANT),
    Key("panel", Text(), f"One panel for each: {_SPLIT}; one panel where left out.", ABSENT),
    *BAND,
    LOG,
    Key("x_label", Text(), "The name of the horizontal axis; made from x where left out.", ABSENT),
    Key("y_label", Text(), "The name of the vertical axis; made from y where left out.", ABSENT),
    *overlays.KEYS,
)


def problems(spec: Spec, experiment: ExperimentFile) -> Iterator[Problem]:
    """What is wrong with the entry."""
    if found := list(_of_lines(spec, experiment)):
        yield from found
        return
    shown = quantity(spec, experiment)
    now = _sorted_out(arranged(spec, experiment), experiment)
    if experiment.model is not None:
        now = {**now, "entries": [now["entry"]] if now.get("entry") else now.get("entries") or experiment.entries(spec["y"])}
    at = _position(experiment.axis(spec["x"]), now, experiment)
    yield from overlays.problems(now, experiment, at, outcome=shown.outcome, probability=shown.probability)


def _of_lines(spec: Spec, experiment: ExperimentFile) -> Iterator[Problem]:
    written, more = spec, is_more(spec, experiment)
    spec = _sorted_out(arranged(spec, experiment), experiment)
    canonical = experiment.model is not None or more
    if not (canonical and spec["x"] == ENTRY) and spec["x"] != VARIANT and experiment.axis(spec["x"]) is None:
        known = [*(axis.name for axis in experiment.axes), VARIANT, *([ENTRY] if canonical else [])]
        swept = did_you_mean(spec["x"], known, "swept parameters")
        hint = swept if experiment.axes else f'Nothing is swept: write [sweep.parameters], or x = "{VARIANT}".'
        yield Problem(("x",), 'must be a swept parameter or "variant"', spec["x"], hint)
        return
    rungs = (RUNG,) if spec["y"] in (PROBABILITY, DIFFERENCE) else ()
    yield from of_roles(KIND, spec, experiment, others=(ENTRY, SERIES) if canonical else rungs)
    yield from of_number(spec, experiment)
    yield from of_quantity(written if more else spec, experiment, roles=("x", "group", "panel"))
    yield from of_log(spec, experiment, {"x": experiment.axis(spec["x"])})
    if spec.get("band") is not None and manner_of(spec, experiment) == CLOUD:
        hint = 'Write line = "mean" without band, or sweep a grid.'
        yield Problem(("band",), f"is not drawn for the dots of the design {experiment.design}", spec["band"], hint)


def _sorted_out(spec: Spec, experiment: ExperimentFile) -> Spec:
    """The entry with nothing for the lines where its variants are along the horizontal axis, or where a model has but one."""
    alone = experiment.model is not None and len(compared(spec, experiment)) == 1
    return {**spec, "group": None} if spec["group"] == VARIANT and (spec["x"] == VARIANT or alone) else spec


def draw(spec: Spec, results: Results) -> Drawing:
    """The figure from stored results."""
    experiment = results.experiment
    shown, lacking = quantity(spec, experiment), of_lacking(spec, experiment)
    spec = with_entries(_sorted_out(arranged(spec, experiment), experiment), results, spec["y"])
    axis, manner = experiment.axis(spec["x"]), manner_of(spec, experiment)
    entries = spec["x"] == ENTRY
    regimes = axis is None and not entries and spec["group"] is None  # every variant is a line of one point, in its own look
    entry = {**spec, "group": VARIANT} if regimes else spec
    if entries:
        line = over_entries(spec, results, shown)
    else:
        line = across(spec, results, shown) if axis is None else along(axis, spec, results, shown, manner)
    panels = gather(entry, experiment, line, shown, _position(axis, spec, experiment))
    categories = _categories(axis, spec, experiment)
    x_label = spec.get("x_label") or _x_label(axis, spec, experiment)
    y_label = spec.get("y_label") or label(spec, shown, experiment)
    markers = (len(axis) if axis is not None else len(steps_of(spec)[0]) if entries else MOST_MARKED + 1) <= MOST_MARKED
    xs, ys = ([getattr(line, d) for lines in panels.lines for line in lines] for d in "xy")
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
        stepped=experiment.model is not None and manner == JOINED and jumps(ys, shown.words),
    )
    for ax, ends in zip(page.panels, panels.ranges, strict=True):
        if page.ticks is not None:
            page.ticks.put(ax, np.arange(len(categories)))
            ax.set_xlim(-0.5, len(categories) - 0.5)
        else:
            ax.margins(x=0.02)
            if experiment.model is not None or is_log(spec, "x"):  # the whole range, so that gaps at its ends are seen
                _full(ax, [*xs, *(points.x for points in panels.overlays.points)], spec, len(page.panels) > 1)
                if experiment.model is not None and whole(ys) and not shown.words:
                    count_along(ax.yaxis)
        if is_log(spec, "y"):
            make_log(ax, "y", ends, style.percent if shown.probability else None)
    x_name = column(axis.name) if axis is not None else "step" if entries else "position"
    names, rows = data(panels, shown, x_name)
    title = spec.get("title") or experiment.title
    one = len(experiment.index) == 1
    sentences = (
        f"{y_label}, {f'against {x_label}' if x_label else 'by regime'}.",
        *([outcomes.meaning(spec["y"], experiment)] if experiment.model is not None or shown.outcome in MORE else []),
        *lacking,
        *said.of_difference(shown),
        *said.of_overlays(panels, shown),
        *said.of_axes(panels, experiment, shown),
        *logged(spec, np.concatenate(ys)),
        *said.of_beyond(panels),
        *said.of_fixed(spec, experiment),
        *([] if axis is None else [*told(axis, spec, experiment, manner), *left_out(panels, spec, experiment, manner)]),
        *said.of_missing(panels, spec, results, shown),
        *of_lines(panels, experiment),
        *([] if axis is None else said.of_level(axis.paths, spec, experiment)),
        *(said.of_orderings(spec, results, _rungs(spec, experiment), 0) if one and shown.outcome == PROBABILITY else []),
        *said.of_engine(experiment, shown, panels.banded, panels.sampled and manner != CLOUD, joined=manner == JOINED),
    )
    return Drawing(page.figure, title, names, rows, sentences, _alt(title, y_label, x_label, panels, experiment, shown, manner))


def _full(ax: Axes, xs: Sequence[np.ndarray], spec: Spec, several: bool) -> None:
    """The horizontal axis over all points, those without a value too; `several`: panels, which are narrow."""
    from matplotlib.ticker import MaxNLocator

    every = np.concatenate(xs)
    if is_log(spec, "x"):
        make_log(ax, "x", decades(every), None)
        return
    low, high = (float(every.min()), float(every.max())) if len(every) else (0.0, 1.0)
    air = 0.02 * (high - low) or 0.5
    ax.set_xlim(low - air, high + air)
    if whole(xs) and high - low > 1:
        count_along(ax.xaxis)
    elif several:
        ax.xaxis.set_major_locator(MaxNLocator(4, steps=[1, 2, 2.5, 5, 10]))


def _x_label(axis: Axis | None, spec: Spec, experiment: ExperimentFile) -> str:
    if spec["x"] == ENTRY:
        return outcomes.noun_of(spec["y"], experiment)
    return "" if axis is None else axis_label(axis, experiment)


def _rungs(spec: Spec, experiment: ExperimentFile) -> list[str]:
    """The rungs that the figure shows."""
    if spec.get("rung"):
        return [spec["rung"]]
    return list(experiment.rungs) if RUNG in (spec.get("panel"), spec["group"]) else list(experiment.rungs[-1:])


def _categories(axis: Axis | None, spec: Spec, experiment: ExperimentFile) -> list[str]:
    """What stands side by side along the horizontal axis; nothing where it is of numbers."""
    if spec["x"] == ENTRY:
        steps, numbers = steps_of(spec)
        return [] if numbers is not None else [words(step) for step in steps]
    if axis is None:
        return [words(variant) for variant in compared(spec, experiment)]
    return [] if numbers_along(axis, experiment) is not None else [axis.label(k) for k in range(len(axis))]


def _position(axis: Axis | None, spec: Spec, experiment: ExperimentFile) -> overlays.Position:
    """Where the points of the file's own data stand along the horizontal axis."""
    labels = _categories(axis, spec, experiment)
    if not labels:
        return overlays.along_numbers(is_log(spec, "x"))
    names = steps_of(spec)[0] if spec["x"] == ENTRY else list(compared(spec, experiment)) if axis is None else labels
    return overlays.side_by_side(names, labels)


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
                named = group.label or words(group.name) or "the line"
                ends.append(f"{named} {first if first == last else f'from {first} to {last}'}")
        name = panels.name(n, experiment)
        parts.append(f"{name + ': ' if name else ''}{', '.join(ends)}")
    what = {
        JOINED: "Line chart",
        APART: "Dots with bars" if panels.banded or panels.sampled else "Dots",
        CLOUD: "Scatter of dots",
    }
    if len(parts) > MOST_TOLD:
        parts = [*parts[:MOST_TOLD], f"and {len(parts) - MOST_TOLD} more panels"]
    beside = f" Drawn over them: {', '.join(panels.overlays.labels)}." if panels.overlays else ""
    return f"{what[manner]}: {said.closed(title)} {y}{f' against {x}' if x else ', by regime'}. {'; '.join(parts)}.{beside}"


KIND = FigureKind("lines", KEYS, ("x", "group", "panel"), problems, draw)
