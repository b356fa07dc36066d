"""Strategies as automata that see alarms only (docs/model.md, section 4)."""

from __future__ import annotations

from typing import Any

Strategy = dict[str, Any]
Memory = Any


def start(strategy: Strategy) -> Memory:
    """The first memory of the strategy's automaton."""
    firsts: dict[str, Memory] = {
        "tit_for_tat": "quiet",
        "tit_for_two_tats": 0,
        "grim": "quiet",
        "limited_punishment": 0,
        "win_stay_lose_shift": 0,
        "memory_one": "first",
        "contrite_tit_for_tat": (False, False),
    }
    return firsts.get(strategy["kind"])


def arming_probability(strategy: Strategy, memory: Memory, equilibrium: float) -> float:
    """P(arm) before temptation and tremble; `equilibrium` is used by nash and logit."""
    match strategy["kind"]:
        case "always_restrain":
            return 0.0
        case "always_arm":
            return 1.0
        case "random":
            return strategy["arm_probability"]
        case "tit_for_tat":
            return 1 - strategy["forgiveness"] if memory == "alarmed" else 0.0
        case "tit_for_two_tats":
            return 1.0 if memory == 2 else 0.0
        case "grim":
            return 1.0 if memory == "alarmed" else 0.0
        case "limited_punishment":
            return 1.0 if memory > 0 else 0.0
        case "win_stay_lose_shift":
            return float(memory)
        case "memory_one":
            return strategy[memory]
        case "contrite_tit_for_tat":
            provoked, _ = memory
            return 1.0 if provoked else 0.0
        case "nash" | "logit":
            return equilibrium
    raise ValueError(f"unknown strategy: {strategy['kind']}")


def move(strategy: Strategy, memory: Memory, action: int, own_alarm: bool, alarm: bool) -> Memory:
    """The memory after a peace round: own action, whether it drew an alarm, whether some rival drew one."""
    match strategy["kind"]:
        case "tit_for_tat":
            return "alarmed" if alarm else "quiet"
        case "tit_for_two_tats":
            return min(memory + 1, 2) if alarm else 0
        case "grim":
            return "alarmed" if alarm or memory == "alarmed" else "quiet"
        case "limited_punishment":
            if memory > 0:
                return memory - 1
            return strategy["rounds"] if alarm else 0
        case "win_stay_lose_shift":
            return 1 - action if alarm else action
        case "memory_one":
            return ("arm" if action == 1 else "restrain") + ("_alarm" if alarm else "_quiet")
        case "contrite_tit_for_tat":
            _, own_alarm_before = memory
            return (alarm and not own_alarm_before, own_alarm)
    return memory
