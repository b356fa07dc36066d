"""Reading an experiment file: put together with its scenario, and checked before anything is computed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from sim.config import InputError, Located, ScenarioFile, Source, locate, read, read_scenario
from sim.config.validation import wrong
from sim.declare import Problem, filled
from sim.study import keys
from sim.study.axes import read_axes
from sim.study.checks import problems
from sim.study.design import Axis
from sim.study.experiment import ExperimentFile
from sim.study.figure_kind import FigureKind


def read_experiment(name_or_path: str | Path, kinds: Mapping[str, FigureKind]) -> ExperimentFile:
    """An experiment by path, or by its bare name in ./experiments or in the library.  Raises InputError with all that is wrong.

    `kinds` are the kinds of figures that can be drawn.
    """
    return experiment_of(read(locate(name_or_path, "experiments")), kinds)


def experiment_of(source: Source, kinds: Mapping[str, FigureKind]) -> ExperimentFile:
    """The experiment in a file that has been read.  Raises InputError with all that is wrong with it and with its scenario."""
    declared = keys.declaration({name: kind.keys for name, kind in kinds.items()})
    tables, found = keys.postponed(source.tables)
    found += [*_shapeless(tables), *wrong(declared, tables)]
    if found:
        raise _refused(source, found)
    tables = filled(declared, tables)
    scenario = _scenario(source, tables["scenario"])
    found, axes = read_axes(tables["sweep"], scenario)
    experiment = _put_together(source, scenario, kinds, tables, tuple(axes))
    found += problems(experiment, tables, sound=not found)
    if found:
        raise _refused(source, found)
    return experiment


def _shapeless(tables: dict[str, Any]) -> Iterator[Problem]:
    """Swept parameters that are neither a list nor a table; they are taken out of the tables."""
    sweep = tables.get("sweep")
    axes = sweep.get("parameters") if isinstance(sweep, Mapping) else None
    if not isinstance(sweep, Mapping) or not isinstance(axes, Mapping):
        return
    bad = {name: told for name, told in axes.items() if not isinstance(told, list | Mapping)}
    for name, told in bad.items():
        hint = "Write [...], or { from = 0, to = 1, points = 11 }."
        yield Problem(("sweep", "parameters", name), "must be a list of values or a table", told, hint)
    tables["sweep"] = {**sweep, "parameters": {name: told for name, told in axes.items() if name not in bad}}


def _refused(source: Source, found: list[Problem]) -> InputError:
    lines: dict[str, Located] = {}
    for located in map(source.located, found):
        lines.setdefault(str(located), located)
    return InputError(sorted(lines.values(), key=lambda located: located.line or 0))


def _scenario(source: Source, name: str) -> ScenarioFile:
    """The scenario that is meant: a path is looked for from the experiment's folder first, then from the working folder."""
    beside = source.path.parent / name
    if beside.suffix == ".toml" and beside.is_file():
        return read_scenario(beside)
    try:
        path = locate(name, "scenarios")
    except InputError as error:
        problem = error.problems[0].problem
        raise _refused(source, [Problem(("scenario",), problem.message, name, problem.hint)]) from None
    return read_scenario(path)


def _put_together(
    source: Source, scenario: ScenarioFile, kinds: Mapping[str, FigureKind], tables: dict[str, Any], axes: tuple[Axis, ...]
) -> ExperimentFile:
    """The experiment, as far as it can be put together: what names nothing is left out, and the checks complain about it."""
    wanted = tables.get("variants") or scenario.variants
    shown = [figure["at_years"] for figure in tables["figures"] if figure.get("at_years") is not None]
    exact = tables["engine"] == "exact"
    return ExperimentFile(
        source=source,
        scenario=scenario,
        kinds=kinds,
        variants=tuple(dict.fromkeys(v for v in wanted if v in scenario.variants)),
        engine=tables["engine"],
        replicates=None if exact else tables["replicates"],
        seed=tables["seed"],
        times=tuple(sorted({float(t) for t in [*tables["times"], *shown]})),
        design=tables["sweep"]["design"],
        axes=axes,
        figures=tuple(tables["figures"]),
        title=tables["title"],
    )
