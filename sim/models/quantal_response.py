"""The logit quantal response equilibrium of a game of two actions each, and its estimation from play.

Both players choose their first action with probabilities p (row) and q (column).  d_1(q), d_2(p) is the advantage of the first
action over the second, affine in what the other does, and lambda >= 0 the precision, per unit of payoff.

(1) equilibrium      p = 1 / (1 + exp(-lambda d_1(q))),   q = 1 / (1 + exp(-lambda d_2(p)))
(2) branch           lambda = 0 gives p = q = 1/2; the answer is the first point with the given lambda on the curve of solutions
                     of (1) from there (the principal branch)
(3) log-likelihood   n (f log p + (1 - f) log(1 - p) + h log q + (1 - h) log(1 - q)), with the observed shares f and h of first
                     actions in n plays; the estimate of lambda maximises it along the branch
(4) slope            z_1 = lambda d_1(q), z_2 = lambda d_2(p):  z_1' = d_1 + lambda s_1 q (1 - q) z_2',  and the same for z_2
(5) mixed Nash       q = -c_1 / s_1, p = -c_2 / s_2, with d_i = c_i + s_i (probability of the other)
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from sim.declare import Key, ListOf, Number, nonnegative, positive, probability
from sim.games import logit_2x2
from sim.models.model import Answer, Model, Outcome, Values, Way, each_point

CITATION: Final = (
    "McKelvey and Palfrey, Quantal response equilibria for normal form games, Games and Economic Behavior 10 (1995) 6-38.",
    "Ochs, Games with unique, mixed strategy equilibria, Games and Economic Behavior 10 (1995) 202-217, for the games.",
    "Turocy, A dynamic homotopy interpretation of the logistic quantal response equilibrium, GEB 51 (2005) 243-263.",
)

LARGEST: Final = 1000.0
"""The estimate is looked for up to this precision times the largest difference between payoffs."""
BEYOND: Final = 1e12
"""Precisions above this, times the largest difference between payoffs, are not followed."""
GRID: Final = np.concatenate([[0.0], np.geomspace(1e-3, LARGEST, 160)])
ZOOMS: Final = 3

Array = np.ndarray


def advantages(v: Values) -> tuple[Array, Array, Array, Array]:
    """c_1, s_1, c_2, s_2 of the advantages of the first actions, each (P,)."""
    A, B = v["row_payoffs"], v["column_payoffs"]
    c1, c2 = A[:, 0, 1] - A[:, 1, 1], B[:, 1, 0] - B[:, 1, 1]
    return c1, A[:, 0, 0] - A[:, 1, 0] - c1, c2, B[:, 0, 0] - B[:, 0, 1] - c2


def spread(v: Values) -> Array:
    """The largest difference between payoffs of a player, (P,); 1 if there is none."""
    found = np.maximum(np.ptp(v["row_payoffs"], axis=(1, 2)), np.ptp(v["column_payoffs"], axis=(1, 2)))
    return np.where(found > 0, found, 1.0)


def branch(v: Values, precision: Array) -> tuple[Array, Array]:
    """p and q of (2), each of the shape of `precision`: (P,) or (P, K)."""
    A, B = v["row_payoffs"], v["column_payoffs"].transpose(0, 2, 1)  # both [own action][other's action]
    if precision.ndim > 1:
        A, B = A[:, None], B[:, None]
    p, q = logit_2x2(A[..., ::-1, ::-1], B[..., ::-1, ::-1], precision, precision)  # the chance of the last action
    return p, q


def log_likelihood(v: Values, precision: Array, p: Array, q: Array) -> Array:
    """Equation (3), from log-odds, so that nothing is lost where p or q is near 0 or 1; shapes as in `branch`."""
    c1, s1, c2, s2 = advantages(v)
    f, h, n = v["row_frequency"], v["column_frequency"], v["plays"]
    if precision.ndim > 1:
        c1, s1, c2, s2, f, h, n = (x[:, None] for x in (c1, s1, c2, s2, f, h, n))
    first, second = precision * (c1 + s1 * q), precision * (c2 + s2 * p)
    rows = f * np.logaddexp(0, -first) + (1 - f) * np.logaddexp(0, first)
    columns = h * np.logaddexp(0, -second) + (1 - h) * np.logaddexp(0, second)
    return -n * (rows + columns)


def estimate(v: Values) -> dict[str, Array]:
    """The estimate of lambda, its profile and log-likelihood; nan where the likelihood grows without a limit."""
    plays, v = v["plays"], {**v, "plays": np.ones_like(v["plays"])}
    grid = GRID[None] / spread(v)[:, None]
    for zoom in range(ZOOMS + 1):
        p, q = branch(v, grid)
        value = log_likelihood(v, grid, p, q)
        best = np.nanargmax(np.where(np.isnan(value), -np.inf, value), axis=1)
        if zoom == 0:
            top = _entry(value, best)
            unbounded = value[:, -1] >= top - 1e-13 * np.maximum(1, np.abs(top))
        if zoom < ZOOMS:
            low, high = _entry(grid, np.maximum(best - 1, 0)), _entry(grid, np.minimum(best + 1, grid.shape[1] - 1))
            grid = low[:, None] + (high - low)[:, None] * np.linspace(0, 1, 41)
    found, p, q, value = (_entry(x, best) for x in (grid, p, q, value))
    better = _stationary(v, low, high, found, p, q)
    new_p, new_q = branch(v, better)
    new_value = log_likelihood(v, better, new_p, new_q)
    take = new_value >= value - 1e-12 * np.abs(value)
    found, p, q = (np.where(take, new, old) for new, old in ((better, found), (new_p, p), (new_q, q)))
    value = plays * np.where(take, new_value, value)
    told = {"precision_estimate": found, "estimated_1": p, "estimated_2": q, "log_likelihood": value}
    return {name: np.where(unbounded, np.nan, x) for name, x in told.items()}


def _entry(table: Array, column: Array) -> Array:
    return np.take_along_axis(table, column[:, None], axis=1)[:, 0]


def _stationary(v: Values, low: Array, high: Array, start: Array, p: Array, q: Array) -> Array:
    """Where the derivative of (3) along the branch changes its sign in [low, high], by bisection; p and q belong to `start`."""
    c1, s1, c2, s2 = advantages(v)
    for _ in range(60):
        middle = (low + high) / 2
        for _ in range(8):  # Newton's method on (1), from the last profile
            one, two = 1 / (1 + np.exp(-middle * (c1 + s1 * q))), 1 / (1 + np.exp(-middle * (c2 + s2 * p)))
            a, b = middle * s1 * one * (1 - one), middle * s2 * two * (1 - two)
            miss_1, miss_2, minor = one - p, two - q, 1 - a * b
            p, q = p + (miss_1 + a * miss_2) / minor, q + (miss_2 + b * miss_1) / minor
        rising = _derivative(v, middle, p, q) > 0
        low, high = np.where(rising, middle, low), np.where(rising, high, middle)
    return np.where(low == 0, 0.0, np.where(np.isfinite(low), (low + high) / 2, start))


def _derivative(v: Values, precision: Array, p: Array, q: Array) -> Array:
    """d(3) / d lambda along the branch, per play, by (4)."""
    c1, s1, c2, s2 = advantages(v)
    d1, d2 = c1 + s1 * q, c2 + s2 * p
    a, b = precision * s1 * q * (1 - q), precision * s2 * p * (1 - p)
    minor = 1 - a * b
    return (v["row_frequency"] - p) * (d1 + a * d2) / minor + (v["column_frequency"] - q) * (d2 + b * d1) / minor


def solve(v: Values) -> dict[str, Any]:
    """Equations (2), (3) and (5); games that are estimated from the same data are estimated once."""
    known = v["precision"] * spread(v) <= BEYOND
    p, q = (np.where(known, x, np.nan) for x in branch(v, np.where(known, v["precision"], 0.0)))
    names = ("row_payoffs", "column_payoffs", "row_frequency", "column_frequency", "plays")
    rows = np.concatenate([v[name].reshape(len(p), -1) for name in names], axis=1)
    _, first, back = np.unique(rows, axis=0, return_index=True, return_inverse=True)
    estimated = estimate({name: v[name][first] for name in names})
    c1, s1, c2, s2 = advantages(v)
    mixed_1, mixed_2 = -c2 / s2, -c1 / s1
    inside = (mixed_1 > 0) & (mixed_1 < 1) & (mixed_2 > 0) & (mixed_2 < 1)
    return {
        "probability_1": p,
        "probability_2": q,
        "log_likelihood_at_precision": log_likelihood(v, v["precision"], p, q),
        **{name: x[back.ravel()] for name, x in estimated.items()},
        "observed_1": v["row_frequency"].copy(),
        "observed_2": v["column_frequency"].copy(),
        "nash_1": np.where(inside, mixed_1, np.nan),
        "nash_2": np.where(inside, mixed_2, np.nan),
    }


def _by_davidenko(v: dict[str, Any]) -> dict[str, Any]:
    """The branch as the differential equation (4) in lambda, and the root of the derivative of (3); nan beyond a fold."""
    from scipy.integrate import solve_ivp
    from scipy.optimize import brentq

    one = {name: np.array([x]) for name, x in v.items()}
    c1, s1, c2, s2 = (float(x[0]) for x in advantages(one))

    def profile(z: Array) -> tuple[Array, Array]:
        return 1 / (1 + np.exp(-z[0])), 1 / (1 + np.exp(-z[1]))

    def rate(precision: float, z: Array) -> Array:
        p, q = profile(z)
        d1, d2 = c1 + s1 * q, c2 + s2 * p
        a, b = precision * s1 * q * (1 - q), precision * s2 * p * (1 - p)
        return np.array([d1 + a * d2, d2 + b * d1]) / (1 - a * b)

    def fold(precision: float, z: Array) -> float:
        p, q = profile(z)
        return float(1 - precision**2 * s1 * s2 * p * (1 - p) * q * (1 - q) - 1e-6)

    fold.terminal = True  # type: ignore[attr-defined]
    end = max(float(v["precision"]), 30 / float(spread(one)[0]))
    path: Any = solve_ivp(rate, (0.0, end), [0.0, 0.0], "DOP853", rtol=1e-12, atol=1e-12, events=fold, dense_output=True)
    far = path.t[-1]

    def at(precision: float) -> dict[str, Array]:
        p, q = profile(path.sol(precision))
        return {"precision": np.array([precision]), "p": np.array([p]), "q": np.array([q])}

    def derivative(precision: float) -> float:
        return float(_derivative(one, **at(precision))[0])

    def told(precision: float) -> tuple[float, float, float]:
        if not precision <= far:
            return np.nan, np.nan, np.nan
        here = at(precision)
        return float(here["p"][0]), float(here["q"][0]), float(log_likelihood(one, **here)[0])

    ends = np.linspace(0.0, far, 400)
    slopes = np.array([derivative(x) for x in ends])
    turns = np.flatnonzero((slopes[:-1] > 0) & (slopes[1:] <= 0))
    peaks: list[Any] = [brentq(derivative, ends[k], ends[k + 1], xtol=1e-13) for k in turns]
    if slopes[0] <= 0:
        peaks.append(0.0)
    best = max(peaks, key=lambda x: told(x)[2], default=np.nan)
    p, q, value = told(float(v["precision"]))
    best_p, best_q, best_value = told(best)
    return {
        "probability_1": p,
        "probability_2": q,
        "log_likelihood_at_precision": value,
        "precision_estimate": best,
        "estimated_1": best_p,
        "estimated_2": best_q,
        "log_likelihood": best_value,
    }


def _by_support(v: dict[str, Any]) -> dict[str, Any]:
    """The completely mixed equilibrium among all of the game; nan if it has none, or more than isolated ones."""
    from sim.games import equilibria

    found = equilibria(v["row_payoffs"], v["column_payoffs"])
    mixed = [(x[0], y[0]) for x, y in found if min(*x, *y) > 0]
    p, q = mixed[0] if len(mixed) == 1 and not found.degenerate else (np.nan, np.nan)
    return {"nash_1": p, "nash_2": q}


def _answers() -> tuple[Answer, ...]:
    by_hand = "equations (1) and (2), two programs"
    twice = "equations (2) and (3); Gambit's estimation on its tutorial's data agrees (the paper's table was not read)"
    out = []
    for precision, first, second in ((1.0, 0.586784, 0.451807), (2.0, 0.617522, 0.371982)):
        out.append(Answer({"precision": precision}, "probability_1", first, 5e-7, "derived", by_hand))
        out.append(Answer({"precision": precision}, "probability_2", second, 5e-7, "derived", by_hand))
    for outcome, target, tolerance in (
        ("precision_estimate", 1.845610, 1e-6),
        ("estimated_1", 0.615651, 1e-6),
        ("estimated_2", 0.383291, 1e-6),
        ("log_likelihood", -174.764532, 1e-6),
    ):
        out.append(Answer({}, outcome, target, tolerance, "derived", twice))
    out.append(Answer({}, "nash_1", 0.5, 1e-12, "derived", "equation (5)"))
    out.append(Answer({}, "nash_2", 0.199986, 5e-7, "derived", "equation (5): 0.2785 / 1.3926"))
    return tuple(out)


LOST: Final = f"The branch could not be followed to this precision, or lambda times the spread of payoffs exceeds {BEYOND:g}."
NO_PEAK: Final = f"The likelihood grows with lambda up to {LARGEST:g} / the spread of payoffs, or does not depend on it."
NO_MIX: Final = "The game has no equilibrium in which both mix both actions."


def _game(name: str, text: str, default: list[list[float]]) -> Key:
    return Key(name, ListOf(ListOf(Number(unit="payoff"), 2, 2), 2, 2), text, default)


QUANTAL: Final = Model(
    name="quantal_response",
    label="B1",
    title="Quantal response: choice with errors",
    question="How do noisy but reasonable players play, and how precise do observed players look?",
    citation=CITATION,
    parameters=(
        _game("row_payoffs", "Payoffs of the row player, [row][column].", [[1.1141, 0.0], [0.0, 0.2785]]),
        _game("column_payoffs", "Payoffs of the column player, [row][column].", [[0.0, 1.1141], [1.1141, 0.0]]),
        Key("precision", nonnegative("per unit of payoff"), "lambda: 0 is choice at random.", 1.0),
        Key("row_frequency", probability("share"), "f: observed share of the first row.", 0.527),
        Key("column_frequency", probability("share"), "h: observed share of the first column.", 0.366),
        Key("plays", positive("plays"), "n: plays observed.", 128.0),
    ),
    symbols={"A": "row_payoffs", "B": "column_payoffs", "lambda": "precision", "f": "row_frequency", "h": "column_frequency"}
    | {"n": "plays"},
    outcomes=(
        Outcome("probability_1", "probability", "p: the row player takes its first action (2).", undefined=LOST),
        Outcome("probability_2", "probability", "q: the column player takes its first action (2).", undefined=LOST),
        Outcome("log_likelihood_at_precision", "", "The log-likelihood of the data at this precision (3).", undefined=LOST),
        Outcome("precision_estimate", "per unit of payoff", "The maximum-likelihood estimate of lambda (3).", undefined=NO_PEAK),
        Outcome("estimated_1", "probability", "p at the estimate.", undefined=NO_PEAK),
        Outcome("estimated_2", "probability", "q at the estimate.", undefined=NO_PEAK),
        Outcome("log_likelihood", "", "The log-likelihood at the estimate (3).", undefined=NO_PEAK),
        Outcome("observed_1", "share", "f, the observed share of the first row, as given."),
        Outcome("observed_2", "share", "h, the observed share of the first column, as given."),
        Outcome("nash_1", "probability", "p in the completely mixed Nash equilibrium (5).", undefined=NO_MIX),
        Outcome("nash_2", "probability", "q in the completely mixed Nash equilibrium (5).", undefined=NO_MIX),
    ),
    solve=solve,
    ways=(
        Way("Davidenko's differential equation in lambda", each_point(_by_davidenko)),
        Way("enumeration of equilibria", each_point(_by_support)),
    ),
    caveats=(
        "lambda is per unit of payoff: payoffs in other units have another lambda.",
        "Principal branch only: coordination games have other quantal response equilibria at high precision.",
        "The defaults are a game of Ochs and frequencies as printed in a tutorial of Gambit, rounded to three digits.",
    ),
    answers=_answers(),
)

MODELS: Final = (QUANTAL,)
