"""`sim solve --model NAME`, and `sim solve` of a scenario of a canonical model: its outcomes at some parameters."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import click

from sim.cli.common import parsed, print_json, tables_by_variant

if TYPE_CHECKING:
    from sim.config import ScenarioFile
    from sim.declare import Problem
    from sim.dilemma.lookup import Place
    from sim.models.model import Model, Solution

PARAMETERS = "parameters"


def by_name(name: str, pairs: Sequence[str], engine: str, replicates: int, seed: int, as_json: bool) -> None:
    """Prints the outcomes of a model at its defaults and what was put in."""
    from sim.cli.models import named

    model = named(name)
    parameters = put_in(model, values_of(model, pairs))
    found = {"base": solved(model, parameters, engine, replicates, seed)}
    if as_json:
        head = {"parameters": parameters, "premises_broken": list(found["base"].broken)}
        print_json(_record(model, {"base": parameters}, found, engine, replicates, seed, head))
    else:
        from sim.report.models import briefly, outcomes

        how = f"at {briefly(model, parameters)}{_how(engine, replicates, seed)}"
        click.echo(outcomes(model, f"{model.label} {model.name}: {model.title}", found, how))


def of_file(
    file: ScenarioFile,
    model: Model,
    variants: Sequence[str],
    pairs: Sequence[str],
    engine: str,
    replicates: int,
    seed: int,
    as_json: bool,
) -> None:
    """Prints the outcomes of a model at the parameters of every variant of a scenario."""
    top = {key.name for key in file.form.declaration.keys}
    values = {_spelt_out(model, path, top): value for path, value in values_of(model, pairs).items()}
    _refuse_numbers_for_lists(file, model, values)
    tables = tables_by_variant(file, variants, values)
    parameters = {variant: table[PARAMETERS] for variant, table in tables.items()}
    found = {variant: solved(model, given, engine, replicates, seed) for variant, given in parameters.items()}
    if as_json:
        print_json(_record(model, parameters, found, engine, replicates, seed, {"scenario": file.name}))
    else:
        from sim.report.models import outcomes

        how = f"{model.label} {model.name}: {model.title}{_how(engine, replicates, seed)}"
        click.echo(outcomes(model, file.title, found, how))


def solved(model: Model, parameters: Mapping[str, Any], engine: str, replicates: int, seed: int) -> Solution:
    """The outcomes by the equations, or simulated.  Raises click.UsageError where the model cannot be simulated."""
    from sim.models.model import evaluate

    if engine == "exact":
        return evaluate(model, parameters)
    simulate = model.simulate
    if simulate is None:
        raise click.UsageError(f"--engine monte_carlo: {model.name} is solved by its equations only; leave --engine out")
    return evaluate(model, parameters, lambda values: simulate(values, replicates, seed))


def values_of(model: Model, pairs: Sequence[str]) -> dict[str, Any]:
    """{path: value} of PATH=VALUE; a pair that cannot be read is told with a parameter of this model as the example.

    Raises click.UsageError.
    """
    values: dict[str, Any] = {}
    for pair in pairs:
        try:
            (path, value), *_ = parsed([pair]).items()
        except click.UsageError as error:
            message, such_as, _ = error.message.partition("such as --set ")
            raise click.UsageError(message + (such_as and such_as + _example(model, pair))) from None
        if path in values:
            raise click.UsageError(f"--set: {path} is set twice")
        values[path] = value
    return values


def _example(model: Model, pair: str) -> str:
    """A parameter with its default, as it is typed: the one that a pair names, if it is a number, else the first number."""
    from sim.declare import Number

    keys = resolved(model, pair.partition("=")[0].strip())
    numbers = [key for key in model.parameters if isinstance(key.type, Number) and isinstance(key.default, int | float)]
    meant = [key for key in numbers if keys is not None and key.name == keys[0]]
    return next((f"{key.name}={key.default}" for key in meant or numbers), "NAME=VALUE")


def _refuse_numbers_for_lists(file: ScenarioFile, model: Model, values: Mapping[str, Any]) -> None:
    """Raises InputError where a list is set to a single value, which would replace every entry."""
    from sim.config import InputError, Located
    from sim.declare import Problem
    from sim.dilemma.lookup import find
    from sim.dilemma.paths import split

    tables = file.tables(next(iter(file.variants)))
    places = {path: find(file.form.declaration, tables, split(path)) for path in values}
    found = [no_list(place, values[path], split(path)) for path, place in places.items() if not isinstance(place, Problem)]
    problems = [problem for problem in found if problem is not None]
    if problems:
        raise InputError(Located(f"{file.source.path}: --set", problem) for problem in problems)


def no_list(place: Place, value: Any, path: Sequence[str | int]) -> Problem | None:
    """The problem of a value that is no list, for a place that holds one."""
    from sim.config.words import unfit
    from sim.declare import ListOf

    return unfit(place.type, value, tuple(path)) if isinstance(place.type, ListOf) and not isinstance(value, list) else None


def put_in(model: Model, values: Mapping[str, Any]) -> dict[str, Any]:
    """The defaults with values put in by name, by letter or by entry; all that is wrong is said at once.  Raises InputError."""
    from sim.config import InputError, Located
    from sim.config.tables import put
    from sim.config.validation import wrong
    from sim.declare import Problem, filled
    from sim.dilemma.lookup import find
    from sim.models.model import problems

    tables: dict[str, Any] = filled(model.table, {})
    found: list[Problem] = []
    taken: dict[tuple[str, ...], str] = {}
    for path, value in values.items():
        keys = resolved(model, path)
        place = _unknown(model, path) if keys is None else find(model.table, tables, keys)
        if isinstance(place, Problem) or keys is None:
            found.append(place if isinstance(place, Problem) else _unknown(model, path))
        elif (unfit := no_list(place, value, keys)) is not None:
            found.append(unfit)
        elif keys in taken:
            found.append(Problem(keys, f"is set twice, as {taken[keys]} and as {path}"))
        else:
            taken[keys] = path
            tables = put(tables, keys, value)
    found += wrong(model.table, tables)
    if not found:
        found = list(problems(model, tables))
    if found:
        raise InputError(Located(f"--model {model.name}", problem) for problem in found)
    return filled(model.table, tables)


def resolved(model: Model, path: str) -> tuple[str, ...] | None:
    """The parameter's name and the entry that a path means: ("payoffs", "0", "1"); None if there is no such parameter.

    `parameters.` in front may be left out; a letter of the equations stands for the parameter's name.
    """
    parts = path.replace('"', "").split(".")
    names = {key.name: key.name for key in model.parameters}
    known = {**model.symbols, **names}
    for rest in (parts, parts[1:] if parts[0] == PARAMETERS else []):
        for n in range(len(rest), 0, -1):
            head = ".".join(rest[:n])
            if head in known:
                return known[head], *rest[n:]
    return None


def _spelt_out(model: Model, path: str, top: set[str]) -> str:
    """A path of the file, for a path that may leave out `parameters.` or use a letter; `top` are the file's own keys."""
    keys = resolved(model, path)
    if keys is not None:
        return ".".join([PARAMETERS, *keys])
    return path if path.split(".")[0] in top else f"{PARAMETERS}.{path}"


def _unknown(model: Model, path: str) -> Any:
    from sim.declare import Problem
    from sim.report.models import by_letter

    letters = by_letter(model)
    names = [key.name for key in model.parameters]
    word = path.removeprefix(f"{PARAMETERS}.")
    numbered = [letter for letter in model.symbols if letter.rstrip("0123456789") == word]  # v for v1 and v2
    near = [" or ".join(numbered)] if numbered else difflib.get_close_matches(word, [*names, *model.symbols], n=1)
    listed = ", ".join(f"{name} ({letters[name]})" if name in letters else name for name in names)
    return Problem((word,), "no such parameter", hint=(f"Did you mean {near[0]}? " if near else "") + f"Allowed: {listed}.")


def _how(engine: str, replicates: int, seed: int) -> str:
    return "" if engine == "exact" else f"; {replicates:,} simulated histories, seed {seed}; ± standard errors"


def _record(
    model: Model,
    parameters: Mapping[str, Mapping[str, Any]],
    found: Mapping[str, Solution],
    engine: str,
    replicates: int,
    seed: int,
    head: Mapping[str, Any],
) -> dict[str, Any]:
    """The JSON of `sim solve` for a canonical model; other programs read it."""
    from sim.models.records import record

    simulated = engine != "exact"
    return {
        "model": model.name,
        "label": model.label,
        "engine": engine,
        "seed": seed,
        "replicates": replicates if simulated else None,
        **head,
        "variants": {
            variant: {
                "parameters": dict(parameters[variant]),
                "premises_broken": list(solution.broken),
                "outcomes": record(solution),
            }
            for variant, solution in found.items()
        },
    }
