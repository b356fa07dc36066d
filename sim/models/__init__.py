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
    "reporting_frequency",
    "price_war",
    "offence_defence",
    "strategic_risk",
    "memory_one",
    "reactive",
    "zero_determinant",
    "sequential_inspections",
    "inspection_with_false_alarms",
    "inspection_sampling",
    "richardson",
    "arms_race",
    "preventive_war",
    "brinkmanship",
    "cumulative_risk",
    "escalation_ladder",
    "quantal_response",
    "payoff_sets",
    "strategic_risk_deterrence",
    "arms_race_contagion",
    "cycles_of_distrust",
    "reputation_for_resolve",
    "audience_costs",
    "contest",
    "transparency_window",
    "mistrust_ruin",
    "treaty_coalition",
    "stochastic_stability",
    "deterrence_cone",
    "perfect_deterrence",
    "inspection_timing",
    "combinatorial_ladder",
    "deadline_bargaining",
    "ratification",
    "ultimatum",
    "statements",
    "accusation",
    "pact_with_sanctions",
    "proliferation",
    "early_warning",
    "trust",
    "preemption",
    "breakout",
    "testing_cascade",
    "issue_linkage",
    "portfolio",
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
