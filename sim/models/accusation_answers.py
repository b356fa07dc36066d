"""Known answers of `sim.models.accusation`: cases that are solved by hand."""

from __future__ import annotations

from typing import Final

from sim.models.model import Answer


def _answers() -> tuple[Answer, ...]:
    frank = {
        "detection": 0.5,
        "false_alarm": 0.1,
        "prior": 0.5,
        "gain": 0.0,
        "horizon": 2,
        "accused_in": [1.0],
        "conviction": 0.8,
    }
    tempted = {**frank, "false_alarm": 0.0, "opportunity": 0.5, "gain": 0.2, "largest_cost": 1.0}
    alone = "no false claims: Bayes' rule by hand"
    hand = "equations (1) to (4), by hand: w = 0.1, s^2 - 0.05 s - 0.05 = 0, so s = 1/4, D = 5/8, F = 1/4"
    # frank, two years: beliefs 25/26 (two accusations), 25/34 (one), 25/106 (none); with 1/4, 1/2, 1/4 or 0.01, 0.18, 0.81
    cheats = 0.25 * 25 / 26 + 0.5 * 25 / 34 + 0.25 * 25 / 106
    complies = 0.01 * 25 / 26 + 0.18 * 25 / 34 + 0.81 * 25 / 106
    return (
        Answer(frank, "credibility", 5 / 6, 1e-12, "derived", alone),
        Answer(frank, "belief_told", 25 / 34, 1e-12, "derived", alone, "2"),
        Answer(frank, "belief", cheats, 1e-12, "derived", f"{alone}, over the three counts", "it cheats:2"),
        Answer(frank, "belief", complies, 1e-12, "derived", f"{alone}, over the three counts", "it complies:2"),
        # convicted at 0.8: an accusation in year 1 (5/6), or none and then one only gives 25/34: not convicted
        Answer(
            frank,
            "convicted",
            0.5,
            1e-12,
            "derived",
            "convicted iff accused in the first year: 5/6 >= 0.8 > 25/34",
            "it cheats:2",
        ),
        Answer(
            frank,
            "convicted",
            0.1,
            1e-12,
            "derived",
            "convicted iff accused in the first year: 5/6 >= 0.8 > 25/34",
            "it complies:2",
        ),
        Answer(frank, "wrong_convictions", 1 / 6, 1e-12, "derived", "0.5 x 0.1 / (0.5 x 0.5 + 0.5 x 0.1)"),
        Answer(frank, "false_accusation", 0.0, 0.0, "derived", "nothing to gain"),
        Answer(tempted, "false_accusation", 0.25, 1e-12, "derived", hand),
        Answer(tempted, "credibility", 5 / 7, 1e-12, "derived", hand),
        Answer(tempted, "cutoff_cost", 0.5, 1e-12, "derived", hand),
        Answer(tempted, "deliberate_share", 1.0, 1e-12, "derived", "no honest errors"),
        Answer({**tempted, "gain": 100.0}, "false_accusation", 0.5, 1e-12, "derived", "every opportunity is taken"),
    )


ANSWERS: Final = _answers()
