"""The numbers of one round: payoffs, alarms, crisis values, arming probabilities (docs/model.md, sections 1, 2, 4, 5)."""

from __future__ import annotations

import itertools
import math
from functools import cached_property
from typing import NamedTuple

from . import games
from .strategies import arming_probability
from .world import Memory, Pair, Standings, Tables, World

LOGITS: dict[tuple, tuple[float, ...]] = {}


class Rung(NamedTuple):
    """One rung of the ladder for one pair: what a crisis is worth to each side there and how it moves."""

    values: tuple[float, float]
    slip: float
    stand: tuple[float, float]


class View:
    """Everything computed from the parameters in effect in a round and the treaty statuses at its start."""

    def __init__(self, world: World, tables: Tables, statuses: tuple[str, ...], standings: Standings) -> None:
        self.world, self.tables, self.statuses, self.standings = world, tables, statuses, standings
        self.game_weights = self._weights("game", 1 / (len(world.actors) - 1))
        self.onset_weights = self._weights("onset", 1.0)
        self.quiet = [
            (self._quiet_restraining(i, self.active(i)), self._quiet_arming(i, self.active(i))) for i in world.everybody
        ]
        self._ladders: dict[Pair, list[Rung]] = {}
        self._effective: dict[tuple[int, tuple[int, ...]], float] = {}

    def _weights(self, group: str, default: float) -> dict[Pair, float]:
        if "dyads" not in self.tables[group]:
            return dict.fromkeys(self.world.pairs, default)
        weights = dict.fromkeys(self.world.pairs, 0.0)
        for dyad in self.tables[group]["dyads"]:
            i, j = sorted(self.world.actors.index(name) for name in dyad["actors"])
            weights[i, j] = dyad["weight"]
        return weights

    def own(self, i: int, group: str, key: str) -> float:
        """The actor's own number, or the general value."""
        number = self.tables["actors"][self.world.actors[i]].get(group, {}).get(key)
        return self.tables[group][key] if number is None else number

    def treaty(self, k: int) -> Tables:
        """The numbers of treaty k."""
        return self.tables["treaties"][self.world.treaties[k]]

    def active(self, i: int) -> list[Tables]:
        """The active treaties of actor i."""
        return [self.treaty(k) for k in self.world.active_treaties_of(i, self.statuses, self.standings)]

    # --- alarms (section 1.1, step 2) ---

    def bound(self, k: int) -> tuple[int, ...]:
        """The parties that treaty k binds."""
        return tuple(i for i in self.world.parties[k] if self.world.binds(k, i, self.standings))

    def quiet_to(self, j: int, i: int, action: int, reckoned: bool = False) -> float:
        """The probability that j has no private alarm about i: inspections of the active treaties of both, and national means.

        Who is out of a treaty sees what leaks; for what i reckons with, everybody counts as bound.
        """
        world, seen = self.world, []
        for k in world.active_treaties_of(i, self.statuses, self.standings):
            if j in world.parties[k]:
                if reckoned or world.binds(k, j, self.standings):
                    seen.append(self.treaty(k))
                elif self.standings[k][world.parties[k].index(j)] == "out":
                    n = self.treaty(k)["inspections_per_year"] * self.treaty(k)["leak"]
                    seen.append(self.treaty(k) | {"inspections_per_year": n, "clarification": 0.0})
        return self._quiet_arming(i, seen) if action == 1 else self._quiet_restraining(i, seen)

    def _accused(self, i: int, k: int, action: int) -> float:
        """The probability that an active treaty's sanction falls on its party i."""
        if self.tables["monitoring"].get("kind", "public") == "public":
            return 1 - self.quiet[i][action]
        return 1 - math.prod(self.quiet_to(j, i, action, reckoned=True) for j in self.world.parties[k] if j != i)

    def _quiet_arming(self, i: int, treaties: list[Tables]) -> float:
        dt = self.world.dt
        quiet = (1 - self.own(i, "monitoring", "detection")) ** dt
        for treaty in treaties:
            quiet *= (1 - treaty["inspection_detection"]) ** (treaty["inspections_per_year"] * dt)
        return quiet

    def _quiet_restraining(self, i: int, treaties: list[Tables]) -> float:
        dt = self.world.dt
        quiet, left = (1 - self.own(i, "monitoring", "false_alarm")) ** dt, 1.0
        for treaty in treaties:
            quiet *= (1 - treaty["inspection_false_alarm"]) ** (treaty["inspections_per_year"] * dt)
            left *= 1 - treaty["clarification"]
        return quiet**left

    # --- payoffs (sections 4 and 5) ---

    def stage(self, i: int, actions: tuple[int, ...], transparency: bool = True) -> float:
        """Yearly stage payoff u_i(a), with the gain and exposure that transparency leaves, or without it."""
        game = self.tables["game"]
        if game["kind"] == "matrix":
            return game["payoffs"][self.world.actors[i]][actions[i]][actions[1 - i]]
        gain, exposure, cost = (self.own(i, "game", key) for key in ("gain", "exposure", "cost"))
        if transparency:
            for treaty in self.active(i):
                gain *= 1 + treaty["transparency"] * treaty["inspections_per_year"]
                exposure *= 1 + treaty["transparency"] * treaty["inspections_per_year"]
        total = -cost * actions[i]
        for j in self.world.everybody:
            if j != i:
                weight = self.game_weights[min(i, j), max(i, j)]
                total += weight * (gain * actions[i] * (1 - actions[j]) - exposure * (1 - actions[i]) * actions[j])
        return total

    def effective(self, i: int, actions: tuple[int, ...]) -> float:
        """Yearly payoff U_i(a) of the effective stage game."""
        if (i, actions) not in self._effective:
            total = self.stage(i, actions)
            for k in self.world.active_treaties_of(i, self.statuses, self.standings):
                treaty = self.treaty(k)
                total -= treaty["sanction"] * self._accused(i, k, actions[i]) / self.world.dt
                total -= treaty["inspection_cost"] * treaty["inspections_per_year"]
            for pair in self.world.pairs:
                if i in pair:
                    rate = self.onset_weights[pair] * self.tables["onset"]["arming_rate"]
                    racing = (actions[pair[0]] + actions[pair[1]]) / 2
                    total += rate * racing * self.first_rung_value(pair, pair.index(i))
            self._effective[i, actions] = total
        return self._effective[i, actions]

    def aftermath(self, i: int) -> float:
        """Yearly payoff once the top rung was reached."""
        own = self.tables["actors"][self.world.actors[i]].get("crisis", {}).get("aftermath")
        if own is not None:
            return own
        if "aftermath" in self.tables["crisis"]:
            return self.tables["crisis"]["aftermath"]
        profiles = itertools.product((0, 1), repeat=len(self.world.actors))
        return min(self.stage(i, actions, transparency=False) for actions in profiles)

    def entry_cost(self, i: int, rung: int, pair: Pair) -> float:
        """What actor i pays when a crisis of the pair enters the rung."""
        if rung < self.world.top:
            return self.tables["crisis"]["rung_costs"][rung - 1] if i in pair else 0.0
        return self.own(i, "crisis", "disaster" if i in pair else "bystander")

    # --- the ladder (section 2) ---

    @cached_property
    def calm(self) -> float:
        """The share of accidents that the channels leave."""
        return math.prod(1 - channel["accident_reduction"] for channel in self.tables["channels"].values())

    def ladder(self, pair: Pair) -> list[Rung]:
        """The rungs 1..L of a crisis of the pair (index 0 is rung 1)."""
        if pair not in self._ladders:
            crisis, (a, b) = self.tables["crisis"], pair
            disasters = (-self.own(a, "crisis", "disaster"), -self.own(b, "crisis", "disaster"))
            rungs = [Rung(disasters, 0.0, (0.0, 0.0))]
            for k in range(self.world.top - 1, 0, -1):
                following = rungs[0].values
                if crisis["kind"] == "empirical":
                    up, end = crisis["advance"][k - 1], crisis["resolve"][k - 1]
                    share = up / (up + end) if up + end > 0 else 0.0
                    values, slip, stand = (share * following[0], share * following[1]), 0.0, (0.0, 0.0)
                else:
                    slip = 1 - (1 - crisis["slip"][k - 1]) ** self.calm
                    values, stand = self._brink(pair, slip, following)
                cost = crisis["rung_costs"][k - 1]
                rungs.insert(0, Rung((values[0] - cost, values[1] - cost), slip, stand))
            self._ladders[pair] = rungs
        return self._ladders[pair]

    def _brink(self, pair: Pair, s: float, following: tuple[float, float]) -> tuple[tuple[float, float], tuple[float, float]]:
        """Values to the two sides before the rung's cost, and with what probability each stands."""
        prize = [self.own(i, "crisis", "prize") for i in pair]
        concession = [self.own(i, "crisis", "concession_cost") for i in pair]

        def payoff(side: int, stands: tuple[int, ...]) -> float:
            own, other = stands[side], stands[1 - side]
            if own == 1 and other == 1:
                return following[side]
            if own == 1:
                return s * following[side] + (1 - s) * prize[side]
            if other == 1:
                return s * following[side] - (1 - s) * concession[side]
            return s * following[side]

        dominant = [following[side] + concession[side] >= 0 or s == 1 for side in (0, 1)]
        if any(dominant):
            stand = (1.0 if dominant[0] else 0.0, 1.0 if dominant[1] else 0.0)
        elif self.tables["crisis"]["selection"] == "logit":
            precision = self.tables["crisis"]["selection_precision"]
            stand = self._logit_of(payoff, [precision, precision])
        else:
            loss = [-following[side] - concession[side] for side in (0, 1)]
            mixed = (prize[1] / (prize[1] + loss[1]), prize[0] / (prize[0] + loss[0]))
            stand = mixed
            if self.tables["crisis"]["selection"] == "risk_dominant":
                for_a, for_b = prize[0] * loss[1], prize[1] * loss[0]
                if not games.equal(for_a, for_b):
                    stand = (1.0, 0.0) if for_a > for_b else (0.0, 1.0)
        stand = (stand[0], stand[1])
        return (games.expected(payoff, 0, stand), games.expected(payoff, 1, stand)), stand

    def first_rung_value(self, pair: Pair, side: int) -> float:
        """Expected value to a side of a crisis at its first rung."""
        ladder = self.ladder(pair)
        return sum(share * ladder[k].values[side] for k, share in enumerate(self.tables["onset"]["rungs"]))

    # --- actions (section 1.1, step 1) ---

    def _logit_of(self, payoff: games.Payoffs, precisions: list[float]) -> tuple[float, ...]:
        profiles: list[tuple[int, ...]] = list(itertools.product((0, 1), repeat=len(precisions)))
        numbers = {(i, a): payoff(i, a) for i in range(len(precisions)) for a in profiles}
        key = (tuple(numbers.values()), tuple(precisions))
        if key not in LOGITS:
            LOGITS[key] = games.logit(lambda i, a: numbers[i, a], precisions)
        return LOGITS[key]

    def arming(self, i: int, leader: int, memory: Memory) -> float:
        """The probability that actor i arms, temptation and tremble included."""
        strategy = self.world.strategy(i, leader, self.world.without_limits(i, self.statuses, self.standings), self.tables)
        equilibrium = 0.0
        if strategy["kind"] == "nash":
            equilibrium = games.nash(self.effective, strategy["selection"])[i]
        if strategy["kind"] == "logit":
            equilibrium = self._logit_of(self.effective, [strategy["precision"]] * len(self.world.actors))[i]
        p = arming_probability(strategy, memory, equilibrium)
        actor = self.tables["actors"][self.world.actors[i]]
        if "temptation_precision" in actor:
            restrain = (0,) * len(self.world.actors)
            alone = tuple(1 if j == i else 0 for j in self.world.everybody)
            offer = self.effective(i, alone) - self.effective(i, restrain)
            p = p + (1 - p) * logistic(actor["temptation_precision"] * offer)
        return p * (1 - actor["tremble"]) + (1 - p) * actor["tremble"]


def logistic(x: float) -> float:
    """1 / (1 + exp(-x)), without overflow."""
    return 1 / (1 + math.exp(-x)) if x >= 0 else math.exp(x) / (1 + math.exp(x))
