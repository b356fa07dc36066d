"""Stored results, read back: what comes out is what the tables hold, in the shapes that are promised."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

import sim
from oracle import evaluate, variant_tables
from sim import study
from sim.config import InputError
from sim.figures import KINDS
from stored_cases import CASES, DRAWN, one_byte_changed, stored
from study_case import EXPERIMENT, changed, raw

AXIS = '"actors.west.strategy" = { values = [{ kind = "grim" }, { kind = "always_arm" }], labels = ["grim", "armed"] }'


def rows(folder: Path, table: str = "results") -> list[dict]:
    return pq.read_table(folder / f"{table}.parquet").to_pylist()


def refusal(folder: Path) -> str:
    with pytest.raises(InputError) as caught:
        study.Results.load(folder, KINDS)
    return str(caught.value).replace(f"{folder}", "FOLDER")


def test_values_are_those_of_the_table_and_of_the_model(tmp_path: Path) -> None:
    results = study.Results.load(stored(tmp_path), KINDS)
    told = [r for r in rows(results.folder) if r["variant"] == "treaty" and r["key"] == "war" and r["time"] == 2.0]

    values = results.values("treaty", "escalation_probability", "war", 2.0)
    assert values.tolist() == [r["value"] for r in sorted(told, key=lambda r: r["point"])]
    expected = evaluate(variant_tables(raw(), "treaty", results.experiment.values(3)))
    assert values[3] == pytest.approx(expected["escalation_probability_by_round"]["war"][4], abs=1e-12)  # two rounds a year
    at_the_end = results.values("treaty", "escalation_probability", "war")
    assert at_the_end[3] == pytest.approx(expected["escalation_probability_by_round"]["war"][-1], abs=1e-12)


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (("treat", "escalation_probability", "war"), 'stores no such variant, found "treat". Did you mean treaty?'),
        (("treaty", "escalation", "war"), "stores no such outcome"),
        (("treaty", "escalation_probability", "wars"), 'stores no such key, found "wars". Did you mean war?'),
        (
            ("treaty", "escalation_probability", "war", 1.7),
            "stores nothing at this time, found 1.7. Stored are the years 1, 2, 3",
        ),
        (("treaty", "escalation_probability", "war", None, "median"), "stores no such statistic"),
    ],
)
def test_what_is_not_stored_is_refused_and_not_told_as_nan(tmp_path: Path, asked: tuple, said: str) -> None:
    results = study.Results.load(stored(tmp_path))
    with pytest.raises(InputError) as error:
        results.values(*asked)

    assert said in str(error.value)
    if len(asked) == 3:
        with pytest.raises(InputError):
            results.by_draw(*asked)


def test_a_failed_point_is_nan(tmp_path: Path) -> None:
    results = study.Results.load(stored(tmp_path, changed(EXPERIMENT, ("[0.2, 0.5]", "[0.2, 1.5]"))), KINDS)

    assert np.isnan(results.values("treaty", "expected_onsets")).tolist() == [False, True] * 3


def test_draws_come_point_by_draw(tmp_path: Path) -> None:
    results = study.Results.load(stored(tmp_path, DRAWN), KINDS)
    found = results.by_draw("verification", "escalation_probability", "war", 1.0)

    assert found.shape == (6, 4)
    expected = evaluate(variant_tables(raw(), "verification", results.experiment.values(2, 3)))
    assert found[2, 3] == pytest.approx(expected["escalation_probability_by_round"]["war"][2], abs=1e-12)
    assert results.values("verification", "escalation_probability", "war", 1.0, "mean") == pytest.approx(found.mean(axis=1))
    assert list(results.drawn) == ["monitoring.false_alarm", "onset.arming_rate"]
    table = pq.read_table(results.folder / "drawn.parquet")
    assert results.drawn["onset.arming_rate"].tolist() == table["onset_arming_rate"].to_pylist()
    assert ((results.drawn["onset.arming_rate"] >= 0.1) & (results.drawn["onset.arming_rate"] <= 0.6)).all()


def test_without_draws_there_are_none(tmp_path: Path) -> None:
    results = study.Results.load(stored(tmp_path), KINDS)

    assert results.by_draw("treaty", "expected_onsets").shape == (6, 0)
    assert results.drawn == {}
    assert results.orderings() == {}


def test_orderings_are_shares_of_the_draws(tmp_path: Path) -> None:
    results = study.Results.load(stored(tmp_path, DRAWN), KINDS)
    found = results.orderings()
    at = [n for n in range(len(found["point"])) if (found["point"][n], found["key"][n], found["time"][n]) == (2, "war", 1.0)]
    drawn = {v: results.by_draw(v, "escalation_probability", "war", 1.0)[2] for v in ("treaty", "verification")}

    assert set(found["draws"]) == {4}
    assert sum(found["share"][at]) == pytest.approx(1.0)
    ahead = [n for n in at if found["ordering"][n].index("treaty") < found["ordering"][n].index("verification")]
    below = np.mean(drawn["treaty"] < drawn["verification"] * (1 - 1e-9))
    tied = [n for n in ahead if "treaty = verification" in found["ordering"][n].replace("no_treaty", "")]
    assert sum(found["share"][[n for n in ahead if n not in tied]]) == pytest.approx(below)


def test_paths_hold_every_round_and_are_missed_with_a_reason(tmp_path: Path) -> None:
    results = study.Results.load(stored(tmp_path, CASES["over_time"], "over_time"), KINDS)
    years, values = results.path("treaty", "war", 0)

    assert years.tolist() == [0, 0.5, 1, 1.5, 2, 2.5, 3]
    assert values[-1] == results.values("treaty", "escalation_probability", "war")[0]
    assert len(results.path("treaty", "war", 0, "quantile_0.05")[1]) == 7
    with pytest.raises(InputError, match=r"holds no outcomes after every round: paths\.parquet is not there"):
        study.Results.load(stored(tmp_path), KINDS).path("treaty", "war", 0)


def test_inputs_are_numbers_or_which_of_the_values(tmp_path: Path) -> None:
    text = changed(
        EXPERIMENT,
        ('"monitoring.detection" = [0.2, 0.5]', AXIS),
        ('panel = "monitoring.detection"', f"panel = {AXIS.split()[0]}"),
    )
    inputs = study.Results.load(stored(tmp_path, text), KINDS).inputs

    assert inputs["treaties.pact.inspections_per_year"].tolist() == [0, 0, 4, 4, 8, 8]
    assert inputs["actors.west.strategy"].tolist() == [0, 1] * 3


# ---- for other libraries


def test_the_frame_has_what_is_swept_beside_each_row(tmp_path: Path) -> None:
    results = study.Results.load(stored(tmp_path, DRAWN))
    frame = results.frame()
    points = results.experiment.index

    assert len(frame) == len(rows(results.folder))
    assert {"pact_inspections_per_year", "monitoring_detection"} < set(frame.columns)
    assert frame["pact_inspections_per_year"].tolist() == [[0, 4, 8][points[p, 0]] for p in frame["point"]]
    assert frame["monitoring_detection"].tolist() == [[0.2, 0.5][points[p, 1]] for p in frame["point"]]


@pytest.mark.parametrize("case", ["plain", "drawn", "simulated"])
def test_the_dataset_holds_every_row_of_the_table_and_no_other_number(tmp_path: Path, case: str) -> None:
    results = study.Results.load(stored(tmp_path, CASES[case]))
    dataset = results.xarray()
    table = rows(results.folder)

    assert dataset["variant"].values.tolist() == list(results.experiment.variants)
    assert dataset["escalation_probability_key"].values.tolist() == ["crisis", "war"]
    assert dataset["monitoring_detection"].values.tolist() == [0.2, 0.5] * 3
    for row in table:
        name = row["outcome"]
        place = {
            "point": row["point"],
            "variant": row["variant"],
            f"{name}_time": row["time"],
            f"{name}_statistic": row["statistic"],
        }
        if row["key"]:
            place[f"{name}_key"] = row["key"]
        assert float(dataset[name].sel(place)) == row["value"]
    assert sum(int(dataset[name].notnull().sum()) for name in dataset.data_vars) == len(table)


def test_a_point_that_failed_is_nan_in_the_dataset(tmp_path: Path) -> None:
    text = changed(EXPERIMENT, ("[0.2, 0.5]", "[0.2, 1.5]"))
    dataset = study.Results.load(stored(tmp_path, text)).xarray()

    assert dataset["monitoring_detection"].values.tolist() == [0.2, 1.5] * 3
    assert dataset["expected_onsets"].isel(point=1).isnull().all()
    assert dataset["expected_onsets"].isel(point=0).notnull().all()


# ---- what is no such folder


def test_results_are_loaded_where_they_were_moved_to(tmp_path: Path) -> None:
    folder = stored(tmp_path)
    elsewhere = tmp_path / "elsewhere" / "older"
    shutil.copytree(folder, elsewhere)
    shutil.rmtree(folder)
    results = study.Results.load(str(elsewhere), KINDS)

    results.intact()
    assert results.values("treaty", "expected_onsets").shape == (6,)


def test_other_folders_are_refused(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    odd, older, stopped = stored(tmp_path, name="odd"), stored(tmp_path, name="older"), stored(tmp_path, name="stopped")
    (odd / "manifest.json").write_text("[]", encoding="utf-8")
    manifest = json.loads((older / "manifest.json").read_text(encoding="utf-8"))
    (older / "manifest.json").write_text(json.dumps({**manifest, "schema_version": 1}), encoding="utf-8")
    (stopped / "manifest.json").unlink()

    assert refusal(tmp_path / "nowhere") == "FOLDER: no such results. `sim run nowhere` computes them."
    assert refusal(tmp_path / "empty") == "FOLDER: holds no complete results: manifest.json is missing"
    assert refusal(odd) == "FOLDER/manifest.json: is no manifest of results"
    assert "must have schema_version 2, found 1" in refusal(older)
    assert "The run was stopped: `sim run stopped` goes on with it." in refusal(stopped)


def test_a_changed_byte_is_noticed_before_anything_is_drawn(tmp_path: Path) -> None:
    results = study.Results.load(stored(tmp_path))
    results.intact()
    one_byte_changed(results.folder / "results.parquet")

    with pytest.raises(InputError, match=r"results\.parquet: was changed or is damaged"):
        results.intact()
    (results.folder / "points.csv").write_text("saved again by an office program")  # no figure reads it
    (results.folder / "points.parquet").unlink()
    one_byte_changed(results.folder / "results.parquet")  # the same bit: as it was
    with pytest.raises(InputError, match=r"points\.parquet: is missing"):
        results.intact()


@pytest.mark.parametrize("kinds", [None, KINDS])
@pytest.mark.parametrize("text", list(CASES.values()), ids=list(CASES))
def test_another_question_is_refused_whether_or_not_figures_are_looked_at(tmp_path: Path, text: str, kinds) -> None:
    folder = stored(tmp_path, text)
    assert study.Results.load(folder, kinds).folder == folder
    path = folder / "scenario.toml"
    path.write_text(changed(path.read_text(encoding="utf-8"), ("detection = 0.5", "detection = 0.6")), encoding="utf-8")

    with pytest.raises(InputError, match="holds the results of another question: scenario changed since"):
        study.Results.load(folder, kinds)


# ---- public names


def test_public_names_are_found_and_importing_them_is_put_off() -> None:
    code = (
        "import sys, sim; assert not any(m.startswith('sim.') or m == 'numpy' for m in sys.modules); print(sim.Results.__name__)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "Results"
    assert sim.Results is study.Results
    assert sim.run is study.run
    assert {"Results", "run", "read_experiment", "read_scenario", "__version__"} <= set(dir(sim))
    assert sim.read_scenario.__name__ == "read_scenario"
    with pytest.raises(AttributeError, match="module 'sim' has no attribute 'nonsense'"):
        sim.nonsense  # noqa: B018
