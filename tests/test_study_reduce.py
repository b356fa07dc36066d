"""Reducing runs over draws, differences between variants, and orderings: against numpy, by hand, and by repetition."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from sim import study
from sim.dilemma.outcomes import wilson
from sim.dilemma.parameters import merge
from sim.dilemma.scenario import Scenario
from sim.figures import KINDS
from sim.study.orderings import orderings
from sim.study.reduce import Numbers, differences, reduced
from sim.study.tidy import BATCH
from study_case import EXPERIMENT, SCENARIO, changed, experiment, raw

WAR = ("results", "escalation_probability", "war", 2.0)
QUANTILES = (0.05, 0.25, 0.5, 0.95)
UNCERTAIN = """
[uncertain]
"onset.arming_rate" = { distribution = "uniform", low = 0.1, high = 0.6, basis = "judgement", source = "for tests" }
"""


def numbers(variant: str, values: np.ndarray, *statistics: str) -> Numbers:
    """Numbers (points, draws + 1, statistics) of the probability of war."""
    return Numbers(variant, tuple((*WAR, s) for s in statistics or ("value",)), np.arange(len(values)), values)


def by_label(part: Numbers, draws: int) -> dict[str, np.ndarray]:
    labels, values = reduced(part, QUANTILES, draws)
    return {label[4]: values[:, j] for j, label in enumerate(labels)}


def test_statistics_over_draws_are_those_of_numpy() -> None:
    x = np.random.default_rng(1).random((3, 12, 1))
    found = by_label(numbers("treaty", x), 11)
    drawn = x[:, 1:, 0]

    assert list(found) == ["value", "mean", "standard_deviation", "draws", *(f"quantile_{q:g}" for q in QUANTILES)]
    assert np.array_equal(found["value"], x[:, 0, 0])
    assert found["mean"] == pytest.approx(drawn.mean(axis=1))
    assert found["standard_deviation"] == pytest.approx(drawn.std(axis=1, ddof=1))
    assert found["draws"].tolist() == [11, 11, 11]
    for q in QUANTILES:
        assert found[f"quantile_{q:g}"] == pytest.approx(np.quantile(drawn, q, axis=1))


def test_failed_draws_are_left_out_and_counted() -> None:
    x = np.random.default_rng(2).random((2, 9, 1))
    x[0, [3, 7], 0] = np.nan
    x[1, 1:, 0] = np.nan
    found = by_label(numbers("treaty", x), 8)
    sound = x[0, 1:, 0][~np.isnan(x[0, 1:, 0])]

    assert found["draws"].tolist() == [6, 0]
    assert found["mean"][0] == pytest.approx(sound.mean())
    assert found["standard_deviation"][0] == pytest.approx(sound.std(ddof=1))
    for q in QUANTILES:
        assert found[f"quantile_{q:g}"][0] == pytest.approx(np.quantile(sound, q))
    assert np.isnan([found[name][1] for name in ("mean", "standard_deviation", "quantile_0.5")]).all()


def test_the_variance_over_draws_is_split_without_bias() -> None:
    # probabilities p of the draws from a beta distribution, a = b = 4, with variance ab / ((a+b)^2 (a+b+1)) = 16/576 = 1/36;
    # estimates from n histories each have sampling variance p (1 - p) / n on top, E[p (1 - p)] = ab / ((a+b)(a+b+1)) = 16/72
    rng, n, draws, points = np.random.default_rng(3), 50, 200, 400
    p = rng.beta(4, 4, size=(points, draws))
    estimate = rng.binomial(n, p) / n
    error = np.sqrt(estimate * (1 - estimate) / n)
    x = np.stack([np.pad(y, ((0, 0), (1, 0))) for y in (estimate, error)], axis=-1)
    found = by_label(numbers("treaty", x, "value", "standard_error"), draws)

    # the estimate of p (1 - p) / n from n histories is short by a factor 1 - 1/n
    assert found["sampling_variance"].mean() == pytest.approx(16 / 72 / n * (1 - 1 / n), rel=0.01)
    assert found["parameter_variance"].mean() == pytest.approx(1 / 36 + 16 / 72 / n / n, rel=0.02)
    assert found["variance"] == pytest.approx(found["sampling_variance"] + found["parameter_variance"])
    # the mean over draws strays from the mean of its own p by the sampling error alone
    strayed = (found["mean"] - p.mean(axis=1)) / found["mean_standard_error"]
    assert np.abs(strayed.mean()) < 4 / np.sqrt(points)
    assert strayed.std() == pytest.approx(1, abs=4 / np.sqrt(2 * points))


def test_differences_are_taken_run_by_run() -> None:
    rng = np.random.default_rng(4)
    one, other = rng.random((2, 3, 5, 2))
    base = numbers("no_treaty", other, "value", "standard_error")
    late = Numbers("treaty", (*base.labels, ("results", "expected_onsets", "", 2.0, "value")), np.array([1, 2]), np.dstack(
        [one[:2], np.ones((2, 5))]
    ))  # fmt: skip
    (found,) = differences([base, late], "no_treaty")

    assert found.variant == "treaty"
    assert found.points.tolist() == [1, 2]
    assert [label[1] for label in found.labels] == ["escalation_probability_minus_no_treaty"] * 2
    assert np.array_equal(found.values[..., 0], one[:2, :, 0] - other[1:, :, 0])
    assert found.values[..., 1] == pytest.approx(np.sqrt(one[:2, :, 1] ** 2 + other[1:, :, 1] ** 2))


def test_batches_are_parts_of_the_same_histories() -> None:
    tables = merge({k: v for k, v in raw().items() if k != "variants"}, {})
    whole = Scenario(tables).simulate(5003, 1)
    parted = Scenario(tables).simulate(5003, 1, batches=20)
    sizes = np.bincount(np.arange(5003) * 20 // 5003)

    assert parted.batches is not None
    assert parted.batches.shape == (20, *whole.escalation_probability.shape)
    assert set(sizes) == {250, 251}
    assert np.array_equal(whole.escalation_probability, parted.escalation_probability)
    assert np.tensordot(sizes, parted.batches, 1) / 5003 == pytest.approx(whole.escalation_probability)
    assert (np.diff(parted.batches[..., -1], axis=1) >= 0).all()


def test_the_error_of_a_paired_difference_is_what_other_seeds_show(tmp_path: Path) -> None:
    # 120 seeds, each with its own estimate of treaty minus no treaty and its error; the spread of the estimates is the truth
    text = changed(
        EXPERIMENT,
        ("times = [1]", 'engine = "monte_carlo"\nreplicates = 400'),
        ("[0, 4, 8]", "[4]"),
        ("[0.2, 0.5]", "[0.5]"),
        ('panel = "monitoring.detection"', 'y = "difference"\nbaseline = "no_treaty"'),
        ('x = "treaties.pact.inspections_per_year"', 'x = "monitoring.detection"'),
    )
    asked = experiment(tmp_path, text + "[uncertainty]\ndraws = 120\n", scenario=SCENARIO + UNCERTAIN)
    results = study.Results.load(study.run(asked, tmp_path).folder, KINDS, asked)
    at = ("verification", "escalation_probability_minus_no_treaty", "war", 2.0)
    told = {s: float(results.values(*at, statistic=s)[0]) for s in ("variance", "sampling_variance", "parameter_variance")}
    alone = [float(results.values(v, *at[1:], statistic="sampling_variance")[0]) for v in ("treaty", "verification")]
    apart = sum(
        float(results.values(v, "escalation_probability", "war", 2.0, "sampling_variance")[0]) for v in ("no_treaty", at[0])
    )

    # the arming rate moves this difference by little, so nearly all of its spread is sampling (4 standard deviations of it)
    assert told["sampling_variance"] == pytest.approx(told["variance"], rel=4 * np.sqrt(2 / 119))
    assert told["sampling_variance"] < 0.75 * apart  # shared random numbers make it smaller than independent estimates would
    assert all(variance > 0 for variance in alone)


def test_what_is_kept_for_pairing_is_not_in_the_tables(tmp_path: Path) -> None:
    text = changed(
        EXPERIMENT,
        ("times = [1]", 'engine = "monte_carlo"\nreplicates = 50'),
        ('rung = "war"', 'rung = "war"\ny = "difference"\nbaseline = "treaty"'),
    )
    table = (study.run(experiment(tmp_path, text), tmp_path).folder / "results.csv").read_text()

    assert BATCH not in table
    assert "escalation_probability_minus_treaty" in table


def test_orderings_by_hand() -> None:
    draws = {
        "no_treaty": [0.3, 0.3, 0.2, 0.5, np.nan],
        "treaty": [0.2, 0.3, 0.3, 0.4, 0.1],
        "verification": [0.1, 0.3 * (1 + 1e-14), 0.3, 0.1, 0.1],
    }
    parts = [numbers(v, np.array([[9.0, *x]])[..., None]) for v, x in draws.items()]
    found = orderings(parts, list(draws), 0, 1)
    words, codes = found["ordering"]

    assert [words[c] for c in codes] == [
        "verification < treaty < no_treaty",
        "no_treaty < treaty = verification",
        "no_treaty = treaty = verification",
    ]
    assert found["share"].tolist() == [0.5, 0.25, 0.25]
    assert found["draws"].tolist() == [4, 4, 4]  # one draw failed in one variant
    assert found["interval_low"][0] == pytest.approx(wilson(np.array([2]), 4)[0, 0])
    assert orderings(parts[:1], ["treaty"], 0, 1) == {}


def test_orderings_of_many_variants() -> None:
    rng = np.random.default_rng(5)
    names = [f"v{n}" for n in range(16)]
    drawn = rng.integers(0, 4, size=(16, 1, 31, 1)) / 10
    found = orderings([numbers(v, x) for v, x in zip(names, drawn, strict=True)], names, 0, 1)
    counts: dict[str, int] = {}
    for d in range(1, 31):
        groups = [[n for n in range(16) if drawn[n, 0, d, 0] == x] for x in sorted(set(drawn[:, 0, d, 0]))]
        word = " < ".join(" = ".join(names[n] for n in group) for group in groups)
        counts[word] = counts.get(word, 0) + 1
    words, codes = found["ordering"]

    assert {words[c]: round(s * 30) for c, s in zip(codes, found["share"], strict=True)} == counts
    assert found["share"].sum() == pytest.approx(1)
