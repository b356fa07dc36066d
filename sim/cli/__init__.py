"""The command line: one file per group of commands, each imported when it is called.

Exit codes: 0 done; 1 the run failed, or a point of it, or `verify` found a mismatch, or `reproduce` an answer out of tolerance;
2 the input is wrong; 130 interrupted.
"""

from __future__ import annotations

import importlib
from typing import Final

import click

from sim import __version__

COMMANDS: Final = {
    "solve": "sim.cli.solve",
    "describe": "sim.cli.describe",
    "trace": "sim.cli.trace",
    "check": "sim.cli.check",
    "plan": "sim.cli.plan",
    "run": "sim.cli.run",
    "figures": "sim.cli.run",
    "merge": "sim.cli.run",
    "analyse": "sim.cli.analyse",
    "threshold": "sim.cli.threshold",
    "verify": "sim.cli.verify",
    "diff": "sim.cli.diff",
    "models": "sim.cli.models",
    "reproduce": "sim.cli.models",
    "list": "sim.cli.library",
    "new": "sim.cli.library",
    "schema": "sim.cli.library",
}
"""Where each command is: the module, which has it under the name `NAME_command`."""

INTERRUPTED: Final = 130


class Commands(click.Group):
    """The commands, imported by name; what is wrong with an input is a message and exit code 2, never a traceback."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names, in the order of the help."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of this name."""
        if cmd_name not in COMMANDS:
            return None
        return getattr(importlib.import_module(COMMANDS[cmd_name]), f"{cmd_name}_command")

    def resolve_command(self, ctx: click.Context, args: list[str]) -> tuple[str | None, click.Command | None, list[str]]:
        """The command that is meant; a near name is suggested."""
        if args and not args[0].startswith("-") and args[0] not in COMMANDS:
            import difflib

            near = difflib.get_close_matches(args[0], COMMANDS, n=1)
            hint = f" Did you mean {near[0]}?" if near else f" There are: {', '.join(COMMANDS)}."
            raise click.UsageError(f"no command {args[0]!r}.{hint}", ctx)
        return super().resolve_command(ctx, args)

    def invoke(self, ctx: click.Context) -> object:
        """Runs a command; what the user can mend comes out as a message."""
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:
            click.echo("\nInterrupted.", err=True)
            ctx.exit(INTERRUPTED)
        except (click.ClickException, click.exceptions.Exit, click.Abort):
            raise
        except Exception as error:
            from sim.cli.errors import explained

            found = explained(error)
            if found is None:
                raise
            click.echo(found.message, err=True)
            ctx.exit(found.code)


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="sim")
def main() -> None:
    """Escalation risk under arms control, from configuration files.

    A SCENARIO or EXPERIMENT is a path, or a bare name looked up in ./scenarios or ./experiments and in the library (`sim list`).
    """
