"""What varies in a figure: its panels and the lines in them, each a variant, a rung, an entry or a value of a swept parameter."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from sim.dilemma.lookup import numbers
from sim.dilemma.paths import split
from sim.figures.outcomes import ENTRY, RISKS, SERIES, entry_name, numbers_of, series_of, split_entry
from sim.study.design import Axis
from sim.study.experiment import ExperimentFile
from sim.study.figure_kind import ORDERED, VARIANT, Spec, compared

RUNG: Final = "rung"
"""The word that stands for the rungs where a figure names what it varies."""


@dataclass(frozen=True)
class Case:
    """A panel or a line: what it fixes of variant, rung and values of axes (number of the axis: number of the value)."""

    name: str = ""
    """The bare name of the variant, rung or value."""
    variant: str | None = None
    rung: str | None = None
    index: Mapping[int, int] = field(default_factory=dict)
    entry: str | None = None
    series: str | None = None
    label: str = ""
    """The name in words, where it is that of an entry or a series."""

    def within(self, other: Case) -> Case:
        """Both together; the name is this one's."""
        return Case(
            self.name,
            self.variant or other.variant,
            self.rung or other.rung,
            {**other.index, **self.index},
            self.entry or other.entry,
            self.series or other.series,
        )

    def entries(self, spec: Spec) -> list[str]:
        """The entries of the figure that belong to this case; [""] of an outcome with a single value."""
        if self.entry is not None:
            return [self.entry]
        shown = [entry for entry in spec.get("entries") or [] if self.series in (None, split_entry(entry)[0])]
        return shown or [""]

    def points(self, experiment: ExperimentFile) -> np.ndarray:
        """The points that have these values, in order."""
        where = np.ones(len(experiment.index), dtype=bool)
        for axis, value in self.index.items():
            where &= experiment.index[:, axis] == value
        return np.flatnonzero(where)


def fixed(spec: Spec, experiment: ExperimentFile) -> Case:
    """What the whole figure fixes: its rung, its one variant, the values under `where`, and axes with one value."""
    index = {n: 0 for n, axis in enumerate(experiment.axes) if len(axis) == 1}
    for name, value in spec["where"].items():
        axis = experiment.axis(name)
        assert axis is not None
        n = axis.index(value)
        assert n is not None
        index[experiment.axes.index(axis)] = n
    variants = compared(spec, experiment)
    return Case(variant=variants[0] if len(variants) == 1 else None, rung=spec.get("rung"), index=index)


def cases(role: str | None, spec: Spec, experiment: ExperimentFile, outcome: str = "") -> list[Case]:
    """The panels or lines that a role makes; one that fixes nothing where it names nothing.

    `outcome` is what the entries are of that the figure shows, if they are of one.
    """
    if role is None:
        return [Case()]
    if role == VARIANT:
        return [Case(variant, variant=variant) for variant in compared(spec, experiment)]
    if role == RUNG:
        one = spec.get("rung")
        return [Case(rung, rung=rung) for rung in ([one] if one else experiment.rungs)]
    if role == ENTRY:
        return [Case(e, entry=e, label=entry_name(e, outcome, experiment)) for e in spec["entries"]] or [Case()]
    if role == SERIES:
        named = [(s, entry_name(s, outcome, experiment, series=True)) for s in series_of(spec["entries"])]
        return [Case(s, series=s, label=told) for s, told in named] or [Case()]
    axis = experiment.axis(role)
    assert axis is not None
    n = experiment.axes.index(axis)
    chosen = fixed(spec, experiment).index
    return [Case(axis.label(k), index={n: k}) for k in range(len(axis)) if chosen.get(n, k) == k]


def words(name: str) -> str:
    """A bare name as it stands in a figure."""
    return name.replace("_", " ")


def axis_label(axis: Axis, experiment: ExperimentFile, unit: bool = True) -> str:
    """A swept parameter in words, with its unit: "monitoring: detection (probability per year)"."""
    path = axis.paths[0]
    if axis.name not in axis.paths:
        return words(axis.name)
    keys = split(path)
    if experiment.model is not None:
        return _parameter_label(keys, axis, experiment, unit)
    group, rest = keys[0], keys[1:]
    named = len(rest) > 1 and group in ("actors", "treaties", "channels", "conditions")
    owner = group if not named else actor_label(rest[0], experiment) if group == "actors" else rest[0]
    what = " ".join(_worded(keys, experiment)[2 if named else 1 :])
    text = f"{words(owner)}: {words(what)}" if what else words(owner)
    number = next((n for _, n, _ in numbers(experiment.scenario.place(path))), None)
    if not unit or axis.labels is not None or number is None or not number.unit or number.unit == words(what):
        return text
    return f"{text} ({number.unit})"


def _parameter_label(keys: Sequence[str], axis: Axis, experiment: ExperimentFile, unit: bool) -> str:
    """A parameter of a canonical model: "punishment periods", "threat (utility)"."""
    text = words(" ".join(keys[1:])) or words(keys[0])
    number = next((n for _, n, _ in numbers(experiment.scenario.place(axis.paths[0]))), None)
    if not unit or axis.labels is not None or number is None or number.unit in ("", *RISKS) or number.unit in text:
        return text
    return f"{text} ({number.unit})"


def _worded(keys: Sequence[str], experiment: ExperimentFile) -> list[str]:
    """The keys of a path, with the name of the rung or the leader in place of its number."""
    raw, out = experiment.scenario.raw, list(keys)
    for n, key in enumerate(keys):
        if n == 0 or not key.isdecimal():
            continue
        if keys[0] == "crisis" and int(key) < len(raw["crisis"]["rungs"]):
            out[n] = f"({raw['crisis']['rungs'][int(key)]})"
        elif keys[n - 1] == "leaders":
            named = raw["actors"][keys[1]]["leaders"][int(key)].get("name")
            out[n - 1], out[n] = ("leader", key) if named is None else (named, "leader")
    return out


def actor_label(name: str, experiment: ExperimentFile) -> str:
    """An actor's label; its name where it has none."""
    return str(experiment.scenario.raw["actors"].get(name, {}).get("label", name))


def numbers_along(axis: Axis, experiment: ExperimentFile) -> np.ndarray | None:
    """Where the values of an axis stand along a line: at their numbers, or their labels where all of these are numbers.

    None where they stand side by side.
    """
    if axis.numbers is not None or axis.labels is None or experiment.design not in ORDERED:
        return axis.numbers
    found = numbers_of(axis.labels)
    return np.array(found) if found is not None and len(set(found)) == len(found) else None


def case_label(role: str, case: Case, experiment: ExperimentFile) -> str:
    """A panel's or a line's name: "war", "no treaty", "monitoring: detection = 0.2"."""
    if case.label:
        return case.label
    axis = experiment.axis(role) if role not in (VARIANT, RUNG) else None
    return words(case.name) if axis is None else f"{axis_label(axis, experiment, unit=False)} = {case.name}"
