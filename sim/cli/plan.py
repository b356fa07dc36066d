"""`sim plan`: what running an experiment would take."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from sim.cli.common import heading, json_option, print_json
from sim.cli.run import EVERYTHING, NAMES, RESULTS, asked, duration_of

if TYPE_CHECKING:
    from sim.study.plan import OfVariant, Plan


@click.command("plan", short_help="Say what running experiments would take.")
@NAMES
@EVERYTHING
@RESULTS
@click.option(
    "--workers", type=click.IntRange(1, 1024), help="Processes that would compute; one for each processor if not given."
)
@json_option
def plan_command(experiments: tuple[str, ...], everything: bool, results: Path, workers: int | None, as_json: bool) -> None:
    """Says what running experiments would take: runs, those that are there already, time, memory and disk.

    Runs are counted exactly; the rest is estimated from a pilot of about a second.  Nothing is written.  The exit code is 1 if
    all runs of the pilot fail.
    """
    from sim.cli.errors import FAILED
    from sim.study.plan import plan

    plans = []
    for n, experiment in enumerate(asked(experiments, everything)):
        found = plan(experiment, results, workers)
        plans.append(found)
        if not as_json:
            click.echo("\n" * (n > 0), nl=False)
            _print(found)
    if as_json:
        print_json([_plain(found) for found in plans])
    if any(found.hopeless for found in plans):
        raise click.exceptions.Exit(FAILED)


def _plain(found: Plan) -> dict[str, Any]:
    from dataclasses import asdict

    told = asdict(found) | {"folder": str(found.folder)}
    told |= {"runs": found.runs, "different": found.different, "left": found.left, "hopeless": found.hopeless}
    return _known(told)


def _known(x: Any) -> Any:
    if isinstance(x, dict):
        return {key: _known(value) for key, value in x.items()}
    if isinstance(x, list | tuple):
        return [_known(value) for value in x]
    return None if isinstance(x, float) and not math.isfinite(x) else x


def _print(found: Plan) -> None:
    draws = f", {found.draws:,} draws and the file's own values" if found.draws else ""
    replicates = f", {found.replicates:,} replicates" if found.replicates is not None else ""
    click.echo(heading(found.experiment))
    click.echo(
        f"  {_count(found.points, 'point')} (design {found.design}){draws}, {_count(len(found.variants), 'variant')}{replicates}"
    )
    there = found.different - found.left
    click.echo(
        f"  {_count(found.runs, 'run')}, {_count(found.different, 'different computation')}: "
        f"{there:,} in {found.folder} already, {found.left:,} left"
    )
    for variant in found.variants:
        click.echo(f"    {_variant(variant)}")
    for variant in found.variants:
        for reason in variant.reasons[:3]:
            click.echo(f"  variant {variant.variant}, {variant.failed:,} of {variant.tried:,} runs of the pilot fail: {reason}")
    for note in found.notes:
        click.echo(f"  note: {note}")
    if found.hopeless:
        click.echo("  Nothing can be said of time, memory and disk: all runs of the pilot fail.")
        return
    on = f"{found.workers:,} workers" if found.workers > 1 else "1 worker"
    click.echo(f"  time: about {duration_of(found.seconds)} with {on}, without the figures")
    tables = ", ".join(f"{name} {_count(n, 'row')}" for name, n in found.rows.items())
    click.echo(
        f"  memory: about {_size(found.memory['worker'])} for each worker, {_size(found.memory['main'])} for the main process"
    )
    click.echo(f"  disk: about {_size(found.disk['parts'])} of parts, {_size(found.disk['tables'])} of tables ({tables})")
    click.echo(f"  Time, memory and disk are estimates from a pilot of {duration_of(found.pilot)}.")


def _variant(v: OfVariant) -> str:
    states = f", {v.states:,} states" if v.states else ""
    rate = f", {v.rate:,.3g} runs/s" if v.rate < 100 else f", {v.rate:,.0f} runs/s"
    left = f"{v.left:,} of {_count(v.different, 'computation')} left"
    return f"{v.variant}: {left}{states}{rate if v.failed < v.tried else ''}"


def _count(n: int, what: str) -> str:
    return f"{n:,} {what}{'' if n == 1 else 's'}"


def _size(n: float) -> str:
    """Bytes in words: 3 kB, 250 MB, 1.2 GB."""
    for unit, size in (("GB", 1e9), ("MB", 1e6)):
        if n >= size:
            return f"{n / size:.3g} {unit}"
    return f"{max(1, n / 1e3):.0f} kB"
