"""The pages on experiments and results: complete files run, every key is explained, the snippets in Python work."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from sim import study
from sim.config import read
from sim.declare import Either, ListOf, MapOf, Table, Tagged
from sim.figures import EXPERIMENT, KINDS, draw, gathered, read_experiment
from sim.priors import DISTRIBUTION
from sim.study import Results, analyses, tidy
from sim.study.design import DESIGNS
from sim.study.gathering import GATHERING, GATHERS, gathering_of
from sim.study.threshold import find
from sim.study.threshold.files import write

DOCS = Path(__file__).resolve().parent.parent / "docs"
PAGE = (DOCS / "experiments.md").read_text(encoding="utf-8")
RESULTS_PAGE = (DOCS / "results.md").read_text(encoding="utf-8")


def blocks(page: str, language: str) -> list[str]:
    """The fenced blocks of a language."""
    return re.findall(rf"^```{language}\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)


FILES = {re.match(r"# (\w+\.toml)\n", block)[1]: block for block in blocks(PAGE, "toml")}  # type: ignore[index]
"""{name: text} of all complete files; a block without a name in its first line would fail here."""
GATHERINGS = [name for name, text in FILES.items() if GATHERS in tomllib.loads(text)]
EXPERIMENTS = [name for name in FILES if name != "rivals.toml" and name not in GATHERINGS]


def written(folder: Path) -> Path:
    """A folder with all files of the page."""
    for name, text in FILES.items():
        (folder / name).write_text(text, encoding="utf-8")
    (worlds,) = blocks(PAGE, "csv")
    (folder / "worlds.csv").write_text(worlds, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the files of the page; results come beneath."""
    return written(tmp_path_factory.mktemp("page"))


def computed(page: Path, name: str) -> study.ExperimentFile:
    """An experiment of the page; its results are in results/ and computed once."""
    experiment = read_experiment(page / name)
    study.run(experiment, page / "results", workers=1)
    return experiment


# ---- complete files


def test_the_gathering_of_the_page_can_be_read_and_explains_every_key(page: Path) -> None:
    (name,) = GATHERINGS
    gathering = gathering_of(read(page / name), KINDS)

    assert {figure["kind"] for figure in gathering.figures} == set(gathered.KINDS)
    assert {key.name for key in GATHERING.keys} - set(re.findall(r"\w+", FILES[name])) == {
        "description",
        "variants",
        "schema_version",
    }


@pytest.mark.parametrize("name", EXPERIMENTS)
def test_an_experiment_of_the_page_runs_and_finds_what_it_asks_for(name: str, page: Path) -> None:
    experiment = computed(page, name)
    results = Results.load(page / "results" / experiment.name, experiment.kinds, experiment)
    found = analyses.findings(results)

    assert results.manifest["failed"] == 0
    assert [len(one.rows) > 0 and len(one.sentences) > 0 for one in found] == [True] * len(experiment.analyses)


def test_a_figure_of_each_kind_is_drawn(page: Path) -> None:
    drawn = [("seeing.toml", "lines"), ("sure.toml", "curves"), ("tornado.toml", "sensitivity"), ("breakeven.toml", "map")]
    drawn += [("grim.toml", "lines"), ("grim.toml", "plane"), ("builders.toml", "states")]
    for name, kind in drawn:
        experiment = computed(page, name)
        figure = next(figure for figure in experiment.figures if figure["kind"] == kind)
        files = draw(page / "results" / experiment.name, [figure["name"]], experiment=experiment)

        assert {path.name.removeprefix(figure["name"]) for path in files} == {".png", ".svg", ".pdf", ".csv", ".txt", ".alt.txt"}


def test_the_break_even_value_of_the_page_is_inside_its_range(page: Path) -> None:
    experiment = computed(page, "breakeven.toml")
    assert experiment.threshold is not None
    found = find(experiment.threshold, experiment)

    assert found.kind == "begins"
    assert found.draws is not None
    assert found.curve is not None
    assert len(found.curve.x) > 0
    names = {path.name for path in write(page / "results" / "breakeven", found, experiment, lambda _: None)}
    assert names == {"threshold.json", "threshold.txt", "curve.csv"}


def test_every_design_and_every_kind_is_in_a_complete_file() -> None:
    read = [tomllib.loads(FILES[name]) for name in EXPERIMENTS]
    of_analyses = {entry["kind"] for tables in read for entry in tables.get("analyses", [])}
    of_figures = {entry["kind"] for tables in read for entry in tables.get("figures", [])}

    assert {tables.get("sweep", {}).get("design", "grid") for tables in read} == set(DESIGNS)
    assert of_analyses == set(analyses.KINDS)
    assert of_figures == set(KINDS)


# ---- keys


def keys_of(kind: object) -> Iterator[str]:
    """All keys that a declaration has, at any depth."""
    if isinstance(kind, Table):
        for key in kind.keys:
            yield key.name
            yield from keys_of(key.type)
    elif isinstance(kind, Tagged):
        yield kind.tag
        for name, case in kind.cases.items():
            yield name
            yield from keys_of(case)
    elif isinstance(kind, Either):
        for one in kind.options:
            yield from keys_of(one)
    elif isinstance(kind, ListOf | MapOf):
        yield from keys_of(kind.item)


@pytest.mark.parametrize("declared", [EXPERIMENT, DISTRIBUTION], ids=["experiment", "distribution"])
def test_every_key_is_explained(declared: object) -> None:
    prose = re.sub(r"^```.*?^```$", "", PAGE, flags=re.MULTILINE | re.DOTALL)
    told = set(re.findall(r"[a-z_]+", " ".join(re.findall(r"`[^`]+`", prose))))
    names = set(keys_of(declared)) - {"values", "distribution"}

    assert len(names) > 10
    assert names - told == set()


# ---- results.md


def test_every_file_of_a_results_folder_is_explained(page: Path) -> None:
    folders = [page / "results" / computed(page, name).name for name in ("sure.toml", "simulated.toml", "listed.toml")]
    names = {path.name for folder in folders for path in folder.iterdir() if not path.name.startswith(".")}
    told = set(re.findall(r"`([\w.]+)/?`", RESULTS_PAGE))

    assert {"by_draw.parquet", "paths.parquet", "orderings.csv", "points_given.csv"} <= names
    assert names - told == set()


def test_every_statistic_outcome_and_column_is_explained() -> None:
    told = set(re.findall(r"`([\w.]+)`", RESULTS_PAGE))
    statistics = set(tidy.statistics(True, True, (0.05,)))

    assert statistics - told == set()
    assert set(tidy.OUTCOMES) - told == set()
    assert {*tidy.COLUMNS, *tidy.BY_DRAW, *tidy.ORDERINGS} - told == set()


SNIPPETS = blocks(RESULTS_PAGE, "python")


@pytest.mark.parametrize("snippet", range(len(SNIPPETS)))
def test_a_snippet_in_python_works(snippet: int, page: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("sure.toml", "tornado.toml"):
        computed(page, name)
    monkeypatch.chdir(page)
    names: dict[str, object] = {}
    exec(compile(SNIPPETS[snippet], f"snippet {snippet}", "exec"), names)

    assert "war" in names  # each ends with numbers of this name


# ---- links


@pytest.mark.parametrize("page", ["experiments.md", "results.md", "decisions/0002-runs-are-addressed-by-what-they-compute.md"])
def test_links_lead_somewhere(page: str) -> None:
    text = (DOCS / page).read_text(encoding="utf-8")
    for target in re.findall(r"\]\(([^)]+)\)", text):
        path, _, heading = target.partition("#")
        there = (DOCS / page).parent / path if path else DOCS / page

        assert there.exists(), target
        if heading:
            titles = re.findall(r"^#+ (.*)$", there.read_text(encoding="utf-8"), re.MULTILINE)
            assert heading in {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}, target
