"""Strategies that remember one round, under error: the long run of two of them.

A strategy is the probabilities p = (p_CC, p_CD, p_DC, p_DD) of complying (C) after each outcome of the last round, own action
first; D is to arm.  The other's vector q is read with the middle entries swapped: what is CD to one is DC to the other.

(1) error            each action is flipped with probability e:  p -> (1 - e) p + e (1 - p)
(2) chain            from each of CC, CD, DC, DD:  p q,  p (1 - q),  (1 - p) q,  (1 - p)(1 - q)
(3) long run         the stationary shares v = v M; with a probability w < 1 that the game goes on after a round, the shares of a
                     round drawn from the game, v = w v M + (1 - w) v0 with v0 from the first moves
(4) payoffs          v (R, S, T, P) and v (R, T, S, P)

v is computed by the tree formula: v_i is proportional to the sum, over the 16 trees that lead from all other outcomes to i, of
the products of their probabilities.  It adds and never subtracts, so that errors of 1e-12 are as exact as large ones; all sums
are 0 iff the long run depends on the first round.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from typing import Any, Final

import numpy as np

from sim.declare import Choice, Key, ListOf, Number, probability
from sim.models.model import Answer, Estimate, Model, Outcome, Values, Way
from sim.models.payoffs import PAYOFFS, SYMBOLS

OUTCOMES: Final = ("CC", "CD", "DC", "DD")
SWAPPED: Final = [0, 2, 1, 3]
"""The outcomes of a round as the other side sees them."""

STRATEGIES: Final = {
    "always_comply": (1.0, 1.0, 1.0, 1.0),
    "always_arm": (0.0, 0.0, 0.0, 0.0),
    "tit_for_tat": (1.0, 0.0, 1.0, 0.0),
    "generous_tit_for_tat": (1.0, np.nan, 1.0, np.nan),
    "win_stay_lose_shift": (1.0, 0.0, 0.0, 1.0),
    "grim": (1.0, 0.0, 0.0, 0.0),
}
"""The vectors of the named strategies; nan stands for the generosity."""
SHORT: Final = {
    "AllC": "always_comply",
    "AllD": "always_arm",
    "TFT": "tit_for_tat",
    "GTFT": "generous_tit_for_tat",
    "WSLS": "win_stay_lose_shift",
}
"""Short names of the literature."""
OWN: Final = "own"

Pair = tuple[np.ndarray, np.ndarray]
"""Probabilities of complying and of arming, which add to 1, each to full precision."""


def _trees() -> Iterator[tuple[int, tuple[tuple[int, int], ...]]]:
    """(root, edges) of all trees over the four outcomes that lead to a root."""
    for root in range(4):
        others = [i for i in range(4) if i != root]
        for targets in product(range(4), repeat=3):
            step = dict(zip(others, targets, strict=True))
            if all(_leads(i, step, root) for i in others):
                yield root, tuple(step.items())


def _leads(start: int, step: dict[int, int], root: int) -> bool:
    for _ in range(4):
        start = step.get(start, root)
    return start == root


TREES: Final = tuple(_trees())


def with_error(p: np.ndarray, error: np.ndarray) -> Pair:
    """Equation (1) for p (P, ...) and error (P,), and its complement."""
    e = error.reshape(-1, *(1,) * (p.ndim - 1))
    return (1 - e) * p + e * (1 - p), (1 - e) * (1 - p) + e * p


def chain(first: Pair, second: Pair) -> np.ndarray:
    """Equation (2): the transition matrix (P, 4, 4) of two strategies (P, 4), each as its side sees the outcomes."""
    other = (second[0][:, SWAPPED], second[1][:, SWAPPED])
    return np.stack([first[i] * other[j] for i in (0, 1) for j in (0, 1)], axis=-1)


def stationary(move: np.ndarray) -> np.ndarray:
    """The stationary shares (P, 4) of transition matrices (P, 4, 4); nan where there are several."""
    weight = np.zeros(move.shape[:2])
    for root, edges in TREES:
        term = np.ones(len(move))
        for i, j in edges:
            term = term * move[:, i, j]
        weight[:, root] += term
    total = weight.sum(axis=1, keepdims=True)
    return np.where(total > 0, weight / np.where(total > 0, total, 1.0), np.nan)


def full_name(v: Values, player: str) -> str:
    """The strategy of a player, "1" or "2", in words."""
    name: str = v[f"strategy_{player}"]
    return SHORT.get(name, name)


def vector(v: Values, player: str) -> np.ndarray:
    """The strategy (P, 4) of a player, "1" or "2", before errors."""
    name = full_name(v, player)
    if name == OWN:
        return v[f"own_{player}"]
    return np.stack([np.where(np.isnan(x), v["generosity"], x) for x in STRATEGIES[name]], axis=1)


def play(v: Values) -> tuple[np.ndarray, np.ndarray]:
    """The transition matrix (P, 4, 4) and the shares of the first round (P, 4)."""
    error = v["error_probability"]
    move = chain(with_error(vector(v, "1"), error), with_error(vector(v, "2"), error))
    one, two = with_error(v["first_move_1"], error), with_error(v["first_move_2"], error)
    return move, np.stack([one[i] * two[j] for i in (0, 1) for j in (0, 1)], axis=-1)


def told(v: Values, shares: np.ndarray) -> dict[str, Any]:
    """The outcomes of the model from the shares (P, 4)."""
    pay = np.stack([v["reward"], v["sucker"], v["temptation"], v["punishment"]], axis=1)
    return {
        "payoff_1": (shares * pay).sum(axis=1),
        "payoff_2": (shares * pay[:, SWAPPED]).sum(axis=1),
        "compliance_1": shares[:, 0] + shares[:, 1],
        "compliance_2": shares[:, 0] + shares[:, 2],
        "share": {name: shares[:, i] for i, name in enumerate(OUTCOMES)},
    }


def solve(v: Values) -> dict[str, Any]:
    """Equations (1) to (4)."""
    move, start = play(v)
    w = v["continuation_probability"][:, None, None]
    return told(v, stationary(w * move + (1 - w) * start[:, None, :]))


def by_doubling(v: Values) -> dict[str, Any]:
    """Mean shares over 2^60 rounds: A <- (A + M^n A) / 2 and M^n doubled; with w < 1 linear equations for the discounted sum."""
    move, start = play(v)
    w = v["continuation_probability"]
    mean, power = np.broadcast_to(np.eye(4), move.shape), move
    for _ in range(60):
        mean, power = (mean + power @ mean) / 2, power @ power
        power = power / power.sum(axis=2, keepdims=True)
    same = np.ptp(mean, axis=1).max(axis=1) < 1e-6
    left = np.eye(4) - np.where(w < 1, w, 0.0)[:, None, None] * move.transpose(0, 2, 1)
    discounted = np.linalg.solve(left, ((1 - w)[:, None] * start)[:, :, None])[:, :, 0]
    return told(v, np.where((w < 1)[:, None], discounted, np.where(same[:, None], mean[:, 0], np.nan)))


REACTIVE: Final = ("always_comply", "always_arm", "tit_for_tat", "generous_tit_for_tat")
CONSTANT: Final = REACTIVE[:2]


def by_closed_form(v: Values) -> dict[str, Any]:
    """Named pairs without end: reactive ones, win-stay lose-shift with itself or with those that do not react; else nan."""
    names, e = (full_name(v, "1"), full_name(v, "2")), v["error_probability"]
    shares = np.full((len(e), 4), np.nan)
    if names == ("win_stay_lose_shift",) * 2:
        same = 1 - 2 * e * (1 - e)
        apart = e * (1 - e)
        both = same * (1 - e) ** 2 + (1 - same) * e**2
        shares = np.stack([both, apart, apart, 1 - both - 2 * apart], axis=1)
    elif all(name in REACTIVE for name in names):
        (one, one_not), (two, two_not) = (with_error(vector(v, player), e) for player in ("1", "2"))
        shares = independent(*reactive_pair(one[:, 0], one_not[:, 0], one[:, 1], two[:, 0], two_not[:, 0], two[:, 1]))
    elif "win_stay_lose_shift" in names and any(name in CONSTANT for name in names):
        y = with_error(vector(v, "2" if names[1] in CONSTANT else "1"), e)[0][:, 0]
        x = np.where((e > 0) | (y < 1), 0.5, np.nan)  # it keeps either action iff the other complied: both are as frequent
        shares = independent(x, y) if names[1] in CONSTANT else independent(y, x)
    return told(v, np.where((v["continuation_probability"] == 1)[:, None], shares, np.nan))


def reactive_pair(p1: Any, not_p1: Any, q1: Any, p2: Any, not_p2: Any, q2: Any) -> Pair:
    """Compliance of two reactive strategies, after errors: c1 = (q1 + r1 q2) / (1 - r1 r2) with r = p - q, and c2 likewise.

    1 - r1 r2 is written with s = 1 - r = (1 - p) + q, without cancellation where both nearly copy the other.
    """
    s1, s2 = not_p1 + q1, not_p2 + q2
    below = s1 + s2 - s1 * s2
    return (q1 + (p1 - q1) * q2) / below, (q2 + (p2 - q2) * q1) / below


def independent(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Shares of two sides that comply independently with probabilities x and y."""
    return np.stack([x * y, x * (1 - y), (1 - x) * y, (1 - x) * (1 - y)], axis=1)


PAIRS: Final = 256
ROUNDS: Final = 9_000
BURN: Final = 3_000


def by_simulation(v: Values, rng: np.random.Generator) -> dict[str, Any]:
    """Pairs that play; only where play has no end and errors are frequent enough to forget the first round."""
    fit = (v["error_probability"] >= 1e-3) & (v["continuation_probability"] == 1)
    error = v["error_probability"]
    one, two = with_error(vector(v, "1"), error)[0], with_error(vector(v, "2"), error)[0][:, SWAPPED]
    shares, errors = np.full((len(fit), 4), np.nan), np.full((len(fit), 4, 4), np.nan)
    for n in np.flatnonzero(fit):
        state = rng.integers(0, 4, PAIRS)
        seen = np.zeros((PAIRS, 4))
        for k in range(ROUNDS):
            draws = rng.random((2, PAIRS))
            state = 2 * (draws[0] >= one[n, state]) + (draws[1] >= two[n, state])
            if k >= BURN:
                seen[np.arange(PAIRS), state] += 1 / (ROUNDS - BURN)
        shares[n], errors[n] = seen.mean(axis=0), np.cov(seen.T) / PAIRS
    pay = np.stack([v["reward"], v["sucker"], v["temptation"], v["punishment"]], axis=1)
    out: dict[str, Any] = {"share": {}}
    for name, weights in (("payoff_1", pay), ("payoff_2", pay[:, SWAPPED])):
        variance = np.einsum("pi,pij,pj->p", weights, errors, weights)
        out[name] = Estimate((shares * weights).sum(axis=1), np.sqrt(np.maximum(variance, 0)))
    for i, name in enumerate(OUTCOMES):
        out["share"][name] = Estimate(shares[:, i], np.sqrt(errors[:, i, i]))
    return out


def _answers() -> tuple[Answer, ...]:
    out = []
    for e, stay, both, generous, against in (
        (0.001, 2.995011, 0.996007, 2.997003, 0.5035),
        (0.01, 2.951092, 0.960696, 2.970322, 0.5350),
        (0.05, 2.776500, 0.817000, 2.859375, 0.6750),
    ):
        retaliates, stays, generously, armed = (
            {"strategy_1": one, "strategy_2": two, "error_probability": e}
            for one, two in (
                ("tit_for_tat", "tit_for_tat"),
                ("win_stay_lose_shift", "win_stay_lose_shift"),
                ("generous_tit_for_tat", "generous_tit_for_tat"),
                ("win_stay_lose_shift", "always_arm"),
            )
        )
        out += [
            Answer(retaliates, "payoff_1", 2.25, 1e-10, "derived", "(R + S + T + P) / 4 with any error"),
            Answer(stays, "payoff_1", stay, 5e-7, "derived", "stationary shares of equation (2), by hand"),
            Answer(stays, "share", both, 5e-7, "derived", "stationary shares of equation (2), by hand", "CC"),
            Answer(generously, "payoff_1", generous, 5e-7, "derived", "reactive strategies: shares are independent"),
            Answer(armed, "payoff_1", against, 1e-10, "derived", "equation (2)"),
        ]
    return tuple(out)


DEPENDS: Final = (
    "The long run depends on the first round: actions never go wrong (or less than once in about 1e100), or always do. "
    "Set error_probability between 0 and 1, or continuation_probability below 1."
)
NAMES: Final = Choice((*STRATEGIES, OWN, *SHORT))
EVEN: Final = [0.5, 0.5, 0.5, 0.5]

MEMORY_ONE: Final = Model(
    name="memory_one",
    label="A5",
    title="Strategies that remember one round, under error",
    question="Which simple strategies keep two states at restraint when actions go wrong now and then?",
    citation=(
        "Axelrod, The Evolution of Cooperation (1984).",
        "Molander, The optimal level of generosity in a selfish, uncertain environment, J. Conflict Resolution 29 (1985).",
        "Nowak and Sigmund, Tit for tat in heterogeneous populations, Nature 355 (1992) 250-253.",
        "Nowak and Sigmund, A strategy of win-stay, lose-shift, Nature 364 (1993) 56-58.",
    ),
    parameters=(
        *PAYOFFS,
        Key(
            "strategy_1", NAMES, 'Strategy of state 1, in words or short (TFT is tit_for_tat); "own" takes own_1.', "tit_for_tat"
        ),
        Key(
            "strategy_2", NAMES, 'Strategy of state 2, in words or short (TFT is tit_for_tat); "own" takes own_2.', "tit_for_tat"
        ),
        Key("error_probability", probability(), "e: an action is flipped.", 0.01),
        Key("generosity", probability(), "q: generous tit for tat complies after the other armed.", 1 / 3),
        Key("continuation_probability", Number(0.0, 1.0), "w: the game goes on after a round; 1 is without end.", 1.0),
        Key("first_move_1", probability(), "State 1 complies in the first round; matters with w < 1 only.", 1.0),
        Key("first_move_2", probability(), "State 2 complies in the first round; matters with w < 1 only.", 1.0),
        Key("own_1", ListOf(probability(), 4, 4), "p_CC, p_CD, p_DC, p_DD of state 1, own action first.", EVEN),
        Key("own_2", ListOf(probability(), 4, 4), "p_CC, p_CD, p_DC, p_DD of state 2, own action first.", EVEN),
    ),
    symbols=SYMBOLS | {"eps": "error_probability", "e": "error_probability", "q": "generosity", "w": "continuation_probability"},
    outcomes=(
        Outcome("payoff_1", "payoff", "Mean payoff of state 1 per round.", undefined=DEPENDS),
        Outcome("payoff_2", "payoff", "Mean payoff of state 2 per round.", undefined=DEPENDS),
        Outcome("compliance_1", "share", "Share of rounds in which state 1 complies.", undefined=DEPENDS),
        Outcome("compliance_2", "share", "Share of rounds in which state 2 complies.", undefined=DEPENDS),
        Outcome("share", "share", "Share of rounds with each outcome, state 1 first.", index="round", undefined=DEPENDS),
    ),
    solve=solve,
    ways=(
        Way("mean over 2^60 rounds by doubling", by_doubling),
        Way("closed forms of named pairs", by_closed_form),
        Way("simulated pairs", by_simulation, random=True),
    ),
    caveats=("Errors are of the hand: both see what was done. Misperception is another model.",),
    answers=_answers(),
)

MODELS: Final = (MEMORY_ONE,)
