"""The four payoffs of a symmetric game of two actions, as parameters of canonical models (docs/models.md)."""

from __future__ import annotations

from typing import Final

import numpy as np

from sim.declare import Key, Number
from sim.models.model import Premise, Values

TIE: Final = 1e-12
"""Payoffs that differ by this share of their size count as equal: a threshold that is met exactly is met."""

PAYOFFS: Final = (
    Key("temptation", Number(unit="payoff"), "T: arming against a state that complies.", 5.0),
    Key("reward", Number(unit="payoff"), "R: both comply.", 3.0),
    Key("punishment", Number(unit="payoff"), "P: both arm.", 1.0),
    Key("sucker", Number(unit="payoff"), "S: complying while the other arms.", 0.0),
)
SYMBOLS: Final = {"T": "temptation", "R": "reward", "P": "punishment", "S": "sucker"}
DILEMMA: Final = Premise(
    "a prisoner's dilemma: temptation > reward > punishment >= sucker",
    lambda v: (v["temptation"] > v["reward"]) & (v["reward"] > v["punishment"]) & (v["punishment"] >= v["sucker"]),
)


def payoff_size(v: Values) -> np.ndarray:
    """The largest payoff in absolute value, (P,): the measure of `TIE`."""
    return np.max([np.abs(v[name]) for name in SYMBOLS.values()], axis=0)
