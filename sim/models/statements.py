"""Statements: what "a deal is near" or "we are committed" tells when it may cost its speaker something and listeners are naive.

Nature draws the speaker: serious with probability p, else not.  It makes the statement or keeps silent.  Afterwards it turns out
whether there was substance, and an empty statement costs the speaker c_N, a serious one c_S <= c_N.  A share nu of listeners is
naive and believes statements, and holds p where there is none; the others are Bayesian.  The speaker gains b per unit of average
belief that it is serious.  With m1 and m0 the Bayesian belief after a statement and after silence,

(1) average belief       B1 = nu + (1 - nu) m1 after a statement,  B0 = nu p + (1 - nu) m0 after silence
(2) a type speaks        iff b (B1 - B0) >= c_t;   k_t = c_t / b is its cost in units of belief
(3) silent               nobody speaks: m0 = p, and a statement would be believed, m1 = 1: iff k_S > 1 - p
(4) separating           the serious speak, m1 = 1, m0 = 0: iff k_S <= 1 - nu p <= k_N
(5) pooling              both speak, m1 = p, silence taken for lack of substance, m0 = 0: iff k_N <= p + nu (1 - 2 p)
(6) semi-separating      the serious speak and the others with probability s: nu (1 - p) + (1 - nu) m1 = k_N, so that
                         m1 = (k_N - nu (1 - p)) / (1 - nu),  s = p (1 - m1) / ((1 - p) m1);  iff m1 in (p, 1) and k_S <= k_N
(7) told                 the first of (5), (6), (4), (3) that holds: the equilibrium with the most statements
(8) exaggeration         B1 less the share of serious speakers among those who speak, nu (1 - m1)
(9) what is learned      the mean square error of the average belief, and of a Bayesian's, against p (1 - p) without statements
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import numpy as np

from sim.declare import Key, nonnegative, positive, probability
from sim.models.model import Answer, Estimate, Model, Outcome, Premise, Values, Way, each_point, points
from sim.models.payoffs import TIE

CITATION: Final = (
    "Crawford and Sobel, Strategic information transmission, Econometrica 50 (1982) 1431-1451.",
    "Spence, Job market signaling, Quarterly Journal of Economics 87 (1973) 355-374.",
    "Fearon, Signaling foreign policy interests, Journal of Conflict Resolution 41 (1997) 68-90.",
    "Kartik, Ottaviani and Squintani, Credulity, lies, and costly talk, Journal of Economic Theory 134 (2007) 93-116.",
)

TYPES: Final = ("serious", "not serious")
KINDS: Final = ("pooling", "semi-separating", "separating", "silent")
PLAYS: Final = 60_000


def solve(v: Values) -> dict[str, Any]:
    """Equations (1) to (9)."""
    p, nu = v["prior_serious"], v["naive"]
    serious, empty = v["cost_serious"] / v["value_of_belief"], v["cost_empty"] / v["value_of_belief"]
    m1 = (empty - nu * (1 - p)) / (1 - nu)
    s = p * (1 - m1) / ((1 - p) * m1)
    holds = [
        empty <= p + nu * (1 - 2 * p) + TIE,
        (m1 > p) & (m1 < 1) & (serious <= empty + TIE),
        (serious <= 1 - nu * p + TIE) & (1 - nu * p <= empty + TIE),
        serious > 1 - p - TIE,
    ]
    one, zero = np.ones_like(p), np.zeros_like(p)
    kind = np.select(holds, [0.0, 1.0, 2.0, 3.0], np.nan)
    speaks = [np.select(holds, [one, one, one, zero], np.nan), np.select(holds, [one, s, zero, zero], np.nan)]
    after = np.select(holds, [p, m1, one, one], np.nan)
    return told(v, kind, speaks, after) | {"equilibria": np.sum(holds, axis=0).astype(float)}


def told(v: Values, kind: Any, speaks: list[Any], after: Any) -> dict[str, Any]:
    """All outcomes of an equilibrium: its kind, who speaks, the Bayesian belief after a statement."""
    p, nu = v["prior_serious"], v["naive"]
    made = p * speaks[0] + (1 - p) * speaks[1]
    quiet = np.where(kind == 3, p, 0.0) + np.where(np.isnan(kind), np.nan, 0.0)
    believed, held = nu + (1 - nu) * after, nu * p + (1 - nu) * quiet
    seen = made > 0

    def error(spoken: Any, silent: Any) -> Any:
        """Mean square error of a belief that is `spoken` after a statement and `silent` without one."""
        out = 0.0
        for share, say, truth in ((p, speaks[0], 1.0), (1 - p, speaks[1], 0.0)):
            out = out + share * (say * (spoken - truth) ** 2 + (1 - say) * (silent - truth) ** 2)
        return out

    return {
        "kind": kind,
        "statement_made": made,
        "speaks": dict(zip(TYPES, speaks, strict=True)),
        "posterior_serious": np.where(seen, after, np.nan),
        "belief_after_statement": np.where(seen, believed, np.nan),
        "belief_after_silence": np.where(made < 1, held, np.nan),
        "exaggeration": np.where(seen, believed - after, np.nan),
        "empty_statements": np.where(seen, 1 - after, np.nan),
        "error_of_belief": error(believed, held),
        "error_of_bayesian": error(after, quiet),
        "error_without_statements": p * (1 - p) + 0.0 * made,
    }


@each_point
def by_best_replies(at: Mapping[str, Any]) -> dict[str, Any]:
    """Payoffs of both types from beliefs by Bayes' rule; the frequency at which the not serious are indifferent by bisection."""
    p, nu, b = (float(at[name]) for name in ("prior_serious", "naive", "value_of_belief"))
    cost = (float(at["cost_serious"]), float(at["cost_empty"]))

    def gain(t: int, say: tuple[float, float]) -> float:  # of speaking, if the types are expected to speak so often
        made = p * say[0] + (1 - p) * say[1]
        m1 = p * say[0] / made if made > 0 else 1.0
        silent = p * (1 - say[0]) + (1 - p) * (1 - say[1])
        m0 = p * (1 - say[0]) / silent if silent > 0 else 0.0
        spoken, quiet = nu * 1.0 + (1 - nu) * m1, nu * p + (1 - nu) * m0
        return b * (spoken - quiet) - cost[t]

    slack = 1e-9 * b
    found: tuple[float, tuple[float, float]] = (np.nan, (np.nan, np.nan))
    if gain(1, (1.0, 1.0)) >= -slack and gain(0, (1.0, 1.0)) >= -slack:
        found = 0.0, (1.0, 1.0)
    elif gain(1, (1.0, 0.0)) > 0 > gain(1, (1.0, 1.0)):
        low, high = 0.0, 1.0
        for _ in range(100):
            middle = (low + high) / 2
            low, high = (middle, high) if gain(1, (1.0, middle)) > 0 else (low, middle)
        if gain(0, (1.0, low)) >= -slack:
            found = 1.0, (1.0, low)
    if np.isnan(found[0]) and gain(0, (1.0, 0.0)) >= -slack and gain(1, (1.0, 0.0)) <= slack:
        found = 2.0, (1.0, 0.0)
    if np.isnan(found[0]) and gain(0, (0.0, 0.0)) <= slack:
        found = 3.0, (0.0, 0.0)
    kind, say = found
    made = p * say[0] + (1 - p) * say[1]
    after = p * say[0] / made if made > 0 else 1.0
    one = {name: np.array([float(x)]) for name, x in at.items()}
    full = told(one, np.array([kind]), [np.array([x]) for x in say], np.array([after if kind == kind else np.nan]))
    return {name: {k: float(y[0]) for k, y in x.items()} if isinstance(x, dict) else float(x[0]) for name, x in full.items()}


def by_playing(v: Values, *, rng: np.random.Generator) -> dict[str, Any]:
    """Speakers and listeners drawn one by one: how often a statement is made, and how wrong a listener is in the mean."""
    size = points(v)
    solved = solve(v)
    names = ("statement_made", "error_of_bayesian")
    hits = {name: (np.full(size, np.nan), np.full(size, 1.0)) for name in names}
    for n in range(size):
        if np.isnan(solved["kind"][n]):
            continue
        serious = rng.random(PLAYS) < v["prior_serious"][n]
        chance = np.where(serious, solved["speaks"][TYPES[0]][n], solved["speaks"][TYPES[1]][n])
        spoke = rng.random(PLAYS) < chance
        quiet = v["prior_serious"][n] if solved["kind"][n] == 3 else 0.0
        belief = np.where(spoke, np.nan_to_num(solved["posterior_serious"][n]), quiet)
        wrong = (belief - serious) ** 2
        for name, x in zip(names, (spoke.astype(float), wrong), strict=True):
            hits[name][0][n], hits[name][1][n] = x.mean(), max(x.std(), PLAYS**-0.5) / np.sqrt(PLAYS)
    return {name: Estimate(*x) for name, x in hits.items()}


def _answers() -> tuple[Answer, ...]:
    cheap = {"cost_serious": 0.0, "cost_empty": 0.0, "naive": 0.25}  # both speak: m1 = p
    some = {
        "prior_serious": 0.4,
        "cost_empty": 0.5,
        "naive": 0.2,
    }  # m1 = (0.5 - 0.2 x 0.6) / 0.8 = 0.475; s = 0.4 x 0.525 / (0.6 x 0.475)
    dear = {"prior_serious": 0.4, "cost_empty": 1.0, "naive": 0.2}
    hand = "by hand; best replies agree"
    return (
        Answer(cheap, "kind", KINDS[0], 0.0, "derived", f"equation (5), {hand}"),
        Answer(cheap, "posterior_serious", 0.5, 1e-12, "derived", f"cheap talk tells nothing, {hand}"),
        Answer(cheap, "exaggeration", 0.125, 1e-12, "derived", f"(8): 0.25 x 0.5, {hand}"),
        Answer(cheap, "error_of_belief", 0.265625, 1e-12, "derived", f"(9): (0.375^2 + 0.625^2) / 2, {hand}"),
        Answer(cheap, "error_of_bayesian", 0.25, 1e-12, "derived", "p (1 - p); drawn speakers agree"),
        Answer(some, "kind", KINDS[1], 0.0, "derived", f"equation (6), {hand}"),
        Answer(some, "posterior_serious", 0.475, 1e-12, "derived", f"equation (6), {hand}"),
        Answer(some, "speaks", 0.7368421053, 1e-9, "derived", f"0.21 / 0.285, {hand}", entry=TYPES[1]),
        Answer(dear, "kind", KINDS[2], 0.0, "derived", f"equation (4): 0.92 <= 1, {hand}"),
        Answer(dear, "error_of_bayesian", 0.0, 1e-12, "derived", hand),
        Answer({"cost_serious": 2.0, "cost_empty": 2.0}, "kind", KINDS[3], 0.0, "derived", f"equation (3), {hand}"),
    )


KNIFE: Final = "No equilibrium of the four kinds."
NEVER: Final = f"Nobody makes a statement. Or: {KNIFE}"

STATEMENTS: Final = Model(
    name="statements",
    label="D4",
    title="Statements",
    question="What does a statement that a deal is near tell, and whom does it mislead?",
    citation=CITATION,
    parameters=(
        Key("prior_serious", probability(), "p: the speaker is serious.", 0.5),
        Key("value_of_belief", positive("payoff"), "b: worth of being believed for certain.", 1.0),
        Key("cost_serious", nonnegative("payoff"), "c_S: cost of the statement to a serious speaker.", 0.0),
        Key("cost_empty", nonnegative("payoff"), "c_N: cost of an empty statement, when it turns out.", 0.4),
        Key("naive", probability("share of listeners"), "nu: believe statements.", 0.2),
    ),
    symbols={"p": "prior_serious", "b": "value_of_belief", "c_S": "cost_serious", "c_N": "cost_empty", "nu": "naive"},
    outcomes=(
        Outcome("kind", "", "Which equilibrium is played (7).", words=KINDS, undefined=KNIFE),
        Outcome("equilibria", "", "How many of the four hold."),
        Outcome("statement_made", "probability", "The statement is made.", undefined=KNIFE),
        Outcome("speaks", "probability", "The type makes it.", index="type", undefined=KNIFE),
        Outcome("posterior_serious", "probability", "m1: what a Bayesian believes after a statement.", undefined=NEVER),
        Outcome("belief_after_statement", "probability", "B1: what listeners believe on average.", undefined=NEVER),
        Outcome(
            "belief_after_silence", "probability", "B0: the same after silence.", undefined=f"There is never silence. Or: {KNIFE}"
        ),
        Outcome("exaggeration", "probability", "How far B1 is above the truth (8).", undefined=NEVER),
        Outcome("empty_statements", "share", "Statements with nothing behind them.", undefined=NEVER),
        Outcome("error_of_belief", "", "Mean square error of the average belief (9).", undefined=KNIFE),
        Outcome("error_of_bayesian", "", "Mean square error of a Bayesian's belief (9).", undefined=KNIFE),
        Outcome("error_without_statements", "", "p (1 - p): the same if nobody ever spoke."),
    ),
    premises=(
        Premise("an empty statement costs no less than a serious one", lambda v: v["cost_empty"] >= v["cost_serious"]),
        Premise("some listeners are Bayesian", lambda v: v["naive"] < 1),
        Premise("the type is in doubt", lambda v: (v["prior_serious"] > 0) & (v["prior_serious"] < 1)),
    ),
    solve=solve,
    ways=(
        Way("best replies", by_best_replies),
        Way("drawn speakers", by_playing, random=True),
    ),
    caveats=(
        "Two types and one statement, made or not; the worth of being believed is the same for both and straight.",
        "Silence that nobody expects is taken for lack of substance, a statement that nobody expects for substance.",
        "Speakers look at one occasion; a lost reputation has to be put into the cost.",
        "All formulas are derived here; the papers give the ideas.",
    ),
    answers=_answers(),
)

MODELS: Final = (STATEMENTS,)
