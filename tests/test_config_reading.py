"""Finding and reading files: what is refused before a single key is looked at, each with a message that says what to do."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from config_text import TEXT, refused
from sim.config import InputError, library, locate, read_scenario, source


def message(name_or_path: str | Path) -> str:
    with pytest.raises(InputError) as refusal:
        read_scenario(name_or_path)
    return str(refusal.value)


@pytest.fixture
def scenarios(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder with one scenario of its own, and nothing else in its library."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(source, "PACKAGE", tmp_path / "installed" / "sim")
    (tmp_path / "scenarios").mkdir()
    (tmp_path / "scenarios" / "quarrel.toml").write_text(TEXT)
    return tmp_path


def test_a_scenario_is_named_by_path_or_by_bare_name(scenarios: Path) -> None:
    assert read_scenario("quarrel").name == "quarrel"
    assert read_scenario("scenarios/quarrel.toml").variants == ("no_treaty", "treaty", "verification")
    assert read_scenario(scenarios / "scenarios" / "quarrel.toml").title == "a quarrel"


def test_the_library_in_the_package_is_found_behind_the_working_folder(scenarios: Path) -> None:
    shipped = scenarios / "installed" / "sim" / "library" / "scenarios"
    shipped.mkdir(parents=True)
    (shipped / "quarrel.toml").write_text("")
    (shipped / "other.toml").write_text(TEXT)

    assert list(library("scenarios")) == ["other", "quarrel"]
    assert locate("quarrel", "scenarios") == Path("scenarios/quarrel.toml")
    assert locate("other", "scenarios") == shipped / "other.toml"


def test_the_library_of_a_checkout_is_found_from_anywhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)

    assert read_scenario("baseline").source.path.name == "baseline.toml"


def test_a_missing_name_says_what_there_is_and_what_may_be_meant(scenarios: Path) -> None:
    said = message("quarel")

    assert said.startswith("quarel: no scenario of this name")
    assert "Did you mean quarrel?" in said
    assert "There are: quarrel." in said


def test_a_missing_path_says_what_may_be_meant(scenarios: Path) -> None:
    assert message("scenarios/quarel.toml") == "scenarios/quarel.toml: no such file. Did you mean quarrel.toml?"
    assert message("nowhere/else.toml") == "nowhere/else.toml: no such file"


def test_an_empty_name_is_refused(scenarios: Path) -> None:
    assert "no scenario of this name" in message("")


def test_a_directory_is_refused(scenarios: Path) -> None:
    assert message(scenarios) == f"{scenarios}: is a directory, not a TOML file"
    assert message("scenarios") == "scenarios: is a directory, not a TOML file"


@pytest.mark.parametrize("text", ["", "\n  \n", "# only a comment\n"])
def test_an_empty_file_is_refused(tmp_path: Path, text: str) -> None:
    (only,) = refused(tmp_path, text)

    assert only.startswith("quarrel.toml: the file is empty")


def test_a_file_that_is_not_utf8_is_refused_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "latin.toml"
    path.write_bytes('title = "a"\ndescription = "détente"\n'.encode("latin-1"))

    assert message(path) == f"{path}:2: is not UTF-8 text (byte 0xe9). Save the file with the encoding UTF-8."


def test_a_file_in_utf16_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "wide.toml"
    path.write_bytes('title = "a"\n'.encode("utf-16"))

    assert "is not UTF-8 text (byte 0xff)" in message(path)


def test_a_byte_order_mark_and_windows_ends_of_lines_do_no_harm(tmp_path: Path) -> None:
    path = tmp_path / "windows.toml"
    path.write_bytes(b"\xef\xbb\xbf" + TEXT.replace("\n", "\r\n").encode())

    assert read_scenario(path).title == "a quarrel"


@pytest.mark.parametrize(
    "text, line, said",
    [
        ('title = "a"\nyears = = 3\n', 2, "is not TOML: Invalid value at column 9"),
        ('title = "a"\n[horizon\nyears = 3\n', 2, "is not TOML: "),
        ('title = "a"\ntitle = "b"\n', 2, "is not TOML: Cannot overwrite a value"),
        ("just some words\n", 1, "is not TOML: "),
        ('title = "a"\nb = [1,', 2, "is not TOML: "),
    ],
)
def test_what_is_not_toml_is_refused_with_the_line(tmp_path: Path, text: str, line: int, said: str) -> None:
    (only,) = refused(tmp_path, text)

    assert only.startswith(f"quarrel.toml:{line}: {said}")
    assert "(at " not in only


def test_a_file_nested_too_deeply_is_refused(tmp_path: Path) -> None:
    (only,) = refused(tmp_path, "a = " + "[" * 100_000)

    assert re.fullmatch(r"quarrel\.toml(:1)?: (is nested too deeply to be read|is not TOML: .*)", only)


def test_a_file_that_may_not_be_read_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "secret.toml"
    path.write_text(TEXT)

    def denied(_: Path) -> bytes:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "read_bytes", denied)

    assert message(path) == f"{path}: cannot be read: Permission denied"


def test_a_name_of_the_other_kind_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for folder, names in (("scenarios", ["quarrel", "alone"]), ("experiments", ["quarrel_by_regime", "quarrel_costs"])):
        Path(folder).mkdir()
        for name in names:
            Path(folder, f"{name}.toml").write_text('title = "x"\n', encoding="utf-8")

    with pytest.raises(InputError, match=r"quarrel: is a scenario.*Experiments on it: quarrel_by_regime, quarrel_costs\."):
        locate("quarrel", "experiments")
    with pytest.raises(InputError, match=r"alone: is a scenario.*`sim solve alone` is the command for it\."):
        locate("alone", "experiments")
    with pytest.raises(InputError, match=r"quarrel_costs: is an experiment.*`sim run quarrel_costs` is the command"):
        locate("quarrel_costs", "scenarios")
