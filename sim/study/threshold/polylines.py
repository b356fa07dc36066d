"""Crossed edges of cells joined to lines: the last step of marching squares."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Edges:
    """For each crossed cell the numbers of the points on its edges, -1 for none: bottom, right, top, left; shape (cells, 4)."""

    points: np.ndarray
    joins: np.ndarray
    """In a cell with four crossings: whether the centre is of one sign with the corner at the bottom left, shape (cells,)."""
    sound: np.ndarray
    """Whether a point could be found, shape (points,)."""


def joined(edges: Edges) -> list[list[int]]:
    """Lines as lists of points, those that end first; a closed line ends with the point that it begins with."""
    beside: dict[int, list[int]] = {}
    for one, other in _pairs(edges):
        beside.setdefault(one, []).append(other)
        beside.setdefault(other, []).append(one)
    ends = sorted(point for point, others in beside.items() if len(others) == 1)
    left = set(beside)
    out = [_walk(start, beside, left) for start in ends if start in left]
    while left:
        loop = _walk(min(left), beside, left)
        out.append([*loop, loop[0]])
    return out


def _pairs(edges: Edges) -> Iterator[tuple[int, int]]:
    """The two ends of the piece of the line in each cell; of both pieces in a saddle."""
    for (bottom, right, top, left), joins in zip(edges.points.tolist(), edges.joins.tolist(), strict=True):
        there = [point for point in (bottom, right, top, left) if point >= 0]
        pairs = [(bottom, right), (top, left)] if joins else [(left, bottom), (right, top)]
        for one, other in pairs if len(there) == 4 else [tuple(there)]:
            if edges.sound[one] and edges.sound[other]:
                yield one, other


def _walk(start: int, beside: dict[int, list[int]], left: set[int]) -> list[int]:
    """The points from a start on, as far as there are any left."""
    out, here = [start], start
    left.discard(start)
    while ahead := [point for point in beside[here] if point in left]:
        here = min(ahead)
        left.discard(here)
        out.append(here)
    return out
