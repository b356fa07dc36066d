"""Drawing the parts of a random valid scenario (docs/model.md, sections 6 and 7)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

MEMORIES = {
    "always_restrain": 1,
    "always_arm": 1,
    "random": 1,
    "tit_for_tat": 2,
    "tit_for_two_tats": 3,
    "grim": 2,
    "limited_punishment": 4,
    "win_stay_lose_shift": 2,
    "memory_one": 5,
    "contrite_tit_for_tat": 4,
    "nash": 1,
    "logit": 1,
}
STATUSES = ("pending", "in_force", "withdrawing", "suspended", "ended")


class Drawing:
    """A generator with the words in which parts are drawn; `force` fixes a choice by its name."""

    def __init__(self, rng: np.random.Generator, force: Mapping[str, Any], simple: bool, no_equilibria: bool) -> None:
        self.rng, self.force, self.simple, self.no_equilibria = rng, force, simple, no_equilibria

    def chance(self, name: str, probability: float) -> bool:
        """Whether an optional feature is present."""
        drawn = bool(self.rng.random() < probability)
        return bool(self.force[name]) if name in self.force else drawn

    def pick(self, name: str, options: Sequence[Any], weights: Sequence[float] | None = None) -> Any:
        """One of the options; a forced one if it is among them."""
        p = None if weights is None else np.asarray(weights) / np.sum(weights)
        drawn = options[int(self.rng.choice(len(options), p=p))]
        return self.force[name] if self.force.get(name, None) in options else drawn

    def number(self, low: float, high: float, zero: float = 0.0) -> float:
        """A number with four decimals; 0 with probability `zero` (never in simple scenarios)."""
        drawn = round(float(self.rng.uniform(low, high)), 4)
        return 0.0 if self.rng.random() < zero and not self.simple else drawn

    def probability(self, low: float = 0.0, high: float = 1.0) -> float:
        """A probability, now and then 0 or 1 (never in simple scenarios)."""
        edge, drawn = self.rng.random(), self.number(low, high)
        if self.simple or edge > 0.1:
            return drawn
        return 0.0 if edge < 0.06 else 1.0

    def some(self, table: dict[str, Any], key: str, chance: float, value: Any) -> None:
        """Write an optional key."""
        if self.rng.random() < chance:
            table[key] = value


def draw_strategy(d: Drawing, n: int) -> dict[str, Any]:
    """A strategy of any kind that n actors may play."""
    kinds = [k for k in MEMORIES if not (k == "nash" and n != 2) and not (d.no_equilibria and k in ("nash", "logit"))]
    strategy: dict[str, Any] = {"kind": d.pick("strategy", kinds)}
    match strategy["kind"]:
        case "tit_for_tat":
            d.some(strategy, "forgiveness", 0.6, d.probability(0, 0.5))
        case "random":
            strategy["arm_probability"] = d.probability()
        case "limited_punishment":
            strategy["rounds"] = int(d.rng.integers(1, 4))
        case "memory_one":
            for key in ("restrain_quiet", "restrain_alarm", "arm_quiet", "arm_alarm"):
                strategy[key] = d.probability()
            d.some(strategy, "first", 0.5, d.probability())
        case "nash":
            d.some(strategy, "selection", 0.8, d.pick("nash", ["payoff_dominant", "risk_dominant", "mixed"]))
        case "logit":
            strategy["precision"] = d.number(0.1, 2.0, zero=0.05)
    return strategy


def draw_actor(d: Drawing, n: int, crisis_kind: str, game_kind: str, has_treaties: bool) -> dict[str, Any]:
    """One actor: strategy or leaders, tremble, temptation, its own numbers."""
    actor: dict[str, Any] = {}
    d.some(actor, "label", 0.2, 'A country, "quoted" and é')
    if d.chance("leaders", 0.2):
        actor["leaders"] = []
        for number in range(int(d.rng.integers(1, 3))):
            leader: dict[str, Any] = {"strategy": draw_strategy(d, n)}
            d.some(leader, "name", 0.7, ["hard", "soft"][number])
            d.some(leader, "weight", 0.7, d.number(0.2, 3))
            actor["leaders"].append(leader)
    else:
        actor["strategy"] = draw_strategy(d, n)
    if d.chance("turnover", 0.6 if "leaders" in actor else 0.1):
        actor["turnover_years"] = d.number(0.5, 6)
    if d.chance("without_treaty", 0.3 if has_treaties else 0.1):
        actor["strategy_without_treaty"] = draw_strategy(d, n)
    d.some(actor, "tremble", 0.4, d.probability(0, 0.2))
    if d.chance("temptation", 0.2):
        actor["temptation_precision"] = d.number(0, 2, zero=0.1)
    if d.chance("own_numbers", 0.5):
        game, monitoring, crisis = {}, {}, {}
        if game_kind == "security_dilemma":
            for key in ("gain", "exposure", "cost"):
                d.some(game, key, 0.3, d.number(0.5, 4))
        d.some(game, "discount", 0.3, d.number(0.7, 1))
        d.some(monitoring, "detection", 0.3, d.probability(0, 0.9))
        d.some(monitoring, "false_alarm", 0.3, d.probability(0, 0.4))
        d.some(crisis, "disaster", 0.4, d.number(0, 8))
        d.some(crisis, "bystander", 0.4, d.number(-1, 4))
        d.some(crisis, "aftermath", 0.3, d.number(-5, 1))
        if crisis_kind == "brinkmanship":
            d.some(crisis, "prize", 0.5, d.number(0.2, 2))
            d.some(crisis, "concession_cost", 0.5, d.number(0, 1.5))
        for key, table in (("game", game), ("monitoring", monitoring), ("crisis", crisis)):
            if len(table) > 0:
                actor[key] = table
    return actor


def draw_treaty(d: Drawing, name: str, names: list[str], actors: list[str]) -> dict[str, Any]:
    """One treaty."""
    treaty: dict[str, Any] = {}
    if len(actors) > 2 and d.rng.random() < 0.6:
        treaty["parties"] = [str(a) for a in d.rng.permutation(actors)[:2]]
    if d.chance("statuses", 0.3):
        treaty["status"] = d.pick("status", STATUSES)
    d.some(treaty, "inspections_per_year", 0.7, d.number(0, 10, zero=0.1))
    d.some(treaty, "inspection_detection", 0.6, d.probability(0, 0.3))
    d.some(treaty, "inspection_false_alarm", 0.6, d.probability(0, 0.05))
    d.some(treaty, "clarification", 0.5, d.probability(0, 0.9))
    d.some(treaty, "sanction", 0.4, d.number(0, 0.5))
    d.some(treaty, "inspection_cost", 0.4, d.number(0, 0.02))
    d.some(treaty, "transparency", 0.3, d.number(0, 0.05))
    d.some(treaty, "withdrawal_rate", 0.7, d.number(0, 0.3, zero=0.1))
    d.some(treaty, "reversal_rate", 0.4, d.number(0, 1, zero=0.1))
    d.some(treaty, "resumption_rate", 0.5, d.number(0, 1, zero=0.1))
    d.some(treaty, "collapse_rate", 0.5, d.number(0, 1, zero=0.1))
    d.some(treaty, "renegotiation_rate", 0.3, d.number(0, 0.5))
    d.some(treaty, "entry_rate", 0.4, d.number(0, 1))
    others = [other for other in names if other != name]
    if d.rng.random() < 0.6:
        listed = {other: d.number(0, 3) for other in others if d.rng.random() < 0.8}
        treaty["cascade"] = listed if d.chance("cascade_table", 0.5) else d.number(0, 3)
    d.some(treaty, "notice_years", 0.6, d.number(0.1, 2, zero=0.2))
    d.some(treaty, "suspension_probability", 0.6, d.probability(0, 0.8))
    d.some(treaty, "limits_when_suspended", 0.4, bool(d.rng.random() < 0.7))
    draw_exit(d, treaty, treaty.get("parties", actors))
    return treaty


def beside(d: Drawing) -> Drawing:
    """A drawing with a generator of its own, which leaves that of `d` where it is."""
    seed = d.rng.bit_generator.state["state"]["state"] % 2**32
    return Drawing(np.random.default_rng(seed), d.force, d.simple, d.no_equilibria)


def draw_exit(d: Drawing, treaty: dict[str, Any], parties: list[str]) -> None:
    """How a treaty is left, in place; drawn from a generator of its own, so that all else is drawn as without it."""
    own = beside(d)
    if "withdrawal_rate" in treaty and own.chance("rate_table", 0.25):
        treaty["withdrawal_rate"] = {party: own.number(0, 0.4) for party in parties if own.rng.random() < 0.8}
    if not own.chance("one_by_one", 0.35):
        own.some(treaty, "exit", 0.2, "together")
        return
    treaty["exit"] = "one_by_one"
    if treaty.get("status") == "withdrawing":
        treaty["status"] = "pending"
    if len(parties) > 2:
        own.some(treaty, "minimum_parties", 0.6, int(own.rng.integers(2, len(parties) + 1)))
    free = len(parties) if treaty.get("status") in ("pending", "ended") else len(parties) - treaty.get("minimum_parties", 2)
    outside = [str(a) for a in own.rng.permutation(parties)[: int(own.rng.integers(0, free + 1))]]
    own.some(treaty, "outside", 0.6, outside)
    own.some(treaty, "follow_rate", 0.7, own.number(0, 1.5, zero=0.1))
    own.some(treaty, "leak", 0.5, own.probability())
    own.some(treaty, "leak_follow_rate", 0.5, own.number(0, 1, zero=0.1))
    own.some(treaty, "join_rate", 0.6, own.number(0, 1, zero=0.1))


def draw_condition(d: Drawing, treaties: list[str], actors: list[str]) -> dict[str, Any]:
    """One condition with rates and moves on events."""
    states = ["calm", "tense", "war"][: d.pick("condition_states", [2, 3], [3, 1])]
    arrows = [f"{s}->{t}" for s in states for t in states if s != t]
    condition: dict[str, Any] = {"states": states, "initial": str(d.rng.choice(states))}
    if d.rng.random() < 0.8:
        condition["rates"] = {arrow: d.number(0, 1, zero=0.15) for arrow in arrows if d.rng.random() < 0.7}
    events = ["alarm", "withdrawal", "treaty_ended", "onset", "crisis"]
    events += [f"{kind}.{a}" for kind in ("arming", "alarm") for a in actors]
    events += [f"{kind}.{t}" for kind in ("withdrawal", "treaty_ended") for t in treaties]
    on: dict[str, Any] = {}
    for event in d.rng.permutation(events)[: int(d.rng.integers(0, 5))]:
        # at most two moves leave a state, so halves keep their sum at 1 or less
        share = 1.0 if len(states) == 2 else 0.5
        on[str(event)] = {arrow: share * d.probability() for arrow in arrows if d.rng.random() < 0.6}
    if len(on) > 0:
        condition["on"] = on
    return condition


def draw_left(d: Drawing, raw: dict[str, Any]) -> None:
    """Moves of conditions on exits from treaties that are left one by one, in place."""
    own = beside(d)
    singly = {name: t for name, t in raw.get("treaties", {}).items() if t.get("exit") == "one_by_one"}
    events = [
        f"left.{name}{end}" for name, t in singly.items() for end in ("", *[f".{a}" for a in t.get("parties", raw["actors"])])
    ]
    for condition in raw.get("conditions", {}).values():
        for event in events:
            first, *_, last = condition["states"]
            if own.rng.random() < 0.4:
                condition.setdefault("on", {})[event] = {f"{first}->{last}": own.probability()}


def draw_crisis(d: Drawing, kind: str, rungs: int) -> dict[str, Any]:
    """The ladder."""
    names = [*["threat", "display of force", "use of force"][: rungs - 1], "war"]
    crisis: dict[str, Any] = {"kind": kind, "rungs": names}
    if kind == "empirical":
        crisis["advance"] = [d.probability(0, 0.6) for _ in names[1:]]
        crisis["resolve"] = [min(round((1 - up) * d.probability(), 4), 1 - up) for up in crisis["advance"]]
    else:
        crisis["prize"] = d.number(0.2, 2)
        crisis["slip"] = [d.probability(0, 0.3) for _ in names[1:]]
        d.some(crisis, "concession_cost", 0.6, d.number(0, 1))
        if d.rng.random() < 0.7:
            options = ["mixed", "risk_dominant"] if d.no_equilibria else ["mixed", "risk_dominant", "logit"]
            crisis["selection"] = d.pick("selection", options)
            if crisis["selection"] == "logit":
                crisis["selection_precision"] = d.number(0.1, 2, zero=0.05)
    d.some(crisis, "rung_costs", 0.6, [d.number(-0.1, 0.5) for _ in names[1:]])
    d.some(crisis, "disaster", 0.9, d.number(0.5, 10))
    d.some(crisis, "aftermath", 0.2, d.number(-4, 0))
    d.some(crisis, "shock_rung", 0.6, int(d.rng.integers(1, rungs + 1)))
    return crisis


def draw_onset(d: Drawing, rungs: int, dyads: list[dict[str, Any]] | None) -> dict[str, Any]:
    """How crises begin."""
    onset: dict[str, Any] = {}
    d.some(onset, "background_rate", 0.8, d.number(0, 0.6, zero=0.1))
    d.some(onset, "arming_rate", 0.8, d.number(0, 0.8, zero=0.1))
    d.some(onset, "alarm_probability", 0.7, d.probability(0, 0.3))
    d.some(onset, "treaty_end_probability", 0.7, d.probability(0, 0.5))
    if d.rng.random() < 0.5:
        entries = int(d.rng.integers(1, min(rungs, 3) + 1))
        parts = d.rng.multinomial(20, np.ones(entries) / entries)
        onset["rungs"] = [float(part) / 20 for part in parts]
    if dyads is not None:
        onset["dyads"] = dyads
    return onset


def draw_dyads(d: Drawing, actors: list[str]) -> list[dict[str, Any]] | None:
    """Weights for some of the pairs, or None; weight 0 and unlisted pairs occur."""
    if not d.chance("dyads", 0.5 if len(actors) > 2 else 0.15):
        return None
    dyads = []
    for i, a in enumerate(actors):
        for b in actors[i + 1 :]:
            if d.rng.random() < 0.8 or len(actors) == 2:
                pair = [a, b] if d.rng.random() < 0.5 else [b, a]
                dyads.append({"actors": pair, "weight": d.number(0.1, 2, zero=0.15)})
    return dyads if len(dyads) > 0 else None
