"""Monitoring: alarms from national technical means and inspections (docs/model.md, section 1.1, step 2).

An alarm is what is seen, never what was done.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sim.chain import Move
from sim.dilemma.parameters import InEffect
from sim.dilemma.structure import Structure


def parts(s: Structure, actor: str) -> list[str]:
    """The parts of the file that an actor's alarms depend on."""
    return ["monitoring", f"actors.{actor}", *[f"treaties.{t}" for t in s.treaties_of(actor)]]


def quiet(s: Structure, p: InEffect, actor: str, action: int, active: Sequence[bool]) -> Any:
    """P(no alarm of an actor | its action) in one round; `active` goes with the treaties to which it is party."""
    kind = "detection" if action else "false_alarm"
    out, heard = (1 - p["actors"][actor]["monitoring"][kind]) ** s.dt, 1.0
    for treaty, on in zip(s.treaties_of(actor), active, strict=True):
        if on:
            table = p["treaties"][treaty]
            out = out * (1 - table[f"inspection_{kind}"]) ** (table["inspections_per_year"] * s.dt)
            heard = heard * (1 - table["clarification"])
    return out if action else out**heard


def move(s: Structure, actor: str) -> Move:
    """The public alarm that an actor draws."""

    def alarm(p: InEffect, action: int, *active: bool) -> dict[int, Any]:
        silent = quiet(s, p, actor, action, active)
        return {0: silent, 1: 1 - silent}

    reads = [f"act.{actor}", *[f"active.{t}" for t in s.treaties_of(actor)]]
    return s.chance(f"alarm.{actor}", parts(s, actor), reads, [f"alarm.{actor}"], alarm)
