"""Reducing the numbers of runs: paired differences between variants, and statistics over the draws."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from sim.study.tidy import BATCH, Label, difference, quantile


@dataclass(frozen=True)
class Numbers:
    """The numbers of one variant at n points that have the same labels: values (n, draws + 1, labels), the own values first.

    nan where a run failed.
    """

    variant: str
    labels: tuple[Label, ...]
    points: np.ndarray
    values: np.ndarray

    def of(self, table: str, statistic: str | None = None) -> Numbers:
        """Those of one table, or of one statistic in it."""
        kept = [j for j, x in enumerate(self.labels) if x[0] == table and statistic in (None, x[4])]
        return Numbers(self.variant, tuple(self.labels[j] for j in kept), self.points, self.values[..., kept])


def differences(numbers: Sequence[Numbers], baseline: str) -> Iterator[Numbers]:
    """The differences of all other variants from a baseline, run by run: the same point, and the same draw, in both.

    The standard error of simulated probabilities comes from batches of replicates that share their random numbers; that of other
    outcomes is that of independent estimates, which common random numbers make smaller as a rule.
    """
    bases = [part for part in numbers if part.variant == baseline]
    for part in numbers:
        for base in bases if part.variant != baseline else ():
            points, here, there = np.intersect1d(part.points, base.points, assume_unique=True, return_indices=True)
            known = {label: j for j, label in enumerate(base.labels)}
            both = [(j, known[x]) for j, x in enumerate(part.labels) if x in known and x[4] in ("value", "standard_error")]
            if not both or not len(points):
                continue
            told = [part.labels[j] for j, _ in both]
            one, other = part.values[here], base.values[there]
            batches = _batches(part.labels)
            values = np.stack([_difference(part.labels[j], j, k, one, other, known, batches) for j, k in both], axis=-1)
            labels = tuple((t, difference(outcome, baseline), *rest) for t, outcome, *rest in told)
            yield Numbers(part.variant, labels, points, values)  # type: ignore[arg-type]


def _batches(labels: Sequence[Label]) -> dict[tuple, list[int]]:
    """Where the estimates from batches stand: {table, outcome, key, time: columns}."""
    out: dict[tuple, list[int]] = {}
    for j, label in enumerate(labels):
        if label[4].startswith(BATCH):
            out.setdefault(label[:4], []).append(j)
    return out


def _difference(
    label: Label, j: int, k: int, one: np.ndarray, other: np.ndarray, known: dict[Label, int], batches: dict[tuple, list[int]]
) -> np.ndarray:
    """The difference of one label, or its standard error, shape (points, draws + 1)."""
    if label[4] == "value":
        return one[..., j] - other[..., k]
    columns = batches.get(label[:4], [])
    if len(columns) < 2:
        return np.hypot(one[..., j], other[..., k])
    theirs = [known[(*label[:4], f"{BATCH}{n}")] for n in range(len(columns))]
    return (one[..., columns] - other[..., theirs]).std(axis=-1, ddof=1) / np.sqrt(len(columns))


def reduced(numbers: Numbers, quantiles: Sequence[float], draws: int) -> tuple[list[Label], np.ndarray]:
    """Labels, and numbers (points, labels): what the own values give, and after each outcome its statistics over the draws."""
    labels: list[Label] = []
    columns: list[np.ndarray] = []
    place = {label: j for j, label in enumerate(numbers.labels)}
    own = numbers.values[:, 0]
    grouped: dict[tuple, list[Label]] = {}
    for label in numbers.labels:
        if not label[4].startswith(BATCH):
            grouped.setdefault(label[:4], []).append(label)
    over = over_draws(numbers, quantiles) if draws else {}
    for outcome, group in grouped.items():
        for label in group:
            labels.append(label)
            columns.append(own[:, place[label]])
        for statistic, values in over.get((*outcome, "value"), {}).items():
            labels.append((*outcome, statistic))  # type: ignore[arg-type]
            columns.append(values)
    return labels, np.stack(columns, axis=1)


def over_draws(numbers: Numbers, quantiles: Sequence[float]) -> dict[Label, dict[str, np.ndarray]]:
    """{label of a value: {statistic: (points,)}} over the draws that were computed."""
    place = {label: j for j, label in enumerate(numbers.labels)}
    values = [label for label in numbers.labels if label[4] == "value"]
    drawn = numbers.values[:, 1:][..., [place[label] for label in values]]
    with np.errstate(invalid="ignore", divide="ignore"):
        found = _statistics(drawn, quantiles)
        errors = [place[at] for label in values if (at := (*label[:4], "standard_error")) in place]
        if values and len(errors) == len(values):
            found |= _sampling(found["variance"], found["draws"], numbers.values[:, 1:][..., errors])
        else:
            del found["variance"]
    return {label: {name: x[:, j] for name, x in found.items()} for j, label in enumerate(values)}


def _statistics(drawn: np.ndarray, quantiles: Sequence[float]) -> dict[str, np.ndarray]:
    """Statistics of numbers (points, draws, labels) over the draws, each (points, labels)."""
    n = (~np.isnan(drawn)).sum(axis=1)
    whole = np.nan_to_num(drawn)
    mean = np.where(n > 0, whole.sum(axis=1) / n, np.nan)
    apart = np.where(np.isnan(drawn), 0.0, drawn - mean[:, None])
    variance = np.where(n > 1, (apart**2).sum(axis=1) / (n - 1), np.nan)
    out = {"mean": mean, "standard_deviation": np.sqrt(variance), "draws": n.astype(float)}
    ordered = np.sort(drawn, axis=1)  # nan last
    for q in quantiles:
        at = q * np.maximum(n - 1, 0)
        below = np.floor(at).astype(int)
        above = np.minimum(below + 1, np.maximum(n - 1, 0))
        low, high = (np.take_along_axis(ordered, k[:, None], axis=1)[:, 0] for k in (below, above))
        out[quantile(q)] = low + (at - below) * (high - low)
    return out | {"variance": variance}


def _sampling(variance: np.ndarray, draws: np.ndarray, errors: np.ndarray) -> dict[str, np.ndarray]:
    """What of the spread over draws is sampling error; the draws have independent histories."""
    squared = np.nansum(errors**2, axis=1)
    sampling = squared / draws
    return {
        "mean_standard_error": np.sqrt(squared) / draws,
        "variance": variance,
        "sampling_variance": sampling,
        "parameter_variance": variance - sampling,
    }
