"""An experiment: its file with the scenario it asks about, and what its figures can refer to."""

from __future__ import annotations

import hashlib
import itertools
import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from sim.config import InputError, ScenarioFile, Source
from sim.dilemma.parameters import rounds_of
from sim.models.model import Model
from sim.study.axes import beyond_range
from sim.study.canonical import entries_of, outcomes_of
from sim.study.design import Axis, is_number, points, unbalanced
from sim.study.figure_kind import FigureKind, Spec
from sim.study.more import MORE, asked
from sim.study.more import entries_of as entries_of_core
from sim.study.tidy import OUTCOMES, Outcome
from sim.study.uncertainty import QUANTILES, Uncertainty

MOST_SETTINGS = 64
"""Combinations of structural values that are looked at before a run, for the rungs and horizons that they bring."""


@dataclass(frozen=True)
class Setting:
    """What a figure can refer to in one variant under one combination of structural values."""

    variant: str
    years: float
    rounds: int
    rungs: tuple[str, ...]
    actors: tuple[str, ...]
    entries: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """The entries of the outcomes that are stored where they are asked for: {outcome: entries}."""


@dataclass(frozen=True)
class ExperimentFile:
    """An experiment file in which nothing is wrong, with its scenario; defaults are filled in."""

    source: Source
    scenario: ScenarioFile
    kinds: Mapping[str, FigureKind] | None = field(repr=False)
    """The kinds of figures that can be drawn; None where the figures were not looked at."""
    variants: tuple[str, ...]
    engine: str
    replicates: int | None
    seed: int
    times: tuple[float, ...]
    """Years at which outcomes are stored, those of the figures included; the end of the horizon comes on top."""
    design: str
    axes: tuple[Axis, ...]
    figures: tuple[Spec, ...]
    title: str = ""
    uncertainty: Uncertainty | None = None
    analyses: tuple[Spec, ...] = ()
    threshold: Spec | None = None
    sampling: Mapping[str, Any] = field(default_factory=dict)
    """What the design of the sweep needs to know: some of `samples`, `levels`, `second_order`, `ends`, `file`."""

    @property
    def name(self) -> str:
        """The bare name of the file."""
        return self.source.name

    @cached_property
    def index(self) -> np.ndarray:
        """The points: which value of each axis, shape (points, axes)."""
        return points(self.design, self.axes)

    @property
    def samples(self) -> int | None:
        """Points, base samples (saltelli) or trajectories (morris) of a sampled design; None for other designs."""
        return self.sampling.get("samples")

    @property
    def draws(self) -> int:
        """How often parameters are drawn at each point; 0 without [uncertainty]."""
        return 0 if self.uncertainty is None else self.uncertainty.draws

    @property
    def over_time(self) -> bool:
        """Whether some figure needs outcomes after every round; false where the figures were not looked at."""
        return self.kinds is not None and any(self.kinds[figure["kind"]].over_time for figure in self.figures)

    @cached_property
    def more(self) -> tuple[str, ...]:
        """The outcomes that are stored because some figure asks for them; none where the figures were not looked at."""
        return asked(self.figures) if self.kinds is not None and self.model is None else ()

    @cached_property
    def quantiles(self) -> tuple[float, ...]:
        """The quantiles over draws that are stored: the usual ones and the ends of the figures' bands; none without draws."""
        if self.uncertainty is None:
            return ()
        bands = (figure.get("band") for figure in self.figures)
        asked = {float(q) for band in bands if isinstance(band, list) for q in band if is_number(q)}
        return tuple(sorted({*QUANTILES, *asked}))

    @cached_property
    def baselines(self) -> tuple[str, ...]:
        """The variants from which some figure or analysis takes differences."""
        named = [spec.get("baseline") for spec in (*self.figures, *self.analyses)]
        return tuple(variant for variant in self.variants if variant in named)

    @property
    def notes(self) -> tuple[str, ...]:
        """What should be said of the experiment before it is run."""
        told = list(unbalanced(self.design, self.samples)) if self.samples is not None else []
        if self.uncertainty is not None:
            told += [f"[uncertainty]: {note}" for note in unbalanced(self.uncertainty.design, self.draws)]
        told += [note for axis in self.axes for note in beyond_range(axis, self.scenario)]
        return tuple(told)

    def axis(self, name: str) -> Axis | None:
        """The axis of this name, or that drives this path; None if there is none."""
        return next((axis for axis in self.axes if name == axis.name or name in axis.paths), None)

    @property
    def model(self) -> Model | None:
        """The canonical model that is asked about; None for the core model."""
        return self.scenario.form.model

    @cached_property
    def outcomes(self) -> Mapping[str, Outcome]:
        """The outcomes that are stored, differences left out: {name: what it is}."""
        if self.model is not None:
            return outcomes_of(self.model)
        return {**OUTCOMES, **{name: MORE[name] for name in self.more}}

    @cached_property
    def _entries(self) -> dict[str, tuple[str, ...]]:
        if self.model is None:
            every = [setting.entries for setting in self.settings]
            return {name: tuple(dict.fromkeys(e for known in every for e in known[name])) for name in MORE}
        return entries_of(self.model, self.scenario.tables(self.variants[0])["parameters"])

    def entries(self, outcome: str) -> tuple[str, ...]:
        """The entries of an outcome with an index, at the file's own values; none of others.

        Of the core model those of the outcomes of study.more alone, of all variants and structures.
        """
        return self._entries.get(outcome, ())

    @cached_property
    def settings(self) -> tuple[Setting, ...]:
        """Every variant under the combinations of structural values; if there are very many, under some of each axis."""
        if self.model is not None:
            return tuple(Setting(variant, 0.0, 0, (), ()) for variant in self.variants)
        structural = [n for n, axis in enumerate(self.axes) if not axis.numeric]
        combinations = _distinct(self.index[:, structural])
        if len(combinations) > MOST_SETTINGS:
            combinations = _some([self.axes[n] for n in structural], combinations)
        out = []
        for variant, row in itertools.product(self.variants, combinations):
            values = {p: x for n, k in zip(structural, row, strict=True) for p, x in _driven(self.axes[n], int(k))}
            try:
                tables = self.scenario.tables(variant, values)
            except InputError:
                continue  # such a point fails when it is run, and says why
            years, rungs = float(tables["horizon"]["years"]), tuple(tables["crisis"]["rungs"])
            out.append(Setting(variant, years, rounds_of(tables), rungs, tuple(tables["actors"]), entries_of_core(tables)))
        return tuple(out)

    @property
    def years(self) -> float:
        """The longest horizon of any variant and point."""
        return max((setting.years for setting in self.settings), default=0.0)

    @property
    def rungs(self) -> tuple[str, ...]:
        """The rungs of all variants and points, lowest first."""
        return tuple(dict.fromkeys(rung for setting in self.settings for rung in setting.rungs))

    @property
    def actors(self) -> tuple[str, ...]:
        """The actors of all variants and points."""
        return tuple(dict.fromkeys(actor for setting in self.settings for actor in setting.actors))

    def question(self) -> dict[str, Any]:
        """All that the stored numbers depend on, as plain data; titles, captions and looks of figures are no part of it."""
        more = {"more": list(self.more)} if self.more else {}  # what asks for none keeps its digest
        return {
            **more,
            "scenario": hashlib.sha256(self.scenario.source.text.encode()).hexdigest(),
            "variants": list(self.variants),
            "engine": self.engine,
            "replicates": self.replicates,
            "seed": self.seed if self.engine != "exact" else None,
            "times": list(self.times),
            "over_time": self.over_time if self.kinds is not None else None,
            "design": self.design,
            "axes": [axis.identity() for axis in self.axes],
            "uncertainty": None if self.uncertainty is None else self.uncertainty.identity(),
            "quantiles": list(self.quantiles),
            "baselines": list(self.baselines),
        }

    def values(self, point: int, draw: int = -1) -> dict[str, Any]:
        """What a point and a draw put in: path = value; draw -1 is nothing drawn."""
        swept = {p: x for axis, k in zip(self.axes, self.index[point], strict=True) for p, x in _driven(axis, int(k))}
        return swept if self.uncertainty is None else swept | self.uncertainty.at(draw)


def _driven(axis: Axis, n: int) -> Iterator[tuple[str, Any]]:
    return zip(axis.paths, axis.at(n), strict=True)


def _some(axes: Sequence[Axis], combinations: np.ndarray) -> np.ndarray:
    """Combinations in which every axis has its lowest and highest number and others spread between, at most MOST_SETTINGS."""
    each = max(2, MOST_SETTINGS // len(axes))
    rows: set[int] = set()
    for column, axis in zip(combinations.T, axes, strict=True):
        values, first = np.unique(column, return_index=True)
        order = np.argsort([_size(axis.at(int(v))[0]) for v in values], kind="stable")
        rows.update(first[order[np.linspace(0, len(order) - 1, min(each, len(order))).astype(int)]].tolist())
    return combinations[sorted(rows)]


def _size(value: Any) -> float:
    return float(value) if is_number(value) else 0.0


def _distinct(rows: np.ndarray) -> np.ndarray:
    """The rows that differ, in ascending order; `rows` hold whole numbers >= 0, shape (rows, columns)."""
    sizes = [int(column.max()) + 1 for column in rows.T]
    if math.prod(sizes) >= 2**62:
        return np.unique(rows, axis=0)
    codes = np.zeros(len(rows), dtype=np.int64)
    for size, column in zip(sizes, rows.T, strict=True):
        codes = codes * size + column
    return rows[np.unique(codes, return_index=True)[1]]


def digest(data: Any) -> str:
    """The SHA-256 of plain data in one canonical text."""
    return hashlib.sha256(json.dumps(data, sort_keys=True, ensure_ascii=False, default=str).encode()).hexdigest()
