"""What is said of the sixteen players of a pact with sanctions: the numbers of the captions and of docs/scenarios.md."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from model_ways import one
from sim.config import read_scenario
from sim.models.pact_with_sanctions import PACT

FILE = read_scenario(str(Path(__file__).parents[1] / "scenarios" / "supplement" / "multilateral_pact_players.toml"))


def given(variant: str, **values: Any) -> dict[str, Any]:
    """The parameters of a variant, some of them replaced."""
    return FILE.tables(variant)["parameters"] | values


def last(variant: str, who: str, **values: Any) -> float:
    return one(PACT, "count", f"{who}:15", **given(variant, **values))


@pytest.mark.parametrize(
    ("variant", "signatories", "inside", "possessors"),
    [("no_treaty", 0.0, 0.0, 8.1), ("treaty", 14.3, 2.7, 3.5), ("verification", 13.6, 0.7, 1.7)],
)
def test_signatories_and_possessors_in_2041(variant: str, signatories: float, inside: float, possessors: float) -> None:
    found = [last(variant, who) for who in ("signatories", "possessors inside", "possessors")]
    assert [round(x, 1) for x in found] == [signatories, inside, possessors]


def test_errors_of_sanctions() -> None:
    totals = {
        v: [one(PACT, f"{name}_total", **given(v)) for name in ("wrong_sanctions", "missed_violations")]
        for v in ("treaty", "verification")
    }
    assert totals["treaty"] == pytest.approx([0, 15.2], abs=0.05)
    assert totals["verification"] == pytest.approx([1.9, 3.2], abs=0.05)
    assert one(PACT, "wrong_share", **given("verification")) == pytest.approx(0.19, abs=0.005)


def test_many_vetoes_are_nearly_a_pact_without_sanctions() -> None:
    vetoed = given("verification", veto_probability=0.9)
    assert one(PACT, "count", "possessors:15", **vetoed) == pytest.approx(3.1, abs=0.06)
    assert one(PACT, "missed_violations_total", **vetoed) == pytest.approx(9.6, abs=0.05)


def test_loose_evidence_and_ready_exits_empty_the_pact() -> None:
    loose = {"false_evidence": 0.2, "exit_probability": 0.8}
    assert last("verification", "signatories", **loose) == pytest.approx(11.2, abs=0.05)
    assert one(PACT, "wrong_share", **given("verification", **loose)) == pytest.approx(0.62, abs=0.005)
    # without any veto evidence that errs with 0.3 takes six of thirteen
    worst = [
        last("verification", "signatories", exit_probability=0.8, veto_probability=0.0, false_evidence=f) for f in (0.01, 0.3)
    ]
    assert worst == pytest.approx([13.5, 7.5], abs=0.05)


def test_even_rare_false_evidence_makes_many_sanctions_wrong() -> None:
    shares = [one(PACT, "wrong_share", **given("verification", false_evidence=0.05, veto_probability=v)) for v in (0.9, 0.0)]
    assert np.round(shares, 2).tolist() == [0.20, 0.38]
