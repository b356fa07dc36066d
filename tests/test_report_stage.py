"""Stage games and ladders as `sim describe` tells them: classes, equilibria, when each holds."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest

from cli_text import write
from sim.config import read_scenario
from sim.dilemma.structure import Structure, structure
from sim.report.circumstances import boxes
from sim.report.regimes import outcomes
from sim.report.stage import ladders, pure_equilibria, stage_games

PLAIN = [("arming_rate = 0.3", "arming_rate = 0.0"), ("sanction = 1.0", "sanction = 0.0")]


def variant(folder: Path, name: str, *changes: tuple[str, str], more: str = "") -> Structure:
    return structure(read_scenario(write(folder, *changes, more=more)).tables(name))


CLASSES = [  # docs/model.md, section 4, with cost 2: gain and exposure on either side of it
    (3.0, 4.0, "Prisoner's Dilemma", [{"north": 1.0, "south": 1.0}]),
    (1.5, 4.0, "Stag Hunt", [{"north": 0.0, "south": 0.0}, {"north": 0.2, "south": 0.2}, {"north": 1.0, "south": 1.0}]),
    (3.0, 1.0, "Chicken", [{"north": 0.0, "south": 1.0}, {"north": 0.5, "south": 0.5}, {"north": 1.0, "south": 0.0}]),
    (1.0, 1.0, "Harmony", [{"north": 0.0, "south": 0.0}]),
]


@pytest.mark.parametrize(("gain", "exposure", "kind", "equilibria"), CLASSES)
def test_the_class_and_all_equilibria_of_the_stage_game(
    gain: float, exposure: float, kind: str, equilibria: list[dict[str, float]], tmp_path: Path
) -> None:
    """Mixed: indifferent where p (l - c) = (1 - p) (c - g), so p = (c - g) / (l - g): 0.5 / 2.5 = 0.2 and -1 / -2 = 0.5."""
    s = variant(tmp_path, "no_treaty", *PLAIN, ("gain = 1.5", f"gain = {gain}"), ("exposure = 4.0", f"exposure = {exposure}"))
    (game,) = stage_games(s)

    assert game["when"] == "always"
    assert game["class"] == kind
    np.testing.assert_allclose(game["payoffs"]["north"], [[0, -exposure], [gain - 2, -2]], atol=1e-12)
    assert [{a: round(p, 9) for a, p in found["arm"].items()} for found in game["equilibria"]] == equilibria


def test_dominance_is_marked(tmp_path: Path) -> None:
    """Stag Hunt: restraint pays more; arming risks less, as its deviation loss is 4 - 2 = 2 against 0.5."""
    (game,) = stage_games(variant(tmp_path, "no_treaty", *PLAIN))

    marks = {found["arm"]["north"]: (found["payoff_dominant"], found["risk_dominant"]) for found in game["equilibria"]}
    assert marks[0.0] == (True, False)
    assert marks[1.0] == (False, True)


def test_games_are_told_by_status_and_date(tmp_path: Path) -> None:
    s = variant(tmp_path, "verification")
    told = stage_games(s, outcomes(s.tables))

    assert [game["when"] for game in told] == [
        "until year 2, treaty limits in force",
        "treaty limits suspended or ended",
        "from year 2, treaty limits in force",
    ]
    # an arming party draws the sanction of 1 with P(alarm) per quarter, four times a year: 4 (1 - (0.5 * 0.95^12)^(1/4)) more
    alone = [game["payoffs"]["south"][1][0] for game in told]
    assert math.isclose(alone[1] - alone[0], 4 * (1 - (0.5 * 0.95**12) ** 0.25), rel_tol=1e-9)
    assert math.isclose(alone[1] - alone[2], 4 * (1 - 0.5**0.25), rel_tol=1e-9)


def test_three_actors_have_their_pure_equilibria(tmp_path: Path) -> None:
    more = '[actors.east]\nstrategy = { kind = "logit", precision = 2.0 }\n'
    s = variant(tmp_path, "no_treaty", *PLAIN, ("[game]\n", f"{more}[game]\n"))
    (game,) = stage_games(s)

    # alone: g - c = -0.5; with all the others arming: l - c = 2 (weights 1/2 each, so nothing is counted twice)
    assert game["arming_alone"] == pytest.approx(dict.fromkeys(s.actors, -0.5))
    assert game["arming_with_all"] == pytest.approx(dict.fromkeys(s.actors, 2.0))
    assert game["arming_pays"] == dict.fromkeys(s.actors, "if enough others arm")
    assert game["pure_equilibria"] == [[], ["north", "south", "east"]]
    assert [found["precision"] for found in game["logit"]] == [2.0]


def test_pure_equilibria_against_every_deviation() -> None:
    rng = np.random.default_rng(7)
    for _ in range(50):
        constant, slope = rng.normal(size=4), rng.normal(size=(4, 4))
        np.fill_diagonal(slope, 0)
        found = pure_equilibria(tuple("abcd"), constant, slope)
        assert found is not None
        for n in range(16):
            profile = np.array([n >> k & 1 for k in range(4)])
            gains = [constant[i] + sum(slope[i, j] * profile[j] for j in range(4)) for i in range(4)]
            stable = all(gain > 0 if plays else gain < 0 for gain, plays in zip(gains, profile, strict=True))
            assert ([a for a, plays in zip("abcd", profile, strict=True) if plays] in found) == stable


def test_the_ladder_has_its_chicken_equilibrium(tmp_path: Path) -> None:
    """At the last rung below war both sides stand with v / (v - C - kappa) = 1 / (1 + 5 - 0.2) without slip."""
    (ladder,) = ladders(variant(tmp_path, "no_treaty", ("slip = [0.02, 0.05]", "slip = [0.0, 0.0]")))
    rung = ladder["rungs"][-1]

    assert rung["rung"] == "use of force"
    assert rung["stand"] == pytest.approx({"north": 1 / 5.8, "south": 1 / 5.8})
    assert rung["up"] == pytest.approx(1 / 5.8**2)
    assert len(rung["equilibria"]) == 3
    assert any(found == pytest.approx(rung["stand"]) for found in rung["equilibria"])
    assert rung["to_the_last"] == pytest.approx(rung["up"])


def test_how_likely_a_crisis_climbs_to_the_last_rung(tmp_path: Path) -> None:
    empirical = [
        ('kind = "brinkmanship"', 'kind = "empirical"\nadvance = [0.5, 0.1]\nresolve = [0.4, 0.6]'),
        ("prize = 1.0\n", ""),
        ("slip = [0.02, 0.05]\n", ""),
    ]
    (ladder,) = ladders(variant(tmp_path, "no_treaty", *empirical))

    assert [rung["to_the_last"] for rung in ladder["rungs"]] == pytest.approx([0.5 / 0.9 * 0.1 / 0.7, 0.1 / 0.7])
    assert [rung["stays"] for rung in ladder["rungs"]] == pytest.approx([0.1, 0.3])
    assert "stand" not in ladder["rungs"][0]


def test_boxes_hold_a_group_and_nothing_else_that_occurs() -> None:
    every = [(a, b, c) for a in range(3) for b in range(2) for c in range(2) if (a, b) != (2, 1)]
    rng = np.random.default_rng(3)
    for _ in range(40):
        group = [values for values in every if rng.random() < 0.5]
        found = boxes(group, every)
        held = {values for values in every if any(all(v in part for v, part in zip(values, box, strict=True)) for box in found)}
        assert held == set(group)
    assert len(boxes(every, every)) == 1
