"""Running experiments: the numbers are those of docs/model.md, failures cost only themselves, nothing is half written."""

from __future__ import annotations

import csv
import json
import math
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from oracle import evaluate, variant_tables
from sim import study
from sim.config import InputError
from sim.figures import KINDS
from sim.study import parts, store
from study_case import EXPERIMENT, OVER_TIME, SCENARIO, changed, experiment, raw, tables_of

RATE_ONLY = """\
title = "background only"
[horizon]
years = 4
rounds_per_year = 4
[actors.a]
strategy = { kind = "always_restrain" }
[actors.b]
strategy = { kind = "always_restrain" }
[game]
gain = 3.0
exposure = 4.0
cost = 2.0
[onset]
background_rate = 0.1
[crisis]
kind = "empirical"
rungs = ["war"]
advance = []
resolve = []
"""


def results_of(folder: Path) -> study.Results:
    return study.Results.load(folder, KINDS)


def test_every_point_of_every_variant_agrees_with_the_oracle(tmp_path: Path) -> None:
    found = experiment(tmp_path)
    results = results_of(study.run(found, tmp_path).folder)

    for point in (0, 3, 5):
        for variant in found.variants:
            expected = evaluate(variant_tables(raw(), variant, found.values(point)))
            for rung in found.rungs:
                by_round = expected["escalation_probability_by_round"][rung]
                for time, rounds in ((1.0, 2), (2.0, 4), (3.0, 6), (None, 6)):
                    value = results.values(variant, "escalation_probability", rung, time)[point]
                    assert value == pytest.approx(by_round[rounds], abs=1e-12)
            assert results.values(variant, "expected_onsets")[point] == pytest.approx(expected["expected_onsets"], abs=1e-11)
            payoff = results.values(variant, "discounted_payoff", "west")[point]
            assert payoff == pytest.approx(expected["discounted_payoff"]["west"], abs=1e-11)


def test_a_swept_rate_gives_the_closed_form(tmp_path: Path) -> None:
    # one rung, background only: 1 - exp(-r t)
    text = 'title = "q"\nscenario = "quarrel.toml"\ntimes = [1, 2.1]\n[sweep.parameters]\n"onset.background_rate" = [0, 0.1, 2]\n'
    results = results_of(study.run(experiment(tmp_path, text, scenario=RATE_ONLY), tmp_path).folder)

    # at 2.1 years eight rounds of a quarter have been played
    for time, played in ((1.0, 1.0), (2.1, 2.0), (4.0, 4.0)):
        values = results.values("base", "escalation_probability", "war", time)
        assert values == pytest.approx([1 - math.exp(-r * played) for r in (0, 0.1, 2)], abs=1e-14)


def test_a_point_gives_the_same_bits_whatever_else_is_swept(tmp_path: Path) -> None:
    many = changed(EXPERIMENT, ("[0.2, 0.5]", "{ from = 0.05, to = 0.95, points = 19 }"))
    one = changed(EXPERIMENT, ("[0, 4, 8]", "[4]"), ("[0.2, 0.5]", "[0.5]"))
    wide = results_of(study.run(experiment(tmp_path, many, "many"), tmp_path).folder)
    alone = results_of(study.run(experiment(tmp_path, one, "one"), tmp_path).folder)
    point = 19 + 9  # the second value of inspections, 0.05 + 9 * 0.05

    assert wide.experiment.values(point) == alone.experiment.values(0)
    for variant in alone.experiment.variants:
        for rung in ("crisis", "war"):
            at = (variant, "escalation_probability", rung, 2.0)
            assert wide.values(*at)[point] == alone.values(*at)[0]


def test_workers_and_repetition_change_no_byte(tmp_path: Path) -> None:
    found = experiment(
        tmp_path,
        EXPERIMENT
        + OVER_TIME[OVER_TIME.index("[[figures]]") :].replace(
            'kind = "curves"',
            'kind = "curves"\nrung = "war"\npanel = "monitoring.detection"\nwhere = { "treaties.pact.inspections_per_year" = 4 }',
        ),
    )
    tables = []
    for n, workers in enumerate((1, 2, 2)):
        folder = study.run(found, tmp_path / str(n), workers=workers).folder
        tables.append(tables_of(folder))

    assert set(tables[0]) == {
        "experiment.toml", "scenario.toml", "points.parquet", "points.csv", "results.parquet", "results.csv", "paths.parquet",
        "codebook.csv", "failures.json", "begun.json",
    }  # fmt: skip
    assert tables[0] == tables[1] == tables[2]


def test_paths_hold_every_round_and_only_where_a_figure_needs_them(tmp_path: Path) -> None:
    found = experiment(tmp_path, OVER_TIME)
    results = results_of(study.run(found, tmp_path).folder)
    years, values = results.path("treaty", "war", 0)
    expected = evaluate(variant_tables(raw(), "treaty"))["escalation_probability_by_round"]["war"]

    assert years.tolist() == [0, 0.5, 1, 1.5, 2, 2.5, 3]
    assert values == pytest.approx(expected, abs=1e-12)
    assert not (study.run(experiment(tmp_path), tmp_path).folder / "paths.parquet").exists()


def test_structure_is_swept_with_labels(tmp_path: Path) -> None:
    axis = '"actors.west.strategy" = { values = [{ kind = "grim" }, { kind = "always_arm" }], labels = ["grim", "armed"] }'
    text = changed(
        EXPERIMENT,
        ('"monitoring.detection" = [0.2, 0.5]', axis),
        ('panel = "monitoring.detection"', f"panel = {axis.split()[0]}"),
    )
    found = experiment(tmp_path, text)
    folder = study.run(found, tmp_path).folder
    values = results_of(folder).values("verification", "escalation_probability", "war", 2.0)
    expected = evaluate(variant_tables(raw(), "verification", found.values(3)))["escalation_probability_by_round"]["war"][4]

    assert found.values(3)["actors.west.strategy"] == {"kind": "always_arm"}
    assert values[3] == pytest.approx(expected, abs=1e-12)
    assert pq.read_table(folder / "points.parquet")["actors_west_strategy"].to_pylist() == ["grim", "armed"] * 3


def test_events_are_swept_as_structure(tmp_path: Path) -> None:
    axis = '"events" = { values = [[], [{ year = 1, expire = ["pact"] }]], labels = ["none", "one"] }\n'
    found = experiment(tmp_path, f'title = "q"\nscenario = "quarrel.toml"\n[sweep.parameters]\n{axis}')
    values = results_of(study.run(found, tmp_path).folder).values("treaty", "escalation_probability", "war")

    for point in (0, 1):
        expected = evaluate(variant_tables(raw() | {"events": found.values(point)["events"]}, "treaty"))
        assert values[point] == pytest.approx(expected["escalation_probability"]["war"], abs=1e-12)
    assert values[0] != values[1]


def test_a_swept_horizon_leaves_out_what_lies_beyond_it(tmp_path: Path) -> None:
    text = 'title = "q"\nscenario = "quarrel.toml"\ntimes = [1, 3]\n[sweep.parameters]\n"horizon.years" = [2, 4]\n'
    results = results_of(study.run(experiment(tmp_path, text, scenario=RATE_ONLY), tmp_path).folder)
    at = ("base", "escalation_probability", "war")

    assert results.values(*at, 3.0) == pytest.approx([math.nan, 1 - math.exp(-0.3)], nan_ok=True)
    assert results.values(*at) == pytest.approx([1 - math.exp(-0.2), 1 - math.exp(-0.4)])


# ---- Monte Carlo


def test_monte_carlo_stores_errors_and_intervals_and_variants_share_their_draws(tmp_path: Path) -> None:
    text = changed(EXPERIMENT, ("times = [1]", 'times = [1]\nengine = "monte_carlo"\nreplicates = 2000\nseed = 0'))
    found = experiment(tmp_path, text)
    results = results_of(study.run(found, tmp_path).folder)
    table = pq.read_table(results.folder / "results.parquet")
    at = ("verification", "escalation_probability", "war", 2.0)
    p, error = results.values(*at), results.values(*at, statistic="standard_error")
    expected = evaluate(variant_tables(raw(), "verification", found.values(5)))["escalation_probability_by_round"]["war"][4]

    assert set(table["statistic"].to_pylist()) == {"value", "standard_error", "interval_low", "interval_high"}
    assert error == pytest.approx(np.sqrt(p * (1 - p) / 2000))
    assert np.all(results.values(*at, statistic="interval_low") < p)
    # 4.4 exact standard errors: a false alarm in 100,000
    assert abs(p[5] - expected) < 4.4 * math.sqrt(expected * (1 - expected) / 2000)
    assert json.loads((results.folder / "manifest.json").read_text())["seed"] == 0
    # with inspections at 0 verification is the treaty, draw by draw
    assert np.array_equal(results.values("treaty", *at[1:])[:2], p[:2])


def test_another_seed_gives_other_draws(tmp_path: Path) -> None:
    def of_seed(seed: int) -> np.ndarray:
        text = changed(
            OVER_TIME, ('title = "How long?"', f'title = "x"\nengine = "monte_carlo"\nreplicates = 500\nseed = {seed}')
        )
        return results_of(study.run(experiment(tmp_path, text), tmp_path).folder).path("treaty", "crisis", 0)[1]

    assert np.array_equal(of_seed(1), of_seed(1))
    assert not np.array_equal(of_seed(1), of_seed(2))


# ---- failures


def test_a_failing_point_costs_only_itself(tmp_path: Path) -> None:
    report = study.run(experiment(tmp_path, changed(EXPERIMENT, ("[0.2, 0.5]", "[0.2, 1.5]"))), tmp_path)
    results = results_of(report.folder)
    manifest = json.loads((report.folder / "manifest.json").read_text())

    assert [(f.point, f.variant) for f in report.failures] == [(n, v) for n in (1, 3, 5) for v in results.experiment.variants]
    assert all("monitoring.detection: must be in [0, 1], found 1.5" in f.reason for f in report.failures)
    told = {"reason": report.failures[0].reason, "point": 1, "variant": "no_treaty", "draw": -1}
    assert {name: manifest["failures"][0][name] for name in told} == told
    assert manifest["failures"][-1]["configuration"] == results.experiment.values(5)
    assert "traceback" not in manifest["failures"][0]
    values = results.values("verification", "escalation_probability", "war", 2.0)
    assert np.isnan(values).tolist() == [False, True] * 3
    sound = evaluate(variant_tables(raw(), "verification", results.experiment.values(4)))
    assert values[4] == pytest.approx(sound["escalation_probability_by_round"]["war"][4], abs=1e-12)


def test_a_point_that_breaks_the_engine_costs_only_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from sim.study import work

    engine = work.solve_points

    def breaking(tables, **options):
        if np.any(np.asarray(tables["monitoring"]["detection"]) == 0.5):
            raise ZeroDivisionError("somewhere deep")
        return engine(tables, **options)

    expected = results_of(study.run(experiment(tmp_path), tmp_path / "sound").folder)
    monkeypatch.setattr(work, "solve_points", breaking)
    report = study.run(experiment(tmp_path), tmp_path)
    at = ("treaty", "escalation_probability", "war", 1.0)
    found = results_of(report.folder).values(*at)

    assert {f.reason for f in report.failures} == {"ZeroDivisionError: somewhere deep"}
    assert all('raise ZeroDivisionError("somewhere deep")' in f.traceback for f in report.failures)
    assert json.loads((report.folder / "failures.json").read_text())["failures"][0]["traceback"] == report.failures[0].traceback
    assert {f.point for f in report.failures} == {1, 3, 5}
    assert found[::2].tolist() == expected.values(*at)[::2].tolist()


def test_a_failed_point_is_tried_again_and_only_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from sim.study import work

    engine = work.solve_points

    def breaking(tables, **options):
        if np.any(np.asarray(tables["monitoring"]["detection"]) == 0.5):
            raise ZeroDivisionError("for now")
        return engine(tables, **options)

    monkeypatch.setattr(work, "solve_points", breaking)
    failed = study.run(experiment(tmp_path), tmp_path)
    monkeypatch.setattr(work, "solve_points", engine)
    mended = study.run(experiment(tmp_path), tmp_path)
    whole = study.run(experiment(tmp_path), tmp_path / "whole")

    # verification has 6 points that differ, the treaty and no treaty 2 each: inspections do not reach them
    assert (failed.computed, len(failed.failures), whole.computed) == (10, 9, 10)
    assert (mended.computed, mended.failures) == (5, ())
    assert tables_of(mended.folder) == tables_of(whole.folder)


def test_where_no_point_can_be_computed_no_table_is_written(tmp_path: Path) -> None:
    found = experiment(tmp_path, changed(EXPERIMENT, ("[0.2, 0.5]", "[1.5, 2.5]")))
    told = r"all 18 runs failed, see .*\n.*point 0, variant no_treaty: .*must be in \[0, 1\], found 1.5"
    with pytest.raises(InputError, match=told):
        study.run(found, tmp_path / "results")
    failures = json.loads((tmp_path / "results" / "how_much" / "failures.json").read_text())
    assert (failures["failed"], failures["failures"][17]["configuration"]) == (18, found.values(5))

    assert [path.name for path in (tmp_path / "results" / "how_much").iterdir() if path.suffix == ".parquet"] == []
    assert not (tmp_path / "results" / "how_much" / "manifest.json").exists()


def test_a_state_space_that_is_too_large_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from sim.chain.kernels import TooLarge
    from sim.study import work

    def too_large(tables, **_):
        raise TooLarge(10**7, 10**6, [("memory.west", 400), ("treaty.pact", 5)])

    monkeypatch.setattr(work, "solve_points", too_large)
    with pytest.raises(InputError, match=r'Most of it: the memory of west \(400 values\)\. Use .*engine = "monte_carlo"'):
        study.run(experiment(tmp_path), tmp_path / "results")


# ---- whole or not at all


@pytest.mark.parametrize("stop", [KeyboardInterrupt, RuntimeError, OSError])
def test_a_run_that_is_stopped_leaves_the_older_results(tmp_path: Path, stop: type[BaseException]) -> None:
    folder = study.run(experiment(tmp_path), tmp_path / "results").folder
    before = tables_of(folder)

    def stopped(_: study.Progress) -> None:
        raise stop

    with pytest.raises(stop):
        study.run(experiment(tmp_path, changed(EXPERIMENT, ("[0, 4, 8]", "[0, 5]"))), tmp_path / "results", stopped)

    assert tables_of(folder) == before
    assert results_of(folder).values("treaty", "expected_onsets").shape == (6,)
    assert [path.name for path in (tmp_path / "results").iterdir()] == ["how_much"]


def test_a_full_disk_leaves_the_older_results(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = study.run(experiment(tmp_path), tmp_path / "results").folder
    before = tables_of(folder)
    newer = experiment(tmp_path, changed(EXPERIMENT, ("[0, 4, 8]", "[0, 5]")))

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device", "somewhere")

    for module, name in ((parts, "save"), (store, "table")):  # while computing, and while the tables are written
        with monkeypatch.context() as patch:
            patch.setattr(module, name, full)
            with pytest.raises(OSError, match="No space left"):
                study.run(newer, tmp_path / "results")
        assert tables_of(folder) == before
        assert results_of(folder).values("treaty", "expected_onsets").shape == (6,)

    assert study.run(newer, tmp_path / "results").computed == 0  # all of it was kept, but for what the tables say


def test_a_folder_that_holds_no_results_is_not_replaced(tmp_path: Path) -> None:
    (tmp_path / "how_much").mkdir()
    (tmp_path / "how_much" / "thesis.tex").write_text("years of work")
    with pytest.raises(InputError, match="is there already and holds no results"):
        study.run(experiment(tmp_path), tmp_path)

    assert (tmp_path / "how_much" / "thesis.tex").read_text() == "years of work"


def test_progress_counts_every_run_that_is_computed(tmp_path: Path) -> None:
    told: list[study.Progress] = []
    study.run(experiment(tmp_path), tmp_path, told.append, chunk=1)
    computing = [p for p in told if p.phase == "computing"]

    assert [(p.done, p.total) for p in computing] == [(n, 10) for n in range(1, 11)]
    assert computing[-1].left == 0
    assert computing[4].rate == pytest.approx(5 / computing[4].seconds, rel=0.2)
    assert [p.phase for p in told] == ["computing"] * 10 + ["writing"]


def test_the_tables_are_tidy(tmp_path: Path) -> None:
    folder = study.run(experiment(tmp_path), tmp_path).folder
    table = pq.read_table(folder / "results.parquet")
    with (folder / "results.csv").open(newline="") as file:
        rows = list(csv.reader(file))

    assert rows[0] == table.column_names == ["point", "variant", "outcome", "key", "time", "statistic", "value"]
    # 6 points x 3 variants x (2 rungs x 3 times + onsets + 2 payoffs)
    assert len(rows) - 1 == table.num_rows == 6 * 3 * 9
    assert [float(row[-1]) for row in rows[1:]] == table["value"].to_pylist()
    assert [int(row[0]) for row in rows[1:]] == sorted(table["point"].to_pylist())
    assert len({tuple(row[:-1]) for row in rows}) == len(rows)


def test_a_manifest_says_where_the_numbers_come_from(tmp_path: Path) -> None:
    folder = study.run(experiment(tmp_path), tmp_path).folder
    manifest = json.loads((folder / "manifest.json").read_text())

    assert {**manifest["inputs"], **manifest["outputs"]} == {
        name: store.provenance.digest_of(folder / name) for name in tables_of(folder) if name != "begun.json"
    }
    assert manifest["parts"] == {
        str(path.relative_to(folder)): store.provenance.digest_of(path) for path in (folder / "parts").glob("*.parquet")
    }
    assert {"python", "numpy", "scipy", "pyarrow"} <= set(manifest["versions"])
    assert (manifest["schema_version"], manifest["points"], manifest["runs"], manifest["failures"]) == (2, 6, 18, [])
    assert manifest["started"] <= manifest["finished"]
    assert manifest["states"]["verification"] > manifest["states"]["no_treaty"]


def test_results_stand_alone(tmp_path: Path) -> None:
    folder = study.run(experiment(tmp_path), tmp_path / "results").folder
    for name in ("quarrel.toml", "how_much.toml"):
        (tmp_path / name).unlink()
    moved = folder.rename(tmp_path / "moved")

    assert (moved / "scenario.toml").read_text() == SCENARIO
    assert (moved / "experiment.toml").read_text() == changed(EXPERIMENT, ("quarrel.toml", "scenario.toml"))
    assert results_of(moved).values("treaty", "expected_onsets").shape == (6,)


def test_a_codebook_explains_every_column(tmp_path: Path) -> None:
    folder = study.run(experiment(tmp_path), tmp_path).folder
    with (folder / "codebook.csv").open(newline="") as file:
        book = {(row["file"], row["name"]): row for row in csv.DictReader(file)}
    columns = [
        (f"{name}.csv", c) for name in ("results", "points") for c in pq.read_table(folder / f"{name}.parquet").column_names
    ]

    assert set(columns) == set(book)
    inspections = book["points.csv", "pact_inspections_per_year"]
    assert inspections["path"] == "treaties.pact.inspections_per_year"
    assert (inspections["unit"], inspections["allowed"]) == ("inspections per year", ">= 0")
    assert all(row["label"] for row in book.values())


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda folder: (folder / "manifest.json").unlink(), "holds no complete results: manifest.json is missing"),
        (lambda folder: (folder / "manifest.json").write_text("{"), "is no manifest of results"),
        (lambda folder: (folder / "manifest.json").write_text("[]"), "is no manifest of results"),
        (lambda folder: folder.rename(folder.with_name("elsewhere")), "no such results"),
    ],
    ids=["missing", "truncated", "foreign", "moved"],
)
def test_damaged_results_are_refused(tmp_path: Path, damage, message: str) -> None:
    folder = study.run(experiment(tmp_path), tmp_path).folder
    damage(folder)

    with pytest.raises(InputError, match=message):
        results_of(folder)


def test_results_of_another_question_are_refused(tmp_path: Path) -> None:
    folder = study.run(experiment(tmp_path), tmp_path).folder
    newer = experiment(tmp_path, changed(EXPERIMENT, ("[0, 4, 8]", "[0, 4, 9]"), ("at_years = 2", "at_years = 1.5")))

    with pytest.raises(InputError, match="holds the results of another question: times, axes changed since"):
        study.Results.load(folder, KINDS, newer)


def test_a_run_is_one_point_of_one_variant(tmp_path: Path) -> None:
    report = study.run(experiment(tmp_path), tmp_path)

    assert (report.points, report.runs, report.folder) == (6, 18, tmp_path / "how_much")
