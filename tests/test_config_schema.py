"""JSON schemas and the table of keys: made from the declarations, and true of the files there are."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from config_text import TEXT, changed, read_text
from sim.cli import main
from sim.config.schema import file_schema, scenario_schema
from sim.config.tables_of_keys import keys_table
from sim.declare import REQUIRED, Key, ListOf, MapOf, Table, Tagged
from sim.dilemma.keys import SCENARIO

jsonschema = pytest.importorskip("jsonschema")
LIBRARY = sorted((Path(__file__).parents[1] / "scenarios").glob("*.toml"))


def complaints(text: str) -> list[str]:
    """The paths about which the schema complains; dates are texts for a schema."""
    data = json.loads(json.dumps(tomllib.loads(text), default=str))
    return [error.json_path for error in jsonschema.Draft202012Validator(scenario_schema()).iter_errors(data)]


def test_it_is_a_schema() -> None:
    jsonschema.Draft202012Validator.check_schema(scenario_schema())
    assert scenario_schema()["$schema"] == "https://json-schema.org/draft/2020-12/schema"


@pytest.mark.parametrize("path", LIBRARY, ids=lambda path: path.stem)
def test_every_scenario_of_the_library_is_valid(path: Path) -> None:
    assert complaints(path.read_text(encoding="utf-8")) == []


def test_there_is_a_library() -> None:
    assert {"baseline", "new_start"} <= {path.stem for path in LIBRARY}


def test_the_text_is_valid() -> None:
    assert complaints(TEXT) == []


@pytest.mark.parametrize(
    "old, new, path",
    [
        ("detection = 0.5\n", "detection = 1.4\n", "$.monitoring.detection"),
        ("inspections_per_year = 12", "inspections_per_yer = 12", "$.treaties.pact"),
        ('"tit_for_tat"', '"tit_for_tatt"', "$.actors.east.strategy"),
        ("slip = [0.02, 0.05]", 'slip = "a"', "$.crisis"),
        ("prize = 1.0\n", "", "$.crisis"),
        ('states = ["on", "off"]', 'states = ["on"]', "$.conditions.talks.states"),
        ("treaties = false", "treaties = 3", "$.variants.no_treaty.treaties"),
        ("date = 2003-07-02\n", "date = 2003-07-02\nyear = 1\n", "$.events[0]"),
        ("year = 5\n", "", "$.events[1]"),
        ("treaties.pact.inspections_per_year = 0", "treaties.pact.inspections_per_year = -1", "$.variants.treaty.treaties"),
    ],
)
def test_the_schema_refuses_what_the_reader_refuses(tmp_path: Path, old: str, new: str, path: str) -> None:
    text = changed((old, new))

    assert path in complaints(text)
    with pytest.raises(ValueError):
        read_text(tmp_path, text)


def test_what_is_required_may_stand_in_the_variants_alone(tmp_path: Path) -> None:
    crisis = TEXT[TEXT.index("[crisis]") : TEXT.index("[[events]]")]
    text = TEXT.replace(crisis, "").replace("[variants.verification]\n", "")
    moved = crisis.replace("[crisis]", "[variants.treaty.crisis]")
    text = text.replace("[variants.no_treaty]\ntreaties = false\n", "") + moved

    assert read_text(tmp_path, text).variants == ("treaty",)
    assert complaints(text) == []
    alone = text[: text.index("[variants")]
    assert complaints(alone) == ["$"]


def test_one_actor_is_too_few_where_no_variant_can_bring_another() -> None:
    def actors(text: str) -> str:
        return text.replace(text[text.index("[actors.west]") : text.index("[game]")], "")

    assert "$.actors" in complaints(actors(TEXT[: TEXT.index("[variants")]))
    assert "$.actors" not in complaints(actors(TEXT))


def test_keys_carry_their_sentence_unit_and_default() -> None:
    treaty = scenario_schema()["properties"]["treaties"]["additionalProperties"]["properties"]

    assert treaty["notice_years"] == {
        "type": "number",
        "minimum": 0.0,
        "description": "Mean time from a withdrawal to its effect; at once if 0. Unit: years.",
        "default": 0.0,
    }


def test_the_schema_is_plain_json() -> None:
    assert json.loads(json.dumps(scenario_schema())) == scenario_schema()


def test_any_declared_file_has_a_schema() -> None:
    table = Table((Key("title", SCENARIO.key("title").type, "A title."),))

    assert file_schema("Note", table) == {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "urn:strategic-stability-simulator:schema:note:1",
        "title": "Note",
        "type": "object",
        "properties": {"title": {"type": "string", "description": "A title."}},
        "required": ["title"],
        "additionalProperties": False,
        "$defs": {},
    }


# ---- every declaration


def keys_of(kind: Any, path: str = "") -> list[tuple[str, Key]]:
    tables = kind.cases.values() if isinstance(kind, Tagged) else [kind] if isinstance(kind, Table) else []
    if isinstance(kind, MapOf | ListOf):
        return keys_of(kind.item, path)
    own = [(f"{path}.{key.name}", key) for table in tables for key in table.keys]
    return own + [found for where, key in own for found in keys_of(key.type, where)]


ALL = keys_of(SCENARIO)


def test_every_key_has_one_clear_sentence() -> None:
    for path, key in ALL:
        assert key.text.endswith((".", "...")), path
        assert key.text[0].isupper(), path
        assert len(key.text) <= 120, path


def test_every_key_stands_in_the_table_of_keys() -> None:
    lines = keys_table().splitlines()

    assert lines[0] == "| key | default | allowed | meaning |"
    assert all(line.count(" | ") == 3 for line in lines)
    for path, key in ALL:
        row = [line for line in lines if f"{key.name}`" in line and key.text in line]
        assert row, path
        assert ("| required |" in row[0]) == (key.default is REQUIRED)
    assert (
        "| `treaties.*.inspection_detection` | `0.0` | a number in [0, 1] (probability) | "
        "Probability that one inspection detects a party that arms. |"
    ) in lines


@pytest.mark.parametrize("kind", ["scenario", "model", "experiment"])
def test_the_shipped_schemas_are_fresh(kind: str, tmp_path: Path) -> None:
    # docs/schema is written by `sim schema --out docs/schema`
    result = CliRunner().invoke(main, ["schema", kind, "--out", str(tmp_path)])
    assert result.exit_code == 0
    name = f"{kind}.schema.json"
    assert (tmp_path / name).read_text("utf-8") == (Path(__file__).parents[1] / "docs" / "schema" / name).read_text("utf-8")


def test_the_table_of_keys_in_the_docs_is_fresh() -> None:
    # docs/keys.md is written by `make docs`
    text = (Path(__file__).parents[1] / "docs" / "keys.md").read_text("utf-8")
    assert text.endswith("\n\n" + keys_table(SCENARIO).rstrip() + "\n")
