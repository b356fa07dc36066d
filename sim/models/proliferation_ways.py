"""Second ways to proliferation over rivalries: all statuses at once, counts on complete graphs, and drawn histories.

The equations are numbered in sim/models/proliferation.py.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from typing import Any, Final, NamedTuple

import numpy as np

from sim.models.model import Estimate, Values, each_point, points

SMALL: Final = 6
"""States up to which all statuses are listed."""
DRAWS: Final = 4000


class Rates(NamedTuple):
    """The numbers of one point; `base`, `contagion` and `stop` as they enter the rates of one state."""

    start: np.ndarray
    adjacent: np.ndarray
    base: float
    contagion: float
    pursuer_weight: float
    success: float
    stop: float
    give_up: float
    quiet: float
    single: float
    nuclear: float


def links(states: list[str], edges: list[list[str]]) -> np.ndarray:
    """Who is whose rival, a symmetric (n, n) of 0 and 1."""
    place = {name: k for k, name in enumerate(states)}
    out = np.zeros((len(states), len(states)), int)
    for one, other in edges:
        out[place[one], place[other]] = out[place[other], place[one]] = 1
    return out


def rates_at(at: Mapping[str, Any]) -> Rates:
    """The rates of equations (1) to (3)."""
    start = np.asarray(at["start"], float).astype(int)
    let = 1 - at["norm"]
    return Rates(
        start=start,
        adjacent=links(at["states"], at["edges"]),
        base=let * at["world_rate"] / max(int((start < 2).sum()), 1),
        contagion=let * at["contagion"] * at["race_intensity"],
        pursuer_weight=float(at["pursuer_weight"]),
        success=float(at["success"]),
        stop=at["abandonment"] - at["stopping"] * np.log1p(-at["detection"]),
        give_up=float(at["give_up"]),
        quiet=float(at["quiet_crises"]),
        single=float(at["single_crises"]),
        nuclear=float(at["nuclear_crises"]),
    )


def named(x: Mapping[str, Any]) -> dict[str, Any]:
    """The outcomes, from rows by year (`possessors`, `pursuing`, `one`, `both`, `crisis_rate`, `onsets`) and the rest."""

    def by_year(row: Any) -> dict[str, Any]:
        return {str(t): value for t, value in enumerate(row)}

    def series(**rows: Any) -> dict[str, Any]:
        return {f"{name.replace('_', ' ')}:{t}": value for name, row in rows.items() for t, value in enumerate(row)}

    return {
        "count": series(possessors=x["possessors"], pursuing=x["pursuing"]),
        "dyads": series(one_possesses=x["one"], both_possess=x["both"]),
        "crisis_rate": by_year(x["crisis_rate"]),
        "onsets": by_year(x["onsets"]),
        "crises": x["crises"],
        "possessors_law": by_year(x["law"]),
        "more_possessors": x["more"],
    }


@each_point
def by_exponential(at: dict[str, Any]) -> dict[str, Any]:
    """All statuses of all states, up to six: the exponential of the whole generator, with integrals as further rows."""
    from scipy.linalg import expm

    r, years = rates_at(at), int(at["years"])
    n = len(r.start)
    if n > SMALL:
        return {"more_possessors": np.nan}
    statuses = list(itertools.product(range(3), repeat=n))
    place = {status: k for k, status in enumerate(statuses)}
    size = len(statuses)
    edges = [(i, j) for i in range(n) for j in range(i) if r.adjacent[i, j]]
    told = np.zeros((size, 6))  # possessors, pursuing, one, both, crisis rate, onset rate
    generator = np.zeros((size + 2, size + 2))
    for status, k in place.items():
        for i in range(n):
            rivals = [status[j] for j in range(n) if r.adjacent[i, j]]
            pull = r.base + r.contagion * (rivals.count(2) + r.pursuer_weight * rivals.count(1))
            moves = {0: [(1, pull)], 1: [(2, r.success), (0, r.stop)], 2: [(0, r.give_up)]}[status[i]]
            told[k, 5] += pull if status[i] == 0 else 0.0
            for new, rate in moves:
                generator[place[(*status[:i], new, *status[i + 1 :])], k] += rate
                generator[k, k] -= rate
        pairs = [(status[i] == 2) + (status[j] == 2) for i, j in edges]
        told[k, :5] = [status.count(2), status.count(1), pairs.count(1), pairs.count(2), 0.0]
        told[k, 4] = r.quiet * pairs.count(0) + r.single * pairs.count(1) + r.nuclear * pairs.count(2)
    generator[size, :size], generator[size + 1, :size] = told[:, 5], told[:, 4]
    step = expm(generator)
    law = np.zeros(size + 2)
    law[place[tuple(int(x) for x in r.start)]] = 1.0
    rows = [law]
    for _ in range(years):
        rows.append(step @ rows[-1])
    path = np.array(rows)
    means = path[:, :size] @ told
    numbers = [path[-1, :size][told[:, 0] == k].sum() for k in range(n + 1)]
    x = dict(zip(("possessors", "pursuing", "one", "both", "crisis_rate"), means.T, strict=False))
    more = sum(numbers[int((r.start == 2).sum()) + 1 :])
    return named({**x, "onsets": path[:, size], "crises": path[-1, size + 1], "law": numbers, "more": more})


@each_point
def by_counts(at: dict[str, Any]) -> dict[str, Any]:
    """On a complete graph only the numbers of pursuers and possessors count: their chain, by the exponential of its generator."""
    from scipy.linalg import expm

    r, years = rates_at(at), int(at["years"])
    n = len(r.start)
    if (r.adjacent + np.eye(n) != 1).any() or n > 20:
        return {"more_possessors": np.nan}
    place = {(one, two): 0 for one in range(n + 1) for two in range(n + 1 - one)}
    place = {key: k for k, key in enumerate(place)}
    generator = np.zeros((len(place) + 1, len(place) + 1))
    for (one, two), k in place.items():
        none = n - one - two
        begin = none * (r.base + r.contagion * (two + r.pursuer_weight * one))
        moves = [((one + 1, two), begin), ((one - 1, two + 1), one * r.success), ((one - 1, two), one * r.stop)]
        for key, rate in [*moves, ((one, two - 1), two * r.give_up)]:
            if rate > 0:
                generator[place[key], k] += rate
                generator[k, k] -= rate
        generator[-1, k] = begin
    law = np.zeros(len(place) + 1)
    law[place[int((r.start == 1).sum()), int((r.start == 2).sum())]] = 1.0
    step, rows = expm(generator), [law]
    for _ in range(years):
        rows.append(step @ rows[-1])
    path = np.array(rows)
    one, two = np.array(list(place)).T
    after, told = path[:, :-1], {}
    told["possessors"], told["pursuing"] = after @ two, after @ one
    told["one"], told["both"] = after @ (two * (n - two)), after @ (two * (two - 1) / 2)
    edges = n * (n - 1) / 2
    rate = r.quiet * (edges - told["one"] - told["both"]) + r.single * told["one"] + r.nuclear * told["both"]
    law = [after[-1][two == k].sum() for k in range(n + 1)]
    more = sum(law[int((r.start == 2).sum()) + 1 :])
    found = named({**told, "crisis_rate": rate, "onsets": path[:, -1], "crises": np.nan, "law": law, "more": more})
    return {name: x for name, x in found.items() if name != "crises"}


def by_drawing(v: Values, *, rng: np.random.Generator) -> dict[str, Any]:
    """Drawn histories."""
    return _estimates(v, DRAWS, lambda point: rng)


def simulate(v: Values, replicates: int, seed: int) -> Mapping[str, Any]:
    """All outcomes by simulation, for graphs of any size; points share their random numbers, which depend on the seed alone."""
    return _estimates(v, replicates, lambda point: np.random.default_rng([seed, 7]))


def _estimates(v: Values, size: int, rng: Any) -> dict[str, Any]:
    rows = []
    for point in range(points(v)):
        at = {k: x[point] if isinstance(x, np.ndarray) else x for k, x in v.items()}
        rows.append(_drawn(rates_at(at), int(at["years"]), size, rng(point)))
    return {name: _column([row[name] for row in rows]) for name in rows[0]}


def _column(cells: list[Any]) -> Any:
    if isinstance(cells[0], dict):
        return {entry: _column([cell[entry] for cell in cells]) for entry in cells[0]}
    return Estimate(np.array([x.mean() for x in cells]), np.array([_error(x) for x in cells]))


def _error(x: np.ndarray) -> float:
    """Standard error of a mean of histories; where nothing varies, that of one history of all."""
    return float(np.sqrt(max(x.var(ddof=1), 1 / len(x)) / len(x)))


def _drawn(r: Rates, years: int, size: int, rng: np.random.Generator) -> dict[str, Any]:
    """`size` histories side by side: at each turn, in each of them, the next change of some state's status."""
    n = len(r.start)
    status = np.tile(r.start, (size, 1))
    now, onsets, crises = np.zeros(size), np.zeros(size), np.zeros(size)
    seen = np.zeros((6, years + 1, size))
    edges, grid = r.adjacent.sum() / 2, np.arange(years + 1)[:, None]
    while (now <= years).any():
        has, pursues = status == 2, status == 1
        pull = r.base + r.contagion * (has @ r.adjacent + r.pursuer_weight * (pursues @ r.adjacent))
        rate = np.concatenate([pull * (status == 0), pursues * r.success, pursues * r.stop, has * r.give_up], axis=1)
        upto = rate.cumsum(axis=1)
        total = upto[:, -1]
        wait, draw = rng.exponential(size=size), rng.random(size)
        after = now + np.where(total > 0, wait / np.where(total > 0, total, 1.0), np.inf)
        both = ((has @ r.adjacent) * has).sum(axis=1) / 2
        one = (has @ r.adjacent).sum(axis=1) - 2 * both
        crisis = r.quiet * (edges - one - both) + r.single * one + r.nuclear * both
        during = (grid >= now) & (grid < after)
        for k, value in enumerate((has.sum(axis=1), pursues.sum(axis=1), one, both, crisis, onsets)):
            seen[k] = np.where(during, value, seen[k])
        crises += crisis * np.maximum(np.minimum(after, years) - now, 0.0)
        now = after
        live = now <= years
        kind, who = np.divmod((upto <= (draw * total)[:, None]).sum(axis=1), n)
        rows = np.flatnonzero(live)
        status[rows, who[live]] = np.array([1, 2, 0, 0, 0])[kind[live]]
        onsets += live & (kind == 0)
    names = ("possessors", "pursuing", "one", "both", "crisis_rate", "onsets")
    law = (seen[0, -1] == np.arange(n + 1)[:, None]).astype(float)
    more = (seen[0, -1] > (r.start == 2).sum()).astype(float)
    return named({**dict(zip(names, seen, strict=True)), "crises": crises, "law": law, "more": more})
