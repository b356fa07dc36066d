"""Scenario discovery: the ranges of parameters in which an outcome is mostly above a level, or a variant worse than another."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from sim.declare import ABSENT, Key, Number, Problem, Text, Whole
from sim.dilemma.lookup import did_you_mean
from sim.study.analyses import kind
from sim.study.analyses.boxes import SIGNIFICANT, Box, Limit, Missing, discover
from sim.study.analyses.kind import COMMON, DIFFERENCE, DRAWS, OVER, PAYOFF, POINTS, SAMPLED, AnalysisKind, Finding, Spec
from sim.study.analyses.reading import (
    Input,
    by_draw,
    by_point,
    drawn,
    listed,
    noise,
    number,
    outcome_words,
    percent,
    swept,
    title,
    value,
    words,
)

if TYPE_CHECKING:
    from sim.study.experiment import ExperimentFile
    from sim.study.results import Results

COLUMNS: Final = (
    "variant",
    "box",
    "parameter",
    "low",
    "high",
    "values",
    "quasi_p",
    "coverage",
    "density",
    "mass",
    "base_rate",
    "cases",
    "cases_of_interest",
)

KEYS: Final = (
    *COMMON,
    OVER,
    Key("above", Number(), "Cases of interest: the outcome is above this.", ABSENT),
    Key("below", Number(), "Cases of interest: the outcome is below this.", ABSENT),
    Key("worse_than", Text(), "Cases of interest: the outcome is worse than under this variant in the same run.", ABSENT),
    Key("density", Number(above=0.0, high=1.0, unit="share"), "Share of cases of interest that a box must hold.", 0.8),
    Key("boxes", Whole(1, 10), "How many boxes are sought at most.", 3),
)
_WHICH: Final = ("above", "below", "worse_than")
_STEPS: Final = 4
"""Steps of the peeling trajectory that are told."""


def find(spec: Spec, results: Results) -> Finding:
    """The boxes of every variant."""
    experiment = results.experiment
    rows, sentences = [], []
    for variant in _variants(spec, experiment):
        y, inputs = _cases(spec, results, variant)
        sound, interest = np.isfinite(y), _of_interest(spec, results, y)
        if spec.get("worse_than"):
            sound &= np.isfinite(_cases(spec, results, spec["worse_than"])[0])
        used = [Input(one.name, one.values[sound], one.labels) for one in inputs]
        told, boxes = _told(spec, experiment, variant, used, interest[sound])
        sentences += told
        base = float(interest[sound].mean()) if sound.any() else np.nan
        for n, box in enumerate(boxes, 1):
            rows += [_row(variant, n, box, limit, used[limit.input], base) for limit in box.limits]
        if not sound.all():
            sentences.append(f"{words(variant)}: {(~sound).sum()} of {len(sound)} cases are left out, because a point failed.")
    over = kind.over(spec, experiment)
    what = "draws of the uncertain parameters" if over == DRAWS else "points of the sweep"
    if over == DRAWS and len(experiment.index) > 1:
        what += " at every point of the sweep"
    about = f"Cases are the {what}; coverage is the share of all cases of interest in a box, density their share among its cases."
    cautions = noise(experiment, "cases near the limit may be on its other side")
    return Finding(
        spec["name"],
        KIND.name,
        title(spec, experiment, "Scenario discovery"),
        COLUMNS,
        tuple(rows),
        (about, *sentences, *cautions),
    )


def _variants(spec: Spec, experiment: ExperimentFile) -> list[str]:
    return [variant for variant in kind.variants(spec, experiment) if variant != spec.get("worse_than")]


def _cases(spec: Spec, results: Results, variant: str) -> tuple[np.ndarray, list[Input]]:
    """The outcome in every case, shape (cases,), and the inputs with their values there."""
    inputs = swept(results.experiment)
    if kind.over(spec, results.experiment) == POINTS:
        return by_point(spec, results, variant), inputs
    y = by_draw(spec, results, variant)
    points, draws = y.shape
    over_points = [Input(one.name, np.repeat(one.values, draws), one.labels) for one in inputs]
    over_draws = [Input(one.name, np.tile(one.values, points), one.labels) for one in drawn(results)]
    return y.ravel(), [*over_points, *over_draws]


def _of_interest(spec: Spec, results: Results, y: np.ndarray) -> np.ndarray:
    """Which cases are of interest, bool (cases,); nan is not."""
    if (level := spec.get("above")) is not None:
        return y > level
    if (level := spec.get("below")) is not None:
        return y < level
    other, _ = _cases(spec, results, spec["worse_than"])
    worse = other - y if spec.get("y") == PAYOFF else y - other
    return worse > 1e-12 * np.maximum(1.0, np.abs(other))  # rounding is no difference


def _told(
    spec: Spec, experiment: ExperimentFile, variant: str, inputs: Sequence[Input], interest: np.ndarray
) -> tuple[list[str], list[Box]]:
    """What there is to say of one variant, and its boxes."""
    case = _interest_words(spec, experiment, variant)
    cases, hits = len(interest), int(interest.sum())
    if cases == 0:
        return [f"{case}: no case can be looked at, because all failed."], []
    if hits in (0, cases):
        return [f"{case} in {'all' if hits else 'none'} of {cases:,} cases: there is nothing to tell apart."], []
    base = f"base rate {percent(hits / cases)}"
    try:
        boxes = discover(inputs, interest, spec["density"], spec["boxes"])
    except Missing as error:
        return [f"Not done: {error}. {case} in {hits:,} of {cases:,} cases."], []
    if not boxes:
        return [f"{case} in {hits:,} of {cases:,} cases, and no range of a parameter holds notably more of them ({base})."], []
    out = []
    for n, box in enumerate(boxes):
        where = listed([limit_words(limit, inputs[limit.input]) for limit in box.limits])
        share = f"coverage {percent(box.coverage)}, density {percent(box.density)}"
        dense = box.density >= spec["density"]
        often = ("mostly" if n == 0 else "also mostly") if dense else "more often than elsewhere"
        out.append(f"{case} {often} where {where}: {share}; {base}.")
        weak = [inputs[limit.input].label for limit in box.limits if limit.quasi_p > SIGNIFICANT]
        if weak:
            out.append(f"The limit on {listed(weak)} may be chance (quasi-p-value above {SIGNIFICANT}).")
    if boxes[0].density < spec["density"]:
        out.append(f"No box reaches a density of {percent(spec['density'])}.")
    steps = boxes[0].trajectory
    chosen = sorted({round(k * (len(steps) - 1) / (_STEPS - 1)) for k in range(_STEPS)}) if len(steps) > 1 else []
    if chosen:
        path = ", ".join(f"{percent(steps[k][0])} and {percent(steps[k][1])}" for k in chosen)
        out.append(f"Peeling of the first box, coverage and density from the whole space inwards: {path}.")
    return out, boxes


def _interest_words(spec: Spec, experiment: ExperimentFile, variant: str) -> str:
    what = outcome_words(spec, experiment)
    what = f"{what[0].upper()}{what[1:]} under {words(variant)}"
    for which in ("above", "below"):
        if spec.get(which) is not None:
            return f"{what} is {which} {value(spec, spec[which])}"
    return f"{what} is {'lower' if spec.get('y') == PAYOFF else 'higher'} than under {words(spec['worse_than'])}"


def limit_words(limit: Limit, one: Input) -> str:
    """A limit in words: "monitoring detection is below 0.21"."""
    if limit.codes is not None:
        return f"{one.label} is {' or '.join(one.said(code) for code in limit.codes)}"
    if limit.low is None:
        return f"{one.label} is below {number(limit.high or 0.0)}"
    if limit.high is None:
        return f"{one.label} is above {number(limit.low)}"
    return f"{one.label} is between {number(limit.low)} and {number(limit.high)}"


def _row(variant: str, n: int, box: Box, limit: Limit, one: Input, base: float) -> tuple[Any, ...]:
    values = None if limit.codes is None else "; ".join(one.said(code) for code in limit.codes)
    shares = (box.coverage, box.density, box.mass, base, box.cases, box.of_interest)
    return (variant, n, one.name, limit.low, limit.high, values, limit.quasi_p, *shares)


def _problems(spec: Spec, experiment: ExperimentFile) -> Iterator[Problem]:
    if kind.over(spec, experiment) == POINTS:
        yield from kind.of_design(KIND, experiment)
    else:
        yield from kind.of_draws(spec, experiment, "over")
    yield from kind.of_outcome(spec, experiment)
    yield from kind.of_variants(spec, experiment)
    given = [which for which in _WHICH if spec.get(which) is not None]
    if len(given) != 1:
        found = "none" if not given else " and ".join(given)
        yield Problem((), f"needs one of above, below and worse_than, found {found}", hint="Write above = 0.05, for instance.")
        return
    other = spec.get("worse_than")
    if other is not None and other not in experiment.variants:
        hint = did_you_mean(other, experiment.variants)
        yield Problem(("worse_than",), "names no variant of this experiment", other, hint)
    elif other is not None and not _variants(spec, experiment):
        yield Problem(("worse_than",), "leaves no other variant to look at", other)
    elif other is not None and spec.get("y") == DIFFERENCE:
        yield Problem(("worse_than",), f'is not for y = "{DIFFERENCE}"', other, "Write above = 0, which says the same.")


KIND = AnalysisKind("prim", KEYS, _problems, find, SAMPLED)
