"""Treaties whose parties leave one by one (docs/model.md, section 1.1, step 3).

Beside the slots of any treaty, such a treaty owns `member.t.i` for each party: `member`, `leaving` (under notice), `out`, or
`outside` (it has not joined).  Members and parties under notice are bound.  Others read `active.t.i`, `withdrawal.t`,
`treaty_ended.t`, `left.t`, `left.t.i` and `exits.t` (exits that took effect while the treaty goes on).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from sim.chain import Move, sure
from sim.dilemma.monitoring import accused
from sim.dilemma.parameters import InEffect
from sim.dilemma.structure import Pair, Structure, possible
from sim.dilemma.treaties import ACTIVE, Treaty, leaves

BOUND: Final = ("member", "leaving")
LEFT: Final = ("leaving", "out")
_OF_NOTICE: Final = {"in_force": "member", "withdrawing": "leaving", "ended": "out"}
Moved = tuple[int, bool, int]
"""How many parties are bound after their moves, whether one left or gave notice, how many exits took effect."""


class OneByOne:
    """One treaty that parties leave singly: its slots and its moves."""

    def __init__(self, s: Structure, name: str) -> None:
        self.s, self.name, self.whole = s, name, Treaty(s, name)
        table = s.tables["treaties"][name]
        self.status, self.parties = self.whole.status, self.whole.parties
        self.outside, self.least = frozenset(table["outside"]), int(table["minimum_parties"])
        self.members = tuple(f"member.{name}.{a}" for a in self.parties)
        self.slots = (*self.whole.slots, *self.members)

    def limits(self, status: str, party: str) -> bool:
        """Whether the limits hold for a party, by the status of the treaty and its own."""
        return party in BOUND and self.whole.limits(status)

    def standing(self, actor: str) -> tuple[str, ...]:
        """The slots that tell whether the limits hold for a party."""
        return self.status, f"member.{self.name}.{actor}"

    def begins(self, actor: str) -> tuple[str, ...]:
        """The values of these slots at the start."""
        return (*self.whole.begins(actor), "outside" if actor in self.outside else "member")

    def first(self) -> list[Move]:
        """The status at the start, and who has joined."""
        own = [sure(slot, [], [slot + "'"], lambda a=a: self.begins(a)[1]) for a, slot in self._each()]
        return [*self.whole.first(), *own]

    def _each(self) -> list[tuple[str, str]]:
        """The parties and their slots."""
        return list(zip(self.parties, self.members, strict=True))

    def circumstances(self) -> list[Move]:
        """What others may know at the start of a round: for whom the treaty is active, and its `while` table in effect."""
        active = [
            sure(name, [self.status, slot], [name], lambda status, party: status in ACTIVE and party in BOUND)
            for a, slot in self._each()
            for name in [self.s.active(self.name, a)]
        ]
        return [*active, *self.s.circumstance(("treaties", self.name), self.status)]

    # ---- parties

    def _party(self, actor: str, slot: str, peace: bool) -> Move:
        """The move of one party; in a crisis round no member withdraws."""

        def party(p: InEffect, status: str, now: str, gone: int = 0, *others: str) -> dict[str, Any]:
            table = p["treaties"][self.name]
            if status == "suspended":
                return {now: 1.0}
            if now not in BOUND:
                joins = leaves(table["join_rate"], self.s.dt)
                return {now: 1 - joins, "member": joins}
            if status != "in_force" or (now == "member" and not peace):
                return {now: 1.0}
            if now == "leaving":
                return {_OF_NOTICE[key]: x for key, x in self.whole.clock(p, "withdrawing").items()}
            follows = table["follow_rate"] + table["leak"] * table["leak_follow_rate"]
            goes = leaves(rate_of(table, actor) * (1 + self.whole.spill(p, others)) + gone * follows, self.s.dt)
            noticed, out = table["notice_years"] > 0, {"member": 1 - goes}
            if possible(noticed):
                out["leaving"] = goes * noticed
            if possible(~noticed):
                out["out"] = goes * ~noticed
            return out

        others = [f"gone.{self.name}", *[f"treaty.{t}" for t in self.whole.others]] if peace else []
        return self.s.chance(slot, [self.whole.part], [self.status, slot, *others], [slot + "'"], party)

    def _parties(self, peace: bool) -> list[Move]:
        """The moves of the parties, then `moved.t`: what came of them."""

        def count(so_far: Moved, before: str, after: str) -> Moved:
            bound, withdrew, exits = so_far
            withdrew = withdrew or (before == "member" and after in LEFT)
            return bound + (after in BOUND), withdrew, exits + (before in BOUND and after == "out")

        pairs = [[slot, slot + "'"] for slot in self.members]
        moves = [self._party(a, slot, peace) for a, slot in self._each()]
        return [*moves, *folded(f"moved.{self.name}", pairs, (0, False, 0), count)]

    # ---- rounds

    def peace(self) -> list[Move]:
        """The moves of a peace round: the parties, the status, then what others may know of the changes."""

        def status(p: InEffect, now: str, alarm: bool, moved: Moved) -> dict[str, Any]:
            bound, withdrew, _ = moved
            if now != "in_force" or bound < self.least:
                return self._clock(p, now, bound)
            halts = p["treaties"][self.name]["suspension_probability"]
            return {"in_force": 1 - halts, "suspended": halts} if alarm and not withdrew else {"in_force": 1.0}

        gone, seen = f"gone.{self.name}", f"seen.{self.name}"
        alarms = [[accused(self.s, self.name, a), slot] for a, slot in self._each()]
        return [
            sure(gone, list(self.members), [gone], lambda *x: sum(now in LEFT for now in x)),
            *folded(seen, alarms, False, lambda some, alarm, now: some or bool(alarm and now in BOUND)),
            *self._parties(peace=True),
            self._chance([self.status, seen, f"moved.{self.name}"], status),
            *self._changes(),
        ]

    def crisis(self) -> list[Move]:
        """The moves of a crisis round: a shock suspends, everything but withdrawals runs by its clock."""

        def status(p: InEffect, now: str, shocked: bool, moved: Moved) -> dict[str, Any]:
            if now != "in_force" or moved[0] < self.least:
                return self._clock(p, now, moved[0])
            return {"suspended" if shocked else "in_force": 1.0}

        def struck(shock: bool, pair: Pair, *standings: str) -> bool:
            bound = {a for a, now in zip(self.parties, standings, strict=True) if now in BOUND}
            return shock and set(pair) <= bound

        shocked = f"shocked.{self.name}"
        return [
            sure(shocked, ["shock", "pair", *self.members], [shocked], struck),
            *self._parties(peace=False),
            self._chance([self.status, shocked, f"moved.{self.name}"], status),
            *self._changes(),
        ]

    def _chance(self, reads: list[str], lottery: Callable[..., dict[str, Any]]) -> Move:
        return self.s.chance(self.status, [self.whole.part], reads, [self.status + "'"], lottery)

    def _clock(self, p: InEffect, now: str, bound: int) -> dict[str, Any]:
        """The move of the status where the clock alone moves it: too few parties end a treaty, and keep it from beginning."""
        if bound < self.least and now != "suspended":
            return {"ended" if now == "in_force" else now: 1.0}
        return self.whole.clock(p, now)

    def _changes(self) -> list[Move]:
        """The events of the round: withdrawal.t, left.t, left.t.i, exits.t, and treaty_ended.t."""
        name, expired = self.name, [self.whole.expired] if self.whole.expires else []

        def ended(before: str, after: str, expired: bool = False) -> bool:
            return expired or (before != "ended" and after == "ended")

        def parted(moved: Moved, after: str) -> tuple[bool, bool, int]:
            _, withdrew, exits = moved
            return withdrew, exits > 0, exits if after != "ended" else 0

        writes = [f"withdrawal.{name}", f"left.{name}", f"exits.{name}"]
        moves = [
            sure(f"parted.{name}", [f"moved.{name}", self.status + "'"], writes, parted),
            sure(f"changes.{name}", [self.status, self.status + "'", *expired], [f"treaty_ended.{name}"], ended),
        ]
        for a, slot in self._each():
            left = f"left.{name}.{a}"
            moves.append(sure(left, [slot, slot + "'"], [left], lambda was, now: was in BOUND and now == "out"))
        return moves + [sure(slot, [], [slot + "'"], lambda: False) for slot in expired]

    # ---- forced by events

    def forced(self, events: Sequence[Mapping[str, Any]]) -> list[Move]:
        """What events force, one after the other: the status, exits (too few parties end the treaty), then expiry."""
        name = self.name

        def force(status: str, *standings: str) -> tuple[str, bool]:
            expired, now = False, dict(zip(self.parties, standings, strict=True))
            for event in events:
                status = event.get("status", {}).get(name, status)
                now = {a: leave(event, a, x) for a, x in now.items()}
                if status in ("in_force", "suspended") and sum(x in BOUND for x in now.values()) < self.least:
                    status = "ended"
                if name in event.get("expire", ()):
                    expired, status = expired or status != "ended", "ended"
            return status, expired

        def leave(event: Mapping[str, Any], actor: str, now: str) -> str:
            return "out" if now in BOUND and actor in event.get("leave", {}).get(name, ()) else now

        def left(actor: str, now: str) -> str:
            for event in events:
                now = leave(event, actor, now)
            return now

        def expire(before: bool, rung: int, status: str, *standings: str) -> bool:
            return rung < len(self.s.rungs) and (before or force(status, *standings)[1])

        reads = [self.status, *self.members]
        moves = [sure(self.status, reads, [self.status + "'"], lambda *x: force(*x)[0])]
        moves += [sure(slot, [slot], [slot + "'"], lambda now, a=a: left(a, now)) for a, slot in self._each()]
        if self.whole.expires:
            moves.append(sure(self.whole.expired, [self.whole.expired, "rung", *reads], [self.whole.expired + "'"], expire))
        return moves


def rate_of(table: Mapping[str, Any], party: str) -> Any:
    """The yearly rate at which a party withdraws of its own accord."""
    rate: Any = table["withdrawal_rate"]
    return rate.get(party, 0.0) if isinstance(rate, Mapping) else rate


def folded(slot: str, reads: Sequence[Sequence[str]], start: Any, step: Callable[..., Any]) -> list[Move]:
    """Sure moves that go through groups of slots one after the other and carry a value; the last one writes `slot`."""
    out: list[Move] = []
    for n, group in enumerate(reads):
        name = slot if n == len(reads) - 1 else f"{slot}.{n}"
        if n == 0:
            out.append(sure(name, list(group), [name], lambda *x: step(start, *x)))
        else:
            out.append(sure(name, [out[-1].name, *group], [name], step))
    return out
