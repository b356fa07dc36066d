"""Conditions: named finite states of the world, moved by events, else by their clock (docs/model.md, section 1.1, step 5).

A condition owns the slot `condition.c`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from sim.chain import Move, sure
from sim.dilemma.parameters import InEffect
from sim.dilemma.structure import Structure, possible
from sim.dilemma.treaties import leaves


class Condition:
    """One condition: its slot and its moves."""

    def __init__(self, s: Structure, name: str) -> None:
        self.s, self.name, self.state = s, name, f"condition.{name}"
        self.on: Mapping[str, Any] = s.tables["conditions"][name]["on"]
        self.slots = (self.state,)

    def first(self) -> list[Move]:
        """The state at the start."""
        initial = self.s.tables["conditions"][self.name]["initial"]
        return [sure(self.state, [], [self.state + "'"], lambda: initial)]

    def circumstances(self) -> list[Move]:
        """What others may know at the start of a round: the `while` table in effect."""
        return self.s.circumstance(("conditions", self.name), self.state)

    def moves(self, events: Mapping[str, str]) -> list[Move]:
        """The move of a round in which these events may occur, given as event -> slot in the order in which they count."""
        heard = {event: slot for event, slot in events.items() if event in self.on}

        def lottery(p: InEffect, state: str, *occurred: Any) -> dict[str, Any]:
            table, out, stay = p["conditions"][self.name], {}, np.ones((1, 1))
            moves = [_from(state, table["on"][e]) for e, now in zip(heard, occurred, strict=True) if now]
            for targets in [*moves, self._clock(_from(state, table["rates"]))]:
                for target, probability in targets.items():
                    out[target] = out.get(target, 0.0) + stay * probability
                stay = stay * (1 - sum(targets.values()))
            out[state] = out.get(state, 0.0) + stay
            return out

        part = f"conditions.{self.name}"
        return [self.s.chance(self.state, [part], [self.state, *heard.values()], [self.state + "'"], lottery)]

    def _clock(self, rates: Mapping[str, Any]) -> dict[str, Any]:
        total = sum(rates.values())
        out = leaves(total, self.s.dt)
        return {target: out * rate / np.where(total > 0, total, 1.0) for target, rate in rates.items()}

    def forced(self, events: Sequence[Mapping[str, Any]]) -> list[Move]:
        """What events force: the last of them counts."""
        to = [event["status"][self.name] for event in events if self.name in event.get("status", {})]
        return [sure(self.state, [self.state], [self.state + "'"], lambda now: to[-1] if to else now)]


def _from(state: str, moves: Mapping[str, Any]) -> dict[str, Any]:
    """The moves "s->t" out of a state, by target."""
    return {t: x for key, x in moves.items() for s, t in [key.split("->")] if s == state and possible(x)}
