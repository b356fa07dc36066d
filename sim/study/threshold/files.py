"""The files of a break-even value: written beside their place under other names and then moved there."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from sim.study.store import table, text
from sim.study.threshold.find import Threshold, record
from sim.study.threshold.words import sentences

if TYPE_CHECKING:
    from sim.study.experiment import ExperimentFile

FOLDER: Final = "threshold"
CURVE: Final = "curve"
COLUMNS: Final = ("x", "y", "segment")
"""Of curve.csv: the parameter, the second parameter, and which piece of the curve, points in order."""

Draw = Callable[[Path], Any]
"""Draws the curve into files of this stem."""


def write(folder: Path, found: Threshold, experiment: ExperimentFile, draw: Draw) -> list[Path]:
    """The files of a results folder's threshold/, all new or all old but for a crash between two renamings; gives their paths."""
    place = folder / FOLDER
    place.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".new-", dir=place) as name:
        new = Path(name)
        text(new / "threshold.txt", "\n".join(sentences(found)) + "\n")
        if found.curve is not None:
            rows = zip(found.curve.x.tolist(), found.curve.y.tolist(), found.curve.segment.tolist(), strict=True)
            table(new / f"{CURVE}.csv", COLUMNS, rows)
            draw(new / CURVE)
        data = {**record(found, experiment), "sentences": sentences(found)}
        text(new / "threshold.json", json.dumps(data, indent=2, ensure_ascii=False, allow_nan=False) + "\n")
        written = [place / path.name for path in sorted(new.iterdir())]
        for old in place.glob(f"{CURVE}.*"):
            if old not in written:
                old.unlink()
        for path in written:
            os.replace(new / path.name, path)
    return written
