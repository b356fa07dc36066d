"""Canonical models as text: the list, one model's card, its outcomes, its known answers recomputed."""

from __future__ import annotations

import importlib
from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from typing import Any, Final

import numpy as np

from sim.config.errors import shown
from sim.config.words import allowed
from sim.declare import ABSENT, REQUIRED, Key
from sim.models import MODULES
from sim.models.model import STATUSES, Answer, Model, Outcome, Solution
from sim.models.records import cells, errors, plain
from sim.models.reproduce import ByWay, Check, seed_of, target_of
from sim.models.reproduce import summary as summarised

MOST: Final = 24
"""Entries of an outcome that a table shows; of more it shows the first half of that."""
LONGEST: Final = 25
"""Characters of a fraction that is printed as one."""
SYMBOLS: Final = "  Symbols are for --set; files use the names."
ALONE: Final = 'second ways "none": by the equations alone, no second method gives this answer'


# ---- values


def value(x: Any, digits: int = 7) -> str:
    """A value with a few digits: 0.7142857, 12, 3/5 = 0.6; "undefined" where there is none; of long fractions only the number."""
    if x is None:
        return "undefined"
    if isinstance(x, str):
        return x
    number = plain(x)
    about = "beyond 1e308" if number is None else f"{number:.{digits}g}"
    if not isinstance(x, Fraction):
        return about
    fraction = str(x)
    return about if len(fraction) > LONGEST else fraction if x.denominator == 1 else f"{fraction} = {about}"


def columns(rows: Sequence[Sequence[str]], indent: str = "  ") -> list[str]:
    """Lines of an aligned table, every column to the left, nothing after the last."""
    if not rows:
        return []
    widths = [max(len(row[n]) for row in rows) for n in range(len(rows[0]))]
    return [indent + "  ".join(c.ljust(w) for c, w in zip(row, widths, strict=True)).rstrip() for row in rows]


def by_letter(model: Model) -> dict[str, str]:
    """{parameter: its letters in the equations}."""
    out: dict[str, list[str]] = {}
    for letter, name in model.symbols.items():
        out.setdefault(name, []).append(letter)
    return {name: ", ".join(letters) for name, letters in out.items()}


def default(key: Key) -> str:
    """The default of a parameter as it stands in a file."""
    return "required" if key.default is REQUIRED else "none" if key.default is ABSENT else shown(key.default)


def lettered(items: Iterable[str]) -> dict[str, str]:
    """{item: its letter in brackets}, in order, each item once: [a] to [z], then [aa]."""
    return {item: f"[{_letters(n)}]" for n, item in enumerate(dict.fromkeys(items))}


def _letters(n: int) -> str:
    return (_letters(n // 26 - 1) if n >= 26 else "") + "abcdefghijklmnopqrstuvwxyz"[n % 26]


def equations(model: Model) -> str:
    """The numbered equations of a model, which its module opens with; empty for a model of no module of the canon."""
    for name in MODULES:
        module = importlib.import_module(f"sim.models.{name}")
        if any(one.name == model.name for one in module.MODELS):
            return (module.__doc__ or "").strip()
    return ""


def reasons(outcome: Outcome) -> list[str]:
    """Why an outcome may have no value: the sentences of its declaration that stand between "Or:"."""
    return [reason for reason in outcome.undefined.split(" Or: ") if reason]


# ---- the list and the card


def listing(models: Iterable[Model]) -> str:
    """Label, name and question of every model."""
    return "\n".join(columns([["label", "name", "question"], *[[m.label, m.name, m.question] for m in models]], ""))


def card(model: Model) -> str:
    """One model: question, equations, sources, what it supposes, parameters, outcomes, known answers, caveats."""
    letters = by_letter(model)
    parameters = [[k.name, letters.get(k.name, ""), default(k), allowed(k.type), k.text] for k in model.parameters]
    outcomes = [[o.name, o.unit or "-", f"by {o.index}" if o.index else "", o.text] for o in model.outcomes]
    table = columns([["name", "symbol", "default", "allowed", "meaning"], *parameters])
    parts = [
        ("Equations", [f"  {line}".rstrip() for line in equations(model).splitlines()]),
        ("Sources", [f"  {source}" for source in model.citation]),
        ("It supposes", [f"  {premise.text}" for premise in model.premises]),
        ("Parameters", table + ([SYMBOLS] if letters else [])),
        ("Outcomes", columns([["name", "unit", "index", "meaning"], *outcomes])),
        ("Undefined where", _undefined(model)),
        ("Second ways", [f"  {way.name}{' (simulated)' if way.random else ''}" for way in model.ways]),
        ("Known answers", _answers(model)),
        ("Caveats", [f"  {caveat}" for caveat in model.caveats]),
    ]
    head = [f"{model.label} {model.name}: {model.title}", model.question]
    return "\n".join([*head, *[line for title, lines in parts if lines for line in ["", title, *lines]]])


def _undefined(model: Model) -> list[str]:
    """Every reason once, with the outcomes that have no value then."""
    why: dict[str, list[str]] = {}
    for outcome in model.outcomes:
        for reason in reasons(outcome):
            why.setdefault(reason, []).append(outcome.name)
    return [line for reason, names in why.items() for line in (f"  {reason}", f"    {', '.join(names)}")]


def _answers(model: Model) -> list[str]:
    notes = footnotes(answer for status in STATUSES for answer in model.answers if answer.status == status)
    out: list[str] = []
    for status, means in STATUSES.items():
        found = [answer for answer in model.answers if answer.status == status]
        if found:
            out.append(f"  {status} ({len(found)}): {means}")
            out += columns([_answer(model, answer, notes) for answer in found], "    ")
    return out + _sources(notes)


def _answer(model: Model, answer: Answer, notes: Mapping[str, str]) -> list[str]:
    return [named(answer), value(target_of(model, answer)), notes[answer.source], f"at {briefly(model, answer.given)}"]


def footnotes(answers: Iterable[Answer]) -> dict[str, str]:
    """{source: its letter in brackets}, in the order of the answers; numbers in brackets are equations."""
    return lettered(answer.source for answer in answers)


def _sources(notes: Mapping[str, str]) -> list[str]:
    return [f"  {letter} {source}" for source, letter in notes.items()]


def named(answer: Answer) -> str:
    """The outcome of an answer, with its entry: policy[0,1]."""
    return f"{answer.outcome}[{answer.entry}]" if answer.entry else answer.outcome


def briefly(model: Model, given: Mapping[str, Any]) -> str:
    """Parameters by the letters of the equations, where they have one: delta=0.95, N=5."""
    letters = by_letter(model)
    told = [f"{letters.get(name, name).split(', ')[0]}={_short(x)}" for name, x in given.items()]
    return ", ".join(told) or "the defaults"


def _short(x: Any) -> str:
    return f"{x:.7g}" if isinstance(x, float | np.floating) else shown(x)


# ---- outcomes


def outcomes(model: Model, title: str, found: Mapping[str, Solution], how: str = "") -> str:
    """The outcomes of one or more variants side by side, and why some are undefined."""
    head = [title] + ([how] if how else [])
    header = ["outcome", *(["value"] if len(found) == 1 else found), "unit", "meaning"]
    given = [outcome for outcome in model.outcomes if any(outcome.name in solution.outcomes for solution in found.values())]
    rows = [row for outcome in given for row in _rows(outcome.name, outcome.unit, outcome.text, found)]
    notes = [note for variant, solution in found.items() for note in _notes(solution, variant if len(found) > 1 else "")]
    return "\n".join([*head, "", *columns([header, *rows], ""), *([""] if notes else []), *notes])


def _rows(name: str, unit: str, text: str, found: Mapping[str, Solution]) -> list[list[str]]:
    cell = {variant: _cells(solution, name) for variant, solution in found.items()}
    entries = list(dict.fromkeys(entry for one in cell.values() for entry in one)) or [""]
    if len(entries) > 1:
        entries = [entry for entry in entries if entry]
    out = []
    shown_ = entries if len(entries) <= MOST else entries[: MOST // 2]
    for n, entry in enumerate(shown_):
        values = [one.get(entry, "undefined" if not one else "-") for one in cell.values()]
        out.append([f"{name}[{entry}]" if entry else name, *values, unit or "-", text if n == 0 else ""])
    if len(shown_) < len(entries):
        out.append(
            [f"{name}[...]", *["..." for _ in cell], unit or "-", f"{len(entries) - len(shown_)} more, printed with --json"]
        )
    return out


def _cells(solution: Solution, name: str) -> dict[str, str]:
    if name not in solution.outcomes:
        return {}
    spread = errors(solution, name)
    told_ = {entry: value(x) for entry, x in cells(solution, name).items()}
    return {e: f"{x} ± {spread[e]:.2g}" if spread.get(e) is not None else x for e, x in told_.items()}


def _notes(solution: Solution, variant: str) -> list[str]:
    """Why outcomes of a variant are undefined, those with the same reason together."""
    of = f" ({variant})" if variant else ""
    why: dict[str, list[str]] = {}
    for name in solution.outcomes:
        inside = cells(solution, name)
        if not inside or any(x is None for x in inside.values()):
            why.setdefault(solution.reason(name), []).append(name)
    if any(where[0] for where in solution.broken.values()):
        return [f"All outcomes are undefined{of}. {reason}" for reason in why]
    return [f"{', '.join(names)}{of}: {reason}" for reason, names in why.items()]


# ---- known answers recomputed


def recomputed(found: Mapping[str, Sequence[Check]]) -> str:
    """The known answers of some models, recomputed: a table for each model, what the statuses mean, the summary."""
    lines = [line for checks in found.values() if checks for line in [*_model(checks), ""]]
    every = [check for checks in found.values() for check in checks]
    without = [name for name, checks in found.items() if not checks]
    lines += [f"{name} has no known answers" for name in without]
    if every and not all(check.ways for check in every):
        lines += [ALONE]
    lines += [f"{status}: {means}" for status, means in STATUSES.items() if any(c.answer.status == status for c in every)]
    return "\n".join([*lines, "", summarised(every)] if lines else [summarised(every)])


def _model(checks: Sequence[Check]) -> list[str]:
    model = checks[0].model
    numbers = {way.name: f"[{n}]" for n, way in enumerate(model.ways, 1)}
    out = [f"{model.label} {model.name}: {model.title}"]
    out += [
        f"  {numbers[w.name]} second way: {w.name}{f', simulated, seed {seed_of(model)}' if w.random else ''}" for w in model.ways
    ]
    header = ["", "outcome", "target", "found", "difference", "tolerance", "status", "second ways", "source", "at"]
    notes = footnotes(check.answer for check in checks)
    lines = columns([header, *[_check(check, numbers, notes) for check in checks]])
    return out + lines + _sources(notes) + _wrong(checks, numbers)


def _check(check: Check, numbers: Mapping[str, str], notes: Mapping[str, str]) -> list[str]:
    answer = check.answer
    return [
        "ok" if check.sound else "OUT",
        named(answer),
        value(target_of(check.model, answer)),
        value(check.found),
        "-" if check.difference is None else f"{check.difference:.2g}",
        f"{answer.tolerance:.2g}" if answer.tolerance else "exact",
        answer.status,
        ", ".join(f"{numbers[way.way]} {_way(way)}" for way in check.ways) or "none",
        notes[answer.source],
        briefly(check.model, answer.given),
    ]


def _way(way: ByWay, wrong: str = " DISAGREES") -> str:
    spread = "" if way.standard_error is None else f" ± {way.standard_error:.2g}"
    return f"{value(way.found)}{spread}{'' if way.met else wrong}"


def _wrong(checks: Sequence[Check], numbers: Mapping[str, str]) -> list[str]:
    """What is out of tolerance, in a sentence each."""
    out = []
    for check in checks:
        of = f"{named(check.answer)} at {briefly(check.model, check.answer.given)}"
        target = value(target_of(check.model, check.answer), 12)
        if not check.met:
            why = f" ({check.reason})" if check.reason else ""
            out.append(f"  out of tolerance: {of}: target {target}, found {value(check.found, 12)}{why}")
        out += [f"  {numbers[w.way]} disagrees: {of}: target {target}, found {_way(w, '')}" for w in check.ways if not w.met]
    return out
