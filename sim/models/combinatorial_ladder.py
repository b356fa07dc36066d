"""An escalation ladder as a combinatorial game: whoever takes the last step to the nuclear threshold loses.

Two states climb in turn, 1 to k rungs at a time; nobody may pass.  n is how many rungs are left to the threshold.  Who is to move
at n is at a losing rung if it must take the last step against best play (misere play; under normal play the last step would win).

(1) backward           n = 0 is won by whom it leaves to move: the other took the last step; n loses iff every n - s, 1 <= s <= k,
                       wins
(2) losing rungs       n = 1 mod (k + 1); at any other rung the step (n - 1) mod (k + 1) leaves the other at a losing one
(3) normal play        several theatres, a step in one of them per turn: the mover loses iff the Nim-sum (exclusive or) of all
                       n mod (k + 1) is 0
(4) misere play        several theatres: with some n mod (k + 1) >= 2 as in (3); else the mover loses iff an odd number are 1
"""

from __future__ import annotations

from functools import cache
from typing import Any, Final

import numpy as np

from sim.declare import Key, ListOf, Whole, count
from sim.models.model import Answer, Model, Outcome, Values, Way, each_point

CITATION: Final = (
    "Garg, Impartial combinatorial games and the nuclear escalation ladder, arXiv 2606.29015 (2026).",
    "Bouton, Nim, a game with a complete mathematical theory, Annals of Mathematics 3 (1901) 35-39, for (3) and (4).",
)

PLAYED_OUT: Final = 20_000
"""Positions of several theatres that the second way looks at, at most."""


def _texts(losing: np.ndarray) -> np.ndarray:
    """The losing rungs of every point in words, from (P, rungs)."""
    return np.array([", ".join(str(n + 1) for n in np.flatnonzero(row)) or "none" for row in losing], dtype=object)


def _told(losing: np.ndarray, step: np.ndarray) -> dict[str, Any]:
    """The outcomes of one theatre, from (P, rungs)."""
    rungs = losing.shape[1]
    return {
        "losing": {str(n + 1): losing[:, n].astype(float) for n in range(rungs)},
        "step": {str(n + 1): step[:, n].astype(float) for n in range(rungs)},
        "losing_rungs": _texts(losing),
        "number_of_losing_rungs": losing.sum(axis=1).astype(float),
        "first_mover_loses": losing[:, -1].astype(float),
        "first_step": step[:, -1].astype(float),
    }


def solve(v: Values) -> dict[str, Any]:
    """Equations (2) to (4)."""
    size = v["largest_step"][:, None] + 1
    spare = (np.arange(int(v["rungs"]))[None] % size).astype(float)  # n - 1 mod k + 1
    left = (v["theatres"] % size).astype(np.int64)
    nim = np.bitwise_xor.reduce(left, axis=1)
    misere = np.where((left >= 2).any(axis=1), nim == 0, (left == 1).sum(axis=1) % 2 == 1)
    return {
        **_told(spare == 0, np.where(spare == 0, np.nan, spare)),
        "nim_sum": nim.astype(float),
        "theatres_lose_normal": (nim == 0).astype(float),
        "theatres_lose": misere.astype(float),
    }


def _by_induction(v: dict[str, Any]) -> dict[str, Any]:
    """Equation (1) rung by rung, and position by position for several theatres where there are not too many."""
    most = int(v["largest_step"])
    loses = [False]
    steps: list[float] = []
    for n in range(1, int(v["rungs"]) + 1):
        good = [s for s in range(1, min(most, n) + 1) if loses[n - s]]
        loses.append(not good)
        steps.append(float(good[0]) if good else np.nan)
    told = _told(np.array([loses[1:]]), np.array([steps]))
    out = {name: {e: a[0] for e, a in x.items()} if isinstance(x, dict) else x[0] for name, x in told.items()}
    theatres = tuple(sorted(int(n) for n in v["theatres"]))
    if np.prod([n + 1.0 for n in theatres]) > PLAYED_OUT:
        return out | {"theatres_lose": np.nan, "theatres_lose_normal": np.nan}

    @cache
    def lost(position: tuple[int, ...], last_wins: bool) -> bool:
        after = [
            tuple(sorted((*position[:i], n - s, *position[i + 1 :])))
            for i, n in enumerate(position)
            for s in range(1, min(most, n) + 1)
        ]
        return last_wins if not after else not any(lost(one, last_wins) for one in after)

    for part in _below(theatres):  # from the end, so that the recursion stays shallow
        for last_wins in (False, True):
            lost(part, last_wins)
    return out | {"theatres_lose": float(lost(theatres, False)), "theatres_lose_normal": float(lost(theatres, True))}


def _below(theatres: tuple[int, ...]) -> list[tuple[int, ...]]:
    """All positions at or below some, those with fewer rungs left first."""
    grid = np.stack([x.ravel() for x in np.meshgrid(*(np.arange(n + 1) for n in theatres), indexing="ij")], axis=1)
    rows = {tuple(sorted(int(n) for n in row)) for row in grid}
    return sorted(rows, key=sum)


def _answers() -> tuple[Answer, ...]:
    out = []
    for most in (1, 2, 3):
        given = {"largest_step": float(most)}
        rungs = ", ".join(str(n) for n in range(1, 45, most + 1))
        source = "equation (1), 44 rungs; the abstract says that a congruence decides"
        out.append(Answer(given, "losing_rungs", rungs, 0.0, "derived", source))
        out.append(Answer(given, "first_mover_loses", float(44 % (most + 1) == 1), 0.0, "derived", "equation (1), 44 rungs"))
    monoid = "abstract of arXiv 2606.29015: for two-step escalation the losing sums are a and b^2, with a^2 = 1 and b^3 = b"
    for theatres, loses in (
        ([1], 1),
        ([2], 0),
        ([2, 2], 1),
        ([1, 1], 0),
        ([1, 2], 0),
        ([1, 2, 2], 0),
        ([2, 2, 2], 0),
        ([1, 1, 1], 1),
    ):
        given = {"largest_step": 2.0, "theatres": [float(n) for n in theatres]}
        out.append(Answer(given, "theatres_lose", loses, 0.0, "confirmed abstract", monoid))
    return tuple(out)


LOSING: Final = "The rung is a losing one: every step leads to a winning one."

LADDER: Final = Model(
    name="combinatorial_ladder",
    label="C6",
    title="An escalation ladder as a game of last steps",
    question="On which rungs must the state that moves next take the last step, if nobody may pass?",
    citation=CITATION,
    parameters=(
        Key("rungs", Whole(1, 1000), "The length of the ladder: rungs up to the threshold (Kahn's has 44).", 44, structure=True),
        Key("largest_step", count(1, 1000, "rungs"), "k: rungs that may be climbed at once.", 2.0),
        Key("theatres", ListOf(count(0, 10_000, "rungs"), 1, 8), "Rungs left in each of several theatres.", [3.0, 4.0, 5.0]),
    ),
    symbols={"k": "largest_step", "N": "rungs"},
    outcomes=(
        Outcome(
            "losing", "", "1 where the state that moves with so many rungs left must take the last step (2).", index="rungs_left"
        ),
        Outcome("step", "rungs", "A step that leaves the other at a losing rung (2).", index="rungs_left", undefined=LOSING),
        Outcome("losing_rungs", "text", "The losing rungs, by rungs left to the threshold."),
        Outcome("number_of_losing_rungs", "rungs", "How many rungs of the ladder are losing."),
        Outcome("first_mover_loses", "", "1 if the state that makes the first step of the whole ladder must make the last, too."),
        Outcome("first_step", "rungs", "The first step that leaves the other at a losing rung.", undefined=LOSING),
        Outcome("nim_sum", "", "The Nim-sum of the theatres (3)."),
        Outcome("theatres_lose_normal", "", "1 if who moves next in the theatres loses under normal play (3), else 0."),
        Outcome("theatres_lose", "", "1 if who moves next in the theatres must take the very last step (4), else 0."),
    ),
    solve=solve,
    ways=(Way("backward induction", each_point(_by_induction)),),
    caveats=(
        "A game of position only: no payoffs, no chance, no passing, and both states may take the same steps.",
        "The threshold is reached when the last rung of the last theatre is climbed.",
        "The paper's abstract was read, not its proofs; (4) is the classical rule, which its two-step case agrees with.",
    ),
    answers=_answers(),
)

MODELS: Final = (LADDER,)
