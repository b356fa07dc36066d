"""Variants and values: what is put in before a variant is merged, what reaches it, what is refused (docs/model.md, section 3)."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from config_text import TEXT, changed, read_text, refused
from drawn import draw, to_toml
from sim.config import InputError, ScenarioFile, Source, source
from sim.config.positions import lines
from sim.config.scenario_file import scenario_of

INSPECTIONS = "treaties.pact.inspections_per_year"
MORE = """
[variants.empirical]
crisis = { kind = "empirical", rungs = ["a", "b"], advance = [0.5], resolve = [0.2] }
onset.rungs = [1]
[variants.third]
treaties.extra = { parties = ["east", "west"], sanction = 2 }
actors.west.strategy = { kind = "grim" }
"""


@pytest.fixture
def quarrel(tmp_path: Path) -> ScenarioFile:
    return read_text(tmp_path, TEXT + MORE)


def refusal(file: ScenarioFile, variant: str, values: dict, **options: bool) -> str:
    with pytest.raises(InputError) as error:
        file.tables(variant, values, **options)
    return str(error.value).partition(": ")[2]


def test_a_file_without_variants_has_one_called_base(tmp_path: Path) -> None:
    file = read_text(tmp_path, TEXT[: TEXT.index("[variants")])

    assert file.variants == ("base",)
    assert file.tables("base")["treaties"]["pact"]["inspections_per_year"] == 12


def test_variants_are_merged_and_defaults_filled_in(quarrel: ScenarioFile) -> None:
    assert quarrel.variants == ("no_treaty", "treaty", "verification", "empirical", "third")
    assert quarrel.tables("no_treaty")["treaties"] == {}
    assert quarrel.tables("treaty")["treaties"]["pact"]["inspections_per_year"] == 0
    verification = quarrel.tables("verification")
    assert verification["treaties"]["pact"]["inspections_per_year"] == 12
    assert verification["treaties"]["pact"]["parties"] == ["east", "west"]
    assert verification["crisis"]["rung_costs"] == [0, 0]
    # a table with a kind replaces the whole table: no prize is left of the other ladder
    assert "prize" not in quarrel.tables("empirical")["crisis"]
    # strategy removes leaders
    assert "leaders" not in quarrel.tables("third")["actors"]["west"]


def test_an_unknown_variant_is_refused(quarrel: ScenarioFile) -> None:
    assert refusal(quarrel, "treety", {}) == (
        "has no variant 'treety'. Did you mean treaty? Allowed: no_treaty, treaty, verification, empirical, third."
    )


def test_nothing_done_to_tables_reaches_the_file(quarrel: ScenarioFile) -> None:
    before = quarrel.tables("verification")
    tables = quarrel.tables("verification", {"crisis.slip": 0.5})
    tables["actors"]["east"]["strategy"]["forgiveness"] = 7
    tables["treaties"]["pact"]["parties"].append("north")

    assert quarrel.tables("verification") == before


def test_a_value_is_put_in_before_the_variant(quarrel: ScenarioFile) -> None:
    values = {INSPECTIONS: 40}

    assert quarrel.tables("verification", values)["treaties"]["pact"]["inspections_per_year"] == 40
    assert quarrel.tables("treaty", values) == quarrel.tables("treaty")
    assert quarrel.tables("no_treaty", values) == quarrel.tables("no_treaty")
    assert quarrel.keeps_own("verification", INSPECTIONS) == ""
    assert quarrel.keeps_own("treaty", INSPECTIONS) == "it sets this path itself"
    assert quarrel.keeps_own("no_treaty", INSPECTIONS) == "it has no treaties"


def test_set_is_refused_where_it_has_no_effect(quarrel: ScenarioFile) -> None:
    assert refusal(quarrel, "treaty", {INSPECTIONS: 40}, strict=True) == (
        f"{INSPECTIONS}: cannot be set in variant treaty: it sets this path itself"
    )
    assert refusal(quarrel, "empirical", {"crisis.disaster": 5}, strict=True) == (
        "crisis.disaster: cannot be set in variant empirical: its own crisis replaces it"
    )
    assert refusal(quarrel, "no_treaty", {INSPECTIONS: 40}, strict=True).endswith("variant no_treaty: it has no treaties")


@pytest.mark.parametrize(
    "path, said",
    [
        (
            "monitoring.detecton",
            "monitoring.detecton: no such path. Did you mean detection? Allowed: kind, detection, false_alarm.",
        ),
        ("treaties.pcat.sanction", "treaties.pcat.sanction: no such path: it stops at treaties.pcat. Did you mean pact? "),
        ("crisis.slip.2", "crisis.slip.2: no such path. Entries are counted from 0, and there are 2."),
        ("actors.east.strategy.rounds", "actors.east.strategy.rounds: no such path. Allowed: forgiveness."),
        ("monitoring.detection.low", "monitoring.detection.low: no such path. Nothing stands beneath a value."),
        ("variants.treaty", "variants.treaty: no such path"),
        ("", '"": no such path'),
    ],
)
def test_a_path_that_no_variant_has_is_refused(quarrel: ScenarioFile, path: str, said: str) -> None:
    for variant in quarrel.variants:
        assert refusal(quarrel, variant, {path: 1}).startswith(said)


def test_a_value_outside_its_range_is_refused_without_a_line_of_the_file(quarrel: ScenarioFile) -> None:
    with pytest.raises(InputError) as error:
        quarrel.tables("verification", {"monitoring.detection": 1.4})

    assert str(error.value).endswith("quarrel.toml: monitoring.detection: must be in [0, 1], found 1.4. Write 0.014 for 1.4 %.")


def test_a_value_of_the_wrong_type_is_refused(quarrel: ScenarioFile) -> None:
    assert refusal(quarrel, "verification", {"monitoring.detection": "high"}).startswith(
        'monitoring.detection: must be a number in [0, 1], found "high"'
    )
    assert refusal(quarrel, "verification", {"actors.east.strategy": {"kind": "grimm"}}).startswith(
        'actors.east.strategy.kind: unknown kind, found "grimm". Did you mean grim?'
    )
    assert "must be a finite number, found nan" in refusal(quarrel, "verification", {"monitoring.detection": float("nan")})


def test_structure_may_be_set(quarrel: ScenarioFile) -> None:
    grim = quarrel.tables("verification", {"actors.east.strategy": {"kind": "grim"}})
    west = quarrel.tables("verification", {"actors.west.strategy": {"kind": "grim"}})
    alone = quarrel.tables("verification", {"treaties.accord": False})
    shock = quarrel.tables("verification", {"crisis.shock_rung": 3, "treaties.pact.limits_when_suspended": True})

    assert grim["actors"]["east"]["strategy"] == {"kind": "grim"}
    assert west["actors"]["west"]["strategy"] == {"kind": "grim"}
    assert "leaders" not in west["actors"]["west"]
    assert list(alone["treaties"]) == ["pact"]
    assert alone["treaties"]["pact"]["cascade"] == {}
    assert (shock["crisis"]["shock_rung"], shock["treaties"]["pact"]["limits_when_suspended"]) == (3, True)


def test_structure_that_no_longer_fits_is_refused(quarrel: ScenarioFile) -> None:
    assert "crisis.slip: must have 3 entries for 4 rungs" in refusal(quarrel, "verification", {"crisis.rungs": list("abcd")})


def test_a_list_s_own_path_means_all_its_entries(quarrel: ScenarioFile) -> None:
    assert quarrel.tables("verification", {"crisis.slip": 0.3})["crisis"]["slip"] == [0.3, 0.3]
    assert quarrel.tables("verification", {"crisis.slip.1": 0.3})["crisis"]["slip"] == [0.02, 0.3]
    assert quarrel.tables("verification", {"crisis.slip": [0.1, 0.2]})["crisis"]["slip"] == [0.1, 0.2]


def test_values_go_where_the_file_is_silent(quarrel: ScenarioFile) -> None:
    tables = quarrel.tables(
        "verification",
        {"crisis.rung_costs.1": 3.0, "actors.east.crisis.prize": 2.0, "actors.east.turnover_years": 4, "game.discount": 0.9},
    )

    assert tables["crisis"]["rung_costs"] == [0, 3]
    assert tables["actors"]["east"]["crisis"]["prize"] == 2
    assert tables["actors"]["east"]["turnover_years"] == 4
    assert tables["game"]["discount"] == 0.9


def test_a_value_for_a_list_on_which_the_file_is_silent(quarrel: ScenarioFile) -> None:
    path = "treaties.pact.outside"

    assert quarrel.keeps_own("verification", path) == ""
    values = {"treaties.pact.exit": "one_by_one", "treaties.pact.status": "pending", path: ["west"]}
    assert quarrel.tables("verification", values)["treaties"]["pact"]["outside"] == ["west"]
    with pytest.raises(InputError, match=r"must be a list.*Write \["):
        quarrel.tables("verification", values | {path: "west"})


def test_a_value_for_a_treaty_that_one_variant_adds_reaches_this_variant_alone(quarrel: ScenarioFile) -> None:
    values = {"treaties.extra.withdrawal_rate": 0.7}

    assert quarrel.tables("third", values)["treaties"]["extra"]["withdrawal_rate"] == 0.7
    assert list(quarrel.tables("verification", values)["treaties"]) == ["pact", "accord"]
    assert quarrel.keeps_own("verification", "treaties.extra.withdrawal_rate") == "it has no treaties.extra"
    assert quarrel.keeps_own("third", "treaties.extra.sanction") == "it sets this path itself"


def test_a_quoted_part_of_a_path(quarrel: ScenarioFile) -> None:
    tables = quarrel.tables("verification", {'conditions.talks.rates."off->on"': 0.9})

    assert tables["conditions"]["talks"]["rates"] == {"on->off": 0.3, "off->on": 0.9}


# ---- false, and everything else that may stand somewhere


def test_false_removes_a_table_and_its_mentions(tmp_path: Path) -> None:
    text = TEXT + "[variants.no_accord]\ntreaties.accord = false\nevents = false\n[variants.no_talks]\nconditions = false\n"

    file = read_text(tmp_path, text)

    assert list(file.tables("no_accord")["treaties"]) == ["pact"]
    assert file.tables("no_accord")["treaties"]["pact"]["cascade"] == {}
    assert file.tables("no_accord")["events"] == []
    assert file.tables("no_talks")["events"][1]["status"] == {}


def test_false_for_what_the_file_has_not_changes_nothing(tmp_path: Path) -> None:
    treaties = TEXT[TEXT.index("[treaties.pact]") : TEXT.index("[channels")]
    small = changed(
        (treaties, ""),
        ('scale = { "treaties.pact.withdrawal_rate" = 2.0 }', ""),
        ('on."withdrawal.pact" = { "on->off" = 0.4 }', ""),
        ('expire = ["accord"]', ""),
        ("[variants.treaty]\ntreaties.pact.inspections_per_year = 0\n", ""),
    )

    file = read_text(tmp_path, small)

    assert file.tables("no_treaty") == file.tables("verification")


def test_false_for_a_misspelt_name_is_refused(tmp_path: Path) -> None:
    (only,) = refused(tmp_path, changed(("treaties = false", "treaties.acord = false")))

    assert only.endswith(
        "variants.no_treaty.treaties.acord: is not there, so false cannot remove it. Did you mean accord? Allowed: pact, accord."
    )


ODD: list[Any] = [-1, False, "x", [[1]], {"a": {"b": {}}}, date(2001, 1, 1)]


def places(node: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The paths of everything beneath a node."""
    for key, inner in node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ():
        yield (*path, key)
        yield from places(inner, (*path, key))


def replaced(node: Any, path: tuple[Any, ...], value: Any) -> Any:
    """The node with a value at a path, or without the path where the value is None."""
    out = node.copy()
    if path[1:]:
        out[path[0]] = replaced(node[path[0]], path[1:], value)
    elif value is None:
        del out[path[0]]
    else:
        out[path[0]] = value
    return out


def test_whatever_stands_somewhere_is_read_or_refused_in_words(monkeypatch: pytest.MonkeyPatch) -> None:
    known = lines(TEXT)
    monkeypatch.setattr(source, "lines", lambda _: known)
    data = tomllib.loads(TEXT)
    said = []
    for path in places(data):
        for value in [*ODD, None]:
            try:
                scenario_of(Source(Path("quarrel.toml"), TEXT, replaced(data, path, value)))
            except InputError as error:
                said.append(str(error))

    assert len(said) > 400
    assert all(message.startswith("quarrel.toml") for message in said)


def test_every_drawn_scenario_is_read(tmp_path: Path) -> None:
    for seed in range(50):
        file = read_text(tmp_path, to_toml(draw(np.random.default_rng(seed), limit=1e12)))
        for variant in file.variants:
            file.tables(variant)


# ---- sweeps


def test_arrays_over_the_points_of_a_sweep_pass_through(quarrel: ScenarioFile) -> None:
    points = np.array([0.1, 0.2, 0.3])

    tables = quarrel.tables("verification", {"monitoring.detection": points, "crisis.slip": points / 10})

    assert tables["monitoring"]["detection"].tolist() == [0.1, 0.2, 0.3]
    assert [entry.tolist() for entry in tables["crisis"]["slip"]] == [(points / 10).tolist()] * 2


def test_numbers_of_numpy_become_plain_ones(quarrel: ScenarioFile) -> None:
    tables = quarrel.tables("verification", {"monitoring.detection": np.float64(0.1), "crisis.shock_rung": np.int64(3)})

    assert type(tables["monitoring"]["detection"]) is float
    assert type(tables["crisis"]["shock_rung"]) is int


def test_arrays_do_for_numbers_only(quarrel: ScenarioFile) -> None:
    points = np.array([1.0, 2.0])

    for path in ("horizon.years", "crisis.shock_rung", "crisis.selection"):
        assert refusal(quarrel, "verification", {path: points}).startswith(f"{path}: is structure: ")


def test_a_swept_value_outside_its_range_fails_its_point_alone(quarrel: ScenarioFile) -> None:
    values = {"monitoring.detection": np.array([0.1, 1.4, 0.3]), "onset.alarm_probability": np.array([0.1, 0.1, -0.1])}

    failures = quarrel.failures("verification", values)

    assert sorted(failures) == [1, 2]
    assert "monitoring.detection: must be in [0, 1], found 1.4" in failures[1]
    assert "onset.alarm_probability: must be in [0, 1], found -0.1" in failures[2]
    assert "monitoring.detection: must be in [0, 1], found 1.4" in refusal(quarrel, "verification", values)
    sound = {path: array[:1] for path, array in values.items()}
    assert quarrel.failures("verification", sound) == {}
    quarrel.tables("verification", sound)


def test_a_point_fails_too_where_an_event_drives_it_out_of_range(tmp_path: Path) -> None:
    file = read_text(tmp_path, changed(('set = { "monitoring.detection" = 0.6 }', 'scale = { "monitoring.detection" = 2 }')))

    # 0.4 * 2 = 0.8 is sound, 0.6 * 2 = 1.2 is not
    failures = file.failures("verification", {"monitoring.detection": np.array([0.4, 0.6])})

    assert list(failures) == [1]
    assert "monitoring.detection must be in [0, 1] at all times, found 1.2" in failures[1]


def test_a_point_fails_where_probabilities_no_longer_sum_to_one(quarrel: ScenarioFile) -> None:
    values = {"onset.rungs.0": np.array([0.75, 0.5]), "onset.rungs.1": np.array([0.25, 0.25])}

    assert list(quarrel.failures("verification", values)) == [1]


def test_a_point_with_nan_fails(quarrel: ScenarioFile) -> None:
    assert list(quarrel.failures("verification", {"onset.arming_rate": np.array([0.1, np.nan])})) == [1]
