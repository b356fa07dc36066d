"""Painting a plane: its sheet, the ranges of both axes, and points joined as a line, a path, a polygon or not at all."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from sim.figures import style
from sim.figures.cases import Case
from sim.figures.loci import DOTS, PATH, POLYGON, Coordinate, Curve, Layer, coordinates
from sim.figures.outcomes import RISKS, words_of
from sim.figures.ranges import count_along, decades, is_log, jumps, make_log, whole
from sim.figures.sheet import LEFT, RIGHT, Sheet, sheet
from sim.study.experiment import ExperimentFile
from sim.study.figure_kind import VARIANT, Spec
from sim.study.results import Results

if TYPE_CHECKING:
    from matplotlib.axes import Axes

TALL, WIDEST = 3.6, 5.9
"""Height of the only panel, and the most width for panels, in inches."""
AIR: Final = 0.05
"""Share of the range left free at both ends."""
SHARED: Final = (
    style.Look("0.25", (0, (1.5, 1.5)), "x"),
    style.Look("0.25", (0, (6, 1.5, 1.5, 1.5)), "+"),
    style.Look("0.25", "-", "."),
    style.Look("0.55", (0, (3, 1.5)), "1"),
)
"""The looks of further layers that are the same for all groups, in their order."""
HEAD: Final = "-|>,head_width=0.3,head_length=0.6"
"""The arrow of a path, in sizes of its letters."""


def ends_of(spec: Spec, key: str, d: str, c: Coordinate, numbers: Sequence[np.ndarray]) -> tuple[float, float]:
    """The ends of an axis: those asked for under a key, else all numbers with some air; those of probabilities begin at 0."""
    if spec.get(key) is not None:
        return float(spec[key][0]), float(spec[key][1])
    if is_log(spec, d):
        return decades(np.concatenate(numbers) if numbers else np.zeros(0))
    known = np.concatenate([x[np.isfinite(x)] for x in numbers]) if numbers else np.zeros(0)
    low, high = (float(known.min()), float(known.max())) if len(known) else (0.0, 1.0)
    if _unit(c) in RISKS:
        low, high = 0.0, style.ceiling(high)
    air = AIR * (high - low) or 0.1 * (abs(high) or 1.0)
    return low - air, high + air


def _unit(c: Coordinate) -> str:
    return "" if c.axis is not None else c.experiment.outcomes[c.name].unit


def looks_of(layers: int, spec: Spec, groups: Sequence[Case], experiment: ExperimentFile) -> list[list[style.Look]]:
    """The look of each group in each layer: colours are for groups, or where there are none for layers."""
    if len(groups) == 1:
        names = [str(n) for n in range(layers)]
        found = style.looks(names) if layers > 1 else {"0": style.ROLES["base"]}
        return [[found[name]] for name in names]
    names = list(experiment.scenario.variants) if spec.get("group") == VARIANT else [group.name for group in groups]
    own = style.looks(names)
    first = [own[group.name] for group in groups]
    return [
        [style.Look(look.colour, look.dashes if n == 0 else style.OTHERS[n].dashes, look.marker) for look in first]
        for n in range(layers)
    ]


def in_steps(layer: Layer, found: Sequence[Sequence[Sequence[Curve]]], results: Results) -> bool:
    """Whether the line of a layer goes in steps along a swept parameter."""
    x, y = coordinates(layer, results)
    numbers = [curve.y for groups in found for own in groups for curve in own]
    return x.axis is not None and y.axis is None and jumps(numbers, words_of(y.name, results.experiment))


def plane_sheet(
    title: str,
    titles: Sequence[str],
    labels: Sequence[str],
    legend: Sequence[str],
    ranges: Sequence[tuple[float, float]],
    spec: Spec,
) -> Sheet:
    """The sheet; with one scale for both axes its panels have the shape of the ranges."""
    tall, row, right = TALL, 1.85, RIGHT
    if spec["equal"]:
        shape = (ranges[0][1] - ranges[0][0]) / (ranges[1][1] - ranges[1][0])
        across = len(titles) if len(titles) <= 3 else 2 if len(titles) == 4 else 3
        tall = min(TALL, WIDEST / shape)
        right = max(RIGHT, style.WIDTH - LEFT - tall * shape) if len(titles) == 1 else RIGHT
        row = min(2.6, WIDEST / across / shape)
    return sheet(title, titles, x=labels[0], y=labels[1], legend=legend, right=right, alone=tall, row=row)


def paint(ax: Axes, curve: Curve, join: str, look: style.Look, stepped: bool = False) -> None:
    """One curve; a single point is a dot, however it is joined.  `stepped`: a line goes in steps, half-way between the points."""
    x, y = curve.x, curve.y
    known = np.flatnonzero(curve.known)
    if join == DOTS or len(known) <= 1:
        ax.plot(x, y, linestyle="none", marker=look.marker, color=look.colour, markersize=4.2, zorder=4)
        return
    if join == POLYGON:
        x, y = np.append(x, x[0]), np.append(y, y[0])
        ax.fill(x, y, color=look.colour, alpha=0.13, linewidth=0, zorder=1.5)
        ax.plot(x, y, color=look.colour, linestyle=look.dashes, marker=look.marker, markersize=3.6, zorder=3)
        return
    steps = "steps-mid" if stepped and join != PATH else "default"
    ax.plot(x, y, color=look.colour, linestyle=look.dashes, drawstyle=steps, zorder=3.0 if look.dashes == "-" else 3.5)
    if join == PATH:
        ax.plot(x[known[:1]], y[known[:1]], linestyle="none", marker="o", color=look.colour, markersize=3.0, zorder=4)
        _arrow(ax, x[known], y[known], look.colour)


def _arrow(ax: Axes, x: np.ndarray, y: np.ndarray, colour: str) -> None:
    """An arrow half-way along a path."""
    length = np.concatenate([[0.0], np.cumsum(np.hypot(np.diff(x) / (np.ptp(x) or 1.0), np.diff(y) / (np.ptp(y) or 1.0)))])
    if length[-1] == 0:
        return
    k = min(max(int(np.searchsorted(length, 0.5 * length[-1])), 1), len(x) - 1)
    head = {"arrowstyle": HEAD, "color": colour, "linewidth": 0.0, "shrinkA": 0, "shrinkB": 0, "mutation_scale": 14}
    ax.annotate("", (x[k], y[k]), (x[k - 1], y[k - 1]), arrowprops=head, zorder=4)


def finish(
    ax: Axes, ranges: Sequence[tuple[float, float]], both: Sequence[Coordinate], spec: Spec, drawn: Sequence[Curve]
) -> None:
    """Ranges and tick labels of both axes."""
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    ax.set_xlim(*ranges[0])
    ax.set_ylim(*ranges[1])
    for d, axis, ends, c in zip("xy", (ax.xaxis, ax.yaxis), ranges, both, strict=True):
        if is_log(spec, d):
            make_log(ax, d, ends, style.percent if _unit(c) in RISKS else None)
            continue
        axis.set_major_locator(MaxNLocator(5, steps=[1, 2, 2.5, 5, 10]))
        counted = whole([getattr(curve, d) for curve in drawn])
        if counted and ends[1] - ends[0] > 1 and not spec["equal"]:
            count_along(axis)
        if _unit(c) in RISKS:
            axis.set_major_formatter(FuncFormatter(lambda v, _: style.percent(v) if v > -1e-12 else ""))
        elif c.axis is None and (codes := words_of(c.name, c.experiment)):
            axis.set_ticks(range(len(codes)), list(codes))


def handle(join: str, look: style.Look) -> Any:
    """What stands for a curve in the legend."""
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    if join == POLYGON:
        return Patch(facecolor=(*_rgb(look.colour), 0.13), edgecolor=look.colour, linestyle=look.dashes, linewidth=1.6)
    line = "none" if join == DOTS else look.dashes
    return Line2D([], [], color=look.colour, linestyle=line, marker=look.marker if join == DOTS else "", markersize=4.2)


def _rgb(colour: str) -> tuple[float, float, float]:
    from matplotlib.colors import to_rgb

    return to_rgb(colour)
