"""Changes of sign of functions of one number, over draws (sim/study/threshold/crossings.py)."""

from __future__ import annotations

import numpy as np

from sim.study.threshold.crossings import KINDS, Crossings, crossings, refined
from sim.study.threshold.find import band

X = np.linspace(0.0, 1.0, 33)
FINE = 1e-9


def kinds(found: Crossings) -> list[str]:
    return [KINDS[k] for k in found.kind]


def test_a_function_that_falls_through_zero_once_begins_there() -> None:
    found = crossings(lambda x, draw: np.exp(-x) - np.exp(-0.3), X, 1, FINE)

    assert kinds(found) == ["begins"]
    assert found.begins.tolist() == [True]
    assert found.jump.tolist() == [False]
    assert abs(found.x[0] - 0.3) < 2 * FINE


def test_a_rising_function_ceases() -> None:
    found = crossings(lambda x, draw: x**3 - 0.2, X, 1, FINE)

    assert kinds(found) == ["ends"]
    assert found.begins.tolist() == [False]
    assert abs(found.x[0] - 0.2 ** (1 / 3)) < 2 * FINE


def test_all_crossings_of_a_function_that_is_not_monotone_are_found() -> None:
    found = crossings(lambda x, draw: (x - 0.301) * (x - 0.7), X, 1, FINE)

    assert kinds(found) == ["several"]
    assert np.allclose(found.x, [0.301, 0.7], rtol=0, atol=2 * FINE)
    assert found.begins.tolist() == [True, False]


def test_every_draw_has_its_own_crossings_in_order() -> None:
    # draw d: below 0 beyond t = d/10 - 0.15; draws 0 and 1 hold from the low end on, draw 12 nowhere (t = 1.05)
    found = crossings(lambda x, draw: draw / 10 - 0.15 - x, X, 13, FINE)

    assert kinds(found) == ["everywhere"] * 2 + ["begins"] * 10 + ["nowhere"]
    assert found.draw.tolist() == list(range(2, 12))
    assert np.allclose(found.x, np.arange(2, 12) / 10 - 0.15, rtol=0, atol=2 * FINE)


def test_what_a_draw_gives_does_not_depend_on_the_others(monkeypatch) -> None:
    def f(x: np.ndarray, draw: np.ndarray) -> np.ndarray:
        return np.cos(7 * x + draw)

    together = crossings(f, X, 20, FINE)
    monkeypatch.setattr("sim.study.threshold.crossings.MOST_TOGETHER", 70)  # two draws at once
    apart = crossings(f, X, 20, FINE)

    for name in ("kind", "draw", "x", "begins", "jump", "partly"):
        assert getattr(together, name).tolist() == getattr(apart, name).tolist(), name


def test_no_more_values_at_once_than_allowed(monkeypatch) -> None:
    sizes = []
    monkeypatch.setattr("sim.study.threshold.crossings.MOST_TOGETHER", 100)

    def f(x: np.ndarray, draw: np.ndarray) -> np.ndarray:
        sizes.append(len(x))
        return 0.5 - x

    crossings(f, X, 50, FINE)

    assert max(sizes) <= 100


def test_a_function_that_is_zero_is_no_difference_and_never_a_root() -> None:
    found = crossings(lambda x, draw: 0 * x, X, 2, FINE)

    assert kinds(found) == ["no_difference", "no_difference"]
    assert len(found.x) == 0


def test_the_condition_begins_where_a_stretch_without_difference_ends() -> None:
    found = crossings(lambda x, draw: np.where(x <= 0.4, 0.0, 0.4 - x), X, 1, FINE)

    assert kinds(found) == ["begins"]
    assert abs(found.x[0] - 0.4) < 2 * FINE


def test_a_tie_at_the_low_end_alone_is_the_threshold() -> None:
    found = crossings(lambda x, draw: -x, X, 1, FINE)

    assert kinds(found) == ["begins"]
    assert found.x.tolist() == [0.0]


def test_zero_and_positive_is_nowhere() -> None:
    assert kinds(crossings(lambda x, draw: np.maximum(0.0, x - 0.5), X, 1, FINE)) == ["nowhere"]


def test_a_jump_is_found_and_named() -> None:
    found = crossings(lambda x, draw: np.where(x < 1 / 3, 1.0, -1.0), X, 1, 1e-6)

    assert found.jump.tolist() == [True]
    assert abs(found.x[0] - 1 / 3) < 1e-6


def test_undefined_values_are_left_out_and_counted() -> None:
    found = crossings(lambda x, draw: np.where(x < 0.5 + 0 * draw, np.nan, 0.7 - x), X, 1, FINE)

    assert kinds(found) == ["begins"]
    assert found.partly.tolist() == [True]
    assert abs(found.x[0] - 0.7) < 2 * FINE


def test_a_change_across_undefined_values_cannot_be_told() -> None:
    across = crossings(lambda x, draw: np.where(np.abs(x - 0.5) < 0.1, np.nan, 0.5 - x), X, 1, FINE)
    inside = crossings(lambda x, draw: np.where(np.abs(x - 0.51) < 1e-3, np.nan, 0.51 - x), X, 1, FINE)
    never = crossings(lambda x, draw: np.full(x.shape, np.nan), X, 1, FINE)

    assert [kinds(one) for one in (across, inside, never)] == [["undefined"]] * 3
    assert [len(one.x) for one in (across, inside, never)] == [0, 0, 0]


def test_brackets_are_refined_together_each_with_its_own_number() -> None:
    roots = np.array([0.1, 1.25, 2.0])

    found = refined(lambda x, k: roots[k] ** 2 - x**2, np.array([0.0, 1, 2]), np.array([1.0, 2, 3]), np.arange(3), FINE)

    assert np.allclose(found.x, roots, rtol=0, atol=2 * FINE)


def test_the_band_counts_every_kind_and_takes_quantiles_of_the_draws_that_have_a_crossing() -> None:
    # thresholds at (d - 10)/80 for d = 0 .. 99: 10 draws below 0 hold everywhere, that of d = 10 is 0 (a tie), 9 draws above 1
    found = crossings(lambda x, draw: (draw - 10) / 80 - x, X, 100, FINE)
    told = band(found)
    inside = (np.arange(10, 90) - 10) / 80

    assert told["draws"] == 100
    assert told["counts"] == dict.fromkeys(KINDS, 0) | {"begins": 80, "everywhere": 10, "nowhere": 10}
    assert told["shares"]["begins"] == 0.8
    assert told["begins"]["draws"] == 80
    expected = np.quantile(inside, [0.05, 0.5, 0.95])
    assert np.allclose(list(told["begins"]["quantiles"].values()), expected, rtol=0, atol=2 * FINE)
    assert told["ends"] == {"draws": 0, "quantiles": {"0.05": None, "0.5": None, "0.95": None}}
