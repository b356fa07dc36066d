"""`sim solve`: its JSON, which other programs read, its tables, and values put in by hand."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest

from cli_text import done, found, sim, write
from sim.config import read_scenario
from sim.dilemma.scenario import Scenario

VARIANTS = ["no_treaty", "treaty", "verification"]
KEYS = {
    "states",
    "escalation_probability",
    "escalation_probability_by_round",
    "standard_error",
    "interval",
    "discounted_payoff",
    "expected_onsets",
    "expected_time_to",
    "causes",
    "rung_occupancy",
    "treaty_occupancy",
    "condition_occupancy",
    "arming",
}


@pytest.fixture(autouse=True)
def _in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    write(tmp_path)


def test_the_json_has_the_promised_keys() -> None:
    record = found("solve", "rivals.toml")

    assert {k: v for k, v in record.items() if k != "variants"} == {
        "scenario": "rivals",
        "model": "security_dilemma",
        "engine": "exact",
        "seed": 0,
        "replicates": None,
        "rounds": 20,
        "rounds_per_year": 4,
        "rungs": ["threat", "use of force", "war"],
    }
    assert list(record["variants"]) == VARIANTS
    one = record["variants"]["verification"]
    assert set(one) >= KEYS
    assert list(one["escalation_probability"]) == record["rungs"]
    assert [len(path) for path in one["escalation_probability_by_round"].values()] == [21] * 3
    assert [len(path) for path in one["arming"].values()] == [20, 20]
    assert set(one["treaty_occupancy"]["limits"]) == {"pending", "in_force", "withdrawing", "suspended", "ended"}
    assert set(one["causes"]["war"]) == {"background", "arming", "alarm", "treaty_end"}


def test_probabilities_are_printed_with_full_precision() -> None:
    outcomes = Scenario(read_scenario(Path("rivals.toml")).tables("treaty")).solve()

    printed = found("solve", "rivals.toml", "--variant", "treaty")["variants"]["treaty"]["escalation_probability_by_round"]["war"]

    assert printed == outcomes.escalation_probability[:, -1].tolist()


def test_what_is_undefined_is_null() -> None:
    write(Path(), ("background_rate = 0.1", "background_rate = 0.0"), ("arming_rate = 0.3", "arming_rate = 0.0"))
    text = done("solve", "rivals.toml", "-V", "no_treaty", "--set", "onset.alarm_probability=0", "--json")

    assert "NaN" not in text
    one = json.loads(text)["variants"]["no_treaty"]
    assert one["escalation_probability"]["war"] == 0
    assert one["expected_time_to"]["war"] is None
    assert one["causes"]["war"]["alarm"] is None


def test_variants_that_are_named_come_in_that_order_once() -> None:
    record = found("solve", "rivals.toml", "-V", "verification", "-V", "no_treaty", "-V", "verification")

    assert list(record["variants"]) == ["verification", "no_treaty"]


def test_a_simulation_says_so_and_is_the_scenarios_own() -> None:
    record = found("solve", "rivals.toml", "-V", "treaty", "--engine", "monte_carlo", "--replicates", 300, "--seed", 7)
    own = Scenario(read_scenario(Path("rivals.toml")).tables("treaty")).simulate(300, 7)

    assert (record["engine"], record["seed"], record["replicates"]) == ("monte_carlo", 7, 300)
    one = record["variants"]["treaty"]
    assert one["states"] is None
    assert one["escalation_probability"] == own.record()["escalation_probability"]
    assert one["interval"]["war"][0] < one["escalation_probability"]["war"] < one["interval"]["war"][1]


def test_seed_0_is_the_default_and_a_seed() -> None:
    options = ["solve", "rivals.toml", "-V", "treaty", "--engine", "monte_carlo", "--replicates", 200]

    assert found(*options) == found(*options, "--seed", 0)
    assert found(*options)["variants"] != found(*options, "--seed", 1)["variants"]


def test_ten_thousand_replicates_are_the_default() -> None:
    record = found("solve", "rivals.toml", "-V", "no_treaty", "--engine", "monte_carlo", "--set", "horizon.rounds_per_year=1")

    assert record["replicates"] == 10_000


def test_values_are_put_in_before_variants_are_merged() -> None:
    record = found("solve", "rivals.toml", "-V", "no_treaty", "-V", "verification", "--set", "monitoring.detection=0.9")
    write(Path(), ("detection = 0.5", "detection = 0.9"), name="changed.toml")
    changed = found("solve", "changed.toml", "-V", "no_treaty", "-V", "verification")

    assert record["variants"] == changed["variants"]


def test_words_need_no_quotes_and_tables_may_be_set() -> None:
    by_table = found("solve", "rivals.toml", "-V", "treaty", "--set", 'actors.north.strategy={kind = "grim"}')
    by_word = found("solve", "rivals.toml", "-V", "treaty", "--set", "title=two words", "--set", "conditions.talks.initial=off")

    plain = found("solve", "rivals.toml", "-V", "treaty")
    assert by_table["variants"] != plain["variants"] != by_word["variants"]


def test_quoted_parts_of_paths() -> None:
    record = found("solve", "rivals.toml", "-V", "treaty", "--set", 'conditions.talks.rates."on->off"=0')

    assert record["variants"]["treaty"]["condition_occupancy"]["talks"]["off"][-1] == 0


def test_structure_may_be_set() -> None:
    assert found("solve", "rivals.toml", "-V", "treaty", "--set", "horizon.rounds_per_year=2")["rounds"] == 10


def test_a_variant_with_a_value_of_its_own_is_left_out_and_one_without_the_table_stays() -> None:
    result = sim("solve", "rivals.toml", "--set", "treaties.limits.inspections_per_year=24", "--json")
    plain = found("solve", "rivals.toml")["variants"]

    assert result.exit_code == 0
    variants = json.loads(result.stdout)["variants"]
    assert list(variants) == ["no_treaty", "verification"]
    assert variants["no_treaty"] == plain["no_treaty"]
    assert variants["verification"] != plain["verification"]
    assert "refused for variant treaty: it sets this path itself" in result.stderr
    assert "leaves variant no_treaty as it is" in result.stderr


def test_the_table_has_rungs_by_variants() -> None:
    record = found("solve", "rivals.toml")["variants"]
    text = done("solve", "rivals.toml")

    row = next(line for line in text.splitlines() if line.startswith("war "))
    expected = [f"{100 * record[v]['escalation_probability']['war']:.3g}" for v in VARIANTS]
    assert row.split() == ["war", *[part for number in expected for part in (number, "%")]]
    for said in ("exact", "expected crises", "years to war", "discounted payoff of The South", "states", "cause of war"):
        assert said in text


def test_with_no_event_observed_the_message_says_how_rare_it_may_be() -> None:
    # Wilson at 95 % with 0 of n: upper end z^2 / (n + z^2) = 3.8415 / 2003.8415 = 0.19 %
    text = done(
        "solve",
        "rivals.toml",
        "--engine",
        "monte_carlo",
        "--replicates",
        2000,
        "--set",
        "crisis.slip=[0, 0]",
        "--set",
        "crisis.disaster=1e9",
    )

    assert math.isclose(3.8415 / 2003.8415, 0.0019, rel_tol=0.01)
    assert "0 of 2,000: below 0.19 %" in text


def test_simulated_probabilities_have_their_interval() -> None:
    record = found("solve", "rivals.toml", "-V", "treaty", "--engine", "monte_carlo", "--replicates", 400)["variants"]["treaty"]
    low, high = record["interval"]["threat"]
    text = done("solve", "rivals.toml", "-V", "treaty", "--engine", "monte_carlo", "--replicates", 400)

    assert f"{100 * record['escalation_probability']['threat']:.3g} % [{100 * low:.3g}, {100 * high:.3g}]" in text
    assert "400 simulated histories, seed 0" in text


def test_variants_may_differ_in_rungs_and_rounds() -> None:
    own = '[variants.short]\nhorizon.years = 3\ncrisis = { kind = "empirical", rungs = ["war"], advance = [], resolve = [] }\n'
    write(Path(), more=own)

    record = found("solve", "rivals.toml")
    assert record["variants"]["short"]["rounds"] == 12
    assert record["variants"]["short"]["rungs"] == ["war"]
    assert "rounds" not in record["variants"]["treaty"]
    assert "short" in done("solve", "rivals.toml")


def test_a_file_without_variants_has_base() -> None:
    text = Path("rivals.toml").read_text(encoding="utf-8")
    Path("alone.toml").write_text(text[: text.index("[variants.no_treaty]")], encoding="utf-8")

    assert list(found("solve", "alone.toml")["variants"]) == ["base"]
