"""Small stand-ins for an experiment and its results, so that analyses can be tested on numbers made by a formula."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from sim.declare import Table, filled
from sim.study.analyses import KINDS, Finding
from sim.study.design import Axis


@dataclass(frozen=True)
class Uncertainty:
    """The draws that a stand-in has."""

    draws: int


@dataclass(frozen=True)
class Experiment:
    """What analyses ask of an experiment."""

    design: str = "saltelli"
    axes: tuple[Axis, ...] = ()
    index: np.ndarray = field(default_factory=lambda: np.zeros((1, 0), dtype=int))
    variants: tuple[str, ...] = ("no_treaty", "treaty")
    engine: str = "exact"
    seed: int = 0
    rungs: tuple[str, ...] = ("crisis", "war")
    actors: tuple[str, ...] = ("east", "west")
    years: float = 3.0
    uncertainty: Uncertainty | None = None
    analyses: tuple[Mapping[str, Any], ...] = ()
    sampling: Mapping[str, Any] = field(default_factory=lambda: {"levels": 4})


@dataclass(frozen=True)
class Results:
    """What analyses ask of results: `outcomes` {(variant, outcome, key, statistic): (points,)}, `draws` the same with draws."""

    experiment: Any
    outcomes: Mapping[tuple[str, ...], np.ndarray] = field(default_factory=dict)
    draws: Mapping[tuple[str, ...], np.ndarray] = field(default_factory=dict)
    drawn: Mapping[str, np.ndarray] = field(default_factory=dict)
    table: Mapping[str, Any] = field(default_factory=dict)

    def values(
        self, variant: str, outcome: str, key: str = "", time: float | None = None, statistic: str = "value"
    ) -> np.ndarray:
        """The stored numbers, (points,)."""
        return self.outcomes[variant, outcome, key, statistic]

    def by_draw(self, variant: str, outcome: str, key: str = "", time: float | None = None) -> np.ndarray:
        """The stored numbers, (points, draws)."""
        return self.draws[variant, outcome, key]

    def orderings(self) -> Mapping[str, Any]:
        """The stored table."""
        return self.table


def axis(name: str, values: np.ndarray) -> Axis:
    """A sampled axis: one value for each point."""
    return Axis(name, (name,), tuple((float(v),) for v in values))


def sampled(x: np.ndarray, names: list[str], **more: Any) -> Experiment:
    """An experiment with one value of each axis for each point; x (points, axes)."""
    axes = tuple(axis(name, column) for name, column in zip(names, x.T, strict=True))
    index = np.repeat(np.arange(len(x))[:, None], len(names), axis=1)
    return Experiment(axes=axes, index=index, **more)


def spec(kind: str, **keys: Any) -> dict[str, Any]:
    """An entry of [[analyses]] as the reader hands it on: defaults filled in."""
    return {**filled(Table(KINDS[kind].keys), {"name": kind, **keys}), "kind": kind}


def of_war(experiment: Experiment, formula: Mapping[str, Callable[[np.ndarray], np.ndarray]], x: np.ndarray) -> Results:
    """Results in which the probability of war under each variant is a formula of the points."""
    found = {(v, "escalation_probability", "war", "value"): f(x) for v, f in formula.items()}
    return Results(experiment, outcomes=found)


def found(results: Results, kind: str, **keys: Any) -> Finding:
    """What an analysis finds."""
    return KINDS[kind].find(spec(kind, **keys), results)


def wrong(experiment: Any, kind: str, **keys: Any) -> list[str]:
    """What is wrong with an entry: key and message, and the hint."""
    problems = KINDS[kind].problems(spec(kind, **keys), experiment)
    return [f"{'.'.join(map(str, p.path))}: {p.message}. {p.hint}" for p in problems]
