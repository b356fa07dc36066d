"""Richardson's arms race of two sides, and his fit to the years before 1914.

x and y are the armaments (or spending) of two sides; rates are per year.

(1) race             x' = k y - a x + g,  y' = l x - b y + h
(2) equilibrium      x* = (k h + b g) / (a b - k l),  y* = (l g + a h) / (a b - k l)
(3) stability        attracts iff a b > k l and a + b > 0; eigenvalues -(a + b) / 2 +- sqrt((a - b)^2 / 4 + k l)
(4) trajectory       z(t) = exp(M t) z(0) for z = (x, y, 1), by the matrix exponential
(5) nullclines       x' = 0: y = (a x - g) / k;  y' = 0: y = (l x + h) / b
(6) fate             with k l > a b the equilibrium is a saddle: a threshold, not an attractor.  Which side of its stable line the
                     start lies on says whether the race runs away or both disarm below zero: the sign of w . (z(0) - z*), with w
                     the left eigenvector of the growing eigenvalue, of positive entries
(7) fit of the sum   with a = b and k = l, s = x + y obeys s' = (k - a) s + (g + h).  Yearly increments of total spending are
                     regressed on mid-year totals by ordinary least squares: slope k - a, intercept g + h, and the total s_0 =
                     -(g + h) / (k - a) at which armaments stand still: a threshold if the slope is positive
(8) self-stimulation each side's increments regressed on its own mid-year spending, x' = c x + g, beside those on the other's,
                     x' = k y + g: with a handful of years both fit, and the data do not tell reaction from self-stimulation
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from sim.declare import Key, ListOf, Number, Whole, nonnegative
from sim.models.model import Answer, Model, Outcome, Values, Way, each_point, points

CITATION: Final = (
    "Richardson, Generalized Foreign Politics, British Journal of Psychology Monograph Supplement 23 (1939).",
    "Richardson, Arms and Insecurity (1960).",
    "Correlates of War, National Material Capabilities 7.0, military expenditure, for the substitute series.",
)

REMEMBERED: Final = {
    "France": (48.6, 50.9, 57.1, 63.2, 74.7),
    "Russia": (66.7, 68.5, 70.7, 81.8, 92.0),
    "Germany": (63.1, 62.0, 62.5, 68.2, 95.4),
    "Austria-Hungary": (20.8, 23.4, 24.6, 25.5, 26.9),
}
"""Military spending 1909-13, million GBP, as Richardson's figures are remembered: not checked against his page."""
CORRELATES_OF_WAR: Final = {
    "France": (47.412, 49.539, 55.441, 61.367, 66.706),
    "Russia": (60.029, 62.099, 64.291, 73.512, 85.391),
    "Germany": (58.567, 60.416, 61.652, 63.926, 88.418),
    "Austria-Hungary": (26.217, 23.208, 22.227, 27.376, 37.513),
}
"""Military expenditure 1909-13, million current GBP: National Material Capabilities 7.0 (read through the R package peacesciencer)."""


def side(table: dict[str, tuple[float, ...]], *countries: str) -> list[float]:
    """Spending of some countries together, rounded to what the data give."""
    return [round(sum(row), 3) for row in zip(*(table[country] for country in countries), strict=True)]


ENTENTE: Final = side(REMEMBERED, "France", "Russia")
ALLIANCE: Final = side(REMEMBERED, "Germany", "Austria-Hungary")
SUBSTITUTE: Final = {
    "spending_x": side(CORRELATES_OF_WAR, "France", "Russia"),
    "spending_y": side(CORRELATES_OF_WAR, "Germany", "Austria-Hungary"),
}
"""The parameters that put the substitute in the place of the remembered series."""

KINDS: Final = ("attractor", "threshold (saddle)", "repelling", "no equilibrium")
FATES: Final = ("to the equilibrium", "runaway arming", "disarmament below zero", "stays where it is", "away, turning")


def roots(v: Values) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Larger and smaller real part of the eigenvalues and the size of their imaginary part, each (P,)."""
    a, b, kl = v["fatigue_x"], v["fatigue_y"], v["reaction_x"] * v["reaction_y"]
    spread = (a - b) ** 2 / 4 + kl
    middle, half = -(a + b) / 2, np.sqrt(np.maximum(spread, 0.0))
    # the root of smaller size comes from the product of both, which loses no digits
    far = np.where(middle > 0, middle + half, middle - half)
    near = np.where(far == 0, 0.0, (a * b - kl) / np.where(far == 0, 1.0, far))
    real = spread >= 0
    large, small = np.maximum(far, near), np.minimum(far, near)
    return np.where(real, large, middle), np.where(real, small, middle), np.sqrt(np.maximum(-spread, 0.0))


def solve(v: Values) -> dict[str, Any]:
    """Equations (1) to (8)."""
    a, b, k, l = v["fatigue_x"], v["fatigue_y"], v["reaction_x"], v["reaction_y"]  # noqa: E741
    g, h, x0, y0 = v["grievance_x"], v["grievance_y"], v["start_x"], v["start_y"]
    room = a * b - k * l
    single = room != 0
    x = np.where(single, (k * h + b * g) / np.where(single, room, 1.0), np.nan)
    y = np.where(single, (l * g + a * h) / np.where(single, room, 1.0), np.nan)
    large, small, turning = roots(v)
    kind = np.select([~single, large < 0, small < 0], [3, 0, 1], 2)
    path = _paths(v)
    span = v["portrait_range"]
    across = {str(n): span * n / LINE for n in range(LINE + 1)}
    end = str(int(v["steps"]))
    return {
        "equilibrium_x": x,
        "equilibrium_y": y,
        "growth_rate": large,
        "second_rate": small,
        "rotation": turning,
        "stable": (large < 0).astype(float),
        "kind": kind.astype(float),
        "excess": _excess(v, x, y, large),
        "fate": _fate(v, kind, _excess(v, x, y, large), turning),
        "final_x": path[0][end],
        "final_y": path[1][end],
        "path_x": path[0],
        "path_y": path[1],
        "line_x": across,
        "nullcline_x": {n: (a * at - g) / k for n, at in across.items()},
        "nullcline_y": {n: (l * at + h) / b for n, at in across.items()},
        "start_distance": np.hypot(x0 - x, y0 - y),
        **fits(v),
    }


LINE: Final = 20
"""Parts of the nullclines."""


def _excess(v: Values, x: np.ndarray, y: np.ndarray, large: np.ndarray) -> np.ndarray:
    """w . (z(0) - z*) of (6), w with entries that add up to 1."""
    first, second = v["reaction_y"], large + v["fatigue_x"]  # w M = large w
    other_first, other_second = large + v["fatigue_y"], v["reaction_x"]
    swap = np.abs(first) + np.abs(second) < np.abs(other_first) + np.abs(other_second)
    first, second = np.where(swap, other_first, first), np.where(swap, other_second, second)
    total = first + second
    return (first * (v["start_x"] - x) + second * (v["start_y"] - y)) / np.where(total == 0, np.nan, total)


def _fate(v: Values, kind: np.ndarray, excess: np.ndarray, turning: np.ndarray) -> np.ndarray:
    """Codes into `FATES`; nan where there is no single equilibrium."""
    calm = (kind == 0) | (excess == 0) & (turning == 0)
    return np.select([kind == 3, turning > 0, calm, excess > 0, excess < 0], [np.nan, np.where(kind == 0, 0, 4), 0, 1, 2], np.nan)


def _paths(v: Values) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
    """x and y at the ends of equal steps to t: {step: (P,)}, by powers of one matrix exponential for each point."""
    from scipy.linalg import expm

    count, steps = points(v), int(v["steps"])
    matrix = np.zeros((count, 3, 3))
    matrix[:, 0, 0], matrix[:, 0, 1], matrix[:, 0, 2] = -v["fatigue_x"], v["reaction_x"], v["grievance_x"]
    matrix[:, 1, 0], matrix[:, 1, 1], matrix[:, 1, 2] = v["reaction_y"], -v["fatigue_y"], v["grievance_y"]
    x, y = {"0": v["start_x"]}, {"0": v["start_y"]}
    for n in range(1, steps + 1):
        step = np.array([expm(one * (t * n / steps)) for one, t in zip(matrix, v["time"], strict=True)])
        x[str(n)] = step[:, 0, 0] * v["start_x"] + step[:, 0, 1] * v["start_y"] + step[:, 0, 2]
        y[str(n)] = step[:, 1, 0] * v["start_x"] + step[:, 1, 1] * v["start_y"] + step[:, 1, 2]
    return x, y


def regression(x: np.ndarray, y: np.ndarray) -> dict[str, np.ndarray]:
    """Ordinary least squares of y on x, both (P, n): slope, intercept, share explained and standard error of the slope, each (P,)."""
    n = x.shape[1]
    dx, dy = x - x.mean(1, keepdims=True), y - y.mean(1, keepdims=True)
    sxx, sxy, syy = (dx * dx).sum(1), (dx * dy).sum(1), (dy * dy).sum(1)
    slope = sxy / np.where(sxx == 0, np.nan, sxx)
    left = ((dy - slope[:, None] * dx) ** 2).sum(1)
    error = np.sqrt(left / (n - 2) / np.where(sxx == 0, np.nan, sxx)) if n > 2 else np.full(len(slope), np.nan)
    return {
        "slope": slope,
        "intercept": y.mean(1) - slope * x.mean(1),
        "r_squared": 1 - left / np.where(syy == 0, np.nan, syy),
        "error": error,
    }


def fits(v: Values) -> dict[str, Any]:
    """Equations (7) and (8)."""
    x, y = v["spending_x"], v["spending_y"]
    total = x + y
    middle, rise = (total[:, 1:] + total[:, :-1]) / 2, np.diff(total, axis=1)
    both = regression(middle, rise)
    slope, intercept = both["slope"], both["intercept"]
    years = [f"{int(v['first_year']) + n}-{(int(v['first_year']) + n + 1) % 100:02d}" for n in range(middle.shape[1])]
    sides = {"x": (x, y), "y": (y, x)}
    own = {name: regression((z[:, 1:] + z[:, :-1]) / 2, np.diff(z, axis=1)) for name, (z, _) in sides.items()}
    other = {name: regression((w[:, 1:] + w[:, :-1]) / 2, np.diff(z, axis=1)) for name, (z, w) in sides.items()}
    return {
        "slope": slope,
        "slope_error": both["error"],
        "intercept": intercept,
        "standstill": -intercept / np.where(slope == 0, np.nan, slope),
        "standstill_is_threshold": np.where(np.isnan(slope), np.nan, slope > 0),
        "r_squared": both["r_squared"],
        "mid_total": {year: middle[:, n] for n, year in enumerate(years)},
        "increment": {year: rise[:, n] for n, year in enumerate(years)},
        "fitted_increment": {year: intercept + slope * middle[:, n] for n, year in enumerate(years)},
        "self_slope": {name: fit["slope"] for name, fit in own.items()},
        "self_r_squared": {name: fit["r_squared"] for name, fit in own.items()},
        "rival_slope": {name: fit["slope"] for name, fit in other.items()},
        "rival_r_squared": {name: fit["r_squared"] for name, fit in other.items()},
    }
