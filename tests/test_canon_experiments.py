"""The experiments of the canon: every model has one, no point of it fails, and its figures are drawn and say what they are."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import pytest

from sim import figures, study
from sim.config import library, read
from sim.figures.kinds import read_experiment
from sim.models import canon
from sim.study.gathering import gathers
from sim.study.reader import experiment_of

ROOT = Path(__file__).parents[1] / "experiments" / "canon"
FILES = sorted(ROOT.glob("*.toml"))


def number(label: str) -> str:
    """The number of a model in the canon: A2 for A2, A2b and A2c, which are parts of one source."""
    return re.sub(r"[a-z]$", "", label)


def test_every_model_has_an_experiment() -> None:
    sources = [source for path in sorted(ROOT.parent.rglob("*.toml")) if not gathers(source := read(path))]
    asked = {number(model.label) for source in sources if (model := experiment_of(source).model) is not None}
    assert [model.name for model in canon().values() if number(model.label) not in asked] == []


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_it_can_be_named_and_runs_and_draws(path: Path, tmp_path: Path) -> None:
    assert library("experiments")[f"canon/{path.stem}"].resolve() == path.resolve()
    experiment = read_experiment(path)
    assert experiment.figures

    done = study.run(experiment, tmp_path, workers=1)
    assert done.failures == ()
    files = figures.draw(done.folder)

    for spec in experiment.figures:
        made = {file.suffix for file in files if file.name.split(".")[0] == spec["name"]}
        assert {".png", ".svg", ".pdf", ".csv", ".txt"} <= made
        caption = " ".join((done.folder / "figures" / f"{spec['name']}.txt").read_text("utf-8").split())
        assert "Conditional on the assumptions, not a forecast." in caption
        with (done.folder / "figures" / f"{spec['name']}.csv").open(encoding="utf-8", newline="") as file:
            assert len(list(csv.reader(file))) > 2, "a figure without data"


def test_nothing_is_called_published_that_is_not_confirmed() -> None:
    for path in FILES:
        experiment = read_experiment(path)
        confirmed = experiment.model is not None and any(a.status == "confirmed" for a in experiment.model.answers)
        assert confirmed or "published" not in path.read_text("utf-8"), path.name
