"""Times and ratios, all measured in one run: `make bench`.

Every line says what was measured, how much, and the budget it is held against.  Nothing here is a test: machines differ, and a
shared one is noisy; each figure is the best of a few repetitions.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
import time
import tomllib
import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np

from sim.chain import alias
from sim.dilemma.scenario import Scenario
from sim.dilemma.sweeps import solve_points
from sim.games.two_by_two import solve

HERE = Path(__file__).parent
MAIN = re.findall(r"^EXPERIMENTS := (.*)$", (HERE.parent / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)[0].split()
"""The experiments of `make figures`."""


def best(work: Callable[[], object], times: int = 3) -> float:
    """Seconds of the fastest of a few runs."""
    found = []
    for _ in range(times):
        begin = time.perf_counter()
        work()
        found.append(time.perf_counter() - begin)
    return min(found)


def shell(*words: str) -> float:
    """Seconds of a command, start-up included."""
    return best(lambda: subprocess.run(words, check=True, capture_output=True))


def say(what: str, value: float, unit: str, budget: str) -> None:
    """One line of the report."""
    print(f"{what:<66}{value:>12,.4g} {unit:<22} budget {budget}", flush=True)


def tables(name: str) -> dict:
    """One of the benchmark scenarios."""
    return tomllib.loads((HERE / f"{name}.toml").read_text(encoding="utf-8"))


def command_line() -> None:
    """Start-up, and a scenario of about 2,500 states from the shell."""
    python = sys.executable
    bare = shell(python, "-c", "pass")
    say("sim --help, over bare Python", shell(python, "-m", "sim", "--help") - bare, "s", "0.25 s")
    large = shell(python, "-m", "sim", "solve", str(HERE / "large.toml"), "--json")
    say("sim solve of about 2,500 states, 3 epochs, 80 rounds", large, "s", "2 s")


def batches() -> None:
    """Time per point of a sweep over two numbers, two threads."""
    for name, points, budget in (("small", 4096, "0.2 ms"), ("medium", 512, "3 ms"), ("large", 128, "40 ms")):
        t = tables(name)
        t["monitoring"]["detection"] = np.linspace(0.1, 0.9, points)
        t["onset"]["background_rate"] = np.linspace(0.1, 0.3, points)
        states = solve_points(t, payoffs=False, threads=2).states  # also compiles what numba compiles
        seconds = best(lambda t=t: solve_points(t, payoffs=False, threads=2))
        say(f"sweep, {states:,} states, {points:,} points", seconds / points * 1e3, "ms a point", budget)
        seconds = best(lambda t=t: solve_points(t, threads=2), 1)
        say("    the same with payoffs and onsets", seconds / points * 1e3, "ms a point", "none")


def monte_carlo() -> None:
    """Joint rounds per second of both samplers, and per double that numpy draws."""
    s = Scenario(tables("small"))
    chain, levels, rounds = s.chain(counted=False, caused=False), len(s.structure.rungs), s.structure.rounds
    buffer, rng = np.empty(1 << 16), np.random.Generator(np.random.SFC64(0))
    double = best(lambda: [rng.random(out=buffer) for _ in range(500)]) / (500 * len(buffer))
    replicates = 1 << 20
    alias.sample(chain, levels, replicates=1, seed=0)
    for threads in (1, 2):
        seconds = best(lambda n=threads: alias.sample(chain, levels, replicates=replicates, seed=0, threads=n))
        say(f"alias sampling, {threads} thread(s)", replicates * rounds / seconds / 1e6, "million rounds/s", "none")
        say("    rounds per SFC64 double", replicates * rounds / seconds * double, "", "0.35")
    s.simulate(4096, 0)
    seconds = best(lambda: s.simulate(40_000, 1))
    say("walking the moves, every slot and payoff counted", 40_000 * rounds / seconds / 1e6, "million rounds/s", "2")


def games() -> None:
    """A million 2x2 games at once against nashpy one by one."""
    import nashpy

    rng = np.random.default_rng(0)
    A, B = rng.normal(size=(2, 1_000_000, 2, 2))
    batch = best(lambda: solve(A, B)) / len(A)

    def one_by_one() -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            for a, b in zip(A[:200], B[:200], strict=True):
                list(nashpy.Game(a, b.T).vertex_enumeration())

    say("a batch of a million 2x2 games, per game over nashpy's", best(one_by_one) / 200 / batch, "times faster", "1,000 times")


def figures() -> None:
    """The experiments of `make figures`, from nothing."""
    with tempfile.TemporaryDirectory() as folder:
        names = MAIN
        seconds = best(lambda: subprocess.run([sys.executable, "-m", "sim", "run", *names, "--results", folder], check=True), 1)
    say("sim run of the main experiments, figures included", seconds, "s", "60 s")


def sweeps() -> None:
    """Whole sweeps, from the files to the figures."""
    from sweeps import measured

    for what, value, unit, budget in measured():
        say(what, value, unit, budget)


def models() -> None:
    """Grids of the canonical models."""
    from models import measured

    for what, value, unit, budget in measured():
        say(what, value, unit, budget)


if __name__ == "__main__":
    for part in (command_line, batches, monte_carlo, games, figures, sweeps, models):
        part()
