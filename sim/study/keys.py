"""What an experiment file may say: every key with type, range, default and one sentence.  Kinds of figures add their own keys."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from sim.declare import ABSENT, Choice, Either, Key, ListOf, MapOf, Number, Problem, Table, Tagged, Text, Whole, nonnegative
from sim.study.design import DESIGNS, MOST_POINTS

LATER_DESIGNS: Final = ("latin_hypercube", "sobol", "morris", "saltelli")
LATER: Final = "belongs to a later version: not available yet"

ANYTHING: Final = Either(())
"""A value for a path of the scenario; checked against what the path declares."""

AXIS: Final = Table(
    (
        Key("from", Number(), "First of evenly spaced values.", ABSENT),
        Key("to", Number(), "Last of evenly spaced values.", ABSENT),
        Key("points", Whole(2, MOST_POINTS), "How many evenly spaced values.", ABSENT),
        Key("values", ListOf(ANYTHING, 1), "The values; with `paths` a list for each, in the order of the paths.", ABSENT),
        Key("labels", ListOf(Text(), 1), "A label for each value; needed where values are tables or lists.", ABSENT),
        Key("paths", ListOf(Text(), 1), "The parameter paths that the axis drives together; else the name of the axis.", ABSENT),
    )
)

SWEEP: Final = Table(
    (
        Key("design", Choice(tuple(DESIGNS)), "How the axes are combined: every combination, or point by point.", "grid"),
        Key(
            "parameters",
            MapOf(Either((ListOf(ANYTHING, 1), AXIS)), "parameter paths", bare=False),
            "Parameter path = a list, { from, to, points }, { values, labels } or { paths, values }.",
            {},
        ),
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


def declaration(kinds: Mapping[str, tuple[Key, ...]]) -> Table:
    """The type of an experiment file, with these kinds of figures and the keys that each adds to those of every figure."""
    figure = Tagged({kind: Table((*FIGURE, *keys)) for kind, keys in kinds.items()}, default="lines")
    return Table(
        (
            Key("title", Text(), "The question, in one line."),
            Key("description", Text(), "What the experiment is for.", ""),
            Key("scenario", Text(), "The scenario: a path, or a name from the library."),
            Key("variants", ListOf(Text(), 1), "The variants compared; all of the scenario where left out.", ABSENT),
            Key("engine", Choice(("exact", "monte_carlo")), "How outcomes are found.", "exact"),
            Key("replicates", Whole(1), "Simulated histories per point and variant, for monte_carlo.", 10_000),
            Key("seed", Whole(0), "Every random number of the experiment comes from it.", 0),
            Key("times", ListOf(nonnegative("years")), "Times at which outcomes are stored; figures add theirs.", []),
            Key("sweep", SWEEP, "What is varied.", {}),
            Key("figures", ListOf(figure), "The figures.", []),
            Key("schema_version", Whole(1, 1), "Version of this file format.", 1),
        )
    )


def postponed(tables: Mapping[str, Any]) -> tuple[dict[str, Any], list[Problem]]:
    """The tables without what files may say one day, and refusals of it that say so."""
    out, found = dict(tables), []
    if "uncertainty" in out:
        del out["uncertainty"]
        found.append(Problem(("uncertainty",), LATER, hint="Bands of uncertainty come with it."))
    if "model" in out:
        del out["model"]
        out.setdefault("scenario", "")
        found.append(Problem(("model",), LATER, hint="Sweeps of other models come with it; name a scenario."))
    sweep = out.get("sweep")
    if isinstance(sweep, Mapping) and sweep.get("design") in LATER_DESIGNS:
        out["sweep"] = {key: value for key, value in sweep.items() if key != "design"}
        found.append(Problem(("sweep", "design"), LATER, sweep["design"], f"Available now: {', '.join(DESIGNS)}."))
    if isinstance(figures := out.get("figures"), list):
        out["figures"] = [
            _figure(n, figure, found) if isinstance(figure, Mapping) else figure for n, figure in enumerate(figures)
        ]
    return out, found


def _figure(n: int, figure: Mapping[str, Any], found: list[Problem]) -> dict[str, Any]:
    """A figure's table without what comes later."""
    out = dict(figure)
    if "band" in out:
        del out["band"]
        found.append(Problem(("figures", n, "band"), LATER, hint="Bands of uncertainty come with it."))
    if out.get("y") == "difference" or "baseline" in out:
        key = "y" if out.get("y") == "difference" else "baseline"
        found.append(Problem(("figures", n, key), LATER, out[key], "Differences between variants come with it."))
        out = {k: v for k, v in out.items() if k not in ("y", "baseline")}
    return out
