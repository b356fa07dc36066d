"""Drawing lines, dots and bars in panels: what the kinds of figures have in common."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from sim.figures import style
from sim.figures.cases import RUNG, Case, case_label, cases, fixed, words
from sim.figures.outcomes import ENTRY
from sim.figures.overlays import COLUMNS, Overlays, Position, overlays_of
from sim.figures.quantity import Quantity
from sim.figures.ranges import Line, vertical_range
from sim.figures.said import of_band, span
from sim.figures.sheet import ALONE, LEFT, LETTER, Sheet, add_legend, sheet
from sim.study.experiment import ExperimentFile
from sim.study.figure_kind import VARIANT, Spec
from sim.study.more import BY_RUNG

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.lines import Line2D

JOINED: Final = "joined"
"""Points are joined to a line, with shaded bands."""
APART: Final = "apart"
"""Points stand beside each other over categories, with bars."""
CLOUD: Final = "cloud"
"""Points of a sampled design: small dots."""

LIGHT, DARK = 0.12, 0.38
"""How opaque the band over draws is, and the interval of sampling in it."""
MOST_DOTS: Final = 5_000
FEW: Final = 2.3
"""Height in inches of the only panel, where points stand over categories."""


@dataclass(frozen=True)
class Panels:
    """The lines of a figure by panel and group, with the names of both."""

    panel_role: str | None
    group_role: str | None
    panels: tuple[Case, ...]
    groups: tuple[Case, ...]
    lines: tuple[tuple[Line, ...], ...]
    ranges: tuple[tuple[float, float], ...] = field(default=())
    """Lowest and highest value of each panel's vertical axis."""
    overlays: Overlays = field(default=Overlays())
    """What is drawn over the lines."""

    @property
    def sampled(self) -> bool:
        """Whether some line has an interval of sampling."""
        return any(line.reading.interval is not None for panel in self.lines for line in panel)

    @property
    def banded(self) -> bool:
        """Whether some line has a band over draws."""
        return any(line.reading.band is not None for panel in self.lines for line in panel)

    @property
    def shared(self) -> bool:
        """Whether all panels have one vertical axis."""
        return len(set(self.ranges)) <= 1

    def name(self, n: int, experiment: ExperimentFile) -> str:
        """A panel's name as in its title."""
        return case_label(self.panel_role, self.panels[n], experiment) if self.panel_role is not None else ""


def gather(
    spec: Spec, experiment: ExperimentFile, line: Callable[[Case], Line], shown: Quantity, position: Position | None = None
) -> Panels:
    """The lines of a figure; the axes are shared, unless panels show different rungs.

    `position` says where the points of the file's own data stand.
    """
    panels, groups = (cases(spec.get(role), spec, experiment, shown.outcome) for role in ("panel", "group"))
    whole = fixed(spec, experiment)
    lines = tuple(tuple(line(group.within(panel).within(whole)) for group in groups) for panel in panels)
    apart = spec.get("panel") == RUNG or (spec.get("panel") == ENTRY and shown.outcome in BY_RUNG)
    every = [x for panel in lines for x in panel]
    free = experiment.model is not None
    over = Overlays() if position is None else overlays_of(spec, panels, experiment, position)
    ranges = tuple(
        vertical_range(spec, panel if apart else every, shown, free, over.heights(n if apart else None))
        for n, panel in enumerate(lines)
    )
    return Panels(spec.get("panel"), spec.get("group"), tuple(panels), tuple(groups), lines, ranges, over)


def look_of(panels: Panels, experiment: ExperimentFile) -> dict[str, style.Look]:
    """The look of every group; a variant's is the same in all figures of its scenario.  The only line of a model is black."""
    if experiment.model is not None and panels.group_role is None:
        return {}
    names = experiment.scenario.variants if panels.group_role == VARIANT else [group.name for group in panels.groups]
    return style.looks(list(names))


def paint(
    spec: Spec,
    experiment: ExperimentFile,
    panels: Panels,
    shown: Quantity,
    *,
    x: str,
    y: str,
    manner: str = JOINED,
    notes: Sequence[str] = (),
    ticks: Sequence[str] = (),
    markers: bool = False,
    named: bool = True,
    stepped: bool = False,
) -> Sheet:
    """The sheet with all lines, bands, titles of panels, ranges and the legend; `named`: the groups are in the legend.

    `stepped`: lines go in steps, half-way between the points.
    """
    entries = [_entry(panels, group, experiment) if named else "" for group in panels.groups]
    bands = [] if manner == CLOUD else of_band(experiment, shown, panels.banded, panels.sampled, manner == JOINED)
    over = panels.overlays
    legend = [*(entry for entry in entries if entry), *over.labels, *bands]
    titles = [panels.name(n, experiment) for n in range(len(panels.panels))]
    if shown.probability and panels.shared and panels.ranges[0] != (0.0, 1.0):
        y = f"{y} " + f"(axis {span(panels.ranges[0])})".replace(" ", "\xa0")
    title = spec.get("title") or experiment.title
    page = sheet(
        title,
        titles,
        x=x,
        y=y,
        legend=legend,
        notes=notes,
        share=panels.shared,
        ticks=ticks,
        left=max(LEFT, 0.45 + LETTER * max(map(len, shown.words))) if shown.words else LEFT,
        alone=FEW if manner == APART else ALONE,
    )
    looks, handles = look_of(panels, experiment), []
    write = style.percent if shown.probability else style.points if shown.baseline is not None else None
    for k, (ax, lines, (low, high)) in enumerate(zip(page.panels, panels.lines, panels.ranges, strict=True)):
        over.put(ax, k, (low, high))
        if shown.baseline is not None:
            ax.axhline(0.0, color="0.2", linewidth=0.9, zorder=1.8, gid="zero")
        for n, (group, line) in enumerate(zip(panels.groups, lines, strict=True)):
            look = looks.get(group.name, style.ROLES["base"])
            beside = 0.12 * (n - (len(lines) - 1) / 2) if manner == APART and named else 0.0
            if manner == CLOUD:
                drawn = _dots(ax, line, look, MOST_DOTS // len(lines), experiment.seed)
            else:
                drawn = _line(ax, line, look, manner, markers, beside, stepped)
                drawn.set_clip_on(line.beyond((low, high)))
            drawn.set_label(entries[n] or words(group.name))
            if ax is page.panels[0]:
                handles.append(drawn)
        style.vertical(ax, low, high, write)
        if shown.words:
            ax.set_yticks(range(len(shown.words)), list(shown.words))
        if not any(np.isfinite(line.y).any() for line in lines):
            ax.text(0.5, 0.5, nothing(experiment), transform=ax.transAxes, ha="center", va="center", color="0.4")
        if shown.probability and not panels.shared and (low, high) != (0.0, 1.0):
            ax.text(0.02, 0.98, f"axis {span((low, high))}", transform=ax.transAxes, va="top", fontsize=7.5, color="0.3")
    if legend:
        kept = [handle for handle, entry in zip(handles, entries, strict=True) if entry]
        add_legend(page, [*kept, *over.handles(), *_swatches(len(bands), manner == JOINED)], legend)
    return page


def nothing(experiment: ExperimentFile) -> str:
    """What stands in a panel in which nothing can be drawn."""
    return "could not be computed" if experiment.model is None else "undefined here"


def _line(ax: Axes, line: Line, look: style.Look, manner: str, markers: bool, beside: float, stepped: bool = False) -> Line2D:
    """One line with its band and interval; dashed lines lie on top, so that a solid one does not hide them."""
    x, reading = line.x + beside, line.reading
    both = reading.band is not None and reading.interval is not None
    for ends, opaque, wide in ((reading.band, LIGHT, 1.2), (reading.interval, DARK if both else 0.18, 3.6 if both else 1.2)):
        if ends is None:
            continue
        if manner == JOINED:
            step = "mid" if stepped else None
            ax.fill_between(x, *ends, color=look.colour, alpha=opaque, linewidth=0, zorder=1.5, step=step)
            for end in ends if opaque == LIGHT else ():  # bands of several lines overlap: their edges tell them apart
                ax.plot(x, end, color=look.colour, linestyle=look.dashes, linewidth=0.6, alpha=0.8, zorder=1.6, gid="edge")
        else:
            ax.vlines(x, *ends, color=look.colour, linewidth=wide, zorder=2)
    (drawn,) = ax.plot(
        x,
        line.y,
        color=look.colour,
        linestyle=look.dashes if manner == JOINED else "none",
        marker=look.marker if markers or manner == APART else "",
        markersize=3.2 if manner == JOINED else 5.0,
        clip_on=False,
        drawstyle="steps-mid" if stepped else "default",
        zorder=3.0 if look.dashes == "-" else 3.5,
    )
    return drawn


def _dots(ax: Axes, line: Line, look: style.Look, most: int, seed: int) -> Line2D:
    """A cloud of small dots; gives what stands for it in the legend."""
    from matplotlib.lines import Line2D

    some = thinned(len(line.x), most, seed)
    few = len(some) <= 300
    ax.plot(
        line.x[some],
        line.y[some],
        color=look.colour,
        linestyle="none",
        marker="o",
        markersize=3.0 if few else 2.0,
        markeredgewidth=0,
        alpha=0.7 if few else 0.35,
        rasterized=len(some) > 1_000,
        zorder=3,
    )
    return Line2D([], [], color=look.colour, linestyle="none", marker="o", markersize=4.0, markeredgewidth=0)


def thinned(n: int, most: int, seed: int) -> np.ndarray:
    """Which of n points to keep, in order: all of them, or `most` drawn at random, so that no pattern of a design is met."""
    if n <= most:
        return np.arange(n)
    return np.sort(np.random.default_rng(seed).choice(n, most, replace=False))


def _swatches(number: int, joined: bool) -> list[Any]:
    """What stands for the bands in the legend, the lighter or thinner one first."""
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    if joined:
        return [Patch(facecolor="0.45", alpha=alpha, linewidth=0) for alpha in (0.3, 0.65)[:number]]
    return [
        Line2D([], [], linestyle="none", marker="|", markersize=8, markeredgewidth=wide, color="0.4")
        for wide in (1.2, 3.6)[:number]
    ]


def _entry(panels: Panels, group: Case, experiment: ExperimentFile) -> str:
    return case_label(panels.group_role, group, experiment) if panels.group_role is not None and group.name else ""


def data(panels: Panels, shown: Quantity, x_name: str) -> tuple[tuple[str, ...], list[list[Any]]]:
    """The table behind a figure: panel, group, what was drawn, and the further columns of the lines."""
    first = next(line for panel in panels.lines for line in panel)
    columns = ["panel", "group", x_name, *first.extra, shown.statistic]
    if panels.banded and shown.band is not None:
        columns += [f"quantile_{q:g}" for q in shown.band]
    if panels.sampled:
        columns += ["interval_low", "interval_high"]
    rows = []
    for case, lines in zip(panels.panels, panels.lines, strict=True):
        for group, line in zip(panels.groups, lines, strict=True):
            around = [x for ends in (line.reading.band, line.reading.interval) if ends is not None for x in ends]
            numbers = [line.y.tolist(), *(np.asarray(x).tolist() for x in around)]
            for at, *rest in zip(line.x.tolist(), *line.extra.values(), *numbers, strict=True):
                rows.append([case.name, group.name, at, *rest])
    if shown.words:
        columns, at = [*columns, "word"], len(columns) - 1 - 2 * panels.sampled - 2 * panels.banded
        rows = [[*row, word(row[at], shown)] for row in rows]
    if panels.overlays:
        at, blank = columns.index(shown.statistic), [""] * len(COLUMNS)
        rows = [[*row, *blank] for row in rows]
        for panel, label, x, y, told in panels.overlays.rows([case.name for case in panels.panels]):
            row = [panel, label, x, *([""] * (len(columns) - 3))]
            row[at] = y
            rows.append([*row, *told])
        columns += COLUMNS
    return tuple(columns), rows


def word(code: float, shown: Quantity) -> str:
    """What a code stands for; "" where there is none."""
    return shown.words[int(code)] if np.isfinite(code) and 0 <= code < len(shown.words) and code == int(code) else ""
