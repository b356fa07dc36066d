"""Step 2 of a peace round: who holds an alarm about whom, and what became of false accusations (docs/model.md, section 1.1)."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from .view import View
from .world import Pair

BELIEVED, DISBELIEVED = "believed", "disbelieved"
Held = frozenset[tuple[int, int]]


@dataclass(frozen=True)
class Alarms:
    """The alarms of a round: public ones are held by every other actor, private ones by those that drew or believed them."""

    private: bool
    held: Held
    told: tuple[tuple[int, str], ...]
    about: tuple[bool, ...]
    sees: tuple[bool, ...]

    def own(self, i: int) -> bool:
        """Whether i's automaton sees an alarm about i itself."""
        return self.about[i] and not self.private

    def against(self, i: int, parties: Sequence[int]) -> bool:
        """Whether some other party holds an alarm about party i; a public alarm is everybody's."""
        if not self.private:
            return self.about[i]
        return any((j, i) in self.held for j in parties if j != i)

    def count(self, weights: dict[Pair, float]) -> int:
        """The sum in (1.7): over actors that are in some pair of positive weight, or over ordered pairs of positive weight."""
        linked = [pair for pair, weight in weights.items() if weight > 0]
        if self.private:
            return sum(tuple(sorted(pair)) in linked for pair in self.held)
        return sum(self.about[i] for i in {i for pair in linked for i in pair})

    def share(self, pair: Pair) -> int:
        """What the pair's weight is multiplied by if the cause is alarm."""
        i, j = pair
        if self.private:
            return ((i, j) in self.held) + ((j, i) in self.held)
        return self.about[i] + self.about[j]


def alarm_outcomes(view: View, actions: tuple[int, ...]) -> Iterator[tuple[Alarms, float]]:
    """All outcomes of step 2 with their probabilities."""
    world = view.world
    private = view.tables["monitoring"].get("kind", "public") == "private"
    everyone = [(j, i) for j in world.everybody for i in world.everybody if j != i]
    if private:
        drawn = [(frozenset([(j, i)]), view.quiet_to(j, i, actions[i])) for j, i in everyone]
    else:
        drawn = [(frozenset((j, i) for j in world.everybody if j != i), view.quiet[i][actions[i]]) for i in world.everybody]
    for held, p_drawn in _subsets(drawn):
        for told, p_told in _told(view, held):
            believed = [(a, _target(view, a)) for a, fate in told if fate == BELIEVED]
            after = held | {(j, b) for _, b in believed for j in world.everybody if j != b}
            real = after if not private else held
            sees = [
                any((j, i) in real for i in world.everybody) or any(a != j and b != j for a, b in believed)
                for j in world.everybody
            ]
            about = tuple(any((j, i) in after for j in world.everybody) for i in world.everybody)
            yield Alarms(private, after, told, about, tuple(sees)), p_drawn * p_told


def _subsets(parts: list[tuple[Held, float]]) -> Iterator[tuple[Held, float]]:
    """The union of the parts that are drawn, each absent with its own probability."""
    if len(parts) == 0:
        yield frozenset(), 1.0
        return
    part, absent = parts[0]
    for rest, p in _subsets(parts[1:]):
        if absent > 0:
            yield rest, p * absent
        if absent < 1:
            yield rest | part, p * (1 - absent)


def _target(view: View, a: int) -> int:
    return view.world.actors.index(view.tables["actors"][view.world.actors[a]]["accusation"]["target"])


def _told(view: View, held: Held) -> Iterator[tuple[tuple[tuple[int, str], ...], float]]:
    """The false accusations that are made and what becomes of them, given the alarms that were drawn."""
    world, outcomes = view.world, [((), 1.0)]
    for a in world.everybody:
        table = view.tables["actors"][world.actors[a]].get("accusation")
        if table is None:
            continue
        b = _target(view, a)
        active = [world.active_treaties_of(i, view.statuses, view.standings) for i in (a, b)]
        common = set(active[0]) & set(active[1])
        if len(common) == 0 or (a, b) in held:
            continue
        c = table["credibility"]
        made = 1 - math.exp(-table["opportunity_rate"] * world.dt)
        if "precision" in table:
            made /= 1 + math.exp(-table["precision"] * (c * table.get("gain", 0.0) - (1 - c) * table.get("cost", 0.0)))
        fates = [((), 1 - made), (((a, BELIEVED),), made * c), (((a, DISBELIEVED),), made * (1 - c))]
        outcomes = [(told + more, p * q) for told, p in outcomes for more, q in fates if q > 0]
    yield from outcomes


def accusation_payoff(view: View, i: int, alarms: Alarms) -> float:
    """What i's own false accusation gains or costs it."""
    table = view.tables["actors"][view.world.actors[i]].get("accusation", {})
    fate = dict(alarms.told).get(i)
    if fate is None:
        return 0.0
    return table.get("gain", 0.0) if fate == BELIEVED else -table.get("cost", 0.0)
