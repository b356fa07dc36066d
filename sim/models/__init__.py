"""The canon: the field's models with known answers, one module each (docs/models.md).

A module has `MODELS`, one or more models of the same source; adding a model is a file and its name in `MODULES`.
"""

from __future__ import annotations

import importlib
from functools import cache
from typing import Final

from sim.models.model import Model

MODULES: Final = (
    "arms_race_negotiation",
    "treaty_monitoring",
    "brinkmanship",
    "strategic_risk_deterrence",
    "arms_race_contagion",
    "cycles_of_distrust",
    "reputation_for_resolve",
    "audience_costs",
    "treaty_coalition",
)
"""The modules, in the order of docs/models.md."""


@cache
def canon() -> dict[str, Model]:
    """{name: model} of all canonical models, in the order of docs/models.md."""
    found = [model for module in MODULES for model in importlib.import_module(f"sim.models.{module}").MODELS]
    return {model.name: model for model in found}


def find(name: str) -> Model | None:
    """The model of this name, or of this label ("A2", in any case); None if there is none."""
    return canon().get(name) or next((model for model in canon().values() if model.label.lower() == name.lower()), None)
