"""The curve of break-even values over two parameters, and the side of it on which the condition holds."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np

from sim.figures import style
from sim.figures.cases import axis_label
from sim.figures.sheet import add_legend, sheet
from sim.study.design import Axis
from sim.study.threshold.words import condition, plain

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from sim.study.experiment import ExperimentFile
    from sim.study.threshold import Threshold
    from sim.study.threshold.curve import Curve

SHADE: Final = "#CFE8E0"
"""Where the condition holds."""


def draw(stem: Path, found: Threshold, experiment: ExperimentFile) -> list[Path]:
    """The curve as PNG, SVG and PDF."""
    question, curve = found.question, found.curve
    assert curve is not None
    assert question.over is not None
    look = style.looks([question.variant])[question.variant]
    x, y = (axis_label(Axis(span.name, span.paths, ()), experiment) for span in (question.parameter, question.over))
    title = f"Where {condition(question)}"
    names = [f"{plain(question.variant)} is below {_limit(found)}", "break-even curve", "the file's own values"]
    with style.settings():
        from matplotlib.lines import Line2D
        from matplotlib.patches import Patch

        page = sheet(
            title,
            [""],
            x=x,
            y=y,
            legend=names if _own(found) else names[:2],
            notes=[condition(question) + " in the shaded area.", "Conditional on the assumptions, not a forecast."],
        )
        ax = page.panels[0]
        _shade(ax, curve)
        for n in range(curve.segments):
            mine = curve.segment == n
            ax.plot(curve.x[mine], curve.y[mine], color=look.colour, zorder=3)
        handles = [Patch(facecolor=SHADE), Line2D([], [], color=look.colour)]
        if own := _own(found):
            handles += ax.plot(*own, linestyle="none", marker=look.marker, color="black", markersize=5, zorder=4, clip_on=False)
        ax.set_xlim(question.parameter.low, question.parameter.high)
        ax.set_ylim(question.over.low, question.over.high)
        add_legend(page, handles, names[: len(handles)])
        return style.save(page.figure, stem, title=title, alt=alt(found))


def alt(found: Threshold) -> str:
    """What there is to see."""
    question, curve = found.question, found.curve
    assert curve is not None
    assert question.over is not None
    pieces = "No line" if not curve.segments else "One line" if curve.segments == 1 else f"{curve.segments} lines"
    return f"{pieces} over {question.parameter.name} and {question.over.name}; shaded is where {condition(question)}."


def _limit(found: Threshold) -> str:
    question = found.question
    return f"{question.level:g}" if question.beats is None else plain(question.beats)


def _own(found: Threshold) -> tuple[float, float] | None:
    """The file's own values of both parameters, if they are in the ranges."""
    question = found.question
    assert question.over is not None
    x, y = found.values[question.parameter.name], found.values[question.over.name]
    if x is None or y is None:
        return None
    inside = question.parameter.low <= x <= question.parameter.high and question.over.low <= y <= question.over.high
    return (x, y) if inside else None


def _shade(ax: Axes, curve: Curve) -> None:
    """The area on which the condition holds, by the values that were looked at."""
    x, y, f = curve.samples[np.isfinite(curve.samples).all(axis=1)].T
    if (f < 0).any() and len(x) >= 3 and np.ptp(x) > 0 and np.ptp(y) > 0:
        f = np.where(f == 0, 1e-300, f)  # no difference is not below
        ax.tricontourf(x, y, f, levels=[min(2 * float(f.min()), -1.0), 0.0], colors=[SHADE], zorder=1)
