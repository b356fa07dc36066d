"""Reactive strategies: comply with probability p after the other complied, q after it armed; generosity and tit for tat.

(1) long run      with errors e (p -> (1 - e) p + e (1 - p), likewise q) and r = p - q the two sides comply independently, with
                  c1 = (q1 + r1 q2) / (1 - r1 r2),  c2 = (q2 + r2 q1) / (1 - r1 r2)
(2) payoff        c1 c2 R + c1 (1 - c2) S + (1 - c1) c2 T + (1 - c1)(1 - c2) P
(3) generosity    the most forgiving p = 1 strategy that cannot be exploited: q = min{1 - (T - R)/(R - S), (R - P)/(T - P)}
(4) itself        two generous strategies: c = q / (1 - p + q) with p = 1 and q of (3) after errors
(5) tit for tat   is collectively stable iff the game goes on with probability w >= max{(T - R)/(T - P), (T - R)/(R - S)}
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from sim.declare import Key, probability
from sim.models.memory_one import chain, independent, reactive_pair, stationary, told, with_error
from sim.models.model import Answer, Model, Outcome, Values, Way
from sim.models.payoffs import DILEMMA, PAYOFFS, SYMBOLS


def solve(v: Values) -> dict[str, Any]:
    """Equations (1) to (5)."""
    e = v["error_probability"]
    (p1, p1_not), (p2, p2_not) = with_error(v["p_1"], e), with_error(v["p_2"], e)
    (q1, _), (q2, _) = with_error(v["q_1"], e), with_error(v["q_2"], e)
    c1, c2 = reactive_pair(p1, p1_not, q1, p2, p2_not, q2)
    found = told(v, independent(c1, c2))
    gain = v["temptation"] - v["reward"]
    generosity = np.minimum(
        1 - gain / (v["reward"] - v["sucker"]), (v["reward"] - v["punishment"]) / (v["temptation"] - v["punishment"])
    )
    generosity = np.maximum(generosity, 0.0)
    q, _ = with_error(generosity, e)
    itself = q / (e + q)
    threshold = np.maximum(gain / (v["temptation"] - v["punishment"]), gain / (v["reward"] - v["sucker"]))
    return {
        "compliance_1": c1,
        "compliance_2": c2,
        "payoff_1": found["payoff_1"],
        "payoff_2": found["payoff_2"],
        "generosity": generosity,
        "generous_compliance": itself,
        "generous_payoff": told(v, independent(itself, itself))["payoff_1"],
        "tit_for_tat_threshold": np.where(threshold < 1, threshold, np.nan),
    }


def _shares(v: Values, first: np.ndarray, second: np.ndarray, error: Any, go_on: Any = 1.0) -> dict[str, Any]:
    """What two strategies (P, 4) earn by the chain over the outcomes of a round; both comply first."""
    error = np.broadcast_to(error, (len(first),))
    w = np.broadcast_to(go_on, (len(first),))[:, None, None]
    move = chain(with_error(first, error), with_error(second, error))
    return told(v, stationary(w * move + (1 - w) * np.array([1.0, 0.0, 0.0, 0.0])))


def _reactive(p: Any, q: Any, size: int) -> np.ndarray:
    return np.stack([np.broadcast_to(x, (size,)).astype(float) for x in (p, q, p, q)], axis=1)


def by_chain(v: Values) -> dict[str, Any]:
    """Long runs by the chain of memory_one; (3) and (5) by bisection, against arming always and in every other round."""
    size = len(v["reward"])
    long_run = _shares(v, _reactive(v["p_1"], v["q_1"], size), _reactive(v["p_2"], v["q_2"], size), v["error_probability"])

    def largest(good: Any, low: float, high: float) -> np.ndarray:
        """The end of the interval on which `good` holds from `low` on."""
        good_up_to, bad_from = np.full(size, low), np.full(size, high)
        for _ in range(50):
            middle = (good_up_to + bad_from) / 2
            yes = good(middle)
            good_up_to, bad_from = np.where(yes, middle, good_up_to), np.where(yes, bad_from, middle)
        return bad_from

    always, by_turns = np.zeros((size, 4)), np.tile([0.0, 0.0, 1.0, 1.0], (size, 1))

    def resists(q: np.ndarray) -> np.ndarray:
        generous = _reactive(1.0, q, size)
        return np.all([_shares(v, trick, generous, 0.0)["payoff_1"] <= v["reward"] for trick in (always, by_turns)], axis=0)

    def holds(patience: np.ndarray) -> np.ndarray:
        """Whether no trick pays against tit for tat at w = 1 - patience; values are normalised by 1 - w."""
        w, copy = 1 - patience, _reactive(1.0, 0.0, size)
        arms = (1 - w) * v["temptation"] + w * v["punishment"]
        turns = ((1 - w) * v["temptation"] + (1 - w) * w * v["sucker"]) / (1 - w**2)
        complies = _shares(v, copy, copy, 0.0, w)["payoff_1"]
        return np.maximum(arms, turns) <= complies

    q = largest(resists, 1e-9, 1.0)
    return {
        **{name: long_run[name] for name in ("compliance_1", "compliance_2", "payoff_1", "payoff_2")},
        "generosity": np.where(resists(np.full(size, 1e-9)), q, 0.0),
        "generous_payoff": _shares(v, _reactive(1.0, q, size), _reactive(1.0, q, size), v["error_probability"])["payoff_1"],
        "tit_for_tat_threshold": np.where(holds(np.full(size, 1e-9)), 1 - largest(holds, 1e-9, 1.0), np.nan),
    }


def _answers() -> tuple[Answer, ...]:
    book = "a public collection of strategies, citing Nowak and Sigmund (1992); equation (3) by hand: min(1 - 2/3, 2/4)"
    out = [
        Answer({}, "generosity", 1 / 3, 1e-12, "confirmed secondary", book),
        Answer(
            {},
            "tit_for_tat_threshold",
            2 / 3,
            1e-12,
            "confirmed secondary",
            "public code on Axelrod (1984); equation (5) by hand",
        ),
    ]
    for e, target in ((0.001, 2.997003), (0.01, 2.970322), (0.05, 2.859375)):
        out.append(Answer({"error_probability": e}, "generous_payoff", target, 5e-7, "derived", "equation (4)"))
        given = {"error_probability": e, "q_1": 0.0, "q_2": 0.0}
        out.append(Answer(given, "payoff_1", 2.25, 1e-10, "derived", "equation (1) with p = 1, q = 0: c = 1/2"))
    return tuple(out)


REACTIVE: Final = Model(
    name="reactive_strategies",
    label="A5b",
    title="Generosity and tit for tat",
    question="How forgiving can a state be without being exploited, and when does tit for tat hold at all?",
    citation=(
        "Axelrod, The Evolution of Cooperation (1984).",
        "Molander, The optimal level of generosity in a selfish, uncertain environment, J. Conflict Resolution 29 (1985).",
        "Nowak and Sigmund, Tit for tat in heterogeneous populations, Nature 355 (1992) 250-253.",
    ),
    parameters=(
        *PAYOFFS,
        Key("p_1", probability(), "State 1 complies after the other complied.", 1.0),
        Key("q_1", probability(), "State 1 complies after the other armed.", 1 / 3),
        Key("p_2", probability(), "State 2 complies after the other complied.", 1.0),
        Key("q_2", probability(), "State 2 complies after the other armed.", 1 / 3),
        Key("error_probability", probability(), "e: an action is flipped.", 0.01),
    ),
    symbols=SYMBOLS | {"p1": "p_1", "q1": "q_1", "p2": "p_2", "q2": "q_2", "eps": "error_probability", "e": "error_probability"},
    outcomes=tuple(
        Outcome(
            name, unit, text, undefined="The long run depends on the first round: both copy exactly, or both do the opposite."
        )
        for name, unit, text in (
            ("compliance_1", "share", "c1: share of rounds in which state 1 complies (1)."),
            ("compliance_2", "share", "c2: share of rounds in which state 2 complies (1)."),
            ("payoff_1", "payoff", "Mean payoff of state 1 per round (2)."),
            ("payoff_2", "payoff", "Mean payoff of state 2 per round (2)."),
        )
    )
    + (
        Outcome("generosity", "probability", "The q of generous tit for tat (3); 0 where every generosity is exploited."),
        Outcome(
            "generous_compliance",
            "share",
            "c: compliance of two that are generous (4).",
            undefined="Without errors and without generosity the long run depends on the first round.",
        ),
        Outcome(
            "generous_payoff",
            "payoff",
            "Mean payoff per round of two that are generous.",
            undefined="Without errors and without generosity the long run depends on the first round.",
        ),
        Outcome(
            "tit_for_tat_threshold",
            "probability",
            "w*: from this probability of going on tit for tat is collectively stable (5).",
            undefined="Tit for tat is never stable below 1: taking turns at arming pays as much as complying, 2 R <= T + S.",
        ),
    ),
    premises=(DILEMMA,),
    solve=solve,
    ways=(Way("chain over the outcomes of a round, thresholds by bisection", by_chain),),
    caveats=("Generosity and the threshold are without errors; the payoffs of the generous are with them.",),
    answers=_answers(),
)

MODELS: Final = (REACTIVE,)
