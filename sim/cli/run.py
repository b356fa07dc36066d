"""`sim run`, `sim merge` and `sim figures`: experiments, their results and figures."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from sim.cli.common import json_option
from sim.cli.progress import duration, event, of_run

if TYPE_CHECKING:
    from sim.study import ExperimentFile, RunReport
    from sim.study.gathering import Gathering

MOST_FAILURES = 5
RESULTS = click.option(
    "--results",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("results"),
    show_default=True,
    help="Folder in which each experiment has its own.",
)
NAMES = click.argument("experiments", metavar="EXPERIMENT...", nargs=-1)
EVERYTHING = click.option("--all", "everything", is_flag=True, help="Every experiment in ./experiments and the library.")


def _shard(_context: click.Context, _option: click.Parameter, told: str | None) -> tuple[int, int] | None:
    if told is None:
        return None
    found = re.fullmatch(r"([1-9]\d*)/([1-9]\d*)", told)
    if found is None or int(found[1]) > int(found[2]):
        raise click.BadParameter(f"must be i/n with i from 1 to n, such as 1/4, found {told!r}")
    return int(found[1]), int(found[2])


@click.command("run", short_help="Run experiments, or go on with them, and draw their figures.")
@NAMES
@EVERYTHING
@RESULTS
@click.option("--workers", type=click.IntRange(1, 1024), help="Processes that compute; one for each processor if not given.")
@click.option("--chunk-size", type=click.IntRange(min=1), help="Runs in a chunk; some seconds' worth if not given.")
@click.option(
    "--scheduler",
    metavar="ADDRESS",
    help="Compute on a Dask cluster, such as tcp://host:8786, or the scheduler's file (extra `cluster`).",
)
@click.option(
    "--shard", metavar="I/N", callback=_shard, help="Compute only the I-th of N shares; `sim merge` puts them together."
)
@json_option
def run_command(
    experiments: tuple[str, ...],
    everything: bool,
    results: Path,
    workers: int | None,
    chunk_size: int | None,
    scheduler: str | None,
    shard: tuple[int, int] | None,
    as_json: bool,
) -> None:
    """Runs experiments: computes what is not there yet and draws the figures into results/NAME/.

    A run that was stopped goes on with the same command.  Neither workers nor chunks, shards or clusters change a byte of the
    results.
    """
    from sim.cli.errors import FAILED
    from sim.cli.gather import gather
    from sim.study import run

    if scheduler is not None and workers is not None:
        raise click.UsageError("--workers are processes of this machine, --scheduler is a cluster: give one of them")
    failed = 0
    wanted, gatherings = with_gatherings(experiments, everything)
    for experiment in wanted:
        _notes(experiment)
        with of_run(experiment.name, as_json) as progress, _crew(scheduler) as crew:
            done = run(experiment, results, progress, workers=workers, chunk=chunk_size, shard=shard, crew=crew, say=_said)
        failed += len(done.failures)
        _told(done, as_json)
        if done.finished:
            draw_all(experiment, results, as_json)
    for gathering in gatherings if shard is None else ():
        gather(gathering, results, as_json)
    if failed:
        raise click.exceptions.Exit(FAILED)


@click.command("merge", short_help="Put the shards of experiments together.")
@NAMES
@RESULTS
@json_option
def merge_command(experiments: tuple[str, ...], results: Path, as_json: bool) -> None:
    """Puts the shards of experiments together, which `sim run --shard` left in results/NAME/shards/, and draws the figures.

    Shards from other machines count when their folders are copied there.
    """
    from sim.cli.errors import FAILED
    from sim.study import merge

    failed = 0
    for experiment in asked(experiments, False):
        with of_run(experiment.name, as_json) as progress:
            done = merge(experiment, results, progress, say=_said)
        failed += len(done.failures)
        _told(done, as_json)
        draw_all(experiment, results, as_json)
    if failed:
        raise click.exceptions.Exit(FAILED)


@click.command("figures", short_help="Draw figures again from stored results.")
@NAMES
@EVERYTHING
@RESULTS
@json_option
def figures_command(experiments: tuple[str, ...], everything: bool, results: Path, as_json: bool) -> None:
    """Draws the figures of experiments again, from stored results."""
    from sim.cli.gather import gather

    wanted, gatherings = with_gatherings(experiments, everything, members=False)
    for experiment in wanted:
        draw_all(experiment, results, as_json)
    for gathering in gatherings:
        gather(gathering, results, as_json)


def asked(names: tuple[str, ...], everything: bool) -> list[ExperimentFile]:
    """The experiments that are meant, without gatherings, all read before any is run.  Raises InputError, click.UsageError."""
    from sim.cli.files import asked_for, experiment
    from sim.study import ExperimentFile

    found = [one for one in _read(names, everything, asked_for if everything else experiment) if isinstance(one, ExperimentFile)]
    return _apart(found)


def with_gatherings(
    names: tuple[str, ...], everything: bool, *, members: bool = True
) -> tuple[list[ExperimentFile], list[Gathering]]:
    """The experiments that are meant, with those that gatherings need (`members`), and the gatherings.  Raises as `asked`."""
    from sim.cli.files import asked_for
    from sim.study import ExperimentFile

    found = _read(names, everything, asked_for)
    gatherings = [one for one in found if not isinstance(one, ExperimentFile)]
    experiments = [one for one in found if isinstance(one, ExperimentFile)]
    return _apart([*experiments, *(m for one in gatherings for m in one.members if members)]), gatherings


def _read(names: tuple[str, ...], everything: bool, reader: Callable[[str], Any]) -> list[Any]:
    from sim.config import InputError, library

    if bool(names) == everything:
        raise click.UsageError("name experiments, or give --all" if not names else "name experiments or give --all, not both")
    found, wrong = [], []
    for name in names or library("experiments"):
        try:
            found.append(reader(name))
        except InputError as error:
            wrong += error.problems
    if wrong:
        raise InputError({str(located): located for located in wrong}.values())
    return found


def _apart(found: list[ExperimentFile]) -> list[ExperimentFile]:
    """The experiments, each once.  Raises click.UsageError where two of one name would share a folder."""
    by_name = {one.name: one for one in found}
    if len(by_name) < len({one.source.path.resolve() for one in found}):
        raise click.UsageError("two of these experiments have the same name and would share a results folder")
    return list(by_name.values())


def _crew(scheduler: str | None):
    """Who computes: nobody in particular, or a cluster."""
    from contextlib import nullcontext

    if scheduler is None:
        return nullcontext()
    from sim.study.cluster import cluster

    return cluster(scheduler)


def _said(text: str) -> None:
    click.echo(text, err=True)


def _notes(experiment: ExperimentFile) -> None:
    for note in experiment.notes:
        click.echo(f"{experiment.name}: note: {note}", err=True)


def _told(done: RunReport, as_json: bool) -> None:
    if as_json:
        failures = [{"point": f.point, "variant": f.variant, "draw": f.draw, "reason": f.reason} for f in done.failures]
        event(
            "done",
            folder=str(done.folder),
            runs=done.runs,
            computed=done.computed,
            seconds=round(done.seconds, 3),
            finished=done.finished,
            states=done.states,
            failures=failures,
        )
        return
    states = ", ".join(f"{variant} {n:,}" for variant, n in done.states.items())
    what = f"{done.computed:,} of {done.runs:,} runs computed" if done.computed else f"{done.runs:,} runs, all there already"
    click.echo(f"{done.folder}: {what}, {duration_of(done.seconds)}{f' (states: {states})' if states else ''}")
    if done.failures:
        click.echo(f"{len(done.failures):,} of all {done.runs:,} runs failed:", err=True)
    for failure in done.failures[:MOST_FAILURES]:
        where = f"point {failure.point}, variant {failure.variant}{f', draw {failure.draw}' if failure.draw >= 0 else ''}"
        click.echo(f"{where}, failed: {failure.reason}", err=True)
    if len(done.failures) > MOST_FAILURES:
        click.echo(f"and {len(done.failures) - MOST_FAILURES:,} more failures: see failures.json", err=True)
    if not done.finished:
        click.echo("`sim merge` puts the shards together when all are computed.")


def duration_of(seconds: float) -> str:
    """A time: tenths of seconds where it is short."""
    return f"{seconds:.1f} s" if seconds < 60 else duration(seconds)


def again(experiment: ExperimentFile, results: Path) -> str:
    """How the experiment is named in another command: by its bare name where that finds it, else by its path."""
    from sim.config import library

    path = experiment.source.path
    found = library("experiments").get(experiment.name)
    name = experiment.name if found is not None and found.resolve() == path.resolve() else str(path)
    return name if results == Path("results") else f"{name} --results {results}"


def draw_all(experiment: ExperimentFile, results: Path, as_json: bool) -> None:
    """Writes the analyses, draws what figures are stale and says why, and where they are."""
    from sim.figures import KINDS, draw
    from sim.report.channels import caption
    from sim.study import Results

    folder = results / experiment.name
    if experiment.analyses:
        from sim.study.analyses import findings, write

        write(folder, findings(Results.load(folder, KINDS, experiment)))
        if not as_json:
            told = f"`sim analyse {again(experiment, results)}` prints them"
            click.echo(f"{folder / 'analyses'}: {len(experiment.analyses)} analyses written; {told}")
    if experiment.threshold is not None and not as_json and not (folder / "threshold" / "threshold.json").exists():
        click.echo(f"`sim threshold {again(experiment, results)}` finds the break-even value that [threshold] asks for")
    if not experiment.figures:
        if not as_json:
            click.echo(f"{experiment.name} asks for no figures")
        return

    def say(name: str, why: str) -> None:
        if as_json:
            event("figure", name=name, reason=why)
        else:
            click.echo(f"  {name} drawn: {why}")

    files = draw(folder, experiment=experiment, channels=caption(experiment.scenario, experiment.variants), say=say)
    if not as_json:
        where = f"{folder / 'figures'}: "
        click.echo(where + (f"{len(files)} files written" if files else "the figures are as they should be"))
