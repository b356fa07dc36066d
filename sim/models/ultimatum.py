"""Ultimatum: a public demand on an alliance that must be unanimous, by a proposer that may or may not mean to act.

Nature draws the proposer's type t: revisionist R with probability p, else status quo S.  It demands x of the prize, or makes no
demand.  Each of n members has a private cost of a fight, exponential with mean mu, and accepts or refuses; the demand is met only
if all accept, and none may accept more than the win-set w.  After a refusal the proposer learns its cost of force, exponential
with mean m_t, and acts or backs down.

payoffs of t:  v x if accepted;  y_t + g - f - cost if refused and it acts;  - a - f if refused and it backs down;
               y_t - cost or 0, as it likes, without a demand     (a audience cost, g pretext gain, f face cost)

(1) acts after refusal         b_t = 1 - exp(-z_t / m_t),  z_t = y_t + g + a
(2) worth of a refusal         F_t = h_t(z_t) - a - f,  h_t(z) = z - m_t (1 - exp(-z / m_t)) = E max(z - cost, 0)
(3) worth of no demand         O_t = h_t(y_t)
(4) a member accepts           iff x <= w and its cost >= x / beta,  beta = rho b_R + (1 - rho) b_S, rho the posterior
(5) acceptance                 q(rho) = exp(-n x / (mu beta)) if x <= w, else 0
(6) t demands                  if D_t = q v x + (1 - q) F_t - O_t >= 0
(7) six kinds of equilibrium, the first that holds is told (with d_t the probability that t demands):
        both demand            d = (1, 1),  rho = p
        S at times             d = (1, s),  D_S = 0: q* = (O_S - F_S) / (v x - F_S),  beta* = -n x / (mu ln q*),
                               rho* = (beta* - b_S) / (b_R - b_S) in (p, 1),  s = p (1 - rho*) / ((1 - p) rho*)
        R at times             d = (r, 1),  D_R = 0: q*, beta*, rho* alike, rho* in (0, p),  r = rho* (1 - p) / (p (1 - rho*))
        R alone, S alone       rho = 1, rho = 0
        nobody                 some belief deters both
(8) ends given a demand        accepted q;  force (1 - q) beta;  backs down (1 - q)(1 - beta)
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import numpy as np

from sim.declare import Key, count, nonnegative, positive, probability
from sim.models.model import Answer, Estimate, Model, Outcome, Values, Way, each_point, points
from sim.models.payoffs import TIE

CITATION: Final = (
    "Fearon, Domestic political audiences and the escalation of international disputes, American Political Science Review"
    " 88 (1994) 577-592.",
    "Putnam, Diplomacy and domestic politics: the logic of two-level games, International Organization 42 (1988) 427-460.",
    "Fudenberg and Tirole, Game Theory, MIT Press 1991, chapter 8 (perfect Bayesian equilibrium).",
)

TYPES: Final = ("revisionist", "status quo")
KINDS: Final = (
    "both types demand",
    "the status quo type at times",
    "the revisionist at times",
    "the revisionist alone",
    "the status quo type alone",
    "nobody demands",
)
ENDS: Final = ("accepted", "refused, backs down", "refused, force")
DRAWS: Final = 40_000

Pair = tuple[Any, Any]
"""Of the revisionist and of the status quo type."""


def per_type(v: Values, name: str) -> Pair:
    """A parameter of the two types."""
    return v[f"{name}_revisionist"], v[f"{name}_status_quo"]


def option(z: Any, mean: Any) -> Any:
    """h of (2): the worth of being free to use force at a cost drawn with this mean."""
    return z + mean * np.expm1(-z / mean)


def acceptance(v: Values, beta: Any) -> Any:
    """q of (5) when force follows a refusal with probability beta, (P,)."""
    load = v["members"] * v["demand"]
    q = np.exp(-load / (v["mean_member_cost"] * np.where(beta > 0, beta, 1.0)))
    q = np.where(beta > 0, q, np.where(load > 0, 0.0, 1.0))
    return np.where(v["demand"] <= v["win_set"], q, 0.0)


def worths(v: Values) -> tuple[Pair, Pair, Pair]:
    """b of (1), F of (2) and O of (3), of both types."""
    gain, mean = per_type(v, "gain_by_force"), per_type(v, "mean_force_cost")
    z = [y + v["pretext_gain"] + v["audience_cost"] for y in gain]
    acts = tuple(-np.expm1(-z[t] / mean[t]) for t in (0, 1))
    refused = tuple(option(z[t], mean[t]) - v["audience_cost"] - v["face_cost"] for t in (0, 1))
    return acts, refused, tuple(option(gain[t], mean[t]) for t in (0, 1))


def solve(v: Values) -> dict[str, Any]:
    """Equations (1) to (8)."""
    p = v["prior_revisionist"]
    acts, refused, outside = worths(v)
    prize = v["value_of_prize"] * v["demand"]
    scale = np.maximum.reduce([prize, *map(np.abs, refused), *outside])

    def gain(t: int, q: Any) -> Any:  # D_t of (6)
        return q * prize + (1 - q) * refused[t] - outside[t]

    def likes(t: int, q: Any) -> Any:
        return gain(t, q) >= -TIE * scale

    def dislikes(t: int, q: Any) -> Any:
        return gain(t, q) <= TIE * scale

    def indifferent(t: int) -> tuple[Any, Any]:  # q* and rho* of (7)
        q = (outside[t] - refused[t]) / (prize - refused[t])
        beta = -v["members"] * v["demand"] / (v["mean_member_cost"] * np.log(q))
        return q, (beta - acts[1]) / (acts[0] - acts[1])

    def believed(rho: Any) -> Any:
        return acceptance(v, rho * acts[0] + (1 - rho) * acts[1])

    one, zero = np.ones_like(p), np.zeros_like(p)
    ends = [believed(one), believed(zero)]
    (q_s, rho_s), (q_r, rho_r) = indifferent(1), indifferent(0)
    s, r = p * (1 - rho_s) / ((1 - p) * rho_s), rho_r * (1 - p) / (p * (1 - rho_r))
    inside = v["demand"] <= v["win_set"]
    low, high = np.minimum(*ends), np.maximum(*ends)
    deterring = [*ends, *(np.clip(np.where(np.isnan(q), low, q), low, high) for q in (q_s, q_r))]
    pooled = believed(p)
    holds = [
        likes(0, pooled) & likes(1, pooled),
        inside & (q_s > 0) & (q_s < 1) & (rho_s > p) & (rho_s < 1) & (s > 0) & likes(0, q_s),
        inside & (q_r > 0) & (q_r < 1) & (rho_r > 0) & (rho_r < p) & (r < 1) & likes(1, q_r),
        likes(0, ends[0]) & dislikes(1, ends[0]),
        dislikes(0, ends[1]) & likes(1, ends[1]),
        np.logical_or.reduce([dislikes(0, q) & dislikes(1, q) for q in deterring]),
    ]
    demands = [np.select(holds, [one, one, r, one, zero, zero], np.nan), np.select(holds, [one, s, one, zero, one, zero], np.nan)]
    rho = np.select(holds, [p, rho_s, rho_r, one, zero, one], np.nan)
    q = np.select(holds, [pooled, q_s, q_r, ends[0], ends[1], ends[0]], np.nan)
    kind = np.select(holds, list(range(6)), np.nan)
    return told(v, kind, demands, rho, q) | {"equilibria": np.sum(holds, axis=0).astype(float)}


def told(v: Values, kind: Any, demands: list[Any], rho: Any, q: Any) -> dict[str, Any]:
    """All outcomes of an equilibrium: its kind, who demands, the posterior and acceptance."""
    p = v["prior_revisionist"]
    acts, refused, outside = worths(v)
    prize = v["value_of_prize"] * v["demand"]
    alone = [-np.expm1(-y / m) for y, m in zip(per_type(v, "gain_by_force"), per_type(v, "mean_force_cost"), strict=True)]
    share = (p, 1 - p)
    made = share[0] * demands[0] + share[1] * demands[1]
    seen = made > 0
    beta = rho * acts[0] + (1 - rho) * acts[1]
    given = [np.where(seen, x, np.nan) for x in (q, (1 - q) * (1 - beta), (1 - q) * beta)]
    unasked = sum(share[t] * (1 - demands[t]) * alone[t] for t in (0, 1))
    after = [np.where(seen, made * x, 0.0) for x in (q, (1 - q) * (1 - beta), (1 - q) * beta)]
    known = np.where(np.isnan(kind), np.nan, 0.0)
    likeliest = np.where(seen, np.argmax(np.stack(given), axis=0), np.nan)
    return {
        "kind": kind,
        "demand_made": made,
        "demands": dict(zip(TYPES, demands, strict=True)),
        "posterior_revisionist": np.where(seen, rho, np.nan),
        "acts_after_refusal": dict(zip(TYPES, acts, strict=True)),
        "prefers_refusal": {name: (refused[t] > prize).astype(float) for t, name in enumerate(TYPES)},
        "given_demand": dict(zip(ENDS, given, strict=True)),
        "likeliest_end": likeliest,
        "ends": {
            "no demand, quiet": 1 - made - unasked,
            "no demand, force": unasked + known,
            "accepted": after[0] + known,
            "backs down": after[1] + known,
            "force": after[2] + known,
        },
        "force_probability": unasked + after[2] + known,
        "payoff": {
            name: demands[t] * (q * prize + (1 - q) * refused[t]) + (1 - demands[t]) * outside[t] for t, name in enumerate(TYPES)
        },
    }


@each_point
def by_search(at: Mapping[str, Any]) -> dict[str, Any]:
    """Costs integrated over their densities, one member at a time; beliefs that leave a type indifferent by bracketing."""
    from scipy.integrate import quad
    from scipy.optimize import brentq

    p, x = float(at["prior_revisionist"]), float(at["demand"])
    prize, fall = float(at["value_of_prize"]) * x, float(at["audience_cost"])

    def worth(t: int, gain: float, otherwise: float) -> tuple[float, float]:  # of force at a drawn cost or of something else
        mean = float(per_type(at, "mean_force_cost")[t])
        most = max(gain - otherwise, 0.0)
        acts = quad(lambda u: np.exp(-u), 0, most / mean, epsabs=1e-14, epsrel=1e-12, limit=300)[0]
        value = quad(lambda u: (gain - mean * u) * np.exp(-u), 0, most / mean, epsabs=1e-14, epsrel=1e-12, limit=300)[0]
        return acts, value + (1 - acts) * otherwise

    def force(t: int) -> float:
        return float(per_type(at, "gain_by_force")[t])

    outside = [worth(t, force(t), 0.0)[1] for t in (0, 1)]
    branch = [
        worth(t, force(t) + float(at["pretext_gain"]) - float(at["face_cost"]), -fall - float(at["face_cost"])) for t in (0, 1)
    ]
    acts, refused = [b for b, _ in branch], [value for _, value in branch]

    def q(rho: float) -> float:
        beta = rho * acts[0] + (1 - rho) * acts[1]
        if x > float(at["win_set"]):
            return 0.0
        if beta <= 0:
            return float(x <= 0)
        member = float(np.exp(-x / beta / float(at["mean_member_cost"])))
        return float(np.prod(np.full(int(at["members"]), member)))

    def gain(t: int, rho: float) -> float:
        return q(rho) * prize + (1 - q(rho)) * refused[t] - outside[t]

    slack = 1e-9 * max(prize, *map(abs, refused), *outside)
    kind, d, rho = next(_found(gain, brentq, p, slack), (np.nan, [np.nan, np.nan], np.nan))
    one = {name: np.array([float(value)]) for name, value in at.items()}
    full = told(one, np.array([kind]), [np.array([z]) for z in d], np.array([rho]), np.array([q(rho)]))
    names = ("kind", "demand_made", "demands", "posterior_revisionist", "given_demand", "force_probability")
    return {
        name: {k: float(y[0]) for k, y in full[name].items()} if isinstance(full[name], dict) else float(full[name][0])
        for name in names
    }


def _found(gain: Any, root: Any, p: float, slack: float) -> Any:
    """(kind, who demands, posterior) of the equilibria of (7), in its order, by signs of D_t over beliefs."""
    if gain(0, p) >= -slack and gain(1, p) >= -slack:
        yield 0.0, [1.0, 1.0], p
    if 0 < p < 1:
        for k, t, low, high in ((1.0, 1, p, 1.0), (2.0, 0, 0.0, p)):
            if gain(t, low) * gain(t, high) < 0:
                rho = root(lambda z, t=t: gain(t, z), low, high, xtol=1e-15, rtol=1e-14)
                other = p * (1 - rho) / ((1 - p) * rho)
                mixed = [1.0, other] if k == 1.0 else [1 / other, 1.0]
                if gain(1 - t, rho) >= -slack:
                    yield k, mixed, rho
    if gain(0, 1.0) >= -slack and gain(1, 1.0) <= slack:
        yield 3.0, [1.0, 0.0], 1.0
    if gain(0, 0.0) <= slack and gain(1, 0.0) >= -slack:
        yield 4.0, [0.0, 1.0], 0.0
    if any(gain(0, z) <= slack and gain(1, z) <= slack for z in np.linspace(0, 1, 201)):
        yield 5.0, [0.0, 0.0], 1.0


def by_playing(v: Values, *, rng: np.random.Generator) -> dict[str, Any]:
    """The game played out: types, members' costs and the cost of force are drawn, everybody takes the better move."""
    size = points(v)
    solved = solve(v)
    acts, rho = worths(v)[0], solved["posterior_revisionist"]
    beta = rho * acts[0] + (1 - rho) * acts[1]
    names = ("no demand, quiet", "no demand, force", "accepted", "backs down", "force")
    hits = {name: (np.empty(size), np.empty(size)) for name in names}
    for n in range(size):
        t = (rng.random(DRAWS) >= v["prior_revisionist"][n]).astype(int)
        made = rng.random(DRAWS) < np.array([solved["demands"][name][n] for name in TYPES])[t]
        least = rng.exponential(v["mean_member_cost"][n], (int(v["members"][n]), DRAWS)).min(axis=0)
        agreed = (v["demand"][n] <= v["win_set"][n]) & (least * np.nan_to_num(beta[n]) >= v["demand"][n])
        cost = rng.exponential(np.array([m[n] for m in per_type(v, "mean_force_cost")])[t])
        y = np.array([g[n] for g in per_type(v, "gain_by_force")])[t]
        force = y - cost + np.where(made, v["pretext_gain"][n], 0.0) > np.where(made, -v["audience_cost"][n], 0.0)
        cases = (~made & ~force, ~made & force, made & agreed, made & ~agreed & ~force, made & ~agreed & force)
        for name, case in zip(names, cases, strict=True):
            share = case.mean()
            hits[name][0][n], hits[name][1][n] = share, np.sqrt(max(share * (1 - share), 1 / DRAWS) / DRAWS)
    unknown = np.where(np.isnan(solved["kind"]), np.nan, 0.0)
    return {"ends": {name: Estimate(x[0] + unknown, x[1]) for name, x in hits.items()}}


def _answers() -> tuple[Answer, ...]:
    hand = "equations (1) to (8), by hand; integration and bracketing agree"
    alone = {"audience_cost": 1.0}  # b_R = 1 - exp(-1.7), q = exp(-0.5 / b_R)
    pooled = {"audience_cost": 0.0}  # b = (1 - exp(-0.7) + 1 - exp(-0.1)) / 2, q = exp(-0.5 / b)
    return (
        # z_R = 1, z_S = 0.4; F_S = -(1 - exp(-0.4)) = -0.329680, O_S = 0: q* = 0.329680 / 0.829680 = 0.397358, beta* = 0.541703
        Answer({}, "acts_after_refusal", 0.632121, 5e-7, "derived", hand, entry="revisionist"),
        Answer({}, "acts_after_refusal", 0.329680, 5e-7, "derived", hand, entry="status quo"),
        Answer({}, "given_demand", 0.397358, 5e-7, "derived", hand, entry="accepted"),
        Answer({}, "posterior_revisionist", 0.701229, 5e-7, "derived", hand),
        Answer({}, "demands", 0.426067, 5e-7, "derived", hand, entry="status quo"),
        Answer({}, "kind", KINDS[1], 0.0, "derived", hand),
        Answer({}, "ends", 0.283330, 5e-7, "derived", f"{hand}; games played out agree", entry="accepted"),
        Answer(alone, "kind", KINDS[3], 0.0, "derived", hand),
        Answer(alone, "given_demand", 0.374007, 5e-7, "derived", hand, entry="refused, force"),
        Answer(pooled, "kind", KINDS[0], 0.0, "derived", hand),
        Answer(pooled, "given_demand", 0.188129, 5e-7, "derived", hand, entry="accepted"),
        Answer(
            {"members": 30.0},
            "kind",
            KINDS[5],
            0.0,
            "derived",
            "(5): q = exp(-15 / b) is nil, D_t < 0 for both",
        ),
    )


KNIFE: Final = "No equilibrium of the six kinds, on a knife's edge."
NEVER: Final = f"Nobody makes the demand. Or: {KNIFE}"

ULTIMATUM: Final = Model(
    name="ultimatum",
    label="D3",
    title="Ultimatum",
    question="Who makes a public demand, what does it tell of the maker, and is it met, dropped or enforced?",
    citation=CITATION,
    parameters=(
        Key("demand", probability("share of the prize"), "x: what is demanded.", 0.5),
        Key("prior_revisionist", probability(), "p: the proposer is of the revisionist type.", 0.5),
        Key("value_of_prize", nonnegative("payoff"), "v: worth of the whole prize to the proposer.", 1.0),
        Key("audience_cost", nonnegative("payoff"), "a: what backing down after a refusal costs the proposer.", 0.3),
        Key("pretext_gain", nonnegative("payoff"), "g: what a refusal takes off the cost of acting.", 0.1),
        Key("face_cost", nonnegative("payoff"), "f: what being refused costs the proposer, whatever it does next.", 0.1),
        Key("gain_by_force_revisionist", nonnegative("payoff"), "y_R: worth of force to the revisionist, before its cost.", 0.6),
        Key("gain_by_force_status_quo", nonnegative("payoff"), "y_S: worth of force to the status quo type.", 0.0),
        Key("mean_force_cost_revisionist", positive("payoff"), "m_R: mean cost of force to the revisionist.", 1.0),
        Key("mean_force_cost_status_quo", positive("payoff"), "m_S: mean cost of force to the status quo type.", 1.0),
        Key("members", count(1, unit="members"), "n: members of the alliance that must all accept.", 1.0),
        Key("mean_member_cost", positive("prize"), "mu: mean cost of a fight to a member, in units of the demand.", 1.0),
        Key("win_set", probability("share of the prize"), "w: the most that members' politics at home let them accept.", 1.0),
    ),
    symbols={
        "x": "demand",
        "p": "prior_revisionist",
        "v": "value_of_prize",
        "a": "audience_cost",
        "g": "pretext_gain",
        "f": "face_cost",
        "y_R": "gain_by_force_revisionist",
        "y_S": "gain_by_force_status_quo",
        "m_R": "mean_force_cost_revisionist",
        "m_S": "mean_force_cost_status_quo",
        "n": "members",
        "mu": "mean_member_cost",
        "w": "win_set",
    },
    outcomes=(
        Outcome("kind", "", "Which of the six equilibria of (7) is played.", words=KINDS, undefined=KNIFE),
        Outcome("equilibria", "", "How many of the six kinds hold; the first of them is told."),
        Outcome("demand_made", "probability", "The demand is made.", undefined=KNIFE),
        Outcome("demands", "probability", "d_t: the type makes the demand.", index="type", undefined=KNIFE),
        Outcome("posterior_revisionist", "probability", "rho: the proposer is revisionist, given the demand.", undefined=NEVER),
        Outcome("acts_after_refusal", "probability", "b_t: the type acts after a refusal (1).", index="type"),
        Outcome("prefers_refusal", "", "1 if the type likes a refusal better than acceptance, F_t > v x.", index="type"),
        Outcome("given_demand", "probability", "How a demand ends (8).", index="end", undefined=NEVER),
        Outcome("likeliest_end", "", "The likeliest of the three ends of a demand.", words=ENDS, undefined=NEVER),
        Outcome("ends", "probability", "How it ends, with and without a demand; sums to 1.", index="end", undefined=KNIFE),
        Outcome(
            "force_probability",
            "probability",
            "The proposer acts by force, after a refusal or without a demand.",
            undefined=KNIFE,
        ),
        Outcome("payoff", "payoff", "Expected payoff of the type.", index="type", undefined=KNIFE),
    ),
    solve=solve,
    ways=(
        Way("integration and bracketing", by_search),
        Way("games played out", by_playing, random=True),
    ),
    caveats=(
        "Exponential costs, two types and all numbers are ours; the papers give the ideas and not these formulas.",
        "One demand of a given size, made or not made: its size tells nothing here, and there is no counter-offer.",
        "The members' costs are independent: with many members a demand of any size is nearly always refused.",
        "A demand that backs down, or is met, changes nothing later; force is one event without a size.",
        "Where several equilibria hold, the one with most demands is told; `equilibria` counts them.",
    ),
    answers=_answers(),
)

MODELS: Final = (ULTIMATUM,)
