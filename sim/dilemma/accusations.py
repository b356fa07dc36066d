"""Deliberate false accusations: an actor claims a violation that nobody saw (docs/model.md, section 1.1, step 2).

The slot `accusation.A` of a peace round says what became of A's: None (none was made), `believed` or `disbelieved`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from scipy.special import expit

from sim.chain import Move, Tally, sure
from sim.dilemma import monitoring
from sim.dilemma.parameters import InEffect
from sim.dilemma.structure import Structure
from sim.dilemma.treaties import leaves

BELIEVED: Final = "believed"
DISBELIEVED: Final = "disbelieved"


def accusers(s: Structure) -> list[str]:
    """The actors that may accuse another falsely."""
    return [a for a in s.actors if s.tables["actors"][a].get("accusation") is not None]


def target(s: Structure, accuser: str) -> str:
    """Whom an actor may accuse."""
    return s.tables["actors"][accuser]["accusation"]["target"]


def against(s: Structure, actor: str) -> list[str]:
    """The actors that may accuse this one."""
    return [a for a in accusers(s) if target(s, a) == actor]


def slot(accuser: str) -> str:
    """The slot that says what became of an actor's accusation in a round."""
    return f"accusation.{accuser}"


def drawn(observer: str, actor: str) -> str:
    """The slot of a private alarm as it is drawn, before false accusations join it."""
    return f"drawn.{observer}.{actor}"


def moves(s: Structure) -> list[Move]:
    """The accusations of a round: while the accuser and its target share an active treaty, and no alarm about the target was
    drawn (with private alarms: the accuser drew none)."""
    return [move for a in accusers(s) for move in _moves(s, a)]


def _moves(s: Structure, accuser: str) -> list[Move]:
    of = target(s, accuser)

    def accuse(p: InEffect, alarm: int, *active: bool) -> dict[str | None, Any]:
        if alarm or not any(mine and its for mine, its in zip(active[::2], active[1::2], strict=True)):
            return {None: 1.0}
        table = p["actors"][accuser]["accusation"]
        made = leaves(table["opportunity_rate"], s.dt) * taken(table)
        return {None: 1 - made, BELIEVED: made * table["credibility"], DISBELIEVED: made * (1 - table["credibility"])}

    seen = drawn(accuser, of) if monitoring.private(s) else f"drawn.{of}"
    both = monitoring.shared(s, accuser, of)
    reads = [seen, *[s.active(t, a) for t in both for a in (accuser, of)]]
    events = [
        sure(f"accused by {accuser}", [slot(accuser)], [f"accuses.{accuser}"], lambda x: x is not None),
        sure(f"disbelieved.{accuser}", [slot(accuser)], [f"disbelieved.{accuser}"], lambda x: x == DISBELIEVED),
    ]
    return [s.chance(slot(accuser), [f"actors.{accuser}"], reads, [slot(accuser)], accuse), *events]


def taken(table: Any) -> Any:
    """The probability that an actor takes an opportunity: certain, or by what the accusation is worth to it (1.8)."""
    if "precision" not in table:
        return 1.0
    believed = table["credibility"]
    return expit(table["precision"] * (believed * table["gain"] - (1 - believed) * table["cost"]))


def joined(alarm: str, drawn: str, accusers: Sequence[str]) -> Move:
    """The alarm about an actor: drawn, or an accusation that is believed."""
    return sure(
        f"{alarm} joined",
        [drawn, *[slot(a) for a in accusers]],
        [alarm],
        lambda drawn, *made: int(bool(drawn) or BELIEVED in made),
    )


def events(s: Structure) -> dict[str, str]:
    """The condition events of accusations and the slots that say whether they occurred."""
    who = accusers(s)
    return {f"accusation.{a}": f"accuses.{a}" for a in who} | {f"disbelieved.{a}": f"disbelieved.{a}" for a in who}


def worth(p: InEffect, accuser: str, made: str | None) -> Any:
    """What an accuser gains by an accusation that is believed, or loses by one that is not."""
    table = p["actors"][accuser]["accusation"]
    return {None: 0.0, BELIEVED: table["gain"], DISBELIEVED: -table["cost"]}[made]


def counts(s: Structure) -> list[Tally]:
    """The accusations that each accuser makes."""
    return [Tally(f"accusations.{a}", (slot(a),), lambda made: float(made is not None)) for a in accusers(s)]
