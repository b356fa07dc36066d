"""Gatherings in `sim run` and `sim figures`: the experiments that are gathered are run first, as far as they are not there."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from sim.study.gathering import Gathering


def gather(gathering: Gathering, results: Path, as_json: bool) -> None:
    """Compares the stored results of the experiments of a gathering.  Raises InputError where they are not all there."""
    from sim.cli.progress import event
    from sim.figures import KINDS
    from sim.figures.gathered import claim, write
    from sim.study import Results

    folder = results / gathering.name
    loaded = [Results.load(results / member.name, KINDS, member) for member in gathering.members]
    for one in loaded:
        one.intact()
    claim(folder, gathering)
    files = write(folder, gathering, loaded)
    if as_json:
        event("gathered", folder=str(folder), experiments=len(loaded), files=[str(path) for path in files])
    else:
        click.echo(f"{folder}: {len(loaded)} experiments compared, {len(files)} files written")
