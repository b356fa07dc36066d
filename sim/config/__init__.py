"""Reading, checking and documenting configuration files; every key comes from the declarations of the parts."""

from sim.config.errors import InputError, Located
from sim.config.scenario_file import ScenarioFile, read_scenario
from sim.config.source import Source, library, locate, read

__all__ = ["InputError", "Located", "ScenarioFile", "Source", "library", "locate", "read", "read_scenario"]
