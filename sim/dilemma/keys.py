"""What a scenario file may say: every key with type, unit, range, default and one sentence (docs/model.md, section 7).

Nothing is computed here.  Defaults that depend on other keys (a treaty's parties, `rung_costs`, an actor's own numbers) are
`ABSENT`, and their sentence says what stands in for them; what a declaration cannot say is checked in `checks.py`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from sim.declare import (
    ABSENT,
    Choice,
    Date,
    Either,
    Flag,
    Key,
    ListOf,
    MapOf,
    Name,
    Number,
    Table,
    Tagged,
    Text,
    Whole,
    nonnegative,
    positive,
    probability,
)
from sim.dilemma.strategies import STRATEGIES
from sim.priors import DISTRIBUTION

STATUSES: Final = ("pending", "in_force", "withdrawing", "suspended", "ended")
"""The statuses of a treaty, in the order in which they are reported."""

EXITS: Final = ("together", "one_by_one")
"""How a treaty is left: the first exit ends it for all, or parties leave singly."""

YEARLY_PAYOFF: Final = "payoff per year"
PER_YEAR: Final = "per year"
YEARLY_PROBABILITY: Final = "probability per year"


def _table(*keys: Key) -> Table:
    return Table(keys)


# ---- the horizon

HORIZON: Final = _table(
    Key("start", Date(), "Date of the first round; lets events use `date`.", ABSENT, structure=True),
    Key("years", positive("years"), "Length of the horizon.", structure=True),
    Key("rounds_per_year", positive("rounds per year"), "Decision periods in a year.", structure=True),
)


# ---- what changes over time and over states (section 3)

CHANGES: Final = (
    Key("set", MapOf(Number(), "parameter paths", bare=False), "Path = value: replaces numbers.", {}),
    Key("scale", MapOf(Number(), "parameter paths", bare=False), "Path = factor: multiplies numbers, after every `set`.", {}),
)
WHILE: Final = Table(CHANGES)


def _while(what: str, keys: str) -> Key:
    return Key("while", MapOf(WHILE, keys, bare=False), f"Numbers that are changed for as long as {what}.", {}, structure=True)


EVENT: Final = _table(
    Key("date", Date(), "When: a date, which needs `horizon.start`; either `date` or `year`.", ABSENT),
    Key("year", nonnegative("years from the start"), "When: years from the start; either `date` or `year`.", ABSENT),
    *CHANGES,
    Key("status", MapOf(Text(), "treaties and conditions"), "Treaty = status or condition = state that is forced.", {}),
    Key("leave", MapOf(ListOf(Name("actors")), "treaties"), "Treaty (one_by_one) = parties that are out from then on.", {}),
    Key("expire", ListOf(Name("treaties")), "Treaties that end, if they have not ended yet.", []),
)


# ---- actors (sections 1.1, 4 and 5)


def strategy_type(strategies: Mapping[str, tuple[Key, ...]]) -> Tagged:
    """The type of a strategy table: `kind` and the parameters of that kind."""
    return Tagged({kind: Table(parameters) for kind, parameters in strategies.items()})


STRATEGY: Final = strategy_type({kind: strategy.parameters for kind, strategy in STRATEGIES.items()})

LEADER: Final = _table(
    Key("name", Text(), "Name, used by `while`; its number from 0 where left out.", ABSENT),
    Key("weight", positive("relative weight"), "Weight with which a turnover, and the first draw, brings this leader.", 1.0),
    Key("strategy", STRATEGY, "Strategy of this leader."),
)

OWN_GAME: Final = _table(
    Key("gain", Number(unit=YEARLY_PAYOFF), "This actor's own gain; else the general one.", ABSENT),
    Key("exposure", Number(unit=YEARLY_PAYOFF), "This actor's own exposure; else the general one.", ABSENT),
    Key("cost", Number(unit=YEARLY_PAYOFF), "This actor's own cost; else the general one.", ABSENT),
    Key(
        "discount", Number(high=1.0, above=0.0, unit=PER_YEAR), "This actor's own discount factor; else the general one.", ABSENT
    ),
)

OWN_MONITORING: Final = _table(
    Key("detection", probability(YEARLY_PROBABILITY), "Detection when this actor arms; else the general one.", ABSENT),
    Key("false_alarm", probability(YEARLY_PROBABILITY), "False alarm when this actor restrains; else the general one.", ABSENT),
)

OWN_CRISIS: Final = _table(
    Key("prize", positive("payoff"), "This actor's own prize; else the general one.", ABSENT),
    Key("disaster", Number(unit="payoff"), "This actor's own disaster; else the general one.", ABSENT),
    Key("concession_cost", nonnegative("payoff"), "This actor's own concession cost; else the general one.", ABSENT),
    Key("bystander", Number(unit="payoff"), "Cost to it when a crisis of others reaches the last rung.", 0.0),
    Key("aftermath", Number(unit=YEARLY_PAYOFF), "This actor's own payoff after the last rung; else the general one.", ABSENT),
)

ACCUSATION: Final = _table(
    Key("target", Name("actors"), "Whom it accuses.", structure=True),
    Key(
        "opportunity_rate",
        nonnegative(PER_YEAR),
        "Rate of opportunities while both are party to an active treaty and no alarm about the target was drawn.",
    ),
    Key("credibility", probability(), "Probability that a false accusation is believed: then it is an alarm."),
    Key("gain", Number(unit="payoff"), "What the accuser gains where it is believed.", 0.0),
    Key("cost", nonnegative("payoff"), "What it costs the accuser where it is not believed.", 0.0),
    Key("precision", nonnegative("per payoff"), "How sharply it follows what accusing is worth; else it always does.", ABSENT),
)

ACTOR: Final = _table(
    Key("label", Text(), "Name shown in figures and texts; the bare name where left out.", ABSENT),
    Key("strategy", STRATEGY, "Strategy of the actor; either `strategy` or `leaders`.", ABSENT),
    Key("leaders", ListOf(LEADER, least=1), "Leaders with weights and strategies; either `strategy` or `leaders`.", ABSENT),
    Key("strategy_without_treaty", STRATEGY, "Strategy while the limits of none of its treaties hold.", ABSENT),
    Key("turnover_years", positive("years"), "Mean time between draws of a leader; else no turnover.", ABSENT),
    Key("tremble", probability(), "Probability per round of the opposite of the chosen action.", 0.0),
    Key("temptation_precision", nonnegative("per yearly payoff"), "How sharply it follows temptation; else off.", ABSENT),
    Key("accusation", ACCUSATION, "Deliberate false accusations of another party; else none.", ABSENT),
    Key("game", OWN_GAME, "This actor's own numbers of the stage game.", {}),
    Key("monitoring", OWN_MONITORING, "This actor's own numbers of the monitoring that watches it.", {}),
    Key("crisis", OWN_CRISIS, "This actor's own numbers of the crisis ladder.", {}),
    _while("the leader is in office", "leader names"),
)


# ---- the stage game and monitoring (sections 4 and 1.1)


def _dyads(default: str) -> Key:
    dyad = _table(
        Key("actors", ListOf(Name("actors"), 2, 2), "The two actors of the pair."),
        Key("weight", nonnegative("weight"), "Weight of the pair."),
    )
    return Key("dyads", ListOf(dyad), f"Weights of pairs, 0 for those not listed; else {default} for all.", ABSENT)


_GAME_COMMON: Final = (
    Key("discount", Number(high=1.0, above=0.0, unit=PER_YEAR), "Discount factor of a year.", 1.0),
    _dyads("1/(N-1)"),
)

GAME: Final = Tagged(
    {
        "security_dilemma": _table(
            Key("gain", Number(unit=YEARLY_PAYOFF), "What arming gains against a rival that restrains."),
            Key("exposure", Number(unit=YEARLY_PAYOFF), "What restraint loses against a rival that arms."),
            Key("cost", Number(unit=YEARLY_PAYOFF), "What arming costs."),
            *_GAME_COMMON,
        ),
        "matrix": _table(
            Key(
                "payoffs",
                MapOf(ListOf(ListOf(Number(unit=YEARLY_PAYOFF), 2, 2), 2, 2), "the two actors"),
                "Actor = 2x2 payoffs by own action (rows) and the other's action (columns), restrain first.",
            ),
            *_GAME_COMMON,
        ),
    },
    default="security_dilemma",
)

MONITORING: Final = _table(
    Key(
        "kind",
        Choice(("public", "private")),
        "Whether all actors see one alarm about an actor, or each draws its own, which the others do not see.",
        "public",
        structure=True,
    ),
    Key("detection", probability(YEARLY_PROBABILITY), "Detection of an actor that arms by national technical means.", 0.0),
    Key("false_alarm", probability(YEARLY_PROBABILITY), "False alarm of national technical means.", 0.0),
)


# ---- treaties, channels, conditions (sections 1.1 and 2)


def _rate(name: str, text: str) -> Key:
    return Key(name, nonnegative(PER_YEAR), text, 0.0)


TREATY: Final = _table(
    Key("parties", ListOf(Name("actors"), 2), "The actors that are bound; all where left out.", ABSENT, structure=True),
    Key("status", Choice(STATUSES), "Status at the start.", "in_force"),
    Key("inspections_per_year", nonnegative("inspections per year"), "Inspections of each party.", 0.0),
    Key("inspection_detection", probability(), "Probability that one inspection detects a party that arms.", 0.0),
    Key("inspection_false_alarm", probability(), "Probability that one inspection raises a false alarm.", 0.0),
    Key("clarification", probability("share"), "Share of false alarms that the consultative body clears.", 0.0),
    Key("sanction", nonnegative("payoff"), "Loss of a party that draws an alarm while the treaty is active.", 0.0),
    Key("inspection_cost", nonnegative("payoff per inspection"), "Cost of one inspection to each party.", 0.0),
    Key("transparency", nonnegative("per inspection a year"), "Growth of gain and exposure with what inspectors see.", 0.0),
    Key("exit", Choice(EXITS), "Whether the first exit ends it, or parties leave singly.", "together", structure=True),
    Key("outside", ListOf(Name("parties")), "Parties that have not joined at the start (one_by_one).", [], structure=True),
    Key("minimum_parties", Whole(2), "With fewer parties the treaty ends (one_by_one).", 2, structure=True),
    Key(
        "withdrawal_rate",
        Either((nonnegative(PER_YEAR), MapOf(nonnegative(PER_YEAR), "parties"))),
        "Rate at which a party withdraws: one number for all, or party = rate.",
        0.0,
    ),
    _rate("follow_rate", "What each party that is leaving or out adds to the rate of the others (one_by_one)."),
    Key("leak", probability("share"), "Share of what inspections show that reaches those that left (one_by_one).", 0.0),
    _rate("leak_follow_rate", "What the whole leak adds to `follow_rate` (one_by_one)."),
    _rate("join_rate", "Rate at which a party that is out or outside joins (one_by_one)."),
    _rate("reversal_rate", "Rate at which a withdrawal under notice is taken back."),
    _rate("resumption_rate", "Rate at which a suspended treaty is resumed."),
    _rate("collapse_rate", "Rate at which a suspended treaty ends."),
    _rate("renegotiation_rate", "Rate at which an ended treaty enters into force again."),
    _rate("entry_rate", "Rate at which a pending treaty enters into force."),
    Key(
        "cascade",
        Either((nonnegative("share"), MapOf(nonnegative("share"), "other treaties"))),
        "Growth of withdrawal for each other treaty withdrawing or ended: one number, or treaty = number.",
        0.0,
    ),
    Key("notice_years", nonnegative("years"), "Mean time from a withdrawal to its effect; at once if 0.", 0.0),
    Key("suspension_probability", probability(), "Probability of suspension after a round with an alarm of a party.", 0.0),
    Key("limits_when_suspended", Flag(), "Whether the limits hold while the treaty is suspended.", False),
    _while("the treaty has the status", "statuses"),
)

CHANNEL: Final = _table(
    Key("accident_reduction", probability("share"), "Share of background crises and of slips that the channel prevents."),
)

_MOVES: Final = 'moves "s->t"'

CONDITION: Final = _table(
    Key("states", ListOf(Text(), 2), "Names of the states.", structure=True),
    Key("initial", Text(), "State at the start."),
    Key("rates", MapOf(nonnegative(PER_YEAR), _MOVES, bare=False), 'Rates of the moves "s->t" by the clock.', {}),
    Key(
        "on",
        MapOf(MapOf(probability(), _MOVES, bare=False), "events", bare=False),
        'Event = probabilities of the moves "s->t" when it occurs.',
        {},
    ),
    _while("the condition is in the state", "states"),
)


# ---- crises (sections 1.1, 1.2 and 2)

ONSET: Final = _table(
    Key("background_rate", nonnegative(PER_YEAR), "Rate of crises in each pair of weight 1, whatever the actors do.", 0.0),
    Key("arming_rate", nonnegative(PER_YEAR), "Rate of crises that arming adds in each pair of weight 1 where both arm.", 0.0),
    Key("alarm_probability", probability(), "Probability that one alarm brings a crisis.", 0.0),
    Key("treaty_end_probability", probability(), "Probability that the end of a treaty brings a crisis.", 0.0),
    Key("rungs", ListOf(probability(), 1), "Probabilities of the first rung, for rungs 1, 2, ...", [1.0]),
    _dyads("1"),
)

_CRISIS_COMMON: Final = (
    Key("rungs", ListOf(Text(), 1), "Names of the rungs; the last one is absorbing.", structure=True),
    Key("rung_costs", ListOf(Number(unit="payoff")), "Cost to each side of reaching each rung below the last; else 0.", ABSENT),
    Key("disaster", Number(unit="payoff"), "Cost to each side of reaching the last rung.", 0.0),
    Key("concession_cost", nonnegative("payoff"), "Cost of conceding alone.", 0.0),
    Key("aftermath", Number(unit=YEARLY_PAYOFF), "Payoff after the last rung; else the actor's lowest stage payoff.", ABSENT),
    Key("selection", Choice(("mixed", "risk_dominant", "logit")), "Which equilibrium is played in Chicken.", "mixed"),
    Key("selection_precision", nonnegative("per payoff"), "Precision of the selection `logit`.", ABSENT),
    Key("shock_rung", Whole(1), "A move up to this rung or higher is a shock; else none is.", ABSENT, structure=True),
)


def _per_rung(name: str, text: str) -> Key:
    return Key(name, ListOf(probability()), f"{text}, for each rung below the last.")


CRISIS: Final = Tagged(
    {
        "empirical": _table(
            *_CRISIS_COMMON,
            _per_rung("advance", "Probability per round of going up"),
            _per_rung("resolve", "Probability per round that the crisis ends"),
        ),
        "brinkmanship": _table(
            *_CRISIS_COMMON,
            Key("prize", positive("payoff"), "What a side wins that alone stands."),
            _per_rung("slip", "Autonomous risk: probability per round that events slip up one rung"),
        ),
    }
)


# ---- prior ranges

UNCERTAIN: Final = DISTRIBUTION
"""The prior range of one number."""


# ---- the file

MECHANISMS: Final = Key(
    "mechanisms",
    MapOf(ListOf(Text(), least=1), "mechanisms", bare=False),
    "Mechanism (docs/mechanisms.md) = the paths through which it works here; `events.0` is the first event.",
    {},
    structure=True,
)
"""What of the world a file models, for the table of mechanisms; no result depends on it."""

VARIANT: Final = MapOf(Either(()), "keys of this file", bare=False)
"""Any part of the file again: what it says is checked after it is merged, so its own type asks for nothing (`Either(())`)."""

SCENARIO: Final = _table(
    Key("title", Text(), "One line that says what the scenario is."),
    Key("description", Text(), "What is and is not modelled, in words.", ""),
    Key("sources", ListOf(Text()), "Where the facts and the ranges come from.", []),
    MECHANISMS,
    Key("model", Choice(("security_dilemma",)), "The model.", "security_dilemma"),
    Key("schema_version", Whole(1, 1), "Version of this file format.", 1, structure=True),
    Key("horizon", HORIZON, "How long, and in how many rounds."),
    Key("actors", MapOf(ACTOR, "actors"), "The countries, at least two."),
    Key("game", GAME, "The stage game."),
    Key("monitoring", MONITORING, "National technical means, always on.", {}),
    Key("treaties", MapOf(TREATY, "treaties"), "The treaties.", {}),
    Key("channels", MapOf(CHANNEL, "channels"), "Channels between the rivals, such as a hotline.", {}),
    Key("conditions", MapOf(CONDITION, "conditions"), "Finite states of the world: a war elsewhere, talks.", {}),
    Key("onset", ONSET, "How crises begin.", {}),
    Key("crisis", CRISIS, "The ladder of a crisis."),
    Key("events", ListOf(EVENT), "What changes at a known time.", [], structure=True),
    Key("uncertain", MapOf(UNCERTAIN, "parameter paths", bare=False), "Prior ranges of numbers.", {}, structure=True),
    Key("variants", MapOf(VARIANT, "variants"), "Variant = what differs; else one variant, `base`.", {}, structure=True),
)
