"""The outcomes of a canonical model as plain data: numbers, words, exact fractions, and null with a reason where undefined."""

from __future__ import annotations

import math
from collections.abc import Mapping
from fractions import Fraction
from typing import Any, Final

import numpy as np

from sim.models.model import Estimate, Outcome, Solution

TOO_LARGE: Final = "It is too large for a floating-point number; its exact value is given."


def record(solution: Solution, point: int = 0) -> dict[str, dict[str, Any]]:
    """{outcome: value, unit, index, and exact, undefined, standard_error where they apply}, of those that the solution has.

    An outcome with an index has lists in the order of `index`.  What is undefined is None, and `undefined` says why.
    """
    known = [outcome for outcome in solution.model.outcomes if outcome.name in solution.outcomes]
    return {outcome.name: _outcome(solution, outcome, point) for outcome in known}


def cells(solution: Solution, name: str, point: int = 0) -> dict[str, Any]:
    """{entry: float, Fraction, text, or None where undefined}; the entry of an outcome without an index is ""."""
    outcome = solution.model.outcome(name)
    return {entry: cell(x, outcome, point) for entry, x in _values(solution, name).items()}


def errors(solution: Solution, name: str, point: int = 0) -> dict[str, float | None]:
    """{entry: standard error} of an outcome that was estimated; empty where it was computed."""
    found = solution.outcomes[name]
    if isinstance(found, Estimate):
        inner = found.standard_error
        found = {k: Estimate(None, x) for k, x in (inner if isinstance(inner, Mapping) else {"": inner}).items()}
    if not isinstance(found, Mapping):
        return {}
    return {entry: defined(x.standard_error[point]) for entry, x in found.items() if isinstance(x, Estimate)}


def cell(x: Any, outcome: Outcome, point: int = 0) -> Any:
    """One value of an array: its word where the outcome has words; None for nan."""
    value = defined((x.value if isinstance(x, Estimate) else x)[point])
    return word(value, outcome) if outcome.words and isinstance(value, float) else value


def word(code: float, outcome: Outcome) -> str | float:
    """The word for a code; the code itself where there is none."""
    n = int(code)
    return outcome.words[n] if n == code and 0 <= n < len(outcome.words) else code


def defined(value: Any) -> Any:
    """A float, Fraction or text; None for nan."""
    if value is None or isinstance(value, str | Fraction):
        return value
    number = float(value)
    return None if math.isnan(number) else number


def plain(value: Any) -> Any:
    """A value for JSON: fractions as the nearest float, None where there is none, -0 as 0."""
    if not isinstance(value, Fraction | int | float | np.number):
        return value
    try:
        number = float(value) + 0.0
    except OverflowError:
        return None
    return number if math.isfinite(number) else None


def exact(value: Any) -> str | None:
    """A fraction as text, "3/5"; None for what is no fraction."""
    return str(value) if isinstance(value, Fraction) else None


def _values(solution: Solution, name: str) -> dict[str, Any]:
    found = solution.outcomes[name]
    if isinstance(found, Estimate) and isinstance(found.value, Mapping):
        return dict(found.value)
    return solution.entries(name)


def _outcome(solution: Solution, outcome: Outcome, point: int) -> dict[str, Any]:
    found, spread = cells(solution, outcome.name, point), errors(solution, outcome.name, point)
    indexed = bool(outcome.index)
    values = {entry: plain(x) for entry, x in found.items()}
    out: dict[str, Any] = {
        "value": (list(values.values()) if indexed else values.get("")) if values else None,
        "unit": outcome.unit,
        "index": list(values) if indexed else None,
    }
    fractions = [exact(x) for x in found.values()]
    if any(fractions):
        out["exact"] = fractions if indexed else fractions[0]
    if spread:
        out["standard_error"] = list(spread.values()) if indexed else spread.get("")
    if not values or any(value is None for value in values.values()):
        large = all(found[entry] is not None for entry, value in values.items() if value is None) and found
        out["undefined"] = TOO_LARGE if large else solution.reason(outcome.name, point)
    return out
