"""The ladder of last steps against backward induction, the quotient of two-step escalation, and play."""

from __future__ import annotations

import numpy as np
import pytest

from sim.models.combinatorial_ladder import LADDER
from sim.models.model import evaluate
from sim.models.reproduce import checks

BY_INDUCTION = LADDER.ways[0].solve


def test_every_known_answer_is_met_by_both_ways() -> None:
    assert [c.answer for c in checks(LADDER) if not c.sound or not c.ways] == []


@pytest.mark.parametrize("most", [1, 2, 3, 4, 7, 30, 60])
def test_losing_rungs_by_backward_induction(most: int) -> None:
    given = {"largest_step": float(most), "rungs": 50}
    one, other = evaluate(LADDER, given), evaluate(LADDER, given, BY_INDUCTION)
    for name in ("losing", "step", "losing_rungs", "number_of_losing_rungs", "first_mover_loses", "first_step"):
        for entry, values in other.entries(name).items():
            np.testing.assert_array_equal(one.entries(name)[entry], values, name)


@pytest.mark.parametrize("seed", range(30))
def test_drawn_theatres_by_backward_induction(seed: int) -> None:
    rng = np.random.default_rng(seed)
    theatres = rng.integers(0, 9, size=rng.integers(1, 5)).astype(float).tolist()
    given = {"largest_step": float(rng.integers(1, 6)), "theatres": theatres}
    one, other = evaluate(LADDER, given).outcomes, evaluate(LADDER, given, BY_INDUCTION).outcomes
    for name in ("theatres_lose", "theatres_lose_normal"):
        assert one[name][0] == other[name][0], name


def test_two_step_escalation_is_the_monoid() -> None:
    # a theatre of n rungs is 1, a or b for n mod 3 = 0, 1, 2; with a^2 = 1 and b^3 = b, the losing sums are a and b^2
    for ones in range(4):
        for twos in range(4):
            if ones + twos:
                a, b = ones % 2, twos if twos < 3 else 1 + (twos - 1) % 2
                found = evaluate(LADDER, {"largest_step": 2.0, "theatres": [4.0] * ones + [5.0] * twos})
                assert found.outcomes["theatres_lose"][0] == float((a, b) in ((1, 0), (0, 2))), (ones, twos)


def test_one_theatre_is_the_ladder() -> None:
    for n in range(1, 45):
        found = evaluate(LADDER, {"theatres": [float(n)]})
        assert found.outcomes["theatres_lose"][0] == found.entries("losing")[str(n)][0]


@pytest.mark.parametrize("most", [1, 2, 3, 5])
def test_play_by_the_winning_step_never_takes_the_last(most: int) -> None:
    # against any play of the other, the state that follows `step` from a winning rung leaves it the last step
    step = {n: x[0] for n, x in evaluate(LADDER, {"largest_step": float(most)}).entries("step").items()}
    rng = np.random.default_rng(0)
    for start in range(1, 45):
        if np.isnan(step[str(start)]):
            continue
        left, own = start, True
        while left:
            left -= int(step[str(left)]) if own else int(rng.integers(1, min(most, left) + 1))
            last, own = own, not own
        assert last is False


def test_points_do_not_depend_on_their_batch() -> None:
    together = evaluate(LADDER, {"largest_step": np.array([1.0, 2.0, 5.0]), "theatres": [np.array([3.0, 4.0, 4.0]), 2.0]})
    for k, (most, left) in enumerate(((1.0, 3.0), (2.0, 4.0), (5.0, 4.0))):
        alone = evaluate(LADDER, {"largest_step": most, "theatres": [left, 2.0]})
        for name in alone.outcomes:
            for entry, values in alone.entries(name).items():
                found = together.entries(name)[entry][k]
                assert found == values[0] or (found != found and values[0] != values[0])


def test_long_theatres_have_no_second_way_but_an_answer() -> None:
    given = {"theatres": [5000.0, 5000.0]}
    assert evaluate(LADDER, given).outcomes["theatres_lose"][0] == 1  # 5000 = 2 mod 3 twice: Nim-sum 0 with a 2
    assert np.isnan(evaluate(LADDER, given, BY_INDUCTION).outcomes["theatres_lose"][0])
