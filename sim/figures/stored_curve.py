"""The break-even curve that `sim threshold` has left in a results folder, for the panels of a map to which it belongs."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np

from sim.study.design import Axis
from sim.study.experiment import digest
from sim.study.figure_kind import Spec
from sim.study.provenance import digest_of
from sim.study.results import Results
from sim.study.threshold import asked, differences

CURVE: Final = Path("threshold", "curve.csv")
"""Columns x (the parameter), y (the second parameter) and segment."""
RECORD: Final = Path("threshold", "threshold.json")
"""What the curve is the answer to."""

Segments = list[tuple[np.ndarray, np.ndarray]]
"""x and y of every piece."""


def stored_curve(spec: Spec, results: Results, variant: str, x: Axis, y: Axis) -> Segments:
    """The pieces of the stored curve of a variant over two axes; none if it is of something else, or not there."""
    wanted = results.experiment.threshold
    if wanted is None or wanted["variant"] != variant or why_not(spec, results, x, y):
        return []
    with (results.folder / CURVE).open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    pieces: dict[str, list[tuple[float, float]]] = {}
    for row in rows:
        pieces.setdefault(row["segment"], []).append((float(row["x"]), float(row["y"])))
    out = [(np.array([a for a, _ in piece]), np.array([b for _, b in piece])) for piece in pieces.values()]
    return [(b, a) for a, b in out] if results.experiment.axis(str(wanted["parameter"])) is y else out


def why_not(spec: Spec, results: Results, x: Axis, y: Axis) -> str:
    """Why the stored curve does not belong on a map over two axes, as a sentence; empty if it does."""
    if found := next(_of_the_map(spec, results, x, y), ""):
        return f"The break-even curve is not drawn: [threshold] asks for another {found} than this map shows."
    if not (results.folder / CURVE).is_file():
        return "The break-even curve of `sim threshold` was not there when this was drawn."
    if apart := _apart(results):
        what = f"answers another question than [threshold] asks now ({'; '.join(apart)})"
        return f"The break-even curve that is stored is not drawn, because it {what}: run `sim threshold` again."
    return ""


def stamp(spec: Spec, results: Results) -> str:
    """A digest of all that a map depends on for its curve; empty where there is none."""
    if not spec.get("curve") or not (results.folder / CURVE).is_file():
        return ""
    return digest([digest_of(results.folder / CURVE), _apart(results)])


def _of_the_map(spec: Spec, results: Results, x: Axis, y: Axis) -> Iterator[str]:
    """In what the table [threshold] and the map differ."""
    experiment = results.experiment
    if experiment.threshold is None:
        return
    question, last = asked(experiment.threshold, experiment), experiment.rungs[-1]
    if {id(experiment.axis(str(experiment.threshold.get(key)))) for key in ("parameter", "over")} != {id(x), id(y)}:
        yield "pair of parameters"
    if question.beats != spec.get("baseline"):
        yield "comparison"
    if question.rung != (spec.get("rung") or last):
        yield "rung"
    years = spec.get("at_years")
    if abs(question.years - (experiment.years if years is None else years)) > 1e-9:
        yield "time"


def _apart(results: Results) -> list[str]:
    """In what the stored curve answers another question than the experiment's [threshold] asks."""
    if results.experiment.threshold is None:
        return []
    try:
        told = json.loads((results.folder / RECORD).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        told = None
    if not isinstance(told, Mapping):
        return [f"{RECORD.name} is missing or damaged"]
    return differences(_tables(told), results.experiment.threshold, results.experiment)


def _tables(told: Mapping[str, Any]) -> Mapping[str, Any]:
    """The record with tables where tables belong."""
    return {key: value if isinstance(value, Mapping) or key == "scenario_sha256" else {} for key, value in told.items()}
