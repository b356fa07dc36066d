"""Experiments: designs of sweeps, the runner, the store of results and their provenance."""

from sim.study.experiment import ExperimentFile
from sim.study.figure_kind import FigureKind
from sim.study.finish import Progress
from sim.study.reader import read_experiment
from sim.study.results import Results
from sim.study.runner import RunReport, merge, run
from sim.study.work import Failure

__all__ = ["ExperimentFile", "Failure", "FigureKind", "Progress", "Results", "RunReport", "merge", "read_experiment", "run"]
