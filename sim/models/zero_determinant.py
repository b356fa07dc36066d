"""Zero-determinant strategies: one state fixes a linear relation between both payoffs, whatever the other does.

With a baseline k between P and R, a slope chi >= 1 and a size phi > 0 the strategy

(1)  p_CC = 1 - phi (chi - 1)(R - k)/(P - S)              p_DC = phi ((T - k) + chi (k - S))/(P - S)
     p_CD = 1 - phi ((k - S) + chi (T - k))/(P - S)       p_DD = phi (chi - 1)(k - P)/(P - S)

enforces (2)  s_own - k = chi (s_other - k).  k = P is extortion, k = R generosity; k = P + b (R - P).  Only phi/(P - S) counts,
so that P = S is allowed; phi = 0 stands for half of phi_max.  With k = P
p_CC = 1 - phi (chi - 1)(R - P)/(P - S), p_CD = 1 - phi (1 + chi (T - P)/(P - S)), p_DC = phi (chi + (T - P)/(P - S)), p_DD = 0.

(3)  all four are probabilities iff phi <= phi_max = (P - S) / max{(chi - 1)(R - k), (k - S) + chi (T - k), (T - k) + chi (k - S),
     (chi - 1)(k - P)}
(4)  against a state that always complies the share of rounds in which both do is
     x = ((T - k) + chi (k - S)) / ((T - R) + chi (R - S)), so that s_own = T - x (T - R) and s_other = S + x (R - S),
     for every phi; with (5, 3, 1, 0) and k = P: (2 + 13 chi)/(2 + 3 chi) and (12 + 3 chi)/(2 + 3 chi)
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from sim.declare import Key, ListOf, Number, nonnegative, probability
from sim.models.memory_one import OUTCOMES, chain, stationary, told
from sim.models.model import Answer, Model, Outcome, Values, Way
from sim.models.payoffs import DILEMMA, PAYOFFS, SYMBOLS, TIE

SHARE: Final = 0.5
"""phi = 0 stands for this share of phi_max."""


def baseline(v: Values) -> np.ndarray:
    """k of (1)."""
    return v["punishment"] + v["baseline_share"] * (v["reward"] - v["punishment"])


def weights(v: Values) -> np.ndarray:
    """What phi chi / (P - S) multiplies in (1), (P, 4): the distance from (1, 1, 0, 0)."""
    k, chi = baseline(v), v["slope"]
    parts = (
        (chi - 1) / chi * (v["reward"] - k),
        (k - v["sucker"]) / chi + (v["temptation"] - k),
        (v["temptation"] - k) / chi + (k - v["sucker"]),
        (chi - 1) / chi * (k - v["punishment"]),
    )
    return np.stack(parts, axis=1)


def size(v: Values) -> np.ndarray:
    """phi chi / (P - S), (P,), with phi = 0 read as its share of phi_max; infinite for a phi > 0 at P = S."""
    given = v["phi"] / (v["punishment"] - v["sucker"]) * v["slope"]
    return np.where(v["phi"] > 0, given, SHARE / weights(v).max(axis=1))


def strategy(v: Values) -> np.ndarray:
    """Equation (1), (P, 4); nan where it is no strategy."""
    step = size(v)[:, None] * weights(v)
    fits = np.all(step <= 1 + TIE, axis=1, keepdims=True)
    return np.where(fits, np.clip(np.array([1.0, 1.0, 0.0, 0.0]) + np.array([-1.0, -1.0, 1.0, 1.0]) * step, 0, 1), np.nan)


def solve(v: Values) -> dict[str, Any]:
    """Equations (1) to (4), and the long run against the given strategy of the other."""
    p, other = strategy(v), v["other"]
    fits = ~np.isnan(p[:, 0])
    safe = np.where(fits[:, None], p, 0.5)
    shares = np.where(fits[:, None], stationary(chain((safe, 1 - safe), (other, 1 - other))), np.nan)
    found = told(v, shares)
    k, chi = baseline(v), v["slope"]
    above = (v["temptation"] - k) / chi + (k - v["sucker"])
    x = above / ((v["temptation"] - v["reward"]) / chi + (v["reward"] - v["sucker"]))
    greatest = (v["punishment"] - v["sucker"]) / chi / weights(v).max(axis=1)
    return {
        "strategy": {name: p[:, i] for i, name in enumerate(OUTCOMES)},
        "greatest_phi": greatest,
        "phi_used": np.where(v["phi"] > 0, v["phi"], SHARE * greatest),
        "is_strategy": fits.astype(float),
        "payoff": found["payoff_1"],
        "other_payoff": found["payoff_2"],
        "enforced_slope_error": (found["payoff_1"] - k) - chi * (found["payoff_2"] - k),
        "payoff_against_compliance": v["temptation"] - x * (v["temptation"] - v["reward"]),
        "other_payoff_complying": v["sucker"] + x * (v["reward"] - v["sucker"]),
    }


def by_determinants(v: Values) -> dict[str, Any]:
    """Long runs as ratios of determinants: v f is proportional to the determinant with the other's column replaced by f.

    The columns are those of Press and Dyson: M - 1 with the first column added to the second and to the third.  Against always
    complying every phi gives the same, so that the one that always fits is used.
    """
    given = strategy(v)
    k, chi = baseline(v)[:, None], v["slope"][:, None]
    own = np.stack([v["reward"], v["sucker"], v["temptation"], v["punishment"]], axis=1)
    theirs = own[:, [0, 2, 1, 3]]
    enforced = size(v)[:, None] * ((own - k) / chi - (theirs - k))
    vector = np.where(np.isnan(given), np.nan, np.array([1.0, 1.0, 0.0, 0.0]) + enforced)
    out: dict[str, Any] = {"strategy": {name: vector[:, i] for i, name in enumerate(OUTCOMES)}}
    fitting = strategy({**v, "phi": np.zeros_like(v["phi"])})
    against = {"payoff": (given, v["other"]), "payoff_against_compliance": (fitting, np.ones_like(v["other"]))}
    for name, (p, other) in against.items():
        q = other[:, [0, 2, 1, 3]]
        columns = [p * q - np.array([1.0, 0, 0, 0]), p - np.array([1.0, 1.0, 0, 0]), q - np.array([1.0, 0, 1.0, 0])]
        columns = [c / np.abs(c).max(axis=1, keepdims=True) for c in columns]

        def value(f: np.ndarray, columns: list[np.ndarray] = columns) -> np.ndarray:
            return np.linalg.det(np.stack([*columns, f], axis=2))

        whole = value(np.ones_like(p))
        whole = np.where(np.abs(whole) > 1e-15, whole, np.nan)
        out[name] = value(own) / whole
        out["other_payoff" if name == "payoff" else "other_payoff_complying"] = value(theirs) / whole
    out["enforced_slope_error"] = (out["payoff"] - k[:, 0]) - chi[:, 0] * (out["other_payoff"] - k[:, 0])
    return out


def _answers() -> tuple[Answer, ...]:
    vector = "equation (1) by hand; a public collection of strategies names these parameters as from Press and Dyson's paper"
    against = "equation (4) by hand; remembered as 3.73 and 1.91 in the paper"
    targets = (11 / 13, 1 / 2, 7 / 26, 0.0)
    told = {"slope": 3.0, "phi": 1 / 26}
    out = [Answer(told, "strategy", x, 1e-12, "derived", vector, name) for name, x in zip(OUTCOMES, targets, strict=True)]
    out.append(Answer(told, "payoff_against_compliance", 41 / 11, 1e-12, "derived", against))
    out.append(Answer(told, "other_payoff_complying", 21 / 11, 1e-12, "derived", against))
    out.append(Answer(told, "payoff", 41 / 11, 1e-12, "derived", against))
    out.append(Answer(told, "other_payoff", 21 / 11, 1e-12, "derived", against))
    for name, target in (("payoff_against_compliance", 4.125), ("other_payoff_complying", 1.3125)):
        out.append(Answer({"slope": 10.0}, name, target, 1e-12, "derived", "equation (4) by hand: 132/32 and 42/32"))
    some = {**told, "other": [0.9, 0.3, 0.6, 0.2]}
    out.append(Answer(some, "enforced_slope_error", 0.0, 1e-10, "derived", "equation (2), against another strategy"))
    return tuple(out)


NO_STRATEGY: Final = (
    "There is no such strategy: phi exceeds greatest_phi, so that a probability would leave [0, 1]; phi = 0 always fits."
)
SEVERAL: Final = f"{NO_STRATEGY} Or the long run against the other depends on the first round."

ZERO_DETERMINANT: Final = Model(
    name="zero_determinant",
    label="A5c",
    title="Extortion: zero-determinant strategies",
    question="Can one state alone fix how the gains of restraint are divided?",
    citation=(
        "Press and Dyson, Iterated prisoner's dilemma contains strategies that dominate any evolutionary opponent, PNAS 109 "
        "(2012) 10409-10413.",
        "Hilbe, Nowak and Sigmund, Evolution of extortion in iterated prisoner's dilemma games, PNAS 110 (2013) 6913-6918.",
    ),
    parameters=(
        *PAYOFFS,
        Key("slope", Number(1.0), "chi: the own surplus over the baseline per unit of the other's.", 3.0),
        Key("phi", nonnegative(), "phi: size of the reactions, up to greatest_phi; 0 stands for half of greatest_phi.", 0.0),
        Key("baseline_share", probability("share"), "b: baseline between P (0: extortion) and R (1: generosity).", 0.0),
        Key(
            "other",
            ListOf(probability(), 4, 4),
            "q_CC, q_CD, q_DC, q_DD of the other, its own action first; always complying at first.",
            [1.0, 1.0, 1.0, 1.0],
        ),
    ),
    symbols=SYMBOLS | {"chi": "slope", "b": "baseline_share"},
    outcomes=(
        Outcome("strategy", "probability", "p_CC, p_CD, p_DC, p_DD (1).", index="round", undefined=NO_STRATEGY),
        Outcome("greatest_phi", "", "phi_max (3); 0 if P = S."),
        Outcome("phi_used", "", "The phi of the strategy: as given, or half of greatest_phi."),
        Outcome("is_strategy", "", "1 if phi is at most phi_max, so that (1) is a strategy, else 0."),
        Outcome("payoff", "payoff", "Mean payoff per round against the other.", undefined=SEVERAL),
        Outcome("other_payoff", "payoff", "The other's mean payoff per round.", undefined=SEVERAL),
        Outcome("enforced_slope_error", "payoff", "(s_own - k) - chi (s_other - k): 0 by (2).", undefined=SEVERAL),
        Outcome("payoff_against_compliance", "payoff", "s_own against always complying, for every phi (4)."),
        Outcome("other_payoff_complying", "payoff", "s_other if the other always complies, for every phi (4)."),
    ),
    premises=(DILEMMA,),
    solve=solve,
    ways=(Way("determinants", by_determinants),),
    caveats=(
        "The long run, without errors; a state that learns or refuses to be extorted is not in the model.",
        "A slope of 1 with the baseline P is tit for tat, mixed with inertia; its long run can depend on the first round.",
    ),
    answers=_answers(),
)

MODELS: Final = (ZERO_DETERMINANT,)
