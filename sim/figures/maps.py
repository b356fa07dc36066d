"""An outcome, or its difference from a variant, over two swept parameters: coloured cells, contours and the break-even curve."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import numpy as np

from sim.declare import ABSENT, Choice, Either, Flag, Key, Problem, Text
from sim.dilemma.lookup import did_you_mean
from sim.figures import outcomes, said, style
from sim.figures.asked import arranged, of_lacking
from sim.figures.cases import axis_label, case_label, cases, fixed, words
from sim.figures.cells import Cells, cells_of, crosses, name_areas, paint, smooth
from sim.figures.colours import ROOM, Scale, bar, lettered, scale, swatches
from sim.figures.drawing import Drawing
from sim.figures.outcomes import ENTRY, with_entries
from sim.figures.own_values import LOOK, entry, own_point
from sim.figures.panels import nothing
from sim.figures.quantity import BASELINE, DIFFERENCE, PROBABILITY, SHOWN, WHICH, Quantity, label, quantile, quantity
from sim.figures.quantity import problems as of_quantity
from sim.figures.sheet import LETTER, RIGHT, add_legend, sheet
from sim.figures.stored_curve import stored_curve, why_not
from sim.study.design import Axis
from sim.study.experiment import ExperimentFile
from sim.study.figure_kind import VARIANT, FigureKind, Spec, compared, of_number, of_roles
from sim.study.names import columns
from sim.study.results import Results
from sim.study.tidy import OUTCOMES

STATISTICS: Final = ("value", "mean", *(quantile(q) for q in (0.05, 0.25, 0.5, 0.75, 0.95)))

KEYS = (
    Key("x", Text(), "The swept parameter along the horizontal axis."),
    Key("y_axis", Text(), "The swept parameter along the vertical axis."),
    Key(
        "z",
        Either((Text(), Choice(SHOWN))),
        f"The outcome shown by colour; {DIFFERENCE} is that of {PROBABILITY} from a baseline. Any outcome of a canonical model.",
        PROBABILITY,
    ),
    BASELINE,
    *WHICH,
    *outcomes.KEYS,
    Key("panel", Text(), "One panel for each: variant or a swept parameter; entry of an outcome of a canonical model.", VARIANT),
    Key("statistic", Choice(STATISTICS), "The value at the file's own numbers, or a statistic over the draws.", "value"),
    Key("z_label", Text(), "The name of the colours; made from z where left out.", ABSENT),
    Key("curve", Flag(), "Whether the curve that `sim threshold` has found is drawn too.", False),
)


def problems(spec: Spec, experiment: ExperimentFile) -> Iterator[Problem]:
    """What is wrong with the entry."""
    sound = True
    for role in ("x", "y_axis"):
        if experiment.axis(spec[role]) is None:
            known = [axis.name for axis in experiment.axes]
            hint = did_you_mean(spec[role], known, "swept parameters") if known else "Write [sweep.parameters]."
            yield Problem((role,), "must be a swept parameter", spec[role], hint)
            sound = False
    if not sound:
        return
    if experiment.design != "grid":
        hint = 'Write design = "grid" under [sweep], or kind = "lines".'
        yield Problem(("kind",), f"needs a grid, and the design is {experiment.design}", "map", hint)
        return
    now = arranged(spec, experiment, "z")
    yield from of_roles(KIND, now, experiment, others=(ENTRY,) if experiment.model is not None or now is not spec else ())
    yield from of_number(spec, experiment)
    yield from of_quantity(spec, experiment, "z", roles=("panel",))
    if spec["curve"] and (experiment.threshold is None or experiment.threshold.get("over") is None):
        hint = "Write [threshold] with parameter and over, or leave curve out."
        yield Problem(("curve",), "needs the curve of [threshold], and the experiment asks for none", hint=hint)


def draw(spec: Spec, results: Results) -> Drawing:
    """The figure from stored results."""
    experiment = results.experiment
    shown, lacking = quantity(spec, experiment, "z"), of_lacking(spec, experiment, "z")
    spec = with_entries(arranged(spec, experiment, "z"), results, spec["z"])
    x, y = (experiment.axis(spec[role]) for role in ("x", "y_axis"))
    assert x is not None
    assert y is not None
    panels = [cells_of(case, x, y, spec, results, shown) for case in cases(spec["panel"], spec, experiment, shown.outcome)]
    z_label = spec.get("z_label") or label(spec, shown, experiment)
    x_label, y_label = axis_label(x, experiment), axis_label(y, experiment)
    title = spec.get("title") or experiment.title
    every = np.concatenate([cells.z.ravel() for cells in panels])
    colours = scale(spec, every, shown)
    whole = fixed(spec, experiment)
    curves = [
        stored_curve(spec, results, cells.case.within(whole).variant or experiment.variants[0], x, y) if spec["curve"] else []
        for cells in panels
    ]
    marks = [own_point(cells.case.within(whole).variant or experiment.variants[0], x, y, experiment) for cells in panels]
    canonical = experiment.model is not None
    if canonical:
        marks = [None] * len(panels)
    ticks = [] if x.numbers is not None else [x.label(k) for k in range(len(x))]
    legend = [*_legend(panels, curves, x, y, shown, experiment), *entry(marks)]
    legend += swatches(colours, every) if canonical else []
    letters = lettered(colours, every)
    titles = [_name(cells, spec, experiment) for cells in panels]
    left = 0.78 if y.numbers is not None else min(2.0, 0.45 + LETTER * max(len(y.label(k)) for k in range(len(y))))
    page = sheet(
        title,
        titles,
        x=x_label,
        y=y_label,
        legend=[name for name, _ in legend],
        ticks=ticks,
        left=left,
        right=RIGHT if shown.words else ROOM,
        row=2.1,
    )
    for ax, cells, curve, mark in zip(page.panels, panels, curves, marks, strict=True):
        paint(ax, cells, x, y, colours, shown, experiment)
        name_areas(ax, cells, x, y, colours, letters)
        if mark is not None:
            ax.plot(*mark, **LOOK, gid="own values")
        for segment in curve:
            ax.plot(*segment, color="#CC79A7", linewidth=1.4, zorder=5, gid="curve")
        if page.ticks is not None:
            page.ticks.put(ax, np.arange(len(x)))
        if y.numbers is None:
            ax.set_yticks(np.arange(len(y)), [y.label(k) for k in range(len(y))])
    if legend:
        add_legend(page, [handle for _, handle in legend], [name for name, _ in legend])
    what = spec.get("z_label") or label(spec, shown, experiment, when=False)
    of = "" if shown.statistic == "value" else f"{said.statistic(shown).capitalize()}: "
    if not shown.words:
        bar(page, colours, of + what, shown)
    names, rows = _data(panels, x, y, shown)
    sentences = (
        f"{z_label}, by colour, over {x_label} and {y_label}; {len(x)} by {len(y)} points a panel.",
        *([outcomes.meaning(spec["z"], experiment)] if spec["z"] in experiment.outcomes and spec["z"] not in OUTCOMES else []),
        *lacking,
        *said.of_difference(shown),
        *_told(panels, colours, curves, x, y, shown, spec, results, why_not(spec, results, x, y) if spec["curve"] else ""),
        *said.of_fixed(spec, experiment),
        *said.of_engine(experiment, shown),
    )
    return Drawing(page.figure, title, names, rows, sentences, _alt(title, panels, x, y, shown, spec, experiment))


# ---- words and data


def _legend(
    panels: Sequence[Cells], curves: Sequence[Sequence[Any]], x: Axis, y: Axis, shown: Quantity, experiment: ExperimentFile
) -> list[tuple[str, Any]]:
    """Entries and their handles."""
    from matplotlib.lines import Line2D

    out: list[tuple[str, Any]] = []
    if shown.baseline is not None and smooth(x, y) and any(crosses(cells.z) for cells in panels):
        of = "" if shown.statistic in ("value", "mean") else f" of the {said.statistic(shown)}"
        out.append((f"break-even{of} with {words(shown.baseline)}", Line2D([], [], color="black", linewidth=2.2)))
    if any(curves):
        asked: Mapping[str, Any] = experiment.threshold or {}
        level = asked.get("level")
        what = f"with {words(asked['beats'])}" if asked.get("beats") else f"at {style.percent(float(level or 0.0))}"
        out.append((f"refined break-even {what}", Line2D([], [], color="#CC79A7", linewidth=1.4)))
    return out


def _told(
    panels: Sequence[Cells],
    colours: Scale,
    curves: Sequence[Sequence[Any]],
    x: Axis,
    y: Axis,
    shown: Quantity,
    spec: Spec,
    results: Results,
    why_no_curve: str,
) -> Iterator[str]:
    """What must be said of colours, cells and curves."""
    experiment = results.experiment
    missing, total = (sum(map(int, numbers)) for numbers in zip(*((np.isnan(c.z).sum(), c.z.size) for c in panels), strict=True))
    if shown.words:
        yield from said.of_undefined(missing, total, [shown.outcome], spec, results, "grey")
        return
    if shown.baseline is not None:
        yield "Blue is below zero, orange above it, white is zero."
    else:
        yield said.of_colours(colours.low, colours.high, shown)
    if experiment.model is not None:
        yield from said.of_undefined(missing, total, [shown.outcome], spec, results, "grey")
    elif missing:
        yield f"{missing} cells are grey: they could not be computed; failures.json says why."
    if shown.baseline is not None and smooth(x, y):
        if any(crosses(cells.z) for cells in panels):
            yield "The heavy line is the break-even curve, where the difference is zero, interpolated between the points."
        for cells in panels:
            name = _name(cells, spec, experiment)
            known = cells.z[np.isfinite(cells.z)]
            if known.any() and not crosses(cells.z):
                side = "above" if known.min() < 0 else "below"
                yield f"{name}: no break-even on this grid; the difference is nowhere {side} zero."
    if any(curves):
        yield "The thin coloured line is the break-even curve found by `sim threshold`."
    elif spec["curve"]:
        yield why_no_curve or "The curve of `sim threshold` does not pass through this map."


def _data(panels: Sequence[Cells], x: Axis, y: Axis, shown: Quantity) -> tuple[tuple[str, ...], list[list[Any]]]:
    """The table behind the figure: a row for each cell."""
    names = columns((x.name, y.name))

    def value(axis: Axis, k: int) -> Any:
        return axis.label(k) if axis.numbers is None else float(axis.numbers[k])

    rows = [
        [cells.case.name, value(x, n), value(y, m), float(cells.z[m, n])]
        for cells in panels
        for n in range(len(x))
        for m in range(len(y))
    ]
    return ("panel", names[x.name], names[y.name], shown.statistic), rows


def _name(cells: Cells, spec: Spec, experiment: ExperimentFile) -> str:
    """A panel's title; none for the only variant of a canonical model."""
    if experiment.model is not None and spec["panel"] == VARIANT and len(compared(spec, experiment)) == 1:
        return ""
    return case_label(spec["panel"], cells.case, experiment)


def _alt(title: str, panels: Sequence[Cells], x: Axis, y: Axis, shown: Quantity, spec: Spec, experiment: ExperimentFile) -> str:
    parts = []
    for cells in panels:
        known = cells.z[np.isfinite(cells.z)]
        name = _name(cells, spec, experiment) or "the map"
        if not len(known):
            parts.append(f"{name}: {nothing(experiment)}")
            continue
        if shown.words:
            shares = [(text, float((known == code).mean())) for code, text in enumerate(shown.words)]
            told = [f"{text} in {style.percent(float(f'{share:.2g}'))} of the cells" for text, share in shares if share]
            parts.append(f"{name}: {', '.join(told)}")
            continue
        low, high = (np.unravel_index(f(cells.z), cells.z.shape) for f in (np.nanargmin, np.nanargmax))
        ends = [
            f"{what} {said.number(float(cells.z[at]), shown)} at {x.label(int(at[1]))} and {y.label(int(at[0]))}"
            for what, at in (("lowest", low), ("highest", high))
        ]
        below = (
            f"; below zero in {style.percent(float(f'{(known < 0).mean():.2g}'))} of the cells"
            if shown.baseline is not None
            else ""
        )
        parts.append(f"{name}: {', '.join(ends)}{below}")
    axes = f"{axis_label(x, experiment, unit=False)} across, {axis_label(y, experiment, unit=False)} upwards"
    return f"Map in colours: {said.closed(title)} {axes}. {'. '.join(parts)}."


KIND = FigureKind("map", KEYS, ("x", "y_axis", "panel"), problems, draw)
