"""What is wrong with an input, as one message: file, line, key, what is allowed, what was found, what to do."""

from __future__ import annotations

import datetime
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from sim.declare import REQUIRED, Problem
from sim.dilemma.paths import dotted

LONGEST_VALUE = 60
"""Characters of a value that a message shows."""


@dataclass(frozen=True)
class Located:
    """A problem of a file: the file, its line (None where it is not known), the variants that show it (all if empty)."""

    file: str
    problem: Problem
    line: int | None = None
    variants: tuple[str, ...] = ()

    def __str__(self) -> str:
        where = self.file if self.line is None else f"{self.file}:{self.line}"
        path = dotted(self.problem.path)
        named = {2: "variant", 3: "variants"}[min(len(self.variants) + 1, 3)] if self.variants else ""
        only = f" ({named} {', '.join(self.variants)})" if named else ""
        return f"{where}: {path + ': ' if path else ''}{sentence(self.problem)}{only}"

    def record(self) -> dict[str, Any]:
        """The problem as plain data; `found` as it would stand in a file, None for what is not known."""
        return {
            "line": self.line,
            "path": dotted(self.problem.path) or None,
            "message": self.problem.message,
            "found": None if self.problem.found is REQUIRED else shown(self.problem.found),
            "hint": self.problem.hint or None,
            "variants": list(self.variants),
        }


class InputError(ValueError):
    """The input is wrong: all that is wrong with it, one line for each problem."""

    def __init__(self, problems: Iterable[Located]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


def refuse(file: object, message: str, *, found: Any = REQUIRED, hint: str = "", line: int | None = None) -> InputError:
    """The error of a file as a whole."""
    return InputError([Located(str(file), Problem((), message, found, hint), line)])


def sentence(problem: Problem) -> str:
    """A problem without its place: "must be in [0, 1], found 1.4. Write 0.014 for 1.4 %."."""
    found = "" if problem.found is REQUIRED else f", found {shown(problem.found)}"
    return f"{problem.message}{found}{'. ' + problem.hint if problem.hint else ''}"


def shown(value: Any) -> str:
    """A value as it would stand in a TOML file, shortened."""
    text = _shown(value)
    return text if len(text) <= LONGEST_VALUE else text[: LONGEST_VALUE - 3] + "..."


def _shown(value: Any) -> str:
    if isinstance(value, bool | np.bool_):
        return "true" if value else "false"
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, np.ndarray):
        ends = sorted({f"{value.min():.12g}", f"{value.max():.12g}"}, key=float) if value.size else ["none"]
        return ends[0] if len(ends) == 1 else f"values from {ends[0]} to {ends[1]}"
    if isinstance(value, Mapping):
        return "the table { " + ", ".join(f"{dotted([str(key)])} = {_shown(item)}" for key, item in value.items()) + " }"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_shown(item) for item in value) + "]"
    if isinstance(value, datetime.date | datetime.time):
        return value.isoformat()
    return str(value)
