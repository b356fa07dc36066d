"""Distributions as data: what a prior range says, what can be wrong with it, and its quantiles (docs/model.md, section 7).

A prior is a table with the key `distribution`.  Nothing is drawn here: a sampler gives numbers u in [0, 1], and `quantile`, the
inverse of the cumulative distribution function, turns them into values.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

import numpy as np

from sim.declare import ABSENT, Choice, Key, ListOf, Number, Problem, Table, Tagged, Text, nonnegative, positive

Prior = Mapping[str, Any]
"""The table of one distribution, as the file has it."""

ORIGIN: Final = (
    Key("basis", Choice(("confirmed", "derived", "remembered", "judgement")), "How well the range is known.", ABSENT),
    Key("source", Text(), "Where the range comes from.", ABSENT),
)
"""The keys of every distribution."""

_LOW: Final = Key("low", Number(), "Lowest value.")
_HIGH: Final = Key("high", Number(), "Highest value.")

KEYS: Final[Mapping[str, tuple[Key, ...]]] = {
    "uniform": (_LOW, _HIGH),
    "log_uniform": (Key("low", positive(), "Lowest value."), Key("high", positive(), "Highest value.")),
    "triangular": (_LOW, Key("mode", Number(), "Most likely value."), _HIGH),
    "beta": (
        Key("a", positive(), "First shape, the weight of the high end."),
        Key("b", positive(), "Second shape, the weight of the low end."),
        Key("low", Number(), "Lower end of the range.", 0.0),
        Key("high", Number(), "Upper end of the range.", 1.0),
    ),
    "truncated_normal": (
        Key("mean", Number(), "Mean before truncation."),
        Key("sd", positive(), "Standard deviation before truncation."),
        _LOW,
        _HIGH,
    ),
    "lognormal": (
        Key("median", positive(), "Median before truncation."),
        Key("sigma", positive(), "Standard deviation of the natural logarithm, before truncation."),
        Key("low", positive(), "Lowest value, if it is truncated there.", ABSENT),
        Key("high", positive(), "Highest value, if it is truncated there.", ABSENT),
    ),
    "discrete": (
        Key("values", ListOf(Number(), 1), "The values."),
        Key("weights", ListOf(nonnegative(), 1), "A weight for each value; equal where left out.", ABSENT),
    ),
}
"""The keys of each distribution, without those of every one."""

DISTRIBUTION: Final = Tagged({name: Table((*keys, *ORIGIN)) for name, keys in KEYS.items()}, tag="distribution")

LEAST: Final = 2.0**-60
"""Below this cumulative probability quantiles no longer fall; finer than any sampler."""
LEAST_MASS: Final = 1e-6
"""Share of a distribution that its truncation must leave; less is a misprint."""


def problems(prior: Prior) -> list[Problem]:
    """What a declaration cannot say of a distribution, with the key from its table on; the types are sound."""
    found = list(_order(prior))
    if prior["distribution"] == "discrete":
        found += _weights(prior)
    elif not found and prior["distribution"] in ("truncated_normal", "lognormal"):
        found += _mass(prior)
    return found


def _order(prior: Prior) -> Iterator[Problem]:
    """Ends and mode that are not in order."""
    order = [(key, _end(prior, key)) for key in ("low", "mode", "high") if _end(prior, key) is not None]
    for (one, x), (other, y) in itertools.pairwise(order):
        if x > y:
            yield Problem((one,) if one in prior else (other,), *_misplaced(prior, one, other, x, y))
    ends = dict(order)
    if "low" in ends and ends["low"] == ends.get("high"):
        yield Problem((), "low and high are equal, so nothing is uncertain", ends["low"])


def _misplaced(prior: Prior, one: str, other: str, x: float, y: float) -> tuple[str, float]:
    if one in prior:
        return f"must be at most {other}, which is {y:g}", x
    return f"must be at least {one}, which is {x:g}", y


def _end(prior: Prior, key: str) -> Any:
    """An end of the support or the mode, as written or by default; None where there is none."""
    value = prior.get(key)
    if value is None and prior["distribution"] == "beta":
        return {"low": 0.0, "high": 1.0}.get(key)
    return value


def _weights(prior: Prior) -> Iterator[Problem]:
    values, weights = prior["values"], prior.get("weights")
    if weights is not None and len(weights) != len(values):
        yield Problem(("weights",), f"must have {len(values)} weights, one for each value", len(weights))
    elif weights is not None and not 0 < math.fsum(weights) < math.inf:
        yield Problem(("weights",), "must have a finite sum > 0", weights)
    if len(set(values)) < len(values):
        twice = next(x for n, x in enumerate(values) if x in values[:n])
        yield Problem(("values",), "must not have a value twice", twice, "Give it a larger weight.")
    elif len(values) == 1:
        yield Problem(("values",), "is one value, so nothing is uncertain", values)


def _mass(prior: Prior) -> Iterator[Problem]:
    """A truncation that leaves next to nothing."""
    from scipy.special import ndtr

    low, high = _standard_ends(prior)
    mass = float(ndtr(high) - ndtr(low)) if low < 0 else float(ndtr(-low) - ndtr(-high))
    if mass < LEAST_MASS:
        which = "median" if prior["distribution"] == "lognormal" else "mean"
        hint = f'Move low and high towards the {which}, or write distribution = "uniform".'
        yield Problem((), f"leaves almost nothing ({mass:.1g} of the distribution) between low and high", hint=hint)


def _standard_ends(prior: Prior) -> tuple[float, float]:
    """The ends of a truncated normal or lognormal in standard deviations (of the logarithm) from the mean (of the logarithm)."""
    low, high = prior.get("low"), prior.get("high")
    if prior["distribution"] == "lognormal":
        middle, sd = math.log(prior["median"]), prior["sigma"]
        low, high = (None if x is None else math.log(x) for x in (low, high))
    else:
        middle, sd = prior["mean"], prior["sd"]
    return (-math.inf if low is None else (low - middle) / sd, math.inf if high is None else (high - middle) / sd)


# ---- support


def span(prior: Prior) -> tuple[float, float]:
    """The lowest and the highest value; 0 and inf where a lognormal is not truncated."""
    if prior["distribution"] == "discrete":
        values, _ = _discrete(prior)
        return float(values[0]), float(values[-1])
    low, high = _end(prior, "low"), _end(prior, "high")
    return 0.0 if low is None else float(low), math.inf if high is None else float(high)


def ends(prior: Prior) -> Iterator[tuple[tuple[str | int, ...], float]]:
    """The numbers that a parameter may become at the ends of the support, with the key that says them: () where none does.

    An end that is never reached (0 of a lognormal) is left out; inf stands for a distribution without a highest value.
    """
    if prior["distribution"] == "discrete":
        yield from ((("values", n), x) for n, x in enumerate(prior["values"]))
        return
    for key in ("low", "mode", "high"):
        value = _end(prior, key)
        if value is not None:
            yield ((key,) if prior.get(key) is not None else ()), value
    if span(prior)[1] == math.inf:
        yield (), math.inf


def describe(prior: Prior) -> str:
    """A few words: "triangular 0.05, 0.15, 0.35"; "discrete 1, 2 (weights 0.3, 0.7)"."""
    kind = prior["distribution"]
    name = kind.replace("_", "-") if kind == "log_uniform" else kind.replace("_", " ")
    if kind == "discrete":
        weights = prior.get("weights")
        return f"{name} {_listed(prior['values'])}" + (f" (weights {_listed(weights)})" if weights is not None else "")
    if kind in ("uniform", "log_uniform", "triangular"):
        return f"{name} {_listed([prior[key.name] for key in KEYS[kind]])}"
    shape = ", ".join(f"{key.name} {prior[key.name]:g}" for key in KEYS[kind] if key.name not in ("low", "high"))
    between = [f"{word} {_end(prior, key):g}" for word, key in (("from", "low"), ("to", "high")) if _end(prior, key) is not None]
    return f"{name} {shape}" + (f", {' '.join(between)}" if between else "")


def _listed(numbers: list[float]) -> str:
    return ", ".join(f"{x:g}" for x in numbers)


# ---- quantiles


def quantile(prior: Prior, u: Any) -> np.ndarray:
    """The values at cumulative probabilities u in [0, 1], shape of u; exactly the ends of the support at 0 and 1.

    Finite for 0 < u < 1.  A discrete value has the cell [c, c + weight) of u.
    """
    u = np.asarray(u, dtype=float)
    if prior["distribution"] == "discrete":
        values, weights = _discrete(prior)
        up_to = np.cumsum(weights) / np.sum(weights)
        return values[np.minimum(np.searchsorted(up_to, u, side="right"), len(values) - 1)]
    low, high = span(prior)
    inside = np.clip(u, LEAST, 1 - 2.0**-53)
    found = np.clip(_INVERSE[prior["distribution"]](prior, inside), low, high)
    return np.where(u <= 0.0, low, np.where(u >= 1.0, high, found))


def _discrete(prior: Prior) -> tuple[np.ndarray, np.ndarray]:
    """The values that can occur, ascending, and their weights."""
    values = np.array(prior["values"], dtype=float)
    given = prior.get("weights")
    weights = np.ones(len(values)) if given is None else np.array(given, dtype=float)
    order = [n for n in np.argsort(values, kind="stable") if weights[n] > 0]
    return values[order], weights[order]


def _uniform(prior: Prior, u: np.ndarray) -> np.ndarray:
    return (1 - u) * prior["low"] + u * prior["high"]


def _log_uniform(prior: Prior, u: np.ndarray) -> np.ndarray:
    return np.exp((1 - u) * math.log(prior["low"]) + u * math.log(prior["high"]))


def _triangular(prior: Prior, u: np.ndarray) -> np.ndarray:
    low, mode, high = (float(prior[key]) for key in ("low", "mode", "high"))
    rising = low + np.sqrt(u * (high - low) * (mode - low))
    falling = high - np.sqrt((1 - u) * (high - low) * (high - mode))
    return np.where(u * (high - low) < mode - low, rising, falling)


def _beta(prior: Prior, u: np.ndarray) -> np.ndarray:
    from scipy.special import betaincinv

    low, high = span(prior)
    return low + (high - low) * betaincinv(prior["a"], prior["b"], u)


def _truncated_normal(prior: Prior, u: np.ndarray) -> np.ndarray:
    return prior["mean"] + prior["sd"] * _standard(u, *_standard_ends(prior))


def _lognormal(prior: Prior, u: np.ndarray) -> np.ndarray:
    return prior["median"] * np.exp(prior["sigma"] * _standard(u, *_standard_ends(prior)))


def _standard(u: np.ndarray, low: float, high: float) -> np.ndarray:
    """Quantiles of the standard normal distribution between two ends, by whichever tail keeps more digits."""
    from scipy.special import ndtr, ndtri

    if low > 0:
        return -_standard(1 - u, -high, -low)
    return ndtri(np.clip(ndtr(low) * (1 - u) + ndtr(high) * u, LEAST, 1 - 2.0**-53))


_INVERSE: Final[Mapping[str, Callable[[Prior, np.ndarray], np.ndarray]]] = {
    "uniform": _uniform,
    "log_uniform": _log_uniform,
    "triangular": _triangular,
    "beta": _beta,
    "truncated_normal": _truncated_normal,
    "lognormal": _lognormal,
}
"""Inverse cumulative distribution functions; the ends of the support are put in by `quantile`."""
