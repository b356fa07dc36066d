"""Analyses of stored sweeps: each is a table and plain sentences, made from results alone.

sobol           Sobol indices, from a Saltelli design
morris          Morris effects, from a Morris design
one_at_a_time   the bars of a tornado, from a one-at-a-time design
prim            scenario discovery: where an outcome is mostly above a level, or a variant worse than another
regret          how much worse a variant does than the best one
orderings       the share of draws in which the variants stand in each order
variance        Monte Carlo: sampling and parameters apart
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from sim.study.analyses import morris, one_at_a_time, orderings, prim, regret, sobol, variance
from sim.study.analyses.kind import CONDITIONAL, AnalysisKind, Finding

if TYPE_CHECKING:
    from sim.study.results import Results

__all__ = ["KINDS", "AnalysisKind", "Finding", "findings", "text", "write"]

KINDS: Final[Mapping[str, AnalysisKind]] = {
    kind.name: kind
    for kind in (
        sobol.KIND,
        morris.KIND,
        one_at_a_time.KIND,
        prim.KIND,
        regret.KIND,
        orderings.KIND,
        variance.KIND,
    )
}

FOLDER: Final = "analyses"
MOST_ROWS: Final = 60
"""Rows of a table that a text shows."""


def findings(results: Results) -> list[Finding]:
    """What the analyses of an experiment find in its results, in the order of the file."""
    return [KINDS[spec["kind"]].find(spec, results) for spec in results.experiment.analyses]


def write(folder: Path, found: Sequence[Finding]) -> list[Path]:
    """analyses/NAME.csv and analyses/NAME.txt of every finding in a results folder; gives the files.

    Those of analyses that are no longer asked for are removed.
    """
    from sim.study import store

    out: list[Path] = []
    if found:
        (folder / FOLDER).mkdir(exist_ok=True)
    for old in sorted((folder / FOLDER).glob("*.csv")):
        if old.stem not in {finding.name for finding in found} and old.with_suffix(".txt").exists():
            old.with_suffix(".txt").unlink()
            old.unlink()
    for finding in found:
        out += [folder / FOLDER / f"{finding.name}.csv", folder / FOLDER / f"{finding.name}.txt"]
        store.table(out[-2], finding.columns, finding.rows)
        store.text(out[-1], text(finding) + "\n")
    return out


def text(finding: Finding) -> str:
    """A finding as text: title, sentences, the table, and what it is conditional on."""
    shown = finding.rows[:MOST_ROWS]
    parts = [finding.title, "\n".join(finding.sentences)]
    if shown:
        parts.append("\n".join(_aligned(finding.columns, shown)))
    if len(finding.rows) > len(shown):
        parts.append(f"{len(finding.rows) - len(shown):,} more rows are in {finding.name}.csv.")
    return "\n\n".join([*parts, CONDITIONAL])


def _aligned(columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> Iterator[str]:
    """A table in columns of equal width, numbers to the right; columns without any value are left out."""
    kept = [n for n in range(len(columns)) if any(row[n] is not None for row in rows)]
    cells = [[columns[n] for n in kept], *([_cell(row[n]) for n in kept] for row in rows)]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    left = [any(isinstance(row[n], str) for row in rows) for n in kept]
    for line in cells:
        padded = (c.ljust(w) if is_left else c.rjust(w) for c, w, is_left in zip(line, widths, left, strict=True))
        yield "  ".join(padded).rstrip()


def _cell(x: Any) -> str:
    return "" if x is None else f"{x:.4g}" if isinstance(x, float) else str(x)
