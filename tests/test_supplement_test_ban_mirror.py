"""What texts on the cascade of tests and on Open Skies say, solved again; the norm in the core model beside its chain."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from scipy.linalg import expm

from sim.config import read_scenario
from sim.dilemma.scenario import Scenario
from sim.models import canon
from sim.models.model import arrayed, evaluate
from sim.models.testing_cascade import generator, places

ROOT = Path(__file__).parents[1] / "scenarios"
CASCADE = canon()["testing_cascade"]


def solved(variant: str, **given: object) -> dict[str, np.ndarray]:
    parameters = read_scenario(str(ROOT / "supplement" / "test_ban_mirror_cascade.toml")).tables(variant)["parameters"]
    found = evaluate(CASCADE, {**parameters, **given})
    return {f"{name}:{entry}": x for name in found.outcomes for entry, x in found.entries(name).items()}


def test_the_cascade_after_a_first_test() -> None:
    treaty, nine = solved("treaty"), solved("treaty", states=9, mirror=0.05)
    assert treaty["all_test:"][0] == pytest.approx(0.98, abs=0.005)
    assert treaty["years_to_all:"][0] == pytest.approx(3.3, abs=0.05)
    assert nine["expected_size:"][0] > 0.75 * 9
    for variant, testers, hidden in (("no_treaty", 1.30, 0.47), ("treaty", 0.31, 0.011), ("verification", 0.12, 0.001)):
        found = solved(variant)
        assert found["testers:"][0] == pytest.approx(testers, abs=0.005)
        assert found["hidden_testers:"][0] == pytest.approx(hidden, abs=0.005)
    far = [solved(variant, decoupling=70.0)["hidden_testers:"][0] for variant in ("treaty", "verification")]
    assert far == pytest.approx([0.05, 0.01], abs=0.005)
    for states, times in ((3, 2.6), (9, 6.9)):
        still, strong = (solved("treaty", states=states, mirror=m)["testers:"][0] for m in (0.0, 1.0))
        assert strong / still == pytest.approx(times, abs=0.05)


def test_the_norm_of_the_core_model_is_the_chain_where_nothing_else_is_at_work() -> None:
    # no crises, no law of 2023, all alike: exits at own rate and by the mirror, in rounds that are made shorter
    file = read_scenario(str(ROOT / "test_ban_mirror.toml"))
    quiet = dict.fromkeys((f"onset.{key}" for key in ("background_rate", "arming_rate")), 0.0)
    quiet |= dict.fromkeys((f"onset.{key}" for key in ("alarm_probability", "treaty_end_probability")), 0.0)
    quiet |= {f"treaties.test_ban.withdrawal_rate.{a}": 0.02 for a in ("usa", "russia", "china")}
    chain = arrayed(CASCADE, {"initiative": 0.02, "evasive": 0.0, "mirror": 0.3, "states": 3})
    at = {name: x[0] if isinstance(x, np.ndarray) else x for name, x in chain.items()}
    law, order = expm(12 * generator(at))[0], places(3)
    over = sum(float(p) for p, (k, _) in zip(law, order, strict=True) if k >= 2)
    gaps = []
    for rounds in (2, 8):
        tables = file.tables("treaty", quiet | {"horizon.rounds_per_year": rounds})
        tables["events"], tables["conditions"] = [], {}
        ended = Scenario(tables).solve().treaty_occupancy["test_ban"][12 * rounds, 4]
        gaps.append(float(ended) - over)
    assert abs(gaps[1]) < 0.35 * abs(gaps[0])
    assert abs(gaps[1]) < 0.01


@pytest.mark.parametrize(("leak", "follows"), [(0.0, 0.27), (0.5, 0.69), (1.0, 0.84)])
def test_russia_gives_notice_within_a_year(leak: float, follows: float) -> None:
    file = read_scenario(str(ROOT / "open_skies_cascade.toml"))
    values = {f"treaties.open_skies.withdrawal_rate.{a}": 0.0 for a in ("usa", "russia")}
    values['conditions.answer.rates."russia_weighs->russia_leaves"'] = 0.5 + 3 * leak
    states = file.raw["conditions"]["answer"]["states"]
    found = Scenario(file.tables("treaty", values)).solve().condition_occupancy["answer"][80]  # 1 January 2022
    assert found[states.index("noticed")] == pytest.approx(follows, abs=0.005)
