"""The law of the state carried forward round by round, and what is reported of it (docs/model.md, section 1.3)."""

from __future__ import annotations

import itertools
from collections import defaultdict
from typing import Any, NamedTuple

from .rounds import crisis_round, peace_round
from .strategies import start
from .timeline import calendar, with_while_tables
from .treaties import independent
from .view import View
from .world import BOUND, CAUSES, STATUSES, State, Tables, World


class History(NamedTuple):
    """A state with what must be remembered of the past: the cause of the running crisis and the highest rung so far."""

    state: State
    cause: str | None
    peak: int


class Step(NamedTuple):
    """A round from one state: (next state, cause of an onset) -> probability, expected payoffs, P(arm), accusations."""

    moves: dict[tuple[State, str | None], float]
    payoffs: list[float]
    arming: list[float] | None
    discounts: list[float]
    accusations: list[float]


class Law:
    """The process of one variant."""

    def __init__(self, tables: Tables) -> None:
        self.world = World(tables)
        self.calendar = calendar(tables, self.world.rounds, self.world.dt)
        self.views: dict[Any, View] = {}
        self.steps: dict[Any, Step] = {}

    def initial(self) -> dict[State, float]:
        """The law before the events of time 0."""
        world = self.world
        statuses = tuple(treaty["status"] for treaty in world.tables["treaties"].values())
        conditions = tuple(condition["initial"] for condition in world.tables["conditions"].values())
        standings, lotteries = world.first_standings(), []
        for i in world.everybody:
            leaders, without = world.leaders(i), world.without_limits(i, statuses, standings)
            total = sum(leader["weight"] for leader in leaders)
            lotteries.append(
                [((n, start(world.strategy(i, n, without))), leader["weight"] / total) for n, leader in enumerate(leaders)]
            )
        return {State(0, None, statuses, standings, conditions, memories): p for memories, p in independent(lotteries)}

    def forced(self, state: State, t: int) -> tuple[State, frozenset[int]]:
        """The state after the events of the date of round t, and the treaties that expired then."""
        world, expired = self.world, set()
        statuses, conditions, standings = list(state.statuses), list(state.conditions), list(state.standings)
        for event in self.calendar.events[t]:
            for name, status in event.get("status", {}).items():
                if name in world.treaties:
                    statuses[world.treaties.index(name)] = status
                else:
                    conditions[world.conditions.index(name)] = status
            for name, parties in event.get("leave", {}).items():
                k = world.treaties.index(name)
                names = [world.actors[i] for i in world.parties[k]]
                standings[k] = tuple(
                    "out" if x in BOUND and party in parties else x for party, x in zip(names, standings[k], strict=True)
                )
            for k, name in enumerate(world.treaties):
                too_few = world.number_bound(k, tuple(standings)) < world.tables["treaties"][name]["minimum_parties"]
                if world.singly(k) and statuses[k] in ("in_force", "suspended") and too_few:
                    statuses[k] = "ended"
            for name in event.get("expire", []):
                k = world.treaties.index(name)
                if statuses[k] != "ended":
                    statuses[k] = "ended"
                    expired.add(k)
        after, stand = tuple(statuses), tuple(standings)
        memories = list(state.memories)
        tables = self.calendar.tables[self.calendar.epoch[t]]
        for i in world.everybody:
            without = world.without_limits(i, after, stand)
            if without != world.without_limits(i, state.statuses, state.standings):
                leader, _ = memories[i]
                memories[i] = (leader, start(world.strategy(i, leader, without, tables)))
        forced = state._replace(statuses=after, standings=stand, conditions=tuple(conditions), memories=tuple(memories))
        return forced, frozenset(expired)

    def view(self, state: State, t: int) -> View:
        """The numbers of round t in a state."""
        numbers = tuple(leader for leader, _ in state.memories)
        key = (self.calendar.epoch[t], state.statuses, state.standings, state.conditions, numbers)
        if key not in self.views:
            tables = self.calendar.tables[self.calendar.epoch[t]]
            leaders = tuple(self.world.leaders(i, tables)[n]["name"] for i, n in enumerate(numbers))
            in_effect = with_while_tables(tables, state.statuses, state.conditions, leaders)
            self.views[key] = View(self.world, in_effect, state.statuses, state.standings)
        return self.views[key]

    def step(self, state: State, expired: frozenset[int], t: int) -> Step:
        """Round t from a state, its outcomes gathered by where they lead."""
        key = (self.calendar.epoch[t], state, expired)
        if key not in self.steps:
            view, world = self.view(state, t), self.world
            discounts = [view.own(i, "game", "discount") for i in world.everybody]
            moves: dict[tuple[State, str | None], float] = defaultdict(float)
            payoffs, arming, told = [0.0 for _ in world.actors], None, [0.0 for _ in world.actors]
            if state.rung == world.top:
                moves[state, None] = 1.0
                payoffs = [world.dt * view.aftermath(i) for i in world.everybody]
            else:
                play = peace_round if state.rung == 0 else crisis_round
                for outcome in play(view, state, expired):
                    moves[outcome.state, outcome.cause] += outcome.probability
                    for i in world.everybody:
                        payoffs[i] += outcome.probability * outcome.payoffs[i]
                        told[i] += outcome.probability * outcome.accusations[i] if len(outcome.accusations) > 0 else 0.0
            if state.rung == 0:
                arming = [view.arming(i, *state.memories[i]) for i in world.everybody]
            self.steps[key] = Step(dict(moves), payoffs, arming, discounts, told)
        return self.steps[key]


def evaluate(tables: Tables) -> dict[str, Any]:
    """What is reported of one variant, in the form of the JSON of `sim solve`; undefined is None."""
    process = Law(tables)
    world, rounds, dt, top = process.world, process.world.rounds, process.world.dt, process.world.top
    first = [[0.0] * (rounds + 1) for _ in range(top)]
    shares: list[dict[str, float]] = [dict.fromkeys(CAUSES, 0.0) for _ in range(top)]
    rungs = {name: [0.0] * (rounds + 1) for name in ["peace", *world.rungs]}
    treaties = {name: {status: [0.0] * (rounds + 1) for status in STATUSES} for name in world.treaties}
    conditions = {
        name: {state: [0.0] * (rounds + 1) for state in tables["conditions"][name]["states"]} for name in world.conditions
    }
    singly = [k for k, _ in enumerate(world.treaties) if world.singly(k)]
    membership = {world.treaties[k]: {world.actors[i]: [0.0] * (rounds + 1) for i in world.parties[k]} for k in singly}
    arming: dict[str, list[float | None]] = {name: [None] * rounds for name in world.actors}
    discounted, onsets, crises = [0.0 for _ in world.actors], 0.0, [0.0] * top
    accusers = [i for i, actor in enumerate(tables["actors"].values()) if "accusation" in actor]
    told = dict.fromkeys(accusers, 0.0)
    law = {History(state, None, 0): p for state, p in process.initial().items()}
    for t in range(rounds + 1):
        after_events: dict[tuple[History, frozenset[int]], float] = defaultdict(float)
        for history, p in law.items():
            state, expired = process.forced(history.state, t)
            after_events[history._replace(state=state), expired] += p
        following: dict[History, float] = defaultdict(float)
        peace, armed = 0.0, [0.0 for _ in world.actors]
        for (history, expired), p in after_events.items():
            state = history.state
            rungs["peace" if state.rung == 0 else world.rungs[state.rung - 1]][t] += p
            for name, status in zip(world.treaties, state.statuses, strict=True):
                treaties[name][status][t] += p
            for name, value in zip(world.conditions, state.conditions, strict=True):
                conditions[name][value][t] += p
            for k in singly:
                for i in world.parties[k]:
                    membership[world.treaties[k]][world.actors[i]][t] += p if world.binds(k, i, state.standings) else 0.0
            if t == rounds:
                continue
            step = process.step(state, expired, t)
            for i in world.everybody:
                discounted[i] += p * step.payoffs[i] * step.discounts[i] ** (t * dt)
            for i in accusers:
                told[i] += p * step.accusations[i]
            if step.arming is not None:
                peace += p
                armed = [armed[i] + p * step.arming[i] for i in world.everybody]
            for (after, onset_cause), move in step.moves.items():
                cause = history.cause if onset_cause is None else onset_cause
                onsets += p * move if onset_cause is not None else 0.0
                for k in range(state.rung + 1, after.rung + 1):
                    crises[k - 1] += p * move
                for k in range(history.peak + 1, after.rung + 1):
                    assert cause is not None
                    first[k - 1][t + 1] += p * move
                    shares[k - 1][cause] += p * move
                kept = cause if 0 < after.rung < top else None
                following[History(after, kept, max(history.peak, after.rung))] += p * move
        if t < rounds and peace > 0:
            for name, probability in zip(world.actors, armed, strict=True):
                arming[name][t] = probability / peace
        law = following
    by_round = [list(itertools.accumulate(row)) for row in first]
    ends = [row[-1] for row in by_round]
    times = [sum(t * dt * p for t, p in enumerate(row)) for row in first]
    return {
        "escalation_probability": dict(zip(world.rungs, ends, strict=True)),
        "escalation_probability_by_round": dict(zip(world.rungs, by_round, strict=True)),
        "discounted_payoff": dict(zip(world.actors, discounted, strict=True)),
        "expected_onsets": onsets,
        "expected_crises": dict(zip(world.rungs, crises, strict=True)),
        "expected_accusations": {world.actors[i]: x for i, x in told.items()} if len(accusers) > 0 else None,
        "expected_time_to": {
            name: time / end if end > 0 else None for name, time, end in zip(world.rungs, times, ends, strict=True)
        },
        "causes": {
            name: {cause: share[cause] / end if end > 0 else None for cause in CAUSES}
            for name, share, end in zip(world.rungs, shares, ends, strict=True)
        },
        "rung_occupancy": rungs,
        "treaty_occupancy": treaties,
        "condition_occupancy": conditions,
        "membership": membership,
        "arming": arming,
    }
