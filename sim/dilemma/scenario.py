"""A scenario: one variant's parts put together, solved exactly or simulated (docs/model.md, sections 1.3 and 5)."""

from __future__ import annotations

import math

import numpy as np

from sim.chain import exact
from sim.chain.compile import Chain, compile_chain
from sim.dilemma.keys import SCENARIO, STATUSES
from sim.dilemma.ladder import CAUSES
from sim.dilemma.outcomes import Outcomes, shares, time_to
from sim.dilemma.parameters import Tables
from sim.dilemma.payoffs import discount, discounts
from sim.dilemma.rounds import process

__all__ = ["SCENARIO", "Outcomes", "Scenario"]


class Scenario:
    """One variant of a scenario, from its merged and checked tables.  Immutable: it reads its tables and never changes them."""

    def __init__(self, tables: Tables) -> None:
        self.structure, self.process = process(tables)

    def chain(self, *, counted: bool = True, caused: bool = True) -> Chain:
        """The compiled chain; without `counted` no payoffs, without `caused` no causes.  Raises chain.kernels.TooLarge."""
        return compile_chain(self.process, mark="cause" if caused else None, counted=counted)

    def solve(self) -> Outcomes:
        """The outcomes by the exact engine.  Raises chain.kernels.TooLarge when there are too many states."""
        s, chain = self.structure, self.chain()
        slots = ["rung", *[f"treaty.{t}" for t in s.treaties], *[f"condition.{c}" for c in s.conditions]]
        found = exact.solve(chain, len(s.rungs), marks=CAUSES, watch=slots)
        passage = np.minimum(found.passage, 1.0)
        peace = self._occupancy(found, "rung", range(len(s.rungs) + 1))[:, 0]
        with np.errstate(divide="ignore", invalid="ignore"):
            arming = np.stack([found.tallies[f"arms.{a}"] for a in s.actors], axis=1) / peace[:-1, None]
        return Outcomes(
            engine="exact",
            seed=None,
            replicates=None,
            states=len(chain),
            **self._names(),
            escalation_probability=passage,
            standard_error=np.zeros_like(passage),
            interval=np.repeat(passage[..., None], 2, axis=-1),
            rung_occupancy=self._occupancy(found, "rung", range(len(s.rungs) + 1)),
            treaty_occupancy={t: self._occupancy(found, f"treaty.{t}", STATUSES) for t in s.treaties},
            condition_occupancy={
                c: self._occupancy(found, f"condition.{c}", s.tables["conditions"][c]["states"]) for c in s.conditions
            },
            arming=np.where(peace[:-1, None] > 0, arming, math.nan),
            discounted_payoff=self._discounted(found),
            payoff_error=np.zeros(len(s.actors)),
            expected_onsets=float(found.tallies["onsets"].sum()),
            onsets_error=0.0,
            expected_time_to=time_to(found.passage, s.dt),
            causes=shares(found.marked),
        )

    def discount_factors(self) -> dict[str, tuple[str, np.ndarray]]:
        """For every tally of payoffs: its actor, and what a payoff of round t is multiplied by, shape (T,)."""
        s, out = self.structure, {}
        epoch = np.searchsorted(np.array(s.first), np.arange(s.rounds), side="right") - 1
        for which in discounts(s):
            yearly = np.broadcast_to(discount(s, which)[:, 0], (len(s.first),))
            out[which.tally] = which.actor, yearly[epoch] ** (np.arange(s.rounds) * s.dt)
        return out

    def _discounted(self, found: exact.Solution) -> np.ndarray:
        total = dict.fromkeys(self.structure.actors, 0.0)
        for name, (actor, weight) in self.discount_factors().items():
            total[actor] += float(found.tallies[name] @ weight)
        return np.array(list(total.values()))

    def _names(self) -> dict:
        s = self.structure
        return {
            "rounds": s.rounds,
            "rounds_per_year": s.tables["horizon"]["rounds_per_year"],
            "rungs": s.rungs,
            "actors": s.actors,
            "statuses": STATUSES,
            "condition_states": {c: tuple(s.tables["conditions"][c]["states"]) for c in s.conditions},
            "causes_named": CAUSES,
        }

    def _occupancy(self, found: exact.Solution, slot: str, values) -> np.ndarray:
        """The occupancy of a slot with its values in this order, shape (T + 1, values)."""
        known, table = found.values[slot], found.occupancy[slot]
        columns = [table[:, known.index(v)] if v in known else np.zeros(len(table)) for v in values]
        return np.stack(columns, axis=1)
