"""From inspection resources to detection probability: a random sample of items, some of them falsified.

Of N items D are falsified; n are drawn without replacement and examined without error.  t is the detection probability wanted.

(1) detection        P(n) = 1 - C(N - D, n) / C(N, n)
(2) sample size      the least n with P(n) >= t
(3) approximation    n = N (1 - (1 - t)^(1/D))
(4) of Jaech         n = (N - (D - 1) / 2) (1 - (1 - t)^(1/D))

With D = 0 nothing can be found: P(n) = 0, and (2) to (4) have no value, but for t = 0.  (3) and (4) are real numbers, to be
rounded up.  A target that is met exactly counts as met: ties in (2) are decided in exact
fractions, with t as the fraction that it stands for (0.1 is 1/10).
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any, Final

import numpy as np

from sim.declare import Key, count, probability
from sim.models.model import Answer, Model, Outcome, Premise, Values, Way, each_point
from sim.models.sequential_inspections import rational

CITATION: Final = (
    "Avenhaus and Canty, Compliance Quantified: An Introduction to Data Verification (1996), for sampling by attributes.",
)

MOST_ITEMS: Final = 10_000_000
TIE: Final = 1e-7
"""Log probabilities of missing that are closer than this, relative to their size and at least 1, are compared exactly."""
LONGEST_PRODUCT: Final = 20_000
"""Exact comparison is a product of this many factors at most; longer ones have no ties that matter."""

SHORT: Final = 30
"""Products of up to this many factors are taken factor by factor."""

LOW, HIGH = 0.2, 0.9
LEVELS: Final = ("below low", "low", "high")
"""Detection levels of the IAEA: low is 20 %, high is 90 %."""


def log_miss(items: np.ndarray, falsified: np.ndarray, sample: np.ndarray) -> np.ndarray:
    """log of C(N - D, n) / C(N, n), elementwise; -inf where the sample must hit."""
    from scipy.special import gammaln

    left = items - falsified - sample
    few = np.minimum(falsified, sample)
    out = gammaln(items - falsified + 1) + gammaln(items - sample + 1) - gammaln(items + 1) - gammaln(np.maximum(left, 0) + 1)
    # The same as a product of min(D, n) factors, which loses no digits; for larger ones gammaln errs by far less than 1e-7.
    exact, other = np.zeros_like(out), np.maximum(falsified, sample)
    for k in range(int(min(few.max(initial=0), SHORT))):
        exact += np.where(k < few, np.log1p(-other / (items - k)), 0.0)
    return np.where(left < 0, -np.inf, np.where(few <= SHORT, exact, np.minimum(out, 0.0)))


def solve(v: Values) -> dict[str, Any]:
    """Equations (1) to (4), vectorised; (2) by bisection."""
    items, falsified, sample, target = v["items"], v["falsified"], v["sample"], v["target"]
    wanted = np.log1p(-target)
    low, high = np.full_like(items, -1.0), items - falsified + 1  # P(high) = 1; low is too few
    for _ in range(int(np.ceil(np.log2(items.max(initial=1) + 2))) + 1):
        middle = np.floor((low + high) / 2)
        enough = log_miss(items, falsified, np.maximum(middle, 0)) <= wanted
        open_ = high - low > 1
        low, high = np.where(open_ & ~enough, middle, low), np.where(open_ & enough, middle, high)
    some = falsified > 0
    size = np.where(some, _ties(items, falsified, target, high, wanted), np.where(target > 0, np.nan, 0.0))
    each = 0.0 - np.expm1(np.where(some, wanted / falsified, -0.0))
    plain, jaech = items * each, (items - (falsified - 1) / 2) * each
    at_plain, at_jaech = (0.0 - np.expm1(log_miss(items, falsified, _up(n, items))) for n in (plain, jaech))
    detection = 0.0 - np.expm1(log_miss(items, falsified, sample))
    return {
        "detection_probability": detection,
        "non_detection_probability": np.exp(log_miss(items, falsified, sample)),
        "detection_level": np.digitize(detection + 1e-12, (LOW, HIGH)).astype(float),
        "expected_falsified_in_sample": sample * falsified / items,
        "sample_size": size,
        "sample_size_approximation": np.where(some, plain, np.nan),
        "sample_size_jaech": np.where(some, jaech, np.nan),
        "detection_at_approximation": np.where(some, at_plain, np.nan),
        "detection_at_jaech": np.where(some, at_jaech, np.nan),
    }


def _up(size: np.ndarray, items: np.ndarray) -> np.ndarray:
    """Rounded up to whole items; 1e-9 above a whole number is that number."""
    return np.clip(np.ceil(size - 1e-9), 0, items)


def _ties(items: np.ndarray, falsified: np.ndarray, target: np.ndarray, found: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """The sample sizes found in floating point, with ties decided exactly: one item fewer, or one more, may be right."""
    out = found.copy()
    scale = np.where(np.isfinite(wanted), TIE * np.maximum(1.0, np.abs(wanted)), -1.0)
    for step in (-1.0, 0.0):
        near = found + step
        close = np.abs(log_miss(items, falsified, np.maximum(near, 0)) - wanted) <= scale
        for n in np.flatnonzero(close & (near >= 0) & (np.minimum(falsified, near) <= LONGEST_PRODUCT)):
            meets = _meets(int(items[n]), int(falsified[n]), int(near[n]), float(target[n]))
            if step < 0 and meets:
                out[n] = near[n]
            elif step == 0 and not meets:
                out[n] = near[n] + 1
    return out


def _meets(items: int, falsified: int, sample: int, target: float) -> bool:
    """P(n) >= t in whole numbers."""
    few, other = sorted((falsified, sample))
    top = bottom = 1
    for k in range(few):
        top, bottom = top * (items - other - k), bottom * (items - k)
    wanted = 1 - rational(target)
    return top * wanted.denominator <= wanted.numerator * bottom


@each_point
def by_counting(at: dict[str, Any]) -> dict[str, float]:
    """Exact fractions, drawing one item after the other: the probability of missing falls by (N - D - k) / (N - k)."""
    items, falsified, sample = (int(at[name]) for name in ("items", "falsified", "sample"))
    wanted = 1 - rational(at["target"])
    miss, needed, missed_by_sample = Fraction(1), None, Fraction(1)
    for k in range(items + 1):
        if k == sample:
            missed_by_sample = miss
        if needed is None and miss <= wanted:
            needed = k
        if k == items or (k >= sample and needed is not None):
            break
        miss *= Fraction(max(items - falsified - k, 0), items - k)
    return {
        "detection_probability": float(1 - missed_by_sample),
        "detection_level": float(sum(missed_by_sample <= 1 - rational(level) for level in (LOW, HIGH))),
        "sample_size": float("nan") if needed is None else float(needed),
    }


@each_point
def by_scipy(at: dict[str, Any]) -> dict[str, float]:
    """The hypergeometric distribution of scipy; the real n of (3) and (4) by Brent's method on (1 - n / M)^D = 1 - t."""
    from scipy.optimize import root_scalar
    from scipy.stats import hypergeom

    items, falsified, target = at["items"], at["falsified"], at["target"]
    out = {"detection_probability": float(hypergeom.sf(0, int(items), int(falsified), int(at["sample"])))}
    if falsified == 0:
        return {**out, "sample_size_approximation": np.nan, "sample_size_jaech": np.nan}
    for name, size in (("sample_size_approximation", items), ("sample_size_jaech", items - (falsified - 1) / 2)):
        short = root_scalar(lambda n, size=size: (1 - n / size) ** falsified - (1 - target), bracket=(0.0, size), xtol=1e-12)
        out[name] = float(short.root)
    return out


def by_drawing(v: Values, *, rng: np.random.Generator) -> dict[str, Any]:
    """Drawn samples: the share that holds a falsified item."""
    from sim.models.model import Estimate

    draws = 20_000
    bad, sample = v["falsified"].astype(int), v["sample"].astype(int)
    good = v["items"].astype(int) - bad
    share = np.array([np.mean(rng.hypergeometric(b, g, n, draws) > 0) for b, g, n in zip(bad, good, sample, strict=True)])
    return {"detection_probability": Estimate(share, np.sqrt(share * (1 - share) / draws))}


def _answers() -> tuple[Answer, ...]:
    out: list[Answer] = []
    for target, exact, plain, jaech in ((0.9, 37, 36.90, 36.17), (0.5, 13, 12.94, 12.69), (0.2, 5, 4.36, 4.28)):
        given = {"items": 100, "falsified": 5, "target": target}
        out.append(Answer(given, "sample_size", exact, 0.0, "derived", "equation (2), counted in exact fractions"))
        out.append(Answer(given, "sample_size_approximation", plain, 5e-3, "derived", "equation (3), by hand"))
        out.append(Answer(given, "sample_size_jaech", jaech, 5e-3, "derived", "equation (4), by hand"))
    for sample, told in ((10, 0.416248), (37, 0.906640)):
        given = {"items": 100, "falsified": 5, "sample": sample}
        source = "equation (1), by hand: 1 - C(95, n) / C(100, n)"
        out.append(Answer(given, "detection_probability", told, 5e-7, "derived", source))
    glossary = (
        "IAEA detection levels, 90 % high and 20 % low: glossary of the nuclear safeguards education portal, nsspi-nssep.org"
    )
    for sample, level in ((37, 2), (36, 1), (5, 1), (4, 0)):
        given = {"items": 100, "falsified": 5, "sample": sample}
        out.append(Answer(given, "detection_level", level, 0.0, "derived", f"equation (1), with the {glossary}"))
    return tuple(out)


CLEAN: Final = "Nothing is falsified, so that no sample finds it."

SAMPLING: Final = Model(
    name="inspection_sampling",
    label="A8",
    title="Detection by random sampling",
    question="How many items must inspectors examine to find a falsified one with a wanted probability?",
    citation=CITATION,
    parameters=(
        Key("items", count(1, MOST_ITEMS, "items"), "N: items in the stratum.", 100),
        Key("falsified", count(0, MOST_ITEMS, "items"), "D: falsified items among them, at most N.", 5),
        Key("sample", count(0, MOST_ITEMS, "items"), "n: items examined, at most N.", 37),
        Key("target", probability(), "t: detection probability wanted.", 0.9),
    ),
    symbols={"N": "items", "D": "falsified", "n": "sample", "t": "target"},
    outcomes=(
        Outcome("detection_probability", "probability", "P(n) for the sample given (1)."),
        Outcome("non_detection_probability", "probability", "1 - P(n), without loss of digits where it is small."),
        Outcome("detection_level", "", "Level of the IAEA that P(n) reaches: low from 20 %, high from 90 %.", words=LEVELS),
        Outcome("expected_falsified_in_sample", "items", "n D / N."),
        Outcome("sample_size", "items", "The least sample that reaches the target (2).", undefined=CLEAN),
        Outcome("sample_size_approximation", "items", "The approximation (3), not rounded.", undefined=CLEAN),
        Outcome("sample_size_jaech", "items", "Jaech's approximation (4), not rounded.", undefined=CLEAN),
        Outcome("detection_at_approximation", "probability", "P(n) at (3) rounded up.", undefined=CLEAN),
        Outcome("detection_at_jaech", "probability", "P(n) at (4) rounded up.", undefined=CLEAN),
    ),
    premises=(
        Premise("no more falsified items than items", lambda v: v["falsified"] <= v["items"]),
        Premise("no more items examined than there are", lambda v: v["sample"] <= v["items"]),
    ),
    solve=solve,
    ways=(
        Way("exact fractions, item by item", by_counting),
        Way("scipy's hypergeometric distribution, and a root for the approximations", by_scipy),
        Way("drawn samples", by_drawing, random=True),
    ),
    caveats=(
        "An examined falsified item is always found; real tests miss some.",
        "D is a choice of the inspectee: with few large defects it is small, and detection is hard.",
        "Rounding the approximations down misses the target. Small errors of the approximation are the subject of a paper whose "
        "abstract was read; the approximations here are as remembered from the literature.",
    ),
    answers=_answers(),
)

MODELS: Final = (SAMPLING,)
