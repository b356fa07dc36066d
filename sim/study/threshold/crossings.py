"""Where a function of one number changes its sign, for many draws at once: a scan, and then every bracket refined together.

The refinement is the bracketing method of Chandrupatla (1997), Advances in Engineering Software 28(3):145-149, as
scipy.optimize.elementwise has it.  Two crossings between the same two values of the scan cancel out and are not seen.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

Function = Callable[[np.ndarray, np.ndarray], np.ndarray]
"""f(x (n,), draw (n,)) gives (n,): below 0 where the condition holds, 0 where there is no difference, nan where undefined."""

Step = Callable[[float], None]
"""Called with the share that is done."""

KINDS: Final = ("begins", "ends", "several", "everywhere", "nowhere", "no_difference", "undefined")
"""Of a draw: the condition begins to hold at one value, ceases to hold at one, changes more than once, holds at all values,
at none, at none because there is no difference at any; or it cannot be told."""

MOST_TOGETHER: Final = 65_536
"""Values of x, over all draws, that are worked on together."""
MOST_DRAWS: Final = 32
"""Draws that are worked on together; after as many it is told how many are done."""
TIE: Final = 1e-16
"""What a refinement takes 0 for: on the side where the condition does not hold."""
JUMP: Final = 1e-3
"""Share of the largest |f| beyond which a difference across a refined bracket is a jump."""


@dataclass(frozen=True)
class Crossings:
    """The crossings of D draws in order of draw and x: draw (m,), x (m,), begins (m,), jump (m,); kind (D,) counts into KINDS."""

    kind: np.ndarray
    draw: np.ndarray
    x: np.ndarray
    begins: np.ndarray
    """Whether the condition holds just above, and not below."""
    jump: np.ndarray
    """Whether f jumps there."""
    partly: np.ndarray
    """Whether f is undefined at some values of the scan, shape (D,)."""

    def of(self, draw: int) -> list[tuple[float, bool, bool]]:
        """(x, begins, jump) of each crossing of one draw."""
        mine = self.draw == draw
        return list(zip(self.x[mine].tolist(), self.begins[mine].tolist(), self.jump[mine].tolist(), strict=True))

    def first(self, begins: bool) -> np.ndarray:
        """The first crossing of every draw whose first crossing goes this way, shape (at most D,)."""
        _, at = np.unique(self.draw, return_index=True)
        return self.x[at][self.begins[at] == begins]


def crossings(f: Function, x: np.ndarray, draws: int, tolerance: float, step: Step | None = None) -> Crossings:
    """All crossings that a scan of the rising values x (points,) shows for every draw, each to a distance of `tolerance`.

    `step` is called with the share of the draws that is done.
    """
    together = max(1, min(MOST_TOGETHER // len(x), MOST_DRAWS))
    parts = []
    for n in range(0, draws, together):
        parts.append(_some(f, x, np.arange(n, min(n + together, draws)), tolerance))
        if step is not None:
            step(min(n + together, draws) / draws)
    return joined(parts)


def scanned(f: Function, x: np.ndarray, draws: np.ndarray) -> np.ndarray:
    """The function at all values for all draws, shape (draws, points)."""
    found = f(np.tile(x, len(draws)), np.repeat(draws, len(x)))
    return np.asarray(found, dtype=float).reshape(len(draws), len(x))


def joined(parts: Sequence[Crossings]) -> Crossings:
    """The crossings of several groups of draws as one record."""
    return Crossings(*[np.concatenate([getattr(part, name) for part in parts]) for name in Crossings.__dataclass_fields__])


def _some(f: Function, x: np.ndarray, draws: np.ndarray, tolerance: float) -> Crossings:
    values = scanned(f, x, draws)
    defined, holds = np.isfinite(values), values < 0
    row, left = np.nonzero((holds[:, 1:] != holds[:, :-1]) & defined[:, 1:] & defined[:, :-1])
    found = refined(f, x[left], x[left + 1], draws[row], tolerance)
    largest = np.max(np.abs(np.where(defined, values, 0.0)), axis=1)
    steep = JUMP + 100 * tolerance / (x[-1] - x[0])  # a wide bracket says nothing of jumps
    sure = np.isfinite(found.x)
    row, left = row[sure], left[sure]
    begins, jump = holds[row, left + 1], found.gap[sure] > steep * largest[row]
    return Crossings(
        _kind(values, np.bincount(row, minlength=len(draws))),
        draws[row],
        found.x[sure],
        begins,
        jump,
        np.array([not row.all() for row in defined]),
    )


def _kind(values: np.ndarray, refined: np.ndarray) -> np.ndarray:
    """The kind of every draw by its scan (draws, points), where so many changes could be refined."""
    out = np.empty(len(values), dtype=int)
    for n, row in enumerate(values):
        known = row[np.isfinite(row)]
        holds = known < 0
        changes = int(np.count_nonzero(holds[1:] != holds[:-1]))
        if not known.size or changes != refined[n]:
            kind = "undefined"
        elif changes == 0:
            kind = "everywhere" if holds[0] else "nowhere" if known.any() else "no_difference"
        else:
            kind = "several" if changes > 1 else "ends" if holds[0] else "begins"
        out[n] = KINDS.index(kind)
    return out


# ---- refinement


@dataclass(frozen=True)
class Refined:
    """Where the sign changes in m brackets (nan where that cannot be told), and |f| across what is left of each: (m,), (m,)."""

    x: np.ndarray
    gap: np.ndarray


def refined(f: Callable[..., np.ndarray], left: np.ndarray, right: np.ndarray, which: Any, tolerance: float) -> Refined:
    """The change of sign of f(x, which) in every bracket from left (m,) to right (m,); 0 counts as a positive number."""
    from scipy.optimize import elementwise

    if not len(left):
        return Refined(np.zeros(0), np.zeros(0))

    def signed(x: np.ndarray, n: np.ndarray) -> np.ndarray:
        value = np.asarray(f(x.ravel(), np.asarray(which)[n.ravel().astype(int)]), dtype=float).reshape(x.shape)
        return np.where(value == 0, TIE, value)

    tolerances = {"xatol": tolerance, "xrtol": 0.0, "fatol": 0.0, "frtol": 0.0}
    with np.errstate(all="ignore"):
        found = elementwise.find_root(signed, (left, right), args=(np.arange(len(left)),), tolerances=tolerances)
        gap = np.abs(found.f_bracket[1] - found.f_bracket[0])
    return Refined(np.where(found.success, found.x, np.nan), gap)
