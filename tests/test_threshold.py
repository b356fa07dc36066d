"""Break-even values by the exact engine against closed forms (sim/study/threshold)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sim.study.threshold import differences, find, record
from sim.study.threshold.crossings import KINDS
from sim.study.threshold.words import CLAUSE, sentences
from threshold_case import SCENARIO, YEARS, experiment, found, refusals, spec, with_draws

HOTLINE = "channels.hotline.accident_reduction"
RATE = "onset.background_rate"
BOTH = '[sweep.parameters]\nboth = {{ paths = ["onset.background_rate", "onset.arming_rate"], values = {} }}\n'


# ---- at the file's own values


def test_the_rate_below_which_a_level_is_kept(tmp_path: Path) -> None:
    # P = 1 - exp(-r T) < 0.05 up to r = -log(0.95) / T
    result = found(experiment(tmp_path), parameter=RATE, from_=0, to=0.05, variant="none", level=0.05, tolerance=1e-10)

    assert result.kind == "ends"
    assert result.own.x[0] == pytest.approx(-np.log(0.95) / YEARS, abs=2e-11)
    assert result.threshold is None  # it holds at the low end already
    assert result.holds_at_low_end is True
    assert result.holds_on == [(0.0, result.own.x[0])]


def test_at_years_counts_the_whole_rounds_played_by_then(tmp_path: Path) -> None:
    file = experiment(tmp_path)

    for at, rounds in ((3.0, 9), (2.5, 7), (8.0, 24)):
        table = {"parameter": RATE, "from_": 0, "to": 0.05, "variant": "none", "level": 0.05, "tolerance": 1e-10, "at_years": at}
        assert found(file, **table).own.x[0] == pytest.approx(-np.log(0.95) / (rounds / 3), abs=2e-11)


def test_where_one_variant_begins_to_beat_another(tmp_path: Path) -> None:
    # 0.1 (1 - h) < 0.07 beyond h = 0.3; the range [0, 1] is the declared one
    result = found(experiment(tmp_path), parameter=HOTLINE, variant="hotline", beats="calm", tolerance=1e-10)

    assert result.kind == "begins"
    assert result.threshold == pytest.approx(0.3, abs=2e-10)
    assert result.holds_at_low_end is False
    assert (result.question.parameter.low, result.question.parameter.high) == (0.0, 1.0)
    assert result.probability["calm"] == pytest.approx(1 - np.exp(-0.07 * YEARS), rel=1e-12)  # the parameter does not reach it
    assert result.probability["hotline"] == pytest.approx(1 - np.exp(-0.1 * (1 - result.x) * YEARS), rel=1e-10)


def test_a_parameter_that_reaches_the_other_variant_alone_counts(tmp_path: Path) -> None:
    # calm has 0.07; none has the swept rate and is below it up to 0.07
    result = found(experiment(tmp_path), parameter=RATE, from_=0, to=0.2, variant="calm", beats="none", tolerance=1e-10)

    assert result.kind == "begins"
    assert result.threshold == pytest.approx(0.07, abs=3e-11)


def test_everywhere_and_nowhere(tmp_path: Path) -> None:
    file = experiment(tmp_path)
    table = {"parameter": HOTLINE, "variant": "hotline"}

    assert found(file, **table, level=0.99).kind == "everywhere"
    assert found(file, **table, level=0.99).holds_on == [(0.0, 1.0)]
    assert found(file, **table, beats="calm", to=0.29).kind == "nowhere"
    assert found(file, **table, beats="calm", to=0.29).holds_on == []


def test_variants_that_are_equal_everywhere_are_no_difference(tmp_path: Path) -> None:
    # without background risk a hotline prevents nothing
    still = SCENARIO.replace("background_rate = 0.1\narming_rate = 0.0", "background_rate = 0.0\narming_rate = 0.2")
    file = experiment(tmp_path, scenario=still)
    result = found(file, parameter=HOTLINE, variant="hotline", beats="none")

    assert result.kind == "no_difference"
    assert result.threshold is None
    assert record(result, file)["crossings"] == []


def test_a_difference_within_the_rounding_of_the_engine_is_no_difference(tmp_path: Path) -> None:
    # 0.1 (1 - 0.3) is 0.07 but for its last bit
    assert 0.1 * (1 - 0.3) != 0.07
    file = experiment(tmp_path, scenario=SCENARIO.replace("accident_reduction = 0.5", "accident_reduction = 0.3"))
    table = {"parameter": "onset.arming_rate", "from_": 0, "to": 0.1}

    assert found(file, **table, variant="hotline", beats="calm").kind == "no_difference"
    assert found(file, **table, variant="calm", beats="hotline").kind == "no_difference"


def test_equality_at_the_low_end_alone_begins_there(tmp_path: Path) -> None:
    result = found(experiment(tmp_path), parameter=HOTLINE, variant="hotline", beats="none")

    assert (result.kind, result.threshold) == ("begins", 0.0)


def test_a_swept_parameter_that_drives_several_paths_is_sought_by_its_name_and_range(tmp_path: Path) -> None:
    # both rates are x: P = 1 - exp(-2 x T) < 0.2 up to x = -log(0.8) / (2 T)
    more = BOTH.format("[[0.0, 0.0], [0.03, 0.03]]")
    more += '"channels.hotline.accident_reduction" = [0.1, 0.2]\n'
    file = experiment(tmp_path, more)
    result = found(file, parameter="both", variant="none", level=0.2, tolerance=1e-10)

    assert result.own.x[0] == pytest.approx(-np.log(0.8) / (2 * YEARS), abs=1e-11)
    assert (result.question.parameter.low, result.question.parameter.high) == (0.0, 0.03)
    assert result.swept == (HOTLINE,)
    assert "those that the experiment sweeps too" in " ".join(sentences(result))


def test_the_range_of_the_prior_where_nothing_else_is_finite(tmp_path: Path) -> None:
    result = found(experiment(tmp_path), parameter=RATE, variant="none", level=0.5)

    assert (result.question.parameter.low, result.question.parameter.high) == (0.05, 0.4)


def test_values_that_are_not_allowed_are_left_out_and_said(tmp_path: Path) -> None:
    # advance + resolve <= 1: with resolve = 0.6 there is nothing beyond advance = 0.4
    scenario = SCENARIO.replace(
        'rungs = ["war"]\nadvance = []\nresolve = []', 'rungs = ["crisis", "war"]\nadvance = [0.2]\nresolve = [0.6]'
    )
    result = found(experiment(tmp_path, scenario=scenario), parameter="crisis.advance.0", variant="none", level=0.1, points=11)

    assert np.isnan(result.probability["none"][5:]).all()
    assert np.isfinite(result.probability["none"][:5]).all()
    assert result.kind == "ends"
    assert result.failures
    assert any("could not be looked at" in sentence for sentence in sentences(result))


# ---- over draws


def test_every_draw_has_the_threshold_of_the_closed_form(tmp_path: Path) -> None:
    # hotline takes the drawn rate r, calm keeps its own 0.07: r (1 - h) < 0.07 beyond h = 1 - 0.07 / r
    rates = np.array([0.05, 0.06, 0.08, 0.1, 0.2, 0.4])
    file = with_draws(experiment(tmp_path), onset__background_rate=rates)
    result = found(file, parameter=HOTLINE, variant="hotline", beats="calm", to=0.8, tolerance=1e-10)

    assert result.draws is not None
    assert result.draws.kind.tolist() == [
        3,
        3,
        0,
        0,
        0,
        4,
    ]  # everywhere, everywhere, three begin, and 1 - 0.07 / 0.4 > 0.8 nowhere
    assert result.draws.draw.tolist() == [2, 3, 4]
    assert result.draws.x == pytest.approx(1 - 0.07 / rates[2:5], abs=2e-10)
    assert result.threshold == pytest.approx(0.3, abs=2e-10)  # at the file's own 0.1, whatever is drawn
    text = " ".join(sentences(result))
    assert "Over 6 draws of one uncertain parameter, each draw the same in all variants: " in text
    assert "in 50 % of draws it begins to hold inside the range" in text
    assert "in 33 % of draws it holds everywhere in [0, 0.8]" in text
    assert "in 17 % of draws it holds nowhere" in text


def test_draws_are_paired_between_the_variants(tmp_path: Path) -> None:
    # both variants take the drawn arming rate b, which cancels out: the threshold stays 0.3 in every draw
    file = with_draws(experiment(tmp_path), onset__arming_rate=[0.0, 0.01, 0.1])
    result = found(file, parameter=HOTLINE, variant="hotline", beats="calm", tolerance=1e-10)

    assert result.draws is not None
    assert result.draws.x == pytest.approx([0.3, 0.3, 0.3], abs=1e-9)


def test_the_draws_of_an_experiment_file(tmp_path: Path) -> None:
    # r (1 - h) < 0.07 beyond h = 1 - 0.07 / r for each r of the experiment's own draws from uniform 0.05 to 0.4
    file = experiment(tmp_path, "[uncertainty]\ndraws = 32\n")
    result = found(file, parameter=HOTLINE, variant="hotline", beats="calm", tolerance=1e-9)
    assert file.uncertainty is not None
    rates = file.uncertainty.values[:, 0]
    inside = rates > 0.07

    assert result.draws is not None
    assert result.draws.draw.tolist() == np.flatnonzero(inside).tolist()
    assert result.draws.x == pytest.approx(1 - 0.07 / rates[inside], abs=2e-9)
    assert 0 < np.count_nonzero(~inside) == np.count_nonzero(result.draws.kind == KINDS.index("everywhere"))


def test_draws_of_the_sought_parameter_itself_do_not_count(tmp_path: Path) -> None:
    file = with_draws(experiment(tmp_path), channels__hotline__accident_reduction=[0.9, 0.1], onset__background_rate=[0.1, 0.14])
    result = found(file, parameter=HOTLINE, variant="hotline", beats="calm", tolerance=1e-10)

    assert result.drawn == (RATE,)
    assert result.draws is not None
    assert result.draws.x == pytest.approx([0.3, 0.5], abs=2e-10)


def test_many_draws_compute_the_variant_that_the_parameter_does_not_reach_once_a_draw(tmp_path: Path) -> None:
    rates = np.linspace(0.08, 0.3, 40)
    file = with_draws(experiment(tmp_path), onset__arming_rate=rates)
    result = found(file, parameter=HOTLINE, variant="hotline", beats="calm", points=9)

    # calm: 1 + 40; hotline: 9 for the file's own values and 9 for each draw, plus a dozen for each refinement at most
    assert result.evaluations <= 41 + 41 * (9 + 12)


# ---- the curve


def test_the_level_set_of_the_sum_of_two_rates_is_a_straight_line(tmp_path: Path) -> None:
    # 1 - exp(-(a + b) T) = 0.3 where a + b = -log(0.7) / T = 0.0446
    table = {"parameter": RATE, "from_": 0, "to": 0.1, "over": "onset.arming_rate", "over_from": 0, "over_to": 0.08}
    result = found(experiment(tmp_path), **table, variant="none", level=0.3, tolerance=1e-8)
    curve = result.curve

    assert curve is not None
    assert curve.segments == 1
    assert np.abs(curve.x + curve.y - -np.log(0.7) / YEARS).max() < 5e-9
    assert curve.x.min() == pytest.approx(0, abs=1e-12)
    assert curve.y.min() == pytest.approx(0, abs=1e-12)
    assert result.values == {RATE: 0.1, "onset.arming_rate": 0.0}
    assert f"instead of the {129**2:,} of the full grid" in " ".join(sentences(result))


def test_the_break_even_curve_between_two_variants(tmp_path: Path) -> None:
    # a (1 - h) = 0.07: the curve a = 0.07 / (1 - h)
    table = {"parameter": HOTLINE, "to": 0.9, "over": RATE, "over_from": 0.01, "over_to": 0.5}
    result = found(experiment(tmp_path), **table, variant="hotline", beats="calm", tolerance=1e-9)

    assert result.curve is not None
    assert result.curve.segments == 1
    assert np.abs(result.curve.y * (1 - result.curve.x) - 0.07).max() < 2e-9


# ---- the record and the words


def test_the_record_says_what_was_asked_and_found(tmp_path: Path) -> None:
    file = experiment(tmp_path)
    told = record(found(file, parameter=HOTLINE, variant="hotline", beats="calm", points=3), file)

    assert told["condition"] == {"variant": "hotline", "beats": "calm", "level": None, "rung": "war", "at_years": YEARS}
    assert told["parameter"] == {"name": HOTLINE, "paths": [HOTLINE], "from": 0.0, "to": 1.0, "own_value": 0.5}
    assert told["kind"] == "begins"
    assert told["holds_on"] == [(pytest.approx(0.3), 1.0)]
    assert told["scan"]["values"] == [0.0, 0.5, 1.0]
    assert told["scan"]["escalation_probability"]["hotline"][1] == pytest.approx(1 - np.exp(-0.05 * YEARS))
    assert told["band"] is None
    assert told["curve"] is None


def test_the_record_knows_which_question_it_answers(tmp_path: Path) -> None:
    over = {"parameter": HOTLINE, "variant": "hotline", "beats": "calm", "over": RATE, "over_to": 0.5, "resolution": 1 / 8}
    file = experiment(tmp_path)
    told = record(found(file, **over), file)

    def apart(**changes: Any) -> list[str]:
        return differences(told, spec(**over | changes), file)

    assert apart() == apart(points=5, tolerance=1e-3, resolution=1 / 16) == []  # how closely it was looked for is no question
    assert apart(beats=None, level=0.05) == ["beats: calm, not none", "level: none, not 0.05"]
    assert apart(variant="none") == ["variant: hotline, not none"]
    assert apart(at_years=8.0) == []  # the end of the horizon
    assert apart(at_years=4.0) == ["at_years: 8, not 4"]
    assert apart(to=0.9) == [f"highest {HOTLINE}: 1, not 0.9"]
    assert apart(over_to=0.4) == [f"highest {RATE}: 0.5, not 0.4"]
    assert apart(over=None, over_to=None) == [f"over: {RATE}, not none"]
    other = experiment(tmp_path, scenario=SCENARIO.replace("accident_reduction = 0.5", "accident_reduction = 0.4"))
    assert differences(told, spec(**over), other) == ["the scenario has changed"]


def test_progress_rises_to_all_there_is_to_do(tmp_path: Path) -> None:
    file = with_draws(experiment(tmp_path), **{RATE.replace(".", "__"): np.linspace(0.05, 0.4, 80)})
    table = spec(parameter=HOTLINE, variant="hotline", beats="calm", points=5, over="onset.arming_rate", over_from=0, over_to=0.1)
    steps: list[tuple[int, int]] = []
    find(table, file, lambda done, total: steps.append((done, total)))

    done, totals = zip(*steps, strict=True)
    assert set(totals) == {5 * 80 + 12 * 128}  # a scan of each draw, and about twelve values for each of the finest cells
    assert list(done) == sorted(done)
    assert done[:3] == (160, 320, 400)  # 32 draws at a time
    assert done[-1] == totals[0]
    assert len(done) > 6  # and so the curve has steps of its own


def test_the_words(tmp_path: Path) -> None:
    file = experiment(tmp_path)
    said = sentences(found(file, parameter=HOTLINE, variant="hotline", beats="calm"))
    level = sentences(found(file, parameter=RATE, from_=0, to=0.05, variant="none", level=0.05))

    assert said[0] == f"P(war within 8 years) under hotline falls below that under calm from {HOTLINE} = 0.3 on."
    assert said[-1] == CLAUSE
    assert (
        level[0] == f"P(war within 8 years) under none is below 0.05 from the low end on, up to {RATE} = 0.006412 and not above."
    )


# ---- refusals


def test_what_is_refused(tmp_path: Path) -> None:
    file = experiment(tmp_path)
    sound = {"parameter": HOTLINE, "variant": "hotline", "beats": "calm"}

    assert refusals(file, **sound) == []
    assert refusals(file, **sound | {"variant": "hotlin"}) == [(("variant",), "names no variant of this experiment")]
    assert refusals(file, **sound | {"beats": "cal"}) == [(("beats",), "names no variant of this experiment")]
    assert refusals(file, **sound | {"beats": "hotline"}) == [(("beats",), "must be another variant than `variant`")]
    assert refusals(file, **sound, level=0.1) == [((), "must have either `beats` or `level`, not both")]
    assert refusals(file, parameter=HOTLINE, variant="hotline") == [((), "must have either `beats` or `level`")]
    assert refusals(file, **sound | {"parameter": "channels.hotlines"})[0][0] == ("parameter",)
    assert refusals(file, **sound | {"parameter": "crisis.kind"}) == [(("parameter",), "must be a number that may be varied")]
    assert refusals(file, **sound | {"parameter": "horizon.years"}) == [(("parameter",), "must be a number that may be varied")]
    assert refusals(file, **sound, from_=0.5, to=0.5) == [(("from",), "must be below `to`, which is 0.5")]
    assert refusals(file, **sound, to=1.5) == [(("to",), f"must be in [0, 1], as {HOTLINE} must")]
    assert refusals(file, **sound, rung="peace") == [(("rung",), "names no rung of variant hotline")]
    assert refusals(file, **sound, at_years=9) == [(("at_years",), "must be within the horizon of 8 years")]
    assert refusals(file, **sound, over=HOTLINE) == [(("over",), "must be another parameter than `parameter`")]
    assert refusals(file, **sound, over_to=1) == [(("over_to",), "belongs to `over`, which is not there")]
    missing = "has no finite range of its own: `from` and `to` must be given"
    assert refusals(file, **sound | {"parameter": "onset.arming_rate"}) == [(("parameter",), missing)]
    assert refusals(file, **sound, over="onset.arming_rate", over_to=1)[0][1].endswith("`over_from` must be given")


def test_a_parameter_that_none_of_the_compared_variants_takes_is_refused(tmp_path: Path) -> None:
    file = experiment(tmp_path)

    assert refusals(file, parameter=HOTLINE, variant="none", beats="calm")[0][1].startswith(
        "reaches none of the compared variants"
    )
    assert refusals(file, parameter=RATE, variant="calm", level=0.1)[0][1].startswith("does not reach the variant that is judged")


def test_simulated_probabilities_are_refused(tmp_path: Path) -> None:
    file = experiment(tmp_path, 'engine = "monte_carlo"\n')

    assert refusals(file, parameter=HOTLINE, variant="hotline", beats="calm")[0][1].startswith("needs the exact engine")


def test_an_axis_that_gives_its_paths_values_of_their_own_is_refused(tmp_path: Path) -> None:
    more = BOTH.format("[[0.0, 0.0], [0.1, 0.3]]")

    assert refusals(experiment(tmp_path, more), parameter="both", variant="none", level=0.2)[0][0] == ("parameter",)
