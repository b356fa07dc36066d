"""Reading experiment files: what they say, and what is refused, with its line."""

from __future__ import annotations

from pathlib import Path

import pytest

from sim import figures, study
from sim.config import InputError, library, read
from sim.study.gathering import gathers
from sim.study.runs import Runs
from study_case import EXPERIMENT, OVER_TIME, SCENARIO, changed, experiment, refused


def test_an_experiment_is_put_together_with_its_scenario(tmp_path: Path) -> None:
    found = experiment(tmp_path)

    assert found.name == "how_much"
    assert found.scenario.title == "a quarrel"
    assert found.variants == ("no_treaty", "treaty", "verification")
    assert (found.engine, found.replicates, found.seed, found.design) == ("exact", None, 0, "grid")
    assert found.times == (1.0, 2.0)  # the file's, and the figure's at_years
    assert found.values(1) == {"treaties.pact.inspections_per_year": 0, "monitoring.detection": 0.5}
    assert found.values(4) == {"treaties.pact.inspections_per_year": 8, "monitoring.detection": 0.2}
    assert (found.rungs, found.actors, found.years) == (("crisis", "war"), ("east", "west"), 3.0)


@pytest.mark.parametrize("name", sorted(name for name, path in library("experiments").items() if not gathers(read(path))))
def test_every_experiment_of_the_library_can_be_read(name: str) -> None:
    found = figures.read_experiment(name)

    assert len(found.index) >= 1
    assert study.read_experiment(name).index.tolist() == found.index.tolist()


def test_points_that_a_variant_cannot_tell_apart_are_computed_once(tmp_path: Path) -> None:
    # 6 points; no treaty and the treaty (which sets inspections itself) differ by detection alone: 2 + 2 + 6
    runs = Runs(experiment(tmp_path))
    keys = {variant: set(runs.keys(variant, 0, 6).ravel().tolist()) for variant in runs.experiment.variants}

    assert (runs.points, runs.total) == (6, 18)
    assert {variant: len(own) for variant, own in keys.items()} == {"no_treaty": 2, "treaty": 2, "verification": 6}
    assert len(set().union(*keys.values())) == 10


def test_one_axis_drives_several_paths(tmp_path: Path) -> None:
    axis = 'both = { paths = ["monitoring.detection", "game.cost"], values = [[0.1, 1], [0.2, 2]] }\n'
    text = OVER_TIME + "[sweep.parameters]\n" + axis
    found = experiment(tmp_path, changed(text, ("kind", "where = { both = 0.1 }\nkind")))

    assert [found.values(n) for n in (0, 1)] == [
        {"monitoring.detection": 0.1, "game.cost": 1},
        {"monitoring.detection": 0.2, "game.cost": 2},
    ]


def test_the_question_is_what_the_numbers_depend_on(tmp_path: Path) -> None:
    before = experiment(tmp_path).question()

    assert experiment(tmp_path, changed(EXPERIMENT, ("How much?", "How little?"))).question() == before
    assert experiment(tmp_path, changed(EXPERIMENT, ('rung = "war"', 'rung = "crisis"'))).question() == before
    for change in [("at_years = 2", "at_years = 1.5"), ("[0, 4, 8]", "[0, 4, 9]"), ("times = [1]", "times = [0.5]")]:
        assert experiment(tmp_path, changed(EXPERIMENT, change)).question() != before
    assert experiment(tmp_path, scenario=changed(SCENARIO, ("cost = 2.0", "cost = 2.5"))).question() != before


# ---- what is refused: (old text, new text), and the message

AXIS = '"monitoring.detection" = [0.2, 0.5]'
REFUSED = {
    "unknown key": ((("times = [1]", "tmies = [1]"),), "how_much.toml:3: tmies: unknown key. Did you mean times?"),
    "engine": ((("times = [1]", 'engine = "magic"'),), "how_much.toml:3: engine: must be"),
    "seed": ((("times = [1]", "seed = -1"),), "how_much.toml:3: seed: must be >= 0, found -1"),
    "scenario": ((("quarrel.toml", "quarel.toml"),), "how_much.toml:2: scenario: no such file"),
    "no variant": (
        (("times = [1]", 'variants = ["treaty", "verifcation"]'),),
        'how_much.toml:3: variants.1: names no variant of the scenario, found "verifcation". Did you mean verification?',
    ),
    "time": ((("times = [1]", "times = [1, 4]"),), "how_much.toml:3: times.1: must be within the horizon of 3 years, found 4"),
    "path": (
        (("monitoring.detection", "monitoring.detectoin"),),
        'how_much.toml:8: sweep.parameters."monitoring.detectoin": no such path in quarrel. Did you mean detection?',
    ),
    "no list": ((("[0.2, 0.5]", "0.2"),), 'how_much.toml:8: sweep.parameters."monitoring.detection": must be a list of values'),
    "type": ((("[0.2, 0.5]", '["much"]'),), 'how_much.toml:8: sweep.parameters."monitoring.detection": value 1 must be a number'),
    "nan": ((("[0.2, 0.5]", "[nan]"),), 'how_much.toml:8: sweep.parameters."monitoring.detection": value 1 must be a finite'),
    "too many points": (
        (("[0.2, 0.5]", "{ from = 0, to = 1, points = 900000 }"),),
        "how_much.toml:6: sweep.parameters: must give at most 1,000,000 points, found 2700000",
    ),
    "zip": (
        (('"grid"', '"zip"'),),
        'how_much.toml:8: sweep.parameters."monitoring.detection": must have 3 values as treaties.pact.inspections_per_year has',
    ),
    "without effect": (
        (("times = [1]", 'variants = ["no_treaty", "treaty"]'),),
        'how_much.toml:7: sweep.parameters."treaties.pact.inspections_per_year": reaches none of the variants. no_treaty: it has',
    ),
    "kind": ((('kind = "lines"', 'kind = "pie"'),), "how_much.toml:11: figures.0.kind: unknown kind"),
    "name": ((("by_inspections", "by inspections"),), "how_much.toml:10: figures.0.name: must be a bare name"),
    "x": ((('x = "treaties.', 'x = "traeties.'),), "how_much.toml:12: figures.0.x: must be a swept parameter"),
    "panel": ((('panel = "monitoring.', 'panel = "monitor.'),), "how_much.toml:13: figures.0.panel: must be a swept parameter"),
    "twice": (
        (('panel = "monitoring.detection"', 'panel = "variant"'),),
        "how_much.toml:13: figures.0.panel: is named by group already",
    ),
    "not shown": (
        (('panel = "monitoring.detection"\n', ""),),
        "how_much.toml:9: figures.0: does not say how monitoring.detection is shown, which is swept. Name it as panel, or",
    ),
    "variants on one line": (
        (("at_years = 2", 'group = "monitoring.detection"'), ('panel = "monitoring.detection"\n', "")),
        "how_much.toml:14: figures.0.group: several variants would fall on one line",
    ),
    "rung": (
        (('rung = "war"', 'rung = "wra"'),),
        'how_much.toml:14: figures.0.rung: names no rung, found "wra". Did you mean war?',
    ),
    "at_years": ((("at_years = 2", "at_years = 5"),), "how_much.toml:15: figures.0.at_years: must be within the horizon"),
    "where": (
        (("at_years = 2", 'where = { "monitoring.detection" = 0.3 }'),),
        'how_much.toml:15: figures.0.where."monitoring.detection": must be one of the values of the sweep, found 0.3',
    ),
    "where without quotes": (
        (("at_years = 2", "where = { monitoring.detection = 0.2 }"),),
        'how_much.toml:15: figures.0.where.monitoring: is not swept. Put the path in quotes: "monitoring.detection" = 0.2.',
    ),
    "actor": ((('rung = "war"\nat_years = 2', 'y = "discounted_payoff"'),), "how_much.toml:9: figures.0.actor: missing"),
    "samples": ((('"grid"', '"sobol"'),), "how_much.toml:4: sweep.samples: missing: how many points the design sobol takes"),
    "uncertainty": (
        (("at_years = 2", "[uncertainty]\ndraws = 9"),),
        "how_much.toml:15: uncertainty: needs prior ranges, and the",
    ),
    "no draws": ((("at_years = 2", "[uncertainty]\ndraws = 0"),), "how_much.toml:16: uncertainty.draws: must be in [1, "),
    "replicates": (
        (("times = [1]", "replicates = 500"),),
        "how_much.toml:3: replicates: is for the engine monte_carlo: the exact engine simulates nothing, found 500. Leave it out",
    ),
    "too many replicates": (
        (("times = [1]", 'engine = "monte_carlo"\nreplicates = 200_000_000'),),
        "how_much.toml:4: replicates: must be in [1, 100000000], found 200000000",
    ),
    "a list for a number": (
        (("[0.2, 0.5]", "[[]]"),),
        'how_much.toml:8: sweep.parameters."monitoring.detection": needs labels, because its values are tables or lists',
    ),
    "empty values": (
        (
            (AXIS, 'both = { paths = ["monitoring.detection"], values = [[0.1], []] }'),
            ('"monitoring.detection"\nrung', '"both"\nrung'),
        ),
        "how_much.toml:8: sweep.parameters.both: value 2 is empty: it must have one entry, for the one path",
    ),
    "model": ((('scenario = "quarrel.toml"', 'model = "chicken"'),), "how_much.toml:2: model: names no model"),
}


@pytest.mark.parametrize(("changes", "message"), REFUSED.values(), ids=REFUSED)
def test_a_refusal_says_where_and_what(tmp_path: Path, changes: tuple[tuple[str, str], ...], message: str) -> None:
    lines = refused(tmp_path, changed(EXPERIMENT, *changes))

    assert len(lines) == 1, lines
    assert lines[0].startswith(message)


def test_everything_that_is_wrong_is_said_at_once_in_the_order_of_the_file(tmp_path: Path) -> None:
    text = changed(EXPERIMENT, ("times = [1]", "times = [9]"), ('rung = "war"', 'rung = "x"'), ("at_years = 2", "at_years = 9"))

    assert [line.split(":")[1] for line in refused(tmp_path, text)] == ["3", "14", "15"]


def test_two_figures_cannot_share_a_name(tmp_path: Path) -> None:
    second = EXPERIMENT[EXPERIMENT.index("[[figures]]") :].replace("by_inspections", "By_Inspections")
    (line,) = refused(tmp_path, EXPERIMENT + second)

    assert line.startswith('how_much.toml:17: figures.1.name: names of figures must differ, found "By_Inspections"')


def test_curves_over_swept_points_must_say_which(tmp_path: Path) -> None:
    sweep = '[sweep.parameters]\n"monitoring.detection" = [0.2, 0.5]\n'
    (line,) = refused(tmp_path, OVER_TIME + sweep)

    assert "does not say how monitoring.detection is shown" in line
    assert refused(tmp_path, changed(OVER_TIME, ("kind", 'panel = "monitoring.detection"\nrung = "war"\nkind')) + sweep) == []
    assert refused(tmp_path, changed(OVER_TIME, ("kind", 'where = { "monitoring.detection" = 0.5 }\nkind')) + sweep) == []


SECOND = '[[analyses]]\nname = "regret"\nkind = "regret"\ny = "discounted_payoff"\nactor = "east"\nover = "points"\n'


def test_an_experiment_asks_for_analyses_and_a_threshold(tmp_path: Path) -> None:
    threshold = '[threshold]\nparameter = "monitoring.detection"\nvariant = "treaty"\nbeats = "no_treaty"\n'
    found = experiment(tmp_path, EXPERIMENT + SECOND + threshold)

    assert [spec["kind"] for spec in found.analyses] == ["regret"]
    assert found.threshold is not None
    assert found.threshold["beats"] == "no_treaty"
    assert found.threshold["points"] > 1  # a default
    assert (experiment(tmp_path).analyses, experiment(tmp_path).threshold) == ((), None)


def test_what_is_wrong_with_an_analysis_is_told_with_its_line(tmp_path: Path) -> None:
    first = len(EXPERIMENT.splitlines()) + 1
    twice, wrong = EXPERIMENT + SECOND + SECOND, EXPERIMENT + changed(SECOND, ('"east"', '"north"'))

    (line,) = refused(tmp_path, twice)
    assert line.startswith(f'how_much.toml:{first + 7}: analyses.1.name: names of analyses must differ, found "regret"')
    (line,) = refused(tmp_path, wrong)
    assert line.startswith(f"how_much.toml:{first + 4}: analyses.0.actor: names no actor")
    (line,) = refused(tmp_path, EXPERIMENT + changed(SECOND, ('kind = "regret"', 'kind = "sorrow"')))
    assert line.startswith(f"how_much.toml:{first + 2}: analyses.0.kind: unknown kind")


def test_an_analysis_that_does_not_fit_the_design_is_refused(tmp_path: Path) -> None:
    sobol = '[[analyses]]\nname = "indices"\nkind = "sobol"\n'
    lines = refused(tmp_path, EXPERIMENT + sobol)

    assert any('does not fit the design "grid"' in line for line in lines), lines


def test_a_threshold_that_asks_nothing_sensible_is_refused(tmp_path: Path) -> None:
    threshold = '[threshold]\nparameter = "monitoring.detection"\nvariant = "traety"\nbeats = "no_treaty"\n'
    lines = refused(tmp_path, EXPERIMENT + threshold)

    assert any(line.startswith(f"how_much.toml:{len(EXPERIMENT.splitlines()) + 3}: threshold.variant:") for line in lines), lines


def test_the_baselines_are_the_variants_that_differences_are_taken_from(tmp_path: Path) -> None:
    difference = ("kind", 'y = "difference"\nbaseline = "treaty"\nkind')
    analysis = '[[analyses]]\nname = "a"\nkind = "one_at_a_time"\ny = "difference"\nbaseline = "no_treaty"\n'
    sweep = '[sweep]\ndesign = "one_at_a_time"\n[sweep.parameters]\n"monitoring.detection" = { from = 0, to = 1 }\n'
    plain = OVER_TIME[: OVER_TIME.index("[[figures]]")]
    found = experiment(tmp_path, changed(OVER_TIME, difference))

    assert found.baselines == ("treaty",)
    assert found.question() != experiment(tmp_path, OVER_TIME).question()
    assert experiment(tmp_path, plain + sweep + analysis).baselines == ("no_treaty",)
    assert experiment(tmp_path).baselines == ()


def test_without_kinds_figures_are_kept_as_they_are_written(tmp_path: Path) -> None:
    path = experiment(tmp_path).source.path
    text = changed(EXPERIMENT, ('kind = "lines"', 'kind = "sculpture"\nmaterial = "clay"'))
    path.write_text(text, encoding="utf-8")

    found = study.read_experiment(path)

    assert found.kinds is None
    assert [figure["kind"] for figure in found.figures] == ["sculpture"]
    assert found.times == (1.0, 2.0)
    assert found.over_time is False
    with pytest.raises(InputError, match="unknown kind"):
        figures.read_experiment(path)


def test_the_question_does_not_depend_on_whether_figures_were_looked_at(tmp_path: Path) -> None:
    found = experiment(tmp_path)
    unread = study.read_experiment(found.source.path).question()

    assert {**found.question(), "over_time": None} == unread


def test_a_scenario_of_the_experiments_own_name_is_looked_for_elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "work").mkdir()
    (tmp_path / "experiments").mkdir()
    (tmp_path / "work" / "quarrel.toml").write_text(SCENARIO, encoding="utf-8")
    path = tmp_path / "experiments" / "quarrel.toml"
    path.write_text(EXPERIMENT, encoding="utf-8")

    monkeypatch.chdir(tmp_path / "work")
    assert figures.read_experiment(path).scenario.title == "a quarrel"

    for folder in ("experiments", "."):
        monkeypatch.chdir(tmp_path / folder)
        with pytest.raises(InputError, match=r"quarrel.toml:2: scenario: ") as error:
            figures.read_experiment(path)
        assert f"looked for in {tmp_path / 'experiments'} and in {Path.cwd()}" in str(error.value)


def test_every_combination_of_structural_values_is_a_setting(tmp_path: Path) -> None:
    kinds = '"actors.east.strategy" = { values = [{ kind = "grim" }, { kind = "always_arm" }], labels = ["a", "b"] }\n'
    rounds = '"horizon.rounds_per_year" = [1, 2, 4]\n"horizon.years" = [3, 5]\n'
    found = experiment(tmp_path, OVER_TIME[: OVER_TIME.index("[[figures]]")] + "[sweep.parameters]\n" + kinds + rounds)

    # 3 variants, 2 strategies, 3 lengths of a round, 2 horizons
    assert len(found.settings) == 3 * 2 * 3 * 2
    assert sorted({(setting.years, setting.rounds) for setting in found.settings}) == [
        (years, int(years * per_year)) for years in (3.0, 5.0) for per_year in (1, 2, 4)
    ]


def test_a_wrong_scenario_is_told_as_such(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"quarrel.toml:\d+: .*must be in \[0, 1\], found 1.4"):
        experiment(tmp_path, scenario=changed(SCENARIO, ("detection = 0.5", "detection = 1.4")))


def test_an_axis_that_leads_through_another_is_refused(tmp_path: Path) -> None:
    pact = '"treaties" = { values = [false, { pact = { sanction = 1.0 } }], labels = ["none", "pact"] }'
    text = f'title = "q"\nscenario = "quarrel.toml"\n[sweep.parameters]\n{pact}\n"treaties.pact.sanction" = [0.0, 4.0]\n'
    (line,) = refused(tmp_path, text)

    assert line.startswith(
        'how_much.toml:5: sweep.parameters."treaties.pact.sanction": leads through the same part of the file as'
    )
    assert "put both into the values of one axis" in line


def test_times_are_held_to_the_longest_of_many_horizons(tmp_path: Path) -> None:
    years = list(range(3, 83))
    text = f'title = "q"\nscenario = "quarrel.toml"\ntimes = [75]\n[sweep.parameters]\n"horizon.years" = {years}\n'
    late = text.replace("[75]", "[83]")

    assert experiment(tmp_path, text).years == 82
    assert "must be within the horizon of 82 years, found 83" in refused(tmp_path, late)[0]
