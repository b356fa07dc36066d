"""The command line: one file per group of commands, each imported when it is called."""

from __future__ import annotations

import click

from sim import __version__


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="sim")
def main() -> None:
    """Escalation risk under arms control, from configuration files."""
