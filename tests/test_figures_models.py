"""Figures of canonical models: lines and maps of any outcome, by swept parameter or entry, with words, jumps and gaps."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from matplotlib.colors import to_rgb

from figures_case import drawn, legend, main_lines, overlaps, rows, texts, xs, ys
from figures_toy import AT, GAMES, HEAD, ONE, SLOPES, computed, figure, refused, registered, said, shown
from sim import figures
from sim.study import Results
from study_case import contents

BY_SLOPE = 'x = "parameters.slope"\n'


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Results]:
    with registered():
        yield computed(tmp_path_factory.mktemp("toy"), "")


@pytest.fixture(autouse=True)
def _registered() -> Iterator[None]:
    with registered():
        yield


# ---- lines


def test_lines_show_an_outcome_against_a_parameter_with_gaps_where_it_is_undefined(results: Results, tmp_path: Path) -> None:
    drawing = shown(results, tmp_path, "lines", BY_SLOPE + 'y = "risk"\ngroup = "parameters.weight"\n')
    (ax,) = drawing.figure.axes

    for line, weight in zip(main_lines(ax), (0.5, 1.0), strict=True):
        assert list(xs(line)) == list(SLOPES)
        assert ys(line) == pytest.approx([0.1 * weight, 0.25 * weight, 0.5 * weight, np.nan], nan_ok=True)  # risk = a d up to 0.6
    assert legend(drawing) == ["weight = 0.5", "weight = 1"]
    assert texts(drawing, "x label") == ["slope"]
    assert texts(drawing, "y label") == ["Risk (axis 0 to 60 %)"]
    assert ax.get_xlim()[1] > 0.9  # the gap is seen
    assert "2 of 8 values are undefined and left out." in said(drawing)
    assert "Undefined where: The slope is above 0.6. Computed" in said(drawing)  # no premise fails in this sweep
    assert "Risk: Probability of the worst." in said(drawing)


def test_premises_that_fail_in_the_sweep_are_told(tmp_path: Path) -> None:
    broken = HEAD.replace("[0.5, 1.0]", "[0.0, 1.0]")
    drawing = drawn(computed(tmp_path, figure("lines", BY_SLOPE + 'y = "level"\ngroup = "parameters.weight"\n'), broken))

    assert "4 of 8 values are undefined and left out. Undefined where a premise fails: a weight above 0." in said(drawing)


def test_captions_say_how_numbers_were_found_and_publish_nothing(results: Results, tmp_path: Path) -> None:
    text = figure("lines", BY_SLOPE + 'y = "level"\n' + AT)
    folder = computed(tmp_path, text).folder
    figures.draw(folder, channels="")
    caption = " ".join((folder / "figures" / "it.txt").read_text().split())

    assert "Computed from the equations of the model (Z1 in docs/models.md), not simulated: no sampling error." in caption
    assert "Conditional on the assumptions, not a forecast." in caption
    assert "publish" not in caption
    assert "undefined" not in caption  # nothing is
    first = contents(folder / "figures")
    (folder / "figures" / "figures.json").unlink()
    figures.draw(folder, channels="")
    assert contents(folder / "figures") == first  # to the byte


def test_an_axis_far_from_zero_leaves_it_out_and_says_so(results: Results, tmp_path: Path) -> None:
    drawing = shown(results, tmp_path, "lines", BY_SLOPE + 'y = "level"\n' + AT)
    low, high = drawing.figure.axes[0].get_ylim()

    assert 9.9 < low < 10.1 < 10.9 < high < 11.1  # 10.1 to 10.9 with some air
    assert "The vertical axis leaves out zero." in drawing.sentences
    assert texts(drawing, "y label") == ["Level (payoff)"]
    (line,) = main_lines(drawing.figure.axes[0])
    assert line.get_color() == "#000000"  # the only line is black
    assert legend(drawing) == []


def test_words_stand_at_the_axis_and_lines_go_in_steps(results: Results, tmp_path: Path) -> None:
    drawing = shown(results, tmp_path, "lines", BY_SLOPE + 'y = "game"\n' + AT)
    (ax,) = drawing.figure.axes
    (line,) = main_lines(ax)

    assert [tick.get_text() for tick in ax.get_yticklabels()] == list(GAMES)
    assert list(ys(line)) == [0, 0, 1, 2]  # floor(3 a)
    assert line.get_drawstyle() == "steps-mid"
    assert [row["word"] for row in rows(drawing)] == ["harmony", "harmony", "stag hunt", "prisoner's dilemma"]
    assert "from harmony to prisoner's dilemma" in drawing.alt


def test_an_outcome_of_yes_or_no_is_shown_as_such(results: Results, tmp_path: Path) -> None:
    drawing = shown(results, tmp_path, "lines", BY_SLOPE + 'y = "holds"\n' + AT)
    (ax,) = drawing.figure.axes

    assert [tick.get_text() for tick in ax.get_yticklabels()] == ["no", "yes"]
    assert main_lines(ax)[0].get_drawstyle() == "steps-mid"


def test_counts_that_stay_the_same_go_in_steps_and_other_numbers_do_not(tmp_path: Path) -> None:
    fine = HEAD.replace("[0.1, 0.25, 0.5, 0.9]", "{ from = 0, to = 1, points = 11 }")
    every = [(kind, y) for kind in ("lines", "plane") for y in ("needed", "level")]
    text = "".join(figure(kind, BY_SLOPE + f'y = "{y}"\n' + AT).replace('"it"', f'"{kind}_{y}"') for kind, y in every)
    found = computed(tmp_path, text, fine)
    styles = [main_lines(drawn(found, n).figure.axes[0])[0].get_drawstyle() for n in range(4)]

    assert styles == ["steps-mid", "default"] * 2


def test_lines_that_leave_the_axis_are_cut_off_and_it_is_said(results: Results, tmp_path: Path) -> None:
    for top, cut in ((0.2, True), (0.3, False)):  # the highest number is 0.25
        drawing = shown(results, tmp_path, "lines", BY_SLOPE + f'y = "risk"\naxis = [0, {top}]\n' + AT)

        assert main_lines(drawing.figure.axes[0])[0].get_clip_on() is cut
        assert ("Lines that leave the range of the vertical axis are cut off." in drawing.sentences) is cut


def test_counts_have_ticks_at_whole_numbers(results: Results, tmp_path: Path) -> None:
    drawing = shown(results, tmp_path, "lines", BY_SLOPE + 'y = "needed"\n' + AT)
    ticks = drawing.figure.axes[0].get_yticks()

    assert list(ticks) == [round(tick) for tick in ticks]


@pytest.mark.parametrize("kind", ["lines", "plane"])
def test_axes_may_be_logarithmic(results: Results, tmp_path: Path, kind: str) -> None:
    drawing = shown(results, tmp_path, kind, BY_SLOPE + 'y = "risk"\nlog = ["x", "y"]\n' + AT)
    (ax,) = drawing.figure.axes

    assert (ax.get_xscale(), ax.get_yscale()) == ("log", "log")
    assert ax.get_xlim() == pytest.approx((0.1, 1.0))  # 0.1 to 0.9, out to 1, 2 or 5 times a power of ten
    assert ax.get_ylim() == pytest.approx((0.05, 0.5))  # 0.05 to 0.25
    assert ax.yaxis.get_major_formatter()(0.05) == "5 %"
    assert "The horizontal and the vertical axes are logarithmic." in drawing.sentences


def test_one_entry_may_be_shown(results: Results, tmp_path: Path) -> None:
    drawing = shown(results, tmp_path, "lines", BY_SLOPE + 'y = "share"\nentry = "always_defect"\n' + AT)

    assert list(ys(main_lines(drawing.figure.axes[0])[0])) == pytest.approx(SLOPES)  # a k / 2 with k = 2
    assert texts(drawing, "y label") == ["Share, always defect"]


def test_entries_may_be_lines_or_panels_in_the_order_asked_for(results: Results, tmp_path: Path) -> None:
    lines = 'y = "share"\ngroup = "entry"\nentries = ["always_defect", "grim"]\npanel = "parameters.weight"\n'
    drawing = shown(results, tmp_path, "lines", BY_SLOPE + lines)
    panels = shown(results, tmp_path, "lines", BY_SLOPE + 'y = "law"\npanel = "entry"\ngroup = "parameters.weight"\n')

    assert legend(drawing) == ["always defect", "grim"]
    for ax in drawing.figure.axes:
        assert [ys(line)[0] for line in main_lines(ax)] == pytest.approx([0.1, 0.05])
    assert [ax.get_title(loc="left") for ax in panels.figure.axes] == ["rung 0", "rung 1", "rung 2", "rung 3"]
    assert ys(main_lines(panels.figure.axes[2])[0]) == pytest.approx([(1 - a) * a**2 for a in SLOPES])


def test_numeric_entries_are_a_numeric_axis(results: Results, tmp_path: Path) -> None:
    drawing = shown(results, tmp_path, "lines", 'x = "entry"\ny = "law"\ngroup = "parameters.slope"\n' + AT)
    (ax,) = drawing.figure.axes

    for line, a in zip(main_lines(ax), SLOPES, strict=True):
        assert list(xs(line)) == [0, 1, 2, 3]
        assert ys(line) == pytest.approx([(1 - a) * a**n for n in range(4)])
    assert texts(drawing, "x label") == ["rung"]
    assert rows(drawing, group="0.25", step=2.0)[0]["value"] == pytest.approx(0.75 * 0.25**2)


def test_entries_that_are_words_stand_side_by_side(results: Results, tmp_path: Path) -> None:
    drawing = shown(results, tmp_path, "lines", 'x = "entry"\ny = "share"\n' + ONE)
    (ax,) = drawing.figure.axes

    assert [tick.get_text() for tick in ax.get_xticklabels()] == ["tit for tat", "grim", "always defect"]
    assert list(ys(main_lines(ax)[0])) == pytest.approx([0, 0.125, 0.25])
    assert main_lines(ax)[0].get_linestyle() == "None"


def test_entries_that_a_point_lacks_are_not_called_undefined(tmp_path: Path) -> None:
    sizes = HEAD.replace('"parameters.weight" = [0.5, 1.0]', '"parameters.size" = [2, 5]')
    text = 'x = "entry"\ny = "law"\ngroup = "parameters.size"\nwhere = { "parameters.slope" = 0.25 }\n'
    drawing = drawn(computed(tmp_path, figure("lines", text), sizes))

    assert [len(xs(line)) for line in main_lines(drawing.figure.axes[0])] == [3, 6]  # rungs 0 to size
    assert "undefined" not in said(drawing)


def test_series_make_lines(results: Results, tmp_path: Path) -> None:
    drawing = shown(results, tmp_path, "lines", 'x = "entry"\ny = "path_x"\ngroup = "series"\n' + ONE)

    assert legend(drawing) == ["start 1", "start 2"]
    first = main_lines(drawing.figure.axes[0])[0]
    assert list(xs(first)) == list(range(9))
    assert ys(first)[0] == pytest.approx(np.cos(1))
    assert texts(drawing, "x label") == ["step"]


# ---- maps

MAP = 'x = "parameters.slope"\ny_axis = "parameters.weight"\n'


def test_a_map_of_words_has_a_colour_for_each_and_no_bar(results: Results, tmp_path: Path) -> None:
    drawing = shown(results, tmp_path, "map", MAP + 'z = "game"\n')
    (ax,) = drawing.figure.axes  # no bar
    mesh = ax.collections[0]
    colours = {tuple(c) for c in mesh.to_rgba(mesh.get_array().ravel())}  # type: ignore[attr-defined]

    assert legend(drawing) == list(GAMES)
    assert len(colours) == 3
    greys = sorted(float(np.dot(to_rgb(c[:3]), (0.2126, 0.7152, 0.0722))) for c in colours)
    assert min(np.diff(greys)) > 0.15  # told apart without colour
    assert "harmony in 50 % of the cells" in drawing.alt


def test_areas_of_many_words_have_letters(tmp_path: Path) -> None:
    fine = HEAD.replace("[0.1, 0.25, 0.5, 0.9]", "{ from = 0, to = 1, points = 21 }")
    text = MAP + 'z = "quarter"\n'
    drawing = drawn(computed(tmp_path, figure("map", text), fine.replace("[0.5, 1.0]", "{ from = 0.5, to = 1.0, points = 21 }")))
    placed = {t.get_text(): t.get_position() for t in drawing.figure.axes[0].texts if t.get_gid() == "area"}

    assert legend(drawing) == ["A = south-west", "B = south-east", "C = north-west", "D = north-east"]
    assert {letter: (x >= 0.5, y >= 0.75) for letter, (x, y) in placed.items()} == {
        "A": (False, False),
        "B": (True, False),
        "C": (False, True),
        "D": (True, True),
    }


def test_cells_without_a_value_are_grey_and_explained(results: Results, tmp_path: Path) -> None:
    drawing = shown(results, tmp_path, "map", MAP + 'z = "risk"\n')

    assert legend(drawing) == ["undefined"]
    assert "2 of 8 values are undefined and grey." in said(drawing)
    assert "failures.json" not in said(drawing)
    assert rows(drawing)[0]["value"] == pytest.approx(0.05)
    assert drawing.figure.axes[0].get_title(loc="left") == ""  # the only variant has no name


def test_a_map_has_a_panel_for_each_entry(results: Results, tmp_path: Path) -> None:
    drawing = shown(results, tmp_path, "map", MAP + 'z = "share"\npanel = "entry"\n')

    assert [ax.get_title(loc="left") for ax in drawing.figure.axes][:3] == ["tit for tat", "grim", "always defect"]
    assert rows(drawing, panel="grim")[-1]["value"] == pytest.approx(0.45)


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("lines", BY_SLOPE + 'y = "game"\npanel = "parameters.weight"\n'),
        ("lines", BY_SLOPE + 'y = "share"\ngroup = "entry"\npanel = "parameters.weight"\n'),
        ("lines", 'x = "entry"\ny = "share"\ngroup = "parameters.slope"\npanel = "parameters.weight"\n'),
        ("map", MAP + 'z = "share"\npanel = "entry"\n'),
        ("map", MAP + 'z = "policy"\npanel = "entry"\n'),
        ("plane", 'x = "path_x"\ny = "path_y"\ngroup = "series"\npanel = "parameters.slope"\n' + AT),
        ("plane", 'x = "corner_x"\ny = "corner_y"\njoin = "polygon"\nequal = true\ngroup = "parameters.slope"\n' + AT),
        ("states", 'z = "policy"\npanel = "parameters.slope"\n' + AT),
        ("states", 'z = "worth"\nrows = "arms of state 1"\ncolumns = "arms of state 2"\n' + ONE),
    ],
)
def test_no_text_is_cut_or_overlaps_a_panel(results: Results, tmp_path: Path, kind: str, text: str) -> None:
    assert overlaps(shown(results, tmp_path, kind, text)) == []


# ---- what is refused


@pytest.mark.parametrize(
    ("kind", "text", "complaint"),
    [
        ("lines", BY_SLOPE, "figures.0.y: missing: an outcome of toy. Allowed: risk, level"),
        ("lines", BY_SLOPE + 'y = "rsik"\n', 'figures.0.y: names no outcome of toy, found "rsik". Did you mean risk?'),
        ("lines", BY_SLOPE + 'y = "deal"\n', "figures.0.y: is in words, which a sweep does not store"),
        (
            "lines",
            BY_SLOPE + 'y = "share"\n',
            'figures.0.entry: missing: share has a value for each strategy. Write entry = "tit_',
        ),
        (
            "lines",
            BY_SLOPE + 'y = "share"\nentry = "grmi"\n',
            'figures.0.entry: names no entry of share, found "grmi". Did you mean',
        ),
        (
            "lines",
            BY_SLOPE + 'y = "share"\nentries = ["grim", "tat"]\n',
            'figures.0.entries: names no entry of share, found "tat"',
        ),
        ("lines", BY_SLOPE + 'y = "risk"\nentry = "grim"\n', "figures.0.entry: risk has one value and no entries"),
        ("lines", BY_SLOPE + 'y = "risk"\ngroup = "entry"\n', "figures.0.group: risk has one value and no entries"),
        ("lines", 'x = "entry"\ny = "risk"\n', "figures.0.x: risk has one value and no entries"),
        ("lines", BY_SLOPE + 'y = "path_x"\ngroup = "series"\n', 'figures.0.group: is for x = "entry"'),
        ("lines", 'x = "entry"\ny = "share"\ngroup = "series"\n', "figures.0.group: the entries of share belong to no series"),
        ("lines", BY_SLOPE + 'y = "share"\ngroup = "entry"\npanel = "entry"\n', "figures.0.panel: is named by group already"),
        ("lines", BY_SLOPE + 'y = "path_x"\ngroup = "entry"\n', "figures.0.group: must have at most 10 entries, found 18"),
        ("lines", BY_SLOPE + 'y = "risk"\nrung = "war"\n', "figures.0.rung: is for the core model: toy has none"),
        ("lines", BY_SLOPE + 'y = "difference"\nbaseline = "base"\n', "figures.0.y: names no outcome of toy"),
        ("lines", 'x = "parameters.slpe"\ny = "risk"\n', 'figures.0.x: must be a swept parameter or "variant"'),
        ("lines", BY_SLOPE + 'y = "risk"\nlog = ["y"]\naxis = [0, 1]\n', "figures.0.axis: must be above 0 on a logarithmic axis"),
        ("map", MAP, "figures.0.z: missing: an outcome of toy"),
        (
            "map",
            MAP + 'z = "share"\n',
            'figures.0.entry: missing: share has a value for each strategy. Write entry = "tit_for_tat"',
        ),
        ("curves", "", "figures.0.kind: is for the core model: outcomes of toy have no time"),
    ],
)
def test_wrong_figures_are_refused(tmp_path: Path, kind: str, text: str, complaint: str) -> None:
    where = "" if kind == "map" or kind == "curves" else AT if text.startswith(BY_SLOPE) else ONE
    message = refused(tmp_path, figure(kind, text + where))

    assert complaint in message
    assert message.startswith("toys.toml:")  # the file and the line


def test_a_logarithmic_axis_needs_numbers_above_0(tmp_path: Path) -> None:
    zero = HEAD.replace("[0.1, 0.25", "[0.0, 0.25")
    text = figure("lines", BY_SLOPE + 'y = "risk"\nlog = ["x"]\n' + AT)

    assert "figures.0.log: needs numbers above 0 along x" in refused(tmp_path, text, zero)


def test_entries_that_only_the_sweep_brings_may_be_named(tmp_path: Path) -> None:
    sizes = HEAD.replace('"parameters.weight" = [0.5, 1.0]', '"parameters.size" = [2, 9]')
    text = figure("lines", BY_SLOPE + 'y = "law"\nentry = "{}"\ngroup = "parameters.size"\n')

    assert refused(tmp_path, text.replace("{}", "9"), sizes) == ""
    assert 'names no entry of law, found "10"' in refused(tmp_path, text.replace("{}", "10"), sizes)


def test_entries_are_for_canonical_models(tmp_path: Path) -> None:
    from figures_case import refused as of_core
    from study_case import EXPERIMENT

    assert "entry: is for canonical models" in of_core(tmp_path, EXPERIMENT + 'entry = "grim"\n')
    assert "y: must be one of the words for it, found" in of_core(tmp_path, EXPERIMENT + 'y = "risk"\n')
    assert "kind: is for canonical models" in of_core(tmp_path, EXPERIMENT + figure("plane", 'x = "risk"\ny = "risk"\n'))
