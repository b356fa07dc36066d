"""Drawn games for the tests of the logit equilibrium, and how far a profile is from a fixed point."""

import numpy as np
from scipy.special import expit


def residual(constant: np.ndarray, slope: np.ndarray, precision: np.ndarray, p: np.ndarray) -> np.ndarray:
    return np.abs(p - expit(precision * (constant + np.einsum("...ij,...j->...i", slope, p)))).max(axis=-1)


def drawn_games(kind: str, players: int, number: int, seed: int) -> list[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """Games of four kinds: those of coordination and anti-coordination are close to a pitchfork, alike ones nearly symmetric."""
    rng = np.random.default_rng([seed, players])
    games = []
    for _ in range(number):
        constant, slope = 2 * rng.normal(size=players), 6 * rng.normal(size=(players, players))
        precision = 10 ** rng.uniform(-1, 1, size=players)
        if kind in ("coordination", "anti-coordination"):
            slope = np.abs(slope) if kind == "coordination" else -np.abs(slope)
        if kind == "alike":
            slope = 5 * rng.normal() + 10 ** rng.uniform(-4, -1) * rng.normal(size=slope.shape)
            constant, precision = np.full(players, rng.normal()), np.full(players, precision[0])
        np.fill_diagonal(slope, 0)
        if kind in ("coordination", "anti-coordination"):
            constant = -slope.sum(axis=1) / 2 + 10 ** rng.uniform(-3, 0) * rng.normal(size=players)
        games.append((constant, slope, precision))
    return games
