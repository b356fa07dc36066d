"""Two results compared: what was changed, and what moved by more than its error."""

from __future__ import annotations

import datetime
import json
import math
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from sim import study
from sim.cli.diff import diff_command
from sim.config import InputError
from sim.figures import KINDS
from sim.study.changes import leaves
from sim.study.diff import Diff, Moved, diff
from stored_cases import CASES, DRAWN, SIMULATED, rewritten, stored
from study_case import EXPERIMENT, changed

FEWER_WARS = ("resolve = [0.5]", "resolve = [0.6]")
"""A quarrel that is settled more often: fewer wars, as many crises."""


def of(found: Diff, outcome: str, statistic: str = "value") -> Moved:
    return next(one for one in found.outcomes if (one.outcome, one.statistic) == (outcome, statistic))


def loaded(folder: Path) -> study.Results:
    return study.Results.load(folder, KINDS)


# ---- what the files say


def test_every_leaf_of_a_tree_has_a_path() -> None:
    tree = {
        "a": {"b.c": [1, 2], "d": {}},
        "figures": [{"name": "one", "kind": "lines"}, {"name": "two"}],
        "events": [{"year": 1}, {"date": datetime.date(2000, 1, 1)}],
    }

    assert dict(leaves(tree)) == {
        'a."b.c"': [1, 2],
        "a.d": {},
        "figures.one.name": "one",
        "figures.one.kind": "lines",
        "figures.two.name": "two",
        "events.0.year": 1,
        "events.1.date": datetime.date(2000, 1, 1),
    }


def test_keys_that_were_changed_are_told_and_no_others(tmp_path: Path) -> None:
    other = changed(
        EXPERIMENT, ("[0, 4, 8]", "[0, 4]"), ('title = "How much?"\n', 'seed = 3\ntitle = "How much?"\n'), ("times = [1]\n", "")
    )
    a = stored(tmp_path, name="a")
    b = stored(tmp_path, other, "b", FEWER_WARS, ("[actors.east]\n", "[actors.east]\ntemptation_precision = 1.0\n"))
    found = diff(a, b)

    assert [(c.file, c.path, c.a, c.b) for c in found.changes] == [
        ("scenario.toml", "crisis.resolve", "[0.5]", "[0.6]"),
        ("scenario.toml", "actors.east.temptation_precision", None, "1.0"),
        ("experiment.toml", "times", "[1]", None),
        ("experiment.toml", 'sweep.parameters."treaties.pact.inspections_per_year"', "[0, 4, 8]", "[0, 4]"),
        ("experiment.toml", "seed", None, "3"),
    ]


def test_versions_that_differ_are_told(tmp_path: Path) -> None:
    a, b = stored(tmp_path, name="a"), stored(tmp_path, name="b")
    manifest = json.loads((b / "manifest.json").read_text(encoding="utf-8"))
    now = manifest["versions"]["numpy"]
    manifest["versions"]["numpy"] = "9.9"
    (b / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")

    assert [(c.file, c.path, c.a, c.b) for c in diff(a, b).changes] == [("versions", "numpy", f'"{now}"', '"9.9"')]


# ---- what moved


@pytest.mark.parametrize("case", list(CASES))
def test_results_differ_in_nothing_from_themselves(tmp_path: Path, case: str) -> None:
    folder = stored(tmp_path, CASES[case])
    found = diff(folder, folder)

    assert (found.changes, found.moved, found.notes) == ((), 0, ())
    assert found.points[1:] == found.rows[1:] == (0, 0)
    assert found.points[0] == len(loaded(folder).experiment.index)


def test_exact_numbers_that_moved_are_counted_and_the_largest_told_first(tmp_path: Path) -> None:
    a, b = stored(tmp_path, name="a"), stored(tmp_path, EXPERIMENT, "b", FEWER_WARS)
    found = diff(a, b)
    one, other = loaded(a), loaded(b)
    moved = {
        (v, key, t): other.values(v, "escalation_probability", key, t) - one.values(v, "escalation_probability", key, t)
        for v in one.experiment.variants
        for key in ("crisis", "war")
        for t in (1.0, 2.0, 3.0)
    }

    probability = of(found, "escalation_probability")
    assert (probability.compared, probability.uncertain) == (3 * 2 * 3 * 6, 0)
    assert probability.moved == sum(int((np.abs(x) > 1e-9).sum()) for x in moved.values()) == 3 * 2 * 6
    # wars, not crises; and not within two rounds: a crisis of the first goes on or ends in the second, no second chance matters
    sizes = [abs(m.b - m.a) for m in probability.largest]
    assert sizes == sorted(sizes, reverse=True)
    assert sizes[0] == pytest.approx(max(np.abs(x).max() for x in moved.values()))
    first = probability.largest[0]
    point = next(k for k in range(6) if one.experiment.values(k) == first.swept)
    assert moved[first.variant, first.key, first.time][point] == pytest.approx(first.b - first.a)
    # no treaty, and the treaty without inspections, have the same number at all three inspection rates
    assert {m.variant: m.alike for m in probability.largest}["no_treaty"] == 2
    assert len(probability.largest) == 10
    assert of(found, "discounted_payoff").compared == 2 * 3 * 6


def test_rows_are_matched_by_what_is_swept(tmp_path: Path) -> None:
    a = stored(tmp_path, name="a")
    wider = changed(EXPERIMENT, ("[0, 4, 8]", "[8, 2, 4, 0]"), ("[0.2, 0.5]", "[0.5, 0.2000000000000001]"))
    found = diff(a, stored(tmp_path, wider, "b"))

    # all six points of a are among the eight of b, in another order; 0.2 to twelve digits is 0.2
    assert found.points == (6, 0, 2)
    assert found.rows == (6 * 27, 0, 2 * 27)  # 3 variants with 2 rungs at 3 times, 1 count and 2 payoffs
    assert found.moved == 0


def test_text_is_matched_by_its_label(tmp_path: Path) -> None:
    path = '"actors.west.strategy"'
    kinds = ['{ kind = "grim" }', '{ kind = "always_arm" }']
    made = []
    for name, order in (("a", (0, 1)), ("b", (1, 0))):
        labels = [["grim", "armed"][n] for n in order]
        axis = f"{path} = {{ values = [{', '.join(kinds[n] for n in order)}], labels = {json.dumps(labels)} }}"
        text = changed(
            EXPERIMENT, ('"monitoring.detection" = [0.2, 0.5]', axis), ('panel = "monitoring.detection"', f"panel = {path}")
        )
        made.append(stored(tmp_path, text, name))
    found = diff(*made)

    assert (found.points, found.moved) == ((6, 0, 0), 0)


def test_a_parameter_that_only_one_sweeps_is_told(tmp_path: Path) -> None:
    a = stored(tmp_path, name="a")
    narrow = changed(EXPERIMENT, ('"monitoring.detection" = [0.2, 0.5]\n', ""), ('panel = "monitoring.detection"\n', ""))
    found = diff(a, stored(tmp_path, narrow, "b"))

    assert found.notes == ("A sweeps monitoring.detection, B does not: no rows can be matched",)
    assert (found.points, found.outcomes) == ((0, 6, 3), ())


def test_simulated_numbers_move_beyond_their_error_or_not_at_all(tmp_path: Path) -> None:
    again = changed(SIMULATED, ("times = [1]", "times = [1]\nseed = 6"))
    a, b = stored(tmp_path, SIMULATED, "a"), stored(tmp_path, again, "b")
    found = diff(a, b)
    one, other = loaded(a), loaded(b)
    expected, largest = 0, 0.0
    for v in one.experiment.variants:
        for key in ("crisis", "war"):
            for t in (1.0, 2.0, 3.0):
                at = v, "escalation_probability", key, t
                apart = np.abs(one.values(*at) - other.values(*at))
                error = np.sqrt(one.values(*at, "standard_error") ** 2 + other.values(*at, "standard_error") ** 2)
                expected += int((apart > 1.96 * error).sum())
                largest = max(largest, float(np.where(apart > 1.96 * error, apart, 0).max()))

    probability = of(found, "escalation_probability")
    assert (probability.compared, probability.uncertain, probability.moved) == (108, 108, expected)
    assert 0 < expected < 40  # some do by chance, and points share their histories
    assert abs(probability.largest[0].b - probability.largest[0].a) == pytest.approx(largest)


def test_a_large_change_is_seen_through_the_noise(tmp_path: Path) -> None:
    a, b = stored(tmp_path, SIMULATED, "a"), stored(tmp_path, SIMULATED, "b", ("advance = [0.2]", "advance = [0.5]"))
    found = of(diff(a, b), "escalation_probability")
    wars = [m for m in found.largest if m.key == "war"]

    assert found.moved >= 3 * 2 * 6  # every war at two and three years
    assert len(wars) == len(found.largest)
    assert all(m.b - m.a > 1.96 * m.error > 0 for m in wars)


def test_exact_and_simulated_results_can_be_compared(tmp_path: Path) -> None:
    a, b = stored(tmp_path, name="a"), stored(tmp_path, SIMULATED, "b")
    found = of(diff(a, b), "escalation_probability")

    assert found.uncertain == found.compared == 108
    assert found.moved < 40
    errors = loaded(b).values("treaty", "escalation_probability", "war", 3.0, "standard_error")
    assert all(m.error in errors for m in found.largest if (m.variant, m.key, m.time) == ("treaty", "war", 3.0))


def test_means_over_the_same_draws_are_exact_and_over_others_they_have_an_error(tmp_path: Path) -> None:
    a = stored(tmp_path, DRAWN, "a")
    same = diff(a, stored(tmp_path, DRAWN, "b", FEWER_WARS))
    other = stored(tmp_path, changed(DRAWN, ("draws = 4", "draws = 8")), "c")
    more = diff(a, other)

    assert of(same, "escalation_probability", "mean").uncertain == 0
    assert of(same, "escalation_probability", "mean").moved == 36
    mean = of(more, "escalation_probability", "mean")
    assert mean.uncertain == mean.compared == 108
    one, two = loaded(a), loaded(other)
    beyond = 0
    for v in one.experiment.variants:
        for key in ("crisis", "war"):
            for t in (1.0, 2.0, 3.0):
                x, y = (r.by_draw(v, "escalation_probability", key, t) for r in (one, two))
                error = np.hypot(x.std(axis=1, ddof=1) / math.sqrt(4), y.std(axis=1, ddof=1) / math.sqrt(8))
                beyond += int((np.abs(x.mean(axis=1) - y.mean(axis=1)) > 1.96 * error).sum())
    assert mean.moved == beyond
    assert of(more, "escalation_probability").moved == 0  # the file's own values are the same


def test_a_difference_in_the_last_digits_is_no_movement(tmp_path: Path) -> None:
    a, b, c = (stored(tmp_path, name=name) for name in "abc")
    rewritten(b / "results.parquet", "value", lambda values: [x * (1 + 5e-10) for x in values])
    rewritten(c / "results.parquet", "value", lambda values: [x * (1 + 5e-9) for x in values])

    assert diff(a, b).moved == 0
    assert diff(a, c).moved == 162


def test_what_holds_no_results_is_refused(tmp_path: Path) -> None:
    folder = stored(tmp_path)
    with pytest.raises(InputError, match="no such results"):
        diff(folder, tmp_path / "nowhere")
    (folder / "results.parquet").write_bytes(b"PAR1")
    with pytest.raises(InputError, match="its tables cannot be read"):
        diff(folder, folder)


# ---- the command


def test_the_command_tells_keys_and_outcomes_and_ends_well(tmp_path: Path) -> None:
    stored(tmp_path, name="a")
    stored(tmp_path, EXPERIMENT, "b", FEWER_WARS)
    arguments = ["a", "b", "--results", str(tmp_path / "results")]
    done = CliRunner().invoke(diff_command, arguments)
    told = json.loads(CliRunner().invoke(diff_command, [*arguments, "--json"]).stdout)

    assert done.exit_code == 0
    assert "    crisis.resolve: [0.5] -> [0.6]" in done.stdout.splitlines()
    assert "  escalation_probability: 36 of 108 moved" in done.stdout.splitlines()
    assert told["changes"] == [{"file": "scenario.toml", "path": "crisis.resolve", "a": "[0.5]", "b": "[0.6]"}]
    assert told["moved"] == sum(one["moved"] for one in told["outcomes"])
    assert {"variant", "key", "time", "swept", "a", "b", "error", "alike"} == set(told["outcomes"][0]["largest"][0])


def test_the_command_says_what_chance_would_do(tmp_path: Path) -> None:
    stored(tmp_path, SIMULATED, "a")
    stored(tmp_path, changed(SIMULATED, ("times = [1]", "times = [1]\nseed = 6")), "b")
    done = CliRunner().invoke(diff_command, ["a", "b", "--results", str(tmp_path / "results")])

    assert "of 108 moved beyond their error; 5.4 would be expected by chance alone" in done.stdout
    assert "standard error" in done.stdout


def test_results_that_are_the_same_are_said_to_be(tmp_path: Path) -> None:
    folder = str(stored(tmp_path))
    done = CliRunner().invoke(diff_command, [folder, folder])

    assert "The same, and the versions are the same." in done.stdout
    assert "escalation_probability: 0 of 108 moved" in done.stdout
