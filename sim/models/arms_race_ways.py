"""Second ways to the outcomes of an arms race: scipy's adaptive integration between events, matrix exponentials, simulation."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import Any, Final

import numpy as np

from sim.models.arms_race_dynamics import Race, ceilings, crisis_mean, drift, error_sd, handed_on, race, worst_case
from sim.models.arms_race_noise import simulate
from sim.models.arms_race_rest import demand, jacobian
from sim.models.model import Estimate, Values, points

EVENTS: Final = 500
"""A path with more changes of the binding ceilings and floors has no answer."""
NEAR: Final = 1e-9


def by_integration(v: Values) -> dict[str, Any]:
    """The levels at the horizon by scipy.integrate, restarted whenever a ceiling or a floor begins or ceases to bind.

    Rests are where the race stops that keeps its caps for ever; variances of estimates are integrated as well.
    """
    r = race(v)
    each = [r.at(slice(k, k + 1)) for k in range(points(v))]
    settled = [_settled(one) for one in each]
    spread = np.array([_integrated_sd(one, int(v["steps"])) for one in each])
    times = [f"{v['horizon'] * k / int(v['steps']):.6g}" for k in range(int(v["steps"]) + 1)]
    levels = [integrated(one) for one in each]
    threats = np.stack([one.threat(x[None])[0] for one, x in zip(each, levels, strict=True)])
    others = threats.sum(axis=-1, keepdims=True) - threats
    with np.errstate(divide="ignore", invalid="ignore"):
        ratios = np.where(threats > 0, others / threats, np.nan)
    return {
        "level": _named(v, levels),
        "threat_ratio": {f"{a}:{times[-1]}": ratios[:, i] for i, a in enumerate(v["actors"])},
        "resting_level": _named(v, [x for x, _ in settled]),
        "blocked": _named(v, [b for _, b in settled]),
        "estimate_sd": {f"{a}:{t}": spread[:, i, k] for i, a in enumerate(v["actors"]) for k, t in enumerate(times)},
    }


def by_exponential(v: Values) -> dict[str, Any]:
    """Levels at the horizon by one matrix exponential, for linear races without caps, worst cases or crises; else no answer.

    Equilibria and growth rates of linear races come from a Jacobian by differences, by least squares and by growth over time.
    """
    r = race(v)
    each = [r.at(slice(k, k + 1)) for k in range(points(v))]
    free = [_free(one) for one in each]
    return {
        "level": _named(v, [_exponential(one) for one in each]),
        "equilibrium": _named(v, [x for x, _ in free]),
        "growth_rate": np.array([rate for _, rate in free]),
    }


def _named(v: Values, found: list[np.ndarray]) -> dict[str, np.ndarray]:
    """{actor, category: (P,)} of the levels of each point."""
    names = [f"{actor}, {category}" for actor in v["actors"] for category in v["categories"]]
    return dict(zip(names, np.array([np.ravel(one) for one in found]).T, strict=True))


def _free(r: Race) -> tuple[np.ndarray, float]:
    """Equilibrium and growth rate of a linear race; nan where the race turns, saturates, or has no single equilibrium."""
    from scipy.linalg import expm

    size = r.levels.size
    nothing = demand(r, np.zeros_like(r.levels))
    columns = [demand(r, unit.reshape(r.levels.shape)) - nothing for unit in np.eye(size)]
    matrix = np.array(columns).T
    if not np.isfinite(nothing).all() or not np.isinf(r.saturation).all() or np.linalg.matrix_rank(matrix) < size:
        return np.full(size, np.nan), np.nan
    x = np.linalg.lstsq(matrix, -nothing, rcond=None)[0]
    span = 20 / np.abs(matrix).sum(0).max()
    step = expm(matrix * span)
    now, rates = np.eye(size), [0.0]
    for _ in range(400):
        now = step @ (now / np.linalg.norm(now))
        rates.append(float(np.log(np.linalg.norm(now)) / span))
    return x, rates[-1] if abs(rates[-1] - rates[-2]) < 1e-9 else np.nan


def _settled(r: Race) -> tuple[np.ndarray, np.ndarray]:
    """Levels and blocked build-up where one race stops that keeps its caps, without exchanges; nan if it does not stop."""
    none = np.full(r.levels.shape, np.nan)
    known = error_sd(r, np.maximum(r.exchange_until, 0.0))
    still = {"cap_start": -np.ones_like(r.cap_start), "cap_end": np.full_like(r.cap_end, np.inf), "estimate_sd": known}
    quiet = {name: np.zeros_like(getattr(r, name)) for name in ("phase_in", "exchange_until")}
    span, before = 50 / max(float(r.fatigue.max()), 1e-3), np.array(r.levels)
    for k in range(8):
        one = replace(r, **still, **quiet, horizon=np.full(1, span * 2**k))
        x = integrated(one)[None]
        if not np.isfinite(x).all() or np.abs(x).max() > 1e12:
            break
        if np.abs(x - before).max() <= 1e-9 * (1 + np.abs(x).max()):
            at_top = x >= r.caps - NEAR * (1 + np.abs(x).max())
            u = drift(one, x, worst_case(one, one.horizon), crisis_mean(one, one.horizon))
            longer = drift(one, x, worst_case(one, 2 * one.horizon), crisis_mean(one, 2 * one.horizon))
            if np.abs(u - longer).max() > 1e-7 * (1 + np.abs(u).max()):
                break  # held levels rest while demand does not
            return x, handed_on(np.where(at_top, u, -np.inf), r.substitution)
        before = x
    return none, none


def _integrated_sd(r: Race, steps: int) -> np.ndarray:
    """Standard deviations of estimates (N, steps + 1) from V' = y^2 - 2 c V, integrated numerically."""
    from scipy.integrate import solve_ivp

    horizon, until = float(r.horizon[0]), float(r.exchange_until[0])
    times = horizon * np.arange(steps + 1) / steps
    found = np.empty((r.size[1], steps + 1))
    variance, begin = r.estimate_sd[0] ** 2, 0.0
    for end, rate in ((min(max(until, 0.0), horizon), r.exchange_correction[0]), (horizon, r.lone_correction[0])):
        here = (times >= begin) & (times <= end)
        if end > begin:

            def change(_: float, y: np.ndarray, c: float = float(rate)) -> np.ndarray:
                return r.estimate_drift[0] ** 2 - 2 * c * y

            run = solve_ivp(change, (begin, end), variance, rtol=1e-10, atol=1e-12, dense_output=True)
            assert run.sol is not None
            found[:, here] = run.sol(times[here])
            variance = run.y[:, -1]
        else:
            found[:, here] = variance[:, None]
        begin = end
    return np.sqrt(np.maximum(found, 0.0))


def integrated(r: Race) -> np.ndarray:
    """Levels of one race at the horizon, (N, C)."""
    horizon = float(r.horizon[0])
    dates = np.concatenate([r.cap_start, r.cap_start + r.phase_in[:, None], r.cap_end, r.exchange_until[:, None]], axis=1)
    edges = np.unique(np.concatenate([[0.0, horizon], np.clip(dates[0], 0.0, horizon)]))
    x, begun, excess = np.array(r.levels), np.zeros(r.caps.shape, bool), np.zeros(r.caps.shape)
    for begin, end in pairwise(edges.tolist()):
        middle = (begin + end) / 2
        force = ((r.cap_start <= middle) & (middle < r.cap_end))[:, None, :] & ~np.isinf(r.caps)
        excess = np.where(force & ~begun, np.maximum(x - r.caps, 0.0), excess)
        begun = begun | force
        x = _stretch(r, x, begin, end, force, excess)
        if not np.isfinite(x).all():
            break
    return x[0]


def _stretch(r: Race, x: np.ndarray, begin: float, end: float, force: np.ndarray, excess: np.ndarray) -> np.ndarray:
    """Levels at the end of a stretch in which the same caps are in force; the rates of `blocked` solve linear equations."""
    from scipy.integrate import solve_ivp

    shape, size = x.shape, x.size
    hand = np.kron(np.eye(r.size[1]), r.substitution[0].T)
    scale = 1 + np.abs(x).max()

    def ceiling(t: float) -> np.ndarray:
        return ceilings(r, force, excess, np.array([t])).ravel()

    slope = (ceiling(end) - ceiling(begin)) / (end - begin)
    slope = np.where(np.isfinite(slope), slope, 0.0)

    def rates(t: float, flat: np.ndarray, upper: np.ndarray, lower: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Rates before floors are applied, and blocked rates."""
        at = np.array([t])
        u = drift(r, flat.reshape(shape), worst_case(r, at), crisis_mean(r, at)).ravel()
        b = np.zeros(size)
        if upper.any():
            inner = np.eye(int(upper.sum())) - hand[np.ix_(upper, upper)]
            b[upper] = np.linalg.solve(inner, (u - slope)[upper])
        return u + hand @ b - b, b

    flat, t, released = _jump(x.ravel(), ceiling(begin), hand), begin, np.zeros(size, bool)
    for _ in range(EVENTS):
        top = ceiling(t)
        upper = (flat >= top - NEAR * scale) & ~released
        for _ in range(size + 1):
            b = rates(t, flat, upper, np.zeros(size, bool))[1]
            if not (upper & (b < 0)).any():
                break
            upper = upper & (b >= 0)
        lower = (flat <= NEAR * scale) & (rates(t, flat, upper, upper)[0] < 0) & ~upper

        def motion(t: float, y: np.ndarray, upper: np.ndarray = upper, lower: np.ndarray = lower) -> np.ndarray:
            return np.where(lower, 0.0, rates(t, y, upper, lower)[0])

        def watched(k: int, upper: np.ndarray = upper, lower: np.ndarray = lower) -> Any:
            def event(at: float, y: np.ndarray) -> float:
                if upper[k]:
                    return float(rates(at, y, upper, lower)[1][k])
                if lower[k]:
                    return -float(rates(at, y, upper, lower)[0][k])
                return float(min(ceiling(at)[k] - y[k], y[k] + NEAR * scale))

            event.terminal, event.direction = True, -1  # type: ignore[attr-defined]
            return event

        run = solve_ivp(motion, (t, end), flat, method="DOP853", rtol=1e-10, atol=1e-10, events=[watched(k) for k in range(size)])
        flat, t = run.y[:, -1], float(run.t[-1])
        if run.status != 1:
            return flat.reshape(shape) if run.status == 0 else np.full(shape, np.nan)
        hit = np.array([len(times) > 0 for times in run.t_events])
        released = hit & upper
        flat = np.where(lower, 0.0, np.minimum(flat, ceiling(t)))
    return np.full(shape, np.nan)


def _jump(flat: np.ndarray, top: np.ndarray, hand: np.ndarray) -> np.ndarray:
    """Levels put below a ceiling that falls at once: the excess goes on to the substitutes, solved set by set."""
    held = flat > top
    for _ in range(len(flat) + 1):
        b = np.zeros(len(flat))
        if held.any():
            b[held] = np.linalg.solve((np.eye(len(flat)) - hand)[np.ix_(held, held)], (flat - top)[held])
        moved = flat - b + hand @ b
        if not (moved > top + NEAR).any():
            return np.minimum(moved, top)
        held = held | (moved > top + NEAR)
    return np.minimum(flat, top)


def _exponential(r: Race) -> np.ndarray:
    from scipy.linalg import expm

    size = r.levels.size
    plain = np.isinf(r.saturation).all() and np.isinf(r.caps).all()
    if not plain or r.prudence.any() or (r.shock_size.any() and r.shock_rate.any()):
        return np.full(size, np.nan)
    big = np.zeros((size + 1, size + 1))
    big[:size, :size] = jacobian(r, r.levels)
    big[:size, size] = demand(r, np.zeros_like(r.levels))
    return (expm(big * float(r.horizon[0])) @ np.append(r.levels.ravel(), 1.0))[:size]


def by_simulation(v: Values, rng: np.random.Generator) -> dict[str, dict[str, Estimate]]:
    """1,000 runs of each point; nothing where there is no noise."""
    r = race(v)
    noisy = r.volatility.any() or (r.shock_rate.any() and r.shock_size.any()) or r.estimate_drift.any() or r.estimate_sd.any()
    return dict(simulate(v, 1000, int(rng.integers(2**63)))) if noisy else {}
