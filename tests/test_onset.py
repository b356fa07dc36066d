"""How crises begin and climb: cause, pair, first rung, shock (docs/model.md, sections 1.1, step 4, and 1.2)."""

from __future__ import annotations

import itertools
from math import exp, log
from typing import Any

import numpy as np
import pytest

from laws import Raw, law, parts
from sim.dilemma.ladder import Ladder
from small_scenarios import both, scenario

CAUSES = ("background", "arming", "alarm", "treaty_end")
LADDER = {"kind": "empirical", "rungs": ["x", "y", "war"], "advance": [0.5, 0.25], "resolve": [0.5, 0.25]}


def ladder(onset: Raw, actors: str = "abc", **more: Any) -> Ladder:
    """The ladder of a scenario in rounds of half a year."""
    raw = scenario(onset=onset, crisis=LADDER, horizon={"years": 4, "rounds_per_year": 2}, **more)
    raw["actors"] = {name: {"strategy": {"kind": "always_restrain"}} for name in actors}
    return parts(raw).ladder


def onset(of: Ladder, armed: str, alarmed: str, ended: int, *wanted: str) -> dict[Any, float]:
    """The law of some slots after step 4, given who armed, who drew an alarm and how many treaties ended."""
    given: dict[str, Any] = {"armed": len(armed), "alarms": len(alarmed), "treaty_ended": ended}
    given |= {f"act.{a}": int(a in armed) for a in of.s.actors} | {f"alarm.{a}": int(a in alarmed) for a in of.s.actors}
    return law(of.onset(), given, *wanted)


def expected(weights: dict[str, float], rates: Raw, factor: float, armed: str, alarmed: str, ended: int) -> dict[Any, float]:
    """The law of (cause, pair) by the formulas of step 4, rounds of half a year; pairs are written "ab"."""
    live = {actor for pair, w in weights.items() if w > 0 for actor in pair}
    by = {
        "background": {p: 0.5 * w * rates["background_rate"] * factor for p, w in weights.items()},
        "arming": {p: 0.5 * w * rates["arming_rate"] * sum(a in armed for a in p) / 2 for p, w in weights.items()},
        "alarm": {p: w * sum(a in alarmed for a in p) for p, w in weights.items()},
        "treaty_end": dict(weights),
    }
    quiet = (1 - rates["alarm_probability"]) ** sum(a in live for a in alarmed)
    end = (1 - rates["treaty_end_probability"]) ** (ended if live else 0)
    terms = [sum(by["background"].values()), sum(by["arming"].values()), -log(quiet), -log(end)]
    out: dict[Any, float] = {(None, None): exp(-sum(terms))}
    for cause, term in zip(CAUSES, terms, strict=True):
        total = sum(by[cause].values())
        for pair, share in by[cause].items():
            if term > 0 and share > 0:
                out[cause, tuple(pair)] = (1 - exp(-sum(terms))) * term / sum(terms) * share / total
    return out


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("weights", [None, {"ab": 1.0, "ac": 2.0, "bc": 0.5}, {"ab": 1.5, "bc": 0.0}, {"ac": 0.0}])
def test_cause_and_pair_by_the_formulas(weights: dict[str, float] | None, seed: int) -> None:
    rng = np.random.default_rng(seed)
    rates = {
        key: float(rng.uniform(0, 0.6))
        for key in ("background_rate", "arming_rate", "alarm_probability", "treaty_end_probability")
    }
    channels = {"h": {"accident_reduction": 0.5}, "k": {"accident_reduction": 0.2}}
    listed = {} if weights is None else {"dyads": [{"actors": list(pair[::-1]), "weight": w} for pair, w in weights.items()]}
    of, everyone = ladder(rates | listed, channels=channels), ("", "a", "bc", "abc")
    full = {pair: 1.0 if weights is None else weights.get(pair, 0.0) for pair in ("ab", "ac", "bc")}
    for armed, alarmed, ended in itertools.product(everyone, everyone, (0, 2)):
        found = onset(of, armed, alarmed, ended, "cause", "between")
        assert found == pytest.approx(expected(full, rates, 0.4, armed, alarmed, ended), abs=1e-14)


def test_two_actors() -> None:
    # half a year: background 0.1, arming 0.2 x 1/2 for one of two, -log 0.9 for an alarm: 0.2 - log 0.9 in all
    of = ladder({"background_rate": 0.2, "arming_rate": 0.4, "alarm_probability": 0.1}, "ab")
    terms = np.array([0.1, 0.1, -log(0.9)])
    risk = 1 - exp(-terms.sum())
    found = onset(of, "b", "a", 0, "cause")
    assert found == pytest.approx({None: 1 - risk, **dict(zip(CAUSES, risk * terms / terms.sum(), strict=False))})
    assert onset(of, "", "", 0, "cause") == pytest.approx({None: exp(-0.1), "background": 1 - exp(-0.1)})


@pytest.mark.parametrize(
    ("alarmed", "ended", "causes"),
    [
        ("a", 1, {"alarm": 0.5, "treaty_end": 0.5}),  # infinite terms share equally, finite ones then have none
        ("ab", 2, {"alarm": 0.5, "treaty_end": 0.5}),  # however infinite
        ("ab", 0, {"alarm": 1}),
        ("", 3, {"treaty_end": 1}),
        ("", 0, {None: exp(-2.5), "background": 1 - exp(-2.5)}),
    ],
)
def test_certain_causes(alarmed: str, ended: int, causes: dict[Any, float]) -> None:
    of = ladder({"alarm_probability": 1.0, "treaty_end_probability": 1.0, "background_rate": 5.0}, "ab")
    assert onset(of, "", alarmed, ended, "cause") == pytest.approx(causes)


def test_a_pair_without_weight_has_no_crises() -> None:
    certain = {"background_rate": 5.0, "arming_rate": 5.0, "alarm_probability": 1.0, "treaty_end_probability": 1.0}
    of = ladder(certain | {"dyads": [{"actors": ["a", "b"], "weight": 0.0}]}, "ab")
    assert onset(of, "ab", "ab", 2, "cause", "rung'") == {(None, 0): 1}


def test_the_first_rung() -> None:
    # by `rungs` whatever the cause and the pair; a crisis that begins on the last rung leaves no pair behind
    of = ladder({"background_rate": 2.0, "rungs": [0.5, 0.2, 0.3]}, "ab")
    risk = 1 - exp(-1.0)
    law_ = {(0, None): 1 - risk, (1, ("a", "b")): 0.5 * risk, (2, ("a", "b")): 0.2 * risk, (3, None): 0.3 * risk}
    assert onset(of, "", "", 0, "rung'", "pair'") == pytest.approx(law_)
    assert set(onset(ladder({"background_rate": 2.0}, "ab"), "", "", 0, "rung'")) == {0, 1}


# ---- climbing


def climbed(of: Ladder, rung: int, *wanted: str) -> dict[Any, float]:
    return law(of.climb(), {"rung": rung, "pair": ("a", "b")}, *wanted)


def test_up_out_or_stay() -> None:
    of = ladder({}, "ab")
    assert climbed(of, 1, "rung'", "pair'") == pytest.approx({(2, ("a", "b")): 0.5, (0, None): 0.5})
    assert climbed(of, 2, "rung'", "pair'") == pytest.approx({(3, None): 0.25, (0, None): 0.25, (2, ("a", "b")): 0.5})


def test_who_alone_stands() -> None:
    # sigma = 1 / (1 + 4) each, no slip: up with sigma^2, one wins with sigma (1 - sigma) each, else nobody
    table = {"kind": "brinkmanship", "rungs": ["x", "war"], "prize": 1.0, "slip": [0.0], "disaster": 4.0}
    of = parts(scenario(crisis=table)).ladder
    law_ = {(2, None): 0.04, (0, "a"): 0.16, (0, "b"): 0.16, (0, None): 0.64}
    assert climbed(of, 1, "rung'", "winner") == pytest.approx(law_)


@pytest.mark.parametrize(("shock_rung", "first"), [(None, False), (1, True), (2, True), (3, False)])
def test_shocks(shock_rung: int | None, first: bool) -> None:
    # a move up to a rung at or above shock_rung; where the last rung is reached the crisis is over
    table = LADDER if shock_rung is None else LADDER | {"shock_rung": shock_rung}
    of = parts(scenario(crisis=table, actors=both(strategy={"kind": "always_restrain"}))).ladder
    assert climbed(of, 1, "rung'", "shock") == pytest.approx({(2, first): 0.5, (0, False): 0.5})
    last = shock_rung is not None
    assert climbed(of, 2, "rung'", "shock") == pytest.approx({(3, last): 0.25, (0, False): 0.25, (2, False): 0.5})
    assert climbed(of, 2, "rung'", "over") == pytest.approx({(3, True): 0.25, (0, False): 0.25, (2, False): 0.5})
