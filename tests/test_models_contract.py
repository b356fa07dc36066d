"""What holds for every canonical model: its known answers, any parameters in their ranges, its words, its registration."""

from __future__ import annotations

import importlib
import importlib.util
import math
import re
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import sim.models
from sim.config.validation import wrong
from sim.declare import REQUIRED, Choice, Flag, ListOf, Number, Whole
from sim.models import MODULES, canon, find
from sim.models.model import STATUSES, Answer, Model, Outcome, Solution, evaluate, problems
from sim.models.records import cells, record
from sim.models.reproduce import checks

ROOT = Path(__file__).resolve().parents[1]
FOLDER = Path(sim.models.__file__).parent
ALL = list(canon().values())
POINTS = 24
FEWER: dict[str, int] = {"arms_race": 4, "arms_race_negotiation": 4}
"""Points of models that take long."""

each = pytest.mark.parametrize("model", ALL, ids=lambda model: model.name)


# ---- known answers


@each
def test_every_known_answer_is_met_by_the_equations_and_by_every_second_way(model: Model) -> None:
    found = list(checks(model))

    for check in found:
        told = (check.answer.outcome, check.answer.entry, dict(check.answer.given), check.answer.target, check.found, check.ways)
        assert check.sound, told
    ways = {way.way for check in found for way in check.ways}
    assert ways == {way.name for way in model.ways}  # none says nothing
    assert ways != set()


@each
def test_answers_are_about_outcomes_and_parameters_that_there_are(model: Model) -> None:
    assert model.answers
    for answer in model.answers:
        outcome = model.outcome(answer.outcome)
        assert bool(answer.entry) == bool(outcome.index), answer
        assert answer.status in STATUSES
        assert answer.source.strip()
        assert math.isfinite(answer.tolerance)
        assert answer.tolerance >= 0
        full = {**plain(model), **answer.given}
        assert wrong(model.table, full) == [], answer  # no unknown key, no value out of its range
        if answer.target is None and answer.entry:
            assert answer.entry in cells(evaluate(model, answer.given), answer.outcome), answer


@each
def test_nothing_is_called_published_that_was_not_read(model: Model) -> None:
    assert "published" not in " ".join([*model.caveats, model.title, model.question]).lower()
    for answer in model.answers:
        if answer.status != "confirmed":
            assert "published" not in answer.source.lower(), answer


def plain(model: Model) -> dict[str, Any]:
    """The default parameters, as they would stand in a file."""
    return {key.name: key.default for key in model.parameters if key.default is not None}


# ---- any parameters


@each
def test_the_defaults_fit_their_declaration_and_give_every_outcome(model: Model) -> None:
    assert all(key.default is not REQUIRED for key in model.parameters)
    assert wrong(model.table, plain(model)) == []
    assert list(problems(model, plain(model))) == []

    solution = evaluate(model)

    assert solution.broken == {}
    assert set(solution.outcomes) == {outcome.name for outcome in model.outcomes}
    for outcome in model.outcomes:
        assert isinstance(solution.outcomes[outcome.name], dict) == bool(outcome.index), outcome.name
    assert any(x is not None for outcome in model.outcomes for x in cells(solution, outcome.name).values())


@each
def test_a_batch_gives_what_each_point_gives_to_the_bit(model: Model) -> None:
    rng = np.random.default_rng(20260205)
    for n, own in enumerate(structures(model)):
        size = min(FEWER.get(model.name, POINTS), POINTS if n == 0 else 5)
        given = drawn(model, rng, size) | own

        together = evaluate(model, given)

        sound = 0
        for point in range(size):
            alone = evaluate(model, taken(given, point))
            broken = {text for text, where in together.broken.items() if where[point]}
            assert broken == set(alone.broken)
            sound += not broken
            for outcome in model.outcomes:
                one, other = bits(together, outcome, point), bits(alone, outcome, 0)
                for entry in one | other:
                    assert one.get(entry) == other.get(entry), (outcome.name, entry, taken(given, point))
        assert sound > 0 or n > 0


@each
def test_what_is_undefined_says_why_and_all_else_is_finite(model: Model) -> None:
    rng = np.random.default_rng(1)
    silent = {}
    for own in structures(model):
        size = min(FEWER.get(model.name, POINTS), POINTS if own == {} else 5)
        given = drawn(model, rng, size) | own
        solution = evaluate(model, given)
        for n in range(size):
            failed = any(where[n] for where in solution.broken.values())
            for name, told in record(solution, n).items():
                outcome = model.outcome(name)
                values = told["value"] if isinstance(told["value"], list) else [told["value"]]
                assert all(isinstance(x, str) or x is None or math.isfinite(x) for x in values)
                if None in values and not failed and "exact" not in told and not outcome.undefined:
                    silent.setdefault(name, taken(given, n))
                assert ("undefined" in told) == (None in values or not values)
                assert failed <= (set(values) <= {None})
                if outcome.words:
                    assert set(values) <= {*outcome.words, None}, name
    assert not silent, f"{sorted(silent)} have no value at some parameters and do not say when: {silent}"


def structures(model: Model) -> list[dict[str, Any]]:
    """Parameters that are no numbers, one of them unlike its default: every word, and whole numbers beside the default."""
    out: list[dict[str, Any]] = [{}]
    for key in model.parameters:
        match key.type:
            case Choice(options):
                others: list[Any] = [word for word in options if word != key.default]
            case Flag():
                others = [not key.default]
            case Whole(low, high):
                others = [n for n in (low, key.default - 1, key.default + 1) if n is not None and n != key.default]
                others = [n for n in others if (low is None or n >= low) and (high is None or n <= high)]
            case _:
                others = []
        out += [{key.name: value} for value in others]
    return out


def drawn(model: Model, rng: np.random.Generator, size: int) -> dict[str, Any]:
    """Parameters in their declared ranges: some as the default, some at an end of the range, some anywhere."""
    return {key.name: spread(key.type, key.default, rng, size) for key in model.parameters if key.default is not None}


def spread(kind: Any, default: Any, rng: np.random.Generator, size: int) -> Any:
    if isinstance(kind, ListOf):
        return [spread(kind.item, item, rng, size) for item in default]
    if not isinstance(kind, Number):
        return default
    scale = abs(default) or 1.0
    least = kind.low if kind.above is None else max(kind.low, kind.above + 1e-6 * scale)
    low = least if math.isfinite(least) else default - 3 * scale
    high = kind.high if math.isfinite(kind.high) else max(default, low) + 3 * scale
    if kind.whole:
        high = min(high, max(2 * default, low + 8))
    elif high - low > 100 * scale:
        high = default + 10 * scale
    anywhere = rng.uniform(low, high, size)
    near = np.clip(default * rng.uniform(0.8, 1.25, size), low, high)
    ends = np.where(rng.random(size) < 0.5, low, high)
    which = rng.random(size)
    found = np.select([which < 0.45, which < 0.7, which < 0.9], [np.full(size, float(default)), near, anywhere], ends)
    return np.floor(found) if kind.whole else found


def taken(given: Any, n: int) -> Any:
    """One point of drawn parameters."""
    if isinstance(given, dict):
        return {name: taken(x, n) for name, x in given.items()}
    if isinstance(given, list):
        return [taken(x, n) for x in given]
    return float(given[n]) if isinstance(given, np.ndarray) else given


def bits(solution: Solution, outcome: Outcome, n: int) -> dict[str, Any]:
    """{entry: the bytes of a number, or a fraction or text} of the entries that have a value."""
    out = {}
    for entry, x in solution.entries(outcome.name).items():
        value = x[n]
        if isinstance(value, str | Fraction):
            out[entry] = value
        elif not math.isnan(value):
            out[entry] = np.float64(value).tobytes()
    return out


# ---- words and registration


@each
def test_names_serve_as_columns_and_sentences_are_sentences(model: Model) -> None:
    names = [model.name, *(key.name for key in model.parameters), *(outcome.name for outcome in model.outcomes)]
    for name in names:
        assert re.fullmatch(r"[a-z][a-z0-9_]*", name), name
        assert len(name) <= 32, name
    assert len({outcome.name for outcome in model.outcomes}) == len(model.outcomes)
    assert len({key.name for key in model.parameters}) == len(model.parameters)
    sentences = [key.text for key in model.parameters] + [outcome.text for outcome in model.outcomes]
    sentences += [outcome.undefined for outcome in model.outcomes if outcome.undefined] + list(model.caveats)
    for sentence in sentences:
        assert sentence.endswith("."), sentence
    assert model.question.endswith("?")
    assert model.title
    assert model.citation
    assert model.caveats


@each
def test_letters_stand_for_parameters_and_labels_find_the_model(model: Model) -> None:
    names = {key.name for key in model.parameters}
    assert set(model.symbols.values()) <= names
    for letter, name in model.symbols.items():
        assert letter == name or letter not in names, letter
    assert find(model.name) is find(model.label) is find(model.label.lower()) is model


def declared_by() -> Iterator[tuple[str, Model]]:
    for module in MODULES:
        for model in importlib.import_module(f"sim.models.{module}").MODELS:
            yield module, model


def test_models_are_there_once_in_the_order_of_their_labels() -> None:
    labels = [model.label for _, model in declared_by()]

    assert len(set(labels)) == len(labels) == len(ALL)
    assert labels == sorted(labels, key=order)


def order(label: str) -> tuple[str, int, str]:
    """A2b as ("A", 2, "b")."""
    found = re.fullmatch(r"([A-Z])(\d+)([a-z]?)", label)
    assert found is not None, label
    return found[1], int(found[2]), found[3]


def test_every_module_with_models_is_registered() -> None:
    having = {path.stem for path in FOLDER.glob("*.py") if re.search(r"^MODELS\b", path.read_text("utf-8"), re.MULTILINE)}
    making = {
        path.stem for path in FOLDER.glob("*.py") if re.search(r"^\w+: Final = Model\(", path.read_text("utf-8"), re.MULTILINE)
    }

    assert having == set(MODULES)
    assert making <= having


def test_every_module_states_its_equations_with_numbers() -> None:
    for module in MODULES:
        assert "(1)" in (importlib.import_module(f"sim.models.{module}").__doc__ or ""), module


# ---- the page of the documentation


def page() -> str:
    """docs/models.md as docs/models.py writes it now."""
    spec = importlib.util.spec_from_file_location("docs_models", ROOT / "docs" / "models.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.page().rstrip() + "\n"


def test_the_page_of_models_in_the_docs_is_fresh() -> None:
    # docs/models.md is written by `make docs`
    assert (ROOT / "docs" / "models.md").read_text("utf-8") == page()


def test_the_page_holds_every_model_and_its_links_lead_somewhere() -> None:
    text = page()
    headings = {
        re.sub(r"[^\w\- ]", "", line.lstrip("# ").lower()).replace(" ", "-") for line in text.splitlines() if line.startswith("#")
    }

    for model in ALL:
        assert f"\n### {model.label} {model.title}\n" in text
    assert set(re.findall(r"\(#([^)]*)\)", text)) <= headings
    for line in text.splitlines():
        if line.startswith("|"):
            assert line.endswith("|")


def test_a_wrong_answer_is_noticed() -> None:
    model = ALL[0]
    first: Answer = next(answer for answer in model.answers if isinstance(answer.target, float))
    off = replace(first, target=float(first.target) + 3 * first.tolerance + 1e-6)  # type: ignore[arg-type]

    (check,) = checks(replace(model, answers=(off,)))

    assert not check.met
    assert not check.sound
