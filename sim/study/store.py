"""The results folder: what is in it, and how a finished study gets there whole (docs/engine.md).

Parts are written while a study runs.  The tables are then written into a folder beside them and moved into place, the manifest
last: as long as there is no manifest the folder says that it is not finished, and the same command finishes it.
"""

from __future__ import annotations

import csv
import datetime
import json
import os
import re
import shutil
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from sim.config.errors import refuse
from sim.study import parts, provenance
from sim.study.codebook import CODEBOOK, codebook
from sim.study.design import is_number
from sim.study.experiment import ExperimentFile, digest
from sim.study.names import columns
from sim.study.points_file import find

if TYPE_CHECKING:
    import pyarrow as pa

SCHEMA_VERSION: Final = 2
MANIFEST: Final = "manifest.json"
BEGUN: Final = "begun.json"
"""Says, from the first moment on, whose folder it is."""
NEW: Final = ".new"
SHARDS: Final = "shards"
POINTS_FILE: Final = "points_given.csv"
MOST_CSV_ROWS: Final = 1_000_000
KIND: Final = "strategic-stability-simulator results"
INPUTS: Final = ("experiment.toml", "scenario.toml", POINTS_FILE)
KEPT: Final = (parts.FOLDER, SHARDS, "figures", "analyses", "threshold")
"""Folders that are not replaced with the tables."""


# ---- whose folder it is


def claim(folder: Path, experiment: ExperimentFile) -> None:
    """Makes the folder, or checks that it is one of this experiment.  Raises InputError if it holds anything else."""
    folder.mkdir(parents=True, exist_ok=True)
    identity = {"kind": KIND, "experiment": experiment.name, "scenario": experiment.scenario.name}
    known = owner(folder)
    hint = "Move it away, or write the results elsewhere with --results."
    if known is None and any(not path.name.startswith(".") and path.name not in KEPT for path in folder.iterdir()):
        known = owner(folder)  # another shard may have begun in this instant
        if known is None:
            raise refuse(folder, "is there already and holds no results", hint=hint)
    if known is None:
        new = folder / f".{BEGUN}.{os.urandom(4).hex()}.new"  # of no other process, on whatever machine
        text(new, json.dumps(identity, indent=2, ensure_ascii=False) + "\n")
        os.replace(new, folder / BEGUN)
        return
    for what in ("experiment", "scenario"):
        if known.get(what) != identity[what]:
            message = f"holds results of another experiment: its {what} is {known.get(what)}, not {identity[what]}"
            raise refuse(folder, message, hint=f"Nothing was changed. {hint}")


def owner(folder: Path) -> dict[str, Any] | None:
    """What a results folder says of itself; None where there is no such folder."""
    for name in (BEGUN, MANIFEST):
        try:
            known = json.loads((folder / name).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            continue
        if isinstance(known, dict) and known.get("kind") == KIND:
            return known
    return None


def part_folders(folder: Path) -> list[Path]:
    """Where parts lie: the folder's own, then those of its shards."""
    return [folder / parts.FOLDER, *sorted(folder.glob(f"{SHARDS}/*/{parts.FOLDER}"))]


# ---- finishing


def fresh(folder: Path) -> Path:
    """An empty folder to write the tables into."""
    new = folder / NEW
    shutil.rmtree(new, ignore_errors=True)
    new.mkdir()
    return new


def write_texts(new: Path, experiment: ExperimentFile, rows: Mapping[str, int]) -> None:
    """Everything but the tables of numbers and the manifest: inputs as resolved, points, draws, CSV files, the codebook."""
    import pyarrow.parquet as pq

    text(new / "experiment.toml", resolved(experiment))
    text(new / "scenario.toml", experiment.scenario.source.text)
    given = points_file(experiment)
    if given is not None:
        shutil.copyfile(given, new / POINTS_FILE)
    small = {"points": points_table(experiment)}
    if experiment.uncertainty is not None:
        small["drawn"] = drawn_table(experiment)
    for name, table_ in small.items():
        pq.write_table(table_, new / f"{name}.parquet")
    for name in ("results", "orderings", *small):
        path = new / f"{name}.parquet"
        if path.exists() and (rows.get(name) or small[name].num_rows) <= MOST_CSV_ROWS:
            as_csv(path, new / f"{name}.csv")
    table(new / "codebook.csv", CODEBOOK, codebook(experiment, new))


def manifest(folder: Path, new: Path, experiment: ExperimentFile, facts: Mapping[str, Any]) -> dict[str, Any]:
    """What is said of the results: the question, versions, commit, machine, digests of inputs, tables and parts."""
    inputs = [name for name in INPUTS if (new / name).exists()]
    return {
        "kind": KIND,
        "schema_version": SCHEMA_VERSION,
        "experiment": experiment.name,
        "title": experiment.title,
        "scenario": experiment.scenario.name,
        "question": digest(experiment.question()),
        "variants": list(experiment.variants),
        "engine": experiment.engine,
        "replicates": experiment.replicates,
        "seed": experiment.seed,
        "resolved": experiment.question(),
        **facts,
        "addressed_by": provenance.engine(),
        "versions": provenance.versions(),
        "git": provenance.commit(),
        "machine": provenance.machine(),
        "inputs": {name: provenance.digest_of(new / name) for name in inputs},
        "outputs": {path.name: provenance.digest_of(path) for path in sorted(new.iterdir()) if path.name not in inputs},
        "parts": {
            str(path.relative_to(folder)): provenance.digest_of(path)
            for place in part_folders(folder)
            for path in sorted(place.glob("*.parquet"))
        },
    }


def install(folder: Path, new: Path, said: Mapping[str, Any]) -> None:
    """Moves the finished tables into place, the manifest last; what older results had and these have not goes."""
    (folder / MANIFEST).unlink(missing_ok=True)
    made = {path.name for path in new.iterdir()}
    for path in folder.iterdir():
        if path.is_file() and not path.name.startswith(".") and path.name not in made | {BEGUN}:
            path.unlink()
    for name in sorted(made):
        os.replace(new / name, folder / name)
    text(new / MANIFEST, json.dumps(said, indent=2, ensure_ascii=False, default=str) + "\n")
    os.replace(new / MANIFEST, folder / MANIFEST)
    new.rmdir()


# ---- files


def now() -> str:
    """The time, in UTC, to the second."""
    return datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")


def text(path: Path, words: str) -> None:
    """A text file, UTF-8, lines ended by a line feed."""
    path.write_text(words, encoding="utf-8", newline="\n")


def table(path: Path, names: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """A CSV file: one line of names, `.` for decimals, numbers in full, empty where there is none."""
    with path.open("w", encoding="utf-8", newline="") as file:
        out = csv.writer(file, lineterminator="\n")
        out.writerow(names)
        out.writerows(["" if x is None or x != x else x for x in row] for row in rows)


def as_csv(parquet: Path, path: Path) -> None:
    """A Parquet table as CSV, in the form of `table`."""
    import pyarrow.csv as pc
    import pyarrow.parquet as pq

    source = pq.ParquetFile(parquet)
    options = pc.WriteOptions(include_header=False)
    with path.open("wb") as file:
        file.write((",".join(source.schema_arrow.names) + "\n").encode())
        for n in range(source.num_row_groups):
            pc.write_csv(source.read_row_group(n), file, options)


def resolved(experiment: ExperimentFile) -> str:
    """The text of the experiment, naming the scenario, and the file of points, that lie beside it."""
    said = _renamed(experiment.source.text, experiment.source.lines.get(("scenario",)), "scenario", "scenario.toml")
    if points_file(experiment) is not None:
        said = _renamed(said, experiment.source.lines.get(("sweep", "file")), "file", POINTS_FILE)
    return said


def points_file(experiment: ExperimentFile) -> Path | None:
    """The file of points of the design csv, beside the experiment or in the working folder; None for other designs."""
    name = experiment.sampling.get("file")
    return None if name is None else find(experiment.source.path.parent, name)


def _renamed(said: str, line: int | None, key: str, name: str) -> str:
    lines = said.split("\n")
    if line is not None:
        pattern = re.compile(rf"""({key}["']?\s*=\s*)("[^"\n]*"|'[^'\n]*')""")
        lines[line - 1] = pattern.sub(lambda m: f'{m[1]}"{name}"', lines[line - 1], count=1)
    return "\n".join(lines)


def points_table(experiment: ExperimentFile) -> pa.Table:
    """The points: their number and, in a column for each path, what they put in (the label, where values have labels)."""
    import numpy as np
    import pyarrow as pa

    out: dict[str, pa.Array] = {"point": pa.array(range(len(experiment.index)), pa.int32())}
    named = columns(path for axis in experiment.axes for path in axis.paths)
    for n, axis in enumerate(experiment.axes):
        which = pa.array(experiment.index[:, n])
        for k, path in enumerate(axis.paths):
            if isinstance(axis.values, np.ndarray):
                out[named[path]] = pa.array(axis.values[:, k].astype(float)).take(which)
                continue
            values = [value[k] for value in axis.values]
            if axis.labels is not None and not all(map(is_number, values)):
                values = list(axis.labels)
            typed = [float(v) for v in values] if all(map(is_number, values)) else [str(v) for v in values]
            out[named[path]] = pa.array(typed).take(which)
    return pa.table(out)


def drawn_table(experiment: ExperimentFile) -> pa.Table:
    """The draws: their number and, in a column for each path, what is drawn."""
    import pyarrow as pa

    uncertainty = experiment.uncertainty
    assert uncertainty is not None
    named = columns(uncertainty.paths)
    out: dict[str, Any] = {"draw": pa.array(range(uncertainty.draws), pa.int32())}
    return pa.table(out | {named[path]: pa.array(uncertainty.values[:, j]) for j, path in enumerate(uncertainty.paths)})
