"""`sim check`: what is wrong with files, all of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from sim.cli.common import json_option, print_json

if TYPE_CHECKING:
    from sim.config import Located, ScenarioFile
    from sim.study import ExperimentFile
    from sim.study.gathering import Gathering


@click.command("check", short_help="Check files; say what is wrong and where.")
@click.argument("files", metavar="FILE...", nargs=-1, required=True)
@json_option
def check_command(files: tuple[str, ...], as_json: bool) -> None:
    """Checks scenarios and experiments; says what is wrong and where, everything at once."""
    from sim.cli.errors import WRONG_INPUT
    from sim.cli.files import checked, kind_of, sources
    from sim.config import InputError

    wrong: list[Located] = []
    names: list[str] = []
    notes: dict[str, tuple[str, ...]] = {}
    for name in files:
        try:
            for source in sources(name):
                names.append(str(source.path))
                found = checked(source)
                notes[str(source.path)] = tuple(getattr(found, "notes", ()))  # scenarios have none
                if not as_json:
                    click.echo(f"{source.path}: {_summary(kind_of(source), found)}")
                    for note in notes[str(source.path)]:
                        click.echo(f"{found.name}: note: {note}", err=True)
        except InputError as error:
            wrong += error.problems
            if not as_json:
                click.echo(str(error), err=True)
    if as_json:
        print_json(_record(names, wrong, notes))
    elif wrong:
        click.echo(f"{len(wrong)} {'problem' if len(wrong) == 1 else 'problems'}.", err=True)
    if wrong:
        raise click.exceptions.Exit(WRONG_INPUT)


def _record(names: list[str], wrong: list[Located], notes: dict[str, tuple[str, ...]]) -> dict[str, Any]:
    """The JSON of `sim check`; other programs read it.  A file without problems is fine; notes are there where there are some."""
    files: dict[str, list[dict[str, Any]]] = {name: [] for name in names}
    for located in wrong:
        files.setdefault(located.file, []).append(located.record())
    told = {name: {"notes": list(notes[name])} if notes.get(name) else {} for name in files}
    return {"files": [{"file": name, "problems": problems, **told[name]} for name, problems in files.items()]}


def _summary(kind: str, found: ScenarioFile | ExperimentFile | Gathering) -> str:
    from sim.study.gathering import Gathering

    def count(n: int, what: str) -> str:
        return f"{n:,} {what}{'' if n == 1 else 's'}"

    variants = count(len(found.variants), "variant")
    if kind == "scenario":
        return f"fine: a scenario with {variants}"
    figures = count(len(found.figures), "figure")  # type: ignore[union-attr]
    if isinstance(found, Gathering):
        return f"fine: a gathering of {count(len(found.members), 'experiment')} with {variants}, {figures}"
    return f"fine: an experiment with {count(len(found.index), 'point')}, {variants}, {figures}"  # type: ignore[union-attr]
