"""When to hold one hidden inspection: the time until a violation is found.

In a period of length T, at whose end any violation is found anyway, one inspection is held at a time that the inspectee neither
knows nor notices.  A violation begins at s T, the inspection is at t T; it finds a violation that began before it.  The inspector
wants the time from beginning to finding short, the inspectee long.  Times below are shares of T, and e = 2.71828...

(1) time to detection     t - s where t >= s, else 1 - s
(2) inspector             density 1 / (1 - t) on [0, 1 - 1/e]: held by t with probability F(t) = -ln(1 - t)
(3) its guarantee         expected time 1/e for every s in [0, 1 - 1/e], and 1 - s < 1/e after that
(4) inspectee             at once with probability 1/e, else until s with probability G(s) = 1 / (e (1 - s)), s up to 1 - 1/e:
                          expected time 1/e for every t in [0, 1 - 1/e], and t - 1 + 2/e > 1/e after that
(5) a uniform inspection  expected time (1 - s^2) / 2: worst 1/2, at s = 0
(6) an announced one      max(t, 1 - t), because the inspectee waits for it or not: at best 1/2, at t = 1/2
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from sim.declare import Key, positive, probability
from sim.models.model import Answer, Estimate, Model, Outcome, Values, Way, each_point

CITATION: Final = (
    "Diamond, Minimax policies for unobservable inspections, Mathematics of Operations Research 7 (1982) 139-153.",
    "Avenhaus, von Stengel and Zamir, Inspection games, Handbook of Game Theory III (2002), chapter 51.",
)

LAST: Final = float(-np.expm1(-1.0))
"""1 - 1/e: no inspection is held later, and no violation begins later."""
VALUE: Final = float(np.exp(-1.0))
DRAWS: Final = 100_000


def solve(v: Values) -> dict[str, Any]:
    """Equations (2) to (6)."""
    length, start, moment = v["period"], v["start"], v["inspection"]
    return {
        "value": length * VALUE,
        "expected_time": length * np.where(start <= LAST, VALUE, 1 - start),
        "inspected_before_start": np.where(start < LAST, -np.log1p(-np.minimum(start, LAST)), 1.0),
        "latest_inspection": length * LAST,
        "expected_time_by_inspection": length * np.where(moment <= LAST, VALUE, moment - 1 + 2 * VALUE),
        "start_at_once_probability": np.full_like(length, VALUE),
        "started_by_inspection": np.where(moment < LAST, VALUE / (1 - np.minimum(moment, LAST)), 1.0),
        "expected_time_if_uniform": length * (1 - start**2) / 2,
        "expected_time_if_announced": length * np.maximum(moment, 1 - moment),
    }


@each_point
def by_quadrature(at: dict[str, Any]) -> dict[str, float]:
    """The expected times of (1) by integration over the densities of (2) and (4); the value is the worst over 33 beginnings."""
    from scipy.integrate import quad

    length, start, moment = at["period"], at["start"], at["inspection"]

    def mean(function: Any, low: float, high: float) -> float:
        return quad(function, low, high, epsabs=1e-13, epsrel=1e-12)[0] if high > low else 0.0

    def hidden(begun: float) -> tuple[float, float]:
        held = mean(lambda t: 1 / (1 - t), 0.0, min(begun, LAST))
        return held, (1 - begun) * held + mean(lambda t: (t - begun) / (1 - t), begun, LAST)

    before, time = hidden(start)
    reach = min(moment, LAST)
    begun = VALUE + mean(lambda s: VALUE / (1 - s) ** 2, 0.0, reach)
    found = VALUE * moment + mean(lambda s: (moment - s) * VALUE / (1 - s) ** 2, 0.0, reach)
    missed = mean(lambda s: (1 - s) * VALUE / (1 - s) ** 2, reach, LAST)
    uniform = (1 - start) * start + mean(lambda t: t - start, start, 1.0)
    return {
        "value": length * max(hidden(begun)[1] for begun in np.linspace(0.0, 1.0, 33)),
        "expected_time": length * time,
        "inspected_before_start": before,
        "expected_time_by_inspection": length * (found + missed),
        "started_by_inspection": begun,
        "expected_time_if_uniform": length * uniform,
    }


def by_drawing(v: Values, *, rng: np.random.Generator) -> dict[str, Any]:
    """Drawn inspections of (2), by inverting F, and drawn uniform ones."""
    start, length = v["start"][:, None], v["period"][:, None]

    def mean(moment: np.ndarray) -> Estimate:
        time = length * np.where(moment >= start, moment - start, 1 - start)
        return Estimate(time.mean(axis=1), time.std(axis=1, ddof=1) / np.sqrt(DRAWS))

    size = (len(v["start"]), DRAWS)
    return {"expected_time": mean(-np.expm1(-rng.random(size))), "expected_time_if_uniform": mean(rng.random(size))}


def _answers() -> tuple[Answer, ...]:
    source = "equation (3), by integrating over (2) and by drawing inspections"
    out = [Answer({"start": start}, "expected_time", 0.367879, 5e-7, "derived", source) for start in (0.0, 0.1, 0.3, 0.5, 0.632)]
    out += [
        Answer({"inspection": moment}, "expected_time_by_inspection", 0.367879, 5e-7, "derived", "equation (4), by integration")
        for moment in (0.0, 0.3, 0.6)
    ]
    return (*out, Answer({}, "value", 0.367879, 5e-7, "derived", "equations (3) and (4) meet at 1/e"))


TIMING: Final = Model(
    name="inspection_timing",
    label="C5",
    title="The time of one hidden inspection",
    question="When should the one inspection of a period be held, if it is to find a violation early?",
    citation=CITATION,
    parameters=(
        Key("period", positive("years"), "T: length of the period, at whose end everything is found.", 1.0),
        Key("start", probability("share of the period"), "s: when the violation begins.", 0.0),
        Key(
            "inspection",
            probability("share of the period"),
            "t: when the inspection is held, for what the inspectee can do.",
            0.5,
        ),
    ),
    symbols={"T": "period", "s": "start", "t": "inspection"},
    outcomes=(
        Outcome("value", "years", "T / e: the value of the game, the expected time to detection when both choose well."),
        Outcome("expected_time", "years", "Expected time from s to detection under the best hidden inspection (3)."),
        Outcome(
            "inspected_before_start", "probability", "F(s): the inspection has been held by s (2), so that it finds nothing."
        ),
        Outcome("latest_inspection", "years", "(1 - 1/e) T: the best inspection is never later (2)."),
        Outcome(
            "expected_time_by_inspection", "years", "Expected time to detection with an inspection at t and the inspectee of (4)."
        ),
        Outcome("start_at_once_probability", "probability", "1/e: the inspectee of (4) begins at once."),
        Outcome("started_by_inspection", "probability", "G(t): the inspectee of (4) has begun by t."),
        Outcome("expected_time_if_uniform", "years", "Expected time from s to detection with a uniform inspection (5)."),
        Outcome("expected_time_if_announced", "years", "Time to detection when the inspection at t is announced (6)."),
    ),
    solve=solve,
    ways=(
        Way("integration over the densities", by_quadrature),
        Way("drawn inspections", by_drawing, random=True),
    ),
    caveats=(
        "One inspection, which the inspectee does not notice; with inspections that are noticed see sequential_inspections.",
        "An inspection never errs; false alarms are in inspection_with_false_alarms.",
        "The densities are derived here; the paper was not read.",
    ),
    answers=_answers(),
)

MODELS: Final = (TIMING,)
