"""The values of a crisis on its ladder, empirical or brinkmanship (docs/model.md, section 2).

Everything is worked out by backward induction from the last rung, with the numbers in effect in the round.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from sim.dilemma.parameters import InEffect
from sim.dilemma.structure import Pair, Structure, times
from sim.games.quantal import logit_equilibrium

TIE: Final = 1e-12
"""Share of a side's prize up to which two of its payoffs count as equal."""


@dataclass(frozen=True)
class Rung:
    """What a crisis of one pair does at one rung: P(up), P(it ends with no winner), P(the first, the second side alone stands);
    both sides' P(stand) (None on an empirical ladder) and values C."""

    up: Any
    quits: Any
    wins: tuple[Any, Any]
    stand: tuple[Any, Any] | None
    values: tuple[Any, Any]


def parts(s: Structure) -> list[str]:
    """The parts of the file that the values of crises depend on, `onset` aside."""
    return ["crisis", "channels", *[f"actors.{a}" for a in s.actors]]


def ladder(s: Structure, p: InEffect, pair: Pair) -> list[Rung]:
    """The rungs below the last, for one pair, with the values C of each; the last rung's value is minus the disaster."""
    return p.derive(("ladder", pair), lambda q: _ladder(s, q, pair))


def expected_value(s: Structure, p: InEffect, pair: Pair) -> tuple[Any, Any]:
    """Each side's expected value C at the first rung of a crisis."""

    def value(q: InEffect) -> tuple[Any, Any]:
        values = [rung.values for rung in ladder(s, q, pair)] + [_last(q, pair)]
        first = q["onset"]["rungs"]
        a, b = (sum((w * v[side] for w, v in zip(first, values, strict=False)), start=0.0) for side in (0, 1))
        return a, b

    return p.derive(("value of a crisis", pair), value)


def accident_factor(p: InEffect) -> Any:
    """What the channels leave of background crises and slips: the product of (1 - accident_reduction)."""
    return math.prod(1 - channel["accident_reduction"] for channel in p["channels"].values())


def _last(p: InEffect, pair: Pair) -> tuple[Any, Any]:
    a, b = (-p["actors"][i]["crisis"]["disaster"] for i in pair)
    return a, b


def _ladder(s: Structure, p: InEffect, pair: Pair) -> list[Rung]:
    step = LADDERS[p["crisis"]["kind"]]
    rungs: list[Rung] = []
    ahead = _last(p, pair)
    for k in range(len(s.rungs) - 1, 0, -1):
        rung = step(p, pair, k - 1, ahead)
        cost = p["crisis"]["rung_costs"][k - 1]
        ahead = rung.values[0] - cost, rung.values[1] - cost
        rungs.insert(0, Rung(rung.up, rung.quits, rung.wins, rung.stand, ahead))
    return rungs


def _empirical(p: InEffect, pair: Pair, k: int, ahead: tuple[Any, Any]) -> Rung:
    up, end = p["crisis"]["advance"][k], p["crisis"]["resolve"][k]
    out = up + end
    share = up / np.where(out > 0, out, 1.0)
    return Rung(up, end, (0.0, 0.0), None, (share * ahead[0], share * ahead[1]))


def _brinkmanship(p: InEffect, pair: Pair, k: int, ahead: tuple[Any, Any]) -> Rung:
    slip = -np.expm1(-times(p["crisis"]["slip"][k], accident_factor(p)))
    game = StandGame(
        slip,
        (p["actors"][pair[0]]["crisis"]["prize"], p["actors"][pair[1]]["crisis"]["prize"]),
        (p["actors"][pair[0]]["crisis"]["concession_cost"], p["actors"][pair[1]]["crisis"]["concession_cost"]),
        ahead,
    )
    a, b = game.stand(p["crisis"]["selection"], p["crisis"].get("selection_precision"))
    wins = (1 - slip) * a * (1 - b), (1 - slip) * b * (1 - a)
    return Rung(slip + (1 - slip) * a * b, (1 - slip) * (1 - a) * (1 - b), wins, (a, b), game.values(a, b))


LADDERS: Final[Mapping[str, Callable[[InEffect, Pair, int, tuple[Any, Any]], Rung]]] = {
    "empirical": _empirical,
    "brinkmanship": _brinkmanship,
}


@dataclass(frozen=True)
class StandGame:
    """Stand or concede at one rung: slip s, prizes v, concession costs kappa, values X one rung up (docs/model.md, section 2)."""

    slip: Any
    prize: tuple[Any, Any]
    concession: tuple[Any, Any]
    ahead: tuple[Any, Any]

    def matrices(self) -> tuple[np.ndarray, np.ndarray]:
        """Each side's payoffs [own][other's], concede first, shapes (..., 2, 2)."""
        s, out = self.slip, []
        for i in (0, 1):
            x, v, kappa = self.ahead[i], self.prize[i], self.concession[i]
            cells = np.broadcast_arrays(s * x, s * x - (1 - s) * kappa, s * x + (1 - s) * v, x + 0 * s)
            out.append(np.stack(cells, axis=-1).reshape(*cells[0].shape, 2, 2))
        return out[0], out[1]

    def stand(self, selection: str, precision: Any = None) -> tuple[Any, Any]:
        """P(stand) of each side: dominant standing stands, its rival concedes; else Chicken, by the selection."""
        loss = [-x - kappa for x, kappa in zip(self.ahead, self.concession, strict=True)]
        firm = [(x <= TIE * v) | (self.slip == 1) for x, v in zip(loss, self.prize, strict=True)]
        chicken = ~firm[0] & ~firm[1]
        chosen = SELECTIONS[selection](self, [np.where(chicken, x, 1.0) for x in loss], precision)
        a, b = (np.where(firm[i], 1.0, np.where(firm[1 - i], 0.0, chosen[i])) for i in (0, 1))
        return a, b

    def values(self, a: Any, b: Any) -> tuple[Any, Any]:
        """Each side's expected payoff where they stand with these probabilities."""
        out = []
        for i, own, other in ((0, a, b), (1, b, a)):
            x, v, kappa = self.ahead[i], self.prize[i], self.concession[i]
            concedes = self.slip * x - (1 - self.slip) * kappa * other
            stands = self.slip * x + (1 - self.slip) * (other * x + (1 - other) * v)
            indifferent = np.abs(stands - concedes) <= TIE * v  # then conceding is worth it too, and has no rounding to speak of
            out.append(np.where(indifferent, concedes, own * stands + (1 - own) * concedes))
        return out[0], out[1]


def _mixed(game: StandGame, loss: list[Any], precision: Any) -> list[Any]:
    """Each side stands with the probability that leaves the other indifferent: v / (v - X - kappa) of the other."""
    return [game.prize[j] / (game.prize[j] + loss[j]) for j in (1, 0)]


def _risk_dominant(game: StandGame, loss: list[Any], precision: Any) -> list[Any]:
    """The side with more to win against less to lose stands alone."""
    a, b = game.prize[0] * loss[1], game.prize[1] * loss[0]
    tie = np.abs(a - b) <= 1e-12 * np.maximum(np.abs(a), np.abs(b))
    mixed = _mixed(game, loss, precision)
    return [np.where(tie, mixed[0], np.where(a > b, 1.0, 0.0)), np.where(tie, mixed[1], np.where(a > b, 0.0, 1.0))]


def _logit(game: StandGame, loss: list[Any], precision: Any) -> list[Any]:
    """The logit equilibrium: standing is worth (1 - s)(v + sigma (X + kappa - v)) more than conceding."""
    calm = 1 - game.slip
    constant = np.broadcast_arrays(*[calm * v for v in game.prize])
    across = np.broadcast_arrays(*[-calm * (x + v) for x, v in zip(loss, game.prize, strict=True)])
    full = np.broadcast_arrays(precision, *constant, *across)
    slope = np.zeros((*full[0].shape, 2, 2))
    slope[..., 0, 1], slope[..., 1, 0] = full[3], full[4]
    out = logit_equilibrium(np.stack(full[1:3], axis=-1), slope, np.stack([full[0], full[0]], axis=-1))
    return [out[..., 0], out[..., 1]]


SELECTIONS: Final[Mapping[str, Callable[[StandGame, list[Any], Any], list[Any]]]] = {
    "mixed": _mixed,
    "risk_dominant": _risk_dominant,
    "logit": _logit,
}
