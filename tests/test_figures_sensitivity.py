"""Tornados, Sobol indices and Morris effects: the bars are what the analysis found."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from figures_case import asked, drawn, legend, overlaps, refused, rows, stored, texts
from sim.figures.sensitivity import HIGH, LOW
from sim.study import Results

TORNADO = """\
title = "What moves it?"
scenario = "quarrel.toml"
[sweep]
design = "one_at_a_time"
uncertain = true
[[analyses]]
name = "tornado"
kind = "one_at_a_time"
variants = ["treaty", "verification"]
[[analyses]]
name = "regret"
kind = "regret"
over = "points"
[[figures]]
name = "f"
kind = "sensitivity"
analysis = "tornado"
"""
SAMPLED = """\
title = "What moves it?"
scenario = "quarrel.toml"
[sweep]
design = "{design}"
uncertain = true
samples = 8
[[analyses]]
name = "found"
kind = "{kind}"
[[figures]]
name = "f"
kind = "sensitivity"
analysis = "found"
"""


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Results:
    return stored(tmp_path_factory.mktemp("tornado"), TORNADO)


def names(ax: Axes) -> list[str]:
    """The parameters, from the top."""
    return [label.get_text().replace("\n", " ") for label in ax.get_yticklabels()]


def bars(ax: Axes, colour: str) -> dict[int, Rectangle]:
    """{number of the parameter: bar} of a colour."""
    found = [p for p in ax.patches if isinstance(p, Rectangle) and p.get_facecolor()[:3] == rgb(colour)]
    return {round(p.get_y() + p.get_height() / 2): p for p in found}


def rgb(colour: str) -> tuple[float, ...]:
    return tuple(int(colour[k : k + 2], 16) / 255 for k in (1, 3, 5))


def test_a_tornado_s_bars_run_from_the_base_to_both_ends(results: Results) -> None:
    drawing = drawn(results)
    base = results.values("treaty", "escalation_probability", "war")[0]

    assert [ax.get_title(loc="left") for ax in drawing.figure.axes] == ["treaty", "verification"]
    for ax, variant in zip(drawing.figure.axes, ("treaty", "verification"), strict=True):
        found = {row["parameter"]: row for row in rows(drawing, variant=variant)}
        paths = {"onset: background rate": "onset.background_rate", "crisis: advance (crisis)": "crisis.advance.0"}
        for name, path in paths.items():
            n = names(drawing.figure.axes[0]).index(name)
            low, high = bars(ax, LOW)[n], bars(ax, HIGH)[n]
            assert low.get_x() + low.get_width() == pytest.approx(found[path]["y_low"])
            assert high.get_x() + high.get_width() == pytest.approx(found[path]["y_high"])
            assert low.get_x() == high.get_x() == found[path]["y_base"]
    assert rows(drawing, variant="treaty")[0]["y_base"] == base
    assert overlaps(drawing) == []


def test_the_widest_bar_of_any_variant_is_on_top(results: Results) -> None:
    drawing = drawn(results)
    swings: dict[str, float] = {}
    for row in rows(drawing):
        swings[row["parameter"]] = max(row["swing"], swings.get(row["parameter"], 0.0))
    last = {"crisis.advance.0": "crisis: advance (crisis)"}

    expected = [last.get(p, p.replace(".", ": ", 1).replace("_", " ")) for p in sorted(swings, key=lambda p: -swings[p])]
    expected = [name.replace("treaties: pact.sanction", "pact: sanction") for name in expected]
    assert names(drawing.figure.axes[0]) == expected
    assert all(ax.yaxis_inverted() for ax in drawing.figure.axes)


def test_the_ends_of_bars_carry_the_values_of_the_parameter(results: Results) -> None:
    ax = drawn(results).figure.axes[0]
    axis = results.experiment.axis("onset.background_rate")
    assert axis is not None
    assert axis.numbers is not None
    written = {text.get_text() for text in ax.texts}

    # uniform from 0.02 to 0.4, from the 5 % to the 95 % quantile
    assert {"0.039", "0.381"} <= written
    assert sorted(axis.numbers[1:]) == pytest.approx([0.02 + 0.05 * 0.38, 0.02 + 0.95 * 0.38])


def test_what_is_left_out_is_told(results: Results) -> None:
    drawing = drawn(asked(results, TORNADO.split("[[figures]]")[1].join(["[[figures]]", "most = 2\n"])))

    assert len(names(drawing.figure.axes[0])) == 2
    assert len(drawing.rows) == 2 * 4  # the data hold all
    (told,) = [s for s in drawing.sentences if "further parameters" in s]
    assert told.startswith("2 further parameters are not shown; the largest swing among them is ")
    assert told.endswith(" points.")


def test_what_the_analysis_says_is_in_the_caption(results: Results) -> None:
    drawing = drawn(results)

    assert any("Interactions between parameters are not seen." in sentence for sentence in drawing.sentences)
    assert drawing.alt.startswith("Bars: ")
    assert "treaty, largest swing: crisis: advance (crisis) " in drawing.alt


def test_both_ends_on_one_side_of_the_base_are_both_seen(results: Results) -> None:
    from matplotlib.figure import Figure

    from sim.figures.quantity import Quantity
    from sim.figures.sensitivity import _tornado

    ax = Figure().add_subplot()
    row = {"low": 1.0, "high": 3.0, "y_low": 0.4, "y_base": 0.2, "y_high": 0.3}
    _tornado(ax, 0.0, row, Quantity("escalation_probability", "value", None, None, False))
    low, high = (p for p in ax.patches if isinstance(p, Rectangle))

    assert (low.get_width(), high.get_width()) == pytest.approx((0.2, 0.1))
    assert low.get_y() + low.get_height() <= high.get_y()


def test_sobol_indices_have_their_intervals(tmp_path: Path) -> None:
    drawing = drawn(stored(tmp_path, SAMPLED.format(design="saltelli", kind="sobol")))
    ax = drawing.figure.axes[0]
    n = names(ax).index("onset: background rate")
    (row,) = rows(drawing, variant="no_treaty", parameter="onset.background_rate")

    widths = [p.get_width() for p in ax.patches if isinstance(p, Rectangle) and abs(p.get_y() + p.get_height() / 2 - n) < 0.3]
    assert sorted(widths) == sorted([row["first_order"], row["total"]])
    spans = [tuple(c.get_paths()[0].vertices[:, 0]) for c in ax.collections]  # type: ignore[index]
    assert (row["total_low"], row["total_high"]) in spans
    assert legend(drawing) == ["first-order index (alone)", "total index (with interactions)", "95 % interval"]
    assert texts(drawing, "x label") == ["Share of the variance: Probability of war by the end of the horizon"]
    assert overlaps(drawing) == []


def test_morris_effects_have_their_spread(tmp_path: Path) -> None:
    results = stored(tmp_path, SAMPLED.format(design="morris", kind="morris") + 'variants = ["verification"]\n')
    drawing = drawn(results)
    (ax,) = drawing.figure.axes
    n = names(ax).index("crisis: advance (crisis)")
    (row,) = rows(drawing, variant="verification", parameter="crisis.advance.0")

    assert [p.get_width() for p in ax.patches if isinstance(p, Rectangle)][n] == row["mu_star"]
    assert [float(np.asarray(line.get_xdata())[0]) for line in ax.lines][n] == row["sigma"]
    assert overlaps(drawing) == []


@pytest.mark.parametrize(
    ("name", "complaint"),
    [("tornadoo", "analysis: names no analysis of this experiment"), ("regret", "analysis: must name an analysis of kind")],
)
def test_wrong_analyses_are_refused(tmp_path: Path, name: str, complaint: str) -> None:
    assert complaint in refused(tmp_path, TORNADO.replace('analysis = "tornado"', f'analysis = "{name}"'))
