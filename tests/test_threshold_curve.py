"""The curve on which a function of two numbers changes its sign (sim/study/threshold/curve.py)."""

from __future__ import annotations

import numpy as np
import pytest

from sim.study.threshold.curve import Curve, curve
from sim.study.threshold.polylines import Edges, joined

SQUARE = (-1.0, 1.0)
FINE = 1e-9


def drawn(f, resolution: float = 1 / 64, x=SQUARE, y=SQUARE) -> Curve:
    return curve(f, x, y, resolution, FINE)


def closed(found: Curve, n: int) -> bool:
    mine = found.segment == n
    return (found.x[mine][0], found.y[mine][0]) == (found.x[mine][-1], found.y[mine][-1])


def longest_step(found: Curve) -> float:
    steps = np.hypot(np.diff(found.x), np.diff(found.y))[np.diff(found.segment) == 0]
    return float(steps.max())


def test_a_circle_is_one_closed_line_on_the_circle() -> None:
    found = drawn(lambda x, y: x**2 + y**2 - 0.49)

    assert found.segments == 1
    assert closed(found, 0)
    assert np.abs(np.hypot(found.x, found.y) - 0.7).max() < 2 * FINE
    assert longest_step(found) <= np.sqrt(2) * 2 / 64 + 1e-12  # a step stays within one finest cell of the width 2/64
    length = np.hypot(np.diff(found.x), np.diff(found.y)).sum()
    assert length == pytest.approx(2 * np.pi * 0.7, rel=1e-3)  # an inscribed polygon is a little shorter


def test_it_takes_fewer_evaluations_than_the_full_grid_and_says_how_many() -> None:
    calls = []

    def f(x: np.ndarray, y: np.ndarray) -> np.ndarray:
        calls.append(len(x))
        return x**2 + y**2 - 0.49

    found = drawn(f, 1 / 128)

    assert found.evaluations == sum(calls)
    assert found.full == 129**2
    assert found.evaluations < found.full / 3


def test_no_corner_is_computed_twice() -> None:
    seen: set[tuple[float, float]] = set()

    def f(x: np.ndarray, y: np.ndarray) -> np.ndarray:
        new = set(zip(x.tolist(), y.tolist(), strict=True))
        assert len(new) == len(x)
        assert not new & seen
        seen.update(new)
        return x + 2 * y - 0.123

    drawn(f)


def test_an_open_line_goes_from_edge_to_edge() -> None:
    found = drawn(lambda x, y: 3 * x + y - 1)

    assert found.segments == 1
    assert not closed(found, 0)
    assert np.abs(3 * found.x + found.y - 1).max() < 8 * FINE
    ends = sorted((found.y[0], found.y[-1]))
    assert ends == pytest.approx([-1, 1], abs=1e-9)
    assert (np.diff(found.y) <= 0).all() or (np.diff(found.y) >= 0).all()  # the points are in order


@pytest.mark.parametrize("sign", [1, -1])
def test_a_saddle_keeps_its_two_branches_apart(sign: int) -> None:
    # x y = ±1e-4 passes the saddle in the middle of the grid within less than a finest cell; no point of a branch lies beyond 0
    found = drawn(lambda x, y: x * y - sign * 1e-4)

    assert found.segments == 2
    for n in range(2):
        x, y = found.x[found.segment == n], found.y[found.segment == n]
        assert np.abs(x * y - sign * 1e-4).max() < 4 * FINE
        assert len(set(np.sign(x))) == 1
        assert len(set(np.sign(y))) == 1


@pytest.mark.parametrize("sign", [1, -1])
def test_a_saddle_within_one_cell_is_told_by_its_centre(sign: int) -> None:
    # eight coarse cells of 1/4 from -1.125 on: the cell around 0 has corners of both signs, its centre has that of -+1e-3
    found = curve(lambda x, y: x * y - sign * 1e-3, (-1.125, 0.875), (-1.125, 0.875), 1 / 8, FINE)

    assert found.segments == 2
    for n in range(2):
        mine = found.segment == n
        assert len({(a > 0, b > 0) for a, b in zip(found.x[mine], found.y[mine], strict=True)}) == 1


def test_a_line_that_leaves_the_refined_cells_is_followed() -> None:
    # a thin tongue of the height 0.04 grows from a broad base at x < -0.8; the coarse corners see the base alone
    def f(x: np.ndarray, y: np.ndarray) -> np.ndarray:
        return np.where(x < -0.8, np.abs(y) - 0.3, np.maximum(np.abs(y - 0.03) - 0.02, x - 0.92))

    found = drawn(f, 1 / 256)

    assert found.x.max() == pytest.approx(0.92, abs=1e-8)
    assert longest_step(found) <= np.sqrt(2) * 2 / 256 + 1e-12


def test_two_islands_are_two_closed_lines() -> None:
    found = drawn(lambda x, y: np.minimum((x - 0.5) ** 2 + y**2, (x + 0.5) ** 2 + y**2) - 0.09)

    assert found.segments == 2
    assert closed(found, 0)
    assert closed(found, 1)
    assert sorted(np.sign(found.x[found.segment == n].mean()) for n in range(2)) == [-1, 1]


def test_an_island_beside_a_crossed_cell_is_found() -> None:
    # the line x = -0.4 crosses the coarse cells from -0.5 to -0.25; the island lies within a cell beside them, off its corners
    found = drawn(lambda x, y: np.minimum(x + 0.4, (x + 0.125) ** 2 + (y - 0.125) ** 2 - 0.08**2))

    assert found.segments == 2
    assert closed(found, 1)


def test_an_island_smaller_than_a_coarse_cell_is_missed_as_the_text_says() -> None:
    assert drawn(lambda x, y: (x - 0.1) ** 2 + (y - 0.1) ** 2 - 0.05**2).segments == 0


def test_no_change_of_sign_is_no_curve() -> None:
    for f in (lambda x, y: x * 0 + 1, lambda x, y: x * 0, lambda x, y: x * 0 - 1, lambda x, y: x * np.nan):
        found = drawn(f)

        assert found.segments == 0
        assert len(found.x) == 0
        assert found.evaluations == 81


def test_undefined_corners_end_the_line() -> None:
    found = drawn(lambda x, y: np.where(x > 0.5, np.nan, y - 0.2))

    assert found.segments == 1
    assert found.x.max() <= 0.5
    assert found.x.max() > 0.5 - 2 / 64


def test_ranges_of_their_own_on_both_axes() -> None:
    found = drawn(lambda x, y: x / 100 + y - 1, x=(0.0, 100.0), y=(0.0, 2.0))

    assert np.abs(found.x / 100 + found.y - 1).max() < 1e-8
    assert (found.x.min(), found.x.max()) == pytest.approx((0, 100))


def test_points_that_could_not_be_found_break_a_line() -> None:
    # three cells in a row, crossed from left to right; the point between the second and the third is missing
    points = np.array([[-1, 1, -1, 0], [-1, 2, -1, 1], [-1, 3, -1, 2]])
    edges = Edges(points, np.zeros(3, dtype=bool), np.array([True, True, False, True]))

    assert joined(edges) == [[0, 1]]
