"""An outcome against a swept parameter, as lines."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from sim.declare import ABSENT, Choice, Key, Problem, Text, nonnegative
from sim.dilemma.lookup import did_you_mean
from sim.figures import style
from sim.figures.cases import RUNG, Case, axis_label, words
from sim.figures.drawing import Drawing
from sim.figures.panels import Line, data, gather, of_axes, of_engine, of_fixed, of_missing, paint, panel_name
from sim.study.experiment import ExperimentFile
from sim.study.figure_kind import VARIANT, FigureKind, Spec, of_number, of_roles, of_rung, of_year
from sim.study.names import column
from sim.study.results import Results
from sim.study.tidy import OUTCOMES

PROBABILITY = "escalation_probability"
_SPLIT = "variant, rung or a swept parameter"

KEYS = (
    Key("x", Text(), "The swept parameter along the horizontal axis."),
    Key("y", Choice(tuple(OUTCOMES)), "The outcome shown.", PROBABILITY),
    Key("rung", Text(), "The rung of escalation_probability; the last one where left out.", ABSENT),
    Key("actor", Text(), "The actor of discounted_payoff.", ABSENT),
    Key("at_years", nonnegative("years"), "The time of escalation_probability; the end of the horizon where left out.", ABSENT),
    Key("group", Text(), f"One line for each: {_SPLIT}.", VARIANT),
    Key("panel", Text(), f"One panel for each: {_SPLIT}; one panel where left out.", ABSENT),
)


def problems(spec: Spec, experiment: ExperimentFile) -> Iterator[Problem]:
    """What is wrong with the entry."""
    if spec["x"] in (VARIANT, RUNG) or (experiment.axes and experiment.axis(spec["x"]) is None):
        known = [axis.name for axis in experiment.axes]
        yield Problem(("x",), "must be a swept parameter", spec["x"], did_you_mean(spec["x"], known, "swept parameters"))
        return
    if not experiment.axes:
        yield Problem(("x",), "must be a swept parameter, and nothing is swept", spec["x"], "Write [sweep.parameters].")
        return
    probability = spec["y"] == PROBABILITY
    yield from of_roles(KIND, spec, experiment, others=(RUNG,) if probability else ())
    yield from of_number(spec, experiment)
    yield from of_rung(spec, experiment)
    yield from of_year("at_years", spec, experiment)
    for key in ("rung", "at_years"):
        if spec.get(key) is not None and not probability:
            yield Problem((key,), f"is for y = {PROBABILITY!r} only", spec[key])
    actor = spec.get("actor")
    if spec["y"] == "discounted_payoff" and actor not in experiment.actors:
        hint = did_you_mean(actor or "", experiment.actors)
        yield Problem(("actor",), "names no actor" if actor else "missing: y = 'discounted_payoff' is of an actor", hint=hint)


def draw(spec: Spec, results: Results) -> Drawing:
    """The figure from stored results."""
    experiment = results.experiment
    probability = spec["y"] == PROBABILITY
    axis = experiment.axis(spec["x"])
    assert axis is not None
    n = experiment.axes.index(axis)
    at = axis.numbers if axis.numbers is not None else np.arange(len(axis), dtype=float)
    last = experiment.rungs[-1] if experiment.rungs else ""

    def line(case: Case) -> Line:
        points = case.points(experiment)
        points = points[np.argsort(at[experiment.index[points, n]], kind="stable")]
        key = (case.rung or last) if probability else (spec.get("actor") or "")
        variant = case.variant or experiment.variants[0]

        def values(statistic: str) -> np.ndarray:
            return results.values(variant, spec["y"], key, spec.get("at_years"), statistic)[points]

        x, y = at[experiment.index[points, n]], values("value")
        if experiment.engine == "exact":
            return Line(x, y)
        if probability:
            return Line(x, y, values("interval_low"), values("interval_high"))
        error = 1.959963984540054 * values("standard_error")
        return Line(x, y, y - error, y + error)

    panels = gather(spec, experiment, line, probability=probability)
    title, y_label = spec.get("title") or experiment.title, _y_label(spec, experiment)
    x_label = axis_label(axis, experiment)
    sheet = paint(
        spec,
        experiment,
        panels,
        title=title,
        x=x_label,
        y=y_label,
        probability=probability,
        markers=len(axis) <= 25,
        joined=axis.numbers is not None,
    )
    for ax in sheet.panels:
        if axis.numbers is None:
            ax.set_xticks(at, [axis.label(k) for k in range(len(axis))])
            ax.set_xlim(-0.5, len(axis) - 0.5)
        else:
            ax.margins(x=0.02)
    columns, rows = data(panels, experiment, column(axis.name), {} if axis.numbers is not None else _labels(axis))
    sentences = (
        f"{y_label} against {x_label}.",
        *of_axes(panels, experiment, probability),
        *of_fixed(spec, experiment),
        *of_missing(panels),
        *_level(axis, experiment),
        of_engine(experiment, panels.banded),
    )
    return Drawing(sheet.figure, title, columns, rows, sentences, _alt(title, y_label, x_label, panels, experiment, probability))


def _labels(axis) -> dict:
    return {"label": lambda x: axis.label(int(x))}


def _y_label(spec: Spec, experiment: ExperimentFile) -> str:
    if spec["y"] != PROBABILITY:
        outcome = OUTCOMES[spec["y"]]
        whose = f" of {words(spec['actor'])}" if spec.get("actor") else ""
        return f"{words(spec['y']).capitalize()}{whose} ({outcome.unit})"
    rung = spec.get("rung") or ("" if RUNG in (spec.get("panel"), spec.get("group")) else experiment.rungs[-1])
    years = spec.get("at_years")
    within = f"within {years:g} years" if years is not None else "by the end of the horizon"
    return f"Probability of {words(rung) or 'reaching the rung'} {within}"


def _level(axis, experiment: ExperimentFile) -> list[str]:
    """Why the line of a variant is level."""
    out = []
    for variant in experiment.variants:
        why = [experiment.scenario.keeps_own(variant, path) for path in axis.paths]
        if all(why):
            out.append(f"The line of {words(variant)} is level, because {why[0]}.")
    return out


def _alt(title: str, y: str, x: str, panels, experiment: ExperimentFile, probability: bool) -> str:
    said = []
    for n, lines in enumerate(panels.lines):
        ends = []
        for group, line in zip(panels.groups, lines, strict=True):
            sound = line.y[np.isfinite(line.y)]
            if len(sound):
                shown = [style.percent(float(f"{v:.3g}")) if probability else f"{v:.3g}" for v in (sound[0], sound[-1])]
                ends.append(f"{words(group.name) or 'the line'} from {shown[0]} to {shown[1]}")
        name = panel_name(panels, n, experiment)
        said.append(f"{name + ': ' if name else ''}{', '.join(ends)}")
    return f"Line chart: {title}. {y} against {x}. {'; '.join(said)}."


KIND = FigureKind("lines", KEYS, ("x", "group", "panel"), problems, draw)
