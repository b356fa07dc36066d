"""The command line starts fast: it imports none of the libraries that take long, and `sim --help` works without them."""

from __future__ import annotations

import subprocess
import sys

import pytest

HEAVY = (
    "SALib",
    "dask",
    "distributed",
    "ema_workbench",
    "jinja2",
    "matplotlib",
    "nashpy",
    "numba",
    "pandas",
    "pyarrow",
    "quantecon",
    "scipy.optimize",
    "scipy.stats",
    "xarray",
)
HELP = "import sim.cli\ntry:\n    sim.cli.main(['--help'])\nexcept SystemExit as stop:\n    assert not stop.code"


def python(*arguments: str) -> subprocess.CompletedProcess[str]:
    done = subprocess.run([sys.executable, *arguments], capture_output=True, text=True, timeout=60)

    assert done.returncode == 0, done.stderr
    return done


def heavy_after(statement: str) -> list[str]:
    """The heavy libraries that a new interpreter holds after the statement."""
    printed = python("-c", f"{statement}\nimport sys\nprint('\\nheld:', *(name for name in {HEAVY!r} if name in sys.modules))")

    return printed.stdout.splitlines()[-1].removeprefix("held:").split()


@pytest.mark.parametrize(
    "statement", ["import sim", "import sim.cli", "import sim.__main__", HELP], ids=["sim", "cli", "main", "help"]
)
def test_the_command_line_imports_nothing_heavy(statement: str) -> None:
    assert heavy_after(statement) == []


def test_a_heavy_import_would_be_noticed() -> None:
    assert "pandas" in heavy_after("import sim.cli, pandas")


def test_help_and_version_are_printed() -> None:
    assert "Usage" in python("-m", "sim", "--help").stdout
    assert python("-m", "sim", "--version").stdout.startswith("sim")
