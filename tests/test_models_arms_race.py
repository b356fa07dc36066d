"""Arms races of N actors: stepping against adaptive integration with events, rests against long runs, what caps and dates do."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from sim.models.arms_race import RACE, solve
from sim.models.arms_race_answers import BARE, LAPSE, RICHARDSON, SATURATING, THREE, TWO
from sim.models.arms_race_dynamics import handed_on, put_back, spill
from sim.models.arms_race_ways import by_exponential, by_integration
from sim.models.model import arrayed, evaluate
from sim.models.reproduce import checks


def drawn(seed: int, n: int, c: int, form: str = "linear", tame: float = 1.0) -> dict[str, Any]:
    """A race with everything on, drawn at random."""
    rng = np.random.default_rng(seed)

    def table(low: float, high: float, *shape: int) -> Any:
        return rng.uniform(low, high, shape).tolist()

    reaction = rng.uniform(0, tame / n, (n, n))
    substitution = np.triu(rng.uniform(0, 0.5, (c, c)), 1) + np.tril(rng.uniform(0, 0.3, (c, c)), -1)
    return {
        "actors": [f"actor {i}" for i in range(n)],
        "categories": [f"kind {k}" for k in range(c)],
        "levels": table(0, 20, n, c),
        "weights": table(0.2, 1, c),
        "fatigue": table(0.2, 0.8, n, c),
        "reaction": reaction.tolist(),
        "allocation": table(0, 1 / c, n, c),
        "grievance": table(-2, 6, n, c),
        "reaction_form": form,
        "saturation": table(5, 30, n),
        "caps": table(3, 20, n, c),
        "cap_start": table(-1, 4, c),
        "cap_end": table(3, 12, c),
        "phase_in": float(rng.choice([0.0, 2.0])),
        "substitution": substitution.tolist(),
        "prudence": table(0, 2, n),
        "estimate_sd": table(0.1, 2, n),
        "estimate_drift": table(0, 2, n),
        "exchange_until": 4.0,
        "shock_rate": 0.3,
        "shock_size": table(0, 2, n, c),
        "horizon": 10,
        "steps": 5,
    }


def test_every_answer_is_met_by_every_way() -> None:
    for check in checks(RACE):
        assert check.sound, check
        assert check.ways or check.answer.outcome == "resting_growth_rate", check.answer


@pytest.mark.parametrize("form", ["linear", "saturating"])
@pytest.mark.parametrize(("n", "c"), [(1, 1), (2, 1), (2, 2), (3, 2)])
def test_stepping_agrees_with_integration_between_events(n: int, c: int, form: str) -> None:
    bound = 0
    for seed in range(4):
        given = drawn(seed, n, c, form)
        one, other = evaluate(RACE, given), evaluate(RACE, given, by_integration)
        for entry, x in one.entries("level").items():
            y = other.entries("level")[entry]
            assert abs(x - y) <= 1e-4 * (1 + abs(y)), (seed, entry, x, y)  # caps are met within a step, to second order
        caps = np.array(given["caps"]).ravel()
        path = evaluate(RACE, given | {"steps": 40}).entries("path")
        for entry, cap in zip(one.entries("level"), caps, strict=True):
            bound += any(abs(x[0] - cap) < 1e-9 for name, x in path.items() if name.startswith(entry))
    assert bound > 0  # caps did bind


@pytest.mark.parametrize("form", ["linear", "saturating"])
def test_rests_are_where_long_runs_stop(form: str) -> None:
    found = 0
    for seed in range(8):
        given = drawn(seed, 2, 2, form, tame=0.8) | {"prudence": [], "shock_rate": 0.0}
        one, other = evaluate(RACE, given), evaluate(RACE, given, by_integration)
        for name in ("resting_level", "blocked"):
            for entry, x in one.entries(name).items():
                y = other.entries(name)[entry]
                if not np.isnan(y[0]):
                    found += 1
                    assert abs(x - y) < 1e-5 * (1 + abs(y)), (seed, name, entry, x, y)
    assert found > 40


def test_free_races_agree_with_the_matrix_exponential() -> None:
    for seed in range(5):
        given = drawn(seed, 3, 2) | {"caps": [], "prudence": [], "shock_rate": 0.0, "levels": [[50.0]], "grievance": [[5.0]]}
        one, other = evaluate(RACE, given), evaluate(RACE, given, by_exponential)
        for name, same in (("level", "level"), ("equilibrium", "equilibrium"), ("mean_level", "level")):
            for entry, x in one.entries(name).items():
                np.testing.assert_allclose(x, other.entries(same)[entry], rtol=1e-6)
        if not np.isnan(other.outcomes["growth_rate"][0]):
            np.testing.assert_allclose(one.outcomes["growth_rate"], other.outcomes["growth_rate"], atol=1e-7)


def test_two_actors_are_richardson_s_race() -> None:
    from sim.models.richardson import RICHARDSON as TWO_SIDES

    both = evaluate(TWO_SIDES)
    found = evaluate(RACE, RICHARDSON)
    for side in "xy":
        np.testing.assert_allclose(found.entries("level")[f"{side}, arms"], both.outcomes[f"final_{side}"], rtol=1e-9)
        np.testing.assert_allclose(
            found.entries("equilibrium")[f"{side}, arms"], both.outcomes[f"equilibrium_{side}"], rtol=1e-12
        )
    np.testing.assert_allclose(found.outcomes["growth_rate"], both.outcomes["growth_rate"], rtol=1e-12)


def test_a_cap_that_never_binds_changes_nothing() -> None:
    free, loose = evaluate(RACE, THREE), evaluate(RACE, THREE | {"caps": [[1e6]]})
    for entry, x in free.entries("level").items():
        np.testing.assert_allclose(loose.entries("level")[entry], x, rtol=1e-12)
        np.testing.assert_allclose(loose.entries("resting_level")[entry], free.entries("equilibrium")[entry], rtol=1e-9)


def test_a_cap_holds_until_it_lapses() -> None:
    path = evaluate(RACE, LAPSE | {"steps": 20}).entries("path")
    held = [path[f"a, deployed:{t}"][0] for t in range(21)]
    assert held[:11] == [50.0] * 11
    assert (np.diff(held[10:]) > 0).all()
    np.testing.assert_allclose(
        held[11:], 100 - 50 * np.exp(-0.1 * np.arange(1, 11)), rtol=1e-7
    )  # dx = 10 - x / 10 from the lapse


@pytest.mark.parametrize("start", [0.0, 2.5, 3.3])
def test_weapons_above_a_cap_go_at_once_or_evenly_into_the_substitutes(start: float) -> None:
    given = LAPSE | {
        "levels": [[80.0, 10.0]],
        "fatigue": [[0.0]],
        "grievance": [[0.0, 0.0]],
        "cap_start": [start, start],
        "cap_end": [],
        "steps": 20,
    }
    at_once = evaluate(RACE, given).entries("path")
    assert at_once["a, deployed:20"][0] == 50.0
    np.testing.assert_allclose(at_once["a, reserve:20"], 10 + 0.5 * 30, rtol=1e-12)  # half of what went reappears
    evenly = evaluate(RACE, given | {"phase_in": 4.0}).entries("path")
    for t in range(21):
        left = 80 - 30 * min(max((t - start) / 4, 0), 1)
        np.testing.assert_allclose(evenly[f"a, deployed:{t}"], left, rtol=1e-9)
        np.testing.assert_allclose(evenly[f"a, reserve:{t}"], 10 + (80 - left) / 2, rtol=1e-9)


def test_saturation_stops_a_race_that_runs_away_without_it() -> None:
    linear = evaluate(RACE, SATURATING | {"reaction_form": "linear"})
    assert linear.outcomes["growth_rate"][0] == pytest.approx(0.5)  # k - a
    assert linear.outcomes["stable"][0] == 0
    assert linear.entries("level")["x, arms"][0] > 1e20
    saturating = evaluate(RACE, SATURATING)
    assert saturating.outcomes["resting_growth_rate"][0] < 0
    assert saturating.entries("level")["x, arms"][0] < 3


def test_the_ratio_of_threats_follows_the_path_and_needs_weapons_of_its_own() -> None:
    found = evaluate(RACE, {"steps": 5})
    path, ratio = found.entries("path"), found.entries("threat_ratio")
    for t in (0, 5, 25):
        mine, other = (path[f"{actor}, deployed:{t}"][0] + 0.25 * path[f"{actor}, reserve:{t}"][0] for actor in "ab")
        assert ratio[f"a:{t}"][0] == pytest.approx(other / mine, rel=1e-12)
    bare = evaluate(RACE, {"levels": [[0.0, 0.0], [1550.0, 0.0]], "steps": 1})
    assert np.isnan(bare.entries("threat_ratio")["a:0"][0])
    assert bare.entries("threat_ratio")["b:0"][0] == 0


def test_prudence_drives_the_race_once_exchanges_stop() -> None:
    given = {"caps": [], "levels": [[2380.0, 2480.0]], "horizon": 20, "steps": 20, "shock_rate": 0.0}
    careless, careful = evaluate(RACE, given | {"prudence": [0.0]}), evaluate(RACE, given | {"prudence": [1.0]})
    informed = evaluate(RACE, given | {"prudence": [1.0], "exchange_until": 20.0})
    at = [x.entries("threat")["a"][0] for x in (careless, informed, careful)]
    assert at[0] < at[1] < at[2]
    np.testing.assert_allclose(at[0], 3000.0, rtol=1e-9)  # the equilibrium
    assert informed.entries("estimate_sd")["a:20"][0] == pytest.approx(30.0)  # sqrt(60^2 / (2 * 2))
    spread = [careful.entries("estimate_sd")[f"a:{t}"][0] for t in range(12, 21)]
    assert (np.diff(spread) > 0).all()


def test_what_a_ceiling_takes_is_handed_on_along_chains_and_circles() -> None:
    over = np.array([[[4.0, -1.0, -10.0]]])
    chain = np.array([[[0, 0.5, 0], [0, 0, 0.5], [0, 0, 0]]])
    np.testing.assert_allclose(handed_on(over, chain), [[[4, 1, 0]]])  # 4; then 4 / 2 - 1; then 1 / 2 - 10 < 0
    circle = np.array([[[0, 0.5, 0], [0.5, 0, 0], [0, 0, 0]]])
    b = handed_on(np.array([[[4.0, 1.0, -10.0]]]), circle)
    np.testing.assert_allclose(b, [[[6, 4, 0]]])  # b1 = 4 + b2 / 2, b2 = 1 + b1 / 2
    np.testing.assert_allclose(spill(b, circle), [[[2, 3, 0]]])
    np.testing.assert_allclose(put_back(np.array([[[9.0, 4.0, -1.0]]]), np.array([[[5.0, 5.0, 5.0]]]), chain), [[[5, 5, 0]]])


def test_the_portrait_starts_where_it_is_told_and_rests_where_the_lines_cross() -> None:
    given = RICHARDSON | {"starts": [[0.5, 1.0], [3.0, 9.0]], "horizon": 60, "steps": 10, "portrait_range": 5.348837209302324}
    found = evaluate(RACE, given)
    first, second = found.entries("portrait_first"), found.entries("portrait_second")
    assert first["1:0"] == [0.5]
    assert second["2:0"] == [9.0]
    for s in "12":
        np.testing.assert_allclose([first[f"{s}:10"][0], second[f"{s}:10"][0]], [6.976744186, 5.348837209], rtol=1e-5)
    np.testing.assert_allclose(found.entries("line_first")["40"], 6.976744186046511, rtol=1e-9)  # x rests there, given y*
    np.testing.assert_allclose(found.entries("line_second")["0"], 1 / 1.1, rtol=1e-9)  # h / b, given x = 0


def test_lists_of_one_item_stand_for_all_and_wrong_lengths_are_told() -> None:
    short, long = THREE, THREE | {"fatigue": [[0.5], [0.5], [0.5]], "grievance": [[1.0]] * 3}
    assert evaluate(RACE, short).entries("level")["a, arms"][0] == evaluate(RACE, long).entries("level")["a, arms"][0]
    wrong = evaluate(RACE, THREE | {"fatigue": [[0.5], [0.5]]})
    assert "fatigue is empty, or has one row, or one for every actor" in wrong.reason("growth_rate")
    assert "caps" not in wrong.reason("growth_rate")  # the list that is wrong, and no other
    circling = evaluate(RACE, {"substitution": [[0.0, 1.0], [1.0, 0.0]], "caps": [[1550.0, 3000.0]]})
    assert "circle" in circling.reason("growth_rate")
    assert "every actor" in evaluate(RACE, {"starts": [[1.0, 1.0, 1.0]]}).reason("growth_rate")


def test_no_equilibrium_has_a_reason_and_a_growth_rate() -> None:
    given = BARE | {"actors": ["a", "b"], "categories": ["arms"], "levels": [[1.0]], "fatigue": [[0.5]], "grievance": [[1.0]]}
    found = evaluate(RACE, given | {"reaction": [[0.0, 0.5], [0.5, 0.0]], "horizon": 10})
    assert "balance" in found.reason("equilibrium")
    assert abs(found.outcomes["growth_rate"][0]) < 1e-12
    np.testing.assert_allclose(found.entries("level")["a, arms"], 11.0, rtol=1e-9)  # the sum grows by 2 a year


def test_a_point_alone_is_the_point_in_a_batch_to_the_bit() -> None:
    rate, until = np.array([0.0, 0.3, 2.0, 0.05]), np.array([-1.0, 3.3, 12.0, 40.0])
    kappa = np.array([0.0, 0.02, 0.06, 0.4])
    given = {"horizon": 12, "steps": 4, "starts": [[1.0, 2.0]]}

    def at(shock: Any, end: Any, k: Any) -> dict[str, Any]:
        return given | {"shock_rate": shock, "exchange_until": end, "reaction": [[0.0, k], [k, 0.0]], "cap_end": [end]}

    batch = evaluate(RACE, at(rate, until, kappa))
    for n in range(len(rate)):
        alone = evaluate(RACE, at(rate[n], until[n], kappa[n]))
        for outcome in RACE.outcomes:
            for entry, x in batch.entries(outcome.name).items():
                assert np.array_equal(alone.entries(outcome.name)[entry][0], x[n], equal_nan=True), (outcome.name, entry, n)


def test_all_outcomes_are_declared() -> None:
    assert {o.name for o in RACE.outcomes} == set(solve(arrayed(RACE, {})))


def test_saturating_races_rest_where_newton_overshoots_from_their_levels() -> None:
    # (163.4, 130.7) solves 0.3 x = 1.3 y / (1 + y / 50) + 2 and 0.3 y = 0.6 x / (1 + x / 100) + 2; the path ends there
    given = TWO | {
        "levels": [[10.0], [30.0]],
        "fatigue": [[0.3]],
        "reaction": [[0.0, 1.3], [0.6, 0.0]],
        "grievance": [[2.0]],
    }
    given |= {"reaction_form": "saturating", "saturation": [50.0, 100.0], "horizon": 200}
    found = evaluate(RACE, given)
    for name in ("equilibrium", "resting_level", "level"):
        at = found.entries(name)
        np.testing.assert_allclose([at["x, arms"][0], at["y, arms"][0]], [163.3927, 130.7344], atol=5e-5)
    assert found.outcomes["growth_rate"][0] == pytest.approx(-0.2072, abs=5e-5)
    assert found.outcomes["stable"][0] == 1


def test_rests_allow_for_ignorance_and_crises_as_the_path_does() -> None:
    given = {"caps": [], "cap_end": [], "horizon": 1000, "steps": 1}
    for some in (given, given | {"caps": [[1550.0, 1e9]]}):
        found = evaluate(RACE, some)
        for entry, x in found.entries("resting_level").items():
            np.testing.assert_allclose(found.entries("level")[entry], x, rtol=1e-6)
    for seed in range(3):
        given = drawn(seed, 2, 2, tame=0.8)
        one, other = evaluate(RACE, given), evaluate(RACE, given, by_integration)
        for name in ("resting_level", "blocked"):
            for entry, x in one.entries(name).items():
                np.testing.assert_allclose(x, other.entries(name)[entry], atol=1e-4)
    endless = evaluate(RACE, {"shock_decay": 0.0})
    assert np.isnan(endless.entries("equilibrium")["a, reserve"][0])
    assert "crises do not fade" in endless.reason("equilibrium")
    assert np.isnan(evaluate(RACE, {"lone_correction": 0.0}).entries("resting_level")["a, reserve"][0])


def test_a_cap_of_a_thousand_million_is_none() -> None:
    free, vast = evaluate(RACE, THREE), evaluate(RACE, THREE | {"caps": [[1e9]]})
    for name in ("mean_level", "standard_deviation", "resting_level"):
        assert vast.entries(name) == free.entries(name)
    away = RICHARDSON | {"reaction": [[0.0, 2.0], [2.0, 0.0]], "caps": [[1e9]]}
    assert not evaluate(RACE, away).entries("resting_level")["x, arms"][0] > 1e8


def test_circles_matter_only_among_capped_categories() -> None:
    circle = {"substitution": [[0.0, 1.0], [1.0, 0.0]], "cap_end": []}
    assert not (evaluate(RACE, circle).broken)
    assert not (evaluate(RACE, circle | {"caps": []}).broken)
    assert evaluate(RACE, circle | {"caps": [[1550.0, 1e9], [1550.0, 3000.0]]}).broken  # those of b have


def test_slow_circles_are_followed_to_their_end() -> None:
    b = handed_on(np.array([[[1.0, 0.0]]]), np.array([[[0, 0.999], [0.999, 0]]]))
    np.testing.assert_allclose(b[0, 0, 0], 1 / (1 - 0.999**2), rtol=1e-9)


def test_two_actors_or_categories_of_one_name_are_refused() -> None:
    assert "different names" in evaluate(RACE, THREE | {"actors": ["a", "a", "b"]}).reason("level")
    assert "different names" in evaluate(RACE, {"categories": ["arms", "arms"]}).reason("level")


def test_stability_is_undefined_where_the_equilibrium_is() -> None:
    for a, k in ((0.5, 0.5), (0.3, 0.1 + 0.2)):  # balanced to the bit, and to rounding
        found = evaluate(RACE, TWO | {"levels": [[1.0]], "fatigue": [[a]], "reaction": [[0.0, k], [k, 0.0]]})
        assert np.isnan([found.entries("equilibrium")["x, arms"][0], found.outcomes["stable"][0]]).all()
        assert abs(found.outcomes["growth_rate"][0]) < 1e-12
