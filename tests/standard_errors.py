"""Counts held to known probabilities, in exact standard errors."""

from __future__ import annotations

import numpy as np
from scipy import stats

FALSE_ALARM = 1e-6
"""Probability with which a right count is called wrong: |z| > 4.89, or the exact binomial test below ten expected events."""
_LIMIT = float(stats.norm.isf(FALSE_ALARM / 2))


def z_scores(counts: np.ndarray, n: int, p: np.ndarray) -> np.ndarray:
    """(counts / n - p) / sqrt(p (1 - p) / n), for 0 < p < 1."""
    return (counts / n - p) / np.sqrt(p * (1 - p) / n)


def wrong_counts(counts: np.ndarray, n: int, p: np.ndarray) -> list[tuple[int, int, float]]:
    """The (place, count, probability) of counts out of n that do not fit their probabilities.

    Each count is wrongly called so with FALSE_ALARM at most; of what cannot be (or must be), one exception is enough.
    """
    wrong = []
    for place, (count, prob) in enumerate(zip(np.ravel(counts).tolist(), np.ravel(p).tolist(), strict=True)):
        if prob < 1e-14 or prob > 1 - 1e-14:
            fits = count == (n if prob > 0.5 else 0)
        elif n * min(prob, 1 - prob) < 10:
            fits = stats.binomtest(round(count), n, prob).pvalue > FALSE_ALARM
        else:
            fits = abs(count / n - prob) / np.sqrt(prob * (1 - prob) / n) < _LIMIT
        wrong += [] if fits else [(place, count, prob)]
    return wrong
