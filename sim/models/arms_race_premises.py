"""What an arms race supposes of its parameters, list by list, and what its user must know: for `sim.models.arms_race`."""

from __future__ import annotations

from functools import partial
from typing import Any, Final

import numpy as np

from sim.models.arms_race_dynamics import SHAPES, race
from sim.models.model import Premise, Values

SIZES: Final = {
    "N": "one number, or one for every actor",
    "C": "one number, or one for every category",
    "NC": "one row, or one for every actor, with one number, or one for every category",
    "NN": "a row for every actor, with one number for every actor",
    "CC": "a row for every category, with one number for every category",
}
"""What a list must hold, by its shape in actors and categories; every one may be empty."""


def _fits(name: str, v: Values) -> bool:
    """Whether a list has one item, or one for each actor or category."""
    size = {"N": len(v["actors"]), "C": len(v["categories"])}
    found, letters = v[name].shape[1:], SHAPES[name]
    whole = len(found) == len(letters) and all(n in (1, size[letter]) for n, letter in zip(found, letters, strict=True))
    return v[name].size == 0 or whole


def _named(v: Values) -> bool:
    """Whether every series of levels has a name of its own."""
    lists = (v["actors"], v["categories"], [f"{actor}, {category}" for actor in v["actors"] for category in v["categories"]])
    return all(len(set(names)) == len(names) for names in lists)


def _no_circle(v: Values) -> Any:
    """Whether what caps block comes to an end: for every actor the spectral radius among categories with a cap is below 1."""
    if not all(_fits(name, v) for name in SHAPES):
        return True
    r = race(v)
    capped = np.isfinite(r.caps)
    among = np.where(capped[:, :, :, None] & capped[:, :, None, :], r.substitution[:, None], 0.0)
    return (np.abs(np.linalg.eigvals(among)).max(-1) < 1 - 1e-9).all(-1)


def _shares(v: Values) -> bool:
    """Whether there are starts for every actor."""
    return v["starts"].size == 0 or v["starts"].shape[2] == len(v["actors"])


PREMISES: Final = (
    Premise("different names for all actors, and for all categories", _named),
    *(Premise(f"{name} is empty, or has {SIZES[shape]}", partial(_fits, name)) for name, shape in SHAPES.items()),
    Premise("blocked weapons that are not handed on for ever in a circle of capped categories (substitution)", _no_circle),
    Premise("starts with one multiple for every actor", _shares),
)

CAVEATS: Final = (
    "The default numbers are illustrations, not estimates for any state.",
    "A key that is left out keeps the illustration's number.  Nothing but reaction, fatigue and grievance "
    "is left with caps = [], cap_end = [], substitution = [], prudence = [], estimate_sd = [], estimate_drift = [], "
    "volatility = [], shock_rate = 0 and shock_size = []; weights = [] and allocation = [] make them 1, grievance = [] 0.",
    "Caps bind each category alone; a ceiling on a sum of categories must be shared out among them.",
    "A category has one time at which its caps begin and one at which they lapse, the same for all actors; they do not return.",
    "Crises come at random, at one rate; a shock at a given date cannot be asked for.",
    "Actors react mechanically: none of them looks ahead, bargains or cheats.",
    "The path of the means is the mean of the paths only for a linear reaction without caps and floors.",
    "An unstable equilibrium is a threshold, not an attractor.",
    "Rests are those of the long run, after exchanges of data have stopped (exchange_until), with crises at their mean; where a "
    "race has several stable ones, one is shown.",
)
