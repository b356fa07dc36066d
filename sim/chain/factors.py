"""How the layers of a round are multiplied together: few factors with few entries (docs/model.md, section 9).

A round is the product of its layers.  Stepping through every layer touches each entry of each; multiplying all of them out fills
the matrix.  In between, greedily, neighbours are multiplied as long as their product has no more entries than they have together.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Matrix = Any
Plan = Callable[[list[Matrix]], list[Matrix]]


def factorised(patterns: list[Matrix]) -> Plan:
    """A plan that turns the transposed layers of a round (in order) into few factors; it depends on the patterns alone."""
    merges = merge_order(patterns)

    def plan(layers: list[Matrix]) -> list[Matrix]:
        factors = list(layers)
        for j in merges:
            factors[j : j + 2] = [factors[j + 1] @ factors[j]]
        return factors

    return plan


def merge_order(patterns: list[Matrix]) -> list[int]:
    """Which neighbours to multiply, one after the other: positions in the shrinking list."""
    factors, order = list(patterns), []
    products: list[Matrix | None] = [None] * max(len(factors) - 1, 0)
    while len(factors) > 1:
        best, saved = -1, -1
        for j in range(len(factors) - 1):
            if products[j] is None:
                products[j] = _pattern(factors[j + 1] @ factors[j])
            gain = factors[j].nnz + factors[j + 1].nnz + factors[j].shape[0] - products[j].nnz
            if gain > saved:
                best, saved = j, gain
        if best < 0:
            break
        factors[best : best + 2] = [products[best]]
        products[best : best + 1] = []
        for j in (best - 1, best):
            if 0 <= j < len(products):
                products[j] = None
        order.append(best)
    return order


def _pattern(matrix: Matrix) -> Matrix:
    matrix.data[:] = 1.0
    return matrix
