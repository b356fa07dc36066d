"""Counts held to known probabilities, in exact standard errors and with stated false-alarm rates."""

from __future__ import annotations

import numpy as np
from scipy import stats

CERTAIN = 1e-13
"""Below this, or this close to 1, a probability is rounding: one exception is enough to be wrong."""


def wrong_counts(counts: np.ndarray, n: int | np.ndarray, p: np.ndarray, false_alarm: float = 1e-6) -> list[tuple]:
    """The (place, count, n, probability) of counts out of n that do not fit their probabilities.

    Every count is tested by itself, by the exact two-sided binomial tail; each is wrongly listed with `false_alarm` at most.
    """
    counts, n, p = np.broadcast_arrays(np.rint(counts), n, p)
    tail = np.minimum(stats.binom.cdf(counts, n, p), stats.binom.sf(counts - 1, n, p))
    fits = np.where(p < CERTAIN, counts == 0, np.where(p > 1 - CERTAIN, counts == n, 2 * tail > false_alarm))
    return [(tuple(at), float(counts[*at]), float(n[*at]), float(p[*at])) for at in np.argwhere(~fits).tolist()]


def chi_square(counts: np.ndarray, p: np.ndarray) -> tuple[float, int]:
    """Pearson's statistic of the counts of one multinomial draw and its degrees of freedom.

    Cells of fewer than 5 expected events are put together; (0, 0) where one cell is left.
    """
    expected = counts.sum() * p
    small = expected < 5
    observed = np.append(counts[~small], counts[small].sum())
    expected = np.append(expected[~small], expected[small].sum())
    if 0 < expected[-1] < 5 and len(expected) > 1:  # still small: with the next smallest
        k = int(np.argmin(expected[:-1]))
        observed[k], expected[k] = observed[k] + observed[-1], expected[k] + expected[-1]
    keep = expected >= 5
    statistic = float(((observed[keep] - expected[keep]) ** 2 / expected[keep]).sum())
    return (statistic, int(keep.sum()) - 1) if keep.sum() > 1 else (0.0, 0)
