"""The cells of a map: their values, where they stand, and how they are painted with their contour lines."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from sim.dilemma.lookup import numbers
from sim.figures.cases import Case, fixed
from sim.figures.colours import NOTHING, Scale, levels, plainer, write
from sim.figures.panels import nothing
from sim.figures.quantity import PROBABILITY, Quantity
from sim.study.design import Axis
from sim.study.figure_kind import Spec
from sim.study.more import MORE
from sim.study.results import Results

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from sim.study.experiment import ExperimentFile

MOST_VECTORS: Final = 10_000
"""Cells that are drawn one by one in SVG and PDF; more become a picture."""
CLEAR: Final = 0.09
"""Inches from a letter to the end of its area, at least."""
JUMP, STEEPER = 0.05, 6.0
"""A step from cell to cell is a jump if it is larger than this share of all values, and so many times the steps beside it."""
LEAST_LINES: Final = 3
"""Values along an axis below which no contour lines are drawn."""


@dataclass(frozen=True)
class Cells:
    """A panel: values of shape (values of y, values of x), nan where a point failed."""

    case: Case
    z: np.ndarray


def cells_of(case: Case, x: Axis, y: Axis, spec: Spec, results: Results, shown: Quantity) -> Cells:
    """The values of a panel."""
    experiment = results.experiment
    both = case.within(fixed(spec, experiment))
    points = both.points(experiment)
    if experiment.model is not None or shown.outcome in MORE:
        key = both.entries(spec)[0]
    else:
        key = (spec.get("rung") or experiment.rungs[-1]) if shown.outcome == PROBABILITY else (spec.get("actor") or "")
    variant = both.variant or experiment.variants[0]
    values = results.values(variant, shown.stored, key, spec.get("at_years"), shown.statistic)[points]
    z = np.full((len(y), len(x)), np.nan)
    n, m = (experiment.axes.index(axis) for axis in (x, y))
    z[experiment.index[points, m], experiment.index[points, n]] = values
    return Cells(case, z)


def _at(axis: Axis) -> np.ndarray:
    """Where the values of an axis stand: at their numbers, or side by side."""
    return np.arange(len(axis), dtype=float) if axis.numbers is None else np.asarray(axis.numbers, dtype=float)


def _ordered(cells: Cells, x: Axis, y: Axis) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The values of both axes in rising order, and the cells in that order."""
    at_x, at_y = _at(x), _at(y)
    across, up = np.argsort(at_x, kind="stable"), np.argsort(at_y, kind="stable")
    return at_x[across], at_y[up], cells.z[np.ix_(up, across)]


def _edges(at: np.ndarray, axis: Axis, experiment: ExperimentFile) -> np.ndarray:
    """The edges of the cells: half-way between values, and as far beyond the ends, but not beyond what a model allows."""
    if len(at) == 1:
        return np.array([at[0] - 0.5, at[0] + 0.5])
    between = (at[1:] + at[:-1]) / 2
    out = np.concatenate([[2 * at[0] - between[0]], between, [2 * at[-1] - between[-1]]])
    low, high = _allowed(axis, experiment)
    out[0], out[-1] = max(out[0], low), min(out[-1], high)
    return out


def _allowed(axis: Axis, experiment: ExperimentFile) -> tuple[float, float]:
    """The least and the largest value that a canonical model allows along an axis."""
    if experiment.model is None or axis.numbers is None or axis.paths[1:]:
        return -np.inf, np.inf
    number = next((n for _, n, _ in numbers(experiment.scenario.place(axis.paths[0]))), None)
    return (-np.inf, np.inf) if number is None else (number.low, number.high)


def without_jumps(z: np.ndarray) -> np.ndarray:
    """The values without those at a jump, so that contour lines end there and do not run along it."""
    out, known = z.copy(), z[np.isfinite(z)]
    least = JUMP * float(np.ptp(known)) if len(known) else 0.0
    for axis in (0, 1):
        steps = np.moveaxis(np.abs(np.diff(z, axis=axis)), axis, 0)
        around = np.pad(steps, ((1, 1), (0, 0)), constant_values=np.nan)
        with np.errstate(invalid="ignore"):
            sharp = (steps > least) & (steps > STEEPER * np.fmax(around[:-2], around[2:]))
        ends = np.moveaxis(out, axis, 0)
        ends[:-1][sharp] = np.nan
        ends[1:][sharp] = np.nan
    return out


def paint(ax: Axes, cells: Cells, x: Axis, y: Axis, colours: Scale, shown: Quantity, experiment: ExperimentFile) -> None:
    """The cells of a panel, contour lines where they mean something, and the line at zero of a difference."""
    from matplotlib.ticker import MaxNLocator

    at_x, at_y, z = _ordered(cells, x, y)
    ax.grid(False)
    ax.set_facecolor(NOTHING)
    cells_x, cells_y = _edges(at_x, x, experiment), _edges(at_y, y, experiment)
    mesh = ax.pcolormesh(
        cells_x, cells_y, np.ma.masked_invalid(z), cmap=colours.map(), vmin=colours.low, vmax=colours.high, edgecolors="none"
    )
    mesh.set_rasterized(z.size > MOST_VECTORS)
    ax.set_xlim(cells_x[0], cells_x[-1])
    ax.set_ylim(cells_y[0], cells_y[-1])
    ax.xaxis.set_major_locator(MaxNLocator(5, steps=[1, 2, 2.5, 5, 10]))
    if not np.isfinite(z).any():
        ax.text(0.5, 0.5, nothing(experiment), transform=ax.transAxes, ha="center", va="center", color="0.2")
        return
    if not smooth(x, y) or (experiment.model is not None and whole(z)):
        return
    wanted = levels(colours, z, shown)
    if len(wanted):
        even = z if experiment.model is None else without_jumps(z)
        lines = ax.contour(at_x, at_y, even, levels=wanted, colors=[colours.ink(level) for level in wanted], linewidths=0.6)
        ax.clabel(lines, wanted, fmt=lambda v: write(v, shown), fontsize=6.5, inline=True, inline_spacing=7)
    if shown.baseline is not None and crosses(z):
        for colour, wide in (("white", 4.0), ("black", 2.2)):
            ax.contour(at_x, at_y, z, levels=[0.0], colors=[colour], linewidths=wide, zorder=4)


def name_areas(ax: Axes, cells: Cells, x: Axis, y: Axis, colours: Scale, letters: Mapping[int, str]) -> None:
    """The letters of words in the middle of their areas, where an area is large enough."""
    if not letters:
        return
    from scipy.ndimage import distance_transform_edt

    at_x, at_y, z = _ordered(cells, x, y)
    figure = ax.get_figure(root=True)
    assert figure is not None
    place = ax.get_position()
    wide, high = figure.get_size_inches() * (place.width, place.height)
    for code, letter in letters.items():
        inside = np.pad(z == code, 1)
        depth = distance_transform_edt(inside, sampling=(high / len(at_y), wide / len(at_x)))[1:-1, 1:-1]  # type: ignore[index]
        row, column = np.unravel_index(int(np.argmax(depth)), depth.shape)
        if depth[row, column] >= CLEAR:
            ink = plainer(colours.colour(code))
            at = (at_x[column], at_y[row])
            ax.text(*at, letter, ha="center", va="center", fontsize=8.5, color=ink, weight="bold", gid="area")


def smooth(x: Axis, y: Axis) -> bool:
    """Whether contour lines mean something: both axes are of numbers, and long enough."""
    return all(axis.numbers is not None and len(axis) >= LEAST_LINES for axis in (x, y))


def whole(z: np.ndarray) -> bool:
    """Whether all values are whole numbers: codes and counts, between which there are no contour lines."""
    known = z[np.isfinite(z)]
    return bool((known == np.round(known)).all())


def crosses(z: np.ndarray) -> bool:
    """Whether there are values on both sides of zero."""
    known = z[np.isfinite(z)]
    return bool(len(known) and known.min() < 0 < known.max())
