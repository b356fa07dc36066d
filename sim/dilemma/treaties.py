"""Treaties: their statuses and how they move (docs/model.md, section 1.1, step 3, and section 1.2).

A treaty owns the slots `treaty.t` (its status) and, where an event may let it expire, `expired.t` (whether it ended by the
calendar at the start of the round).  Others read `active.t`, `withdrawal.t`, `treaty_ended.t` and, through `limits`, its status.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np

from sim.chain import Move, sure
from sim.dilemma.monitoring import accused
from sim.dilemma.parameters import InEffect
from sim.dilemma.structure import Pair, Structure, possible

ACTIVE: Final = ("in_force", "withdrawing")
GONE: Final = ("withdrawing", "ended")


def leaves(rate: Any, dt: float) -> Any:
    """Probability that a clock with a yearly rate strikes within a round."""
    return -np.expm1(-rate * dt)


def two_rates(r: Any, q: Any, dt: float) -> tuple[Any, Any]:
    """Probabilities of the r-move and of the q-move within a round, when both clocks run."""
    out, total = leaves(r + q, dt), np.where(r + q > 0, r + q, 1.0)
    return out * (r / total), out * (q / total)


class Treaty:
    """One treaty: its slots and its moves."""

    def __init__(self, s: Structure, name: str) -> None:
        self.s, self.name = s, name
        table = s.tables["treaties"][name]
        self.part, self.status, self.expired = f"treaties.{name}", f"treaty.{name}", f"expired.{name}"
        self.parties: tuple[str, ...] = tuple(table["parties"])
        self.limits_when_suspended: bool = table["limits_when_suspended"]
        self.others = [t for t in s.treaties if t != name]
        self.expires = any(name in event.get("expire", ()) for event in s.tables["events"])
        self.slots = (self.status, self.expired) if self.expires else (self.status,)

    def limits(self, status: str) -> bool:
        """Whether the limits hold."""
        return status in ACTIVE or (status == "suspended" and self.limits_when_suspended)

    def standing(self, actor: str) -> tuple[str, ...]:
        """The slots that tell whether the limits hold for a party."""
        return (self.status,)

    def begins(self, actor: str) -> tuple[str, ...]:
        """The values of these slots at the start."""
        return (self.s.tables["treaties"][self.name]["status"],)

    def first(self) -> list[Move]:
        """The status at the start."""
        status = self.s.tables["treaties"][self.name]["status"]
        moves = [sure(self.status, [], [self.status + "'"], lambda: status)]
        return moves + ([sure(self.expired, [], [self.expired + "'"], lambda: False)] if self.expires else [])

    def circumstances(self) -> list[Move]:
        """What others may know at the start of a round: whether the treaty is active, and its `while` table in effect."""
        active = sure(f"active.{self.name}", [self.status], [f"active.{self.name}"], lambda status: status in ACTIVE)
        return [active, *self.s.circumstance(("treaties", self.name), self.status)]

    def clock(self, p: InEffect, status: str) -> dict[str, Any]:
        """What time does to any status but in_force."""
        table, dt = p["treaties"][self.name], self.s.dt
        if status == "withdrawing":
            notice = table["notice_years"]
            over, back = two_rates(1 / np.where(notice > 0, notice, 1.0), table["reversal_rate"], dt)
            over, back = np.where(notice > 0, over, 1.0), np.where(notice > 0, back, 0.0)
        elif status == "suspended":
            back, over = two_rates(table["resumption_rate"], table["collapse_rate"], dt)
        else:
            back, over = leaves(table["entry_rate" if status == "pending" else "renegotiation_rate"], dt), 0.0
        out = {"in_force": back, "ended": over}
        out[status] = out.get(status, 0.0) + 1 - back - over
        return out

    def spill(self, p: InEffect, others: Sequence[str]) -> Any:
        """What the statuses of the other treaties add to withdrawal (the cascade)."""
        cascade: Any = p["treaties"][self.name]["cascade"]
        spill: Any = 0.0
        for other, status in zip(self.others, others, strict=True):
            if status in GONE:
                spill = spill + (cascade.get(other, 0.0) if isinstance(cascade, Mapping) else cascade)
        return spill

    def withdraws(self, p: InEffect, others: Sequence[str]) -> Any:
        """Probability that some party withdraws, given the statuses of the other treaties."""
        rate: Any = p["treaties"][self.name]["withdrawal_rate"]
        rates = sum(rate.values(), start=0.0) if isinstance(rate, Mapping) else rate * len(self.parties)
        return leaves(rates * (1 + self.spill(p, others)), self.s.dt)

    def peace(self) -> list[Move]:
        """The moves of a peace round: the status, then what others may know of its change."""

        def status(p: InEffect, now: str, alarm: bool, *others: str) -> dict[str, Any]:
            if now != "in_force":
                return self.clock(p, now)
            table = p["treaties"][self.name]
            goes, halts, noticed = self.withdraws(p, others), table["suspension_probability"], table["notice_years"] > 0
            out = {"in_force": (1 - goes) * (1 - halts) if alarm else 1 - goes}
            if possible(noticed):
                out["withdrawing"] = goes * noticed
            if possible(~noticed):
                out["ended"] = goes * ~noticed
            if alarm and possible(halts):
                out["suspended"] = (1 - goes) * halts
            return out

        seen = f"seen.{self.name}"
        if set(self.parties) == set(self.s.actors):
            some = sure(seen, ["alarms"], [seen], lambda n: n > 0)
        else:
            some = sure(seen, [accused(self.s, self.name, a) for a in self.parties], [seen], lambda *y: sum(y) > 0)
        reads = [self.status, seen, *[f"treaty.{t}" for t in self.others]]
        return [some, self.s.chance(self.status, [self.part], reads, [self.status + "'"], status), *self.changes()]

    def crisis(self) -> list[Move]:
        """The moves of a crisis round: a shock suspends, other statuses than in_force run their clocks."""

        def status(p: InEffect, now: str, shock: bool, pair: Pair) -> dict[str, Any]:
            if now != "in_force":
                return self.clock(p, now)
            return {"suspended" if shock and set(pair) <= set(self.parties) else "in_force": 1.0}

        return [
            self.s.chance(self.status, [self.part], [self.status, "shock", "pair"], [self.status + "'"], status),
            *self.changes(),
        ]

    def changes(self) -> list[Move]:
        """The events of the round: withdrawal.t and treaty_ended.t."""

        def events(before: str, after: str, expired: bool = False) -> tuple[bool, bool]:
            return before == "in_force" and after in GONE, expired or (before != "ended" and after == "ended")

        reads = [self.status, self.status + "'", *self.slots[1:]]
        writes = [f"withdrawal.{self.name}", f"treaty_ended.{self.name}"]
        moves = [sure(f"changes.{self.name}", reads, writes, events)]
        return moves + ([sure(self.expired, [], [self.expired + "'"], lambda: False)] if self.expires else [])

    def forced(self, events: Sequence[Mapping[str, Any]]) -> list[Move]:
        """What events force, one after the other: first the status, then expiry, which ends what has not ended yet."""

        def force(status: str) -> tuple[str, bool]:
            expired = False
            for event in events:
                status = event.get("status", {}).get(self.name, status)
                if self.name in event.get("expire", ()):
                    expired, status = expired or status != "ended", "ended"
            return status, expired

        def expire(status: str, before: bool, rung: int) -> bool:
            return rung < len(self.s.rungs) and (before or force(status)[1])

        moves = [sure(self.status, [self.status], [self.status + "'"], lambda status: force(status)[0])]
        if self.expires:
            moves.append(sure(self.expired, [self.status, self.expired, "rung"], [self.expired + "'"], expire))
        return moves
