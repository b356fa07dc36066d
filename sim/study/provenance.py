"""Where a result comes from: versions, commit, machine, digests."""

from __future__ import annotations

import hashlib
import importlib.metadata
import os
import platform
import re
import subprocess
from functools import cache
from pathlib import Path
from typing import Any, Final

from sim import __version__
from sim.config.source import PACKAGE

DISTRIBUTION: Final = "strategic-stability-simulator"
DEPENDENCIES: Final = ("numpy", "scipy", "pandas", "pyarrow", "matplotlib", "numba", "nashpy", "pydantic")
"""Looked up where the package is used without having been installed."""


def versions() -> dict[str, str]:
    """Versions of Python, of this package and of all that it depends on (those that are installed)."""
    out = {"python": platform.python_version(), DISTRIBUTION: __version__}
    for name in _dependencies():
        try:
            out[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
    return out


def _dependencies() -> list[str]:
    try:
        required = importlib.metadata.requires(DISTRIBUTION) or []
    except importlib.metadata.PackageNotFoundError:
        return list(DEPENDENCIES)
    return sorted({re.split(r"[^\w.-]", line)[0] for line in required} - {DISTRIBUTION}, key=str.lower)


COMPUTES: Final = (
    *("chain", "dilemma", "games", "models", "declare.py", "config/scenario_file.py", "config/forms.py", "config/tables.py"),
    *("study/work.py", "study/canonical.py", "study/tidy.py", "study/more.py"),
)
"""What of the program the numbers of a run depend on."""


@cache
def engine() -> dict[str, str]:
    """What the numbers themselves depend on besides a run's own values: the program that computes, and versions.

    Parts of another program, or of other versions, are computed again.
    """
    files = [
        f for name in COMPUTES for f in ([PACKAGE / name] if name.endswith(".py") else sorted((PACKAGE / name).glob("**/*.py")))
    ]
    told = hashlib.sha256()
    for file in files:
        told.update(f"{file.relative_to(PACKAGE).as_posix()}\0".encode() + file.read_bytes().replace(b"\r\n", b"\n"))
    return {"program": told.hexdigest(), **{name: importlib.metadata.version(name) for name in ("numpy", "scipy", "numba")}}


def commit() -> dict[str, Any] | None:
    """The commit of the checkout that the program runs from, and whether files were changed since; None outside a checkout."""
    folder = PACKAGE.parent
    if not (folder / ".git").exists():
        return None
    try:
        head = _git(folder, "rev-parse", "HEAD")
        changed = _git(folder, "status", "--porcelain", "--untracked-files=no")
    except (OSError, subprocess.SubprocessError):
        return None
    return {"commit": head, "changed": changed != ""}


def _git(folder: Path, *arguments: str) -> str:
    done = subprocess.run(["git", "-C", str(folder), *arguments], capture_output=True, text=True, timeout=10, check=True)
    return done.stdout.strip()


def machine() -> dict[str, Any]:
    """The kind of machine; no name of it."""
    return {
        "system": platform.system(),
        "release": platform.release(),
        "architecture": platform.machine(),
        "processors": os.cpu_count(),
        "python_implementation": platform.python_implementation(),
    }


def digest_of(path: Path) -> str:
    """The SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
