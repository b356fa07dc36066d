"""Tidy tables of outcomes: one number a row, with the point, variant, outcome, key, time and statistic that it is of."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from sim.study.solve import Found, Solved

if TYPE_CHECKING:
    import pyarrow as pa

COLUMNS: Final = ("point", "variant", "outcome", "key", "time", "statistic", "value")
Label = tuple[str, str, float, str]
"""Outcome, key, time, statistic."""


@dataclass(frozen=True)
class Outcome:
    """One outcome as it is stored: its unit, what its key is, and one sentence."""

    unit: str
    key: str
    text: str


OUTCOMES: Final = {
    "escalation_probability": Outcome(
        "probability", "rung", "Probability that the rung, or a higher one, has been reached by the time."
    ),
    "expected_onsets": Outcome("crises", "", "Expected number of crises that begin by the end of the horizon."),
    "discounted_payoff": Outcome("payoff", "actor", "Expected discounted payoff of the actor over the horizon."),
}

STATISTICS: Final = {
    "value": "The exact value, or the estimate from simulated histories.",
    "standard_error": "Standard error of the estimate.",
    "interval_low": "Lower end of the 95 % interval of the estimate (Wilson).",
    "interval_high": "Upper end of the 95 % interval of the estimate (Wilson).",
}


def at_times(found: Found, times: Sequence[float]) -> tuple[list[Label], np.ndarray]:
    """The outcomes at the times within the horizon and at its end: labels (R,) and values (rows, R)."""
    asked = [*(t for t in times if t < found.years - 1e-9), found.years]
    labels, columns = [], []
    for k, rung in enumerate(found.rungs):
        for time in asked:
            for statistic, x in found.escalation_probability.items():
                labels.append(("escalation_probability", rung, time, statistic))
                columns.append(x[:, found.round_at(time), k])
    for statistic, x in found.expected_onsets.items():
        labels.append(("expected_onsets", "", found.years, statistic))
        columns.append(x)
    for n, actor in enumerate(found.actors):
        for statistic, x in found.discounted_payoff.items():
            labels.append(("discounted_payoff", actor, found.years, statistic))
            columns.append(x[:, n])
    return labels, np.stack(columns, axis=1)


def over_time(found: Found) -> tuple[list[Label], np.ndarray]:
    """Escalation probabilities after every round: labels (R,) and values (rows, R)."""
    labels, columns = [], []
    for k, rung in enumerate(found.rungs):
        for statistic, x in found.escalation_probability.items():
            labels += [("escalation_probability", rung, t / found.rounds_per_year, statistic) for t in range(x.shape[1])]
            columns.append(x[:, :, k])
    return labels, np.concatenate(columns, axis=1)


@dataclass
class Tidy:
    """A tidy table that grows by blocks and comes out in order of point, variant (as in the file) and outcome."""

    variants: Sequence[str]
    labels: dict[Label, int] = field(default_factory=dict)
    blocks: list[tuple[np.ndarray, ...]] = field(default_factory=list)

    def add(self, solved: Solved, found: Found, labels: Sequence[Label], values: np.ndarray) -> None:
        """A block of values (rows, R); every row counts for all the points that it stands for."""
        codes = np.array([self.labels.setdefault(label, len(self.labels)) for label in labels], dtype=np.int32)
        variant = self.variants.index(solved.task.variant)
        for row, line in zip(found.rows, values, strict=True):
            points = solved.task.members[row].astype(np.int32)
            n, m = len(points), len(codes)
            self.blocks.append(
                (
                    np.repeat(points, m),
                    np.full(n * m, variant, dtype=np.int32),
                    np.tile(np.arange(m, dtype=np.int32), n),
                    np.tile(codes, n),
                    np.tile(np.asarray(line, dtype=float), n),
                )
            )

    def table(self) -> pa.Table:
        """The table with the columns COLUMNS."""
        import pyarrow as pa

        names, kinds = list(self.labels), (np.int32, np.int32, np.int32, np.int32, float)
        joined = [np.concatenate([np.zeros(0, k), *x]) for k, x in zip(kinds, _transposed(self.blocks), strict=True)]
        point, variant, place, code, value = joined
        order = np.lexsort((place, variant, point))
        code = code[order].astype(np.int32)

        def named(position: int, kind: Any) -> pa.Array:
            return pa.array([name[position] for name in names], kind).take(pa.array(code))

        columns = [
            pa.array(point[order].astype(np.int32)),
            pa.array(list(self.variants), pa.string()).take(pa.array(variant[order].astype(np.int32))),
            named(0, pa.string()),
            named(1, pa.string()),
            named(2, pa.float64()),
            named(3, pa.string()),
            pa.array(value[order], from_pandas=True),
        ]
        return pa.table(dict(zip(COLUMNS, columns, strict=True)))


def _transposed(blocks: Sequence[tuple[np.ndarray, ...]]) -> Iterator[list[np.ndarray]]:
    for n in range(5):
        yield [block[n] for block in blocks]
