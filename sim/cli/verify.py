"""`sim verify`: stored results held to their digests and computed again."""

from __future__ import annotations

import math
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from sim.cli.common import json_option, print_json
from sim.cli.diff import located
from sim.cli.run import RESULTS

if TYPE_CHECKING:
    from sim.study.verify import Difference, Verdict


@click.command("verify", short_help="Check stored results: digests, and a share computed again.")
@click.argument("folders", metavar="RESULTS...", nargs=-1, required=True)
@click.option(
    "--share",
    type=click.FloatRange(0, 1),
    default=0.05,
    show_default=True,
    help="Share of the runs that is computed again; at least 10 runs.",
)
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True, help="Chooses these runs.")
@click.option("--workers", type=click.IntRange(1, 1024), help="Processes that compute; one for each processor if not given.")
@RESULTS
@json_option
def verify_command(folders: tuple[str, ...], share: float, seed: int, workers: int | None, results: Path, as_json: bool) -> None:
    """Checks results folders (paths, or names in --results): files against their digests, numbers against the program.

    A random share of the runs is computed again from the experiment and the scenario in the folder.  The exit code is 1 if a file
    was changed or a number differs.
    """
    from sim.cli.errors import FAILED
    from sim.cli.progress import of_run
    from sim.figures import KINDS
    from sim.study.verify import verify

    verdicts = []
    for name in folders:
        folder = located(name, results)
        with of_run(folder.name, False) as progress:
            verdict = verify(
                folder,
                KINDS,
                share=share,
                seed=seed,
                workers=workers,
                progress=progress,
                say=lambda text: click.echo(text, err=True),
            )
        verdicts.append(verdict)
        if not as_json:
            _print(verdict)
    if as_json:
        print_json([_plain(verdict) for verdict in verdicts])
    if not all(verdict.sound for verdict in verdicts):
        raise click.exceptions.Exit(FAILED)


def _plain(verdict: Verdict) -> dict[str, Any]:
    told = asdict(verdict) | {"folder": str(verdict.folder), "sound": verdict.sound}
    told["versions"] = {name: {"then": then, "now": now} for name, (then, now) in verdict.versions.items()}
    for difference in told["differences"]:
        difference |= {name: None for name in ("stored", "now") if math.isnan(difference[name])}
    return told


def _print(verdict: Verdict) -> None:
    from sim.study.verify import ABSOLUTE, RELATIVE

    click.echo(f"{verdict.folder}: {'sound' if verdict.sound else 'NOT SOUND'}")
    click.echo(f"  {verdict.files:,} files held to their digests: {_wrong(len(verdict.wrong))}")
    for said in verdict.wrong:
        click.echo(f"    {said}")
    if verdict.versions:
        told = [f"{name} {then or 'not there'} -> {now or 'not there'}" for name, (then, now) in verdict.versions.items()]
        click.echo(f"  other versions now: {', '.join(told)}")
    if verdict.runs:
        agree = f", {verdict.close:,} agree within {RELATIVE:g} of their size or {ABSOLUTE:g}" if verdict.close else ""
        click.echo(
            f"  {verdict.runs:,} of {verdict.total:,} runs computed again, {verdict.numbers:,} numbers: "
            f"{verdict.identical:,} identical{agree}"
        )
        click.echo(f"  {verdict.rows:,} rows of tables put together again from the parts (points: {verdict.points:,})")
    if verdict.different:
        click.echo(f"  {verdict.different:,} {'difference' if verdict.different == 1 else 'differences'}:")
        for difference in verdict.differences:
            click.echo(f"    {_difference(difference)}")
        if verdict.different > len(verdict.differences):
            click.echo(f"    and {verdict.different - len(verdict.differences):,} more")


def _wrong(n: int) -> str:
    return "as they were written" if n == 0 else "something is wrong"


def _difference(d: Difference) -> str:
    where = [f"point {d.point}", *([f"variant {d.variant}"] if d.variant else []), *([f"draw {d.draw}"] if d.draw >= 0 else [])]
    numbers = "" if math.isnan(d.stored) and math.isnan(d.now) else f": stored {_number(d.stored)}, now {_number(d.now)}"
    return f"{d.place}: {', '.join(where)}: {d.label}{numbers}"


def _number(x: float) -> str:
    return "nothing" if math.isnan(x) else f"{x:.17g}"
