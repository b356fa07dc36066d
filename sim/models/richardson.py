"""Richardson's arms race of two sides, and his fit to the years before 1914.

x and y are the armaments (or spending) of two sides; rates are per year.

(1) race             x' = k y - a x + g,  y' = l x - b y + h
(2) equilibrium      x* = (k h + b g) / (a b - k l),  y* = (l g + a h) / (a b - k l)
(3) stability        attracts iff a b > k l and a + b > 0; eigenvalues -(a + b) / 2 +- sqrt((a - b)^2 / 4 + k l); a centre,
                     round which the race turns for ever, iff a b > k l and a + b = 0.  Equalities hold within rounding
(4) trajectory       z(t) = exp(M t) z(0) for z = (x, y, 1), by the matrix exponential
(5) nullclines       x' = 0: y = (a x - g) / k;  y' = 0: y = (l x + h) / b
(6) fate             with k l > a b the equilibrium is a saddle: a threshold, not an attractor.  The side of its stable line on
                     which the start lies says whether the race runs away or both disarm below zero: the sign of w . (z(0) - z*),
                     w the left eigenvector of the growing eigenvalue, with entries that add up to 1
(7) fit of the sum   with a = b and k = l, s = x + y obeys s' = (k - a) s + (g + h).  Yearly increments of total spending are
                     regressed on mid-year totals by ordinary least squares: slope k - a, intercept g + h; armaments stand still
                     at s_0 = -(g + h) / (k - a), a threshold if the slope is positive.  It is where the line crosses the axis
                     of total spending, x_intercept, which is the intercept that Richardson gives
(8) self-stimulation each side's increments regressed on its own mid-year spending, x' = c x + g, beside those on the other's,
                     x' = k y + g: with a handful of years both fit, and the data do not tell reaction from self-stimulation
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from sim.declare import Key, ListOf, Number, Whole, nonnegative, positive
from sim.models.model import Answer, Found, Model, Outcome, Premise, Values, Way, each_point
from sim.models.richardson_fit import ALLIANCE, ENTENTE, FIT_OUTCOMES, FLAT, KINDS, SUBSTITUTE, fits, intervals

CITATION: Final = (
    "Richardson, Generalized Foreign Politics, British Journal of Psychology Monograph Supplement 23 (1939).",
    "Richardson, Arms and Insecurity (1960).",
    "Correlates of War, National Material Capabilities 7.0, military expenditure, for the substitute series.",
)

LINE: Final = 20  # parts of the nullclines
ATTRACTS, SADDLE, REPELS, NONE, CENTRE = range(5)
KINDS_OF_RACE: Final = (*KINDS, "centre: neither attracts nor repels")
FATES: Final = (
    "to the equilibrium",
    "runaway arming",
    "disarmament below zero",
    "away from the equilibrium",
    "round the equilibrium",
)


def difference(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """x - y, and 0 where that is no more than the rounding of two products of decimals: 4 units of relative rounding."""
    left = x - y
    rounding = 4 * np.finfo(float).eps * np.maximum(np.abs(x), np.abs(y))
    return np.where(np.isfinite(left) & (np.abs(left) <= rounding), 0.0, left)


def eigenvalues(v: Values) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Larger and smaller real part, and the size of the imaginary part, each (P,): equation (3)."""
    a, b, product = v["fatigue_x"], v["fatigue_y"], v["reaction_x"] * v["reaction_y"]
    square = ((a - b) / 2) ** 2 + product
    middle, half = -difference(a, -b) / 2, np.sqrt(np.maximum(square, 0.0))
    far = np.where(middle > 0, middle + half, middle - half)
    near = np.where(far == 0, 0.0, difference(a * b, product) / np.where(far == 0, 1.0, far))  # their product: no cancellation
    turning = square < 0
    large, small = np.maximum(far, near), np.minimum(far, near)
    return np.where(turning, middle, large), np.where(turning, middle, small), np.sqrt(np.maximum(-square, 0.0))


def solve(v: Values) -> dict[str, Any]:
    """Equations (1) to (8)."""
    a, b, k, el = v["fatigue_x"], v["fatigue_y"], v["reaction_x"], v["reaction_y"]
    g, h = v["grievance_x"], v["grievance_y"]
    room = difference(a * b, k * el)
    safe = np.where(room == 0, np.nan, room)
    x, y = (k * h + b * g) / safe, (el * g + a * h) / safe
    large, small, turning = eigenvalues(v)
    kind = np.select([room == 0, large < 0, room < 0, large == 0], [NONE, ATTRACTS, SADDLE, CENTRE], REPELS)
    excess, positive_weights = weighted_excess(v, x, y, large)
    excess = np.where(turning > 0, np.nan, excess)
    plane = kind != NONE
    fate = np.select(
        [~plane, kind == ATTRACTS, (large == 0) & (turning > 0), (turning > 0) | ~positive_weights, excess > 0, excess < 0],
        [np.nan, 0, 4, 3, 1, 2],
        0,
    )
    path_x, path_y = trajectory(v)
    fit = fits(v)
    along = {str(n): v["portrait_range"] * n / LINE for n in range(LINE + 1)}
    end = str(int(v["steps"]))
    return {
        "equilibrium_x": x,
        "equilibrium_y": y,
        "growth_rate": large,
        "second_rate": small,
        "rotation": turning,
        "stable": (large < 0).astype(float),
        "kind": kind.astype(float),
        "excess": excess,
        "fate": fate,
        "final_x": path_x[end],
        "final_y": path_y[end],
        "path_x": path_x,
        "path_y": path_y,
        "line": along,
        "nullcline_x": {n: (a * at - g) / np.where(k == 0, np.nan, k) for n, at in along.items()},
        "nullcline_y": {n: (el * at + h) / np.where(b == 0, np.nan, b) for n, at in along.items()},
        **fit,
        "x_intercept": fit["standstill"],
    }


def weighted_excess(v: Values, x: np.ndarray, y: np.ndarray, large: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """w . (z(0) - z*) of (6), and whether no entry of w is negative; the larger of the two forms of w is taken."""
    one, two = (v["reaction_y"], large + v["fatigue_x"]), (large + v["fatigue_y"], v["reaction_x"])
    swap = np.abs(one[0]) + np.abs(one[1]) < np.abs(two[0]) + np.abs(two[1])
    first, second = np.where(swap, two[0], one[0]), np.where(swap, two[1], one[1])
    total = first + second
    total = np.where(total == 0, np.nan, total)
    first, second = first / total, second / total
    return first * (v["start_x"] - x) + second * (v["start_y"] - y), (first >= 0) & (second >= 0)


def exponential(matrix: np.ndarray) -> np.ndarray:
    """exp of small matrices (P, n, n): Taylor's series after halving until the norm is below 1/2, and squaring."""
    norm = np.abs(matrix).sum(-1).max(-1)
    halvings = np.where(norm > 0.5, np.ceil(np.log2(np.maximum(norm, 0.5) / 0.5)), 0.0)
    small = matrix * (0.5**halvings)[:, None, None]
    total = np.broadcast_to(np.eye(matrix.shape[-1]), matrix.shape)
    term = total
    for n in range(1, 17):
        term = term @ small / n
        total = total + term
    for n in range(int(np.max(halvings, initial=0.0))):
        total = np.where((n < halvings)[:, None, None], total @ total, total)
    return total


def trajectory(v: Values) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
    """x and y after each of the equal steps to t, {step: (P,)}: equation (4)."""
    steps = int(v["steps"])
    matrix = np.zeros((len(v["time"]), 3, 3))
    matrix[:, 0, 0], matrix[:, 0, 1], matrix[:, 0, 2] = -v["fatigue_x"], v["reaction_x"], v["grievance_x"]
    matrix[:, 1, 0], matrix[:, 1, 1], matrix[:, 1, 2] = v["reaction_y"], -v["fatigue_y"], v["grievance_y"]
    step = exponential(matrix * (v["time"] / steps)[:, None, None])
    x, y = {"0": v["start_x"]}, {"0": v["start_y"]}
    for n in range(steps):
        now_x, now_y = x[str(n)], y[str(n)]
        x[str(n + 1)] = step[:, 0, 0] * now_x + step[:, 0, 1] * now_y + step[:, 0, 2]
        y[str(n + 1)] = step[:, 1, 0] * now_x + step[:, 1, 1] * now_y + step[:, 1, 2]
    return x, y


def by_numbers(v: Values) -> Found:
    """Equilibrium by linear equations, eigenvalues by LAPACK, the end by scipy's matrix exponential, the fit by `lstsq`."""
    return each_point(lambda at: _numbers(at, intervals(v)))(v)


def _numbers(at: dict[str, Any], years: list[str]) -> dict[str, Any]:
    from scipy.linalg import expm

    matrix = np.array([[-at["fatigue_x"], at["reaction_x"]], [at["reaction_y"], -at["fatigue_y"]]])
    forcing = np.array([at["grievance_x"], at["grievance_y"]])
    whole = np.linalg.matrix_rank(matrix) == 2
    x, y = np.linalg.solve(matrix, -forcing) if whole else (np.nan, np.nan)
    roots = sorted(np.linalg.eigvals(matrix), key=lambda root: -root.real)
    big = np.zeros((3, 3))
    big[:2, :2], big[:2, 2] = matrix, forcing
    end = expm(big * at["time"]) @ np.array([at["start_x"], at["start_y"], 1.0])
    total = at["spending_x"] + at["spending_y"]
    middle, rise = (total[1:] + total[:-1]) / 2, np.diff(total)
    design = np.column_stack([middle, np.ones(len(middle))])
    (slope, intercept), *_ = np.linalg.lstsq(design, rise, rcond=None)
    return {
        "equilibrium_x": x,
        "equilibrium_y": y,
        "growth_rate": float(roots[0].real),
        "second_rate": float(roots[1].real),
        "final_x": end[0],
        "final_y": end[1],
        "slope": slope,
        "intercept": intercept,
        "standstill": -intercept / slope,
        "r_squared": np.corrcoef(middle, rise)[0, 1] ** 2,
        "fitted_increment": dict(zip(years, design @ np.array([slope, intercept]), strict=True)),
    }


def by_integration(v: Values) -> Found:
    """The end of the trajectory by scipy's adaptive integration of (1)."""
    return each_point(_integrated)(v)


def _integrated(at: dict[str, Any]) -> dict[str, float]:
    from scipy.integrate import solve_ivp

    def motion(_: float, z: np.ndarray) -> list[float]:
        return [
            at["reaction_x"] * z[1] - at["fatigue_x"] * z[0] + at["grievance_x"],
            at["reaction_y"] * z[0] - at["fatigue_y"] * z[1] + at["grievance_y"],
        ]

    run = solve_ivp(motion, (0, at["time"]), [at["start_x"], at["start_y"]], method="DOP853", rtol=1e-11, atol=1e-11)
    return {"final_x": run.y[0, -1], "final_y": run.y[1, -1]}


def _answers() -> tuple[Answer, ...]:
    race = {"fatigue_x": 0.9, "fatigue_y": 1.1, "reaction_x": 0.8, "reaction_y": 0.7, "grievance_x": 2.0, "grievance_y": 1.0}
    told = {**race, "start_x": 1.0, "start_y": 1.0, "time": 5.0}
    by_hand = "equations (2) and (3) by hand"
    least_squares = "equation (7) on the remembered series; by hand and with numpy"
    substitute = "equation (7) on the Correlates of War series; with numpy"
    return (
        Answer(told, "equilibrium_x", 6.976744, 5e-7, "derived", by_hand),
        Answer(told, "equilibrium_y", 5.348837, 5e-7, "derived", by_hand),
        Answer(told, "growth_rate", -0.245, 5e-4, "derived", by_hand),
        Answer(told, "second_rate", -1.755, 5e-4, "derived", by_hand),
        Answer(told, "final_x", 5.305867, 5e-7, "derived", "equation (4), matrix exponential and numerical integration"),
        Answer(told, "final_y", 3.980925, 5e-7, "derived", "equation (4), matrix exponential and numerical integration"),
        Answer({}, "slope", 0.7310, 5e-5, "derived", least_squares),
        Answer({}, "standstill", 194.91, 5e-3, "derived", least_squares),
        Answer({}, "r_squared", 0.999097, 5e-7, "derived", least_squares),
        Answer({}, "slope", 0.73, 5e-3, "remembered", "Richardson's printed slope; his page was not read"),
        Answer({}, "standstill", 194.0, 1.0, "remembered", "Richardson's printed 194 million pounds; his page was not read"),
        Answer(SUBSTITUTE, "slope", 0.83, 5e-3, "derived", substitute),
        Answer(SUBSTITUTE, "intercept", -157.0, 0.5, "derived", substitute),
    )


SINGULAR: Final = "There is no single equilibrium: a b = k l."
RATE: Final = Number(unit="per year")

RICHARDSON: Final = Model(
    name="richardson",
    label="A9",
    title="Richardson's arms race, and his fit to 1909-13",
    question="Does an arms race settle or run away, and which did the years before 1914 look like?",
    citation=CITATION,
    parameters=(
        Key("fatigue_x", RATE, "a: x is reduced by this share of itself a year.", 0.9),
        Key("fatigue_y", RATE, "b: y is reduced by this share of itself a year.", 1.1),
        Key("reaction_x", RATE, "k: what x adds a year for each unit of y.", 0.8),
        Key("reaction_y", RATE, "l: what y adds a year for each unit of x.", 0.7),
        Key("grievance_x", Number(unit="arms per year"), "g: what x adds a year in any case.", 2.0),
        Key("grievance_y", Number(unit="arms per year"), "h: what y adds a year in any case.", 1.0),
        Key("start_x", Number(unit="arms"), "x at the start.", 1.0),
        Key("start_y", Number(unit="arms"), "y at the start.", 1.0),
        Key("time", nonnegative("years"), "t: the end of the trajectory.", 5.0),
        Key("steps", Whole(1, 1000), "Steps of the trajectory.", 20, structure=True),
        Key("portrait_range", positive("arms"), "Largest x on the nullclines.", 12.0),
        Key("spending_x", ListOf(Number(unit="million GBP"), 3), "Yearly spending of side x: France and Russia.", ENTENTE),
        Key("spending_y", ListOf(Number(unit="million GBP"), 3), "Same of side y: Germany and Austria-Hungary.", ALLIANCE),
        Key("first_year", Whole(0, 9999), "The first year of both series.", 1909, structure=True),
    ),
    symbols={
        "a": "fatigue_x",
        "b": "fatigue_y",
        "k": "reaction_x",
        "l": "reaction_y",
        "g": "grievance_x",
        "h": "grievance_y",
        "t": "time",
    },
    outcomes=(
        Outcome("equilibrium_x", "arms", "x* (2).", undefined=SINGULAR),
        Outcome("equilibrium_y", "arms", "y* (2).", undefined=SINGULAR),
        Outcome("growth_rate", "per year", "Largest real part of the eigenvalues (3)."),
        Outcome("second_rate", "per year", "The other real part."),
        Outcome("rotation", "per year", "Imaginary part of the eigenvalues; 0 if both are real."),
        Outcome("stable", "", "1 if all motion dies down (3), else 0."),
        Outcome("kind", "", "What the equilibrium is: only an attractor is where the race goes.", words=KINDS_OF_RACE),
        Outcome("excess", "arms", "How far the start lies above the threshold (6).", undefined=f"{SINGULAR} Or the race turns."),
        Outcome("fate", "", "Where the race goes from the start (6).", words=FATES, undefined=SINGULAR),
        Outcome("final_x", "arms", "x at time t (4).", undefined="The race has run beyond what numbers can hold."),
        Outcome("final_y", "arms", "y at time t (4).", undefined="The race has run beyond what numbers can hold."),
        Outcome("path_x", "arms", "x after each step.", "step", undefined="The race has run beyond what numbers can hold."),
        Outcome("path_y", "arms", "y after each step.", "step", undefined="The race has run beyond what numbers can hold."),
        Outcome("line", "arms", "The x at which the nullclines are given.", "point"),
        Outcome("nullcline_x", "arms", "y at which x stands still (5).", "point", undefined="x does not react to y."),
        Outcome("nullcline_y", "arms", "y at which y stands still (5).", "point", undefined="y has no fatigue."),
        *FIT_OUTCOMES,
        Outcome(
            "x_intercept",
            "million GBP",
            "Where the fitted line crosses the axis of total spending (7): Richardson's intercept, the same as standstill; "
            "intercept is where it crosses the other axis.",
            undefined=f"{FLAT} Or the line is level.",
        ),
    ),
    premises=(Premise("series of one length", lambda v: v["spending_x"].shape == v["spending_y"].shape),),
    solve=solve,
    ways=(Way("linear algebra of numpy and scipy", by_numbers), Way("adaptive integration", by_integration)),
    caveats=(
        "The default series is remembered, not checked against Richardson's page; that of the Correlates of War gives 0.83.",
        "Self-stimulation explains 1907-14 as well (abstract of Complete Solution to Richardson's Arms Race Equations); in both "
        "series here it explains more than reaction to the rival does: self_r_squared and rival_r_squared.",
        "Four increments: the share explained says next to nothing.",
        "With a positive slope the standstill is a threshold, not an attractor: above it spending runs away, below it falls.",
        "Increments are regressed on mid-year totals, not on those at the start of the year.",
    ),
    answers=_answers(),
)

MODELS: Final = (RICHARDSON,)
