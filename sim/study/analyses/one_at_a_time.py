"""One parameter at a time: the outcome at the low and the high end of each, the others as they stand (the bars of a tornado)."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from sim.declare import Problem
from sim.study.analyses.kind import COMMON, AnalysisKind, Finding, Spec, of_all, variants
from sim.study.analyses.reading import Input, by_point, change, listed, noise, outcome_words, swept, title, value, words

if TYPE_CHECKING:
    from sim.study.experiment import ExperimentFile
    from sim.study.results import Results

COLUMNS: Final = ("variant", "parameter", "low", "base", "high", "y_low", "y_base", "y_high", "swing", "monotone")


@dataclass(frozen=True)
class Bar:
    """The outcome at the low and the high end of one parameter; nan where the point failed."""

    parameter: int
    low: float
    high: float
    y_low: float
    y_high: float
    swing: float
    """Highest less lowest of the outcomes at the ends and at the base."""
    monotone: bool
    """False where the base is between two ends whose outcomes are both above that of the base, or both below it."""


def base_point(x: np.ndarray) -> int | None:
    """The point from which every other differs in one parameter at most; x has shape (points, d).  None if there is none."""
    for n, row in enumerate(x):
        if ((x != row).sum(axis=1) <= 1).all():
            return n
    return None


def tornado(x: np.ndarray, y: np.ndarray, base: int, named: Collection[int] = ()) -> list[Bar]:
    """The bars of all parameters, the widest first; x (points, d), y (points,).

    The values of the parameters in `named` have no order: their ends are those of the lowest and the highest outcome.
    """
    bars = [_bar(j, x, y, base, j in named) for j in range(x.shape[1])]
    return sorted(bars, key=lambda bar: -bar.swing if np.isfinite(bar.swing) else np.inf)


def _bar(j: int, x: np.ndarray, y: np.ndarray, base: int, named: bool) -> Bar:
    rows = np.flatnonzero(np.delete(x == x[base], j, axis=1).all(axis=1) & (x[:, j] != x[base, j]))
    if len(rows) < 2 or named:
        rows = np.append(rows, base)
    if named and np.isfinite(y[rows]).any():
        rows = rows[np.isfinite(y[rows])]
    rows = rows[np.argsort((y if named else x[:, j])[rows], kind="stable")]
    low, high = rows[0], rows[-1]
    ends = y[[low, high, base]]
    sound = ends[np.isfinite(ends)]
    around = not named and x[low, j] < x[base, j] < x[high, j]
    monotone = not (around and (y[low] - y[base]) * (y[high] - y[base]) > 0)
    swing = float(np.ptp(sound)) if len(sound) else np.nan
    return Bar(j, float(x[low, j]), float(x[high, j]), float(y[low]), float(y[high]), swing, monotone)


def find(spec: Spec, results: Results) -> Finding:
    """The bars of every variant, the widest first."""
    experiment = results.experiment
    inputs = swept(experiment)
    x = np.stack([one.values for one in inputs], axis=1)
    base = base_point(x)
    rows, sentences = [], []
    if base is None:
        sentences.append("The points do not vary one parameter at a time: run the sweep again.")
    else:
        for variant in variants(spec, experiment):
            told, own = _of_variant(spec, variant, inputs, x, by_point(spec, results, variant), base)
            sentences += [f"{words(variant)}: {sentence}" for sentence in told]
            rows += own
    what = outcome_words(spec, experiment)
    about = f"{what[0].upper()}{what[1:]} at the low and the high end of each parameter, the others at their base."
    unseen = "Interactions between parameters are not seen."
    cautions = noise(experiment, "small swings may be sampling error")
    heading = title(spec, experiment, "One at a time")
    return Finding(spec["name"], KIND.name, heading, COLUMNS, tuple(rows), (about, unseen, *sentences, *cautions))


def _of_variant(
    spec: Spec, variant: str, inputs: Sequence[Input], x: np.ndarray, y: np.ndarray, base: int
) -> tuple[list[str], list[tuple]]:
    """What there is to say of one variant, and its rows."""
    bars = tornado(x, y, base, [n for n, one in enumerate(inputs) if one.labels is not None])
    rows, told = [], []
    for bar in bars:
        one = inputs[bar.parameter]
        at = [v if one.labels is None else one.said(v) for v in (bar.low, float(x[base, bar.parameter]), bar.high)]
        outcomes = [_known(v) for v in (bar.y_low, float(y[base]), bar.y_high, bar.swing)]
        rows.append((variant, one.name, *at, *outcomes, "yes" if bar.monotone else "no"))
    if widest := [f"{inputs[bar.parameter].label} {change(spec, bar.swing)}" for bar in bars[:3] if bar.swing > 0]:
        told.append(f"widest swings: {', '.join(widest)}; base {value(spec, float(y[base]))}.")
    elif np.isfinite(y).any():
        told.append("no swept parameter moves the outcome by itself.")
    if bent := [inputs[bar.parameter].label for bar in bars if not bar.monotone]:
        told.append(f"not monotone in {listed(bent)}: both ends lie on one side of the base.")
    if failed := int((~np.isfinite(y)).sum()):
        told.append(f"{failed} of {len(y)} points failed; their ends are missing.")
    return told, rows


def _known(x: float) -> float | None:
    return x if np.isfinite(x) else None


def _problems(spec: Spec, experiment: ExperimentFile) -> Iterator[Problem]:
    yield from of_all(KIND, spec, experiment)


KIND = AnalysisKind("one_at_a_time", COMMON, _problems, find, ("one_at_a_time",))
