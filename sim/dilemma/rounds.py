"""The rounds, as lists of moves in the order of docs/model.md, sections 1.1 and 1.2: the only statement of the process.

Whoever reads the list (compiler, exact engine, Monte Carlo engine) knows no rule of the model.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from sim.chain import Lottery, Move, Process, Round, sure
from sim.dilemma import accusations, alarms
from sim.dilemma.actors import Actor
from sim.dilemma.conditions import Condition
from sim.dilemma.ladder import Ladder
from sim.dilemma.membership import OneByOne
from sim.dilemma.parameters import Tables
from sim.dilemma.payoffs import Payoffs
from sim.dilemma.structure import Structure, structure
from sim.dilemma.treaties import Treaty


class Parts:
    """A scenario's parts, put together into rounds."""

    def __init__(self, s: Structure) -> None:
        self.s = s
        self.ladder = Ladder(s)
        self.treaties = [OneByOne(s, t) if s.one_by_one(t) else Treaty(s, t) for t in s.treaties]
        self.singly = [t for t in self.treaties if isinstance(t, OneByOne)]
        self.conditions = [Condition(s, c) for c in s.conditions]
        self.actors = [Actor(s, a, [t for t in self.treaties if a in t.parties]) for a in s.actors]
        self.payoffs = Payoffs(s)

    def peace(self) -> Round:
        """A peace round (docs/model.md, section 1.1)."""
        moves = [
            *self.circumstances(),
            *[m for a in self.actors for m in a.acts()],  # step 1: actions
            sure("armed", [f"act.{a}" for a in self.s.actors], ["armed"], lambda *a: sum(a)),
            *alarms.moves(self.s),  # step 2: alarms
            *[m for t in self.treaties for m in t.peace()],  # step 3: treaties
            *self.changes(),
            *self.ladder.onset("partings" if self.singly else "treaty_ended"),  # step 4: crisis onset
            *[m for c in self.conditions for m in c.moves(self.events())],  # step 5: conditions
            *[m for a in self.actors for m in a.learns()],  # step 6: memories
        ]
        return Round(tuple(moves), tuple(self.payoffs.peace()))

    def crisis(self) -> Round:
        """A crisis round (docs/model.md, section 1.2)."""
        kinds = ("treaty_ended", "left")
        events = {e: slot for e, slot in self.events().items() if e.startswith(kinds)} | {"crisis": "shock"}
        moves = [
            *self.circumstances(),
            *self.ladder.climb(),
            *[unless_over(m) for t in self.treaties for m in t.crisis()],
            *self.changes(),
            *[unless_over(m) for c in self.conditions for m in c.moves(events)],
            *[unless_over(m) for a in self.actors for m in a.crisis()],
        ]
        return Round(tuple(moves), tuple(self.payoffs.crisis()))

    def after(self) -> Round:
        """A round after the last rung was reached: nothing moves."""
        return Round(tuple(self.circumstances()), tuple(self.payoffs.after()))

    def first(self) -> Round:
        """How everything starts."""
        parts = [self.ladder, *self.treaties, *self.conditions, *self.actors]
        return Round(tuple(m for part in parts for m in part.first()))

    def forced(self, events: Sequence[Mapping[str, Any]]) -> Round:
        """What events force when their epoch begins; then, once, the change-over of strategies (docs/model.md, section 3)."""
        parts = [*self.treaties, *self.conditions, *self.actors]
        return Round(tuple(m for part in parts for m in part.forced(events)))

    def circumstances(self) -> list[Move]:
        """What others may know at the start of a round."""
        return [m for part in (*self.treaties, *self.conditions, *self.actors) for m in part.circumstances()]

    def changes(self) -> list[Move]:
        """How many treaties were left, and how many ended, in this round."""
        kinds = ("withdrawal", "treaty_ended")
        moves = [sure(kind, [f"{kind}.{t}" for t in self.s.treaties], [kind], lambda *x: sum(x)) for kind in kinds]
        if self.singly:  # the end of a treaty and an exit from one that goes on are both moments of danger
            exits = [f"exits.{t.name}" for t in self.singly]
            moves.append(sure("partings", ["treaty_ended", *exits], ["partings"], lambda *x: sum(x)))
        return moves

    def events(self) -> dict[str, str]:
        """The events of a peace round and the slots that say whether they occurred, in the order in which they count."""
        kinds = ("withdrawal", "treaty_ended")
        return (
            {f"arming.{a}": f"act.{a}" for a in self.s.actors}
            | {"alarm": "alarms"}
            | {f"alarm.{a}": f"alarm.{a}" for a in self.s.actors}
            | accusations.events(self.s)
            | {event: event for kind in kinds for event in (kind, *[f"{kind}.{t}" for t in self.s.treaties])}
            | {event: event for t in self.singly for event in (f"left.{t.name}", *[f"left.{t.name}.{a}" for a in t.parties])}
            | {"onset": "rung'"}
        )


def unless_over(move: Move) -> Move:
    """The move, but where the crisis has reached the last rung its slot stays as it was."""
    if move.sure:
        return move
    at = move.reads.index(move.name)  # a move of the state is named after its slot

    def lottery(over: bool, *values: Any) -> Lottery:
        return {values[at]: 1.0} if over else move.lottery(*values)

    return replace(move, reads=("over", *move.reads), lottery=lottery)


def process(tables: Tables) -> tuple[Structure, Process]:
    """The process of a variant's tables."""
    s = structure(tables)
    parts = Parts(s)
    top, crisis = len(s.rungs), parts.crisis()
    slots = [slot for part in (parts.ladder, *parts.treaties, *parts.conditions, *parts.actors) for slot in part.slots]
    return s, Process(
        slots=tuple(slots),
        phase="rung",
        start=parts.first(),
        rounds={0: parts.peace(), **dict.fromkeys(range(1, top), crisis), top: parts.after()},
        first=s.first,
        forced=tuple((parts.forced(events),) if events else () for events in s.forced),
        horizon=s.rounds,
        shape=(len(s.first), 1),
    )
