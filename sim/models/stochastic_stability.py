"""Which convention a population keeps in the long run when its members sometimes err.

N states play a symmetric game against each other: to restrain or to arm, with payoffs T (arm against restraint), R, P, S.  Every
period all of them, or one of them drawn at random, revise: a state takes the better answer to what the *other* N - 1 did (or, if
so declared, to what all N did), and with probability epsilon the other action.  k is the number of states that restrain.

(1) better answer      to k' of M restraining: restrain iff R k' + S (M - k') > T k' + P (M - k'); at equality as `tie` says
(2) all revise         k next = Binomial(k, a_k) + Binomial(N - k, b_k), with a_k, b_k the chance that a state that restrained, or
                       armed, restrains next
(3) one revises        k up by one with (N - k) / N b_k, down by one with k / N (1 - a_k)
(4) stationary law     pi = pi K: the long-run share of periods with k states restraining
(5) risk dominance     p* = (P - S) / (R - T + P - S): in a stag hunt (R > T, P > S) restraint is risk dominant iff p* < 1/2
(6) limit              pi_k goes to 0 like epsilon^(potential of k): the errors of the cheapest tree of moves into k, above
                       those of the best k; states of potential 0 are stochastically stable

The law (4) is found by state reduction, which subtracts nothing, on logarithms, which do not run out of range: it is right for
any small epsilon and any N.  The potentials (6) come by the same steps with (minimum, sum) in place of (sum, product).
"""

from __future__ import annotations

import math
from typing import Any, Final

import numpy as np

from sim.declare import Choice, Key, Number, Whole
from sim.models.model import Answer, Model, Outcome, Values, Way, each_point

CITATION: Final = (
    "Kandori, Mailath and Rob, Learning, mutation, and long run equilibria in games, Econometrica 61 (1993) 29-56.",
    "Young, The evolution of conventions, Econometrica 61 (1993) 57-84.",
    "Grassmann, Taksar and Heyman, Operations Research 33 (1985) 1107-1116, for the stationary law without subtractions.",
)

SIDES: Final = ("restraint", "arming", "both or neither")
TIES: Final = {"arm": (0.0, 0.0), "restrain": (1.0, 1.0), "stay": (1.0, 0.0), "either": (0.5, 0.5)}
"""At equality, the chance to restrain of a state that restrained, and of one that armed."""
Array = np.ndarray


def answers(v: Values) -> tuple[Array, Array]:
    """a_k and b_k (2) without errors, for k = 0 ... N, (P, N + 1): 0, 1, or 1/2; a_0 and b_N stand for nobody."""
    n = int(v["population"])
    seen = n - 1 if v["opponents"] == "others" else n
    k = np.arange(seen + 1)
    gain = (v["reward"] - v["temptation"])[:, None] * k + (v["sucker"] - v["punishment"])[:, None] * (seen - k)
    size = np.max([np.abs(v[name]) for name in ("temptation", "reward", "punishment", "sucker")], axis=0)[:, None] * seen
    equal = np.abs(gain) <= 1e-12 * size
    stay, join = (np.where(equal, tie, gain > 0) for tie in TIES[v["tie"]])
    if seen < n:  # a state that restrains sees one fewer restraining
        stay, join = np.insert(stay, 0, 0.0, axis=1), np.append(join, np.zeros((len(join), 1)), axis=1)
    return stay, join


def kernel(v: Values) -> Array:
    """The logarithms of K of (2) or (3), (P, N + 1, N + 1); -inf where k cannot become j."""
    n, error = int(v["population"]), v["error_probability"][:, None]
    stay, join = answers(v)
    (stay, leave), (join, arm) = (
        (np.log(better * (1 - error) + (1 - better) * error), np.log(better * error + (1 - better) * (1 - error)))
        for better in (stay, join)
    )
    out = np.full((len(stay), n + 1, n + 1), -np.inf)
    for k in range(n + 1):
        if v["revision"] == "all":
            out[:, k] = _sum(_binomial(k, stay[:, k], leave[:, k]), _binomial(n - k, join[:, k], arm[:, k]))
            continue
        share, rest = np.log(np.array([max(k, 1), max(n - k, 1)]) / n)
        kept, still = share + stay[:, k] if k else -np.inf, rest + arm[:, k] if k < n else -np.inf
        out[:, k, k] = np.logaddexp(kept, still)
        if k < n:
            out[:, k, k + 1] = rest + join[:, k]
        if k:
            out[:, k, k - 1] = share + leave[:, k]
    return out


def _binomial(trials: int, success: Array, failure: Array) -> Array:
    """The logarithms of a binomial law, (P, trials + 1), from those of the chances of success and of failure (P,)."""
    i = np.arange(trials + 1)
    ways = np.array([math.log(math.comb(trials, m)) for m in range(trials + 1)])
    return ways + success[:, None] * i + failure[:, None] * (trials - i)


def _sum(one: Array, other: Array) -> Array:
    """The logarithms of the law of a sum of two independent counts, (P, m) and (P, n) -> (P, m + n - 1)."""
    short, long = sorted((one, other), key=lambda law: law.shape[1])
    size = long.shape[1]
    out = np.full((len(one), short.shape[1] + size - 1), -np.inf)
    for i in range(short.shape[1]):
        out[:, i : i + size] = np.logaddexp(out[:, i : i + size], short[:, i, None] + long)
    return out


def errors(v: Values) -> Array:
    """The fewest errors in one period with which k becomes j, (P, N + 1, N + 1); infinite if none do."""
    n = int(v["population"])
    stay, join = answers(v)
    out = np.full((len(stay), n + 1, n + 1), np.inf)
    for k in range(n + 1):
        # a state errs by leaving where its better answer is to stay, by staying where it is to leave, and so on; ties are free
        cost_leave, cost_stay = (stay[:, k] == 1).astype(float), (stay[:, k] == 0).astype(float)
        cost_join, cost_not = (join[:, k] == 0).astype(float), (join[:, k] == 1).astype(float)
        if v["revision"] == "all":
            m = np.arange(n - k + 1)
            armed = cost_join[:, None] * m + cost_not[:, None] * (n - k - m)
            for i in range(k + 1):
                cost = (i * cost_stay + (k - i) * cost_leave)[:, None] + armed
                out[:, k, i : i + n - k + 1] = np.minimum(out[:, k, i : i + n - k + 1], cost)
            continue
        if k < n:
            out[:, k, k + 1] = cost_join
        if k:
            out[:, k, k - 1] = cost_leave
    return out


def stationary(K: Array) -> Array:
    """The logarithms of the stationary laws, from those of irreducible kernels (P, n, n), by state reduction."""
    K, n = K.copy(), K.shape[1]
    for last in range(n - 1, 0, -1):
        K[:, :last, last] -= np.logaddexp.reduce(K[:, last, :last], axis=1)[:, None]
        K[:, :last, :last] = np.logaddexp(K[:, :last, :last], K[:, :last, last, None] + K[:, None, last, :last])
    law = np.zeros(K.shape[:2])
    for k in range(1, n):
        law[:, k] = np.logaddexp.reduce(law[:, :k] + K[:, :k, k], axis=1)
    return law - np.logaddexp.reduce(law, axis=1)[:, None]


def potentials(costs: Array) -> Array:
    """The potentials (6) of costs (P, n, n): state reduction with (minimum, sum) for (sum, product)."""
    costs, n = costs.copy(), costs.shape[1]
    for last in range(n - 1, 0, -1):
        costs[:, :last, last] -= costs[:, last, :last].min(axis=1)[:, None]
        costs[:, :last, :last] = np.minimum(costs[:, :last, :last], costs[:, :last, last, None] + costs[:, None, last, :last])
    out = np.zeros(costs.shape[:2])
    for k in range(1, n):
        out[:, k] = (out[:, :k] + costs[:, :k, k]).min(axis=1)
    return out - out.min(axis=1, keepdims=True)


def _masses(law: Array) -> dict[str, Any]:
    """The outcomes of a stationary law (P, N + 1)."""
    k = np.arange(law.shape[1])
    n = law.shape[1] - 1
    return {
        "distribution": {str(i): law[:, i] for i in k},
        "mass_restraint": law[:, 2 * k > n].sum(axis=1),
        "mass_arming": law[:, 2 * k < n].sum(axis=1),
        "mass_even": law[:, 2 * k == n].sum(axis=1),
        "restraining_share": (law * k).sum(axis=1) / n,
    }


def _limit(potential: Array) -> dict[str, Any]:
    """The outcomes of the potentials (P, N + 1)."""
    k, stable = np.arange(potential.shape[1]), potential < 0.5
    n = potential.shape[1] - 1
    up, down = stable[:, 2 * k > n].sum(axis=1), stable[:, 2 * k < n].sum(axis=1)
    every = stable.sum(axis=1)
    return {
        "potential": {str(i): potential[:, i] for i in k},
        "stochastically_stable": np.where(up == every, 0.0, np.where(down == every, 1.0, 2.0)),
    }


def solve(v: Values) -> dict[str, Any]:
    """Equations (4) to (6)."""
    hunt = (v["reward"] > v["temptation"]) & (v["punishment"] > v["sucker"])
    size = v["reward"] - v["temptation"] + v["punishment"] - v["sucker"]
    threshold = np.where(hunt, (v["punishment"] - v["sucker"]) / size, np.nan)
    law = np.exp(stationary(kernel(v)))
    return {**_masses(law / law.sum(axis=1, keepdims=True)), **_limit(potentials(errors(v))), "risk_threshold": threshold}


def _by_linear_equations(v: dict[str, Any]) -> dict[str, Any]:
    """One kernel from scipy's binomial laws, state by state, and its law as a linear system."""
    from scipy.stats import binom

    n, error, seen = int(v["population"]), float(v["error_probability"]), int(v["population"]) - (v["opponents"] == "others")

    def chance(k: int, restrains: bool) -> float:
        others = k - 1 if restrains and seen < n else k
        restrain = v["reward"] * others + v["sucker"] * (seen - others)
        arm = v["temptation"] * others + v["punishment"] * (seen - others)
        if abs(restrain - arm) <= 1e-9 * (abs(restrain) + abs(arm)):
            better = {"arm": 0.0, "restrain": 1.0, "stay": float(restrains), "either": 0.5}[v["tie"]]
        else:
            better = float(restrain > arm)
        return better * (1 - error) + (1 - better) * error

    K = np.zeros((n + 1, n + 1))
    for k in range(n + 1):
        stay, join = chance(k, True) if k else 0.0, chance(k, False) if k < n else 0.0
        if v["revision"] == "all":
            K[k] = np.convolve(binom.pmf(np.arange(k + 1), k, stay), binom.pmf(np.arange(n - k + 1), n - k, join))
        else:
            for j, p in ((k + 1, (n - k) / n * join), (k - 1, k / n * (1 - stay))):
                if 0 <= j <= n:
                    K[k, j] = p
            K[k, k] = 1 - K[k].sum()
    system = K.T - np.eye(n + 1)
    system[-1] = 1
    law = np.linalg.solve(system, np.eye(n + 1)[-1])
    return {name: _single(x) for name, x in _masses(law[None]).items()} | {"risk_threshold": _indifference(v)}


def _indifference(v: dict[str, Any]) -> float:
    """The chance of restraint at which both answers of a stag hunt pay the same, as a root."""
    from scipy.optimize import brentq

    if not (v["reward"] > v["temptation"] and v["punishment"] > v["sucker"]):
        return np.nan

    def gain(p: float) -> float:
        return p * v["reward"] + (1 - p) * v["sucker"] - p * v["temptation"] - (1 - p) * v["punishment"]

    found: Any = brentq(gain, 0, 1, xtol=1e-14)
    return found


def _by_small_errors(v: dict[str, Any]) -> dict[str, Any]:
    """The potentials as slopes of log pi_k against log epsilon, between two very small ones."""
    one = {name: np.array([x]) if isinstance(x, float | np.floating) else x for name, x in v.items()}
    few = [stationary(kernel({**one, "error_probability": np.array([error])})) for error in (1e-9, 1e-10)]
    slope = (few[0] - few[1]) / np.log(10.0)
    return {name: _single(x) for name, x in _limit(np.round(slope)).items()}


def _single(found: Any) -> Any:
    return {entry: float(x[0]) for entry, x in found.items()} if isinstance(found, dict) else float(found[0])


def _answers() -> tuple[Answer, ...]:
    by_chain = "equations (2) and (4): two kernels, two linear solvers; ties go to arming"
    hunt = {"temptation": 3.0, "reward": 4.0, "punishment": 2.0, "sucker": 0.0}
    mild = {"temptation": 2.0, "reward": 4.0, "punishment": 1.0, "sucker": 0.0}
    out = []
    for given, outcome, threshold, stable, masses in (
        (hunt, "mass_arming", 2 / 3, 1, {0.1: 0.998359, 0.05: 0.999936}),
        (mild, "mass_restraint", 1 / 3, 0, {0.1: 0.997468, 0.05: 0.999851}),
    ):
        for error, mass in masses.items():
            out.append(Answer({**given, "error_probability": error}, outcome, mass, 5e-7, "derived", by_chain))
        out.append(Answer(given, "risk_threshold", threshold, 1e-12, "derived", "equation (5)"))
        out.append(
            Answer(given, "stochastically_stable", stable, 0.0, "derived", "equations (5) and (6): the risk-dominant action")
        )
    return tuple(out)


def _payoff(name: str, text: str, default: float) -> Key:
    return Key(name, Number(unit="payoff"), text, default)


CONVENTIONS: Final = Model(
    name="stochastic_stability",
    label="B12",
    title="Conventions in the long run",
    question="Which convention, restraint or arming, survives occasional errors in a population of states?",
    citation=CITATION,
    parameters=(
        _payoff("temptation", "T: arming against restraint.", 3.0),
        _payoff("reward", "R: both restrain.", 4.0),
        _payoff("punishment", "P: both arm.", 2.0),
        _payoff("sucker", "S: restraint against arming.", 0.0),
        Key("error_probability", Number(0.0, 0.5, above=0.0, unit="probability"), "epsilon: taking the worse answer.", 0.1),
        Key("population", Whole(2, 200), "N: how many states there are.", 10, structure=True),
        Key(
            "revision",
            Choice(("all", "one")),
            "Who revises in a period: all (2), or one drawn at random (3).",
            "all",
            structure=True,
        ),
        Key(
            "opponents",
            Choice(("others", "all")),
            "Whose actions a state answers: the others', or all with its own.",
            "others",
            structure=True,
        ),
        Key("tie", Choice(tuple(TIES)), "What a state does where both answers are equally good.", "arm", structure=True),
    ),
    symbols={
        "T": "temptation",
        "R": "reward",
        "P": "punishment",
        "S": "sucker",
        "epsilon": "error_probability",
        "eps": "error_probability",
        "N": "population",
    },
    outcomes=(
        Outcome("distribution", "share", "Long-run share of periods with k states restraining (4).", index="restraining"),
        Outcome("mass_restraint", "share", "Long-run share of periods in which more than half restrain."),
        Outcome("mass_arming", "share", "Long-run share of periods in which more than half arm."),
        Outcome("mass_even", "share", "Long-run share of periods in which exactly half restrain."),
        Outcome("restraining_share", "share", "Long-run share of restraint among all actions."),
        Outcome(
            "risk_threshold",
            "",
            "p*: restraint pays if the other restrains with at least this probability (5).",
            undefined="The game is no stag hunt: it must have reward > temptation and punishment > sucker.",
        ),
        Outcome("potential", "errors", "The power of epsilon with which each k becomes rare (6).", index="restraining"),
        Outcome("stochastically_stable", "", "Which side keeps all mass as errors become rare (6).", words=SIDES),
    ),
    solve=solve,
    ways=(
        Way("scipy's binomial laws and a linear system", each_point(_by_linear_equations)),
        Way("slopes at very small errors", each_point(_by_small_errors)),
    ),
    caveats=(
        "With own actions left out, ties and simultaneous revision matter at finite epsilon: other rules give other digits.",
        "An error is to take the worse answer; where an error means a random action, epsilon here is half of it.",
        "The numbers are ours, for this kernel; the papers prove the limit.",
    ),
    answers=_answers(),
)

MODELS: Final = (CONVENTIONS,)
