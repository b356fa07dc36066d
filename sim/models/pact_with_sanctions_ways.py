"""Second ways to the pact with sanctions: a chain listed state by state, and drawn histories of single players.

The equations are numbered in sim/models/pact_with_sanctions.py; both ways write them again, from the point of view of one player.
"""

from __future__ import annotations

import math
from typing import Any, Final

import numpy as np

from sim.models.model import Estimate, Values, each_point, points

HISTORIES: Final = 4000
WHO: Final = ("signatories", "possessors inside", "possessors outside", "possessors")
"""Who is counted."""
CLEAN, HIDING, OUT, ARMED = range(4)
"""Signatory without, signatory with, outsider without, outsider with the weapon."""


def _rates(at: dict[str, Any], force: bool, counts: tuple[int, ...]) -> dict[tuple[int, int], float]:
    """The rate of one player's move from one status to another, as {(from, to): rate}."""
    n, signed = sum(counts), counts[CLEAN] + counts[HIDING]
    found = {(OUT, ARMED): at["develop_outside"] * (1 + at["imitation"] * counts[ARMED] / n)}
    guilty, open_, innocent = _sanctions(at) if force else (0.0, 0.0, 0.0)
    held = at["deterrence"] * ((1 - math.exp(-guilty)) - (1 - math.exp(-innocent)))
    found[CLEAN, HIDING] = at["develop_inside"] * math.exp(-held)
    found[HIDING, CLEAN] = guilty * at["works_probability"]
    found[HIDING, ARMED] = guilty * (1 - at["works_probability"]) * at["exit_probability"]
    found[ARMED, OUT] = open_ * at["works_probability"]
    found[CLEAN, OUT] = innocent * at["exit_probability"]
    if signed:
        benefit = at["club_benefit"] * signed / n if force else 0.0
        benefit -= at["monitoring_cost"] * at["challenge_detection"]
        found[OUT, CLEAN] = at["join_rate"] * _sign(at["choice_precision"] * benefit)
        armed = at["join_rate"] * _sign(at["choice_precision"] * (benefit - at["giving_up"]))
        found[ARMED, CLEAN] = armed * (1 - at["hide_probability"])
        found[ARMED, HIDING] = armed * at["hide_probability"]
    return found


def _sign(x: float) -> float:
    return 1 / (1 + math.exp(-x)) if x >= 0 else math.exp(x) / (1 + math.exp(x))


def _sanctions(at: dict[str, Any]) -> tuple[float, float, float]:
    """Rates of sanctions on a hiding signatory, on an armed outsider, on a player without the weapon."""
    if not at["sanctions"]:
        return 0.0, 0.0, 0.0
    unseen = (1 - at["own_detection"]) * (1 - at["challenge_detection"])
    passed = 1 - at["veto_probability"]
    return tuple(passed * -math.log(p) for p in (unseen, 1 - at["outside_detection"], 1 - at["false_evidence"]))  # type: ignore[return-value]


@each_point
def by_exponential(at: dict[str, Any]) -> dict[str, Any]:
    """Means by year, by stepping scipy's action of the matrix exponential through the years; up to 9 players."""
    from scipy.sparse import csr_array
    from scipy.sparse.linalg import expm_multiply

    n, years = int(at["players"]), int(at["years"])
    if n > 9:
        return _by_year(np.full((5, years + 1), np.nan))
    first: tuple[bool, tuple[int, ...]] = (False, (0, 0, n - int(at["possessors"]), int(at["possessors"])))
    known: dict[tuple[bool, tuple[int, ...]], int] = {first: 0}
    todo: list[tuple[bool, tuple[int, ...]]] = [first]
    flows = []
    while todo:
        force, counts = here = todo.pop()
        for after, rate in _moves(at, force, counts):
            if rate > 0:
                if after not in known:
                    known[after] = len(known)
                    todo.append(after)
                flows.append((known[here], known[after], rate))
    start, end, rate = (np.array(x) for x in (zip(*flows, strict=True) if flows else ([0], [0], [0.0])))
    size = len(known)
    generator = csr_array((rate, (end, start)), (size, size)) - csr_array((rate, (start, start)), (size, size))
    laws = [np.eye(size)[0]]
    for _ in range(years):
        laws.append(expm_multiply(generator, laws[-1]))
    told = np.array([[c[CLEAN] + c[HIDING], c[HIDING], c[ARMED], c[HIDING] + c[ARMED], f] for f, c in known], float)
    return _by_year((np.array(laws) @ told).T)


def _by_year(cells: Any) -> dict[str, Any]:
    """Counts and entry into force as outcomes, from rows: those of WHO and entry into force; columns: years."""
    count = {f"{who}:{t}": x for who, row in zip(WHO, cells, strict=False) for t, x in enumerate(row)}
    return {"count": count, "in_force": {str(t): x for t, x in enumerate(cells[4])}}


def _moves(at: dict[str, Any], force: bool, counts: tuple[int, ...]) -> list[tuple[tuple[bool, tuple[int, ...]], float]]:
    """What can follow a state, and at which rate."""
    found = []

    def to(new: list[int], rate: float) -> None:
        found.append(((force or new[CLEAN] + new[HIDING] >= at["join_threshold"], tuple(new)), rate))

    if not force and counts[CLEAN] + counts[HIDING] == 0:
        armed = min(int(at["core_size"]), counts[ARMED])
        for hiding in range(armed + 1):
            chance = (
                math.comb(armed, hiding) * at["hide_probability"] ** hiding * (1 - at["hide_probability"]) ** (armed - hiding)
            )
            plain = int(at["core_size"]) - armed
            to([plain + armed - hiding, hiding, counts[OUT] - plain, counts[ARMED] - armed], at["core_rate"] * chance)
    for (before, after), rate in _rates(at, force, counts).items():
        if counts[before] and before != after:
            new = list(counts)
            new[before] -= 1
            new[after] += 1
            to(new, counts[before] * rate)
    return found


def by_players(v: Values, *, rng: np.random.Generator) -> dict[str, Any]:
    """Drawn histories of single players: means by year and sanctions over all years."""
    rows = [_drawn({k: x[p] if isinstance(x, np.ndarray) else x for k, x in v.items()}, rng) for p in range(points(v))]
    return {name: _column([row[name] for row in rows]) for name in rows[0]}


def _column(cells: list[Any]) -> Any:
    if isinstance(cells[0], dict):
        return {entry: _column([cell[entry] for cell in cells]) for entry in cells[0]}
    return Estimate(np.array([cell[0] for cell in cells]), np.array([cell[1] for cell in cells]))


def _drawn(at: dict[str, Any], rng: np.random.Generator) -> dict[str, Any]:
    """HISTORIES histories side by side: at each turn, in each of them, the next thing that happens to some player."""
    n, years, size = int(at["players"]), int(at["years"]), HISTORIES
    status = np.full((size, n), OUT)
    status[:, : int(at["possessors"])] = ARMED
    force, now = np.zeros(size, bool), np.zeros(size)
    seen = np.zeros((5, years + 1, size))
    wrong, right = np.zeros(size), np.zeros(size)
    rows, core = np.arange(size), int(at["core_size"])
    while (now <= years).any():
        signed = (status < OUT).sum(axis=1)
        rate, sanction = _by_player(at, status, force, signed)
        founding = np.where((signed == 0) & ~force, at["core_rate"], 0.0)
        both = np.concatenate([rate.reshape(size, -1), sanction, founding[:, None]], axis=1)
        total = both.sum(axis=1)
        after = now + np.where(total > 0, rng.exponential(size=size) / np.where(total > 0, total, 1.0), np.inf)
        values = (
            signed,
            (status == HIDING).sum(1),
            (status == ARMED).sum(1),
            ((status == HIDING) | (status == ARMED)).sum(1),
            force,
        )
        passed = np.arange(years + 1)[:, None]
        during = (passed >= now) & (passed < after)
        for k, value in enumerate(values):
            seen[k] = np.where(during, value, seen[k])
        now = after
        chosen = _choose(both, total, rng)
        live = now <= years
        kind, who = np.divmod(chosen, n)
        moved = live & (chosen < 4 * n)  # the first four blocks: what becomes of a player, by the status it takes
        status[rows[moved], who[moved]] = kind[moved]
        struck = live & (kind == 4) & (chosen < 5 * n)
        struck_status = status[rows, np.minimum(who, n - 1)]
        has = (struck_status == HIDING) | (struck_status == ARMED)
        right += struck & has
        wrong += struck & ~has
        draw, hit = rng.random(size), np.minimum(who, n - 1)
        works, leaves = draw < at["works_probability"], rng.random(size) < at["exit_probability"]
        outcome = np.select(
            [struck_status == CLEAN, struck_status == HIDING, struck_status == ARMED],
            [np.where(leaves, OUT, CLEAN), np.where(works, CLEAN, np.where(leaves, ARMED, HIDING)), np.where(works, OUT, ARMED)],
            OUT,
        )
        status[rows[struck], hit[struck]] = outcome[struck]
        for row in rows[live & (chosen == 5 * n)]:
            order = np.argsort(status[row] != ARMED, kind="stable")[:core]
            hides = rng.random(core) < at["hide_probability"]
            status[row, order] = np.where((status[row, order] == ARMED) & hides, HIDING, CLEAN)
        force |= (status < OUT).sum(axis=1) >= at["join_threshold"]
    found = _by_year([[_mean(x) for x in row] for row in seen])
    return found | {"right_sanctions_total": _mean(right), "wrong_sanctions_total": _mean(wrong)}


def _by_player(at: dict[str, Any], status: np.ndarray, force: np.ndarray, signed: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Rates (histories, 4, n) at which each player takes a status of itself, and (histories, n) at which it is sanctioned."""
    size, n = status.shape
    guilty, open_, innocent = _sanctions(at)
    armed = (status == ARMED).sum(axis=1)
    value = at["club_benefit"] * force * signed / n - at["monitoring_cost"] * at["challenge_detection"]
    precision, exists = at["choice_precision"], signed > 0
    with np.errstate(over="ignore"):
        plain = at["join_rate"] * exists / (1 + np.exp(-precision * value))
        giving = at["join_rate"] * exists / (1 + np.exp(-precision * (value - at["giving_up"])))
    held = np.where(force, np.exp(-at["deterrence"] * (math.exp(-innocent) - math.exp(-guilty))), 1.0)
    rate = np.zeros((size, 4, n))
    rate[:, CLEAN] = np.where(status == OUT, plain[:, None], 0) + np.where(
        status == ARMED, (giving * (1 - at["hide_probability"]))[:, None], 0
    )
    rate[:, HIDING] = np.where(status == CLEAN, (at["develop_inside"] * held)[:, None], 0) + np.where(
        status == ARMED, (giving * at["hide_probability"])[:, None], 0
    )
    rate[:, ARMED] = np.where(status == OUT, (at["develop_outside"] * (1 + at["imitation"] * armed / n))[:, None], 0)
    return rate, force[:, None] * np.choose(status, [innocent, guilty, innocent, open_])


def _choose(rates: np.ndarray, total: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """The column that happens in each row, in proportion to its rate; one past the last where nothing can."""
    edges = np.cumsum(rates, axis=1)
    return np.where(total > 0, (edges <= (rng.random(len(total)) * edges[:, -1])[:, None]).sum(axis=1), rates.shape[1])


def _mean(x: np.ndarray) -> tuple[float, float]:
    """Mean and standard error; where nothing varies, that of one history of all."""
    return float(x.mean()), float(np.sqrt(max(x.var(ddof=1), 1 / len(x)) / len(x)))
