"""Brinkmanship as a war of attrition in risk: who runs the greater risk of disaster wins, and disaster may come first.

Two states are in a crisis.  While neither gives way the hazard of disaster grows; L is what has built up so far, so that with
probability exp(-L) no disaster has come yet.  A state that gives way gets 0, its opponent gets its value v of winning, and in a
disaster each loses d.  Values are private, drawn from one distribution F with density f.  In the symmetric equilibrium a state of
value v gives way at the hazard L(v) at which one more step of risk costs what the opponent's giving way in it is worth:

(1) stopping hazard           dL/dv = v f(v) / (d (1 - F(v))), L(0) = 0
(2) disaster                  P = E[1 - exp(-L(w))], w the smaller of the two values
(3) exponential, mean m       L(v) = v^2 / (2 d m);  P = 1 - sqrt(pi) x erfcx(x), x = sqrt(2 d / m)
(4) uniform on [0, m]         L(v) = (m/d)(-u - ln(1 - u)), u = v/m;  with q = m/d,
                              1 - P = 2 sum_k q^k / ((2 + q)(3 + q)...(2 + q + k))
                                    = 2 Gamma(2 + q) e^q q^-(2+q) Prob(Gamma(2 + q) <= q)
(5) critical risk             a certain win, quit or disaster: run a risk r of disaster iff r <= (win - quit) / (win - disaster)

Only L enters, not time: how fast the hazard rises makes no difference (neutrality of escalation).  (3) is
1 - 2 sqrt(2 pi d) e^(2d) Phi(-2 sqrt d) for m = 1, written so that nothing overflows.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from itertools import pairwise
from typing import Any, Final

import numpy as np

from sim.declare import Choice, Key, Number, nonnegative, positive
from sim.models.model import Answer, Estimate, Model, Outcome, Premise, Values, Way, each_point, points

CITATION: Final = (
    "Schelling, The Strategy of Conflict (1960) and Arms and Influence (1966), for the threat that leaves something to chance.",
    "Nalebuff, Brinkmanship and nuclear deterrence: the neutrality of escalation, Conflict Management and Peace"
    " Science 9 (1986).",
    "Powell, Nuclear brinkmanship with two-sided incomplete information, American Political Science Review 82 (1988) 155-178.",
    "Powell, Nuclear brinkmanship, limited war, and military power, International Organization 69 (2015) 589-626.",
)

FAR: Final = 50.0
"""From this d / m the exponential case is an asymptotic series: 20 terms are then exact to rounding."""
CLOSE: Final = 30.0
"""From this m / d the uniform case is the gamma distribution with Stirling's series; below, the sum (4) with 150 terms."""
REPLICATES: Final = 200_000
NODES, WEIGHTS = np.polynomial.legendre.leggauss(8)


def disaster_exponential(d: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """P and 1 - P of (3) for mean 1, (P,); neither loses digits where it is small."""
    from scipy.special import erfcx

    x2 = 2 * d
    quiet = np.sqrt(np.pi * x2) * erfcx(np.sqrt(x2))
    term, series = np.ones_like(d), np.zeros_like(d)
    for k in range(1, 21):  # 1 - quiet = sum (-1)^(k+1) (2k - 1)!! / (2 x^2)^k
        term = -term * (2 * k - 1) / (2 * x2)
        series = series - term
    disaster = np.where(d >= FAR, series, 1 - quiet)
    return disaster, np.where(d >= FAR, 1 - series, quiet)


def disaster_uniform(q: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """P and 1 - P of (4), q = m / d, (P,); neither loses digits where it is small."""
    from scipy.special import gammainc

    near = np.minimum(q, CLOSE)
    term = 2 / ((2 + near) * (3 + near))
    disaster, quiet = near * (1 + near) / ((2 + near) * (3 + near)), 2 / (2 + near) + near * term
    for k in range(2, 150):
        term = term * near / (2 + near + k)
        disaster, quiet = disaster - near * term, quiet + near * term
    far = np.maximum(q, CLOSE)
    stirling = 1 / (12 * far) - 1 / (360 * far**3) + 1 / (1260 * far**5)
    tail = 2 * (1 + 1 / far) * np.sqrt(2 * np.pi / far) * np.exp(stirling) * gammainc(2 + far, far)
    return np.where(q > CLOSE, 1 - tail, disaster), np.where(q > CLOSE, tail, quiet)


def solve(v: Values) -> dict[str, Any]:
    """Equations (2) to (4)."""
    d, m, value = v["cost_of_disaster"], v["value_scale"], v["value_of_winning"]
    if v["distribution"] == "exponential":
        disaster, quiet = disaster_exponential(d / m)
        hazard = value / d * (value / m) / 2
    else:
        disaster, quiet = disaster_uniform(m / d)
        u = value / m
        hazard = np.where(u < 1, m / d * _beyond(np.minimum(u, 1)), np.nan)
    return {
        "disaster_probability": disaster,
        "peaceful_end_probability": quiet,
        "stopping_hazard": hazard,
        "accepted_risk": -np.expm1(-hazard),
    }


def _beyond(u: np.ndarray) -> np.ndarray:
    """-u - ln(1 - u), by its series u^2/2 + u^3/3 + ... where u is small."""
    series = sum(u**k / k for k in range(2, 12))
    return np.where(u < 0.03, series, -u - np.log1p(-u))


@cache
def _hazards(exponential: bool) -> tuple[np.ndarray, np.ndarray]:
    """The integral of u f / (1 - F) from 0 to u, by quadrature between the points of a grid: (u, integral), for m = d = 1."""
    span = np.linspace(0, 1, 6001)[:-1]
    grid = 60 * span if exponential else 1 - (1 - span) ** 2
    pieces = [_piece(exponential, a, b) for a, b in pairwise(grid)]
    return grid, np.concatenate([[0.0], np.cumsum(pieces)])


def _piece(exponential: bool, low: float, high: float) -> float:
    u = (low + high) / 2 + (high - low) / 2 * NODES
    return float((WEIGHTS * u * (1 if exponential else 1 / (1 - u))).sum() * (high - low) / 2)


def by_quadrature(at: Mapping[str, Any]) -> dict[str, float]:
    """(1) and (2) integrated numerically for one point, and the best stop against that opponent found by search.

    Against an opponent that gives way at L(w), stopping at L(s) is worth the integral of exp(-L) (v f - d L' (1 - F)) up to s.
    """
    from scipy.integrate import quad
    from scipy.optimize import minimize_scalar

    ratio, u = float(at["value_scale"] / at["cost_of_disaster"]), float(at["value_of_winning"] / at["value_scale"])
    exponential = at["distribution"] == "exponential"
    grid, integral = _hazards(exponential)

    def left(w: float) -> float:  # 1 - F; the density is the same for exponential values, and 1 for uniform ones
        return float(np.exp(-w)) if exponential else 1 - w

    def density(w: float) -> float:
        return left(w) if exponential else 1.0

    def hazard(w: float) -> float:
        k = int(np.searchsorted(grid, w, "right")) - 1
        return ratio * (float(integral[k]) + _piece(exponential, float(grid[k]), w))

    def loss(stop: float) -> float:  # in units of m; (v - w) f is v f - d L' (1 - F) by (1)
        return -quad(lambda w: np.exp(-hazard(w)) * density(w) * (u - w), 0, stop, epsabs=1e-13)[0]

    end = float(grid[-1])
    risk = quad(lambda w: -2 * density(w) * left(w) * np.expm1(-hazard(w)), 0, end, limit=400, epsabs=1e-12, epsrel=1e-10)[0]
    found = {"disaster_probability": risk, "peaceful_end_probability": 1 - risk, "stopping_hazard": np.nan}
    if 0 < u < end:
        best: Any = minimize_scalar(loss, bounds=(0.0, min(3 * u, end)), method="bounded", options={"xatol": 1e-9})
        found["stopping_hazard"] = hazard(float(best.x))
    return found


def played(v: Values, replicates: int, rng: np.random.Generator) -> dict[str, Any]:
    """Crises played out: two values, two stopping hazards, and an exponential hazard at which disaster would come."""
    d, m = v["cost_of_disaster"], v["value_scale"]
    share = np.empty(points(v))
    for n in range(len(share)):
        if v["distribution"] == "exponential":
            stop = (m[n] / d[n]) * rng.exponential(size=(2, replicates)) ** 2 / 2
        else:
            left = rng.random((2, replicates))
            stop = (m[n] / d[n]) * (left - 1 - np.log(left))
        share[n] = (rng.exponential(size=replicates) < stop.min(axis=0)).mean()
    error = np.sqrt(np.maximum(share * (1 - share), 1 / replicates) / replicates)
    return {"disaster_probability": Estimate(share, error), "peaceful_end_probability": Estimate(1 - share, error)}


def simulate(v: Values, replicates: int, seed: int) -> dict[str, Any]:
    """The estimates of `played` from a seed."""
    return played(v, replicates, np.random.default_rng(seed))


def _answers() -> tuple[Answer, ...]:
    out: list[Answer] = []
    for kind, d, target in (
        ("exponential", 0.25, 0.344320),
        ("exponential", 1.0, 0.157262),
        ("exponential", 2.0, 0.094646),
        ("uniform", 1.0, 0.126873),
        ("uniform", 2.0, 0.071766),
    ):
        source = f"equation ({3 if kind == 'exponential' else 4}), by hand; quadrature of (2) and simulation agree"
        given = {"distribution": kind, "cost_of_disaster": d}
        out.append(Answer(given, "disaster_probability", target, 5e-7, "derived", source))
    for value, target in ((0.5, 0.125), (1.0, 0.5), (2.0, 2.0)):
        source = "equation (3), by hand; a search for the best reply to the equilibrium agrees"
        out.append(Answer({"value_of_winning": value}, "stopping_hazard", target, 1e-5, "derived", source))
    exact = "equation (4) with d = m: 1 - P = 4e - 10, by parts"
    out.append(Answer({"distribution": "uniform"}, "disaster_probability", 11 - 4 * np.e, 1e-9, "derived", exact))
    return tuple(out)


NEVER: Final = "A state whose value is the largest possible or beyond never gives way: there is no stopping hazard."

BRINKMANSHIP: Final = Model(
    name="brinkmanship",
    label="A11",
    title="Brinkmanship as a war of attrition in risk",
    question="How likely does a crisis end in disaster if each side gives way only when the risk exceeds its resolve?",
    citation=CITATION,
    parameters=(
        Key("cost_of_disaster", positive("payoff"), "d: what a disaster costs a state beyond giving way.", 1.0),
        Key("value_scale", positive("payoff"), "m: the mean value of winning if exponential, the largest if uniform.", 1.0),
        Key(
            "distribution",
            Choice(("exponential", "uniform")),
            "The distribution of the private values of winning.",
            "exponential",
        ),
        Key("value_of_winning", nonnegative("payoff"), "v: the value of the state whose stopping hazard is asked for.", 0.5),
    ),
    symbols={"d": "cost_of_disaster", "m": "value_scale", "v": "value_of_winning", "F": "distribution"},
    outcomes=(
        Outcome("disaster_probability", "probability", "P: the crisis ends in disaster (2)."),
        Outcome("peaceful_end_probability", "probability", "1 - P: one side gives way in time."),
        Outcome("stopping_hazard", "hazard", "L(v): the built-up hazard at which a state of value v gives way.", undefined=NEVER),
        Outcome("accepted_risk", "probability", "1 - exp(-L(v)): the risk a state of value v runs at most.", undefined=NEVER),
    ),
    solve=solve,
    ways=(
        Way("integrals of (1) and (2), and a search for the best stop", each_point(by_quadrature)),
        Way("crises played out", lambda v, rng: played(v, REPLICATES, rng), random=True),
    ),
    caveats=(
        "The formulas are the standard argument of a war of attrition, with risk for time; no source is known to print them.",
        "Discounting, or a disaster hazard that one side can slow down, breaks the neutrality of escalation.",
        "Hazard is not probability: a built-up hazard L means a probability 1 - exp(-L).",
        "Models in which a round at a time is risked (Powell 1988) are discrete and give other numbers.",
    ),
    simulate=simulate,
    answers=_answers(),
)


def solve_critical(v: Values) -> dict[str, Any]:
    """Equation (5)."""
    win, quit_, disaster, risk = v["win_payoff"], v["quit_payoff"], v["disaster_payoff"], v["risk"]
    critical = (win - quit_) / (win - disaster)
    return {
        "critical_risk": critical,
        "stands_firm": (risk <= critical + 1e-12).astype(float),
        "standing_payoff": (1 - risk) * win + risk * disaster,
    }


def by_bisection(v: Values) -> dict[str, Any]:
    """The risk at which standing firm and quitting are worth the same, by bisection, and the comparison at the given risk."""

    def gain(risk: np.ndarray) -> np.ndarray:
        return (1 - risk) * v["win_payoff"] + risk * v["disaster_payoff"] - v["quit_payoff"]

    low, high = np.zeros(points(v)), np.ones(points(v))
    for _ in range(60):
        middle = (low + high) / 2
        low, high = np.where(gain(middle) >= 0, middle, low), np.where(gain(middle) >= 0, high, middle)
    return {"critical_risk": (low + high) / 2}


CRITICAL: Final = Model(
    name="critical_risk",
    label="A11b",
    title="Critical risk",
    question="How great a risk of disaster is it worth to stand firm, if the opponent gives way otherwise?",
    citation=(
        "Ellsberg, The theory and practice of blackmail (RAND P-3883, 1968; lecture of 1959).",
        "Powell, Nuclear Deterrence Theory: The Search for Credibility (1990).",
    ),
    parameters=(
        Key("win_payoff", Number(unit="payoff"), "Standing firm, and the opponent gives way.", 10.0),
        Key("quit_payoff", Number(unit="payoff"), "Giving way.", 0.0),
        Key("disaster_payoff", Number(unit="payoff"), "Standing firm, and disaster comes.", -90.0),
        Key("risk", Number(0.0, 1.0, unit="probability"), "r: the probability that standing firm ends in disaster.", 0.05),
    ),
    symbols={"win": "win_payoff", "quit": "quit_payoff", "disaster": "disaster_payoff", "r": "risk"},
    outcomes=(
        Outcome("critical_risk", "probability", "The largest risk of disaster at which standing firm is worth it (5)."),
        Outcome("stands_firm", "", "1 if standing firm is worth the given risk, else 0."),
        Outcome("standing_payoff", "payoff", "Expected payoff of standing firm at the given risk."),
    ),
    premises=(
        Premise("quitting is no better than winning", lambda v: v["win_payoff"] >= v["quit_payoff"]),
        Premise("disaster is no better than quitting", lambda v: v["quit_payoff"] >= v["disaster_payoff"]),
        Premise("disaster is worse than winning", lambda v: v["win_payoff"] > v["disaster_payoff"]),
    ),
    solve=solve_critical,
    ways=(Way("bisection for the risk of indifference", by_bisection),),
    caveats=(
        "The risk is taken as known and as a single throw; `brinkmanship` has a risk that grows and values that are private.",
    ),
    answers=(Answer({}, "critical_risk", 0.1, 1e-9, "derived", "equation (5), by hand: 10 / 100"),),
)

MODELS: Final = (BRINKMANSHIP, CRITICAL)
