"""What figures of canonical experiments say and draw: values of joint axes, gaps and their causes, hidden lines, jumps."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from matplotlib.colors import to_rgb

from figures_case import asked, drawn, legend, main_lines, refused, rows, stored, xs, ys
from figures_toy import AT, HEAD, computed, figure, registered, said, shown, toy
from figures_toy import refused as refused_toy
from sim import study
from sim.figures.cells import without_jumps
from sim.figures.kinds import KINDS, read_experiment
from sim.study import Results

BY_SLOPE = 'x = "parameters.slope"\n'
WITHOUT_WEIGHT = HEAD.replace('"parameters.weight" = [0.5, 1.0]\n', "")


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Results]:
    with registered():
        yield computed(tmp_path_factory.mktemp("toy"), "")


@pytest.fixture(autouse=True)
def _registered() -> Iterator[None]:
    with registered():
        yield


# ---- axes that drive several paths, with labels

JOINT = """\
title = "Tests?"
scenario = "quarrel.toml"
variants = ["no_treaty"]
[sweep]
design = "grid"
[sweep.parameters."quality"]
paths = ["monitoring.detection", "monitoring.false_alarm"]
labels = ["0.25", "1", "4"]
values = [[0.2, 0.1], [0.4, 0.05], [0.7, 0.02]]
"""
QUALITY = '[[figures]]\nname = "it"\nkind = "lines"\nx = "quality"\nrung = "war"\n'


@pytest.fixture(scope="module")
def joint(tmp_path_factory: pytest.TempPathFactory) -> Results:
    return stored(tmp_path_factory.mktemp("joint"), JOINT + QUALITY)


def test_what_varies_along_an_axis_with_labels_is_told_in_its_own_values(joint: Results) -> None:
    drawing = drawn(joint)

    told = "Varied together with it: monitoring.detection from 0.2 to 0.7; monitoring.false_alarm from 0.1 to 0.02."
    assert told in drawing.sentences
    assert [row["monitoring_detection"] for row in rows(drawing)] == [0.2, 0.4, 0.7]
    assert [row["monitoring_false_alarm"] for row in rows(drawing)] == [0.1, 0.05, 0.02]


def test_labels_that_are_numbers_make_an_axis_to_scale(joint: Results) -> None:
    drawing = drawn(joint)
    (line,) = main_lines(drawing.figure.axes[0])

    assert list(xs(line)) == [0.25, 1, 4]
    assert line.get_linestyle() != "None"
    assert [row["quality"] for row in rows(drawing)] == [0.25, 1, 4]


def test_such_an_axis_may_be_logarithmic(joint: Results, tmp_path: Path) -> None:
    drawing = drawn(asked(joint, QUALITY + 'log = ["x"]\n'))

    assert drawing.figure.axes[0].get_xscale() == "log"
    assert "The horizontal axis is logarithmic." in drawing.sentences
    words = JOINT.replace('"0.25", "1", "4"', '"bad", "fair", "good"')
    assert "needs numbers above 0 along x" in refused(tmp_path, words + QUALITY + 'log = ["x"]\n')
    assert drawn(asked(joint, QUALITY + 'log = ["y"]\n')).figure.axes[0].get_yscale() == "log"
    apart = QUALITY.replace('rung = "war"', 'rung = "war"\ny = "difference"\nbaseline = "treaty"')
    wrong = refused(tmp_path, JOINT.replace('["no_treaty"]', '["no_treaty", "treaty"]') + apart + 'log = ["y"]\n')
    assert "must not have y where y is 'difference', which may be below 0" in wrong


# ---- what is undefined

DRAWN = """\
title = "toy"
model = "toy"
[parameters]
slope = 0.25
[uncertain]
"parameters.slope" = { distribution = "uniform", low = 0.0, high = 1.0, basis = "judgement", source = "none" }
"""
OVER_DRAWS = (
    'title = "Toys?"\nscenario = "toy.toml"\n[uncertainty]\ndraws = 64\n[sweep.parameters]\n"parameters.weight" = [0.5, 1.0]\n'
)


def over_draws(folder: Path, text: str, scenario: str = DRAWN, head: str = OVER_DRAWS) -> Results:
    """The results of the toy with draws."""
    (folder / "toy.toml").write_text(scenario, encoding="utf-8")
    (folder / "drawn.toml").write_text(head + text, encoding="utf-8")
    return Results.load(study.run(read_experiment(folder / "drawn.toml"), folder / "results", workers=1).folder, KINDS)


BAND = figure("lines", 'x = "parameters.weight"\ny = "risk"\nband = [0.05, 0.95]\n')


def test_draws_in_which_an_outcome_is_undefined_are_not_told_as_failures(tmp_path: Path) -> None:
    found = over_draws(tmp_path, BAND)
    slopes = found.drawn["parameters.slope"]
    entered = int((slopes <= 0.6).sum())  # risk is defined up to 0.6
    text = said(drawn(found))

    assert 0 < entered < 64
    whose = "the line and the band are of those in which it is defined"
    assert f"Undefined in some draws: at some points only {entered} of 64 entered; {whose}." in text
    assert "Undefined where: The slope is above 0.6." in text
    assert "fail" not in text


def test_premises_that_fail_in_draws_are_told(tmp_path: Path) -> None:
    scenario = DRAWN.replace("parameters.slope", "parameters.weight").replace('"uniform", low = 0.0', '"uniform", low = 0.0')
    scenario = scenario.replace('distribution = "uniform", low = 0.0, high = 1.0', 'distribution = "discrete", values = [0, 1]')
    head = OVER_DRAWS.replace('"parameters.weight" = [0.5, 1.0]', '"parameters.slope" = [0.1, 0.3]')
    found = over_draws(tmp_path, BAND.replace("parameters.weight", "parameters.slope"), scenario, head)

    assert "Undefined too where a premise fails: a weight above 0." in said(drawn(found))


def test_a_plane_says_that_it_shows_no_draws(tmp_path: Path) -> None:
    text = figure("plane", 'x = "parameters.weight"\ny = "level"\n')

    told = "The draws of the uncertain parameters are not shown: these are the file's own numbers."
    assert told in drawn(over_draws(tmp_path, text)).sentences


def test_causes_that_do_not_occur_in_a_figure_are_left_out(tmp_path: Path) -> None:
    broken = HEAD.replace("[0.5, 1.0]", "[0.0, 1.0]")
    group, one = (BY_SLOPE + 'y = "risk"\n' + more for more in ('group = "parameters.weight"\n', AT.replace("0.5", "1.0")))
    found = computed(tmp_path, figure("lines", group), broken)
    both, alone = (
        said(drawn(found)),
        said(drawn(dataclasses.replace(found, experiment=toy(tmp_path, figure("lines", one), broken)))),
    )
    gentle = said(drawn(computed(tmp_path, figure("lines", group), broken.replace(", 0.9]", "]"))))

    assert "Undefined where: The slope is above 0.6. Undefined too where a premise fails: a weight above 0." in both
    assert "Undefined where: The slope is above 0.6. Shown" not in both
    assert "premise" not in alone  # the figure shows a weight of 1 alone
    assert "Undefined where a premise fails: a weight above 0." in gentle  # no slope above 0.6
    assert "The slope is above" not in gentle


def test_reasons_that_cannot_be_told_apart_are_called_alternatives(tmp_path: Path) -> None:
    folder = computed_canon(tmp_path, "contest", '"parameters.cap" = [0.1, 0.2, 0.3]\n', 'y = "critical_discount_factor"\n')

    assert "Undefined for one of these reasons: The cap is no lower" in said(drawn(folder))


def computed_canon(folder: Path, model: str, sweep: str, text: str) -> Results:
    """The results of a canonical model, drawn against its one swept parameter."""
    name = sweep.split('"')[1]
    return computed(
        folder, figure("lines", f'x = "{name}"\n' + text), f'title = "?"\nmodel = "{model}"\n[sweep.parameters]\n{sweep}'
    )


# ---- colours, lines that hide each other, jumps


def test_colours_that_begin_at_zero_do(tmp_path: Path) -> None:
    sweep = HEAD.replace("[0.1, 0.25, 0.5, 0.9]", "[0.0, 0.25, 0.5]")
    text = 'x = "parameters.slope"\ny_axis = "parameters.weight"\n'
    zero = drawn(computed(tmp_path, figure("map", text + 'z = "risk"\n'), sweep))
    apart = drawn(computed(tmp_path, figure("map", text + 'z = "level"\n'), sweep))

    assert "Colours run from 0 % to 50 %." in zero.sentences
    assert "Colours run from 10 to 10.5, not from zero." in apart.sentences


def test_lines_that_lie_on_each_other_are_told(results: Results, tmp_path: Path) -> None:
    same = shown(results, tmp_path, "lines", BY_SLOPE + 'y = "level"\ngroup = "parameters.weight"\n')
    apart = shown(results, tmp_path, "lines", BY_SLOPE + 'y = "risk"\ngroup = "parameters.weight"\n')
    layers = '[[figures.layers]]\nx = "parameters.slope"\ny = "level"\nlabel = "again"\n'
    plane = shown(results, tmp_path, "plane", BY_SLOPE + 'y = "level"\nlabel = "once"\n' + AT + layers)

    assert "weight = 0.5 and weight = 1 coincide." in same.sentences
    assert "once and again coincide." in plane.sentences
    assert "coincide" not in said(apart)


def test_a_diagonal_is_drawn_once_and_in_the_grey_of_the_legend(results: Results, tmp_path: Path) -> None:
    layers = '[[figures.layers]]\nx = "corner_y"\ny = "corner_y"\nlabel = "as much"\n'
    text = 'x = "corner_x"\ny = "corner_y"\njoin = "dots"\ngroup = "parameters.weight"\nacross = [2, 12]\n'
    drawing = shown(results, tmp_path, "plane", text + 'where = { "parameters.slope" = 0.1 }\n' + layers)
    lines = [line for line in main_lines(drawing.figure.axes[0]) if line.get_linestyle() != "None"]
    (box,) = drawing.figure.legends

    assert legend(drawing) == ["weight = 0.5", "weight = 1", "as much"]
    assert [list(xs(line)) for line in lines] == [[2, 12]]
    assert list(ys(lines[0])) == [2, 12]
    assert to_rgb(lines[0].get_color()) == to_rgb(box.get_lines()[2].get_color())


def test_paths_from_several_points_can_share_a_colour(results: Results, tmp_path: Path) -> None:
    text = 'x = "path_x"\ny = "path_y"\njoin = "path"\nalong = "parameters.slope"\n' + AT
    drawing = shown(results, tmp_path, "plane", text)

    assert len({line.get_color() for line in main_lines(drawing.figure.axes[0])}) == 1
    assert "Along the curves" not in said(drawing)  # each slope has a curve of its own


def test_contour_lines_end_at_a_jump() -> None:
    x, y = np.meshgrid(np.linspace(0, 1, 21), np.linspace(0, 1, 11))
    cliff = np.where(x > 0.51, 0.1 * x, 0.1 * x + 1)  # a step of 1 between columns 10 and 11

    assert np.array_equal(np.isnan(without_jumps(cliff)), (np.arange(21) // 2 == 5)[None, :].repeat(11, 0))
    assert np.array_equal(without_jumps(x * y), x * y)


def test_cells_do_not_go_beyond_what_a_parameter_may_be(tmp_path: Path) -> None:
    text = figure("map", 'x = "parameters.slope"\ny_axis = "parameters.weight"\nz = "level"\n')
    sweep = HEAD.replace("0.5, 0.9]", "0.5, 1.0]").replace("[0.5, 1.0]\n", "[0.5, 1.0, 2.0]\n")
    ax = drawn(computed(tmp_path, text, sweep)).figure.axes[0]

    assert ax.get_xlim() == pytest.approx((0.025, 1.0))  # slopes are probabilities: not up to 1.25
    assert ax.get_ylim() == pytest.approx((0.25, 2.0))  # weights are at most 2


# ---- outcomes that the model does not have


def test_an_outcome_of_the_core_model_is_told_as_such(tmp_path: Path) -> None:
    written = refused_toy(tmp_path, figure("lines", BY_SLOPE + 'y = "escalation_probability"\n' + AT))
    left_out = refused_toy(tmp_path, figure("lines", BY_SLOPE + AT))

    told = 'y: names no outcome of toy: it is one of the core model, found "escalation_probability". Allowed: risk, level, needed'
    assert told in written
    assert "y: missing: an outcome of toy. Allowed: risk, level, needed" in left_out
    assert "Did you mean" not in written + left_out
