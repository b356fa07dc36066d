"""The two kinds of round, every outcome of every step in the order of the page (docs/model.md, sections 1.1 and 1.2)."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence
from typing import Any

from .strategies import move, start
from .view import View
from .world import CAUSES, Memory, Outcome, Pair, State, Tables, World

Lottery = list[tuple[Any, float]]


def independent(lotteries: Sequence[Lottery]) -> Lottery:
    """The joint lottery of independent ones; outcomes of probability 0 are left out."""
    joint = []
    for combination in itertools.product(*lotteries):
        probability = math.prod(p for _, p in combination)
        if probability > 0:
            joint.append((tuple(value for value, _ in combination), probability))
    return joint


def happens(rate: float, dt: float) -> float:
    """1 - exp(-rate dt)."""
    return -math.expm1(-rate * dt)


def two_rates(r: float, r_to: str, q: float, q_to: str, stay: str, dt: float) -> Lottery:
    """Leave with probability 1 - exp(-(r + q) dt), by one of the two in proportion."""
    if r + q == 0:
        return [(stay, 1.0)]
    leave = happens(r + q, dt)
    return [(r_to, leave * r / (r + q)), (q_to, leave * q / (r + q)), (stay, math.exp(-(r + q) * dt))]


def clock_move(treaty: Tables, status: str, dt: float) -> Lottery:
    """The move of a treaty that is not in force (step 3)."""
    if status == "pending":
        entry = happens(treaty["entry_rate"], dt)
        return [("in_force", entry), ("pending", 1 - entry)]
    if status == "withdrawing":
        if treaty["notice_years"] == 0:
            return [("ended", 1.0)]
        return two_rates(1 / treaty["notice_years"], "ended", treaty["reversal_rate"], "in_force", status, dt)
    if status == "suspended":
        return two_rates(treaty["resumption_rate"], "in_force", treaty["collapse_rate"], "ended", status, dt)
    renewed = happens(treaty["renegotiation_rate"], dt)
    return [("in_force", renewed), ("ended", 1 - renewed)]


def in_force_move(view: View, k: int, alarms: tuple[bool, ...]) -> Lottery:
    """The move of treaty k in force: withdrawal, then suspension after an alarm of some party (step 3)."""
    world, treaty, cascade = view.world, view.treaty(k), view.treaty(k)["cascade"]
    gone = 0.0
    for other, name in enumerate(world.treaties):
        if other != k and view.statuses[other] in ("withdrawing", "ended"):
            gone += cascade.get(name, 0.0) if isinstance(cascade, dict) else cascade
    withdrawal = happens(treaty["withdrawal_rate"] * len(world.parties[k]) * (1 + gone), world.dt)
    suspension = treaty["suspension_probability"] if any(alarms[i] for i in world.parties[k]) else 0.0
    away = "withdrawing" if treaty["notice_years"] > 0 else "ended"
    return [
        (away, withdrawal),
        ("suspended", (1 - withdrawal) * suspension),
        ("in_force", (1 - withdrawal) * (1 - suspension)),
    ]


def onsets(view: View, actions: tuple[int, ...], alarms: tuple[bool, ...], ended: int) -> Lottery:
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
        "alarm": surprise(onset["alarm_probability"], sum(alarms[i] for i in exposed)),
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


def pair_shares(cause: str, weights: dict[Pair, float], actions: tuple[int, ...], alarms: tuple[bool, ...]) -> dict[Pair, float]:
    """The law of the pair given the cause."""
    of_pair: dict[Pair, float] = {}
    for (i, j), weight in weights.items():
        count = 1
        if cause == "arming":
            count = actions[i] + actions[j]
        if cause == "alarm":
            count = int(alarms[i]) + int(alarms[j])
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
        quiet = [view.quiet[i][actions[i]] for i in world.everybody]
        for alarms, p_alarms in independent([[(False, q), (True, 1 - q)] for q in quiet]):
            flow = [0.0 for _ in names]
            for i in world.everybody:
                flow[i] += dt * view.stage(i, actions)
                for treaty in view.active(i):
                    flow[i] -= dt * treaty["inspection_cost"] * treaty["inspections_per_year"]
                    flow[i] -= treaty["sanction"] if alarms[i] else 0.0
            treaty_lotteries = [
                in_force_move(view, k, alarms) if status == "in_force" else clock_move(view.treaty(k), status, dt)
                for k, status in enumerate(state.statuses)
            ]
            for statuses, p_statuses in independent(treaty_lotteries):
                moved = list(enumerate(zip(state.statuses, statuses, strict=True)))
                withdrawn = [k for k, (old, new) in moved if old == "in_force" and new in ("withdrawing", "ended")]
                ended = sorted(expired | {k for k, (old, new) in moved if old != "ended" and new == "ended"})
                happened = [f"arming.{names[i]}" for i in world.everybody if actions[i] == 1]
                happened += ["alarm"] if any(alarms) else []
                happened += [f"alarm.{names[i]}" for i in world.everybody if alarms[i]]
                happened += ["withdrawal"] if len(withdrawn) > 0 else []
                happened += [f"withdrawal.{world.treaties[k]}" for k in withdrawn]
                happened += ["treaty_ended"] if len(ended) > 0 else []
                happened += [f"treaty_ended.{world.treaties[k]}" for k in ended]
                memory_lotteries = []
                for i in world.everybody:
                    leader, memory = state.memories[i]
                    without = world.without_limits(i, statuses)
                    if without != world.without_limits(i, state.statuses):
                        memory = start(world.strategy(i, leader, without, view.tables))
                    else:
                        rival_alarm = any(alarms[j] for j in world.everybody if j != i)
                        strategy = world.strategy(i, leader, without, view.tables)
                        memory = move(strategy, memory, actions[i], alarms[i], rival_alarm)
                    memory_lotteries.append(turnover(view, i, leader, memory, without))
                memories_lottery = independent(memory_lotteries)
                p_so_far = p_actions * p_alarms * p_statuses
                for onset, p_onset in onsets(view, actions, alarms, len(ended)):
                    payoffs, cause, pair, rung = list(flow), None, None, 0
                    if onset is not None:
                        cause, pair, rung = onset
                        for i in world.everybody:
                            payoffs[i] -= view.entry_cost(i, rung, pair)
                    events = happened + (["onset"] if onset is not None else [])
                    for conditions, p_conditions in condition_moves(world, view, state.conditions, events):
                        for memories, p_memories in memories_lottery:
                            after = State(rung, pair, statuses, conditions, memories)
                            yield Outcome(p_so_far * p_onset * p_conditions * p_memories, after, cause, tuple(payoffs))


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
        treaty_lotteries: list[Lottery] = []
        for k, status in enumerate(state.statuses):
            if status != "in_force":
                treaty_lotteries.append(clock_move(view.treaty(k), status, dt))
            elif shock and all(side in world.parties[k] for side in state.pair):
                treaty_lotteries.append([("suspended", 1.0)])
            else:
                treaty_lotteries.append([("in_force", 1.0)])
        for statuses, p_statuses in independent(treaty_lotteries):
            moved = enumerate(zip(state.statuses, statuses, strict=True))
            ended = sorted(expired | {k for k, (old, new) in moved if old != "ended" and new == "ended"})
            happened = ["treaty_ended"] if len(ended) > 0 else []
            happened += [f"treaty_ended.{world.treaties[k]}" for k in ended]
            happened += ["crisis"] if shock else []
            memory_lotteries = []
            for i in world.everybody:
                leader, memory = state.memories[i]
                without = world.without_limits(i, statuses)
                if without != world.without_limits(i, state.statuses):
                    memory = start(world.strategy(i, leader, without, view.tables))
                memory_lotteries.append(turnover(view, i, leader, memory, without))
            for conditions, p_conditions in condition_moves(world, view, state.conditions, happened):
                for memories, p_memories in independent(memory_lotteries):
                    after = State(rung, state.pair if rung > 0 else None, statuses, conditions, memories)
                    yield Outcome(p_ladder * p_statuses * p_conditions * p_memories, after, None, tuple(payoffs))
