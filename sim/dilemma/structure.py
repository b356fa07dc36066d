"""What a scenario is made of, before any number: actors, pairs, treaties, rounds; and the moves that may look at parameters.

Defaults that follow other keys are filled in here (docs/model.md, section 7).
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from sim.chain import Move, Tally, moves
from sim.declare import filled
from sim.dilemma.keys import SCENARIO
from sim.dilemma.parameters import InEffect, Parameters, epochs, rounds_of
from sim.dilemma.paths import OfDefault, Tables

Pair = tuple[str, str]
_OWN = {"game": ("gain", "exposure", "cost", "discount"), "monitoring": ("detection", "false_alarm")}
_OWN_CRISIS = ("prize", "disaster", "concession_cost", "aftermath")


def completed(tables: Tables) -> Tables:
    """A variant's tables with every default filled in, those that follow other keys included."""
    out = filled(SCENARIO, tables)
    rungs = out.get("crisis", {}).get("rungs", [])
    if "crisis" in out and "rung_costs" not in out["crisis"]:
        out["crisis"] = {**out["crisis"], "rung_costs": [0.0] * (len(rungs) - 1)}
    out["treaties"] = {t: {"parties": list(out["actors"]), **table} for t, table in out["treaties"].items()}
    out["actors"] = {name: _completed_actor(name, table) for name, table in out["actors"].items()}
    return out


def _completed_actor(name: str, table: Tables) -> Tables:
    out = {"label": name, **table}
    if "leaders" in out:
        out["leaders"] = [{"name": str(n), **leader} for n, leader in enumerate(out["leaders"])]
    return out


@dataclass(frozen=True)
class Structure:
    """A variant's structure: names in file order, its completed tables, and the numbers in effect."""

    tables: Tables
    parameters: Parameters
    first: tuple[int, ...]
    forced: tuple[tuple[Mapping[str, Any], ...], ...]
    dt: float
    rounds: int
    actors: tuple[str, ...]
    pairs: tuple[Pair, ...]
    treaties: tuple[str, ...]
    conditions: tuple[str, ...]
    rungs: tuple[str, ...]

    def treaties_of(self, actor: str) -> list[str]:
        """The treaties to which an actor is party, in file order."""
        return [t for t in self.treaties if actor in self.tables["treaties"][t]["parties"]]

    def one_by_one(self, treaty: str) -> bool:
        """Whether the parties of a treaty leave it singly."""
        return self.tables["treaties"][treaty]["exit"] == "one_by_one"

    def active(self, treaty: str, actor: str) -> str:
        """The slot that says whether a treaty is active for a party."""
        return f"active.{treaty}.{actor}" if self.one_by_one(treaty) else f"active.{treaty}"

    def activities(self) -> list[str]:
        """The slots that say which treaties are active, and for whom where parties leave singly."""
        return list(dict.fromkeys(self.active(t, a) for t in self.treaties for a in self.tables["treaties"][t]["parties"]))

    def chance(
        self, name: str, parts: Sequence[str], reads: Sequence[str], writes: Sequence[str], lottery: Callable[..., Any]
    ) -> Move:
        """A move whose lottery(p, *values) looks at the numbers in effect of some parts of the file, and at no others."""
        slots, look = self._look(parts)
        n = len(slots)
        return moves.chance(name, [*slots, *reads], list(writes), lambda *v: lottery(look(v[:n]), *v[n:]))

    def circumstance(self, owner: tuple[str, str], slot: str, state: Callable[[Any], Any] = lambda value: value) -> list[Move]:
        """The slot that says which `while` table of an owner is in effect, by the state read from a slot of its own."""
        if owner not in self.parameters.owners:
            return []
        tables = self.parameters.states(owner)
        return [moves.sure(while_slot(owner), [slot], [while_slot(owner)], lambda v: x if (x := state(v)) in tables else None)]

    def tally(self, name: str, parts: Sequence[str], reads: Sequence[str], value: Callable[..., Any]) -> Tally:
        """A tally whose value(p, *values) looks at the numbers in effect of some parts of the file."""
        slots, look = self._look(parts)
        n = len(slots)
        return Tally(name, (*slots, *reads), lambda *v: value(look(v[:n]), *v[n:]))

    def _look(self, parts: Sequence[str]) -> tuple[list[str], Callable[[tuple], InEffect]]:
        owners, wanted = self.parameters.touching(parts), tuple(dict.fromkeys(parts))

        def look(values: tuple) -> InEffect:
            active = tuple((*owner, v) for owner, v in zip(owners, values, strict=True) if v is not None)
            return self.parameters.in_effect(active, wanted)

        return [while_slot(owner) for owner in owners], look


def while_slot(owner: tuple[str, str]) -> str:
    """The slot that says which `while` table of an owner is in effect (None: none)."""
    return f"while.{owner[0]}.{owner[1]}"


def finished(tables: Tables) -> Tables:
    """Tables in effect, with every actor's own numbers written out and the default of `aftermath` worked out."""
    out = dict(tables)
    actors = list(tables["actors"])
    weights = pair_weights(tables["game"], list(itertools.combinations(actors, 2)), 1 / max(len(actors) - 1, 1))
    out["actors"] = {}
    for name, table in tables["actors"].items():
        own = dict(table)
        for group, keys in _OWN.items():
            general = tables[group]
            own[group] = {k: own[group].get(k, general.get(k)) for k in keys if k in own[group] or k in general}
        crisis = {**{k: tables["crisis"][k] for k in _OWN_CRISIS if k in tables["crisis"]}, **own["crisis"]}
        after = crisis.get("aftermath", OfDefault())
        if isinstance(after, OfDefault):
            crisis["aftermath"] = lowest_payoff({**tables, "actors": {name: own}}, name, weights) * after.factor
        own["crisis"] = crisis
        out["actors"][name] = own
    return out


def lowest_payoff(tables: Tables, actor: str, weights: Mapping[Pair, Any]) -> Any:
    """The lowest yearly stage payoff of an actor over all actions, without transparency."""
    if tables["game"]["kind"] == "matrix":
        cells = [x for row in tables["game"]["payoffs"][actor] for x in row]
        return np.min(np.stack(np.broadcast_arrays(*[np.asarray(x, float) for x in cells])), axis=0)
    own = tables["actors"][actor]["game"]
    near = [w for pair, w in weights.items() if actor in pair]
    restrain = sum(w * np.minimum(0.0, -np.asarray(own["exposure"], float)) for w in near)
    arm = sum(w * np.minimum(0.0, np.asarray(own["gain"], float)) for w in near) - own["cost"]
    return np.minimum(restrain, arm)


def possible(probability: Any) -> bool:
    """Whether a probability may be other than 0 at some point of a sweep: a 0 that depends on no point is structure."""
    shape = np.shape(probability)
    return (len(shape) > 0 and shape[-1] > 1) or bool(np.any(probability))


def times(probability: Any, n: Any) -> Any:
    """-log(1 - probability)^n: the hazard of n tries, infinite for a probability of 1, and 0 for n = 0 even then."""
    with np.errstate(divide="ignore"):
        each = -np.log1p(-np.asarray(probability, float))
    return np.where(np.equal(n, 0), 0.0, each * np.where(np.equal(n, 0), 1.0, n))


def pair_weights(group: Mapping[str, Any], pairs: Sequence[Pair], default: float) -> dict[Pair, Any]:
    """The weight of every pair: from `dyads` where they are listed (0 for a pair that is not), else the default."""
    if group.get("dyads") is None:
        return dict.fromkeys(pairs, default)
    return {pair: sum((d["weight"] for d in group["dyads"] if set(d["actors"]) == set(pair)), start=0.0) for pair in pairs}


def structure(tables: Tables) -> Structure:
    """The structure of a variant's tables (merged; defaults need not be filled in)."""
    tables = completed(tables)
    plan = epochs(tables)
    return Structure(
        tables=tables,
        parameters=Parameters(plan, finished),
        first=tuple(e.first for e in plan),
        forced=tuple(e.forced for e in plan),
        dt=1 / tables["horizon"]["rounds_per_year"],
        rounds=rounds_of(tables),
        actors=tuple(tables["actors"]),
        pairs=tuple(itertools.combinations(tables["actors"], 2)),
        treaties=tuple(tables["treaties"]),
        conditions=tuple(tables["conditions"]),
        rungs=tuple(tables["crisis"]["rungs"]),
    )
