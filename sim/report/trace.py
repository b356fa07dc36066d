"""One simulated history in words, round by round: what happened, and why (docs/model.md, sections 1.1 and 1.2)."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from sim.dilemma.actors import Memory
from sim.dilemma.structure import Structure
from sim.dilemma.traces import RoundRecord
from sim.report.round import Telling
from sim.report.words import calendar_date, count, date_of


@dataclass(frozen=True)
class Story:
    """A round in words: its number, when it starts (years), the rung before and after it, and sentences; none if it is quiet."""

    round: int
    year: float
    rung: str
    after: str
    sentences: tuple[str, ...]


def tell(s: Structure, records: Sequence[RoundRecord]) -> list[Story]:
    """The story of every round of a history."""
    rungs = ("peace", *s.rungs)
    return [
        Story(
            round=r.t,
            year=r.t * s.dt,
            rung=rungs[r.slots["rung"]],
            after=rungs[r.slots["rung'"]],
            sentences=tuple(f"{text}." for text in Telling(s, r).sentences()),
        )
        for r in records
    ]


def prose(s: Structure, stories: Sequence[Story]) -> str:
    """The history as text, quiet rounds together."""
    start = s.tables["horizon"].get("start")
    lines = []
    for quiet, group in itertools.groupby(stories, lambda story: not story.sentences):
        members = list(group)
        if quiet:
            when = _when(start, members[0], members[-1])
            lines.append(f"{when}  {count(len(members), 'quiet round')}: nobody arms, no alarm, nothing changes.")
            continue
        for story in members:
            head = _when(start, story, story)
            lines += [f"{head if n == 0 else ' ' * len(head)}  {text}" for n, text in enumerate(story.sentences)]
    return "\n".join([*lines, "", _ending(s, stories)])


def records(s: Structure, stories: Sequence[Story], rounds: Sequence[RoundRecord]) -> list[dict[str, Any]]:
    """The history as JSON: every round with its slots and its sentences."""
    start = s.tables["horizon"].get("start")
    return [
        {
            "round": story.round,
            "year": story.year,
            "date": None if start is None else calendar_date(start, story.year).isoformat(),
            "rung": story.rung,
            "rung_after": story.after,
            "text": list(story.sentences),
            "slots": {slot: _plain(value) for slot, value in record.slots.items()},
        }
        for story, record in zip(stories, rounds, strict=True)
    ]


def _when(start: Any, first: Story, last: Story) -> str:
    rounds = f"round {first.round}" + (f" to {last.round}" if last.round != first.round else "")
    return f"{date_of(start, first.year)}, {rounds}:"


def _ending(s: Structure, stories: Sequence[Story]) -> str:
    if stories[-1].after == s.rungs[-1]:
        return f"The history ends after {count(len(stories), 'round')} with {s.rungs[-1]}; nothing moves any more."
    highest = max((s.rungs.index(story.after) for story in stories if story.after != "peace"), default=None)
    reached = "there was no crisis" if highest is None else f"the highest rung reached was {s.rungs[highest]}"
    return f"The history ends with the horizon, after {count(s.rounds, 'round')}; {reached}."


def _plain(value: Any) -> Any:
    if isinstance(value, Memory):
        return {"leader": value.leader, "covered": value.covered, "state": _plain(value.state)}
    if isinstance(value, tuple | list):
        return [_plain(x) for x in value]
    return value.item() if isinstance(value, np.generic) else value
