"""Orderings: the share of draws in which the escalation probabilities of the variants stand in each order."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

import numpy as np

from sim.declare import ABSENT, Key, Problem, Text
from sim.study.analyses import kind
from sim.study.analyses.kind import AT_YEARS, NAMED, RUNG, AnalysisKind, Finding, Spec
from sim.study.analyses.reading import noise, outcome, outcome_words, percent, title, words

if TYPE_CHECKING:
    from sim.study.experiment import ExperimentFile
    from sim.study.results import Results

COLUMNS: Final = ("point", "ordering", "draws", "share", "interval_low", "interval_high")
KEYS: Final = (
    *NAMED,
    RUNG,
    AT_YEARS,
    Key("ordering", Text(), 'The ordering asked about, such as "verification < treaty < no_treaty".', ABSENT),
)


def normal(ordering: str) -> str:
    """An ordering with one space around its signs; variants that tie in alphabetical order."""
    groups = [sorted(name.strip() for name in group.split("=")) for group in ordering.split("<")]
    return " < ".join(" = ".join(group) for group in groups)


def find(spec: Spec, results: Results) -> Finding:
    """The orderings at every point, the most frequent first."""
    experiment = results.experiment
    table = {name: np.asarray(column) for name, column in results.orderings().items()}
    _, rung = outcome(spec, experiment)
    years = spec.get("at_years")
    table = table or {name: np.array([]) for name in ("point", "key", "time", *COLUMNS[1:])}
    at_rung = table["key"] == rung
    rows, sentences = [], []
    asked = normal(spec["ordering"]) if spec.get("ordering") else None
    for point in range(len(experiment.index)):
        here = at_rung & (table["point"] == point)
        if here.any():
            time = table["time"][here].max() if years is None else years
            here &= np.isclose(table["time"], time, rtol=0, atol=1e-9)
        where = np.flatnonzero(here)
        where = where[np.argsort(-table["share"][where], kind="stable")]
        for n in where:
            shares = (float(table[name][n]) for name in COLUMNS[3:])
            rows.append((point, str(table["ordering"][n]), int(table["draws"][n]), *shares))
        at = f"Point {point}: " if len(experiment.index) > 1 else ""
        if not len(where):
            sentences.append(f"{at}No ordering is known, because the point failed.")
            continue
        told = where[:1] if asked is None else [n for n in where if normal(str(table["ordering"][n])) == asked]
        for n in told:
            low, high = (percent(float(table[name][n])) for name in ("interval_low", "interval_high"))
            share = percent(float(table["share"][n]))
            sentences.append(f"{at}{words(str(table['ordering'][n]))} in {share} of draws (95 % interval {low} to {high}).")
        if not len(told):
            sentences.append(f"{at}{words(asked or '')} in none of the draws.")
    if len(sentences) > _MOST:
        sentences = [*sentences[:_MOST], f"The table has {len(experiment.index) - _MOST} points more."]
    about = f"Share of draws in which {outcome_words(spec, experiment)} has each order over the variants, the lowest first."
    cautions = noise(experiment, "close variants may change places by sampling error")
    return Finding(
        spec["name"], KIND.name, title(spec, experiment, "Orderings"), COLUMNS, tuple(rows), (about, *sentences, *cautions)
    )


_MOST: Final = 12
"""Points of which a sentence tells."""


def _problems(spec: Spec, experiment: ExperimentFile) -> Iterator[Problem]:
    yield from kind.of_draws(spec, experiment)
    yield from kind.of_outcome(spec, experiment)
    yield from kind.of_variants(spec, experiment, least=2)
    if (asked := spec.get("ordering")) is not None:
        named = [name.strip() for group in asked.split("<") for name in group.split("=")]
        if sorted(named) != sorted(experiment.variants):
            hint = f'Write all of them once, the lowest first: "{" < ".join(experiment.variants)}".'
            yield Problem(("ordering",), "must be an order of all variants of this experiment", asked, hint)


KIND = AnalysisKind("orderings", KEYS, _problems, find)
