"""The break-even curve that `sim threshold` has left in a results folder, for the panels of a map to which it belongs."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Final

import numpy as np

from sim.study.design import Axis
from sim.study.figure_kind import Spec
from sim.study.results import Results

CURVE: Final = Path("threshold", "curve.csv")
"""Columns x (the parameter), y (the second parameter) and segment."""

Segments = list[tuple[np.ndarray, np.ndarray]]
"""x and y of every piece."""


def stored_curve(spec: Spec, results: Results, variant: str, x: Axis, y: Axis) -> Segments:
    """The pieces of the stored curve of a variant over two axes; none if it is of something else, or not there."""
    asked, path, last = results.experiment.threshold, results.folder / CURVE, results.experiment.rungs[-1]
    if asked is None or not path.is_file() or asked["variant"] != variant or asked.get("beats") != spec.get("baseline"):
        return []
    if (asked.get("rung") or last) != (spec.get("rung") or last) or asked.get("at_years") != spec.get("at_years"):
        return []
    over = [results.experiment.axis(str(asked.get(key))) for key in ("parameter", "over")]
    if {id(axis) for axis in over} != {id(x), id(y)}:
        return []
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    pieces: dict[str, list[tuple[float, float]]] = {}
    for row in rows:
        pieces.setdefault(row["segment"], []).append((float(row["x"]), float(row["y"])))
    out = [(np.array([a for a, _ in piece]), np.array([b for _, b in piece])) for piece in pieces.values()]
    return [(b, a) for a, b in out] if over[0] is y else out
