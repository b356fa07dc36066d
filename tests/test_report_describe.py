"""`sim describe`: a record with the numbers, and a text that says the same."""

from __future__ import annotations

import datetime
import math
from pathlib import Path

import pytest

from cli_text import done, found, write
from sim.dilemma.strategies import STRATEGIES
from sim.report.outcomes import estimate
from sim.report.words import calendar_date, number, percent, series, strategy, table


@pytest.fixture(autouse=True)
def _in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    write(tmp_path)


def test_the_record_agrees_with_solve() -> None:
    described, solved = found("describe", "rivals.toml", "--no-ranges"), found("solve", "rivals.toml")

    for name, variant in described["variants"].items():
        for key in ("states", "escalation_probability", "interval", "expected_onsets"):
            assert variant[key] == solved["variants"][name][key]
        rate = variant["annual_rate"]
        assert math.isclose(1 - math.exp(-5 * rate), variant["escalation_probability"]["war"])


def test_the_text_has_every_section_and_the_numbers() -> None:
    text = done("describe", "rivals.toml")
    war = found("solve", "rivals.toml")["variants"]["treaty"]["escalation_probability"]["war"]

    headings = [line for line in text.splitlines() if line and line == line.upper() and any(c.isalpha() for c in line)]
    assert headings == [
        "SCENARIO",
        "ACTORS",
        "TREATIES AND CHANNELS",
        "CONDITIONS",
        "CALENDAR",
        "CRISES",
        "STAGE GAME: WHAT ACTORS WEIGH, PER YEAR",
        "CRISIS LADDER",
        "REGIMES SIDE BY SIDE",
        "WHAT CARRIES A TREATY'S EFFECT",
        "DOES MORE CONTROL MEAN LESS RISK OF WAR?",
        "ASSUMPTIONS WITH A RANGE",
    ]
    for said in (
        "The South (south): grim trigger",
        "tit for tat: arms after an alarm of a rival, else restrains, forgives with probability 0.2",
        "year 2: treaties.limits.inspections_per_year = 0.",
        "Stag Hunt",
        f"treaty {100 * war:.4g} %",
        "monitoring.detection = 0.5, from 0.2 to 0.8 (judgement: a guess)",
        "they are not a forecast",
    ):
        assert said in text


def told(*changes: tuple[str, str]) -> str:
    """The description of one variant with some of the file's text replaced, on one line."""
    write(Path(), *changes)
    return " ".join(done("describe", "rivals.toml", "-V", "verification", "--no-ranges").split())


def test_the_discount_factor_and_the_weights_of_pairs_are_told() -> None:
    third = '[actors.west]\nstrategy = { kind = "grim" }\n[actors.south]'
    dyads = 'dyads = [{ actors = ["north", "south"], weight = 0.5 }, { actors = ["west", "north"], weight = 2 }]'
    text = told(("[actors.south]", third), ("gain = 1.5", f"gain = 1.5\ndiscount = 0.9\n{dyads}"))

    assert "Payoffs are discounted by a factor of 0.9 a year." in text
    assert "Pairs weigh in the stage game as follows: north and The South 0.5, west and north 2, any other pair 0." in text
    assert "discounted" not in told()
    assert "Pairs weigh" not in told()


def test_an_actor_with_numbers_of_its_own_is_told_beside_the_general_ones() -> None:
    own = 'strategy = { kind = "grim" }\ncrisis = { prize = 3.0, disaster = 5.0 }\ngame = { discount = 0.8 }'
    text = told(('strategy = { kind = "grim" }', f"{own}\nmonitoring = {{ detection = 0.3 }}"))

    assert "the prize is 1 (3 for The South), conceding alone costs 0.2." in text
    assert "war 5;" in text  # its own disaster is that of the file
    assert "discounted by a factor of 1 (0.8 for The South) a year" in text
    assert "see arming with probability 0.5 (0.3 for The South) a year and err with 0.1 a year" in text


def test_a_general_number_that_no_actor_has_is_not_told() -> None:
    changes = [
        ('strategy = { kind = "grim" }', 'strategy = { kind = "grim" }\ncrisis = { prize = 3.0, disaster = 7.0 }'),
        ("tremble = 0.01", "tremble = 0.01\ncrisis = { prize = 2.0, disaster = 7.0 }"),
    ]
    text = told(*changes)

    assert "the prize is 2 for north and 3 for The South, conceding alone costs 0.2." in text
    assert "war 7;" in text
    changes[1] = ("tremble = 0.01", "tremble = 0.01\ncrisis = { prize = 1.0 }")  # its own, though it is that of the file
    assert "the prize is 1 for north and 3 for The South," in told(*changes)


def test_names_of_treaties_and_conditions_stand_beside_what_they_are() -> None:
    text = told(('rates = { "on->off" = 0.2 }', 'on = { alarm = { "on->off" = 0.2 } }'))

    for said in ("The treaty limits (north and The South):", "The condition talks:", "Until year 2, treaty limits in force"):
        assert said in text
    assert "suspend the treaty limits" in text
    assert "move the condition talks" in text


def test_probabilities_say_of_what() -> None:
    text = " ".join(done("describe", "rivals.toml").split())

    assert "DOES MORE CONTROL MEAN LESS RISK OF WAR?" in text
    assert "Expected of the probability of war: verification < treaty < no treaty." in text


def test_the_order_of_the_regimes_is_told_with_how_much_was_tried() -> None:
    order, text = found("describe", "rivals.toml")["order"], " ".join(done("describe", "rivals.toml").split())
    tried = sum(order["tried"].values())

    assert order["tried"]["end"] == 4
    assert order["all_corners"] == order["tried"]["corner"] == 4
    assert f"{tried} further settings were tried, exactly: 4 ends of a range alone" in text
    for entry in order["fails"]["end"]:
        ((path, value),) = entry["setting"].items()
        assert f"{path} = {value:g}: " in text
    assert order["holds"] == (not order["at_the_file"]["broken"] and not order["at_the_file"]["equal"])


def test_ranges_can_be_left_out() -> None:
    assert found("describe", "rivals.toml", "--no-ranges")["order"]["tried"] == {"end": 0, "pair": 0, "corner": 0}


def test_values_and_variants_can_be_chosen() -> None:
    described = found("describe", "rivals.toml", "-V", "treaty", "--set", "game.gain=3", "--no-ranges")

    assert list(described["variants"]) == ["treaty"]
    assert {game["class"] for game in described["variants"]["treaty"]["stage_games"]} == {"Prisoner's Dilemma"}


def test_a_scenario_that_is_too_large_is_simulated_and_says_so() -> None:
    long = 'strategy = { kind = "limited_punishment", rounds = 3000 }'
    write(Path(), ('strategy = { kind = "grim" }', long), ('strategy = { kind = "tit_for_tat", forgiveness = 0.2 }', long))
    text = " ".join(done("describe", "rivals.toml").split())

    assert "too many states: 2,000 simulated histories" in text
    assert "Not looked at: the state space is too large for the exact engine" in text


@pytest.mark.parametrize("kind", STRATEGIES)
def test_every_strategy_has_words(kind: str) -> None:
    spec = {key.name: 0.25 if key.name != "selection" else "mixed" for key in STRATEGIES[kind].parameters} | {"kind": kind}
    words = strategy(spec)

    assert words.split(":")[0] != kind
    assert "{" not in words


def test_a_strategy_without_words_is_named_with_its_numbers() -> None:
    assert strategy({"kind": "tit_for_three_tats", "patience": 0.5}) == "tit for three tats (patience 0.5)"


def test_small_words() -> None:
    numbers = {0.01334: "0.0133", 2.5: "2.5", 1234.4: "1,234", -0.0: "0", 100.0: "100", 999.9: "1,000"}
    assert {x: number(x) for x in numbers} == numbers
    assert percent(0.998, 2) == "100 %"
    assert number(math.nan) == "undefined"
    assert [series(x) for x in ([], ["a"], ["a", "b"], ["a", "b", "c"])] == ["none", "a", "a and b", "a, b and c"]
    assert table(["a", "b"], [["long", "1"]]) == ["a     b", "long  1"]
    assert calendar_date(datetime.date(2011, 2, 5), 25) == datetime.date(2036, 2, 5)
    assert calendar_date(datetime.date(2020, 12, 31), 1 / 366) == datetime.date(2021, 1, 1)


def test_estimates_say_how_they_were_found() -> None:
    assert estimate(0.0148, [0.0148, 0.0148], None) == "1.48 %"
    assert estimate(0.015, [0.0105, 0.0213], 2000) == "1.5 % [1.05, 2.13]"
    assert estimate(0.0, [0.0, 0.001917], 2000) == "0 of 2,000: below 0.19 %"
    assert estimate(1.0, [0.998083, 1.0], 2000) == "2,000 of 2,000: above 99.81 %"
