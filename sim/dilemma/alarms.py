"""Step 2 of a peace round: the alarms, public or private, and what others make of them (docs/model.md, section 1.1).

Whatever the kind, later steps read: `alarm.i` (somebody holds an alarm about i), `alarms` (how many alarms there are), `sees.j`
(what an automaton sees of rivals, private alarms only), and the slots that `monitoring.accused` names.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

from sim.chain import Move, sure
from sim.dilemma import accusations, monitoring
from sim.dilemma.structure import Pair, Structure

ALARMS: Final = "alarms"


def held(observer: str, actor: str) -> str:
    """The slot of one actor's private alarm about another."""
    return f"holds.{observer}.{actor}"


def moves(s: Structure) -> list[Move]:
    """The moves of step 2."""
    return _private(s) if monitoring.private(s) else _public(s)


def _public(s: Structure) -> list[Move]:
    """Each actor draws one alarm that all see; an accusation that is believed is an alarm like any other."""
    out = [monitoring.move(s, i, _drawn(s, "alarm", i)) for i in s.actors] + accusations.moves(s)
    for i in s.actors:
        if accusers := accusations.against(s, i):
            out.append(accusations.joined(f"alarm.{i}", f"drawn.{i}", accusers))
    return [*out, sure(ALARMS, [f"alarm.{i}" for i in s.actors], [ALARMS], lambda *y: sum(y))]


def _drawn(s: Structure, slot: str, actor: str) -> str:
    """Where an alarm about an actor is drawn: apart from the slot if false accusations of the actor may join it."""
    return f"{'drawn' if accusations.against(s, actor) else slot}.{actor}"


# ---- private alarms


def _private(s: Structure) -> list[Move]:
    """Every actor draws its own alarm about every other; then what later steps read, summed up observer by observer."""
    out: list[Move] = []
    ordered = [(j, i) for j in s.actors for i in s.actors if i != j]
    for j, i in ordered:
        slot = accusations.drawn(j, i) if accusations.against(s, i) else held(j, i)
        out.append(monitoring.private_move(s, j, i, slot))
    out += accusations.moves(s)
    for j, i in ordered:
        if accusers := accusations.against(s, i):
            out.append(accusations.joined(held(j, i), accusations.drawn(j, i), accusers))
    for j in s.actors:
        out.append(_sees(s, j))
    for i in s.actors:
        about = [[held(j, i)] for j in s.actors if j != i]
        out += _running(f"alarm.{i}", about, 0, lambda so_far, *y: max(so_far, *y))
    out += _running(ALARMS, [[held(j, i) for i in s.actors if i != j] for j in s.actors], 0, lambda so_far, *y: so_far + sum(y))
    for t in s.treaties:
        parties = s.tables["treaties"][t]["parties"]
        for i in parties:
            if monitoring.accused(s, t, i) != f"alarm.{i}":
                by = [[held(j, i), s.active(t, j)] for j in parties if j != i]  # a party that has left does not count
                out += _running(monitoring.accused(s, t, i), by, 0, lambda so_far, y, on: so_far or int(y and on))
    return out


def _sees(s: Structure, observer: str) -> Move:
    """Whether an automaton sees an alarm about a rival: one that was drawn, or an accusation that is not its own."""
    rivals = [i for i in s.actors if i != observer]
    drawn = [accusations.drawn(observer, i) if accusations.against(s, i) else held(observer, i) for i in rivals]
    heard = [accusations.slot(a) for i in rivals for a in accusations.against(s, i) if a != observer]
    n = len(drawn)
    return sure(
        f"sees.{observer}",
        [*drawn, *heard],
        [f"sees.{observer}"],
        lambda *x: int(any(x[:n]) or any(y == accusations.BELIEVED for y in x[n:])),
    )


def _running(slot: str, groups: Sequence[Sequence[str]], first: Any, add: Callable[..., Any]) -> list[Move]:
    """Moves that gather groups of slots into one, group by group, so that what was read can be forgotten early."""
    out: list[Move] = []
    before: list[str] = []
    for n, group in enumerate(groups):
        after = slot if n == len(groups) - 1 else f"{slot}.{n}"

        def gather(*x: Any, start: bool = not before) -> Any:
            return add(first, *x) if start else add(*x)

        out.append(sure(after, [*before, *group], [after], gather))
        before = [after]
    return out


def between(s: Structure) -> list[Move]:
    """The slot `alarming`: who has a public alarm against it, or between which pairs the private alarms are, once for each."""
    if not monitoring.private(s):
        return [sure("alarming", [f"alarm.{i}" for i in s.actors], ["alarming"], lambda *y: _flagged(s.actors, y))]
    ordered = {(j, i): held(j, i) for j in s.actors for i in s.actors if i != j}
    groups = [[(j, i) for i in s.actors if i != j] for j in s.actors]
    out: list[Move] = []
    before: list[str] = []
    for n, group in enumerate(groups):
        after = "alarming" if n == len(groups) - 1 else f"alarming.{n}"
        pairs = [_pair(s, j, i) for j, i in group]

        def gather(*x: Any, pairs: list[Pair] = pairs, start: bool = not before) -> tuple[Pair, ...]:
            so_far, flags = ((), x) if start else (x[0], x[1:])
            return tuple(sorted(so_far + _flagged(pairs, flags), key=s.pairs.index))

        out.append(sure(after, [*before, *[ordered[k] for k in group]], [after], gather))
        before = [after]
    return out


def _pair(s: Structure, i: str, j: str) -> Pair:
    return (i, j) if (i, j) in s.pairs else (j, i)


def _flagged(names: Sequence[Any], flags: Sequence[int]) -> tuple[Any, ...]:
    return tuple(name for name, flag in zip(names, flags, strict=True) if flag)
