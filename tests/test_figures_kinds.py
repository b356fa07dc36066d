"""Curves and lines: what is drawn is what is stored, read back from the artists."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from matplotlib.colors import to_hex
from matplotlib.lines import Line2D

from sim import study
from sim.figures import KINDS, style
from sim.figures.drawing import Drawing
from sim.figures.events import date_of, marks_of
from sim.study import Results
from study_case import EXPERIMENT, OVER_TIME, SCENARIO, changed, experiment

VARIANTS = ("no_treaty", "treaty", "verification")
MONTE_CARLO = ('title = "How', 'engine = "monte_carlo"\nreplicates = 300\ntitle = "How')


def drawn(folder: Path, text: str, n: int = 0, scenario: str = SCENARIO) -> tuple[Drawing, Results]:
    """The n-th figure of an experiment, and the results behind it."""
    results = Results.load(study.run(experiment(folder, text, scenario=scenario), folder / "results").folder, KINDS)
    spec = results.experiment.figures[n]
    with style.settings():
        return KINDS[spec["kind"]].draw(spec, results), results


def xs(line: Line2D) -> np.ndarray:
    return np.asarray(line.get_xdata(), dtype=float)


def ys(line: Line2D) -> np.ndarray:
    return np.asarray(line.get_ydata(), dtype=float)


def texts(drawing: Drawing, gid: str) -> list[str]:
    return [text.get_text().replace("\n", " ").replace("\xa0", " ") for text in drawing.figure.texts if text.get_gid() == gid]


def legend(drawing: Drawing) -> list[str]:
    return [text.get_text() for box in drawing.figure.legends for text in box.get_texts()]


def columns(drawing: Drawing, **wanted: str) -> list[tuple]:
    """The rows of the data behind the figure that have these values."""
    at = {name: drawing.columns.index(name) for name in wanted}
    return [tuple(row) for row in drawing.rows if all(row[at[name]] == value for name, value in wanted.items())]


# ---- lines


def test_lines_show_the_stored_values_of_every_variant_in_every_panel(tmp_path: Path) -> None:
    drawing, results = drawn(tmp_path, EXPERIMENT)
    panels = drawing.figure.axes

    assert [ax.get_title(loc="left") for ax in panels] == ["monitoring: detection = 0.2", "monitoring: detection = 0.5"]
    for k, ax in enumerate(panels):
        assert len(ax.lines) == 3  # three variants, three lines
        for line, variant in zip(ax.lines, VARIANTS, strict=True):
            stored = results.values(variant, "escalation_probability", "war", 2.0)
            assert list(xs(line)) == [0, 4, 8]
            assert np.array_equal(ys(line), stored[[k, 2 + k, 4 + k]])
            assert to_hex(line.get_color()).upper() == style.ROLES[variant].colour
    assert legend(drawing) == ["no treaty", "treaty", "verification"]
    assert texts(drawing, "x label") == ["pact: inspections per year"]


def test_the_data_behind_a_figure_are_what_is_drawn(tmp_path: Path) -> None:
    drawing, _ = drawn(tmp_path, EXPERIMENT)

    assert drawing.columns == ("panel", "group", "pact_inspections_per_year", "value")
    line = drawing.figure.axes[1].lines[2]
    pairs = zip(xs(line), ys(line), strict=True)
    assert columns(drawing, panel="0.5", group="verification") == [("0.5", "verification", x, y) for x, y in pairs]
    assert len(drawing.rows) == 2 * 3 * 3


def test_panels_share_a_zoomed_axis_and_say_so(tmp_path: Path) -> None:
    drawing, results = drawn(tmp_path, EXPERIMENT)
    top = max(results.values(v, "escalation_probability", "war", 2.0).max() for v in VARIANTS)
    (limits,) = {ax.get_ylim() for ax in drawing.figure.axes}

    assert limits[0] == 0
    assert top < limits[1] < 2 * top
    assert texts(drawing, "y label") == [f"Probability of war within 2 years (axis 0 to {style.percent(limits[1])})"]
    assert f"All vertical axes are zoomed: 0 to {style.percent(limits[1])}." in drawing.sentences


def test_an_axis_that_is_asked_for_is_taken(tmp_path: Path) -> None:
    drawing, _ = drawn(tmp_path, changed(EXPERIMENT, ("at_years = 2", "at_years = 2\naxis = [0, 1]")))

    assert {ax.get_ylim() for ax in drawing.figure.axes} == {(0.0, 1.0)}
    assert "All vertical axes run from 0 to 100 %." in drawing.sentences


def test_level_lines_are_explained(tmp_path: Path) -> None:
    drawing, _ = drawn(tmp_path, EXPERIMENT)

    assert "The line of no treaty is level, because it has no treaties." in drawing.sentences
    assert "The line of treaty is level, because it sets this path itself." in drawing.sentences
    assert "Engine: exact; no sampling error." in drawing.sentences


def test_values_with_labels_are_drawn_apart_and_unjoined(tmp_path: Path) -> None:
    labelled = '"monitoring.detection" = { values = [0.2, 0.5], labels = ["low", "high"] }'
    text = changed(
        EXPERIMENT,
        ('"monitoring.detection" = [0.2, 0.5]', labelled),
        ('x = "treaties.pact.inspections_per_year"', 'x = "monitoring.detection"'),
        ('panel = "monitoring.detection"', 'where = { "treaties.pact.inspections_per_year" = 8 }'),
    )
    drawing, results = drawn(tmp_path, text)
    (ax,) = drawing.figure.axes

    assert [tick.get_text() for tick in ax.get_xticklabels()] == ["low", "high"]
    for line, variant in zip(ax.lines, VARIANTS, strict=True):
        assert line.get_linestyle() == "None"
        assert np.array_equal(ys(line), results.values(variant, "escalation_probability", "war", 2.0)[4:])
    assert len({xs(line)[0] for line in ax.lines}) == 3  # beside each other, not over each other
    assert columns(drawing, group="treaty")[0][:4] == ("", "treaty", 0.0, "low")
    assert "Shown at pact: inspections per year = 8." in drawing.sentences


def test_a_payoff_and_swept_groups_can_be_drawn(tmp_path: Path) -> None:
    text = changed(
        EXPERIMENT,
        ('rung = "war"\nat_years = 2', 'y = "discounted_payoff"\nactor = "east"\nvariants = ["verification"]'),
        ("panel", "group"),
    )
    drawing, results = drawn(tmp_path, text)
    (ax,) = drawing.figure.axes

    assert legend(drawing) == ["monitoring: detection = 0.2", "monitoring: detection = 0.5"]
    stored = results.values("verification", "discounted_payoff", "east")
    assert [list(ys(line)) for line in ax.lines] == [list(stored[::2]), list(stored[1::2])]
    assert ax.get_ylim()[1] == 0
    assert ax.get_ylim()[0] < stored.min() < 0


def test_simulated_lines_have_their_intervals(tmp_path: Path) -> None:
    drawing, results = drawn(tmp_path, changed(EXPERIMENT, MONTE_CARLO))
    at = ("verification", "escalation_probability", "war", 2.0)
    low, high = (results.values(*at, statistic=s)[1::2] for s in ("interval_low", "interval_high"))
    rows = columns(drawing, panel="0.5", group="verification")

    assert drawing.columns[-3:] == ("value", "interval_low", "interval_high")
    assert [row[-2:] for row in rows] == list(zip(low, high, strict=True))
    assert all(row[-2] < row[-3] < row[-1] for row in rows)
    assert len(drawing.figure.axes[1].collections) == 3


def test_an_interval_of_other_outcomes_is_that_of_a_normal_law(tmp_path: Path) -> None:
    text = changed(EXPERIMENT, MONTE_CARLO, ('rung = "war"\nat_years = 2', 'y = "expected_onsets"'))
    drawing, results = drawn(tmp_path, text)
    value, error = (results.values("treaty", "expected_onsets", statistic=s)[0] for s in ("value", "standard_error"))
    row = columns(drawing, panel="0.2", group="treaty")[0]

    assert row[-3:] == pytest.approx((value, value - 1.96 * error, value + 1.96 * error), rel=1e-4)


def test_points_that_failed_are_left_out_and_counted(tmp_path: Path) -> None:
    drawing, _ = drawn(tmp_path, changed(EXPERIMENT, ("[0, 4, 8]", "[0, 4, -1]")))
    line = drawing.figure.axes[0].lines[2]

    assert list(xs(line)) == [-1, 0, 4]
    assert np.isnan(ys(line)).tolist() == [True, False, False]
    # verification at -1 in both panels; the other two variants do not see the number of inspections
    assert "2 values could not be computed and are left out; failures.json says why." in drawing.sentences


# ---- curves


def test_curves_show_every_round_of_every_variant_and_rung(tmp_path: Path) -> None:
    drawing, results = drawn(tmp_path, OVER_TIME)
    panels = drawing.figure.axes

    assert [ax.get_title(loc="left") for ax in panels] == ["crisis", "war"]
    for ax, rung in zip(panels, ("crisis", "war"), strict=True):
        curves = ax.lines[:3]
        for line, variant in zip(curves, VARIANTS, strict=True):
            assert np.array_equal(ys(line), results.path(variant, rung, 0)[1])
            assert np.allclose(xs(line), 2000 + np.arange(7) / 2)
    assert texts(drawing, "x label") == ["Year"]
    assert drawing.columns == ("panel", "group", "calendar_year", "date", "value")
    # the middle of 2001: 182 of its 365 days
    assert columns(drawing, panel="war", group="treaty")[3][3] == "2001-07-02"


def test_events_are_marked_in_every_panel(tmp_path: Path) -> None:
    drawing, _ = drawn(tmp_path, OVER_TIME)

    for ax in drawing.figure.axes:
        marks = [line for line in ax.lines if str(line.get_gid()).startswith("event")]
        assert [xs(line)[0] for line in marks] == pytest.approx([2000 + 1 + 182 / 365, 2002])
        assert [text.get_text() for text in ax.texts][-2:] == ["a", "b"]
    assert texts(drawing, "notes") == ["a  2 Jul 2001: background rate = 0.2   b  1 Jan 2002: pact expires"]


def test_an_exit_that_an_event_forces_is_marked(tmp_path: Path) -> None:
    singly = ("[treaties.pact]\n", '[treaties.pact]\nexit = "one_by_one"\n')
    scenario = changed(SCENARIO, singly, ('expire = ["pact"]', 'leave = { pact = ["east"] }'))
    asks = experiment(tmp_path, OVER_TIME, scenario=scenario)
    marks, _ = marks_of(asks.figures[0], asks)
    assert [(mark.when, mark.what) for mark in marks] == [
        ("2 Jul 2001", "background rate = 0.2"),
        ("1 Jan 2002", "east out of pact"),
    ]


def test_events_of_variants_that_are_not_shown_are_not_marked(tmp_path: Path) -> None:
    drawing, _ = drawn(tmp_path, changed(OVER_TIME, ("kind", 'variants = ["no_treaty"]\nkind')))

    assert texts(drawing, "notes") == ["a  2 Jul 2001: background rate = 0.2"]


def test_without_a_start_time_is_in_years(tmp_path: Path) -> None:
    scenario = changed(SCENARIO, ("start = 2000-01-01\n", ""), ("date = 2001-07-02", "year = 1.5"))
    drawing, _ = drawn(tmp_path, OVER_TIME, scenario=scenario)

    assert texts(drawing, "x label") == ["Years from the start"]
    assert xs(drawing.figure.axes[0].lines[0]).tolist() == [0, 0.5, 1, 1.5, 2, 2.5, 3]
    assert drawing.columns == ("panel", "group", "years", "value")


def test_each_rung_has_its_axis_and_zooms_are_stated(tmp_path: Path) -> None:
    drawing, results = drawn(tmp_path, OVER_TIME)
    crisis, war = drawing.figure.axes
    top = max(results.path(v, "war", 0)[1][-1] for v in VARIANTS)

    assert crisis.get_ylim() == (0, 1)
    assert top < war.get_ylim()[1] < 0.5
    assert war.get_ylim() == (0.0, style.ceiling(top))
    span = f"0 to {style.percent(style.ceiling(top))}"
    assert [f"axis {span}" in [text.get_text() for text in ax.texts] for ax in (crisis, war)] == [False, True]
    assert f"Vertical axes differ between panels; zoomed: war {span}; the others run from 0 to 100 %." in drawing.sentences


def test_simulated_curves_have_a_band_that_is_named(tmp_path: Path) -> None:
    drawing, results = drawn(tmp_path, changed(OVER_TIME, MONTE_CARLO))
    band = drawing.figure.axes[1].collections[2].get_paths()[0].vertices
    assert isinstance(band, np.ndarray)
    low, high = (results.path("verification", "war", 0, s)[1] for s in ("interval_low", "interval_high"))

    assert len(drawing.figure.axes[1].collections) == 3
    assert band[:, 1].min() == pytest.approx(low.min())
    assert band[:, 1].max() == pytest.approx(high.max())
    assert legend(drawing)[-1] == "shaded: 95 % interval of sampling"
    assert drawing.columns[-2:] == ("interval_low", "interval_high")
    stored = [results.path("verification", "war", 0, s)[1][-1] for s in ("value", "interval_low", "interval_high")]
    assert list(columns(drawing, panel="war", group="verification")[-1][-3:]) == stored
    assert "Engine: Monte Carlo, 300 simulated histories" in drawing.sentences[-2]
    assert "95 % interval of the sampling error alone" in drawing.sentences[-1]


def test_exact_curves_have_no_band(tmp_path: Path) -> None:
    drawing, _ = drawn(tmp_path, OVER_TIME)

    assert [len(ax.collections) for ax in drawing.figure.axes] == [0, 0]
    assert legend(drawing) == ["no treaty", "treaty", "verification"]


def test_a_panel_of_which_nothing_could_be_computed_says_so(tmp_path: Path) -> None:
    sweep = '[sweep.parameters]\n"monitoring.detection" = [0.5, 1.5]\n'
    drawing, _ = drawn(tmp_path, changed(OVER_TIME, ("kind", 'panel = "monitoring.detection"\nrung = "war"\nkind')) + sweep)

    assert [["could not be computed" in [t.get_text() for t in ax.texts]] for ax in drawing.figure.axes] == [[False], [True]]


def test_alternative_text_names_the_values_at_the_end(tmp_path: Path) -> None:
    drawing, results = drawn(tmp_path, OVER_TIME)
    end = results.path("verification", "war", 0)[1][-1]

    assert drawing.alt.startswith("Rising curves: Reaching the rungs. At the end of the horizon: crisis: no treaty ")
    assert f"verification {style.percent(float(f'{end:.3g}'))}." in drawing.alt


@pytest.mark.parametrize("day", ["2000-01-01", "2000-02-29", "2000-12-31", "2001-12-31", "2011-02-05", "2026-02-05"])
def test_dates_come_back_from_years(day: str) -> None:
    import datetime

    from sim.dilemma.parameters import year_of

    assert date_of(year_of(datetime.date.fromisoformat(day))).isoformat() == day


# ---- style


def test_regimes_look_the_same_whoever_is_beside_them() -> None:
    assert style.looks(["treaty", "mine"])["treaty"] == style.looks(["other", "verification", "treaty"])["treaty"]


def test_ten_names_have_ten_looks() -> None:
    for names in ([f"v{n}" for n in range(10)], [*VARIANTS, "base", *(f"v{n}" for n in range(6))]):
        found = style.looks(names)

        assert len({(look.colour, str(look.dashes)) for look in found.values()}) == 10
        assert len({look.marker for look in found.values()}) >= 9


@pytest.mark.parametrize(
    ("largest", "top"),
    [(0.0194, 0.025), (0.0153, 0.02), (0.51, 1.0), (0.0, 1.0), (0.3, 0.4), (0.096, 0.1), (0.0965, 0.12), (float("nan"), 1.0)],
)
def test_axes_end_at_round_numbers_with_some_air(largest: float, top: float) -> None:
    # 4 % of air: 0.096 * 1.04 = 0.09984, 0.0965 * 1.04 = 0.10036
    assert style.ceiling(largest) == pytest.approx(top, nan_ok=True)


@pytest.mark.parametrize(("x", "text"), [(0.025, "2.5 %"), (1.0, "100 %"), (0.1 + 0.2, "30 %"), (0.0001, "0.01 %")])
def test_probabilities_are_written_in_per_cent(x: float, text: str) -> None:
    assert style.percent(x) == text


def test_no_text_is_cut_or_overlaps_a_panel(tmp_path: Path) -> None:
    long = changed(
        EXPERIMENT,
        ('rung = "war"', 'rung = "war"\ntitle = "' + "A title that goes on " * 8 + '"'),
        ("[0.2, 0.5]", "[0.1, 0.2, 0.3, 0.4, 0.5]"),
    )
    for n, text in enumerate([EXPERIMENT, long, OVER_TIME, changed(OVER_TIME, MONTE_CARLO)]):
        (tmp_path / str(n)).mkdir()
        drawing, _ = drawn(tmp_path / str(n), text)
        figure = drawing.figure
        renderer = figure.canvas.get_renderer()  # type: ignore[attr-defined]
        page = figure.bbox
        panels = [ax.get_window_extent(renderer) for ax in figure.axes]
        outside = [t.get_window_extent(renderer) for t in figure.texts] + [x.get_window_extent(renderer) for x in figure.legends]
        for box in outside:
            assert page.x0 <= box.x0
            assert box.x1 <= page.x1
            assert page.y0 <= box.y0
            assert box.y1 <= page.y1
            assert not any(box.overlaps(panel) for panel in panels)
        for k, box in enumerate(outside):
            assert not any(box.overlaps(other) for other in outside[:k])
        titles = [ax._left_title.get_window_extent(renderer) for ax in figure.axes]  # type: ignore[attr-defined]
        assert all(title.x1 <= page.x1 for title in titles)
        assert not any(title.overlaps(panel) for title in titles for panel in panels)
