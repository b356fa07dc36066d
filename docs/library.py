"""Prints docs/library/README.md: the scenarios of the library, their headline numbers, their workings (`make docs`).

The numbers are those of tests/golden/headlines.json, which the tests hold to what the exact engine gives.
"""

import json
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[1]
REGIMES = ("no_treaty", "treaty", "verification")
HEAD = """# The scenarios of the library

Probability of the last rung (war, or what the ladder of a scenario ends with) by the end of its horizon, in %, at the file's own
numbers, by the exact engine. They are conditional on the assumptions, which each file states, and not forecasts. How far they
move over the ranges of the file is in the figures of `NAME_by_regime`; where the order of the regimes fails, in the descriptions
(`sim describe NAME`) and in `sim run where_the_ordering_fails`. The workings of derived numbers are on the pages that are named.

| scenario | title | years | last rung | no treaty | treaty | verification | experiments | workings |
|---|---|---|---|---|---|---|---|---|
"""


def read(path: Path) -> dict:
    """A TOML file."""
    return tomllib.loads(path.read_text(encoding="utf-8"))


def main() -> None:
    """Print the page."""
    golden = json.loads((ROOT / "tests" / "golden" / "headlines.json").read_text(encoding="utf-8"))
    asked: dict[str, list[str]] = {}
    for path in sorted((ROOT / "experiments").glob("*.toml")):
        tables = read(path)
        scenario = tables.get("scenario", "")
        asked.setdefault(scenario, []).append(path.stem)
    rows = []
    for path in sorted((ROOT / "scenarios").glob("*.toml")):
        name, tables = path.stem, read(path)
        war = [f"{100 * list(golden[name][variant].values())[-1]:.3g}" for variant in REGIMES]
        by = sorted({e for scenario, names in asked.items() for e in names if scenario == name or e.startswith(name)})
        pages = [page.name for page in sorted((ROOT / "docs" / "library").glob(f"{name}*.md"))]
        if f"{name}.md" not in pages:
            pages.insert(0, "../scenarios.md")
        told = ", ".join(f"[{Path(page).name}]({page})" for page in pages)
        years = f"{tables['horizon']['years']:g}"
        cells = [
            f"[{name}](../../scenarios/{name}.toml)",
            tables["title"],
            years,
            list(golden[name][REGIMES[0]])[-1],
            *war,
            ", ".join(f"`{e}`" for e in by),
            told,
        ]
        rows.append(f"| {' | '.join(cells)} |")
    print(HEAD + "\n".join(rows))


main()
