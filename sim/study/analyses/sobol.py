"""Sobol sensitivity indices: which share of the variance of an outcome each swept parameter accounts for.

First-order index: the share that vanishes on average when the parameter becomes known.  Total index: the share that is left
when everything else becomes known; the two differ by interactions [Sobol2001, Saltelli2010].
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from sim.declare import Problem
from sim.study.analyses.kind import COMMON, AnalysisKind, Finding, Spec, of_all, variants
from sim.study.analyses.reading import Input, by_point, listed, noise, number, outcome_words, percent, swept, title, words

if TYPE_CHECKING:
    from sim.study.experiment import ExperimentFile
    from sim.study.results import Results

RESAMPLES: Final = 1000
LEVEL: Final = 0.95
WIDEST: Final = 0.1
"""Half the width of an interval above which indices say little."""
LEAST: Final = 4
"""Base samples below which there are no indices."""

COLUMNS: Final = (
    "variant",
    "parameter",
    "first_order",
    "first_order_low",
    "first_order_high",
    "total",
    "total_low",
    "total_high",
    "first_order_half_sample",
    "total_half_sample",
)


@dataclass(frozen=True)
class Indices:
    """First-order and total indices of d parameters with half the widths of their 95 % intervals; each shape (d,)."""

    first: np.ndarray
    first_width: np.ndarray
    total: np.ndarray
    total_width: np.ndarray
    samples: int
    """Base samples that they come from."""
    dropped: int
    """Base samples left out because one of their points failed."""


def block(x: np.ndarray) -> int | None:
    """Points for each base sample of a Saltelli design x, shape (points, d): d + 2, or 2 d + 2 with those of second order.

    The (j + 1)-th point of a block is its first with parameter j of its last one.  None where x is no such design.
    """
    n, d = x.shape
    for size in (d + 2, 2 * d + 2):
        if n and n % size == 0:
            blocks = x.reshape(-1, size, d)
            mixed = np.where(np.eye(d, dtype=bool), blocks[:, -1:], blocks[:, :1])
            if np.array_equal(blocks[:, 1 : d + 1], mixed):
                return size
    return None


def indices(y: np.ndarray, d: int, size: int, seed: int, resamples: int = RESAMPLES) -> Indices | None:
    """Sobol indices of y, shape (points,), in blocks of `size` points for d parameters; None where y is constant or has too few.

    Base samples with a failed point (nan) are left out whole.  Estimators of [Saltelli2010], intervals by bootstrap over base
    samples, both as in SALib.  Raises no error; `seed` is that of the bootstrap.
    """
    from SALib.analyze import sobol as salib

    blocks = y.reshape(-1, size)
    sound = np.isfinite(blocks).all(axis=1)
    used = blocks[sound]
    if len(used) < LEAST or np.ptp(used) <= 1e-12 * max(1.0, float(np.abs(used).max())):
        return None
    # The design may hold the points of second order; first and total indices read the first d + 1 points and the last one.
    used = np.concatenate([used[:, : d + 1], used[:, -1:]], axis=1)
    problem = {"num_vars": d, "names": [f"x{j}" for j in range(d)], "bounds": [[0.0, 1.0]] * d}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # constant resamples
        found = salib.analyze(
            problem,
            used.ravel(),
            calc_second_order=False,
            num_resamples=resamples,
            conf_level=LEVEL,
            seed=seed + 1,  # SALib takes a seed of 0 for none
        )
    columns = (np.asarray(found[name], dtype=float) for name in ("S1", "S1_conf", "ST", "ST_conf"))
    return Indices(*columns, samples=len(used), dropped=int((~sound).sum()))


def notes(found: Indices, half: Indices | None, names: Sequence[str]) -> list[str]:
    """Whether the indices have converged, and what else speaks against them."""
    out = []
    widest = float(max(found.first_width.max(), found.total_width.max()))
    moved = []
    if half is not None:
        apart = (np.abs(half.first - found.first) > found.first_width) | (np.abs(half.total - found.total) > found.total_width)
        moved = [name for name, is_apart in zip(names, apart, strict=True) if is_apart]
    if half is None:
        out.append(f"Not converged: {found.samples} base samples are too few to tell; take more samples.")
    elif moved:
        what = f"the indices of {listed(moved)} from the first half of the base samples are outside the intervals"
        out.append(f"Not converged: {what}; take more samples.")
    elif widest > WIDEST:
        out.append(f"Not converged: the widest interval is ± {number(widest)}; take more samples.")
    else:
        out.append(f"Converged: the first half of the base samples agrees, and no interval is wider than ± {number(widest)}.")
    if above_one(found):
        total = number(float(found.first.sum()))
        out.append(f"The first-order indices sum to {total}, more than 1: the estimates are off, take more samples.")
    if found.samples + found.dropped & (found.samples + found.dropped - 1):
        out.append(f"{found.samples + found.dropped} base samples are no power of two, which a Sobol sequence wants.")
    if found.dropped:
        out.append(f"{found.dropped} of {found.samples + found.dropped} base samples are left out, because a point failed.")
    return out


def above_one(found: Indices) -> bool:
    """Whether the first-order indices sum to more than 1 by more than their error."""
    return float(found.first.sum()) > 1 + float(np.sqrt((found.first_width**2).sum()))


def find(spec: Spec, results: Results) -> Finding:
    """The indices of every variant, and whether they have converged."""
    experiment = results.experiment
    inputs = swept(experiment)
    size = block(np.stack([one.values for one in inputs], axis=1))
    rows, sentences = [], []
    if size is None:
        sentences.append("The points are no Saltelli design: run the sweep again.")
    else:
        for variant in variants(spec, experiment):
            told, own = _of_variant(variant, inputs, by_point(spec, results, variant), size, experiment.seed)
            sentences += [f"{words(variant)}: {sentence}" for sentence in told]
            rows += own
    about = f"Shares of the variance of {outcome_words(spec, experiment)} over the swept ranges, with 95 % bootstrap intervals."
    cautions = noise(experiment, "their sampling error is part of the variance and raises the total indices")
    return Finding(
        spec["name"], KIND.name, title(spec, experiment, "Sobol indices"), COLUMNS, tuple(rows), (about, *sentences, *cautions)
    )


def _of_variant(variant: str, inputs: Sequence[Input], y: np.ndarray, size: int, seed: int) -> tuple[list[str], list[tuple]]:
    """What there is to say of one variant, and its rows."""
    d = len(inputs)
    found = indices(y, d, size, seed)
    if found is None:
        return [_none(y, size)], []
    half = indices(y[: len(y) // size // 2 * size], d, size, seed)
    noted = notes(found, half, [one.label for one in inputs])
    sure = noted[0].startswith("Converged") and not above_one(found)  # else the share of interactions says nothing
    told = [_largest(found, inputs), *([_interactions(found)] if sure else []), *noted]
    return told, list(_rows(variant, inputs, found, half))


def _rows(variant: str, inputs: Sequence[Input], found: Indices, half: Indices | None) -> Iterator[tuple]:
    for n, one in enumerate(inputs):
        first, total = float(found.first[n]), float(found.total[n])
        by_first, by_total = float(found.first_width[n]), float(found.total_width[n])
        halves = (None, None) if half is None else (float(half.first[n]), float(half.total[n]))
        around = (first, first - by_first, first + by_first, total, total - by_total, total + by_total)
        yield (variant, one.name, *around, *halves)


def _largest(found: Indices, inputs: Sequence[Input]) -> str:
    order = np.argsort(-found.total, kind="stable")[:3].tolist()
    said = [f"{inputs[n].label} {number(float(found.total[n]))} ± {number(float(found.total_width[n]))}" for n in order]
    return f"total indices, the largest first: {', '.join(said)}."


def _interactions(found: Indices) -> str:
    return f"Interactions make up {percent(max(1 - float(found.first.sum()), 0.0))} of the variance."


def _none(y: np.ndarray, size: int) -> str:
    sound = int(np.isfinite(y.reshape(-1, size)).all(axis=1).sum())
    if sound < LEAST:
        return f"no indices, because only {sound} base samples have no failed point; {LEAST} are needed."
    return "no indices, because the outcome is the same everywhere: no swept parameter moves it."


def _problems(spec: Spec, experiment: ExperimentFile) -> Iterator[Problem]:
    yield from of_all(KIND, spec, experiment)


KIND = AnalysisKind("sobol", COMMON, _problems, find, ("saltelli",))
