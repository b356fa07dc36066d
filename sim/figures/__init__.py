"""Figures in the house style, one file per kind of figure."""

from sim.figures.files import draw
from sim.figures.kinds import EXPERIMENT, KINDS, read_experiment

__all__ = ["EXPERIMENT", "KINDS", "draw", "read_experiment"]
