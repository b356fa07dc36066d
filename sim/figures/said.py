"""What captions and legends say of a figure: its axes, its bands, its engine, what is fixed and what is missing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Final

import numpy as np

from sim.figures import style
from sim.figures.cases import axis_label, fixed, words
from sim.figures.quantity import Quantity
from sim.figures.undefined import reasons
from sim.study.experiment import ExperimentFile
from sim.study.figure_kind import Spec, compared
from sim.study.more import MORE

if TYPE_CHECKING:
    from sim.figures.panels import Panels
    from sim.study.results import Results

DESIGNS: Final[Mapping[str, str]] = {
    "sobol": "a scrambled Sobol sequence",
    "latin_hypercube": "a Latin hypercube",
    "random": "independent random draws",
}
LEAST_SHARE: Final = 0.01
"""Orderings of variants in fewer of the draws are not told one by one."""


def span(ends: tuple[float, float]) -> str:
    """The ends of an axis of probabilities: "0 to 2.5 %"."""
    return f"{style.percent(ends[0]).removesuffix(' %')} to {style.percent(ends[1])}"


def share(band: tuple[float, float]) -> str:
    """Two quantiles in words: "5 to 95 %"."""
    return span(band)


def closed(title: str) -> str:
    """A title as a sentence: with a full stop where it has no end of its own."""
    return title if title.endswith((".", "?", "!")) else f"{title}."


def number(x: float, shown: Quantity) -> str:
    """A value in words, to three digits: "2.51 %", "−0.3 points", "12.5"."""
    if shown.words and x == int(x) and 0 <= x < len(shown.words):
        return shown.words[int(x)]
    short = float(f"{x:.3g}") + 0.0  # no minus before a zero
    if shown.baseline is not None:
        return f"{style.points(short)} points"
    return style.percent(short) if shown.probability else f"{short:g}"


def size(x: float, shown: Quantity) -> str:
    """How far two values are apart, in words: "0.3 points", "12.5"."""
    points = shown.probability or shown.baseline is not None
    return f"{float(f'{100 * x if points else x:.3g}'):g}{' points' if points else ''}"


def middle(shown: Quantity) -> str:
    """What the line is, in a word or two."""
    known = {"mean": "mean", "quantile_0.5": "median", "value": "the file's own numbers"}
    if shown.statistic in known:
        return known[shown.statistic]
    return f"{style.percent(float(shown.statistic.removeprefix('quantile_')))} quantile"


def of_band(experiment: ExperimentFile, shown: Quantity, banded: bool, sampled: bool, joined: bool) -> list[str]:
    """The legend's entries for the bands, the wider one first."""
    both = banded and sampled
    names = ("light", "dark") if joined else ("thin bars", "thick bars")
    alone = "shaded" if joined else "bars"
    out = []
    if banded and shown.band is not None and experiment.uncertainty is not None:
        draws = f"{share(shown.band)} of {experiment.uncertainty.draws:,} draws of the parameters"
        out.append(f"{names[0] if both else alone}: {draws} ({'line' if joined else 'dot'}: {middle(shown)})")
    if sampled:
        out.append(f"{names[1] if both else alone}: 95 % interval of sampling")
    return out


def of_engine(
    experiment: ExperimentFile, shown: Quantity, banded: bool = False, sampled: bool = False, *, joined: bool = True
) -> list[str]:
    """How the numbers were found, and what the bands are, or where points are not `joined` the bars."""
    if experiment.model is not None and experiment.engine == "exact":
        model = experiment.model
        out = [f"Computed from the equations of the model ({model.label} in docs/models.md), not simulated: no sampling error."]
    elif experiment.engine == "exact":
        out = ["Engine: exact; no sampling error."]
    else:
        each = "each point and each draw" if shown.over_draws else "each point"
        out = [f"Engine: Monte Carlo, {experiment.replicates:,} simulated histories for {each}, seed {experiment.seed}."]
    out += of_draws(experiment, shown, banded, joined)
    if not sampled:
        return out
    if banded or shown.over_draws:
        which, what = ("darker band", "line") if joined else ("thicker bar", "dot")
        out.append(f"The {which} is the 95 % interval of the sampling error of the {what}.")
    else:
        what = "Bands" if joined else "Bars"
        out.append(f"{what} are the 95 % interval of the sampling error alone; it says nothing of the parameters.")
    if shown.baseline is not None:
        out.append("It is that of the paired difference: the variants share random numbers, batch of histories by batch.")
    return out


def of_points(experiment: ExperimentFile, shown: Quantity) -> list[str]:
    """How the numbers of a figure without bands were found."""
    hidden = [] if experiment.engine == "exact" else ["The sampling error of its points is not drawn."]
    if experiment.uncertainty is not None and not shown.over_draws:
        hidden.append("The draws of the uncertain parameters are not shown: these are the file's own numbers.")
    return [*of_engine(experiment, shown), *hidden]


def of_draws(experiment: ExperimentFile, shown: Quantity, banded: bool, joined: bool) -> list[str]:
    """What was drawn, and what the band over draws is."""
    drawn = experiment.uncertainty
    if drawn is None or not shown.over_draws:
        return []
    how = DESIGNS.get(drawn.design, drawn.design)
    number = len(drawn.paths)
    what = f"{drawn.draws:,} draws of {number} uncertain parameter{'' if number == 1 else 's'} from their priors, by {how}"
    if not banded or shown.band is None:
        return [f"Shown: the {middle(shown)} over {what}."]
    line = "at the file's own numbers" if shown.statistic == "value" else f"the {middle(shown)} over the draws"
    first, point = ("Band", "line") if joined else ("Bars", "dot")
    out = [f"{first}: {share(shown.band)} of {what}, the same for all variants; the {point} is {line}."]
    if shown.simulated:
        return [*out, "That is the spread under the priors, and contains some sampling error."]
    return [*out, "That is the spread under the priors alone, with no sampling error in it."]


def of_difference(shown: Quantity) -> list[str]:
    """What a difference is from, and how its two sides belong together."""
    if shown.baseline is None:
        return []
    paired = "Paired: the same draws in both variants; positive" if shown.over_draws else "Positive"
    return [f"{paired} means that the risk is higher than under {words(shown.baseline)}."]


def of_axes(panels: Panels, experiment: ExperimentFile, shown: Quantity) -> list[str]:
    """What must be said of the vertical axes: zooms, and differences between panels."""
    if shown.baseline is not None and not panels.shared:
        return ["Vertical axes differ between panels."]
    if experiment.model is not None and not shown.probability:
        return (
            [] if shown.words or any(low <= 0 <= high for low, high in panels.ranges) else ["The vertical axis leaves out zero."]
        )
    if not shown.probability:
        return []
    zoomed = [f"{panels.name(n, experiment)} {span(r)}" for n, r in enumerate(panels.ranges) if r != (0.0, 1.0)]
    if not zoomed:
        return ["All vertical axes run from 0 to 100 %." if len(panels.panels) > 1 else "The vertical axis runs from 0 to 100 %."]
    if panels.shared:
        which = "All vertical axes are" if len(panels.panels) > 1 else "The vertical axis is"
        return [f"{which} zoomed: {span(panels.ranges[0])}."]
    others = "" if len(zoomed) == len(panels.panels) else "; the others run from 0 to 100 %"
    return [f"Vertical axes differ between panels; zoomed: {'; '.join(zoomed)}{others}."]


def of_overlays(panels: Panels, shown: Quantity) -> list[str]:
    """What is drawn over the lines, and where it comes from."""
    return panels.overlays.sentences(lambda x: number(x, shown), panels.ranges)


def of_beyond(panels: Panels) -> list[str]:
    """That lines are cut off at the ends of an axis."""
    cut = any(line.beyond(ends) for lines, ends in zip(panels.lines, panels.ranges, strict=True) for line in lines)
    return ["Lines that leave the range of the vertical axis are cut off."] if cut else []


def of_fixed(spec: Spec, experiment: ExperimentFile) -> list[str]:
    """The values that the figure fixes by choice."""
    out = []
    for name in spec["where"]:
        axis = experiment.axis(name)
        assert axis is not None
        n = fixed(spec, experiment).index[experiment.axes.index(axis)]
        out.append(f"Shown at {axis_label(axis, experiment, unit=False)} = {axis.label(n)}.")
    return out


def statistic(shown: Quantity) -> str:
    """A statistic over the draws in words: "95 % quantile over the draws"."""
    name = shown.statistic
    if name.startswith("quantile_"):
        return f"{100 * float(name.removeprefix('quantile_')):g} % quantile over the draws"
    return {"mean": "mean over the draws", "value": "value at the file's own numbers"}.get(name, name)


def of_missing(panels: Panels, spec: Spec, results: Results, shown: Quantity) -> list[str]:
    """How many points are not drawn because they failed or are undefined, and in how many draws."""
    experiment = results.experiment
    lines = [line for panel in panels.lines for line in panel]
    missing = sum(int(np.isnan(line.y).sum()) for line in lines)
    if experiment.model is not None:
        out = of_undefined(missing, sum(len(line.y) for line in lines), [shown.outcome], spec, results)
    else:
        why = "are undefined" if shown.outcome in MORE and not results.manifest.get("failed") else "could not be computed"
        tell = "; failures.json says why" if why != "are undefined" else ""
        out = [f"{missing} values {why} and are left out{tell}."] if missing else []
    fewest = min((line.reading.fewest for line in lines if line.reading.fewest is not None), default=None)
    if fewest is None or experiment.uncertainty is None or fewest >= experiment.uncertainty.draws:
        return out
    if experiment.model is None and shown.outcome in MORE and not results.manifest.get("failed"):
        return [*out, f"Undefined in some draws: at some points only {fewest:,} entered the line and the band."]
    if experiment.model is None:
        return [*out, f"Some draws failed: at some points only {fewest:,} entered the line and the band; failures.json says why."]
    return [*out, *_of_draws(fewest, bool(missing), spec, results, shown)]


def _of_draws(fewest: int, told: bool, spec: Spec, results: Results, shown: Quantity) -> list[str]:
    """That an outcome of a canonical model is undefined in some draws, or that these failed; `told`: why is told already."""
    parts = [*(["line"] if shown.statistic != "value" else []), *(["band"] if shown.band is not None else [])]
    what = f"the {' and the '.join(parts)} {'are' if len(parts) > 1 else 'is'} of those in which it is defined"
    state = "Failed or undefined" if int(results.manifest.get("failed") or 0) else "Undefined"
    entered = f"at some points only {fewest:,} of {results.experiment.draws:,} entered"
    why = reasons([shown.outcome], spec, results, draws=True)
    return [f"{state} in some draws: {entered}; {what}.", *([] if told else why)]


def of_undefined(
    missing: int, total: int, outcomes: Sequence[str], spec: Spec, results: Results, what: str = "left out"
) -> list[str]:
    """How many values of outcomes of a canonical model are undefined, and when they are; points that failed too."""
    failed = int(results.manifest.get("failed") or 0)
    out = [f"{failed} runs failed; failures.json says why."] if failed else []
    if missing:
        out.append(f"{missing:,} of {total:,} values are undefined and {what}.")
        out += reasons(outcomes, spec, results)
        out += ["What the simulation does not give counts as undefined."] if results.experiment.engine != "exact" else []
    return out


def of_colours(low: float, high: float, shown: Quantity) -> str:
    """From where to where the colours of a map run."""
    ends = [number(x, shown) for x in (low, high)]
    beyond = low > 0 or high < 0
    return f"Colours run from {ends[0]} to {ends[1]}{', not from zero' if beyond and number(0.0, shown) not in ends else ''}."


def of_level(paths: tuple[str, ...], spec: Spec, experiment: ExperimentFile) -> list[str]:
    """Why the line of a variant is level along parameters."""
    out = []
    for variant in compared(spec, experiment):
        why = [experiment.scenario.keeps_own(variant, path) for path in paths]
        if all(why):
            out.append(f"The line of {words(variant)} is level, because {why[0]}.")
    return out


def of_orderings(spec: Spec, results: Results, rungs: list[str], point: int) -> list[str]:
    """In which share of the draws the variants come in which order at the end of the horizon, a sentence for each rung."""
    experiment = results.experiment
    drawn, baseline = experiment.uncertainty, spec.get("baseline")
    variants = {*compared(spec, experiment), *([baseline] if baseline else [])}
    if drawn is None or len(variants) < 2 or variants != set(experiment.variants):
        return []
    table = results.orderings()
    out = []
    if not table:
        return out
    for rung in rungs:
        rows = np.flatnonzero((np.asarray(table["point"]) == point) & (np.asarray(table["key"]) == rung))
        times = np.asarray(table["time"], dtype=float)[rows]
        rows = rows[times == times.max()] if len(rows) else rows
        shares = np.asarray(table["share"], dtype=float)[rows]
        order = np.lexsort((np.asarray(table["ordering"])[rows], -shares))
        said = [
            f"in {style.percent(float(f'{shares[k]:.2g}'))} {words(str(table['ordering'][rows[k]]))}"
            for k in order
            if shares[k] >= LEAST_SHARE
        ]
        if said:
            out.append(
                f"Order of the risk of {words(rung)} at the end of the horizon, in the {drawn.draws:,} draws: {', '.join(said)}."
            )
    return out
