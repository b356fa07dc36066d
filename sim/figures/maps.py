"""An outcome, or its difference from a variant, over two swept parameters: coloured cells, contours and the break-even curve."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from sim.declare import Choice, Flag, Key, Problem, Text
from sim.dilemma.lookup import did_you_mean
from sim.figures import said, style
from sim.figures.cases import Case, axis_label, case_label, cases, fixed, words
from sim.figures.colours import ROOM, Scale, bar, levels, scale, write
from sim.figures.drawing import Drawing
from sim.figures.own_values import LOOK, entry, own_point
from sim.figures.quantity import BASELINE, DIFFERENCE, PROBABILITY, SHOWN, WHICH, Quantity, label, quantile, quantity
from sim.figures.quantity import problems as of_quantity
from sim.figures.sheet import LETTER, add_legend, sheet
from sim.figures.stored_curve import stored_curve, why_not
from sim.study.design import Axis
from sim.study.experiment import ExperimentFile
from sim.study.figure_kind import VARIANT, FigureKind, Spec, of_number, of_roles
from sim.study.names import columns
from sim.study.results import Results

if TYPE_CHECKING:
    from matplotlib.axes import Axes

STATISTICS: Final = ("value", "mean", *(quantile(q) for q in (0.05, 0.25, 0.5, 0.75, 0.95)))
MOST_VECTORS: Final = 10_000
"""Cells that are drawn one by one in SVG and PDF; more become a picture."""
LEAST_LINES: Final = 3
"""Values along an axis below which no contour lines are drawn."""

KEYS = (
    Key("x", Text(), "The swept parameter along the horizontal axis."),
    Key("y_axis", Text(), "The swept parameter along the vertical axis."),
    Key("z", Choice(SHOWN), f"The outcome shown by colour; {DIFFERENCE} is that of {PROBABILITY} from a baseline.", PROBABILITY),
    BASELINE,
    *WHICH,
    Key("panel", Text(), "One panel for each: variant or a swept parameter.", VARIANT),
    Key("statistic", Choice(STATISTICS), "The value at the file's own numbers, or a statistic over the draws.", "value"),
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
    yield from of_roles(KIND, spec, experiment)
    yield from of_number(spec, experiment)
    yield from of_quantity(spec, experiment, "z")
    if spec["curve"] and (experiment.threshold is None or experiment.threshold.get("over") is None):
        hint = "Write [threshold] with parameter and over, or leave curve out."
        yield Problem(("curve",), "needs the curve of [threshold], and the experiment asks for none", hint=hint)


@dataclass(frozen=True)
class Cells:
    """A panel: values of shape (values of y, values of x), nan where a point failed."""

    case: Case
    z: np.ndarray


def draw(spec: Spec, results: Results) -> Drawing:
    """The figure from stored results."""
    experiment = results.experiment
    shown = quantity(spec, experiment, "z")
    x, y = (experiment.axis(spec[role]) for role in ("x", "y_axis"))
    assert x is not None
    assert y is not None
    panels = [_cells(case, x, y, spec, results, shown) for case in cases(spec["panel"], spec, experiment)]
    z_label, x_label, y_label = label(spec, shown, experiment), axis_label(x, experiment), axis_label(y, experiment)
    title = spec.get("title") or experiment.title
    colours = scale(spec, np.concatenate([cells.z.ravel() for cells in panels]), shown)
    whole = fixed(spec, experiment)
    curves = [
        stored_curve(spec, results, cells.case.within(whole).variant or experiment.variants[0], x, y) if spec["curve"] else []
        for cells in panels
    ]
    marks = [own_point(cells.case.within(whole).variant or experiment.variants[0], x, y, experiment) for cells in panels]
    ticks = [] if x.numbers is not None else [x.label(k) for k in range(len(x))]
    legend = [*_legend(panels, curves, x, y, shown, experiment), *entry(marks)]
    titles = [case_label(spec["panel"], cells.case, experiment) for cells in panels]
    left = 0.78 if y.numbers is not None else min(2.0, 0.45 + LETTER * max(len(y.label(k)) for k in range(len(y))))
    page = sheet(
        title, titles, x=x_label, y=y_label, legend=[name for name, _ in legend], ticks=ticks, left=left, right=ROOM, row=2.1
    )
    for ax, cells, curve, mark in zip(page.panels, panels, curves, marks, strict=True):
        _paint(ax, cells, x, y, colours, shown)
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
    what = label(spec, shown, experiment, when=False)
    of = "" if shown.statistic == "value" else f"{said.statistic(shown).capitalize()}: "
    bar(page, colours, of + what, shown)
    names, rows = _data(panels, x, y, shown)
    sentences = (
        f"{z_label}, by colour, over {x_label} and {y_label}; {len(x)} by {len(y)} points a panel.",
        *said.of_difference(shown),
        *_told(panels, colours, curves, x, y, shown, spec, experiment, why_not(spec, results, x, y) if spec["curve"] else ""),
        *said.of_fixed(spec, experiment),
        *said.of_engine(experiment, shown),
    )
    return Drawing(page.figure, title, names, rows, sentences, _alt(title, panels, x, y, shown, spec, experiment))


def _cells(case: Case, x: Axis, y: Axis, spec: Spec, results: Results, shown: Quantity) -> Cells:
    """The values of a panel."""
    experiment = results.experiment
    whole = case.within(fixed(spec, experiment))
    points = whole.points(experiment)
    key = (spec.get("rung") or experiment.rungs[-1]) if shown.outcome == PROBABILITY else (spec.get("actor") or "")
    variant = whole.variant or experiment.variants[0]
    values = results.values(variant, shown.stored, key, spec.get("at_years"), shown.statistic)[points]
    z = np.full((len(y), len(x)), np.nan)
    n, m = (experiment.axes.index(axis) for axis in (x, y))
    z[experiment.index[points, m], experiment.index[points, n]] = values
    return Cells(case, z)


# ---- painting


def _at(axis: Axis) -> np.ndarray:
    """Where the values of an axis stand: at their numbers, or side by side."""
    return np.arange(len(axis), dtype=float) if axis.numbers is None else np.asarray(axis.numbers, dtype=float)


def _ordered(cells: Cells, x: Axis, y: Axis) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The values of both axes in rising order, and the cells in that order."""
    at_x, at_y = _at(x), _at(y)
    across, up = np.argsort(at_x, kind="stable"), np.argsort(at_y, kind="stable")
    return at_x[across], at_y[up], cells.z[np.ix_(up, across)]


def _edges(at: np.ndarray) -> np.ndarray:
    """The edges of the cells: half-way between values, and as far beyond the ends."""
    if len(at) == 1:
        return np.array([at[0] - 0.5, at[0] + 0.5])
    between = (at[1:] + at[:-1]) / 2
    return np.concatenate([[2 * at[0] - between[0]], between, [2 * at[-1] - between[-1]]])


def _paint(ax: Axes, cells: Cells, x: Axis, y: Axis, colours: Scale, shown: Quantity) -> None:
    from matplotlib.ticker import MaxNLocator

    at_x, at_y, z = _ordered(cells, x, y)
    ax.grid(False)
    ax.set_facecolor("0.75")
    cells_x, cells_y = _edges(at_x), _edges(at_y)
    mesh = ax.pcolormesh(
        cells_x, cells_y, np.ma.masked_invalid(z), cmap=colours.map(), vmin=colours.low, vmax=colours.high, edgecolors="none"
    )
    mesh.set_rasterized(z.size > MOST_VECTORS)
    ax.set_xlim(cells_x[0], cells_x[-1])
    ax.set_ylim(cells_y[0], cells_y[-1])
    ax.xaxis.set_major_locator(MaxNLocator(5, steps=[1, 2, 2.5, 5, 10]))
    if not np.isfinite(z).any():
        ax.text(0.5, 0.5, "could not be computed", transform=ax.transAxes, ha="center", va="center", color="0.2")
        return
    if not _smooth(x, y):
        return
    wanted = levels(colours, z, shown)
    if len(wanted):
        lines = ax.contour(at_x, at_y, z, levels=wanted, colors=[colours.ink(level) for level in wanted], linewidths=0.6)
        ax.clabel(lines, wanted, fmt=lambda v: write(v, shown), fontsize=6.5, inline=True, inline_spacing=7)
    if shown.baseline is not None and _crosses(z):
        for colour, wide in (("white", 4.0), ("black", 2.2)):
            ax.contour(at_x, at_y, z, levels=[0.0], colors=[colour], linewidths=wide, zorder=4)


def _smooth(x: Axis, y: Axis) -> bool:
    """Whether contour lines mean something: both axes are of numbers, and long enough."""
    return all(axis.numbers is not None and len(axis) >= LEAST_LINES for axis in (x, y))


def _crosses(z: np.ndarray) -> bool:
    known = z[np.isfinite(z)]
    return bool(len(known) and known.min() < 0 < known.max())


# ---- words and data


def _legend(
    panels: Sequence[Cells], curves: Sequence[Sequence[Any]], x: Axis, y: Axis, shown: Quantity, experiment: ExperimentFile
) -> list[tuple[str, Any]]:
    """Entries and their handles."""
    from matplotlib.lines import Line2D

    out: list[tuple[str, Any]] = []
    if shown.baseline is not None and _smooth(x, y) and any(_crosses(cells.z) for cells in panels):
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
    experiment: ExperimentFile,
    why_no_curve: str,
) -> Iterator[str]:
    """What must be said of colours, cells and curves."""
    if shown.baseline is not None:
        yield "Blue is below zero, orange above it, white is zero."
    else:
        yield f"Colours run from {said.number(colours.low, shown)} to {said.number(colours.high, shown)}, not from zero."
    if missing := sum(int(np.isnan(cells.z).sum()) for cells in panels):
        yield f"{missing} cells are grey: they could not be computed; failures.json says why."
    if shown.baseline is not None and _smooth(x, y):
        if any(_crosses(cells.z) for cells in panels):
            yield "The heavy line is the break-even curve, where the difference is zero, interpolated between the points."
        for cells in panels:
            name = case_label(spec["panel"], cells.case, experiment)
            known = cells.z[np.isfinite(cells.z)]
            if known.any() and not _crosses(cells.z):
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


def _alt(title: str, panels: Sequence[Cells], x: Axis, y: Axis, shown: Quantity, spec: Spec, experiment: ExperimentFile) -> str:
    parts = []
    for cells in panels:
        known = cells.z[np.isfinite(cells.z)]
        name = case_label(spec["panel"], cells.case, experiment)
        if not len(known):
            parts.append(f"{name}: could not be computed")
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
