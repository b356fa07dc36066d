"""Figures of outcomes of the core model that have entries: what their keys mean, and what can be wrong with them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from sim.declare import Problem
from sim.figures.cases import RUNG, words
from sim.figures.of_core import lacking
from sim.figures.outcomes import ENTRY, SERIES, of_shown, written
from sim.study.experiment import ExperimentFile
from sim.study.figure_kind import VARIANT, Spec, compared
from sim.study.more import ARMING, BY_RUNG, MEMBERSHIP, MORE, STATE, STATUS, TIMELESS

ACTOR: Final = "actor"
NONE: Final = {
    STATUS: "no variant has a treaty",
    STATE: "no variant has conditions",
    MEMBERSHIP: 'no variant has a treaty with exit = "one_by_one"',
}
"""Why an outcome has no entries."""


def is_more(spec: Spec, experiment: ExperimentFile, key: str = "y") -> bool:
    """Whether a figure shows an outcome of the core model that has entries."""
    return experiment.model is None and spec.get(key) in MORE


def arranged(spec: Spec, experiment: ExperimentFile, key: str = "y") -> Spec:
    """The entry of such a figure with its entries, as that of a canonical model would have them; others as they are.

    `rung` of a risk by rung and `actor` of arming are entries.  What the file leaves open of lines and panels is for the entries.
    Variants without any of the entries are left out.
    """
    if not is_more(spec, experiment, key):
        return spec
    outcome = str(spec[key])
    out: dict[str, Any] = dict(spec)
    word = RUNG if outcome in BY_RUNG else ACTOR if outcome == ARMING else None
    if word is not None:
        out["entry"] = spec.get("entry") or spec.get(word)
        out[word] = None
        for role in ("x", "group", "panel"):
            if out.get(role) == word:
                out[role] = ENTRY
    one = out.get("entry")
    entries = [str(one)] if one else list(spec.get("entries") or experiment.entries(outcome))
    out["entries"] = entries
    if gone := lacking(spec, entries, outcome, experiment):
        out["variants"] = [v for v in spec.get("variants") or experiment.variants if v not in gone]
    if spec["kind"] == "curves":
        out |= _left_open(out, experiment)
    return out


def _left_open(spec: Spec, experiment: ExperimentFile) -> dict[str, Any]:
    """What lines and panels of curves are for where the file does not say it."""
    group, panel = (spec[role] if written(spec, role, experiment) else None for role in ("group", "panel"))
    several = len(compared(spec, experiment)) > 1
    if len(spec["entries"]) == 1 and ENTRY not in (group, panel):
        return {"group": group or (None if panel == VARIANT or not several else VARIANT), "panel": panel}
    if group is None and panel == VARIANT:
        return {"group": ENTRY, "panel": VARIANT}
    if group == ENTRY and panel is None:
        return {"group": ENTRY, "panel": VARIANT if several else None}
    return {"group": group or VARIANT, "panel": panel or ENTRY}


def problems(spec: Spec, experiment: ExperimentFile, key: str, roles: tuple[str, ...]) -> Iterator[Problem]:
    """What is wrong with the entries of such a figure, as the file says them; `roles` are the keys that may be for entries."""
    outcome = str(spec[key])
    if not experiment.entries(outcome):
        why = NONE.get(outcome, "this version does not give it")
        yield Problem((key,), f"has nothing to show: {why}", outcome, "Leave the figure out.")
        return
    allowed = {RUNG: outcome in BY_RUNG, ACTOR: outcome == ARMING}
    for word, fits in allowed.items():
        if spec.get(word) is None:
            continue
        if not fits:
            hint = f'Its entries are those of {MORE[outcome].key}: write entry = "{experiment.entries(outcome)[0]}".'
            yield Problem((word,), f"says nothing of {key} = {outcome!r}", spec[word], hint)
        elif spec.get("entry") is not None or spec.get("entries") is not None:
            yield Problem((word,), "stands beside entry", spec[word], "Leave one of them out.")
    if spec.get("baseline") is not None:
        yield Problem(("baseline",), f'is for {key} = "difference" only', spec["baseline"], "Leave it out.")
    if outcome in TIMELESS and spec.get("at_years") is not None:
        yield Problem(("at_years",), f"says nothing of {key} = {outcome!r}, which is of the whole horizon", spec["at_years"])
    if outcome in TIMELESS and spec["kind"] == "curves":
        yield Problem((key,), "is of the whole horizon and has no course over time", outcome, 'Draw kind = "lines".')
    now = arranged(spec, experiment, key)
    told = {**now, "entries": spec.get("entries")}
    wrong = list(of_shown(told, outcome, experiment, [r for r in roles if now.get(r) in (ENTRY, SERIES)], roles))
    yield from _told(wrong, spec)
    every = spec.get("variants") or experiment.variants
    if not wrong and len(lacking(spec, now["entries"], outcome, experiment)) == len(every):
        entries = ", ".join(now["entries"])
        yield Problem(("variants",), f"are all without {entries}", spec.get("variants"), f"Leave it out, or show another {key}.")


def _told(found: list[Problem], spec: Spec) -> Iterator[Problem]:
    """Problems by the keys that the file has."""
    for problem in found:
        if problem.path == (ENTRY,) and spec.get(ENTRY) is None and problem.found in (spec.get(RUNG), spec.get(ACTOR)):
            yield Problem((RUNG if spec.get(RUNG) else ACTOR,), problem.message, problem.found, problem.hint)
        else:
            yield problem


def others(spec: Spec, experiment: ExperimentFile) -> tuple[str, ...]:
    """What else the lines and panels of such a figure may be for."""
    return (ENTRY, SERIES) if spec.get("x") == ENTRY else (ENTRY,)


def of_lacking(spec: Spec, experiment: ExperimentFile, key: str = "y") -> list[str]:
    """Which variants are not shown because they have none of the entries."""
    if not is_more(spec, experiment, key):
        return []
    entries = arranged(spec, experiment, key)["entries"]
    gone = [words(variant) for variant in lacking(spec, entries, str(spec[key]), experiment)]
    what = {STATUS: "treaty", STATE: "condition", MEMBERSHIP: "treaty", ARMING: "actor"}.get(str(spec[key]), "rung")
    return [f"Not shown, because there is no such {what}: {', '.join(gone)}."] if gone else []
