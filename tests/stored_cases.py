"""Stored results for the tests of what reads them: exact, with draws, simulated, over time; and how they are tampered with."""

from __future__ import annotations

import atexit
import functools
import json
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from sim import study
from sim.study import provenance
from study_case import EXPERIMENT, OVER_TIME, SCENARIO, changed, experiment

UNCERTAIN = """
[uncertain]
"monitoring.false_alarm" = { distribution = "uniform", low = 0.0, high = 0.2, basis = "judgement", source = "for tests" }
"onset.arming_rate" = { distribution = "triangular", low = 0.1, mode = 0.3, high = 0.6, basis = "judgement", source = "tests" }
"""
DRAWN = EXPERIMENT + "[uncertainty]\ndraws = 4\n"
SIMULATED = changed(EXPERIMENT, ("times = [1]", 'times = [1]\nengine = "monte_carlo"\nreplicates = 400'))
DIFFERENCES = """\
[[figures]]
name = "differences"
kind = "lines"
x = "treaties.pact.inspections_per_year"
panel = "monitoring.detection"
y = "difference"
baseline = "no_treaty"
rung = "war"
"""
CASES = {
    "plain": EXPERIMENT,
    "drawn": DRAWN + DIFFERENCES,
    "simulated": SIMULATED + "[uncertainty]\ndraws = 2\n" + DIFFERENCES,
    "over_time": OVER_TIME + "[uncertainty]\ndraws = 4\n",
}


def stored(folder: Path, text: str = EXPERIMENT, name: str = "how_much", *changes: tuple[str, str]) -> Path:
    """The results folder of an experiment on the small scenario, with some of the scenario's text replaced."""
    experiment(folder, text, name, changed(SCENARIO + UNCERTAIN, *changes))
    return shutil.copytree(_made(text, name, changes), folder / "results" / name)


@functools.cache
def _made(text: str, name: str, changes: tuple[tuple[str, str], ...]) -> Path:
    """Computed once, to be copied."""
    folder = Path(tempfile.mkdtemp())
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    found = experiment(folder, text, name, changed(SCENARIO + UNCERTAIN, *changes))
    return study.run(found, folder, workers=1).folder


def retold(folder: Path, kind: str, name: str, old: str | None = None) -> None:
    """Puts the digest that a file has now into the manifest, as one would who hides a change."""
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    manifest[kind].pop(old or name)
    manifest[kind][name] = provenance.digest_of(folder / name)
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")


def rewritten(path: Path, column: str, change: Callable[[list[Any]], list[Any]]) -> None:
    """Writes a Parquet table with one column changed."""
    table = pq.read_table(path)
    n = table.column_names.index(column)
    new = pa.array(change(table[column].to_pylist()), table.schema.field(column).type)
    pq.write_table(table.set_column(n, table.schema.field(column), new), path)


def one_byte_changed(path: Path) -> None:
    """Changes the byte in the middle of a file."""
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(bytes(data))
