"""Scenarios small enough to be worked out by hand, for the tests of the oracle."""

from __future__ import annotations

from typing import Any

from oracle import evaluate, variant_tables

Raw = dict[str, Any]


def scenario(**parts: Any) -> Raw:
    """Two actors that restrain, no alarms, no crises, one rung, ten yearly rounds; `parts` replace tables."""
    raw: Raw = {
        "title": "test",
        "horizon": {"years": 10, "rounds_per_year": 1},
        "actors": {name: {"strategy": {"kind": "always_restrain"}} for name in ("a", "b")},
        "game": {"gain": 3.0, "exposure": 4.0, "cost": 2.0},
        "crisis": {"kind": "empirical", "rungs": ["war"], "advance": [], "resolve": []},
    }
    raw.update(parts)
    return raw


def both(**numbers: Any) -> Raw:
    """The same table for both actors."""
    return {"a": dict(numbers), "b": dict(numbers)}


def solve(raw: Raw, variant: str = "base", values: Raw | None = None) -> Raw:
    """The oracle's record of one variant."""
    return evaluate(variant_tables(raw, variant, values))
