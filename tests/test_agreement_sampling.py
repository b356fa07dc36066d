"""Sampling scenarios: alias tables, memory, seeds, common random numbers, scenarios too large to enumerate (docs/engine.md)."""

from __future__ import annotations

import copy
import subprocess
import sys
import time
import tracemalloc
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import drawn
from sim.chain import alias
from sim.dilemma.outcomes import Outcomes
from sim.dilemma.scenario import Scenario
from sim.dilemma.traces import trace
from standard_errors import wrong_counts

Raw = dict[str, Any]


def drawn_tables(seed: int, **force: Any) -> Raw:
    return drawn.draw(np.random.default_rng(seed), limit=100_000, force={"variants": False, **force})


# ---- alias tables


@pytest.mark.parametrize("seed", range(8))
def test_alias_sampling_agrees_with_the_exact_engine(seed: int) -> None:
    # about 30 counts each; one that is right is called wrong with 1e-6
    scenario = Scenario(drawn_tables(seed, events=seed % 3, treaties=1, rungs=1 + seed % 4))
    n, levels = 2 * alias.BLOCK, len(scenario.structure.rungs)
    chain = scenario.chain(counted=False, caused=False)
    one = alias.sample(chain, levels, replicates=n, seed=seed, threads=1)

    assert wrong_counts(np.cumsum(one, axis=0), n, scenario.solve().escalation_probability) == []
    assert alias.sample(chain, levels, replicates=n, seed=seed, threads=2).tobytes() == one.tobytes()
    again = Scenario(copy.deepcopy(scenario.structure.tables)).chain(counted=False, caused=False)
    assert alias.sample(again, levels, replicates=n, seed=seed).tobytes() == one.tobytes()


def test_alias_scores_are_standard_normal() -> None:
    # about 50 scenarios, the first rung at the end: mean outside 0.5 with 4e-4, standard deviation outside [0.68, 1.38] with 1e-3
    z = []
    for seed in range(100, 160):
        scenario = Scenario(drawn_tables(seed))
        final = scenario.solve().escalation_probability[-1]
        p, levels = final[0], len(final)
        if 1e-3 < p < 1 - 1e-3:
            counts = alias.sample(scenario.chain(counted=False, caused=False), levels, replicates=alias.BLOCK, seed=seed)
            z.append((counts[:, 0].sum() / alias.BLOCK - p) / np.sqrt(p * (1 - p) / alias.BLOCK))

    assert len(z) >= 40
    assert abs(np.mean(z)) < 0.5
    assert 0.68 < np.std(z, ddof=1) < 1.38


# ---- seeds


def same(a: Outcomes, b: Outcomes) -> bool:
    return str(a.record()) == str(b.record())


@pytest.mark.parametrize("seed", range(3))
def test_the_same_seed_gives_the_same_numbers(seed: int) -> None:
    tables = drawn_tables(seed)
    first = Scenario(tables).simulate(5000, seed=seed)

    assert same(Scenario(copy.deepcopy(tables)).simulate(5000, seed=seed), first)
    assert not same(Scenario(tables).simulate(5000, seed=seed + 1), first)
    zero = [Scenario(tables).simulate(3000, seed=s) for s in (0, 0, 1)]  # 0 is a seed like any other
    assert same(zero[0], zero[1])
    assert not same(zero[0], zero[2])


def rare(background: float, **parts: Any) -> Raw:
    """Two restrained actors and a background rate of crises that climb a ladder of two rungs."""
    return {
        "title": "rare",
        "horizon": {"years": 10, "rounds_per_year": 2},
        "actors": {name: {"strategy": {"kind": "tit_for_tat"}, "tremble": 0.1} for name in ("a", "b")},
        "game": {"gain": 3.0, "exposure": 4.0, "cost": 2.0},
        "monitoring": {"detection": 0.6, "false_alarm": 0.1},
        "onset": {"background_rate": background},
        "crisis": {"kind": "empirical", "rungs": ["threat", "war"], "advance": [0.3], "resolve": [0.6]},
        **parts,
    }


def test_variants_share_their_random_numbers() -> None:
    low, high = (Scenario(rare(rate)).simulate(20_000, seed=3) for rate in (0.05, 0.06))

    # peace is the first outcome of an onset: whoever has a crisis at the lower rate has one by then at the higher
    assert (high.escalation_probability[:, 0] >= low.escalation_probability[:, 0]).all()
    # the difference has far less noise than that of independent runs: exact 0.0577, standard error 0.0052 (independent: 0.0156)
    differences = []
    for seed in range(20):
        a, b = (Scenario(rare(rate)).simulate(2000, seed=seed).escalation_probability[-1, 0] for rate in (0.05, 0.06))
        differences.append(b - a)
    p, q = 1 - np.exp(-0.5), 1 - np.exp(-0.6)
    independent = np.sqrt(p * (1 - p) / 2000 + q * (1 - q) / 2000)
    assert np.std(differences, ddof=1) < 0.6 * independent  # in truth 0.3 of it
    assert np.mean(differences) == pytest.approx(q - p, abs=4.9 * independent / np.sqrt(20))


def test_what_changes_later_or_touches_nothing_changes_no_earlier_draw() -> None:
    plain = Scenario(rare(0.1)).simulate(6000, seed=1)
    condition = {"states": ["x", "y"], "initial": "x", "rates": {"x->y": 0.3}}
    more = Scenario(rare(0.1, conditions={"talks": condition})).simulate(6000, seed=1)
    later = Scenario(rare(0.1, events=[{"year": 5, "set": {"onset.background_rate": 0.5}}])).simulate(6000, seed=1)

    for name in ("escalation_probability", "rung_occupancy", "arming", "discounted_payoff", "causes"):
        assert np.array_equal(getattr(more, name), getattr(plain, name)), name
    assert np.array_equal(later.rung_occupancy[:11], plain.rung_occupancy[:11])
    assert np.array_equal(later.arming[:11], plain.arming[:11])
    assert not np.array_equal(later.rung_occupancy, plain.rung_occupancy)


def test_replicates_replayed_alone_add_up_to_the_simulation() -> None:
    # the first 300 replicates one by one: what each passes is what the block of 300 counts
    scenario, n = Scenario(rare(0.3, treaties={"t": {"withdrawal_rate": 0.1, "notice_years": 1.0}})), 300
    found = scenario.simulate(n, seed=8)
    reached, armed = np.zeros((21, 2)), np.zeros((20, 2))
    for replicate in range(n):
        history = trace(scenario, 8, replicate)
        for k in (1, 2):
            arrived = [record.t + 1 for record in history if record.slots["rung'"] >= k]
            reached[min(arrived, default=21) :, k - 1] += 1
        for record in history:
            if record.slots["rung"] == 0:
                armed[record.t] += record.slots["act.a"], record.slots["act.b"]

    assert np.array_equal(reached, np.rint(found.escalation_probability * n))
    peace = found.rung_occupancy[:-1, :1] * n
    assert armed == pytest.approx(found.arming * peace, abs=1e-9)


def test_memory_does_not_grow_with_replicates() -> None:
    scenario = Scenario(rare(0.2))
    peaks = []
    for replicates in (20_000, 100_000):
        tracemalloc.start()
        scenario.simulate(replicates, seed=1)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()

    assert peaks[1] < 1.05 * peaks[0]
    assert peaks[1] < 8e6  # a block of 4,096 with its streams and slots; 100,000 numbers alone would take 0.8 MB a slot


# ---- too large to enumerate

NAMES = [f"actor_{n}" for n in range(10)]
STRATEGIES: list[Raw] = [
    {"kind": "tit_for_tat", "forgiveness": 0.2},
    {"kind": "grim"},
    {"kind": "win_stay_lose_shift"},
    {"kind": "limited_punishment", "rounds": 3},
    {"kind": "memory_one", "restrain_quiet": 0.05, "restrain_alarm": 0.6, "arm_quiet": 0.5, "arm_alarm": 0.9},
    {"kind": "contrite_tit_for_tat"},
    {"kind": "tit_for_two_tats"},
    {"kind": "random", "arm_probability": 0.2},
    {"kind": "tit_for_tat"},
    {"kind": "grim"},
]


def large() -> Raw:
    """Ten actors with memories, four treaties that cascade, three conditions that hear of crises; onsets by background alone."""
    without = {"kind": "always_arm"}
    treaty = {"withdrawal_rate": 0.02, "notice_years": 0.5, "suspension_probability": 0.1, "cascade": 0.5}
    treaty |= {"resumption_rate": 0.3, "collapse_rate": 0.1, "renegotiation_rate": 0.05}
    condition = {"states": ["x", "y", "z"], "initial": "x", "rates": {"x->y": 0.3, "y->z": 0.2, "z->x": 0.5}}
    condition["on"] = {"onset": {"x->z": 0.5}, "crisis": {"y->x": 0.5}}
    return {
        "title": "large",
        "horizon": {"years": 20, "rounds_per_year": 2},
        "actors": {
            name: {"strategy": strategy, "strategy_without_treaty": without, "tremble": 0.02, "turnover_years": 8.0}
            for name, strategy in zip(NAMES, STRATEGIES, strict=True)
        },
        "game": {"gain": 3.0, "exposure": 4.0, "cost": 2.0, "discount": 0.95},
        "monitoring": {"detection": 0.5, "false_alarm": 0.05},
        "treaties": {f"treaty_{k}": {"parties": NAMES[2 * k : 2 * k + 4], **treaty} for k in range(4)},
        "conditions": {f"condition_{k}": condition for k in range(3)},
        "onset": {"background_rate": 0.001},
        "crisis": {
            "kind": "brinkmanship",
            "rungs": ["threat", "force", "war"],
            "prize": 1.0,
            "disaster": 9.0,
            "slip": [0.05, 0.1],
        },
    }


def test_a_scenario_too_large_to_enumerate_is_simulated() -> None:
    n, begin = 3000, time.process_time()
    found = Scenario(large()).simulate(n, seed=1)

    assert time.process_time() - begin < 20  # 1 to 5 s
    # 45 pairs of weight 1 and the rate r each: peace lasts t years with exp(-45 r t), whatever else goes on
    years = np.arange(41) / 2
    assert wrong_counts(found.escalation_probability[:, 0] * n, n, 1 - np.exp(-45 * 0.001 * years)) == []
    # a condition's clock runs at the rate 0.3 until a crisis begins: by round 1 nothing else has moved it out of x
    for table in found.condition_occupancy.values():
        onset, clock = 1 - np.exp(-45 * 0.001 / 2), 1 - np.exp(-0.15)
        left = onset * (0.5 + 0.5 * clock) + (1 - onset) * clock
        assert wrong_counts(table[1, :1] * n, n, np.array([1 - left])) == []
    # in round 0 nobody has seen an alarm: the automata tremble; two of them draw by themselves
    armed = np.full(10, 0.02)
    armed[[4, 7]] = 0.0 + 0.02, 0.2 * 0.98 + 0.8 * 0.02  # memory_one starts with `first`, 0
    assert wrong_counts(found.arming[0] * n, n, armed) == []
    assert found.causes[0].tolist() == [1, 0, 0, 0]


GIVES_UP = """
import resource, sys, time
sys.path[:0] = [{root!r}, {tests!r}]
from sim.chain.kernels import TooLarge
from sim.dilemma.scenario import Scenario
from test_agreement_sampling import large
scenario, begin, before = Scenario(large()), time.process_time(), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
try:
    scenario.solve()
except TooLarge as error:
    used = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    print(time.process_time() - begin, used / 1024, error.slots[0][0], sep=",")
"""


def test_the_exact_engine_gives_up_on_it_soon() -> None:
    # in a process of its own, as memory once taken cannot be told from what earlier tests took
    here = Path(__file__).resolve().parent
    code = GIVES_UP.format(root=str(here.parent), tests=str(here))
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    seconds, megabytes, slot = done.stdout.strip().split(",")

    assert float(seconds) < 20
    assert float(megabytes) < 2000
    assert slot.split(".")[0] in ("memory", "arming", "alarming", "act", "alarm", "aligned", "learned", "turned")


def test_five_actors_are_solved_by_both() -> None:
    tables = large()
    names = NAMES[:5]
    tables["actors"] = {name: {"strategy": STRATEGIES[0], "tremble": 0.1} for name in names}
    tables["treaties"], tables["conditions"] = {"t": {"withdrawal_rate": 0.1}}, {}
    tables["onset"] = {"background_rate": 0.005, "arming_rate": 0.02, "alarm_probability": 0.01}
    scenario, n = Scenario(tables), 4000
    exact, found = scenario.solve(), scenario.simulate(n, seed=2)

    assert wrong_counts(found.escalation_probability * n, n, exact.escalation_probability) == []
    assert wrong_counts(found.rung_occupancy * n, n, exact.rung_occupancy) == []
    z = (found.discounted_payoff - exact.discounted_payoff) / found.payoff_error
    assert np.abs(z).max() < 4.5  # false alarm 4e-5
