"""The sheet of a figure: panels with their titles and ticks, room for title, legend, notes and a colour bar, all in inches."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from sim.figures.style import DOTS_PER_INCH, WIDTH

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

LEFT, RIGHT, ABOVE, BELOW, BETWEEN, ROW = 0.78, 0.2, 0.36, 0.24, 0.58, 1.85
"""Margins of the sheet, room for a panel's title and for its ticks, space between columns, height of a panel."""
BESIDE: Final = 0.36
"""Space between columns where the vertical axis has labels at the first one only."""
ALONE: Final = 3.0
"""Height of the only panel."""
TITLE_LINE, LEGEND_LINE, NOTE_LINE, TICK_LINE = 0.20, 0.21, 0.145, 0.135
LETTER: Final = 0.068
"""Width of a letter of a tick label."""
MOST_TICK_LINES: Final = 3
LONGEST_TICK: Final = 26
"""Letters of a tick label that is turned."""


@dataclass(frozen=True)
class Sheet:
    """An empty figure: its panels in reading order, and where the legend goes."""

    figure: Figure
    title: str
    panels: tuple[Axes, ...]
    legend_at: tuple[float, float]
    """Inches from the left and from the bottom."""
    legend_columns: int
    ticks: Ticks | None
    """The labels of categories along the horizontal axis, as they fit."""
    box: tuple[float, float, float, float]
    """Left, bottom, width and height of what the panels fill, in inches."""


@dataclass(frozen=True)
class Ticks:
    """Labels of categories that do not overlap: wrapped, or turned where a word is too long; `deep` is their height in inches."""

    labels: tuple[str, ...]
    turned: bool
    deep: float

    def put(self, ax: Axes, at: Sequence[float] | np.ndarray) -> None:
        """Puts them under an axis."""
        ax.set_xticks(at, list(self.labels))
        if self.turned:
            for label in ax.get_xticklabels():
                label.set(rotation=90)


def sheet(
    title: str,
    panels: Sequence[str],
    *,
    x: str,
    y: str,
    legend: Sequence[str] = (),
    notes: Sequence[str] = (),
    share: bool = True,
    ticks: Sequence[str] = (),
    left: float = LEFT,
    right: float = RIGHT,
    alone: float = ALONE,
    row: float = ROW,
) -> Sheet:
    """A figure with a title above, panels with these titles, room for a legend of these entries, and notes below.

    With `share` all panels have one vertical axis.  `ticks` are categories along the horizontal axis.  `left` and `right` are the
    margins, `alone` and `row` the height of an only panel and of a row of several, in inches.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    gap = BESIDE if share else BETWEEN
    high = row if len(panels) > 1 else alone
    down = math.ceil(len(panels) / _fitted(len(panels), gap, WIDTH - left - right, ticks)[0])
    upright = textwrap.wrap(y, int((down * (ABOVE + high + BELOW)) / 0.061))
    left += 0.13 * max(len(upright) - 1, 0)
    across, wide, fitted = _fitted(len(panels), gap, WIDTH - left - right, ticks)
    down = math.ceil(len(panels) / across)
    margin = left if left < 1.2 else LEFT
    below = max(BELOW, fitted.deep + 0.1 if fitted is not None else 0.0)
    heading = textwrap.wrap(title, 70)
    small = textwrap.wrap("   ".join(note.replace(" ", "\xa0") for note in notes), 116, break_on_hyphens=False)
    named = [textwrap.wrap(panel, int(wide / 0.085)) for panel in panels]
    above = ABOVE + TITLE_LINE * (max(map(len, named)) - 1) if any(named) else 0.18
    columns = _columns(legend)
    top = 0.1 + TITLE_LINE * len(heading) + LEGEND_LINE * math.ceil(len(legend) / columns)
    along = textwrap.wrap(x, int((WIDTH - left - right) / 0.075))
    bottom = 0.06 + 0.18 * len(along) + NOTE_LINE * len(small) + (0.1 if small else 0)
    height = top + down * (above + high + below) + bottom
    figure = Figure(figsize=(WIDTH, height), dpi=DOTS_PER_INCH)
    FigureCanvasAgg(figure)
    axes = figure.subplots(down, across, squeeze=False, sharey=share)
    figure.subplots_adjust(
        left=left / WIDTH,
        right=1 - right / WIDTH,
        top=1 - (top + above) / height,
        bottom=(bottom + below) / height,
        wspace=gap / wide,
        hspace=(above + below) / high,
    )
    flat = [ax for line in axes for ax in line]
    for ax in flat[len(panels) :]:
        ax.remove()
    for ax, name in zip(flat, named, strict=False):
        ax.set_title("\n".join(name), pad=11)
    middle = (left + WIDTH - right) / 2 / WIDTH
    figure.text(margin / WIDTH, 1 - 0.09 / height, "\n".join(heading), fontsize=10, weight="bold", va="top", gid="title")
    figure.text(middle, bottom / height, "\n".join(along), ha="center", va="top", gid="x label")
    centre = (bottom + below + height - top - above) / 2 / height
    at = (0.06 + 0.071 * len(upright)) / WIDTH
    figure.text(at, centre, "\n".join(upright), rotation=90, ha="center", va="center", multialignment="center", gid="y label")
    if small:
        figure.text(margin / WIDTH, 0.06 / height, "\n".join(small), fontsize=7.5, va="bottom", color="0.25", gid="notes")
    box = (left, bottom + below, WIDTH - left - right, height - top - above - bottom - below)
    legend_at = (margin - 0.02, height - 0.1 - TITLE_LINE * len(heading))
    return Sheet(figure, title, tuple(flat[: len(panels)]), legend_at, columns, fitted, box)


def _fitted(panels: int, gap: float, room: float, ticks: Sequence[str]) -> tuple[int, float, Ticks | None]:
    """How many panels go side by side, how wide each is, and the tick labels; fewer side by side if the labels fit then."""
    most = panels if panels <= 3 else 2 if panels == 4 else 3
    found: list[tuple[int, float, Ticks | None]] = []
    for across in range(most, 0, -1):
        wide = (room - (across - 1) * gap) / across
        found.append((across, wide, _ticks(ticks, wide) if ticks else None))
        fitted = found[-1][2]
        if fitted is None or not fitted.turned:
            return found[-1]
    return found[0]


def _ticks(labels: Sequence[str], wide: float) -> Ticks:
    letters = int(wide / len(labels) / LETTER) - 1
    wrapped = [textwrap.wrap(label, letters, break_long_words=False) if letters > 0 else [label] for label in labels]
    lines = max(map(len, wrapped), default=1)
    if lines <= MOST_TICK_LINES and max((len(line) for label in wrapped for line in label), default=0) <= letters:
        return Ticks(tuple("\n".join(label) for label in wrapped), False, 0.06 + TICK_LINE * lines)
    every = math.ceil(len(labels) * TICK_LINE / wide)
    short = [label if len(label) <= LONGEST_TICK else f"{label[: LONGEST_TICK - 1].rstrip()}…" for label in labels]
    shown = [label if n % every == 0 else "" for n, label in enumerate(short)]
    return Ticks(tuple(shown), True, 0.16 + 0.9 * LETTER * max(map(len, shown)))


def _columns(legend: Sequence[str]) -> int:
    """How many columns of a legend go side by side; it fills them from top to bottom, the first ones first."""
    for deep in range(1, len(legend) + 1):
        columns = math.ceil(len(legend) / deep)
        widths = [max(map(len, legend[part[0] : part[-1] + 1])) for part in np.array_split(np.arange(len(legend)), columns)]
        if sum(0.62 + 0.068 * width for width in widths) <= WIDTH - LEFT - RIGHT:
            return columns
    return 1


def add_legend(sheet: Sheet, handles: Sequence[Any], names: Sequence[str]) -> None:
    """The legend between the title and the panels."""
    height, (left, at) = sheet.figure.get_figheight(), sheet.legend_at
    sheet.figure.legend(
        handles,
        names,
        loc="upper left",
        bbox_to_anchor=(left / WIDTH, (at + 0.02) / height),
        ncols=sheet.legend_columns,
        borderaxespad=0.0,
        borderpad=0.0,
        handlelength=3.4,
        columnspacing=1.6,
        labelspacing=0.35,
    )
