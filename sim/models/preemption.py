"""Pre-emption after a technology shock: who strikes first for fear of being struck first, and who strikes by misreading.

One side, ahead, deploys a weapon that leaves the other less warning.  Its advantage halves every h years: a share i of the
catching up is by copying the weapon, the rest by countermeasures that give warning back.  In a crisis each side waits or strikes.

(1) deployment            D = 1 - 2^(-t/h); ahead min(1 - (1 - i) D, cap), behind min(i D, cap); uncapped they differ by 2^(-t/h)
(2) warning               w = w0 - (w0 - w1) x the other side's deployment, minutes
(3) first-strike gain     f = F exp(-(the other side's warning) / r): being struck first costs f more than striking first
(4) misread warnings      m = (u + (1 - u) v b)(1 - n) exp(-max(w - s, 0) / q): an ambiguous warning, or a conventional launch
                          taken for a nuclear one, that no notice explains and that is not resolved in the time there is
(5) payoffs               both wait 0; strike alone -c; be struck while waiting -c - f; both strike -c - f/2; a side that waits
                          strikes by error with m
(6) loss by striking alone     c - m' (c + f/2), m' the other's errors;  loss by waiting alone, when the other strikes: f/2
(7) threshold             both strike if c < c*, the larger root of (c (1 - m2) - m2 f1/2)(c (1 - m1) - m1 f2/2) = f1 f2 / 4
(8) fear                  c is drawn for each crisis, log-normal with median C and spread S: P(c < c*) = Phi(ln(c*/C) / S)
(9) pre-emption in a crisis    P(t) = fear + (1 - fear)(1 - (1 - m1)(1 - m2))
(10) within T years       1 - exp(-R x integral of P(t) from 0 to T), crises at rate R
(11) critical warning     the warning, the same for both, at which P is the accepted p; without errors and p = 1/2: r ln(F / 2C)

(7) is risk dominance (Harsanyi and Selten), and the cutoffs of the global game in which each side sees c with a little noise of
its own (Carlsson and van Damme): with h the belief, at the threshold, that the other strikes, (h + (1 - h) m2)(c + f1/2) = c and
(1 - h + h m1)(c + f2/2) = c.  That nothing else is an equilibrium there is not claimed: it needs costs at which a side does best
to strike, and others at which it does best to wait, whatever the other does, and in (5) a side that expects a strike always
strikes.  The product of gains decides, so parity at short warning is worse than advantage.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import Any, Final

import numpy as np

from sim.declare import Key, Number, probability
from sim.models.model import Answer, Estimate, Model, Outcome, Premise, Values, Way

CITATION: Final = (
    "Schelling, The Strategy of Conflict (1960), chapter 9: the reciprocal fear of surprise attack.",
    "Carlsson and van Damme, Global games and equilibrium selection, Econometrica 61 (1993) 989-1018.",
    "Chassang and Padro i Miquel, Conflict and deterrence under strategic risk, Quarterly Journal of Economics 125 (2010)"
    " 1821-1858.",
)

NODES, WEIGHTS = np.polynomial.legendre.leggauss(24)
PANELS: Final = 8
"""Pieces of the horizon in (10), each with the nodes above."""
HALVINGS: Final = 120
STEPS: Final = 20_000
"""Pieces of the horizon in the second way."""
LONGEST: Final = 10_000.0
"""Longest warning looked at in (11), minutes."""
TINY: Final = 1e-300
DRAWS: Final = 200_000


def deployments(v: Values, years: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(ahead, behind) of (1) at `years` after the shock, each (P,)."""
    caught = -np.expm1(-np.log(2) * years / v["half_life"])
    return np.minimum(1 - (1 - v["imitation"]) * caught, v["cap"]), np.minimum(v["imitation"] * caught, v["cap"])


def gain(v: Values, warning: np.ndarray) -> np.ndarray:
    """f of (3) against a side with this warning."""
    return v["strike_gain"] * np.exp(-warning / v["warning_scale"])


def misread(v: Values, warning: np.ndarray) -> np.ndarray:
    """m of (4) with this warning."""
    ambiguous = (v["ambiguous_warning"] + (1 - v["ambiguous_warning"]) * v["conventional_launch"] * v["blur"]) * (1 - v["notice"])
    return ambiguous * np.exp(-np.maximum(warning - v["decision_minutes"], 0) / v["resolve_minutes"])


def threshold(f1: np.ndarray, f2: np.ndarray, m1: np.ndarray, m2: np.ndarray) -> np.ndarray:
    """c* of (7); infinite where a side errs for certain."""
    one, two, b, d = 1 - m2, 1 - m1, m2 * f1 / 2, m1 * f2 / 2
    root = np.hypot(one * d - two * b, np.sqrt(one * two * f1 * f2))
    return np.where(one * two > 0, (one * d + two * b + root) / (2 * one * two), np.inf)


def fear(v: Values, level: np.ndarray) -> np.ndarray:
    """(8) for thresholds c*."""
    from scipy.special import ndtr

    return ndtr(np.log(level / v["war_cost"]) / v["cost_spread"])


def in_a_crisis(v: Values, years: np.ndarray) -> dict[str, np.ndarray]:
    """(1) to (9) at `years` after the shock."""
    ahead, behind = deployments(v, years)
    lost = v["normal_warning"] - v["short_warning"]
    first, second = v["normal_warning"] - lost * behind, v["normal_warning"] - lost * ahead
    f1, f2, m1, m2 = gain(v, second), gain(v, first), misread(v, first), misread(v, second)
    level = threshold(f1, f2, m1, m2)
    afraid, errs = fear(v, level), 1 - (1 - m1) * (1 - m2)
    return {
        "preemption_probability": afraid + (1 - afraid) * errs,
        "fear_probability": afraid,
        "error_probability": errs,
        "advantage": ahead - behind,
        "warning_ahead": first,
        "warning_behind": second,
        "cost_threshold": np.where(np.isfinite(level), level, np.nan),
    }


def critical(v: Values) -> np.ndarray:
    """(11) by halving; nan where the accepted probability is not reached without warning, or is passed with any."""

    def above(warning: np.ndarray) -> np.ndarray:
        f, m = gain(v, warning), misread(v, warning)
        afraid = fear(v, threshold(f, f, m, m))
        return afraid + (1 - afraid) * (1 - (1 - m) ** 2) >= v["accepted"]

    low, high = np.zeros_like(v["war_cost"]), np.full_like(v["war_cost"], LONGEST)
    reached = above(low) & ~above(high)
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        more = above(middle)
        low, high = np.where(more, middle, low), np.where(more, high, middle)
    return np.where(reached, low, np.nan)


def pieces(v: Values) -> np.ndarray:
    """Times between which (1) and (4) are smooth, from 0 to T, shape (pieces + 1, P).

    In between the cap ends to bind, or begins to, and warning passes the minutes that the decision takes.
    """
    even = (np.arange(PANELS + 1) / PANELS)[:, None] ** 2 * v["horizon"]  # the early years change most
    spent = (v["normal_warning"] - v["decision_minutes"]) / (v["normal_warning"] - v["short_warning"])  # deployment that leaves s
    caught = np.stack([part for at in (v["cap"], spent) for part in ((1 - at) / (1 - v["imitation"]), at / v["imitation"])])
    bends = -v["half_life"] * np.log2(1 - np.where((caught > 0) & (caught < 1), caught, 0.0))
    return np.sort(np.concatenate([even, np.minimum(bends, v["horizon"])]), axis=0)


def solve(v: Values) -> dict[str, Any]:
    """Equations (1) to (11)."""
    found = in_a_crisis(v, v["years"])
    total = np.zeros_like(v["horizon"])
    for low, high in pairwise(pieces(v)):
        for node, weight in zip(NODES, WEIGHTS, strict=True):
            at = (low + high) / 2 + (high - low) / 2 * node
            total += weight * (high - low) / 2 * in_a_crisis(v, at)["preemption_probability"]
    rate = v["crisis_rate"] * total
    return found | {"within": -np.expm1(-rate), "critical_warning": critical(v)}


def by_beliefs(v: Values) -> dict[str, Any]:
    """The threshold from the two conditions of the global game, by halving over c; (10) by the trapezoidal rule."""
    ahead, behind = deployments(v, v["years"])
    lost = v["normal_warning"] - v["short_warning"]
    first, second = v["normal_warning"] - lost * behind, v["normal_warning"] - lost * ahead
    f1, f2, m1, m2 = gain(v, second), gain(v, first), misread(v, first), misread(v, second)

    def both_strike(c: np.ndarray) -> np.ndarray:
        # a side strikes if it believes that the other chooses to with at least `least`; `most` leaves the other indifferent
        least = 1 - f1 / 2 / (c + f1 / 2) / np.maximum(1 - m2, TINY)
        most = f2 / 2 / (c + f2 / 2) / np.maximum(1 - m1, TINY)
        return least < most

    low, high = np.zeros_like(f1), np.ones_like(f1)
    for _ in range(HALVINGS):
        high = np.where(both_strike(high), 2 * high, high)
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        more = both_strike(middle)
        low, high = np.where(more, middle, low), np.where(more, high, middle)
    level = np.where((m1 < 1) & (m2 < 1), low, np.inf)
    afraid = fear(v, level)
    within = []
    for n in range(len(level)):
        times = np.linspace(0, v["horizon"][n], STEPS + 1)
        at = {name: np.full(STEPS + 1, x[n]) for name, x in v.items()}
        total = np.trapezoid(in_a_crisis(at, times)["preemption_probability"], times)
        within.append(-np.expm1(-v["crisis_rate"][n] * total))
    return {
        "cost_threshold": np.where(np.isfinite(level), level, np.nan),
        "preemption_probability": afraid + (1 - afraid) * (1 - (1 - m1) * (1 - m2)),
        "within": np.array(within),
    }


def payoffs(c: np.ndarray, f: float, other: float) -> np.ndarray:
    """(5) of one side, errors of the other in it, shape (2, 2, draws): wait or strike, against wait or strike."""
    struck, both = -c - f, -c - f / 2
    return np.array([[other * struck, struck], [(1 - other) * -c + other * both, both]])


def by_drawing(v: Values, *, rng: np.random.Generator) -> dict[str, Any]:
    """Drawn crises: a cost, the two payoff tables, the risk-dominant equilibrium by deviation losses, then errors."""
    value, error = [], []
    for n in range(len(v["years"])):
        at = {name: x[n : n + 1] for name, x in v.items()}
        told = in_a_crisis(at, at["years"])
        first, second = told["warning_ahead"], told["warning_behind"]
        f1, f2 = float(gain(at, second)[0]), float(gain(at, first)[0])
        m1, m2 = float(misread(at, first)[0]), float(misread(at, second)[0])
        c = at["war_cost"] * np.exp(at["cost_spread"] * rng.standard_normal(DRAWS))
        a, b = payoffs(c, f1, m2), payoffs(c, f2, m1)
        wait = [x[0, 0] - x[1, 0] for x in (a, b)]
        strike = [x[1, 1] - x[0, 1] for x in (a, b)]
        both = (np.minimum(*wait) < 0) | (wait[0] * wait[1] < strike[0] * strike[1])
        erred = (rng.random(DRAWS) < m1) | (rng.random(DRAWS) < m2)
        share = float(np.mean(both | erred))
        value.append(share)
        error.append(np.sqrt(max(share * (1 - share), 1 / DRAWS) / DRAWS))
    return {"preemption_probability": Estimate(np.array(value), np.array(error))}


def _answers() -> tuple[Answer, ...]:
    quiet: Mapping[str, float] = {"ambiguous_warning": 0.0, "blur": 0.0}
    # both with 8 minutes of warning: f = exp(-0.8), c* = f / 2
    parity = {**quiet, "short_warning": 8.0, "normal_warning": 8.0}
    level = float(np.exp(-0.8) / 2)
    # full advantage: warnings 30 and 8, f1 = exp(-0.8), f2 = exp(-3), c* = exp(-1.9) / 2
    errs = {"normal_warning": 8.0, "strike_gain": 1e-12, "ambiguous_warning": 0.2, "blur": 0.0, "resolve_minutes": 6.0}
    # nobody gains by striking: m = 0.2 exp(-(8 - 2)/6) = 0.2 / e each
    each = 0.2 / np.e
    # one warning for both and m = 1/2: (c/2 - f/4)^2 = f^2/4, c* = 3 f / 2
    half = {"normal_warning": 8.0, "ambiguous_warning": 0.5, "blur": 0.0, "decision_minutes": 10.0}
    return (
        Answer(parity, "cost_threshold", level, 1e-12, "derived", "equation (7), by hand, without errors: f/2"),
        Answer(quiet, "cost_threshold", float(np.exp(-1.9) / 2), 1e-12, "derived", "(7) by hand: sqrt(f1 f2)/2"),
        Answer({**parity, "war_cost": level}, "fear_probability", 0.5, 1e-12, "derived", "(8) by hand: c* is the median cost"),
        Answer({**parity, "war_cost": level}, "preemption_probability", 0.5, 1e-12, "derived", "(9) by hand: no errors"),
        Answer(errs, "preemption_probability", float(1 - (1 - each) ** 2), 1e-12, "derived", "(4) and (9) by hand: errors alone"),
        Answer(
            half, "cost_threshold", float(1.5 * np.exp(-0.8)), 1e-12, "derived", "equation (7), by hand: m = 1/2, c* = 3 f / 2"
        ),
        Answer(
            {**errs, "crisis_rate": 0.5, "horizon": 4.0},
            "within",
            float(-np.expm1(-2 * (1 - (1 - each) ** 2))),
            1e-9,
            "derived",
            "(10) by hand: a constant probability",
        ),
        Answer(
            {**quiet, "war_cost": 0.1, "accepted": 0.5},
            "critical_warning",
            float(10 * np.log(5)),
            1e-9,
            "derived",
            "(11) by hand",
        ),
    )


PREEMPTION: Final = Model(
    name="preemption",
    label="D10",
    title="Pre-emption after a technology shock",
    question="How does a weapon that cuts warning change the chance of a first strike in a crisis, while the rival catches up?",
    citation=CITATION,
    parameters=(
        Key("normal_warning", Number(0.0, 120.0, unit="minutes"), "w0: warning before the shock.", 30.0),
        Key("short_warning", Number(0.0, 120.0, unit="minutes"), "w1: warning against a fully deployed new weapon.", 8.0),
        Key("half_life", Number(above=0.0, high=100.0, unit="years"), "h: the advantage halves in this time.", 4.0),
        Key("imitation", probability("share"), "i: share of the catching up that copies the weapon.", 0.7),
        Key("cap", probability("share"), "Deployment that is allowed, as a share of the full one; 1: no cap.", 1.0),
        Key("years", Number(0.0, 200.0, unit="years"), "t: years since the shock.", 0.0),
        Key("strike_gain", Number(above=0.0, high=1000.0), "F: gain of striking first where the rival has no warning.", 1.0),
        Key("warning_scale", Number(above=0.1, high=200.0, unit="minutes"), "r: warning that cuts the gain to 1/e.", 10.0),
        Key("war_cost", Number(above=0.0, high=1e6), "C: median cost of starting the war, in units of F = 1.", 2.0),
        Key("cost_spread", Number(0.05, 5.0), "S: standard deviation of the logarithm of that cost.", 0.8),
        Key("ambiguous_warning", probability(), "u: a crisis brings an ambiguous warning that, unresolved, is answered.", 0.005),
        Key("conventional_launch", probability(), "v: a crisis sees a conventional missile of the new kind launched.", 0.1),
        Key("blur", probability(), "b: such a launch is taken for a nuclear one.", 0.05),
        Key("notice", probability("share"), "n: share of such warnings that a notice half an hour before explains.", 0.0),
        Key("decision_minutes", Number(0.0, 60.0, unit="minutes"), "s: minutes of warning that the decision itself takes.", 2.0),
        Key("resolve_minutes", Number(above=0.1, high=120.0, unit="minutes"), "q: mean time to resolve a warning.", 6.0),
        Key("crisis_rate", Number(0.0, 50.0, unit="per year"), "R: crises per year.", 0.14),
        Key("accepted", probability(), "p: probability of a first strike in a crisis at which warning is called critical.", 0.01),
        Key("horizon", Number(above=0.0, high=200.0, unit="years"), "T: years after the shock within which it is asked.", 10.0),
    ),
    symbols={
        "w0": "normal_warning",
        "w1": "short_warning",
        "h": "half_life",
        "i": "imitation",
        "t": "years",
        "F": "strike_gain",
        "r": "warning_scale",
        "C": "war_cost",
        "S": "cost_spread",
        "u": "ambiguous_warning",
        "v": "conventional_launch",
        "b": "blur",
        "n": "notice",
        "s": "decision_minutes",
        "q": "resolve_minutes",
        "R": "crisis_rate",
        "p": "accepted",
        "T": "horizon",
    },
    outcomes=(
        Outcome("preemption_probability", "probability", "P(t): a crisis t years after the shock ends in a first strike (9)."),
        Outcome("fear_probability", "probability", "Both strike because each fears the other will (8)."),
        Outcome("error_probability", "probability", "A side that would wait strikes on a misread warning."),
        Outcome("within", "probability", "A first strike within T years after the shock (10)."),
        Outcome("advantage", "share", "Deployment ahead minus behind (1)."),
        Outcome("warning_ahead", "minutes", "Warning of the side ahead (2)."),
        Outcome("warning_behind", "minutes", "Warning of the side behind (2)."),
        Outcome(
            "cost_threshold",
            "",
            "c*: below this cost of starting the war both strike (7).",
            undefined="A side strikes by error for certain.",
        ),
        Outcome(
            "critical_warning",
            "minutes",
            "Warning of both sides at which a crisis ends in a first strike with the accepted probability (11).",
            undefined="It stays below the accepted probability without any warning, or above it with all.",
        ),
    ),
    premises=(
        Premise(
            "the new weapon leaves no more warning: short_warning <= normal_warning",
            lambda v: v["short_warning"] <= v["normal_warning"],
        ),
    ),
    solve=solve,
    ways=(
        Way("beliefs of the global game", by_beliefs),
        Way("drawn crises", by_drawing, random=True),
    ),
    caveats=(
        "No number is an estimate: costs and gains of a first strike have no record, and only their order is argued.",
        "Both striking is always an equilibrium, so (7) selects; played otherwise, fear is more or less.",
        "What a side loses by being struck first depends on the other's warning, not on its own; without errors exchanging"
        " the two changes nothing.",
        "A first strike is certain to end the crisis in war; waiting forces that survive are in F and r alone.",
        "Each crisis is a single moment; alerts that build up, and signals between the sides, are left out.",
        "The form follows the ideas of Schelling and of Chassang and Padro i Miquel, remembered; the equations are ours.",
    ),
    answers=_answers(),
)

MODELS: Final = (PREEMPTION,)
