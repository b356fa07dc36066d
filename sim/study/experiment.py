"""An experiment: its file with the scenario it asks about, and what its figures can refer to."""

from __future__ import annotations

import hashlib
import itertools
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from sim.config import InputError, ScenarioFile, Source
from sim.dilemma.parameters import rounds_of
from sim.study.design import DESIGNS, Axis
from sim.study.figure_kind import FigureKind, Spec

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


@dataclass(frozen=True)
class ExperimentFile:
    """An experiment file in which nothing is wrong, with its scenario; defaults are filled in."""

    source: Source
    scenario: ScenarioFile
    kinds: Mapping[str, FigureKind] = field(repr=False)
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

    @property
    def name(self) -> str:
        """The bare name of the file."""
        return self.source.name

    @cached_property
    def index(self) -> np.ndarray:
        """The points: which value of each axis, shape (points, axes)."""
        return DESIGNS[self.design]([len(axis) for axis in self.axes])

    @property
    def over_time(self) -> bool:
        """Whether some figure needs outcomes after every round."""
        return any(self.kinds[figure["kind"]].over_time for figure in self.figures)

    def axis(self, name: str) -> Axis | None:
        """The axis of this name, or that drives this path; None if there is none."""
        return next((axis for axis in self.axes if name == axis.name or name in axis.paths), None)

    @cached_property
    def settings(self) -> tuple[Setting, ...]:
        """Every variant under the combinations of structural values (the first of them, if there are very many)."""
        structural = [n for n, axis in enumerate(self.axes) if not axis.numeric]
        combinations = np.unique(self.index[:, structural], axis=0)[:MOST_SETTINGS]
        out = []
        for variant, row in itertools.product(self.variants, combinations):
            values = {p: x for n, k in zip(structural, row, strict=True) for p, x in _driven(self.axes[n], int(k))}
            try:
                tables = self.scenario.tables(variant, values)
            except InputError:
                continue  # such a point fails when it is run, and says why
            years, rungs = float(tables["horizon"]["years"]), tuple(tables["crisis"]["rungs"])
            out.append(Setting(variant, years, rounds_of(tables), rungs, tuple(tables["actors"])))
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
        return {
            "scenario": hashlib.sha256(self.scenario.source.text.encode()).hexdigest(),
            "variants": list(self.variants),
            "engine": self.engine,
            "replicates": self.replicates,
            "seed": self.seed if self.engine != "exact" else None,
            "times": list(self.times),
            "over_time": self.over_time,
            "design": self.design,
            "axes": [{"paths": list(axis.paths), "values": [list(v) for v in axis.values]} for axis in self.axes],
        }

    def values(self, point: int) -> dict[str, Any]:
        """What a point puts in: path = value."""
        return {p: x for axis, k in zip(self.axes, self.index[point], strict=True) for p, x in _driven(axis, int(k))}


def _driven(axis: Axis, n: int) -> Iterator[tuple[str, Any]]:
    return zip(axis.paths, axis.values[n], strict=True)


def digest(data: Any) -> str:
    """The SHA-256 of plain data in one canonical text."""
    return hashlib.sha256(json.dumps(data, sort_keys=True, ensure_ascii=False, default=str).encode()).hexdigest()
