"""The description of a scenario as text, section by section, from its record (`describe.describe`)."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from sim import priors
from sim.report.outcomes import estimate
from sim.report.stage_text import games, ladders
from sim.report.words import count, number, percent, series, table

Record = Mapping[str, Any]
WIDTH: Final = 110


def sections(record: Record) -> list[tuple[str, list[str]]]:
    """Headings with their lines."""
    parts = [
        ("Scenario", _head(record)),
        ("Actors", _shared(record, lambda v: [*v["actors"], *v["monitoring"]])),
        ("Treaties and channels", _shared(record, lambda v: v["treaties"])),
        ("Conditions", _shared(record, lambda v: v["conditions"])),
        ("Calendar", _shared(record, lambda v: v["calendar"])),
        ("Crises", _shared(record, lambda v: v["crises"])),
        ("Stage game: what actors weigh, per year", _shared(record, lambda v: [*v["game"], *games(record, v["stage_games"])])),
        ("Crisis ladder", _shared(record, lambda v: ladders(record, v["ladders"]))),
        ("Regimes side by side", _regimes(record)),
        ("What carries a treaty's effect", _shared(record, _channels)),
        (f"Does more control mean less risk of {record['rungs'][-1]}?", _order(record)),
        ("Assumptions with a range", _assumptions(record)),
    ]
    return [(heading, lines) for heading, lines in parts if lines]


def text(record: Record) -> str:
    """The whole description."""
    blocks = [f"{heading.upper()}\n" + "\n".join(lines) for heading, lines in sections(record)]
    return "\n\n".join(blocks) + "\n"


def _wrapped(line: str, indent: str = "") -> list[str]:
    """The line in pieces; a number stays with its per cent sign."""
    bound = line.replace(" %", "\N{NO-BREAK SPACE}%")
    pieces = textwrap.wrap(bound, WIDTH, initial_indent=indent, subsequent_indent=indent + "  ", break_long_words=False)
    return [piece.replace("\N{NO-BREAK SPACE}%", " %") for piece in pieces] or [""]


def _shared(record: Record, lines: Callable[[Record], list[str]]) -> list[str]:
    """What is said of every variant: once where variants agree, else under their names."""
    said: dict[tuple[str, ...], list[str]] = {}
    for name, variant in record["variants"].items():
        said.setdefault(tuple(lines(variant)), []).append(name)
    out = []
    for found, names in said.items():
        if len(said) > 1 and found:
            out.append(f"{series(names)}:")
        indent = "  " if len(said) > 1 else ""
        out += [piece for line in found for piece in (_wrapped(line, indent) if not line.startswith(" ") else [indent + line])]
    return out


def _head(record: Record) -> list[str]:
    return [f"{record['title']} ({record['scenario']})", record["horizon"], *record["description"].strip().splitlines()]


# ---- regimes


def _regimes(record: Record) -> list[str]:
    variants = record["variants"]
    rungs = dict.fromkeys(rung for v in variants.values() for rung in v["rungs"])
    rows = [[rung, *[_reached(v, rung) for v in variants.values()]] for rung in rungs]
    rows.append(["crises expected", *[number(v["expected_onsets"]) for v in variants.values()]])
    rows.append(["states", *["-" if v["states"] is None else f"{v['states']:,}" for v in variants.values()]])
    out = [f"  {line}" for line in table([f"reached within {number(record['years'])} years", *variants], rows)]
    simulated = [name for name, v in variants.items() if v["engine"] != "exact"]
    if simulated:
        v = variants[simulated[0]]
        have = "has" if len(simulated) == 1 else "have"
        out.append(
            f"Exact but for {series(simulated)}, which {have} too many states: {v['replicates']:,} simulated histories [95 %]."
        )
    else:
        out.append("Exact.")
    rates = [f"{name} {_rate(v['annual_rate'])}" for name, v in variants.items()]
    out += _wrapped(f"As a constant yearly rate, {record['rungs'][-1]} is {series(rates)}.")
    return out


def _reached(variant: Record, rung: str) -> str:
    if rung not in variant["rungs"]:
        return "-"
    return estimate(variant["escalation_probability"][rung], variant["interval"][rung], variant["replicates"])


def _rate(rate: float | None) -> str:
    if rate is None:
        return "certain"
    return f"{percent(rate)} (one in {number(float(f'{1 / rate:.2g}'))} years)" if rate > 0 else "0"


def _channels(variant: Record) -> list[str]:
    lines = [f"{'on ' if c['on'] else 'off'}  {c['name']}: {c['text']}" for c in variant["channels"]]
    return lines + variant["beside_channels"]


# ---- the order of the regimes


def _order(record: Record) -> list[str]:
    order = record["order"]
    if order is None:
        return []
    if "not_checked" in order:
        return _wrapped(f"Not looked at: {order['not_checked']}.")
    file = order["at_the_file"]
    chain = " < ".join(_spoken(name) for name in order["regimes"])
    out = _wrapped(
        f"Expected of the probability of {order['rung']}: {chain}. {_verdict(file)} with the values of the file: {_values(file)}."
    )
    if not order["ranges_tried"]:
        return out
    tried = order["tried"]
    if not tried.get("end"):
        return out + ["The file gives no ranges in [uncertain] over which to try it."]
    corners = (
        f" and {tried['corner']:,} of {order['all_corners']:,} corners, at which every number is at one of its ends"
        if tried["corner"]
        else ""
    )
    total = sum(tried.values())
    out += _wrapped(
        f"Over the ranges of [uncertain] {total:,} further settings were tried, exactly: {count(tried['end'], 'end')} of a range "
        f"alone, {count(tried['pair'], 'pair')} of the ends that work most against it{corners}."
    )
    out += _listed("Alone it fails at", order["fails"]["end"], "No end of a range breaks it alone.")
    out += _listed("Where neither end alone breaks it, a pair does at", order["fails"]["pair"], "")
    if tried["corner"]:
        out += _wrapped(
            f"It fails at {len(order['fails']['corner']):,} of the {tried['corner']:,} corners tried{_telling(order)}."
        )
    if order["equal"]:
        out.append(f"At {count(order['equal'], 'setting')} two regimes are equal.")
    if order["refused"]:
        out += _wrapped(
            f"{count(len(order['refused']), 'setting')} could not be tried; the first: {order['refused'][0]['reason']}."
        )
    return out


def _verdict(entry: Record) -> str:
    if entry["broken"]:
        return f"It fails ({_pairs(entry)})"
    return "Two of them are equal" if entry["equal"] else "It holds"


def _pairs(entry: Record) -> str:
    return series(f"{_spoken(safer)} > {_spoken(riskier)}" for safer, riskier in entry["broken"])


def _values(entry: Record) -> str:
    """The probabilities, with enough digits to tell them apart."""
    return ", ".join(f"{_spoken(name)} {percent(p, 4)}" for name, p in entry["probability"].items())


def _listed(lead: str, entries: Sequence[Record], none: str) -> list[str]:
    if not entries:
        return [none] if none else []
    lines = [f"{lead}:"]
    for entry in entries:
        what = series(f"{path} = {number(x)}" for path, x in entry["setting"].items())
        lines += _wrapped(f"{what}: {_pairs(entry)} ({_values(entry)})", "  ")
    return lines


def _telling(order: Record) -> str:
    """The ends with which the order fails clearly more often."""
    found = order["at_failing_corners"][:4]
    if not found:
        return "; no single end tells where"
    shares = [f"{percent(e['failing'], 2)} against {percent(e['else_failing'], 2)}" for e in found]
    ends = [f"{e['path']} = {number(e['value'])} ({share})" for e, share in zip(found, shares, strict=True)]
    return f"; it fails more often with {series(ends)}"


def _spoken(name: str) -> str:
    return name.replace("_", " ")


# ---- assumptions


def _assumptions(record: Record) -> list[str]:
    found = record["assumptions"]
    if not found:
        return []
    bases: dict[str, int] = {}
    for entry in found:
        basis = entry.get("basis", "no basis given")
        bases[basis] = bases.get(basis, 0) + 1
    have = "has" if len(found) == 1 else "have"
    lines = [f"{count(len(found), 'number')} of the file {have} a range: {series(f'{n} {b}' for b, n in bases.items())}."]
    for entry in found:
        value = entry["value"]
        shown = "default" if value is None else str(value) if isinstance(value, list) else number(value, 5)
        why = ": ".join(x for x in (entry.get("basis", ""), entry.get("source", "")) if x)
        ends = "low" in entry and "high" in entry
        span = f"from {number(entry['low'], 5)} to {number(entry['high'], 5)}" if ends else priors.describe(entry)
        lines += _wrapped(f"{entry['path']} = {shown}, {span}{f' ({why})' if why else ''}", "  ")
    lines.append(
        "All other numbers are held at the values of the file. Results are conditional on them; they are not a forecast."
    )
    return lines


__all__ = ["sections", "text"]
