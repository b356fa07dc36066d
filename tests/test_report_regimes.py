"""Where the order verification < treaty < no treaty holds and where it fails, and the corners that are tried."""

from __future__ import annotations

import itertools
import math
from pathlib import Path

import numpy as np
import pytest

from cli_text import write
from sim.config import ScenarioFile, read_scenario
from sim.dilemma.scenario import Scenario
from sim.report.regimes import MOST_CORNERS, annual_rate, corners, order, place_in_file

CLARIFICATION = '"treaties.limits.clarification" = { distribution = "uniform", low = 0.0, high = 0.9 }\n'


def scenario(folder: Path, *changes: tuple[str, str], more: str = "") -> ScenarioFile:
    return read_scenario(write(folder, *changes, more=more))


def last(file: ScenarioFile, regime: str, values: dict[str, float]) -> float:
    return float(Scenario(file.tables(regime, values)).solve().escalation_probability[-1, -1])


def test_every_setting_is_what_the_exact_engine_finds_with_those_values(tmp_path: Path) -> None:
    file = scenario(tmp_path)
    found = order(file, {})
    assert found is not None

    # 2 ends of each of 2 numbers alone; the pairs among them; all 2^2 corners
    assert (found.groups["file"], found.groups["end"], found.groups["corner"], found.corners) == (1, 4, 4, 4)
    assert found.regimes == ("verification", "treaty", "no_treaty")
    for setting, row in zip(found.settings, found.probability, strict=True):
        np.testing.assert_allclose(row, [last(file, regime, setting) for regime in found.regimes], rtol=1e-10, atol=0)


def test_numbers_that_a_setting_leaves_alone_have_the_files_values_not_a_variants(tmp_path: Path) -> None:
    """The treaty has a clarification of its own, which must not stand in for the file's."""
    own = "treaties.limits.inspections_per_year = 0"
    prior = ("[variants.no_treaty]", CLARIFICATION + "[variants.no_treaty]")
    file = scenario(tmp_path, (own, f"{own}\ntreaties.limits.clarification = 0"), prior)
    found = order(file, {})
    assert found is not None

    assert place_in_file(file, "treaties.limits.clarification").value == 0.8
    n = next(n for n, setting in enumerate(found.settings) if setting == {"monitoring.detection": 0.2})
    assert math.isclose(found.probability[n, 0], last(file, "verification", {"monitoring.detection": 0.2}), rel_tol=1e-10)


def test_what_is_set_by_hand_is_the_value_everywhere(tmp_path: Path) -> None:
    file = scenario(tmp_path)
    found = order(file, {"monitoring.detection": 0.7, "onset.arming_rate": 0.5})
    assert found is not None

    assert found.groups["end"] == 2  # of the sanction alone
    for setting, row in zip(found.settings, found.probability, strict=True):
        values = {"monitoring.detection": 0.7, "onset.arming_rate": 0.5} | setting
        assert math.isclose(row[0], last(file, "verification", values), rel_tol=1e-10)


def test_a_treaty_that_only_ends_badly_breaks_the_order(tmp_path: Path) -> None:
    """Without sanctions, inspections or reactions a treaty brings nothing but its end, which opens crises."""
    file = scenario(
        tmp_path,
        ('strategy = { kind = "tit_for_tat", forgiveness = 0.2 }', 'strategy = { kind = "always_restrain" }'),
        ('strategy = { kind = "grim" }', 'strategy = { kind = "always_restrain" }'),
        ("sanction = 1.0", "sanction = 0.0"),
        ("alarm_probability = 0.02", "alarm_probability = 0.0"),
        ("suspension_probability = 0.1", "suspension_probability = 0.0"),
    )
    found = order(file, {}, ranges=False)
    assert found is not None

    assert found.broken(0) == [("treaty", "no_treaty")]
    assert found.equal(0) == [("verification", "treaty")]
    assert list(found.groups) == ["file", "end", "pair", "corner"]
    assert len(found.settings) == 1


def test_settings_outside_what_a_number_may_be_are_refused_and_the_rest_tried(tmp_path: Path) -> None:
    """advance + resolve of a rung may be at most 1: both high ends together are no valid input."""
    file = scenario(
        tmp_path,
        ('kind = "brinkmanship"', 'kind = "empirical"\nadvance = [0.5, 0.1]\nresolve = [0.4, 0.5]'),
        ("prize = 1.0\n", ""),
        ("slip = [0.02, 0.05]\n", ""),
        (
            "[variants.no_treaty]",
            '"crisis.advance.0" = { distribution = "uniform", low = 0.3, high = 0.6 }\n'
            '"crisis.resolve.0" = { distribution = "uniform", low = 0.2, high = 0.5 }\n[variants.no_treaty]',
        ),
    )
    found = order(file, {})
    assert found is not None

    # 16 corners of four numbers, a quarter of them with 0.6 + 0.5
    assert found.groups["corner"] == 12
    assert [setting for setting, _ in found.refused if len(setting) == 4 and setting["crisis.advance.0"] == 0.3] == []
    assert all("must be at most 1" in reason for _, reason in found.refused)


def test_a_scenario_without_the_regimes_has_no_order(tmp_path: Path) -> None:
    file = scenario(tmp_path, ("[variants.treaty]", "[variants.pact]"), ("[variants.verification]", "[variants.open]"))

    assert order(file, {}) is None


@pytest.mark.parametrize("numbers", [7, 20, 31, 40])
def test_the_corners_of_a_large_box_show_all_combinations_of_three_numbers_alike(numbers: int) -> None:
    ends = {f"p{n}": (0.0, 1.0) for n in range(numbers)}
    design = np.array([list(setting.values()) for setting in corners(ends)])

    assert len(design) >= MOST_CORNERS
    assert len({tuple(row) for row in design}) == len(design)
    for columns in itertools.islice(itertools.combinations(range(numbers), 3), 200):
        _, times = np.unique(design[:, columns], axis=0, return_counts=True)
        assert times.tolist() == [len(design) // 8] * 8


def test_the_corners_of_a_small_box_are_all_of_them() -> None:
    assert len(corners({"a": (0, 1), "b": (2, 3), "c": (4, 5)})) == 8
    assert corners({"a": (0, 1)}) == []
    assert corners({}) == []


def test_the_annual_rate_gives_the_probability_back() -> None:
    assert math.isclose(1 - math.exp(-25 * annual_rate(0.0148, 25)), 0.0148)
    assert annual_rate(1.0, 10) == math.inf
