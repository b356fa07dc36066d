"""Sampling a compiled chain by alias tables, for very many replicates (Walker 1977, Vose 1991; docs/engine.md).

One random word moves a replicate one round, whatever the model: its high bits choose a cell of the state's table, the next
32 bits choose between the cell's two targets.  Probabilities are met to 2^-32 a cell.  Nothing but first passage is counted; the
engine that walks the moves counts everything else.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
from scipy import sparse

from sim.chain.compile import Chain, heights
from sim.chain.exact import Numbers, layer_matrix, start_law
from sim.chain.monte_carlo import keyed

LANES = 16
"""Replicates that move together, each with its own generator."""
BLOCK = 1 << 15
"""Replicates per block, the unit of work of a thread; part of what a seed means."""
_MOST_STATES = 1 << 16


def transition_matrix(chain: Chain, epoch: int) -> sparse.csr_array:
    """The transition matrix of one epoch, shape (S, S), rows sum to one."""
    tables, n = Numbers(chain), len(chain)
    out = sparse.csr_array((n, n))
    for lifted in chain.rounds:
        m, rows = len(lifted.rows), lifted.rows
        product = sparse.csr_array((np.ones(m), (np.arange(m), rows)), (m, n))
        for layer in lifted.layers:
            product = layer_matrix(layer, tables.of(layer, epoch)) @ product
        k = len(lifted.target)
        out = out + sparse.csr_array(sparse.csr_array((np.ones(k), (lifted.target, np.arange(k))), (n, k)) @ product).T
    return out


def sample(chain: Chain, levels: int, *, replicates: int, seed: int, threads: int = 2) -> np.ndarray:
    """How many replicates first reached each level in each round, shape (T + 1, L): arrivals, as the walking engine counts them.

    Same seed, same numbers, whatever the threads.  Raises ValueError for more than 65,536 states.
    """
    from sim.chain.alias_jit import build, run

    process, n = chain.process, len(chain)
    if n > _MOST_STATES:
        raise ValueError(f"alias tables are for at most {_MOST_STATES:,} states, found {n:,}")
    height = heights(chain, levels)
    order = np.argsort(height, kind="stable")  # higher levels last: one comparison tells an arrival
    number = np.empty(n, np.int64)
    number[order] = np.arange(n)
    first = np.searchsorted(height[order], np.arange(1, levels + 2)).astype(np.int64)
    tables = []
    for e in range(len(process.first)):
        matrix = transition_matrix(chain, e)[order][:, order].tocsr()
        bits = max(1, int(np.ceil(np.log2(max(np.diff(matrix.indptr).max(), 2)))))
        tables.append((build(matrix.indptr.astype(np.int64), matrix.indices.astype(np.int64), matrix.data, bits), bits))
    forced = [number[chain.forced[e]][order] for e in range(len(process.first))]
    start = np.cumsum(start_law(chain)[order])
    ends = [*process.first[1:], process.horizon]

    def block(b: int) -> np.ndarray:
        count = min(BLOCK, replicates - b * BLOCK)
        rng = np.random.Generator(keyed(seed, b, "alias"))
        state = np.minimum(np.searchsorted(start / start[-1], rng.random(BLOCK), "right"), n - 1).astype(np.int64)
        words = rng.integers(0, 2**64, (4, LANES), np.uint64)
        peak, arrivals = np.zeros(BLOCK, np.int64), np.zeros((process.horizon + 1, levels), np.int64)
        for e, (begin, end) in enumerate(zip(process.first, ends, strict=True)):
            state = forced[e][state]
            table, bits = tables[e]
            run(table, bits, state, peak, first, words, begin, end, count, arrivals)
        return arrivals

    with ThreadPoolExecutor(threads) as pool:
        return sum(pool.map(block, range(-(-replicates // BLOCK))), np.zeros((process.horizon + 1, levels), np.int64))
