"""What a kind of figure is: the keys it adds to an experiment file, what can be wrong with them, and how it is drawn."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from sim.declare import Key, Problem
from sim.dilemma.lookup import did_you_mean

if TYPE_CHECKING:
    from sim.study.design import Axis
    from sim.study.experiment import ExperimentFile

Spec = Mapping[str, Any]
"""One entry of [[figures]], with its defaults filled in."""

MOST_PANELS: Final = 24
MOST_LINES: Final = 10

ORDERED: Final = ("grid", "zip")
"""The designs whose points lie in order along their axes, so that a line can join them; the others give clouds of dots."""

VARIANT: Final = "variant"
"""The word that stands for the variants where a figure names a swept parameter."""


@dataclass(frozen=True)
class FigureKind:
    """One kind of figure.  `over_time`: it needs outcomes after every round, not only at the experiment's `times`.

    `roles` are the keys that name what varies in the figure: a swept parameter or "variant".  `draw(spec, results)` gives a
    `figures.drawing.Drawing`.
    """

    name: str
    keys: tuple[Key, ...]
    roles: tuple[str, ...]
    problems: Callable[[Spec, ExperimentFile], Iterator[Problem]]
    draw: Callable[..., Any]
    over_time: bool = False


def of_roles(kind: FigureKind, spec: Spec, experiment: ExperimentFile, others: tuple[str, ...] = ()) -> Iterator[Problem]:
    """What is wrong with what a figure varies: names that are not swept, things named twice, things that vary and are not named.

    `others` are words that a role may also have.
    """
    varied = [axis.name for axis in experiment.axes]
    taken: dict[str, str] = {}
    sound = True
    for role in kind.roles:
        named = spec.get(role)
        if named is None or named in others:
            continue
        axis = experiment.axis(named)
        if axis is None and named != VARIANT:
            known = [*varied, VARIANT, *others]
            yield Problem((role,), 'must be a swept parameter or "variant"', named, did_you_mean(named, known))
            sound = False
            continue
        name = VARIANT if axis is None else axis.name
        if name in taken:
            yield Problem((role,), f"is named by {taken[name]} already", named)
            sound = False
        if role in ("group", "panel") and axis is not None and _drawn(axis, experiment):
            yield Problem((role,), f"must not be a parameter that the design {experiment.design} draws", named, "Show it as x.")
            sound = False
        taken.setdefault(name, role)
    for name in spec["where"]:
        axis = experiment.axis(name)
        if axis is not None and _drawn(axis, experiment):
            message = f"must not be a parameter that the design {experiment.design} draws: each value is there once"
            yield Problem(("where", name), message)
            sound = False
    if not sound:
        return
    variants = compared(spec, experiment)
    if len(variants) > 1 and VARIANT not in taken:
        free = " or ".join(f'{role} = "{VARIANT}"' for role in kind.roles if role in ("group", "panel"))
        hint = f'Write {free}, or choose one: variants = ["{variants[0]}"].'
        yield Problem((("group" if "group" in kind.roles else "panel"),), "several variants would fall on one line", hint=hint)
    if experiment.design not in ORDERED:
        if "x" not in kind.roles:
            message = f"cannot be drawn of the design {experiment.design}, which varies all parameters at once"
            yield Problem(("kind",), message, kind.name, 'Draw kind = "lines", or kind = "sensitivity".')
        return
    for axis in experiment.axes:
        if len(axis) > 1 and axis.name not in taken and not any(experiment.axis(name) is axis for name in spec["where"]):
            if experiment.design == "zip" and any(experiment.axis(name) for name in (*taken, *spec["where"])):
                continue
            free = " or ".join(role for role in kind.roles if spec.get(role) in (None, *others)) or "where"
            hint = f'Name it as {free}, or choose one value: where = {{ "{axis.name}" = {axis.label(0)} }}.'
            yield Problem((), f"does not say how {axis.name} is shown, which is swept", hint=hint)


def _drawn(axis: Axis, experiment: ExperimentFile) -> bool:
    """Whether an axis has a value of its own at every point, so that it can make neither panels nor lines."""
    return experiment.design not in ORDERED and isinstance(axis.values, np.ndarray)


def of_number(spec: Spec, experiment: ExperimentFile) -> Iterator[Problem]:
    """More panels or lines than can be told apart."""
    for role, most in (("panel", MOST_PANELS), ("group", MOST_LINES)):
        axis = experiment.axis(spec.get(role) or "")
        fixed = axis is not None and any(experiment.axis(name) is axis for name in spec["where"])
        if axis is not None and not fixed and len(axis) > most:
            yield Problem((role,), f"must have at most {most} values", len(axis), f"{axis.name} has more; show it as x.")


def shown(spec: Spec, experiment: ExperimentFile) -> tuple[str, ...]:
    """The variants that a figure shows."""
    return tuple(v for v in spec.get("variants") or experiment.variants if v in experiment.variants)


def compared(spec: Spec, experiment: ExperimentFile) -> tuple[str, ...]:
    """The variants that a figure shows, without the one that is subtracted from them."""
    baseline = spec.get("baseline")
    return tuple(v for v in shown(spec, experiment) if v != baseline)


def of_rung(spec: Spec, experiment: ExperimentFile) -> Iterator[Problem]:
    """A rung that no variant has."""
    rung = spec.get("rung")
    if rung is not None and rung not in experiment.rungs:
        yield Problem(("rung",), "names no rung", rung, did_you_mean(rung, experiment.rungs))


def of_year(key: str, spec: Spec, experiment: ExperimentFile) -> Iterator[Problem]:
    """A time after the horizon."""
    years = spec.get(key)
    if years is not None and years > experiment.years + 1e-9:
        yield Problem((key,), f"must be within the horizon of {experiment.years:g} years", years)
