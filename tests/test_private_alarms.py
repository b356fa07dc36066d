"""Private alarms: everybody sees for itself (docs/model.md, section 1.1, step 2); crises counted rung by rung (section 1.3)."""

from __future__ import annotations

import copy
import math
from typing import Any

import numpy as np
import pytest

import drawn
import drawn_alarms
import oracle
from laws import Raw, number, numbers, parts, solved
from sim.config.validation import wrong
from sim.dilemma import monitoring, stage_game
from sim.dilemma.keys import SCENARIO
from sim.dilemma.parameters import merge
from sim.dilemma.scenario import Scenario
from sim.dilemma.structure import structure
from small_scenarios import scenario
from test_agreement import variants, worthless_concession

ARMS, RESTRAINS = {"strategy": {"kind": "always_arm"}}, {"strategy": {"kind": "always_restrain"}}
PUNISHES = {"strategy": {"kind": "tit_for_tat"}}
HEARD = {"states": ["x", "y"], "initial": "x"}


def three(actors: list[Raw], kind: str = "private", **changes: Any) -> Raw:
    """Three actors, rounds of a year; arming is seen with 1/2 by each observer, and errors are never made."""
    raw = scenario(monitoring={"kind": kind, "detection": 0.5}, **changes)
    raw["actors"] = {name: copy.deepcopy(actor) for name, actor in zip("abc", actors, strict=True)}
    return raw


def test_each_observer_sees_for_itself() -> None:
    # a arms; b and c each see it with 1/2: somebody does with 3/4, in place of 1/2 for one alarm that all see
    raw = three([ARMS, RESTRAINS, RESTRAINS], conditions={"c1": HEARD | {"on": {"alarm.a": {"x->y": 1.0}}}})
    assert solved(raw).condition_occupancy["c1"][1, 1] == pytest.approx(0.75, abs=1e-15)
    raw["monitoring"]["kind"] = "public"
    assert solved(raw).condition_occupancy["c1"][1, 1] == pytest.approx(0.5, abs=1e-15)


def test_who_sees_nothing_punishes_nothing() -> None:
    # a arms in every round; b and c arm after an alarm of their own: alone about a (1/2), or about each other.  In round 1 each
    # arms with 1/2, independently; publicly both arm or neither
    raw = three([ARMS, PUNISHES, PUNISHES], conditions={"c1": HEARD | {"on": {"arming.b": {"x->y": 1.0}}}})
    raw["horizon"]["years"] = 2
    together = copy.deepcopy(raw)
    together["onset"] = {"arming_rate": math.log(2), "dyads": [{"actors": ["b", "c"], "weight": 1.0}]}
    assert solved(raw).arming[1] == pytest.approx([1, 0.5, 0.5], abs=1e-15)
    # crises between b and c at log 2 if both arm, half of it if one does: no onset 1, 1/sqrt 2, 1/2
    quiet = 0.25 * 1 + 0.5 / math.sqrt(2) + 0.25 * 0.5
    assert solved(together).escalation_probability[2, 0] == pytest.approx(1 - quiet, abs=1e-15)
    together["monitoring"]["kind"] = "public"
    assert solved(together).escalation_probability[2, 0] == pytest.approx(1 - (0.5 + 0.25), abs=1e-15)


def test_alarms_of_ordered_pairs_open_crises() -> None:
    # a and b arm; of the four ordered pairs with an armed target, pairs ab and bc have weight, ac has none: alarms ab, ba and cb
    # count, each drawn with 1/2, each opens a crisis with 0.2: no onset 0.9^3
    raw = three([ARMS, ARMS, RESTRAINS], onset={"alarm_probability": 0.2})
    raw["onset"]["dyads"] = [{"actors": ["a", "b"], "weight": 3.0}, {"actors": ["c", "b"], "weight": 1.0}]
    found = solved(raw)
    assert found.escalation_probability[1, 0] == pytest.approx(1 - 0.9**3, abs=1e-15)
    # the pair: in proportion to the weight times the alarms between the two.  With k alarms between a and b (0..2) and m between
    # b and c (0, 1): P(onset) (1 - 0.8^(k + m)), share of bc m / (3 k + m)
    of_c = sum(
        p * 0.5 * (1 - 0.8 ** (k + m)) * (m / (3 * k + m) if k + m > 0 else 0)
        for k, p in ((0, 0.25), (1, 0.5), (2, 0.25))
        for m in (0, 1)
    )
    raw["crisis"] |= {"disaster": 1.0, "aftermath": 0.0}
    raw["game"] = {"gain": 0.0, "exposure": 0.0, "cost": 0.0}
    raw["horizon"]["years"] = 1
    assert solved(raw).discounted_payoff[2] == pytest.approx(-of_c, abs=1e-15)


def test_a_treaty_hears_its_parties_only() -> None:
    # a and c arm; the treaty of a and b is suspended if a holds an alarm about b (never) or b about a: inspections (1/2) make it
    # 3/4.  What b and a hold about c, and c about a, does not count; c sees a with national means alone
    raw = three([ARMS, RESTRAINS, ARMS])
    raw["treaties"] = {"t": {"parties": ["a", "b"], "suspension_probability": 1.0, "sanction": 2.0}}
    raw["treaties"]["t"] |= {"inspections_per_year": 1, "inspection_detection": 0.5}
    raw["conditions"] = {"c1": HEARD | {"on": {"alarm.a": {"x->y": 1.0}}}}
    raw["game"] = {"gain": 0.0, "exposure": 0.0, "cost": 0.0}
    raw["horizon"]["years"] = 1
    found = solved(raw)
    assert found.treaty_occupancy["t"][1, 3] == pytest.approx(0.75, abs=1e-15)
    assert found.discounted_payoff == pytest.approx([-1.5, 0, 0], abs=1e-15)
    assert found.condition_occupancy["c1"][1, 1] == pytest.approx(1 - 0.25 * 0.5, abs=1e-15)


def test_what_a_sanction_is_weighed_at() -> None:
    # in a treaty of three each other party sees arming with 1 - 0.5 x 0.5 = 3/4: some does with 15/16, so U falls by 2 x 15/16;
    # publicly by 2 x 3/4
    for kind, seen in (("private", 15 / 16), ("public", 3 / 4)):
        raw = three([ARMS, RESTRAINS, RESTRAINS], kind)
        raw["treaties"] = {"t": {"sanction": 2.0, "inspections_per_year": 1, "inspection_detection": 0.5}}
        s = structure(raw)
        offer = stage_game.temptation(s, numbers(s), "a", [True]) - stage_game.temptation(s, numbers(s), "a", [False])
        assert number(offer) == pytest.approx(-2 * seen, abs=1e-14), kind


@pytest.mark.parametrize("seed", range(25))
def test_between_two_actors_both_kinds_are_the_same(seed: int) -> None:
    # each has one rival, who alone can hold an alarm about it; only contrite tit for tat looks at alarms about itself
    raw = drawn.draw(np.random.default_rng([seed, 2]), actors=2, force={"strategy": "tit_for_tat"})
    if "contrite" in str(raw):
        pytest.skip("contrite tit for tat sees its own alarm publicly, and not privately")
    private = copy.deepcopy(raw)
    private.setdefault("monitoring", {})["kind"] = "private"
    for name, public in variants(raw).items():
        a, b = public.solve(), variants(private)[name].solve()
        for key in ("escalation_probability", "discounted_payoff", "expected_crises", "causes", "arming"):
            assert getattr(b, key) == pytest.approx(getattr(a, key), abs=1e-12, nan_ok=True), (name, key)


def test_contrite_tit_for_tat_is_tit_for_tat_where_alarms_are_private() -> None:
    raw = three([ARMS, PUNISHES, PUNISHES])
    raw["monitoring"]["false_alarm"] = 0.3
    contrite = copy.deepcopy(raw)
    for name in "bc":
        contrite["actors"][name]["strategy"]["kind"] = "contrite_tit_for_tat"
    assert solved(contrite).arming == pytest.approx(solved(raw).arming, abs=1e-14)
    for table in (raw, contrite):
        table["monitoring"]["kind"] = "public"
    assert np.abs(solved(contrite).arming - solved(raw).arming).max() > 0.01


def test_kind_is_structure_and_a_variant_that_sets_it_keeps_the_rest() -> None:
    raw = three([ARMS, RESTRAINS, RESTRAINS], "public")
    merged = merge(raw, {"monitoring": {"kind": "private"}})
    assert merged["monitoring"] == {"kind": "private", "detection": 0.5}
    assert (
        oracle.variant_tables(raw | {"variants": {"v": {"monitoring": {"kind": "private"}}}}, "v")["monitoring"]["detection"]
        == 0.5
    )
    assert len(parts(merged).peace().moves) > len(parts(raw).peace().moves)


LEAVING = {"exit": "one_by_one", "inspections_per_year": 1, "inspection_detection": 0.5, "leak": 0.5, "sanction": 1.0}


@pytest.mark.parametrize(("party", "sees"), [("out", 1 - 0.5 * math.sqrt(0.5)), ("outside", 0.5), ("member", 0.75)])
def test_who_has_left_sees_what_leaks(party: str, sees: float) -> None:
    # a arms and stays in a treaty with b; c sees arming by national means (1/2) and, as a member, by an inspection (1/2), of
    # which half (an exponent of 1/2) leaks to it once it has left
    raw = three([ARMS, RESTRAINS, RESTRAINS], treaties={"t": LEAVING | {"outside": ["c"] if party == "outside" else []}})
    raw["events"] = [{"year": 0.0, "leave": {"t": ["c"]}}] if party == "out" else []
    raw["conditions"] = {"c1": HEARD | {"on": {"alarm.a": {"x->y": 1.0}}}}
    raw["horizon"]["years"] = 1
    raw["game"] = {"gain": 0.0, "exposure": 0.0, "cost": 0.0}
    found = solved(raw)
    assert found.condition_occupancy["c1"][1, 0] == pytest.approx(0.25 * (1 - sees), abs=1e-15)  # b sees it with 3/4
    # the sanction falls on a for what bound parties hold: b, and c while it is a member
    paid = 1 - 0.25 * (0.25 if party == "member" else 1.0)
    assert found.discounted_payoff[0] == pytest.approx(-paid, abs=1e-15)


def test_what_leaks_is_not_clarified() -> None:
    # one inspection a year errs with 3/4, and the parties' consultative body clears half of all false alarms; half of the
    # inspections leak: c, which is out, has a false alarm about a unless 0.25^0.5 (no national means err); b unless 0.25^0.5 too
    raw = three([RESTRAINS, RESTRAINS, RESTRAINS], events=[{"year": 0.0, "leave": {"t": ["c"]}}])
    raw["treaties"] = {"t": LEAVING | {"inspection_false_alarm": 0.75, "clarification": 0.5}}
    raw["conditions"] = {"c1": HEARD | {"on": {"alarm.a": {"x->y": 1.0}}}}
    assert solved(raw).condition_occupancy["c1"][1, 0] == pytest.approx(0.5 * 0.5, abs=1e-15)
    # with three quarters of the inspections leaking c stays quiet with 0.25^0.75
    raw["treaties"]["t"]["leak"] = 0.75
    assert solved(raw).condition_occupancy["c1"][1, 0] == pytest.approx(0.5 * 0.25**0.75, abs=1e-15)


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("actors", [2, 3])
def test_exact_engine_finds_what_the_model_says(seed: int, actors: int) -> None:
    # probabilities to 1e-9; payoffs, crises, times and causes to 1e-8 of max(1, |x|)
    raw = drawn_alarms.draw(np.random.default_rng([seed, actors]), private=True, accusing=False, actors=actors)
    compared(raw)


def compared(raw: Raw) -> None:
    """The exact engine held to the independent evaluation, and every count of crises to what it must be."""
    for variant, process in variants(raw).items():
        tables = oracle.variant_tables(raw, variant)
        if worthless_concession(tables):
            pytest.skip("standing and conceding are worth exactly the same: zeros count as zeros only in the package")
        found = process.solve()
        assert oracle.differences(oracle.evaluate(tables), found.record()) == [], variant
        assert found.expected_crises[0] == found.expected_onsets
        assert found.expected_crises[-1] == pytest.approx(found.escalation_probability[-1, -1], abs=1e-12)
        assert (np.diff(found.expected_crises) <= 1e-12).all()
        assert (found.expected_crises >= found.escalation_probability[-1] - 1e-12).all()


def agrees(raw: Raw, replicates: int = 8000) -> None:
    """Monte Carlo held to the exact engine: passages, payoffs, crises and accusations within 4.5 standard errors."""
    scenario = Scenario(raw)
    exact, simulated = scenario.solve(), scenario.simulate(replicates, seed=5)
    p = exact.escalation_probability[-1]
    checks = [(exact.escalation_probability[-1], simulated.escalation_probability[-1], np.sqrt(p * (1 - p) / replicates))]
    checks += [(exact.expected_crises, simulated.expected_crises, simulated.crises_error)]
    checks += [(exact.discounted_payoff, simulated.discounted_payoff, simulated.payoff_error)]
    for a, (x, error) in simulated.expected_accusations.items():
        checks.append((np.array([exact.expected_accusations[a][0]]), np.array([x]), np.array([error])))
    for expected, estimate, error in checks:
        assert (np.abs(estimate - expected) <= 4.5 * error + 1e-12).all()


def busy(kind: str, **changes: Any) -> Raw:
    """Three actors of three minds, a treaty of two of them, a ladder of three rungs, everything on."""
    raw = scenario(horizon={"years": 5, "rounds_per_year": 2}, monitoring={"kind": kind, "detection": 0.5, "false_alarm": 0.1})
    raw["actors"] = {
        "a": PUNISHES | {"tremble": 0.05},
        "b": {"strategy": {"kind": "win_stay_lose_shift"}},
        "c": {"strategy": {"kind": "grim"}, "temptation_precision": 0.5},
    }
    raw["treaties"] = {"t": {"parties": ["a", "b"], "sanction": 0.5, "suspension_probability": 0.4, "resumption_rate": 1.0}}
    raw["treaties"]["t"] |= {"inspections_per_year": 3, "inspection_detection": 0.2, "inspection_false_alarm": 0.02}
    raw["onset"] = {"background_rate": 0.1, "arming_rate": 0.2, "alarm_probability": 0.05}
    raw["crisis"] = {"kind": "empirical", "rungs": ["x", "y", "z"], "advance": [0.4, 0.4], "resolve": [0.4, 0.4], "disaster": 5.0}
    return raw | changes


def test_the_engines_agree() -> None:
    agrees(busy("private"))


def test_crises_that_are_counted_once() -> None:
    # one crisis after another, each reaching y with 1/2 (advance 0.4 of 0.8) and z with 1/4: over a long time one reaches z, and
    # on average four crises, of which two reach y, are needed for it
    raw = scenario(horizon={"years": 400, "rounds_per_year": 1}, onset={"background_rate": 5.0})
    raw["crisis"] = {"kind": "empirical", "rungs": ["x", "y", "z"], "advance": [0.4, 0.4], "resolve": [0.4, 0.4]}
    assert solved(raw).expected_crises == pytest.approx([4, 2, 1], abs=1e-6)
    # an onset on the second rung counts for the first and the second; z is then reached with 1/2
    raw["onset"]["rungs"] = [0.0, 1.0]
    assert solved(raw).expected_crises == pytest.approx([2, 2, 1], abs=1e-6)


def test_what_is_refused() -> None:
    raw = three([ARMS, RESTRAINS, RESTRAINS], "secret")
    assert [problem.path for problem in wrong(SCENARIO, raw)] == [("monitoring", "kind")]


def test_parts_of_one_observer() -> None:
    # what b sees of a: 1 - 0.5; the treaty of a and c adds nothing to it
    raw = three([ARMS, RESTRAINS, RESTRAINS], treaties={"t": {"parties": ["a", "c"], "inspections_per_year": 9}})
    s = structure(raw)
    assert monitoring.shared(s, "b", "a") == []
    assert monitoring.shared(s, "c", "a") == ["t"]
