"""The codebook: what every column of the tables means, for those who have only the files."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from sim.dilemma.lookup import numbers, span
from sim.study import tidy
from sim.study.design import Axis
from sim.study.experiment import ExperimentFile
from sim.study.names import columns

CODEBOOK: Final = ("file", "name", "label", "unit", "type", "allowed", "path")

_TEXTS: Final = {
    "point": "Number of the point; what it sweeps is in points.csv and points.parquet.",
    "draw": "Number of the draw; what it draws is in drawn.csv and drawn.parquet.",
    "variant": "Variant of the scenario.",
    "time": "Years from the start of the horizon.",
    "ordering": "An ordering of the variants by escalation probability, lowest first; = stands between ties.",
    "draws": "Draws in which all variants were computed.",
    "share": "Share of these draws in which the ordering holds.",
    "interval_low": "Lower end of the 95 % interval of the share, the draws taken as a random sample (Wilson).",
    "interval_high": "Upper end of the 95 % interval of the share, the draws taken as a random sample (Wilson).",
}


def codebook(experiment: ExperimentFile, folder: Path) -> Iterator[tuple[str, ...]]:
    """What the columns of the tables mean, a row for each: file, name, label, unit, type, allowed values, path."""
    said = tidy.statistics(experiment.engine != "exact", experiment.uncertainty is not None, experiment.quantiles)
    known, coded = experiment.outcomes, [(n, o.words) for n, o in experiment.outcomes.items() if o.words]
    outcomes = [*known, *(tidy.difference(o, b) for b in experiment.baselines for o in known)]
    codes = "".join(f" {name}: " + ", ".join(f"{k} = {word}" for k, word in enumerate(words)) + "." for name, words in coded)
    units = ", ".join(f"{name} ({o.unit or 'a pure number'})" for name, o in known.items())
    of = ", ".join(f"{o.key} for {name}" for name, o in known.items() if o.key)
    texts = _TEXTS | {
        "key": f"What the outcome is of: {of}." if of else "Empty: no outcome has entries.",
        "value": f"The number; its unit is that of the outcome: {units}.{codes}",
        "outcome": "What the number is: " + ", ".join(outcomes) + "; _minus_ is the difference from a variant, run by run.",
        "statistic": " ".join(f"{name}: {words}" for name, words in said.items()),
    }
    entries = dict.fromkeys(entry for name in known for entry in experiment.entries(name))
    allowed = {
        "point": f"0 to {len(experiment.index) - 1}",
        "draw": "" if experiment.uncertainty is None else f"0 to {experiment.uncertainty.draws - 1}",
        "variant": "; ".join(experiment.variants),
        "outcome": "; ".join(outcomes),
        "key": "; ".join([*experiment.rungs, *experiment.actors, *entries]),
        "time": f"0 to {experiment.years:g}",
        "statistic": "; ".join(said),
        "share": "in [0, 1]",
    }
    tables = {"results": tidy.COLUMNS, "paths": tidy.COLUMNS, "by_draw": tidy.BY_DRAW, "orderings": tidy.ORDERINGS}
    for stem, names in tables.items():
        if (folder / f"{stem}.parquet").exists():
            file = f"{stem}.csv" if (folder / f"{stem}.csv").exists() else f"{stem}.parquet"
            for name in names:
                kind = "whole number" if name in tidy.WHOLE else "text" if name in tidy.TEXTS else "number"
                yield file, name, texts[name], "years" if name == "time" else "", kind, allowed.get(name, ""), ""
    yield "points.csv", "point", texts["point"], "", "whole number", allowed["point"], ""
    named = columns(path for axis in experiment.axes for path in axis.paths)
    for axis in experiment.axes:
        for path in axis.paths:
            yield ("points.csv", named[path], *_of_parameter(path, axis, experiment), path)
    if experiment.uncertainty is not None:
        yield "drawn.csv", "draw", texts["draw"], "", "whole number", allowed["draw"], ""
        for path, name in columns(experiment.uncertainty.paths).items():
            yield ("drawn.csv", name, *_of_parameter(path, None, experiment), path)


def _of_parameter(path: str, axis: Axis | None, experiment: ExperimentFile) -> tuple[str, str, str, str]:
    place = experiment.scenario.place(path)
    number = next((n for _, n, _ in numbers(place)), None)
    label = place.key.text if place.key is not None else path
    words = axis is not None and axis.numbers is None
    allowed = "; ".join(axis.label(n) for n in range(len(axis))) if axis is not None and words else ""
    if number is not None and not words:
        allowed = span(number)
    return label, number.unit if number is not None else "", "text" if words else "number", allowed
