"""The description of a scenario as text, section by section, from its record (`describe.describe`)."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from sim.report.words import count, number, percent, series, table

Record = Mapping[str, Any]
WIDTH: Final = 110
MOST_GAMES: Final = 6
"""Stage games, or ladders, of one variant that are told; `--json` has all of them."""
ACTIONS: Final = ("restrain", "arm")


def sections(record: Record) -> list[tuple[str, list[str]]]:
    """Headings with their lines."""
    parts = [
        ("Scenario", _head(record)),
        ("Actors", _shared(record, lambda v: [*v["actors"], *v["monitoring"]])),
        ("Treaties and channels", _shared(record, lambda v: v["treaties"])),
        ("Conditions", _shared(record, lambda v: v["conditions"])),
        ("Calendar", _shared(record, lambda v: v["calendar"])),
        ("Crises", _shared(record, lambda v: v["crises"])),
        ("Stage game: what actors weigh, per year", _shared(record, lambda v: _games(record, v["stage_games"]))),
        ("Crisis ladder", _shared(record, lambda v: _ladders(record, v["ladders"]))),
        ("Regimes side by side", _regimes(record)),
        ("What carries a treaty's effect", _shared(record, _channels)),
        ("Does more control mean less risk?", _order(record)),
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


# ---- games


def _games(record: Record, games: Sequence[Record]) -> list[str]:
    out = []
    for game in games[:MOST_GAMES]:
        head = "At all times" if game["when"] == "always" else game["when"]
        body = _two(record, game) if "payoffs" in game else _many(record, game)
        out += [f"{head}: {body[0]}", *body[1:]]
    return out + _left_out(len(games))


def _left_out(games: int) -> list[str]:
    return [f"And {games - MOST_GAMES} more circumstances: --json has all."] if games > MOST_GAMES else []


def _two(record: Record, game: Record) -> list[str]:
    one, two = game["payoffs"]
    called = record["labels"]
    kind = game["class"]
    if kind == "asymmetric":
        kind = series(f"{name} for {called[a]}" for a, name in game["classes"].items())

    def cell(i: int, j: int) -> str:
        return f"{number(game['payoffs'][one][i][j])}, {number(game['payoffs'][two][j][i])}"

    cells = [[f"{called[one]} {ACTIONS[i]}s", cell(i, 0), cell(i, 1)] for i in (0, 1)]
    grid = table(["", *[f"{called[two]} {word}s" for word in ACTIONS]], cells)
    several = len(game["equilibria"]) > 1
    told = "; ".join(_equilibrium(record, found, several) for found in game["equilibria"])
    equilibria = f"{'Equilibria' if several else 'The only equilibrium'}: {told}."
    if game["degenerate"]:
        equilibria += " The game is degenerate: these are the extreme points of what may be a continuum."
    return [f"{kind}.", *[f"  {line}" for line in grid], equilibria, *_logit(record, game)]


def _equilibrium(record: Record, found: Record, several: bool) -> str:
    """An equilibrium in words, with what it dominates if there are several."""
    marks = [word.replace("_", " ") for word in ("payoff_dominant", "risk_dominant") if found[word] and several]
    return _profile(record, found["arm"], ("restrain", "arm")) + (f" ({series(marks)})" if marks else "")


def _profile(record: Record, chances: Mapping[str, float], words: tuple[str, str]) -> str:
    """A profile in words: "both restrain"; "USA arms, Russia restrains"; "USA arms with 0.23, Russia arms with 0.23"."""
    pure = {a: words[round(p)] for a, p in chances.items() if min(p, 1 - p) < 1e-9}
    if len(pure) == len(chances) == 2 and len(set(pure.values())) == 1:
        return f"both {next(iter(pure.values()))}"
    alike = list(chances.values())
    if not pure and max(alike) - min(alike) < 1e-9:
        return f"both {words[1]} with probability {number(alike[0])}"
    called = record["labels"]
    return ", ".join(
        f"{called[a]} {pure[a]}s" if a in pure else f"{called[a]} {words[1]}s with {number(p)}" for a, p in chances.items()
    )


def _many(record: Record, game: Record) -> list[str]:
    called = record["labels"]
    out = [
        "arming "
        + "; ".join(
            f"pays {called[a]} {pays} ({number(game['arming_alone'][a])} alone, {number(game['arming_with_all'][a])} if all arm)"
            for a, pays in game["arming_pays"].items()
        )
        + "."
    ]
    found = game["pure_equilibria"]
    if found is not None:
        who = [
            f"{series(called[a] for a in names)} arm{'s' if len(names) == 1 else ''}" if names else "nobody arms"
            for names in found
        ]
        out.append(f"Pure equilibria: {'; '.join(who) if who else 'none'}.")
    return out + _logit(record, game)


def _logit(record: Record, game: Record) -> list[str]:
    return [
        f"Logit equilibrium with precision {number(found['precision'])}: "
        + ", ".join(f"{record['labels'][a]} arms with {number(p)}" for a, p in found["arm"].items())
        + "."
        for found in game.get("logit", [])
    ]


def _ladders(record: Record, ladders: Sequence[Record]) -> list[str]:
    out = []
    for ladder in ladders[:MOST_GAMES]:
        pairs = "; ".join(series(record["labels"][a] for a in pair) for pair in ladder["pairs"])
        if not ladder["rungs"]:
            out.append(f"{pairs}: a crisis is at the last rung, {record['rungs'][-1]}, at once.")
            continue
        last = record["rungs"][-1]
        when = "" if ladder["when"] == "always" else f", {ladder['when']}"
        lowest = ladder["rungs"][0]
        out.append(f"{pairs}{when}: a crisis at {lowest['rung']} climbs to {last} with {percent(lowest['to_the_last'])}.")
        stands = "stand" in lowest
        columns = ["up", "ends", "stays", "to_the_last", *(["slip"] if stands else [])]
        header = ["rung", *[f"to {last}" if key == "to_the_last" else key for key in columns]]
        rows = [[rung["rung"], *[number(rung[key]) for key in columns]] for rung in ladder["rungs"]]
        out += [f"  {line}" for line in table(header, rows)]
        for rung in ladder["rungs"] if stands else ():
            out.append(f"At {rung['rung']} {_profile(record, rung['stand'], ('concede', 'stand'))}; {_others(record, rung)}.")
    return out + _left_out(len(ladders))


def _others(record: Record, rung: Record) -> str:
    if len(rung["equilibria"]) == 1:
        return "this is the only equilibrium"
    profiles = "; ".join(_profile(record, found, ("concede", "stand")) for found in rung["equilibria"])
    return f"of the equilibria: {profiles}"


# ---- regimes


def _regimes(record: Record) -> list[str]:
    rungs, last = record["rungs"], record["rungs"][-1]
    variants = record["variants"]
    rows = [[rung, *[percent(v["escalation_probability"][rung]) for v in variants.values()]] for rung in rungs]
    rows.append(["crises expected", *[number(v["expected_onsets"]) for v in variants.values()]])
    rows.append(["states", *["-" if v["states"] is None else f"{v['states']:,}" for v in variants.values()]])
    out = [f"  {line}" for line in table([f"reached within {number(record['years'])} years", *variants], rows)]
    simulated = [name for name, v in variants.items() if v["engine"] != "exact"]
    if simulated:
        v = variants[simulated[0]]
        have = "has" if len(simulated) == 1 else "have"
        out.append(f"Exact but for {series(simulated)}, which {have} too many states: {v['replicates']:,} simulated histories.")
    else:
        out.append("Exact.")
    rates = [f"{name} {_rate(v['annual_rate'])}" for name, v in variants.items()]
    out += _wrapped(f"As a constant yearly rate, {last} is {series(rates)}.")
    return out


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
    out = _wrapped(f"Expected of {order['rung']}: {chain}. {_verdict(file)} with the values of the file: {_values(file)}.")
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
    return "Neighbours are equal" if entry["equal"] else "It holds"


def _pairs(entry: Record) -> str:
    return series(f"{_spoken(safer)} > {_spoken(riskier)}" for safer, riskier in entry["broken"])


def _values(entry: Record) -> str:
    return ", ".join(f"{_spoken(name)} {percent(p)}" for name, p in entry["probability"].items())


def _listed(lead: str, entries: Sequence[Record], none: str) -> list[str]:
    if not entries:
        return [none] if none else []
    lines = [f"{lead}:"]
    for entry in entries:
        what = series(f"{path} = {number(x)}" for path, x in entry["setting"].items())
        lines += _wrapped(f"{what}: {_pairs(entry)} ({_values(entry)})", "  ")
    return lines


def _telling(order: Record) -> str:
    found = order["at_failing_corners"][:4]
    if not found:
        return "; no single end tells where"
    ends = [
        f"{e['path']} = {number(e['value'])} ({percent(e['failing'], 2)} of them, else {percent(e['else_failing'], 2)})"
        for e in found
    ]
    return f", most often with {series(ends)}"


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
        span = f"from {number(entry['low'], 5)} to {number(entry['high'], 5)}"
        lines += _wrapped(f"{entry['path']} = {shown}, {span}{f' ({why})' if why else ''}", "  ")
    lines.append(
        "All other numbers are held at the values of the file. Results are conditional on them; they are not a forecast."
    )
    return lines


__all__ = ["sections", "text"]
