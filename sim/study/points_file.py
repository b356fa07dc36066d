"""The points of a sweep from a CSV file: parameter paths in its first line, then one line for each point."""

from __future__ import annotations

import csv
import tomllib
from pathlib import Path
from typing import Any, Final

import numpy as np

from sim.config import ScenarioFile
from sim.config.errors import shown
from sim.declare import Problem
from sim.dilemma.lookup import Place, numbers
from sim.study.axes import clashes, is_numeric, misfits, place_of
from sim.study.design import MOST_POINTS, Axis

AT: Final = ("sweep", "file")
MOST_BYTES: Final = 1 << 30


def find(folder: Path, name: str) -> Path | None:
    """The file that is meant: in the folder of the experiment, else in the working folder."""
    return next((path for path in (folder / name, Path(name)) if path.is_file()), None)


def read(path: Path | None, name: str, scenario: ScenarioFile) -> tuple[list[Problem], tuple[Axis, ...]]:
    """What is wrong with a file of points, and an axis for each of its columns.

    Numbers become a sampled axis; other cells are read as TOML values (text needs no quotes) and become choices.
    """
    if path is None:
        return [Problem(AT, "no such file beside the experiment or in the working folder", name)], ()
    try:
        header, columns = _columns(path)
    except (OSError, ValueError) as error:
        return [Problem(AT, f"cannot be read as CSV: {' '.join(str(error).split())}", name)], ()
    found: list[Problem] = []
    axes: list[Axis] = []
    for n, column in enumerate(columns):
        one = header[n]
        if one in header[:n]:
            found.append(Problem(AT, f"has the column {one} twice", name))
            continue
        found += [
            Problem(AT, f"has the column {one}, which {m}", name, h) for m, _, h in clashes(one, {c: c for c in header[:n]})
        ]
        place = place_of(one, scenario)
        if isinstance(place, Problem):
            found.append(Problem(AT, f"has the column {shown(one)}: {place.message}", hint=place.hint))
            continue
        problems, axis = _axis(one, column, place)
        found += problems
        axes += [axis] if axis is not None else []
    return found, () if found else tuple(axes)


def _columns(path: Path) -> tuple[list[str], list[Any]]:
    """The first line and, for each column, a pyarrow array of its cells as text.  Raises ValueError."""
    import pyarrow as pa
    from pyarrow import csv as pacsv

    if path.stat().st_size > MOST_BYTES:
        raise ValueError("it has more than 1 GB")
    with path.open(encoding="utf-8-sig", newline="") as file:
        try:
            header = [cell.strip() for cell in next(csv.reader(file), [])]
        except UnicodeDecodeError:
            raise ValueError("it is not UTF-8: save it as CSV UTF-8") from None
    if len(header) == 1 and ";" in header[0]:
        raise ValueError("its columns are parted by semicolons: save it with commas, and with points in decimals")
    if not any(header):
        raise ValueError("its first line must name the swept parameters")
    if empty := [n for n, cell in enumerate(header, 1) if not cell]:
        raise ValueError(f"column {empty[0]} has no name")
    names = [str(n) for n in range(len(header))]
    table = pacsv.read_csv(
        path,
        read_options=pacsv.ReadOptions(use_threads=False, column_names=names, skip_rows=1),
        convert_options=pacsv.ConvertOptions(column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=False),
    )
    if not 0 < table.num_rows <= MOST_POINTS:
        raise ValueError(f"it must have 1 to {MOST_POINTS:,} lines under the first, found {table.num_rows:,}")
    return header, table.columns


def _axis(path: str, column: Any, place: Place) -> tuple[list[Problem], Axis | None]:
    """What is wrong with a column, and its axis."""
    import pyarrow as pa
    from pyarrow import compute as pc

    trimmed = pc.call_function("utf8_trim_whitespace", [column])
    if numbers(place) and not place.structure:
        try:
            values = pc.cast(trimmed, pa.float64()).to_numpy()
        except pa.ArrowInvalid:
            pass
        else:
            if np.isfinite(values).all():
                return [], Axis(path, (path,), values[:, None])
    coded = trimmed.combine_chunks().dictionary_encode()
    cells, which = coded.dictionary.to_pylist(), coded.indices.to_numpy(zero_copy_only=False).astype(np.int32)
    values = [_value(cell) for cell in cells]
    found = []
    for n, value in enumerate(values):
        line = int(np.argmax(which == n)) + 2
        for problem in misfits(AT, [value], place):
            message = problem.message.removeprefix("value 1").lstrip(": ")
            empty = "is empty: " if cells[n] == "" else ""
            found.append(Problem(AT, f"{path} in line {line} of the file: {empty}{message}", problem.found, problem.hint))
        if len(found) >= 5:
            break
    if found:
        return found, None
    labels = None if all(isinstance(value, int | float) for value in values) else tuple(cells)
    choices = tuple((value,) for value in values)
    return [], Axis(path, (path,), choices, labels, is_numeric(place, values), which=which)


def _value(cell: str) -> Any:
    """A cell as a TOML value; text that is none stands for itself."""
    try:
        return tomllib.loads(f"x = {cell}")["x"] if "\n" not in cell else cell
    except (tomllib.TOMLDecodeError, RecursionError):
        return cell
