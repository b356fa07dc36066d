"""Strategic risk in the repeated prisoner's dilemma: cooperation that is an equilibrium may still be too risky to try.

Two states choose between the grim trigger (comply until somebody arms, then arm for ever) and arming always.  delta is the
probability that the game goes on after a round.

(1) equilibrium       grim answers grim iff delta >= (T - R) / (T - P)
(2) risk dominance    grim risk-dominates always arming iff delta >= (T - R + P - S) / (T - S)
(3) basin of arming   with A = R/(1 - delta), B = S + delta P/(1 - delta), C = T + delta P/(1 - delta), D = P/(1 - delta), the
                      belief that the other plays grim must be at least (D - B) / ((A - C) + (D - B)); 1 where (1) fails,
                      and 0 where P = S and (1) holds with equality: both then earn the same whatever the other plays

At delta = 0 with R > T the basin (3) is the trust threshold of a stag hunt; both thresholds are then 0 or below, and given as 0.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from sim.declare import Key, Number
from sim.models.model import Answer, Model, Outcome, Premise, Values, Way
from sim.models.payoffs import PAYOFFS, SYMBOLS, TIE, payoff_size


def solve(v: Values) -> dict[str, Any]:
    """Equations (1) to (3), with all values times 1 - delta, so that delta near 1 is harmless."""
    delta = v["discount_factor"]
    gain, stake, loss = v["temptation"] - v["reward"], v["reward"] - v["punishment"], v["punishment"] - v["sucker"]
    spe = np.maximum(gain / (gain + stake), 0.0)
    spe = np.where(gain <= 0, 0.0, spe)
    both = gain + loss
    dominant = np.where(both <= 0, 0.0, both / (both + stake))
    keeps = delta * stake - (1 - delta) * gain
    risks = (1 - delta) * loss
    tie = TIE * payoff_size(v)
    equilibrium = keeps >= -tie
    edge = np.where(equilibrium & (risks <= 0), 0.0, 1.0)
    return {
        "critical_discount_factor": spe,
        "risk_dominance_discount_factor": dominant,
        "equilibrium": equilibrium.astype(float),
        "risk_dominant": (equilibrium & (keeps - risks >= -tie)).astype(float),
        "basin_of_arming": np.where(keeps > tie, risks / (keeps + risks), edge),
        "premium": dominant - spe,
    }


def by_play(v: Values) -> dict[str, Any]:
    """The four values of (3) by linear equations over the states of play, and the thresholds by bisection on delta.

    A state of play is what both do: (grim not triggered, triggered) or always arming; play moves one way, so that two states do.
    """

    def values(delta: np.ndarray) -> tuple[np.ndarray, ...]:
        """Normalised A, B, C, D: the transition matrix sends every first round but that of grim against grim to mutual arming."""
        move = np.array([[1.0, 0, 0, 0], [0, 0, 0, 1], [0, 0, 0, 1], [0, 0, 0, 1]])
        payoff = np.stack([v["reward"], v["sucker"], v["temptation"], v["punishment"]], axis=-1)[..., None]
        left = np.eye(4) - delta[:, None, None] * move
        return tuple(np.linalg.solve(left, (1 - delta)[:, None, None] * payoff)[:, :, 0].T)

    def first(good: Any) -> np.ndarray:
        low, high = np.zeros_like(v["reward"]), np.full_like(v["reward"], 1 - 1e-12)
        at_0 = good(*values(low))
        for _ in range(60):
            middle = (low + high) / 2
            yes = good(*values(middle))
            low, high = np.where(yes, low, middle), np.where(yes, middle, high)
        return np.where(at_0, 0.0, high)

    a, b, c, d = values(v["discount_factor"])
    low, high = np.zeros_like(a), np.ones_like(a)
    for _ in range(60):
        middle = (low + high) / 2
        yes = middle * a + (1 - middle) * b >= middle * c + (1 - middle) * d
        low, high = np.where(yes, low, middle), np.where(yes, middle, high)
    return {
        "critical_discount_factor": first(lambda a, b, c, d: a >= c),
        "risk_dominance_discount_factor": first(lambda a, b, c, d: a + b >= c + d),
        "basin_of_arming": high,
    }


def _answers() -> tuple[Answer, ...]:
    design = "by hand; the payoffs 50, 12, 25 and 32, 40, 48 of the experiment are remembered"
    out = []
    for reward, spe, dominant in ((32.0, 0.72, 31 / 38), (40.0, 0.40, 23 / 38), (48.0, 0.08, 15 / 38)):
        given = {"reward": reward}
        out.append(Answer(given, "critical_discount_factor", spe, 1e-12, "derived", f"equation (1), {design}"))
        out.append(Answer(given, "risk_dominance_discount_factor", dominant, 1e-12, "derived", f"equation (2), {design}"))
    for reward, delta, basin in (
        (32.0, 0.5, 1.0),
        (32.0, 0.75, 0.8125),
        (40.0, 0.5, 0.722222),
        (40.0, 0.75, 0.270833),
        (48.0, 0.5, 0.382353),
        (48.0, 0.75, 0.1625),
    ):
        given = {"reward": reward, "discount_factor": delta}
        out.append(Answer(given, "basin_of_arming", basin, 5e-7, "derived", f"equation (3), {design}"))
    return tuple(out)


STRATEGIC_RISK: Final = Model(
    name="strategic_risk",
    label="A4",
    title="Strategic risk in the repeated prisoner's dilemma",
    question="How patient must states be for cooperation to be not only possible but safe enough to try?",
    citation=(
        "Dal Bó and Fréchette, The evolution of cooperation in infinitely repeated games, American Economic Review 101(1) "
        "(2011) 411-429.",
        "Blonski and Spagnolo, Prisoners' other dilemma, International Journal of Game Theory 44 (2015) 61-81.",
    ),
    parameters=(
        *(Key(key.name, key.type, key.text, default) for key, default in zip(PAYOFFS, (50.0, 40.0, 25.0, 12.0), strict=True)),
        Key("discount_factor", Number(0.0, 1.0), "delta: probability that the game goes on; below 1.", 0.75),
    ),
    symbols=SYMBOLS | {"d": "discount_factor", "delta": "discount_factor"},
    outcomes=(
        Outcome("critical_discount_factor", "", "delta_SPE: from here on grim is an equilibrium (1); 0 if it always is."),
        Outcome("risk_dominance_discount_factor", "", "delta_RD: from here on grim risk-dominates always arming (2)."),
        Outcome("equilibrium", "", "1 if grim is an equilibrium at this discount factor, else 0."),
        Outcome("risk_dominant", "", "1 if grim risk-dominates always arming at this discount factor, else 0."),
        Outcome("basin_of_arming", "probability", "The least belief in grim at which it pays to play grim (3); 1 if none."),
        Outcome("premium", "", "delta_RD - delta_SPE: the patience that safety asks for on top."),
    ),
    premises=(
        Premise(
            "arming together is an equilibrium that all like less: reward > punishment >= sucker",
            lambda v: (v["reward"] > v["punishment"]) & (v["punishment"] >= v["sucker"]),
        ),
        Premise("a discount factor below 1", lambda v: v["discount_factor"] < 1),
    ),
    solve=solve,
    ways=(Way("values of play, thresholds by bisection", by_play),),
    caveats=(
        "Only two strategies are compared; the test is a rule of thumb of experiments, not a theorem about play.",
        "The payoffs of the experiment are remembered; its tables were not read.",
    ),
    answers=_answers(),
)

MODELS: Final = (STRATEGIC_RISK,)
