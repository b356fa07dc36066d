"""What a table [threshold] asks, and what can be wrong with it beyond its declaration."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.config import InputError
from sim.declare import Number, Problem
from sim.dilemma.lookup import did_you_mean, numbers, outside, span
from sim.priors import span as span_of
from sim.study.design import is_number

if TYPE_CHECKING:
    from sim.config import ScenarioFile
    from sim.study.design import Axis
    from sim.study.experiment import ExperimentFile

Spec = Mapping[str, Any]
"""The table [threshold], with its defaults filled in."""

NO_RANGE = "has no finite range of its own"


@dataclass(frozen=True)
class Span:
    """A parameter that is varied between two values: its name in the file and the paths that it drives."""

    name: str
    paths: tuple[str, ...]
    low: float
    high: float


@dataclass(frozen=True)
class Question:
    """Where is the escalation probability of a variant below that of another one (`beats`), or below a level?"""

    variant: str
    beats: str | None
    level: float | None
    rung: str
    years: float
    parameter: Span
    over: Span | None
    points: int
    tolerance: float
    """Of the parameter's range."""
    resolution: float

    @property
    def variants(self) -> tuple[str, ...]:
        """The variants whose probabilities are looked at."""
        return (self.variant,) if self.beats is None else (self.variant, self.beats)


def asked(spec: Spec, experiment: ExperimentFile) -> Question:
    """The question of a table with which nothing is wrong."""
    horizon = _settings(spec, experiment)[spec["variant"]]
    over = spec.get("over")
    return Question(
        variant=spec["variant"],
        beats=spec.get("beats"),
        level=spec.get("level"),
        rung=spec.get("rung") or horizon.rungs[-1],
        years=horizon.years if spec.get("at_years") is None else float(spec["at_years"]),
        parameter=_span(spec, experiment, "parameter"),
        over=None if over is None else _span(spec, experiment, "over"),
        points=spec["points"],
        tolerance=spec["tolerance"],
        resolution=spec["resolution"],
    )


def problems(spec: Spec, experiment: ExperimentFile) -> Iterator[Problem]:
    """What is wrong with the table; paths are those within it."""
    if experiment.engine != "exact":
        hint = 'Write engine = "exact".'
        yield Problem((), "needs the exact engine: simulated probabilities have no exact crossing", experiment.engine, hint)
    found = list(_of_variants(spec, experiment))
    yield from found
    for key in ("parameter", "over"):
        if spec.get(key) is not None:
            yield from _of_parameter(key, spec, experiment, sound=not found)
    both = [set(_driven(spec[key], experiment)[0]) for key in ("parameter", "over") if spec.get(key) is not None]
    if len(both) == 2 and both[0] & both[1]:
        yield Problem(("over",), "must be another parameter than `parameter`", spec["over"])
    for key in ("over_from", "over_to"):
        if spec.get("over") is None and spec.get(key) is not None:
            yield Problem((key,), "belongs to `over`, which is not there", spec[key])
    if not found:
        yield from _of_outcome(spec, experiment)


def _of_variants(spec: Spec, experiment: ExperimentFile) -> Iterator[Problem]:
    known = experiment.variants
    for key in ("variant", "beats"):
        if spec.get(key) is not None and spec[key] not in known:
            yield Problem((key,), "names no variant of this experiment", spec[key], did_you_mean(spec[key], known))
    if spec.get("beats") == spec["variant"]:
        yield Problem(("beats",), "must be another variant than `variant`", spec["beats"])
    if (spec.get("beats") is None) == (spec.get("level") is None):
        hint = f'Write beats = "{known[0]}" (below that of this variant), or level = 0.05 (below this level).'
        yield Problem(
            (), "must have either `beats` or `level`" + (", not both" if spec.get("level") is not None else ""), hint=hint
        )


# ---- parameters


def _driven(name: str, experiment: ExperimentFile) -> tuple[tuple[str, ...], Axis | None]:
    """The paths that a name drives (itself, or those of the swept parameter), and the swept parameter."""
    axis = next((axis for axis in experiment.axes if axis.name == name), None)
    if axis is not None:
        return axis.paths, axis
    return (name,), next((axis for axis in experiment.axes if axis.paths == (name,)), None)


def _ends(key: str) -> tuple[str, str]:
    return ("from", "to") if key == "parameter" else ("over_from", "over_to")


def _of_parameter(key: str, spec: Spec, experiment: ExperimentFile, *, sound: bool) -> Iterator[Problem]:
    name, (low_key, high_key) = spec[key], _ends(key)
    paths, axis = _driven(name, experiment)
    if axis is not None and len(paths) > 1 and any(len({*value}) > 1 for value in axis.values):
        yield Problem((key,), "gives its paths values of their own, which one number cannot", name, "Name one path instead.")
        return
    declared: list[Number] = []
    for path in paths:
        try:
            place = experiment.scenario.place(path)
        except InputError as error:
            problem = error.problems[0].problem
            yield Problem((key,), f"{problem.message} in {experiment.scenario.name}", path, problem.hint)
            return
        if place.structure or not numbers(place):
            yield Problem((key,), "must be a number that may be varied", path)
            return
        declared += [number for _, number, _ in numbers(place)]
    if sound:
        yield from _reached(key, paths, spec, experiment.scenario)
    low, high = _range(key, spec, experiment)
    if low is None or high is None:
        missing = [end for end, value in ((low_key, low), (high_key, high)) if value is None]
        yield Problem((key,), f"{NO_RANGE}: {' and '.join(f'`{end}`' for end in missing)} must be given", name)
        return
    if low >= high:
        yield Problem((low_key,), f"must be below `{high_key}`, which is {high:g}", low)
    for end, value in ((low_key, low), (high_key, high)):
        for number in declared:
            if outside(number, value).any():
                yield Problem((end,), f"must be {span(number)}, as {name} must", value)
                break


def _reached(key: str, paths: tuple[str, ...], spec: Spec, scenario: ScenarioFile) -> Iterator[Problem]:
    """A parameter that none of the compared variants takes: nothing would change."""
    variants = [spec[which] for which in ("variant", "beats") if spec.get(which) is not None]
    why = {variant: [scenario.keeps_own(variant, path) for path in paths] for variant in variants}
    if all(all(reasons) for reasons in why.values()):
        hint = " ".join(f"{variant}: {reasons[0]}." for variant, reasons in why.items())
        none = "reaches none of the compared variants" if len(variants) > 1 else "does not reach the variant that is judged"
        yield Problem((key,), f"{none}, so nothing would change", spec[key], hint)


def _span(spec: Spec, experiment: ExperimentFile, key: str) -> Span:
    low, high = _range(key, spec, experiment)
    assert low is not None
    assert high is not None
    return Span(spec[key], _driven(spec[key], experiment)[0], low, high)


def _range(key: str, spec: Spec, experiment: ExperimentFile) -> tuple[float | None, float | None]:
    """The range that is looked at: what the table says, else that of the sweep, else the declared one, else that of the prior."""
    given = [spec.get(end) for end in _ends(key)]
    paths, axis = _driven(spec[key], experiment)
    if None in given:
        own = _swept(axis) or _declared(paths, experiment) or _prior(paths, experiment) or (None, None)
        given = [one if one is not None else other for one, other in zip(given, own, strict=True)]
    low, high = (None if x is None else float(x) for x in given)
    return low, high


def _swept(axis: Axis | None) -> tuple[float, float] | None:
    """Between the ends of the distribution that a sweep samples, or the least and the greatest of the numbers that it lists."""
    if axis is None or not axis.numeric or axis.labels is not None:
        return None
    if axis.prior is not None:
        return _finite(*span_of(axis.prior))
    values = [] if isinstance(axis.values, np.ndarray) else [x for value in axis.values for x in value if is_number(x)]
    return _finite(min(values), max(values)) if values else None


def _finite(low: float, high: float) -> tuple[float, float] | None:
    return (float(low), float(high)) if math.isfinite(low) and math.isfinite(high) and low < high else None


def _declared(paths: tuple[str, ...], experiment: ExperimentFile) -> tuple[float, float] | None:
    try:
        found = [number for path in paths for _, number, _ in numbers(experiment.scenario.place(path))]
    except InputError:
        return None
    low, high = max((n.low for n in found), default=-math.inf), min((n.high for n in found), default=math.inf)
    return _finite(low, high) if all(n.above is None for n in found) else None


def _prior(paths: tuple[str, ...], experiment: ExperimentFile) -> tuple[float, float] | None:
    """Between the ends of the prior range of the first path that has one."""
    priors = experiment.scenario.raw.get("uncertain", {})
    return next((_finite(*span_of(priors[path])) for path in paths if path in priors), None)


# ---- the outcome


@dataclass(frozen=True)
class _Setting:
    years: float
    rungs: tuple[str, ...]


def _settings(spec: Spec, experiment: ExperimentFile) -> dict[str, _Setting]:
    """Horizon and rungs of the compared variants, at the file's own values."""
    out = {}
    for key in ("variant", "beats"):
        if spec.get(key) is not None:
            tables = experiment.scenario.tables(spec[key])
            out[spec[key]] = _Setting(float(tables["horizon"]["years"]), tuple(tables["crisis"]["rungs"]))
    return out


def _of_outcome(spec: Spec, experiment: ExperimentFile) -> Iterator[Problem]:
    settings = _settings(spec, experiment)
    years, rung = spec.get("at_years"), spec.get("rung")
    shortest = min(setting.years for setting in settings.values())
    if years is None and len({setting.years for setting in settings.values()}) > 1:
        yield Problem(
            ("at_years",), "must be given: the horizons of the two variants differ", hint=f"Write at_years = {shortest:g}."
        )
    if years is not None and years > shortest + 1e-9:
        yield Problem(("at_years",), f"must be within the horizon of {shortest:g} years", years)
    if rung is None and len({setting.rungs[-1] for setting in settings.values()}) > 1:
        yield Problem(("rung",), "must be given: the last rungs of the two variants differ")
    for variant, setting in settings.items():
        if rung is not None and rung not in setting.rungs:
            yield Problem(("rung",), f"names no rung of variant {variant}", rung, did_you_mean(rung, setting.rungs))
            return
