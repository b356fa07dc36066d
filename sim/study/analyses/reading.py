"""The numbers that analyses read from stored results, and how they and their parameters are called in sentences."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from sim.dilemma.paths import split
from sim.study.analyses.kind import DIFFERENCE, ONSETS, PAYOFF, PROBABILITY, Spec
from sim.study.tidy import difference

if TYPE_CHECKING:
    from sim.study.experiment import ExperimentFile
    from sim.study.results import Results

_GROUPS: Final = ("actors", "treaties", "channels", "conditions")
"""Tables of named things: the name says enough."""


# ---- outcomes


def outcome(spec: Spec, experiment: ExperimentFile) -> tuple[str, str]:
    """The outcome of an entry as it is stored: its name and its key."""
    y = spec.get("y", PROBABILITY)
    if y == PAYOFF:
        return y, spec["actor"]
    if y == ONSETS:
        return y, ""
    rung = spec.get("rung") or (experiment.rungs[-1] if experiment.rungs else "")
    return (difference(PROBABILITY, spec["baseline"]) if y == DIFFERENCE else y), rung


def by_point(spec: Spec, results: Results, variant: str, statistic: str = "value") -> np.ndarray:
    """The outcome of a variant at every point, shape (points,); nan where it failed."""
    name, key = outcome(spec, results.experiment)
    return results.values(variant, name, key, spec.get("at_years"), statistic)


def by_draw(spec: Spec, results: Results, variant: str) -> np.ndarray:
    """The outcome of a variant in every draw at every point, shape (points, draws); nan where it failed."""
    name, key = outcome(spec, results.experiment)
    return results.by_draw(variant, name, key, spec.get("at_years"))


# ---- inputs


@dataclass(frozen=True)
class Input:
    """What varies: its name, its number in every point (or draw), and the labels of these numbers where it has no numbers."""

    name: str
    values: np.ndarray
    labels: tuple[str, ...] | None = None

    @property
    def label(self) -> str:
        """The parameter in words."""
        return parameter(self.name)

    def said(self, value: float) -> str:
        """One of its values in words."""
        return number(value) if self.labels is None else self.labels[int(value)]


def swept(experiment: ExperimentFile) -> list[Input]:
    """The swept parameters with their values at every point; those without numbers as codes of their labels."""
    out = []
    for n, axis in enumerate(experiment.axes):
        which = experiment.index[:, n]
        if axis.numbers is not None:
            out.append(Input(axis.name, np.asarray(axis.numbers, dtype=float)[which]))
        else:
            labels = tuple(axis.label(k) for k in range(len(axis)))
            out.append(Input(axis.name, which.astype(float), labels))
    return out


def drawn(results: Results) -> list[Input]:
    """The uncertain parameters with their values in every draw."""
    return [Input(path, np.asarray(values, dtype=float)) for path, values in results.drawn.items()]


# ---- words


def words(name: str) -> str:
    """A bare name as it stands in a sentence."""
    return name.replace("_", " ")


def parameter(path: str) -> str:
    """A parameter in words: "pact inspections per year" of treaties.pact.inspections_per_year."""
    keys = split(path)
    return words(" ".join(keys[1:] if len(keys) > 2 and keys[0] in _GROUPS else keys))


def number(x: float) -> str:
    """A number as it is read: three digits."""
    return f"{float(f'{x:.3g}'):,.12g}"


def percent(p: float) -> str:
    """A share: "74 %"."""
    return f"{number(100 * p)} %"


def value(spec: Spec, x: float) -> str:
    """A value of the outcome: probabilities in per cent, their differences in percentage points."""
    y = spec.get("y", PROBABILITY)
    return change(spec, x) if y == DIFFERENCE else percent(x) if y == PROBABILITY else number(x)


def change(spec: Spec, x: float) -> str:
    """A change of the outcome: that of a probability in percentage points."""
    probability = spec.get("y", PROBABILITY) in (PROBABILITY, DIFFERENCE)
    points = number(100 * x) if probability else ""
    return f"{points} percentage point{'' if points == '1' else 's'}" if probability else number(x)


def outcome_words(spec: Spec, experiment: ExperimentFile) -> str:
    """The outcome in words: "the probability of war within 5 years"."""
    y, (_, key) = spec.get("y", PROBABILITY), outcome(spec, experiment)
    if y == ONSETS:
        return "the expected number of crises"
    if y == PAYOFF:
        return f"the discounted payoff of {words(key)}"
    years = spec.get("at_years")
    within = "by the end of the horizon" if years is None else f"within {years:g} years"
    text = f"the probability of {words(key)} {within}"
    return f"{text} less that under {words(spec['baseline'])}" if y == DIFFERENCE else text


def title(spec: Spec, experiment: ExperimentFile, what: str) -> str:
    """The title of an entry; `what` is that of its kind."""
    return spec.get("title") or f"{what}: {outcome_words(spec, experiment)}"


def listed(items: list[str]) -> str:
    """Items in a sentence: "a, b and c"."""
    return items[0] if len(items) == 1 else f"{', '.join(items[:-1])} and {items[-1]}"


def noise(experiment: ExperimentFile, effect: str) -> list[str]:
    """A caution where outcomes are estimates from simulated histories."""
    return [] if experiment.engine == "exact" else [f"The outcomes are Monte Carlo estimates: {effect}."]
