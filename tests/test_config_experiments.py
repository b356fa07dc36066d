"""Experiment files: what is refused, with file, line and key; axes in all their forms."""

from __future__ import annotations

from pathlib import Path

import jsonschema
import pytest

from config_text import TEXT
from sim.config import InputError
from sim.config.schema import file_schema
from sim.figures.kinds import KINDS
from sim.study.axes import written_axis
from sim.study.experiment import ExperimentFile
from sim.study.gathering import GATHERING, GATHERS
from sim.study.keys import declaration
from sim.study.reader import read_experiment

EXPERIMENT = """\
title = "What do inspections buy?"
scenario = "quarrel.toml"
variants = ["treaty", "verification"]
times = [5, 10]
seed = 7

[sweep]
design = "grid"
[sweep.parameters]
"treaties.pact.inspections_per_year" = { from = 0, to = 40, points = 5 }
"monitoring.detection" = [0.2, 0.8]

[[figures]]
name = "war_by_inspections"
kind = "lines"
x = "treaties.pact.inspections_per_year"
rung = "war"
at_years = 10
panel = "monitoring.detection"
"""


def read_text(folder: Path, text: str) -> ExperimentFile:
    (folder / "quarrel.toml").write_text(TEXT)
    path = folder / "inspections.toml"
    path.write_text(text)
    return read_experiment(path, KINDS)


def refused(folder: Path, old: str, new: str) -> list[str]:
    """The lines of the message when some text is replaced."""
    assert EXPERIMENT.count(old) == 1
    with pytest.raises(InputError) as error:
        read_text(folder, EXPERIMENT.replace(old, new))
    return str(error.value).replace(f"{folder}/", "").splitlines()


def test_the_sweep_is_read(tmp_path: Path) -> None:
    experiment = read_text(tmp_path, EXPERIMENT)

    assert experiment.variants == ("treaty", "verification")
    assert (experiment.engine, experiment.replicates, experiment.seed) == ("exact", None, 7)
    assert len(experiment.index) == 5 * 2
    assert experiment.values(3) == {"treaties.pact.inspections_per_year": 10, "monitoring.detection": 0.8}


SWEPT = '"monitoring.detection" = [0.2, 0.8]'
CASES = {
    "unknown key": ("seed = 7", "sede = 7", 5, "sede: unknown key. Did you mean seed? Allowed: title, "),
    "negative seed": ("seed = 7", "seed = -7", 5, "seed: must be >= 0, found -7"),
    "no title": ('title = "What do inspections buy?"\n', "", None, "title: missing: the question, in one line."),
    "no scenario": ('scenario = "quarrel.toml"\n', "", None, "scenario: missing: the scenario"),
    "a scenario that does not exist": (
        '"quarrel.toml"',
        '"new_strat"',
        2,
        'scenario: no scenario of this name in ./scenarios or in the library, and no such file, found "new_strat". '
        "Did you mean new_start?",
    ),
    "a variant that does not exist": (
        '"treaty"',
        '"treety"',
        3,
        'variants.0: names no variant of the scenario, found "treety". Did you mean treaty? ',
    ),
    "an engine that does not exist": (
        "seed = 7",
        'engine = "exakt"',
        5,
        'engine: must be one of the words for it, found "exakt". Did you mean exact? Allowed: exact, monte_carlo.',
    ),
    "no replicates": ("seed = 7", "replicates = 0", 5, "replicates: must be in [1, 100000000], found 0"),
    "a time after the horizon": ("[5, 10]", "[5, 11]", 4, "times.1: must be within the horizon of 10 years, found 11"),
    "nothing to draw": (
        "seed = 7",
        "uncertainty = { draws = 8 }",
        5,
        "uncertainty: has nothing to draw: all its parameters are swept. Draw others, or sweep fewer.",
    ),
    "a drawn parameter without a prior range": (
        "seed = 7",
        'uncertainty = { parameters = ["monitoring.detection", "monitoring.false_alarm"] }',
        5,
        'uncertainty.parameters.1: has no prior range in [uncertain] of the scenario, found "monitoring.false_alarm". ',
    ),
    "an unknown key of draws": (
        "seed = 7",
        "uncertainty = { drwas = 8 }",
        5,
        "uncertainty.drwas: unknown key. Did you mean draws?",
    ),
    "a design of draws that is none": ("seed = 7", 'uncertainty = { design = "grid" }', 5, "uncertainty.design: must be one of"),
    "a model that there is not": (
        'scenario = "quarrel.toml"',
        'model = "chess"',
        2,
        'model: names no model, found "chess". Allowed: ',
    ),
    "a model with a letter wrong": (
        'scenario = "quarrel.toml"',
        'model = "treaty_monitorin"',
        2,
        'model: names no model, found "treaty_monitorin". Did you mean treaty_monitoring?',
    ),
    "a model beside a scenario": ("seed = 7", 'model = "treaty_monitoring"', 5, "model: stands beside a scenario"),
    "the core model without a scenario": (
        'scenario = "quarrel.toml"',
        'model = "security_dilemma"',
        2,
        "model: has no defaults: the core model is asked about with a scenario",
    ),
    "a sampled design without samples": (
        '"grid"',
        '"sobol"',
        7,
        "sweep.samples: missing: how many points the design sobol takes. Write samples = 256.",
    ),
    "a design that does not exist": (
        '"grid"',
        '"gird"',
        8,
        'sweep.design: must be one of the words for it, found "gird". ',
    ),
    "zip of unequal lengths": ('"grid"', '"zip"', 11, 'sweep.parameters."monitoring.detection": must have 5 values'),
    "a path that no variant has": (
        '"monitoring.detection" =',
        '"monitoring.detecton" =',
        11,
        'sweep.parameters."monitoring.detecton": no such path in quarrel. Did you mean detection?',
    ),
    "a path that reaches no variant": (
        'variants = ["treaty", "verification"]',
        'variants = ["treaty", "no_treaty"]',
        10,
        'sweep.parameters."treaties.pact.inspections_per_year": reaches none of the variants. treaty: it sets this path itself. ',
    ),
    "text for numbers": (
        SWEPT,
        '"monitoring.detection" = [0.2, "0.8"]',
        11,
        'sweep.parameters."monitoring.detection": value 2 must be a number in [0, 1], found "0.8". Write 0.8 without quotes.',
    ),
    "NaN": (
        SWEPT,
        '"monitoring.detection" = [0.2, nan]',
        11,
        'sweep.parameters."monitoring.detection": value 2 must be a finite number, found nan',
    ),
    "a misspelt strategy": (
        SWEPT,
        '"actors.east.strategy" = { values = [{ kind = "grimm" }], labels = ["grim"] }',
        11,
        'sweep.parameters."actors.east.strategy": value 1: kind: unknown kind, found "grimm". Did you mean grim?',
    ),
    "tables without labels": (
        SWEPT,
        '"actors.east.strategy" = [{ kind = "grim" }]',
        11,
        'sweep.parameters."actors.east.strategy": needs labels, because its values are tables or lists',
    ),
    "labels that are too few": (
        SWEPT,
        '"monitoring.detection" = { values = [0.2, 0.8], labels = ["low"] }',
        11,
        'sweep.parameters."monitoring.detection": needs as many labels as values: 2, found 1',
    ),
    "an empty label": (
        SWEPT,
        '"monitoring.detection" = { values = [0.2, 0.8], labels = ["low", ""] }',
        11,
        'sweep.parameters."monitoring.detection": must not have an empty label',
    ),
    "a number twice, once as a whole number": (
        SWEPT,
        '"monitoring.detection" = [1, 0.5, 1.0]',
        11,
        'sweep.parameters."monitoring.detection": must not have 1 twice: leave one of them out',
    ),
    "a number beyond all doubles": (
        SWEPT,
        f'"monitoring.detection" = [0.5, 1{400 * "0"}]',
        11,
        'sweep.parameters."monitoring.detection": value 2 must be a finite number',
    ),
    "ends too far apart": (
        SWEPT,
        '"monitoring.detection" = { from = -1e308, to = 1e308, points = 3 }',
        11,
        'sweep.parameters."monitoring.detection": needs ends that are finite, and so is their distance',
    ),
    "from without to": (
        SWEPT,
        '"monitoring.detection" = { from = 0, points = 3 }',
        11,
        'sweep.parameters."monitoring.detection": needs from, to and points, but has only from and points',
    ),
    "one point": (
        SWEPT,
        '"monitoring.detection" = { from = 0, to = 1, points = 1 }',
        11,
        'sweep.parameters."monitoring.detection".points: must be',
    ),
    "a number in place of values": (
        SWEPT,
        '"monitoring.detection" = 0.5',
        11,
        'sweep.parameters."monitoring.detection": must be a list of',
    ),
    "no values": (
        SWEPT,
        '"monitoring.detection" = []',
        11,
        'sweep.parameters."monitoring.detection": must be a list of',
    ),
    "rows of the wrong length": (
        SWEPT,
        'both = { paths = ["monitoring.detection", "monitoring.false_alarm"], values = [[0.2, 0.1], [0.8]] }',
        11,
        "sweep.parameters.both: value 2 must have 2 entries, one for each path, found [0.8]",
    ),
    "a path driven twice": (
        SWEPT,
        SWEPT + '\nboth = { paths = ["monitoring.detection"], values = [[0.2]] }',
        12,
        "sweep.parameters.both.paths.0: monitoring.detection is driven by monitoring.detection already",
    ),
    "an unknown kind of figure": ('"lines"', '"line"', 15, 'figures.0.kind: unknown kind, found "line". Did you mean lines?'),
    "a figure without a name": ('name = "war_by_inspections"\n', "", 13, "figures.0.name: missing: name of the figure's files."),
    "a name that is no file's": ("war_by_inspections", "war/inspections", 14, "figures.0.name: must be a bare name"),
    "x that is not swept": (
        'x = "treaties.pact.inspections_per_year"',
        'x = "treaties.pact.sanction"',
        16,
        "figures.0.x: must be a swept parameter",
    ),
    "a rung that does not exist": ('"war"', '"wr"', 17, 'figures.0.rung: names no rung, found "wr". Did you mean war?'),
    "a figure after the horizon": (
        "at_years = 10",
        "at_years = 11",
        18,
        "figures.0.at_years: must be within the horizon of 10 years",
    ),
    "a band": ("at_years = 10", "band = [0.05, 0.95]", 18, "figures.0.band: needs draws"),
}


@pytest.mark.parametrize("old, new, line, said", CASES.values(), ids=CASES)
def test_what_is_wrong_is_refused_with_its_line(tmp_path: Path, old: str, new: str, line: int | None, said: str) -> None:
    lines = refused(tmp_path, old, new)

    where = "inspections.toml: " if line is None else f"inspections.toml:{line}: "
    assert any(message.startswith(where + said) for message in lines), lines


def test_what_is_wrong_with_the_scenario_is_said_of_the_scenario(tmp_path: Path) -> None:
    (tmp_path / "broken.toml").write_text(TEXT.replace("detection = 0.5", "detection = 1.5"))

    (only,) = refused(tmp_path, "quarrel.toml", "broken.toml")

    assert only.startswith("broken.toml:22: monitoring.detection: must be in [0, 1], found 1.5")


def test_a_swept_number_outside_its_range_is_left_to_its_point(tmp_path: Path) -> None:
    experiment = read_text(tmp_path, EXPERIMENT.replace("[0.2, 0.8]", "[0.2, 1.8]"))

    assert experiment.values(1)["monitoring.detection"] == 1.8


def test_axes_in_all_their_forms() -> None:
    assert written_axis("a", [1, 2]) == (("a",), ((1,), (2,)), None)
    assert written_axis("a", {"from": 0, "to": 4, "points": 3}) == (("a",), ((0,), (2,), (4,)), None)
    assert written_axis("a", {"from": 0, "to": 1, "points": 3}) == (("a",), ((0.0,), (0.5,), (1.0,)), None)
    assert written_axis("a", {"values": [[0, 1], [1, 0]], "labels": ["up", "down"]}) == (
        ("a",),
        (([0, 1],), ([1, 0],)),
        ("up", "down"),
    )
    assert written_axis("a", {"paths": ["b", "c"], "values": [[1, 2], [3, 4]]}) == (("b", "c"), ((1, 2), (3, 4)), None)
    assert written_axis("a", {"paths": ["b", "c"], "from": 0, "to": 1, "points": 2}) == (("b", "c"), ((0, 0), (1, 1)), None)


def test_whole_numbers_stay_whole() -> None:
    _, values, _ = written_axis("rounds", {"from": 1, "to": 3, "points": 3})

    assert [type(value) for (value,) in values] == [int] * 3


@pytest.mark.parametrize("path", sorted((Path(__file__).parents[1] / "experiments").glob("*.toml")), ids=lambda path: path.stem)
def test_the_schema_fits_the_library(path: Path) -> None:
    import tomllib

    tables = tomllib.loads(path.read_text(encoding="utf-8"))
    experiments = declaration({name: kind.keys for name, kind in KINDS.items()})
    schema = file_schema("Gathering", GATHERING) if GATHERS in tables else file_schema("Experiment", experiments)

    jsonschema.Draft202012Validator.check_schema(schema)
    assert list(jsonschema.Draft202012Validator(schema).iter_errors(tables)) == []
