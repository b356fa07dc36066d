"""Slots, moves, tallies and rounds: a process stated as a two-slice dynamic Bayesian network (docs/engine.md).

A **slot** is one variable: of the state (`rung`, `memory.usa`) or of the round in progress (`act.usa`); `x'` is slot x after the
round.  A **move** reads slots, writes slots and gives a **lottery**, {outcome: probability}, for every combination of what it
reads; it never draws, and it sees nothing that it does not read.  A **round** is a list of moves; no slot is written twice in it.

A probability is a number or an array that broadcasts to (epochs, points): what events change varies along the first axis, what a
sweep changes along the second (Dean and Kanazawa 1989 for the networks).
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from typing import Any

Label = Hashable
Lottery = Mapping[Any, Any]


@dataclass(frozen=True)
class Move:
    """One chance or sure move: `lottery(*values of reads)` -> {outcome: probability}.

    An outcome is the value of the one slot in `writes`, or a tuple with one value per slot.  `name` is also the name of the
    stream of random numbers from which the move is drawn; a sure move draws nothing.
    """

    name: str
    reads: tuple[str, ...]
    writes: tuple[str, ...]
    lottery: Callable[..., Lottery]
    sure: bool = False


@dataclass(frozen=True)
class Tally:
    """Something counted in every round: `value(*values of reads)` is a number or an array (epochs, points).

    Tallies of one name add up; engines report the expected value per round, or the sum over a replicate's rounds.
    """

    name: str
    reads: tuple[str, ...]
    value: Callable[..., Any]


@dataclass(frozen=True)
class Round:
    """A list of moves, in an order in which each move stands behind those that write what it reads, and what is counted."""

    moves: tuple[Move, ...]
    tallies: tuple[Tally, ...] = ()


@dataclass(frozen=True)
class Process:
    """A process in rounds: the slots of its state, how it starts, and which round is played.

    `phase` is the slot whose value picks the round; in states whose value has no round nothing moves.  `start` writes every
    slot of the state as `x'`.  Epoch e begins with round `first[e]`; at its beginning the moves of `forced[e]` are made in every
    state.  `shape` is (epochs, points).
    """

    slots: tuple[str, ...]
    phase: str
    start: Round
    rounds: Mapping[Label, Round]
    first: tuple[int, ...]
    forced: tuple[tuple[Round, ...], ...]
    horizon: int
    shape: tuple[int, int]


def chance(name: str, reads: list[str], writes: list[str], lottery: Callable[..., Lottery]) -> Move:
    """A move with a lottery."""
    return Move(name, tuple(reads), tuple(writes), lottery)


def sure(name: str, reads: list[str], writes: list[str], function: Callable[..., Any]) -> Move:
    """A move with one outcome, function(*values of reads)."""
    return Move(name, tuple(reads), tuple(writes), lambda *values: {function(*values): 1.0}, sure=True)
