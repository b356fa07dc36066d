"""The axes of a sweep as an experiment file writes them, checked against the scenario that they vary."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from sim.config import InputError, ScenarioFile
from sim.config.errors import shown
from sim.config.ranges import beyond
from sim.config.tables import akin
from sim.config.validation import wrong
from sim.declare import Key, ListOf, Problem, Table
from sim.dilemma.lookup import Place, did_you_mean, numbers, outside, span
from sim.dilemma.paths import split
from sim.priors import Prior, problems
from sim.study.design import Axis, evenly, is_number
from sim.study.keys import UNCERTAIN

Where = tuple[str | int, ...]


@dataclass(frozen=True, eq=False)
class Told:
    """An axis as the file tells it: the values that it lists, or the distribution that values are to be taken from."""

    name: str
    paths: tuple[str, ...]
    values: tuple[tuple[Any, ...], ...] = ()
    labels: tuple[str, ...] | None = None
    prior: Prior | None = None
    numeric: bool = True

    @property
    def at(self) -> Where:
        """Where the axis stands in the file."""
        return ("sweep", "parameters", self.name)


def read_axes(written: Mapping[str, Any], scenario: ScenarioFile, *, sampled: str = "") -> tuple[list[Problem], list[Told]]:
    """What is wrong with the axes under [sweep.parameters], and those with which nothing is wrong.

    `sampled` is the name of a design that takes values from distributions; empty for one that combines listed values.
    """
    found: list[Problem] = []
    axes: list[Told] = []
    driven: dict[str, str] = {}
    for name, entry in written.items():
        at: Where = ("sweep", "parameters", name)
        try:
            told = _sampled(name, entry, scenario, sampled) if sampled else _listed(name, entry)
        except ValueError as error:
            found.append(Problem(at, str(error)))
            continue
        own = [Problem((*at, *p.path), p.message, p.found, p.hint) for p in (problems(told.prior) if told.prior else ())]
        numeric = True
        for n, path in enumerate(told.paths):
            where = at if told.paths == (name,) else (*at, "paths", n)
            own += [Problem(where, *clash) for clash in clashes(path, driven)]
            driven[path] = name
            place = place_of(path, scenario)
            if isinstance(place, Problem):
                own.append(Problem(where, place.message, hint=place.hint))
            elif told.prior is not None:
                own += [] if own else _of_prior(at, where, told.prior, place)
            else:
                column = [value[n] for value in told.values]
                own += misfits(at, column, place)
                own += _for_lists(at, path, column, place, scenario)
                numeric &= is_numeric(place, column)
        found += own
        if not own:
            axes.append(Told(name, told.paths, told.values, told.labels, told.prior, numeric))
    return found, axes


def clashes(path: str, driven: Mapping[str, str]) -> Iterator[tuple[str, Any, str]]:
    """Why a path cannot be swept beside those that are driven already ({path: axis}): message, found, hint."""
    for other, axis in driven.items():
        if path == other:
            yield f"{path} is driven by {axis} already", path, "Leave one of them out."
        elif akin(tuple(split(path)), tuple(split(other))):
            hint = "One would overwrite the other: put both into the values of one axis, or sweep one of them."
            yield f"leads through the same part of the file as {axis}", path, hint


def place_of(path: str, scenario: ScenarioFile) -> Place | Problem:
    """What a path leads to in the scenario, or that it leads nowhere."""
    try:
        return scenario.place(path)
    except InputError as error:
        problem = error.problems[0].problem
        return Problem((), f"{problem.message} in {scenario.name}", hint=problem.hint)


def is_numeric(place: Place, column: Sequence[Any]) -> bool:
    """Whether the values are numbers at a place where numbers may vary within a batch."""
    return not place.structure and bool(numbers(place)) and all(map(is_number, column))


# ---- what an entry says


def _listed(name: str, entry: Any) -> Told:
    """An axis of a design that combines values.  Raises ValueError with what is wrong."""
    hint = 'that is for a sampled design: write design = "latin_hypercube" (or sobol, morris, saltelli) and samples'
    if entry == UNCERTAIN:
        raise ValueError(f'needs values, not "{UNCERTAIN}": {hint}')
    if isinstance(entry, Mapping) and entry.get("distribution", "values") != "values":
        raise ValueError(f"needs values, not a distribution: {hint}")
    return Told(name, *written_axis(name, entry))


def _sampled(name: str, entry: Any, scenario: ScenarioFile, design: str) -> Told:
    """An axis of a design that takes values from distributions.  Raises ValueError with what is wrong."""
    if entry == UNCERTAIN:
        known = scenario.raw.get("uncertain") or {}
        if name not in known:
            hint = did_you_mean(name, known, "prior ranges")
            raise ValueError(f"has no prior range in [uncertain] of the scenario. {hint}".strip())
        return Told(name, (name,), prior=known[name])
    if isinstance(entry, Mapping):
        paths = tuple(entry.get("paths", (name,)))
        if entry.get("distribution", "values") != "values":
            return Told(name, paths, prior={key: value for key, value in entry.items() if key != "paths"})
        if "points" in entry:
            raise ValueError(
                f"must not have points in the design {design}, which samples between from and to; or list the values"
            )
        if "values" not in entry and ("from" in entry or "to" in entry):
            return Told(name, paths, prior=_between(entry))
        if "values" not in entry:
            raise ValueError("has no values: write { from = 0, to = 1 }, { distribution = ... } or { values = [...] }")
    return Told(name, *written_axis(name, entry))


def _between(entry: Mapping[str, Any]) -> Prior:
    """The uniform distribution from one value to another."""
    given = [key for key in ("from", "to") if key in entry]
    if len(given) < 2:
        raise ValueError(f"needs from and to, but has only {given[0]}")
    if "labels" in entry:
        raise ValueError("must not have labels without values")
    low, high = entry["from"], entry["to"]
    if not low < high:
        raise ValueError(f"must have from below to, found from = {low:g} and to = {high:g}")
    return {"distribution": "uniform", "low": low, "high": high}


def written_axis(name: str, written: Any) -> tuple[tuple[str, ...], tuple[tuple[Any, ...], ...], tuple[str, ...] | None]:
    """The paths of an axis, for each value what each path gets, and the labels.  Raises ValueError with what is wrong."""
    table = dict(written) if isinstance(written, Mapping) else {"values": written}
    paths = tuple(table.get("paths", (name,)))
    spaced = [key for key in ("from", "to", "points") if key in table]
    if spaced and "values" in table:
        raise ValueError("has either values or from, to and points, not both")
    if spaced and len(spaced) < 3:
        raise ValueError(f"needs from, to and points, but has only {' and '.join(spaced)}{_instead(spaced)}")
    if not spaced and "values" not in table:
        raise ValueError("has no values: write { from = 0, to = 1, points = 11 } or { values = [...] }")
    if spaced:
        values = tuple((x,) * len(paths) for x in _spaced(table["from"], table["to"], table["points"]))
    elif "paths" in table:
        values = tuple(tuple(value) if isinstance(value, list) else (value,) for value in table["values"])
    else:
        values = tuple((value,) for value in table["values"])
    for n, value in enumerate(values, 1):
        if not value:
            raise ValueError(f"value {n} is empty: it must have {_entries(len(paths))}")
        if len(value) != len(paths):
            raise ValueError(f"value {n} must have {_entries(len(paths))}, found {shown(list(value))}")
    return paths, values, _labels(values, table.get("labels"))


def _instead(spaced: Sequence[str]) -> str:
    """What to write where a range lacks only its points."""
    if "points" in spaced or len(spaced) < 2:
        return ""
    return ': write points = 11, or a sampled design, such as design = "latin_hypercube" with samples = 256'


def _entries(n: int) -> str:
    return "one entry, for the one path" if n == 1 else f"{n} entries, one for each path"


def _labels(values: Sequence[tuple[Any, ...]], given: Sequence[str] | None) -> tuple[str, ...] | None:
    if given is None:
        if any(isinstance(one, Mapping | list) for value in values for one in value):
            raise ValueError("needs labels, because its values are tables or lists")
        if (twice := _twice([[_plain(one) for one in value] for value in values])) is not None:
            said = ", ".join(f"{one:.12g}" if is_number(one) else shown(one) for one in twice)
            raise ValueError(f"must not have {said} twice: leave one of them out")
        return None
    if len(given) != len(values):
        raise ValueError(f"needs as many labels as values: {len(values)}, found {len(given)}")
    if not all(label.strip() for label in given):
        raise ValueError("must not have an empty label")
    if (twice := _twice(given)) is not None:
        raise ValueError(f"must not have the label {shown(twice)} twice")
    return tuple(given)


def _twice(items: Sequence[Any]) -> Any:
    """The first item that has been there before; None if all differ."""
    seen: set[str] = set()
    for item in items:
        if repr(item) in seen:
            return item
        seen.add(repr(item))
    return None


def _plain(value: Any) -> Any:
    """A value as it is told apart from others: 1 and 1.0 are one number, and so are 0 and -0."""
    return float(value) + 0.0 if is_number(value) and finite(value) else value


def finite(value: float) -> bool:
    """Whether a number is finite as a double."""
    try:
        return math.isfinite(value)
    except OverflowError:
        return False


def _spaced(first: float, last: float, points: int) -> list[float]:
    """Evenly spaced values; whole numbers where all of them are."""
    if first == last:
        raise ValueError("needs two different ends: from and to are the same")
    if not (finite(first) and finite(last) and finite(float(last) - float(first))):
        raise ValueError("needs ends that are finite, and so is their distance")
    values = evenly(first, last, points)
    whole = isinstance(first, int) and isinstance(last, int) and all(value == math.floor(value) for value in values)
    return [int(value) for value in values] if whole else values


# ---- what does not fit the place


def misfits(at: Where, column: Sequence[Any], place: Place, called: str = "value") -> Iterator[Problem]:
    """Values of the wrong type; a number outside its range fails its point only, when the sweep runs."""
    declared = Table((Key("value", place.type, ""),))
    for n, value in enumerate(column, 1):
        if is_number(value) and not finite(value):
            yield Problem(at, f"{called} {n} must be a finite number", value if isinstance(value, float) else str(value))
            continue
        if value is False or (is_number(value) and numbers(place)):
            continue
        for problem in wrong(declared, {"value": value}):
            inner = ".".join(map(str, problem.path[1:]))
            yield Problem(at, f"{called} {n}{f': {inner}:' if inner else ''} {problem.message}", problem.found, problem.hint)


def _for_lists(at: Where, path: str, column: Sequence[Any], place: Place, scenario: ScenarioFile) -> Iterator[Problem]:
    """A number where a canonical model has a list; in the core model it stands for all entries."""
    if scenario.form.model is not None and isinstance(place.type, ListOf) and any(map(is_number, column)):
        yield Problem(at, "is a list, and has numbers for values", hint=f'Name an entry: "{path}.0"; or give lists, with labels.')


def beyond_range(axis: Axis, scenario: ScenarioFile) -> Iterator[str]:
    """What must be said of listed values outside the declared range of their place: their points fail when they are run."""
    if axis.prior is not None:
        return
    for n, path in enumerate(axis.paths):
        place = scenario.place(path)
        column = [value[n] for value in axis.values if is_number(value[n])]
        if not column or isinstance(place.type, ListOf) or not (declared := numbers(place)):
            continue
        number = declared[0][1]
        if out := int(outside(number, np.array(column, dtype=float)).sum()):
            where = span(number)
            lies = f"outside {where.removeprefix('in ')}" if where.startswith("in ") else f"not {where}"
            which = f"{out:,} of {len(axis):,} values of {path} {'is' if out == 1 else 'are'}"
            yield f"{which} {lies}: such points fail"


def _of_prior(at: Where, where: Where, prior: Prior, place: Place) -> Iterator[Problem]:
    """A distribution of what is no number, or that leaves the declared range."""
    if place.structure or not numbers(place):
        kind = "is structure" if place.structure else "is no number"
        yield Problem(where, f"{kind}, which has no distribution", hint="List its values: each is equally likely.")
        return
    for keys, message, value in beyond(prior, numbers(place)[0][1]):
        yield Problem((*at, *keys), message, value)
