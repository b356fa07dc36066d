"""The inner loops of alias sampling, compiled by numba; imported only where they are used."""

from __future__ import annotations

import numpy as np
from numba import njit, uint64  # noqa: TID253

_LOW = np.uint64(0xFFFF)
_WORD = np.uint64(0xFFFFFFFF)


@njit(cache=True)
def build(start: np.ndarray, column: np.ndarray, data: np.ndarray, bits: int) -> np.ndarray:
    """Alias tables of a stochastic matrix in CSR form: per state 2^bits packed cells of threshold, target and alternative."""
    n, width = len(start) - 1, 1 << bits
    out = np.empty((n, width), np.uint64)
    mass, target, other = np.empty(width), np.empty(width, np.int64), np.empty(width, np.int64)
    small, large = np.empty(width, np.int64), np.empty(width, np.int64)
    for s in range(n):
        total = 0.0
        for j in range(start[s], start[s + 1]):
            total += data[j]
        heaviest, most = s, -1.0
        for i in range(width):
            j = start[s] + i
            if j < start[s + 1]:
                mass[i], target[i] = data[j] / total * width, column[j]
                if data[j] > most:
                    most, heaviest = data[j], column[j]
            else:
                mass[i], target[i] = 0.0, heaviest
            other[i] = heaviest
        smalls, larges = 0, 0
        for i in range(width):
            if mass[i] < 1.0:
                small[smalls] = i
                smalls += 1
            else:
                large[larges] = i
                larges += 1
        while smalls > 0 and larges > 0:
            i, j = small[smalls - 1], large[larges - 1]
            smalls -= 1
            other[i] = target[j]
            mass[j] -= 1.0 - mass[i]
            if mass[j] < 1.0:
                larges -= 1
                small[smalls] = j
                smalls += 1
        while larges > 0:
            larges -= 1
            other[large[larges]] = target[large[larges]]
        while smalls > 0:  # only rounding leaves any
            smalls -= 1
            if mass[small[smalls]] > 0.5:
                other[small[smalls]] = target[small[smalls]]
        for i in range(width):
            cut = np.uint64(min(max(mass[i], 0.0), 1.0) * 4294967295.0 + 0.5)
            out[s, i] = (cut << np.uint64(32)) | (np.uint64(target[i]) << np.uint64(16)) | np.uint64(other[i])
    return out


@njit(cache=True, nogil=True)
def run(
    table: np.ndarray,
    bits: int,
    state: np.ndarray,
    peak: np.ndarray,
    first: np.ndarray,
    words: np.ndarray,
    begin: int,
    end: int,
    count: int,
    arrivals: np.ndarray,
) -> None:
    """Move all replicates of a block from round `begin` to `end` and count the arrivals of the first `count`.

    States are in order of their level: level k is reached at state first[k - 1] or beyond.  `words` (4, lanes) are the states of
    one SFC64 generator per lane (Doty-Humphrey), changed in place.
    """
    lanes = words.shape[1]
    a, b, c, d = words[0], words[1], words[2], words[3]
    drawn = np.empty(lanes, np.uint64)
    at = np.empty(lanes, np.int64)
    bound = np.empty(lanes, np.int64)
    cells = table.reshape(-1)
    shift, level_shift = np.uint64(64 - bits), np.uint64(bits)
    for begin_lane in range(0, len(state), lanes):
        for i in range(lanes):
            at[i] = state[begin_lane + i]
            bound[i] = first[peak[begin_lane + i]]
        for t in range(begin, end):
            for i in range(lanes):
                word = a[i] + b[i] + d[i]
                d[i] += uint64(1)
                a[i] = b[i] ^ (b[i] >> uint64(11))
                b[i] = c[i] + (c[i] << uint64(3))
                c[i] = ((c[i] << uint64(24)) | (c[i] >> uint64(40))) + word
                drawn[i] = word
            for i in range(lanes):
                word = drawn[i]
                cell = cells[(at[i] << bits) + np.int64(word >> shift)]
                low = (word << level_shift) >> uint64(32)
                at[i] = np.int64((cell >> uint64(16)) & _LOW if low < (cell >> uint64(32)) else cell & _LOW)
                if at[i] >= bound[i]:
                    r = begin_lane + i
                    while at[i] >= first[peak[r]]:
                        if r < count:
                            arrivals[t + 1, peak[r]] += 1
                        peak[r] += 1
                    bound[i] = first[peak[r]]
        for i in range(lanes):
            state[begin_lane + i] = at[i]
