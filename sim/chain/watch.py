"""The law of some slots at the start of every round, at many points at once (docs/engine.md)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from scipy import sparse

from sim.chain.compile import Chain


class Watch:
    """What is seen of some slots of a chain at P points: `occupancy` {slot: (T + 1, values, P)} and `values` {slot: labels}.

    A round's law is that after its forced moves, and at T that after the last round.  What a point gets does not depend on the
    others.
    """

    def __init__(self, chain: Chain, slots: Sequence[str], points: int) -> None:
        n, horizon, codes = len(chain), chain.process.horizon, chain.states
        self.values: dict[str, list] = {slot: list(chain.domains.labels(slot)) for slot in slots}
        self._sums: dict[str, Any] = {
            slot: sparse.csr_array(
                (np.ones(n), (codes[:, chain.process.slots.index(slot)], np.arange(n))), (len(self.values[slot]), n)
            )
            for slot in slots
        }
        self.occupancy = {slot: np.zeros((horizon + 1, len(x), points)) for slot, x in self.values.items()}

    def look(self, t: int, begin: int, law: np.ndarray) -> None:
        """Takes in the law (S, points from `begin` on) at the start of round t; columns beyond the last point are left."""
        for slot, sums in self._sums.items():
            here = self.occupancy[slot][t, :, begin : begin + law.shape[1]]
            here[:] = (sums @ law)[:, : here.shape[1]]
