"""Lines over zips and sampled designs: what goes along is told, dots are not joined, and very many points do no harm."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from figures_case import VARIANTS, asked, drawn, legend, main_lines, overlaps, refused, rows, stored, texts, xs, ys
from sim.figures import panels, tracks
from sim.figures.panels import thinned
from sim.study import Results

ZIP = """\
title = "Together"
scenario = "quarrel.toml"
[sweep]
design = "zip"
[sweep.parameters]
"monitoring.detection" = [0.9, 0.2, 0.5]
"monitoring.false_alarm" = [0.3, 0.01, 0.1]
"game.both" = { paths = ["game.gain", "game.cost"], values = [[3, 2], [4, 2.5], [5, 3]] }
[[figures]]
name = "f"
kind = "lines"
x = "monitoring.detection"
"""
SAMPLED = """\
title = "At random"
scenario = "quarrel.toml"
[sweep]
design = "latin_hypercube"
samples = 40
uncertain = true
[[figures]]
name = "f"
kind = "lines"
x = "onset.background_rate"
"""


@pytest.fixture(scope="module")
def sampled(tmp_path_factory: pytest.TempPathFactory) -> Results:
    return stored(tmp_path_factory.mktemp("sampled"), SAMPLED)


def test_a_zip_says_what_goes_along(tmp_path: Path) -> None:
    drawing = drawn(stored(tmp_path, ZIP))
    told = [
        (row["monitoring_detection"], row["monitoring_false_alarm"], row["game_gain"]) for row in rows(drawing, group="treaty")
    ]

    assert told == [(0.2, 0.01, 4.0), (0.5, 0.1, 5.0), (0.9, 0.3, 3.0)]
    (said,) = [s for s in drawing.sentences if s.startswith("Varied together with it: ")]
    # from the lowest to the highest detection: 0.2 and 0.9
    assert said == (
        "Varied together with it: monitoring.false_alarm from 0.01 to 0.3; game.gain from 4 to 3; game.cost from 2.5 to 2."
    )


def test_an_axis_of_several_paths_says_so(tmp_path: Path) -> None:
    text = ZIP.replace('design = "zip"', 'design = "grid"').replace('x = "monitoring.detection"', 'x = "game.both"')
    text += 'where = { "monitoring.detection" = 0.5, "monitoring.false_alarm" = 0.1 }\n'
    drawing = drawn(stored(tmp_path, text))

    assert "Varied together with it: game.cost from 2 to 3." in drawing.sentences
    assert [row["game_cost"] for row in rows(drawing, group="treaty")] == [2.0, 2.5, 3.0]
    assert texts(drawing, "x label") == ["game.both"]


def test_dots_of_a_sampled_design_are_not_joined(sampled: Results) -> None:
    drawing = drawn(sampled)
    (ax,) = drawing.figure.axes

    for variant, dots in zip(VARIANTS, main_lines(ax), strict=True):
        order = np.argsort(sampled.inputs["onset.background_rate"], kind="stable")
        assert dots.get_linestyle() == "None"
        assert np.array_equal(xs(dots), sampled.inputs["onset.background_rate"][order])
        assert np.array_equal(ys(dots), sampled.values(variant, "escalation_probability", "war")[order])
    assert drawing.columns == (
        "panel",
        "group",
        "onset_background_rate",
        "monitoring_detection",
        "treaties_pact_sanction",
        "crisis_advance_0",
        "value",
    )
    assert "Each dot is a point of the design latin hypercube; 3 other parameters vary from dot to dot." in drawing.sentences
    assert legend(drawing) == ["no treaty", "treaty", "verification"]
    assert overlaps(drawing) == []


def test_very_many_dots_are_thinned_and_it_is_said(sampled: Results, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(panels, "MOST_DOTS", 30)
    monkeypatch.setattr(tracks, "MOST_DOTS", 30)
    monkeypatch.setattr(tracks, "MOST_ROWS", 60)
    drawing = drawn(sampled)

    assert [len(xs(dots)) for dots in main_lines(drawing.figure.axes[0])] == [10, 10, 10]
    assert len(drawing.rows) == 60
    assert "Drawn are 30 dots a panel, chosen at random." in drawing.sentences
    assert "The data beside the figure hold about 60 of the dots, chosen at random." in drawing.sentences


def test_thinning_keeps_the_order_and_does_not_follow_a_pattern() -> None:
    kept = thinned(1000, 100, 0)

    assert len(set(kept.tolist())) == 100
    assert np.array_equal(kept, np.sort(kept))
    # of the points of a design in blocks of 10, all ten are there
    assert set(kept % 10) == set(range(10))
    assert np.array_equal(thinned(5, 100, 0), np.arange(5))
    assert np.array_equal(kept, thinned(1000, 100, 0))


@pytest.mark.parametrize(
    ("key", "complaint"),
    [
        ('panel = "monitoring.detection"', "panel: must not be a parameter that the design latin_hypercube draws"),
        ('group = "monitoring.detection"', "group: must not be a parameter that the design latin_hypercube draws"),
        ('where = { "monitoring.detection" = 0.5 }', "where"),
    ],
)
def test_sampled_parameters_make_no_panels(tmp_path: Path, key: str, complaint: str) -> None:
    assert complaint in refused(tmp_path, f"{SAMPLED}{key}\n")


def test_curves_of_a_sampled_design_are_refused(tmp_path: Path) -> None:
    told = refused(tmp_path, SAMPLED.replace('kind = "lines"\nx = "onset.background_rate"', 'kind = "curves"'))

    assert "cannot be drawn of the design latin_hypercube, which varies all parameters at once" in told


def test_dots_have_no_band(tmp_path: Path) -> None:
    text = SAMPLED.replace("uncertain = true\n", '[sweep.parameters]\n"onset.background_rate" = "uncertain"\n[uncertainty]\n')

    assert "is not drawn for the dots of the design latin_hypercube" in refused(tmp_path, text + "band = [0.1, 0.9]\n")


def test_a_drawn_choice_may_make_panels(tmp_path: Path) -> None:
    choice = '{ values = [0.2, 0.8], labels = ["low", "high"] }'
    text = SAMPLED.replace("uncertain = true\n", f'uncertain = true\n[sweep.parameters]\n"monitoring.detection" = {choice}\n')
    drawing = drawn(stored(tmp_path, text + 'panel = "monitoring.detection"\n'))

    assert [ax.get_title(loc="left") for ax in drawing.figure.axes] == [f"monitoring: detection = {x}" for x in ("low", "high")]
    assert len(drawing.rows) == 3 * 40


def test_categories_do_not_overlap_with_three_panels(tmp_path: Path) -> None:
    labels = '["tit for tat, never forgiving", "grim trigger forever", "always arms", "always restrains"]'
    kinds = '[{ kind = "tit_for_tat" }, { kind = "grim" }, { kind = "always_arm" }, { kind = "always_restrain" }]'
    text = f"""\
title = "Who?"
scenario = "quarrel.toml"
[sweep.parameters]
"actors.east.strategy" = {{ values = {kinds}, labels = {labels} }}
"monitoring.detection" = [0.1, 0.3, 0.5]
[[figures]]
name = "f"
kind = "lines"
x = "actors.east.strategy"
panel = "monitoring.detection"
"""
    results = stored(tmp_path, text)
    assert overlaps(drawn(results)) == []
    # a word that does not fit is turned
    word = labels.replace("grim trigger forever", "grimtriggerforeverandever")
    drawing = drawn(
        stored(
            tmp_path,
            text.replace(labels, word).replace(
                'panel = "monitoring.detection"', 'panel = "monitoring.detection"\ngroup = "variant"'
            ),
        )
    )
    assert overlaps(drawing) == []


def test_a_payoff_is_of_the_actor_s_label(sampled: Results) -> None:
    text = '[[figures]]\nname = "f"\nkind = "lines"\nx = "onset.background_rate"\ny = "discounted_payoff"\nactor = "east"\n'

    assert texts(drawn(asked(sampled, text)), "y label") == ["Discounted payoff of East (payoff)"]
