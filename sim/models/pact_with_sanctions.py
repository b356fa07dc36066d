"""A pact of many players that enters into force at a threshold, with hidden possession, evidence, votes and sanctions.

Each of N players is a signatory without the banned weapon (a), a signatory that hides it (b), an outsider without it (c) or an
outsider with it (d); s = a + b sign.  A yearly probability p is a rate -ln(1 - p) here: h = 1 - (1 - own)(1 - challenge) of
finding a signatory's hidden weapon, o of evidence against an outsider that has one, f of false evidence against one without.

(1) core        before anybody signs, K0 players sign together at rate c, possessors first; each possessor hides its weapon with
                probability u and otherwise gives it up
(2) joining     while anybody is in it, every outsider signs at rate j / (1 + exp(-l V)), V = y g s / N - m challenge, less w for
                a possessor; y = 1 once the pact is in force: the bandwagon
(3) force       the pact enters into force, for good, when s is first K or more
(4) weapons     outsiders acquire the weapon at rate x (1 + i d / N); signatories at rate q e^(-k E), where E is the chance of
                being sanctioned in a year with a hidden weapon less that without; E = 0 until the pact is in force
(5) sanctions   while it is in force, evidence comes to a vote and passes unless vetoed: a right sanction comes at rate
                (1 - v) times that of the evidence, a wrong one at (1 - v) times that of false evidence; none without sanctions
(6) effect      a right sanction works with probability r: the weapon is given up.  A signatory on which it does not work, or
                which was sanctioned wrongly, leaves the pact with probability z
(7) errors      wrong: sanctions on players without the weapon.  Missed: signatory-years with a hidden weapon while the pact is in
                force, times the probability exp(-rate of right sanctions) that such a year passes without a sanction

The counts (a, b, d) and whether the pact is in force are a Markov chain in continuous time; it is solved by uniformisation
(Jensen 1953): all moves happen at the events of one Poisson process of rate L, and with v_k the law after k events

(8) law at t = sum of Poisson(k; L t) v_k,     its integral to t = (1 / L) sum of P(more than k events by t) v_k.
"""

from __future__ import annotations

from functools import cache
from math import comb
from typing import Any, Final, NamedTuple

import numpy as np

from sim.declare import Flag, Key, Number, Whole, count, probability
from sim.models.model import Answer, Model, Outcome, Premise, Way, each_point
from sim.models.pact_with_sanctions_ways import WHO, by_exponential, by_players

CITATION: Final = (
    "Jensen, Markoff chains as an aid in the study of Markoff processes, Skandinavisk Aktuarietidskrift 36 (1953) 87-91.",
    "Granovetter, Threshold models of collective behavior, American Journal of Sociology 83 (1978) 1420-1443; the pact is ours.",
)


KINDS: Final = {"wrong_sanctions": "wrong sanctions", "missed_violations": "missed violations"}


class States(NamedTuple):
    """The counts of each state, (n,) each, and the number of a state by (in force, a, b, d)."""

    force: np.ndarray
    a: np.ndarray
    b: np.ndarray
    d: np.ndarray
    number: np.ndarray


@cache
def states(players: int) -> States:
    """All counts of `players` players, before and after entry into force."""
    axis = np.arange(players + 1)
    grid = np.stack(np.meshgrid([0, 1], axis, axis, axis, indexing="ij"), axis=-1).reshape(-1, 4)
    kept = grid[grid[:, 1:].sum(axis=1) <= players]
    number = np.full((2, players + 1, players + 1, players + 1), -1)
    number[tuple(kept.T)] = np.arange(len(kept))
    force, a, b, d = kept.T
    return States(force, a, b, d, number)


def sanction_rates(at: dict[str, Any]) -> tuple[float, float, float]:
    """Yearly rates of sanctions on a hiding signatory, on an outsider with the weapon, and on a player without it (5)."""
    if not at["sanctions"]:
        return 0.0, 0.0, 0.0
    passed = 1 - at["veto_probability"]
    hidden = -np.log1p(-at["own_detection"]) - np.log1p(-at["challenge_detection"])
    return passed * hidden, passed * -np.log1p(-at["outside_detection"]), passed * -np.log1p(-at["false_evidence"])


@each_point
def solve(at: dict[str, Any]) -> dict[str, Any]:
    """Equations (1) to (8) at one point."""
    from scipy.sparse import csr_array
    from scipy.special import gammainc, gammaln

    n, years = int(at["players"]), int(at["years"])
    s = states(n)
    size = len(s.a)
    c = n - s.a - s.b - s.d
    signed, forced = s.a + s.b, s.force == 1
    threshold = at["join_threshold"]
    right, outside, wrong = sanction_rates(at)

    value = at["club_benefit"] * forced * signed / n - at["monitoring_cost"] * at["challenge_detection"]
    precision, open_ = at["choice_precision"], signed > 0
    join = at["join_rate"] * open_ * _logistic(precision * value)
    join_armed = at["join_rate"] * open_ * _logistic(precision * (value - at["giving_up"]))
    worth = np.exp(-at["deterrence"] * (np.exp(-wrong) - np.exp(-right)))
    hide, works, leave = at["hide_probability"], at["works_probability"], at["exit_probability"]
    sources: list[np.ndarray] = []
    targets: list[np.ndarray] = []
    rates: list[np.ndarray] = []

    def move(rate: Any, by: tuple[int, int, int]) -> None:
        """Moves of (a, b, d) at a rate per state (n,)."""
        rate = np.broadcast_to(rate, (size,))
        here = np.flatnonzero(rate > 0)
        a, b, d = s.a[here] + by[0], s.b[here] + by[1], s.d[here] + by[2]
        force = np.maximum(s.force[here], a + b >= threshold)
        sources.append(here)
        targets.append(s.number[force, a, b, d])
        rates.append(rate[here])

    core = int(at["core_size"])
    for armed in range(core + 1):
        fits = (signed == 0) & ~forced & (np.minimum(core, s.d) == armed)
        for hiding in range(armed + 1):
            share = at["core_rate"] * _binomial(armed, hiding, hide)
            move(share * fits, (core - hiding, hiding, -armed))
    move(join * c, (1, 0, 0))
    move(join_armed * (1 - hide) * s.d, (1, 0, -1))
    move(join_armed * hide * s.d, (0, 1, -1))
    move(at["develop_outside"] * (1 + at["imitation"] * s.d / n) * c, (0, 0, 1))
    move(at["develop_inside"] * np.where(forced, worth, 1.0) * s.a, (-1, 1, 0))
    move(right * works * forced * s.b, (1, -1, 0))
    move(right * (1 - works) * leave * forced * s.b, (0, -1, 1))
    move(outside * works * forced * s.d, (0, 0, -1))
    move(wrong * leave * forced * s.a, (-1, 0, 0))

    start, end, flow = np.concatenate(sources), np.concatenate(targets), np.concatenate(rates)
    leaving = np.bincount(start, flow, size)
    rate = max(float(leaving.max()), 1e-9)
    loops = np.arange(size)
    step = csr_array((np.append(flow / rate, 1 - leaving / rate), (np.append(end, loops), np.append(start, loops))), (size, size))
    told = np.stack([signed, s.b, s.d, forced, forced * s.b, forced * s.d, forced * (s.a + c)]).astype(float)
    law = np.zeros(size)
    law[s.number[0, 0, 0, int(at["possessors"])]] = 1.0
    mean = rate * years
    last = int(mean + 8 * np.sqrt(mean) + 30)
    seen = np.empty((last + 1, len(told)))
    for k in range(last + 1):
        seen[k] = told @ law
        law = step @ law

    time, k = rate * np.arange(years + 1)[:, None], np.arange(last + 1)
    with np.errstate(divide="ignore", invalid="ignore"):
        weight = np.where(time > 0, np.exp(k * np.log(time) - time - gammaln(k + 1)), k == 0)
    weight /= weight.sum(axis=1, keepdims=True)  # rounding, and what lies beyond the last event
    values = weight @ seen
    spent = np.diff(gammainc(k + 1, time) @ seen[:, 4:] / rate, axis=0)
    return _told(values, spent, (right, outside, wrong))


def _told(values: np.ndarray, spent: np.ndarray, rates: tuple[float, float, float]) -> dict[str, Any]:
    """The outcomes from means by year (years + 1, 4..) and from player-years in each year (years, 3)."""
    right, outside, wrong = rates
    flows = {
        "right_sanctions": right * spent[:, 0] + outside * spent[:, 1],
        "wrong_sanctions": wrong * spent[:, 2],
        "missed_violations": spent[:, 0] * np.exp(-right),
    }
    made = flows["right_sanctions"].sum() + flows["wrong_sanctions"].sum()
    means = (values[:, 0], values[:, 1], values[:, 2], values[:, 1] + values[:, 2])
    return {
        "count": {f"{who}:{t}": float(x) for who, column in zip(WHO, means, strict=True) for t, x in enumerate(column)},
        "in_force": {str(t): min(1.0, float(x)) for t, x in enumerate(values[:, 3])},
        **{name: {str(t + 1): float(x) for t, x in enumerate(column)} for name, column in flows.items()},
        "errors": {f"{KINDS[name]}:{t + 1}": float(x) for name in KINDS for t, x in enumerate(flows[name])},
        **{f"{name}_total": float(column.sum()) for name, column in flows.items()},
        "wrong_share": flows["wrong_sanctions"].sum() / made if made > 0 else np.nan,
    }


def _logistic(x: Any) -> Any:
    """1 / (1 + exp(-x)), without overflow, and not 0 for what is only small."""
    from scipy.special import expit

    return expit(x)


def _binomial(total: int, part: int, p: float) -> float:
    """The probability that `part` of `total` hide."""
    return comb(total, part) * p**part * (1 - p) ** (total - part)


PARAMETERS: Final = (
    Key("players", Whole(2, 20), "N: the players.", 16, structure=True),
    Key("years", Whole(1, 60), "Years that are looked at.", 15, structure=True),
    Key("core_size", count(1, 20, "players"), "K0: players that sign together at first.", 2),
    Key("join_threshold", count(1, 20, "players"), "K: signatories at which it enters into force; above N it never does.", 5),
    Key("possessors", count(0, 20, "players"), "Players with the weapon at the start.", 3),
    Key("core_rate", Number(0, 2, unit="per year"), "c: rate at which the core signs; 0: no pact.", 0.2),
    Key("join_rate", Number(0, 2, unit="per year"), "j: highest rate of joining.", 0.5),
    Key("club_benefit", Number(0, 10), "g: value of a pact in force in which all take part.", 1.0),
    Key("monitoring_cost", Number(0, 10), "m: burden of challenge inspections, per unit of their detection.", 0.5),
    Key("giving_up", Number(0, 10), "w: what a possessor loses by signing.", 0.5),
    Key("choice_precision", Number(0, 20, unit="per unit of value"), "l: sharpness of the choice to join.", 3.0),
    Key("develop_outside", Number(0, 2, unit="per year"), "x: an outsider acquires the weapon.", 0.03),
    Key("imitation", Number(0, 10), "i: growth of that rate with the share of players that have it openly.", 2.0),
    Key("develop_inside", Number(0, 2, unit="per year"), "q: a signatory acquires it in secret, undeterred.", 0.02),
    Key("hide_probability", probability(), "u: a possessor that signs keeps it in secret.", 0.1),
    Key("own_detection", Number(0, 0.999, unit="probability per year"), "Others' own means find a hidden weapon.", 0.15),
    Key("challenge_detection", Number(0, 0.999, unit="probability per year"), "Challenge inspections find it; 0: none.", 0.5),
    Key("outside_detection", Number(0, 0.999, unit="probability per year"), "o: evidence against an outsider that has it.", 0.8),
    Key("false_evidence", Number(0, 0.999, unit="probability per year"), "f: evidence against a player without it.", 0.03),
    Key("sanctions", Flag(), "Whether evidence is put to a vote at all.", True, structure=True),
    Key("veto_probability", probability(), "v: a sanction is vetoed.", 0.5),
    Key("works_probability", probability(), "r: a right sanction ends possession.", 0.24),
    Key("exit_probability", probability(), "z: leaving after a sanction that was wrong or did not work.", 0.2),
    Key("deterrence", Number(0, 20), "k: how the prospect of sanctions holds signatories back.", 2.0),
)

SYMBOLS: Final = {
    "N": "players",
    "K0": "core_size",
    "K": "join_threshold",
    "c": "core_rate",
    "j": "join_rate",
    "g": "club_benefit",
    "m": "monitoring_cost",
    "w": "giving_up",
    "l": "choice_precision",
    "x": "develop_outside",
    "i": "imitation",
    "q": "develop_inside",
    "u": "hide_probability",
    "o": "outside_detection",
    "f": "false_evidence",
    "v": "veto_probability",
    "r": "works_probability",
    "z": "exit_probability",
    "k": "deterrence",
}

OUTCOMES: Final = (
    Outcome("count", "players", "Expected signatories, and players that have the weapon, after so many years.", "who:year"),
    Outcome("in_force", "probability", "The pact has entered into force by then.", "year"),
    Outcome("right_sanctions", "sanctions", "Expected sanctions on players that have it, in the year that ends then.", "year"),
    Outcome("wrong_sanctions", "sanctions", "Expected sanctions on players without it, in that year (7).", "year"),
    Outcome(
        "missed_violations", "player-years", "Hidden possession that passes a year without sanction, in that year (7).", "year"
    ),
    Outcome(
        "errors",
        "sanctions, player-years",
        "Wrong sanctions and missed violations, in that year, side by side (7).",
        "error:year",
    ),
    Outcome("right_sanctions_total", "sanctions", "The same over all years."),
    Outcome("wrong_sanctions_total", "sanctions", "The same over all years."),
    Outcome("missed_violations_total", "player-years", "The same over all years."),
    Outcome("wrong_share", "share", "Wrong sanctions among all.", undefined="There are no sanctions."),
)


def _answers() -> tuple[Answer, ...]:
    """Cases small enough for a line of algebra."""
    alone = {"core_rate": 0.0, "imitation": 0.0, "players": 10, "possessors": 2, "develop_outside": 0.05, "years": 10}
    full = {"players": 2, "core_size": 2, "join_threshold": 2, "possessors": 0, "core_rate": 0.5, "years": 4}
    calm = full | {"develop_inside": 0.0, "develop_outside": 0.0, "exit_probability": 0.0, "veto_probability": 0.5}
    caught = full | {"possessors": 2, "hide_probability": 1.0, "develop_inside": 0.0, "exit_probability": 0.0}
    caught |= {"own_detection": 0.0, "challenge_detection": 0.5, "veto_probability": 0.5, "works_probability": 1.0}
    free = {
        "players": 4,
        "core_size": 1,
        "join_threshold": 4,
        "choice_precision": 0.0,
        "core_rate": 2.0,
        "join_rate": 2.0,
        "years": 1,
    }
    free |= {"possessors": 0, "develop_outside": 0.0, "develop_inside": 0.0, "exit_probability": 0.0}
    return (
        Answer(alone, "count", 2 + 8 * (1 - np.exp(-0.5)), 1e-9, "derived", "(4) alone: 2 + 8 (1 - e^(-x t))", "possessors:10"),
        Answer(full, "in_force", 1 - np.exp(-2.0), 1e-9, "derived", "(1) and (3): 1 - e^(-c t)", "4"),
        # 2 innocents at 0.5 x -ln 0.97 from the moment of signing: 2 x rate x (4 - (1 - e^-2) / 0.5)
        Answer(calm, "wrong_sanctions_total", -np.log(0.97) * (4 - 2 * (1 - np.exp(-2.0))), 1e-9, "derived", "(5) by hand"),
        # hidden weapons end at rate r = 0.5 ln 2 after a signing at rate c: 2 c (e^-ct - e^-rt) / (r - c) inside after t
        Answer(
            caught,
            "count",
            2 * 0.5 * (np.exp(-2.0) - np.exp(-4 * 0.5 * np.log(2))) / (0.5 * np.log(2) - 0.5),
            1e-9,
            "derived",
            "(5) and (6) by hand: two exponential times in turn",
            "possessors inside:4",
        ),
        # after an exponential time of rate 2 for the founder, three independent joinings at rate 1
        Answer(
            free,
            "count",
            1 - np.exp(-2.0) + 3 * (1 - 2 * np.exp(-1.0) + np.exp(-2.0)),
            1e-9,
            "derived",
            "(1) and (2) with l = 0: the founder, and three that join at rate 1 after it",
            "signatories:1",
        ),
    )


PACT: Final = Model(
    name="pact_with_sanctions",
    label="D6",
    title="A pact of many with a threshold, evidence, vetoes and sanctions",
    question="How many sign a ban and how many have the weapon, and how often do sanctions hit the innocent and miss the guilty?",
    citation=CITATION,
    parameters=PARAMETERS,
    outcomes=OUTCOMES,
    symbols=SYMBOLS,
    premises=(
        Premise("a core that is there: core_size <= players", lambda v: v["core_size"] <= v["players"]),
        Premise("possessors among the players: possessors <= players", lambda v: v["possessors"] <= v["players"]),
    ),
    solve=solve,
    ways=(
        Way("matrix exponential of a chain listed state by state", by_exponential),
        Way("drawn histories of single players", by_players, random=True),
    ),
    caveats=(
        "Players are alike but for what they have and have signed; a veto falls by chance and shields nobody in particular.",
        "The pact stays in force however many leave, and a player that leaves may sign again.",
        "Only signatories without the weapon are deterred, by a rule of thumb (4) and not by their best reply.",
        "Numbers are illustrations, not estimates for any state.",
    ),
    answers=_answers(),
)

MODELS: Final = (PACT,)
