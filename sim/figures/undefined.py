"""Why outcomes of canonical models are undefined in a figure: their own reasons, and the premises that fail in the sweep."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from sim.config import InputError
from sim.figures.cases import fixed
from sim.models.model import arrayed
from sim.study.figure_kind import Spec, compared

if TYPE_CHECKING:
    from sim.study.experiment import ExperimentFile
    from sim.study.results import Results

MOST_EVALUATED: Final = 1_000_000
"""Points times draws at which premises are looked at; beyond that all of them are named."""
BEYOND: Final = "The number is beyond 1e308."
"""What an outcome says of numbers that a computer cannot hold."""
LARGE: Final = 1e100
ALTERNATIVES: Final = ". Or"
"""What stands between the reasons of an outcome that has several."""


def reasons(names: Sequence[str], spec: Spec, results: Results, draws: bool = False) -> list[str]:
    """When outcomes have no value in a figure, in sentences, without reasons that do not occur in it; `draws`: over draws."""
    experiment = results.experiment
    model = experiment.model
    assert model is not None
    every = [premise.text for premise in model.premises]
    points = fixed(spec, experiment).points(experiment)
    broken = {variant: _broken(variant, points, results, draws) for variant in compared(spec, experiment)}
    known = [found for found in broken.values() if found is not None]
    failing = [text for n, text in enumerate(every) if len(known) < len(broken) or any(found[n].any() for found in known)]
    own = dict.fromkeys(model.outcome(name).undefined for name in names if draws or _own(name, points, broken, results))
    out = [_sentence(text) for text in (_finite(text, names, points, results) for text in own) if text]
    return [*out, f"Undefined{' too' if out else ''} where a premise fails: {'; '.join(failing)}."] if failing else out


def _sentence(text: str) -> str:
    return f"Undefined for one of these reasons: {text}" if ALTERNATIVES in text else f"Undefined where: {text}"


def _finite(text: str, names: Sequence[str], points: np.ndarray, results: Results) -> str:
    """A reason without what it says of numbers too large, where none in the figure is large."""
    if BEYOND not in text:
        return text
    experiment = results.experiment
    for variant in experiment.variants:
        for name in names:
            for entry in results.entries(name):
                found = np.abs(results.values(variant, name, entry)[points])
                if (found[np.isfinite(found)] > LARGE).any():
                    return text
    return text.replace(f" Or: {BEYOND}", "")


def _broken(variant: str, points: np.ndarray, results: Results, draws: bool) -> np.ndarray | None:
    """Which premises fail where, shape (premises, points or points times draws); None where that cannot be seen at once."""
    experiment = results.experiment
    model = experiment.model
    assert model is not None
    drawn = results.drawn if draws else {}
    size = len(points) * max(1, experiment.draws if draws else 1)
    if not model.premises:
        return np.zeros((0, size), dtype=bool)
    if not all(axis.numeric for axis in experiment.axes) or size > MOST_EVALUATED:
        return None
    try:
        values = _values(points, experiment, size // max(len(points), 1))
        values |= {path: np.tile(np.asarray(x, dtype=float), len(points)) for path, x in drawn.items()}
        at = arrayed(model, experiment.scenario.tables(variant, values)["parameters"])
        with np.errstate(all="ignore"):
            held = [np.broadcast_to(np.asarray(premise.holds(at), dtype=bool), (size,)) for premise in model.premises]
    except (InputError, TypeError, ValueError):
        return None
    return ~np.array(held)


def _values(points: np.ndarray, experiment: ExperimentFile, times: int) -> dict[str, Any]:
    """What the swept paths get, each point so many times."""
    out: dict[str, Any] = {}
    for n, axis in enumerate(experiment.axes):
        table = np.array([axis.at(k) for k in range(len(axis))], dtype=float)[experiment.index[points, n]]
        out |= {path: np.repeat(x, times) for path, x in zip(axis.paths, table.T, strict=True)}
    return out


def _own(name: str, points: np.ndarray, broken: dict[str, np.ndarray | None], results: Results) -> bool:
    """Whether an outcome is undefined at some point at which no premise fails."""
    for variant, found in broken.items():
        sound = np.ones(len(points), dtype=bool) if found is None else ~found.any(axis=0)
        for entry in results.entries(name):
            if np.isnan(results.values(variant, name, entry)[points][sound]).any():
                return True
    return False
