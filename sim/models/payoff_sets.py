"""The payoffs that a repeated game of two players can have in equilibrium.

A finite game is repeated for ever with discount factor delta in [0, 1), perfect monitoring, pure actions, and a public random
device before every period.  Payoffs are normalised by 1 - delta.  g(a) are the payoffs of profile a, h_i(a) is what player i
gains at most by deviating from it once, w_i the least payoff of i in the set W; c_i(a) = w_i + (1 - delta) / delta h_i(a).

(1) enforced by        Q(a, W) = {w in W: w_i >= c_i(a) for both i}
(2) APS operator       B(W) = convex hull of the union over a of {(1 - delta) g(a) + delta w: w in Q(a, W)}
(3) answer             V, the largest set with V = B(V), is the set of equilibrium payoffs: the limit of B from all payoffs
(4) faster operator    R(W): as B(W), but a profile with g_i(a) >= c_i(a) for both i gives only the point g(a), and the others
                       only what comes of the extreme points of Q(a, W) at which (1) binds
(5) threshold          a can be played for ever iff g_i(a) >= c_i(a) for both i, with w_i of V; V grows with delta, so that there
                       is a least such delta
(6) grim               where a stage equilibrium gives both their pure minmax m_i: delta* = max_i h_i / (h_i + g_i - m_i)

V may be a polygon, a segment, a point, or empty.  Vertices are listed counterclockwise from the one worst for the row player.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any, Final

import numpy as np

from sim.declare import Key, ListOf, Number, Whole
from sim.models.model import Answer, Model, Outcome, Premise, Way, each_point

CITATION: Final = (
    "Abreu, Pearce and Stacchetti, Toward a theory of discounted repeated games, Econometrica 58 (1990) 1041-1063.",
    "Abreu and Sannikov, An algorithm for two-player repeated games with perfect monitoring, Theor. Econ. 9 (2014) 313-338.",
)

SHAPES: Final = ("empty", "point", "segment", "polygon")
ROUNDS: Final = 5_000
"""The operators are applied at most so often: enough for discount factors up to 0.99, and for most games far beyond."""
NEAR: Final = 1e-9
"""Slack of (1), as a share of the spread of the payoffs."""
SAME: Final = 1e-10
"""Vertices this close to each other, or to the line between their neighbours, are dropped; the same share."""
SETTLED: Final = 1e-13
"""The operators are applied until no vertex moves by more; the same share."""
PATIENT: Final = 0.9999
"""Thresholds are looked for below this discount factor."""

Point = tuple[float, float]
Polygon = list[Point]
"""Vertices counterclockwise, none on the line between its neighbours; one for a point, two for a segment."""
Profiles = tuple[tuple[float, float, float, float], ...]
"""(g_1, g_2, h_1, h_2) of every profile, row by row."""


def profiles(row_payoffs: np.ndarray, column_payoffs: np.ndarray) -> Profiles:
    """Payoffs and gains from deviating of all profiles."""
    gain_1 = row_payoffs.max(axis=0, keepdims=True) - row_payoffs
    gain_2 = column_payoffs.max(axis=1, keepdims=True) - column_payoffs
    columns = (row_payoffs, column_payoffs, gain_1, gain_2)
    return tuple((float(a), float(b), float(c), float(d)) for a, b, c, d in zip(*(x.ravel() for x in columns), strict=True))


def spread(game: Profiles) -> float:
    """The largest difference of payoffs of a player; 1 if all are equal."""
    return max(max(one[k] for one in game) - min(one[k] for one in game) for k in (0, 1)) or 1.0


def hull(points: list[Point], near: float) -> Polygon:
    """The convex hull, counterclockwise from the leftmost lowest; points `near` each other or an edge go."""
    distinct: list[Point] = []
    for p in sorted(points):
        if all(abs(p[0] - q[0]) > near or abs(p[1] - q[1]) > near for q in distinct):
            distinct.append(p)
    if len(distinct) <= 1:
        return distinct
    ring = _chain(distinct)[:-1] + _chain(distinct[::-1])[:-1]
    while len(ring) > 2:
        flat = [k for k in range(len(ring)) if _aside(ring[k - 1], ring[k], ring[(k + 1) % len(ring)]) <= near]
        if not flat:
            break
        del ring[flat[0]]
    left = min(p[0] for p in ring)
    first = min((p[1], k) for k, p in enumerate(ring) if p[0] <= left + near)[1]
    return ring[first:] + ring[:first]


def _chain(points: list[Point]) -> list[Point]:
    """Half a hull: from the first point to the last, turning left."""
    out: list[Point] = []
    for p in points:
        while len(out) > 1 and _across(out[-2], out[-1], p) <= 0:
            out.pop()
        out.append(p)
    return out


def _across(a: Point, b: Point, c: Point) -> float:
    return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])


def _aside(a: Point, b: Point, c: Point) -> float:
    """How far b is from the segment from a to c."""
    dx, dy = c[0] - a[0], c[1] - a[1]
    share = ((b[0] - a[0]) * dx + (b[1] - a[1]) * dy) / (dx * dx + dy * dy)
    share = min(max(share, 0.0), 1.0)
    return float(np.hypot(b[0] - a[0] - share * dx, b[1] - a[1] - share * dy))


def above(polygon: Polygon, axis: int, bound: float, near: float) -> list[Point]:
    """The corners of the part of a convex set where a coordinate reaches a bound; what lacks up to `near` is moved onto it."""
    out: list[Point] = []
    for k, p in enumerate(polygon):
        q = polygon[(k + 1) % len(polygon)]
        if p[axis] >= bound - near:
            out.append(p if p[axis] >= bound else (bound, p[1]) if axis == 0 else (p[0], bound))
        if (p[axis] - bound) * (q[axis] - bound) < 0 and min(abs(p[axis] - bound), abs(q[axis] - bound)) > near:
            share = (bound - p[axis]) / (q[axis] - p[axis])
            cut = (p[0] + share * (q[0] - p[0]), p[1] + share * (q[1] - p[1]))
            out.append((bound, cut[1]) if axis == 0 else (cut[0], bound))
    return out


def minmax(game: Profiles) -> Point:
    """The pure minmax of both: g_i + h_i is the best answer to the other's action."""
    best = [(one[0] + one[2], one[1] + one[3]) for one in game]
    return min(x for x, _ in best), min(y for _, y in best)


def bounds(profile: tuple[float, float, float, float], worst: Point, delta: float) -> Point:
    """The least continuation payoffs that enforce a profile (1)."""
    need = [0.0 if gain == 0 else np.inf if delta == 0 else (1 - delta) / delta * gain for gain in profile[2:]]
    return worst[0] + need[0], worst[1] + need[1]


def operator(game: Profiles, W: Polygon, worst: Point, delta: float, fast: bool, near: float) -> list[Point]:
    """The corners of R(W) (4), or of B(W) (2) if not fast, with repetitions."""
    out: list[Point] = []
    for profile in game:
        low = bounds(profile, worst, delta)
        if fast and profile[0] >= low[0] - near and profile[1] >= low[1] - near:
            out.append((profile[0], profile[1]))
            continue
        reach = above(hull(above(W, 0, low[0], near), 0.0), 1, low[1], near) if W and np.inf not in low else []
        if fast:
            reach = [w for w in reach if abs(w[0] - low[0]) <= 2 * near or abs(w[1] - low[1]) <= 2 * near]
        out += [((1 - delta) * profile[0] + delta * w[0], (1 - delta) * profile[1] + delta * w[1]) for w in reach]
    return out


def payoff_set(game: Profiles, delta: float, fast: bool = True, which: int | None = None) -> tuple[Polygon, Point]:
    """V and its least payoffs, by (4) or by (2); if V is empty, infinite ones, and if it has not settled after `ROUNDS`, nan.

    Given a profile, it ends as soon as that can no longer be sustained: the least payoffs only rise.
    """
    size = spread(game)
    W = hull([one[:2] for one in game], SAME * size)
    worst = minmax(game)
    for _ in range(ROUNDS):
        new = hull(operator(game, W, worst, delta, fast, NEAR * size), SAME * size)
        if not new:
            return [], (np.inf, np.inf)
        least = _worst(new)
        least = max(worst[0], least[0]), max(worst[1], least[1])
        moved = max((abs(p[k] - q[k]) for p, q in zip(new, W, strict=False) for k in (0, 1)), default=0.0)
        moved = max(moved, abs(least[0] - worst[0]), abs(least[1] - worst[1]))
        settled = len(new) == len(W) and moved <= SETTLED * size
        W, worst = new, least
        if settled:
            return W, worst
        if which is not None and not sustained(game, which, delta, worst):
            break
    return [], (np.nan, np.nan)


def _worst(points: list[Point]) -> Point:
    return min(p[0] for p in points), min(p[1] for p in points)


def sustained(game: Profiles, which: int, delta: float, worst: Point) -> bool:
    """Whether a profile can be played for ever (5)."""
    low, slack = bounds(game[which], worst, delta), NEAR * spread(game)
    return bool(game[which][0] >= low[0] - slack and game[which][1] >= low[1] - slack)


@lru_cache(maxsize=1024)
def threshold(game: Profiles, which: int) -> float:
    """The least delta from which a profile can be played for ever (5), by bisection; nan if there is none below 1."""
    if max(game[which][2:]) == 0:
        return 0.0
    low, high = 0.0, PATIENT
    if not sustained(game, which, high, minmax(game)) or not sustained(game, which, high, payoff_set(game, high, which=which)[1]):
        return np.nan
    while high - low > 1e-12:
        middle = (low + high) / 2
        if sustained(game, which, middle, payoff_set(game, middle, which=which)[1]):
            high = middle
        else:
            low = middle
    return high


def _solved(v: dict[str, Any], fast: bool = True) -> dict[str, Any]:
    rows, columns, delta = v["row_payoffs"], v["column_payoffs"], float(v["discount_factor"])
    game = profiles(rows, columns)
    V, worst = payoff_set(game, delta, fast)
    x, y = np.array(V).reshape(-1, 2).T
    area = float(np.dot(x, np.roll(y, -1)) - np.dot(y, np.roll(x, -1))) / 2 if len(V) > 2 else 0.0
    which, unsettled = _chosen(v), bool(np.isnan(worst[0]))
    return {
        "payoff_1": {str(k + 1): p[0] for k, p in enumerate(V)},
        "payoff_2": {str(k + 1): p[1] for k, p in enumerate(V)},
        "shape": np.nan if unsettled else float(min(len(V), 3)),
        "number_of_vertices": np.nan if unsettled else float(len(V)),
        "area": area if V else np.nan,
        "worst_1": worst[0],
        "worst_2": worst[1],
        "best_1": max((p[0] for p in V), default=np.nan),
        "best_2": max((p[1] for p in V), default=np.nan),
        "best_sum": max((p[0] + p[1] for p in V), default=np.nan),
        "profile_sustained": np.nan if which is None or unsettled else float(bool(V) and sustained(game, which, delta, worst)),
        "critical_discount_factor": np.nan if which is None or not fast else threshold(game, which),
    }


def _chosen(v: dict[str, Any]) -> int | None:
    """The number of the chosen profile; None if the game has no such actions."""
    n, m = v["row_payoffs"].shape
    return (v["row"] - 1) * m + v["column"] - 1 if v["row"] <= n and v["column"] <= m else None


def _by_aps(v: dict[str, Any]) -> dict[str, Any]:
    found = _solved(v, fast=False)
    return {name: x for name, x in found.items() if name != "critical_discount_factor"}


def _grim(v: dict[str, Any]) -> dict[str, Any]:
    """Equation (6); nan where no stage equilibrium gives both their pure minmax."""
    rows, columns = v["row_payoffs"], v["column_payoffs"]
    game, which = profiles(rows, columns), _chosen(v)
    held = float(rows.max(axis=0).min()), float(columns.max(axis=1).min())
    severe = any(max(one[2:]) == 0 and one[:2] == held for one in game)
    if which is None or not severe:
        return {"critical_discount_factor": np.nan}
    payoff, gain = game[which][:2], game[which][2:]
    if any(h > 0 and g <= m for g, h, m in zip(payoff, gain, held, strict=True)):
        return {"critical_discount_factor": np.nan}
    return {
        "critical_discount_factor": max(h / (h + g - m) if h > 0 else 0.0 for g, h, m in zip(payoff, gain, held, strict=True))
    }


SANNIKOV: Final = {
    "row_payoffs": [[16.0, 3.0, 0.0], [21.0, 10.0, -1.0], [9.0, 5.0, -5.0]],
    "column_payoffs": [[9.0, 13.0, 3.0], [1.0, 4.0, 0.0], [0.0, -4.0, -15.0]],
    "discount_factor": 0.3,
}


def _answers() -> tuple[Answer, ...]:
    out: list[Answer] = []
    dilemma = "tests of GameTheory.jl and QuantEcon.py (prisoner's dilemma)"
    for delta in (0.75, 0.9):
        for k, (first, second) in enumerate(((3, 3), (9.75, 3), (9, 9), (3, 9.75))):
            out.append(Answer({"discount_factor": delta}, "payoff_1", first, 1e-9, "confirmed", dilemma, str(k + 1)))
            out.append(Answer({"discount_factor": delta}, "payoff_2", second, 1e-9, "confirmed", dilemma, str(k + 1)))
        out.append(Answer({"discount_factor": delta}, "number_of_vertices", 4, 0.0, "confirmed", dilemma))
    printed = (
        (1.12568240, 2.8),
        (7.33770472, 0.0),
        (7.86308964, 0.0),
        (19.7917977, 2.8),
        (15.5630896, 9.1),
        (7.33770472, 10.9826253),
    )
    example = "tests of QuantEcon.py: example from Abreu and Sannikov (2014)"
    for k, (first, second) in enumerate(printed):
        out.append(Answer(SANNIKOV, "payoff_1", first, 5e-8 * 10 ** (first >= 10), "confirmed", example, str(k + 1)))
        out.append(Answer(SANNIKOV, "payoff_2", second, 5e-8 * 10 ** (second >= 10), "confirmed", example, str(k + 1)))
    low = {"discount_factor": 0.1}
    out += [
        Answer({}, "critical_discount_factor", 1 / 7, 1e-9, "derived", "equation (6): (10 - 9) / (10 - 3)"),
        Answer({"discount_factor": 0.15}, "profile_sustained", 1, 0.0, "derived", "equation (5), 0.15 > 1/7"),
        Answer(low, "profile_sustained", 0, 0.0, "derived", "equation (5), 0.1 < 1/7"),
        Answer(low, "shape", 1, 0.0, "derived", "equations (1) to (3): mutual arming only"),
        Answer(low, "payoff_1", 3, 1e-9, "derived", "the stage equilibrium", "1"),
        Answer(low, "payoff_2", 3, 1e-9, "derived", "the stage equilibrium", "1"),
    ]
    return tuple(out)


UNSETTLED: Final = f"The set has not settled after {ROUNDS:,} rounds."
EMPTY: Final = f"The game has no equilibrium in pure strategies at this discount factor. Or: {UNSETTLED}"
NO_ACTION: Final = f"The game has no such row or column. Or: {UNSETTLED}"


def _payoffs(name: str, text: str, default: list[list[float]]) -> Key:
    return Key(name, ListOf(ListOf(Number(unit="payoff"), least=1), least=1), text, default)


PAYOFF_SETS: Final = Model(
    name="payoff_sets",
    label="B2",
    title="The equilibrium payoffs of a repeated game",
    question="Which payoffs can two states sustain by threats alone, and how patient must they be for mutual restraint?",
    citation=CITATION,
    parameters=(
        _payoffs("row_payoffs", "Payoffs of the row player, [row][column].", [[9.0, 1.0], [10.0, 3.0]]),
        _payoffs("column_payoffs", "Payoffs of the column player, [row][column].", [[9.0, 10.0], [1.0, 3.0]]),
        Key("discount_factor", Number(0.0, 1.0), "delta: weight of the next period; below 1.", 0.75),
        Key("row", Whole(1), "Row of the profile whose threshold is asked for.", 1, structure=True),
        Key("column", Whole(1), "Column of the profile whose threshold is asked for.", 1, structure=True),
    ),
    symbols={"delta": "discount_factor", "d": "discount_factor", "g_1": "row_payoffs", "g_2": "column_payoffs"},
    outcomes=(
        Outcome("payoff_1", "payoff", "Payoff of the row player at each vertex of V (3).", index="vertex", undefined=EMPTY),
        Outcome("payoff_2", "payoff", "Payoff of the column player at each vertex of V (3).", index="vertex", undefined=EMPTY),
        Outcome("shape", "", "What V is.", words=SHAPES, undefined=UNSETTLED),
        Outcome("number_of_vertices", "vertices", "How many vertices V has; 0 if it is empty.", undefined=UNSETTLED),
        Outcome("area", "payoff squared", "The area of V; 0 for a point or a segment.", undefined=EMPTY),
        Outcome("worst_1", "payoff", "The least equilibrium payoff of the row player: its worst punishment.", undefined=EMPTY),
        Outcome("worst_2", "payoff", "The least equilibrium payoff of the column player: its worst punishment.", undefined=EMPTY),
        Outcome("best_1", "payoff", "The greatest equilibrium payoff of the row player.", undefined=EMPTY),
        Outcome("best_2", "payoff", "The greatest equilibrium payoff of the column player.", undefined=EMPTY),
        Outcome("best_sum", "payoff", "The greatest sum of equilibrium payoffs.", undefined=EMPTY),
        Outcome("profile_sustained", "", "1 if the chosen profile can be played for ever (5), else 0.", undefined=NO_ACTION),
        Outcome(
            "critical_discount_factor",
            "",
            "The least discount factor at which the chosen profile can be played for ever (5).",
            undefined=f"No discount factor up to {PATIENT} sustains the profile. Or: {NO_ACTION}",
        ),
    ),
    premises=(
        Premise("a discount factor below 1", lambda v: v["discount_factor"] < 1),
        Premise(
            "payoffs of both players for the same rows and columns",
            lambda v: v["row_payoffs"].shape[1:] == v["column_payoffs"].shape[1:],
        ),
    ),
    solve=each_point(_solved),
    ways=(Way("the APS operator (2)", each_point(_by_aps)), Way("grim punishment in closed form (6)", each_point(_grim))),
    caveats=(
        "Pure actions, perfect monitoring, and a public random device; without one the set may be smaller.",
        f"Sets that have not settled after {ROUNDS:,} rounds, which may happen at discount factors beyond 0.99, are not told.",
        "Vertices on the line between two others are dropped, which matters when comparing with other programs.",
    ),
    answers=_answers(),
)

MODELS: Final = (PAYOFF_SETS,)
