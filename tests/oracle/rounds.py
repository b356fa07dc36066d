"""The two kinds of round, every outcome of every step in the order of the page (docs/model.md, sections 1.1 and 1.2)."""

from __future__ import annotations

import math
from collections.abc import Iterator

from .alarms import DISBELIEVED, Alarms, accusation_payoff, alarm_outcomes
from .strategies import move, start
from .treaties import Lottery, exits, happens, independent, left_events, treaty_moves
from .view import View
from .world import CAUSES, Memory, Outcome, Pair, State, World


def onsets(view: View, actions: tuple[int, ...], alarms: Alarms, ended: int) -> Lottery:
    """None or (cause, pair, first rung) (step 4)."""
    world, onset, weights = view.world, view.tables["onset"], view.onset_weights
    exposed = {i for pair, weight in weights.items() if weight > 0 for i in pair}
    if len(exposed) == 0:
        return [(None, 1.0)]
    total_weight = sum(weights.values())
    armed_weight = sum(w * (actions[i] + actions[j]) / 2 for (i, j), w in weights.items())
    terms = {
        "background": world.dt * total_weight * onset["background_rate"] * view.calm,
        "arming": world.dt * armed_weight * onset["arming_rate"],
        "alarm": surprise(onset["alarm_probability"], alarms.count(weights)),
        "treaty_end": surprise(onset["treaty_end_probability"], ended),
    }
    infinite = [cause for cause in CAUSES if math.isinf(terms[cause])]
    if len(infinite) > 0:
        probability = 1.0
        shares = {cause: 1 / len(infinite) if cause in infinite else 0.0 for cause in CAUSES}
    else:
        total = sum(terms.values())
        probability = -math.expm1(-total)
        shares = {cause: terms[cause] / total if total > 0 else 0.0 for cause in CAUSES}
    lottery: Lottery = [(None, 1 - probability)]
    for cause in CAUSES:
        if shares[cause] > 0:
            for pair, pair_share in pair_shares(cause, weights, actions, alarms).items():
                for k, rung_share in enumerate(onset["rungs"]):
                    lottery.append(((cause, pair, k + 1), probability * shares[cause] * pair_share * rung_share))
    return [(value, p) for value, p in lottery if p > 0]


def surprise(probability: float, times: int) -> float:
    """-log((1 - probability)^times)."""
    if times == 0:
        return 0.0
    return math.inf if probability == 1 else -times * math.log1p(-probability)


def pair_shares(cause: str, weights: dict[Pair, float], actions: tuple[int, ...], alarms: Alarms) -> dict[Pair, float]:
    """The law of the pair given the cause."""
    of_pair: dict[Pair, float] = {}
    for (i, j), weight in weights.items():
        count = 1
        if cause == "arming":
            count = actions[i] + actions[j]
        if cause == "alarm":
            count = alarms.share((i, j))
        of_pair[i, j] = weight * count
    total = sum(of_pair.values())
    return {pair: share / total for pair, share in of_pair.items()}


def condition_moves(world: World, view: View, states: tuple[str, ...], happened: list[str]) -> Lottery:
    """The joint move of the conditions: events in order, then the clock (step 5)."""
    lotteries: list[Lottery] = []
    for name, state in zip(world.conditions, states, strict=True):
        condition, lottery, left = view.tables["conditions"][name], [], 1.0
        for event in happened:
            stay = 1.0
            for arrow, probability in condition["on"].get(event, {}).items():
                source, target = arrow.split("->")
                if source == state:
                    lottery.append((target, left * probability))
                    stay -= probability
            left *= stay
        rates = {arrow.split("->")[1]: rate for arrow, rate in condition["rates"].items() if arrow.split("->")[0] == state}
        total = sum(rates.values())
        for target, rate in rates.items():
            if total > 0:
                lottery.append((target, left * happens(total, world.dt) * rate / total))
        lottery.append((state, left * math.exp(-total * world.dt)))
        lotteries.append(lottery)
    return independent(lotteries)


def turnover(view: View, i: int, leader: int, memory: Memory, without: bool) -> Lottery:
    """Leader and memory after turnover; a new leader starts the strategy that applies now (step 6)."""
    world = view.world
    actor = view.tables["actors"][world.actors[i]]
    if "turnover_years" not in actor:
        return [((leader, memory), 1.0)]
    change = happens(1 / actor["turnover_years"], world.dt)
    lottery: Lottery = [((leader, memory), 1 - change)]
    leaders = world.leaders(i, view.tables)
    total = sum(each["weight"] for each in leaders)
    for number, each in enumerate(leaders):
        fresh = start(world.strategy(i, number, without, view.tables))
        lottery.append(((number, fresh), change * each["weight"] / total))
    return lottery


def peace_round(view: View, state: State, expired: frozenset[int]) -> Iterator[Outcome]:
    """All outcomes of a peace round; `expired` are the treaties that expired at its start."""
    world, dt, names = view.world, view.world.dt, view.world.actors
    arming = [view.arming(i, *state.memories[i]) for i in world.everybody]
    for actions, p_actions in independent([[(0, 1 - p), (1, p)] for p in arming]):
        for alarms, p_alarms in alarm_outcomes(view, actions):
            flow = [0.0 for _ in names]
            for i in world.everybody:
                flow[i] += dt * view.stage(i, actions)
                for k in world.active_treaties_of(i, state.statuses, state.standings):
                    flow[i] -= dt * view.treaty(k)["inspection_cost"] * view.treaty(k)["inspections_per_year"]
                    flow[i] -= view.treaty(k)["sanction"] if alarms.against(i, view.bound(k)) else 0.0
                flow[i] += accusation_payoff(view, i, alarms)
            treaty_lotteries = [treaty_moves(view, state, k, alarms, False) for k, _ in enumerate(state.statuses)]
            for both, p_statuses in independent(treaty_lotteries):
                statuses, standings = tuple(x for x, _ in both), tuple(x for _, x in both)
                moved = list(enumerate(zip(state.statuses, statuses, strict=True)))
                withdrawn = [k for k, (old, new) in moved if old == "in_force" and new in ("withdrawing", "ended")]
                parting = 0
                for k in [k for k, _ in moved if world.singly(k)]:
                    changed = list(zip(state.standings[k], standings[k], strict=True))
                    withdrawn = [other for other in withdrawn if other != k]
                    if any(old == "member" and new in ("leaving", "out") for old, new in changed):
                        withdrawn = sorted([*withdrawn, k])
                    if statuses[k] != "ended":
                        parting += len(exits(world, k, state.standings[k], standings[k]))
                ended = sorted(expired | {k for k, (old, new) in moved if old != "ended" and new == "ended"})
                happened = [f"arming.{names[i]}" for i in world.everybody if actions[i] == 1]
                happened += ["alarm"] if any(alarms.about) else []
                happened += [f"alarm.{names[i]}" for i in world.everybody if alarms.about[i]]
                happened += [f"accusation.{names[a]}" for a, _ in alarms.told]
                happened += [f"disbelieved.{names[a]}" for a, fate in alarms.told if fate == DISBELIEVED]
                happened += ["withdrawal"] if len(withdrawn) > 0 else []
                happened += [f"withdrawal.{world.treaties[k]}" for k in withdrawn]
                happened += ["treaty_ended"] if len(ended) > 0 else []
                happened += [f"treaty_ended.{world.treaties[k]}" for k in ended]
                happened += left_events(world, state, standings)
                memory_lotteries = []
                for i in world.everybody:
                    leader, memory = state.memories[i]
                    without = world.without_limits(i, statuses, standings)
                    if without != world.without_limits(i, state.statuses, state.standings):
                        memory = start(world.strategy(i, leader, without, view.tables))
                    else:
                        strategy = world.strategy(i, leader, without, view.tables)
                        memory = move(strategy, memory, actions[i], alarms.own(i), alarms.sees[i])
                    memory_lotteries.append(turnover(view, i, leader, memory, without))
                memories_lottery = independent(memory_lotteries)
                p_so_far = p_actions * p_alarms * p_statuses
                for onset, p_onset in onsets(view, actions, alarms, len(ended) + parting):
                    payoffs, cause, pair, rung = list(flow), None, None, 0
                    if onset is not None:
                        cause, pair, rung = onset
                        for i in world.everybody:
                            payoffs[i] -= view.entry_cost(i, rung, pair)
                    events = happened + (["onset"] if onset is not None else [])
                    for conditions, p_conditions in condition_moves(world, view, state.conditions, events):
                        for memories, p_memories in memories_lottery:
                            after = State(rung, pair, statuses, standings, conditions, memories)
                            told = tuple(float(a in dict(alarms.told)) for a in world.everybody)
                            yield Outcome(p_so_far * p_onset * p_conditions * p_memories, after, cause, tuple(payoffs), told)


def ladder_moves(view: View, state: State) -> Lottery:
    """(Rung after the round, what the two sides gain at once) of a crisis round, before the cost of entering a rung."""
    assert state.pair is not None
    crisis, k = view.tables["crisis"], state.rung
    if crisis["kind"] == "empirical":
        up, end = crisis["advance"][k - 1], crisis["resolve"][k - 1]
        return [((k + 1, (0.0, 0.0)), up), ((0, (0.0, 0.0)), end), ((k, (0.0, 0.0)), 1 - up - end)]
    _, slip, stand = view.ladder(state.pair)[k - 1]
    a, b = state.pair
    lottery: Lottery = [((k + 1, (0.0, 0.0)), slip)]
    for (a_stands, b_stands), p in independent([[(1, s), (0, 1 - s)] for s in stand]):
        if a_stands == 1 and b_stands == 1:
            outcome = (k + 1, (0.0, 0.0))
        elif a_stands == 1:
            outcome = (0, (view.own(a, "crisis", "prize"), -view.own(b, "crisis", "concession_cost")))
        elif b_stands == 1:
            outcome = (0, (-view.own(a, "crisis", "concession_cost"), view.own(b, "crisis", "prize")))
        else:
            outcome = (0, (0.0, 0.0))
        lottery.append((outcome, (1 - slip) * p))
    return lottery


def crisis_round(view: View, state: State, expired: frozenset[int]) -> Iterator[Outcome]:
    """All outcomes of a crisis round below the top rung; `expired` are the treaties that expired at its start."""
    world, dt = view.world, view.world.dt
    assert state.pair is not None
    shock_rung = view.tables["crisis"].get("shock_rung")
    for ((rung, gains),), p_ladder in independent([ladder_moves(view, state)]):
        payoffs = [dt * view.stage(i, (1,) * len(world.actors)) for i in world.everybody]
        for side, i in enumerate(state.pair):
            payoffs[i] += gains[side]
        if rung > state.rung:
            for i in world.everybody:
                payoffs[i] -= view.entry_cost(i, rung, state.pair)
        if rung == world.top:
            yield Outcome(p_ladder, state._replace(rung=rung), None, tuple(payoffs))
            continue
        shock = rung > state.rung and shock_rung is not None and rung >= shock_rung
        treaty_lotteries = [treaty_moves(view, state, k, None, shock) for k, _ in enumerate(state.statuses)]
        for both, p_statuses in independent(treaty_lotteries):
            statuses, standings = tuple(x for x, _ in both), tuple(x for _, x in both)
            moved = enumerate(zip(state.statuses, statuses, strict=True))
            ended = sorted(expired | {k for k, (old, new) in moved if old != "ended" and new == "ended"})
            happened = ["treaty_ended"] if len(ended) > 0 else []
            happened += [f"treaty_ended.{world.treaties[k]}" for k in ended]
            happened += left_events(world, state, standings)
            happened += ["crisis"] if shock else []
            memory_lotteries = []
            for i in world.everybody:
                leader, memory = state.memories[i]
                without = world.without_limits(i, statuses, standings)
                if without != world.without_limits(i, state.statuses, state.standings):
                    memory = start(world.strategy(i, leader, without, view.tables))
                memory_lotteries.append(turnover(view, i, leader, memory, without))
            for conditions, p_conditions in condition_moves(world, view, state.conditions, happened):
                for memories, p_memories in independent(memory_lotteries):
                    after = State(rung, state.pair if rung > 0 else None, statuses, standings, conditions, memories)
                    yield Outcome(p_ladder * p_statuses * p_conditions * p_memories, after, None, tuple(payoffs))
