"""Numbers from elsewhere drawn over a figure: points with their source, and horizontal lines for reference.

They come from the experiment file, `[[figures.data]]` and `[[figures.references]]`, and nothing is computed of them.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from sim.declare import ABSENT, Either, Flag, Key, ListOf, Number, Problem, Table, Text
from sim.dilemma.lookup import did_you_mean
from sim.dilemma.parameters import year_of
from sim.figures.cases import Case, case_label, cases
from sim.study.design import is_number
from sim.study.experiment import ExperimentFile
from sim.study.figure_kind import Spec

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MOST: Final = 6
"""Labels of either kind that can be told apart."""
MARKERS: Final = ("D", "s", "^", "v", "P", "X")
DASHES: Final = ((0, (8, 3)), (0, (1, 1.6)), (0, (8, 2, 1, 2)), (0, (4, 1.5)), "-", (0, (12, 2, 1, 2, 1, 2)))
DARK: Final = "0.1"

_PANEL: Final = Key("panel", Text(), "The name of the one panel in which it is drawn; all of them where left out.", ABSENT)
DATA: Final = Table(
    (
        Key("label", Text(), "What the points are, for the legend."),
        Key(
            "x", ListOf(Either(()), 1), "Where they stand: numbers, years or dates over time, names of what stands side by side."
        ),
        Key("y", ListOf(Number(), 1), "How high; probabilities from 0 to 1."),
        Key("low", ListOf(Number(), 1), "Lower ends of their bars, with `high`.", ABSENT),
        Key("high", ListOf(Number(), 1), "Upper ends of their bars.", ABSENT),
        Key("source", Text(), "Where the numbers come from, for the caption."),
        _PANEL,
        Key("join", Flag(), "Whether a thin line joins them.", False),
    )
)
REFERENCE: Final = Table(
    (
        Key("label", Text(), "What the line is, for the legend."),
        Key("value", Number(), "How high; a probability from 0 to 1."),
        Key("source", Text(), "Where the number comes from, for the caption."),
        _PANEL,
    )
)
KEYS: Final = (
    Key("data", ListOf(Table(DATA.keys), 1), "Points from elsewhere, [[figures.data]].", ABSENT),
    Key("references", ListOf(Table(REFERENCE.keys), 1), "Horizontal lines for reference, [[figures.references]].", ABSENT),
)

Position = Callable[[Any], float]
"""Where an x of the file stands along the horizontal axis; ValueError, with what is wrong and what to do, where nowhere."""


# ---- where x stands


def over_time(start: datetime.date | None, years: float) -> Position:
    """Positions along years of the calendar, or from the start where a scenario has no date."""
    origin = year_of(start) if start is not None else 0.0

    def at(x: Any) -> float:
        if isinstance(x, datetime.date):
            if start is None:
                raise ValueError("is a date, and the scenario has no horizon.start", "Write years from the start.")
            x = year_of(x)
        if not is_number(x):
            raise ValueError("must be a number of years or a date", "Write 2019.58, or 2019-08-02 without quotes.")
        if not origin - 1e-9 <= x <= origin + years + 1e-9:
            hint = "Write calendar years." if start is not None else "Write years from the start."
            raise ValueError(f"must be within the years {origin:g} to {origin + years:g} that are shown", hint)
        return float(x)

    return at


def along_numbers(positive: bool) -> Position:
    """Positions along an axis of numbers; `positive`: on a logarithmic scale."""

    def at(x: Any) -> float:
        if not is_number(x) or (positive and x <= 0):
            raise ValueError(f"must be a number{' above 0' if positive else ''}", "")
        return float(x)

    return at


def side_by_side(names: Sequence[str], labels: Sequence[str]) -> Position:
    """Positions among things that stand side by side, by their names or as they are labelled."""

    def at(x: Any) -> float:
        for known in (names, labels):
            if x in known:
                return float(known.index(x))
        raise ValueError("must name what stands along the axis", did_you_mean(str(x), names))

    return at


# ---- what is drawn


@dataclass(frozen=True)
class Points:
    """Points from elsewhere: numbers (points,), their bars if they have any, and the panels in which they are drawn."""

    label: str
    source: str
    panels: tuple[int, ...]
    x: np.ndarray
    y: np.ndarray
    ends: tuple[np.ndarray, np.ndarray] | None
    join: bool


@dataclass(frozen=True)
class Reference:
    """A horizontal line, and the panels in which it is drawn."""

    label: str
    source: str
    panels: tuple[int, ...]
    value: float


@dataclass(frozen=True)
class Overlays:
    """All that is drawn over the panels of a figure; `names` are those of the panels in words."""

    points: tuple[Points, ...] = ()
    references: tuple[Reference, ...] = ()
    names: tuple[str, ...] = field(default=())

    def __bool__(self) -> bool:
        return bool(self.points or self.references)

    @property
    def labels(self) -> list[str]:
        """What is named in the legend, each once."""
        return list(dict.fromkeys(x.label for x in (*self.points, *self.references)))

    def heights(self, panel: int | None = None) -> list[float]:
        """All numbers that are drawn in a panel, or in any."""
        points = [x for x in self.points if panel is None or panel in x.panels]
        found = [a for x in points for a in (x.y, *(x.ends or ()))]
        lines = [x.value for x in self.references if panel is None or panel in x.panels]
        return [*(float(v) for a in found for v in a), *lines]

    def put(self, ax: Axes, panel: int, ends: tuple[float, float]) -> None:
        """Draws what belongs in a panel, whole where it lies on the `ends` of the axis."""
        for one in self.references:
            if panel in one.panels:
                drawn = ax.axhline(one.value, **_of_line(self._number(one)), zorder=2.2, gid="reference", label=one.label)
                drawn.set_clip_on(not ends[0] <= one.value <= ends[1])
        for one in self.points:
            if panel not in one.panels:
                continue
            if one.ends is not None:
                ax.vlines(one.x, *one.ends, color=DARK, linewidth=0.9, zorder=5, gid="bars of data")
            (drawn,) = ax.plot(one.x, one.y, **_of_points(self._number(one), one.join), zorder=6, gid="data", label=one.label)
            drawn.set_clip_on(not ((ends[0] <= one.y) & (one.y <= ends[1])).all())

    def handles(self) -> list[Any]:
        """What stands in the legend, in the order of the labels."""
        from matplotlib.lines import Line2D

        first = {x.label: x for x in reversed((*self.points, *self.references))}
        looks = [
            _of_points(self._number(x), x.join) if isinstance(x, Points) else _of_line(self._number(x))
            for x in map(first.__getitem__, self.labels)
        ]
        return [Line2D([], [], **look) for look in looks]

    def _number(self, one: Points | Reference) -> int:
        """Which of the looks it has: that of its label."""
        known = self.points if isinstance(one, Points) else self.references
        return list(dict.fromkeys(x.label for x in known)).index(one.label)

    def rows(self, panels: Sequence[str]) -> list[tuple[str, str, Any, float, tuple[Any, ...]]]:
        """For the table behind the figure: panel, label, x, y, and the columns of `COLUMNS`; a row for each panel."""
        out: list[tuple[str, str, Any, float, tuple[Any, ...]]] = []
        for one in self.points:
            low, high = one.ends or ([""] * len(one.x),) * 2
            for panel in one.panels:
                for x, y, a, b in zip(one.x.tolist(), one.y.tolist(), list(low), list(high), strict=True):
                    out.append((panels[panel], one.label, x, y, ("data", a, b, one.source)))
        for one in self.references:
            out += [(panels[panel], one.label, "", one.value, ("reference", "", "", one.source)) for panel in one.panels]
        return out

    def sentences(self, number: Callable[[float], str], ends: Sequence[tuple[float, float]]) -> list[str]:
        """What the caption says: labels, values of lines, sources, and what lies beyond the `ends` of the axes."""
        out = []
        for label in dict.fromkeys(x.label for x in self.points):
            mine = [x for x in self.points if x.label == label]
            bars = ", with bars as the source gives them" if any(x.ends is not None for x in mine) else ""
            out.append(f"Points from elsewhere, not computed: {label}{self._where(mine)}{bars} ({_sources(mine)}).")
        for label in dict.fromkeys(x.label for x in self.references):
            mine = [x for x in self.references if x.label == label]
            values = [f"{number(x.value)}{self._where([x])}" for x in mine]
            out.append(f"Horizontal line for reference, not computed: {label}, {', '.join(values)} ({_sources(mine)}).")
        if beyond := sum(not low <= v <= high for n, (low, high) in enumerate(ends) for v in self.heights(n)):
            out.append(f"Beyond the vertical axis, and not seen: {beyond} of these numbers.")
        return out

    def _where(self, mine: Sequence[Points | Reference]) -> str:
        panels = sorted({n for x in mine for n in x.panels})
        if len(panels) == len(self.names):
            return ""
        return f" for {', '.join(self.names[n] for n in panels)}"


COLUMNS: Final = ("overlay", "overlay_low", "overlay_high", "overlay_source")
"""The columns that the table behind a figure has for them."""


def _sources(mine: Sequence[Points | Reference]) -> str:
    return "; ".join(dict.fromkeys(x.source.strip().rstrip(".") for x in mine))


def _of_points(n: int, join: bool) -> dict[str, Any]:
    line = {"linestyle": "-", "linewidth": 0.8} if join else {"linestyle": "none"}
    return {"color": DARK, "marker": MARKERS[n], "markersize": 5.0, "markeredgecolor": "white", "markeredgewidth": 0.5, **line}


def _of_line(n: int) -> dict[str, Any]:
    return {"color": DARK, "linewidth": 1.0, "linestyle": DASHES[n]}


def overlays_of(spec: Spec, panels: Sequence[Case], experiment: ExperimentFile, position: Position) -> Overlays:
    """What a figure draws over these panels."""
    role = spec.get("panel")
    names = tuple(case_label(role, case, experiment) if role is not None else "" for case in panels)

    def where(one: Mapping[str, Any]) -> tuple[int, ...]:
        told = one.get("panel")
        return tuple(n for n in range(len(panels)) if told in (None, panels[n].name, names[n]))

    def numbers(one: Mapping[str, Any], key: str) -> np.ndarray:
        return np.array(one[key], dtype=float)

    points = tuple(
        Points(
            one["label"],
            one["source"],
            where(one),
            np.array([position(x) for x in one["x"]]),
            numbers(one, "y"),
            (numbers(one, "low"), numbers(one, "high")) if one.get("low") is not None else None,
            one["join"],
        )
        for one in spec.get("data") or ()
    )
    lines = tuple(Reference(x["label"], x["source"], where(x), float(x["value"])) for x in spec.get("references") or ())
    return Overlays(points, lines, names)


# ---- what can be wrong


def problems(
    spec: Spec, experiment: ExperimentFile, position: Position, *, outcome: str = "", probability: bool = False
) -> Iterator[Problem]:
    """What is wrong with what is drawn over a figure; `probability`: its vertical axis is one of probabilities or shares."""
    if not (spec.get("data") or spec.get("references")):
        return
    role = spec.get("panel")
    panels = cases(role, spec, experiment, outcome)
    names = [case.name for case in panels]
    labels = [case_label(role, case, experiment) for case in panels] if role is not None else []
    log = "y" in (spec.get("log") or ())
    for kind in ("data", "references"):
        told = spec.get(kind) or []
        if len({one["label"] for one in told}) > MOST:
            yield Problem((kind,), f"must have at most {MOST} labels", len(told))
        for n, one in enumerate(told):
            panel = one.get("panel")
            if panel is not None and (role is None or panel not in [*names, *labels]):
                hint = did_you_mean(panel, names) if role is not None else "Leave it out."
                message = "names no panel of this figure" if role is not None else "is for figures with panels"
                yield Problem((kind, n, "panel"), message, panel, hint)
            for key in ("y", "low", "high", "value"):
                values = one.get(key)
                yield from _of_heights((kind, n, key), values if isinstance(values, list) else [values], probability, log)
            if kind == "data":
                yield from _of_points_told(n, one, position)


def _of_heights(path: tuple[str | int, ...], values: Sequence[Any], probability: bool, log: bool) -> Iterator[Problem]:
    for value in values:
        if value is None:
            continue
        if probability and not 0 <= value <= 1:
            hint = f"Write {value / 100:g} for {value:g} %." if 1 < value <= 100 else ""
            yield Problem(path, "must be in [0, 1]: it is a probability or a share", value, hint)
        elif log and value <= 0 and path[-1] in ("y", "value"):
            yield Problem(path, "must be above 0 on a logarithmic axis", value)


def _of_points_told(n: int, one: Mapping[str, Any], position: Position) -> Iterator[Problem]:
    size = len(one["x"])
    if (one.get("low") is None) != (one.get("high") is None):
        yield Problem(("data", n, "low" if one.get("low") is not None else "high"), "needs both low and high")
    for key in ("y", "low", "high"):
        if one.get(key) is not None and len(one[key]) != size:
            yield Problem(("data", n, key), f"must have {size} numbers, as x has", len(one[key]))
    for k, (low, y, high) in enumerate(zip(one.get("low") or (), one["y"], one.get("high") or (), strict=False)):
        if not low <= y <= high:
            yield Problem(("data", n, "low", k), f"must be low <= y <= high, and y is {y:g}", [low, high])
    for k, x in enumerate(one["x"]):
        try:
            position(x)
        except ValueError as error:
            message, hint = error.args
            yield Problem(("data", n, "x", k), message, x, hint)
