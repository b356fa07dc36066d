"""The ultimatum solved, searched and played: equations in sim/models/ultimatum.py."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import numpy as np

from sim.models.model import Estimate, Values, each_point, points
from sim.models.payoffs import TIE

TYPES: Final = ("revisionist", "status quo")
KINDS: Final = (
    "both types demand",
    "the status quo type at times",
    "the revisionist at times",
    "the revisionist alone",
    "the status quo type alone",
    "nobody demands",
)
ENDS: Final = ("accepted", "refused, backs down", "refused, force")
DRAWS: Final = 40_000

Pair = tuple[Any, Any]
"""Of the revisionist and of the status quo type."""


def per_type(v: Values, name: str) -> Pair:
    """A parameter of the two types."""
    return v[f"{name}_revisionist"], v[f"{name}_status_quo"]


def option(z: Any, mean: Any) -> Any:
    """h of (2): the worth of being free to use force at a cost drawn with this mean."""
    return z + mean * np.expm1(-z / mean)


def acceptance(v: Values, beta: Any) -> Any:
    """q of (5) when force follows a refusal with probability beta, (P,)."""
    load = v["members"] * v["demand"]
    q = np.exp(-load / (v["mean_member_cost"] * np.where(beta > 0, beta, 1.0)))
    q = np.where(beta > 0, q, np.where(load > 0, 0.0, 1.0))
    return np.where(v["demand"] <= v["win_set"], q, 0.0)


def worths(v: Values) -> tuple[Pair, Pair, Pair]:
    """b of (1), F of (2) and O of (3), of both types."""
    gain, mean = per_type(v, "gain_by_force"), per_type(v, "mean_force_cost")
    z = [y + v["pretext_gain"] + v["audience_cost"] for y in gain]
    acts = tuple(-np.expm1(-z[t] / mean[t]) for t in (0, 1))
    refused = tuple(option(z[t], mean[t]) - v["audience_cost"] - v["face_cost"] for t in (0, 1))
    return acts, refused, tuple(option(gain[t], mean[t]) for t in (0, 1))


def solve(v: Values) -> dict[str, Any]:
    """Equations (1) to (8)."""
    p = v["prior_revisionist"]
    acts, refused, outside = worths(v)
    prize = v["value_of_prize"] * v["demand"]
    scale = np.maximum.reduce([prize, *map(np.abs, refused), *outside])

    def gain(t: int, q: Any) -> Any:  # D_t of (6)
        return q * prize + (1 - q) * refused[t] - outside[t]

    def likes(t: int, q: Any) -> Any:
        return gain(t, q) >= -TIE * scale

    def dislikes(t: int, q: Any) -> Any:
        return gain(t, q) <= TIE * scale

    def indifferent(t: int) -> tuple[Any, Any]:  # q* and rho* of (7)
        q = (outside[t] - refused[t]) / (prize - refused[t])
        beta = -v["members"] * v["demand"] / (v["mean_member_cost"] * np.log(q))
        return q, (beta - acts[1]) / (acts[0] - acts[1])

    def believed(rho: Any) -> Any:
        return acceptance(v, rho * acts[0] + (1 - rho) * acts[1])

    one, zero = np.ones_like(p), np.zeros_like(p)
    ends = [believed(one), believed(zero)]
    (q_s, rho_s), (q_r, rho_r) = indifferent(1), indifferent(0)
    s, r = p * (1 - rho_s) / ((1 - p) * rho_s), rho_r * (1 - p) / (p * (1 - rho_r))
    inside = v["demand"] <= v["win_set"]
    low, high = np.minimum(*ends), np.maximum(*ends)
    deterring = [*ends, *(np.clip(np.where(np.isnan(q), low, q), low, high) for q in (q_s, q_r))]
    pooled = believed(p)
    holds = [
        likes(0, pooled) & likes(1, pooled),
        inside & (q_s > 0) & (q_s < 1) & (rho_s > p) & (rho_s < 1) & likes(0, q_s),
        inside & (q_r > 0) & (q_r < 1) & (rho_r > 0) & (rho_r < p) & likes(1, q_r),
        likes(0, ends[0]) & dislikes(1, ends[0]),
        dislikes(0, ends[1]) & likes(1, ends[1]),
        np.logical_or.reduce([dislikes(0, q) & dislikes(1, q) for q in deterring]),
    ]
    demands = [np.select(holds, [one, one, r, one, zero, zero], np.nan), np.select(holds, [one, s, one, zero, one, zero], np.nan)]
    rho = np.select(holds, [p, rho_s, rho_r, one, zero, one], np.nan)
    q = np.select(holds, [pooled, q_s, q_r, ends[0], ends[1], ends[0]], np.nan)
    kind = np.select(holds, list(range(6)), np.nan)
    return told(v, kind, demands, rho, q) | {"equilibria": np.sum(holds, axis=0).astype(float)}


def told(v: Values, kind: Any, demands: list[Any], rho: Any, q: Any) -> dict[str, Any]:
    """All outcomes of an equilibrium: its kind, who demands, the posterior and acceptance."""
    p = v["prior_revisionist"]
    acts, refused, outside = worths(v)
    prize = v["value_of_prize"] * v["demand"]
    alone = [-np.expm1(-y / m) for y, m in zip(per_type(v, "gain_by_force"), per_type(v, "mean_force_cost"), strict=True)]
    share = (p, 1 - p)
    made = share[0] * demands[0] + share[1] * demands[1]
    seen = made > 0
    beta = rho * acts[0] + (1 - rho) * acts[1]
    given = [np.where(seen, x, np.nan) for x in (q, (1 - q) * (1 - beta), (1 - q) * beta)]
    unasked = sum(share[t] * (1 - demands[t]) * alone[t] for t in (0, 1))
    after = [np.where(seen, made * x, 0.0) for x in (q, (1 - q) * (1 - beta), (1 - q) * beta)]
    known = np.where(np.isnan(kind), np.nan, 0.0)
    likeliest = np.where(seen, np.argmax(np.stack(given), axis=0), np.nan)
    return {
        "kind": kind,
        "demand_made": made,
        "demands": dict(zip(TYPES, demands, strict=True)),
        "posterior_revisionist": np.where(seen, rho, np.nan),
        "acts_after_refusal": dict(zip(TYPES, acts, strict=True)),
        "prefers_refusal": {name: (refused[t] > prize).astype(float) for t, name in enumerate(TYPES)},
        "given_demand": dict(zip(ENDS, given, strict=True)),
        "likeliest_end": likeliest,
        "ends": {
            "no demand, quiet": 1 - made - unasked,
            "no demand, force": unasked + known,
            "accepted": after[0] + known,
            "backs down": after[1] + known,
            "force": after[2] + known,
        },
        "force_probability": unasked + after[2] + known,
        "payoff": {
            name: demands[t] * (q * prize + (1 - q) * refused[t]) + (1 - demands[t]) * outside[t] for t, name in enumerate(TYPES)
        },
    }


@each_point
def by_search(at: Mapping[str, Any]) -> dict[str, Any]:
    """Costs integrated over their densities, one member at a time; beliefs that leave a type indifferent by bracketing."""
    from scipy.integrate import quad
    from scipy.optimize import brentq

    p, x = float(at["prior_revisionist"]), float(at["demand"])
    prize, fall = float(at["value_of_prize"]) * x, float(at["audience_cost"])

    def worth(t: int, gain: float, otherwise: float) -> tuple[float, float]:  # of force at a drawn cost or of something else
        mean = float(per_type(at, "mean_force_cost")[t])
        most = max(gain - otherwise, 0.0)
        acts = quad(lambda u: np.exp(-u), 0, most / mean, epsabs=1e-14, epsrel=1e-12, limit=300)[0]
        value = quad(lambda u: (gain - mean * u) * np.exp(-u), 0, most / mean, epsabs=1e-14, epsrel=1e-12, limit=300)[0]
        return acts, value + (1 - acts) * otherwise

    def force(t: int) -> float:
        return float(per_type(at, "gain_by_force")[t])

    outside = [worth(t, force(t), 0.0)[1] for t in (0, 1)]
    branch = [
        worth(t, force(t) + float(at["pretext_gain"]) - float(at["face_cost"]), -fall - float(at["face_cost"])) for t in (0, 1)
    ]
    acts, refused = [b for b, _ in branch], [value for _, value in branch]

    def q(rho: float) -> float:
        beta = rho * acts[0] + (1 - rho) * acts[1]
        if x > float(at["win_set"]):
            return 0.0
        if beta <= 0:
            return float(x <= 0)
        member = float(np.exp(-x / beta / float(at["mean_member_cost"])))
        return float(np.prod(np.full(int(at["members"]), member)))

    def gain(t: int, rho: float) -> float:
        return q(rho) * prize + (1 - q(rho)) * refused[t] - outside[t]

    slack = 1e-9 * max(prize, *map(abs, refused), *outside)
    kind, d, rho = next(_found(gain, brentq, p, slack), (np.nan, [np.nan, np.nan], np.nan))
    one = {name: np.array([float(value)]) for name, value in at.items()}
    full = told(one, np.array([kind]), [np.array([z]) for z in d], np.array([rho]), np.array([q(rho)]))
    names = ("kind", "demand_made", "demands", "posterior_revisionist", "given_demand", "force_probability")
    return {
        name: {k: float(y[0]) for k, y in full[name].items()} if isinstance(full[name], dict) else float(full[name][0])
        for name in names
    }


def _found(gain: Any, root: Any, p: float, slack: float) -> Any:
    """(kind, who demands, posterior) of the equilibria of (7), in its order, by signs of D_t over beliefs."""
    if gain(0, p) >= -slack and gain(1, p) >= -slack:
        yield 0.0, [1.0, 1.0], p
    for k, t, low, high in ((1.0, 1, p, 1.0), (2.0, 0, 0.0, p)):
        if gain(t, low) * gain(t, high) < 0:
            rho = root(lambda z, t=t: gain(t, z), low, high, xtol=1e-15, rtol=1e-14)
            mixed = [1.0, p * (1 - rho) / ((1 - p) * rho)] if k == 1.0 else [rho * (1 - p) / (p * (1 - rho)), 1.0]
            if gain(1 - t, rho) >= -slack:
                yield k, mixed, rho
    if gain(0, 1.0) >= -slack and gain(1, 1.0) <= slack:
        yield 3.0, [1.0, 0.0], 1.0
    if gain(0, 0.0) <= slack and gain(1, 0.0) >= -slack:
        yield 4.0, [0.0, 1.0], 0.0
    if any(gain(0, z) <= slack and gain(1, z) <= slack for z in np.linspace(0, 1, 201)):
        yield 5.0, [0.0, 0.0], 1.0


def by_playing(v: Values, *, rng: np.random.Generator) -> dict[str, Any]:
    """The game played out: types, members' costs and the cost of force are drawn, everybody takes the better move."""
    size = points(v)
    solved = solve(v)
    acts, rho = worths(v)[0], solved["posterior_revisionist"]
    beta = rho * acts[0] + (1 - rho) * acts[1]
    names = ("no demand, quiet", "no demand, force", "accepted", "backs down", "force")
    hits = {name: (np.empty(size), np.empty(size)) for name in names}
    for n in range(size):
        t = (rng.random(DRAWS) >= v["prior_revisionist"][n]).astype(int)
        made = rng.random(DRAWS) < np.array([solved["demands"][name][n] for name in TYPES])[t]
        least = rng.exponential(v["mean_member_cost"][n], (int(v["members"][n]), DRAWS)).min(axis=0)
        agreed = (v["demand"][n] <= v["win_set"][n]) & (least * np.nan_to_num(beta[n]) >= v["demand"][n])
        cost = rng.exponential(np.array([m[n] for m in per_type(v, "mean_force_cost")])[t])
        y = np.array([g[n] for g in per_type(v, "gain_by_force")])[t]
        force = y - cost + np.where(made, v["pretext_gain"][n], 0.0) > np.where(made, -v["audience_cost"][n], 0.0)
        cases = (~made & ~force, ~made & force, made & agreed, made & ~agreed & ~force, made & ~agreed & force)
        for name, case in zip(names, cases, strict=True):
            share = case.mean()
            hits[name][0][n], hits[name][1][n] = share, np.sqrt(max(share * (1 - share), 1 / DRAWS) / DRAWS)
    unknown = np.where(np.isnan(solved["kind"]), np.nan, 0.0)
    return {"ends": {name: Estimate(x[0] + unknown, x[1]) for name, x in hits.items()}}
