"""Drawn payoffs, and the comparison of a model's equations with its second ways, for the tests of repeated games."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from sim.models.model import Model, Way, evaluate

N = 400


def draws(seed: int) -> np.random.Generator:
    return np.random.default_rng(seed)


def dilemmas(rng: np.random.Generator, size: int = N) -> dict[str, np.ndarray]:
    """Payoffs T > R > P > S, of any sign."""
    s, p, r, t = np.cumsum(rng.uniform(0.1, 3.0, (4, size)), axis=0) - 4.0
    return {"temptation": t, "reward": r, "punishment": p, "sucker": s}


def found(model: Model, given: Mapping[str, Any]) -> dict[str, Any]:
    return dict(evaluate(model, given).outcomes)


def one(model: Model, outcome: str, **given: Any) -> float:
    return float(evaluate(model, given).outcomes[outcome][0])


def by(way: Way, model: Model, given: Mapping[str, Any]) -> dict[str, Any]:
    return dict(evaluate(model, given, way.solve).outcomes)


def agree(model: Model, way: Way, given: Mapping[str, Any], names: Sequence[str], tolerance: float, least: int) -> None:
    """The equations and a second way give the same, undefined at the same points; `least` points at least have a value."""
    first, second = found(model, given), by(way, model, given)
    for name in names:
        a, b = first[name], second[name]
        assert (np.isnan(a) == np.isnan(b)).all(), (name, np.flatnonzero(np.isnan(a) != np.isnan(b)))
        assert (~np.isnan(a)).sum() >= least, name
        np.testing.assert_allclose(a, b, rtol=tolerance, atol=tolerance, err_msg=name)


def holds_at_four_errors(model: Model, way: Way, given: Mapping[str, Any], names: Sequence[str], seed: int) -> None:
    """A simulating way lies within four standard errors of the equations."""
    exact = found(model, given)
    estimates = evaluate(model, given, lambda v: way.solve(v, rng=draws(seed))).outcomes
    for name in names:
        away = np.abs(estimates[name].value - exact[name])
        assert np.all(away <= 4 * estimates[name].standard_error + 1e-12), (name, away, estimates[name].standard_error)
