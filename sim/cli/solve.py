"""`sim solve`: one scenario, its variants side by side, by the exact or the Monte Carlo engine; or a canonical model."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import click

from sim.cli.common import (
    WholeNumber,
    json_option,
    print_json,
    seed_option,
    set_option,
    tables_by_variant,
    variant_option,
)

if TYPE_CHECKING:
    from sim.config import ScenarioFile
    from sim.dilemma.outcomes import Outcomes

REPLICATES = 10_000


@click.command("solve", short_help="Escalation probabilities of every variant; the outcomes of a canonical model.")
@click.argument("scenario", required=False)
@click.option("--model", metavar="NAME", help="A canonical model (`sim models`) in place of a SCENARIO.")
@variant_option
@click.option("--engine", type=click.Choice(["exact", "monte_carlo"]), default="exact", show_default=True, help="How.")
@click.option("--replicates", type=WholeNumber(min=1), help=f"Histories to simulate (monte_carlo; {REPLICATES:,} if not given).")
@seed_option
@set_option
@json_option
def solve_command(
    scenario: str | None,
    model: str | None,
    variants: tuple[str, ...],
    engine: str,
    replicates: int | None,
    seed: int,
    pairs: tuple[str, ...],
    as_json: bool,
) -> None:
    """Escalation probabilities of a SCENARIO, every variant unless some are named.

    With --model the outcomes of a canonical model; --set then takes a parameter by its name or by its letter in the equations:
    --set discount_factor=0.9, --set delta=0.9, and one entry of a list: --set payoffs.0.1=3.
    """
    from sim.cli import files, solve_model
    from sim.cli.common import parsed

    if engine == "exact" and replicates is not None:
        raise click.UsageError("--replicates goes with --engine monte_carlo; the exact engine simulates nothing")
    n = replicates or REPLICATES
    if model is not None:
        if scenario is not None or variants:
            raise click.UsageError("--model goes without a SCENARIO and without --variant; --set puts in other parameters")
        solve_model.by_name(model, pairs, engine, n, seed, as_json)
        return
    if scenario is None:
        raise click.UsageError("give a SCENARIO (`sim list` names them), or --model NAME (`sim models` lists them)")
    file = files.scenario(_meant(scenario))
    if file.form.model is not None:
        solve_model.of_file(file, file.form.model, variants, pairs, engine, n, seed, as_json)
        return
    values = parsed(pairs)
    tables = tables_by_variant(file, variants, values)
    found = {name: _solved(file, name, table, engine, n, seed) for name, table in tables.items()}
    if as_json:
        print_json(record(file, found, engine, seed, n))
    else:
        from sim.report.outcomes import text

        labels = {actor: table["label"] for tables_ in tables.values() for actor, table in tables_["actors"].items()}
        click.echo(text(file.title, found, labels))


def _meant(scenario: str) -> str:
    """The name, if there is such a scenario.  Raises InputError, which says how a canonical model of this name is solved."""
    from sim.config import InputError, Located, locate
    from sim.models import find

    try:
        locate(scenario, "scenarios")
    except InputError as error:
        model = find(scenario)
        if model is None:
            raise
        told = f"`sim solve --model {model.name}` solves the canonical model of this name."
        hinted = [replace(one.problem, hint=f"{told} {one.problem.hint}".strip()) for one in error.problems]
        at = [Located(one.file, problem, one.line) for one, problem in zip(error.problems, hinted, strict=True)]
        raise InputError(at) from None
    return scenario


def _solved(file: ScenarioFile, variant: str, tables: dict[str, Any], engine: str, replicates: int, seed: int) -> Outcomes:
    from sim.chain.kernels import TooLarge
    from sim.cli.errors import WRONG_INPUT
    from sim.cli.progress import bar
    from sim.dilemma.scenario import Scenario
    from sim.dilemma.too_large import with_remedy

    if engine == "exact":
        try:
            return Scenario(tables).solve()
        except TooLarge as error:
            click.echo(f"{file.source.path}: variant {variant}: {with_remedy(error)}", err=True)
            raise click.exceptions.Exit(WRONG_INPUT) from None
    with bar(variant) as step:
        return Scenario(tables).simulate(replicates, seed, progress=lambda done: step(done, replicates))


def record(file: ScenarioFile, found: Mapping[str, Outcomes], engine: str, seed: int, replicates: int) -> dict[str, Any]:
    """The JSON of `sim solve`; other programs read it.  A variant with rounds or rungs of its own says so in its record."""
    first = next(iter(found.values()))

    def shape(outcomes: Outcomes) -> dict[str, Any]:
        return {"rounds": outcomes.rounds, "rounds_per_year": outcomes.rounds_per_year, "rungs": list(outcomes.rungs)}

    common = shape(first)
    return {
        "scenario": file.name,
        "model": file.model,
        "engine": engine,
        "seed": seed,
        "replicates": replicates if engine == "monte_carlo" else None,
        **common,
        "variants": {
            name: {**{k: v for k, v in shape(outcomes).items() if v != common[k]}, **outcomes.record()}
            for name, outcomes in found.items()
        },
    }
