"""What must hold of any scenario, and what must change nothing, over drawn scenarios (docs/model.md, sections 1, 3 and 4)."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from copy import deepcopy
from functools import cache
from typing import Any

import numpy as np
import pytest

from drawn import draw
from laws import Raw, solved
from oracle import differences
from sim.dilemma.outcomes import Outcomes
from sim.dilemma.parameters import merge
from sim.dilemma.scenario import Scenario

SEEDS = range(24)


@cache
def drawn(seed: int, **choices: Any) -> Raw:
    """A drawn scenario; every second has three actors unless the choices say otherwise.  Not to be changed: copy it."""
    rng = np.random.default_rng([77, seed])
    actors = choices.pop("actors", 2 + seed % 2)
    simple = choices.pop("simple", False)
    force = {"dates": False, "variants": False, **choices}
    return draw(rng, actors=actors, simple=simple, limit=200_000 * actors, force=force)


@cache
def outcomes(seed: int, **choices: Any) -> Outcomes:
    return solved(drawn(seed, **choices))


def record(found: Outcomes) -> Raw:
    return {key: value for key, value in found.record().items() if key != "states"}


def assert_unchanged(changed: Raw, seed: int) -> None:
    """The changed scenario has the outcomes of the drawn one; what it has beside these is not looked at."""
    assert differences(record(outcomes(seed)), record(solved(changed)), 1e-12, 1e-11) == []


# ---- laws are laws


@pytest.mark.parametrize("seed", SEEDS)
def test_laws(seed: int) -> None:
    found = outcomes(seed)
    reached, rungs, rounds = found.escalation_probability, found.rung_occupancy, found.rounds
    assert (reached[0] == 0).all()
    assert (reached <= 1).all()
    assert (np.diff(reached, axis=0) >= 0).all()  # with time no less
    assert (np.diff(reached, axis=1) <= 0).all()  # a higher rung no more often
    for law in (rungs, *found.treaty_occupancy.values(), *found.condition_occupancy.values()):
        assert law.shape[0] == rounds + 1
        assert (law >= 0).all()
        assert law.sum(axis=1) == pytest.approx(np.ones(rounds + 1), abs=1e-12)
    # who stands on a rung has reached it; on the last one whoever has reached it stands
    standing = rungs[:, :0:-1].cumsum(axis=1)[:, ::-1]
    assert (standing <= reached + 1e-12).all()
    assert standing[:, -1] == pytest.approx(reached[:, -1], abs=1e-12)
    assert ((found.arming >= 0) & (found.arming <= 1 + 1e-12) | np.isnan(found.arming)).all()
    assert (np.isnan(found.arming).all(axis=1) == (rungs[:-1, 0] == 0)).all()
    assert found.expected_onsets >= reached[-1, 0] - 1e-12
    for k, p in enumerate(reached[-1]):
        if p == 0:
            assert np.isnan(found.causes[k]).all()
            assert np.isnan(found.expected_time_to[k])
        else:
            assert found.causes[k].sum() == pytest.approx(1, abs=1e-12)
            assert (found.causes[k] >= 0).all()
            assert 1 - 1e-12 <= found.expected_time_to[k] * found.rounds_per_year <= rounds + 1e-12


# ---- names and order


def renamed(node: Any, names: Mapping[str, str]) -> Any:
    """The tables with names replaced wherever they stand: keys, values, parts of paths and of events."""
    if isinstance(node, str):
        return re.sub(r"[\w-]+", lambda word: names.get(word.group(), word.group()), node)
    if isinstance(node, dict):
        return {renamed(key, names): renamed(value, names) for key, value in node.items()}
    return [renamed(item, names) for item in node] if isinstance(node, list) else node


@pytest.mark.parametrize("seed", SEEDS)
def test_new_names_for_actors_rename_the_outcomes(seed: int) -> None:
    names = {"usa": "zulu", "russia": "usa", "prc": "alpha", "new_start": "t1", "inf-2": "t2", "proxy_war": "c1", "talks": "c2"}
    names |= {"hotline": "h1", "data_centre": "h2"}
    found = record(solved(renamed(drawn(seed), names)))
    assert differences(renamed(record(outcomes(seed)), names), found, 1e-12, 1e-11) == []


@pytest.mark.parametrize("seed", SEEDS)
def test_another_order_of_actors_changes_nothing(seed: int) -> None:
    # order counts for what a condition hears first and for leaders who set the same number: of these the first is left
    raw = deepcopy(drawn(seed))
    for condition in raw.get("conditions", {}).values():
        personal = [event for event in condition.get("on", {}) if event.startswith(("arming.", "alarm."))]
        for event in personal[1:]:
            del condition["on"][event]
    for actor in list(raw["actors"].values())[1:]:
        actor.pop("while", None)
    heard = re.compile(r"conditions\.[\w-]+\.on\.")
    for holder in [*raw.get("events", []), *_while_tables(raw)]:
        for verb in ("set", "scale"):
            holder[verb] = {path: x for path, x in holder.get(verb, {}).items() if not heard.match(path)}
    turned = raw | {"actors": dict(reversed(raw["actors"].items()))}
    assert differences(record(solved(raw)), record(solved(turned)), 1e-12, 1e-11) == []


def _while_tables(raw: Raw) -> list[Raw]:
    owners = [part for group in ("treaties", "conditions", "actors") for part in raw.get(group, {}).values()]
    return [table for part in owners for table in part.get("while", {}).values()]


# ---- what changes nothing


@pytest.mark.parametrize("seed", SEEDS)
def test_a_condition_that_never_moves(seed: int) -> None:
    raw = deepcopy(drawn(seed))
    idle = {"states": ["still", "other"], "initial": "still", "rates": {"still->other": 0.0, "other->still": 3.0}}
    idle |= {"on": {"alarm": {"still->other": 0.0}, "onset": {"other->still": 1.0}}}
    idle |= {"while": {"other": {"set": {"onset.background_rate": 9.0}}, "still": {"scale": {"onset.arming_rate": 1.0}}}}
    raw.setdefault("conditions", {})["idle"] = idle
    assert_unchanged(raw, seed)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_treaty_that_changes_nothing(seed: int) -> None:
    # pending for ever whatever it would say; and one in force that says nothing, where no strategy waits for it to lapse
    waiting = {
        "status": "pending",
        "sanction": 9.0,
        "inspections_per_year": 20,
        "inspection_detection": 0.5,
        "withdrawal_rate": 1.0,
    }
    waiting["while"] = {"in_force": {"set": {"onset.background_rate": 9.0}}}
    raw = deepcopy(drawn(seed))
    raw.setdefault("treaties", {})["idle"] = waiting
    assert_unchanged(raw, seed)
    if not any("strategy_without_treaty" in actor for actor in raw["actors"].values()):
        raw["treaties"]["idle"] = {"while": {"in_force": {"scale": {"onset.background_rate": 1.0}}}}
        assert_unchanged(raw, seed)


@pytest.mark.parametrize("seed", SEEDS)
def test_zeros_and_ones_and_defaults_written_out(seed: int) -> None:
    raw = deepcopy(drawn(seed))
    actors, n = list(raw["actors"]), len(raw["actors"])
    pairs = [(i, j) for k, i in enumerate(actors) for j in actors[k + 1 :]]
    for group, default in (("onset", 1.0), ("game", 1 / (n - 1))):
        raw[group].setdefault("dyads", [{"actors": [j, i], "weight": default} for i, j in pairs])
    raw.setdefault("channels", {})["idle"] = {"accident_reduction": 0.0}
    for condition in raw.get("conditions", {}).values():
        first, second = condition["states"][:2]
        condition.setdefault("rates", {}).setdefault(f"{second}->{first}", 0.0)
    ones = {"onset.background_rate": 1.0, "onset.arming_rate": 1.0, "monitoring.detection": 1.0, "crisis.disaster": 1.0}
    year = raw["horizon"]["years"]
    raw["events"] = [{"year": 0.3 * year, "scale": ones}, *raw.get("events", []), {"year": 0.7 * year, "scale": ones}]
    assert_unchanged(raw, seed)


@pytest.mark.parametrize("seed", SEEDS)
def test_inspections_that_find_nothing_and_cost_nothing_are_the_treaty_alone(seed: int) -> None:
    choices = {"simple": True, "treaties": 1 + seed % 2}
    treaty, verification = deepcopy(drawn(seed, **choices)), deepcopy(drawn(seed, **choices))
    for table in treaty["treaties"].values():
        table["inspections_per_year"] = 0
    for table in verification["treaties"].values():
        blind = ("inspection_detection", "inspection_false_alarm", "inspection_cost", "transparency")
        table |= {"inspections_per_year": 12, **dict.fromkeys(blind, 0.0)}
    assert differences(record(solved(treaty)), record(solved(verification)), 1e-13, 1e-12) == []


@pytest.mark.parametrize("seed", SEEDS[:8])
def test_an_event_at_the_start_is_the_file(seed: int) -> None:
    raw = deepcopy(drawn(seed, simple=True))
    now, late = deepcopy(raw), deepcopy(raw)
    numbers = {"onset.background_rate": 0.3, "monitoring.detection": 0.6, "crisis.disaster": 2.5, "game.discount": 0.8}
    for path, x in numbers.items():
        group, key = path.split(".")
        now.setdefault(group, {})[key] = x
    late["events"] = [{"year": 0, "set": numbers}]
    assert differences(record(solved(now)), record(solved(late)), 1e-13, 1e-12) == []


# ---- units


PAYOFFS = {
    "gain",
    "exposure",
    "cost",
    "payoffs",
    "sanction",
    "inspection_cost",
    "prize",
    "disaster",
    "concession_cost",
    "bystander",
}
PAYOFFS |= {"aftermath", "rung_costs"}
PRECISIONS = {"temptation_precision", "selection_precision", "precision"}


def multiplied(node: Any, factor: Callable[[str], float], of: str = "") -> Any:
    """The tables with every number multiplied by the factor of its key; `scale` tables are without unit."""
    if isinstance(node, dict):
        return {k: v if k == "scale" else multiplied(v, factor, _last(k, of)) for k, v in node.items()}
    if isinstance(node, list):
        return [multiplied(item, factor, of) for item in node]
    return node * factor(of) if isinstance(node, float | int) and not isinstance(node, bool) else node


def _last(key: str, of: str) -> str:
    """The key that says what a number is: in a path the one that names a payoff or a precision."""
    words = [word for word in key.split(".") if word in PAYOFFS | PRECISIONS]
    return words[-1] if words else of if of == "payoffs" else key


@pytest.mark.parametrize("seed", SEEDS)
def test_another_unit_of_payoff_changes_payoffs_alone(seed: int) -> None:
    def factor(key: str) -> float:
        return 3.0 if key in PAYOFFS else 1 / 3 if key in PRECISIONS else 1.0

    expected = record(outcomes(seed))
    expected["discounted_payoff"] = {name: 3 * x for name, x in expected["discounted_payoff"].items()}
    assert differences(expected, record(solved(multiplied(drawn(seed), factor))), 1e-10, 1e-9) == []


@pytest.mark.parametrize("seed", SEEDS[:8])
def test_weights_of_dyads_are_multiples_of_the_rates(seed: int) -> None:
    raw = deepcopy(drawn(seed, dyads=True, actors=3, simple=True))
    other = deepcopy(raw)
    for dyad in other["onset"]["dyads"]:
        dyad["weight"] /= 2
    for rate in ("background_rate", "arming_rate"):
        other["onset"][rate] = 2 * raw["onset"].get(rate, 0.0)
    assert differences(record(solved(raw)), record(solved(other)), 1e-12, 1e-11) == []


@pytest.mark.parametrize("seed", SEEDS[:8])
def test_a_positive_affine_change_of_payoffs_changes_no_nash_selection(seed: int) -> None:
    # each actor's stage payoffs by a factor and a constant of its own; nothing else is paid, so that nothing else is weighed
    choices = {"game": "matrix", "strategy": "nash", "temptation": False, "crisis": "empirical", "actors": 2, "simple": True}
    raw = deepcopy(drawn(seed, **choices))
    nothing = multiplied({**raw, "game": {}}, lambda key: 0.0 if key in PAYOFFS else 1.0)
    raw = {**nothing, "game": raw["game"]}
    other = deepcopy(raw)
    for name, factor, constant in (("usa", 0.3, 5.0), ("russia", 4.0, -2.0)):
        table = np.array(raw["game"]["payoffs"][name])
        other["game"]["payoffs"][name] = (factor * table + constant).tolist()
    before, after = (
        {k: v for k, v in record(solved(x)).items() if k not in ("discounted_payoff", "payoff_standard_error")}
        for x in (raw, other)
    )
    assert differences(before, after, 1e-11, 1e-10) == []


# ---- nothing is shared, nothing is changed


@pytest.mark.parametrize("seed", SEEDS[:8])
def test_tables_are_never_changed(seed: int) -> None:
    raw = draw(np.random.default_rng([78, seed]), limit=40_000, force={"variants": True})
    before, tables = deepcopy(raw), {k: v for k, v in raw.items() if k != "variants"}
    for patch in raw["variants"].values():
        merged = merge(tables, patch)
        whole = deepcopy(merged)
        scenario = Scenario(merged)
        scenario.solve()
        scenario.simulate(50, seed=0)
        assert merged == whole
        assert raw == before


def test_another_scenario_in_between_changes_nothing() -> None:
    # to the bit, with the same object and with a new one
    for seed in (0, 1, 2):
        one = Scenario(drawn(seed))
        before, drawn_before = one.solve().record(), one.simulate(100, seed=5).record()
        Scenario(drawn(seed + 1)).solve()
        Scenario(drawn(seed + 1)).simulate(100, seed=5)
        assert repr(one.solve().record()) == repr(before)
        assert repr(Scenario(deepcopy(drawn(seed))).solve().record()) == repr(before)
        assert repr(one.simulate(100, seed=5).record()) == repr(drawn_before)
