"""The axes of a sweep as an experiment file writes them, checked against the scenario that they vary."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sim.config import InputError, ScenarioFile
from sim.config.errors import shown
from sim.config.validation import wrong
from sim.declare import Key, Problem, Table
from sim.dilemma.lookup import Place, numbers
from sim.study.design import Axis, evenly, is_number


def read_axes(sweep: Mapping[str, Any], scenario: ScenarioFile) -> tuple[list[Problem], list[Axis]]:
    """What is wrong with the axes of a sweep, and those with which nothing is wrong."""
    found: list[Problem] = []
    axes: list[Axis] = []
    driven: dict[str, str] = {}
    for name, written in sweep["parameters"].items():
        at = ("sweep", "parameters", name)
        try:
            paths, values, labels = written_axis(name, written)
        except ValueError as error:
            found.append(Problem(at, str(error)))
            continue
        own, numeric = [], True
        for n, path in enumerate(paths):
            where = at if paths == (name,) else (*at, "paths", n)
            if path in driven:
                own.append(Problem(where, f"{path} is driven by {driven[path]} already"))
            driven[path] = name
            try:
                place = scenario.place(path)
            except InputError as error:
                problem = error.problems[0].problem
                own.append(Problem(where, f"{problem.message} in {scenario.name}", hint=problem.hint))
                continue
            column = [value[n] for value in values]
            own += _misfits(at, column, place)
            numeric &= not place.structure and bool(numbers(place)) and all(map(is_number, column))
        found += own
        if not own:
            axes.append(Axis(name, paths, values, labels, numeric))
    return found, axes


def written_axis(name: str, written: Any) -> tuple[tuple[str, ...], tuple[tuple[Any, ...], ...], tuple[str, ...] | None]:
    """The paths of an axis, for each value what each path gets, and the labels.  Raises ValueError with what is wrong."""
    table = dict(written) if isinstance(written, Mapping) else {"values": written}
    paths = tuple(table.get("paths", (name,)))
    spaced = [key for key in ("from", "to", "points") if key in table]
    if spaced and "values" in table:
        raise ValueError("has either values or from, to and points, not both")
    if spaced and len(spaced) < 3:
        raise ValueError(f"needs from, to and points, but has only {' and '.join(spaced)}")
    if not spaced and "values" not in table:
        raise ValueError("has no values: write { from = 0, to = 1, points = 11 } or { values = [...] }")
    if spaced:
        values = tuple((x,) * len(paths) for x in _spaced(table["from"], table["to"], table["points"]))
    elif "paths" in table:
        values = tuple(tuple(value) if isinstance(value, list) else (value,) for value in table["values"])
    else:
        values = tuple((value,) for value in table["values"])
    for value in values:
        if len(value) != len(paths):
            raise ValueError(f"each of the values must be a list of {len(paths)}, one for each path, found {shown(list(value))}")
    return paths, values, _labels(values, table.get("labels"))


def _labels(values: Sequence[tuple[Any, ...]], given: Sequence[str] | None) -> tuple[str, ...] | None:
    if given is None:
        if any(isinstance(one, Mapping | list) for value in values for one in value):
            raise ValueError("needs labels, because its values are tables or lists")
        if twice := _twice([[(type(one), one) for one in value] for value in values]):
            raise ValueError(f"must not have {', '.join(shown(one) for _, one in twice)} twice")
        return None
    if len(given) != len(values):
        raise ValueError(f"has {len(given)} labels for {len(values)} values")
    if twice := _twice(given):
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


def _spaced(first: float, last: float, points: int) -> list[float]:
    """Evenly spaced values; whole numbers where all of them are."""
    if first == last:
        raise ValueError("needs two different ends")
    values = evenly(first, last, points)
    whole = isinstance(first, int) and isinstance(last, int) and all(value == math.floor(value) for value in values)
    return [int(value) for value in values] if whole else values


def _misfits(at: tuple[str | int, ...], column: Sequence[Any], place: Place) -> Iterator[Problem]:
    """Values of the wrong type; a number outside its range fails its point only, when the sweep runs."""
    declared = Table((Key("value", place.type, ""),))
    for n, value in enumerate(column):
        if value is False or (is_number(value) and math.isfinite(value) and numbers(place)):
            continue
        for problem in wrong(declared, {"value": value}):
            where = ".".join(["value", str(n + 1), *map(str, problem.path[1:])])
            yield Problem(at, f"{where} {problem.message}", problem.found, problem.hint)
