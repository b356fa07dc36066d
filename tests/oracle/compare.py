"""Comparing two records of one variant, number by number."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

LOOSE = ("discounted_payoff", "expected_onsets", "expected_crises", "expected_accusations", "expected_time_to", "causes")


def differences(expected: Any, found: Any, probability: float = 1e-9, other: float = 1e-8, at: str = "") -> list[str]:
    """Where `found` differs from `expected`: probabilities absolutely, payoffs, onsets, times and causes relatively too.

    Only keys of `expected` are compared; an undefined number (None) must be None in both.
    """
    if isinstance(expected, Mapping):
        lines = [] if isinstance(found, Mapping) else [f"{at}: expected a table, found {found!r}"]
        for key, value in expected.items() if len(lines) == 0 else []:
            if key in found:
                lines += differences(value, found[key], probability, other, f"{at}.{key}" if len(at) > 0 else str(key))
            else:
                lines.append(f"{at}: {key} is missing")
        return lines
    if isinstance(expected, Sequence) and not isinstance(expected, str):
        if not isinstance(found, Sequence) or len(expected) != len(found):
            return [f"{at}: expected {len(expected)} numbers"]
        pairs = zip(expected, found, strict=True)
        return [line for t, (x, y) in enumerate(pairs) for line in differences(x, y, probability, other, f"{at}[{t}]")]
    if not isinstance(expected, (int, float)) or not isinstance(found, (int, float)):
        return [] if expected == found else [f"{at}: expected {expected!r}, found {found!r}"]
    limit = other * max(1.0, abs(expected)) if at.split(".")[0] in LOOSE else probability
    return [] if abs(expected - found) <= limit else [f"{at}: expected {expected!r}, found {found!r}"]
