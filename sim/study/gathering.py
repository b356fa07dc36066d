"""A gathering: an experiment file that compares the stored results of other experiments, and computes nothing itself.

It asks of every scenario the same two questions: in which share of the draws the risk is lowest under which regime, and which
parameters turn that; and it puts the yearly rates that a scenario implies beside rates on record.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from sim.config import InputError, Source, locate, read
from sim.config.validation import wrong
from sim.declare import ABSENT, Choice, Key, ListOf, Number, Problem, Table, Tagged, Text, Whole, filled
from sim.dilemma.lookup import did_you_mean
from sim.study.experiment import ExperimentFile
from sim.study.figure_kind import FigureKind
from sim.study.reader import experiment_of

GATHERS: Final = "gathers"
"""The key that only such a file has."""
RATES: Final = ("crises", "use of force", "war")
"""What yearly rates are of: onsets, a crisis that reaches the rung of this name, the last rung."""

_FIGURE: Final = (
    Key("name", Text(), "Name of the figure's files."),
    Key("title", Text(), "Title."),
    Key("caption", Text(), "What the figure shows and what it assumes.", ""),
)
KINDS: Final = ("lowest", "turning", "yearly_rates")
REFERENCE: Final = Table(
    (
        Key("label", Text(), "What is on record."),
        Key("of", Choice(RATES), "Which rate it is of."),
        Key("low", Number(above=0.0, unit="per year"), "Lower end of the range, a year."),
        Key(
            "high",
            Number(above=0.0, unit="per year"),
            "Upper end of the range, a year; the lower end for a single number.",
            ABSENT,
        ),
        Key("source", Text(), "Where it comes from."),
    )
)
GATHERING: Final = Table(
    (
        Key("title", Text(), "The question, in one line."),
        Key("description", Text(), "What the gathering is for.", ""),
        Key(
            GATHERS,
            ListOf(Text(), 1),
            "The experiments, by name or path: each with draws and with the variants that are compared.",
        ),
        Key("variants", ListOf(Text(), 2), "The variants compared.", ["no_treaty", "treaty", "verification"]),
        Key("best", Text(), "The variant of which it is asked how often, and where, its risk is the lowest.", "verification"),
        Key("most", Whole(1, 20), "How many parameters are told for each scenario: those that turn the answer most.", 5),
        Key("references", ListOf(REFERENCE), "Rates on record.", []),
        Key("figures", ListOf(Tagged({kind: Table(_FIGURE) for kind in KINDS})), "The figures.", []),
        Key("schema_version", Whole(1, 1), "Version of this file format.", 1),
    )
)


@dataclass(frozen=True)
class Gathering:
    """A gathering in which nothing is wrong, with the experiments that it gathers."""

    source: Source
    tables: Mapping[str, Any] = field(repr=False)
    members: tuple[ExperimentFile, ...] = field(repr=False)

    @property
    def name(self) -> str:
        """The bare name of the file."""
        return self.source.name

    @property
    def variants(self) -> tuple[str, ...]:
        """The variants compared."""
        return tuple(self.tables["variants"])

    @property
    def figures(self) -> tuple[Mapping[str, Any], ...]:
        """The entries of [[figures]]."""
        return tuple(self.tables["figures"])


def gathers(source: Source) -> bool:
    """Whether a file is a gathering."""
    return GATHERS in source.tables


def gathering_of(source: Source, kinds: Mapping[str, FigureKind]) -> Gathering:
    """The gathering in a file that has been read.  Raises InputError with all that is wrong with it and with its experiments."""
    found = wrong(GATHERING, source.tables)
    if found:
        raise InputError([source.located(problem) for problem in found])
    tables = filled(GATHERING, source.tables)
    located = [source.located(problem) for problem in _of_itself(tables)]
    members = []
    for n, name in enumerate(tables[GATHERS]):
        try:
            member = experiment_of(read(locate(name, "experiments")), kinds)
        except InputError as error:
            located += error.problems
            continue
        members.append(member)
        located += [source.located(Problem((GATHERS, n), *told)) for told in _of_member(member, tables)]
    if located:
        raise InputError(located)
    return Gathering(source, tables, tuple(members))


def _of_itself(tables: Mapping[str, Any]) -> Iterator[Problem]:
    if tables["best"] not in tables["variants"]:
        yield Problem(
            ("best",), "is none of the variants compared", tables["best"], did_you_mean(tables["best"], tables["variants"])
        )
    for key in (GATHERS, "variants"):
        doubled = [n for n, name in enumerate(tables[key]) if name in tables[key][:n]]
        yield from (Problem((key, n), "is named twice", tables[key][n]) for n in doubled)
    names = [figure["name"] for figure in tables["figures"]]
    for n, name in enumerate(names):
        if name in names[:n]:
            yield Problem(("figures", n, "name"), "is the name of another figure already", name, "Give each figure its own name.")
    for n, reference in enumerate(tables["references"]):
        if (high := reference.get("high")) is not None and high < reference["low"]:
            yield Problem(("references", n, "high"), "must not be below low", high)


def _of_member(member: ExperimentFile, tables: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    """What an experiment lacks to be gathered: message, found, hint."""
    if member.model is not None:
        yield (
            "asks about a canonical model, which has no regimes",
            member.name,
            "Name experiments on scenarios of the core model.",
        )
        return
    missing = [variant for variant in tables["variants"] if variant not in member.variants]
    if missing:
        yield f"does not compute {', '.join(missing)}", member.name, f"Its variants are {', '.join(member.variants)}."
    if not member.draws:
        yield "draws nothing, so it has no shares of draws", member.name, "Give it [uncertainty]."
    if len(member.index) > 1:
        yield "sweeps, so its draws belong to several points", member.name, "Name an experiment without [sweep]."
