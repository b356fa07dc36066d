"""Drawing lines in panels: what the kinds of figures have in common."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.figures import style
from sim.figures.cases import RUNG, Case, axis_label, case_label, cases, fixed, words
from sim.study.experiment import ExperimentFile
from sim.study.figure_kind import VARIANT, Spec

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.lines import Line2D


@dataclass(frozen=True)
class Line:
    """One line of a panel: where it goes, and its interval if it has a sampling error; all of shape (points,)."""

    x: np.ndarray
    y: np.ndarray
    low: np.ndarray | None = None
    high: np.ndarray | None = None

    @property
    def top(self) -> float:
        """The highest number drawn; nan if there is none."""
        drawn = self.y if self.high is None else np.concatenate([self.y, self.high])
        return float(np.nanmax(drawn)) if np.isfinite(drawn).any() else np.nan

    @property
    def bottom(self) -> float:
        """The lowest number drawn; nan if there is none."""
        drawn = self.y if self.low is None else np.concatenate([self.y, self.low])
        return float(np.nanmin(drawn)) if np.isfinite(drawn).any() else np.nan


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

    @property
    def banded(self) -> bool:
        """Whether some line has a sampling error."""
        return any(line.low is not None for panel in self.lines for line in panel)

    @property
    def shared(self) -> bool:
        """Whether all panels have one vertical axis."""
        return len(set(self.ranges)) <= 1


def gather(spec: Spec, experiment: ExperimentFile, line: Callable[[Case], Line], *, probability: bool) -> Panels:
    """The lines of a figure; the axes are shared, unless panels show different rungs."""
    panels, groups = cases(spec.get("panel"), spec, experiment), cases(spec.get("group"), spec, experiment)
    whole = fixed(spec, experiment)
    lines = tuple(tuple(line(group.within(panel).within(whole)) for group in groups) for panel in panels)
    apart = spec.get("panel") == RUNG
    every = [x for panel in lines for x in panel]
    ranges = tuple(_range(spec, panel if apart else every, probability) for panel in lines)
    return Panels(spec.get("panel"), spec.get("group"), tuple(panels), tuple(groups), lines, ranges)


def _range(spec: Spec, lines: Sequence[Line], probability: bool) -> tuple[float, float]:
    if spec.get("axis") is not None:
        return float(spec["axis"][0]), float(spec["axis"][1])
    tops = [line.top for line in lines if np.isfinite(line.top)]
    top, bottom = max(tops, default=0.0), min((line.bottom for line in lines if np.isfinite(line.bottom)), default=0.0)
    if probability:
        return 0.0, style.ceiling(top)
    low = -style.ceiling(-bottom, False) if bottom < 0 else 0.0
    return low, style.ceiling(top, False) if top > 0 else 0.0


def look_of(panels: Panels, experiment: ExperimentFile) -> dict[str, style.Look]:
    """The look of every group; a variant's is the same in all figures of its scenario."""
    names = experiment.scenario.variants if panels.group_role == VARIANT else [group.name for group in panels.groups]
    return style.looks(list(names))


def paint(
    spec: Spec,
    experiment: ExperimentFile,
    panels: Panels,
    *,
    title: str,
    x: str,
    y: str,
    probability: bool,
    notes: Sequence[str] = (),
    markers: bool = False,
    joined: bool = True,
) -> style.Sheet:
    """The sheet with all lines, bands, titles of panels, ranges and the legend."""
    entries = [_entry(panels, group, experiment) for group in panels.groups]
    band = [f"{'shaded' if joined else 'bars'}: 95 % interval of sampling"] if panels.banded else []
    named = [entry for entry in entries if entry] + band
    titles = [panel_name(panels, n, experiment) for n in range(len(panels.panels))]
    if probability and panels.shared and panels.ranges[0] != (0.0, 1.0):
        y = f"{y} " + f"(axis {_span(panels.ranges[0])})".replace(" ", "\xa0")
    sheet = style.sheet(title, titles, x=x, y=y, legend=named, notes=notes, share=panels.shared)
    looks, handles = look_of(panels, experiment), []
    for ax, lines, (low, high) in zip(sheet.panels, panels.lines, panels.ranges, strict=True):
        for n, (group, line) in enumerate(zip(panels.groups, lines, strict=True)):
            look = looks.get(group.name, style.ROLES["base"])
            beside = 0.0 if joined else 0.12 * (n - (len(lines) - 1) / 2)
            drawn = _line(ax, line, look, markers=markers, joined=joined, beside=beside)
            drawn.set_label(entries[n] or words(group.name))
            if ax is sheet.panels[0]:
                handles.append(drawn)
        style.vertical(ax, low, high, probability)
        if not any(np.isfinite(line.y).any() for line in lines):
            ax.text(0.5, 0.5, "could not be computed", transform=ax.transAxes, ha="center", va="center", color="0.4")
        if probability and not panels.shared and (low, high) != (0.0, 1.0):
            ax.text(0.02, 0.98, f"axis {_span((low, high))}", transform=ax.transAxes, va="top", fontsize=7.5, color="0.3")
    if named:
        shown = [handle for handle, entry in zip(handles, entries, strict=True) if entry]
        style.add_legend(sheet, [*shown, *([_swatch(joined)] if band else [])], named)
    return sheet


def _line(ax: Axes, line: Line, look: style.Look, *, markers: bool, joined: bool, beside: float) -> Line2D:
    """One line with its interval; dashed lines lie on top, so that a solid one does not hide them."""
    x = line.x + beside
    if line.low is not None and line.high is not None and joined:
        ax.fill_between(x, line.low, line.high, color=look.colour, alpha=0.18, linewidth=0, zorder=1.5)
    elif line.low is not None and line.high is not None:
        ax.vlines(x, line.low, line.high, color=look.colour, linewidth=1.2, zorder=2)
    (drawn,) = ax.plot(
        x,
        line.y,
        color=look.colour,
        linestyle=look.dashes if joined else "none",
        marker=look.marker if markers or not joined else "",
        markersize=3.2 if joined else 5.0,
        clip_on=False,
        zorder=3.0 if look.dashes == "-" else 3.5,
    )
    return drawn


def _swatch(joined: bool) -> Any:
    """What stands for the interval in the legend."""
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    if joined:
        return Patch(facecolor="0.45", alpha=0.3, linewidth=0)
    return Line2D([], [], linestyle="none", marker="|", markersize=8, markeredgewidth=1.2, color="0.4")


def _entry(panels: Panels, group: Case, experiment: ExperimentFile) -> str:
    return case_label(panels.group_role, group, experiment) if panels.group_role is not None and group.name else ""


def of_axes(panels: Panels, experiment: ExperimentFile, probability: bool) -> list[str]:
    """What must be said of the vertical axes: zooms, and differences between panels."""
    if not probability:
        return []
    zoomed = [f"{panel_name(panels, n, experiment)} {_span(r)}" for n, r in enumerate(panels.ranges) if r != (0.0, 1.0)]
    if not zoomed:
        return ["All vertical axes run from 0 to 100 %." if len(panels.panels) > 1 else "The vertical axis runs from 0 to 100 %."]
    if panels.shared:
        which = "All vertical axes are" if len(panels.panels) > 1 else "The vertical axis is"
        return [f"{which} zoomed: {_span(panels.ranges[0])}."]
    return [f"Vertical axes differ between panels; zoomed: {'; '.join(zoomed)}; the others run from 0 to 100 %."]


def panel_name(panels: Panels, n: int, experiment: ExperimentFile) -> str:
    """A panel's name as in its title."""
    return case_label(panels.panel_role, panels.panels[n], experiment) if panels.panel_role is not None else ""


def _span(ends: tuple[float, float]) -> str:
    return f"{style.percent(ends[0]).removesuffix(' %')} to {style.percent(ends[1])}"


def of_engine(experiment: ExperimentFile, banded: bool) -> str:
    """How the numbers were found, and what the band is."""
    if experiment.engine == "exact":
        return "Engine: exact; no sampling error."
    drawn = f"Engine: Monte Carlo, {experiment.replicates:,} simulated histories for each line's points, seed {experiment.seed}."
    bands = " Bands and bars are the 95 % interval of the sampling error alone; it says nothing of the parameters."
    return drawn + (bands if banded else "")


def of_fixed(spec: Spec, experiment: ExperimentFile) -> list[str]:
    """The values that the figure fixes by choice."""
    out = []
    for name in spec["where"]:
        axis = experiment.axis(name)
        assert axis is not None
        n = fixed(spec, experiment).index[experiment.axes.index(axis)]
        out.append(f"Shown at {axis_label(axis, experiment, unit=False)} = {axis.label(n)}.")
    return out


def of_missing(panels: Panels) -> list[str]:
    """How many points are not drawn because they failed."""
    missing = sum(int(np.isnan(line.y).sum()) for panel in panels.lines for line in panel)
    return [f"{missing} points could not be computed and are left out; the manifest says why."] if missing else []


def data(
    panels: Panels, experiment: ExperimentFile, x_name: str, extra: dict[str, Callable[[float], Any]]
) -> tuple[tuple[str, ...], list[list[Any]]]:
    """The table behind a figure: panel, group, what was drawn, and columns worked out from x."""
    columns = ["panel", "group", x_name, *extra, "value", *(["interval_low", "interval_high"] if panels.banded else [])]
    rows = []
    for n, lines in enumerate(panels.lines):
        for group, line in zip(panels.groups, lines, strict=True):
            for k, (at, value) in enumerate(zip(line.x, line.y, strict=True)):
                ends = [line.low[k], line.high[k]] if line.low is not None and line.high is not None else []
                more = [function(float(at)) for function in extra.values()]
                rows.append([panels.panels[n].name, group.name, float(at), *more, float(value), *map(float, ends)])
    return tuple(columns), rows
