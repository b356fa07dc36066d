"""Deadline bargaining: one party offers to extend a treaty, at a price or not; the other signs, waits or lets it lapse.

n = T, ..., 1 periods are left to the deadline.  In each the proposer in office has an offer: L more years of the treaty for a
transfer x from the responder.  The responder has a fresh private cost of signing, logistic with mean 0 and precision lambda
(infinitely sharp: none), and signs or waits.  Just before the period with h periods left the proposer's office changes with
probability pi to a successor with another offer (L', x').  What is not signed at the deadline lapses, at cost K to the responder.

(1) worth of an offer       S = y (1 - delta^L) / (1 - delta) - x,  S' alike;  y a year of the treaty, delta the discount factor;
                            L = 0 is no offer: S = minus infinity
(2) cost of waiting         c(n) = c n^(-k): level if k = 0, the steeper the closer the deadline
(3) waiting                 w(n) = -c(n) + V(n - 1),  V(0) = -K;  each for the first proposer and for the successor
(4) signs with              P(n) = 1 / (1 + exp(-lambda (S - w(n)))),  V(n) = w(n) + ln(1 + exp(lambda (S - w(n)))) / lambda
(5) the change              V(h) of the first proposer is replaced by (1 - pi) V(h) + pi V'(h), seen from n = h + 1
(6) agreement by n          1 - product of (1 - P) over the periods so far, over both proposers after the change
(7) without private costs   with C the sum of c over n = 1..h and D that over n = h + 1..T, N = max(S', -C - K) and
                            G = y (1 - delta^L) / (1 - delta),
                            the most that the first proposer can ask and be signed at once is (pi = 0 unless 1 <= h < T)
                            x* = G + D - pi N + (1 - pi)(C + K)   if pi (N + C + K) <= D,   else G - N + D / pi
(8) cooperation under it    with d and f the yearly probabilities of alarm after cheating and without, p the yearly loss when the
                            treaty is dead, rho the chance that a term is renewed (for as long again) if nobody was accused:
                            W = p sum_{j<L} (delta (1 - f))^j / (1 - rho (delta (1 - f))^L);
                            the last year of a term is the most tempting: grim trigger holds iff g <= g* = (d - f) delta rho W
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import numpy as np

from sim.declare import Key, Number, Whole, nonnegative, positive, probability
from sim.models.model import Answer, Estimate, Model, Outcome, Premise, Values, Way, each_point, points
from sim.models.payoffs import TIE

CITATION: Final = (
    "Rubinstein, Perfect equilibrium in a bargaining model, Econometrica 50 (1982) 97-109.",
    "Fearon, Bargaining, enforcement, and international cooperation, International Organization 52 (1998) 269-305.",
    "Rust, Optimal replacement of GMC bus engines, Econometrica 55 (1987) 999-1033 (fresh private costs in each period).",
    "Friedman, A non-cooperative equilibrium for supergames, Review of Economic Studies 38 (1971) 1-12.",
)

WHO: Final = ("first proposer", "successor", "nobody")
PLAYS: Final = 40_000


def years(discount: Any, length: Any) -> Any:
    """Discounted number of years of a term, (1 - delta^L) / (1 - delta); L where delta is 1."""
    below = discount < 1
    safe = np.where(below, discount, 0.5)
    return np.where(below, (1 - safe**length) / (1 - safe), length)


def worths(v: Values) -> tuple[Any, Any]:
    """S and S' of (1)."""
    y, delta = v["yearly_value"], v["discount_factor"]

    def worth(length: Any, price: Any) -> Any:
        return np.where(length > 0, y * years(delta, length) - price, -np.inf)

    return worth(v["offer_length"], v["precondition"]), worth(v["successor_length"], v["successor_precondition"])


def waiting_cost(v: Values, left: int) -> Any:
    """c(n) of (2), (P,)."""
    return v["delay_cost"] * float(left) ** -v["delay_rise"]


def signing(v: Values) -> tuple[np.ndarray, np.ndarray]:
    """P(n) of (4) for the first proposer and for the successor, shape (T, P), row 0 the first period (n = T)."""
    first, second = worths(v)
    total, sharp, change = v["periods"], v["precision"], v["change_before"]
    value = [-v["lapse_cost"], -v["lapse_cost"]]
    found: list[list[Any]] = [[], []]
    for left in range(1, total + 1):
        for who, worth in enumerate((first, second)):
            wait = -waiting_cost(v, left) + value[who]
            edge = sharp * (worth - wait)
            found[who].insert(0, 0.5 * (1 + np.tanh(edge / 2)))
            value[who] = wait + np.logaddexp(0, edge) / sharp
        seen = (1 - v["change_probability"]) * value[0] + v["change_probability"] * value[1]
        value[0] = np.where(change == left, seen, value[0])
    return np.array(found[0]), np.array(found[1])


def solve(v: Values) -> dict[str, Any]:
    """Equations (1) to (8)."""
    total, change = v["periods"], v["change_before"]
    by_first, by_second = signing(v)
    old, new = np.ones_like(v["precision"]), np.zeros_like(v["precision"])  # unsigned, with the proposer in office
    signed = [np.zeros_like(old), np.zeros_like(old)]
    agreed, hazard = {}, {}
    for row, left in enumerate(range(total, 0, -1)):
        turned = np.where(change == left, v["change_probability"], 0.0) * old
        old, new = old - turned, new + turned
        now = (old * by_first[row], new * by_second[row])
        hazard[str(left)] = (now[0] + now[1]) / (old + new)
        signed = [signed[0] + now[0], signed[1] + now[1]]
        old, new = old - now[0], new - now[1]
        agreed[str(left)] = signed[0] + signed[1]
    none = np.maximum(1 - signed[0] - signed[1], 0.0)
    proposer = (
        signed[0] * (v["proposer_value"] * years(v["discount_factor"], v["offer_length"]) + v["precondition"])
        - none * v["proposer_lapse_cost"]
    )
    return {
        "agreement": signed[0] + signed[1],
        "agreed_by": agreed,
        "signing_probability": hazard,
        "signed_with": dict(zip(WHO, (*signed, none), strict=True)),
        "expected_length": signed[0] * v["offer_length"] + signed[1] * v["successor_length"],
        "first_proposer_payoff": proposer,
        "highest_precondition": most(v),
        **cooperation(v),
    }


def most(v: Values) -> Any:
    """x* of (7)."""
    whole = v["yearly_value"] * years(v["discount_factor"], v["offer_length"])
    late = sum(np.where(left <= v["change_before"], waiting_cost(v, left), 0.0) for left in range(1, v["periods"] + 1))
    early = sum(np.where(left > v["change_before"], waiting_cost(v, left), 0.0) for left in range(1, v["periods"] + 1))
    within = (v["change_before"] >= 1) & (v["change_before"] < v["periods"])
    pi, end = np.where(within, v["change_probability"], 0.0), late + v["lapse_cost"]
    new = np.maximum(worths(v)[1], -end)
    safe = np.where(pi > 0, pi, 1.0)
    found = np.where(pi * (new + end) <= early, whole + early - pi * new + (1 - pi) * end, whole - new + early / safe)
    return np.where(v["offer_length"] > 0, found, np.nan)


def cooperation(v: Values) -> dict[str, Any]:
    """Equation (8), for the first proposer's length."""
    keep = v["discount_factor"] * (1 - v["false_alarm"])
    worth = v["loss_without_treaty"] * years(keep, v["offer_length"]) / (1 - v["renewal"] * keep ** v["offer_length"])
    limit = (v["detection"] - v["false_alarm"]) * v["discount_factor"] * v["renewal"] * worth
    return {
        "restrained_gain": limit,
        "cooperation_holds": (v["gain_by_cheating"] <= limit + TIE * np.abs(limit)).astype(float),
    }


@each_point
def by_tree(at: Mapping[str, Any]) -> dict[str, Any]:
    """The tree walked from its root, values by integration over the private cost, (7) by bisection over whole plans."""
    from scipy.integrate import quad

    v = {name: float(x) if name != "periods" else int(x) for name, x in at.items()}
    total, sharp, change, pi = int(v["periods"]), v["precision"], v["change_before"], v["change_probability"]

    def value(years_: float, price: float) -> float:
        weights, whole = v["discount_factor"], int(years_)
        part = years_ - whole
        summed = sum(weights**j for j in range(whole))
        if part > 0:
            summed = (1 - weights**years_) / (1 - weights) if weights < 1 else years_
        return v["yearly_value"] * summed - price

    def there(length: float, price: float) -> float:
        return value(length, price) if length > 0 else -np.inf

    offers = (there(v["offer_length"], v["precondition"]), there(v["successor_length"], v["successor_precondition"]))
    known: dict[tuple[int, int], tuple[float, float]] = {}

    def walk(left: int, who: int) -> tuple[float, float]:  # probability of signing, value
        if left == 0:
            return 0.0, -v["lapse_cost"]
        if (left, who) not in known:
            ahead = walk(left - 1, who)[1]
            if who == 0 and change == left - 1:
                ahead = (1 - pi) * ahead + pi * walk(left - 1, 1)[1]
            wait = ahead - v["delay_cost"] / left ** v["delay_rise"]
            edge = offers[who] - wait
            if np.isinf(edge):
                known[left, who] = (0.0, wait)
                return known[left, who]

            def density(e: float) -> float:
                return sharp / (4 * np.cosh(sharp * e / 2) ** 2)

            low, reach = -60 / sharp, min(max(edge, -60 / sharp), 60 / sharp)
            points_ = sorted({0.0, reach}) if reach > 0 else [reach]
            share = sum(quad(density, a, b, epsabs=1e-13, limit=200)[0] for a, b in zip([low, *points_], points_, strict=False))
            gained = sum(
                quad(lambda e: (edge - e) * density(e), a, b, epsabs=1e-13, limit=200)[0]
                for a, b in zip([low, *points_], points_, strict=False)
            )
            known[left, who] = (share, wait + gained + max(edge - 60 / sharp, 0.0))
        return known[left, who]

    def chance(left: int, who: int) -> tuple[float, float]:  # signed with the first, with the successor
        if left == 0:
            return 0.0, 0.0
        if who == 0 and change == left:
            same, other = chance_from(left, 0), chance_from(left, 1)
            return tuple((1 - pi) * a + pi * b for a, b in zip(same, other, strict=True))  # type: ignore[return-value]
        return chance_from(left, who)

    def chance_from(left: int, who: int) -> tuple[float, float]:
        now = walk(left, who)[0]
        later = chance(left - 1, who)
        return (now * (who == 0) + (1 - now) * later[0], now * (who == 1) + (1 - now) * later[1])

    def plan(price: float) -> float:  # the best that waiting a period can bring, without private costs
        offer = (value(v["offer_length"], price), offers[1])

        def best(left: int, who: int) -> float:
            return -v["lapse_cost"] if left == 0 else max(offer[who], later(left, who))

        def later(left: int, who: int) -> float:
            ahead = best(left - 1, who)
            if who == 0 and change == left - 1:
                ahead = (1 - pi) * ahead + pi * best(left - 1, 1)
            return ahead - v["delay_cost"] / left ** v["delay_rise"]

        return offer[0] - later(total, 0)

    low, high = -1.0, 1.0
    while plan(low) < -1e-11:
        low *= 2
    while plan(high) > -1e-11:
        high *= 2
    for _ in range(100):
        middle = (low + high) / 2
        low, high = (middle, high) if plan(middle) >= -1e-11 else (low, middle)
    signed = chance(total, 0)
    return {
        "agreement": sum(signed),
        "signed_with": dict(zip(WHO, (*signed, 1 - sum(signed)), strict=True)),
        "highest_precondition": low if v["offer_length"] > 0 else float("nan"),
        "restrained_gain": _by_years(v),
    }


def _by_years(v: Mapping[str, Any]) -> float:
    """g* of (8) with W summed year by year over many terms; whole lengths only, else nan."""
    length = round(v["offer_length"])
    if abs(length - v["offer_length"]) > 0 or v["renewal"] * (v["discount_factor"] * (1 - v["false_alarm"])) ** length > 0.99:
        return float("nan")
    weight, total = 1.0, 0.0
    for year in range(length * 3000):
        total += weight
        weight *= v["discount_factor"] * (1 - v["false_alarm"]) * (v["renewal"] if (year + 1) % length == 0 else 1.0)
        if weight < 1e-16:
            break
    return (v["detection"] - v["false_alarm"]) * v["discount_factor"] * v["renewal"] * v["loss_without_treaty"] * total


def by_playing(v: Values, *, rng: np.random.Generator) -> dict[str, Any]:
    """Negotiations played out: a private cost of signing in every period, and the change of the proposer."""
    size, total = points(v), int(v["periods"])
    chances = signing(v)
    signed = {name: (np.empty(size), np.empty(size)) for name in WHO}
    for n in range(size):
        office, done = np.zeros(PLAYS, int), np.full(PLAYS, 2)
        for row, left in enumerate(range(total, 0, -1)):
            if v["change_before"][n] == left:
                office = np.where(rng.random(PLAYS) < v["change_probability"][n], 1, office)
            chance = np.array([chances[0][row][n], chances[1][row][n]])
            cost = rng.logistic(0, 1 / v["precision"][n], PLAYS)
            with np.errstate(divide="ignore"):
                limit = np.log(chance / (1 - chance)) / v["precision"][n]  # S - w: signs if its cost is below
            done = np.where((done == 2) & (cost <= limit[office]), office, done)
        for k, name in enumerate(WHO):
            share = (done == k).mean()
            signed[name][0][n], signed[name][1][n] = share, np.sqrt(max(share * (1 - share), 1 / PLAYS) / PLAYS)
    return {"signed_with": {name: Estimate(*x) for name, x in signed.items()}}


def _answers() -> tuple[Answer, ...]:
    last = {"periods": 1, "delay_cost": 0.1, "lapse_cost": 0.5, "yearly_value": 1.0, "precondition": 1.0, "precision": 5.0}
    # L = 1: S = 1 - 1 = 0, w = -0.1 - 0.5, so P = 1 / (1 + exp(-5 x 0.6)); no change within one period
    ask = {"yearly_value": 1.0, "discount_factor": 0.9, "delay_rise": 0.0, "delay_cost": 0.1, "lapse_cost": 1.0}
    # T = 12, h = 3: C = 0.3, D = 0.9; S' = 4.0951 for five years at no price = N; L = 1: G = 1
    term = {"discount_factor": 0.9, "false_alarm": 0.0, "detection": 0.5, "renewal": 0.5, "loss_without_treaty": 1.0}
    hand, tree = "by hand", "by hand; the tree walked from its root agrees"
    return (
        Answer({**last, "change_before": 0.0}, "agreement", 0.952574, 5e-7, "derived", f"equation (4), {tree}"),
        Answer({**last, "change_before": 0.0}, "signed_with", 0.047426, 5e-7, "derived", f"equation (4), {tree}", entry=WHO[2]),
        Answer({**ask, "change_probability": 0.0}, "highest_precondition", 3.2, 1e-9, "derived", f"(7): 1 + 0.9 + 1.3, {tree}"),
        # pi (N + C + K) = 0.1 x 5.3951 = 0.53951 <= D: 1 + 0.9 - 0.40951 + 0.9 x 1.3
        Answer({**ask, "change_probability": 0.1}, "highest_precondition", 2.66049, 1e-9, "derived", f"equation (7), {tree}"),
        # 0.5 x 5.3951 > D: 1 - 4.0951 + 0.9 / 0.5
        Answer({**ask, "change_probability": 0.5}, "highest_precondition", -1.2951, 1e-9, "derived", f"equation (7), {tree}"),
        Answer(term, "restrained_gain", 0.409091, 5e-7, "derived", f"equation (8): 0.225 / 0.55, {hand}; summed year by year"),
        Answer(
            {**term, "offer_length": 5.0}, "restrained_gain", 1.307401, 5e-7, "derived", "(8): 0.225 x 4.0951 / 0.704755, by hand"
        ),
        Answer({**term, "gain_by_cheating": 0.5}, "cooperation_holds", 0.0, 0.0, "derived", "0.5 > 0.409091"),
        Answer(
            {**term, "gain_by_cheating": 0.5, "offer_length": 5.0}, "cooperation_holds", 1.0, 0.0, "derived", "0.5 < 1.307401"
        ),
    )


DEADLINE: Final = Model(
    name="deadline_bargaining",
    label="D1",
    title="Deadline bargaining",
    question="When is an extension signed, at what price and for how long, and what does its length do to cooperation?",
    citation=CITATION,
    parameters=(
        Key("periods", Whole(1, 200), "T: periods to the deadline.", 12, structure=True),
        Key("offer_length", nonnegative("years"), "L: the extension that the first proposer offers; 0: none.", 1.0),
        Key("precondition", Number(unit="payoff"), "x: what the responder pays for it.", 0.5),
        Key("change_probability", probability(), "pi: the proposer's office changes.", 0.5),
        Key("change_before", Number(0.0, unit="periods left", whole=True), "h: just before this period; 0: never.", 3.0),
        Key("successor_length", nonnegative("years"), "L': the successor's offer; 0: none.", 5.0),
        Key("successor_precondition", Number(unit="payoff"), "x': its price.", 0.0),
        Key("yearly_value", nonnegative("payoff per year"), "y: worth of a year of the treaty to the responder.", 0.5),
        Key("discount_factor", probability("per year"), "delta: of a year.", 0.85),
        Key("lapse_cost", nonnegative("payoff"), "K: what the lapse costs the responder beyond the years lost.", 0.5),
        Key("delay_cost", nonnegative("payoff"), "c: cost of waiting in the last period.", 0.1),
        Key("delay_rise", nonnegative(""), "k: how steeply the cost of waiting rises to the deadline.", 1.0),
        Key("precision", positive("1 / payoff"), "lambda: of the responder's private cost of signing.", 4.0),
        Key("proposer_value", nonnegative("payoff per year"), "Worth of a year of the treaty to the first proposer.", 0.5),
        Key("proposer_lapse_cost", nonnegative("payoff"), "What the lapse costs the first proposer.", 0.5),
        Key("gain_by_cheating", nonnegative("payoff"), "g: gain of a year of cheating.", 0.5),
        Key("loss_without_treaty", nonnegative("payoff per year"), "p: what a year without the treaty costs.", 1.0),
        Key("detection", probability("per year"), "d: an alarm after a year of cheating.", 0.5),
        Key("false_alarm", probability("per year"), "f: an alarm after a year of compliance.", 0.05),
        Key("renewal", probability("per term"), "rho: a term without alarm is renewed.", 0.5),
    ),
    symbols={
        "T": "periods",
        "L": "offer_length",
        "x": "precondition",
        "pi": "change_probability",
        "h": "change_before",
        "y": "yearly_value",
        "delta": "discount_factor",
        "K": "lapse_cost",
        "c": "delay_cost",
        "k": "delay_rise",
        "lambda": "precision",
        "g": "gain_by_cheating",
        "p": "loss_without_treaty",
        "d": "detection",
        "f": "false_alarm",
        "rho": "renewal",
    },
    outcomes=(
        Outcome("agreement", "probability", "An extension is signed by the deadline (6)."),
        Outcome("agreed_by", "probability", "It is signed by the end of the period with so many left (6).", index="periods left"),
        Outcome(
            "signing_probability",
            "probability",
            "It is signed in the period if it was not before.",
            index="periods left",
            undefined="It was signed before for certain.",
        ),
        Outcome("signed_with", "probability", "With whom it is signed.", index="proposer"),
        Outcome("expected_length", "years", "Expected years of extension, 0 if none is signed."),
        Outcome(
            "first_proposer_payoff", "payoff", "What the first proposer expects of its own offer, less a lapse; without delay."
        ),
        Outcome(
            "highest_precondition",
            "payoff",
            "x*: the most it could ask and be signed at once (7).",
            undefined="There is no offer.",
        ),
        Outcome(
            "restrained_gain",
            "payoff",
            "g*: the largest gain of cheating that the first offer's term restrains (8).",
            undefined="A term of no years that is always renewed.",
        ),
        Outcome(
            "cooperation_holds",
            "",
            "1 if g <= g*: nobody cheats in any year of a term (8).",
        ),
    ),
    premises=(Premise("the discount factor is positive", lambda v: v["discount_factor"] > 0),),
    solve=solve,
    ways=(
        Way("the tree walked from its root", by_tree),
        Way("negotiations played out", by_playing, random=True),
    ),
    caveats=(
        "Offers are given, not chosen: the first proposer never lowers its price; its payoff tells what each offer would bring.",
        "The responder knows the chance of a successor and its offer; private costs are fresh in each period and last for none.",
        "Waiting costs and the lapse are the responder's; those of the proposer enter its payoff as a lapse only.",
        "In (8) years are alike, an alarm ends the treaty for good, and what is cheated is found, if at all, within the year.",
        "All formulas are derived here; the papers give the ideas.",
    ),
    answers=_answers(),
)

MODELS: Final = (DEADLINE,)
