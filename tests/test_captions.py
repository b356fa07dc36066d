"""The captions of the library's experiments: the numbers that they quote are those that the experiments give.

A change of a scenario that fails here changes what a caption says: put the caption right, and then the limits.  Each test quotes
the words that it holds; `said` finds them in the file.
"""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

from sim import study
from sim.figures import KINDS, read_experiment
from sim.study import Results
from sim.study.analyses import Finding, findings

ROOT = Path(__file__).parents[1]
WAR, DIFFERENCE = "escalation_probability", "escalation_probability_minus_no_treaty"
REGIMES = ("no_treaty", "treaty", "verification")
WITH_TREATY = REGIMES[1:]


def run(name: str, folder: Path, text: str | None = None) -> Results:
    """The results of an experiment of the library, or of another text in its place."""
    file = ROOT / "experiments" / f"{name}.toml"
    if text is not None:
        file = folder / f"{name}.toml"
        file.write_text(text, encoding="utf-8")
    return Results.load(study.run(read_experiment(file), folder, workers=1).folder, KINDS)


def said(results: Results, *words: str) -> None:
    """The words stand in the captions of the experiment."""
    text = re.sub(r"\s+", " ", " ".join(figure["caption"] for figure in results.experiment.figures))
    for each in words:
        assert each in text, each


# ---- uncertainty_bands_by_regime


@pytest.fixture(scope="module")
def bands(tmp_path_factory: pytest.TempPathFactory) -> Results:
    return run("uncertainty_bands_by_regime", tmp_path_factory.mktemp("bands"))


def of_war(bands: Results, variant: str, statistic: str) -> float:
    return float(bands.values(variant, WAR, "war", None, statistic)[0])


def differences(bands: Results, variant: str) -> np.ndarray:
    """War minus that under no treaty by 2036, shape (draws,)."""
    return bands.by_draw(variant, DIFFERENCE, "war")[0]


def test_the_mean_probability_of_war_and_that_at_the_file_s_own_numbers(bands: Results) -> None:
    said(
        bands, "mean probability of war by 2036 lies near 5 %", "two to three times that at the file's own numbers (1.5 to 1.9 %)"
    )
    own = [of_war(bands, variant, "value") for variant in REGIMES]
    mean = [of_war(bands, variant, "mean") for variant in REGIMES]

    assert [round(100 * x, 1) for x in (min(own), max(own))] == [1.5, 1.9]
    assert all(0.045 < x < 0.055 for x in mean)
    assert all(2.0 < a / b < 3.2 for a, b in zip(mean, own, strict=True))


def test_the_own_numbers_are_near_the_low_end_of_bands_that_overlap(bands: Results) -> None:
    said(bands, "near the low end of the band: the ranges reach farther up than down", "overlap nearly whole")
    low, own, middle, high = (
        np.array([of_war(bands, v, s) for v in REGIMES]) for s in ("quantile_0.05", "value", "quantile_0.5", "quantile_0.95")
    )

    assert ((own - low) / (high - low) < 0.1).all()
    assert (high - middle > 2 * (middle - low)).all()
    assert (high.min() - low.max()) / (high.max() - low.min()) > 0.85  # what all bands share, of what any of them covers


def test_how_often_a_regime_is_worse_than_none(bands: Results) -> None:
    said(bands, "in about one draw of fifteen the treaty, and in one of twenty verification, is worse than none by 2036")
    said(bands, "by at most 0.2 percentage points for war")
    treaty, verification = (differences(bands, variant) for variant in WITH_TREATY)

    assert (treaty > 0).mean() == pytest.approx(1 / 15, abs=0.015)
    assert (verification > 0).mean() == pytest.approx(1 / 20, abs=0.015)
    assert 0.001 < max(treaty.max(), verification.max()) <= 0.002


def test_most_draws_have_the_order_of_the_regimes(bands: Results) -> None:
    said(bands, "In most draws verification lowers it more than the treaty alone, and both lower it")
    treaty, verification = (differences(bands, variant) for variant in WITH_TREATY)

    assert ((verification < treaty) & (treaty < 0)).mean() > 0.8


def test_when_the_difference_is_largest(bands: Results) -> None:
    said(bands, "largest near the expiry of February 2026 and stays after it; the differences in lower rungs shrink")
    for variant in WITH_TREATY:
        years, war = bands.path(variant, "war", 0, "mean", DIFFERENCE)
        assert years[np.argmin(war)] == pytest.approx(15, abs=1.5)  # the treaty entered into force in February 2011
        assert war[-1] < 0.85 * war.min() < 0
        for rung in ("threat", "display of force", "use of force"):
            _, lower = bands.path(variant, rung, 0, "mean", DIFFERENCE)
            assert 0.5 * lower.min() < lower[-1] < 0


# ---- what_drives_war


@pytest.fixture(scope="module")
def tornado(tmp_path_factory: pytest.TempPathFactory) -> Results:
    return run("what_drives_war", tmp_path_factory.mktemp("tornado"))


def swings(tornado: Results, name: str, variant: str) -> list[tuple[str, float]]:
    """(parameter, swing) of an analysis, widest first."""
    (found,) = (one for one in findings(tornado) if one.name == name)
    rows = [(row["parameter"], row["swing"]) for row in table(found) if row["variant"] == variant]
    return sorted(rows, key=lambda row: -row[1])


def table(found: Finding) -> list[dict]:
    return [dict(zip(found.columns, row, strict=True)) for row in found.rows]


@pytest.mark.parametrize("variant", WITH_TREATY)
def test_one_parameter_swings_more_than_twice_as_far_as_the_next(tornado: Results, variant: str) -> None:
    said(tornado, "One parameter swings more than twice as far as the next: the chance that a use of force becomes a war")
    said(tornado, "After it come how often crises begin and what arming alone would gain.")
    (first, widest), (second, next_widest), (third, _), *_ = swings(tornado, "war_by_parameter", variant)

    assert (first, second, third) == ("crisis.advance.2", "onset.background_rate", "game.gain")
    assert widest > 2 * next_widest


def test_what_a_treaty_is_made_of_moves_the_probability_little(tornado: Results) -> None:
    said(tornado, "What a treaty is made of (sanction, detection, withdrawals) moves the probability itself little.")
    for variant in WITH_TREATY:
        told = swings(tornado, "war_by_parameter", variant)
        of_treaty = [swing for name, swing in told if name.startswith(("treaties.", "monitoring."))]
        assert len(of_treaty) > 5
        assert max(of_treaty) < told[0][1] / 10


def test_no_single_range_takes_a_regime_across_zero(tornado: Results) -> None:
    said(tornado, "No single range takes either regime across zero")
    (found,) = (one for one in findings(tornado) if one.name == "difference_by_parameter")

    assert {row["variant"] for row in table(found)} == set(WITH_TREATY)
    assert len({row["parameter"] for row in table(found)}) == 35
    assert max(max(row["y_low"], row["y_base"], row["y_high"]) for row in table(found)) < 0


def test_a_dangerous_last_step_makes_the_treaty_worth_more_and_gain_cuts_both_ways(tornado: Results) -> None:
    said(tornado, "A dangerous last step makes the treaty worth more", "What arming alone would gain cuts both ways")
    (found,) = (one for one in findings(tornado) if one.name == "difference_by_parameter")
    rows = {row["parameter"]: row for row in table(found) if row["variant"] == "treaty"}

    assert rows["crisis.advance.2"]["y_high"] < rows["crisis.advance.2"]["y_base"] < rows["crisis.advance.2"]["y_low"]
    assert min(rows["game.gain"]["y_low"], rows["game.gain"]["y_high"]) > rows["game.gain"]["y_base"]


# ---- detection_against_false_alarms


@pytest.fixture(scope="module")
def phases(tmp_path_factory: pytest.TempPathFactory) -> Results:
    return run("detection_against_false_alarms", tmp_path_factory.mktemp("phases"))


def grid(phases: Results, variant: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """False alarms (m, 1), detection (1, n) and the difference from no treaty (m, n)."""
    false_alarm, detection = (np.unique(phases.inputs[f"monitoring.{name}"]) for name in ("false_alarm", "detection"))
    z = phases.values(variant, DIFFERENCE, "war").reshape(len(false_alarm), len(detection))
    return false_alarm[:, None], detection[None, :], z


def test_limits_alone_break_even_near_the_diagonal(phases: Results) -> None:
    said(
        phases, "Limits alone break even near the diagonal", "Above the diagonal sanctions deter, and the treaty lowers the risk"
    )
    false_alarm, detection, z = grid(phases, "treaty")
    far = np.abs(detection - false_alarm) > 0.1 + 1e-9  # two rows of points

    assert (far & (z > 0)).any()
    assert np.array_equal((z < 0)[far], (detection > false_alarm)[far])


def test_verification_is_worse_than_none_in_the_lower_right_only(phases: Results) -> None:
    said(
        phases, "verification is worse than none only where national means misread most years of restraint and hardly see arming"
    )
    false_alarm, detection, z = grid(phases, "verification")
    row, column = np.nonzero(z > 0)

    assert len(row) > 0
    assert false_alarm[row, 0].min() > 0.5
    assert detection[0, column].max() <= 0.3 + 1e-9


def test_without_a_sanction_the_map_has_another_sign(tmp_path: Path, phases: Results) -> None:
    said(phases, "With sanction = 0 the map has another sign: the treaty is then a little worse than none everywhere")
    said(phases, "and verification wherever little is misread.")
    text = (ROOT / "experiments" / "detection_against_false_alarms.toml").read_text(encoding="utf-8").split("[threshold]")[0]
    text = text.replace("points = 19", "points = 4").replace("points = 21", "points = 5")
    text += """"treaties.limits.sanction" = [0.0]
[[figures]]
name = "map"
kind = "map"
x = "monitoring.false_alarm"
y_axis = "monitoring.detection"
z = "difference"
baseline = "no_treaty"
where = { "treaties.limits.sanction" = 0 }
"""
    other = run("without_a_sanction", tmp_path, text)
    false_alarm, _, treaty = grid(other, "treaty")
    _, _, verification = grid(other, "verification")

    assert len(treaty.ravel()) == 4 * 5
    assert ((treaty > 0) & (treaty < 0.001)).all()  # a tenth of a percentage point
    assert (verification[false_alarm[:, 0] == 0] > 0).all()
    assert (verification < 0).any()
