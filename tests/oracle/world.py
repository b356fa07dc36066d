"""What does not change within one variant, and the state of the process (docs/model.md, section 1)."""

from __future__ import annotations

import itertools
from typing import Any, NamedTuple

Tables = dict[str, Any]
Pair = tuple[int, int]
Memory = Any
Standings = tuple[tuple[str, ...], ...]
BOUND = ("member", "leaving")
ACTIVE = ("in_force", "withdrawing")
STATUSES = ("pending", "in_force", "withdrawing", "suspended", "ended")
CAUSES = ("background", "arming", "alarm", "treaty_end")


class State(NamedTuple):
    """The state of the process; an actor's memory is (number of its leader, state of its automaton).

    `standings` has one entry per treaty: the standings of its parties, nothing for a treaty that is left together.
    """

    rung: int
    pair: Pair | None
    statuses: tuple[str, ...]
    standings: Standings
    conditions: tuple[str, ...]
    memories: tuple[tuple[int, Memory], ...]


class Outcome(NamedTuple):
    """One outcome of a round: probability, the state after it, the cause of an onset, payoffs before discounting, accusations."""

    probability: float
    state: State
    cause: str | None
    payoffs: tuple[float, ...]
    accusations: tuple[float, ...] = ()


class World:
    """Names, numbers of parts and other structure of a variant's complete tables."""

    def __init__(self, tables: Tables) -> None:
        self.tables = tables
        self.actors = list(tables["actors"])
        self.treaties = list(tables["treaties"])
        self.conditions = list(tables["conditions"])
        self.rungs = list(tables["crisis"]["rungs"])
        self.top = len(self.rungs)
        per_year = tables["horizon"]["rounds_per_year"]
        self.dt = 1 / per_year
        self.rounds = round(tables["horizon"]["years"] * per_year)
        self.everybody = range(len(self.actors))
        self.pairs: list[Pair] = list(itertools.combinations(self.everybody, 2))
        self.parties = [tuple(self.actors.index(name) for name in treaty["parties"]) for treaty in tables["treaties"].values()]

    def treaties_of(self, i: int) -> list[int]:
        """Numbers of the treaties to which actor i is a party."""
        return [k for k, parties in enumerate(self.parties) if i in parties]

    def singly(self, k: int) -> bool:
        """Whether treaty k is left one by one."""
        return self.tables["treaties"][self.treaties[k]]["exit"] == "one_by_one"

    def first_standings(self) -> Standings:
        """The standings at the start."""
        rows = []
        for k, name in enumerate(self.treaties):
            outside = self.tables["treaties"][name]["outside"]
            names = [self.actors[i] for i in self.parties[k]]
            rows.append(tuple("outside" if n in outside else "member" for n in names) if self.singly(k) else ())
        return tuple(rows)

    def binds(self, k: int, i: int, standings: Standings) -> bool:
        """Whether treaty k binds actor i."""
        if i not in self.parties[k]:
            return False
        return not self.singly(k) or standings[k][self.parties[k].index(i)] in BOUND

    def number_bound(self, k: int, standings: Standings) -> int:
        """How many parties treaty k binds."""
        return sum(self.binds(k, i, standings) for i in self.everybody)

    def active_treaties_of(self, i: int, statuses: tuple[str, ...], standings: Standings) -> list[int]:
        """Numbers of the active treaties that bind actor i."""
        return [k for k in self.treaties_of(i) if statuses[k] in ACTIVE and self.binds(k, i, standings)]

    def leaders(self, i: int, tables: Tables | None = None) -> list[Tables]:
        """The leaders of actor i; one without a list has a single leader with its strategy."""
        actor = (tables or self.tables)["actors"][self.actors[i]]
        if "leaders" in actor:
            return actor["leaders"]
        return [{"name": "0", "weight": 1.0, "strategy": actor["strategy"]}]

    def without_limits(self, i: int, statuses: tuple[str, ...], standings: Standings) -> bool:
        """Whether actor i plays its strategy_without_treaty: it has one and the limits of none of its treaties hold."""
        if "strategy_without_treaty" not in self.tables["actors"][self.actors[i]]:
            return False
        for k in self.treaties_of(i):
            kept = self.tables["treaties"][self.treaties[k]]["limits_when_suspended"]
            if self.binds(k, i, standings) and (statuses[k] in ACTIVE or (statuses[k] == "suspended" and kept)):
                return False
        return True

    def strategy(self, i: int, leader: int, without: bool, tables: Tables | None = None) -> Tables:
        """The strategy that actor i plays under this leader."""
        if without:
            return (tables or self.tables)["actors"][self.actors[i]]["strategy_without_treaty"]
        return self.leaders(i, tables)[leader]["strategy"]
