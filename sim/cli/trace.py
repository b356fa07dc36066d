"""`sim trace`: one simulated history, round by round."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from sim.cli.common import (
    WholeNumber,
    json_option,
    print_json,
    scenario_argument,
    seed_option,
    set_option,
    tables_by_variant,
)

if TYPE_CHECKING:
    from sim.config import ScenarioFile


@click.command("trace", short_help="One simulated history, round by round.")
@scenario_argument
@click.option("-V", "--variant", metavar="NAME", help="Variant; if not given, the file as it stands or the first one.")
@seed_option
@set_option
@click.option("--replicate", type=WholeNumber(min=0), required=True, help="Which history, counted from 0.")
@json_option
def trace_command(scenario: str, variant: str | None, seed: int, pairs: tuple[str, ...], replicate: int, as_json: bool) -> None:
    """One simulated history of a SCENARIO: what happened in each round, and why.

    It is the history that `sim solve --engine monte_carlo` with this seed counts as this replicate.
    """
    from sim.cli import files
    from sim.cli.common import parsed
    from sim.config.errors import refuse
    from sim.dilemma.scenario import Scenario
    from sim.dilemma.traces import trace
    from sim.report.trace import prose, records, tell

    values = parsed(pairs)
    file = files.scenario(scenario)
    if file.form.model is not None:
        hint = f"`sim solve {scenario}` prints its outcomes."
        raise refuse(file.source.path, f"asks about the model {file.model}, which has no histories to trace", hint=hint)
    name = variant or _default(file)
    model = Scenario(tables_by_variant(file, [name], values)[name])
    rounds = trace(model, seed, replicate)
    stories = tell(model.structure, rounds)
    if as_json:
        head = {"scenario": file.name, "variant": name, "seed": seed, "replicate": replicate}
        print_json(head | {"rounds": records(model.structure, stories, rounds)})
        return
    click.echo(f"{file.title}\nvariant {name}, seed {seed}, replicate {replicate}\n")
    click.echo(prose(model.structure, stories))


def _default(file: ScenarioFile) -> str:
    """The variant that is the file as it stands, else the first."""
    return next((name for name, patch in file.patches.items() if not patch), file.variants[0])
