"""What the supplements on the portfolio, on linkage and on breakout say in figures and documentation: solved again."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import pytest

from sim.config import read_scenario
from sim.models import find
from sim.models.model import evaluate

ROOT = Path(__file__).parents[1] / "scenarios" / "supplement"


@cache
def model(name: str) -> Any:
    return read_scenario(str(ROOT / f"{name}.toml"))


def solved(name: str, variant: str, **given: Any) -> dict[str, Any]:
    """The outcomes of one variant, some parameters set to other values."""
    tables = model(name).tables(variant)
    found = find(tables["model"])
    assert found is not None
    return dict(evaluate(found, {**tables["parameters"], **given}).outcomes)


def test_the_number_of_treaties_and_what_the_record_says_of_spill_over() -> None:
    # 24 years after January 2002; support by hand: prod (1 + s k) / (1 + s 216.03/155.17)^5, k = 0..4
    of = "treaty_portfolio_number"
    treaty, verified, none = (solved(of, variant) for variant in ("treaty", "verification", "no_treaty"))

    assert treaty["number"]["24"][0] == pytest.approx(3.5, abs=0.05)
    assert verified["number"]["24"][0] == pytest.approx(5.5, abs=0.05)
    assert none["number"]["1"][0] == 0
    assert [treaty["spread"][f"{series}:24"][0] for series in ("low (5 %)", "high (95 %)")] == [1, 6]
    for spill, printed in ((0.15, 1.34), (0.3, 1.52), (0.6, 1.61), (2.0, 1.22)):
        assert solved(of, "treaty", spill=spill)["support"][0] == pytest.approx(printed, abs=0.005)


@pytest.mark.parametrize(
    ("variant", "peace", "treaty"),
    [
        ("treaty_moves_peace", (554, 144, 72), (410, 156, 133)),
        ("talks_move_peace", (84, 92, 144), (72, 91, 204)),
        ("both", (139, 110, 96), (84, 94, 157)),
    ],
)
def test_months_by_the_link(variant: str, peace: tuple[int, ...], treaty: tuple[int, ...]) -> None:
    links = [solved("arms_control_and_peace_talks_linkage", variant, link=link) for link in (-1.0, 0.0, 1.0)]

    assert tuple(round(float(o["months_to_peace"][0])) for o in links) == peace
    assert tuple(round(float(o["months_to_treaty"][0])) for o in links) == treaty


@pytest.mark.parametrize(
    ("variant", "zone", "strike"), [("no_treaty", (8.9, 8.9), 60), ("treaty", (6.6, 8.9), 26), ("verification", (2.6, 4.3), 19)]
)
def test_strike_zones_and_strikes_within_nine_years(variant: str, zone: tuple[float, float], strike: int) -> None:
    out = solved("iran_limits_for_relief_breakout", variant)

    assert tuple(round(float(x[0]), 1) for x in out["zone_below"].values()) == zone
    assert round(100 * float(out["strike_within"]["9"][0])) == strike


def test_contested_findings_can_cost_more_than_seeing_sooner_brings() -> None:
    # one contested finding a year, one in ten of which brings a strike, against full access as it stands and normal safeguards
    treaty, verified = (
        float(solved("iran_limits_for_relief_breakout", v)["strike_within"]["9"][0]) for v in ("treaty", "verification")
    )
    disputed = float(
        solved("iran_limits_for_relief_breakout", "verification", contested=1.0, escalation=0.1)["strike_within"]["9"][0]
    )

    assert verified < treaty < disputed
