"""Backward steps of an arms race with transfers and renegotiation: the mathematics of `arms_race_negotiation`, equations there.

Everything has P games on its first axis and goes number by number, but for the SPE, which is found game by game.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np

from sim.models.model import Values

ACTIONS: Final = ("w", "wb", "wd", "a", "ab", "ad")
"""Of one state; an action is 3 attack + investment, with investment 0 none, 1 build, 2 destroy."""
BUILD, DESTROY, ATTACK = np.array([n % 3 == 1 for n in range(6)]), np.array([n % 3 == 2 for n in range(6)]), np.arange(6) >= 3
INCENTIVE: Final = 1e-11
"""Slack of (4), as a share of the largest payoff."""
TIE: Final = 1e-10
"""Profiles tie whose joint values differ by less, as a share of the largest payoff."""
WINDOW: Final = 240
"""Backward steps in which a cycle is looked for."""
BATCH: Final = 256

Array = np.ndarray


class Game(NamedTuple):
    """P games with n = x_max + 1 arsenals: numbers (P, 1, 1, 1, 1), payoffs (P, n, n, 6, 6), allowed actions (n, 6)."""

    delta: Array
    rho: Array
    share: Array
    success: Array
    payoff_1: Array
    payoff_2: Array
    scale: Array
    allowed: Array
    now: Array
    """(1 - delta) times the joint payoff, pi_1 and pi_2, (3, P, n, n, 6, 6), -inf where a profile cannot be played."""


class Value(NamedTuple):
    """Joint values, punishments and negotiation payoffs, each (P, n, n)."""

    U: Array
    v1: Array
    v2: Array
    r1: Array
    r2: Array


class Table(NamedTuple):
    """What every profile gives, (P, n, n, 6, 6): (2), (3) for both (own action: one entry, the best), and whether (4) holds."""

    joint: Array
    floor_1: Array
    floor_2: Array
    enforced: Array


def available(n: int) -> Array:
    """Which actions a state with 0 to n - 1 weapons has, (n, 6)."""
    allowed = np.ones((n, 6), bool)
    allowed[0, ATTACK | DESTROY] = False
    allowed[-1, BUILD] = False
    return allowed


def game(v: Values) -> Game:
    """The primitives (1)."""
    n = int(v["max_weapons"]) + 1
    wide = {name: x[:, None, None, None, None] for name, x in v.items() if isinstance(x, np.ndarray)}
    own, other = np.arange(n)[:, None, None, None], np.arange(n)[None, :, None, None]
    attack, attacked = ATTACK[:, None], ATTACK[None, :]
    cost = wide["attack_cost"] * own * attack + wide["investment_cost"] * BUILD[:, None] + wide["upkeep"] * own
    first = -cost - other * attacked
    scale = np.abs(first).max(axis=(1, 2, 3, 4), keepdims=True)
    second, allowed = first.transpose(0, 2, 1, 4, 3), available(n)
    now = (1 - wide["discount_factor"]) * np.stack([first + second, first, second])
    now = np.where(allowed[:, None, :, None] & allowed[None, :, None, :], now, -np.inf)
    rest = (wide["discount_factor"], wide["renegotiation_probability"], wide["bargaining_share"], wide["success_probability"])
    return Game(*rest, first, second, scale, allowed, now)


def expected(game: Game, value: Array) -> Array:
    """E value(x') by both investments, (..., P, n, n, 3, 3), from values (..., P, n, n)."""
    success = game.success[..., 0, 0]
    first = np.stack([value, value, value], axis=-2)  # (..., P, n, 3, n)
    first[..., :-1, 1, :] += success * (value[..., 1:, :] - value[..., :-1, :])
    first[..., 1:, 2, :] = value[..., :-1, :]
    first = np.moveaxis(first, -2, -1)  # (..., P, n, n, 3)
    both = np.stack([first, first, first], axis=-1)
    both[..., :-1, :, 1] += game.success[..., 0] * (first[..., 1:, :] - first[..., :-1, :])
    both[..., 1:, :, 2] = first[..., :-1, :]
    return both


def by_profile(by_investment: Array) -> Array:
    """What depends on investments only, (..., 3, 3), for every profile, (..., 6, 6)."""
    return np.tile(by_investment, (2, 2))


def table(game: Game, value: Value, rho: Array) -> Table:
    """Equations (2) to (4)."""
    rho = rho[..., 0, 0]
    after = expected(
        game, np.stack([value.U, *(rho * r + (1 - rho) * v for r, v in ((value.r1, value.v1), (value.r2, value.v2)))])
    )
    joint, own_1, own_2 = game.now + by_profile(game.delta * after)
    floor_1 = own_1.max(axis=3, keepdims=True)
    floor_2 = own_2.max(axis=4, keepdims=True)
    enforced = joint - (floor_1 + floor_2) >= -INCENTIVE * game.scale
    return Table(joint, floor_1, floor_2, enforced)


def stepped(game: Game, found: Table) -> Value:
    """Equations (5) and (6); not finite where no profile satisfies (4)."""
    good = found.enforced
    joint = np.where(good, found.joint, -np.inf).max(axis=(3, 4))
    v1 = np.where(good, found.floor_1, np.inf).min(axis=(3, 4))
    v2 = np.where(good, found.floor_2, np.inf).min(axis=(3, 4))
    share = game.share[..., 0, 0]
    return Value(joint, v1, v2, v1 + share * (joint - v1 - v2), v2 + (1 - share) * (joint - v1 - v2))


def durable(game: Game) -> Value:
    """The Pareto-optimal SPE of every game (rho = 0), exactly; nan where no pure equilibrium was left."""
    rows = [_durable(_one(game, k)) for k in range(len(game.delta))]
    return Value(*(np.concatenate(parts) for parts in zip(*rows, strict=True)))


def _one(game: Game, k: int) -> Game:
    rows = {name: getattr(game, name)[k : k + 1] for name in Game._fields if name not in ("allowed", "now")}
    return Game(**rows, allowed=game.allowed, now=game.now[:, k : k + 1])


def _durable(game: Game) -> Value:
    """The SPE of one game: evaluate, drop what fails (4), again.  v_2 is v_1 with the states swapped (a symmetric game)."""
    n = len(game.allowed)
    alive = np.broadcast_to(game.allowed[:, None, :, None] & game.allowed[None, :, None, :], (n, n, 6, 6)).copy()
    none = np.zeros_like(game.rho)
    while alive.any(axis=(2, 3)).all():
        joint, v1 = _best(game, alive), _punished(game, alive)
        v2 = v1.transpose(0, 2, 1)
        found = table(game, Value(joint, v1, v2, v1, v2), none)
        if (found.enforced[0] | ~alive).all():
            return stepped(game, found._replace(enforced=alive[None]))
        alive &= found.enforced[0]
    return Value(*(np.full((1, n, n), np.nan) for _ in range(5)))


def _evaluated(game: Game, profile: Array, payoff: Array) -> Array:
    """The value (1, n, n) of playing profile[x1, x2] (an index of `PROFILES`) for ever, of one game."""
    n, success, delta = len(profile), float(game.success[0, 0, 0, 0, 0]), float(game.delta[0, 0, 0, 0, 0])
    stay, up, down = np.eye(n), np.eye(n, k=1), np.eye(n, k=-1)
    moves = np.stack([stay, (1 - success) * stay + success * up, down], axis=1)  # (n, 3, n)
    first, second = np.divmod(profile, 6)
    at = np.arange(n)
    rows = moves[at[:, None], first % 3][..., :, None] * moves[at[None, :], second % 3][..., None, :]
    now = np.take_along_axis(payoff[0].reshape(n * n, 36), profile.reshape(-1, 1), axis=1)[:, 0]
    return np.linalg.solve(np.eye(n * n) - delta * rows.reshape(n * n, n * n), (1 - delta) * now).reshape(1, n, n)


def _best(game: Game, alive: Array) -> Array:
    """The greatest joint values with the profiles that are alive, by policy iteration."""
    joint, n = game.payoff_1 + game.payoff_2, len(alive)
    profile = alive.reshape(n, n, 36).argmax(axis=2)
    while True:
        value = _evaluated(game, profile, joint)
        worth = np.where(alive, (1 - game.delta) * joint + game.delta * by_profile(expected(game, value)), -np.inf).reshape(
            n, n, 36
        )
        better = worth.max(axis=2) > value[0] + 1e-13 * game.scale[0, :, :, 0, 0]
        if not better.any():
            return value
        profile = np.where(better, worth.argmax(axis=2), profile)


def _punished(game: Game, alive: Array) -> Array:
    """The least values to which state 1 can be held with the profiles that are alive: it answers each action of state 2."""
    n, slack = len(alive), 1e-13 * game.scale[0, :, :, 0, 0]
    open_2 = alive.any(axis=2)  # (n, n, 6): the actions of state 2
    answer, other = game.allowed.argmax(axis=1)[:, None] + np.zeros((1, n), int), open_2.argmax(axis=2)
    while True:
        while True:
            value = _evaluated(game, 6 * answer + other, game.payoff_1)
            worth = (1 - game.delta) * game.payoff_1 + game.delta * by_profile(expected(game, value))
            worth = np.where(game.allowed[:, None, :, None], worth, -np.inf)[0]
            facing = np.take_along_axis(worth, other[:, :, None, None], axis=3)[..., 0]
            better = facing.max(axis=2) > value[0] + slack
            if not better.any():
                break
            answer = np.where(better, facing.argmax(axis=2), answer)
        held = np.where(open_2, worth.max(axis=2), np.inf)
        lower = held.min(axis=2) < value[0] - slack
        if not lower.any():
            return value
        other = np.where(lower, held.argmin(axis=2), other)


def ties(game: Game, found: Table) -> Array:
    """The profiles that satisfy (4) and reach the largest joint value, (P, n, n, 6, 6)."""
    joint = np.where(found.enforced, found.joint, -np.inf)
    return found.enforced & (joint >= joint.max(axis=(3, 4), keepdims=True) - TIE * game.scale)


def bits(sets: Array) -> Array:
    """Sets of profiles as whole numbers, (P, n, n)."""
    return sets.reshape(*sets.shape[:3], 36) @ (1 << np.arange(36, dtype=np.int64))
