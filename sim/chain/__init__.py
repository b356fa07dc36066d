"""The engine room: a round as a list of moves, and three readers of that list (compiler, exact engine, Monte Carlo engine).

Nothing in here knows a word of arms control; docs/engine.md states what the engines compute.
"""

from sim.chain.moves import Lottery, Move, Process, Round, Tally, chance, sure

__all__ = ["Lottery", "Move", "Process", "Round", "Tally", "chance", "sure"]
