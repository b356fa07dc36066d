"""One simulated history in words: what happened in each round, and why (docs/model.md, sections 1.1 and 1.2).

The reasons are the numbers in effect in the round: what an actor's strategy makes of its memory, what tempts it, its tremble.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from sim.dilemma import stage_game
from sim.dilemma.actors import Memory
from sim.dilemma.parameters import InEffect
from sim.dilemma.strategies import STRATEGIES
from sim.dilemma.structure import Structure
from sim.dilemma.traces import RoundRecord
from sim.report.words import calendar_date, count, date_of, labels, number, series


@dataclass(frozen=True)
class Story:
    """A round in words: its number, when it starts (years), the rung before and after it, and sentences; none if it is quiet."""

    round: int
    year: float
    rung: str
    after: str
    sentences: tuple[str, ...]


def tell(s: Structure, records: Sequence[RoundRecord]) -> list[Story]:
    """The story of every round of a history."""
    rungs = ("peace", *s.rungs)
    return [
        Story(
            round=r.t,
            year=r.t * s.dt,
            rung=rungs[r.slots["rung"]],
            after=rungs[r.slots["rung'"]],
            sentences=tuple(f"{text}." for text in _Telling(s, r).sentences()),
        )
        for r in records
    ]


def prose(s: Structure, stories: Sequence[Story]) -> str:
    """The history as text, quiet rounds together."""
    start = s.tables["horizon"].get("start")
    lines = []
    for quiet, group in itertools.groupby(stories, lambda story: not story.sentences):
        members = list(group)
        if quiet:
            when = _when(start, members[0], members[-1])
            lines.append(f"{when}  {count(len(members), 'quiet round')}: nobody arms, no alarm, nothing changes.")
            continue
        for story in members:
            head = _when(start, story, story)
            lines += [f"{head if n == 0 else ' ' * len(head)}  {text}" for n, text in enumerate(story.sentences)]
    return "\n".join([*lines, "", _ending(s, stories)])


def records(s: Structure, stories: Sequence[Story], rounds: Sequence[RoundRecord]) -> list[dict[str, Any]]:
    """The history as JSON: every round with its slots and its sentences."""
    start = s.tables["horizon"].get("start")
    return [
        {
            "round": story.round,
            "year": story.year,
            "date": None if start is None else calendar_date(start, story.year).isoformat(),
            "rung": story.rung,
            "rung_after": story.after,
            "text": list(story.sentences),
            "slots": {slot: _plain(value) for slot, value in record.slots.items()},
        }
        for story, record in zip(stories, rounds, strict=True)
    ]


def _when(start: Any, first: Story, last: Story) -> str:
    rounds = f"round {first.round}" + (f" to {last.round}" if last.round != first.round else "")
    return f"{date_of(start, first.year)}, {rounds}:"


def _ending(s: Structure, stories: Sequence[Story]) -> str:
    if stories[-1].after == s.rungs[-1]:
        return f"The history ends after {count(len(stories), 'round')} with {s.rungs[-1]}; nothing moves any more."
    highest = max((s.rungs.index(story.after) for story in stories if story.after != "peace"), default=None)
    reached = "there was no crisis" if highest is None else f"the highest rung reached was {s.rungs[highest]}"
    return f"The history ends with the horizon, after {count(s.rounds, 'round')}; {reached}."


def _plain(value: Any) -> Any:
    if isinstance(value, Memory):
        return {"leader": value.leader, "covered": value.covered, "state": _plain(value.state)}
    if isinstance(value, tuple | list):
        return [_plain(x) for x in value]
    return value.item() if isinstance(value, np.generic) else value


class _Telling:
    """One round being told."""

    def __init__(self, s: Structure, record: RoundRecord) -> None:
        self.s, self.t, self.slots, self.forced = s, record.t, record.slots, record.forced
        self.called = labels(s.tables)
        self.epoch = int(np.searchsorted(np.array(s.first), record.t, side="right")) - 1

    def sentences(self) -> Iterator[str]:
        yield from self._calendar()
        if self.slots["rung"] == 0:
            yield from self._actions()
            yield from self._alarms()
            yield from self._treaties()
            yield from self._onset()
        else:
            yield from self._climb()
            yield from self._treaties()
        yield from self._conditions()
        yield from self._memories()

    # ---- the calendar

    def _calendar(self) -> Iterator[str]:
        for event in self.forced:
            for name, status in event.get("status", {}).items():
                yield f"By the calendar {name} is {_spoken(status)}"
            if event.get("expire"):
                yield f"By the calendar {series(event['expire'])} {'expires' if len(event['expire']) == 1 else 'expire'}"

    # ---- a peace round

    def _actions(self) -> Iterator[str]:
        for actor in self.s.actors:
            provoked, tempted, tremble = self._chances(actor)
            if self.slots[f"act.{actor}"]:
                yield f"{self.called[actor]} arms {self._reason(actor, provoked, tempted, tremble)}"
            elif provoked > 0.5:
                yield f"{self.called[actor]} restrains, though its strategy would arm with probability {number(provoked)}"

    def _reason(self, actor: str, provoked: float, tempted: float, tremble: float) -> str:
        ways = []
        if provoked > 0:
            ways.append(f"by its strategy ({self._strategy(actor)}, {number(provoked)})")
        if tempted > 0 and provoked < 1:
            ways.append(f"by temptation ({number(tempted)})")
        if tremble > 0:
            ways.append(f"by a tremble ({number(tremble)})")
        return series(ways, "or")

    def _chances(self, actor: str) -> tuple[float, float, float]:
        """What an actor's strategy, its temptation and its tremble give: P(arm) by each."""
        p, table = self._numbers(), self.s.tables["actors"][actor]
        now, spec = p["actors"][actor], self._spec(p, actor)
        strategy = STRATEGIES[spec["kind"]]
        if strategy.play is None:
            arms = strategy.arm(spec, self.slots[f"memory.{actor}"].state)
        else:
            active = [self.slots[f"active.{t}"] for t in self.s.treaties]
            arms = strategy.play(spec, stage_game.effective_game(self.s, p, active), self.s.actors.index(actor))
        tempted = 0.0
        if table.get("temptation_precision") is not None:
            active = [self.slots[f"active.{t}"] for t in self.s.treaties_of(actor)]
            offer = self._now(stage_game.temptation(self.s, p, actor, active))
            tempted = 1 / (1 + np.exp(np.clip(-self._now(now["temptation_precision"]) * offer, -700, 700)))
        return self._now(arms), float(tempted), self._now(now["tremble"])

    def _spec(self, p: InEffect, actor: str) -> Mapping[str, Any]:
        memory, table = self.slots[f"memory.{actor}"], p["actors"][actor]
        if not memory.covered:
            return table["strategy_without_treaty"]
        return table["leaders"][memory.leader]["strategy"] if "leaders" in table else table["strategy"]

    def _strategy(self, actor: str) -> str:
        return str(self._spec(self._numbers(), actor)["kind"]).replace("_", " ")

    def _numbers(self) -> InEffect:
        """The numbers in effect in the round, all epochs together."""
        s = self.s
        active = tuple((*o, x) for o in s.parameters.owners if (x := self.slots[f"while.{o[0]}.{o[1]}"]) is not None)
        groups = [f"{group}.{name}" for group in ("actors", "treaties") for name in s.tables[group]]
        return s.parameters.in_effect(active, ("game", "monitoring", "onset", "crisis", "channels", *groups))

    def _now(self, x: Any) -> float:
        """A number in effect in this round's epoch."""
        column = np.atleast_2d(np.asarray(x, dtype=float))[:, 0]
        return float(column[self.epoch if len(column) > 1 else 0])

    def _alarms(self) -> Iterator[str]:
        for actor in self.s.actors:
            if self.slots[f"alarm.{actor}"]:
                truth = "it armed" if self.slots[f"act.{actor}"] else "a false one, it restrained"
                yield f"{self.called[actor]} draws an alarm ({truth})"

    def _onset(self) -> Iterator[str]:
        rung, pair = self.slots["rung'"], self.slots.get("between") or self.slots["pair'"]
        if rung:
            sides = series(self.called[a] for a in pair) if pair else "the rivals"
            why = _CAUSES[self.slots["cause"]]
            yield f"A crisis between {sides} begins, {why}; it stands at {self.s.rungs[rung - 1]}"

    # ---- a crisis round

    def _climb(self) -> Iterator[str]:
        before, after, winner = self.slots["rung"], self.slots["rung'"], self.slots["winner"]
        pair = self.slots["pair"]
        if after > before:
            shock = "; a shock" if self.slots["shock"] else ""
            yield f"The crisis reaches {self.s.rungs[after - 1]}{shock}"
        elif after == before:
            yield f"The crisis stays at {self.s.rungs[before - 1]}"
        elif winner is not None:
            loser = next(a for a in pair if a != winner)
            how = f"{self.called[loser]} concedes, {self.called[winner]} stands and wins"
            yield f"The crisis ends at {self.s.rungs[before - 1]}: {how}"
        else:
            both = ": both concede" if self.s.tables["crisis"]["kind"] == "brinkmanship" else ""
            yield f"The crisis ends at {self.s.rungs[before - 1]}{both}"

    # ---- what else moves

    def _treaties(self) -> Iterator[str]:
        for name in self.s.treaties:
            before, after = self.slots[f"treaty.{name}"], self.slots[f"treaty.{name}'"]
            if before != after:
                moved = _MOVED.get((before, after), f"moves from {_spoken(before)} to {_spoken(after)}")
                yield f"The treaty {name} {moved}{self._why(name, after)}"

    def _why(self, name: str, after: str) -> str:
        if after != "suspended":
            return ""
        if self.slots["rung"]:
            return " by the shock"
        parties = self.s.tables["treaties"][name]["parties"]
        return f" after the alarm on {series(self.called[a] for a in parties if self.slots[f'alarm.{a}'])}"

    def _conditions(self) -> Iterator[str]:
        for name in self.s.conditions:
            before, after = self.slots[f"condition.{name}"], self.slots[f"condition.{name}'"]
            if before != after:
                yield f"The condition {name} moves from {before} to {after}"

    def _memories(self) -> Iterator[str]:
        for actor in self.s.actors:
            before, after = self.slots[f"memory.{actor}"], self.slots[f"memory.{actor}'"]
            if before.leader != after.leader:
                names = [leader["name"] for leader in self.s.tables["actors"][actor]["leaders"]]
                yield f"{self.called[actor]} changes its leader: {names[before.leader]} to {names[after.leader]}"
            if before.covered != after.covered:
                how = "limits hold again, it returns to its strategy" if after.covered else "no limits hold, it changes strategy"
                yield f"{self.called[actor]}: {how}"


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
_CAUSES = {
    "background": "out of the background",
    "arming": "because of arming",
    "alarm": "because of an alarm",
    "treaty_end": "because a treaty ended",
}


def _spoken(word: Any) -> str:
    return str(word).replace("_", " ")
