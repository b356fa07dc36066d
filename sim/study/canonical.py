"""Runs of canonical models: their outcomes as labels and numbers, for the same parts and tables as those of the core model."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

import numpy as np

from sim.dilemma.outcomes import NORMAL
from sim.models.model import Estimate, Model, Solution, arrayed, evaluate
from sim.study.tidy import RESULTS, Label, Outcome

TEXT: Final = "text"
"""The unit of outcomes in words, which are shown by `sim solve` and not stored."""
TIMELESS: Final = 0.0
"""The time of outcomes that have none."""


def outcomes_of(model: Model) -> dict[str, Outcome]:
    """The outcomes of a model that are stored: those that are numbers, or codes of words."""
    return {o.name: Outcome(o.unit, o.index, o.text, o.words) for o in model.outcomes if o.unit != TEXT}


def entries_of(model: Model, parameters: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    """The entries of every outcome with an index, at some parameters."""
    solution = evaluate(model, parameters)
    return {o.name: tuple(solution.entries(o.name)) for o in model.outcomes if o.index != ""}


def solved(model: Model, parameters: Mapping[str, Any], runs: int) -> tuple[tuple[Label, ...], np.ndarray]:
    """The outcomes of some runs: labels, and numbers (runs, labels); nan where an outcome is undefined."""
    return _tidy(model, evaluate(model, parameters), runs)


def simulated(
    model: Model, parameters: Mapping[str, Any], replicates: int, seeds: np.ndarray
) -> tuple[tuple[Label, ...], np.ndarray]:
    """The simulated outcomes of some runs, each from its own seed, with standard errors and 95 % intervals."""
    simulate = model.simulate
    assert simulate is not None
    values, rows = arrayed(model, parameters), []
    labels: tuple[Label, ...] = ()
    for n, seed in enumerate(seeds):
        at = {name: x[[n if len(x) > 1 else 0]] if isinstance(x, np.ndarray) else x for name, x in values.items()}
        found = evaluate(model, plain(at), way=lambda v, seed=seed: simulate(v, replicates, int(seed)))
        labels, row = _tidy(model, found, 1)
        rows.append(row)
    return labels, np.concatenate(rows)


def plain(values: Mapping[str, Any]) -> dict[str, Any]:
    """Arrayed values of one point as a file would give them."""
    return {name: x[0].tolist() if isinstance(x, np.ndarray) else x for name, x in values.items()}


def _tidy(model: Model, solution: Solution, runs: int) -> tuple[tuple[Label, ...], np.ndarray]:
    labels: list[Label] = []
    columns: list[np.ndarray] = []
    for name in outcomes_of(model):
        if name not in solution.outcomes:
            continue
        for entry, found in solution.entries(name).items():
            for statistic, x in _statistics(found):
                labels.append((RESULTS, name, entry, TIMELESS, statistic))
                columns.append(np.broadcast_to(np.asarray(x, dtype=float), (runs,)))
    return tuple(labels), np.stack(columns, axis=1) if columns else np.zeros((runs, 0))


def _statistics(found: Any) -> Iterator[tuple[str, Any]]:
    if not isinstance(found, Estimate):
        yield "value", found
        return
    yield "value", found.value
    yield "standard_error", found.standard_error
    yield "interval_low", found.value - NORMAL * found.standard_error
    yield "interval_high", found.value + NORMAL * found.standard_error
