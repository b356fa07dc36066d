"""The results folder: written whole beside its place and then moved there, so that it is complete or not there at all."""

from __future__ import annotations

import csv
import datetime
import json
import re
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from sim.config.errors import refuse
from sim.dilemma.lookup import numbers, span
from sim.study import provenance
from sim.study.design import Axis, is_number
from sim.study.experiment import ExperimentFile, digest
from sim.study.names import columns
from sim.study.tidy import COLUMNS, OUTCOMES, STATISTICS

if TYPE_CHECKING:
    import pyarrow as pa

SCHEMA_VERSION: Final = 1
MANIFEST: Final = "manifest.json"
MOST_CSV_ROWS: Final = 1_000_000
KIND: Final = "strategic-stability-simulator results"
_TEXTS: Final = {
    "point": "Number of the point; what it sweeps is in points.csv and points.parquet.",
    "variant": "Variant of the scenario.",
    "outcome": "What the number is: " + ", ".join(OUTCOMES) + ".",
    "key": "What the outcome is of: a rung for escalation_probability, an actor for discounted_payoff.",
    "time": "Years from the start of the horizon.",
    "statistic": " ".join(f"{name}: {text}" for name, text in STATISTICS.items()),
    "value": "The number; its unit is that of the outcome: "
    + ", ".join(f"{name} ({outcome.unit})" for name, outcome in OUTCOMES.items())
    + ".",
}


@contextmanager
def replacing(folder: Path) -> Iterator[Path]:
    """A new folder to write into, which takes the place of `folder` when all went well and vanishes when not.

    An older folder stays until then, unless it is no results folder: then InputError.
    """
    recover(folder)
    if folder.exists() and not is_results(folder):
        raise refuse(folder, "is there already and holds no results", hint="Move it away, or write the results elsewhere.")
    folder.parent.mkdir(parents=True, exist_ok=True)
    new = Path(tempfile.mkdtemp(prefix=f".{folder.name}.new-", dir=folder.parent))
    try:
        new.chmod(0o755)
        yield new
        if folder.exists():
            old = _aside(folder)
            folder.rename(old)
            new.rename(folder)
            shutil.rmtree(old, ignore_errors=True)
        else:
            new.rename(folder)
    finally:
        shutil.rmtree(new, ignore_errors=True)


def _aside(folder: Path) -> Path:
    """Where the older results wait while the new ones take their place."""
    old = folder.with_name(f".{folder.name}.old")
    shutil.rmtree(old, ignore_errors=True)
    return old


def recover(folder: Path) -> None:
    """Puts older results back where a run was stopped between moving them aside and moving the new ones in."""
    old = folder.with_name(f".{folder.name}.old")
    if old.is_dir() and not folder.exists():
        old.rename(folder)


def is_results(folder: Path) -> bool:
    """Whether a folder was written by `write`, or is empty."""
    if not folder.is_dir():
        return False
    if not any(folder.iterdir()):
        return True
    try:
        return json.loads((folder / MANIFEST).read_text(encoding="utf-8")).get("kind") == KIND
    except (OSError, ValueError, AttributeError):
        return False


# ---- what is written


def write(
    folder: Path, experiment: ExperimentFile, results: pa.Table, paths: pa.Table | None, facts: Mapping[str, Any]
) -> dict[str, Any]:
    """All files of a results folder, the manifest last; gives the manifest."""
    import pyarrow.parquet as pq

    text(folder / "experiment.toml", resolved(experiment))
    text(folder / "scenario.toml", experiment.scenario.source.text)
    inputs = ["experiment.toml", "scenario.toml"]
    points = points_table(experiment)
    pq.write_table(points, folder / "points.parquet")
    pq.write_table(results, folder / "results.parquet")
    if paths is not None:
        pq.write_table(paths, folder / "paths.parquet")
    for name, tidy in (("points", points), ("results", results)):
        if tidy.num_rows <= MOST_CSV_ROWS:
            table(folder / f"{name}.csv", tidy.column_names, zip(*(c.to_pylist() for c in tidy.columns), strict=True))
    table(folder / "codebook.csv", CODEBOOK, codebook(experiment))
    manifest = {
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
        "versions": provenance.versions(),
        "git": provenance.commit(),
        "machine": provenance.machine(),
        "inputs": {name: provenance.digest_of(folder / name) for name in inputs},
        "outputs": {path.name: provenance.digest_of(path) for path in sorted(folder.iterdir()) if path.name not in inputs},
    }
    text(folder / MANIFEST, json.dumps(manifest, indent=2, ensure_ascii=False, default=str) + "\n")
    return manifest


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


def resolved(experiment: ExperimentFile) -> str:
    """The text of the experiment, naming the scenario that lies beside it."""
    source = experiment.source
    line = source.lines.get(("scenario",))
    lines = source.text.split("\n")
    if line is not None:
        name = re.compile(r"""(scenario["']?\s*=\s*)("[^"\n]*"|'[^'\n]*')""")
        lines[line - 1] = name.sub(lambda m: f'{m[1]}"scenario.toml"', lines[line - 1], count=1)
    return "\n".join(lines)


def points_table(experiment: ExperimentFile) -> pa.Table:
    """The points: their number and, in a column for each path, what they put in (the label, where values have labels)."""
    import pyarrow as pa

    out: dict[str, pa.Array] = {"point": pa.array(range(len(experiment.index)), pa.int32())}
    named = columns(path for axis in experiment.axes for path in axis.paths)
    for n, axis in enumerate(experiment.axes):
        which = pa.array(experiment.index[:, n])
        for k, path in enumerate(axis.paths):
            values = [value[k] for value in axis.values]
            if axis.labels is not None and not all(map(is_number, values)):
                values = list(axis.labels)
            typed = [float(v) for v in values] if all(map(is_number, values)) else [str(v) for v in values]
            out[named[path]] = pa.array(typed).take(which)
    return pa.table(out)


CODEBOOK: Final = ("file", "name", "label", "unit", "type", "allowed", "path")


def codebook(experiment: ExperimentFile) -> Iterator[tuple[str, ...]]:
    """What the columns of the tables mean, a row for each: file, name, label, unit, type, allowed values, path."""
    variants = "; ".join(experiment.variants)
    kinds = {"point": "whole number", "time": "number", "value": "number"}
    allowed = {
        "point": f"0 to {len(experiment.index) - 1}",
        "variant": variants,
        "outcome": "; ".join(OUTCOMES),
        "key": "; ".join([*experiment.rungs, *experiment.actors]),
        "time": f"0 to {experiment.years:g}",
        "statistic": "; ".join(STATISTICS if experiment.engine != "exact" else ["value"]),
    }
    units = {"time": "years"}
    for file in ("results.csv", *(["paths.parquet"] if experiment.over_time else [])):
        for name in COLUMNS:
            yield file, name, _TEXTS[name], units.get(name, ""), kinds.get(name, "text"), allowed.get(name, ""), ""
    yield "points.csv", "point", _TEXTS["point"], "", "whole number", allowed["point"], ""
    named = columns(path for axis in experiment.axes for path in axis.paths)
    for axis in experiment.axes:
        for path in axis.paths:
            yield ("points.csv", named[path], *_of_parameter(path, axis, experiment), path)


def _of_parameter(path: str, axis: Axis, experiment: ExperimentFile) -> tuple[str, str, str, str]:
    place = experiment.scenario.place(path)
    number = next((n for _, n, _ in numbers(place)), None)
    label = place.key.text if place.key is not None else path
    text_values = axis.labels is not None or not all(is_number(x) for value in axis.values for x in value)
    allowed = span(number) if number is not None else ""
    values = "; ".join(axis.label(n) for n in range(len(axis)))
    return (
        label,
        number.unit if number is not None else "",
        "text" if text_values else "number",
        values if text_values else allowed,
    )
