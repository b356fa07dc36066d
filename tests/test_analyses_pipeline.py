"""Analyses of experiments that were read from a file, run and stored."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

import study_case
from sim import figures, study
from sim.cli.analyse import analyse_command
from sim.study.analyses import findings, one_at_a_time

UNCERTAIN = """\
[uncertain]
"monitoring.detection" = { distribution = "uniform", low = 0.2, high = 0.8, basis = "judgement" }
"game.cost" = { distribution = "triangular", low = 1.0, mode = 2.0, high = 2.9, basis = "judgement" }
"""
HEAD = 'title = "How much?"\nscenario = "quarrel.toml"\n'
DRAWN = (
    HEAD
    + """\
[uncertainty]
draws = 16
[[analyses]]
name = "how_bad"
kind = "regret"
at_years = 2
[[analyses]]
name = "order"
kind = "orderings"
ordering = "verification < treaty < no_treaty"
"""
)
SWEPT = (
    HEAD
    + """\
[sweep]
design = "DESIGN"
uncertain = true
MORE
[[analyses]]
name = "found"
kind = "KIND"
y = "difference"
baseline = "no_treaty"
rung = "crisis"
at_years = 1
"""
)


def swept(design: str, kind: str, more: str = "") -> str:
    """An experiment that sweeps all prior ranges."""
    return SWEPT.replace("DESIGN", design).replace("KIND", kind).replace("MORE", more)


def ran(folder: Path, text: str) -> study.Results:
    """The results of an experiment."""
    experiment = study_case.experiment(folder, text, scenario=study_case.SCENARIO + UNCERTAIN)
    study.run(experiment, folder / "results", workers=1)
    return study.Results.load(folder / "results" / "how_much", figures.KINDS, experiment)


def test_regret_and_orderings_of_stored_draws(tmp_path: Path) -> None:
    results = ran(tmp_path, DRAWN)
    regret, order = findings(results)
    war = np.stack([results.by_draw(v, "escalation_probability", "war", 2)[0] for v in ("no_treaty", "treaty", "verification")])
    assert war.shape == (3, 16)
    assert np.isfinite(war).all()
    assert [row[4] for row in regret.rows] == pytest.approx((war - war.min(axis=0)).max(axis=1).tolist())
    last = np.stack([results.by_draw(v, "escalation_probability", "war")[0] for v in ("no_treaty", "treaty", "verification")])
    share = float(((last[2] < last[1]) & (last[1] < last[0])).mean())
    assert {row[1]: row[3] for row in order.rows}["verification < treaty < no_treaty"] == pytest.approx(share)


def test_a_tornado_of_stored_differences_is_that_of_single_runs(tmp_path: Path) -> None:
    results = ran(tmp_path, swept("one_at_a_time", "one_at_a_time"))
    (found,) = findings(results)
    assert found.columns == one_at_a_time.COLUMNS
    assert {(row[0], row[1]) for row in found.rows} == {
        (variant, path) for variant in ("treaty", "verification") for path in ("monitoring.detection", "game.cost")
    }
    row = next(row for row in found.rows if row[:2] == ("treaty", "monitoring.detection"))
    assert row[2:5] == pytest.approx((0.23, 0.5, 0.77))  # 0.2 + 0.6 * 0.05 and 0.2 + 0.6 * 0.95
    single = f'times = [1]\n[sweep.parameters]\n"monitoring.detection" = [{row[2]!r}, 0.5, {row[4]!r}]\n'
    (tmp_path / "one").mkdir()
    other = ran(tmp_path / "one", HEAD + single)
    crisis = [other.values(v, "escalation_probability", "crisis", 1) for v in ("treaty", "no_treaty")]
    assert row[5:8] == pytest.approx((crisis[0] - crisis[1]).tolist(), abs=1e-12)


@pytest.mark.parametrize("design, kind", [("saltelli", "sobol"), ("morris", "morris")])
def test_designs_of_the_reader_are_those_that_the_methods_want(tmp_path: Path, design: str, kind: str) -> None:
    results = ran(tmp_path, swept(design, kind, "samples = 8" + ("\nsecond_order = true" if kind == "sobol" else "")))
    (found,) = findings(results)
    assert len(found.rows) == 4
    assert all(isinstance(x, float) and np.isfinite(x) for row in found.rows for x in row[2:])
    assert not any("run the sweep again" in s for s in found.sentences)


@pytest.mark.parametrize("kind, fits", [("sobol", "saltelli"), ("morris", "morris"), ("one_at_a_time", "one_at_a_time")])
def test_a_design_that_does_not_fit_is_refused_when_the_file_is_read(tmp_path: Path, kind: str, fits: str) -> None:
    text = study_case.changed(
        swept("grid", kind), ("uncertain = true\n", ""), ("[[an", '[sweep.parameters]\n"game.cost" = [1, 2]\n[[an')
    )
    (line,) = study_case.refused(tmp_path, text)
    assert "how_much.toml" in line
    assert f'{kind} does not fit the design "grid"' in line
    assert f'design = "{fits}"' in line


def test_sim_analyse_prints_what_is_found(tmp_path: Path) -> None:
    results = ran(tmp_path, DRAWN)
    (found, _) = findings(results)
    asked = [str(tmp_path / "how_much.toml"), "--results", str(tmp_path / "results")]
    done = CliRunner().invoke(analyse_command, asked, catch_exceptions=False)
    assert done.exit_code == 0
    assert done.output.startswith("Regret: the probability of war within 2 years\n")
    assert done.output.count("Conditional on the assumptions, not a forecast.") == 2
    for sentence in found.sentences:
        assert sentence in done.output
    done = CliRunner().invoke(analyse_command, [*asked, "--json"], catch_exceptions=False)
    told = json.loads(done.output)
    assert told["note"] == "Conditional on the assumptions, not a forecast."
    assert [one["name"] for one in told["findings"]] == ["how_bad", "order"]
    assert told["findings"][0]["rows"][0] == dict(zip(found.columns, found.rows[0], strict=True))


def test_sim_analyse_says_where_there_is_nothing_to_analyse(tmp_path: Path) -> None:
    study_case.experiment(tmp_path, HEAD)
    with pytest.raises(study_case.InputError, match="asks for no analysis"):
        CliRunner().invoke(analyse_command, [str(tmp_path / "how_much.toml")], catch_exceptions=False)
    study_case.experiment(tmp_path, DRAWN, scenario=study_case.SCENARIO + UNCERTAIN)
    with pytest.raises(study_case.InputError, match="no such results"):
        CliRunner().invoke(analyse_command, [str(tmp_path / "how_much.toml"), "--results", str(tmp_path)], catch_exceptions=False)
