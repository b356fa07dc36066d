"""An arms race between two states that may renegotiate their agreement: 16 arsenals, and what is played in each.

A state of the game is x = (x1, x2), the weapons of both, 0 to x_max.  Every period each state attacks (a) or waits (w), and
builds (b; succeeds with probability sp), destroys (d; certain and free) or leaves its arsenal; "ab" attacks and builds.
Attacking and destroying need a weapon, building needs room.  Then money is transferred, so that only joint values and punishments
matter.  All values are average discounted.

(1) payoff          pi_1 = -c_a x1 [attack] - x2 [attacked] - c_i [build] - c_x x1, and the same for state 2
(2) joint value     Uhat(x, a) = (1 - delta)(pi_1 + pi_2) + delta E U(x')
(3) punishment      vhat_i(x, a) = max over own actions of (1 - delta) pi_i + delta E[rho r_i(x') + (1 - rho) v_i(x')]
(4) incentive       a can be played at x if Uhat(x, a) >= vhat_1(x, a) + vhat_2(x, a)
(5) step            U(x) = max Uhat, v_i(x) = min vhat_i, over all a that satisfy (4); ties are sets
(6) negotiation     r_1 = v_1 + beta (U - v_1 - v_2), r_2 = v_2 + (1 - beta)(U - v_1 - v_2)

With rho = 0 the greatest fixed point of (2) to (5) is the Pareto-optimal subgame perfect equilibrium (SPE): a durable treaty.
With rho > 0 the agreement is renegotiated with probability rho at the start of a period, in the first T periods only (T-RNE): the
first period is T - 1 backward steps (5) from the SPE.  These steps need not converge, they may cycle; T is part of the answer.

The SPE is found exactly: values of the best and of the punishing policies over the profiles still allowed, by policy iteration;
the profiles that fail (4) at these values are dropped; again, until none fails (`durable`).
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from sim.declare import Choice, Key, Number, Text, Whole, count, nonnegative, probability
from sim.models.model import Answer, Model, Outcome, Premise, Values, Way, points
from sim.models.negotiation_matrix import one_matrix
from sim.models.negotiation_report import PROFILES, report
from sim.models.negotiation_steps import (
    Table,
    Value,
    bits,
    durable,
    game,
    stepped,
    table,
    ties,
)

CITATION: Final = (
    "Goldluecke and Kranz, Reconciling relational contracting and hold-up: a model of repeated negotiations, SSRN 2210603.",
    "Kranz, Arms Race Game, vignette of the R package RelationalContracts (skranz.github.io/RelationalContracts).",
    "Goldluecke and Kranz, Discounted stochastic games with voluntary transfers, Economic Theory 66 (2018), for the SPE.",
)

WHO: Final = ("nobody", "state 1", "state 2", "both")
WINDOW: Final = 240
"""Backward steps in which a cycle is looked for."""
BATCH: Final = 256
"""Points that are solved together."""


def solve(v: Values) -> dict[str, Any]:
    """Equations (2) to (6) at the first of T periods."""
    parts = [
        _solved({name: x[rows] if isinstance(x, np.ndarray) else x for name, x in v.items()}) for rows in _batches(v["periods"])
    ]
    order = np.argsort(np.concatenate(_batches(v["periods"])), kind="stable")
    return _joined(parts, order)


def _batches(periods: np.ndarray) -> list[np.ndarray]:
    """Rows with the same T, at most `BATCH` together."""
    out = []
    for length in np.unique(periods):
        rows = np.flatnonzero(periods == length)
        out += [rows[k : k + BATCH] for k in range(0, len(rows), BATCH)]
    return out


def _joined(parts: list[dict[str, Any]], order: np.ndarray) -> dict[str, Any]:
    first = parts[0]
    return {
        name: _joined([part[name] for part in parts], order)
        if isinstance(first[name], dict)
        else np.concatenate([part[name] for part in parts])[order]
        for name in first
    }


def _solved(v: Values) -> dict[str, Any]:
    """The outcomes of points with one T."""
    games, steps = game(v), int(v["periods"][0]) - 1
    before = value = durable(games)
    found = table(games, value, np.zeros_like(games.rho))
    sound = np.asarray(np.isfinite(value.U).all(axis=(1, 2)))
    history, joint = [], []
    for step in range(steps):
        before, found = value, table(games, value, games.rho)
        value = stepped(games, found)
        sound = sound & np.isfinite(value.U).all(axis=(1, 2))
        if steps - step <= WINDOW:
            history.append(bits(ties(games, found)))
            joint.append(value.U)
    told = report(v, before, found, value, ties(games, found))
    told["cycle_length"] = _cycle(history, len(sound))
    told["value_swing"] = (np.max(joint, axis=0) - np.min(joint, axis=0)).max(axis=(1, 2)) if joint else np.zeros(len(sound))
    return _masked(told, sound)


def _cycle(history: list[np.ndarray], size: int) -> np.ndarray:
    """The smallest period with which the policies of the last backward steps recur, at least twice over; nan if there is none."""
    out = np.full(size, np.nan)
    for length in range(len(history) // 2, 0, -1):
        recent, past = np.array(history[length:]), np.array(history[:-length])
        out[(recent == past).all(axis=(0, 2, 3))] = length
    return out


def _masked(told: Any, sound: np.ndarray) -> Any:
    """nan where some state had no profile left."""
    if isinstance(told, dict):
        return {name: _masked(x, sound) for name, x in told.items()}
    told[~sound] = np.nan
    return told


def by_matrix(v: Values) -> dict[str, Any]:
    """The same by one matrix over all profiles of all states; the SPE by value iteration from the largest set of values."""
    numbers = {name: x for name, x in v.items() if isinstance(x, np.ndarray)}
    rows = [one_matrix({name: float(x[k]) for name, x in numbers.items()}, int(v["max_weapons"]) + 1) for k in range(points(v))]
    before, found, value, tied = (list(part) for part in zip(*rows, strict=True))
    stacked = [np.stack(part) for part in zip(*found, strict=True)]
    told = report(
        v,
        Value(*(np.stack(part) for part in zip(*before, strict=True))),
        Table(*stacked),
        Value(*(np.stack(part) for part in zip(*value, strict=True))),
        np.stack(tied),
    )
    return _masked(told, np.array([np.isfinite(one.U).all() for one in value]))


VIGNETTE: Final = "Kranz, vignette Arms Race Game"


def _answers() -> tuple[Answer, ...]:
    spe, out = {"renegotiation_probability": 0.0}, []
    grid = [(i, j) for i in range(4) for j in range(4)]
    for i, j in grid:  # every weapon is destroyed, none is built
        target = f"{'wd' if i else 'w'}|{'wd' if j else 'w'}"
        out.append(Answer(spe, "policy_ties", target, 0.0, "confirmed", f"{VIGNETTE}, section 2", f"{i},{j}"))
    building = {(0, 0): "wb|wb", (0, 1): "wb|w", (1, 0): "w|wb"}
    for i, j in grid:
        target = building.get((i, j), "w|w")
        out.append(Answer({}, "policy", target, 0.0, "confirmed", f"{VIGNETTE}, sections 3 to 5", f"{i},{j}"))
    five = f"{VIGNETTE}, section 5 (state 1_0)"
    out.append(Answer({}, "policy_ties", "w|wb or wb|w", 0.0, "confirmed", five, "1,0"))
    for profile, value, enforced in (
        ("w|w", -0.5647873, 0),
        ("w|wb", -0.5674622, 1),
        ("wb|w", -0.5674622, 1),
        ("wb|wb", -0.5705082, 1),
        ("a|w", -0.5752873, 0),
        ("a|wb", -0.5779622, 1),
        ("ab|w", -0.5779622, 1),
        ("ab|wb", -0.5810082, 1),
    ):
        out.append(Answer({}, "profile_joint_value", value, 5e-8, "confirmed", five, profile))
        out.append(Answer({}, "profile_enforced", enforced, 0.0, "confirmed", five, profile))
    seven = f"{VIGNETTE}, section 7 (state 1_0)"
    out += [
        Answer({}, "profile_punishment_value_2", -0.4005789, 5e-8, "confirmed", seven, "ab|w"),
        Answer({}, "profile_punishment_value_1", -0.1890513, 5e-8, "confirmed", seven, "w|wb"),
        Answer({}, "profile_punishment_value_1", -0.1787927, 5e-8, "confirmed", seven, "w|w"),
        Answer({"tie_break": "max_r1"}, "policy", "wb|w", 0.0, "confirmed", f"{VIGNETTE}, section 6", "1,0"),
    ]
    sure, eight = {"success_probability": 1.0}, f"{VIGNETTE}, section 8.1"
    out += [
        Answer(sure, "building_states", 0, 0.0, "confirmed", f"{eight}: no weapons are built in any state"),
        Answer(sure, "disarming_states", 15, 0.0, "confirmed", f"{eight}: arsenals shrink step by step down to 0_0"),
    ]
    other = {"discount_factor": 0.95, "renegotiation_probability": 0.6, "success_probability": 0.1, "upkeep": 0.1, "state": "3,2"}
    for outcome, target, entry in (
        ("policy", "wd|wb", "3,2"),
        ("policy", "wb|wd", "2,3"),
        ("profile_enforced", 0, "wd|wd"),
        ("profile_enforced", 0, "w|wd"),
        ("profile_enforced", 0, "wd|w"),
        ("profile_enforced", 1, "w|w"),
        ("profile_enforced", 1, "wd|wb"),
    ):
        out.append(Answer(other, outcome, target, 0.0, "confirmed", f"{VIGNETTE}, section 8.2 (state 3_2)", entry))
    return tuple(out)


EMPTY: Final = "In some state no pure profile satisfies the incentive constraint, in the SPE or at a backward step."
NOT_THERE: Final = f'The profile cannot be played in this state, or there is no such state (write "2,1"). Or: {EMPTY}'


def _per_state(name: str, unit: str, text: str, words: tuple[str, ...] = ()) -> Outcome:
    return Outcome(name, unit, text, index="state", words=words, undefined=EMPTY)


def _per_profile(name: str, unit: str, text: str) -> Outcome:
    return Outcome(name, unit, text, index="profile", undefined=NOT_THERE)


NEGOTIATION: Final = Model(
    name="arms_race_negotiation",
    label="A1",
    title="An arms race under a durable or a renegotiated agreement",
    question="Do states disarm if their treaty is durable, and arm for bargaining power if it can be renegotiated?",
    citation=CITATION,
    parameters=(
        Key("discount_factor", Number(0.0, 1.0), "delta: weight of the next period; below 1.", 0.99),
        Key(
            "renegotiation_probability",
            probability(),
            "rho: a new negotiation in a period; 0: a durable treaty.",
            0.65,
        ),
        Key("attack_cost", nonnegative("payoff per weapon"), "c_a: attacking with a weapon, which harms the other by 1.", 0.05),
        Key("investment_cost", nonnegative("payoff"), "c_i: trying to build a weapon.", 0.01),
        Key("upkeep", nonnegative("payoff per weapon and period"), "c_x: keeping a weapon.", 0.3),
        Key("success_probability", probability(), "sp: that building succeeds; 1: break-out within a period.", 0.08),
        Key("periods", count(1, 20_000, "periods"), "T: renegotiation is possible in the first T periods.", 1000),
        Key("bargaining_share", probability("share"), "beta: state 1's share of the gains from negotiation (6).", 0.5),
        Key("max_weapons", Whole(1, 8), "x_max: the largest arsenal.", 3, structure=True),
        Key(
            "state",
            Text(),
            'The state whose profiles are listed: "2,1", or "2_1" in quotes, since 2_1 alone is read as the number 21.',
            "1,0",
            structure=True,
        ),
        Key(
            "tie_break",
            Choice(("equal_r", "max_r1", "max_r2")),
            "Which tied profile is shown: leading to equal negotiation payoffs, or to large ones of state 1 or 2.",
            "equal_r",
            structure=True,
        ),
    ),
    symbols={
        "delta": "discount_factor",
        "rho": "renegotiation_probability",
        "c_a": "attack_cost",
        "c_i": "investment_cost",
        "c_x": "upkeep",
        "sp": "success_probability",
        "T": "periods",
        "beta": "bargaining_share",
        "x_max": "max_weapons",
    },
    outcomes=(
        _per_state("policy", "text", "What is played in the first period: actions of state 1 | state 2."),
        _per_state(
            "played",
            "",
            "What is played in the first period, state 1|state 2: w waits, a attacks, b builds, d destroys.",
            PROFILES,
        ),
        _per_state("policy_ties", "text", "All profiles that could be played in the first period, tied in joint value."),
        _per_state("number_of_ties", "profiles", "How many they are."),
        _per_state("builds", "", "Who tries to build under the policy.", WHO),
        _per_state("attacks", "", "Who attacks under the policy.", WHO),
        _per_state("destroys", "", "Who destroys a weapon under the policy.", WHO),
        _per_state("joint_value", "payoff", "U, the sum of both states' values (5)."),
        _per_state("punishment_value_1", "payoff", "v_1, the least value to which state 1 can be held (5)."),
        _per_state("punishment_value_2", "payoff", "v_2, the least value to which state 2 can be held (5)."),
        _per_state("negotiation_payoff_1", "payoff", "r_1, what state 1 gets from a negotiation (6)."),
        _per_state("negotiation_payoff_2", "payoff", "r_2, what state 2 gets from a negotiation (6)."),
        _per_state("punishment_of_1", "text", "The profiles with which state 1 is punished."),
        _per_state("punishment_of_2", "text", "The profiles with which state 2 is punished."),
        Outcome("building_states", "states", "In how many states somebody builds under the policy.", undefined=EMPTY),
        Outcome("attacking_states", "states", "In how many states somebody attacks under the policy.", undefined=EMPTY),
        Outcome("disarming_states", "states", "In how many states somebody destroys a weapon under the policy.", undefined=EMPTY),
        Outcome(
            "unarmed_value",
            "payoff",
            "U at (0, 0): 0 if nobody ever arms, else minus the cost of arming.",
            undefined=EMPTY,
        ),
        _per_profile("profile_joint_value", "payoff", "Uhat of each profile in the chosen state (2)."),
        _per_profile("profile_enforced", "", "1 if the profile satisfies the incentive constraint (4), else 0."),
        _per_profile("profile_punishment_value_1", "payoff", "vhat_1 of each profile in the chosen state (3)."),
        _per_profile("profile_punishment_value_2", "payoff", "vhat_2 of each profile in the chosen state (3)."),
        Outcome(
            "cycle_length",
            "steps",
            f"The period with which the policies of the last {WINDOW} backward steps recur; 1 if they have settled.",
            undefined=f"These policies do not recur at least twice, or there are too few steps. Or: {EMPTY}",
        ),
        Outcome("value_swing", "payoff", f"The largest range of U in any state within the last {WINDOW} steps.", undefined=EMPTY),
    ),
    premises=(Premise("a discount factor below 1", lambda v: v["discount_factor"] < 1),),
    solve=solve,
    ways=(Way("one matrix over all profiles, value iteration", by_matrix),),
    caveats=(
        "With renegotiation the backward steps need not converge: policies and values depend on T, and may recur in cycles "
        "(cycle_length, value_swing). T periods are T - 1 steps from the durable treaty.",
        "Ties are common. Values and negotiation payoffs do not depend on the rule for ties; the policy that is shown does.",
        "Pure profiles only. The text of the vignette says 8 % in its section 8.2, its code a success probability of 0.1.",
        "The policies and the values of state 1_0 are the vignette's; those at other parameters are computed here.",
    ),
    answers=_answers(),
)

MODELS: Final = (NEGOTIATION,)
