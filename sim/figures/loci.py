"""Points of a plane: one outcome against another, over the points of a sweep or over the entries of an index."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from sim.figures.cases import Case
from sim.figures.outcomes import split_entry
from sim.study.design import Axis
from sim.study.experiment import ExperimentFile
from sim.study.results import Results

PATH, POLYGON, DOTS = "path", "polygon", "dots"
"""How points are joined, where not by a plain line."""

Layer = Mapping[str, Any]
"""What is drawn against what: `x`, `y`, `x_entry`, `y_entry`, `join`, `label`."""


@dataclass(frozen=True)
class Curve:
    """Points that belong together, all of shape (points,), with the entry or the value of the swept parameter at each."""

    series: str
    steps: Sequence[str]
    x: np.ndarray
    y: np.ndarray

    @property
    def known(self) -> np.ndarray:
        """Where both numbers are there, shape (points,)."""
        return np.isfinite(self.x) & np.isfinite(self.y)

    def same(self, other: Curve) -> bool:
        """Whether another curve is drawn at the same places."""
        return np.array_equal(self.x, other.x, equal_nan=True) and np.array_equal(self.y, other.y, equal_nan=True)


@dataclass(frozen=True)
class Coordinate:
    """What one direction of a plane shows: a swept parameter, or an outcome or one entry of it."""

    name: str
    entry: str | None
    results: Results

    @property
    def experiment(self) -> ExperimentFile:
        """The experiment."""
        return self.results.experiment

    @cached_property
    def axis(self) -> Axis | None:
        """The swept parameter; None for an outcome."""
        return None if self.name in self.experiment.outcomes else self.experiment.axis(self.name)

    @cached_property
    def entries(self) -> tuple[str, ...]:
        """The entries that make the points; none of a single number."""
        single = self.axis is not None or self.entry is not None or not self.experiment.outcomes[self.name].key
        return () if single else self.results.entries(self.name)

    @cached_property
    def _found(self) -> dict[tuple[str, str], np.ndarray]:
        return {}

    def values(self, variant: str, entry: str) -> np.ndarray:
        """The numbers at all points of the sweep, shape (points,)."""
        if self.axis is not None:
            assert self.axis.numbers is not None
            return self.axis.numbers[self.experiment.index[:, self.experiment.axes.index(self.axis)]]
        key = self.entry or (entry if self.entries else "")
        if (variant, key) not in self._found:
            self._found[variant, key] = self.results.values(variant, self.name, key)
        return self._found[variant, key]


def coordinates(layer: Layer, results: Results) -> tuple[Coordinate, Coordinate]:
    """What a layer shows across and upwards."""
    x, y = (Coordinate(layer[d], layer.get(f"{d}_entry"), results) for d in ("x", "y"))
    return x, y


def entries_of(x: Coordinate, y: Coordinate) -> list[str]:
    """The entries that make the points of a layer: those that both have, in the order of x; none of single numbers."""
    if x.entries and y.entries:
        return [entry for entry in x.entries if entry in y.entries]
    return list(x.entries or y.entries)


def diagonal(layer: Layer) -> bool:
    """Whether a layer shows something against itself, so that it says the same of all groups."""
    return layer["x"] == layer["y"] and layer.get("x_entry") == layer.get("y_entry")


def between(own: Sequence[Sequence[Curve]], ends: Sequence[float] | None) -> Curve:
    """The diagonal for all groups at once: from end to end of the axis, or where that is not said, of their points."""
    x = np.concatenate([curve.x for group in own for curve in group])
    known = x[np.isfinite(x)]
    if ends is None:
        ends = (float(known.min()), float(known.max())) if len(known) else (np.nan, np.nan)
    return Curve("", ("", ""), np.array(ends, dtype=float), np.array(ends, dtype=float))


def curves(layer: Layer, case: Case, along: Axis | None, results: Results) -> list[Curve]:
    """The curves of a layer at the points of a case: one over the points, or for each point and series one over its entries.

    Curves that lie on each other are there once.  Entries that a point lacks at either end are left out.
    """
    experiment = results.experiment
    x, y = coordinates(layer, results)
    points, variant = case.points(experiment), case.variant or experiment.variants[0]
    steps = [""] * len(points)
    if along is not None:
        which = experiment.index[points, experiment.axes.index(along)]
        order = np.argsort(which if along.numbers is None else along.numbers[which], kind="stable")
        points, steps = points[order], [along.label(int(k)) for k in which[order]]
    entries = entries_of(x, y)
    if not entries:
        return [Curve("", steps, x.values(variant, "")[points], y.values(variant, "")[points])]
    out: list[Curve] = []
    for series, own in _by_series(entries, case):
        across, up = (np.stack([c.values(variant, entry)[points] for entry in own]) for c in (x, y))
        for n in range(len(points)):
            made = _cut(Curve(series, [split_entry(entry)[1] for entry in own], across[:, n], up[:, n]), layer["join"])
            if not any(made.same(other) for other in out):
                out.append(made)
    return out


def _by_series(entries: Sequence[str], case: Case) -> Iterator[tuple[str, list[str]]]:
    found: dict[str, list[str]] = {}
    for entry in entries:
        found.setdefault(split_entry(entry)[0], []).append(entry)
    yield from ((series, own) for series, own in found.items() if case.series in (None, series) or series == "")


def _cut(curve: Curve, join: str) -> Curve:
    """A curve without what its point lacks: all gaps of corners and dots, those at the ends of lines."""
    known = np.flatnonzero(curve.known)
    if not len(known):
        return curve
    kept = known if join in (POLYGON, DOTS) else np.arange(known[0], known[-1] + 1)
    return Curve(curve.series, [curve.steps[int(k)] for k in kept], curve.x[kept], curve.y[kept])
