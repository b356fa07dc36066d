"""Prints docs/mechanisms.md: which mechanism is at work in which scenario, through which parameters, and in which experiments
(`make docs`)."""

import tomllib
from collections import defaultdict
from pathlib import Path

ROOT = Path(__file__).parents[1]
TABLE = tomllib.loads((ROOT / "docs" / "mechanisms.toml").read_text(encoding="utf-8"))
HEAD = """# Mechanisms and scenarios

What the library models, made by `make docs` from [mechanisms.toml](mechanisms.toml) and from the tables `[mechanisms]` of the
scenario files. Every parameter named here changes some result of its scenario; a test holds that. `events.0` is the first
dated event of a file. How a mechanism is modelled, and what of it is left out, is told in the description of its scenario.
"""


def read(folder: str) -> dict[str, dict]:
    """The TOML files of a folder of the library, by name from the library."""
    files = sorted((ROOT / folder).rglob("*.toml"))
    return {p.relative_to(ROOT / folder).with_suffix("").as_posix(): tomllib.loads(p.read_text(encoding="utf-8")) for p in files}


def main() -> None:
    """Print the table."""
    asked = defaultdict(list)
    for name, experiment in read("experiments").items():
        asked[experiment.get("scenario", "")].append(name)
    at_work = defaultdict(list)
    for name, scenario in read("scenarios").items():
        for row, paths in scenario.get("mechanisms", {}).items():
            at_work[row].append((name, paths))
    print(HEAD)
    for letter, group in TABLE["groups"].items():
        print(f"## {group}\n\n| | mechanism | scenario and parameters | experiments |\n|---|---|---|---|")
        for row, text in TABLE["mechanisms"].items():
            if not row.startswith(letter):
                continue
            where = [f"[{name}](../scenarios/{name}.toml): " + ", ".join(f"`{p}`" for p in paths) for name, paths in at_work[row]]
            by = [f"`{e}`" for name, _ in at_work[row] for e in asked[name]]
            print(f"| {row} | {text} | {'<br>'.join(where)} | {', '.join(dict.fromkeys(by))} |")
        print()


main()
