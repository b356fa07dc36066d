"""Outcomes with entries as figures speak of them, above all those of canonical models: names, units, words for codes, entries.

An outcome with an index has entries.  In a figure one of them is chosen (`entry`), or they are what lines, panels or the
horizontal axis are for (the word "entry").  Entries such as "3:12" belong to series 3 at step 12 (the word "series").
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from sim.config import InputError
from sim.declare import ABSENT, Key, ListOf, Problem, Text
from sim.dilemma.lookup import did_you_mean
from sim.figures.of_core import entry_of_core
from sim.study.figure_kind import MOST_LINES, MOST_PANELS, Spec
from sim.study.more import MORE
from sim.study.tidy import OUTCOMES

if TYPE_CHECKING:
    from sim.study.experiment import ExperimentFile
    from sim.study.results import Results

ENTRY: Final = "entry"
"""The word that stands for the entries of an outcome where a figure names what it varies."""
SERIES: Final = "series"
"""The word that stands for what is before the colon of entries such as "3:12"."""
OF_CORE: Final = ("rung", "actor", "at_years", "baseline")
"""Keys that mean something for the core model alone."""
RISKS: Final = ("probability", "share")
"""Units of numbers that are shown in per cent."""
YES_OR_NO: Final = re.compile(r"1 (if|where|when)\b")
LOOKED_AT: Final = 8
"""Points of the sweep at which entries are looked for that are not there at the file's own values."""
OUTCOMES_OF_CORE: Final = (*OUTCOMES, *MORE, "difference")
NO, YES = "no", "yes"

KEYS: Final = (
    Key("entry", Text(), "The one entry shown of an outcome with entries (a state, a status).", ABSENT),
    Key("entries", ListOf(Text(), 1), "The entries shown of an outcome with entries, in this order; all where left out.", ABSENT),
)


def words_of(name: str, experiment: ExperimentFile) -> tuple[str, ...]:
    """What the codes 0, 1, ... of an outcome stand for; none of a number.  A text that begins "1 if" is of yes or no."""
    known = experiment.outcomes.get(name)
    if known is None:
        return ()
    return known.words or ((NO, YES) if YES_OR_NO.match(known.text) else ())


def plain(name: str) -> str:
    """A bare name with spaces."""
    return name.replace("_", " ")


def noun_of(outcome: str, experiment: ExperimentFile, series: bool = False) -> str:
    """What the entries of an outcome are: "state"; of an index such as "start:time" the step, or the series."""
    known = experiment.outcomes.get(outcome)
    before, colon, step = (known.key if known is not None else "").rpartition(":")
    return plain((before if colon else SERIES) if series else step)


def entry_name(name: str, outcome: str, experiment: ExperimentFile, series: bool = False) -> str:
    """An entry or a series as it stands in a figure: "tit for tat"; a number with the noun of the index: "state 3"."""
    if experiment.model is None and not series:
        return entry_of_core(name, outcome, experiment)
    noun = noun_of(outcome, experiment, series)
    return plain(name) if re.search(r"[^\W\d_]", name) or not noun else f"{noun} {name}"


def outcome_label(name: str, experiment: ExperimentFile, entry: str | None = None) -> str:
    """The name of an outcome with its entry and unit: "Shortest punishment (periods)", "Value, state 2"."""
    known = experiment.outcomes[name]
    said = plain(name)
    whose = f", {entry_name(entry, name, experiment)}" if entry else ""
    silent = known.unit in ("", *RISKS) or known.unit in said.split() or words_of(name, experiment)
    return f"{said[:1].upper()}{said[1:]}{whose}{'' if silent else f' ({known.unit})'}"


def meaning(name: str, experiment: ExperimentFile) -> str:
    """What an outcome is, as a sentence of a caption."""
    text = experiment.outcomes[name].text
    said = plain(name)
    return f"{said[:1].upper()}{said[1:]}: {text}{'' if text.endswith(('.', '?', '!')) else '.'}"


# ---- entries


def split_entry(entry: str) -> tuple[str, str]:
    """The series and the step of an entry; the series is "" where there is no colon."""
    series, colon, step = entry.rpartition(":")
    return (series, step) if colon else ("", entry)


def series_of(entries: Sequence[str]) -> tuple[str, ...]:
    """The series of some entries, in their order."""
    return tuple(dict.fromkeys(split_entry(entry)[0] for entry in entries))


def numbers_of(steps: Sequence[str]) -> list[float] | None:
    """Entries as numbers; None where some are words."""
    try:
        found = [float(step) for step in steps]
    except ValueError:
        return None
    return found if all(map(math.isfinite, found)) else None


def with_entries(spec: Spec, results: Results, outcome: str) -> dict[str, Any]:
    """The entry of a figure with the entries that it shows: those asked for, else all that are stored; none of a single value."""
    experiment = results.experiment
    if (experiment.model is None and outcome not in MORE) or not experiment.outcomes[outcome].key:
        return dict(spec)
    if spec.get("entry") is not None:
        return {**spec, "entries": [spec["entry"]]}
    return {**spec, "entries": list(spec.get("entries") or results.entries(outcome))}


# ---- what can be wrong


def of_outcome(name: Any, key: str, experiment: ExperimentFile, written: bool = True) -> Iterator[Problem]:
    """What names no outcome of the canonical model; `written`: the name stands in the file, and is no default."""
    model = experiment.model
    assert model is not None
    if name in experiment.outcomes:
        return
    hint = did_you_mean(str(name), experiment.outcomes, "outcomes that can be drawn")
    if name in [outcome.name for outcome in model.outcomes]:
        yield Problem((key,), "is in words, which a sweep does not store", name, hint)
    elif name in OUTCOMES_OF_CORE:
        hint = f"Allowed: {', '.join(experiment.outcomes)}."
        if written:
            yield Problem((key,), f"names no outcome of {model.name}: it is one of the core model", name, hint)
        else:
            yield Problem((key,), f"missing: an outcome of {model.name}", hint=hint)
    else:
        yield Problem((key,), f"names no outcome of {model.name}", name, hint)


def written(spec: Spec, key: str, experiment: ExperimentFile) -> bool:
    """Whether the file itself says a key of a figure."""
    raw = experiment.source.tables.get("figures", [])
    return any(key in one for one in raw if isinstance(one, Mapping) and one.get("name") == spec["name"])


def of_entries(spec: Spec, experiment: ExperimentFile, key: str, roles: tuple[str, ...]) -> Iterator[Problem]:
    """What is wrong with the entries of a figure of a canonical model; `key` names the outcome, `roles` what varies."""
    model, name = experiment.model, str(spec.get(key))
    assert model is not None
    yield from of_outcome(name, key, experiment, written(spec, key, experiment))
    for other in OF_CORE:
        if spec.get(other) is not None:
            yield Problem((other,), f"is for the core model: {model.name} has none", spec[other], "Leave it out.")
    if name not in experiment.outcomes:
        return
    noun = experiment.outcomes[name].key
    named = [role for role in roles if spec.get(role) in (ENTRY, SERIES)]
    if not noun:
        for role in named:
            yield Problem(
                (role,), f"{name} has one value and no entries", spec[role], "Name a swept parameter, or another outcome."
            )
        for other in ("entry", "entries"):
            if spec.get(other) is not None:
                yield Problem((other,), f"{name} has one value and no entries", spec[other], "Leave it out.")
        return
    yield from of_shown(spec, name, experiment, named, roles)


def of_shown(spec: Spec, name: str, experiment: ExperimentFile, named: list[str], roles: tuple[str, ...]) -> Iterator[Problem]:
    """What is wrong with the entries that a figure shows of an outcome; `named` are the roles that are for them."""
    known = experiment.entries(name)
    yield from _of_choice(spec, name, experiment)
    for role in named:
        if spec[role] == SERIES and spec.get("x") != ENTRY:
            yield Problem((role,), 'is for x = "entry", with entries such as "3:12" (series 3, step 12)', spec[role])
        elif spec[role] == SERIES and "" in series_of(known):
            yield Problem((role,), f"the entries of {name} belong to no series", spec[role], f"They are: {_some(known)}.")
    yield from _of_number(spec, known, named)
    if not named and spec.get("entry") is None:
        ways = " or ".join(f'{role} = "{ENTRY}"' for role in roles)
        first = f'entry = "{known[0]}"' if known else "entry"
        yield Problem(
            (ENTRY,), f"missing: {name} has a value for each {noun_of(name, experiment)}", hint=f"Write {first}, or {ways}."
        )


def _of_choice(spec: Spec, name: str, experiment: ExperimentFile) -> Iterator[Problem]:
    for other in ("entry", "entries"):
        told = spec.get(other)
        for one in [told] if isinstance(told, str) else told or []:
            yield from of_entry(one, other, name, experiment)
    if spec.get("entry") is not None and spec.get("entries") is not None:
        yield Problem(("entries",), "stands beside entry", spec["entries"], "Leave one of them out.")


def of_entry(entry: str, key: str, name: str, experiment: ExperimentFile) -> Iterator[Problem]:
    """What names no entry of an outcome, neither at the file's own values nor where the sweep goes."""
    known = experiment.entries(name)
    if not known or entry in known:
        return
    swept = _swept(name, experiment) if experiment.model is not None else []
    if entry not in swept:
        yield Problem((key,), f"names no entry of {name}", entry, did_you_mean(entry, dict.fromkeys([*known, *swept])))


def _swept(name: str, experiment: ExperimentFile) -> list[str]:
    """The entries of an outcome at some points of the sweep, the first and the last among them."""
    from sim.study.canonical import entries_of

    out: dict[str, None] = {}
    last = len(experiment.index) - 1
    for point in sorted({round(last * n / (LOOKED_AT - 1)) for n in range(LOOKED_AT)}):
        for variant in experiment.variants:
            try:
                tables = experiment.scenario.tables(variant, experiment.values(point))
            except InputError:
                continue  # such a point fails when it is run, and says why
            assert experiment.model is not None
            out |= dict.fromkeys(entries_of(experiment.model, tables["parameters"]).get(name, ()))
    return list(out)


def _of_number(spec: Spec, known: Sequence[str], named: Sequence[str]) -> Iterator[Problem]:
    """More lines or panels than can be told apart, and roles that are named twice."""
    shown = [spec["entry"]] if spec.get("entry") is not None else spec.get("entries") or known
    words = [spec[role] for role in named]
    for n, role in enumerate(named):
        if spec[role] in words[:n]:
            yield Problem((role,), f"is named by {named[words.index(spec[role])]} already", spec[role])
        most = {"panel": MOST_PANELS, "group": MOST_LINES}.get(role)
        size = len(shown if spec[role] == ENTRY else series_of(shown))
        if most is not None and size > most:
            hint = f'Write entries = ["{known[0]}", ...], or x = "{ENTRY}".'
            yield Problem((role,), f"must have at most {most} entries", size, hint)


def _some(entries: Sequence[str]) -> str:
    return ", ".join(entries[:6]) + (", ..." if len(entries) > 6 else "")


def not_for_core(spec: Spec) -> Iterator[Problem]:
    """Keys of canonical models in a figure of the core model."""
    for key in ("entry", "entries"):
        if spec.get(key) is not None:
            message = f"is for canonical models (model = ...), and for {', '.join(MORE)}"
            yield Problem((key,), message, spec[key], "Leave it out.")
