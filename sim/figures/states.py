"""An outcome of a canonical model in a table of states: a word or a number in each cell, for policies, prices and values."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from sim.declare import ABSENT, Key, Problem, Text
from sim.figures import said, style
from sim.figures.cases import Case, case_label, cases, fixed
from sim.figures.colours import NOTHING, Scale, plainer, scale
from sim.figures.drawing import Drawing
from sim.figures.outcomes import meaning, noun_of, numbers_of, of_outcome, outcome_label
from sim.figures.panels import word
from sim.figures.quantity import Quantity, quantity
from sim.figures.sheet import BESIDE, RIGHT, add_legend, sheet
from sim.study.experiment import ExperimentFile
from sim.study.figure_kind import VARIANT, FigureKind, Spec, compared, of_number, of_roles
from sim.study.results import Results

if TYPE_CHECKING:
    from matplotlib.axes import Axes

BETWEEN: Final = ","
"""What stands between the row and the column of an entry."""
MOST: Final = 40
"""Rows, and columns, of a table that can still be read."""
LARGEST, SMALLEST = 9.0, 5.5
"""Sizes of the letters in cells, in points."""
WIDTH_OF_LETTER: Final = 0.62
"""Width of a letter over its size."""
WIDEST, HIGH, LOWEST = 1.3, 0.5, 0.17
"""Most width of a cell of the only panel, its height where there is room, and its least height, in inches."""
TALLEST: Final = 4.0
"""Height of a panel in inches, as far as cells can be that low."""
EMPTY: Final = "–"
"""What stands in a cell without a value."""

KEYS: Final = (
    Key("z", Text(), 'The outcome in the cells; its entries are "row,column", for instance the states "0,1".'),
    Key("rows", Text(), "What the rows are; from the index of the outcome where left out.", ABSENT),
    Key("columns", Text(), "What the columns are; from the index of the outcome where left out.", ABSENT),
    Key("panel", Text(), "One panel for each: variant or a swept parameter.", VARIANT),
)


def problems(spec: Spec, experiment: ExperimentFile) -> Iterator[Problem]:
    """What is wrong with the entry."""
    if experiment.model is None:
        yield Problem(("kind",), "is for canonical models (model = ...)", "states", 'Draw kind = "lines" or "map".')
        return
    wrong = list(of_outcome(spec["z"], "z", experiment))
    yield from wrong
    if wrong:
        return
    entries = experiment.entries(spec["z"])
    if not experiment.outcomes[spec["z"]].key:
        yield Problem(("z",), "has one value and no entries", spec["z"], 'Draw kind = "lines" or "map".')
        return
    if odd := next((entry for entry in entries if entry.count(BETWEEN) > 1), None):
        yield Problem(("z",), f'must have entries "row,column"; it has {odd!r}', spec["z"])
        return
    sizes = [len(part) for part in _parts(entries)]
    if max(sizes, default=0) > MOST:
        yield Problem(("z",), f"must have at most {MOST} rows and columns", max(sizes), 'Draw kind = "lines" with x = "entry".')
    yield from of_roles(KIND, spec, experiment)
    yield from of_number(spec, experiment)


def _split(entry: str) -> tuple[str, str]:
    """Row and column of an entry; a single row where it has one part."""
    row, between, column = entry.partition(BETWEEN)
    return (row.strip(), column.strip()) if between else ("", row.strip())


def _parts(entries: Sequence[str]) -> tuple[list[str], list[str]]:
    """The rows and the columns: numbers in rising order, words as they come."""
    split = [_split(entry) for entry in entries]
    return _sorted([row for row, _ in split]), _sorted([column for _, column in split])


def _sorted(names: Sequence[str]) -> list[str]:
    found = list(dict.fromkeys(names))
    numbers = numbers_of(found)
    return found if numbers is None else [found[n] for n in np.argsort(numbers, kind="stable")]


@dataclass(frozen=True)
class Grid:
    """A panel: numbers of shape (rows, columns), nan where there is none."""

    case: Case
    z: np.ndarray


def draw(spec: Spec, results: Results) -> Drawing:
    """The figure from stored results."""
    experiment = results.experiment
    shown, entries = quantity(spec, experiment, "z"), results.entries(spec["z"])
    rows, columns = _parts(entries)
    grids = [_grid(case, entries, rows, columns, spec, results) for case in cases(spec["panel"], spec, experiment)]
    every = np.concatenate([grid.z.ravel() for grid in grids])
    colours = scale(spec, every, shown)
    alone = spec["panel"] == VARIANT and len(compared(spec, experiment)) == 1
    titles = ["" if alone else case_label(spec["panel"], grid.case, experiment) for grid in grids]
    left = 0.42 + 0.075 * max(map(len, rows)) + (0.2 if len(rows) > 1 else 0.0)
    cell = _cell(len(grids), len(rows), len(columns), style.WIDTH - RIGHT - left)
    writing = _writing(every, shown, cell)
    names = [spec.get(key) or _named(n, spec["z"], experiment, len(rows)) for n, key in enumerate(("rows", "columns"))]
    title, tall = spec.get("title") or experiment.title, cell[1] * len(rows)
    legend = [(f"{writing.cells[code]} = {shown.words[int(code)]}", _patch(colours, code)) for code in writing.coded]
    page = sheet(
        title,
        titles,
        x=names[1],
        y=names[0],
        legend=[name for name, _ in legend],
        alone=tall,
        row=tall,
        left=left,
        right=RIGHT if len(grids) > 1 else max(RIGHT, style.WIDTH - left - cell[0] * len(columns)),
    )
    for ax, grid in zip(page.panels, grids, strict=True):
        _paint(ax, grid, rows, columns, colours, writing)
    if legend:
        add_legend(page, [handle for _, handle in legend], [name for name, _ in legend])
    z_label = outcome_label(spec["z"], experiment)
    along = f"rows: {names[0]}, columns: {names[1]}" if len(rows) > 1 else f"columns: {names[1]}"
    sentences = (
        f"{z_label} in every cell; {along}.",
        meaning(spec["z"], experiment),
        *_told(colours, every, shown),
        *said.of_fixed(spec, experiment),
        *said.of_undefined(int(np.isnan(every).sum()), every.size, [shown.outcome], spec, results, f'shown as "{EMPTY}"'),
        *said.of_points(experiment, shown),
    )
    data = [
        [grid.case.name, row, column, float(grid.z[i, j]), _text(float(grid.z[i, j]), shown)]
        for grid in grids
        for i, row in enumerate(rows)
        for j, column in enumerate(columns)
    ]
    alt = _alt(title, z_label, titles, grids, shown)
    return Drawing(page.figure, title, ("panel", "row", "column", "value", "shown"), data, sentences, alt)


def _grid(case: Case, entries: Sequence[str], rows: Sequence[str], columns: Sequence[str], spec: Spec, results: Results) -> Grid:
    """The numbers of a panel, at its one point."""
    experiment = results.experiment
    whole = case.within(fixed(spec, experiment))
    points, variant = whole.points(experiment), whole.variant or experiment.variants[0]
    z = np.full((len(rows), len(columns)), np.nan)
    for entry in entries:
        row, column = _split(entry)
        z[rows.index(row), columns.index(column)] = results.values(variant, spec["z"], entry)[points[0]]
    return Grid(case, z)


def _named(part: int, outcome: str, experiment: ExperimentFile, rows: int) -> str:
    """What the rows (part 0) or the columns (part 1) are, from the noun of the index."""
    noun = noun_of(outcome, experiment)
    if rows == 1:
        return noun if part else ""
    both = [one.strip() for one in noun.split(BETWEEN)]
    return both[part] if len(both) == 2 else f"{noun}: {('first', 'second')[part]} part"


# ---- the writing in the cells


@dataclass(frozen=True)
class Writing:
    """What stands in the cells, by number, and the size of the letters in points.

    `coded`: the codes that have a letter, because their words do not fit; the legend says what each stands for.
    """

    cells: Mapping[float, str]
    size: float
    coded: tuple[float, ...] = ()


def _cell(panels: int, rows: int, columns: int, room: float) -> tuple[float, float]:
    """Width and height of a cell in inches."""
    across = panels if panels <= 3 else 2 if panels == 4 else 3
    wide = (room - BESIDE * (across - 1)) / across / columns
    wide = min(wide, WIDEST) if panels == 1 else wide
    return wide, max(min(HIGH, wide, TALLEST / rows), LOWEST)


def _text(x: float, shown: Quantity) -> str:
    """A number as it stands in a cell."""
    if not np.isfinite(x):
        return EMPTY
    return word(x, shown) or said.number(x, shown)


def _writing(every: np.ndarray, shown: Quantity, cell: tuple[float, float]) -> Writing:
    """The words or numbers as large as the cells allow; letters in place of words that do not fit."""
    texts = {float(x): _text(float(x), shown) for x in np.unique(every[np.isfinite(every)])}
    for size in np.arange(LARGEST, SMALLEST - 0.01, -0.5):
        letters = int(0.94 * 72 * cell[0] / (WIDTH_OF_LETTER * size))
        wrapped = {x: _wrapped(text, letters) for x, text in texts.items()}
        lines = max((len(text) for text in wrapped.values()), default=1)
        if all(wrapped.values()) and lines * 1.2 * size <= 0.94 * 72 * cell[1]:
            return Writing({x: "\n".join(text) for x, text in wrapped.items()}, float(size))
    if not shown.words:
        return Writing(texts, SMALLEST)
    size = max(SMALLEST, min(LARGEST, 72 * 0.6 * min(cell)))
    return Writing({x: chr(ord("A") + n) for n, x in enumerate(texts)}, size, tuple(texts))


def _wrapped(text: str, letters: int) -> list[str]:
    """A text in lines of so many letters, broken at spaces and after bars; none if a part is too long."""
    if letters < 1:
        return []
    lines = textwrap.wrap(text.replace("|", "| "), letters, break_long_words=False, break_on_hyphens=False)
    together = [line.replace("| ", "|") for line in lines]
    return together if max(map(len, together), default=0) <= letters else []


def _paint(ax: Axes, grid: Grid, rows: Sequence[str], columns: Sequence[str], colours: Scale, writing: Writing) -> None:
    """The cells in their colours, and what stands in them in black or white, whichever is plainer."""
    ax.grid(False)
    ax.set_facecolor(NOTHING)
    across, down = np.arange(len(columns) + 1) - 0.5, np.arange(len(rows) + 1) - 0.5
    masked = np.ma.masked_invalid(grid.z)
    ax.pcolormesh(
        across, down, masked, cmap=colours.map(), vmin=colours.low, vmax=colours.high, edgecolors="white", linewidth=0.8
    )
    for (i, j), x in np.ndenumerate(grid.z):
        known = bool(np.isfinite(x))
        ink = plainer(colours.colour(float(x))) if known else "black"
        text = writing.cells[float(x)] if known else EMPTY
        ax.text(j, i, text, ha="center", va="center", fontsize=writing.size, color=ink, linespacing=1.1, gid="cell")
    ax.set_xticks(range(len(columns)), list(columns))
    ax.set_yticks(range(len(rows)), list(rows))
    ax.tick_params(length=0)
    ax.set_xlim(-0.5, len(columns) - 0.5)
    ax.set_ylim(len(rows) - 0.5, -0.5)
    for side in ax.spines.values():
        side.set_visible(False)


def _patch(colours: Scale, code: float) -> Any:
    from matplotlib.patches import Patch

    return Patch(facecolor=colours.colour(code), edgecolor="0.4", linewidth=0.5)


# ---- words


def _told(colours: Scale, every: np.ndarray, shown: Quantity) -> Iterator[str]:
    if not shown.words and np.isfinite(every).any():
        yield f"Colours run from {said.number(colours.low, shown)} to {said.number(colours.high, shown)}."


def _alt(title: str, z: str, titles: Sequence[str], grids: Sequence[Grid], shown: Quantity) -> str:
    """How many cells show what."""
    parts = []
    for name, grid in zip(titles, grids, strict=True):
        known = grid.z[np.isfinite(grid.z)]
        if shown.words:
            counts = [(text, int((known == code).sum())) for code, text in enumerate(shown.words)]
            told = ", ".join(f"{text} in {number}" for text, number in counts if number) or "nothing"
        else:
            told = (
                f"from {said.number(float(known.min()), shown)} to {said.number(float(known.max()), shown)}" if len(known) else ""
            )
        parts.append(f"{name + ': ' if name else ''}{told or 'nothing'} of {grid.z.size} cells")
    return f"Table: {said.closed(title)} {z}. {'; '.join(parts)}."


KIND = FigureKind("states", KEYS, ("panel",), problems, draw)
