"""Outcomes that are stored where a figure asks for them: against `Scenario`, by hand, and what stays as it was without them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from figures_case import UNCERTAIN, refused, stored
from sim import study
from sim.config import InputError, read_scenario
from sim.dilemma.outcomes import Outcomes, wilson
from sim.dilemma.scenario import Scenario
from sim.dilemma.sweeps import solve_points
from sim.study import Results
from sim.study.experiment import digest
from sim.study.more import MORE, entries_of
from sim.study.runs import Runs
from study_case import EXPERIMENT, OVER_TIME, experiment, tables_of

CONDITIONS = """\
[conditions.mood]
states = ["calm", "angry"]
initial = "calm"
rates = { "calm->angry" = 0.3, "angry->calm" = 1.0 }
"""
MOODY = UNCERTAIN.replace("[onset]", f"{CONDITIONS}[onset]", 1)
HEAD = 'title = "Where?"\nscenario = "quarrel.toml"\ntimes = [1]\n'
FIGURES = """\
[[figures]]
name = "stages"
kind = "curves"
y = "treaty_occupancy"
entry = "pact:in_force"
[[figures]]
name = "mood"
kind = "curves"
y = "condition_occupancy"
[[figures]]
name = "arming"
kind = "curves"
y = "arming"
actor = "east"
[[figures]]
name = "yearly"
kind = "curves"
y = "annual_probability"
"""
STORED = ("treaty_occupancy", "condition_occupancy", "arming", "annual_probability")


@pytest.fixture(scope="module")
def exact(tmp_path_factory: pytest.TempPathFactory) -> Results:
    head = HEAD + '[sweep.parameters]\n"monitoring.detection" = [0.2, 0.7]\n'
    figures = FIGURES.replace('kind = "curves"', 'kind = "curves"\nwhere = { "monitoring.detection" = 0.7 }')
    return stored(tmp_path_factory.mktemp("exact"), head + figures, MOODY)


@pytest.fixture(scope="module")
def simulated(tmp_path_factory: pytest.TempPathFactory) -> Results:
    head = HEAD + 'engine = "monte_carlo"\nreplicates = 400\nseed = 7\n'
    return stored(tmp_path_factory.mktemp("simulated"), head + FIGURES, MOODY)


def solved(results: Results, variant: str, detection: float) -> Outcomes:
    """A point solved alone by the engine that `sim solve` uses."""
    return Scenario(results.experiment.scenario.tables(variant, {"monitoring.detection": detection})).solve()


def expected(o: Outcomes) -> dict[tuple[str, str], np.ndarray]:
    """{(outcome, entry): numbers at the start of the rounds, the first ones} as `Outcomes` has them."""
    out: dict[tuple[str, str], np.ndarray] = {}
    for t, table in o.treaty_occupancy.items():
        out |= {("treaty_occupancy", f"{t}:{s}"): table[:, k] for k, s in enumerate(o.statuses)}
    for c, table in o.condition_occupancy.items():
        out |= {("condition_occupancy", f"{c}:{s}"): table[:, k] for k, s in enumerate(o.condition_states[c])}
    return out | {("arming", actor): o.arming[:, k] for k, actor in enumerate(o.actors)}


@pytest.mark.parametrize("variant", ["no_treaty", "treaty", "verification"])
def test_occupancies_and_arming_are_those_of_a_point_alone(exact: Results, variant: str) -> None:
    for point, detection in enumerate((0.2, 0.7)):
        for (outcome, entry), wanted in expected(solved(exact, variant, detection)).items():
            years, found = exact.path(variant, entry, point, outcome=outcome)
            assert np.array_equal(years, np.arange(len(wanted)) / 2)
            np.testing.assert_allclose(found, wanted, rtol=1e-12, atol=1e-14)
            # after one year of two rounds, and at the end: arming that of the last round
            assert exact.values(variant, outcome, entry, 1)[point] == found[2]
            assert exact.values(variant, outcome, entry)[point] == found[-1]


def test_the_yearly_probability_gives_the_escalation_probability_back(exact: Results) -> None:
    years, yearly = exact.path("treaty", "war", 1, outcome="annual_probability")
    _, reached = exact.path("treaty", "war", 1)
    assert years[0] == 0.5  # none at the start
    np.testing.assert_allclose(1 - (1 - yearly) ** years, reached[1:], rtol=1e-12)
    whole = float(exact.values("treaty", "escalation_probability", "war")[1])
    assert exact.values("treaty", "annual_probability", "war")[1] == pytest.approx(1 - (1 - whole) ** (1 / 3), rel=1e-12)


def test_points_that_are_watched_keep_their_other_numbers_to_the_bit() -> None:
    tables = read_scenario("suspend_or_withdraw").tables("verification", {"monitoring.detection": np.linspace(0.1, 0.6, 19)})
    plain, watched = solve_points(tables), solve_points(tables, watched=True)
    for name in ("escalation_probability", "expected_onsets", "discounted_payoff"):
        assert np.array_equal(getattr(plain, name), getattr(watched, name))
    assert not plain.seen
    alone = solve_points(
        read_scenario("suspend_or_withdraw").tables("verification", {"monitoring.detection": np.linspace(0.1, 0.6, 19)[17:18]}),
        watched=True,
    )
    assert np.array_equal(alone.seen[0]["treaty_occupancy"]["limits"], watched.seen[17]["treaty_occupancy"]["limits"])


def test_statuses_of_a_treaty_sum_to_one(exact: Results) -> None:
    entries = [f"pact:{status}" for status in ("pending", "in_force", "withdrawing", "suspended", "ended")]
    total = sum(exact.path("verification", entry, 0, outcome="treaty_occupancy")[1] for entry in entries)
    np.testing.assert_allclose(total, 1.0, rtol=1e-12)
    assert exact.path("verification", "pact:ended", 0, outcome="treaty_occupancy")[1][4] == pytest.approx(
        1
    )  # it expires in year 2


def test_simulated_shares_have_their_error_and_their_interval(simulated: Results) -> None:
    n = 400

    def at(statistic: str, outcome: str = "condition_occupancy", entry: str = "mood:angry") -> np.ndarray:
        return simulated.path("treaty", entry, 0, statistic, outcome)[1]

    p = at("value")
    assert np.array_equal(np.round(p * n), p * n)
    np.testing.assert_allclose(at("standard_error"), np.sqrt(p * (1 - p) / n), rtol=1e-12)
    interval = wilson(np.round(p * n), n)
    np.testing.assert_allclose(np.stack([at("interval_low"), at("interval_high")], axis=1), interval, rtol=1e-12)
    # in peace the mood rises to 0.3 / 1.3 (1 - exp(-1.3 t)), about 0.226 at the end: 400 histories are within five errors of it
    exact = Scenario(simulated.experiment.scenario.tables("treaty")).solve().condition_occupancy["mood"][:, 1]
    assert (np.abs(p - exact)[1:] < 5 * np.sqrt(exact * (1 - exact) / n)[1:]).all()


def test_simulated_arming_is_a_share_of_the_histories_in_peace(simulated: Results) -> None:
    o = Scenario(simulated.experiment.scenario.tables("treaty")).simulate(400, seed=seed_of_own(simulated))
    peace = np.rint(o.rung_occupancy[:-1, 0] * 400)
    years, error = simulated.path("treaty", "east", 0, "standard_error", "arming")
    assert np.array_equal(simulated.path("treaty", "east", 0, outcome="arming")[1], o.arming[:, 0])
    np.testing.assert_allclose(error, np.sqrt(o.arming[:, 0] * (1 - o.arming[:, 0]) / peace), rtol=1e-12)
    assert len(years) == 6


def seed_of_own(results: Results) -> int:
    """The seed of the runs with the file's own values."""
    from sim.study.runs import seed_of

    return seed_of(results.experiment.seed, -1)


def test_simulated_yearly_probabilities_carry_their_interval_over(simulated: Results) -> None:
    years, low = simulated.path("treaty", "war", 0, "interval_low", "annual_probability")
    _, of_p = simulated.path("treaty", "war", 0, "interval_low")
    np.testing.assert_allclose(1 - (1 - low) ** years, of_p[1:], rtol=1e-12, atol=1e-15)
    _, error = simulated.path("treaty", "war", 0, "standard_error", "annual_probability")
    _, p = simulated.path("treaty", "war", 0)
    _, its = simulated.path("treaty", "war", 0, "standard_error")
    step = 1e-7  # the slope of the transformation, by differences

    def yearly(x: np.ndarray) -> np.ndarray:
        return 1 - (1 - x[1:]) ** (1 / years)

    np.testing.assert_allclose(error, its[1:] * (yearly(p + step) - yearly(p)) / step, rtol=1e-4, atol=1e-12)


def test_bands_over_draws_are_quantiles_of_what_each_draw_gives(tmp_path: Path) -> None:
    figure = '[[figures]]\nname = "f"\nkind = "curves"\ny = "treaty_occupancy"\nband = [0.1, 0.9]\n'
    results = stored(tmp_path, HEAD + "[uncertainty]\ndraws = 8\n" + figure)
    draws = results.by_draw("verification", "treaty_occupancy", "pact:in_force", time=1)[0]
    assert len(np.unique(draws)) == 8
    _, high = results.path("verification", "pact:in_force", 0, "quantile_0.9", "treaty_occupancy")
    assert high[2] == pytest.approx(np.quantile(draws, 0.9))
    uncertainty = results.experiment.uncertainty
    assert uncertainty is not None
    tables = results.experiment.scenario.tables("verification", uncertainty.at(3))
    assert draws[3] == pytest.approx(Scenario(tables).solve().treaty_occupancy["pact"][2, 1], rel=1e-12)


MEMBERS = """\
[[figures]]
name = "members"
kind = "curves"
y = "membership"
[[figures]]
name = "crises"
kind = "lines"
x = "variant"
y = "expected_crises"
panel = "rung"
"""


@pytest.mark.parametrize("engine", ["exact", "monte_carlo"])
def test_members_and_crises_by_rung_are_those_of_a_point_alone(tmp_path: Path, engine: str) -> None:
    scenario = MOODY.replace("withdrawal_rate = 0.1", 'withdrawal_rate = 0.1\nexit = "one_by_one"', 1)
    head = HEAD + ('engine = "monte_carlo"\nreplicates = 300\nseed = 3\n' if engine != "exact" else "")
    results = stored(tmp_path, head + MEMBERS, scenario)
    one = Scenario(results.experiment.scenario.tables("verification"))
    o = one.solve() if engine == "exact" else one.simulate(300, seed=seed_of_own(results))
    assert results.experiment.entries("membership") == ("pact:east", "pact:west")
    _, found = results.path("verification", "pact:west", 0, outcome="membership")
    np.testing.assert_allclose(found, o.membership["pact"][:, 1], rtol=1e-12, atol=1e-15)
    for k, rung in enumerate(("crisis", "war")):
        value = results.values("verification", "expected_crises", rung)[0]
        assert value == pytest.approx(o.expected_crises[k], rel=1e-12)
    if engine == "exact":  # a crisis is counted on the first rung when it begins
        assert results.values("verification", "expected_crises", "crisis")[0] == pytest.approx(o.expected_onsets, rel=1e-12)
    else:
        error = results.values("verification", "expected_crises", "crisis", statistic="standard_error")[0]
        assert error == pytest.approx(o.crises_error[0], rel=1e-12)


# ---- what asks for none


def test_only_what_is_asked_for_is_stored(exact: Results, tmp_path: Path) -> None:
    assert exact.experiment.more == STORED
    frame = exact.frame()
    assert set(frame["outcome"]) == {"escalation_probability", "expected_onsets", "discounted_payoff", *STORED}
    assert set(frame[frame["outcome"] == "treaty_occupancy"]["variant"]) == {"treaty", "verification"}
    plain = stored(tmp_path, OVER_TIME, MOODY)
    assert plain.experiment.more == ()
    assert set(plain.frame()["outcome"]) == {"escalation_probability", "expected_onsets", "discounted_payoff"}


def test_an_experiment_that_asks_for_none_keeps_its_question_and_its_runs(tmp_path: Path) -> None:
    one = experiment(tmp_path, OVER_TIME)
    asks = experiment(tmp_path, OVER_TIME.replace('kind = "curves"', 'kind = "curves"\ny = "arming"'), name="other")
    assert "more" not in one.question()
    # the question as it was before there were such outcomes: every key by its name
    keys = "scenario variants engine replicates seed times over_time design axes uncertainty quantiles baselines"
    assert sorted(one.question()) == sorted(keys.split())
    assert digest(one.question()) != digest(asks.question())
    fixed = {"program": "fixed"}
    assert not np.array_equal(Runs(one, fixed).keys("treaty", 0, 1), Runs(asks, fixed).keys("treaty", 0, 1))
    assert Runs(one, fixed).work.more == ()


def test_asking_for_more_leaves_the_other_rows_as_they_are(tmp_path: Path) -> None:
    more = '[[figures]]\nname = "m"\nkind = "lines"\nx = "treaties.pact.inspections_per_year"\npanel = "monitoring.detection"\n'
    folders = []
    for name, text in {"a": EXPERIMENT, "b": EXPERIMENT + more + 'y = "arming"\nactor = "west"\n'}.items():
        (tmp_path / name).mkdir()
        folders.append(study.run(experiment(tmp_path / name, text), tmp_path / name / "results").folder)
    first, second = (tables_of(folder)["results.csv"].decode().splitlines() for folder in folders)
    assert len(second) > len(first)
    assert [line for line in second if "arming" not in line] == first


# ---- entries and refusals


def test_entries_are_those_of_the_tables() -> None:
    tables = read_scenario("suspend_or_withdraw").tables("verification")
    found = entries_of(tables)
    assert found["treaty_occupancy"] == tuple(f"limits:{s}" for s in ("pending", "in_force", "withdrawing", "suspended", "ended"))
    assert found["condition_occupancy"] == ("grievance:none", "grievance:open")
    assert found["arming"] == ("a", "b")
    assert found["annual_probability"] == ("threat", "display of force", "use of force", "war")
    assert found["membership"] == ()  # its treaty is left together
    assert set(found) == set(MORE)


@pytest.mark.parametrize(
    ("figure", "message"),
    [
        (
            'y = "treaty_occupancy"\nentry = "pact:inforce"',
            'names no entry of treaty_occupancy, found "pact:inforce". Did you mean pact:in_force?',
        ),
        ('y = "treaty_occupancy"\nentry = "pact:ended"\nentries = ["pact:ended"]', "stands beside entry"),
        ('y = "treaty_occupancy"\nrung = "war"', "says nothing of y = 'treaty_occupancy'"),
        ('y = "treaty_occupancy"\nentry = "pact:ended"\nvariants = ["no_treaty"]', "are all without pact:ended"),
        ('y = "condition_occupancy"', "has nothing to show: no variant has conditions"),
        ('y = "membership"', "has nothing to show"),
        ('y = "expected_crises"', "must be one of"),
        ('y = "treaty_ocupancy"', "Did you mean treaty_occupancy?"),
        ('y = "arming"\nactor = "north"', "names no entry of arming"),
        ('y = "arming"\nbaseline = "treaty"', 'is for y = "difference" only'),
        ('y = "annual_probability"\nrung = "wars"', "figures.0.rung: names no entry of annual_probability"),
        ('y = "treaty_occupancy"\npanel = "rung"', "panel: must be"),
        ('entry = "pact:ended"', "is for canonical models (model = ...), and for treaty_occupancy"),
    ],
)
def test_what_no_outcome_has_is_refused(tmp_path: Path, figure: str, message: str) -> None:
    found = refused(tmp_path, f'{HEAD}[[figures]]\nname = "f"\nkind = "curves"\n{figure}\n')
    assert message in found, found


def test_lines_need_to_be_told_which_entry(tmp_path: Path) -> None:
    figure = '[[figures]]\nname = "f"\nkind = "lines"\nx = "variant"\ny = "treaty_occupancy"\n'
    assert 'Write entry = "pact:pending", or x = "entry" or group = "entry" or panel = "entry".' in refused(
        tmp_path, HEAD + figure
    )


def test_results_refuse_entries_that_there_are_not(exact: Results) -> None:
    with pytest.raises(InputError, match="stores no such key"):
        exact.values("treaty", "treaty_occupancy", "war")


def test_the_codebook_tells_what_they_are(exact: Results) -> None:
    text = (exact.folder / "codebook.csv").read_text(encoding="utf-8")
    assert "treaty:status for treaty_occupancy" in text
    assert "pact:in_force" in text


def manifest(results: Results) -> dict[str, Any]:
    return json.loads((results.folder / "manifest.json").read_text(encoding="utf-8"))


def test_the_manifest_says_what_was_asked_for(exact: Results) -> None:
    assert manifest(exact)["resolved"]["more"] == list(STORED)
