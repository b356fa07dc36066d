"""Sampled sweeps, one-at-a-time sweeps and points from a file: the values of their axes, and what is refused."""

from __future__ import annotations

import tracemalloc
from pathlib import Path

import numpy as np
import pytest

from sim.priors import quantile
from sim.study.experiment import ExperimentFile
from sim.study.samplers import latin_hypercube, morris, saltelli, sobol
from study_case import OVER_TIME, SCENARIO, changed, experiment, refused

TRIANGULAR = 'distribution = "triangular", low = 0.2, mode = 0.5, high = 0.8'
PRIOR = {"distribution": "triangular", "low": 0.2, "mode": 0.5, "high": 0.8}
UNCERTAIN = f"""
[uncertain]
"monitoring.detection" = {{ {TRIANGULAR}, basis = "judgement" }}
"treaties.pact.sanction" = {{ distribution = "uniform", low = 0.0, high = 2.0 }}
"onset.arming_rate" = {{ distribution = "lognormal", median = 0.3, sigma = 0.5 }}
"""
HEAD = OVER_TIME[: OVER_TIME.index("[[figures]]")] + "seed = 5\n"


def read(folder: Path, sweep: str, scenario: str = SCENARIO + UNCERTAIN, top: str = "") -> ExperimentFile:
    """An experiment with this text under [sweep]."""
    return experiment(folder, f"{HEAD}{top}[sweep]\n{sweep}", scenario=scenario)


def sampled(design: str, *parameters: str, more: str = "samples = 8\n") -> str:
    return f'design = "{design}"\n{more}[sweep.parameters]\n' + "".join(f"{line}\n" for line in parameters)


DETECTION = f'"monitoring.detection" = {{ {TRIANGULAR} }}'
COST = '"game.cost" = { from = 1, to = 3 }'
UNIT = {
    "sobol": ("samples = 8\n", sobol(8, 2, 5)),
    "latin_hypercube": ("samples = 8\n", latin_hypercube(8, 2, 5)),
    "morris": ("samples = 8\n", morris(8, 2, 4, 5)),
    "morris, six levels": ("samples = 8\nlevels = 6\n", morris(8, 2, 6, 5)),
    "saltelli": ("samples = 8\n", saltelli(8, 2, False, 5)),
    "saltelli, second order": ("samples = 8\nsecond_order = true\n", saltelli(8, 2, True, 5)),
}


@pytest.mark.parametrize("name", UNIT)
def test_a_sampled_axis_has_the_quantiles_of_its_distribution(tmp_path: Path, name: str) -> None:
    more, u = UNIT[name]
    found = read(tmp_path, sampled(name.partition(",")[0], DETECTION, COST, more=more))
    detection, cost = found.axes

    assert found.index.shape == (len(u), 2)
    assert (found.index == np.arange(len(u))[:, None]).all()
    assert np.array_equal(detection.values, quantile(PRIOR, u[:, :1]))
    np.testing.assert_allclose(np.asarray(cost.values)[:, 0], 1 + 2 * u[:, 1], rtol=1e-12)
    assert (detection.prior, detection.numeric, detection.labels) == (PRIOR, True, None)
    assert cost.prior == {"distribution": "uniform", "low": 1, "high": 3}
    point = found.values(3)
    assert point == {"monitoring.detection": float(detection.values[3][0]), "game.cost": float(cost.values[3][0])}
    assert {type(x) for x in point.values()} == {float}


def test_the_settings_of_a_design_are_known_with_their_defaults(tmp_path: Path) -> None:
    assert read(tmp_path, sampled("morris", COST)).sampling == {"samples": 8, "levels": 4}
    assert read(tmp_path, sampled("saltelli", COST)).sampling == {"samples": 8, "second_order": False}
    assert read(tmp_path, sampled("one_at_a_time", COST, more="")).sampling == {"ends": (0.05, 0.95)}
    assert read(tmp_path, sampled("sobol", COST)).samples == 8
    assert read(tmp_path, "").sampling == {}
    assert read(tmp_path, sampled("sobol", COST, more="samples = 9\n")).notes == (
        "9 is no power of two: Sobol' points are balanced at 8 and 16",
    )


def test_one_number_may_drive_several_paths(tmp_path: Path) -> None:
    both = f'both = {{ paths = ["actors.east.tremble", "actors.west.tremble"], {TRIANGULAR} }}'
    found = read(tmp_path, sampled("sobol", both))
    (axis,) = found.axes

    assert np.asarray(axis.values).shape == (8, 2)
    assert found.values(2)["actors.east.tremble"] == found.values(2)["actors.west.tremble"]


def test_listed_values_are_equally_likely(tmp_path: Path) -> None:
    strategies = '"actors.east.strategy" = { values = [{ kind = "grim" }, { kind = "always_arm" }], labels = ["grim", "arm"] }'
    rounds = '"actors.west.strategy" = { values = [{ kind = "grim" }], labels = ["grim"] }'
    found = read(tmp_path, sampled("sobol", strategies, '"game.cost" = [1, 2, 3, 4]', rounds, more="samples = 16\n"))
    strategy, cost, only = found.axes
    u = sobol(16, 3, 5)

    assert (strategy.numeric, strategy.labels, cost.numeric) == (False, ("grim", "arm"), True)
    assert np.bincount(found.index[:, 0]).tolist() == [8, 8]
    assert np.bincount(found.index[:, 1]).tolist() == [4, 4, 4, 4]
    assert found.index[:, 1].tolist() == np.floor(u[:, 1] * 4).tolist()
    assert found.values(0)["game.cost"] == 1 + int(found.index[0, 1])
    assert len(only) == 1
    assert {setting.variant for setting in found.settings} == set(found.variants)
    assert len(found.settings) == 2 * len(found.variants)


def test_the_word_uncertain_stands_for_the_prior_range(tmp_path: Path) -> None:
    found = read(tmp_path, sampled("sobol", '"monitoring.detection" = "uncertain"', COST))

    assert np.array_equal(found.axes[0].values, quantile(PRIOR, sobol(8, 2, 5)[:, :1]))


def test_all_prior_ranges_come_on_top_of_what_is_listed(tmp_path: Path) -> None:
    text = sampled(
        "latin_hypercube", COST, '"treaties.pact.sanction" = { from = 0, to = 9 }', more="samples = 8\nuncertain = true\n"
    )
    found = read(tmp_path, text)

    assert [axis.name for axis in found.axes] == [
        "game.cost",
        "treaties.pact.sanction",
        "monitoring.detection",
        "onset.arming_rate",
    ]
    assert found.axes[1].prior == {"distribution": "uniform", "low": 0, "high": 9}


def test_a_prior_range_that_reaches_no_variant_is_not_swept(tmp_path: Path) -> None:
    text = 'design = "sobol"\nsamples = 8\nuncertain = true\n'

    assert [axis.name for axis in read(tmp_path, text, top='variants = ["no_treaty"]\n').axes] == [
        "monitoring.detection",
        "onset.arming_rate",
    ]
    assert len(read(tmp_path, text).axes) == 3


def test_further_samples_leave_the_earlier_points_as_they_are(tmp_path: Path) -> None:
    for design in ("sobol", "saltelli", "morris"):
        few, many = (read(tmp_path, sampled(design, DETECTION, COST, more=f"samples = {n}\n")) for n in (8, 16))
        assert [many.values(n) for n in range(len(few.index))] == [few.values(n) for n in range(len(few.index))]


def test_the_question_knows_what_was_sampled(tmp_path: Path) -> None:
    before = read(tmp_path, sampled("sobol", DETECTION, COST)).question()

    assert read(tmp_path, sampled("sobol", DETECTION, COST)).question() == before
    for text in (sampled("sobol", DETECTION), sampled("sobol", DETECTION, COST, more="samples = 16\n")):
        assert read(tmp_path, text).question() != before
    assert (
        experiment(tmp_path, HEAD.replace("seed = 5", "seed = 6") + "[sweep]\n" + sampled("sobol", DETECTION, COST)).question()
        != before
    )
    assert len(str(read(tmp_path, sampled("sobol", DETECTION, COST, more="samples = 4096\n")).question())) < 2000


def test_a_million_points_are_read_in_bounded_memory(tmp_path: Path) -> None:
    labelled = '"actors.east.strategy" = { values = [{ kind = "grim" }, { kind = "always_arm" }], labels = ["a", "b"] }'
    tracemalloc.start()
    try:
        found = read(tmp_path, sampled("latin_hypercube", DETECTION, COST, labelled, more="samples = 1_000_000\n"))
        assert (len(found.index), len(found.settings)) == (1_000_000, 6)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    # Two axes of 8 MB, three columns of the index of 4 MB, and what sampling and counting take for a while
    assert peak < 300e6


# ---- one at a time


def test_one_at_a_time_goes_from_the_files_own_values_to_two_quantiles(tmp_path: Path) -> None:
    found = read(tmp_path, 'design = "one_at_a_time"\nuncertain = true\n[sweep.parameters]\n"game.cost" = [1, 2, 5]\n')
    own = {"game.cost": 2.0, "monitoring.detection": 0.5, "treaties.pact.sanction": 1.0, "onset.arming_rate": 0.3}
    low, high = quantile(PRIOR, [0.05, 0.95]).tolist()

    assert len(found.index) == 1 + 2 * 4
    assert found.values(0) == own
    assert found.values(1) == own | {"game.cost": 1.0}
    assert found.values(2) == own | {"game.cost": 5.0}
    assert found.values(3) == own | {"monitoring.detection": low}
    assert found.values(4) == own | {"monitoring.detection": high}
    # a lognormal between its 5 % and 95 % quantiles: median exp(-+1.6449 sigma)
    assert found.values(8)["onset.arming_rate"] == pytest.approx(0.3 * np.exp(1.6448536 * 0.5), rel=1e-6)


def test_one_at_a_time_may_go_to_the_ends_of_the_range(tmp_path: Path) -> None:
    found = read(tmp_path, sampled("one_at_a_time", DETECTION, more="ends = [0, 1]\n"))

    assert [found.values(n)["monitoring.detection"] for n in range(3)] == [0.5, 0.2, 0.8]


def test_the_own_value_is_that_of_the_file_and_not_of_a_variant(tmp_path: Path) -> None:
    # The variant treaty sets inspections to 0, the file to 4.
    inspections = '"treaties.pact.inspections_per_year" = { from = 0, to = 10 }'

    assert read(tmp_path, sampled("one_at_a_time", inspections, more="")).values(0) == {"treaties.pact.inspections_per_year": 4.0}


def test_a_default_is_a_value_to_start_from(tmp_path: Path) -> None:
    slander = '"treaties.pact.inspection_false_alarm" = { from = 0, to = 0.2 }'

    assert read(tmp_path, sampled("one_at_a_time", slander, more="")).values(0) == {"treaties.pact.inspection_false_alarm": 0.0}


def test_a_value_on_which_the_file_is_silent_cannot_be_started_from(tmp_path: Path) -> None:
    (line,) = refused(
        tmp_path, f"{HEAD}[sweep]\n" + sampled("one_at_a_time", '"crisis.aftermath" = { from = -2, to = 0 }', more="")
    )

    assert "crisis.aftermath is not given in quarrel, so there is no value to start from. Write crisis.aftermath in the" in line


# ---- points from a file


def from_csv(folder: Path, text: str, name: str = "points.csv") -> ExperimentFile:
    (folder / "points.csv").write_text(text, encoding="utf-8")
    return read(folder, f'design = "csv"\nfile = "{name}"\n')


def test_points_come_from_a_file(tmp_path: Path) -> None:
    found = from_csv(tmp_path, "monitoring.detection, game.cost\n0.2,1\n0.3,2.5\n\n1e-1, 3\n")

    assert [axis.name for axis in found.axes] == ["monitoring.detection", "game.cost"]
    assert [found.values(n) for n in range(3)] == [
        {"monitoring.detection": 0.2, "game.cost": 1.0},
        {"monitoring.detection": 0.3, "game.cost": 2.5},
        {"monitoring.detection": 0.1, "game.cost": 3.0},
    ]
    assert all(axis.numeric for axis in found.axes)


def test_text_columns_of_a_file_are_structure(tmp_path: Path) -> None:
    found = from_csv(tmp_path, 'actors.east.strategy.kind,crisis.shock_rung\ngrim,1\n"tit_for_tat",1\ngrim,1\n')
    strategy, rung = found.axes

    assert (strategy.values, strategy.labels, strategy.numeric) == ((("grim",), ("tit_for_tat",)), ("grim", "tit_for_tat"), False)
    assert (rung.values, rung.labels, rung.numeric) == (((1,),), None, False)
    assert found.index.tolist() == [[0, 0], [1, 0], [0, 0]]
    assert found.values(1) == {"actors.east.strategy.kind": "tit_for_tat", "crisis.shock_rung": 1}


def test_tables_in_a_file_are_written_as_in_toml(tmp_path: Path) -> None:
    found = from_csv(tmp_path, 'actors.east.strategy\n"{ kind = ""grim"" }"\n')

    assert found.values(0) == {"actors.east.strategy": {"kind": "grim"}}


def test_a_file_with_a_byte_order_mark_is_read(tmp_path: Path) -> None:
    assert from_csv(tmp_path, "\ufeffgame.cost\r\n1\r\n2\r\n").values(1) == {"game.cost": 2.0}


def test_a_file_of_points_is_looked_for_in_the_working_folder_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "mine.csv").write_text("game.cost\n1\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path / "elsewhere")

    assert from_csv(tmp_path, "game.cost\n7\n", "mine.csv").values(0) == {"game.cost": 1.0}
    assert from_csv(tmp_path, "game.cost\n7\n").values(0) == {"game.cost": 7.0}


FILES = {
    "nothing": ("", "cannot be read as CSV: its first line must name the swept parameters"),
    "no points": ("game.cost\n", "cannot be read as CSV: it must have 1 to 1,000,000 lines under the first, found 0"),
    "a line too long": ("game.cost\n1\n1,2\n", "cannot be read as CSV: "),
    "a column without a name": ("game.cost,\n1,2\n", "cannot be read as CSV: column 2 has no name"),
    "a column twice": ("game.cost,game.cost\n1,2\n", "has the column game.cost twice"),
    "no such parameter": ("game.cots\n1\n", 'has the column "game.cots": no such path in quarrel. Did you mean cost?'),
    "text for a number": ("game.cost\n1\nmuch\n", 'game.cost in line 3 of the file: must be a number, found "much"'),
    "an empty cell": ("game.cost,game.gain\n1,2\n1,\n", "game.gain in line 3 of the file: is empty: must be a number"),
    "nan": ("game.cost\nnan\n", "game.cost in line 2 of the file: must be a finite number, found nan"),
    "a misspelt strategy": (
        "actors.east.strategy.kind\ngrimm\n",
        "actors.east.strategy.kind in line 2 of the file: must be one of",
    ),
    "one column in another": (
        "actors.east.strategy,actors.east.strategy.forgiveness\n{ kind = 'grim' },0.1\n",
        "has the column actors.east.strategy.forgiveness, which leads through the same part of the file",
    ),
    "semicolons": ("game.cost;game.gain\n1;2\n", "cannot be read as CSV: its columns are parted by semicolons"),
    "a part of a round": ("crisis.shock_rung\n1.5\n", "crisis.shock_rung in line 2 of the file: must be a whole number"),
}


@pytest.mark.parametrize(("text", "said"), FILES.values(), ids=FILES)
def test_what_is_wrong_with_a_file_of_points_is_said(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "points.csv").write_text(text, encoding="utf-8")
    (line,) = refused(tmp_path, f'{HEAD}[sweep]\ndesign = "csv"\nfile = "points.csv"\n')

    assert line.startswith(f"how_much.toml:6: sweep.file: {said}"), line


def test_a_file_that_is_no_text_is_refused(tmp_path: Path) -> None:
    (tmp_path / "points.csv").write_bytes(b"game.cost\n\xff\xfe\n")
    (line,) = refused(tmp_path, f'{HEAD}[sweep]\ndesign = "csv"\nfile = "points.csv"\n')

    assert "sweep.file: cannot be read as CSV" in line


# ---- what is refused


def prior(text: str) -> str:
    return f'"monitoring.detection" = {{ distribution = {text} }}'


WRONG = {
    "samples in a grid": ("samples = 8\n", "sweep.samples: is for the design latin_hypercube or sobol or morris or"),
    "levels in a sobol": (
        sampled("sobol", COST, more="samples = 8\nlevels = 4\n"),
        "sweep.levels: is for the design morris, and the",
    ),
    "odd levels": (sampled("morris", COST, more="samples = 8\nlevels = 5\n"), "sweep.levels: must be even, so that all levels"),
    "ends in a sobol": (sampled("sobol", COST, more="samples = 8\nends = [0.1, 0.9]\n"), "sweep.ends: is for the design one_at"),
    "ends that are turned": (sampled("one_at_a_time", COST, more="ends = [0.9, 0.1]\n"), "sweep.ends: must be [lower quantile, "),
    "ends that are no quantiles": (sampled("one_at_a_time", COST, more="ends = [0.05, 95]\n"), "sweep.ends.1: must be in [0, 1]"),
    "a file in a grid": ('file = "points.csv"\n', "sweep.file: is for the design csv, and the design is grid"),
    "all uncertain in a grid": ("uncertain = true\n", "sweep.uncertain: is for the design latin_hypercube or sobol"),
    "what to write for all uncertain in a grid": (
        "uncertain = true\n",
        "sweep.uncertain: is for the design latin_hypercube or sobol or morris or saltelli or one_at_a_time, and the design "
        'is grid, found true. Write design = "one_at_a_time", or a sampled design, such as design = "sobol" with samples = 256.',
    ),
    "from and to in a grid": (
        '[sweep.parameters]\n"game.cost" = { from = 1, to = 3 }',
        'sweep.parameters."game.cost": needs from, to and points, but has only from and to: write points = 11, or a sampled',
    ),
    "low and high in a grid": (
        '[sweep.parameters]\n"game.cost" = { low = 1, high = 3 }',
        'sweep.parameters."game.cost": has high and low, but no distribution. Write { distribution = "uniform", low = 1, high = '
        '3 } in a sampled design, such as design = "latin_hypercube"; or in a grid { from = 1, to = 3, points = 11 }.',
    ),
    "a mode without a distribution": (
        sampled("sobol", '"game.cost" = { low = 1, mode = 2, high = 3 }'),
        'sweep.parameters."game.cost": has high and low and mode, but no distribution. Write { distribution = "triangular", low',
    ),
    "a path without quotes": (
        "[sweep.parameters]\ngame.cost = [1, 2]",
        "sweep.parameters.game.cost: is a path without quotes, which TOML reads as tables within tables. Put the path in quotes: "
        '"game.cost" = [1, 2].',
    ),
    "a longer path without quotes": (
        "[sweep.parameters]\ntreaties.pact.sanction = { from = 0, to = 1, points = 3 }",
        "sweep.parameters.treaties.pact.sanction: is a path without quotes, which TOML reads as tables within tables. Put the "
        'path in quotes: "treaties.pact.sanction" = { ... }.',
    ),
    "a path without quotes beside a distribution": (
        sampled("sobol", DETECTION, 'game.cost = "uncertain"'),
        "sweep.parameters.game.cost: is a path without quotes, which TOML reads as tables within tables. Put the path in quotes",
    ),
    "a misspelt key of an axis": (
        '[sweep.parameters]\n"game.cost" = { valeus = [1, 2] }',
        'sweep.parameters."game.cost".valeus: unknown key. Did you mean values?',
    ),
    "no samples": (sampled("morris", COST, more=""), "sweep.samples: missing: how many trajectories the design morris takes"),
    "no samples at all": (sampled("sobol", COST, more="samples = 0\n"), "sweep.samples: must be in [1, 1000000], found 0"),
    "no file": ('design = "csv"\n', "sweep.file: missing: the CSV file of the design csv. "),
    "a file that is not there": ('design = "csv"\nfile = "x.csv"\n', "sweep.file: no such file beside the experiment or in the"),
    "parameters beside a file": (sampled("csv", COST, more='file = "points.csv"\n'), "sweep.parameters: must be left out"),
    "nothing to vary": (sampled("sobol"), "sweep: has nothing to vary: the design sobol needs swept parameters"),
    "too many points": (
        sampled("saltelli", COST, DETECTION, more="samples = 300_000\n"),
        "sweep.samples: must give at most 1,000,000 points, found 300000. 300,000 samples of 2 parameters in the design",
    ),
    "a distribution in a grid": (
        "[sweep.parameters]\n" + DETECTION,
        'sweep.parameters."monitoring.detection": needs values, not',
    ),
    "uncertain in a grid": ('[sweep.parameters]\n"game.cost" = "uncertain"', 'sweep.parameters."game.cost": needs values, not'),
    "another word": (sampled("sobol", '"game.cost" = "unknown"'), 'sweep.parameters."game.cost": must be a list of values'),
    "uncertain without a prior range": (
        sampled("sobol", '"game.cost" = "uncertain"'),
        'sweep.parameters."game.cost": has no prior range in [uncertain] of the scenario. Allowed: monitoring.detection, ',
    ),
    "low above high": (
        sampled("sobol", prior('"uniform", low = 0.8, high = 0.2')),
        'sweep.parameters."monitoring.detection".low: must be at most high, which is 0.2, found 0.8',
    ),
    "from above to": (
        sampled("sobol", '"game.cost" = { from = 3, to = 1 }'),
        'sweep.parameters."game.cost": must have from below to, found from = 3 and to = 1',
    ),
    "from without to": (sampled("sobol", '"game.cost" = { from = 3 }'), 'sweep.parameters."game.cost": needs from and to'),
    "spaced points": (
        sampled("sobol", '"game.cost" = { from = 1, to = 3, points = 3 }'),
        'sweep.parameters."game.cost": must not have points in the design sobol, which samples between from and to',
    ),
    "nothing said": (sampled("sobol", '"game.cost" = { labels = ["a"] }'), 'sweep.parameters."game.cost": has no values: write'),
    "no such distribution": (
        sampled("sobol", prior('"triangle", low = 0.1, high = 0.2')),
        'sweep.parameters."monitoring.detection".distribution: unknown distribution, found "triangle". Did you mean triangular?',
    ),
    "a distribution beyond the range": (
        sampled("sobol", prior('"uniform", low = 0.5, high = 1.5')),
        'sweep.parameters."monitoring.detection".high: must be in [0, 1], found 1.5',
    ),
    "a distribution without an end": (
        sampled("sobol", prior('"lognormal", median = 0.5, sigma = 1')),
        'sweep.parameters."monitoring.detection": has no highest value, and must be in [0, 1]',
    ),
    "a morris grid without an end": (
        sampled("morris", '"onset.arming_rate" = "uncertain"'),
        'sweep.parameters."onset.arming_rate": has no highest value, and the design morris goes to the ends',
    ),
    "ends without an end": (
        sampled("one_at_a_time", '"onset.arming_rate" = "uncertain"', more="ends = [0, 1]\n"),
        'sweep.parameters."onset.arming_rate": has no highest value, which ends asks for',
    ),
    "a distribution of structure": (
        sampled("sobol", '"crisis.shock_rung" = { from = 1, to = 2 }'),
        'sweep.parameters."crisis.shock_rung": is structure, which has no distribution. List its values: each is equally likely.',
    ),
    "words one at a time": (
        sampled("one_at_a_time", '"actors.east.strategy.kind" = ["grim"]', more=""),
        'sweep.parameters."actors.east.strategy.kind": has no quantiles, which the design one_at_a_time needs',
    ),
    "a path that no variant has": (
        sampled("sobol", '"game.cots" = { from = 1, to = 3 }'),
        'sweep.parameters."game.cots": no such path in quarrel. Did you mean cost?',
    ),
    "a path driven twice": (
        sampled("sobol", COST, 'both = { paths = ["game.cost"], from = 1, to = 2 }'),
        "sweep.parameters.both.paths.0: game.cost is driven by game.cost already",
    ),
    "too many runs": (
        sampled("sobol", COST, more="samples = 100_000\n") + "[uncertainty]\ndraws = 256\n",
        "uncertainty.draws: must be at most 200 at 100,000 points, so that points times draws are at most 20,000,000, found 256",
    ),
    "nothing left to draw": (
        'design = "sobol"\nsamples = 8\nuncertain = true\n[uncertainty]\ndraws = 8\n',
        "uncertainty: has nothing to draw: all its parameters are swept. ",
    ),
}


@pytest.mark.parametrize(("sweep", "said"), WRONG.values(), ids=WRONG)
def test_what_does_not_fit_a_design_is_refused(tmp_path: Path, sweep: str, said: str) -> None:
    (tmp_path / "points.csv").write_text("game.cost\n1\n", encoding="utf-8")
    with pytest.raises(ValueError) as error:
        read(tmp_path, sweep)
    (line,) = str(error.value).splitlines()
    place, _, rest = line.partition(": ")

    assert rest.startswith(said), line
    assert place.rpartition(":")[2].isdecimal()


@pytest.mark.parametrize(
    ("sweep", "notes"),
    [
        ('"monitoring.detection" = [0, 0.5, 1]', ()),
        (
            '"monitoring.detection" = [0.5, 1.5, 2]',
            ("2 of 3 values of monitoring.detection are outside [0, 1]: such points fail",),
        ),
        (
            '"monitoring.detection" = { from = 0, to = 2, points = 21 }',  # 1.1 to 2
            ("10 of 21 values of monitoring.detection are outside [0, 1]: such points fail",),
        ),
        ('"treaties.pact.sanction" = [-1, 0, 1]', ("1 of 3 values of treaties.pact.sanction is not >= 0: such points fail",)),
        (
            'both = { paths = ["monitoring.detection", "game.cost"], values = [[1.5, 1], [0.5, 1]], labels = ["a", "b"] }',
            ("1 of 2 values of monitoring.detection is outside [0, 1]: such points fail",),
        ),
        ('"actors.east.strategy" = { values = [{ kind = "grim" }], labels = ["grim"] }', ()),
    ],
)
def test_values_outside_the_declared_range_are_noted(tmp_path: Path, sweep: str, notes: tuple[str, ...]) -> None:
    assert read(tmp_path, f"[sweep.parameters]\n{sweep}\n").notes == notes


def test_values_of_a_file_outside_the_declared_range_are_noted(tmp_path: Path) -> None:
    (tmp_path / "points.csv").write_text("monitoring.detection\n0.5\n-0.5\n", encoding="utf-8")
    said = "1 of 2 values of monitoring.detection is outside [0, 1]: such points fail"

    assert read(tmp_path, 'design = "csv"\nfile = "points.csv"\n').notes == (said,)


def test_a_path_that_reaches_no_variant_is_refused_in_a_sampled_design(tmp_path: Path) -> None:
    text = sampled("sobol", '"treaties.pact.sanction" = { from = 0, to = 1 }')
    with pytest.raises(ValueError, match=r"reaches none of the variants\. no_treaty: it has no treaties\."):
        read(tmp_path, text, top='variants = ["no_treaty"]\n')


def test_a_prior_range_of_the_scenario_is_checked_there(tmp_path: Path) -> None:
    beyond = changed(UNCERTAIN, ("high = 0.8", "high = 1.8"))
    endless = changed(UNCERTAIN, ('"onset.arming_rate"', '"monitoring.false_alarm"'))
    light = UNCERTAIN + '"onset.background_rate" = { distribution = "discrete", values = [1, -2], weights = [1] }\n'
    turned = changed(UNCERTAIN, ("low = 0.2", "low = 0.6"))

    for text, said in (
        (beyond, ['uncertain."monitoring.detection".high: must be in [0, 1], found 1.8']),
        (endless, ['uncertain."monitoring.false_alarm": has no highest value, and must be in [0, 1], found inf']),
        (turned, ['uncertain."monitoring.detection".low: must be at most mode, which is 0.5, found 0.6']),
        (
            light,
            [
                'uncertain."onset.background_rate".weights: must have 2 weights, one for each value, found 1',
                'uncertain."onset.background_rate".values.1: must be >= 0, found -2',
            ],
        ),
    ):
        with pytest.raises(ValueError) as error:
            read(tmp_path, "", scenario=SCENARIO + text)
        assert [line.partition(": ")[2] for line in str(error.value).splitlines()] == said
