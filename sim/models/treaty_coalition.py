"""A self-enforcing treaty among N states: how many join if each may stay outside and still benefit?

Each of N like states abates q at the cost c q^2 / 2 and benefits by b from every unit abated by anyone.  Outsiders abate for
themselves, signatories for their joint benefit.  With k signatories, in units of x = b^2 / c:

(1) abatement                 outsider b/c, signatory k b/c, together (N - k + k^2) b/c
(2) payoffs                   signatory N - k + k^2 / 2, outsider N - k + k^2 - 1/2
(3) internal stability        no signatory leaves: k^2 - 4 k + 3 <= 2 e, where e x is a penalty on outsiders (0: none)
(4) external stability        no outsider joins: k = N, or (k + 1)^2 - 4 (k + 1) + 3 >= 2 e
(5) stable treaties           k from ceil(1 + sqrt(1 + 2 e)) to floor(2 + sqrt(1 + 2 e)), at most N; without a penalty 2 and 3
(6) full participation        needs a penalty x max((N - 1)(N - 3), 0) / 2

A treaty has at least two signatories.  Stability is weak: who is indifferent stays.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any, Final

import numpy as np

from sim.declare import Key, count, nonnegative, positive
from sim.models.model import Answer, Model, Outcome, Values, Way, each_point

CITATION: Final = ("Barrett, Self-enforcing international environmental agreements, Oxford Economic Papers 46 (1994) 878-894.",)

LARGEST: Final = 2_000
"""The second way tries every number of signatories up to this many states."""
TIE: Final = 1e-9
"""Indifference is recognised to so much of a signatory."""

TRIED: Final = (
    "largest_stable",
    "smallest_stable",
    "abatement_without_treaty",
    "abatement_stable",
    "abatement_full",
    "penalty_for_full_participation",
    "stable",
    "abatement",
    "signatory_payoff",
    "outsider_payoff",
)
"""The outcomes of the second way."""


def abatement(states: np.ndarray, signatories: np.ndarray) -> np.ndarray:
    """(1), all states together, in units of b / c."""
    return states - signatories + signatories**2


def solve(v: Values) -> dict[str, Any]:
    """Equations (1) to (6)."""
    n, k, b, c = v["states"], v["signatories"], v["benefit"], v["cost"]
    unit = b * (b / c)
    root = np.sqrt(v["outsider_penalty"]) * np.sqrt(c) / b  # of e, whose own terms may be out of range
    wide = np.hypot(1, np.sqrt(2) * root)
    largest = np.minimum(n, np.floor(2 + wide + TIE))
    smallest = np.minimum(n, np.maximum(np.ceil(1 + wide - TIE), 2))
    none, full, stable = n, n**2, abatement(n, largest)
    return {
        "largest_stable": largest,
        "smallest_stable": smallest,
        "stable": np.where(k <= n, (k >= smallest) & (k <= largest), np.nan),
        "abatement": np.where(k <= n, abatement(n, k) * b / c, np.nan),
        "abatement_without_treaty": none * b / c,
        "abatement_stable": stable * b / c,
        "abatement_full": full * b / c,
        "gain_share": (stable - none) / (full - none),
        "signatory_payoff": np.where((k > 0) & (k <= n), unit * (n - k + k**2 / 2), np.nan),
        "outsider_payoff": np.where(k < n, unit * (n - k + k**2 - 0.5) - v["outsider_penalty"] * (k >= 2), np.nan),
        "penalty_for_full_participation": np.where(n > 3, unit * ((n - 1) * (n - 3) / 2), 0.0),
    }


def by_trial(at: Mapping[str, Any]) -> dict[str, float]:
    """Every number of signatories tried, payoffs from benefits and costs in exact fractions; up to 2,000 states."""
    n, k = int(at["states"]), int(at["signatories"])
    b, c, penalty = (Fraction(float(at[name])) for name in ("benefit", "cost", "outsider_penalty"))
    if n > LARGEST:
        return dict.fromkeys(TRIED, np.nan)

    def total(signatories: int) -> Fraction:
        return (n - signatories) * b / c + signatories * (signatories * b / c)

    def inside(signatories: int) -> Fraction:
        return b * total(signatories) - c * (signatories * b / c) ** 2 / 2

    def outside(signatories: int) -> Fraction:  # without the penalty
        return b * total(signatories) - c * (b / c) ** 2 / 2

    def stays(signatories: int) -> bool:
        return inside(signatories) >= outside(signatories - 1) - penalty

    def joins(signatories: int) -> bool:
        return inside(signatories + 1) > outside(signatories) - penalty

    stable = [m for m in range(2, n + 1) if stays(m) and (m == n or not joins(m))]
    found = (
        max(stable),
        min(stable),
        total(0),
        total(max(stable)),
        total(n),
        max(outside(n - 1) - inside(n), 0),
        k in stable if k <= n else np.nan,
        total(k) if k <= n else np.nan,
        inside(k) if 0 < k <= n else np.nan,
        outside(k) - (penalty if k >= 2 else 0) if k < n else np.nan,
    )
    return dict(zip(TRIED, (float(x) for x in found), strict=True))


def _answers() -> tuple[Answer, ...]:
    out: list[Answer] = []
    trial = "equations (3) and (4), by hand; every number of signatories tried"
    for n in (3, 10, 100):
        out.append(Answer({"states": n}, "smallest_stable", 2, 0.0, "derived", trial))
        out.append(Answer({"states": n}, "largest_stable", 3, 0.0, "derived", trial))
    for name, target in (("abatement_without_treaty", 10), ("abatement_stable", 16), ("abatement_full", 100)):
        out.append(Answer({"states": 10}, name, target, 1e-9, "derived", "equation (1), by hand, in units of b / c"))
    return tuple(out)


BEYOND: Final = "The number is beyond 1e308."
MORE: Final = "There are more signatories than states."
TOO_MANY: Final = f"{MORE} Or: {BEYOND}"

COALITION: Final = Model(
    name="treaty_coalition",
    label="B11",
    title="A self-enforcing treaty among many states",
    question="How many states stay in a treaty that outsiders profit from without joining?",
    citation=CITATION,
    parameters=(
        Key("states", count(2, 1_000_000, "states"), "N: how many states there are.", 10),
        Key("benefit", positive("payoff per unit"), "b: what each state gains from a unit abated by anyone.", 1.0),
        Key("cost", positive("payoff per unit^2"), "c: abating q costs c q^2 / 2.", 1.0),
        Key("signatories", count(0, 1_000_000, "states"), "k: the number of signatories whose payoffs are asked for.", 3),
        Key(
            "outsider_penalty",
            nonnegative("payoff"),
            "What each outsider loses to a treaty of two or more, for instance in trade.",
            0.0,
        ),
    ),
    symbols={"N": "states", "b": "benefit", "c": "cost", "k": "signatories"},
    outcomes=(
        Outcome("largest_stable", "states", "The largest number of signatories that is internally and externally stable (5)."),
        Outcome("smallest_stable", "states", "The smallest such number of at least two (5)."),
        Outcome("stable", "", "1 if a treaty of k signatories is stable (3, 4), else 0.", undefined=MORE),
        Outcome("abatement", "units", "Abatement of all states with k signatories (1).", undefined=TOO_MANY),
        Outcome("abatement_without_treaty", "units", "Abatement of all states without a treaty.", undefined=BEYOND),
        Outcome("abatement_stable", "units", "Abatement of all states under the largest stable treaty.", undefined=BEYOND),
        Outcome("abatement_full", "units", "Abatement of all states if all sign.", undefined=BEYOND),
        Outcome(
            "gain_share", "share", "How much of the extra abatement of full participation the largest stable treaty reaches."
        ),
        Outcome(
            "signatory_payoff",
            "payoff",
            "Of a signatory, with k of them (2).",
            undefined=f"There are no signatories, or more than states. Or: {BEYOND}",
        ),
        Outcome(
            "outsider_payoff",
            "payoff",
            "Of an outsider, with k signatories (2).",
            undefined=f"There are no outsiders: as many signatories as states, or more. Or: {BEYOND}",
        ),
        Outcome(
            "penalty_for_full_participation",
            "payoff",
            "The least penalty on outsiders at which all N stay (6).",
            undefined=BEYOND,
        ),
    ),
    solve=solve,
    ways=(Way("every number of signatories tried, in exact fractions", each_point(by_trial)),),
    caveats=(
        "Linear benefits are the simplest case; with these, moving first changes nothing, because outsiders do not react.",
        "In variants where benefits are concave and signatories move first, larger treaties can be stable.",
        "Ties without a penalty: of 3 signatories each is indifferent to leaving, and with 2 an outsider to joining.",
        "The penalty on outsiders is ours.",
    ),
    answers=_answers(),
)

MODELS: Final = (COALITION,)
