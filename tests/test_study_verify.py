"""Verifying results: sound ones are found sound, and every way to tamper with them is found."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner

from sim import figures, study
from sim.cli.verify import verify_command
from sim.config import InputError
from sim.figures import KINDS
from sim.study import parts, provenance
from sim.study.recompute import choose
from sim.study.runs import Runs
from sim.study.verify import Verdict, verify
from sim.study.work import Done
from stored_cases import CASES, DRAWN, UNCERTAIN, one_byte_changed, retold, rewritten, stored
from study_case import EXPERIMENT, SCENARIO, changed, contents, experiment


def checked(folder: Path, **options) -> Verdict:
    return verify(folder, KINDS, **options)


def command(*arguments: object):
    return CliRunner().invoke(verify_command, [str(argument) for argument in arguments])


def part_changed(folder: Path, variant: str) -> None:
    """Adds 1e-6 to the first number of a part of a variant, and hides it: new name, new digests."""
    runs = Runs(study.Results.load(folder, KINDS).experiment)
    wanted = runs.keys(variant, 0, runs.points).ravel()
    for path in sorted((folder / "parts").glob("*.parquet")):
        keys, part = parts.keys_of(path), parts.read(path)
        if keys[0] in wanted:
            values = part.values.copy()
            values[0, 0] += 1e-6
            name, data = parts.encoded(Done(keys, values, part.labels, 0, ()))
            path.unlink()
            parts.save(folder / "parts", name, data)
            retold(folder, "parts", f"parts/{name}", f"parts/{path.name}")
            return
    raise AssertionError(f"{variant} has no part of its own")


@pytest.mark.parametrize("text", list(CASES.values()), ids=list(CASES))
def test_what_was_stored_is_computed_again_to_the_bit(tmp_path: Path, text: str) -> None:
    folder = stored(tmp_path, text)
    figures.draw(folder)
    before = contents(folder)
    found = checked(folder, share=1.0)
    runs = Runs(study.Results.load(folder, KINDS).experiment)

    assert found.sound
    assert (found.wrong, found.different, found.versions) == ([], 0, {})
    assert found.runs == found.total == runs.total
    assert found.identical == found.numbers > 0
    names = [f"{name}.parquet" for name in ("results", "paths", "by_draw", "orderings") if (folder / f"{name}.parquet").exists()]
    assert (
        found.rows >= sum(pq.read_metadata(folder / name).num_rows for name in names) > 0
    )  # orderings have several numbers a row
    assert found.points == runs.points
    # everything but what says which files there are
    assert found.files == len(before) - len({"manifest.json", "begun.json", ".lock", "figures/figures.json"})
    assert contents(folder) == before


def test_it_works_where_the_folder_was_moved_to(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = stored(tmp_path)
    shutil.move(folder, tmp_path / "elsewhere")
    (tmp_path / "quarrel.toml").unlink()
    monkeypatch.chdir(tmp_path / "results")

    assert checked(tmp_path / "elsewhere").sound


def test_a_share_is_chosen_by_the_seed(tmp_path: Path) -> None:
    runs = Runs(study.Results.load(stored(tmp_path, DRAWN), KINDS).experiment)  # 6 points, 5 draws with none, 3 variants: 90 runs

    def told(share: float, seed: int) -> list[tuple]:
        found = choose(runs, share, seed)
        return [(one.variant, int(p), int(d)) for one in found for p, d in zip(one.points, one.draws, strict=True)]

    assert len(told(0.05, 0)) == 10  # at least ten
    assert len(told(0.301, 0)) == 28  # 27.09, rounded up
    assert told(0.3, 0) == told(0.3, 0) != told(0.3, 1)
    assert sorted(told(1.0, 5)) == sorted((v, p, d) for v in runs.experiment.variants for p in range(6) for d in range(-1, 4))
    one = choose(runs, 0.3, 2)[2]
    expected = [runs.keys("verification", int(p), int(p) + 1)[0, d + 1] for p, d in zip(one.points, one.draws, strict=True)]
    assert one.keys.tolist() == [key.item() for key in expected]
    times = np.bincount([told(0.3, seed).count(("treaty", 0, -1)) for seed in range(200)])
    assert 40 <= times[1] <= 80  # binomial with n 200, p 0.3: within three standard deviations of 60


@pytest.mark.parametrize("name", ["results.parquet", "points.parquet", "results.csv", "experiment.toml", "scenario.toml"])
def test_one_changed_byte_is_found(tmp_path: Path, name: str) -> None:
    folder = stored(tmp_path)
    one_byte_changed(folder / name)
    found = checked(folder)

    assert not found.sound
    assert f"{name} was changed or is damaged" in found.wrong


def test_one_changed_byte_in_a_part_is_found_and_its_runs_are_missed(tmp_path: Path) -> None:
    folder = stored(tmp_path)
    path = max((folder / "parts").glob("*.parquet"), key=lambda path: path.stat().st_size)
    one_byte_changed(path)
    before = contents(folder)
    found = checked(folder, share=1.0)

    assert found.wrong == [f"parts/{path.name} was changed or is damaged"]
    assert any(d.label == "its numbers are in no part that is whole" for d in found.differences)
    assert contents(folder) == before  # it is not set aside


def test_missing_files_are_named(tmp_path: Path) -> None:
    folder = stored(tmp_path)
    figures.draw(folder)
    (folder / "points.csv").unlink()
    (folder / "figures" / "by_inspections.png").unlink()
    (folder / "figures" / "by_inspections.csv").write_text("0\n", encoding="utf-8")

    assert checked(folder).wrong == [
        "points.csv is missing",
        "figures/by_inspections.png is missing",
        "figures/by_inspections.csv was changed or is damaged",
    ]


def test_a_changed_scenario_is_not_computed_for_what_was_asked(tmp_path: Path) -> None:
    folder = stored(tmp_path)
    path = folder / "scenario.toml"
    path.write_text(changed(path.read_text(encoding="utf-8"), ("detection = 0.5", "detection = 0.6")), encoding="utf-8")
    retold(folder, "inputs", "scenario.toml")
    found = checked(folder)

    assert (found.runs, found.sound) == (0, False)
    assert len(found.wrong) == 1
    assert "nothing can be computed anew" in found.wrong[0]
    assert "scenario changed since" in found.wrong[0]


def test_a_number_changed_in_the_table_does_not_follow_from_the_parts(tmp_path: Path) -> None:
    folder = stored(tmp_path, DRAWN)
    rewritten(folder / "results.parquet", "value", lambda values: [x + 1e-6 * (n == 40) for n, x in enumerate(values)])
    row = pq.read_table(folder / "results.parquet").to_pylist()[40]
    retold(folder, "outputs", "results.parquet")  # so that the digest says nothing
    found = checked(folder, share=1.0)

    assert (found.wrong, found.different, found.sound) == ([], 1, False)
    only = found.differences[0]
    assert (only.place, only.point, only.variant) == ("results.parquet", row["point"], row["variant"])
    assert only.label == " ".join(str(row[c]) for c in ("outcome", "key", "time", "statistic") if row[c] != "").replace(
        ".0 ", " "
    )
    assert only.stored == row["value"]
    assert only.now == pytest.approx(row["value"] - 1e-6, abs=1e-12)


@pytest.mark.parametrize("table", ["by_draw", "orderings"])
def test_rows_left_out_of_the_other_tables_are_missed(tmp_path: Path, table: str) -> None:
    folder = stored(tmp_path, DRAWN)
    path = folder / f"{table}.parquet"
    whole = pq.read_table(path)
    pq.write_table(whole.slice(1), path)
    retold(folder, "outputs", path.name)
    found = checked(folder, share=1.0)

    assert {d.place for d in found.differences} == {path.name}
    assert all(np.isnan(d.stored) and not np.isnan(d.now) for d in found.differences)
    assert found.different == (1 if table == "by_draw" else 4)  # an ordering has draws, share and two ends of an interval


def test_a_draw_changed_in_its_table_is_found(tmp_path: Path) -> None:
    folder = stored(tmp_path, DRAWN)
    rewritten(folder / "drawn.parquet", "onset_arming_rate", lambda values: [values[0] + 1e-9, *values[1:]])
    retold(folder, "outputs", "drawn.parquet")

    assert checked(folder).wrong == ["drawn.parquet is not what the experiment says"]


@pytest.mark.parametrize("case", ["drawn", "simulated"])
def test_a_number_changed_in_a_part_is_not_what_is_computed(tmp_path: Path, case: str) -> None:
    folder = stored(tmp_path, CASES[case])
    part_changed(folder, "verification")
    found = checked(folder, share=1.0)
    places = [d.place for d in found.differences]

    assert found.wrong == []
    assert places.count("parts") == 1
    at = found.differences[places.index("parts")]
    assert at.variant == "verification"
    assert at.label == "escalation_probability crisis 1 value"
    assert at.stored - at.now == pytest.approx(1e-6)
    assert set(places) > {"parts"}  # nor does the table follow from the part any more


def test_a_number_off_in_the_last_digits_agrees_and_is_told(tmp_path: Path) -> None:
    folder = stored(tmp_path)
    path = sorted((folder / "parts").glob("*.parquet"))[0]
    keys, part = parts.keys_of(path), parts.read(path)
    values = np.nextafter(part.values, 1.0)
    name, data = parts.encoded(Done(keys, values, part.labels, 0, ()))
    path.unlink()
    parts.save(folder / "parts", name, data)
    retold(folder, "parts", f"parts/{name}", f"parts/{path.name}")
    found = checked(folder, share=1.0)

    assert found.sound
    assert 0 < found.close == found.numbers - found.identical


def test_runs_that_failed_then_must_fail_now(tmp_path: Path) -> None:
    folder = stored(tmp_path, changed(EXPERIMENT, ("[0.2, 0.5]", "[0.2, 1.5]")))
    assert checked(folder, share=1.0).sound
    path = folder / "failures.json"
    path.write_text('{"failed": 0, "failures": []}', encoding="utf-8")
    retold(folder, "outputs", "failures.json")

    assert checked(folder, share=1.0).different == 9  # three points of three variants


def test_results_of_older_versions_are_found_and_the_versions_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    older = {"program": "00112233445566778899", "numpy": "1.0", "scipy": "1.0", "numba": "0.1"}
    now = provenance.versions()
    with monkeypatch.context() as past:
        past.setattr(provenance, "engine", lambda: older)
        past.setattr(provenance, "versions", lambda: {**now, **older, provenance.DISTRIBUTION: "0.0.1", "long gone": "1"})
        found = experiment(tmp_path, DRAWN, scenario=SCENARIO + UNCERTAIN)
        folder = study.run(found, tmp_path, workers=1).folder
    found = checked(folder, share=1.0)

    assert found.sound
    assert found.identical == found.numbers > 0
    assert found.versions["numpy"] == ("1.0", now["numpy"])
    assert found.versions["long gone"] == ("1", None)
    assert found.versions["what computes"] == ("001122334455", provenance.engine()["program"][:12])
    assert found.rows > 0


def test_parts_that_another_program_addresses_are_told(tmp_path: Path) -> None:
    folder = stored(tmp_path)
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    manifest["addressed_by"]["scipy"] = "0.1"
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    found = checked(folder)

    assert len(found.wrong) == 1
    assert "nothing can be compared: the parts are addressed by another program" in found.wrong[0]


def test_workers_change_nothing_of_what_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from sim.study import recompute

    folder = stored(tmp_path, DRAWN)
    alone = checked(folder, share=0.5, workers=1)
    monkeypatch.setattr(recompute, "PATIENCE", 0.0)

    assert checked(folder, share=0.5, workers=2) == alone


def test_what_holds_no_results_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such results"):
        checked(tmp_path / "nowhere")


# ---- the command


def test_the_command_says_what_it_did(tmp_path: Path) -> None:
    folder = stored(tmp_path, DRAWN)
    by_path = command(folder)
    by_name = command("how_much", "--results", tmp_path / "results")

    assert by_path.exit_code == by_name.exit_code == 0
    assert by_path.stdout == by_name.stdout
    lines = by_path.stdout.splitlines()
    assert lines[0] == f"{folder}: sound"
    assert "10 of 90 runs computed again, 90 numbers: 90 identical" in lines[2]


def test_the_command_fails_where_something_is_wrong(tmp_path: Path) -> None:
    good, bad = stored(tmp_path), stored(tmp_path, name="bad")
    part_changed(bad, "verification")
    done = command(good, bad, "--share", 1)
    told = json.loads(command(good, bad, "--share", 1, "--json").stdout)

    assert done.exit_code == 1
    assert f"{good}: sound" in done.stdout
    assert f"{bad}: NOT SOUND" in done.stdout
    assert "variant verification: escalation_probability crisis 1 value: stored 0." in done.stdout
    assert [one["sound"] for one in told] == [True, False]
    assert told[1]["differences"][0]["variant"] == "verification"


def test_a_folder_without_results_is_wrong_input(tmp_path: Path) -> None:
    done = command("nowhere", "--results", tmp_path)

    assert isinstance(done.exception, InputError)
