"""A scenario whose escalation probabilities have a closed form, for the tests of break-even values.

One rung, so an onset is the war.  Both actors arm always, so with one pair of weight 1 the rate of onset is a + b per year: a the
background rate times (1 - h) where there is a hotline that prevents the share h of accidents, b the arming rate (docs/model.md,
section 1.1).  So P(war within T years) = 1 - exp(-(a (1 - h) + b) T).
"""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import numpy as np

from sim import figures
from sim.declare import Table, filled
from sim.study import ExperimentFile
from sim.study.threshold import KEYS, Threshold, find, problems

YEARS = 8.0

SCENARIO = """\
title = "two rates"
[horizon]
years = 8
rounds_per_year = 3
[actors.east]
strategy = { kind = "always_arm" }
[actors.west]
strategy = { kind = "always_arm" }
[game]
gain = 3.0
exposure = 4.0
cost = 2.0
[channels.hotline]
accident_reduction = 0.5
[onset]
background_rate = 0.1
arming_rate = 0.0
[crisis]
kind = "empirical"
rungs = ["war"]
advance = []
resolve = []
[uncertain]
"onset.background_rate" = { distribution = "uniform", low = 0.05, high = 0.4, basis = "judgement" }
[variants.none]
channels = false
[variants.calm]
channels = false
onset.background_rate = 0.07
[variants.hotline]
"""

EXPERIMENT = """\
title = "How good must the hotline be?"
scenario = "rates.toml"
"""


@dataclasses.dataclass(frozen=True)
class Draws:
    """Draws as an experiment has them."""

    paths: tuple[str, ...]
    values: np.ndarray


def experiment(folder: Path, more: str = "", scenario: str = SCENARIO) -> ExperimentFile:
    """An experiment on the scenario, both written into a folder."""
    (folder / "rates.toml").write_text(scenario, encoding="utf-8")
    (folder / "good.toml").write_text(EXPERIMENT + more, encoding="utf-8")
    return figures.read_experiment(folder / "good.toml")


def with_draws(file: ExperimentFile, **values: Any) -> ExperimentFile:
    """The experiment with these draws of paths (written with __ for a dot)."""
    paths = tuple(path.replace("__", ".") for path in values)
    draws: Any = Draws(paths, np.stack([np.asarray(x, dtype=float) for x in values.values()], axis=1))
    return dataclasses.replace(file, uncertainty=draws)


def spec(**given: Any) -> dict[str, Any]:
    """A table [threshold] with its defaults; `from_` for `from`."""
    return filled(Table(KEYS), {key.rstrip("_"): value for key, value in given.items()})


def found(file: ExperimentFile, **given: Any) -> Threshold:
    """What the table gives, with which nothing may be wrong."""
    table = spec(**given)

    assert list(problems(table, file)) == []
    return find(table, file)


def refusals(file: ExperimentFile, **given: Any) -> list[tuple[tuple[str | int, ...], str]]:
    """Key and message of all that is wrong with a table."""
    return [(problem.path, problem.message) for problem in problems(spec(**given), file)]
