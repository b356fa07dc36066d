"""One round of a simulated history in words (docs/model.md, sections 1.1 and 1.2).

The reasons are the numbers in effect in the round: what an actor's strategy makes of its memory, what tempts it, its tremble.
Which of several reasons it was is not always known from what a round shows; then all that it can have been are named.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any, Final

import numpy as np

from sim.dilemma import crisis, stage_game
from sim.dilemma.membership import BOUND
from sim.dilemma.monitoring import accused
from sim.dilemma.parameters import InEffect, time_of
from sim.dilemma.rounds import Parts
from sim.dilemma.strategies import STRATEGIES
from sim.dilemma.structure import Structure
from sim.dilemma.traces import RoundRecord
from sim.report import alarms
from sim.report.parts import changes
from sim.report.words import labels, number, series

CERTAIN: Final = 1 - 1e-12


class Telling:
    """One round being told."""

    def __init__(self, s: Structure, record: RoundRecord) -> None:
        self.s, self.t, self.slots = s, record.t, record.slots
        self.called = labels(s.tables)
        self.epoch = int(np.searchsorted(np.array(s.first), record.t, side="right")) - 1

    def sentences(self) -> Iterator[str]:
        """What happened, in the order in which it happened."""
        yield from self._first_leaders()
        yield from self._calendar()
        if self.slots["rung"] == 0:
            yield from self._actions()
            yield from alarms.told(self.s, self.slots)
            yield from self._treaties()
            yield from self._onset()
        else:
            yield from self._climb()
            yield from self._treaties()
        yield from self._conditions()
        yield from self._memories()

    # ---- the start and the calendar

    def _first_leaders(self) -> Iterator[str]:
        for actor in self.s.actors:
            if self.t == 0 and len(names := self._leaders(actor)) > 1:
                yield f"The first leader of {self.called[actor]} is {names[self.slots[f'memory.{actor}'].leader]}"

    def _calendar(self) -> Iterator[str]:
        for event in self._events():
            for text in changes(event):
                yield f"By the calendar {text}"
            for name, status in event["status"].items():
                what = "treaty" if name in self.s.treaties else "condition"
                yield f"By the calendar the {what} {name} is {_spoken(status)}"
            for name, parties in event["leave"].items():
                yield f"By the calendar {series(self.called[a] for a in parties)} left the treaty {name}"
            for name in event["expire"]:
                yield f"By the calendar the treaty {name} expires"

    def _events(self) -> list[Mapping[str, Any]]:
        """The events that take effect when this round begins, in order."""
        tables = dict(self.s.tables)
        times = [(time_of(event, tables), event) for event in tables["events"]]
        return [e for when, e in sorted(times, key=lambda x: x[0]) if max(0, math.ceil((when - 1e-9) / self.s.dt)) == self.t]

    # ---- a peace round

    def _actions(self) -> Iterator[str]:
        for actor in self.s.actors:
            provoked, tempted, tremble = self._chances(actor)
            meant, name = provoked + (1 - provoked) * tempted, self.called[actor]
            ways = [f"by its strategy ({self._strategy(actor)}, {number(provoked)})"] if provoked > 0 else []
            ways += [f"by temptation ({number(tempted)})"] if tempted > 0 and provoked < CERTAIN else []
            slipped = f"by a tremble ({number(tremble)})"
            if self.slots[f"act.{actor}"]:
                yield f"{name} arms {series(ways + ([slipped] if tremble > 0 and meant < CERTAIN else []), 'or')}"
            elif meant >= CERTAIN:
                yield f"{name} restrains {slipped}; it meant to arm {series(ways, 'or')}"
            elif meant > 0.5:
                maybe = f", perhaps {slipped}" if tremble > 0 else ""
                yield f"{name} restrains{maybe}, though it would arm {series(ways, 'or')}"

    def _chances(self, actor: str) -> tuple[float, float, float]:
        """What an actor's strategy, its temptation and its tremble give: P(arm) by each."""
        p, table = self._numbers(), self.s.tables["actors"][actor]
        now, spec = p["actors"][actor], self._spec(p, actor)
        strategy = STRATEGIES[spec["kind"]]
        if strategy.play is None:
            arms = strategy.arm(spec, self.slots[f"memory.{actor}"].state)
        else:
            active = [self.slots[slot] for slot in self.s.activities()]
            arms = strategy.play(spec, stage_game.effective_game(self.s, p, active), self.s.actors.index(actor))
        tempted = 0.0
        if table.get("temptation_precision") is not None:
            active = [self.slots[self.s.active(t, actor)] for t in self.s.treaties_of(actor)]
            offer = self._now(stage_game.temptation(self.s, p, actor, active))
            tempted = 1 / (1 + np.exp(np.clip(-self._now(now["temptation_precision"]) * offer, -700, 700)))
        return self._now(arms), float(tempted), self._now(now["tremble"])

    def _spec(self, p: InEffect, actor: str) -> Mapping[str, Any]:
        memory, table = self.slots[f"memory.{actor}"], p["actors"][actor]
        if not memory.covered:
            return table["strategy_without_treaty"]
        return table["leaders"][memory.leader]["strategy"] if "leaders" in table else table["strategy"]

    def _strategy(self, actor: str) -> str:
        return _spoken(self._spec(self._numbers(), actor)["kind"])

    def _numbers(self) -> InEffect:
        """The numbers in effect in the round, all epochs together."""
        s = self.s
        active = tuple((*o, x) for o in s.parameters.owners if (x := self.slots[f"while.{o[0]}.{o[1]}"]) is not None)
        groups = [f"{group}.{name}" for group in ("actors", "treaties", "conditions") for name in s.tables[group]]
        return s.parameters.in_effect(active, ("game", "monitoring", "onset", "crisis", "channels", *groups))

    def _now(self, x: Any) -> float:
        """A number in effect in this round's epoch."""
        column = np.atleast_2d(np.asarray(x, dtype=float))[:, 0]
        return float(column[self.epoch if len(column) > 1 else 0])

    def _onset(self) -> Iterator[str]:
        rung, pair = self.slots["rung'"], self.slots.get("between") or self.slots["pair'"]
        if rung:
            sides = series(self.called[a] for a in pair) if pair else "the rivals"
            why = self._parted() if self.slots["cause"] == "treaty_end" else _CAUSES[self.slots["cause"]]
            yield f"A crisis between {sides} begins, {why}; it stands at {self.s.rungs[rung - 1]}"

    def _parted(self) -> str:
        """Why a crisis begins that the end of a treaty or an exit from one brings; both, where there were both."""
        ended = self.slots["treaty_ended"]
        why = ["because a treaty ended"] if ended else []
        if self.slots.get("partings", ended) > ended:
            why.append("because a party left a treaty")
        return series(why, "or")

    # ---- a crisis round

    def _climb(self) -> Iterator[str]:
        before, after, winner = self.slots["rung"], self.slots["rung'"], self.slots["winner"]
        pair, brinkmanship = self.slots["pair"], self.s.tables["crisis"]["kind"] == "brinkmanship"
        if after > before:
            how = f" {self._up(before, pair)}" if brinkmanship else ""
            shock = "; a shock" if self.slots["shock"] else ""
            yield f"The crisis reaches {self.s.rungs[after - 1]}{how}{shock}"
        elif after == before:
            yield f"The crisis stays at {self.s.rungs[before - 1]}"
        elif winner is not None:
            loser = next(a for a in pair if a != winner)
            how = f"{self.called[loser]} concedes, {self.called[winner]} stands and wins"
            yield f"The crisis ends at {self.s.rungs[before - 1]}: {how}"
        else:
            yield f"The crisis ends at {self.s.rungs[before - 1]}{': both concede' if brinkmanship else ''}"

    def _up(self, rung: int, pair: tuple[str, str]) -> str:
        """How a crisis went up a rung of brinkmanship: by a slip, because both stood, or either."""
        p = self._numbers()
        stand = crisis.ladder(self.s, p, pair)[rung - 1].stand
        firm = math.prod(self._now(x) for x in stand) if stand is not None else 0.0
        slip = 1 - (1 - self._now(p["crisis"]["slip"][rung - 1])) ** self._now(crisis.accident_factor(p))
        ways = [f"by a slip ({number(slip)})"] if slip > 0 else []
        ways += [f"because both stood ({number(firm)})"] if firm > 0 and slip < 1 else []
        return series(ways, "or")

    # ---- what else moves

    def _treaties(self) -> Iterator[str]:
        for name in self.s.treaties:
            yield from self._parties(name)
            before, after = self.slots[f"treaty.{name}"], self.slots[f"treaty.{name}'"]
            if before != after:
                moved = _MOVED.get((before, after), f"moves from {_spoken(before)} to {_spoken(after)}")
                moved = "ends" if after == "ended" and before == "in_force" and self.s.one_by_one(name) else moved
                yield f"The treaty {name} {moved}{self._why(name, after)}"

    def _parties(self, name: str) -> Iterator[str]:
        """Who leaves or joins a treaty that parties leave singly."""
        for actor in self.s.tables["treaties"][name]["parties"] if self.s.one_by_one(name) else ():
            before, after = self.slots[f"member.{name}.{actor}"], self.slots[f"member.{name}.{actor}'"]
            if before != after:
                yield f"{self.called[actor]} {_PARTY.get((before, after), 'joins the treaty {}').format(name)}"

    def _why(self, name: str, after: str) -> str:
        if after == "ended" and self.s.one_by_one(name) and self.slots[f"treaty.{name}"] == "in_force":
            return ": too few parties are left"
        if after != "suspended":
            return ""
        if self.slots["rung"]:
            return " by the shock"
        parties = [a for a in self.s.tables["treaties"][name]["parties"] if self.slots[accused(self.s, name, a)]]
        bound = [a for a in parties if self.slots.get(f"member.{name}.{a}", "member") in BOUND]
        return f" after the alarm on {series(self.called[a] for a in bound)}"

    def _conditions(self) -> Iterator[str]:
        for name in self.s.conditions:
            before, after = self.slots[f"condition.{name}"], self.slots[f"condition.{name}'"]
            if before != after:
                yield f"The condition {name} moves from {before} to {after}, {series(self._moved_by(name, before, after), 'or')}"

    def _moved_by(self, name: str, before: str, after: str) -> Iterator[str]:
        """What can have moved a condition, in the order in which it counts: the events that it heard, then its clock."""
        table = self._numbers()["conditions"][name]
        for event, slot in self._heard():
            if event in table["on"] and self.slots.get(slot):
                moves = {move: self._now(x) for move, x in table["on"][event].items() if move.split("->")[0] == before}
                if moves.get(f"{before}->{after}", 0.0) > 0:
                    yield self._event(event)
                if sum(moves.values()) >= CERTAIN:
                    return
        if self._now(table["rates"].get(f"{before}->{after}", 0.0)) > 0:
            yield "by its clock"

    def _heard(self) -> Iterator[tuple[str, str]]:
        """The events of this round and the slots that say whether they occurred."""
        events = Parts(self.s).events()
        if self.slots["rung"] == 0:
            yield from events.items()
        else:
            yield from ((event, slot) for event, slot in events.items() if event.startswith(("treaty_ended", "left.")))
            yield "crisis", "shock"

    def _event(self, event: str) -> str:
        kind, _, name = event.partition(".")
        if kind == "left":
            treaty, _, actor = name.partition(".")
            return f"because {self.called[actor] if actor else 'a party'} left {treaty}"
        return _EVENTS[kind, bool(name)].format(self.called.get(name, name))

    def _memories(self) -> Iterator[str]:
        for actor in self.s.actors:
            before, after = self.slots[f"memory.{actor}"], self.slots[f"memory.{actor}'"]
            if before.leader != after.leader:
                names = self._leaders(actor)
                yield f"{self.called[actor]} changes its leader: {names[before.leader]} to {names[after.leader]}"
            if before.covered != after.covered:
                how = "limits hold again, it returns to its strategy" if after.covered else "no limits hold, it changes strategy"
                yield f"{self.called[actor]}: {how}"

    def _leaders(self, actor: str) -> list[str]:
        return [leader["name"] for leader in self.s.tables["actors"][actor].get("leaders", [])]


_MOVED = {
    ("pending", "in_force"): "enters into force",
    ("in_force", "withdrawing"): "is under notice: a party withdraws",
    ("in_force", "ended"): "ends: a party withdraws",
    ("in_force", "suspended"): "is suspended",
    ("withdrawing", "ended"): "ends: the notice has run out",
    ("withdrawing", "in_force"): "stays in force: the withdrawal is taken back",
    ("suspended", "in_force"): "is resumed",
    ("suspended", "ended"): "collapses while suspended",
    ("ended", "in_force"): "is negotiated anew and enters into force",
}
_PARTY: Final[Mapping[tuple[str, str], str]] = {
    ("member", "leaving"): "gives notice of leaving the treaty {}",
    ("member", "out"): "leaves the treaty {}",
    ("leaving", "out"): "is out of the treaty {}: the notice has run out",
    ("leaving", "member"): "stays in the treaty {}: the withdrawal is taken back",
}
_CAUSES = {
    "background": "out of the background",
    "arming": "because of arming",
    "alarm": "because of an alarm",
}
_EVENTS: Final[Mapping[tuple[str, bool], str]] = {
    ("arming", True): "because {} armed",
    ("alarm", False): "because of an alarm",
    ("alarm", True): "because of the alarm on {}",
    ("accusation", True): "because {} accused another falsely",
    ("disbelieved", True): "because a false accusation by {} was not believed",
    ("withdrawal", False): "because of a withdrawal",
    ("withdrawal", True): "because of the withdrawal from {}",
    ("treaty_ended", False): "because a treaty ended",
    ("treaty_ended", True): "because {} ended",
    ("onset", False): "because a crisis began",
    ("crisis", False): "because of the shock",
}


def _spoken(word: Any) -> str:
    return str(word).replace("_", " ")
