"""One line of a panel, the vertical axis that holds some lines, and whether their numbers jump."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from sim.declare import ABSENT, Choice, Key, ListOf, Problem
from sim.figures import style
from sim.figures.cases import numbers_along
from sim.figures.quantity import Quantity, Reading
from sim.study.figure_kind import Spec

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from sim.study.design import Axis
    from sim.study.experiment import ExperimentFile

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

    def beyond(self, ends: tuple[float, float]) -> bool:
        """Whether some of the line lies beyond the ends of its axis."""
        known = self.y[np.isfinite(self.y)]
        return bool(len(known) and (known.min() < ends[0] - 1e-12 or known.max() > ends[1] + 1e-12))

    def _end(self, side: int, reduce: Callable[..., Any]) -> float:
        around = [ends[side] for ends in (self.reading.interval, self.reading.band) if ends is not None]
        drawn = np.concatenate([self.y, *around])
        return float(reduce(drawn)) if len(drawn) else np.nan


def vertical_range(
    spec: Spec, lines: Sequence[Line], shown: Quantity, free: bool, others: Sequence[float] = ()
) -> tuple[float, float]:
    """Lowest and highest value of an axis; 0 is in it, but where it is `free` and all numbers are far from 0.

    `others` are numbers that are drawn beside the lines.
    """
    if spec.get("axis") is not None:
        return float(spec["axis"][0]), float(spec["axis"][1])
    if is_log(spec, "y"):
        around = [
            ends for line in lines for pair in (line.reading.interval, line.reading.band) if pair is not None for ends in pair
        ]
        return decades(np.concatenate([*(line.y for line in lines), *around, np.asarray(others, float)]))
    top = max([*(line.top for line in lines if np.isfinite(line.top)), *others], default=0.0)
    bottom = min([*(line.bottom for line in lines if np.isfinite(line.bottom)), *others], default=0.0)
    if shown.words:
        return -0.3, len(shown.words) - 0.7
    if shown.probability:
        return 0.0, style.ceiling(top)
    if free and bottom >= 0 and top <= 1:  # a number such as a discount factor
        return 0.0, style.ceiling(top)
    if free and (ends := _far(lines, others)) is not None:
        return ends
    low = -style.ceiling(-bottom, False) if bottom < 0 else 0.0
    high = style.ceiling(top, False) if top > 0 or low == 0 else 0.0
    if shown.baseline is None:
        return low, high
    return min(low, -AROUND_ZERO * high), max(high, -AROUND_ZERO * low)


def _far(lines: Sequence[Line], others: Sequence[float]) -> tuple[float, float] | None:
    """The range of numbers that are all far from 0, with some air; None where they are not."""
    tops, bottoms = (
        [x for x in ends if np.isfinite(x)] for ends in ([line.top for line in lines], [line.bottom for line in lines])
    )
    low, high = min([*bottoms, *others], default=0.0), max([*tops, *others], default=0.0)
    if low * high <= 0 or high - low > NEAR * min(abs(low), abs(high)):
        return None
    air = 0.06 * (high - low) or 0.1 * abs(high)
    return low - air, high + air


def whole(numbers: Iterable[np.ndarray]) -> bool:
    """Whether all numbers that there are, and there are some, are whole."""
    known = np.concatenate([x[np.isfinite(x)] for x in numbers] or [np.zeros(0)])
    return bool(len(known) and (known == np.round(known)).all())


def jumps(numbers: Sequence[np.ndarray], words: Sequence[str] = ()) -> bool:
    """Whether the numbers of a canonical model jump: codes of words, or whole numbers that stay the same from point to point.

    Sloped lines between such points would show values that there are not.  An array is a line.
    """
    known = [x[np.isfinite(x)] for x in numbers]
    level = any(len(x) >= FEWEST and len(np.unique(x)) <= len(x) / 2 for x in known)
    return bool(words) or (whole(known) and level)


def count_along(axis: Any) -> None:
    """Ticks at whole numbers alone."""
    from matplotlib.ticker import MaxNLocator

    axis.set_major_locator(MaxNLocator(7, integer=True, steps=[1, 2, 5, 10]))


# ---- logarithmic axes

LOG: Final = Key(
    "log", ListOf(Choice(("x", "y")), 1, 2), "The axes whose scale is logarithmic; not y of a difference or a payoff.", ABSENT
)
LOG_Y: Final = Key("log", ListOf(Choice(("y",)), 1, 1), "The vertical axis, where its scale is logarithmic.", ABSENT)


def is_log(spec: Spec, direction: str) -> bool:
    """Whether an axis is logarithmic."""
    return direction in (spec.get("log") or ())


def decades(numbers: np.ndarray) -> tuple[float, float]:
    """The range of the numbers above 0, out to 1, 2 or 5 times a power of ten."""
    known = numbers[np.isfinite(numbers) & (numbers > 0)]
    if not len(known):
        return 0.1, 1.0
    low, high = float(known.min()) * (1 + 1e-9), float(known.max()) * (1 - 1e-9)
    steps = [step * 10.0 ** np.floor(np.log10(x)) for x in (low, high) for step in (1, 2, 5, 10)]
    down, up = (max(s for s in steps if s <= low), min(s for s in steps if s >= high))
    return (float(down), float(up)) if down < up else (float(down) / 2, float(up) * 2)


def make_log(ax: Axes, direction: str, ends: tuple[float, float], write: Callable[[float], str] | None) -> None:
    """Makes an axis logarithmic; over a few decades 2 and 5 are marked too."""
    from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

    axis = ax.xaxis if direction == "x" else ax.yaxis
    (ax.set_xscale if direction == "x" else ax.set_yscale)("log")
    (ax.set_xlim if direction == "x" else ax.set_ylim)(*ends)
    few = np.log10(ends[1] / ends[0]) <= 2.5
    axis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0) if few else (1.0,), numticks=12))
    axis.set_major_formatter(FuncFormatter(lambda v, _: write(v) if write is not None else f"{v:g}"))
    axis.set_minor_formatter(NullFormatter())


def of_log(spec: Spec, experiment: ExperimentFile, axes: Mapping[str, Axis | None]) -> Iterator[Problem]:
    """What is wrong with logarithmic axes; `axes` are the swept parameters that stand along x and y, if any do."""
    if spec.get("log") is None:
        return
    if experiment.model is None and "y" in spec["log"] and spec["y"] in ("difference", "discounted_payoff"):
        hint = 'Leave it out, or write log = ["x"].' if "x" in spec["log"] else "Leave it out."
        yield Problem(("log",), f"must not have y where y is {spec['y']!r}, which may be below 0", spec["log"], hint)
        return
    for direction in spec["log"]:
        axis = axes.get(direction)
        numbers = None if axis is None else numbers_along(axis, experiment)
        if (axis is None and experiment.model is None and direction == "x") or (
            axis is not None and (numbers is None or numbers.min() <= 0)
        ):
            hint = f"Begin {axis.name} above 0." if numbers is not None and axis is not None else "Leave it out."
            yield Problem(("log",), f"needs numbers above 0 along {direction}", spec["log"], hint)
    low = (spec.get("axis") or (1.0,))[0]
    if "y" in spec["log"] and low <= 0:
        yield Problem(("axis",), "must be above 0 on a logarithmic axis", spec["axis"])


def logged(spec: Spec, numbers: np.ndarray) -> list[str]:
    """What must be said of logarithmic axes."""
    names = {"x": "horizontal", "y": "vertical"}
    told = " and ".join(f"the {names[direction]}" for direction in names if is_log(spec, direction))
    out = [f"{told[:1].upper()}{told[1:]} {'axis is' if len(set(spec['log'])) == 1 else 'axes are'} logarithmic."] if told else []
    none = int((numbers <= 0).sum()) if is_log(spec, "y") else 0
    return [*out, f"{none} values that are not above 0 cannot be shown on it."] if none else out
