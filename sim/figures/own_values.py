"""The file's own values, marked in maps: where on the map the scenario itself stands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from sim.config.tables import present, value_at
from sim.dilemma.paths import split
from sim.study.design import Axis, is_number
from sim.study.experiment import ExperimentFile

LOOK: Final[Mapping[str, Any]] = {
    "linestyle": "none",
    "marker": "o",
    "markersize": 5.5,
    "markerfacecolor": "white",
    "markeredgecolor": "black",
    "markeredgewidth": 1.4,
    "zorder": 6,
}

Point = tuple[float, float]


def own_point(variant: str, x: Axis, y: Axis, experiment: ExperimentFile) -> Point | None:
    """Where a variant's own values are, if both are numbers within the axes."""
    a, b = (_within(axis, variant, experiment) for axis in (x, y))
    return None if a is None or b is None else (a, b)


def _within(axis: Axis, variant: str, experiment: ExperimentFile) -> float | None:
    """The number that a variant has where an axis of numbers drives its first path; None where it has none, or one beyond."""
    path = tuple(split(axis.paths[0]))
    tables = experiment.scenario.tables(variant)
    found = value_at(tables, path) if present(tables, path) == len(path) else None
    if axis.numbers is None or found is None or not is_number(found):
        return None
    return float(found) if axis.numbers.min() <= found <= axis.numbers.max() else None


def entry(marks: Sequence[Point | None]) -> list[tuple[str, Any]]:
    """The legend's entry and its handle, if there is a mark."""
    from matplotlib.lines import Line2D

    return [("the file's own values", Line2D([], [], **LOOK))] if any(mark is not None for mark in marks) else []
