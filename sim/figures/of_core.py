"""Outcomes of the core model with entries in words: where treaties and conditions stand, members, who arms, risks by rung."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from sim.study.more import ANNUAL, ARMING, BETWEEN, CRISES, MEMBERSHIP, STATE, STATUS

if TYPE_CHECKING:
    from sim.study.experiment import ExperimentFile
    from sim.study.figure_kind import Spec


def entry_of_core(entry: str, outcome: str, experiment: ExperimentFile) -> str:
    """An entry as it stands in a figure: "suspended"; with several treaties "limits: suspended"."""
    if outcome == ARMING:
        return _actor(entry, experiment)
    owner, _, what = entry.partition(BETWEEN)
    if outcome not in (STATUS, STATE, MEMBERSHIP):
        return _plain(entry)
    said = _actor(what, experiment) if outcome == MEMBERSHIP else _plain(what)
    return said if len(_owners(experiment.entries(outcome))) == 1 else f"{_plain(owner)}: {said}"


def label_of_core(outcome: str, entries: Sequence[str], years: float | None, experiment: ExperimentFile, when: bool) -> str:
    """The name of the vertical axis; `entries` are those shown, `years` the time if `when` it is to be told."""
    one = entries[0] if len(entries) == 1 else None
    owners, what = _owners(entries), (one or "").partition(BETWEEN)[2]
    owner = _plain(owners[0]) if len(owners) == 1 else ""
    span = "" if years is None else f"{years:g} year{'' if years == 1 else 's'}"
    at = "" if not when else f" after {span}" if span else " at the end of the horizon"
    within = "" if not when else f" over {span or 'the horizon'}"
    if outcome == STATUS:
        return (
            f"Probability that {owner} is {_plain(what)}{at}"
            if one
            else f"Probability that {owner or 'the treaty'} has the status{at}"
        )
    if outcome == STATE:
        said = f"Probability that {owner} is {_plain(what)}{at}"
        return said if one else f"Probability that {owner or 'the condition'} is in the state{at}"
    if outcome == MEMBERSHIP:
        to = f" to {owner}" if owner else ""
        return f"Probability that {_actor(what, experiment) if one else 'the actor'} is a party{to}{at}"
    if outcome == ARMING:
        return f"Probability that {_actor(one, experiment) if one else 'the actor'} arms in a round of peace{at}"
    rung = _plain(one) if one else "the rung"
    if outcome == ANNUAL:
        return f"Equivalent yearly probability of {rung if one else 'reaching the rung'}{within}"
    assert outcome == CRISES
    return f"Expected number of crises that reach {rung}{within}"


def _owners(entries: Sequence[str]) -> list[str]:
    """The treaties or conditions of some entries, each once."""
    return list(dict.fromkeys(entry.partition(BETWEEN)[0] for entry in entries))


def _actor(name: str, experiment: ExperimentFile) -> str:
    return str(experiment.scenario.raw["actors"].get(name, {}).get("label", name))


def _plain(name: str) -> str:
    return name.replace("_", " ")


def lacking(spec: Spec, entries: Sequence[str], outcome: str, experiment: ExperimentFile) -> list[str]:
    """The variants of a figure that have none of some entries."""
    has: dict[str, set[str]] = {}
    for setting in experiment.settings:
        has.setdefault(setting.variant, set()).update(setting.entries.get(outcome, ()))
    every = spec.get("variants") or experiment.variants
    return [variant for variant in every if not has.get(variant, set()) & set(entries)]
