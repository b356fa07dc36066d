"""The project's own papers agree with each other: version, lock, what travels in the package."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import sim

ROOT = Path(__file__).resolve().parent.parent
LOCK = (ROOT / "requirements.lock").read_text(encoding="utf-8")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def normal(name: str) -> str:
    """A distribution's name as indexes compare it: `SALib` and `salib`, `tree_sitter` and `tree-sitter` are one."""
    return re.sub(r"[-_.]+", "-", name).lower()


def test_version_is_the_same_everywhere() -> None:
    citation = re.search(r"^version: (\S+)$", (ROOT / "CITATION.cff").read_text(encoding="utf-8"), re.MULTILINE)
    changelog = re.search(r"^## \[(\S+)\]", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), re.MULTILINE)

    assert citation is not None
    assert changelog is not None
    assert citation[1] == changelog[1] == sim.__version__


def test_lock_holds_every_dependency_and_a_digest_of_every_file() -> None:
    entries = [entry for entry in re.split(r"\n(?=\S)", LOCK.strip()) if not entry.startswith("#")]
    locked = {normal(entry.split("==")[0]) for entry in entries}
    declared = [*PROJECT["dependencies"], *(line for extra in PROJECT["optional-dependencies"].values() for line in extra)]
    names = {normal(re.split(r"[^\w.-]", line)[0]) for line in declared} - {normal(PROJECT["name"])}

    assert names - locked == set()
    assert [entry for entry in entries if not re.search(r"--hash=sha256:[0-9a-f]{64}", entry)] == []


def test_lock_names_no_index_and_no_place() -> None:
    foreign = re.findall(r"^(?!#).*(?:://|--index|--extra-index|--find-links|--trusted-host|\s/|file:).*$", LOCK, re.MULTILINE)

    assert foreign == []


def test_the_library_travels_in_the_package(tmp_path: Path) -> None:
    build = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(tmp_path)]
    done = subprocess.run(build, cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    (wheel,) = tmp_path.glob("*.whl")
    packed = set(zipfile.ZipFile(wheel).namelist())
    library = {
        f"sim/library/{path.relative_to(ROOT)}" for kind in ("scenarios", "experiments") for path in ROOT.glob(f"{kind}/*.toml")
    }
    code = {str(path.relative_to(ROOT)) for path in ROOT.glob("sim/**/*.py")} | {"sim/py.typed"}

    assert len(library) > 0
    assert (library | code) - packed == set()
    assert {name.split("/")[0] for name in packed if ".dist-info/" not in name} == {"sim"}
