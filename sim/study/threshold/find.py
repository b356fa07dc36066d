"""The break-even value that an experiment asks for: at the file's own values, over the draws, as a curve over two parameters."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from sim.config.tables import present, value_at
from sim.dilemma.paths import split
from sim.study.design import is_number
from sim.study.threshold.crossings import KINDS, Crossings, crossings
from sim.study.threshold.curve import COARSE, Curve, curve
from sim.study.threshold.engine import Engine, across, along, drawn
from sim.study.threshold.question import Question, Span, asked

if TYPE_CHECKING:
    from sim.study.experiment import ExperimentFile

QUANTILES: Final = (0.05, 0.5, 0.95)
EACH: Final = 12
"""About how many values a curve takes for each of its finest cells along an axis; this only sizes the progress."""

Step = Callable[[int, int], None]
"""Called with what is done and all there is to do."""


@dataclass(frozen=True)
class Threshold:
    """What was found."""

    question: Question
    x: np.ndarray
    """The values of the parameter that were scanned, shape (points,)."""
    probability: Mapping[str, np.ndarray]
    """{variant: escalation probability at these values (points,)}, at the file's own values of all other parameters."""
    own: Crossings
    """At the file's own values: one draw."""
    draws: Crossings | None
    """Over the draws of the experiment; None without."""
    drawn: tuple[str, ...]
    """The parameters that the draws vary."""
    curve: Curve | None
    values: Mapping[str, float | None]
    """The file's own values of the sought parameters, as the judged variant has them; None where it has no single number."""
    swept: tuple[str, ...]
    """Other parameters that the experiment sweeps; here they keep the file's own values."""
    failures: tuple[str, ...]
    evaluations: int

    @property
    def kind(self) -> str:
        """Which of crossings.KINDS it is at the file's own values."""
        return KINDS[self.own.kind[0]]

    @property
    def threshold(self) -> float | None:
        """The smallest value from which the condition holds; None where it holds nowhere, or at the low end already."""
        return float(self.own.x[0]) if self.kind in ("begins", "several") and self.own.begins[0] else None

    @property
    def holds_at_low_end(self) -> bool | None:
        """Whether the condition holds at the low end of the range already; None where that cannot be told."""
        if self.kind in ("undefined", "several"):
            return None if self.kind == "undefined" else not bool(self.own.begins[0])
        return self.kind in ("ends", "everywhere")

    @property
    def holds_on(self) -> list[tuple[float, float]] | None:
        """The stretches of the range on which the condition holds, rising; None where that cannot be told."""
        return None if self.kind == "undefined" else stretches(self.own, self.kind, self.question.parameter)


def stretches(own: Crossings, kind: str, span: Span) -> list[tuple[float, float]]:
    """The stretches between crossings on which the condition holds."""
    ends = own.x.tolist()
    if kind == "everywhere" or (len(ends) and not own.begins[0]):
        ends = [span.low, *ends]
    return list(zip(ends[::2], [*ends[1::2], span.high], strict=False))


def find(spec: Mapping[str, Any], experiment: ExperimentFile, step: Step | None = None) -> Threshold:
    """The break-even value of a table [threshold] with which nothing is wrong.  Raises TooLarge, Undefined.

    `step` is called with about how many values of the condition are looked at, and about how many there are to look at.
    """
    question = asked(spec, experiment)
    span, engine = question.parameter, Engine(question, experiment)
    x = np.linspace(span.low, span.high, question.points)
    tolerance = question.tolerance * (span.high - span.low)
    own = crossings(along(engine, {}), x, 1, tolerance)
    probability = engine.probabilities(dict.fromkeys(span.paths, x), len(x))
    others = drawn(question, getattr(experiment, "uncertainty", None))
    draws, many = None, len(next(iter(others.values()))) if others else 0
    over = question.over
    found, along_curve = None, 0 if over is None else round(EACH / question.resolution)
    work = _Work(question.points * many, along_curve, step)
    if others:
        draws = crossings(along(engine, others), x, many, tolerance, work.scanned)
    if over is not None:
        ranges = (span.low, span.high), (over.low, over.high)
        found = curve(across(engine), *ranges, question.resolution, question.tolerance, step=work.followed)
    return Threshold(
        question=question,
        x=x,
        probability=dict(zip(question.variants, probability, strict=True)),
        own=own,
        draws=draws,
        drawn=tuple(others),
        curve=found,
        values={one.name: _own_value(one, experiment, question.variant) for one in (span, over) if one is not None},
        swept=_others(question, experiment),
        failures=engine.failures,
        evaluations=engine.evaluations,
    )


@dataclass(frozen=True)
class _Work:
    """How much there is to look at over the draws and along the curve, and who is told how much is done."""

    draws: int
    curve: int
    step: Step | None

    def scanned(self, share: float) -> None:
        self._tell(share * self.draws)

    def followed(self, share: float) -> None:
        self._tell(self.draws + share * self.curve)

    def _tell(self, done: float) -> None:
        if self.step is not None:
            self.step(round(done), self.draws + self.curve)


def _own_value(span: Span, experiment: ExperimentFile, variant: str) -> float | None:
    """What the file says of a parameter, in the judged variant; None where its paths differ or it lacks them."""
    tables = experiment.scenario.tables(variant)
    found = set()
    for path in map(split, span.paths):
        value = value_at(tables, tuple(path)) if present(tables, tuple(path)) == len(path) else None
        found |= set(value) if isinstance(value, list) else {value}
    return float(found.pop()) if len(found) == 1 and all(map(is_number, found)) else None


def _others(question: Question, experiment: ExperimentFile) -> tuple[str, ...]:
    spans = [span for span in (question.parameter, question.over) if span is not None]
    sought = {path for span in spans for path in span.paths}
    return tuple(axis.name for axis in experiment.axes if not sought.intersection(axis.paths))


# ---- as plain data


def band(found: Crossings) -> dict[str, Any]:
    """The draws in numbers: how many there are of each kind, and quantiles of the first crossing, by its direction."""
    draws = len(found.kind)
    count = {kind: int(np.count_nonzero(found.kind == n)) for n, kind in enumerate(KINDS)}
    out: dict[str, Any] = {"draws": draws, "shares": {kind: n / draws for kind, n in count.items()}, "counts": count}
    for name, begins in (("begins", True), ("ends", False)):
        first = found.first(begins)
        quantiles = np.quantile(first, QUANTILES).tolist() if len(first) else [None] * len(QUANTILES)
        out[name] = {"draws": len(first), "quantiles": {f"{q:g}": x for q, x in zip(QUANTILES, quantiles, strict=True)}}
    return {**out, "partly_undefined": int(np.count_nonzero(found.partly))}


def record(found: Threshold, experiment: ExperimentFile) -> dict[str, Any]:
    """All that was found, for JSON; what is undefined is None.  The points of the curve are in curve.csv."""
    q = found.question
    return {
        "experiment": experiment.name,
        "scenario": experiment.scenario.name,
        "scenario_sha256": experiment.question()["scenario"],
        "condition": _condition(q),
        "parameter": _of_span(q.parameter, found),
        "kind": found.kind,
        "threshold": found.threshold,
        "holds_at_low_end": found.holds_at_low_end,
        "holds_on": found.holds_on,
        "crossings": [{"value": x, "begins": begins, "jump": jump} for x, begins, jump in found.own.of(0)],
        "tolerance": q.tolerance * (q.parameter.high - q.parameter.low),
        "scan": {"values": found.x.tolist(), "escalation_probability": {v: _null(p) for v, p in found.probability.items()}},
        "band": None if found.draws is None else band(found.draws),
        "drawn": list(found.drawn),
        "curve": None if found.curve is None else _of_curve(found.curve, found),
        "at_own_values": list(found.swept),
        "failures": list(found.failures),
        "evaluations": found.evaluations,
    }


def differences(told: Mapping[str, Any], spec: Mapping[str, Any], experiment: ExperimentFile) -> list[str]:
    """In what a record (with a curve) answers another question than a table [threshold] asks: "level: 0.05, not none"; ..."""
    q = asked(spec, experiment)
    if told.get("scenario_sha256") != experiment.question()["scenario"]:
        return ["the scenario has changed"]
    pairs = [(key, told.get("condition", {}).get(key), value) for key, value in _condition(q).items()]
    curve: Mapping[str, Any] = told.get("curve") or {}
    for key, span, was in (("parameter", q.parameter, told.get("parameter", {})), ("over", q.over, curve.get("over") or {})):
        paths, before = ([] if span is None else list(span.paths)), list(was.get("paths") or [])
        if before != paths:
            pairs.append((key, ", ".join(before) or None, ", ".join(paths) or None))
        elif span is not None:
            pairs += [(f"lowest {span.name}", was.get("from"), span.low), (f"highest {span.name}", was.get("to"), span.high)]
    return [f"{key}: {_said(one)}, not {_said(other)}" for key, one, other in pairs if one != other]


def _said(value: Any) -> str:
    return "none" if value is None else f"{value:g}" if is_number(value) else str(value)


def _condition(q: Question) -> dict[str, Any]:
    return {"variant": q.variant, "beats": q.beats, "level": q.level, "rung": q.rung, "at_years": q.years}


def _of_span(span: Span, found: Threshold) -> dict[str, Any]:
    value = found.values[span.name]
    return {"name": span.name, "paths": list(span.paths), "from": span.low, "to": span.high, "own_value": value}


def _of_curve(curve: Curve, found: Threshold) -> dict[str, Any]:
    assert found.question.over is not None
    return {
        "over": _of_span(found.question.over, found),
        "segments": curve.segments,
        "points": len(curve.x),
        "coarse_cells": COARSE,
        "cells": curve.cells,
        "evaluations": curve.evaluations,
        "full_grid": curve.full,
    }


def _null(numbers: np.ndarray) -> list[float | None]:
    return [float(x) if np.isfinite(x) else None for x in numbers]
