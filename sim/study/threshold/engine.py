"""The escalation probabilities that a break-even value is about, by the exact engine, as functions of plain arrays."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from sim.dilemma.paths import split
from sim.dilemma.sweeps import Prepared, prepare, solve_points

if TYPE_CHECKING:
    from sim.config import ScenarioFile
    from sim.study.experiment import ExperimentFile
    from sim.study.threshold.question import Question
    from sim.study.uncertainty import Uncertainty

MOST_NUMBERS: Final = 4_000_000
MOST_POINTS: Final = 4096
"""Numbers of escalation probabilities, and points, that are worked out together."""
MOST_KEPT: Final = 200_000
"""Probabilities of a variant that are kept to be used again."""
EQUAL: Final = 1e-12
"""Two probabilities that differ by no more than this share of the larger one are equal: the rounding of the engine."""

Values = Mapping[str, np.ndarray]
"""{path: values (n,)} put into the file."""


class Engine:
    """What the condition of a question is about, at any values of parameters; it counts what it computes."""

    def __init__(self, question: Question, experiment: ExperimentFile) -> None:
        self.question = question
        self._sides = [_Side(experiment.scenario, name, question) for name in question.variants]

    @property
    def evaluations(self) -> int:
        """Probabilities computed so far."""
        return sum(side.computed for side in self._sides)

    @property
    def failures(self) -> tuple[str, ...]:
        """Why some values could not be looked at, each reason once."""
        return tuple(dict.fromkeys(reason for side in self._sides for reason in side.failures))

    def probabilities(self, values: Values, n: int) -> list[np.ndarray]:
        """The escalation probability of each variant at n combinations of values, each (n,); nan where they are not allowed."""
        return [side.probability(values, n) for side in self._sides]

    def condition(self, values: Values, n: int) -> np.ndarray:
        """Below 0 where the condition holds, 0 where there is no difference, nan where undefined; shape (n,)."""
        mine, *other = self.probabilities(values, n)
        limit = other[0] if other else np.full(n, self.question.level, dtype=float)
        same = np.abs(mine - limit) <= EQUAL * np.maximum(mine, limit)
        return np.where(same, 0.0, mine - limit)


class _Side:
    """One variant: its probabilities, computed once for values that it cannot tell apart."""

    def __init__(self, scenario: ScenarioFile, variant: str, question: Question) -> None:
        self.computed = 0
        self.failures: dict[str, None] = {}
        self._scenario, self._variant, self._question = scenario, variant, question
        self._reached: dict[str, bool] = {}
        self._kept: dict[tuple[tuple[str, ...], bytes], float] = {}
        self._prepared: dict[tuple[str, ...], Prepared] = {}
        """The compiled structure, by the paths that vary."""
        tables = scenario.tables(variant)
        horizon = tables["horizon"]
        self._rung = list(tables["crisis"]["rungs"]).index(question.rung)
        self._round = None
        if question.years < float(horizon["years"]) - 1e-9:
            self._round = int(np.floor(question.years * float(horizon["rounds_per_year"]) + 1e-9))
        each = float(horizon["years"]) * float(horizon["rounds_per_year"]) * len(tables["crisis"]["rungs"])
        self._together = int(max(16, min(MOST_POINTS, MOST_NUMBERS // max(1.0, each))))

    def probability(self, values: Values, n: int) -> np.ndarray:
        """The probability at n combinations of values, shape (n,)."""
        mine = {path: np.asarray(x, dtype=float) for path, x in values.items() if self._reaches(path)}
        rows = np.stack(list(mine.values()), axis=1) if mine else np.zeros((n, 0))
        distinct, which = np.unique(rows, axis=0, return_inverse=True) if mine else (rows[:1], np.zeros(n, dtype=int))
        return self._of_rows(tuple(mine), distinct)[which.ravel()]

    def _reaches(self, path: str) -> bool:
        if path not in self._reached:
            self._reached[path] = not self._scenario.keeps_own(self._variant, path)
        return self._reached[path]

    def _of_rows(self, paths: tuple[str, ...], rows: np.ndarray) -> np.ndarray:
        names = [(paths, row.tobytes()) for row in rows]
        out = np.array([self._kept.get(name, np.nan) for name in names])
        new = np.array([n for n, name in enumerate(names) if name not in self._kept], dtype=int)
        for start in range(0, len(new), self._together):
            part = new[start : start + self._together]
            out[part] = self._solved({path: rows[part, k] for k, path in enumerate(paths)}, len(part))
        if len(self._kept) + len(new) <= MOST_KEPT:
            self._kept.update((names[n], float(out[n])) for n in new)
        return out

    def _solved(self, values: dict[str, np.ndarray], n: int) -> np.ndarray:
        """The probabilities at n combinations, all of them new, shape (n,)."""
        failures = self._scenario.failures(self._variant, values) if values else {}
        self.failures.update(dict.fromkeys(failures.values()))
        out, sound = np.full(n, np.nan), np.array([k for k in range(n) if k not in failures], dtype=int)
        if len(sound):
            tables = self._scenario.tables(self._variant, {path: x[sound] for path, x in values.items()})
            places = tuple(sorted(values))
            if places not in self._prepared:
                self._prepared[places] = prepare(tables, payoffs=False)
            found = solve_points(tables, payoffs=False, prepared=self._prepared[places]).escalation_probability
            out[sound] = found[:, -1 if self._round is None else self._round, self._rung]
        self.computed += len(sound)
        return out


# ---- functions of plain arrays


def drawn(question: Question, uncertainty: Uncertainty | None) -> dict[str, np.ndarray]:
    """{path: its values (draws,)} of the parameters that are drawn, without the sought one and what stands beneath it."""
    if uncertainty is None:
        return {}
    left = [k for k, path in enumerate(uncertainty.paths) if not _within(path, question.parameter.paths)]
    return {uncertainty.paths[k]: np.asarray(uncertainty.values[:, k], dtype=float) for k in left}


def along(engine: Engine, draws: Mapping[str, np.ndarray]) -> Callable[[np.ndarray, np.ndarray], np.ndarray]:
    """The condition as f(x (n,), draw (n,)) of the sought parameter, with these draws {path: (draws,)} of the others."""
    paths = engine.question.parameter.paths

    def f(x: np.ndarray, draw: np.ndarray) -> np.ndarray:
        values = {path: x_of_draw[draw] for path, x_of_draw in draws.items()}
        return engine.condition({**values, **dict.fromkeys(paths, x)}, len(x))

    return f


def across(engine: Engine) -> Callable[[np.ndarray, np.ndarray], np.ndarray]:
    """The condition as f(x (n,), y (n,)) of both sought parameters, at the file's own values of all others."""
    question = engine.question
    assert question.over is not None
    over = question.over.paths

    def f(x: np.ndarray, y: np.ndarray) -> np.ndarray:
        values: dict[str, Any] = {**dict.fromkeys(question.parameter.paths, x), **dict.fromkeys(over, y)}
        return engine.condition(values, len(x))

    return f


def _within(path: str, sought: tuple[str, ...]) -> bool:
    """Whether a path is one of the sought ones or stands beneath one: then its drawn values do not count."""
    keys = split(path)
    return any(list(keys[: len(split(other))]) == list(split(other)) for other in sought)
