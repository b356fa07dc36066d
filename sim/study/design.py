"""Designs of sweeps: the values of each axis, and how they are combined into points.

A point is a row of indices, one for each axis; what a point computes follows from the values at these indices alone.  A sampled
design gives each axis one value per point, or draws among the values that the file lists.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

import numpy as np

from sim.priors import Prior

MOST_POINTS: Final = 1_000_000
MOST_RUNS: Final = 20_000_000
"""Points times draws."""


@dataclass(frozen=True, eq=False)
class Axis:
    """One axis of a sweep: its name in the file, the paths that it drives, and for each value what each path gets.

    `values` is a tuple of tuples as the file lists them, or, where values are sampled, an array (values, paths).
    `numeric`: all values are numbers at places where numbers may vary within a batch; else the axis changes structure.
    """

    name: str
    paths: tuple[str, ...]
    values: tuple[tuple[Any, ...], ...] | np.ndarray
    labels: tuple[str, ...] | None = None
    numeric: bool = True
    prior: Prior | None = None
    """The distribution that values were taken from, if any."""
    which: np.ndarray | None = None
    """Which value each point has, shape (points,), where values were drawn from a list; else None."""

    def __len__(self) -> int:
        return len(self.values)

    @cached_property
    def numbers(self) -> np.ndarray | None:
        """The numbers of the values, shape (values,); None where they are no numbers or have labels."""
        if isinstance(self.values, np.ndarray):
            return self.values[:, 0]
        first = [value[0] for value in self.values]
        return np.array(first, dtype=float) if self.labels is None and all(map(is_number, first)) else None

    def at(self, n: int) -> tuple[Any, ...]:
        """What each path gets with the n-th value, in Python's own types."""
        value = self.values[n]
        return tuple(value.tolist()) if isinstance(value, np.ndarray) else value

    def label(self, n: int) -> str:
        """A value in words."""
        return self.labels[n] if self.labels is not None else ", ".join(dict.fromkeys(map(words, self.at(n))))

    def index(self, value: Any) -> int | None:
        """Which of the values (or labels) is meant; None for none."""
        if isinstance(self.values, np.ndarray):
            wanted = _as_number(value)
            if wanted is None:
                return None
            near = np.isclose(self.values[:, 0], wanted, rtol=1e-9, atol=0)
            return int(np.argmax(near)) if near.any() else None
        for n, own in enumerate(self.values):
            known = (self.label(n), own[0], list(own))
            if any(type(value) is type(x) and value == x for x in known) or _close(value, own[0]):
                return n
        return None

    def identity(self) -> dict[str, Any]:
        """All that the numbers of the points depend on, as plain data; what was sampled as the digest of its bytes."""
        values = _digest(self.values, "<f8") if isinstance(self.values, np.ndarray) else [list(v) for v in self.values]
        told = {"paths": list(self.paths), "values": values}
        return told if self.which is None else told | {"which": _digest(self.which, "<i4")}


def _digest(array: np.ndarray, kind: str) -> str:
    return hashlib.sha256(np.ascontiguousarray(array, kind).tobytes()).hexdigest()


def is_number(x: Any) -> bool:
    """Whether x is a number of the file (true and false are none)."""
    return isinstance(x, int | float) and not isinstance(x, bool)


def words(x: Any) -> str:
    """A value as it stands in a label."""
    return f"{x:g}" if is_number(x) else str(x)


def _as_number(value: Any) -> float | None:
    """A number, or text that is one."""
    try:
        return float(value) if is_number(value) or isinstance(value, str) else None
    except ValueError:
        return None


def _close(one: Any, other: Any) -> bool:
    return is_number(one) and is_number(other) and bool(np.isclose(one, other, rtol=1e-9, atol=0))


def evenly(low: float, high: float, points: int) -> list[float]:
    """Evenly spaced values from low to high, as short as they are written: 0.3, not 0.30000000000000004."""
    return [float(f"{x:.12g}") for x in np.linspace(low, high, points)]


# ---- combining the values of axes


def grid(sizes: Sequence[int]) -> np.ndarray:
    """Every combination, the last axis fastest, shape (points, axes)."""
    return np.indices(tuple(sizes)).reshape(len(sizes), -1).T if sizes else np.zeros((1, 0), dtype=int)


def zipped(sizes: Sequence[int]) -> np.ndarray:
    """The n-th values of all axes together, shape (points, axes); the axes must be of one length."""
    return np.repeat(np.arange(sizes[0])[:, None], len(sizes), axis=1) if sizes else np.zeros((1, 0), dtype=int)


def one_at_a_time(sizes: Sequence[int]) -> np.ndarray:
    """First value of all axes, then each other value of each axis alone, shape (1 + 2 axes, axes) where axes have 3 values."""
    moves = [(axis, n) for axis, size in enumerate(sizes) for n in range(1, size)]
    out = np.zeros((1 + len(moves), len(sizes)), dtype=int)
    for row, (axis, n) in enumerate(moves, 1):
        out[row, axis] = n
    return out


COMBINED: Final[Mapping[str, Callable[[Sequence[int]], np.ndarray]]] = {
    "grid": grid,
    "zip": zipped,
    "one_at_a_time": one_at_a_time,
}
"""Designs that combine values by their number."""

SAMPLED: Final = ("latin_hypercube", "sobol", "morris", "saltelli")
"""Designs that take points from the unit cube; they need `samples`."""

DESIGNS: Final = ("grid", "zip", *SAMPLED, "one_at_a_time", "csv")


def points(design: str, axes: Sequence[Axis]) -> np.ndarray:
    """Which value of each axis each point has, shape (points, axes)."""
    if design in COMBINED:
        return COMBINED[design]([len(axis) for axis in axes])
    if not axes:
        return np.zeros((1, 0), dtype=np.int32)
    return np.stack([np.arange(len(a), dtype=np.int32) if a.which is None else a.which for a in axes], axis=1)


def size(design: str, sizes: Sequence[int], samples: int = 1, *, second_order: bool = False) -> int:
    """How many points a design has, without making them; `sizes` are the numbers of values of the axes."""
    k = len(sizes)
    if design in SAMPLED:
        return samples * {"morris": k + 1, "saltelli": (2 * k + 2) if second_order else k + 2}.get(design, 1)
    if design == "grid":
        return int(np.prod([float(n) for n in sizes]))
    if design == "one_at_a_time":
        return 1 + sum(n - 1 for n in sizes)
    return sizes[0] if sizes else 1


def unequal(design: str, axes: Sequence[Axis]) -> list[Axis]:
    """The axes whose lengths do not fit the design: for `zip` those that differ from the first."""
    return [axis for axis in axes if len(axis) != len(axes[0])] if design == "zip" else []


def unbalanced(design: str, samples: int) -> Iterator[str]:
    """What must be said of a number of samples: Sobol' points are balanced at powers of two only (Owen 2020)."""
    if design in ("sobol", "saltelli") and samples & (samples - 1):
        below = 1 << (samples.bit_length() - 1)
        yield f"{samples} is no power of two: Sobol' points are balanced at {below} and {2 * below}"
