"""The variance table: how much of the spread of Monte Carlo estimates over draws is sampling, how much the parameters drawn."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Final

import numpy as np

from sim.declare import Problem
from sim.study.analyses import kind
from sim.study.analyses.kind import COMMON, AnalysisKind, Finding, Spec
from sim.study.analyses.reading import by_point, change, outcome_words, percent, title, value, words

if TYPE_CHECKING:
    from sim.study.experiment import ExperimentFile
    from sim.study.results import Results

STATISTICS: Final = ("mean", "mean_standard_error", "variance", "sampling_variance", "parameter_variance")
COLUMNS: Final = ("point", "variant", *STATISTICS, "parameter_share")


def find(spec: Spec, results: Results) -> Finding:
    """The parts of the variance over draws at every point, for every variant."""
    experiment = results.experiment
    found = {v: [by_point(spec, results, v, name) for name in STATISTICS] for v in kind.variants(spec, experiment)}
    points = len(experiment.index)
    rows, sentences = [], []
    for point in range(points):
        for variant, columns in found.items():
            numbers = [float(column[point]) for column in columns]
            rows.append((point, variant, *(x if np.isfinite(x) else None for x in (*numbers, _share(numbers)))))
            if points == 1:
                sentences += [f"{words(variant)}: {sentence}" for sentence in _told(spec, numbers)]
    for variant, columns in found.items() if points > 1 else ():
        shares = np.array([_share([float(column[point]) for column in columns]) for point in range(points)])
        if len(known := shares[np.isfinite(shares)]):
            ends = f"{percent(float(known.min()))} to {percent(float(known.max()))}"
            sentences.append(f"{words(variant)}: {ends} of the variance over draws is from the parameters, by point.")
    about = f"Variance over draws of {outcome_words(spec, experiment)}: sampling of histories and uncertain parameters apart."
    return Finding(spec["name"], KIND.name, title(spec, experiment, "Variance"), COLUMNS, tuple(rows), (about, *sentences))


def _share(numbers: Sequence[float]) -> float:
    """Share of the variance that is due to the parameters, in [0, 1]; nan where there is no variance."""
    total, parameters = numbers[2], numbers[4]
    return min(max(parameters / total, 0.0), 1.0) if total > 0 else np.nan


def _told(spec: Spec, numbers: Sequence[float]) -> Iterator[str]:
    mean, error, total, _, parameters = numbers
    if not np.isfinite(total):
        yield "no variance is known, because the point failed."
        return
    yield f"mean {value(spec, mean)} ± {change(spec, 1.96 * error)} (95 % interval of the sampling error)."
    if parameters < 0:
        yield "sampling error hides the spread that is due to the parameters: take more replicates."
    elif total > 0:
        share = _share(numbers)
        yield f"{percent(share)} of the variance over draws is from the parameters, {percent(1 - share)} from sampling."


def _problems(spec: Spec, experiment: ExperimentFile) -> Iterator[Problem]:
    if experiment.engine == "exact":
        hint = 'It has no sampling error; write engine = "monte_carlo", or leave this analysis out.'
        yield Problem(("kind",), "variance does not fit the exact engine", hint=hint)
    yield from kind.of_draws(spec, experiment)
    yield from kind.of_outcome(spec, experiment)
    yield from kind.of_variants(spec, experiment)


KIND = AnalysisKind("variance", COMMON, _problems, find)
