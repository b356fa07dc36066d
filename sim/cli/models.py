"""`sim models`, `sim reproduce`: the canonical models, and their known answers recomputed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from sim.cli.common import json_option, print_json

if TYPE_CHECKING:
    from sim.models.model import Model


@click.command("models", short_help="The canonical models: the question each answers; one model in full.")
@click.argument("name", required=False)
@json_option
def models_command(name: str | None, as_json: bool) -> None:
    """Lists the canonical models, each with the question it answers; with a NAME or label (A2) one model in full.

    In full: equations, sources, what it supposes, parameters, outcomes, known answers with their status, caveats.
    """
    from sim.models import canon
    from sim.report.models import card, listing

    if name is None:
        models = canon().values()
        if as_json:
            print_json([{"label": m.label, "name": m.name, "title": m.title, "question": m.question} for m in models])
        else:
            click.echo(listing(models))
            click.echo("\n`sim models NAME` tells all about one, `sim solve --model NAME` solves it.")
        return
    model = named(name)
    if as_json:
        print_json(described(model))
    else:
        click.echo(card(model))


@click.command("reproduce", short_help="Recompute every known answer of the canonical models.")
@click.argument("models", metavar="[MODEL...]", nargs=-1)
@json_option
def reproduce_command(models: tuple[str, ...], as_json: bool) -> None:
    """Recomputes the known answers of every MODEL (all unless some are named), by its equations and by every second way.

    It prints target, found, difference, tolerance, status and source.  The exit code is 1 if an answer is out of tolerance or a
    second way disagrees (a simulating one: by more than four standard errors).
    """
    from sim.cli.errors import FAILED
    from sim.models import canon
    from sim.models.model import STATUSES
    from sim.models.reproduce import by_status, checks, record, seed_of, summary
    from sim.report.models import recomputed

    asked = [named(name) for name in dict.fromkeys(models)] or list(canon().values())
    found = {model.name: list(checks(model)) for model in asked}
    every = [check for of_model in found.values() for check in of_model]
    if as_json:
        print_json(
            {
                "answers": [record(check) for check in every],
                "statuses": dict(STATUSES),
                "seeds": {model.name: seed_of(model) for model in asked if any(way.random for way in model.ways)},
                "by_status": by_status(every),
                "summary": summary(every),
                "met": all(check.sound for check in every),
            }
        )
    else:
        click.echo(recomputed(found))
    if not all(check.sound for check in every):
        raise click.exceptions.Exit(FAILED)


def named(name: str) -> Model:
    """The model of this name or label.  Raises click.UsageError with the nearest name."""
    from sim.models import canon, find

    model = find(name)
    if model is None:
        raise click.UsageError(f"no model {name!r}.{_near(name, canon().values())} `sim models` lists them.")
    return model


def _near(name: str, models: Any) -> str:
    import difflib

    labels = {m.label.lower(): m.label for m in models}
    names = [m.name for m in models]
    parts = [n for n in names if name and name.lower() in n]
    near = difflib.get_close_matches(name.lower(), [*names, *labels], n=1) or parts[:1]
    return f" Did you mean {labels.get(near[0], near[0])}?" if near else ""


def described(model: Model) -> dict[str, Any]:
    """A model as plain data."""
    from sim.config.words import allowed, unit_of
    from sim.declare import ABSENT, REQUIRED
    from sim.models.model import STATUSES
    from sim.models.records import exact, plain
    from sim.models.reproduce import target_of
    from sim.report.models import equations

    def answer(one: Any) -> dict[str, Any]:
        target = target_of(model, one)
        head = {"outcome": one.outcome, "entry": one.entry or None, "given": dict(one.given)}
        return {**head, "target": plain(target), "target_exact": exact(target), "tolerance": one.tolerance, "source": one.source}

    return {
        "label": model.label,
        "name": model.name,
        "title": model.title,
        "question": model.question,
        "equations": equations(model) or None,
        "sources": list(model.citation),
        "premises": [premise.text for premise in model.premises],
        "parameters": [
            {
                "name": key.name,
                "symbols": [letter for letter, name in model.symbols.items() if name == key.name],
                "unit": unit_of(key.type),
                "allowed": allowed(key.type),
                "default": None if key.default is REQUIRED or key.default is ABSENT else key.default,
                "text": key.text,
            }
            for key in model.parameters
        ],
        "outcomes": [
            {
                "name": outcome.name,
                "unit": outcome.unit,
                "index": outcome.index or None,
                "words": list(outcome.words),
                "text": outcome.text,
                "undefined": outcome.undefined or None,
            }
            for outcome in model.outcomes
        ],
        "ways": [{"name": way.name, "simulates": way.random} for way in model.ways],
        "simulates": model.simulate is not None,
        "answers": {s: [answer(a) for a in model.answers if a.status == s] for s in STATUSES},
        "statuses": dict(STATUSES),
        "caveats": list(model.caveats),
    }
