"""What a canonical model is: typed parameters, named outcomes, its equations as `solve`, its sources, and its known answers.

A model is data with one function.  `solve(values)` gets every number as an array over points, first axis P, and gives every
outcome as an array (P,), or {entry: array (P,)} for an outcome with an index; nan stands for "undefined", and the outcome's
declaration says in words when that is so.  What the model supposes of its parameters is a list of premises: where one fails,
`solve` is not asked, and all outcomes are undefined with the premise as the reason.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, Final, Literal

import numpy as np

from sim.declare import REQUIRED, Key, ListOf, Number, Problem, Table, filled

Values = Mapping[str, Any]
"""Parameters by name: a Number as floats (P,), a list of n numbers (P, n), a list of such lists (P, n, m); all else as given."""

Found = Mapping[str, Any]
"""Outcomes by name: an array (P,) of floats, Fractions or texts, or {entry: such an array} where the outcome has an index."""

Status = Literal["confirmed", "confirmed abstract", "confirmed secondary", "derived", "remembered"]
STATUSES: Final[Mapping[Status, str]] = {
    "confirmed": "the number was read in the named public source",
    "confirmed abstract": "the source's abstract states the claim in words; the number is derived",
    "confirmed secondary": "a third party states the number",
    "derived": "derived from the equations; checked by a second method where one is named; no claim that a source prints it",
    "remembered": "from memory; not to be called published until somebody reads the source",
}


@dataclass(frozen=True)
class Outcome:
    """One named outcome: unit ("" for a pure number, "text" for words that are shown only), one sentence, and its index.

    `index` says what its entries are ("state", "rung"); "" for a single value.  With `words`, value k stands for words[k].
    `undefined` says when there is no value.
    """

    name: str
    unit: str
    text: str
    index: str = ""
    words: tuple[str, ...] = ()
    undefined: str = ""


@dataclass(frozen=True)
class Premise:
    """What the equations suppose of the parameters: in words, and as a test that gives an array of bools (P,)."""

    text: str
    holds: Callable[[Values], Any]


@dataclass(frozen=True)
class Estimate:
    """Simulated values and their standard errors, both (P,)."""

    value: Any
    standard_error: Any


@dataclass(frozen=True)
class Way:
    """A second, independent way to some of the outcomes; a simulating one gets a Generator and gives `Estimate`s."""

    name: str
    solve: Callable[..., Mapping[str, Any]]
    random: bool = False


@dataclass(frozen=True)
class Answer:
    """A known answer: at these parameters this outcome (or entry of it) has this value, within an absolute tolerance.

    `source` says where the target comes from; a Fraction or a text must be met exactly.
    """

    given: Mapping[str, Any]
    outcome: str
    target: float | Fraction | str | bool | None
    tolerance: float
    status: Status
    source: str
    entry: str = ""


@dataclass(frozen=True)
class Model:
    """A canonical model.  `label` is its number in docs/models.md; `symbols` are the letters of its equations: {letter: name}.

    `simulate(values, replicates, seed)` gives `Estimate`s where the model can be simulated.
    """

    name: str
    label: str
    title: str
    question: str
    citation: tuple[str, ...]
    parameters: tuple[Key, ...]
    outcomes: tuple[Outcome, ...]
    solve: Callable[[Values], Found]
    answers: tuple[Answer, ...] = ()
    premises: tuple[Premise, ...] = ()
    ways: tuple[Way, ...] = ()
    caveats: tuple[str, ...] = ()
    symbols: Mapping[str, str] = field(default_factory=dict)
    simulate: Callable[[Values, int, int], Mapping[str, Any]] | None = None

    @property
    def table(self) -> Table:
        """The declaration of the table [parameters]."""
        return Table(self.parameters)

    def outcome(self, name: str) -> Outcome:
        """The declaration of one outcome; KeyError if there is none."""
        for outcome in self.outcomes:
            if outcome.name == name:
                return outcome
        raise KeyError(name)


@dataclass(frozen=True)
class Solution:
    """The outcomes of a model at P points.  `broken`: {premise: where it fails (P,)}."""

    model: Model
    size: int
    outcomes: Found
    broken: Mapping[str, np.ndarray]

    def entries(self, name: str) -> dict[str, np.ndarray]:
        """{entry: (P,)} of an outcome; the one entry of an outcome without an index is ""."""
        found = self.outcomes[name]
        return dict(found) if isinstance(found, Mapping) else {"": found}

    def reason(self, name: str, point: int = 0) -> str:
        """Why an outcome has no value at a point, as a sentence."""
        failed = [text for text, where in self.broken.items() if where[point]]
        if failed:
            return f"The model supposes: {'; '.join(failed)}."
        return self.model.outcome(name).undefined or "It is undefined at these parameters."


def defaults(model: Model) -> dict[str, Any]:
    """The default parameters."""
    return {key.name: key.default for key in model.parameters if key.default is not REQUIRED and key.default is not None}


def evaluate(model: Model, given: Mapping[str, Any] | None = None, way: Callable[[Values], Found] | None = None) -> Solution:
    """The outcomes of a model at some parameters, arrays (P,) among them; defaults are filled in.

    `way` is asked in place of `model.solve`.  Values must fit the declaration (`problems` says what does not).
    """
    values = arrayed(model, given or {})
    size = points(values)
    with np.errstate(all="ignore"):
        broken = {p.text: ~np.broadcast_to(np.asarray(p.holds(values), bool), (size,)) for p in model.premises}
        sound = ~np.logical_or.reduce([np.zeros(size, bool), *broken.values()])
        found = (way or model.solve)(_at(values, sound)) if sound.any() else {}
    outcomes = {name: _scattered(x, sound) for name, x in found.items()}
    if way is None:
        missing = {outcome.name: {} if outcome.index else np.full(size, np.nan) for outcome in model.outcomes}
        outcomes = {**missing, **outcomes}
    return Solution(model, size, outcomes, {text: where for text, where in broken.items() if where.any()})


def problems(model: Model, parameters: Mapping[str, Any]) -> Iterator[Problem]:
    """What a declaration cannot say: lists of lists whose rows differ in length."""
    for key in model.parameters:
        value = parameters.get(key.name)
        if isinstance(value, list) and value and all(isinstance(row, list) for row in value):
            lengths = [len(row) for row in value]
            if len(set(lengths)) > 1:
                yield Problem((key.name,), "must have rows of one length", lengths)


def arrayed(model: Model, given: Mapping[str, Any]) -> dict[str, Any]:
    """All parameters, defaults filled in, numbers as arrays with the points first."""
    full = filled(model.table, dict(given))
    size = max([np.size(x) for x in _arrays(full)], default=1)
    return {key.name: _stacked(key.type, full[key.name], size) for key in model.parameters if key.name in full}


def points(values: Values) -> int:
    """How many points arrayed values have."""
    return next((len(x) for x in values.values() if isinstance(x, np.ndarray)), 1)


def each_point(solve: Callable[[dict[str, Any]], Mapping[str, Any]]) -> Callable[[Values], Found]:
    """A `solve` made from one that takes the numbers of a single point; entries that a point lacks are nan there."""

    def solved(values: Values) -> Found:
        size = points(values)
        rows = [solve({k: x[n] if isinstance(x, np.ndarray) else x for k, x in values.items()}) for n in range(size)]
        return {name: _column([row[name] for row in rows]) for name in rows[0]}

    return solved


def _column(cells: Sequence[Any]) -> Any:
    if isinstance(cells[0], Mapping):
        entries = dict.fromkeys(entry for cell in cells for entry in cell)
        return {entry: _column([cell.get(entry, np.nan) for cell in cells]) for entry in entries}
    exact = any(isinstance(cell, Fraction | str) for cell in cells)
    return np.array(cells, dtype=object if exact else float)


def _arrays(value: Any) -> Iterator[np.ndarray]:
    if isinstance(value, np.ndarray):
        yield value
    elif isinstance(value, Mapping | list):
        for item in value.values() if isinstance(value, Mapping) else value:
            yield from _arrays(item)


def _numeric(kind: Any) -> bool:
    return isinstance(kind, Number) or (isinstance(kind, ListOf) and _numeric(kind.item))


def _stacked(kind: Any, value: Any, size: int) -> Any:
    """Numbers, or lists of numbers, with the points first; anything else as it is."""
    if not _numeric(kind):
        return value
    if isinstance(kind, Number):
        return np.array(np.broadcast_to(np.asarray(value, float), (size,)))
    rows = [_stacked(kind.item, item, size) for item in value]
    return np.stack(rows, axis=1) if rows else np.zeros((size, 0))


def _at(values: Values, rows: np.ndarray) -> dict[str, Any]:
    return {name: x[rows] if isinstance(x, np.ndarray) else x for name, x in values.items()}


def _scattered(found: Any, sound: np.ndarray) -> Any:
    """The outcomes of the sound points at their places, nan elsewhere; what is not finite is undefined."""
    if isinstance(found, Mapping):
        return {entry: _scattered(x, sound) for entry, x in found.items()}
    if isinstance(found, Estimate):
        return Estimate(_scattered(found.value, sound), _scattered(found.standard_error, sound))
    one = np.asarray(found)
    exact = one.dtype == object or one.dtype.kind in "US"
    out = np.full(len(sound), np.nan, dtype=object if exact else float)
    out[sound] = np.broadcast_to(one, (int(sound.sum()),))
    if not exact:
        out[~np.isfinite(out)] = np.nan
    return out
