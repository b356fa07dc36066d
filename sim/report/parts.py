"""The parts of a scenario in words: actors, treaties, conditions, crises, the calendar (docs/model.md, sections 1 to 4)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from sim.dilemma.parameters import time_of
from sim.dilemma.structure import Structure
from sim.report.alarms import accusing, whose
from sim.report.words import calendar_date, count, date_of, first, labels, number, percent, series, strategy, years

Tables = Mapping[str, Any]


def horizon(tables: Tables) -> str:
    """The horizon: 25 years from 2011-02-05, 100 rounds of 0.25 years."""
    table = tables["horizon"]
    rounds = round(table["years"] * table["rounds_per_year"])
    start = table.get("start")
    dates = f" from {start.isoformat()} to {calendar_date(start, table['years']).isoformat()}" if start else ""
    return f"{years(table['years'])}{dates}: {count(rounds, 'round')}, {number(table['rounds_per_year'])} a year."


def actors(s: Structure) -> list[str]:
    """One sentence for each actor: its strategy or leaders, turnover, temptation, tremble, its own numbers."""
    return [
        f"{labels(s.tables)[name]} ({name}): {'; '.join(_actor(table, labels(s.tables)))}."
        for name, table in s.tables["actors"].items()
    ]


def _actor(table: Tables, called: Mapping[str, str]) -> Iterator[str]:
    if "leaders" in table:
        total = sum(first(leader["weight"]) for leader in table["leaders"])
        plays = [(leader, strategy(leader["strategy"])) for leader in table["leaders"]]
        same = len({words for _, words in plays}) == 1
        drawn = [f"{leader['name']} ({percent(first(leader['weight']) / total)})" for leader, _ in plays]
        yield f"leaders {series(drawn, 'or')}"
        yield plays[0][1] if same else "; ".join(f"{leader['name']} {words}" for leader, words in plays)
    else:
        yield strategy(table["strategy"])
    if "strategy_without_treaty" in table:
        yield f"while no limits hold {strategy(table['strategy_without_treaty'])}"
    if table.get("turnover_years") is not None:
        yield f"a new leader every {years(table['turnover_years'])} on average"
    if table.get("temptation_precision") is not None:
        yield f"follows temptation with precision {number(table['temptation_precision'])}"
    if first(table["tremble"]) > 0:
        yield f"trembles with probability {number(table['tremble'])} a round"
    if table.get("accusation") is not None:
        yield accusing(table, called)
    own = [f"{key.replace('_', ' ')} {number(x)}" for group in ("game", "monitoring", "crisis") for key, x in _own(table[group])]
    if own:
        yield f"its own {series(own)}"
    yield from _while(table)


def _own(group: Tables) -> list[tuple[str, Any]]:
    return [(key, x) for key, x in group.items() if x is not None and not (key == "bystander" and first(x) == 0)]


def _while(table: Tables) -> Iterator[str]:
    for state, change in table["while"].items():
        yield f"while {state.replace('_', ' ')}: {series(changes(change))}"


def changes(change: Tables) -> list[str]:
    """What a `while` table or an event sets and scales: path = number, path times factor."""
    return [f"{path} = {number(x)}" for path, x in change.get("set", {}).items()] + [
        f"{path} times {number(x)}" for path, x in change.get("scale", {}).items()
    ]


def watch(s: Structure) -> str:
    """National technical means."""
    return (
        f"National technical means see arming with probability {_by_actor(s, 'monitoring', 'detection')} a year "
        f"and err with {_by_actor(s, 'monitoring', 'false_alarm')} a year."
        f"{whose(s)}"
    )


def _by_actor(s: Structure, group: str, key: str) -> str:
    """A number that actors may have of their own: the general one, "1 (2 for USA)", or "2 for USA and 3 for Russia"."""
    called, general = labels(s.tables), s.tables[group].get(key)
    own = {a: first(x) for a, table in s.tables["actors"].items() if (x := table[group].get(key)) is not None}
    others = [a for a in s.actors if a not in own]
    differ: dict[float, list[str]] = {}
    for a, x in own.items():
        if not others or x != first(general):
            differ.setdefault(x, []).append(called[a])
    told = series(f"{number(x)} for {series(who)}" for x, who in differ.items())
    if others:
        return number(general) + (f" ({told})" if differ else "")
    return told if len(differ) > 1 else number(next(iter(differ)))


def game(s: Structure) -> list[str]:
    """What the stage game says beside its payoffs: the discount factor, the weights of pairs."""
    out = []
    discount = _by_actor(s, "game", "discount")
    if discount != "1":
        out.append(f"Payoffs are discounted by a factor of {discount} a year.")
    if s.tables["game"].get("dyads") is not None:
        out.append(f"Pairs weigh in the stage game as follows: {_weights(s, 'game')}.")
    return out


def _weights(s: Structure, group: str) -> str:
    called = labels(s.tables)
    pairs = [f"{series(called[a] for a in d['actors'])} {number(d['weight'])}" for d in s.tables[group]["dyads"]]
    rest = ", any other pair 0" if len(pairs) < len(s.pairs) else ""
    return f"{', '.join(pairs) if pairs else 'none'}{rest}"


def treaties(s: Structure) -> list[str]:
    """One sentence for each treaty, and for each channel; one that says so where there is none."""
    out = [f"The treaty {name} ({_parties(s, t)}): {'; '.join(_treaty(t))}." for name, t in s.tables["treaties"].items()]
    for name, table in s.tables["channels"].items():
        out.append(f"The channel {name} prevents {percent(table['accident_reduction'])} of background crises and of slips.")
    return out if s.treaties else ["There is no treaty.", *out]


def _parties(s: Structure, table: Tables) -> str:
    return series(labels(s.tables)[a] for a in table["parties"])


def _treaty(table: Tables) -> Iterator[str]:
    def some(key: str) -> bool:
        value = table[key]
        return bool(value) if isinstance(value, Mapping | bool) else first(value) > 0

    yield f"{table['status'].replace('_', ' ')} at the start"
    if some("inspections_per_year"):
        sees, errs = number(table["inspection_detection"]), number(table["inspection_false_alarm"])
        yield f"{number(table['inspections_per_year'])} inspections a year, each sees arming with {sees} and errs with {errs}"
    else:
        yield "no inspections"
    if some("clarification"):
        yield f"its consultative body clears {percent(table['clarification'])} of false alarms"
    if some("sanction"):
        yield f"an alarm costs the accused {number(table['sanction'])}"
    if some("transparency"):
        yield f"each inspection a year makes gain and exposure grow by {percent(table['transparency'])}"
    if some("withdrawal_rate"):
        notice = f", with notice of {years(table['notice_years'])} on average" if some("notice_years") else ", at once"
        rate = table["withdrawal_rate"]
        if isinstance(rate, Mapping):
            yield f"parties withdraw at {series(f'{number(x)} ({party})' for party, x in rate.items())} a year{notice}"
        else:
            yield f"each party withdraws at {number(rate)} a year{notice}"
    if table["exit"] == "one_by_one":
        yield from _singly(table, some)
    if some("cascade"):
        cascade = table["cascade"]
        others = series(f"{t} {number(x)}" for t, x in cascade.items()) if isinstance(cascade, Mapping) else number(cascade)
        yield f"withdrawal grows with other treaties left (cascade {others})"
    if some("suspension_probability"):
        yield f"a round with an alarm suspends it with probability {number(table['suspension_probability'])}"
    rates = [(key, table[key]) for key in table if key.endswith("_rate") and key not in _TOLD and some(key)]
    if rates:
        yield series(f"{key.removesuffix('_rate')} at {number(x)} a year" for key, x in rates)
    yield "the limits " + ("hold" if some("limits_when_suspended") else "do not hold") + " while it is suspended"
    yield from _while(table)


_TOLD: Final = ("withdrawal_rate", "follow_rate", "leak_follow_rate", "join_rate")
"""Rates of a treaty that have a sentence of their own."""


def _singly(table: Tables, some: Callable[[str], bool]) -> Iterator[str]:
    """What is said of parties that leave one by one."""
    yield f"parties leave one by one, and it ends when fewer than {table['minimum_parties']} are left"
    if table["outside"]:
        yield f"not joined at the start: {series(table['outside'])}"
    follows = [f"{number(table['follow_rate'])} a year"] if some("follow_rate") else []
    if some("leak_follow_rate") and some("leak"):
        leak = f"{number(table['leak_follow_rate'])} a year for the {percent(table['leak'])} of what inspections show that leak"
        follows.append(leak)
    if follows:
        yield f"each party that is leaving or out adds {series(follows)} to the rate of each other"
    if some("join_rate"):
        yield f"a party that is not in it joins at {number(table['join_rate'])} a year"


def conditions(s: Structure) -> list[str]:
    """One sentence for each condition: its states, its moves, what it changes."""
    return [f"The condition {name}: {'; '.join(_condition(table))}." for name, table in s.tables["conditions"].items()]


def _condition(table: Tables) -> Iterator[str]:
    yield f"{series(table['states'], 'or')}, at the start {table['initial']}"
    if table["rates"]:
        yield series(f"{_move(move)} at {number(x)} a year" for move, x in table["rates"].items())
    for event, moves in table["on"].items():
        yield f"on {event} {series(f'{_move(move)} with {number(x)}' for move, x in moves.items())}"
    yield from _while(table)


def _move(move: str) -> str:
    return move.replace("->", " to ")


def moment(s: Structure) -> str:
    """What is a moment of danger of a treaty, in words."""
    return "the end of a treaty or an exit from one" if any(map(s.one_by_one, s.treaties)) else "the end of a treaty"


def crises(s: Structure) -> list[str]:
    """How crises begin and what they are about."""
    onset, table = s.tables["onset"], s.tables["crisis"]
    pair = "each pair" if len(s.pairs) > 1 else "the pair"
    out = [
        f"Crises begin at {number(onset['background_rate'])} a year in {pair}, and at {number(onset['arming_rate'])} a year more "
        f"where both arm (half of it where one does); an alarm opens one with probability {number(onset['alarm_probability'])}, "
        f"{moment(s)} with {number(onset['treaty_end_probability'])}."
    ]
    if onset.get("dyads") is not None:
        out.append(f"These rates are weighted by pair: {_weights(s, 'onset')}.")
    if len(onset["rungs"]) > 1:
        first_rungs = [f"{rung} with {number(x)}" for rung, x in zip(s.rungs, onset["rungs"], strict=False)]
        out.append(f"A crisis begins at {series(first_rungs)}.")
    costs = [f"{rung} {number(x)}" for rung, x in zip(s.rungs, table["rung_costs"], strict=False) if first(x) != 0]
    costs.append(f"{s.rungs[-1]} {_by_actor(s, 'crisis', 'disaster')}")
    stakes = f"Costs to each side: {series(costs)}"
    if table["kind"] == "brinkmanship":
        stakes += (
            f"; the prize is {_by_actor(s, 'crisis', 'prize')}, conceding alone costs {_by_actor(s, 'crisis', 'concession_cost')}"
        )
    out.append(stakes + ".")
    if table.get("shock_rung") is not None:
        out.append(f"Reaching {s.rungs[table['shock_rung'] - 1]} or higher is a shock: it suspends the treaties of both sides.")
    return out


def calendar(tables: Tables) -> list[str]:
    """What changes at a known time, one sentence for each event."""
    start, out = tables["horizon"].get("start"), []
    for event in sorted(tables["events"], key=lambda e: time_of(e, dict(tables))):
        when = date_of(start, time_of(event, dict(tables)))
        what = changes(event)
        for name, status in event["status"].items():
            kind = "treaty" if name in tables["treaties"] else "condition"
            what.append(f"the {kind} {name} is {status.replace('_', ' ')}")
        called = labels(tables)
        what += [f"{series(called[a] for a in parties)} left the treaty {name}" for name, parties in event["leave"].items()]
        what += [f"the treaty {name} expires" for name in event["expire"]]
        out += [f"{when}: {series(what)}."] if what else []
    return out
