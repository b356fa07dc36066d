"""Draws from prior ranges: common to all, the same when one of them is swept, extensible; and what is refused."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from sim.priors import quantile
from sim.study.experiment import ExperimentFile
from sim.study.samplers import DRAWS, sobol
from sim.study.uncertainty import EXTENSIBLE, QUANTILES, Uncertainty
from study_case import OVER_TIME, SCENARIO, changed, experiment

PRIORS = """
[uncertain]
"monitoring.detection" = { distribution = "triangular", low = 0.2, mode = 0.5, high = 0.8, basis = "judgement" }
"treaties.pact.sanction" = { distribution = "lognormal", median = 1.0, sigma = 0.5 }
"onset.arming_rate" = { distribution = "discrete", values = [0.1, 0.3], weights = [1, 3] }
"""
UNCERTAIN = SCENARIO + PRIORS
PATHS = ("monitoring.detection", "treaties.pact.sanction", "onset.arming_rate")
SWEPT = '[sweep.parameters]\n"monitoring.detection" = [0.2, 0.5]\n'
PLAIN = changed(OVER_TIME, (OVER_TIME[OVER_TIME.index("[[figures]]") :], ""))


def read(folder: Path, text: str = "[uncertainty]\ndraws = 8\n", scenario: str = UNCERTAIN, top: str = "") -> ExperimentFile:
    return experiment(folder, PLAIN + top + text, scenario=scenario)


def drawn(found: ExperimentFile) -> Uncertainty:
    assert found.uncertainty is not None
    return found.uncertainty


def test_without_the_table_nothing_is_drawn(tmp_path: Path) -> None:
    found = read(tmp_path, "")

    assert found.uncertainty is None
    assert (found.draws, found.quantiles) == (0, ())
    assert found.values(0, 3) == {}


def test_draws_are_the_quantiles_of_the_priors_at_the_points_of_the_sampler(tmp_path: Path) -> None:
    own = drawn(read(tmp_path))
    u = sobol(8, 3, 0, DRAWS)

    assert (own.draws, own.design, own.paths) == (8, "sobol", PATHS)
    assert own.values.shape == (8, 3)
    for n, path in enumerate(PATHS):
        assert np.array_equal(own.values[:, n], quantile(own.priors[path], u[:, n]))


def test_256_draws_by_default(tmp_path: Path) -> None:
    own = drawn(read(tmp_path, "[uncertainty]\n"))

    assert (own.draws, own.design) == (256, "sobol")
    # 256 balanced draws: medians and weights are met to within a cell of 1 / 256
    median = quantile(own.priors["monitoring.detection"], 0.5)
    assert abs(float(np.mean(own.values[:, 0] < median)) - 0.5) <= 1 / 256
    assert float(np.mean(own.values[:, 2] == 0.3)) == 0.75


def test_a_draw_puts_its_values_in_and_draw_minus_one_nothing(tmp_path: Path) -> None:
    found = read(tmp_path, "[uncertainty]\ndraws = 8\nparameters = ['onset.arming_rate']\n" + SWEPT)

    assert found.values(1) == found.values(1, -1) == {"monitoring.detection": 0.5}
    value = float(drawn(found).values[3, 0])
    assert found.values(1, 3) == {"monitoring.detection": 0.5, "onset.arming_rate": value}
    assert type(found.values(1, 3)["onset.arming_rate"]) is float


def test_sweeping_a_parameter_leaves_the_draws_of_the_others_as_they_are(tmp_path: Path) -> None:
    every = drawn(read(tmp_path))
    fewer = drawn(read(tmp_path, "[uncertainty]\ndraws = 8\n" + SWEPT))
    named = drawn(read(tmp_path, "[uncertainty]\ndraws = 8\nparameters = ['onset.arming_rate']\n"))

    assert fewer.paths == PATHS[1:]
    assert np.array_equal(fewer.values, every.values[:, 1:])
    assert named.paths == PATHS[2:]
    assert np.array_equal(named.values, every.values[:, 2:])


@pytest.mark.parametrize("design", ["sobol", "latin_hypercube", "random"])
def test_draws_follow_from_the_seed(tmp_path: Path, design: str) -> None:
    def values(draws: int, seed: int) -> np.ndarray:
        text = f'[uncertainty]\ndraws = {draws}\ndesign = "{design}"\n'
        return drawn(read(tmp_path, text, top=f"seed = {seed}\n")).values

    assert values(6, 1).tobytes() == values(6, 1).tobytes()
    assert not np.array_equal(values(6, 1), values(6, 2))
    assert np.array_equal(values(12, 1)[:6], values(6, 1)) == (design in EXTENSIBLE)


def test_a_part_of_what_is_swept_is_not_drawn(tmp_path: Path) -> None:
    scenario = UNCERTAIN + '"actors.east.strategy.forgiveness" = { distribution = "uniform", low = 0.1, high = 0.9 }\n'
    swept = '[sweep.parameters]\n"actors.east.strategy" = { values = [{ kind = "grim" }], labels = ["grim"] }\n'

    assert drawn(read(tmp_path, "[uncertainty]\ndraws = 8\n", scenario)).paths == (*PATHS, "actors.east.strategy.forgiveness")
    assert drawn(read(tmp_path, "[uncertainty]\ndraws = 8\n" + swept, scenario)).paths == PATHS


def test_a_parameter_that_reaches_no_variant_is_left_out(tmp_path: Path) -> None:
    found = read(tmp_path, top='variants = ["no_treaty"]\n')

    assert drawn(found).paths == ("monitoring.detection", "onset.arming_rate")
    assert np.array_equal(drawn(found).values, drawn(read(tmp_path)).values[:, [0, 2]])


def test_histories_may_be_simulated_for_every_draw(tmp_path: Path) -> None:
    found = read(tmp_path, top='engine = "monte_carlo"\nreplicates = 100\n')

    assert (found.engine, found.replicates, found.draws) == ("monte_carlo", 100, 8)


def test_the_quantiles_are_the_usual_ones_and_those_of_the_bands(tmp_path: Path) -> None:
    band = changed(OVER_TIME, ("kind", "band = [0.1, 0.9]\nkind"))
    found = experiment(tmp_path, band + "[uncertainty]\ndraws = 8\n", scenario=UNCERTAIN)

    assert QUANTILES == (0.05, 0.25, 0.5, 0.75, 0.95)
    assert read(tmp_path).quantiles == QUANTILES
    assert found.quantiles == (0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95)


def test_the_question_knows_what_is_drawn(tmp_path: Path) -> None:
    before = read(tmp_path).question()

    assert read(tmp_path, "[uncertainty]\ndraws = 8\ndesign = 'sobol'\n").question() == before
    for text in ("", "[uncertainty]\ndraws = 9\n", "[uncertainty]\ndraws = 8\ndesign = 'random'\n"):
        assert read(tmp_path, text).question() != before
    assert read(tmp_path, top="seed = 1\n").question() != before


def test_a_number_of_draws_that_is_no_power_of_two_is_noted(tmp_path: Path) -> None:
    assert read(tmp_path, "[uncertainty]\ndraws = 8\n").notes == ()
    assert read(tmp_path, "[uncertainty]\ndraws = 100\n").notes == (
        "[uncertainty]: 100 is no power of two: Sobol' points are balanced at 64 and 128",
    )
    assert read(tmp_path, "[uncertainty]\ndraws = 100\ndesign = 'random'\n").notes == ()
