"""Known answers of `sim.models.arms_race`: cases that are solved by hand."""

from __future__ import annotations

import math
from typing import Any, Final

from sim.models.model import Answer

BARE: Final[dict[str, Any]] = {
    "weights": [],
    "allocation": [],
    "grievance": [],
    "caps": [],
    "cap_end": [],
    "substitution": [],
    "prudence": [],
    "estimate_sd": [],
    "estimate_drift": [],
    "volatility": [],
    "shock_rate": 0.0,
    "shock_size": [],
    "steps": 1,
}
"""Nothing but reaction and fatigue."""
ONE: Final[dict[str, Any]] = {**BARE, "actors": ["a"], "categories": ["arms"], "reaction": [[0.0]]}
TWO: Final[dict[str, Any]] = {**BARE, "actors": ["x", "y"], "categories": ["arms"]}
RICHARDSON: Final[dict[str, Any]] = {
    **TWO,
    "levels": [[1.0], [1.0]],
    "fatigue": [[0.9], [1.1]],
    "reaction": [[0.0, 0.8], [0.7, 0.0]],
    "grievance": [[2.0], [1.0]],
    "horizon": 5,
}
"""The two-actor race of the model richardson."""
THREE: Final[dict[str, Any]] = {
    **BARE,
    "actors": ["a", "b", "c"],
    "categories": ["arms"],
    "levels": [[1.0], [2.0], [3.0]],
    "fatigue": [[0.5]],
    "reaction": [[0.0, 0.2, 0.2], [0.2, 0.0, 0.2], [0.2, 0.2, 0.0]],
    "grievance": [[1.0]],
    "horizon": 10,
}
SATURATING: Final[dict[str, Any]] = {
    **TWO,
    "levels": [[1.0], [1.0]],
    "fatigue": [[0.5]],
    "reaction": [[0.0, 1.0], [1.0, 0.0]],
    "grievance": [[0.1]],
    "reaction_form": "saturating",
    "saturation": [2.0],
    "horizon": 100,
}
LAPSE: Final[dict[str, Any]] = {
    **BARE,
    "actors": ["a"],
    "categories": ["deployed", "reserve"],
    "reaction": [[0.0]],
    "levels": [[50.0, 65.0]],
    "fatigue": [[0.1]],
    "grievance": [[10.0, 4.0]],
    "caps": [[50.0, 1e9]],
    "cap_end": [10.0],
    "substitution": [[0.0, 0.5], [0.0, 0.0]],
    "horizon": 20,
}
NOISY: Final[dict[str, Any]] = {**ONE, "levels": [[20.0]], "fatigue": [[0.2]], "volatility": [[2.0]], "horizon": 5}
CRISES: Final[dict[str, Any]] = {
    **ONE,
    "levels": [[0.0]],
    "fatigue": [[0.1]],
    "shock_rate": 0.5,
    "shock_decay": 0.25,
    "shock_size": [[1.0]],
    "horizon": 4,
}
BLIND: Final[dict[str, Any]] = {
    **TWO,
    "levels": [[10.0], [10.0]],
    "fatigue": [[0.1]],
    "reaction": [[0.0, 0.1], [0.1, 0.0]],
    "estimate_sd": [3.0],
    "estimate_drift": [4.0],
    "exchange_until": 0.0,
    "lone_correction": 0.0,
    "horizon": 9,
}
FADING: Final[dict[str, Any]] = {
    **TWO,
    "levels": [[1.0], [2.0]],
    "fatigue": [[1.0], [0.0]],
    "reaction": [[0.0, 0.0], [0.0, 0.0]],
    "horizon": 3,
}
"""One that lets its arms go, and one that keeps them."""


def _answers() -> tuple[Answer, ...]:
    out: list[Answer] = []

    def add(given: dict[str, Any], outcome: str, entry: str, target: float, tolerance: float, source: str) -> None:
        out.append(Answer(given, outcome, target, tolerance, "derived", source, entry))

    two = "Richardson's equations for two actors, by hand"
    add(RICHARDSON, "equilibrium", "x, arms", 6.976744, 5e-7, two)
    add(RICHARDSON, "equilibrium", "y, arms", 5.348837, 5e-7, two)
    add(RICHARDSON, "growth_rate", "", -0.245, 5e-4, two)
    add(RICHARDSON, "level", "x, arms", 5.305867, 5e-7, two)
    add(RICHARDSON, "level", "y, arms", 3.980925, 5e-7, two)
    capped = {**RICHARDSON, "caps": [[4.0], [1e9]]}
    rest = (0.7 * 4 + 1) / 1.1
    add(capped, "resting_level", "x, arms", 4.0, 1e-9, "equation (6): the cap binds")
    add(capped, "resting_level", "y, arms", rest, 1e-9, "y = (l K + h) / b with x at its cap K")
    add(capped, "blocked", "x, arms", 0.8 * rest - 0.9 * 4 + 2, 1e-9, "demand of x at its cap")
    add(capped, "resting_growth_rate", "", -1.1, 1e-9, "only y moves, and forgets at its fatigue")
    # reserves r' = (0.4 + 0.5 * 0.6) * 0.06 * 0.25 r_other - 0.1 r, the last through what the cap on deployed weapons hands on
    add({}, "resting_growth_rate", "", -0.0895, 1e-9, "equations (1) and (6) with deployed weapons at their caps, by hand")
    same = "N equal actors: x = g / (a - (N - 1) k), eigenvalue (N - 1) k - a; their sum obeys one linear equation"
    add(THREE, "equilibrium", "a, arms", 10.0, 1e-9, same)
    add(THREE, "growth_rate", "", -0.1, 1e-9, same)
    add(THREE, "level", "b, arms", 10 - 8 * math.exp(-1), 1e-6, same)
    root = (0.55 + math.sqrt(0.55**2 + 4 * 0.25 * 0.1)) / (2 * 0.25)
    add(SATURATING, "resting_level", "x, arms", root, 1e-9, "a x = k x / (1 + x / H) + g, a quadratic equation")
    add(SATURATING, "level", "y, arms", root, 1e-6, "the same, after a hundred years")
    lapse = "equation (6), then exponential approach to g / a after the cap has lapsed"
    add(LAPSE, "resting_level", "a, reserve", 65.0, 1e-9, "(g + s b) / a with b = g - a K of the capped category")
    add(LAPSE, "level", "a, deployed", 100 - 50 * math.exp(-1), 1e-6, lapse)
    add(LAPSE, "level", "a, reserve", 40 + 25 * math.exp(-1), 1e-6, lapse)
    add(NOISY, "mean_level", "a, arms", 20 * math.exp(-1), 1e-9, "Ornstein-Uhlenbeck process")
    spread = math.sqrt(4 * (1 - math.exp(-2)) / 0.4)
    add(NOISY, "standard_deviation", "a, arms", spread, 1e-9, "Ornstein-Uhlenbeck process: v^2 (1 - e^(-2at)) / (2a)")
    shot = 2 * ((1 - math.exp(-0.4)) / 0.1 - (math.exp(-0.4) - math.exp(-1)) / 0.15)
    add(CRISES, "mean_level", "a, arms", shot, 1e-9, "mean of a shot noise passed through x' = -a x + h")
    add(CRISES, "level", "a, arms", shot, 1e-6, "the same, path of the means")
    add(BLIND, "estimate_sd", "x:9", math.sqrt(9 + 16 * 9), 1e-9, "V = V_0 + y^2 t without correction")
    add(FADING, "threat_ratio", "x:3", 2 * math.exp(3), 1e-5, "2 over exp(-3), by hand")
    add(FADING, "threat_ratio", "y:3", math.exp(-3) / 2, 1e-8, "exp(-3) over 2, by hand")
    return tuple(out)


ANSWERS: Final = _answers()
