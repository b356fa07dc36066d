"""The years before 1914 as Richardson fitted them: two series of military spending, and least squares on yearly increments."""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from sim.models.model import Outcome, Values

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
"""Military expenditure 1909-13, million current GBP: National Material Capabilities 7.0 (through the R package peacesciencer)."""


KINDS: Final = ("attractor", "threshold", "repels", "no single equilibrium")
"""What an equilibrium is; a standstill is one of the first two."""
FLAT: Final = "The spending of all years is the same, so that no line can be fitted."
FIT_OUTCOMES: Final = (
    Outcome("slope", "per year", "k - a of the fit (7).", undefined=FLAT),
    Outcome("slope_error", "per year", "Its standard error, which trusts the line and a handful of years.", undefined=FLAT),
    Outcome("intercept", "million GBP per year", "g + h of the fit (7).", undefined=FLAT),
    Outcome("standstill", "million GBP", "s_0: total spending that would not change (7).", undefined=f"{FLAT} Or it is level."),
    Outcome("standstill_kind", "", "Whether s_0 attracts or is a threshold (7).", words=KINDS[:2], undefined=FLAT),
    Outcome("r_squared", "share", "Share of variance explained; means little with four points.", undefined=FLAT),
    Outcome("mid_total", "million GBP", "Total spending in the middle of each interval.", "interval"),
    Outcome("increment", "million GBP per year", "Increase of total spending in each interval.", "interval"),
    Outcome("fitted_increment", "million GBP per year", "The same on the fitted line.", "interval", undefined=FLAT),
    Outcome(
        "line_total", "million GBP", "Total spending on the fitted line, from the standstill on.", "interval", undefined=FLAT
    ),
    Outcome("line_increment", "million GBP per year", "The line there; 0 at the standstill.", "interval", undefined=FLAT),
    Outcome("self_slope", "per year", "Slope of a side's increments on its own spending (8).", "side", undefined=FLAT),
    Outcome("self_r_squared", "share", "Share of variance this explains.", "side", undefined=FLAT),
    Outcome("rival_slope", "per year", "Slope of a side's increments on the other's spending (8).", "side", undefined=FLAT),
    Outcome("rival_r_squared", "share", "Share of variance this explains.", "side", undefined=FLAT),
)


def side(table: dict[str, tuple[float, ...]], *countries: str) -> list[float]:
    """Spending of some countries together, rounded to the digits of the data."""
    return [round(sum(row), 3) for row in zip(*(table[country] for country in countries), strict=True)]


ENTENTE: Final = side(REMEMBERED, "France", "Russia")
ALLIANCE: Final = side(REMEMBERED, "Germany", "Austria-Hungary")
SUBSTITUTE: Final = {
    "spending_x": side(CORRELATES_OF_WAR, "France", "Russia"),
    "spending_y": side(CORRELATES_OF_WAR, "Germany", "Austria-Hungary"),
}
"""The parameters that put the substitute in the place of the remembered series."""


def regression(x: np.ndarray, y: np.ndarray) -> dict[str, np.ndarray]:
    """Least squares of y on x, both (P, n): slope, intercept, share explained, standard error of the slope, each (P,)."""
    n = x.shape[1]
    dx, dy = x - x.mean(1, keepdims=True), y - y.mean(1, keepdims=True)
    sxx, sxy, syy = (dx * dx).sum(1), (dx * dy).sum(1), (dy * dy).sum(1)
    sxx, syy = np.where(sxx == 0, np.nan, sxx), np.where(syy == 0, np.nan, syy)
    slope = sxy / sxx
    left = ((dy - slope[:, None] * dx) ** 2).sum(1)
    error = np.sqrt(left / (n - 2) / sxx) if n > 2 else np.full(len(slope), np.nan)
    return {"slope": slope, "intercept": y.mean(1) - slope * x.mean(1), "r_squared": 1 - left / syy, "error": error}


def middles(spending: np.ndarray) -> np.ndarray:
    """Mid-year spending between years, (P, n - 1)."""
    return (spending[:, 1:] + spending[:, :-1]) / 2


def intervals(v: Values) -> list[str]:
    """Names of the intervals between years: 1909-10."""
    first = int(v["first_year"])
    return [f"{first + n}-{(first + n + 1) % 100:02d}" for n in range(v["spending_x"].shape[1] - 1)]


def fits(v: Values) -> dict[str, Any]:
    """Equations (7) and (8) of `sim.models.richardson`."""
    x, y = v["spending_x"], v["spending_y"]
    total, years = x + y, intervals(v)
    middle, rise = middles(total), np.diff(total, axis=1)
    both = regression(middle, rise)
    slope, intercept = both["slope"], both["intercept"]
    still = -intercept / np.where(slope == 0, np.nan, slope)
    own = {"x": regression(middles(x), np.diff(x, axis=1)), "y": regression(middles(y), np.diff(y, axis=1))}
    rival = {"x": regression(middles(y), np.diff(x, axis=1)), "y": regression(middles(x), np.diff(y, axis=1))}
    return {
        "slope": slope,
        "slope_error": both["error"],
        "intercept": intercept,
        "standstill": still,
        "standstill_kind": np.where(np.isnan(slope), np.nan, slope > 0),
        "r_squared": both["r_squared"],
        "mid_total": {year: middle[:, n] for n, year in enumerate(years)},
        "increment": {year: rise[:, n] for n, year in enumerate(years)},
        "fitted_increment": {year: intercept + slope * middle[:, n] for n, year in enumerate(years)},
        "line_total": {"standstill": still} | {year: middle[:, n] for n, year in enumerate(years)},
        "line_increment": {"standstill": 0 * still} | {year: intercept + slope * middle[:, n] for n, year in enumerate(years)},
        "self_slope": {name: fit["slope"] for name, fit in own.items()},
        "self_r_squared": {name: fit["r_squared"] for name, fit in own.items()},
        "rival_slope": {name: fit["slope"] for name, fit in rival.items()},
        "rival_r_squared": {name: fit["r_squared"] for name, fit in rival.items()},
    }
