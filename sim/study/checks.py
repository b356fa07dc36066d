"""What a declaration cannot say of an experiment: names that must exist, times within the horizon, designs that fit."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from sim.config.errors import shown as told
from sim.declare import Problem
from sim.dilemma.lookup import did_you_mean
from sim.study.design import COMBINED, MOST_POINTS, MOST_RUNS, Axis, size, unequal
from sim.study.figure_kind import Spec, shown

if TYPE_CHECKING:
    from sim.study.experiment import ExperimentFile

BARE: Final = re.compile(r"[A-Za-z0-9_-]+")
LONGEST_NAME: Final = 100
MOST_SHOWN: Final = 40
LEFT_OUT: Final = "Leave it out."


def problems(experiment: ExperimentFile, tables: Mapping[str, Any], *, sound: bool) -> list[Problem]:
    """What is wrong with an experiment whose tables fit their declaration; `tables` have their defaults filled in.

    Figures are looked at only if the variants and axes that they name are sound.
    """
    found = list(_variants(experiment, tables)) or list(_sweep(experiment))
    found += list(_canonical(experiment, tables))
    if found or not sound:
        return [*found, *_names(experiment)]
    figures = (_figure(n, experiment) for n in range(len(experiment.figures)) if experiment.kinds is not None)
    found = [*_times(experiment, tables), *_names(experiment), *itertools.chain.from_iterable(figures)]
    return [*found, *_analyses(experiment), *_threshold(experiment)]


def _variants(experiment: ExperimentFile, tables: Mapping[str, Any]) -> Iterator[Problem]:
    known = experiment.scenario.variants
    wanted = tables.get("variants") or []
    for n, name in enumerate(wanted):
        if name not in known:
            yield Problem(("variants", n), "names no variant of the scenario", name, did_you_mean(name, known))
        elif name in wanted[:n]:
            yield Problem(("variants", n), "stands there twice", name)


def _sweep(experiment: ExperimentFile) -> Iterator[Problem]:
    sizes = [len(axis) for axis in experiment.axes]
    for axis in unequal(experiment.design, experiment.axes):
        message = f"must have {sizes[0]} values as {experiment.axes[0].name} has: the design zip takes the n-th values together"
        yield Problem(("sweep", "parameters", axis.name), message, len(axis))
    points = size(experiment.design, sizes) if experiment.design in COMBINED else len(experiment.index)
    if points > MOST_POINTS:
        yield Problem(("sweep", "parameters"), f"must give at most {MOST_POINTS:,} points", points)
    elif points * experiment.draws > MOST_RUNS:
        message = (
            f"must be at most {MOST_RUNS // points:,} at {points:,} points, so that points times draws are at most {MOST_RUNS:,}"
        )
        yield Problem(("uncertainty", "draws"), message, experiment.draws)
    for axis in experiment.axes:
        why = {v: [experiment.scenario.keeps_own(v, path) for path in axis.paths] for v in experiment.variants}
        if why and all(all(reasons) for reasons in why.values()):
            hint = " ".join(f"{variant}: {reasons[0]}." for variant, reasons in why.items())
            yield Problem(("sweep", "parameters", axis.name), "reaches none of the variants", hint=hint)


def _canonical(experiment: ExperimentFile, tables: Mapping[str, Any]) -> Iterator[Problem]:
    """What is for the core model alone: times, thresholds, and simulation where a model gives none."""
    model = experiment.model
    if model is None:
        return
    if tables["times"]:
        yield Problem(("times",), f"are for the core model: outcomes of {model.name} have no time", tables["times"], LEFT_OUT)
    if experiment.threshold is not None:
        message = f"is for the core model; {model.name} gives its own critical values"
        yield Problem(("threshold",), message, hint=f"{LEFT_OUT} `sim models {model.name}` tells its outcomes.")
    if experiment.analyses:
        message = f"are for the core model, and this experiment asks about {model.name}"
        yield Problem(("analyses",), message, hint=f'{LEFT_OUT} Draw a figure of kind "lines" or "map".')
    if experiment.engine != "exact" and model.simulate is None:
        message = f"cannot be used: {model.name} is solved and not simulated"
        yield Problem(("engine",), message, experiment.engine, 'Write engine = "exact", or leave it out.')


def _times(experiment: ExperimentFile, tables: Mapping[str, Any]) -> Iterator[Problem]:
    if not experiment.settings:
        return  # no point can be run; the run says why
    for n, time in enumerate(tables["times"]):
        if time > experiment.years + 1e-9:
            yield Problem(("times", n), f"must be within the horizon of {experiment.years:g} years", time)


def _names(experiment: ExperimentFile) -> Iterator[Problem]:
    figures = experiment.figures if experiment.kinds is not None else ()
    for what, entries in (("figures", figures), ("analyses", experiment.analyses)):
        names = [entry["name"] for entry in entries]
        for n, name in enumerate(names):
            if not BARE.fullmatch(name) or len(name) > LONGEST_NAME:
                yield Problem((what, n, "name"), "must be a bare name: letters, digits, - and _", name)
            elif name.lower() in [earlier.lower() for earlier in names[:n]]:
                yield Problem((what, n, "name"), f"names of {what} must differ", name)


def _figure(n: int, experiment: ExperimentFile) -> Iterator[Problem]:
    figure = experiment.figures[n]
    own = [*_shown(figure, experiment), *_where(figure, experiment), *_axis(figure)]
    if not own and experiment.settings:
        kinds = experiment.kinds or {}
        own = list(kinds[figure["kind"]].problems(figure, experiment))
    yield from _within(("figures", n), own)


def _analyses(experiment: ExperimentFile) -> Iterator[Problem]:
    from sim.study.analyses import KINDS

    for n, spec in enumerate(experiment.analyses if experiment.settings else ()):
        yield from _within(("analyses", n), KINDS[spec["kind"]].problems(spec, experiment))


def _threshold(experiment: ExperimentFile) -> Iterator[Problem]:
    from sim.study import threshold

    if experiment.threshold is not None and experiment.settings:
        yield from _within(("threshold",), threshold.problems(experiment.threshold, experiment))


def _within(at: tuple[str | int, ...], found: Iterable[Problem]) -> Iterator[Problem]:
    """Problems of a table, with the keys from the top of the file."""
    for problem in found:
        yield Problem((*at, *problem.path), problem.message, problem.found, problem.hint)


def _shown(figure: Spec, experiment: ExperimentFile) -> Iterator[Problem]:
    for n, name in enumerate(figure.get("variants") or []):
        if name not in shown(figure, experiment):
            yield Problem(("variants", n), "names no variant of this experiment", name, did_you_mean(name, experiment.variants))


def _where(figure: Spec, experiment: ExperimentFile) -> Iterator[Problem]:
    for name, value in figure["where"].items():
        axis = experiment.axis(name)
        if axis is None:
            known = [axis.name for axis in experiment.axes]
            hint = _quoted(name, value) if isinstance(value, Mapping) else did_you_mean(name, known, "swept parameters")
            yield Problem(("where", name), "is not swept", hint=hint)
        elif axis.index(value) is None:
            yield Problem(("where", name), "must be one of the values of the sweep", value, _known(axis))
            return
    chosen = [(experiment.axis(name), value) for name, value in figure["where"].items()]
    at = [(experiment.axes.index(axis), axis.index(value)) for axis, value in chosen if axis is not None]
    if at and not np.logical_and.reduce([experiment.index[:, n] == k for n, k in at]).any():
        yield Problem(("where",), "matches no point of the sweep", hint="In a zip, values go together; name one of them.")


def _quoted(name: str, value: Any) -> str:
    """What to write for a path without quotes, which TOML reads as tables within tables."""
    while isinstance(value, Mapping) and value:
        key, value = next(iter(value.items()))
        name += f".{key}"
    return f'Put the path in quotes: "{name}" = {told(value)}.'


def _known(axis: Axis) -> str:
    """The values of an axis in words, the ends of many."""
    if len(axis) <= MOST_SHOWN:
        return f"They are: {', '.join(axis.label(k) for k in range(len(axis)))}."
    numbers = axis.numbers
    ends = f", from {numbers.min():g} to {numbers.max():g}" if numbers is not None else ""
    return f"There are {len(axis):,}{ends}."


def _axis(figure: Spec) -> Iterator[Problem]:
    low, high = figure.get("axis") or (0.0, 1.0)
    if not low < high:
        yield Problem(("axis",), "must be [lowest, highest]", figure.get("axis"))
