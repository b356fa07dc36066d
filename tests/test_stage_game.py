"""The stage game, the effective stage game and temptation against their formulas written out (docs/model.md, section 4)."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from copy import deepcopy
from math import exp, prod

import numpy as np
import pytest

from laws import Raw, each, number, numbers, solved
from sim.dilemma.stage_game import EffectiveGame, effective_game, temptation
from sim.dilemma.structure import Structure, structure
from sim.games import SELECTIONS, logit_2x2
from sim.games.bimatrix import equilibria, regret
from small_scenarios import scenario

# ---- the formulas, written out


def weight(raw: Raw, group: str, i: str, j: str, default: float) -> float:
    dyads = raw[group].get("dyads")
    return default if dyads is None else sum(d["weight"] for d in dyads if set(d["actors"]) == {i, j})


def active_of(raw: Raw, i: str, active: Sequence[bool]) -> list[Raw]:
    """The active treaties of an actor."""
    return [t for t, on in zip(raw["treaties"].values(), active, strict=True) if on and i in t.get("parties", raw["actors"])]


def yearly(raw: Raw, i: str, a: dict[str, int], active: Sequence[bool]) -> float:
    """u_i(a) = -c a_i + sum over j of w_ij (g a_i (1 - a_j) - l (1 - a_i) a_j), g and l times (1 + transparency n) per treaty."""
    own = raw["game"] | raw["actors"][i].get("game", {})
    if raw["game"].get("kind") == "matrix":
        (j,) = (x for x in raw["actors"] if x != i)
        return raw["game"]["payoffs"][i][a[i]][a[j]]
    seen = prod(1 + t["transparency"] * t["inspections_per_year"] for t in active_of(raw, i, active))
    g, l_, out = own["gain"] * seen, own["exposure"] * seen, -own["cost"] * a[i]
    for j in raw["actors"]:
        if j != i:
            out += weight(raw, "game", i, j, 1 / (len(raw["actors"]) - 1)) * (g * a[i] * (1 - a[j]) - l_ * (1 - a[i]) * a[j])
    return out


def effective(raw: Raw, i: str, a: dict[str, int], active: Sequence[bool]) -> float:
    """U_i(a): less sanctions times P(alarm) and inspections, plus the crises that arming brings, worth -disaster each."""
    dt = 1 / raw["horizon"]["rounds_per_year"]
    mine, seen = active_of(raw, i, active), raw["monitoring"] | raw["actors"][i].get("monitoring", {})
    if a[i]:
        quiet = (1 - seen["detection"]) ** dt * prod(
            (1 - t["inspection_detection"]) ** (t["inspections_per_year"] * dt) for t in mine
        )
    else:
        quiet = (1 - seen["false_alarm"]) ** dt * prod(
            (1 - t["inspection_false_alarm"]) ** (t["inspections_per_year"] * dt) for t in mine
        )
        quiet = quiet ** prod(1 - t["clarification"] for t in mine)
    out = yearly(raw, i, a, active)
    out -= sum(t["sanction"] * (1 - quiet) / dt + t["inspection_cost"] * t["inspections_per_year"] for t in mine)
    disaster = (raw["crisis"] | raw["actors"][i].get("crisis", {}))["disaster"]
    for j in raw["actors"]:
        if j != i:
            out += weight(raw, "onset", i, j, 1.0) * raw["onset"]["arming_rate"] * (a[i] + a[j]) / 2 * -disaster
    return out


# ---- drawn scenarios with a ladder of one rung, on which a crisis is worth minus the disaster


def drawn(seed: int, n: int, matrix: bool = False) -> Raw:
    rng = np.random.default_rng(seed)
    names = list("abc"[:n])

    def numbers_of(keys: str, high: float = 1.0) -> dict[str, float]:
        return {key: float(rng.uniform(0, high)) for key in keys.split()}

    raw = scenario(
        horizon={"years": 2, "rounds_per_year": float(rng.choice([1, 2, 4]))}, crisis={"kind": "empirical", "rungs": ["war"]}
    )
    raw["crisis"] |= {"advance": [], "resolve": [], "disaster": 2.0}
    actors: Raw = {name: {"strategy": {"kind": "always_restrain"}} for name in names}
    actors["b"] |= {
        "game": numbers_of("gain exposure", 4),
        "crisis": {"disaster": 1.0},
        "monitoring": numbers_of("detection"),
    }
    raw["monitoring"] = numbers_of("detection false_alarm")
    raw["game"] = numbers_of("gain exposure", 4) | numbers_of("cost", 3)
    raw["onset"] = {"arming_rate": float(rng.uniform(0, 0.5))}
    for group in ("game", "onset"):
        if rng.random() < 0.6:
            pairs = [p for p in itertools.combinations(names, 2) if rng.random() < 0.8 or n == 2]
            raw[group]["dyads"] = [{"actors": list(p[::-1]), "weight": float(rng.uniform(0, 2))} for p in pairs]
    if matrix:
        raw["game"] = {"kind": "matrix", "payoffs": {name: rng.uniform(-3, 3, (2, 2)).tolist() for name in names}}
        del actors["b"]["game"]
    keys = "inspection_detection inspection_false_alarm clarification sanction inspection_cost transparency"
    treaties: Raw = {t: numbers_of(keys, 0.4) | {"inspections_per_year": float(rng.uniform(0, 6))} for t in ("t", "u")}
    treaties["u"]["parties"] = ["b", "a"] if n == 2 else ["c", "b"]
    return raw | {"actors": actors, "treaties": treaties}


def profiles(raw: Raw) -> list[dict[str, int]]:
    return [dict(zip(raw["actors"], a, strict=True)) for a in itertools.product((0, 1), repeat=len(raw["actors"]))]


def games(raw: Raw) -> list[tuple[tuple[bool, ...], EffectiveGame, Structure]]:
    """The effective stage game for every set of active treaties."""
    s = structure(raw)
    return [(active, effective_game(s, numbers(s), active), s) for active in itertools.product((False, True), repeat=2)]


def matrices(raw: Raw, active: Sequence[bool]) -> list[np.ndarray]:
    """U of two actors, by own and other's action."""
    first, second = raw["actors"]
    return [
        np.array([[effective(raw, i, {i: own, j: other}, active) for other in (0, 1)] for own in (0, 1)])
        for i, j in ((first, second), (second, first))
    ]


CASES = [(seed, n, matrix) for seed in range(6) for n, matrix in ((2, False), (2, True), (3, False))]


@pytest.mark.parametrize(("seed", "n", "matrix"), CASES)
def test_effective_game(seed: int, n: int, matrix: bool) -> None:
    raw = drawn(seed, n, matrix)
    names = list(raw["actors"])
    for active, found, s in games(raw):
        for k, i in enumerate(names):
            for a in profiles(raw):
                # what arming adds, given what the others do
                expected = effective(raw, i, a | {i: 1}, active) - effective(raw, i, a | {i: 0}, active)
                slopes = sum(number(found.slope[k][m]) * a[j] for m, j in enumerate(names))
                assert number(found.constant[k]) + slopes == pytest.approx(expected, abs=1e-12)
            calm = dict.fromkeys(names, 0)
            offer = effective(raw, i, calm | {i: 1}, active) - effective(raw, i, calm, active)
            own = [on for t, on in zip(s.treaties, active, strict=True) if t in s.treaties_of(i)]
            assert number(temptation(s, numbers(s), i, own)) == pytest.approx(offer, abs=1e-12)
        if n == 2:
            for payoffs, expected in zip(found.payoffs, matrices(raw, active), strict=True):
                assert payoffs.reshape(2, 2) == pytest.approx(expected, abs=1e-12)


def test_the_stage_game_of_two_by_hand() -> None:
    # nothing else: both restrain 0, be armed against -l = -4, arm alone g - c = 1, both arm -c = -2
    s = structure(scenario())
    assert effective_game(s, numbers(s), ()).payoffs[0].reshape(2, 2).tolist() == [[0, -4], [1, -2]]


def test_what_arming_brings_by_crises_is_valued_at_the_first_rung() -> None:
    # C(1) = -(0.2/0.5) x 10 - 1 = -5, C(2) = -10: Cbar = 0.7 x -5 + 0.3 x -10 = -6.5; one side arming: 0.2 / 2 x 3 x -6.5 = -1.95
    table = {
        "kind": "empirical",
        "rungs": ["x", "war"],
        "advance": [0.2],
        "resolve": [0.3],
        "rung_costs": [1.0],
        "disaster": 10.0,
    }
    onset = {"arming_rate": 0.2, "rungs": [0.7, 0.3], "dyads": [{"actors": ["b", "a"], "weight": 3.0}]}
    s = structure(scenario(crisis=table, onset=onset))
    expected = [[0, -4 - 1.95], [1 - 1.95, -2 - 3.9]]
    assert effective_game(s, numbers(s), ()).payoffs[1].reshape(2, 2) == pytest.approx(np.array(expected))


# ---- equilibria


@pytest.mark.parametrize("matrix", [False, True])
def test_nash_is_an_equilibrium_that_nashpy_finds(matrix: bool) -> None:
    several = 0
    for seed in range(30):
        raw = drawn(100 + seed, 2, matrix)
        if seed % 2:
            raw["actors"]["b"].pop("game", None)  # alike, so that more games have several equilibria
        for active, found, _ in games(raw):
            own, others = matrices(raw, active)
            all_ = [(float(x[1]), float(y[1])) for x, y in equilibria(own, others.T)]
            several += len(all_) > 1
            for selection in SELECTIONS:
                chosen = tuple(each(found.nash(selection)))
                assert any(chosen == pytest.approx(point, abs=1e-9) for point in all_)
                if selection == "mixed" and len(all_) > 1:
                    assert 0 < min(chosen) <= max(chosen) < 1
                x, y = (np.array([1 - p, p]) for p in chosen)
                assert regret(own, others.T, x, y) < 1e-9
    assert several > 10


def test_logit_of_two_is_that_of_their_matrices() -> None:
    for seed in range(12):
        raw = drawn(200 + seed, 2)
        for active, found, _ in games(raw):
            own, others = matrices(raw, active)
            for precision in (0.3, 1.0, 4.0):
                expected = [float(p) for p in logit_2x2(own, others, precision, precision)]
                assert each(found.logit(precision)) == pytest.approx(expected, abs=1e-10)


def test_logit_of_three_is_a_fixed_point() -> None:
    # p_i = 1 / (1 + exp(-precision x what arming adds on average over what the others do))
    for seed in range(8):
        raw = drawn(300 + seed, 3)
        for active, found, _ in games(raw)[::3]:
            p = dict(zip("abc", each(found.logit(1.3)), strict=True))
            for i in "abc":
                adds = 0.0
                for a in profiles(raw):
                    if a[i]:
                        chance = prod(p[j] if a[j] else 1 - p[j] for j in "abc" if j != i)
                        adds += chance * (effective(raw, i, a, active) - effective(raw, i, a | {i: 0}, active))
                assert p[i] == pytest.approx(1 / (1 + exp(-1.3 * adds)), abs=1e-10)


@pytest.mark.parametrize("seed", range(5))
def test_constants_change_no_choice(seed: int) -> None:
    # to all payoffs of an actor; and, but for payoff dominance, to all that it gets against one action of the other
    raw = drawn(400 + seed, 2, matrix=True)
    moved, tilted = deepcopy(raw), deepcopy(raw)
    moved["game"]["payoffs"]["a"] = [[x + 7 for x in row] for row in raw["game"]["payoffs"]["a"]]
    moved["game"]["payoffs"]["b"] = [[x - 3 for x in row] for row in raw["game"]["payoffs"]["b"]]
    tilted["game"]["payoffs"]["a"] = [[x + 2, y - 5] for x, y in raw["game"]["payoffs"]["a"]]
    for before, after, across in zip(games(raw), games(moved), games(tilted), strict=True):
        for selection in SELECTIONS:
            assert each(after[1].nash(selection)) == pytest.approx(each(before[1].nash(selection)), abs=1e-11)
            if selection != "payoff_dominant":
                assert each(across[1].nash(selection)) == pytest.approx(each(before[1].nash(selection)), abs=1e-11)
        for other in (after, across):
            assert each(other[1].logit(2.0)) == pytest.approx(each(before[1].logit(2.0)), abs=1e-11)


# ---- in a scenario


def test_strategies_play_the_game_of_the_treaties_in_force() -> None:
    # a Prisoner's Dilemma; under the treaty arming costs a sanction of 2 x 0.75 = 1.5: alone it is worth g - c - 1.5 = -0.5,
    # against an armed rival l - c - 1.5 = 0.5: a Stag Hunt, with 0.5 / (0.5 + 0.5) where mixed
    raw = scenario(monitoring={"detection": 0.75}, treaties={"t": {"sanction": 2.0}}, events=[{"year": 2, "expire": ["t"]}])
    raw["actors"]["a"]["strategy"] = {"kind": "nash", "selection": "payoff_dominant"}
    raw["actors"]["b"] = {"strategy": {"kind": "nash", "selection": "mixed"}, "tremble": 0.1}
    assert solved(raw).arming[:4].tolist() == [pytest.approx(row) for row in ([0, 0.5], [0, 0.5], [1, 0.9], [1, 0.9])]


def test_temptation() -> None:
    # half a year, P(alarm | arm) - P(alarm | restrain) = 0.5 - 0.1; offer: g - c - 0.6 x 0.4 / 0.5 - arming_rate / 2 x disaster
    raw = scenario(horizon={"years": 1, "rounds_per_year": 2}, monitoring={"detection": 0.75, "false_alarm": 0.19})
    raw |= {
        "treaties": {"t": {"sanction": 0.6, "inspection_cost": 9.0, "inspections_per_year": 1}},
        "onset": {"arming_rate": 0.04},
    }
    raw["crisis"]["disaster"] = 5.0
    raw["actors"]["a"] |= {"temptation_precision": 1.5, "strategy": {"kind": "random", "arm_probability": 0.3}, "tremble": 0.2}
    raw["actors"]["b"] |= {"temptation_precision": 0.0}
    tempted = 1 / (1 + exp(-1.5 * (1 - 0.48 - 0.1)))
    p = 0.3 + 0.7 * tempted
    assert solved(raw).arming[0].tolist() == pytest.approx([0.8 * p + 0.2 * (1 - p), 0.5])
