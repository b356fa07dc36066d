"""Stage games and crisis ladders of a variant as text, from their records (docs/model.md, sections 2 and 4)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from sim.report.words import number, percent, series, table

Record = Mapping[str, Any]
MOST_GAMES: Final = 6
"""Stage games, or ladders, of one variant that are told; `--json` has all of them."""
ACTIONS: Final = ("restrain", "arm")


def games(record: Record, found: Sequence[Record]) -> list[str]:
    """The effective stage games of a variant, each with when it holds: class, payoffs, equilibria."""
    out = []
    for game in found[:MOST_GAMES]:
        head = "At all times" if game["when"] == "always" else game["when"][0].upper() + game["when"][1:]
        body = _two(record, game) if "payoffs" in game else _many(record, game)
        out += [f"{head}: {body[0]}", *body[1:]]
    return out + _left_out(len(found))


def _left_out(found: int) -> list[str]:
    return [f"And {found - MOST_GAMES} more circumstances: --json has all."] if found > MOST_GAMES else []


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
    """What arming pays each of more than two actors, and the pure equilibria."""
    alike: dict[tuple[str, str, str], list[str]] = {}
    for a, pays in game["arming_pays"].items():
        alike.setdefault((pays, number(game["arming_alone"][a]), number(game["arming_with_all"][a])), []).append(a)
    each = [f"pays {_who(record, who)} {pays} ({alone} alone, {all_} if all arm)" for (pays, alone, all_), who in alike.items()]
    out = [f"arming {'; '.join(each)}."]
    found = game["pure_equilibria"]
    if found is not None:
        who = [f"{_who(record, names)} arm{'s' if len(names) == 1 else ''}" if names else "nobody arms" for names in found]
        out.append(f"Pure equilibria: {'; '.join(who) if who else 'none'}.")
    return out + _logit(record, game)


def _who(record: Record, names: Sequence[str]) -> str:
    """Some actors by their labels."""
    everybody = len(names) == len(record["labels"]) > 2
    return f"all {len(names)} actors" if everybody else series(record["labels"][a] for a in names)


def _logit(record: Record, game: Record) -> list[str]:
    return [
        f"Logit equilibrium with precision {number(found['precision'])}: "
        + ", ".join(f"{record['labels'][a]} arms with {number(p)}" for a, p in found["arm"].items())
        + "."
        for found in game.get("logit", [])
    ]


def ladders(record: Record, found: Sequence[Record]) -> list[str]:
    """The ladders of a variant, rung by rung, with their equilibria."""
    out = []
    for ladder in found[:MOST_GAMES]:
        pairs, last = _pairs(record, ladder["pairs"]), ladder["last"]
        if not ladder["rungs"]:
            out.append(f"{pairs}: a crisis is at the last rung, {last}, at once.")
            continue
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
    return out + _left_out(len(found))


def _pairs(record: Record, pairs: Sequence[Sequence[str]]) -> str:
    n = len(record["labels"])
    if len(pairs) == n * (n - 1) / 2 > 1:
        return f"Every pair (here {' and '.join(pairs[0])})"
    return "; ".join(series(record["labels"][a] for a in pair) for pair in pairs)


def _others(record: Record, rung: Record) -> str:
    if len(rung["equilibria"]) == 1:
        return "this is the only equilibrium"
    profiles = "; ".join(_profile(record, found, ("concede", "stand")) for found in rung["equilibria"])
    return f"of the equilibria: {profiles}"
