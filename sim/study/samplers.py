"""Points in the unit cube for sampled designs; the same seed gives the same bytes, and no global random state is touched.

`sobol`, `random`, `morris` and `saltelli` are extensible: the points of n samples are the first of those of 2 n.
`latin_hypercube` is not: every number of samples has its own strata.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

import numpy as np

from sim.chain.monte_carlo import keyed

POINTS: Final = "sweep design"
DRAWS: Final = "uncertainty draws"
"""What a seed is used for; the streams of the two have nothing in common."""

_CELL: Final = 2.0**-30
"""Width of the cells of Sobol' points with 30 bits."""
_FINEST: Final = 2.0**-54


def generator(seed: int, purpose: str = POINTS) -> np.random.Generator:
    """The generator of a seed for one purpose; unlike those of the engine it can spawn others, which scipy asks for."""
    entropy = keyed(seed, 0, purpose).random_raw(4).tolist()
    return np.random.Generator(np.random.Philox(np.random.SeedSequence(entropy)))


def sobol(n: int, d: int, seed: int, purpose: str = POINTS) -> np.ndarray:
    """Scrambled Sobol' points, shape (n, d), all of them inside (0, 1); balanced where n is a power of two (Owen 2020)."""
    from scipy.stats import qmc

    if d == 0:
        return np.zeros((n, 0))
    drawn = qmc.Sobol(d, scramble=True, bits=30, rng=generator(seed, purpose)).random_base2((n - 1).bit_length())
    return np.clip(drawn[:n], _CELL / 2, 1 - _CELL / 2)


def latin_hypercube(n: int, d: int, seed: int, purpose: str = POINTS) -> np.ndarray:
    """A Latin hypercube, shape (n, d): one point in each of n equal strata of every axis (McKay, Beckman, Conover 1979)."""
    from scipy.stats import qmc

    if d == 0:
        return np.zeros((n, 0))
    return _inside(qmc.LatinHypercube(d, rng=generator(seed, purpose)).random(n))


def random(n: int, d: int, seed: int, purpose: str = POINTS) -> np.ndarray:
    """Independent uniform points, shape (n, d)."""
    return _inside(generator(seed, purpose).random((n, d)))


def _inside(u: np.ndarray) -> np.ndarray:
    return np.clip(u, _FINEST, 1 - 2 * _FINEST)


def morris(trajectories: int, d: int, levels: int, seed: int) -> np.ndarray:
    """Trajectories that move one axis at a time, shape (trajectories (d + 1), d), on the grid 0, 1 / (levels - 1), ..., 1.

    Morris (1991), sampled by SALib; `levels` must be even.
    """
    from SALib.sample.morris import sample

    problem = {"num_vars": d, "names": [str(n) for n in range(d)], "bounds": [[0.0, 1.0]] * d}
    drawn = sample(problem, trajectories, num_levels=levels, seed=generator(seed))
    return np.rint(drawn * (levels - 1)) / (levels - 1)


def saltelli(n: int, d: int, second_order: bool, seed: int) -> np.ndarray:
    """Saltelli's scheme on n scrambled Sobol' points, shape (n (2 d + 2), d), or (n (d + 2), d) without second order.

    In blocks, one for each base sample: A, A with column 0 of B, ..., (B with column 0 of A, ...,) B.  The order and the numbers
    are those of SALib.sample.sobol.  Saltelli (2002); Saltelli et al. (2010).
    """
    base = sobol(n, 2 * d, seed)
    a, b = base[:, None, :d], base[:, None, d:]
    swapped = np.eye(d, dtype=bool)[None]
    blocks = [a, np.where(swapped, b, a), *([np.where(swapped, a, b)] if second_order else []), b]
    return np.concatenate(blocks, axis=1).reshape(-1, d)


SPACE_FILLING: Final[Mapping[str, Callable[[int, int, int, str], np.ndarray]]] = {
    "sobol": sobol,
    "latin_hypercube": latin_hypercube,
    "random": random,
}
"""Samplers that need no more than a number of points, a dimension and a seed."""


def unit_points(design: str, samples: int, d: int, seed: int, *, levels: int = 4, second_order: bool = False) -> np.ndarray:
    """The points of a sampled design in the unit cube, shape (points, d)."""
    if design == "morris":
        return morris(samples, d, levels, seed)
    if design == "saltelli":
        return saltelli(samples, d, second_order, seed)
    return SPACE_FILLING[design](samples, d, seed, POINTS)
