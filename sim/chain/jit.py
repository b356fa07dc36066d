"""The inner loops of batches, compiled by numba; imported only where they are used.

No fast-math: sums are taken in the order in which they are written, whatever the batch.
"""

from __future__ import annotations

import numpy as np
from numba import njit  # noqa: TID253


@njit(cache=True, nogil=True)
def gather_add(table: np.ndarray, entry: np.ndarray, start: np.ndarray) -> np.ndarray:
    """out[k] = sum of table[entry[j]] for j in start[k]..start[k + 1], shape (len(start) - 1, points)."""
    n, width = len(start) - 1, table.shape[1]
    out = np.empty((n, width))
    for k in range(n):
        for p in range(width):
            out[k, p] = table[entry[start[k]], p]
        for j in range(start[k] + 1, start[k + 1]):
            for p in range(width):
                out[k, p] += table[entry[j], p]
    return out


@njit(cache=True, nogil=True)
def multiply_add(earlier: np.ndarray, later: np.ndarray, a: np.ndarray, b: np.ndarray, start: np.ndarray) -> np.ndarray:
    """out[k] = sum of later[b[j]] * earlier[a[j]] for j in start[k]..start[k + 1]; points or 1 along the last axes."""
    n, width = len(start) - 1, max(earlier.shape[1], later.shape[1])
    out = np.zeros((n, width))
    for k in range(n):
        for j in range(start[k], start[k + 1]):
            x, y = earlier[a[j]], later[b[j]]
            if len(x) == len(y):
                for p in range(width):
                    out[k, p] += x[p] * y[p]
            elif len(x) == 1:
                for p in range(width):
                    out[k, p] += x[0] * y[p]
            else:
                for p in range(width):
                    out[k, p] += x[p] * y[0]
    return out


@njit(cache=True, nogil=True)
def pull_back(
    ahead: np.ndarray, table: np.ndarray, entry: np.ndarray, source: np.ndarray, target: np.ndarray, rows: int
) -> np.ndarray:
    """Expected value before a layer from that after it, (partial states, tallies, points); table (entries, points or 1)."""
    tallies, width = ahead.shape[1], ahead.shape[2]
    out = np.zeros((rows, tallies, width))
    for j in range(len(entry)):
        x, r, c = table[entry[j]], source[j], target[j]
        for n in range(tallies):
            if len(x) == 1:
                for p in range(width):
                    out[r, n, p] += x[0] * ahead[c, n, p]
            else:
                for p in range(width):
                    out[r, n, p] += x[p] * ahead[c, n, p]
    return out


@njit(cache=True, nogil=True)
def first_passage(
    start: np.ndarray,
    column: np.ndarray,
    entries: np.ndarray,
    inner: int,
    out: np.ndarray,
    level: np.ndarray,
    height: np.ndarray,
    worth: np.ndarray,
    values: np.ndarray,
    hits: np.ndarray,
    found: np.ndarray,
    counted: np.ndarray,
) -> None:
    """Carry `values` (S + inner, L, points) through len(found) rounds of a program.

    found[t] are the masses that have reached each level after t + 1 rounds, counted[t] the expected tallies of round t, from
    `worth` (S, tallies, points); `hits` (L, points) goes on from what had been reached before.  The column of level k loses what
    reaches k, but for the last level, which is absorbing and whose column keeps the whole law.
    """
    states, levels, width = len(height), values.shape[1], values.shape[2]
    after = np.empty((states, levels, width))
    total = np.empty((levels, width))
    for t in range(len(found)):
        counted[t] = 0.0
        for s in range(states):
            for n in range(worth.shape[1]):
                for p in range(width):
                    counted[t, n, p] += worth[s, n, p] * values[s, levels - 1, p]
        after[:] = 0.0
        for r in range(len(start) - 1):
            low = level[r]
            total[low:] = 0.0
            for j in range(start[r], start[r + 1]):
                c = column[j]
                for k in range(low, levels):
                    for p in range(width):
                        total[k, p] += entries[j, p] * values[c, k, p]
            if r < inner:
                for k in range(low, levels):
                    for p in range(width):
                        values[states + r, k, p] = total[k, p]
            else:
                target = out[r - inner]
                for k in range(low, levels):
                    for p in range(width):
                        after[target, k, p] += total[k, p]
        before = hits[levels - 1].copy()
        hits[levels - 1] = 0.0
        for s in range(states):
            for k in range(levels):
                if height[s] > k:
                    for p in range(width):
                        hits[k, p] += after[s, k, p]
                        values[s, k, p] = after[s, k, p] if k == levels - 1 else 0.0
                else:
                    for p in range(width):
                        values[s, k, p] = after[s, k, p]
        hits[levels - 1] = np.maximum(hits[levels - 1], before)  # rounding must not let it fall
        found[t] = hits
