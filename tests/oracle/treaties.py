"""The moves of treaties and of their parties (docs/model.md, section 1.1, step 3, and section 1.2)."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from typing import Any

from .alarms import Alarms
from .view import View
from .world import BOUND, Standings, State, Tables, World

Lottery = list[tuple[Any, float]]


def independent(lotteries: Sequence[Lottery]) -> Lottery:
    """The joint lottery of independent ones; outcomes of probability 0 are left out."""
    joint = []
    for combination in itertools.product(*lotteries):
        probability = math.prod(p for _, p in combination)
        if probability > 0:
            joint.append((tuple(value for value, _ in combination), probability))
    return joint


def happens(rate: float, dt: float) -> float:
    """1 - exp(-rate dt)."""
    return -math.expm1(-rate * dt)


def two_rates(r: float, r_to: str, q: float, q_to: str, stay: str, dt: float) -> Lottery:
    """Leave with probability 1 - exp(-(r + q) dt), by one of the two in proportion."""
    if r + q == 0:
        return [(stay, 1.0)]
    leave = happens(r + q, dt)
    return [(r_to, leave * r / (r + q)), (q_to, leave * q / (r + q)), (stay, math.exp(-(r + q) * dt))]


def clock_move(treaty: Tables, status: str, dt: float) -> Lottery:
    """The move of a treaty that is not in force (step 3)."""
    if status == "pending":
        entry = happens(treaty["entry_rate"], dt)
        return [("in_force", entry), ("pending", 1 - entry)]
    if status == "withdrawing":
        if treaty["notice_years"] == 0:
            return [("ended", 1.0)]
        return two_rates(1 / treaty["notice_years"], "ended", treaty["reversal_rate"], "in_force", status, dt)
    if status == "suspended":
        return two_rates(treaty["resumption_rate"], "in_force", treaty["collapse_rate"], "ended", status, dt)
    renewed = happens(treaty["renegotiation_rate"], dt)
    return [("in_force", renewed), ("ended", 1 - renewed)]


def others_gone(view: View, k: int) -> float:
    """The sum g of the cascade of treaty k over the other treaties that are withdrawing or ended."""
    cascade, gone = view.treaty(k)["cascade"], 0.0
    for other, name in enumerate(view.world.treaties):
        if other != k and view.statuses[other] in ("withdrawing", "ended"):
            gone += cascade.get(name, 0.0) if isinstance(cascade, dict) else cascade
    return gone


def own_rate(view: View, k: int, i: int) -> float:
    """The withdrawal rate of party i of treaty k."""
    rate = view.treaty(k)["withdrawal_rate"]
    return rate.get(view.world.actors[i], 0.0) if isinstance(rate, dict) else rate


def in_force_move(view: View, k: int, alarms: Alarms) -> Lottery:
    """The move of treaty k in force: withdrawal, then suspension after an alarm of some party (step 3)."""
    world, treaty = view.world, view.treaty(k)
    rates = sum(own_rate(view, k, i) for i in world.parties[k])
    withdrawal = happens(rates * (1 + others_gone(view, k)), world.dt)
    suspension = treaty["suspension_probability"] if any(alarms.against(i, world.parties[k]) for i in world.parties[k]) else 0.0
    away = "withdrawing" if treaty["notice_years"] > 0 else "ended"
    return [
        (away, withdrawal),
        ("suspended", (1 - withdrawal) * suspension),
        ("in_force", (1 - withdrawal) * (1 - suspension)),
    ]


def treaty_moves(view: View, state: State, k: int, alarms: Alarms | None, shock: bool) -> Lottery:
    """The move of treaty k, (status, standings), in a peace round or, where `alarms` is None, in a crisis round."""
    world, status, treaty = view.world, state.statuses[k], view.treaty(k)
    if world.singly(k):
        return single_moves(view, state, k, alarms, shock)
    if status != "in_force":
        lottery = clock_move(treaty, status, world.dt)
    elif alarms is not None:
        lottery = in_force_move(view, k, alarms)
    elif shock and state.pair is not None and all(side in world.parties[k] for side in state.pair):
        lottery = [("suspended", 1.0)]
    else:
        lottery = [("in_force", 1.0)]
    return [((after, ()), p) for after, p in lottery]


def single_moves(view: View, state: State, k: int, alarms: Alarms | None, shock: bool) -> Lottery:
    """The move of treaty k that is left one by one: the parties, then the treaty given what they did."""
    dt, treaty, status, parties = view.world.dt, view.treaty(k), state.statuses[k], view.world.parties[k]
    before = state.standings[k]
    followed = sum(x in ("leaving", "out") for x in before)
    lotteries: list[Lottery] = []
    for i, now in zip(parties, before, strict=True):
        if status == "suspended":
            lotteries.append([(now, 1.0)])
        elif now in ("out", "outside"):
            joins = happens(treaty["join_rate"], dt)
            lotteries.append([("member", joins), (now, 1 - joins)])
        elif status != "in_force":
            lotteries.append([(now, 1.0)])
        elif now == "leaving":
            if treaty["notice_years"] == 0:
                lotteries.append([("out", 1.0)])
            else:
                lotteries.append(two_rates(1 / treaty["notice_years"], "out", treaty["reversal_rate"], "member", now, dt))
        elif alarms is None:
            lotteries.append([("member", 1.0)])
        else:
            follows = followed * (treaty["follow_rate"] + treaty["leak"] * treaty["leak_follow_rate"])
            leaves = happens(own_rate(view, k, i) * (1 + others_gone(view, k)) + follows, dt)
            lotteries.append([("leaving" if treaty["notice_years"] > 0 else "out", leaves), ("member", 1 - leaves)])
    moves: Lottery = []
    for after, p in independent(lotteries):
        enough = sum(x in BOUND for x in after) >= treaty["minimum_parties"]
        withdrew = any(old == "member" and new in ("leaving", "out") for old, new in zip(before, after, strict=True))
        bound = [i for i, x in zip(parties, before, strict=True) if x in BOUND]
        stays: Lottery = [(status, 1.0)]
        if status in ("pending", "ended"):
            stays = clock_move(treaty, status, dt) if enough else stays
        elif status == "suspended":
            stays = clock_move(treaty, status, dt)
        elif not enough:
            stays = [("ended", 1.0)]
        elif alarms is None:
            struck = shock and state.pair is not None and all(side in bound for side in state.pair)
            stays = [("suspended", 1.0)] if struck else stays
        elif not withdrew and any(alarms.against(i, bound) for i in bound):
            halts = treaty["suspension_probability"]
            stays = [("suspended", halts), ("in_force", 1 - halts)]
        moves += [((new, after), p * q) for new, q in stays if q > 0]
    return moves


def exits(world: World, k: int, old: tuple[str, ...], new: tuple[str, ...]) -> list[int]:
    """The parties of treaty k whose exit took effect."""
    return [i for i, was, now in zip(world.parties[k], old, new, strict=True) if was in BOUND and now == "out"]


def left_events(world: World, state: State, standings: Standings) -> list[str]:
    """The events left.T and left.T.A, in their order."""
    happened = []
    for k, name in enumerate(world.treaties):
        if world.singly(k):
            gone = exits(world, k, state.standings[k], standings[k])
            happened += [f"left.{name}"] if len(gone) > 0 else []
            happened += [f"left.{name}.{world.actors[i]}" for i in gone]
    return happened
