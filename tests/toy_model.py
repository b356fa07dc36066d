"""A small canonical model in which everything occurs, for the tests of the command line; it stands beside one of the canon."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from sim import models
from sim.declare import Choice, Key, ListOf, Number, count, probability
from sim.models import canon
from sim.models.model import Answer, Estimate, Model, Outcome, Premise, Values, Way

TREATY = canon()["treaty_monitoring"]


def _solve(v: Values) -> Mapping[str, Any]:
    share = np.array([Fraction(int(n), int(n) + 2) for n in v["inspections"]], dtype=object)
    first = v["payoffs"][:, 0, :].sum(axis=1)
    return {
        "share": share,
        "ratio": v["discount_factor"] / v["alarm"],
        "occupancy": {"peace": 1 - v["alarm"], "war": np.where(v["alarm"] > 0, v["alarm"], np.nan)},
        "class": (first > 3).astype(float),
        "said": np.array(["a word" for _ in first], dtype=object),
    }


def _drawn(v: Values, rng: np.random.Generator) -> Mapping[str, Any]:
    n = 10_000
    hits = rng.random((n, len(v["alarm"]))) < v["alarm"]
    return {"occupancy": {"war": Estimate(hits.mean(axis=0), hits.std(axis=0) / np.sqrt(n))}}


def _simulated(v: Values, replicates: int, seed: int) -> Mapping[str, Any]:
    hits = np.random.default_rng(seed).random((replicates, len(v["alarm"]))) < v["alarm"]
    return {"ratio": Estimate(v["discount_factor"] / hits.mean(axis=0), hits.std(axis=0) / np.sqrt(replicates))}


TOY = Model(
    name="toy_model",
    label="Z1",
    title="A toy",
    question="What is printed?",
    citation=("Nobody, Nowhere (1900).",),
    parameters=(
        Key("discount_factor", Number(0.0, 1.0, above=0.0), "delta: weight of the next period.", 0.5),
        Key("alarm", probability(), "c.a: probability of an alarm.", 0.25),
        Key("inspections", count(0, 100), "n: inspections.", 3),
        Key("payoffs", ListOf(ListOf(Number()), 2, 2), "Payoffs.", [[1.0, 0.0], [0.0, 1.0]]),
        Key("rule", Choice(("mild", "harsh")), "The rule.", "mild"),
    ),
    symbols={"delta": "discount_factor", "c.a": "alarm", "n": "inspections"},
    outcomes=(
        Outcome("share", "share", "n / (n + 2)."),
        Outcome("ratio", "", "delta / c.a.", undefined="There are no alarms."),
        Outcome("occupancy", "probability", "Where it is.", index="state", undefined="Without alarms there is no war."),
        Outcome("class", "", "The class.", words=("dilemma", "harmony")),
        Outcome("said", "text", "What is said."),
    ),
    premises=(Premise("fewer than 50 inspections", lambda v: v["inspections"] < 50),),
    solve=_solve,
    ways=(
        Way("drawing alarms", _drawn, random=True),
        Way("the other way", lambda v: {"ratio": np.where(v["alarm"] > 0, v["discount_factor"] * 4, np.nan)}),
    ),
    caveats=("It is a toy.",),
    answers=(
        Answer({}, "share", Fraction(3, 5), 0.0, "confirmed", "the book, page 1"),
        Answer({"inspections": 1}, "share", Fraction(1, 3), 0.0, "derived", "by hand"),
        Answer({}, "ratio", 2.0, 1e-9, "derived", "by hand"),
        Answer({"alarm": 0.0}, "ratio", None, 0.0, "derived", "by hand"),
        Answer({}, "occupancy", 0.25, 1e-9, "remembered", "a talk", entry="war"),
        Answer({}, "class", "dilemma", 0.0, "derived", "by hand"),
        Answer({"payoffs": [[4, 0], [0, 1]]}, "class", 1, 0.0, "derived", "by hand"),
    ),
    simulate=_simulated,
)


def install(monkeypatch: pytest.MonkeyPatch, toy: Model = TOY) -> None:
    """The canon is two models, one of them a toy, until the test is over."""
    monkeypatch.setattr(models, "canon", lambda: {TREATY.name: TREATY, toy.name: toy})
