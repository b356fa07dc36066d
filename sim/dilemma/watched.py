"""Where treaties and conditions stand, and how often actors arm, at many points of a sweep (docs/model.md, section 1.3).

The same numbers as those of `Scenario.solve`, without solving each point alone.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from sim.chain.watch import Watch
from sim.dilemma.parameters import Tables
from sim.dilemma.scenario import Scenario

Seen = Mapping[str, Any]
"""Of one point, by the names of `Outcomes`: occupancies, arming, and the names of what they are of."""


class Watched:
    """What is watched of the points of one structure: `tables` are those of any of them."""

    def __init__(self, tables: Tables) -> None:
        self._scenario = Scenario(tables)
        self.slots = self._scenario._watched()

    def seen(self, watch: Watch, tallies: Mapping[str, np.ndarray], points: int) -> list[Seen]:
        """What was seen at each of the points; `tallies` {name: (P, T)} hold who armed."""
        actors = self._scenario.structure.actors
        peace = _occupancy(watch, "rung", [0])[:-1, 0]
        with np.errstate(divide="ignore", invalid="ignore"):
            arming = np.stack([tallies[f"arms.{a}"][:points].T for a in actors], axis=1) / peace[:, None]
        arming = np.where(peace[:, None] > 0, arming, math.nan)
        names = self._scenario._names()
        return [
            {
                **names,
                **self._scenario._occupancies(lambda slot, values, n=n: _occupancy(watch, slot, values, n)),
                "arming": arming[..., n],
            }
            for n in range(points)
        ]


def _occupancy(watch: Watch, slot: str, values: Iterable[Any], point: int | None = None) -> np.ndarray:
    """The law of a slot over some values: (T + 1, values) at one point, (T + 1, values, P) at all."""
    known, table = watch.values[slot], watch.occupancy[slot]
    table = table if point is None else table[..., point]
    return np.stack([table[:, known.index(v)] if v in known else np.zeros_like(table[:, 0]) for v in values], axis=1)
