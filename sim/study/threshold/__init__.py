"""Break-even values: where one variant begins to beat another, or a probability falls under a level."""

from sim.study.threshold.find import Threshold, differences, find, record
from sim.study.threshold.keys import KEYS
from sim.study.threshold.question import Question, asked, problems

__all__ = ["KEYS", "Question", "Threshold", "asked", "differences", "find", "problems", "record"]
