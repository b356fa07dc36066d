"""The security dilemma: regimes against the equilibria of the 2x2 game, trust, and the offence-defence balance."""

from __future__ import annotations

import numpy as np
import pytest

from repeated_case import N, draws, found, one
from sim.models.model import evaluate
from sim.models.offence_defence import BALANCE, REGIMES, STAG_HUNT


def drawn(seed: int) -> dict[str, np.ndarray]:
    return dict(zip(("temptation", "reward", "punishment", "sucker"), draws(seed).normal(0, 2, (4, N)), strict=True)) | {
        "trust": draws(seed + 1).random(N)
    }


def test_regimes_are_those_of_the_equilibria() -> None:
    given = drawn(1)
    (way,) = STAG_HUNT.ways
    first, second = found(STAG_HUNT, given), evaluate(STAG_HUNT, given, way.solve).outcomes
    usual = given["reward"] > given["punishment"]
    regime = np.array(REGIMES)[first["regime"].astype(int)]

    assert (first["regime"][usual] == second["regime"][usual]).all()
    assert set(regime[usual]) >= set(REGIMES[:2]) | {"stag hunt, arming risk-dominant", "prisoner's dilemma", "chicken"}
    hunts = np.char.startswith(regime.astype(str), "stag")
    np.testing.assert_allclose(first["trust_threshold"][hunts], second["trust_threshold"][hunts], atol=1e-12)
    # risk dominance by the product of deviation losses, (R - T)^2 against (P - S)^2
    more = (given["reward"] - given["temptation"]) ** 2 > (given["punishment"] - given["sucker"]) ** 2
    assert ((regime == "stag hunt, complying risk-dominant") == (hunts & more)).all()


def test_the_threshold_is_where_the_best_answer_turns() -> None:
    given = drawn(2)
    out = found(STAG_HUNT, given)
    inner = (out["trust_threshold"] > 1e-6) & (out["trust_threshold"] < 1 - 1e-6)
    at = {name: x[inner] for name, x in given.items()}

    assert inner.sum() > 30
    for shift, complies in ((1e-7, 1.0), (-1e-7, 0.0)):
        moved = found(STAG_HUNT, {**at, "trust": out["trust_threshold"][inner] + shift})
        assert (moved["complies"] == complies).all()
    half = out["trust_threshold"][inner] < 0.5
    assert (half == (out["risk_dominance_margin"][inner] > 0)).all()  # m < 1/2 iff complying risk-dominates


@pytest.mark.parametrize(
    ("payoffs", "regime", "threshold"),
    [
        ((3, 3, 1, 0), "stag hunt, arming risk-dominant", 1.0),  # R = T: trust must be full
        ((2, 3, 1, 1), "harmony", 0.0),  # P = S: complying never loses
        ((3, 3, 1, 1), "on a boundary", 0.0),
        ((3, 3, 1, 2), "on a boundary", 0.0),
        ((4, 3, 1, 1), "on a boundary", None),
        ((4, 3, 0, 1), "chicken", None),
        ((4, 1, 3, 0), "deadlock", None),
        ((5, 3, 1, 0), "prisoner's dilemma", None),
    ],
)
def test_ties_and_games_where_trust_does_not_help(payoffs: tuple[float, ...], regime: str, threshold: float | None) -> None:
    names: list[str] = ["temptation", "reward", "punishment", "sucker"]
    given = dict(zip(names, payoffs, strict=True))
    solution = evaluate(STAG_HUNT, given)

    assert REGIMES[int(solution.outcomes["regime"][0])] == regime
    value = solution.outcomes["trust_threshold"][0]
    assert np.isnan(value) if threshold is None else value == threshold
    if threshold is None:
        assert "No trust makes complying a best answer" in solution.reason("trust_threshold")


def test_boundaries_of_the_balance_are_where_the_regime_changes() -> None:
    rng = draws(3)
    given = {
        "temptation_base": rng.uniform(0, 2, N),
        "temptation_slope": rng.uniform(0.5, 3, N),
        "sucker_base": rng.uniform(1, 3, N),
        "sucker_slope": rng.uniform(0.5, 3, N),
    }
    (way,) = BALANCE.ways
    first = found(BALANCE, given)
    second = evaluate(BALANCE, given, way.solve).outcomes
    for name in ("harmony_until", "risk_dominance_boundary", "dilemma_from"):
        np.testing.assert_allclose(first[name], second[name], atol=1e-6)
    order = np.stack([first["harmony_until"], first["risk_dominance_boundary"], first["dilemma_from"]])
    hunt = (np.diff(order, axis=0) > 1e-3).all(axis=0)  # a stag hunt lies between
    assert hunt.sum() > 50
    places = np.array([order[0] - 1e-4, (order[0] + order[1]) / 2, (order[1] + order[2]) / 2, order[2] + 1e-4])
    names = ("harmony", "stag hunt, complying risk-dominant", "stag hunt, arming risk-dominant", "prisoner's dilemma")
    for place, name in zip(places, names, strict=True):
        regime = found(BALANCE, {**given, "offence_advantage": place})["regime"]
        assert (regime[hunt] == REGIMES.index(name)).all(), name


def test_boundaries_themselves() -> None:
    for a, name in ((0.25, "harmony"), (0.375, "stag hunt, neither risk-dominant"), (0.5, "stag hunt, arming risk-dominant")):
        assert REGIMES[int(one(BALANCE, "regime", offence_advantage=a))] == name
    assert one(BALANCE, "trust_threshold", offence_advantage=0.5) == 1.0
