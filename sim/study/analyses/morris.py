"""Morris screening: the mean and the spread of the effects of one step in each swept parameter [Morris1991, Campolongo2007].

mu: mean elementary effect; mu_star: mean absolute effect; sigma: standard deviation of effects, from interactions and curvature.
An elementary effect is the change of the outcome for a step, divided by the step in units of the swept range (or of the
cumulative probability, where a distribution is given).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from sim.declare import Problem
from sim.study.analyses.kind import COMMON, AnalysisKind, Finding, Spec, of_all, variants
from sim.study.analyses.reading import Input, by_point, change, listed, noise, outcome_words, swept, title, words

if TYPE_CHECKING:
    from sim.study.experiment import ExperimentFile
    from sim.study.results import Results

RESAMPLES: Final = 1000
LEVEL: Final = 0.95
BENT: Final = 0.5
"""Share of mu_star above which sigma tells of interactions or curvature."""
LEAST: Final = 2
"""Trajectories below which there is no spread."""

COLUMNS: Final = ("variant", "parameter", "mu", "mu_star", "mu_star_low", "mu_star_high", "sigma")


@dataclass(frozen=True)
class Effects:
    """mu, mu_star, sigma and half the width of the 95 % interval of mu_star for d parameters; each shape (d,)."""

    mu: np.ndarray
    mu_star: np.ndarray
    sigma: np.ndarray
    width: np.ndarray
    trajectories: int
    dropped: int
    """Trajectories left out because one of their points failed."""


def is_morris(x: np.ndarray) -> bool:
    """Whether the points, shape (points, d), are trajectories: d + 1 points each, and between two of them one parameter moves."""
    n, d = x.shape
    if n == 0 or n % (d + 1):
        return False
    moved = np.diff(x.reshape(-1, d + 1, d), axis=1) != 0
    return bool((moved.sum(axis=2) <= 1).all() and (moved.sum(axis=1) <= 1).all())


def effects(x: np.ndarray, y: np.ndarray, levels: int, seed: int, resamples: int = RESAMPLES) -> Effects | None:
    """Elementary effects of y, shape (points,), on trajectories x, shape (points, d); None where too few trajectories are sound.

    Trajectories with a failed point (nan) are left out whole.  Computed by SALib; `seed` is that of the bootstrap.
    """
    from SALib.analyze import morris as salib

    d = x.shape[1]
    sound = np.isfinite(y.reshape(-1, d + 1)).all(axis=1)
    if sound.sum() < LEAST:
        return None
    rows = np.repeat(sound, d + 1)
    names = [f"x{j}" for j in range(d)]
    problem = {"num_vars": d, "names": names, "bounds": [[0.0, 1.0]] * d, "groups": None}
    found = salib.analyze(
        problem,
        np.ascontiguousarray(x[rows], dtype=float),
        np.ascontiguousarray(y[rows], dtype=float),
        num_resamples=resamples,
        conf_level=LEVEL,
        num_levels=levels,
        seed=seed,
    )
    columns = (np.asarray(found[name], dtype=float) for name in ("mu", "mu_star", "sigma", "mu_star_conf"))
    return Effects(*columns, trajectories=int(sound.sum()), dropped=int((~sound).sum()))


def find(spec: Spec, results: Results) -> Finding:
    """The effects in every variant, sorted by mu_star."""
    experiment = results.experiment
    inputs = swept(experiment)
    x = np.stack([one.values for one in inputs], axis=1)
    rows, sentences = [], []
    if not is_morris(x):
        sentences.append("The points are no Morris trajectories: run the sweep again.")
    else:
        for variant in variants(spec, experiment):
            found = effects(x, by_point(spec, results, variant), experiment.sampling["levels"], experiment.seed)
            sentences += [f"{words(variant)}: {sentence}" for sentence in _told(spec, inputs, found)]
            rows += _rows(variant, inputs, found) if found is not None else []
    about = (
        f"Elementary effects on {outcome_words(spec, experiment)}, per whole swept range of a parameter (per whole range of its",
        "cumulative probability, where it has a distribution), with 95 % bootstrap intervals of mu_star.",
        "They rank parameters; they are no shares of variance.",
    )
    cautions = noise(experiment, "their sampling error raises mu_star and sigma")
    heading = title(spec, experiment, "Morris effects")
    return Finding(spec["name"], KIND.name, heading, COLUMNS, tuple(rows), (" ".join(about), *sentences, *cautions))


def _order(found: Effects) -> list[int]:
    return np.argsort(-found.mu_star, kind="stable").tolist()


def _rows(variant: str, inputs: Sequence[Input], found: Effects) -> Iterator[tuple]:
    for n in _order(found):
        low, high = found.mu_star[n] - found.width[n], found.mu_star[n] + found.width[n]
        yield (variant, inputs[n].name, *map(float, (found.mu[n], found.mu_star[n], low, high, found.sigma[n])))


def _told(spec: Spec, inputs: Sequence[Input], found: Effects | None) -> Iterator[str]:
    """What there is to say of one variant."""
    if found is None:
        yield f"no effects, because fewer than {LEAST} trajectories have no failed point."
        return
    if found.dropped:
        yield f"{found.dropped} of {found.trajectories + found.dropped} trajectories are left out, because a point failed."
    if not found.mu_star.any():
        yield "the outcome is the same everywhere: no swept parameter moves it."
        return
    order = _order(found)
    said = [f"{inputs[n].label} {change(spec, float(found.mu_star[n]))}" for n in order[:3]]
    yield f"mean absolute effects, the largest first: {', '.join(said)}."
    if bent := [inputs[n].label for n in order if found.sigma[n] > BENT * found.mu_star[n] > 0]:
        yield f"interactions or curvature in {listed(bent)}: sigma is above half of mu_star."


def _problems(spec: Spec, experiment: ExperimentFile) -> Iterator[Problem]:
    yield from of_all(KIND, spec, experiment)


KIND = AnalysisKind("morris", COMMON, _problems, find, ("morris",))
