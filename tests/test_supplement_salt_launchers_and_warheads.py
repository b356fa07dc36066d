"""SALT I in numbers: the fit that the file says it has, and the totals that substitution turns round, by matrix exponentials."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.linalg import expm
from scipy.optimize import least_squares

from sim.config import read_scenario
from sim.models import find
from sim.models.model import evaluate

FILE = Path(__file__).parents[1] / "scenarios" / "supplement" / "salt_launchers_and_warheads_weapons.toml"
USA = [7574, 8706, 9150, 9654, 10262, 10406, 10682, 10618, 10426, 10282, 10093, 10284, 10874, 11064, 11551, 12326, 11650, 11378]
USSR = [2813, 2863, 2852, 3446, 3980, 4534, 5663, 6909, 7741, 8576, 9163, 9500, 9909, 10440, 10715, 11158, 11397, 11536]
"""Strategic warheads deliverable in a first strike 1972-89 (Suh 2022, through Our World in Data)."""


def totals(variant: str, replaced: float = 2.8) -> np.ndarray:
    """All warheads of the United States and the Soviet Union after 19 years."""
    model = find("arms_race")
    assert model is not None
    parameters = read_scenario(str(FILE)).tables(variant)["parameters"] | {"substitution": [[0.0, replaced], [0.0, 0.0]]}
    found: dict[str, Any] = evaluate(model, parameters).outcomes["threat"]
    return np.array([float(np.squeeze(found[actor])) for actor in ("usa", "ussr")])


def capped(reaction: float, programmes: tuple[float, float], replaced: float, years: float) -> np.ndarray:
    """Totals while launchers stand at the cap: 40 and 150 a year are blocked, so that the motion is linear.

    State: further warheads of either side and 1.  y' = k (rival's launchers + y_rival) - 0.1 y + g + replaced x blocked.
    """
    constant = [
        reaction * 2358 + programmes[0] + replaced * (125.5 - 0.05 * 1710),
        reaction * 1710 + programmes[1] + replaced * (267.9 - 0.05 * 2358),
    ]
    motion = np.array([[-0.1, reaction, constant[0]], [reaction, -0.1, constant[1]], [0.0, 0.0, 0.0]])
    return np.array([1710.0, 2358.0]) + (expm(motion * years) @ np.array([5864.0, 455.0, 1.0]))[:2]


def free(years: float) -> np.ndarray:
    """Totals without caps, from the linear motion of launchers and further warheads of both sides."""
    k, motion = 0.03, np.zeros((5, 5))
    motion[0, 0], motion[0, 4] = -0.05, 125.5
    motion[1, 1], motion[1, 4] = -0.05, 267.9
    motion[2, [1, 3]], motion[2, 2], motion[2, 4] = k, -0.1, 782.0
    motion[3, [0, 2]], motion[3, 3], motion[3, 4] = k, -0.1, 288.0
    x = expm(motion * years) @ np.array([1710.0, 2358.0, 5864.0, 455.0, 1.0])
    return np.array([x[0] + x[2], x[1] + x[3]])


@pytest.mark.parametrize("replaced", [0.0, 1.2, 2.8, 4.0])
def test_totals_under_the_cap_on_launchers(replaced: float) -> None:
    assert totals("treaty", replaced) == pytest.approx(capped(0.03, (782.0, 288.0), replaced, 19), rel=1e-6)


def test_totals_without_a_cap() -> None:
    assert totals("no_treaty") == pytest.approx(free(19), rel=1e-6)


def test_substitution_turns_the_effect_of_the_cap_round_between_one_and_two_warheads_for_a_launcher() -> None:
    assert (totals("treaty", 1.2) < totals("no_treaty")).all()
    assert (totals("treaty", 1.6) > totals("no_treaty")).all()


def test_the_cap_on_both_is_equal_for_both() -> None:
    assert totals("verification") == pytest.approx([7574, 7574], abs=1e-6)


def test_programmes_are_the_fit_to_1972_1989_and_the_data_do_not_show_the_reaction() -> None:
    def residual(reaction: float) -> tuple[np.ndarray, float]:
        def missed(p: np.ndarray) -> np.ndarray:
            path = np.array([capped(reaction, (p[0], p[1]), 2.8, year) for year in range(18)])
            return np.concatenate([path[:, 0] - USA, path[:, 1] - USSR])

        fit = least_squares(missed, [500.0, 200.0])
        return fit.x, float(np.sqrt((fit.fun**2).mean()))

    programmes, left = residual(0.03)
    assert programmes == pytest.approx([782, 288], abs=1.0)
    assert left == pytest.approx(861, abs=1.0)
    assert [residual(0.0)[1], residual(0.06)[1]] == pytest.approx([876, 879], abs=1.0)
