"""Where the lines of a figure go: across the variants, along a swept parameter, or over the entries of an outcome."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from typing import Any, Final

import numpy as np

from sim.figures.cases import Case, cases, fixed, numbers_along, words
from sim.figures.outcomes import ENTRY, numbers_of, split_entry
from sim.figures.panels import APART, CLOUD, JOINED, MOST_DOTS, Panels, thinned
from sim.figures.quantity import PROBABILITY, Quantity, Reading, joined, read
from sim.figures.ranges import Line
from sim.study.design import Axis, is_number
from sim.study.experiment import ExperimentFile
from sim.study.figure_kind import ORDERED, VARIANT, Spec, compared
from sim.study.more import MORE
from sim.study.names import columns
from sim.study.results import Results

MOST_ROWS: Final = 100_000
"""Rows of the CSV behind a cloud of dots."""


def manner_of(spec: Spec, experiment: ExperimentFile) -> str:
    """How the points of a figure are drawn."""
    if spec["x"] == ENTRY:
        return APART if steps_of(spec)[1] is None else JOINED
    axis = experiment.axis(spec["x"])
    if axis is None or numbers_along(axis, experiment) is None:
        return APART
    return JOINED if experiment.design in ORDERED else CLOUD


def steps_of(spec: Spec) -> tuple[list[str], list[float] | None]:
    """What stands along the axis of entries: the entries without their series, and their numbers if they are numbers."""
    steps = list(dict.fromkeys(split_entry(entry)[1] for entry in spec.get("entries") or []))
    return steps, numbers_of(steps)


def _reading(case: Case, variant: str, points: np.ndarray, spec: Spec, results: Results, shown: Quantity) -> Reading:
    """What is shown of a variant at some points."""
    experiment = results.experiment
    if experiment.model is not None or shown.outcome in MORE:
        key = case.entries(spec)[0]
    else:
        last = experiment.rungs[-1] if experiment.rungs else ""
        key = (case.rung or last) if shown.outcome == PROBABILITY else (spec.get("actor") or "")
    return read(shown, lambda statistic: results.values(variant, shown.stored, key, spec.get("at_years"), statistic)[points])


def across(spec: Spec, results: Results, shown: Quantity) -> Callable[[Case], Line]:
    """Lines over the variants, which stand side by side; a case that names a variant has it alone."""
    variants = compared(spec, results.experiment)

    def line(case: Case) -> Line:
        own = [case.variant] if case.variant is not None else list(variants)
        points = case.points(results.experiment)[:1]
        parts = [_reading(case, variant, points, spec, results, shown) for variant in own]
        at = np.array([variants.index(variant) for variant in own], dtype=float)
        return Line(at, joined(parts), {VARIANT: own})

    return line


def along(axis: Axis, spec: Spec, results: Results, shown: Quantity, manner: str) -> Callable[[Case], Line]:
    """Lines along a swept parameter, with what else varies along them as further columns."""
    experiment = results.experiment
    n = experiment.axes.index(axis)
    numbers = numbers_along(axis, experiment)
    at = numbers if numbers is not None else np.arange(len(axis), dtype=float)
    made = [cases(spec.get(role), spec, experiment, shown.outcome) for role in ("panel", "group")]
    lines = len(made[0]) * len(made[1])
    others = _others(axis, spec, experiment)
    names = columns((axis.name, *(path for _, path in others)))

    def line(case: Case) -> Line:
        points = case.points(experiment)
        if manner == CLOUD:
            points = points[thinned(len(points), MOST_ROWS // lines, experiment.seed)]
        which = experiment.index[points, n]
        order = np.argsort(at[which], kind="stable")
        points, which = points[order], which[order]
        extra: dict[str, Sequence[Any]] = {} if numbers is not None else {"label": [axis.label(int(k)) for k in which]}
        for other, path in others:
            extra[names[path]] = [_value(other, path, int(k)) for k in experiment.index[points, experiment.axes.index(other)]]
        reading = _reading(case, case.variant or experiment.variants[0], points, spec, results, shown)
        return Line(at[which], reading, extra)

    return line


def over_entries(spec: Spec, results: Results, shown: Quantity) -> Callable[[Case], Line]:
    """Lines over the entries of an outcome at one point; entries that the point lacks at either end are left out."""
    experiment = results.experiment
    steps, numbers = steps_of(spec)
    at = dict(zip(steps, numbers if numbers is not None else range(len(steps)), strict=True))

    @cache
    def values(variant: str, entry: str, statistic: str) -> np.ndarray:
        return results.values(variant, shown.stored, entry, spec.get("at_years"), statistic)

    def line(case: Case) -> Line:
        points = case.points(experiment)[:1]
        variant = case.variant or experiment.variants[0]
        entries = sorted(case.entries(spec), key=lambda entry: at[split_entry(entry)[1]])
        reading = joined([read(shown, lambda s, e=entry: values(variant, e, s)[points]) for entry in entries])
        x = np.array([at[split_entry(entry)[1]] for entry in entries], dtype=float)
        known = np.flatnonzero(np.isfinite(reading.y))
        kept = slice(known[0], known[-1] + 1) if len(known) else slice(None)
        cut = Reading(reading.y[kept], _cut(reading.interval, kept), _cut(reading.band, kept), reading.fewest)
        return Line(x[kept], cut, {} if numbers is not None else {ENTRY: entries[kept]})

    return line


def _cut(ends: tuple[np.ndarray, np.ndarray] | None, kept: slice) -> tuple[np.ndarray, np.ndarray] | None:
    return None if ends is None else (ends[0][kept], ends[1][kept])


def _value(axis: Axis, path: str, k: int) -> Any:
    """What a path gets with the k-th value of its axis: a number, or the label of what is none."""
    value = axis.at(k)[axis.paths.index(path)]
    return float(value) if is_number(value) else axis.label(k)


def _others(axis: Axis, spec: Spec, experiment: ExperimentFile) -> list[tuple[Axis, str]]:
    """The parameters that vary along the lines together with their axis, with the axis of each."""
    named = [experiment.axis(spec[role]) for role in ("panel", "group") if spec.get(role)]
    drawn = axis.paths[0] if axis.labels is None or axis.name in axis.paths else None  # labels stand for all paths
    out = [(axis, path) for path in axis.paths if path != drawn]
    if experiment.design == "grid":
        return out
    free = [a for a in experiment.axes if a is not axis and len(a) > 1 and all(a is not b for b in named)]
    chosen = [experiment.axis(name) for name in spec["where"]] if experiment.design != "zip" else []
    return [*out, *((a, path) for a in free if all(a is not b for b in chosen) for path in a.paths)]


def told(axis: Axis, spec: Spec, experiment: ExperimentFile, manner: str) -> list[str]:
    """What else varies along the lines."""
    others = _others(axis, spec, experiment)
    if not others:
        return []
    if manner == CLOUD:
        number = len({a.name for a, _ in others})
        others_vary = "1 other parameter varies" if number == 1 else f"{number} other parameters vary"
        return [f"Each dot is a point of the design {words(experiment.design)}; {others_vary} from dot to dot."]
    numbers = numbers_along(axis, experiment)
    order = np.argsort(numbers, kind="stable") if numbers is not None else np.arange(len(axis))
    ends = []
    for other, path in others:  # the n-th values of all axes go together
        first, last = (_value(other, path, int(k)) for k in order[[0, -1]])
        ends.append(f"{path} from {_short(first)} to {_short(last)}")
    return [f"Varied together with it: {'; '.join(ends)}."]


def _short(value: Any) -> str:
    return f"{value:g}" if is_number(value) else str(value)


def left_out(panels: Panels, spec: Spec, experiment: ExperimentFile, manner: str) -> list[str]:
    """What is not drawn of very many dots."""
    if manner != CLOUD:
        return []
    out = ["Every dot has a sampling error; its 95 % interval is in the data beside the figure."] if panels.sampled else []
    most = max(sum(len(line.x) for line in lines) for lines in panels.lines)
    if most > MOST_DOTS:
        out.append(f"Drawn are {MOST_DOTS:,} dots a panel, chosen at random.")
    whole = fixed(spec, experiment)
    every = sum(len(g.within(p).within(whole).points(experiment)) for p in panels.panels for g in panels.groups)
    if sum(len(line.x) for lines in panels.lines for line in lines) < every:
        out.append(f"The data beside the figure hold about {MOST_ROWS:,} of the dots, chosen at random.")
    return out
