"""What declarations cannot say of a scenario: names that must exist, lengths that must fit, times (docs/model.md, section 7).

`problems` wants one variant's merged tables, already checked against `keys.SCENARIO`; keys may still be missing where that check
has complained, so every check is silent about what it does not find.  What becomes of numbers over time is in `ranges.py`.
"""

from __future__ import annotations

import itertools
import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from sim.declare import ABSENT, Problem
from sim.dilemma import check_exits as exits
from sim.dilemma.lookup import did_you_mean
from sim.dilemma.parameters import time_of
from sim.dilemma.ranges import in_effect, of_changes

Tables = Mapping[str, Any]

MOST_ROUNDS: Final = 100_000
NAMED: Final = ("actors", "treaties", "conditions", "channels")
ONE: Final = {"actors": "an actor", "treaties": "a treaty", "conditions": "a condition", "channels": "a channel"}
PER_RUNG: Final = ("rung_costs", "advance", "resolve", "slip")
EVENTS: Final = {
    "arming.": "actors",
    "alarm": "",
    "alarm.": "actors",
    "accusation.": "actors",
    "disbelieved.": "actors",
    "withdrawal": "",
    "withdrawal.": "treaties",
    "treaty_ended": "",
    "treaty_ended.": "treaties",
    "onset": "",
    "crisis": "",
}
"""The events that conditions hear, with the group that names what stands after the dot (section 1.1, step 5; section 1.2).

Beside them `left.T` and `left.T.A`, for each party A of a treaty T that parties leave singly.
"""


def problems(tables: Tables) -> list[Problem]:
    """What is wrong with one variant's tables; the numbers in effect are looked at only if nothing else is wrong."""
    return of_words(tables) or [problem for problem, _ in in_effect(tables)]


def of_words(tables: Tables) -> list[Problem]:
    """What is wrong with names, lengths, times and paths; keys may be missing."""
    checks = (_horizon, _names, _actors, _game, _treaties, _conditions, _onset, _crisis, _events, of_changes)
    return list(itertools.chain.from_iterable(check(tables) for check in checks))


def _group(tables: Tables, name: str) -> Mapping[str, Any]:
    return tables.get(name) or {}


def _horizon(tables: Tables) -> Iterator[Problem]:
    horizon = _group(tables, "horizon")
    years, per_year = horizon.get("years"), horizon.get("rounds_per_year")
    if years is None or per_year is None:
        return
    rounds = float(years) * float(per_year)
    if not 0.5 < rounds <= MOST_ROUNDS + 0.5:
        message = f"years * rounds_per_year must be between 1 and {MOST_ROUNDS:,} rounds"
        yield Problem(("horizon", "years"), message, round(rounds) if 1 < rounds < math.inf else rounds)


def _names(tables: Tables) -> Iterator[Problem]:
    owner: dict[str, str] = {}
    for group in NAMED:
        for name in _group(tables, group):
            if name in owner:
                yield Problem((group, name), f"the name is taken: {ONE[owner[name]]} has it too", hint="Names must differ.")
            owner.setdefault(name, group)


def _known(tables: Tables, group: str, names: Iterable[Any], path: tuple[str | int, ...]) -> Iterator[Problem]:
    """The names of a list that are no names of the group, or stand twice."""
    known, seen = _group(tables, group), set()
    for n, name in enumerate(names):
        if name not in known:
            yield Problem((*path, n), f"names no {ONE[group].split()[1]}", name, did_you_mean(str(name), known, group))
        elif name in seen:
            yield Problem((*path, n), "stands twice", name)
        seen.add(name)


def _dyads(tables: Tables, group: str) -> Iterator[Problem]:
    seen: set[frozenset[Any]] = set()
    for n, dyad in enumerate(_group(tables, group).get("dyads") or []):
        pair = frozenset(dyad.get("actors") or [])
        yield from _known(tables, "actors", dyad.get("actors") or [], (group, "dyads", n, "actors"))
        if pair in seen:
            yield Problem((group, "dyads", n, "actors"), "the pair stands twice", " and ".join(sorted(map(str, pair))))
        seen.add(pair)


# ---- actors and the stage game


def _actors(tables: Tables) -> Iterator[Problem]:
    actors = _group(tables, "actors")
    if "actors" in tables and len(actors) < 2:
        yield Problem(("actors",), "there must be at least two actors", list(actors))
    for name, actor in actors.items():
        strategies = {"strategy", "leaders"} & {key for key, value in actor.items() if value is not ABSENT}
        if len(strategies) == 2:
            yield Problem(("actors", name, "leaders"), "an actor has either strategy or leaders, not both")
        elif not strategies:
            yield Problem(("actors", name), "missing: strategy or leaders", hint='Write strategy = { kind = "tit_for_tat" }.')
        yield from _leaders(name, actor)
        yield from _accusation(name, actor, actors)
        if len(actors) != 2:
            for path, strategy in _strategies(actor):
                if isinstance(strategy, Mapping) and strategy.get("kind") == "nash":
                    hint = f"There are {len(actors)} actors; logit is for any number."
                    yield Problem(("actors", name, *path, "kind"), "must be a strategy for more than two actors", "nash", hint)


def _accusation(name: str, actor: Tables, actors: Tables) -> Iterator[Problem]:
    target = (actor.get("accusation") or {}).get("target")
    if target is not None and (target not in actors or target == name):
        hint = did_you_mean(str(target), [a for a in actors if a != name], "other actors")
        yield Problem(("actors", name, "accusation", "target"), "names no other actor", target, hint)


def _strategies(actor: Tables) -> Iterator[tuple[tuple[str | int, ...], Any]]:
    for key in ("strategy", "strategy_without_treaty"):
        yield (key,), actor.get(key)
    for n, leader in enumerate(actor.get("leaders") or []):
        yield ("leaders", n, "strategy"), leader.get("strategy")


def _leaders(name: str, actor: Tables) -> Iterator[Problem]:
    leaders = actor.get("leaders")
    if leaders:  # an actor without leaders (perhaps a variant took them) has nobody whose `while` tables could be in effect
        names = [leader.get("name") or str(n) for n, leader in enumerate(leaders)]
        yield from _while("actors", name, actor, names, "leader")


def _while(group: str, name: str, part: Tables, known: Sequence[str], what: str) -> Iterator[Problem]:
    for key in part.get("while") or {}:
        if key not in known:
            yield Problem((group, name, "while", key), f"names no {what}", hint=did_you_mean(key, known))


def _game(tables: Tables) -> Iterator[Problem]:
    game, actors = _group(tables, "game"), _group(tables, "actors")
    yield from _dyads(tables, "game")
    if game.get("kind") != "matrix":
        return
    if len(actors) != 2:
        yield Problem(("game", "kind"), "a matrix game is for exactly two actors", list(actors))
    payoffs = game.get("payoffs")
    if payoffs is not None:
        for name in payoffs:
            if name not in actors:
                yield Problem(("game", "payoffs", name), "names no actor", hint=did_you_mean(name, actors, "actors"))
        for name in actors:
            if name not in payoffs:
                yield Problem(("game", "payoffs", name), "missing: the 2x2 payoffs of this actor")


# ---- treaties and conditions


def _treaties(tables: Tables) -> Iterator[Problem]:
    treaties = _group(tables, "treaties")
    for name, treaty in treaties.items():
        yield from _known(tables, "actors", treaty.get("parties") or [], ("treaties", name, "parties"))
        yield from _while("treaties", name, treaty, exits.statuses(treaty), "status")
        yield from exits.of_treaty(name, treaty, tables)
        cascade = treaty.get("cascade")
        for other in cascade if isinstance(cascade, Mapping) else ():
            if other not in treaties or other == name:
                hint = did_you_mean(other, [t for t in treaties if t != name], "other treaties")
                yield Problem(("treaties", name, "cascade", other), "names no other treaty", hint=hint)


def _conditions(tables: Tables) -> Iterator[Problem]:
    for name, condition in _group(tables, "conditions").items():
        path, states = ("conditions", name), condition.get("states")
        if states is None:
            continue
        yield from _distinct((*path, "states"), states)
        for n, state in enumerate(states):
            if "->" in state:
                yield Problem((*path, "states", n), 'a name of a state has no "->" in it', state)
        initial = condition.get("initial")
        if initial is not None and initial not in states:
            yield Problem((*path, "initial"), "names no state", initial, did_you_mean(initial, states))
        yield from _while("conditions", name, condition, states, "state")
        for move in condition.get("rates") or {}:
            yield from _move((*path, "rates", move), move, states)
        for event, moves in (condition.get("on") or {}).items():
            yield from _heard((*path, "on", event), event, tables)
            for move in moves:
                yield from _move((*path, "on", event, move), move, states)


def _distinct(path: tuple[str | int, ...], names: Sequence[str]) -> Iterator[Problem]:
    for name, times in Counter(names).items():
        if times > 1:
            yield Problem(path, "names must differ", name, f"It stands {times} times.")


def _move(path: tuple[str | int, ...], move: str, states: Sequence[str]) -> Iterator[Problem]:
    """A move "s->t" leads from one state to another."""
    ends = move.split("->")
    unknown = [end for end in ends if end not in states]
    if len(ends) != 2:
        yield Problem(path, "is no move from one state to another", hint=f'A move is written "{states[0]}->{states[-1]}".')
    elif unknown:
        yield Problem(path, f'names no state "{unknown[0]}"', hint=did_you_mean(unknown[0], states))
    elif ends[0] == ends[1]:
        yield Problem(path, "a move leads to another state", hint="To stay needs no move.")


def _heard(path: tuple[str | int, ...], event: str, tables: Tables) -> Iterator[Problem]:
    known = [e if not named else e + name for e, named in EVENTS.items() for name in (_group(tables, named) if named else ("",))]
    known += exits.events(tables)
    if event not in known:
        yield Problem(path, "is no event of a round", hint=did_you_mean(event, known))


# ---- crises


def _onset(tables: Tables) -> Iterator[Problem]:
    yield from _dyads(tables, "onset")
    first, rungs = _group(tables, "onset").get("rungs"), _group(tables, "crisis").get("rungs")
    if first is not None and rungs is not None and len(first) > len(rungs):
        hint = f"The rungs are {', '.join(rungs)}."
        yield Problem(("onset", "rungs"), f"must have at most {len(rungs)} entries, one for each rung", first, hint)


def _crisis(tables: Tables) -> Iterator[Problem]:
    crisis = _group(tables, "crisis")
    if crisis.get("selection") == "logit" and crisis.get("selection_precision") is ABSENT:
        yield Problem(("crisis", "selection_precision"), 'missing: selection = "logit" needs its precision per unit of payoff')
    rungs = crisis.get("rungs")
    if rungs is None:
        return
    yield from _distinct(("crisis", "rungs"), rungs)
    if "peace" in rungs:
        yield Problem(("crisis", "rungs"), "rung 0 is called peace, so no other rung can be", "peace")
    last = len(rungs)
    for key in PER_RUNG:
        values = crisis.get(key)
        if values is not None and len(values) != last - 1:
            hint = f"One for each rung below the last: {', '.join(rungs[:-1])}." if last > 1 else "The only rung is the last."
            need = f"must have {last - 1} {'entry' if last == 2 else 'entries'} for {last} rungs"
            yield Problem(("crisis", key), need, values, hint)
    shock = crisis.get("shock_rung")
    if shock is not None and not 1 <= shock <= last:
        yield Problem(("crisis", "shock_rung"), f"must be a rung, in [1, {last}]", shock)


# ---- events


def _events(tables: Tables) -> Iterator[Problem]:
    for n, event in enumerate(tables.get("events") or []):
        yield from _time(n, event, tables)
        yield from _known(tables, "treaties", event.get("expire") or [], ("events", n, "expire"))
        for name, parties in (event.get("leave") or {}).items():
            yield from exits.of_leave(("events", n, "leave", name), name, parties, tables)
        for name, status in (event.get("status") or {}).items():
            yield from _status(("events", n, "status", name), name, status, tables)


def _time(n: int, event: Tables, tables: Tables) -> Iterator[Problem]:
    horizon = _group(tables, "horizon")
    given = [key for key in ("date", "year") if event.get(key) is not ABSENT]
    if len(given) != 1:
        hint = "Write date = 2026-02-05 or year = 12.5 (years from the start)."
        message = "an event has either date or year, not both" if given else "missing: date or year"
        yield Problem(("events", n, *given[1:]), message, hint=hint)
        return
    path, start, years = ("events", n, given[0]), horizon.get("start"), horizon.get("years")
    if given == ["date"] and start is ABSENT:
        message = "missing: it turns the dates of events into rounds"
        yield Problem(("horizon", "start"), message, hint="Give it, or use year in the events.")
    elif years is not None:
        time = time_of(event, tables)  # type: ignore[arg-type]
        if not 0 <= time < years:
            hint = f"That is year {time:.6g}." if given == ["date"] else ""
            yield Problem(path, f"must be within the horizon, 0 <= year < {years:g}", event[given[0]], hint)


def _status(path: tuple[str | int, ...], name: str, status: Any, tables: Tables) -> Iterator[Problem]:
    treaties, conditions = _group(tables, "treaties"), _group(tables, "conditions")
    if name not in treaties and name not in conditions:
        known = [*treaties, *conditions]
        yield Problem(path, "names no treaty or condition", hint=did_you_mean(name, known, "treaties or conditions"))
        return
    known = exits.statuses(treaties[name]) if name in treaties else conditions[name].get("states")
    if known is not None and status not in known:
        what = "a status of the treaty" if name in treaties else "a state of the condition"
        yield Problem(path, f"must be {what}", status, did_you_mean(str(status), known))
