"""Which of three channels carry a treaty's effect: the switch of strategy, sanctions, alarms (docs/model.md, section 4).

What is said is worked out from the variant itself: whether a treaty that is active changes what arming offers, and what is seen.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from sim.config import ScenarioFile
from sim.dilemma import accusations, monitoring, stage_game
from sim.dilemma.parameters import InEffect
from sim.dilemma.strategies import STRATEGIES
from sim.dilemma.structure import Structure, structure
from sim.report.parts import moment
from sim.report.words import first, labels, number, series


@dataclass(frozen=True)
class Channel:
    """One channel: its name, whether it is on, and a sentence that says how or why not."""

    name: str
    on: bool
    text: str


def channels(s: Structure) -> list[Channel]:
    """The three channels of a variant, in the order of docs/model.md, section 4."""
    return [_switch(s), _sanctions(s), _alarms(s)]


def channels_on(s: Structure) -> list[str]:
    """A sentence for every channel that is on in a variant, for captions."""
    return [channel.text for channel in channels(s) if channel.on]


def caption(file: ScenarioFile, variants: Sequence[str]) -> str:
    """The channels that are on in each variant with the file's values, in one sentence for captions; "" for a canonical model."""
    if file.form.model is not None:
        return ""
    said: dict[str, list[str]] = {}
    for name in variants:
        on = [channel.name for channel in channels(structure(file.tables(name))) if channel.on]
        said.setdefault(series(on), []).append(name)
    return "; ".join(f"{series(names)}: {on}" for on, names in said.items()) + "."


def beside(s: Structure) -> list[str]:
    """What treaties do beside the three channels: a sentence each."""
    out = []
    if s.treaties and first(s.tables["onset"]["treaty_end_probability"]) > 0:
        danger = number(s.tables["onset"]["treaty_end_probability"])
        out.append(f"{moment(s).capitalize()} opens a crisis with probability {danger}.")
    if s.treaties and (who := accusations.accusers(s)):
        called = labels(s.tables)
        pairs = [f"{called[a]} may accuse {called[accusations.target(s, a)]}" for a in who]
        out.append(f"While both are party to an active treaty, {series(pairs)} falsely.")
    for name, condition in s.tables["conditions"].items():
        heard = [event for event in condition["on"] if event.partition(".")[0] in ("withdrawal", "treaty_ended", "left")]
        if s.treaties and heard:
            out.append(f"The condition {name} hears {series(heard)}.")
    for name in s.treaties:
        if s.tables["treaties"][name]["while"]:
            statuses = series(s.tables["treaties"][name]["while"], "or")
            out.append(f"Numbers of the file change while the treaty {name} is {statuses.replace('_', ' ')}.")
    return out


def at_start(s: Structure) -> tuple[tuple[str, str, str], ...]:
    """The `while` tables in effect at the start, with every actor's first leader."""
    out = []
    for group, name in s.parameters.owners:
        table = s.tables[group][name]
        if group == "actors":
            state = table["leaders"][0]["name"] if "leaders" in table else None
        else:
            state = table["status" if group == "treaties" else "initial"]
        if state in table["while"]:
            out.append((group, name, state))
    return tuple(out)


def _views(s: Structure, parts: list[str]) -> Iterator[InEffect]:
    """The numbers in effect at the start, and under each `while` table alone; every view holds all epochs."""
    yield s.parameters.in_effect(at_start(s), tuple(parts))
    for group, name in s.parameters.touching(parts):
        for state in s.tables[group][name]["while"]:
            yield s.parameters.in_effect(((group, name, state),), tuple(parts))


def _specs(table: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The strategies that an actor's leaders play, then the one without treaty."""
    own = [leader["strategy"] for leader in table["leaders"]] if "leaders" in table else [table["strategy"]]
    return own + ([table["strategy_without_treaty"]] if "strategy_without_treaty" in table else [])


# ---- the switch of strategy


def _switch(s: Structure) -> Channel:
    called, texts, free = labels(s.tables), {}, []
    for name, table in s.tables["actors"].items():
        if "strategy_without_treaty" not in table:
            continue
        *own, without = _specs(table)
        if not s.treaties_of(name):
            free.append(f"{called[name]} plays {_kind(without)}")
        elif any(spec != without for spec in own):
            change = f"from {series(dict.fromkeys(map(_kind, own)), 'or')} to {_kind(without)}"
            texts.setdefault(change, []).append(called[name])
    name = "switch of strategy"
    if texts:
        how = "; ".join(f"{series(who)} change{'s' if len(who) == 1 else ''} {change}" for change, who in texts.items())
        return Channel(name, True, f"Strategies switch when no limits hold: {how}.")
    if free:
        return Channel(name, False, f"No strategy switches: there is no treaty, so {series(free)} throughout.")
    return Channel(name, False, "No strategy switches: no actor has another one for the time without limits.")


def _kind(spec: Mapping[str, Any]) -> str:
    return str(spec["kind"]).replace("_", " ")


# ---- sanctions


def _sanctions(s: Structure) -> Channel:
    name = "sanctions"
    if not s.treaties:
        return Channel(name, False, "No sanctions: there is no treaty.")
    weighing = {actor: how for actor in s.actors if s.treaties_of(actor) and (how := _weighs(s, actor))}
    if not weighing:
        return Channel(name, False, "Sanctions deter nobody: no actor plays nash or logit or follows temptation.")
    called, texts = labels(s.tables), {}
    for actor, how in weighing.items():
        offers = _offers(s, actor)
        if any(not np.allclose(without, under, rtol=0, atol=1e-12) for without, under in offers):
            without, under = next(pair for pair in offers if not np.allclose(*pair, rtol=0, atol=1e-12))
            index = tuple(np.argwhere(~np.isclose(without, under, rtol=0, atol=1e-12))[0])
            change = f"from {number(without[index])} to {number(under[index])} a year ({how})"
            texts.setdefault(change, []).append(called[actor])
    if not texts:
        return Channel(name, False, "Sanctions deter nobody: an active treaty leaves what arming offers as it is.")
    each = "; ".join(f"{series(who)} {change}" for change, who in texts.items())
    return Channel(name, True, f"Active treaties change what arming alone offers: {each}.")


def _weighs(s: Structure, actor: str) -> str:
    """How an actor follows the effective stage game; empty where it does not."""
    table = s.tables["actors"][actor]
    out = [f"plays {spec['kind']}" for spec in _specs(table) if STRATEGIES[spec["kind"]].play is not None]
    precision = table.get("temptation_precision")
    seen = [p["actors"][actor].get("temptation_precision") for p in _views(s, [f"actors.{actor}"])]
    if precision is not None and any(np.any(x > 0) for x in seen):
        out.append(f"temptation, precision {number(precision)}")
    return ", ".join(dict.fromkeys(out))


def _offers(s: Structure, actor: str) -> list[tuple[np.ndarray, np.ndarray]]:
    """What arming alone offers an actor a year, with no treaty active and with all its treaties active, in every view."""
    mine = len(s.treaties_of(actor))
    out = []
    for p in _views(s, stage_game.parts(s)):
        pair = [np.atleast_2d(stage_game.temptation(s, p, actor, [on] * mine)) for on in (False, True)]
        out.append(tuple(np.broadcast_arrays(*pair)))
    return out


# ---- alarms


def _alarms(s: Structure) -> Channel:
    name, uses, seen = "alarms", _uses(s), _seen(s)
    if not s.treaties:
        more = f" Alarms of national means still {series(uses)}." if uses else ""
        return Channel(name, False, f"No treaty changes what is seen.{more}")
    suspends = [t for t in s.treaties if _ever(s, t, "suspension_probability")]
    if suspends:
        uses.append(f"suspend the {'treaty' if len(suspends) == 1 else 'treaties'} {series(suspends)}")
    if not uses:
        return Channel(name, False, "Alarms only bring sanctions: they provoke nobody, suspend nothing and open no crisis.")
    if not seen and not suspends:
        return Channel(name, False, f"Active treaties leave alarms as they are; alarms {series(uses)} with or without them.")
    effect = f"Active treaties change what is seen: {series(seen)}" if seen else "Active treaties leave what is seen as it is"
    return Channel(name, True, f"{effect}; alarms {series(uses)}.")


def _ever(s: Structure, treaty: str, key: str) -> bool:
    return any(np.any(p["treaties"][treaty][key] > 0) for p in _views(s, [f"treaties.{treaty}"]))


def _uses(s: Structure) -> list[str]:
    """What alarms do, sanctions and suspensions aside."""
    called = labels(s.tables)
    provoked = [called[actor] for actor, table in s.tables["actors"].items() if any(map(_reacts, _specs(table)))]
    out = [f"provoke arming ({series(provoked)})"] if provoked else []
    if any(np.any(p["onset"]["alarm_probability"] > 0) for p in _views(s, ["onset"])):
        out.append(f"open crises (probability {number(s.tables['onset']['alarm_probability'])} each)")
    moved = [name for name, table in s.tables["conditions"].items() if any(e.partition(".")[0] == "alarm" for e in table["on"])]
    return out + ([f"move the {'condition' if len(moved) == 1 else 'conditions'} {series(moved)}"] if moved else [])


def _reacts(spec: Mapping[str, Any]) -> bool:
    """Whether what a strategy plays depends on alarms: it plays one thing after alarms of a rival, another after none."""
    entry = STRATEGIES[spec["kind"]]
    if entry.play is not None:
        return False
    for own in (0, 1):
        quiet = loud = entry.first
        for _ in range(2):  # two alarms running, for the strategies that wait for a second
            quiet, loud = entry.learn(spec, quiet, own, 0, 0), entry.learn(spec, loud, own, 0, 1)
            if first(entry.arm(spec, quiet)) != first(entry.arm(spec, loud)):
                return True
    return False


def _seen(s: Structure) -> list[str]:
    """How active treaties change an actor's alarms in a year, once for actors of whom the same is true."""
    called, said = labels(s.tables), {}
    for actor, action in itertools.product(s.actors, (1, 0)):
        mine = len(s.treaties_of(actor))
        for p in _views(s, monitoring.parts(s, actor)):
            quiet = [np.atleast_2d(monitoring.quiet(s, p, actor, action, [on] * mine)) ** (1 / s.dt) for on in (False, True)]
            without, under = np.broadcast_arrays(*quiet)
            changed = np.argwhere(~np.isclose(without, under, rtol=0, atol=1e-12))
            if len(changed):
                index = tuple(changed[0])
                doing = ("restrained", "arming")[action]
                chances = f"{number(1 - under[index])} in place of {number(1 - without[index])}"
                seen = "is seen by another party" if monitoring.private(s) else "draws an alarm"
                text = f"{{}} {doing} {seen} in a year with probability {chances}"
                said.setdefault((action, text), []).append(called[actor])
                break
    return [text.format(series(who, "or")) for (_, text), who in said.items()]
