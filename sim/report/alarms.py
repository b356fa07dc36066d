"""Alarms and false accusations in words (docs/model.md, section 1.1, step 2)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from sim.dilemma import accusations, alarms, monitoring
from sim.dilemma.structure import Structure
from sim.report.words import labels, number, series


def told(s: Structure, slots: Mapping[str, Any]) -> Iterator[str]:
    """The alarms of a round as they were drawn, then the accusations and what became of them."""
    called = labels(s.tables)
    for actor in s.actors:
        truth = "it armed" if slots[f"act.{actor}"] else "a false one, it restrained"
        if monitoring.private(s):
            observers = [called[j] for j in s.actors if j != actor and _drawn(slots, alarms.held(j, actor), f"{j}.{actor}")]
            if observers:
                yield f"{series(observers)} {'has' if len(observers) == 1 else 'have'} an alarm about {called[actor]} ({truth})"
        elif _drawn(slots, f"alarm.{actor}", actor):
            yield f"{called[actor]} draws an alarm ({truth})"
    for accuser in accusations.accusers(s):
        made, target = slots.get(accusations.slot(accuser)), accusations.target(s, accuser)
        if made is not None:
            did = "it armed" if slots[f"act.{target}"] else "it restrained"
            fate = "it is believed" if made == accusations.BELIEVED else "it is not believed"
            yield f"{called[accuser]} accuses {called[target]} of what it did not see ({did}); {fate}"


def _drawn(slots: Mapping[str, Any], alarm: str, whom: str) -> bool:
    """Whether an alarm was drawn; an accusation that was believed is none."""
    return bool(slots.get(f"drawn.{whom}", slots[alarm]))


def accusing(table: Mapping[str, Any], called: Mapping[str, str]) -> str:
    """An actor's false accusations, as part of the sentence about it."""
    what = table["accusation"]
    gain, cost, believed = number(what["gain"]), number(what["cost"]), number(what["credibility"])
    sharp = f"with precision {number(what['precision'])}" if "precision" in what else "always"
    return (
        f"may accuse {called[what['target']]} falsely while both are party to an active treaty: "
        f"{number(what['opportunity_rate'])} opportunities a year, {sharp} taken, believed with probability {believed}; "
        f"worth {gain} if believed, costs {cost} if not"
    )


def whose(s: Structure) -> str:
    """Who sees alarms, to be added to what is said of monitoring; nothing where everybody does."""
    return " Each actor has alarms of its own, which the others do not see." if monitoring.private(s) else ""
