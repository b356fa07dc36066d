"""Known functions through the whole pipeline: read from a file, sampled, cut into chunks, stored, put together, analysed.

The engine alone is replaced, by a function of three swept numbers whose indices are known.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from sim import figures, study
from sim.cli import main
from sim.study import work
from sim.study.tidy import labels_of
from study_case import SCENARIO, experiment
from test_analyses_sensitivity import ishigami, ishigami_indices

PATHS = ("game.gain", "monitoring.detection", "onset.arming_rate")
TEXT = """\
title = "A known function"
scenario = "quarrel.toml"
variants = ["treaty"]
seed = 3
[sweep]
design = "DESIGN"
samples = SAMPLES
[sweep.parameters]
"game.gain" = { from = 2.0, to = 4.0 }
"monitoring.detection" = { from = 0.0, to = 1.0 }
"onset.arming_rate" = { distribution = "uniform", low = 0.1, high = 0.6 }
[[analyses]]
name = "known"
kind = "KIND"
rung = "war"
[[figures]]
name = "known"
kind = "sensitivity"
analysis = "known"
"""


def engine(function: Callable[[np.ndarray], np.ndarray]):
    """An engine that computes a function of the three numbers, each taken from 0 to 1."""

    def computed(_work: work.Work, _scenario: object, chunk: work.Chunk, _threads: int):
        low, wide = np.array([2.0, 0.0, 0.1]), np.array([2.0, 1.0, 0.5])
        unit = (np.stack([chunk.numeric[path] for path in PATHS], axis=1) - low) / wide
        n, zeros = len(chunk), np.zeros((len(chunk), 3, 1))
        reached = zeros + function(unit)[:, None, None]
        found = work.Found(
            1.0, 2.0, ("war",), ("east",), 1, {"value": reached}, {"value": np.zeros(n)}, {"value": np.zeros((n, 1))}
        )
        return *labels_of(found, (), False), 1

    return computed


def ran(folder: Path, monkeypatch: pytest.MonkeyPatch, function: Callable, kind: str, design: str, samples: int) -> dict:
    """The finding of the analysis, as `sim analyse --json` gives it."""
    monkeypatch.setitem(work._ENGINES, "exact", engine(function))  # type: ignore[arg-type]
    text = TEXT.replace("DESIGN", design).replace("SAMPLES", str(samples)).replace("KIND", kind)
    asked = experiment(folder, text, "known", SCENARIO)
    study.run(asked, folder / "results", workers=1, chunk=700)
    figures.draw(folder / "results" / "known", experiment=asked)
    monkeypatch.chdir(folder)
    told = CliRunner().invoke(main, ["analyse", "known.toml", "--json"])
    assert told.exit_code == 0, told.output
    (finding,) = json.loads(told.stdout)["findings"]
    return finding


def column(finding: dict, name: str) -> np.ndarray:
    """A column of a finding, in the order of PATHS."""
    rows = {row["parameter"]: row for row in finding["rows"]}
    return np.array([rows[path][name] for path in PATHS])


def test_sobol_indices_of_ishigami_through_the_pipeline(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    finding = ran(tmp_path, monkeypatch, ishigami, "sobol", "saltelli", 2048)
    first, total = ishigami_indices()

    for name, known in (("first_order", first), ("total", total)):
        assert (column(finding, f"{name}_low") <= known).all()
        assert (known <= column(finding, f"{name}_high")).all()
        assert (column(finding, f"{name}_high") - column(finding, f"{name}_low") < 0.2).all()


def test_morris_effects_of_a_linear_function_through_the_pipeline(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # f = 3 a - 2 b + 0 c + 4: every elementary effect over the whole range is the coefficient, so mu* = |mu| and sigma = 0
    weights = np.array([3.0, -2.0, 0.0])
    finding = ran(tmp_path, monkeypatch, lambda u: u @ weights + 4.0, "morris", "morris", 20)

    assert column(finding, "mu") == pytest.approx(weights, abs=1e-9)
    assert column(finding, "mu_star") == pytest.approx(np.abs(weights), abs=1e-9)
    assert column(finding, "sigma") == pytest.approx(0, abs=1e-9)
