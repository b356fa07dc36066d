"""From parts to tables: the numbers of all runs in order of points, reduced over draws, block by block so that memory is bounded.

What a table holds depends on the experiment alone: not on which part a run is in, how many workers there were, or in what order
they finished.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from sim.study.orderings import orderings
from sim.study.parts import Stock
from sim.study.reduce import Numbers, differences, reduced
from sim.study.runs import Runs
from sim.study.tidy import BY_DRAW, COLUMNS, ORDERINGS, PATHS, RESULTS, TEXTS, WHOLE, Label

if TYPE_CHECKING:
    import pyarrow as pa

BLOCK_BYTES: Final = 8 * 2**20
"""About how many bytes of numbers of runs are in hand at a time."""


@dataclass
class Tables:
    """The files that are being written; rows come in blocks of points, each block in order."""

    folder: Path
    names: Mapping[str, tuple[str, ...]]
    rows: dict[str, int] = field(default_factory=dict)
    _writers: dict[str, Any] = field(default_factory=dict)

    def add(self, name: str, columns: Mapping[str, Any]) -> None:
        """A block of rows of a table, as a row group of its own."""
        import pyarrow as pa
        import pyarrow.parquet as pq

        arrays = [_array(columns[c], c) for c in self.names[name]]
        table = pa.table(arrays, names=list(self.names[name]))
        if name not in self._writers:
            self._writers[name] = pq.ParquetWriter(self.folder / f"{name}.parquet", table.schema)
        self._writers[name].write_table(table, row_group_size=max(1, table.num_rows))
        self.rows[name] = self.rows.get(name, 0) + table.num_rows

    def close(self) -> None:
        """Ends all files."""
        for writer in self._writers.values():
            writer.close()


def _array(column: Any, name: str) -> pa.Array:
    """Text comes as (words, codes), the rest as numbers; nan is empty."""
    import pyarrow as pa

    if name in TEXTS:
        words, codes = column
        return pa.array(list(words), pa.string()).take(pa.array(codes))
    if name in WHOLE:
        return pa.array(np.asarray(column, np.int32))
    return pa.array(np.asarray(column, float), from_pandas=True)


def assemble(runs: Runs, stock: Stock, folder: Path, tell: Callable[[int, int], None] | None = None) -> dict[str, int]:
    """Writes results.parquet and, where there is such a thing, paths, by_draw and orderings; gives the rows of each.

    `tell` is called with the points that are done and all of them.  Raises OSError.
    """
    names = {RESULTS: COLUMNS, PATHS: COLUMNS, "by_draw": BY_DRAW, "orderings": ORDERINGS}
    tables = Tables(folder, names)
    try:
        step = _block(runs, stock)
        for begin in range(0, runs.points, step):
            block = Block(runs, stock, begin, min(begin + step, runs.points))
            for name in (RESULTS, PATHS):
                if rows := list(block.tidy(name)):
                    tables.add(name, _ordered(rows))
            if runs.draws:
                if rows := list(block.by_draw()):
                    tables.add("by_draw", _ordered(rows))
                if found := block.orderings():
                    tables.add("orderings", found)
            if tell is not None:
                tell(block.end, runs.points)
    finally:
        tables.close()
    return tables.rows


def _block(runs: Runs, stock: Stock) -> int:
    """How many points are put together at a time; it follows from the experiment and its outcomes alone."""
    width = 1
    for variant in runs.experiment.variants:
        for begin in range(0, runs.points, 1000):
            found = stock.where(runs.keys(variant, begin, min(begin + 1000, runs.points)))
            some = found[found >= 0][:1]
            if len(some):
                width = max(width, max(len(labels) for _, _, labels in stock.numbers(some)))
                break
    each = 8 * width * (runs.draws + 1) * len(runs.experiment.variants)
    return int(np.clip(BLOCK_BYTES // each, 1, 50_000))


@dataclass(frozen=True)
class Block:
    """Some points that are put together at once."""

    runs: Runs
    stock: Stock
    begin: int
    end: int

    @cached_property
    def numbers(self) -> list[Numbers]:
        """The numbers of all runs of the block: one entry for each variant and each set of labels, then the differences."""
        own = [numbers for variant in self.runs.experiment.variants for numbers in self._of(variant)]
        return own + [d for baseline in self.runs.experiment.baselines for d in differences(own, baseline)]

    def _of(self, variant: str) -> Iterator[Numbers]:
        """The numbers of one variant: those of points with the same labels together."""
        places = self.stock.where(self.runs.keys(variant, self.begin, self.end))
        n, each = places.shape
        by_labels: dict[tuple[Label, ...], tuple[np.ndarray, np.ndarray]] = {}
        for which, values, labels in self.stock.numbers(places.ravel()):
            if labels not in by_labels:
                by_labels[labels] = np.zeros(n, bool), np.full((n, each, len(labels)), np.nan)
            there, all_values = by_labels[labels]
            there[which // each] = True
            all_values[which // each, which % each] = values
        found = [(np.flatnonzero(there), labels, values) for labels, (there, values) in by_labels.items()]
        for there, labels, values in sorted(found, key=lambda x: x[0][0]):  # never in the order in which parts give them
            yield Numbers(variant, labels, there + self.begin, values[there])

    def tidy(self, table: str) -> Iterator[dict[str, Any]]:
        """Rows of a tidy table: the file's own values, then the statistics over the draws."""
        for numbers in self.numbers:
            part = numbers.of(table)
            if part.labels:
                labels, values = reduced(part, self.runs.experiment.quantiles, self.runs.draws)
                yield self._rows(part, labels, values)

    def _rows(self, part: Numbers, labels: Sequence[Label], values: np.ndarray) -> dict[str, Any]:
        """Columns of values (points, labels); what is nan because runs failed is left out."""
        n, m = values.shape
        kept = ~np.isnan(values.ravel())
        code = np.tile(np.arange(m), n)[kept]
        columns: dict[str, Any] = {"point": np.repeat(part.points, m)[kept], "value": values.ravel()[kept]}
        columns["variant"] = ([part.variant], np.zeros(len(code), int))
        for place, name in ((1, "outcome"), (2, "key"), (4, "statistic")):
            columns[name] = ([label[place] for label in labels], code)
        columns["time"] = np.array([label[3] for label in labels])[code]
        return columns

    def by_draw(self) -> Iterator[dict[str, Any]]:
        """Rows of the table of draws: one for each draw that was computed."""
        for numbers in self.numbers:
            part = numbers.of(RESULTS, "value")
            values = part.values[:, 1:].transpose(0, 2, 1)  # points, labels, draws
            point, label, draw = (x.ravel() for x in np.indices(values.shape))
            kept = ~np.isnan(values[:, 0])[point, draw] if values.size else np.zeros(0, bool)
            yield {
                "point": part.points[point][kept],
                "draw": draw[kept],
                "variant": ([part.variant], np.zeros(int(kept.sum()), int)),
                "outcome": ([x[1] for x in part.labels], label[kept]),
                "key": ([x[2] for x in part.labels], label[kept]),
                "time": np.array([x[3] for x in part.labels])[label[kept]],
                "value": values.ravel()[kept],
            }

    def orderings(self) -> dict[str, Any]:
        """Rows of the table of orderings; none with fewer than two variants."""
        variants = self.runs.experiment.variants
        return orderings([n.of(RESULTS, "value") for n in self.numbers if n.variant in variants], variants, self.begin, self.end)


def _ordered(parts: list[dict[str, Any]]) -> dict[str, Any]:
    """Blocks of rows of several variants, joined in order of points, then as they come."""
    out: dict[str, Any] = {}
    for name in parts[0]:
        if name in TEXTS:
            words = [word for part in parts for word in part[name][0]]
            shift = np.cumsum([0, *(len(part[name][0]) for part in parts[:-1])])
            out[name] = words, np.concatenate([part[name][1] + s for part, s in zip(parts, shift, strict=True)])
        else:
            out[name] = np.concatenate([part[name] for part in parts])
    order = np.argsort(out["point"], kind="stable")
    return {name: (x[0], x[1][order]) if name in TEXTS else x[order] for name, x in out.items()}
