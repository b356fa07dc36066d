"""The engines against an independent evaluation of docs/model.md, and against each other, over drawn scenarios.

The oracle in tests/oracle shares no code with the package.  Both engines read the same moves, so that they agree says that they
walk them rightly; that the exact engine agrees with the oracle says that the moves are those of the model.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import pytest
from scipy import stats

import drawn
import oracle
from sim.dilemma.ladder import CAUSES
from sim.dilemma.outcomes import Outcomes
from sim.dilemma.parameters import merge
from sim.dilemma.scenario import Scenario
from standard_errors import chi_square, wrong_counts

Raw = dict[str, Any]


def variants(raw: Raw) -> dict[str, Scenario]:
    """The scenarios of a raw file, by variant."""
    base = {key: value for key, value in raw.items() if key != "variants"}
    patches = raw.get("variants") or {"base": {}}
    return {name: Scenario(merge(base, patch)) for name, patch in patches.items()}


# ---- the exact engine against the oracle

NORMAL, MANY = range(150), range(150, 900)


@pytest.mark.parametrize("seed", [*NORMAL, *[pytest.param(seed, marks=pytest.mark.exhaustive) for seed in MANY]])
def test_exact_engine_finds_what_the_model_says(seed: int) -> None:
    # probabilities to 1e-9; payoffs, onsets, times and causes to 1e-8 of max(1, |x|); undefined in both or in neither
    raw = drawn.draw(np.random.default_rng(seed))
    for variant, scenario in variants(raw).items():
        tables = oracle.variant_tables(raw, variant)
        if worthless_concession(tables):
            pytest.skip("standing and conceding are worth exactly the same: zeros count as zeros only in the package")
        expected, outcomes = oracle.evaluate(tables), scenario.solve()
        found = outcomes.record()

        assert oracle.differences(expected, found) == [], variant
        assert set(found) - set(expected) == EXACT_ONLY | ({"states"} - set(expected))
        consistent(outcomes)


EXACT_ONLY = {
    "standard_error",
    "interval",
    "payoff_standard_error",
    "onsets_standard_error",
    "crises_standard_error",
    "accusations_standard_error",
}


def worthless_concession(tables: Raw) -> bool:
    """Whether a rung above the first is worth exactly 0 to a side that may concede there for nothing.

    With no slip, no concession cost and no rung cost, conceding pays exactly 0, and so does the mixed equilibrium.  At the rung
    below, standing is then dominant by the very edge, X + kappa = 0: which side of it rounding falls on decides the crisis.
    """
    crisis = tables["crisis"]
    if crisis["kind"] != "brinkmanship" or crisis.get("selection", "mixed") != "mixed":
        return False
    general = crisis.get("concession_cost", 0.0)
    costs = [actor.get("crisis", {}).get("concession_cost", general) for actor in tables["actors"].values()]
    rung_costs = crisis.get("rung_costs") or [0.0] * len(crisis["slip"])
    return 0.0 in costs and any(s == 0 and c == 0 for s, c in zip(crisis["slip"][1:], rung_costs[1:], strict=True))


def consistent(o: Outcomes) -> None:
    """What holds for the outcomes of either engine."""
    p = o.escalation_probability
    assert p[0].max() == 0
    assert (np.diff(p, axis=0) >= 0).all()
    assert (np.diff(p, axis=1) <= 1e-12).all()
    assert 0 <= p.min() <= p.max() <= 1
    for table in (o.rung_occupancy, *o.treaty_occupancy.values(), *o.condition_occupancy.values()):
        assert table.min() >= 0
        assert table.sum(axis=1) == pytest.approx(np.ones(o.rounds + 1), abs=1e-12)
    assert (o.rung_occupancy[:, 1:].sum(axis=1) <= p[:, 0] + 1e-12).all()
    assert o.rung_occupancy[:, -1] == pytest.approx(p[:, -1], abs=1e-12)  # the last rung is never left
    reached = p[-1] > 0
    assert o.causes[reached].sum(axis=1) == pytest.approx(np.ones(reached.sum()), abs=1e-12)
    assert np.isnan(o.causes[~reached]).all()
    assert np.array_equal(np.isnan(o.expected_time_to), ~reached)
    assert (o.interval[..., 0] <= p).all()
    assert (p <= o.interval[..., 1]).all()
    if o.engine == "exact":
        assert (o.interval == p[..., None]).all()
        assert o.standard_error.max() == o.payoff_error.max() == o.onsets_error == 0
    else:
        # Wilson's interval: the probabilities that are 1.96 of their own standard errors away from the estimate
        n, z, p = o.replicates or 0, stats.norm.isf(0.025), p[..., None]
        assert n * (o.interval - p) ** 2 == pytest.approx(z**2 * o.interval * (1 - o.interval), abs=1e-9)
        assert o.standard_error == pytest.approx(np.sqrt(p * (1 - p) / n)[..., 0], abs=1e-15)


# ---- Monte Carlo against the exact engine


class Pair(NamedTuple):
    """One drawn scenario by both engines."""

    seed: int
    exact: Outcomes
    simulated: Outcomes

    def rung(self) -> int | None:
        """The highest rung with at least ten expected arrivals and ten expected replicates that never arrive."""
        n = self.simulated.replicates or 0
        p = self.exact.escalation_probability[-1]
        fit = np.flatnonzero((n * p >= 10) & (n * (1 - p) >= 10))
        return int(fit[-1]) if len(fit) > 0 else None


REPLICATES = 5000


def pairs(number: int) -> list[Pair]:
    """The first drawn scenarios (seeds from 10,000, last variant) in which some rung can be compared; others are passed over."""
    out, seed = [], 10_000
    while len(out) < number:
        scenario = list(variants(drawn.draw(np.random.default_rng(seed))).values())[-1]
        pair = Pair(seed, scenario.solve(), scenario.simulate(REPLICATES, seed=seed))
        out += [pair] if pair.rung() is not None else []
        seed += 1
    assert seed < 10_000 + 2 * number
    return out


def test_monte_carlo_agrees_with_the_exact_engine_over_200_drawn_scenarios() -> None:
    found = pairs(200)
    for pair in found:
        consistent(pair.simulated)

    z = np.array([z_of_passage(pair) for pair in found])
    payoffs, onsets = (np.array([x for pair in found for x in f(pair)]) for f in (z_of_payoff, z_of_onsets))
    # of 200 right z: mean outside 0.25 with 4e-4, standard deviation outside [0.85, 1.15] with 3e-3
    for name, scores, least in (("passage", z, 200), ("payoffs", payoffs, 150), ("onsets", onsets, 190)):
        assert len(scores) >= least, name
        assert abs(scores.mean()) < 0.25, name
        assert 0.85 < scores.std(ddof=1) < 1.15, name
    assert np.abs(z).max() < 4.5  # 1e-3 for the largest of 200
    inside = [in_interval(pair) for pair in found]
    assert 0.89 < np.mean(inside) < 0.995  # of 95 %: outside with 1e-3

    # one chi-square per scenario and kind, added up: either tail with 5e-5
    for name, f in (("causes", chi_of_causes), ("occupancies", chi_of_occupancy)):
        statistic, freedom = np.sum([f(pair) for pair in found], axis=0)
        assert freedom > 100, name
        assert 5e-5 < stats.chi2.sf(statistic, freedom) < 1 - 5e-5, name

    # every count that is reported, about 26,000: one that is right is called wrong with 1e-8, so any with 3e-4
    wrong = [(pair.seed, *line) for pair in found for line in wrong_numbers(pair)]
    assert wrong == []


def z_of_passage(pair: Pair) -> float:
    k = pair.rung()
    assert k is not None
    p = pair.exact.escalation_probability[-1, k]
    return float((pair.simulated.escalation_probability[-1, k] - p) / np.sqrt(p * (1 - p) / REPLICATES))


def in_interval(pair: Pair) -> bool:
    k = pair.rung()
    low, high = pair.simulated.interval[-1, k]
    return bool(low <= pair.exact.escalation_probability[-1, k] <= high)


def z_of_payoff(pair: Pair) -> list[float]:
    """Of the first actor, in reported standard errors; none where a rare last rung, seen fewer than 50 times, decides."""
    last = pair.exact.escalation_probability[-1, -1]
    if pair.simulated.payoff_error[0] == 0 or 0 < last * REPLICATES < 50:
        return []
    return [float((pair.simulated.discounted_payoff[0] - pair.exact.discounted_payoff[0]) / pair.simulated.payoff_error[0])]


def z_of_onsets(pair: Pair) -> list[float]:
    if pair.simulated.onsets_error == 0 or pair.exact.expected_onsets * REPLICATES < 50:
        return []
    return [(pair.simulated.expected_onsets - pair.exact.expected_onsets) / pair.simulated.onsets_error]


def chi_of_causes(pair: Pair) -> tuple[float, int]:
    """Given how many arrive at the rung, their causes are one multinomial draw."""
    k = pair.rung()
    arrived = float(np.rint(pair.simulated.escalation_probability[-1, k] * REPLICATES))
    counts = np.rint(pair.simulated.causes[k] * arrived) if arrived > 0 else np.zeros(len(CAUSES))
    return chi_square(counts, pair.exact.causes[k])


def chi_of_occupancy(pair: Pair) -> tuple[float, int]:
    """The law of one slot at the end: which slot goes round with the seed."""
    slots = [(o.rung_occupancy, *o.treaty_occupancy.values(), *o.condition_occupancy.values()) for o in pair[1:]]
    which = pair.seed % len(slots[0])
    expected, estimate = (tables[which][-1] for tables in slots)
    return chi_square(np.rint(estimate * REPLICATES), expected)


def wrong_numbers(pair: Pair) -> list[tuple]:
    """Every passage, occupancy and arming probability, at every time."""
    a, b, n, lines = pair.exact, pair.simulated, REPLICATES, []
    tables = [("passage", a.escalation_probability, b.escalation_probability), ("rung", a.rung_occupancy, b.rung_occupancy)]
    tables += [(name, a.treaty_occupancy[name], b.treaty_occupancy[name]) for name in a.treaty_occupancy]
    tables += [(name, a.condition_occupancy[name], b.condition_occupancy[name]) for name in a.condition_occupancy]
    for name, expected, estimate in tables:
        lines += [(name, *line) for line in wrong_counts(estimate * n, n, expected, 1e-8)]
    peace = np.rint(b.rung_occupancy[:-1, :1] * n)  # given how many are in peace, those that arm are a binomial draw
    seen = np.flatnonzero(peace[:, 0] > 0)
    lines += [("arming", *x) for x in wrong_counts((b.arming * peace)[seen], peace[seen], a.arming[seen], 1e-8)]
    return lines
