"""Finding and reading TOML files: by path, or by bare name in the working folder and in the library of the program."""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Final

from sim.config.errors import InputError, Located, refuse
from sim.config.positions import lines, nearest
from sim.declare import Problem

PACKAGE = Path(__file__).resolve().parents[1]
OTHER: Final = {"scenarios": "experiments", "experiments": "scenarios"}
"""The folder of the other kind of files."""
MOST_NAMES: Final = 20
"""Names that a message lists."""


@dataclass(frozen=True)
class Source:
    """A TOML file that has been read: its path as the user knows it, its text and its tables."""

    path: Path
    text: str = field(repr=False)
    tables: dict[str, Any] = field(repr=False)

    @property
    def name(self) -> str:
        """The bare name of the file; with its folder where it lies in a sub-folder of a library ("canon/contest")."""
        whole = self.path.resolve()
        for folder in (place.resolve() for kind in ("scenarios", "experiments") for place in folders(kind)):
            if whole.is_relative_to(folder):
                return whole.relative_to(folder).with_suffix("").as_posix()
        return self.path.stem

    @cached_property
    def lines(self) -> dict[tuple[str | int, ...], int]:
        """Where the keys stand; worked out at the first error."""
        return lines(self.text)

    def located(self, problem: Problem, variant: str | None = None, present: int | None = None) -> Located:
        """The problem with its line: in what the variant says if it says it, else in what the file says.

        `present` is how many keys of the path there are after merging; the others (a missing key) stand nowhere.
        """
        looked_for = problem.path[:present]
        depth, line = nearest(self.lines, looked_for)
        if variant is not None:
            own_depth, own_line = nearest(self.lines, ("variants", variant, *looked_for))
            if own_depth - 2 >= max(depth, 1):
                own = Problem(("variants", variant, *problem.path), problem.message, problem.found, problem.hint)
                return Located(str(self.path), own, own_line)
        return Located(str(self.path), problem, line)


def folders(kind: str) -> list[Path]:
    """Where bare names are looked up, in this order; `kind` is the name of the folder, such as "scenarios"."""
    checkout = PACKAGE.parent
    shipped = [PACKAGE / "library" / kind]
    if (checkout / "pyproject.toml").is_file():
        shipped.append(checkout / kind)
    return [Path(kind), *shipped]


def library(kind: str) -> dict[str, Path]:
    """{name: path} of the files that can be named by bare name, sorted; the first folder that has a name wins.

    A file in a sub-folder is named with it: "canon/grim_treaty".
    """
    found: dict[str, Path] = {}
    for folder in folders(kind):
        if folder.is_dir():
            for path in sorted(folder.glob("**/*.toml")):
                found.setdefault(path.relative_to(folder).with_suffix("").as_posix(), path)
    return dict(sorted(found.items()))


def locate(name_or_path: str | Path, kind: str) -> Path:
    """The file that is meant; InputError if there is none."""
    path = Path(name_or_path)
    one = kind.removesuffix("s")
    known_names = library(kind)
    if isinstance(name_or_path, str) and "/" in name_or_path and not path.exists() and name_or_path in known_names:
        return known_names[name_or_path]
    if _is_path(name_or_path):
        if path.exists():
            return path
        known = sorted({p.name for p in path.parent.glob("*.toml")} | set(known_names))
        close = difflib.get_close_matches(path.name, known, n=1) or difflib.get_close_matches(path.stem, known, n=1)
        raise refuse(path, "no such file", hint=f"Did you mean {close[0]}?" if close else "")
    if str(name_or_path) in known_names:
        return known_names[str(name_or_path)]
    if str(name_or_path) and path.exists():
        return path
    if str(name_or_path) in library(OTHER[kind]):
        raise _of_the_other_kind(str(name_or_path), kind, known_names)
    close = difflib.get_close_matches(str(name_or_path), known_names, n=1)
    few = 0 < len(known_names) <= MOST_NAMES
    every = f"There are: {', '.join(known_names)}." if few else "`sim list` names them all." if known_names else ""
    hint = (f"Did you mean {close[0]}? " if close else "") + every
    raise refuse(name_or_path or '""', f"no {one} of this name in ./{kind} or in the library, and no such file", hint=hint)


def _of_the_other_kind(name: str, kind: str, known: Iterable[str]) -> InputError:
    """The error for the name of a scenario where an experiment is wanted, or the other way round."""
    if kind == "scenarios":
        return refuse(name, "is an experiment, where a scenario is wanted", hint=f"`sim run {name}` is the command for it.")
    near = [one for one in known if one.startswith(name)]
    hint = f"Experiments on it: {', '.join(near)}." if near else f"`sim solve {name}` is the command for it."
    return refuse(name, "is a scenario, where an experiment is wanted", hint=hint)


def _is_path(name_or_path: str | Path) -> bool:
    text = str(name_or_path)
    return isinstance(name_or_path, Path) or text.endswith(".toml") or "/" in text or "\\" in text


def read(path: Path) -> Source:
    """A TOML file; InputError if it cannot be read, is empty, is not UTF-8 or is not TOML."""
    text = _text(path)
    try:
        tables = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InputError([_not_toml(path, text, str(error))]) from None
    except RecursionError:
        raise refuse(path, "is nested too deeply to be read") from None
    if not tables:
        raise refuse(path, "the file is empty", hint="`sim new NAME` writes a commented file to start from.")
    return Source(path, text, tables)


def _text(path: Path) -> str:
    if path.is_dir():
        raise refuse(path, "is a directory, not a TOML file")
    try:
        raw = path.read_bytes()
    except FileNotFoundError:
        raise refuse(path, "no such file") from None
    except OSError as error:
        raise refuse(path, f"cannot be read: {error.strerror or error}") from None
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        byte = f"byte 0x{raw[error.start]:02x}"
        raise refuse(path, f"is not UTF-8 text ({byte})", hint="Save the file with the encoding UTF-8.", line=line) from None


def _not_toml(path: Path, text: str, message: str) -> Located:
    """The parser's message, "Invalid value (at line 3, column 9)", with its line in its place."""
    at = re.search(r"\(at line (\d+), column (\d+)\)|\(at end of document\)", message)
    line, column = (int(at[1]), int(at[2])) if at and at[1] else (None, None)
    if at and line is None:
        line = text.rstrip().count("\n") + 1
    what = message[: at.start()].strip() if at else message
    where = f" at column {column}" if column is not None else " at the end of the file" if at else ""
    return Located(str(path), Problem((), f"is not TOML: {what}{where}"), line)
