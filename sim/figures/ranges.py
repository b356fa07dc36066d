"""One line of a panel, the vertical axis that holds some lines, and whether their numbers jump."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np

from sim.figures import style
from sim.figures.quantity import Quantity, Reading
from sim.study.figure_kind import Spec

AROUND_ZERO: Final = 0.06
"""Share of the axis of a difference that lies at least on either side of zero."""
NEAR: Final = 0.6
"""Share of the number nearest to 0 up to which the range of numbers is shown without 0."""
FEWEST: Final = 5
"""Points of a line from which whole numbers are taken for a staircase."""


@dataclass(frozen=True)
class Line:
    """One line of a panel: where it goes, all of shape (points,), and further columns of the data behind it."""

    x: np.ndarray
    reading: Reading
    extra: Mapping[str, Sequence[Any]] = field(default_factory=dict)

    @property
    def y(self) -> np.ndarray:
        """The line itself."""
        return self.reading.y

    @property
    def top(self) -> float:
        """The highest number drawn; nan if there is none."""
        return self._end(1, np.fmax.reduce)

    @property
    def bottom(self) -> float:
        """The lowest number drawn; nan if there is none."""
        return self._end(0, np.fmin.reduce)

    def _end(self, side: int, reduce: Callable[..., Any]) -> float:
        around = [ends[side] for ends in (self.reading.interval, self.reading.band) if ends is not None]
        drawn = np.concatenate([self.y, *around])
        return float(reduce(drawn)) if len(drawn) else np.nan


def vertical_range(spec: Spec, lines: Sequence[Line], shown: Quantity, free: bool) -> tuple[float, float]:
    """Lowest and highest value of an axis; 0 is in it, but where it is `free` and all numbers are far from 0."""
    if spec.get("axis") is not None:
        return float(spec["axis"][0]), float(spec["axis"][1])
    top = max((line.top for line in lines if np.isfinite(line.top)), default=0.0)
    bottom = min((line.bottom for line in lines if np.isfinite(line.bottom)), default=0.0)
    if shown.words:
        return -0.3, len(shown.words) - 0.7
    if shown.probability:
        return 0.0, style.ceiling(top)
    if free and (ends := _far(lines)) is not None:
        return ends
    low = -style.ceiling(-bottom, False) if bottom < 0 else 0.0
    high = style.ceiling(top, False) if top > 0 or low == 0 else 0.0
    if shown.baseline is None:
        return low, high
    return min(low, -AROUND_ZERO * high), max(high, -AROUND_ZERO * low)


def _far(lines: Sequence[Line]) -> tuple[float, float] | None:
    """The range of numbers that are all far from 0, with some air; None where they are not."""
    tops, bottoms = (
        [x for x in ends if np.isfinite(x)] for ends in ([line.top for line in lines], [line.bottom for line in lines])
    )
    low, high = min(bottoms, default=0.0), max(tops, default=0.0)
    if low * high <= 0 or high - low > NEAR * min(abs(low), abs(high)):
        return None
    air = 0.06 * (high - low) or 0.1 * abs(high)
    return low - air, high + air


def jumps(lines: Iterable[Line], shown: Quantity) -> bool:
    """Whether the numbers of a canonical model jump: codes of words, or whole numbers that stay the same from point to point.

    Sloped lines between such points would show values that there are not.
    """
    known = [line.y[np.isfinite(line.y)] for line in lines]
    whole = all((y == np.round(y)).all() for y in known)
    level = any(len(y) >= FEWEST and len(np.unique(y)) <= len(y) / 2 for y in known)
    return bool(shown.words) or (whole and level)
