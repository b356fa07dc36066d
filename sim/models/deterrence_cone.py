"""Mutual deterrence by numbers of weapons: the cone in the plane of the two arsenals.

M_A, M_B are the weapons of A and B.  A first strike of B fires at rate alpha for a time theta; a weapon fired destroys f of A's
weapons.  A then retaliates with what survives, at rate beta for a time psi; each weapon does damage v.  C is the damage that a
state finds unacceptable.

(1) destroyed per weapon    s_B = f_B (1 - exp(-alpha_B theta_B)), weapons of A per weapon of B; s_A likewise
(2) needed to deter         K_B = C_B / (v_A (1 - exp(-beta_A psi_A))), surviving weapons of A that deter B; K_A likewise
(3) A deters B              M_A - s_B M_B >= K_B
    B deters A              M_B - s_A M_A >= K_A
(4) the cone of both        exists where s_A s_B < 1; its vertex is M_A = (K_B + s_B K_A) / (1 - s_A s_B),
                            M_B = (K_A + s_A K_B) / (1 - s_A s_B)
(5) least parity            M_A = M_B = max(K_B / (1 - s_B), K_A / (1 - s_A)), where s_A, s_B < 1

K_A and K_B are given as they are, unless an unacceptable damage is given, from which (2) then makes them.  s_A and s_B are
made by (1), unless they are given as exchange ratios, which then count in place of f, alpha and theta.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from sim.declare import Key, nonnegative, positive
from sim.models.model import Answer, Model, Outcome, Values, Way, each_point

CITATION: Final = (
    "Intriligator, Strategic considerations in the Richardson model of arms races, Journal of Political Economy 83 (1975).",
    "Intriligator and Brito, Can arms races lead to the outbreak of war?, Journal of Conflict Resolution 28 (1984) 63-84.",
)

SIDES: Final = ("a", "b")
OTHER: Final = {"a": "b", "b": "a"}
REGIONS: Final = ("neither deters", "one deters", "both deter")


def destroyed(v: Values, side: str) -> np.ndarray:
    """s, given or by (1): weapons of the other side destroyed per weapon of this one."""
    if f"exchange_ratio_{side}" in v:
        return v[f"exchange_ratio_{side}"]
    return v[f"counterforce_{side}"] * -np.expm1(-v[f"strike_rate_{side}"] * v[f"strike_time_{side}"])


def needed(v: Values, side: str) -> np.ndarray:
    """K of (2): surviving weapons of the other side that deter this one."""
    if f"unacceptable_damage_{side}" not in v:
        return v[f"weapons_to_deter_{side}"]
    other = OTHER[side]
    share = -np.expm1(-v[f"retaliation_rate_{other}"] * v[f"retaliation_time_{other}"])
    damage = v[f"unacceptable_damage_{side}"]
    return np.where(damage > 0, damage / (v[f"damage_per_weapon_{other}"] * share), 0.0)


def solve(v: Values) -> dict[str, Any]:
    """Equations (1) to (5)."""
    s_a, s_b, k_a, k_b = destroyed(v, "a"), destroyed(v, "b"), needed(v, "a"), needed(v, "b")
    margin_a = v["weapons_a"] - s_b * v["weapons_b"] - k_b
    margin_b = v["weapons_b"] - s_a * v["weapons_a"] - k_a
    rest = 1 - s_a * s_b
    exists = (rest > 0) & np.isfinite(k_a) & np.isfinite(k_b)
    first, second = margin_a >= 0, margin_b >= 0
    parity = np.where((s_a < 1) & (s_b < 1), np.maximum(k_b / (1 - s_b), k_a / (1 - s_a)), np.nan)
    return {
        "destroyed_per_weapon_a": s_a,
        "destroyed_per_weapon_b": s_b,
        "needed_to_deter_a": k_a,
        "needed_to_deter_b": k_b,
        "margin_a": margin_a,
        "margin_b": margin_b,
        "a_deters_b": first.astype(float),
        "b_deters_a": second.astype(float),
        "mutual_deterrence": (first & second).astype(float),
        "region": first.astype(float) + second,
        "cone_exists": exists.astype(float),
        "vertex_a": np.where(exists, (k_b + s_b * k_a) / rest, np.nan),
        "vertex_b": np.where(exists, (k_a + s_a * k_b) / rest, np.nan),
        "least_parity": parity,
    }


@each_point
def by_strikes(at: dict[str, Any]) -> dict[str, float]:
    """Strikes integrated over time, the vertex by linear programming, least parity by Brent's method."""
    from scipy.integrate import quad
    from scipy.optimize import linprog, root_scalar

    def fired(rate: float, time: float) -> float:
        return quad(lambda t: rate * np.exp(-rate * t), 0.0, time, epsabs=1e-13, epsrel=1e-12)[0]

    s, k = {}, {}
    for side in SIDES:
        s[side] = at[f"counterforce_{side}"] * fired(at[f"strike_rate_{side}"], at[f"strike_time_{side}"])
        s[side] = at.get(f"exchange_ratio_{side}", s[side])
        k[side] = at[f"weapons_to_deter_{side}"]
        if f"unacceptable_damage_{side}" in at:
            other = OTHER[side]
            damage = at[f"unacceptable_damage_{side}"]
            harm = at[f"damage_per_weapon_{other}"] * fired(at[f"retaliation_rate_{other}"], at[f"retaliation_time_{other}"])
            k[side] = 0.0 if damage == 0 else damage / harm if harm > 0 else np.inf
    names = ("destroyed_per_weapon_a", "destroyed_per_weapon_b", "needed_to_deter_a", "needed_to_deter_b")
    out: dict[str, float] = dict(zip(names, (s["a"], s["b"], k["a"], k["b"]), strict=True))
    if not all(np.isfinite(x) for x in k.values()):
        return {**out, "vertex_a": np.nan, "vertex_b": np.nan, "least_parity": np.nan}
    # The cone is what both deterrence conditions allow; where it exists its vertex has the least weapons in all.
    least = linprog([1.0, 1.0], A_ub=[[-1.0, s["b"]], [s["a"], -1.0]], b_ub=[-k["b"], -k["a"]], method="highs")
    out |= zip(("vertex_a", "vertex_b"), least.x if least.success else (np.nan, np.nan), strict=True)

    def spare(weapons: float) -> float:
        return min(weapons * (1 - s["b"]) - k["b"], weapons * (1 - s["a"]) - k["a"])

    most = 2 * max(k.values()) / max(1 - max(s.values()), 1e-12) + 1
    crossing = max(s.values()) < 1 and max(k.values()) > 0
    out["least_parity"] = root_scalar(spare, bracket=(0.0, most), rtol=1e-14).root if crossing else np.nan
    return out


def _keys() -> tuple[Key, ...]:
    out: list[Key] = []
    main = {"a": (400.0, 0.5, 1.0, 200.0), "b": (400.0, 0.4, 1.2, 250.0)}
    for side in SIDES:
        me, you = side.upper(), OTHER[side].upper()
        weapons, counterforce, time, needed_ = main[side]
        out += [
            Key(f"weapons_{side}", nonnegative("weapons"), f"M_{me}: weapons of {me}.", weapons),
            Key(
                f"counterforce_{side}",
                nonnegative("weapons per weapon"),
                f"f_{me}: weapons of {you} destroyed by a weapon of {me}.",
                counterforce,
            ),
            Key(f"strike_rate_{side}", nonnegative("per hour"), f"alpha_{me}: rate at which {me} fires in a first strike.", 1.0),
            Key(f"strike_time_{side}", nonnegative("hours"), f"theta_{me}: time until {you} answers a strike of {me}.", time),
            Key(
                f"exchange_ratio_{side}",
                nonnegative("weapons per weapon"),
                f"s_{me}: weapons of {you} destroyed per weapon of {me}; if given, in place of (1) and of f, alpha and theta.",
                None,
            ),
            Key(
                f"weapons_to_deter_{side}",
                nonnegative("weapons"),
                f"K_{me}: surviving weapons of {you} that deter {me}.",
                needed_,
            ),
            Key(
                f"unacceptable_damage_{side}",
                nonnegative("damage"),
                f"C_{me}: damage that {me} finds unacceptable; if given, K_{me} is made from it by (2).",
                None,
            ),
            Key(
                f"damage_per_weapon_{side}",
                positive("damage per weapon"),
                f"v_{me}: damage by a retaliating weapon of {me}.",
                1.0,
            ),
            Key(f"retaliation_rate_{side}", positive("per hour"), f"beta_{me}: rate at which {me} retaliates.", 1.0),
            Key(f"retaliation_time_{side}", positive("hours"), f"psi_{me}: time for which {me} retaliates.", 1.0),
        ]
    return tuple(out)


LETTERS: Final = {
    "M": "weapons",
    "f": "counterforce",
    "alpha": "strike_rate",
    "theta": "strike_time",
    "s": "exchange_ratio",
    "K": "weapons_to_deter",
    "C": "unacceptable_damage",
    "v": "damage_per_weapon",
    "beta": "retaliation_rate",
    "psi": "retaliation_time",
}


def _answers() -> tuple[Answer, ...]:
    source = "equations (1) and (4), by hand and by linear programming"
    out = [
        Answer({}, "vertex_a", 335.549, 5e-4, "derived", source),
        Answer({}, "vertex_b", 306.054, 5e-4, "derived", source),
    ]
    # The same K by way of (2): C = K v (1 - 1/e).
    damage = {f"unacceptable_damage_{side}": -np.expm1(-1.0) * k for side, k in (("a", 200.0), ("b", 250.0))}
    told = {name: float(x) for name, x in damage.items()}
    out.append(Answer(told, "vertex_a", 335.549, 5e-4, "derived", f"{source}, K by (2)"))
    # (250 + 200 / 4) / (1 - 1/8)
    ratios = {"exchange_ratio_a": 0.5, "exchange_ratio_b": 0.25}
    out.append(Answer(ratios, "vertex_a", 2400 / 7, 1e-9, "derived", "equation (4) with s as given, by hand"))
    return tuple(out)


NOTHING: Final = "No number of weapons deters: retaliation has no rate or no time."
EMPTY: Final = f"There is no cone: s_A s_B is 1 or more, so that no numbers deter both. Or: {NOTHING}"

CONE: Final = Model(
    name="deterrence_cone",
    label="C1",
    title="The cone of mutual deterrence",
    question="How many weapons deter on both sides, and when is there no such number?",
    citation=CITATION,
    parameters=_keys(),
    symbols={f"{letter}_{side.upper()}": f"{name}_{side}" for side in SIDES for letter, name in LETTERS.items()},
    outcomes=(
        Outcome("destroyed_per_weapon_a", "weapons per weapon", "s_A: weapons of B destroyed per weapon of A, given or by (1)."),
        Outcome("destroyed_per_weapon_b", "weapons per weapon", "s_B: weapons of A destroyed per weapon of B, given or by (1)."),
        Outcome("needed_to_deter_a", "weapons", "K_A: surviving weapons of B that deter A (2).", undefined=NOTHING),
        Outcome("needed_to_deter_b", "weapons", "K_B: surviving weapons of A that deter B (2).", undefined=NOTHING),
        Outcome("margin_a", "weapons", "M_A - s_B M_B - K_B: what A has beyond deterring B (3).", undefined=NOTHING),
        Outcome("margin_b", "weapons", "M_B - s_A M_A - K_A: what B has beyond deterring A (3).", undefined=NOTHING),
        Outcome("a_deters_b", "", "1 if A deters B (3), else 0."),
        Outcome("b_deters_a", "", "1 if B deters A (3), else 0."),
        Outcome("mutual_deterrence", "", "1 if both deter: the arsenals lie in the cone."),
        Outcome("region", "", "How many of the two deter (3).", words=REGIONS),
        Outcome("cone_exists", "", "1 if some arsenals deter both (4), else 0."),
        Outcome("vertex_a", "weapons", "M_A at the vertex of the cone (4).", undefined=EMPTY),
        Outcome("vertex_b", "weapons", "M_B at the vertex of the cone (4).", undefined=EMPTY),
        Outcome(
            "least_parity",
            "weapons",
            "The least equal arsenals that deter both (5).",
            undefined=f"Equal arsenals never deter both: a weapon destroys one or more of the other side. Or: {NOTHING}",
        ),
    ),
    solve=solve,
    ways=(Way("strikes integrated, linear programming, Brent's method", by_strikes),),
    caveats=(
        "The structure is as remembered from Intriligator and Brito; the vertex is derived, and the parameters are illustrative.",
        "A later critique (its abstract was read) finds the results highly sensitive to assumptions: vary f or s, K, times.",
        "Numbers of weapons only: no warning, no mobile or hidden weapons, no defence, no doubt about what survives.",
    ),
    answers=_answers(),
)

MODELS: Final = (CONE,)
