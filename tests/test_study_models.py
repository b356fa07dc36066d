"""Experiments of canonical models: what is stored is what the model gives, however the runs are cut, and gaps say why."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from sim import study
from sim.cli import main
from sim.config import InputError, read_scenario
from sim.models import canon
from sim.models.model import Answer, Estimate, Model, Outcome, evaluate

EXPERIMENT = """\
title = "How good must verification be?"
model = "treaty_monitoring"
[sweep.parameters]
"parameters.false_alarm_probability" = { from = 0.0, to = 0.6, points = 7 }
"parameters.punishment_periods" = [2, 9]
"""

SCENARIO = """\
title = "a treaty"
model = "treaty_monitoring"
[parameters]
detection_probability = 0.4
[uncertain]
"parameters.detection_probability" = { distribution = "uniform", low = 0.1, high = 0.9 }
[variants.weak]
parameters.detection_probability = 0.2
[variants.strong]
[variants.none]
parameters.temptation = 2
"""


def run(folder: Path, experiment: str, scenario: str = "", **options) -> study.Results:
    (folder / "question.toml").write_text(experiment)
    if scenario:
        (folder / "treaty.toml").write_text(scenario)
    study.run(study.read_experiment(folder / "question.toml"), folder, **options)
    return study.Results.load(folder / "question")


def test_stored_numbers_are_those_of_the_model(tmp_path: Path) -> None:
    results = run(tmp_path, EXPERIMENT)
    model, inputs = canon()["treaty_monitoring"], results.inputs

    for outcome in results.experiment.outcomes:
        found = results.values("base", outcome)
        for n in range(14):
            given = {name.removeprefix("parameters."): x[n] for name, x in inputs.items()}
            (expected,) = evaluate(model, given).entries(outcome)[""]
            assert found[n] == expected or (math.isnan(found[n]) and math.isnan(expected)), outcome
    assert np.isnan(results.values("base", "critical_discount_factor")).sum() == 2 * 4  # (0.5 - a) 2 <= 2 a from a = 0.25 on


def test_the_cut_of_runs_changes_no_byte(tmp_path: Path) -> None:
    for name, options in {"whole": {}, "single": {"chunk": 1}, "workers": {"workers": 2, "chunk": 3, "patience": 0.0}}.items():
        (tmp_path / name).mkdir()
        run(tmp_path / name, EXPERIMENT, **options)
    whole, *others = [(tmp_path / n / "question" / "results.parquet").read_bytes() for n in ("whole", "single", "workers")]
    assert others == [whole, whole]


def test_variants_draws_and_broken_premises(tmp_path: Path) -> None:
    experiment = 'title = "q"\nscenario = "treaty.toml"\n[sweep.parameters]\n"parameters.false_alarm_probability" = [0.0, 0.05]\n'
    results = run(tmp_path, experiment + "[uncertainty]\ndraws = 16\n", SCENARIO)

    drawn = results.drawn["parameters.detection_probability"]
    by_draw = results.by_draw("strong", "critical_discount_factor")
    # delta* = (T - R) / ((T - R)(1 - a) + (b - a)(R - P)) = 1 / (1 - a + b - a) for 5, 3, 1
    for n, alpha in enumerate((0.0, 0.05)):
        critical = 1 / (1 - alpha + drawn - alpha)
        expected = np.where(drawn > 2 * alpha, critical, np.nan)  # b (R - P) - a (T - P) > 0
        np.testing.assert_allclose(by_draw[n], expected, rtol=1e-12)
    weak = results.values("weak", "critical_discount_factor")
    np.testing.assert_allclose(weak, [1 / 1.2, 1 / (0.95 + 0.15)])
    assert np.isnan(results.values("none", "critical_discount_factor")).all()
    assert results.manifest["failed"] == 0


def test_values_outside_their_range_fail_with_the_reason(tmp_path: Path) -> None:
    (tmp_path / "question.toml").write_text(EXPERIMENT.replace("[2, 9]", "[2, 9.5, 0]"))
    done = study.run(study.read_experiment(tmp_path / "question.toml"), tmp_path)

    reasons = {f.reason.split("parameters.")[1] for f in done.failures}
    assert len(done.failures) == 14
    assert reasons == {
        "punishment_periods: must be a whole number in [1, 10000], found 9.5",
        "punishment_periods: must be a whole number in [1, 10000], found 0.0",
    }


@pytest.mark.parametrize(
    ("more", "message"),
    {
        "times": ("times = [5]\n", "times: are for the core model: outcomes of treaty_monitoring have no time"),
        "simulation": ('engine = "monte_carlo"\n', "engine: cannot be used: treaty_monitoring is solved and not simulated"),
        "analyses": ('analyses = [{ name = "a", kind = "regret" }]\n', "analyses: are for the core model"),
        "a threshold": (
            'threshold = { parameter = "parameters.reward", variant = "base", level = 0.5 }\n',
            "threshold: is for the core model; treaty_monitoring gives its own critical values",
        ),
        "a path without its table": (
            'sweep = { parameters = { "detection_probability" = [0.1] } }\n',
            "detection_probability: no such path in model treaty_monitoring. Write parameters.detection_probability.",
        ),
    }.values(),
)
def test_what_canonical_models_do_not_have_is_refused(tmp_path: Path, more: str, message: str) -> None:
    head, sweep = EXPERIMENT.split("[sweep", 1)
    text = head + more + ("" if more.startswith("sweep") else f"[sweep{sweep}")
    (tmp_path / "question.toml").write_text(text)
    with pytest.raises(InputError) as refused:
        study.read_experiment(tmp_path / "question.toml")
    assert message in str(refused.value)


# ---- outcomes with entries, words and simulation, on a model made for it


def _solve(v):
    n = v["size"]
    return {"square": {"left": n**2, "right": np.where(n > 1, -(n**2), np.nan)}, "kind": (n > 1).astype(float)}


def _simulate(v, replicates: int, seed: int):
    rng = np.random.default_rng(seed)
    x = rng.normal(v["size"], 1.0, size=(replicates, len(v["size"])))
    return {"mean": Estimate(x.mean(axis=0), x.std(axis=0, ddof=1) / np.sqrt(replicates))}


@pytest.fixture
def toy(monkeypatch: pytest.MonkeyPatch) -> Model:
    from sim import models
    from sim.declare import Key, Number

    model = Model(
        name="toy_of_sizes",
        label="T1",
        title="A toy",
        question="?",
        citation=("none",),
        parameters=(Key("size", Number(0.0, 10.0), "n.", 1.0),),
        outcomes=(
            Outcome("square", "", "n squared.", index="side"),
            Outcome("kind", "", "What n is.", words=("small", "large")),
            Outcome("mean", "", "A simulated mean."),
            Outcome("story", "text", "Words."),
        ),
        solve=_solve,
        simulate=_simulate,
        answers=(Answer({}, "kind", 0.0, 0.0, "derived", "by hand"),),
    )
    known = {**canon(), "toy_of_sizes": model}
    monkeypatch.setattr(models, "canon", lambda: known)
    return model


TOY = 'title = "t"\nmodel = "toy_of_sizes"\n[sweep.parameters]\n"parameters.size" = [0.5, 2.0, 3.0]\n'


def test_entries_words_and_gaps(tmp_path: Path, toy: Model) -> None:
    results = run(tmp_path, TOY, workers=1)

    assert results.experiment.entries("square") == ("left", "right")
    assert results.entries("square") == ("left", "right")
    np.testing.assert_array_equal(results.values("base", "square", "left"), [0.25, 4.0, 9.0])
    np.testing.assert_array_equal(results.values("base", "square", "right"), [np.nan, -4.0, -9.0])
    np.testing.assert_array_equal(results.values("base", "kind"), [0.0, 1.0, 1.0])
    assert "story" not in results.experiment.outcomes
    assert "kind: 0 = small, 1 = large." in (tmp_path / "question" / "codebook.csv").read_text()
    with pytest.raises(InputError, match="stores no such key"):
        results.values("base", "square", "middle")


def test_simulated_outcomes_have_errors_and_share_their_seed(tmp_path: Path, toy: Model) -> None:
    results = run(tmp_path, TOY.replace("[sweep", 'engine = "monte_carlo"\nreplicates = 400\nseed = 3\n[sweep'), workers=1)

    value = results.values("base", "mean")
    error = results.values("base", "mean", statistic="standard_error")
    x = np.random.default_rng(3).normal(0.0, 1.0, 400)
    np.testing.assert_allclose(value, np.array([0.5, 2.0, 3.0]) + x.mean())  # common random numbers
    np.testing.assert_allclose(error, x.std(ddof=1) / 20)
    low, high = (results.values("base", "mean", statistic=f"interval_{end}") for end in ("low", "high"))
    np.testing.assert_allclose((high - low) / error, 2 * 1.959963984540054)


def test_run_draws_the_figures_from_the_command_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    figure = '[[figures]]\nname = "n"\nx = "parameters.false_alarm_probability"\ny = "shortest_punishment"\n'
    Path("q.toml").write_text(EXPERIMENT.replace("[2, 9]", "[2]") + figure)

    result = CliRunner().invoke(main, ["run", "q.toml"])

    assert result.exit_code == 0, result.output
    caption = Path("results/q/figures/n.txt").read_text("utf-8")
    assert "channels" not in caption  # of the core model alone
    assert "Conditional on the assumptions, not a forecast." in " ".join(caption.split())


# ---- what files get wrong, and where results go


def refusal(folder: Path, experiment: str, scenario: str = "") -> str:
    (folder / "question.toml").write_text(experiment)
    (folder / "treaty.toml").write_text(scenario)
    with pytest.raises(InputError) as refused:
        study.read_experiment(folder / "question.toml")
    return str(refused.value)


def test_ranges_need_a_scenario_file(tmp_path: Path) -> None:
    assert 'Write a scenario file with model = "treaty_monitoring" and [uncertain]' in refusal(
        tmp_path, EXPERIMENT + "[uncertainty]\ndraws = 8\n"
    )
    sampled = 'title = "q"\nmodel = "treaty_monitoring"\n[sweep]\ndesign = "sobol"\nsamples = 8\nuncertain = true\n'
    assert "or prior ranges in [uncertain] of the scenario: model treaty_monitoring has none." in refusal(tmp_path, sampled)


@pytest.mark.parametrize(
    ("path", "model", "message"),
    [
        ("parameters.punishment_periods", "treaty_monitoring", "is a whole number, which this distribution does not keep to"),
        ("parameters.spending_x", "richardson", 'is a list: only its entries may be uncertain. Write "parameters.spending_x.0".'),
    ],
)
def test_ranges_that_would_fail_at_every_draw_are_refused(tmp_path: Path, path: str, model: str, message: str) -> None:
    prior = f'[uncertain]\n"{path}" = {{ distribution = "uniform", low = 2, high = 9 }}\n'
    (tmp_path / "treaty.toml").write_text(f'title = "t"\nmodel = "{model}"\n{prior}')
    with pytest.raises(InputError) as refused:
        read_scenario(tmp_path / "treaty.toml")
    assert message in str(refused.value)


def test_whole_numbers_may_be_drawn_from_a_list(tmp_path: Path) -> None:
    prior = '[uncertain]\n"parameters.punishment_periods" = { distribution = "discrete", values = [2, 5, 9] }\n'
    experiment = 'title = "q"\nscenario = "treaty.toml"\n[uncertainty]\ndraws = 8\n'
    results = run(tmp_path, experiment, f'title = "t"\nmodel = "treaty_monitoring"\n{prior}')
    assert set(results.drawn["parameters.punishment_periods"]) == {2.0, 5.0, 9.0}
    assert results.manifest["failed"] == 0


def test_a_number_for_a_list_is_refused_before_the_run(tmp_path: Path) -> None:
    experiment = 'title = "q"\nmodel = "richardson"\n[sweep.parameters]\n"parameters.spending_x" = [3, 4]\n'
    assert 'is a list, and has numbers for values. Name an entry: "parameters.spending_x.0"' in refusal(tmp_path, experiment)


def test_a_failed_point_names_the_model_and_no_file_that_is_not_there(tmp_path: Path) -> None:
    (tmp_path / "question.toml").write_text(EXPERIMENT.replace("[2, 9]", "[2, 9.5]"))
    done = study.run(study.read_experiment(tmp_path / "question.toml"), tmp_path)
    assert {f.reason.split(":")[0] for f in done.failures} == {"model treaty_monitoring"}


def test_results_of_a_library_experiment_have_its_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("perfect_deterrence.toml").write_text('title = "own"\nmodel = "perfect_deterrence"\n')
    for name in ("canon/perfect_deterrence", "perfect_deterrence.toml"):
        assert CliRunner().invoke(main, ["run", name]).exit_code == 0
    assert Path("results/canon/perfect_deterrence/manifest.json").exists()
    assert Path("results/perfect_deterrence/manifest.json").exists()
    for name in ("canon/perfect_deterrence", "perfect_deterrence.toml"):
        result = CliRunner().invoke(main, ["verify", name])
        assert result.exit_code == 0, result.output


def test_a_file_that_asks_for_simulation_is_an_experiment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("q.toml").write_text('title = "q"\nmodel = "treaty_monitoring"\nengine = "monte_carlo"\n')
    result = CliRunner().invoke(main, ["check", "q.toml"])
    assert "engine: cannot be used: treaty_monitoring is solved and not simulated" in result.output


def test_letters_of_the_equations_are_told_apart_from_names_in_files(tmp_path: Path) -> None:
    experiment = 'title = "q"\nmodel = "treaty_monitoring"\n[sweep.parameters]\n"parameters.beta" = [0.3, 0.4]\n'
    hint = "beta is the letter of detection_probability, and files have names: write parameters.detection_probability."
    assert hint in refusal(tmp_path, experiment)
    (tmp_path / "treaty.toml").write_text('title = "t"\nmodel = "treaty_monitoring"\n[parameters]\nbeta = 0.3\n')
    with pytest.raises(InputError) as refused:
        read_scenario(tmp_path / "treaty.toml")
    assert f"treaty.toml:4: parameters.beta: unknown key. {hint}" in str(refused.value)
