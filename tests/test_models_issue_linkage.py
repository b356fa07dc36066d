"""Issue linkage: hand-made cases, both second ways over the ranges, where a link helps both, and the core model's conditions."""

from __future__ import annotations

import numpy as np
import pytest

from repeated_case import agree, draws, found, holds_at_four_errors, one
from sim.dilemma.scenario import Scenario
from sim.models.issue_linkage import LINKAGE, VERDICTS

EQUATIONS, HISTORIES = LINKAGE.ways
TIMES = ("months_to_peace", "months_to_treaty", "treaty_first")


def drawn(size: int) -> dict[str, np.ndarray]:
    rng = draws(1)
    return {
        "link": rng.uniform(-0.95, 1, size),
        "step": rng.uniform(0.003, 0.03, size),
        "opening": rng.uniform(0.01, 0.1, size),
        "closing": rng.uniform(0, 0.1, size),
        "agreement": rng.uniform(0.01, 0.1, size),
        "war_block": rng.uniform(0, 1, size),
        "surplus": rng.uniform(0, 1, size),
        "momentum": rng.uniform(0, 2, size),
        "horizon": rng.uniform(1, 200, size),
    }


def test_recursion_and_linear_equations_agree() -> None:
    agree(LINKAGE, EQUATIONS, drawn(60), (*TIMES, "peace_within", "treaty_within", "both_within"), 1e-9, 60)


def test_histories_agree() -> None:
    given = {name: x[:5] for name, x in drawn(60).items()}

    holds_at_four_errors(LINKAGE, HISTORIES, given, (*TIMES, "both_within"), seed=3)


def test_without_momentum_and_link_peace_has_its_own_clock() -> None:
    # n steps at the rate p, whatever the talks do: n / p months; within H months a gamma law: 1 - e^-x (1 + x) for two steps
    assert one(LINKAGE, "months_to_peace", link=0.0, momentum=0.0, steps=5, step=0.02) == pytest.approx(250)
    x = 0.02 * 60
    assert one(LINKAGE, "peace_within", link=0.0, momentum=0.0, step=0.02, horizon=60.0) == pytest.approx(
        1 - np.exp(-x) * (1 + x)
    )


def test_a_full_link_puts_one_after_the_other() -> None:
    # steps n at p (1 + s), then 1/o and 1/r
    told = {"link": 1.0, "surplus": 0.6, "steps": 3, "step": 0.01, "opening": 0.04, "agreement": 0.02}
    assert one(LINKAGE, "months_to_peace", **told) == pytest.approx(3 / 0.016)
    assert one(LINKAGE, "months_to_treaty", **told) == pytest.approx(3 / 0.016 + 25 + 50)
    assert one(LINKAGE, "both_within", **told) == one(LINKAGE, "treaty_within", **told)


def test_where_a_link_helps_both_and_where_it_stalls_both() -> None:
    # talks that do nothing for the war and cannot succeed in it: holding them back costs the treaty little and moves the parties
    lever = {"link": 1.0, "surplus": 1.0, "momentum": 0.0, "war_block": 1.0}
    assert one(LINKAGE, "peace_gain", **lever) == pytest.approx(2 / 0.0139 - 2 / 0.0278)
    assert VERDICTS[int(one(LINKAGE, "verdict", **lever))] == "helps both"
    # nobody is moved by what is held back: no talks, no help for the war's end, and the treaty waits for peace
    silent = {"link": 1.0, "surplus": 0.0, "momentum": 1.0}
    assert VERDICTS[int(one(LINKAGE, "verdict", **silent))] == "stalls both"
    assert VERDICTS[int(one(LINKAGE, "verdict", **silent | {"link": -1.0}))] == "helps both"
    assert VERDICTS[int(one(LINKAGE, "verdict", link=1.0, surplus=0.5, momentum=0.1))] == "helps peace, delays the treaty"


def test_more_momentum_never_delays_peace_and_more_closing_never_hastens_a_treaty() -> None:
    given = drawn(200)
    more = found(LINKAGE, given | {"momentum": given["momentum"] + 0.3})
    closing = found(LINKAGE, given | {"closing": given["closing"] + 0.05, "surplus": np.zeros(200), "momentum": np.zeros(200)})
    plain = found(LINKAGE, given | {"surplus": np.zeros(200), "momentum": np.zeros(200)})

    assert (more["months_to_peace"] <= found(LINKAGE, given)["months_to_peace"] + 1e-9).all()
    assert (closing["months_to_treaty"] >= plain["months_to_treaty"] - 1e-9).all()


def test_conditions_of_the_core_model_make_the_same_process() -> None:
    # one step to peace and no treaty: war -> peace at p (1 + m) while talks are on; rounds of a quarter of a month
    p, o, c, m, months = 0.05, 0.2, 0.1, 1.0, 24
    restrain = {"strategy": {"kind": "always_restrain"}}
    tables = {
        "title": "linkage",
        "horizon": {"years": months / 12, "rounds_per_year": 192},
        "actors": {"a": restrain, "b": restrain},
        "game": {"gain": 0.0, "exposure": 0.0, "cost": 0.0},
        "conditions": {
            "war": {"states": ["war", "peace"], "initial": "war", "rates": {"war->peace": 12 * p}},
            "talks": {
                "states": ["off", "on"],
                "initial": "off",
                "rates": {"off->on": 12 * o * 0.6, "on->off": 12 * c},
                "while": {"on": {"scale": {'conditions.war.rates."war->peace"': 1 + m}}},
            },
        },
        "crisis": {"kind": "empirical", "rungs": ["crisis"], "advance": [], "resolve": []},
    }
    core = float(Scenario(tables).solve().condition_occupancy["war"][-1, 1])
    # agreement is nearly never: 1e-9 a month
    told = {"link": 0.4, "surplus": 0.0, "momentum": m, "steps": 1, "step": p, "opening": o, "closing": c, "agreement": 1e-9}

    assert core == pytest.approx(one(LINKAGE, "peace_within", **told, horizon=float(months)), abs=2e-3)
