"""One inspection whose test can err, and why a better test is used less often.

The inspector chooses the false-alarm probability alpha of a test that separates a violation from legal behaviour by D standard
deviations of normal noise.  Payoffs (inspector, inspectee): legal and no alarm (0, 0), legal and a false alarm (-e, -f), a
violation that raises the alarm (-a, -b), one that does not (-c, d); b, d, e > 0, f >= 0, a < c.  Phi, phi: standard normal.

(1) test         non-detection probability Phi(z - D) with alpha = Phi(-z): z is where the alarm begins
(2) deterrence   legal is at least as good as violating where (b + d) Phi(D - z) >= d + f alpha, that is where
                 the non-detection probability is at most (b - f alpha) / (b + d)
(3) Nash         alpha* is the smallest alpha with equality in (2); the inspectee violates with
                 p* = 1 / (1 + ((c - a) / e) r), r = exp(z D - D^2 / 2), at which alpha* is the inspector's best choice;
                 r is minus the slope of the non-detection probability in alpha
(4) leadership   an inspector that announces alpha* is obeyed, and gets -e alpha*, provided e alpha* <= a + (c - a) Phi(z - D);
                 otherwise it would rather be violated at alpha* than pay for the alarms

The alphas that deter form an interval, because the non-detection probability is convex in alpha.  For f <= b it reaches to 1; for
f > b it may be empty: then no test deters, and the inspectee violates for sure.

The game with a single choice (label A7b): an inspection costs k and detects a violation with probability q.  The violator gains g
and loses L when detected; detection is worth B to the inspector.

(5) P(inspect) = g / (q (g + L)) and P(violate) = k / (q B), where q (g + L) >= g and q B >= k
(6) otherwise the inspectee violates for sure, and the inspector always inspects (q B > k) or never
    equality in (5), taken within rounding, makes P(inspect) or P(violate) 1
(7) an undetected violation: P(violate) (1 - q P(inspect)) = k L / (q B (g + L)) in the mixed equilibrium
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from sim.declare import Key, nonnegative, positive, probability
from sim.models.model import Answer, Model, Outcome, Premise, Values, Way, each_point

AVENHAUS: Final = (
    "Avenhaus, von Stengel and Zamir, Inspection games, Handbook of Game Theory III (2002), chapter 51.",
    "Avenhaus, Canty, Kilgour, von Stengel and Zamir, Inspection games in arms control, European Journal of Operational Research "
    "90 (1996).",
)
WITTMAN: Final = (
    "Wittman, Arms control verification and other games involving imperfect detection, American Political Science Review 83 "
    "(1989) 923-945.",
)

MIXED, ALWAYS, NEVER, ALWAYS_DETERS, NO_DETERRENCE = range(5)
KINDS: Final = (
    "both mix",
    "always inspected, still violated",
    "not inspected, violated",
    "always inspected, sometimes violated",
    "sometimes inspected, violated",
)

REACH: Final = 40.0
"""Standard deviations beyond which a normal tail is 0 as a double."""
HALVINGS: Final = 70


def slack(v: Values, z: np.ndarray) -> np.ndarray:
    """Gain of violating over legal behaviour at threshold z, by (2); written so that the smaller probability is the exact one."""
    from scipy.special import ndtr

    b, d = v["inspectee_cost_of_detection"], v["inspectee_gain"]
    blame, distance = v["inspectee_cost_of_false_alarm"] * ndtr(-z), v["separation"] - z
    return np.where(distance > 0, (b + d) * ndtr(-distance) - b + blame, d + blame - (b + d) * ndtr(distance))


def solve(v: Values) -> dict[str, Any]:
    """Equations (1) to (4)."""
    from scipy.special import expit, ndtr

    b, d, f = v["inspectee_cost_of_detection"], v["inspectee_gain"], v["inspectee_cost_of_false_alarm"]
    e, a, c = v["inspector_cost_of_false_alarm"], v["inspector_cost_of_detection"], v["inspector_cost_of_violation"]
    separation = v["separation"]
    # The slack is convex in alpha and least where r = f / (b + d); the smallest alpha of equality is above that threshold.
    bottom = np.where(f > 0, (np.log(f / (b + d)) + separation**2 / 2) / separation, -REACH)
    low, high = np.clip(bottom, -REACH, separation + REACH), separation + REACH
    deters = slack(v, low) <= 0
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        still = slack(v, middle) <= 0
        low, high = np.where(still, middle, low), np.where(still, high, middle)
    z = np.where(deters, low, np.nan)
    alpha, missed = ndtr(-z), ndtr(z - separation)
    violate = np.where(deters, expit(-(np.log((c - a) / e) + z * separation - separation**2 / 2)), 1.0)
    loss = a + (c - a) * missed
    announced = e * alpha <= loss
    nash = -(1 - violate) * e * alpha - violate * loss
    leader = np.where(announced, -e * alpha, -loss)
    return {
        "deterrence_possible": deters.astype(float),
        "false_alarm_probability": alpha,
        "non_detection_probability": missed,
        "detection_probability": ndtr(separation - z),
        "alarm_threshold": z,
        "violation_probability": violate,
        "undetected_violation_probability": violate * missed,
        "leader_violation_probability": np.where(deters, (~announced).astype(float), 1.0),
        "inspectee_payoff": -f * alpha,
        "inspector_payoff": nash,
        "inspector_leader_payoff": leader,
        "leadership_gain": leader - nash,
    }


@each_point
def by_search(at: dict[str, Any]) -> dict[str, float]:
    """The smallest root over alpha by a scan and Brent's method, and the violation probability from a numerical slope."""
    from scipy.optimize import root_scalar
    from scipy.stats import norm

    b, d, f = at["inspectee_cost_of_detection"], at["inspectee_gain"], at["inspectee_cost_of_false_alarm"]
    e, a, c = at["inspector_cost_of_false_alarm"], at["inspector_cost_of_detection"], at["inspector_cost_of_violation"]

    def missed(alpha: Any) -> Any:
        return norm.cdf(norm.isf(alpha) - at["separation"])

    def excess(alpha: Any) -> Any:
        return missed(alpha) - (b - f * alpha) / (b + d)

    grid = np.concatenate([np.geomspace(1e-12, 1e-3, 400), np.linspace(1e-3, 1 - 1e-9, 4000)])
    below = np.flatnonzero(excess(grid) <= 0)
    if not below.size:
        unknown = dict.fromkeys(("false_alarm_probability", "non_detection_probability"), np.nan)
        return {**unknown, "violation_probability": 1.0, "leader_violation_probability": 1.0}
    first = int(below[0])
    alpha = (
        float(grid[0]) if first == 0 else root_scalar(excess, bracket=grid[first - 1 : first + 1], xtol=1e-16, rtol=1e-14).root
    )
    step = min(alpha, 1 - alpha) * 1e-4
    slope = (missed(alpha - step) - missed(alpha + step)) / (2 * step)
    # The inspector's cost (1 - p) e alpha + p (a + (c - a) missed) is least at alpha where its derivative there is 0.
    violate = float(e / (e + (c - a) * slope))
    return {
        "false_alarm_probability": alpha,
        "non_detection_probability": float(missed(alpha)),
        "violation_probability": violate,
        "leader_violation_probability": float(e * alpha > a + (c - a) * missed(alpha)),
    }


def tied(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Equality of numbers made from decimals by two or three steps: within 4 units of relative rounding."""
    return np.isfinite(x - y) & (np.abs(x - y) <= 4 * np.finfo(float).eps * np.maximum(np.abs(x), np.abs(y)))


def solve_paradox(v: Values) -> dict[str, Any]:
    """Equations (5) to (7)."""
    quality, gain, loss = v["detection_probability"], v["gain"], v["penalty"]
    cost, benefit = v["inspection_cost"], v["detection_benefit"]
    stake, worth = quality * (gain + loss), quality * benefit
    just_deters, just_pays = tied(stake, gain), tied(worth, cost)
    deters, pays = (stake > gain) | just_deters, (worth > cost) | just_pays
    mixed = deters & pays
    inspect = np.where(mixed & ~just_deters, gain / stake, (mixed | (pays & ~just_pays)).astype(float))
    violate = np.where(mixed & ~just_pays, cost / worth, 1.0)
    return {
        "inspection_probability": inspect,
        "violation_probability": violate,
        "undetected_violation_probability": violate * (1 - quality * inspect),
        "kind": np.select(
            [mixed & just_deters & just_pays, mixed & just_deters, mixed & just_pays, mixed, pays & ~just_pays],
            [ALWAYS, ALWAYS_DETERS, NO_DETERRENCE, MIXED, ALWAYS],
            NEVER,
        ).astype(float),
        "better_test_used_less": (mixed & ~just_deters & ~just_pays).astype(float),
    }


@each_point
def by_equilibria(at: dict[str, Any]) -> dict[str, float]:
    """All equilibria of the 2x2 game by vertex enumeration, the one with the most legal behaviour; and again for a worse test."""
    inspect, violate = _most_legal(at, at["detection_probability"])
    before = _most_legal(at, at["detection_probability"] * (1 - 1e-6))[0]
    return {
        "inspection_probability": inspect,
        "violation_probability": violate,
        "better_test_used_less": float(0 < inspect < before),
    }


def _most_legal(at: dict[str, Any], quality: float) -> tuple[float, float]:
    from sim.games import equilibria

    hit = quality * at["detection_benefit"] - at["inspection_cost"]
    caught = (1 - quality) * at["gain"] - quality * at["penalty"]
    found = equilibria([[hit, -at["inspection_cost"]], [0.0, 0.0]], [[caught, 0.0], [at["gain"], 0.0]])
    inspector, violator = min(found.profiles, key=lambda profile: profile[1][0])
    return float(inspector[0]), float(violator[0])


def _answers() -> tuple[Answer, ...]:
    source = "equations (2) and (3), solved by bisection and by Brent's method"
    out: list[Answer] = []
    for separation, alpha, violate in ((1.0, 0.07833, 0.05405), (2.0, 0.00756, 0.00813), (3.0, 0.00030, 0.00044)):
        given = {"separation": separation}
        out.append(Answer(given, "false_alarm_probability", alpha, 5e-6, "derived", source))
        out.append(Answer(given, "violation_probability", violate, 5e-6, "derived", source))
        told = "equation (4): the announced test deters"
        out.append(Answer(given, "leader_violation_probability", 0.0, 0.0, "derived", told))
    return tuple(out)


def _paradox_answers() -> tuple[Answer, ...]:
    out: list[Answer] = []
    for quality, inspect, violate in ((0.4, 0.625, 0.3125), (0.6, 0.4167, 0.2083), (0.8, 0.3125, 0.1562), (1.0, 0.25, 0.125)):
        given = {"detection_probability": quality}
        out.append(Answer(given, "inspection_probability", inspect, 5e-5, "derived", "equation (5), by hand"))
        out.append(Answer(given, "violation_probability", violate, 5.01e-5, "derived", "equation (5), by hand"))
    claim = "Wittman (1989), abstract: the better the verification technology, the less often it will be employed"
    out.append(Answer({"detection_probability": 0.6}, "better_test_used_less", 1.0, 0.0, "confirmed abstract", claim))
    return tuple(out)


NO_TEST: Final = "No test deters: false alarms cost the inspectee more than detection, and too much at every threshold."

FALSE_ALARMS: Final = Model(
    name="inspection_with_false_alarms",
    label="A7",
    title="An inspection with false alarms",
    question="How many false alarms must an inspector accept to deter, and what does announcing the test gain?",
    citation=AVENHAUS,
    parameters=(
        Key("separation", positive("standard deviations"), "D: distance of a violation from legal behaviour in the test.", 1.0),
        Key("inspectee_cost_of_detection", positive("payoff"), "b: what the inspectee loses by a detected violation.", 2.0),
        Key("inspectee_gain", positive("payoff"), "d: what the inspectee gains by an undetected violation.", 1.0),
        Key("inspectee_cost_of_false_alarm", nonnegative("payoff"), "f: what a false alarm costs the inspectee.", 0.2),
        Key("inspector_cost_of_false_alarm", positive("payoff"), "e: what a false alarm costs the inspector.", 0.1),
        Key("inspector_cost_of_detection", nonnegative("payoff"), "a: what a detected violation costs the inspector.", 0.3),
        Key("inspector_cost_of_violation", nonnegative("payoff"), "c: what an undetected violation costs the inspector.", 1.0),
    ),
    symbols={
        "D": "separation",
        "b": "inspectee_cost_of_detection",
        "d": "inspectee_gain",
        "f": "inspectee_cost_of_false_alarm",
        "e": "inspector_cost_of_false_alarm",
        "a": "inspector_cost_of_detection",
        "c": "inspector_cost_of_violation",
    },
    outcomes=(
        Outcome("deterrence_possible", "", "1 if some false-alarm probability deters (2), else 0."),
        Outcome(
            "false_alarm_probability", "probability", "alpha*, an alarm although legal, in equilibrium (3).", undefined=NO_TEST
        ),
        Outcome("non_detection_probability", "probability", "No alarm although violated, at alpha* (1).", undefined=NO_TEST),
        Outcome(
            "detection_probability", "probability", "An alarm when violated, at alpha*: 1 - non-detection.", undefined=NO_TEST
        ),
        Outcome("alarm_threshold", "standard deviations", "z: the alarm begins here (1).", undefined=NO_TEST),
        Outcome("violation_probability", "probability", "p* of the Nash equilibrium (3); 1 where no test deters."),
        Outcome("undetected_violation_probability", "probability", "A violation without an alarm (3).", undefined=NO_TEST),
        Outcome("leader_violation_probability", "probability", "The same p under leadership (4): 0 or 1."),
        Outcome("inspectee_payoff", "payoff", "The inspectee's payoff, with and without leadership.", undefined=NO_TEST),
        Outcome("inspector_payoff", "payoff", "The inspector's payoff in the Nash equilibrium.", undefined=NO_TEST),
        Outcome("inspector_leader_payoff", "payoff", "The inspector's payoff as leader (4).", undefined=NO_TEST),
        Outcome("leadership_gain", "payoff", "What announcing the test gains the inspector.", undefined=NO_TEST),
    ),
    premises=(
        Premise(
            "inspector_cost_of_detection < inspector_cost_of_violation",
            lambda v: v["inspector_cost_of_detection"] < v["inspector_cost_of_violation"],
        ),
    ),
    solve=solve,
    ways=(Way("scan, Brent's method and a numerical slope", by_search),),
    caveats=(
        "In the literature beta is often the probability of NOT detecting; here both have names of their own.",
        "With f > b equality in (2) may hold at two false-alarm probabilities; the smaller one is taken.",
        "With f > b there is also the equilibrium in which the alarm is always raised and the inspectee violates.",
        "The test is the best one between two normal distributions that differ in mean only.",
    ),
    answers=_answers(),
)

PARADOX: Final = Model(
    name="verification_paradox",
    label="A7b",
    title="The verification paradox",
    question="Is better verification technology used less often, and is there then more or less cheating?",
    citation=WITTMAN,
    parameters=(
        Key("detection_probability", probability(), "q: an inspection detects a violation.", 0.6),
        Key("inspection_cost", positive("payoff"), "k: what an inspection costs the inspector.", 0.5),
        Key("gain", positive("payoff"), "g: what an undetected violation gains.", 1.0),
        Key("penalty", nonnegative("payoff"), "L: what a detected violator loses.", 3.0),
        Key("detection_benefit", positive("payoff"), "B: what detecting a violation is worth to the inspector.", 4.0),
    ),
    symbols={
        "q": "detection_probability",
        "b": "detection_probability",
        "k": "inspection_cost",
        "g": "gain",
        "L": "penalty",
        "B": "detection_benefit",
    },
    outcomes=(
        Outcome("inspection_probability", "probability", "P(inspect) in equilibrium (5), (6)."),
        Outcome("violation_probability", "probability", "P(violate) in equilibrium (5), (6)."),
        Outcome("undetected_violation_probability", "probability", "A violation that is not detected (7)."),
        Outcome(
            "kind",
            "",
            "What the two do in equilibrium (5), (6).",
            words=KINDS,
        ),
        Outcome("better_test_used_less", "", "1 if P(inspect) falls with the detection probability, as it does where both mix."),
    ),
    solve=solve_paradox,
    ways=(Way("vertex enumeration of the 2x2 game", by_equilibria),),
    caveats=(
        "That the better verification technology is used less often is stated in Wittman's abstract; the 2x2 game here is ours.",
        "Where an inequality of (5) holds with equality there are further equilibria; the one with the least violation is taken.",
        "The detection probability here belongs to one inspection, not to the regime: that is q P(inspect).",
    ),
    answers=_paradox_answers(),
)

MODELS: Final = (FALSE_ALARMS, PARADOX)
