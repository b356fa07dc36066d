"""Finishing a study: the tables put together from parts, the failures written down, the manifest last (docs/engine.md)."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from sim.config import InputError, Located
from sim.config.errors import refuse
from sim.declare import Problem
from sim.study import provenance, store
from sim.study.assemble import assemble
from sim.study.experiment import ExperimentFile, digest
from sim.study.parts import Stock
from sim.study.runs import Runs
from sim.study.work import Failure

MOST_REASONS: Final = 5
MOST_FAILURES: Final = 10_000
"""Failures that are written down one by one."""
MOST_TOLD: Final = 20
"""Failures that the manifest tells; the others are in failures.json."""
FAILURES: Final = "failures.json"
UNSAID: Final = f"the reason is not kept: more than {MOST_FAILURES:,} runs failed"


@dataclass(frozen=True)
class Progress:
    """How far a run is: runs done of those to do, failed ones, seconds so far, runs a second, seconds left (nan: unknown)."""

    phase: str
    """ "computing" or "writing"."""
    done: int
    total: int
    failed: int = 0
    seconds: float = 0.0
    rate: float = math.nan
    left: float = math.nan


def changed_since(home: Path, experiment: ExperimentFile) -> list[str]:
    """What is other in the experiment, or in the program, than when a folder's tables were written; empty if there are none."""
    try:
        said = json.loads((home / store.MANIFEST).read_text(encoding="utf-8"))
        now = json.loads(json.dumps(experiment.question()))
        changed = [key for key, value in now.items() if said["resolved"].get(key) != value]
        return changed + (["the program"] if said["addressed_by"] != provenance.engine() else [])
    except (OSError, ValueError, KeyError, TypeError):
        return []


def up_to_date(home: Path, experiment: ExperimentFile) -> bool:
    """Whether tables and parts of a folder answer the experiment, are as this program wrote them, and no run of them failed."""
    try:
        said = json.loads((home / store.MANIFEST).read_text(encoding="utf-8"))
        if said["question"] != digest(experiment.question()) or said["schema_version"] != store.SCHEMA_VERSION:
            return False
        if said["addressed_by"] != provenance.engine() or said["failed"] != 0:
            return False
        files = {**said["outputs"], **said["inputs"]}
        same = (home / "experiment.toml").read_text(encoding="utf-8") == store.resolved(experiment)
        whole = all(provenance.digest_of(home / name) == known for name, known in (files | said["parts"]).items())
        return same and whole
    except (OSError, ValueError, KeyError, TypeError):
        return False


def finish(
    runs: Runs,
    stock: Stock,
    home: Path,
    failures: list[Failure],
    facts: Mapping[str, Any],
    progress: Callable[[Progress], None],
) -> list[Failure]:
    """Writes the tables and the manifest; gives all failures, those of runs that are one computation included.

    Raises InputError where no point could be computed, or where runs are neither computed nor known to fail.
    """
    experiment, known = runs.experiment, {failure.key: failure for failure in failures}
    failed, missing = _absent(runs, stock, known)
    if missing:
        hint = f"`sim run {experiment.name} --shard i/n` computes a shard; `sim run {experiment.name}` what is missing."
        raise refuse(home, f"{missing:,} of {runs.total:,} runs are not computed yet", hint=hint)
    if len(failed) == runs.total:
        write_failures(home / FAILURES, failed)
        raise _nothing(experiment, home / FAILURES, failed)
    new = store.fresh(home)
    rows = assemble(runs, stock, new, lambda done, total: progress(Progress("writing", done, total)))
    store.write_texts(new, experiment, rows)
    write_failures(new / FAILURES, failed)
    told = {
        "points": runs.points,
        "draws": runs.draws,
        "runs": runs.total,
        "rows": rows,
        "failed": len(failed),
        "failures": [{name: x for name, x in asdict(f).items() if name != "traceback"} for f in failed[:MOST_TOLD]],
        "finished": store.now(),
    }
    store.install(home, new, store.manifest(home, new, experiment, {**facts, **told}))
    return failed


def _absent(runs: Runs, stock: Stock, known: Mapping[str, Failure]) -> tuple[list[Failure], int]:
    """Every run that has no numbers: those that failed, in order of points, and how many are not computed at all."""
    failed: list[tuple[tuple[int, int, int], Failure]] = []
    missing = 0
    for v, variant in enumerate(runs.experiment.variants):
        step = max(1, 1_000_000 // (runs.draws + 1))
        for begin in range(0, runs.points, step):
            keys = runs.keys(variant, begin, min(begin + step, runs.points))
            for point, draw in np.argwhere(stock.where(keys) < 0):
                found = known.get(keys[point, draw].tobytes().hex())
                if found is None:
                    missing += 1
                    continue
                own = {**asdict(found), "point": int(point) + begin, "variant": variant, "draw": int(draw) - 1}
                failed.append(((own["point"], v, own["draw"]), Failure(**own)))
    return [failure for _, failure in sorted(failed, key=lambda x: x[0])], missing


def write_failures(path: Path, failures: list[Failure]) -> None:
    """The first with their reasons, of the others what they are known by."""
    said: dict[str, Any] = {"failed": len(failures), "failures": [asdict(failure) for failure in failures[:MOST_FAILURES]]}
    if len(failures) > MOST_FAILURES:
        said["others"] = [failure.key for failure in failures[MOST_FAILURES:]]
    store.text(path, json.dumps(said, indent=2, ensure_ascii=False, default=str) + "\n")


def read_failures(path: Path) -> list[Failure]:
    """The failures that a folder has written down."""
    try:
        said = json.loads(path.read_text(encoding="utf-8"))
        return [Failure(**x) for x in said["failures"]] + [Failure(-1, "", -1, UNSAID, key=key) for key in said.get("others", [])]
    except (OSError, ValueError, KeyError, TypeError):
        return []


def _nothing(experiment: ExperimentFile, written: Path, failures: list[Failure]) -> InputError:
    """The error of an experiment of which no point can be computed: some reasons, each with the first run that has it."""
    reasons: dict[str, Failure] = {}
    for failure in failures:
        reasons.setdefault(failure.reason, failure)
    told = [f"no point can be computed: all {len(failures):,} runs failed, see {written}"]
    told += [f"point {one.point}, variant {one.variant}: {one.reason}" for one in list(reasons.values())[:MOST_REASONS]]
    return InputError(Located(str(experiment.source.path), Problem((), line)) for line in told)
