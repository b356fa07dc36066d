"""New START in numbers: the fit of programmes to the exchanges, and errors of estimates by the random walk they stand for."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.linalg import expm
from scipy.optimize import least_squares

from sim.config import read_scenario
from sim.models import find
from sim.models.model import evaluate

ROOT = Path(__file__).parents[1]
FILE = read_scenario(str(ROOT / "scenarios" / "supplement" / "new_start_estimates.toml"))
FIGURES = tomllib.loads((ROOT / "experiments" / "new_start_estimates.toml").read_text("utf-8"))["figures"]
USA, RUSSIA = ((np.array(one["x"]), np.array(one["y"], float)) for one in FIGURES[1]["data"])


def solved(variant: str) -> dict[str, Any]:
    model = find("arms_race")
    assert model is not None
    return dict(evaluate(model, FILE.tables(variant)["parameters"]).outcomes)


def levels(programmes: np.ndarray, years: np.ndarray) -> np.ndarray:
    """Both sides' warheads: x' = 0.03 (y + s) - 0.25 x + g with s = 64.1 and 71.5 while data are exchanged, shape (years, 2)."""
    push = programmes + 0.03 * np.array([64.1, 71.5])
    motion = np.array([[-0.25, 0.03, push[0]], [0.03, -0.25, push[1]], [0.0, 0.0, 0.0]])
    return np.array([(expm(motion * t) @ [1800.0, 1537.0, 1.0])[:2] for t in years])


def missed(programmes: np.ndarray) -> np.ndarray:
    return np.concatenate([levels(programmes, USA[0])[:, 0] - USA[1], levels(programmes, RUSSIA[0])[:, 1] - RUSSIA[1]])


def test_programmes_are_the_fit_to_the_exchanges() -> None:
    fit = least_squares(missed, [250.0, 250.0])
    assert fit.x == pytest.approx([293.6, 331.9], abs=0.1)
    assert np.sqrt((fit.fun[:25] ** 2).mean()) == pytest.approx(60, abs=1)
    assert np.sqrt((fit.fun[25:] ** 2).mean()) == pytest.approx(113, abs=1)


def test_the_model_follows_the_linear_motion_while_data_are_exchanged() -> None:
    path = solved("verification")["path"]
    by_hand = levels(np.array([293.6, 331.9]), np.array([0.0, 5.0, 11.5]))
    for n, t in enumerate(("0", "5", "11.5")):
        assert [path[f"{a}, warheads:{t}"][0] for a in ("usa", "russia")] == pytest.approx(by_hand[n], rel=1e-5)


def test_changes_between_exchanges_since_2018() -> None:
    since = [np.diff(y[t >= 6.99]).std(ddof=1) for t, y in (USA, RUSSIA)]
    assert since[1] == pytest.approx(64.1, abs=0.1)
    assert since[0] == pytest.approx(71.5, abs=5.0)  # 66.9 with the exchange of March 2023, which Russia did not answer


def test_errors_by_regime() -> None:
    kept, was, never = (solved(name)["estimate_sd"] for name in ("verification_kept", "verification", "treaty"))
    # held where the walk moves in half a year; then V = V0 e^(-2ct) + y^2 (1 - e^(-2ct)) / 2c with c = 0.1
    assert kept["usa:15"][0] == pytest.approx(64.1, abs=0.1)
    assert kept["russia:15"][0] == pytest.approx(71.5, abs=0.1)
    for error, t, name in ((was, 3.0, "usa:15"), (never, 15.0, "usa:15")):
        left = np.exp(-0.2 * t)
        assert error[name][0] == pytest.approx(np.sqrt(64.1**2 * left + 90.7**2 * (1 - left) / 0.2), abs=0.1)
    assert solved("no_treaty")["estimate_sd"]["russia:15"][0] == never["russia:15"][0]
