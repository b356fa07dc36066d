"""Times of the canonical models: a 200 x 200 grid at once, and one point alone; the ratio says what vectorising brings."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from sim.declare import Number
from sim.models import canon
from sim.models.model import Model, evaluate

SIDE = 200
LONGEST = 20.0
"""Seconds: a grid that would take longer is measured on fewer points, and its time is worked out from them."""


def seconds(work: Callable[[], object]) -> float:
    """Seconds of one run."""
    begin = time.perf_counter()
    work()
    return time.perf_counter() - begin


def axes(model: Model) -> list[tuple[str, np.ndarray]]:
    """The first two numbers of a model that may vary, each around its default; whole ones from their least value on."""
    keys = [k for k in model.parameters if isinstance(k.type, Number) and k.default is not None]
    out = []
    for key in sorted(keys, key=lambda key: isinstance(key.type, Number) and key.type.whole)[:2]:
        kind: Any = key.type
        scale = abs(key.default) or 1.0
        low = max(kind.low, key.default - 0.2 * scale)
        high = min(kind.high, key.default + 0.2 * scale)
        if kind.whole:
            low, high = kind.low, min(kind.high, kind.low + SIDE)
        values = np.linspace(low, high, SIDE)
        out.append((key.name, np.floor(values) if kind.whole else values))
    return out


def grid(model: Model) -> dict[str, np.ndarray]:
    """SIDE x SIDE points over two numbers (SIDE over one, if there is but one)."""
    found = axes(model)
    if len(found) < 2:
        return dict(found)
    (one, x), (other, y) = found
    return {one: np.repeat(x, SIDE), other: np.tile(y, SIDE)}


def measured() -> Iterator[tuple[str, float, str, str]]:
    """Lines of the report: what, how much, unit, budget."""
    for model in canon().values():
        evaluate(model)  # what is imported and compiled once
        alone = seconds(lambda model=model: evaluate(model))
        points = grid(model)
        size = max((len(x) for x in points.values()), default=1)
        few = min(size, 1 + math.floor(1 / alone))
        first = {name: x[:few] for name, x in points.items()}
        guess = seconds(lambda model=model, first=first: evaluate(model, first)) / few
        tried = min(size, max(few, math.floor(LONGEST / guess)))
        some = {name: x[:tried] for name, x in points.items()}
        whole = seconds(lambda model=model, some=some: evaluate(model, some)) * size / tried
        worked_out = "" if tried == size else f" (from {tried:,} points)"
        yield f"{model.label} {model.name}: {size:,} points{worked_out}", whole, "s", "1 s (closed forms)"
        yield "    one by one over all at once", alone * size / whole, "times", "none"
        yield "    one point", alone * 1e3, "ms", "none"


if __name__ == "__main__":
    for what, value, unit, budget in measured():
        print(f"{what:<66}{value:>12,.4g} {unit:<22} budget {budget}", flush=True)
