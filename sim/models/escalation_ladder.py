"""An escalation ladder as an absorbing chain: how far a crisis climbs when every period it goes up or down by one rung.

A crisis stands on rung i of a ladder 0, 1, ..., N.  Every period nothing happens with probability w; else it goes up by one with
probability u and down by one with 1 - u.  It ends at 0 (settled) or at N (the top: general war).  With rho = (1 - u) / u:

(1) reaching the top          P_i = (1 - rho^i) / (1 - rho^N), and i / N at u = 1/2
(2) moves until it ends       E_i = i / (1 - 2u) - N P_i / (1 - 2u), and i (N - i) at u = 1/2
(3) periods until it ends     E_i / (1 - w); pauses change the time, not where it ends

The chain is the gambler's ruin (Feller 1968, chapter XIV).  Both are computed from d = g(iL) - g(NL), with L = log rho and
g(a) = log((e^a - 1) / a): P_i = (i / N) e^d and E_i = i (1 - e^d) / tanh(L / 2).  This loses no digits near u = 1/2 and does not
overflow far from it.  That the crisis is settled, 1 - P_i, is P of the ladder upside down: 1 - u for u and N - i for i.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from sim.chain.monte_carlo import keyed
from sim.declare import Key, count, probability
from sim.models.model import Answer, Estimate, Found, Model, Outcome, Premise, Values, Way, each_point

CITATION: Final = (
    "Kahn, On Escalation: Metaphors and Scenarios (1965), for the ladder of 44 rungs; the probabilities are ours.",
    "Feller, An Introduction to Probability Theory and Its Applications, volume I, third edition (1968), chapter XIV.",
)

SERIES: Final = (1 / 24, -1 / 2880, 1 / 181440, -1 / 9676800, 1 / 479001600, -691 / (2730 * 12 * 479001600))
"""B_n / (n n!) for n = 2, 4, ..., 12: log((e^a - 1) / a) = a / 2 + sum of these times a^n."""
STEEP: Final = 0.5
"""Above this |a| the logarithm is taken directly."""
MOST_RUNGS: Final = 100_000
LONGEST_WALK: Final = 100_000
"""Crises that are expected to take more moves are not simulated."""


def log_growth(a: np.ndarray) -> np.ndarray:
    """g(a) = log((e^a - 1) / a), 0 at 0."""
    square = a * a
    series = np.zeros_like(a)
    for coefficient in reversed(SERIES):
        series = square * (coefficient + series)
    size = np.abs(a)
    direct = np.maximum(a, 0) + np.log(-np.expm1(-size) / size)
    return np.where(size < STEEP, a / 2 + series, direct)


def solve(v: Values) -> dict[str, Any]:
    """Equations (1) to (3)."""
    n, i, u = v["rungs"], v["start"], v["up_probability"]
    inside = (u > 0) & (u < 1)
    safe = np.where(inside, u, 0.5)
    log_ratio = np.log1p((1 - 2 * safe) / safe)
    d = log_growth(i * log_ratio) - log_growth(n * log_ratio)
    down = log_growth((i - n) * log_ratio) - log_growth(-n * log_ratio)  # d of the ladder upside down
    at_top, surely_up = i == n, (u >= 1) & (i > 0)
    surely = np.where(at_top | surely_up, 1.0, 0.0)
    top = np.where(inside, np.exp(np.minimum(np.log(i / n) + d, 0.0)), surely)
    settled = np.where(inside, np.exp(np.minimum(np.log((n - i) / n) + down, 0.0)), 1 - surely)
    drift = np.tanh(log_ratio / 2)
    moves = np.where(drift == 0, i * (n - i), -i * np.expm1(d) / drift)
    moves = np.where(inside, moves, np.where(u >= 1, n - i, i))
    moves = np.where((i == 0) | at_top, 0.0, moves)
    return {
        "top_probability": top,
        "settled_probability": settled,
        "expected_moves": moves,
        "expected_periods": np.where(moves == 0, 0.0, moves / (1 - v["pause_probability"])),
    }


def by_linear_equations(v: Values) -> Found:
    """Absorption and time from the fundamental matrix (I - Q)^-1 of the rungs between the ends, one banded solution per point."""
    return each_point(_fundamental)(v)


def _fundamental(at: dict[str, Any]) -> dict[str, float]:
    from scipy.linalg import solve_banded

    n, i, u, w = int(at["rungs"]), int(at["start"]), float(at["up_probability"]), float(at["pause_probability"])
    if i in (0, n):
        return {"top_probability": float(i == n), "expected_moves": 0.0, "expected_periods": 0.0}
    bands = np.zeros((3, n - 1))
    bands[0, 1:], bands[1], bands[2, :-1] = -(1 - w) * u, 1 - w, -(1 - w) * (1 - u)
    right = np.zeros((n - 1, 2))
    right[-1, 0], right[:, 1] = (1 - w) * u, 1.0
    top, periods = solve_banded((1, 1), bands, right)[i - 1]
    return {"top_probability": top, "expected_moves": periods * (1 - w), "expected_periods": periods}


def simulate(v: Values, replicates: int, seed: int) -> dict[str, Estimate]:
    """Crises walked until they end; pauses are drawn as one number (negative binomial).

    No estimate where a crisis is expected to last more than `LONGEST_WALK` moves.
    """
    expected = solve(v)["expected_moves"]
    found: dict[str, list[tuple[float, float]]] = {"top_probability": [], "expected_moves": [], "expected_periods": []}
    for k, (n, i, u, w) in enumerate(zip(v["rungs"], v["start"], v["up_probability"], v["pause_probability"], strict=True)):
        if expected[k] > LONGEST_WALK:
            for pairs in found.values():
                pairs.append((np.nan, np.nan))
            continue
        rng = np.random.Generator(keyed(seed, 0, "escalation ladder"))
        rung, moves = np.full(replicates, int(i)), np.zeros(replicates)
        going = np.flatnonzero((rung > 0) & (rung < n))
        while len(going):
            rung[going] += np.where(rng.random(len(going)) < u, 1, -1)
            moves[going] += 1
            going = going[(rung[going] > 0) & (rung[going] < n)]
        pauses = np.where(moves > 0, rng.negative_binomial(np.maximum(moves, 1), 1 - w), 0) if w > 0 else 0.0
        samples = {"top_probability": rung == n, "expected_moves": moves, "expected_periods": moves + pauses}
        for name, sample in samples.items():
            found[name].append((float(np.mean(sample)), float(np.std(sample) / np.sqrt(replicates))))
    return {name: Estimate(*np.array(pairs).T) for name, pairs in found.items()}


def by_simulation(v: Values, rng: np.random.Generator) -> dict[str, Estimate]:
    """4,000 crises per point."""
    return simulate(v, 4000, int(rng.integers(2**63)))


def _answers() -> tuple[Answer, ...]:
    source = "equations (1) and (2), and the fundamental matrix of the chain"
    out = []
    for n, u, i, top, moves, digits in (
        (44, 0.5, 10, 10 / 44, 340.0, (5e-7, 1e-9)),
        (44, 0.45, 20, 0.00795315, 196.5006, (5e-9, 5e-5)),
        (44, 0.48, 21, 0.1330484, 378.6468, (5e-8, 5e-5)),
        (10, 0.4, 5, 0.1163636, 19.1818, (5e-8, 5e-5)),
    ):
        given = {"rungs": n, "up_probability": u, "start": i}
        out.append(Answer(given, "top_probability", top, digits[0], "derived", source))
        out.append(Answer(given, "expected_moves", moves, digits[1], "derived", source))
    paused = {"rungs": 10, "up_probability": 0.4, "start": 5, "pause_probability": 0.5}
    out.append(Answer(paused, "top_probability", 0.1163636, 5e-8, "derived", "equation (1): pauses do not change where it ends"))
    out.append(Answer(paused, "expected_periods", 2 * 19.1818, 1e-4, "derived", "equation (3): a pause every other period"))
    return tuple(out)


LADDER: Final = Model(
    name="escalation_ladder",
    label="A13",
    title="An escalation ladder as an absorbing chain",
    question="How likely is a crisis to reach the top of the ladder, and how long does it last?",
    citation=CITATION,
    parameters=(
        Key("rungs", count(1, MOST_RUNGS, "rungs"), "N: the top rung; 0 is the settled crisis.", 44),
        Key("start", count(0, MOST_RUNGS, "rungs"), "i: the rung on which the crisis begins.", 21),
        Key("up_probability", probability(), "u: a move goes up by one rung; else it goes down by one.", 0.48),
        Key("pause_probability", probability(), "w: nothing happens in a period; below 1.", 0.0),
    ),
    symbols={"N": "rungs", "i": "start", "u": "up_probability", "w": "pause_probability"},
    outcomes=(
        Outcome("top_probability", "probability", "P_i: the crisis reaches the top (1)."),
        Outcome("settled_probability", "probability", "1 - P_i: the crisis is settled."),
        Outcome("expected_moves", "moves", "E_i: expected moves up or down until the crisis ends (2)."),
        Outcome("expected_periods", "periods", "Expected periods until the crisis ends, pauses included (3)."),
    ),
    premises=(
        Premise("a start on the ladder: start <= rungs", lambda v: v["start"] <= v["rungs"]),
        Premise("a crisis that moves: pause_probability < 1", lambda v: v["pause_probability"] < 1),
    ),
    solve=solve,
    ways=(Way("fundamental matrix of the chain", by_linear_equations), Way("simulated crises", by_simulation, random=True)),
    caveats=(
        "Kahn names rungs; the probabilities of moving between them are ours, and no data stand behind them.",
        "One move a period: two sides that move in turn need two of them, and their order then matters.",
        "Rungs are equally hard to climb, and the chain has no memory of how it came to a rung.",
    ),
    answers=_answers(),
    simulate=simulate,
)

MODELS: Final = (LADDER,)
