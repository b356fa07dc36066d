"""What an experiment file may say: every key with type, range, default and one sentence."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from sim.declare import ABSENT, Choice, Either, Key, ListOf, MapOf, Number, Table, Tagged, Text, Whole, nonnegative

DESIGNS: Final = ("grid", "zip")
LATER_DESIGNS: Final = ("latin_hypercube", "sobol", "morris", "saltelli")
"""Designs that files may name one day; refused with a message that says so."""

SPLITS: Final = ("variant", "rung")
"""What a figure may split by, beside the swept parameters."""

OUTCOMES: Final = ("escalation_probability", "expected_onsets")
"""The outcomes that figures can show."""

ANYTHING: Final = Either(())
"""A value for a path of the scenario; checked against what the path declares."""

AXIS: Final = Table(
    (
        Key("from", Number(), "First of evenly spaced values.", ABSENT),
        Key("to", Number(), "Last of evenly spaced values.", ABSENT),
        Key("points", Whole(2), "How many evenly spaced values.", ABSENT),
        Key("values", ListOf(ANYTHING, 1), "The values; with `paths` a list for each, in the order of the paths.", ABSENT),
        Key("labels", ListOf(Text(), 1), "A label for each value; needed where values are no numbers, texts or flags.", ABSENT),
        Key("paths", ListOf(Text(), 1), "The parameter paths that the axis drives together; else the name of the axis.", ABSENT),
    )
)

SWEEP: Final = Table(
    (
        Key("design", Choice(DESIGNS), "How the axes are combined: every combination, or point by point.", "grid"),
        Key(
            "parameters",
            MapOf(Either((ListOf(ANYTHING, 1), AXIS)), "parameter paths", bare=False),
            "Parameter path = its values: a list, or { from, to, points }, or { values, labels }, or { paths, values }.",
        ),
    )
)

_SPLIT = "`variant`, `rung` or a swept parameter"

_ALL_FIGURES: Final = (
    Key("name", Text(), "Name of the figure's files."),
    Key("title", Text(), "Title; made from the outcome where left out.", ABSENT),
    Key("caption", Text(), "What the figure shows and what it assumes.", ""),
    Key("y", Choice(OUTCOMES), "The outcome shown.", "escalation_probability"),
    Key("y_range", ListOf(Number(), 2, 2), "Lowest and highest value of the vertical axis.", ABSENT),
)

FIGURES: Final[Mapping[str, tuple[Key, ...]]] = {
    "curves": (
        *_ALL_FIGURES,
        Key("rung", Text(), "Show this rung only.", ABSENT),
        Key("group", Text(), f"One line for each: {_SPLIT}.", "variant"),
        Key("panel", Text(), f"One panel for each: {_SPLIT}.", "rung"),
    ),
    "lines": (
        *_ALL_FIGURES,
        Key("x", Text(), "The swept parameter along the horizontal axis."),
        Key("rung", Text(), "The rung; the last one where left out.", ABSENT),
        Key("at_years", nonnegative("years"), "The time; the horizon where left out.", ABSENT),
        Key("group", Text(), f"One line for each: {_SPLIT}.", "variant"),
        Key("panel", Text(), f"One panel for each: {_SPLIT}; one panel where left out.", ABSENT),
    ),
}
"""The keys of every kind of figure."""


def experiment_type(figures: Mapping[str, tuple[Key, ...]]) -> Table:
    """The type of an experiment file, with these kinds of figures."""
    figure = Tagged({kind: Table(keys) for kind, keys in figures.items()}, default="lines")
    return Table(
        (
            Key("title", Text(), "The question, in one line."),
            Key("description", Text(), "What the experiment is for.", ""),
            Key("scenario", Text(), "The scenario: a path, or a name from the library.", ABSENT),
            Key("model", Text(), "In place of a scenario: a model of the library, on its defaults.", ABSENT),
            Key("variants", ListOf(Text(), 1), "The variants compared; all of the scenario where left out.", ABSENT),
            Key("engine", Choice(("exact", "monte_carlo")), "How outcomes are found.", "exact"),
            Key("replicates", Whole(1), "Simulated histories per point and variant, for monte_carlo.", 10_000),
            Key("seed", Whole(0), "Every random number of the experiment comes from it.", 0),
            Key("times", ListOf(nonnegative("years")), "Times at which outcomes are stored; figures add theirs.", []),
            Key("sweep", SWEEP, "What is varied.", ABSENT),
            Key("figures", ListOf(figure), "The figures.", []),
            Key("schema_version", Whole(1, 1), "Version of this file format.", 1),
        )
    )


EXPERIMENT: Final = experiment_type(FIGURES)
