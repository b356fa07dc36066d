"""Small words: numbers, lists, dates and strategies as they stand in a sentence."""

from __future__ import annotations

import datetime
import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import numpy as np

from sim.dilemma.parameters import year_of


def first(x: Any) -> float:
    """The first of a number's values over epochs and points."""
    return float(np.ravel(np.asarray(x, dtype=float))[0])


def number(x: Any, digits: int = 3) -> str:
    """A number with a few digits, thousands with commas: 0.0133, 2.5, 1,234."""
    value = first(x)
    if math.isnan(value):
        return "undefined"
    text = f"{value:.{digits}g}"
    if "e+" in text or abs(value) >= 1000:
        return f"{value:,.0f}"
    return "0" if text == "-0" else text


def percent(x: Any, digits: int = 3) -> str:
    """A probability in per cent: 1.48 %."""
    return f"{number(100 * first(x), digits)} %"


def years(x: Any) -> str:
    """A time: 8.4 years."""
    return f"{number(x)} {'year' if first(x) == 1 else 'years'}"


def series(words: Iterable[str], last: str = "and") -> str:
    """a, b and c."""
    *head, tail = list(words) or ["none"]
    return f"{', '.join(head)} {last} {tail}" if head else tail


def count(n: int, what: str) -> str:
    """1 round, 2 rounds."""
    return f"{n:,} {what}" if n == 1 else f"{n:,} {what}s"


def date_of(start: datetime.date | None, year: float) -> str:
    """A time in years from the start, as a date where the scenario has dates: 2011-02-05; else "year 0.25"."""
    if start is None:
        return f"year {year:g}"
    return calendar_date(start, year).isoformat()


def calendar_date(start: datetime.date, year: float) -> datetime.date:
    """The date some years after the start, to the nearest day (years between two dates as in docs/model.md, section 3)."""
    when = year_of(start) + year
    base = math.floor(when + 1e-9)
    length = 366 if base % 4 == 0 and (base % 100 != 0 or base % 400 == 0) else 365
    return datetime.date(base, 1, 1) + datetime.timedelta(days=round((when - base) * length))


def labels(tables: Mapping[str, Any]) -> dict[str, str]:
    """{actor: the name that is shown}."""
    return {name: actor.get("label", name) for name, actor in tables["actors"].items()}


# ---- strategies

_SAYS: Final[Mapping[str, str]] = {
    "always_restrain": "always restrains",
    "always_arm": "always arms",
    "random": "arms with probability {arm_probability}",
    "tit_for_tat": "tit for tat: arms after an alarm of a rival, else restrains",
    "tit_for_two_tats": "tit for two tats: arms after two alarms running",
    "grim": "grim trigger: arms for ever after the first alarm",
    "limited_punishment": "limited punishment: after an alarm arms for {rounds} rounds",
    "win_stay_lose_shift": "win stay, lose shift: repeats its action after quiet, changes it after an alarm",
    "memory_one": (
        "memory one: arms with {restrain_quiet} after restraint and quiet, {restrain_alarm} after restraint and an alarm, "
        "{arm_quiet} after arming and quiet, {arm_alarm} after arming and an alarm"
    ),
    "contrite_tit_for_tat": "contrite tit for tat: ignores an alarm when it drew one itself the round before",
    "nash": "plays the {selection} equilibrium of the effective stage game",
    "logit": "logit response to the effective stage game with precision {precision}",
}


def strategy(spec: Mapping[str, Any]) -> str:
    """A strategy in words; one that is not in the table is named with its numbers."""
    numbers = {k: number(v) if not isinstance(v, str) else v.replace("_", " ") for k, v in spec.items() if v is not None}
    kind = str(spec["kind"])
    if kind not in _SAYS:
        rest = ", ".join(f"{k.replace('_', ' ')} {v}" for k, v in numbers.items() if k != "kind")
        return kind.replace("_", " ") + (f" ({rest})" if rest else "")
    text = _SAYS[kind].format(**numbers)
    if kind == "tit_for_tat" and first(spec.get("forgiveness", 0.0)) > 0:
        text += f", forgives with probability {numbers['forgiveness']}"
    return text


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """Lines of an aligned table: the first column to the left, the others to the right."""
    cells = [list(header), *[list(row) for row in rows]]
    widths = [max(len(row[n]) for row in cells) for n in range(len(header))]
    justified = [[row[0].ljust(widths[0]), *[c.rjust(w) for c, w in zip(row[1:], widths[1:], strict=True)]] for row in cells]
    return ["  ".join(row).rstrip() for row in justified]
