"""From a scenario file to the complete tables of one variant (docs/model.md, sections 3 and 7).

Order: the file's values, then values put in from outside (`--set`), then the variant, then the defaults.
"""

from __future__ import annotations

import copy
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from .paths import put, split

TREATY_DEFAULTS: dict[str, Any] = {
    "status": "in_force",
    "exit": "together",
    "outside": [],
    "minimum_parties": 2,
    "follow_rate": 0.0,
    "leak": 0.0,
    "leak_follow_rate": 0.0,
    "join_rate": 0.0,
    "inspections_per_year": 0.0,
    "inspection_detection": 0.0,
    "inspection_false_alarm": 0.0,
    "clarification": 0.0,
    "sanction": 0.0,
    "inspection_cost": 0.0,
    "transparency": 0.0,
    "withdrawal_rate": 0.0,
    "reversal_rate": 0.0,
    "resumption_rate": 0.0,
    "collapse_rate": 0.0,
    "renegotiation_rate": 0.0,
    "entry_rate": 0.0,
    "cascade": 0.0,
    "notice_years": 0.0,
    "suspension_probability": 0.0,
    "limits_when_suspended": False,
}
ONSET_DEFAULTS: dict[str, Any] = {
    "background_rate": 0.0,
    "arming_rate": 0.0,
    "alarm_probability": 0.0,
    "treaty_end_probability": 0.0,
    "rungs": [1.0],
}
STRATEGY_DEFAULTS: dict[str, dict[str, Any]] = {
    "tit_for_tat": {"forgiveness": 0.0},
    "memory_one": {"first": 0.0},
    "nash": {"selection": "risk_dominant"},
}
FLAGS = {"limits_when_suspended"}


def load(path: str | Path, variant: str, values: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Complete tables of one variant of a scenario file."""
    with open(path, "rb") as file:
        return variant_tables(tomllib.load(file), variant, values)


def variant_tables(raw: Mapping[str, Any], variant: str, values: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Complete tables of one variant of a raw file; `values` (path -> value) enter before the variant is merged."""
    base = copy.deepcopy(dict(raw))
    for path, value in (values or {}).items():
        put_from_outside(base, path, value)
    variants = base.pop("variants", {})
    if len(variants) == 0:
        variants = {"base": {}}
    merged = merge(base, variants[variant])
    for kind in ("treaties", "channels", "conditions"):
        for name in set(raw.get(kind, {})) - set(merged.get(kind, {})):
            forget(merged, kind, name)
    for name, actor in raw["actors"].items():
        if "accusation" in actor and "accusation" not in merged["actors"].get(name, {}):
            forget(merged, "actors", name)
    return complete(merged)


def put_from_outside(base: dict[str, Any], path: str, value: Any) -> None:
    """Replace the value at a path of a raw file, which may be silent there; `false` removes a table."""
    keys = split(path)
    if keys[:2] == ["crisis", "rung_costs"]:
        crisis = base["crisis"]
        crisis.setdefault("rung_costs", [0.0] * (len(crisis["rungs"]) - 1))
    put(base, keys, value)
    if keys[0] == "actors" and len(keys) == 3 and keys[2] in ("strategy", "leaders"):
        base["actors"][keys[1]].pop("leaders" if keys[2] == "strategy" else "strategy", None)


def merge(base: Mapping[str, Any], patch: Mapping[str, Any], name: str = "") -> dict[str, Any]:
    """The tables `base` with a variant's tables laid over them (section 3, item 2)."""
    if ("kind" in patch and name != "monitoring") or "distribution" in patch:
        return copy.deepcopy(dict(patch))
    merged = copy.deepcopy(dict(base))
    for key, value in patch.items():
        if value is False and key not in FLAGS:
            merged.pop(key, None)
        elif isinstance(value, Mapping):
            old = merged.get(key)
            merged[key] = merge(old if isinstance(old, Mapping) else {}, value, key)
        else:
            merged[key] = copy.deepcopy(value)
        if key == "leaders":
            merged.pop("strategy", None)
        if key == "strategy":
            merged.pop("leaders", None)
    return merged


def forget(tables: dict[str, Any], kind: str, name: str) -> None:
    """Remove what events, while, on and cascade say of a removed treaty, channel or condition, in place.

    `actors`: what they say of the numbers of an actor's accusation.
    """

    def about(path: str) -> bool:
        keys = split(path)
        if kind == "actors":
            return keys[:3] == [kind, name, "accusation"]
        if keys[:2] == [kind, name]:
            return True
        if kind != "treaties":
            return False
        if keys[0] == "conditions" and keys[2] == "on" and of_treaty(keys[3]):
            return True
        return keys[0] == "treaties" and keys[2] == "cascade" and keys[3:4] == [name]

    def of_treaty(event: str) -> bool:
        kind, *names = event.split(".")
        return kind in ("withdrawal", "treaty_ended", "left") and names[:1] == [name]

    def clean(changes: dict[str, Any]) -> None:
        for what in ("set", "scale"):
            for path in [p for p in changes.get(what, {}) if about(p)]:
                del changes[what][path]

    for event in tables.get("events", []):
        clean(event)
        if kind in ("treaties", "conditions"):
            event.get("status", {}).pop(name, None)
        if kind == "treaties":
            event.get("leave", {}).pop(name, None)
        if kind == "treaties" and "expire" in event:
            event["expire"] = [treaty for treaty in event["expire"] if treaty != name]
    for group in ("treaties", "conditions", "actors"):
        for part in tables.get(group, {}).values():
            for changes in part.get("while", {}).values():
                clean(changes)
    if kind == "treaties":
        for condition in tables.get("conditions", {}).values():
            for event_name in [e for e in condition.get("on", {}) if of_treaty(e)]:
                del condition["on"][event_name]
        for treaty in tables.get("treaties", {}).values():
            if isinstance(treaty.get("cascade"), dict):
                treaty["cascade"].pop(name, None)


def complete(tables: dict[str, Any]) -> dict[str, Any]:
    """The tables with the defaults of section 7 written in; an actor's own numbers stay silent (bystander aside)."""
    for group in ("treaties", "channels", "conditions", "monitoring", "onset", "game"):
        tables.setdefault(group, {})
    tables.setdefault("events", [])
    tables["game"].setdefault("kind", "security_dilemma")
    tables["game"].setdefault("discount", 1.0)
    tables["monitoring"].setdefault("detection", 0.0)
    tables["monitoring"].setdefault("false_alarm", 0.0)
    for key, value in ONSET_DEFAULTS.items():
        tables["onset"].setdefault(key, copy.deepcopy(value))
    crisis = tables["crisis"]
    crisis.setdefault("rung_costs", [0.0] * (len(crisis["rungs"]) - 1))
    crisis.setdefault("disaster", 0.0)
    crisis.setdefault("concession_cost", 0.0)
    crisis.setdefault("selection", "mixed")
    for treaty in tables["treaties"].values():
        treaty.setdefault("parties", list(tables["actors"]))
        for key, value in TREATY_DEFAULTS.items():
            treaty.setdefault(key, value)
    for condition in tables["conditions"].values():
        condition.setdefault("rates", {})
        condition.setdefault("on", {})
    for name, actor in tables["actors"].items():
        actor.setdefault("label", name)
        actor.setdefault("tremble", 0.0)
        actor.setdefault("crisis", {}).setdefault("bystander", 0.0)
        for number, leader in enumerate(actor.get("leaders", [])):
            leader.setdefault("name", str(number))
            leader.setdefault("weight", 1.0)
            complete_strategy(leader["strategy"])
        for key in ("strategy", "strategy_without_treaty"):
            if key in actor:
                complete_strategy(actor[key])
    return tables


def complete_strategy(strategy: dict[str, Any]) -> None:
    """Write a strategy's defaults in, in place."""
    for key, value in STRATEGY_DEFAULTS.get(strategy["kind"], {}).items():
        strategy.setdefault(key, value)
