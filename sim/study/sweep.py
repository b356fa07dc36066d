"""The table [sweep]: whether its keys fit its design, and the axes with their values, listed, sampled or read from a file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np

from sim.config import ScenarioFile
from sim.config.tables import akin, present, value_at
from sim.declare import Problem
from sim.dilemma.paths import split
from sim.priors import Prior, problems, quantile, span
from sim.study import points_file
from sim.study.axes import Told, read_axes
from sim.study.design import MOST_POINTS, SAMPLED, Axis, is_number, size
from sim.study.samplers import unit_points
from sim.study.uncertainty import reaches

BELONGS: Final[Mapping[str, tuple[str, ...]]] = {
    "samples": SAMPLED,
    "levels": ("morris",),
    "second_order": ("saltelli",),
    "ends": ("one_at_a_time",),
    "file": ("csv",),
    "uncertain": (*SAMPLED, "one_at_a_time"),
}
"""Keys of [sweep] that only some designs have."""

DEFAULTS: Final[Mapping[str, Any]] = {"levels": 4, "second_order": False, "ends": (0.05, 0.95)}

AT: Final = ("sweep", "parameters")


def sampling(sweep: Mapping[str, Any]) -> dict[str, Any]:
    """What the design of a sweep needs to know, with defaults: some of `samples`, `levels`, `second_order`, `ends`, `file`."""
    keys = [key for key, designs in BELONGS.items() if sweep["design"] in designs and key != "uncertain"]
    told = {key: DEFAULTS.get(key) if sweep.get(key) is None else sweep[key] for key in keys}
    return {key: tuple(value) if isinstance(value, list) else value for key, value in told.items()}


def read_sweep(
    sweep: Mapping[str, Any], scenario: ScenarioFile, variants: Sequence[str], seed: int, folder: Path
) -> tuple[list[Problem], tuple[Axis, ...]]:
    """What is wrong with a sweep, and its axes; those of a sampled design only if nothing is wrong.

    `folder` is where the experiment file lies.
    """
    design, found = sweep["design"], list(_settings(sweep))
    if design == "csv":
        if found:
            return found, ()
        return points_file.read(points_file.find(folder, sweep["file"]), sweep["file"], scenario)
    sampled = design in (*SAMPLED, "one_at_a_time")
    more, told = read_axes(sweep["parameters"], scenario, sampled=design if sampled else "")
    found += more
    if not sampled:
        return found, tuple(Axis(t.name, t.paths, t.values, t.labels, t.numeric) for t in told)
    if sweep["uncertain"]:
        told += _uncertain(sweep["parameters"], told, scenario, variants)
    settings = sampling(sweep)
    if not found and not told:
        hint = "Write [sweep.parameters], or uncertain = true for all prior ranges of the scenario."
        if sweep["uncertain"]:
            hint = f"Write [sweep.parameters], or prior ranges in [uncertain] of the scenario: {scenario.name} has none."
        found.append(Problem(("sweep",), f"has nothing to vary: the design {design} needs swept parameters", hint=hint))
    if design == "one_at_a_time":
        more, axes = _one_at_a_time(told, scenario, variants, settings["ends"])
        return found + more, tuple(axes)
    if not found:
        found += _of_size(design, len(told), settings)
        found += _unbounded(design, told) if design == "morris" else ()
    if found:
        return found, ()
    more = {key: settings[key] for key in ("levels", "second_order") if key in settings}
    u = unit_points(design, settings["samples"], len(told), seed, **more)
    return [], tuple(_drawn(t, u[:, n]) for n, t in enumerate(told))


# ---- what is wrong


def _settings(sweep: Mapping[str, Any]) -> Iterator[Problem]:
    """Keys that the design has not, or lacks."""
    design = sweep["design"]
    for key, designs in BELONGS.items():
        value = sweep.get(key)
        if value not in (None, False) and design not in designs:
            message = f"is for the design {' or '.join(designs)}, and the design is {design}"
            yield Problem(("sweep", key), message, value, _instead(key, design))
    if design in SAMPLED and sweep.get("samples") is None:
        what = {"morris": "trajectories", "saltelli": "base samples"}.get(design, "points")
        yield Problem(("sweep", "samples"), f"missing: how many {what} the design {design} takes", hint="Write samples = 256.")
    if design == "csv" and sweep.get("file") is None:
        yield Problem(("sweep", "file"), "missing: the CSV file of the design csv", hint='Write file = "points.csv".')
    if design == "csv" and sweep["parameters"]:
        yield Problem(AT, "must be left out in the design csv: the columns of its file are the swept parameters")
    if design == "morris" and (sweep.get("levels") or 4) % 2:
        yield Problem(("sweep", "levels"), "must be even, so that all levels are met equally often", sweep["levels"])
    if (ends := sweep.get("ends")) is not None and not ends[0] < ends[1]:
        yield Problem(("sweep", "ends"), "must be [lower quantile, higher quantile]", ends)


def _instead(key: str, design: str) -> str:
    """What to write where a key does not belong to the design."""
    if key == "uncertain":
        return 'Write design = "one_at_a_time", or a sampled design, such as design = "sobol" with samples = 256.'
    if key == "samples" and design in ("grid", "zip"):
        return 'Write design = "latin_hypercube" or another of them, or leave samples out.'
    return f"Leave {key} out."


def _of_size(design: str, k: int, settings: Mapping[str, Any]) -> Iterator[Problem]:
    points = size(design, [1] * k, settings["samples"], second_order=bool(settings.get("second_order")))
    if points > MOST_POINTS:
        hint = f"{settings['samples']:,} samples of {k} parameters in the design {design} are {points:,} points."
        yield Problem(("sweep", "samples"), f"must give at most {MOST_POINTS:,} points", settings["samples"], hint)


def _unbounded(design: str, told: Sequence[Told]) -> Iterator[Problem]:
    for t in told:
        if t.prior is not None and not np.isfinite(span(t.prior)[1]):
            message = f"has no highest value, and the design {design} goes to the ends of every distribution"
            yield Problem(t.at, message, hint="Truncate it: give high.")


# ---- axes


def _uncertain(
    written: Mapping[str, Any], told: Sequence[Told], scenario: ScenarioFile, variants: Sequence[str]
) -> Iterator[Told]:
    """The parameters with a prior range that reach a variant and are not swept already."""
    driven = [tuple(split(path)) for path in (*written, *(path for t in told for path in t.paths))]
    for path, prior in (scenario.raw.get("uncertain") or {}).items():
        swept = any(akin(tuple(split(path)), other) for other in driven)
        if not swept and reaches(scenario, variants, path):
            yield Told(path, (path,), prior=prior)


def _drawn(told: Told, u: np.ndarray) -> Axis:
    """An axis with its values at the points u of the unit interval, shape (points,)."""
    if told.prior is None:
        most = len(told.values)
        which = np.minimum((u * most).astype(np.int32), np.int32(most - 1))
        return Axis(told.name, told.paths, told.values, told.labels, told.numeric, which=which)
    values = np.repeat(quantile(told.prior, u)[:, None], len(told.paths), axis=1)
    return Axis(told.name, told.paths, values, prior=told.prior)


def _one_at_a_time(
    told: Sequence[Told], scenario: ScenarioFile, variants: Sequence[str], ends: Sequence[float]
) -> tuple[list[Problem], list[Axis]]:
    """Axes with three values: the file's own, and a low and a high quantile."""
    found: list[Problem] = []
    axes: list[Axis] = []
    for t in told:
        prior = t.prior or _of_list(t)
        if prior is None:
            hint = "Give a distribution, { from, to }, or a list of numbers."
            found.append(Problem(t.at, "has no quantiles, which the design one_at_a_time needs", hint=hint))
            continue
        if wrong := problems(prior):
            found += [Problem(t.at, p.message, p.found, p.hint) for p in wrong]
            continue
        low, high = quantile(prior, ends).tolist()
        own = [own_value(path, scenario, variants) for path in t.paths]
        silent = [path for path, value in zip(t.paths, own, strict=True) if value is None]
        for path in silent:
            hint = f"Write {path} in the scenario: the design one_at_a_time starts from the file's own values."
            found.append(Problem(t.at, f"{path} is not given in {scenario.name}, so there is no value to start from", hint=hint))
        if not np.isfinite([low, high]).all():
            found.append(Problem(t.at, "has no highest value, which ends asks for", list(ends), "Truncate it: give high."))
        elif not silent:
            k = len(t.paths)
            axes.append(Axis(t.name, t.paths, (tuple(own), (low,) * k, (high,) * k), prior=prior))
    return found, axes


def _of_list(told: Told) -> Prior | None:
    """Listed numbers as a distribution in which each is equally likely; None where they are no numbers, or go together."""
    single = told.numeric and all(len(set(value)) == 1 for value in told.values)
    return {"distribution": "discrete", "values": [value[0] for value in told.values]} if single else None


def own_value(path: str, scenario: ScenarioFile, variants: Sequence[str]) -> float | None:
    """The number that the scenario gives a path: that of the file, else that of the first variant that it reaches."""
    keys = tuple(split(path))
    for tables in (scenario.raw, *(scenario.tables(v) for v in variants if not scenario.keeps_own(v, path))):
        if present(tables, keys) == len(keys):
            value = value_at(tables, keys)
            return float(value) if is_number(value) else None
    return None
