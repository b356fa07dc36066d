"""`sim analyse`: what the analyses of an experiment find in its stored results."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from sim.cli.common import heading, json_option, print_json
from sim.cli.run import RESULTS

if TYPE_CHECKING:
    from sim.study.analyses import Finding


@click.command("analyse", short_help="Print what the analyses of stored results find.")
@click.argument("experiment")
@RESULTS
@json_option
def analyse_command(experiment: str, results: Path, as_json: bool) -> None:
    """Prints the analyses of an EXPERIMENT, [[analyses]] in its file, from its stored results; nothing is computed anew."""
    from sim.cli.files import experiment as read
    from sim.config.errors import refuse
    from sim.figures import KINDS
    from sim.study.analyses import CONDITIONAL, findings
    from sim.study.results import Results

    asked = read(experiment)
    if not asked.analyses:
        hint = 'Write [[analyses]] with name and kind, such as kind = "regret".'
        raise refuse(asked.source.path, "asks for no analysis", hint=hint)
    found = findings(Results.load(results / asked.name, KINDS, asked))
    if as_json:
        told = {"experiment": asked.name, "findings": [plain(one) for one in found], "note": CONDITIONAL}
        print_json(told)
        return
    _print(found)


def plain(finding: Finding) -> dict[str, Any]:
    """A finding as plain data: every row a table of its columns."""
    rows = [dict(zip(finding.columns, map(_known, row), strict=True)) for row in finding.rows]
    head = {"name": finding.name, "kind": finding.kind, "title": finding.title}
    return {**head, "sentences": list(finding.sentences), "rows": rows}


def _known(x: Any) -> Any:
    return None if isinstance(x, float) and not math.isfinite(x) else x


def _print(found: list[Finding]) -> None:
    from sim.study.analyses import text

    for n, finding in enumerate(found):
        head, _, rest = text(finding).partition("\n")
        click.echo(("\n" if n else "") + heading(head))
        click.echo(rest)
