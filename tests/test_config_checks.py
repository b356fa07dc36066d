"""What no declaration can say: names that must exist, lengths that must fit, times, sums, and ranges over time."""

from __future__ import annotations

from pathlib import Path

import pytest

from config_text import TEXT, changed, line_of, read_text, refused

EAST = 'strategy = { kind = "tit_for_tat", forgiveness = 0.2 }\n[actors.west]'
RUNGS = 'rungs = ["threat", "use of force", "war"]'
LAST = "[variants.no_treaty]"
"""Where further tables are put in."""

CASES = {
    "one actor": (
        TEXT[TEXT.index("[actors.west]") : TEXT.index("[game]")],
        "",
        'actors: there must be at least two actors, found ["east"]',
    ),
    "a name twice": (
        "[channels.hotline]",
        "[channels.east]",
        "channels.east: the name is taken: an actor has it too. Names must differ.",
    ),
    "no strategy": (EAST, "[actors.west]", "actors.east: missing: strategy or leaders"),
    "strategy and leaders": (
        "turnover_years = 5",
        'strategy = { kind = "grim" }',
        "actors.west.leaders: an actor has either strategy or leaders, not both",
    ),
    "while of an unknown leader": (
        "[actors.west.while.hawk]",
        "[actors.west.while.hwak]",
        "actors.west.while.hwak: names no leader. Did you mean hawk? Allowed: hawk, dove.",
    ),
    "nash among three": (
        EAST,
        'strategy = { kind = "nash" }\n[actors.south]\nstrategy = { kind = "grim" }\n[actors.west]',
        'actors.east.strategy.kind: must be a strategy for more than two actors, found "nash". There are 3 actors; ',
    ),
    "a party that is no actor": (
        'parties = ["east", "west"]',
        'parties = ["east", "wets"]',
        'treaties.accord.parties.1: names no actor, found "wets". Did you mean west? Allowed: east, west.',
    ),
    "a party twice": (
        'parties = ["east", "west"]',
        'parties = ["east", "east"]',
        'treaties.accord.parties.1: stands twice, found "east"',
    ),
    "a dyad with a stranger": (
        "cost = 2.0",
        'cost = 2.0\ndyads = [{ actors = ["east", "north"], weight = 1 }]',
        'game.dyads.0.actors.1: names no actor, found "north". Allowed: east, west.',
    ),
    "an onset dyad with itself": (
        "alarm_probability = 0.02",
        'dyads = [{ actors = ["east", "east"], weight = 1 }]',
        'onset.dyads.0.actors.1: stands twice, found "east"',
    ),
    "a cascade of an unknown treaty": (
        "cascade = { accord = 0.5 }",
        "cascade = { acord = 0.5 }",
        "treaties.pact.cascade.acord: names no other treaty. Did you mean accord? Allowed: accord.",
    ),
    "a cascade of the treaty itself": (
        "cascade = { accord = 0.5 }",
        "cascade = { pact = 0.5 }",
        "treaties.pact.cascade.pact: names no other treaty. ",
    ),
    "while of an unknown status": (
        LAST,
        f"[treaties.pact.while.inforce]\nset = {{}}\n{LAST}",
        "treaties.pact.while.inforce: names no status. Did you mean in_force? ",
    ),
    "an initial state that does not exist": (
        'initial = "on"',
        'initial = "up"',
        'conditions.talks.initial: names no state, found "up". Allowed: on, off.',
    ),
    "a state twice": (
        'states = ["on", "off"]',
        'states = ["on", "off", "on"]',
        'conditions.talks.states: names must differ, found "on". It stands 2 times.',
    ),
    "a rate of a state that does not exist": (
        '"on->off" = 0.3',
        '"on->of" = 0.3',
        'conditions.talks.rates."on->of": names no state "of". Did you mean off? Allowed: on, off.',
    ),
    "a move that is none": (
        '"on->off" = 0.3',
        '"on" = 0.3',
        'conditions.talks.rates.on: is no move from one state to another. A move is written "on->off".',
    ),
    "a move to where one is": (
        '"on->off" = 0.3',
        '"on->on" = 0.3',
        'conditions.talks.rates."on->on": a move leads to another state. To stay needs no move.',
    ),
    "an event of a condition that does not exist": (
        "on.crisis",
        "on.crises",
        "conditions.talks.on.crises: is no event of a round. Did you mean crisis? Allowed: arming.east, arming.west, alarm, ",
    ),
    "an event of an unknown treaty": (
        'on."withdrawal.pact"',
        'on."withdrawal.patc"',
        'conditions.talks.on."withdrawal.patc": is no event of a round. Did you mean withdrawal.pact? ',
    ),
    "while of an unknown state": (
        "[conditions.talks.while.off]",
        "[conditions.talks.while.of]",
        "conditions.talks.while.of: names no state. Did you mean off? ",
    ),
    "more first rungs than rungs": (
        "rungs = [0.75, 0.25]",
        "rungs = [0.25, 0.25, 0.25, 0.25]",
        "onset.rungs: must have at most 3 entries, one for each rung, found [0.25, 0.25, 0.25, 0.25]",
    ),
    "first rungs that do not sum to 1": (
        "rungs = [0.75, 0.25]",
        "rungs = [0.75, 0.5]",
        "onset.rungs: must sum to 1, found 1.25",
    ),
    "a rung twice": (
        RUNGS,
        'rungs = ["war", "use of force", "war"]',
        'crisis.rungs: names must differ, found "war". It stands 2 times.',
    ),
    "a rung called peace": (RUNGS, 'rungs = ["peace", "b", "c"]', "crisis.rungs: rung 0 is called peace, "),
    "slips of the wrong length": (
        "slip = [0.02, 0.05]",
        "slip = [0.02, 0.05, 0.1]",
        "crisis.slip: must have 2 entries for 3 rungs, found [0.02, 0.05, 0.1]. One for each rung below the last: ",
    ),
    "rung costs of the wrong length": (
        "prize = 1.0",
        "prize = 1.0\nrung_costs = [0.1]",
        "crisis.rung_costs: must have 2 entries for 3 rungs, found [0.1]",
    ),
    "a shock rung above the last": ("shock_rung = 2", "shock_rung = 4", "crisis.shock_rung: must be a rung, in [1, 3], found 4"),
    "logit without its precision": (
        "shock_rung = 2",
        'selection = "logit"',
        'crisis.selection_precision: missing: selection = "logit" needs its precision per unit of payoff',
    ),
    "an event with date and year": (
        "year = 5",
        "year = 5\ndate = 2004-01-01",
        "events.1.year: an event has either date or year, not both",
    ),
    "an event without a time": ("year = 5\n", "", "events.1: missing: date or year. Write date = 2026-02-05 or year = 12.5"),
    "a date without a start": (
        "start = 2000-01-01\n",
        "",
        "horizon.start: missing: it turns the dates of events into rounds. Give it, or use year in the events.",
    ),
    "an event after the horizon": (
        "year = 5",
        "year = 10",
        "events.1.year: must be within the horizon, 0 <= year < 10, found 10",
    ),
    "an event before the horizon": (
        "date = 2003-07-02",
        "date = 1999-07-02",
        "events.0.date: must be within the horizon, 0 <= year < 10, found 1999-07-02. That is year -0.50137.",
    ),
    "the end of an unknown treaty": (
        'expire = ["accord"]',
        'expire = ["acord"]',
        'events.1.expire.0: names no treaty, found "acord". Did you mean accord? Allowed: pact, accord.',
    ),
    "a status of nothing": (
        'status = { talks = "off" }',
        'status = { tlks = "off" }',
        "events.1.status.tlks: names no treaty or condition. Did you mean talks? Allowed: pact, accord, talks.",
    ),
    "a state that a condition has not": (
        'status = { talks = "off" }',
        'status = { talks = "of" }',
        'events.1.status.talks: must be a state of the condition, found "of". Did you mean off? ',
    ),
    "a status that no treaty has": (
        'status = { talks = "off" }',
        'status = { pact = "over" }',
        'events.1.status.pact: must be a status of the treaty, found "over". Allowed: pending, in_force, ',
    ),
    "a path that does not exist": (
        'set = { "monitoring.detection" = 0.6 }',
        'set = { "monitoring.detecton" = 0.6 }',
        'events.0.set."monitoring.detecton": no such path. Did you mean detection? Allowed: kind, detection, false_alarm.',
    ),
    "a path through what does not exist": (
        'scale = { "treaties.pact.withdrawal_rate" = 2.0 }',
        'scale = { "treaties.pcat.withdrawal_rate" = 2.0 }',
        'actors.west.while.hawk.scale."treaties.pcat.withdrawal_rate": no such path: it stops at treaties.pcat. ',
    ),
    "a change of structure": (
        'set = { "monitoring.detection" = 0.6 }',
        'set = { "horizon.years" = 5 }',
        'events.0.set."horizon.years": is no number that may change with time. ',
    ),
    "a change of a word": (
        'set = { "monitoring.detection" = 0.6 }',
        'set = { "crisis.selection" = 5 }',
        'events.0.set."crisis.selection": is no number that may change with time. ',
    ),
    "a change of what has no default": (
        'set = { "monitoring.detection" = 0.6 }',
        'set = { "actors.east.turnover_years" = 5 }',
        'events.0.set."actors.east.turnover_years": has no default, so it may be changed only where it is given',
    ),
    "an entry that a list has not": (
        'set = { "monitoring.detection" = 0.6 }',
        'set = { "crisis.slip.2" = 0.6 }',
        'events.0.set."crisis.slip.2": no such path. Entries are counted from 0, and there are 2.',
    ),
    "a value out of range": (
        'set = { "monitoring.detection" = 0.6 }',
        'set = { "monitoring.detection" = 6 }',
        'events.0.set."monitoring.detection": monitoring.detection must be in [0, 1], found 6',
    ),
    "a prior upside down": (
        "low = 0.2, mode = 0.5",
        "low = 0.6, mode = 0.5",
        'uncertain."monitoring.detection".low: must be at most mode, which is 0.5, found 0.6',
    ),
    "a prior of nothing": (
        '"monitoring.detection" = { distribution',
        '"monitoring.detecton" = { distribution',
        'uncertain."monitoring.detecton": no such path. Did you mean detection? ',
    ),
    "a prior outside the range": (
        "high = 0.8",
        "high = 1.8",
        'uncertain."monitoring.detection".high: must be in [0, 1], found 1.8',
    ),
    "a prior of a word": (
        '"monitoring.detection" = { distribution',
        '"crisis.kind" = { distribution',
        'uncertain."crisis.kind": is no number that may be uncertain',
    ),
    "no round at all": (
        "years = 10",
        "years = 0.1",
        "horizon.years: years * rounds_per_year must be between 1 and 100,000 rounds, found 0.4",
    ),
    "a horizon of zero": ("years = 10", "years = 0", "horizon.years: must be > 0, found 0"),
    "a billion rounds": (
        "rounds_per_year = 4",
        "rounds_per_year = 1e8",
        "horizon.years: years * rounds_per_year must be between 1 and 100,000 rounds, found 1000000000",
    ),
}


@pytest.mark.parametrize("old, new, said", CASES.values(), ids=CASES)
def test_what_does_not_fit_is_refused(tmp_path: Path, old: str, new: str, said: str) -> None:
    text = changed((old, new))

    lines = refused(tmp_path, text)

    matching = [line for line in lines if line.partition(": ")[2].startswith(said)]
    assert matching, lines
    assert matching[0].split(":")[1].isdecimal()


def test_a_matrix_is_for_two_actors_and_names_them(tmp_path: Path) -> None:
    game = 'kind = "matrix"\npayoffs = { east = [[0, 1], [1, 0]], wst = [[0, 1], [1, 0]] }\n'
    text = changed(("gain = 3.0\nexposure = 4.0\ncost = 2.0\n", game))

    assert [line.partition(": ")[2] for line in refused(tmp_path, text)] == [
        "game.payoffs.wst: names no actor. Did you mean west? Allowed: east, west.",
        "game.payoffs.west: missing: the 2x2 payoffs of this actor",
    ]
    third = changed(
        ("gain = 3.0\nexposure = 4.0\ncost = 2.0\n", game.replace("wst", "west")),
        ("[actors.west]", '[actors.south]\nstrategy = { kind = "grim" }\n[actors.west]'),
    )
    assert "a matrix game is for exactly two actors" in refused(tmp_path, third)[0]


def test_a_payoff_matrix_is_two_by_two(tmp_path: Path) -> None:
    game = 'kind = "matrix"\npayoffs = { east = [[0, 1], [1, 0]], west = [[0, 1, 2], [1, 0, 2]] }\n'
    text = changed(("gain = 3.0\nexposure = 4.0\ncost = 2.0\n", game))

    assert "game.payoffs.west.0: must be a list of 2, each a number, found [0, 1, 2]" in refused(tmp_path, text)[0]


EMPIRICAL = ('kind = "brinkmanship"', 'kind = "empirical"'), ("prize = 1.0\n", "")


def test_up_and_end_of_a_rung_sum_to_at_most_one(tmp_path: Path) -> None:
    text = changed(*EMPIRICAL, ("slip = [0.02, 0.05]", "advance = [0.5, 0.5]\nresolve = [0.5, 0.6]"))

    (only,) = refused(tmp_path, text)

    line = line_of(text, "resolve = ")
    assert only == f"quarrel.toml:{line}: crisis.resolve.1: crisis.advance.1 + crisis.resolve.1 must be at most 1, found 1.1"


def test_moves_out_of_a_state_under_one_event_sum_to_at_most_one(tmp_path: Path) -> None:
    three = ('states = ["on", "off"]', 'states = ["on", "off", "deep"]')
    text = changed(three, ('on.crisis = { "on->off" = 0.5 }', 'on.crisis = { "on->off" = 0.5, "on->deep" = 0.6 }'))

    (only,) = refused(tmp_path, text)

    assert only == f"quarrel.toml:{line_of(text, 'on.crisis')}: conditions.talks.on.crisis: must be at most 1, found 1.1"


# ---- numbers over time


def test_a_scale_that_pushes_a_probability_over_one_is_refused_where_it_stands(tmp_path: Path) -> None:
    text = changed(('set = { "monitoring.detection" = 0.6 }', 'scale = { "monitoring.detection" = 3 }'))

    (only,) = refused(tmp_path, text)

    # 0.5 * 3 = 1.5
    line = line_of(text, 'scale = { "monitoring')
    assert only.startswith(f'quarrel.toml:{line}: events.0.scale."monitoring.detection": ')
    assert only.endswith("monitoring.detection must be in [0, 1] at all times, found 1.5")


def test_changes_that_are_sound_alone_and_not_together_are_refused(tmp_path: Path) -> None:
    # detection 0.5; the event sets 0.6; while talks are off it is scaled by 1.8: 0.5 * 1.8 = 0.9, but 0.6 * 1.8 = 1.08
    alone = changed(('scale = { "onset.background_rate" = 2.0 }', 'scale = { "monitoring.detection" = 1.8 }'))
    without = alone.replace('set = { "monitoring.detection" = 0.6 }', "")

    (only,) = refused(tmp_path, alone)

    assert refused(tmp_path, without) == []
    assert only.endswith(
        'conditions.talks.while.off.scale."monitoring.detection": monitoring.detection must be in [0, 1] at all times, '
        "found 1.08. Together with events.0."
    )


def test_while_tables_of_several_parts_are_looked_at_together(tmp_path: Path) -> None:
    # 0.5 * 1.5 = 0.75 and 0.5 * 1.4 = 0.7 are sound, 0.5 * 1.5 * 1.4 = 1.05 is not
    text = changed(
        ('scale = { "onset.background_rate" = 2.0 }', 'scale = { "monitoring.false_alarm" = 15 }'),
        ('scale = { "treaties.pact.withdrawal_rate" = 2.0 }', 'scale = { "monitoring.false_alarm" = 1.4 }'),
    )

    (only,) = refused(tmp_path, text)

    assert only.endswith(
        "monitoring.false_alarm must be in [0, 1] at all times, found 1.05. Together with conditions.talks.while.off."
    )


def test_states_that_exclude_each_other_are_not_looked_at_together(tmp_path: Path) -> None:
    # in both states 0.05 * 19 = 0.95; there is no third state, in which it would be 0.5 * 19
    text = changed(
        (
            '[conditions.talks.while.off]\nscale = { "onset.background_rate" = 2.0 }',
            '[conditions.talks.while.off]\nset = { "monitoring.detection" = 0.05 }\n'
            '[conditions.talks.while.on]\nset = { "monitoring.detection" = 0.05 }',
        ),
        ('scale = { "treaties.pact.withdrawal_rate" = 2.0 }', 'scale = { "monitoring.detection" = 19 }'),
    )

    assert refused(tmp_path, text) == []


def test_an_actor_s_own_number_follows_the_general_one(tmp_path: Path) -> None:
    # the actor's own detection is the general 0.6 after the event: 0.6 * 1.9 = 1.14
    text = changed(('scale = { "onset.background_rate" = 2.0 }', 'scale = { "actors.east.monitoring.detection" = 1.9 }'))

    (only,) = refused(tmp_path, text)

    assert "actors.east.monitoring.detection must be in [0, 1] at all times, found 1.14. Together with events.0." in only


def test_sums_are_looked_at_over_time_too(tmp_path: Path) -> None:
    text = changed(('set = { "monitoring.detection" = 0.6 }', 'set = { "onset.rungs.0" = 0.5 }'))

    (only,) = refused(tmp_path, text)

    assert only.endswith('events.0.set."onset.rungs.0": the sum of onset.rungs must sum to 1 at all times, found 0.75')


def test_what_a_removed_treaty_is_said_to_do_is_forgotten(tmp_path: Path) -> None:
    tables = read_text(tmp_path, TEXT).tables("no_treaty")

    assert tables["treaties"] == {}
    assert tables["events"][1]["expire"] == []
    assert tables["conditions"]["talks"]["on"] == {"crisis": {"on->off": 0.5}}
    assert tables["actors"]["west"]["while"]["hawk"]["scale"] == {}
