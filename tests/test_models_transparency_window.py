"""The transparency window: its ends, its regimes, and the corners."""

from __future__ import annotations

import numpy as np

from repeated_case import N, agree, draws, found, one
from sim.models.transparency_window import BOTH, CHEATING, HOLDS, TRANSPARENCY, WAR

(SEARCH,) = TRANSPARENCY.ways


def drawn(seed: int) -> dict[str, np.ndarray]:
    names = ("gain", "cheating_cost", "loss", "exposure", "war_cost", "transparency")
    return dict(zip(names, draws(seed).random((6, N)), strict=True))


def test_equations_and_search_agree() -> None:
    agree(TRANSPARENCY, SEARCH, drawn(1), ("least_transparency", "greatest_transparency", "window", "window_width"), 1e-12, N)


def test_the_regime_follows_from_the_ends() -> None:
    given = drawn(2)
    out, q = found(TRANSPARENCY, given), given["transparency"]
    low, high = q < out["least_transparency"], q > out["greatest_transparency"]

    assert (out["regime"] == np.select([low & high, low, high], [BOTH, CHEATING, WAR], HOLDS)).all()
    assert set(out["regime"]) == {BOTH, CHEATING, WAR, HOLDS}
    assert not (out["window"] == 1)[out["regime"] == BOTH].any()
    np.testing.assert_allclose(out["gain_of_cheating"][low] > 0, True)


def test_corners() -> None:
    assert one(TRANSPARENCY, "least_transparency", cheating_cost=5.0) == 0  # cheating never pays
    assert one(TRANSPARENCY, "greatest_transparency", exposure=0.0) == 1
    assert one(TRANSPARENCY, "greatest_transparency", exposure=0.0, war_cost=0.0) == 1
    assert one(TRANSPARENCY, "greatest_transparency", war_cost=0.0) == 0
    assert one(TRANSPARENCY, "least_transparency", loss=0.0) == 1  # only certain discovery deters
    # a window of one point, at q* = c_w / kappa = 1/3
    exact = {"war_cost": 0.3, "exposure": 0.9}
    assert one(TRANSPARENCY, "window", **exact) == 1
    assert one(TRANSPARENCY, "window_width", **exact) < 1e-12
    assert one(TRANSPARENCY, "regime", **exact, transparency=1 / 3) == HOLDS


def test_letters_of_the_war_cost() -> None:
    assert TRANSPARENCY.symbols["cw"] == TRANSPARENCY.symbols["c_w"] == "war_cost"
