"""The files of figures: what is stale is drawn again, the rest is left alone, and the same results give the same bytes."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from sim import figures, study
from sim.config import InputError
from sim.figures import files as figure_files
from sim.figures import read_experiment, style
from sim.study.threshold import find
from sim.study.threshold.files import write
from study_case import EXPERIMENT, OVER_TIME, changed, contents, experiment

SUFFIXES = (".alt.txt", ".csv", ".pdf", ".png", ".svg", ".txt")
BOTH = EXPERIMENT + OVER_TIME[OVER_TIME.index("[[figures]]") :].replace(
    'kind = "curves"',
    'kind = "curves"\nrung = "war"\npanel = "monitoring.detection"\nwhere = { "treaties.pact.inspections_per_year" = 4 }',
)


def results(folder: Path, text: str = BOTH) -> Path:
    return study.run(experiment(folder, text), folder / "results").folder


def told(folder: Path, **options) -> dict[str, str]:
    """{figure: why it is drawn}."""
    said: dict[str, str] = {}
    figures.draw(folder, say=said.__setitem__, **options)
    return said


def test_every_figure_has_its_files(tmp_path: Path) -> None:
    folder = results(tmp_path)
    files = figures.draw(folder)

    assert sorted(path.name for path in files) == sorted(f"{n}{s}" for n in ("by_inspections", "over_time") for s in SUFFIXES)
    assert {path.name for path in (folder / "figures").iterdir()} == {path.name for path in files} | {"figures.json"}
    assert all(path.stat().st_size > 0 for path in files)


def test_the_same_results_give_the_same_bytes(tmp_path: Path) -> None:
    folder = results(tmp_path)
    figures.draw(folder)
    first = contents(folder / "figures")
    for path in (folder / "figures").iterdir():
        path.unlink()
    figures.draw(folder)

    assert contents(folder / "figures") == first


def test_a_user_s_settings_change_nothing(tmp_path: Path) -> None:
    import matplotlib

    folder = results(tmp_path, OVER_TIME)
    figures.draw(folder)
    first = contents(folder / "figures")
    (folder / "figures" / "figures.json").unlink()
    with matplotlib.rc_context({"font.size": 20, "lines.linewidth": 9, "savefig.bbox": "tight"}):
        before = dict(matplotlib.rcParams)
        figures.draw(folder)
        after = dict(matplotlib.rcParams)

    assert contents(folder / "figures") == first
    assert after == before


def test_files_have_no_dates_and_embed_their_fonts(tmp_path: Path) -> None:
    folder = results(tmp_path, OVER_TIME)
    figures.draw(folder)
    pdf, svg, png = ((folder / "figures" / f"over_time.{kind}").read_bytes() for kind in ("pdf", "svg", "png"))

    assert b"CreationDate" not in pdf
    assert b"FontFile2" in pdf
    assert b"<dc:date>" not in svg
    assert b"<text" not in svg  # letters are outlines
    assert b"Reaching the rungs" in svg
    assert b"Rising curves" in png


def test_what_is_fresh_is_left_alone(tmp_path: Path) -> None:
    folder = results(tmp_path)

    assert told(folder) == {"by_inspections": "it is new", "over_time": "it is new"}
    before = {path: path.stat().st_mtime_ns for path in folder.rglob("*")}
    assert told(folder) == {}
    assert {path: path.stat().st_mtime_ns for path in folder.rglob("*")} == before


def test_what_is_stale_is_drawn_again_and_why(tmp_path: Path) -> None:
    folder = results(tmp_path)
    figures.draw(folder)
    files = contents(folder / "figures")

    (folder / "figures" / "over_time.svg").unlink()
    assert told(folder) == {"over_time": "over_time.svg is missing"}
    (folder / "figures" / "by_inspections.csv").write_text("1,2,3\n")
    assert told(folder) == {"by_inspections": "by_inspections.csv was changed by hand"}
    assert contents(folder / "figures") == files

    newer = experiment(tmp_path, changed(BOTH, ("Reaching the rungs", "Reaching war")))
    assert told(folder, experiment=newer) == {"over_time": "the figure's entry changed"}
    assert "Reaching war" in (folder / "figures" / "over_time.txt").read_text()

    assert told(folder, experiment=newer, channels="Sanctions deter.") == dict.fromkeys(files_of(files), "the caption changed")
    study.run(experiment(tmp_path, changed(BOTH, ("[0, 4, 8]", "[0, 4, 9]"))), tmp_path / "other")
    for path in (tmp_path / "other" / "how_much").iterdir():
        if path.is_file():
            (folder / path.name).write_bytes(path.read_bytes())
    assert set(told(folder).values()) == {"the results changed", "the results and the figure's entry changed"}


def files_of(files: dict[str, bytes]) -> list[str]:
    return sorted({name.split(".")[0] for name in files} - {"figures"})


def test_only_the_figures_that_are_named_are_drawn(tmp_path: Path) -> None:
    folder = results(tmp_path)

    assert told(folder, only=["over_time"]) == {"over_time": "it is new"}
    assert told(folder) == {"by_inspections": "it is new"}
    with pytest.raises(InputError, match=r'has no such figure, found "over_tmie". Did you mean over_time\?'):
        figures.draw(folder, ["over_tmie"])


def test_figures_that_are_no_longer_wanted_go_and_nothing_else(tmp_path: Path) -> None:
    folder = results(tmp_path)
    figures.draw(folder)
    (folder / "figures" / "mine.png").write_bytes(b"a photograph")
    renamed = experiment(tmp_path, changed(BOTH, ('name = "over_time"', 'name = "later"')))
    figures.draw(folder, experiment=renamed)

    names = {path.name.split(".")[0] for path in (folder / "figures").iterdir()}
    assert names == {"by_inspections", "later", "figures", "mine"}


def test_a_damaged_index_means_that_all_is_drawn(tmp_path: Path) -> None:
    folder = results(tmp_path)
    figures.draw(folder)
    before = contents(folder / "figures")
    (folder / "figures" / "figures.json").write_text('{"figures": ')

    assert len(told(folder)) == 2
    assert contents(folder / "figures") == before


def test_a_figure_that_cannot_be_saved_leaves_the_older_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = results(tmp_path, OVER_TIME)
    figures.draw(folder)
    before = contents(folder / "figures")
    newer = experiment(tmp_path, changed(OVER_TIME, ("Reaching the rungs", "Something else")))

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(figure_files, "table", full)
    with pytest.raises(OSError, match="No space left"):
        figures.draw(folder, experiment=newer)

    assert contents(folder / "figures") == before


@pytest.mark.parametrize("name", ["results.parquet", "paths.parquet"])
def test_figures_are_not_drawn_from_tables_that_were_changed(tmp_path: Path, name: str) -> None:
    folder = results(tmp_path)
    figures.draw(folder)
    before = contents(folder / "figures")
    whole = (folder / name).read_bytes()
    (folder / name).write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    newer = experiment(tmp_path, changed(BOTH, ("Reaching the rungs", "Something else")))

    with pytest.raises(InputError, match=f"{name}: was changed or is damaged. `sim run"):
        figures.draw(folder, experiment=newer)
    assert contents(folder / "figures") == before
    assert told(folder) == {}  # what is drawn is as it should be


def test_who_stops_drawing_keeps_what_is_drawn(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = results(tmp_path)
    figures.draw(folder)
    newer = experiment(tmp_path, changed(BOTH, ("How much?", "How very much?"), ("Reaching the rungs", "Reaching war")))
    before = contents(folder / "figures")
    saved = style.save
    calls: list[Path] = []

    def stopped(figure: Any, stem: Path, **texts: str) -> list[Path]:
        calls.append(stem)
        if len(calls) == 2:
            saved(figure, stem, **texts)
            raise KeyboardInterrupt
        return saved(figure, stem, **texts)

    monkeypatch.setattr(figure_files.style, "save", stopped)
    with pytest.raises(KeyboardInterrupt):
        figures.draw(folder, experiment=newer)
    after = contents(folder / "figures")

    assert [stem.name for stem in calls] == ["by_inspections", "over_time"]
    assert after.keys() == before.keys()  # nothing half made lies about
    assert {name for name in after if after[name] != before[name]} >= {"by_inspections.png", "by_inspections.txt", "figures.json"}
    assert all(after[name] == before[name] for name in after if name.startswith("over_time"))
    monkeypatch.setattr(figure_files.style, "save", saved)
    assert list(told(folder, experiment=newer)) == ["over_time"]


def test_a_new_curve_makes_its_map_stale(tmp_path: Path) -> None:
    text = """\
title = "Map"
scenario = "quarrel.toml"
[threshold]
parameter = "monitoring.detection"
over = "monitoring.false_alarm"
variant = "treaty"
level = 0.1
[sweep.parameters]
"monitoring.detection" = [0.2, 0.5, 0.8]
"monitoring.false_alarm" = [0.0, 0.1, 0.2]
[[figures]]
name = "map"
kind = "map"
x = "monitoring.detection"
y_axis = "monitoring.false_alarm"
curve = true
"""
    folder = results(tmp_path, text)
    figures.draw(folder)
    first = contents(folder / "figures")
    file = read_experiment(tmp_path / "how_much.toml")
    assert file.threshold is not None
    write(folder, find(file.threshold, file), file, lambda _: None)
    (folder / "threshold" / "curve.csv").write_text("x,y,segment\n0.3,0.1,0\n0.4,0.2,0\n")

    assert told(folder) == {"map": "the curve changed"}
    assert contents(folder / "figures")["map.png"] != first["map.png"]
    assert told(folder) == {}
    (folder / "threshold" / "curve.csv").unlink()
    assert told(folder) == {"map": "the curve changed"}
    assert contents(folder / "figures") == first  # to the byte


def test_a_caption_says_what_is_drawn_and_what_is_assumed(tmp_path: Path) -> None:
    folder = results(tmp_path, OVER_TIME)
    figures.draw(folder, channels="Sanctions deter.")
    words = " ".join((folder / "figures" / "over_time.txt").read_text().split())

    for part in (
        "Reaching the rungs What the quarrel assumes.",
        "the probability that the rung, or a higher one, has been reached by then; 3 years from 1 January 2000.",
        "Vertical lines: a 2 Jul 2001: background rate = 0.2; b 1 Jan 2002: pact expires.",
        "Engine: exact; no sampling error.",
        "What carries the treaty's effect with the file's own numbers (docs/model.md, section 4): Sanctions deter.",
    ):
        assert part in words
    assert words.endswith("Conditional on the assumptions, not a forecast.")
    assert max(map(len, (folder / "figures" / "over_time.txt").read_text().splitlines())) <= 100


def test_the_channels_that_were_told_are_kept(tmp_path: Path) -> None:
    folder = results(tmp_path, OVER_TIME)
    figures.draw(folder, channels="Sanctions deter.")

    assert told(folder) == {}
    assert told(folder, channels="Alarms provoke.") == {"over_time": "the caption changed"}


def test_the_standing_clause_stands_once(tmp_path: Path) -> None:
    own = changed(OVER_TIME, ("What the quarrel assumes.", "Assumed. Conditional on the assumptions, not a\\nforecast."))
    folder = results(tmp_path, own)
    figures.draw(folder)

    assert len(re.findall("not a forecast", " ".join((folder / "figures" / "over_time.txt").read_text().split()))) == 1


def test_the_index_holds_what_each_figure_shows(tmp_path: Path) -> None:
    folder = results(tmp_path)
    figures.draw(folder)
    index = json.loads((folder / "figures" / "figures.json").read_text())

    assert index["figures"]["over_time"]["figure"]["rung"] == "war"
    assert set(index["figures"]["over_time"]["files"]) == {f"over_time{suffix}" for suffix in SUFFIXES}


def test_kinds_declare_themselves() -> None:
    assert set(figures.KINDS) == {"curves", "lines", "map", "plane", "sensitivity", "states"}
    assert all(name == kind.name and kind.keys for name, kind in figures.KINDS.items())
