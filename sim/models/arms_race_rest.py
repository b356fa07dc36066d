"""Where an arms race comes to rest: equilibria without and with caps, their stability, and the lines of a phase portrait.

The equations are those of `sim.models.arms_race`; ignorance and crises are what they tend to.  With caps a rest is a
complementarity problem, solved by a semismooth Newton method (primal-dual active sets): the sets of ceilings and floors that bind
are guessed, the equations that are left are solved, and the guess is corrected until it repeats itself.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from sim.models.arms_race_dynamics import Race, answered, drift, error_sd, put_back, spill

TRIES: Final = 200
"""Newton steps at most."""
CARRIES: Final = 100
"""Growing steps in which a race is carried along, at most."""
LINE_POINTS: Final = 41
"""Points on a line of the phase portrait."""
PATIENCE: Final = 400
"""Rounds in which a single actor's resting levels are looked for."""
VAST: Final = 1e290
"""Ignorance without end: a saturating reaction is at its bound."""
SINGULAR: Final = 1e14
"""Condition number (rows and columns scaled) from which on fatigue and reaction just balance."""


End = tuple[np.ndarray, np.ndarray]
"""What `in_the_end` gives."""


def in_the_end(r: Race) -> End:
    """What `worst_case` (P, N, N) and `crisis_mean` (P,) tend to; infinite where they grow without end and matter."""
    until = np.maximum(r.exchange_until, 0.0)
    drift, rate = r.estimate_drift**2, r.lone_correction[:, None]
    last = np.where(drift > 0, np.inf, error_sd(r, until) ** 2)  # without correction
    spread = np.sqrt(np.where(rate > 0, drift / (2 * np.where(rate > 0, rate, 1.0)), last))
    allowed = r.prudence * np.where(r.prudence > 0, spread, 0.0)
    allowed = np.where(np.isinf(r.saturation), allowed, np.minimum(allowed, VAST))
    matters = (r.reaction != 0) & (r.allocation.max(-1) > 0)[:, :, None] & ~np.eye(r.size[1], dtype=bool)
    shaken = (r.shock_rate > 0) & (np.abs(r.shock_size).max((1, 2)) > 0)
    fading = np.divide(r.shock_rate, r.shock_decay, out=np.full_like(r.shock_rate, np.inf), where=r.shock_decay > 0)
    return np.where(matters, allowed[:, :, None], 0.0), np.where(shaken, fading, 0.0)


def jacobian(r: Race, x: np.ndarray, end: End | None = None) -> np.ndarray:
    """Derivative of the demand of one race (P = 1) by the levels, shape (N C, N C); actor by actor, category within actor."""
    _, n, c = r.size
    slope = _slope(r, r.threat(x)[:, None, :] + (end or in_the_end(r))[0]) * r.reaction
    pull = np.einsum("ic,ij,d->icjd", r.allocation[0], slope[0], r.weights[0]).reshape(n * c, n * c)
    return pull - np.diag(r.fatigue[0].ravel())


def _slope(r: Race, threat: np.ndarray) -> np.ndarray:
    limit = r.saturation[:, :, None]
    return np.where(np.isinf(limit), 1.0, np.where(threat >= 0, (1 + np.maximum(threat, 0.0) / limit) ** -2, 0.0))


def demand(r: Race, x: np.ndarray, end: End | None = None) -> np.ndarray:
    """Demand of one race at levels x (1, N, C) in the long run, shape (N C,); not finite where there is no long run."""
    return drift(r, x, *(end or in_the_end(r))).ravel()


def rest(r: Race, caps: np.ndarray) -> dict[str, Any] | None:
    """A rest of one race under ceilings (1, N, C): levels, blocked build-up, growth rate; None if none was found.

    Started from where the race is carried, from its levels, the ceilings, what bounds all rests of saturating races, and none; a
    stable rest is preferred, and among these the one to which its levels are carried.
    """
    found = None
    if not np.isfinite(demand(r, r.levels)).all():
        return None
    high = np.where(np.isinf(caps), 10 * r.levels + 1, caps)
    for start in (_carried(r, caps), r.levels, high, bounds(r)[1], np.zeros_like(r.levels)):
        one = _newton(r, caps, np.array(start))
        if one is not None:
            if not one["growth_rate"] >= 0:
                return one
            found = found or one
    return found


def _newton(r: Race, caps: np.ndarray, x: np.ndarray) -> dict[str, Any] | None:
    _, n, c = r.size
    ceiling, size, end = caps.ravel(), n * c, in_the_end(r)
    hand = np.kron(np.eye(n), r.substitution[0].T)  # b -> what substitutes receive
    x = put_back(x, caps, r.substitution)
    over = np.where(x.ravel() >= ceiling, demand(r, x, end), 0.0)
    b, low, seen = np.maximum(over, 0.0), np.zeros(size), None
    for _ in range(TRIES):
        flat = x.ravel()
        upper, lower = b + flat - ceiling > 0, low - flat > 0
        j = jacobian(r, x, end)
        upper_rows, lower_rows = np.diag(upper.astype(float)), np.diag(lower.astype(float))
        eye, none = np.eye(size), np.zeros((size, size))
        matrix = np.block([[j, hand - eye, eye], [upper_rows, eye - upper_rows, none], [lower_rows, none, eye - lower_rows]])
        right = np.concatenate([j @ flat - demand(r, x, end), np.where(upper, ceiling, 0.0), np.zeros(size)])
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


def bounds(r: Race) -> tuple[np.ndarray, np.ndarray]:
    """Levels (1, N, C) below and above all rests of a saturating race without caps; where none are, 10 times its own."""
    wide = 10 * r.levels + 1
    if np.isinf(r.saturation).any():
        return -wide, wide
    alone = r.grievance + r.shock_size * in_the_end(r)[1][:, None, None]

    def bound(pull: np.ndarray, otherwise: np.ndarray) -> np.ndarray:
        wanted = r.allocation * (pull.sum(-1) * r.saturation)[:, :, None] + alone
        found = np.divide(wanted, r.fatigue, out=np.full_like(wanted, np.inf), where=r.fatigue > 0)
        return np.where(np.isfinite(found), found, otherwise)

    return bound(np.minimum(r.reaction, 0.0), -wide), bound(np.maximum(r.reaction, 0.0), wide)


def _carried(r: Race, caps: np.ndarray | None) -> np.ndarray:
    """Where a race is carried from its levels, roughly, (1, N, C): implicit Euler steps that grow as it settles.

    They stay below the time in which the fastest growth doubles, so that they never turn towards a threshold.
    """
    x, size, end = np.array(r.levels), r.levels.size, in_the_end(r)
    h = 0.1 / max(np.abs(jacobian(r, x)).sum(1).max(), 1e-12)
    for _ in range(CARRIES):
        j, u = jacobian(r, x, end), demand(r, x, end)
        growth = np.linalg.eigvals(j).real.max()
        h = min(1.2 * h, 0.5 / growth) if growth > 0 else 1.2 * h
        after = x + np.linalg.solve(np.eye(size) - h * j, h * u).reshape(x.shape)
        after = after if caps is None else put_back(after, caps, r.substitution)
        if not np.abs(after).max() < 1e15 or np.abs(after - x).max() <= 1e-7 * (1 + np.abs(x).max()):
            break
        x = after
    return x


def free_rest(r: Race) -> dict[str, Any]:
    """The equilibrium of one race without ceilings or floors: levels (may be negative), growth rate, rotation; nan if none.

    A saturating race may have several: a stable one is preferred, and among these the one to which its levels are carried.
    """
    _, n, c = r.size
    none = {"x": np.full((n, c), np.nan), "growth_rate": np.nan, "rotation": np.nan}
    linear = bool(np.isinf(r.saturation).all())
    if linear:
        x = _balanced(r)
        return none | _rates(r, r.levels) | ({} if x is None else {"x": x[0]})
    if not np.isfinite(demand(r, r.levels)).all():
        return none
    found = None
    low, high = bounds(r)
    for start in (_carried(r, None), r.levels, high, low, np.zeros_like(r.levels)):
        x = _free_newton(r, start)
        if x is not None:
            one = {"x": x[0], **_rates(r, x)}
            if one["growth_rate"] < 0:
                return one
            found = found or one
    return found or none


def _rates(r: Race, x: np.ndarray) -> dict[str, float]:
    nowhere, hand = np.zeros(x.size, bool), np.zeros((x.size, x.size))
    return dict(zip(("growth_rate", "rotation"), held_growth(jacobian(r, x), hand, nowhere, nowhere), strict=True))


def _balanced(r: Race) -> np.ndarray | None:
    """The equilibrium of a linear race, (1, N, C); None where fatigue and reaction just balance, or demand has no long run."""
    j, u = jacobian(r, r.levels), demand(r, r.levels)
    rows = np.abs(j).max(1, keepdims=True)
    scaled = j / np.where(rows > 0, rows, 1.0)
    columns = np.abs(scaled).max(0)
    if not np.isfinite(u).all() or np.linalg.cond(scaled / np.where(columns > 0, columns, 1.0)) > SINGULAR:
        return None
    return r.levels - np.linalg.solve(j, u).reshape(r.levels.shape)


def _free_newton(r: Race, x: np.ndarray) -> np.ndarray | None:
    end = in_the_end(r)
    for _ in range(TRIES):
        try:
            step = np.linalg.solve(jacobian(r, x, end), demand(r, x, end)).reshape(x.shape)
        except np.linalg.LinAlgError:
            return None
        x = x - step
        if not np.isfinite(x).all():
            return None
        if np.abs(step).max() <= 1e-12 * (1 + np.abs(x).max()):
            return x
    return None


def reaction_line(r: Race, caps: np.ndarray, actor: int, rival: int, threats: np.ndarray) -> np.ndarray:
    """Weighted total at which one actor of one race rests for each threat of one rival, the others at their start; shape (K,)."""
    many = Race(**{name: np.repeat(value, len(threats), axis=0) for name, value in vars(r).items()})
    caps = np.repeat(caps, len(threats), axis=0)
    total = many.threat(many.levels)
    total[:, rival] = threats
    x = many.levels[:, [actor]] * 1.0
    allowed, crisis = in_the_end(many)
    alone = many.grievance + many.shock_size * crisis[:, None, None]
    fatigue, ceiling, own = many.fatigue[:, [actor]], caps[:, [actor]], many.weights[:, None, :]
    blocked = np.zeros_like(x)
    for _ in range(PATIENCE):
        total[:, actor] = (x * own).sum(-1)[:, 0]
        seen = answered(many, total[:, None, :] + allowed)
        pull = (many.reaction * seen).sum(-1)[:, actor, None, None]
        wanted = many.allocation[:, [actor]] * pull + alone[:, [actor]]
        blocked = np.maximum(
            np.where(np.isinf(ceiling), 0.0, wanted - fatigue * ceiling) + spill(blocked, many.substitution), 0.0
        )
        blocked = np.where(np.isinf(ceiling), 0.0, blocked)
        after = np.clip((wanted + spill(blocked, many.substitution)) / fatigue, 0.0, ceiling)
        if np.array_equal(after, x):
            break
        x = after
    return (x * own).sum(-1)[:, 0]
