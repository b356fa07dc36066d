"""`sim threshold`: break-even values of an experiment."""

from __future__ import annotations

import re
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from sim.cli.common import json_option, print_json
from sim.cli.progress import bar

if TYPE_CHECKING:
    from sim.declare import Problem
    from sim.study import ExperimentFile

OPTIONS: Final = {
    "parameter": (str, "PATH", "The parameter whose break-even value is sought."),
    "from": (float, "X", "Lowest value looked at."),
    "to": (float, "X", "Highest value looked at."),
    "variant": (str, "NAME", "The variant that is judged."),
    "beats": (str, "NAME", "Its escalation probability is below that of this variant."),
    "level": (float, "P", "Its escalation probability is below this level."),
    "rung": (str, "NAME", "The rung that counts."),
    "at_years": (float, "YEARS", "When."),
    "points": (int, "N", "Values that are looked at before crossings are refined."),
    "tolerance": (float, "SHARE", "How closely a crossing is found, as a share of the range."),
    "over": (str, "PATH", "A second parameter, for the curve over both."),
    "over_from": (float, "X", "Lowest value of the second parameter."),
    "over_to": (float, "X", "Highest value of the second parameter."),
    "resolution": (float, "SHARE", "Width of the finest cells of the curve."),
}
"""Each key of [threshold] as an option that replaces it."""

SILENCE: Final = 3.0
"""Seconds after which a log is told how much is done."""

DROPPED: Final = {"parameter": ("from", "to"), "over": ("over_from", "over_to"), "beats": ("level",), "level": ("beats",)}
"""Keys of the file that go with the one that an option replaces."""


def _options(command: Any) -> Any:
    for key, (kind, metavar, text) in reversed(OPTIONS.items()):
        command = click.option(f"--{key.replace('_', '-')}", f"given_{key}", type=kind, metavar=metavar, help=text)(command)
    return command


@click.command("threshold", short_help="Break-even values: where one variant begins to beat another.")
@click.argument("experiment", metavar="EXPERIMENT")
@click.option(
    "--results",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("results"),
    show_default=True,
    help="Folder in which each experiment has its own.",
)
@_options
@json_option
def threshold_command(experiment: str, results: Path, as_json: bool, **given: Any) -> None:
    """Finds where a variant begins to beat another one, or where its escalation probability falls under a level.

    EXPERIMENT says in [threshold] what is sought; options replace its keys.  The files go to RESULTS/NAME/threshold/.
    """
    from sim.cli.files import experiment as read
    from sim.figures.threshold_curve import draw
    from sim.study.threshold import find, record
    from sim.study.threshold.files import write
    from sim.study.threshold.words import sentences

    file = read(experiment)
    spec = _spec(file, {key.removeprefix("given_"): value for key, value in given.items() if value is not None})
    with _progress(file, spec) as step:
        found = find(spec, file, step)
    files = write(results / file.name, found, file, lambda stem: draw(stem, found, file))
    if as_json:
        print_json({**record(found, file), "sentences": sentences(found), "files": [str(path) for path in files]})
        return
    for sentence in sentences(found):
        click.echo(sentence)
    click.echo(f"{files[0].parent}: {len(files)} files written", err=True)


def _spec(file: ExperimentFile, given: dict[str, Any]) -> dict[str, Any]:
    """The table [threshold] with the options put in, and its defaults.  Raises InputError, click.UsageError."""
    from sim.config.validation import wrong
    from sim.declare import Table, filled
    from sim.study.threshold import KEYS, problems

    own = {key: value for key, value in (file.threshold or {}).items() if value is not None}
    if not own and not {"parameter", "variant"} <= given.keys():
        raise click.UsageError(
            f"{file.source.path} has no [threshold]: write one, or give --parameter, --variant and --beats or --level"
        )
    for key in given:
        for other in DROPPED.get(key, ()):
            own.pop(other, None)
    declared = Table(KEYS)
    spec = {**own, **given}
    if found := wrong(declared, spec):
        raise _refused(file, found, given)
    spec = filled(declared, spec)
    if found := list(problems(spec, file)):
        raise _refused(file, found, given)
    return spec


def _refused(file: ExperimentFile, found: list[Problem], given: dict[str, Any]) -> Exception:
    """The error: about the option where an option is at fault, else about the file."""
    from sim.config import InputError
    from sim.config.errors import sentence
    from sim.declare import Problem

    mine = [p for p in found if not p.path or p.path[0] in given]
    if given and mine:
        told = [f"{_option(str(p.path[0]))}: {_of_options(sentence(p))}" if p.path else _of_options(sentence(p)) for p in mine]
        return click.UsageError("\n".join(told))
    return InputError(file.source.located(Problem(("threshold", *p.path), p.message, p.found, p.hint)) for p in found)


def _option(key: str) -> str:
    return f"--{key.replace('_', '-')}"


def _of_options(text: str) -> str:
    """A message about keys of [threshold] as one about options: `from` is --from, level = 0.05 is --level 0.05."""
    text = re.sub(r"`(\w+)`", lambda m: _option(m[1]) if m[1] in OPTIONS else m[0], text)
    return re.sub(r"\b(\w+) = (?=[\w\"])", lambda m: f"{_option(m[1])} " if m[1] in OPTIONS else m[0], text)


@contextmanager
def _progress(file: ExperimentFile, spec: dict[str, Any]) -> Iterator[Callable[[int, int], None]]:
    """A bar on a terminal; in a log a line that says what is looked for, and one at every quarter of what takes long."""
    if sys.stderr.isatty():
        with bar(file.name) as step:
            yield step
        return
    draws = f" in {file.draws:,} draws" if file.draws else ""
    over = f", and the curve over {spec['over']}" if spec.get("over") else ""
    click.echo(f"{file.name}: looking at {spec['points']:,} values of {spec['parameter']}{draws}{over}", err=True)
    last, quarter = time.perf_counter(), 0

    def tell(done: int, total: int) -> None:
        nonlocal last, quarter
        now = time.perf_counter()
        if total and 4 * done // total > quarter and done < total and now - last > SILENCE:
            last, quarter = now, 4 * done // total
            click.echo(f"{file.name}: {25 * quarter} % looked at", err=True)

    yield tell
