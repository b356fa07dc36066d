"""Shards: shares of a run, computed apart and put together by `sim merge`, give the bytes of a run that was not shared."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from cli_text import done, refused, sim
from sim.study import finish, parts, store, work
from study_case import EXPERIMENT, changed, contents, experiment, tables_of

MANY = changed(EXPERIMENT, ("[0, 4, 8]", "{ from = 0, to = 8, points = 9 }"))
"""18 points in 3 variants: 22 runs, as inspections reach neither `no_treaty` nor `treaty`, which has its own: 2 + 2 + 18."""
FAILING = changed(EXPERIMENT, ("[0.2, 0.5]", "[0.2, 0.5, 1.5]"))
"""A third of the points fail: a probability of 1.5."""


@pytest.fixture(autouse=True)
def _in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def ran(*arguments: object) -> dict[str, Any]:
    """What `sim run` says when it is done."""
    events = [json.loads(line) for line in done("run", "how_much.toml", *arguments, "--json").splitlines()]
    return next(event for event in events if event["event"] == "done")


def shard(text: str, results: str = "results") -> dict[str, Any]:
    """What a shard says when it is done."""
    return ran("--results", results, "--shard", text)


def kept(folder: Path) -> dict[str, bytes]:
    """All files beneath a folder, but for the locks."""
    return {name: data for name, data in contents(folder).items() if not name.endswith(".lock")}


def same(one: str, other: str) -> None:
    """Two results folders have the same bytes, those of the figures included."""
    for folder in ("", "figures"):
        own, others = (tables_of(Path(name) / "how_much" / folder) for name in (one, other))
        assert own.keys() == others.keys()
        assert [name for name in own if own[name] != others[name]] == []


def test_shards_put_together_give_the_bytes_of_a_run_that_was_not_shared(tmp_path: Path) -> None:
    experiment(tmp_path, MANY)
    done("run", "how_much.toml", "--results", "whole")
    told = [shard(f"{i}/3") for i in (1, 2, 3)]

    assert sum(x["computed"] for x in told) == 22  # each run in one shard
    assert all(0 < x["computed"] < 22 and x["finished"] is False for x in told)
    assert not Path("results/how_much/results.parquet").exists()

    merged = done("merge", "how_much.toml")

    assert "54 runs, all there already" in merged  # 18 points in 3 variants
    assert "by_inspections drawn" in merged
    same("whole", "results")


def test_a_missing_shard_is_told_and_nothing_is_changed(tmp_path: Path) -> None:
    experiment(tmp_path, MANY)
    shard("1/3")
    shard("3/3")
    before = kept(tmp_path)

    said = refused("merge", "how_much.toml")

    assert said.startswith("results/how_much: ")
    assert "of 54 runs are not computed yet. `sim run how_much --shard i/n` computes a shard" in said
    missing = int(said.split()[1])
    assert 0 < missing < 54
    assert kept(tmp_path) == before

    shard("2/3")
    done("merge", "how_much.toml")


def test_a_missing_shard_leaves_older_results_as_they_were(tmp_path: Path) -> None:
    experiment(tmp_path)
    done("run", "how_much.toml")
    experiment(tmp_path, MANY)
    shard("1/2")
    before = kept(tmp_path)

    assert "runs are not computed yet" in refused("merge", "how_much.toml")
    assert kept(tmp_path) == before


def test_shards_from_other_machines_count_when_their_folders_are_copied(tmp_path: Path) -> None:
    experiment(tmp_path, MANY)
    done("run", "how_much.toml", "--results", "whole")
    for i, machine in enumerate(("here", "there", "yonder"), 1):
        shard(f"{i}/3", machine)
    for machine, name in (("there", "2-of-3"), ("yonder", "3-of-3")):
        shutil.copytree(Path(machine, "how_much", "shards", name), Path("here", "how_much", "shards", name))
    shutil.copytree("here/how_much/shards", "nowhere/how_much/shards")  # where nothing was computed at all

    for results in ("here", "nowhere"):
        done("merge", "how_much.toml", "--results", results)
        same("whole", results)


def test_a_truncated_shard_counts_as_missing(tmp_path: Path) -> None:
    experiment(tmp_path, MANY)
    shard("1/2")
    shard("2/2")
    part = next(Path("results/how_much/shards/1-of-2", parts.FOLDER).glob("*.parquet"))
    part.write_bytes(part.read_bytes()[:-100])

    assert "runs are not computed yet" in refused("merge", "how_much.toml")
    assert shard("1/2")["computed"] > 0
    done("merge", "how_much.toml")


def failing_both_ways(folder: Path) -> None:
    """A run with failures in whole/, and its shards put together in results/."""
    experiment(folder, FAILING)
    assert sim("run", "how_much.toml", "--results", "whole").exit_code == 1
    for i in (1, 2):
        sim("run", "how_much.toml", "--shard", f"{i}/2")
    assert sim("merge", "how_much.toml").exit_code == 1


def failures_of(results: str) -> dict[str, Any]:
    return json.loads(Path(results, "how_much", "failures.json").read_text(encoding="utf-8"))


def test_what_failed_in_a_shard_is_known_after_the_merge(tmp_path: Path) -> None:
    failing_both_ways(tmp_path)
    said = failures_of("results")

    assert said["failed"] == 9  # 3 values of inspections in 3 variants
    assert {f["variant"] for f in said["failures"]} == {"no_treaty", "treaty", "verification"}
    assert all("1.5" in f["reason"] for f in said["failures"])
    assert tables_of(Path("results/how_much"))["results.parquet"] == tables_of(Path("whole/how_much"))["results.parquet"]
    assert sim("merge", "how_much.toml", "--results", "whole").exit_code == 1  # of a run that was not shared
    assert failures_of("whole")["failed"] == 9


def test_the_reason_of_a_failure_is_that_of_its_own_values(tmp_path: Path) -> None:
    failing_both_ways(tmp_path)

    same("whole", "results")


def test_more_failures_than_are_written_down_can_be_merged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(finish, "MOST_FAILURES", 2)
    failing_both_ways(tmp_path)
    said = failures_of("results")

    assert said["failed"] == 9
    assert len(said["failures"]) == 2
    assert len(said["others"]) == 7
    assert all("1.5" in f["reason"] for f in said["failures"])


def test_a_failed_run_of_a_shard_is_tried_again_and_then_forgotten(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    experiment(tmp_path)
    engine = work._ENGINES["exact"]

    def fails(*_: object) -> None:
        raise ZeroDivisionError("a passing fault")

    with monkeypatch.context() as patch:
        patch.setitem(work._ENGINES, "exact", fails)  # type: ignore[arg-type]
        assert sim("run", "how_much.toml", "--shard", "1/2", "--workers", 1).exit_code == 1
    assert work._ENGINES["exact"] is engine
    shard("2/2")
    assert sim("merge", "how_much.toml").exit_code == 1
    assert shard("1/2")["failures"] == []

    done("merge", "how_much.toml")

    assert json.loads(Path("results/how_much/failures.json").read_text(encoding="utf-8"))["failed"] == 0


def test_a_run_after_shards_computes_what_is_missing_and_a_shard_after_a_run_nothing(tmp_path: Path) -> None:
    experiment(tmp_path, MANY)
    first = shard("1/3")["computed"]
    rest = ran()

    assert rest["computed"] == 22 - first
    assert rest["finished"] is True
    assert shard("2/3")["computed"] == 0
    done("run", "how_much.toml", "--results", "whole")
    same("whole", "results")


def test_shards_need_not_be_as_many_every_time(tmp_path: Path) -> None:
    experiment(tmp_path, MANY)
    first = shard("1/2")["computed"]
    others = [shard(f"{i}/5")["computed"] for i in range(1, 6)]

    assert sum([first, *others]) == 22
    done("merge", "how_much.toml")


@pytest.mark.parametrize("text", ["0/3", "4/3", "a/b", "1", "1/0", "-1/3", "1/3/5", "1.0/3", ""])
def test_shares_that_make_no_sense_are_refused(text: str, tmp_path: Path) -> None:
    experiment(tmp_path)

    said = refused("run", "how_much.toml", f"--shard={text}")

    assert f"must be i/n with i from 1 to n, such as 1/4, found {text!r}" in said
    assert not Path("results").exists()


def test_a_merge_where_there_is_nothing_is_refused(tmp_path: Path) -> None:
    experiment(tmp_path)

    assert "results/how_much: no such results. `sim run how_much --shard 1/2`" in refused("merge", "how_much.toml")
    assert not Path("results").exists()
    Path("results/how_much").mkdir(parents=True)
    assert "no such results" in refused("merge", "how_much.toml")
    assert contents(Path("results")) == {}


def test_shards_of_another_experiment_are_refused(tmp_path: Path) -> None:
    experiment(tmp_path)
    shard("1/2")
    begun = Path("results/how_much/begun.json")
    begun.write_text(begun.read_text(encoding="utf-8").replace('"quarrel"', '"rivals"'), encoding="utf-8")

    said = refused("merge", "how_much.toml")

    assert "holds results of another experiment: its scenario is rivals, not quarrel" in said


def test_shards_that_begin_at_the_same_instant_share_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    wanted, looks = experiment(tmp_path), []
    owner = store.owner

    def looked(folder: Path) -> dict[str, Any] | None:
        """Sees no results at first, while another process makes them."""
        looks.append(folder)
        if len(looks) > 1:
            return owner(folder)
        (folder / store.BEGUN).write_text(json.dumps({"kind": store.KIND, "experiment": "how_much", "scenario": "quarrel"}))
        return None

    monkeypatch.setattr(store, "owner", looked)
    store.claim(tmp_path / "results" / "how_much", wanted)

    assert owner(tmp_path / "results" / "how_much") is not None


def test_a_merge_of_finished_results_changes_no_byte(tmp_path: Path) -> None:
    experiment(tmp_path)
    done("run", "how_much.toml", "--results", "whole")
    done("run", "how_much.toml")

    done("merge", "how_much.toml")

    same("whole", "results")
