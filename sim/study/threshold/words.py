"""A break-even value in plain words."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from sim.study.threshold.crossings import KINDS, Crossings
from sim.study.threshold.curve import COARSE
from sim.study.threshold.find import Threshold, band

if TYPE_CHECKING:
    from sim.study.threshold.question import Question

CLAUSE: Final = "Conditional on the assumptions, not a forecast."


def sentences(found: Threshold) -> list[str]:
    """What was found, how it was looked for, and what may be missed; the last sentence says what it is conditional on."""
    return [_found(found), *_draws(found), *_jumps(found.own), *_curve(found), _how(found), *_failures(found), CLAUSE]


def condition(question: Question, verb: str = "is below") -> str:
    """The condition: "P(war within 20 years) under verification is below that under no treaty"."""
    return f"{quantity(question)} under {plain(question.variant)} {verb} {limit(question)}"


def quantity(question: Question) -> str:
    """P(war within 20 years)."""
    return f"P({question.rung} within {number(question.years)} years)"


def limit(question: Question) -> str:
    """What the probability is compared with: "that under no treaty", "0.05"."""
    return number(question.level) if question.beats is None else f"that under {plain(question.beats)}"


def plain(name: str) -> str:
    """The name of a variant in a sentence."""
    return name.replace("_", " ")


def number(x: float | None) -> str:
    """A number to four digits."""
    return "undefined" if x is None else f"{x:.4g}"


def percent(share: float) -> str:
    """A share: 12 %; 0.4 %."""
    return f"{100 * share:.2g} %" if share < 0.995 else f"{100 * share:.3g} %"


def _range(found: Threshold) -> str:
    return f"[{number(found.question.parameter.low)}, {number(found.question.parameter.high)}]"


def _found(found: Threshold) -> str:
    q, name, ends = found.question, found.question.parameter.name, _range(found)
    if found.kind == "begins":
        return f"{condition(q, 'falls below')} from {name} = {number(found.threshold)} on."
    if found.kind == "ends":
        return f"{condition(q)} from the low end on, up to {name} = {number(found.own.x[0])} and not above."
    if found.kind == "everywhere":
        return f"{condition(q)} already at the low end and everywhere in {ends} of {name}."
    if found.kind == "nowhere":
        return f"{condition(q, 'is nowhere below')} in {ends} of {name}."
    if found.kind == "no_difference":
        return f"No difference: {condition(q, 'equals')} everywhere in {ends} of {name}."
    if found.kind == "undefined":
        return f"Whether {condition(q)} could not be told in {ends} of {name}: some of its values could not be looked at."
    stretches = found.holds_on or []
    told = " and ".join(f"from {number(low)} to {number(high)}" for low, high in stretches)
    many = f"on {len(stretches)} stretches" if len(stretches) > 1 else "on one stretch"
    first = "it holds at the low end already" if found.threshold is None else f"the smallest value is {number(found.threshold)}"
    return f"{condition(q)} {many} of {name}, {told}: the difference is not monotone, so there is no single value; {first}."


def _draws(found: Threshold) -> Iterator[str]:
    if found.draws is None:
        return
    told, ends = band(found.draws), _range(found)
    shares, draws = told["shares"], told["draws"]
    parts = [text for name in ("begins", "ends") if (text := _quantiles(name, told[name], draws))]
    words = {
        "everywhere": f"it holds everywhere in {ends}",
        "nowhere": f"it holds nowhere in {ends}",
        "several": "it changes more than once (the first change is counted above)",
        "no_difference": "there is no difference",
        "undefined": "it could not be told",
    }
    parts += [f"in {percent(shares[kind])} of draws {words[kind]}" for kind in KINDS if kind in words and shares[kind] > 0]
    many = "one uncertain parameter" if len(found.drawn) == 1 else f"{len(found.drawn)} uncertain parameters"
    yield f"Over {draws:,} draws of {many}, each draw the same in all variants: {'; '.join(parts)}."
    if told["partly_undefined"]:
        name = found.question.parameter.name
        yield f"In {told['partly_undefined']:,} draws some values of {name} are not allowed and were left out."


def _quantiles(name: str, told: dict, draws: int) -> str:
    if not told["draws"]:
        return ""
    low, middle, high = (number(x) for x in told["quantiles"].values())
    what = "begins to hold" if name == "begins" else "holds from the low end and ceases"
    share = percent(told["draws"] / draws)
    return f"in {share} of draws it {what} inside the range (5 to 95 % of them: at {low} to {high}, median {middle})"


def _jumps(own: Crossings) -> Iterator[str]:
    for x, _, jump in own.of(0):
        if jump:
            yield f"At {number(x)} the difference does not pass through zero, it jumps: something discrete changes there."


def _curve(found: Threshold) -> Iterator[str]:
    curve, q = found.curve, found.question
    if curve is None or q.over is None:
        return
    name = f"The break-even curve over {q.parameter.name} and {q.over.name}"
    spent = (
        f"{curve.evaluations:,} evaluations instead of the {curve.full:,} of the full grid of {curve.cells} x {curve.cells} cells"
    )
    if curve.segments:
        pieces = "one piece" if curve.segments == 1 else f"{curve.segments} pieces"
        yield f"{name} has {pieces} with {len(curve.x):,} points; it took {spent}."
    else:
        yield f"{name} is empty in the ranges looked at; that took {spent}."
    yield f"An island smaller than a cell of the coarse grid, 1/{COARSE} of each range, can be missed."


def _how(found: Threshold) -> str:
    q = found.question
    step = (q.parameter.high - q.parameter.low) / (q.points - 1)
    others = "All other parameters have the file's own values"
    if found.swept:
        others += f", those that the experiment sweeps too ({', '.join(found.swept)})"
    if found.drawn:
        others += ", but for those that are drawn"
    fine = q.tolerance * (q.parameter.high - q.parameter.low)
    return (
        f"{q.points} values of {q.parameter.name}, evenly spaced in {_range(found)}, were looked at with the exact engine, and "
        f"every change between two of them was refined to {fine:.2g}; two changes closer together than {number(step)} can be "
        f"missed. {others}."
    )


def _failures(found: Threshold) -> Iterator[str]:
    for reason in found.failures[:3]:
        yield f"Some values could not be looked at: {reason}."
    if len(found.failures) > 3:
        yield f"And {len(found.failures) - 3:,} more reasons: see threshold.json."
