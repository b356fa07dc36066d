"""Escalation risk under arms control: an iterated security dilemma with treaties, verification and crises (docs/model.md)."""

from __future__ import annotations

from importlib import import_module
from typing import Any, Final

__version__ = "0.1.0"

_PLACES: Final = {
    "Results": "sim.study",
    "read_experiment": "sim.figures",
    "read_scenario": "sim.config",
    "run": "sim.study",
}
"""Public names and where they are; each is imported when it is asked for, so that `import sim` stays quick."""


def __getattr__(name: str) -> Any:
    if name not in _PLACES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_PLACES[name]), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *_PLACES])
