"""Figures of canonical models that need no axis of the sweep: one outcome against another, and tables of states."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from matplotlib.colors import to_hex

from figures_case import legend, main_lines, overlaps, rows, texts, xs, ys
from figures_toy import AT, CORNERS, DOINGS, ONE, SLOPES, STEPS, computed, figure, path, refused, registered, shown
from sim.figures.drawing import Drawing
from sim.study import Results


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Results]:
    with registered():
        yield computed(tmp_path_factory.mktemp("toy"), "")


@pytest.fixture(autouse=True)
def _registered() -> Iterator[None]:
    with registered():
        yield


# ---- planes

SPIRALS = 'x = "path_x"\ny = "path_y"\n'


def test_a_polygon_has_the_corners_in_their_order_and_is_closed(results: Results, tmp_path: Path) -> None:
    text = 'x = "corner_x"\ny = "corner_y"\njoin = "polygon"\nequal = true\n'
    drawing = shown(results, tmp_path, "plane", text + 'group = "parameters.weight"\nwhere = { "parameters.slope" = 0.1 }\n')
    (ax,) = drawing.figure.axes

    for line, weight in zip(main_lines(ax), (0.5, 1.0), strict=True):
        expected = [(x, y * (weight if n == 2 else 1)) for n, (x, y) in enumerate(CORNERS)]
        assert list(zip(xs(line), ys(line), strict=True)) == [*expected, expected[0]]
    assert len(ax.patches) == 2  # the shades
    assert legend(drawing) == ["weight = 0.5", "weight = 1"]
    assert texts(drawing, "x label") == ["Corner x (payoff)"]
    box = ax.get_window_extent()
    across, up = ax.get_xlim(), ax.get_ylim()
    assert box.width / (across[1] - across[0]) == pytest.approx(box.height / (up[1] - up[0]), rel=0.02)  # one scale
    assert "Shaded: the polygon of the corners, which are marked." in drawing.sentences


def test_entries_of_several_series_are_several_curves(results: Results, tmp_path: Path) -> None:
    drawing = shown(results, tmp_path, "plane", SPIRALS + 'join = "path"\n' + ONE)
    (ax,) = drawing.figure.axes
    curves = [line for line in main_lines(ax) if len(xs(line)) == STEPS]

    assert len(curves) == 2
    for start, line in zip((1, 2), curves, strict=True):
        assert np.stack([xs(line), ys(line)], axis=1) == pytest.approx(np.array([path(start, n, 0.25) for n in range(STEPS)]))
    assert [xs(line)[0] for line in main_lines(ax) if len(xs(line)) == 1] == pytest.approx([np.cos(1), np.cos(2)])  # starts
    assert len(ax.texts) == 2  # arrows
    assert rows(drawing, series="2", step="3")[0]["x"] == pytest.approx(path(2, 3, 0.25)[0])


def test_a_further_layer_that_is_the_same_for_all_groups_is_drawn_once(results: Results, tmp_path: Path) -> None:
    layer = '[[figures.layers]]\nx = "line_x"\ny = "line_y"\nlabel = "nullcline"\n'
    drawing = shown(results, tmp_path, "plane", SPIRALS + 'group = "parameters.slope"\npanel = "series"\n' + AT + layer)
    for ax in drawing.figure.axes:
        assert sum(len(xs(line)) == 2 for line in main_lines(ax)) == 1
        assert sum(len(xs(line)) == STEPS for line in main_lines(ax)) == len(SLOPES)

    assert [ax.get_title(loc="left") for ax in drawing.figure.axes] == ["start 1", "start 2"]
    assert legend(drawing) == [*(f"slope = {a:g}" for a in SLOPES), "nullcline"]


def test_single_numbers_run_along_a_swept_parameter(results: Results, tmp_path: Path) -> None:
    text = 'x = "risk"\ny = "level"\nalong = "parameters.slope"\ngroup = "parameters.weight"\n'
    drawing = shown(results, tmp_path, "plane", text)
    first = main_lines(drawing.figure.axes[0])[0]

    assert xs(first) == pytest.approx([0.05, 0.125, 0.25, np.nan], nan_ok=True)  # a d
    assert list(ys(first)) == pytest.approx([10 + a for a in SLOPES])
    assert "Along the curves slope goes from 0.1 to 0.9." in drawing.sentences
    assert any(sentence.startswith("2 of 8 values are undefined and left out.") for sentence in drawing.sentences)


def test_outcomes_share_a_picture_as_layers_over_a_parameter(results: Results, tmp_path: Path) -> None:
    layer = '[[figures.layers]]\nx = "parameters.slope"\ny = "share"\ny_entry = "grim"\njoin = "dots"\n'
    drawing = shown(results, tmp_path, "plane", 'x = "parameters.slope"\ny = "risk"\n' + AT + layer)
    line, dots = main_lines(drawing.figure.axes[0])

    assert list(xs(line)) == list(xs(dots)) == list(SLOPES)
    assert list(ys(dots)) == pytest.approx([a / 2 for a in SLOPES])
    assert dots.get_linestyle() == "None"
    assert legend(drawing) == ["Risk", "Share, grim"]
    assert texts(drawing, "y label") == ["Risk / Share, grim"]
    assert drawing.figure.axes[0].yaxis.get_major_formatter()(0.25) == "25 %"


def test_the_ends_of_both_axes_may_be_asked_for(results: Results, tmp_path: Path) -> None:
    text = SPIRALS + 'across = [-2, 2]\naxis = [-1, 3]\nx_label = "own arms"\ny_label = "their arms"\n'
    drawing = shown(results, tmp_path, "plane", text + ONE)

    assert drawing.figure.axes[0].get_xlim() == (-2, 2)
    assert drawing.figure.axes[0].get_ylim() == (-1, 3)
    assert texts(drawing, "x label") + texts(drawing, "y label") == ["own arms", "their arms"]


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ('x = "corner"\ny = "corner_y"\n', 'figures.0.x: names no outcome of toy, found "corner". Did you mean corner_'),
        ('x = "corner_x"\ny = "path_y"\n', "figures.0.y: has no entry that corner_x has"),
        ('x = "corner_x"\ny = "corner_y"\ngroup = "series"\n', "figures.0.group: needs outcomes with entries such as"),
        ('x = "corner_x"\ny = "corner_y"\nx_entry = "7"\n', 'figures.0.x_entry: names no entry of corner_x, found "7"'),
        ('x = "risk"\ny = "level"\ny_entry = "7"\n', "figures.0.y_entry: level has one value and no entries"),
        ('x = "parameters.slope"\ny = "parameters.weight"\n', "figures.0.y: must be an outcome where x is a swept parameter"),
        ('x = "risk"\ny = "level"\nacross = [1, 0]\n', "figures.0.across: must be [lowest, highest]"),
        ('x = "risk"\ny = "level"\njoin = "dot"\n', "figures.0.join: must be one of the words for it"),
        (
            'x = "risk"\ny = "level"\n[[figures.layers]]\nx = "risk"\ny = "lvel"\n',
            "figures.0.layers.0.y: names no outcome of toy",
        ),
    ],
)
def test_wrong_planes_are_refused(tmp_path: Path, text: str, complaint: str) -> None:
    message = refused(tmp_path, figure("plane", ONE + text))

    assert complaint in message
    assert message.startswith("toys.toml:")


def test_a_swept_parameter_that_is_not_shown_is_refused(tmp_path: Path) -> None:
    message = refused(tmp_path, figure("plane", 'x = "risk"\ny = "level"\nalong = "parameters.slope"\n'))

    assert "does not say how parameters.weight is shown" in message


# ---- tables of states


def cells(drawing: Drawing, n: int = 0) -> dict[tuple[int, int], Any]:
    """What stands in the cells of a panel, by row and column."""
    found = [text for text in drawing.figure.axes[n].texts if text.get_gid() == "cell"]
    return {(round(text.get_position()[1]), round(text.get_position()[0])): text for text in found}


def test_words_stand_in_their_cells(results: Results, tmp_path: Path) -> None:
    drawing = shown(results, tmp_path, "states", 'z = "policy"\npanel = "parameters.slope"\n' + AT)

    for n, a in enumerate(SLOPES):
        for (i, j), text in cells(drawing, n).items():
            assert text.get_text().replace("\n", " ") == DOINGS[2 if i + j > 4 * a else int(i > j)]
            assert text.get_fontsize() >= 5.5
    assert texts(drawing, "x label") == ["arms of 2"]
    assert texts(drawing, "y label") == ["arms of 1"]
    assert rows(drawing, panel="0.9", row="1", column="0")[0]["shown"] == "one builds"
    assert "slope = 0.1: both build in 1, nobody in 8 of 9 cells" in drawing.alt
    first = drawing.figure.axes[0]
    assert first.get_ylim()[0] > first.get_ylim()[1]  # row 0 is on top


def test_letters_stand_for_words_that_do_not_fit(results: Results, tmp_path: Path) -> None:
    drawing = shown(results, tmp_path, "states", 'z = "chart"\npanel = "parameters.slope"\n' + AT)

    assert legend(drawing) == [f"{letter} = {word}" for letter, word in zip("ABC", DOINGS, strict=True)]
    assert cells(drawing)[0, 0].get_text() == "A"  # both build
    assert cells(drawing)[1, 0].get_text() == "B"
    assert cells(drawing)[11, 11].get_text() == "C"
    assert cells(drawing)[0, 0].get_fontsize() >= 5.5
    assert overlaps(drawing) == []


def test_numbers_stand_in_their_cells_and_missing_ones_are_marked(results: Results, tmp_path: Path) -> None:
    drawing = shown(results, tmp_path, "states", 'z = "worth"\n' + ONE)
    told = {at: text.get_text() for at, text in cells(drawing).items()}

    assert told[0, 0] == "0"
    assert told[2, 1] == f"{-0.5647873 * 2 - 0.25:.3g}"
    assert told[2, 2] == "–"
    assert any("1 of 9 values are undefined and shown as" in sentence for sentence in drawing.sentences)
    assert texts(drawing, "x label") == ["state: second part"]


def test_letters_in_cells_can_be_told_from_their_ground(results: Results, tmp_path: Path) -> None:
    drawing = shown(
        results, tmp_path, "states", 'z = "policy"\nwhere = { "parameters.slope" = 0.5, "parameters.weight" = 0.5 }\n'
    )
    (ax,) = drawing.figure.axes
    mesh = ax.collections[0]
    grounds = mesh.to_rgba(mesh.get_array().ravel())  # type: ignore[attr-defined]

    def light(colour: Any) -> float:
        linear = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in colour[:3]]
        return float(np.dot(linear, (0.2126, 0.7152, 0.0722)))

    for (i, j), text in cells(drawing).items():
        ground, ink = light(grounds[3 * i + j]), 0.0 if to_hex(text.get_color()) == "#000000" else 1.0
        assert (max(ground, ink) + 0.05) / (min(ground, ink) + 0.05) > 4.5  # WCAG 2.1, level AA


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ('z = "risk"\n' + ONE, "figures.0.z: has one value and no entries"),
        ('z = "polcy"\n' + ONE, 'figures.0.z: names no outcome of toy, found "polcy". Did you mean policy?'),
        ('z = "policy"\n' + AT, "does not say how parameters.slope is shown"),
        ("" + ONE, "figures.0.z: missing"),
    ],
)
def test_wrong_tables_are_refused(tmp_path: Path, text: str, complaint: str) -> None:
    assert complaint in refused(tmp_path, figure("states", text))
