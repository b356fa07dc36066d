"""Single parts of the core model: their lotteries by enumeration, the numbers in effect, the outcomes of a raw file."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from sim.chain import Move
from sim.dilemma.outcomes import Outcomes
from sim.dilemma.parameters import Active, InEffect, merge
from sim.dilemma.rounds import Parts
from sim.dilemma.scenario import Scenario
from sim.dilemma.structure import Structure, structure

Raw = dict[str, Any]


def solved(raw: Raw, variant: str | None = None) -> Outcomes:
    """The outcomes of the exact engine for one variant of a raw file (None: the file as it stands)."""
    tables = {key: value for key, value in raw.items() if key != "variants"}
    return Scenario(merge(tables, raw["variants"][variant] if variant is not None else {})).solve()


def parts(raw: Raw) -> Parts:
    """The parts of a raw file."""
    return Parts(structure(raw))


def numbers(s: Structure, active: Active = ()) -> InEffect:
    """All numbers in effect, as arrays (epochs or 1, points or 1), while some `while` tables are."""
    groups = [f"{group}.{name}" for group in ("actors", "treaties", "conditions") for name in s.tables[group]]
    return s.parameters.in_effect(active, ("game", "monitoring", "onset", "crisis", "channels", *groups))


def law(moves: Iterable[Move], given: Mapping[str, Any], *wanted: str) -> dict[Any, float]:
    """The law of some slots after a list of moves, from given values of other slots: outcome (a tuple if several) -> probability.

    Outcomes of probability 0 are left out.  There must be one epoch and one point.
    """
    states: list[tuple[dict[str, Any], float]] = [(dict(given), 1.0)]
    for move in moves:
        states = [
            (
                state | dict(zip(move.writes, outcome if len(move.writes) > 1 else (outcome,), strict=True)),
                p * float(np.asarray(q).item()),
            )
            for state, p in states
            for outcome, q in move.lottery(*[state[slot] for slot in move.reads]).items()
        ]
    out: dict[Any, float] = {}
    for state, p in states:
        if p > 0:
            key = state[wanted[0]] if len(wanted) == 1 else tuple(state[slot] for slot in wanted)
            out[key] = out.get(key, 0.0) + p
    return out


def number(x: Any) -> float:
    """A number in effect (one epoch, one point)."""
    return float(np.asarray(x).item())


def each(values: Sequence[Any]) -> list[float]:
    """Numbers in effect (one epoch, one point) of a list."""
    return [number(x) for x in values]
