"""Results of small experiments with ranges, for the tests of the figures, and what is read back from a drawing."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from sim import study
from sim.config import InputError
from sim.figures import KINDS, style
from sim.figures.drawing import Drawing
from sim.study import Results
from study_case import SCENARIO, experiment

RANGES = """\
[uncertain]
"monitoring.detection" = { distribution = "triangular", low = 0.1, mode = 0.5, high = 0.9, basis = "judgement", source = "none" }
"treaties.pact.sanction" = { distribution = "triangular", low = 0, mode = 1, high = 3, basis = "judgement", source = "none" }
"onset.background_rate" = { distribution = "uniform", low = 0.02, high = 0.4, basis = "judgement", source = "none" }
"crisis.advance.0" = { distribution = "triangular", low = 0.05, mode = 0.2, high = 0.4, basis = "judgement", source = "none" }
"""
UNCERTAIN = SCENARIO.replace("[variants.no_treaty]", f"{RANGES}[variants.no_treaty]", 1)
VARIANTS = ("no_treaty", "treaty", "verification")


def stored(folder: Path, text: str, scenario: str = UNCERTAIN) -> Results:
    """The results of an experiment, run in a folder."""
    return Results.load(study.run(experiment(folder, text, scenario=scenario), folder / "results").folder, KINDS)


def asked(results: Results, text: str) -> Results:
    """The same results for an experiment with other figures, told as TOML."""
    folder = results.experiment.scenario.source.path.parent
    head = results.experiment.source.text.split("[[figures]]")[0]
    new = experiment(folder, head + text, name="other", scenario=results.experiment.scenario.source.text)
    return dataclasses.replace(results, experiment=new)


def refused(folder: Path, text: str) -> str:
    """The message with which an experiment is refused; empty if it is not."""
    try:
        experiment(folder, text, scenario=UNCERTAIN)
    except InputError as error:
        return str(error)
    return ""


def drawn(results: Results, n: int = 0) -> Drawing:
    """The n-th figure of the experiment that the results answer."""
    spec = results.experiment.figures[n]
    with style.settings():
        drawing = KINDS[spec["kind"]].draw(spec, results)
        drawing.figure.canvas.draw()  # type: ignore[attr-defined]
        return drawing


def xs(line: Line2D) -> np.ndarray:
    """Where a line goes."""
    return np.asarray(line.get_xdata(), dtype=float)


def ys(line: Line2D) -> np.ndarray:
    """How high a line goes."""
    return np.asarray(line.get_ydata(), dtype=float)


def main_lines(ax: Axes) -> list[Line2D]:
    """The lines of a panel without edges of bands, marks of events and the line at zero."""
    return [line for line in ax.lines if not line.get_gid()]


def texts(drawing: Drawing, gid: str) -> list[str]:
    """The texts of the sheet that have this purpose, each on one line."""
    return [text.get_text().replace("\n", " ").replace("\xa0", " ") for text in drawing.figure.texts if text.get_gid() == gid]


def legend(drawing: Drawing) -> list[str]:
    """The entries of the legend."""
    return [text.get_text() for box in drawing.figure.legends for text in box.get_texts()]


def rows(drawing: Drawing, **wanted: Any) -> list[dict[str, Any]]:
    """The rows of the data behind a figure that have these values."""
    every = [dict(zip(drawing.columns, row, strict=True)) for row in drawing.rows]
    return [row for row in every if all(row[name] == value for name, value in wanted.items())]


def overlaps(drawing: Drawing) -> list[str]:
    """What of the texts, tick labels, titles and legends lies on something else or off the page."""
    figure = drawing.figure
    renderer = figure.canvas.get_renderer()  # type: ignore[attr-defined]
    panels = [ax.get_window_extent(renderer) for ax in figure.axes]
    boxes = [(text.get_text(), text.get_window_extent(renderer)) for text in figure.texts]
    boxes += [("legend", box.get_window_extent(renderer)) for box in figure.legends]
    for ax in figure.axes:
        title = ax._left_title  # type: ignore[attr-defined]
        boxes += [(title.get_text(), title.get_window_extent(renderer))] if title.get_text() else []
        for axis in (ax.xaxis, ax.yaxis):
            labels = [label for tick in axis._update_ticks() for label in (tick.label1, tick.label2)]  # type: ignore[attr-defined]
            boxes += [(t.get_text(), t.get_window_extent(renderer)) for t in labels if t.get_visible() and t.get_text()]
    page, out = figure.bbox, []
    for n, (name, box) in enumerate(boxes):
        if box.width == 0 or box.height == 0:
            continue
        if not (page.x0 <= box.x0 and box.x1 <= page.x1 and page.y0 <= box.y0 and box.y1 <= page.y1):
            out.append(f"{name!r} is off the page")
        out += [f"{name!r} lies on a panel" for panel in panels if box.overlaps(panel)]
        out += [f"{name!r} lies on {other!r}" for other, second in boxes[:n] if second.width and box.overlaps(second)]
    return out
