"""What commands share: options, reading a scenario with values put in by hand, printing."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from sim.config import ScenarioFile

Command = TypeVar("Command", bound=Callable[..., Any])


class WholeNumber(click.IntRange):
    """A whole number in a range; a number such as 1e3 is told how it is written."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """The number.  Raises click.BadParameter."""
        if isinstance(value, str) and not re.fullmatch(r"\s*[+-]?\d[\d_]*\s*", value):
            self.fail(f"must be a whole number such as 1000, found {value!r}", param, ctx)
        return super().convert(int(value), param, ctx)


def scenario_argument(command: Command) -> Command:
    """The scenario that a command is about."""
    return click.argument("scenario")(command)


def variant_option(command: Command) -> Command:
    """--variant, any number of times."""
    text = "Only this variant (may be given again)."
    return click.option("-V", "--variant", "variants", multiple=True, metavar="NAME", help=text)(command)


def set_option(command: Command) -> Command:
    """--set PATH=VALUE, any number of times."""
    text = "Put a value into the file before variants are merged: --set monitoring.detection=0.3 (may be given again)."
    return click.option("-s", "--set", "pairs", multiple=True, metavar="PATH=VALUE", help=text)(command)


def json_option(command: Command) -> Command:
    """--json."""
    return click.option("--json", "as_json", is_flag=True, help="Print JSON.")(command)


def seed_option(command: Command) -> Command:
    """--seed."""
    text = "Seed of all random numbers."
    return click.option("--seed", type=WholeNumber(min=0), default=0, show_default=True, help=text)(command)


# ---- values put in by hand


def parsed(pairs: Sequence[str]) -> dict[str, Any]:
    """{path: value} of PATH=VALUE; VALUE is a TOML value, unquoted words are strings.  Raises click.UsageError."""
    out: dict[str, Any] = {}
    for pair in pairs:
        path, equals, value = _split(pair)
        path = _with_quotes(path)
        if not equals or not path or not value:
            raise click.UsageError(f"--set {pair!r}: write PATH=VALUE, such as --set monitoring.detection=0.3")
        if path in out:
            raise click.UsageError(f"--set: {path} is set twice")
        out[path] = _value(path, value)
    return out


def _split(pair: str) -> tuple[str, str, str]:
    """Path, "=", value: at the first "=" outside quotes."""
    quoted = False
    for n, letter in enumerate(pair):
        quoted ^= letter == '"'
        if letter == "=" and not quoted:
            return pair[:n].strip(), "=", pair[n + 1 :].strip()
    return pair, "", ""


def _with_quotes(path: str) -> str:
    """The path with quotes around parts that need them, since a shell takes them away: rates.off->on becomes rates."off->on"."""
    if '"' in path or "'" in path or "->" not in path:
        return path
    from sim.dilemma.paths import dotted

    return dotted(path.split("."))


def _value(path: str, text: str) -> Any:
    found = _toml(text)
    if found is None:
        found = _toml(_with_digits(text))  # as people write numbers: .9, [5., -.5]
    if found is None:
        fraction = _fraction(text)
        if fraction:
            raise click.UsageError(f"--set {path}: write the fraction {fraction[0]} as {fraction[1]!r}: {EXACT}")
        if any(mark in text for mark in "\"'[]{}=\n"):
            hint = "In tables and lists text stands in quotes, and the shell wants all of it in others"
            raise click.UsageError(f"--set {path}: {text} is no TOML value. {hint}: --set '{path}={_quoted(text)}'")
        return text
    if set(found) != {"value"}:
        raise click.UsageError(f"--set {path}: one value at a time, found {text!r}")
    return found["value"]


EXACT = "a model that computes in fractions reads that as the fraction again"
_STRING = r"""(?P<string>"(?:\\.|[^"\\])*"|'[^']*')"""


def _toml(text: str) -> dict[str, Any] | None:
    import tomllib

    try:
        return tomllib.loads(f"value = {text}")
    except tomllib.TOMLDecodeError:
        return None


def _with_digits(text: str) -> str:
    """The text with digits on both sides of the points of numbers, outside quotes: [.9, 5.] becomes [0.9, 5.0]."""
    bare = _STRING + r"|(?<![\w.])(?P<sign>[+-]?)\.(?=\d)|(?<![\w.])(?P<whole>[+-]?\d[\d_]*)\.(?=[eE\s,\]}]|$)"

    def written(m: re.Match[str]) -> str:
        return m["string"] or (f"{m['whole']}.0" if m["whole"] else f"{m['sign']}0.")

    return re.sub(bare, written, text)


def _fraction(text: str) -> tuple[str, float] | None:
    """The first fraction of two whole numbers, alone or in a list, outside quotes, and its value; None if there is none."""
    bare = re.sub(_STRING, '""', text)
    of = r"([+-]?\d{1,15})\s*/\s*(\d{1,15})"
    m = re.fullmatch(of, bare) if "[" not in bare else re.search(rf"(?<![\w./+-]){of}(?![\w./])", bare)
    return (m[0], int(m[1]) / int(m[2])) if m and int(m[2]) else None


def _quoted(text: str) -> str:
    """The text with words that stand after "=" in quotes, as a suggestion: {kind=grim} becomes {kind="grim"}."""
    return re.sub(r"(=\s*)([A-Za-z_]\w*)", r'\1"\2"', text)


def tables_by_variant(file: ScenarioFile, variants: Sequence[str], values: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """{variant: its tables with the values put in}, of the named variants, else of all.  Raises InputError.

    A variant that sets such a path itself keeps its own value, so the value is refused for it: where the variant was asked for by
    name that is an error; else it is left out with a note.  A variant without the table is left as it is, with a note.
    """
    from sim.config import InputError, Located
    from sim.declare import Problem

    asked = list(dict.fromkeys(variants)) or list(file.variants)
    out, refused = {}, []
    for variant in asked:
        tables = file.tables(variant, values)
        own = []
        for path in values:
            why = file.keeps_own(variant, path)
            if why and _lacks(file, variant, path):
                click.echo(f"note: {path} leaves variant {variant} as it is: {why}", err=True)
            elif why:
                hint = f"Change it under [variants.{variant}] in the file, or ask for another --variant."
                refusal = Problem((), f"--set {path} is refused for variant {variant}: {why}", hint=hint)
                own.append(Located(str(file.source.path), refusal))
        refused += own
        if not own:
            out[variant] = tables
    if refused and (variants or not out):
        raise InputError(refused)
    for located in refused:
        click.echo(f"note: {located} It is left out.", err=True)
    return out


def _lacks(file: ScenarioFile, variant: str, path: str) -> bool:
    """Whether a variant has no such path at all."""
    from sim.declare import Problem
    from sim.dilemma.lookup import find
    from sim.dilemma.paths import split

    return isinstance(find(file.form.declaration, file.tables(variant), split(path)), Problem)


# ---- printing


def print_json(data: Any) -> None:
    """Plain data as JSON; what is undefined must be None."""
    import json

    click.echo(json.dumps(data, indent=2, ensure_ascii=False, allow_nan=False))


def heading(text: str) -> str:
    """A heading, bold on a terminal."""
    return click.style(text, bold=True)
