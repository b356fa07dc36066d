"""One outcome of a canonical model against another: payoff sets, data with a fit, phase portraits, loci over a parameter."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from sim.declare import ABSENT, Choice, Flag, Key, ListOf, Number, Problem, Table, Text
from sim.figures import said, style
from sim.figures.cases import Case, axis_label, case_label, cases, fixed
from sim.figures.coinciding import Named, of_panels
from sim.figures.drawing import Drawing
from sim.figures.loci import DOTS, PATH, POLYGON, Coordinate, Curve, Layer, between, coordinates, curves, diagonal, entries_of
from sim.figures.outcomes import RISKS, SERIES, meaning, of_entry, of_outcome, outcome_label, series_of, split_entry
from sim.figures.panels import nothing
from sim.figures.plane_paint import SHARED, ends_of, finish, handle, in_steps, looks_of, paint, plane_sheet
from sim.figures.quantity import Quantity
from sim.figures.ranges import LOG, logged, of_log
from sim.figures.sheet import add_legend
from sim.study.design import Axis
from sim.study.experiment import ExperimentFile
from sim.study.figure_kind import MOST_LINES, FigureKind, Spec, of_number, of_roles
from sim.study.results import Results

LINE: Final = "line"
JOINS: Final = (LINE, PATH, POLYGON, DOTS)

LAYER: Final = (
    Key("x", Text(), "Across: an outcome of the canonical model, or a swept parameter."),
    Key("y", Text(), "Upwards: an outcome, or a swept parameter."),
    Key("x_entry", Text(), "The one entry of x; where left out, all of its entries make the points.", ABSENT),
    Key("y_entry", Text(), "The one entry of y; where left out, all of its entries make the points.", ABSENT),
    Key("join", Choice(JOINS), "line, path (a line with an arrow and a dot at its start), polygon, or dots.", LINE),
    Key("label", Text(), "The name in the legend; that of y where left out.", ABSENT),
)
KEYS: Final = (
    *LAYER,
    Key("along", Text(), "The swept parameter along which a curve of single numbers runs.", ABSENT),
    Key("group", Text(), 'One colour for each: "variant", a swept parameter, or "series" of entries such as "3:12".', ABSENT),
    Key("panel", Text(), 'One panel for each: "variant", a swept parameter, or "series".', ABSENT),
    Key("layers", ListOf(Table(LAYER)), "What else is drawn in the same panels, [[figures.layers]].", []),
    Key("x_label", Text(), "The name of the horizontal axis; made from x where left out.", ABSENT),
    Key("y_label", Text(), "The name of the vertical axis; made from y where left out.", ABSENT),
    Key("across", ListOf(Number(), 2, 2), "Lowest and highest value of the horizontal axis.", ABSENT),
    Key("equal", Flag(), "Whether both axes have one scale.", False),
    LOG,
)


# ---- what can be wrong


def problems(spec: Spec, experiment: ExperimentFile) -> Iterator[Problem]:
    """What is wrong with the entry."""
    if experiment.model is None:
        yield Problem(("kind",), "is for canonical models (model = ...)", "plane", 'Draw kind = "lines" or "map".')
        return
    found = [*_of_layer(spec, experiment)]
    for n, layer in enumerate(spec["layers"]):
        found += [Problem(("layers", n, *p.path), p.message, p.found, p.hint) for p in _of_layer(layer, experiment)]
    low, high = spec.get("across") or (0.0, 1.0)
    if not low < high:
        found.append(Problem(("across",), "must be [lowest, highest]", spec["across"]))
    yield from found
    if found:
        return
    yield from of_roles(KIND, _with_along(spec, experiment), experiment, others=(SERIES,))
    yield from of_number(spec, experiment)
    yield from _of_series(spec, experiment)
    yield from of_log(spec, experiment, {d: None if spec[d] in experiment.outcomes else experiment.axis(spec[d]) for d in "xy"})


def _of_layer(layer: Layer, experiment: ExperimentFile) -> Iterator[Problem]:
    for d in ("x", "y"):
        name, entry = layer[d], layer.get(f"{d}_entry")
        axis = experiment.axis(name)
        if name not in experiment.outcomes and axis is not None:
            if axis.numbers is None:
                yield Problem((d,), "must be an outcome, or a swept parameter whose values are numbers", name)
            if entry is not None:
                yield Problem((f"{d}_entry",), f"{d} is a swept parameter and has no entries", entry, "Leave it out.")
            continue
        wrong = list(of_outcome(name, d, experiment))
        yield from wrong
        if wrong or entry is None:
            continue
        if not experiment.outcomes[name].key:
            yield Problem((f"{d}_entry",), f"{name} has one value and no entries", entry, "Leave it out.")
        else:
            yield from of_entry(entry, f"{d}_entry", name, experiment)
    if all(experiment.axis(layer[d]) is not None and layer[d] not in experiment.outcomes for d in ("x", "y")):
        yield Problem(("y",), "must be an outcome where x is a swept parameter", layer["y"])
    indexed = [layer[d] for d in ("x", "y") if layer.get(f"{d}_entry") is None and experiment.entries(layer[d])]
    if len(indexed) == 2 and not set(experiment.entries(indexed[0])) & set(experiment.entries(indexed[1])):
        hint = "Choose one entry of each: x_entry and y_entry."
        yield Problem(("y",), f"has no entry that {indexed[0]} has: the points of a layer are matched by entry", indexed[1], hint)


def _of_series(spec: Spec, experiment: ExperimentFile) -> Iterator[Problem]:
    named = [role for role in ("group", "panel") if spec.get(role) == SERIES]
    known = [e for layer in _layers(spec) for d in ("x", "y") for e in _declared(layer, d, experiment)]
    entries = [entry for entry in known if split_entry(entry)[0]]
    for role in named:
        if known and not entries:
            yield Problem((role,), 'needs outcomes with entries such as "3:12" (series 3, step 12)', SERIES)
        elif role == "group" and len(series_of(entries)) > MOST_LINES:
            yield Problem((role,), f"must have at most {MOST_LINES} series", len(series_of(entries)), "Leave group out.")
    if len(named) == 2:
        yield Problem(("panel",), "is named by group already", SERIES)


def _declared(layer: Layer, d: str, experiment: ExperimentFile) -> tuple[str, ...]:
    return experiment.entries(layer[d]) if layer.get(f"{d}_entry") is None else ()


def _layers(spec: Spec) -> list[Layer]:
    return [spec, *spec["layers"]]


def _with_along(spec: Spec, experiment: ExperimentFile) -> dict[str, Any]:
    """The entry with the swept parameter that its curves run along, where one of the coordinates is it."""
    own = [
        layer[d]
        for layer in _layers(spec)
        for d in ("x", "y")
        if layer[d] not in experiment.outcomes and experiment.axis(layer[d])
    ]
    return {**spec, "along": spec.get("along") or next(iter(own), None)}


# ---- drawing


@dataclass(frozen=True)
class Plot:
    """What a panel shows: for each layer the curves of each group; a layer that is the same for all groups has one list."""

    case: Case
    layers: tuple[tuple[list[Curve], ...], ...]


def draw(spec: Spec, results: Results) -> Drawing:
    """The figure from stored results."""
    experiment = results.experiment
    spec = _with_along(spec, experiment)
    along = experiment.axis(spec["along"]) if spec["along"] is not None else None
    every = [e for layer in _layers(spec) for e in entries_of(*coordinates(layer, results)) if split_entry(e)[0]]
    indexed = next((c.name for layer in _layers(spec) for c in coordinates(layer, results) if c.entries), "")
    panels, groups = (cases(spec.get(role), {**spec, "entries": every}, experiment, indexed) for role in ("panel", "group"))
    whole = fixed(spec, experiment)
    plots = [_plot(panel, groups, spec, along, whole, results) for panel in panels]
    x, y = coordinates(spec, results)
    labels = [spec.get(f"{d}_label") or _label(d, c, spec, results) for d, c in (("x", x), ("y", y))]
    drawn = [curve for plot in plots for layer in plot.layers for group in layer for curve in group]
    ranges = [ends_of(spec, key, d, c, [getattr(k, d) for k in drawn]) for key, d, c in (("across", "x", x), ("axis", "y", y))]
    titles = [case_label(spec["panel"], plot.case, experiment) if spec.get("panel") else "" for plot in plots]
    looks = looks_of(len(_layers(spec)), spec, groups, experiment)
    stepped = [in_steps(layer, [p.layers[n] for p in plots], results) for n, layer in enumerate(_layers(spec))]
    title = spec.get("title") or experiment.title
    legend = _legend(plots, groups, spec, looks, experiment)
    page = plane_sheet(title, titles, labels, [name for name, _ in legend], ranges, spec)
    for ax, plot in zip(page.panels, plots, strict=True):
        for n, layer in enumerate(plot.layers):
            for g, own in enumerate(layer):
                look = looks[n][g] if len(layer) == len(groups) else SHARED[(n - 1) % len(SHARED)]
                for curve in own:
                    paint(ax, curve, _layers(spec)[n]["join"], look, stepped[n])
        finish(ax, ranges, (x, y), spec, drawn)
        if not any(curve.known.any() for layer in plot.layers for group in layer for curve in group):
            ax.text(0.5, 0.5, nothing(experiment), transform=ax.transAxes, ha="center", va="center", color="0.4")
    if legend:
        add_legend(page, [handle for _, handle in legend], [name for name, _ in legend])
    names = list(dict.fromkeys(c.name for layer in _layers(spec) for c in coordinates(layer, results) if c.axis is None))
    missing = sum(int((~curve.known).sum()) for curve in drawn)
    sentences = (
        f"{labels[1]} against {labels[0]}.",
        *(meaning(name, experiment) for name in names),
        *_joined(spec),
        *logged(spec, np.concatenate([curve.y for curve in drawn]) if drawn else np.zeros(0)),
        *_ran(None if every or indexed else along, drawn, experiment),
        *of_panels([list(_named_lines(plot, groups, spec, experiment)) for plot in plots], titles),
        *said.of_fixed(spec, experiment),
        *said.of_undefined(missing, sum(len(curve.x) for curve in drawn), names, spec, results),
        *said.of_points(experiment, Quantity(spec["y"], "value", None, None, experiment.engine != "exact")),
    )
    columns, rows = _data(plots, groups, spec, x, y)
    return Drawing(page.figure, title, columns, rows, sentences, _alt(title, labels, titles, plots))


def _plot(panel: Case, groups: Sequence[Case], spec: Spec, along: Axis | None, whole: Case, results: Results) -> Plot:
    layers = []
    for n, layer in enumerate(_layers(spec)):
        own = tuple(curves(layer, group.within(panel).within(whole), along, results) for group in groups)
        if n and len(groups) > 1 and diagonal(layer):
            layers.append(([between(own, spec.get("across"))],))
            continue
        same = len(own) > 1 and all(len(c) == len(own[0]) and all(a.same(b) for a, b in zip(c, own[0], strict=True)) for c in own)
        layers.append(own[:1] if same and n else own)
    return Plot(panel, tuple(layers))


def _label(d: str, c: Coordinate, spec: Spec, results: Results) -> str:
    """The name of an axis: that of the first layer, or where the other axis is a parameter, those of all layers."""
    other = coordinates(spec, results)[d == "x"]
    both = [coordinates(layer, results)[d == "y"] for layer in _layers(spec)] if other.axis is not None else [c]
    names = dict.fromkeys(_name(one) for one in both)
    risks = all(one.axis is None and one.experiment.outcomes[one.name].unit in RISKS for one in both)
    return "Probability" if len(names) > 2 and risks else " / ".join(names)


def _name(c: Coordinate) -> str:
    return axis_label(c.axis, c.experiment) if c.axis is not None else outcome_label(c.name, c.experiment, c.entry)


# ---- words and data


def _legend(
    plots: Sequence[Plot], groups: Sequence[Case], spec: Spec, looks: Sequence[Sequence[style.Look]], experiment: ExperimentFile
) -> list[tuple[str, Any]]:
    """Entries and their handles: groups in their colours, then what else is drawn."""
    layers, out = _layers(spec), []
    several = len(groups) > 1
    if several:
        for g, group in enumerate(groups):
            out.append((case_label(spec["group"], group, experiment), handle(spec["join"], looks[0][g])))
    for n, layer in enumerate(layers):
        shared = all(len(plot.layers[n]) != len(groups) for plot in plots)
        apart = [m for m in range(len(layers)) if any(len(plot.layers[m]) == len(groups) for plot in plots)]
        if (several and apart == [n]) or (len(layers) == 1 and not layer.get("label")):
            continue  # the groups' entries stand for it, or there is nothing to tell it from
        grey = style.Look("0.35", looks[n][0].dashes, looks[n][0].marker)
        name = layer.get("label") or outcome_label(layer["y"], experiment, layer.get("y_entry"))
        out.append((name, handle(layer["join"], SHARED[(n - 1) % len(SHARED)] if shared else grey if several else looks[n][0])))
    return out


def _named_lines(plot: Plot, groups: Sequence[Case], spec: Spec, experiment: ExperimentFile) -> Iterator[Named]:
    """The curves of a panel by their names, where a name is that of one curve."""
    for layer, own in zip(_layers(spec), plot.layers, strict=True):
        name = layer.get("label") or outcome_label(layer["y"], experiment, layer.get("y_entry"))
        for g, found in enumerate(own):
            of = f" ({case_label(spec['group'], groups[g], experiment)})" if len(own) > 1 else ""
            if len(found) == 1:
                yield name + of, found[0].x, found[0].y


def _joined(spec: Spec) -> Iterator[str]:
    """How points are joined, where it is not plain to see."""
    joins = {layer["join"] for layer in _layers(spec)}
    if POLYGON in joins:
        yield "Shaded: the polygon of the corners, which are marked."
    if PATH in joins:
        yield "Each path starts at its dot and goes on with its arrow."


def _ran(along: Axis | None, drawn: Sequence[Curve], experiment: ExperimentFile) -> Iterator[str]:
    if along is not None and any(len(curve.x) > 1 for curve in drawn):
        order = np.argsort(along.numbers, kind="stable") if along.numbers is not None else np.arange(len(along))
        first, last = (along.label(int(k)) for k in order[[0, -1]])
        yield f"Along the curves {axis_label(along, experiment, unit=False)} goes from {first} to {last}."


def _data(
    plots: Sequence[Plot], groups: Sequence[Case], spec: Spec, x: Coordinate, y: Coordinate
) -> tuple[tuple[str, ...], list[list[Any]]]:
    """The table behind the figure: a row for each point of each curve."""
    rows = []
    for plot in plots:
        for n, layer in enumerate(plot.layers):
            told = _layers(spec)[n]
            name = told.get("label") or f"{told['y']} against {told['x']}"
            for g, own in enumerate(layer):
                group = groups[g].name if len(layer) == len(groups) else ""
                for curve in own:
                    for step, a, b in zip(curve.steps, curve.x.tolist(), curve.y.tolist(), strict=True):
                        rows.append([plot.case.name, group, name, curve.series, step, a, b])
    return ("panel", "group", "layer", "series", "step", "x", "y"), rows


def _alt(title: str, labels: Sequence[str], titles: Sequence[str], plots: Sequence[Plot]) -> str:
    parts = []
    for name, plot in zip(titles, plots, strict=True):
        first = [curve for group in plot.layers[0] for curve in group]
        known = [(curve.x[curve.known], curve.y[curve.known]) for curve in first if curve.known.any()]
        number = f"{len(known)} curve{'' if len(known) == 1 else 's'}" if known else "nothing"
        told = f"{name + ': ' if name else ''}{number}"
        if known:
            x, y = (np.concatenate([pair[k] for pair in known]) for k in (0, 1))
            told += f", {x.min():.3g} to {x.max():.3g} across, {y.min():.3g} to {y.max():.3g} upwards"
        parts.append(told)
    return f"Plane: {said.closed(title)} {labels[1]} against {labels[0]}. {'; '.join(parts)}."


KIND = FigureKind("plane", KEYS, ("along", "group", "panel"), problems, draw)
