"""Monitoring: alarms from national technical means and inspections (docs/model.md, section 1.1, step 2).

An alarm is what is seen, never what was done.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from sim.chain import Move
from sim.dilemma.parameters import InEffect
from sim.dilemma.structure import Structure, times


def parts(s: Structure, actor: str) -> list[str]:
    """The parts of the file that an actor's alarms depend on."""
    return ["monitoring", f"actors.{actor}", *[f"treaties.{t}" for t in s.treaties_of(actor)]]


def alarmed(s: Structure, p: InEffect, actor: str, action: int, active: Sequence[bool]) -> Any:
    """P(alarm of an actor | its action) in one round; `active` goes with the treaties to which it is party."""
    return -np.expm1(-_hazard(s, p, actor, action, active))


def quiet(s: Structure, p: InEffect, actor: str, action: int, active: Sequence[bool]) -> Any:
    """P(no alarm of an actor | its action) in one round."""
    return np.exp(-_hazard(s, p, actor, action, active))


def _hazard(s: Structure, p: InEffect, actor: str, action: int, active: Sequence[bool]) -> Any:
    """-log P(quiet | action); hazards add up where one minus a probability near one would lose small ones."""
    kind = "detection" if action else "false_alarm"
    out, heard = times(p["actors"][actor]["monitoring"][kind], s.dt), 1.0
    for treaty, on in zip(s.treaties_of(actor), active, strict=True):
        if on:
            table = p["treaties"][treaty]
            out = out + times(table[f"inspection_{kind}"], table["inspections_per_year"] * s.dt)
            heard = heard * (1 - table["clarification"])
    return out if action else np.where(heard > 0, out * np.where(heard > 0, heard, 1.0), 0.0)


def move(s: Structure, actor: str) -> Move:
    """The public alarm that an actor draws."""

    def alarm(p: InEffect, action: int, *active: bool) -> dict[int, Any]:
        return {0: quiet(s, p, actor, action, active), 1: alarmed(s, p, actor, action, active)}

    reads = [f"act.{actor}", *[s.active(t, actor) for t in s.treaties_of(actor)]]
    return s.chance(f"alarm.{actor}", parts(s, actor), reads, [f"alarm.{actor}"], alarm)
