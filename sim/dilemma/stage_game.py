"""The stage game: yearly payoffs, and the effective game that actors weigh (docs/model.md, section 4).

With two actions each and payoffs that add over pairs, what arming is worth to actor i is affine in what the others do:
U_i(arm, a) - U_i(restrain, a) = constant_i + sum over j of slope_ij a_j.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from sim.dilemma import crisis, monitoring
from sim.dilemma.parameters import InEffect
from sim.dilemma.structure import Structure, pair_weights
from sim.games.quantal import logit_equilibrium
from sim.games.two_by_two import select


def parts(s: Structure) -> list[str]:
    """The parts of the file that the effective stage game of all actors depends on."""
    own = [part for actor in s.actors for part in monitoring.parts(s, actor)]
    return ["game", "onset", *crisis.parts(s), *own]


def transparency(s: Structure, p: InEffect, actor: str, active: Sequence[bool]) -> Any:
    """The factor by which what inspectors see multiplies an actor's gain and exposure; `active` goes with its treaties."""
    out: Any = 1.0
    for treaty, on in zip(s.treaties_of(actor), active, strict=True):
        if on:
            table = p["treaties"][treaty]
            out = out * (1 + table["transparency"] * table["inspections_per_year"])
    return out


def against(s: Structure, p: InEffect, actor: str, rival: str, own: int, other: int, active: Sequence[bool]) -> Any:
    """What an actor gets a year from one rival, own cost of arming aside: w (g a (1 - b) - l (1 - a) b), or the matrix entry."""
    if p["game"]["kind"] == "matrix":
        return p["game"]["payoffs"][actor][own][other]
    game, seen = p["actors"][actor]["game"], transparency(s, p, actor, active)
    weights = p.derive("game weights", lambda q: pair_weights(q["game"], s.pairs, 1 / (len(s.actors) - 1)))
    weight = weights[actor, rival] if (actor, rival) in weights else weights[rival, actor]
    return weight * seen * (game["gain"] * own * (1 - other) - game["exposure"] * (1 - own) * other)


def cost(p: InEffect, actor: str, own: int) -> Any:
    """What an actor's own action costs it a year, whatever the rivals do."""
    return 0.0 if p["game"]["kind"] == "matrix" else p["actors"][actor]["game"]["cost"] * own


@dataclass(frozen=True)
class EffectiveGame:
    """The effective stage game in yearly payoffs: per actor `constant` (arrays), `slope` [i][j], and for two actors the payoffs
    `payoffs[i]` of shape (..., 2, 2), by own and other's action."""

    constant: list[Any]
    slope: list[list[Any]]
    payoffs: list[np.ndarray]

    def nash(self, selection: str) -> list[Any]:
        """P(arm) of each of two actors in the selected equilibrium, shapes (epochs, points)."""
        return list(select(self.payoffs[0], self.payoffs[1], selection))

    def logit(self, precision: Any) -> list[Any]:
        """P(arm) of each actor in the logit equilibrium where all have this precision."""
        n = len(self.constant)
        flat = np.broadcast_arrays(precision, *self.constant, *itertools.chain.from_iterable(self.slope))
        constant = np.stack(flat[1 : n + 1], axis=-1)
        slope = np.stack(flat[n + 1 :], axis=-1).reshape(*constant.shape[:-1], n, n)
        out = logit_equilibrium(constant, slope, np.repeat(flat[0][..., None], n, axis=-1))
        return [out[..., i] for i in range(n)]


def temptation(s: Structure, p: InEffect, actor: str, active: Sequence[bool]) -> Any:
    """U_i(arm, others restrain) - U_i(all restrain), per year; `active` goes with the actor's treaties."""
    out = -cost(p, actor, 1)
    for rival in s.actors:
        if rival != actor:
            out = out + against(s, p, actor, rival, 1, 0, active) - against(s, p, actor, rival, 0, 0, active)
    return out + _caught(s, p, actor, 1, active) - _caught(s, p, actor, 0, active) + _crises(s, p, actor)


def effective_game(s: Structure, p: InEffect, active: Sequence[bool]) -> EffectiveGame:
    """The effective stage game while some treaties are active; `active` goes with `s.activities()`."""
    return p.derive(("effective game", tuple(active)), lambda q: _effective_game(s, q, active))


def _effective_game(s: Structure, p: InEffect, active: Sequence[bool]) -> EffectiveGame:
    on = dict(zip(s.activities(), active, strict=True))
    mine = {i: [on[s.active(t, i)] for t in s.treaties_of(i)] for i in s.actors}
    constant, slope = [], []
    for i in s.actors:
        constant.append(temptation(s, p, i, mine[i]))
        slope.append([0.0 if i == j else _slope(s, p, i, j, mine[i]) for j in s.actors])
    payoffs = [_matrix(s, p, i, mine[i]) for i in s.actors] if len(s.actors) == 2 else []
    return EffectiveGame(constant, slope, payoffs)


def _slope(s: Structure, p: InEffect, i: str, j: str, active: Sequence[bool]) -> Any:
    u = [[against(s, p, i, j, a, b, active) for b in (0, 1)] for a in (0, 1)]
    return u[1][1] - u[0][1] - u[1][0] + u[0][0]


def _matrix(s: Structure, p: InEffect, i: str, active: Sequence[bool]) -> np.ndarray:
    """U_i of one of two actors, shape (epochs or 1, points or 1, 2, 2)."""
    (j,) = (x for x in s.actors if x != i)
    inspected = sum(
        (p["treaties"][t]["inspection_cost"] * p["treaties"][t]["inspections_per_year"] for t in _active(s, i, active)), start=0.0
    )
    crises = _crises(s, p, i)
    cells = [
        against(s, p, i, j, a, b, active) - cost(p, i, a) + _caught(s, p, i, a, active) - inspected + crises * (a + b)
        for a in (0, 1)
        for b in (0, 1)
    ]
    return np.stack(np.broadcast_arrays(*cells), axis=-1).reshape(*np.broadcast_shapes(*map(np.shape, cells)), 2, 2)


def _active(s: Structure, actor: str, active: Sequence[bool]) -> list[str]:
    return [t for t, on in zip(s.treaties_of(actor), active, strict=True) if on]


def _caught(s: Structure, p: InEffect, actor: str, action: int, active: Sequence[bool]) -> Any:
    """The yearly sanctions that an action brings."""
    if monitoring.private(s):
        own = [
            p["treaties"][t]["sanction"] * monitoring.caught(s, p, t, actor, action, active) for t in _active(s, actor, active)
        ]
        return -sum(own, start=0.0) / s.dt
    sanctions = sum((p["treaties"][t]["sanction"] for t in _active(s, actor, active)), start=0.0)
    return -sanctions * monitoring.alarmed(s, p, actor, action, active) / s.dt


def _crises(s: Structure, p: InEffect, actor: str) -> Any:
    """The yearly value of the crises that one arming side of each of the actor's pairs brings."""
    weights = p.derive("onset weights", lambda q: pair_weights(q["onset"], s.pairs, 1.0))
    out: Any = np.zeros((1, 1))
    for pair, weight in weights.items():
        if actor in pair:
            out = out + weight * p["onset"]["arming_rate"] / 2 * crisis.expected_value(s, p, pair)[pair.index(actor)]
    return out
