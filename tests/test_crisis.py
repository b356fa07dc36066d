"""Standing and conceding: values, equilibria and their selection, rung by rung (docs/model.md, section 2)."""

from __future__ import annotations

from math import exp, sqrt
from typing import Any

import numpy as np
import pytest

from laws import Raw, number, numbers, solved
from sim.dilemma import crisis
from sim.dilemma.crisis import SELECTIONS, StandGame
from sim.dilemma.structure import structure
from sim.games import logit_2x2
from sim.games.bimatrix import equilibria
from small_scenarios import scenario

Two = tuple[float, float]


def game(slip: float = 0.0, prize: Two = (1.0, 1.0), concession: Two = (0.0, 0.0), ahead: Two = (-4.0, -4.0)) -> StandGame:
    return StandGame(np.float64(slip), *[(np.float64(x), np.float64(y)) for x, y in (prize, concession, ahead)])


def stand(g: StandGame, selection: str = "mixed", precision: float | None = None) -> Two:
    a, b = g.stand(selection, precision)
    return float(a), float(b)


def value(g: StandGame, a: float, b: float) -> Two:
    first, second = g.values(np.float64(a), np.float64(b))
    return float(first), float(second)


def found_by_nashpy(g: StandGame) -> list[Two]:
    """(P(the first stands), P(the second stands)) of all equilibria, by guarded nashpy on the same matrices."""
    own, others = g.matrices()
    return [(float(x[1]), float(y[1])) for x, y in equilibria(own, others.T)]


def drawn_games(count: int, seed: int) -> list[StandGame]:
    """Games with any slip below 1; without a slip or a concession cost now and then."""
    rng = np.random.default_rng(seed)

    def two(low: float, high: float) -> Two:
        return float(rng.uniform(low, high)), float(rng.uniform(low, high))

    return [
        game(rng.uniform() * (rng.random() < 0.8), two(0.1, 3), two(0, 2) if rng.random() < 0.8 else (0.0, 0.0), two(-6, 1))
        for _ in range(count)
    ]


# ---- one rung


def test_matrices() -> None:
    # s X + (1 - s)(...), s = 0.25: stand alone -1 + 0.75 x 2, concede alone -1 - 0.75 x 0.4, both concede -1, both stand -4
    own, others = game(0.25, (2.0, 1.0), (0.4, 0.8), (-4.0, -2.0)).matrices()
    assert own.tolist() == pytest.approx(np.array([[-1.0, -1.3], [0.5, -4.0]]))
    assert others.tolist() == pytest.approx(np.array([[-0.5, -1.1], [0.25, -2.0]]))


def test_the_equilibria_are_those_that_nashpy_finds() -> None:
    kinds = {"chicken": 0, "one": 0, "both": 0}
    for g in drawn_games(400, seed=1):
        dominant = [x + kappa >= 0 for x, kappa in zip(g.ahead, g.concession, strict=True)]
        expected: list[Two] = [(float(dominant[0]), float(dominant[1]))]
        if not any(dominant):
            j, i = ((v / (v - x - kappa)) for v, x, kappa in zip(g.prize, g.ahead, g.concession, strict=True))
            expected = [(0.0, 1.0), (1.0, 0.0), (float(i), float(j))]  # each leaves the other indifferent
        found = found_by_nashpy(g)
        assert sorted(found) == [pytest.approx(point, abs=1e-9) for point in sorted(expected)]
        for selection in ("mixed", "risk_dominant"):
            chosen = stand(g, selection)
            assert any(chosen == pytest.approx(point, abs=1e-9) for point in found)
            assert chosen == pytest.approx(expected[-1], abs=1e-12) or selection == "risk_dominant"
        kinds["both" if all(dominant) else "one" if any(dominant) else "chicken"] += 1
    assert min(kinds.values()) > 10


def test_values_are_payoffs_of_the_matrices() -> None:
    for g in drawn_games(200, seed=2):
        own, others = g.matrices()
        for selection in ("mixed", "risk_dominant"):
            a, b = stand(g, selection)
            x, y = np.array([1 - a, a]), np.array([1 - b, b])
            assert value(g, a, b) == pytest.approx((x @ own @ y, y @ others @ x), abs=1e-12)


def test_risk_dominance_is_the_larger_product_of_deviation_losses() -> None:
    pure = 0
    for g in drawn_games(300, seed=3):
        own, others = g.matrices()
        # at (stand, concede) the first loses by conceding, the second by standing; at (concede, stand) the other way round
        first = (own[1, 0] - own[0, 0]) * (others[0, 1] - others[1, 1])
        second = (others[1, 0] - others[0, 0]) * (own[0, 1] - own[1, 1])
        if len(found_by_nashpy(g)) == 3:
            assert stand(g, "risk_dominant") == ((1, 0) if first > second else (0, 1))
            pure += 1
    assert pure > 100


def test_ties_of_risk_dominance_are_mixed() -> None:
    # v_A (-X_B - kappa_B) against v_B (-X_A - kappa_A): 2 x 3 = 1.5 x 4; equal up to 1e-12 of it
    for nudge, tie in ((0.0, True), (1e-13, True), (-1e-13, True), (1e-10, False)):
        g = game(0.1, (2.0 * (1 + nudge), 1.5), (0.5, 0.5), (-4.5, -3.5))
        assert stand(g, "risk_dominant") == (pytest.approx((1.5 / 4.5, 2 / 6)) if tie else (1, 0))


def test_the_symmetric_mixture() -> None:
    # v / (v - X - kappa): 1 / (1 + 4 - 0.5); slips change nothing
    for slip in (0.0, 0.3):
        assert stand(game(slip, concession=(0.5, 0.5))) == pytest.approx((1 / 4.5, 1 / 4.5))
    # indifferent, so worth conceding: s X - (1 - s) kappa sigma = -1.2 - 0.7 x 0.5 / 4.5
    assert value(game(0.3, concession=(0.5, 0.5)), 1 / 4.5, 1 / 4.5) == pytest.approx([-1.2 - 0.35 / 4.5] * 2)


@pytest.mark.parametrize("selection", SELECTIONS)
@pytest.mark.parametrize(
    ("concession", "ahead", "expected"),
    [
        ((0.5, 0.5), (-0.2, -4.0), (1, 0)),  # war is better than backing down for the first: the other concedes
        ((0.5, 0.5), (-4.0, -0.2), (0, 1)),
        ((0.5, 0.5), (-0.2, -0.2), (1, 1)),
        ((0.0, 0.0), (1.0, 1.0), (1, 1)),
        ((4.0, 0.0), (-4.0, -4.0), (1, 0)),  # X + kappa = 0: standing is weakly dominant, and counts
        ((0.1, 0.0), (-0.1 - 1e-13, -4.0), (1, 0)),  # zero but for rounding
    ],
)
def test_dominance(selection: str, concession: Two, ahead: Two, expected: Two) -> None:
    g = game(0.1, concession=concession, ahead=ahead)
    assert stand(g, selection, 2.0) == expected
    own, others = g.matrices()
    a, b = (int(x) for x in expected)
    assert own[a, b] >= own[1 - a, b] - 1e-12
    assert others[b, a] >= others[1 - b, a] - 1e-12
    assert value(g, *expected) == pytest.approx((own[a, b], others[b, a]))


@pytest.mark.parametrize("selection", SELECTIONS)
def test_a_certain_slip(selection: str) -> None:
    g = game(1.0)
    assert stand(g, selection, 2.0) == (1, 1)
    assert value(g, 1, 1) == (-4, -4)


def test_logit_is_the_logit_equilibrium_of_the_matrices() -> None:
    for g in drawn_games(60, seed=4):
        a, b = stand(g, "logit", 1.5)
        own, others = g.matrices()
        if len(found_by_nashpy(g)) == 3:
            assert (a, b) == pytest.approx([float(x) for x in logit_2x2(own, others, 1.5, 1.5)], abs=1e-12)
            for p, q, u in (
                (a, b, own),
                (b, a, others),
            ):  # and a fixed point: each stands with the logistic of what standing adds
                assert p == pytest.approx(1 / (1 + exp(-1.5 * ((u[1] - u[0]) @ [1 - q, q]))), abs=1e-10)
        else:
            assert {a, b} <= {0.0, 1.0}
    assert stand(game(), "logit", 0.0) == (0.5, 0.5)
    a, b = stand(game(), "logit", 30.0)  # beyond the pitchfork equal sides stay equal, near the mixture 1/5
    assert a == pytest.approx(b, abs=1e-12)
    assert a == pytest.approx(0.2, abs=0.02)


# ---- the ladder


def ladder(table: Raw, actors: Raw | None = None, **more: Any) -> list[crisis.Rung]:
    """The rungs below the last for the two actors, with numbers for arrays."""
    raw = scenario(crisis={"rungs": ["threat", "force", "war"], "disaster": 5.0} | table, **more)
    for name, own in (actors or {}).items():
        raw["actors"][name]["crisis"] = own
    s = structure(raw)

    def plain(x: Any) -> Any:
        return None if x is None else tuple(map(number, x)) if isinstance(x, tuple) else number(x)

    rungs = crisis.ladder(s, numbers(s), ("a", "b"))
    return [crisis.Rung(plain(r.up), plain(r.quits), plain(r.wins), plain(r.stand), plain(r.values)) for r in rungs]


BRINK = {"kind": "brinkmanship", "prize": 1.0, "concession_cost": 0.5, "slip": [0.1, 0.2], "rung_costs": [0.25, 0.5]}


def test_three_rungs_by_hand() -> None:
    # rung 2: X = -5, sigma = 1 / (1 + 5 - 0.5) = 2/11, E = -5 x 0.2 - 0.8 x 0.5 x 2/11 = -11.8/11, C = E - 0.5 = -17.3/11
    # rung 1: X = -17.3/11, sigma = 1 / (1 + 11.8/11) = 11/22.8, E = -1.73/11 - 0.9 x 0.5 x 11/22.8, C = E - 0.25
    one, two = ladder(BRINK)
    assert two.stand == pytest.approx((2 / 11, 2 / 11))
    assert two.values == pytest.approx((-17.3 / 11, -17.3 / 11))
    assert two.up == pytest.approx(0.2 + 0.8 * 4 / 121)
    assert (two.wins[0], two.wins[1], two.quits) == pytest.approx((0.8 * 18 / 121, 0.8 * 18 / 121, 0.8 * 81 / 121))
    sigma = 11 / 22.8
    assert one.stand == pytest.approx((sigma, sigma))
    assert one.values == pytest.approx([-1.73 / 11 - 0.45 * sigma - 0.25] * 2)
    assert one.up == pytest.approx(0.1 + 0.9 * sigma**2)
    assert one.up + one.quits + sum(one.wins) == pytest.approx(1)


def test_unequal_sides_by_hand() -> None:
    # rung 2, a: v = 2, X = -5; b: v = 1, X = -1, kappa = 0.5 each; risk: 2 (1 - 0.5) = 1 < 1 (5 - 0.5), so b alone stands:
    # C_a = 0.2 x -5 - 0.8 x 0.5 - 0.5 = -1.9, C_b = 0.2 x -1 + 0.8 x 1 - 0.5 = 0.1
    # rung 1: X_b + kappa = 0.6 >= 0, standing is dominant for b, and a concedes:
    # C_a = -0.19 - 0.9 x 0.5 - 0.25 = -0.89, C_b = 0.01 + 0.9 - 0.25 = 0.66
    one, two = ladder(BRINK | {"selection": "risk_dominant"}, {"a": {"prize": 2.0}, "b": {"disaster": 1.0}})
    assert (two.stand, one.stand) == ((0, 1), (0, 1))
    assert two.values == pytest.approx((-1.9, 0.1))
    assert one.values == pytest.approx((-0.89, 0.66))
    assert (one.up, one.quits, *one.wins) == pytest.approx((0.1, 0, 0, 0.9))


def test_channels_thin_slips() -> None:
    # 1 - (1 - 0.1)^(0.5 x 0.4) of events slip
    channels = {"x": {"accident_reduction": 0.5}, "y": {"accident_reduction": 0.6}}
    one, two = ladder(BRINK | {"selection": "risk_dominant"}, {"a": {"prize": 2.0}}, channels=channels)
    assert (one.up, two.up) == pytest.approx((1 - 0.9**0.2, 1 - 0.8**0.2))
    (certain, _), none = ladder(BRINK | {"slip": [1.0, 0.0]}, channels=channels), {"x": {"accident_reduction": 1.0}}
    assert certain.up == 1
    # a channel that prevents every accident
    assert ladder(BRINK | {"selection": "risk_dominant", "slip": [0.5, 1.0]}, {"a": {"prize": 2.0}}, channels=none)[1].up == 0


def test_an_empirical_ladder() -> None:
    # C(2) = -5 x 0.5 / 0.5 - 0.4 = -5.4; C(1) = -5.4 x 0.2 / 0.5 - 0.1 = -2.26; b: -10.4 and -4.26
    table = {"kind": "empirical", "advance": [0.2, 0.5], "resolve": [0.3, 0.0], "rung_costs": [0.1, 0.4]}
    one, two = ladder(table, {"b": {"disaster": 10.0}})
    assert two.values == pytest.approx((-5.4, -10.4))
    assert one.values == pytest.approx((-2.26, -4.26))
    assert (one.up, one.quits, one.wins, one.stand) == (0.2, 0.3, (0, 0), None)
    # a rung that leads nowhere is worth nothing but its cost
    assert ladder(table | {"advance": [0.2, 0.0]})[1].values == pytest.approx((-0.4, -0.4))


@pytest.mark.parametrize(("rungs", "expected"), [([1.0], -2.26), ([0.5, 0.5], -3.83), ([0.2, 0.3, 0.5], -0.452 - 1.62 - 2.5)])
def test_expected_value_of_a_crisis(rungs: list[float], expected: float) -> None:
    # of C(1) = -2.26, C(2) = -5.4, C(3) = -5 by the probabilities of the first rung
    table = {"kind": "empirical", "advance": [0.2, 0.5], "resolve": [0.3, 0.0], "rung_costs": [0.1, 0.4]}
    s = structure(scenario(crisis={"rungs": ["threat", "force", "war"], "disaster": 5.0} | table, onset={"rungs": rungs}))
    assert number(crisis.expected_value(s, numbers(s), ("a", "b"))[0]) == pytest.approx(expected)


def test_the_climb_of_a_solved_scenario() -> None:
    # a certain onset in round 0; force in round 1, war in round 2 with the probabilities of the hand example, and no way back
    raw = scenario(crisis={"rungs": ["threat", "force", "war"], "disaster": 5.0} | BRINK, monitoring={"false_alarm": 1.0})
    raw |= {"onset": {"alarm_probability": 1.0}, "events": [{"year": 1, "set": {"onset.alarm_probability": 0.0}}]}
    found = solved(raw).escalation_probability
    up = [0.1 + 0.9 * (11 / 22.8) ** 2, 0.2 + 0.8 * 4 / 121]
    assert found[[0, 1, 2, 3, 10]] == pytest.approx(
        np.array([[0, 0, 0], [1, 0, 0], [1, up[0], 0], *[[1, up[0], up[0] * up[1]]] * 2])
    )


def test_slips_with_channels_of_a_solved_scenario() -> None:
    # b concedes to the larger prize, so war comes by slips alone: 1 - (1 - 0.75)^0.5
    table = {
        "kind": "brinkmanship",
        "rungs": ["x", "war"],
        "prize": 1.0,
        "disaster": 5.0,
        "slip": [0.75],
        "selection": "risk_dominant",
    }
    raw = scenario(crisis=table, monitoring={"false_alarm": 1.0}, onset={"alarm_probability": 1.0})
    raw |= {"horizon": {"years": 2, "rounds_per_year": 1}, "channels": {"h": {"accident_reduction": 0.5}}}
    raw["actors"]["a"]["crisis"] = {"prize": 2.0}
    assert solved(raw).escalation_probability[2, 1] == pytest.approx(1 - sqrt(0.25))
