"""`sim describe`: a scenario in words."""

from __future__ import annotations

import click

from sim.cli.common import heading, json_option, print_json, scenario_argument, set_option, tables_by_variant, variant_option


@click.command("describe", short_help="A scenario in words, with its equilibria.")
@scenario_argument
@variant_option
@set_option
@click.option("--ranges/--no-ranges", default=True, help="Try the order of the regimes over the [uncertain] ranges (seconds).")
@json_option
def describe_command(scenario: str, variants: tuple[str, ...], pairs: tuple[str, ...], ranges: bool, as_json: bool) -> None:
    """A SCENARIO in words: actors, games and their equilibria, regimes side by side, channels, assumptions."""
    from sim.cli import files
    from sim.cli.common import parsed
    from sim.report import canonical
    from sim.report.describe import describe
    from sim.report.sections import sections

    values = parsed(pairs)
    file = files.scenario(scenario)
    tables = tables_by_variant(file, variants, values)
    if file.form.model is not None:
        record = canonical.described(file, file.form.model, tables)
        told = canonical.sections(file, file.form.model, tables)
    else:
        record = describe(file, list(tables), values, ranges=ranges)
        told = sections(record)
    if as_json:
        print_json(record)
        return
    for name, lines in told:
        click.echo(heading(name.upper()))
        click.echo("\n".join(lines) + "\n")
