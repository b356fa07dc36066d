"""A scenario of a canonical model in words: the question, the parameters and outcomes of every variant, the caveats."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from sim import priors
from sim.config import ScenarioFile
from sim.config.errors import shown
from sim.config.forms import PARAMETERS
from sim.models.model import Model, evaluate
from sim.models.records import record
from sim.report.models import columns, outcomes

Tables = Mapping[str, Any]


def described(file: ScenarioFile, model: Model, tables: Mapping[str, Tables]) -> dict[str, Any]:
    """The scenario as plain data; `tables` are those of the variants that are told."""
    found = {variant: evaluate(model, table[PARAMETERS]) for variant, table in tables.items()}
    return {
        "scenario": file.name,
        "title": file.title,
        "description": file.raw.get("description", ""),
        "sources": file.raw.get("sources", []),
        "model": model.name,
        "label": model.label,
        "question": model.question,
        "citation": list(model.citation),
        "parameters": {variant: table[PARAMETERS] for variant, table in tables.items()},
        "uncertain": file.raw.get("uncertain", {}),
        "outcomes": {variant: record(solution) for variant, solution in found.items()},
        "caveats": list(model.caveats),
    }


def sections(file: ScenarioFile, model: Model, tables: Mapping[str, Tables]) -> Iterator[tuple[str, list[str]]]:
    """The scenario as text: headings, and the lines under each."""
    raw = file.raw
    yield file.title, [raw["description"].strip()] if raw.get("description") else ["No description."]
    yield "question", [f"{model.label} {model.name}: {model.question}", *model.citation]
    rows = [["parameter", *tables, "range", "meaning"]]
    for key in model.parameters:
        prior = raw.get("uncertain", {}).get(f"{PARAMETERS}.{key.name}")
        values = [shown(table[PARAMETERS].get(key.name)) for table in tables.values()]
        rows.append([key.name, *values, priors.describe(prior) if prior is not None else "-", key.text])
    yield "parameters", columns(rows, "")
    found = {variant: evaluate(model, table[PARAMETERS]) for variant, table in tables.items()}
    yield "outcomes", outcomes(model, model.title, found).splitlines()[2:]
    if raw.get("sources"):
        yield "sources", list(raw["sources"])
    yield "caveats", [*model.caveats, "Conditional on the assumptions, not a forecast."]
