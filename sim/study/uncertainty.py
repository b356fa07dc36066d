"""Draws from the prior ranges of a scenario, common to all variants and points of a sweep (docs/model.md, section 7)."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

import numpy as np

from sim.config import ScenarioFile
from sim.config.tables import akin
from sim.declare import Problem
from sim.dilemma.lookup import did_you_mean
from sim.dilemma.paths import split
from sim.priors import Prior, quantile
from sim.study import samplers

DESIGNS: Final = tuple(samplers.SPACE_FILLING)
EXTENSIBLE: Final = ("sobol", "random")
"""Designs in which further draws leave the earlier ones as they are."""

QUANTILES: Final = (0.05, 0.25, 0.5, 0.75, 0.95)
"""The quantiles over draws that are always stored."""


@dataclass(frozen=True)
class Uncertainty:
    """How often, how and over which paths parameters are drawn.

    Every path of the scenario's [uncertain] has its own dimension of the draws, whether it is drawn or not: so sweeping one of
    them changes nothing in the draws of the others.
    """

    draws: int
    design: str
    seed: int
    known: tuple[str, ...]
    """All paths of [uncertain], in the order of the file."""
    priors: Mapping[str, Prior]
    """The distributions of the paths that are drawn."""

    @property
    def paths(self) -> tuple[str, ...]:
        """The paths that are drawn, in the order of the file."""
        return tuple(self.priors)

    @cached_property
    def values(self) -> np.ndarray:
        """What is drawn, shape (draws, paths)."""
        u = samplers.SPACE_FILLING[self.design](self.draws, len(self.known), self.seed, samplers.DRAWS)
        drawn = [quantile(prior, u[:, self.known.index(path)]) for path, prior in self.priors.items()]
        return np.stack(drawn, axis=1) if drawn else np.zeros((self.draws, 0))

    def identity(self) -> dict[str, Any]:
        """All that the numbers depend on, as plain data."""
        digest = hashlib.sha256(np.ascontiguousarray(self.values, "<f8").tobytes()).hexdigest()
        return {"draws": self.draws, "design": self.design, "paths": list(self.paths), "values": digest}

    def at(self, draw: int) -> dict[str, float]:
        """What one draw puts in: path = value; nothing for draw -1."""
        return {} if draw < 0 else dict(zip(self.paths, self.values[draw].tolist(), strict=True))


def read_uncertainty(
    told: Mapping[str, Any], scenario: ScenarioFile, variants: Iterable[str], swept: Iterable[str], seed: int
) -> tuple[list[Problem], Uncertainty | None]:
    """What is wrong with the table [uncertainty], and what it asks for.

    Left out are paths that are swept, or that lead through what is swept, and paths that reach none of the variants.
    """
    priors: Mapping[str, Prior] = scenario.raw.get("uncertain") or {}
    if not priors:
        hint = "Give prior ranges in [uncertain] of the scenario."
        if scenario.form.model is not None and not scenario.source.path.suffix:
            hint = f'Write a scenario file with model = "{scenario.model}" and [uncertain], and name it: scenario = "FILE.toml".'
        return [Problem(("uncertainty",), f"needs prior ranges, and the scenario {scenario.name} has none", hint=hint)], None
    if found := list(_wanted(told, priors)):
        return found, None
    wanted = told.get("parameters") or list(priors)
    taken = [tuple(split(path)) for path in swept]
    left = [path for path in priors if path in wanted and not any(akin(tuple(split(path)), other) for other in taken)]
    if not left:
        hint = "Draw others, or sweep fewer."
        return [Problem(("uncertainty",), "has nothing to draw: all its parameters are swept", hint=hint)], None
    drawn = {path: priors[path] for path in left if reaches(scenario, variants, path)}
    if not drawn:
        return [Problem(("uncertainty",), "has nothing to draw: its parameters reach none of the variants")], None
    return [], Uncertainty(told["draws"], told["design"], seed, tuple(priors), drawn)


def _wanted(told: Mapping[str, Any], priors: Mapping[str, Prior]) -> Iterator[Problem]:
    """Named parameters that have no prior range, or stand there twice."""
    named = told.get("parameters") or []
    for n, path in enumerate(named):
        at = ("uncertainty", "parameters", n)
        if path not in priors:
            yield Problem(at, "has no prior range in [uncertain] of the scenario", path, did_you_mean(path, priors))
        elif path in named[:n]:
            yield Problem(at, "stands there twice", path)


def reaches(scenario: ScenarioFile, variants: Iterable[str], path: str) -> bool:
    """Whether a value for the path has an effect in one of the variants."""
    return any(not scenario.keeps_own(variant, path) for variant in variants)
