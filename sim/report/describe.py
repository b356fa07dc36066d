"""A scenario in words, first as a record (what `--json` prints), then as text.

The record holds what is said and the numbers behind it: parts, games and ladders with their equilibria, outcomes, channels, the
order of the regimes, the assumptions.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from sim.chain.kernels import TooLarge
from sim.config import ScenarioFile
from sim.dilemma.structure import structure
from sim.dilemma.too_large import what_grew
from sim.report import parts
from sim.report.channels import beside, channels
from sim.report.regimes import Order, annual_rate, order, outcomes, place_in_file
from sim.report.stage import ladders, stage_games


def describe(
    file: ScenarioFile, variants: Sequence[str], values: Mapping[str, Any] | None = None, *, ranges: bool = True
) -> dict[str, Any]:
    """What a scenario says and implies, as plain data; `ranges`: whether the order of the regimes is tried over [uncertain]."""
    values = values or {}
    each = {name: file.tables(name, values) for name in variants}
    first = each[variants[0]]
    return {
        "scenario": file.name,
        "title": file.title,
        "description": first["description"],
        "sources": first["sources"],
        "model": file.model,
        "horizon": parts.horizon(first),
        "rungs": first["crisis"]["rungs"],
        "years": first["horizon"]["years"],
        "labels": {name: actor["label"] for tables in each.values() for name, actor in tables["actors"].items()},
        "variants": {name: _variant(tables) for name, tables in each.items()},
        "order": _order(file, values, ranges),
        "assumptions": assumptions(file),
    }


def _variant(tables: dict[str, Any]) -> dict[str, Any]:
    s, found = structure(tables), outcomes(tables)
    final = found.escalation_probability[-1]
    return {
        "actors": parts.actors(s),
        "monitoring": [parts.watch(s)],
        "treaties": parts.treaties(s),
        "conditions": parts.conditions(s),
        "crises": parts.crises(s),
        "calendar": parts.calendar(tables),
        "game": parts.game(s),
        "stage_games": stage_games(s, found),
        "ladders": ladders(s, found),
        "channels": [{"name": c.name, "on": c.on, "text": c.text} for c in channels(s)],
        "beside_channels": beside(s),
        "rungs": list(found.rungs),
        "engine": found.engine,
        "replicates": found.replicates,
        "states": found.states,
        "escalation_probability": dict(zip(found.rungs, map(float, final), strict=True)),
        "interval": {k: [float(x) for x in pair] for k, pair in zip(found.rungs, found.interval[-1], strict=True)},
        "annual_rate": _finite(annual_rate(float(final[-1]), tables["horizon"]["years"])),
        "expected_onsets": found.expected_onsets,
    }


def _finite(x: float) -> float | None:
    return x if np.isfinite(x) else None


def _order(file: ScenarioFile, values: Mapping[str, Any], ranges: bool) -> dict[str, Any] | None:
    try:
        found = order(file, values, ranges=ranges)
    except TooLarge as error:
        return {"not_checked": what_grew(error)}
    return None if found is None else order_record(found, ranges)


def order_record(found: Order, ranges: bool = True) -> dict[str, Any]:
    """The order of the regimes as plain data; `regimes` stand the safest expected first."""

    def entry(n: int) -> dict[str, Any]:
        return {
            "setting": found.settings[n],
            "probability": dict(zip(found.regimes, map(float, found.probability[n]), strict=True)),
            "broken": [list(pair) for pair in found.broken(n)],
        }

    return {
        "rung": found.rung,
        "regimes": list(found.regimes),
        "holds": not found.broken(0) and not found.equal(0),
        "at_the_file": entry(0) | {"equal": [list(pair) for pair in found.equal(0)]},
        "ranges_tried": ranges,
        "tried": {group: size for group, size in found.groups.items() if group != "file"},
        "all_corners": found.corners,
        "equal": sum(bool(found.equal(n)) for n in range(1, len(found.settings))),
        "fails": {group: [entry(n) for n in found.failing(group)] for group in found.groups if group != "file"},
        "at_failing_corners": [
            {"path": path, "value": value, "failing": share, "else_failing": other}
            for path, value, share, other in found.telling_ends()
        ],
        "refused": [{"setting": setting, "reason": reason} for setting, reason in found.refused],
    }


def assumptions(file: ScenarioFile) -> list[dict[str, Any]]:
    """The numbers with a range in [uncertain]: value in the file, range, basis, source."""
    out = []
    for path, prior in (file.raw.get("uncertain") or {}).items():
        value = place_in_file(file, path).value
        plain = isinstance(value, int | float | list) and not isinstance(value, bool)
        out.append({"path": path, "value": value if plain else None, **{k: v for k, v in prior.items() if v is not None}})
    return out
