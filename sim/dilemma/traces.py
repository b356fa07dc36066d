"""One simulated history, round by round: the same numbers as the replicate has in a simulation (docs/engine.md)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from sim.chain.monte_carlo import BLOCK, Columns, Walk
from sim.chain.moves import Round
from sim.dilemma.scenario import Scenario


@dataclass(frozen=True)
class RoundRecord:
    """Round t: the value of every slot of the state before it (`rung`), of the round (`act.usa`) and after it (`rung'`).

    `forced` are the events that forced or expired something when the round began; the values before the round are those after it.
    """

    t: int
    slots: Mapping[str, Any]
    forced: tuple[Mapping[str, Any], ...]


def trace(scenario: Scenario, seed: int, replicate: int) -> list[RoundRecord]:
    """The rounds of one replicate until the last rung is reached (replicate 0 is the first; seed as in `Scenario.simulate`)."""
    process, s, out = scenario.process, scenario.structure, []
    walk = Walk(process, "cause")

    def labelled(columns: Columns) -> dict[str, Any]:
        return {slot: walk.domains.labels(slot)[int(column[0])] for slot, column in columns.items()}

    def each(t: int, epoch: int, moves: Round, index: np.ndarray, columns: Columns) -> None:
        slots = labelled(columns)
        if slots["rung"] < len(s.rungs):
            forced = s.forced[epoch] if process.first[epoch] == t else ()
            out.append(RoundRecord(t, slots, tuple(forced)))

    def nothing(t: int, state: Columns) -> None:
        pass

    block, index = divmod(replicate, BLOCK)
    walk.walk(seed, block, np.array([index]), nothing, each, nothing)
    return out
