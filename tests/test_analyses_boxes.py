"""Scenario discovery: boxes that are known are found, and told in plain words."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

from analyses_case import Experiment, Results, Uncertainty, axis, found, of_war, sampled, spec, wrong
from sim.study.analyses import boxes
from sim.study.analyses.prim import limit_words
from sim.study.analyses.reading import Input

pytest.importorskip("ema_workbench")


def _inputs(n: int = 1000, d: int = 4, seed: int = 7) -> list[Input]:
    u = np.random.default_rng(seed).random((n, d))
    return [Input(f"x{j}", u[:, j]) for j in range(d)]


def test_a_known_box_is_found() -> None:
    inputs = _inputs()
    interest = (inputs[0].values < 0.3) & (inputs[2].values > 0.6)
    (box,) = boxes.discover(inputs, interest)
    assert [limit.input for limit in box.limits] == [0, 2]
    first, second = box.limits
    assert first.low is None
    assert first.high == pytest.approx(0.3, abs=0.03)
    assert second.high is None
    assert second.low == pytest.approx(0.6, abs=0.03)
    assert box.coverage > 0.9
    assert box.density >= 0.8
    assert max(limit.quasi_p for limit in box.limits) < 1e-10


def test_counts_of_a_box_are_those_of_its_limits() -> None:
    inputs = _inputs(400)
    noise = np.random.default_rng(8).random(400)
    interest = (inputs[1].values > 0.5) & (noise < 0.8) | (noise < 0.05)
    for box in boxes.discover(inputs, interest, density=0.7):
        inside = np.ones(400, dtype=bool)
        for limit in box.limits:
            x = inputs[limit.input].values
            inside &= (x >= (0 if limit.low is None else limit.low)) & (x <= (1 if limit.high is None else limit.high))
        assert box.cases <= inside.sum()  # cases of earlier boxes are left out
        assert box.density == pytest.approx(interest[box.inside].sum() / box.inside.sum())
        assert box.coverage == pytest.approx(interest[box.inside].sum() / interest.sum())
        assert box.mass == pytest.approx(box.inside.mean())


def test_quasi_p_values_are_those_of_a_binomial_test() -> None:
    from scipy.stats import binomtest

    inputs = _inputs()
    interest = (inputs[0].values < 0.3) & (inputs[2].values > 0.6)
    (box,) = boxes.discover(inputs, interest)
    first, second = box.limits
    without = second.holds(inputs[2].values)
    p = interest[without].mean()
    want = binomtest(box.of_interest, box.cases, p, alternative="greater").pvalue
    assert first.quasi_p == pytest.approx(want, rel=1e-6, abs=0)


def test_of_the_dense_boxes_that_of_most_coverage_is_taken() -> None:
    # Density falls from 1 to 0.85 where coverage rises: x < 0.2 always of interest, the next tenth half of the time.
    inputs = _inputs(2000, 1)
    x, chance = inputs[0].values, np.random.default_rng(4).random(2000)
    interest = (x < 0.2) | ((x < 0.3) & (chance < 0.5))
    (box, *_) = boxes.discover(inputs, interest, density=0.8, most=1)
    (pure, *_) = boxes.discover(inputs, interest, density=0.99, most=1)
    assert 0.8 <= box.density < 0.95
    assert box.coverage > 0.95
    assert box.coverage > pure.coverage + 0.1


def test_two_boxes_apart() -> None:
    inputs = _inputs(2000, 2)
    x, y = inputs[0].values, inputs[1].values
    got = boxes.discover(inputs, (x < 0.2) | ((x > 0.4) & (x < 0.6) & (y > 0.7)))
    assert len(got) >= 2
    assert sum(box.coverage for box in got[:2]) > 0.9
    assert not (got[0].inside & got[1].inside).any()
    assert [limit.input for limit in got[1].limits] == [0, 1]


def test_peeling_from_outside_that_finds_nothing_gives_no_box() -> None:
    # Opposite corners: whatever is cut off at an end takes more than its share of the cases with it.
    inputs = _inputs(2000, 2)
    x, y = inputs[0].values, inputs[1].values
    assert boxes.discover(inputs, ((x < 0.25) & (y < 0.4)) | ((x > 0.8) & (y > 0.5))) == []


def test_labels_are_told_by_name() -> None:
    rng = np.random.default_rng(3)
    codes = rng.integers(0, 3, 600).astype(float)
    inputs = [Input("actors.east.strategy", codes, ("grim", "tit_for_tat", "always")), *_inputs(600, 1)]
    (box,) = boxes.discover(inputs, (codes != 1) & (inputs[1].values < 0.5))
    told = [limit_words(limit, inputs[limit.input]) for limit in box.limits]
    assert told[0] == "east strategy is grim or always"
    assert told[1].startswith("x0 is below 0.")
    assert box.coverage > 0.9


def test_limits_in_words() -> None:
    detection = Input("monitoring.detection", np.zeros(1))
    assert limit_words(boxes.Limit(0, None, 0.2134), detection) == "monitoring detection is below 0.213"
    assert limit_words(boxes.Limit(0, 0.5, None), detection) == "monitoring detection is above 0.5"
    assert limit_words(boxes.Limit(0, 0.25, 1.0), detection) == "monitoring detection is between 0.25 and 1"
    assert limit_words(boxes.Limit(0, None, 0.0), detection) == "monitoring detection is below 0"


def test_no_cases_and_all_cases_have_no_box() -> None:
    inputs = _inputs(100)
    assert boxes.discover(inputs, np.zeros(100, dtype=bool)) == []
    assert boxes.discover(inputs, np.ones(100, dtype=bool)) == []


def test_a_density_that_is_not_reached_gives_the_densest_box() -> None:
    inputs = _inputs(1000, 2)
    chance = np.random.default_rng(9).random(1000)
    interest = chance < np.where(inputs[0].values < 0.4, 0.5, 0.1)
    got = boxes.discover(inputs, interest, density=0.99)
    assert len(got) == 1
    assert 0.4 < got[0].density < 0.99


def test_an_input_that_tells_nothing_is_not_restricted() -> None:
    inputs = _inputs(300, 6, seed=11)
    interest = inputs[0].values < 0.35
    (box, *_) = boxes.discover(inputs, interest)
    assert [limit.input for limit in box.limits] == [0]


def _results(seed: int = 7) -> tuple[Results, np.ndarray]:
    x = np.random.default_rng(seed).random((800, 2)) * [1.0, 4.0]
    experiment = sampled(x, ["monitoring.detection", "treaties.pact.sanction"], design="latin_hypercube")
    war = {"treaty": lambda x: np.where((x[:, 0] < 0.3) & (x[:, 1] < 2.0), 0.1, 0.01), "no_treaty": lambda x: 0.05 + 0 * x[:, 0]}
    return of_war(experiment, war, x), x


def test_finding_over_points_in_plain_words() -> None:
    results, x = _results()
    got = found(results, "prim", above=0.05, variants=["treaty"], boxes=1)
    (sentence,) = [s for s in got.sentences if "mostly where" in s]
    start = "The probability of war by the end of the horizon under treaty is above 5 % mostly where "
    assert sentence.startswith(start)
    assert "monitoring detection is below 0.3" in sentence or "monitoring detection is below 0.2" in sentence
    assert "pact sanction is below" in sentence
    rate = ((x[:, 0] < 0.3) & (x[:, 1] < 2.0)).mean()
    assert sentence.endswith(f"base rate {100 * rate:.3g} %.")
    assert {row[2] for row in got.rows} == {"monitoring.detection", "treaties.pact.sanction"}
    assert any(s.startswith("Peeling of the first box") for s in got.sentences)
    again = found(results, "prim", above=0.05, variants=["treaty"], boxes=1)
    assert again == got


def test_worse_than_another_variant() -> None:
    results, _ = _results()
    got = found(results, "prim", worse_than="no_treaty")
    assert {row[0] for row in got.rows} == {"treaty"}
    assert "The probability of war by the end of the horizon under treaty is higher than under no treaty mostly" in " ".join(
        got.sentences
    )


def test_worse_payoffs_are_lower_ones() -> None:
    x = np.random.default_rng(2).random((300, 1))
    experiment = sampled(x, ["game.cost"], design="sobol")
    payoff = {"no_treaty": np.zeros(300), "treaty": np.where(x[:, 0] < 0.4, -1.0, 1.0)}
    results = Results(experiment, {(v, "discounted_payoff", "east", "value"): y for v, y in payoff.items()})
    got = found(results, "prim", worse_than="no_treaty", y="discounted_payoff", actor="east")
    (sentence,) = [s for s in got.sentences if "mostly where" in s]
    assert sentence.startswith(
        "The discounted payoff of east under treaty is lower than under no treaty mostly where game cost is below 0.4"
    )
    (row,) = got.rows
    assert (row[3], row[4]) == (None, pytest.approx(0.4, abs=0.03))  # peels are 5 %


def test_no_interest_is_a_plain_sentence() -> None:
    results, _ = _results()
    none = found(results, "prim", above=0.5, variants=["treaty"])
    assert none.rows == ()
    assert any("above 50 % in none of 800 cases: there is nothing to tell apart" in s for s in none.sentences)
    every = found(results, "prim", above=0.001, variants=["treaty"])
    assert any("in all of 800 cases" in s for s in every.sentences)


def test_cases_over_draws_have_swept_and_drawn_inputs() -> None:
    drawn = np.random.default_rng(1).random(300)
    points = axis("monitoring.detection", np.array([0.1, 0.9]))
    experiment = Experiment("grid", (points,), np.array([[0], [1]]), ("treaty",), uncertainty=Uncertainty(300))
    y = np.stack([np.where(drawn > 0.7, 0.2, 0.0), np.zeros(300)])
    y[0, 0] = np.nan
    results = Results(experiment, draws={("treaty", "escalation_probability", "war"): y}, drawn={"game.cost": drawn})
    got = found(results, "prim", above=0.1)
    assert [row[2] for row in got.rows] == ["monitoring.detection", "game.cost"]
    assert any("1 of 600 cases are left out" in s for s in got.sentences)
    assert got.rows[1][3] == pytest.approx(0.7, abs=0.03)


def test_missing_extra_is_said_with_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ema_workbench", None)
    monkeypatch.setitem(sys.modules, "ema_workbench.analysis", None)
    results, _ = _results()
    got = found(results, "prim", above=0.05, variants=["treaty"])
    (sentence,) = [s for s in got.sentences if s.startswith("Not done")]
    assert 'pip install "strategic-stability-simulator[discovery]"' in sentence


def test_the_extra_is_imported_only_when_boxes_are_sought() -> None:
    code = "import sys, sim.study.analyses; print([m for m in ('ema_workbench', 'SALib', 'scipy.stats') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_what_is_refused() -> None:
    x = np.zeros((4, 1))
    sound = sampled(x, ["a"], design="latin_hypercube")
    assert wrong(sound, "prim", above=0.1) == []
    assert wrong(sound, "prim", worse_than="no_treaty") == []
    assert wrong(sampled(x, ["a"], design="csv"), "prim", below=0.1) == []
    (line,) = wrong(sound, "prim")
    assert "needs one of above, below and worse_than, found none" in line
    (line,) = wrong(sound, "prim", above=0.1, below=0.2)
    assert "found above and below" in line
    (line,) = wrong(sound, "prim", worse_than="notreaty")
    assert "Did you mean no_treaty?" in line
    (line,) = wrong(sound, "prim", worse_than="treaty", variants=["treaty"])
    assert "leaves no other variant" in line
    (line,) = wrong(sampled(x, ["a"], design="grid"), "prim", above=0.1)
    assert 'does not fit the design "grid"' in line
    assert "latin_hypercube" in line
    (line,) = wrong(sound, "prim", above=0.1, over="draws")
    assert "over: draws needs draws of the uncertain parameters" in line
    assert spec("prim", above=0.0)["density"] == 0.8
    (line,) = wrong(sound, "prim", worse_than="no_treaty", y="difference", baseline="no_treaty")
    assert "above = 0" in line


def test_each_end_of_a_range_has_to_tell_something() -> None:
    # Cases of interest between 0.4 and 0.6 of one input; of another one below 0.5: its lower end must not be restricted.
    inputs = _inputs(1500, 2)
    x, y = inputs[0].values, inputs[1].values
    (box, *_) = boxes.discover(inputs, (x > 0.4) & (x < 0.6) & (y < 0.5))
    first, second = box.limits
    assert first.low == pytest.approx(0.4, abs=0.03)
    assert first.high == pytest.approx(0.6, abs=0.03)
    assert first.quasi_p < 1e-6
    assert second.low is None
    assert second.high == pytest.approx(0.5, abs=0.04)
