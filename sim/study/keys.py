"""What an experiment file may say: every key with type, range, default and one sentence.  Kinds of figures and of analyses add
their own keys."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from sim.declare import ABSENT, Choice, Either, Flag, Key, ListOf, MapOf, Number, Table, Tagged, Text, Whole, probability
from sim.declare import nonnegative as at_least_0
from sim.priors import DISTRIBUTION
from sim.study import uncertainty
from sim.study.design import DESIGNS, MOST_POINTS

MOST_REPLICATES: Final = 100_000_000
UNCERTAIN: Final = "uncertain"
"""The word that stands for a parameter's prior range in the scenario."""

ANYTHING: Final = Either(())
"""A value for a path of the scenario; checked against what the path declares."""

UNREAD: Final = MapOf(ANYTHING, "keys", bare=False)
"""A table that is not looked at."""

PATHS: Final = Key(
    "paths", ListOf(Text(), 1), "The parameter paths that the axis drives together; else the name of the axis.", ABSENT
)

LISTED: Final = Table(
    (
        Key("from", Number(), "First of evenly spaced values; the lowest value in a sampled design.", ABSENT),
        Key("to", Number(), "Last of evenly spaced values; the highest value in a sampled design.", ABSENT),
        Key("points", Whole(2, MOST_POINTS), "How many evenly spaced values; not in a sampled design.", ABSENT),
        Key("values", ListOf(ANYTHING, 1), "The values; with `paths` a list for each, in the order of the paths.", ABSENT),
        Key("labels", ListOf(Text(), 1), "A label for each value; needed where values are tables or lists.", ABSENT),
        PATHS,
    )
)

AXIS: Final = Tagged(
    {"values": LISTED, **{name: Table((*table.keys, PATHS)) for name, table in DISTRIBUTION.cases.items()}},
    tag="distribution",
    default="values",
)
"""An axis: values, or a distribution to sample from."""

SWEEP: Final = Table(
    (
        Key("design", Choice(DESIGNS), "How points are made from the axes, or sampled.", "grid"),
        Key(
            "parameters",
            MapOf(Either((ListOf(ANYTHING, 1), Choice((UNCERTAIN,)), AXIS)), "parameter paths", bare=False),
            "Parameter path = a list, { from, to, points }, { values, labels } or { paths, values }; in a sampled design also a "
            'distribution, { from, to }, or "uncertain" for its prior range in the scenario.',
            {},
        ),
        Key("uncertain", Flag(), "Whether every parameter with a prior range in the scenario is swept over it as well.", False),
        Key(
            "samples",
            Whole(1, MOST_POINTS),
            "Points of a sampled design; base samples (saltelli), trajectories (morris).",
            ABSENT,
        ),
        Key("levels", Whole(2, 1000), "Levels of the grid of the design morris, an even number; 4 where left out.", ABSENT),
        Key("second_order", Flag(), "Whether the design saltelli is for second-order indices too; false where left out.", ABSENT),
        Key("ends", ListOf(probability(), 2, 2), "Quantiles that one_at_a_time goes to; [0.05, 0.95] where left out.", ABSENT),
        Key("file", Text(), "The CSV file of the design csv: parameter paths above, then a line for each point.", ABSENT),
    )
)

UNCERTAINTY: Final = Table(
    (
        Key("draws", Whole(1, MOST_POINTS), "How often parameters are drawn; the same draws at all points and variants.", 256),
        Key("design", Choice(uncertainty.DESIGNS), "How they are drawn.", "sobol"),
        Key("parameters", ListOf(Text(), 1), "The paths that are drawn; all with a prior range where left out.", ABSENT),
    )
)

FIGURE: Final = (
    Key("name", Text(), "Name of the figure's files."),
    Key("title", Text(), "Title; made from the outcome where left out.", ABSENT),
    Key("caption", Text(), "What the figure shows and what it assumes.", ""),
    Key("variants", ListOf(Text(), 1), "The variants shown; all of the experiment where left out.", ABSENT),
    Key("where", MapOf(ANYTHING, "swept parameters", bare=False), "Swept parameter = the one value that is shown.", {}),
    Key("axis", ListOf(Number(), 2, 2), "Lowest and highest value of the vertical axis.", ABSENT),
)
"""The keys of every figure."""

Keys = tuple[Key, ...]


def declaration(kinds: Mapping[str, Keys] | None, analyses: Mapping[str, Keys] | None = None) -> Table:
    """The type of an experiment file, with these kinds of figures, the keys that each adds to those of every one, and analyses.

    Without `kinds`, figures may say anything; without `analyses`, they are all that there are.
    """
    figure = Tagged({k: Table((*FIGURE, *own)) for k, own in kinds.items()}, default="lines") if kinds is not None else UNREAD
    analyses = known_analyses() if analyses is None else analyses
    analysis = Tagged({kind: Table(own) for kind, own in analyses.items()})
    return Table(
        (
            Key("title", Text(), "The question, in one line."),
            Key("description", Text(), "What the experiment is for.", ""),
            Key("scenario", Text(), "The scenario: a path, or a name from the library.", ABSENT),
            Key("model", Text(), "In place of a scenario: a canonical model (`sim models`) on its defaults.", ABSENT),
            Key("variants", ListOf(Text(), 1), "The variants compared; all of the scenario where left out.", ABSENT),
            Key("engine", Choice(("exact", "monte_carlo")), "How outcomes are found.", "exact"),
            Key("replicates", Whole(1, MOST_REPLICATES), "Simulated histories per point and variant, for monte_carlo.", 10_000),
            Key("seed", Whole(0), "Every random number of the experiment comes from it.", 0),
            Key("times", ListOf(at_least_0("years")), "Times at which outcomes are stored; figures and analyses add theirs.", []),
            Key("sweep", SWEEP, "What is varied.", {}),
            Key("uncertainty", UNCERTAINTY, "Draws from the scenario's prior ranges at every point.", ABSENT),
            Key("figures", ListOf(figure), "The figures.", []),
            Key("analyses", ListOf(analysis), "What is worked out from the stored sweep.", []),
            Key("threshold", Table(threshold_keys()), "Where one variant stops being better than another.", ABSENT),
            Key("schema_version", Whole(1, 1), "Version of this file format.", 1),
        )
    )


def known_analyses() -> dict[str, Keys]:
    """The kinds of analyses, with the keys of each."""
    from sim.study.analyses import KINDS

    return {name: kind.keys for name, kind in KINDS.items()}


def threshold_keys() -> Keys:
    """The keys of the table [threshold]."""
    from sim.study.threshold import KEYS

    return KEYS
