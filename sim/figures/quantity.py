"""What a figure shows of the results: an outcome or a difference between variants, with its interval and its band over draws."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from sim.declare import ABSENT, Choice, Key, ListOf, Number, Problem, Text, nonnegative
from sim.dilemma.lookup import did_you_mean
from sim.dilemma.outcomes import NORMAL
from sim.figures import asked
from sim.figures.cases import RUNG, actor_label, words
from sim.figures.of_core import label_of_core
from sim.figures.outcomes import RISKS, not_for_core, of_entries, outcome_label, words_of
from sim.study.experiment import ExperimentFile
from sim.study.figure_kind import Spec, compared, of_rung, of_year
from sim.study.more import MORE
from sim.study.tidy import OUTCOMES

PROBABILITY: Final = "escalation_probability"
DIFFERENCE: Final = "difference"
LINES: Final = {"mean": "mean", "median": "quantile_0.5", "value": "value"}
"""What the line may be, and the statistic that is stored for it."""

SHOWN: Final = (*OUTCOMES, DIFFERENCE, *MORE)
BASELINE: Final = Key("baseline", Text(), 'The variant that is subtracted, with "difference".', ABSENT)
BAND: Final = (
    Key(
        "band",
        ListOf(Number(0, 1, above=0.0), 2, 2),
        "Two quantiles over the draws of [uncertainty], the lower first: the shaded band.",
        ABSENT,
    ),
    Key(
        "line",
        Choice(tuple(LINES)),
        "The line: mean or median over the draws, or value at the file's own numbers; mean where there is a band, else value.",
        ABSENT,
    ),
)
WHICH: Final = (
    Key("rung", Text(), "The rung of a probability; the last one where left out.", ABSENT),
    Key("actor", Text(), "The actor of discounted_payoff.", ABSENT),
    Key("at_years", nonnegative("years"), "The time of a probability; the end of the horizon where left out.", ABSENT),
)


@dataclass(frozen=True)
class Quantity:
    """An outcome as it is stored, and which of its statistics are drawn."""

    outcome: str
    """The outcome without what is subtracted."""
    statistic: str
    """What the line shows: "value", or "mean" or a quantile over draws."""
    band: tuple[float, float] | None
    baseline: str | None
    simulated: bool
    unit: str = ""
    words: tuple[str, ...] = ()
    """What the codes 0, 1, ... stand for; none of a number."""

    @property
    def stored(self) -> str:
        """The name under which results keep it."""
        return self.outcome if self.baseline is None else f"{self.outcome}_minus_{self.baseline}"

    @property
    def probability(self) -> bool:
        """Whether it is a probability or a share; a difference of two is none."""
        return (self.outcome == PROBABILITY or self.unit in RISKS) and self.baseline is None

    @property
    def over_draws(self) -> bool:
        """Whether draws of the parameters are shown."""
        return self.band is not None or self.statistic != "value"


@dataclass(frozen=True)
class Reading:
    """Numbers that belong together, all of one shape: the line, its sampling interval, its band over draws."""

    y: np.ndarray
    interval: tuple[np.ndarray, np.ndarray] | None = None
    band: tuple[np.ndarray, np.ndarray] | None = None
    fewest: int | None = None
    """The fewest draws that entered a number; None where there are none."""


def quantity(spec: Spec, experiment: ExperimentFile, key: str = "y") -> Quantity:
    """What a figure shows."""
    outcome = spec.get(key) or PROBABILITY
    low_high = spec.get("band")
    band = (float(low_high[0]), float(low_high[1])) if low_high is not None else None
    line = spec.get("line") or ("mean" if band is not None else "value")
    return Quantity(
        PROBABILITY if outcome == DIFFERENCE else outcome,
        spec.get("statistic") or LINES[line],
        band,
        spec["baseline"] if outcome == DIFFERENCE else None,
        experiment.engine != "exact",
        experiment.outcomes[outcome].unit if experiment.model is not None or outcome in MORE else "",
        words_of(outcome, experiment) if experiment.model is not None else (),
    )


def quantile(q: float) -> str:
    """The statistic of a quantile over draws."""
    return f"quantile_{q:g}"


def read(shown: Quantity, values: Callable[[str], np.ndarray]) -> Reading:
    """The numbers of a line; `values` gives a stored statistic.  A median over draws has no sampling interval."""
    y = values(shown.statistic)
    band = (values(quantile(shown.band[0])), values(quantile(shown.band[1]))) if shown.band is not None else None
    counts = values("draws") if shown.over_draws else y[:0]
    fewest = int(counts[np.isfinite(counts)].min()) if np.isfinite(counts).any() else None
    if not shown.simulated or shown.statistic not in ("value", "mean"):
        return Reading(y, None, band, fewest)
    if shown.statistic == "value" and shown.probability:
        return Reading(y, (values("interval_low"), values("interval_high")), band, fewest)
    error = NORMAL * values("standard_error" if shown.statistic == "value" else "mean_standard_error")
    low, high = y - error, y + error
    ends = (np.maximum(low, 0.0), np.minimum(high, 1.0)) if shown.probability else (low, high)
    return Reading(y, ends, band, fewest)


def joined(parts: Sequence[Reading]) -> Reading:
    """Readings one after another, as one."""

    def both(ends: Sequence[tuple[np.ndarray, np.ndarray] | None]) -> tuple[np.ndarray, np.ndarray] | None:
        known = [pair for pair in ends if pair is not None]
        return (np.concatenate([a for a, _ in known]), np.concatenate([b for _, b in known])) if known else None

    y = np.concatenate([part.y for part in parts])
    fewest = min((part.fewest for part in parts if part.fewest is not None), default=None)
    return Reading(y, both([part.interval for part in parts]), both([part.band for part in parts]), fewest)


def problems(
    spec: Spec, experiment: ExperimentFile, key: str = "y", roles: tuple[str, ...] = ("group", "panel")
) -> Iterator[Problem]:
    """What is wrong with what a figure shows; `roles` are the keys that may be for the entries of an outcome."""
    outcome = spec.get(key) or PROBABILITY
    if experiment.model is not None:
        yield from of_entries(spec, experiment, key, roles)
        yield from _of_draws(spec, experiment)
        return
    if outcome not in SHOWN:
        yield Problem((key,), "must be one of the words for it", outcome, did_you_mean(outcome, SHOWN))
        return
    if outcome in MORE:
        yield from _of_more(spec, experiment, key, roles)
        return
    yield from not_for_core(spec)
    yield from of_rung(spec, experiment)
    if "at_years" in spec:
        yield from of_year("at_years", spec, experiment)
    for other in ("rung", "at_years"):
        if spec.get(other) is not None and outcome not in (PROBABILITY, DIFFERENCE):
            yield Problem((other,), f"is for {key} = {PROBABILITY!r} or {DIFFERENCE!r} only", spec[other])
    actor = spec.get("actor")
    if outcome == "discounted_payoff" and actor not in experiment.actors:
        hint = did_you_mean(actor or "", experiment.actors)
        yield Problem(("actor",), "names no actor" if actor else f"missing: {key} = {outcome!r} is of an actor", hint=hint)
    elif outcome != "discounted_payoff" and actor is not None:
        yield Problem(("actor",), f"is for {key} = 'discounted_payoff' only", actor)
    yield from _of_baseline(spec, experiment, key)
    yield from _of_draws(spec, experiment)


def _of_more(spec: Spec, experiment: ExperimentFile, key: str, roles: tuple[str, ...]) -> Iterator[Problem]:
    """What is wrong with a figure of an outcome of the core model that has entries."""
    yield from asked.problems(spec, experiment, key, roles)
    if "at_years" in spec:
        yield from of_year("at_years", spec, experiment)
    yield from _of_draws(spec, experiment)


def _of_baseline(spec: Spec, experiment: ExperimentFile, key: str) -> Iterator[Problem]:
    baseline = spec.get("baseline")
    if spec.get(key) != DIFFERENCE:
        if baseline is not None:
            yield Problem(("baseline",), f"is for {key} = {DIFFERENCE!r} only", baseline, f'Write {key} = "{DIFFERENCE}".')
        return
    if baseline is None:
        hint = f'Write baseline = "{experiment.variants[0]}".'
        yield Problem(("baseline",), f"missing: {key} = {DIFFERENCE!r} is from a variant", hint=hint)
    elif baseline not in experiment.variants:
        hint = did_you_mean(baseline, experiment.variants, "variants of this experiment")
        yield Problem(("baseline",), "names no variant of this experiment", baseline, hint)
    elif not compared(spec, experiment):
        yield Problem(("baseline",), "is the only variant shown, so there is nothing to compare with it", baseline)


def _of_draws(spec: Spec, experiment: ExperimentFile) -> Iterator[Problem]:
    """Bands and lines over draws that there are not."""
    band = spec.get("band")
    if band is not None and not 0 < band[0] < band[1] < 1:
        yield Problem(("band",), "must be two quantiles between 0 and 1, the lower first", band, "Write [0.05, 0.95].")
    if experiment.uncertainty is not None:
        return
    hint = "Write [uncertainty] with draws = 256."
    for key in ("band", "line", "statistic"):
        if spec.get(key) not in (None, "value"):
            yield Problem((key,), "needs draws of the parameters, and the experiment has no [uncertainty]", spec[key], hint)


def label(spec: Spec, shown: Quantity, experiment: ExperimentFile, *, when: bool = True) -> str:
    """The name of what is shown, with its unit: "Probability of war within 15 years"; without the time if not `when`."""
    if experiment.model is not None:
        return outcome_label(shown.outcome, experiment, spec.get("entry"))
    if shown.outcome in MORE:
        return label_of_core(shown.outcome, spec["entries"], spec.get("at_years"), experiment, when)
    if shown.outcome != PROBABILITY:
        whose = f" of {actor_label(spec['actor'], experiment)}" if spec.get("actor") else ""
        return f"{words(shown.outcome).capitalize()}{whose} ({OUTCOMES[shown.outcome].unit})"
    roles = (spec.get("panel"), spec.get("group"))
    rung = spec.get("rung") or ("" if RUNG in roles else experiment.rungs[-1])
    years = spec.get("at_years")
    within = "" if not when else f" within {years:g} years" if years is not None else " by the end of the horizon"
    what = f"of {words(rung)}" if rung else "of reaching the rung"
    if shown.baseline is None:
        return f"Probability {what}{within}"
    return f"Probability {what}{within} minus that under {words(shown.baseline)} (percentage points)"
