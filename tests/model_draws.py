"""Parameters for the tests of canonical models: defaults, drawn in their ranges, extreme; and single points out of batches."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

import numpy as np

from sim.declare import Choice, Flag, ListOf, Number, Whole
from sim.dilemma.lookup import outside
from sim.models.model import Model, Outcome, Solution


def plain(model: Model) -> dict[str, Any]:
    """The default parameters, as they would stand in a file."""
    return {key.name: key.default for key in model.parameters if key.default is not None}


def drawn(model: Model, rng: np.random.Generator, size: int) -> dict[str, Any]:
    """Parameters in their declared ranges: the defaults first; then some as the default, some at an end, some anywhere."""
    return {key.name: spread(key.type, key.default, rng, size) for key in model.parameters if key.default is not None}


def spread(kind: Any, default: Any, rng: np.random.Generator, size: int) -> Any:
    if isinstance(kind, ListOf):
        return [spread(kind.item, item, rng, size) for item in default]
    if not isinstance(kind, Number):
        return default
    scale = abs(default) or 1.0
    least = kind.low if kind.above is None else max(kind.low, kind.above + 1e-6 * scale)
    low = least if math.isfinite(least) else default - 3 * scale
    high = kind.high if math.isfinite(kind.high) else max(default, low) + 3 * scale
    if kind.whole:
        high = min(high, max(2 * default, low + 8))
    elif high - low > 100 * scale:
        high = default + 10 * scale
    anywhere = rng.uniform(low, high, size)
    near = np.clip(default * rng.uniform(0.8, 1.25, size), low, high)
    ends = np.where(rng.random(size) < 0.5, low, high)
    which = rng.random(size)
    which[0] = 0.0
    found = np.select([which < 0.45, which < 0.7, which < 0.9], [np.full(size, float(default)), near, anywhere], ends)
    return np.floor(found) if kind.whole else found


def taken(given: Any, n: int) -> Any:
    """One point of drawn parameters."""
    if isinstance(given, dict):
        return {name: taken(x, n) for name, x in given.items()}
    if isinstance(given, list):
        return [taken(x, n) for x in given]
    return float(given[n]) if isinstance(given, np.ndarray) else given


def structures(model: Model) -> list[dict[str, Any]]:
    """Parameters that are no numbers, one of them unlike its default: every word, and whole numbers beside the default."""
    out: list[dict[str, Any]] = [{}]
    for key in model.parameters:
        match key.type:
            case Choice(options):
                others: list[Any] = [word for word in options if word != key.default]
            case Flag():
                others = [not key.default]
            case Whole(low, high):
                others = [n for n in (low, key.default - 1, key.default + 1) if n is not None and n != key.default]
                others = [n for n in others if (low is None or n >= low) and (high is None or n <= high)]
            case _:
                others = []
        out += [{key.name: value} for value in others]
    return out


def extremes(kind: Any, default: Any, slow: bool) -> list[Any]:
    """Values at and beyond the ends of what makes sense: numbers all at once, lists cut short, emptied and made zero."""
    if isinstance(kind, Number):
        tried = np.array(
            [0, 1] if slow else [0.0, 1.0, -1.0, 2.0, 1e-12, 1e-300, 0.999999999, 1e6, 1e12, 1e300, kind.low, kind.high]
        )
        inside = tried[~outside(kind, tried)]
        return [inside] if len(inside) else []
    if isinstance(kind, ListOf) and isinstance(default, list):
        if slow:
            return [[], default[:1]]
        lists = [default[:1], default[:-1], [], default + default[:1]]
        if default and isinstance(default[0], int | float):
            lists += [[0.0] * len(default), [1.0] * len(default), [1e300] * len(default)]
        if default and isinstance(default[0], list):
            lists += [[[0.0] * len(row) for row in default], [row[:1] for row in default], [[] for _ in default]]
        return lists
    return []


def bits(solution: Solution, outcome: Outcome, n: int) -> dict[str, Any]:
    """{entry: the bytes of a number, or a fraction or text} of the entries that have a value."""
    out = {}
    for entry, x in solution.entries(outcome.name).items():
        value = x[n]
        if isinstance(value, str | Fraction):
            out[entry] = value
        elif not math.isnan(value):
            out[entry] = np.float64(value).tobytes()
    return out
