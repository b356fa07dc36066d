"""Maps over two parameters: cells are the stored numbers, white is zero, and the break-even curve is where they change sign."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.collections import QuadMesh
from matplotlib.colors import to_hex
from matplotlib.lines import Line2D

from figures_case import VARIANTS, asked, drawn, legend, overlaps, refused, rows, stored, texts
from sim.declare import Table, filled
from sim.figures import said
from sim.figures.colours import ABOUT_ZERO, Scale
from sim.figures.drawing import Drawing
from sim.figures.stored_curve import stamp
from sim.study import Results
from sim.study.threshold import KEYS, find
from sim.study.threshold.files import write

HEAD = """\
title = "When is it worth it?"
scenario = "quarrel.toml"
[threshold]
parameter = "treaties.pact.sanction"
over = "monitoring.false_alarm"
variant = "treaty"
beats = "no_treaty"
[uncertainty]
draws = 4
parameters = ["onset.background_rate"]
[sweep.parameters]
"treaties.pact.sanction" = [0, 1, 2, 3]
"monitoring.false_alarm" = [0.6, 0.0, 0.2, 0.4, 0.8]
"""
RATE = "onset.background_rate"
MAP = '[[figures]]\nname = "f"\nkind = "map"\nx = "treaties.pact.sanction"\ny_axis = "monitoring.false_alarm"\n'
DIFFERENCE = 'z = "difference"\nbaseline = "no_treaty"\n'


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Results:
    return stored(tmp_path_factory.mktemp("map"), HEAD + MAP + DIFFERENCE)


def panels(drawing) -> list[Axes]:
    return [ax for ax in drawing.figure.axes if ax.get_gid() != "colour bar"]


def head_without_threshold() -> str:
    before, after = HEAD.split("[threshold]")
    return before + after[after.index("[uncertainty]") :]


def cells(ax: Axes) -> np.ndarray:
    """The numbers of the cells, from the bottom and from the left."""
    (mesh,) = [c for c in ax.collections if isinstance(c, QuadMesh)]
    return np.asarray(mesh.get_array())


def test_cells_are_the_stored_differences(results: Results) -> None:
    drawing = drawn(results)

    assert [ax.get_title(loc="left") for ax in panels(drawing)] == ["treaty", "verification"]
    for ax, variant in zip(panels(drawing), ("treaty", "verification"), strict=True):
        z = results.values(variant, "escalation_probability_minus_no_treaty", "war").reshape(4, 5)
        z = z[:, [1, 2, 3, 0, 4]]  # the false alarms of the file, in rising order
        assert np.array_equal(cells(ax), z.T)
        assert (ax.get_xlim(), ax.get_ylim()) == ((-0.5, 3.5), pytest.approx((-0.1, 0.9)))
    assert overlaps(drawing) == []


def test_white_is_zero_and_both_sides_reach_as_far(results: Results) -> None:
    drawing = drawn(results)
    (mesh,) = [c for c in panels(drawing)[0].collections if isinstance(c, QuadMesh)]
    norm, colours = mesh.norm, mesh.get_cmap()

    assert norm.vmin == -norm.vmax  # type: ignore[operator]
    assert norm.vmax >= max(np.abs(cells(ax)).max() for ax in panels(drawing))
    assert np.asarray(norm(np.zeros(1))).tolist() == [0.5]
    at_zero, lowest = colours(np.array([0.5, 0.0]))
    assert to_hex(at_zero).upper() == "#FFFFFF"
    assert to_hex(lowest).upper() == ABOUT_ZERO[0]  # blue is below


def test_lightness_of_differences_falls_in_even_steps_to_both_sides() -> None:
    def lightness(colour: str) -> float:  # CIE L* of an sRGB colour, by its definition
        rgb = np.array([int(colour[k : k + 2], 16) / 255 for k in (1, 3, 5)])
        linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
        return 116 * float(linear @ [0.2126, 0.7152, 0.0722]) ** (1 / 3) - 16

    steps = np.diff([lightness(colour) for colour in ABOUT_ZERO])

    assert steps[:5] == pytest.approx(np.full(5, steps[:5].mean()), abs=0.6)
    assert steps[5:] == pytest.approx(np.full(5, steps[5:].mean()), abs=0.6)


def test_the_break_even_curve_runs_where_the_difference_is_zero(results: Results) -> None:
    drawing = drawn(results)
    crossed = 0
    for ax in panels(drawing):
        z = cells(ax)
        strong = [c for c in ax.collections if not isinstance(c, QuadMesh) and 2.2 in np.atleast_1d(c.get_linewidth())]
        if not (z.min() < 0 < z.max()):
            assert strong == []
            continue
        crossed += 1
        x, y = np.arange(4.0), np.array([0.0, 0.2, 0.4, 0.6, 0.8])
        for path in strong[0].get_paths():
            for a, b in np.asarray(path.vertices):  # on an edge between two points, where the line between their values is zero
                values = [np.interp(b, y, z[:, n]) for n in range(4)]
                assert np.interp(a, x, values) == pytest.approx(0, abs=1e-9)
    assert crossed > 0
    assert legend(drawing) == ["break-even with no treaty", "the file's own values"]
    assert any("The heavy line is the break-even curve" in sentence for sentence in drawing.sentences)


def test_a_map_of_probabilities_says_that_its_colours_do_not_begin_at_zero(results: Results) -> None:
    drawing = drawn(asked(results, MAP + 'rung = "war"\n'))
    values = np.concatenate([results.values(v, "escalation_probability", "war") for v in VARIANTS])
    (mesh,) = [c for c in panels(drawing)[0].collections if isinstance(c, QuadMesh)]

    assert (mesh.norm.vmin, mesh.norm.vmax) == (values.min(), values.max())
    assert mesh.get_cmap().name == "cividis"
    assert any(s.startswith("Colours run from") and s.endswith(", not from zero.") for s in drawing.sentences)
    assert legend(drawing) == ["the file's own values"]
    assert overlaps(drawing) == []


def test_the_file_s_own_values_are_marked(results: Results) -> None:
    for ax in panels(drawn(results)):
        (mark,) = [line for line in ax.lines if line.get_gid() == "own values"]
        assert np.asarray(mark.get_xydata()).tolist() == [[1.0, 0.05]]  # sanction and false_alarm of the scenario
    # no treaty has no sanction
    assert [len(ax.lines) for ax in panels(drawn(asked(results, MAP)))] == [0, 1, 1]


def test_the_data_hold_every_cell(results: Results) -> None:
    drawing = drawn(results)

    assert drawing.columns == ("panel", "treaties_pact_sanction", "monitoring_false_alarm", "value")
    assert len(drawing.rows) == 2 * 4 * 5
    (row,) = rows(drawing, panel="treaty", treaties_pact_sanction=2.0, monitoring_false_alarm=0.2)
    assert row["value"] == results.values("treaty", "escalation_probability_minus_no_treaty", "war")[2 * 5 + 2]


def test_a_statistic_over_the_draws_may_be_shown(results: Results) -> None:
    drawing = drawn(asked(results, MAP + 'statistic = "quantile_0.95"\npanel = "variant"\n'))
    values = results.values("treaty", "escalation_probability", "war", None, "quantile_0.95").reshape(4, 5)

    assert np.array_equal(cells(panels(drawing)[1])[0], values[:, 1])
    assert any(s.startswith("Shown: the 95 % quantile over 4 draws of 1 uncertain parameter from") for s in drawing.sentences)


def test_cells_that_failed_are_grey_and_counted(tmp_path: Path) -> None:
    results = stored(tmp_path, (head_without_threshold() + MAP).replace("[0, 1, 2, 3]", "[0, 1, 2, -1]"))
    drawing = drawn(results)

    assert np.isnan(drawing.rows[3 * 5 + 20][3])  # the treaty with a sanction of -1
    # no treaty has no sanction; the other two fail at all five false alarms
    assert "10 cells are grey: they could not be computed; failures.json says why." in drawing.sentences


def test_labels_along_an_axis_are_cells_without_contour_lines(tmp_path: Path) -> None:
    labelled = '{ values = [0, 1, 3], labels = ["no sanction at all", "half a year of racing", "much"] }'
    drawing = drawn(stored(tmp_path, (head_without_threshold() + MAP).replace("[0, 1, 2, 3]", labelled)))

    assert [t.get_text().replace("\n", " ") for t in panels(drawing)[0].get_xticklabels()] == [
        "no sanction at all",
        "half a year of racing",
        "much",
    ]
    assert len(panels(drawing)[0].collections) == 1
    assert drawing.rows[0][1] == "no sanction at all"
    assert overlaps(drawing) == []


# ---- the curve of `sim threshold`


def test_the_curve_of_the_threshold_is_drawn_in_its_panel(results: Results) -> None:
    shown = asked(results, MAP + DIFFERENCE + "curve = true\n")
    (without,) = [s for s in drawn(shown).sentences if "sim threshold" in s]
    assert "was not there" in without

    answered(results)
    (results.folder / "threshold" / "curve.csv").write_text("x,y,segment\n1,0.1,0\n1.5,0.3,0\n2,0.7,1\n2.5,0.8,1\n")
    drawing = drawn(shown)
    turned = asked(
        results, (MAP + DIFFERENCE).replace("x =", "w =").replace("y_axis", "x").replace("w =", "y_axis =") + "curve = true\n"
    )

    assert [len([x for x in ax.lines if x.get_gid() == "curve"]) for ax in panels(drawing)] == [2, 0]
    for figure, points in ((drawing, [[1, 0.1], [1.5, 0.3]]), (drawn(turned), [[0.1, 1], [0.3, 1.5]])):
        first = next(line for line in panels(figure)[0].lines if line.get_gid() == "curve")
        assert np.asarray(first.get_xydata()).tolist() == points
    assert legend(drawing) == ["break-even with no treaty", "refined break-even with no treaty", "the file's own values"]
    assert "The thin coloured line is the break-even curve found by `sim threshold`." in drawing.sentences
    # another rung than that of the curve
    other = drawn(asked(results, MAP + DIFFERENCE + 'curve = true\nrung = "crisis"\n'))
    assert curves(other) == []
    assert "The break-even curve is not drawn: [threshold] asks for another rung than this map shows." in other.sentences


def answered(results: Results, **changes: Any) -> None:
    """Leaves the files of a threshold in the results folder, for the table [threshold] of the experiment with these changes."""
    table = filled(Table(KEYS), {**(results.experiment.threshold or {}), "resolution": 1 / 8, **changes})
    found = find(table, results.experiment)
    write(results.folder, found, results.experiment, lambda _: None)


def curves(drawing: Drawing) -> list[Line2D]:
    return [line for ax in panels(drawing) for line in ax.lines if line.get_gid() == "curve"]


@pytest.mark.parametrize(
    ("changes", "apart"),
    [
        ({"beats": None, "level": 0.3}, "beats: none, not no_treaty; level: 0.3, not none"),
        ({"variant": "verification"}, "variant: verification, not treaty"),
        ({"at_years": 2.0}, "at_years: 2, not 3"),
        ({"rung": "crisis"}, "rung: crisis, not war"),
        ({"to": 2.0}, "highest treaties.pact.sanction: 2, not 3"),
        (
            {"over": "onset.background_rate", "over_from": 0, "over_to": 1},
            "over: onset.background_rate, not monitoring.false_alarm",
        ),
    ],
)
def test_a_stored_curve_of_another_question_is_not_drawn(results: Results, changes: dict[str, Any], apart: str) -> None:
    shown = asked(results, MAP + DIFFERENCE + "curve = true\n")
    answered(results)
    assert curves(drawn(shown)) != []

    answered(results, **changes)  # as the options of `sim threshold` change the question
    drawing = drawn(shown)

    assert curves(drawing) == []
    assert "refined break-even with no treaty" not in legend(drawing)
    assert (
        f"The break-even curve that is stored is not drawn, because it answers another question than [threshold] asks now "
        f"({apart}): run `sim threshold` again."
    ) in drawing.sentences


def test_a_map_is_stale_when_the_stored_curve_comes_to_answer_another_question(results: Results) -> None:
    spec = asked(results, MAP + DIFFERENCE + "curve = true\n").experiment.figures[0]
    answered(results)
    right = stamp(spec, results)
    answered(results, at_years=2.0, resolution=1 / 4)
    (results.folder / "threshold" / "curve.csv").write_text("x,y,segment\n")
    wrong = stamp(spec, results)
    answered(results)
    (results.folder / "threshold" / "curve.csv").write_text("x,y,segment\n")

    assert len({right, wrong, stamp(spec, results)}) == 3
    assert stamp({**spec, "curve": False}, results) == ""


def test_a_title_with_an_end_of_its_own_gets_no_full_stop(results: Results) -> None:
    asking = drawn(asked(results, MAP + 'title = "Does it help?"\n')).alt

    assert asking.startswith("Map in colours: Does it help? pact: sanction across")
    assert [said.closed(title) for title in ("It helps", "It helps.", "It helps!")] == ["It helps.", "It helps.", "It helps!"]
    assert "?." not in drawn(results).alt  # the title of the experiment is a question too


# ---- what is refused


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ('x = "treaties.pact.sanction"', 'x = "variant"', "x: must be a swept parameter"),
        ("monitoring.false_alarm", "monitoring.false_alarms", "y_axis: must be a swept parameter"),
        ('y_axis = "monitoring.false_alarm"', 'y_axis = "treaties.pact.sanction"', "y_axis: is named by x already"),
        (MAP, MAP + 'panel = "rung"\n', 'panel: must be a swept parameter or "variant"'),
        (MAP, MAP + 'z = "difference"\n', "baseline: missing: z = 'difference' is from a variant"),
        (MAP, MAP + 'baseline = "treaty"\n', "baseline: is for z = 'difference' only"),
        (MAP, MAP + 'z = "discounted_payoff"\n', "actor: missing: z = 'discounted_payoff' is of an actor"),
        (MAP, MAP + 'statistic = "quantile_0.3"\n', "statistic: must be"),
    ],
)
def test_wrong_maps_are_refused(tmp_path: Path, old: str, new: str, complaint: str) -> None:
    assert complaint in refused(tmp_path, HEAD + MAP.replace(old, new))


def test_a_map_needs_a_grid(tmp_path: Path) -> None:
    text = (HEAD + MAP).replace("[sweep.parameters]", '[sweep]\ndesign = "zip"\n[sweep.parameters]').replace(", 0.8]", "]")

    assert "needs a grid, and the design is zip" in refused(tmp_path, text)


def test_a_curve_needs_a_threshold(tmp_path: Path) -> None:
    text = (HEAD + MAP).replace('over = "monitoring.false_alarm"\n', "")

    assert "curve: needs the curve of [threshold]" in refused(tmp_path, text + "curve = true\n")


def test_lines_can_be_told_from_the_cells_around_them() -> None:
    assert Scale(0.0, 1.0, False).ink(0.1) == "0.95"  # the low end of cividis is dark
    assert Scale(0.0, 1.0, False).ink(0.9) == "0.15"
    assert Scale(-1.0, 1.0, True).ink(-0.3) == "0.15"


def test_the_bar_names_the_unit(results: Results) -> None:
    (bar,) = [ax for ax in drawn(results).figure.axes if ax.get_gid() == "colour bar"]

    assert bar.get_ylabel().replace("\n", " ") == "Probability of war minus that under no treaty (percentage points)"
    assert texts(drawn(results), "x label") == ["pact: sanction (payoff)"]
