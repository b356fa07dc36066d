"""How the layers of a round are multiplied together: few factors with few entries (docs/engine.md).

A round is the product of its layers.  Stepping through every layer touches each entry of each; multiplying all of them out may
fill the matrix.  Where to cut is found by dynamic programming over the places between layers, and depends on the patterns alone.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any

Matrix = Any
_HOPELESS = 2
"""A product that costs more than this many times its factors is not carried on: longer ones fill up the matrix."""
Plan = Callable[[list[Matrix]], list[Matrix]]


def factorised(patterns: list[Matrix]) -> Plan:
    """A plan that turns the transposed layers of a round (in order) into few factors."""
    merges = merge_order(patterns)

    def plan(layers: list[Matrix]) -> list[Matrix]:
        factors = list(layers)
        for j in merges:
            factors[j : j + 2] = [factors[j + 1] @ factors[j]]
        return factors

    return plan


def merge_order(patterns: list[Matrix]) -> list[int]:
    """Which neighbours to multiply, one after the other, as positions in the shrinking list.

    `patterns` are matrices of ones, (partial states after, before).  A step costs one unit per entry and one per row of a factor.
    """
    factors, order = list(patterns), []
    j = 0
    while j + 1 < len(factors):  # a product no larger than either side is free
        product = _ones(factors[j + 1] @ factors[j])
        if product.nnz <= max(factors[j].nnz, factors[j + 1].nnz):
            factors[j : j + 2] = [product]
            order.append(j)
            j = max(j - 1, 0)
        else:
            j += 1
    for begin, end in reversed(_segments(factors)):
        segment = factors[begin:end]
        while len(segment) > 1:  # inside a segment, the smallest product first
            products = [_ones(b @ a) for a, b in pairwise(segment)]
            k = min(range(len(products)), key=lambda n: products[n].nnz)
            segment[k : k + 2] = [products[k]]
            order.append(begin + k)
    return order


def _segments(factors: list[Matrix]) -> list[tuple[int, int]]:
    """The cheapest division into consecutive segments, each to be multiplied out."""
    n = len(factors)
    best: list[tuple[int, list[tuple[int, int]]]] = [(0, [])] + [(-1, [])] * n
    for begin in range(n):
        product, alone = None, 0
        for end in range(begin + 1, n + 1):
            product = factors[begin] if product is None else _ones(factors[end - 1] @ product)
            alone += factors[end - 1].nnz + factors[end - 1].shape[0]
            if product.nnz + product.shape[0] > _HOPELESS * alone:
                break
            cost = best[begin][0] + product.nnz + product.shape[0]
            if best[end][0] < 0 or cost < best[end][0]:
                best[end] = (cost, [*best[begin][1], (begin, end)])
    return best[n][1]


def _ones(matrix: Matrix) -> Matrix:
    matrix.data[:] = 1.0
    return matrix
