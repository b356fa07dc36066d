"""What is told of an arms race with negotiations: policies with their ties, values, and what every profile gives in one state."""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from sim.models.model import Values
from sim.models.negotiation_steps import ACTIONS, ATTACK, BUILD, DESTROY, TIE, Table, Value, available, by_profile, expected, game

PROFILES: Final = tuple(f"{first}|{second}" for first in ACTIONS for second in ACTIONS)


def report(v: Values, before: Value, found: Table, value: Value, tied: np.ndarray) -> dict[str, Any]:
    """The outcomes by name from the last backward step, ties among the profiles (P, n, n, 6, 6) as given."""
    n = int(v["max_weapons"]) + 1
    states = {f"{i},{j}": (slice(None), i, j) for i in range(n) for j in range(n)}
    chosen = _chosen(before, tied, v)
    first, second = np.divmod(chosen, 6)

    def per_state(values: np.ndarray) -> dict[str, np.ndarray]:
        return {name: values[at].copy() for name, at in states.items()}

    def worst(floor: np.ndarray) -> np.ndarray:
        limit = np.where(found.enforced, floor, np.inf)
        return found.enforced & (limit <= limit.min(axis=(3, 4), keepdims=True) + TIE)

    who = {
        name: mask[first] + 2.0 * mask[second] for name, mask in (("builds", BUILD), ("attacks", ATTACK), ("destroys", DESTROY))
    }
    out: dict[str, Any] = {
        "policy": per_state(np.array(PROFILES, dtype=object)[chosen]),
        "played": per_state(chosen.astype(float)),
        "policy_ties": per_state(_named(tied)),
        "number_of_ties": per_state(tied.sum(axis=(3, 4)).astype(float)),
        **{name: per_state(codes) for name, codes in who.items()},
        "joint_value": per_state(value.U),
        "punishment_value_1": per_state(value.v1),
        "punishment_value_2": per_state(value.v2),
        "negotiation_payoff_1": per_state(value.r1),
        "negotiation_payoff_2": per_state(value.r2),
        "punishment_of_1": per_state(_named(worst(found.floor_1))),
        "punishment_of_2": per_state(_named(worst(found.floor_2))),
        "building_states": (who["builds"] > 0).sum(axis=(1, 2)).astype(float),
        "attacking_states": (who["attacks"] > 0).sum(axis=(1, 2)).astype(float),
        "disarming_states": (who["destroys"] > 0).sum(axis=(1, 2)).astype(float),
        "unarmed_value": value.U[:, 0, 0].copy(),
    }
    return out | _profiles(v["state"], states, found)


def _chosen(before: Value, tied: np.ndarray, v: Values) -> np.ndarray:
    """One of the tied profiles per state, (P, n, n): by the rule for ties, then the first of `PROFILES`."""
    games, rule = game(v), v["tie_break"]
    if rule == "equal_r":
        merit = -by_profile(expected(games, np.abs(before.r1 - before.r2)))
    else:
        merit = by_profile(expected(games, before.r1 if rule == "max_r1" else before.r2))
    merit = np.where(tied, merit, -np.inf)
    best = merit >= merit.max(axis=(3, 4), keepdims=True) - TIE
    return (best & tied).reshape(*tied.shape[:3], 36).argmax(axis=3)


def _named(sets: np.ndarray) -> np.ndarray:
    """Sets of profiles (P, n, n, 6, 6) as text: "w|wb or wb|w"."""
    flat = sets.reshape(-1, 36)
    texts = [" or ".join(PROFILES[k] for k in np.flatnonzero(row)) for row in flat]
    return np.array(texts, dtype=object).reshape(sets.shape[:3])


def state_name(told: str) -> str:
    """A state as "2,1", also from "(2, 1)" and from the vignette's "2_1"."""
    return told.replace(" ", "").strip("()").replace("_", ",")


def _profiles(state: str, states: dict[str, Any], found: Table) -> dict[str, Any]:
    """What every profile gives in one state; nan for profiles that cannot be played there."""
    at = states.get(state_name(state))
    columns = {
        "profile_joint_value": found.joint,
        "profile_enforced": found.enforced.astype(float),
        "profile_punishment_value_1": np.broadcast_to(found.floor_1, found.joint.shape),
        "profile_punishment_value_2": np.broadcast_to(found.floor_2, found.joint.shape),
    }
    out: dict[str, Any] = {name: {} for name in columns}
    allowed = available(len(found.joint[0]))
    for k, profile in enumerate(PROFILES):
        a, b = divmod(k, 6)
        if at is not None and allowed[at[1], a] and allowed[at[2], b]:
            for name, values in columns.items():
                out[name][profile] = values[at][:, a, b].copy()
    return out
