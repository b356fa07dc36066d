"""The house style of all figures: print size, fonts, colours and line styles, axes of probabilities, byte-identical files.

Colours are those of Okabe and Ito (2008), which the colour-blind tell apart; every line also differs by its dashes.  Nothing here
touches matplotlib's global state, and no window system is needed.
"""

from __future__ import annotations

import math
import textwrap
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

VERSION: Final = 1
"""Raised when the looks change, so that older figures are drawn again."""

WIDTH: Final = 7.0
"""Width in inches (178 mm): two columns of a journal's page."""
DOTS_PER_INCH: Final = 200
FORMATS: Final = ("png", "svg", "pdf")

LEFT, RIGHT, ABOVE, BELOW, BETWEEN, ROW = 0.78, 0.14, 0.36, 0.24, 0.58, 1.85
"""Inches: margins of the sheet, room for a panel's title and for its ticks, space between columns, height of a panel."""
TITLE_LINE, LEGEND_LINE, NOTE_LINE = 0.20, 0.21, 0.145

SETTINGS: Final[Mapping[str, Any]] = {
    "font.family": "DejaVu Sans",  # comes with matplotlib, so all machines have it
    "font.size": 8.5,
    "axes.titlesize": 9,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.labelsize": 8.5,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "grid.color": "0.9",
    "grid.linewidth": 0.6,
    "axes.axisbelow": True,
    "xtick.labelsize": 8,
    "ytick.labelsize": 8,
    "legend.fontsize": 8.5,
    "legend.frameon": False,
    "lines.linewidth": 1.6,
    "text.parse_math": False,  # a dollar sign in a title is a dollar sign
    "svg.hashsalt": "strategic-stability",
    "svg.fonttype": "path",
    "pdf.fonttype": 42,
    "path.simplify": False,
}


@dataclass(frozen=True)
class Look:
    """How one line is drawn."""

    colour: str
    dashes: Any = "-"
    marker: str = "o"


ROLES: Final[Mapping[str, Look]] = {
    "no_treaty": Look("#D55E00", (0, (1.2, 1.2)), "s"),
    "treaty": Look("#0072B2", (0, (5, 1.8)), "^"),
    "verification": Look("#009E73", "-", "o"),
    "base": Look("#000000", "-", "o"),
}
"""The looks of regimes, the same in every figure."""

OTHERS: Final = (
    Look("#CC79A7", (0, (5, 1.5, 1.2, 1.5)), "D"),
    Look("#56B4E9", "-", "v"),
    Look("#E69F00", (0, (3, 1.2)), "P"),
    Look("#000000", (0, (7, 2)), "X"),
    Look("#7A5195", (0, (1.2, 2.4)), "<"),
    Look("#8C8C00", (0, (6, 1.5, 1.2, 1.5, 1.2, 1.5)), ">"),
)
"""The looks of everything else, in the order in which it is named."""


def looks(names: Sequence[str]) -> dict[str, Look]:
    """A look for every name: that of its role, else the next of the others."""
    free = [look for look in (*OTHERS, *ROLES.values()) if look not in {ROLES[name] for name in names if name in ROLES}]
    out, k = {}, 0
    for name in names:
        if name in ROLES:
            out[name] = ROLES[name]
        else:
            out[name], k = free[k % len(free)], k + 1
    return out


@contextmanager
def settings() -> Iterator[None]:
    """The house style, for as long as a figure is made and saved."""
    import matplotlib

    with matplotlib.rc_context():
        matplotlib.rcdefaults()
        matplotlib.rcParams.update(dict(SETTINGS))  # type: ignore[arg-type]
        yield


# ---- the sheet


@dataclass(frozen=True)
class Sheet:
    """An empty figure: its panels in reading order, and where the legend goes."""

    figure: Figure
    panels: tuple[Axes, ...]
    legend_at: float
    """Inches from the bottom."""
    legend_columns: int


def sheet(
    title: str,
    panels: Sequence[str],
    *,
    x: str,
    y: str,
    legend: Sequence[str] = (),
    notes: Sequence[str] = (),
    share: bool = True,
) -> Sheet:
    """A figure with a title above, panels with these titles, room for a legend of these entries, and notes below.

    With `share` all panels have one vertical axis.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    across = len(panels) if len(panels) <= 3 else 2 if len(panels) == 4 else 3
    down = math.ceil(len(panels) / across)
    gap = 0.24 if share else BETWEEN
    wide = (WIDTH - LEFT - RIGHT - (across - 1) * gap) / across
    row = ROW if len(panels) > 1 else 3.0
    heading = textwrap.wrap(title, 70)
    small = textwrap.wrap("   ".join(note.replace(" ", "\xa0") for note in notes), 116, break_on_hyphens=False)
    named = [textwrap.wrap(panel, int(wide / 0.085)) for panel in panels]
    above = ABOVE + TITLE_LINE * (max(map(len, named)) - 1) if any(named) else 0.18
    columns = _columns(legend)
    top = 0.1 + TITLE_LINE * len(heading) + LEGEND_LINE * math.ceil(len(legend) / columns)
    bottom = 0.24 + NOTE_LINE * len(small) + (0.1 if small else 0)
    height = top + down * (above + row + BELOW) + bottom
    figure = Figure(figsize=(WIDTH, height), dpi=DOTS_PER_INCH)
    FigureCanvasAgg(figure)
    axes = figure.subplots(down, across, squeeze=False, sharey=share)
    figure.subplots_adjust(
        left=LEFT / WIDTH,
        right=1 - RIGHT / WIDTH,
        top=1 - (top + above) / height,
        bottom=(bottom + BELOW) / height,
        wspace=gap / wide,
        hspace=(above + BELOW) / row,
    )
    flat = [ax for line in axes for ax in line]
    for ax in flat[len(panels) :]:
        ax.remove()
    for ax, name in zip(flat, named, strict=False):
        ax.set_title("\n".join(name), pad=11)
    middle = (LEFT + WIDTH - RIGHT) / 2 / WIDTH
    upright = "\n".join(textwrap.wrap(y, int((height - top - bottom) / 0.07)))
    figure.text(LEFT / WIDTH, 1 - 0.09 / height, "\n".join(heading), fontsize=10, weight="bold", va="top", gid="title")
    figure.text(middle, (bottom - 0.08) / height, x, ha="center", va="center", gid="x label")
    centre = (bottom + BELOW + height - top - above) / 2 / height
    figure.text(0.2 / WIDTH, centre, upright, rotation=90, ha="center", va="center", multialignment="center", gid="y label")
    if small:
        figure.text(LEFT / WIDTH, 0.06 / height, "\n".join(small), fontsize=7.5, va="bottom", color="0.25", gid="notes")
    return Sheet(figure, tuple(flat[: len(panels)]), height - 0.1 - TITLE_LINE * len(heading), columns)


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
    height = sheet.figure.get_figheight()
    sheet.figure.legend(
        handles,
        names,
        loc="upper left",
        bbox_to_anchor=((LEFT - 0.02) / WIDTH, (sheet.legend_at + 0.02) / height),
        ncols=sheet.legend_columns,
        borderaxespad=0.0,
        borderpad=0.0,
        handlelength=3.4,
        columnspacing=1.6,
        labelspacing=0.35,
    )


# ---- vertical axes


def ceiling(largest: float, probability: bool = True) -> float:
    """The upper end of an axis from 0: 1 for probabilities beyond a half, else the next round number with some air."""
    if not math.isfinite(largest) or largest <= 0:
        return 1.0
    if probability and largest > 0.5:
        return 1.0
    power = 10 ** math.floor(math.log10(largest * 1.04))
    return next(step * power for step in (1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10) if step * power >= largest * 1.04)


def percent(x: float) -> str:
    """A probability as it stands at an axis: 2.5 %."""
    return f"{float(f'{100 * x:.6g}'):g} %"


def vertical(ax: Axes, low: float, high: float, probability: bool) -> None:
    """The range and the tick labels of a vertical axis."""
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    ax.set_ylim(low, high)
    ax.yaxis.set_major_locator(MaxNLocator(5, steps=[1, 2, 2.5, 5, 10]))
    if probability:
        ax.yaxis.set_major_formatter(FuncFormatter(lambda v, _: percent(v)))


# ---- files


def save(figure: Figure, stem: Path, *, title: str, alt: str) -> list[Path]:
    """PNG, SVG and PDF with fonts embedded and no dates; the same figure gives the same bytes."""
    metadata: dict[str, dict[str, Any]] = {
        "png": {"Title": title, "Description": alt, "Software": None},
        "svg": {"Title": title, "Description": alt, "Date": None, "Creator": None},
        "pdf": {"Title": title, "Subject": alt, "CreationDate": None, "ModDate": None, "Creator": None, "Producer": None},
    }
    out = []
    for kind in FORMATS:
        path = stem.with_name(f"{stem.name}.{kind}")
        figure.savefig(path, format=kind, dpi=DOTS_PER_INCH, metadata=metadata[kind])
        out.append(path)
    return out


def wrapped(paragraphs: Iterable[str], width: int = 100) -> str:
    """Paragraphs as lines of a text file, an empty line between them; a number stays with its % sign."""
    whole = [" ".join(paragraph.split()).replace(" %", "\xa0%") for paragraph in paragraphs if paragraph.strip()]
    return "\n\n".join(textwrap.fill(paragraph, width) for paragraph in whole).replace("\xa0%", " %") + "\n"
