"""In which share of the draws each ordering of the variants holds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np

from sim.dilemma.outcomes import wilson
from sim.study.reduce import Numbers

TIED: Final = 1e-12
"""Two probabilities are a tie where they differ by no more than this share of the larger one."""


def orderings(parts: Sequence[Numbers], variants: Sequence[str], begin: int, end: int) -> dict[str, Any]:
    """Columns of the table of orderings for the points from `begin` to `end`; empty with fewer than two variants.

    An ordering is that of the escalation probabilities of all variants at one point, rung and time, lowest first; the shares of a
    point, rung and time sum to 1.  The interval is Wilson's at 95 %: it is that of the draws as a random sample.
    """
    if len(variants) < 2:
        return {}
    place = {variant: n for n, variant in enumerate(variants)}
    labels = list(dict.fromkeys(x for part in parts for x in part.labels if x[1] == "escalation_probability"))
    draws = max((part.values.shape[1] - 1 for part in parts), default=0)
    drawn = np.full((end - begin, len(labels), draws, len(variants)), np.nan)
    for part in parts:
        kept = [(j, labels.index(x)) for j, x in enumerate(part.labels) if x in labels]
        for j, k in kept:
            drawn[part.points - begin, k, :, place[part.variant]] = part.values[:, 1:, j]
    sound = np.asarray(~np.isnan(drawn).any(axis=-1))
    order = np.argsort(drawn, axis=-1, kind="stable")
    ordered = np.take_along_axis(drawn, order, axis=-1)
    tied = np.diff(ordered, axis=-1) <= TIED * np.abs(ordered[..., 1:])
    found = np.concatenate([order, tied], axis=-1)
    where = np.argwhere(sound.any(axis=-1))
    rows = [row for point, label in where for row in _rows(point, label, found[point, label][sound[point, label]], variants)]
    if not rows:
        return {}
    points, which, words, used, counts = zip(*rows, strict=True)
    told = list(dict.fromkeys(words))
    low, high = np.array([wilson(np.array([c]), n)[0] for c, n in zip(counts, used, strict=True)]).T
    return {
        "point": np.array(points) + begin,
        "key": ([x[2] for x in labels], np.array(which)),
        "time": np.array([labels[k][3] for k in which]),
        "ordering": (told, np.array([told.index(word) for word in words])),
        "draws": np.array(used),
        "share": np.array(counts) / np.array(used),
        "interval_low": low,
        "interval_high": high,
    }


def _rows(point: int, label: int, found: np.ndarray, variants: Sequence[str]) -> list[tuple]:
    """The orderings at one point and label, the most frequent first; `found` (draws, 2 variants - 1) is order and ties."""
    counts: dict[str, int] = {}
    for one, count in zip(*np.unique(found, axis=0, return_counts=True), strict=True):
        word = _words(one[: len(variants)].tolist(), one[len(variants) :].tolist(), variants)
        counts[word] = counts.get(word, 0) + int(count)
    ranked = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return [(point, label, word, len(found), count) for word, count in ranked]


def _words(order: list[int], ties: list[int], variants: Sequence[str]) -> str:
    """ "verification < treaty = no_treaty"; tied variants stand in the order of the file."""
    groups: list[list[int]] = [[order[0]]]
    for variant, tied in zip(order[1:], ties, strict=True):
        if tied:
            groups[-1].append(variant)
        else:
            groups.append([variant])
    words = [" = ".join(str(variants[v]) for v in sorted(group)) for group in groups]
    return " < ".join(words)
