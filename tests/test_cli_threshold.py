"""`sim threshold`: what it prints, writes and refuses."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest

from cli_text import done, found, refused, sim
from sim.cli import COMMANDS
from threshold_case import EXPERIMENT, SCENARIO, YEARS

HOTLINE = "channels.hotline.accident_reduction"
ASKED = ("threshold", "good.toml", "--parameter", HOTLINE, "--variant", "hotline", "--beats", "calm")
TABLE = f"""
[threshold]
parameter = "{HOTLINE}"
variant = "hotline"
beats = "calm"
over = "onset.background_rate"
over_from = 0.01
over_to = 0.5
resolution = 0.03125
"""


@pytest.fixture(autouse=True)
def _experiment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The experiment good.toml in the working folder, without a table [threshold]."""
    monkeypatch.setitem(COMMANDS, "threshold", "sim.cli.threshold")
    monkeypatch.chdir(tmp_path)
    Path("rates.toml").write_text(SCENARIO, encoding="utf-8")
    Path("good.toml").write_text(EXPERIMENT, encoding="utf-8")


def asked_in_the_file(table: str = TABLE) -> None:
    Path("good.toml").write_text(EXPERIMENT + table, encoding="utf-8")


def written() -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(Path("results/good/threshold").iterdir())}


def test_it_prints_the_value_in_plain_words_and_ends_with_the_condition() -> None:
    lines = done(*ASKED).splitlines()

    assert lines[0] == f"P(war within 8 years) under hotline falls below that under calm from {HOTLINE} = 0.3 on."
    assert lines[-1] == "Conditional on the assumptions, not a forecast."


def test_it_writes_a_text_and_a_record() -> None:
    printed = done(*ASKED)

    assert sorted(written()) == ["threshold.json", "threshold.txt"]
    assert written()["threshold.txt"].decode() == printed
    assert json.loads(written()["threshold.json"])["threshold"] == pytest.approx(0.3, abs=1e-6)


def test_json() -> None:
    told = found(*ASKED)
    nowhere = found(*ASKED, "--to", 0.2)

    assert told["threshold"] == pytest.approx(0.3, abs=1e-6)
    assert told["holds_on"] == [[pytest.approx(0.3, abs=1e-6), 1.0]]
    assert told["sentences"][-1] == "Conditional on the assumptions, not a forecast."
    assert nowhere["threshold"] is None
    assert nowhere["kind"] == "nowhere"


def test_the_table_of_the_file_and_the_curve() -> None:
    asked_in_the_file()
    done("threshold", "good.toml")
    files = written()
    rows = list(csv.DictReader(files["curve.csv"].decode().splitlines()))
    x, y = (np.array([float(row[name]) for row in rows]) for name in ("x", "y"))

    assert sorted(files) == ["curve.csv", "curve.pdf", "curve.png", "curve.svg", "threshold.json", "threshold.txt"]
    assert {row["segment"] for row in rows} == {"0"}
    assert np.abs(y * (1 - x) - 0.07).max() < 1e-6  # a (1 - h) = 0.07
    assert json.loads(files["threshold.json"])["curve"]["points"] == len(rows)
    assert b"<dc:description>" in files["curve.svg"]


def test_again_gives_the_same_bytes() -> None:
    asked_in_the_file()
    done("threshold", "good.toml")
    first = written()
    done("threshold", "good.toml")

    assert written() == first


def test_options_replace_what_the_file_says() -> None:
    asked_in_the_file()
    # 0.1 (1 - h) T = -log(0.8) at h = 1 + log(0.8) / (0.1 T); --level takes the place of beats, --parameter that of its range
    level = found("threshold", "good.toml", "--level", 0.2)
    more = ("--from", 0, "--to", 0.1, "--beats", "none", "--over", HOTLINE)
    other = found("threshold", "good.toml", "--parameter", "onset.arming_rate", *more)

    assert level["condition"]["beats"] is None
    assert level["threshold"] == pytest.approx(1 + np.log(0.8) / (0.1 * YEARS), abs=1e-6)
    assert other["kind"] == "everywhere"  # 0.1 (1 - 0.5) + b < 0.1 + b
    assert (other["curve"]["over"]["from"], other["curve"]["over"]["to"]) == (0.0, 1.0)


def test_a_curve_that_is_no_longer_asked_for_is_removed() -> None:
    asked_in_the_file()
    done("threshold", "good.toml")
    asked_in_the_file(TABLE.partition("over =")[0])
    done("threshold", "good.toml")

    assert sorted(written()) == ["threshold.json", "threshold.txt"]


def test_what_cannot_be_drawn_leaves_the_older_files_as_they_were(monkeypatch: pytest.MonkeyPatch) -> None:
    asked_in_the_file()
    done("threshold", "good.toml")
    before = written()

    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device", "curve.png")

    monkeypatch.setattr("sim.figures.threshold_curve.draw", full)
    asked_in_the_file(TABLE.replace("0.5", "0.4"))
    result = sim("threshold", "good.toml")

    assert result.exit_code == 1
    assert "No space left on device" in result.stderr
    assert written() == before


def test_another_results_folder() -> None:
    done(*ASKED, "--results", "elsewhere")

    assert Path("elsewhere/good/threshold/threshold.txt").is_file()


def test_a_log_is_told_what_is_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sim.cli.threshold.SILENCE", -1.0)
    asked_in_the_file("[uncertainty]\ndraws = 64\n" + TABLE)
    first, *later, last = sim("threshold", "good.toml").stderr.splitlines()

    assert first == f"good: looking at 33 values of {HOTLINE} in 64 draws, and the curve over onset.background_rate"
    # 32 of 64 draws are 42 %, all of them 85 % of 64 draws of 33 values and of 12 values for each of 32 cells of the curve
    assert later == ["good: 25 % looked at", "good: 75 % looked at"]
    assert last.endswith("files written")


def test_wrong_input_is_refused_with_exit_code_2() -> None:
    assert "has no [threshold]" in refused("threshold", "good.toml")
    assert "--beats: names no variant of this experiment" in refused(*ASKED[:-1], "clam")
    assert "--level: must be in [0, 1], found 1.5" in refused(*ASKED[:-2], "--level", 1.5)
    assert "--from: must be below --to" in refused(*ASKED, "--from", 0.5, "--to", 0.2)
    assert "either --beats or --level" in refused(*ASKED, "--level", 0.1)
    assert 'either --beats or --level. Write --beats "none" (below that' in refused(*ASKED[:-2])
    without_range = refused("threshold", "good.toml", "--parameter", "onset.arming_rate", *ASKED[4:])
    assert "--parameter: has no finite range of its own: --from and --to must be given" in without_range
    assert not Path("results").exists()


def test_what_is_wrong_in_the_file_is_told_with_its_line() -> None:
    asked_in_the_file(TABLE.replace('beats = "calm"', 'beats = "clam"'))
    line = Path("good.toml").read_text().splitlines().index('beats = "clam"') + 1

    assert f"good.toml:{line}: threshold.beats: names no variant" in refused("threshold", "good.toml")
