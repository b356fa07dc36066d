"""Drawing what changes a scenario: while tables, events, variants (docs/model.md, section 3).

All changes keep every number in its range whatever else is in effect: probabilities are set within [0, 1] and scaled
down only, moves that are alternatives are scaled only.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import numpy as np

from drawing import STATUSES, Drawing, beside, draw_crisis, draw_strategy
from toml_text import key_text

Raw = dict[str, Any]
TREATY_NUMBERS = {
    "inspections_per_year": "rate",
    "inspection_detection": "probability",
    "inspection_false_alarm": "probability",
    "clarification": "probability",
    "sanction": "small",
    "inspection_cost": "small",
    "transparency": "small",
    "withdrawal_rate": "rate",
    "reversal_rate": "rate",
    "resumption_rate": "rate",
    "collapse_rate": "rate",
    "renegotiation_rate": "rate",
    "entry_rate": "rate",
    "notice_years": "rate",
    "suspension_probability": "probability",
}
RATE = "withdrawal_rate"
SINGLE_NUMBERS = {"follow_rate": "rate", "leak": "probability", "leak_follow_rate": "rate", "join_rate": "rate"}
STRATEGY_NUMBERS = {
    "tit_for_tat": ["forgiveness"],
    "random": ["arm_probability"],
    "memory_one": ["restrain_quiet", "restrain_alarm", "arm_quiet", "arm_alarm", "first"],
}


def dotted(*keys: str | int) -> str:
    """The dotted path of the keys, quoted where needed."""
    return ".".join(key_text(str(key)) for key in keys)


def changeable(raw: Raw) -> list[tuple[str, str]]:
    """(path, sort of number) of what events and while tables of the scenario may change."""
    found = [(f"onset.{key}", "rate") for key in ("background_rate", "arming_rate")]
    found += [(f"onset.{key}", "probability") for key in ("alarm_probability", "treaty_end_probability")]
    found += [(f"monitoring.{key}", "probability") for key in ("detection", "false_alarm")]
    found += [("game.discount", "discount"), ("crisis.disaster", "payoff")]
    dilemma, brink = raw["game"].get("kind") != "matrix", raw["crisis"]["kind"] == "brinkmanship"
    payoffs = ["gain", "exposure", "cost"] if dilemma else []
    found += [(f"game.{key}", "payoff") for key in payoffs]
    for group in ("onset", "game"):
        found += [(f"{group}.dyads.{k}.weight", "rate") for k in range(len(raw[group].get("dyads", [])))]
    for name in [] if dilemma else raw["actors"]:
        found += [(dotted("game", "payoffs", name, 0, 1), "payoff"), (dotted("game", "payoffs", name), "times")]
    if len(raw["crisis"]["rungs"]) > 1:
        found += [("crisis.rung_costs", "payoff"), ("crisis.rung_costs.0", "payoff")]
        lists = {"slip": "probability"} if brink else {"advance": "share", "resolve": "share"}
        found += [(f"crisis.{key}{end}", sort) for key, sort in lists.items() for end in ("", ".0")]
    if brink:
        found += [("crisis.prize", "payoff"), ("crisis.concession_cost", "small")]
        if "selection_precision" in raw["crisis"]:
            found.append(("crisis.selection_precision", "small"))
    if "aftermath" in raw["crisis"]:
        found.append(("crisis.aftermath", "payoff"))
    for name, actor in raw["actors"].items():
        found += actor_numbers(name, actor, payoffs, brink)
    for name, treaty in raw.get("treaties", {}).items():
        rates = treaty.get("withdrawal_rate")
        parties = list(rates) if isinstance(rates, dict) else None
        found += [(dotted("treaties", name, key), sort) for key, sort in TREATY_NUMBERS.items() if parties is None or key != RATE]
        found += [(dotted("treaties", name, RATE, party), "rate") for party in parties or []]
        if treaty.get("exit") == "one_by_one":
            found += [(dotted("treaties", name, key), sort) for key, sort in SINGLE_NUMBERS.items()]
        cascade = treaty.get("cascade", 0)
        ends = [(other,) for other in cascade] if isinstance(cascade, dict) else [()]
        found += [(dotted("treaties", name, "cascade", *end), "rate") for end in ends]
    found += [(dotted("channels", name, "accident_reduction"), "probability") for name in raw.get("channels", {})]
    for name, condition in raw.get("conditions", {}).items():
        found += [(dotted("conditions", name, "rates", arrow), "rate") for arrow in condition.get("rates", {})]
        for event, moves in condition.get("on", {}).items():
            found += [(dotted("conditions", name, "on", event, arrow), "share") for arrow in moves]
    return found


def actor_numbers(name: str, actor: Raw, payoffs: list[str], brink: bool) -> list[tuple[str, str]]:
    """(path, sort of number) of one actor's numbers, its own that are silent included."""
    found = [(dotted("actors", name, "tremble"), "probability"), (dotted("actors", name, "game", "discount"), "discount")]
    found += [(dotted("actors", name, "game", key), "payoff") for key in payoffs]
    found += [(dotted("actors", name, "monitoring", key), "probability") for key in ("detection", "false_alarm")]
    found += [(dotted("actors", name, "crisis", key), "payoff") for key in ("disaster", "bystander")]
    if brink:
        found += [(dotted("actors", name, "crisis", "prize"), "payoff")]
        found += [(dotted("actors", name, "crisis", "concession_cost"), "small")]
    found += [(dotted("actors", name, key), "payoff") for key in ("turnover_years", "temptation_precision") if key in actor]
    holders = [(key,) for key in ("strategy", "strategy_without_treaty") if key in actor]
    holders += [("leaders", k, "strategy") for k in range(len(actor.get("leaders", [])))]
    found += [(dotted("actors", name, "leaders", k, "weight"), "payoff") for k in range(len(actor.get("leaders", [])))]
    for holder in holders:
        strategy: Any = actor
        for key in holder:
            strategy = strategy[key]
        for key in STRATEGY_NUMBERS.get(strategy["kind"], []):
            found.append((dotted("actors", name, *holder, key), "probability"))
    return found


def draw_changes(d: Drawing, raw: Raw, share: float = 0.3) -> Raw:
    """`set` and `scale` tables with a few changes."""
    paths, changes = changeable(raw), {"set": {}, "scale": {}}
    for _ in range(1 + int(d.rng.integers(0, 4))):
        # every other draw stays among the general numbers, on which two changes meet now and then
        path, sort = paths[int(d.rng.integers(0, len(paths) if d.rng.random() < 1 - share else 12))]
        how = "scale" if sort in ("share", "times") else ["set", "scale"][int(d.rng.integers(0, 2))]
        value = {
            "probability": d.probability(0, 0.6) if how == "set" else d.probability(),
            "share": d.probability(),
            "discount": d.number(0.6, 1),
            "rate": d.number(0, 1, zero=0.2) if how == "set" else d.number(0, 3, zero=0.15),
            "small": d.number(0, 0.5) if how == "set" else d.number(0, 2),
            "payoff": d.number(0.3, 3),
            "times": d.number(0.3, 2),
        }[sort]
        changes[how][path] = value
    rungs = raw["onset"].get("rungs", [1.0])
    if len(rungs) == 2 and d.rng.random() < 0.3:
        first = d.probability()
        changes["set"].update({"onset.rungs.0": first, "onset.rungs.1": 1 - first})
    return {how: table for how, table in changes.items() if len(table) > 0}


def draw_while_tables(d: Drawing, raw: Raw) -> None:
    """While tables of treaties, conditions and named leaders, in place."""
    states: list[tuple[Raw, list[str]]] = [(treaty, statuses(treaty)) for treaty in raw.get("treaties", {}).values()]
    states += [(condition, condition["states"]) for condition in raw.get("conditions", {}).values()]
    for actor in raw["actors"].values():
        named = [leader["name"] for leader in actor.get("leaders", []) if "name" in leader]
        states += [(actor, named)] if len(named) > 0 else []
    for part, names in states:
        if d.chance("while", 0.35):
            for state in d.rng.permutation(names)[: int(d.rng.integers(1, 3))]:
                part.setdefault("while", {})[str(state)] = draw_changes(d, raw)


def statuses(treaty: Raw) -> list[str]:
    """The statuses that a treaty may have."""
    return [status for status in STATUSES if status != "withdrawing" or treaty.get("exit") != "one_by_one"]


def draw_leave(d: Drawing, raw: Raw) -> Raw:
    """Parties that an event forces out of treaties that are left one by one."""
    own, leave = beside(d), {}
    for name, treaty in raw.get("treaties", {}).items():
        if treaty.get("exit") == "one_by_one" and own.rng.random() < 0.4:
            parties = treaty.get("parties", list(raw["actors"]))
            leave[name] = [str(a) for a in own.rng.permutation(parties)[: int(own.rng.integers(1, len(parties)))]]
    return leave


def draw_events(d: Drawing, raw: Raw) -> None:
    """Events by year or date, in place; several may fall in one round, and some come at time 0."""
    horizon, treaties, conditions = raw["horizon"], raw.get("treaties", {}), raw.get("conditions", {})
    events: list[Raw] = []
    for _ in range(d.pick("events", [0, 1, 2, 3], [3, 3, 2, 2])):
        event: Raw = draw_time(d, horizon, events)
        if d.rng.random() < 0.7:
            event.update(draw_changes(d, raw))
        status = {name: str(d.rng.choice(STATUSES)) for name in treaties if d.rng.random() < 0.25}
        status = {name: drawn if drawn in statuses(treaties[name]) else "in_force" for name, drawn in status.items()}
        leave = draw_leave(d, raw)
        status.update({name: str(d.rng.choice(c["states"])) for name, c in conditions.items() if d.rng.random() < 0.25})
        if len(status) > 0:
            event["status"] = status
        expire = [name for name in treaties if d.rng.random() < 0.35]
        if len(expire) > 0:
            event["expire"] = expire
        if len(leave) > 0:
            event["leave"] = leave
        if set(event) <= {"year", "date"}:
            event.update(draw_changes(d, raw))
        events.append(event)
    if len(events) > 0:
        raw["events"] = events


def draw_time(d: Drawing, horizon: Raw, before: list[Raw]) -> Raw:
    """The time of an event: 0, a round's start, the time of another event, or anything within the horizon."""
    years, case = horizon["years"], d.rng.random()
    if "start" in horizon and case < 0.7:
        days = int(d.rng.integers(0, max(1, int(365 * years) - 3)))
        day: date = horizon["start"] + timedelta(days=days)
        return {"date": day}
    if case < 0.15:
        return {"year": 0}
    if case < 0.35 and len(before) > 0 and "year" in before[-1]:
        return {"year": before[-1]["year"]}
    at = round(float(d.rng.uniform(0, 0.999)) * years, 4)
    if case < 0.6:
        at = int(at * horizon["rounds_per_year"]) / horizon["rounds_per_year"]
    return {"year": at if at < years else 0.0}


def draw_variants(d: Drawing, raw: Raw) -> None:
    """Variants: parts removed, numbers replaced, whole tables of another kind, in place."""
    if not d.chance("variants", 0.4):
        return
    parts = [part for group in ("treaties", "conditions", "actors") for part in raw.get(group, {}).values()]
    touched = str([raw.get("events"), [part.get("while") for part in parts]])
    variants: Raw = {"as_it_stands": {}, "changed": {}}
    changed, groups = variants["changed"], [g for g in ("treaties", "channels", "conditions") if g in raw]
    for group in groups:
        case = d.rng.random()
        if case < 0.2:
            changed[group] = False
        elif case < 0.5:
            changed[group] = {str(d.rng.choice(list(raw[group]))): False}
    if d.rng.random() < 0.5:
        changed["onset"] = {"background_rate": d.number(0, 0.5)}
    if d.rng.random() < 0.3 and "'crisis." not in touched and ".crisis." not in touched:
        kind = "empirical"
        changed["crisis"] = draw_crisis(d, kind, len(raw["crisis"]["rungs"]))
        if any(len({"prize", "concession_cost"} & set(actor.get("crisis", {}))) > 0 for actor in raw["actors"].values()):
            del changed["crisis"]
    name = str(d.rng.choice(list(raw["actors"])))
    free = all(f"actors.{name}.{key}" not in touched for key in ("strategy", "leaders"))
    if d.rng.random() < 0.4 and free and "while" not in raw["actors"][name]:
        strategies = [draw_strategy(d, len(raw["actors"])) for _ in range(2)]
        patch: Raw = {"strategy": strategies[0]}
        if "strategy" in raw["actors"][name] and d.rng.random() < 0.5:
            patch = {"leaders": [{"strategy": strategy} for strategy in strategies]}
        changed["actors"] = {name: patch}
        if "strategy_without_treaty" in raw["actors"][name] and d.rng.random() < 0.5:
            changed["actors"][name]["strategy_without_treaty"] = False
    if d.rng.random() < 0.3 and "events" in raw:
        changed["events"] = raw["events"][:1]
    if d.rng.random() < 0.3 and not isinstance(changed.get("treaties", {}), bool) and "treaties" in raw:
        for treaty in raw["treaties"]:
            if changed.get("treaties", {}).get(treaty) is not False:
                changed.setdefault("treaties", {})[treaty] = {"inspections_per_year": 0, "limits_when_suspended": False}
    raw["variants"] = variants


def draw_values(rng: np.random.Generator, raw: Raw, most: int = 3) -> dict[str, float]:
    """Values to put in from outside: path -> number, for paths that no variant sets itself."""
    d = Drawing(rng, {}, simple=False, no_equilibria=False)
    taken = raw.get("variants", {}).get("changed", {})

    def free(path: str) -> bool:
        keys = path.split(".")  # the first keys are bare
        if keys[0] in ("treaties", "conditions", "channels"):
            patch = taken.get(keys[0], {})
            return isinstance(patch, bool) or not isinstance(patch.get(keys[1]), dict)
        if keys[0] == "actors":
            return keys[1] not in taken.get("actors", {}) and not (keys[2] == "crisis" and "crisis" in taken)
        return keys[0] not in taken

    paths = [(path, sort) for path, sort in changeable(raw) if sort not in ("share", "times") and free(path)]
    values: dict[str, float] = {}
    for _ in range(int(rng.integers(1, most + 1))):
        path, sort = paths[int(rng.integers(0, len(paths)))]
        limits = {"probability": (0.0, 0.6), "discount": (0.6, 1.0), "small": (0.0, 0.5), "payoff": (0.3, 3.0)}
        values[path] = d.number(*limits.get(sort, (0.0, 1.0)))
    return values
