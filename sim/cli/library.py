"""`sim list`, `sim new`, `sim schema`: the library, a start, and the schemas of the files."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import click

from sim.cli.common import heading, json_option, print_json

KINDS = ("scenario", "experiment")
SCHEMAS = ("scenario", "model", "experiment", "gathering")
LONGEST_NAME = 100
TEMPLATES = Path(__file__).parent / "templates"


@click.command("list", short_help="Scenarios and experiments of the library.")
@json_option
def list_command(as_json: bool) -> None:
    """The scenarios and experiments that can be named, of ./scenarios, ./experiments and the library."""
    found = {f"{kind}s": [_entry(name, path) for name, path in _library(kind)] for kind in KINDS}
    if as_json:
        print_json(found)
        return
    for plural, entries in found.items():
        click.echo(heading(plural.upper()))
        width = max((len(entry["name"]) for entry in entries), default=0)
        for entry in entries:
            click.echo(f"  {entry['name']:<{width}}  {entry['title'] or entry['problem']}")
        if not entries:
            click.echo("  none")
        click.echo()


def _library(kind: str) -> list[tuple[str, Path]]:
    from sim.config import library

    return sorted(library(f"{kind}s").items(), key=lambda entry: ("/" in entry[0], entry[0]))  # those in folders last


def _entry(name: str, path: Path) -> dict[str, Any]:
    """Name, path and title of a file; the first thing that is wrong with it where it cannot be read."""
    from sim.config import InputError, read

    try:
        title = read(path).tables.get("title")
    except InputError as error:
        return {"name": name, "path": str(path), "title": None, "problem": str(error).splitlines()[0]}
    return {"name": name, "path": str(path), "title": title if isinstance(title, str) else None, "problem": None}


@click.command("new", short_help="Write a scenario and an experiment to edit.")
@click.argument("name")
def new_command(name: str) -> None:
    """Writes a commented scenario and an experiment on it, to start from: ./scenarios/NAME.toml and ./experiments/NAME.toml."""
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_-]*", name):
        raise click.UsageError(f"a name is a letter, then letters, digits, - and _: {name!r} is none")
    if len(name) > LONGEST_NAME:
        raise click.UsageError(f"a name has at most {LONGEST_NAME} characters, this one has {len(name)}")
    files = {Path(f"{kind}s") / f"{name}.toml": kind for kind in KINDS}
    for path in files:
        if path.exists():
            raise click.UsageError(f"{path} is there already, and nothing is overwritten; choose another name")
    for path, kind in files.items():
        path.parent.mkdir(exist_ok=True)
        text = (TEMPLATES / f"{kind}.toml").read_text(encoding="utf-8").replace("NAME", name)
        with path.open("x", encoding="utf-8", newline="\n") as file:
            file.write(text)
        click.echo(f"{path} written")
    click.echo(f"Next: edit them, then `sim check {name}`, `sim solve {name}`, `sim run {name}`.")


@click.command("schema", short_help="JSON schemas of the files.")
@click.argument("kind", type=click.Choice(SCHEMAS), required=False)
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), help="Folder for KIND.schema.json; else it is printed.")
def schema_command(kind: str | None, out: Path | None) -> None:
    """The JSON schemas of scenarios, canonical models, experiments and gatherings: editors complete and check keys."""
    import json

    if out is None:
        print_json(_schema(kind or "scenario"))
        return
    out.mkdir(parents=True, exist_ok=True)
    for one in [kind] if kind else SCHEMAS:
        path = out / f"{one}.schema.json"
        path.write_text(json.dumps(_schema(one), indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
        click.echo(f"{path} written")


def _schema(kind: str) -> dict[str, Any]:
    from sim.config.schema import file_schema, model_schema, scenario_schema

    if kind in ("scenario", "model"):
        return scenario_schema() if kind == "scenario" else model_schema()
    if kind == "gathering":
        from sim.study.gathering import GATHERING

        return file_schema("Gathering", GATHERING)
    from sim.figures import EXPERIMENT

    return file_schema("Experiment", EXPERIMENT)
