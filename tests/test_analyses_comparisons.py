"""Regret, orderings, the variance table, and how findings are written."""

from __future__ import annotations

import csv
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from analyses_case import Experiment, Results, Uncertainty, axis, found, sampled, spec, wrong
from sim.study import analyses
from sim.study.analyses import KINDS, Finding, regret
from sim.study.analyses.orderings import normal

WAR = ("escalation_probability", "war")
LOSS = np.array([[1.0, 2.0, 3.0, np.nan], [2.0, 2.0, 1.0, 0.0]])
"""Two variants, four cases; regret by hand: (0, 0, 2) and (1, 0, 0); the last case is left out."""


def test_regret_by_hand() -> None:
    got = regret.regrets(LOSS)
    assert got.mean.tolist() == pytest.approx([2 / 3, 1 / 3])
    assert got.worst.tolist() == [2, 1]
    assert got.high.tolist() == pytest.approx([1.8, 0.9])  # 0.95 of the way through 0, 0, 2: 0 + 0.9 * 2
    assert got.best.tolist() == pytest.approx([1.5 / 3, 1.5 / 3])  # the tie counts half for both
    assert got.tied.tolist() == pytest.approx([1 / 3, 1 / 3])
    assert (got.cases, got.dropped) == (3, 1)


def test_regret_of_rounding_is_a_tie() -> None:
    got = regret.regrets(np.array([[0.1 + 0.2], [0.3]]))
    assert got.worst.tolist() == [0, 0]
    assert got.tied.tolist() == [1, 1]


def test_regret_where_everything_failed() -> None:
    got = regret.regrets(np.full((2, 3), np.nan))
    assert got.cases == 0
    assert np.isnan(got.mean).all()


def _over_draws(y: dict[str, np.ndarray], points: int = 1, **more) -> Results:
    axes = (axis("a", np.arange(points, dtype=float)),)
    draws = next(iter(y.values())).shape[1]
    index = np.arange(points)[:, None]
    experiment = Experiment("grid", axes, index, tuple(y), uncertainty=Uncertainty(draws), **more)
    outcome = more.pop("outcome", WAR)
    return Results(experiment, draws={(v, *outcome): x for v, x in y.items()})


def test_regret_over_draws_names_the_lowest_worst_case() -> None:
    results = _over_draws({"no_treaty": LOSS[:1] / 10, "treaty": LOSS[1:] / 10})
    got = found(results, "regret")
    assert got.columns == regret.COLUMNS
    assert [row[:2] for row in got.rows] == [(0, "no_treaty"), (0, "treaty")]
    told = " ".join(got.sentences)
    assert "Lowest worst-case regret: treaty (10 percentage points)." in told
    assert "Lowest mean regret: treaty (3.33 percentage points)." in told
    assert "Share of 3 draws in which a variant is best: no treaty 50 %, treaty 50 %." in told
    assert "best together with others: no treaty 33.3 %, treaty 33.3 %." in told
    assert "1 draws are left out" in told


def test_regret_of_payoffs_takes_the_highest_as_best() -> None:
    payoff = {(v, "discounted_payoff", "east"): LOSS[n : n + 1] for n, v in enumerate(("no_treaty", "treaty"))}
    experiment = Experiment("grid", uncertainty=Uncertainty(4))
    got = found(Results(experiment, draws=payoff), "regret", y="discounted_payoff", actor="east")
    # Payoffs (1, 2, 3) and (2, 2, 1): regret (1, 0, 0) and (0, 0, 2).
    assert [row[4] for row in got.rows] == [1, 2]
    assert "Lowest worst-case regret: no treaty (1)." in got.sentences


def test_regret_over_points_and_over_draws_at_several_points() -> None:
    x = np.zeros((4, 1))
    experiment = sampled(x, ["a"], design="grid")
    outcomes = {(v, *WAR, "value"): LOSS[n] for n, v in enumerate(("no_treaty", "treaty"))}
    got = found(Results(experiment, outcomes), "regret")
    assert [row[0] for row in got.rows] == [None, None]
    assert [row[4] for row in got.rows] == [2, 1]
    several = _over_draws({"no_treaty": np.array([[1.0, 2], [3, 3]]), "treaty": np.array([[2.0, 2], [1, 1]])}, points=2)
    got = found(several, "regret")
    assert len(got.rows) == 4
    assert any("no treaty at 1, treaty at 1" in s for s in got.sentences)


def test_regret_is_refused_for_one_variant_and_without_draws() -> None:
    experiment = sampled(np.zeros((4, 1)), ["a"], design="grid")
    assert wrong(experiment, "regret") == []
    assert "found 1" in wrong(experiment, "regret", variants=["treaty"])[0]
    assert "nothing is drawn" in wrong(experiment, "regret", over="draws")[0]
    assert "nothing is swept" in wrong(Experiment(), "regret")[0]
    assert wrong(replace(Experiment(), uncertainty=Uncertainty(4)), "regret") == []


ORDERINGS = {
    "point": [0, 0, 0, 0, 0],
    "key": ["war", "war", "war", "crisis", "war"],
    "time": [3.0, 3.0, 1.0, 3.0, 3.0],
    "ordering": ["no_treaty < treaty", "treaty < no_treaty", "treaty < no_treaty", "treaty < no_treaty", "treaty = no_treaty"],
    "draws": [100] * 5,
    "share": [0.2, 0.7, 1.0, 1.0, 0.1],
    "interval_low": [0.1, 0.6, 0.9, 0.9, 0.05],
    "interval_high": [0.3, 0.8, 1.0, 1.0, 0.2],
}


def test_orderings_of_one_rung_and_time() -> None:
    results = Results(Experiment("grid", uncertainty=Uncertainty(100)), table=ORDERINGS)
    got = found(results, "orderings")
    assert [row[1:4] for row in got.rows] == [
        ("treaty < no_treaty", 100, 0.7),
        ("no_treaty < treaty", 100, 0.2),
        ("treaty = no_treaty", 100, 0.1),
    ]
    assert "treaty < no treaty in 70 % of draws (95 % interval 60 % to 80 %)." in got.sentences
    earlier = found(results, "orderings", at_years=1.0)
    assert [row[3] for row in earlier.rows] == [1.0]
    asked = found(results, "orderings", ordering="no_treaty=treaty")
    assert "treaty = no treaty in 10 % of draws (95 % interval 5 % to 20 %)." in asked.sentences
    assert "No ordering is known, because the point failed." in found(replace(results, table={}), "orderings").sentences
    never = found(results, "orderings", rung="crisis", ordering="no_treaty < treaty")
    assert "no treaty < treaty in none of the draws." in never.sentences


def test_orderings_are_refused() -> None:
    sound = Experiment("grid", uncertainty=Uncertainty(100))
    assert wrong(sound, "orderings") == []
    assert "nothing is drawn" in wrong(Experiment("grid"), "orderings")[0]
    (line,) = wrong(sound, "orderings", ordering="treaty < no_traety")
    assert "must be an order of all variants" in line
    assert normal(" b=a<c ") == "a = b < c"


def test_variance_table() -> None:
    experiment = Experiment("grid", engine="monte_carlo", variants=("treaty",), uncertainty=Uncertainty(100))
    numbers = {
        "mean": 0.2,
        "mean_standard_error": 0.01,
        "variance": 0.004,
        "sampling_variance": 0.001,
        "parameter_variance": 0.003,
    }
    results = Results(experiment, {("treaty", *WAR, name): np.array([x]) for name, x in numbers.items()})
    got = found(results, "variance")
    assert got.rows == ((0, "treaty", *numbers.values(), 0.75),)
    told = " ".join(got.sentences)
    assert "treaty: mean 20 % ± 1.96 percentage points (95 % interval of the sampling error)." in told
    assert "75 % of the variance over draws is from the parameters, 25 % from sampling" in told
    hidden = Results(experiment, dict(results.outcomes) | {("treaty", *WAR, "parameter_variance"): np.array([-0.001])})
    assert any("sampling error hides" in s for s in found(hidden, "variance").sentences)
    assert found(hidden, "variance").rows[0][-1] == 0.0


def test_variance_is_refused_for_the_exact_engine_and_without_draws() -> None:
    assert "exact engine" in wrong(Experiment(uncertainty=Uncertainty(4)), "variance")[0]
    assert "nothing is drawn" in wrong(Experiment(engine="monte_carlo"), "variance")[0]
    assert wrong(Experiment(engine="monte_carlo", uncertainty=Uncertainty(4)), "variance") == []


def test_findings_are_written_as_a_table_and_as_text(tmp_path: Path) -> None:
    results = _over_draws({"no_treaty": LOSS[:1] / 10, "treaty": LOSS[1:] / 10})
    entry = spec("regret") | {"name": "how_bad"}
    results = replace(results, experiment=replace(results.experiment, analyses=(entry,)))
    got = analyses.findings(results)  # type: ignore[arg-type]
    files = analyses.write(tmp_path, got)
    assert [file.name for file in files] == ["how_bad.csv", "how_bad.txt"]
    with files[0].open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["variant"] for row in rows] == ["no_treaty", "treaty"]
    assert float(rows[0]["worst_regret"]) == pytest.approx(0.2)
    text = files[1].read_text(encoding="utf-8")
    assert text.startswith("Regret: the probability of war by the end of the horizon\n\n")
    assert text.endswith("\nConditional on the assumptions, not a forecast.\n")
    assert "variant    mean_regret" in text
    (tmp_path / "analyses" / "mine.csv").write_text("kept: no text beside it")
    analyses.write(tmp_path, [replace(got[0], name="other")])
    assert sorted(file.name for file in (tmp_path / "analyses").iterdir()) == ["mine.csv", "other.csv", "other.txt"]
    assert analyses.write(tmp_path / "none", []) == []
    assert not (tmp_path / "none").exists()


def test_long_tables_are_cut_in_texts_only() -> None:
    rows = tuple((n, 0.5) for n in range(100))
    text = analyses.text(Finding("many", "regret", "Title", ("point", "x"), rows, ("Said.",)))
    assert "40 more rows are in many.csv." in text


def test_every_kind_is_known_by_its_name() -> None:
    assert list(KINDS) == ["sobol", "morris", "one_at_a_time", "prim", "regret", "orderings", "variance"]
    for kind in KINDS.values():
        assert kind.keys[0].name == "name"
        assert len({key.name for key in kind.keys}) == len(kind.keys)
        assert "kind" not in {key.name for key in kind.keys}
