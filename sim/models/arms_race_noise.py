"""The spread of an arms race: exact means and covariances of the linear race without ceilings, and simulation of any race.

The state of the exact moments is z = (levels, errors of estimate, crisis level), a linear system dz = (M z + c(t)) dt + noise
of covariance Q a year (equations (1), (4) and (5) of `sim.models.arms_race`).  M changes when exchanges stop.  Covariances follow
from one matrix exponential per stretch (Van Loan 1978), means from Gauss-Legendre integration of exp(M (t - s)) c(s).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import numpy as np

from sim.chain.monte_carlo import BLOCK, keyed
from sim.models.arms_race_dynamics import MOST_STEPS, Race, pieces, race, timeline, walk, worst_case
from sim.models.model import Estimate, Values, points

NODES: Final = 12
STRETCH: Final = 1.0
"""Integration goes over at most this many years at a time."""
MOST_STRETCHES: Final = 20_000
"""A race that needs more has no exact moments."""


def exact_moments(r: Race) -> tuple[np.ndarray, np.ndarray]:
    """Means and standard deviations of the levels of one linear race at the horizon, (N, C) each; floors and ceilings ignored."""
    from scipy.linalg import expm

    _, n, c = r.size
    size = n * c + n * n + 1
    mean, covariance = np.zeros(size), np.zeros((size, size))
    mean[: n * c] = r.levels[0].ravel()
    others = (1 - np.eye(n)).ravel() > 0
    start = np.repeat(r.estimate_sd[0] ** 2, n)
    covariance[range(n * c, size - 1), range(n * c, size - 1)] = np.where(others, start, 0.0)
    horizon, until = float(r.horizon[0]), float(np.clip(r.exchange_until[0], 0.0, r.horizon[0]))
    for begin, end, rate in ((0.0, until, r.exchange_correction[0]), (until, horizon, r.lone_correction[0])):
        if end <= begin:
            continue
        matrix, noise = _system(r, float(rate))
        fastest = np.abs(np.linalg.eigvals(matrix)).max()  # exp of minus the matrix must not swamp exp of the matrix
        count = int(np.ceil((end - begin) * max(1 / STRETCH, fastest / 2)))
        if count > MOST_STRETCHES:
            return np.full((n, c), np.nan), np.full((n, c), np.nan)
        h = (end - begin) / count
        big = expm(np.block([[-matrix, noise], [np.zeros_like(matrix), matrix.T]]) * h)
        step = big[size:, size:].T
        gained = step @ big[:size, size:]
        nodes, weights = np.polynomial.legendre.leggauss(NODES)
        late = np.array([w * expm(matrix * h * (1 - s) / 2) for s, w in zip(nodes, weights, strict=True)])
        constants = _constants(r, begin + (np.arange(count)[:, None] + (1 + nodes) / 2) * h)
        for k in range(count):
            mean = step @ mean + h / 2 * np.einsum("sij,sj->i", late, constants[k])
            covariance = step @ covariance @ step.T + gained
    spread = np.sqrt(np.maximum(np.diag(covariance)[: n * c], 0.0))
    return mean[: n * c].reshape(n, c), spread.reshape(n, c)


def _system(r: Race, rate: float) -> tuple[np.ndarray, np.ndarray]:
    """M and Q, shapes (S, S) with S = N C + N N + 1."""
    _, n, c = r.size
    size, first = n * c + n * n + 1, n * c
    matrix, noise = np.zeros((size, size)), np.zeros(size)
    others = 1 - np.eye(n)
    matrix[:first, :first] = np.einsum("ic,ij,d->icjd", r.allocation[0], r.reaction[0], r.weights[0]).reshape(first, first)
    matrix[:first, :first] -= np.diag(r.fatigue[0].ravel())
    seen = np.einsum("ic,ij,ik->ickj", r.allocation[0], r.reaction[0] * others, np.eye(n))
    matrix[:first, first:-1] = seen.reshape(first, n * n)
    matrix[:first, -1] = r.shock_size[0].ravel()
    matrix[range(first, size - 1), range(first, size - 1)] = -rate
    matrix[-1, -1] = -r.shock_decay[0]
    noise[:first] = r.volatility[0].ravel() ** 2
    noise[first:-1] = (r.estimate_drift[0][:, None] ** 2 * others).ravel()
    noise[-1] = r.shock_rate[0]
    return matrix, np.diag(noise)


def _constants(r: Race, t: np.ndarray) -> np.ndarray:
    """c(t) at times of any shape, with S entries each: grievance, the worst case that is allowed for, and the rate of crises."""
    n = r.size[1]
    extra = (r.reaction * worst_case(r.at(np.zeros(t.size, int)), t.ravel())).sum(-1)
    level = (r.grievance + r.allocation * extra[:, :, None]).reshape(t.size, -1)
    crises = np.broadcast_to(r.shock_rate, (t.size, 1))
    return np.concatenate([level, np.zeros((t.size, n * n)), crises], axis=1).reshape(*t.shape, -1)


def simulate(v: Values, replicates: int, seed: int) -> Mapping[str, Any]:
    """Means and standard deviations of the levels at the horizon, by simulation, with their standard errors.

    The random numbers of a run depend on the seed and on its place among the replicates, not on the parameters.
    """
    r = race(v)
    rows = [_moments(_runs(r.at(slice(k, k + 1)), int(v["steps"]), replicates, seed)) for k in range(points(v))]
    names = [f"{actor}, {category}" for actor in v["actors"] for category in v["categories"]]
    out: dict[str, dict[str, Estimate]] = {"mean_level": {}, "standard_deviation": {}}
    for n, name in enumerate(names):
        for outcome, k in (("mean_level", 0), ("standard_deviation", 2)):
            out[outcome][name] = Estimate(np.array([row[k][n] for row in rows]), np.array([row[k + 1][n] for row in rows]))
    return out


def _moments(x: np.ndarray) -> tuple[np.ndarray, ...]:
    """Mean, its error, standard deviation and its error of runs (R, S), each (S,)."""
    n = len(x)
    mean, centred = x.mean(0), x - x.mean(0)
    variance = (centred**2).sum(0) / max(n - 1, 1)
    spread = np.sqrt(variance)
    fourth = np.maximum((centred**4).mean(0) - variance**2, 0.0)
    error = np.divide(np.sqrt(fourth / n), 2 * spread, out=np.zeros_like(spread), where=spread > 0)
    return mean, spread / np.sqrt(n), spread, error


def _runs(r: Race, steps: int, replicates: int, seed: int) -> np.ndarray:
    """Levels of one race at the horizon in every run, shape (R, N C)."""
    substeps = int(pieces(r, steps)[0])
    if substeps * steps > MOST_STEPS:
        return np.full((replicates, r.levels[0].size), np.nan)
    out = []
    for block in range(-(-replicates // BLOCK)):
        count = min(BLOCK, replicates - block * BLOCK)
        many = Race(**{name: np.repeat(value, count, axis=0) for name, value in vars(r).items()})
        out.append(walk(many, timeline(many, steps, substeps), Kicks(many, seed, block))[:, -1].reshape(count, -1))
    return np.concatenate(out)


class Kicks:
    """The random numbers of a block of runs: errors of estimate and crises move exactly from step to step, noise is Gaussian."""

    def __init__(self, r: Race, seed: int, block: int) -> None:
        self.r = r
        names = ("levels", "estimates", "start", "crises")
        levels, estimates, start, crises = (np.random.Generator(keyed(seed, block, f"arms race {name}")) for name in names)
        self._levels, self._estimates, self._crises = levels, estimates, crises
        self._others = 1 - np.eye(r.size[1])
        self.error = self._normal(start, r.reaction.shape) * r.estimate_sd[:, :, None] * self._others
        self.crisis = np.zeros(r.size[0])

    def _normal(self, rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
        return rng.standard_normal((BLOCK, *shape[1:]))[: shape[0]]

    def __call__(self, t: np.ndarray, h: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """What enters a step: the middle of the errors and crisis levels before and after it, and the noise of the levels."""
        r = self.r
        noise = self._normal(self._levels, r.levels.shape) * r.volatility * np.sqrt(h)[:, None, None]
        rate = np.where(t + h / 2 < r.exchange_until, r.exchange_correction, r.lone_correction)
        kept, safe = np.exp(-rate * h), np.where(rate > 0, rate, 1.0)
        variance = np.where(rate > 0, -np.expm1(-2 * rate * h) / (2 * safe), h)
        fresh = self._normal(self._estimates, r.reaction.shape) * self._others
        before = self.error
        self.error = before * kept[:, None, None] + fresh * (np.sqrt(variance)[:, None] * r.estimate_drift)[:, :, None]
        arrived = _poisson(float(r.shock_rate[0] * h[0]), self._crises.random(BLOCK)[: len(h)])
        crisis = self.crisis
        self.crisis = crisis * np.exp(-r.shock_decay * h) + arrived * np.exp(-r.shock_decay * h / 2)
        return (before + self.error) / 2, (crisis + self.crisis) / 2, noise


def _poisson(mean: float, uniform: np.ndarray) -> np.ndarray:
    """Poisson numbers by inversion, one uniform number each."""
    count, chance, below, k = np.zeros_like(uniform), np.exp(-mean), 0.0, 0
    while below + chance > below and k < 10_000:
        below += chance
        count += uniform >= below
        k += 1
        chance *= mean / k
    return count
