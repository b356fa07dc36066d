"""A scenario: one variant's parts put together, solved exactly or simulated (docs/model.md, sections 1.3 and 5)."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from sim.chain import exact, monte_carlo
from sim.chain.compile import Chain, compile_chain
from sim.dilemma.accusations import accusers
from sim.dilemma.keys import SCENARIO, STATUSES
from sim.dilemma.ladder import CAUSES
from sim.dilemma.membership import BOUND
from sim.dilemma.outcomes import Outcomes, shares, time_to, wilson
from sim.dilemma.parameters import Tables
from sim.dilemma.payoffs import crises_named, discount_factors
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
        found = exact.solve(chain, len(s.rungs), marks=CAUSES, watch=self._watched())
        passage = np.minimum(found.passage, 1.0)

        def occupancy(slot: str, values: Iterable[Any]) -> np.ndarray:
            known, table = found.values[slot], found.occupancy[slot]
            return np.stack([table[:, known.index(v)] if v in known else np.zeros(len(table)) for v in values], axis=1)

        peace = occupancy("rung", [0])[:-1]
        with np.errstate(divide="ignore", invalid="ignore"):
            arming = np.stack([found.tallies[f"arms.{a}"] for a in s.actors], axis=1) / peace
        return Outcomes(
            engine="exact",
            seed=None,
            replicates=None,
            states=len(chain),
            **self._names(),
            escalation_probability=passage,
            standard_error=np.zeros_like(passage),
            interval=np.repeat(passage[..., None], 2, axis=-1),
            **self._occupancies(occupancy),
            arming=np.where(peace > 0, arming, math.nan),
            discounted_payoff=self._discounted(found),
            payoff_error=np.zeros(len(s.actors)),
            expected_onsets=float(found.tallies["onsets"].sum()),
            onsets_error=0.0,
            expected_crises=np.array([found.tallies[name].sum() for name in crises_named(s)]),
            crises_error=np.zeros(len(s.rungs)),
            expected_accusations={a: (float(found.tallies[f"accusations.{a}"].sum()), 0.0) for a in accusers(s)},
            expected_time_to=time_to(found.passage, s.dt),
            causes=shares(found.marked),
        )

    def simulate(
        self, replicates: int = 10_000, seed: int = 0, progress: Callable[[int], None] | None = None, batches: int = 0
    ) -> Outcomes:
        """The outcomes by the Monte Carlo engine, with standard errors and Wilson intervals; any number of states.

        The standard error of a probability is sqrt(p (1 - p) / n) at the estimate p; `progress` is told of finished replicates.
        With `batches`, estimates from so many equal parts of the replicates are given too, for differences between variants.
        """
        s, groups = self.structure, {}
        counted = [*crises_named(s), *[f"accusations.{a}" for a in accusers(s)]]
        for tally, (actor, weight) in discount_factors(s).items():
            groups.setdefault(f"payoff.{actor}", {})[tally] = weight[:, 0]
        found = monte_carlo.simulate(
            self.process,
            len(s.rungs),
            replicates=replicates,
            seed=seed,
            mark="cause",
            marks=CAUSES,
            watch=self._watched(),
            per_round=[f"arms.{a}" for a in s.actors],
            sums=groups | {name: {name: np.ones(s.rounds)} for name in counted},
            batches=batches,
            progress=progress,
        )
        counts = np.cumsum(found.arrivals, axis=0)
        passage = counts / replicates
        peace = found.occupancy["rung"][0][:-1]
        with np.errstate(divide="ignore", invalid="ignore"):
            arming = np.stack([found.per_round[f"arms.{a}"] for a in s.actors], axis=1) / peace[:, None]
        payoffs = np.array([found.sums[f"payoff.{a}"] for a in s.actors])
        crises = np.array([found.sums[name] for name in crises_named(s)])

        def occupancy(slot: str, values: Iterable[Any]) -> np.ndarray:
            table, none = found.occupancy[slot], np.zeros(s.rounds + 1)
            return np.stack([table.get(v, none) for v in values], axis=1) / replicates

        return Outcomes(
            engine="monte_carlo",
            seed=seed,
            replicates=replicates,
            states=None,
            **self._names(),
            escalation_probability=passage,
            standard_error=np.sqrt(passage * (1 - passage) / replicates),
            interval=wilson(counts, replicates),
            **self._occupancies(occupancy),
            arming=arming,
            discounted_payoff=payoffs[:, 0],
            payoff_error=payoffs[:, 1],
            expected_onsets=found.sums["onsets"][0],
            onsets_error=found.sums["onsets"][1],
            expected_crises=crises[:, 0],
            crises_error=crises[:, 1],
            expected_accusations={a: found.sums[f"accusations.{a}"] for a in accusers(s)},
            expected_time_to=time_to(passage, s.dt),
            causes=shares(found.marked.astype(float)),
            batches=found.batches,
        )

    def _discounted(self, found: exact.Solution) -> np.ndarray:
        total = dict.fromkeys(self.structure.actors, 0.0)
        for name, (actor, weight) in discount_factors(self.structure).items():
            total[actor] += float(found.tallies[name] @ weight[:, 0])
        return np.array(list(total.values()))

    def _names(self) -> dict[str, Any]:
        s = self.structure
        return {
            "rounds": s.rounds,
            "rounds_per_year": s.tables["horizon"]["rounds_per_year"],
            "rungs": s.rungs,
            "actors": s.actors,
            "statuses": STATUSES,
            "condition_states": {c: tuple(s.tables["conditions"][c]["states"]) for c in s.conditions},
            "causes_named": CAUSES,
            "members": {t: tuple(s.tables["treaties"][t]["parties"]) for t in s.treaties if s.one_by_one(t)},
        }

    def _watched(self) -> list[str]:
        """The slots whose occupancy is reported."""
        s = self.structure
        members = [slot for slots in self._members().values() for slot in slots]
        return ["rung", *[f"treaty.{t}" for t in s.treaties], *[f"condition.{c}" for c in s.conditions], *members]

    def _members(self) -> dict[str, list[str]]:
        """The slots of the parties of every treaty that is left one by one."""
        s = self.structure
        return {t: [f"member.{t}.{a}" for a in s.tables["treaties"][t]["parties"]] for t in s.treaties if s.one_by_one(t)}

    def _occupancies(self, of: Callable[[str, Iterable[Any]], np.ndarray]) -> dict[str, Any]:
        s = self.structure
        states = {c: s.tables["conditions"][c]["states"] for c in s.conditions}
        return {
            "rung_occupancy": of("rung", range(len(s.rungs) + 1)),
            "treaty_occupancy": {t: of(f"treaty.{t}", STATUSES) for t in s.treaties},
            "condition_occupancy": {c: of(f"condition.{c}", states[c]) for c in s.conditions},
            "membership": {
                t: np.stack([of(slot, BOUND).sum(axis=1) for slot in slots], axis=1) for t, slots in self._members().items()
            },
        }
