"""Early-warning false alarms under changing tension: a killed two-state process, with its annual probability in closed form.

Two sides (or n) watch each other for an attack.  Tension is calm or crisis; serious false alarms come at rates that may be
higher in a crisis, and each leads to a launch with a small probability that is larger in a crisis.  A share c of the false
alarms is cleared at once (notices, a joint centre).  An alarm that does not lead to a launch can turn calm into crisis.

(1) tension                  calm -> crisis at u, crisis -> calm at d = 365.25 / crisis_days; in crisis a share pi = u / (u + d)
(2) alarms of one side       l0 = l / (1 - pi + k pi) in calm, l1 = k l0 in crisis, so that l is the mean whatever k is
(3) hazard of launch         h0 = n l0 (1 - c) p0,  h1 = n l1 (1 - c) p1;  crises begin at v = u + n l0 (1 - c) (1 - p0) q
(4) no launch by t           S(t) = (1, 0) exp(Qt) (1, 1)' with Q = [[-v - h0, v], [d, -d - h1]], beginning in calm
(5) eigenvalues of Q         a = m - s and b = det Q / a > a, m = tr Q / 2, s^2 = ((v + h0 - d - h1) / 2)^2 + v d
                             1 - S(t) = ((h0 + a) (e^(bt) - 1) - (h0 + b) (e^(at) - 1)) / (b - a)
(6) annual probability       1 - S(T)^(1/T); in the long run 1 - e^b
(7) expected years           (v + d + h1) / det Q,  det Q = h0 d + h1 v + h0 h1
(8) launches in crisis       h1 v ((e^(bT) - 1) / b - (e^(aT) - 1) / a) / (b - a), divided by 1 - S(T)
(9) bound                    1 - S(T) <= 1 - e^(-hT), h = (d h0 + v h1) / (d + v), if h0 <= h1

(9): S is the mean of exp(-sum of hazards), which is convex, and calm at the start is the safer half.  Where tension changes
fast beside the hazards, b is nearly -h, so that averaging rates is right for small risks; with k > 1 the average grows.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from sim.declare import Key, Number, count, probability
from sim.models.model import Answer, Estimate, Model, Outcome, Values, Way

CITATION: Final = (
    "Barrett, Baum and Hostetler, Analyzing and reducing the risks of inadvertent nuclear war between the United States and"
    " Russia, Science and Global Security 21 (2013) 106-133.",
    "Wallace, Crissey and Sennott, Accidental nuclear war: a risk assessment, Journal of Peace Research 23 (1986) 9-27.",
    "Neuts, Matrix-Geometric Solutions in Stochastic Models (1981), for phase-type laws.",
)

DAYS: Final = 365.25
STEPS: Final = 365
"""Steps of a year in the coarser of the two chains of `by_days`."""
REPLICATES: Final = 40_000


def rates(v: Values) -> tuple[np.ndarray, ...]:
    """(h0, h1, v, d, l0, l1, pi) of (1) to (3), each (P,), per year."""
    n, k, kept = v["sides"], v["crisis_ratio"], 1 - v["cleared"]
    begin, end = v["crisis_rate"], DAYS / v["crisis_days"]
    share = begin / (begin + end)
    calm = v["alarm_rate"] / (1 - share + k * share)
    quiet, tense = n * calm * kept * v["launch_in_calm"], n * calm * k * kept * v["launch_in_crisis"]
    rise = begin + n * calm * kept * (1 - v["launch_in_calm"]) * v["alarm_to_crisis"]
    return quiet, tense, rise, end, calm, k * calm, share


def solve(v: Values) -> dict[str, Any]:
    """Equations (2) to (9)."""
    h0, h1, rise, end, calm, tense, share = rates(v)
    years, k = v["years"], v["crisis_ratio"]
    det = h0 * end + h1 * rise + h0 * h1
    m, s = -(rise + h0 + end + h1) / 2, np.hypot((rise + h0 - end - h1) / 2, np.sqrt(rise * end))
    fast = m - s
    slow = det / fast
    gap = slow - fast
    half = (h0 - rise - end - h1) / 2
    larger = half + np.where(half < 0, -s, s)  # h0 + a and h0 + b are half -+ s; their product is v (h1 - h0)
    smaller = rise * (h1 - h0) / larger
    under, over = np.where(half < 0, larger, smaller), np.where(half < 0, smaller, larger)
    within = (under * np.expm1(slow * years) - over * np.expm1(fast * years)) / gap
    within = np.clip(within, 0.0, 1.0)
    # ln S(T); by itself where S is small, for 1 - S rounds to 1 then
    left = slow * years + np.log((over * np.exp(-gap * years) - under) / gap)
    left = np.where(within < 0.5, np.log1p(-within), left)
    some = det > 0
    divided = np.expm1(slow * years) / np.where(some, slow, np.nan) - np.expm1(fast * years) / fast
    return {
        "within": within,
        "annual_probability": -np.expm1(left / years),
        "long_run_annual_probability": -np.expm1(slow),
        "averaged_annual_probability": -np.expm1(-(end * h0 + rise * h1) / (end + rise)),
        "expected_years": (rise + end + h1) / np.where(some, det, np.nan),
        "launches_in_crisis": h1 * rise * divided / gap / np.where(within > 0, within, np.nan),
        "time_in_crisis": rise / (rise + end),
        "alarms_in_crisis": k * share / (1 - share + k * share),
        "calm_alarm_rate": calm,
        "crisis_alarm_rate": tense,
    }


def stepped(v: Values, steps_per_year: int) -> np.ndarray:
    """1 - S(T) of a chain in steps, (P,): in each step first alarms and launches, then tension moves or an alarm moves it."""
    h0, h1, rise, end, *_ = rates(v)
    size = np.arange(len(h0))
    step = 1 / steps_per_year
    one = np.zeros((len(h0), 3, 3))
    for state, (hazard, leave) in enumerate(((h0, rise), (h1, end))):
        launch, moved = -np.expm1(-hazard * step), -np.expm1(-leave * step)
        one[size, state, 2] = launch
        one[size, state, 1 - state] = (1 - launch) * moved
        one[size, state, state] = (1 - launch) * (1 - moved)
    one[size, 2, 2] = 1.0
    found = np.empty(len(h0))
    for n, years in enumerate(v["years"]):
        law = np.array([1.0, 0.0, 0.0])
        for _ in range(round(float(years) * steps_per_year)):
            law = law @ one[n]
        found[n] = law[2]
    return found


def by_days(v: Values) -> dict[str, Any]:
    """The chain in steps of a day and of half a day, extrapolated: 2 P(half) - P(day) is off by the square of a day."""
    within = 2 * stepped(v, 2 * STEPS) - stepped(v, STEPS)
    return {"within": within, "annual_probability": -np.expm1(np.log1p(-within) / v["years"])}


def by_uniformization(v: Values) -> dict[str, Any]:
    """S(T) as a Poisson number of jumps at the largest rate, and (7) by solving the linear equations; no eigenvalues."""
    h0, h1, rise, end, *_ = rates(v)
    within, waiting = np.empty_like(h0), np.full_like(h0, np.nan)
    for n in range(len(h0)):
        generator = np.array([[-rise[n] - h0[n], rise[n], h0[n]], [end[n], -end[n] - h1[n], h1[n]], [0, 0, 0]])
        top = float(-generator.diagonal().min()) * 1.1
        jump, mean = np.eye(3) + generator / top, top * float(v["years"][n])
        law, weight, total = np.array([1.0, 0.0, 0.0]), np.exp(-mean), 0.0
        for i in range(int(mean + 40 * np.sqrt(mean) + 40)):
            total += weight * law[2]
            law, weight = law @ jump, weight * mean / (i + 1)
        within[n] = total if mean < 700 else np.nan
        if h0[n] + h1[n] > 0:
            waiting[n] = np.linalg.solve(-generator[:2, :2], np.ones(2))[0]
    return {"within": within, "expected_years": waiting}


def by_thinning(v: Values, *, rng: np.random.Generator) -> dict[str, Estimate]:
    """Histories of tension and alarms: candidate events at the largest total rate, each kept or not by the state at its time.

    A history adds the probability that one of its alarms, had it been the first, led to a launch.
    """
    mean, error = [], []
    for n in range(len(v["years"])):
        at = {name: float(x[n]) for name, x in v.items()}
        *_, end, calm, tense, _share = (float(x[n]) for x in rates(v))
        kept = at["sides"] * (1 - at["cleared"])
        alarms, chances = np.array([kept * calm, kept * tense]), np.array([at["launch_in_calm"], at["launch_in_crisis"]])
        moves = np.array([at["crisis_rate"], end])
        top = float((alarms + moves).max())
        number = rng.poisson(top * at["years"], REPLICATES)
        state, safe = np.zeros(REPLICATES, dtype=np.int64), np.ones(REPLICATES)
        for i in range(int(number.max(initial=0))):
            kind = rng.random(REPLICATES) * top
            live = i < number
            alarm = live & (kind < alarms[state])
            safe[alarm] *= 1 - chances[state[alarm]]
            provoked = alarm & (state == 0) & (rng.random(REPLICATES) < at["alarm_to_crisis"])
            moved = live & (kind >= alarms[state]) & (kind < (alarms + moves)[state])
            state = np.where(moved, 1 - state, np.where(provoked, 1, state))
        mean.append(1 - safe.mean())
        error.append(safe.std(ddof=1) / np.sqrt(REPLICATES))
    return {"within": Estimate(np.array(mean), np.array(error))}


def _answers() -> tuple[Answer, ...]:
    flat = {"crisis_ratio": 1.0, "launch_in_calm": 0.001, "launch_in_crisis": 0.001, "alarm_rate": 0.5, "years": 10.0}
    even = {
        "crisis_rate": 1.0,
        "crisis_days": DAYS,
        "crisis_ratio": 1.0,
        "alarm_rate": 0.5,
        "launch_in_calm": 0.0,
        "launch_in_crisis": 1.0,
        "years": 1.0,
    }
    # even: u = d = 1, h0 = 0, h1 = 1: Q = [[-1, 1], [1, -2]], eigenvalues (-3 +- sqrt 5) / 2, det Q = 1
    root = 5**0.5
    slow, fast = (-3 + root) / 2, (-3 - root) / 2
    left = (-fast * np.exp(slow) + slow * np.exp(fast)) / root
    alone = "one state in all but name: a hazard of 2 x 0.5 x 0.001 = 0.001 a year"
    hand = "equation (5), by hand: u = d = h1 = 1 and h0 = 0"
    return (
        Answer(flat, "within", float(-np.expm1(-0.01)), 1e-9, "derived", alone),
        Answer(flat, "annual_probability", float(-np.expm1(-0.001)), 1e-9, "derived", alone),
        Answer(flat, "expected_years", 1000.0, 1e-6, "derived", alone),
        Answer(even, "within", float(1 - left), 2e-5, "derived", hand),
        Answer(even, "expected_years", 3.0, 1e-9, "derived", "equation (7), by hand: (1 + 1 + 1) / 1"),
        Answer(even, "long_run_annual_probability", float(-np.expm1(slow)), 1e-12, "derived", hand),
        Answer(even, "averaged_annual_probability", float(-np.expm1(-0.5)), 1e-12, "derived", "half of the time at hazard 1"),
    )


EARLY_WARNING: Final = Model(
    name="early_warning",
    label="D8",
    title="Early-warning false alarms under changing tension",
    question="What yearly risk of a launch do false alarms bring, if crises make them more frequent and more readily believed?",
    citation=CITATION,
    parameters=(
        Key("alarm_rate", Number(0.0, 100.0, unit="per year"), "l: serious false alarms of one side, mean over time.", 0.5),
        Key("sides", count(1, 10, "sides"), "n: sides with an early-warning system.", 2),
        Key("crisis_ratio", Number(0.0, 1000.0, unit="ratio"), "k: rate of false alarms in a crisis over that in calm.", 3.0),
        Key("crisis_rate", Number(above=0.0, high=50.0, unit="per year"), "u: crises that begin, in calm.", 0.14),
        Key("crisis_days", Number(1.0, 36525.0, unit="days"), "Mean length of a crisis; d = 365.25 / crisis_days.", 186.0),
        Key("launch_in_calm", probability(), "p0: a false alarm in calm leads to a launch.", 0.0001),
        Key("launch_in_crisis", probability(), "p1: a false alarm in a crisis leads to a launch.", 0.001),
        Key("alarm_to_crisis", probability(), "q: a false alarm without a launch turns calm into crisis.", 0.0),
        Key("cleared", probability("share"), "c: share of false alarms that notices or a joint centre clear at once.", 0.0),
        Key("years", Number(above=0.0, high=1000.0, unit="years"), "T: years within which it is asked for a launch.", 10.0),
    ),
    symbols={
        "l": "alarm_rate",
        "n": "sides",
        "k": "crisis_ratio",
        "u": "crisis_rate",
        "p0": "launch_in_calm",
        "p1": "launch_in_crisis",
        "q": "alarm_to_crisis",
        "c": "cleared",
        "T": "years",
    },
    outcomes=(
        Outcome("within", "probability", "1 - S(T): a launch within T years (5)."),
        Outcome("annual_probability", "probability", "The constant yearly probability that gives it, 1 - S(T)^(1/T) (6)."),
        Outcome("long_run_annual_probability", "probability", "The yearly probability after many years without a launch (6)."),
        Outcome("averaged_annual_probability", "probability", "1 - e^(-h): with the hazard averaged over tension (9)."),
        Outcome("expected_years", "years", "Expected years until a launch (7).", undefined="The hazard is 0: no launch ever."),
        Outcome(
            "launches_in_crisis",
            "share",
            "Share of the launches within T years that fall into a crisis (8).",
            undefined="No launch is possible within T years.",
        ),
        Outcome("time_in_crisis", "share", "v / (v + d): long-run share of time in crisis, alarms that raise tension included."),
        Outcome("alarms_in_crisis", "share", "Share of false alarms that fall into a crisis, if they do not raise tension (2)."),
        Outcome("calm_alarm_rate", "per year", "l0: serious false alarms of one side in calm (2)."),
        Outcome("crisis_alarm_rate", "per year", "l1: serious false alarms of one side in a crisis (2)."),
    ),
    solve=solve,
    ways=(
        Way("uniformization", by_uniformization),
        Way("daily chain, extrapolated", by_days),
        Way("histories by thinning", by_thinning, random=True),
    ),
    caveats=(
        "What follows an alarm is one probability; how a decision under attack is taken is not modelled.",
        "Launch probabilities given an alarm have no record but zero in some thirty known cases; the ranges are judgement.",
        "One serious kind of alarm; routine evaluations, of which there were about a hundred a year, are left out.",
        "The model of Barrett and others, remembered, has launches in crises only; this is its form with p0 = 0.",
        "Alarms that raise tension leave the mean rate l of (2) as it was without them.",
    ),
    answers=_answers(),
)

MODELS: Final = (EARLY_WARNING,)
