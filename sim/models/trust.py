"""Trust that falls faster than it rises: promises kept, exits, cooperation that comes back later than it went, and repair.

Trust u in [0, 1] between two sides rises with promises that are kept and falls at once with exits and breaches.  While they
cooperate they make k1 promises a year, else k0.  Cooperation ends when trust falls to d, and begins again at e > d only.

(1) between shocks        u' = a k (1 - u):  u(t) = 1 - (1 - u(0)) e^(-a k t), k = k1 or k0
(2) a shock               u becomes (1 - b s) u, s the size of the shock
(3) cooperation           from the start if u > d; ends where u <= d, begins where u >= e; e is reached from u after
                          ln((1 - u)/(1 - e))/(a k0) years
(4) repair of a shock     ln((1 - (1 - b s) u)/(1 - u))/(a k1) years back to u, if cooperation goes on
(5) many small shocks     g a year: u' = a k (1 - u) - b s g u rests at a k/(a k + b s g)
(6) loop                  cooperation lasts up to g_off = a k1 (1 - d)/(b s d) and comes back only at g_on = a k0 (1 - e)/(b s e);
                          between the two both can last, and the area between the branches is
                          (a/(b s)) [k1 ln(a k1 + b s g) - k0 ln(a k0 + b s g)] from g_on to g_off
(7) a programme           from trust x to the goal y at k promises a year takes ln((1 - x)/(1 - y))/(a k) years and breaks down
                          at the rate l (1 - u); it goes through with probability exp(-l (y - x)/(a k))
(8) treaty first          k = kt, l = lt from x to y;  steps first: k = ks, l = ls up to e, then the treaty
(9) with new starts       a breakdown throws trust back to x, and after a pause the programme begins again:
                          expected years (time until the goal or the first breakdown + (1 - P) x pause)/P

(7): the sum of l (1 - u) dt is l (y - x)/(a k), as (1 - u) dt = du/(a k).
"""

from __future__ import annotations

from itertools import pairwise
from typing import Any, Final

import numpy as np

from sim.declare import Key, ListOf, Number
from sim.models.model import Answer, Estimate, Model, Outcome, Premise, Values, Way

CITATION: Final = (
    "Osgood, An Alternative to War or Surrender (1962): graduated and reciprocated initiatives in tension reduction.",
    "Kydd, Trust and Mistrust in International Relations (2005).",
    "Slovic, Perceived risk, trust, and democracy, Risk Analysis 13 (1993) 675-682: trust is lost faster than gained.",
)

YEARS: Final = 45
"""Whole years after the start at which the path is told."""
POINTS: Final = 40
"""Points of each branch of the loop, but one."""
PANELS: Final = 16
NODES, WEIGHTS = np.polynomial.legendre.leggauss(24)
STEPS: Final = 500
"""Steps of a year in the second way."""
HISTORIES: Final = 20_000


def path(v: Values) -> tuple[np.ndarray, np.ndarray]:
    """(trust, cooperation) after 0..YEARS years by (1) to (3), each shape (YEARS + 1, P); a shock of that moment is included."""
    size = len(v["trust"])
    trust, together = np.empty((YEARS + 1, size)), np.empty((YEARS + 1, size))
    shocks = np.sort(v["shocks"], axis=1)
    for n in range(size):
        events = [*((float(x), True) for x in shocks[n]), *((float(y), False) for y in range(YEARS + 1))]
        now, level, on = 0.0, float(v["trust"][n]), float(v["trust"][n]) > float(v["threshold_down"][n])
        for at, shock in sorted(events, key=lambda event: (event[0], not event[1])):
            level, on = _onward(v, n, level, on, at - now)
            now = at
            if shock:
                level *= 1 - float(v["down_rate"][n] * v["shock_size"][n])
                on = on and level > float(v["threshold_down"][n])
            else:
                trust[int(at), n], together[int(at), n] = level, on
    return trust, together


def _onward(v: Values, n: int, level: float, on: bool, years: float) -> tuple[float, bool]:
    """(1) and (3) for some years without a shock."""
    up, high = float(v["up_rate"][n]), float(v["threshold_up"][n])
    fast, slow = up * float(v["promises"][n]), up * float(v["promises_apart"][n])
    if not on:
        on = level >= high
        wait = np.log((1 - level) / (1 - high)) / slow if not on and slow > 0 and high < 1 else np.inf
        if not on and wait > years:
            return 1 - (1 - level) * float(np.exp(-slow * years)), False
        if not on:
            level, years = high, years - float(wait)
    return 1 - (1 - level) * float(np.exp(-fast * years)), True


def branches(v: Values) -> dict[str, np.ndarray]:
    """(5) and (6); the branches of the loop from 0 to 1.2 g_off shocks a year."""
    up, down = v["up_rate"], v["down_rate"] * v["shock_size"]
    fast, slow, low, high = up * v["promises"], up * v["promises_apart"], v["threshold_down"], v["threshold_up"]
    off, back = fast * (1 - low) / (down * low), slow * (1 - high) / (down * high)

    def height(k: np.ndarray, shocks: np.ndarray) -> np.ndarray:
        return np.log(k + down * shocks) * k / down

    loop = off > back
    area = height(fast, off) - height(slow, off) - height(fast, back) + height(slow, back)
    return {
        "fast": fast,
        "slow": slow,
        "down": down,
        "off": off,
        "back": np.minimum(back, off),
        "area": np.where(loop, area, 0.0),
    }


def programme(
    v: Values, start: np.ndarray, goal: np.ndarray, pace: np.ndarray, rate: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """(7): (exponent of going through, expected years until the goal or a breakdown), each (P,); 0 if goal <= start."""
    goal = np.maximum(goal, start)
    time = np.zeros_like(start)
    edges = (np.arange(PANELS + 1) / PANELS) ** 4  # breakdowns come early
    for low, high in pairwise(edges):
        for node, weight in zip(NODES, WEIGHTS, strict=True):
            at = start + (goal - start) * ((low + high) / 2 + (high - low) / 2 * node)
            left = np.exp(-rate * (at - start) / pace)
            time += weight * (high - low) / 2 * (goal - start) * left / (pace * (1 - at))
    return rate * (goal - start) / pace, time


def programmes(v: Values) -> dict[str, np.ndarray]:
    """(7) to (9)."""
    x, y, e = v["low_trust"], v["goal"], np.clip(v["threshold_up"], v["low_trust"], v["goal"])
    treaty, steps = v["up_rate"] * v["treaty_promises"], v["up_rate"] * v["step_promises"]
    found = {}
    direct, time = programme(v, x, y, treaty, v["treaty_breakdown"])
    first, early = programme(v, x, e, steps, v["step_breakdown"])
    second, late = programme(v, e, y, treaty, v["treaty_breakdown"])
    for name, exponent, spent in (("treaty", direct, time), ("steps", first + second, early + np.exp(-first) * late)):
        through = np.exp(-exponent)
        found[f"{name}_first_success"] = through
        found[f"{name}_first_years"] = (spent + (1 - through) * v["pause"]) / through
    return found


def solve(v: Values) -> dict[str, Any]:
    """Equations (1) to (9)."""
    trust, together = path(v)
    b = branches(v)
    shocks, levels = {}, {}
    for branch, last in (("rising", b["off"]), ("falling", b["back"])):
        for k in range(POINTS + 1):
            at = 1.2 * b["off"] * (k if branch == "rising" else POINTS - k) / POINTS
            pace = np.where(at <= last, b["fast"], b["slow"])
            shocks[f"{branch}:{k}"], levels[f"{branch}:{k}"] = at, pace / (pace + b["down"] * at)
    level = v["trust"]
    fallen = (1 - b["down"]) * level
    return {
        "trust_path": {str(n): trust[n] for n in range(YEARS + 1)},
        "cooperation_path": {str(n): together[n] for n in range(YEARS + 1)},
        "lowest_trust": trust.min(axis=0),
        "years_apart": (1 - together).sum(axis=0),
        "repair_years": np.log((1 - fallen) / (1 - level)) / b["fast"],
        "loop_shocks": shocks,
        "loop_trust": levels,
        "shocks_off": b["off"],
        "shocks_on": b["back"],
        "loop_area": b["area"],
        **programmes(v),
    }


def by_steps(v: Values) -> dict[str, Any]:
    """(1) to (3) in 500 steps a year, and the loop area by the trapezoidal rule over 20,000 frequencies of shocks."""
    size = len(v["trust"])
    paths = np.empty((YEARS + 1, size))
    level = v["trust"].copy()
    on = level > v["threshold_down"]
    shocks = np.rint(v["shocks"] * STEPS)
    for step in range(YEARS * STEPS + 1):
        for k in range(shocks.shape[1]):
            hit = shocks[:, k] == step
            level = np.where(hit, level * (1 - v["down_rate"] * v["shock_size"]), level)
            on &= ~hit | (level > v["threshold_down"])
        on |= level >= v["threshold_up"]
        if step % STEPS == 0:
            paths[step // STEPS] = level
        pace = v["up_rate"] * np.where(on, v["promises"], v["promises_apart"]) / STEPS
        level = level + pace * (1 - level) * (1 - pace / 2)
    b = branches(v)
    grid = b["back"] + (b["off"] - b["back"]) * np.linspace(0, 1, 20_001)[:, None]
    gap = b["fast"] / (b["fast"] + b["down"] * grid) - b["slow"] / (b["slow"] + b["down"] * grid)
    return {
        "trust_path": {str(n): paths[n] for n in range(YEARS + 1)},
        "loop_area": np.trapezoid(gap, grid, axis=0),
    }


def by_histories(v: Values, *, rng: np.random.Generator) -> dict[str, Any]:
    """Programmes begun again until they go through: times of breakdown drawn by inverting (7)."""
    found: dict[str, list[tuple[float, float]]] = {}
    for n in range(len(v["trust"])):
        at = {name: float(x[n]) for name, x in v.items() if x.ndim == 1}
        x, y = at["low_trust"], at["goal"]
        e = min(max(at["threshold_up"], x), y)
        treaty, steps = at["up_rate"] * at["treaty_promises"], at["up_rate"] * at["step_promises"]
        plans = {
            "treaty": [(x, y, treaty, at["treaty_breakdown"])],
            "steps": [(x, e, steps, at["step_breakdown"]), (e, y, treaty, at["treaty_breakdown"])],
        }
        for name, stages in plans.items():
            years, tries, through = np.zeros(HISTORIES), np.zeros(HISTORIES), np.zeros(HISTORIES, bool)
            for attempt in range(400):
                going = ~through
                for start, goal, pace, rate in stages:
                    level = start + rng.exponential(size=HISTORIES) * (pace / rate if rate > 0 else np.inf)
                    reached = level >= goal
                    top = np.minimum(level, goal)
                    years += np.where(going, np.log((1 - start) / (1 - top)) / pace, 0.0)
                    years += np.where(going & ~reached, at["pause"], 0.0)
                    going &= reached
                if attempt == 0:
                    tries = going.astype(float)
                through |= going
                if through.all():
                    break
            share = float(tries.mean())
            found.setdefault(f"{name}_first_success", []).append((share, np.sqrt(max(share * (1 - share), 1e-6) / HISTORIES)))
            spread = float(years.std(ddof=1) / np.sqrt(HISTORIES)) if through.all() else np.nan
            found.setdefault(f"{name}_first_years", []).append((float(years.mean()) if through.all() else np.nan, spread))
    return {name: Estimate(*(np.array(part) for part in zip(*cells, strict=True))) for name, cells in found.items()}


def _answers() -> tuple[Answer, ...]:
    plain = {"shocks": [0.0], "trust": 0.8, "up_rate": 0.05, "promises": 2.0, "down_rate": 0.4, "shock_size": 1.0}
    # one shock at the start: 0.8 x 0.6 = 0.48, under the threshold of 0.5; then at 0.025 a year, 1 - 0.52 e^(-0.25) in year 10
    apart = {"promises_apart": 0.5, "threshold_down": 0.5, "threshold_up": 0.7}
    ways = {"up_rate": 0.05, "low_trust": 0.2, "goal": 0.7, "threshold_up": 0.5, "treaty_promises": 2.0, "step_promises": 2.0}
    rates = {"treaty_breakdown": 0.2, "step_breakdown": 0.05}
    even = {**ways, "treaty_breakdown": 0.0, "step_breakdown": 0.0}
    area = 0.05 / 0.4 * (2 * np.log(0.2 / (0.1 + 0.4 * 3 / 112)) - 0.5 * np.log(0.125 / (0.025 + 0.4 * 3 / 112)))
    return (
        Answer({**plain, **apart}, "trust_path", 0.48, 1e-12, "derived", "(2) by hand: 0.8 x 0.6", entry="0"),
        Answer(
            {**plain, **apart}, "trust_path", float(1 - 0.52 * np.exp(-0.25)), 1e-6, "derived", "(1) by hand, apart", entry="10"
        ),
        Answer(plain, "repair_years", float(np.log(2.6) / 0.1), 1e-12, "derived", "(4) by hand: ln(0.52/0.2)/0.1"),
        Answer({**plain, **apart}, "shocks_off", 0.25, 1e-12, "derived", "(6) by hand: 0.1 x 0.5/(0.4 x 0.5)"),
        Answer({**plain, **apart}, "shocks_on", 3 / 112, 1e-12, "derived", "(6) by hand: 0.025 x 0.3/(0.4 x 0.7)"),
        Answer({**plain, **apart}, "loop_area", float(area), 1e-8, "derived", "(6) by hand"),
        Answer({**ways, **rates}, "treaty_first_success", float(np.exp(-1)), 1e-12, "derived", "(7) by hand: 0.2 x 0.5/0.1 = 1"),
        Answer({**ways, **rates}, "steps_first_success", float(np.exp(-0.55)), 1e-12, "derived", "(8) by hand: 0.15 + 0.4"),
        Answer(even, "treaty_first_years", float(10 * np.log(8 / 3)), 1e-9, "derived", "(7) by hand: ln(0.8/0.3)/0.1"),
        Answer(even, "steps_first_years", float(10 * np.log(8 / 3)), 1e-9, "derived", "(8) by hand: the same pace"),
    )


def _threshold_premise(v: Values) -> Any:
    return v["threshold_down"] < v["threshold_up"]


TRUST: Final = Model(
    name="trust",
    label="D9",
    title="Trust that falls faster than it rises, and its repair",
    question="How long does lost trust take to come back, and is it better to begin with a treaty or with small verified steps?",
    citation=CITATION,
    parameters=(
        Key(
            "up_rate",
            Number(0.001, 0.5, unit="share"),
            "a: a promise kept closes this share of the distance to full trust.",
            0.05,
        ),
        Key("down_rate", Number(0.01, 0.95, unit="share"), "b: a shock of size 1 takes this share of trust.", 0.4),
        Key("shock_size", Number(0.05, 1.0), "s: size of a shock; 1 is an exit from a treaty.", 1.0),
        Key("promises", Number(0.2, 50.0, unit="per year"), "k1: promises kept while the sides cooperate.", 2.0),
        Key("promises_apart", Number(0.01, 50.0, unit="per year"), "k0: promises kept while they do not.", 0.5),
        Key("threshold_down", Number(0.05, 0.95), "d: at this trust cooperation ends.", 0.4),
        Key("threshold_up", Number(0.05, 0.95), "e: at this trust it begins again.", 0.6),
        Key("trust", Number(0.0, 0.99), "Trust at the start.", 0.8),
        Key(
            "shocks",
            ListOf(Number(0.0, 200.0, unit="years"), least=1),
            "When shocks come, years after the start; as set: exits and ends of 2002, 2019, 2020, 2023 and 2026, from 2001.",
            [1.45, 18.59, 19.89, 22.15, 25.10],
        ),
        Key("low_trust", Number(0.0, 0.9), "x: trust at which repair begins.", 0.2),
        Key("goal", Number(0.05, 0.95), "y: trust at which it is done.", 0.7),
        Key("treaty_promises", Number(0.2, 50.0, unit="per year"), "kt: promises kept under a new treaty.", 2.0),
        Key("treaty_breakdown", Number(0.0, 2.0, unit="per year"), "lt: breakdown of a treaty without any trust.", 0.2),
        Key("step_promises", Number(0.2, 50.0, unit="per year"), "ks: small steps that are kept.", 1.5),
        Key("step_breakdown", Number(0.0, 2.0, unit="per year"), "ls: breakdown of the steps without any trust.", 0.05),
        Key("pause", Number(0.0, 50.0, unit="years"), "Years between a breakdown and a new start.", 3.0),
    ),
    symbols={
        "a": "up_rate",
        "b": "down_rate",
        "s": "shock_size",
        "k1": "promises",
        "k0": "promises_apart",
        "d": "threshold_down",
        "e": "threshold_up",
        "x": "low_trust",
        "y": "goal",
        "kt": "treaty_promises",
        "lt": "treaty_breakdown",
        "ks": "step_promises",
        "ls": "step_breakdown",
    },
    outcomes=(
        Outcome("trust_path", "", "u after so many years (1) to (3).", index="year"),
        Outcome("cooperation_path", "", "1 if the sides cooperate after so many years.", index="year"),
        Outcome("lowest_trust", "", "Lowest trust at the turn of a year."),
        Outcome("years_apart", "years", "Turns of the year, of the 46 from the start on, at which the sides do not cooperate."),
        Outcome("repair_years", "years", "Years until one shock is made good, if cooperation goes on (4)."),
        Outcome("loop_shocks", "per year", "Shocks a year along the loop, rising and falling again.", index="shocks:step"),
        Outcome("loop_trust", "", "Trust at rest there (5), (6).", index="shocks:step"),
        Outcome("shocks_off", "per year", "g_off: with more shocks cooperation ends (6)."),
        Outcome("shocks_on", "per year", "g_on: with fewer it comes back by itself (6), or g_off if that is less."),
        Outcome(
            "loop_area", "per year", "Area between the branches from g_on to g_off (6); below 0 if more promises are kept apart."
        ),
        Outcome(
            "treaty_first_success", "probability", "A new treaty at low trust goes through to the goal at the first try (8)."
        ),
        Outcome("steps_first_success", "probability", "Small steps first, then a treaty, go through at the first try (8)."),
        Outcome(
            "treaty_first_years",
            "years",
            "Expected years to the goal with a treaty first, new starts included (9).",
            undefined="It all but never goes through.",
        ),
        Outcome(
            "steps_first_years",
            "years",
            "Expected years to the goal with small steps first, new starts included (9).",
            undefined="It all but never goes through.",
        ),
    ),
    premises=(
        Premise("cooperation ends at less trust than it begins: threshold_down < threshold_up", _threshold_premise),
        Premise("there is something to repair: low_trust < goal", lambda v: v["low_trust"] < v["goal"]),
    ),
    solve=solve,
    ways=(
        Way("small steps of time", by_steps),
        Way("drawn programmes", by_histories, random=True),
    ),
    caveats=(
        "Trust is no quantity that anybody has measured; rates up of 0.02 to 0.1 and down of 0.2 to 0.6 are judgement.",
        "Both sides share one trust; who is to blame for a shock, and whether it was one, is left out.",
        "A breakdown of small steps throws trust back as far as that of a treaty; what is milder about steps is their rate.",
        "The ideas are Osgood's and Slovic's, remembered; the equations are ours.",
    ),
    answers=_answers(),
)

MODELS: Final = (TRUST,)
