"""What the scenario files of each model look like: the core model's form, and one made for each canonical model."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache, partial
from typing import Any, Final

import numpy as np

from sim import models
from sim.config.tables import arrays
from sim.declare import Choice, Key, ListOf, MapOf, Number, Problem, Table, Text, Whole, filled
from sim.dilemma.checks import of_words, problems
from sim.dilemma.keys import MECHANISMS, SCENARIO, UNCERTAIN, VARIANT
from sim.dilemma.lookup import Place, did_you_mean, find, outside, span
from sim.dilemma.ranges import in_effect
from sim.dilemma.structure import completed
from sim.models.model import Model
from sim.models.model import problems as problems_of

Tables = dict[str, Any]

CORE: Final = "security_dilemma"
PARAMETERS: Final = "parameters"


@dataclass(frozen=True)
class Form:
    """What the files of one model look like: their declaration, what it cannot say, and how defaults are filled in."""

    declaration: Table
    of_words: Callable[[Tables], list[Problem]]
    """Names, lengths, times; works on tables in which keys are missing."""
    problems: Callable[[Tables], list[Problem]]
    """All that the declaration cannot say, of tables that it accepts."""
    in_effect: Callable[[Tables], Iterator[tuple[Problem, np.ndarray]]]
    """What is wrong with numbers over time, with the points of a sweep at which it is wrong."""
    completed: Callable[[Tables], Tables]
    model: Model | None = None
    """The canonical model; None for the core model."""


_CORE: Final = Form(SCENARIO, of_words, problems, in_effect, completed)


def form_of(model: Any) -> Form | Problem:
    """The form of the files of a model, or why there is no such model."""
    if model == CORE:
        return _CORE
    found = models.find(model) if isinstance(model, str) else None
    if found is not None:
        return _form(found.name)
    return Problem(("model",), "names no model", model, did_you_mean(str(model), (CORE, *models.canon())))


@cache
def _form(name: str) -> Form:
    """The form of files of a canonical model: texts, [parameters], [uncertain], [variants]."""
    model = models.canon()[name]
    declaration = Table(
        (
            Key("title", Text(), "One line that says what the scenario is."),
            Key("description", Text(), "What is and is not modelled, in words.", ""),
            Key("sources", ListOf(Text()), "Where the facts and the ranges come from.", []),
            MECHANISMS,
            Key("model", Choice(tuple(dict.fromkeys((model.name, model.label, model.label.lower())))), "The model."),
            Key("schema_version", Whole(1, 1), "Version of this file format.", 1, structure=True),
            Key(PARAMETERS, model.table, "The model's parameters; its defaults where left out.", {}),
            Key("uncertain", MapOf(UNCERTAIN, "parameter paths", bare=False), "Prior ranges of numbers.", {}, structure=True),
            Key("variants", MapOf(VARIANT, "variants"), "Variant = what differs; else one variant, `base`.", {}, structure=True),
        )
    )

    def of_parameters(tables: Tables) -> list[Problem]:
        found = problems_of(model, tables.get(PARAMETERS) or {})
        return [Problem((PARAMETERS, *p.path), p.message, p.found, p.hint) for p in found]

    return Form(
        declaration,
        of_words=lambda _: [],
        problems=of_parameters,
        in_effect=partial(_ranges, declaration),
        completed=partial(filled, declaration),
        model=model,
    )


def _ranges(declaration: Table, tables: Tables) -> Iterator[tuple[Problem, np.ndarray]]:
    """Swept and drawn numbers that leave their declared ranges."""
    for path, values in arrays(tables):
        place = find(declaration, tables, path)
        if isinstance(place, Place) and isinstance(place.type, Number):
            wrong = outside(place.type, values)
            if wrong.any():
                yield Problem(path, f"must be {span(place.type) or 'a finite number'}", float(values[wrong][0])), wrong
