"""Designs of sweeps and the names of their columns."""

from __future__ import annotations

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.study.design import DESIGNS, Axis, evenly, grid, one_at_a_time, points, size, unbalanced, unequal, zipped
from sim.study.names import LONGEST, RESERVED, column, columns


def axis(name: str, *values: float) -> Axis:
    return Axis(name, (name,), tuple((value,) for value in values))


def test_a_grid_is_every_combination_with_the_last_axis_fastest() -> None:
    assert grid([2, 3]).tolist() == [[0, 0], [0, 1], [0, 2], [1, 0], [1, 1], [1, 2]]
    assert size("grid", [2, 3]) == 6


def test_zip_takes_the_nth_values_together() -> None:
    assert zipped([3, 3]).tolist() == [[0, 0], [1, 1], [2, 2]]
    assert size("zip", [3, 3]) == 3


@pytest.mark.parametrize("design", [grid, zipped])
def test_without_axes_there_is_one_point(design) -> None:
    assert design([]).shape == (1, 0)


def test_zip_names_the_axes_of_another_length() -> None:
    axes = [axis("a", 1, 2), axis("b", 1, 2, 3), axis("c", 5, 6)]

    assert unequal("zip", axes) == [axes[1]]
    assert unequal("grid", axes) == []


def test_the_size_of_a_design_is_known_without_making_it() -> None:
    assert size("grid", [1_000_000, 1_000_000]) == 10**12


def test_evenly_spaced_values_are_as_short_as_they_are_written() -> None:
    # np.linspace(0, 1, 11)[3] is 0.30000000000000004
    assert evenly(0, 1, 11) == [0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0]


def test_a_value_of_an_axis_is_found_by_number_or_label() -> None:
    numbers, named = axis("a", 0.1, 0.2), Axis("s", ("s",), (({"kind": "grim"},), (3,)), ("grim", "three"), numeric=False)

    assert [numbers.index(x) for x in (0.2, 0.1, 0.3, "0.2")] == [1, 0, None, 1]
    assert [named.index(x) for x in ("grim", "three", {"kind": "grim"}, "four")] == [0, 1, 0, None]


def test_an_axis_with_labels_has_no_numbers_to_draw_at() -> None:
    assert Axis("a", ("a",), ((1,), (2,)), ("low", "high")).numbers is None
    assert np.array_equal(axis("a", 1, 2).numbers, [1.0, 2.0])  # type: ignore[arg-type]


def test_one_at_a_time_starts_from_the_first_values_and_moves_each_axis_alone() -> None:
    assert one_at_a_time([3, 3]).tolist() == [[0, 0], [1, 0], [2, 0], [0, 1], [0, 2]]
    assert size("one_at_a_time", [3, 3]) == 5


def test_the_number_of_points_of_every_design() -> None:
    # Saltelli (2002): N (k + 2), or N (2 k + 2) with second order; Morris (1991): N (k + 1)
    assert set(DESIGNS) == {"grid", "zip", "latin_hypercube", "sobol", "morris", "saltelli", "one_at_a_time", "csv"}
    assert [size(design, [1, 1, 1], 8) for design in ("latin_hypercube", "sobol", "morris", "saltelli")] == [8, 8, 32, 40]
    assert size("saltelli", [1, 1, 1], 8, second_order=True) == 64
    assert size("csv", [7, 7]) == 7


SAMPLED = Axis("a", ("a", "b"), np.array([[0.5, 0.5], [0.25, 0.25], [0.1 + 0.2, 0.3]]))


def test_a_sampled_axis_has_one_value_for_each_point() -> None:
    assert points("sobol", [SAMPLED]).tolist() == [[0], [1], [2]]
    assert SAMPLED.numbers is not None
    assert SAMPLED.numbers.tolist() == [0.5, 0.25, 0.1 + 0.2]
    assert (len(SAMPLED), SAMPLED.label(1), SAMPLED.at(1)) == (3, "0.25", (0.25, 0.25))
    assert [type(x) for x in SAMPLED.at(1)] == [float, float]
    assert [SAMPLED.index(x) for x in (0.25, "0.25", 0.3, 0.4, "x", True)] == [1, 1, 2, None, None, None]


def test_an_axis_of_drawn_choices_says_which_each_point_has() -> None:
    drawn = Axis("s", ("s",), (("x",), ("y",)), ("x", "y"), numeric=False, which=np.array([1, 0, 1], dtype=np.int32))

    assert points("sobol", [SAMPLED, drawn]).tolist() == [[0, 1], [1, 0], [2, 1]]


def test_what_was_sampled_is_known_by_its_digest() -> None:
    other = Axis("a", ("a", "b"), np.array([[0.5, 0.5], [0.25, 0.25], [0.3, 0.3]]))
    column = Axis("a", ("a", "b"), np.asfortranarray(SAMPLED.values))

    assert len(str(SAMPLED.identity())) < 150
    assert SAMPLED.identity() != other.identity()
    assert SAMPLED.identity() == column.identity()


def test_sobol_points_are_said_to_be_balanced_at_powers_of_two() -> None:
    assert list(unbalanced("sobol", 256)) == []
    assert list(unbalanced("sobol", 1)) == []
    assert list(unbalanced("latin_hypercube", 100)) == []
    assert list(unbalanced("saltelli", 100)) == ["100 is no power of two: Sobol' points are balanced at 64 and 128"]


# ---- names of columns


def test_a_column_keeps_as_many_keys_as_fit() -> None:
    assert column("monitoring.detection") == "monitoring_detection"
    # 40 characters with "treaties", 30 without
    assert column("treaties.new_start.inspections_per_year") == "new_start_inspections_per_year"
    assert column('conditions.talks.rates."off->on"') == "conditions_talks_rates_off_on"
    assert column("crisis.slip.1") == "crisis_slip_1"


def test_columns_differ_even_where_their_paths_look_alike() -> None:
    named = columns(["a.b_c", "a_b.c"])

    assert named["a.b_c"] == "a_b_c"
    assert re.fullmatch(r"a_b_c_[0-9a-f]{6}", named["a_b.c"])


KEY = st.text(st.characters(min_codepoint=33, max_codepoint=400, exclude_characters='."'), min_size=1, max_size=40)


@given(st.lists(st.lists(KEY, min_size=1, max_size=4).map(lambda keys: ".".join(f'"{key}"' for key in keys)), unique=True))
def test_stata_and_r_take_every_name(paths: list[str]) -> None:
    named = list(columns(paths).values())

    for name in named:
        assert re.fullmatch(r"[A-Za-z][A-Za-z0-9_]*", name)
        assert len(name) <= LONGEST == 32
        assert name.lower() not in RESERVED
    assert len({name.lower() for name in named}) == len(named)


def test_reserved_words_are_no_columns() -> None:
    assert re.fullmatch(r"value_[0-9a-f]{6}", column("value"))
    assert re.fullmatch(r"if_[0-9a-f]{6}", column("if"))
