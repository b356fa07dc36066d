"""Finding scenarios and experiments by what the user typed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:
    from sim.config import ScenarioFile, Source
    from sim.study import ExperimentFile
    from sim.study.gathering import Gathering

Kind = Literal["scenario", "experiment"]


ONLY: Final[Mapping[Kind, frozenset[str]]] = {
    "scenario": frozenset({"actors", "crisis", "horizon", "game", "onset", "treaties", "parameters"}),
    "experiment": frozenset(
        {
            "scenario",
            "figures",
            "sweep",
            "engine",
            "replicates",
            "seed",
            "times",
            "uncertainty",
            "analyses",
            "threshold",
            "gathers",
        }
    ),
}
"""Keys that only such a file has."""


def kind_of(source: Source) -> Kind:
    """What a file is: an experiment names its scenario, sweeps, gathers or draws figures; all else is meant as a scenario."""
    return "experiment" if _has(source, "experiment") and not _has(source, "scenario") else "scenario"


def _has(source: Source, kind: Kind) -> bool:
    return not ONLY[kind].isdisjoint(source.tables)


def checked(source: Source) -> ScenarioFile | ExperimentFile | Gathering:
    """The scenario, experiment or gathering in a file.  Raises InputError."""
    return _scenario(source) if kind_of(source) == "scenario" else _asked_for(source)


def _scenario(source: Source) -> ScenarioFile:
    from sim.config.scenario_file import scenario_of

    return scenario_of(source)


def _experiment(source: Source) -> ExperimentFile:
    from sim.figures import KINDS
    from sim.study.reader import experiment_of

    return experiment_of(source, KINDS)


def _asked_for(source: Source) -> ExperimentFile | Gathering:
    from sim.figures import KINDS
    from sim.study.gathering import gathering_of, gathers

    return gathering_of(source, KINDS) if gathers(source) else _experiment(source)


def scenario(name: str) -> ScenarioFile:
    """A scenario by path or bare name.  Raises InputError."""
    return _scenario(_meant(name, "scenario"))


def experiment(name: str) -> ExperimentFile:
    """An experiment by path or bare name.  Raises InputError."""
    from sim.config.errors import refuse
    from sim.study.gathering import gathers

    source = _meant(name, "experiment")
    if gathers(source):
        hint = "Name the experiments that it gathers; `sim run` and `sim figures` take the gathering itself."
        raise refuse(source.path, "gathers other experiments, and computes nothing itself", hint=hint)
    return _experiment(source)


def asked_for(name: str) -> ExperimentFile | Gathering:
    """An experiment or a gathering by path or bare name.  Raises InputError."""
    return _asked_for(_meant(name, "experiment"))


def _meant(name: str, kind: Kind) -> Source:
    """The file, unless it is plainly of the other kind."""
    from sim.config import locate, read
    from sim.config.errors import refuse

    source = read(locate(name, f"{kind}s"))
    other: Kind = "experiment" if kind == "scenario" else "scenario"
    if _has(source, other) and not _has(source, kind):
        article = {"scenario": "a scenario", "experiment": "an experiment"}
        hint = f"`sim {'run' if other == 'experiment' else 'solve'} {name}` is the command for it."
        raise refuse(source.path, f"is {article[other]}, where {article[kind]} is wanted", hint=hint)
    return source


def sources(name: str) -> list[Source]:
    """The files that a name or path means: a bare name may be a scenario, an experiment or both.  Raises InputError."""
    from sim.config import InputError, library, locate, read
    from sim.config.errors import refuse
    from sim.dilemma.lookup import did_you_mean

    if name.endswith(".toml") or "/" in name or "\\" in name:
        return [read(locate(name, "scenarios"))]
    paths = [library(kind)[name] for kind in ("scenarios", "experiments") if name in library(kind)]
    if paths:
        return [read(path) for path in paths]
    try:
        return [read(locate(name, "scenarios"))]  # a file of this name without an ending
    except InputError:
        known = sorted(library("scenarios") | library("experiments"))
        raise refuse(name or '""', "no scenario or experiment of this name", hint=did_you_mean(name, known)) from None
