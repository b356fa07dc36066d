"""A canonical model made up for the tests of the figures: an outcome of every form, each with a formula that tests can repeat."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from figures_case import drawn
from sim import figures, study
from sim.config import InputError
from sim.declare import Choice, Key, Number, count, probability
from sim.figures import KINDS
from sim.figures.drawing import Drawing
from sim.models import canon
from sim.models.model import Model, Outcome, Premise
from sim.study import ExperimentFile, Results

CORNERS = ((3.0, 3.0), (9.75, 3.0), (9.0, 9.0), (3.0, 9.75))
STEPS = 9
GAMES = ("harmony", "stag hunt", "prisoner's dilemma")
DOINGS = ("both build", "one builds", "nobody")


def path(start: int, step: int, slope: np.ndarray | float) -> tuple[Any, Any]:
    """A spiral into the origin."""
    time = 0.4 * step
    return np.exp(-slope * time) * np.cos(time + start), np.exp(-slope * time) * np.sin(time + start)


def solve(v: Any) -> dict[str, Any]:
    """All outcomes."""
    a, d, none = v["slope"], v["weight"], np.zeros_like(v["slope"])
    spirals = {(s, n): path(s, n, a) for s in (1, 2) for n in range(STEPS)}
    return {
        "risk": np.where(a > 0.6, np.nan, a * d),
        "level": 10 + a,
        "needed": np.ceil(4 * a),
        "holds": (a >= 0.5).astype(float),
        "game": np.floor(3 * np.minimum(a, 0.99)),
        "quarter": 1.0 * (a >= 0.5) + 2.0 * (d >= 0.75),
        "share": {name: a * k / 2 for k, name in enumerate(("tit_for_tat", "grim", "always_defect"))},
        "law": {str(n): np.where(n <= v["size"], (1 - a) * a**n, np.nan) for n in range(int(np.max(v["size"])) + 1)},
        "corner_x": {str(n): x + none for n, (x, _) in enumerate(CORNERS)},
        "corner_y": {str(n): y * (d if n == 2 else 1) + none for n, (_, y) in enumerate(CORNERS)},
        "path_x": {f"{s}:{n}": x for (s, n), (x, _) in spirals.items()},
        "path_y": {f"{s}:{n}": y for (s, n), (_, y) in spirals.items()},
        "line_x": {"0": none - 1, "1": none + 1},
        "line_y": {"0": none - 0.5, "1": none + 0.5},
        "policy": {f"{i},{j}": np.where(i + j > 4 * a, 2.0, 1.0 * (i > j)) for i in range(3) for j in range(3)},
        "chart": {f"{i},{j}": np.where(i + j > 15, 2.0, 1.0 * (i > j)) + none for i in range(12) for j in range(12)},
        "worth": {f"{i},{j}": np.where(i + j > 3, np.nan, -0.5647873 * i - a * j) for i in range(3) for j in range(3)},
        "deal": np.full(len(a), "none", dtype=object),
    }


TOY = Model(
    name="toy",
    label="Z1",
    title="A toy",
    question="What can be drawn?",
    citation=("Nobody.",),
    parameters=(
        Key("slope", probability(), "a.", 0.25),
        Key("weight", Number(0.0, 2.0, unit="tonnes"), "d.", 1.0),
        Key("size", count(1, 20, "rungs"), "n.", 3),
        Key("rule", Choice(("old", "new")), "Nothing depends on it.", "old"),
    ),
    outcomes=(
        Outcome("risk", "probability", "Probability of the worst.", undefined="The slope is above 0.6."),
        Outcome("level", "payoff", "The level (1)."),
        Outcome("needed", "periods", "Periods that are needed."),
        Outcome("holds", "", "1 if the treaty holds, else 0."),
        Outcome("game", "", "The game.", words=GAMES),
        Outcome("quarter", "", "Where it lies.", words=("south-west", "south-east", "north-west", "north-east")),
        Outcome("share", "share", "The share of each strategy.", index="strategy"),
        Outcome("law", "probability", "Where it ends.", index="rung"),
        Outcome("corner_x", "payoff", "Payoff of state 1 at the corners.", index="corner"),
        Outcome("corner_y", "payoff", "Payoff of state 2 at the corners.", index="corner"),
        Outcome("path_x", "arms", "Arms of state 1.", index="start:step"),
        Outcome("path_y", "arms", "Arms of state 2.", index="start:step"),
        Outcome("line_x", "arms", "Where the line is given.", index="end"),
        Outcome("line_y", "arms", "The line.", index="end"),
        Outcome("policy", "", "What is done.", index="arms of 1, arms of 2", words=DOINGS),
        Outcome("chart", "", "What is done, in many states.", index="arms of 1, arms of 2", words=DOINGS),
        Outcome("worth", "payoff", "What a state is worth.", index="state", undefined="The state is too far out."),
        Outcome("deal", "text", "Words alone."),
    ),
    premises=(Premise("a weight above 0", lambda v: v["weight"] > 0),),
    solve=solve,
)

HEAD = """\
title = "Toys?"
model = "toy"
[sweep.parameters]
"parameters.slope" = [0.1, 0.25, 0.5, 0.9]
"parameters.weight" = [0.5, 1.0]
"""
AT = 'where = { "parameters.weight" = 0.5 }\n'
ONE = 'where = { "parameters.slope" = 0.25, "parameters.weight" = 0.5 }\n'
SLOPES = (0.1, 0.25, 0.5, 0.9)


@contextmanager
def registered() -> Iterator[None]:
    """The toy among the canonical models, for as long as it is needed."""
    already = TOY.name in canon()
    canon()[TOY.name] = TOY
    try:
        yield
    finally:
        if not already:
            del canon()[TOY.name]


def toy(folder: Path, text: str, head: str = HEAD) -> ExperimentFile:
    """The experiment that a text says."""
    (folder / "toys.toml").write_text(head + text, encoding="utf-8")
    return figures.read_experiment(folder / "toys.toml")


def computed(folder: Path, text: str, head: str = HEAD) -> Results:
    """The results of an experiment, computed here."""
    found = study.run(toy(folder, text, head), folder / "results", workers=1)
    return Results.load(found.folder, KINDS)


def refused(folder: Path, text: str, head: str = HEAD) -> str:
    """The message with which an experiment is refused; empty if it is not."""
    try:
        toy(folder, text, head)
    except InputError as error:
        return str(error).replace(f"{folder}/", "")
    return ""


def figure(kind: str, text: str) -> str:
    """An entry of [[figures]]."""
    return f'[[figures]]\nname = "it"\nkind = "{kind}"\n{text}'


def shown(results: Results, folder: Path, kind: str, text: str) -> Drawing:
    """A figure of the stored results."""
    return drawn(dataclasses.replace(results, experiment=toy(folder, figure(kind, text))))


def said(drawing: Drawing) -> str:
    """What the caption says of a figure."""
    return " ".join(drawing.sentences)
