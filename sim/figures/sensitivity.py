"""What moves an outcome most: a tornado, Sobol indices or Morris effects, as bars, from an analysis of the stored sweep."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from sim.declare import Key, Problem, Text, Whole
from sim.dilemma.lookup import did_you_mean
from sim.figures import said, style
from sim.figures.cases import axis_label, words
from sim.figures.drawing import Drawing
from sim.figures.quantity import Quantity, label, quantity
from sim.figures.sheet import LETTER, add_legend, sheet
from sim.study.analyses import KINDS
from sim.study.experiment import ExperimentFile
from sim.study.figure_kind import FigureKind, Spec
from sim.study.results import Results

if TYPE_CHECKING:
    from matplotlib.axes import Axes

KEYS = (
    Key("analysis", Text(), "The name of the entry of [[analyses]] that is shown: one_at_a_time, sobol or morris."),
    Key("most", Whole(1, 60), "How many parameters are shown: those that move the outcome most.", 15),
)

LOW, HIGH = "#E69F00", "#0072B2"
LIGHT, DARK, INK = "#A9CCE3", "#0072B2", "0.15"
LINE: Final = 0.27
"""Inches for one parameter."""
LONGEST: Final = 34
"""Letters of a parameter's name before it is wrapped."""

Row = Mapping[str, Any]
Entries = list[tuple[str, Any]]


@dataclass(frozen=True)
class Plot:
    """How the rows of one kind of analysis are drawn: `paint` draws one at a height, `ends` are those of the horizontal axis of a
    panel so many inches wide."""

    size: str
    """The column by which parameters are sorted."""
    paint: Callable[[Axes, float, Row, Quantity], None]
    legend: Callable[[], Entries]
    ends: Callable[[Sequence[Row], float], tuple[float, float]]
    label: Callable[[str], str] = str
    """The horizontal axis, of the outcome."""
    unit: bool = True
    """Whether numbers have the unit of the outcome."""


def problems(spec: Spec, experiment: ExperimentFile) -> Iterator[Problem]:
    """What is wrong with the entry."""
    known = {analysis["name"]: analysis for analysis in experiment.analyses}
    found = known.get(spec["analysis"])
    if found is None:
        hint = did_you_mean(spec["analysis"], known) if known else "Write [[analyses]] with a name and a kind."
        yield Problem(("analysis",), "names no analysis of this experiment", spec["analysis"], hint)
    elif found["kind"] not in PLOTS:
        yield Problem(("analysis",), f"must name an analysis of kind {', '.join(PLOTS)}", found["kind"])


def draw(spec: Spec, results: Results) -> Drawing:
    """The figure from stored results."""
    experiment = results.experiment
    asked = next(analysis for analysis in experiment.analyses if analysis["name"] == spec["analysis"])
    found = KINDS[asked["kind"]].find(asked, results)
    plot, shown = PLOTS[found.kind], quantity(asked, experiment)
    every = [dict(zip(found.columns, row, strict=True)) for row in found.rows]
    rows = [row for row in every if row["variant"] in (spec.get("variants") or experiment.variants)]
    variants = list(dict.fromkeys(row["variant"] for row in rows))
    order = _order(rows, plot.size)
    kept = order[: spec["most"]]
    names = [_name(parameter, experiment) for parameter in kept]
    legend = plot.legend() if rows else []
    high = max(1.0, LINE * len(kept) + 0.15)
    page = sheet(
        spec.get("title") or found.title,
        [words(variant) for variant in variants] or [""],
        x=plot.label(label(asked, shown, experiment)),
        y="",
        legend=[name for name, _ in legend],
        left=0.25 + 0.92 * LETTER * max((len(line) for name in names for line in name.split("\n")), default=0),
        alone=high,
        row=high,
    )
    wide = page.panels[0].get_position().width * page.figure.get_figwidth()
    ends = spec.get("axis") or plot.ends([row for row in rows if row["parameter"] in kept], wide)
    for ax, variant in zip(page.panels, variants or [""], strict=True):
        own = {row["parameter"]: row for row in rows if row["variant"] == variant}
        for n, parameter in enumerate(kept):
            if parameter in own:
                plot.paint(ax, float(n), own[parameter], shown)
        _finish(ax, names, ends, plot, shown)
    if legend:
        add_legend(page, [handle for _, handle in legend], [name for name, _ in legend])
    sentences = (
        *found.sentences,
        *_left_out(order[spec["most"] :], rows, plot, shown),
        *(["The horizontal axis does not begin at zero."] if rows and ends[0] > 0 else []),
        *said.of_engine(experiment, shown),
    )
    alt = f"Bars: {said.closed(page.title)} {' '.join(_largest(rows, variants, order, plot, experiment, shown))}"
    return Drawing(page.figure, page.title, found.columns, found.rows, sentences, alt)


def _order(rows: Sequence[Row], size: str) -> list[str]:
    """The parameters, those first that move the outcome of some variant most."""
    largest: dict[str, float] = {}
    for row in rows:
        moved = row[size] if row[size] is not None else 0.0
        largest[row["parameter"]] = max(moved, largest.get(row["parameter"], moved))
    return sorted(largest, key=lambda parameter: -largest[parameter])


def _name(parameter: str, experiment: ExperimentFile) -> str:
    axis = experiment.axis(parameter)
    return "\n".join(textwrap.wrap(axis_label(axis, experiment, unit=False) if axis is not None else parameter, LONGEST)[:2])


def _finish(ax: Axes, names: Sequence[str], ends: Sequence[float], plot: Plot, shown: Quantity) -> None:
    """Names of parameters, from the top, and the horizontal axis."""
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    ax.set_ylim(max(len(names), 1) - 0.5, -0.5)
    ax.set_yticks(range(len(names)), list(names), fontsize=7.5, linespacing=0.95)
    ax.tick_params(axis="y", length=0)
    ax.grid(False, axis="y")
    ax.set_xlim(*ends)
    if shown.baseline is not None and plot.unit and ends[0] < 0 < ends[1]:
        ax.axvline(0.0, color="0.2", linewidth=0.8, linestyle=(0, (4, 2)), zorder=1.5, gid="zero")
    ax.xaxis.set_major_locator(MaxNLocator(5, steps=[1, 2, 2.5, 5, 10]))
    if plot.unit and (shown.probability or shown.baseline is not None):
        write = style.percent if shown.probability else style.points
        lowest = -1e-12 if shown.probability else -math.inf  # there is room for labels below 0, and no probability
        ax.xaxis.set_major_formatter(FuncFormatter(lambda v, _: write(v) if v >= lowest else ""))
    if not names:
        ax.text(0.5, 0.5, "nothing to show", transform=ax.transAxes, ha="center", va="center", color="0.4")


def _left_out(others: Sequence[str], rows: Sequence[Row], plot: Plot, shown: Quantity) -> list[str]:
    """How many parameters are not shown, and how little they move."""
    if not others:
        return []
    most = max(row[plot.size] or 0.0 for row in rows if row["parameter"] in others)
    if most == 0:
        return [f"{len(others)} further parameters do not move the outcome and are not shown."]
    size = said.size(most, shown) if plot.unit else f"{most:.2g}"
    return [f"{len(others)} further parameters are not shown; the largest {words(plot.size)} among them is {size}."]


def _largest(
    rows: Sequence[Row], variants: Sequence[str], order: Sequence[str], plot: Plot, experiment: ExperimentFile, shown: Quantity
) -> Iterator[str]:
    """The three largest of every variant."""
    for variant in variants:
        own = sorted((row for row in rows if row["variant"] == variant), key=lambda row: -(row[plot.size] or 0.0))[:3]
        parts = []
        for row in own:
            size = row[plot.size] or 0.0
            name = _name(row["parameter"], experiment).replace("\n", " ")
            parts.append(f"{name} {said.size(size, shown) if plot.unit else f'{size:.2g}'}")
        yield f"{words(variant)}, largest {words(plot.size)}: {', '.join(parts)}."


# ---- the bars of a tornado


def _tornado(ax: Axes, at: float, row: Row, shown: Quantity) -> None:
    """From the base to the outcome at either end of the parameter; both at half height where they are on one side of the base."""
    base, ends = row["y_base"], (row["y_low"], row["y_high"])
    if base is None:
        return
    known = [y for y in ends if y is not None]
    same = len(known) == 2 and (known[0] - base) * (known[1] - base) > 0
    for y, value, colour, side in ((ends[0], row["low"], LOW, -0.18), (ends[1], row["high"], HIGH, 0.18)):
        if y is None:
            continue
        centre, high = (at + side, 0.34) if same else (at, 0.68)
        ax.barh(centre, y - base, height=high, left=base, color=colour, linewidth=0, zorder=2)
        if y != base or not same:
            right = y > base or (y == base and side > 0)
            ax.annotate(
                _value(value),
                (y, centre),
                xytext=(2.5 if right else -2.5, 0),
                textcoords="offset points",
                ha="left" if right else "right",
                va="center_baseline" if not same else "center",
                fontsize=6 if not same else 5,
                color="0.25",
            )
    ax.vlines(base, at - 0.5, at + 0.5, color=INK, linewidth=1.0, zorder=3)


def _tornado_ends(rows: Sequence[Row], wide: float) -> tuple[float, float]:
    """The outcomes with room for the labels at both ends."""
    known = [row[key] for row in rows for key in ("y_low", "y_base", "y_high") if row[key] is not None]
    low, high = min(known, default=0.0), max(known, default=1.0)
    letters = max((len(_value(row[key])) for row in rows for key in ("low", "high")), default=0)
    room = min(0.1 + 0.052 * letters, 0.3 * wide)
    air = room / (wide - 2 * room) * (high - low) or 0.1 * (abs(high) or 1.0)
    return low - air, high + air


def _value(x: Any) -> str:
    return f"{x:.3g}" if isinstance(x, int | float) else str(x)


def _tornado_legend() -> Entries:
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    return [
        ("parameter at its low end", Patch(color=LOW, linewidth=0)),
        ("at its high end (values at the bars)", Patch(color=HIGH, linewidth=0)),
        ("base", Line2D([], [], color=INK, linewidth=1.0)),
    ]


# ---- Sobol indices


def _sobol(ax: Axes, at: float, row: Row, shown: Quantity) -> None:
    for key, colour, side in (("total", LIGHT, 0.18), ("first_order", DARK, -0.18)):
        ax.barh(at + side, row[key], height=0.34, color=colour, linewidth=0, zorder=2)
        ax.hlines(at + side, row[f"{key}_low"], row[f"{key}_high"], color=INK, linewidth=0.9, zorder=3)


def _sobol_ends(rows: Sequence[Row], wide: float) -> tuple[float, float]:
    lows = [row[f"{key}_low"] for row in rows for key in ("first_order", "total")]
    highs = [row[f"{key}_high"] for row in rows for key in ("first_order", "total")]
    low, high = min([0.0, *lows]), max([1.0, *highs])
    return low - 0.03 * (low < 0), high + 0.03 * (high > 1)


def _sobol_legend() -> Entries:
    from matplotlib.patches import Patch

    return [
        ("first-order index (alone)", Patch(color=DARK, linewidth=0)),
        ("total index (with interactions)", Patch(color=LIGHT, linewidth=0)),
        _interval(),
    ]


# ---- Morris effects


def _morris(ax: Axes, at: float, row: Row, shown: Quantity) -> None:
    ax.barh(at, row["mu_star"], height=0.6, color=LIGHT, linewidth=0, zorder=2)
    ax.hlines(at, row["mu_star_low"], row["mu_star_high"], color=INK, linewidth=0.9, zorder=3)
    ax.plot([row["sigma"]], [at], marker="D", markersize=4.0, color="#D55E00", linestyle="none", zorder=4)


def _morris_ends(rows: Sequence[Row], wide: float) -> tuple[float, float]:
    tops = [row[key] for row in rows for key in ("mu_star_high", "sigma")]
    return 0.0, style.ceiling(max(tops, default=0.0), False)


def _morris_legend() -> Entries:
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    return [
        ("mean absolute effect", Patch(color=LIGHT, linewidth=0)),
        ("its spread (sigma)", Line2D([], [], marker="D", markersize=4, color="#D55E00", linestyle="none")),
        _interval(),
    ]


def _interval() -> tuple[str, Any]:
    from matplotlib.lines import Line2D

    return "95 % interval", Line2D([], [], color=INK, linewidth=0.9)


PLOTS: Final[Mapping[str, Plot]] = {
    "one_at_a_time": Plot("swing", _tornado, _tornado_legend, _tornado_ends),
    "sobol": Plot("total", _sobol, _sobol_legend, _sobol_ends, lambda outcome: f"Share of the variance: {outcome}", unit=False),
    "morris": Plot(
        "mu_star", _morris, _morris_legend, _morris_ends, lambda outcome: f"Change over a parameter's whole range: {outcome}"
    ),
}

KIND = FigureKind("sensitivity", KEYS, (), problems, draw)
