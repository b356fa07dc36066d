"""How tests hold a canonical model against its second ways at parameters of their own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from sim.models.model import Estimate, Model, Way, evaluate
from sim.models.records import cells, errors


def one(model: Model, outcome: str, entry: str = "", /, **given: Any) -> Any:
    """One outcome at one point: a float, or None where it is undefined."""
    return cells(evaluate(model, given), outcome)[entry]


def way(model: Model, part: str) -> Way:
    """The second way whose name contains `part`."""
    (found,) = [w for w in model.ways if part in w.name]
    return found


def agree(model: Model, part: str, given: Mapping[str, Any], tolerance: float) -> int:
    """Compares `solve` with a computing way at every point, relative beyond 1; gives how many values were compared."""
    solved, second = evaluate(model, given), evaluate(model, given, way(model, part).solve)
    compared = 0
    for name in second.outcomes:
        for point in range(second.size):
            ours, theirs = cells(solved, name, point), cells(second, name, point)
            for entry, value in theirs.items():
                if value is None:
                    continue
                told = (name, entry, {key: np.asarray(x).ravel()[min(point, np.size(x) - 1)] for key, x in given.items()})
                assert ours[entry] is not None, told
                assert abs(ours[entry] - value) <= tolerance * max(1.0, abs(value)), (*told, ours[entry], value)
                compared += 1
    return compared


def simulated(model: Model, part: str, given: Mapping[str, Any], seed: int, limit: float = 4.5) -> int:
    """Compares `solve` with a simulating way: within `limit` standard errors; gives how many values were compared."""
    found = way(model, part)
    second = evaluate(model, given, lambda values: found.solve(values, rng=np.random.default_rng(seed)))
    solved = evaluate(model, given)
    compared = 0
    for name in second.outcomes:
        values, spread = second.outcomes[name], errors(second, name)
        for entry, error in spread.items():
            cell = values[entry] if isinstance(values, Mapping) else values
            assert isinstance(cell, Estimate)
            expected = cells(solved, name)[entry]
            if error is None or expected is None:
                continue
            assert abs(float(cell.value[0]) - expected) <= limit * error + 1e-9, (
                name,
                entry,
                given,
                float(cell.value[0]),
                expected,
            )
            compared += 1
    return compared
