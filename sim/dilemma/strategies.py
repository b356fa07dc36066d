"""The strategies: one entry each, with its memory, what it plays and how it learns (docs/model.md, section 4).

A strategy is a finite automaton that sees alarms, never actions.  `first` is its first memory; `arm(spec, memory)` is P(arm), a
number or an array, with the numbers in effect in `spec`; `learn(spec, memory, action, own alarm, rival alarm)` is the next
memory, with the file's structure in `spec`.  The strategies that play an equilibrium have `play(spec, game, i)` instead: actor
i's P(arm) in the effective stage game.  To add a strategy, add an entry.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Protocol

from sim.declare import Choice, Key, Whole, nonnegative, probability

Spec = Mapping[str, Any]


class Game(Protocol):
    """The effective stage game, as far as a strategy may know it: every actor's P(arm) in an equilibrium."""

    def nash(self, selection: str) -> list[Any]: ...

    def logit(self, precision: Any) -> list[Any]: ...


def _never(spec: Spec, memory: Any) -> Any:
    return 0.0


def _nothing(spec: Spec, memory: Any, action: int, own: int, rival: int) -> Any:
    return memory


@dataclass(frozen=True)
class Strategy:
    """A strategy: its names and sources, its keys beside `kind`, and its automaton."""

    source: str
    arm: Callable[[Spec, Any], Any] = _never
    learn: Callable[[Spec, Any, int, int, int], Any] = _nothing
    first: Any = 0
    parameters: tuple[Key, ...] = ()
    play: Callable[[Spec, Game, int], Any] | None = None


STRATEGIES: Final[Mapping[str, Strategy]] = {
    "always_restrain": Strategy("Unconditional restraint (AllC) [Axelrod1984]"),
    "always_arm": Strategy("Unconditional arming (AllD) [Axelrod1984]", lambda s, m: 1.0),
    "random": Strategy(
        "Random [Axelrod1984]",
        lambda s, m: s["arm_probability"],
        parameters=(Key("arm_probability", probability(), "Probability of arming in every round."),),
    ),
    "tit_for_tat": Strategy(
        "Tit for tat [RapoportChammah1965, Axelrod1984]; generous with forgiveness [Molander1985, NowakSigmund1992]",
        lambda s, m: 1 - s["forgiveness"] if m else 0.0,
        lambda s, m, action, own, rival: rival,
        parameters=(Key("forgiveness", probability(), "Probability of restraint after an alarm.", 0.0),),
    ),
    "tit_for_two_tats": Strategy(
        "Tit for two tats [Axelrod1984]",
        lambda s, m: float(m == 2),
        lambda s, m, action, own, rival: min(m + 1, 2) if rival else 0,
    ),
    "grim": Strategy(
        "Grim trigger [Friedman1971]",
        lambda s, m: float(m),
        lambda s, m, action, own, rival: 1 if m or rival else 0,
    ),
    "limited_punishment": Strategy(
        "Trigger with a punishment of fixed length [GreenPorter1984]; the memory counts the rounds left",
        lambda s, m: float(m > 0),
        lambda s, m, action, own, rival: m - 1 if m else s["rounds"] * rival,
        parameters=(Key("rounds", Whole(1), "Rounds of punishment.", structure=True),),
    ),
    "win_stay_lose_shift": Strategy(
        "Win stay, lose shift (Pavlov) [NowakSigmund1993]; the memory is the action to play",
        lambda s, m: float(m),
        lambda s, m, action, own, rival: 1 - action if rival else action,
    ),
    "memory_one": Strategy(
        "Memory-one strategy [NowakSigmund1993, PressDyson2012]; the memory names the probability to play",
        lambda s, m: s[m],
        lambda s, m, action, own, rival: f"{('restrain', 'arm')[action]}_{('quiet', 'alarm')[rival]}",
        first="first",
        parameters=(
            Key("restrain_quiet", probability(), "Probability of arming after own restraint and no rival alarm."),
            Key("restrain_alarm", probability(), "Probability of arming after own restraint and a rival alarm."),
            Key("arm_quiet", probability(), "Probability of arming after own arming and no rival alarm."),
            Key("arm_alarm", probability(), "Probability of arming after own arming and a rival alarm."),
            Key("first", probability(), "Probability of arming in the first round.", 0.0),
        ),
    ),
    "contrite_tit_for_tat": Strategy(
        "Contrite tit for tat [Sugden1986, Boyd1989]; the memory is (provoked, own alarm of the round before)",
        lambda s, m: float(m[0]),
        lambda s, m, action, own, rival: (1 if rival and not m[1] else 0, own),
        first=(0, 0),
    ),
    "nash": Strategy(
        "An equilibrium of the effective stage game [Nash1950]; selection as in [HarsanyiSelten1988]",
        parameters=(
            Key(
                "selection",
                Choice(("payoff_dominant", "risk_dominant", "mixed")),
                "Which equilibrium is played where there are several.",
                "risk_dominant",
                structure=True,
            ),
        ),
        play=lambda s, game, i: game.nash(s["selection"])[i],
    ),
    "logit": Strategy(
        "Logit quantal response equilibrium of the effective stage game [McKelveyPalfrey1995]",
        parameters=(Key("precision", nonnegative("per yearly payoff"), "Precision of the response."),),
        play=lambda s, game, i: game.logit(s["precision"])[i],
    ),
}
