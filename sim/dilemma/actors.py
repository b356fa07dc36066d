"""Actors: leaders, what they play, tremble, temptation, and their memories (docs/model.md, section 1.1, steps 1 and 6, and 4).

An actor owns the slot `memory.i`: which leader, whether a treaty's limits cover the actor, the state of the leader's automaton.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from scipy.special import expit

from sim.chain import Move, chance, sure
from sim.dilemma import monitoring, stage_game
from sim.dilemma.membership import OneByOne
from sim.dilemma.parameters import InEffect
from sim.dilemma.strategies import STRATEGIES
from sim.dilemma.structure import Structure
from sim.dilemma.treaties import Treaty, leaves


class Memory(NamedTuple):
    """What an actor carries from round to round."""

    leader: int
    covered: bool
    state: Any


class Actor:
    """One actor: its slot and its moves; `treaties` are those to which it is party."""

    def __init__(self, s: Structure, name: str, treaties: Sequence[Treaty | OneByOne]) -> None:
        self.s, self.name, self.treaties = s, name, treaties
        self.table = s.tables["actors"][name]
        self.part, self.memory, self.slots = f"actors.{name}", f"memory.{name}", (f"memory.{name}",)
        self.switches = "strategy_without_treaty" in self.table
        self.tempted = "temptation_precision" in self.table
        self.turns_over = "turnover_years" in self.table
        self.leaders = [leader["name"] for leader in self.table.get("leaders", [{"name": None}])]
        specs = [self._spec(self.table, n, covered) for n in range(len(self.leaders)) for covered in self._covers()]
        self.plays_equilibrium = any(STRATEGIES[spec["kind"]].play for spec in specs)

    def _covers(self) -> tuple[bool, ...]:
        return (True, False) if self.switches else (True,)

    def _spec(self, table: Mapping[str, Any], leader: int, covered: bool) -> Mapping[str, Any]:
        """The strategy that plays, with the numbers of `table`."""
        if not covered:
            return table["strategy_without_treaty"]
        return table["leaders"][leader]["strategy"] if "leaders" in table else table["strategy"]

    def covered(self, *standings: str) -> bool:
        """Whether the leader's own strategy plays: some treaty's limits hold for it, or the actor has no other strategy."""
        if not self.switches:
            return True
        left = iter(standings)
        return any(t.limits(*itertools.islice(left, len(t.standing(self.name)))) for t in self.treaties)

    def afresh(self, leader: int, covered: bool) -> Memory:
        """The memory with which a leader starts."""
        return Memory(leader, covered, STRATEGIES[self._spec(self.table, leader, covered)["kind"]].first)

    def _drawn(self, table: Mapping[str, Any], covered: bool) -> dict[Memory, Any]:
        """The lottery of a new leader."""
        weights = [leader["weight"] for leader in table["leaders"]] if "leaders" in table else [1.0]
        return {self.afresh(n, covered): w / sum(weights) for n, w in enumerate(weights)}

    # ---- moves

    def first(self) -> list[Move]:
        """The first leader, drawn with the file's weights."""
        covered = self.covered(*[x for t in self.treaties for x in t.begins(self.name)])
        return [chance(self.memory, [], [self.memory + "'"], lambda: self._drawn(self.table, covered))]

    def circumstances(self) -> list[Move]:
        """What others may know at the start of a round: the `while` table of the leader in office."""
        return self.s.circumstance(("actors", self.name), self.memory, lambda memory: self.leaders[memory.leader])

    def acts(self) -> list[Move]:
        """Step 1: arm or restrain."""
        own = [self.s.active(t.name, self.name) for t in self.treaties]
        seen = self.s.activities() if self.plays_equilibrium else own if self.tempted else []
        parts = [self.part]
        if self.tempted or self.plays_equilibrium:
            parts += stage_game.parts(self.s)
        mine = [n for n, slot in enumerate(seen) if slot in own]
        i = self.s.actors.index(self.name)

        def act(p: InEffect, memory: Memory, *active: bool) -> dict[int, Any]:
            table = p["actors"][self.name]
            spec = self._spec(table, memory.leader, memory.covered)
            strategy = STRATEGIES[spec["kind"]]
            if strategy.play is None:
                arms = strategy.arm(spec, memory.state)
            else:
                arms = strategy.play(spec, stage_game.effective_game(self.s, p, active), i)
            if self.tempted:
                offer = stage_game.temptation(self.s, p, self.name, [active[n] for n in mine])
                arms = arms + (1 - arms) * expit(table["temptation_precision"] * offer)
            arms = arms * (1 - table["tremble"]) + (1 - arms) * table["tremble"]
            return {0: 1 - arms, 1: arms}

        reads = [self.memory, *seen]
        return [self.s.chance(f"act.{self.name}", parts, reads, [f"act.{self.name}"], act)]

    def learns(self) -> list[Move]:
        """Step 6: the automaton sees own action, own alarm and whether a rival drew one; then turnover; then the switch.

        With private alarms it sees its own alarms about rivals, and none about itself.
        """

        def learn(memory: Memory, action: int, alarm: int, alarms: int) -> Memory:
            spec = self._spec(self.table, memory.leader, memory.covered)
            rival = 1 if alarms > alarm else 0
            return memory._replace(state=STRATEGIES[spec["kind"]].learn(spec, memory.state, action, alarm, rival))

        def learn_alone(memory: Memory, action: int, sees: int) -> Memory:
            return learn(memory, action, 0, sees)

        learned = f"learned.{self.name}"
        if monitoring.private(self.s):
            reads = [self.memory, f"act.{self.name}", f"sees.{self.name}"]
            return [sure(learned, reads, [learned], learn_alone), *self._turns(learned)]
        reads = [self.memory, f"act.{self.name}", f"alarm.{self.name}", "alarms"]
        return [sure(learned, reads, [learned], learn), *self._turns(learned)]

    def crisis(self) -> list[Move]:
        """A crisis round: turnover, then the switch."""
        return self._turns(self.memory)

    def _turns(self, memory: str) -> list[Move]:
        if not self.turns_over:
            return [self._aligns(memory)]

        def turn(p: InEffect, now: Memory) -> dict[Memory, Any]:
            table = p["actors"][self.name]
            goes = leaves(1 / table["turnover_years"], self.s.dt)
            out = {m: goes * w for m, w in self._drawn(table, now.covered).items()}
            out[now] = out.get(now, 0.0) + (1 - goes)
            return out

        turned = f"turned.{self.name}"
        return [self.s.chance(self.memory, [self.part], [memory], [turned], turn), self._aligns(turned)]

    def _aligns(self, memory: str) -> Move:
        """A change-over to or from the strategy without treaty starts the new automaton, with the same leader."""

        def align(now: Memory, *standings: str) -> Memory:
            covered = self.covered(*standings)
            return now if covered == now.covered else self.afresh(now.leader, covered)

        standings = [slot + "'" for t in self.treaties for slot in t.standing(self.name)] if self.switches else []
        return sure(f"aligned.{self.name}", [memory, *standings], [self.memory + "'"], align)

    def forced(self, events: Sequence[Mapping[str, Any]]) -> list[Move]:
        """What events force may switch the strategy."""
        return [self._aligns(self.memory)]
