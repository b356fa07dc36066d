"""A continuous arms race of N actors with C categories of weapons: reactions, caps and what replaces them, estimates, shocks.

x_ic is the level of category c of actor i; T_j = sum over c of w_c x_jc is the threat that j poses.  Rates are per year.

(1) demand          u_ic = m_ic sum over j of k_ij f_i(T_j + z_i s_i(t) + e_ij) - a_ic x_ic + g_ic + q_ic h
(2) reaction        f_i(T) = T (linear), or T / (1 + T / H_i) for T >= 0 and 0 below (saturating: slope 1 at 0, at most H_i)
(3) levels          dx_ic = (u_ic + sum over d of s_dc b_id - b_ic) dt + v_ic dW_ic + dl_ic
(4) estimates       de_ij = -c e_ij dt + y_i dB_ij for j other than i; c = c_exchange until exchanges stop, then c_alone.  The
                    variance follows V' = y^2 - 2 c V: flat at y^2 / (2 c) while data are exchanged, then growing towards
                    y^2 / (2 c_alone), or by y^2 a year without end if c_alone = 0; s_i(t) = sqrt(V_i(t))
(5) crises          h jumps by 1 at rate r and decays at rate d: a crisis adds q_ic to the yearly build-up, and fades
(6) caps            while the cap K_ic is in force x_ic <= K_ic, b_ic >= 0 and b_ic > 0 only where x_ic = K_ic: what the cap
                    blocks is not built; s_cd units of d are built in its place for every unit of c
(7) phasing out     what lies above a cap when it enters into force is removed evenly over the phase-in time (at once if 0), by
                    the same b, so that removed weapons may reappear in another category (deployed weapons put into reserve)
(8) floors          x_ic >= 0, by l_ic, which grows only where x_ic = 0

k_ij is i's yearly reaction to a unit of threat of j (k_ii: self-stimulation), m_ic the build-up of c per unit of reaction, a the
fatigue, g the grievance, z the prudence: how many standard deviations of its own ignorance an actor adds to a rival's threat.
With N = 2, C = 1, no noise and no caps this is Richardson's race.  (3) with (6) and (8) is a Skorokhod problem with oblique
reflection (Harrison and Reiman 1981).  Without noise the path of the means is computed: e = 0, W = 0 and h at its mean.  For a
linear reaction without caps it is the exact mean, and all levels are Gaussian up to the crises; the rest is simulated.

Rests: equilibrium u = 0 without caps; with caps u_ic + sum s_dc b_id - b_ic + l_ic = 0 with (6) and (8), all caps kept for ever.
In both s_i = y_i / sqrt(2 c_alone) and h = r / d, to which the path of the means brings them; without correction s_i stays as it
is when exchanges stop if y_i = 0, and grows without end otherwise, as h does if d = 0: then there is no rest where they matter.
Stability: real parts of the eigenvalues of the motion of whatever is held by no cap and no floor.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np

from sim.declare import Choice, Key, ListOf, Number, Text, Whole, nonnegative, positive
from sim.models.arms_race_answers import ANSWERS
from sim.models.arms_race_dynamics import error_sd, paths, race
from sim.models.arms_race_noise import exact_moments, simulate
from sim.models.arms_race_premises import CAVEATS, PREMISES
from sim.models.arms_race_rest import LINE_POINTS, free_rest, reaction_line, rest
from sim.models.arms_race_ways import by_exponential, by_integration, by_simulation
from sim.models.model import Model, Outcome, Values, Way, points

CITATION: Final = (
    "Richardson, Arms and Insecurity (1960), for reaction, fatigue and grievance; categories, caps and estimates are ours.",
    "Harrison and Reiman, Reflected Brownian motion on an orthant, Annals of Probability 9 (1981) 302-308.",
    "Van Loan, Computing integrals involving the matrix exponential, IEEE Transactions on Automatic Control 23 (1978) 395-404.",
)


def solve(v: Values) -> dict[str, Any]:
    """The path of the means, rests, stability, exact moments and the phase portrait."""
    r, steps, count = race(v), int(v["steps"]), points(v)
    actors, categories = v["actors"], v["categories"]
    times = [f"{v['horizon'] * k / steps:.6g}" for k in range(steps + 1)]
    both = [(i, c, f"{actor}, {category}") for i, actor in enumerate(actors) for c, category in enumerate(categories)]
    path = paths(r, steps)
    threats = np.stack([r.threat(path[:, k]) for k in range(steps + 1)], axis=1)  # (points, times, actors)
    spread = {t: error_sd(r, r.horizon * k / steps) for k, t in enumerate(times)}
    alone = [_single(r.at(slice(n, n + 1))) for n in range(count)]

    def table(name: str) -> dict[str, np.ndarray]:
        return {entry: np.array([one[name][i, c] for one in alone]) for i, c, entry in both}

    def column(name: str) -> np.ndarray:
        return np.array([one[name] for one in alone])

    return {
        "level": {entry: path[:, -1, i, c] for i, c, entry in both},
        "threat": {actor: threats[:, -1, i] for i, actor in enumerate(actors)},
        "threat_ratio": _ratios(threats, actors, times),
        "path": {f"{entry}:{t}": path[:, k, i, c] for i, c, entry in both for k, t in enumerate(times)},
        "estimate_sd": {f"{actor}:{t}": x[:, i] for i, actor in enumerate(actors) for t, x in spread.items()},
        "equilibrium": table("equilibrium"),
        "growth_rate": column("growth_rate"),
        "rotation": column("rotation"),
        "stable": column("stable"),
        "resting_level": table("resting_level"),
        "blocked": table("blocked"),
        "resting_growth_rate": column("resting_growth_rate"),
        "mean_level": table("mean_level"),
        "standard_deviation": table("standard_deviation"),
        **_portrait(v),
    }


def _ratios(threats: np.ndarray, actors: Sequence[str], times: Sequence[str]) -> dict[str, np.ndarray]:
    """The threat of all others over an actor's own, over time; nan where it has none of its own."""
    with np.errstate(divide="ignore", invalid="ignore"):
        found = np.where(threats > 0, (threats.sum(axis=-1, keepdims=True) - threats) / threats, np.nan)
    return {f"{actor}:{t}": found[:, k, i] for i, actor in enumerate(actors) for k, t in enumerate(times)}


def _single(r: Any) -> dict[str, Any]:
    """What is worked out point by point: rests and exact moments."""
    free = free_rest(r)
    growth = free["growth_rate"]
    unknown = bool(np.isnan(growth) or np.isnan(free["x"]).any())
    none = np.full(r.levels[0].shape, np.nan)
    plain = np.isinf(r.saturation).all() and np.isinf(r.caps).all()
    mean, spread = exact_moments(r) if plain else (none, none)
    held = rest(r, r.caps) or {"x": none, "b": none, "growth_rate": np.nan}
    return {
        "equilibrium": free["x"],
        "growth_rate": growth,
        "rotation": free["rotation"],
        "stable": np.nan if unknown else float(growth < 0),
        "resting_level": held["x"],
        "blocked": held["b"],
        "resting_growth_rate": held["growth_rate"],
        "mean_level": mean,
        "standard_deviation": spread,
    }


def _portrait(v: Values) -> dict[str, dict[str, np.ndarray]]:
    """Paths of the threats of the first two actors from several starts, and the lines on which either rests."""
    names = ("portrait_first", "portrait_second", "line_threat", "line_first", "line_second")
    found: dict[str, dict[str, np.ndarray]] = {name: {} for name in names}
    starts, steps, r = v["starts"], int(v["steps"]), race(v)
    if starts.size == 0 or r.size[1] < 2:
        return found
    for s in range(starts.shape[1]):
        moved = {**v, "levels": r.levels * starts[:, s, :, None]}
        threats = np.stack([race(moved).threat(x) for x in np.moveaxis(paths(race(moved), steps), 1, 0)], axis=1)
        for k in range(steps + 1):
            for i, name in enumerate(names[:2]):
                found[name][f"{s + 1}:{k}"] = threats[:, k, i]
    grid = v["portrait_range"][:, None] * np.linspace(0, 1, LINE_POINTS)
    lines = [
        (reaction_line(one, one.caps, 0, 1, grid[n]), reaction_line(one, one.caps, 1, 0, grid[n]))
        for n, one in enumerate(r.at(slice(n, n + 1)) for n in range(len(grid)))
    ]
    for k in range(LINE_POINTS):
        cells = (grid[:, k], np.array([line[0][k] for line in lines]), np.array([line[1][k] for line in lines]))
        for name, cell in zip(names[2:], cells, strict=True):
            found[name][str(k)] = cell
    return found


def _numbers(item: Number, rows: bool = False) -> ListOf:
    return ListOf(ListOf(item)) if rows else ListOf(item)


LIST: Final = "one for every actor"
ROWS: Final = "a row for every actor, with one number for every category"
PARAMETERS: Final = (
    Key("actors", ListOf(Text(), 1), "The names of the N actors.", ["a", "b"], structure=True),
    Key("categories", ListOf(Text(), 1), "The names of the C categories of weapons.", ["deployed", "reserve"], structure=True),
    Key("levels", _numbers(nonnegative("weapons"), True), f"Levels at the start: {ROWS}.", [[1550.0, 2000.0], [1550.0, 2000.0]]),
    Key("weights", _numbers(nonnegative()), "w: threat of one weapon, by category; empty: 1.", [1.0, 0.25]),
    Key("fatigue", _numbers(nonnegative("per year"), True), f"a: {ROWS}; a list of one item stands for all.", [[0.1]]),
    Key(
        "reaction",
        _numbers(Number(unit="per year"), True),
        "k: row i is i's reaction to every actor.",
        [[0.0, 0.06], [0.06, 0.0]],
    ),
    Key("allocation", _numbers(nonnegative(), True), f"m: build-up per unit of reaction: {ROWS}; empty: 1.", [[0.6, 0.4]]),
    Key("grievance", _numbers(Number(unit="weapons per year"), True), f"g: {ROWS}; empty: 0.", [[130.0, 176.0]]),
    Key("reaction_form", Choice(("linear", "saturating")), "Shape of the reaction (2).", "linear", structure=True),
    Key("saturation", _numbers(positive("threat")), f"H: {LIST}; used where the reaction saturates; empty: none.", [4000.0]),
    Key("caps", _numbers(nonnegative("weapons"), True), f"K: {ROWS}; empty: no caps; 1e9 or more is none.", [[1550.0, 1e9]]),
    Key("cap_start", _numbers(Number(unit="years")), "When the caps enter into force, by category; empty: at the start.", []),
    Key("cap_end", _numbers(Number(unit="years")), "When the caps lapse, by category; empty: never.", [15.0]),
    Key("phase_in", nonnegative("years"), "Time over which what lies above a cap is removed (7).", 0.0),
    Key(
        "substitution",
        _numbers(nonnegative(), True),
        "s: row c, units of d for a unit of c; empty: none.",
        [[0.0, 0.5], [0.0, 0.0]],
    ),
    Key("prudence", _numbers(nonnegative()), f"z: standard deviations added to a rival's threat, {LIST}; empty: 0.", [1.0]),
    Key("estimate_sd", _numbers(nonnegative("threat")), f"Standard deviation of e at the start, {LIST}; empty: 0.", [30.0]),
    Key("estimate_drift", _numbers(nonnegative("threat per root year")), f"y: what estimates lose, {LIST}; empty: 0.", [60.0]),
    Key("exchange_correction", nonnegative("per year"), "c_exchange: rate at which errors are corrected by data exchanges.", 2.0),
    Key("lone_correction", nonnegative("per year"), "c_alone: rate at which errors are corrected without exchanges.", 0.1),
    Key("exchange_until", Number(unit="years"), "When exchanges stop.", 12.0),
    Key("volatility", _numbers(nonnegative("weapons per root year"), True), f"v: {ROWS}; empty: 0.", [[20.0]]),
    Key("shock_rate", nonnegative("per year"), "r: rate of crises.", 0.05),
    Key("shock_decay", nonnegative("per year"), "d: rate at which a crisis fades.", 0.5),
    Key("shock_size", _numbers(Number(unit="weapons per year"), True), f"q: {ROWS}; empty: 0.", [[30.0]]),
    Key("horizon", Whole(1, 1000), "Years that are looked at.", 25, structure=True),
    Key("steps", Whole(1, 1000), "Parts into which the horizon is divided in `path`.", 25, structure=True),
    Key("starts", _numbers(nonnegative(), True), "Starts of the portrait: rows of multiples of each actor's levels.", []),
    Key("portrait_range", positive("threat"), "Largest threat on the lines of the portrait.", 5000.0),
)

EXACT: Final = "Exact moments need a linear reaction, not too fast, and no caps; the rest is simulated."
ENDLESS: Final = "crises do not fade, or ignorance grows without end and prudence weighs it"
NO_EQUILIBRIUM: Final = f"None was found: fatigue and reaction just balance, {ENDLESS}, or the search failed."
NO_RATE: Final = f"The reaction saturates and no equilibrium was found: {ENDLESS}, or the search failed."
NO_REST: Final = f"None was found: the race runs away, fatigue and reaction just balance, {ENDLESS}, or the search failed."
NO_PATH: Final = "The race runs away beyond what numbers can hold, or is too fast to be stepped."
NO_STARTS: Final = "No starts are given, there is a single actor, or the race runs away."
NO_LINE: Final = f"{NO_STARTS} Or the actor has no fatigue."
BOTH: Final = "actor, category"
OUTCOMES: Final = (
    Outcome("level", "weapons", "Levels at the horizon on the path of the means.", BOTH, undefined=NO_PATH),
    Outcome("threat", "threat", "Weighted totals T at the horizon.", "actor", undefined=NO_PATH),
    Outcome(
        "threat_ratio",
        "",
        "Threat of all others over the actor's own, over time; entries are series:years.",
        "actor:years",
        undefined=f"The actor has no weapons of its own. {NO_PATH}",
    ),
    Outcome("path", "weapons", "Levels over time; entries are series:years.", f"{BOTH}:years", undefined=NO_PATH),
    Outcome("estimate_sd", "threat", "s(t): standard deviation of an actor's estimate of a rival (4).", "actor:years"),
    Outcome(
        "equilibrium",
        "weapons",
        "Levels at which demand is 0 in the long run without caps and floors; a threshold where the growth rate is positive.",
        BOTH,
        undefined=NO_EQUILIBRIUM,
    ),
    Outcome("growth_rate", "per year", "Largest real part of the eigenvalues there.", undefined=NO_RATE),
    Outcome("rotation", "per year", "Imaginary part of that eigenvalue; 0 without turning.", undefined=NO_RATE),
    Outcome("stable", "", "1 if the equilibrium without caps attracts, else 0.", undefined=NO_EQUILIBRIUM),
    Outcome("resting_level", "weapons", "Levels at rest if all caps are kept for ever.", BOTH, undefined=NO_REST),
    Outcome("blocked", "weapons per year", "b: build-up that the caps block at rest.", BOTH, undefined=NO_REST),
    Outcome(
        "resting_growth_rate",
        "per year",
        "Largest real part of the eigenvalues at that rest; negative where it attracts.",
        undefined=f"Caps and floors hold everything, or no rest was found: the race runs away, {ENDLESS}, or the search failed.",
    ),
    Outcome("mean_level", "weapons", "Mean at the horizon: exact without floors, simulated with them.", BOTH, undefined=EXACT),
    Outcome(
        "standard_deviation",
        "weapons",
        "Spread at the horizon: exact without floors, simulated with them.",
        BOTH,
        undefined=EXACT,
    ),
    Outcome("portrait_first", "threat", "T of the first actor on the paths of the portrait.", "start:step", undefined=NO_STARTS),
    Outcome("portrait_second", "threat", "T of the second actor on the same paths.", "start:step", undefined=NO_STARTS),
    Outcome("line_threat", "threat", "Threats at which the two lines are given.", "point", undefined=NO_STARTS),
    Outcome("line_first", "threat", "T at which the first actor rests, given the second's.", "point", undefined=NO_LINE),
    Outcome("line_second", "threat", "T at which the second actor rests, given the first's.", "point", undefined=NO_LINE),
)

SYMBOLS: Final[Mapping[str, str]] = {
    "w": "weights",
    "a": "fatigue",
    "k": "reaction",
    "m": "allocation",
    "g": "grievance",
    "H": "saturation",
    "K": "caps",
    "s": "substitution",
    "z": "prudence",
    "y": "estimate_drift",
    "v": "volatility",
    "r": "shock_rate",
    "d": "shock_decay",
    "q": "shock_size",
}

RACE: Final = Model(
    name="arms_race",
    label="A9b",
    title="Arms races of several actors and categories of weapons, with caps, estimates and shocks",
    question="Where does an arms race go, what do caps and their lapse change, and what does it cost not to know?",
    citation=CITATION,
    parameters=PARAMETERS,
    outcomes=OUTCOMES,
    symbols=SYMBOLS,
    premises=PREMISES,
    solve=solve,
    ways=(
        Way("matrix exponential (linear, without caps)", by_exponential),
        Way("adaptive integration between changes of what binds", by_integration),
        Way("simulated races", by_simulation, random=True),
    ),
    caveats=CAVEATS,
    answers=ANSWERS,
    simulate=simulate,
)

MODELS: Final = (RACE,)
