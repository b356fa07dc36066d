"""The games of a scenario: the effective stage game per treaty status, the crisis ladder by rung (docs/model.md, 2 and 4)."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np

from sim import games
from sim.dilemma import crisis, stage_game
from sim.dilemma.outcomes import Outcomes
from sim.dilemma.structure import Pair, Structure, pair_weights
from sim.report.circumstances import Circumstance, grouped

MOST_ACTORS: Final = 10
"""Up to so many actors all pure profiles are looked through."""
TIE: Final = 1e-12
CRISIS_ACTIONS: Final = ("concede", "stand")


# ---- the effective stage game


def stage_games(s: Structure, found: Outcomes | None = None) -> list[dict[str, Any]]:
    """The effective stage games of a variant, each with when it holds (docs/model.md, section 4).

    Two actors: class, payoffs {actor: [own][other's]}, equilibria with P(arm).  More: what arming adds to each actor's yearly
    payoff when it arms alone and when all arm, and the pure equilibria.  With `logit` strategies also P(arm) in its equilibrium.
    """
    one = _two_actors if len(s.actors) == 2 else _many_actors
    return grouped(s, stage_game.parts(s), True, lambda c: one(s, c), found)


def _two_actors(s: Structure, c: Circumstance) -> dict[str, Any]:
    game = stage_game.effective_game(s, c.p, c.active)
    first, second = (c.now(x) for x in game.payoffs)
    solved = games.solve(first, second)
    found = games.equilibria(first, second.T)
    return {
        "class": games.CLASSES[int(games.classify(first, second))],
        "classes": {a: games.CLASSES[int(games.player_class(x))] for a, x in zip(s.actors, (first, second), strict=True)},
        "payoffs": {a: x.tolist() for a, x in zip(s.actors, (first, second), strict=True)},
        "equilibria": [
            {
                "arm": dict(zip(s.actors, (float(x[1]), float(y[1])), strict=True)),
                "payoffs": dict(zip(s.actors, map(float, worth), strict=True)),
                "risk_dominant": _marked(solved.risk_dominant, x, y),
                "payoff_dominant": _marked(solved.payoff_dominant, x, y),
            }
            for (x, y), worth in zip(found.profiles, found.payoffs, strict=True)
        ],
        "degenerate": bool(found.degenerate),
        **_logit(s, c, game),
    }


def _marked(marks: np.ndarray, x: np.ndarray, y: np.ndarray) -> bool:
    """Whether a pure profile is marked in an array [action of the first][action of the second]."""
    pure = max(x) > 1 - TIE and max(y) > 1 - TIE
    return bool(pure and marks[int(np.argmax(x)), int(np.argmax(y))])


def _many_actors(s: Structure, c: Circumstance) -> dict[str, Any]:
    game = stage_game.effective_game(s, c.p, c.active)
    constant = np.array([float(c.now(x)) for x in game.constant])
    slope = np.array([[float(c.now(x)) for x in row] for row in game.slope])
    return {
        "arming_alone": dict(zip(s.actors, constant.tolist(), strict=True)),
        "arming_with_all": dict(zip(s.actors, (constant + slope.sum(axis=1)).tolist(), strict=True)),
        "arming_pays": {a: _pays(k, row) for a, k, row in zip(s.actors, constant, slope, strict=True)},
        "pure_equilibria": pure_equilibria(s.actors, constant, slope),
        **_logit(s, c, game),
    }


def _pays(constant: float, slope: np.ndarray) -> str:
    """When arming pays an actor: "always", "never", "if enough others arm", "if few others arm", "it depends on who arms"."""
    least, most = constant + np.minimum(slope, 0).sum(), constant + np.maximum(slope, 0).sum()
    if least > 0 or most < 0:
        return "always" if least > 0 else "never"
    if (slope >= 0).all():
        return "if enough others arm"
    return "if few others arm" if (slope <= 0).all() else "it depends on who arms"


def pure_equilibria(actors: Sequence[str], constant: np.ndarray, slope: np.ndarray) -> list[list[str]] | None:
    """The actors that arm in each pure equilibrium; None where there are too many profiles to look through."""
    n = len(actors)
    if n > MOST_ACTORS:
        return None
    profiles = np.array(list(itertools.product((0, 1), repeat=n)))
    gains = constant + profiles @ slope.T  # what arming adds for each actor at each profile of the others
    tie = TIE * max(1.0, float(np.abs(gains).max()))
    good = np.where(profiles == 1, gains >= -tie, gains <= tie).all(axis=1)
    return [[a for a, x in zip(actors, row, strict=True) if x] for row in profiles[good]]


def _logit(s: Structure, c: Circumstance, game: stage_game.EffectiveGame) -> dict[str, Any]:
    """P(arm) in the logit equilibrium for each precision that some strategy has; empty if none is logit."""
    out = []
    for precision in dict.fromkeys(_precisions(s)):
        arm = dict(zip(s.actors, (float(c.now(x)) for x in game.logit(precision)), strict=True))
        out.append({"precision": precision, "arm": arm})
    return {"logit": out} if out else {}


def _precisions(s: Structure) -> list[float]:
    out = []
    for table in s.tables["actors"].values():
        specs = [table.get("strategy"), table.get("strategy_without_treaty"), *[x["strategy"] for x in table.get("leaders", [])]]
        out += [float(spec["precision"]) for spec in specs if spec is not None and spec["kind"] == "logit"]
    return out


# ---- the crisis ladder


def ladders(s: Structure, found: Outcomes | None = None) -> list[dict[str, Any]]:
    """The ladders of the pairs that may have a crisis, pairs with the same ladder together, each with when it holds.

    Of each rung below the last: P(up), P(it ends), P(it stays) per round; on a brinkmanship ladder also P(stand), and all
    equilibria of standing and conceding (P(up) includes slips).  `to_the_last`: that a crisis at the rung climbs to the last.
    """
    weights = pair_weights(s.tables["onset"], s.pairs, 1.0)
    pairs = [pair for pair in s.pairs if np.any(np.asarray(weights[pair]) > 0)]
    out: list[dict[str, Any]] = []
    for pair in pairs:
        for entry in grouped(s, crisis.parts(s), False, lambda c, pair=pair: _ladder(s, c, pair), found):
            alike = [x for x in out if x["when"] == entry["when"] and _by_side(x) == _by_side(entry)]
            if alike:
                alike[0]["pairs"].append(list(pair))
            else:
                out.append({"pairs": [list(pair)], **entry})
    return out


def _by_side(entry: Mapping[str, Any]) -> Any:
    """A ladder's rungs with the sides in place of their names."""
    rungs = [{k: v for k, v in rung.items() if k != "equilibria"} for rung in entry["rungs"]]
    return [[list(v.values()) if isinstance(v, dict) else v for v in rung.values()] for rung in rungs]


def _ladder(s: Structure, c: Circumstance, pair: Pair) -> dict[str, Any]:
    rungs = crisis.ladder(s, c.p, pair)
    disaster = [-float(c.now(c.p["actors"][a]["crisis"]["disaster"])) for a in pair]
    ahead = [[float(c.now(x)) for x in rung.values] for rung in rungs[1:]] + [disaster]
    out: list[dict[str, Any]] = []
    for k, rung in enumerate(rungs):
        up = float(c.now(rung.up))
        ends = sum(float(c.now(x)) for x in (rung.quits, *rung.wins))
        entry: dict[str, Any] = {"rung": s.rungs[k], "up": up, "ends": ends, "stays": _rest(up + ends)}
        if rung.stand is not None:
            entry |= _standing(s, c, pair, k, [float(c.now(x)) for x in rung.stand], ahead[k])
        entry["value"] = dict(zip(pair, (float(c.now(x)) for x in rung.values), strict=True))
        out.append(entry)
    for k, entry in enumerate(out):
        entry["to_the_last"] = math.prod(x["up"] / (x["up"] + x["ends"]) if x["up"] > 0 else 0.0 for x in out[k:])
    return {"last": s.rungs[-1], "rungs": out}


def _rest(taken: float) -> float:
    return 1 - taken if 1 - taken > TIE else 0.0


def _standing(s: Structure, c: Circumstance, pair: Pair, k: int, stand: list[float], ahead: list[float]) -> dict[str, Any]:
    """P(stand) as selected, and all equilibria of the game at a rung."""
    own = [c.p["actors"][a]["crisis"] for a in pair]
    slip = 1 - (1 - float(c.now(c.p["crisis"]["slip"][k]))) ** float(c.now(crisis.accident_factor(c.p)))
    prize, concession = (tuple(float(c.now(x[key])) for x in own) for key in ("prize", "concession_cost"))
    first, second = crisis.StandGame(slip, (prize[0], prize[1]), (concession[0], concession[1]), (ahead[0], ahead[1])).matrices()
    found = games.equilibria(first, second.T)
    return {
        "slip": slip,
        "stand": dict(zip(pair, stand, strict=True)),
        "equilibria": [dict(zip(pair, (float(x[1]), float(y[1])), strict=True)) for x, y in found],
        "degenerate": bool(found.degenerate),
    }
