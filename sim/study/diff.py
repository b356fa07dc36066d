"""Two results folders compared: what their files say differently, and which outcomes moved by more than their error.

Rows are matched by what the points sweep, not by the numbers of points, so a sweep that got more values can be compared with the
older one.  Nothing of the experiments is read but their text and their tables, so that results of older versions can be compared.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

import numpy as np

from sim.config.errors import refuse
from sim.study.changes import Change, changes
from sim.study.results import manifest_of
from sim.study.tidy import RESULTS

RELATIVE: Final = 1e-9
ABSOLUTE: Final = 1e-12
"""Exact numbers moved where they differ by more than both together."""
SIGMAS: Final = 1.96
"""Estimates moved where they differ by more than so many standard errors of their difference (95 %)."""
BY_CHANCE: Final = 0.05
MOST: Final = 10
"""The largest movements of an outcome that are told one by one."""
DIGITS: Final = 12
"""Significant digits in which swept values must agree to be the same."""
_LABEL: Final = ("variant", "outcome", "key")
ERRORS: Final = {"value": "standard_error", "mean": "mean_standard_error"}
"""Statistics that are compared, and where their errors are."""


@dataclass(frozen=True)
class Movement:
    """One number that moved: what it is of, the swept values, its two values, and the standard error of their difference.

    `alike`: how many other points moved in the same way, mostly since what is swept does not reach the variant.
    """

    variant: str
    key: str
    time: float
    swept: Mapping[str, Any]
    a: float
    b: float
    error: float
    alike: int = 0


@dataclass(frozen=True)
class Moved:
    """One statistic of an outcome: how many numbers were compared, how many of them have an error, how many moved beyond it."""

    outcome: str
    statistic: str
    compared: int
    uncertain: int
    moved: int
    largest: tuple[Movement, ...]


@dataclass(frozen=True)
class Diff:
    """What differs between two results folders; `points` and `rows`: in both, only in A, only in B."""

    changes: tuple[Change, ...]
    outcomes: tuple[Moved, ...]
    points: tuple[int, int, int]
    rows: tuple[int, int, int]
    notes: tuple[str, ...] = ()

    @property
    def moved(self) -> int:
        """How many numbers moved beyond their error."""
        return sum(one.moved for one in self.outcomes)


def diff(a: Path, b: Path) -> Diff:
    """Compares two results folders.  Raises InputError where one holds no complete results or its tables cannot be read."""
    one, other = _side(a), _side(b)
    told = tuple(changes(a, b, (one.manifest.get("versions", {}), other.manifest.get("versions", {}))))
    notes, ids = _matched(one, other)
    one, other = replace(one, ids=ids[0]), replace(other, ids=ids[1])
    words = {c: list(dict.fromkeys([*one.words[c], *other.words[c]])) for c in _LABEL}
    times = np.unique(np.concatenate([one.times, other.times]))
    found: list[Moved] = []
    rows = np.zeros(3, int)
    for statistic, its_error in ERRORS.items():
        left, right = (_numbered(side, statistic, words, times) for side in (one, other))
        both, i, j = np.intersect1d(left.ids, right.ids, assume_unique=True, return_indices=True)
        rows += [len(both), len(left.ids) - len(both), len(right.ids) - len(both)]
        if not len(both):
            continue
        same_draws = one.manifest["resolved"].get("uncertainty") == other.manifest["resolved"].get("uncertainty")
        spread = statistic == "mean" and not same_draws
        errors = [_errors(side, its_error, spread, both, words, times) for side in (one, other)]
        found += _moved(statistic, one, left.rows[i], other, right.rows[j], np.hypot(*errors), words["outcome"])
    here, there = np.isin(one.ids, other.ids), np.isin(other.ids, one.ids)
    points = (int(here.sum()), int((~here).sum()), int((~there).sum()))
    return Diff(told, tuple(found), points, tuple(rows.tolist()), tuple(notes))


# ---- what the tables say


@dataclass(frozen=True)
class Side:
    """One of the two folders: its points by what they sweep, and its rows; `ids` number the points, the same in both folders."""

    folder: Path
    manifest: Mapping[str, Any] = field(repr=False)
    swept: Mapping[str, np.ndarray]
    words: Mapping[str, list[str]]
    """{text column: its words}, to which `codes` point."""
    codes: Mapping[str, np.ndarray]
    points: np.ndarray
    times: np.ndarray
    values: np.ndarray
    ids: np.ndarray


def _side(folder: Path) -> Side:
    import pyarrow as pa
    import pyarrow.parquet as pq

    manifest = manifest_of(folder)
    text = (*_LABEL, "statistic")
    try:
        points = pq.read_table(folder / "points.parquet")
        rows = pq.read_table(folder / f"{RESULTS}.parquet", read_dictionary=list(text))
    except (pa.ArrowException, OSError) as error:
        raise refuse(folder, f"its tables cannot be read: {str(error).splitlines()[0]}") from None
    whole = {c: rows[c].unify_dictionaries().combine_chunks() for c in text}
    paths = _paths(folder)
    return Side(
        folder=folder,
        manifest=manifest,
        swept={paths.get(str(c), str(c)): points[c].to_numpy() for c in points.column_names if c != "point"},
        words={c: x.dictionary.to_pylist() for c, x in whole.items()},
        codes={c: x.indices.to_numpy() for c, x in whole.items()},
        points=rows["point"].to_numpy(),
        times=np.round(rows["time"].to_numpy(), 9),
        values=rows["value"].to_numpy(),
        ids=np.arange(points.num_rows),
    )


def _paths(folder: Path) -> dict[str, str]:
    """{column of points.parquet: the path that it is of}, by the codebook."""
    try:
        with (folder / "codebook.csv").open(encoding="utf-8", newline="") as file:
            return {row["name"]: row["path"] for row in csv.DictReader(file) if row["file"] == "points.csv" and row["path"]}
    except (OSError, ValueError, KeyError):
        return {}


def _matched(a: Side, b: Side) -> tuple[list[str], tuple[np.ndarray, np.ndarray]]:
    """Notes, and a number for every point of either folder: the same for the same swept values."""
    n = len(a.ids)
    code = np.zeros(n + len(b.ids), np.int64)
    notes = []
    for path in dict.fromkeys([*a.swept, *b.swept]):
        if path in a.swept and path in b.swept:
            column = _joined(a.swept[path], b.swept[path])
        else:
            name, other, values = ("A", "B", a.swept[path]) if path in a.swept else ("B", "A", b.swept[path])
            if len(np.unique(values)) == 1:
                continue
            notes.append(f"{name} sweeps {path}, {other} does not: no rows can be matched")
            column = np.concatenate([np.zeros(n, int), np.ones(len(b.ids), int)])
        _, which = np.unique(column, return_inverse=True)
        _, code = np.unique(code * (int(which.max(initial=0)) + 1) + which, return_inverse=True)
    return notes, (code[:n], code[n:])


def _joined(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Two columns of swept values as one: numbers to so many significant digits, or text."""
    both = np.concatenate([a.astype(object), b.astype(object)])
    if a.dtype == object or b.dtype == object:
        return both.astype(str)
    x = both.astype(float)
    size = 10.0 ** (DIGITS - 1 - np.floor(np.log10(np.where(x == 0, 1.0, np.abs(x)))))
    return np.round(x * size) / size


@dataclass(frozen=True)
class Numbered:
    """Rows of one statistic: a number for what each is of, ascending, and where it stands in the table."""

    ids: np.ndarray
    rows: np.ndarray


def _numbered(side: Side, statistic: str, words: Mapping[str, Sequence[str]], times: np.ndarray) -> Numbered:
    known = [n for n, word in enumerate(side.words["statistic"]) if word == statistic]
    rows = np.flatnonzero(np.isin(side.codes["statistic"], known))
    ids = side.ids[side.points[rows]].astype(np.int64)
    for c in _LABEL:
        place = np.array([words[c].index(word) for word in side.words[c]] or [0])
        ids = ids * len(words[c]) + place[side.codes[c][rows]]
    ids = ids * len(times) + np.searchsorted(times, side.times[rows])
    unique, first = np.unique(ids, return_index=True)  # points that are one computation have the same numbers
    return Numbered(unique, rows[first])


def _errors(
    side: Side, statistic: str, spread: bool, ids: np.ndarray, words: Mapping[str, Sequence[str]], times: np.ndarray
) -> np.ndarray:
    """The standard errors of some rows; 0 where they have none.  `spread`: those of a mean over other draws, a random sample."""

    def at(name: str) -> np.ndarray:
        found = _numbered(side, name, words, times)
        out = np.zeros(len(ids))
        _, i, j = np.intersect1d(ids, found.ids, assume_unique=True, return_indices=True)
        out[i] = side.values[found.rows[j]]
        return np.nan_to_num(out)

    return at("standard_deviation") / np.sqrt(np.maximum(at("draws"), 1)) if spread else at(statistic)


def _moved(
    statistic: str, one: Side, i: np.ndarray, other: Side, j: np.ndarray, error: np.ndarray, outcomes: Sequence[str]
) -> Iterator[Moved]:
    """The movements of the matched rows i and j, outcome by outcome."""
    a, b = one.values[i], other.values[j]
    apart = np.abs(a - b)
    beyond = apart > np.maximum(ABSOLUTE + RELATIVE * np.maximum(np.abs(a), np.abs(b)), SIGMAS * error)
    for outcome in outcomes:
        known = [n for n, word in enumerate(one.words["outcome"]) if word == outcome]
        mine = np.isin(one.codes["outcome"][i], known)
        if not mine.any():
            continue
        where = np.flatnonzero(mine & beyond)
        where = where[np.argsort(-apart[where], kind="stable")]
        moved, told = len(where), []
        while len(where) and len(told) < MOST:
            n = where[0]
            alike = (a[where] == a[n]) & (b[where] == b[n])
            for c in ("variant", "key"):
                alike &= one.codes[c][i[where]] == one.codes[c][i[n]]
            alike &= one.times[i[where]] == one.times[i[n]]
            told.append(_movement(one, int(i[n]), float(a[n]), float(b[n]), float(error[n]), int(alike.sum()) - 1))
            where = where[~alike]
        yield Moved(outcome, statistic, int(mine.sum()), int((error[mine] > 0).sum()), moved, tuple(told))


def _movement(side: Side, row: int, a: float, b: float, error: float, alike: int) -> Movement:
    variant, key = (side.words[c][side.codes[c][row]] for c in ("variant", "key"))
    swept = {path: values[side.points[row]] for path, values in side.swept.items()}
    told = {path: value if isinstance(value, str) else float(value) for path, value in swept.items()}
    return Movement(variant, key, float(side.times[row]), told, a, b, error, alike)
