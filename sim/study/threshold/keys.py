"""What the table [threshold] of an experiment file may say."""

from __future__ import annotations

from typing import Final

from sim.declare import ABSENT, Key, Number, Text, Whole, positive, probability

MOST_POINTS: Final = 4097
RESOLUTION: Final = 1 / 128

KEYS: Final = (
    Key("parameter", Text(), "The parameter whose break-even value is sought: a path, or a swept parameter of this file."),
    Key("from", Number(), "Lowest value looked at; else that of the sweep, of the declared range, or of the prior.", ABSENT),
    Key("to", Number(), "Highest value looked at; else that of the sweep, of the declared range, or of the prior.", ABSENT),
    Key("variant", Text(), "The variant that is judged."),
    Key("beats", Text(), "The condition: its escalation probability is below that of this variant.", ABSENT),
    Key("level", probability(), "The condition: its escalation probability is below this level; or `beats`.", ABSENT),
    Key("rung", Text(), "The rung whose escalation probability counts; the last one where left out.", ABSENT),
    Key("at_years", positive("years"), "When; the end of the horizon where left out.", ABSENT),
    Key("points", Whole(2, MOST_POINTS), "Evenly spaced values that are looked at before the crossings are refined.", 33),
    Key("tolerance", Number(1e-12, 0.01), "How closely a crossing is found, as a share of the range.", 1e-6),
    Key("over", Text(), "A second parameter: the curve of break-even values over both is drawn.", ABSENT),
    Key("over_from", Number(), "Lowest value of the second parameter, as `from`.", ABSENT),
    Key("over_to", Number(), "Highest value of the second parameter, as `to`.", ABSENT),
    Key("resolution", Number(1 / 1024, 1 / 8), "Width of the finest cells of the curve, as a share of the range.", RESOLUTION),
)
"""The keys of [threshold]."""
