"""How an arms race of N actors with C categories of weapons moves: the equations of `sim.models.arms_race`, all points at once.

A step is one of the classical Runge-Kutta method, each stage of which is put back between 0 and the ceilings (oblique reflection:
what a ceiling takes away is handed to the substitutes; Harrison and Reiman 1981).  While the same ceilings bind this is the
classical method for the motion along them, of order four.  Steps never straddle a date at which something changes.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import Any, Final

import numpy as np

from sim.models.model import Values, points

FASTEST: Final = 0.1
"""Largest step times the fastest rate of a point."""
LONGEST_STEP: Final = 1 / 16
"""In years."""
MOST_STEPS: Final = 2**15
"""A point that needs more steps has no path."""
ROUNDS: Final = 40
"""Rounds in which blocked weapons are handed on; where more are needed linear equations are solved."""
NO_CAP: Final = 1e9
"""A cap this high is none."""


@dataclass(frozen=True)
class Race:
    """The numbers of P races: shapes (P,), (P, N), (P, C), (P, N, C), (P, N, N) for reaction, (P, C, C) for substitution."""

    levels: np.ndarray
    weights: np.ndarray
    fatigue: np.ndarray
    reaction: np.ndarray
    allocation: np.ndarray
    grievance: np.ndarray
    saturation: np.ndarray
    caps: np.ndarray
    cap_start: np.ndarray
    cap_end: np.ndarray
    phase_in: np.ndarray
    substitution: np.ndarray
    prudence: np.ndarray
    estimate_sd: np.ndarray
    estimate_drift: np.ndarray
    exchange_correction: np.ndarray
    lone_correction: np.ndarray
    exchange_until: np.ndarray
    volatility: np.ndarray
    shock_rate: np.ndarray
    shock_decay: np.ndarray
    shock_size: np.ndarray
    horizon: np.ndarray

    @property
    def size(self) -> tuple[int, int, int]:
        """P, N, C."""
        return self.levels.shape

    def at(self, rows: Any) -> Race:
        """The races of some points."""
        return Race(**{f.name: getattr(self, f.name)[rows] for f in fields(self)})

    def threat(self, x: np.ndarray) -> np.ndarray:
        """Weighted totals T_j of levels x (P, N, C), shape (P, N)."""
        return (x * self.weights[:, None, :]).sum(-1)


SHAPES: Final = {
    "levels": "NC",
    "weights": "C",
    "fatigue": "NC",
    "reaction": "NN",
    "allocation": "NC",
    "grievance": "NC",
    "saturation": "N",
    "caps": "NC",
    "cap_start": "C",
    "cap_end": "C",
    "substitution": "CC",
    "prudence": "N",
    "estimate_sd": "N",
    "estimate_drift": "N",
    "volatility": "NC",
    "shock_size": "NC",
}
"""The list parameters, and their shape in actors and categories."""
EMPTY: Final = {"weights": 1.0, "allocation": 1.0, "caps": np.inf, "cap_end": np.inf, "saturation": np.inf}
"""What an empty list stands for; 0 where nothing is said."""


def race(v: Values) -> Race:
    """The races of the points; a list with one item stands for every actor or category, an empty one for `EMPTY`."""
    size = {"N": len(v["actors"]), "C": len(v["categories"])}
    count = points(v)
    found = {}
    for f in fields(Race):
        value = v[f.name]
        if f.name in SHAPES:
            shape = (count, *(size[letter] for letter in SHAPES[f.name]))
            fill = EMPTY.get(f.name, 0.0)
            value = np.full(shape, fill) if value.size == 0 else np.array(np.broadcast_to(value, shape))
        found[f.name] = np.full(count, float(value)) if f.name == "horizon" else value
    found["caps"] = np.where(found["caps"] >= NO_CAP, np.inf, found["caps"])
    if v["reaction_form"] == "linear":
        found["saturation"] = np.full_like(found["saturation"], np.inf)
    return Race(**found)


def error_sd(r: Race, t: np.ndarray) -> np.ndarray:
    """Standard deviation of each actor's estimate of each rival at time t (P,), shape (P, N): equation (4)."""
    until = np.maximum(r.exchange_until, 0.0)
    early, late = np.minimum(t, until), np.maximum(t - until, 0.0)
    drift = r.estimate_drift**2
    variance = _relaxed(r.estimate_sd**2, drift, r.exchange_correction, early)
    return np.sqrt(_relaxed(variance, drift, r.lone_correction, late))


def _relaxed(variance: np.ndarray, drift: np.ndarray, rate: np.ndarray, span: np.ndarray) -> np.ndarray:
    """V after a time with V' = drift - 2 rate V; grows by drift a year where the rate is 0."""
    gone = -np.expm1(-2 * rate * span)
    safe = np.where(rate > 0, rate, 1.0)
    gained = np.where(rate > 0, gone / (2 * safe), span)
    return variance * (1 - gone)[:, None] + drift * gained[:, None]


def crisis_mean(r: Race, t: np.ndarray) -> np.ndarray:
    """Mean of the crisis level h at time t, shape (P,): equation (5)."""
    safe = np.where(r.shock_decay > 0, r.shock_decay, 1.0)
    return r.shock_rate * np.where(r.shock_decay > 0, -np.expm1(-r.shock_decay * t) / safe, t)


def answered(r: Race, threat: np.ndarray) -> np.ndarray:
    """What a threat counts for: itself, or T / (1 + T / H) where the reaction saturates; shapes (P, N, N), H by row."""
    limit = r.saturation[:, :, None]
    floor = np.maximum(threat, 0.0)
    return np.where(np.isinf(limit), threat, floor / (1 + floor / limit))


def drift(r: Race, x: np.ndarray, estimate: np.ndarray, crisis: np.ndarray) -> np.ndarray:
    """Demand u (P, N, C) at levels x, with errors of estimate (P, N, N) and the crisis level (P,): equations (1) to (3)."""
    seen = answered(r, r.threat(x)[:, None, :] + estimate)
    pull = (r.reaction * seen).sum(-1)
    return r.allocation * pull[:, :, None] - r.fatigue * x + r.grievance + r.shock_size * crisis[:, None, None]


def worst_case(r: Race, t: np.ndarray) -> np.ndarray:
    """What is added to a rival's threat at time t, shape (P, N, N): `prudence` standard deviations, nothing to one's own."""
    others = 1 - np.eye(r.size[1])
    return (r.prudence * error_sd(r, t))[:, :, None] * others


def handed_on(over: np.ndarray, substitution: np.ndarray) -> np.ndarray:
    """b >= 0 with b = max(0, over + what others hand on), shape (P, N, C): equation (6) at one instant, its least solution."""
    blocked = np.maximum(over, 0.0)
    if not blocked.any() or not substitution.any():
        return blocked
    for _ in range(ROUNDS):
        again = np.maximum(over + spill(blocked, substitution), 0.0)
        if np.array_equal(again, blocked):
            return blocked
        blocked = again
    late = np.flatnonzero((np.maximum(over + spill(blocked, substitution), 0.0) != blocked).any((1, 2)))
    blocked[late] = _circled(over[late], substitution[late], blocked[late])
    return blocked


def _circled(over: np.ndarray, substitution: np.ndarray, blocked: np.ndarray) -> np.ndarray:
    """The same from a lower bound of it, ever more of it held until it repeats itself; exact however slowly a circle dies out."""
    eye = np.eye(over.shape[2])
    for _ in range(over.shape[2] + 1):
        held = over + spill(blocked, substitution) > 0
        matrix = eye - held[..., None] * np.swapaxes(substitution, 1, 2)[:, None] * held[..., None, :]
        blocked = np.maximum(np.linalg.solve(matrix, np.where(held, over, 0.0)[..., None])[..., 0], 0.0)
    return blocked


def spill(blocked: np.ndarray, substitution: np.ndarray) -> np.ndarray:
    """What substitutes receive: sum over c of b_c s_cd, shape (P, N, C)."""
    return (blocked[:, :, :, None] * substitution[:, None, :, :]).sum(2)


def put_back(x: np.ndarray, ceiling: np.ndarray, substitution: np.ndarray) -> np.ndarray:
    """Levels between 0 and the ceilings; what a ceiling takes away goes to the substitutes."""
    if np.isinf(ceiling).all():
        return np.maximum(x, 0.0)
    blocked = handed_on(x - ceiling, substitution)
    moved = np.minimum(x - blocked + spill(blocked, substitution), ceiling)
    return np.maximum(moved, 0.0)


@dataclass(frozen=True)
class Timeline:
    """The steps of P paths: `edges` (P, K + 1) ascending, and which asked time each edge is, `asked` (P, K + 1), or -1."""

    edges: np.ndarray
    asked: np.ndarray


def timeline(r: Race, steps: int, substeps: int) -> Timeline:
    """Equal steps from 0 to the horizon, each `substeps`-th end asked for, cut at the dates of caps and exchanges."""
    times = r.horizon[:, None] * (np.arange(steps * substeps + 1) / (steps * substeps))
    dates = np.concatenate([r.cap_start, r.cap_start + r.phase_in[:, None], r.cap_end, r.exchange_until[:, None]], axis=1)
    every = np.concatenate([times, np.clip(dates, 0.0, r.horizon[:, None])], axis=1)
    which = np.full(every.shape[1], -1)
    which[: times.shape[1] : substeps] = np.arange(steps + 1)
    order = np.argsort(every, axis=1, kind="stable")
    return Timeline(np.take_along_axis(every, order, axis=1), which[order])


def pieces(r: Race, steps: int) -> np.ndarray:
    """Substeps of every step of each path, shape (P,): a power of two, from the point's own rates."""
    force = (r.allocation * r.weights[:, None, :]).sum(-1)
    pull = (np.abs(r.reaction).sum(-1) * force).max(-1)
    rate = r.fatigue.reshape(len(pull), -1).max(-1) + pull
    longest = r.horizon / steps
    need = np.maximum(longest * rate / FASTEST, longest / LONGEST_STEP)
    return 2.0 ** np.ceil(np.log2(np.maximum(need, 1.0)))


Kick = Callable[[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray, np.ndarray]]
"""From time and length of a step, both (P,): errors of estimate (P, N, N) that enter it, crisis level (P,), noise (P, N, C)."""


def walk(r: Race, line: Timeline, kick: Kick | None = None) -> np.ndarray:
    """Levels at the asked times, shape (P, times, N, C); without `kick` the path of the means."""
    edges, x = line.edges, np.array(r.levels)
    begun, excess = np.zeros(r.caps.shape, bool), np.zeros_like(r.caps)
    out = np.empty((len(x), int(line.asked.max()) + 1, *x.shape[1:]))
    for k in range(edges.shape[1]):
        here = np.flatnonzero(line.asked[:, k] >= 0)
        out[here, line.asked[here, k]] = x[here]
        if k + 1 == edges.shape[1] or (edges[:, k + 1] == edges[:, k]).all():
            continue
        t, h = edges[:, k], edges[:, k + 1] - edges[:, k]
        middle = (t + h / 2)[:, None]
        force = ((r.cap_start <= middle) & (middle < r.cap_end) & (h > 0)[:, None])[:, None, :] & ~np.isinf(r.caps)
        new = force & ~begun
        excess = np.where(new, np.maximum(x - r.caps, 0.0), excess)
        begun |= new
        x = put_back(x, ceilings(r, force, excess, t), r.substitution)  # what falls at once when a cap enters into force
        x = _step(r, x, t, h, force, excess, kick)
    return out


def ceilings(r: Race, force: np.ndarray, excess: np.ndarray, t: np.ndarray) -> np.ndarray:
    """The ceilings at time t: the caps in force, plus what is left of the excess while it is phased out; shape (P, N, C)."""
    safe = np.where(r.phase_in > 0, r.phase_in, 1.0)[:, None]
    left = np.where(r.phase_in[:, None] > 0, np.clip(1 - (t[:, None] - r.cap_start) / safe, 0.0, 1.0), 0.0)
    return np.where(force, r.caps + excess * left[:, None, :], np.inf)


def _step(
    r: Race, x: np.ndarray, t: np.ndarray, h: np.ndarray, force: np.ndarray, excess: np.ndarray, kick: Kick | None
) -> np.ndarray:
    """One step; noise enters half before and half after the drift, which makes means and variances right to second order."""
    half, whole, wide = t + h / 2, t + h, h[:, None, None]
    noise: Any = 0.0
    error: Any = 0.0
    begin, mid, end = crisis_mean(r, t), crisis_mean(r, half), crisis_mean(r, whole)
    if kick is not None:
        error, begin, noise = kick(t, h)
        mid = end = begin
        x = x + noise / 2
    first, centre, last = worst_case(r, t) + error, worst_case(r, half) + error, worst_case(r, whole) + error
    at_half, at_end = ceilings(r, force, excess, half), ceilings(r, force, excess, whole)
    k1 = drift(r, x, first, begin)
    k2 = drift(r, put_back(x + wide / 2 * k1, at_half, r.substitution), centre, mid)
    k3 = drift(r, put_back(x + wide / 2 * k2, at_half, r.substitution), centre, mid)
    k4 = drift(r, put_back(x + wide * k3, at_end, r.substitution), last, end)
    return put_back(x + wide / 6 * (k1 + 2 * k2 + 2 * k3 + k4) + noise / 2, at_end, r.substitution)


def paths(r: Race, steps: int) -> np.ndarray:
    """Levels at steps + 1 times from 0 to the horizon, shape (P, steps + 1, N, C); points with as many substeps go together."""
    substeps = pieces(r, steps)
    out = np.full((len(substeps), steps + 1, *r.levels.shape[1:]), np.nan)
    for count in np.unique(substeps):
        rows = np.flatnonzero((substeps == count) & (substeps * steps <= MOST_STEPS))
        if len(rows):
            some = r.at(rows)
            out[rows] = walk(some, timeline(some, steps, int(count)))
    return out
