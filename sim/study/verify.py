"""Verifying a results folder: its files are as they were written, and the program computes the stored numbers again.

The files are held to the digests in the manifest.  A random share of the runs is computed anew from the experiment and the
scenario in the folder and compared with the parts, number by number; the rows of the tables are put together anew from the parts.
Nothing in the folder is touched, and it need not lie where it was written.
"""

from __future__ import annotations

import json
import math
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import numpy as np

from sim.config import InputError
from sim.study import provenance, store
from sim.study.assemble import Block
from sim.study.figure_kind import FigureKind
from sim.study.finish import FAILURES, Progress, read_failures
from sim.study.parts import Stock
from sim.study.recompute import Chosen, choose, read, recompute
from sim.study.results import Results, manifest_of
from sim.study.runs import Runs
from sim.study.tidy import BY_DRAW, COLUMNS, ORDERINGS, PATHS, RESULTS

RELATIVE: Final = 1e-9
ABSOLUTE: Final = 1e-12
"""Numbers agree that differ by no more than both together; the same versions on the same kind of machine give the same bits."""
MOST_POINTS: Final = 100
MOST_DRAWS: Final = 5000
"""Points, and draws of them in all, whose rows in the tables are put together anew."""
MOST: Final = 10
"""Differences that are told one by one."""
INDEX: Final = "figures/figures.json"
TABLES: Final = {RESULTS: COLUMNS, PATHS: COLUMNS, "by_draw": BY_DRAW, "orderings": ORDERINGS}
_NUMBERS: Final = ("value", "draws", "share", "interval_low", "interval_high")
"""Columns that are held to what is computed; the others say what they are of."""


@dataclass(frozen=True)
class Difference:
    """A number that is not what was stored: where it stands, of which run and what, as stored and as found now (nan: nothing)."""

    place: str
    point: int
    variant: str
    draw: int
    label: str
    stored: float
    now: float


@dataclass
class Verdict:
    """What was checked in a results folder, and what is wrong."""

    folder: Path
    files: int = 0
    """Files that were held to their digests."""
    wrong: list[str] = field(default_factory=list)
    """What is wrong with the files, and why nothing could be computed anew, a sentence each."""
    versions: dict[str, tuple[str | None, str | None]] = field(default_factory=dict)
    """Versions that differ: then, now."""
    runs: int = 0
    """Runs that were computed anew."""
    total: int = 0
    numbers: int = 0
    identical: int = 0
    close: int = 0
    """Numbers of these runs: all, those equal to the bit, and those that agree within the tolerance."""
    points: int = 0
    rows: int = 0
    """Points whose rows in the tables were put together anew, and these rows."""
    different: int = 0
    differences: list[Difference] = field(default_factory=list)
    """What does not agree: how many, and the first of them."""

    @property
    def sound(self) -> bool:
        """Whether nothing is wrong."""
        return not self.wrong and not self.different

    def add(self, *said: Any) -> None:
        """Takes in something that does not agree."""
        self.different += 1
        if len(self.differences) < MOST:
            self.differences.append(Difference(*said))


def verify(
    folder: Path,
    kinds: Mapping[str, FigureKind] | None = None,
    *,
    share: float = 0.05,
    seed: int = 0,
    workers: int | None = None,
    progress: Callable[[Progress], None] | None = None,
    say: Callable[[str], None] | None = None,
) -> Verdict:
    """Checks the files of a results folder and computes a random share of its runs anew, chosen by the seed.

    `kinds` are the kinds of figures, by which it is known what was stored over time.  Raises InputError where the folder holds no
    complete results; KeyboardInterrupt.
    """
    manifest = manifest_of(folder)
    verdict = Verdict(folder)
    verdict.versions = _versions(manifest)
    _files(folder, manifest, verdict)
    try:
        results = Results.load(folder, kinds)
    except InputError as error:
        verdict.wrong.append(f"nothing can be computed anew: {'; '.join(str(error).splitlines())}")
        return verdict
    runs = Runs(results.experiment, _engine(manifest))
    stock = Stock(store.part_folders(folder), aside=False)
    verdict.total = runs.total
    _inputs(runs, folder, verdict)
    chosen = choose(runs, share, seed)
    if len(stock) and not any((stock.where(one.keys) >= 0).any() for one in chosen):
        verdict.wrong.append(f"nothing can be compared: the parts are addressed by another program ({_program(manifest)})")
        return verdict
    with tempfile.TemporaryDirectory() as place:
        made, failed = recompute(runs, chosen, Path(place), workers, progress or (lambda _: None), say or (lambda _: None))
        known = failed & {failure.key for failure in read_failures(folder / FAILURES)}
        for one in chosen:
            _compare(one, read(stock, one.keys), read(made, one.keys), known, verdict)
    points = np.unique(np.concatenate([one.points for one in chosen]))
    most = min(len(points), MOST_POINTS, max(1, MOST_DRAWS // (runs.draws + 1)))
    _tables(runs, stock, folder, points[np.linspace(0, len(points) - 1, most).astype(int)], verdict)
    return verdict


# ---- files


def _files(folder: Path, manifest: Mapping[str, Any], verdict: Verdict) -> None:
    """Holds the inputs, tables, parts and figures to their digests."""
    known = {**manifest["inputs"], **manifest["outputs"], **manifest["parts"]}
    if (folder / INDEX).exists():
        try:
            drawn = json.loads((folder / INDEX).read_text(encoding="utf-8"))["figures"].values()
            known |= {f"figures/{name}": digest for figure in drawn for name, digest in figure["files"].items()}
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            verdict.wrong.append(f"{INDEX} cannot be read")
    verdict.files = len(known)
    for name, digest in known.items():
        try:
            if provenance.digest_of(folder / name) != digest:
                verdict.wrong.append(f"{name} was changed or is damaged")
        except FileNotFoundError:
            verdict.wrong.append(f"{name} is missing")
        except OSError as error:
            verdict.wrong.append(f"{name} cannot be read: {error.strerror or error}")


def _versions(manifest: Mapping[str, Any]) -> dict[str, tuple[str | None, str | None]]:
    then, now = dict(manifest.get("versions", {})), provenance.versions()
    for said, program in ((then, _engine(manifest)), (now, provenance.engine())):
        if "program" in program:
            said["what computes"] = program["program"][:12]
    return {name: (then.get(name), now.get(name)) for name in sorted({*then, *now}) if then.get(name) != now.get(name)}


def _engine(manifest: Mapping[str, Any]) -> dict[str, str]:
    """The program and the versions by which the stored runs are addressed."""
    return dict(manifest.get("addressed_by", {}))


def _program(manifest: Mapping[str, Any]) -> str:
    """The program that wrote a folder: version and commit."""
    commit = (manifest.get("git") or {}).get("commit")
    return f"version {manifest.get('versions', {}).get(provenance.DISTRIBUTION)}{f', commit {commit}' if commit else ''}"


def _inputs(runs: Runs, folder: Path, verdict: Verdict) -> None:
    """Holds the tables of points and draws to what the experiment says."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    asked = {"points.parquet": store.points_table(runs.experiment)}
    if runs.experiment.uncertainty is not None:
        asked["drawn.parquet"] = store.drawn_table(runs.experiment)
    for name, table in asked.items():
        try:
            if not pq.read_table(folder / name).equals(table):
                verdict.wrong.append(f"{name} is not what the experiment says")
        except (pa.ArrowException, OSError):
            verdict.wrong.append(f"{name} cannot be read")


# ---- numbers


def _compare(
    chosen: Chosen, then: Sequence[Mapping | None], now: Sequence[Mapping | None], failing: set[str], verdict: Verdict
) -> None:
    """Holds what is stored of some runs to what was computed now; `failing` are the keys of those that fail now as they did."""
    verdict.runs += len(chosen.keys)
    for point, draw, key, a, b in zip(chosen.points, chosen.draws, chosen.keys, then, now, strict=True):
        run = "parts", int(point), chosen.variant, int(draw)
        if a is None or b is None:
            if a is not None or b is not None or key.tobytes().hex() not in failing:
                said = "the run fails now" if b is None else "its numbers are in no part that is whole"
                verdict.add(*run, said, math.nan, math.nan)
            continue
        for label in dict.fromkeys([*a, *b]):
            verdict.numbers += 1
            stored, found = a.get(label, math.nan), b.get(label, math.nan)
            if label in a and label in b and _same(stored, found):
                verdict.identical += 1
            elif _agree(stored, found):
                verdict.close += 1
            else:
                verdict.add(*run, _words(label[1:]), stored, found)


def _same(a: float, b: float) -> bool:
    return a == b or (a != a and b != b)


def _agree(a: float, b: float) -> bool:
    return abs(a - b) <= ABSOLUTE + RELATIVE * max(abs(a), abs(b))


def _words(label: Sequence[Any]) -> str:
    """A label in words: "escalation_probability war 2 value"."""
    return " ".join(f"{x:g}" if isinstance(x, float) else str(x) for x in label if x != "")


def _tables(runs: Runs, stock: Stock, folder: Path, points: np.ndarray, verdict: Verdict) -> None:
    """Holds the rows of some points in the tables to what follows from the parts."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    stored: dict[str, dict[tuple, float]] = {}
    for name, columns in TABLES.items():
        try:
            if (folder / f"{name}.parquet").exists():
                table = pq.read_table(folder / f"{name}.parquet", filters=[("point", "in", points.tolist())])
                stored[name] = _cells({c: table[c].to_pylist() for c in columns})
        except (pa.ArrowException, OSError, KeyError) as error:
            verdict.wrong.append(f"{name}.parquet cannot be read: {str(error).splitlines()[0]}")
            return
    made: dict[str, dict[tuple, float]] = {name: {} for name in TABLES}
    for point in points.tolist():
        block = Block(runs, stock, point, point + 1)
        found = {name: list(block.tidy(name)) for name in (RESULTS, PATHS)}
        if runs.draws:
            found |= {"by_draw": list(block.by_draw()), "orderings": [x for x in [block.orderings()] if x]}
        for name, parts in found.items():
            for part in parts:
                made[name] |= _cells({c: _plain(part[c]) for c in TABLES[name]})
    verdict.points = len(points)
    for name in TABLES:
        then, now = stored.get(name, {}), made[name]
        verdict.rows += len(then)
        for cell in dict.fromkeys([*then, *now]):
            a, b = then.get(cell, math.nan), now.get(cell, math.nan)
            if not (_same(a, b) and cell in then and cell in now) and not _agree(a, b):
                of = dict(cell)
                rest = [x for c, x in cell if c not in ("point", "variant", "draw")]
                verdict.add(f"{name}.parquet", of["point"], of.get("variant", ""), of.get("draw", -1), _words(rest), a, b)


def _plain(column: Any) -> list[Any]:
    """A column of a table in the making: text comes as words and codes."""
    if isinstance(column, tuple):
        words, codes = column
        return [words[code] for code in codes]
    return np.asarray(column).tolist()


def _cells(columns: Mapping[str, list[Any]]) -> dict[tuple, float]:
    """The numbers of some rows, each under all that it is of; what is empty is nan."""
    of = [c for c in columns if c not in _NUMBERS]
    named = [c for c in columns if c in _NUMBERS]
    out: dict[tuple, float] = {}
    for row in zip(*columns.values(), strict=True):
        told = dict(zip(columns, row, strict=True))
        place = tuple((c, told[c]) for c in of)
        for c in named:
            out[(*place, ("column", c)) if len(named) > 1 else place] = math.nan if told[c] is None else float(told[c])
    return out
