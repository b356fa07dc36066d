"""Sobol indices, Morris effects and tornadoes, against closed forms."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from analyses_case import Experiment, Results, found, of_war, sampled, wrong
from sim.study.analyses import morris, one_at_a_time, sobol
from sim.study.design import Axis
from sim.study.samplers import morris as trajectories
from sim.study.samplers import saltelli

A, B = 7.0, 0.1


def ishigami(u: np.ndarray) -> np.ndarray:
    """The function of Ishigami and Homma (1990) of points in the unit cube, x = pi (2 u - 1)."""
    x = np.pi * (2 * u - 1)
    return np.sin(x[:, 0]) + A * np.sin(x[:, 1]) ** 2 + B * x[:, 2] ** 4 * np.sin(x[:, 0])


def ishigami_indices() -> tuple[np.ndarray, np.ndarray]:
    """First-order and total indices in closed form.

    E[x^4] = pi^4 / 5, E[x^8] = pi^8 / 9, E[sin^2] = 1/2, Var[sin^2] = 1/8.  f = (1 + B x3^4) sin x1 + A sin^2 x2, so
    V1 = (1 + B E[x^4])^2 / 2, V2 = A^2 / 8, V = E[(1 + B x3^4)^2] / 2 + V2, V13 = V - V1 - V2.
    """
    fourth, eighth = np.pi**4 / 5, np.pi**8 / 9
    v1, v2 = (1 + B * fourth) ** 2 / 2, A**2 / 8
    v = (1 + 2 * B * fourth + B**2 * eighth) / 2 + v2
    v13 = v - v1 - v2
    return np.array([v1, v2, 0.0]) / v, np.array([v1 + v13, v2, v13]) / v


@pytest.mark.parametrize("second_order", [False, True])
def test_sobol_indices_of_ishigami(second_order: bool) -> None:
    first, total = ishigami_indices()
    assert np.allclose(first, [0.3139, 0.4424, 0.0], atol=5e-5)  # the published values
    assert np.allclose(total, [0.5576, 0.4424, 0.2437], atol=5e-5)
    u = saltelli(2048, 3, second_order, seed=1)
    size = sobol.block(u)
    assert size is not None
    assert size == (8 if second_order else 5)
    got = sobol.indices(ishigami(u), 3, size, seed=0)
    assert got is not None
    assert (got.samples, got.dropped) == (2048, 0)
    assert (np.abs(got.first - first) <= got.first_width).all()
    assert (np.abs(got.total - total) <= got.total_width).all()
    assert got.total_width.max() < 0.1
    assert got.first_width.min() > 0.001


def test_sobol_is_the_same_for_the_same_seed_and_zero_is_a_seed() -> None:
    y = ishigami(saltelli(64, 3, False, seed=1))
    once, again, other = (sobol.indices(y, 3, 5, seed) for seed in (0, 0, 1))
    assert once is not None
    assert again is not None
    assert other is not None
    assert (once.total_width == again.total_width).all()
    assert (once.total_width != other.total_width).all()


def test_failed_points_drop_their_whole_base_sample() -> None:
    y = ishigami(saltelli(256, 3, False, seed=1))
    holed = y.copy()
    holed[[7, 8, 600]] = np.nan  # two of base sample 1, one of base sample 120
    got = sobol.indices(holed, 3, 5, seed=0)
    kept = np.delete(y.reshape(-1, 5), [1, 120], axis=0).ravel()
    want = sobol.indices(kept, 3, 5, seed=0)
    assert got is not None
    assert want is not None
    assert (got.samples, got.dropped) == (254, 2)
    assert (got.first == want.first).all()
    told = sobol.notes(got, None, ["a", "b", "c"])
    assert "2 of 256 base samples are left out, because a point failed." in told
    assert not any("power of two" in note for note in told)


def test_block_knows_no_other_design() -> None:
    rng = np.random.default_rng(5)
    assert sobol.block(rng.random((20, 3))) is None
    assert sobol.block(saltelli(4, 3, False, seed=1)[:-1]) is None
    one = saltelli(12, 1, True, seed=1)  # one parameter: 4 points a sample, and 48 points are also 16 times 3
    assert sobol.block(one) == 4


def _war(n: int, function: Callable[[np.ndarray], np.ndarray], variants: tuple[str, ...] = ("treaty",)) -> Results:
    u = saltelli(n, 3, False, seed=1)
    experiment = sampled(u, ["monitoring.detection", "treaties.pact.sanction", "game.cost"], variants=variants)
    return of_war(experiment, dict.fromkeys(variants, function), u)


def test_sobol_finding_says_whether_it_has_converged() -> None:
    few = found(_war(16, ishigami), "sobol")
    assert any("Not converged" in s and "take more samples" in s for s in few.sentences)
    assert not any("Interactions" in s for s in few.sentences)  # their share would stand beside "Not converged"
    many = found(_war(4096, ishigami), "sobol")
    # first-order indices 0.3139, 0.4424 and 0 (Ishigami and Homma 1990): the rest, 0.2437, is the interaction of 1 and 3
    (told,) = [s for s in many.sentences if "Interactions make up" in s]
    assert float(told.split()[-5]) == pytest.approx(24.37, abs=3)
    assert any("treaty: Converged" in s for s in many.sentences)
    assert many.columns == sobol.COLUMNS
    assert [row[1] for row in many.rows] == ["monitoring.detection", "treaties.pact.sanction", "game.cost"]
    assert "pact sanction" in " ".join(many.sentences)
    assert many.title == "Sobol indices: the probability of war by the end of the horizon"


def test_half_samples_that_disagree_are_not_converged() -> None:
    # The first half depends on the first parameter alone, the second on the second one.
    u = saltelli(1024, 3, False, seed=1)
    y = np.where(np.arange(len(u)) < len(u) // 2, u[:, 0], u[:, 1])
    everything, half = sobol.indices(y, 3, 5, 0), sobol.indices(y[: len(y) // 2], 3, 5, 0)
    assert everything is not None
    assert half is not None
    (note, *_) = sobol.notes(everything, half, ["a", "b", "c"])
    assert note.startswith("Not converged: the indices of a and b from the first half")


def test_wide_intervals_are_not_converged_though_the_halves_agree() -> None:
    wide = sobol.Indices(np.array([0.3, 0.3]), np.full(2, 0.11), np.array([0.4, 0.4]), np.full(2, 0.05), 64, 0)
    assert sobol.notes(wide, wide, ["a", "b"]) == ["Not converged: the widest interval is ± 0.11; take more samples."]
    narrow = sobol.Indices(wide.first, np.full(2, 0.02), wide.total, np.full(2, 0.05), 64, 0)
    (note,) = sobol.notes(narrow, narrow, ["a", "b"])
    assert note.startswith("Converged")


def test_sobol_notes_on_a_sum_above_one_and_on_samples() -> None:
    high = sobol.Indices(np.array([0.8, 0.7]), np.full(2, 0.05), np.array([0.8, 0.7]), np.full(2, 0.05), 100, 0)
    told = sobol.notes(high, high, ["a", "b"])
    assert any("sum to 1.5, more than 1" in note for note in told)
    assert any("100 base samples are no power of two" in note for note in told)


def test_a_constant_outcome_has_no_indices() -> None:
    constant = found(_war(64, lambda u: np.full(len(u), 0.3)), "sobol")
    assert constant.rows == ()
    assert any("same everywhere" in s for s in constant.sentences)
    rounding = found(_war(64, lambda u: 0.3 + 1e-17 * u[:, 0]), "sobol")
    assert rounding.rows == ()
    failed = found(_war(64, lambda u: np.full(len(u), np.nan)), "sobol")
    assert any("only 0 base samples" in s for s in failed.sentences)


def test_points_that_are_no_saltelli_design_are_refused() -> None:
    x = np.random.default_rng(1).random((20, 2))
    results = of_war(sampled(x, ["a", "b"], variants=("treaty",)), {"treaty": lambda u: u[:, 0]}, x)
    assert "The points are no Saltelli design: run the sweep again." in found(results, "sobol").sentences


def test_morris_of_a_linear_function() -> None:
    # f = 2 x1 - 5 x2 on [0, 3] x [10, 14]: the effects per whole range are 2 * 3 = 6 and -5 * 4 = -20, and have no spread.
    x = trajectories(10, 2, 4, seed=3) * [3.0, 4.0] + [0.0, 10.0]
    got = morris.effects(x, 2 * x[:, 0] - 5 * x[:, 1], levels=4, seed=0)
    assert got is not None
    assert np.allclose(got.mu, [6, -20])
    assert np.allclose(got.mu_star, [6, 20])
    assert np.allclose(got.sigma, 0, atol=1e-9)
    assert np.allclose(got.width, 0, atol=1e-9)


def test_morris_of_an_interaction() -> None:
    # f = u1 + 4 u1 u2: the effect of u1 is 1 + 4 u2 and that of u2 is 4 u1, where the other stands during the step.  On the
    # levels 0, 1/3, 2/3, 1 that is 1 + 2 and 2 on average, with standard deviation 4 sqrt(5/36) = 1.49.
    r = 400
    u = trajectories(r, 2, 4, seed=3)
    got = morris.effects(u, u[:, 0] + 4 * u[:, 0] * u[:, 1], levels=4, seed=0)
    assert got is not None
    spread = 4 * np.sqrt(5 / 36)
    assert np.abs((got.mu - [3, 2]) / (spread / np.sqrt(r))).max() < 4
    assert np.abs(got.sigma / spread - 1).max() < 4 / np.sqrt(2 * r)
    assert (np.abs(got.mu_star - [3, 2]) < 2 * got.width).all()
    # The same by hand: dy / du of the axis that moves, for every step.
    y = (u[:, 0] + 4 * u[:, 0] * u[:, 1]).reshape(r, 3)
    du, dy = np.diff(u.reshape(r, 3, 2), axis=1), np.diff(y, axis=1)
    by_hand = np.stack([(dy[np.abs(du[:, :, j]) > 0.1] / du[:, :, j][np.abs(du[:, :, j]) > 0.1]) for j in range(2)])
    assert np.allclose(got.mu, by_hand.mean(axis=1))
    assert np.allclose(got.sigma, by_hand.std(axis=1, ddof=1))


def test_morris_drops_failed_trajectories_and_says_what_bends() -> None:
    u = trajectories(50, 2, 4, seed=3)
    y = u[:, 0] + 4 * u[:, 0] * u[:, 1]
    y[4] = np.nan
    results = of_war(sampled(u, ["a.b", "c"], design="morris", variants=("treaty",)), {"treaty": lambda _: y}, u)
    got = found(results, "morris")
    assert [row[1] for row in got.rows] == ["a.b", "c"]  # 3 before 2
    assert any("1 of 50 trajectories are left out" in s for s in got.sentences)
    assert any("interactions or curvature in c" in s or "interactions or curvature in a b and c" in s for s in got.sentences)
    holed, kept = morris.effects(u, y, 4, 0), morris.effects(np.delete(u, [3, 4, 5], axis=0), np.delete(y, [3, 4, 5]), 4, 0)
    assert holed is not None
    assert kept is not None
    assert (holed.mu == kept.mu).all()
    assert (holed.trajectories, holed.dropped) == (49, 1)
    assert morris.effects(u, np.full(len(u), np.nan), 4, 0) is None
    flat = of_war(results.experiment, {"treaty": lambda u: np.zeros(len(u))}, u)
    assert any("same everywhere" in s for s in found(flat, "morris").sentences)
    assert morris.is_morris(u)
    assert not morris.is_morris(np.random.default_rng(1).random((9, 2)))


def _star(base: list[float], low: list[float], high: list[float]) -> np.ndarray:
    rows = [base]
    for j in range(len(base)):
        for end in (low[j], high[j]):
            rows.append([*base[:j], end, *base[j + 1 :]])
    return np.array(rows)


def test_tornado_of_a_known_function() -> None:
    # f = x1^2 - 3 x2 + 0 x3 from (0, 1, 5): x1 at -1 and 2 gives -2 and 1 (base -3); x2 at 0 and 3 gives 0 and -9.
    x = _star([0, 1, 5], [-1, 0, 4], [2, 3, 6])
    bars = one_at_a_time.tornado(x, x[:, 0] ** 2 - 3 * x[:, 1], 0)
    assert [bar.parameter for bar in bars] == [1, 0, 2]
    assert [(bar.y_low, bar.y_high) for bar in bars] == [(0, -9), (-2, 1), (-3, -3)]
    assert [bar.swing for bar in bars] == [9, 4, 0]
    assert [bar.monotone for bar in bars] == [True, False, True]
    assert [(bar.low, bar.high) for bar in bars] == [(0, 3), (-1, 2), (4, 6)]


def test_tornado_with_failed_points_and_one_parameter() -> None:
    x = _star([0.0], [-1], [2])
    (bar,) = one_at_a_time.tornado(x, np.array([1.0, np.nan, 3.0]), 0)
    assert np.isnan(bar.y_low)
    assert bar.swing == 2
    assert one_at_a_time.base_point(x) == 0
    shuffled = _star([0, 1, 5], [-1, 0, 4], [2, 3, 6])[::-1]
    assert one_at_a_time.base_point(shuffled) == 6
    assert one_at_a_time.base_point(np.random.default_rng(1).random((5, 2))) is None


def test_ends_that_do_not_enclose_the_base() -> None:
    # f = x^2 from 5, with ends 1 and 4 (low) and with ends 5 and 7, the first of which is the base itself.
    x = np.array([[5.0, 5.0], [1, 5], [4, 5], [5, 5], [5, 7]])
    second, first = one_at_a_time.tornado(x, (x**2).sum(axis=1), 0)[::-1]
    assert (first.parameter, first.low, first.high, first.y_low, first.y_high, first.monotone) == (0, 1, 4, 26, 41, True)
    assert (second.parameter, second.low, second.high, second.swing, second.monotone) == (1, 5, 7, 24, True)
    assert first.swing == 24


def test_tornado_finding_names_labels_and_what_is_not_monotone() -> None:
    word = Axis("actors.east.strategy", ("actors.east.strategy",), (("grim",), ("tit_for_tat",), ("always",)))
    number = Axis("game.cost", ("game.cost",), ((2.0,), (1.0,), (3.0,)))
    index = np.array([[0, 0], [1, 0], [2, 0], [0, 1], [0, 2]])
    experiment = Experiment("one_at_a_time", (word, number), index, variants=("treaty",))
    y = np.array([0.2, 0.5, 0.1, 0.3, 0.25])
    results = Results(experiment, {("treaty", "escalation_probability", "war", "value"): y})
    got = found(results, "one_at_a_time")
    first, second = got.rows
    assert first[:5] == ("treaty", "actors.east.strategy", "always", "grim", "tit_for_tat")
    assert first[5:8] == (0.1, 0.2, 0.5)
    assert first[8] == pytest.approx(0.4)
    assert second[1:5] == ("game.cost", 1.0, 2.0, 3.0)
    assert second[9] == "no"
    told = " ".join(got.sentences)
    assert "Interactions between parameters are not seen." in told
    assert "treaty: widest swings: east strategy 40 percentage points, game cost 10 percentage points; base 20 %." in told
    assert "not monotone in game cost" in told


@pytest.mark.parametrize("kind, fits", [("sobol", "saltelli"), ("morris", "morris"), ("one_at_a_time", "one_at_a_time")])
def test_designs_that_do_not_fit_are_refused(kind: str, fits: str) -> None:
    x = np.zeros((4, 1))
    assert wrong(sampled(x, ["a"], design=fits), kind) == []
    (line,) = wrong(sampled(x, ["a"], design="grid"), kind)
    assert line.startswith(f'kind: {kind} does not fit the design "grid". Write design = "{fits}" under [sweep]')
    (line,) = wrong(Experiment(), kind)
    assert "nothing is swept" in line
    assert f'design = "{fits}"' in line
    assert ("samples = 256" in line) == (kind != "one_at_a_time")


def test_outcomes_that_do_not_exist_are_refused() -> None:
    experiment = sampled(np.zeros((4, 1)), ["a"])
    assert wrong(experiment, "sobol", y="discounted_payoff")[0].startswith("actor: missing")
    assert "east" in wrong(experiment, "sobol", y="discounted_payoff", actor="eas")[0]
    assert wrong(experiment, "sobol", y="expected_onsets", rung="war")[0].startswith('rung: is for y = "escalation_probability"')
    assert wrong(experiment, "sobol", rung="peace")[0].startswith("rung: names no rung")
    assert wrong(experiment, "sobol", at_years=5)[0].startswith("at_years: must be within the horizon of 3 years")
    assert wrong(experiment, "sobol", y="difference")[0].startswith("baseline: missing")
    assert wrong(experiment, "sobol", baseline="treaty")[0].startswith('baseline: is for y = "difference" only')
    assert wrong(experiment, "sobol", actor="east")[0].startswith('actor: is for y = "discounted_payoff" only')
    assert wrong(experiment, "sobol", variants=["treatty"])[0].startswith("variants.0: names no variant of this experiment")
    assert wrong(experiment, "sobol", y="difference", baseline="no_treaty") == []
    (line,) = wrong(experiment, "sobol", y="difference", baseline="no_treaty", variants=["no_treaty"])
    assert line.startswith("variants: sobol needs at least one variant besides the baseline, found 0")


def test_differences_are_read_under_the_name_they_are_stored_by() -> None:
    u = saltelli(8, 1, False, seed=1)
    experiment = sampled(u, ["a"])
    y = {("treaty", "escalation_probability_minus_no_treaty", "crisis", "value"): u[:, 0]}
    got = found(Results(experiment, y), "sobol", y="difference", baseline="no_treaty", rung="crisis", at_years=2.0)
    assert {row[0] for row in got.rows} == {"treaty"}
    assert "the probability of crisis within 2 years less that under no treaty" in got.title
