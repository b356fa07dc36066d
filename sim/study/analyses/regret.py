"""Regret: how much worse a variant does than the best one in the same draw (or at the same point) [Savage1951]."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from sim.declare import Choice, Key, Problem
from sim.study.analyses import kind
from sim.study.analyses.kind import (
    ACTOR,
    AT_YEARS,
    DRAWS,
    NAMED,
    ONSETS,
    OVER,
    PAYOFF,
    POINTS,
    PROBABILITY,
    RUNG,
    VARIANTS,
    AnalysisKind,
    Finding,
    Spec,
)
from sim.study.analyses.reading import by_draw, by_point, change, listed, noise, outcome_words, percent, title, words

if TYPE_CHECKING:
    from sim.study.experiment import ExperimentFile
    from sim.study.results import Results

HIGH: Final = 0.95
COLUMNS: Final = ("point", "variant", "mean_regret", "regret_0.95", "worst_regret", "best_share", "tied_share", "cases")
KEYS: Final = (
    *NAMED,
    Key("y", Choice((PROBABILITY, ONSETS, PAYOFF)), "The outcome; the lowest is best, of payoffs the highest.", PROBABILITY),
    RUNG,
    ACTOR,
    AT_YEARS,
    VARIANTS,
    OVER,
)


@dataclass(frozen=True)
class Regret:
    """The regret of v variants: mean, 0.95 quantile and maximum over cases; each shape (v,)."""

    mean: np.ndarray
    high: np.ndarray
    worst: np.ndarray
    best: np.ndarray
    """Share of cases in which it is best; a tie counts in equal parts for those that share it."""
    tied: np.ndarray
    """Share of cases in which it is best together with others."""
    cases: int
    dropped: int


def regrets(loss: np.ndarray) -> Regret:
    """Regret of losses, shape (variants, cases): the loss less the lowest one of the case.  Cases with nan are left out.

    Losses that differ by rounding only (1e-12 relatively) tie.
    """
    sound = np.isfinite(loss).all(axis=0)
    used = loss[:, sound]
    v, cases = used.shape
    if cases == 0:
        nothing = np.full(v, np.nan)
        return Regret(nothing, nothing, nothing, nothing, nothing, 0, int((~sound).sum()))
    lowest = used.min(axis=0)
    regret = used - lowest
    regret[regret <= 1e-12 * np.maximum(1.0, np.abs(lowest))] = 0.0
    first = regret == 0.0
    shared = first.sum(axis=0)
    return Regret(
        mean=regret.mean(axis=1),
        high=np.quantile(regret, HIGH, axis=1),
        worst=regret.max(axis=1),
        best=(first / shared).mean(axis=1),
        tied=(first & (shared > 1)).mean(axis=1),
        cases=cases,
        dropped=int((~sound).sum()),
    )


def find(spec: Spec, results: Results) -> Finding:
    """The regret table: over draws at every point, or over points."""
    experiment = results.experiment
    variants = kind.variants(spec, experiment)
    sign = -1.0 if spec.get("y") == PAYOFF else 1.0
    over = kind.over(spec, experiment)
    if over == POINTS:
        tables: dict[int | None, Regret] = {None: regrets(sign * np.stack([by_point(spec, results, v) for v in variants]))}
    else:
        loss = sign * np.stack([by_draw(spec, results, v) for v in variants])
        tables = {point: regrets(loss[:, point]) for point in range(loss.shape[1])}
    rows = []
    for point, found in tables.items():
        for n, variant in enumerate(variants):
            numbers = (found.mean[n], found.high[n], found.worst[n], found.best[n], found.tied[n])
            rows.append((point, variant, *(float(x) if np.isfinite(x) else None for x in numbers), found.cases))
    what = "draw" if over == DRAWS else "point"
    best = "highest" if spec.get("y") == PAYOFF else "lowest"
    about = (
        f"Regret in a {what}: how much {outcome_words(spec, experiment)} is from the {best} of all variants in the same {what}."
    )
    single = len(tables) == 1
    sentences = _one(spec, variants, next(iter(tables.values())), what) if single else _many(variants, tables)
    dropped = sum(found.dropped for found in tables.values())
    if dropped:
        sentences.append(f"{dropped} {what}s are left out, because a variant failed there.")
    cautions = noise(experiment, "their sampling error is part of every regret")
    return Finding(
        spec["name"], KIND.name, title(spec, experiment, "Regret"), COLUMNS, tuple(rows), (about, *sentences, *cautions)
    )


def _lowest(variants: Sequence[str], of: np.ndarray) -> list[str]:
    """The variants with the lowest number, those included that differ by rounding."""
    return [words(v) for v, x in zip(variants, of, strict=True) if x <= of.min() + 1e-12]


def _one(spec: Spec, variants: Sequence[str], found: Regret, what: str) -> list[str]:
    if not found.cases:
        return ["No regret can be told, because every case failed."]
    shares = [f"{words(v)} {percent(float(b))}" for v, b in zip(variants, found.best, strict=True)]
    out = [
        f"Lowest worst-case regret: {listed(_lowest(variants, found.worst))} ({change(spec, float(found.worst.min()))}).",
        f"Lowest mean regret: {listed(_lowest(variants, found.mean))} ({change(spec, float(found.mean.min()))}).",
        f"Share of {found.cases:,} {what}s in which a variant is best: {', '.join(shares)}.",
    ]
    if found.tied.any():
        ties = [f"{words(v)} {percent(float(t))}" for v, t in zip(variants, found.tied, strict=True) if t > 0]
        out.append(f"Ties count in equal parts; best together with others: {', '.join(ties)}.")
    return out


def _many(variants: Sequence[str], tables: dict[int | None, Regret]) -> list[str]:
    known = [found for found in tables.values() if found.cases]
    if not known:
        return ["At no point could all variants be computed, so nothing is known of regret."]
    counts = {words(v): sum(words(v) in _lowest(variants, found.worst) for found in known) for v in variants}
    said = ", ".join(f"{v} at {n}" for v, n in counts.items())
    return [f"Lowest worst-case regret, of {len(known)} points (at some of them perhaps shared): {said}."]


def _problems(spec: Spec, experiment: ExperimentFile) -> Iterator[Problem]:
    if kind.over(spec, experiment) == DRAWS:
        yield from kind.of_draws(spec, experiment, "over")
    else:
        yield from kind.of_design(KIND, experiment)
    yield from kind.of_outcome(spec, experiment)
    yield from kind.of_variants(spec, experiment, least=2)


KIND = AnalysisKind("regret", KEYS, _problems, find)
