"""Times of whole sweeps: a million points of a trivial model; 10,000 points of about 100 states, figures included."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
import tomllib
from pathlib import Path

import numpy as np

HERE = Path(__file__).parent

TRIVIAL = """\
title = "Benchmark: three states, four rounds"
[horizon]
years = 1
rounds_per_year = 4
[actors.a]
strategy = { kind = "always_restrain" }
[actors.b]
strategy = { kind = "always_restrain" }
[game]
gain = 3.0
exposure = 4.0
cost = 2.0
[onset]
background_rate = 0.1
[crisis]
kind = "empirical"
rungs = ["war"]
advance = []
resolve = []
"""
MILLION = """\
title = "A million points"
scenario = "trivial.toml"
[sweep.parameters]
"onset.background_rate" = { from = 0.0, to = 1.0, points = 1000 }
"game.gain" = { from = 3.0, to = 4.0, points = 1000 }
"""
TEN_THOUSAND = """\
title = "Ten thousand points"
scenario = "hundred.toml"
times = [5, 10]
[sweep.parameters]
"monitoring.detection" = { from = 0.0, to = 1.0, points = 100 }
"monitoring.false_alarm" = { from = 0.0, to = 0.5, points = 100 }
[[figures]]
name = "map"
kind = "map"
x = "monitoring.detection"
y_axis = "monitoring.false_alarm"
rung = "war"
[[figures]]
name = "lines"
kind = "lines"
x = "monitoring.detection"
where = { "monitoring.false_alarm" = 0.5 }
rung = "war"
"""
MEASURED = """\
import resource, sys, time
began = time.perf_counter()
from sim.cli import main
try:
    main(sys.argv[1:], standalone_mode=False)
finally:
    print(time.perf_counter() - began, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
"""


def hundred() -> str:
    """The small benchmark scenario with a longer memory: about 100 states."""
    return (HERE / "small.toml").read_text(encoding="utf-8").replace('kind = "grim"', 'kind = "limited_punishment", rounds = 2')


def ran(folder: Path, *words: str) -> tuple[float, float]:
    """Seconds of a command, and the most memory of its first process, in MB."""
    done = subprocess.run([sys.executable, "-c", MEASURED, *words], cwd=folder, check=True, capture_output=True, text=True)
    seconds, memory = done.stdout.splitlines()[-1].split()
    return float(seconds), float(memory)


def bare() -> float:
    """Seconds of the bare vectorised loop over the million points, one thread, outcomes kept in memory."""
    from sim.dilemma.sweeps import solve_points

    t = tomllib.loads(TRIVIAL)
    t["onset"]["background_rate"] = np.repeat(np.linspace(0, 1, 1000), 1000)
    t["game"]["gain"] = np.tile(np.linspace(3, 4, 1000), 1000)
    begin = time.perf_counter()
    solve_points(t)
    return time.perf_counter() - begin


def states() -> int:
    """The states of the model of about 100 states."""
    from sim.dilemma.sweeps import prepare

    return len(prepare(tomllib.loads(hundred())).chain)


def measured() -> list[tuple[str, float, str, str]]:
    """Lines of the report: what, how much, unit, budget."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for file, said in (("trivial", TRIVIAL), ("million", MILLION), ("hundred", hundred()), ("ten_thousand", TEN_THOUSAND)):
            (folder / f"{file}.toml").write_text(said, encoding="utf-8")
        loop = bare()
        alone, memory = ran(folder, "run", "million.toml", "--workers", "1")
        shared, _ = ran(folder, "run", "ten_thousand.toml", "--workers", "2")
        again, _ = ran(folder, "run", "ten_thousand.toml", "--workers", "2")
    return [
        ("sweep of a million points of a trivial model, over the bare loop", alone / loop, "times", "3 times"),
        ("    the bare loop", loop, "s", "none"),
        ("    the most memory of the process", memory, "MB", "1,000 MB"),
        (f"10,000 points of {states()} states, figures included, 2 workers", shared, "s", "15 s"),
        ("    the same command again: nothing is left to do", again, "s", "none"),
    ]
