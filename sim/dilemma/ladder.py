"""The ladder: how crises begin, and how they climb or end (docs/model.md, sections 1.1, step 4, 1.2 and 2).

The ladder owns the slots `rung` (0 peace, L the last rung, absorbing) and `pair` (the two sides while 0 < rung < L).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from sim.chain import Move, sure
from sim.dilemma import alarms, crisis
from sim.dilemma.parameters import InEffect
from sim.dilemma.structure import Pair, Structure, pair_weights, times

CAUSES: Final = ("background", "arming", "alarm", "treaty_end")


class Ladder:
    """The ladder: its slots and its moves."""

    slots = ("rung", "pair")

    def __init__(self, s: Structure) -> None:
        self.s, self.top = s, len(s.rungs)
        self.two = len(s.actors) == 2
        self.alike = self.two or s.tables["onset"].get("dyads") is None
        self.shock_rung: int = s.tables["crisis"].get("shock_rung", self.top + 1)

    def first(self) -> list[Move]:
        """Peace at the start."""
        return [sure("rung", [], ["rung'", "pair'"], lambda: (0, None))]

    # ---- onset

    def onset(self, ended: str = "treaty_ended") -> list[Move]:
        """Step 4: whether a crisis begins and why, between whom and at which rung; `ended` is the slot that counts treaty ends.

        Where all actors count alike, how many armed and how many drew an alarm is all that the onset needs; who they were
        matters only once there is a crisis, and between two actors not even then.
        """
        s = self.s
        acts = [f"act.{a}" for a in s.actors]
        moves = []
        if not self.two:
            moves += [sure("arming", acts, ["arming"], self._who), *alarms.between(s)]
        danger = ["armed", "alarms"] if self.alike else ["arming", "alarming"]
        moves.append(s.chance("cause", ["onset", "channels"], [*danger, ended], ["cause"], self._cause))
        sides: list[str] = []
        if not self.two:
            sides = ["arming side", "alarming side"]
            moves += [
                sure(f"{side} side", ["cause", side], [f"{side} side"], lambda c, who, cause=cause: who if c == cause else ())
                for side, cause in (("arming", "arming"), ("alarming", "alarm"))
            ]
        moves.append(s.chance("rung", ["onset"], ["cause", *sides], ["rung'", "between"], self._first_rung))
        return [*moves, sure("pair", ["rung'", "between"], ["pair'"], self._pair)]

    def _who(self, *flags: int) -> tuple[str, ...]:
        return tuple(a for a, flag in zip(self.s.actors, flags, strict=True) if flag)

    def _pair(self, rung: int, pair: Pair | None) -> Pair | None:
        return pair if 0 < rung < self.top else None

    def _weights(self, p: InEffect) -> dict[Pair, Any]:
        return p.derive("onset weights", lambda q: pair_weights(q["onset"], self.s.pairs, 1.0))

    def _cause(self, p: InEffect, armed: Any, alarmed: Any, ended: int) -> dict[str | None, Any]:
        """P(no onset) under None, and of every cause."""
        hazard = p.derive("onset hazards", self._hazards)
        if self.alike:
            degree = hazard.degrees[self.s.actors[0]]
            arming, alarms = armed * degree, alarmed * (degree > 0)
        else:
            arming = sum((hazard.degrees[a] for a in armed), start=0.0)
            weights = {**hazard.degrees, **self._weights(p)}  # of actors with a public alarm, of pairs with a private one
            alarms = sum((1.0 * (np.asarray(weights[x]) > 0) for x in alarmed), start=0.0)
        return hazard.lottery(arming / 2, alarms, ended)

    def _hazards(self, p: InEffect) -> Hazards:
        onset, dt, weights = p["onset"], self.s.dt, self._weights(p)
        total = np.asarray(sum(weights.values()), float)
        degrees = {a: np.asarray(sum((w for pair, w in weights.items() if a in pair), start=0.0), float) for a in self.s.actors}
        return Hazards(
            degrees,
            background=dt * onset["background_rate"] * crisis.accident_factor(p) * total,
            arming=dt * onset["arming_rate"],
            alarm=onset["alarm_probability"],
            treaty_end=onset["treaty_end_probability"],
            possible=total > 0,
        )

    def _first_rung(self, p: InEffect, cause: str | None, *sides: tuple[str, ...]) -> dict[tuple[int, Pair | None], Any]:
        """The pair and the first rung of a crisis with this cause."""
        if cause is None:
            return {(0, None): 1.0}
        by = self._weights(p)
        involved = [a for side in sides for a in side]
        if involved:
            by = {pair: w * n for pair, w in by.items() if (n := sum(x == pair or x in pair for x in involved))}
        total = sum(by.values())
        return {
            (k, pair): _ratio(w, total) * share if len(by) > 1 else share
            for pair, w in by.items()
            for k, share in enumerate(p["onset"]["rungs"], 1)
        }

    # ---- climbing

    def climb(self) -> list[Move]:
        """A crisis round: up one rung, end or stay; who alone stood; whether it was a shock, the last rung."""
        return [
            self.s.chance("rung", crisis.parts(self.s), ["rung", "pair"], ["rung'", "winner"], self._climb),
            sure("pair", ["rung'", "pair"], ["pair'"], self._pair),
            sure("shock", ["rung", "rung'"], ["shock"], lambda rung, after: after > rung and after >= self.shock_rung),
            sure("over", ["rung'"], ["over"], lambda after: after == self.top),
        ]

    def _climb(self, p: InEffect, rung: int, pair: Pair) -> dict[tuple[int, str | None], Any]:
        here = crisis.ladder(self.s, p, pair)[rung - 1]
        out: dict[tuple[int, str | None], Any] = {(rung + 1, None): here.up, (0, None): here.quits}
        if here.stand is None:
            out[rung, None] = np.maximum(1 - here.up - here.quits, 0.0)
        else:
            out |= {(0, pair[0]): here.wins[0], (0, pair[1]): here.wins[1]}
        return out


@dataclass(frozen=True)
class Hazards:
    """What -log P(no onset) is made of in a round: the hazard of the background and of a unit of arming, the probabilities of an
    alarm and of a treaty's end.

    `degrees` are the sums of the weights of each actor's pairs; without a `possible` pair there is no onset.
    """

    degrees: Mapping[str, Any]
    background: Any
    arming: Any
    alarm: Any
    treaty_end: Any
    possible: Any

    def lottery(self, arming: Any, alarms: Any, ended: int) -> dict[str | None, Any]:
        """P(no onset) under None, and of every cause: in proportion to its term, infinite terms sharing equally."""
        ends = times(self.treaty_end, ended * self.possible)
        terms = [self.background, self.arming * arming, times(self.alarm, alarms), ends]
        hazard = sum(terms)
        if not np.isinf(hazard).any():
            ratio = -np.expm1(-hazard) / np.where(hazard > 0, hazard, 1.0)
            return {None: np.exp(-hazard)} | {cause: ratio * term for cause, term in zip(CAUSES, terms, strict=True)}
        certain = sum(1.0 * np.isinf(x) for x in terms)
        hazard = sum(np.where(np.isinf(x), 0.0, x) for x in terms)
        ratio = -np.expm1(-hazard) / np.where(hazard > 0, hazard, 1.0)
        out: dict[str | None, Any] = {None: np.where(certain > 0, 0.0, np.exp(-hazard))}
        for cause, x in zip(CAUSES, terms, strict=True):
            finite = ratio * np.where(np.isinf(x), 0.0, x)
            out[cause] = np.where(certain > 0, np.isinf(x) / np.maximum(certain, 1.0), finite)
        return out


def _ratio(part: Any, whole: Any) -> Any:
    """part / whole, and 0 where the whole is 0."""
    whole = np.asarray(whole, float)
    return part / np.where(whole > 0, whole, 1.0)
