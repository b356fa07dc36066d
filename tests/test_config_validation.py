"""What is wrong with a single key: every message has file, line, key, what is allowed, what was found, what to do."""

from __future__ import annotations

from pathlib import Path

import pytest

from config_text import TEXT, changed, line_of, read_text, refused


def test_the_text_itself_is_sound(tmp_path: Path) -> None:
    assert refused(tmp_path, TEXT) == []


DETECTION = "detection = 0.5\n"
STRATEGY = 'strategy = { kind = "tit_for_tat", forgiveness = 0.2 }'

CASES = {
    "unknown key": (
        "inspections_per_year = 12",
        "inspections_per_yer = 12",
        "treaties.pact.inspections_per_yer: unknown key. Did you mean inspections_per_year? Allowed: parties, status, ",
    ),
    "unknown key of a table with a kind": (
        "forgiveness = 0.2",
        "forgivness = 0.2",
        "actors.east.strategy.forgivness: unknown key. Did you mean forgiveness? Allowed: kind, forgiveness.",
    ),
    "unknown table": ("[monitoring]", "[monitorin]", "monitorin: unknown key. Did you mean monitoring? Allowed: title, "),
    "misspelt strategy": (
        '"tit_for_tat"',
        '"tit_for_tatt"',
        'actors.east.strategy.kind: unknown kind, found "tit_for_tatt". Did you mean tit_for_tat? Allowed: always_restrain, ',
    ),
    "strategy in one word": (
        STRATEGY,
        'strategy = "grim"',
        'actors.east.strategy: must be a table, found "grim". Write { kind = "grim" }.',
    ),
    "strategy without a kind": (
        'kind = "tit_for_tat", ',
        "",
        "actors.east.strategy.kind: missing: says what kind of table this is. Allowed: always_restrain, ",
    ),
    "kind that is no text": ('"tit_for_tat"', "3", "actors.east.strategy.kind: unknown kind, found 3. Allowed: "),
    "probability in per cent": (
        DETECTION,
        "detection = 1.4\n",
        "monitoring.detection: must be in [0, 1], found 1.4. Write 0.014 for 1.4 %.",
    ),
    "probability above any percentage": (DETECTION, "detection = 140\n", "monitoring.detection: must be in [0, 1], found 140"),
    "probability below 0": (DETECTION, "detection = -0.1\n", "monitoring.detection: must be in [0, 1], found -0.1"),
    "negative rate": (
        "withdrawal_rate = 0.1",
        "withdrawal_rate = -0.1",
        "treaties.pact.withdrawal_rate: must be >= 0, found -0.1",
    ),
    "prize that is not positive": ("prize = 1.0", "prize = 0", "crisis.prize: must be > 0, found 0"),
    "discount of 0": ("cost = 2.0", "cost = 2.0\ndiscount = 0", "game.discount: must be in (0, 1], found 0"),
    "NaN": (DETECTION, "detection = nan\n", "monitoring.detection: must be a finite number, found nan"),
    "infinity": ("gain = 3.0", "gain = inf", "game.gain: must be a finite number, found inf"),
    "number beyond any float": ("gain = 3.0", f"gain = 1{'0' * 400}", "game.gain: must be a finite number, found 1000000"),
    "text for a number": (
        DETECTION,
        'detection = "0.5"\n',
        'monitoring.detection: must be a number in [0, 1], found "0.5". Write 0.5 without quotes.',
    ),
    "flag for a number": (DETECTION, "detection = true\n", "monitoring.detection: must be a number in [0, 1], found true"),
    "list for a number": (DETECTION, "detection = [0.5]\n", "monitoring.detection: must be a number in [0, 1], found [0.5]"),
    "table for a number": (
        DETECTION,
        "detection.low = 0.5\n",
        "monitoring.detection: must be a number in [0, 1], found the table",
    ),
    "number for a flag": (
        "inspections_per_year = 12",
        "limits_when_suspended = 1",
        "treaties.pact.limits_when_suspended: must be true or false, found 1",
    ),
    "number for text": ('title = "a quarrel"', "title = 3", "title: must be text in quotes, found 3"),
    "real number for a whole one": (
        "shock_rung = 2",
        "shock_rung = 2.0",
        "crisis.shock_rung: must be a whole number >= 1, found 2.0",
    ),
    "whole number too small": ("shock_rung = 2", "shock_rung = 0", "crisis.shock_rung: must be >= 1, found 0"),
    "text for a date": (
        "start = 2000-01-01",
        'start = "2000-01-01"',
        'horizon.start: must be a date such as 2011-02-05 (no quotes), found "2000-01-01". Write 2000-01-01 without quotes.',
    ),
    "date with a time": (
        "start = 2000-01-01",
        "start = 2000-01-01T00:00:00",
        "horizon.start: must be a date such as 2011-02-05 (no quotes), found 2000-01-01T00:00:00",
    ),
    "text for a list": (
        'rungs = ["threat", "use of force", "war"]',
        'rungs = "war"',
        'crisis.rungs: must be a list of 1 or more, each text in quotes, found "war". Write ["war"] for a list of one.',
    ),
    "empty list": (
        'states = ["on", "off"]',
        "states = []",
        "conditions.talks.states: must be a list of 2 or more, each text in quotes",
    ),
    "wrong entry of a list": (
        "slip = [0.02, 0.05]",
        'slip = [0.02, "a"]',
        'crisis.slip.1: must be a number in [0, 1], found "a"',
    ),
    "word that is not among the words": (
        "inspections_per_year = 12",
        'status = "inforce"',
        'treaties.pact.status: must be one of the words for it, found "inforce". Did you mean in_force? Allowed: pending, ',
    ),
    "another model": ('title = "a quarrel"', 'title = "a"\nmodel = "chess"', 'model: names no model, found "chess"'),
    "name that is no bare key": (
        "[channels.hotline]",
        '[channels."hot line"]',
        'channels."hot line": names of channels must be bare keys: letters, digits, - and _, found "hot line"',
    ),
    "missing key": (
        "gain = 3.0\n",
        "",
        "game.gain: missing: what arming gains against a rival that restrains. It must be a number.",
    ),
    "missing table": ('title = "a quarrel"\n', "", "title: missing: one line that says what the scenario is."),
    "cascade that is neither number nor table": (
        "cascade = { accord = 0.5 }",
        'cascade = "x"',
        'treaties.pact.cascade: must be a number >= 0 or a table of other treaties, each a number >= 0, found "x"',
    ),
    "negative entry of a cascade": (
        "cascade = { accord = 0.5 }",
        "cascade = { accord = -0.5 }",
        "treaties.pact.cascade.accord: must be >= 0, found -0.5",
    ),
    "event with dots that is not quoted": (
        'on."withdrawal.pact"',
        "on.withdrawal.pact",
        "conditions.talks.on.withdrawal.pact: must be a number in [0, 1], found the table",
    ),
    "events as a table": (
        'set = { "monitoring.detection" = 0.6 }',
        "set = 0.6",
        "events.0.set: must be a table of parameter paths, each a number, found 0.6. Write { key = number }.",
    ),
    "unknown distribution": (
        '"triangular"',
        '"normal"',
        'uncertain."monitoring.detection".distribution: unknown distribution, found "normal". ',
    ),
    "key of the other kind of ladder": (
        "shock_rung = 2",
        "advance = [0.1, 0.1]",
        "crisis.advance: unknown key. Allowed: kind, rungs, ",
    ),
}


@pytest.mark.parametrize("old, new, said", CASES.values(), ids=CASES)
def test_what_is_wrong_with_one_key_is_said_once(tmp_path: Path, old: str, new: str, said: str) -> None:
    (only,) = refused(tmp_path, changed((old, new)))

    place, _, rest = only.partition(": ")
    assert rest.startswith(said), only
    assert place.startswith("quarrel.toml")


@pytest.mark.parametrize(
    "old, new, key",
    [
        (DETECTION, "detection = 1.4\n", "detection = 1.4"),
        ("inspections_per_year = 12", "inspections_per_yer = 12", "inspections_per_yer"),
        ('"tit_for_tat"', '"tit_for_tatt"', "strategy = {"),
        ("slip = [0.02, 0.05]", "slip = [\n  0.02,\n  7,\n]", "  7,"),
        ("year = 5", "year = -5", "year = -5"),
        ("gain = 3.0\n", "", "[game]"),
    ],
    ids=["key", "unknown key", "inline table", "entry of a list", "list of tables", "missing key: its table"],
)
def test_the_line_is_that_of_the_key(tmp_path: Path, old: str, new: str, key: str) -> None:
    text = changed((old, new))

    assert refused(tmp_path, text)[0].startswith(f"quarrel.toml:{line_of(text, key)}: ")


@pytest.mark.parametrize(
    "text, said",
    [
        ("monitoring = 0.5", "monitoring: must be a table, found 0.5. Its keys: kind, detection, false_alarm."),
        ("channels = { hotline = 0.4 }", "channels.hotline: must be a table, found 0.4. Its keys: accident_reduction."),
        ("treaties = 3", "treaties: must be a table of treaties, found 3"),
        (
            "events = { year = 1 }",
            "events: must be a list, each a table, found the table { year = 1 }. Write [[events]] for an entry.",
        ),
        ("events = [3]", "events.0: must be a table, found 3. Its keys: date, year, set, scale, status, leave, expire."),
        ("variants = 3", "variants: must be a table of variants, found 3"),
        ("variants = { one = 3 }", "variants.one: must be a table of keys of this file, found 3"),
        ("variants = { one = { treaties = 3 } }", "variants.one.treaties: must be a table of treaties, found 3"),
    ],
)
def test_a_value_in_place_of_a_table_is_refused_and_stops_nothing_else(tmp_path: Path, text: str, said: str) -> None:
    scenario = """
title = "small"
seven = 7
horizon = { years = 1, rounds_per_year = 4 }
actors = { a = { strategy = { kind = "grim" } }, b = { strategy = { kind = "grim" } } }
game = { gain = 1, exposure = 1, cost = 1 }
crisis = { kind = "brinkmanship", rungs = ["war"], prize = 1, slip = [] }
"""
    assert refused(tmp_path, text + scenario.replace("seven = 7\n", "")) == [f"quarrel.toml:1: {said}"]
    both = refused(tmp_path, text + scenario)
    assert len(both) == 2
    assert both[1].startswith("quarrel.toml:3: seven: unknown key.")


def test_all_that_is_wrong_is_said_at_once_in_the_order_of_the_file(tmp_path: Path) -> None:
    text = changed(
        ("forgiveness = 0.2", "forgivness = 0.2"),
        (DETECTION, "detection = 1.4\n"),
        ("inspections_per_year = 12", "inspections_per_year = -12"),
        ('parties = ["east", "west"]', 'parties = ["east", "wst"]'),
        ('"on->off" = 0.3', '"on->of" = 0.3'),
        ("slip = [0.02, 0.05]", "slip = [0.02]"),
        ("year = 5", "year = 50"),
        ("treaties.pact.inspections_per_year = 0", "treaties.pact.inspections_per_year = nan"),
    )

    said = refused(tmp_path, text)

    keys = [line.split(": ")[1] for line in said]
    assert keys == [
        "actors.east.strategy.forgivness",
        "monitoring.detection",
        "treaties.pact.inspections_per_year",
        "treaties.accord.parties.1",
        'conditions.talks.rates."on->of"',
        "crisis.slip",
        "events.1.year",
        "variants.treaty.treaties.pact.inspections_per_year",
    ]
    lines = [int(line.split(":")[1]) for line in said]
    assert lines == sorted(lines)


def test_a_problem_that_some_variants_show_names_them(tmp_path: Path) -> None:
    text = changed(("inspections_per_year = 12", "inspections_per_year = -12"))

    (only,) = refused(tmp_path, text)

    assert only.endswith("treaties.pact.inspections_per_year: must be >= 0, found -12 (variant verification)")


def test_a_wrong_number_of_a_treaty_brings_no_complaint_of_paths_to_its_sound_ones(tmp_path: Path) -> None:
    prior = '{ distribution = "uniform", low = 0, high = 0.2, basis = "judgement" }'
    said = (
        f'"treaties.pact.withdrawal_rate" = {prior}\n"treaties.pact.notice_year" = {prior}\n"games.gain" = {prior}\n'
        '[mechanisms]\nD10 = ["treaties.pact.cascade"]\n[variants.no_treaty]'
    )
    ranges = ("[variants.no_treaty]", said)

    wrong = refused(tmp_path, changed(ranges, ("withdrawal_rate = 0.1", "withdrawal_rate = -0.1")))
    right = refused(tmp_path, changed(ranges))

    assert "withdrawal_rate: must be >= 0" in wrong[0]
    assert 'uncertain."games.gain": no such path' in wrong[1]
    assert len(wrong) == 2
    assert 'uncertain."treaties.pact.notice_year": no such path. Did you mean notice_years?' in right[0]


def test_what_a_variant_says_wrong_stands_on_its_line(tmp_path: Path) -> None:
    text = changed(("treaties.pact.inspections_per_year = 0", "treaties.pact.inspection_per_year = 0"))

    (only,) = refused(tmp_path, text)

    line = line_of(text, "treaties.pact.inspection_per_year = 0")
    assert only.startswith(f"quarrel.toml:{line}: variants.treaty.treaties.pact.inspection_per_year: unknown key. Did you mean")


def test_what_a_variant_s_own_table_lacks_is_said_of_the_variant(tmp_path: Path) -> None:
    text = changed(
        ("[variants.verification]", '[variants.verification]\ncrisis = { kind = "brinkmanship", rungs = ["a", "b"], slip = [0] }')
    )

    (only,) = refused(tmp_path, text)

    assert only.startswith(f"quarrel.toml:{line_of(text, 'crisis = { kind')}: variants.verification.crisis.prize: missing: ")


def test_whole_numbers_are_accepted_as_numbers(tmp_path: Path) -> None:
    text = changed((DETECTION, "detection = 1\n"))

    assert read_text(tmp_path, text).tables("verification")["monitoring"]["detection"] == 1


def test_without_the_position_aware_parser_messages_lack_their_lines_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(__import__("sys").modules, "tree_sitter_toml", None)

    assert refused(tmp_path, changed((DETECTION, "detection = 1.4\n"))) == [
        "quarrel.toml: monitoring.detection: must be in [0, 1], found 1.4. Write 0.014 for 1.4 %."
    ]
