"""What is drawn over figures from elsewhere, and figures of outcomes with entries: numbers drawn are numbers told and stored."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from figures_case import asked, drawn, legend, main_lines, overlaps, refused, rows, stored, texts, xs, ys
from sim import figures
from sim.figures.overlays import DARK
from sim.study import Results

HEAD = 'title = "Where?"\nscenario = "quarrel.toml"\ntimes = [1]\n[uncertainty]\ndraws = 8\n'
OUTCOMES = "".join(
    f'[[figures]]\nname = "{y}"\nkind = "curves"\ny = "{y}"\n' for y in ("treaty_occupancy", "arming", "annual_probability")
)
OVER = """\
[[figures]]
name = "over"
kind = "curves"
[[figures.data]]
label = "counted"
x = [2000.5, 2001-07-02, 2002]
y = [0.1, 0.2, 0.3]
low = [0.05, 0.1, 0.2]
high = [0.2, 0.3, 0.6]
source = "a list of disputes."
panel = "crisis"
[[figures.data]]
label = "guessed"
x = [2001]
y = [0.01]
source = "a guess"
join = true
[[figures.references]]
label = "base rate"
value = 0.4
source = "a record"
panel = "war"
[[figures.references]]
label = "base rate"
value = 0.7
source = "a record"
panel = "crisis"
"""


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Results:
    return stored(tmp_path_factory.mktemp("results"), HEAD + OUTCOMES)


def of(ax: Axes, gid: str) -> list[Line2D]:
    return [line for line in ax.lines if line.get_gid() == gid]


# ---- overlays


def test_points_stand_where_the_file_says_and_only_in_their_panel(results: Results) -> None:
    drawing = drawn(asked(results, OVER))
    crisis, war = drawing.figure.axes
    counted, guessed = of(crisis, "data")
    # 2 July is half-way through 2001: day 183 of 365, 182/365 of the year gone
    np.testing.assert_allclose(xs(counted), [2000.5, 2001 + 182 / 365, 2002])
    np.testing.assert_allclose(ys(counted), [0.1, 0.2, 0.3])
    assert counted.get_linestyle() == "None"
    assert guessed.get_linestyle() == "-"
    assert counted.get_color() == DARK
    assert counted.get_marker() != guessed.get_marker()
    assert [ys(line).tolist() for line in of(war, "data")] == [[0.01]]
    (bars,) = [c for c in crisis.collections if c.get_gid() == "bars of data"]
    segments = bars.get_segments()  # type: ignore[attr-defined]
    np.testing.assert_allclose([segment[:, 1] for segment in segments], [[0.05, 0.2], [0.1, 0.3], [0.2, 0.6]])
    assert [ys(line)[0] for ax in (crisis, war) for line in of(ax, "reference")] == [0.7, 0.4]


def test_they_count_for_the_axis_and_are_in_the_legend_once(results: Results) -> None:
    plain, drawing = drawn(asked(results, '[[figures]]\nname = "plain"\nkind = "curves"\n')), drawn(asked(results, OVER))
    assert plain.figure.axes[1].get_ylim()[1] < 0.4 <= drawing.figure.axes[1].get_ylim()[1]
    assert [name for name in legend(drawing) if name in ("counted", "guessed", "base rate")] == [
        "counted",
        "guessed",
        "base rate",
    ]
    assert overlaps(drawing) == []


def test_the_caption_names_label_value_and_source(results: Results) -> None:
    said = " ".join(drawn(asked(results, OVER)).sentences)
    assert (
        "Points from elsewhere, not computed: counted for crisis, with bars as the source gives them (a list of disputes)."
        in said
    )
    assert "Points from elsewhere, not computed: guessed (a guess)." in said
    assert "Horizontal line for reference, not computed: base rate, 40 % for war, 70 % for crisis (a record)." in said


def test_they_are_rows_of_their_own_in_the_data_of_the_figure(results: Results) -> None:
    drawing = drawn(asked(results, OVER))
    assert drawing.columns[-4:] == ("overlay", "overlay_low", "overlay_high", "overlay_source")
    found = rows(drawing, overlay="data", group="counted")
    first = found[0]
    assert (first["panel"], first["calendar_year"], first["value"]) == ("crisis", 2000.5, 0.1)
    assert (first["overlay_low"], first["overlay_high"]) == (0.05, 0.2)
    assert len(rows(drawing, overlay="data", group="guessed")) == 2  # both panels
    assert [(r["panel"], r["value"]) for r in rows(drawing, overlay="reference")] == [("war", 0.4), ("crisis", 0.7)]
    assert all(len(row) == len(drawing.columns) for row in drawing.rows)
    plain = drawn(asked(results, '[[figures]]\nname = "plain"\nkind = "curves"\n'))
    assert "overlay" not in plain.columns
    assert [list(row[: len(plain.columns)]) for row in drawing.rows if row[-4] == ""] == [list(row) for row in plain.rows]


def test_points_may_stand_beside_variants(results: Results) -> None:
    figure = '[[figures]]\nname = "v"\nkind = "lines"\nx = "variant"\nrung = "war"\n'
    data = '[[figures.data]]\nlabel = "polled"\nx = ["verification", "no treaty"]\ny = [0.1, 0.2]\nsource = "a poll"\n'
    drawing = drawn(asked(results, figure + data))
    (polled,) = of(drawing.figure.axes[0], "data")
    assert xs(polled).tolist() == [2.0, 0.0]  # no_treaty, treaty, verification stand at 0, 1, 2
    assert overlaps(drawing) == []


def test_a_figure_with_them_is_drawn_again_from_its_files(tmp_path: Path) -> None:
    results = stored(tmp_path, HEAD + OVER)
    figures.draw(results.folder)
    with (results.folder / "figures" / "over.csv").open(encoding="utf-8", newline="") as file:
        told = [row for row in csv.DictReader(file) if row["overlay"]]
    assert [float(row["value"]) for row in told if row["group"] == "counted"] == [0.1, 0.2, 0.3]
    assert figures.draw(results.folder) == []  # nothing is stale


@pytest.mark.parametrize(
    ("told", "message"),
    [
        (
            ("y = [0.1, 0.2, 0.3]", "y = [10, 20, 30]"),
            "must be in [0, 1]: it is a probability or a share, found 10. Write 0.1 for 10 %.",
        ),
        (("y = [0.1, 0.2, 0.3]", "y = [0.1, 0.2]"), "data.0.y: must have 3 numbers, as x has, found 2"),
        (("high = [0.2, 0.3, 0.6]\n", ""), "needs both low and high"),
        (("low = [0.05,", "low = [0.15,"), "must be low <= y <= high, and y is 0.1"),
        (("x = [2000.5,", "x = [1995,"), "must be within the years 2000 to 2003 that are shown"),
        (("2001-07-02", '"July"'), "must be a number of years or a date"),
        (('panel = "crisis"', 'panel = "crises"'), 'names no panel of this figure, found "crises". Did you mean crisis?'),
        (('source = "a guess"\n', ""), "missing: where the numbers come from"),
        (("value = 0.4", "value = 40"), "Write 0.4 for 40 %."),
        (('kind = "curves"', 'kind = "curves"\nlog = ["y"]\naxis = [0.001, 1]'), ""),
    ],
)
def test_what_cannot_be_drawn_is_refused(tmp_path: Path, told: tuple[str, str], message: str) -> None:
    found = refused(tmp_path, HEAD + OVER.replace(told[0], told[1], 1))
    assert (message in found) if message else (found == ""), found


def test_nothing_stands_below_a_logarithmic_axis(tmp_path: Path) -> None:
    log = OVER.replace('kind = "curves"', 'kind = "curves"\nlog = ["y"]', 1).replace("value = 0.4", "value = 0")
    assert "must be above 0 on a logarithmic axis" in refused(tmp_path, HEAD + log)


# ---- outcomes with entries


def test_curves_of_entries_are_what_is_stored(results: Results) -> None:
    figure = '[[figures]]\nname = "s"\nkind = "curves"\ny = "treaty_occupancy"\nentries = ["pact:in_force", "pact:ended"]\n'
    drawing = drawn(asked(results, figure + 'panel = "variant"\n'))
    assert [ax.get_title(loc="left") for ax in drawing.figure.axes] == ["treaty", "verification"]  # no_treaty has none
    for ax, variant in zip(drawing.figure.axes, ("treaty", "verification"), strict=True):
        for line, entry in zip(main_lines(ax), ("pact:in_force", "pact:ended"), strict=True):
            years, stored_values = results.path(variant, entry, 0, outcome="treaty_occupancy")
            assert np.array_equal(xs(line), 2000 + years)
            assert np.array_equal(ys(line), stored_values)
    assert legend(drawing) == ["in force", "ended"]
    assert "Not shown, because there is no such treaty: no treaty." in drawing.sentences
    assert texts(drawing, "y label") == ["Probability that pact has the status"]


@pytest.mark.parametrize(
    ("told", "panels", "lines"),
    [
        ('entry = "pact:ended"', [""], ["treaty", "verification"]),
        ('entries = ["pact:ended", "pact:suspended"]', ["ended", "suspended"], ["treaty", "verification"]),
        ('entries = ["pact:ended", "pact:suspended"]\ngroup = "entry"', ["treaty", "verification"], ["ended", "suspended"]),
        ('entries = ["pact:ended", "pact:suspended"]\npanel = "variant"', ["treaty", "verification"], ["ended", "suspended"]),
        ('variants = ["treaty"]\ngroup = "entry"', [""], ["pending", "in force", "withdrawing", "suspended", "ended"]),
    ],
)
def test_what_is_left_open_of_lines_and_panels_follows(results: Results, told: str, panels: list[str], lines: list[str]) -> None:
    drawing = drawn(asked(results, f'[[figures]]\nname = "s"\nkind = "curves"\ny = "treaty_occupancy"\n{told}\n'))
    assert [ax.get_title(loc="left") for ax in drawing.figure.axes] == panels
    assert legend(drawing) == lines
    assert overlaps(drawing) == []


def test_yearly_risks_have_bands_and_a_logarithmic_axis(results: Results) -> None:
    figure = (
        '[[figures]]\nname = "y"\nkind = "curves"\ny = "annual_probability"\nrung = "war"\nlog = ["y"]\nband = [0.05, 0.95]\n'
    )
    drawing = drawn(asked(results, figure))
    (ax,) = drawing.figure.axes
    assert ax.get_yscale() == "log"
    for line, variant in zip(main_lines(ax), ("no_treaty", "treaty", "verification"), strict=True):
        assert np.array_equal(ys(line), results.path(variant, "war", 0, "mean", "annual_probability")[1])
    assert texts(drawing, "y label")[0].startswith("Equivalent yearly probability of war")
    assert "The vertical axis is logarithmic." in drawing.sentences


def test_lines_over_variants_and_over_entries(results: Results) -> None:
    figure = '[[figures]]\nname = "a"\nkind = "lines"\ny = "treaty_occupancy"\nat_years = 1\n'
    drawing = drawn(asked(results, figure + 'x = "variant"\nentry = "pact:in_force"\n'))
    dots = np.concatenate([ys(line) for line in main_lines(drawing.figure.axes[0])])
    wanted = [results.values(v, "treaty_occupancy", "pact:in_force", 1)[0] for v in ("treaty", "verification")]
    assert dots.tolist() == wanted
    assert texts(drawing, "y label")[0].startswith("Probability that pact is in force after 1 year")
    drawing = drawn(asked(results, figure + 'x = "entry"\nvariants = ["treaty"]\n'))
    entries = [f"pact:{s}" for s in ("pending", "in_force", "withdrawing", "suspended", "ended")]
    (line,) = main_lines(drawing.figure.axes[0])
    assert ys(line).tolist() == [results.values("treaty", "treaty_occupancy", e, 1)[0] for e in entries]


def test_actors_have_their_labels(results: Results) -> None:
    drawing = drawn(asked(results, '[[figures]]\nname = "a"\nkind = "curves"\ny = "arming"\n'))
    assert [ax.get_title(loc="left") for ax in drawing.figure.axes] == ["East", "west"]
    assert np.array_equal(ys(main_lines(drawing.figure.axes[0])[0]), results.path("no_treaty", "east", 0, outcome="arming")[1])
