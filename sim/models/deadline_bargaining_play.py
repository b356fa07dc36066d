"""Deadline bargaining solved, walked and played: equations in sim/models/deadline_bargaining.py."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import numpy as np

from sim.models.model import Estimate, Values, each_point, points
from sim.models.payoffs import TIE

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
    limit = np.where(v["detection"] >= v["false_alarm"], limit, np.nan)
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
    """g* of (8) with W summed year by year over many terms; whole lengths and d >= f only, else nan."""
    length = round(v["offer_length"])
    if v["detection"] < v["false_alarm"] or abs(length - v["offer_length"]) > 0:
        return float("nan")
    if v["renewal"] * (v["discount_factor"] * (1 - v["false_alarm"])) ** length > 0.99:
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
