"""What is stored of a run, and the words for it: outcomes, statistics, and the columns of the tidy tables."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from sim.study.work import Found

COLUMNS: Final = ("point", "variant", "outcome", "key", "time", "statistic", "value")
BY_DRAW: Final = ("point", "draw", "variant", "outcome", "key", "time", "value")
ORDERINGS: Final = ("point", "key", "time", "ordering", "draws", "share", "interval_low", "interval_high")
TEXTS: Final = ("variant", "outcome", "key", "statistic", "ordering")
"""Columns of text, in all tables."""
WHOLE: Final = ("point", "draw", "draws")
"""Columns of whole numbers."""
RESULTS, PATHS = "results", "paths"
BATCH: Final = "batch_"
"""Statistics that are kept in parts alone: estimates from equal parts of the replicates."""
Label = tuple[str, str, str, float, str]
"""Table (results or paths), outcome, key, time, statistic."""


@dataclass(frozen=True)
class Outcome:
    """One outcome as it is stored: its unit, what its key is, and one sentence."""

    unit: str
    key: str
    text: str
    words: tuple[str, ...] = ()
    """Where the number is a code: value k stands for words[k]."""


OUTCOMES: Final = {
    "escalation_probability": Outcome(
        "probability", "rung", "Probability that the rung, or a higher one, has been reached by the time."
    ),
    "expected_onsets": Outcome("crises", "", "Expected number of crises that begin by the end of the horizon."),
    "discounted_payoff": Outcome("payoff", "actor", "Expected discounted payoff of the actor over the horizon."),
}

_OF_DRAWS: Final = {
    "mean": "Mean over the draws of the uncertain parameters.",
    "standard_deviation": "Standard deviation over the draws (divisor: draws less one).",
    "draws": "Draws that entered the mean, the deviation and the quantiles; fewer where some failed or are undefined.",
}
_OF_SAMPLING: Final = {
    "standard_error": "Standard error of the estimate in `value`; that of a difference of probabilities comes from 20 batches of "
    "histories whose random numbers the variants share, that of another difference is as if its two estimates were independent.",
    "interval_low": "Lower end of the 95 % interval of the estimate in `value` (Wilson; in canonical models 1.96 errors below).",
    "interval_high": "Upper end of the 95 % interval of the estimate in `value` (Wilson; in canonical models 1.96 errors above).",
}
_OF_BOTH: Final = {
    "mean_standard_error": "Sampling error of `mean`: every draw has its own simulated histories.",
    "variance": "Variance over the draws, sampling error included.",
    "sampling_variance": "Part of `variance` that is sampling error: the mean of the squared standard errors of the draws.",
    "parameter_variance": "Part of `variance` that is due to the parameters: what is left; below 0 where sampling hides it.",
}


def quantile(q: float) -> str:
    """The statistic of a quantile over the draws: "quantile_0.05"."""
    return f"quantile_{q:g}"


def statistics(simulated: bool, draws: bool, quantiles: Sequence[float]) -> dict[str, str]:
    """The statistics that a study stores, and what each is."""
    out = {"value": "The exact value, or the estimate from simulated histories; with draws: at the file's own values."}
    out |= _OF_SAMPLING if simulated else {}
    if draws:
        out |= _OF_DRAWS
        out |= {quantile(q): f"{100 * q:g} % quantile over the draws of the uncertain parameters." for q in quantiles}
        out |= _OF_BOTH if simulated else {}
    return out


def difference(outcome: str, baseline: str) -> str:
    """The outcome that is the difference from a baseline variant, run by run."""
    return f"{outcome}_minus_{baseline}"


def labels_of(found: Found, times: Sequence[float], over_time: bool) -> tuple[tuple[Label, ...], np.ndarray]:
    """What is stored of some runs: labels, and numbers (runs, labels)."""
    labels: list[Label] = []
    columns: list[np.ndarray] = []
    asked = [*(t for t in times if t < found.years - 1e-9), found.years]
    for k, rung in enumerate(found.rungs):
        for time in asked:
            for statistic, x in found.escalation_probability.items():
                labels.append((RESULTS, "escalation_probability", rung, time, statistic))
                columns.append(x[:, found.round_at(time), k, None])
    for statistic, x in found.expected_onsets.items():
        labels.append((RESULTS, "expected_onsets", "", found.years, statistic))
        columns.append(x[:, None])
    for n, actor in enumerate(found.actors):
        for statistic, x in found.discounted_payoff.items():
            labels.append((RESULTS, "discounted_payoff", actor, found.years, statistic))
            columns.append(x[:, n, None])
    for k, rung in enumerate(found.rungs if over_time else ()):
        for statistic, x in found.escalation_probability.items():
            labels += [(PATHS, "escalation_probability", rung, t / found.rounds_per_year, statistic) for t in range(x.shape[1])]
            columns.append(x[:, :, k])
    return tuple(labels), np.concatenate(columns, axis=1)
