"""Random valid scenarios that, over many draws, cover every mechanism of docs/model.md.

`draw(rng)` gives a raw scenario (as tomllib would), small enough for the oracle and the engines;
`draw_values(rng, raw)` gives values to put in from outside (`--set`); `to_toml(raw)` writes the scenario as text.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

import numpy as np

from drawing import (
    MEMORIES,
    Drawing,
    draw_actor,
    draw_condition,
    draw_crisis,
    draw_dyads,
    draw_left,
    draw_onset,
    draw_treaty,
)
from drawing_changes import draw_events, draw_values, draw_variants, draw_while_tables
from toml_text import to_toml

__all__ = ["draw", "draw_values", "effort", "to_toml"]

Raw = dict[str, Any]


def draw(
    rng: np.random.Generator,
    *,
    actors: int | None = None,
    simple: bool = False,
    no_equilibria: bool = False,
    limit: float = 1_000_000,
    force: Mapping[str, Any] | None = None,
) -> Raw:
    """A random valid raw scenario whose `effort` is at most `limit`.

    simple: no events, while tables, variants or extreme probabilities. no_equilibria: without nash and logit.
    force: choice -> value; the choices are the names passed to `chance` and `pick` here, in drawing.py and in
    drawing_changes.py, for example {"crisis": "brinkmanship", "selection": "logit", "treaties": 2, "events": 3}.
    A forced value that is no option there (nash among three) is ignored; "rounds" may be any whole number.
    """
    d = Drawing(rng, force or {}, simple, no_equilibria)
    for _ in range(1000):
        raw = draw_once(d, actors)
        if effort(raw) <= limit:
            return raw
    raise ValueError("the forced features need a larger limit")


def draw_once(d: Drawing, actors: int | None) -> Raw:
    """A random valid raw scenario of any size."""
    n = d.pick("actors", [2, 3], [4, 1]) if actors is None else actors
    names = ["usa", "russia", "prc", "india"][:n]
    treaties = ["new_start", "inf-2"][: d.pick("treaties", [0, 1, 2], [2, 5, 2])]
    conditions = ["proxy_war", "talks"][: d.pick("conditions", [0, 1, 2], [4, 5, 1])]
    channels = ["hotline", "data_centre"][: d.pick("channels", [0, 1, 2], [3, 2, 1])]
    rungs = d.pick("rungs", [1, 2, 3, 4], [2, 3, 3, 1])
    crisis_kind = d.pick("crisis", ["empirical", "brinkmanship"])
    game_kind = d.pick("game", ["security_dilemma", "matrix"], [5, 1]) if n == 2 else "security_dilemma"
    raw: Raw = {"title": "drawn", "horizon": draw_horizon(d)}
    raw["actors"] = {name: draw_actor(d, n, crisis_kind, game_kind, len(treaties) > 0) for name in names}
    raw["game"] = draw_game(d, game_kind, names)
    if d.chance("monitoring", 0.9):
        raw["monitoring"] = {}
        d.some(raw["monitoring"], "detection", 0.9, d.probability(0.1, 0.9))
        d.some(raw["monitoring"], "false_alarm", 0.9, d.probability(0, 0.4))
    for group, parts in (
        ("treaties", {name: draw_treaty(d, name, treaties, names) for name in treaties}),
        ("channels", {name: {"accident_reduction": d.probability(0, 0.8)} for name in channels}),
        ("conditions", {name: draw_condition(d, treaties, names) for name in conditions}),
    ):
        if len(parts) > 0:
            raw[group] = parts
    draw_left(d, raw)
    raw["onset"] = draw_onset(d, rungs, draw_dyads(d, names))
    raw["crisis"] = draw_crisis(d, crisis_kind, rungs)
    if not d.simple:
        draw_while_tables(d, raw)
        draw_events(d, raw)
        draw_variants(d, raw)
    return raw


def draw_horizon(d: Drawing) -> Raw:
    """A horizon of 4 to 16 rounds, which need not be a whole number of years; dates now and then."""
    per_year = d.pick("rounds_per_year", [0.5, 1, 2, 4, 12, 52])
    rounds = d.force.get("rounds", int(d.rng.integers(4, 17)))
    years = rounds / per_year
    if d.rng.random() < 0.2 and not d.simple:
        years = round((rounds + float(d.rng.uniform(-0.45, 0.45))) / per_year, 4)
    horizon: Raw = {"years": years, "rounds_per_year": per_year}
    if d.chance("dates", 0.4):
        horizon["start"] = date(2011, 1, 1) + timedelta(days=int(d.rng.integers(0, 1500)))
    return horizon


def draw_game(d: Drawing, kind: str, names: list[str]) -> Raw:
    """The stage game."""
    if kind == "matrix":
        payoffs = {name: [[d.number(-3, 3) for _ in range(2)] for _ in range(2)] for name in names}
        game: Raw = {"kind": "matrix", "payoffs": payoffs}
    else:
        game = {"gain": d.number(0.5, 4), "exposure": d.number(0.5, 4), "cost": d.number(0.3, 3)}
        d.some(game, "kind", 0.3, "security_dilemma")
        dyads = draw_dyads(d, names)
        if dyads is not None:
            game["dyads"] = dyads
    d.some(game, "discount", 0.6, d.number(0.7, 1))
    return game


def effort(raw: Raw) -> float:
    """About how many outcomes of rounds the oracle must enumerate per variant."""
    n = len(raw["actors"])
    pairs, top = n * (n - 1) // 2, len(raw["crisis"]["rungs"])
    treaties, conditions = len(raw.get("treaties", {})), raw.get("conditions", {}).values()
    rest, outcomes = 5.0**treaties, 4.0**n * 2.5**treaties * (1 + 2 * pairs * min(top, 2))
    for treaty in raw.get("treaties", {}).values():
        if treaty.get("exit") == "one_by_one":
            rest *= 2.5 ** len(treaty.get("parties", raw["actors"]))
            outcomes *= 1.5 ** len(treaty.get("parties", raw["actors"]))
    for condition in conditions:
        rest *= len(condition["states"])
        outcomes *= 1.5
    for actor in raw["actors"].values():
        plain = [actor["strategy"]] if "strategy" in actor else [leader["strategy"] for leader in actor["leaders"]]
        other = [actor["strategy_without_treaty"]] * len(plain) if "strategy_without_treaty" in actor else []
        sizes = [sum(MEMORIES[strategy["kind"]] for strategy in group) for group in (plain, other)]
        rest *= sum(sizes) if treaties > 0 else max(sizes)
        outcomes *= 1 + (0.7 * len(plain) if "turnover_years" in actor else 0)
    epochs = 1 + sum("set" in event or "scale" in event for event in raw.get("events", []))
    equilibria = str(raw).count("'logit'") * 2000 * (1 + rest / 20)
    walk = raw["horizon"]["years"] * raw["horizon"]["rounds_per_year"] * rest * math.sqrt(outcomes) * top
    return epochs * (rest * outcomes + equilibria) + walk
