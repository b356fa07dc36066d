"""Monitoring: alarms from national technical means and inspections (docs/model.md, section 1.1, step 2).

An alarm is what is seen, never what was done.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any, Final

import numpy as np

from sim.chain import Move
from sim.dilemma.parameters import InEffect
from sim.dilemma.structure import Structure, times

LEAKED: Final = "leaked"
"""What an active treaty's inspections are to an actor that has left it: known as far as its parties pass them on."""


def parts(s: Structure, actor: str) -> list[str]:
    """The parts of the file that an actor's alarms depend on."""
    return ["monitoring", f"actors.{actor}", *[f"treaties.{t}" for t in s.treaties_of(actor)]]


def private(s: Structure) -> bool:
    """Whether every actor draws its own alarms, which the others do not see."""
    return s.tables["monitoring"]["kind"] == "private"


def shared(s: Structure, observer: str, actor: str) -> list[str]:
    """The treaties to which both are party: what their inspections find, their parties see."""
    return [t for t in s.treaties_of(actor) if t in s.treaties_of(observer)]


def accused(s: Structure, treaty: str, party: str) -> str:
    """The slot that says whether a party of a treaty has an alarm against it, in the eyes of the other parties."""
    everybody = set(s.tables["treaties"][treaty]["parties"]) == set(s.actors) and not s.one_by_one(treaty)
    return f"accused.{treaty}.{party}" if private(s) and not everybody else f"alarm.{party}"


def alarmed(s: Structure, p: InEffect, actor: str, action: int, active: Sequence[bool]) -> Any:
    """P(alarm of an actor | its action) in one round; `active` goes with the treaties to which it is party."""
    return -np.expm1(-_hazard(s, p, actor, action, active))


def quiet(s: Structure, p: InEffect, actor: str, action: int, active: Sequence[bool]) -> Any:
    """P(no alarm of an actor | its action) in one round."""
    return np.exp(-_hazard(s, p, actor, action, active))


def caught(s: Structure, p: InEffect, treaty: str, actor: str, action: int, active: Sequence[bool]) -> Any:
    """P(some other party of a treaty has a private alarm about an actor | action); `active` goes with the actor's treaties."""
    on, hazard = dict(zip(s.treaties_of(actor), active, strict=True)), 0.0
    for observer in s.tables["treaties"][treaty]["parties"]:
        if observer != actor:
            hazard = hazard + _private_hazard(s, p, observer, actor, action, [on[t] for t in shared(s, observer, actor)])
    return -np.expm1(-hazard)


def _private_hazard(s: Structure, p: InEffect, observer: str, actor: str, action: int, shown: Sequence[bool | str]) -> Any:
    """-log P(one observer has no alarm | action): what an observer sees of an actor; `shown` goes with their shared treaties."""
    on = dict(zip(shared(s, observer, actor), shown, strict=True))
    return _hazard(s, p, actor, action, [on.get(t, False) for t in s.treaties_of(actor)])


def _shown(active: bool, standing: str = "member") -> bool | str:
    """Whether an observer sees what a treaty's inspections of an actor find, by whether it is active for the actor and by the
    observer's standing: a party that has left sees what leaks."""
    return (standing in ("member", "leaving") or (LEAKED if standing == "out" else False)) if active else False


def _hazard(s: Structure, p: InEffect, actor: str, action: int, active: Sequence[bool | str]) -> Any:
    """-log P(quiet | action); hazards add up where one minus a probability near one would lose small ones."""
    kind = "detection" if action else "false_alarm"
    out, heard = times(p["actors"][actor]["monitoring"][kind], s.dt), 1.0
    for treaty, on in zip(s.treaties_of(actor), active, strict=True):
        if on:
            table = p["treaties"][treaty]
            leaked = on == LEAKED  # who has left hears what its parties pass on, and nothing of the consultative body
            out = out + times(
                table[f"inspection_{kind}"], table["inspections_per_year"] * s.dt * (table["leak"] if leaked else 1)
            )
            heard = heard if leaked else heard * (1 - table["clarification"])
    return out if action else np.where(heard > 0, out * np.where(heard > 0, heard, 1.0), 0.0)


def move(s: Structure, actor: str, slot: str = "") -> Move:
    """The public alarm that an actor draws, into `alarm.i` or another slot."""

    def alarm(p: InEffect, action: int, *active: bool) -> dict[int, Any]:
        return {0: quiet(s, p, actor, action, active), 1: alarmed(s, p, actor, action, active)}

    reads = [f"act.{actor}", *[s.active(t, actor) for t in s.treaties_of(actor)]]
    return s.chance(f"alarm.{actor}", parts(s, actor), reads, [slot or f"alarm.{actor}"], alarm)


def private_move(s: Structure, observer: str, actor: str, slot: str) -> Move:
    """The alarm that one actor draws about another."""
    both = shared(s, observer, actor)

    slots = [[s.active(t, actor), *([f"member.{t}.{observer}"] if s.one_by_one(t) else [])] for t in both]

    def alarm(p: InEffect, action: int, *standings: Any) -> dict[int, Any]:
        left = iter(standings)
        hazard = _private_hazard(s, p, observer, actor, action, [_shown(*itertools.islice(left, len(each))) for each in slots])
        return {0: np.exp(-hazard), 1: -np.expm1(-hazard)}

    needed = [part for part in parts(s, actor) if not part.startswith("treaties.") or part.partition(".")[2] in both]
    return s.chance(slot, needed, [f"act.{actor}", *itertools.chain(*slots)], [slot], alarm)
