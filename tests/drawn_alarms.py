"""Random valid scenarios with private alarms and false accusations, on top of those of drawn.py."""

from __future__ import annotations

from typing import Any

import numpy as np

import drawn

Raw = dict[str, Any]


def draw(rng: np.random.Generator, *, private: bool, accusing: bool, actors: int = 2) -> Raw:
    """A drawn scenario with at least one treaty whose conditions may hear of accusations."""
    force: Raw = {"treaties": 1}
    if actors > 2:
        singly = bool(rng.random() < 0.5)
        force |= {"rounds": 4, "leaders": False, "turnover": False, "without_treaty": False, "one_by_one": singly}
    raw = drawn.draw(rng, actors=actors, limit=200_000, no_equilibria=actors > 2, force=force)
    for channel in raw.get("channels", {}).values():  # where nothing slips, conceding for nothing is worth exactly 0: a tie
        channel["accident_reduction"] = min(channel["accident_reduction"], 0.9)
    if private:
        raw.setdefault("monitoring", {})["kind"] = "private"
    if accusing:
        _accuse(rng, raw)
    return raw


def _accuse(rng: np.random.Generator, raw: Raw) -> None:
    """One or two accusers; conditions that hear of them; an event or a `while` table that changes how credible they are."""
    names = list(raw["actors"])
    for accuser in names[: int(rng.integers(1, 3))]:
        others = [name for name in names if name != accuser]
        table: Raw = {
            "target": str(rng.choice(others)),
            "opportunity_rate": round(float(rng.uniform(0.1, 2)), 4),
            "credibility": float(rng.choice([0.0, 1.0, round(float(rng.uniform(0.1, 0.9)), 4)], p=[0.1, 0.1, 0.8])),
        }
        for key, high in (("gain", 2.0), ("cost", 2.0), ("precision", 1.5)):
            if rng.random() < 0.7:
                table[key] = round(float(rng.uniform(-0.5 if key == "gain" else 0.0, high)), 4)
        raw["actors"][accuser]["accusation"] = table
        for condition in raw.get("conditions", {}).values():
            s, t = condition["states"][:2]
            heard = str(rng.choice(["accusation", "disbelieved"])) + f".{accuser}"
            condition.setdefault("on", {})[heard] = {f"{s}->{t}": round(float(rng.uniform(0.1, 1)), 4)}
            change = {f"actors.{accuser}.accusation.credibility": 0.5}
            condition.setdefault("while", {}).setdefault(t, {}).setdefault("scale", {}).update(change)
        if rng.random() < 0.3:
            years = raw["horizon"]["years"]
            change = {f"actors.{accuser}.accusation.opportunity_rate": 0.25}
            raw.setdefault("events", []).append({"year": round(years / 2, 4), "set": change})
            if "date" in str(raw["events"][0]):
                raw["events"].sort(key=lambda event: "year" in event)
