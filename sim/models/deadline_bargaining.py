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
                            the last year of a term is the most tempting: grim trigger holds iff g <= g* = (d - f) delta rho W;
                            nothing is restrained if an alarm is likelier after compliance, d < f
"""

from __future__ import annotations

from typing import Final

from sim.declare import Key, Number, Whole, nonnegative, positive, probability
from sim.models.deadline_bargaining_play import WHO, by_playing, by_tree, solve
from sim.models.model import Answer, Model, Outcome, Way

CITATION: Final = (
    "Rubinstein, Perfect equilibrium in a bargaining model, Econometrica 50 (1982) 97-109.",
    "Fearon, Bargaining, enforcement, and international cooperation, International Organization 52 (1998) 269-305.",
    "Rust, Optimal replacement of GMC bus engines, Econometrica 55 (1987) 999-1033 (fresh private costs in each period).",
    "Friedman, A non-cooperative equilibrium for supergames, Review of Economic Studies 38 (1971) 1-12.",
)


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
            undefined="An alarm is likelier after compliance than after cheating. Or: a term is always renewed, and has no years"
            " or is lived with neither a discount nor false alarms.",
        ),
        Outcome(
            "cooperation_holds",
            "",
            "1 if g <= g*: nobody cheats in any year of a term (8); 0 if d < f.",
        ),
    ),
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
