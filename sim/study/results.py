"""Stored results, read back: the numbers behind figures, analyses and reports, and tables for pandas and xarray."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from sim.config.errors import refuse
from sim.dilemma.lookup import did_you_mean
from sim.study import provenance, store
from sim.study.experiment import ExperimentFile, digest
from sim.study.figure_kind import FigureKind
from sim.study.reader import read_experiment
from sim.study.tidy import TEXTS, difference, statistics

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

OF_FIGURES: Final = ("over_time", "times", "quantiles", "baselines")
"""Of the question, what figures bear on: not compared where the figures were not looked at."""


@dataclass(frozen=True)
class Results:
    """A results folder and the experiment that it answers."""

    folder: Path
    experiment: ExperimentFile
    manifest: Mapping[str, Any] = field(repr=False)

    @classmethod
    def load(
        cls, folder: Path | str, kinds: Mapping[str, FigureKind] | None = None, experiment: ExperimentFile | None = None
    ) -> Results:
        """The results in a folder, for the experiment stored with them or for a newer text of it.

        `kinds` are the kinds of figures that are to be drawn; without them figures are not looked at.  Raises InputError where
        there are no complete results, or where they answer another question than the experiment asks.
        """
        folder = Path(folder)
        manifest = manifest_of(folder)
        experiment = experiment or read_experiment(folder / "experiment.toml", kinds)
        if digest(experiment.question()) != manifest.get("question"):
            known, left = manifest.get("resolved", {}), OF_FIGURES if experiment.kinds is None else ()
            now = json.loads(json.dumps(experiment.question()))
            changed = [key for key in now if known.get(key) != now[key] and key not in left]
            if not changed and left:
                return cls(folder, experiment, manifest)
            message = f"holds the results of another question: {', '.join(changed) or 'another version'} changed since"
            raise refuse(folder, message, hint=f"`sim run {experiment.source.path}` computes what is new.")
        return cls(folder, experiment, manifest)

    def intact(self) -> None:
        """Raises InputError where a table is not as it was written."""
        for name, known in self.manifest["outputs"].items():
            if not name.endswith(".parquet"):
                continue  # a CSV file that was opened in an office program and saved
            path = self.folder / name
            if not path.is_file() or provenance.digest_of(path) != known:
                what = "was changed or is damaged" if path.is_file() else "is missing"
                raise refuse(path, what, hint=f"`sim run {self.experiment.name}` writes it anew, mostly from what is computed.")

    @cached_property
    def _tables(self) -> dict[str, dict[str, np.ndarray]]:
        return {}

    def _table(self, name: str) -> dict[str, np.ndarray]:
        """The columns of a table; text as codes and their values."""
        import pyarrow.parquet as pq

        if name not in self._tables:
            coded = [c for c in pq.read_schema(self.folder / name).names if c in TEXTS]
            stored = pq.read_table(self.folder / name, read_dictionary=coded)
            self._tables[name] = {c: stored[c].to_numpy() for c in stored.column_names if c not in TEXTS}
            for c in coded:
                whole = stored[c].unify_dictionaries().combine_chunks()
                self._tables[name][c] = whole.indices.to_numpy()
                self._tables[name][f"{c} names"] = np.array(whole.dictionary.to_pylist(), dtype=object)
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

        nan where a point failed, or where its horizon is shorter.  Raises InputError for what is not stored.
        """
        self._known(variant, outcome, key, statistic)
        table = self._table("results.parquet")
        rows = self._rows("results.parquet", variant=variant, outcome=outcome, key=key, statistic=statistic)
        out = np.full(len(self.experiment.index), np.nan)
        self._timely(table, rows, time)
        rows = _at(table, rows, time)
        out[table["point"][rows]] = table["value"][rows]
        return out

    def by_draw(self, variant: str, outcome: str, key: str = "", time: float | None = None) -> np.ndarray:
        """An outcome at every point for every draw, shape (points, draws); nan where a run failed; (points, 0) without draws.

        Raises InputError for what is not stored.
        """
        self._known(variant, outcome, key, "value")
        out = np.full((len(self.experiment.index), self.experiment.draws), np.nan)
        if not (self.folder / "by_draw.parquet").exists():
            return out
        table = self._table("by_draw.parquet")
        rows = self._rows("by_draw.parquet", variant=variant, outcome=outcome, key=key)
        self._timely(table, rows, time)
        rows = _at(table, rows, time)
        out[table["point"][rows], table["draw"][rows]] = table["value"][rows]
        return out

    def _known(self, variant: str, outcome: str, key: str, statistic: str) -> None:
        """Raises InputError for a variant, outcome, key or statistic that is not stored: nan would pass for failed points."""
        e = self.experiment
        outcomes = [*e.outcomes, *(difference(outcome, baseline) for baseline in e.baselines for outcome in e.outcomes)]
        keys = ["", *(self.entries(outcome) if e.model is not None or outcome in e.more else (*e.rungs, *e.actors))]
        kept = list(statistics(e.engine != "exact", e.uncertainty is not None, e.quantiles))
        asked = (
            ("variant", variant, list(e.variants)),
            ("outcome", outcome, outcomes),
            ("key", key, keys),
            ("statistic", statistic, kept),
        )
        for what, word, words in asked:
            if word not in words:
                raise refuse(self.folder, f"stores no such {what}", found=word, hint=did_you_mean(word, filter(None, words)))

    def entries(self, outcome: str) -> tuple[str, ...]:
        """The entries of an outcome with an index that are stored at some point, in their order; ("",) of one without.

        Of the core model all that some variant can have.
        """
        if self.experiment.model is None:
            return self.experiment.entries(outcome)
        table = self._table("results.parquet")
        rows = self._rows("results.parquet", outcome=outcome)
        found = dict.fromkeys(table["key names"][table["key"][rows]].tolist())
        known = [entry for entry in self.experiment.entries(outcome) if entry in found]
        return tuple(dict.fromkeys([*known, *found]))

    def _timely(self, table: Mapping[str, np.ndarray], rows: np.ndarray, time: float | None) -> None:
        """Raises InputError for a time at which nothing is stored."""
        stored = np.unique(table["time"][rows])
        if time is not None and len(stored) and not np.isclose(stored, time, rtol=0, atol=1e-9).any():
            hint = f"Stored are the years {', '.join(f'{t:g}' for t in stored)}: add others to `times` in the experiment."
            raise refuse(self.folder, "stores nothing at this time", found=time, hint=hint)

    def path(
        self, variant: str, rung: str, point: int, statistic: str = "value", outcome: str = "escalation_probability"
    ) -> tuple[np.ndarray, np.ndarray]:
        """Escalation probability after every round at a point: years and values, both (T + 1,); empty if the point failed.

        Of another outcome, `rung` is the entry, and rounds in which it is undefined are left out.  Raises InputError where no
        outcomes after every round are stored, and for what is not stored.
        """
        self._known(variant, outcome, rung, statistic)
        if not (self.folder / "paths.parquet").exists():
            hint = 'They are where a figure of the experiment needs them, such as kind = "curves".'
            raise refuse(self.folder, "holds no outcomes after every round: paths.parquet is not there", hint=hint)
        table = self._table("paths.parquet")
        rows = self._rows("paths.parquet", variant=variant, outcome=outcome, key=rung, statistic=statistic)
        rows = rows[table["point"][rows] == point]
        return table["time"][rows], table["value"][rows]

    @property
    def drawn(self) -> dict[str, np.ndarray]:
        """What is drawn: {path: (draws,)}."""
        uncertainty = self.experiment.uncertainty
        return {} if uncertainty is None else dict(zip(uncertainty.paths, uncertainty.values.T, strict=True))

    @property
    def inputs(self) -> dict[str, np.ndarray]:
        """What is swept: {axis: (points,)}; where values are no numbers, which of them it is."""
        out = {}
        for n, axis in enumerate(self.experiment.axes):
            which = self.experiment.index[:, n]
            out[axis.name] = which.astype(float) if axis.numbers is None else axis.numbers[which]
        return out

    def orderings(self) -> dict[str, np.ndarray]:
        """The columns of the table of orderings; empty where there are no draws or fewer than two variants."""
        if not (self.folder / "orderings.parquet").exists():
            return {}
        table = self._table("orderings.parquet")
        return {c: table[f"{c} names"][x] if c in TEXTS else x for c, x in table.items() if not c.endswith(" names")}

    @property
    def digest(self) -> str:
        """The digest of all tables of numbers."""
        return digest({name: x for name, x in self.manifest["outputs"].items() if name.endswith(".parquet")})

    # ---- for other libraries

    def frame(self) -> pd.DataFrame:
        """results.parquet with the columns of points.parquet beside each row."""
        import pandas as pd

        results, points = (pd.read_parquet(self.folder / f"{name}.parquet") for name in ("results", "points"))
        return results.merge(points, on="point", how="left", validate="many_to_one")

    def xarray(self) -> xr.Dataset:
        """The results as an xarray Dataset: a variable for each outcome over point, variant, key, time and statistic.

        Swept parameters are coordinates of `point`; what there is not (a rung of another outcome, a failed point) is nan.  Raises
        InputError where xarray is not installed.
        """
        try:
            import xarray as xr
        except ImportError:
            raise refuse("xarray", "is not installed", hint='pip install "strategic-stability-simulator[xarray]"') from None
        import pandas as pd

        results, points = (pd.read_parquet(self.folder / f"{name}.parquet") for name in ("results", "points"))
        dims = ["point", "variant", "key", "time", "statistic"]
        made = {}
        for outcome, rows in results.groupby("outcome", sort=False):
            array = rows.set_index(dims)["value"].to_xarray()
            told = {dim: list(rows[dim].unique()) for dim in ("key", "statistic")}  # in the table's order: rungs, lowest first
            array = array.sel(told).reindex(point=points["point"].to_numpy(), variant=list(self.experiment.variants))
            if told["key"] == [""]:
                array = array.isel(key=0, drop=True)
            named = {"key": f"{outcome}_key", "time": f"{outcome}_time", "statistic": f"{outcome}_statistic"}
            made[str(outcome)] = array.rename({k: v for k, v in named.items() if k in array.dims})
        dataset = xr.Dataset(made).assign_coords({c: ("point", points[c].to_numpy()) for c in points.columns if c != "point"})
        dataset.attrs = {"title": self.experiment.title, "question": str(self.manifest["question"])}
        return dataset


def _at(table: Mapping[str, np.ndarray], rows: np.ndarray, time: float | None) -> np.ndarray:
    """The rows of a time; where none is given, ordered by time, so that the last one of a point overwrites the others."""
    if time is not None:
        return rows[np.isclose(table["time"][rows], time, rtol=0, atol=1e-9)]
    return rows[np.argsort(table["time"][rows], kind="stable")]


def manifest_of(folder: Path) -> dict[str, Any]:
    """What a results folder says of itself.  Raises InputError where it holds no complete results in the form of this version."""
    if not folder.is_dir():
        raise refuse(folder, "no such results", hint=f"`sim run {folder.name}` computes them.")
    try:
        manifest = json.loads((folder / store.MANIFEST).read_text(encoding="utf-8"))
        if manifest["kind"] != store.KIND:
            raise KeyError("kind")
    except FileNotFoundError:
        unfinished = (folder / store.BEGUN).exists()
        hint = f"The run was stopped: `sim run {folder.name}` goes on with it." if unfinished else ""
        raise refuse(folder, f"holds no complete results: {store.MANIFEST} is missing", hint=hint) from None
    except (OSError, ValueError, KeyError, TypeError):
        raise refuse(folder / store.MANIFEST, "is no manifest of results") from None
    if manifest.get("schema_version") != store.SCHEMA_VERSION:
        found = manifest.get("schema_version")
        hint = f"`sim run {folder.name}` writes them in the form of this version."
        raise refuse(folder / store.MANIFEST, f"must have schema_version {store.SCHEMA_VERSION}", found=found, hint=hint)
    return manifest
