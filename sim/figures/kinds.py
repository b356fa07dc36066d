"""The kinds of figures: a new one is a file with a `KIND`, and a name here."""

from __future__ import annotations

from pathlib import Path

from sim.figures import curves, lines, maps, plane, sensitivity, states
from sim.study import keys
from sim.study.experiment import ExperimentFile
from sim.study.reader import read_experiment as read_with

KINDS = {kind.name: kind for kind in (curves.KIND, lines.KIND, maps.KIND, plane.KIND, sensitivity.KIND, states.KIND)}

EXPERIMENT = keys.declaration({name: kind.keys for name, kind in KINDS.items()})
"""The declaration of experiment files with all kinds of figures, for the JSON schema."""


def read_experiment(name_or_path: str | Path) -> ExperimentFile:
    """An experiment by path or bare name, with all kinds of figures.  Raises InputError with all that is wrong."""
    return read_with(name_or_path, KINDS)
