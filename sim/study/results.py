"""Stored results, read back: the numbers behind figures and reports."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from sim.config.errors import refuse
from sim.study import store
from sim.study.experiment import ExperimentFile, digest
from sim.study.figure_kind import FigureKind
from sim.study.reader import read_experiment
from sim.study.tidy import COLUMNS


@dataclass(frozen=True)
class Results:
    """A results folder and the experiment that it answers."""

    folder: Path
    experiment: ExperimentFile
    manifest: Mapping[str, Any] = field(repr=False)

    @classmethod
    def load(cls, folder: Path, kinds: Mapping[str, FigureKind], experiment: ExperimentFile | None = None) -> Results:
        """The results in a folder, for the experiment stored with them or for a newer text of it.

        Raises InputError where there are no complete results, or where they answer another question than the experiment asks.
        """
        store.recover(folder)
        manifest = _manifest(folder)
        experiment = experiment or read_experiment(folder / "experiment.toml", kinds)
        if digest(experiment.question()) != manifest.get("question"):
            known = manifest.get("resolved", {})
            changed = [key for key, value in experiment.question().items() if known.get(key) != json.loads(json.dumps(value))]
            message = f"holds the results of another question: {', '.join(changed) or 'another version'} changed since"
            raise refuse(folder, message, hint=f"`sim run {experiment.source.path}` computes them anew.")
        return cls(folder, experiment, manifest)

    @cached_property
    def _tables(self) -> dict[str, dict[str, np.ndarray]]:
        return {}

    def _table(self, name: str) -> dict[str, np.ndarray]:
        """The columns of a table; text as codes and their values."""
        import pyarrow.parquet as pq

        if name not in self._tables:
            stored = pq.read_table(self.folder / name, columns=list(COLUMNS))
            self._tables[name] = {c: stored[c].to_numpy() for c in ("point", "time", "value")}
            for c in ("variant", "outcome", "key", "statistic"):
                coded = stored[c].combine_chunks().dictionary_encode()
                self._tables[name][c] = coded.indices.to_numpy()
                self._tables[name][f"{c} names"] = np.array(coded.dictionary.to_pylist(), dtype=object)
        return self._tables[name]

    def _rows(self, name: str, **wanted: str) -> np.ndarray:
        """Where the text columns of a table have some values."""
        table = self._table(name)
        where = np.ones(len(table["point"]), dtype=bool)
        for c, value in wanted.items():
            known = np.flatnonzero(table[f"{c} names"] == value)
            where &= table[c] == (known[0] if len(known) else -1)
        return np.flatnonzero(where)

    def values(
        self, variant: str, outcome: str, key: str = "", time: float | None = None, statistic: str = "value"
    ) -> np.ndarray:
        """An outcome at every point, shape (points,): at a stored time in years, or at the end of each point's horizon.

        nan where a point failed, or where its horizon is shorter.
        """
        table = self._table("results.parquet")
        rows = self._rows("results.parquet", variant=variant, outcome=outcome, key=key, statistic=statistic)
        if time is not None:
            rows = rows[np.isclose(table["time"][rows], time, rtol=0, atol=1e-9)]
        else:  # rows are in order of time: the last one of a point overwrites the others
            rows = rows[np.lexsort((table["time"][rows], table["point"][rows]))]
        out = np.full(len(self.experiment.index), np.nan)
        out[table["point"][rows]] = table["value"][rows]
        return out

    def path(self, variant: str, rung: str, point: int, statistic: str = "value") -> tuple[np.ndarray, np.ndarray]:
        """Escalation probability after every round at a point: years and values, both (T + 1,); empty if the point failed."""
        table = self._table("paths.parquet")
        rows = self._rows("paths.parquet", variant=variant, outcome="escalation_probability", key=rung, statistic=statistic)
        rows = rows[table["point"][rows] == point]
        return table["time"][rows], table["value"][rows]

    @property
    def digest(self) -> str:
        """The digest of all tables of numbers."""
        return digest({name: x for name, x in self.manifest["outputs"].items() if name.endswith(".parquet")})


def _manifest(folder: Path) -> dict[str, Any]:
    if not folder.is_dir():
        raise refuse(folder, "no such results", hint=f"`sim run {folder.name}` computes them.")
    try:
        manifest = json.loads((folder / store.MANIFEST).read_text(encoding="utf-8"))
        if manifest["kind"] != store.KIND:
            raise KeyError("kind")
    except FileNotFoundError:
        raise refuse(folder, f"holds no complete results: {store.MANIFEST} is missing") from None
    except (OSError, ValueError, KeyError, TypeError):
        raise refuse(folder / store.MANIFEST, "is no manifest of results") from None
    if manifest.get("schema_version") != store.SCHEMA_VERSION:
        found = manifest.get("schema_version")
        raise refuse(folder / store.MANIFEST, f"must have schema_version {store.SCHEMA_VERSION}", found=found)
    return manifest
