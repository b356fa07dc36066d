"""Every strategy as play: what it sees, its memory and P(arm), row by row of the table of docs/model.md, section 4."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import pytest

from laws import Raw, each, solved
from sim.declare import REQUIRED
from sim.dilemma.stage_game import EffectiveGame
from sim.dilemma.strategies import STRATEGIES
from small_scenarios import scenario

Seen = tuple[int, int, int]
"""Own action (1: armed), own alarm, whether a rival drew an alarm."""
ROUNDS: list[Seen] = [(own, alarm, rival) for own in (0, 1) for alarm in (0, 1) for rival in (0, 1)]


class Play(NamedTuple):
    """A strategy, what it sees in rounds 0, 1, ..., and its memory and P(arm) in rounds 0, 1, ... (one more)."""

    spec: dict[str, Any]
    seen: list[Seen]
    memory: list[Any]
    arm: list[float]


MEMORY_ONE = {
    "kind": "memory_one",
    "restrain_quiet": 0.1,
    "restrain_alarm": 0.2,
    "arm_quiet": 0.3,
    "arm_alarm": 0.4,
    "first": 0.5,
}
QUIET, ALARM = (0, 0, 0), (0, 0, 1)

PLAYS = [
    # deaf to everything
    Play({"kind": "always_restrain"}, [ALARM, (1, 1, 1)], [0, 0, 0], [0, 0, 0]),
    Play({"kind": "always_arm"}, [QUIET, (0, 1, 0)], [0, 0, 0], [1, 1, 1]),
    Play({"kind": "random", "arm_probability": 0.3}, [QUIET, ALARM, (1, 1, 1)], [0] * 4, [0.3] * 4),
    # arms after a rival's alarm, whatever it did itself and whether or not it drew an alarm
    Play(
        {"kind": "tit_for_tat", "forgiveness": 0.0},
        [QUIET, ALARM, (1, 0, 0), (0, 1, 0), (0, 1, 1), (1, 1, 1), (1, 1, 0)],
        [0, 0, 1, 0, 0, 1, 1, 0],
        [0, 0, 1, 0, 0, 1, 1, 0],
    ),
    Play({"kind": "tit_for_tat", "forgiveness": 0.25}, [ALARM, ALARM, QUIET], [0, 1, 1, 0], [0, 0.75, 0.75, 0]),
    # two alarms running; a quiet round in between starts the count again; a third alarm keeps it going
    Play(
        {"kind": "tit_for_two_tats"},
        [ALARM, QUIET, ALARM, ALARM, (1, 0, 1), (1, 0, 0), (0, 1, 0), ALARM],
        [0, 1, 0, 1, 2, 2, 0, 0, 1],
        [0, 0, 0, 0, 1, 1, 0, 0, 0],
    ),
    # for ever after the first alarm of a rival; its own does not count
    Play({"kind": "grim"}, [QUIET, (0, 1, 0), ALARM, (1, 0, 0), (1, 0, 0)], [0, 0, 0, 1, 1, 1], [0, 0, 0, 1, 1, 1]),
    # three rounds of punishment, deaf to the alarms of rounds 1 to 3; then it listens again
    Play(
        {"kind": "limited_punishment", "rounds": 3},
        [ALARM, (1, 0, 1), (1, 0, 0), (1, 0, 1), QUIET, ALARM],
        [0, 3, 2, 1, 0, 0, 3],
        [0, 1, 1, 1, 0, 0, 1],
    ),
    Play({"kind": "limited_punishment", "rounds": 1}, [ALARM, (1, 0, 1), ALARM], [0, 1, 0, 1], [0, 1, 0, 1]),
    # repeats what it did after quiet, changes it after an alarm; what counts is what it did, tremble included
    Play(
        {"kind": "win_stay_lose_shift"},
        [QUIET, ALARM, (1, 0, 0), (1, 0, 1), (1, 0, 0), (0, 1, 1), (0, 1, 0)],
        [0, 0, 1, 1, 0, 1, 1, 0],
        [0, 0, 1, 1, 0, 1, 1, 0],
    ),
    # one probability for each of its own action and a rival's alarm, and one for the first round
    Play(
        MEMORY_ONE,
        [QUIET, ALARM, (1, 0, 0), (1, 0, 1), (0, 1, 0), (1, 1, 1)],
        ["first", "restrain_quiet", "restrain_alarm", "arm_quiet", "arm_alarm", "restrain_quiet", "arm_alarm"],
        [0.5, 0.1, 0.2, 0.3, 0.4, 0.1, 0.4],
    ),
    # its own alarm of round 0 excuses the rival's alarm of round 1, not that of round 2
    Play(
        {"kind": "contrite_tit_for_tat"},
        [(0, 1, 0), (0, 0, 1), (0, 0, 1), (1, 0, 0)],
        [(0, 0), (0, 1), (0, 0), (1, 0), (0, 0)],
        [0, 0, 0, 1, 0],
    ),
    # its own alarm of the same round is no excuse, but it excuses the next alarm of the rival
    Play({"kind": "contrite_tit_for_tat"}, [(0, 1, 1), (1, 1, 1), (0, 0, 1)], [(0, 0), (1, 1), (0, 1), (0, 0)], [0, 1, 0, 0]),
]


class Choice(NamedTuple):
    """A strategy that plays an equilibrium: the yearly payoffs [own action][other's action] of two actors, P(arm) of both."""

    spec: dict[str, Any]
    payoffs: tuple[list[list[float]], list[list[float]]]
    arm: tuple[float, float]


def dilemma(gain: float, exposure: float, cost: float) -> list[list[float]]:
    """[own][other's]: both restrain 0, be armed against -l, arm alone g - c, both arm -c."""
    return [[0.0, -exposure], [gain - cost, -cost]]


PRISONERS, HARMONY, STAG_HUNT, CHICKEN = dilemma(3, 4, 2), dilemma(1, 1, 2), dilemma(1, 4, 2), dilemma(4, 1, 2)
CHOICES = [
    # a single equilibrium is played whatever the selection
    *[
        Choice({"kind": "nash", "selection": s}, (PRISONERS, PRISONERS), (1, 1))
        for s in ("payoff_dominant", "risk_dominant", "mixed")
    ],
    Choice({"kind": "nash", "selection": "mixed"}, (HARMONY, HARMONY), (0, 0)),
    # Stag Hunt: restraint pays both more (0 against -2); deviation losses c - g = 1 at restraint, l - c = 2 at arming;
    # indifference: arming is worth (g - c)(1 - p) + (l - c) p = -1 + 3 p more
    Choice({"kind": "nash", "selection": "payoff_dominant"}, (STAG_HUNT, STAG_HUNT), (0, 0)),
    Choice({"kind": "nash", "selection": "risk_dominant"}, (STAG_HUNT, STAG_HUNT), (1, 1)),
    Choice({"kind": "nash", "selection": "mixed"}, (STAG_HUNT, STAG_HUNT), (1 / 3, 1 / 3)),
    # Chicken: the pure equilibria tie, which leaves the mixed one: 2 - 3 p = 0
    Choice({"kind": "nash", "selection": "payoff_dominant"}, (CHICKEN, CHICKEN), (2 / 3, 2 / 3)),
    # unequal Chicken: products of deviation losses (g1 - c)(c - l2) = 3 where the first arms alone, 2 where the second does
    Choice({"kind": "nash", "selection": "risk_dominant"}, (dilemma(5, 1, 2), CHICKEN), (1, 0)),
    # the second's indifference fixes the first's p and the other way round: 3 - 4 q = 0, 2 - 3 p = 0
    Choice({"kind": "nash", "selection": "mixed"}, (dilemma(5, 1, 2), CHICKEN), (2 / 3, 3 / 4)),
    # g = l: arming is worth g - c whatever the other does, so p = 1 / (1 + exp(-lambda (g - c)))
    Choice(
        {"kind": "logit", "precision": 1.5}, (dilemma(3, 3, 2), dilemma(1, 1, 3)), (1 / (1 + np.exp(-1.5)), 1 / (1 + np.exp(3)))
    ),
    Choice({"kind": "logit", "precision": 0.0}, (STAG_HUNT, CHICKEN), (0.5, 0.5)),
]


def game(first: list[list[float]], second: list[list[float]]) -> EffectiveGame:
    """An effective stage game of two actors with these payoffs."""
    matrices = [np.array(first, float), np.array(second, float)]
    gains = [u[1] - u[0] for u in matrices]
    slope = [gain[1] - gain[0] for gain in gains]
    return EffectiveGame([gain[0] for gain in gains], [[0.0, slope[0]], [slope[1], 0.0]], matrices)


@pytest.mark.parametrize("play", PLAYS, ids=lambda play: play.spec["kind"])
def test_play(play: Play) -> None:
    strategy = STRATEGIES[play.spec["kind"]]
    memory = [strategy.first]
    for seen in play.seen:
        memory.append(strategy.learn(play.spec, memory[-1], *seen))
    assert memory == play.memory
    assert [strategy.arm(play.spec, m) for m in memory] == pytest.approx(play.arm, abs=1e-15)
    assert strategy.play is None


@pytest.mark.parametrize("choice", CHOICES, ids=lambda choice: choice.spec["kind"])
def test_choice(choice: Choice) -> None:
    strategy = STRATEGIES[choice.spec["kind"]]
    assert strategy.play is not None
    for first, second in ((0, 1), (1, 0)):  # either seat
        payoffs = game(choice.payoffs[first], choice.payoffs[second])
        arm = [strategy.play(choice.spec, payoffs, i) for i in (0, 1)]
        assert each(arm) == pytest.approx([choice.arm[first], choice.arm[second]], abs=1e-12)
    # no memory: nothing that is seen changes it
    assert {strategy.learn(choice.spec, strategy.first, *seen) for seen in ROUNDS} == {strategy.first}


def test_every_strategy_is_played() -> None:
    assert {x.spec["kind"] for x in (*PLAYS, *CHOICES)} == set(STRATEGIES)
    assert set(BY_HISTORY) == {kind for kind, strategy in STRATEGIES.items() if strategy.play is None}
    assert set(AGAINST_ALARMS) == set(STRATEGIES)


# ---- the same table once more, as P(arm) by the whole history


def _limited(spec: dict[str, Any], history: list[Seen]) -> float:
    start = None  # the round whose alarm began the punishment under way
    for t, (_, _, rival) in enumerate(history):
        if rival and (start is None or t > start + spec["rounds"]):
            start = t
    return float(start is not None and len(history) <= start + spec["rounds"])


BY_HISTORY: dict[str, tuple[dict[str, Any], Callable[[dict[str, Any], list[Seen]], float]]] = {
    "always_restrain": ({}, lambda s, h: 0.0),
    "always_arm": ({}, lambda s, h: 1.0),
    "random": ({"arm_probability": 0.7}, lambda s, h: 0.7),
    "tit_for_tat": ({"forgiveness": 0.1}, lambda s, h: 0.9 if h and h[-1][2] else 0.0),
    "tit_for_two_tats": ({}, lambda s, h: float(len(h) > 1 and h[-1][2] == h[-2][2] == 1)),
    "grim": ({}, lambda s, h: float(any(rival for _, _, rival in h))),
    "limited_punishment": ({"rounds": 2}, _limited),
    "win_stay_lose_shift": ({}, lambda s, h: float(bool(h) and h[-1][0] != h[-1][2])),
    "memory_one": (MEMORY_ONE, lambda s, h: (0.1, 0.2, 0.3, 0.4)[2 * h[-1][0] + h[-1][2]] if h else 0.5),
    "contrite_tit_for_tat": ({}, lambda s, h: float(bool(h) and h[-1][2] == 1 and not (len(h) > 1 and h[-2][1]))),
}


@pytest.mark.parametrize("kind", BY_HISTORY)
def test_every_history_of_up_to_four_rounds(kind: str) -> None:
    # 1 + 8 + 64 + 512 + 4096 histories: every state of an automaton of up to five is met and left in every way
    strategy, (parameters, expected) = STRATEGIES[kind], BY_HISTORY[kind]
    spec = {"kind": kind, **parameters}
    memories: dict[tuple[Seen, ...], Any] = {(): strategy.first}
    for length in range(5):
        for history in itertools.product(ROUNDS, repeat=length):
            if length:
                memories[history] = strategy.learn(spec, memories[history[:-1]], *history[-1])
            assert strategy.arm(spec, memories[history]) == pytest.approx(expected(spec, list(history)), abs=1e-15), history


# ---- from the file to P(arm) by round


AGAINST_ALARMS: dict[str, tuple[dict[str, Any], list[float]]] = {
    # b is quiet in rounds 0 and 1 and draws an alarm in each round from 2 on; a is heard by nobody
    "always_restrain": ({}, [0, 0, 0, 0, 0, 0]),
    "always_arm": ({}, [1, 1, 1, 1, 1, 1]),
    "random": ({"arm_probability": 0.3}, [0.3] * 6),
    "tit_for_tat": ({"forgiveness": 0.2}, [0, 0, 0, 0.8, 0.8, 0.8]),
    "tit_for_two_tats": ({}, [0, 0, 0, 0, 1, 1]),
    "grim": ({}, [0, 0, 0, 1, 1, 1]),
    "limited_punishment": ({"rounds": 1}, [0, 0, 0, 1, 0, 1]),
    "win_stay_lose_shift": ({}, [0, 0, 0, 1, 0, 1]),
    # P(arm) p from round 2 on: p' = 0.2 (1 - p) + 0.4 p; before, p' = 0.1 (1 - p) + 0.3 p from 0.5
    "memory_one": (MEMORY_ONE, [0.5, 0.2, 0.14, 0.228, 0.2456, 0.24912]),
    "contrite_tit_for_tat": ({}, [0, 0, 0, 1, 1, 1]),
    # the stage game is a Prisoner's Dilemma with g = l: both arm, or by the logistic of precision x (g - c)
    "nash": ({}, [1, 1, 1, 1, 1, 1]),
    "logit": ({"precision": 2.0}, [1 / (1 + np.exp(-2.0))] * 6),
}


@pytest.mark.parametrize("kind", AGAINST_ALARMS)
def test_from_the_file_to_arming(kind: str) -> None:
    parameters, expected = AGAINST_ALARMS[kind]
    raw = scenario(horizon={"years": 6, "rounds_per_year": 1}, game={"gain": 3.0, "exposure": 3.0, "cost": 2.0})
    raw["actors"]["a"]["strategy"] = {**parameters, "kind": kind}
    raw["events"] = [{"year": 2, "set": {"actors.b.monitoring.false_alarm": 1.0}}]
    assert solved(raw).arming[:, 0].tolist() == pytest.approx(expected, abs=1e-14)


def test_own_alarms_are_an_excuse_for_the_contrite_alone() -> None:
    # a draws an alarm in rounds 0 to 2, b in every round: a is contrite until its own last alarm is a round old
    raw: Raw = scenario(horizon={"years": 6, "rounds_per_year": 1}, monitoring={"false_alarm": 1.0, "detection": 1.0})
    raw["events"] = [{"year": 3, "set": {"actors.a.monitoring.false_alarm": 0.0, "actors.a.monitoring.detection": 0.0}}]
    raw["actors"]["a"]["strategy"] = {"kind": "contrite_tit_for_tat"}
    assert solved(raw).arming[:, 0].tolist() == [0, 1, 0, 0, 0, 1]
    raw["actors"]["a"]["strategy"] = {"kind": "tit_for_tat"}
    assert solved(raw).arming[:, 0].tolist() == [0, 1, 1, 1, 1, 1]


def test_keys_and_defaults() -> None:
    # docs/model.md, section 7: nothing else may be said of a strategy
    found = {k: {key.name: key.default for key in strategy.parameters} for k, strategy in STRATEGIES.items()}
    assert {k: v for k, v in found.items() if v} == {
        "random": {"arm_probability": REQUIRED},
        "tit_for_tat": {"forgiveness": 0.0},
        "limited_punishment": {"rounds": REQUIRED},
        "memory_one": dict.fromkeys(("restrain_quiet", "restrain_alarm", "arm_quiet", "arm_alarm"), REQUIRED) | {"first": 0.0},
        "nash": {"selection": "risk_dominant"},
        "logit": {"precision": REQUIRED},
    }
    assert all(strategy.source for strategy in STRATEGIES.values())
