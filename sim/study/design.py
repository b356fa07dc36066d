"""Designs of sweeps: the values of each axis, and how they are combined into points.

A point is a row of indices, one for each axis; what a point computes follows from the values at these indices alone.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

MOST_POINTS: Final = 1_000_000


@dataclass(frozen=True)
class Axis:
    """One axis of a sweep: its name in the file, the paths that it drives, and for each value what each path gets.

    `numeric`: all values are numbers at places where numbers may vary within a batch; else the axis changes structure.
    """

    name: str
    paths: tuple[str, ...]
    values: tuple[tuple[Any, ...], ...]
    labels: tuple[str, ...] | None = None
    numeric: bool = True

    def __len__(self) -> int:
        return len(self.values)

    @property
    def numbers(self) -> np.ndarray | None:
        """The numbers of the values, shape (values,); None where they are no numbers or have labels."""
        first = [value[0] for value in self.values]
        return np.array(first, dtype=float) if self.labels is None and all(map(is_number, first)) else None

    def label(self, n: int) -> str:
        """A value in words."""
        return self.labels[n] if self.labels is not None else ", ".join(dict.fromkeys(map(words, self.values[n])))

    def index(self, value: Any) -> int | None:
        """Which of the values (or labels) is meant; None for none."""
        for n, own in enumerate(self.values):
            known = (self.label(n), own[0], list(own))
            if any(type(value) is type(x) and value == x for x in known) or _close(value, own[0]):
                return n
        return None


def is_number(x: Any) -> bool:
    """Whether x is a number of the file (true and false are none)."""
    return isinstance(x, int | float) and not isinstance(x, bool)


def words(x: Any) -> str:
    """A value as it stands in a label."""
    return f"{x:g}" if is_number(x) else str(x)


def _close(one: Any, other: Any) -> bool:
    return is_number(one) and is_number(other) and bool(np.isclose(one, other, rtol=1e-9, atol=0))


def evenly(low: float, high: float, points: int) -> list[float]:
    """Evenly spaced values from low to high, as short as they are written: 0.3, not 0.30000000000000004."""
    return [float(f"{x:.12g}") for x in np.linspace(low, high, points)]


def grid(sizes: Sequence[int]) -> np.ndarray:
    """Every combination, the last axis fastest, shape (points, axes)."""
    return np.indices(tuple(sizes)).reshape(len(sizes), -1).T if sizes else np.zeros((1, 0), dtype=int)


def zipped(sizes: Sequence[int]) -> np.ndarray:
    """The n-th values of all axes together, shape (points, axes); the axes must be of one length."""
    return np.repeat(np.arange(sizes[0])[:, None], len(sizes), axis=1) if sizes else np.zeros((1, 0), dtype=int)


DESIGNS: Final[Mapping[str, Callable[[Sequence[int]], np.ndarray]]] = {"grid": grid, "zip": zipped}


def size(design: str, sizes: Sequence[int]) -> int:
    """How many points a design has, without making them."""
    return int(np.prod([float(n) for n in sizes])) if design == "grid" else (sizes[0] if sizes else 1)


def unequal(design: str, axes: Sequence[Axis]) -> list[Axis]:
    """The axes whose lengths do not fit the design: for `zip` those that differ from the first."""
    return [axis for axis in axes if len(axis) != len(axes[0])] if design == "zip" else []
