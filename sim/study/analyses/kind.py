"""What a kind of analysis is: the keys of its entries in an experiment file, what can be wrong with them, and what it finds."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from sim.declare import ABSENT, Choice, Key, ListOf, Problem, Text, nonnegative
from sim.dilemma.lookup import did_you_mean
from sim.study.design import SAMPLED as COUNTED

if TYPE_CHECKING:
    from sim.study.experiment import ExperimentFile

Spec = Mapping[str, Any]
"""One entry of [[analyses]], with its defaults filled in."""

PROBABILITY: Final = "escalation_probability"
PAYOFF: Final = "discounted_payoff"
ONSETS: Final = "expected_onsets"
DIFFERENCE: Final = "difference"

CONDITIONAL: Final = "Conditional on the assumptions, not a forecast."
"""The last sentence of everything that is found."""

POINTS: Final = "points"
DRAWS: Final = "draws"
SAMPLED: Final = ("latin_hypercube", "sobol", "csv", "saltelli")
"""Designs whose points are spread over the whole space of the swept parameters."""


@dataclass(frozen=True)
class Finding:
    """What an analysis found: a table and plain sentences about it."""

    name: str
    kind: str
    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]
    """Text and numbers; None where there is none."""
    sentences: tuple[str, ...]


@dataclass(frozen=True)
class AnalysisKind:
    """One kind of analysis: its name, all keys of its entries but `kind`, and the designs of sweeps that fit it (none: all fit).

    `problems(spec, experiment)` says what is wrong with an entry beyond its declaration; `find(spec, results)` gives a Finding.
    """

    name: str
    keys: tuple[Key, ...]
    problems: Callable[[Spec, ExperimentFile], Iterator[Problem]]
    find: Callable[..., Finding]
    designs: tuple[str, ...] = ()


# ---- keys

NAMED: Final = (
    Key("name", Text(), "Name of the files with what is found."),
    Key("title", Text(), "Title; made from the kind and the outcome where left out.", ABSENT),
)
VARIANTS: Final = Key("variants", ListOf(Text(), 1), "The variants looked at; all of the experiment where left out.", ABSENT)
RUNG: Final = Key("rung", Text(), "The rung of escalation_probability; the last one where left out.", ABSENT)
AT_YEARS: Final = Key(
    "at_years", nonnegative("years"), "The time of escalation_probability; the end of the horizon where left out.", ABSENT
)
ACTOR: Final = Key("actor", Text(), "The actor of discounted_payoff.", ABSENT)
BASELINE: Final = Key("baseline", Text(), 'The variant that is taken off, for y = "difference".', ABSENT)

OUTCOME: Final = (
    Key("y", Choice((PROBABILITY, ONSETS, PAYOFF, DIFFERENCE)), "The outcome; difference: from the baseline's.", PROBABILITY),
    RUNG,
    ACTOR,
    AT_YEARS,
    BASELINE,
)
"""The keys that say which outcome is looked at."""

COMMON: Final = (*NAMED, *OUTCOME, VARIANTS)

OVER: Final = Key(
    "over",
    Choice((DRAWS, POINTS)),
    "What is counted: the draws of [uncertainty], or the points of the sweep; draws where there are any.",
    ABSENT,
)


def over(spec: Spec, experiment: ExperimentFile) -> str:
    """Whether an entry counts draws or points."""
    return spec.get("over") or (POINTS if experiment.uncertainty is None else DRAWS)


def variants(spec: Spec, experiment: ExperimentFile) -> tuple[str, ...]:
    """The variants that an entry looks at; the baseline is none of them."""
    wanted = spec.get("variants") or experiment.variants
    return tuple(v for v in experiment.variants if v in wanted and v != spec.get("baseline"))


# ---- what can be wrong


def of_design(kind: AnalysisKind, experiment: ExperimentFile) -> Iterator[Problem]:
    """A design of the sweep that does not fit the method."""
    if not experiment.axes:
        what = "".join(
            f'[sweep] with design = "{one}"{" and samples = 256" * (one in COUNTED)}, and ' for one in kind.designs[:1]
        )
        hint = f"Write {what}[sweep.parameters]{' or uncertain = true' if what else ''}."
        yield Problem(("kind",), f"{kind.name} needs a sweep, and nothing is swept", hint=hint)
    elif kind.designs and experiment.design not in kind.designs:
        fitting = " or ".join(f'"{design}"' for design in kind.designs)
        hint = f"Write design = {fitting} under [sweep], or leave this analysis out."
        yield Problem(("kind",), f'{kind.name} does not fit the design "{experiment.design}"', hint=hint)


def of_draws(spec: Spec, experiment: ExperimentFile, key: str = "kind") -> Iterator[Problem]:
    """Draws that are asked for where nothing is drawn."""
    if experiment.uncertainty is None:
        message = f"{spec.get(key)} needs draws of the uncertain parameters, and nothing is drawn"
        yield Problem((key,), message, hint="Write [uncertainty] with draws = 256.")


def of_outcome(spec: Spec, experiment: ExperimentFile) -> Iterator[Problem]:
    """What is wrong with the outcome that an entry looks at."""
    y = spec.get("y", PROBABILITY)
    probability = y in (PROBABILITY, DIFFERENCE)
    rung, actor, baseline = spec.get("rung"), spec.get("actor"), spec.get("baseline")
    if rung is not None and rung not in experiment.rungs:
        yield Problem(("rung",), "names no rung", rung, did_you_mean(rung, experiment.rungs))
    if (years := spec.get("at_years")) is not None and years > experiment.years + 1e-9:
        yield Problem(("at_years",), f"must be within the horizon of {experiment.years:g} years", years)
    for key in ("rung", "at_years"):
        if spec.get(key) is not None and not probability:
            yield Problem((key,), f'is for y = "{PROBABILITY}" and y = "{DIFFERENCE}" only', spec[key])
    if y == PAYOFF and actor not in experiment.actors:
        hint = did_you_mean(actor or "", experiment.actors)
        yield Problem(("actor",), "names no actor" if actor else f'missing: y = "{PAYOFF}" is of an actor', hint=hint)
    elif y != PAYOFF and actor is not None:
        yield Problem(("actor",), f'is for y = "{PAYOFF}" only', actor)
    if y == DIFFERENCE and baseline not in experiment.variants:
        hint = did_you_mean(baseline or "", experiment.variants)
        message = "names no variant of this experiment" if baseline else 'missing: y = "difference" is from a baseline'
        yield Problem(("baseline",), message, hint=hint)
    elif y != DIFFERENCE and baseline is not None:
        yield Problem(("baseline",), 'is for y = "difference" only', baseline)


def of_variants(spec: Spec, experiment: ExperimentFile, least: int = 1) -> Iterator[Problem]:
    """Variants that the experiment does not have, and fewer than the analysis needs."""
    named = spec.get("variants") or ()
    for n, name in enumerate(named):
        if name not in experiment.variants:
            yield Problem(("variants", n), "names no variant of this experiment", name, did_you_mean(name, experiment.variants))
            return
    if len(found := variants(spec, experiment)) < least:
        what = "variant besides the baseline" if spec.get("baseline") else "variants" if least > 1 else "variant"
        number = {1: "one", 2: "two"}[least]
        hint = f"The experiment has {', '.join(experiment.variants)}."
        yield Problem(("variants",), f"{spec['kind']} needs at least {number} {what}, found {len(found)}", hint=hint)


def of_all(kind: AnalysisKind, spec: Spec, experiment: ExperimentFile) -> Iterator[Problem]:
    """What is wrong with the design, the outcome and the variants of an entry."""
    yield from of_design(kind, experiment)
    yield from of_outcome(spec, experiment)
    yield from of_variants(spec, experiment)
