"""What a gathering finds in the stored results of its experiments: orders of the regimes, what turns them, yearly rates."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from sim.config.errors import refuse
from sim.dilemma.outcomes import NORMAL, wilson
from sim.study.experiment import ExperimentFile
from sim.study.gathering import RATES, Gathering
from sim.study.orderings import TIED
from sim.study.results import Results

TIE: Final = "tie"
"""The word for draws in which two variants have the lowest risk."""
PROBABILITY: Final = "escalation_probability"
BAND: Final = (0.05, 0.95)


@dataclass(frozen=True)
class Table:
    """A table: its columns, and its rows."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]


def found(gathering: Gathering, results: Sequence[Results]) -> dict[str, Table]:
    """{kind of figure: its table} from the results of the experiments, in their order."""
    return {
        "lowest": lowest(gathering, results),
        "turning": turning(gathering, results),
        "yearly_rates": yearly_rates(gathering, results),
    }


def risks(gathering: Gathering, one: Results) -> np.ndarray:
    """The probability of the last rung by the end of the horizon, shape (variants, draws); only draws without failures.

    Raises InputError where there is none.
    """
    rung = one.experiment.rungs[-1]
    drawn = np.stack([one.by_draw(variant, PROBABILITY, rung)[0] for variant in gathering.variants])
    sound = ~np.isnan(drawn).any(axis=0)
    if not sound.any():
        message = f"has no draw in which {', '.join(gathering.variants)} were all computed"
        raise refuse(one.folder, message, hint="failures.json says why the runs failed.")
    return drawn[:, sound]


def safest(drawn: np.ndarray) -> np.ndarray:
    """Which variant has the lowest risk in every draw, -1 for a tie: shape (draws,)."""
    ordered = np.sort(drawn, axis=0)
    tied = ordered[1] - ordered[0] <= TIED * np.abs(ordered[1])
    return np.where(tied, -1, drawn.argmin(axis=0))


def lowest(gathering: Gathering, results: Sequence[Results]) -> Table:
    """In which share of the draws the risk is lowest under which regime; Wilson's 95 % intervals, as of a random sample."""
    rows: list[tuple[Any, ...]] = []
    words = (*gathering.variants, TIE)
    for one in results:
        drawn = risks(gathering, one)
        which, n = safest(drawn), drawn.shape[1]
        base = gathering.variants.index(gathering.tables["best"])
        for k, word in enumerate(words):
            count = int((which == (k if word != TIE else -1)).sum())
            low, high = wilson(np.array([count]), n)[0]
            worse = float((drawn[k] > drawn[0]).mean()) if word not in (TIE, gathering.variants[0]) else None
            rows.append((_name(one), one.experiment.rungs[-1], word, word == words[base], n, count / n, low, high, worse))
    columns = ("scenario", "rung", "lowest_under", "best", "draws", "share", "interval_low", "interval_high")
    return Table((*columns, f"share_worse_than_{gathering.variants[0]}"), tuple(rows))


def turning(gathering: Gathering, results: Sequence[Results]) -> Table:
    """The parameters that turn the answer: the share of draws in which `best` is not safest, in their lower and upper half.

    Without those that turn nothing.
    """
    rows: list[tuple[Any, ...]] = []
    best = gathering.variants.index(gathering.tables["best"])
    for one in results:
        every = np.stack([one.by_draw(variant, PROBABILITY, one.experiment.rungs[-1])[0] for variant in gathering.variants])
        sound = ~np.isnan(every).any(axis=0)
        fails = safest(every[:, sound]) != best
        split = [(path, *halves(values[sound], fails)) for path, values in one.drawn.items()]
        ranked = sorted((row for row in split if row[6] != 0), key=lambda row: -abs(row[6]))
        rows += [(_name(one), *row) for row in ranked[: gathering.tables["most"]]]
    columns = ("scenario", "parameter", "median", "draws_below", "share_below", "draws_above", "share_above")
    return Table((*columns[:3], *columns[3:], "difference", "interval_low", "interval_high"), tuple(rows))


def halves(values: np.ndarray, fails: np.ndarray) -> tuple[float, int, float, int, float, float, float, float]:
    """Median, draws and share of failures up to it and above it; the difference of the shares with its 95 % interval (Wald).

    values, fails (draws,).  The difference is 0 where nothing is above the median: there is then no second share.
    """
    middle = float(np.median(values))
    low, high = fails[values <= middle], fails[values > middle]
    shares = [float(part.mean()) if len(part) else 0.0 for part in (low, high)]
    difference = shares[1] - shares[0] if len(high) else 0.0
    error = np.sqrt(sum(p * (1 - p) / max(len(part), 1) for p, part in zip(shares, (low, high), strict=True)))
    ends = difference - NORMAL * error, difference + NORMAL * error
    return middle, len(low), shares[0], len(high), shares[1], difference, float(ends[0]), float(ends[1])


def yearly_rates(gathering: Gathering, results: Sequence[Results]) -> Table:
    """What a scenario implies a year: at its own numbers, and the 5 % and 95 % quantiles over the draws.

    crises: expected onsets over the years of the horizon; a rung: the constant yearly probability 1 - (1 - P)^(1/years) that
    gives the same probability P over the horizon.
    """
    rows: list[tuple[Any, ...]] = []
    for one in results:
        for variant in gathering.variants:
            for rate in RATES:
                told = _rate(one, variant, rate)
                if told is not None:
                    rows.append((_name(one), variant, rate, *told))
    columns = ("scenario", "variant", "rate", "per_year", f"quantile_{BAND[0]:g}", f"quantile_{BAND[1]:g}")
    return Table(columns, tuple(rows))


def _rate(one: Results, variant: str, rate: str) -> tuple[float, float, float] | None:
    """A yearly rate: own value and the ends of the band; None where the ladder has no such rung."""
    rungs, years = one.experiment.rungs, _years(one.experiment, variant)
    if rate == "crises":
        own, drawn = one.values(variant, "expected_onsets"), one.by_draw(variant, "expected_onsets")
        own, drawn = own / years, drawn / years
    else:
        rung = rungs[-1] if rate == "war" else rate
        if rung not in rungs:
            return None
        own, drawn = (
            -np.expm1(np.log1p(-x) / years)
            for x in (one.values(variant, PROBABILITY, rung), one.by_draw(variant, PROBABILITY, rung))
        )
    low, high = np.nanquantile(drawn[0], BAND)
    return float(own[0]), float(low), float(high)


def _years(experiment: ExperimentFile, variant: str) -> float:
    return next(setting.years for setting in experiment.settings if setting.variant == variant)


def _name(one: Results) -> str:
    return one.experiment.scenario.name
