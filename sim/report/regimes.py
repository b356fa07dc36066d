"""The regimes of a scenario side by side, and whether more control means less risk: where it does and where it does not.

The order verification < treaty < no treaty in the probability of the last rung is expected, never built in.  It is looked at
with the file's values and over the ends of the [uncertain] ranges: each end alone, pairs of the ends that work most against it,
and corners, at which every number is at one of its ends.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from sim import priors
from sim.chain.kernels import TooLarge
from sim.config import ScenarioFile
from sim.dilemma.lookup import Place, find, numbers
from sim.dilemma.outcomes import Outcomes
from sim.dilemma.paths import dotted, split
from sim.dilemma.scenario import Scenario
from sim.dilemma.sweeps import solve_points
from sim.priors import Prior

REGIMES: Final = ("verification", "treaty", "no_treaty")
"""The regimes that are compared, in the expected order, the safest first."""

MOST_CORNERS: Final = 64
"""Up to so many corners all are tried, else a design of at least as many."""
STRONGEST: Final = 8
"""Ends that work most against the order, of which all pairs are tried."""
REPLICATES: Final = 2_000
"""Simulated histories of a variant that has too many states."""
TIE: Final = 1e-12
"""Relative difference up to which two probabilities are equal."""

Setting = dict[str, float]
"""What a setting changes: path = value; everything else has the file's value."""


def outcomes(tables: Mapping[str, Any]) -> Outcomes:
    """The outcomes of a variant: exact, or simulated where it has too many states."""
    scenario = Scenario(dict(tables))
    try:
        return scenario.solve()
    except TooLarge:
        return scenario.simulate(REPLICATES, seed=0)


def annual_rate(probability: float, years: float) -> float:
    """The constant yearly rate that gives this probability over the horizon: -log(1 - P) / years; infinite for P = 1."""
    return math.inf if probability >= 1 else -math.log1p(-probability) / years


# ---- the order of the regimes


@dataclass(frozen=True)
class Order:
    """What became of the expected order at some settings.

    regimes: those that the scenario has, the safest expected first.  settings: what each changes, the first nothing; groups: how
    many of them are "file", "end", "pair", "corner", in this order.  probability: P(last rung) of each setting and regime.
    corners: how many there are in all.  refused: settings that are no valid input, with the reason.
    """

    rung: str
    regimes: tuple[str, ...]
    settings: list[Setting]
    groups: dict[str, int]
    probability: np.ndarray
    corners: int
    refused: list[tuple[Setting, str]]

    def broken(self, n: int) -> list[tuple[str, str]]:
        """The neighbours (safer, riskier) that stand the other way round at a setting."""
        return [pair for pair, p, q in self._neighbours(n) if p > q and not _tied(p, q)]

    def equal(self, n: int) -> list[tuple[str, str]]:
        """The neighbours with the same probability at a setting."""
        return [pair for pair, p, q in self._neighbours(n) if _tied(p, q)]

    def failing(self, group: str) -> list[int]:
        """The settings of a group at which the order fails; of pairs those that say more than their ends alone."""
        names = list(self.groups)
        begin = sum(self.groups[name] for name in names[: names.index(group)])
        return [n for n in range(begin, begin + self.groups[group]) if self._news(n)]

    def _news(self, n: int) -> bool:
        """Whether a setting breaks the order; of a pair of ends, whether it breaks it where neither end alone does."""
        setting, broken = self.settings[n], self.broken(n)
        if len(setting) != 2:
            return bool(broken)
        alone = [m for m, other in enumerate(self.settings) if len(other) == 1 and other.items() <= setting.items()]
        known = {pair for m in alone for pair in self.broken(m)}
        return any(pair not in known for pair in broken)

    def telling_ends(self, least: float = 0.25) -> list[tuple[str, float, float, float]]:
        """(path, end, share, other share): ends at which clearly more corners fail than at the other end of the same number.

        The shares are of the corners with this end and of those with the other; most telling first.
        """
        size = self.groups["corner"]
        begin = len(self.settings) - size
        failed = np.array([bool(self.broken(n)) for n in range(begin, begin + size)])
        out = []
        for path in self.settings[begin] if size else ():
            values = np.array([setting[path] for setting in self.settings[begin:]])
            for end in np.unique(values):
                here, there = failed[values == end].mean(), failed[values != end].mean()
                if here - there >= least:
                    out.append((path, float(end), float(here), float(there)))
        return sorted(out, key=lambda item: (item[3] - item[2], item[0]))

    def _neighbours(self, n: int) -> Iterator[tuple[tuple[str, str], float, float]]:
        row = self.probability[n]
        for pair, p, q in zip(itertools.pairwise(self.regimes), row[:-1], row[1:], strict=True):
            yield pair, float(p), float(q)


def _tied(p: float, q: float) -> bool:
    return abs(p - q) <= TIE * max(p, q)


def order(file: ScenarioFile, values: Mapping[str, Any], *, ranges: bool = True) -> Order | None:
    """Where the expected order of the regimes holds; None where the scenario has not two of them.  Raises TooLarge."""
    regimes = tuple(name for name in REGIMES if name in file.variants)
    if len(regimes) < 2:
        return None
    asked = _Asked(file, dict(values), regimes)
    asked.solve("file", [{}])
    ends = asked.ends() if ranges else {}
    alone = [{path: end} for path, pair in ends.items() for end in pair]
    asked.solve("end", alone)
    asked.solve("pair", asked.worst_pairs())
    asked.solve("corner", corners(ends))
    return Order(
        rung=file.tables(regimes[0], values)["crisis"]["rungs"][-1],
        regimes=regimes,
        settings=asked.settings,
        groups=asked.groups,
        probability=np.array(asked.rows),
        corners=2 ** len(ends) if ends else 0,
        refused=asked.refused,
    )


class _Asked:
    """The settings that have been tried so far, and what came out."""

    def __init__(self, file: ScenarioFile, values: dict[str, Any], regimes: tuple[str, ...]) -> None:
        self.file, self.values, self.regimes = file, values, regimes
        self.settings: list[Setting] = []
        self.groups: dict[str, int] = {}
        self.rows: list[np.ndarray] = []
        self.refused: list[tuple[Setting, str]] = []

    def ends(self) -> dict[str, tuple[float, float]]:
        """{path: (low, high)} of the file's [uncertain] table, but for what is set by hand and ends that are equal."""
        fixed = [tuple(split(path)) for path in self.values]
        out = {}
        for path, prior in (self.file.raw.get("uncertain") or {}).items():
            keys = tuple(split(path))
            by_hand = any(keys[: len(own)] == own or own[: len(keys)] == keys for own in fixed)
            low, high = _ends(prior)
            if not by_hand and low < high:
                out[path] = (low, high)
        return out

    def solve(self, group: str, settings: Sequence[Setting]) -> None:
        """Works out some settings; those that are no valid input are noted and left out."""
        found = np.full((len(settings), len(self.regimes)), math.nan)
        why: dict[int, str] = {}
        for members in _alike(self.file, settings):
            arrays = self._arrays([settings[n] for n in members])
            for column, regime in enumerate(self.regimes):
                bad, probabilities = self._points(regime, arrays, len(members))
                found[members, column] = probabilities
                why |= {members[n]: reason for n, reason in bad.items()}
        good = [n for n in range(len(settings)) if n not in why]
        self.settings += [settings[n] for n in good]
        self.rows += [found[n] for n in good]
        self.groups[group] = len(good)
        self.refused += [(settings[n], reason) for n, reason in sorted(why.items())]

    def _arrays(self, settings: Sequence[Setting]) -> dict[str, np.ndarray]:
        """path = its values at the settings; where only some of them change a number, the others have the file's value."""
        leaves = {leaf: value for setting in settings for path in setting for leaf, value in _leaves(self.file, path).items()}
        for path, value in self.values.items():  # what is set by hand is the value that the others have
            if path in leaves and isinstance(value, int | float):
                leaves[path] = value
        out = {leaf: np.full(len(settings), np.nan if value is None else value, dtype=float) for leaf, value in leaves.items()}
        for n, setting in enumerate(settings):
            for path, value in setting.items():
                for leaf in _leaves(self.file, path):
                    out[leaf][n] = value
        return out

    def _points(self, regime: str, arrays: Mapping[str, np.ndarray], size: int) -> tuple[dict[int, str], np.ndarray]:
        """Why some points fail, and P(last rung) at all of them (nan where they fail)."""
        bad = self.file.failures(regime, {**self.values, **arrays}) if arrays else {}
        kept = [n for n in range(size) if n not in bad]
        out = np.full(size, math.nan)
        if kept:
            tables = self.file.tables(regime, {**self.values, **{path: x[kept] for path, x in arrays.items()}})
            last = solve_points(tables).escalation_probability[:, -1, -1]
            out[kept] = last if len(last) == len(kept) else last[0]  # a regime that nothing reaches is the same everywhere
        return bad, out

    def worst_pairs(self) -> list[Setting]:
        """Pairs of the ends that, alone, work most against the order, neither of which breaks it alone."""
        out: dict[tuple[tuple[str, float], ...], Setting] = {}
        table = np.array(self.rows)
        for column in range(len(self.regimes) - 1):
            margin = table[:, column + 1] - table[:, column]
            holding = [n for n in range(1, len(margin)) if margin[n] > 0]
            strongest = sorted(holding, key=lambda n: margin[n] / max(table[n].max(), 1e-300))[:STRONGEST]
            for m, n in itertools.combinations(sorted(strongest), 2):
                if self.settings[m].keys() != self.settings[n].keys():
                    both = self.settings[m] | self.settings[n]
                    out.setdefault(tuple(both.items()), both)
        return list(out.values())


def place_in_file(file: ScenarioFile, path: str) -> Place:
    """What a path leads to in the file without its variants; where the file is silent, in the first variant that has it."""
    if "actors" in file.raw:  # otherwise no defaults can be filled in
        place = find(file.form.declaration, file.form.completed(file.raw), split(path))
        if isinstance(place, Place):
            return place
    return file.place(path)


def _leaves(file: ScenarioFile, path: str) -> dict[str, float | None]:
    """The numbers at a path with the file's values; None where the file is silent and nothing stands in."""
    out = {}
    for inner, _, value in numbers(place_in_file(file, path)):
        known = isinstance(value, int | float) and not isinstance(value, bool)
        out[dotted((*split(path), *inner))] = float(value) if known else None
    return out


def _alike(file: ScenarioFile, settings: Sequence[Setting]) -> list[list[int]]:
    """Settings that can be worked out together: all whose numbers have a value in the file; the others by what they change."""
    groups: dict[Any, list[int]] = {}
    for n, setting in enumerate(settings):
        silent = [path for path in setting if None in _leaves(file, path).values()]
        groups.setdefault(tuple(setting) if silent else (), []).append(n)
    return list(groups.values())


def corners(ends: Mapping[str, tuple[float, float]]) -> list[Setting]:
    """Corners of a box: all if they are few, else a two-level design with all 8 combinations of any three numbers alike often.

    The design is a Hadamard matrix and its mirror image (Plackett and Burman 1946; Box and Wilson 1951), the same for every run.
    """
    from scipy.linalg import hadamard

    if len(ends) < 2:  # the ends themselves, which are tried anyway
        return []
    if 2 ** len(ends) <= MOST_CORNERS:
        signs = np.array(list(itertools.product((0, 1), repeat=len(ends))))
    else:
        size = max(MOST_CORNERS // 2, 2 ** math.ceil(math.log2(len(ends) + 1)))
        # independent columns first, so that no corner comes twice
        columns = sorted(range(1, size), key=lambda n: (n.bit_count(), n))
        half = (hadamard(size)[:, columns[: len(ends)]] > 0).astype(int)
        signs = np.concatenate([half, 1 - half])
    return [{path: pair[side] for (path, pair), side in zip(ends.items(), row, strict=True)} for row in signs]


def _ends(prior: Prior) -> tuple[float, float]:
    """The ends of a prior range; its 5 % and 95 % quantiles where it has no highest value."""
    low, high = priors.span(prior)
    if math.isfinite(low) and math.isfinite(high):
        return low, high
    return tuple(priors.quantile(prior, np.array([0.05, 0.95])).tolist())  # type: ignore[return-value]
