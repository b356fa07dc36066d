"""The spread of a weapon over a graph of rivalries: states pursue it, get it or stop, and rivals of those that do follow.

Each of n states has not the weapon (0), pursues it (1) or possesses it (2); edges join rivals.  All rates are per year.

(1) pursuit      a state without begins at rate u = (1 - q) (b / m + c z (P + w R)), P and R its rivals that possess and that
                 pursue; b is the rate of the whole world, spread over the m states that do not possess at the start, z the
                 intensity of the race among possessors, q the share that a norm holds back
(2) possession   a pursuit succeeds at rate p and is given up at rate a; safeguards find it with probability d a year and then
                 stop it with probability s, which adds -s ln(1 - d) to a; a possessor gives up the weapon at rate g
(3) crises       rate = r0 for every edge of which no side possesses, r1 where one does, r2 where both do (a nuclear dyad)

Possessors that never give up (g = 0) are fixed.  Without them the graph falls into components that are independent of each
other, for base rates are constant and rivals alone are contagious; each is a Markov chain on 3^k statuses, which is solved by
uniformisation (Jensen 1953), with v_j its law after j events of a Poisson process of rate L:

(4) law at t = sum of Poisson(j; L t) v_j,     its integral to t = (1 / L) sum of P(more than j events by t) v_j.

Numbers of possessors of independent components add by convolution.  Components of more than 8 states are only simulated.
"""

from __future__ import annotations

from functools import cache
from typing import Any, Final

import numpy as np

from sim.declare import Key, ListOf, Number, Text, Whole, count, nonnegative, probability
from sim.models.model import Answer, Model, Outcome, Premise, Values, Way, each_point
from sim.models.proliferation_ways import Rates, by_counts, by_drawing, by_exponential, named, rates_at, simulate

CITATION: Final = (
    "Jensen, Markoff chains as an aid in the study of Markoff processes, Skandinavisk Aktuarietidskrift 36 (1953) 87-91.",
    "Liggett, Interacting Particle Systems (1985), chapter VI, for contact processes on graphs; the model is ours.",
)

LARGEST: Final = 8
"""States of a component that is still solved exactly: 6,561 statuses."""


@each_point
def solve(at: dict[str, Any]) -> dict[str, Any]:
    """Equations (1) to (4) at one point."""
    r = rates_at(at)
    years = int(at["years"])
    n = len(r.start)
    fixed = (r.start == 2) & (r.give_up == 0)
    parts = _components(r.adjacent, ~fixed)
    # possessors, pursuers, edges with one possessor, with two; by year.  Expected onsets, and years of both kinds of edges
    means, spent = np.zeros((years + 1, 4)), np.zeros((years + 1, 3))
    law = np.zeros(n + 1)
    law[int(fixed.sum())] = 1.0
    if max(map(len, parts), default=0) > LARGEST:
        means, spent, law = means + np.nan, spent + np.nan, law + np.nan
        parts = []
    inner = np.triu(r.adjacent)
    means[:, 0] += fixed.sum()
    means[:, 3] += inner[fixed][:, fixed].sum()
    spent[:, 2] += inner[fixed][:, fixed].sum() * np.arange(years + 1)
    for part in parts:
        seen, gone, numbers = _component(r, part, fixed, years)
        means += seen
        spent += gone
        law = np.convolve(law, numbers)[: n + 1]
    edges = inner.sum()
    one, both = means[:, 2], means[:, 3]
    crises = (
        r.quiet * (edges * np.arange(years + 1) - spent[:, 1] - spent[:, 2]) + r.single * spent[:, 1] + r.nuclear * spent[:, 2]
    )
    at_start = int((r.start == 2).sum())
    return named(
        {
            "possessors": means[:, 0],
            "pursuing": means[:, 1],
            "one": one,
            "both": both,
            "crisis_rate": r.quiet * (edges - one - both) + r.single * one + r.nuclear * both,
            "onsets": spent[:, 0],
            "crises": crises[-1],
            "law": np.minimum(law, 1.0),
            "more": np.minimum(law[at_start + 1 :].sum(), 1.0),
        }
    )


def _components(adjacent: np.ndarray, changing: np.ndarray) -> list[list[int]]:
    """The states that can change, in sets that no edge joins."""
    left, found = [int(i) for i in np.flatnonzero(changing)], []
    while left:
        part, todo = [], [left[0]]
        while todo:
            i = todo.pop()
            if i in left:
                left.remove(i)
                part.append(i)
                todo += [j for j in left if adjacent[i, j]]
        found.append(sorted(part))
    return found


@cache
def _statuses(size: int) -> np.ndarray:
    """All statuses of `size` states, (3^size, size), the last state changing fastest."""
    return np.stack(np.meshgrid(*[np.arange(3)] * size, indexing="ij"), axis=-1).reshape(-1, size)


def _component(r: Rates, part: list[int], fixed: np.ndarray, years: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Means by year (years + 1, 4), integrals to each year (years + 1, 3) and the law of possessors of one component."""
    from scipy.sparse import csr_array
    from scipy.special import gammainc, gammaln

    status = _statuses(len(part))
    size = len(status)
    has, pursues = status == 2, status == 1
    near = r.adjacent[part][:, part].astype(float)
    held = r.adjacent[part][:, fixed].sum(axis=1)
    pressure = has @ near + held + r.pursuer_weight * (pursues @ near)
    begins = (status == 0) * (r.base + r.contagion * pressure)
    weight = 3 ** np.arange(len(part))[::-1]
    every = np.broadcast_to(np.arange(size)[:, None], status.shape)
    flows = [(begins, weight), (pursues * r.success, weight), (pursues * r.stop, -weight), (has * r.give_up, -2 * weight)]
    rate = np.concatenate([flow.ravel() for flow, _ in flows])
    start = np.tile(every.ravel(), len(flows))
    end = np.concatenate([(every + by).ravel() for _, by in flows])
    real = rate > 0
    rate, start, end = rate[real], start[real], end[real]
    leaving = np.bincount(start, rate, size)
    clock = max(float(leaving.max()), 1e-9)
    own = np.arange(size)
    step = csr_array((np.append(rate / clock, 1 - leaving / clock), (np.append(end, own), np.append(start, own))), (size, size))

    both = ((has @ near) * has).sum(axis=1) / 2 + has @ held
    touched = has @ near.sum(axis=1) - ((has @ near) * has).sum(axis=1) + (~has) @ held
    total = has.sum(axis=1)
    told = np.array([total, pursues.sum(axis=1), touched, both, begins.sum(axis=1)], float)
    told = np.vstack([told, total == np.arange(len(part) + 1)[:, None]])

    law = np.zeros(size)
    law[int(r.start[part] @ weight)] = 1.0
    mean = clock * years
    last = int(mean + 8 * np.sqrt(mean) + 30)
    seen = np.empty((last + 1, len(told)))
    for j in range(last + 1):
        seen[j] = told @ law
        law = step @ law
    time, j = clock * np.arange(years + 1)[:, None], np.arange(last + 1)
    with np.errstate(divide="ignore", invalid="ignore"):
        chance = np.where(time > 0, np.exp(j * np.log(time) - time - gammaln(j + 1)), j == 0)
    chance /= chance.sum(axis=1, keepdims=True)  # rounding, and what lies beyond the last event
    values = chance @ seen
    spent = gammainc(j + 1, time) @ seen[:, [4, 2, 3]] / clock
    return values[:, :4], spent, values[-1, 5:]


def _sound_edges(v: Values) -> bool:
    pairs = [tuple(sorted(edge)) for edge in v["edges"]]
    return all(len(set(edge)) == 2 and set(edge) <= set(v["states"]) for edge in pairs) and len(set(pairs)) == len(pairs)


# Patterned on regions as remembered, no state meant: nine that possess, eleven that do not, one of which pursues.
STATES: Final = [f"p{k}" for k in range(1, 10)] + [f"s{k}" for k in range(1, 12)]
EDGES: Final = [
    ["p1", "p2"],
    ["p1", "p3"],
    ["p1", "p9"],
    ["p2", "p4"],
    ["p2", "p5"],
    ["p3", "p6"],
    ["p6", "p7"],
    ["p8", "s1"],
    ["p8", "s2"],
    ["p1", "s1"],
    ["s1", "s3"],
    ["s1", "s4"],
    ["s2", "s3"],
    ["s3", "s5"],
    ["p9", "s6"],
    ["p9", "s7"],
    ["p3", "s7"],
    ["p3", "s8"],
    ["s6", "s7"],
    ["p2", "s9"],
    ["p2", "s10"],
    ["s4", "s11"],
]
START: Final = [2.0] * 9 + [1.0] + [0.0] * 10

PARAMETERS: Final = (
    Key("states", ListOf(Text(), 1), "The names of the n states.", STATES, structure=True),
    Key("edges", ListOf(ListOf(Text(), 2, 2)), "The rivalries: pairs of names.", EDGES, structure=True),
    Key("start", ListOf(count(0, 2)), "Each state's status at the start: 0 without, 1 pursuing, 2 possessing.", START),
    Key("years", Whole(1, 100), "Years that are looked at.", 24, structure=True),
    Key("world_rate", Number(0, 5, unit="per year"), "b: pursuits begun a year in the whole world without rivals' part.", 0.1),
    Key("contagion", Number(0, 1, unit="per year"), "c: pursuit begun for every rival that possesses.", 0.01),
    Key("race_intensity", Number(0, 10), "z: how much the race among possessors makes of it.", 1.0),
    Key("pursuer_weight", Number(0, 2), "w: what a rival that pursues counts, beside one that possesses.", 0.5),
    Key("norm", probability("share"), "q: share of pursuits that a norm holds back.", 0.0),
    Key("success", Number(0, 5, unit="per year"), "p: a pursuit succeeds.", 0.04),
    Key("abandonment", Number(0, 5, unit="per year"), "a: a pursuit is given up.", 0.04),
    Key("detection", Number(0, 0.999, unit="probability per year"), "d: safeguards find a pursuit.", 0.0),
    Key("stopping", probability(), "s: a pursuit that was found is stopped.", 0.5),
    Key("give_up", Number(0, 1, unit="per year"), "g: a possessor gives up the weapon.", 0.0),
    Key("quiet_crises", nonnegative("per year"), "r0: crises of rivals of which none possesses.", 0.05),
    Key("single_crises", nonnegative("per year"), "r1: crises of rivals of which one possesses.", 0.05),
    Key("nuclear_crises", nonnegative("per year"), "r2: crises of rivals that both possess.", 0.1),
)

SYMBOLS: Final = {
    "b": "world_rate",
    "c": "contagion",
    "z": "race_intensity",
    "w": "pursuer_weight",
    "q": "norm",
    "p": "success",
    "a": "abandonment",
    "d": "detection",
    "s": "stopping",
    "g": "give_up",
    "r0": "quiet_crises",
    "r1": "single_crises",
    "r2": "nuclear_crises",
}

LARGE: Final = "More than 8 states that can change are linked with each other: simulate instead, with the engine monte_carlo."
OUTCOMES: Final = (
    Outcome("count", "states", "Expected states that possess and that pursue, after so many years.", "who:year", undefined=LARGE),
    Outcome("dyads", "dyads", "Expected rivalries of which one side possesses, or both do.", "kind:year", undefined=LARGE),
    Outcome("crisis_rate", "crises a year", "Expected rate of crises over all rivalries (3).", "year", undefined=LARGE),
    Outcome("onsets", "pursuits", "Expected pursuits begun by then.", "year", undefined=LARGE),
    Outcome("crises", "crises", "Expected crises over all years.", undefined=LARGE),
    Outcome("possessors_law", "probability", "Law of the number of possessors in the end.", "possessors", undefined=LARGE),
    Outcome("more_possessors", "probability", "More states possess in the end than at the start.", undefined=LARGE),
)


def _answers() -> tuple[Answer, ...]:
    """Cases of one or two states, by hand."""
    one = {"states": ["x"], "edges": [], "start": [0.0], "years": 20, "abandonment": 0.0, "world_rate": 0.1, "success": 0.05}
    two = {"states": ["x", "y"], "edges": [["x", "y"]], "start": [2.0, 0.0], "years": 20, "abandonment": 0.0, "world_rate": 0.0}
    two |= {"contagion": 0.03, "race_intensity": 2.0, "success": 0.02}
    # x pursues for ever: y begins at (1 - 0.4)(0.1 / 2 + 0.03 x 2 x 0.5) = 0.048
    held = {**two, "start": [1.0, 0.0], "world_rate": 0.1, "success": 0.0, "norm": 0.4, "pursuer_weight": 0.5}
    found = {"states": ["x"], "edges": [], "start": [1.0], "years": 10, "world_rate": 0.0, "detection": 0.5, "stopping": 0.5}
    out = 0.08 + 0.5 * np.log(2)
    hand = "equation (1) and (2) by hand: two exponential times in turn"
    return (
        Answer(one, "more_possessors", 1 - (0.1 * np.exp(-1.0) - 0.05 * np.exp(-2.0)) / 0.05, 1e-9, "derived", hand),
        Answer(two, "more_possessors", 1 - (0.06 * np.exp(-0.4) - 0.02 * np.exp(-1.2)) / 0.04, 1e-9, "derived", hand),
        Answer(one, "onsets", 1 - np.exp(-2.0), 1e-9, "derived", "equation (1) by hand: 1 - e^(-b t)", "20"),
        Answer(
            held, "onsets", 1 - np.exp(-0.96), 1e-9, "derived", "equation (1) by hand: 1 - e^(-(1 - q)(b / 2 + c z w) t)", "20"
        ),
        Answer(
            found,
            "more_possessors",
            0.04 / out * (1 - np.exp(-10 * out)),
            1e-9,
            "derived",
            "equation (2) by hand: p / (p + a - s ln(1 - d)) (1 - e^(-(p + a - s ln(1 - d)) t))",
        ),
        # seven edges between possessors, nine from a possessor to another state, six among the others
        Answer(
            {}, "crisis_rate", 7 * 0.1 + 9 * 0.05 + 6 * 0.05, 1e-12, "derived", "equation (3): the edges counted by hand", "0"
        ),
    )


PROLIFERATION: Final = Model(
    name="proliferation",
    label="D7",
    title="Proliferation over a graph of rivalries",
    question="How many states will have a weapon, how many rivals both, and how often will they come into crises?",
    citation=CITATION,
    parameters=PARAMETERS,
    outcomes=OUTCOMES,
    symbols=SYMBOLS,
    premises=(
        Premise(
            "a status for every state: start has as many numbers as states", lambda v: len(v["states"]) == v["start"].shape[1]
        ),
        Premise("states of different names: states", lambda v: len(set(v["states"])) == len(v["states"])),
        Premise("rivalries between two states that are there, each listed once: edges", _sound_edges),
    ),
    solve=solve,
    ways=(
        Way("matrix exponential over all statuses of small graphs", by_exponential),
        Way("chain of counts on complete graphs", by_counts),
        Way("drawn histories of single states", by_drawing, random=True),
    ),
    caveats=(
        "The default graph is patterned on regions; its twenty states are no states in particular.",
        "1946 to 2022 saw 17 beginnings of pursuit (Bleek; NTI; via Our World in Data), 1 of them since 1990; 225 years of "
        "pursuit ended 9 times in possession and 9 times without: 0.04 a year each.",
        "All states are alike but for their rivals; alliances and guarantees, which may hold back pursuit, are in no rate.",
    ),
    answers=_answers(),
    simulate=simulate,
)

MODELS: Final = (PROLIFERATION,)
