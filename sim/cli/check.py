"""`sim check`: what is wrong with files, all of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from sim.config import ScenarioFile
    from sim.study import ExperimentFile


@click.command("check", short_help="Check files; say what is wrong and where.")
@click.argument("files", metavar="FILE...", nargs=-1, required=True)
def check_command(files: tuple[str, ...]) -> None:
    """Checks scenarios and experiments; says what is wrong and where, everything at once."""
    from sim.cli.errors import WRONG_INPUT
    from sim.cli.files import checked, kind_of, sources
    from sim.config import InputError

    wrong = 0
    for name in files:
        try:
            for source in sources(name):
                found = checked(source)
                click.echo(f"{source.path}: {_summary(kind_of(source), found)}")
        except InputError as error:
            wrong += len(error.problems)
            click.echo(str(error), err=True)
    if wrong:
        click.echo(f"{wrong} {'problem' if wrong == 1 else 'problems'}.", err=True)
        raise click.exceptions.Exit(WRONG_INPUT)


def _summary(kind: str, found: ScenarioFile | ExperimentFile) -> str:
    def count(n: int, what: str) -> str:
        return f"{n:,} {what}{'' if n == 1 else 's'}"

    variants = count(len(found.variants), "variant")
    if kind == "scenario":
        return f"fine: a scenario with {variants}"
    points, figures = len(found.index), len(found.figures)  # type: ignore[union-attr]
    return f"fine: an experiment with {count(points, 'point')}, {variants}, {count(figures, 'figure')}"
