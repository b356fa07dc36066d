"""Drawing the figures of a results folder: which are stale and why, and the files of each."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Collection, Mapping
from importlib import metadata
from pathlib import Path
from typing import Any, Final

from sim import __version__
from sim.config.errors import refuse
from sim.dilemma.lookup import did_you_mean
from sim.figures import style
from sim.figures.kinds import KINDS
from sim.figures.stored_curve import stamp
from sim.study.experiment import ExperimentFile, digest
from sim.study.figure_kind import Spec
from sim.study.provenance import digest_of
from sim.study.results import Results
from sim.study.store import table, text

FOLDER: Final = "figures"
INDEX: Final = "figures.json"
CLAUSE: Final = "Conditional on the assumptions, not a forecast."

Say = Callable[[str, str], None]
"""Called with the name of a figure and why it is drawn."""


def draw(
    folder: Path,
    only: Collection[str] | None = None,
    *,
    experiment: ExperimentFile | None = None,
    channels: str | None = None,
    say: Say | None = None,
) -> list[Path]:
    """Draws what is stale among the figures of a results folder, from its stored numbers; gives the files written.

    `only` names the figures to look at (all).  `experiment` is a newer text of the same question (else the one that is stored),
    `channels` says which of the three channels of docs/model.md, section 4, carry the treaty's effect (else what was said
    before).  Raises InputError where the folder holds no results, or those of another question.
    """
    results = Results.load(folder, KINDS, experiment)
    index = _index(folder)
    channels = str(index.get("channels", "")) if channels is None else channels
    known = {spec["name"]: spec for spec in results.experiment.figures}
    for name in only or ():
        if name not in known:
            raise refuse(results.experiment.source.path, "has no such figure", found=name, hint=did_you_mean(name, known))
    reasons = {name: why for name, why in stale(results, index, channels).items() if only is None or name in only}
    if reasons:
        results.intact()
    out, entries = [], dict(index.get("figures", {}))
    for name, reason in reasons.items():
        if say is not None:
            say(name, reason)
        files = _one(folder / FOLDER, known[name], results, channels)
        stamp = _stamp(known[name], results, channels)
        entries[name] = {"stamp": stamp, "files": {path.name: digest_of(path) for path in files}, "figure": known[name]}
        index = _written(folder, index, channels, entries)  # after every figure: who stops here keeps those that are drawn
        out += files
    for name in entries.keys() - known.keys():
        for file in entries.pop(name)["files"]:
            (folder / FOLDER / Path(file).name).unlink(missing_ok=True)
    if out or index:
        _written(folder, index, channels, entries)
    return out


def stale(results: Results, index: Mapping[str, Any], channels: str) -> dict[str, str]:
    """{figure: why it must be drawn}, in the order of the experiment; figures that are as they should be are not in it."""
    out = {}
    for spec in results.experiment.figures:
        name = spec["name"]
        entry = index.get("figures", {}).get(name)
        if entry is None:
            out[name] = "it is new"
            continue
        now = _stamp(spec, results, channels)
        changed = [what for what in now if entry["stamp"].get(what, "") != now[what]]
        missing = [file for file in entry["files"] if not (results.folder / FOLDER / file).is_file()]
        edited = [file for file in entry["files"] if file not in missing and _differs(results.folder, file, entry)]
        if changed:
            out[name] = f"{' and '.join(changed)} changed"
        elif missing:
            out[name] = f"{', '.join(missing)} {'is' if len(missing) == 1 else 'are'} missing"
        elif edited:
            out[name] = f"{', '.join(edited)} {'was' if len(edited) == 1 else 'were'} changed by hand"
    return out


def _differs(folder: Path, file: str, entry: Mapping[str, Any]) -> bool:
    return digest_of(folder / FOLDER / file) != entry["files"][file]


def _stamp(spec: Spec, results: Results, channels: str) -> dict[str, str]:
    """What a figure depends on, by the words in which a change is told."""
    program = f"{__version__} {style.VERSION} {metadata.version('matplotlib')}"
    texts = [results.experiment.title, channels]
    return {
        "the results": results.digest,
        "the curve": stamp(spec, results),
        "the figure's entry": digest(spec),
        "the caption": digest(texts),
        "the program": program,
    }


def _index(folder: Path) -> dict[str, Any]:
    try:
        index = json.loads((folder / FOLDER / INDEX).read_text(encoding="utf-8"))
        return index if isinstance(index, dict) and isinstance(index.get("figures"), dict) else {}
    except (OSError, ValueError):
        return {}


def _written(folder: Path, index: dict[str, Any], channels: str, entries: Mapping[str, Any]) -> dict[str, Any]:
    """The index with these entries, written where it differs from the one that is there."""
    now = {"channels": channels, "figures": dict(sorted(entries.items()))}
    if now != index:
        (folder / FOLDER).mkdir(exist_ok=True)
        new = folder / FOLDER / f".{INDEX}.new"
        text(new, json.dumps(now, indent=2, ensure_ascii=False, default=str) + "\n")
        os.replace(new, folder / FOLDER / INDEX)
    return now


# ---- the files of one figure


def _one(folder: Path, spec: Spec, results: Results, channels: str) -> list[Path]:
    """Draws one figure; its files are made elsewhere and moved in when all are there."""
    folder.mkdir(exist_ok=True)
    name = spec["name"]
    made = folder / f".{name}.new"
    shutil.rmtree(made, ignore_errors=True)  # left by a program that was killed
    made.mkdir()
    try:
        with style.settings():
            drawing = KINDS[spec["kind"]].draw(spec, results)
            files = style.save(drawing.figure, made / name, title=drawing.title, alt=drawing.alt)
        table(made / f"{name}.csv", drawing.columns, drawing.rows)
        text(made / f"{name}.txt", caption(spec, drawing.title, drawing.sentences, channels))
        text(made / f"{name}.alt.txt", style.wrapped([drawing.alt]))
        out = []
        for file in [*files, made / f"{name}.csv", made / f"{name}.txt", made / f"{name}.alt.txt"]:
            os.replace(file, folder / file.name)
            out.append(folder / file.name)
        return out
    finally:
        shutil.rmtree(made, ignore_errors=True)


def caption(spec: Spec, title: str, sentences: Collection[str], channels: str) -> str:
    """The caption: title, what the experiment says, what is drawn and how it was found, the channels, the standing clause."""
    own = spec.get("caption", "")
    clause = "" if CLAUSE in " ".join([*own.split()]) else CLAUSE
    carried = (
        f"What carries the treaty's effect with the file's own numbers (docs/model.md, section 4): {channels}" if channels else ""
    )
    return style.wrapped([title, own, " ".join(sentences), carried, clause])
