"""Dates, rounds and events: from when a change is in effect (docs/model.md, sections 1 and 3)."""

from __future__ import annotations

from datetime import date

import pytest

from laws import Raw, numbers, solved
from sim.dilemma.parameters import epochs, rounds_of, time_of, year_of
from sim.dilemma.structure import completed, structure
from small_scenarios import scenario


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (date(2011, 1, 1), 2011.0),
        (date(2011, 2, 5), 2011 + 35 / 365),  # 31 days of January and four of February before it
        (date(2012, 7, 2), 2012.5),  # day 184 of 366
        (date(2012, 12, 31), 2012 + 365 / 366),
        (date(1900, 12, 31), 1900 + 364 / 365),  # no leap year
        (date(2000, 12, 31), 2000 + 365 / 366),  # a leap year
    ],
)
def test_dates_as_years(day: date, expected: float) -> None:
    assert year_of(day) == pytest.approx(expected, abs=1e-12)


def test_time_of_an_event() -> None:
    tables = {"horizon": {"start": date(2011, 2, 5), "years": 20, "rounds_per_year": 4}}
    assert time_of({"year": 3}, tables) == 3.0
    # (2023 + 51/365) - (2011 + 35/365)
    assert time_of({"date": date(2023, 2, 21)}, tables) == pytest.approx(12 + 16 / 365, abs=1e-12)


@pytest.mark.parametrize(
    ("years", "per_year", "expected"),
    [(20, 4, 80), (2.5, 1, 2), (3.5, 1, 4), (0.6, 1, 1), (1, 365.25, 365), (8, 0.25, 2), (1.24, 2, 2)],
)
def test_rounds_are_whole_halves_go_to_the_even_one(years: float, per_year: float, expected: int) -> None:
    assert rounds_of({"horizon": {"years": years, "rounds_per_year": per_year}}) == expected


def first_rounds(events: list[Raw], years: float = 4, per_year: float = 1) -> list[int]:
    return [e.first for e in epochs(completed(scenario(horizon={"years": years, "rounds_per_year": per_year}, events=events)))]


@pytest.mark.parametrize(
    ("year", "expected"),
    [
        (0, 0),
        (0.2, 1),  # the first round that starts at or after it
        (1 / 3, 1),
        (1 / 3 - 1e-12, 1),
        (1 / 3 + 0.9e-9, 1),  # within 1e-9 years of the start of round 1
        (1 / 3 + 2e-9, 2),
        (2.0, 6),
    ],
)
def test_events_apply_from_the_first_round_at_or_after_them(year: float, expected: int) -> None:
    assert first_rounds([{"year": year, "set": {"game.gain": 1.0}}], per_year=3) == ([0] if expected == 0 else [0, expected])


def test_events_after_the_last_round() -> None:
    # 2.5 years in 2 rounds: an event at 2.0 still shows in the occupancies at T = 2, one at 2.3 would begin round 3
    assert first_rounds([{"year": 2.0, "set": {"game.gain": 1.0}}], 2.5) == [0, 2]
    assert first_rounds([{"year": 2.3, "set": {"game.gain": 1.0}}], 2.5) == [0]
    raw = scenario(horizon={"years": 2.5, "rounds_per_year": 1}, treaties={"t": {}})
    raw["events"] = [{"year": 1.5, "status": {"t": "suspended"}}, {"year": 2.3, "status": {"t": "pending"}}]
    found = solved(raw)
    assert found.treaty_occupancy["t"][:, found.statuses.index("suspended")].tolist() == [0, 0, 1]


def test_events_in_order_of_time_and_of_the_file() -> None:
    # at one time in file order, each with its `set` before its `scale`: ((3 -> 1) x 2, then -> 5) x 3 = 15
    at_two = [{"year": 2, "set": {"game.gain": 1.0}, "scale": {"game.gain": 2.0}}, {"year": 2, "set": {"game.gain": 5.0}}]
    events = [*at_two, {"year": 2.0, "scale": {"game.gain": 3.0}}, {"year": 1, "set": {"game.gain": 9.0}}]
    found = epochs(completed(scenario(events=events)))
    assert [(e.first, e.tables["game"]["gain"]) for e in found] == [(0, 3.0), (1, 9.0), (2, 15.0)]
    # of two in one round the earlier comes first, whatever the file's order
    found = epochs(
        completed(scenario(events=[{"year": 1.9, "set": {"game.gain": 1.0}}, {"year": 1.2, "set": {"game.gain": 8.0}}]))
    )
    assert [(e.first, e.tables["game"]["gain"]) for e in found] == [(0, 3.0), (2, 1.0)]


def test_own_numbers_from_one_event_to_the_next() -> None:
    # year 1: a's own silent gain becomes 2 x 3; year 2: the general one is 1, a's own stays 6; year 3: a's own is scaled to 3
    steps = [{"scale": {"actors.a.game.gain": 2.0}}, {"set": {"game.gain": 1.0}}, {"scale": {"actors.a.game.gain": 0.5}}]
    raw = scenario(events=[{"year": n, **step} for n, step in enumerate(steps, 1)])
    p = numbers(structure(raw))
    assert p["actors"]["a"]["game"]["gain"].ravel().tolist() == [3, 6, 6, 3]
    assert p["actors"]["b"]["game"]["gain"].ravel().tolist() == [3, 3, 1, 1]


def test_scale_acts_on_defaults() -> None:
    raw = scenario(events=[{"year": 1, "scale": {"game.discount": 0.5, "onset.background_rate": 3.0}}])
    p = numbers(structure(raw))
    assert p["game"]["discount"].ravel().tolist() == [1.0, 0.5]
    assert p["onset"]["background_rate"].ravel().tolist() == [0.0]


def test_events_write_the_status_and_expire_after_it() -> None:
    # forced to pending and expired by one event: it ends; forced back by the next of that time
    events = [{"year": 1, "expire": ["t"], "status": {"t": "pending", "c": "y"}}, {"year": 1, "status": {"t": "suspended"}}]
    raw = scenario(treaties={"t": {}}, conditions={"c": {"states": ["x", "y"], "initial": "x"}}, events=events)
    found = solved(raw)
    status = [found.statuses[k] for k in found.treaty_occupancy["t"].argmax(axis=1)]
    assert status[:3] == ["in_force", "suspended", "suspended"]
    assert found.condition_occupancy["c"][:3, 1].tolist() == [0, 1, 1]
