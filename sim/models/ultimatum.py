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

from typing import Final

from sim.declare import Key, count, nonnegative, positive, probability
from sim.models.model import Answer, Model, Outcome, Way
from sim.models.ultimatum_play import ENDS, KINDS, by_playing, by_search, solve

CITATION: Final = (
    "Fearon, Domestic political audiences and the escalation of international disputes, American Political Science Review"
    " 88 (1994) 577-592.",
    "Putnam, Diplomacy and domestic politics: the logic of two-level games, International Organization 42 (1988) 427-460.",
    "Fudenberg and Tirole, Game Theory, MIT Press 1991, chapter 8 (perfect Bayesian equilibrium).",
)


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
        "Where the type is known (p = 0 or 1), `at times` means never: only the other type, which is not there, would demand.",
        "Where several equilibria hold, the one with most demands is told; `equilibria` counts them.",
    ),
    answers=_answers(),
)

MODELS: Final = (ULTIMATUM,)
