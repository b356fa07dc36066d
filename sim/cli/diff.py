"""`sim diff`: two results folders compared."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from sim.cli.common import heading, json_option, print_json
from sim.cli.run import RESULTS

if TYPE_CHECKING:
    from sim.study.changes import Change
    from sim.study.diff import Diff, Moved, Movement

STATISTICS: Final = {"value": "", "mean": ", mean over the draws"}


def located(name: str, results: Path) -> Path:
    """The results folder that is meant: a path, a name in the folder of results, or the experiment file that they answer."""
    if name.endswith(".toml"):
        from sim.config import locate, read

        return results / read(locate(name, "experiments")).name
    return Path(name) if Path(name).is_dir() else results / name


@click.command("diff", short_help="Compare two results folders.")
@click.argument("a")
@click.argument("b")
@RESULTS
@json_option
def diff_command(a: str, b: str, results: Path, as_json: bool) -> None:
    """Compares the results folders A and B (paths, or names in --results).

    Told are the keys of the configuration and the versions that differ, then the outcomes that moved: exact numbers by more than
    1e-9 of their size, estimates by more than 1.96 standard errors of their difference.  Rows are matched by the swept values.

    The exit code is 0 whether or not they differ.
    """
    from sim.study.diff import diff

    folders = located(a, results), located(b, results)
    found = diff(*folders)
    if as_json:
        print_json({"a": str(folders[0]), "b": str(folders[1]), "moved": found.moved, **asdict(found)})
        return
    click.echo(f"A: {folders[0]}\nB: {folders[1]}\n")
    _print_changes(found)
    _print_outcomes(found)


def _print_changes(found: Diff) -> None:
    click.echo(heading("What the files say"))
    for file in dict.fromkeys(change.file for change in found.changes):
        click.echo(f"  {file}")
        for change in found.changes:
            if change.file == file:
                click.echo(f"    {_change(change)}")
    if not found.changes:
        click.echo("  The same, and the versions are the same.")


def _change(change: Change) -> str:
    path = f"{change.path}: " if change.path else ""
    if change.a is None or change.b is None:
        return f"{path}{change.a or change.b} (only in {'A' if change.b is None else 'B'})"
    return f"{path}{change.a} -> {change.b}"


def _print_outcomes(found: Diff) -> None:
    both, *only = found.points
    click.echo("\n" + heading("Outcomes"))
    click.echo(f"  Points in both: {both:,}{_only(*only)}. Numbers in both: {found.rows[0]:,}{_only(*found.rows[1:])}.")
    for note in found.notes:
        click.echo(f"  {note}.")
    for one in found.outcomes:
        click.echo(f"  {_moved(one)}")
        for movement in one.largest:
            click.echo(f"    {_movement(movement)}")
        if left := one.moved - sum(1 + movement.alike for movement in one.largest):
            click.echo(f"    and {left:,} smaller ones")


def _only(a: int, b: int) -> str:
    told = [f"only in {name} {n:,}" for name, n in (("A", a), ("B", b)) if n]
    return f" ({', '.join(told)})" if told else ""


def _moved(one: Moved) -> str:
    from sim.study.diff import BY_CHANCE

    chance = f"; {BY_CHANCE * one.uncertain:,.1f} would be expected by chance alone, were the two independent"
    how_many = (
        f"{one.moved:,} of {one.compared:,} moved beyond their error"
        if one.uncertain
        else f"{one.moved:,} of {one.compared:,} moved"
    )
    return f"{one.outcome}{STATISTICS[one.statistic]}: {how_many}{chance if one.uncertain else ''}"


def _movement(m: Movement) -> str:
    swept = [f"{path} = {value}" if isinstance(value, str) else f"{path} = {value:g}" for path, value in m.swept.items()]
    what = ", ".join([*([m.key] if m.key else []), m.variant, f"{m.time:g} years", *swept])
    error = f", standard error {m.error:.2g}" if m.error > 0 else ""
    alike = f", and at {m.alike:,} other points" if m.alike else ""
    return f"{what}: {m.a:.6g} -> {m.b:.6g} ({m.b - m.a:+.3g}{error}){alike}"
