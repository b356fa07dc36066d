"""Audience costs: in a public crisis it becomes dearer every day to back down, until nobody can and there is war.

Two states wait.  Backing down at time t costs state i its audience cost a_i t, and gives the other its prize.  War costs state i
an amount that is private and exponential with mean mu_i: F_i(x) = 1 - exp(-x / mu_i) is the share of its types that prefer war to
a cost x.  S_j(t) is the probability that state j has not backed down by t; v_i is the prize of state i, the other one.

(1) indifference of i          S_j(t) = S_j(0+) v_i / (v_i + a_i t)
(2) everybody left fights      S_j(t*) = F_j(a_j t*)
(3) horizon                    t* = min_j t_j, where F_j(a_j t_j)(v_i + a_i t_j) / v_i = 1
(4) backing down at once       the state with the larger t_j backs down at 0 with probability 1 - F_j(a_j t*)(v_i + a_i t*) / v_i
(5) war                        P = F_1(a_1 t*) F_2(a_2 t*), at t*
(6) who backs down             P_j = 1 - S_j(0+) + S_1(0+) S_2(0+) I(1 - A/B, z), with A = a_j / v_j and B = a_i / v_i,
                               z = B t* / (1 + B t*) and
                               I(q, z) = z/q + (1 - q) ln(1 - q z) / q^2 = sum_k q^k (z^(k+1)/(k+1) - z^(k+2)/(k+2))

(3) is solved as s = ln(1 + r / s) with s = a_j t_j / mu_j and r = a_j v_i / (mu_j a_i).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import numpy as np

from sim.declare import Key, positive
from sim.models.model import Answer, Estimate, Model, Outcome, Values, Way, each_point, points

CITATION: Final = (
    "Fearon, Domestic political audiences and the escalation of international disputes, American Political Science Review"
    " 88 (1994) 577-592.",
)

STATES: Final = ("1", "2")
LETTERS: Final = {"a": "audience_cost", "v": "prize", "mu": "mean_war_cost", "c": "mean_war_cost"}
"""The letters of the equations, of each state with its number: a1 or a_1; c is the war cost, given by its mean."""
REPLICATES: Final = 200_000


def per_state(v: Mapping[str, Any], name: str) -> tuple[Any, Any]:
    """A parameter of state 1 and of state 2."""
    return v[f"{name}_1"], v[f"{name}_2"]


def root(r: np.ndarray) -> np.ndarray:
    """The root of s = ln(1 + r / s), r > 0: by halving in ln s between ln(1 + sqrt r) / 2 and sqrt r."""
    low, high = np.log(np.log1p(np.sqrt(r)) / 2), np.log(r) / 2
    for _ in range(70):
        middle = (low + high) / 2
        above = np.exp(middle) >= np.log1p(r * np.exp(-middle))
        low, high = np.where(above, low, middle), np.where(above, middle, high)
    return np.exp((low + high) / 2)


def first(own: np.ndarray, other: np.ndarray) -> np.ndarray:
    """I(q, z) of (6) with A t* and B t*; by its series where q z is small.  1 - q z is written as (1 + A t*) / (1 + B t*)."""
    ratio, z = own / other, other / (1 + other)
    q = 1 - ratio
    series, power = np.zeros_like(z), np.ones_like(z)
    for k in range(25):
        series = series + power * z * (1 / (k + 1) - z / (k + 2))
        power = power * q * z
    near = np.abs(q * z) < 0.2
    q = np.where(near, 1, q)
    return np.where(near, series, z / q + ratio / q**2 * np.log((1 + own) / (1 + other)))


def solve(v: Values) -> dict[str, Any]:
    """Equations (3) to (6)."""
    slope, prize, cost = (per_state(v, name) for name in ("audience_cost", "prize", "mean_war_cost"))
    times = [root(slope[j] * prize[1 - j] / (cost[j] * slope[1 - j])) * cost[j] / slope[j] for j in (0, 1)]
    horizon = np.minimum(*times)
    fights = [-np.expm1(-slope[j] * horizon / cost[j]) for j in (0, 1)]
    start = [np.where(times[j] <= times[1 - j], 1.0, fights[j] * (1 + slope[1 - j] * horizon / prize[1 - j])) for j in (0, 1)]
    start = [np.minimum(x, 1.0) for x in start]
    war = fights[0] * fights[1]
    back = []
    for j in (0, 1):
        flow = first(slope[j] * horizon / prize[j], slope[1 - j] * horizon / prize[1 - j])
        back.append(1 - start[j] + start[0] * start[1] * flow)
    return {
        "horizon": horizon,
        "war_probability": war,
        "locked_in": dict(zip(STATES, fights, strict=True)),
        "immediate_concession": {name: 1 - start[j] for j, name in enumerate(STATES)},
        "backs_down": dict(zip(STATES, back, strict=True)),
        "backs_down_given_peace": {name: back[j] / (back[0] + back[1]) for j, name in enumerate(STATES)},
    }


def by_roots(at: Mapping[str, Any]) -> dict[str, Any]:
    """The roots of (3) as written, by bracketing, and the chance of backing down first by quadrature of S_i dS_j."""
    from scipy.integrate import quad
    from scipy.optimize import root_scalar

    slope, prize, cost = ([float(x) for x in per_state(at, name)] for name in ("audience_cost", "prize", "mean_war_cost"))

    def stay(j: int, t: float) -> float:  # F_j (v_i + a_i t) / v_i
        return float(-np.expm1(-slope[j] * t / cost[j]) * (1 + slope[1 - j] * t / prize[1 - j]))

    times = []
    for j in (0, 1):
        high = 1e-6 * cost[j] / slope[j]
        while stay(j, high) < 1:
            high *= 2
        times.append(float(root_scalar(lambda t, j=j: stay(j, t) - 1, bracket=(0, high), xtol=1e-300, rtol=1e-14).root))
    horizon = min(times)
    start = [1.0 if times[j] <= horizon else stay(j, horizon) for j in (0, 1)]
    rates = [slope[j] / prize[j] for j in (0, 1)]
    back = []
    for j in (0, 1):
        own, other = rates[j] * horizon, rates[1 - j] * horizon
        flow = quad(lambda x, own=own, other=other: other / (1 + other * x) ** 2 / (1 + own * x), 0, 1, epsabs=1e-13, limit=200)[
            0
        ]
        back.append(1 - start[j] + start[0] * start[1] * flow)
    war = start[0] * start[1] / ((1 + rates[0] * horizon) * (1 + rates[1] * horizon))  # both still there at t*
    return {
        "horizon": horizon,
        "war_probability": war,
        "immediate_concession": {name: 1 - start[j] for j, name in enumerate(STATES)},
        "backs_down": dict(zip(STATES, back, strict=True)),
    }


def played(v: Values, replicates: int, rng: np.random.Generator) -> dict[str, Any]:
    """Crises played out: two war costs, and for each state that would not fight at t* a time of backing down drawn from (1)."""
    slope, prize, cost = (per_state(v, name) for name in ("audience_cost", "prize", "mean_war_cost"))
    solved = solve(v)
    horizon, atom, locked = solved["horizon"], solved["immediate_concession"], solved["locked_in"]
    size = points(v)
    war = (np.empty(size), np.empty(size))
    back = {name: (np.empty(size), np.empty(size)) for name in STATES}
    for n in range(size):
        times = []
        for j, name in enumerate(STATES):
            fights = rng.exponential(cost[j][n], replicates) < slope[j][n] * horizon[n]
            left = 1 - rng.random(replicates) * (
                1 - locked[name][n]
            )  # types that fight never back down: S stays above their share
            start = 1 - atom[name][n]
            wait = np.where(left >= start, 0.0, (start / left - 1) * prize[1 - j][n] / slope[1 - j][n])
            times.append(np.where(fights, np.inf, np.minimum(wait, horizon[n])))
        mark = times[0] == times[1]
        for j, name in enumerate(STATES):
            _store(back[name], n, (times[j] < times[1 - j]) | (mark & np.isfinite(times[j])))
        _store(war, n, np.isinf(times[0]) & np.isinf(times[1]))
    return {"war_probability": Estimate(*war), "backs_down": {name: Estimate(*x) for name, x in back.items()}}


def _store(into: tuple[np.ndarray, np.ndarray], n: int, hit: np.ndarray) -> None:
    share = hit.mean()
    into[0][n], into[1][n] = share, np.sqrt(max(share * (1 - share), 1 / len(hit)) / len(hit))


def simulate(v: Values, replicates: int, seed: int) -> dict[str, Any]:
    """The estimates of `played` from a seed."""
    return played(v, replicates, np.random.default_rng(seed))


def _answers() -> tuple[Answer, ...]:
    solved, drawn = "equations (3) to (5), by root finding; simulation agrees", "simulation; equation (6) agrees"
    even: dict[str, float] = {}
    uneven = {"audience_cost_1": 2.0}
    return (
        Answer(even, "horizon", 0.8065, 5e-5, "derived", solved),
        Answer(even, "war_probability", 0.3064, 5e-5, "derived", solved),
        Answer(uneven, "horizon", 0.5300, 5e-5, "derived", solved),
        Answer(uneven, "war_probability", 0.2689, 5e-5, "derived", solved),
        Answer(uneven, "immediate_concession", 0.1524, 5e-5, "derived", solved, entry="2"),
        Answer(
            uneven, "immediate_concession", 0.0, 1e-12, "derived", "equation (4): at most one state backs down at once", entry="1"
        ),
        Answer(uneven, "backs_down", 0.210, 2e-3, "derived", drawn, entry="1"),
        Answer(uneven, "backs_down", 0.520, 2e-3, "derived", drawn, entry="2"),
    )


def _by_state(name: str, text: str, undefined: str) -> Outcome:
    return Outcome(name, "probability", text, index="state", undefined=undefined)


RANGE: Final = "Prizes, audience costs and war costs differ by more than numbers can hold."
CERTAIN: Final = f"War is certain to all digits. Or: {RANGE}"

AUDIENCE: Final = Model(
    name="audience_costs",
    label="B7",
    title="Audience costs",
    question="Who backs down in a public crisis, how long does it last, and how likely is war?",
    citation=CITATION,
    parameters=(
        Key("audience_cost_1", positive("payoff per time"), "a_1: how fast backing down becomes dearer for state 1.", 1.0),
        Key("audience_cost_2", positive("payoff per time"), "a_2: how fast backing down becomes dearer for state 2.", 1.0),
        Key("prize_1", positive("payoff"), "v_1: what state 1 gets if the other backs down.", 1.0),
        Key("prize_2", positive("payoff"), "v_2: what state 2 gets if the other backs down.", 1.0),
        Key("mean_war_cost_1", positive("payoff"), "mu_1: mean of state 1's private cost of war, exponential.", 1.0),
        Key("mean_war_cost_2", positive("payoff"), "mu_2: mean of state 2's private cost of war, exponential.", 1.0),
    ),
    symbols={f"{letter}{mark}{i}": f"{name}_{i}" for letter, name in LETTERS.items() for i in STATES for mark in ("", "_")},
    outcomes=(
        Outcome("horizon", "time", "t*: after it nobody backs down, and there is war (3).", undefined=RANGE),
        Outcome("war_probability", "probability", "The crisis ends in war (5).", undefined=RANGE),
        _by_state("locked_in", "F_i(a_i t*): the state fights rather than back down at t*.", RANGE),
        _by_state("immediate_concession", "The state backs down at once (4); at most one does.", RANGE),
        _by_state("backs_down", "The state backs down first (6).", RANGE),
        _by_state("backs_down_given_peace", "The same, given that there is no war.", CERTAIN),
    ),
    solve=solve,
    ways=(
        Way("bracketed roots and quadrature", each_point(by_roots)),
        Way("crises played out", lambda v, rng: played(v, REPLICATES, rng), random=True),
    ),
    caveats=(
        "Exponential war costs and straight audience costs are ours, and so are all numbers.",
        "The paper's claim that the side with the larger audience costs backs down less often holds here in the cases shown;"
        " it is not proved for all prizes and costs.",
        "War comes at the horizon t* only, not at a time spread over the crisis.",
        "Both audience costs must be positive: without one, a state could wait for ever at no cost.",
    ),
    simulate=simulate,
    answers=_answers(),
)

MODELS: Final = (AUDIENCE,)
