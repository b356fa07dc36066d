"""The axes of a sweep: what each drives, its values and labels; the points that a design makes of them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from sim.config.errors import shown


@dataclass(frozen=True)
class Axis:
    """One axis: its name in the file, the paths it drives, a row of values (one for each path) and a label for each point."""

    name: str
    paths: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]
    labels: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def numeric(self) -> bool:
        """Whether every value is a number."""
        return all(is_number(value) for row in self.rows for value in row)


def is_number(value: Any) -> bool:
    """Whether a value of a file is a number."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def axis(name: str, written: Sequence[Any] | Mapping[str, Any]) -> Axis:
    """The axis that a file describes: a list, { from, to, points }, { values, labels } or { paths, values }.

    Raises ValueError with what is wrong.
    """
    table = dict(written) if isinstance(written, Mapping) else {"values": list(written)}
    paths = tuple(table.get("paths") or (name,))
    spaced = [key for key in ("from", "to", "points") if key in table]
    if spaced and "values" in table:
        raise ValueError("has either values or from, to and points, not both")
    if spaced and len(spaced) < 3:
        raise ValueError(f"needs from, to and points, but has only {' and '.join(spaced)}")
    if not spaced and "values" not in table:
        raise ValueError("has no values: write { from = 0, to = 1, points = 11 } or { values = [...] }")
    values = _spaced(table["from"], table["to"], table["points"]) if spaced else table["values"]
    if "paths" not in table:
        rows = [(value,) for value in values]
    elif spaced:
        rows = [(value,) * len(paths) for value in values]
    else:
        rows = [tuple(value) if isinstance(value, list) else (value,) for value in values]
    if wrong := [row for row in rows if len(row) != len(paths)]:
        raise ValueError(f"each of the values must be a list of {len(paths)}, one for each path, found {shown(list(wrong[0]))}")
    return Axis(name, paths, tuple(rows), _labels(rows, table.get("labels")))


def _labels(rows: Sequence[tuple[Any, ...]], given: Sequence[str] | None) -> tuple[str, ...]:
    if given is None:
        if any(isinstance(value, Mapping | list) for row in rows for value in row):
            raise ValueError("needs labels, because its values are tables or lists")
        given = [", ".join(value if isinstance(value, str) else shown(value) for value in row) for row in rows]
    if len(given) != len(rows):
        raise ValueError(f"has {len(given)} labels for {len(rows)} values")
    if len(set(given)) < len(given):
        twice = next(label for n, label in enumerate(given) if label in given[:n])
        raise ValueError(f'must not have "{twice}" twice')
    return tuple(given)


def _spaced(first: float, last: float, points: int) -> list[float]:
    """Evenly spaced values, both ends to the bit; whole numbers where all of them are."""
    if first == last:
        raise ValueError("needs two different ends")
    values = [float(x) for x in np.linspace(first, last, points)]
    steps = (last - first) / (points - 1)
    if isinstance(first, int) and isinstance(last, int) and math.floor(steps) == steps:
        return [int(x) for x in values]
    return values


def indices(axes: Sequence[Axis], design: str) -> np.ndarray:
    """For every point of the design the number of its value on every axis, shape (points, axes); the last axis varies fastest."""
    if not axes:
        return np.zeros((1, 0), dtype=np.int64)
    if design == "zip":
        return np.repeat(np.arange(len(axes[0]))[:, None], len(axes), axis=1)
    return np.stack([grid.ravel() for grid in np.meshgrid(*[np.arange(len(a)) for a in axes], indexing="ij")], axis=1)
