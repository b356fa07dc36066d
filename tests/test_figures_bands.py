"""Bands over draws and paired differences: what is drawn is what is stored, and the figure says what it is."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from figures_case import UNCERTAIN, VARIANTS, asked, drawn, legend, main_lines, overlaps, refused, rows, stored, texts, xs, ys
from sim.figures import style
from sim.study import Results

DRAWS = """\
title = "How sure?"
scenario = "quarrel.toml"
[uncertainty]
draws = 16
parameters = ["onset.background_rate", "treaties.pact.sanction"]
[sweep.parameters]
"monitoring.detection" = [0.2, 0.5, 0.9]
[[figures]]
name = "lines"
kind = "lines"
x = "monitoring.detection"
band = [0.1, 0.9]
y = "difference"
baseline = "no_treaty"
[[figures]]
name = "curves"
kind = "curves"
where = { "monitoring.detection" = 0.5 }
"""
SIMULATED = 'engine = "monte_carlo"\nreplicates = 60\n' + DRAWS
ALONG = '[[figures]]\nname = "f"\nkind = "lines"\nx = "monitoring.detection"\n'
OVER_TIME = '[[figures]]\nname = "f"\nkind = "curves"\nwhere = { "monitoring.detection" = 0.5 }\n'
BY_REGIME = '[[figures]]\nname = "f"\nkind = "lines"\nx = "variant"\n'
BAND = "band = [0.1, 0.9]\n"
DIFFERENCE = 'y = "difference"\nbaseline = "no_treaty"\n'


@pytest.fixture(scope="module")
def exact(tmp_path_factory: pytest.TempPathFactory) -> Results:
    return stored(tmp_path_factory.mktemp("exact"), DRAWS)


@pytest.fixture(scope="module")
def simulated(tmp_path_factory: pytest.TempPathFactory) -> Results:
    return stored(tmp_path_factory.mktemp("simulated"), SIMULATED)


# ---- lines


def test_a_band_lies_between_the_stored_quantiles_around_the_mean(exact: Results) -> None:
    drawing = drawn(asked(exact, ALONG + BAND))
    (ax,) = drawing.figure.axes

    for variant, line, band in zip(VARIANTS, main_lines(ax), ax.collections, strict=True):
        runs = exact.by_draw(variant, "escalation_probability", "war")
        assert ys(line) == pytest.approx(runs.mean(axis=1))
        edges = np.asarray(band.get_paths()[0].vertices)
        low, high = np.quantile(runs, [0.1, 0.9], axis=1)
        for x, below, above in zip((0.2, 0.5, 0.9), low, high, strict=True):
            at = edges[np.isclose(edges[:, 0], x), 1]
            assert (at.min(), at.max()) == pytest.approx((below, above))
    assert legend(drawing)[-1] == "shaded: 10 to 90 % of 16 draws of the parameters (line: mean)"
    assert overlaps(drawing) == []


def test_the_line_may_be_the_median_or_the_file_s_own_value(exact: Results) -> None:
    for line, statistic, told in (
        ("median", "quantile_0.5", "(line: median)"),
        ("value", "value", "(line: the file's own numbers)"),
    ):
        drawing = drawn(asked(exact, f'{ALONG}{BAND}line = "{line}"\n'))
        expected = exact.values("treaty", "escalation_probability", "war", None, statistic)

        assert np.array_equal(ys(main_lines(drawing.figure.axes[0])[1]), expected)
        assert legend(drawing)[-1].endswith(told)
        assert drawing.columns[-3:] == (statistic, "quantile_0.1", "quantile_0.9")


def test_a_line_over_draws_needs_no_band(exact: Results) -> None:
    drawing = drawn(asked(exact, f'{ALONG}line = "mean"\n'))

    assert len(drawing.figure.axes[0].collections) == 0
    assert drawing.columns[-1] == "mean"
    assert any(sentence.startswith("Shown: the mean over 16 draws of 2 uncertain parameters") for sentence in drawing.sentences)


def test_without_a_band_the_draws_are_not_shown(exact: Results) -> None:
    drawing = drawn(asked(exact, ALONG))

    assert np.array_equal(ys(main_lines(drawing.figure.axes[0])[0]), exact.values("no_treaty", "escalation_probability", "war"))
    assert drawing.columns[-1] == "value"
    assert not any("draws" in sentence for sentence in drawing.sentences)


def test_the_caption_says_what_the_band_is(exact: Results, simulated: Results) -> None:
    said = " ".join(drawn(asked(exact, ALONG + BAND)).sentences)
    assert "Band: 10 to 90 % of 16 draws of 2 uncertain parameters from their priors, by a scrambled Sobol sequence" in said
    assert "the same for all variants; the line is the mean over the draws." in said
    assert "the spread under the priors alone, with no sampling error in it" in said

    said = " ".join(drawn(asked(simulated, ALONG + BAND)).sentences)
    assert "the spread under the priors, and contains some sampling error" in said
    assert "The darker band is the 95 % interval of the sampling error of the line." in said
    assert "60 simulated histories for each point and each draw" in said


def test_simulated_lines_show_sampling_and_parameters_apart(simulated: Results) -> None:
    drawing = drawn(asked(simulated, ALONG + BAND))
    (ax,) = drawing.figure.axes
    row = rows(drawing, group="treaty")[1]
    at = ("treaty", "escalation_probability", "war", None)
    mean, error = (simulated.values(*at, s)[1] for s in ("mean", "mean_standard_error"))

    assert len(ax.collections) == 6  # two shades for three regimes
    assert [c.get_alpha() for c in ax.collections] == [0.12, 0.38] * 3
    assert legend(drawing)[-2:] == [
        "light: 10 to 90 % of 16 draws of the parameters (line: mean)",
        "dark: 95 % interval of sampling",
    ]
    assert (row["interval_low"], row["interval_high"]) == pytest.approx((mean - 1.96 * error, mean + 1.96 * error), rel=1e-4)
    assert row["quantile_0.1"] <= row["mean"] <= row["quantile_0.9"]
    assert overlaps(drawing) == []


def test_the_median_of_simulated_draws_has_no_sampling_interval(simulated: Results) -> None:
    drawing = drawn(asked(simulated, f'{ALONG}{BAND}line = "median"\n'))

    assert len(drawing.figure.axes[0].collections) == 3
    assert "interval_low" not in drawing.columns


def test_draws_that_failed_are_told(tmp_path: Path) -> None:
    # with monitoring.detection = 1.5 nothing can be computed; with a sanction below 0, which half of the draws have, those draws
    # cannot be computed
    failing = UNCERTAIN.replace("low = 0.0, mode = 1.0, high = 3.0, basis", "low = 0.0, mode = 1.0, high = 3.0, basis")
    results = stored(tmp_path, DRAWS.replace("0.9]\n[[", "1.5]\n[["), failing)
    drawing = drawn(asked(results, ALONG + BAND))

    assert "3 values could not be computed and are left out; failures.json says why." in drawing.sentences


# ---- differences


def test_differences_are_paired_draw_by_draw(exact: Results) -> None:
    drawing = drawn(exact)
    (ax,) = drawing.figure.axes
    base = exact.by_draw("no_treaty", "escalation_probability", "war")

    assert legend(drawing)[:-1] == ["treaty", "verification"]
    for variant, line in zip(("treaty", "verification"), main_lines(ax), strict=True):
        paired = exact.by_draw(variant, "escalation_probability", "war") - base
        assert ys(line) == pytest.approx(paired.mean(axis=1), abs=1e-15)
        told = [row["quantile_0.9"] for row in rows(drawing, group=variant)]
        assert told == pytest.approx(np.quantile(paired, 0.9, axis=1), abs=1e-15)
    said = " ".join(drawing.sentences)
    assert "Paired: the same draws in both variants; positive means that the risk is higher than under no treaty." in said
    assert texts(drawing, "y label") == [
        "Probability of war by the end of the horizon minus that under no treaty (percentage points)"
    ]
    assert overlaps(drawing) == []


def test_zero_is_drawn_with_room_on_both_sides(exact: Results) -> None:
    (ax,) = drawn(exact).figure.axes
    (zero,) = [line for line in ax.lines if line.get_gid() == "zero"]
    low, high = ax.get_ylim()

    assert set(ys(zero)) == {0.0}
    assert low < 0 < high
    assert min(-low, high) >= 0.05 * (high - low)
    assert {tick.get_text()[0] for tick in ax.get_yticklabels() if tick.get_text() not in ("", "0")} <= {"+", "−"}


def test_exact_differences_without_draws_are_lines(exact: Results) -> None:
    drawing = drawn(asked(exact, ALONG + DIFFERENCE))
    values = [exact.values(v, "escalation_probability", "war") for v in ("treaty", "no_treaty")]

    assert len(drawing.figure.axes[0].collections) == 0
    assert ys(main_lines(drawing.figure.axes[0])[0]) == pytest.approx(values[0] - values[1], abs=1e-15)
    assert "Positive means that the risk is higher than under no treaty." in drawing.sentences


def test_simulated_differences_have_the_interval_of_the_pair(simulated: Results) -> None:
    drawing = drawn(asked(simulated, ALONG + DIFFERENCE))
    at = ("treaty", "escalation_probability_minus_no_treaty", "war", None)
    value, error = (simulated.values(*at, s)[0] for s in ("value", "standard_error"))
    row = rows(drawing, group="treaty")[0]

    assert (row["interval_low"], row["interval_high"]) == pytest.approx((value - 1.96 * error, value + 1.96 * error), rel=1e-4)
    assert any("paired difference" in sentence for sentence in drawing.sentences)


# ---- curves


def test_curves_have_bands_over_time(exact: Results) -> None:
    drawing = drawn(asked(exact, f'{OVER_TIME}{BAND}rung = "war"\n'))
    (ax,) = drawing.figure.axes

    for variant, line in zip(VARIANTS, main_lines(ax), strict=True):
        assert np.array_equal(ys(line), exact.path(variant, "war", 1, "mean")[1])
    told = [row["quantile_0.9"] for row in rows(drawing, group="treaty")]
    assert told == list(exact.path("treaty", "war", 1, "quantile_0.9")[1])
    assert exact.path("treaty", "war", 1, "quantile_0.9")[1][-1] == pytest.approx(
        np.quantile(exact.by_draw("treaty", "escalation_probability", "war")[1], 0.9)
    )
    assert overlaps(drawing) == []


def test_curves_show_differences_over_time(exact: Results) -> None:
    drawing = drawn(asked(exact, OVER_TIME + DIFFERENCE + BAND))

    for ax, rung in zip(drawing.figure.axes, ("crisis", "war"), strict=True):
        for variant, line in zip(("treaty", "verification"), main_lines(ax), strict=True):
            outcome = "escalation_probability_minus_no_treaty"
            assert np.array_equal(ys(line), exact.path(variant, rung, 1, "mean", outcome)[1])
            end = exact.values(variant, outcome, rung, None, "mean")[1]
            assert ys(line)[-1] == pytest.approx(end, abs=1e-15)
        assert [line.get_gid() for line in ax.lines if line.get_gid() == "zero"] == ["zero"]
    assert drawing.alt.startswith("Curves about zero: ")
    assert " points, verification " in drawing.alt
    assert overlaps(drawing) == []


def test_events_of_the_baseline_are_marked_too(exact: Results) -> None:
    drawing = drawn(asked(exact, f'{OVER_TIME}y = "difference"\nbaseline = "treaty"\nvariants = ["no_treaty"]\n'))

    # the treaty's expiry moves the difference as much as what happens without one
    assert texts(drawing, "notes") == ["a  2 Jul 2001: background rate = 0.2   b  1 Jan 2002: pact expires"]


def test_the_shares_of_the_orderings_are_told_where_one_point_is_shown(tmp_path: Path) -> None:
    one = DRAWS.replace("[0.2, 0.5, 0.9]", "[0.5]")
    results = stored(tmp_path, one)
    runs = np.stack([results.by_draw(v, "escalation_probability", "war")[0] for v in VARIANTS])
    falling = float((np.diff(runs, axis=0) < 0).all(axis=0).mean())
    (said,) = [s for s in drawn(results, 1).sentences if s.startswith("Order of the risk of war")]

    assert falling > 0.01
    assert f"in {style.percent(float(f'{falling:.2g}'))} verification < treaty < no treaty" in said
    assert "in the 16 draws" in said


def test_no_orderings_are_told_of_some_of_the_variants(tmp_path: Path) -> None:
    one = DRAWS.replace("[0.2, 0.5, 0.9]", "[0.5]") + 'variants = ["treaty", "verification"]\n'

    assert not [s for s in drawn(stored(tmp_path, one), 1).sentences if s.startswith("Order of the risk")]


# ---- regimes side by side


def test_regimes_stand_side_by_side_with_bars(exact: Results) -> None:
    drawing = drawn(asked(exact, BY_REGIME + BAND + 'where = { "monitoring.detection" = 0.5 }\n'))
    (ax,) = drawing.figure.axes

    assert [tick.get_text() for tick in ax.get_xticklabels()] == ["no treaty", "treaty", "verification"]
    for n, (variant, line, bar) in enumerate(zip(VARIANTS, main_lines(ax), ax.collections, strict=True)):
        assert (xs(line), ys(line)) == ([n], [exact.values(variant, "escalation_probability", "war", None, "mean")[1]])
        assert line.get_marker() == style.ROLES[variant].marker
        ends = np.asarray(bar.get_paths()[0].vertices)[:, 1]
        quantiles = [exact.values(variant, "escalation_probability", "war", None, f"quantile_{q}")[1] for q in (0.1, 0.9)]
        assert list(ends) == quantiles
    assert legend(drawing) == ["bars: 10 to 90 % of 16 draws of the parameters (dot: mean)"]
    assert [row["variant"] for row in rows(drawing)] == list(VARIANTS)
    assert "Bars: 10 to 90 % of 16 draws" in " ".join(drawing.sentences)
    assert overlaps(drawing) == []


def test_regimes_may_have_panels_and_groups(exact: Results, simulated: Results) -> None:
    drawing = drawn(asked(simulated, BY_REGIME + BAND + 'group = "monitoring.detection"\npanel = "rung"\n'))

    assert [ax.get_title(loc="left") for ax in drawing.figure.axes] == ["crisis", "war"]
    assert legend(drawing)[:3] == [f"monitoring: detection = {x}" for x in (0.2, 0.5, 0.9)]
    assert legend(drawing)[3].startswith("thin bars: 10 to 90 %")
    assert legend(drawing)[4] == "thick bars: 95 % interval of sampling"
    told = [row["mean"] for row in rows(drawing, panel="war", group="0.9")]
    assert told == [simulated.values(v, "escalation_probability", "war", None, "mean")[2] for v in VARIANTS]
    assert overlaps(drawing) == []


def test_regimes_may_be_compared_with_one_of_them(exact: Results) -> None:
    drawing = drawn(asked(exact, BY_REGIME + DIFFERENCE + BAND + 'panel = "monitoring.detection"\n'))

    assert [tick.get_text() for tick in drawing.figure.axes[0].get_xticklabels()] == ["treaty", "verification"]


# ---- what is refused


@pytest.mark.parametrize(
    ("figure", "complaint"),
    [
        (
            "band = [0.9, 0.1]",
            "band: must be two quantiles between 0 and 1, the lower first, found [0.9, 0.1]. Write [0.05, 0.95].",
        ),
        ("band = [0.1, 1]", "band: must be two quantiles between 0 and 1, the lower first, found [0.1, 1]. Write [0.05, 0.95]."),
        ("band = [0, 0.5]", "band.0: must be"),
        ("band = [0.1]", "band: must"),
        ('line = "average"', "line: must be"),
        ('y = "difference"', "baseline: missing: y = 'difference' is from a variant. Write baseline = \"no_treaty\"."),
        ('y = "difference"\nbaseline = "treatie"', "baseline: names no variant of this experiment"),
        ('baseline = "treaty"', "baseline: is for y = 'difference' only"),
        ('y = "difference"\nbaseline = "treaty"\nvariants = ["treaty"]', "baseline: is the only variant shown"),
        ('y = "difference"\nbaseline = "treaty"\nactor = "east"', "actor: is for y = 'discounted_payoff' only"),
        ('y = "difference"\nbaseline = "treaty"', ""),
        ('y = "expected_onsets"\nrung = "war"', "rung: is for y = 'escalation_probability' or 'difference' only"),
    ],
)
def test_wrong_bands_and_differences_are_refused(tmp_path: Path, figure: str, complaint: str) -> None:
    told = refused(tmp_path, DRAWS.split("[[figures]]")[0] + ALONG + figure + "\n")

    assert complaint in told
    assert bool(told) == bool(complaint)


@pytest.mark.parametrize("key", ["band = [0.1, 0.9]", 'line = "median"'])
def test_bands_need_draws(tmp_path: Path, key: str) -> None:
    text = f'title = "?"\nscenario = "quarrel.toml"\n[sweep.parameters]\n"monitoring.detection" = [0.2, 0.5]\n{ALONG}{key}\n'
    told = refused(tmp_path, text)

    assert "needs draws of the parameters, and the experiment has no [uncertainty]" in told
    assert "Write [uncertainty] with draws = 256." in told
