"""What is reported of a variant, by either engine (docs/model.md, section 1.3)."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np


@dataclass(frozen=True)
class Outcomes:
    """The outcomes of one variant; nan stands for what is undefined (null in JSON).  T rounds, L rungs, N actors.

    escalation_probability (T + 1, L): that rung k or higher was reached within t rounds; standard_error likewise (0: exact);
    interval (T + 1, L, 2): 95 % (Wilson's for Monte Carlo).  rung_occupancy (T + 1, L + 1), treaty_occupancy {name: (T + 1, 5)},
    condition_occupancy {condition: (T + 1, states)}: the law at the start of round t, after the events of that date.
    arming (T, N): P(arm) in round t given peace.  discounted_payoff, payoff_error (N,).  expected_time_to (L,), in years.
    expected_crises, crises_error (L,): crises that reach rung k or a higher one, each counted once (the first: expected_onsets).
    expected_accusations {accuser: (number, standard error)}: false accusations, of the actors that may make any.
    causes (L, 4): shares of the causes in the crisis that first reaches the rung.  batches (batches, T + 1, L): escalation
    probabilities estimated from equal parts of the replicates, where they were asked for.  membership {treaty: (T + 1, parties)}:
    P(a party is bound) at the start of round t, of the parties in members {treaty: names}; only treaties left one by one.
    """

    engine: str
    seed: int | None
    replicates: int | None
    states: int | None
    rounds: int
    rounds_per_year: float
    rungs: tuple[str, ...]
    actors: tuple[str, ...]
    statuses: tuple[str, ...]
    condition_states: Mapping[str, tuple[str, ...]]
    causes_named: tuple[str, ...]
    escalation_probability: np.ndarray
    standard_error: np.ndarray
    interval: np.ndarray
    rung_occupancy: np.ndarray
    treaty_occupancy: Mapping[str, np.ndarray]
    condition_occupancy: Mapping[str, np.ndarray]
    arming: np.ndarray
    discounted_payoff: np.ndarray
    payoff_error: np.ndarray
    expected_onsets: float
    onsets_error: float
    expected_crises: np.ndarray
    crises_error: np.ndarray
    expected_accusations: Mapping[str, tuple[float, float]]
    expected_time_to: np.ndarray
    causes: np.ndarray
    batches: np.ndarray | None = None
    membership: Mapping[str, np.ndarray] = field(default_factory=dict)
    members: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def at(self, years: float) -> int:
        """The number of whole rounds played by a time in years (at most T)."""
        return min(self.rounds, max(0, math.floor(years * self.rounds_per_year + 1e-9)))

    def record(self) -> dict[str, Any]:
        """The outcomes as the JSON of one variant."""
        final = self.escalation_probability[-1]
        rungs, steps = self.rungs, self.escalation_probability.T
        return {
            "states": self.states,
            "escalation_probability": dict(zip(rungs, _plain(final), strict=True)),
            "escalation_probability_by_round": dict(zip(rungs, map(_plain, steps), strict=True)),
            "standard_error": dict(zip(rungs, _plain(self.standard_error[-1]), strict=True)),
            "interval": dict(zip(rungs, map(_plain, self.interval[-1]), strict=True)),
            "discounted_payoff": dict(zip(self.actors, _plain(self.discounted_payoff), strict=True)),
            "payoff_standard_error": dict(zip(self.actors, _plain(self.payoff_error), strict=True)),
            "expected_onsets": _plain(self.expected_onsets),
            "onsets_standard_error": _plain(self.onsets_error),
            "expected_crises": dict(zip(rungs, _plain(self.expected_crises), strict=True)),
            "crises_standard_error": dict(zip(rungs, _plain(self.crises_error), strict=True)),
            "expected_time_to": dict(zip(rungs, _plain(self.expected_time_to), strict=True)),
            "expected_accusations": {a: _plain(x) for a, (x, _) in self.expected_accusations.items()} or None,
            "accusations_standard_error": {a: _plain(x) for a, (_, x) in self.expected_accusations.items()} or None,
            "causes": {k: dict(zip(self.causes_named, _plain(x), strict=True)) for k, x in zip(rungs, self.causes, strict=True)},
            "rung_occupancy": _columns(("peace", *rungs), self.rung_occupancy),
            "treaty_occupancy": {t: _columns(self.statuses, x) for t, x in self.treaty_occupancy.items()},
            "condition_occupancy": {c: _columns(self.condition_states[c], x) for c, x in self.condition_occupancy.items()},
            "membership": {t: _columns(self.members[t], x) for t, x in self.membership.items()},
            "arming": _columns(self.actors, self.arming),
        }


def _columns(names: tuple[str, ...], table: np.ndarray) -> dict[str, Any]:
    return {name: _plain(column) for name, column in zip(names, table.T, strict=True)}


def _plain(x: Any) -> Any:
    """Numbers as Python prints them, with None for nan."""
    if np.ndim(x):
        return [_plain(v) for v in x]
    return None if math.isnan(x) else float(x)


def time_to(passage: np.ndarray, dt: float) -> np.ndarray:
    """Expected time in years to each level, given that it is reached; nan where it is not.  passage (T + 1, L)."""
    steps = np.diff(passage, axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(passage[-1] > 0, (np.arange(1, len(passage)) * dt) @ steps / passage[-1], math.nan)


def shares(parts: np.ndarray) -> np.ndarray:
    """Rows divided by their sums; nan where a row is zero."""
    total = parts.sum(axis=1, keepdims=True)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(total > 0, parts / total, math.nan)


NORMAL: Final = 1.959963984540054
"""97.5 % of a normal law lie below it."""


def wilson(counts: np.ndarray, n: int) -> np.ndarray:
    """Wilson's 95 % interval of a proportion, shape (..., 2) (Wilson 1927)."""
    z = NORMAL
    p = counts / n
    centre = (p + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * np.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    low, high = np.where(counts == 0, 0.0, centre - half), np.where(counts == n, 1.0, centre + half)
    return np.stack([low, high], axis=-1)
