"""What declarations cannot say of how treaties are left: together or one by one, by whom, when (docs/model.md, section 1.1).

As in `checks.py`, keys may be missing, and a check is silent about what it does not find.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import numpy as np

from sim.declare import ABSENT, Problem
from sim.dilemma.keys import STATUSES
from sim.dilemma.lookup import did_you_mean

Tables = Mapping[str, Any]

SINGLY: Final = {"outside": [], "minimum_parties": 2, "follow_rate": 0, "leak": 0, "leak_follow_rate": 0, "join_rate": 0}
"""Keys that say something of treaties left one by one only, with their defaults."""


def _singly(treaty: Tables) -> bool:
    return treaty.get("exit") == "one_by_one"


def statuses(treaty: Tables) -> tuple[str, ...]:
    """The statuses of a treaty; one that parties leave singly is never itself under notice."""
    return tuple(status for status in STATUSES if not (status == "withdrawing" and _singly(treaty)))


def _parties(treaty: Tables, tables: Tables) -> list[str]:
    return list(treaty.get("parties") or tables.get("actors") or {})


def of_treaty(name: str, treaty: Tables, tables: Tables) -> Iterator[Problem]:
    """What is said of the parties, one by one or not."""
    parties, rate, path = _parties(treaty, tables), treaty.get("withdrawal_rate"), ("treaties", name)
    for party in rate if isinstance(rate, Mapping) else ():
        if party not in parties:
            yield Problem((*path, "withdrawal_rate", party), "names no party", hint=did_you_mean(party, parties))
    if not _singly(treaty):
        for key, default in SINGLY.items():
            value = treaty.get(key, default)
            if value is not ABSENT and np.any(np.asarray(value != default)):
                hint = f'Write treaties.{name}.exit = "one_by_one", or leave the key out.'
                yield Problem((*path, key), 'means nothing where exit = "together"', value, hint)
        return
    outside, least = treaty.get("outside") or [], treaty.get("minimum_parties", 2)
    for n, party in enumerate(outside):
        if party not in parties or party in outside[:n]:
            message, hint = ("stands twice", "") if party in parties else ("names no party", did_you_mean(str(party), parties))
            yield Problem((*path, "outside", n), message, party, hint)
    status = treaty.get("status", "in_force")
    if status == "withdrawing":
        hint = "Parties give notice singly; an event can force one out with leave."
        yield Problem((*path, "status"), 'is no status of a treaty with exit = "one_by_one"', status, hint)
    if least > len(parties):
        yield Problem((*path, "minimum_parties"), f"must be at most {len(parties)}, the number of parties", least)
    elif status in ("in_force", "suspended") and len(parties) - len(set(outside)) < least:
        hint = f"A treaty that is {status.replace('_', ' ')} at the start needs {least} parties that have joined."
        yield Problem((*path, "outside"), f"must leave at least {least} of {len(parties)} parties", outside, hint)


def events(tables: Tables) -> list[str]:
    """The events `left.T` and `left.T.A` that conditions may hear."""
    singly = {name: treaty for name, treaty in (tables.get("treaties") or {}).items() if _singly(treaty)}
    return [f"left.{name}{end}" for name, treaty in singly.items() for end in ("", *[f".{a}" for a in _parties(treaty, tables)])]


def of_leave(path: tuple[str | int, ...], name: str, parties: Sequence[Any], tables: Tables) -> Iterator[Problem]:
    """What is wrong with the parties that an event forces out of a treaty."""
    treaties = tables.get("treaties") or {}
    if name not in treaties or not _singly(treaties[name]):
        known = [t for t, treaty in treaties.items() if _singly(treaty)]
        message = 'a treaty with exit = "together" is left by all at once' if name in treaties else "names no treaty"
        hint = did_you_mean(name, known, 'treaties with exit = "one_by_one"') if name not in treaties else "Use status or expire."
        yield Problem(path, message, hint=hint)
        return
    known = _parties(treaties[name], tables)
    for n, party in enumerate(parties):
        if party not in known:
            yield Problem((*path, n), "names no party", party, did_you_mean(str(party), known))
