"""The compiler: from a process to its reachable states and the layers that lead between them (docs/engine.md).

The order of moves decides the cost of a round, never its law: a move stays behind those that write what it reads.  Orders are
found by greedy variable elimination on a sample of states, and depend on the structure alone, never on the numbers of a sweep.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sim.chain.kernels import (
    Domains,
    Kernel,
    Layer,
    Space,
    TallyKernel,
    TooLarge,
    distinct,
    entries,
    kernels_of,
    lift,
    pack,
    sizes,
)
from sim.chain.moves import Move, Process, Round, Tally

MOST_STATES = 100_000
"""States beyond which the compiler gives up; the Monte Carlo engine has no such limit."""
_MOST_ENTRIES = 4_000_000
_SAMPLE = 64
_MOST_IN_SAMPLE = 400_000


@dataclass(frozen=True)
class Lifted:
    """A round lifted to the states `rows`: its layers, the state `target` reached from each row of the last partial states, the
    value of the mark there (its number, or -1), and the tallies as (layers before it, kernel, kernel row per partial state)."""

    rows: np.ndarray
    layers: tuple[Layer, ...]
    target: np.ndarray
    mark: np.ndarray
    tallies: tuple[tuple[int, TallyKernel, np.ndarray], ...]


@dataclass(frozen=True)
class Chain:
    """The reachable states of a process and the layers between them.

    `states` (S, slots) holds numbers into `domains`; `start` is lifted from nothing, `rounds` has one entry per round that is
    played in some state, and one without layers for the states in which nothing moves; `forced` (epochs, S) is the state that
    each state is forced into when an epoch begins; `mark` is the slot whose last value may split what becomes of the process.
    """

    process: Process
    domains: Domains
    states: np.ndarray
    start: Lifted
    rounds: tuple[Lifted, ...]
    forced: np.ndarray
    mark: str | None = None

    def __len__(self) -> int:
        return len(self.states)

    def labels(self, slot: str) -> list:
        """The value of a slot in each state."""
        values = self.domains.labels(slot)
        return [values[c] for c in self.states[:, self.process.slots.index(slot)]]


class Ordered:
    """A round with its kernels: `schedule` finds an order of the moves, `lift` makes the layers for a set of states."""

    def __init__(
        self, moves: Round, process: Process, kernels: dict[int, Kernel], domains: Domains, mark: str | None, counted: bool
    ) -> None:
        written = {s for move in moves.moves for s in move.writes}
        self.moves = list(moves.moves)
        self.kernels, self.domains = kernels, domains
        self.slots = process.slots if moves is not process.start else ()
        self.final = tuple(s + "'" if s + "'" in written else s for s in process.slots)
        self.mark = mark if mark in written else None
        self.tallies = [(t, TallyKernel(t, domains)) for t in moves.tallies] if counted else []

    def wanted(self, moves: list[Move], tallies: list[tuple[Tally, TallyKernel]]) -> set[str]:
        """Slots that are still read when these moves and tallies are left."""
        kept = {s for m in moves for s in m.reads} | {s for t, _ in tallies for s in t.reads} | set(self.final)
        return kept | {self.mark} if self.mark else kept

    def schedule(self, codes: np.ndarray) -> None:
        """Reorder the moves so that few partial states are alive at a time, tried out on a sample of states."""
        space = Space(self.slots, codes[:: max(1, len(codes) // _SAMPLE)])
        most = max(_MOST_IN_SAMPLE, _MOST_ENTRIES * len(space) // max(1, len(codes)))  # what the whole may have, in proportion
        left, order = list(self.moves), []
        tallies = [item for item in self.tallies if not set(item[0].reads) <= set(space.slots)]
        while left:
            best: tuple[int, Move, Space] | None = None
            least: tuple[int, Move] | None = None
            for move in left:
                if not set(move.reads) <= set(space.slots):
                    continue
                grown = entries(self.kernels[id(move)], space)
                if grown > _MOST_IN_SAMPLE:
                    least = (grown, move) if least is None or grown < least[0] else least
                    continue
                after = self._after(move, space, left, tallies, _MOST_IN_SAMPLE)
                if best is None or len(after) < best[0]:
                    best = (len(after), move, after)
                if len(after) <= len(space):
                    break
            if best is None and least is not None:
                best = (0, least[1], self._after(least[1], space, left, tallies, most))
            assert best is not None, "a move reads a slot that nothing writes"
            _, move, space = best
            order.append(move)
            left = [m for m in left if m is not move]
            tallies = [item for item in tallies if not set(item[0].reads) <= set(space.slots)]
        self.moves = order

    def _after(self, move: Move, space: Space, left: list[Move], tallies: list[tuple[Tally, TallyKernel]], most: int) -> Space:
        """The partial states after a move.  Raises TooLarge before it makes more than `most`."""
        others = [m for m in left if m is not move]
        return lift(self.kernels[id(move)], space, self.wanted(others, tallies), most)[1]

    def lift(self, codes: np.ndarray) -> tuple[list[Layer], list[tuple[int, TallyKernel, np.ndarray]], Space]:
        """The layers from the states `codes`, the tallies, and the last partial states."""
        space, layers, found = Space(self.slots, codes), [], []
        tallies, left = list(self.tallies), list(self.moves)
        while True:
            ready = [item for item in tallies if set(item[0].reads) <= set(space.slots)]
            found += [(len(layers), kernel, kernel(space.columns(kernel.reads))) for _, kernel in ready]
            tallies = [item for item in tallies if item not in ready]
            if not left:
                return layers, found, space
            move, *left = left
            layer, space = lift(self.kernels[id(move)], space, self.wanted(left, tallies), _MOST_ENTRIES)
            layers.append(layer)

    def after(self, codes: np.ndarray) -> np.ndarray:
        """The states that can follow the states `codes`, without the layers that lead there."""
        space, tallies = Space(self.slots, codes), list(self.tallies)
        for n, move in enumerate(self.moves):
            tallies = [item for item in tallies if not set(item[0].reads) <= set(space.slots)]
            space = self._after(move, space, self.moves[n:], tallies, _MOST_ENTRIES)
        return space.columns(self.final)


def compile_chain(process: Process, *, mark: str | None = None, counted: bool = True, most: int = MOST_STATES) -> Chain:
    """All states that can be reached in any epoch, and the layers between them.

    `mark` names a slot whose value at the end of a round is kept beside the state reached; without `counted` the tallies are
    left out, and with them the partial states that only they need.  Raises TooLarge beyond `most` states.
    """
    domains, kernels = kernels_of(process)

    def ordered(moves: Round) -> Ordered:
        return Ordered(moves, process, kernels, domains, mark, counted)

    idle = ordered(Round(()))
    start, rounds = ordered(process.start), [ordered(r) for r in distinct_rounds(process)]
    forced = [[ordered(r) for r in group] for group in process.forced]
    phase = process.slots.index(process.phase)

    def by_round(codes: np.ndarray) -> list[tuple[Ordered, np.ndarray]]:
        which = np.array([played(process, v) for v in domains.labels(process.phase)])[codes[:, phase]]
        found = [(r, np.flatnonzero(which == n)) for n, r in [*enumerate(rounds), (-1, idle)]]
        return [(r, rows) for r, rows in found if len(rows)]

    _, _, first = start.lift(np.zeros((1, 0), np.int32))
    states = np.zeros((0, len(process.slots)), np.int32)

    def explore(found: list[np.ndarray]) -> None:
        """Add states and all that can follow them."""
        nonlocal states
        while True:
            after = np.vstack([states, *found])
            _, met = np.unique(pack(after)[0], return_index=True)
            frontier = after[np.sort(met[met >= len(states)])]
            if not len(frontier):
                return
            states = np.vstack([states, frontier])
            if len(states) > most:
                raise TooLarge(len(states), most, sizes(Space(process.slots, states)))
            found = [r.after(frontier[rows]) for r, rows in by_round(frontier)]

    first_states = first.columns(start.final)
    for r, rows in by_round(first_states):
        r.schedule(first_states[rows])
    explore([first_states])
    known = []  # how many states there were when an epoch began: no other can be forced then
    for group in forced:
        known.append(len(states))
        if group:
            explore([_forced(group, states)])
    for r, rows in by_round(states):
        r.schedule(states[rows])

    def number(codes: np.ndarray) -> np.ndarray:
        _, n = distinct(np.vstack([states, codes]))
        of = np.empty(len(states), np.int64)
        of[n[: len(states)]] = np.arange(len(states))
        return of[n[len(states) :]]

    def lifted(r: Ordered, rows: np.ndarray, codes: np.ndarray) -> Lifted:
        layers, tallies, space = r.lift(codes)
        mark_codes = space.columns([r.mark])[:, 0] if r.mark else np.full(len(space), -1)
        return Lifted(rows, tuple(layers), number(space.columns(r.final)), mark_codes, tuple(tallies))

    maps = np.tile(np.arange(len(states)), (len(forced), 1))
    for e, group in enumerate(forced):
        if group:
            maps[e, : known[e]] = number(_forced(group, states[: known[e]]))
    return Chain(
        process,
        domains,
        states,
        lifted(start, np.zeros(1, np.int64), np.zeros((1, 0), np.int32)),
        tuple(lifted(r, rows, states[rows]) for r, rows in by_round(states)),
        maps,
        mark,
    )


def heights(chain: Chain, levels: int) -> np.ndarray:
    """The level of every state, shape (S,).  Raises ValueError where one is above the last level that is asked for."""
    out = np.array([int(x) for x in chain.labels(chain.process.phase)], np.int64)
    if out.max(initial=0) > levels:
        raise ValueError(f"levels must be {out.max()}, the highest level of the process, found {levels}")
    return out


def distinct_rounds(process: Process) -> list[Round]:
    """The rounds of a process, each once, in the order in which they are named."""
    return list({id(r): r for r in process.rounds.values()}.values())


def played(process: Process, value: object) -> int:
    """Which of the distinct rounds is played where the phase has a value, or -1."""
    r = process.rounds.get(value)
    return -1 if r is None else next(n for n, x in enumerate(distinct_rounds(process)) if x is r)


def _forced(group: list[Ordered], codes: np.ndarray) -> np.ndarray:
    """The state that each state is forced into by some sure moves."""
    for r in group:
        layers, _, space = r.lift(codes)
        at = np.arange(len(codes))
        for layer in layers:
            at = layer.target[at]
        codes = space.columns(r.final)[at]
    return codes
