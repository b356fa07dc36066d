"""Gatherings: files and their errors, orders of the regimes, what turns them, yearly rates, and what is written."""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result

from sim import study
from sim.cli import main
from sim.config import InputError, read
from sim.dilemma.outcomes import wilson
from sim.figures import KINDS
from sim.study import Results
from sim.study.gathered import found, halves, lowest, safest, turning, yearly_rates
from sim.study.gathering import Gathering, gathering_of
from study_case import SCENARIO

RANGES = """
[uncertain]
"treaties.pact.sanction" = { distribution = "uniform", low = 0.0, high = 2.0, basis = "judgement", source = "none" }
"onset.treaty_end_probability" = { distribution = "uniform", low = 0.0, high = 0.6, basis = "judgement", source = "none" }
"crisis.disaster" = { distribution = "uniform", low = 0.0, high = 5.0, basis = "judgement", source = "none" }
"""
DRAWN = 'title = "drawn"\nscenario = "NAME.toml"\n[uncertainty]\ndraws = 16\n'
GATHERING = """\
title = "which"
gathers = ["calm_by_regime.toml", "wild_by_regime.toml"]
most = 2
[[references]]
label = "a record"
of = "war"
low = 0.001
high = 0.02
source = "a book"
[[figures]]
name = "order"
kind = "lowest"
title = "Order"
[[figures]]
name = "turns"
kind = "turning"
title = "Turns"
[[figures]]
name = "rates"
kind = "yearly_rates"
title = "Rates"
"""


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two scenarios with draws, and a gathering of both."""
    monkeypatch.chdir(tmp_path)
    for name, rate in (("calm", "0.1"), ("wild", "0.4")):
        text = SCENARIO.replace("background_rate = 0.1\n", f"background_rate = {rate}\n").replace(
            "[variants.no", RANGES + "[variants.no"
        )
        Path(f"{name}.toml").write_text(text, encoding="utf-8")
        Path(f"{name}_by_regime.toml").write_text(DRAWN.replace("NAME", name), encoding="utf-8")
    Path("which.toml").write_text(GATHERING, encoding="utf-8")
    return tmp_path


def sim(*words: str) -> Result:
    return CliRunner().invoke(main, list(words))


def computed(here: Path) -> tuple[Gathering, list[Results]]:
    gathering = gathering_of(read(Path("which.toml")), KINDS)
    return gathering, [
        Results.load(study.run(member, here / "results", workers=1).folder, KINDS, member) for member in gathering.members
    ]


def refused(*changes: tuple[str, str]) -> str:
    text = Path("which.toml").read_text(encoding="utf-8")
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    Path("wrong.toml").write_text(text, encoding="utf-8")
    with pytest.raises(InputError) as error:
        gathering_of(read(Path("wrong.toml")), KINDS)
    return str(error.value)


# ---- what is found


def test_which_variant_is_safest_by_hand() -> None:
    drawn = np.array([[0.3, 0.2, 0.1, 0.1, 0.0], [0.2, 0.3, 0.1, 0.2, 0.0], [0.1, 0.2, 0.4, 0.3, 0.1]])
    assert safest(drawn).tolist() == [2, -1, -1, 0, -1]


def test_the_shares_are_those_of_the_draws(here: Path) -> None:
    gathering, results = computed(here)
    rows = [dict(zip(lowest(gathering, results).columns, row, strict=True)) for row in lowest(gathering, results).rows]

    for one in results:
        by_variant = {v: one.by_draw(v, "escalation_probability", "war")[0] for v in gathering.variants}
        own = {row["lowest_under"]: row for row in rows if row["scenario"] == one.experiment.scenario.name}
        for variant in gathering.variants:
            others = np.min([x for v, x in by_variant.items() if v != variant], axis=0)
            count = int((by_variant[variant] < others * (1 - 1e-12)).sum())
            assert own[variant]["share"] == count / 16
            assert (own[variant]["interval_low"], own[variant]["interval_high"]) == tuple(wilson(np.array([count]), 16)[0])
        assert sum(row["share"] for row in own.values()) == pytest.approx(1.0, abs=1e-12)
        assert own["treaty"]["share_worse_than_no_treaty"] == np.mean(by_variant["treaty"] > by_variant["no_treaty"])
        assert own["verification"]["best"]
    assert 0 < own["verification"]["share"] < 1  # else there is nothing to look at


def test_what_turns_the_answer_splits_the_draws_at_the_median(here: Path) -> None:
    gathering, results = computed(here)
    rows = [dict(zip(turning(gathering, results).columns, row, strict=True)) for row in turning(gathering, results).rows]
    (wild,) = [one for one in results if one.experiment.scenario.name == "wild"]
    risk = np.stack([wild.by_draw(v, "escalation_probability", "war")[0] for v in gathering.variants])
    fails = risk[2] >= risk[:2].min(axis=0)

    told = [row for row in rows if row["scenario"] == "wild"]
    assert 0 < len(told) <= 2
    for row in told:
        values = wild.drawn[row["parameter"]]
        above = values > np.median(values)
        assert (row["draws_below"], row["draws_above"]) == (8, 8)
        assert row["share_below"] == fails[~above].mean()
        assert row["share_above"] == fails[above].mean()
        assert row["difference"] == row["share_above"] - row["share_below"] != 0
    sizes = [abs(row["difference"]) for row in told]
    assert sizes == sorted(sizes, reverse=True)
    assert "crisis.disaster" not in {row["parameter"] for row in told[:1]}  # an empirical ladder does not look at it


def test_yearly_rates_give_the_probability_over_the_horizon_again(here: Path) -> None:
    gathering, results = computed(here)
    rows = {row[:3]: row[3:] for row in yearly_rates(gathering, results).rows}
    for one in results:
        name = one.experiment.scenario.name
        for variant in gathering.variants:
            own, low, high = rows[name, variant, "war"]
            p = one.values(variant, "escalation_probability", "war")[0]
            assert 1 - (1 - own) ** 3 == pytest.approx(p, rel=1e-12)
            assert low < high
            assert rows[name, variant, "crises"][0] == one.values(variant, "expected_onsets")[0] / 3
            assert (name, variant, "use of force") not in rows  # the ladder has no such rung


# ---- the command line


def test_running_a_gathering_runs_what_it_gathers_and_draws(here: Path) -> None:
    done = sim("run", "which.toml", "--workers", "1")
    assert done.exit_code == 0, done.output
    assert "calm_by_regime: 51 of 51 runs computed" in done.output
    assert "2 experiments compared" in done.output
    folder = here / "results" / "which"
    names = {path.name for path in (folder / "figures").iterdir()}
    assert {f"{f}.{end}" for f in ("order", "turns", "rates") for end in ("png", "svg", "pdf", "csv", "txt", "alt.txt")} == names
    with (folder / "lowest.csv").open(encoding="utf-8", newline="") as file:
        assert len(list(csv.DictReader(file))) == 2 * 4
    assert "a record (war): 0.001 to 0.02 (a book)." in " ".join((folder / "figures" / "rates.txt").read_text().split())
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}

    again = sim("run", "which.toml")
    assert "all there already" in again.output
    assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == before
    assert sim("figures", "which.toml").exit_code == 0


def test_figures_of_a_gathering_need_the_results(here: Path) -> None:
    done = sim("figures", "which.toml")
    assert done.exit_code == 2
    assert "`sim run calm_by_regime` computes them" in done.output


def test_other_commands_name_what_to_do(here: Path) -> None:
    done = sim("plan", "which.toml")
    assert done.exit_code == 2
    assert "gathers other experiments, and computes nothing itself. Name the experiments that it gathers" in done.output


def test_a_folder_of_something_else_is_left_alone(here: Path) -> None:
    folder = here / "results" / "which"
    folder.mkdir(parents=True)
    (folder / "thesis.txt").write_text("mine", encoding="utf-8")
    done = sim("run", "which.toml", "--workers", "1")
    assert done.exit_code == 2
    assert "is there already and holds something else" in done.output
    assert (folder / "thesis.txt").read_text(encoding="utf-8") == "mine"


def test_check_says_that_it_is_a_gathering(here: Path) -> None:
    done = sim("check", "which.toml")
    assert "fine: a gathering of 2 experiments with 3 variants, 3 figures" in done.output
    assert json.loads(sim("check", "which.toml", "--json").stdout)["files"][0]["problems"] == []


# ---- what can be wrong


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ([("calm_by", "calms_by")], "wrong.toml.*calms_by_regime.toml: no such file"),
        ([("most = 2", 'best = "treatys"')], r"best: is none of the variants compared, found \"treatys\"\. Did you mean treaty"),
        ([("wild_by", "calm_by")], "gathers.1: is named twice"),
        ([("most = 2", 'variants = ["base", "verification"]')], "gathers.0: does not compute base"),
        ([('"turns"', '"order"')], "figures.1.name: is the name of another figure already"),
        ([("high = 0.02", "high = 0.0001")], "references.0.high: must not be below low"),
        ([('kind = "lowest"', 'kind = "lines"')], "figures.0.kind"),
    ],
)
def test_what_is_wrong_is_told_with_the_key(here: Path, changes: list[tuple[str, str]], message: str) -> None:
    import re

    assert re.search(message.removeprefix("wrong.toml.*"), refused(*changes))


def test_an_experiment_without_draws_or_with_a_sweep_cannot_be_gathered(here: Path) -> None:
    path = Path("calm_by_regime.toml")
    path.write_text(path.read_text(encoding="utf-8").split("[uncertainty]")[0], encoding="utf-8")
    assert "gathers.0: draws nothing" in refused()
    swept = '[sweep.parameters]\n"monitoring.detection" = [0.1, 0.2]\n'
    path.write_text(DRAWN.replace("NAME", "calm") + swept, encoding="utf-8")
    assert "gathers.0: sweeps, so its draws belong to several points" in refused()


def test_found_gives_a_table_for_every_kind_of_figure(here: Path) -> None:
    gathering, results = computed(here)
    assert set(found(gathering, results)) == {spec["kind"] for spec in gathering.figures}


# ---- nothing to tell


def test_where_no_draw_fails_the_figure_says_that_there_is_nothing_to_show(here: Path) -> None:
    for name in ("calm", "wild"):  # no crises at all: a tie in all draws
        path = Path(f"{name}.toml")
        text = path.read_text(encoding="utf-8").replace("background_rate = ", "background_rate = 0.0 # ")
        text = text.replace("arming_rate = 0.3", "arming_rate = 0.0")
        text = "\n".join(line for line in text.splitlines() if not line.startswith('"onset.treaty_end_probability"'))
        path.write_text(text.replace('set = { "onset.background_rate" = 0.2 }', ""), encoding="utf-8")
    done = sim("run", "which.toml", "--workers", "1")
    assert done.exit_code == 0, done.output
    figures = here / "results" / "which" / "figures"
    assert "nothing turns it" in " ".join((figures / "turns.alt.txt").read_text(encoding="utf-8").split())
    assert "Rates of 0 are not drawn." in " ".join((figures / "rates.txt").read_text(encoding="utf-8").split())
    with (here / "results" / "which" / "turning.csv").open(encoding="utf-8", newline="") as file:
        assert list(csv.DictReader(file)) == []


def test_a_parameter_without_an_upper_half_turns_nothing() -> None:
    # three draws of four have the highest value, so none is above the median: there is no second share to compare with
    values, fails = np.array([1.0, 2.0, 2.0, 2.0]), np.array([True, False, True, True])
    assert halves(values, fails)[5] == 0
    # by hand: below the median of 1.5 one of two fails, above it both
    assert halves(np.array([1.0, 1.0, 2.0, 2.0]), fails)[:6] == (1.5, 2, 0.5, 2, 1.0, 0.5)


def test_results_that_are_missing_leave_no_folder_behind(here: Path) -> None:
    assert sim("figures", "which.toml").exit_code == 2
    assert not (here / "results" / "which").exists()


def test_results_in_which_no_draw_was_computed_are_refused(here: Path) -> None:
    gathering, results = computed(here)
    broken = replace(results[0])
    object.__setattr__(broken, "by_draw", lambda *_: np.full((1, 16), np.nan))
    with pytest.raises(InputError, match="has no draw in which no_treaty, treaty, verification were all computed"):
        lowest(gathering, [broken])
