"""What each round pays, and what is counted (docs/model.md, section 5).

Every payoff of actor i is a tally `payoff.i`, undiscounted.  Where a `while` table changes a discount factor, the tally is split
by the tables in effect, so that each part can be discounted by its own factor.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from sim.chain import Tally
from sim.dilemma import accusations, stage_game
from sim.dilemma.monitoring import accused
from sim.dilemma.parameters import Active, InEffect
from sim.dilemma.paths import split
from sim.dilemma.structure import Pair, Structure, while_slot


@dataclass(frozen=True)
class Discounted:
    """A tally of an actor's payoff and the `while` tables under which it is discounted."""

    tally: str
    actor: str
    active: Active


def discounts(s: Structure) -> list[Discounted]:
    """The payoff tallies of all actors, each with the tables in effect for its discount factor."""
    owners = [o for o in s.parameters.owners if any(_discount(path) for path in _paths(s, o))]
    choices = itertools.product(*[[None, *s.parameters.states(owner)] for owner in owners])
    contexts = [tuple((*o, x) for o, x in zip(owners, c, strict=True) if x is not None) for c in choices]
    named = [(f"|{n}" if owners else "", context) for n, context in enumerate(contexts)]
    return [Discounted(f"payoff.{a}{suffix}", a, context) for suffix, context in named for a in s.actors]


def discount(s: Structure, which: Discounted) -> Any:
    """The discount factor of a payoff tally, per year, shape (epochs or 1, points or 1)."""
    p = s.parameters.in_effect(which.active, ("game", f"actors.{which.actor}"))
    return p["actors"][which.actor]["game"]["discount"]


def discount_factors(s: Structure) -> dict[str, tuple[str, np.ndarray]]:
    """For every tally of payoffs: its actor, and what a payoff of round t is multiplied by, shape (T, points or 1)."""
    out = {}
    epoch = np.searchsorted(np.array(s.first), np.arange(s.rounds), side="right") - 1
    for which in discounts(s):
        yearly = discount(s, which)
        yearly = np.broadcast_to(yearly, (len(s.first), yearly.shape[1]))
        out[which.tally] = which.actor, yearly[epoch] ** (np.arange(s.rounds) * s.dt)[:, None]
    return out


def _paths(s: Structure, owner: tuple[str, str]) -> list[str]:
    return [path for table in s.parameters.states(owner).values() for key in ("set", "scale") for path in table.get(key, {})]


def _discount(path: str) -> bool:
    return split(path)[-2:] == ["game", "discount"]


class Payoffs:
    """The tallies of payoffs in each kind of round."""

    def __init__(self, s: Structure) -> None:
        self.s, self.split = s, discounts(s)

    def _tallies(self, actor: str, parts: list[str], reads: list[str], value: Callable[..., Any]) -> list[Tally]:
        out = []
        owners = [o for o in self.s.parameters.owners if any(_discount(path) for path in _paths(self.s, o))]
        slots, n = [while_slot(o) for o in owners], len(owners)
        for d in self.split:
            if d.actor == actor:

                def here(p: InEffect, *values: Any, active: Active = d.active) -> Any:
                    now = tuple((*o, x) for o, x in zip(owners, values[:n], strict=True) if x is not None)
                    return value(p, *values[n:]) if now == active else 0.0

                out.append(self.s.tally(d.tally, parts, [*slots, *reads], here))
        return out

    def peace(self) -> list[Tally]:
        """Stage payoffs, sanctions, inspections, and the cost of the first rung."""
        s, out = self.s, []
        for i in s.actors:
            own, mine = ["game", f"actors.{i}"], s.treaties_of(i)
            active = [s.active(t, i) for t in mine]
            out += self._tallies(i, own, [f"act.{i}"], lambda p, a, i=i: -s.dt * stage_game.cost(p, i, a))
            out += self._stage(i, own, active)
            for t in mine:

                def treaty(p: InEffect, alarm: int, on: bool, t: str = t) -> Any:
                    table = p["treaties"][t]
                    inspected = s.dt * table["inspection_cost"] * table["inspections_per_year"]
                    return -(table["sanction"] * alarm + inspected) if on else 0.0

                out += self._tallies(i, [f"treaties.{t}"], [accused(s, t, i), s.active(t, i)], treaty)
            if i in accusations.accusers(s):
                reads = [accusations.slot(i)]
                out += self._tallies(i, [f"actors.{i}"], reads, lambda p, made, i=i: accusations.worth(p, i, made))
            out += self._entry(i, ["rung'", "between"], lambda rung, pair: (rung, pair))
        return [*out, *counts(s), *accusations.counts(s), *crises(s, ["rung'"], lambda after: (0, after))]

    def _stage(self, i: str, own: list[str], active: list[str]) -> list[Tally]:
        """What an actor gets from its rivals: where these count alike, how many of them arm is all that matters."""
        s, parts = self.s, [*own, *[f"treaties.{t}" for t in self.s.treaties_of(i)]]
        rivals = [j for j in s.actors if j != i]
        if s.tables["game"].get("dyads") is None:

            def among(p: InEffect, a: int, armed: int, *on: bool) -> Any:
                arm = armed - a
                to_armed = arm * stage_game.against(s, p, i, rivals[0], a, 1, on) if arm else 0.0
                return s.dt * (to_armed + (len(rivals) - arm) * stage_game.against(s, p, i, rivals[0], a, 0, on))

            return self._tallies(i, parts, [f"act.{i}", "armed", *active], among)
        out = []
        for j in rivals:

            def stage(p: InEffect, a: int, b: int, *on: bool, j: str = j) -> Any:
                return s.dt * stage_game.against(s, p, i, j, a, b, on)

            out += self._tallies(i, parts, [f"act.{i}", f"act.{j}", *active], stage)
        return out

    def crisis(self) -> list[Tally]:
        """Everybody arms; prizes and concession costs; the cost of the rung reached."""
        s, out = self.s, []
        for i in s.actors:
            own = ["game", f"actors.{i}"]

            def flow(p: InEffect, i: str = i) -> Any:
                off = [False] * len(s.treaties_of(i))
                rivals = sum(stage_game.against(s, p, i, j, 1, 1, off) for j in s.actors if j != i)
                return s.dt * (rivals - stage_game.cost(p, i, 1))

            def settled(p: InEffect, pair: Pair, winner: str | None, i: str = i) -> Any:
                if winner is None or i not in pair:
                    return 0.0
                table = p["actors"][i]["crisis"]
                return table["prize"] if winner == i else -table["concession_cost"]

            out += self._tallies(i, own, [], flow)
            out += self._tallies(i, ["crisis", f"actors.{i}"], ["pair", "winner"], settled)
            out += self._entry(i, ["rung", "rung'", "pair"], lambda was, rung, pair: (rung if rung > was else 0, pair))
        return [*out, *crises(s, ["rung", "rung'"], lambda was, after: (was, after))]

    def after(self) -> list[Tally]:
        """The aftermath of the last rung."""
        return [
            tally
            for i in self.s.actors
            for tally in self._tallies(
                i, ["crisis", "game", f"actors.{i}"], [], lambda p, i=i: self.s.dt * p["actors"][i]["crisis"]["aftermath"]
            )
        ]

    def _entry(self, i: str, reads: list[str], entered: Callable[..., tuple[int, Pair | None]]) -> list[Tally]:
        """The cost of entering a rung, to a side or to a bystander."""
        top = len(self.s.rungs)

        def value(p: InEffect, *values: Any) -> Any:
            rung, pair = entered(*values)
            if rung == 0 or pair is None:
                return 0.0
            table = p["actors"][i]["crisis"]
            if i in pair:
                return -(table["disaster"] if rung == top else p["crisis"]["rung_costs"][rung - 1])
            return -table["bystander"] if rung == top else 0.0

        return self._tallies(i, ["crisis", f"actors.{i}"], reads, value)


def counts(s: Structure) -> list[Tally]:
    """What else is counted in peace rounds: onsets, and who arms."""
    arms = [Tally(f"arms.{i}", (f"act.{i}",), lambda a: float(a)) for i in s.actors]
    return [*arms, Tally("onsets", ("rung'",), lambda rung: float(rung > 0))]


def crises(s: Structure, reads: Sequence[str], move: Callable[..., tuple[int, int]]) -> list[Tally]:
    """Crises that reach a rung above the first, or a higher one, in a round whose `move` is (rung before, rung after)."""
    return [Tally(f"crises.{k}", tuple(reads), lambda *x, k=k: float(passes(k, *move(*x)))) for k in range(2, len(s.rungs) + 1)]


def passes(k: int, was: int, after: int) -> bool:
    """Whether a crisis reaches rung k, or a higher one, by moving from one rung to another."""
    return was < k <= after


def crises_named(s: Structure) -> list[str]:
    """The tallies of crises, rung by rung; on the first they are the onsets."""
    return ["onsets", *[f"crises.{k}" for k in range(2, len(s.rungs) + 1)]]
