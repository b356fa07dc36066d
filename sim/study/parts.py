"""Parts: what is computed, kept in immutable files, each run's numbers under the digest of what it computes.

A part is a Parquet file with two columns: `key`, 16 bytes, and `values`, as many numbers as there are labels; the labels are in
the file's metadata.  Its name is the digest of its bytes, and it is written under another name and renamed: so a part is whole
or not there, and what was changed since does not bear its name.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from sim.study.tidy import Label
from sim.study.work import Done

FOLDER: Final = "parts"
HELD: Final = 256 * 2**20
"""Bytes of values of parts that are held while results are put together."""
KEY: Final = "V16"


def encoded(done: Done) -> tuple[str, bytes]:
    """The file name of a part and its bytes."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    keys = np.ascontiguousarray(done.keys)
    flat = pa.array(np.ascontiguousarray(done.values, dtype=float).ravel())
    table = pa.table(
        [
            pa.FixedSizeBinaryArray.from_buffers(pa.binary(16), len(keys), [None, pa.py_buffer(keys.tobytes())]),
            pa.FixedSizeListArray.from_arrays(flat, done.values.shape[1]),
        ],
        names=["key", "values"],
    )
    about = {"labels": json.dumps(done.labels)}
    sink = pa.BufferOutputStream()
    pq.write_table(table.replace_schema_metadata(about), sink, use_dictionary=False)
    data = sink.getvalue().to_pybytes()
    return f"{_digest(data)}.parquet", data


def _digest(data: bytes) -> str:
    return hashlib.blake2b(data, digest_size=16).hexdigest()


def save(folder: Path, name: str, data: bytes) -> None:
    """Writes a part; whole or not at all.  Raises OSError."""
    folder.mkdir(parents=True, exist_ok=True)
    new = folder / f".{name}.{os.getpid()}.new"
    try:
        with new.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(new, folder / name)
    except OSError as error:  # a write knows no name
        raise OSError(error.errno, error.strerror, error.filename or str(folder)) from None
    finally:
        new.unlink(missing_ok=True)


@dataclass(frozen=True)
class Part:
    """A part that has been read: numbers (runs, labels), and the labels."""

    values: np.ndarray
    labels: tuple[Label, ...]


def sound(path: Path) -> bool:
    """Whether a part is as it was written."""
    return _digest(path.read_bytes()) == path.stem


def keys_of(path: Path) -> np.ndarray:
    """The keys of a sound part."""
    import pyarrow.parquet as pq

    column = pq.read_table(path, columns=["key"])["key"].combine_chunks()
    return np.frombuffer(column.buffers()[1], KEY, len(column), column.offset * 16)


def read(path: Path) -> Part:
    """The numbers of a sound part."""
    import pyarrow.parquet as pq

    table = pq.read_table(path, columns=["values"])
    column = table["values"].combine_chunks()
    labels = tuple(tuple(label) for label in json.loads((table.schema.metadata or {})[b"labels"]))
    values = column.flatten().to_numpy(zero_copy_only=False).reshape(len(column), len(labels))
    return Part(values, labels)  # type: ignore[arg-type]


class Stock:
    """All parts of some folders: where each run's numbers are, and the numbers.

    The runs of a damaged part count as not computed; it is told in `damaged` and, with `aside`, renamed to NAME.damaged.
    """

    def __init__(self, folders: Iterable[Path], *, aside: bool = True) -> None:
        self.files: list[Path] = []
        self.damaged: list[str] = []
        keys: list[np.ndarray] = []
        for path in sorted(path for folder in folders for path in folder.glob("*.parquet")):
            if not sound(path):
                if aside:
                    path.replace(path.with_name(f"{path.name}.damaged"))
                self.damaged.append(str(path))
                continue
            found = keys_of(path)
            self.files.append(path)
            keys.append(found)
        self._ends = np.cumsum([len(found) for found in keys], dtype=np.int64)
        lanes = np.concatenate([np.zeros((0, 2), np.uint64), *(found.view(np.uint64).reshape(-1, 2) for found in keys)])
        self._order = np.lexsort((lanes[:, 1], lanes[:, 0]))
        self._first, self._second = lanes[self._order].T.copy()
        self._held: OrderedDict[int, Part] = OrderedDict()

    def __len__(self) -> int:
        return len(self._order)

    def where(self, keys: np.ndarray) -> np.ndarray:
        """The position of each key in the stock; -1 where it is not there; shape of keys."""
        out = np.full(keys.size, -1)
        first, second = np.ascontiguousarray(keys).reshape(-1).view(np.uint64).reshape(-1, 2).T
        at = np.searchsorted(self._first, first)
        left = np.arange(keys.size)
        while len(left):  # twice only where two keys share their first half
            left = left[at[left] < len(self._order)]
            left = left[self._first[at[left]] == first[left]]
            hit = self._second[at[left]] == second[left]
            out[left[hit]] = self._order[at[left[hit]]]
            left = left[~hit]
            at[left] += 1
        return out.reshape(keys.shape)

    def numbers(self, positions: np.ndarray) -> Iterable[tuple[np.ndarray, np.ndarray, tuple[Label, ...]]]:
        """The numbers at positions (n,), part by part: which of the n, their values (m, labels), the labels."""
        part = np.searchsorted(self._ends, positions, side="right")
        part[positions < 0] = -1
        order = np.argsort(part, kind="stable")
        starts = np.flatnonzero(np.diff(part[order], prepend=-2))
        for begin, end in zip(starts, [*starts[1:], len(order)], strict=True):
            which = order[begin:end]
            number = int(part[which[0]])
            if number >= 0:
                held = self._part(number)
                first = int(self._ends[number - 1]) if number else 0
                yield which, held.values[positions[which] - first], held.labels

    def _part(self, number: int) -> Part:
        if number not in self._held:
            self._held[number] = read(self.files[number])
            while len(self._held) > 1 and sum(part.values.nbytes for part in self._held.values()) > HELD:
                self._held.popitem(last=False)
        self._held.move_to_end(number)
        return self._held[number]
