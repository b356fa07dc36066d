"""`sim run` and `sim figures`: experiments, their results and figures."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from sim.cli.progress import bar

if TYPE_CHECKING:
    from sim.study import ExperimentFile, RunReport

MOST_FAILURES = 5
RESULTS = click.option(
    "--results",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("results"),
    show_default=True,
    help="Folder in which each experiment has its own.",
)


@click.command("run", short_help="Run experiments and draw their figures.")
@click.argument("experiments", metavar="EXPERIMENT...", nargs=-1)
@click.option("--all", "everything", is_flag=True, help="Every experiment in ./experiments and the library.")
@RESULTS
def run_command(experiments: tuple[str, ...], everything: bool, results: Path) -> None:
    """Runs experiments: computes every point and draws the figures into results/NAME/."""
    from sim.cli.errors import FAILED
    from sim.study import run

    failed = 0
    for experiment in _asked(experiments, everything):
        with bar(experiment.name, plain=True) as step:
            done = run(experiment, results, step)
        failed += len(done.failures)
        _told(done)
        _draw(experiment, results)
    if failed:
        raise click.exceptions.Exit(FAILED)


@click.command("figures", short_help="Draw figures again from stored results.")
@click.argument("experiments", metavar="EXPERIMENT...", nargs=-1)
@click.option("--all", "everything", is_flag=True, help="Every experiment in ./experiments and the library.")
@RESULTS
def figures_command(experiments: tuple[str, ...], everything: bool, results: Path) -> None:
    """Draws the figures of experiments again, from stored results."""
    for experiment in _asked(experiments, everything):
        _draw(experiment, results)


def _asked(names: tuple[str, ...], everything: bool) -> list[ExperimentFile]:
    """The experiments that are meant, all of them read before any is run.  Raises InputError, click.UsageError."""
    from sim.cli.files import experiment
    from sim.config import InputError, library

    if bool(names) == everything:
        raise click.UsageError("name experiments, or give --all" if not names else "name experiments or give --all, not both")
    found, wrong = [], []
    for name in names or library("experiments"):
        try:
            found.append(experiment(name))
        except InputError as error:
            wrong += error.problems
    if wrong:
        raise InputError(wrong)
    by_name = {one.name: one for one in found}
    if len(by_name) < len({one.source.path.resolve() for one in found}):
        raise click.UsageError("two of these experiments have the same name and would share a results folder")
    return list(by_name.values())


def _told(done: RunReport) -> None:
    states = ", ".join(f"{variant} {n:,}" for variant, n in done.states.items())
    spent = f"{done.runs:,} runs in {done.seconds:.1f} s"
    click.echo(f"{done.folder}: {spent}{f' (states: {states})' if states else ''}")
    for failure in done.failures[:MOST_FAILURES]:
        click.echo(f"point {failure.point}, variant {failure.variant}, failed: {failure.reason}", err=True)
    if len(done.failures) > MOST_FAILURES:
        click.echo(f"and {len(done.failures) - MOST_FAILURES:,} more failures: see manifest.json", err=True)


def _draw(experiment: ExperimentFile, results: Path) -> None:
    """Draws what is stale and says why, and where the figures are."""
    from sim.figures import draw
    from sim.report.channels import caption

    folder = results / experiment.name
    said = caption(experiment.scenario, experiment.variants)
    files = draw(folder, experiment=experiment, channels=said, say=lambda name, why: click.echo(f"  {name} drawn: {why}"))
    where = f"{folder / 'figures'}: "
    click.echo(where + (f"{len(files)} files written" if files else "the figures are as they should be"))
