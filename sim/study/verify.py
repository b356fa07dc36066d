"""Verifying a results folder: its files are as they were written, and the program computes the stored numbers again.

The files are held to the digests in the manifest.  A random share of the runs is computed anew from the experiment and the scenario
in the folder and compared with the parts, number by number; the rows of the tables are put together anew from the parts.  Nothing
in the folder is touched, and it need not lie where it was written.
"""

from __future__ import annotations

import json
import math
import os
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import numpy as np

from sim.chain.monte_carlo import keyed
from sim.config import InputError
from sim.study import provenance, store
from sim.study.assemble import Block
from sim.study.crew import Inline, Pool
from sim.study.dispatch import Cutter, carry_out, interruptible
from sim.study.figure_kind import FigureKind
from sim.study.parts import Damaged, Stock
from sim.study.results import Results, manifest_of
from sim.study.runner import FAILURES, PATIENCE, Progress, Watch, read_failures
from sim.study.runs import Group, Runs
from sim.study.tidy import BY_DRAW, COLUMNS, ORDERINGS, PATHS, RESULTS, Label

RELATIVE: Final = 1e-9
ABSOLUTE: Final = 1e-12
"""Numbers agree that differ by no more than both together; with the same versions on the same machine they are identical."""
FEWEST: Final = 10
"""Runs that are computed anew at least, if there are as many."""
MOST_POINTS: Final = 100
"""Points whose rows in the tables are put together anew."""
MOST: Final = 10
"""Differences that are told one by one."""
INDEX: Final = "figures/figures.json"
_TABLES: Final = {RESULTS: COLUMNS, PATHS: COLUMNS, "by_draw": BY_DRAW, "orderings": ORDERINGS}
_OF_ENGINE: Final = ("numpy", "scipy", "numba")


@dataclass(frozen=True)
class Difference:
    """A number that is not what was stored: the run, what the number is of, as stored and as computed now (nan: not there)."""

    point: int
    variant: str
    draw: int
    label: str
    stored: float
    now: float


@dataclass
class Verdict:
    """What was checked in a results folder, and what is wrong."""

    folder: Path
    files: int = 0
    """Files that were held to their digests."""
    wrong: list[str] = field(default_factory=list)
    """What is wrong with the files, a sentence each."""
    versions: dict[str, tuple[str | None, str | None]] = field(default_factory=dict)
    """Versions that differ: then, now."""
    runs: int = 0
    total: int = 0
    """Runs that were computed anew, of all."""
    numbers: int = 0
    identical: int = 0
    close: int = 0
    """Numbers compared; of these equal to the bit; equal within the tolerance."""
    rows: int = 0
    """Rows of tables that were put together anew."""
    differences: list[Difference] = field(default_factory=list)
    """The first of those that are neither."""
    different: int = 0
    recomputed: bool = False
    """Whether anything could be computed anew."""

    @property
    def sound(self) -> bool:
        """Whether nothing is wrong."""
        return self.recomputed and not self.wrong and not self.different

    def add(self, difference: Difference) -> None:
        """Takes in a number that is not what was stored."""
        self.different += 1
        if len(self.differences) < MOST:
            self.differences.append(difference)


def verify(
    folder: Path,
    kinds: Mapping[str, FigureKind] | None = None,
    *,
    share: float = 0.05,
    seed: int = 0,
    workers: int | None = None,
    progress: Callable[[Progress], None] | None = None,
    say: Callable[[str], None] | None = None,
) -> Verdict:
    """Checks the files of a results folder and computes a random share of its runs anew, chosen by the seed.

    `kinds` are the kinds of figures, by which it is known what was stored over time.  Raises InputError where the folder holds no
    complete results.
    """
    manifest = manifest_of(folder)
    verdict = Verdict(folder)
    verdict.versions = _versions(manifest)
    _files(folder, manifest, verdict)
    broken = [name for name in manifest["inputs"] if _state(folder / name, manifest["inputs"][name])]
    if broken:
        return verdict  # what was asked is not known any more
    try:
        results = Results.load(folder, kinds)
    except InputError as error:
        verdict.wrong.append(f"the experiment in the folder does not ask what was answered, with this program: {error}")
        return verdict
    runs = Runs(results.experiment, _engine(manifest))
    stock = Stock(store.part_folders(folder), aside=False)
    verdict.total = runs.total
    chosen = choose(runs.total, share, seed)
    _inputs(runs, folder, verdict)
    with tempfile.TemporaryDirectory() as place:
        made, failed = _computed(runs, chosen, Path(place), workers, progress, say or (lambda _: None))
        _compare(runs, chosen, stock, made, folder, failed, verdict)
    points = np.unique(chosen % (runs.points * (runs.draws + 1)) // (runs.draws + 1))
    for point in points[np.unique(np.linspace(0, len(points) - 1, min(MOST_POINTS, len(points))).astype(int))]:
        _rows(runs, stock, folder, int(point), verdict)
    verdict.recomputed = True
    return verdict


# ---- files


def _state(path: Path, known: str) -> str:
    """What is wrong with a file: nothing if it has the digest."""
    try:
        return "" if provenance.digest_of(path) == known else "was changed or is damaged"
    except FileNotFoundError:
        return "is missing"
    except OSError as error:
        return f"cannot be read: {error.strerror or error}"


def _files(folder: Path, manifest: Mapping[str, Any], verdict: Verdict) -> None:
    """Holds the inputs, tables, parts and figures to their digests."""
    known = {**manifest["inputs"], **manifest["outputs"], **manifest["parts"]}
    if (folder / INDEX).exists():
        try:
            drawn = json.loads((folder / INDEX).read_text(encoding="utf-8"))["figures"].values()
            known |= {f"figures/{name}": digest for figure in drawn for name, digest in figure["files"].items()}
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            verdict.wrong.append(f"{INDEX} cannot be read")
    for name, digest in known.items():
        if said := _state(folder / name, digest):
            verdict.wrong.append(f"{name} {said}")
    verdict.files = len(known)


def _versions(manifest: Mapping[str, Any]) -> dict[str, tuple[str | None, str | None]]:
    then, now = manifest.get("versions", {}), provenance.versions()
    return {name: (then.get(name), now.get(name)) for name in sorted(then.keys() | now.keys()) if then.get(name) != now.get(name)}


def _engine(manifest: Mapping[str, Any]) -> dict[str, str]:
    """The versions that the stored numbers are addressed by."""
    then = manifest.get("versions", {})
    return {"sim": then.get(provenance.DISTRIBUTION), **{name: then.get(name) for name in _OF_ENGINE}}


def _inputs(runs: Runs, folder: Path, verdict: Verdict) -> None:
    """Holds the tables of points and draws to what the experiment says."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    experiment = runs.experiment
    asked = {"points": store.points_table(experiment)}
    if experiment.uncertainty is not None:
        asked["drawn"] = store.drawn_table(experiment)
    for name, table in asked.items():
        try:
            if not pq.read_table(folder / f"{name}.parquet").equals(table):
                verdict.wrong.append(f"{name}.parquet is not what the experiment says")
        except (pa.ArrowException, OSError):
            verdict.wrong.append(f"{name}.parquet cannot be read")


# ---- computing anew


def choose(total: int, share: float, seed: int) -> np.ndarray:
    """Numbers of runs, ascending: a share of all, at least FEWEST."""
    n = min(total, max(FEWEST, math.ceil(share * total)))
    rng = np.random.Generator(keyed(seed, 0, "verify"))
    return np.sort(rng.choice(total, n, replace=False, shuffle=False))


def _parted(runs: Runs, chosen: np.ndarray) -> Iterator[tuple[str, np.ndarray, np.ndarray]]:
    """The chosen runs by variant: points, and draws from -1 on."""
    each = runs.points * (runs.draws + 1)
    for v, variant in enumerate(runs.experiment.variants):
        mine = chosen[(chosen >= v * each) & (chosen < (v + 1) * each)] - v * each
        if len(mine):
            yield variant, mine // (runs.draws + 1), mine % (runs.draws + 1) - 1


def _keys(runs: Runs, variant: str, points: np.ndarray, draws: np.ndarray) -> np.ndarray:
    """The digests of some runs."""
    out = [runs.keys(variant, int(p), int(p) + 1)[0, d + 1] for p, d in zip(points, draws, strict=True)]
    return np.array(out)


def _groups(runs: Runs, chosen: np.ndarray) -> Iterator[Group]:
    """The chosen runs, by what can be computed together; what is one computation once."""
    for variant, points, draws in _parted(runs, chosen):
        keys = _keys(runs, variant, points, draws)
        structural = [n for n in sorted({n for n, _, _ in runs.swept(variant, structural=True)})]
        shape = np.column_stack([runs.experiment.index[points][:, structural], draws >= 0])
        for row in np.unique(shape, axis=0):
            mine = np.flatnonzero((shape == row).all(axis=1))
            _, first = np.unique([keys[n].tobytes() for n in mine], return_index=True)
            mine = mine[np.sort(first)]
            told = runs.experiment.values(int(points[mine[0]]))
            values = {path: told[path] for _, _, path in runs.swept(variant, structural=True)}
            if runs.experiment.engine == "exact" and not runs.drawn(variant):
                yield Group(runs, variant, values, points[mine], np.full(len(mine), -1), keys[mine])
            else:
                yield Group(runs, variant, values, points[mine], draws[mine], keys[mine])


def _computed(
    runs: Runs,
    chosen: np.ndarray,
    place: Path,
    workers: int | None,
    progress: Callable[[Progress], None] | None,
    say: Callable[[str], None],
) -> tuple[Stock, set[str]]:
    """The parts of the chosen runs, computed into a folder, and the keys of those that fail."""
    groups = list(_groups(runs, chosen))
    watch = Watch(sum(map(len, groups)), progress or (lambda _: None))
    cutter, workers = Cutter(groups), workers or os.cpu_count() or 1
    with interruptible(say) as flag:
        enough = (lambda: watch.seconds > PATIENCE) if workers > 1 else (lambda: False)
        carry_out(cutter, Inline(runs.work, place), watch.told, flag, enough)
        if cutter.left:
            pool = Pool(runs.work, place, workers)
            try:
                carry_out(cutter, pool, watch.told, flag)
            finally:
                pool.close()
    return Stock([place]), set(watch.failures)


def _compare(runs: Runs, chosen: np.ndarray, stock: Stock, made: Stock, folder: Path, failed: set[str], verdict: Verdict) -> None:
    """Holds what was stored of the chosen runs to what was computed now."""
    fails = {failure.key for failure in read_failures(folder / FAILURES)}
    for variant, points, draws in _parted(runs, chosen):
        verdict.runs += len(points)
        keys = _keys(runs, variant, points, draws)
        for n, (then, now) in enumerate(zip(_read(stock, keys), _read(made, keys), strict=True)):
            run = int(points[n]), variant, int(draws[n])
            if then is None and now is None:
                known = keys[n].tobytes().hex()
                if known in failed and known not in fails:
                    verdict.add(Difference(*run, "fails, and is not known to fail", math.nan, math.nan))
            elif then is None or now is None:
                what = "is not in the parts" if then is None else "fails now"
                verdict.add(Difference(*run, what, math.nan, math.nan))
            else:
                _numbers(run, then, now, verdict)


def _read(stock: Stock, keys: np.ndarray) -> list[dict[Label, float] | None]:
    """What is stored of each run; None where there is nothing, or its part is damaged."""
    out: list[dict[Label, float] | None] = [None] * len(keys)
    where = stock.where(keys)
    for n in range(len(keys)):
        try:
            for _, values, labels in stock.numbers(where[n : n + 1]):
                out[n] = dict(zip(labels, values[0].tolist(), strict=True))
        except Damaged:
            continue
    return out


def _numbers(run: tuple[int, str, int], then: Mapping[Any, float], now: Mapping[Any, float], verdict: Verdict) -> None:
    """Compares the numbers of one run, or one row of a table."""
    for label in dict.fromkeys([*then, *now]):
        a, b = then.get(label, math.nan), now.get(label, math.nan)
        verdict.numbers += 1
        if label in then and label in now and (a == b or (a != a and b != b)):
            verdict.identical += 1
        elif abs(a - b) <= ABSOLUTE + RELATIVE * max(abs(a), abs(b)):
            verdict.close += 1
        else:
            verdict.add(Difference(*run, " ".join(f"{x:g}" if isinstance(x, float) else str(x) for x in label if x != ""), a, b))


# ---- the tables


def _rows(runs: Runs, stock: Stock, folder: Path, point: int, verdict: Verdict) -> None:
    """Holds the rows of a point in the tables to what follows from the parts."""
