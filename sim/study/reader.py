"""Reading an experiment file: put together with its scenario, and checked before anything is computed."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from sim.config import InputError, Located, ScenarioFile, Source, locate, read, read_scenario
from sim.config.errors import refuse
from sim.config.forms import Form, form_of
from sim.config.scenario_file import scenario_of
from sim.config.validation import wrong
from sim.declare import Problem, filled
from sim.study import keys
from sim.study.checks import problems
from sim.study.design import Axis
from sim.study.experiment import ExperimentFile
from sim.study.figure_kind import FigureKind
from sim.study.slips import slips
from sim.study.sweep import read_sweep, sampling
from sim.study.uncertainty import Uncertainty, read_uncertainty


def read_experiment(name_or_path: str | Path, kinds: Mapping[str, FigureKind] | None = None) -> ExperimentFile:
    """An experiment by path, or by its bare name in ./experiments or in the library.  Raises InputError with all that is wrong.

    `kinds` are the kinds of figures that can be drawn; without them figures are kept as they are written, and not looked at.
    """
    return experiment_of(read(locate(name_or_path, "experiments")), kinds)


def experiment_of(source: Source, kinds: Mapping[str, FigureKind] | None = None) -> ExperimentFile:
    """The experiment in a file that has been read.  Raises InputError with all that is wrong with it and with its scenario."""
    declared = keys.declaration(None if kinds is None else {name: kind.keys for name, kind in kinds.items()})
    tables = dict(source.tables)
    found = [*_shapeless(tables), *slips(tables), *_of_subject(tables), *wrong(declared, tables), *_without_effect(tables)]
    if found:
        raise _refused(source, found)
    tables = filled(declared, tables)
    scenario = _scenario(source, tables["scenario"]) if "scenario" in tables else on_defaults(tables["model"])
    variants = _variants(tables, scenario)
    found, axes = read_sweep(tables["sweep"], scenario, variants, tables["seed"], source.path.parent)
    uncertainty = None
    if tables.get("uncertainty") is not None:
        swept = [path for axis in axes for path in axis.paths]
        more, uncertainty = read_uncertainty(tables["uncertainty"], scenario, variants, swept, tables["seed"])
        found += more
    experiment = _put_together(source, scenario, kinds, tables, variants, axes, uncertainty)
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
    bad = {name: told for name, told in axes.items() if not isinstance(told, list | Mapping) and told != keys.UNCERTAIN}
    for name, told in bad.items():
        hint = f'Write [...], {{ from = 0, to = 1, points = 11 }}, or "{keys.UNCERTAIN}" for the prior range of the scenario.'
        yield Problem(("sweep", "parameters", name), "must be a list of values or a table", told, hint)
    tables["sweep"] = {**sweep, "parameters": {name: told for name, told in axes.items() if name not in bad}}


def _of_subject(tables: Mapping[str, Any]) -> Iterator[Problem]:
    """Both a scenario and a model, or neither, or a model that is not there."""
    if "model" not in tables:
        if "scenario" not in tables:
            hint = 'Write scenario = "NAME" (`sim list` tells which there are) or model = "NAME" (`sim models`).'
            yield Problem(("scenario",), "missing: the scenario, or a canonical model", hint=hint)
    elif "scenario" in tables:
        hint = "Leave one of them out; a scenario file can give a canonical model other parameters."
        yield Problem(("model",), "stands beside a scenario: an experiment asks about one of them", tables["model"], hint)
    elif isinstance(tables["model"], str):
        form = form_of(tables["model"])
        if isinstance(form, Problem):
            yield form
        elif form.model is None:
            yield Problem(("model",), "has no defaults: the core model is asked about with a scenario", tables["model"])


def on_defaults(name: str) -> ScenarioFile:
    """A canonical model on its default parameters, as a scenario file."""
    form = form_of(name)
    assert isinstance(form, Form)
    assert form.model is not None
    said = f"title = {json.dumps(form.model.title, ensure_ascii=False)}\nmodel = {json.dumps(form.model.name)}\n"
    return scenario_of(Source(Path(f"model {form.model.name}"), said, tomllib.loads(said)))


def _without_effect(tables: Mapping[str, Any]) -> Iterator[Problem]:
    """What is said of simulated histories where none are simulated."""
    if "replicates" in tables and tables.get("engine", "exact") == "exact":
        message = "is for the engine monte_carlo: the exact engine simulates nothing"
        yield Problem(("replicates",), message, tables["replicates"], 'Leave it out, or write engine = "monte_carlo".')


def _refused(source: Source, found: list[Problem]) -> InputError:
    lines: dict[str, Located] = {}
    for located in map(source.located, found):
        lines.setdefault(str(located), located)
    return InputError(sorted(lines.values(), key=lambda located: located.line or 0))


def _scenario(source: Source, name: str) -> ScenarioFile:
    """The scenario that is meant: a path is looked for from the experiment's folder first, then from the working folder.

    The experiment itself is never meant.
    """
    beside = source.path.parent / name
    if beside.suffix == ".toml" and beside.is_file() and not _same(beside, source.path):
        return read_scenario(beside)
    try:
        path = locate(name, "scenarios")
        if _same(path, source.path):
            raise refuse(path, "names the experiment itself")
    except InputError as error:
        problem = error.problems[0].problem
        message = problem.message
        if beside.suffix == ".toml" and not Path(name).is_absolute():
            message += f", looked for in {source.path.parent.resolve()} and in {Path.cwd()}"
        raise _refused(source, [Problem(("scenario",), message, name, problem.hint)]) from None
    return read_scenario(path)


def _same(one: Path, other: Path) -> bool:
    return one.resolve() == other.resolve()


def _variants(tables: Mapping[str, Any], scenario: ScenarioFile) -> tuple[str, ...]:
    """The variants that the experiment compares; what names none is left out, and the checks complain about it."""
    wanted = tables.get("variants") or scenario.variants
    return tuple(dict.fromkeys(v for v in wanted if v in scenario.variants))


def _put_together(
    source: Source,
    scenario: ScenarioFile,
    kinds: Mapping[str, FigureKind] | None,
    tables: dict[str, Any],
    variants: tuple[str, ...],
    axes: tuple[Axis, ...],
    uncertainty: Uncertainty | None,
) -> ExperimentFile:
    """The experiment, as far as it can be put together."""
    shown = [spec["at_years"] for spec in (*tables["figures"], *tables["analyses"]) if _is_time(spec.get("at_years"))]
    exact = tables["engine"] == "exact"
    return ExperimentFile(
        source=source,
        scenario=scenario,
        kinds=kinds,
        variants=variants,
        engine=tables["engine"],
        replicates=None if exact else tables["replicates"],
        seed=tables["seed"],
        times=tuple(sorted({float(t) for t in [*tables["times"], *shown]})),
        design=tables["sweep"]["design"],
        axes=axes,
        figures=tuple(tables["figures"]),
        title=tables["title"],
        uncertainty=uncertainty,
        analyses=tuple(tables["analyses"]),
        threshold=tables.get("threshold"),
        sampling=sampling(tables["sweep"]),
    )


def _is_time(value: Any) -> bool:
    """Whether a value is a time; figures that were not looked at may say anything."""
    return isinstance(value, int | float) and not isinstance(value, bool)
