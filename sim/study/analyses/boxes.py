"""Scenario discovery by the patient rule induction method: boxes of inputs that hold most cases of interest [Friedman1999].

A box restricts some inputs to ranges.  Coverage: the share of all cases of interest that are inside.  Density: the share of the
cases inside that are of interest.  Quasi-p-value of a restriction: the probability of as many cases of interest inside if the
restriction told nothing [Bryant2010].  The peeling is that of ema_workbench, an extra; it is imported when boxes are sought.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    import pandas as pd

    from sim.study.analyses.reading import Input

SMALLEST: Final = 0.05
"""The smallest share of all cases that a box may hold."""
SIGNIFICANT: Final = 0.05
"""Restrictions with a higher quasi-p-value are dropped, where the box stays dense enough without them."""


class Missing(ImportError):
    """The extra that finds boxes is not installed."""


@dataclass(frozen=True)
class Limit:
    """What a box asks of one input: low <= value <= high (None: no such end), or one of the codes of its labels."""

    input: int
    low: float | None = None
    high: float | None = None
    codes: tuple[int, ...] | None = None
    quasi_p: float = 1.0

    def holds(self, values: np.ndarray) -> np.ndarray:
        """Where the values of the input are within the limit."""
        if self.codes is not None:
            return np.isin(values, self.codes)
        low, high = (-np.inf if self.low is None else self.low), (np.inf if self.high is None else self.high)
        return (values >= low) & (values <= high)


@dataclass(frozen=True)
class Box:
    """A box: its limits, the cases inside and those of interest among them; coverage is of all cases of interest there are."""

    limits: tuple[Limit, ...]
    inside: np.ndarray
    """Which cases are inside, bool (cases,); those in earlier boxes are not."""
    cases: int
    of_interest: int
    coverage: float
    density: float
    mass: float
    trajectory: tuple[tuple[float, float], ...]
    """Coverage and density at every step of the peeling and pasting that led to it."""


def discover(inputs: Sequence[Input], interest: np.ndarray, density: float = 0.8, most: int = 3) -> list[Box]:
    """Boxes of the cases of interest (bool, (cases,)), the first found in all cases, each next one in those that are left.

    Of each peeling trajectory the box of highest coverage is taken whose density reaches `density`; if none does, the densest box
    of the first trajectory.  Empty where no case is of interest, or all are.  Raises Missing.  Deterministic.
    """
    out: list[Box] = []
    left = np.ones(len(interest), dtype=bool)
    varied = [n for n, one in enumerate(inputs) if np.ptp(one.values) > 0]
    while varied and len(out) < most and 0 < interest[left].sum() < left.sum() and left.sum() > SMALLEST * len(interest):
        candidates, trajectory = _peeled(inputs, varied, interest, left)
        measured = [_measured(limits, inputs, interest, left) for limits in candidates]
        dense = [box for box in measured if box.density >= density]
        if dense:
            best = max(dense, key=lambda box: (box.coverage, box.density, -len(box.limits)))
        elif not out:
            best = max(measured, key=lambda box: (box.density, box.coverage, -len(box.limits)))
        else:
            break
        best = _pruned(best, inputs, interest, left, density if dense else 0.0)
        if not best.limits:
            break
        out.append(replace(best, limits=_joined(best.limits), trajectory=trajectory))
        if not dense:
            break
        left &= ~best.inside
    return out


def _peeled(
    inputs: Sequence[Input], varied: Sequence[int], interest: np.ndarray, left: np.ndarray
) -> tuple[list[tuple[Limit, ...]], tuple[tuple[float, float], ...]]:
    """The boxes of one peeling trajectory as limits, one for each end of a range, and their coverage and density."""
    import pandas as pd

    prim = _prim()
    columns = {}
    for n in varied:
        values, nominal = inputs[n].values[left], inputs[n].labels is not None
        # Labels as codes of type object: their sets then have one order in every process.
        columns[f"x{n}"] = pd.Series([int(v) for v in values], dtype=object) if nominal else values.astype(float)
    smallest = min(SMALLEST * len(interest) / left.sum(), 1.0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        box = prim.Prim(pd.DataFrame(columns), interest[left].astype(int), threshold=1e-9, mass_min=smallest).find_box()
    if box is None:
        return [()], ()
    first = box.box_lims[0]
    candidates = [tuple(x for n in varied for x in _limits(n, inputs[n], lims, first)) for lims in box.box_lims]
    share = float(interest[left].sum() / interest.sum())
    steps = box.peeling_trajectory
    trajectory = tuple((float(c) * share, float(d)) for c, d in zip(steps["coverage"], steps["density"], strict=True))
    return candidates, trajectory


def _prim():
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            from ema_workbench.analysis import prim
    except ImportError:
        raise Missing('scenario discovery needs ema_workbench: pip install "strategic-stability-simulator[discovery]"') from None
    return prim


def _limits(n: int, one: Input, lims: pd.DataFrame, first: pd.DataFrame) -> Iterator[Limit]:
    """What a box asks of one input beyond the box of all cases: each end of its range is a limit of its own."""
    (low, lowest), (high, highest) = ((lims.at[end, f"x{n}"], first.at[end, f"x{n}"]) for end in (0, 1))
    if one.labels is not None:
        if low != lowest:
            yield Limit(n, codes=tuple(sorted(low)))
        return
    if low > lowest:
        yield Limit(n, low=float(low))
    if high < highest:
        yield Limit(n, high=float(high))


def _joined(limits: Sequence[Limit]) -> tuple[Limit, ...]:
    """The limits with both ends of a range in one; its quasi-p-value is that of the end that tells less."""
    out: dict[int, Limit] = {}
    for limit in limits:
        other = out.get(limit.input)
        if other is not None:
            limit = replace(limit, low=other.low, quasi_p=max(other.quasi_p, limit.quasi_p))
        out[limit.input] = limit
    return tuple(out.values())


def _measured(limits: Sequence[Limit], inputs: Sequence[Input], interest: np.ndarray, left: np.ndarray) -> Box:
    """A box with its counts and the quasi-p-value of each of its limits."""
    inside = left & _all_hold(limits, inputs)
    cases, hits = int(inside.sum()), int(interest[inside].sum())
    judged = []
    for limit in limits:
        without = left & _all_hold([other for other in limits if other is not limit], inputs)
        judged.append(replace(limit, quasi_p=_quasi_p(hits, cases, float(interest[without].mean()))))
    share = hits / cases if cases else 0.0
    return Box(tuple(judged), inside, cases, hits, hits / int(interest.sum()), share, cases / len(interest), ())


def _quasi_p(hits: int, cases: int, share: float) -> float:
    """The probability of at least so many hits among the cases if each is one with this probability."""
    from scipy.stats import binom

    return float(binom.sf(hits - 1, cases, share))


def _all_hold(limits: Sequence[Limit], inputs: Sequence[Input]) -> np.ndarray:
    out = np.ones(len(inputs[0].values), dtype=bool)
    for limit in limits:
        out &= limit.holds(inputs[limit.input].values)
    return out


def _pruned(box: Box, inputs: Sequence[Input], interest: np.ndarray, left: np.ndarray, least: float) -> Box:
    """The box without limits that tell nothing, as long as its density is at least `least`."""
    while box.limits:
        worst = max(box.limits, key=lambda limit: limit.quasi_p)
        if worst.quasi_p <= SIGNIFICANT:
            break
        wider = _measured([limit for limit in box.limits if limit is not worst], inputs, interest, left)
        if wider.density < least:
            break
        box = wider
    return box
