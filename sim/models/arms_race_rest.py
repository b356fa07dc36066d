"""Where an arms race comes to rest: equilibria without and with caps, their stability, and the lines of a phase portrait.

The equations are those of `sim.models.arms_race`.  With caps a rest is a complementarity problem, solved by a semismooth Newton
method (primal-dual active sets): the sets of ceilings and floors that bind are guessed, the equations that are left are solved,
and the guess is corrected until it repeats itself.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from sim.models.arms_race_dynamics import Race, answered, drift, put_back, spill

TRIES: Final = 200
"""Newton steps at most."""
LINE_POINTS: Final = 41
"""Points on a line of the phase portrait."""
PATIENCE: Final = 400
"""Rounds in which a single actor's resting levels are looked for."""


def jacobian(r: Race, x: np.ndarray) -> np.ndarray:
    """Derivative of the demand of one race (P = 1) by the levels, shape (N C, N C); actor by actor, category within actor."""
    _, n, c = r.size
    slope = _slope(r, np.broadcast_to(r.threat(x)[:, None, :], r.reaction.shape)) * r.reaction
    pull = np.einsum("ic,ij,d->icjd", r.allocation[0], slope[0], r.weights[0]).reshape(n * c, n * c)
    return pull - np.diag(r.fatigue[0].ravel())


def _slope(r: Race, threat: np.ndarray) -> np.ndarray:
    limit = r.saturation[:, :, None]
    return np.where(np.isinf(limit), 1.0, np.where(threat >= 0, (1 + np.maximum(threat, 0.0) / limit) ** -2, 0.0))


def demand(r: Race, x: np.ndarray) -> np.ndarray:
    """Demand of one race at levels x (1, N, C) when estimates are right and no crisis is on, shape (N C,)."""
    return drift(r, x, np.zeros_like(r.reaction), np.zeros(1)).ravel()


def rest(r: Race, caps: np.ndarray) -> dict[str, Any] | None:
    """A rest of one race under ceilings (1, N, C): levels, blocked build-up, growth rate; None if none was found.

    Started from the levels of the race, from none, and from the ceilings; a stable rest is preferred.
    """
    found = None
    high = np.where(np.isinf(caps), 10 * r.levels + 1, caps)
    for start in (r.levels, high, np.zeros_like(r.levels)):
        one = _newton(r, caps, np.array(start))
        if one is not None:
            if not one["growth_rate"] >= 0:
                return one
            found = found or one
    return found


def _newton(r: Race, caps: np.ndarray, x: np.ndarray) -> dict[str, Any] | None:
    _, n, c = r.size
    ceiling, size = caps.ravel(), n * c
    hand = np.kron(np.eye(n), r.substitution[0].T)  # b -> what substitutes receive
    x = put_back(x, caps, r.substitution)
    over = np.where(x.ravel() >= ceiling, demand(r, x), 0.0)
    b, low, seen = np.maximum(over, 0.0), np.zeros(size), None
    for _ in range(TRIES):
        flat = x.ravel()
        upper, lower = b + flat - ceiling > 0, low - flat > 0
        j = jacobian(r, x)
        upper_rows, lower_rows = np.diag(upper.astype(float)), np.diag(lower.astype(float))
        eye, none = np.eye(size), np.zeros((size, size))
        matrix = np.block([[j, hand - eye, eye], [upper_rows, eye - upper_rows, none], [lower_rows, none, eye - lower_rows]])
        right = np.concatenate([j @ flat - demand(r, x), np.where(upper, ceiling, 0.0), np.zeros(size)])
        try:
            solved = np.linalg.solve(matrix, right)
        except np.linalg.LinAlgError:
            return None
        moved = np.abs(solved[:size] - flat).max()
        x, b, low = solved[:size].reshape(1, n, c), solved[size : 2 * size], solved[2 * size :]
        sets = (upper.tobytes(), lower.tobytes())
        if not np.isfinite(solved).all():
            return None
        if seen == sets and moved <= 1e-10 * (1 + np.abs(x).max()):
            return _checked(r, ceiling, hand, x, b, low, upper, lower)
        seen = sets
    return None


def _checked(
    r: Race,
    ceiling: np.ndarray,
    hand: np.ndarray,
    x: np.ndarray,
    b: np.ndarray,
    low: np.ndarray,
    upper: np.ndarray,
    lower: np.ndarray,
) -> dict[str, Any] | None:
    scale = 1e-7 * (1 + np.abs(x).max() + np.abs(b).max())
    left = demand(r, x) + hand @ b - b + low
    wrong = np.abs(left).max() > scale or b.min() < -scale or low.min() < -scale
    if wrong or (x.ravel() - ceiling).max() > scale or x.min() < -scale:
        return None
    return {"x": x[0], "b": b.reshape(x.shape)[0], "growth_rate": held_growth(jacobian(r, x), hand, upper, lower)[0]}


def held_growth(j: np.ndarray, hand: np.ndarray, upper: np.ndarray, lower: np.ndarray) -> tuple[float, float]:
    """Largest real part, and its |imaginary part|, of the motion of what is neither at a ceiling nor at 0; nan if nothing is."""
    free = ~(upper | lower)
    if not free.any():
        return np.nan, np.nan
    moving = j[np.ix_(free, free)]
    if upper.any():
        blocked = np.linalg.solve(np.eye(int(upper.sum())) - hand[np.ix_(upper, upper)], j[np.ix_(upper, free)])
        moving = moving + hand[np.ix_(free, upper)] @ blocked
    roots = np.linalg.eigvals(moving)
    lead = roots[np.argmax(roots.real)]
    return float(lead.real), float(abs(lead.imag))


def free_rest(r: Race) -> dict[str, Any]:
    """The equilibrium of one race without ceilings or floors: levels (may be negative), growth rate, rotation; nan if none."""
    _, n, c = r.size
    x = np.array(r.levels)
    nowhere = np.zeros(n * c, bool)
    hand = np.zeros((n * c, n * c))
    for _ in range(TRIES):
        try:
            step = np.linalg.solve(jacobian(r, x), demand(r, x)).reshape(x.shape)
        except np.linalg.LinAlgError:
            break
        x = x - step
        if not np.isfinite(x).all():
            break
        if np.abs(step).max() <= 1e-12 * (1 + np.abs(x).max()) or np.isinf(r.saturation).all():
            growth, rotation = held_growth(jacobian(r, x), hand, nowhere, nowhere)
            return {"x": x[0], "growth_rate": growth, "rotation": rotation}
    missing = {"growth_rate": np.nan, "rotation": np.nan}
    if np.isinf(r.saturation).all():  # the motion has a growth rate even where it has no equilibrium
        missing = dict(zip(missing, held_growth(jacobian(r, x), hand, nowhere, nowhere), strict=True))
    return {"x": np.full((n, c), np.nan), **missing}


def reaction_line(r: Race, caps: np.ndarray, actor: int, rival: int, threats: np.ndarray) -> np.ndarray:
    """Weighted total at which one actor of one race rests for each threat of one rival, the others at their start; shape (K,)."""
    many = Race(**{name: np.repeat(value, len(threats), axis=0) for name, value in vars(r).items()})
    caps = np.repeat(caps, len(threats), axis=0)
    total = many.threat(many.levels)
    total[:, rival] = threats
    x = many.levels[:, [actor]] * 1.0
    fatigue, ceiling, own = many.fatigue[:, [actor]], caps[:, [actor]], many.weights[:, None, :]
    blocked = np.zeros_like(x)
    for _ in range(PATIENCE):
        total[:, actor] = (x * own).sum(-1)[:, 0]
        seen = answered(many, np.broadcast_to(total[:, None, :], many.reaction.shape))
        pull = (many.reaction * seen).sum(-1)[:, actor, None, None]
        wanted = many.allocation[:, [actor]] * pull + many.grievance[:, [actor]]
        blocked = np.maximum(
            np.where(np.isinf(ceiling), 0.0, wanted - fatigue * ceiling) + spill(blocked, many.substitution), 0.0
        )
        blocked = np.where(np.isinf(ceiling), 0.0, blocked)
        after = np.clip((wanted + spill(blocked, many.substitution)) / fatigue, 0.0, ceiling)
        if np.array_equal(after, x):
            break
        x = after
    return (x * own).sum(-1)[:, 0]
