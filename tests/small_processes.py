"""Tiny processes with known answers, drawn ones, and their laws by plain enumeration; for the tests of the engine room."""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from sim.chain import Move, Process, Round, Tally, chance, sure

NOTHING = Round(())
"""A round in which nothing moves."""


def random_walk(
    up: Any,
    *,
    milestones: Sequence[int] = (1,),
    floor: int = -1000,
    horizon: int = 10,
    first: tuple[int, ...] = (0,),
    forced: tuple[tuple[Round, ...], ...] = ((),),
    points: int = 1,
) -> Process:
    """A walk of steps +1 (probability `up`) or -1 from 0; its level is how many milestones it stands at or above.

    The last milestone absorbs, and so does the floor (which is no level).  Tallies: `ups`, and the `place` after the round.
    """

    def step(place: int) -> dict[int, Any]:
        return {place: 1.0} if place <= floor else {place + 1: up, place - 1: 1 - up}

    moves = (
        chance("step", ["place"], ["place'"], step),
        sure("level", ["place'"], ["level'"], lambda place: sum(place >= m for m in milestones)),
    )
    tallies = (
        Tally("ups", ("place", "place'"), lambda before, after: float(after > before)),
        Tally("place", ("place'",), float),
    )
    start = Round((sure("start", [], ["level'", "place'"], lambda: (0, 0)),))
    rounds: dict[Any, Round] = dict.fromkeys(range(len(milestones)), Round(moves, tallies)) | {len(milestones): NOTHING}
    return Process(("level", "place"), "level", start, rounds, first, forced, horizon, (len(first), points))


def two_state(on: Any, off: Any, *, horizon: int = 10, first: tuple[int, ...] = (0,), forced: Any = ((),)) -> Process:
    """A lamp that goes on with probability `on` and off with probability `off`, off at the start; no level is ever reached."""

    def lamp(lit: str) -> dict[str, Any]:
        return {"on": on, "off": 1 - on} if lit == "off" else {"off": off, "on": 1 - off}

    moves = (chance("lamp", ["lamp"], ["lamp'"], lamp), sure("level", [], ["level'"], lambda: 0))
    start = Round((sure("start", [], ["level'", "lamp'"], lambda: (0, "off")),))
    played = Round(moves, (Tally("lit", ("lamp'",), lambda lit: float(lit == "on")),))
    return Process(("level", "lamp"), "level", start, {0: played}, first, forced, horizon, (len(first), 1))


def flip_lamp() -> Round:
    """A forced change: on becomes off and off becomes on."""
    return Round((sure("flip", ["lamp"], ["lamp'"], lambda lit: "off" if lit == "on" else "on"),))


# ---- drawn processes

VALUES = {"a": (0, 1, 2), "b": ("x", "y"), "level": (0, 1, 2), "u": (0, 1), "v": ("p", "q", "r"), "why": (None, "rain", "wind")}


def drawn_process(rng: np.random.Generator, *, points: int = 1, horizon: int = 6) -> Process:
    """Three slots, two kinds of round of four or five moves that read at random, two epochs, probabilities of 0 and 1 too.

    The mark is `why`, written in rounds of level 0; level 2 absorbs.  Some probabilities vary over epochs, points or both.
    """
    shape = (2, points)

    def numbers(outcomes: list[Any]) -> dict[Any, Any]:
        varies = [(), (2, 1), (1, points), shape][rng.integers(4)]
        weights = [rng.exponential(size=varies) * (rng.random() < 0.8) for _ in outcomes]
        weights[rng.integers(len(outcomes))] += 1e-3
        total = sum(weights)
        return {x: w / total for x, w in zip(outcomes, weights, strict=True)}

    def move(writes: list[str], may_read: list[str]) -> Move:
        reads = [s for s in may_read if rng.random() < 0.6]
        outcomes: list[Any] = list(itertools.product(*[VALUES[w.rstrip("'")] for w in writes]))
        outcomes = outcomes if len(writes) > 1 else [x for (x,) in outcomes]
        table = {c: numbers(outcomes) for c in itertools.product(*[VALUES[r.rstrip("'")] for r in reads])}
        return chance("+".join(writes), reads, writes, lambda *values: table[values])

    def tally(name: str, reads: list[str]) -> Tally:
        table = {c: rng.normal(size=shape) for c in itertools.product(*[VALUES[r.rstrip("'")] for r in reads])}
        return Tally(name, tuple(reads), lambda *values: table[values])

    def kind(marked: bool) -> Round:
        before = ["a", "b", "level"]
        moves = [move(["u"], before), move(["v"], [*before, "u"]), move(["a'", "b'"], [*before, "u", "v"])]
        moves += [move(["why"], ["u", "v", "a'"])] if marked else []
        moves.append(move(["level'"], ["b", "v", *(["why"] if marked else [])]))
        tallies = (tally("gain", ["u", "a'"]), tally("gain", ["v"]), tally("loss", ["b", "level'"]))
        return Round(tuple(moves), tallies)

    turn = Round((sure("turn", ["a", "level"], ["a'"], lambda a, level: (a + 1) % 3 if level < 2 else a),))
    move_b = Round((sure("set", ["a"], ["b'"], lambda a: "x" if a == 0 else "y"),))
    start = Round((move(["a'"], []), sure("start", [], ["b'", "level'"], lambda: ("x", 0))))
    rounds: dict[Any, Round] = {0: kind(True), 1: kind(False), 2: NOTHING}
    return Process(("a", "b", "level"), "level", start, rounds, (0, horizon // 2), ((move_b,), (turn, move_b)), horizon, shape)


def shuffled(process: Process, rng: np.random.Generator) -> Process:
    """The same process with the moves of every round in another order, each behind those that write what it reads."""

    def order(moves: Round) -> Round:
        left, known, out = list(moves.moves), set(process.slots), []
        while len(left) > 0:
            ready = [m for m in left if set(m.reads) <= known]
            chosen = ready[rng.integers(len(ready))]
            left, known = [m for m in left if m is not chosen], known | set(chosen.writes)
            out.append(chosen)
        return Round(tuple(out), moves.tallies)

    rounds = {id(r): order(r) for r in process.rounds.values()}
    return replace(process, rounds={value: rounds[id(r)] for value, r in process.rounds.items()})


# ---- enumeration


@dataclass(frozen=True)
class Enumerated:
    """What engines should find: passage (T + 1, L), marked {mark: (L,)}, occupancy {slot: T + 1 laws}, tallies {name: (T,)}."""

    passage: np.ndarray
    marked: dict[Any, np.ndarray]
    occupancy: dict[str, list[dict[Any, float]]]
    tallies: dict[str, np.ndarray]


def enumerated(process: Process, levels: int, mark: str | None = None, point: int = 0) -> Enumerated:
    """The law of (state, highest level so far, mark) carried forward, every outcome of every move written out."""

    def number(x: Any, epoch: int) -> float:
        return float(np.broadcast_to(x, process.shape)[epoch, point])

    def outcomes(moves: Round, slots: dict[str, Any], epoch: int) -> list[tuple[dict[str, Any], float]]:
        found = [(slots, 1.0)]
        for move in moves.moves:
            grown = []
            for now, p in found:
                for outcome, share in move.lottery(*[now[r] for r in move.reads]).items():
                    values = outcome if len(move.writes) > 1 else (outcome,)
                    grown.append((now | dict(zip(move.writes, values, strict=True)), p * number(share, epoch)))
            found = [(now, p) for now, p in grown if p > 0]
        return found

    def after(slots: dict[str, Any]) -> tuple:
        return tuple(slots.get(s + "'", slots.get(s)) for s in process.slots)

    phase, top = process.slots.index(process.phase), process.horizon
    law: dict[tuple, float] = defaultdict(float)
    for slots, p in outcomes(process.start, {}, 0):
        law[after(slots), 0, None] += p
    passage, marked = np.zeros((top + 1, levels)), defaultdict(lambda: np.zeros(levels))
    occupancy: dict[str, list[dict[Any, float]]] = {s: [] for s in process.slots}
    tallies: dict[str, np.ndarray] = defaultdict(lambda: np.zeros(top))
    for t in range(top + 1):
        for e, first in enumerate(process.first):
            for forced in process.forced[e] if first == t else ():
                moved: dict[tuple, float] = defaultdict(float)
                for (state, peak, why), p in law.items():
                    for slots, share in outcomes(forced, dict(zip(process.slots, state, strict=True)), e):
                        moved[after(slots), peak, why] += p * share
                law = moved
        for j, slot in enumerate(process.slots):
            here: dict[Any, float] = defaultdict(float)
            for (state, _, _), p in law.items():
                here[state[j]] += p
            occupancy[slot].append(dict(here))
        if t == top:
            break
        epoch = max(e for e, first in enumerate(process.first) if first <= t)
        moved = defaultdict(float)
        for (state, peak, why), p in law.items():
            played = process.rounds.get(state[phase])
            if played is None:
                moved[state, peak, why] += p
                continue
            for slots, share in outcomes(played, dict(zip(process.slots, state, strict=True)), epoch):
                for tally in played.tallies:
                    tallies[tally.name][t] += p * share * number(tally.value(*[slots[r] for r in tally.reads]), epoch)
                reached, cause = after(slots), slots.get(mark, why) if mark is not None else None
                for k in range(peak, reached[phase]):
                    passage[t + 1 :, k] += p * share
                    marked[cause][k] += p * share
                moved[reached, max(peak, reached[phase]), cause] += p * share
        law = moved
    return Enumerated(passage, dict(marked), occupancy, dict(tallies))


def as_table(laws: list[dict[Any, float]], values: Sequence[Any]) -> np.ndarray:
    """The laws of a slot over time with a column per value, shape (T + 1, values)."""
    return np.array([[law.get(v, 0.0) for v in values] for law in laws])
